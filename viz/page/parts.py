"""What pages are made of: the document with its policy, scripts and style sheets as files, colours, icons, words.

A page lets nothing run but its script and fetches nothing: script and style sheet are allowed by their hash.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

from autograd.files import write_whole
from viz.canvas import FONTS, JAPANESE
from viz.language import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

    from viz.shapes import Appearance

SPEECH = Path(__file__).parent / "speech.js"
"""What the scripts of all pages begin with."""
PAGES = (".html", ".htm")
"""The suffixes of files that browsers take for pages."""
HEIGHT = 620
"""How many pixels of a notebook a page takes."""

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

ICONS = {
    "first": "M4 3h2v12H4zM15 3v12l-8-6z", "back": "M13 3v12L5 9z", "next": "M5 3v12l8-6z", "last": "M12 3h2v12h-2zM3 3v12l8-6z",
    "start": "M4 2v14l12-7z", "pause": "M4 3h4v12H4zM10 3h4v12h-4z",
    "theme": "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zm0 2a5 5 0 0 1 0 10z",
    "fit": "M2 2h5v2H4v3H2zM11 2h5v5h-2V4h-3zM2 11h2v3h3v2H2zM14 11h2v5h-5v-2h3z", "in": "M8 3h2v5h5v2h-5v5H8v-5H3V8h5z",
    "change": "M2 4h6V2h2v2h6v2h-6v2H8V6H2zM2 12h2v-2h2v2h10v2H6v2H4v-2H2z",
    "out": "M3 8h12v2H3z", "close": "M4.4 3 9 7.6 13.6 3 15 4.4 10.4 9l4.6 4.6-1.4 1.4L9 10.4 4.4 15 3 13.6 7.6 9 3 4.4z",
}  # fmt: skip
"""Each in a square of 18."""

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
        """Write the page to a file, whole or not at all. `ValueError` for another suffix than .html or .htm."""
        if (suffix := Path(path).suffix).lower() not in PAGES:
            given = repr(suffix) if suffix else "a file without suffix"
            message = f"a page is saved as .html, not as {given}: viz.draw(v).save('graph.svg') writes a picture"
            raise ValueError(message)
        write_whole(path, self.encode())

    def __repr__(self) -> str:
        return f"<Page: {len(self):,} characters of HTML; viz.save(v, 'graph.html') writes such a file>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        frame = f'sandbox="allow-scripts" style="width:100%;height:{self.height}px;border:0" title="{say(self.about)}"'
        return {"text/html": f'<iframe {frame} srcdoc="{escape(self)}"></iframe>', "text/plain": repr(self)}


def document(title: str, body: str, script: str, style: str, look: Appearance, lang: str | None) -> str:
    """A whole page; `lang` is the language that was asked for, if one was."""
    policy = f"script-src {_hash(script)}; style-src {_hash(style)}; img-src data:"
    chosen = "" if look.theme == "auto" else f' data-theme="{look.theme}"'
    chosen += f' data-lang="{lang}"' if lang else ""
    return f"""<!doctype html>
<html lang="{lang or "en"}"{chosen}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; {policy}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}<script>{script}</script>
</body>
</html>
"""


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def variables(look: Appearance, light: str, dark: str) -> str:
    """The rules that give a page these variables, by the theme of the look, the reader's system or the button."""
    fonts = look.fonts(FONTS.replace("sans-serif", JAPANESE))
    dark = f"{{color-scheme:dark;{dark}}}"
    return (
        f":root{{color-scheme:light;--font:{fonts};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){dark}}}\n:root[data-theme=dark]{dark}"
    )


def scripted(*scripts: str | Path) -> str:
    """A script of several, texts or files, without what nobody but a reader needs."""
    texts = [each.read_text("utf-8") if isinstance(each, Path) else each for each in scripts]
    return packed("\n".join(['"use strict";', *texts]))


def packed(script: str) -> str:
    r"""A script without comments, and without the space that nobody but a reader needs.

    >>> packed('const a = (x) => x / 2;  f("a  // b", /[ /]/, `${a} - ${ a }`); // half')
    'const a=(x)=>x / 2;f("a  // b",/[ /]/,`${a} - ${ a }`);'
    """
    return PACKED.sub(lambda found: found[1] or found[2] or found[3] or "", script)


def compact(sheet: Path) -> str:
    """A style sheet without the ends of its lines."""
    return re.sub(r"\n\s*", "", sheet.read_text("utf-8"))


def in_script(ident: str, told: object) -> str:
    """Data as an element that the script reads."""
    data = in_json(told).replace("<", "\\u003c")
    return f'<script type="application/json" id="{ident}">{data}</script>\n'


def in_json(told: object) -> str:
    """Data in few characters."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def button(icon: str, label: str, *, ident: str = "") -> str:
    """A button with an icon, which screen readers and tips call by its label."""
    return f'<button id="{ident or icon}" aria-label="{label}">{_drawn(icon)}</button>'


def _drawn(icon: str, kind: str = "") -> str:
    of = f' class="{kind}"' if kind else ""
    return f'<svg{of} viewBox="0 0 18 18" aria-hidden="true"><path d="{ICONS[icon]}"/></svg>'


PLAY = f'<button id="play" aria-label="Play">{_drawn("start", "start")}{_drawn("pause", "pause")}</button>'
"""The button that plays, or pauses."""
