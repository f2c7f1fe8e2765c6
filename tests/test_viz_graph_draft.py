"""From a graph to boxes and wires."""

from __future__ import annotations

import math
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from svg import safe

import viz
from autograd.functions import FUNCTIONS, dot
from autograd.functions import sum as summed
from autograd.value import Value, members
from viz.graph.draft import STYLES
from viz.graph.pictures import picture
from viz.reading import naming
from viz.shapes import Look, Picture


def apples() -> Value:
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    return price * count * tax


def numbers(drawn: Picture) -> list[tuple[str, str]]:
    """What stands above and below each wire."""
    return [(wire.above.content if wire.above else "", wire.below.content if wire.below else "") for wire in drawn.wires]


def kinds(drawn: Picture) -> list[str]:
    return [box.kind for box in drawn.boxes]


def test_apples_in_the_textbook_style() -> None:
    y = apples()
    assert {below for _, below in numbers(picture(y))} == {"–"}
    y.backward()
    drawn = picture(y)
    assert kinds(drawn) == ["leaf", "leaf", "leaf", "operation", "operation", "end"]
    assert numbers(drawn) == [("100", "2.2"), ("2", "110"), ("200", "1.1"), ("1.1", "200"), ("220", "1")]
    assert [wire.port for wire in drawn.wires] == [0, 1, 0, 1, 0]
    assert drawn.title == "value = 220"
    assert "Gradient by リンゴの値段: 2.2." in drawn.description


def test_apples_in_the_record_style() -> None:
    y = apples()
    y.backward()
    drawn = picture(y, "record")
    records = [[text.content for text in box.texts] for box in drawn.boxes if box.kind == "record"]
    assert records[0] == ["リンゴの値段", "data 100", "grad 2.2"]
    assert records[-1] == ["data 220", "grad 1"]
    assert kinds(drawn).count("operation") == 2
    assert all(pair == ("", "") for pair in numbers(drawn))


def test_records_before_backward_show_a_dash() -> None:
    drawn = picture(apples(), "record")
    assert [box.texts[-1].content for box in drawn.boxes if box.kind == "record"] == ["grad –"] * 5


def test_a_square_is_two_wires_and_the_box_has_their_sum() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    for style in ("textbook", "record"):
        drawn = picture(y, style)
        x_wires = [wire for wire in drawn.wires if drawn.boxes[wire.tail].tooltip.startswith("x\n")]
        assert [wire.below.content for wire in x_wires if wire.below] == ["3", "3"]
        assert [wire.port for wire in x_wires] == [0, 1]
        assert drawn.boxes[0].texts[-1].content == "grad 6"


def test_a_computed_value_that_fans_out_shows_its_name_and_its_sum() -> None:
    x = Value(2.0)
    h = x * 3
    h.label = "h"
    y = h * h + h
    y.backward()
    box = next(box for box in picture(y).boxes if box.caption)
    assert (box.caption and box.caption.content, box.note and box.note.content) == ("h", "grad 13")


def test_where_passes_added_up_the_box_says_so() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    y.backward()
    assert picture(y).boxes[0].texts[-1].content == "grad 12 (6 by these wires)"
    assert picture(y, "record").boxes[0].texts[-1].content == "grad 12 (6 by these wires)"


def test_backward_from_a_sub_result_leaves_dashes_above_it() -> None:
    x = Value(2.0)
    h = x * x
    y = h * 5
    h.backward()
    assert [below for _, below in numbers(picture(y))] == ["2", "2", "–", "", "–"]


def test_constants_are_drawn_small_or_not_at_all() -> None:
    y = 2 * Value(3.0, label="x") ** 2
    assert kinds(picture(y)).count("constant") == 2
    hidden = picture(y, show_constants=False)
    assert "constant" not in kinds(hidden)
    assert [box.inputs for box in hidden.boxes if box.kind == "operation"] == [1, 1]


def test_a_sum_of_plain_numbers_and_values_hides_only_the_plain() -> None:
    x = Value(1.0, label="x")
    drawn = picture(summed([*range(20), x]), show_constants=False)
    assert kinds(drawn) == ["leaf", "operation", "end"]


