"""The guides and the course as the pages of one language: links lead to pages of the site, or to files of the project."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from plotted import plots, with_plots

if TYPE_CHECKING:
    from collections.abc import Callable

    from listings import Listings

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent
ROOT = DOCS.parent

BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"(!?)\[((?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*)\]\(([^()\s]+)\)")
LEXERS = {"floors": "text", "console": "console", "sh": "sh", "pycon": "pycon", "python": "python", "text": "text", "": "text"}
CHAPTERS = "abcde"
CHAPTERS_OF = {f"course/{chapter}": chapter for chapter in CHAPTERS}
GUIDES = (
    "graphs", "derivatives", "programs", "numbers", "networks", "testing", "conventions", "gallery", "errors", "engine", "ops",
    "performance", "comparison", "coming_from", "versions", "playground",
)  # fmt: skip
"""Files of docs/, each with its Japanese one beside it, that are pages; `performance` stands in English."""
ENGLISH_ALONE = {"performance": "性能", "changelog": "変更履歴"}
LANGUAGES = ("en", "ja")
LIVE = {
    "en": '**To be tried**: <a href="live/apples.html#lang=en">the price of apples</a>, '
    '<a href="live/xor.html#lang=en">a network that learns exclusive or</a>.',
    "ja": '**試す**: <a href="../live/apples.html#lang=ja">りんごの代金</a>、'
    '<a href="../live/xor.html#lang=ja">排他的論理和を学習するネットワーク</a>。',
}
"""What leads from the gallery to the pages that `make_site.py` makes."""
OPEN = {
    "en": '<p><strong><a href="playground/?lang=en">Open the playground</a></strong></p>',
    "ja": '<p><strong><a href="../playground/?lang=ja">プレイグラウンドを開く</a></strong></p>',
}
"""What leads to the playground from the page about it."""
TRY = {"en": "run it in the playground", "ja": "プレイグラウンドで動かす"}
"""What leads to it from an item of the course."""


class Tree:
    """The pages of one language, as files that Sphinx reads."""

    def __init__(self, lang: str, to: Path, listings: Listings) -> None:
        self.lang, self.to, self.listings = lang, to, listings

    def write(self) -> None:
        """Write them all but the reference."""
        self.to.mkdir(parents=True, exist_ok=True)
        shutil.copytree(DOCS / "pictures", self.to / "pictures", ignore=shutil.ignore_patterns("*.py", "*.md", "*.json"))
        draw_start(self.to / "pictures" / "start.svg", self.lang)
        self.page("index", HERE / self.named("index"))
        for name in GUIDES:
            self.page(name, self.translated(DOCS, name))
        self.page("changelog", ROOT / "CHANGELOG.md")
        for chapter in CHAPTERS:
            self.page(f"course/{chapter}", DOCS / "course" / f"{chapter}.{self.lang}.md", above=chapter_head)
            pictures = f"{chapter}.{self.lang}-pictures"
            shutil.copytree(DOCS / "course" / pictures, self.to / "course" / pictures)
        self.page("course/index", HERE / self.named("course"))

    def named(self, name: str) -> str:
        """The file of a page that stands in both languages."""
        return f"{name}.md" if self.lang == "en" else f"{name}.{self.lang}.md"

    def translated(self, folder: Path, name: str) -> Path:
        """The file of a guide, in English where there is no other."""
        path = folder / self.named(name)
        return path if path.exists() else folder / f"{name}.md"

    def title(self, page: str) -> str:
        """What a page is called."""
        path = ROOT / "CHANGELOG.md" if page == "changelog" else self.translated(DOCS, page)
        if page in CHAPTERS_OF:
            path = DOCS / "course" / f"{CHAPTERS_OF[page]}.{self.lang}.md"
        if page == "index":
            path = HERE / self.named("index")
        return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")

    def page(self, name: str, path: Path, above: Callable[[str], str] | None = None) -> None:
        """Write one page."""
        text = path.read_text(encoding="utf-8")
        text = above(text) if above else without_other_language(text)
        if self.lang != "en" and name in ENGLISH_ALONE:
            heading, rest = text.split("\n", 1)
            summary = HERE / self.named(name)
            told = summary.read_text(encoding="utf-8") if summary.exists() else ""
            text = f"# {ENGLISH_ALONE[name]}\n\nこのページは英語である ({heading.lstrip('# ')})。\n\n{told}\n{rest}"
        if name == "ops":
            text = with_plots(text, plots())
        if name == "playground":
            heading, rest = text.split("\n", 1)
            text = f"{heading}\n\n{OPEN[self.lang]}\n{rest}"
        if name in CHAPTERS_OF:
            text = with_playground(text, self.lang)
        if name == "gallery":
            text = f"{text}\n{LIVE[self.lang]}\n"
        text = self.relinked(one_title(text), name, path)
        if self.lang == "ja":
            text = flowing(text)
        (self.to / name).parent.mkdir(parents=True, exist_ok=True)
        (self.to / f"{name}.md").write_text(text, encoding="utf-8")

    def relinked(self, text: str, name: str, path: Path) -> str:
        """The text with links for where it now stands; blocks and spans of code stay as they are."""

        def link(match: re.Match[str]) -> str:
            picture, shown, target = match.groups()
            return self.link(picture, shown, target, name, path)

        def block(match: re.Match[str]) -> str:
            head, rest = match[0].split("\n", 1)
            return f"```{LEXERS[head.strip('`')]}\n{rest}" if head.strip("`") in LEXERS else match[0]

        parts, last = [], 0
        for match in BLOCK.finditer(text):
            parts += [LINK.sub(link, text[last : match.start()]), block(match)]
            last = match.end()
        return "".join([*parts, LINK.sub(link, text[last:])])

    def link(self, picture: str, shown: str, target: str, name: str, path: Path) -> str:
        """One link or picture."""
        written, _, fragment = target.partition("#")
        if ":" in target or not written or picture or not path.is_relative_to(ROOT):
            return f"{picture}[{shown}]({target})"
        file = (path.parent / written).resolve().relative_to(ROOT).as_posix()
        if path.parent == HERE and (HERE.parent / written).exists():
            file = f"docs/{written}"
        found = page_of(file)
        up = "../" * name.count("/")
        if path.parent == HERE and found is None and "/" not in written.replace("reference/", "").replace("course/", ""):
            found = written.removesuffix(".md") if written.endswith(".md") else None
        if found is not None:
            if shown == Path(written).name:
                shown = self.title(found)
            return f"[{shown}]({up}{found}.md{'#' + fragment if fragment else ''})"
        href = self.listings.link(file, ("" if self.lang == "en" else f"{self.lang}/") + f"{name}.html")
        words = re.sub(r"`([^`]*)`", r"<code>\1</code>", shown)
        return f'<a href="{href}">{words}</a>'


def draw_start(path: Path, lang: str) -> None:
    """The picture of the start page, in its language."""
    import viz
    from autograd import Value

    names = {"en": ("price", "count", "tax"), "ja": ("リンゴの値段", "個数", "消費税")}[lang]
    price, count, tax = (Value(x, label=name) for x, name in zip((100.0, 2.0, 1.1), names, strict=True))
    total = price * count * tax
    total.backward()
    viz.save(total, path, lang=lang)


def page_of(file: str) -> str | None:
    """The page of the site that a file of the project is, in either language.

    >>> page_of("docs/programs.ja.md"), page_of("docs/course/a.en.md"), page_of("autograd/node.py")
    ('programs', 'course/a', None)
    """
    if file in {"README.md", "README.ja.md"}:
        return "index"
    if file == "CHANGELOG.md":
        return "changelog"
    if match := re.fullmatch(r"docs/course/([a-e])\.(?:en|ja)\.md", file):
        return f"course/{match[1]}"
    if match := re.fullmatch(r"docs/(\w+?)(?:\.ja)?\.md", file):
        return match[1] if match[1] in GUIDES else None
    return None


def outside(text: str, change: Callable[[str], str]) -> str:
    """The text with something done to what is outside of its blocks of code."""
    parts = BLOCK.split(text)
    return "".join(part for pair in zip(map(change, parts), [*BLOCK.findall(text), ""], strict=True) for part in pair)


def one_title(text: str) -> str:
    """The text with one heading of the first level: from a second one on, headings go down by one."""
    titles = 0

    def lower(match: re.Match[str]) -> str:
        nonlocal titles
        titles += match[1] == "#"
        return match[0] if titles < 2 else "#" + match[0]

    return outside(text, lambda part: re.sub(r"^(#+) ", lower, part, flags=re.MULTILINE))


WIDE = "ぁ-ヺー一-鿿々、。「」（）：；"
"""What needs no space before or after it; a browser makes a space of the end of a line."""


def flowing(text: str) -> str:
    r"""Japanese paragraphs without the ends of their lines.

    >>> flowing("数を覚える。\nグラフ")
    '数を覚える。グラフ'
    """
    return outside(text, lambda part: re.sub(rf"(?<=[{WIDE}])\n(?=[{WIDE}`A-Za-z*\[])", "", part))


def without_other_language(text: str) -> str:
    """A guide without the line at its head that leads to the other language: each page of the site has a button."""
    lines = text.split("\n")
    if len(lines) > 3 and re.match(r"(?:日本語|English): \[", lines[2]):
        del lines[2:4]
    return "\n".join(lines)


def with_playground(text: str, lang: str) -> str:
    r"""A chapter of the course in which each item that has a program leads to the playground.

    >>> print(with_playground("## A1 A neuron\n\n*000 L41*\n\n```python\nx\n```", "en").splitlines()[2])
    *000 L41* · <a href="../playground/?item=A1&amp;lang=en">run it in the playground</a>
    """
    up = "../" if lang == "en" else "../../"
    item = re.compile(r"^(## ([A-E]\d+) .*\n\n\*.*\*)(?=(?:\n(?!## ).*)*?\n```python)", re.MULTILINE)
    return item.sub(rf'\1 · <a href="{up}playground/?item=\2&amp;lang={lang}">{TRY[lang]}</a>', text)


def chapter_head(text: str) -> str:
    """A chapter of the course without the line of links at its head."""
    lines = text.split("\n")
    del lines[2:4]
    return "\n".join(lines)
