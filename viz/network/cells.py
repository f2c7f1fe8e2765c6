"""Units with numbers in them: one or two beside each other in the body, lines of text over and under it."""

from __future__ import annotations

from viz.canvas import px
from viz.network.columns import Units, backed, circle
from viz.shapes import LINE, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from viz.canvas import Painter
    from viz.network.columns import Scale
    from viz.shapes import Point

BODY = 30.0
"""The height of a unit with numbers, and its least width."""
APART = 14.0
"""Between one unit with its lines and the next."""


class Cells(Units):
    """Units in which numbers stand, once they are `written`; one more below them gives a constant 1, for biases as weights."""

    def __init__(self, header: Sequence[Text], count: int, most: int, part: str = "body") -> None:
        super().__init__(header, count, most, part)
        self.role = "unit"
        self.stage: Any = None
        self.constant = False
        self.bodies: list[list[Text]] = []
        self.over: list[list[Text]] = []
        self.under: list[list[Text]] = []
        self.cell = 0.0

    @property
    def written(self) -> bool:
        """Whether there are texts in the units."""
        return bool(self.bodies)

    @property
    def places(self) -> int:
        """How many units are drawn, that of the constant too."""
        return len(self.shown) + self.constant

    def write(self, bodies: list[list[Text]], over: list[list[Text]], under: list[list[Text]]) -> None:
        """What stands in each unit, that of the constant last, and over and under it."""
        self.bodies, self.over, self.under = bodies, over, under
        broad = max(text.width for body in bodies for text in body) if any(bodies) else 0.0
        self.cell = max(BODY, broad + 14)
        self.radius = self.cell * max(len(body) for body in bodies) / 2
        self.distance = BODY + LINE * (most_lines(over) + most_lines(under)) + APART

    def fit(self) -> None:  # noqa: D102
        if not self.written:
            super().fit()

    @property
    def overhang(self) -> float:
        """How far the lines over and under the units reach out on both sides."""
        return max((text.width / 2 - self.radius for lines in (*self.over, *self.under) for text in lines), default=0.0)

    def arrange(self) -> None:  # noqa: D102
        super().arrange()
        self.height += self.distance * self.constant
        if self.written:
            lines = LINE * most_lines(self.over), LINE * most_lines(self.under)
            self.height += BODY - self.width + 2 * max(lines)  # as much above as below, so that the units stand in the middle
            self.before, self.after = max(self.before, self.overhang), max(self.after, self.overhang)

    def entry(self, place: int) -> Point:  # noqa: D102
        x, y = self.centre(place)
        return (x - self.half(place), y) if self.written else (x, y)

    def exit(self, place: int) -> Point:  # noqa: D102
        x, y = self.centre(place)
        return (x + self.half(place), y) if self.written else (x, y)

    def half(self, place: int) -> float:
        """Half the width of a unit."""
        return BODY / 2 if place == len(self.shown) else self.cell * len(self.bodies[place]) / 2

    @property
    def crown(self) -> float:  # noqa: D102
        return self.centre(0)[1] - BODY / 2 - LINE * len(self.over[0]) if self.written else self.top

    def centre(self, place: int) -> Point:
        """The middle of a unit; that of the constant stands where its wires begin beside the others."""
        x, y = super().entry(place)
        if self.written and place == len(self.shown):
            x += self.radius - BODY / 2
        if self.written:
            y += BODY / 2 - self.radius + max(LINE * most_lines(self.over), LINE * most_lines(self.under))
        return x, y

    def paint(self, painter: Painter, biases: Scale) -> list[str]:  # noqa: D102
        if not self.written:
            parts = super().paint(painter, biases)
            if self.constant:
                parts.append(circle(painter, "leaf", self.centre(len(self.shown)), self.radius, ' stroke-dasharray="3 2"'))
            return parts
        parts = [self._cell(painter, place) for place in range(self.places)]
        if self.cut:
            y = (self.centre(len(self.shown) // 2 - 1)[1] + self.centre(len(self.shown) // 2)[1]) / 2
            parts.append(backed(painter, self.rest, self.middle, y))
        return parts

    def _cell(self, painter: Painter, place: int) -> str:
        (x, y), half = self.centre(place), self.half(place)
        constant = place == len(self.shown)
        dashes = ' stroke-dasharray="3 2"' if constant or self.frozen else ""
        corner = f'x="{px(x - half)}" y="{px(y - BODY / 2)}" width="{px(2 * half)}" height="{px(BODY)}" rx="{px(BODY / 2)}"'
        drawn = f"<rect {painter.colours['leaf' if constant else self.part]} {corner}{dashes}/>"
        for i, text in enumerate(self.bodies[place]):
            left = x - half + self.cell * i
            if i:
                drawn += f'<path {painter.colours["wire"]} d="M{px(left)} {px(y - BODY / 2)}v{px(BODY)}"/>'
            if text.content:
                drawn += painter.text(text, x if constant else left + self.cell / 2, y + 4)
        if self.tips and not constant:
            drawn = f"<g>{painter.tip(self.tips[place])}{drawn}</g>"
        over, under = self.over[place], self.under[place]
        for i, text in enumerate(over):
            drawn += backed(painter, text, x, y - BODY / 2 - LINE * (len(over) - i) + LINE / 2)
        for i, text in enumerate(under):
            drawn += backed(painter, text, x, y + BODY / 2 + LINE * i + LINE / 2)
        if self.names and not constant and self.names[place].content:
            aside = x + self.named_side * (half + 7.0)
            drawn += painter.text(self.names[place], aside, y + 4, "end" if self.named_side < 0 else "start")
        return drawn


def most_lines(lines: Sequence[Sequence[Text]]) -> int:
    """Of how many lines the longest consists."""
    return max(map(len, lines), default=0)