def test_constants_stand_in_the_circle_on_the_side_where_they_are_written() -> None:
    x, a = Value(3.0, label="x"), Value(0.5, label="a")
    clip, where = FUNCTIONS["clip"], FUNCTIONS["maximum"]
    told = {
        x * 2: "×2", 1.1 * x: "×1.1", x + 1: "+ 1", 1 + x: "+ 1", x - 1: "− 1", 1 - x: "1 −", x / 2: "÷ 2", 2 / x: "2 ÷",
        x**2: "^2", 2**x: "2^", (-2) * x: "×(−2)", x + -1: "+ (−1)", -1 - x: "−1 −", clip(x, 0, 5): "clip(·, 0, 5)",
        where(2, x): "maximum(2, ·)", clip(x, a, 5): "clip(·, ·, 5)",
    }  # fmt: skip
    for y, inside in told.items():
        for style in STYLES:
            drawn = picture(y, style, show_constants="inside")
            circle = next(box for box in drawn.boxes if box.kind == "operation")
            assert circle.texts[0].content == inside
            assert circle.body[0] > circle.texts[0].width
            assert "constant" not in kinds(drawn)
            assert circle.inputs == len(y.parents)


def test_constants_that_are_too_many_for_a_circle_stand_beside_it() -> None:
    x = Value(3.0, label="x")
    for y in (summed([x, 1, 2, 3, 4]), dot([x, 2.0], [1.0, 3.0]), FUNCTIONS["clip"](x, 1e-300 / 3, 1e300 / 3)):
        drawn, plain = (picture(y, show_constants=shown) for shown in ("inside", True))
        assert kinds(drawn) == kinds(plain)
        assert numbers(drawn) == numbers(plain)


def test_a_dot_product_pairs_weights_and_inputs() -> None:
    w = [Value(1.0, label=f"w{i}") for i in range(2)]
    x = [Value(1.0, label=f"x{i}") for i in range(2)]
    drawn = picture(dot(w, x, Value(1.0, label="b")))
    order = sorted((wire.port, drawn.boxes[wire.tail].texts[0].content) for wire in drawn.wires if drawn.boxes[wire.head].inputs)
    assert [name for _, name in order] == ["w0", "x0", "w1", "x1", "b"]


def test_names_come_from_the_callers_variables() -> None:
    price, ws = Value(2.0), [Value(3.0), Value(4.0)]
    named = Value(1.0, label="its own")
    y = price * ws[1] + named
    _ = y
    drawn = picture(y, names=locals())
    assert [box.texts[0].content for box in drawn.boxes if box.kind == "leaf"] == ["price", "ws[1]", "its own"]
    assert drawn.boxes[-1].texts[0].content == "y"
    assert naming(None) == {}


def test_equal_numbers_are_different_values() -> None:
    a, b = Value(1.0, label="a"), Value(1.0, label="b")
    assert [box.texts[0].content for box in picture(a + b).boxes[:2]] == ["a", "b"]


def test_nan_and_infinity_are_alarming() -> None:
    y = Value(math.inf, label="x") * 0.0
    y.backward()
    drawn = picture(y)
    texts = [text for wire in drawn.wires for text in (wire.above, wire.below) if text]
    assert {text.content: text.alarm for text in texts} == {"inf": True, "0": False, "nan": True, "1": False}


def test_tooltips_have_every_digit() -> None:
    x = Value(1 / 3, label="x")
    y = FUNCTIONS["sin"](x)
    y.backward()
    drawn = picture(y)
    assert drawn.boxes[0].tooltip == f"x\ndata {1 / 3!r}\ngrad {x.grad!r}"
    assert drawn.boxes[1].tooltip.startswith("= sin(x)\n")
    assert drawn.wires[0].tooltip == f"∂(sin(x))/∂x = {y.partials[0]!r}\n1.0 × {y.partials[0]!r} = {x.grad!r} passed back"


def test_partials_stand_on_the_wires() -> None:
    y = apples()
    for style in STYLES:
        drawn = picture(y, style, partials=True)
        assert [wire.partial.content for wire in drawn.wires if wire.partial] == ["∂ 2", "∂ 100", "∂ 1.1", "∂ 200"]
    plain, written = picture(y), picture(y, partials=True)
    assert all(a.width < b.width for a, b in zip(plain.wires[:-1], written.wires[:-1], strict=True))


