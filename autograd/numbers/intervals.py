"""Values and derivatives over a box: intervals that are certain to hold every value at every point.

>>> from autograd import Value, exp
>>> x, y = Value(0.5, label="x"), Value(2.0, label="y")
>>> found = bounds(exp(-x) * y + x, {x: (0.0, 1.0), y: (1.0, 2.0)})
>>> found.value
[0.367879441171442, 3.0000000000000027]
>>> found.grad[y].low > 0, 0.0 in found.grad[x]  # monotone in y; in x perhaps not
(True, True)

Each result is rounded outwards, and widened by the operation's published error (see `accuracy`). An interval holds all that its
operands may give, each on its own: where one occurs twice it may be wider than need be (``x - x`` is not 0). Over a kink the
partial is the hull of all subgradients.
"""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from math import inf, nextafter

from autograd.numbers.accuracy import error_of, ulps_of
from autograd.numbers.walk import Kind, interpreted
from autograd.ops import TABLE
from autograd.special import GELU_LOWEST, LOWEST, ROOTS
from autograd.trace import COMPARISONS
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from autograd.numbers.walk import Computed, Point
    from autograd.operation import Namespace, Operation
    from autograd.programs.program import Program

    Turns = Callable[[float, float], Sequence[float] | None]

PI, HALF_PI = math.pi, math.pi / 2
LARGEST = math.nextafter(inf, 0)


class Truth:
    """What a comparison of intervals says: it holds everywhere, nowhere, or here and there."""

    __slots__ = ("no", "yes")

    def __init__(self, *, yes: bool, no: bool) -> None:
        self.yes, self.no = yes, no

    def __bool__(self) -> bool:
        if self.yes and self.no:
            message = "the comparison of two intervals that overlap holds for some of their numbers: write where(condition, a, b)"
            raise TypeError(message)
        return self.yes

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]  # a condition is a number: 0 where it does not hold
        return Truth(yes=self.no, no=self.yes)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return self

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "here and there" if self.yes and self.no else "everywhere" if self.yes else "nowhere"


