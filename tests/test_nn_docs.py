"""What docs/networks.md shows runs, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any


def test_the_guide_prints_what_its_comments_say(root):
    text = (root / "docs" / "networks.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    sources = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(sources) > 4
    for source in sources:
        expected = [line.split("  # ", 1)[1] for line in source.splitlines() if line.lstrip().startswith("print(")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "networks.md", "exec"), names)  # noqa: S102
        assert printed.getvalue().splitlines() == expected
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (root / "docs" / target).exists()
