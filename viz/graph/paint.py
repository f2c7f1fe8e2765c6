"""Boxes and wires whose places are known become one SVG."""

from __future__ import annotations

from viz.canvas import DASHES, FONTS, HEAD, Painter, px
from viz.shapes import ASIDE, BACK, LINE, SIZES, Box, Picture, Text, Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from viz.shapes import Look, Placement, Point

SAMPLES = 16
"""So many points of a wire are asked whether they stand on something."""
NEAR = 38.0
"""Boxes that stand closer than this and the gap between columns need no route for their wire, if nothing is between them."""

CAPTION = LINE + 2.0
"""From one line of the caption to the next."""
RADIUS = {"record": 3, "dot": 4, "leaf": 5, "group": 6}
"""How round the corners of each kind of box are."""


def paint(drawn: Picture, placed: Placement, look: Look, *, marked: bool = False, wires: bool = True) -> str:
    """The SVG of a picture. With `marked`, box 3 has ``data-box="3"``, wire 3 ``data-wire="3"`` and ``data-numbers="3"``.

    Without `wires` it is for whoever wants the texts alone.
    """
    painter = Painter(look, marked=marked, direction=drawn.direction)
    order = sorted(range(len(drawn.wires)), key=lambda i: _layer(drawn.wires[i]))  # those that stand out lie on top
    router = _Router(drawn, placed) if wires else None
    body = [_wire(painter, router, i) for i in order] if router else []
    body += [_box(painter, i, box, centre) for i, (box, centre) in enumerate(zip(drawn.boxes, placed.boxes, strict=True))]
    numbered = enumerate(zip(drawn.wires, placed.labels, strict=True))
    body += [_numbers(painter, i, wire, centre) for i, (wire, centre) in numbered if centre]
    size = placed.width, placed.height
    if drawn.remark:
        remark = Text(drawn.remark, "note")
        body.append(painter.text(remark, 0.0, placed.height + LINE, "start"))
        size = max(placed.width, remark.width), placed.height + LINE + 4.0
    written, below = _caption(painter, drawn.caption, size[1])
    size = max(size[0], below[0]), size[1] + below[1]
    body += written
    return painter.document(body, size, drawn.title, drawn.description, look.fonts(FONTS))


def _caption(painter: Painter, lines: Sequence[Sequence[Text]], y: float) -> tuple[list[str], Point]:
    """The lines below a picture that ends at `y`, and their size."""
    written, widest = [], 0.0
    for i, line in enumerate(lines):
        x = 0.0
        for text in line:
            written.append(painter.text(text, x, y + (i + 1) * CAPTION, "start"))
            x += text.width + CAPTION
        widest = max(widest, x - CAPTION)
    return written, (widest, len(lines) * CAPTION + 4.0 if lines else 0.0)


def _layer(wire: Wire) -> int:
    return 3 if wire.highlighted else {"faint": 0, "todo": 0, "": 1, "focus": 2}[wire.state]


def _box(painter: Painter, i: int, box: Box, centre: Point) -> str:
    paint_it = {"operation": _operation, "record": _record, "leaf": _leaf, "dot": _dot, "group": _group}.get(box.kind, _plain)
    if box.state in {"faint", "todo"}:
        painter = painter.faint if box.state == "faint" else painter.todo
    ring = _ring(painter, box, centre) if box.state == "focus" else ""
    return f"<g{painter.mark('box', i)}>{painter.tip(box.tooltip)}{paint_it(painter, box, centre)}{ring}</g>"


def _ring(painter: Painter, box: Box, centre: Point) -> str:
    """The outline of a box that stands out."""
    size = box.body if any(box.body) else (box.width, box.height)
    radius = min(size) / 2 if box.kind == "operation" else RADIUS[box.kind]
    return painter.rectangle("ring", centre, size, radius, ' fill="none" stroke-width="2.6"')


