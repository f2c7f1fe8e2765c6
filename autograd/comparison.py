"""One derivative compared with differences: where it is sampled, what may lie between the two, what is found.

Rounding is bounded by the graph: each node's rounding error reaches the result times its gradient. An estimate whose own error
lets too much pass says nothing; nor does one that contradicts a derivative which, over far smaller steps, comes and goes.

>>> from autograd import sin
>>> target = Target(sin, (0.5,), 0, 0.0)
>>> [finding.wrong for finding in target.findings(target.lines(None))]
[False]
"""

from __future__ import annotations

import math

from autograd.derivative import Applied, gradients
from autograd.differences import Differences, Estimate, first_step
from autograd.kinks import interval_gradients, interval_product, same_sides, sides_of
from autograd.report import Row
from autograd.structures import labels, template_of
from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.kinks import Interval, Sides

EPSILON, SMALLEST_NORMAL = 2.0**-52, 2.0**-1022
ROUNDINGS, ROUNDED = 4, {"add", "sub", "mul", "div", "neg", "sqrt"}
"""The value of an operation is right to so many units in the last place, to one where the processor computes it."""
SAFETY = 10.0
"""Analytic and numeric derivative may differ by so many times the estimated error of the extrapolation."""
MARGIN = 2.0
"""And by so many times what is known of rounding."""
TOLERANCE = 1e-8
"""And by this part of the derivative."""
TELLING = 0.1
"""A comparison that lets a larger part of the derivative pass says nothing."""
PAIR, PAIR_TOLERANCE = 2.0**-13, 1e-7
"""The step of the one pair of values by which a direction is checked, as part of each input, and what part may be its error."""
LOST = (ArithmeticError, ValueError)
"""What an operation raises outside its domain."""
WAYS = ((0, True), (1, True), (-1, True), (0, False), (1, False), (-1, False))
"""Differences are taken from both sides, from the right, from the left; over kinks only where there is nothing else."""


# The function and its samples.


class Line:
    """A way through the inputs: a number moves one of them, or all in some proportion; the point itself is at `origin`.

    `samples` are the outputs and the sides of all kinks at numbers on it (None outside the domain), `roundings` their bounds.
    """

    def __init__(self, name: str, point: list[float], weights: dict[int, float], starts: Sequence[float]) -> None:
        self.name, self.point, self.weights, self.starts = name, point, weights, starts
        self.single = next(iter(weights)) if len(weights) == 1 else None
        self.origin = 0.0 if self.single is None else point[self.single]
        self.samples: dict[float, tuple[list[float], Sides] | None] = {}
        self.roundings: dict[tuple[float, float], list[float]] = {}

    def at(self, t: float) -> list[float]:
        """The inputs at a number."""
        moved = list(self.point)
        for i, weight in self.weights.items():
            moved[i] = t if self.single is not None else moved[i] + t * weight
        return moved

    def along(self, derivatives: Sequence[float]) -> float:
        """The derivative along the line, given those by each input."""
        if self.single is not None:
            return derivatives[self.single]
        return math.fsum(derivatives[i] * weight for i, weight in self.weights.items())


