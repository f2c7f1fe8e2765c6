"""What is written beside the numbers of a graph: formulas in sentences, pictures and explanations."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd import Value, cos, exp, maximum, record, sigmoid, sin, tanh
from autograd.graph import members
from autograd.strategies import graphs
from chainrule.command_line import main
from viz.called import Names
from viz.graph.pictures import picture
from viz.language import speaking
from viz.page.steps import replayed, story
from viz.symbols import LONG, WIDEST, Symbols
from viz.words import columns, number


def sentences(y: Value) -> list[str]:
    """What a page says of the way back."""
    again = replayed(y)
    return [step.words[0] for step in story(picture(again.root), again) if step.kind == "backward"]


def symbols_of(y: Value) -> Symbols:
    return Symbols(Names(members(y), number))


def test_sentences_say_the_derivative_as_a_formula_and_as_a_number():
    x, y = Value(3.0, label="x"), Value(4.0, label="y")
    t = x + y
    t.label = "t"
    z = t**2
    z.label = "z"
    assert sentences(z) == ["∂z/∂t = 2t = 14;", "∂t/∂x = 1;", "∂t/∂y = 1;"]
    h = tanh(x * y)
    h.label = "h"
    assert sentences(h * sigmoid(h))[:3] == [
        "∂(h × sigmoid(h))/∂h = sigmoid(h) = 0.7311;",
        "∂(h × sigmoid(h))/∂(sigmoid(h)) = h = 1.000;",
        "∂(sigmoid(h))/∂h = sigmoid(h)·(1 − sigmoid(h)) = 0.1966;",
    ]
    assert sentences(maximum(x, y)) == [
        "∂(maximum(x, y))/∂x = (1 if x > y, 0 if x < y, else 0.5) = 0;",
        "∂(maximum(x, y))/∂y = (0 if x > y, 1 if x < y, else 0.5) = 1;",
    ]


def test_a_formula_that_is_long_is_left_out():
    x = Value(0.5, label="a rather long name of x")
    y = x * exp(x) * cos(x) / x
    for v in members(y):
        for i in range(len(v.operands)):
            assert columns(symbols_of(y).slope(v, i, None)) <= LONG
    assert "= 0.5;" not in sentences(y)


def test_a_formula_stands_beside_no_number_that_it_is_not():
    x = Value(3.0, label="x")
    y = x**2
    assert symbols_of(y).slope(y, 0, 6.0) == "2x"
    x.data = 5.0  # y and its partial are of before
    assert symbols_of(y).slope(y, 0, 6.0) == ""


# Pictures.


def square() -> Value:
    """The lecture's z = (x + y)², after a backward pass."""
    t = Value(3.0, label="x") + Value(4.0, label="y")
    t.label = "t"
    z = t**2
    z.label = "z"
    z.backward()
    return z


def written(v: object, **options: object) -> list[tuple[str, str]]:
    """What stands above and below each wire of a picture."""
    drawn = picture(v, **{"symbols": True, **options})
    return [(wire.above.content if wire.above else "", wire.below.content) for wire in drawn.wires if wire.below]


def test_the_lecture_s_square_of_a_sum():
    assert written(square()) == [
        ("x = 3", "∂z/∂x = 1·2t·1 = 2(x + y) = 14"),
        ("y = 4", "∂z/∂y = 1·2t·1 = 2(x + y) = 14"),
        ("t = 7", "∂z/∂t = 2t = 14"),
        ("z = 49", "∂z/∂z = 1"),
    ]


def test_without_a_backward_pass_formulas_stand_without_numbers():
    z = square()
    z.zero_grad()
    assert [below for _, below in written(z)][1:] == ["∂z/∂y = 1·2t·1 = 2(x + y)", "∂z/∂t = 2t", "∂z/∂z = 1"]


def test_multiples_of_one_input():
    y = Value(100.0, label="x") * 2 * 1.1
    y.label = "y"
    y.backward()
    assert written(y) == [("100 (1x)", "∂y/∂x = 1·1.1·2 = 2.2"), ("200 (2x)", "1.1"), ("220 (2.2x)", "∂y/∂y = 1")]
    price = Value(100.0, label="price")
    assert [above for above, _ in written(price * 2 - price)] == ["100 (1·price)", "200 (2·price)"] + ["100 (1·price)"] * 2
    assert [above for above, _ in written(price * 2 + 1)] == ["price = 100", "2·price = 200", "2·price + 1 = 201"]


