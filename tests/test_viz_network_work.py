"""Networks at work, corrected, in symbols, as layers: the lectures' numbers stand where they belong, nothing is touched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from networks import check_texts, drawn_at_random
from svg import tags, texts

import autograd
import nn
import viz
from autograd import Value, index, no_grad, softmax, step
from nn import Stage

DELTAS = nn.MLP(
    2, [2, 3], "sigmoid",
    init=[0.7, -1.2, 0.1, 0.3, 0.9, -0.4, 0.5, -0.3, 0.05, -0.2, 0.8, -0.1, 0.1, 0.4, 0.2],
)  # fmt: skip
"""The network 2-2-3 of the lecture on error backpropagation: its numbers were computed at 50 digits."""
LINE = nn.Neuron(1, "identity", init=[2.0, -0.1])
"""The layer y = wx − θ of the lecture, w = 2 and θ = 1/10."""


def written(svg: str, kind: str) -> list[str]:
    """The texts of a kind."""
    return [text.text or "" for text in tags(svg, "text") if text.get("class") == kind]


def tips(svg: str) -> list[str]:
    return [title.text or "" for title in tags(svg, "title")]


# At work.


def test_sums_and_outputs_stand_in_the_units() -> None:
    svg = viz.svg(DELTAS, at=[1.5, -0.5], inputs=["a", "b"])
    check_texts(svg)
    hidden, outputs = ["1.75", "0.8520", "−0.4", "0.4013"], ["0.3556", "0.05066", "0.4457"]
    numbers = written(svg, "value")
    assert {"1.5", "−0.5", *hidden, *outputs, "b = 0.1", "b = −0.4"} <= set(numbers)
    assert "in a unit: its input a | its output z; over it: its bias b" in texts(svg)
    assert not written(svg, "grad")


def test_errors_stand_under_the_units_and_gradients_on_the_wires() -> None:
    """∂L/∂g of the lecture: (−0.0425, 0.1338) of the hidden units, outputs minus labels of the others; ∂L/∂w₀₀ = −0.0637."""
    svg = viz.svg(DELTAS, at=([1.5, -0.5], 0), loss=nn.cross_entropy)
    check_texts(svg)
    found = written(svg, "grad")
    assert {"δ = −0.04249", "δ = 0.1338", "δ = −0.6468", "δ = 0.2603", "δ = 0.3865", "−0.06373", "∂L/∂y = −0.6468"} <= set(found)
    assert {"cross entropy", "L = 1.041", "t = 0"} <= set(texts(svg))
    (description,) = (element.text or "" for element in tags(svg, "desc"))
    assert description.endswith("\nx = (1.5, −0.5)\ny = (0.3556, 0.05066, 0.4457)\nL = 1.041")
    (told,) = [tip for tip in tips(svg) if "\nweight 0.7 from input 0 to unit 0\n∂L/∂w = " in tip]
    assert told.startswith("layers.0: Layer(2 -> 2, sigmoid)")
    assert float(told.rpartition(" ")[2]) == pytest.approx(-0.0637275034840328, rel=1e-12)


def test_an_error_comes_back_and_the_correction_is_red() -> None:
    """The lecture's layer: 1/3 comes back, 2/3 goes on; w = 2 − α·9/10·1/3, θ = 1/10 + α·1/3."""
    svg = viz.svg(LINE, at=(0.9, 41 / 30), loss=nn.squared_error, rate=0.5, bias="threshold")
    check_texts(svg)
    assert {"∂L/∂y = 0.3333", "δ = 0.3333", "∂L/∂x = 0.6667"} == set(written(svg, "grad"))
    assert {"− 0.5 × 0.3 = 1.85", "+ 0.5 × 0.3333 = 0.2667"} < set(written(svg, "correction"))
    assert {"θ = 0.1", "2", "1.7", "0.9", "L = 0.05556"} <= set(texts(svg))


def test_a_frozen_layer_takes_no_step_and_a_loss_without_a_name_has_none() -> None:
    model = nn.MLP(2, [2, 1], "tanh", seed=1)
    model.layers[0].freeze()
    svg = viz.svg(model, at=([1.0, 2.0], 0.0), loss=lambda y, t: (y - t) ** 2, rate=0.5)
    check_texts(svg)
    assert len([line for line in written(svg, "correction") if "=" in line]) == 3  # two weights and a bias of the last layer
    assert "frozen" in texts(svg)
    assert texts(svg)[texts(svg).index("t = 0") - 1].startswith("L = ")


