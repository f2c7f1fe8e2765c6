"""The painter: what all pictures are painted with: elements of SVG in the colours of one theme.

The SVG holds no script, no link and no CSS variable. Every colour stands on its element, for programs that know no style
sheets; with ``theme="auto"`` a style sheet of its own, bound to the picture's id, repaints it where the reader prefers dark.
The id is a hash of the content, so equal graphs give equal bytes, and different pictures on one page never meddle.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256
from html import escape

from viz.shapes import LINE, PATCH, SIZES, Appearance, Text
from viz.words import columns, cut, measured, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from viz.shapes import Point

FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
JAPANESE = "'Noto Sans CJK JP', 'Noto Sans JP', 'Hiragino Sans', 'Yu Gothic', Meiryo, sans-serif"
"""Named on the texts that need them: not every program looks further than the first font that it has."""
FIXED = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK JP', monospace"
MARGIN = 14.0
HEAD = 7.0
"""The length of an arrow head."""
HEADING = 34.0
"""The height of a title and of the room under it."""
LONGEST_TITLE = 120
EQUAL = ("mono", "courier", "consolas", "menlo", "typewriter", "code")
"""In the names of fonts whose letters are all as wide: wider than room is reckoned for, and so their texts are held to it."""

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
           ("back",   "stroke", "#7232b8", "#cfa6ff"),
           ("back-head", "fill", "#7232b8", "#cfa6ff"),
           ("lit",    "stroke", "#1a7f37", "#3fb950"),
           ("lit-head", "fill", "#1a7f37", "#3fb950"),
           ("near",   "stroke", "#1f2328", "#e6edf3"),
           ("near-head", "fill", "#1f2328", "#e6edf3"),
           ("done",   "stroke", "#1a7f37", "#3fb950"),
           ("ring",   "stroke", "#b54000", "#ffa657"),
           ("share1", "fill",   "#fff8ee", "#1d1a16"),
           ("share1", "stroke", "#b98d5f", "#8a7355"),
           ("share2", "fill",   "#fff0dc", "#271f14"),
           ("share2", "stroke", "#a8672a", "#b98a4e"),
           ("share3", "fill",   "#ffe8ca", "#33240f"),
           ("share3", "stroke", "#963f00", "#e39a45"),
           ("share4", "fill",   "#ffdfb3", "#422a08"),
           ("share4", "stroke", "#7a1f00", "#ffc27a"),
           ("faint",  "fill",   "#868e96", "#6e7681"),
           ("faint-box", "fill", "#ffffff", "#0d1117"),
           ("faint-box", "stroke", "#868e96", "#6e7681"),
           ("faint-wire", "stroke", "#868e96", "#6e7681"),
           ("title",  "fill",   "#1f2328", "#e6edf3"),
           ("name",   "fill",   "#1f2328", "#e6edf3"),
           ("symbol", "fill",   "#1f2328", "#e6edf3"),
           ("value",  "fill",   "#1f2328", "#e6edf3"),
           ("grad",   "fill",   "#7232b8", "#cfa6ff"),
           ("constant", "fill", "#59636e", "#9aa4af"),
           ("note",   "fill",   "#59636e", "#9aa4af"),
           ("correction", "fill", "#b4103a", "#ff8095"),
           ("alarm",  "fill",   "#c7162b", "#ff7b72"),
           ("alarm-wire", "stroke", "#c7162b", "#ff7b72")]  # fmt: skip


DASHES = ' stroke-dasharray="4 3"'
SHARES = {"share1": 1.4, "share2": 2.2, "share3": 3.2, "share4": 4.6}
"""How wide is the outline of what has a share in something: the larger, the wider, for eyes that do not tell colours apart."""
FAINT = dict.fromkeys(("leaf", "body", *SHARES), "faint-box")
"""What parts become that stand back; wires, heads and texts become grey as such."""


class Painter:
    """Writes elements in the colours and fonts of one look.

    With `marked`, boxes, wires and numbers say what they are and which, and leave colours and tips to the page that they are in.
    """

    def __init__(self, look: Appearance, *, marked: bool = False, direction: str = "LR") -> None:
        self.look, self.marked, self.down = look, marked, direction == "TB"
        self.theme = theme = look.theme
        self.outline = ""
        self.held = any(word in (look.font or "").lower() for word in EQUAL)
        self.colours: dict[str, str] = {}
        for part, attribute, light, dark in PALETTE:
            before = self.colours.get(part, f'class="{part}"')
            colour = f' {attribute}="{dark if theme == "dark" else light}"'
            self.colours[part] = before + ("" if marked else colour)

    @cached_property
    def todo(self) -> Painter:
        """One who paints all in grey, and outlines broken."""
        broken = copy(self.faint)
        broken.outline = DASHES
        return broken

    @cached_property
    def faint(self) -> Painter:
        """One who paints all in grey."""
        grey = copy(self)
        grey.colours = dict(self.colours)
        for part, attribute, *_ in PALETTE:
            as_such = "faint-wire" if attribute == "stroke" else "faint"
            grey.colours[part] = self.colours[FAINT.get(part, as_such)]
        return grey

    def mark(self, what: str, which: object) -> str:
        """An attribute by which a program finds an element."""
        return f' data-{what}="{which}"' if self.marked else ""

    def tip(self, lines: str) -> str:
        """What is told on hover; where a program finds the elements, it is the program that tells."""
        if self.marked:
            return ""
        told = "\n".join(map(printable, lines.split("\n")))
        return f"<title>{escape(told)}</title>"

    def text(self, text: Text, x: float, y: float, anchor: str = "middle") -> str:
        """A text whose baseline is `y`, with its check mark."""
        if not text.content:
            return ""
        if text.done:
            end = x + (text.length / 2 if anchor == "middle" else text.length) + 3
            check = f'd="M{px(end)} {px(y - 4)}l3 3.4 5-7" fill="none" stroke-width="1.8"'
            words = self.text(replace(text, done=False), x, y, anchor)
            return f"{words}<path {self.colours['done']} {check}/>"
        if text.patch:
            left = x - (text.length + PATCH) / 2 if anchor == "middle" else x
            words = self.text(replace(text, patch="", room=0.0), left + PATCH, y, "start")
            return self.rectangle(text.patch, (left + PATCH / 2 - 3, y - 4), (14.0, 11.0), 3.0) + words
        free = measured(text.content) and not self.held
        held = "" if free else f' textLength="{text.width:.0f}" lengthAdjust="spacingAndGlyphs"'
        place = f'x="{px(x)}" y="{px(y)}" font-size="{SIZES[text.kind]:.0f}"{held}'
        aligned = "" if anchor == "middle" else f' text-anchor="{anchor}"'
        font = f' font-family="{self.look.fonts(JAPANESE)}"' if columns(text.content) > len(text.content) else ""
        look = self.colours["note" if text.old else "alarm" if text.alarm else text.kind] + self.mark("text", text.kind)
        look += ' text-decoration="line-through"' if text.old else ""
        return f"<text {look} {place}{aligned}{font}>{escape(text.content)}</text>"

    def rectangle(self, part: str, centre: Point, size: Point, radius: float, more: str = "") -> str:
        """A box with round corners."""
        (x, y), (width, height) = centre, size
        place = f'x="{px(x - width / 2)}" y="{px(y - height / 2)}" width="{px(width)}" height="{px(height)}" rx="{px(radius)}"'
        wide = f' stroke-width="{SHARES[part]}"' if part in SHARES else ""
        return f"<rect {self.colours[part]} {place}{self.outline}{wide}{more}/>"

    def document(self, body: Sequence[str], size: Point, title: str, description: str, font: str) -> str:
        """The whole SVG, with its title above it, if one is wished."""
        look = self.look
        x, y, heading = MARGIN, MARGIN, []
        if look.title:
            title = printable(look.title)
            text = Text(cut(title, LONGEST_TITLE), "title")
            x, y = x + max(0.0, text.width - size[0]) / 2, y + HEADING
            size = max(size[0], text.width), size[1] + HEADING
            written = self.text(text, MARGIN + size[0] / 2, MARGIN + SIZES["title"] - 3)
            heading = [f'<g font-family="{font}" text-anchor="middle">{written}</g>']
        width, height = size[0] + 2 * MARGIN, size[1] + 2 * MARGIN
        ground = [] if look.transparent else [f'<rect {self.colours["paper"]} width="{px(width)}" height="{px(height)}" rx="6"/>']
        inner = "\n".join(
            [
                f"<title>{escape(title)}</title>",
                f"<desc>{escape(description)}</desc>",
                *ground,
                *heading,
                f'<g transform="translate({px(x)} {px(y)})" font-family="{font}" text-anchor="middle">',
                *body,
                "</g>",
            ]
        )
        ident = "chainrule-" + sha256((self.theme + inner).encode()).hexdigest()[:12]
        shown = width * (look.scale or 1.0) if look.width is None else look.width
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{ident}" role="img" '
            f'width="{px(shown)}" height="{px(shown * height / width)}" '
            f'viewBox="0 0 {px(width)} {px(height)}">\n{self.style(ident, inner)}{inner}\n</svg>\n'
        )

    def style(self, ident: str, inner: str) -> str:
        """The dark colours of what the picture holds, where the reader's system says so."""
        if self.theme != "auto":
            return ""
        held = [row for row in PALETTE if f'class="{row[0]}"' in inner]
        rules = "".join(f"#{ident} .{part}{{{attribute}:{dark}}}" for part, attribute, _, dark in held)
        return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n"


def paint_lines(lines: Sequence[str], title: str, look: Appearance) -> str:
    """The SVG of a text, line by line: what stands where a picture could not be drawn."""
    painter = Painter(look)
    body = [
        f'<text xml:space="preserve" {painter.colours["name"]} x="0" y="{px(LINE * i + 12)}" font-size="12" '
        f'text-anchor="start">{escape(printable(line))}</text>'
        for i, line in enumerate(lines)
    ]
    width = max((7.5 * columns(line) for line in lines), default=0.0)
    return painter.document(body, (width, LINE * len(lines)), title, "\n".join(map(printable, lines)), FIXED)


@lru_cache(4096)
def px(x: float) -> str:
    """A coordinate, to a tenth of a pixel.

    >>> px(12.34), px(-0.01)
    ('12.3', '0')
    """
    return f"{round(x, 1) + 0.0:g}"  # + 0.0: no -0
