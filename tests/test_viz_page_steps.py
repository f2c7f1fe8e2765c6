"""The steps of a page: sentences, and numbers against the engine's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphs import apples
from hypothesis import given, settings
from networks import Network

import viz
from autograd import gradients, scope
from autograd.functions import FUNCTIONS, dot
from autograd.functions import sum as summed
from autograd.strategies import graphs
from autograd.value import Value, members
from viz.graph.draft import STYLES
from viz.graph.pictures import picture
from viz.page.steps import boxes_of, replayed, story

if TYPE_CHECKING:

    from viz.page.steps import Step


def steps_of(y: Value, start: Value | None = None, style: str = "textbook", **options: Any) -> list[Step]:
    again = replayed(y, start)
    return story(picture(again.root, style, **options), again)


def said(y: Value, start: Value | None = None) -> list[str]:
    return [step.sentence for step in steps_of(y, start)]


def test_apples_are_told_as_in_the_lecture() -> None:
    assert said(apples()) == [
        "Leaves: apple price = 100, apples = 2, tax = 1.1",
        "subtotal = apple price × apples = 100 × 2 = 200",
        "total = subtotal × tax = 200 × 1.1 = 220",
        "Backward starts at total: ∂total/∂total = 1",
        "∂total/∂subtotal = tax = 1.1; 1 × 1.1 = 1.1 → gradient of subtotal: 0 → 1.1",
        "∂total/∂tax = subtotal = 200; 1 × 200 = 200 → gradient of tax: 0 → 200",
        "∂subtotal/∂(apple price) = apples = 2; 1.1 × 2 = 2.2 → gradient of apple price: 0 → 2.2",
        "∂subtotal/∂apples = apple price = 100; 1.1 × 100 = 110 → gradient of apples: 0 → 110",
    ]


def test_unnamed_values_are_called_after_what_computes_them() -> None:
    x = Value(2.0, label="x")
    lines = said(1 / (1 + FUNCTIONS["exp"](-x)))
    assert lines[1:5] == ["−x = −2", "exp(−x) = exp(−2) = 0.1353", "1 + exp(−x) = 1 + 0.1353 = 1.135",
                          "1 / (1 + exp(−x)) = 1 / 1.135 = 0.8808"]  # fmt: skip
    assert lines[6].startswith("∂(1 / (1 + exp(−x)))/∂(1 + exp(−x)) = −1/(1 + exp(−x))² = −0.7758; 1 × (−0.7758) = −0.7758 → ")
    assert said(Value(-2.0) ** 2)[1] == "#1 ** 2 = (−2) ** 2 = 4"
    assert said((x * 1e-300) * (x * 1e300 - x) + 1)[-1].endswith("2e300 × 1e−300 = 2 → gradient of x: 2 → 4")


def test_a_square_has_two_operands() -> None:
    x = Value(3.0, label="x")
    assert said(x * x)[3:] == [
        "∂(x × x)/∂x (1st operand) = x = 3; 1 × 3 = 3 → gradient of x: 0 → 3",
        "∂(x × x)/∂x (2nd operand) = x = 3; 1 × 3 = 3 → gradient of x: 3 → 6",
    ]


def test_a_gradient_of_zero_passes_nothing_on() -> None:
    x = Value(0.0, label="x")
    lines = said(FUNCTIONS["sqrt"](x) * 0.0)
    assert lines[-1] == "∂(sqrt(x))/∂x = 0.5/√x = inf; nothing comes in (0): nothing is passed on → gradient of x: 0 → 0"


def test_names_that_are_written_from_right_to_left_stay_in_their_place() -> None:
    assert said(Value(2.0, label="סכום") * 2)[1] == "\u2068סכום\u2069 × 2 = 2 × 2 = 4"


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=60)
@given(graphs())
def test_the_steps_add_up_to_the_engines_gradients(style: str, formula) -> None:
    """To the last bit, in the engine's order; each Value is computed before it is used, each operand has one step."""
    y = formula(*formula.leaves())
    if type(y) is not Value:
        return
    again = replayed(y)
    drawn = picture(again.root, style)
    home, seen, passed = boxes_of(drawn), set(), []
    last: dict[int, str] = {}
    for step in story(drawn, again):
        if step.kind == "forward":
            (v,) = drawn.boxes[step.box].values
            assert all(not x.op or id(x) in seen for x in v.parents)
            seen.add(id(v))
        if step.kind == "backward":
            passed += [(id(v), i) for v, i in drawn.wires[step.wire].links]
        last |= {change.box: change.exact for change in step.changes}
    order = members(again.root)
    assert len(seen) == sum(bool(v.op) for v in order)
    assert sorted(passed) == sorted((id(v), i) for v in order for i, x in enumerate(v.operands) if type(x) is Value)
    assert [last[home[id(v)][0]] for v in order] == [repr(v.grad) for v in order]
    assert [repr(v.grad) for v in order] == [repr(g) for g in gradients(y, members(y))]


def test_the_pass_shown_is_the_last_one_and_no_gradient_is_touched() -> None:
    y = apples()
    fresh = viz.html(y)
    assert all(v.grad == 0 for v in members(y))
    y.backward()
    assert viz.html(y) == fresh
    y.backward()  # the leaves hold twice as much now
    before = [v.grad for v in members(y)]
    assert viz.html(y) == fresh
    assert [v.grad for v in members(y)] == before
    y.backward(0.5)
    assert said(y)[3] == "Backward starts at total: gradient 0.5 comes in"
    assert said(y)[4] == "∂total/∂subtotal = tax = 1.1; 0.5 × 1.1 = 0.55 → gradient of subtotal: 0 → 0.55"


