"""The page: one offline HTML file that steps through the forward and the backward pass of a graph.

It holds the SVG of our own painter, what to show at each step as JSON (see `viz.page.steps`), and a script that only sets texts
and classes. Which document is made of them, `viz.page.parts` says.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from html import escape
from itertools import islice
from operator import attrgetter
from pathlib import Path
from zlib import compressobj

from autograd.value import Value
from viz.canvas import MARGIN, PALETTE
from viz.graph.draft import known_style
from viz.graph.folded import FoldedDraft
from viz.graph.folding import spoken_name
from viz.graph.inside import Insides
from viz.graph.layout import places
from viz.graph.paint import paint
from viz.graph.pictures import drafted
from viz.language import LANGUAGES, language_asked_for, phrases_in, say, speaking
from viz.options import graph_look
from viz.page.live import REASONS, SHARES, Model, model_of, told_of
from viz.page.parts import COLOURS, PLAY, SPEECH, Page, button, compact, document, in_json, in_script, scripted, variables
from viz.page.steps import MOST_LEAVES, ground_of, heading_of, make_room, moments, replayed, story
from viz.reading import not_one, pairs_of
from viz.shapes import Look
from viz.words import applied, dated, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from viz.graph.draft import Draft
    from viz.page.steps import Change, Ground, Replay, Step
    from viz.shapes import Box, Drawable, Network, Picture

FOLDER = Path(__file__).parent
VIEWS, PARTS, WORK = 64, 1000, 200_000
"""How many groups of a page can be opened, about how many boxes and wires are drawn for it, how many Values are looked at."""
INSIDE = 200
"""So many labels inside a group are found by the search."""

TONES = ("wire", "head", "plus", "plus-head", "minus", "minus-head")
"""What a wire may become that shows heat."""

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
    again = replayed(v, backward_from, look.names, look.number_format, lines=look.lines)
    lit = [(again.twins[key], i) for key, i in pairs_of(look.highlight, again.twins) if key in again.twins]
    look = replace(look, names=None, highlight=lit, lang=language_asked_for(look.lang))
    first = look.lang or "en"
    albums: dict[str, _Album] = {}
    for lang in [first, *(lang for lang in LANGUAGES if lang != first)]:
        with speaking(lang):
            albums[lang] = _Album(again, look, albums.get(first))
    folded = any(box.kind == "group" for box in albums[first].views[0].drawn.boxes)
    model = model_of(again, look.number_format, heat=look.heat, folded=folded) if live else None
    model = SHARES if model and look.rounding is not False else model
    for lang, album in albums.items():
        with speaking(lang):
            album.enliven(model)
    return Page(_document(_bound(albums, look), look, model if isinstance(model, Model) else None))


@dataclass(slots=True)
class _View:
    """A picture of the page: the whole graph, or what is in a group, and the way there; what the script knows of it."""

    drawn: Picture
    ground: Ground
    name: str = ""
    path: tuple[int, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)
    painted: str = ""


class _Album:
    """The picture as it is folded, and for each group of it a picture of what it holds: all the views of a page.

    `VIEWS`, `PARTS` and `WORK` limit how many there are. All is in the language that is spoken; what does not hang on it is
    that of an album that is `like` this one in another language.
    """

    def __init__(self, again: Replay, look: Look, like: _Album | None) -> None:
        self.again, self.like, style = again, like, known_style(look.style)
        self.draft: Draft = like.draft.anew() if like else drafted(again.root, look, again.origin)
        self.draft.age = again.age
        self.views: list[_View] = []
        self.found: dict[int, str] = like.found if like else {}
        self.add(self.draft.picture_in(style))
        self.number: dict[int, int] = {}
        self.parts, self.work = _size(self.views[0].drawn), len(again.rank)
        new = Insides(self.draft, style) if isinstance(self.draft, FoldedDraft) and not like else None
        self.insides: Insides | None = like.insides if like else new
        if self.insides:
            self.open_all(self.insides)
        for view in self.views:
            steps = story(view.drawn, again, ground=view.ground)
            make_room(view.drawn, steps)
            known = self.known(view.drawn, steps, view.ground)
            view.told = {"name": printable(spoken_name(view.name)), "path": view.path, **known}
        self.views[0].told["title"] = printable(look.title or self.views[0].drawn.title)

    def add(self, drawn: Picture, name: str = "", path: tuple[int, ...] = ()) -> None:
        """Add a view."""
        ground = self.like.views[len(self.views)].ground if self.like else ground_of(drawn, self.again)
        self.views.append(_View(drawn, ground, name, path))

    def enliven(self, model: Model | str | None) -> None:
        """Add what is told of the leaves: what hangs on them, or why they cannot be changed."""
        (drawn, told) = self.views[0].drawn, self.views[0].told
        if isinstance(model, Model):
            told["live"] = told_of(drawn, self.again, model)
        elif model:
            told["still"] = say("The leaves cannot be changed: {}", say(model) if model in REASONS else model)

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
                self.add(drawn, box.group, (*view.path, len(self.views)))

    def known(self, drawn: Picture, steps: list[Step], ground: Ground) -> dict[str, Any]:
        """What the script knows of one picture; see page.js."""
        known, backs = moments(drawn, steps, ground)
        return {
            "boxes": [[known.get(i, 0), *self.box(box)] for i, box in enumerate(drawn.boxes)],
            "wires": [[wire.tail, wire.head, backs.get(i, -1)] for i, wire in enumerate(drawn.wires)],
            "steps": [[s.kind, s.words, s.box, s.wire, s.product, s.time, list(map(_change, s.changes))] for s in steps],
        }

    def box(self, box: Box) -> list[Any]:
        """Name, formula and number of a box that stands for Values; of a group also its view, and whose labels are inside."""
        if box.kind == "group":
            texts = {text.kind: text.content for text in box.texts[1:]}
            view = self.number.get(id(box.given or box), -1)
            return [heading_of(box), texts.get("note", ""), texts.get("value", ""), view, self.labels(box.values)]
        if not box.values:
            return []
        (v,) = box.values
        formula = f"= {applied(v.entry, self.again.name.operands(v))}" if v.op and self.again.name.short(v) else ""
        told = "; ".join(filter(None, [formula, self.again.line(v)]))
        return [self.again.name(v), told, dated(repr(v.data), self.again.age.value(v))]

    def labels(self, values: tuple[Value, ...]) -> str:
        """Those inside a group, found once: its Values are the same tuple in all languages."""
        if id(values) not in self.found:
            labels = dict.fromkeys(printable(label) for label in dict.fromkeys(map(attrgetter("label"), values)) if label)
            self.found[id(values)] = "\n".join(islice(labels, INSIDE))
        return self.found[id(values)]


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
            view.painted = paint(view.drawn, placed, painting, marked=True, wires=view is views[0])
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
    style = _style(look, views, model) + "".join(compact(FOLDER / sheet) for sheet in sheets)
    live = (model.script, FOLDER / "numbers.js", FOLDER / "live.js") if model else ()
    script = scripted(SPEECH, *live, FOLDER / "page.js")
    leaves = LEAVES.format(ROWS if model else "") if changeable else ""
    words = {"ja": phrases_in(_body("", "", leaves) + script)}
    known = {"margin": MARGIN, "languages": LANGUAGES, "words": words, "views": [views[0].told]}
    data = in_script("story", known | ({"model": model.told} if model else {})) + _inside(views[1:])
    return document(title, _body(title, views[0].painted, leaves) + data, script, style, look, look.lang)


def _body(title: str, painted: str, leaves: str) -> str:
    """What is on the page: the picture and the controls, whose labels the script has in all languages."""
    return f"""\
