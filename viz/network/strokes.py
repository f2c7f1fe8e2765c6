"""How the wires of a network are drawn: strokes, arrows, arcs around layers, what runs forward and back between two of them."""

from __future__ import annotations

import math

from viz.canvas import HEAD, px

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from viz.canvas import Painter
    from viz.network.columns import Column
    from viz.shapes import Point, Text

THINNEST, THICKEST = 0.4, 4.6
CROWD, CROWDED = 40, 2.0
"""More wires than this are thinner; of so many times more the weak ones are fainter, and unbroken."""


def stroke(painter: Painter, part: str, share: float, crowd: float) -> str:
    """The attributes of a wire: the wider and the denser, the greater its weight; broken where that is negative.

    `crowd` is how many times `CROWD` wires there are.
    """
    thickest = max(1.8, THICKEST / math.sqrt(crowd))
    width = f'stroke-width="{THINNEST + (thickest - THINNEST) * share:.2f}"'
    opacity = f'stroke-opacity="{0.3 + 0.7 * share if crowd < CROWDED else 0.06 + 0.94 * share**1.5:.2f}"'
    dashes = ' stroke-dasharray="7 3"' if part == "minus" and (crowd < CROWDED or share > 0.5) else ""
    return f"{painter.colours[part]} {width} {opacity}{dashes}"


def way(start: Point, end: Point) -> str:
    """A straight line."""
    return f"M{px(start[0])} {px(start[1])}L{px(end[0])} {px(end[1])}"


def way_to_loss(painter: Painter, start: Point, bend: float, tip: Point) -> str:
    """A wire that is straight as far as its number reaches, and an arrow from there."""
    line = f'<path {painter.colours["wire"]} stroke-width="1.6" d="M{px(start[0])} {px(start[1])}H{px(bend)}"/>'
    return line + arrow(painter, (bend, start[1]), tip)


def arrow(painter: Painter, start: Point, tip: Point) -> str:
    """An arrow that carries more than one number."""
    (x0, y0), (x1, y1) = start, tip
    bend = f"C{px((x0 + x1) / 2)} {px(y0)} {px((x0 + x1) / 2)} {px(y1)} {px(x1 - HEAD + 1)} {px(y1)}"
    line = f'<path {painter.colours["wire"]} fill="none" stroke-width="1.6" d="M{px(x0)} {px(y0)}{bend}"/>'
    return f'{line}<path {painter.colours["head"]} d="M{px(x1)} {px(y1)}l{px(-HEAD)} -3.8v7.6z"/>'


def fan(painter: Painter, ends: Sequence[Point], knot: Point) -> str:
    """Wires that meet in a point."""
    d = "".join(
        f"M{px(x)} {px(y)}C{px((x + knot[0]) / 2)} {px(y)} {px((x + knot[0]) / 2)} {px(knot[1])} {px(knot[0])} {px(knot[1])}"
        for x, y in ends
    )
    return f'<path {painter.colours["wire"]} fill="none" stroke-width="0.6" d="{d}"/>'


def joint(painter: Painter, ends: tuple[Point, Point], above: Text | None, below: Text | None) -> Iterator[str]:
    """What runs from one layer to the next, and below it what comes back."""
    (x0, y0), (x1, y1) = ends
    apart = 5.0 if below else 0.0
    yield arrow(painter, (x0, y0 - apart), (x1 - 3, y1 - apart))
    if above:
        yield painter.text(above, (x0 + x1) / 2, y0 - apart - 8)
    if below:
        tip, y = x0 + 3, y0 + apart
        yield f'<path {painter.colours["back"]} stroke-width="1.6" d="M{px(x1)} {px(y)}H{px(tip + HEAD - 1)}"/>'
        yield f'<path {painter.colours["back-head"]} d="M{px(tip)} {px(y)}l{px(HEAD)} -3.8v7.6z"/>'
        yield painter.text(below, (x0 + x1) / 2, y + 18)


def arc_between(painter: Painter, tail: Column, head: Column, y: float) -> str:
    """A skip connection that runs at the height `y`, with an arrow head at the sum."""
    x0, x1 = tail.middle + 4, head.middle - 4
    end = head.crown - HEAD
    d = f"M{px(x0)} {px(tail.crown)}V{px(y + 8)}Q{px(x0)} {px(y)} {px(x0 + 8)} {px(y)}H{px(x1 - 8)}"
    d += f"Q{px(x1)} {px(y)} {px(x1)} {px(y + 8)}V{px(end)}"
    point = f"M{px(x1)} {px(head.crown)}l-3.4 {px(-HEAD)}h6.8z"
    line = f'<path {painter.colours["wire"]} fill="none" stroke-width="1.6" d="{d}"/>'
    return f'{line}<path {painter.colours["head"]} d="{point}"/>'