def test_names_of_any_length_and_script():
    z = Value(100.0, label="リンゴの値段") * Value(2.0, label="個数") * Value(1.1, label="消費税")
    z.backward()
    assert written(z) == [
        ("リンゴの値段 = 100", "消費税·個数 = 2.2"),
        ("個数 = 2", "消費税·リンゴの値段 = 110"),
        ("リンゴの値段·個数 = 200", "消費税 = 1.1"),
        ("消費税 = 1.1", "リンゴの値段·個数 = 200"),
        ("リンゴの値段·個数·消費税 = 220", "1"),
    ]


def test_the_close_up_of_one_operation():
    x, y = Value(3.0, label="x"), Value(-4.0, label="y")
    z = x * y
    z.label = "z"
    z.backward(0.5)
    assert written(z, symbols="L") == [
        ("x = 3", "∂L/∂z·∂z/∂x = ∂L/∂z·y = −2"),
        ("y = −4", "∂L/∂z·∂z/∂y = ∂L/∂z·x = 1.5"),
        ("z = −12", "∂L/∂z = 0.5"),
    ]
    z = Value(3.0, label="x") + Value(-4.0, label="y")
    z.label = "z"
    assert [below for _, below in written(z, symbols="L")] == [
        "∂L/∂z·∂z/∂x = ∂L/∂z·1 = ∂L/∂z",
        "∂L/∂z·∂z/∂y = ∂L/∂z·1 = ∂L/∂z",
        "∂L/∂z",
    ]


def test_where_a_value_fans_out_each_wire_tells_its_contribution_and_the_box_the_sum():
    h = Value(2.0, label="x") * 3
    h.label = "h"
    y = h * h + h
    y.label = "y"
    y.backward()
    assert written(y) == [
        ("x = 2", "∂y/∂x = 3(1 + 6x) = 39"),
        ("h = 6", "h = 6"),
        ("h = 6", "h = 6"),
        ("h² = 36", "1"),
        ("h = 6", "1"),
        ("y = 42", "∂y/∂y = 1"),
    ]
    notes = [box.note.content for box in picture(y, symbols=True).boxes if box.note]
    assert notes == ["∂y/∂h = 1 + 2h = 13"]
    x = Value(1.5, label="x")
    y = (sin(x) * x) ** 2 + x
    y.backward()
    leaf = picture(y, symbols=True).boxes[0]
    assert [text.content for text in leaf.texts] == ["x", "1 + 2x sin(x)² + 2x² sin(x) cos(x) = 4.303"]


def test_boxes_of_records_hold_formulas_too():
    boxes = picture(square(), "record", symbols=True).boxes
    told = [[text.content for text in box.texts] for box in boxes if box.kind == "record"]
    assert told == [
        ["x", "data 3", "∂z/∂x = 2(x + y) = 14"],
        ["y", "data 4", "∂z/∂y = 2(x + y) = 14"],
        ["t", "data 7", "∂z/∂t = 2t = 14"],
        ["z", "data 49", "∂z/∂z = 1"],
    ]


def test_a_recorded_program_is_drawn_in_formulas_alone():
    f = record(lambda x, w: tanh(x * w) ** 2, 1.0, 2.0)
    assert written(f) == [
        ("x", "∂f/∂x = 2w tanh(xw)·(1 − tanh(xw)²)"),
        ("w", "∂f/∂w = 2x tanh(xw)·(1 − tanh(xw)²)"),
        ("xw", "2 tanh(xw)·(1 − tanh(xw)²)"),
        ("tanh(xw)", "2 tanh(xw)"),
        ("f", "∂f/∂f = 1"),
    ]
    assert ["xw", "2 tanh(xw)·(1 − tanh(xw)²)"] in [
        [text.content for text in box.texts] for box in picture(f, "record", symbols=True).boxes
    ]


def test_a_number_is_said_once_in_its_own_format():
    told = [below for _, below in written(square(), heat=True, number_format=".2f")]
    assert told[1:] == ["∂z/∂y = 1·2t·1 = 2(x + y) = +14.00", "∂z/∂t = 2t = +14.00", "∂z/∂z = +1.00"]
    y = Value(1.0, label="x") / 3
    y.label = "y"
    y.backward()
    assert written(y)[0][1] == "∂y/∂x = 1/3 = 0.3333"