class Interval:
    """All numbers from `low` to `high`; arithmetic is rounded outwards, comparisons give a `Truth`.

    >>> x = Interval(1.0, 2.0)
    >>> x.width, x.middle, 1.5 in x, x & Interval(1.5, 3.0), x | Interval(4.0)
    (1.0, 1.5, True, [1.5, 2.0], [1.0, 4.0])
    >>> x > 0, x < 1.5
    (everywhere, here and there)

    Raises `ValueError` for ends in the wrong order, and for nan.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: float, high: float | None = None) -> None:
        if isinstance(low, str):
            message = f"Interval: {low!r} is a str, not a number"
            raise TypeError(message)
        self.low, self.high = float(low), float(low if high is None else high)
        if not self.low <= self.high:
            message = f"Interval({low!r}, {high!r}): the first end is not the lower one"
            raise ValueError(message)

    def __repr__(self) -> str:
        return f"[{self.low!r}, {self.high!r}]"

    @property
    def width(self) -> float:
        """How far the ends are apart."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        """A number in it, halfway if both ends are finite."""
        return min(max(self.low / 2 + self.high / 2, self.low), self.high) if math.isfinite(self.low + self.high) else 0.0

    def __contains__(self, x: float | Interval) -> bool:
        return self.low <= _low(x) and _high(x) <= self.high

    def __and__(self, other: Interval) -> Interval:
        """What both hold; `ValueError` where that is nothing."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def __or__(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def __add__(self, other: Any) -> Interval:
        return _made(_sum_below(self.low, _low(other)), _sum_above(self.high, _high(other)))

    def __neg__(self) -> Interval:
        return _made(-self.high, -self.low)

    def __pos__(self) -> Interval:
        return self

    def __sub__(self, other: Any) -> Interval:
        return _made(_sum_below(self.low, -_high(other)), _sum_above(self.high, -_low(other)))

    def __rsub__(self, other: Any) -> Interval:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Interval:
        if other is self:  # one number, not two
            return _square(abs(self))
        a, b, c, d = self.low, self.high, _low(other), _high(other)
        if a >= 0 and c >= 0 and b < inf and d < inf:
            return _made(nextafter(a * c, -inf) if a and c else 0.0, nextafter(b * d, inf) if b and d else 0.0)
        ends = [x * y if x and y else 0.0 for x in (a, b) for y in (c, d)]  # 0 times infinity: there is no infinite number in it
        low, high = min(ends), max(ends)
        return _made(nextafter(low, -inf) if low else 0.0, nextafter(high, inf) if high else 0.0)

    def __truediv__(self, other: Any) -> Interval:
        c, d = _low(other), _high(other)
        if c < 0 < d or c == d == 0:
            return _made(-inf, inf)
        return self * _made(nextafter(1 / d, -inf) if d else -inf, nextafter(1 / c, inf) if c else inf)

    def __rtruediv__(self, other: Any) -> Interval:
        return Interval(other).__truediv__(self)

    def __pow__(self, other: Any) -> Interval:
        return _power(self, _interval(other))

    def __rpow__(self, other: Any) -> Interval:
        return _power(_interval(other), self)

    def __abs__(self) -> Interval:
        low, high = self.low, self.high
        return self if low >= 0 else _made(-high, -low) if high <= 0 else _made(0.0, max(-low, high))

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Any) -> Truth:
        return Truth(yes=self.low < _high(other), no=self.high >= _low(other))

    def __le__(self, other: Any) -> Truth:
        return Truth(yes=self.low <= _high(other), no=self.high > _low(other))

    def __gt__(self, other: Any) -> Truth:
        return Truth(yes=self.high > _low(other), no=self.low <= _high(other))

    def __ge__(self, other: Any) -> Truth:
        return Truth(yes=self.high >= _low(other), no=self.low < _high(other))

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        low, high = _low(other), _high(other)
        return Truth(yes=self.low <= high and low <= self.high, no=not self.low == self.high == low == high)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        same = self == other
        return Truth(yes=same.no, no=same.yes)

    __hash__ = None  # type: ignore[assignment]  # compared, it says more than yes and no


def _low(x: Any) -> float:
    return x.low if type(x) is Interval else x


def _high(x: Any) -> float:
    return x.high if type(x) is Interval else x


def _sum_below(a: float, b: float) -> float:
    """The largest double that is not above the sum: what its rounding has lost is known exactly (Knuth's TwoSum)."""
    s = a + b
    of_b = s - a
    return s if (a - (s - of_b)) + (b - of_b) >= 0 else nextafter(s, -inf)


def _sum_above(a: float, b: float) -> float:
    s = a + b
    of_b = s - a
    return s if (a - (s - of_b)) + (b - of_b) <= 0 else nextafter(s, inf)


def _made(low: float, high: float) -> Interval:
    """An interval of ends in order; an end that is no number stands for infinity."""
    x = Interval.__new__(Interval)
    x.low, x.high = low if low == low else -inf, high if high == high else inf  # noqa: PLR0124  (nan)
    return x


def _square(x: Interval) -> Interval:
    return _made(nextafter(x.low * x.low, -inf) if x.low else 0.0, nextafter(x.high * x.high, inf) if x.high else 0.0)


def _interval(x: Any) -> Interval:
    """What a user gives, an interval, a pair of ends, or a number, as an interval of its own: one object is one number."""
    if type(x) is Interval:
        return _made(x.low, x.high)
    try:
        return Interval(*x) if isinstance(x, (tuple, list)) else Interval(x)
    except TypeError:
        message = f"bounds: {x!r:.80} is neither an interval, such as Interval(0.0, 1.0), nor a pair of its ends, nor a number"
        raise TypeError(message) from None


@lru_cache(1024)
def _constant(x: float) -> Interval:
    """A number of a rule; one of many digits stands for a real number that it was rounded from."""
    if math.isfinite(x) and (x * 2.0**40).is_integer() and abs(x) < 2.0**60:
        return Interval(x)
    return Interval(nextafter(x, -inf), nextafter(x, inf))


