"""What docs/conventions.md claims, it shows by a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guides import run_guide

if TYPE_CHECKING:
    from pathlib import Path


def test_each_convention_is_shown_by_a_number(root: Path) -> None:
    run_guide(root, "conventions.md", 8)


def test_each_section_has_its_program(root: Path) -> None:
    """Letters alone have none: there is nothing to compute about them."""
    sections = re.split(r"^## ", (root / "docs/conventions.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    without = [section.splitlines()[0] for section in sections if "```python" not in section]
    assert without == ["Letters of the learning rate"]
