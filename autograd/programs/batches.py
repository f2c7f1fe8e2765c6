"""A program on many rows at once: arguments as buffers, rows in pieces, pieces on any executor, results in their structure.

Rows are cut into pieces whose size follows from their number alone, and what the pieces add up to is added in their order. So
the bits of a result do not depend on who computed which piece.
"""

from __future__ import annotations

import math
from array import array
from operator import add
from typing import NamedTuple

from autograd.errors import beyond
from autograd.structures import (
    by_parts,
    is_array,
    is_named,
    nested,
    numbers_of,
    real_array,
    shape_of,
    shape_of_template,
    size_of,
    spelled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from typing import Any, TypeAlias, TypeVar

    from autograd.programs.program import Program
    from autograd.programs.replay import PlainReplay
    from autograd.structures import Shape, Template

    Buffer: TypeAlias = memoryview[Any]
    Cut: TypeAlias = Callable[[int, int, int, int, tuple[int, ...]], Any]
    Answer = TypeVar("Answer")
    Fit: TypeAlias = tuple[list[bool], int]

BLOCK, PIECES = 64, 32
"""A piece has a multiple of so many rows; there are at most so many pieces."""
MOST_FITS = 64
"""A program remembers of so many combinations of shapes what they mean."""


def piece_of(rows: int) -> int:
    """How many rows a piece has, of so many in all."""
    return BLOCK * -(-rows // (BLOCK * PIECES))


def cut(rows: int, size: int) -> list[tuple[int, int]]:
    """The pieces: first row, and the one after the last."""
    return [(start, min(start + size, rows)) for start in range(0, rows, size)] if rows else []


# Arguments.


class Block(NamedTuple):
    """All numbers of an argument, row by row if it has rows of its own, else once for all rows."""

    numbers: memoryview[float]
    own: bool
    width: int
    """Numbers a row."""

    def piece(self, start: int, stop: int) -> tuple[memoryview[float], bool]:
        """What `Replay` takes of rows start to stop."""
        return (self.numbers[start * self.width : stop * self.width] if self.own else self.numbers), self.own

    def row(self, r: int) -> list[float]:
        """The numbers of one row."""
        return [float(x) for x in self.piece(r, r + 1)[0]]


def laid_out(x: Any) -> tuple[Buffer, Shape]:
    """All numbers of a structure as one buffer of doubles, and its shape; a contiguous buffer of doubles is not copied."""
    if isinstance(x, array):
        x = memoryview(x)
    if is_array(x):
        numbers = real_array(x)
        return memoryview(numbers.reshape(-1)), numbers.shape
    if isinstance(x, memoryview) and x.format == "d" and x.c_contiguous and x.nbytes:
        return x.cast("B").cast("d"), shape_of(x)
    if isinstance(x, (list, tuple)) and set(map(type, x)) <= {float, int}:
        return memoryview(array("d", x)), (len(x),)
    return memoryview(array("d", numbers_of(x))), shape_of(x)


def blocks_of(program: Program, args: Sequence[Any]) -> tuple[list[Block], int]:
    """The block of each argument, and the number of rows. `ValueError` where shapes or numbers of rows do not fit."""
    laid = [laid_out(arg) for arg in args]
    owns, rows = fitted(program, tuple([shape for _, shape in laid]))
    return [Block(numbers, own, size) for (numbers, _), own, size in zip(laid, owns, program.sizes)], rows


def fitted(program: Program, args: tuple[Shape, ...]) -> Fit:
    """Of arguments of these shapes, which have rows of their own, and how many rows there are; the program remembers it."""
    try:
        found = program.fits.get(args)
    except TypeError:  # a list is a shape that is not hashable
        return _fitted(program, args)
    if found is None:
        found = _fitted(program, args)
        if len(program.fits) >= MOST_FITS:
            program.fits.clear()
        program.fits[args] = found
    return found


def _fitted(program: Program, args: tuple[Shape, ...]) -> Fit:
    owns, rows = [], {}
    for name, shape, given in zip(program.names, program.shapes, args, strict=True):
        count = _rows(given, shape)
        if count is None and given != shape:
            message = (
                f"argument {name} is {spelled(given)}; the program was recorded with {spelled(shape)}: give that, shared by all "
                f"rows, or {_with_rows(shape)}, one for each of R rows"
            )
            raise ValueError(message)
        owns.append(count is not None)
        if count is not None:
            rows[name] = count
    if not rows:
        message = f"{', '.join(program.names)}: all shared, so there are no rows: call the program itself for one point"
        raise ValueError(message)
    if len(set(rows.values())) > 1:
        message = "unequal numbers of rows: " + ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise ValueError(message)
    return owns, next(iter(rows.values()))


def _rows(given: Shape, shape: Shape) -> int | None:
    """How many rows of this shape were given; None if it is no batch of them."""
    if given == shape:
        return None
    if given == (0,):
        return 0
    if isinstance(shape, list):
        return len(given) if isinstance(given, list) and all(part == shape for part in given) else None
    return given[0] if isinstance(given, tuple) and given != () and given[1:] == shape else None


def _with_rows(shape: Shape) -> str:
    return f"(R, {', '.join(map(str, shape))})".replace(", )", ",)") if isinstance(shape, tuple) else "a sequence of R of that"


def pieces_for(executor: Executor | None, rows: int) -> list[tuple[int, int]]:
    """What is computed at a time: all rows where there is nobody to share them with."""
    return cut(rows, piece_of(rows) if executor is not None else rows)


def weights_of(weights: Any, rows: int) -> Buffer | None:
    """One weight for each row."""
    if weights is None:
        return None
    numbers, given = laid_out(weights)
    if given != (rows,):
        message = f"weights have shape {spelled(given)}; there are {rows} rows, so they need ({rows},)"
        raise ValueError(message)
    return numbers


def read_in_place(x: Any) -> bool:
    """Whether `laid_out` gives the memory of `x` itself, for as long as it lives: a mask may be set later."""
    if not hasattr(x, "__array__") or hasattr(x, "mask"):
        return False
    return bool(x.dtype.str[1:] == "f8" and x.dtype.isnative and x.shape != () and x.flags.c_contiguous and x.flags.aligned)


def any_arrays(x: Any) -> bool:
    """Whether a structure holds a NumPy array: results are arrays then."""
    if is_array(x):
        return x.shape != ()  # type: ignore[no-any-return]
    if not isinstance(x, (list, tuple)) or set(map(type, x)) <= {float, int}:
        return False
    return any(map(any_arrays, x))


# Results.


class Result:
    """Numbers that the pieces write: so many for each row, or, `summed`, so many for each piece, to be added up."""

    def __init__(self, pieces: list[tuple[int, int]], width: int, *, summed: bool = False) -> None:
        self.width, self.summed = width, summed
        self.pieces = pieces
        rows = pieces[-1][1] if pieces else 0
        self.numbers = array("d", [0.0]) * (width * (len(self.pieces) if summed else rows))

    def piece(self, k: int) -> Buffer:
        """Where piece k writes its numbers."""
        start, stop = (k, k + 1) if self.summed else self.pieces[k]
        return memoryview(self.numbers)[start * self.width : stop * self.width]

    def total(self) -> array[float]:
        """The sum over the pieces, in their order; all numbers if they are not summed."""
        if not self.summed or len(self.pieces) == 1:
            return self.numbers
        whole = array("d", [0.0]) * self.width
        for k in range(len(self.pieces)):
            whole = array("d", map(add, whole, self.piece(k))) if k else array("d", self.piece(k))
        return whole


class Piece(NamedTuple):
    """Some rows of a batch: what is computed of them, what is read, and where the results go."""

    kind: str
    """``values``, ``gradient`` or ``jacobian``."""
    blocks: list[tuple[Any, bool]]
    rows: int
    weights: Any
    results: list[Any]
    """The values', and one for each argument, None where no derivative is asked for."""
    check: bool
    fold: int
    """So many rows are added up before their sum is added to that of the others: the piece that an executor gets."""

    def run(self, replay: PlainReplay) -> int | None:
        """Compute it; the first row at which the eager engine raises, if that is checked and there is one."""
        values, *derivatives = self.results
        if self.kind == "values":
            replay.batch(self.blocks, self.rows, values)
        elif self.kind == "gradient":
            replay.batch_gradient(self.blocks, self.rows, self.weights, values, derivatives, self.fold)
        else:
            replay.batch_jacobian(self.blocks, self.rows, values, derivatives)
        return replay.refused(self.blocks, self.rows) if self.check else None

    def sent(self) -> Piece:
        """The same for a process with other memory: bytes to read, and for each result its size."""
        blocks = [(numbers.tobytes(), own) for numbers, own in self.blocks]
        weights = None if self.weights is None else self.weights.tobytes()
        return self._replace(blocks=blocks, weights=weights, results=[None if r is None else len(r) for r in self.results])


def run_elsewhere(pickled: bytes, sent: Piece) -> tuple[int | None, list[bytes | None]]:
    """What a worker does with a piece that was sent: the refused row, and the results as bytes.

    The program is unpickled here: an operation that the worker does not know is an error of its task, not the end of the worker.
    """
    import pickle

    program: Program = pickle.loads(pickled)  # noqa: S301  (of our own)
    results = [None if size is None else memoryview(array("d", [0.0]) * size) for size in sent.results]
    blocks = [(memoryview(numbers).cast("d"), own) for numbers, own in sent.blocks]
    weights = None if sent.weights is None else memoryview(sent.weights).cast("d")
    refused = sent._replace(blocks=blocks, weights=weights, results=results).run(program.replay)
    return refused, [None if result is None else result.tobytes() for result in results]


class Batch(NamedTuple):
    """A program on rows."""

    program: Program
    kind: str
    blocks: list[Block]
    rows: int
    weights: Buffer | None
    results: list[Result | None]
    check: bool
    cuts: list[tuple[int, int]]

    def whole(self) -> Piece:
        """All rows as one piece."""
        blocks = [(block.numbers, block.own) for block in self.blocks]
        results = [None if result is None else result.numbers for result in self.results]
        return Piece(self.kind, blocks, self.rows, self.weights, results, self.check, piece_of(self.rows))

    def pieces(self) -> list[Piece]:
        """The rows in pieces."""
        found = []
        for k, (start, stop) in enumerate(self.cuts):
            blocks = [block.piece(start, stop) for block in self.blocks]
            weights = None if self.weights is None else self.weights[start:stop]
            results = [None if result is None else result.piece(k) for result in self.results]
            found.append(Piece(self.kind, blocks, stop - start, weights, results, self.check, piece_of(self.rows)))
        return found

    def run(self, executor: Executor | None) -> None:
        """Compute all pieces, on the executor if there is one. Raises what the first refused row raises, if that is checked."""
        if executor is not None:
            refused = self._on(executor, self.pieces())
        else:
            refused = map(self._here, [self.whole()] if self.cuts else [])
        for (start, _), row in zip(self.cuts, refused, strict=True):
            if row is not None:
                raise self._refusal(start + row)

    def _here(self, piece: Piece) -> int | None:
        return piece.run(self.program.replay)

    def held(self, of: int, executor: Executor | None) -> Callable[[int], None]:
        """`run` for gradients, to be called many times; of the `of` rows that the blocks have from the one on that it is told."""
        piece = self.whole()
        if executor is None and piece.rows and not piece.check:
            values, *derivatives = piece.results
            return self.program.replay.held_gradient(piece.blocks, piece.rows, piece.weights, values, derivatives, piece.fold, of)

        def run(begin: int) -> None:
            if not 0 <= begin <= of - self.rows:
                raise beyond(begin, self.rows, of)
            blocks = [block._replace(numbers=block.piece(begin, begin + self.rows)[0]) for block in self.blocks]
            self._replace(blocks=blocks).run(executor)

        return run

    def _on(self, executor: Executor, pieces: list[Piece]) -> Iterator[int | None]:
        """Hand the pieces to the executor; the refused row of each, in order."""
        import pickle
        from concurrent.futures import ThreadPoolExecutor

        if type(executor) is ThreadPoolExecutor:  # exactly: a subclass of it runs in interpreters with memory of their own
            replay = self.program.replay  # made once, before the threads need it
            yield from _in_order([executor.submit(piece.run, replay) for piece in pieces])
            return
        program = pickle.dumps(self.program)
        answers = _in_order([executor.submit(run_elsewhere, program, piece.sent()) for piece in pieces])
        for piece, (refused, parts) in zip(pieces, answers, strict=True):
            for place, part in zip(piece.results, parts, strict=True):
                if part is not None:
                    place[:] = memoryview(part).cast("d")
            yield refused

    def _refusal(self, r: int) -> Exception:
        error = self.program.replay.refusal([x for block in self.blocks for x in block.row(r)])
        return type(error)(f"row {r}: {error}")  # type: ignore[misc]


def _in_order(futures: Sequence[Future[Answer]]) -> Iterator[Answer]:
    """The results of futures; when one fails, those that have not begun are cancelled."""
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def cutter(numbers: array[float], sizes: tuple[int, int, int], *, arrays: bool) -> Cut:
    """A function of numbers that stand as (rows, outputs, inputs): those of some outputs and inputs, in given dimensions."""
    rows, m, n = sizes
    if arrays:
        import numpy as np

        table = np.asarray(numbers)

        def cut_array(a: int, b: int, c: int, d: int, dims: tuple[int, ...]) -> Any:
            whole = b - a == m and d - c == n
            return (table if whole else table.reshape(sizes)[:, a:b, c:d]).reshape(dims)

        return cut_array

    def cut_lists(a: int, b: int, c: int, d: int, dims: tuple[int, ...]) -> Any:
        if b - a == m and d - c == n:
            return nested(numbers.tolist(), dims)
        starts = [(r * m + i) * n for r in range(rows) for i in range(a, b)]
        return nested([x for start in starts for x in numbers[start + c : start + d]], dims)

    return cut_lists


def _array(numbers: array[float]) -> Any:
    import numpy as np

    return np.frombuffer(numbers) if numbers else np.empty(0)


def values_of(result: Result, rows: int, outputs: Template, *, arrays: bool) -> Any:
    """The outputs of all rows: (R, *outputs)."""
    if outputs is None and arrays:
        return _array(result.total())
    part = cutter(result.total(), (rows, result.width, 1), arrays=arrays)
    return by_parts(outputs, lambda dims, a, b: part(a, b, 0, 1, (rows, *dims)))


def gradient_of(result: Result, rows: int, argument: Template, *, arrays: bool) -> Any:
    """The gradient by one argument: of each row, (R, *argument), or summed over them."""
    if arrays and argument is not None and argument[-1] is None and not is_named(argument[0]):  # a flat sequence of numbers
        numbers = _array(result.total())
        return numbers if result.summed else numbers.reshape(rows, result.width)
    outer = () if result.summed else (rows,)
    part = cutter(result.total(), (math.prod(outer), 1, result.width), arrays=arrays)
    return by_parts(argument, lambda dims, c, d: part(0, 1, c, d, (*outer, *dims)))


def jacobians_of(
    results: Sequence[Result],
    rows: int,
    outputs: Template,
    arguments: Sequence[Template],
    chosen: Callable[[list[Any]], Any],
    *,
    arrays: bool,
) -> Any:
    """For each output what `chosen` makes of the derivatives by each argument, of all rows: (R, *outputs, *argument)."""
    m = size_of(shape_of_template(outputs))
    parts = [cutter(result.total(), (rows, m, result.width // m), arrays=arrays) for result in results]

    def by_argument(part: Cut, argument: Template, outer: tuple[int, ...], a: int, b: int) -> Any:
        return by_parts(argument, lambda dims, c, d: part(a, b, c, d, (rows, *outer, *dims)))

    def of_outputs(dims: tuple[int, ...], a: int, b: int) -> Any:
        return chosen([by_argument(part, argument, dims, a, b) for part, argument in zip(parts, arguments, strict=True)])

    return by_parts(outputs, of_outputs)
