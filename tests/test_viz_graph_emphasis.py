"""What stands out in a picture."""

from __future__ import annotations

import pytest
from svg import contrast

import viz
from autograd import Value, record, scope
from autograd import sum as summed
from viz.canvas import PALETTE
from viz.graph.draft import STYLES
from viz.graph.pictures import picture
from viz.shapes import Box, Picture


def shopping() -> Value:
    """Two apples at 100 yen, three mandarins at 150, the tax: every box has a name of its own."""
    apple, apples = Value(100.0, label="apple"), Value(2.0, label="apples")
    mandarin, mandarins = Value(150.0, label="mandarin"), Value(3.0, label="mandarins")
    both = apple * apples + mandarin * mandarins
    both.label = "both"
    total: Value = both * Value(1.1, label="tax")
    total.label = "total"
    total.backward()
    return total


def named(box: Box) -> str:
    return (box.caption.content if box.caption else "") or " ".join(text.content for text in box.texts)


def in_state(drawn: Picture, state: str) -> list[str]:
    return [named(box) for box in drawn.boxes if box.state == state]


def told(drawn: Picture, state: str) -> list[tuple[str, str, str]]:
    """The numbers, gradients and local derivatives on wires."""
    wires = (wire for wire in drawn.wires if wire.state == state)
    return [tuple(text.content if text else "" for text in (w.above, w.below, w.partial)) for w in wires]  # type: ignore[misc]


@pytest.mark.parametrize("wanted", ["name", "value"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_one_operation_is_in_focus_with_its_wires_in_and_out(wanted: str, direction: str) -> None:
    y = shopping()
    drawn = picture(y, focus="both" if wanted == "name" else y.parents[0], direction=direction, backward=True)
    assert in_state(drawn, "focus") == ["both"]
    assert told(drawn, "focus") == [("200", "1.1", "∂ 1"), ("450", "1.1", "∂ 1"), ("650", "1.1", "")]
    assert set(in_state(drawn, "faint")) == {"apple", "apples", "mandarin", "mandarins", "×", "tax", "total"}
    assert {below for _, below, _ in told(drawn, "faint")} == {"2.2", "110", "3.3", "165", "650", "1"}
    assert drawn.description.endswith(" In focus: both.")
    assert not [box.state for box in picture(y).boxes if box.state]


def test_a_leaf_and_a_result_in_focus() -> None:
    y = shopping()
    leaf, result = picture(y, focus="tax"), picture(y, focus=y)
    assert (in_state(leaf, "focus"), told(leaf, "focus")) == (["tax"], [("1.1", "650", "")])
    assert in_state(result, "focus") == ["×"]
    assert told(result, "focus") == [("650", "1.1", "∂ 1.1"), ("1.1", "650", "∂ 650"), ("715", "1", "")]
    assert in_state(result, "") == ["total"]  # the name at the arrow's end


def test_the_records_of_operands_stay_since_they_hold_the_numbers() -> None:
    drawn = picture(shopping(), "record", focus="both")
    assert in_state(drawn, "focus") == ["both data 650 grad 1.1", "+"]
    assert in_state(drawn, "") == ["data 200 grad 1.1", "data 450 grad 1.1"]
    assert [partial for _, _, partial in told(drawn, "focus") if partial] == ["∂ 1", "∂ 1"]


def test_plain_numbers_of_an_operation_stay_with_it() -> None:
    x = Value(3.0, label="x")
    y = x * 2 + 5
    assert in_state(picture(y * 7, focus=y), "") == ["5"]


def test_a_leaf_that_is_drawn_again_is_in_focus_everywhere() -> None:
    x = Value(1.0, label="x")
    y = Value(0.0)
    for _ in range(120):
        y = y + x
    drawn = picture(y, focus="x", max_boxes=1000)
    assert len(in_state(drawn, "focus")) == sum(any(v is x for v in box.values) for box in drawn.boxes) > 1


def test_a_folded_value_is_in_focus_with_its_group() -> None:
    x = Value(1.0, label="x")
    with scope("inside"):
        h = (x * 2) * 3
    drawn = picture(h + 1, focus=h.parents[0], collapse=1)
    assert [box.group for box in drawn.boxes if box.state == "focus"] == ["inside"]
    assert {box.state for box in drawn.boxes if not box.group} == {"faint"}


def test_what_is_left_out_cannot_be_in_focus() -> None:
    xs = [Value(float(i), label=f"x{i}") for i in range(20)]
    assert in_state(picture(summed(xs), focus="x3"), "focus") == ["x3"]
    with pytest.raises(ValueError, match=r"^focus: the Value is not drawn, but left out with others: max_boxes=None draws all$"):
        picture(summed(xs), focus="x19")
    assert in_state(picture(summed(xs), focus="x19", max_boxes=None), "focus") == ["x19"]


def test_a_program_and_several_results_have_a_focus() -> None:
    program = record(lambda x, w: [w * x, x], 1.0, 2.0)
    assert in_state(picture(program, focus="w"), "focus") == ["w"]
    a = Value(1.0, label="a")
    b = a * 2
    assert in_state(picture({"twice": b, "once": a}, focus="twice"), "focus") == ["×"]


def test_the_focus_is_a_value_of_the_graph() -> None:
    y = shopping()
    with pytest.raises(ValueError, match=r"^focus: no value of the graph that is drawn is called 'pears'; named are: apple, "):
        viz.draw(y, focus="pears")
    with pytest.raises(ValueError, match=r"^focus: no value of the graph that is drawn is this Value\(1\.1\)$"):
        viz.draw(y, focus=Value(1.1))
    with pytest.raises(ValueError, match=r"^focus: 2 of them are called 'tax': give the value itself$"):
        viz.draw(y + Value(1.0, label="tax"), focus="tax")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_stands_back_is_grey(style: str, theme: str) -> None:
    y = shopping()
    svg = viz.svg(y, style, focus="both", theme=theme, backward=True, heat=True)
    grey = "#868e96" if theme == "light" else "#6e7681"
    assert svg.count(f'class="faint" fill="{grey}"') > svg.count(f'class="faint-wire" stroke="{grey}"') > 5
    assert svg.count('class="ring"') == (1 if style == "textbook" else 2)
    assert svg.count('class="plus"') == (3 if style == "textbook" else 4)


def test_grey_can_be_read() -> None:
    ground = {"light": "#ffffff", "dark": "#0d1117"}
    colours = {(part, attribute): {"light": light, "dark": dark} for part, attribute, light, dark in PALETTE}
    for theme in ("light", "dark"):
        for part in (("faint", "fill"), ("faint-box", "stroke"), ("faint-wire", "stroke")):
            assert 3 <= contrast(colours[part][theme], ground[theme]) < 4.5
        for part in (("correction", "fill"), ("back", "stroke"), ("near", "stroke"), ("ring", "stroke")):
            assert contrast(colours[part][theme], ground[theme]) >= 4.5
        assert contrast(colours["correction", "fill"][theme], colours["leaf", "fill"][theme]) >= 4.5