@pytest.mark.parametrize(("x", "wanted", "numbers", "steps"), [
    ([1.0, 0.0, 0.0], 0.0, [2.0, 2.0, 2.0, -2.0], {"− 0.5 × 1 = 1.5", "+ 0.5 × 1 = 2.5"}),
    ([0.0, 0.0, 1.0], 1.0, [1.5, 2.0, 2.0, -2.5], {"+ 0.5 × 1 = 2.5", "− 0.5 × 1 = 2"}),
])  # fmt: skip
def test_both_corrections_of_the_exercise(x, wanted, numbers, steps) -> None:
    """The step is passed over: the loss is the error times the sum. A weight that stays has nothing red; errors go on."""
    neuron = nn.Neuron(3, "identity", init=numbers)
    svg = viz.svg(neuron, at=(x, wanted), loss=lambda a, t: a * (step(a).data - t), rate=0.5, bias="threshold")
    check_texts(svg)
    assert {line for line in written(svg, "correction") if "=" in line} == steps
    error = 1.0 if wanted == 0 else -1.0
    told = [viz.words.number(error * w) for w in numbers[:3]]
    assert [line for line in written(svg, "grad") if "∂x" in line] == [f"∂L/∂x = {word}" for word in told]


def test_a_skip_connection_at_work() -> None:
    """y = x + v tanh(wx + c) with v = −0.6: y = 0.3336, and dy/dx = 0.5109 is 1 less what the layer takes off."""
    block = nn.Residual(nn.Layer(1, 1, "tanh", init=[1.3, -0.2]), nn.Layer(1, 1, "identity", init=[-0.6, 0.0]))
    for level in ("units", "layers"):
        svg = viz.svg(nn.Sequential(block), at=(0.7, None), loss=lambda y, t: y * 1.0, level=level)
        check_texts(svg)
        said = set(texts(svg))
        assert {"+", "∂L/∂x = 0.5109"} <= said
        assert said & {"0.3336", "y = 0.3336"}
        (arc,) = [path for path in tags(svg, "path") if "Q" in path.get("d", "")]
        assert arc.get("fill") == "none"


def test_no_gradient_and_no_number_is_touched() -> None:
    model = nn.MLP(2, [3, 2], "tanh", seed=1)
    nn.squared_error(model([1.0, 2.0]), [0.0, 1.0]).backward()
    x, t = [Value(0.5, label="x"), 2.0], [1.0, 0.0]
    before = [(p.data, p.grad, p.label) for p in model.parameters()]
    svg = viz.svg(model, at=(x, t), loss=nn.squared_error, rate=0.1)
    assert [(p.data, p.grad, p.label) for p in model.parameters()] == before
    assert (x[0].grad, x[0].label) == (0.0, "x")
    assert svg == viz.svg(model, at=(np.array([0.5, 2.0]), np.array(t)), loss=nn.squared_error, rate=0.1)


def test_gradients_are_those_of_backward() -> None:
    """On hover, to the last digit; a layer that is used twice has one gradient, of both uses."""
    shared = nn.Layer(2, 2, "tanh", seed=3)
    model = nn.Sequential(shared, shared, nn.Layer(2, 1, "identity", seed=4))
    svg = viz.svg(model, at=([0.5, -1.0], 0.25), loss=nn.squared_error)
    nn.squared_error(model([0.5, -1.0]), 0.25).backward()
    told = [tip for tip in tips(svg) if tip.startswith("layers.1") and "∂L/∂w" in tip]
    wanted = {f"weight {w.data!r} from input {j} to unit {k}\n∂L/∂w = {w.grad!r}"
              for k, neuron in enumerate(shared.neurons) for j, w in enumerate(neuron.w)}  # fmt: skip
    assert {tip.partition("\n")[2] for tip in told} == wanted


