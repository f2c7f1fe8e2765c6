"""The numeric check of a gradient: differences of the function itself, extrapolated, with an estimate of their error.

>>> from autograd import sin
>>> check_gradients(lambda x, y: sin(x) * y**2, 0.5, 3.0, order=2)

The differences are extrapolated to step 0 in Neville's tableau, which also tells their error (C. J. F. Ridders, "Accurate
computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4 (1982) 75; Press et al., Numerical Recipes,
section 5.7). Rounding is bounded by the graph: each node's rounding error reaches the result times its gradient.
"""

from __future__ import annotations

import math

from autograd import value
from autograd.derivative import Applied, gradients
from autograd.errors import as_written
from autograd.structures import labels, mapped, template_of
from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.operation import Domain, Operation

    Interval = tuple[float, float]
    Sides = list[tuple[str, tuple[int, ...], tuple[float, ...]]]

EPSILON, SMALLEST_NORMAL = 2.0**-52, 2.0**-1022
ROUNDINGS = 4
"""The value of an operation is right to so many units in the last place."""
ROWS, COLUMNS = 45, 7
"""Of the tableau: so many halvings of the step, so many extrapolations of each."""
SAFETY = 10.0
"""Analytic and numeric derivative may differ by so many error estimates."""
TOLERANCE = 1e-8
"""And by this part of the derivative."""
RESOLVED = 1e-6
"""A numeric derivative whose error is below this part of it is worth believing at once."""
CREDIBLE = 1e-3
"""And below this part when all steps have been tried."""
LOST = (ArithmeticError, ValueError)
"""What an operation raises outside its domain."""


def check_gradients(f: Callable[..., Any], *args: Any, order: int = 1) -> None:
    """Compare every derivative of `f` at `args` with differences of f, and with `order` n those up to the n-th.

    `args` are as for `grad`: scalars or nested sequences of them; f may return a sequence too. The step is chosen for each
    entry and the tolerance follows from the estimated error of the differences. At a kink of the table any member of the
    interval of subgradients is right (and orders above the first do not exist and are not checked); a step never crosses a
    kink nearby, nor leaves the domain: at its edge the difference is one-sided.

    Raises `AssertionError`, naming the entry, both numbers and the operation most likely at fault. `TypeError` or `ValueError`
    where nothing can be checked: no argument, f not finite at the point or not the same twice, an isolated point.

    >>> check_gradients(lambda xs: xs[0] * xs[1].relu(), [2.0, 0.0])
    >>> from autograd.registry import op, remove
    >>> cube = op("cube", lambda x: x**3, lambda x, y: 2 * x**2)
    >>> check_gradients(cube, 2.0)
    Traceback (most recent call last):
    ...
    AssertionError: argument 0: the analytic derivative is 8.0, differences give 12.0 (error estimate 2e-13)
    Most likely at fault: cube(2.0), its partial by x is 8.0 where differences give 12.0
    >>> remove("cube")
    """
    if not callable(f):
        message = f"check_gradients: the first argument is the function to check, not a {type(f).__name__}"
        raise TypeError(message)
    if isinstance(order, bool) or not hasattr(order, "__index__"):
        message = f"check_gradients: order is an int, not a {type(order).__name__}"
        raise TypeError(message)
    if order < 1:
        message = f"check_gradients: order counts from 1, not {order}"
        raise ValueError(message)
    plain = tuple([mapped(lambda x: x.data if type(x) is Value else x, x) for x in args])
    for level in range(order):
        target = Target(f, plain, level)
        for finding in target.disagreements():
            message = f"{finding.told(target)}\n{_suspicion(target)}"
            raise AssertionError(message)
        if target.on_kink:
            return


# The function and its samples.


