"""How far the computed value of an operation may be from the exact one at the same operands: what docs/ops.md publishes.

>>> from autograd.ops import TABLE
>>> ulps_of(TABLE["add"]), ulps_of(TABLE["maximum"]), ulps_of(TABLE["tanh"]), ulps_of(TABLE["gamma"])
(0.5, 0.0, 4.0, 8.0)
"""

from __future__ import annotations

import math

from autograd.ops import BUILTIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd.operation import Operation

EXACT = frozenset((
    "neg", "abs", "relu", "step", "maximum", "minimum", "clip", "copysign", "where", "detach", "identity", "lt", "le", "gt", "ge",
    "eq", "ne", "both", "either", "negate", "choose", "exponent",
))  # fmt: skip
"""Their result is one of the operands, but for its sign, or a small whole number."""
ROUNDED = frozenset(("add", "sub", "mul", "div", "sqrt", "leaky_relu", "chain_term", "gated_term", "lowered"))
"""Their result is the exact one, rounded."""
MOST, GAMMA = 4.0, 8.0
"""Units in the last place of all others, and of Python's own gamma function; of a user's operation the former is assumed."""
LOWEST, LOST = 2.0**-960, 32 * 5e-324
"""Below the former an intermediate result may have been one of few digits, and have lost the latter."""
STEEP = 10.0
"""From this condition number on the error is so many units times it."""


def ulps_of(entry: Operation) -> float:
    """The error of an operation's value in units in the last place, where its condition number is below `STEEP`."""
    if entry.code >= BUILTIN:
        return MOST
    return 0.0 if entry.name in EXACT else 0.5 if entry.name in ROUNDED else GAMMA if entry.name == "gamma" else MOST


def error_of(ulps: float, y: float, moved: float, size: float = 1.0) -> float:
    """The error of a value in absolute terms.

    `moved` is what relative changes of 1 of all operands would add to it, `size` the size of the largest operand, by which an
    intermediate result that lost digits below 2.2e-308 may have been multiplied.
    """
    if not ulps:
        return 0.0
    own = max(ulps * math.ulp(y), 5e-324)
    if ulps > 0.5:
        if moved >= STEEP * abs(y):
            own = ulps * max(moved, abs(y)) * 2.0**-52 + 5e-324
        if abs(y) < LOWEST:
            own += LOST * max(size, 1.0)
    return own
