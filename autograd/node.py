"""The chain rule: a node, its links to what it was computed from, the order of a graph, and the sweep that differentiates.

A node is a number that remembers how it was made. A leaf was given; any other was computed from operands, and holds for each of
them the partial derivative by it: how fast it changes when that operand does, all others held fixed. Here is y = x * x + 2 * x:

>>> ADD, MUL = 1, 3  # each operation of the table has a code; 0 stands for a leaf
>>> x = new_leaf(3.0)
>>> square = node_of_two(MUL, 9.0, x, x, 3, 3.0, 3.0)  # both operands are nodes (1 + 2): the partial of a * b by a is b
>>> double = node_of_two(MUL, 6.0, 2.0, x, 2, 2.0, 2.0)  # only the second is one; for the other stands the number itself
>>> y = node_of_two(ADD, 15.0, square, double, 3, 1.0, 1.0)
>>> [v._value for v in members_of([y])]  # oldest first
[3.0, 9.0, 6.0, 15.0]
>>> sweep_from(y, 1.0)
>>> x._grad  # 2 * 3 + 2
8.0

`sweep_from` is all that there is to backpropagation. All else of the engine makes nodes (value.py) and says what their partials
are (ops.py). A compiled engine keeps the same list of names in C, in node.h, and gives the same bits.
"""

from __future__ import annotations

from _thread import RLock
from itertools import count
from math import isfinite
from operator import attrgetter
from struct import pack

from autograd import contexts, freeing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    Operand: TypeAlias = Any  # a node, or a float that has none

REACHED, AGED, CHOSEN, BY_RULE, TERM = 1, 8, 16, 32, 64
"""Flags; a first reading needs none but the first. A sweep came by; one did, but the numbers were computed anew since (instead
of the first flag); the node holds what was decided by numbers, and would not be decided anew; a rule of partials made it, in IEEE
arithmetic, so that it never raises; it is a gradient times a partial, while neither is 0 and the partial is finite a product."""


class Node:
    """A number, how it was computed, and the derivative that the last sweep left."""

    __slots__ = ("_code", "_flags", "_grad", "_index", "_label", "_numbers", "_operands", "_scope", "_sum", "_value")

    _value: float  # the number
    _grad: float  # the derivative of what was swept from by this node; of a leaf the sum over all sweeps
    _code: int  # of the operation; 0: a leaf
    _operands: tuple[Operand, ...]  # nodes and plain numbers, in order
    _numbers: tuple[float, ...]  # for each operand that is a node the partial derivative by it, for a plain number that number
    _index: int  # its place in the order of creation
    _sum: float  # what has come in so far, during a sweep
    _flags: int
    _label: str
    _scope: contexts.Call | None  # that it was made in


def slots() -> tuple[str, ...]:
    """What an object needs to be a node."""
    return Node.__slots__


# A node and its links.

node_type: type[Node] = Node
new = object.__new__
created = count(1)


def nodes_are(class_: type[Node]) -> None:
    """Make instances of this class from now on."""
    global node_type
    node_type = class_
    if freeing.NESTED:
        set_in_class(class_, "__del__", freeing.hand_over)


def fill(v: Node, y: float, code: int, operands: tuple[Operand, ...], numbers: tuple[float, ...]) -> Node:
    """Make a node of a new object: a leaf if there is no operation."""
    v._value = y
    v._grad = 0.0
    v._code = code
    v._operands = operands
    v._numbers = numbers
    v._index = next(created)
    v._flags = 0
    v._label = ""
    v._scope = contexts.innermost() if contexts.scoped else None
    return v


def begin(v: Node, y: float) -> bool:
    """Make a leaf of an object that may be a node already; False if it is."""
    if hasattr(v, "_index"):
        return False
    fill(v, y, 0, (), ())
    return True


def new_leaf(y: float) -> Node:
    """A number that is given."""
    return fill(new(node_type), y, 0, (), ())


def chosen_leaf(y: float) -> Node:
    """A number that other nodes decided, to which there is no link, as of `detach`."""
    v = new_leaf(y)
    v._flags = CHOSEN
    return v


def node_of_one(code: int, y: float, x: Node, partial: float) -> Node:
    """A number computed from one node; where nothing is recorded, a leaf."""
    if contexts.unrecorded and not contexts.records():
        return new_leaf(y)
    return fill(new(node_type), y, code, (x,), (partial,))


def node_of_two(code: int, y: float, left: Operand, right: Operand, nodes: int, by_left: float, by_right: float) -> Node:
    """A number computed from two operands, of which bit 0 and bit 1 of `nodes` say whether they are nodes.

    `by_left` and `by_right` are the partials by those that are, for a plain number that number. Or a leaf, as above.
    """
    if contexts.unrecorded and not contexts.records():
        return new_leaf(y)
    operands = (left, right) if nodes == 3 else (left if nodes & 1 else by_left, right if nodes & 2 else by_right)
    return fill(new(node_type), y, code, operands, (by_left, by_right))


def node_of_many(code: int, y: float, operands: Sequence[Operand], numbers: Sequence[float]) -> Node:
    """A number computed from any number of operands; `numbers` as `by_left` and `by_right` above."""
    links = tuple([x if type(x) is node_type else number for x, number in zip(operands, numbers, strict=True)])
    return fill(new(node_type), y, code, links, tuple(numbers))