# Functions of one number: at the ends, and where they turn.


def _certain(entry: Operation, *xs: float) -> tuple[float, float]:
    """What the exact value of an operation lies between."""
    y = entry.ieee(*xs)
    if math.isinf(y):
        return (LARGEST, inf) if y > 0 else (-inf, -LARGEST)
    ulps, moved = ulps_of(entry), 0.0
    if ulps > 0.5 and all(map(math.isfinite, xs)):
        rules = entry.partials
        partials = entry.locals[sum([1 << i for i, rule in enumerate(rules) if rule is not None])](*xs, y)
        moved = sum([abs(x * d) for x, d in zip(xs, partials) if x and d])
    own = error_of(ulps, y, moved, max(map(abs, xs)))
    return (nextafter(y - own, -inf), nextafter(y + own, inf)) if own else (y, y)


def _hull(entry: Operation, points: Iterable[tuple[float, ...]]) -> Interval:
    """What holds the values at some points, within the range of the operation."""
    ends = [_certain(entry, *point) for point in points]
    low, high = RANGE.get(entry.name, (-inf, inf))
    return _made(max(min([end[0] for end in ends]), low), min(max([end[1] for end in ends]), high))


def _unary(entry: Operation, turns: Turns, *, within: bool = False) -> Callable[[Interval], Interval]:
    """The operation as a function of intervals; `turns` gives the points at which it turns between two numbers, None at a pole.

    What lies beyond the domain is an error; in a rule, `within` says, it can only come from an interval that is too wide.
    """
    domain = entry.domain[0]

    def function(x: Interval) -> Interval:
        low, high = x.low, x.high
        if low < domain.low or high > domain.high:
            if not within:
                raise _outside(entry, x)
            low, high = min(max(low, domain.low), domain.high), max(min(high, domain.high), domain.low)
        found = turns(low, high)
        if found is None:
            return _made(-inf, inf)
        return _hull(entry, [(low,), *[(t,) for t in found], (high,)] if low < high else [(low,)])

    return function


def _outside(entry: Operation, *xs: Interval) -> ValueError:
    told = ", ".join(map(repr, xs))
    where = ", ".join(f"{name} in {domain.text}" for name, domain in zip(entry.operands, entry.domain, strict=True))
    return ValueError(f"{entry.name}({told}): the box leaves the domain, {where}: make the box smaller, or clip the operand")


def _between(*points: float) -> Callable[[float, float], Sequence[float]]:
    """Turns at fixed points."""
    return lambda low, high: [t for t in points if low < t < high]


def _periodic(shift: float) -> Callable[[float, float], Sequence[float]]:
    """Turns at ``(k + shift) pi``: two of them, one after the other, are all that there can be."""

    def turns(low: float, high: float) -> Sequence[float]:
        if not high - low < 2 * PI or max(-low, high) > 1e15:
            return [shift * PI, (shift + 1) * PI]
        slack = 1e-15 * (1 + max(-low, high))
        first, last = math.ceil((low - slack) / PI - shift), math.floor((high + slack) / PI - shift)
        return [(k % 2 + shift) * PI for k in range(first, last + 1)][:2]

    return turns


def _tangent(low: float, high: float) -> Sequence[float] | None:
    slack = 1e-15 * (1 + max(-low, high))
    near = not high - low < PI or max(-low, high) > 1e15
    return None if near or math.floor((low - slack) / PI + 0.5) != math.floor((high + slack) / PI + 0.5) else ()


def _at_poles(turning: bool) -> Turns:
    """Poles at 0, -1, -2, ...; between them, and above, a turn where digamma is 0."""

    def turns(low: float, high: float) -> Sequence[float] | None:
        if low <= 0 and (low == math.floor(low) or math.floor(low) != math.floor(high)):
            return None
        if not turning or low == high:
            return ()
        if low < -len(ROOTS):
            return None
        root = LOWEST[0] if low > 0 else ROOTS[int(-low)][0]
        return [root] if low < root < high else ()

    return turns


