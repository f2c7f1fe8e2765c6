"""What stands side by side in the picture of a network: units, images of weights, panels; each paints itself."""

from __future__ import annotations

import math

from viz.canvas import px
from viz.language import say
from viz.shapes import LINE, Text
from viz.words import alarming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from viz.canvas import Painter
    from viz.shapes import Point

    Pixel: TypeAlias = tuple[float, float, float]
    """The left upper corner and the number."""

LEVELS = 12
"""So many shades of a colour tell numbers apart, and so many widths wires that have no tip of their own."""
TILE = 42
"""About the pixels of an image's longer side."""
FINE = 100
"""The points of an image with more of them a side are single pixels."""
GRID = 470.0
"""About the height of many images."""
APART = 8.0
"""Between images."""
LANE = 4.0
"""Between wires that leave images of one row."""
DOT = 4.5
"""The radius of the unit beside its image."""
PAD = 9.0


class Scale:
    """How large the numbers are that colours and widths stand for: as shares of the largest finite one."""

    def __init__(self, numbers: Iterable[float] = ()) -> None:
        self.largest = 0.0
        self.take(numbers)

    def take(self, numbers: Iterable[float]) -> None:
        """Let it reach as far as these numbers."""
        self.largest = max(self.largest, max((abs(x) for x in numbers if math.isfinite(x)), default=0.0))

    def share(self, x: float) -> float:
        """From 0 to 1; of nan and infinities 1.

        >>> Scale([1.0, -4.0, float("inf")]).share(-2.0)
        0.5
        """
        return abs(x) / self.largest if self.largest and math.isfinite(x) else float(not math.isfinite(x))

    def level(self, x: float) -> int:
        """The same in whole steps, of which only a zero has none."""
        return max(math.ceil(self.share(x) * LEVELS), int(x != 0))


def tone(x: float) -> str:
    """The colour of a number: of its sign, of alarm, or none.

    >>> [tone(x) for x in (2.0, -1.0, 0.0, float("nan"))]
    ['plus', 'minus', 'wire', 'alarm-wire']
    """
    return "alarm-wire" if alarming(x) else "plus" if x > 0 else "minus" if x < 0 else "wire"


def shades(painter: Painter, pixels: Iterable[Pixel], size: int, scale: Scale) -> list[str]:
    """Squares of so many pixels, blue for plus and orange for minus, the stronger the greater; a zero is the paper.

    Neighbours in a row that share a shade are one stroke, and all strokes of one shade one path.
    """
    runs: dict[tuple[str, int], list[tuple[float, float, int]]] = {}
    for x, y, number in pixels:
        if level := scale.level(number):
            strokes = runs.setdefault((tone(number), level), [])
            if strokes and strokes[-1][:2] == (x - strokes[-1][2] * size, y):
                strokes[-1] = (*strokes[-1][:2], strokes[-1][2] + 1)
            else:
                strokes.append((x, y, 1))
    paths = []
    for (part, level), strokes in sorted(runs.items()):
        d = "".join(f"M{px(x)} {px(y + size / 2)}h{length * size}" for x, y, length in strokes)
        paths.append(f'<path {painter.colours[part]} stroke-opacity="{level / LEVELS:.2g}" d="{d}"/>')
    return [f'<g fill="none" stroke-width="{size}" shape-rendering="crispEdges">', *paths, "</g>"] if paths else []


def points(corner: Point, image: Sequence[Sequence[float]], size: int) -> Iterator[Pixel]:
    """The numbers of an image, each with the corner of its square."""
    for row, numbers in enumerate(image):
        for column, number in enumerate(numbers):
            yield corner[0] + column * size, corner[1] + row * size, number


def frames(painter: Painter, corners: Iterable[Point], size: Point) -> str:
    """The outlines of equal boxes, as one path."""
    width, height = size
    d = "".join(f"M{px(x - 0.5)} {px(y - 0.5)}h{px(width + 1)}v{px(height + 1)}h{px(-width - 1)}z" for x, y in corners)
    return f'<path {painter.colours["wire"]} fill="none" stroke-width="1" d="{d}"/>'


