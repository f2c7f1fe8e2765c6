"""Walks over a whole graph: as text, as a copy, in a file. None of them recurses, so no graph is too deep."""

from __future__ import annotations

import sys

from autograd import ops, value
from autograd.anew import in_date
from autograd.errors import as_written, cut_off
from autograd.recording import Inputs, formula_text
from autograd.registry import written_name
from autograd.value import (
    Value,
    carry_grad,
    flags_of,
    give_flags,
    grad_of,
    members,
    node,
    number_of,
    put_into_scopes,
    scopes_of,
    twin,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence
    from typing import Any

    from autograd.operation import Operation

FORMAT = 1
"""The number of the pickle format; a newer one is refused."""


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
    if any(each.known.reaches(v) for each in tuple(differentiated)):
        raise cut_off(what, formula_text(v))


def copied(v: Value) -> Value:
    """A leaf of its own with the number and label of a leaf; of a computed Value the same operands. The gradient is 0."""
    if any(each.known.among(v) for each in tuple(differentiated)):
        raise cut_off("copy", formula_text(v))
    return twin(v, {})


def deep_copied(v: Value, memo: dict[int, Any]) -> Value:
    """A copy of the whole graph, with its gradients; what `memo` holds already is shared."""
    _stay_uncut(v, "deepcopy")
    for original in members(v):
        if id(original) not in memo:
            copy = memo[id(original)] = twin(original, memo)
            carry_grad(original, copy)
        elif type(memo[id(original)]) is not Value:  # anybody may give a memo
            kind = type(memo[id(original)]).__name__
            message = f"deepcopy: the memo has a {kind} in place of {original!r}: a Value is computed from Values"
            raise TypeError(message)
    return memo[id(v)]  # type: ignore[no-any-return]


def reduced(v: Value) -> tuple[Any, ...]:
    """For pickle: a leaf by itself, so that graphs share it; a computed Value with its graph laid flat."""
    from array import array  # deferred: few processes pickle, all import this

    _stay_uncut(v, "pickle")
    if not v.op:
        said = (flags,) if (flags := flags_of(v)) else ()
        return _leaf, (FORMAT, v.data, v.label, v.grad if v._reached else None, *said)
    order = members(v)
    place = {id(x): i for i, x in enumerate(order)}
    number_of: dict[Operation | None, int] = {None: 0}  # of each operation, in the order of their first appearance
    leaves, labels, reached = [], {}, bytearray()
    kinds, counts, operands = array("H"), array("I"), array("q")
    data, grads, partials = array("d"), array("d"), array("d")
    for i, x in enumerate(order):
        entry = x.entry
        if entry not in number_of:
            number_of[entry] = len(number_of)
        kinds.append(number_of[entry])
        if entry is None:
            leaves.append(x)
            continue
        xs, local = x.operands, iter(x.partials)
        counts.append(len(xs))
        data.append(x.data)
        grads.append(x.grad)
        reached.append(x._reached | flags_of(x))
        for operand in xs:
            if isinstance(operand, float):
                operands.append(-1)
                partials.append(operand)
            else:
                operands.append(place[id(operand)])
                partials.append(next(local))
        if x.label:
            labels[i] = x.label
    names = [written_name(entry) for entry in number_of if entry is not None]
    arrays = [little_endian(a).tobytes() for a in (kinds, counts, operands, data, grads, partials)]
    places, scopes = scopes_of(order)
    in_scopes = (little_endian(array("i", places)).tobytes(), scopes) if scopes else None
    return _graph, (FORMAT, names, leaves, arrays, bytes(reached), labels, in_scopes)


def _leaf(version: int, number: float, label: str, grad: float | None, flags: int = 0) -> Value:
    _check(version)
    v = Value(number, label)
    if grad is not None:
        v.grad = grad
    return give_flags(v, flags)


def _graph(
    version: int,
    names: list[str],
    leaves: list[Value],
    arrays: list[bytes],
    reached: bytes,
    labels: dict[int, str],
    in_scopes: tuple[bytes, list[tuple[int, str]]] | None = None,
) -> Value:
    """The last node of a graph that was laid flat by `reduced`."""
    _check(version)
    table = ops.TABLE | ops.INTERNAL
    unknown = [name for name in names if name not in table]
    if unknown:
        message = f"this graph uses {', '.join(unknown)}: register it with autograd.op before unpickling"
        raise ValueError(message)
    codes = [0] + [table[name].code for name in names]
    kinds, counts, operands, data, grads, partials = (_array(kind, raw) for kind, raw in zip("HIqddd", arrays, strict=True))
    order: list[Value] = []
    next_leaf, at, k = iter(leaves), 0, 0
    for i, kind in enumerate(kinds):
        if kind == 0:
            order.append(next(next_leaf))
            continue
        end = at + counts[k]
        xs = [order[j] if j >= 0 else partials[at + m] for m, j in enumerate(operands[at:end])]
        v = node(codes[kind], data[k], xs, partials[at:end])
        if reached[k] & 1:
            v.grad = grads[k]
        give_flags(v, reached[k] & ~1)
        if i in labels:
            v.label = labels[i]
        order.append(v)
        at, k = end, k + 1
    places, scopes = (_array("i", in_scopes[0]), in_scopes[1]) if in_scopes else ([-1] * len(order), [])
    put_into_scopes(order, places, scopes)
    return order[-1]


def _array(kind: str, raw: bytes) -> array[Any]:
    from array import array

    numbers = array(kind)
    numbers.frombytes(raw)
    return little_endian(numbers)


def little_endian(numbers: array[Any]) -> array[Any]:
    """The same array with the bytes of a little-endian machine; its own inverse."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _check(version: int) -> None:
    if version > FORMAT:
        message = f"this pickle has format {version}, this version of chainrule reads up to {FORMAT}: upgrade it"
        raise ValueError(message)


value.WALKS.update(represent=represent, copy=copied, deepcopy=deep_copied, reduce=reduced)
