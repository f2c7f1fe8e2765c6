"""Fractions of whole numbers, in lowest terms: `fractions.Fraction` without the questions that it asks of each operand.

>>> Ratio(1, 3) * Ratio(3, 4) + Ratio(1, 2)
3/4
>>> fraction_of(Ratio(1, 3) / Ratio(-2, 3))
Fraction(-1, 2)

Sums and products take common factors out before they multiply (Knuth, *The Art of Computer Programming*, volume 2, 4.5.1).
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Ratio:  # noqa: PLW1641  (compared, it has no hash)
    """A fraction: `above` over `below`, which is above 0, without a common factor."""

    __slots__ = ("above", "below")

    def __init__(self, above: int, below: int) -> None:
        self.above, self.below = above, below

    def __repr__(self) -> str:
        return f"{self.above}/{self.below}" if self.below != 1 else f"{self.above}"

    def __bool__(self) -> bool:
        return self.above != 0

    def __neg__(self) -> Ratio:
        return Ratio(-self.above, self.below)

    def __abs__(self) -> Ratio:
        return self if self.above >= 0 else Ratio(-self.above, self.below)

    def __add__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_sum(self.above, self.below, y.above, y.below)

    def __radd__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_sum(self.above, self.below, y.above, y.below)

    def __sub__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_sum(self.above, self.below, -y.above, y.below)

    def __rsub__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_sum(y.above, y.below, -self.above, self.below)

    def __mul__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_product(self.above, self.below, y.above, y.below)

    def __rmul__(self, other: Any) -> Ratio:
        y = ratio_of(other)
        return ratio_product(self.above, self.below, y.above, y.below)

    def __truediv__(self, other: Any) -> Ratio:
        return self * ratio_inverse(ratio_of(other))

    def __rtruediv__(self, other: Any) -> Ratio:
        return ratio_of(other) * ratio_inverse(self)

    def __eq__(self, other: object) -> bool:
        y = ratio_of(other)
        return self.above == y.above and self.below == y.below

    def __ne__(self, other: object) -> bool:
        y = ratio_of(other)
        return self.above != y.above or self.below != y.below

    def __lt__(self, other: Any) -> bool:
        y = ratio_of(other)
        return self.above * y.below < y.above * self.below

    def __le__(self, other: Any) -> bool:
        y = ratio_of(other)
        return self.above * y.below <= y.above * self.below

    def __gt__(self, other: Any) -> bool:
        y = ratio_of(other)
        return self.above * y.below > y.above * self.below

    def __ge__(self, other: Any) -> bool:
        y = ratio_of(other)
        return self.above * y.below >= y.above * self.below


def ratio_of(x: Any) -> Ratio:
    """A ratio as it is, a number as one."""
    if type(x) is Ratio:
        return x
    known = x if type(x) is Fraction else Fraction(x)
    return Ratio(known.numerator, known.denominator)


def fraction_of(x: Ratio) -> Fraction:
    """The same as a `Fraction`."""
    return Fraction(x.above, x.below)


def ratio_sum(a: int, b: int, c: int, d: int) -> Ratio:
    """a/b + c/d."""
    common = gcd(b, d)
    if common == 1:
        return Ratio(a * d + c * b, b * d)
    part = b // common
    above = a * (d // common) + c * part
    left = gcd(above, common)
    return Ratio(above, part * d) if left == 1 else Ratio(above // left, part * (d // left))


def ratio_product(a: int, b: int, c: int, d: int) -> Ratio:
    """a/b times c/d."""
    one, other = gcd(a, d), gcd(c, b)
    if one > 1:
        a, d = a // one, d // one
    if other > 1:
        c, b = c // other, b // other
    return Ratio(a * c, b * d)


def ratio_inverse(x: Ratio) -> Ratio:
    """1 over x; `ZeroDivisionError` of 0."""
    if not x.above:
        message = "division by zero"
        raise ZeroDivisionError(message)
    return Ratio(x.below, x.above) if x.above > 0 else Ratio(-x.below, -x.above)
