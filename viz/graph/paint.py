"""The painter: boxes and wires whose places are known become one SVG.

The SVG holds no script, no link and no CSS variable. Every colour stands on its element, for programs that know no style
sheets; with ``theme="auto"`` a style sheet of its own, bound to the picture's id, repaints it where the reader prefers dark.
The id is a hash of the content, so equal graphs give equal bytes, and different pictures on one page never meddle.
"""

from __future__ import annotations

from hashlib import sha256
from html import escape

from viz.graph.draft import ASIDE, LINE, SIZES, Box, Picture, Text, Wire
from viz.words import columns, measured, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from viz.graph.layout import Placement, Point

THEMES = ("auto", "light", "dark")
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
JAPANESE = "'Noto Sans CJK JP', 'Noto Sans JP', 'Hiragino Sans', 'Yu Gothic', Meiryo, sans-serif"
"""Named on the texts that need them: not every program looks further than the first font that it has."""
FIXED = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK JP', monospace"
MARGIN = 14.0
SAMPLES = 16
"""So many points of a wire are asked whether they stand on something."""
HEAD = 7.0
"""The length of an arrow head."""
NEAR = 38.0
"""Boxes that stand closer than this and the gap between columns need no route for their wire, if nothing is between them."""

#            part      attribute  light      dark
PALETTE = [("paper",  "fill",   "#ffffff", "#0d1117"),
           ("leaf",   "fill",   "#eaf3fc", "#14283d"),
           ("leaf",   "stroke", "#4a7db0", "#5d93c9"),
           ("body",   "fill",   "#f4f5f7", "#1c222b"),
           ("body",   "stroke", "#6b7480", "#8b949e"),
           ("wire",   "stroke", "#7f8893", "#79828d"),
           ("head",   "fill",   "#7f8893", "#79828d"),
           ("plus",   "stroke", "#0b5cad", "#79b8ff"),
           ("plus-head", "fill", "#0b5cad", "#79b8ff"),
           ("minus",  "stroke", "#b54000", "#ffa657"),
           ("minus-head", "fill", "#b54000", "#ffa657"),
           ("lit",    "stroke", "#1a7f37", "#3fb950"),
           ("lit-head", "fill", "#1a7f37", "#3fb950"),
           ("name",   "fill",   "#1f2328", "#e6edf3"),
           ("symbol", "fill",   "#1f2328", "#e6edf3"),
           ("value",  "fill",   "#1f2328", "#e6edf3"),
           ("grad",   "fill",   "#7232b8", "#cfa6ff"),
           ("constant", "fill", "#59636e", "#9aa4af"),
           ("note",   "fill",   "#59636e", "#9aa4af"),
           ("alarm",  "fill",   "#c7162b", "#ff7b72"),
           ("alarm-wire", "stroke", "#c7162b", "#ff7b72")]  # fmt: skip


class Painter:
    """Writes elements in the colours of one theme.

    With `marked`, boxes, wires and numbers say what they are and which, and leave colours and tips to the page that they are in.
    """

    def __init__(self, theme: str, *, marked: bool = False, direction: str = "LR") -> None:
        if theme not in THEMES:
            message = f"there is no theme {theme!r}; the themes are {', '.join(THEMES)}"
            raise ValueError(message)
        self.theme, self.marked, self.down = theme, marked, direction == "TB"
        self.colours: dict[str, str] = {}
        for part, attribute, light, dark in PALETTE:
            before = self.colours.get(part, f'class="{part}"')
            colour = f' {attribute}="{dark if theme == "dark" else light}"'
            self.colours[part] = before + ("" if marked else colour)

    def mark(self, what: str, which: object) -> str:
        """An attribute by which a program finds an element."""
        return f' data-{what}="{which}"' if self.marked else ""

    def tip(self, lines: str) -> str:
        """What is told on hover; where a program finds the elements, it is the program that tells."""
        told = escape("\n".join(map(printable, lines.split("\n"))))
        return "" if self.marked else f"<title>{told}</title>"

    def text(self, text: Text, x: float, y: float, anchor: str = "middle") -> str:
        """A text whose baseline is `y`."""
        held = "" if measured(text.content) else f' textLength="{text.width:.0f}" lengthAdjust="spacingAndGlyphs"'
        place = f'x="{_n(x)}" y="{_n(y)}" font-size="{SIZES[text.kind]:.0f}"{held}'
        aligned = "" if anchor == "middle" else f' text-anchor="{anchor}"'
        font = f' font-family="{JAPANESE}"' if columns(text.content) > len(text.content) else ""
        look = self.colours["alarm" if text.alarm else text.kind] + self.mark("text", text.kind)
        return f"<text {look} {place}{aligned}{font}>{escape(text.content)}</text>"

    def rectangle(self, part: str, centre: Point, size: Point, radius: float) -> str:
        """A box with round corners."""
        (x, y), (width, height) = centre, size
        place = f'x="{_n(x - width / 2)}" y="{_n(y - height / 2)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"'
        return f"<rect {self.colours[part]} {place}/>"

    def document(self, body: Sequence[str], size: Point, title: str, description: str, font: str) -> str:
        """The whole SVG."""
        width, height = size[0] + 2 * MARGIN, size[1] + 2 * MARGIN
        inner = "\n".join(
            [
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(description)}</desc>",
                f'<rect {self.colours["paper"]} width="{_n(width)}" height="{_n(height)}" rx="6"/>',
                f'<g transform="translate({_n(MARGIN)} {_n(MARGIN)})" font-family="{font}" text-anchor="middle">',
                *body,
                "</g>",
            ]
        )
        ident = "chainrule-" + sha256((self.theme + inner).encode()).hexdigest()[:12]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{ident}" role="img" width="{_n(width)}" height="{_n(height)}" '
            f'viewBox="0 0 {_n(width)} {_n(height)}">\n{self.style(ident, inner)}{inner}\n</svg>\n'
        )

    def style(self, ident: str, inner: str) -> str:
        """The dark colours of what the picture holds, where the reader's system says so."""
        if self.theme != "auto":
            return ""
        held = [row for row in PALETTE if f'class="{row[0]}"' in inner]
        rules = "".join(f"#{ident} .{part}{{{attribute}:{dark}}}" for part, attribute, _, dark in held)
        return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n"