class Target:
    """The function whose first derivatives are compared: `f` itself, or all of its derivatives of order `level`."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], level: int, noise: float) -> None:
        self.f, self.args, self.level, self.noise = f, args, level, noise
        self.call = Applied(f, args)
        self.point = [x.data for x in self.call.inputs]
        self.base = [self.call.output(i) for i in range(len(self.call.outputs))]
        self.outputs = _differentiated(self.base, self.call.inputs, level)
        self.sides = sides_of(self.base)
        self.evaluations = 0
        self.passes = sum(len(self.base) * len(self.point) ** k for k in range(level + 1))
        numbers = [y.data for y in self.outputs]
        if not all(map(math.isfinite, numbers)):
            what = "f" if level == 0 else "a derivative of f"
            message = f"check_gradients: nothing can be compared where {what} is not finite: {numbers}"
            raise ValueError(message)
        again = [y.data for y in Applied(f, args).outputs if type(y) is Value]
        first = [y.data for y in self.call.outputs if type(y) is Value]
        if len(again) != len(first) or any(a != b and abs(a - b) > self.near(b) for a, b in zip(again, first, strict=True)):
            message = "check_gradients: f gave two different values at one point; fix its random numbers"
            raise ValueError(message)
        self.intervals = [interval_gradients(y, self.call.inputs) for y in self.outputs] if level == 0 else []
        self.on_kink = any(low < high for row in self.intervals for low, high in row)

    def near(self, number: float) -> float:
        """How wrong a value or a derivative may be by the function's own `noise`."""
        return self.noise * max(1.0, abs(number))

    def names(self) -> list[str]:
        """What each input is called."""
        args, chosen = self.args, self.call.chosen
        return _names(args, chosen)

    def lines(self, directions: int | None) -> Iterator[Line]:
        """One for each input, or for each of so many directions where there are several inputs."""
        if directions is not None and len(self.point) > 1:
            yield from self._directions(directions)
            return
        for i, name in enumerate(self.names()):
            x = self.point[i]
            starts = [first_step(abs(x))] if x else []
            if abs(x) < 1:
                starts.append(first_step(1.0))
            if x == 0:
                starts += [2.0**-k for k in (48, 93, 138, 183)]
                starts += [first_step(abs(other)) for other in self.point if 0 < abs(other) < 2.0**-180][:1]
            yield Line(name, self.point, {i: 1.0}, starts)

    def _directions(self, count: int) -> Iterator[Line]:
        from random import Random

        draw = Random(count).uniform  # noqa: S311  (no secret)
        for n in range(count):
            proportions = [draw(0.5, 1.0) * math.copysign(1.0, draw(-1.0, 1.0)) for _ in self.point]
            weights = {i: p * max(abs(x), 1.0) for i, (p, x) in enumerate(zip(proportions, self.point, strict=True))}
            yield Line(f"direction {n + 1} of {count}", self.point, weights, [first_step(1.0), 2.0**-30])

    def sample(self, line: Line, t: float) -> tuple[list[float], Sides] | None:
        """The outputs and the sides of all kinks at a number of the line; None outside the domain."""
        if t not in line.samples:
            try:
                call, base = self._called(line, t)
                numbers = _numbers(base, call.inputs, self.level)
            except LOST:
                line.samples[t] = None
            else:
                line.samples[t] = (numbers, sides_of(base))
        return line.samples[t]

    def rounding(self, line: Line, t: float, j: int, own: float) -> float:
        """A bound of the rounding error of output `j` there."""
        if (t, own) not in line.roundings:
            try:
                call, base = self._called(line, t)
                found = [_rounding(y, own) for y in _differentiated(base, call.inputs, self.level)]
            except LOST:
                found = [math.inf] * len(self.outputs)
            line.roundings[t, own] = found
        return line.roundings[t, own][j]

    def slope(self, line: Line, t: float, j: int) -> float | None:
        """The analytic derivative of output `j` along the line at a number of it; None outside the domain."""
        try:
            call, base = self._called(line, t)
            return line.along(gradients(_differentiated(base, call.inputs, self.level)[j], call.inputs))
        except LOST:
            return None

    def _called(self, line: Line, t: float) -> tuple[Applied, list[Value]]:
        self.evaluations += 1
        call = Applied(self.f, tuple(self.call.at(line.at(t))), argnums=self.call.chosen)
        return call, [call.output(j) for j in range(len(call.outputs))]

    def findings(self, lines: Iterator[Line]) -> Iterator[Finding]:
        """What comparing each derivative along each line finds."""
        analytic = [gradients(y, self.call.inputs) for y in self.outputs]
        rounding = [_rounding(y) for y in self.outputs]
        for line in lines:
            for j, derivatives in enumerate(analytic):
                yield Comparison(self, line, j, derivatives, rounding[j]).finding()


