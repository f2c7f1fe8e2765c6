"""What is read of a graph: names, and what each operand was passed."""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from typing import Any
from zlib import decompress

import pytest
from graphs import apples
from svg import safe, tags, texts

import viz
from autograd import scope
from autograd.functions import FUNCTIONS
from autograd.recording import Recorder
from autograd.value import Value
from viz.graph.pictures import picture
from viz.page.steps import replayed, story
from viz.reading import contributions


def test_a_gradient_of_zero_passes_nothing_even_through_infinity() -> None:
    x = Value(0.0)
    root = FUNCTIONS["sqrt"](x)
    y = root * 0.0
    y.backward()
    assert root.partials == (math.inf,)
    assert [passed for _, _, passed in contributions(root)] == [0.0]


def test_a_closed_edge_passes_nothing_of_an_infinite_gradient() -> None:
    x = Value(3.0)
    with Recorder([x]):
        taken, other = x * 2, x * 5
        y = FUNCTIONS["where"](x > 0, taken, other)
    y.backward(math.inf)
    assert (taken.grad, other.grad, x.grad) == (math.inf, 0.0, math.inf)
    assert [passed for x, _, passed in contributions(y) if x is taken or x is other] == [math.inf, 0.0]


# What is out of date.


def changed() -> Value:
    """Two apples at 100 yen, 10 % tax, after a backward pass; then the price is 101."""
    total: Value = apples()
    total.backward()
    total.parents[0].parents[0].data = 101.0
    return total


def struck(svg: str) -> list[str]:
    return [element.text or "" for element in tags(svg, "text") if element.get("text-decoration") == "line-through"]


def remark(svg: str) -> str:
    return str(texts(svg)[-1])


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, ["110", "2.2", "200", "1.1", "200", "220"]),
        ({"direction": "TB", "partials": True}, ["2.2", "∂ 2", "110", "∂ 100", "200", "1.1", "∂ 1.1", "200", "∂ 200", "220"]),
        ({"style": "record"}, ["grad 2.2", "grad 110", "grad 200", "data 200", "grad 1.1", "data 220"]),
    ],
)
def test_old_numbers_are_struck_out_in_every_style(theme: str, options: dict[str, Any], numbers: list[str]) -> None:
    y = changed()
    svg = viz.svg(y, theme=theme, **options)
    safe(svg)
    assert sorted(struck(svg)) == sorted(numbers)
    assert remark(svg) == "out of date: call forward()"
    assert {element.get("class") for element in tags(svg, "text") if element.get("text-decoration")} == {"note"}
    assert "total = 220 (out of date)" in svg
    assert "data 220.00000000000003 (out of date)" in svg
    assert "Out of date: call forward().</desc>" in svg
    y.forward()
    y.zero_grad()
    y.backward()
    svg = viz.svg(y, theme=theme, **options)
    assert struck(svg) == []
    assert "forward()" not in svg
    assert "out of date" not in svg
    assert {"101", "222.2"} <= {text.removeprefix("data ") for text in texts(svg)}


def test_a_picture_in_date_has_the_bytes_of_one_built_anew() -> None:
    y = changed()
    y.forward()
    y.zero_grad()
    y.backward()
    price, count, tax = Value(101.0, label="apple price"), Value(2.0, label="apples"), Value(1.1, label="tax")
    part = price * count
    part.label = "subtotal"
    anew = part * tax
    anew.label = "total"
    anew.backward()
    for style in ("textbook", "record"):
        assert viz.svg(y, style) == viz.svg(anew, style)
    assert (viz.html(y), viz.text(y), viz.draw(y).dot) == (viz.html(anew), viz.text(anew), viz.draw(anew).dot)


@pytest.mark.parametrize("style", ["textbook", "record"])
def test_gradients_of_before_are_struck_out_after_forward(style: str) -> None:
    x = Value(3.0, label="x")
    y = x * x + 2 * x
    y.backward()
    x.data = 4.0
    y.forward()
    svg = viz.svg(y, style)
    told = {"textbook": ["grad 8", "1"], "record": ["grad 8", "grad 1", "grad 1", "grad 1"]}[style]
    assert struck(svg) == told
    assert remark(svg) == "gradients are of before forward(): call zero_grad() and backward()"
    assert "24" in svg
    assert "grad 8.0 (out of date)" in svg


