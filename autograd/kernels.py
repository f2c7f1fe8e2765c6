"""Value and partials of operands as they come, where the engine is not compiled; in C they are in node.pxd."""

from __future__ import annotations

from autograd import node
from autograd.operation import BY_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def value_and_partial(code: int, x: Any) -> tuple[bool, float, float]:
    """Whether this is an operation of the table on a node; then its value in IEEE arithmetic, and its partial."""
    entry: Any = BY_CODE[code]
    if type(x) is not node.node_type or entry.author is not None:
        return False, 0.0, 0.0
    number = x._value
    try:
        y = entry.evaluate(number)
    except (ValueError, OverflowError, ZeroDivisionError):
        y = entry.ieee(number)
    return True, y, entry.locals[1](number, y)[0]


def value_and_partials(code: int, left: Any, right: Any) -> tuple[int, float, float, float]:
    """Of two operands: which are nodes (bit 0 and bit 1), and the value in IEEE arithmetic; -1 if one is neither node nor number.

    Then the partial by each that is a node, and the number itself of any other.
    """
    kind, nodes = node.node_type, 0
    if type(left) is kind:
        a, nodes = left._value, 1
    elif type(left) is float or type(left) is int:
        a = float(left)
    else:
        return -1, 0.0, 0.0, 0.0
    if type(right) is kind:
        b, nodes = right._value, nodes + 2
    elif type(right) is float or type(right) is int:
        b = float(right)
    else:
        return -1, 0.0, 0.0, 0.0
    entry: Any = BY_CODE[code]
    try:
        y = entry.evaluate(a, b)
    except (ValueError, OverflowError, ZeroDivisionError):
        y = entry.ieee(a, b)
    by_a, by_b = entry.locals[nodes](a, b, y)
    return nodes, y, by_a if nodes & 1 else a, by_b if nodes & 2 else b
