"""What an example is given where it is run: `--help` tells what it shows, and what it does not take is refused in a sentence.

>>> arguments("Names are learnt.", {"--steps": (500, "one name a step")}, given=["--steps", "20"]).steps
20
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Whole(NamedTuple):
    """Whole numbers that an option takes."""

    least: int = 1
    most: int | None = None
    multiple: int = 1

    def __call__(self, text: str) -> int:
        """The number of a text."""
        number = int(text) if text.lstrip("+-").isdecimal() else None
        if number is None or number < self.least or number % self.multiple or (self.most is not None and number > self.most):
            said = f"a multiple of {self.multiple}" if self.multiple > 1 else "a whole number"
            message = f"{text!r} is not {said} of at least {self.least}{f', at most {self.most}' if self.most else ''}"
            raise argparse.ArgumentTypeError(message)
        return number


def names_in(most: int, least: int = 1) -> Callable[[str], Path]:
    """Files of so many names or more, one a line, each of at most so many letters from a to z."""

    def checked(text: str) -> Path:
        try:
            names = Path(text).read_text(encoding="utf-8").split()
        except (OSError, ValueError) as error:
            message = f"{text} cannot be read: {error}"
            raise argparse.ArgumentTypeError(message) from None
        letters = frozenset("abcdefghijklmnopqrstuvwxyz")
        wrong = next((name for name in names if len(name) > most or not letters.issuperset(name)), None)
        if wrong is not None or len(names) < least:
            reason = f"has {len(names)} names, and at least {least} are needed" if wrong is None else f"{wrong!r} is no name"
            message = f"{text}: {reason}{'' if wrong is None else f' of at most {most} letters from a to z'}"
            raise argparse.ArgumentTypeError(message)
        return Path(text)

    return checked


def arguments(
    about: str | None, options: Mapping[str, tuple[Any, ...]] | None = None, *, given: Sequence[str] | None = None
) -> argparse.Namespace:
    """The arguments of a program, by name; it ends where there are others, or with ``--help``, which tells what it is `about`.

    Of each option: its default, what it is, and what makes it of a text, by default a `Whole` of at least 1. One without
    ``--`` is told by its place; a tuple as default is what may be said, the first where nothing is.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    for name, (default, told, *reader) in (options or {}).items():
        how: dict[str, Any] = {} if name.startswith("--") else {"nargs": "?"}
        if isinstance(default, tuple):
            how |= {"choices": default, "default": default[0], "help": told}
        else:
            how |= {"type": reader[0] if reader else Whole(), "default": default, "help": f"{told} ({default})"}
            how["metavar"] = name.lstrip("-").upper() if name.startswith("--") else None
        parser.add_argument(name, **how)
    return parser.parse_args(given)
