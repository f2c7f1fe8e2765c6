"""What Values are called in words."""

from __future__ import annotations

import re

import pytest

import nn
import viz
from autograd import Value, dot, exp, scope, tanh
from autograd.value import members
from viz.called import MANY, Names
from viz.graph.pictures import picture
from viz.page.steps import replayed, story


def called(y: Value, names: dict[int, str] | None = None) -> list[str]:
    names_of = Names(members(y), lambda x: f"{x:g}", names)
    return [names_of(v) for v in members(y)]


def test_names_then_formulas_then_numbers() -> None:
    x, b = Value(2.0, label="x"), Value(3.0)
    assert called(exp(x * b) - 1) == ["x", "#1", "x × #1", "exp(x × #1)", "exp(x × #1) − 1"]
    assert called(x * b, {id(b): "b"}) == ["x", "b", "x × b"]
    minus = -x
    assert called(-minus) == ["x", "−x", "−(−x)"]
    long = Value(1.0, label="a long name indeed")
    product = long * long
    assert called(product * 2) == ["a long name indeed", "#1", "#1 × 2"]


def test_numbers_are_those_of_the_tree() -> None:
    x, y = Value(2.0), Value(3.0)
    h = x * y
    z = h * h + x
    tree = viz.text(z)
    assert re.search(r"#1 +2 ", tree)
    assert re.search(r"#2 = × +6 ", tree)
    names = Names(members(z), str)
    assert [names(v) for v in (x, y, h, z.parents[0])] == ["#1", "#3", "#1 × #3", "(#1 × #3) × (#1 × #3)"]
    assert names(z) == "#4"
    assert names.number(h) == "#2"


def test_nothing_is_called_by_its_number() -> None:
    a, b = Value(0.3556), Value(0.3556)
    y = tanh(a) * tanh(b) + a * b * a * b * a * b
    again = replayed(y)
    for step in story(picture(again.root), again):
        assert not re.search(r"∂\(?[−\d]", step.sentence), step.sentence
    for wire in picture(y).wires:
        assert not re.search(r"∂\(?[−\d]|/∂\(?[−\d]", wire.tooltip), wire.tooltip


def test_of_very_many_the_nameless_have_numbers() -> None:
    y = Value(1.0, label="x")
    for _ in range(MANY):
        y = y + 1
    names = Names(members(y), str)
    assert (names(members(y)[0]), names(y), names(y.parents[0]), names(y)) == ("x", "#1", "#2", "#1")
    assert names.operands(y) == ["#2", "1.0"]


def test_units_of_a_network_are_called_after_their_scope_and_operation() -> None:
    model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1)
    y = model([1.0, 2.0])
    computed = [name for v, name in zip(members(y), called(y), strict=True) if v.op]
    units = "layer0.sum[0] layer0.tanh[0] layer0.sum[1] layer0.tanh[1] layer1.sum[0] layer1.sigmoid[0]"
    assert computed == units.split()
    assert not any(v.label for v in members(y) if v.op)
    assert "layer0.tanh[1] = tanh" in viz.text(y)
    for style in ("textbook", "record"):
        svg = viz.svg(y, style)
        assert all(f">{name}</text>" in svg for name in computed)
    assert called(nn.Neuron(2, "relu", seed=1)([1.0, 2.0]))[-2:] == ["neuron.sum", "neuron.relu"]
    assert str(viz.explain(y, model.parameters()[0])).startswith("∂layer1.sigmoid[0]/∂layers.0.w[0][0] = ")


def test_what_is_no_unit_has_no_such_name() -> None:
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    assert called(tanh(dot([w], [x])))[-1] == "tanh(dot(w, x))"
    with scope("layer0"):
        total = dot([w], [x])
    assert called(tanh(total))[-2:] == ["layer0.sum", "tanh(layer0.sum)"]
    with scope("layer0"):
        assert called(w * x)[-1] == "w × x"
        named = dot([w], [x])
        named.label = "mine"
    assert called(named)[-1] == "mine"


@pytest.mark.parametrize(("x", "number_format", "text"), [(-0.0, "", "0"), (-0.001, ".2f", "0.00"), (-0.0, "e", "0.000000e+00")])
def test_a_negative_zero_is_zero_in_pictures(x: float, number_format: str, text: str) -> None:
    assert f">{text}</text>" in viz.svg(Value(x) * 1, number_format=number_format)


def test_what_is_not_zero_keeps_its_sign() -> None:
    for x, text in ((-1e-300, "−1e−300"), (-float("inf"), "−inf"), (-0.05, "−0.05")):
        assert f">{text}</text>" in viz.svg(Value(x) * 1)
