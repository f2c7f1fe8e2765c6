"""What docs/derivatives.md shows runs, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

from autograd.structures import REGISTERED


def test_the_page_prints_what_its_comments_say(root, monkeypatch):
    monkeypatch.setattr("autograd.structures.REGISTERED", dict(REGISTERED))
    text = (root / "docs" / "derivatives.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    sources = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(sources) > 5
    for source in sources:
        expected = [line.rsplit("  # ", 1)[1] for line in source.splitlines() if line.lstrip().startswith("print(")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "derivatives.md", "exec"), names)  # noqa: S102
        assert printed.getvalue().replace("\n ", " ").splitlines() == expected
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (root / "docs" / target).exists()
