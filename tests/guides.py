"""The guides in docs/: their blocks are programs, and the comment of each print is the line that it prints."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def run_guide(root: Path, name: str, blocks: int, *, rows: bool = False) -> dict[str, Any]:
    """Run the blocks of docs/`name`, so many or more, as one program; compare what they print, follow the links. What it defines.

    With `rows` an array's further lines belong to its first.
    """
    text = (root / "docs" / name).read_text(encoding="utf-8")
    sources = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(sources) >= blocks
    names: dict[str, Any] = {"__name__": "__main__"}
    for source in sources:
        expected = [line.rsplit("  # ", 1)[1] for line in source.splitlines() if line.lstrip().startswith("print(")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, name, "exec"), names)  # noqa: S102
        told = printed.getvalue()
        assert (told.replace("\n ", " ") if rows else told).splitlines() == expected
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (root / "docs" / target).exists()
    return names
