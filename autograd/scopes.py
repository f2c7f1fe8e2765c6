"""Scopes where the engine is not compiled: what a node was made in, for pictures. In C they are in node.h."""

from __future__ import annotations

from _thread import _local as ThreadLocal  # noqa: N812  (threading.local, without its import)

from autograd._stand_in import at_once

THREAD = ThreadLocal()
"""Its `scope`, if it has one, is the innermost that this thread is in."""

scoped = 0
"""So many are open, in all threads."""


class Call:
    """A scope that was entered; when it is left the thread is in the one `below`."""

    __slots__ = ("below", "name", "outer")

    def __init__(self, outer: Call | None, name: str) -> None:
        self.outer = self.below = outer
        self.name = name


NO_SCOPE = None


def innermost() -> Call | None:
    """The scope that this thread is in."""
    return getattr(THREAD, "scope", NO_SCOPE)


def open_scope(outer: Call | None, name: str) -> Call:
    """A new scope inside another one, in which no thread is; in C it is held until it is closed."""
    return Call(outer, name)


def close_scope(_: Call) -> None:
    """Here nothing holds it but its nodes."""


def enter_scope(name: str) -> None:
    """Make a scope inside that which this thread is in, and go into it."""
    global scoped
    THREAD.scope = Call(innermost(), name)
    scoped += 1


def leave_scope(name: str) -> None:
    """Leave the innermost scope of this name; what was entered inside it and is not left goes on."""
    global scoped
    here = THREAD.scope
    if here is not None and here.name is name:
        THREAD.scope = here.below
        scoped -= 1
    elif here is not None:
        scoped -= _leave_inside(name, here)


def _leave_inside(name: str, here: Call) -> int:
    """Leave a scope that others were entered inside of: they go on. How many were left, one or none."""
    while here.below is not None and here.below.name is not name:
        here = here.below
    if here.below is None:
        return 0
    here.below = here.below.below
    return 1


at_once(leave_scope)


def outer_of(s: Call) -> Call | None:
    """The scope around a scope."""
    return s.outer


def name_of(s: Call) -> str:
    """The name of a scope."""
    return s.name
