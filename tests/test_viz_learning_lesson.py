"""A network and its samples as programs: what is recorded is what `nn.fit` trains, and what does not fit is refused by name."""

from __future__ import annotations

import math
from typing import Any

import pytest

import nn
import viz
from autograd import Value, tanh
from autograd.programs.program import Program
from viz.learning.lesson import MOST_PARAMETERS, MOST_SAMPLES, lesson_of

XS, YS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def xor(**options: Any) -> nn.Module:
    return nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1, **options)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "identity", "leaky_relu"])
@pytest.mark.parametrize("loss", [nn.squared_error, nn.binary_cross_entropy])
def test_the_loss_and_its_gradient_are_those_of_the_network(activation: str, loss: Any) -> None:
    model = nn.MLP(2, [3, 1], activation, seed=2)
    lesson = lesson_of(model, XS, YS, loss)
    theta = [Value(p.data) for p in model.parameters()]
    ours = lesson.cost(theta, [0.5, -2.0], [1.0], activation)
    ours.backward()
    theirs = loss(model([0.5, -2.0]), 1.0)
    theirs.backward()
    assert ours.data == theirs.data
    assert [p.grad for p in theta] == [p.grad for p in model.parameters()]


def test_layers_in_sequences_and_a_softmax_are_layers() -> None:
    model = nn.Sequential(nn.Sequential(nn.Layer(2, 3, "tanh", seed=1)), nn.Layer(3, 2, "softmax", seed=2))
    lesson = lesson_of(model, XS, [[1, 0], [0, 1], [0, 1], [1, 0]], nn.squared_error)
    assert [layer.activation for layer in lesson.layers] == ["tanh", "softmax"]
    last = lesson.units(list(lesson.theta), [0.0, 1.0], "tanh")[-1]
    assert last == pytest.approx([p.data for p in model([0.0, 1.0])], rel=1e-15)
    assert lesson.activations("relu") == ["relu", "softmax"]


def test_the_activation_of_the_hidden_layers_is_chosen_and_that_of_the_last_stays() -> None:
    lesson = lesson_of(nn.MLP(2, [4, 4, 1], "tanh", output="sigmoid", seed=1), XS, YS, nn.squared_error)
    assert lesson.activations("relu") == ["relu", "relu", "sigmoid"]
    assert lesson_of(nn.Layer(2, 1, "sigmoid"), XS, YS, nn.squared_error).activations("tanh") == ["tanh"]


def test_frozen_layers_are_there_and_do_not_learn() -> None:
    model = xor()
    model.layers[0].freeze()
    lesson = lesson_of(model, XS, YS, nn.squared_error)
    assert (len(lesson.theta), lesson.trained) == (9, [6, 7, 8])


def test_targets() -> None:
    three = nn.MLP(2, [3], seed=1)
    assert lesson_of(three, XS, [0, 1, 2, 1], nn.cross_entropy).ys == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert lesson_of(three, XS, [[0.5, 0, 1]] * 4, nn.squared_error).ys == [[0.5, 0, 1]] * 4
    assert lesson_of(nn.MLP(1, [1]), [0, 1], [[2.0], [3.0]], nn.squared_error).ys == [[2.0], [3.0]]
    assert lesson_of(nn.MLP(1, [1]), (0, 1), (2.0, 3.0), lambda y, t: (y - t) ** 2).xs == [[0.0], [1.0]]
    np = pytest.importorskip("numpy")
    assert lesson_of(xor(), np.array(XS), np.array(YS), nn.squared_error).xs == [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(("model", "xs", "ys", "loss", "kind", "border", "classes"), [
    (xor(), XS, YS, nn.squared_error, "regions", 0.5, False),
    (nn.MLP(2, [1]), XS, [-1, 1, 1, -1], nn.hinge, "regions", 0.0, False),
    (nn.MLP(2, [1]), XS, YS, nn.binary_cross_entropy, "regions", 0.0, False),
    (nn.MLP(2, [1]), XS, [0, 1, 2, 3], nn.squared_error, "regions", None, False),
    (nn.MLP(2, [3]), XS, [0, 1, 2, 1], nn.cross_entropy, "regions", None, True),
    (nn.MLP(1, [4, 1]), [0, 1], [0, 1], nn.squared_error, "curve", None, False),
    (nn.MLP(3, [3]), [[1, 0, 0]], [[1, 0, 0]], nn.squared_error, "units", None, True),
    (nn.MLP(3, [3]), [[1, 0, 0]], [[0.5, 0, 0]], nn.squared_error, "units", None, False),
])  # fmt: skip
def test_what_the_output_is_shown_as(model: Any, xs: Any, ys: Any, loss: Any, kind: str, border: Any, classes: bool) -> None:
    lesson = lesson_of(model, xs, ys, loss)
    assert (lesson.kind, lesson.border, lesson.classes) == (kind, border, classes)


def test_the_printed_programs_are_the_recorded_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Program] = []
    monkeypatch.setattr("viz.learning.lesson.javascript", lambda program, *_: (seen.append(program), "")[1])
    model = xor()
    lesson = lesson_of(model, XS, YS, nn.squared_error)
    lesson.printed("tanh")
    cost, units = seen
    assert cost(list(lesson.theta), [0.0, 1.0], [1.0]) == nn.squared_error(model([0.0, 1.0]), 1.0).data
    assert units(list(lesson.theta), [0.0, 1.0])[-1] == model([0.0, 1.0]).data