def test_heat_tells_sign_and_size() -> None:
    x = Value(1.0, label="x")
    y = x * 1000.0 - x * 1.0 + x * 1e-6 + x * 0.0 + x * 10.0
    assert {wire.tone for wire in picture(y, heat=True).wires} == {""}
    y.backward()
    drawn = picture(y, heat=True)
    wires = [wire for wire in drawn.wires if drawn.boxes[wire.tail].kind == "leaf"]
    told = {wire.below.content: (wire.tone, wire.thickness) for wire in wires if wire.below}
    assert told == {"+1000": ("plus", 5.0), "−1": ("minus", 1.4), "+1e−6": ("plus", 1.4), "0": ("", 1.4), "+10": ("plus", 2.6)}
    assert {wire.tone for wire in picture(y).wires} == {""}


def test_heat_survives_infinite_and_subnormal_gradients() -> None:
    x = Value(0.0, label="x")
    y = FUNCTIONS["sqrt"](x) + x * 5e-324 + x * 1e308
    y.backward()
    assert all(1.4 <= wire.thickness <= 5.0 for wire in picture(y, heat=True).wires)


def test_numbers_are_written_as_asked_for() -> None:
    y = apples()
    y.backward()
    drawn = picture(y, number_format=".3f")
    assert numbers(drawn)[0] == ("100.000", "2.200")
    assert drawn.title == "value = 220.000"
    assert picture(-y, number_format="+.1e").title == "value = −2.2e+02"
    assert "data 100.0\n" in drawn.boxes[0].tooltip


def test_downward_operations_are_wide_and_their_texts_stand_beside() -> None:
    many = summed([Value(1.0) for _ in range(8)])
    across, down = picture(many).boxes[8], picture(many, direction="TB").boxes[8]
    assert across.body == down.body[::-1] == (30.0, 100.0)
    x = Value(2.0, label="x")
    h = x * 3
    h.label = "h"
    y = h * h
    y.backward()
    box = next(box for box in picture(y, direction="TB").boxes if box.caption)
    assert box.height == 32.0
    assert box.width > 30 + 2 * max(text.width for text in (box.caption, box.note) if text)


def test_long_names_are_cut_and_whole_in_the_tooltip() -> None:
    drawn = picture(Value(1.0, label="n" * 1000))
    assert len(drawn.boxes[0].texts[0].content) < 24
    assert "n" * 1000 in drawn.boxes[0].tooltip


def test_boxes_are_wider_than_their_texts() -> None:
    y = apples() * Value(1.0, label="W" * 24)
    for style in STYLES:
        for box in picture(y, style).boxes:
            assert box.width > max([0.0, *(text.width for text in box.texts)])


# Backward.


def test_each_wire_with_a_gradient_goes_back() -> None:
    y = apples() * 2
    before = picture(y, backward=True)
    assert not any(wire.back for wire in before.wires)
    assert {below for _, below in numbers(before)} == {"–", ""}
    assert before.remark == "no gradient yet: call backward()"
    y.backward()
    drawn = picture(y, backward=True)
    back = [(wire.below.content if wire.below else "", wire.back) for wire in drawn.wires]
    assert back == [("4.4", True), ("220", True), ("2.2", True), ("400", True), ("2", True), ("", False), ("1", True)]
    assert drawn.remark == ""
    assert not any(wire.back for wire in picture(y).wires)
    record = picture(y, "record", backward=True)
    told = [wire.below.content for wire in record.wires if wire.below]
    assert sorted(told) == ["2", "2.2", "220", "4.4", "400"]
    assert [wire.back for wire in record.wires if record.boxes[wire.tail].kind != "constant"] == [True] * 8


# Corrections.


def layer() -> tuple[Value, Value, Value, Value]:
    """The layer of the lecture, after the error 1/3 came back."""
    w, x, b = Value(2.0, label="w"), Value(0.9, label="x"), Value(0.1, label="b")
    y = w * x - b
    y.backward(1 / 3)
    return y, w, x, b


