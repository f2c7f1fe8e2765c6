"""What the commands ``chainrule course`` and ``chainrule errors`` share: how their words are read, and the language."""

from __future__ import annotations

import argparse

from viz.language import LANGUAGES


def parser_of(name: str, description: str, examples: str, statuses: str) -> argparse.ArgumentParser:
    """A parser of the words that follow ``chainrule name``, with ``--lang``; its help ends with examples, and the exit statuses.

    >>> parser_of("course", "Five lectures.", "", "").parse_args(["--lang", "ja"]).lang
    'ja'
    """
    parser = argparse.ArgumentParser(
        prog=f"chainrule {name}",
        description=description,
        epilog=f"{examples}\n\nAn expression that is named {name} is written ({name}).\nExit status: {statuses}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--lang", choices=tuple(LANGUAGES), help="English, or Japanese; or CHAINRULE_LANG says so")
    return parser