class Target:
    """The function whose first derivatives are compared: `f` itself, or all of its derivatives of order `level`."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], level: int) -> None:
        self.f, self.args, self.level = f, args, level
        self.call = Applied(f, args)
        self.point = [x.data for x in self.call.inputs]
        self.base = [self.call.output(i) for i in range(len(self.call.outputs))]
        self.outputs = _differentiated(self.base, self.call.inputs, level)
        self.sides = _sides_of(self.base)
        self.samples: dict[tuple[int, float], tuple[list[float], Sides] | None] = {}
        numbers = [y.data for y in self.outputs]
        if not all(map(math.isfinite, numbers)):
            what = "f" if level == 0 else "a derivative of f"
            message = f"check_gradients: nothing can be compared where {what} is not finite: {numbers}"
            raise ValueError(message)
        again = [y.data for y in Applied(f, args).outputs if type(y) is Value]
        if again != [y.data for y in self.call.outputs if type(y) is Value]:
            message = "check_gradients: f gave two different values at one point; fix its random numbers"
            raise ValueError(message)
        self.intervals = [_interval_gradients(y, self.call.inputs) for y in self.outputs] if level == 0 else []
        self.on_kink = any(low < high for row in self.intervals for low, high in row)

    def sample(self, i: int, x: float) -> tuple[list[float], Sides] | None:
        """The outputs with entry `i` at `x`, and the sides of all kinks; None outside the domain."""
        key = (i, x)
        if key not in self.samples:
            moved = [*self.point[:i], x, *self.point[i + 1 :]]
            try:
                call = Applied(self.f, tuple(self.call.at(moved)), argnums=self.call.chosen)
                base = [call.output(j) for j in range(len(call.outputs))]
                numbers = _numbers(base, call.inputs, self.level)
            except LOST:
                self.samples[key] = None
            else:
                self.samples[key] = (numbers, _sides_of(base))
        return self.samples[key]

    def disagreements(self) -> Iterator[Finding]:
        """Every derivative that differs from its differences by more than their error."""
        analytic = [gradients(y, self.call.inputs) for y in self.outputs]
        noise = [_rounding(y) for y in self.outputs]
        for i in range(len(self.point)):
            self.samples.clear()
            for j, derivatives in enumerate(analytic):
                finding = Comparison(self, i, j, derivatives[i], noise[j]).finding()
                if finding is not None:
                    yield finding


class Finding:
    """A derivative that is wrong: which, what it is, and what differences give."""

    def __init__(self, i: int, j: int, analytic: float, estimate: Estimate, interval: Interval | None = None) -> None:
        self.i, self.j, self.analytic, self.estimate, self.interval = i, j, analytic, estimate, interval

    @property
    def gap(self) -> float:
        """How wrong, as part of the larger of the two numbers."""
        size = max(abs(self.analytic), abs(self.estimate.number))
        gap = abs(self.analytic - self.estimate.number) / size if size else 0.0
        return gap if gap == gap else math.inf  # noqa: PLR0124  (nan)

    def told(self, target: Target) -> str:
        """The first line of the message."""
        names = _names(target.args, target.call.chosen)
        path, j = [names[self.i]], self.j
        for _ in range(target.level):
            j, k = divmod(j, len(names))
            path.insert(0, names[k])
        output = "" if target.call.results is None else f"output{_names((target.call.result,), [0])[j].partition(' entry')[2]}, "
        which = "derivative" if target.level == 0 else f"derivative of order {target.level + 1}"
        text = f"{output}{', then '.join(path)}: the analytic {which} is {self.analytic!r}, {self.estimate}"
        if self.interval is not None:
            low, high = self.interval
            text += f"; the kink there allows {low!r} to {high!r}"
        return text


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


def _rounding(y: Value) -> float:
    """The rounding error of `y`: each node's, times its gradient."""
    nodes = [v for v in members(y) if v.op]
    terms = [abs(g) * max(abs(v.data), SMALLEST_NORMAL) for g, v in zip(gradients(y, nodes), nodes, strict=True)]
    return ROUNDINGS * EPSILON * math.fsum(t for t in terms if math.isfinite(t))


# Differences.


class Estimate:
    """A numeric derivative, its estimated error, and the smallest step that it comes from."""

    def __init__(self, number: float, error: float, step: float = 0.0) -> None:
        self.number, self.error, self.step = number, error, step

    def __str__(self) -> str:
        return f"differences give {self.number!r} (error estimate {self.error:.0e})"


