"""Recording a function: what its inputs are, conditions instead of comparisons, and what must not be read of its numbers."""

from __future__ import annotations

import operator

from autograd import ops, value
from autograd.errors import as_written, closed_over, frozen, no_branch
from autograd.plain import REFUSED, real_number
from autograd.value import (
    Mode,
    Value,
    computed,
    creation,
    fill_flat,
    made_before,
    members,
    number_of,
    numeric,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from autograd.operation import Operation

    Number = Value | float
    Arrays = tuple[array[float], array[int], array[int], array[int], array[int]]


class Inputs:
    """Some Values, and what is computed from them; what is found not to be is not walked again."""

    def __init__(self, inputs: Sequence[Value]) -> None:
        self.inputs = inputs
        self.strangers: dict[int, Value] = {}
        self._places: set[int] | None = None
        self._first: Value | None = None

    @property
    def places(self) -> set[int]:
        """Their identities; found when they are first asked for, as few functions need them."""
        if self._places is None:
            self._places = set(map(id, self.inputs))
        return self._places

    @property
    def first(self) -> Value | None:
        """The oldest of them; found as `places` are."""
        if self._first is None:
            self._first = min(self.inputs, key=creation, default=None)
        return self._first

    def forget(self) -> None:
        """Hold them no longer: who counts references finds those of others alone."""
        self.inputs, self.strangers, self._places, self._first = (), {}, None, None

    def among(self, x: object) -> bool:
        """Whether `x` is one of them."""
        return id(x) in self.places

    def may_reach(self, x: object) -> bool:
        """Whether `x` is a Value young enough to be computed from one of them."""
        return type(x) is Value and self.first is not None and not made_before(x, self.first)

    def reaches(self, v: Any) -> bool:
        """Whether a Value is computed from one of them: a walk that ends at what others have found."""
        if not self.may_reach(v):
            return False
        seen = {id(v): v}
        stack = [v]
        while stack:
            x = stack.pop()
            if id(x) in self.places:
                return True
            for y in x.operands:
                if self.may_reach(y) and id(y) not in seen and id(y) not in self.strangers:
                    seen[id(y)] = y
                    stack.append(y)
        self.strangers.update(seen)  # and so kept alive: another one would have its id
        return False


class Recorder(Inputs, Mode):
    """While this is entered this context records a function of the leaves `inputs`, to be laid flat and run at other points.

    Nothing may hang on the numbers of this one point: a comparison gives a `Condition`, and what would read a number or branch
    on it raises `TypeError`, unless with `freeze`. Arithmetic is IEEE's, for both sides of a `where` are computed.

    `labels` returns the names of the inputs in their order, for those who ask: few ever do.
    """

    def __init__(self, inputs: Sequence[Value], freeze: bool = False, labels: Callable[[], Iterable[str]] = tuple) -> None:
        outer = self.outer = value.recorder()
        self.own, self.labels = inputs, labels
        own = () if freeze else inputs
        super().__init__(own if outer is None else [*outer.inputs, *own])
        self.mode = (True, True, self)
        self.partials: list[tuple[Value, Value]] = []
        """Spans of creation, from one Value to another, in which rules of partials ran."""
        self.loops: list[Any] = []
        """Those of `scan` and `map` that were met, each a node of this recording."""
        self.left: list[tuple[Value, str]] = []
        """Inputs of their steps that something outside of these may hold, with what they are called."""

    def label_of(self, v: Value) -> str:
        """The name of an input of this recording or one around it; the empty string for anything else."""
        for x, label in zip(self.own, self.labels(), strict=False):
            if x is v:
                return label
        return "" if self.outer is None else self.outer.label_of(v)

    def forbid(self, v: Value, what: str) -> None:
        """Refuse what would take the number of a Value that depends on an input."""
        if self.reaches(v):
            raise frozen(what, formula_text(v))

    def compared(self, name: str, v: Value, other: Any) -> Any:
        """What a comparison of a Value gives: a `Condition` if an input may take part, else what numbers give."""
        if not (self.may_reach(v) or self.may_reach(other)):
            return getattr(operator, name)(number_of(v), number_of(other) if type(other) is Value else other)
        if type(other) is not Value:
            try:
                other = real_number(None, other)
            except TypeError:
                other = NotImplemented
            if other is NotImplemented:
                return NotImplemented
            if v.entry is CHOOSE:
                sides = v.operands[1:]
                answers = [type(x) is not Value and getattr(operator, name)(x, other) for x in sides]
                if answers[0] == answers[1] and Value not in map(type, sides):
                    return answers[0]  # whichever is chosen
        return Condition(internal(name, v, other))


class Condition:
    """A comparison of Values while a function is recorded: what `where` takes, combined by ``&``, ``|`` and ``~``.

    It is a node with the number 1 or 0. Asked whether it holds it raises `TypeError`: the recorded function has not one answer.
    """

    __slots__ = ("node",)

    def __init__(self, node: Value) -> None:
        self.node = node

    def __and__(self, other: object) -> Condition:
        return combined("both", self, other)

    def __or__(self, other: object) -> Condition:
        return combined("either", self, other)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Condition:
        return Condition(internal("negate", self.node))

    def __bool__(self) -> bool:
        inside = value.recorder()
        if inside is not None and inside.reaches(self.node):
            raise no_branch(repr(self))
        return number_of(self.node) != 0

    def __eq__(self, other: object) -> bool:
        raise no_branch(repr(self))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return formula_text(self.node)


CHOOSE = ops.INTERNAL["choose"]
REFUSED.append(Condition)


def internal(name: str, *operands: Number) -> Value:
    """The node of a condition: its number is 1 or 0, and it passes no gradient on."""
    entry = ops.INTERNAL[name]
    return computed(entry.code, entry.evaluate(*[numeric(entry, x) for x in operands]), operands, (0.0,) * len(operands))


def combined(name: str, left: Condition, right: object) -> Condition:
    """Two conditions as one; the right one may be plain."""
    if type(right) is Condition:
        return Condition(internal(name, left.node, right.node))
    number = NotImplemented if type(right) is Value else real_number(None, right)
    return NotImplemented if number is NotImplemented else Condition(internal(name, left.node, number))


def choose(c: Any, a: Number, b: Number) -> Value:
    """The node that is `a` where the node `c` of a condition is not 0, else `b`; to the other side no gradient passes."""
    holds = number_of(c) != 0
    return computed(CHOOSE.code, numeric(CHOOSE, a if holds else b), (c, a, b), (0.0, float(holds), float(not holds)))


def choice(condition: Any, a: Any, b: Any) -> Any:
    """`where` in a rule that runs while a function is recorded: its sides may be conditions themselves."""
    if type(condition) is not Condition:
        return a if condition else b
    if type(a) is Condition or type(b) is Condition:
        return (condition & a) | (~condition & b)
    if type(a) is not Value and type(b) is not Value and repr(float(a)) == repr(float(b)):
        return a
    return choose(condition.node, a, b)


def formula_text(x: Any, depth: int = 4) -> str:
    """A Value as the formula that made it, as deep as that; a plain number as it is."""
    entry = _made_by(x)
    if entry is None:
        return (x.label or repr(number_of(x))) if type(x) is Value else repr(x)
    if entry.name == "identity":
        return formula_text(x.operands[0], depth)
    if depth == 0:
        return "..."

    def part(operand: Number) -> str:
        text, inner = formula_text(operand, depth - 1), _made_by(operand)
        return f"({text})" if inner is not None and inner.infix and text != "..." else text

    if entry.name == "negate":
        return f"~{part(x.operands[0])}"
    text = part if entry.infix or entry.name == "neg" else lambda operand: formula_text(operand, depth - 1)
    return as_written(entry, x.operands, text)


def _made_by(x: object) -> Operation | None:
    """The operation of a computed Value that has no name."""
    return x.entry if type(x) is Value and x.op and not x.label else None


# A graph as a program.


def lay_flat(outputs: Sequence[Number], inputs: Sequence[Value]) -> Arrays:
    """What `outputs` (Values and floats) compute from the leaves `inputs`, as arrays: a program without its nodes.

    Returns (constants, codes, starts, operands, results). Each number has an id: first the inputs, then the constants, then
    the instructions in the order of their creation. Instruction i is the operation ``codes[i]`` of the ids
    ``operands[starts[i]:starts[i + 1]]``; `results` holds the id of each output. Only what an output needs is kept; what depends
    on no input is a constant, and constants of equal bits share an id. Raises `TypeError` for a Value older than the inputs:
    the function closed over it.
    """
    from array import array

    arrays: Any = tuple([array(kind) for kind in "dHIII"])
    if not fill_flat([y if type(y) is Value else float(y) for y in outputs], list(inputs), arrays):
        raise closed_over([x.label or repr(x) for x in _closed_over(outputs, min(inputs, key=creation))])
    return arrays  # type: ignore[no-any-return]


def _closed_over(outputs: Sequence[Number], first: Value) -> list[Value]:
    """The Values older than the `first` input that `outputs` are computed from, without those that are behind another one."""
    found = {}
    graph = members(*[y for y in outputs if type(y) is Value])
    for x in [*outputs, *[x for v in graph if not made_before(v, first) for x in v.parents]]:
        if type(x) is Value and made_before(x, first):
            found[id(x)] = x
    return sorted(found.values(), key=creation)