def folded(_code: int, _ws: Any, _xs: Any, _rest: Any, _bias: Any) -> Any:
    """In C a sum, a dot product or a product in one go; here the table computes them."""
    return NotImplemented


def twin_of(v: Node, copies: dict[int, Any]) -> Node:
    """A node like `v`, without its gradient: the operands are those that `copies` has for them, by id, or the same."""
    links = tuple([x if type(x) is float else copies.get(id(x), x) for x in v._operands])
    twin = fill(new(node_type), v._value, v._code, links, v._numbers)
    twin._label, twin._scope, twin._flags = v._label, v._scope, v._flags & (CHOSEN | BY_RULE | TERM)
    return twin


def operands_of(v: Node) -> tuple[Operand, ...]:
    """All operands, nodes and plain numbers."""
    return v._operands


def partials_of(v: Node) -> tuple[float, ...]:
    """The partials by the operands that are nodes."""
    return tuple([number for x, number in zip(v._operands, v._numbers, strict=True) if type(x) is not float])


def hash_of(v: Node) -> int:
    """By identity."""
    return object.__hash__(v)


def label_of(v: Node) -> str:
    """The name, or the empty string."""
    return v._label


def set_label(v: Node, text: str) -> None:
    """Give a name; the empty string takes it away."""
    v._label = text


def set_in_class(class_: type, name: str, function: Callable[..., Any] | None) -> None:
    """Give the class a method, or take it away if `function` is None."""
    if function is None:
        delattr(class_, name)
    else:
        setattr(class_, name, function)


# The order, and the sweep.


choices: set[int] = set()
"""The codes of operations that choose among their operands: an infinite gradient passes nothing through a partial of 0."""


def set_choice(code: int, chooses: bool) -> None:
    """Say whether an operation chooses."""
    (choices.add if chooses else choices.discard)(code)


def members_of(roots: Iterable[Node]) -> list[Node]:
    """All nodes that `roots` are computed from, themselves included, oldest first: each stands behind all of its operands."""
    seen = {id(x): x for x in roots}
    stack = list(seen.values())
    while stack:
        for x in stack.pop()._operands:
            if type(x) is not float and id(x) not in seen:
                seen[id(x)] = x
                stack.append(x)
    return sorted(seen.values(), key=creation)  # operands are older than what is computed from them


def swept(root: Node, seed: float) -> list[Node]:
    """The members of a graph, with the derivative of `root` by each of them, times `seed`, in `_sum`.

    This is the chain rule. Newest first, so that all that comes in to a node is there before it is passed on.
    """
    order = members_of((root,))
    for v in order:
        v._sum = 0.0
    root._sum += seed
    for v in reversed(order):
        g = v._sum
        if g != 0:  # 0 passes nothing on, even through an infinite partial
            closed = not isfinite(g) and v._code in choices
            for x, partial in zip(v._operands, v._numbers):
                if type(x) is not float and not (closed and partial == 0):
                    x._sum += g * partial
    return order


def sweep_from(root: Node, seed: float) -> None:
    """Set the gradient of every computed node, and add to that of every leaf, so that a second sweep doubles it to the bit."""
    with one_at_a_time:
        for v in swept(root, seed):
            v._grad = v._sum if v._code else v._grad + v._sum
            v._flags |= REACHED


def gradients_from(root: Node, seed: float, xs: Sequence[Node]) -> list[float]:
    """The derivatives by `xs` alone; no gradient of the graph is changed."""
    with one_at_a_time:
        reached = {id(v) for v in swept(root, seed)}
        return [x._sum if id(x) in reached else 0.0 for x in xs]


creation = attrgetter("_index")
one_at_a_time = RLock()


def flat_of(outputs: Sequence[Operand], inputs: Sequence[Node], arrays: tuple[array[Any], ...]) -> bool:
    """Fill the arrays that `recording.lay_flat` tells of; False if a node is older than the inputs."""
    order = members_of([y for y in outputs if type(y) is not float])
    if inputs and order and order[0]._index < min(map(creation, inputs)):
        return False
    places = {id(x): i for i, x in enumerate(inputs)}  # of what depends on an input; an instruction's place is negative
    constants: dict[bytes, tuple[int, float]] = {}
    numbers, codes, starts, operands, results = arrays
    links: list[int] = []

    def place(x: Operand) -> int:
        if type(x) is not float:
            if id(x) in places:
                return places[id(x)]
            x = x._value
        bits = pack("d", x)
        if bits not in constants:
            constants[bits] = len(constants), x
        return len(inputs) + constants[bits][0]

    for v in order:
        if id(v) not in places and any(id(x) in places for x in v._operands):
            starts.append(len(links))
            links += [place(x) for x in v._operands]
            places[id(v)] = ~len(codes)
            codes.append(v._code)
    starts.append(len(links))
    ends = [place(y) for y in outputs]
    first = len(inputs) + len(constants)
    numbers.extend([x for _, x in constants.values()])
    operands.extend([i if i >= 0 else first + ~i for i in links])
    results.extend([i if i >= 0 else first + ~i for i in ends])
    return True
