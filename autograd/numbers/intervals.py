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
from math import inf

from autograd.numbers.interval import (
    Certain,
    Interval,
    Truth,
    above,
    as_interval,
    below,
    interval_power,
    outside,
    spanned,
    zero_alone,
)
from autograd.numbers.walk import Kind, interpreted
from autograd.ops import TABLE
from autograd.special import GELU_LOWEST, LOWEST, ROOTS
from autograd.trace import COMPARISONS
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from autograd.numbers.walk import Computed, Point
    from autograd.operation import Namespace, Operation
    from autograd.programs.program import Program

    Turns = Callable[[float, float], Sequence[float] | None]

PI, HALF_PI = math.pi, math.pi / 2
def _interval(x: Any) -> Interval:
    """What a user gives, an interval, a pair of ends, or a number, as an interval of its own: one object is one number."""
    if type(x) is Interval:
        return spanned(x.low, x.high)
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
    return Interval(below(x), above(x))


# Functions of one number: at the ends, and where they turn.


def _unary(entry: Operation, turns: Turns, *, within: bool = False) -> Callable[[Interval], Interval]:
    """The operation as a function of intervals; `turns` gives the points at which it turns between two numbers, None at a pole.

    What lies beyond the domain is an error; in a rule, `within` says, it can only come from an interval that is too wide.
    """
    certain, domain = Certain(entry), entry.domain[0]
    least, most, over = domain.low, domain.high, certain.over

    def function(x: Interval) -> Interval:
        low, high = x.low, x.high
        if low < least or high > most:
            if not within:
                raise outside(entry, x)
            low, high = min(max(low, least), most), max(min(high, most), least)
        found = turns(low, high)
        if found is None:
            return spanned(-inf, inf)
        return over([(low,), *[(t,) for t in found], (high,)] if low < high else [(low,)])

    return function


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

HYPOT, DIRECTION, ATAN2, POLYGAMMA = [Certain(TABLE[name]) for name in ("hypot", "direction", "atan2", "polygamma")]


def _hypot(a: Interval, b: Interval) -> Interval:
    a, b = abs(a), abs(b)
    return HYPOT.over([(a.low, b.low), (a.high, b.high)])


def _direction(a: Interval, b: Interval) -> Interval:
    b = abs(b)
    if 0.0 in a and b.low == 0:
        return spanned(-1.0, 1.0)
    return DIRECTION.over([(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def _atan2(a: Interval, b: Interval) -> Interval:
    if b.low <= 0 and a.low <= 0 <= a.high:  # the cut, or the origin
        return spanned(-above(PI), above(PI))
    return ATAN2.over([(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])


def _copysign(a: Interval, b: Interval) -> Interval:
    size = abs(a)
    return size if b.low > 0 else -size if b.high < 0 else size | -size


def _polygamma(n: Interval, x: Interval) -> Interval:
    if x.low <= 0 and _at_poles(turning=False)(x.low, x.high) is None:
        return spanned(-inf, inf)
    found = POLYGAMMA.over([(n.low, x.low), (n.low, x.high)])
    return spanned(0.0, found.high) if x.low < 0 and n.low % 2 and x.low < x.high else found  # convex and positive there


def _leaky_relu(x: Interval, slope: Interval) -> Interval:
    if x.low >= 0:
        return x
    if x.high <= 0:
        return slope * x
    return slope * spanned(x.low, 0.0) | spanned(0.0, x.high)


def _maximum(a: Interval, b: Interval | float) -> Interval:
    y = as_interval(b)
    return spanned(max(a.low, y.low), max(a.high, y.high))


def _clip(x: Interval, low: Interval, high: Interval) -> Interval:
    if low.high <= high.low:
        return spanned(min(max(x.low, low.low), high.low), min(max(x.high, low.high), high.high))
    return _where(x > high, high, _where(x < low, low, x))  # limits that may have changed places: as the table has it


def _logsumexp(*xs: Interval) -> Interval:
    entry = TABLE["logsumexp"]
    low, high = entry.ieee([x.low for x in xs]), entry.ieee([x.high for x in xs])  # type: ignore[arg-type]  # a list
    slack = [(len(xs) + 4) * 2.0**-52 + 4 * math.ulp(y) if math.isfinite(y) else 0.0 for y in (low, high)]
    return spanned(below(low - slack[0]), above(high + slack[1]))


def _where(c: Truth, a: Interval, b: Interval) -> Interval:
    if c.yes and c.no:
        return a | b
    return a if c.yes else b


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _unary(TABLE[name], turns) for name, turns in TURNS.items()},
    "number": _constant, "where": _where, "choose": _where, "identity": lambda x: x, "detach": lambda x: x,
    "pow": interval_power, "hypot": _hypot, "direction": _direction, "atan2": _atan2, "copysign": _copysign,
    "polygamma": _polygamma, "logsumexp": _logsumexp, "leaky_relu": _leaky_relu,
    "relu": lambda x: spanned(max(x.low, 0.0), max(x.high, 0.0)),
    "maximum": _maximum, "minimum": lambda a, b: -_maximum(-a, -b),
    "clip": _clip,
    "both": lambda a, b: Truth(yes=a.yes and b.yes, no=a.no or b.no),
    "either": lambda a, b: Truth(yes=a.yes or b.yes, no=a.no and b.no),
    "negate": lambda a: Truth(yes=a.no, no=a.yes),
    **{name: getattr(operator, name) for name in COMPARISONS},
}  # fmt: skip


RULES: Namespace = {**FUNCTIONS, **{name: _unary(TABLE[name], turns, within=True) for name, turns in TURNS.items()}}


class Intervals(Kind):
    """Intervals as a kind of number; over a kink a partial is the hull of all subgradients."""

    numbers = frozenset((int, float, Interval))
    is_zero = staticmethod(zero_alone)

    def __init__(self) -> None:
        super().__init__(FUNCTIONS, _interval, "it has no function on intervals, and no formula over what has one", RULES)

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
