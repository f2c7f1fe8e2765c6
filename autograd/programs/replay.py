"""Runs a flat program: at one point with the bits of the eager engine, or on many rows at once.

>>> from autograd.ops import TABLE
>>> flat = Flat(1, array("d", [2.0]), array("H", [TABLE["pow"].code]), array("I", [0, 2]), array("I", [0, 1]), array("I", [2]))
>>> Replay(flat).pullback(array("d", [3.0]), [[1.0]])[0]  # x ** 2 at 3
[9.0]

This file runs as it stands, number by number. Compiled, the same interface runs the instructions in C (see `run.h`): at
one point in the order and with the functions of the eager engine, on rows in blocks for which the C compiler uses the
vector instructions of the processor.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from math import isfinite

from autograd import ops
from autograd.errors import beyond, explained
from autograd.programs.flat import CHOOSE, DETACH, TAKE, Flat, instructions
from autograd.programs.lowering import called_in_python, lowered
from autograd.threads import for_one_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.programs.arguments import Numbers, Point, Sweeps, Target, Work
SWEEPS = 64
"""So many sweeps are asked for at once where derivatives are computed again."""
SUMS = 8
"""Sums over rows are kept in so many running sums, as the vector instructions do, whatever the engine."""


class PlainReplay:
    """A flat program that can be run, in Python.

    Numbers are in IEEE arithmetic on rows. At one point an operation raises what it raises in the eager engine, unless its
    result stands on the side of a ``where`` that is not taken, or is a partial. A gradient is made of these: it refuses what
    `origin`, the program that it is the gradient of, refuses.
    """

    def __init__(self, flat: Flat, origin: PlainReplay | None = None) -> None:
        self.flat = flat
        self.origin = origin
        self.first = flat.first

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
            xs, directions, [self._tangents(partials, d) for d in directions]
        )

    def tangents(self, xs: array[float], directions: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        """The same without the outputs."""
        return self.pushforward(xs, directions)[1]

    def held_point(self, point: Point) -> Callable[[], None]:
        """`values`, or with a gradient `pullback`, to be called many times on buffers."""

        def run() -> None:
            xs = point.inputs()
            if point.gradient is None:
                point.values[:] = array("d", self.values(xs))
                return
            values, (gradient,) = self.pullback(xs, [[1.0] if point.weights is None else point.weights.tolist()])
            widths = [(wanted, len(block)) for wanted, block in zip(point.wanted, point.blocks, strict=True)]
            passes = [wanted for wanted, width in widths for _ in range(width)]
            point.values[:] = array("d", values)
            point.gradient[:] = array("d", [g if wanted else 0.0 for g, wanted in zip(gradient, passes, strict=True)])

        return run

    def one_call_at_a_time(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """What was prepared, so that a call while another one runs is refused; what is held in C does so by itself."""
        return for_one_thread(call)

    def held_sweeps(self, point: Point, sweeps: Sweeps, table: Target, *, even: bool) -> Callable[[], bool]:  # noqa: ARG002
        """The outputs, and a table of their derivatives, a row for each output, to be called many times on buffers.

        Whether it was done: not where a number is not finite, and not in Python. `even`: they are the rows of a Hessian.
        """
        return lambda: False

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

    def point(self, xs: Sequence[float], seed: Sequence[float] | None) -> tuple[list[float], Any, bool]:
        """In IEEE arithmetic: the outputs, the gradient of their seeded sum (None without a seed), whether all was finite."""
        numbers, partials = self._forward(xs, partials=seed is not None)
        gradient = None if seed is None else array("d", self._reverse(numbers, partials, seed))
        return [numbers[i] for i in self.flat.results], gradient, all(map(isfinite, numbers[self.first :]))

    def moved(self, xs: array[float], direction: Sequence[float]) -> Sequence[float]:
        """The derivatives of all outputs along a direction, as the sweep forward has them."""
        return self._tangents(self._forward(xs)[1], direction)

    # Rows.

    def batch(self, work: Work) -> None:
        """Write the outputs of each row."""
        m = len(self.flat.results)
        for r in range(work.rows):
            work.values[r * m : (r + 1) * m] = array("d", self.point(work.row(r), None)[0])

    def batch_gradient(self, work: Work) -> None:
        """Write the outputs of each row, and the gradient of their weighted sum by each block that has a buffer for it.

        By a block with rows it is the row's own; by a shared one the sum over all rows: first over pieces, then over these in
        their order.
        """
        rows, piece = work.rows, work.piece or work.rows
        for out, block in zip(work.derivatives, work.blocks, strict=True):
            if out is not None and not block.own:
                out[:] = array("d", bytes(8 * len(out)))
        for start in range(0, rows, piece):
            self._gradient_of_piece(work, range(start, min(start + piece, rows)))

    def held_rows(self, kind: str, work: Work) -> Callable[[int], None]:
        """`batch` ("values"), `batch_gradient` ("gradient") or `batch_jacobian` ("jacobian"), to be called many times on buffers.

        Each time with the number of the first row.
        """
        compute = {"values": self.batch, "gradient": self.batch_gradient, "jacobian": self.batch_jacobian}[kind]
        rows, of = work.rows, work.of or work.rows

        def run(begin: int) -> None:
            if not 0 <= begin <= of - rows:
                raise beyond(begin, rows, of)
            compute(work._replace(blocks=[block.rows(begin, begin + rows) for block in work.blocks], of=0))

        return run

    def stop_early(self) -> bool:
        """From now on compute a row with weights only up to its last one that is not 0, and tell other results as 0.

        Whether it is done: there is nothing to gain where nothing is compiled.
        """
        return False

    def held_descent(self, whole: Work, rest: Work | None, theta: Numbers) -> Any:  # noqa: ARG002
        """Minibatches of gradients by `theta`, and steps against them, one after the other; None where nothing is compiled."""
        return None

    def _gradient_of_piece(self, work: Work, piece: range) -> None:
        m = len(self.flat.results)
        summed = [out is not None and not block.own for out, block in zip(work.derivatives, work.blocks, strict=True)]
        sums = [[0.0] * (SUMS * block.width) if add else [] for add, block in zip(summed, work.blocks, strict=True)]
        for r in piece:
            seed = [1.0] * m if work.weights is None else work.weights[r * m : (r + 1) * m].tolist()
            values, whole, _ = self.point(work.row(r), seed)
            work.values[r * m : (r + 1) * m] = array("d", values)
            at = 0
            for (_, own, width), out, running in zip(work.blocks, work.derivatives, sums, strict=True):
                if out is not None and own:
                    out[r * width : (r + 1) * width] = array("d", whole[at : at + width])
                elif out is not None:
                    for i in range(width):
                        running[SUMS * i + (r - piece.start) % SUMS] += whole[at + i]
                at += width
        for out, running in zip(work.derivatives, sums, strict=True):
            if out is not None and running:
                for i in range(len(out)):
                    half = [running[SUMS * i + k] + running[SUMS * i + k + 4] for k in range(4)]
                    out[i] += (half[0] + half[2]) + (half[1] + half[3])

    def batch_jacobian(self, work: Work) -> None:
        """Write the outputs of each row, and for each row and output the derivatives by each block that has a buffer for them."""
        m = len(self.flat.results)
        units = [[float(i == k) for i in range(m)] for k in range(m)]
        for r in range(work.rows):
            numbers, partials = self._forward(work.row(r))
            work.values[r * m : (r + 1) * m] = array("d", [numbers[i] for i in self.flat.results])
            for k, seed in enumerate(units):
                whole = self._reverse(numbers, partials, seed)
                at = 0
                for (_, _, width), out in zip(work.blocks, work.derivatives, strict=True):
                    if out is not None:
                        out[(r * m + k) * width : (r * m + k + 1) * width] = array("d", whole[at : at + width])
                    at += width

    def refused(self, work: Work) -> int | None:
        """The first row at which an operation raises in the eager engine; `refusal` of that row says which."""
        return next((r for r in range(work.rows) if self.refusal(work.row(r)) is not None), None)

    # Errors.

    def _refuse(self, xs: array[float], numbers: Sequence[float]) -> None:
        if self.origin is not None:
            self.origin.values(xs)
        elif any(y - y != 0 for y in numbers[self.first :]):  # inf or nan
            error = self.refusal(numbers[: self.flat.inputs], numbers)
            if error is not None:
                raise error

    def unless_refused(self, xs: array[float], outputs: list[float], *, finite: bool) -> list[float]:
        """The outputs at a point, unless the function itself raises there."""
        if self.origin is not None:
            self.origin.values(xs)
        elif not finite:
            error = self.refusal(xs)
            if error is not None:
                raise error
        return outputs

    def refusal(self, xs: Sequence[float], numbers: Sequence[float] | None = None) -> Exception | None:
        """What the eager engine raises at a point, for an operation that the outputs depend on there."""
        if self.origin is not None:
            return self.origin.refusal(xs)
        if numbers is None:
            numbers, _ = self._forward(xs, partials=False)
        errors: dict[int, Exception] = {}
        partials = {self.first + i for i in self.flat.partials}
        for i, (entry, operands, _) in enumerate(self.instructions, self.first):
            live = operands
            if entry.code in (CHOOSE, TAKE):
                first = numbers[operands[0]]
                live = [operands[0], operands[1 + int(first) if entry.code == TAKE else 2 - (first != 0)]]
            known = next((errors[x] for x in live if x in errors), None)
            if known is None and numbers[i] - numbers[i] != 0 and i not in partials:
                known = self.raised_at(i, entry, [numbers[x] for x in operands])
            if known is not None:
                errors[i] = known
        return next((errors[i] for i in self.flat.results if i in errors), None)

    def raised_at(self, i: int, entry: Any, xs: list[float]) -> Exception | None:  # noqa: ARG002  (stages know more of it)
        """What the operation with id i raises at these operands."""
        try:
            entry.evaluate(xs) if entry.many else entry.evaluate(*xs)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return explained(error, entry, [("", x) for x in xs])
        return None

    # The walks.

    def _decoded(self) -> Iterator[tuple[Any, list[int], int]]:
        active = bytearray(b"\1" * self.flat.inputs + bytes(len(self.flat.constants)))  # of each id whether it has a derivative
        for entry, own in instructions(self.flat):
            operands = list(own)
            rules = entry.partials * len(operands) if entry.many else entry.partials
            passing = [active[x] and rule is not None for x, rule in zip(operands, rules, strict=True)]
            mask = 0 if entry.code == DETACH else sum(1 << j for j, passes in enumerate(passing) if passes)
            active.append(mask != 0)
            yield entry, operands, mask

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

    def _links(self, i: int, partials: Sequence[Sequence[float]]) -> list[tuple[int, float]]:
        """What instruction i passes gradients to, and the partial of each: in a choice nothing through a partial of 0."""
        entry, operands, mask = self.instructions[i]
        links = [(x, d) for j, (x, d) in enumerate(zip(operands, partials[i], strict=True)) if mask >> j & 1]
        return [(x, d) for x, d in links if d != 0] if entry.choice else links

    def _reverse(self, numbers: Sequence[float], partials: Sequence[Sequence[float]], seed: Sequence[float]) -> list[float]:
        sums = [0.0] * len(numbers)
        for i, s in zip(self.flat.results, seed, strict=True):
            sums[i] += s
        for i in reversed(range(len(self.instructions))):
            g = sums[self.first + i]
            if g != 0:
                for x, d in self._links(i, partials):
                    sums[x] += g * d
        return sums[: self.flat.inputs]

    def _tangents(self, partials: Sequence[Sequence[float]], direction: Sequence[float]) -> list[float]:
        along = [*direction, *[0.0] * len(self.flat.constants)]
        for i in range(len(self.instructions)):
            t = 0.0
            for x, d in self._links(i, partials):
                t += along[x] * d
            along.append(t)
        return [along[i] for i in self.flat.results]


class NativeReplay(PlainReplay):
    """The same in C, where the engine is compiled."""

    def __init__(self, flat: Flat, origin: PlainReplay | None = None) -> None:
        super().__init__(flat, origin)
        self.machine = native.Machine(lowered(flat), called_in_python, bytes([e is not None and e.choice for e in ops.BY_CODE]))

    def values(self, xs: array[float]) -> list[float]:  # noqa: D102  (as PlainReplay says)
        outputs, _, finite = self.machine.point(xs, None)
        return self.unless_refused(xs, outputs, finite=finite)

    def pullback(self, xs: array[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], Sequence[Sequence[float]]]:  # noqa: D102
        if len(seeds) != 1:
            return self.values(xs), self._spread(xs, seeds, len(self.flat.results), self.flat.inputs, tangents=False)
        outputs, gradient, finite = self.machine.point(xs, seeds[0])
        return self.unless_refused(xs, outputs, finite=finite), [gradient]

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

    def point(self, xs: Any, seed: Sequence[float] | None) -> tuple[list[float], Any, bool]:  # noqa: D102
        return self.machine.point(xs, seed)

    def moved(self, xs: array[float], direction: Sequence[float]) -> Sequence[float]:  # noqa: D102
        return self._spread(xs, [direction], self.flat.inputs, len(self.flat.results), tangents=True)[0]

    def batch(self, work: Work) -> None:  # noqa: D102
        self.held_rows("values", work)(0)

    def batch_gradient(self, work: Work) -> None:  # noqa: D102
        self.held_rows("gradient", work)(0)

    def batch_jacobian(self, work: Work) -> None:  # noqa: D102
        self.held_rows("jacobian", work)(0)

    def held_rows(self, kind: str, work: Work) -> Callable[[int], None]:  # noqa: D102
        return native.Rows(self.machine, work, kind != "values", kind == "jacobian").run

    def one_call_at_a_time(self, call: Callable[..., Any]) -> Callable[..., Any]:  # noqa: D102
        return call

    def stop_early(self) -> bool:  # noqa: D102
        self.machine.stop_early()
        return self.machine.early

    def held_descent(self, whole: Work, rest: Work | None, theta: Numbers) -> Any:  # noqa: D102
        return native.Descent(self.machine, whole, rest, theta)

    def held_point(self, point: Point) -> Callable[[], None]:  # noqa: D102
        held = native.Point(self.machine, point)
        compute, refuse = held.run, self._held_origin(point)

        def run() -> None:
            if not compute():
                self.unless_refused(held.xs, [], finite=False)

        return run if self.origin is None else lambda: (refuse(), compute())[0]

    def held_sweeps(self, point: Point, sweeps: Sweeps, table: Target, *, even: bool) -> Callable[[], bool]:  # noqa: D102
        held = native.Sweeps(self.machine, point, *sweeps, table, even)
        refuse = self._held_origin(point)
        return lambda: (refuse(), held.run())[1]

    def _held_origin(self, point: Point) -> Callable[[], None]:
        """What raises at the point what the program raises of which this is the gradient."""
        if self.origin is None:
            return lambda: None
        values = memoryview(bytearray(8 * len(self.origin.flat.results))).cast("d")
        return self.origin.held_point(point._replace(weights=None, values=values, gradient=None))

    def _spread(
        self, xs: array[float], starts: Sequence[Sequence[float]], width: int, ends: int, *, tangents: bool
    ) -> list[list[float]]:
        numbers = array("d", [number for start in starts for number in start])
        if len(numbers) != width * len(starts):
            message = f"{len(numbers)} numbers were given where {len(starts)} times {width} belong"
            raise ValueError(message)
        found = self.machine.spread(xs, numbers, len(starts), tangents).tolist()
        return [found[i * ends : (i + 1) * ends] for i in range(len(starts))]


try:
    from autograd.programs import native
except ImportError:
    COMPILED = False
    Replay: type[PlainReplay] = PlainReplay
else:
    COMPILED = True
    Replay = NativeReplay
