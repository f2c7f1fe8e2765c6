"""What a context has of its own, uncompiled: the mode that it is in, and the scopes that it entered. In C this is contexts.h.

A context is that of `contextvars`: a thread's, or a task's, which inherits it as it is when the task is made.
"""

from __future__ import annotations

from _contextvars import ContextVar

from autograd._stand_in import at_once
from autograd.threads import FREE_THREADED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Entered: TypeAlias = "tuple[Call, Entered] | None"  # scopes: the innermost, and those that were entered before

unrecorded = 0
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


def to_enter() -> list[Any]:
    """The state of this context, to be changed: no other one has it. CPython may set a variable, and lack memory to say so."""
    state: list[Any] = HERE.now[:]
    HERE << state
    return state


def to_leave() -> list[Any]:
    """The same; without memory who has inherited the state leaves too: else it would stay on for good."""
    try:
        return to_enter()
    except MemoryError:
        shared: list[Any] = HERE.now
        return shared


# Modes. What they are is in value.py.


def mode_here() -> Any:
    """The mode that this context has entered; None if there is none."""
    return HERE.now[0]


def records() -> bool:
    """Whether this context's results remember how they were made."""
    return unrecorded == 0 or HERE.now[0] is None or HERE.now[0].recording


def count_unrecorded(n: int) -> None:
    """So many more modes live in which nothing is recorded."""
    global unrecorded
    unrecorded += n


def stay_counted(mode_type: type) -> None:
    """Where threads run at the same time, let each mode count for good: of a sum that several change at once some are lost."""
    if FREE_THREADED:
        del mode_type.__del__  # type: ignore[attr-defined]


def go_into(mode: Any, _recording: bool) -> None:
    """Put this context into a mode, or raise `MemoryError` before anything has changed."""
    to_enter()[0] = mode


def go_back(mode: Any, _recording: bool) -> None:
    """Put it into one that it was in before; it never fails."""
    to_leave()[0] = mode


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
    entered = Call(innermost(), name), HERE.now[1]
    to_enter()[1] = entered


def leave_scope(name: str) -> None:
    """Leave the innermost scope of this name; what was entered inside it and is not left goes on."""
    entered = HERE.now[1]
    if entered is not None:
        to_leave()[1] = entered[1] if entered[0].name is name else _without(name, entered)


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


for each in (to_enter, to_leave, mode_here, count_unrecorded, go_back, leave_scope):
    at_once(each)


def outer_of(s: Call) -> Call | None:
    """The scope around a scope."""
    return s.outer


def name_of(s: Call) -> str:
    """The name of a scope."""
    return s.name
