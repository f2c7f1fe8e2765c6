"""Files of the project as pages with numbered lines, to which the reference and the guides lead."""

from __future__ import annotations

import html
import os
from typing import TYPE_CHECKING

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "source"
"""Of the site, where such pages stand."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - chainrule</title>
<link rel="icon" href="{up}_static/favicon.svg">
<link rel="stylesheet" href="{up}listing.css">
</head>
<body>
<nav><a href="{up}index.html">chainrule</a> <span>{title}</span></nav>
<main>
{body}
</main>
</body>
</html>
"""

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font-family: system-ui, sans-serif; background: #fff; color: #111; }
nav { position: sticky; top: 0; padding: .6rem 1rem; background: #f6f7f8; border-bottom: 1px solid #ddd; }
nav span { font-family: ui-monospace, monospace; margin-left: 1rem; }
main { overflow-x: auto; padding: .5rem 1rem 4rem; }
a { color: #0b57d0; }
pre { margin: 0; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre a { color: inherit; text-decoration: none; }
.linenos { color: #767676; user-select: none; padding-right: 1em; }
span:has(> a:target), a:target + .linenos { background: #fff3b0; }
li { font-family: ui-monospace, monospace; line-height: 1.7; }
@media (prefers-color-scheme: dark) {
  body { background: #131416; color: #e6e6e6; }
  nav { background: #1a1c1e; border-color: #333; }
  a { color: #8ab4f8; }
  .linenos { color: #8b8b8b; }
  a:target + .linenos { background: #5b4a00; }
"""


def address(path: str, line: int | None = None) -> str:
    """Where in the site a file of the project stands, from its first page.

    >>> address("autograd/node.py", 3)
    'source/autograd/node.py.html#L-3'
    """
    page = f"{FOLDER}/{path}/index.html" if path.endswith("/") or not path else f"{FOLDER}/{path}.html"
    return page.replace("//", "/") + (f"#L-{line}" if line else "")


class Listings:
    """Which files were asked for, and their pages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: set[str] = set()

    def link(self, path: str, page: str, line: int | None = None) -> str:
        """What leads from a page of the site (its path in it, with its language) to a file or folder of the project."""
        if (self.root / path).is_dir():
            path = path.rstrip("/") + "/"
            self.asked |= {each.relative_to(self.root).as_posix() for each in listed(self.root / path)}
        self.asked.add(path)
        return os.path.relpath(address(path), os.path.dirname(page) or ".") + (f"#L-{line}" if line else "")  # noqa: PTH120

    def write(self, to: Path) -> None:
        """Write the pages of all that was asked for."""
        css = [HtmlFormatter(style=style).get_style_defs("pre") for style in ("friendly", "github-dark")]
        light, dark = ("\n".join(line for line in each.splitlines() if "background" not in line) for each in css)
        style = light + STYLE + dark + "\n}\n"
        (to / "listing.css").write_text(style, encoding="utf-8")
        for path in sorted(self.asked):
            out = to / address(path)
            out.parent.mkdir(parents=True, exist_ok=True)
            up = "../" * (len(out.relative_to(to).parts) - 1)
            body = self.folder(path) if path.endswith("/") else marked(self.root / path)
            out.write_text(PAGE.format(title=html.escape(path), up=up, body=body), encoding="utf-8")

    def folder(self, path: str) -> str:
        """The list of what is in a folder."""
        names = [each.name for each in listed(self.root / path)]
        return "<ul>" + "".join(f'<li><a href="{name}.html">{name}</a></li>' for name in names) + "</ul>"


def listed(folder: Path) -> list[Path]:
    """What of a folder is listed: its programs."""
    return sorted(each for each in folder.iterdir() if each.suffix in {".py", ".c", ".h", ".pyx"})


def marked(path: Path) -> str:
    """A file with coloured words and a number, which is an anchor, at each line."""
    text = path.read_text(encoding="utf-8")
    try:
        lexer = get_lexer_for_filename(path.name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    form = HtmlFormatter(nowrap=False, linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="listing")
    return str(highlight(text, lexer, form))