def paint(drawn: Picture, placed: Placement, theme: str = "auto", *, marked: bool = False) -> str:
    """The SVG of a picture. With `marked`, box 3 has ``data-box="3"``, wire 3 ``data-wire="3"`` and ``data-numbers="3"``."""
    painter = Painter(theme, marked=marked, direction=drawn.direction)
    order = sorted(range(len(drawn.wires)), key=lambda i: drawn.wires[i].highlighted)  # those that stand out lie on top
    router = _Router(drawn, placed)
    body = [_wire(painter, router, i) for i in order]
    body += [_box(painter, i, box, centre) for i, (box, centre) in enumerate(zip(drawn.boxes, placed.boxes, strict=True))]
    numbered = enumerate(zip(drawn.wires, placed.labels, strict=True))
    body += [_numbers(painter, i, wire, centre) for i, (wire, centre) in numbered if centre]
    size = placed.width, placed.height
    if drawn.remark:
        remark = Text(drawn.remark, "note")
        body.append(painter.text(remark, 0.0, placed.height + LINE, "start"))
        size = max(placed.width, remark.width), placed.height + LINE + 4.0
    return painter.document(body, size, drawn.title, drawn.description, FONTS)


def paint_lines(lines: Sequence[str], title: str, theme: str = "auto") -> str:
    """The SVG of a text, line by line: what stands where a picture could not be drawn."""
    painter = Painter(theme)
    body = [
        f'<text xml:space="preserve" {painter.colours["name"]} x="0" y="{_n(LINE * i + 12)}" font-size="12" '
        f'text-anchor="start">{escape(printable(line))}</text>'
        for i, line in enumerate(lines)
    ]
    width = max((7.5 * columns(line) for line in lines), default=0.0)
    return painter.document(body, (width, LINE * len(lines)), title, "\n".join(map(printable, lines)), FIXED)


def _box(painter: Painter, i: int, box: Box, centre: Point) -> str:
    paint_it = {"operation": _operation, "record": _record, "leaf": _leaf, "dot": _dot, "group": _group}.get(box.kind, _plain)
    return f"<g{painter.mark('box', i)}>{painter.tip(box.tooltip)}{paint_it(painter, box, centre)}</g>"


