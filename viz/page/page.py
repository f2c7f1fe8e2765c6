"""The page: one offline HTML file that steps through the forward and the backward pass of a graph.

It holds the SVG of our own painter, what to show at each step as JSON (see `viz.page.steps`), a script that only sets texts and
classes, and a policy that lets nothing else run and nothing be fetched: the script and the style sheet are allowed by their hash.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html import escape
from pathlib import Path
from zlib import compressobj

from autograd.files import write_whole
from autograd.value import Value, members
from viz.canvas import FONTS, JAPANESE, MARGIN, PALETTE
from viz.graph.draft import known_style
from viz.graph.folded import FoldedDraft
from viz.graph.folding import spoken_name
from viz.graph.inside import Insides
from viz.graph.layout import places
from viz.graph.paint import paint
from viz.graph.pictures import drafted
from viz.language import LANGUAGES, language_asked_for, phrases_in, say, speaking
from viz.options import graph_look
from viz.page.live import FOLDED, REASONS, Model, model_of, told_of
from viz.page.steps import MOST_LEAVES, heading_of, make_room, moments, replayed, story
from viz.reading import not_one, pairs_of
from viz.shapes import Look
from viz.words import applied, dated, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from viz.page.steps import Change, Replay, Step
    from viz.shapes import Box, Drawable, Network, Picture

FOLDER = Path(__file__).parent
HEIGHT = 620
"""How many pixels of a notebook a page takes."""
VIEWS, PARTS, WORK = 64, 1000, 200_000
"""How many groups of a page can be opened, about how many boxes and wires are drawn for it, how many Values are looked at."""
INSIDE = 200
"""So many labels inside a group are found by the search."""

#          what        light      dark
COLOURS = [("paper",    "#ffffff", "#0d1117"),
           ("raised",   "#ffffff", "#161b22"),
           ("ink",      "#1f2328", "#e6edf3"),
           ("quiet",    "#59636e", "#9aa4af"),
           ("line",     "#d8dee4", "#2a313a"),
           ("edge",     "#8c959f", "#6e7681"),
           ("wire",     "#7f8893", "#79828d"),
           ("forward",  "#0b5cad", "#79b8ff"),
           ("backward", "#7232b8", "#cfa6ff"),
           ("ahead",    "#a9c8e8", "#2c4f74"),
           ("behind",   "#c9aee8", "#5d4381"),
           ("focus",    "#b54000", "#ffa657"),
           ("found",    "#d29922", "#e3b341")]  # fmt: skip

TONES = ("wire", "head", "plus", "plus-head", "minus", "minus-head")
"""What a wire may become that shows heat."""

ICONS = {
    "first": "M4 3h2v12H4zM15 3v12l-8-6z", "back": "M13 3v12L5 9z", "next": "M5 3v12l8-6z", "last": "M12 3h2v12h-2zM3 3v12l8-6z",
    "start": "M4 2v14l12-7z", "pause": "M4 3h4v12H4zM10 3h4v12h-4z",
    "theme": "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zm0 2a5 5 0 0 1 0 10z",
    "fit": "M2 2h5v2H4v3H2zM11 2h5v5h-2V4h-3zM2 11h2v3h3v2H2zM14 11h2v5h-5v-2h3z", "in": "M8 3h2v5h5v2h-5v5H8v-5H3V8h5z",
    "change": "M2 4h6V2h2v2h6v2h-6v2H8V6H2zM2 12h2v-2h2v2h10v2H6v2H4v-2H2z",
    "out": "M3 8h12v2H3z", "close": "M4.4 3 9 7.6 13.6 3 15 4.4 10.4 9l4.6 4.6-1.4 1.4L9 10.4 4.4 15 3 13.6 7.6 9 3 4.4z",
}  # fmt: skip
"""Each in a square of 18."""


LEAVES = """\
<aside id="leaves" aria-label="The leaves" hidden>
<p id="still"></p>
{}</aside>
"""
"""Where they are changed, or why they cannot be is told."""
ROWS = """\
<p id="result" aria-live="polite"></p>
<p id="refused" role="alert"></p>
<ul id="rows"></ul>
<button id="restore" data-say>Reset</button>
"""


KEPT = r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[(,\s])/(?![ /])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*(?=[.,;)])'
PACKED = re.compile(rf"({KEPT})|\s*//[^\n]*|\s*([{{}}()\[\];,:?=<>&|*!])\s*|(\n)\s*")
"""Texts, templates and patterns of a script; comments; signs with the space around them; other ends of lines."""


class Page(str):
    """The text of a page, which a notebook shows as the page itself, in a frame that can reach nothing outside."""

    __slots__ = ()
    height = HEIGHT
    about = "a computation graph, step by step"
    """What it is called where it is shown."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file, whole or not at all."""
        write_whole(path, self.encode())

    def __repr__(self) -> str:
        return f"<Page: {len(self):,} characters of HTML; viz.save(v, 'graph.html') writes such a file>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        frame = f'sandbox="allow-scripts" style="width:100%;height:{self.height}px;border:0" title="{say(self.about)}"'
        return {"text/html": f'<iframe {frame} srcdoc="{escape(self)}"></iframe>', "text/plain": repr(self)}


