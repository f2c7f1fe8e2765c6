"""What docs/derivatives.md shows runs, and prints what it says."""

from __future__ import annotations

from guides import run_guide

from autograd.structures import REGISTERED


def test_the_page_prints_what_its_comments_say(root, monkeypatch):
    monkeypatch.setattr("autograd.structures.REGISTERED", dict(REGISTERED))
    run_guide(root, "derivatives.md", 6, rows=True)