def test_numbers_of_another_pass_stand_alone():
    z = square()
    t = z.parents[0]
    z.zero_grad()
    t.backward()  # ∂t/∂x, and no derivative of z
    assert [below for _, below in written(z)] == ["1", "1", "∂z/∂t = 2t", "∂z/∂z = 1"]
    z.zero_grad()
    z.backward(2.0)
    assert [below for _, below in written(z)][1:] == ["2·2t·1 = 4(x + y) = 28", "4t = 28", "2"]


def test_partials_are_formulas_too():
    wires = picture(square(), symbols=True, partials=True).wires
    assert [wire.partial.content for wire in wires if wire.partial] == ["∂ 1", "∂ 1", "∂ 2t = 14"]


def test_what_is_too_long_for_a_wire_is_a_number():
    y = x = Value(0.5, label="x")
    for _ in range(12):
        y = exp(-y) * cos(y) + x
    y.backward()
    told = written(y)
    assert all(max(columns(above), columns(below)) <= WIDEST for above, below in told)
    assert any(re.match(r"#\d+ = ", above) for above, _ in told)


def test_where_no_formulas_can_be_written_the_picture_says_so():
    z = square()
    why = "formulas are written of one result, of up to 1,000 values, none of them folded"
    assert why in picture([z, z.parents[0]], symbols=True).remark
    y = Value(0.5, label="x")
    for _ in range(60):
        y = exp(-y)
    drawn = picture(y, symbols=True, max_boxes=20)
    assert drawn.remark == f"121 values, folded to 10; {why}"
    with speaking("ja"):
        assert "式を書けるのは" in picture([z, z.parents[0]], symbols=True).remark


@settings(max_examples=60, deadline=None)
@given(graphs(size=10), st.booleans(), st.sampled_from([True, "L"]))
def test_any_graph_can_be_drawn_in_formulas(f, backward, toward):
    y = f(*f.leaves())
    if type(y) is Value:
        if backward:
            y.backward()
        for above, below in written(y, symbols=toward):
            assert max(columns(above), columns(below)) <= WIDEST
        sentences(y)


@pytest.mark.parametrize("wrong", [3, "", None, " "])
def test_what_symbols_cannot_be(wrong):
    with pytest.raises(TypeError, match="symbols= is True, or the name of a result that is not drawn, such as 'L', not"):
        viz.draw(square(), symbols=wrong)


@pytest.mark.usefixtures("placed")
def test_an_explanation_tells_formulas():
    z = square()
    x = z.parents[0].parents[0]
    assert str(viz.explain(z, x, symbols=True)).splitlines() == ["∂z/∂x = 2(x + y) = 14", "", "2t = 14  x ─1→ t ─2t→ z"]
    x = Value(1.5, label="x")
    y = (sin(x) * x) ** 2 + x
    assert str(viz.explain(y, x, symbols=True)).splitlines() == [
        "∂(((sin(x) × x) ** 2) + x)/∂x = 1 + 2x sin(x)² + 2x² sin(x) cos(x) = 4.303 = 2.985 + 1 + 0.3175",
        "",
        "        2x sin(x)² = 2.985  x ─sin(x)→ sin(x) × x ─2x sin(x)→ (sin(x) × x) ** 2 ─1→ ((sin(x) × x) ** 2) + x",
        "                         1  x ─1→ ((sin(x) × x) ** 2) + x",
        "2x² sin(x) cos(x) = 0.3175  x ─cos(x)→ sin(x) ─x→ sin(x) × x ─2x sin(x)→ (sin(x) × x) ** 2 ─1→ ((sin(x) × x) ** 2) + x",
    ]
    bundle = viz.explain(z, z.parents[0], symbols=True)._repr_mimebundle_()
    assert "∂z/∂t = 2t = 14" in bundle.get("text/html", "")


def test_the_command_line_writes_formulas(tmp_path, capsys):
    target = tmp_path / "square.svg"
    assert main(["t = x + y; t**2", "x=3", "y=4", "--symbols", "-o", str(target)]) == 0
    assert "2t = 14" in target.read_text(encoding="utf-8")
    capsys.readouterr()