def page_of(
    v: Drawable | Network, style: str = Look.style, *, backward_from: Value | None = None, live: bool = True, **options: Any
) -> Page:
    """The page of a Value; see `viz.html`."""
    if type(v) is not Value:
        raise not_one(v, "a page is made of", "viz.html")
    look = graph_look("html", style, options).checked()
    look.refuse(("width", "scale", "transparent"), "an option of a picture, not of a page, which fills its window")
    why = "an option of a picture, not of a page, which steps through both passes itself"
    look.refuse(("backward", "focus", "at_step", "rate"), why)
    again = replayed(v, backward_from, look.names, look.number_format)
    lit = [(again.twins[key], i) for key, i in pairs_of(look.highlight) if key in again.twins]
    look = replace(look, names=None, highlight=lit, lang=language_asked_for(look.lang))
    model = model_of(again, look.number_format, heat=look.heat) if live else None
    first = look.lang or "en"
    albums = {}
    for lang in [first, *(lang for lang in LANGUAGES if lang != first)]:
        with speaking(lang):
            albums[lang] = _Album(again.spoken(), replace(look, lang=lang))
            model = albums[lang].enliven(model)
    return Page(_document(_bound(albums, look), look, model if isinstance(model, Model) else None))


@dataclass(slots=True)
class _View:
    """A picture of the page: the whole graph, or what is in a group, and the way there; what the script knows of it."""

    drawn: Picture
    name: str = ""
    path: tuple[int, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)
    painted: str = ""


class _Album:
    """The picture as it is folded, and for each group of it a picture of what it holds: all the views of a page.

    `VIEWS`, `PARTS` and `WORK` limit how many there are. All is in the language that is spoken.
    """

    def __init__(self, again: Replay, look: Look) -> None:
        self.again = again
        draft, style = drafted(again.root, look), known_style(look.style)
        self.views = [_View(draft.picture_in(style))]
        self.number: dict[int, int] = {}
        self.parts, self.work = _size(self.views[0].drawn), len(members(again.root))
        if isinstance(draft, FoldedDraft):
            self.open_all(Insides(draft, style))
        for view in self.views:
            steps = story(view.drawn, again)
            make_room(view.drawn, steps)
            view.told = {"name": printable(spoken_name(view.name)), "path": view.path, **self.known(view.drawn, steps)}
        self.views[0].told["title"] = printable(look.title or self.views[0].drawn.title)

    def enliven(self, model: Model | str | None) -> Model | str | None:
        """Add what is told of the leaves: what hangs on them, or why they cannot be changed."""
        (drawn, told) = self.views[0].drawn, self.views[0].told
        if isinstance(model, Model) and any(box.kind == "group" for box in drawn.boxes):
            model = FOLDED
        if isinstance(model, Model):
            told["live"] = told_of(drawn, self.again, model)
        elif model:
            told["still"] = say("The leaves cannot be changed: {}", say(model) if model in REASONS else model)
        return model

    def open_all(self, insides: Insides) -> None:
        """Look into each group, and into the groups that are found there, as far as the limits allow."""
        for view in self.views:  # which grow meanwhile
            for box in view.drawn.boxes:
                self.work += len(box.values) if _opens(box) else 0
                if not _opens(box) or len(self.views) > VIEWS or self.parts > PARTS or self.work > WORK:
                    continue
                drawn = insides.picture(view.drawn, box)
                self.parts += _size(drawn)
                self.number[id(box)] = len(self.views)
                self.views.append(_View(drawn, box.group, (*view.path, len(self.views))))

    def known(self, drawn: Picture, steps: list[Step]) -> dict[str, Any]:
        """What the script knows of one picture; see page.js."""
        known, backs = moments(drawn, steps)
        return {
            "boxes": [[known.get(i, 0), *self.box(box)] for i, box in enumerate(drawn.boxes)],
            "wires": [[wire.tail, wire.head, backs.get(i, -1)] for i, wire in enumerate(drawn.wires)],
            "steps": [[s.kind, s.words, s.box, s.wire, s.product, s.time, list(map(_change, s.changes))] for s in steps],
        }

    def box(self, box: Box) -> list[Any]:
        """Name, formula and number of a box that stands for Values; of a group also its view, and whose labels are inside."""
        if box.kind == "group":
            texts = {text.kind: text.content for text in box.texts[1:]}
            inside = list(dict.fromkeys(printable(v.label) for v in box.values if v.label))[:INSIDE]
            view = self.number.get(id(box.given or box), -1)
            return [heading_of(box), texts.get("note", ""), texts.get("value", ""), view, "\n".join(inside)]
        if not box.values:
            return []
        (v,) = box.values
        formula = f"= {applied(v.entry, self.again.name.operands(v))}" if v.op and self.again.name.short(v) else ""
        return [self.again.name(v), formula, dated(repr(v.data), self.again.age.value(v))]


