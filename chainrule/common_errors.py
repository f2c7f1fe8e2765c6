"""The command ``chainrule errors``: the most common errors, and what to write instead, found by their number or their message.

The table is `common_errors.toml`; ``python docs/make_errors.py`` writes docs/errors.md and docs/errors.ja.md from it.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chainrule.subcommand import parser_of
from viz.language import LANGUAGES, speaking

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

EXAMPLES = """\
examples:
  chainrule errors                                    the list of all
  chainrule errors 6                                  what happened, what to write instead, an example of both
  chainrule errors "float division by zero"           the same, found by the message or a part of it
  chainrule errors domain --lang ja                   in Japanese"""


@dataclass(frozen=True)
class CommonError:
    """One error: texts are dictionaries from the language to the words."""

    number: int
    title: dict[str, str]
    says: str
    """Its type and message, as the example raises it."""
    known_by: str
    """A regular expression that is found in its messages, and in those of no other."""
    why: dict[str, str]
    instead: dict[str, str]
    raises: str
    mended: str
    unseen: str = ""
    """What makes the example fail where nothing is wrong, such as hiding a package."""


@cache
def contents() -> dict[str, Any]:
    """The file of errors."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def common_errors() -> tuple[CommonError, ...]:
    """All of them, in their order."""
    return tuple(CommonError(number, **row) for number, row in enumerate(contents()["error"], 1))


def found(words: str) -> list[CommonError]:
    """The errors that are meant by a number, a message, or a part of a message or a title.

    >>> [each.number for each in found("ZeroDivisionError: x / y: float division by zero, where y = 0.0")]
    [6]
    """
    if words.isdecimal():
        return [each for each in common_errors() if each.number == int(words)]
    by_message = [each for each in common_errors() if re.search(each.known_by, words)]
    part = words.casefold()
    return by_message or [each for each in common_errors() if part in " ".join([each.says, *each.title.values()]).casefold()]


def explanation(error: CommonError, lang: str) -> str:
    """An error explained, for the terminal."""
    programs = "\n\n".join(_indented(program) for program in (error.raises, error.mended))
    words = (error.says, error.why[lang].strip(), error.instead[lang].strip(), programs)
    return "\n\n".join((f"{error.number}  {error.title[lang]}", *words))


def page(lang: str) -> str:
    """The document about all of them, as Markdown; `docs/errors.md` and `docs/errors.ja.md`."""
    head, other = contents()["page"], next(each for each in LANGUAGES if each != lang)
    link = {"en": "errors.md", "ja": "errors.ja.md"}[other]
    parts = [f"# {head['title'][lang]}", f"{LANGUAGES[other]}: [{link}]({link})", head["text"][lang].strip()]
    for each in common_errors():
        parts += [f"## {each.number}. {each.title[lang]}", f"```text\n{each.says}\n```"]
        parts += [each.why[lang].strip(), each.instead[lang].strip()]
        parts += [f"```python\n{program.strip()}\n```" for program in (each.raises, each.mended)]
    return "\n\n".join(parts) + "\n"


def main(words: Sequence[str]) -> int:
    """Run the command with the words that follow ``errors``; returns its exit status."""
    options = _parser().parse_args(words)
    asked = " ".join(options.words).strip()
    chosen = found(asked) if asked else list(common_errors())
    with speaking(options.lang) as lang:
        if len(chosen) == 1:
            print(explanation(chosen[0], lang))
        elif chosen:
            lines = [f"{each.number:2}  {each.title[lang]}" for each in chosen]
            print("\n".join([*lines, "", f"chainrule errors {chosen[0].number}"]))
    if not chosen:
        advice = f"a number from 1 to {len(common_errors())}, or a message in quotes; chainrule errors lists them all"
        print(f"chainrule errors: no error is known by {asked!r}: {advice}", file=sys.stderr)
    return 0 if chosen else 2


def _indented(program: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in program.strip().splitlines())


def _parser() -> argparse.ArgumentParser:
    description = "The most common errors: what happened, and what to write instead."
    parser = parser_of("errors", description, EXAMPLES, "0 done, 2 no error is known by what was written")
    parser.add_argument("words", nargs="*", metavar="number or message", help="which one; without it all are listed")
    return parser
