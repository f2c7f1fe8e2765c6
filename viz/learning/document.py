"""The page on which a network learns: one offline HTML file that trains in the browser, with its state in the address.

It holds the programs of the network, printed as JavaScript (see `viz.learning.lesson`), the samples as JSON, and the policy of
all our pages: a script and a style sheet that are allowed by their hash, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from viz.language import LANGUAGES, language_asked_for, phrases_in, say
from viz.learning.lesson import CHOICE, LOGITS, lesson_of
from viz.page.parts import COLOURS, PLAY, SPEECH, Page, button, compact, document, in_json, in_script, scripted, variables
from viz.shapes import Appearance
from viz.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from viz.learning.lesson import Lesson
    from viz.shapes import Network

FOLDER = Path(__file__).parent
OPTIMISERS = "SGD", "momentum", "Adam"
RATES = 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0
SPEEDS = "slow", "normal", "fast"
HEADER = f"""\
<header>
<h1>{{}}</h1>
{button("theme", "Light or dark")}<button id="language"></button>
</header>
"""
NOISE = """\
<label><span><span data-say>noise</span> <output id="noise-told"></output></span>\
<input id="noise" type="range" min="0" max="1" step="0.05"></label>
"""
SEED = '<label><span data-say>seed</span><input id="seed" type="number" min="0" step="1"></label>\n'
MOST_NAMED = 4
"""So many inputs are called x₁, x₂, ... where nobody names them."""

#         what       light      dark
SHADES = [("plus",   "#0b5cad", "#79b8ff"),
          ("minus",  "#b54000", "#ffa657"),
          ("class0", "#b54000", "#ffa657"),
          ("class1", "#0b5cad", "#79b8ff"),
          ("class2", "#1a7f37", "#56d364"),
          ("class3", "#7232b8", "#cfa6ff"),
          ("class4", "#a8326e", "#ff9bce"),
          ("class5", "#59636e", "#9aa4af")]  # fmt: skip


class Lecture(Page):
    """The text of a page on which a network learns."""

    __slots__ = ()
    height = 720
    about = "a network that learns"

    def __repr__(self) -> str:
        return f"<Page: {len(self):,} characters of HTML; its save('training.html') writes such a file>"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a page begins with: each can be changed on it."""

    optimizer: str = "SGD"
    lr: float = 0.1
    batch_size: int | None = None
    noise: float = 0.0
    seed: int = 0
    speed: str = "normal"

    def checked(self) -> Settings:
        """The settings themselves, if they are what they can be; else `ValueError`."""
        self._one_of("optimizer", self.optimizer, OPTIMISERS)
        self._one_of("speed", self.speed, SPEEDS)
        for name, right, words in (
            ("lr", _number(self.lr) and self.lr > 0, "a number above 0"),
            ("batch_size", self.batch_size is None or (_whole(self.batch_size) and self.batch_size > 0), "at least 1, or None"),
            ("noise", _number(self.noise) and 0 <= self.noise <= 1, "a number from 0 to 1"),
            ("seed", _whole(self.seed) and 0 <= self.seed < 2**31, "0 for the numbers that the network has, or another seed"),
        ):
            if not right:
                message = f"training: {name} is {words}, not {getattr(self, name)!r:.60}"
                raise ValueError(message)
        return self

    @staticmethod
    def _one_of(name: str, given: object, known: Sequence[str]) -> None:
        if given not in known:
            message = f"training: {name} is one of {', '.join(known)}, not {given!r:.60}"
            raise ValueError(message)


