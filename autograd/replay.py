"""Runs a flat program: at one point with the bits of the eager engine, or on many rows at once.

A program laid flat is a list of instructions. Every number in it has an id: the inputs come first, then the constants, then
one result for each instruction, in the order in which the recorded function computed them.

>>> from autograd.ops import TABLE
>>> flat = Flat(1, array("d", [2.0]), array("H", [TABLE["pow"].code]), array("I", [0, 2]), array("I", [0, 1]), array("I", [2]))
>>> Replay(flat).pullback([3.0], [[1.0]])  # x ** 2 at 3, and its derivative
([9.0], [[6.0]])

This file runs as it stands, number by number. Compiled, the same interface runs the instructions in C (see `replay.h`): at
one point in the order and with the functions of the eager engine, on rows in blocks for which the C compiler uses the
vector instructions of the processor.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from autograd import ops
from autograd.errors import explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Block = tuple[memoryview, bool]

CHOOSE, DETACH = ops.INTERNAL["choose"].code, ops.TABLE["detach"].code
LANES = 8
"""Sums over rows are kept in so many running sums, as the vector instructions do, whatever the engine."""


class Flat(NamedTuple):
    """A function laid flat. Ids: the inputs, then the constants, then one for each instruction."""

    inputs: int
    constants: array[float]
    codes: array[int]
    """The operation of each instruction, as in `ops.BY_CODE`."""
    starts: array[int]
    """The operands of instruction i are ``operands[starts[i]:starts[i + 1]]``, as ids."""
    operands: array[int]
    results: array[int]
    """The ids of the outputs."""


class Replay:
    """A flat program that can be run.

    Numbers are in IEEE arithmetic on rows. At one point an operation raises what it raises in the eager engine, unless its
    result stands on the side of a ``where`` that is not taken.
    """

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.first = flat.inputs + len(flat.constants)
        self.instructions = list(self._decoded())

    # One point.

    def values(self, xs: Sequence[float]) -> list[float]:
        """The outputs at one point."""
        numbers, _ = self._forward(xs, partials=False)
        self._refuse(numbers)
        return [numbers[i] for i in self.flat.results]

    def pullback(self, xs: Sequence[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], list[list[float]]]:
        """The outputs at one point, and for each seed (a number for each output) the derivatives of the seeded sum by all inputs."""
        numbers, partials = self._forward(xs)
        self._refuse(numbers)
        return [numbers[i] for i in self.flat.results], [self._reverse(numbers, partials, seed) for seed in seeds]

    def pushforward(self, xs: Sequence[float], directions: Sequence[Sequence[float]]) -> tuple[list[float], list[list[float]]]:
        """The outputs at one point, and for each direction (a number for each input) the derivatives of all outputs along it."""
        numbers, partials = self._forward(xs)
        self._refuse(numbers)
        return [numbers[i] for i in self.flat.results], [self._tangents(numbers, partials, d) for d in directions]

    # Rows. A block is a buffer of doubles with all inputs of one argument, row by row, and whether it has rows: else it is shared.

    def batch(self, blocks: Sequence[Block], rows: int, values: memoryview) -> None:
        """Write the outputs of each row."""
        m = len(self.flat.results)
        for r in range(rows):
            numbers, _ = self._forward(_row(blocks, rows, r), partials=False)
            values[r * m : (r + 1) * m] = array("d", [numbers[i] for i in self.flat.results])

    def batch_gradient(
        self,
        blocks: Sequence[Block],
        rows: int,
        weights: memoryview | None,
        values: memoryview,
        gradients: Sequence[memoryview | None],
    ) -> None:
        """Write the one output of each row, and its gradient by each block that has a buffer for it.

        By a block with rows it is the row's own, times the row's weight; by a shared one the weighted sum over all rows.
        """
        sums = [[0.0] * (LANES * len(g)) if g is not None and not own else [] for g, (_, own) in zip(gradients, blocks, strict=True)]
        for r in range(rows):
            numbers, partials = self._forward(_row(blocks, rows, r))
            values[r] = numbers[self.flat.results[0]]
            whole = self._reverse(numbers, partials, [1.0 if weights is None else weights[r]])
            at = 0
            for (buffer, own), out, lanes in zip(blocks, gradients, sums, strict=True):
                width = _width(buffer, own, rows)
                if out is not None and own:
                    out[r * width : (r + 1) * width] = array("d", whole[at : at + width])
                elif out is not None:
                    for i in range(width):
                        lanes[LANES * i + r % LANES] += whole[at + i]
                at += width
        for (_, own), out, lanes in zip(blocks, gradients, sums, strict=True):
            if out is not None and not own:
                for i in range(len(out)):
                    out[i] = ops.running_sum(lanes[LANES * i : LANES * (i + 1)])

    def batch_jacobian(
        self, blocks: Sequence[Block], rows: int, values: memoryview, jacobians: Sequence[memoryview | None]
    ) -> None:
        """Write the outputs of each row, and for each row and output the derivatives by each block that has a buffer for them."""
        m = len(self.flat.results)
        units = [[float(i == k) for i in range(m)] for k in range(m)]
        for r in range(rows):
            numbers, partials = self._forward(_row(blocks, rows, r))
            values[r * m : (r + 1) * m] = array("d", [numbers[i] for i in self.flat.results])
            for k, seed in enumerate(units):
                whole = self._reverse(numbers, partials, seed)
                at = 0
                for (buffer, own), out in zip(blocks, jacobians, strict=True):
                    width = _width(buffer, own, rows)
                    if out is not None:
                        out[(r * m + k) * width : (r * m + k + 1) * width] = array("d", whole[at : at + width])
                    at += width

    def refused(self, blocks: Sequence[Block], rows: int) -> int | None:
        """The first row at which an operation raises in the eager engine; `refusal` of that row says which."""
        for r in range(rows):
            xs = _row(blocks, rows, r)
            if self.refusal(xs, self._forward(xs, partials=False)[0]) is not None:
                return r
        return None

    # Errors.

    def _refuse(self, numbers: Sequence[float]) -> None:
        if any(y - y != 0 for y in numbers[self.first :]):  # noqa: PLR0124  (inf or nan)
            error = self.refusal(numbers[: self.flat.inputs], numbers)
            if error is not None:
                raise error

    def refusal(self, xs: Sequence[float], numbers: Sequence[float] | None = None) -> Exception | None:
        """What the eager engine raises at a point, for an operation that the outputs depend on there."""
        if numbers is None:
            numbers, _ = self._forward(xs, partials=False)
        errors: dict[int, Exception] = {}
        for i, (entry, operands, _) in enumerate(self.instructions, self.first):
            live = [operands[0], operands[1 if numbers[operands[0]] != 0 else 2]] if entry.code == CHOOSE else operands
            known = next((errors[x] for x in live if x in errors), None)
            if known is None and numbers[i] - numbers[i] != 0:  # noqa: PLR0124
                known = _raised(entry, [numbers[x] for x in operands])
            if known is not None:
                errors[i] = known
        return next((errors[i] for i in self.flat.results if i in errors), None)

    # The walks.

    def _decoded(self) -> Iterator[tuple[Any, list[int], int]]:
        """The instructions: operation, ids of the operands, and the mask of those that a derivative passes to."""
        starts = self.flat.starts
        for i, code in enumerate(self.flat.codes):
            entry = ops.BY_CODE[code]
            assert entry is not None
            operands = self.flat.operands[starts[i] : starts[i + 1]].tolist()
            moving = [x < self.flat.inputs or x >= self.first for x in operands]
            rules = entry.partials * len(operands) if entry.many else entry.partials
            yield entry, operands, sum(1 << j for j, (m, rule) in enumerate(zip(moving, rules, strict=True)) if m and rule is not None)

    def _forward(self, xs: Sequence[float], *, partials: bool = True) -> tuple[list[float], list[Sequence[float]]]:
        """All numbers of the program at one point, and the partials of each instruction by its operands."""
        numbers = [*xs, *self.flat.constants]
        local: list[Sequence[float]] = []
        for entry, operands, mask in self.instructions:
            at = [numbers[i] for i in operands]
            if entry.many:
                y = entry.ieee(at)
                numbers.append(y)
                local.append(entry.local_many(at, y) if partials else ())
            else:
                y = entry.ieee(*at)
                numbers.append(y)
                local.append(entry.locals[mask](*at, y) if partials else ())
        return numbers, local

    def _links(self, i: int, numbers: Sequence[float], partials: Sequence[Sequence[float]]) -> list[tuple[int, float]]:
        """What instruction i passes gradients to, and the partial of each: of a choice the side taken, of `detach` nothing."""
        entry, operands, mask = self.instructions[i]
        if entry.code == CHOOSE:
            return [(operands[1 if numbers[operands[0]] != 0 else 2], 1.0)]
        if entry.code == DETACH:
            return []
        return [(x, d) for j, (x, d) in enumerate(zip(operands, partials[i], strict=True)) if mask >> j & 1]

    def _reverse(self, numbers: Sequence[float], partials: Sequence[Sequence[float]], seed: Sequence[float]) -> list[float]:
        sums = [0.0] * len(numbers)
        for i, s in zip(self.flat.results, seed, strict=True):
            sums[i] += s
        for i in reversed(range(len(self.instructions))):
            g = sums[self.first + i]
            if g != 0:
                for x, d in self._links(i, numbers, partials):
                    sums[x] += g * d
        return sums[: self.flat.inputs]

    def _tangents(self, numbers: Sequence[float], partials: Sequence[Sequence[float]], direction: Sequence[float]) -> list[float]:
        along = [*direction, *[0.0] * len(self.flat.constants)]
        for i in range(len(self.instructions)):
            t = 0.0
            for x, d in self._links(i, numbers, partials):
                if along[x] != 0:
                    t += along[x] * d
            along.append(t)
        return [along[i] for i in self.flat.results]


def _raised(entry: Any, xs: list[float]) -> Exception | None:
    try:
        entry.evaluate(xs) if entry.many else entry.evaluate(*xs)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return explained(error, entry, xs)
    return None


def _width(buffer: memoryview, own: bool, rows: int) -> int:
    return len(buffer) // rows if own else len(buffer)


def _row(blocks: Sequence[Block], rows: int, r: int) -> list[float]:
    xs: list[float] = []
    for buffer, own in blocks:
        width = _width(buffer, own, rows)
        xs += buffer[r * width : (r + 1) * width].tolist() if own else buffer.tolist()
    return xs
