"""Which picture is made of a graph, and of what there is none."""

from __future__ import annotations

import pytest

from autograd.functions import sum as summed
from autograd.value import Value
from viz.graph.pictures import picture
from viz.shapes import Picture, TooLargeError


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
    assert len(picture(y, max_boxes=601).boxes) == 602


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(TypeError, match="of a Value, or of a network such as a module of nn, not of a float"):
        picture(2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there is no style 'wide'; the styles are "):
        picture(Value(1.0), "wide")
