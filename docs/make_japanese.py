"""Carries what is no language from each guide into its Japanese page: python docs/make_japanese.py.

That is its blocks of code, and the cells of its tables that hold a number or code alone. The prose is translated by hand;
`tests/test_docs_languages.py` says where a heading, a number, a name or a file of the map is missing.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BAR = re.compile(r"(?<!\\)\|(?=(?:[^`]*`[^`]*`)*[^`]*$)")
"""What divides the cells of a row; a bar inside of code does not."""
BARE = re.compile(r"\s*(?:`[^`]*`|[\d.,]+)\s*")


def carried(english: str, japanese: str) -> str:
    """The Japanese page with the English one's code and bare cells, each in the place of its own.

    >>> print(carried("| lines | 150 | `x` |", "| 行 | 148 | `y` |"))
    | 行 | 150 | `x` |
    """
    for what, pattern in (("blocks of code", BLOCK), ("rows of tables", re.compile(r"^\|.*$", re.MULTILINE))):
        theirs, ours = pattern.findall(english), pattern.findall(japanese)
        if len(theirs) != len(ours):
            message = f"{len(ours)} {what} where the English page has {len(theirs)}: write what is missing"
            raise ValueError(message)
        following = iter(theirs if pattern is BLOCK else map(row, theirs, ours))
        japanese = pattern.sub(lambda _, following=following: next(following), japanese)  # type: ignore[misc]
    return japanese


def row(english: str, japanese: str) -> str:
    """A row of a table in Japanese, with the other's bare cells."""
    pairs = zip(BAR.split(english), BAR.split(japanese), strict=True)
    return "|".join(theirs if BARE.fullmatch(theirs) else ours for theirs, ours in pairs)


if __name__ == "__main__":
    for path in sorted(HERE.glob("*.ja.md")):
        page = (HERE / path.name.replace(".ja.md", ".md")).read_text(encoding="utf-8")
        path.write_text(carried(page, path.read_text(encoding="utf-8")), encoding="utf-8")