def test_functions_and_modules_of_ones_own_show_what_they_give() -> None:
    svg = viz.svg(nn.Sequential(nn.Layer(2, 3, "identity", init=[0.0] * 9), softmax), at=[1.0, 2.0], outputs=["a", "b", "c"])
    check_texts(svg)
    assert texts(svg).count("0.3333") == 3

    class Gated(nn.Module):
        def __init__(self) -> None:
            self.layer, self.gate = nn.Layer(2, 2, "tanh", seed=1), nn.MLP(2, [3, 2], seed=2)

        def forward(self, x: Any) -> Any:
            return [g * y for g, y in zip(self.gate(x), self.layer(x))]

    gated = Gated()
    svg = viz.svg(gated, at=([1.0, 2.0], [0.0, 0.0]), loss=nn.squared_error)
    check_texts(svg)
    given_numbers = [viz.words.number(v.data) for v in gated([1.0, 2.0])]
    assert set(given_numbers) <= set(texts(svg))


def test_of_many_units_those_that_can_be_read_are_shown() -> None:
    x = [0.01 * i for i in range(64)]
    svg = viz.svg(nn.MLP(64, [32, 10], seed=1), at=(x, 3), loss=nn.cross_entropy)
    check_texts(svg)
    assert {"and 58 more", "and 26 more", "0.63"} <= set(texts(svg))
    assert len([line for line in written(svg, "grad") if line.startswith("δ")]) == 16
    assert len(svg) < 120_000


def test_an_image_at_work() -> None:
    """The input is an image of its numbers, a unit has the colour of its output; also where the image is flattened first."""
    rows = [[0.0, 1.0], [-0.5, 0.0]]
    numbers = [1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, -3.0, 0.0, 1.0, -4.0]
    layers = nn.Layer(4, 3, "relu", init=numbers), nn.Layer(3, 2, seed=1)
    options: dict[str, Any] = {"loss": nn.squared_error, "image": (2, 2)}
    flat = viz.svg(nn.Sequential(*layers), at=([0.0, 1.0, -0.5, 0.0], [1.0, 0.0]), **options)
    check_texts(flat)
    (pixels, *_) = (g for g in tags(flat, "g") if g.get("shape-rendering") == "crispEdges")
    assert [(path.get("class"), path.get("stroke-opacity")) for path in pixels] == [("minus", "0.5"), ("plus", "1")]
    outputs = [c.get("fill-opacity") for c in tags(flat, "circle") if c.get("class") in {"plus-head", "minus-head"}]
    assert outputs == ["1", "0.12"]  # 2, 0.25 and 0
    assert "beside an image: the colour of its unit's output; strongest: 2" in texts(flat)
    assert any("a = 2.0; δ = " in tip and "z = 2.0" in tip for tip in tips(flat))
    flattened = viz.svg(nn.Sequential(nn.Flatten(), *layers), at=(rows, [1.0, 0.0]), **options)
    check_texts(flattened)
    assert written(flattened, "grad") == written(flat, "grad")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.sampled_from(["inside", "threshold", "units"]),
       st.sampled_from(["numbers", "symbols"]), st.sampled_from([None, 0.5]), st.booleans())  # fmt: skip
@example([1, 4, 2], "units", "numbers", None, False)  # a unit that gives 1 beside units of two cells
def test_texts_never_overlap(sizes, bias, weights, rate, learns) -> None:
    model = drawn_at_random(nn.MLP(sizes[0], sizes[1:], "tanh"))
    x, t = [0.5 * i for i in range(sizes[0])], [1.0] * sizes[-1]
    options: dict[str, Any] = {"at": (x, t), "loss": nn.squared_error, "rate": rate} if learns else {"at": x}
    names = {"inputs": [f"in{i}" for i in range(sizes[0])], "outputs": ["a longer name"] * sizes[-1]}
    check_texts(viz.svg(model, bias=bias, weights=weights, **options, **names))
    check_texts(viz.svg(model, bias=bias, weights=weights))


# Before and after.


def test_what_has_changed_is_red() -> None:
    before, after = nn.Neuron(3, "step", init=[2.0, 2.0, 2.0, -2.0]), nn.Neuron(3, "step", init=[1.5, 2.0, 2.0, -2.5])
    svg = viz.svg(after, before=before, bias="threshold")
    check_texts(svg)
    assert written(svg, "correction") == ["2 → 1.5", "θ: 2 → 2.5", "red: what has changed, before → after"]
    assert written(svg, "value") == ["2", "2"]
    assert svg == viz.svg(after, before=before.state_dict(), bias="threshold")
    assert svg == viz.svg(after, before={"w": np.array([2.0, 2.0, 2.0]), "b": np.float64(-2.0)}, bias="threshold")
    assert written(viz.svg(after, before=after), "correction") == ["red: what has changed, before → after"]


