"""What docs/conventions.md claims, it shows by a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from guides import run_guide

import nn

if TYPE_CHECKING:
    from pathlib import Path


def test_each_convention_is_shown_by_a_number(root: Path) -> None:
    run_guide(root, "conventions.md", 8)


def test_each_section_has_its_program(root: Path) -> None:
    """Letters alone have none: there is nothing to compute about them."""
    sections = re.split(r"^## ", (root / "docs/conventions.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    without = [section.splitlines()[0] for section in sections if "```python" not in section]
    assert without == ["Letters of the learning rate"]


XS, YS, ETA, STRENGTH = [0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0], 0.05, 0.2


def test_a_penalty_of_the_sum_is_divided_by_the_number_of_samples() -> None:
    w = b = 0.0
    for _ in range(5):  # by hand: half the sum of squares, and 0.2 (w^2 + b^2)
        misses = [w * x + b - y for x, y in zip(XS, YS)]
        by_w = sum(miss * x for miss, x in zip(misses, XS)) + 2 * STRENGTH * w
        by_b = sum(misses) + 2 * STRENGTH * b
        w, b = w - ETA * by_w, b - ETA * by_b
    line = nn.Neuron(1, "identity", init="zeros")
    optimizer = nn.SGD(line.parameters(), lr=ETA * 4)
    nn.fit(line, XS, YS, loss=nn.squared_error, optimizer=optimizer, epochs=5, penalty=nn.l2(STRENGTH / 4))
    assert [p.data for p in line.parameters()] == pytest.approx([w, b], rel=1e-13)


def test_with_single_samples_the_rate_is_that_of_the_lecture() -> None:
    w = b = 0.0
    for x, y in zip(XS, YS):
        miss = w * x + b - y
        w, b = w - ETA * miss * x, b - ETA * miss
    line = nn.Neuron(1, "identity", init="zeros")
    optimizer = nn.SGD(line.parameters(), lr=ETA)
    nn.fit(line, XS, YS, loss=nn.squared_error, optimizer=optimizer, epochs=1, batch_size=1, shuffle=None)
    assert [p.data for p in line.parameters()] == pytest.approx([w, b], rel=1e-13)