class Comparison:
    """One derivative against the differences of one output by one entry."""

    def __init__(self, target: Target, i: int, j: int, analytic: float, noise: float) -> None:
        self.target, self.i, self.j, self.analytic, self.noise = target, i, j, analytic, noise
        self.x, self.y = target.point[i], target.outputs[j].data

    def finding(self) -> Finding | None:
        """What is wrong, or None."""
        interval = self.target.intervals[self.j][self.i] if self.target.intervals else (0.0, 0.0)
        if interval[0] < interval[1]:
            return self._at_kink(interval)
        if math.isinf(self.analytic):
            return self._at_infinity()
        for side, strict in ((0, True), (1, True), (-1, True), (0, False), (1, False), (-1, False)):
            found = self._estimate(side, self._agrees, strict=strict)
            if found is None:
                continue
            if self._agrees(found) or (side == 0 and self._between_sides()) or self._within_own_rounding(found):
                return None
            return Finding(self.i, self.j, self.analytic, found)
        if math.isnan(self.analytic):
            return None
        entry = _names(self.target.args, self.target.call.chosen)[self.i]
        message = f"check_gradients: f is defined on neither side of {entry}, nothing can be compared"
        raise ValueError(message)

    def _agrees(self, found: Estimate) -> bool:
        return abs(self.analytic - found.number) <= SAFETY * found.error + TOLERANCE * abs(self.analytic)

    def _within_own_rounding(self, found: Estimate) -> bool:
        """Whether the analytic derivative is no worse than the rounding of its own computation explains."""
        try:
            (derivative,) = gradients(self.target.outputs[self.j], [self.target.call.inputs[self.i]], graph=True)
        except (TypeError, ValueError):  # it cannot be differentiated again, and has no graph
            return False
        return self._agrees(Estimate(found.number, found.error + _rounding(derivative)))

    def _at_kink(self, interval: Interval) -> Finding | None:
        """Both one-sided derivatives and the analytic one lie in the interval of subgradients."""

        def allowed(found: Estimate) -> bool:
            slack = SAFETY * found.error + TOLERANCE * abs(found.number)
            return interval[0] - slack <= found.number <= interval[1] + slack

        sided = [found for side in (1, -1) if (found := self._estimate(side, allowed, strict=True)) is not None]
        wrong = [found for found in sided if not allowed(found)]
        if not wrong and allowed(Estimate(self.analytic, 0.0)):
            return None
        return Finding(self.i, self.j, self.analytic, (wrong or sided or [Estimate(math.nan, math.inf)])[0], interval)

    def _at_infinity(self) -> Finding | None:
        """An infinite derivative: the differences grow in its direction as the step shrinks."""
        for side in (0, 1, -1):
            steps = [self._step(1.0) * 2.0**-k for k in range(ROWS)]
            slopes = [d for h in steps if (d := self._slope(h, side, strict=True)) is not None]
            if slopes:
                grows = slopes[-1] * math.copysign(1.0, self.analytic) > 2 * abs(slopes[0])
                found = Estimate(slopes[-1], abs(slopes[-1] - slopes[0]))
                return None if grows else Finding(self.i, self.j, self.analytic, found)
        return None

    def _between_sides(self) -> bool:
        """Whether this is a kink that no table knows, and the derivative lies between those of the two sides."""
        right, left = (self._estimate(side, self._agrees, strict=True) for side in (1, -1))
        if right is None or left is None:
            return False
        slack = SAFETY * (right.error + left.error)
        low, high = sorted((left.number, right.number))
        return high - low > slack + RESOLVED * max(abs(low), abs(high)) and low - slack <= self.analytic <= high + slack

    def _estimate(self, side: int, agrees: Callable[[Estimate], bool], *, strict: bool) -> Estimate | None:
        """The derivative by differences: the first that is worth believing and agrees, else the best of all steps."""
        tried = []
        for start in self._starts():
            for found in self._tableau(start, side, strict=strict):
                tried.append(found)
                if agrees(found) and found.error <= self._worth_believing(found):
                    return found
        return self._best(tried) if tried else None

    def _best(self, tried: list[Estimate]) -> Estimate:
        """The least error, climbing from the smallest steps: a larger one that contradicts them has stepped over something."""
        climbed, *larger = sorted(tried, key=lambda found: found.step)
        for found in larger:
            if found.error < climbed.error and abs(found.number - climbed.number) <= SAFETY * climbed.error:
                climbed = found
        credible = climbed.error <= CREDIBLE * max(abs(climbed.number), abs(self.analytic))
        return climbed if credible else min(tried, key=lambda found: found.error)

    def _worth_believing(self, found: Estimate) -> float:
        finest = SAFETY * self.noise / self._step(max(abs(self.x), 1.0))  # where the derivative is 0
        return max(RESOLVED * max(abs(found.number), abs(self.analytic)), finest)

    def _starts(self) -> Iterator[float]:
        """Largest steps: by the size of the argument, then by 1; at 0 also by ever smaller sizes."""
        if self.x:
            yield self._step(abs(self.x))
        if abs(self.x) < 1:
            yield self._step(1.0)
        if self.x == 0:
            yield from (2.0**-k for k in (48, 93, 138, 183))

    def _step(self, size: float) -> float:
        """An eighth of `size`, as a power of 2, so that the step itself is not rounded."""
        return max(2.0 ** (math.frexp(size)[1] - 4), 2.0**-960)

    def _tableau(self, start: float, side: int, *, strict: bool) -> Iterator[Estimate]:
        """Neville's tableau, row by row: each holds the difference of a step and its extrapolations with those before."""
        ratio = 4.0 if side == 0 else 2.0  # the error of a central difference is a series in h*h
        loss = 2.0 if side == 0 else 9.0  # what extrapolation makes of a rounding error, at most
        before: list[float] = []
        for k in range(ROWS):
            h = start * 2.0**-k
            slope = self._slope(h, side, strict=strict)
            row = [] if slope is None else [slope]
            for j, above in enumerate(before[: COLUMNS - 1] if row else []):
                row.append(row[j] + (row[j] - above) / (ratio ** (j + 1) - 1))
                error = max(abs(row[j + 1] - row[j]), abs(row[j + 1] - above))
                yield Estimate(row[j + 1], error + loss * self.noise / h, h)
            if row and not before:
                yield Estimate(row[0], math.inf, h)
            before = row

    def _slope(self, h: float, side: int, *, strict: bool) -> float | None:
        """One difference: central for side 0, else to the right or left; None outside the domain or, if strict, over a kink."""
        right, left = self.x if side < 0 else self.x + h, self.x if side > 0 else self.x - h
        up = self.y if side < 0 else self._value(right, strict=strict)
        down = self.y if side > 0 else self._value(left, strict=strict)
        if up is None or down is None or right == left:
            return None
        slope = (up - down) / (right - left)
        return slope if math.isfinite(slope) else None

    def _value(self, x: float, *, strict: bool) -> float | None:
        sample = self.target.sample(self.i, x)
        if sample is None or not math.isfinite(sample[0][self.j]):
            return None
        return None if strict and not _same_sides(self.target.sides, sample[1]) else sample[0][self.j]