def corrections(drawn: Picture) -> list[str]:
    return [text.content for box in drawn.boxes for text in box.texts if text.kind == "correction"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_leaves_tell_how_they_are_corrected(style: str, direction: str) -> None:
    y, w, _, b = layer()
    told = ["2 − 0.5 × 0.3 = 1.85", "0.9 − 0.5 × 0.6667 = 0.5667", "0.1 − 0.5 × (−0.3333) = 0.2667"]
    drawn = picture(y, style, direction=direction, rate=0.5)
    assert corrections(drawn) == told
    assert all(box.width > text.width for box in drawn.boxes for text in box.texts)
    assert "Gradient by w: 0.3. Corrected: 2 − 0.5 × 0.3 = 1.85." in drawn.description
    assert corrections(picture(y, style, rate={w: 0.5, "b": 0.5})) == [told[0], told[2]]
    assert corrections(picture(y, style, rate={b: -1})) == ["0.1 − (−1) × (−0.3333) = −0.2333"]
    w.data -= 0.5 * w.grad
    assert w.data == 1.85


def test_a_leaf_without_a_gradient_is_not_corrected() -> None:
    y, w, _, _ = layer()
    empty = picture(Value(1.0, label="x") * 3, rate=0.5)
    assert (corrections(empty), empty.remark) == ([], "no gradient yet: call backward()")
    apart = Value(4.0, label="apart")
    assert len(corrections(picture(y + apart, rate=0.5))) == 3
    w.data = 7.0
    assert all(text.old for box in picture(y, rate=0.5).boxes for text in box.texts if text.kind == "correction")


def test_a_leaf_that_is_drawn_again_is_corrected_once() -> None:
    x = Value(1.0, label="x")
    y = Value(0.0)
    for _ in range(120):
        y = y + x
    y.backward()
    drawn = picture(y, rate=0.5, max_boxes=1000)
    assert len([box for box in drawn.boxes if any(v is x for v in box.values)]) > 1
    assert corrections(drawn) == ["1 − 0.5 × 120 = −59", "0 − 0.5 × 1 = −0.5"]


def test_a_correction_names_leaves_of_the_graph() -> None:
    y, w, _, _ = layer()
    with pytest.raises(ValueError, match=r"^rate: no leaf of the graph that is drawn is called 'v'; named are: w, x, b$"):
        picture(y, rate={"v": 0.5})
    with pytest.raises(ValueError, match=r"^rate: no leaf of the graph that is drawn is this Value\(1\.0\)$"):
        picture(y, rate={Value(1.0): 0.5})
    with pytest.raises(ValueError, match=r"^rate: no leaf of the graph that is drawn is this <Value 1\.8"):
        picture(y, rate={y.parents[0]: 0.5})
    with pytest.raises(ValueError, match=r"^rate: 2 of them are called 'w': give the leaf itself$"):
        picture(y + Value(1.0, label="w"), rate={"w": 0.5})
    assert w.data == 2.0
    with pytest.raises(ValueError, match=r"^rate: no leaf .* is called 'v'"):
        picture(w * 2, rate={"v": 0.5})  # which has no gradient yet


# What is asked of every style.


@pytest.mark.parametrize("style", STYLES)
def test_a_style_has_its_reference_picture_and_its_row_in_the_guide(style: str, root: Path) -> None:
    folder = root / "docs" / "pictures"
    row = re.search(rf"^\| `{style}` \| !\[\]\((\w+)\.svg\) \|", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert row, f"the style {style!r} has no row in docs/pictures/README.md"
    shown = runpy.run_path(str(folder / "make.py"))["PICTURES"][row[1]]
    assert shown.options.get("style", Look.style) == style, f"{row[1]} is not drawn in the style {style!r}"
    assert (folder / f"{row[1]}.svg").exists(), "run python docs/pictures/make.py"
    assert viz.draw.__doc__
    assert f'"{style}"' in viz.draw.__doc__, f"help(viz.draw) does not tell of the style {style!r}"


@pytest.mark.parametrize("options", [{}, {"collapse": 0}, {"direction": "TB", "heat": True, "partials": True}])
@pytest.mark.parametrize("style", STYLES)
def test_a_style_draws_every_value_and_tells_its_number(style: str, options: dict[str, Any]) -> None:
    x = Value(3.0, label="x")
    y = (x * x + 4.5) * Value(2.0, label="w")
    y.backward()
    drawn = picture(y, style, **options)
    values = {id(v) for box in drawn.boxes for v in box.values}
    assert values == {id(v) for v in members(y)}
    assert all(box.width > 0 < box.height for box in drawn.boxes)
    assert all(0 <= end < len(drawn.boxes) for wire in drawn.wires for end in (wire.tail, wire.head))
    told = [text for box in drawn.boxes for text in (*box.texts, box.note) if text]
    told += [text for wire in drawn.wires for text in (wire.above, wire.below) if text]
    said = " ".join(text.content for text in told).split()
    assert {"27"} <= set(said)
    if "collapse" not in options:
        assert {"x", "w", "13.5", "9"} <= set(said)
        assert {word.lstrip("+") for word in said} >= {"12", "2", "1"}  # the gradients by x, by the sum and by y
    safe(viz.svg(y, style, **options))
