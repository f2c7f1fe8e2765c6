"""Every loss, penalty, optimiser, schedule and layer has reference numbers that are not ours, and its row in the guide.

One that is added without them fails here, by its name.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import math
import re
from pathlib import Path

import pytest

import nn
from autograd import Value, check_gradients
from nn import layers, losses, optim, sequences

TORCH = json.loads(Path(__file__).with_name("torch_numbers.json").read_text(encoding="utf-8"))
REST = {"Module", "Stage", "Optimizer", "Checkpoint", "History", "Training", "fit", "from_torch", "to_onnx", "to_torch"}
"""What is public besides: none of these kinds, with tests of its own."""


def public(module, kind):
    """The names of one kind that `nn` gives and that were made in one module."""
    found = {name: getattr(nn, name) for name in nn.__all__}
    return [name for name, x in found.items() if inspect.getmodule(x) is module and kind(x)]


LAYERS = [*public(layers, inspect.isclass), *public(sequences, inspect.isclass)]
FUNCTIONS = {name: list(inspect.signature(getattr(nn, name)).parameters) for name in public(losses, inspect.isfunction)}
PENALTIES = [name for name, parameters in FUNCTIONS.items() if parameters == ["strength"]]
LOSSES = [name for name in FUNCTIONS if name not in PENALTIES]
OPTIMISERS = [name for name in public(optim, inspect.isclass) if name not in REST]
SCHEDULES = public(optim, inspect.isfunction)

LOSS = {  # outputs, targets: the loss, its gradient (closed forms, at 30 digits)
    "squared_error": ([3.0, 1.0], [1.0, 2.0], 2.5, [2.0, -1.0]),
    "cross_entropy": ([1.0, 2.0, -0.5], 2, 2.871539031852683, [0.253716181635025, 0.6896720861245035, -0.9433882677595287]),
    "binary_cross_entropy": ([0.75], 1, 0.38687100611489994, [-0.320821300824607]),
    "hinge": ([0.25, 3.0], [-1, 1], 1.25, [1.0, 0.0]),
}
PENALTY = {  # strength, parameters: the penalty, its gradient
    "l1": (0.5, [2.0, -3.0], 2.5, [0.5, -0.5]),
    "l2": (0.1, [2.0, -3.0], 1.3, [0.4, -0.6]),
}
SCHEDULE = {  # the arguments for which PyTorch's rates stand under this name; of `warmup` by hand
    "cosine_decay": ((2.0, 5, 0.1), TORCH["rates"]["cosine"][2][:5]),
    "exponential_decay": ((2.0, 0.9), TORCH["rates"]["exponential"][2]),
    "step_decay": ((2.0, 3, 0.5), TORCH["rates"]["step"][2]),
    "linear_decay": ((2.0, 4, 0.5), TORCH["rates"]["linear"][2]),
    "warmup": ((4, 2.0), [0.5, 1.0, 1.5, 2.0, 2.0]),
}
LAYER = {  # a layer, an input, its output: by hand
    "Neuron": (nn.Neuron(2, "relu", init=[2.0, -1.0, 0.5]), [1.0, 1.5], 1.0),
    "Layer": (nn.Layer(2, 2, "identity", init=[1.0, 2.0, 0.5, 3.0, 4.0, -0.5]), [1.0, 10.0], [21.5, 42.5]),
    "MLP": (nn.MLP(1, [2, 1], "relu", init=[1.0, 0.0, -1.0, 0.5, 3.0, 5.0, 0.25]), [2.0], 6.25),
    "Sequential": (nn.Sequential(nn.Neuron(1, "identity", init=[2.0, 1.0]), lambda y: y * y), [3.0], 49.0),
    "Residual": (nn.Residual(nn.Layer(2, 2, "identity", init=[0.0, 1.0, 0.0, 2.0, 0.0, 0.5])), [3.0, 5.0], [8.0, 11.5]),
    "Conv2d": (nn.Conv2d(1, 1, 2, init=[1.0, 2.0, 3.0, 4.0, 0.5]), [[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]], [[[5.5, 7.5]]]),
    "AvgPool2d": (nn.AvgPool2d(2), [[[1.0, 2.0, 5.0], [3.0, 6.0, 9.0]]], [[[3.0]]]),
    "Flatten": (nn.Flatten(), [[[1.0, 2.0]], [[3.0, 4.0]]], [1.0, 2.0, 3.0, 4.0]),
    "Embedding": (nn.Embedding(2, 3, init=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [1, 0], [[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]]),
    "RMSNorm": (nn.RMSNorm(2, eps=3.5, init=[1.0, 2.0]), [[3.0, 4.0], [-4.0, 3.0]], [[0.75, 2.0], [-1.0, 1.5]]),
    "LayerNorm": (nn.LayerNorm(2, eps=3.0, init=[1.0, 2.0, 0.5, 0.25]), [1.0, 3.0], [0.0, 1.25]),
    "Attention": (nn.Attention(1, init=[0.0, 1.0, 2.0, 3.0]), [[1.0], [2.0]], [[6.0], [9.0]]),
    "RNN": (nn.RNN(1, 1, "relu", init=[1.0, 0.5, 0.25]), [[1.0], [-3.0]], [1.25, 0.0]),
    "Dropout": (nn.Dropout(0.75, seed=1).eval(), [1.0, 2.0], [1.0, 2.0]),
}


def numbers(y):
    """The numbers of nested lists of Values."""
    return [numbers(each) for each in y] if isinstance(y, list) else y.data if isinstance(y, Value) else y


def flat(y):
    return [x for each in y for x in flat(each)] if isinstance(y, list) else [y]


def test_each_public_name_is_of_one_kind():
    kinds = [*LAYERS, *LOSSES, *PENALTIES, *OPTIMISERS, *SCHEDULES, *REST]
    assert sorted(kinds) == sorted(nn.__all__)


def test_no_optimiser_is_hidden():
    def below(kind):
        return [each for sub in kind.__subclasses__() for each in (sub, *below(sub)) if each.__module__.startswith("nn.")]

    assert {each.__name__ for each in below(nn.Optimizer)} == set(OPTIMISERS)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss(name):
    assert name in LOSS, f"{name} needs reference numbers in LOSS"
    outputs, targets, wanted, gradient = LOSS[name]
    values = [Value(x) for x in outputs]
    y = getattr(nn, name)(values, targets)
    y.backward()
    assert y.data == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    assert [v.grad for v in values] == pytest.approx(gradient, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty(name):
    assert name in PENALTY, f"{name} needs reference numbers in PENALTY"
    strength, parameters, wanted, gradient = PENALTY[name]
    values = [Value(x) for x in parameters]
    y = getattr(nn, name)(strength)(values)
    y.backward()
    assert y.data == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    assert [v.grad for v in values] == pytest.approx(gradient, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser(name):
    """It has its paths; test_nn_optim.py follows each of them, step for step."""
    assert name in {kind for kind, *_ in TORCH["paths"].values()}, f"{name} needs a path in make_torch_numbers.py"


WAYS = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{"betas": (0.0, 0.5)}],
    "AdamW": [{"betas": (0.0, 0.5)}],
}
ALL_WAYS = [
    (name, {**own, **common})
    for name in OPTIMISERS
    for own in [{}, *WAYS[name]]
    for common in [{}, {"weight_decay": 0.5}, {"clip_value": 10.0}, {"clip_norm": 10.0}]
]


@pytest.mark.parametrize(("name", "options"), ALL_WAYS, ids=str)
@pytest.mark.parametrize("engine", ["compiled", "uncompiled"])
def test_a_refused_step_leaves_an_optimiser_as_it_was(name, engine, options, monkeypatch):
    """Memory, steps and parameters; what follows is as if it had not been."""
    if engine == "uncompiled":
        monkeypatch.setattr(optim, "Update", None)
    kind = getattr(nn, name)

    def stepped(gradients):
        p = [Value(1.0), Value(-2.0), *[Value(0.25) for _ in range(300)]]
        optimizer = kind(p, 0.1, **options)
        refused = 0
        for gradient in gradients:
            for v in p:
                v.grad = 0.5
            p[1].grad = gradient
            held = {key: str(numbers) for key, numbers in optimizer.state_dict().items()}, [v.data for v in p]
            try:
                optimizer.step()
            except FloatingPointError as error:
                assert str(error).startswith(f"{name}, step {optimizer.steps}: ")  # noqa: PT017
                assert ({key: str(numbers) for key, numbers in optimizer.state_dict().items()}, [v.data for v in p]) == held
                refused += 1
        return [v.data for v in p], {key: str(numbers) for key, numbers in optimizer.state_dict().items()}, refused

    bad = [math.nan] if "clip_value" in options else [math.nan, math.inf, -math.inf]
    *wanted, none = stepped([1.0, -3.0, 0.5])
    *found, refused = stepped([*bad, 1.0, *bad, -3.0, *bad, 0.5])
    assert (found, none, refused) == (wanted, 0, 3 * len(bad))


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("eager", [False, True])
def test_a_refused_step_of_a_training_leaves_an_optimiser_as_it_was(name, eager):
    """A gradient, and a rate, that are too much after two steps that are not."""

    def trained(xs):
        model = nn.Neuron(1, "identity", init=[1.0, 0.0])
        optimizer = getattr(nn, name)(model.parameters(), lambda step: 0.1 if step < 2 else 1e308)
        with pytest.raises(FloatingPointError, match=rf"^{name}, step 2: ") if len(xs) > 2 else contextlib.nullcontext():
            how = {"optimizer": optimizer, "epochs": 1, "batch_size": 1, "eager": eager}
            nn.fit(model, xs, [0.0] * len(xs), loss=lambda y, t: abs(y - t), **how)
        return numbers(list(model.parameters())), str(optimizer.state_dict())

    assert trained([[1.0], [2.0], [1e160]]) == trained([[1.0], [2.0]])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule(name):
    assert name in SCHEDULE, f"{name} needs reference numbers in SCHEDULE"
    arguments, wanted = SCHEDULE[name]
    rate = getattr(nn, name)(*arguments)
    assert [rate(step) for step in range(len(wanted))] == pytest.approx(wanted, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer(name):
    assert name in LAYER, f"{name} needs reference numbers in LAYER"
    layer, x, wanted = LAYER[name]
    assert type(layer).__name__ == name
    assert numbers(layer(x)) == wanted
    if name != "Embedding":  # whole numbers
        check_gradients(lambda x: sum(y * y for y in flat(layer(x))), x)


@pytest.mark.parametrize("name", [*LAYERS, *LOSSES, *PENALTIES, *OPTIMISERS, *SCHEDULES])
def test_it_has_its_row_in_the_guide(name, root):
    rows = [line for line in (root / "docs" / "networks.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert any(re.search(rf"`{name}\(", row.split(" | ")[0]) for row in rows), f"{name} needs a row in docs/networks.md"
