"""Where an item's program is run: what it compares, what it shows, and in which language.

A program of the course says `compare(name, number, lecture's number)`, `show(picture)`, and `word("price")` for what a reader is
to read. Run by itself, as `python a10.py`, it prints; the command and the tests ask for the outcome.
"""

from __future__ import annotations

import html
import math
import os
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainrule.course.items import Item, item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TOLERANCE = 1e-9
"""Numbers are told to 15 digits by the lectures' cases, and to fewer by the lectures."""
DIGITS = 12


@dataclass
class Comparison:
    """A number, a truth, a text, or a nest of them beside the lecture's."""

    name: str
    computed: Any
    lecture: Any
    tolerance: float = TOLERANCE

    @property
    def agrees(self) -> bool:
        """Whether both are the same, numbers within the tolerance, relative above 1 and absolute below."""
        return _agree(self.computed, self.lecture, self.tolerance)

    def __str__(self) -> str:
        mark = "=" if self.agrees else "≠"
        return f"{self.name}  {_written(self.computed)} {mark} {_written(self.lecture)}"


@dataclass
class Outcome:
    """What one run of an item's program gave."""

    item: Item
    lang: str = "en"
    quiet: bool = False
    """Nothing is printed or shown; for those who read the outcome."""
    comparisons: list[Comparison] = field(default_factory=list)
    pictures: list[Any] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    """What the program defined."""
    answered_from: tuple[int, int] | None = None
    """So many comparisons and pictures there were when the answer to the exercise began, if it did."""


_running: ContextVar[Outcome | None] = ContextVar("running", default=None)


def run(name: str | Item, *, lang: str = "en", answer: bool = False, quiet: bool = False) -> Outcome:
    """Run an item's program, with ``answer=True`` also that of the answer to its exercise, which goes on with its names.

    Raises whatever the program raises, such as `ModuleNotFoundError` where a picture needs matplotlib; the outcome so far is the
    error's attribute ``outcome``.

    >>> outcome = run("E9", quiet=True)
    >>> [each.agrees for each in outcome.comparisons] == [True] * len(outcome.comparisons)
    True
    """
    outcome = Outcome(item(name) if isinstance(name, str) else name, lang, quiet)
    outcome.names = {"__name__": "__main__", "__file__": str(outcome.item.path)}
    try:
        with on_stage(outcome):
            for i, source in enumerate(outcome.item.source[: 2 if answer else 1]):
                if i:
                    outcome.answered_from = len(outcome.comparisons), len(outcome.pictures)
                exec(compile(source, str(outcome.item.path), "exec"), outcome.names)  # noqa: S102  (it is ours)
    except Exception as error:
        error.outcome = outcome  # type: ignore[attr-defined]
        raise
    return outcome


@contextmanager
def on_stage(outcome: Outcome) -> Iterator[Outcome]:
    """Whatever runs inside compares, shows and takes its words on this outcome: a program that is not an item's file too.

    >>> with on_stage(Outcome(item("E9"), "ja", quiet=True)) as outcome:
    ...     compare("0.1 + 0.2", 0.1 + 0.2, 0.3)
    >>> outcome.comparisons[0].agrees
    True
    """
    from viz.language import speaking

    token = _running.set(outcome)
    try:
        with speaking(outcome.lang):
            yield outcome
    finally:
        _running.reset(token)


def compare(name: str, computed: object, lecture: object, tolerance: float = TOLERANCE) -> None:
    """A computed number beside the lecture's: both are printed. Values, sequences and arrays of numbers are taken too.

    The tolerance is relative for numbers above 1 and absolute below.

    >>> compare("0.1 + 0.2", 0.1 + 0.2, 0.3)
    0.1 + 0.2  0.3 = 0.3
    """
    outcome = _current()
    outcome.comparisons.append(Comparison(name, _plain(computed), _plain(lecture), tolerance))
    if not outcome.quiet:
        print(outcome.comparisons[-1])  # noqa: T201


def show(picture: object) -> None:
    """A picture, a page, or a plot by its axes: in a notebook it is displayed, the command saves or opens it."""
    outcome = _current()
    picture = _whole(picture)
    outcome.pictures.append(picture)
    ipython = sys.modules.get("IPython")
    if not outcome.quiet and ipython is not None and ipython.get_ipython() is not None:
        if isinstance(picture, str):
            ipython.display.display(framed(picture), raw=True)
        else:
            ipython.display.display(picture)


def framed(page: str) -> dict[str, str]:
    """A page as a notebook shows it: in a frame of its own, whose scripts and styles touch nothing else."""
    frame = f'<iframe srcdoc="{html.escape(page)}" style="width: 100%; height: 560px; border: 0"></iframe>'
    return {"text/html": frame, "text/plain": "<page>"}


def word(english: str) -> str:
    """A word or phrase that is read, in the language of this run: the item's table of words has the Japanese."""
    outcome = _current()
    return outcome.item.word(english, outcome.lang)


def _current() -> Outcome:
    """The run that is under way; of a program that is run by itself, one made for it."""
    if (outcome := _running.get()) is not None:
        return outcome
    main = Path(getattr(sys.modules.get("__main__"), "__file__", None) or "").name
    known = re.fullmatch(r"[a-e]\d\d\.py", main)
    alone = item(main[:3]) if known else Item("", "", {}, {})
    return Outcome(alone, os.environ.get("CHAINRULE_LANG") or "en" if known else "en")


def _whole(picture: Any) -> Any:
    """The figure of axes of matplotlib, which is no longer its to show, with glyphs for what is written in it."""
    first = picture[0] if isinstance(picture, (list, tuple)) else picture
    figure: Any = getattr(first, "figure", first)
    if hasattr(figure, "savefig"):
        from viz.plots.figure import in_font

        for text in figure.findobj(sys.modules["matplotlib.text"].Text):
            in_font(text)
        sys.modules["matplotlib.pyplot"].close(figure)
        return figure
    return picture


def _plain(x: Any) -> Any:
    """Values as their numbers, sequences and arrays as lists."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, dict):
        return {name: _plain(each) for name, each in x.items()}
    if isinstance(x, (list, tuple)):
        return [_plain(each) for each in x]
    return x.data if hasattr(x, "partials") else x


def _agree(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_agree(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
    return type(a) is type(b) and bool(a == b)


def _written(x: Any) -> str:
    if isinstance(x, list):
        return f"({', '.join(map(_written, x))})"
    return f"{x:.{DIGITS}g}".replace("-", "−") if isinstance(x, float) else str(x)
