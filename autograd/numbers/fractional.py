"""Values and derivatives in fractions, exactly.

>>> from autograd import Value
>>> x, y = Value(0.1, label="x"), Value(0.2, label="y")
>>> found = exact(x * y + x / y)
>>> found.value == Fraction(0.1) * Fraction(0.2) + Fraction(0.1) / Fraction(0.2)
True
>>> found.grad[x] == Fraction(0.2) + 1 / Fraction(0.2)
True
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from functools import lru_cache

from autograd.errors import shortened
from autograd.numbers.ratio import Ratio, fraction_of, ratio_of
from autograd.numbers.walk import KEPT, Kind, interpreted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.numbers.walk import Computed, Point
    from autograd.programs.program import Program
    from autograd.value import Value


PRECISELY = "numbers.precise(...) computes it in as many digits as you like"


def _number(x: Any) -> Ratio:
    """What a user gives, or a plain number of a rule."""
    return x if type(x) is Ratio else ratio_of(x) if type(x) is Fraction else _ratio(x)


@lru_cache(1024)
def _ratio(x: Any) -> Ratio:
    if isinstance(x, float) and not math.isfinite(x):
        message = f"exact: {x!r} is no fraction"
        raise ValueError(message)
    try:
        return ratio_of(x)
    except ValueError as error:
        message = f"exact: {shortened(x)} is no fraction: write such as '1/3'"
        raise ValueError(message) from error


def _power(a: Ratio, b: Ratio) -> Ratio:
    if b.below == 1:
        return ratio_of(fraction_of(a) ** b.above)
    root = _root(a) if b.below == 2 else None
    if root is None:
        raise _irrational("{} ** ({})", a, b)
    return _power(root, Ratio(b.above, 1))


def _root(x: Ratio) -> Ratio | None:
    """The square root where it is a fraction."""
    if x.above < 0:
        message = f"sqrt({x}): math domain error"
        raise ValueError(message)
    above, below = math.isqrt(x.above), math.isqrt(x.below)
    return Ratio(above, below) if above * above == x.above and below * below == x.below else None


def _sqrt(x: Ratio) -> Ratio:
    root = _root(x)
    if root is None:
        raise _irrational("sqrt({})", x)
    return root


def _irrational(what: str, *xs: Ratio) -> TypeError:
    return TypeError(f"{what.format(*xs):.200} is no fraction; {PRECISELY}")


class Fractions(Kind):
    """Fractions as a kind of number."""

    numbers = frozenset((int, float, Fraction))
    is_zero = staticmethod(operator.not_)  # type: ignore[assignment]
    given = staticmethod(fraction_of)


FRACTIONS = Fractions(
    {
        **KEPT, "number": _number, "pow": _power, "sqrt": _sqrt, "hypot": lambda a, b: _sqrt(a * a + b * b),
        "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
    },
    _number, f"its result is no fraction; {PRECISELY}",
)  # fmt: skip


def exact(of: Value | Program, *args: Any, at: Point | None = None) -> Computed:
    """The value and the derivatives of a graph, or of a program at `args`, in fractions: exact for the doubles that it holds.

    `at` gives some leaves of a graph other numbers, such as ``{x: Fraction(1, 10)}``; the arguments of a program are numbers or
    fractions, nested as in its example. See `Computed` for what comes back.

    Raises `TypeError` that names an operation whose result is no fraction (of roots and powers only where it is none), and as
    `autograd.numbers.walk.interpreted` does; `ZeroDivisionError`, `ValueError` where the operation is not defined.

    >>> from autograd import record
    >>> program = record(lambda x, y: x / y, 1.0, 1.0)
    >>> exact(program, Fraction(1, 3), 7).value, exact(program, Fraction(1, 3), 7).grad
    (Fraction(1, 21), (Fraction(1, 7), Fraction(-1, 147)))
    """
    return interpreted(of, FRACTIONS, args, at)
