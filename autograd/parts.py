"""A part of a graph as columns of numbers, and nodes from columns: what copies and pickles are made of. In C this is parts.h.

A part is some nodes, oldest first, and its inputs: other nodes that some of them are computed from. A member's place is counted
through the inputs and then the nodes. The columns:

- the codes of its operations, in the order in which they appear first;
- for each node its kind (0: a leaf, else one more than the place of its code), and how many operands it has;
- for each operand its place (-1: a plain number), and its number (the partial by it, or the plain number itself);
- for each node its number, its gradient, its flags;
- the labels, by the place among the nodes.

All but the first and the last are bytes, as this machine has them in memory.
"""

from __future__ import annotations

from autograd import node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from autograd.node import Node

    Columns: TypeAlias = tuple[list[int], bytes, bytes, bytes, bytes, bytes, bytes, bytes, dict[int, str]]


def part_of(root: Node, known: dict[int, Any]) -> tuple[list[Node], list[Node]]:
    """Inputs and nodes of a part: of a graph's members those that `known`, a dict by id, has not. The walk ends at the others."""
    inputs, nodes, stack = {}, {id(root): root}, [root]
    while stack:
        for x in stack.pop()._operands:
            if type(x) is float or id(x) in nodes:
                continue
            if id(x) in known:
                inputs[id(x)] = x
            else:
                nodes[id(x)] = x
                stack.append(x)
    return sorted(inputs.values(), key=node.creation), sorted(nodes.values(), key=node.creation)


def columns_of(inputs: Sequence[Node], nodes: Sequence[Node]) -> Columns:
    """A part as columns."""
    from array import array  # deferred: few processes copy or pickle, all import this

    places = {id(x): i for i, x in enumerate([*inputs, *nodes])}
    kinds = {0: 0}
    for v in nodes:
        if v._code not in kinds:
            kinds[v._code] = len(kinds)
    operands = [-1 if type(x) is float else places[id(x)] for v in nodes for x in v._operands]
    return (
        list(kinds)[1:],
        array("H", [kinds[v._code] for v in nodes]).tobytes(),
        array("I", [len(v._operands) for v in nodes]).tobytes(),
        array("i", operands).tobytes(),
        array("d", [number for v in nodes for number in v._numbers]).tobytes(),
        array("d", [v._value for v in nodes]).tobytes(),
        array("d", [v._grad for v in nodes]).tobytes(),
        bytes([v._flags for v in nodes]),
        {i: v._label for i, v in enumerate(nodes) if v._label},
    )


def nodes_from(inputs: Sequence[Node], columns: Columns, arities: Sequence[int]) -> list[Node]:
    """The nodes of a part, in no scope; `arities`: of each code how many operands it takes, or -1. `ValueError` for no part."""
    try:
        return _made(list(inputs), columns, (0, *arities))
    except (AttributeError, IndexError, TypeError, ValueError):
        message = "this pickle is damaged: its columns do not make a graph"
        raise ValueError(message) from None


def resemble(copies: Sequence[Node], originals: Sequence[Node], memo: dict[int, Any]) -> None:
    """Put copies into the scopes of their originals, and each that is a leaf into `memo`, by the id of its original."""
    for v, original in zip(copies, originals, strict=True):
        v._scope = original._scope
        if v._code == 0:
            memo[id(original)] = v


def _made(members: list[Node], columns: Columns, arities: tuple[int, ...]) -> list[Node]:
    from array import array

    first, at, codes = len(members), 0, [0, *columns[0]]
    kinds, counts, operands, numbers, data, grads, flags = (array(*each) for each in zip("HIidddB", columns[1:-1], strict=True))
    if any(type(x) is not node.node_type for x in members) or len(operands) != len(numbers) or sum(counts) != len(operands):
        raise IndexError
    for kind, count, y, grad, flag in zip(kinds, counts, data, grads, flags, strict=True):
        links, local = operands[at : at + count], tuple(numbers[at : at + count])
        if arities[kind] not in (count, -1) or min(links, default=0) < -1:
            raise IndexError
        xs = tuple([members[place] if place >= 0 else number for place, number in zip(links, local, strict=True)])
        v = node.fill(node.new(node.node_type), y, codes[kind], xs, local)
        v._grad, v._flags, v._scope = grad, flag, None
        members.append(v)
        at += count
    made = members[first:]
    for place, text in columns[-1].items():
        made[place]._label = text
    return made


def in_scopes(nodes: Sequence[Node]) -> bool:
    """Whether any was made in a scope."""
    return any(v._scope is not None for v in nodes)


def new_leaves(numbers: memoryview[float]) -> list[Node]:
    """A leaf of each number."""
    return list(map(node.new_leaf, numbers))


# In C leaves are found in a list, and their numbers go into arrays and back, in one go; here that is left to who asks.


def all_leaves(_: Any) -> bool:
    """Whether a list holds leaves alone; False where that is not looked at."""
    return False


def read_leaves(_: Any, _data: Any, _grad: Any) -> bool:
    """Write the numbers and gradients of leaves into arrays; whether it was done."""
    return False


def write_leaves(_: Any, _data: Any) -> bool:
    """Give leaves the numbers of an array; whether it was done."""
    return False


def clear_gradients(_: Any) -> bool:
    """Set the gradients of leaves to 0; whether it was done."""
    return False
