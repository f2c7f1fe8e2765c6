"""Walks over a whole graph: as text, as a copy, in a file. None of them recurses, so no graph is too deep."""

from __future__ import annotations

from autograd import value
from autograd.anew import in_date
from autograd.errors import as_written, cut_off, kind_of
from autograd.recording import Inputs, formula_text
from autograd.value import (
    Value,
    flags_of,
    give_flags,
    grad_of,
    graph_columns,
    graph_part,
    make_alike,
    nodes_of_columns,
    number_of,
    twin,
)
from autograd.value import members as members  # noqa: PLC0414  (public here)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

def represent(v: Value) -> str:
    """A leaf as an expression that makes it anew, a computed Value shortly with its operation and gradient."""
    label = f", label={v.label!r}" if v.label else ""
    if not v.op:
        return f"Value({number_of(v)!r}{label})"
    operands = v.operands
    numbers = [number_of(x) if type(x) is Value else x for x in operands[:8]] + [0.0] * (len(operands) - 8)
    told = len(operands) > 8 or v.entry.author or in_date(v)  # a user's operation is not called for its text
    formula = as_written(v.entry, numbers) + ("" if told else " (out of date)")
    return f"<Value {number_of(v)!r} = {formula}, grad {grad_of(v)!r}{label}>"


def described(v: Value) -> str:
    """A node in a sentence: its label, or its operation and operands in short, and the scopes that it was made in."""
    numbers = [f"{number_of(x) if type(x) is Value else x:.6g}" for x in v.operands[:4]] + ["..."] * (len(v.operands) > 4)
    told = v.label or (f"{v.op}({', '.join(numbers)})" if v.op else "a leaf")
    return told + (f" in {'/'.join(v.scope)}" if v.scope else "")


differentiated: list[Differentiating] = []
"""Of the functions that are being differentiated now, in all threads: a copy may be made by another one (a pool's, to pickle)."""


class Differentiating:
    """While this is entered a copy that would be cut off from one of `inputs` raises `TypeError`: a derivative would be lost."""

    def __init__(self, inputs: Sequence[Value]) -> None:
        self.inputs = inputs
        self.walked: Inputs | None = None

    @property
    def known(self) -> Inputs:
        """What they are, and what is not computed from them; few functions copy anything."""
        if self.walked is None:
            self.walked = Inputs(self.inputs)
        return self.walked

    def __enter__(self) -> None:
        differentiated.append(self)

    def __exit__(self, *_: object) -> None:
        differentiated.remove(self)


def _stay_uncut(v: Value, what: str) -> None:
    if differentiated and any(each.known.reaches(v) for each in tuple(differentiated)):
        raise cut_off(what, formula_text(v))


def copied(v: Value) -> Value:
    """A leaf of its own with the number and label of a leaf; of a computed Value the same operands. The gradient is 0."""
    if any(each.known.among(v) for each in tuple(differentiated)):
        raise cut_off("copy", formula_text(v))
    return twin(v, {})


class Copies:
    """In the memo of a deep copy, beside the leaves, what it has of Values: the next walk ends there.

    To note a million nodes takes longer than to copy them; so they are, when there is a next one.
    """

    def __init__(self) -> None:
        self.known: dict[int, Value] = {}  # by the ids of the originals
        self.late: list[tuple[list[Value], list[Value]]] = []  # originals and copies that are not in `known` yet

    @property
    def so_far(self) -> dict[int, Value]:
        """All copies, by the ids of their originals."""
        while self.late:
            originals, copies = self.late.pop()
            self.known.update(zip(map(id, originals), copies))
        return self.known


def deep_copied(v: Value, memo: dict[Any, Any]) -> Value:
    """A copy of the whole graph, with its gradients; what `memo` holds already is shared."""
    _stay_uncut(v, "deepcopy")
    if id(v) in memo:
        return _shared(v, memo[id(v)])
    if not v.op:
        copy = memo[id(v)] = twin(v, {})
        if v._reached:
            copy.grad = v.grad
        return give_flags(copy, flags_of(v))
    copies = memo.get(Copies)
    if copies is None:
        copies = memo[Copies] = Copies()
    known = copies.so_far
    if id(v) in known:
        return known[id(v)]
    inputs, nodes = graph_part(v, known)
    shared = [x for x in nodes if id(x) in memo] if len(memo) > 1 else []
    if shared:  # leaves that went before, and what else is in a memo that anybody may give
        known.update({id(x): _shared(x, memo[id(x)]) for x in shared})
        inputs, nodes = graph_part(v, known)
    columns = graph_columns(inputs, nodes)
    made = nodes_of_columns([known[id(x)] for x in inputs], columns, [-1] * len(columns[0]))
    make_alike(made, nodes, memo)
    copies.late.append((nodes, made))
    return made[-1]


def _shared(original: Value, copy: Any) -> Value:
    if type(copy) is not Value:
        message = f"deepcopy: the memo has {kind_of(copy)} in place of {original!r}: a Value is computed from Values"
        raise TypeError(message)
    return copy


def reduced(v: Value) -> tuple[Any, ...]:
    """How a Value is made again, for pickle."""
    from autograd import pickling  # deferred: few processes pickle, all import this

    _stay_uncut(v, "pickle")
    return pickling.answer(v)


# By these names pickles of format 1 call what reads them.


def _leaf(*told: Any) -> Value:
    from autograd import pickling

    return pickling.leaf_again(*told)


def _graph(*told: Any) -> Value:
    from autograd import pickling

    return pickling.graph_of_format_1(*told)


value.WALKS.update(represent=represent, copy=copied, deepcopy=deep_copied, reduce=reduced)
