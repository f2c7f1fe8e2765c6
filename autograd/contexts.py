"""What a context has of its own, uncompiled: the mode that it is in, and the scopes that it entered. In C this is contexts.h.

A context is that of `contextvars`: a thread's, or a task's, which inherits it as it is when the task is made.
"""

from __future__ import annotations

from _contextvars import ContextVar

from autograd._stand_in import at_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Entered: TypeAlias = "tuple[Call, Entered] | None"  # scopes: the innermost, and those that were entered before

lively = 0
"""So many modes in which nothing is recorded are entered in any context that lives."""

scoped = False
"""Whether any scope was ever entered."""

VARIABLE: ContextVar[list[Any]] = ContextVar("chainrule")


class State(list):  # type: ignore[type-arg]
    """What is read and set by operators: after a call, but not after an operator, CPython looks for Ctrl-C, which here would come
    between the beginning and the end.
    """  # noqa: D205

    now = property(VARIABLE.get)  # the object itself is the default
    __lshift__ = VARIABLE.set


HERE = State([None, None])
"""``HERE.now`` is the mode and the scopes of the context that we are in."""


def put(mode: Any, entered: Entered) -> None:
    """Leave something. Without memory who has inherited it leaves it too: else it would stay on for good."""
    before = HERE.now
    try:
        HERE << [mode, entered]
    except MemoryError:
        before[0], before[1] = mode, entered


# Modes. What they are is in value.py.


def mode_here() -> Any:
    """The mode that this context has entered; None if there is none."""
    return HERE.now[0]


def records() -> bool:
    """Whether this context's results remember how they were made."""
    return lively == 0 or HERE.now[0] is None or HERE.now[0].recording


def count_unrecorded(n: int) -> None:
    """So many more modes live in which nothing is recorded."""
    global lively
    lively += n


def go_into(mode: Any, _recording: bool) -> None:
    """Put this context into a mode, or raise `MemoryError` before anything has changed."""
    HERE << [mode, HERE.now[1]]


def go_back(mode: Any, _recording: bool) -> None:
    """Put it into one that it was in before; it never fails."""
    put(mode, HERE.now[1])


# Scopes: what a node was made in, for pictures.


class Call:
    """A scope that was entered, inside the one `outer`."""

    __slots__ = ("name", "outer")

    def __init__(self, outer: Call | None, name: str) -> None:
        self.outer = outer
        self.name = name


NO_SCOPE = None


def innermost() -> Call | None:
    """The scope that this context is in."""
    entered: Entered = HERE.now[1]
    return NO_SCOPE if entered is None else entered[0]


def open_scope(outer: Call | None, name: str) -> Call:
    """A new scope inside another one, which nobody has entered; in C it is held until it is closed."""
    return Call(outer, name)


def close_scope(_: Call) -> None:
    """Here nothing holds it but its nodes."""


def enter_scope(name: str) -> None:
    """Make a scope inside that which this context is in, and go into it."""
    global scoped
    scoped = True
    mode, entered = HERE.now
    call = Call(NO_SCOPE if entered is None else entered[0], name)
    HERE << [mode, (call, entered)]


def leave_scope(name: str) -> None:
    """Leave the innermost scope of this name; what was entered inside it and is not left goes on."""
    mode, entered = HERE.now
    if entered is not None:
        put(mode, entered[1] if entered[0].name is name else _without(name, entered))


def _without(name: str, entered: Entered) -> Entered:
    """The same scopes without the innermost of this name."""
    inner, rest = [], entered
    while rest is not None and rest[0].name is not name:
        inner.append(rest[0])
        rest = rest[1]
    if rest is None:
        return entered
    rest = rest[1]
    for call in reversed(inner):
        rest = (call, rest)
    return rest


for each in (put, mode_here, count_unrecorded, go_back, leave_scope):
    at_once(each)


def outer_of(s: Call) -> Call | None:
    """The scope around a scope."""
    return s.outer


def name_of(s: Call) -> str:
    """The name of a scope."""
    return s.name
