"""What is compared on other numbers than floats is the same: each part of the benchmark asks that before it is timed."""

from __future__ import annotations

import importlib
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from mpmath import mp

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(name="kinds")
def _kinds(monkeypatch):
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not here")
    before = sys.modules.pop("kinds", None)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("kinds")
    sys.modules.pop("kinds", None)
    if before is not None:
        sys.modules["kinds"] = before


@pytest.mark.parametrize("part", ["fractions", "intervals", "error_bars", "python"])
def test_each_part_compares_what_it_times(kinds, part):
    rows = list(getattr(kinds, part)(1))
    assert rows
    assert all(len(row) == 5 and row[1] for row in rows)


def test_the_derivatives_by_hand_are_right(kinds):
    at = (Fraction(1, 3), Fraction(5, 7), Fraction(-2, 9))
    value, slopes = kinds.rational_by_hand(*at)
    assert value == kinds.rational(*at)
    mixed = kinds.mixed_by_hand(mp, *map(mp.mpf, (1, 2, 3)))[1]
    for function, found, xs in ((kinds.rational, slopes, at), (kinds.mixed, mixed, (1.0, 2.0, 3.0))):
        for i, slope in enumerate(found):
            moved = [[float(x) + (h if k == i else 0.0) for k, x in enumerate(xs)] for h in (1e-5, -1e-5)]
            ends = [function(*each) for each in moved]
            assert float(slope) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_a_row_says_how_often_ours_is_faster(kinds):
    assert kinds.row("x", [2.0, 9.0], "theirs", ">= 4", 4) == ("x", "2.0 us, 0.50 an operation", "9.0 us, theirs", "4.50", ">= 4")
