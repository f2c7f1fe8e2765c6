"""What is written beside the numbers of a graph: local derivatives in sentences."""

from __future__ import annotations

from autograd import Value, cos, exp, maximum, sigmoid, tanh
from autograd.graph import members
from viz.called import Names
from viz.graph.pictures import picture
from viz.page.steps import replayed, story
from viz.symbols import LONG, Symbols
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