def _operation(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    parts = [painter.rectangle(box.tone or "body", centre, box.body, min(box.body) / 2)]
    parts.append(painter.text(box.texts[0], x, y + 0.36 * SIZES[box.texts[0].kind]))
    if painter.down:
        around = [text for text in (box.caption, box.note, *box.asides) if text]
        return "".join(parts) + _beside(painter, around, x + box.body[0] / 2, y)
    if box.caption:
        parts.append(painter.text(box.caption, x, y - box.body[1] / 2 - 4))
    below = [text for text in (box.note, *box.asides) if text]
    parts += [painter.text(text, x, y + box.body[1] / 2 + 12 + LINE * i) for i, text in enumerate(below)]
    return "".join(parts)


def _beside(painter: Painter, texts: Sequence[Text], x: float, y: float) -> str:
    """Lines on the right of something, about the height of its middle."""
    first = y - LINE * (len(texts) - 1) / 2 + 4.5
    return "".join(painter.text(text, x + ASIDE, first + LINE * i, "start") for i, text in enumerate(texts))


def _record(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre[0] - box.width / 2, centre[1]
    part = box.tone or ("body" if box.inputs else "leaf")
    parts = [painter.rectangle(part, centre, (box.width, box.height), RADIUS["record"])]
    for i, text in enumerate(box.texts):
        width = text.width + 16
        if i:
            parts.append(f'<path {painter.colours[part]} d="M{px(x)} {px(y - box.height / 2)}v{px(box.height)}"/>')
        parts.append(painter.text(text, x + width / 2, y + 4.5))
        x += width
    return "".join(parts)


def _leaf(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    first = y - LINE * (len(box.texts) - 1) / 2 + 4.5
    lines = [painter.text(text, x, first + LINE * i) for i, text in enumerate(box.texts)]
    return painter.rectangle(box.tone or "leaf", centre, (box.width, box.height), RADIUS["leaf"]) + "".join(lines)


def _group(painter: Painter, box: Box, centre: Point) -> str:
    """A pile of sheets: there is more beneath."""
    (x, y), size = centre, (box.width, box.height)
    part = box.tone or ("body" if box.inputs else "leaf")
    pile = [painter.rectangle(part, (x + 2.0 * k, y + 2.0 * k), size, RADIUS["group"]) for k in (2, 1, 0)]
    first = y - LINE * (len(box.texts) - 1) / 2 + 4.5
    return "".join(pile + [painter.text(text, x, first + LINE * i) for i, text in enumerate(box.texts)])


def _dot(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    dot = painter.rectangle(box.tone or "leaf", centre, box.body, RADIUS["dot"])
    if painter.down:
        return dot + _beside(painter, box.texts, x + box.body[0] / 2, y)
    return dot + "".join(painter.text(text, x, y + 18 + LINE * i) for i, text in enumerate(box.texts))


def _plain(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    return "".join(painter.text(text, x, y + 4) for text in box.texts)


def _numbers(painter: Painter, i: int, wire: Wire, centre: Point) -> str:
    x, y = centre
    if wire.state == "faint":
        painter = painter.faint
    told = _numbers_beside(painter, wire, x, y) if painter.down else _numbers_above_and_below(painter, wire, x, y)
    # An unseen box, so that the tooltip does not need the pointer on a letter.
    width, height = wire.width, wire.height
    room = f'<path d="M{px(x - width / 2)} {px(y - height / 2)}h{px(width)}v{px(height)}h-{px(width)}z" fill-opacity="0"/>'
    return f"<g{painter.mark('numbers', i)}>{painter.tip(wire.tooltip)}{room}{told}</g>"


def _numbers_above_and_below(painter: Painter, wire: Wire, x: float, y: float) -> str:
    told = painter.text(wire.above, x, y - 5) if wire.above else ""
    below = [text for text in (wire.below, wire.partial) if text]
    left = x - (sum(text.width for text in below) + ASIDE * (len(below) - 1)) / 2
    for text in below:
        told += painter.text(text, left + text.width / 2, y + 14 + BACK * wire.back)
        left += text.width + ASIDE
    return told + _way_back(painter, wire, (x - wire.width / 2, y + BACK), (wire.width, 0.0))


def _numbers_beside(painter: Painter, wire: Wire, x: float, y: float) -> str:
    told = painter.text(wire.above, x - ASIDE, y + 4.5, "end") if wire.above else ""
    told += _beside(painter, [text for text in (wire.below, wire.partial) if text], x + BACK * wire.back, y)
    return told + _way_back(painter, wire, (x + BACK, y - wire.height / 2), (0.0, wire.height))


def _way_back(painter: Painter, wire: Wire, tip: Point, length: Point) -> str:
    """An arrow to the left, or upwards, if the gradient has gone that way."""
    if not wire.back or wire.awaited:
        return ""
    (x, y), (dx, dy) = tip, length
    line = f"M{px(x + dx)} {px(y + dy)}L{px(x + (HEAD - 1) * bool(dx))} {px(y + (HEAD - 1) * bool(dy))}"
    head = f"l{px(HEAD)} -3.6v7.2z" if dx else f"l-3.6 {px(HEAD)}h7.2z"
    arrow = f'<path {painter.colours["back"]} d="{line}" fill="none" stroke-width="1.6"/>'
    return f'{arrow}<path {painter.colours["back-head"]} d="M{px(x)} {px(y)}{head}"/>'


class _Router:
    """Leads wires through one picture, as if they ran to the right; where they run down, the axes change places."""

    def __init__(self, drawn: Picture, placed: Placement) -> None:
        self.drawn, self.placed, self.down = drawn, placed, drawn.direction == "TB"
        self.to, self.step = "VH" if self.down else "HV", "h" if self.down else "v"
        self.taken = [self.corners(at, self.size(box)) for at, box in zip(placed.boxes, drawn.boxes, strict=True)]
        self.taken += [self.corners(at, self.size(wire)) for at, wire in zip(placed.labels, drawn.wires, strict=True) if at]

    def turned(self, point: Point) -> Point:
        return point[::-1] if self.down else point

    def size(self, thing: Box | Wire) -> Point:
        return self.turned((thing.width, thing.height))

    def corners(self, centre: Point, size: Point) -> tuple[Point, Point]:
        (x, y), (length, breadth) = self.turned(centre), size
        return (x - length / 2, y - breadth / 2), (x + length / 2, y + breadth / 2)

    def path(self, i: int) -> tuple[str, Point]:
        """A path from the tail's side through the numbers' room to the arrow head, and the tip of that."""
        wire = self.drawn.wires[i]
        tail, head = self.drawn.boxes[wire.tail], self.drawn.boxes[wire.head]
        (tail_x, tail_y), (head_x, head_y) = (self.turned(self.placed.boxes[end]) for end in (wire.tail, wire.head))
        tail_body, head_body = (self.turned(box.body) if any(box.body) else self.size(box) for box in (tail, head))
        y = head_y + (head_body[1] * ((wire.port + 0.5) / head.inputs - 0.5) if head.inputs else 0.0)
        tip = head_x - (_reach(head_body, y - head_y) if head.kind == "operation" else head_body[0] / 2)
        start = (tail_x + self.size(tail)[0] / 2, tail_y)
        end = (min(head_x - self.size(head)[0] / 2, tip - HEAD), y)
        path = f"M{self.points((tail_x + tail_body[0] / 2, tail_y))}{self.to[0]}{px(start[0])}"
        first, second = self.placed.routes[i]
        if label := self.placed.labels[i]:
            (x, across), room = self.turned(label), self.size(wire)[0]
            path += self.curve(start, (x - room / 2, across), first) + f"{self.to[0]}{px(x + room / 2)}"
            path += self.curve((x + room / 2, across), end, second)
        else:
            path += self.curve(start, end, first)
        return path + f"{self.to[0]}{px(tip - HEAD + 1)}", (tip, y)

    def curve(self, start: Point, end: Point, route: Sequence[Point]) -> str:
        """Cubic curves that leave and arrive along the direction: on the route unless the way is short and free."""
        if len(route) < 4 or (end[0] - start[0] < self.placed.gap + NEAR and self.free(start, end)):
            half = max((end[0] - start[0]) / 2, 8.0)
            return self.cubic((start[0] + half, start[1]), (end[0] - half, end[1]), end)
        points = [start, *map(self.turned, route[1:-1]), end]
        points[1] = (max(points[1][0], start[0] + 8), start[1])
        points[-2] = (min(points[-2][0], end[0] - 8), end[1])
        return "".join(self.cubic(*points[k : k + 3]) for k in range(1, len(points) - 2, 3))

    def free(self, start: Point, end: Point) -> bool:
        """Whether the short way between two points meets nothing."""
        (x0, y0), (x1, y1) = start, end
        low, high = sorted((y0, y1))
        near = [(a, b) for a, b in self.taken if a[0] < x1 and b[0] > x0 and a[1] < high and b[1] > low]
        for k in range(1, SAMPLES) if near else ():
            t = k / SAMPLES
            x, y = x0 + (x1 - x0) * t * (1.5 - 1.5 * t + t * t), y0 + (y1 - y0) * t * t * (3 - 2 * t)
            if any(a[0] < x < b[0] and a[1] < y < b[1] for a, b in near):
                return False
        return True

    def cubic(self, *points: Point) -> str:
        return "C" + self.points(*points)

    def points(self, *points: Point) -> str:
        return " ".join(f"{px(x)} {px(y)}" for x, y in map(self.turned, points))


def _wire(painter: Painter, router: _Router, i: int) -> str:
    """One path and its arrow head."""
    wire = router.drawn.wires[i]
    path, tip = router.path(i)
    stress = "lit" if wire.highlighted else wire.tone or ("near" if wire.state == "focus" else "wire")
    width = 3.2 if wire.highlighted else wire.thickness if wire.tone or not wire.quiet else 1
    if wire.state in {"faint", "todo"} and not wire.highlighted:
        painter, width = painter.faint, 1
    elif wire.state == "focus":
        width = max(width, 2.2)
    dashes = DASHES if wire.state == "todo" else ""
    half = max(3.2, width / 2 + 2.4)
    corner = router.turned((-HEAD, -half))
    arrow = f"M{router.points(tip)}l{px(corner[0])} {px(corner[1])}{router.step}{px(2 * half)}z"
    mark = painter.mark("wire", i)
    line = f'<path {painter.colours[stress]}{mark} d="{path}" fill="none" stroke-width="{width}"{dashes}/>'
    return f'{line}<path {painter.colours["head" if stress == "wire" else f"{stress}-head"]}{mark} d="{arrow}"/>'


def _reach(body: Point, dy: float) -> float:
    """From the middle of a circle, or of a box with round ends, to its side, `dy` across."""
    width, height = body
    radius = min(width, height) / 2
    beyond = max(0.0, abs(dy) - (height / 2 - radius))
    return float(width / 2 - radius + (radius * radius - beyond * beyond) ** 0.5)
