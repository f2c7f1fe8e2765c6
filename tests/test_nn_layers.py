"""Modules: their numbers, names, shapes, files, and what they say when they are used wrongly."""

from __future__ import annotations

import copy
import inspect
import json
import math
import pickle
import pydoc
import random
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, check_gradients, ops
from nn.layers import activations
from nn.module import replaced

DEMO = Path(__file__).resolve().parents[2] / "shared" / "cases" / "micrograd" / "demo_moons.json"


def numbers(count, seed=0):
    stream = random.Random(seed)
    return [stream.uniform(-1, 1) for _ in range(count)]


def with_numbers(model, xs):
    """The model on other numbers, as a function of them."""
    supply = dict(zip(map(id, model.parameters()), xs, strict=True))
    return replaced(model, lambda p: supply[id(p)])


def gradients_are_right(model, x):
    """By the parameters and by the input, of a sum of the outputs with unequal weights."""

    def loss(ws, xs):
        out = nn.Flatten()(with_numbers(model, ws)(xs))
        return autograd.dot(out, [1.0 + k for k in range(len(out))])

    check_gradients(loss, [p.data for p in model.parameters()], x)


# Values.


def test_a_neuron_by_hand():
    neuron = nn.Neuron(2, "relu", init=[2.0, -1.0, 0.5])
    y = neuron([3.0, 4.0])
    y.backward()
    assert y.data == 2.5
    assert [p.grad for p in neuron.parameters()] == [3.0, 4.0, 1.0]
    assert neuron([-3.0, 4.0]).data == 0.0


def test_help_shows_what_a_module_takes():
    shown = {name: str(inspect.signature(getattr(nn, name))) for name in ("Neuron", "Layer", "MLP", "Sequential", "Module")}
    assert shown["Neuron"].startswith("(nin: 'int', activation: 'Activation' = 'relu', *, init:")
    assert shown["Layer"].startswith("(nin: 'int', nout: 'int', activation: 'Activation' = 'relu', *, init:")
    assert shown["MLP"].startswith("(nin: 'int', nouts: 'Sequence[int]', activation: 'Activation' = 'relu', *, output:")
    assert (shown["Sequential"], shown["Module"]) == ("(*layers: 'Callable[[Any], Any]')", "()")
    told = re.sub(r"[\s|]+", "", pydoc.plain(pydoc.render_doc(nn.MLP)))  # one parameter a line from Python 3.13 on
    assert "MLP(nin:'int',nouts:'Sequence[int]'," in told

    class Own(nn.MLP):
        def __init__(self, width: int) -> None:
            super().__init__(2, [width, 1])

    assert str(inspect.signature(Own)) == "(width: 'int')"
    assert list(inspect.signature(Own(3)).parameters) == ["x"]  # of a model: what it is called with


def test_a_neuron_of_ones_own():
    class Doubled(nn.Neuron):
        def forward(self, x):
            return 2 * super().forward(x)

    neuron = Doubled(2, "relu", init=[2.0, -1.0, 0.5])
    assert neuron([3.0, 4.0]).data == 5.0
    assert neuron.predict([[3.0, 4.0]]) == [5.0]
    assert neuron([3.0, 4.0]).scope == ("doubled",)


def test_threshold_units_subtract_by_a_negative_bias():
    """A unit that fires above theta has b = -theta: the first neuron of the course, with w = (5, 3, 1), theta = 4."""
    neuron = nn.Neuron(3, "step", init=[5.0, 3.0, 1.0, -4.0])
    assert [neuron([a, b, c]).data for a, b, c in ((0, 0, 0), (0, 1, 1), (0, 1, 0), (1, 0, 0))] == [0.0, 1.0, 0.0, 1.0]


def test_a_network_against_matrices():
    model = nn.MLP(5, [4, 3, 2], "tanh", output="sigmoid", init="xavier", seed=3)
    state = {name: np.array(tensor) for name, tensor in model.state_dict().items()}
    x = np.array(numbers(5))
    h = np.tanh(state["layers.0.w"] @ x + state["layers.0.b"])
    h = np.tanh(state["layers.1.w"] @ h + state["layers.1.b"])
    want = 1 / (1 + np.exp(-(state["layers.2.w"] @ h + state["layers.2.b"])))
    for given_as in (x, x.tolist(), tuple(x.tolist()), [Value(v) for v in x.tolist()], np.array([Value(v) for v in x.tolist()])):
        assert [y.data for y in model(given_as)] == pytest.approx(want.tolist(), rel=1e-14, abs=0)


