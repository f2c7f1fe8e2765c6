"""In which line of the user's program a Value was made, as texts: where lines were kept (`autograd.lines`)."""

from __future__ import annotations

import linecache
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import PurePath

from viz.language import say
from viz.words import cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import TypeAlias

    from autograd.value import Value

    Place: TypeAlias = tuple[str, int]
    """A file and the number of a line."""

LONGEST_CODE = 72
"""So many columns of a line are shown."""
MOST_LISTED = 24
"""So many lines are listed."""


def any_kept() -> bool:
    """Whether any lines were kept: whoever keeps them has imported what does."""
    lines = sys.modules.get("autograd.source_lines")
    return lines is not None and bool(lines.marks.places)


def place_of(v: Value) -> Place | None:
    """File and line in which a Value was made, if that is known."""
    return sys.modules["autograd.source_lines"].line_of(v) if any_kept() else None


def line_told(place: Place) -> str:
    """File, number and text of a line.

    >>> line_told(("/tmp/shop/apples.py", 3))
    'apples.py:3'
    """
    code = cut(printable(linecache.getline(*place).strip()), LONGEST_CODE)
    return f"{_file(place[0])}:{place[1]}{': ' * bool(code)}{code}"


def lines_told(places: Collection[Place], among: Iterable[Place]) -> str:
    """The lines of what one box stands for, in few words: without the file, where all in the picture are of one.

    >>> lines_told([("a.py", 3)], [("a.py", 3), ("a.py", 9)]), lines_told([("a.py", 3), ("a.py", 9)], [("b.py", 1)])
    ('line 3', 'a.py:3–9')
    """
    if not places:
        return ""
    files = {name for name, _ in places}
    if len(files) > 1:
        return say("lines of {} files", len(files))
    first, last = min(places)[1], max(places)[1]
    if files == {name for name, _ in among}:
        return say("line {}", first) if first == last else say("lines {}–{}", first, last)
    return f"{cut(_file(min(files)))}:{first}" + (f"–{last}" if last > first else "")


def listing_of(places: Collection[Place]) -> list[str]:
    """Lines with their texts, file by file."""
    by_file: defaultdict[str, list[int]] = defaultdict(list)
    for name, at in sorted(places):
        by_file[name].append(at)
    told = [line_told((name, at)) for name, numbers in by_file.items() for at in numbers]
    more = len(told) - MOST_LISTED
    return [*told[:MOST_LISTED], *([say("and {:,} more lines", more)] if more > 0 else [])]


def _file(name: str) -> str:
    """The name of a file without its folders; of a cell of a notebook what it is called there."""
    with suppress(AttributeError, TypeError, ValueError):
        told = sys.modules["IPython"].get_ipython().compile.format_code_name(name) if "IPython" in sys.modules else None
        if told:
            return printable(" ".join(told))
    return printable(name if name.startswith("<") else PurePath(name).name)