def test_of_many_weights_those_that_changed_are_red_wires() -> None:
    model = nn.MLP(8, [12, 4], seed=1)
    before = model.state_dict()
    model.layers[0].neurons[3].w[5].data += 0.5
    model.layers[1].neurons[0].w[7].data -= 0.25
    svg = viz.svg(model, before=before)
    red = [path.find("{http://www.w3.org/2000/svg}title") for path in tags(svg, "path") if path.get("class") == "alarm-wire"]
    told = [title.text or "" for title in red if title is not None]
    assert [tip.partition(" from ")[2] for tip in told] == ["input 7 to unit 0", "input 5 to unit 3"]  # the greatest on top
    assert "a weight that has changed; widest: by 0.5" in texts(svg)


# Symbols and titles.


def test_symbols_of_units_and_weights() -> None:
    """As in the lecture's picture of a multilayer perceptron: x₀ and z₀ give 1."""
    svg = viz.svg(nn.MLP(3, [2, 2], "sigmoid", seed=1), bias="units", weights="symbols", layers=["hidden layer", "output layer"])
    check_texts(svg)
    said = set(texts(svg))
    assert {"x₀", "x₁", "x₂", "x₃", "z₀", "z₁", "z₂", "y₁", "y₂", "hidden layer", "output layer"} <= said
    assert {f"w⁽¹⁾{k}{j}" for k in "₁₂" for j in "₀₁₂₃"} | {f"w⁽²⁾{k}{j}" for k in "₁₂" for j in "₀₁₂"} <= said
    large = texts(viz.svg(nn.MLP(64, [32, 10], seed=1), bias="units", weights="symbols"))
    assert {"w⁽¹⁾₃₂,₆₄", "w⁽²⁾₁₀,₃₂", "x₆₄", "z₃₂", "y₁₀", "and 60 more"} <= set(large)
    deep = texts(viz.svg(nn.MLP(1, [1, 1, 1], seed=1), weights="symbols", bias="threshold"))
    assert {"z⁽¹⁾₁", "z⁽²⁾₁", "y₁", "θ⁽¹⁾₁", "w⁽³⁾₁₁"} <= set(deep)


def test_biases_are_weights_of_units_that_give_1() -> None:
    model = drawn_at_random(nn.MLP(2, [2, 1]))
    svg = viz.svg(model, bias="units")
    check_texts(svg)
    assert sorted(written(svg, "value")) == sorted([*["1"] * 2, *(viz.words.number(p.data) for p in model.parameters())])
    told = [tip for tip in tips(svg) if "\nbias " in tip and " of unit " in tip]
    assert len(told) == 3
    large = viz.svg(nn.MLP(20, [20, 3], seed=1), bias="units")
    assert len([c for c in tags(large, "circle") if c.get("stroke-dasharray")]) == 2


# Layers.


def test_layers_are_boxes_with_vectors_at_their_joints() -> None:
    svg = viz.svg(DELTAS, at=([1.5, -0.5], [1.0, 0.0, 0.0]), loss=nn.cross_entropy, level="layers", layers=["hidden", "output"])
    check_texts(svg)
    boxes = ["affine", "sigmoid", "affine", "cross entropy"]
    assert [text for text in texts(svg) if text in boxes] == boxes
    forward = {"x = (1.5, −0.5)", "a⁽¹⁾ = (1.75, −0.4)", "z⁽¹⁾ = (0.8520, 0.4013)", "y = (0.3556, 0.05066, 0.4457)"}
    assert forward <= set(texts(svg))
    assert {"∂L/∂a⁽¹⁾ = (−0.04249, 0.1338)", "∂L/∂y = (−0.6468, 0.2603, 0.3865)", "hidden", "output"} <= set(texts(svg))
    assert len([path for path in tags(svg, "path") if path.get("class") == "back-head"]) == 4
    plain = viz.svg(DELTAS, level="layers")
    check_texts(plain)
    assert {"x", "a⁽¹⁾", "z⁽¹⁾", "y"} <= set(texts(plain))