def test_a_convolution_against_loops():
    conv = nn.Conv2d(2, 3, 3, "identity", stride=2, padding=1, seed=1)
    image = np.array(numbers(2 * 7 * 6)).reshape(2, 7, 6)
    w, b = (np.array(conv.state_dict()[name]) for name in "wb")
    assert w.shape == (3, 2, 3, 3)
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    out = conv(image)
    assert np.shape([[[y.data for y in row] for row in channel] for channel in out]) == (3, 4, 3)
    for o in range(3):
        for i in range(4):
            for j in range(3):
                want = (padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * w[o]).sum() + b[o]
                assert out[o][i][j].data == pytest.approx(want, rel=1e-13)


def test_a_pool_leaves_out_what_is_left_over():
    image = np.arange(20.0).reshape(1, 4, 5)
    assert nn.AvgPool2d(2)(image) == [[[3.0, 5.0], [13.0, 15.0]]]


def test_what_is_public_is_listed_and_nothing_else():
    assert set(dir(nn)) == set(nn.__all__)
    assert dir(nn) == sorted(dir(nn))


def test_a_wrong_activation_is_refused_where_no_layer_is_hidden():
    with pytest.raises(ValueError, match="activation 'rel' is not known"):
        nn.MLP(2, [1], "rel")


def test_softmax_is_of_the_whole_layer():
    layer = nn.Layer(2, 3, "softmax", seed=0)
    out = [y.data for y in layer([1.0, -1.0])]
    sums = [neuron([1.0, -1.0]).data for neuron in layer.neurons]
    assert out == pytest.approx([math.exp(s) / sum(map(math.exp, sums)) for s in sums], rel=1e-14)


def test_residual_adds_its_input():
    block = nn.Residual(nn.Layer(3, 3, seed=1), nn.Layer(3, 3, "identity", seed=2))
    inner = nn.Sequential(*block.layers)
    assert [y.data for y in block([1.0, 2.0, 3.0])] == [x + y.data for x, y in zip([1.0, 2.0, 3.0], inner([1.0, 2.0, 3.0]))]
    assert nn.Residual(nn.Layer(1, 1, "identity", init=[2.0, 1.0]))([3.0]).__class__ is Value
    image = nn.Residual(nn.Conv2d(1, 1, 3, padding=1, init="zeros"))([[[1.0, 2.0], [3.0, 4.0]]])
    assert [[y.data for y in row] for row in image[0]] == [[1.0, 2.0], [3.0, 4.0]]


# Gradients.


@hypothesis.settings(max_examples=20)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.sampled_from(["tanh", "gelu", "softplus"]), st.integers(0, 99))
def test_gradients_of_networks(sizes, activation, seed):
    gradients_are_right(nn.MLP(sizes[0], sizes[1:], activation, seed=seed), numbers(sizes[0], seed))


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (nn.Neuron(3, "silu", seed=1), numbers(3)),
        (nn.Layer(3, 4, "softmax", seed=2), numbers(3)),
        (nn.Residual(nn.Layer(3, 3, "tanh", seed=3)), numbers(3)),
        (nn.Conv2d(2, 2, 2, "tanh", padding=1, seed=4), np.array(numbers(12)).reshape(2, 2, 3).tolist()),
        (nn.Sequential(nn.Conv2d(1, 2, 2, "tanh", seed=5), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(2, 2, "tanh", seed=6)),
         np.array(numbers(9)).reshape(1, 3, 3).tolist()),
    ],
    ids=["neuron", "softmax layer", "residual", "convolution", "convolution, pool, layer"],
)  # fmt: skip
def test_gradients_of_each_kind(model, x):
    gradients_are_right(model, x)


def test_backward_through_an_affine_layer():
    """dL/dx = W^T dL/dy, dL/dW = dL/dy x^T, dL/db = dL/dy."""
    layer = nn.Layer(3, 2, "identity", seed=5)
    x = [Value(v) for v in (1.0, -2.0, 0.5)]
    incoming = np.array([0.7, -1.3])
    autograd.dot(layer(x), incoming.tolist()).backward()
    state = layer.state_dict()
    weights, biases = [[p.grad for p in neuron.w] for neuron in layer.neurons], [neuron.b.grad for neuron in layer.neurons]
    assert [v.grad for v in x] == pytest.approx((np.array(state["w"]).T @ incoming).tolist(), rel=1e-15)
    assert weights == np.outer(incoming, [1.0, -2.0, 0.5]).tolist()
    assert biases == incoming.tolist()


