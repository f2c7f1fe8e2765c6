"""The same graph, the same rules, on other numbers than floats.

An interpretation is a walk plus a column of the table: `walk` has the walk, each kind of number is one file beside it, imported
when it is first asked for, and none repeats a derivative.

>>> from autograd import Value, numbers
>>> x = Value(0.1, label="x")
>>> numbers.exact(x * 3).value  # of the double that is nearest to 0.1
Fraction(10808639105689191, 36028797018963968)

- `exact` computes in fractions, `precise` in as many digits as you like (with mpmath).
- `bounds` gives intervals (`Interval`) that hold value and derivatives over a box.
- `equations` writes formulas, in text, LaTeX or for SymPy.
- `taylor` gives coefficients of any order in one pass, `solution` those of a differential equation.
- `rounding` bounds what rounding did to a value, and says where.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd.numbers.digits import precise
    from autograd.numbers.error_bars import rounding
    from autograd.numbers.fractional import exact
    from autograd.numbers.interval import Interval
    from autograd.numbers.intervals import bounds
    from autograd.numbers.series import Series, solution, taylor
    from autograd.numbers.written import equations

HOME = {
    "Interval": "interval", "Series": "series", "bounds": "intervals", "equations": "written", "exact": "fractional",
    "precise": "digits", "rounding": "error_bars", "solution": "series", "taylor": "series",
}  # fmt: skip
"""In which file each public name stands."""

__all__ = ["Interval", "Series", "bounds", "equations", "exact", "precise", "rounding", "solution", "taylor"]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    if name not in HOME:
        message = f"module 'autograd.numbers' has no attribute {name!r}"
        raise AttributeError(message)
    found = globals()[name] = getattr(import_module(f"autograd.numbers.{HOME[name]}"), name)
    return found