def test_long_vectors_have_four_numbers_and_images_none() -> None:
    image = [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0], [0.0, 1.0, 2.0]]
    model = nn.Sequential(nn.Conv2d(1, 2, 2, seed=1), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(2, 5, "identity", init=[1.0] * 15))
    svg = viz.svg(model, at=(image, [0.0] * 5), loss=nn.squared_error, level="layers")
    check_texts(svg)
    assert {"x: 9 numbers", "convolution", "AvgPool2d(2x2)", "Flatten", "∂L/∂z⁽¹⁾", "t = (0, 0, 0, 0, …)"} <= set(texts(svg))
    (last,) = [text for text in texts(svg) if text.startswith("y = ")]
    assert last.count(",") == 4
    assert last.endswith(", …)")


# What cannot be shown.


class Foreign:
    """No module of ours."""

    def architecture(self) -> list[Stage]:
        return [Stage(kind="dense", description="Linear", inputs=1, outputs=1, weights=[[2.0]], biases=[0.0])]


class Untraced(nn.MLP):
    """One that says its stages, but not what happens in them."""

    def forward(self, x: Any) -> Any:
        return super().forward(x)

    def architecture(self) -> list[Stage]:
        return [stage for layer in self.layers for stage in layer.architecture()]  # type: ignore[attr-defined]


MODEL = nn.MLP(2, [2, 1], seed=1)
X = [1.0, 2.0]
ERRORS = [
    ({"loss": nn.squared_error}, ValueError, r"with loss= there is an input and its target, at=\(x, t\), not at=None"),
    ({"loss": nn.squared_error, "at": 3.0}, ValueError, r"at=\(x, t\), not at=3.0"),
    ({"loss": 3, "at": (X, 1.0)}, TypeError, "loss= is a function of an output and its target, such as nn.squared_error, not 3"),
    ({"rate": 0.5, "at": X}, ValueError, r"rate= shows a step of gradient descent: it needs at=\(x, t\) and loss="),
    ({"rate": "fast", "at": (X, 1.0), "loss": nn.squared_error}, ValueError, "rate= is a learning rate, a number such as 0.5"),
    ({"rate": math.nan, "at": (X, 1.0), "loss": nn.squared_error}, ValueError, "rate= is a learning rate"),
    ({"at": "x"}, TypeError, "at= is an input, a number or a list of numbers; .* not 'x'"),
    ({"at": [1.0, True]}, TypeError, "at= is an input, .* not True"),
    ({"at": (X, 1.0)}, ValueError, r"at= is one input x, or with loss= a pair \(x, t\) of it and its target, not .*: Layer"),
    ({"at": [1.0, 2.0, 3.0]}, ValueError, r"Layer\(2 -> 2, relu\) takes 2 numbers, and was given 3"),
    ({"at": (X, 1.0), "loss": lambda _, t: t}, ValueError, "loss= gives 1.0, which is not computed from what the network gives"),
    ({"before": 3}, TypeError, "before= is a state_dict of the network, or another network, not 3"),
    ({"before": {}}, ValueError, r"before=: there are no weights of layers.0: Layer\(2 -> 2, relu\)"),
    ({"before": nn.MLP(2, [3, 1], seed=1)}, ValueError, "before=: the weights and biases of layers.0: .* are not 2 x 2"),
    ({"before": {name: x for name, x in MODEL.state_dict().items() if name != "layers.1.b"}}, ValueError,
     r"before=: the weights and biases of layers.1: Layer\(2 -> 1, identity\) are not 1 x 2"),
    ({"before": MODEL, "rate": 1.0, "at": (X, 1.0), "loss": nn.squared_error}, ValueError, "before= shows a change that was"),
    ({"bias": "outside"}, ValueError, "bias= is 'inside' or 'threshold' or 'units', not 'outside'"),
    ({"weights": "none"}, ValueError, "weights= is 'numbers' or 'symbols', not 'none'"),
    ({"level": "neurons"}, ValueError, "level= is 'units' or 'layers', not 'neurons'"),
    ({"layers": ["one"]}, ValueError, "layers= has 1 name, and the network 2 layers"),
    ({"layers": ["one"], "level": "layers"}, ValueError, "layers= has 1 name, and the network 2 layers"),
    ({"layers": "ab"}, TypeError, "layers= is a list of names, one for each of the network's layers, not 'ab'"),
    ({"image": (1, 2), "before": MODEL}, ValueError, "image= shows weights as images, without numbers: leave it out, or rate="),
    ({"image": (1, 2), "rate": 1, "at": (X, 1.0), "loss": nn.squared_error}, ValueError, "image= shows weights as images"),
    ({"level": "layers", "before": MODEL}, ValueError, "before: shows weights, of which level='layers' shows none"),
    ({"level": "layers", "bias": "units"}, ValueError, "bias= and weights= say how weights are shown"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "kind", "message"), ERRORS, ids=[row[2][:40] for row in ERRORS])
