"""Runs a flat program: at one point with the bits of the eager engine, or on many rows at once.

A program laid flat is a list of instructions. Every number in it has an id: the inputs come first, then the constants, then
one result for each instruction, in the order in which the recorded function computed them.

>>> from autograd.ops import TABLE
>>> flat = Flat(1, array("d", [2.0]), array("H", [TABLE["pow"].code]), array("I", [0, 2]), array("I", [0, 1]), array("I", [2]))
>>> Replay(flat).pullback(array("d", [3.0]), [[1.0]])[0]  # x ** 2 at 3
[9.0]

This file runs as it stands, number by number. Compiled, the same interface runs the instructions in C (see `replay.h`): at
one point in the order and with the functions of the eager engine, on rows in blocks for which the C compiler uses the
vector instructions of the processor.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from math import isfinite
from typing import NamedTuple

from autograd import ops
from autograd.errors import beyond, explained
from autograd.trace import Expression, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.ops import Operation

    Numbers = memoryview[float]
    Block = tuple[Numbers, bool]

CHOOSE, DETACH = ops.INTERNAL["choose"].code, ops.TABLE["detach"].code
SWEEPS = 64
"""So many sweeps are asked for at once where derivatives are computed again."""
SUMS = 8
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
    partials: array[int] = array("I")
    """The numbers of the instructions that a derivative within the function wrote: partials, which never raise."""


class PlainReplay:
    """A flat program that can be run, in Python.

    Numbers are in IEEE arithmetic on rows. At one point an operation raises what it raises in the eager engine, unless its
    result stands on the side of a ``where`` that is not taken, or is a partial. A gradient is made of these: it refuses what
    `origin`, the program that it is the gradient of, refuses.
    """

    def __init__(self, flat: Flat, origin: PlainReplay | None = None) -> None:
        self.flat = flat
        self.origin = origin
        self.first = flat.inputs + len(flat.constants)

    @cached_property
    def instructions(self) -> list[tuple[Any, list[int], int]]:
        """Of each instruction the operation, the ids of its operands, and the mask of those that a derivative passes to."""
        return list(self._decoded())

    # One point.

    def values(self, xs: array[float]) -> list[float]:
        """The outputs at one point."""
        numbers, _ = self._forward(xs, partials=False)
        self._refuse(xs, numbers)
        return [numbers[i] for i in self.flat.results]

    def pullback(self, xs: array[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], Sequence[Sequence[float]]]:
        """The outputs at one point, and for each seed (a number for each output) the derivatives of their sum by all inputs."""
        numbers, partials = self._forward(xs)
        self._refuse(xs, numbers)
        return [numbers[i] for i in self.flat.results], [self._reverse(numbers, partials, seed) for seed in seeds]

    def pushforward(
        self, xs: array[float], directions: Sequence[Sequence[float]]
    ) -> tuple[list[float], Sequence[Sequence[float]]]:
        """The outputs at one point, and for each direction (a number for each input) the derivatives of all outputs along it.

        The reverse sweep defines a derivative: one that is not finite is computed again in reverse.
        """
        numbers, partials = self._forward(xs)
        self._refuse(xs, numbers)
        return [numbers[i] for i in self.flat.results], self._defined(
            xs, directions, [self._tangents(numbers, partials, d) for d in directions]
        )

    def tangents(self, xs: array[float], directions: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        """The same without the outputs."""
        return self.pushforward(xs, directions)[1]

    def _defined(
        self, xs: array[float], directions: Sequence[Sequence[float]], along: list[list[float]]
    ) -> Sequence[Sequence[float]]:
        if all(isfinite(sum(tangents)) for tangents in along):  # the sum of what is not finite is not either
            return along
        strange = sorted({i for tangents in along for i, t in enumerate(tangents) if not isfinite(t)})
        for start in range(0, len(strange), SWEEPS):
            some = strange[start : start + SWEEPS]
            seeds = [[float(k == i) for k in range(len(self.flat.results))] for i in some]
            for i, row in zip(some, self.pullback(xs, seeds)[1], strict=True):
                for tangents, direction in zip(along, directions, strict=True):
                    if not isfinite(tangents[i]):
                        tangents[i] = ops.running_sum([d * v for d, v in zip(row, direction, strict=True) if d != 0 and v != 0])
        return along

    # Rows. A block is a buffer of doubles with all inputs of one argument, row by row, and whether it has rows, or is shared.

    def batch(self, blocks: Sequence[Block], rows: int, values: Numbers) -> None:
        """Write the outputs of each row."""
        m = len(self.flat.results)
        for r in range(rows):
            numbers, _ = self._forward(_row(blocks, rows, r), partials=False)
            values[r * m : (r + 1) * m] = array("d", [numbers[i] for i in self.flat.results])

    def batch_gradient(
        self,
        blocks: Sequence[Block],
        rows: int,
        weights: Numbers | None,
        values: Numbers,
        gradients: Sequence[Numbers | None],
        piece: int = 0,
    ) -> None:
        """Write the one output of each row, and its gradient by each block that has a buffer for it.

        By a block with rows it is the row's own, times the row's weight; by a shared one the weighted sum over all rows: first
        over pieces of so many rows, by 0 over all, then over the pieces in their order.
        """
        self.held_gradient(blocks, rows, weights, values, gradients, piece or rows, rows)(0)

    def held_gradient(
        self,
        blocks: Sequence[Block],
        rows: int,
        weights: Numbers | None,
        values: Numbers,
        gradients: Sequence[Numbers | None],
        piece: int,
        of: int,
    ) -> Callable[[int], None]:
        """`batch_gradient` of so many rows out of `of`, to be called many times on these buffers with the first row's number."""
        widths = [_width(buffer, own, of) for buffer, own in blocks]

        def run(begin: int) -> None:
            if not 0 <= begin <= of - rows:
                raise beyond(begin, rows, of)
            parts = [(buffer[begin * w : (begin + rows) * w] if own else buffer, own) for (buffer, own), w in zip(blocks, widths)]
            for out, (_, own) in zip(gradients, blocks, strict=True):
                if out is not None and not own:
                    out[:] = array("d", bytes(8 * len(out)))
            for start in range(0, rows, piece):
                self._gradient_of_piece(range(start, min(start + piece, rows)), parts, rows, weights, values, gradients)

        return run

    def _gradient_of_piece(
        self,
        piece: range,
        blocks: Sequence[Block],
        rows: int,
        weights: Numbers | None,
        values: Numbers,
        gradients: Sequence[Numbers | None],
    ) -> None:
        summed = [out is not None and not own for out, (_, own) in zip(gradients, blocks, strict=True)]
        sums = [[0.0] * (SUMS * len(buffer)) if add else [] for add, (buffer, _) in zip(summed, blocks, strict=True)]
        for r in piece:
            numbers, partials = self._forward(_row(blocks, rows, r))
            values[r] = numbers[self.flat.results[0]]
            whole = self._reverse(numbers, partials, [1.0 if weights is None else weights[r]])
            at = 0
            for (buffer, own), out, running in zip(blocks, gradients, sums, strict=True):
                width = _width(buffer, own, rows)
                if out is not None and own:
                    out[r * width : (r + 1) * width] = array("d", whole[at : at + width])
                elif out is not None:
                    for i in range(width):
                        running[SUMS * i + (r - piece.start) % SUMS] += whole[at + i]
                at += width
        for out, running in zip(gradients, sums, strict=True):
            if out is not None and running:
                for i in range(len(out)):
                    half = [running[SUMS * i + k] + running[SUMS * i + k + 4] for k in range(4)]
                    out[i] += (half[0] + half[2]) + (half[1] + half[3])

    def batch_jacobian(self, blocks: Sequence[Block], rows: int, values: Numbers, jacobians: Sequence[Numbers | None]) -> None:
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
            if self.refusal(xs) is not None:
                return r
        return None

    # Errors.

    def _refuse(self, xs: array[float], numbers: Sequence[float]) -> None:
        if self.origin is not None:
            self.origin.values(xs)
        elif any(y - y != 0 for y in numbers[self.first :]):  # inf or nan
            error = self.refusal(numbers[: self.flat.inputs], numbers)
            if error is not None:
                raise error

    def refusal(self, xs: Sequence[float], numbers: Sequence[float] | None = None) -> Exception | None:
        """What the eager engine raises at a point, for an operation that the outputs depend on there."""
        if self.origin is not None:
            return self.origin.refusal(xs)
        if numbers is None:
            numbers, _ = self._forward(xs, partials=False)
        errors: dict[int, Exception] = {}
        partials = {self.first + i for i in self.flat.partials}
        for i, (entry, operands, _) in enumerate(self.instructions, self.first):
            live = [operands[0], operands[1 if numbers[operands[0]] != 0 else 2]] if entry.code == CHOOSE else operands
            known = next((errors[x] for x in live if x in errors), None)
            if known is None and numbers[i] - numbers[i] != 0 and i not in partials:
                known = _raised(entry, [numbers[x] for x in operands])
            if known is not None:
                errors[i] = known
        return next((errors[i] for i in self.flat.results if i in errors), None)

    # The walks.

    def _decoded(self) -> Iterator[tuple[Any, list[int], int]]:
        starts = self.flat.starts
        for i, code in enumerate(self.flat.codes):
            entry = _operation(code)
            operands = self.flat.operands[starts[i] : starts[i + 1]].tolist()
            moving = [x < self.flat.inputs or x >= self.first for x in operands]
            rules = entry.partials * len(operands) if entry.many else entry.partials
            wanted = [m and rule is not None for m, rule in zip(moving, rules, strict=True)]
            yield entry, operands, sum(1 << j for j, w in enumerate(wanted) if w)

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
        links = [(x, d) for j, (x, d) in enumerate(zip(operands, partials[i], strict=True)) if mask >> j & 1]
        return [(x, d) for x, d in links if d != 0] if entry.choice else links

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
                t += along[x] * d
            along.append(t)
        return [along[i] for i in self.flat.results]