class Odd(nn.Module):
    """With a forward of its own."""

    def __init__(self) -> None:
        self.layer = nn.Layer(2, 1)

    def forward(self, x: Any) -> Any:
        return self.layer(x) * 2


@pytest.mark.parametrize(("error", "message", "arguments"), [
    (TypeError, r"a network is trained, such as nn\.MLP\(2, \[4, 1\]\), not <.*tanh", (tanh, XS, YS, nn.squared_error)),
    (TypeError, r"loss is a function of outputs and targets, such as nn\.squared_error, not 'mse'", (xor(), XS, YS, "mse")),
    (ValueError, r"a page trains layers of units .*, not Odd", (Odd(), XS, YS, nn.squared_error)),
    (ValueError, r"not layers\.1: tanh", (nn.Sequential(nn.Layer(2, 1), tanh), XS, YS, nn.squared_error)),
    (ValueError, r"not layers\.0: Residual", (nn.Sequential(nn.Residual(nn.Layer(2, 2))), XS, YS, nn.squared_error)),
    (ValueError, r"not Conv2d", (nn.Conv2d(1, 1, 2), XS, YS, nn.squared_error)),
    (ValueError, "the activation is the name of a function", (nn.Layer(2, 1, lambda x: x), XS, YS, nn.squared_error)),
    (ValueError, "this network has no layer", (nn.Sequential(), XS, YS, nn.squared_error)),
    (ValueError, "prints up to 600 parameters, and this network has 2,410", (nn.MLP(64, [32, 10]), XS, YS, nn.squared_error)),
    (ValueError, "xs and ys have a row a sample; they have 4 and 3", (xor(), XS, YS[:3], nn.squared_error)),
    (ValueError, "they have 0 and 0", (xor(), [], [], nn.squared_error)),
    (ValueError, r"xs\[0\] is \[0\.0, 0\.0, 1\.0\]; the network has 2 inputs", (xor(), [[0, 0, 1]] * 4, YS, nn.squared_error)),
    (ValueError, r"ys\[1\] is \[nan\]; the network has 1 outputs", (xor(), XS, [0, math.nan, 1, 0], nn.squared_error)),
    (ValueError, "3 outputs: .*, or classes from 0 to 2", (nn.MLP(2, [3]), XS, [0.0, 5, 1, 1], nn.squared_error)),
    (TypeError, "xs has a number, or a row of numbers, for each sample", (xor(), [["a", "b"]], [1], nn.squared_error)),
    (ValueError, "a page holds up to 2,000 samples, not 2,001", (xor(), [[0, 1]] * 2001, [1] * 2001, nn.squared_error)),
    (ValueError, "its targets are from 0 to 1, not 3.0", (nn.MLP(2, [1]), XS, [0, 1, 1, 3], nn.binary_cross_entropy)),
])  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(error: Any, message: str, arguments: Any) -> None:
    with pytest.raises(error, match=message):
        viz.training(*arguments)
    assert (MOST_PARAMETERS, MOST_SAMPLES) == (600, 2000)
