"""Which picture is made of a graph, and of what there is none."""

from __future__ import annotations

import pytest

from autograd.functions import sum as summed
from autograd.value import Value, scope
from viz.graph.pictures import picture
from viz.shapes import Picture, Text, TooLargeError


def apples() -> Value:
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    return price * count * tax


def kinds(drawn: Picture) -> list[str]:
    return [box.kind for box in drawn.boxes]


def test_an_operation_of_many_operands_draws_eight() -> None:
    drawn = picture(summed(Value(float(i)) for i in range(784)))
    assert kinds(drawn).count("dot") == 8
    assert [box.texts[0].content for box in drawn.boxes if box.kind == "more"] == ["and 776 more"]
    assert "784 values, 0" not in drawn.description
    assert "785 values, 776 of them not drawn." in drawn.description
    assert "more" not in kinds(picture(summed(Value(float(i)) for i in range(8))))


@pytest.mark.parametrize(("options", "message"), [
    ({"direction": "RL"}, "direction is LR or TB, not 'RL'"),
    ({"number_format": "5q"}, "number_format is a format of floats, such as '.2f', not '5q'"),
])  # fmt: skip
def test_options_that_there_are_not(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        picture(apples(), **options)


def test_too_large_a_graph_is_refused() -> None:
    x = Value(1.0)
    y = x
    for _ in range(600):
        y = y * x
    with pytest.raises(TooLargeError, match="601 values are too many to be read: a picture has up to 500 boxes"):
        picture(y, collapse=None)
    drawn = picture(y, max_boxes=601)
    assert kinds(drawn).count("operation") == 600


def recurrence(steps: int) -> Value:
    w, y = Value(1.0, label="w"), Value(1.0, label="x")
    for _ in range(steps):
        y = y * w
    y.backward()
    return y


@pytest.mark.parametrize("style", ["textbook", "record"])
def test_a_leaf_that_is_used_far_and_wide_is_drawn_at_each_use(style: str) -> None:
    """A recurrence of 200 steps with one weight; in 20 steps its wires do not run far, and in a whole one it stands once."""
    for steps, limit, times in ((200, "auto", 200), (20, "auto", 1), (200, None, 1)):
        drawn = picture(recurrence(steps), style, max_boxes=limit)
        weights = [[text.content for text in box.texts] for box in drawn.boxes if box.texts and box.texts[0].content == "w"]
        assert len(weights) == times
        assert sum(f"grad {steps}" in texts for texts in weights) == 1
        assert sum(drawn.boxes[wire.tail].texts[:1] == (Text("w", "name"),) for wire in drawn.wires) == steps


@pytest.mark.parametrize(("options", "folded"), [({}, True), ({"max_boxes": 500}, False), ({"max_boxes": 100}, True)])
def test_a_limit_that_is_given_holds_in_scopes(options: dict[str, int], folded: bool) -> None:
    with scope("all"):
        y = recurrence(150)
    assert ("group" in kinds(picture(y, **options))) == folded


@pytest.mark.parametrize("max_boxes", [True, "many", 2.5])
def test_limits_that_are_none(max_boxes: object) -> None:
    with pytest.raises(TypeError, match="max_boxes is a number of boxes, 'auto' or None, not "):
        picture(apples(), max_boxes=max_boxes)


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(TypeError, match="drawn of Values, of a Program, or of a network such as a module of nn, not of a float"):
        picture(2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no style 'wide'; the styles are "):
        picture(Value(1.0), "wide")


def test_several_results_are_one_picture() -> None:
    x = Value(2.0, label="x")
    h = x * x
    h.label = "h"
    y, z = h + 1, h * x
    y.label = "y"
    drawn = picture([y, z, h, y])
    assert kinds(drawn).count("leaf") == 1
    ends = [i for i, box in enumerate(drawn.boxes) if box.kind == "end"]
    assert [[text.content for text in drawn.boxes[i].texts] for i in ends] == [["y"], [], ["h"]]
    into = {wire.head: drawn.boxes[wire.tail].values[0] for wire in drawn.wires if wire.head in ends}
    assert [into[i] is v for i, v in zip(ends, (y, z, h), strict=True)] == [True] * 3
    assert drawn.title == "y = 5, value = 8, h = 4"
    assert drawn.description == "4 values."
    assert not any(box.caption for box in drawn.boxes)
    y.backward()
    assert "Gradient by x: 4." in picture([z, y]).description


def test_results_by_name_and_in_arrays() -> None:
    np = pytest.importorskip("numpy")
    x = Value(2.0, label="x")
    drawn = picture({"first": x * 1, "rest": [x * 2, x]})
    assert [[text.content for text in box.texts] for box in drawn.boxes if box.kind == "end"] == [["first"], ["rest"], ["rest"]]
    assert kinds(picture(np.array([[x * 1, x * 2]]))).count("end") == 2
    assert picture([x * k for k in range(6)]).title == "value = 0, value = 2, value = 4, value = 6 and 2 more"


def test_results_of_which_a_name_is_shown_once() -> None:
    x = Value(2.0, label="x")
    assert [box.texts for box in picture([x, x * 2]).boxes if box.kind == "end"] == [(), ()]


def test_several_results_fold_as_one_graph() -> None:
    outs = []
    for k in range(3):
        y = Value(1.0, label=f"x{k}")
        for _ in range(300):
            y = y * 1.5
        outs.append(y)
    drawn = picture(outs)
    assert "903 values, folded to" in drawn.remark
    with pytest.raises(TooLargeError, match="903 values are too many"):
        picture(outs, collapse=None)


@pytest.mark.parametrize(("given", "error", "message"), [
    ([], ValueError, "a picture is drawn of a Value, or of several: here is none"),
    ({}, ValueError, "here is none"),
    ([1.0], TypeError, "not of a list"),
    ("text", TypeError, "not of a str"),
    ({"y": 1.0}, TypeError, "not of a dict"),
    (Value, TypeError, "not of the class Value"),
])  # fmt: skip
def test_no_results(given: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        picture(given)  # type: ignore[arg-type]
