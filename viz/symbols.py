"""What is written beside the numbers of a graph: names of Values, and derivatives as formulas."""

from __future__ import annotations

import math

from autograd.algebra import Symbolic
from autograd.formulas import Formulas
from autograd.value import Value
from viz.called import Names
from viz.words import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

WIDEST = 40
"""So many columns of formulas stand below a wire."""
LONG = 36
"""So many columns of one formula stand in a sentence."""
MOST_FACTORS = 5
"""A chain of more factors is not written out."""
CLOSE = 1e-6
"""A formula is shown beside a number that it agrees with so well: not with one of other leaves, or of another pass."""


class Symbols:
    """The formulas of a graph, in what its Values are called: those with a name or a number by that, all others by formulas."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.formulas = Formulas(lambda v: names(v) if names.short(v) or not v.op else "", names.partial)

    def agrees(self, f: Symbolic, number: float | None) -> bool:
        """Whether a formula is the number, in this graph."""
        if number is None:
            return True
        try:
            found = f.at(self.formulas.numbers)
        except TypeError:  # an operation that was removed
            return False
        return math.isclose(found, number, rel_tol=CLOSE, abs_tol=1e-300) or (math.isnan(found) and math.isnan(number))

    def slope(self, v: Value, i: int, number: float | None) -> str:
        """The local derivative of a Value by its operand `i`; "" where it is a number, long, or not the number that it was.

        >>> x = Value(3.0, label="x")
        >>> y = x ** 2
        >>> Symbols(Names([x, y], str)).slope(y, 0, 6.0)
        '2x'
        """
        found = self.formulas.partial(v, i)
        if found.kind == "number" or not self.agrees(found, number):
            return ""
        text = f"({found})" if found.name == "where" else found.name if found.kind == "symbol" else str(found)
        return text if columns(text) <= LONG else ""
