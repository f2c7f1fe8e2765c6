"""Whether the built site holds together: every link inside of it leads somewhere, and nothing is loaded from another host."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

LOADS = {
    "img": ("src", "srcset"), "script": ("src",), "link": ("href",), "iframe": ("src",), "source": ("src", "srcset"),
    "video": ("src", "poster"), "audio": ("src",), "object": ("data",), "embed": ("src",), "use": ("href",), "input": ("src",),
}  # fmt: skip
"""By element, the attributes that a browser follows by itself."""
ELSEWHERE = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"]?(?:https?:)?//")


class Read(HTMLParser):
    """What of a page leads elsewhere, and what can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of each element, its name, and where it leads."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.loads += [given[name] for name in LOADS.get(tag, ()) if name in given and given.get("rel") != "canonical"]
        if tag in {"a", "area"} and "href" in given:
            self.links.append(given["href"])


def problems(site: Path) -> list[str]:
    """What is wrong with the site, each with the page that has it."""
    pages = {path: Read() for path in sorted(site.rglob("*.html"))}
    for path, read in pages.items():
        read.feed(path.read_text(encoding="utf-8"))
    found = []
    for path, read in pages.items():
        name = path.relative_to(site).as_posix()
        found += [f"{name}: loads {url}" for url in read.loads if urlsplit(url).netloc]
        for url in [*read.links, *(each for each in read.loads if not urlsplit(each).netloc)]:
            found += [f"{name}: {wrong}" for wrong in [broken(path, url, pages, site)] if wrong]
    for path in sorted(site.rglob("*.css")):
        if ELSEWHERE.search(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(site).as_posix()}: loads from another host")
    return found


def broken(path: Path, url: str, pages: dict[Path, Read], site: Path) -> str:
    """Why a link inside of the site leads nowhere, or nothing if it leads somewhere; ``#x=1`` is read by the page's program."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or url in {"", "#"}:
        return "" if parts.scheme in {"", "https", "http", "mailto", "data"} else f"what is {url}?"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site.resolve()):
        return f"{url} leads out of the site"
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return f"{url} is not there"
    page = pages.get(target)
    if parts.fragment and "=" not in parts.fragment and page is not None and unquote(parts.fragment) not in page.anchors:
        return f"{url} has no such place"
    return ""
