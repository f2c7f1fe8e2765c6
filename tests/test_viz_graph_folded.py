"""The picture of a folded graph."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from networks import Network

import nn
import viz
from autograd import Value, scope
from autograd import sum as summed
from autograd.value import members
from viz.graph.draft import STYLES
from viz.graph.pictures import picture
from viz.shapes import Box, Picture, TooLargeError


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(3, 4, 4, 1)


@pytest.fixture(scope="module")
def loss(network: Network) -> Value:
    y: Value = network.loss(9)
    return y


def box(drawn: Picture, name: str) -> Box:
    (found,) = [box for box in drawn.boxes if box.group == name]
    return found


def said(of: Box) -> list[str]:
    return [text.content for text in of.texts]


def ends(drawn: Picture) -> set[tuple[str, str]]:
    """The wires, by the names of the groups at their ends."""
    return {(drawn.boxes[wire.tail].group, drawn.boxes[wire.head].group) for wire in drawn.wires}


def test_a_network_over_nine_samples_reads_as_a_network(loss: Value) -> None:
    drawn = picture(loss)
    first, second = ([f"layer{i} / neuron{j}" for j in range(4)] for i in (0, 1))
    wires = {("leaves 41–67", neuron) for neuron in first} | {(a, b) for a in first for b in second}
    wires |= {(neuron, "layer2 / neuron0") for neuron in second} | {("layer2 / neuron0", "loss"), ("loss", "")}
    assert ends(drawn) == wires
    assert drawn.remark == "753 values, folded to 11"
    assert drawn.description.startswith("753 values, folded to 11.")
    assert f">{drawn.remark}<" in viz.svg(loss)


def test_a_box_says_what_it_holds(network: Network, loss: Value) -> None:
    neuron = network.layers[1].neurons[2]
    drawn = picture(loss)
    length = math.hypot(*(v.grad for v in [*neuron.weights, neuron.bias]))
    held = box(drawn, "layer1 / neuron2")
    name, values, parameters, gives = said(held)
    assert (name, values, parameters) == ("layer1 / neuron2", "81 values, 9 calls", f"5 parameters, |g| {length:.4g}")
    given = [v.data for v in members(loss) if v.op == "tanh" and v.scope == ("layer1", "neuron2")]
    low, high = ([x.replace("-", "−") for x in (f"{min(given):#.4g}", f"{max(given):#.4g}")])
    assert gives == f"gives 9: {low} to {high}"
    assert "36 × ×" in held.tooltip
    assert len(held.values) == 86
    assert {id(v) for v in held.values} >= {id(neuron.bias)}
    assert said(box(drawn, "loss")) == ["loss", "19 values", "9 leaves, |g| 6.531", "gives 10.66"]


def test_before_backward_a_box_has_a_dash() -> None:
    with scope("layer"):
        y = (Value(2.0, label="layer.w") * 3.0 + 1.0) * 2.0
    assert said(box(picture(y, collapse=1), "layer")) == ["layer", "3 values", "1 parameter, |g| –", "gives 14"]


def test_depth_0_minds_no_scope() -> None:
    """A small graph is drawn Value by Value, a larger one folded by the order of evaluation."""
    x = y = Value(0.5, label="x")
    for many, groups in ((20, 0), (100, 16)):
        for _ in range(many):
            with scope("layer"):
                y = y + x
        assert sum(each.kind == "group" for each in picture(y, collapse=0).boxes) == groups
    assert "layer" not in {each.group for each in picture(y, collapse=0).boxes}


def test_wires_between_groups_carry_the_numbers_of_what_they_stand_for(loss: Value) -> None:
    drawn = picture(loss)
    place = {each.group: i for i, each in enumerate(drawn.boxes)}
    (wire,) = [wire for wire in drawn.wires if wire.head == place["loss"]]
    outputs = [v for v in members(loss) if v.op == "tanh" and v.scope[0] == "layer2"]
    assert wire.above
    assert wire.below
    assert (wire.above.content, wire.below.content) == ("9 values", f"|g| {math.hypot(*(v.grad for v in outputs)):.4g}")
    assert [v.operands[i] for v, i in wire.links] == outputs
    single = picture(loss, collapse=1)
    assert {(w.above and w.above.content) for w in single.wires if single.boxes[w.head].group == "loss"} == {
        f"{v.data:#.4g}".replace("-", "−") for v in outputs
    }


def test_a_value_that_a_group_uses_twice_has_one_wire_with_the_sum() -> None:
    x = Value(3.0, label="x")
    with scope("square"):
        y = x * x * 1.0
    y = y + x
    y.backward()
    drawn = picture(y, collapse=1)
    (wire,) = [wire for wire in drawn.wires if drawn.boxes[wire.head].group]
    assert wire.below
    assert wire.below.content == "6"
    assert drawn.boxes[0].texts[-1].content == "grad 7"


def test_arrow_heads_at_a_group_stand_apart_up_to_ten(loss: Value) -> None:
    drawn = picture(loss)
    place = {each.group: i for i, each in enumerate(drawn.boxes)}["layer1 / neuron0"]
    assert drawn.boxes[place].inputs == 4
    assert [wire.port for wire in drawn.wires if wire.head == place] == [0, 1, 2, 3]
    xs = [Value(float(i), label=f"x{i}") for i in range(12)]
    with scope("all"):
        y = summed([x * x for x in xs[:6]])
    with scope("all"):
        y = y + summed([x * 2.0 for x in xs])
    drawn = picture(y, collapse=1)
    assert max(each.inputs for each in drawn.boxes) <= 10


def test_a_group_tells_how_far_its_leaves_are_corrected() -> None:
    with scope("layer"):
        w = [Value(1.0, label="w0"), Value(2.0, label="w1")]
        y = w[0] * 3.0 + w[1] * 4.0
    assert not any("corrected" in text for each in picture(y, collapse=1, rate=0.5).boxes for text in said(each))
    y.backward()
    told = [text for each in picture(y, collapse=1, rate=0.5).boxes for text in said(each) if "corrected" in text]
    assert told == ["corrected by 2.5"]  # half of the length of (3, 4)
    assert "corrected by 1.5" in viz.svg(y, collapse=1, rate={w[0]: 0.5})


def test_bundles_go_back_too(loss: Value) -> None:
    drawn = picture(loss, backward=True)
    assert [wire.back for wire in drawn.wires] == [wire.gradient is not None for wire in drawn.wires]
    assert any(wire.back and wire.below and wire.below.content.startswith("|g|") for wire in drawn.wires)


def test_heat_of_many_gradients_has_a_sign_only_if_they_agree() -> None:
    x = Value(1.0)
    for factor, tone in ((1.0, "plus"), (-1.0, "")):
        with scope("a"):
            first = [x * 2.0, x * 3.0]
        with scope("b"):
            y = first[0] * 1.0 + first[1] * factor
        y.backward()
        drawn = picture(y, collapse=1, heat=True)
        (wire,) = [wire for wire in drawn.wires if drawn.boxes[wire.tail].group == "a"]
        assert (wire.tone, wire.thickness) == (tone, picture(y, collapse=1, heat=True).wires[0].thickness)


def test_a_group_opens_when_it_is_asked_to(loss: Value) -> None:
    closed = picture(loss)
    opened = picture(loss, opened=["layer1 / neuron2"])
    names = [each.group for each in opened.boxes]
    assert "layer1 / neuron2" not in names
    assert "layer1 call 3 / neuron2" in names
    assert {each.group for each in closed.boxes} - set(names) == {"layer1 / neuron2"}
    values = picture(loss, opened=["layer1 / neuron2", "layer1 call 3 / neuron2"])
    inside = [each for each in values.boxes if each.within == "layer1 call 3 / neuron2"]
    assert [each.texts[0].content for each in inside if each.kind == "operation"] == ["×", "+"] * 4 + ["tanh"]
    with pytest.raises(ValueError, match=r"^opened: there is no folded box 'no such group'; there are: "):
        picture(loss, opened=["layer1 / neuron2", "no such group"])


def test_too_much_opened_is_refused_and_so_is_what_is_no_depth(loss: Value) -> None:
    with pytest.raises(TooLargeError, match="753 values are too many"):
        picture(loss, max_boxes=15, opened=["layer1 / neuron2"])
    with pytest.raises(TooLargeError, match="753 values are too many"):
        picture(loss, collapse=None)
    with pytest.raises(TypeError, match="collapse is a depth of scopes, 'auto' or None, not 'deep'"):
        picture(loss, collapse="deep")
    with pytest.raises(ValueError, match="from 0 on, not -1"):
        picture(loss, collapse=-1)


def test_fewer_boxes_are_made_if_they_are_wanted(loss: Value) -> None:
    assert picture(loss, max_boxes=10).remark == "753 values, folded to 5"
    assert picture(loss, max_boxes=4).remark == "753 values, folded to 2"


def test_a_small_graph_is_folded_only_if_a_depth_is_given() -> None:
    with scope("a"):
        y = (Value(2.0, label="x") * 3.0 + 1.0) * 2.0
    assert not picture(y).remark
    assert picture(y, collapse=1).remark == "4 values, folded to 1"
    assert picture(y, "record", collapse=1).remark == "4 values, folded to 1"


def test_an_operation_of_many_operands_has_one_wire_from_each_group(loss: Value) -> None:
    x = Value(2.0)
    ys = []
    for name in ("a", "b"):
        with scope(name):
            ys += [x * float(i) for i in range(300)]
    drawn = picture(summed(ys), collapse=1)
    operation = next(i for i, each in enumerate(drawn.boxes) if each.kind == "operation")
    assert [drawn.boxes[w.tail].group for w in drawn.wires if w.head == operation] == ["a", "b"]
    assert [w.port for w in drawn.wires if w.head == operation] == [0, 1]


@pytest.mark.parametrize("style", STYLES)
def test_names_of_scopes_are_harmless(style: str) -> None:
    y = Value(1.0)
    for name in ("<script>", "a / b", "x" * 500, "\x00\u202e", '"'):
        with scope(name):
            y = (y + 1.0) * 2.0
    svg = viz.svg(y, style, collapse=1)
    assert "<script>" not in svg
    assert "\u202e" not in svg
    assert len(re.findall(r">\d values<", svg)) == 5
    assert viz.draw(y, style, collapse=1).dot.count("shape=box3d") == 5


def test_dot_of_a_folded_graph(loss: Value) -> None:
    dot = viz.draw(loss).dot
    assert dot.count("box3d") == 11
    assert "layer0 &#47; neuron0" in dot


def test_dot_is_folded_only_if_a_depth_is_given(loss: Value, tmp_path: Path) -> None:
    viz.save(loss, tmp_path / "a.dot")
    viz.save(loss, tmp_path / "b.dot", collapse=2)
    assert [(tmp_path / name).read_text(encoding="utf-8").count("box3d") for name in ("a.dot", "b.dot")] == [0, 11]


def test_a_network_of_nn_over_nine_samples_reads_as_a_network():
    """It is small enough to be drawn whole, which nobody could read: what was made in scopes is folded sooner."""
    model = nn.MLP(3, [4, 4, 1], "tanh", seed=1)
    y = summed([nn.squared_error(model([0.1 * k, -0.2, 0.3]), (-1.0) ** k) for k in range(9)])
    whole, folded = picture(y, collapse=None), picture(y)
    assert len(whole.boxes) > 200
    assert len(folded.boxes) < 20
    neurons = [f"mlp / layer{i} / neuron{j}" for i, units in enumerate((4, 4, 1)) for j in range(units)]
    assert set(neurons) <= {box.group for box in folded.boxes}
    for i, name in enumerate(neurons):
        assert any(text.startswith(f"{4 if i < 4 else 5} parameters") for text in said(box(folded, name)))


def test_small_graphs_in_scopes_are_drawn_whole():
    y = nn.MLP(2, [4, 1], "tanh", seed=1)([0.5, -0.5])
    assert not any(box.group for box in picture(y).boxes)
