"""The commands that place boxes, as far as they are installed: tests of drawings pass with each, and are skipped without both."""

from __future__ import annotations

import pytest

from viz.graph.layout import ENGINES, find

PURE, DOT = ENGINES
NEITHER = "; ".join(f"{name} is not installed" for name in ENGINES)
"""What a picture is refused with where there is nothing that places its boxes."""


def installed() -> list[str]:
    """Those that are here."""
    return [name for name in ENGINES if find(name)]


def command() -> str:
    """The path of the first; a test that needs one is skipped without."""
    path = next(filter(None, map(find, ENGINES)), None)
    if path is None:
        pytest.skip(NEITHER)
    return path


def needed(name: str) -> str:
    """This one; a test that needs it is skipped without."""
    if find(name) is None:
        pytest.skip(f"{name} is not installed")
    return name