RANGE = {
    **dict.fromkeys(("exp", "exp2", "sqrt", "hypot", "acosh", "softplus"), (0.0, inf)), "cosh": (1.0, inf), "expm1": (-1.0, inf),
    **dict.fromkeys(("sin", "cos", "tanh", "erf", "direction"), (-1.0, 1.0)), "erfc": (0.0, 2.0),
    **dict.fromkeys(("sigmoid", "normal_cdf", "sech", "gaussian"), (0.0, 1.0)), "normal_pdf": (0.0, 0.4),
    "logistic_pdf": (0.0, 0.25),
}  # fmt: skip
"""Where all values of an operation lie."""
SILU_LOWEST = -1.278464542761074
NONE = _between()
TURNS: dict[str, Turns] = {
    **dict.fromkeys((
        "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "asin", "acos", "atan", "sinh", "tanh", "asinh",
        "acosh", "atanh", "erf", "erfc", "normal_cdf", "sigmoid", "softplus", "step",
    ), NONE),
    **dict.fromkeys(("cosh", "sech", "gaussian", "normal_pdf", "logistic_pdf"), _between(0.0)),
    "sin": _periodic(0.5), "cos": _periodic(0.0), "tan": _tangent,
    "gelu": _between(GELU_LOWEST[0]), "silu": _between(SILU_LOWEST),
    "gamma": _at_poles(turning=True), "lgamma": _at_poles(turning=True), "digamma": _at_poles(turning=False),
}  # fmt: skip
"""Where each operation of one number turns, of those that are no formula over intervals."""


# Functions of several numbers.