def _opens(box: Box) -> bool:
    """Whether a box is a group in which something was computed, or a larger group of leaves."""
    return box.kind == "group" and not box.given and bool(box.inputs or len(box.values) > MOST_LEAVES)


def _change(change: Change) -> tuple[int, str, str]:
    """A change as the script takes it, which writes the word before a gradient itself."""
    return change.box, change.written.removeprefix(say("grad {}", "")), change.exact


def _size(drawn: Picture) -> int:
    return len(drawn.boxes) + len(drawn.wires)


def _bound(albums: dict[str, _Album], look: Look) -> list[_View]:
    """The views of the first album, each laid out with room for all languages, and with what is different in the others.

    The script puts that in the place of what it has, see `merged` in page.js.
    """
    painting = Look(theme="light", font=look.font)
    alike = list(zip(*(album.views for album in albums.values()), strict=True))
    for views in alike:
        _make_as_wide([view.drawn for view in views])
    for views, placed in zip(alike, places([views[0].drawn for views in alike], look.engine), strict=True):
        for view in views:
            view.painted = paint(view.drawn, placed, painting, marked=True)
            view.told["texts"] = re.findall(r"<(?:text|title|desc)\b[^>]*>([^<]*)</", view.painted)
        found = {lang: _difference(views[0].told, view.told) for lang, view in zip(albums, views, strict=True)}
        for view in views:
            del view.told["texts"]
        views[0].told["in"] = found
    return [views[0] for views in alike]


def _make_as_wide(drawn: list[Picture]) -> None:
    """Give the boxes of one picture in several languages the room that they need in each."""
    for boxes in zip(*(each.boxes for each in drawn), strict=True):
        width = max(box.width for box in boxes)
        for box in boxes:
            if box.body == (box.width, box.height):
                box.body = (width, box.height)
            box.width = width


def _difference(one: Any, other: Any) -> Any:
    """What is to be put in the place of what in `one` to have the `other`: of lists and dicts only that which differs.

    >>> _difference(["a", ["b", 1]], ["a", ["c", 1]]), _difference([1], [1, 2])
    ({1: {0: 'c'}}, [1, 2])
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _difference(one.get(key), each) for key, each in other.items() if each != one.get(key)}
    if isinstance(one, (list, tuple)) and len(one) == len(other):
        return {i: _difference(a, b) for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b}
    return other


def _document(views: list[_View], look: Look, model: Model | None) -> str:
    title, changeable = views[0].told["title"], not {"live", "still"}.isdisjoint(views[0].told)
    sheets = ["leaves.css"] * changeable + ["live.css"] * (model is not None)
    script, style = _script(model), _style(look, views, model) + "".join(map(_compact, sheets))
    allowed = f"script-src {_hash(script)}; style-src {_hash(style)}; img-src data:"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    chosen = "" if look.theme == "auto" else f' data-theme="{look.theme}"'
    chosen += f' data-lang="{look.lang}"' if look.lang else ""
    leaves = LEAVES.format(ROWS if model else "") if changeable else ""
    body = _body(title, views[0].painted, leaves)
    words = {"ja": phrases_in(_body("", "", leaves) + script)}
    known = {"margin": MARGIN, "languages": LANGUAGES, "words": words, "views": [views[0].told]}
    data = _json(known | ({"model": model.told} if model else {})).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="{look.lang or "en"}"{chosen}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}<script type="application/json" id="story">{data}</script>
{_inside(views[1:])}\
<script>{script}</script>
</body>
</html>
"""


