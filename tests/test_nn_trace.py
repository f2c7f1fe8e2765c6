"""What each stage of a network makes of an input: the numbers of a forward pass by hand, in the form of its own."""

from __future__ import annotations

import math
from typing import Any

import pytest

import nn
from autograd import Value, softmax
from nn.layers import flat, traced_within
from nn.module import Traced

MODEL = nn.MLP(
    2, [2, 3], "sigmoid",
    init=[0.7, -1.2, 0.1, 0.3, 0.9, -0.4, 0.5, -0.3, 0.05, -0.2, 0.8, -0.1, 0.1, 0.4, 0.2],
)  # fmt: skip
"""The network 2-2-3 of the lecture on error backpropagation, whose numbers were computed at 50 digits."""


def data(values: Any) -> list[float]:
    return [v.data for v in flat(values)]


def test_sums_and_outputs_are_those_of_a_forward_pass_by_hand() -> None:
    hidden, output = MODEL.trace([1.5, -0.5])
    assert (hidden.name, output.name) == ("layers.0", "layers.1")
    assert data(hidden.a) == pytest.approx([1.75, -0.4], rel=1e-12)
    assert data(hidden.z) == pytest.approx([0.8519528019683106, 0.401312339887548], rel=1e-12)
    assert data(output.a) == pytest.approx([0.35558269901789086, 0.050659311516376294, 0.44572021615185026], rel=1e-12)
    assert output.z == output.a
    assert [v.label for v in [*hidden.a, *hidden.z]] == ["layers.0.a[0]", "layers.0.a[1]", "layers.0.z[0]", "layers.0.z[1]"]


def test_the_gradient_of_a_sum_is_the_error_of_its_unit() -> None:
    hidden, output = MODEL.trace([1.5, -0.5])
    nn.cross_entropy(output.z, [1.0, 0.0, 0.0]).backward()
    assert [v.grad for v in hidden.a] == pytest.approx([-0.0424850023226885, 0.133806321645622], rel=1e-12)
    misses = [0.3531691228935422 - 1, 0.26034916083387244, 0.3864817162725854]
    assert [v.grad for v in output.a] == pytest.approx(misses, rel=1e-12)
    MODEL.zero_grad()


def test_a_skip_connection_adds_its_input() -> None:
    model = nn.Sequential(nn.Residual(nn.Layer(1, 1, "tanh", init=[1.3, -0.2]), nn.Layer(1, 1, "identity", init=[-0.6, 0.0])))
    inner, outer, added = model.trace([0.7])
    assert [step.name for step in (inner, outer, added)] == ["layers.0.layers.0", "layers.0.layers.1", "layers.0"]
    assert added.a is None
    assert data(inner.z) == [math.tanh(1.3 * 0.7 - 0.2)]
    assert data(added.z) == pytest.approx([0.333593900309893], rel=1e-12)


def test_softmax_is_of_a_whole_layer_and_a_function_has_no_sums() -> None:
    layer = nn.Layer(2, 3, "softmax", seed=1)
    (one,) = layer.trace([1.0, 2.0])
    powers = [math.exp(x) for x in data(one.a)]
    assert data(one.z) == pytest.approx([x / sum(powers) for x in powers], rel=1e-12)
    first, second = nn.Sequential(nn.Layer(2, 3, "identity", init=data(layer.parameters())), softmax).trace([1.0, 2.0])
    assert (data(first.a), second.a, second.name, data(second.z)) == (data(one.a), None, "layers.1", data(one.z))


class Gated(nn.Module):
    """A forward of its own."""

    def __init__(self) -> None:
        self.layer, self.gate = nn.Layer(2, 2, "tanh", seed=1), nn.MLP(2, [3, 2], seed=2)

    def forward(self, x: Any) -> Any:
        return [g * y for g, y in zip(self.gate(x), self.layer(x))]


class Told(Gated):
    """One that knows what happens inside."""

    def trace(self, x: Any) -> tuple[Traced, ...]:
        with self.scope:
            gate, layer = self.gate.trace(x), self.layer.trace(x)
            product = [g * y for g, y in zip(gate[-1].z, layer[-1].z)]
            return (*traced_within("gate", gate), *traced_within("layer", layer), Traced("", None, product))


class Doubled(nn.Layer):
    """A layer that does something else with its input."""

    def forward(self, x: Any) -> Any:
        return super().forward([2 * each for each in x])


IMAGE = [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0], [0.0, 1.0, 2.0]]
CONV = nn.Sequential(nn.Conv2d(1, 2, 2, seed=1), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(2, 1, seed=3))
GATED = ["gate.layers.0", "gate.layers.1", "layer", ""]
# what          module                                              input         the names of its steps
MODULES = [
    ("neuron",     nn.Neuron(2, "step", seed=1),                      [1.0, 2.0],   [""]),
    ("layer",      nn.Layer(2, 3, seed=1),                            [1.0, 2.0],   [""]),
    ("one unit",   nn.Layer(1, 1, seed=1),                            0.5,          [""]),
    ("mlp",        nn.MLP(2, [3, 1], seed=1),                         [1.0, 2.0],   ["layers.0", "layers.1"]),
    ("nested",     nn.Sequential(nn.MLP(2, [2], seed=1), softmax),    [1.0, 2.0],   ["layers.0.layers.0", "layers.1"]),
    ("images",     CONV,                                              IMAGE,        [f"layers.{i}" for i in range(4)]),
    ("empty",      nn.Sequential(),                                   [1.0],        []),
    ("own",        Gated(),                                           [1.0, 2.0],   [""]),
    ("told",       Told(),                                            [1.0, 2.0],   GATED),
    ("overridden", Doubled(2, 2, seed=1),                             [1.0, 2.0],   [""]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "x", "names"), [row[1:] for row in MODULES], ids=[row[0] for row in MODULES])
def test_the_last_output_is_what_the_module_gives(model: nn.Module, x: Any, names: list[str]) -> None:
    """In the same form, made of the same operations in the same scopes; and of Values it is one graph with what made them."""
    steps, given = model.trace(x), model(x)
    assert [step.name for step in steps] == names
    if not steps:
        return
    last = steps[-1].z
    assert type(last) is type(given)
    assert [v.data for v in flat(last)] == [v.data for v in flat(given)]
    assert [(v.op, v.scope) for v in flat(last)] == [(v.op, v.scope) for v in flat(given)]
    leaf = Value(x, label="x") if isinstance(x, float) else [Value(1.5) for _ in range(2)] if len(x) == 2 else None
    if leaf is not None:
        next(flat(model.trace(leaf)[-1].z)).backward()
        assert next(flat(leaf)).label in ("x", "")


@pytest.mark.parametrize(("model", "x"), [row[1:3] for row in MODULES[:6]], ids=[row[0] for row in MODULES[:6]])
def test_steps_are_named_as_the_stages(model: nn.Module, x: Any) -> None:
    assert [step.name for step in model.trace(x)] == [stage.name for stage in model.architecture()]


def test_an_input_of_the_wrong_size_is_refused_as_by_the_call() -> None:
    with pytest.raises(ValueError, match=r"Layer\(2 -> 2, sigmoid\) takes 2 numbers, and was given 3"):
        MODEL.trace([1.0, 2.0, 3.0])