def _power(a: Interval, b: Interval) -> Interval:
    entry, n = TABLE["pow"], b.low
    if n == b.high and n == math.floor(n):
        if a.low < 0 < a.high and n < 0:
            return _made(-inf, inf) if n % 2 else _made(max(_certain(entry, max(-a.low, a.high), n)[0], 0.0), inf)
        least = [(0.0, n)] if a.low < 0 < a.high and n % 2 == 0 else []
        found = _hull(entry, [(a.low, n), (a.high, n), *least])
        return _made(max(found.low, 0.0), found.high) if n % 2 == 0 else found
    if a.low < 0:
        raise _outside(entry, a, b)
    found = _hull(entry, [(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])
    return _made(max(found.low, 0.0), found.high)


def _hypot(a: Interval, b: Interval) -> Interval:
    a, b = abs(a), abs(b)
    return _hull(TABLE["hypot"], [(a.low, b.low), (a.high, b.high)])


def _direction(a: Interval, b: Interval) -> Interval:
    b = abs(b)
    if 0.0 in a and b.low == 0:
        return _made(-1.0, 1.0)
    return _hull(TABLE["direction"], [(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def _atan2(a: Interval, b: Interval) -> Interval:
    if b.low <= 0 and a.low <= 0 <= a.high:  # the cut, or the origin
        return _made(-nextafter(PI, inf), nextafter(PI, inf))
    return _hull(TABLE["atan2"], [(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def _copysign(a: Interval, b: Interval) -> Interval:
    size = abs(a)
    return size if b.low > 0 else -size if b.high < 0 else size | -size


def _polygamma(n: Interval, x: Interval) -> Interval:
    entry = TABLE["polygamma"]
    if x.low <= 0 and _at_poles(turning=False)(x.low, x.high) is None:
        return _made(-inf, inf)
    found = _hull(entry, [(n.low, x.low), (n.low, x.high)])
    return _made(0.0, found.high) if x.low < 0 and n.low % 2 and x.low < x.high else found  # convex and positive there


def _leaky_relu(x: Interval, slope: Interval) -> Interval:
    if x.low >= 0:
        return x
    if x.high <= 0:
        return slope * x
    return slope * _made(x.low, 0.0) | _made(0.0, x.high)


def _clip(x: Interval, low: Interval, high: Interval) -> Interval:
    if low.high <= high.low:
        return _made(min(max(x.low, low.low), high.low), min(max(x.high, low.high), high.high))
    return _where(x > high, high, _where(x < low, low, x))  # limits that may have changed places: as the table has it


def _logsumexp(*xs: Interval) -> Interval:
    entry = TABLE["logsumexp"]
    low, high = entry.ieee([x.low for x in xs]), entry.ieee([x.high for x in xs])  # type: ignore[arg-type]  # a list
    slack = [(len(xs) + 4) * 2.0**-52 + 4 * math.ulp(y) if math.isfinite(y) else 0.0 for y in (low, high)]
    return _made(nextafter(low - slack[0], -inf), nextafter(high + slack[1], inf))


def _where(c: Truth, a: Interval, b: Interval) -> Interval:
    if c.yes and c.no:
        return a | b
    return a if c.yes else b


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _unary(TABLE[name], turns) for name, turns in TURNS.items()},
    "number": _constant, "where": _where, "choose": _where, "identity": lambda x: x, "detach": lambda x: x,
    "pow": _power, "hypot": _hypot, "direction": _direction, "atan2": _atan2, "copysign": _copysign, "polygamma": _polygamma,
    "logsumexp": _logsumexp, "leaky_relu": _leaky_relu,
    "relu": lambda x: _made(max(x.low, 0.0), max(x.high, 0.0)),
    "maximum": lambda a, b: _made(max(a.low, _low(b)), max(a.high, _high(b))),
    "minimum": lambda a, b: _made(min(a.low, _low(b)), min(a.high, _high(b))),
    "clip": _clip,
    "both": lambda a, b: Truth(yes=a.yes and b.yes, no=a.no or b.no),
    "either": lambda a, b: Truth(yes=a.yes or b.yes, no=a.no and b.no),
    "negate": lambda a: Truth(yes=a.no, no=a.yes),
    **{name: getattr(operator, name) for name in COMPARISONS},
}  # fmt: skip


RULES: Namespace = {**FUNCTIONS, **{name: _unary(TABLE[name], turns, within=True) for name, turns in TURNS.items()}}


class Intervals(Kind):
    """Intervals as a kind of number; over a kink a partial is the hull of all subgradients."""

    def __init__(self) -> None:
        super().__init__(FUNCTIONS, _interval, "it has no function on intervals, and no formula over what has one", RULES)

    def is_zero(self, x: Interval) -> bool:
        """Whether it holds 0 alone."""
        return x.low == 0 == x.high

    def made(self, entry: Operation, i: int) -> Callable[..., Any]:
        """A rule, and beside it what is allowed at the kinks."""
        rule = super().made(entry, i)
        if i < 0 or entry.many or not entry.kinks:
            return rule

        def with_kinks(*xs: Interval) -> Interval:
            found: Interval = rule(*xs)
            operands = xs[: len(entry.operands)]
            for formula, subgradients in entry.kinks:
                if 0.0 in _interval(formula(*operands)):
                    for end in subgradients[i]:
                        found |= _interval(end(*operands) if callable(end) else end)
            return found

        return with_kinks


INTERVALS = Intervals()


def bounds(of: Value | Program, *args: Any, at: Point | None = None) -> Computed:
    """What holds the value, and what holds each derivative, of a graph or program wherever its numbers lie in a box.

    The box of a graph: a dict of leaves to intervals, pairs of ends or numbers; other leaves keep their numbers. That of a
    program: an interval or a number in place of each number of its arguments. See `Computed` for what comes back.

    Where a denominator may be 0, or at another pole, the value is ``[-inf, inf]``. Raises `ValueError` where the box leaves the
    domain of an operation, and as `autograd.numbers.walk.interpreted` does.

    >>> from autograd import record
    >>> bounds(record(lambda x: x**2, 0.0), Interval(-1.0, 2.0)).grad
    [-2.0000000000000027, 4.000000000000005]
    """
    if isinstance(of, Value) and args:
        if len(args) > 1 or at is not None or not isinstance(args[0], dict):
            message = "bounds of a graph takes one dict of leaves to intervals, such as {x: (0.0, 1.0)}"
            raise TypeError(message)
        return interpreted(of, INTERVALS, (), args[0])
    return interpreted(of, INTERVALS, args, at)