<header>
<h1>{escape(title)}</h1>
<nav id="path" aria-label="Opened groups" hidden></nav>
<input id="search" type="search" placeholder="Search" aria-label="Search a label" autocomplete="off" spellcheck="false">
<output id="found" for="search"></output>
{button("out", "Zoom out")}{button("fit", "Fit the picture")}{button("in", "Zoom in")}{button("theme", "Light or dark")}\
{button("change", "Change the leaves") if leaves else ""}<button id="language"></button>
</header>
<nav id="steps" aria-label="Steps">
{button("first", "First step")}{button("back", "Step back")}
{PLAY}
{button("next", "Step forward")}{button("last", "Last step")}
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
{button("close", "Close", ident="card-close")}
</aside>
"""


def _inside(views: list[_View]) -> str:
    """What is in the groups, as a browser unpacks it (DEFLATE): pictures and sentences that resemble each other."""
    if not views:
        return ""
    packer = compressobj(9, wbits=-15)
    data = packer.compress(in_json([[view.told, view.painted] for view in views]).encode()) + packer.flush()
    return f'<script type="text/plain" id="inside">{b64encode(data).decode()}</script>\n'


def _style(look: Look, views: list[_View], model: Model | None) -> str:
    """The style sheet: the page's own, and the colours of what is painted, or may come to be, in both themes."""
    parts = {part for part, *_ in PALETTE if any(f'class="{part}"' in view.painted for view in views)} - {"paper"}
    if model:
        parts |= {"alarm", *(TONES if look.heat else ())}
    used = [row for row in PALETTE if row[0] in parts]
    named = [(f"{part}-{attribute}", light, dark) for part, attribute, light, dark in used]
    light, dark = (";".join(f"--{row[0]}:{row[k]}" for row in [*COLOURS, *named]) for k in (1, 2))
    painted = "".join(f".{part}{{{attribute}:var(--{part}-{attribute})}}" for part, attribute, *_ in used)
    return f"{variables(look, light, dark)}\n{painted}\n{compact(FOLDER / 'page.css')}"
