"""A graph as a tree and as a tape."""

from __future__ import annotations

import pytest

from autograd.value import FUNCTIONS, Value
from autograd.value import sum as summed
from viz.outline import outline
from viz.words import columns


def apples() -> Value:
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    y = price * count * tax
    y.backward()
    return y


APPLES = """\
                    data  grad    ∂
×                    220     1
├─ ×                 200   1.1  1.1
│  ├─ リンゴの値段   100   2.2    2
│  └─ 個数             2   110  100
└─ 消費税            1.1   200  200"""

TAPE = """\
 #                                       data  grad
#0  リンゴの値段                          100   2.2
#1  個数                                    2   110
#2  消費税                                1.1   200
#3                = リンゴの値段 × 個数   200   1.1
#4                = #3 × 消費税           220     1"""


def test_the_tree_of_the_apples() -> None:
    assert outline(apples()) == APPLES


def test_the_tape_of_the_apples() -> None:
    assert outline(apples(), "tape") == TAPE


def test_columns_are_aligned_where_characters_are_wide() -> None:
    lines = outline(apples()).splitlines()
    assert len({columns(line) for line in lines if line.endswith(("∂", "1.1", "100", "200", " 2"))}) == 1


def test_before_backward_there_are_dashes() -> None:
    x = Value(3.0, label="x")
    assert [line.split()[-2] for line in outline(x * x).splitlines()[2:]] == ["–", "–"]


def test_a_shared_value_is_expanded_once() -> None:
    x = Value(1.0, label="x")
    h = x + 1
    h.label = "h"
    lines = [line.split("  ")[0].strip() for line in outline(h * h).splitlines()[1:]]
    assert lines == ["×", "├─ h #1 = +", "│", "│", "└─ ↑ h #1"]


def test_doubling_eighteen_times_stays_short() -> None:
    x = Value(1.0, label="x")
    for _ in range(18):
        x = x + x
    assert len(outline(x).splitlines()) < 40


def test_a_deep_tree_goes_on_at_the_margin() -> None:
    y = Value(1.0, label="x")
    for _ in range(200):
        y = FUNCTIONS["sin"](y)
    lines = outline(y).splitlines()
    assert max(map(len, lines)) < 130
    assert sum("goes on below" in line for line in lines) == 8
    assert lines[-1].lstrip().startswith("└─ x")


def test_a_large_tree_says_what_it_leaves_out() -> None:
    y = Value(1.0)
    for _ in range(5000):
        y = y * Value(1.0)
    lines = outline(y).splitlines()
    assert len(lines) < 420
    rest = int(lines[-1].split()[2].replace(",", ""))
    assert 9000 < rest < 10001


def test_an_operation_of_many_operands_is_cut() -> None:
    lines = outline(summed(Value(float(i)) for i in range(784))).splitlines()
    assert lines[10].split("  ")[0] == "└─ and 776 more"
    assert sum("more" in line for line in lines) == 1


def test_a_long_tape_has_a_head_and_a_tail() -> None:
    y = Value(0.0, label="x")
    for _ in range(10_000):
        y = y + 1
    lines = outline(y, "tape").splitlines()
    assert len(lines) == 42
    assert lines[21] == "... 9,961 more"
    assert lines[-1].split() == ["#10000", "=", "#9999", "+", "1", "10000", "–"]
    assert lines[22].split()[:3] == ["#9981", "=", "#9980"]


def test_names_and_hostile_labels() -> None:
    x = Value(1.0)
    assert "\n└─ x " not in outline(-x)
    assert "\n└─ x " in outline(-x, names={"x": x})
    evil = outline(-Value(1.0, label="a\nb\x1b[31m\u202e"))
    assert len(evil.splitlines()) == 3
    assert "a\\nb\\x1b[31m\\u202e" in evil


def test_what_cannot_be_outlined() -> None:
    with pytest.raises(ValueError, match="there is no kind 'list'; the kinds are tree and tape"):
        outline(Value(1.0), "list")
    with pytest.raises(TypeError, match="not of a str"):
        outline("x")  # type: ignore[arg-type]