# Kinks: where they are, and what they allow.


def _sides_of(ys: list[Value]) -> Sides:
    """For each node of the graph its operation, its parents' places, and on which side of its kinks and poles it lies."""
    order = members(*ys)
    place = {id(v): k for k, v in enumerate(order)}
    return [(v.op, tuple(place[id(x)] for x in v.parents), _sides(v)) for v in order if v.op]


def _sides(v: Value) -> tuple[float, ...]:
    """1 or -1 for each kink (0 on it), and the part of the domain in which each operand lies (0 outside)."""
    entry = v.entry
    if entry.many:
        return ()
    numbers = _plain(v)
    kinks = [float((d > 0) - (d < 0)) for formula, _ in entry.kinks for d in (formula(*numbers),)]
    return (*kinks, *[_part(domain, x) for domain, x in zip(entry.domain, numbers, strict=True)])


def _part(domain: Domain, x: float) -> float:
    if not math.isfinite(x) or x not in domain:
        return 0.0
    if domain.hole == "0":
        return math.copysign(1.0, x)
    return float(math.floor(x)) if domain.hole and x < 0 else 1.0


def _same_sides(here: Sides, there: Sides) -> bool:
    """Whether two graphs are the same and no kink or pole lies between; what lies on one at the point itself is let pass."""
    if len(here) != len(there):
        return False
    for (name, parents, sides), (other, others_parents, others) in zip(here, there, strict=True):
        if name != other or parents != others_parents or any(a not in (0, b) for a, b in zip(sides, others, strict=True)):
            return False
    return True