def _number(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < float("inf")


def _whole(given: object) -> bool:
    return hasattr(given, "__index__") and not isinstance(given, bool)


def learning_page(
    model: Network,
    xs: Any,
    ys: Any,
    loss: Callable[[Any, Any], Any],
    begin: Settings,
    look: Appearance,
    *,
    activations: Sequence[str] | None,
    inputs: Sequence[object] | None,
) -> Lecture:
    """The page of a network, its samples and a loss; see `viz.training`."""
    lesson, begin, look = lesson_of(model, xs, ys, loss), begin.checked(), look.checked()
    offered = _offered(lesson, activations)
    names = [printable(str(name)) for name in inputs] if inputs is not None else _names(lesson.layers[0].inputs)
    if len(names) not in (0, lesson.layers[0].inputs):
        message = f"training: inputs= has {len(names)} names, and the network {lesson.layers[0].inputs} inputs"
        raise ValueError(message)
    told = _told(lesson, begin, names) | {"title": {lang: _title(model, look, lang) for lang in LANGUAGES}}
    return Lecture(_document(told, _programs(lesson, offered), _body(offered, lesson), look))


def _offered(lesson: Lesson, activations: Sequence[str] | None) -> list[str]:
    """The activations to choose from, that of the network first."""
    wanted = list(CHOICE if activations is None else activations)
    found = list(dict.fromkeys([lesson.activation, *wanted]))
    if lesson.activation == "softmax":
        return found[:1]
    for name in found:
        try:
            lesson.units(list(lesson.theta), lesson.xs[0], name)
        except KeyError:
            message = f"training: there is no activation {name!r}; they are the functions of autograd of one number, and identity"
            raise ValueError(message) from None
    return found


def _names(many: int) -> list[str]:
    """The names of so many inputs."""
    return ["x"] if many == 1 else [f"x{'₁₂₃₄'[k]}" for k in range(many)] if many <= MOST_NAMED else []


def _title(model: Network, look: Appearance, lang: str) -> str:
    """What stands above the page: the title, or what the network says of itself."""
    first = repr(model).partition("\n")[0].partition(": ")[0].replace("->", "→")
    return printable(look.title) if look.title else say("Training: {}", printable(first), lang=lang)


def _told(lesson: Lesson, begin: Settings, names: list[str]) -> dict[str, Any]:
    """What the script knows; see learning.js."""
    targets = sorted({y for row in lesson.ys for y in row})
    spans = [max(column) - min(column) for column in zip(*(lesson.ys if lesson.kind == "curve" else lesson.xs), strict=True)]
    logits = getattr(lesson.loss, "__name__", "") in LOGITS
    half = (targets[-1] - targets[0]) / 2 or 1.0
    settings = {
        "rate": float(begin.lr), "activation": lesson.activation, "optimiser": begin.optimizer,
        "batch": min(begin.batch_size or len(lesson.xs), len(lesson.xs)), "noise": float(begin.noise), "seed": begin.seed,
        "speed": begin.speed,
    }  # fmt: skip
    return {
        "layers": [layer._asdict() for layer in lesson.layers], "theta": lesson.theta, "trained": lesson.trained,
        "xs": lesson.xs, "ys": lesson.ys, "kind": lesson.kind, "border": lesson.border, "classes": lesson.classes,
        "middle": (targets[0] + targets[-1]) / 2, "half": 3.0 if logits else half, "spread": max(spans) / 2 or 1.0,
        "names": names, "settings": settings, "languages": LANGUAGES, "palette": [row[0] for row in SHADES[2:]],
    }  # fmt: skip


def _programs(lesson: Lesson, offered: Iterable[str]) -> str:
    """The programs with each activation, as JavaScript."""
    lines = []
    for name in offered:
        printed = lesson.printed(name)
        told = {"activations": in_json(lesson.activations(name)), **printed}
        lines.append(f"{name}: {{{', '.join(f'{key}: {text}' for key, text in told.items())}}},")
    return "const PROGRAMS = {\n" + "\n".join(lines) + "\n};\n"


def _document(told: dict[str, Any], programs: str, body: str, look: Appearance) -> str:
    lang, script = language_asked_for(look.lang), scripted(SPEECH, programs, FOLDER / "learning.js")
    light, dark = (";".join(f"--{row[0]}:{row[k]}" for row in [*COLOURS, *SHADES]) for k in (1, 2))
    style = f"{variables(look, light, dark)}\n{compact(FOLDER / 'learning.css')}"
    title = told["title"][lang or "en"]
    header = HEADER.format("")
    data = in_script("told", told | {"words": {"ja": phrases_in(header + body + script)}})
    return document(title, HEADER.format(escape(title)) + body + data, script, style, look, lang)


def _body(offered: Sequence[str], lesson: Lesson) -> str:
    """The controls and the fields that the script fills; it has their words in all languages."""
    rows = len(lesson.xs)
    sizes = [*(2**k for k in range(12) if 2**k < rows), rows]
    fields = [
        _select("rate", "learning rate", RATES),
        _select("activation", "activation", offered),
        _select("optimiser", "optimiser", OPTIMISERS, spoken=True),
        _select("batch", "batch size", sizes),
        NOISE,
        SEED,
        _select("speed", "speed", SPEEDS, spoken=True),
    ]
    return f"""\
<nav id="controls" aria-label="Training">
<span class="buttons">{button("first", "Begin anew", ident="reset")}{PLAY}\
{button("next", "One step", ident="step")}</span>
{"".join(fields)}
</nav>
<main>
<section id="network" aria-label="Network"><svg id="wires"></svg><div id="units"></div></section>
<div id="side">
<p id="warning" role="alert" hidden data-say>The loss is no finite number any more: choose a smaller learning rate.</p>
<dl id="numbers">
<div><dt data-say>epoch</dt><dd id="epoch"></dd></div><div><dt data-say>step</dt><dd id="count"></dd></div>
<div><dt data-say>loss</dt><dd id="loss"></dd></div><div id="right-told"><dt data-say>correct</dt><dd id="right"></dd></div>
</dl>
<section aria-label="Output of the network"><canvas id="output"></canvas></section>
<section aria-label="Loss of each epoch"><h2 data-say>Loss of each epoch</h2><canvas id="losses"></canvas></section>
</div>
</main>
"""


def _select(ident: str, label: str, choice: Iterable[object], *, spoken: bool = False) -> str:
    said = " data-say" if spoken else ""
    options = "".join(f'<option value="{_plain(each)}"{said}>{_plain(each)}</option>' for each in choice)
    return f'<label><span data-say>{label}</span><select id="{ident}">{options}</select></label>\n'


def _plain(each: object) -> str:
    return f"{each:g}" if isinstance(each, float) else str(each)
