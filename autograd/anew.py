"""A graph computed anew in place, and what is out of date until then: what does not follow from its operands' numbers any more.

>>> from autograd.value import Value
>>> price, count = Value(100.0), Value(2.0)
>>> total = price * count
>>> price.data = 101.0
>>> [v.data for v in outdated(total)]
[200.0]
>>> total.forward()
>>> total.data, outdated(total)
(202.0, [])
"""

from __future__ import annotations

from autograd import ops, value
from autograd.errors import old_choice, renewed_inside
from autograd.recording import formula_text
from autograd.value import (
    HOLDS_CHOICE,
    IS_TERM,
    MADE_BY_RULE,
    Value,
    compute_anew,
    flags_of,
    kernel_agrees,
    members,
    number_of,
    set_method,
    value_at,
)

WHERE = ops.TABLE["where"].code


def forward(self: Value, *, freeze: bool = False) -> None:
    """Compute this Value's graph anew, in place, from what its leaves hold now: to the bit what building it anew would give.

    Until then a leaf that was changed changes nothing else: `backward` differentiates where the graph was computed, and
    pictures mark what is out of date. Every `grad` stays, of a pass at other numbers: `zero_grad()` and `backward()` follow.

    Raises what an operation raises at the new numbers; `TypeError` while a function is recorded, and for a graph that holds
    a choice by number, which is not made anew (the side that `where` took, what `detach` took, the shift of a `softmax`, what
    a rule of a derivative chose), unless `freeze` keeps it. No node has changed then. What Python decided by numbers (`if`,
    `max`, `.data`) and results under `no_grad` stay as they are.

    >>> price, count = Value(100.0), Value(2.0)
    >>> total = price * count
    >>> price.data += 1
    >>> total.forward()
    >>> total.data, total.partials
    (202.0, (2.0, 101.0))
    """
    if value.recorder() is not None:
        raise renewed_inside(formula_text(self))
    holder = compute_anew((self,), from_operands, freeze, WHERE)
    if holder is not None:
        raise old_choice(choice_of(holder), formula_text(holder))


def decided(*roots: Value) -> tuple[str, str] | None:
    """What in a graph was decided by numbers, and would not be decided anew at others: what was, and where; None if nothing."""
    for v in members(*roots):
        if v.op == "where" or flags_of(v) & (HOLDS_CHOICE | IS_TERM):
            return choice_of(v), formula_text(v)
    return None


def from_operands(v: Value, in_ieee: int = False) -> tuple[float, list[float]]:
    """The value of a computed Value as its operands give it now; and for each operand the partial, or the plain number."""
    entry, operands = v.entry, v.operands
    xs = [number_of(x) if type(x) is Value else x for x in operands]
    y = value_at(entry, operands, xs, in_ieee or flags_of(v) & MADE_BY_RULE)
    if entry.many:
        by = entry.local_many(xs, y)
    else:
        by = entry.locals[sum([1 << i for i, x in enumerate(operands) if type(x) is Value])](*xs, y)
    return y, [float(d) if type(x) is Value else x for x, d in zip(operands, by)]


def choice_of(v: Value) -> str:
    """What was decided by numbers in a Value that holds such a choice."""
    flags = flags_of(v)
    if flags & MADE_BY_RULE and flags & HOLDS_CHOICE:
        return "what a rule of a derivative chose by number"
    if flags & IS_TERM:
        return "a gradient times a partial as a plain product, one of which is 0 or infinite now"
    if v.op == "where":
        return "the side that where() took"
    return "the shift of a softmax, its largest operand" if v.op else "the number that detach() took"


# What is out of date.


def outdated(*roots: Value) -> list[Value]:
    """The Values of a graph, oldest first, that do not follow from their operands' numbers, or hang on such: call `forward`.

    Each is computed once more, without a change of anything. A leaf is never out of date.
    """
    found: dict[int, Value] = {}
    for v in members(*roots):
        if v.op and ((found and not found.keys().isdisjoint(map(id, v.parents))) or not in_date(v)):
            found[id(v)] = v
    return list(found.values())


def require_in_date(y: Value) -> None:
    """Raise `ValueError` for a graph that is out of date."""
    if outdated(y):
        message = "the graph is out of date, a leaf was changed: call forward() first"
        raise ValueError(message)


def in_date(v: Value) -> bool:
    """Whether a computed Value holds, to the bit, what its operands' numbers give."""
    agrees = kernel_agrees(v)
    if agrees >= 0:
        return bool(agrees)
    try:
        y, numbers = from_operands(v, in_ieee=True)
    except MemoryError:  # it says nothing about the numbers
        raise
    except Exception:  # noqa: BLE001  (whatever a user's function says to a number that it was not called with)
        return False
    mine = [number_of(v), *value.stored_partials(v)]
    theirs = [y, *[d for x, d in zip(v.operands, numbers, strict=True) if type(x) is Value]]
    return all(repr(a) == repr(b) for a, b in zip(mine, theirs, strict=True))


set_method("forward", forward)
