"""Intervals: all numbers from one to another, with arithmetic that is rounded outwards. Compiled, the ends are doubles in C.

>>> Interval(0.1) + Interval(0.2)  # the sum of these two doubles is none
[0.3, 0.30000000000000004]
"""

from __future__ import annotations

import math

from autograd.numbers.accuracy import error_of, ulps_of
from autograd.ops import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from autograd.operation import Operation

inf = math.inf
LARGEST = math.nextafter(inf, 0)
HALF, TINY = 2.0**-53 * (1 + 2.0**-52), 5e-324
"""Half a unit in the last place, and a little: next to a number (Rump, Zimmermann, Boldo, Melquiond, *Computing predecessor and
successor in rounding to nearest*, BIT 49, 2009)."""


def below(x: float) -> float:
    """A number below x, the next one but near 2.2e-308; of what is no number minus infinity."""
    y = x - (abs(x) * HALF + TINY)
    return y if y == y else LARGEST if x > 0 else -inf  # noqa: PLR0124  (nan)


def above(x: float) -> float:
    """A number above x."""
    return -below(-x)


class Truth:  # noqa: PLW1641  (compared, it has no hash)
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

    def __repr__(self) -> str:
        return "here and there" if self.yes and self.no else "everywhere" if self.yes else "nowhere"


