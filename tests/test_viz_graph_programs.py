"""The picture of a recorded function: its operations, without numbers."""

from __future__ import annotations

import math
from collections import Counter
from functools import reduce
from pathlib import Path

import pytest
from svg import safe, texts

import viz
from autograd import Program, Value, no_grad, record, sqrt, tanh, where
from viz.graph.draft import STYLES
from viz.graph.pictures import picture
from viz.graph.programs import graph_of
from viz.words import number


def program() -> Program:
    return record(lambda x, w: where(x > 0, tanh(w[0] * x) + 2.5, sqrt(w[1])), 1.0, [0.0, 1.0])


def test_operations_inputs_and_constants() -> None:
    drawn = picture(program())
    found = Counter((box.kind, box.texts[0].content) for box in drawn.boxes)
    assert found == Counter([
        *[("leaf", "x"), ("leaf", "w[0]"), ("leaf", "w[1]"), ("constant", "0"), ("constant", "2.5"), ("end", "f")],
        *[("operation", symbol) for symbol in (">", "×", "tanh", "+", "sqrt", "where")],
    ])  # fmt: skip
    assert drawn.title == "Program f(x, w): 3 inputs, 6 operations, 1 output"
    names = {i: box.texts[0].content for i, box in enumerate(drawn.boxes)}
    assert {(names[wire.tail], names[wire.head]) for wire in drawn.wires} == {
        ("x", ">"), ("0", ">"), ("w[0]", "×"), ("x", "×"), ("×", "tanh"), ("tanh", "+"), ("2.5", "+"), ("w[1]", "sqrt"),
        (">", "where"), ("+", "where"), ("sqrt", "where"), ("where", "f"),
    }  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("options", [
    {}, {"direction": "TB"}, {"max_boxes": 5}, {"show_constants": False},
    {"show_constants": "inside"},
])  # fmt: skip
def test_there_are_no_numbers_but_constants(style: str, options: dict[str, object]) -> None:
    svg = viz.svg(program(), style, **options)
    safe(svg)
    assert not any(word in svg for word in ("nan", "data", "grad", "gives", "|g|", "–<"))


def test_several_results() -> None:
    made = graph_of(record(lambda x: ([x[0] * x[1], x[0]], 3.0), [1.0, 2.0]))
    assert list(made) == ["f[0][0]", "f[0][1]", "f[1]"]
    assert (made["f[0][1]"].label, made["f[1]"].label) == ("x[0]", "3")
    drawn = picture(record(lambda x: [x[0] * x[1], x[0], 3.0], [1.0, 2.0]))
    assert [box.texts[0].content for box in drawn.boxes if box.kind == "end"] == ["f[0]", "f[1]", "f[2]"]


def test_the_name_of_the_function_and_a_gradient() -> None:
    def area(width: Value, height: Value) -> Value:
        return width * height

    assert "area" in texts(viz.svg(record(area, 1.0, 2.0)))
    safe(viz.svg(record(lambda x: x**3, 1.0).gradient_program))


def test_while_nothing_is_recorded() -> None:
    with no_grad():
        inside = viz.svg(program())
    assert inside == viz.svg(program())


def test_of_many_operations(tmp_path: Path) -> None:
    many = record(lambda xs: reduce(lambda total, x: total + tanh(x * x), xs, 0.0), [1.0] * 300)
    drawn = picture(many)
    assert "1,200 values, folded to" in drawn.remark
    assert not any("nan" in text.content for box in drawn.boxes for text in box.texts)
    viz.save(many, tmp_path / "many.dot")
    assert (tmp_path / "many.dot").read_text(encoding="utf-8").count("tanh") == 300


def test_text_is_the_listing(tmp_path: Path) -> None:
    assert viz.draw(program()).text == program().listing()
    viz.save(program(), tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == program().listing() + "\n"
    with pytest.warns(UserWarning, match="shown as text"):
        assert "tanh(#2)" in viz.svg(program(), engine="no-such-engine")


def test_the_graph_computes_what_the_program_does() -> None:
    many = record(lambda xs: xs[0] * (xs[0] - 2) + xs[1] * (xs[1] - 2), [1.0, 2.0])
    (y,) = graph_of(many).values()
    assert math.isnan(y.data)
    assert [x.entry.name for x in y.operands] == ["mul", "mul"]
    assert number(2.0) in texts(viz.svg(many))


def test_draw_dot() -> None:
    assert viz.draw_dot(program()).pipe(encoding="utf-8").count("<title>") > 10


@pytest.mark.parametrize("options", [{"rate": 0.5}, {"backward": True}])
def test_what_needs_numbers_is_refused_by_name(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(TypeError, match=rf"^{name}: a recorded function holds no numbers: draw what it gives, such as viz\.draw"):
        viz.draw(program(), **options)