def test_the_delta_recursion_over_three_layers():
    """With softmax and cross entropy: delta of the last layer is h - t, of one before sigma'(net) times W^T delta."""
    model = nn.MLP(4, [5, 3, 3], "sigmoid", init="xavier", seed=8)
    x, t = np.array(numbers(4)), np.array([0.2, 0.5, 0.3])
    nn.cross_entropy(model(x), t).backward()
    w = {i: np.array(layer.state_dict()["w"]) for i, layer in enumerate(model.layers)}
    outputs = [x]
    for i in range(3):
        net = w[i] @ outputs[-1]  # the biases are 0
        outputs.append(1 / (1 + np.exp(-net)) if i < 2 else np.exp(net) / np.exp(net).sum())
    delta = outputs[3] - t
    for i in (2, 1, 0):
        grads = np.array([[p.grad for p in neuron.w] for neuron in model.layers[i].neurons])
        assert grads == pytest.approx(np.outer(delta, outputs[i]), rel=1e-12, abs=1e-17)
        assert [neuron.b.grad for neuron in model.layers[i].neurons] == pytest.approx(delta.tolist(), rel=1e-12)
        delta = (w[i].T @ delta) * outputs[i] * (1 - outputs[i])


# First numbers.


def test_micrograds_first_numbers():
    random.seed(1337)
    ours = [p.data for p in nn.MLP(2, [16, 16, 1]).parameters()]
    if DEMO.is_file():
        assert ours == json.loads(DEMO.read_text())["init"]
    assert ours[:3] == [0.23550571390294128, 0.06653114721000164, 0.0]


def test_rules_of_first_numbers():
    for init, limit in (("uniform", 1.0), ("xavier", math.sqrt(6 / 30)), ("he", math.sqrt(6 / 20)), ("zeros", 0.0)):
        layer = nn.Layer(20, 10, init=init, seed=4)
        stream = random.Random(4)
        assert layer.state_dict()["w"] == [[stream.uniform(-limit, limit) for _ in range(20)] for _ in range(10)]
        assert layer.state_dict()["b"] == [0.0] * 10
    for seed in (random.Random(4), np.int64(4)):
        assert nn.Layer(20, 10, seed=4).state_dict() == nn.Layer(20, 10, seed=seed).state_dict()
    limit = math.sqrt(6 / (2 * 9 + 4 * 9))
    assert nn.Conv2d(2, 4, 3, init="xavier", seed=1).state_dict()["w"][0][0][0][0] == random.Random(1).uniform(-limit, limit)


def test_given_numbers_stand_in_the_order_of_parameters():
    for model in (nn.MLP(2, [3, 1], init=range(13)), nn.Conv2d(1, 2, 2, init=range(10)), nn.Neuron(4, init=range(5))):
        assert [p.data for p in model.parameters()] == list(range(len(model.parameters())))
    with pytest.raises(ValueError, match="too few"):
        nn.MLP(2, [3, 1], init=range(12))
    with pytest.raises(ValueError, match="1 number too many"):
        nn.MLP(2, [3, 1], init=range(14))


# Names, numbers, files.


def test_names_labels_scopes():
    model = nn.MLP(2, [3, 1])
    names = list(model.named_parameters())
    assert names[:4] == ["layers.0.w[0][0]", "layers.0.w[0][1]", "layers.0.b[0]", "layers.0.w[1][0]"]
    assert [p.label for p in model.parameters()] == names
    assert list(model.named_parameters().values()) == model.parameters()
    assert model([1.0, 2.0]).scope == ("mlp", "layer1", "neuron0")


def test_equal_numbers_are_parameters_of_their_own():
    assert len(nn.MLP(2, [3, 1], init="zeros").parameters()) == 13
    shared = nn.Layer(2, 2, init="zeros")
    assert len(nn.Sequential(shared, shared).parameters()) == 6