def _interval_gradients(y: Value, xs: list[Value]) -> list[Interval]:
    """The sweep with intervals: what the gradient may be if each kink takes any of its subgradients."""
    incoming: dict[int, Interval] = {id(y): (1.0, 1.0)}
    for v in reversed(members(y)):
        g = incoming.get(id(v), (0.0, 0.0))
        if not v.op or g == (0.0, 0.0):
            continue
        for x, d in zip(v.parents, _partial_intervals(v), strict=True):
            low, high = incoming.get(id(x), (0.0, 0.0))
            term = _product(g, d)
            incoming[id(x)] = (low + term[0], high + term[1])
    return [incoming.get(id(x), (0.0, 0.0)) for x in xs]


def _partial_intervals(v: Value) -> list[Interval]:
    """By each parent: the stored partial, or the subgradients of the kinks on which the node lies."""
    entry, numbers = v.entry, _plain(v)
    hit = [] if entry.many else [bounds for formula, bounds in entry.kinks if formula(*numbers) == 0]
    stored = iter(v.partials)
    found = []
    for i, x in enumerate(v.operands):
        if type(x) is not Value:
            continue
        d = next(stored)
        ends = [end(*numbers) if callable(end) else float(end) for bounds in hit for end in bounds[i]] or [d]
        found.append((min(ends), max(ends)))
    return found


def _product(a: Interval, b: Interval) -> Interval:
    ends = [p * q if p and q else 0.0 for p in a for q in b]
    return (math.nan, math.nan) if any(e != e for e in ends) else (min(ends), max(ends))  # noqa: PLR0124  (nan)


def _plain(v: Value) -> list[float]:
    return [x.data if type(x) is Value else x for x in v.operands]


# Which operation is to blame.


def _suspicion(target: Target) -> str:
    """The second line of the message: the operation whose own derivative differs most from its own differences."""
    inside_a_rule = _blamed(members(*target.outputs), 0) if target.level else ""
    line = inside_a_rule or _blamed(members(*target.base), target.level)
    if line:
        return f"Most likely at fault: {line}"
    return (
        "Each operation agrees with its own differences: was the graph cut (.data, detach, a number computed from an argument)?"
    )


def _blamed(nodes: Sequence[Value], level: int) -> str:
    """The worst of the nodes, each taken by itself at its operands; the empty string if none is wrong."""
    worst, line = 0.0, ""
    for v in nodes:
        if v.op:
            for finding, text in _own_findings(v, level):
                if finding.gap > worst:
                    worst, line = finding.gap, text
    return line


def _own_findings(v: Value, level: int) -> list[tuple[Finding, str]]:
    entry, numbers = v.entry, _plain(v)
    places = [i for i, x in enumerate(v.operands) if type(x) is Value]
    try:
        target = Target(lambda *xs: _applied(entry, numbers, places, *xs), tuple(numbers[i] for i in places), level)
        findings = list(target.disagreements())
    except (*LOST, TypeError):
        return []
    told = []
    for finding in findings:
        path, j = [_operand(entry, places[finding.i])], finding.j
        for _ in range(level):
            j, k = divmod(j, len(places))
            path.insert(0, _operand(entry, places[k]))
        which = f"partial by {path[0]}" if level == 0 else f"derivative by {', then '.join(path)}"
        difference = f"is {finding.analytic!r} where differences give {finding.estimate.number!r}"
        told.append((finding, f"{as_written(entry, numbers)}, its {which} {difference}"))
    return told


def _applied(entry: Operation, numbers: list[float], places: list[int], *xs: Value) -> Any:
    operands: list[Any] = list(numbers)
    for i, x in zip(places, xs, strict=True):
        operands[i] = x
    return value.apply_many(entry, operands) if entry.many else value.apply(entry, operands)


def _operand(entry: Operation, i: int) -> str:
    return f"operand {i}" if entry.many else entry.operands[i]