class NativeReplay(PlainReplay):
    """The same in C, where the engine is compiled."""

    def __init__(self, flat: Flat, origin: PlainReplay | None = None) -> None:
        super().__init__(flat, origin)
        self.machine = native.Machine(Lowering(flat).flat, called, bytes([e is not None and e.choice for e in ops.BY_CODE]))

    def values(self, xs: array[float]) -> list[float]:  # noqa: D102  (as PlainReplay says)
        outputs, _, finite = self.machine.point(xs, None)
        return self._unless_refused(xs, outputs, finite=finite)

    def pullback(self, xs: array[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], Sequence[Sequence[float]]]:  # noqa: D102
        if len(seeds) != 1:
            return self.values(xs), self._spread(xs, seeds, len(self.flat.results), self.flat.inputs, tangents=False)
        outputs, gradient, finite = self.machine.point(xs, seeds[0])
        return self._unless_refused(xs, outputs, finite=finite), [gradient]

    def pushforward(  # noqa: D102
        self, xs: array[float], directions: Sequence[Sequence[float]]
    ) -> tuple[list[float], Sequence[Sequence[float]]]:
        return self.values(xs), self._along(xs, directions)

    def tangents(self, xs: array[float], directions: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:  # noqa: D102
        (self if self.origin is None else self.origin).values(xs)
        return self._along(xs, directions)

    def _along(self, xs: array[float], directions: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        along = self._spread(xs, directions, self.flat.inputs, len(self.flat.results), tangents=True)
        return self._defined(xs, directions, along)

    def batch(self, blocks: Sequence[Block], rows: int, values: Numbers) -> None:  # noqa: D102
        native.Rows(self.machine, list(blocks), rows, rows, None, values, None, each=False).run()

    def held_gradient(  # noqa: D102
        self,
        blocks: Sequence[Block],
        rows: int,
        weights: Numbers | None,
        values: Numbers,
        gradients: Sequence[Numbers | None],
        piece: int,
        of: int,
    ) -> Callable[[int], None]:
        return native.Rows(self.machine, list(blocks), rows, piece, weights, values, list(gradients), each=False, of=of).run

    def batch_jacobian(  # noqa: D102
        self, blocks: Sequence[Block], rows: int, values: Numbers, jacobians: Sequence[Numbers | None]
    ) -> None:
        native.Rows(self.machine, list(blocks), rows, rows, None, values, list(jacobians), each=True).run()

    def _spread(
        self, xs: array[float], starts: Sequence[Sequence[float]], width: int, ends: int, *, tangents: bool
    ) -> list[list[float]]:
        flat = array("d", [number for start in starts for number in start])
        if len(flat) != width * len(starts):
            message = f"{len(flat)} numbers were given where {len(starts)} times {width} belong"
            raise ValueError(message)
        found = self.machine.spread(xs, flat, len(starts), tangents).tolist()
        return [found[i * ends : (i + 1) * ends] for i in range(len(starts))]

    def _unless_refused(self, xs: array[float], outputs: list[float], *, finite: bool) -> list[float]:
        if self.origin is not None:
            self.origin.values(xs)
        elif not finite:
            error = self.refusal(xs)
            if error is not None:
                raise error
        return outputs


class Lowering:
    """A flat program in which every instruction is one that C knows: what has no kernel is spelt out in those that have.

    ``mean(x, y)`` becomes a sum and a quotient that are passive (no derivative passes through them), and a link: the quotient's
    value once more, with its edges: each operand with the number that is its partial. What cannot be spelt out is called.
    """

    LINKED, PASSIVE = ops.LAST_CODE + 1, ops.LAST_CODE + 2
    PLUS, MINUS = 0xFFFFFFFE, 0xFFFFFFFD  # partials that are no row

    def __init__(self, flat: Flat) -> None:
        spelt = {code for code in set(flat.codes) if self._formulas_of(code)}
        self.flat = self._lowered(flat, spelt) if spelt else flat

    @staticmethod
    def _formulas_of(code: int) -> bool:
        return code in {ops.TABLE[name].code for name in ("mean", "prod", "logsumexp")}

    def _lowered(self, flat: Flat, spelt: set[int]) -> Flat:
        first = flat.inputs + len(flat.constants)
        self.constants: dict[str, int] = {}  # new ones, by their hexadecimal spelling
        self.codes, self.starts, self.operands = array("H"), array("I", [0]), array("I")
        new = list(range(first))  # the new id of each old one; instructions count from `first` until all constants are known
        self.first = first
        for i, code in enumerate(flat.codes):
            operands = [new[x] for x in flat.operands[flat.starts[i] : flat.starts[i + 1]]]
            new.append(self._spell(code, operands) if code in spelt else self._add(code, operands))
        shift = len(self.constants)
        settled = array("I", [self._settled(x, shift) for x in self.operands])
        results = array("I", [self._settled(new[x], shift) for x in flat.results])
        constants = flat.constants + array("d", map(float.fromhex, self.constants))
        return Flat(flat.inputs, constants, self.codes, self.starts, settled, results)

    def _settled(self, x: int, shift: int) -> int:
        """An id with the new constants in their place: until now they counted down from PLUS and MINUS."""
        if x >= self.MINUS or x < self.first:
            return x
        return x + shift if x < 1 << 31 else self.first + self.MINUS - 1 - x

    def _add(self, code: int, operands: list[int]) -> int:
        self.codes.append(code)
        self.operands.extend(operands)
        self.starts.append(len(self.operands))
        return self.first + len(self.codes) - 1

    def _constant(self, number: float) -> int:
        return self.MINUS - 1 - self.constants.setdefault(number.hex(), len(self.constants))

    def _spell(self, code: int, operands: list[int]) -> int:
        entry = _operation(code)
        xs, (y,) = symbols(*[f"x{i}" for i in range(len(operands))]), symbols("y")
        known = {id(x): operand for x, operand in zip(xs, operands, strict=True)}
        self.parts: list[Expression] = []  # which must live as long as their id() is used
        if entry.name == "logsumexp":
            value = self._add(code | self.PASSIVE, operands)
        else:
            value = self._formula(formula(entry.value(xs)), known)
        known[id(y)] = value
        links = [value]
        for operand, local in zip(operands, entry.local_many(xs, y), strict=True):
            part = formula(local)
            links += [operand, {1.0: self.PLUS, -1.0: self.MINUS}.get(part.number or 0.0) or self._formula(part, known)]
        return self._add(self.LINKED, links)

    def _formula(self, e: Expression, known: dict[int, int]) -> int:
        """The id of a formula's number; what it consists of becomes passive instructions, shared parts once."""
        stack = [e]
        while stack:
            part = stack[-1]
            missing = [x for x in part.operands if id(x) not in known]
            if missing and id(part) not in known:
                stack += missing
                continue
            stack.pop()
            if id(part) not in known:
                self.parts.append(part)
                if part.number is not None:
                    known[id(part)] = self._constant(part.number)
                else:
                    entry = ops.TABLE.get(part.name) or ops.INTERNAL[part.name]
                    known[id(part)] = self._add(entry.code | self.PASSIVE, [known[id(x)] for x in part.operands])
        return known[id(e)]


def formula(x: Expression | float) -> Expression:
    """A number as a formula too."""
    return x if isinstance(x, Expression) else Expression("number", number=float(x))


def called(code: int, mask: int, xs: list[float]) -> tuple[float, Sequence[float]]:
    """The value and the partials of an operation that has no kernel, in IEEE arithmetic."""
    entry = _operation(code)
    y = entry.ieee(*xs)
    return y, entry.locals[mask](*xs, y) if mask else ()


def _raised(entry: Any, xs: list[float]) -> Exception | None:
    try:
        entry.evaluate(xs) if entry.many else entry.evaluate(*xs)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return explained(error, entry, [("", x) for x in xs])
    return None


def _operation(code: int) -> Operation:
    """The operation of an instruction."""
    return ops.BY_CODE[code]  # type: ignore[return-value]  # None is a leaf's, and leaves are no instructions


def _width(buffer: Numbers, own: bool, rows: int) -> int:
    return len(buffer) // rows if own else len(buffer)


def _row(blocks: Sequence[Block], rows: int, r: int) -> list[float]:
    xs: list[float] = []
    for buffer, own in blocks:
        width = _width(buffer, own, rows)
        xs += buffer[r * width : (r + 1) * width].tolist() if own else buffer.tolist()
    return xs


try:
    from autograd.programs import native
except ImportError:
    COMPILED = False
    Replay: type[PlainReplay] = PlainReplay
else:
    COMPILED = True
    Replay = NativeReplay
