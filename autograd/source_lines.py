"""In which line of a program a node was made, while lines are kept.

>>> from autograd import Value, exp
>>> with lines():
...     x = Value(2.0)
...     y = exp(x) * x
>>> line_of(y)
('<doctest autograd.source_lines[1]>', 3)
>>> line_of(exp(x)) is None  # made outside
True

The engine knows nothing of it. Python tells of each line that begins (`sys.settrace`), and a leaf is made there as a mark:
nodes keep the order of creation, so a node belongs to the last mark before it. Not entered, this costs nothing.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident

from autograd.value import Value, creation, leaf, made_before

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Self

    Place = tuple[str, int]
    Trace = Callable[[FrameType, str, Any], Any]

ROOT = __file__.replace("\\", "/").rpartition("/autograd/")[0]
OURS = tuple(f"{ROOT}/{package}/" for package in ("autograd", "nn", "viz", "chainrule"))
LIBRARY = (sys.modules["os"].__file__ or "").replace("\\", "/").rpartition("/")[0] + "/"
INSTALLED = ("/site-packages/", "/dist-packages/")

users: dict[str, bool] = {}
"""Of each file whether its lines are the user's: it is none of this package's, and none of Python's own library."""


class Marks:
    """Leaves in the order of creation, each with the place in the program that nodes were made at from then on; None if open."""

    def __init__(self) -> None:
        self.leaves: list[Value] = []
        self.places: list[Place | None] = []
        self.lock = allocate_lock()
        self.thread = 0  # that came here last
        self.threads: set[int] = set()
        self.entered = 0

    def enter(self) -> None:
        """One context more; the first begins anew."""
        with self.lock:
            if not self.entered:
                self.leaves, self.places, self.threads, self.thread = [], [], set(), 0
            self.entered += 1

    def leave(self) -> None:
        """One less."""
        with self.lock:
            self.entered -= 1

    def add(self, place: Place | None) -> None:
        """From now on this thread makes nodes at that place.

        What was made since the last mark is open if that was another thread's and this one was on its way already: the
        interpreter went over from one to the other somewhere between.
        """
        me = get_ident()
        switched, self.thread = self.thread != me, me  # before the lock, on which it may wait
        with self.lock:
            mark, leaves, places = leaf(0.0), self.leaves, self.places
            nothing = leaves and creation(mark) - creation(leaves[-1]) <= 1  # has been made since
            if leaves and not nothing and switched and me in self.threads:
                places[-1] = None
            if nothing:
                leaves[-1], places[-1] = mark, place
            elif not places or places[-1] != place:
                leaves.append(mark)
                places.append(place)
            if switched:
                self.threads.add(me)

    def place_of(self, v: Value) -> Place | None:
        """That of the last mark before a node."""
        with self.lock:
            low, high = 0, len(self.leaves)
            while low < high:
                middle = (low + high) // 2
                if made_before(self.leaves[middle], v):
                    low = middle + 1
                else:
                    high = middle
            return self.places[low - 1] if low else None


marks = Marks()


class lines:  # noqa: N801  (as no_grad)
    """``with lines():`` keep the line in which each node is made: `line_of` and `blame` tell it.

    A line is a file and a number: of the innermost function that is neither of this package nor of Python's library; of an
    expression over several lines that in which the operation's left operand begins. What is kept lives until the next
    ``with lines():``. Threads that are started inside are followed too: of nodes around which the interpreter is seen to go from
    one to the other no line is told, but a line that twice waits for another thread in its midst may be taken for that one's.
    A thread that runs already enters it by itself, or its nodes are taken for others'.

    A line that is executed takes 0.9 us more (compiled engine); one that makes nodes, if it is another than the last, 180 bytes.
    A debugger, or what else has `sys.settrace`, sees nothing of what runs inside, and is there again after it.
    """

    def __init__(self) -> None:
        self.before: list[tuple[Trace | None, Trace | None, list[tuple[FrameType, Trace | None]]]] = []

    def __enter__(self) -> Self:
        import threading

        here = sys._getframe(1)
        frames, frame = [], here
        while frame is not None:
            if _is_users(frame):
                frames.append((frame, frame.f_trace))
            frame = frame.f_back  # type: ignore[assignment]
        self.before.append((sys.gettrace(), threading.gettrace(), frames))
        marks.enter()
        marks.add(_place(here))
        for each, _ in frames:
            each.f_trace = _inside
        threading.settrace(_called)
        sys.settrace(_called)
        return self

    def __exit__(self, *_: object) -> None:
        import threading

        mine, of_threads, frames = self.before.pop()
        sys.settrace(mine)
        threading.settrace(of_threads)
        for frame, trace in frames:
            frame.f_trace = trace
        marks.add(None)
        marks.leave()


def line_of(v: Value) -> tuple[str, int] | None:
    """File and line in which a Value was made; None if it was made while no lines were kept, or before the last `lines` began.

    Raises `TypeError` for what is no Value.
    """
    if not isinstance(v, Value):
        message = f"line_of: a Value belongs here, not {v!r:.80}"
        raise TypeError(message)
    return marks.place_of(v)


def _called(frame: FrameType, _: str, __: Any) -> Trace | None:
    """What Python asks when a function begins, or a generator goes on."""
    if not marks.entered:  # a thread that goes on after all contexts were left
        sys.settrace(None)
        return None
    if not _is_users(frame):
        return None
    marks.add((frame.f_code.co_filename, frame.f_lineno))
    return _inside


def _inside(frame: FrameType, event: str, _: Any) -> Trace | None:
    """What Python asks in a user's function: at each line, and when it returns to the middle of another."""
    if not marks.entered:
        return None
    if event == "line":
        marks.add((frame.f_code.co_filename, frame.f_lineno))
    elif event == "return":
        marks.add(_place(frame.f_back))
    return _inside


def _place(frame: FrameType | None) -> Place | None:
    """Where the innermost of a user's functions is now."""
    while frame is not None and not _is_users(frame):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def _is_users(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    known = users.get(name)
    if known is None:
        path = name.replace("\\", "/")
        library = path.startswith(LIBRARY) and not any(part in path for part in INSTALLED)
        known = users[name] = not (library or path.startswith((*OURS, "<frozen ", "<formula>")))
    return known
