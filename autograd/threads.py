"""What threads share: on a free-threaded Python the engine runs uncompiled, and is right in all of them at once.

- Nodes are numbered by `itertools.count`, of which no number is given twice, with a lock or without.
- A sweep, and what computes a graph anew, has a lock for all graphs: they may share nodes (node.py).
- Modes that were entered stay counted (contexts.py), for a sum that several threads change at once loses some.
- An operation of one's own is registered under a lock (registry.py).
- What `Program.prepared` returns is one thread's, and refuses others here.

On any other Python one thread runs at a time, and where it is compiled a sweep is one step of it.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock

from autograd.errors import running_elsewhere

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FREE_THREADED = "free-threading" in sys.version
"""Whether threads may run Python at the same time."""


def for_one_thread(run: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose results lie in buffers that are kept; `RuntimeError` for who calls it while it runs."""
    busy = allocate_lock()

    def alone(*x: Any) -> Any:
        if not busy.acquire(blocking=False):
            raise running_elsewhere()
        try:
            return run(*x)
        finally:
            busy.release()

    return alone
