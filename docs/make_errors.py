"""Writes docs/errors.md and docs/errors.ja.md from the table of common errors: python docs/make_errors.py."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))  # the table of this checkout

from chainrule.common_errors import page  # noqa: E402  (found through the lines above)

PAGES = {"errors.md": "en", "errors.ja.md": "ja"}


def written() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {name: page(lang) for name, lang in PAGES.items()}


if __name__ == "__main__":
    for name, text in written().items():
        (HERE / name).write_text(text, encoding="utf-8")