class Interval:  # noqa: PLW1641  (compared, it says more than yes and no)
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
        return self.low <= x.low and x.high <= self.high if isinstance(x, Interval) else self.low <= x <= self.high

    def __and__(self, other: Interval) -> Interval:
        """What both hold; `ValueError` where that is nothing."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def __or__(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return spanned(min(self.low, other.low), max(self.high, other.high))

    def __add__(self, other: Any) -> Interval:
        y = as_interval(other)
        return spanned(sum_below(self.low, y.low), -sum_below(-self.high, -y.high))

    def __radd__(self, other: Any) -> Interval:
        y = as_interval(other)
        return spanned(sum_below(self.low, y.low), -sum_below(-self.high, -y.high))

    def __neg__(self) -> Interval:
        return spanned(-self.high, -self.low)

    def __pos__(self) -> Interval:
        return self

    def __sub__(self, other: Any) -> Interval:
        y = as_interval(other)
        return spanned(sum_below(self.low, -y.high), -sum_below(-self.high, y.low))

    def __rsub__(self, other: Any) -> Interval:
        y = as_interval(other)
        return spanned(sum_below(y.low, -self.high), -sum_below(-y.high, self.low))

    def __mul__(self, other: Any) -> Interval:
        return interval_times(self, as_interval(other))

    def __rmul__(self, other: Any) -> Interval:
        return interval_times(self, as_interval(other))

    def __truediv__(self, other: Any) -> Interval:
        return interval_over(self, as_interval(other))

    def __rtruediv__(self, other: Any) -> Interval:
        return interval_over(as_interval(other), self)

    def __pow__(self, other: Any) -> Interval:
        return interval_power(self, as_interval(other))

    def __rpow__(self, other: Any) -> Interval:
        return interval_power(as_interval(other), self)

    def __abs__(self) -> Interval:
        low, high = self.low, self.high
        return self if low >= 0 else spanned(-high, -low) if high <= 0 else spanned(0.0, max(-low, high))

    def __lt__(self, other: Any) -> Truth:
        y = as_interval(other)
        return Truth(yes=self.low < y.high, no=self.high >= y.low)

    def __le__(self, other: Any) -> Truth:
        y = as_interval(other)
        return Truth(yes=self.low <= y.high, no=self.high > y.low)

    def __gt__(self, other: Any) -> Truth:
        y = as_interval(other)
        return Truth(yes=self.high > y.low, no=self.low <= y.high)

    def __ge__(self, other: Any) -> Truth:
        y = as_interval(other)
        return Truth(yes=self.high >= y.low, no=self.low < y.high)

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        y = as_interval(other)
        return Truth(yes=self.low <= y.high and y.low <= self.high, no=not self.low == self.high == y.low == y.high)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        y = as_interval(other)
        return Truth(yes=not self.low == self.high == y.low == y.high, no=self.low <= y.high and y.low <= self.high)


def as_interval(x: Any) -> Interval:
    """An interval as it is, of a number one that holds it alone."""
    return x if type(x) is Interval else Interval(x)


def spanned(low: float, high: float) -> Interval:
    """An interval of ends in order; an end that is no number stands for infinity."""
    x = Interval.__new__(Interval)
    x.low, x.high = low if low == low else -inf, high if high == high else inf  # noqa: PLR0124  (nan)
    return x


def zero_alone(x: Interval) -> bool:
    """Whether it holds 0 alone."""
    return x.low == 0 == x.high


def sum_below(a: float, b: float) -> float:
    """The largest double that is not above the sum: what its rounding has lost is known exactly (Knuth's TwoSum)."""
    s = a + b
    of_b = s - a
    return s if (a - (s - of_b)) + (b - of_b) >= 0 else below(s)


def interval_times(x: Interval, y: Interval) -> Interval:
    """x times y: 1 times y is y, and one object with itself is the square."""
    a, b, c, d = x.low, x.high, y.low, y.high
    if a == b == 1:
        return y
    if x is y:
        a, b = (a, b) if a >= 0 else (-b, -a) if b <= 0 else (0.0, max(-a, b))
        return spanned(max(below(a * a), 0.0), above(b * b) if b else 0.0)
    if a >= 0 and c >= 0 and b < inf and d < inf:
        return spanned(max(below(a * c), 0.0), above(b * d) if b and d else 0.0)
    p, q, r, s = end_product(a, c), end_product(a, d), end_product(b, c), end_product(b, d)
    low, high = min(p, q, r, s), max(p, q, r, s)
    return spanned(below(low) if low else 0.0, above(high) if high else 0.0)


def end_product(x: float, y: float) -> float:
    """0 times infinity is 0, for no interval holds an infinite number; what is too small is not 0."""
    p = x * y if x and y else 0.0
    return p if p or not x or not y else TINY if (x > 0) == (y > 0) else -TINY


def interval_over(x: Interval, y: Interval) -> Interval:
    """x over y."""
    a, b, c, d = x.low, x.high, y.low, y.high
    if c < 0 < d or c == d == 0:
        return spanned(-inf, inf)
    if d <= 0:
        a, b, c, d = -b, -a, -d, -c
    low = max(below(a / d), 0.0) if a >= 0 else below(a / c) if c else -inf
    high = min(above(b / d), 0.0) if b <= 0 else above(b / c) if c else inf
    return spanned(low, high)


# What holds the value of an operation: at its ends, and where it turns.

RANGE = {
    **dict.fromkeys(("exp", "exp2", "sqrt", "hypot", "acosh", "softplus"), (0.0, inf)), "cosh": (1.0, inf), "expm1": (-1.0, inf),
    **dict.fromkeys(("sin", "cos", "tanh", "erf", "direction"), (-1.0, 1.0)), "erfc": (0.0, 2.0),
    **dict.fromkeys(("sigmoid", "normal_cdf", "sech", "gaussian"), (0.0, 1.0)), "normal_pdf": (0.0, 0.4),
    "logistic_pdf": (0.0, 0.25),
}  # fmt: skip
"""Where all values of an operation lie."""


class Certain:
    """What the exact values of an operation lie between, given those that are computed and the published error."""

    def __init__(self, entry: Operation) -> None:
        self.entry, self.ulps = entry, ulps_of(entry)
        rules = entry.partials
        self.mask = sum([1 << i for i, rule in enumerate(rules) if rule is not None])
        self.least, self.most = RANGE.get(entry.name, (-inf, inf))

    def at(self, xs: Sequence[float]) -> Interval:
        """What holds the value at some floats."""
        y = self.entry.ieee(*xs)
        if y - y != 0:
            return spanned(LARGEST, inf) if y > 0 else spanned(-inf, -LARGEST) if y < 0 else spanned(-inf, inf)
        moved = size = 0.0
        if self.ulps > 0.5:
            for x in xs:
                size = max(size, abs(x))
            if size < inf:
                for x, d in zip(xs, self.entry.locals[self.mask](*xs, y)):
                    moved += abs(x * d) if x and d else 0.0
        own = error_of(self.ulps, y, moved, size)
        return spanned(below(y - own), above(y + own)) if own else spanned(y, y)

    def over(self, points: Iterable[Sequence[float]]) -> Interval:
        """What holds the values at some points, within the range of the operation."""
        low, high = inf, -inf
        for point in points:
            found = self.at(point)
            low, high = min(low, found.low), max(high, found.high)
        return spanned(max(low, self.least), min(high, self.most))


def outside(entry: Operation, *xs: Interval) -> ValueError:
    """What is raised for a box that leaves the domain."""
    told = ", ".join(map(repr, xs))
    where = ", ".join(f"{name} in {domain.text}" for name, domain in zip(entry.operands, entry.domain, strict=True))
    return ValueError(f"{entry.name}({told}): the box leaves the domain, {where}: make the box smaller, or clip the operand")


POWER = Certain(TABLE["pow"])


def interval_power(a: Interval, b: Interval) -> Interval:
    """a to the power of b."""
    n = b.low
    if n == b.high and n == math.floor(n):
        if a.low < 0 < a.high and n < 0:
            return spanned(-inf, inf) if n % 2 else spanned(max(POWER.at((max(-a.low, a.high), n)).low, 0.0), inf)
        least = [(0.0, n)] if a.low < 0 < a.high and n % 2 == 0 else []
        found = POWER.over([(a.low, n), (a.high, n), *least])
        return spanned(max(found.low, 0.0), found.high) if n % 2 == 0 else found
    if a.low < 0:
        raise outside(POWER.entry, a, b)
    found = POWER.over([(x, y) for x in (a.low, a.high) for y in (b.low, b.high)])
    return spanned(max(found.low, 0.0), found.high)