def _operation(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    parts = [painter.rectangle("body", centre, box.body, min(box.body) / 2)]
    parts.append(painter.text(box.texts[0], x, y + 0.36 * SIZES[box.texts[0].kind]))
    if painter.down:
        return "".join(parts) + _beside(painter, [text for text in (box.caption, box.note) if text], x + box.body[0] / 2, y)
    if box.caption:
        parts.append(painter.text(box.caption, x, y - box.body[1] / 2 - 4))
    if box.note:
        parts.append(painter.text(box.note, x, y + box.body[1] / 2 + 12))
    return "".join(parts)


def _beside(painter: Painter, texts: Sequence[Text], x: float, y: float) -> str:
    """Lines on the right of something, about the height of its middle."""
    first = y - LINE * (len(texts) - 1) / 2 + 4.5
    return "".join(painter.text(text, x + ASIDE, first + LINE * i, "start") for i, text in enumerate(texts))


def _record(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre[0] - box.width / 2, centre[1]
    part = "body" if box.inputs else "leaf"
    parts = [painter.rectangle(part, centre, (box.width, box.height), 3)]
    for i, text in enumerate(box.texts):
        width = text.width + 16
        if i:
            parts.append(f'<path {painter.colours[part]} d="M{_n(x)} {_n(y - box.height / 2)}v{_n(box.height)}"/>')
        parts.append(painter.text(text, x + width / 2, y + 4.5))
        x += width
    return "".join(parts)


def _leaf(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    first = y - LINE * (len(box.texts) - 1) / 2 + 4.5
    lines = [painter.text(text, x, first + LINE * i) for i, text in enumerate(box.texts)]
    return painter.rectangle("leaf", centre, (box.width, box.height), 5) + "".join(lines)


def _group(painter: Painter, box: Box, centre: Point) -> str:
    """A pile of sheets: there is more beneath."""
    (x, y), size = centre, (box.width, box.height)
    part = "body" if box.inputs else "leaf"
    pile = [painter.rectangle(part, (x + 2.0 * k, y + 2.0 * k), size, 6) for k in (2, 1, 0)]
    first = y - LINE * (len(box.texts) - 1) / 2 + 4.5
    return "".join(pile + [painter.text(text, x, first + LINE * i) for i, text in enumerate(box.texts)])


def _dot(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    dot = painter.rectangle("leaf", centre, box.body, 4)
    if painter.down:
        return dot + _beside(painter, box.texts, x + box.body[0] / 2, y)
    return dot + "".join(painter.text(text, x, y + 18) for text in box.texts)


def _plain(painter: Painter, box: Box, centre: Point) -> str:
    x, y = centre
    return "".join(painter.text(text, x, y + 4) for text in box.texts)


def _numbers(painter: Painter, i: int, wire: Wire, centre: Point) -> str:
    x, y = centre
    told = _numbers_beside(painter, wire, x, y) if painter.down else _numbers_above_and_below(painter, wire, x, y)
    # An unseen box, so that the tooltip does not need the pointer on a letter.
    width, height = wire.width, wire.height
    room = f'<path d="M{_n(x - width / 2)} {_n(y - height / 2)}h{_n(width)}v{_n(height)}h-{_n(width)}z" fill-opacity="0"/>'
    return f"<g{painter.mark('numbers', i)}>{painter.tip(wire.tooltip)}{room}{told}</g>"


def _numbers_above_and_below(painter: Painter, wire: Wire, x: float, y: float) -> str:
    told = painter.text(wire.above, x, y - 5) if wire.above else ""
    below = [text for text in (wire.below, wire.partial) if text]
    left = x - (sum(text.width for text in below) + ASIDE * (len(below) - 1)) / 2
    for text in below:
        told += painter.text(text, left + text.width / 2, y + 14)
        left += text.width + ASIDE
    return told


def _numbers_beside(painter: Painter, wire: Wire, x: float, y: float) -> str:
    told = painter.text(wire.above, x - ASIDE, y + 4.5, "end") if wire.above else ""
    return told + _beside(painter, [text for text in (wire.below, wire.partial) if text], x, y)


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
        path = f"M{self.points((tail_x + tail_body[0] / 2, tail_y))}{self.to[0]}{_n(start[0])}"
        first, second = self.placed.routes[i]
        if label := self.placed.labels[i]:
            (x, across), room = self.turned(label), self.size(wire)[0]
            path += self.curve(start, (x - room / 2, across), first) + f"{self.to[0]}{_n(x + room / 2)}"
            path += self.curve((x + room / 2, across), end, second)
        else:
            path += self.curve(start, end, first)
        return path + f"{self.to[0]}{_n(tip - HEAD + 1)}", (tip, y)

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
        return " ".join(f"{_n(x)} {_n(y)}" for x, y in map(self.turned, points))


def _wire(painter: Painter, router: _Router, i: int) -> str:
    """One path and its arrow head."""
    wire = router.drawn.wires[i]
    path, tip = router.path(i)
    width = 3.2 if wire.highlighted else wire.thickness if wire.tone or not wire.quiet else 1
    half = max(3.2, width / 2 + 2.4)
    corner = router.turned((-HEAD, -half))
    arrow = f"M{router.points(tip)}l{_n(corner[0])} {_n(corner[1])}{router.step}{_n(2 * half)}z"
    part = "lit" if wire.highlighted else wire.tone or "wire"
    mark = painter.mark("wire", i)
    line = f'<path {painter.colours[part]}{mark} d="{path}" fill="none" stroke-width="{width}"/>'
    return f'{line}<path {painter.colours["head" if part == "wire" else f"{part}-head"]}{mark} d="{arrow}"/>'


def _reach(body: Point, dy: float) -> float:
    """From the middle of a circle, or of a box with round ends, to its side, `dy` across."""
    width, height = body
    radius = min(width, height) / 2
    beyond = max(0.0, abs(dy) - (height / 2 - radius))
    return float(width / 2 - radius + (radius * radius - beyond * beyond) ** 0.5)


def _n(x: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(x, 1) + 0.0:g}"  # + 0.0: no -0