def test_a_module_of_ones_own():
    class Scaled(nn.Module):
        blocks: Any

        def __init__(self) -> None:
            self.scale = Value(2.0)
            self.blocks = {"a": nn.Layer(2, 2, "identity", init=range(6)), "b": [nn.Neuron(2, seed=1)]}
            self.shared = self.scale
            self.note = "no parameter"

        def forward(self, x):
            self.seen = self.blocks["a"](x)
            return self.blocks["b"][0](self.seen) * self.scale

    model = Scaled()
    assert len(model.parameters()) == 10
    assert list(model.state_dict()) == ["scale", "blocks.a.w", "blocks.a.b", "blocks.b.0.w", "blocks.b.0.b", "shared"]
    assert set(model.tensors()) == set(model.state_dict())
    assert "blocks.b.0. Neuron(2, relu): 3 parameters" in repr(model)
    assert model([1.0, 2.0]).scope == ("scaled",)
    assert model.seen[0].scope == ("scaled", "a", "neuron0")
    assert len(model.parameters()) == 10  # what was computed is none
    assert len(model.state_dict()) == 6
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1.0)


LOSSES = [partial(loss, [Value(1.0), Value(2.0)]) for loss in (nn.squared_error, nn.cross_entropy)]


@pytest.mark.parametrize("function", [nn.Neuron(2, seed=1), nn.MLP(2, [3, 1], seed=1), nn.Flatten(), *LOSSES])
def test_masked_numbers_are_refused(function):
    with pytest.raises(TypeError, match=r"^1 of 2 numbers are masked: give x\.filled"):
        function(np.ma.masked_array([0.0, 1.0], mask=[False, True]))
    function(np.ma.masked_array([0.0, 1.0]))


def test_an_array_of_parameters_is_refused():
    """They would not be trained."""

    class Arrayed(nn.Module):
        def __init__(self) -> None:
            self.w = np.array([[Value(1.0), Value(2.0)]])

    with pytest.raises(TypeError, match=r"Arrayed: parameters are not looked for in arrays: keep w\.tolist\(\)"):
        Arrayed()


def test_state_goes_out_and_comes_in(tmp_path):
    one, two = nn.MLP(3, [4, 2], seed=1), nn.MLP(3, [4, 2], seed=2)
    two.load_state_dict({name: np.array(numbers) for name, numbers in one.state_dict().items()})
    assert two.state_dict() == one.state_dict()
    one.save(tmp_path / "net.safetensors")
    three = nn.MLP(3, [4, 2], seed=3).load(tmp_path / "net.safetensors")
    assert three.state_dict() == one.state_dict()
    assert [p.data for p in three.parameters()] == [p.data for p in one.parameters()]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    model = nn.MLP(3, [4, 2], seed=1)
    with pytest.raises(FileNotFoundError):
        model.save(tmp_path / "nowhere" / "net.safetensors")
    with pytest.raises(OSError, match="net"):
        (tmp_path / "net").mkdir()
        model.save(tmp_path / "net")
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
    model.save(tmp_path / "net.safetensors")
    (tmp_path / "cut").write_bytes((tmp_path / "net.safetensors").read_bytes()[:-1])
    with pytest.raises(ValueError, match="cut is no safetensors file, or was cut short"):
        model.load(tmp_path / "cut")
    with pytest.raises(ValueError, match=r"layers\.0\.b is \(4,\); it must be \(5,\)"):
        nn.MLP(3, [5, 2]).load(tmp_path / "net.safetensors")


@pytest.mark.parametrize(("kind", "size"), [("BF16", 2), ("F8_E4M3", 1), ("C64", 8)])
def test_numbers_that_numpy_has_not_or_that_are_not_real_are_refused_by_name(kind, size, tmp_path):
    header = json.dumps({"w": {"dtype": kind, "shape": [2], "data_offsets": [0, 2 * size]}}).encode()
    (tmp_path / "net").write_bytes(len(header).to_bytes(8, "little") + header + bytes(2 * size))
    with pytest.raises(ValueError, match=f"net: w is of {kind}, no real numbers that NumPy has: write it in F32 or F64"):
        nn.Neuron(1).load(tmp_path / "net")


def test_shared_parameters_have_their_first_name():
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.inward = nn.Layer(2, 2, "tanh", seed=1)
            self.outward = self.inward

        def forward(self, x):
            return self.outward(self.inward(x))

    model = Tied()
    assert list(model.named_parameters())[:2] == ["inward.w[0][0]", "inward.w[0][1]"]
    assert [p.label for p in model.parameters()] == list(model.named_parameters())
    assert len(copy.deepcopy(model).parameters()) == 6
    gradients_are_right(model, [0.3, -0.2])


