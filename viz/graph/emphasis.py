"""What stands out in a picture: wires by their gradients, wires that somebody names, one Value among all."""

from __future__ import annotations

import math

from viz.shapes import THIN, WIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograd.value import Value
    from viz.shapes import Picture, Wire

BESIDE = ("constant", "more", "end", "record")
"""Boxes that tell what is on a wire: they are in focus with it."""


def warm(wires: Iterable[Wire]) -> None:
    """Colour wires by the sign of their gradients, and widen them by magnitude, over three decades below the largest."""
    through = [(wire, abs(wire.gradient)) for wire in wires if wire.gradient and math.isfinite(wire.gradient)]
    largest = max((size for _, size in through), default=0.0)
    for wire, size in through:
        share = max(0.0, 1.0 + math.log10(size / largest) / 3.0) if size / largest > 0 else 0.0
        wire.thickness = round(THIN + (WIDE - THIN) * share, 2)
        wire.tone = "" if wire.mixed else "plus" if (wire.gradient or 0.0) > 0 else "minus"


def light(drawn: Picture, lit: set[tuple[int, int]]) -> None:
    """Mark the wires of these pairs of a Value, by identity, and the place of its operand; and those from it to an end."""
    heads = {v for v, _ in lit}
    for wire in drawn.wires:
        links = {(id(v), i) for v, i in wire.links}
        wire.highlighted = bool(links & lit) if links else any(id(v) in heads for v in drawn.boxes[wire.tail].values)


def focus_on(drawn: Picture, v: Value) -> None:
    """Put the boxes of one Value in focus, with their wires in and out; all else becomes faint. `ValueError` if it has no box."""
    those = {i for i, box in enumerate(drawn.boxes) if any(each is v for each in box.values)}
    if not those:
        message = "focus: the Value is not drawn, but left out with others: max_boxes=None draws all"
        raise ValueError(message)
    near = set()
    for wire in drawn.wires:
        wire.state = "focus" if {wire.tail, wire.head} & those else "faint"
        if wire.state == "focus":
            near |= {i for i in (wire.tail, wire.head) if drawn.boxes[i].kind in BESIDE}
    for i, box in enumerate(drawn.boxes):
        box.state = "focus" if i in those else "" if i in near else "faint"
