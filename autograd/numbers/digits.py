"""Values and derivatives in as many digits as you like, by mpmath.

>>> from autograd import Value, sin
>>> x = Value(0.1, label="x")
>>> found = precise(sin(x) / x, digits=30)
>>> from mpmath import nstr
>>> nstr(found.value, 30), nstr(found.grad[x], 30)
('0.998334166468281522883289784434', '-0.0333000119025575715706238589876')
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache

from autograd.errors import shortened
from autograd.numbers.walk import KEPT, Kind, interpreted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from autograd.numbers.walk import Computed, Point
    from autograd.programs.program import Program
    from autograd.value import Value

GUARD = 15
"""So many digits more are computed than are given."""


class Precise(Kind):
    """Numbers of mpmath, at its working precision."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        try:
            from mpmath import mp
        except ImportError as error:
            message = "numbers.precise computes with mpmath: pip install mpmath"
            raise ImportError(message) from error
        self.mp = mp
        self.constants: dict[float, Callable[[], Any]] = {
            math.log(2): lambda: +mp.ln2, math.log(10): lambda: +mp.ln10, 1 / math.log(2): lambda: 1 / mp.ln2,
            1 / math.log(10): lambda: 1 / mp.ln10, 2 / math.sqrt(math.pi): lambda: 2 / mp.sqrt(mp.pi),
            -2 / math.sqrt(math.pi): lambda: -2 / mp.sqrt(mp.pi), math.pi: lambda: +mp.pi,
        }  # fmt: skip
        """What some doubles of the table stand for."""
        super().__init__({**KEPT, "number": self.constant, **self.functions}, mp.mpf)

    def run(self, compute: Callable[..., Any], *args: Any) -> Any:
        """While it computes there are more digits."""
        with self.mp.workdps(self.digits + GUARD):
            return compute(*args)

    def constant(self, x: Any) -> Any:
        """A number of a rule."""
        return self.constants[x]() if x in self.constants else self.mp.mpf(x)

    @cached_property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """What mpmath has for each operation that is no formula over others, and for those that are for doubles alone."""
        mp = self.mp
        named = ("exp", "expm1", "log", "log1p", "sqrt", "hypot", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
                 "cosh", "tanh", "sech", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "digamma")  # fmt: skip
        known = {name: getattr(mp, name) for name in named} | {
            "exp2": lambda x: mp.power(2, x), "log2": lambda x: mp.log(x) / mp.ln2, "log10": mp.log10,
            "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)), "pow": mp.power, "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
            "polygamma": lambda n, x: mp.psi(int(n), x), "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
            "direction": lambda a, b: a / mp.hypot(a, b), "gaussian": lambda x: mp.exp(-x * x),
            "normal_pdf": mp.npdf, "normal_cdf": mp.ncdf,
        }  # fmt: skip
        return {name: self.real(name, function) for name, function in known.items()}

    def real(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that raises where its result is no finite real number, as Python's do."""
        mp = self.mp

        def checked(*xs: Any) -> Any:
            y = function(*xs)
            if isinstance(y, mp.mpc) or (not mp.isfinite(y) and all(map(mp.isfinite, xs))):
                message = f"{name}({', '.join(mp.nstr(x, 17) for x in xs)}): math domain error"
                raise ValueError(message)
            return y

        return checked


_with_digits = lru_cache(8)(Precise)


def precise(of: Value | Program, *args: Any, digits: int = 50, at: Point | None = None) -> Computed:
    """The value and the derivatives of a graph, or of a program at `args`, as numbers of mpmath with so many digits.

    They are computed with `GUARD` more: what cancels more than that has fewer right. `at` gives some leaves of a graph other
    numbers; those that are no doubles are strings, fractions or numbers of mpmath. See `Computed` for what comes back.

    Raises `ImportError` without mpmath, `TypeError` for a user's operation without formula, `ValueError` and
    `ZeroDivisionError` where an operation or a derivative is not defined.
    """
    if isinstance(digits, bool) or not hasattr(digits, "__index__") or digits < 1:
        message = f"precise: digits is a whole number, at least 1, not {shortened(digits)}"
        raise ValueError(message)
    return interpreted(of, _with_digits(digits), args, at)