def test_all_that_does_not_fit_is_said_at_once():
    model = nn.MLP(2, [3, 1], seed=1)
    before = model.state_dict()
    state = {**before, "layers.0.w": [[1.0, 2.0]], "layers.1.b": ["one"], "extra": 1.0}
    del state["layers.0.b"]
    with pytest.raises(ValueError) as told:
        model.load_state_dict(state)
    for said in (
        "layers.0.b is missing",
        "extra is unknown",
        "layers.0.w is (1, 2); it must be (3, 2)",
        "layers.1.b is no numbers; it must be (1,)",
    ):
        assert said in str(told.value)
    assert model.state_dict() == before
    for wrong in ([True], [10**400, 1.0], [[1.0], [1.0, 2.0]], 1j, None):
        with pytest.raises(ValueError, match=r"layers\.0\.b is .*; it must be \(3,\)"):
            model.load_state_dict({**before, "layers.0.b": wrong})
    with pytest.raises(TypeError, match="takes numbers by name"):
        model.load_state_dict(model)
    assert model.state_dict() == before


def test_frozen_parameters_are_left_out():
    model = nn.MLP(2, [3, 1], seed=1)
    model.layers[0].freeze()
    assert model.parameters() == model.layers[1].parameters()
    assert len(model.state_dict()) == 4
    assert repr(model).startswith("MLP(2 -> 3 -> 1): 13 parameters, 9 frozen")
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.layers[0].neurons[0].parameters() + model.layers[1].parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.unfreeze().parameters())
    assert len(model.parameters()) == 13


def test_copies_are_apart():
    model = nn.MLP(2, [3, 1], seed=1)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        twin.parameters()[0].data += 1
        assert twin.state_dict() != model.state_dict()
        assert twin([1.0, 2.0]).scope == ("mlp", "layer1", "neuron0")


def test_repr():
    block = nn.Residual(nn.Layer(6, 6, math.sin))
    model = nn.Sequential(nn.Conv2d(1, 6, 3, stride=2), nn.AvgPool2d(2), nn.Flatten(), autograd.softmax, block)
    assert repr(model).splitlines() == [
        "Sequential: 102 parameters",
        "  layers.0. Conv2d(1 -> 6, 3x3, stride 2, relu): 60 parameters",
        "  layers.1. AvgPool2d(2x2): 0 parameters",
        "  layers.2. Flatten: 0 parameters",
        "  layers.3. softmax",
        "  layers.4. Residual: 42 parameters",
        "    layers.0. Layer(6 -> 6, sin): 42 parameters",
    ]


# Predictions.


class Table:
    """Rows as pandas holds them: what stands in brackets is the name of a column."""

    def __init__(self, rows) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.rows, dtype)


def test_predictions_are_the_models_own():
    model = nn.MLP(3, [4, 2], "tanh", output="softmax", seed=1)
    xs = np.array(numbers(15)).reshape(5, 3)
    found = model.predict(xs)
    assert found.shape == (5, 2)
    assert found == pytest.approx(np.array([[y.data for y in model(x)] for x in xs]), rel=1e-12)
    assert model.predict(xs.tolist()) == found.tolist()
    assert model.predict(xs[:0]).shape == (0, 2)
    assert model.predict([]) == []
    assert (model.predict(Table(xs)) == found).all()
    images = np.array(numbers(2 * 9)).reshape(2, 1, 3, 3)
    conv = nn.Conv2d(1, 2, 2, seed=1)
    assert conv.predict(images).shape == (2, 2, 2, 2)
    line = nn.Neuron(1, "identity", init=[2.0, 1.0])
    assert line.predict([1.0, 2.0]) == [3.0, 5.0]


# Activations.


def test_every_function_of_one_operand_is_an_activation():
    known = activations()
    assert {"relu", "tanh", "leaky_relu", "step", "softplus", "identity", "softmax"} <= set(known)
    assert not {"where", "detach", "add", "atan2", "sum"} & set(known)
    for name in set(known) - {"softmax", "identity"}:
        inside = ops.TABLE[name].domain[0]
        bias = next(x for x in (0.5, 1.5) if x in inside)
        y = nn.Neuron(1, name, init=[1.0, bias])([0.0])
        assert y.data == known[name](bias)
        assert y.op == name
    assert nn.Neuron(1, lambda x: x * x, init=[3.0, 0.0])([1.0]).data == 9.0


