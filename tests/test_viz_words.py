"""How numbers and names are written, and the room that they take."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.ops import TABLE
from viz.words import applied, columns, cut, left, number, pixels, printable, right, symbol


@pytest.mark.parametrize(
    ("x", "written"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-2.5, "−2.5"),
        (220.00000000000003, "220"), (123456.0, "123456"), (1e6, "1000000"),
        (1000001.0, "1.000e6"), (12345.6, "12346"), (99999.9, "100000"), (999999.9, "1000000"), (1.0001, "1.000"),
        (1234.5, "1234"),
        (0.00012345, "0.0001234"), (2.2000000000000002, "2.2"), (0.99999, "1.000"), (1e-7 * 1.00001, "1.000e−7"), (1e7, "1e7"),
        (2 / 3, "0.6667"), (1e-7, "1e−7"), (-1.5e-300, "−1.5e−300"),
        (1.5e300, "1.5e300"),
        (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "−inf"),
    ],
)  # fmt: skip
def test_number(x: float, written: str) -> None:
    assert number(x) == written


@given(st.floats(-1e308, 1e308))
def test_a_number_is_written_to_four_digits(x: float) -> None:
    assert math.isclose(float(number(x).replace("−", "-")), x, rel_tol=5.1e-4, abs_tol=1e-322)
    assert "-" not in number(x)


@given(st.text())
def test_printable_text_holds_nothing_that_cannot_be_seen(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Cn", "Zl", "Zp"}
    assert not any(
        unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI", "PDF"} for character in shown
    )
    assert printable(shown) == shown


def test_printable_names_are_left_alone() -> None:
    for name in ("x", "リンゴの値段", "α₁", "a b", "{|}<&>\\", "👩\u200d👧"):
        assert printable(name) == name
    assert printable("a\nb\x00\ud800\u202e") == "a\\nb\\x00\\ud800\\u202e"
    assert printable("全\u3000角") == "全 角"


@given(st.text(), st.integers(3, 40))
def test_a_cut_text_fits(text: str, room: int) -> None:
    shown = cut(text, room)
    assert columns(shown) <= room
    assert len(shown) <= 4 * room
    assert shown == text or ("…" in shown and len(shown) <= len(text))


def test_a_short_text_is_not_cut() -> None:
    assert cut("x" * 24) == "x" * 24
    assert cut("x" * 25) == "x" * 11 + "…" + "x" * 11
    assert len(cut("e" + "\u0301" * 500)) < 60


def test_columns_count_double_width() -> None:
    assert [columns(text) for text in ("ab", "リンゴ", "ﾘﾝｺﾞ", "ｱ", "e\u0301", "Ａ")] == [2, 6, 4, 1, 1, 2]
    assert left("値段", 6) == "値段  "
    assert right("値段", 6) == "  値段"


def test_pixels_grow_with_the_text() -> None:
    assert pixels("", 12) == 0
    assert pixels("iii", 12) < pixels("mmm", 12)
    assert pixels("リンゴ", 10) > 30
    assert pixels("ﾘﾝｺﾞ", 10) == pytest.approx(20, rel=0.1)
    assert pixels("x", 20) == 2 * pixels("x", 10)


def test_operations_as_written() -> None:
    assert [symbol(TABLE[name]) for name in ("mul", "sub", "neg", "add", "sin")] == ["×", "−", "−", "+", "sin"]
    assert applied(TABLE["neg"], ["x"]) == "−x"
    assert applied(TABLE["sin"], ["x"]) == "sin(x)"
    assert applied(TABLE["maximum"], ["a", "b"]) == "maximum(a, b)"
    assert applied(TABLE["sum"], [""] * 784) == "sum(, , , , and 780 more)"