def test_what_was_never_differentiated_has_no_old_gradient() -> None:
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    assert struck(viz.svg(y)) == ["9"]
    assert [passed for _, _, passed in contributions(y)] == [None, None]


def test_a_folded_picture_strikes_out_what_groups_give() -> None:
    x = Value(1.0, label="x")
    with scope("first"):
        u = (x * 2 + 1) * x
    with scope("second"):
        y = (u + 1) * u * 3
    y.backward()
    x.data = 2.0
    svg = viz.svg(y, collapse=1)
    assert {"gives 3", "gives 36"} <= set(struck(svg))
    assert remark(svg).endswith("; out of date: call forward()")
    y.forward()
    assert "gives 10" in texts(viz.svg(y, collapse=1))


def test_text_says_what_is_out_of_date() -> None:
    y = changed()
    assert viz.text(y).splitlines() == [
        "                   data  grad    ∂",
        "total = ×           220     1       out of date",
        "├─ subtotal = ×     200   1.1  1.1  out of date",
        "│  ├─ apple price   101   2.2    2  grad of before",
        "│  └─ apples          2   110  100  grad of before",
        "└─ tax              1.1   200  200  grad of before",
        "out of date: call forward()",
    ]
    tape = viz.text(y, "tape").splitlines()
    assert [line.endswith("out of date") for line in tape] == [False, False, False, False, True, True, False]
    assert tape[-1] == "out of date: call forward()"
    y.forward()
    assert viz.text(y).splitlines()[-1] == "gradients are of before forward(): call zero_grad() and backward()"
    assert "data 220 &#40;out of date&#41;" in viz.draw(changed()).dot


def test_an_explanation_says_that_it_is_out_of_date() -> None:
    y = changed()
    price = y.parents[0].parents[0]
    told = viz.explain(y, price)
    assert str(told).splitlines()[-1] == "out of date: call forward(), and explain anew"
    y.forward()
    assert "forward()" in str(told)  # its numbers are those of before
    assert "forward()" not in str(viz.explain(y, price))


def test_the_page_tells_no_equation_that_does_not_hold() -> None:
    again = replayed(changed())
    sentences = [step.sentence for step in story(picture(again.root), again)]
    assert sentences[0] == "Leaves: apple price = 101, apples = 2, tax = 1.1"
    assert sentences[1] == "subtotal = apple price × apples = 200 (out of date)"
    assert sentences[2] == "total = subtotal × tax = 220 (out of date)"
    assert "∂subtotal/∂apples = 100 (out of date); 1.1 × 100 = 110 → gradient of apples: 0 → 110" in sentences
    page = viz.html(changed())
    assert "out of date: call forward()</text>" in page
    assert '"200.0 (out of date)"' in page


def test_a_short_text_says_so_of_its_own_equation() -> None:
    x = Value(3.0)
    y = x * 2
    z = y + 1
    x.data = 4.0
    assert repr(y) == "<Value 6.0 = 4.0 * 2.0 (out of date), grad 0.0>"
    assert repr(z) == "<Value 7.0 = 6.0 + 1.0, grad 0.0>"
    z.forward()
    assert (repr(y), repr(z)) == ("<Value 8.0 = 4.0 * 2.0, grad 0.0>", "<Value 9.0 = 8.0 + 1.0, grad 0.0>")


def test_what_is_in_a_group_is_marked_too() -> None:
    x = Value(1.0, label="x")
    with scope("first"):
        u = (x * 2 + 1) * x
    with scope("second"):
        y = (u + 1) * u * 3
    x.data = 2.0
    first, *inside = views(viz.html(y, collapse=1))
    assert len(inside) == 1
    assert all("out of date: call forward()</text>" in svg and len(struck(svg)) > 1 for svg in (first, *inside))
    y.forward()
    assert all(struck(svg) == [] for svg in views(viz.html(y, collapse=1)))


def views(page: str) -> list[str]:
    """The picture of a page, and those of its groups."""
    first = re.search(r"<svg xmlns.*?</svg>", page, re.DOTALL)
    packed = re.search(r'id="inside">(.*?)<', page)
    assert first
    assert packed
    inside = json.loads(decompress(b64decode(packed.group(1)), wbits=-15))
    return [first.group(), *[svg for _, svg in inside]]