def circle(painter: Painter, part: str, at: Point, radius: float, more: str = "") -> str:
    """A circle."""
    return f'<circle {painter.colours[part]} cx="{px(at[0])}" cy="{px(at[1])}" r="{px(radius)}"{more}/>'


def unit(
    painter: Painter, part: str, at: Point, radius: float, bias: float | None, scale: Scale, *, most: float = 1.0, ring: str = ""
) -> str:
    """A unit, filled with the colour of its bias."""
    drawn = circle(painter, part, at, radius, ring)
    if bias:
        fill = {"plus": "plus-head", "minus": "minus-head"}.get(tone(bias), "alarm")
        drawn += circle(painter, fill, at, radius - 0.5, f' fill-opacity="{most * scale.share(bias):.2g}"')
    return drawn


class Column:
    """Something with a header, a room, and points where wires arrive and leave.

    `shown` are the numbers of those of its `count` units that are drawn; a panel has none, and wires go to its sides.
    """

    def __init__(self, header: Sequence[Text]) -> None:
        self.header = tuple(header)
        self.count = 0
        self.shown: list[int] = []
        self.width = self.height = 0.0
        self.before = self.after = 0.0
        """The room for names on its left and on its right."""
        self.left = self.top = 0.0
        self.scale = Scale()
        """How large the weights are that are shown as images."""
        self.biases: Sequence[float] = ()
        self.names: Sequence[Text] = ()
        self.named_side = -1
        self.tips: Sequence[str] = ()
        self.leading = False
        """Whether wires with weights leave it."""

    def name(self, names: Sequence[Text], side: int) -> None:
        """Give names to the units, on their left (-1) or on their right (1)."""
        self.names, self.named_side = names, side

    def arrange(self) -> None:
        """Work out the room, once everything about it is known."""

    @property
    def said(self) -> str:
        """What it is in words."""
        return " ".join(text.content for text in self.header if text.content)

    @property
    def header_width(self) -> float:
        """The room for the lines above it."""
        return max(text.width for text in self.header)

    @property
    def crown(self) -> float:
        """The height at which an arc leaves it or arrives."""
        return self.top

    @property
    def middle(self) -> float:
        """Its horizontal middle."""
        return self.left + self.width / 2

    def entry(self, place: int) -> Point:  # noqa: ARG002
        """Where wires to the unit at this place of `shown` arrive."""
        return self.side(-1)

    def exit(self, place: int) -> Point:  # noqa: ARG002
        """Where wires from it leave."""
        return self.side(1)

    def side(self, sign: int) -> Point:
        """The middle of its left (-1) or right (1) side."""
        return self.middle + sign * self.width / 2, self.top + self.height / 2

    def paint(self, painter: Painter, biases: Scale) -> list[str]:
        """Its elements."""
        raise NotImplementedError