def test_errors(options, kind, message) -> None:
    with pytest.raises(kind, match=message):
        viz.draw(MODEL, **options)


OF_MODELS = [
    (Foreign(), {"at": 1.0}, TypeError, r"at=: a Foreign has no method trace\(x\)"),
    (Untraced(2, [2, 1], seed=1), {"at": X}, ValueError,
     r"at=: trace\(\) tells 0 sums and 1 outputs of Layer\(2 -> 2, relu\), of 2"),
    (nn.Sequential(nn.Conv2d(1, 1, 2, seed=1)), {"at": [[1.0, 2.0], [3.0, 4.0]]}, ValueError,
     r"layers.0: Conv2d\(1 -> 1, 2x2, relu\) gives images, which level='layers' can show"),
    (nn.Conv2d(1, 1, 2, seed=1), {"before": {}}, ValueError, "those of images, as of a Conv2d, cannot be shown"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "options", "kind", "message"), OF_MODELS, ids=[row[3][:40] for row in OF_MODELS])
def test_networks_that_cannot_be_shown_so(model, options, kind, message) -> None:
    with pytest.raises(kind, match=message):
        viz.draw(model, **options)


def test_nothing_is_learnt_where_nothing_is_recorded() -> None:
    with no_grad(), pytest.raises(ValueError, match=r"not computed from what the network gives \(or in no_grad\(\)\)"):
        viz.draw(MODEL, at=(X, 1.0), loss=nn.squared_error)


def test_words_are_japanese_where_they_are_asked_for() -> None:
    options: dict[str, Any] = {"at": ([1.5, -0.5], 0), "loss": nn.cross_entropy, "rate": 0.5, "bias": "threshold", "lang": "ja"}
    units, layers = texts(viz.svg(DELTAS, **options)), texts(viz.svg(DELTAS, lang="ja", level="layers"))
    assert {"損失", "クロスエントロピー", "ユニットの中: 入力の和 a | 出力 z、上: 閾値 θ = −b、下: 誤差 δ = ∂L/∂a"} <= set(units)
    assert "赤: 勾配降下の 1 歩、0.5 × ∂L/∂w を引く" in units
    assert {"入力", "アフィン", "出力"} <= set(layers)


# What begins, and goes on, otherwise than with units.

