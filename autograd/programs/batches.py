"""A program on many rows at once: rows in pieces, pieces on any executor.

Rows are cut into pieces whose size follows from their number alone, and what the pieces add up to is added in their order. So
the bits of a result do not depend on who computed which piece.
"""

from __future__ import annotations

from array import array
from operator import add

from autograd.errors import beyond
from autograd.programs.arguments import Block, Work, laid_out
from autograd.structures import shape_of_template, size_of_template, worded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from typing import Any, NamedTuple, Protocol, TypeVar

    from autograd.programs.arguments import Numbers
    from autograd.programs.replay import PlainReplay
    from autograd.programs.signature import Signature
    from autograd.structures import Template

    Answer = TypeVar("Answer")

    class Runnable(Protocol):
        """A program as rows know it: what runs it; it pickles."""

        @property
        def replay(self) -> PlainReplay:
            """What runs it."""
else:
    from autograd.programs.named import NamedTuple


KINDS = {"value": "values", "value_and_grad": "gradient", "jacobian": "jacobian", "value_and_jacobian": "jacobian"}
"""The kind of a piece that computes what a caller asks for."""
BLOCK, PIECES, LARGEST = 64, 32, 1 << 20
"""A piece has a multiple of so many rows; there are at most so many pieces, unless they had more rows than the last says."""


def piece_of(rows: int) -> int:
    """How many rows a piece has, of so many in all."""
    return min(BLOCK * -(-rows // (BLOCK * PIECES)), LARGEST)


def cuts_of(rows: int, size: int) -> list[tuple[int, int]]:
    """The pieces: first row, and the one after the last."""
    return [(start, min(start + size, rows)) for start in range(0, rows, size)] if rows else []


def pieces_for(executor: Executor | None, rows: int) -> list[tuple[int, int]]:
    """What is computed at a time: all rows where there is nobody to share them with."""
    return cuts_of(rows, piece_of(rows) if executor is not None else rows)


def blocks_of(signature: Signature, args: Sequence[Any]) -> tuple[list[Block], int]:
    """The block of each argument, and the number of rows. `ValueError` where shapes or numbers of rows do not fit."""
    laid = [signature.laid_out(k, arg) for k, arg in enumerate(args)]
    owns, rows = signature.fitted(tuple([shape for _, shape in laid]))
    return [Block(numbers, own, size) for (numbers, _), own, size in zip(laid, owns, signature.sizes)], rows


def weights_of(weights: Any, rows: int, outputs: Template) -> Numbers | None:
    """One weight for each output of each row."""
    if weights is None:
        return None
    numbers, given = laid_out(weights)
    shape = shape_of_template(outputs)
    wanted = (rows, *shape) if isinstance(shape, tuple) else (rows, size_of_template(outputs))
    if given != wanted:
        message = f"weights have shape {worded(given)}; there are {rows} rows, so they need {worded(wanted)}"
        raise ValueError(message)
    return numbers


class Result:
    """Numbers that the pieces write: so many for each row, or, `summed`, so many for each piece, to be added up."""

    def __init__(self, pieces: list[tuple[int, int]], width: int, *, summed: bool = False) -> None:
        self.width, self.summed = width, summed
        self.pieces = pieces
        rows = pieces[-1][1] if pieces else 0
        self.numbers = array("d", [0.0]) * (width * (len(self.pieces) if summed else rows))

    def piece(self, k: int) -> Numbers:
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
    """Some rows of a batch: what is computed of them, and whether it is checked that the eager engine would not raise."""

    kind: str
    """``"values"``, ``"gradient"`` or ``"jacobian"``."""
    work: Work
    check: bool

    def run(self, replay: PlainReplay) -> int | None:
        """Compute it; the first row at which the eager engine raises, if that is checked and there is one."""
        replay.held_rows(self.kind, self.work)(0)
        return replay.refused(self.work) if self.check else None

    def _with_buffers(self, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Piece:
        """The same with what is made of each buffer that is read, and of each that is written."""
        blocks, _, weights, values, derivatives, *_ = self.work
        work = self.work._replace(
            blocks=[block._replace(numbers=read(block.numbers)) for block in blocks],
            weights=None if weights is None else read(weights),
            values=write(values),
            derivatives=[None if target is None else write(target) for target in derivatives],
        )
        return self._replace(work=work)

    def sent(self) -> Piece:
        """The same for a process with other memory: bytes to read, and for each result its size."""
        return self._with_buffers(memoryview.tobytes, len)

    def received(self) -> Piece:
        """What was sent, with memory to write to."""
        return self._with_buffers(
            lambda numbers: memoryview(numbers).cast("d"), lambda size: memoryview(array("d", [0.0]) * size)
        )

    def results(self) -> list[Any]:
        """Where its results go."""
        return [self.work.values, *self.work.derivatives]


def run_elsewhere(pickled: bytes, sent: Piece) -> tuple[int | None, list[bytes | None]]:
    """What a worker does with a piece that was sent: the refused row, and the results as bytes.

    The program is unpickled here: an operation that the worker does not know is an error of its task, not the end of the worker.
    """
    import pickle

    program: Runnable = pickle.loads(pickled)  # noqa: S301  (of our own)
    piece = sent.received()
    refused = piece.run(program.replay)
    return refused, [None if result is None else result.tobytes() for result in piece.results()]


class Batch(NamedTuple):
    """A program on rows."""

    program: Runnable
    kind: str
    blocks: list[Block]
    rows: int
    weights: Numbers | None
    values: Result
    derivatives: list[Result | None]
    """By each block."""
    check: bool
    cuts: list[tuple[int, int]]
    size: int
    """What is summed over rows is summed over pieces of so many rows first."""

    def whole(self) -> Piece:
        """All rows as one piece."""
        derivatives = [None if result is None else result.numbers for result in self.derivatives]
        work = Work(self.blocks, self.rows, self.weights, self.values.numbers, derivatives, self.size)
        return Piece(self.kind, work, self.check)

    def pieces(self) -> list[Piece]:
        """The rows in pieces."""
        found = []
        for k, (start, stop) in enumerate(self.cuts):
            blocks = [block.rows(start, stop) for block in self.blocks]
            weights = None if self.weights is None else self.weights[start * self.values.width : stop * self.values.width]
            derivatives = [None if result is None else result.piece(k) for result in self.derivatives]
            work = Work(blocks, stop - start, weights, self.values.piece(k), derivatives, self.size)
            found.append(Piece(self.kind, work, self.check))
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
        """`run`, to be called many times; of the `of` rows that the blocks have from the one on that it is told."""
        if executor is None and self.rows and not self.check:
            return self.program.replay.held_rows(self.kind, self.whole().work._replace(of=of))

        def run(begin: int) -> None:
            if not 0 <= begin <= of - self.rows:
                raise beyond(begin, self.rows, of)
            self._replace(blocks=[block.rows(begin, begin + self.rows) for block in self.blocks]).run(executor)

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
            for place, part in zip(piece.results(), parts, strict=True):
                if place is not None and part is not None:
                    place[:] = memoryview(part).cast("d")
            yield refused

    def _refusal(self, r: int) -> Exception:
        error = self.program.replay.refusal(self.whole().work.row(r))
        said: Exception = type(error)(f"row {r}: {error}")  # type: ignore[misc]
        for note in getattr(error, "__notes__", ()):
            said.add_note(note)
        return said


def _in_order(futures: Sequence[Future[Answer]]) -> Iterator[Answer]:
    """The results of futures; when one fails, those that have not begun are cancelled."""
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