def test_backward_from_a_sub_result() -> None:
    y = apples()
    h = y.parents[0]
    lines = said(y, h)
    assert lines[3] == "Backward starts at subtotal: ∂subtotal/∂subtotal = 1"
    assert lines[4:] == [
        "∂subtotal/∂(apple price) = apples = 2; 1 × 2 = 2 → gradient of apple price: 0 → 2",
        "∂subtotal/∂apples = apple price = 100; 1 × 100 = 100 → gradient of apples: 0 → 100",
    ]
    with pytest.raises(ValueError, match="backward_from is no part of the graph"):
        viz.html(y, backward_from=Value(1.0))


def test_operands_without_a_wire_share_a_step() -> None:
    xs = [Value(float(i), label=f"x{i}") for i in range(12)]
    y = dot(xs, [Value(1.0)] * 12)
    lines = said(y)
    assert sum("more operands of" in line for line in lines) == 2  # 8 wires: four x and what they meet; the engine's order
    shared = steps_of(y)[3:]
    drawn = sum(len(step.changes) for step in shared)
    assert drawn >= 5


def test_what_comes_through_wires_that_are_not_drawn_is_told() -> None:
    x = Value(2.0, label="x")
    hidden = x * 5
    terms = [Value(float(i)) for i in range(8)]
    y = FUNCTIONS["tanh"](summed([*terms, hidden]) * 0.01) + x
    step = next(step for step in steps_of(y) if step.words[0] == "Through what is not drawn:")
    assert step.changes[0].exact == repr(gradients(y, [x])[0])
    assert "gradient of x: 1 → " in step.sentence


@pytest.mark.parametrize("opened", [(), ("layer0 / neuron1",), ("layer0 / neuron1", "layer0 call 2 / neuron1"), ("loss",)])
def test_the_steps_through_a_folded_graph(opened: tuple[str, ...]) -> None:
    """Every wire gets its share once, every group is gone through in both directions, every gradient shown is the engine's."""
    again = replayed(Network(3, 4, 4, 1).loss(9))
    drawn = picture(again.root, opened=opened)
    steps = story(drawn, again)
    groups = {i for i, box in enumerate(drawn.boxes) if box.kind == "group" and any(v.op for v in box.values)}
    assert len(groups) > 5
    for kind in ("forward", "backward"):
        assert groups <= {step.box for step in steps if step.kind == kind}
    wires = [step.wire for step in steps if step.kind == "backward" and step.wire >= 0]
    assert sorted(wires) == [k for k, wire in enumerate(drawn.wires) if any(type(v.operands[i]) is Value for v, i in wire.links)]
    known = {i for i, box in enumerate(drawn.boxes) if not any(v.op for v in box.values)}
    for step in steps:
        if step.kind == "forward":
            assert {wire.tail for wire in drawn.wires if wire.head == step.box} <= known
            known.add(step.box)
    last = {change.box: change.exact for step in steps for change in step.changes}
    single = {i: box.values[0] for i, box in enumerate(drawn.boxes) if box.values and box.kind != "group"}
    assert {i: last[i] for i in single} == {i: repr(v.grad) for i, v in single.items()}
    groups = {i for i, box in enumerate(drawn.boxes) if box.kind == "group"}
    said = {(i, text.content) for i in groups for text in drawn.boxes[i].texts if text.kind == "grad"}
    assert said == {(i, last[i]) for i, _ in said}


def test_what_goes_through_a_group_is_told() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    with scope("cube"):
        cube = x * x * x
        cube.label = "cubed"
    y = cube * w + x
    again = replayed(y)
    assert [step.sentence for step in story(picture(again.root, collapse=1), again)] == [
        "Leaves: x = 2, w = 3",
        "cube computes 2 values and gives 8",
        "cubed × w = 8 × 3 = 24",
        "(cubed × w) + x = 24 + 2 = 26",
        "Backward starts at (cubed × w) + x: ∂((cubed × w) + x)/∂((cubed × w) + x) = 1",
        "∂((cubed × w) + x)/∂(cubed × w) = 1; 1 × 1 = 1 → gradient of cubed × w: 0 → 1",
        "∂((cubed × w) + x)/∂x = 1; 1 × 1 = 1 → gradient of x: 0 → 1",
        "∂(cubed × w)/∂cubed = w = 3; 1 × 3 = 3 → gradient of cubed: 0 → 3",
        "∂(cubed × w)/∂w = cubed = 8; 1 × 8 = 8 → gradient of w: 0 → 8",
        "Backward through cube: 2 operations",
        "Through cube: 12 + 12 + 12 = 36 → gradient of x: 1 → 37",
    ]


def test_many_gradients_on_one_wire_are_told_by_their_length() -> None:
    xs = [Value(float(i)) for i in range(12)]
    with scope("squares"):
        squares = [x * x for x in xs]
    with scope("half"):
        y = summed(squares) * 0.5
    again = replayed(y)
    lines = [step.sentence for step in story(picture(again.root, collapse=1), again)]
    assert "half hands back gradients for 12 values, |g| 1.732 → squares" in lines