def _names(args: Sequence[Any], chosen: Sequence[int]) -> list[str]:
    """What each entry of those arguments that are differentiated by is called, in their order."""
    entries = [(n, entry) for n in chosen for entry in labels("", template_of(args[n]))]
    return [f"argument {n}, entry {entry}" if entry else f"argument {n}" for n, entry in entries]


def _differentiated(ys: list[Value], inputs: list[Value], level: int) -> list[Value]:
    for _ in range(level):
        ys = [d for y in ys for d in gradients(y, inputs, graph=True)]
    return ys


def _numbers(ys: list[Value], inputs: list[Value], level: int) -> list[float]:
    if level == 0:
        return [y.data for y in ys]
    return [d for y in _differentiated(ys, inputs, level - 1) for d in gradients(y, inputs)]


def _rounding(y: Value, own: float = 0.0) -> float:
    """The rounding error of `y`: each node's, times its gradient; `own` is a size below which users' operations round no less."""
    nodes = [v for v in members(y) if v.op]
    terms = [abs(g) * _last_places(v, own) for g, v in zip(gradients(y, nodes), nodes, strict=True)]
    return math.fsum(t for t in terms if math.isfinite(t))


def _last_places(v: Value, own: float) -> float:
    least = SMALLEST_NORMAL if v.entry.author is None else max(SMALLEST_NORMAL, own)
    return max(abs(v.data), least) * EPSILON * (1 if v.op in ROUNDED else ROUNDINGS)


def _path_sums(y: Value, inputs: Sequence[Value]) -> list[float]:
    """For each input the sum over all paths of the size of what a path contributes: nothing cancels."""
    incoming: dict[int, float] = {id(y): 1.0}
    for v in reversed(members(y)):
        g = incoming.get(id(v), 0.0)
        for x, d in zip(v.parents, v.partials, strict=True):
            if g and d:
                incoming[id(x)] = incoming.get(id(x), 0.0) + g * abs(d)
    return [incoming.get(id(x), 0.0) for x in inputs]


# One derivative.


class Finding:
    """What a comparison found: the analytic derivative, what differences give, how far they may be apart.

    `interval` is what a kink allows; `unclear` says why nothing can be compared.
    """

    def __init__(
        self,
        line: Line,
        j: int,
        analytic: float,
        estimate: Estimate,
        bound: float,
        *,
        wrong: bool = False,
        interval: Interval | None = None,
        unclear: str = "",
    ) -> None:
        self.line, self.j, self.analytic, self.estimate, self.bound = line, j, analytic, estimate, bound
        self.wrong, self.interval, self.unclear = wrong, interval, unclear

    @property
    def gap(self) -> float:
        """How wrong, as part of the larger of the two numbers."""
        size = max(abs(self.analytic), abs(self.estimate.number))
        gap = abs(self.analytic - self.estimate.number) / size if size else 0.0
        return gap if gap == gap else math.inf  # noqa: PLR0124  (nan)

    def where(self, target: Target) -> str:
        """Which derivative it is."""
        names, path, j = target.names(), [self.line.name], self.j
        for _ in range(target.level):
            j, k = divmod(j, len(names))
            path.insert(0, names[k])
        output = "" if target.call.results is None else f"output{_names((target.call.result,), [0])[j].partition(' entry')[2]}, "
        return output + ", then ".join(path)

    def row(self, target: Target) -> Row:
        """As a row of the report."""
        note = f"the kink allows {self.interval[0]!r} to {self.interval[1]!r}" if self.interval else ""
        where, number = self.where(target), self.estimate.number
        return Row(where, self.analytic, number, self.bound, self.unclear or note, wrong=self.wrong, unclear=bool(self.unclear))

    def told(self, target: Target) -> str:
        """The first line of the message."""
        which = "derivative" if target.level == 0 else f"derivative of order {target.level + 1}"
        text = f"{self.where(target)}: the analytic {which} is {self.analytic!r}, {self.estimate}"
        if self.interval is not None:
            low, high = self.interval
            text += f"; the kink there allows {low!r} to {high!r}"
        return text


