"""Long chains of nodes, freed one after the other where Python itself would free them inside each other.

When the last reference to a node goes, those to its operands go with it, and theirs within that: a chain of a million nodes would
need a stack a million deep. CPython defers what lies too deep. In a browser it measures another stack than the one that
overflows, and some 3,000 nodes end the whole runtime. There a node hands its operands over before it goes.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NESTED = sys.platform in {"emscripten", "wasi"}
"""Whether a long chain must be freed here, and not by the interpreter."""

waiting: list[tuple[Any, ...]] = []
freeing = False


def hand_over(v: Any) -> None:
    """Take a node's operands from it as it goes; the outermost call frees them, and what they hand over meanwhile.

    A node that the collector of cycles takes may still be seen by others that it takes: without operands it is refused.
    """
    global freeing
    if not getattr(v, "_operands", None):  # a leaf, or one that was never made
        return
    waiting.append(v._operands)
    del v._operands
    if not freeing:
        freeing = True
        try:
            while waiting:
                waiting.pop()
        finally:
            freeing = False