GRID = [[1.0, 2.0, 3.0]] * 3
PAIRS = [[1.0, 2.0], [2.0, 3.0]]
EMBEDDING = nn.Embedding(3, 2, init=[0.0, 0.0, 0.5, -0.25, 2.0, 4.0])
BACK = nn.Layer(4, 1, "identity", init=[1.0, 2.0, 3.0, 4.0, 0.0])
PLACED: dict[str, tuple[list[nn.Module], Any]] = {
    "a token": ([EMBEDDING, nn.Layer(2, 1, "identity", seed=1)], 1),
    "an index": ([EMBEDDING, nn.Layer(2, 1, "identity", seed=1)], index(1, 3)),
    "tokens": ([EMBEDDING, nn.Flatten(), BACK], [1, 2]),
    "indices": ([EMBEDDING, nn.RNN(2, 2, seed=1), nn.Flatten(), BACK], index([1, 2], 3)),
    "an Embedding alone": ([EMBEDDING], [1, 2]),
    "an RNN first": ([nn.RNN(2, 2, seed=1), nn.Flatten(), BACK], PAIRS),
    "an RNN last": ([nn.LayerNorm(2), nn.RNN(2, 2, seed=1)], PAIRS),
    "an Attention first": ([nn.Attention(2, seed=1), nn.Flatten(), BACK], PAIRS),
    "an Attention in a Residual": ([nn.Residual(nn.Attention(2, seed=1)), nn.RMSNorm(2), nn.Flatten(), BACK], PAIRS),
    "an Attention last": ([EMBEDDING, nn.Attention(2, seed=1)], [1, 2]),
    "a LayerNorm first": ([nn.LayerNorm(2), nn.Layer(2, 1, seed=1)], [1.0, 2.0]),
    "a LayerNorm between": ([nn.Layer(2, 2, seed=1), nn.LayerNorm(2), nn.Layer(2, 1, seed=1)], [1.0, 2.0]),
    "a LayerNorm last": ([nn.Layer(2, 2, seed=1), nn.LayerNorm(2)], [1.0, 2.0]),
    "a Residual first": ([nn.Residual(nn.Layer(2, 2, seed=1)), nn.Layer(2, 1, seed=1)], [1.0, 2.0]),
    "a Residual last": ([nn.Layer(2, 2, seed=1), nn.Residual(nn.Layer(2, 2, seed=1))], [1.0, 2.0]),
    "a Dropout first": ([nn.Dropout(0.5, seed=1), nn.Layer(2, 1, seed=1)], [1.0, 2.0]),
    "a Dropout last": ([nn.Layer(2, 2, seed=1), nn.Dropout(0.5, seed=1)], [1.0, 2.0]),
    "a Conv2d first": ([nn.Conv2d(1, 1, 2, seed=1), nn.Flatten(), BACK], GRID),
    "a Conv2d last": ([nn.AvgPool2d(1), nn.Conv2d(1, 1, 2, seed=1)], GRID),
}


def nested(x: Any) -> bool:
    return isinstance(x, list) and isinstance(x[0], list)


@pytest.mark.parametrize("name", PLACED)
@pytest.mark.parametrize("with_loss", [False, True])
def test_every_layer_in_every_place_is_drawn_at_work_or_refused_by_what_it_gives(name: str, with_loss: bool) -> None:
    """A picture of layers shows all of them; one of units those that give one vector, and names the first that gives more."""
    layers, x = PLACED[name]
    model = nn.Sequential(*layers).eval()
    options: dict[str, Any] = {"at": (x, None), "loss": lambda y, t: autograd.sum(nn.Flatten()(y))} if with_loss else {"at": x}
    svg = viz.svg(model, level="layers", **options)
    check_texts(svg)
    for layer in layers:
        if not isinstance(layer, (nn.Layer, nn.Conv2d, nn.Residual)):
            assert any(text.startswith(type(layer).__name__) for text in texts(svg))
    many = [step for step in model.trace(model.declared(x)) if nested(step.z)]
    if not many:
        check_texts(viz.svg(model, **options))
        return
    what = "images" if nested(many[0].z[0]) else "a list of vectors"
    given = rf"at= shows the numbers of units: {many[0].name}: .* gives {what}, which level='layers' can show"
    with pytest.raises(ValueError, match=f"^{given}$"):
        viz.svg(model, **options)


def test_a_token_picks_its_row_and_has_no_gradient() -> None:
    """y = 0.5 · 1 + (−0.25) · 2 + 3 of the second row; ∂L/∂z = y − t times the weights."""
    model = nn.Sequential(EMBEDDING, nn.Layer(2, 1, "identity", init=[1.0, 2.0, 3.0]))
    svg = viz.svg(model, at=(1, 2.0), loss=nn.squared_error)
    assert {"1", "0.5", "−0.25", "3", "L = 0.5"} <= set(written(svg, "value"))
    assert {"∂L/∂z = 1", "∂L/∂z = 2", "δ = 1"} <= set(written(svg, "grad"))
    assert not [line for line in written(svg, "grad") if "∂x" in line]
    layers = viz.svg(model, at=(1, 2.0), loss=nn.squared_error, level="layers")
    assert {"x = 1", "z⁽¹⁾ = (0.5, −0.25)", "y = 3"} <= set(written(layers, "value"))
    assert {"∂L/∂z⁽¹⁾ = (1, 2)", "∂L/∂y = 1"} <= set(written(layers, "grad"))
    assert not [line for line in written(layers, "grad") if "∂x" in line]
