"""Value and partials of operands as they come, and of a whole graph anew, where the engine is not compiled.

In C they are in node.pxd and node.h.
"""

from __future__ import annotations

from math import isfinite
from struct import pack

from autograd import node
from autograd.operation import BY_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from autograd.node import Node


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
    try:
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
    except OverflowError:  # an int beyond the largest float, which is refused by name where `plain` reads it
        return -1, 0.0, 0.0, 0.0
    entry: Any = BY_CODE[code]
    try:
        y = entry.evaluate(a, b)
    except (ValueError, OverflowError, ZeroDivisionError):
        y = entry.ieee(a, b)
    by_a, by_b = entry.locals[nodes](a, b, y)
    return nodes, y, by_a if nodes & 1 else a, by_b if nodes & 2 else b


def flag_since(first: Node, roots: Sequence[Node], flags: int) -> None:
    """Flags for all that `roots` are computed from and that was made after `first`."""
    for v in node.members_of(roots):
        v._flags |= flags if v._index > first._index else 0


def renew(roots: Sequence[Node], anew: Callable[[Node], tuple[float, list[float]]], freeze: bool, where: int) -> Node | None:
    """Give each computed node, oldest first, what it should hold by `anew`. If that raises, nothing has changed.

    Unless `freeze`, a node that holds a choice (`where` is the code of one) is returned instead, and nothing has changed either.
    """
    with node.one_at_a_time:
        order = node.members_of(roots)
        before: list[tuple[Node, float, tuple[float, ...]]] = []
        chosen = None if freeze else next((v for v in order if v._flags & node.CHOSEN or v._code == where), None)
        try:
            for v in order if chosen is None else ():
                if v._flags & node.TERM and not (freeze or _is_product(*v._operands)):
                    chosen = v
                    break
                if v._code:
                    y, numbers = _by_table(v) or anew(v)
                    before.append((v, v._value, v._numbers))
                    v._value, v._numbers = y, tuple(numbers)
        except BaseException:
            _put_back(before)
            raise
        if chosen is not None:
            _put_back(before)
        elif any(_bits(v._value, v._numbers) != _bits(y, held) for v, y, held in before):
            for v in order:
                if v._flags & node.REACHED:
                    v._flags = (v._flags & ~node.REACHED) | node.AGED
        return chosen


def _by_table(v: Node) -> tuple[float, tuple[float, ...]] | None:
    """Value and numbers of the table's operations on one or two operands, if the value is finite: then nothing is raised."""
    entry: Any = BY_CODE[v._code]
    if entry.many or entry.author is not None:
        return None
    if len(v._operands) == 2:
        _, y, *numbers = value_and_partials(v._code, *v._operands)
        return (y, tuple(numbers)) if isfinite(y) else None
    known, y, partial = value_and_partial(v._code, v._operands[0]) if len(v._operands) == 1 else (False, 0.0, 0.0)
    return (y, (partial,)) if known and isfinite(y) else None


def _is_product(g: Node, partial: Node) -> bool:
    return isfinite(partial._value) and partial._value != 0 and g._value != 0


def _put_back(before: Sequence[tuple[Node, float, tuple[float, ...]]]) -> None:
    for v, y, numbers in before:
        v._value, v._numbers = y, numbers


def _bits(y: float, numbers: tuple[float, ...]) -> bytes:
    return pack(f"{1 + len(numbers)}d", y, *numbers)


def follows(_: Node) -> int:
    """In C whether a node holds what a kernel makes of its operands; here the table computes it."""
    return -1
