"""Writes the pages of the course, docs/course, in both languages: python docs/make_course.py (needs matplotlib)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))  # the course of this checkout

from chainrule.course import CHAPTERS, items  # noqa: E402  (found through the line above)
from chainrule.course.pages import markdown  # noqa: E402

OTHER = {"en": ("ja", "日本語"), "ja": ("en", "English")}
"""The other language of each, and how its link is called."""


def chapter_page(chapter: str, lang: str) -> tuple[str, dict[str, bytes]]:
    """The page of a chapter with links to its other language and to the other chapters; its pictures by their names."""
    text, pictures = markdown(items(chapter), lang, f"{chapter.lower()}.{lang}-pictures")
    other, called = OTHER[lang]
    chapters = [each if each == chapter else f"[{each}]({each.lower()}.{lang}.md)" for each in CHAPTERS]
    links = " · ".join([f"[{called}]({chapter.lower()}.{other}.md)", *chapters])
    heading, rest = text.split("\n", 1)
    return f"{heading}\n\n{links}\n{rest}", pictures


def main() -> None:
    """Write all pages and their pictures anew."""
    folder = HERE / "course"
    shutil.rmtree(folder, ignore_errors=True)
    for chapter in CHAPTERS:
        for lang in OTHER:
            text, pictures = chapter_page(chapter, lang)
            beside = folder / f"{chapter.lower()}.{lang}-pictures"
            beside.mkdir(parents=True)
            (folder / f"{chapter.lower()}.{lang}.md").write_text(text, encoding="utf-8")
            for name, data in pictures.items():
                (beside / name).write_bytes(data)


if __name__ == "__main__":
    main()
