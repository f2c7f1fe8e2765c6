"""What docs/numbers.md shows runs, and prints what it says."""

from __future__ import annotations

from guides import run_guide


def test_the_page_prints_what_its_comments_say(root):
    run_guide(root, "numbers.md", 7)