def _script(model: Model | None) -> str:
    """The script of a page: its own, and that of a graph that can be computed anew."""
    if model is None:
        return packed(_file("page.js"))
    return packed("\n".join(['"use strict";', model.script, *map(_file, ("numbers.js", "live.js", "page.js"))]))


def _body(title: str, painted: str, leaves: str) -> str:
    """What is on the page: the picture and the controls, whose labels the script has in all languages."""
    return f"""\
<header>
<h1>{escape(title)}</h1>
<nav id="path" aria-label="Opened groups" hidden></nav>
<input id="search" type="search" placeholder="Search" aria-label="Search a label" autocomplete="off" spellcheck="false">
<output id="found" for="search"></output>
{_button("out", "Zoom out")}{_button("fit", "Fit the picture")}{_button("in", "Zoom in")}{_button("theme", "Light or dark")}\
{_button("change", "Change the leaves") if leaves else ""}<button id="language"></button>
</header>
<nav id="steps" aria-label="Steps">
{_button("first", "First step")}{_button("back", "Step back")}
<button id="play" aria-label="Play"><svg class="start" viewBox="0 0 18 18" aria-hidden="true"><path d="{ICONS["start"]}"/></svg>\
<svg class="pause" viewBox="0 0 18 18" aria-hidden="true"><path d="{ICONS["pause"]}"/></svg></button>
{_button("next", "Step forward")}{_button("last", "Last step")}
<input id="scrubber" type="range" min="0" max="0" value="0" aria-label="Step">
<span id="count"></span>
</nav>
<section id="told" aria-label="What happens at this step">
<p id="phase"></p>
<p id="sentence" aria-live="polite" aria-atomic="true"></p>
</section>
<main id="stage">
{painted}</main>
{leaves}\
<aside id="card" aria-label="The chosen value" hidden>
<h2 id="card-name"></h2><p id="card-formula"></p>
<dl><dt data-say>value</dt><dd id="card-value"></dd><dt data-say>gradient</dt><dd id="card-gradient"></dd></dl>
<ul id="card-terms"></ul>
<button id="card-open" hidden data-say>Open</button>
{_button("close", "Close", ident="card-close")}
</aside>
"""


def _inside(views: list[_View]) -> str:
    """What is in the groups, as a browser unpacks it (DEFLATE): pictures and sentences that resemble each other."""
    if not views:
        return ""
    packer = compressobj(9, wbits=-15)
    data = packer.compress(_json([[view.told, view.painted] for view in views]).encode()) + packer.flush()
    return f'<script type="text/plain" id="inside">{b64encode(data).decode()}</script>\n'


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _button(icon: str, label: str, *, ident: str = "") -> str:
    drawn = f'<svg viewBox="0 0 18 18" aria-hidden="true"><path d="{ICONS[icon]}"/></svg>'
    return f'<button id="{ident or icon}" aria-label="{label}">{drawn}</button>'


def _style(look: Look, views: list[_View], model: Model | None) -> str:
    """The style sheet: the page's own, and the colours of what is painted, or may come to be, in both themes."""
    parts = {part for part, *_ in PALETTE if any(f'class="{part}"' in view.painted for view in views)} - {"paper"}
    if model:
        parts |= {"alarm", *(TONES if look.heat else ())}
    used = [row for row in PALETTE if row[0] in parts]
    named = [(f"{part}-{attribute}", light, dark) for part, attribute, light, dark in used]
    light, dark = (";".join(f"--{row[0]}:{row[k]}" for row in [*COLOURS, *named]) for k in (1, 2))
    painted = "".join(f".{part}{{{attribute}:var(--{part}-{attribute})}}" for part, attribute, *_ in used)
    dark = f"{{color-scheme:dark;{dark}}}"
    fonts = look.fonts(FONTS.replace("sans-serif", JAPANESE))
    return (
        f":root{{color-scheme:light;--font:{fonts};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){dark}}}\n"
        f":root[data-theme=dark]{dark}\n{painted}\n{_compact('page.css')}"
    )


def _compact(name: str) -> str:
    """A style sheet without the ends of its lines."""
    return re.sub(r"\n\s*", "", _file(name))


def packed(script: str) -> str:
    r"""A script without comments, and without the space that nobody but a reader needs.

    >>> packed('const a = (x) => x / 2;  f("a  // b", /[ /]/, `${a} - ${ a }`); // half')
    'const a=(x)=>x / 2;f("a  // b",/[ /]/,`${a} - ${ a }`);'
    """
    return PACKED.sub(lambda found: found[1] or found[2] or found[3] or "", script)


def _file(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
