"""The items of the course, read from the folder of lessons: a program for each, and a table of words for each chapter.

`lessons/a/a10.py` is the program of item A10: what stands before the line ``# %% answer`` is run and shown, what follows answers
the exercise, and goes on with the program's names. `lessons/a/words.toml` has for each item its title, text, exercise and answer,
and the words that its program shows, in English and Japanese; items stand there in the order of the lectures.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LESSONS = Path(__file__).parent / "lessons"
CHAPTERS = ("A", "B", "C", "D", "E")
MARK = "# %% answer\n"
"""Stands between an item's program and the answer to its exercise."""


@dataclass(frozen=True)
class Item:
    """One item: texts are dictionaries from the language to the words."""

    id: str
    lecture: str
    """The lecture and the place in it, such as "004 L190-202"."""
    title: dict[str, str]
    text: dict[str, str]
    exercise: dict[str, str] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """What the program shows in English, and the Japanese for it."""

    @property
    def path(self) -> Path:
        """The file of the program."""
        return LESSONS / self.id[0].lower() / f"{self.id[0].lower()}{int(self.id[1:]):02}.py"

    @property
    def source(self) -> tuple[str, str]:
        """The program and the answer; both empty where an item is a text alone."""
        if not self.path.exists():
            return "", ""
        program, _, answer = self.path.read_text(encoding="utf-8").partition(MARK)
        return program.strip() + "\n", answer.strip() + "\n" if answer else ""

    def word(self, english: str, lang: str) -> str:
        """A word that the program shows, in a language."""
        if lang == "en":
            return english
        if english not in self.words:
            message = f"{self.id}: the table of words has no row {english!r}"
            raise KeyError(message)
        return self.words[english]


def items(chapter: str | None = None) -> list[Item]:
    """All items in the order of the lectures, or those of one chapter, "A" to "E".

    >>> [each.id for each in items("A")][:3]
    ['A1', 'A2', 'A3']
    """
    if chapter is None:
        return [each for letter in CHAPTERS for each in items(letter)]
    if chapter.upper() not in CHAPTERS:
        message = f"there is no chapter {chapter!r}; the chapters are {', '.join(CHAPTERS)}"
        raise ValueError(message)
    return [_item(name, words) for name, words in table(chapter.upper()).items() if name != "chapter"]


def item(name: str) -> Item:
    """One item by its name, such as "A10" or "a10".

    >>> item("e9").lecture
    '004 L190-202, L257-265'
    """
    wanted = re.fullmatch(r"([a-eA-E])0*(\d+)", name.strip())
    found = table(wanted[1].upper()).get(f"{wanted[1].upper()}{wanted[2]}") if wanted else None
    if wanted is None or found is None:
        last = ", ".join(f"{letter}1 to {list(table(letter))[-1]}" for letter in CHAPTERS if len(table(letter)) > 1)
        message = f"there is no item {name!r}; the items are {last}"
        raise ValueError(message)
    return _item(f"{wanted[1].upper()}{wanted[2]}", found)


def _item(name: str, words: dict[str, Any]) -> Item:
    try:
        return Item(name, **words)
    except TypeError as error:
        message = f"{name} in words.toml: {str(error).removeprefix('Item.__init__() ')}"
        raise ValueError(message) from None


@cache
def table(chapter: str) -> dict[str, dict[str, Any]]:
    """The words of a chapter: under "chapter" its title and introduction, then those of each item by its name."""
    path = LESSONS / chapter.lower() / "words.toml"
    found: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found
