"""The numbers of arguments into buffers, and results out of them into structures: at one point, and for rows."""

from __future__ import annotations

from array import array
from itertools import islice

from autograd.errors import no_index
from autograd.plain import Index, is_whole, kinds_in
from autograd.structures import (
    by_parts,
    filled,
    flattened,
    is_array,
    is_number,
    is_plain,
    labels,
    nested,
    numbers_of,
    parts_in,
    real_array,
    shape_of,
    shape_of_template,
    size_of,
    size_of_template,
    template_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NamedTuple, TypeAlias

    from autograd.structures import Shape, Template

    Numbers: TypeAlias = memoryview[Any]
    Target: TypeAlias = memoryview[Any] | array[float]
    Cut: TypeAlias = Callable[[int, int, int, int, tuple[int, ...]], Any]
else:
    from autograd.programs.named import NamedTuple

try:
    from autograd.programs.native import poured, read_indices
except ImportError:  # the engine is not compiled

    def poured(*_: Any) -> bool:  # type: ignore[misc]
        """Nothing is written in a quicker way than `poured_into` has."""
        return False

    def read_indices(*_: Any) -> bool:  # type: ignore[misc]
        """Nothing is read in a quicker way than `indices_of` has."""
        return False


# One point.


def poured_into(target: array[float], at: int, x: Any, shape: Shape) -> bool:
    """Write the numbers of `x` into an array, from position `at`; False if it is not of this shape."""
    if isinstance(shape, tuple) and poured(x, shape, target, at):
        return True
    if shape_of(x) != shape:
        return False
    numbers = real_array(x).reshape(-1) if is_array(x) else array("d", numbers_of(x))
    memoryview(target)[at : at + len(numbers)] = memoryview(numbers)
    return True


def indices_into(target: array[float], at: int, x: Any, shape: Shape, size: int, name: str) -> bool:
    """The same for indices of so many rows. `ValueError` names one that is none, and its place."""
    if shape_of(x) != shape:
        return False
    numbers = indices_of(x, size, name)
    target[at : at + len(numbers)] = numbers
    return True


def indices_of(x: Any, size: int, name: str, rows: int = 0, begin: int = 0) -> array[float]:
    """All indices of a structure as doubles. `ValueError` for what is none, by its place.

    If these are `rows`, counted from `begin`, it names the row.
    """
    numbers = flattened(x)
    kinds = set(map(type, numbers)) - {int}
    plain = all(issubclass(kind, Index) for kind in kinds)
    if not plain or (numbers and not 0 <= min(numbers) <= max(numbers) < size):
        for k, number in enumerate(numbers):
            if not is_whole(number) or not 0 <= number < size:
                row = f"row {begin + k // (len(numbers) // rows)}: " if rows else ""
                raise no_index(row + next(islice(labels(name, template_of(x)), k, None)), number, size)
    return array("d", map(float, numbers))


def refilled(x: Any, shape: Shape, numbers: array[float]) -> Any:
    """The structure of `x`, which is of this shape, with other numbers in place of its own."""
    if type(x) is list and len(shape) == 1 and isinstance(shape, tuple):
        return numbers.tolist()
    if is_array(x) and len(numbers) and shape != ():
        import numpy as np

        return np.frombuffer(numbers).reshape(x.shape)  # a flat array may stand for all arguments
    return filled(template_of(x), iter(numbers))


class Point(NamedTuple):
    """One point to compute: what is read, and where the results go."""

    blocks: Sequence[Numbers]
    """All numbers of each argument."""
    weights: Numbers | None
    """One for each output, by which its derivatives count; None: 1, of the only one."""
    values: Target
    """The outputs."""
    gradient: Target | None = None
    """The derivatives of the weighted sum of the outputs by all inputs; None: they are not computed."""
    wanted: Sequence[bool] = ()
    """Of each argument whether derivatives by it are wanted; the others' are 0."""

    def inputs(self) -> array[float]:
        """All numbers of all arguments."""
        xs = array("d")
        for block in self.blocks:
            xs.frombytes(block.tobytes())
        return xs


class Sweeps(NamedTuple):
    """How sweeps over one point give all derivatives: where each of them stands in what they give, and in a table of all."""

    starts: array[float]
    """A direction for each sweep forward (a number for each input), or a seed for each sweep back (one for each output)."""
    sweeps: int
    tangents: bool
    moves: array[int]
    """For each derivative that may be other than 0 where it stands among the ends of the sweeps, and where in the table."""


# Rows: what is read.


class Block(NamedTuple):
    """All numbers of an argument: row by row if it has rows of its own, else once for all rows."""

    numbers: Numbers
    own: bool
    width: int
    """Numbers a row."""

    def rows(self, start: int, stop: int) -> Block:
        """Rows start to stop."""
        return self._replace(numbers=self.numbers[start * self.width : stop * self.width]) if self.own else self


class Work(NamedTuple):
    """Rows to compute: what is read, and where the results go."""

    blocks: Sequence[Block]
    rows: int
    weights: Numbers | None
    """One for each output of each row, by which its gradient counts."""
    values: Target
    """The outputs of each row."""
    derivatives: Sequence[Target | None] = ()
    """For each block where the derivatives by it go, None where they are not wanted."""
    piece: int = 0
    """What is summed over rows is summed over pieces of so many rows first, by 0 over all."""
    of: int = 0
    """So many rows the blocks have, by 0 as many as are computed."""

    def row(self, r: int) -> list[float]:
        """The inputs of one row."""
        at = [numbers[r * width : (r + 1) * width] if own else numbers for numbers, own, width in self.blocks]
        return [x for numbers in at for x in numbers.tolist()]


def doubles_of(x: Any, shape: Shape) -> Numbers:
    """All numbers of a structure of this shape as one buffer of doubles; a contiguous one is not copied."""
    if is_array(x):
        return memoryview(real_array(x).reshape(-1))
    if isinstance(x, memoryview) and x.format == "d" and x.c_contiguous and x.nbytes:
        return x.cast("B").cast("d")
    if isinstance(shape, tuple):
        numbers = array("d", bytes(8 * size_of(shape)))
        if poured(x, shape, numbers, 0):
            return memoryview(numbers)
    return memoryview(array("d", numbers_of(x)))


def laid_out(x: Any) -> tuple[Numbers, Shape]:
    """The same, and its shape."""
    if isinstance(x, array):
        x = memoryview(x)
    if isinstance(x, (list, tuple)) and kinds_in(x) <= {float, int}:
        return memoryview(array("d", x)), (len(x),)
    shape = shape_of(x)
    return doubles_of(x, shape), shape


def located(error: Exception, name: str, x: Any) -> Exception:
    """An error about a number of an argument, with its place there: that of the first which is none."""
    try:
        places = [] if any_arrays(x) else list(zip(flattened(x), labels(name, template_of(x)), strict=True))
    except TypeError:  # no structure either
        places = []
    for number, place in places:
        try:
            numbers_of(number)
        except (TypeError, OverflowError) as said:
            return type(said)(f"{place}: {said}")
    return type(error)(f"{name}: {error}")


def laid_out_indices(x: Any, size: int, name: str, shape: Shape) -> tuple[Numbers, Shape]:
    """The same of indices of so many rows, or, with one more axis than `shape` has, of rows of them."""
    given = shape_of(x)
    if is_array(x) and x.dtype.kind in "iuf" and x.size and not hasattr(x, "mask"):
        numbers = real_array(x)
        if numbers.min() >= 0 and numbers.max() < size and (x.dtype.kind != "f" or (numbers == numbers.round()).all()):
            return memoryview(numbers.reshape(-1)), given
    return memoryview(indices_of(x, size, name, len(x) if given not in (shape, ()) else 0)), given


class HeldIndices:
    """Indices in an array that changes in place, and in another one as doubles, where a call reads and checks them anew."""

    def __init__(self, x: Any, size: int, name: str, shape: Shape) -> None:
        import numpy as np

        numbers: Any = np.zeros(x.shape)
        self.given, self.size, self.name = x, size, name
        self.own, self.width = x.shape != shape, x.size // len(x) if x.shape != shape and len(x) else x.size
        self.numbers, self.source, self.target = numbers, memoryview(x), memoryview(numbers.reshape(-1))

    def read(self, rows: int | None, begin: int = 0) -> None:
        """Those of so many rows, None: of all. `ValueError` names one that is none."""
        first, count = (begin * self.width, (rows or len(self.given)) * self.width) if self.own else (0, self.width)
        if not 0 <= first <= self.given.size - count:
            return  # what runs says so
        if not read_indices(self.source, self.target, first, count, self.size):
            part = self.given[begin : begin + count // self.width] if self.own else self.given
            numbers = indices_of(part, self.size, self.name, len(part) if self.own else 0, begin)
            self.target[first : first + count] = numbers


def taken_apart(name: str, x: Any) -> tuple[Template, Numbers]:
    """The template of an argument of an example, and its numbers."""
    try:
        template = template_of(x)
        return template, doubles_of(x, shape_of_template(template))
    except (TypeError, OverflowError) as error:
        raise located(error, name, x) from None


def read_in_place(x: Any) -> bool:
    """Whether `laid_out` gives the memory of `x` itself, for as long as it lives: a mask may be set later; a scalar has none."""
    if not is_array(x) or hasattr(x, "mask") or not hasattr(x, "flags"):  # a Dask array has none
        return False
    return bool(x.dtype.str[1:] == "f8" and x.dtype.isnative and x.flags.c_contiguous and x.flags.aligned)


def any_arrays(x: Any) -> bool:
    """Whether a structure holds a NumPy array: results are arrays then."""
    if is_array(x):
        return x.shape != ()  # type: ignore[no-any-return]
    if is_number(x) or isinstance(x, memoryview):
        return False
    parts = parts_in(x)
    return not set(map(type, parts)) <= {float, int} and any(map(any_arrays, parts))


# Rows: what was computed.


def values_of(numbers: array[float], rows: int, outputs: Template, *, arrays: bool) -> Any:
    """The outputs of all rows: (R, *outputs)."""
    if outputs is None and arrays:
        return _array(numbers)
    part = _cutter(numbers, (rows, size_of_template(outputs), 1), arrays=arrays)
    return by_parts(outputs, lambda dims, a, b: part(a, b, 0, 1, (rows, *dims)))


def gradient_by(argument: Template, numbers: array[float], rows: int | None, *, arrays: bool) -> Any:
    """The gradient by one argument: of each row, (R, *argument), or, without `rows`, summed over them."""
    if arrays and argument is not None and argument[-1] is None and is_plain(argument[0]):  # a flat sequence of numbers
        return _array(numbers) if rows is None else _array(numbers).reshape(rows, argument[1])
    outer, count = ((), 1) if rows is None else ((rows,), rows)
    part = _cutter(numbers, (count, 1, size_of_template(argument)), arrays=arrays)
    return by_parts(argument, lambda dims, c, d: part(0, 1, c, d, (*outer, *dims)))


def jacobians_of(
    numbers: Sequence[array[float]],
    rows: int,
    outputs: Template,
    arguments: Sequence[Template],
    chosen: Callable[[list[Any]], Any],
    *,
    arrays: bool,
) -> Any:
    """For each output what `chosen` makes of the derivatives by each argument, of all rows: (R, *outputs, *argument)."""
    sizes = [(rows, size_of_template(outputs), size_of_template(argument)) for argument in arguments]
    parts = [_cutter(each, size, arrays=arrays) for each, size in zip(numbers, sizes, strict=True)]

    def by_argument(part: Cut, argument: Template, outer: tuple[int, ...], a: int, b: int) -> Any:
        return by_parts(argument, lambda dims, c, d: part(a, b, c, d, (rows, *outer, *dims)))

    def of_outputs(dims: tuple[int, ...], a: int, b: int) -> Any:
        return chosen([by_argument(part, argument, dims, a, b) for part, argument in zip(parts, arguments, strict=True)])

    return by_parts(outputs, of_outputs)


def _cutter(numbers: array[float], sizes: tuple[int, int, int], *, arrays: bool) -> Cut:
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