# What is refused.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: nn.Neuron(2, "rellu"), "activation 'rellu' is not known; .* Did you mean 'relu'"),
        (lambda: nn.Neuron(2, init="xaver"), "init 'xaver' is not known; .* Did you mean 'xavier'"),
        (lambda: nn.Neuron(2, "softmax"), "give it to a Layer"),
        (lambda: nn.Conv2d(1, 1, 2, "softmax"), "give it to a Layer"),
        (lambda: nn.Layer(2, 0), "Layer: nout is a whole number, at least 1, not 0"),
        (lambda: nn.Neuron(0), "Neuron: nin is a whole number, at least 1, not 0"),
        (lambda: nn.Conv2d(1, 1, 2.0), r"Conv2d: size is a whole number, at least 1, not 2\.0"),
        (lambda: nn.Conv2d(1, 1, 2, padding=-1), "Conv2d: padding is a whole number, at least 0, not -1"),
        (lambda: nn.MLP(2, []), "at least one layer"),
        (lambda: nn.MLP(2, 3), "at least one layer"),
        (lambda: nn.Layer(3, 2)([1.0, 2.0]), r"Layer\(3 -> 2, relu\) takes 3 numbers, and was given 2"),
        (lambda: nn.Layer(2, 2)([[1.0, 2.0], [3.0, 4.0]]), r"takes 2 numbers, and was given 2 lists .* put Flatten\(\) before"),
        (lambda: nn.Layer(3, 2)(1.0), "takes 3 numbers, and was given 1"),
        (lambda: nn.Conv2d(2, 1, 2)([[1.0, 2.0], [3.0, 4.0]]), r"2 channels of rows.* was given 1 channels"),
        (lambda: nn.Conv2d(1, 1, 2)([1.0, 2.0]), "was given numbers nested 1 deep"),
        (lambda: nn.Conv2d(1, 1, 3)([[1.0, 2.0], [3.0, 4.0]]), "images of at least 3 numbers a side, and was given 2"),
        (lambda: nn.Conv2d(1, 1, 2)([[1.0, 2.0, 3.0], [3.0, 4.0]]), "rows are of one length"),
        (lambda: nn.AvgPool2d(1)([[[1.0], [2.0]], [[1.0]]]), "channels of one size"),
        (lambda: nn.Residual(nn.Layer(2, 3))([1.0, 2.0]), "their sizes are 2 and 3"),
    ],
)  # fmt: skip
def test_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_refused_types():
    with pytest.raises(TypeError, match="name or a function, not 3"):
        nn.Neuron(2, 3)
    with pytest.raises(TypeError, match="modules and functions, not 'relu'"):
        nn.Sequential("relu")
    for init in (None, 1.0):
        with pytest.raises(TypeError, match="init is he, uniform, xavier, zeros, or a number for each parameter, not"):
            nn.Neuron(2, init=init)
    for seed in (1.5, "one"):
        with pytest.raises(TypeError, match=r"seed is a whole number, a random\.Random, or None"):
            nn.Neuron(2, seed=seed)
    for x in ({0: 1.0, 1: 2.0}, {1.0, 2.0}, "ab", None):
        with pytest.raises(TypeError, match=r"Neuron\(2, relu\) takes a list of numbers, and was given"):
            nn.Neuron(2)(x)


def test_the_import_is_light():
    heavy = ("numpy", "safetensors", "tqdm", "autograd.programs", "viz")
    code = f"import sys, nn; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_what_works_without_numpy():
    """Networks, losses, gradients, states, training and predictions on lists; files of weights say what they need."""
    code = """
import sys
sys.modules["numpy"] = sys.modules["safetensors"] = sys.modules["torch"] = None
import nn
model = nn.MLP(2, [3, 2], seed=1)
nn.cross_entropy(model([1.0, 2.0]), 1).backward()
model.load_state_dict(model.state_dict())
print(len(model.predict([[1.0, 2.0], [3.0, 4.0]])))
print(len(nn.fit(model, [[1.0, 2.0]], [1], loss=nn.cross_entropy, epochs=3).loss))
for needy in (lambda: model.load("net"), lambda: model.save("net"), lambda: nn.to_torch(model)):
    try:
        needy()
    except ImportError as error:
        print(error)
del sys.modules["safetensors"]
try:
    model.save("net")
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    needs = [("a file of weights", "safetensors")] * 2 + [("to_torch", "torch"), ("a file of weights", "numpy")]
    said = [f"{what} needs the package {name}: pip install {name}" for what, name in needs]
    assert done.stdout.splitlines() == ["2", "3", *said]