class Units(Column):
    """Units below each other; where only the first and the last of many are drawn, the gap between them says so."""

    def __init__(self, header: Sequence[Text], count: int, most: int, part: str = "body") -> None:
        super().__init__(header)
        self.count, self.part = count, part
        few = max(1, most // 4)
        self.shown = list(range(count)) if count <= most else [*range(few), *range(count - few, count)]
        self.marks: Sequence[Text] = ()
        """What is written into the units."""
        self.frozen = False
        self.radius, self.distance = 4.0, 12.0

    def fit(self) -> None:
        """Choose the distance of the units and their size by how many they are."""
        slots = len(self.shown) + 2 * self.cut
        self.distance = max(14.0 if self.names else 10.0, min(38.0, round(560.0 / slots, 1)))
        self.radius = round(min(11.0, 0.4 * self.distance), 1)

    @property
    def cut(self) -> bool:
        """Whether units are left out."""
        return len(self.shown) < self.count

    @property
    def rest(self) -> Text:
        """What stands in the gap."""
        return Text(say("and {:,} more", self.count - len(self.shown)), "note")

    def arrange(self) -> None:  # noqa: D102
        self.width = 2 * self.radius
        self.height = self.width + self.distance * (len(self.shown) - 1 + 2 * self.cut)
        room = max((text.width for text in self.names), default=0.0)
        beside = room + 7.0 if room else 0.0
        self.before, self.after = (beside, 0.0) if self.named_side < 0 else (0.0, beside)
        if self.cut:
            self.before, self.after = (max(side, self.rest.width / 2 - self.radius) for side in (self.before, self.after))

    def entry(self, place: int) -> Point:  # noqa: D102
        skipped = 2 if self.cut and place >= len(self.shown) // 2 else 0
        return self.middle, self.top + self.radius + self.distance * (place + skipped)

    def exit(self, place: int) -> Point:  # noqa: D102
        return self.entry(place)

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102
        parts = [self._unit(painter, place, biases) for place in range(len(self.shown))]
        if self.cut:
            y = (self.entry(len(self.shown) // 2 - 1)[1] + self.entry(len(self.shown) // 2)[1]) / 2
            parts.append(backed(painter, self.rest, self.middle, y))
        return parts

    def _unit(self, painter: Painter, place: int, biases: Scale) -> str:
        x, y = self.entry(place)
        bias = self.biases[self.shown[place]] if self.biases else None
        ring = ' stroke-dasharray="3 2"' if self.frozen else ""
        drawn = unit(painter, self.part, (x, y), self.radius, bias, biases, most=0.4 if self.marks else 1.0, ring=ring)
        if self.marks:
            drawn += painter.text(self.marks[place], x, y + 4)
        if self.tips:
            drawn = f"<g>{painter.tip(self.tips[place])}{drawn}</g>"
        if self.names and self.names[place].content:
            aside = x + self.named_side * (self.radius + 7.0)
            drawn += painter.text(self.names[place], aside, y + 4, "end" if self.named_side < 0 else "start")
        return drawn


def backed(painter: Painter, text: Text, x: float, y: float) -> str:
    """A text amid wires: its ground keeps them off."""
    width = text.width + 4
    place = f'x="{px(x - width / 2)}" y="{px(y - 7)}" width="{px(width)}" height="14" rx="3"'
    return f'<rect {painter.colours["paper"]} {place}/>{painter.text(text, x, y + 4)}'


class Images(Column):
    """Images of weights in a grid, with a small unit beside each (or beside each row) in the colour of its bias.

    Where `leading`, a wire leads from each unit between the rows to the right side, and on from there.
    """

    def __init__(
        self, header: Sequence[Text], images: Sequence[Sequence[Sequence[float]]], shape: tuple[int, int], side: int = TILE
    ) -> None:
        super().__init__(header)
        self.images, self.shape = images, shape
        self.scale.take(x for image in images for row in image for x in row)
        self.size = max(1 if max(shape) > FINE else 2, min(10, round(side / max(shape))))
        self.across = 0
        self.stage: Any = None
        """Whose units they are, where these show what they give in place of a bias."""
        self.by_row = False
        """Whether a bias belongs to a row of images, which stand close then."""
        self.left_out = 0

    def arrange(self) -> None:  # noqa: D102
        rows, columns = self.shape
        many = len(self.images)
        self.tile = (columns * self.size, rows * self.size)
        if not self.across:
            self.across = min(many, max(1, math.ceil(many * (self.tile[1] + APART + 8) / GRID)))
        self.down = math.ceil(many / self.across)
        lanes = LANE * (self.across - 1) + 4 if self.leading and self.across > 1 else 0.0
        below = max(lanes, LINE if self.names else 0.0)
        broad = max([self.tile[0], *(text.width for text in self.names)])
        self.inset = (broad - self.tile[0]) / 2
        apart = APART / 2 if self.by_row else APART
        self.pitch = (math.ceil(broad + apart + (0 if self.by_row else 2 * DOT)), math.ceil(self.tile[1] + apart + below))
        self.width = self.pitch[0] * self.across + (2 * DOT if self.by_row else -APART)
        self.height = self.pitch[1] * self.down - apart + (LINE if self.left_out else 0.0)

    def corner(self, i: int) -> Point:
        """The left upper corner of an image, on whole pixels."""
        row, column = divmod(i, self.across)
        return round(self.left + self.inset) + column * self.pitch[0], round(self.top) + row * self.pitch[1]

    def dot(self, i: int) -> Point:
        """The middle of the unit beside an image: on its right, or below its corner where a wire leads on from there."""
        x, y = self.corner(i)
        return x + self.tile[0] + DOT + 1.5, y + self.tile[1] - DOT if self.leading and self.across > 1 else y + self.tile[1] / 2

    def entry(self, place: int) -> Point:  # noqa: D102
        return self.dot(place)

    def exit(self, place: int) -> Point:  # noqa: D102
        x, y = self.dot(place)
        return (self.left + self.width, self.lane(place)) if self.across > 1 else (x, y)

    def lane(self, i: int) -> float:
        """The height at which the wire of an image leads to the right; that of the last in a row is the uppermost."""
        return self.corner(i)[1] + self.tile[1] + 3.0 + LANE * (self.across - 1 - i % self.across)

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102
        corners = [self.corner(i) for i in range(len(self.images))]
        pixels = (pixel for corner, image in zip(corners, self.images, strict=True) for pixel in points(corner, image, self.size))
        parts = [*shades(painter, pixels, self.size, self.scale), frames(painter, corners, self.tile)]
        if self.leading and self.across > 1:
            leads = ((self.dot(i), self.lane(i)) for i in range(len(corners)))
            d = "".join(f"M{px(x)} {px(y)}V{px(lane)}H{px(self.left + self.width)}" for (x, y), lane in leads)
            parts.append(f'<path {painter.colours["wire"]} fill="none" stroke-width="0.8" d="{d}"/>')
        beside = range(self.across - 1 if self.by_row else 0, len(corners), self.across if self.by_row else 1)
        parts += [unit(painter, "body", self.dot(i), DOT, bias, biases) for i, bias in zip(beside, self.biases)]
        under = self.tile[0] / 2, self.tile[1] + 13
        parts += [painter.text(text, x + under[0], y + under[1]) for (x, y), text in zip(corners, self.names)]
        room = f'width="{self.tile[0]}" height="{self.tile[1]}" fill-opacity="0"'
        tips = zip(corners, map(painter.tip, self.tips))
        parts += [f'<rect x="{px(x)}" y="{px(y)}" {room}>{tip}</rect>' for (x, y), tip in tips]
        if self.left_out:
            parts.append(painter.text(Text(say("and {:,} more", self.left_out), "note"), self.middle, self.top + self.height - 3))
        return parts


class Panel(Column):
    """A box of lines. What its `kind` is, "open", says that the wiring inside is not known: its outline is broken."""

    def __init__(self, header: Sequence[Text], lines: Sequence[Text], tip: str = "", *, broken: bool = False) -> None:
        super().__init__(header)
        self.lines, self.tip, self.broken = lines, tip, broken
        self.rows: list[Row] = []

    @property
    def said(self) -> str:  # noqa: D102
        return " ".join(text.content for text in self.lines)

    def enumerate(self, rows: Sequence[Row]) -> None:
        """Write rows under the lines."""
        self.rows = [*rows]
        for row in rows:
            self.scale.take(x for numbers in row.matrix for x in numbers)

    def arrange(self) -> None:  # noqa: D102
        inner = [text.width for text in self.lines] + [row.width for row in self.rows]
        self.width = max(inner) + 2 * PAD
        self.height = LINE * len(self.lines) + 8 + sum(row.height + 6 for row in self.rows) + (4 if self.rows else 0)

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102, ARG002
        place = f'x="{px(self.left)}" y="{px(self.top)}" width="{px(self.width)}" height="{px(self.height)}" rx="6"'
        outline = ' stroke-dasharray="5 4"' if self.broken else ""
        parts = [f"<g>{painter.tip(self.tip)}<rect {painter.colours['body']} {place}{outline}/>"]
        parts += [painter.text(text, self.middle, self.top + 15.5 + LINE * i) for i, text in enumerate(self.lines)]
        y = self.top + LINE * len(self.lines) + 10
        for row in self.rows:
            parts += row.paint(painter, (self.left + PAD, y), self.width - 2 * PAD, self.scale)
            y += row.height + 6
        return [*parts, "</g>"]


class Row:
    """A module inside a block whose wiring is not known: what it is, and its matrix of weights as an image."""

    def __init__(self, texts: Sequence[Text], depth: int = 0, matrix: Sequence[Sequence[float]] = ()) -> None:
        self.texts, self.indent, self.matrix = texts, 14.0 * depth, matrix
        across = max((len(row) for row in matrix), default=0)
        self.size = max(2, min(8, 48 // max(across, len(matrix)))) if matrix else 0
        self.picture = across * self.size
        self.width = self.indent + max(text.width for text in texts) + 16 + (self.picture + PAD if matrix else 0)
        self.height = max(LINE * len(texts) + 6, len(matrix) * self.size + 8)

    def paint(self, painter: Painter, at: Point, width: float, images: Scale) -> list[str]:
        """Its elements, `at` its left upper corner."""
        x, y = at[0] + self.indent, at[1]
        width -= self.indent
        parts = [painter.rectangle("leaf", (x + width / 2, y + self.height / 2), (width, self.height), 4)]
        first = y + (self.height - LINE * len(self.texts)) / 2 + 12
        parts += [painter.text(text, x + 8, first + LINE * i, "start") for i, text in enumerate(self.texts)]
        if self.matrix:
            left, top = round(x + width - self.picture - 6), round(y + (self.height - len(self.matrix) * self.size) / 2)
            size = self.picture, len(self.matrix) * self.size
            ground = f'x="{left}" y="{top}" width="{size[0]}" height="{size[1]}"'
            shaded = shades(painter, points((left, top), self.matrix, self.size), self.size, images)
            parts += [f"<rect {painter.colours['paper']} {ground}/>", *shaded]
            parts.append(frames(painter, [(left, top)], size))
        return parts


class Frame(Column):
    """The input as an image: a grid of its pixels."""

    def __init__(self, header: Sequence[Text], shape: tuple[int, int], channels: int = 1) -> None:
        super().__init__(header)
        self.shape, self.channels = shape, channels
        self.numbers: Sequence[Sequence[float]] = ()
        """What goes in, row by row, if it is known."""

    def arrange(self) -> None:  # noqa: D102
        rows, columns = self.shape
        size = max(2, min(11, round(88 / max(self.shape))))
        self.size, self.behind = size, 5.0 * (min(self.channels, 3) - 1)
        self.width, self.height = columns * size + self.behind, rows * size + self.behind

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102, ARG002
        (rows, columns), size = self.shape, self.size
        width, height = columns * size, rows * size
        parts = []
        for k in range(min(self.channels, 3) - 1, -1, -1):  # the channels behind look out
            x, y = self.left + 5.0 * k, self.top + 5.0 * k
            place = f'x="{px(x)}" y="{px(y)}" width="{width}" height="{height}"'
            parts.append(f"<rect {painter.colours['leaf']} {place}/>")
        scale = Scale(x for row in self.numbers for x in row)
        parts += shades(painter, points((self.left, self.top), self.numbers, size), size, scale)
        lines = [f"M{px(self.left + size * i)} {px(self.top)}v{height}" for i in range(1, columns)]
        lines += [f"M{px(self.left)} {px(self.top + size * i)}h{width}" for i in range(1, rows)]
        if size > 3 and lines:
            parts.append(f'<path {painter.colours["leaf"]} stroke-width="0.5" stroke-opacity="0.6" d="{"".join(lines)}"/>')
        return parts


class Plus(Column):
    """Where a residual block adds its input, of which the number of numbers is not known."""

    def arrange(self) -> None:  # noqa: D102
        self.width = self.height = 26.0

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102, ARG002
        x, y = self.middle, self.top + self.height / 2
        return [circle(painter, "body", (x, y), 13.0), painter.text(Text("+", "symbol"), x, y + 5.4)]