class Comparison:
    """One derivative against the differences of one output along one line."""

    def __init__(self, target: Target, line: Line, j: int, derivatives: Sequence[float], rounding: float) -> None:
        self.target, self.line, self.j, self.derivatives = target, line, j, derivatives
        self.y = target.outputs[j].data
        self.analytic = line.along(derivatives)
        moved = [] if line.single is not None else [abs(derivatives[i] * target.point[i]) for i in line.weights]
        self.noise = rounding + target.near(self.y) + ROUNDINGS * EPSILON * math.fsum(t for t in moved if math.isfinite(t))

    def finding(self) -> Finding:
        """What is found."""
        interval = self._interval()
        if interval[0] < interval[1]:
            return self._at_kink(interval)
        if math.isinf(self.analytic):
            return self._at_infinity()
        quick = self._by_one_pair() if self.line.single is None else None
        return quick or self._compared()

    def _interval(self) -> Interval:
        """What the kinks on which the point lies allow along the line."""
        if not self.target.intervals:
            return (0.0, 0.0)
        ends = self.target.intervals[self.j]
        if self.line.single is not None:
            return ends[self.line.single]
        terms = [interval_product(ends[i], (weight, weight)) for i, weight in self.line.weights.items()]
        low, high = (math.fsum(term[k] for term in terms) for k in (0, 1))
        return (low, high) if any(ends[i][0] < ends[i][1] for i in self.line.weights) else (0.0, 0.0)

    def _compared(self) -> Finding:
        unclear = None
        for side, strict in WAYS:
            if not strict and unclear is not None:
                break
            found = self._estimate(side, self._agrees, strict=strict)
            if found is None:
                continue
            if self._agrees(found) and self._tells(found):
                return self._agreement(found)
            if math.isnan(self.analytic):
                return Finding(self.line, self.j, self.analytic, found, math.nan, wrong=True)
            found, against = self._with_care(side, found, strict=strict)
            if against:
                return self._disagreement(found)
            if self._agrees(found) and self._tells(found):
                return self._agreement(found)
            unclear = unclear or found
        if unclear is not None:
            return Finding(self.line, self.j, self.analytic, unclear, self._bound(unclear), unclear=self._reason(unclear))
        if math.isnan(self.analytic):
            return Finding(self.line, self.j, self.analytic, Estimate(math.nan, math.inf), math.inf)
        message = f"check_gradients: f is defined on neither side of {self.line.name}, nothing can be compared"
        raise ValueError(message)

    def _with_care(self, side: int, found: Estimate, *, strict: bool) -> tuple[Estimate, bool]:
        """The estimate where rounding is bounded at each sample, and whether it speaks against the analytic derivative.

        What a user's operation computes with may be of size 1 though its value is small, such as that of log(cosh(x)): where
        nothing else can be told, or the value does not move at all, it is taken to be rounded so.
        """
        own = any(v.op and v.entry.author is not None for v in members(self.target.outputs[self.j]))
        for size in (0.0, 1.0) if own else (0.0,):
            found = self._estimate(side, self._agrees, strict=strict, own=size) or found
            against = not self._agrees(found) and self._tells(found) and not self._wavers(found, side)
            if against and (found.number or size or not own):
                return found, True
        return found, False

    def _agreement(self, found: Estimate) -> Finding:
        return Finding(self.line, self.j, self.analytic, found, self._bound(found))

    def _disagreement(self, found: Estimate) -> Finding:
        """Wrong, unless the derivative lies between those of two sides, or its own rounding explains it."""
        if self._between_sides():
            return Finding(self.line, self.j, self.analytic, Estimate(self.analytic, 0.0), 0.0)
        known = self._with_own_rounding(found)
        if self._agrees(known):
            return self._agreement(known)
        return Finding(self.line, self.j, self.analytic, found, self._bound(found), wrong=True)

    def _wavers(self, found: Estimate, side: int) -> bool:
        """Whether the analytic derivative comes and goes over far smaller steps, by as much as differences miss.

        It is extrapolated to the point from its values nearby, so that a smooth one does not, nor one that is wrong at the point.
        """
        x, gap = self.line.origin, abs(self.analytic - found.number)
        if self._grows(found, side) or (found.step <= 8 * math.ulp(x) and self._between_numbers(found)):
            return True
        unit, counts = max(found.step / 8192, math.ulp(x)), (1, 2, 3, 5, 8)
        nearby = []
        for n in counts if found.step > 8 * math.ulp(x) else counts[:3]:
            one, other = (x + n * unit, x - n * unit) if side == 0 else (x + side * n * unit, x + 2 * side * n * unit)
            a, b = (self.target.slope(self.line, t, self.j) for t in (one, other))
            if a is not None and b is not None:
                nearby.append((a + b) / 2 if side == 0 else 2 * a - b)
        return bool(nearby) and gap <= 4 * (max(nearby) - min(nearby))

    def _between_numbers(self, found: Estimate) -> bool:
        """Whether a peak or whole periods, as far as the analytic derivative is right, lie between neighbouring numbers."""
        moved, bend = abs(found.number) * found.step, found.bend[0]
        size = abs(self.y) + moved + bend
        return bend > 2 * moved or (bend > size / 1000 and abs(self.analytic) * math.ulp(self.line.origin) > 10 * size)

    def _grows(self, found: Estimate, side: int) -> bool:
        """Whether differences still grow as the step shrinks, to what may be the size of the analytic derivative."""
        wider = self._differences(strict=True).slope(4 * found.step, side)
        return wider is not None and abs(self.analytic) > abs(found.number) > 1.5 * abs(wider.number)

    def _bound(self, found: Estimate) -> float:
        """How far the analytic derivative may be from this estimate."""
        return self._slack(found, self.analytic)

    def _slack(self, found: Estimate, derivative: float) -> float:
        rounding = found.rounding if math.isfinite(found.error) else 0.0
        extrapolation = SAFETY * (found.error - rounding)
        return extrapolation + MARGIN * rounding + TOLERANCE * abs(derivative) + self.target.near(derivative)

    def _agrees(self, found: Estimate) -> bool:
        return abs(self.analytic - found.number) <= self._bound(found)

    def _tells(self, found: Estimate) -> bool:
        """Whether the estimate is good enough for its agreement to say something."""
        bound = self._bound(found)
        if math.isinf(bound):
            return False
        if bound <= TELLING * max(abs(self.analytic), abs(found.number)):
            return True
        if self._nothing(bound) or (self.analytic == 0 and self._vanishes(bound)):
            return True
        return bound <= TELLING * abs(self.line.along(_path_sums(self.target.outputs[self.j], self.target.call.inputs)))

    def _nothing(self, bound: float) -> bool:
        """Whether it is as near to 0 as rounding lets anything be told by steps of the argument's size."""
        return bound <= SAFETY * 8 * self.noise / first_step(abs(self.line.origin) or 1.0) + self.target.near(self.analytic)

    def _vanishes(self, bound: float) -> bool:
        """Whether differences go to 0 with the step, from what they are over a large one."""
        differences, step = self._differences(strict=True), max(self.line.starts)
        wide = next((found for side in (0, 1, -1) if (found := differences.slope(step, side)) is not None), None)
        return wide is not None and bound <= TOLERANCE * abs(wide.number)

    def _reason(self, found: Estimate) -> str:
        if found.error < 2 * found.rounding:
            return f"what rounding leaves of f's values tells it to {self._bound(found):.0e} at best"
        return "f bends too fast for steps between neighbouring numbers: it oscillates, or a pole, an edge or a kink is as near"

    def _with_own_rounding(self, found: Estimate) -> Estimate:
        """The estimate, made as much less sure as the rounding of the analytic derivative's own computation."""
        own = 0.0
        for i, weight in self.line.weights.items():
            try:
                (derivative,) = gradients(self.target.outputs[self.j], [self.target.call.inputs[i]], graph=True)
            except (TypeError, ValueError):  # it cannot be differentiated again, and has no graph
                continue
            own += abs(weight) * _rounding(derivative)
        return Estimate(found.number, found.error + own, found.step, found.rounding)

    def _by_one_pair(self) -> Finding | None:
        """Agreement by the difference of one small step, if there is."""
        found = self._differences(strict=True).slope(PAIR, 0)
        if found is None:
            return None
        size = math.fsum(abs(self.derivatives[i] * weight) for i, weight in self.line.weights.items())
        found.error = PAIR_TOLERANCE / SAFETY * size + found.rounding
        return self._agreement(found) if self._agrees(found) and self._tells(found) else None

    def _at_kink(self, interval: Interval) -> Finding:
        """Both one-sided derivatives and the analytic one lie in the interval of subgradients."""

        def allowed(found: Estimate) -> bool:
            slack = self._slack(found, found.number)
            return interval[0] - slack <= found.number <= interval[1] + slack

        sided = [found for side in (1, -1) if (found := self._estimate(side, allowed, strict=True)) is not None]
        wrong = [found for found in sided if not allowed(found)]
        agrees = not wrong and allowed(Estimate(self.analytic, 0.0))
        found = (wrong or sided or [Estimate(math.nan, math.inf)])[0]
        return Finding(
            self.line, self.j, self.analytic, found, self._slack(found, found.number), wrong=not agrees, interval=interval
        )

    def _at_infinity(self) -> Finding:
        """An infinite derivative: the differences grow in its direction as the step shrinks."""
        differences = self._differences(strict=True)
        for side in (0, 1, -1):
            steps = [first_step(1.0) * 2.0**-k for k in range(45)]
            slopes = [found.number for h in steps if (found := differences.slope(h, side)) is not None]
            if slopes:
                grows = slopes[-1] * math.copysign(1.0, self.analytic) > 2 * abs(slopes[0])
                found = Estimate(slopes[-1], abs(slopes[-1] - slopes[0]))
                return Finding(self.line, self.j, self.analytic, found, math.inf, wrong=not grows)
        return Finding(self.line, self.j, self.analytic, Estimate(math.nan, math.inf), math.inf)

    def _between_sides(self) -> bool:
        """Whether this is a kink that no table knows, and the derivative lies between those of the two sides."""
        right, left = (self._estimate(side, self._agrees, strict=True) for side in (1, -1))
        if right is None or left is None:
            return False
        slack = self._slack(right, 0.0) + self._slack(left, 0.0)
        low, high = sorted((left.number, right.number))
        return high - low > slack + 1e-6 * max(abs(low), abs(high)) and low - slack <= self.analytic <= high + slack

    # The differences.

    def _estimate(
        self, side: int, accepts: Callable[[Estimate], bool], *, strict: bool, own: float | None = None
    ) -> Estimate | None:
        return self._differences(strict=strict, own=own).derivative(side, accepts, self.analytic)

    def _differences(self, *, strict: bool, own: float | None = None) -> Differences:
        """Those of the output along the line; rounding is bounded at the point, with `own` (see `_rounding`) at each sample."""

        def of_value(t: float) -> float | None:
            sample = self.target.sample(self.line, t)
            if sample is None or not math.isfinite(sample[0][self.j]):
                return None
            return None if strict and not same_sides(self.target.sides, sample[1]) else sample[0][self.j]

        def of_noise(t: float) -> float:
            return self.noise if own is None else max(self.noise, self.target.rounding(self.line, t, self.j, own))

        return Differences(of_value, self.line.origin, self.y, of_noise, self.line.starts)
