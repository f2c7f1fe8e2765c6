"""nn.fit: known runs, recorded against eager, what is kept, when it stops, what it says."""

from __future__ import annotations

import io
import json
import math
import random
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the reference cases are not here")
OFTEN = autograd.COMPILED
"""Whether there is time for a long run."""


def two_rings(count=60, seed=0):
    """Points inside and outside of a circle, and their classes."""
    stream = random.Random(seed)
    xs = [[stream.uniform(-1, 1), stream.uniform(-1, 1)] for _ in range(count)]
    return np.array(xs), np.array([int(math.hypot(*x) > 0.7) for x in xs])


def train(model, *data, optimizer=None, **options):
    steps = optimizer(model.parameters()) if optimizer else nn.SGD(model.parameters(), 0.1)
    return nn.fit(model, *data, optimizer=steps, **{"loss": nn.squared_error, "epochs": 5, **options})


def numbers(model):
    return [p.data for p in model.parameters()]


# Known runs.


@needs_cases
def test_micrograds_demo():
    """Every loss that its notebook stores, and every accuracy: ours is taken after the step, so it is its next one."""
    demo = json.loads((CASES / "micrograd" / "demo_moons.json").read_text())
    epochs = 100 if OFTEN else 8
    model = nn.MLP(2, [16, 16, 1], init=demo["init"])
    history = train(
        model, demo["X"], demo["y"],
        loss=nn.hinge, penalty=nn.l2(1e-4), epochs=epochs,
        optimizer=lambda parameters: nn.SGD(parameters, lambda step: 1.0 - 0.9 * step / 100),
    )  # fmt: skip
    stored = demo["published"]
    assert history.loss == pytest.approx([float(row["loss"]) for row in stored[:epochs]], rel=1e-12)
    assert history.accuracy[: epochs - 1] == [row["accuracy"] / len(demo["X"]) for row in stored[1:epochs]]
    if OFTEN:
        assert numbers(model) == pytest.approx(demo["final_params"], rel=1e-9)


def lectures():
    """The training runs of the lectures that the project follows, and their states by step."""
    cases = json.loads((CASES / "lectures.json").read_text(encoding="utf-8"))["cases"]
    runs = [case for case in cases if case["kind"] == "trajectory"]
    assert len(runs) == 5
    return {case["id"]: (case, {state["step"]: state for state in case["expected"]}) for case in runs}


@needs_cases
def test_training_runs_of_the_lectures():
    """Step by step, with the optimiser on bare Values."""
    for name, (case, states) in lectures().items():
        values = {key: Value(x, label=key) for key, x in case["inputs"].items()}
        optimizer = nn.SGD(values.values(), case["lr"])
        for step in range((case["steps"] if OFTEN else 20) + 1):
            names = {"tanh": autograd.tanh, "sigmoid": autograd.sigmoid, **case["constants"], **values}
            for line in case["program"]:
                exec(line, names)  # noqa: S102  (a line of the case's program)
            if step in states:
                assert names[case["output"]].data == pytest.approx(states[step]["output"], rel=1e-9, abs=1e-12)
                want = states[step]["params"]
                assert {key: p.data for key, p in values.items()} == pytest.approx(want, rel=1e-9, abs=1e-12), (name, step)
            optimizer.zero_grad()
            names[case["output"]].backward()
            optimizer.step()


@needs_cases
def test_the_start_from_which_xor_stays_stuck():
    """A network 2-2-1 under half the sum of squares: the lectures' step is of the sum over four samples, ours of their mean."""
    case, states = lectures()["c06_xor_stuck"]
    order = ["w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c"]
    model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", init=[case["inputs"][key] for key in order])
    epochs, seen = case["steps"] if OFTEN else 20, []
    history = train(
        model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0],
        optimizer=lambda ps: nn.SGD(ps, 4 * case["lr"]), epochs=epochs, callbacks=[lambda run: seen.append(numbers(run.model))],
    )  # fmt: skip
    for step, state in states.items():
        if step < epochs:
            assert 4 * history.loss[step] == pytest.approx(state["output"], rel=1e-9)
        if 0 < step <= epochs:
            assert seen[step - 1] == pytest.approx([state["params"][key] for key in order], rel=1e-9)


def test_online_learning_by_hand():
    """The perceptron's order: a step after each sample."""
    xs, ys = two_rings(10)
    model, twin = nn.MLP(2, [3, 1], "tanh", seed=1), nn.MLP(2, [3, 1], "tanh", seed=1)
    history = train(model, xs, ys, batch_size=1, epochs=2)
    losses = []
    for _ in range(2):
        for x, y in zip(xs, ys, strict=True):
            twin.zero_grad()
            loss = nn.squared_error(twin(x), float(y))
            loss.backward()
            losses.append(loss.data)
            for p in twin.parameters():
                p.data -= 0.1 * p.grad
    assert numbers(model) == pytest.approx(numbers(twin), rel=1e-13)
    assert history.loss == pytest.approx([sum(losses[:10]) / 10, sum(losses[10:]) / 10], rel=1e-13)


def test_xor_is_learnt():
    model = nn.MLP(2, [2, 1], "tanh", seed=1)
    xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    history = train(model, xs, ys, loss=nn.binary_cross_entropy, optimizer=lambda ps: nn.Adam(ps, 0.1), epochs=200)
    assert history.accuracy[-1] == 1.0
    assert history.loss[-1] < 0.01
    assert [score > 0 for score in model.predict(xs)] == [bool(y) for y in ys]


# Recorded, eager, on executors.


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 7, "shuffle": 3},
        {"batch_size": None, "penalty": nn.l2(0.01)},
        {"batch_size": 1, "loss": nn.hinge, "penalty": nn.l1(0.001)},
        {"optimizer": lambda ps: nn.Adam(ps, 0.01), "loss": nn.binary_cross_entropy, "batch_size": 8},
        {"optimizer": lambda ps: nn.SGD(ps, 0.1, 0.9, nesterov=True, clip_norm=0.1), "batch_size": 8},
    ],
)
def test_recorded_as_eager(options):
    xs, ys = two_rings(20)
    models = [nn.MLP(2, [4, 1], "tanh", seed=2) for _ in range(2)]
    spread = (lambda x, y: (x, 2 * y - 1)) if options.get("loss") is nn.hinge else lambda x, y: (x, y)
    (xs, ys), options = spread(xs, ys), {"validation": spread(*two_rings(9, seed=1)), **options}
    one, two = (train(model, xs, ys, eager=eager, **options) for model, eager in zip(models, (False, True), strict=True))
    assert one.loss == pytest.approx(two.loss, rel=1e-12)
    assert one.validation_loss == pytest.approx(two.validation_loss, rel=1e-12)
    assert (one.accuracy, one.validation_accuracy) == (two.accuracy, two.validation_accuracy)
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-12)


def test_what_branches_is_trained_eagerly():
    xs, ys = two_rings(10)
    loss = lambda y, t: nn.squared_error(y, t) if y > 0 else nn.hinge(y, t)
    with pytest.raises(TypeError, match="cannot branch") as told:
        train(nn.MLP(2, [3, 1], seed=1), xs, ys, loss=loss)
    assert told.value.__notes__ == ["nn.fit(..., eager=True) trains what cannot be recorded"]
    history = train(nn.MLP(2, [3, 1], seed=1), xs, ys, loss=loss, eager=True, epochs=30)
    assert history.loss[-1] < history.loss[0]


def test_chance_is_trained_eagerly():
    """A program would drop the same units in every sample of every epoch."""

    class Dropout(nn.Module):
        def __init__(self) -> None:
            self.layer, self.chance = nn.Layer(2, 2, "identity", seed=1), random.Random(1)

        def forward(self, x):
            return [y * (self.chance.random() < 0.5) * 2 + self.chance.random() for y in self.layer(x)]

    xs, ys = two_rings(10)
    with pytest.raises(TypeError, match=r"the loss of the first sample is .* and then .* chance") as told:
        train(Dropout(), xs, ys, loss=nn.cross_entropy)
    assert told.value.__notes__ == ["nn.fit(..., eager=True) trains what cannot be recorded"]
    assert len(train(Dropout(), xs, ys, loss=nn.cross_entropy, eager=True).loss) == 5


def test_an_executor_changes_no_bit(monkeypatch):
    xs, ys = two_rings(300)
    models = [nn.MLP(2, [4, 2], "tanh", seed=2) for _ in range(2)]
    options = {"loss": nn.cross_entropy, "validation": two_rings(70, seed=1), "batch_size": 200, "penalty": nn.l2(0.1)}
    alone = train(models[0], xs, ys, **options)
    with ThreadPoolExecutor(2) as executor:
        pieces, submit = [], executor.submit
        monkeypatch.setattr(executor, "submit", lambda *work: submit(*work) if pieces.append(work) is None else None)
        shared = train(models[1], xs, ys, executor=executor, **options)
    assert len(pieces) == 5 * ((4 + 2) + 5 + 2 + 2)  # of 64 rows: two minibatches; the accuracy; the validation, twice
    assert shared.loss == alone.loss
    assert shared.validation_loss == alone.validation_loss
    assert numbers(models[0]) == numbers(models[1])


def test_lists_and_arrays_alike():
    xs, ys = two_rings(12)
    models = [nn.MLP(2, [3, 2], "tanh", seed=2) for _ in range(3)]
    rows = np.eye(2)[ys]
    for model, data in zip(models, ((xs, ys), (xs.tolist(), ys.tolist()), (xs, rows)), strict=True):
        train(model, *data, loss=nn.cross_entropy)
    assert numbers(models[0]) == numbers(models[1]) == numbers(models[2])


def test_a_shuffle_is_of_all_samples_each_epoch_another():
    xs = np.arange(10.0)
    seen = []
    model = nn.Neuron(1, "identity", init=[0.0, 0.0])
    train(model, xs, xs, shuffle=5, epochs=3, callbacks=[lambda run: seen.append(run.samples.now[0].tolist())])
    assert all(sorted(order) == xs.tolist() for order in seen)
    assert len(set(map(tuple, seen))) == 3
    assert seen[0] == [5, 1, 7, 3, 4, 6, 8, 9, 2, 0]  # on every platform


def test_images():
    """A convolution through `fit`."""
    stream = random.Random(1)
    xs = np.array([stream.uniform(-1, 1) for _ in range(12 * 16)]).reshape(12, 1, 4, 4)
    ys = (xs.mean(axis=(1, 2, 3)) > 0).astype(int)
    model = nn.Sequential(nn.Conv2d(1, 2, 3, "tanh", seed=1), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(2, 2, "identity", seed=2))
    history = train(model, xs, ys, loss=nn.cross_entropy, epochs=60, optimizer=lambda ps: nn.Adam(ps, 0.05))
    assert history.loss[-1] < 0.3 * history.loss[0]
    points = nn.Conv2d(1, 2, 4, "identity", seed=1)  # a class each channel, of one point
    history = train(points, xs, ys, loss=nn.cross_entropy, optimizer=lambda ps: nn.Adam(ps, 0.05))
    assert history.accuracy[-1] == (points.predict(xs)[:, :, 0, 0].argmax(axis=1) == ys).mean()


# What is trained.


def test_only_the_optimisers_parameters_move():
    xs, ys = two_rings(10)
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    model.layers[0].freeze()
    before = model.state_dict()
    train(model, xs, ys)
    after = model.state_dict()
    assert {name for name in before if before[name] != after[name]} == {"layers.1.w", "layers.1.b"}
    with pytest.raises(ValueError, match="not the model's"):
        nn.fit(model, xs, ys, loss=nn.hinge, optimizer=nn.SGD(nn.Neuron(2).parameters(), 0.1))


def test_training_goes_on_where_it_was():
    """The optimiser keeps its memory from call to call."""
    xs, ys = two_rings(10)
    models = [nn.MLP(2, [3, 1], "tanh", seed=1) for _ in range(2)]
    steps = [nn.Adam(model.parameters(), 0.01) for model in models]
    nn.fit(models[0], xs, ys, loss=nn.squared_error, optimizer=steps[0], epochs=6)
    for _ in range(2):
        nn.fit(models[1], xs, ys, loss=nn.squared_error, optimizer=steps[1], epochs=3)
    assert numbers(models[0]) == numbers(models[1])


def test_adam_is_the_default():
    xs, ys = two_rings(10)
    models = [nn.MLP(2, [3, 1], "tanh", seed=1) for _ in range(2)]
    nn.fit(models[0], xs, ys, loss=nn.squared_error, epochs=3)
    train(models[1], xs, ys, epochs=3, optimizer=nn.Adam)
    assert numbers(models[0]) == numbers(models[1])


# When it stops.


def test_patience_and_the_best_parameters():
    """Too long a step: the loss falls, then rises."""
    xs, ys = two_rings(20)
    seen = []
    model = nn.MLP(2, [8, 1], "tanh", seed=1)
    history = train(
        model, xs[:4], ys[:4], validation=(xs[4:], ys[4:]), patience=3, keep_best=True, epochs=1000,
        callbacks=[lambda run: seen.append(numbers(run.model))], optimizer=lambda ps: nn.SGD(ps, 0.3),
    )  # fmt: skip
    assert history.stopped == "no improvement for 3 epochs"
    best = history.best_epoch
    assert len(history.loss) == best + 4
    assert min(history.validation_loss) == history.validation_loss[best]
    assert numbers(model) == seen[best]


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("eager", [False, True])
def test_a_signal_in_the_middle_of_an_epoch(eager):
    """What the eighth step would have done is left out; the epoch is not in the history."""
    xs, ys = two_rings(10)
    model, twin = nn.MLP(2, [3, 1], seed=1), nn.MLP(2, [3, 1], seed=1)

    def rate(step):
        if step == 7:
            signal.raise_signal(signal.SIGINT)
        return 0.1

    options = {"batch_size": 3, "epochs": 9, "validation": (xs, ys), "eager": eager}
    history = train(model, xs, ys, optimizer=lambda ps: nn.SGD(ps, rate), **options)
    assert history.stopped == "interrupted"
    assert len(history.loss) == len(history.validation_loss) == 1
    train(twin, xs, ys, **options | {"epochs": 1})
    train(twin, xs[:9], ys[:9], **options | {"epochs": 1})
    assert numbers(model) == numbers(twin)


@pytest.mark.usefixtures("ctrl_c")
def test_a_signal_while_an_epoch_is_measured():
    """A half-measured epoch is not in the history."""
    xs, ys = two_rings(10)
    seen = []

    def accuracy(outputs, targets):
        seen.append(1)
        if len(seen) == 6:  # of the validation, in the third epoch
            signal.raise_signal(signal.SIGINT)
        return 0.5

    history = train(nn.MLP(2, [3, 1], seed=1), xs, ys, validation=(xs, ys), accuracy=accuracy)
    assert history.stopped == "interrupted"
    kept = (history.loss, history.accuracy, history.validation_loss, history.validation_accuracy)
    assert list(map(len, kept)) == [2, 2, 2, 2]


@pytest.mark.parametrize("eager", [False, True])
def test_the_best_parameters_without_validation(eager):
    """The loss of an epoch is that before its steps: after a good one may come a step too far."""
    seen = []
    model = nn.Neuron(1, "identity", init=[0.0, 0.0])

    def cost():
        return nn.squared_error(model([1.0]), 1.0).data + nn.l2(0.25)(model.parameters()).data

    history = train(
        model, [1.0], [1.0], keep_best=True, epochs=6, penalty=nn.l2(0.25), eager=eager,
        callbacks=[lambda _: seen.append(cost())],
        optimizer=lambda ps: nn.SGD(ps, lambda step: 100.0 if step == 3 else 0.2),
    )  # fmt: skip
    assert history.loss.index(min(history.loss)) == 3
    assert history.best_epoch == seen.index(min(seen)) == 2
    assert cost() == min(seen) == history.loss[3]


def test_ctrl_c_keeps_what_was_learnt():
    xs, ys = two_rings(10)
    model, twin = nn.MLP(2, [3, 1], seed=1), nn.MLP(2, [3, 1], seed=1)

    def interrupt(run):
        if len(run.history.loss) == 3:
            raise KeyboardInterrupt

    history = train(model, xs, ys, callbacks=[interrupt], epochs=50)
    assert (history.stopped, len(history.loss)) == ("interrupted", 3)
    train(twin, xs, ys, epochs=3)
    assert numbers(model) == numbers(twin)


@pytest.mark.parametrize("eager", [False, True])
def test_what_a_callback_does_to_the_parameters_stays(eager):
    """Such as a limit on the weights; the next callback writes them as they are then."""

    def limit(run):
        for p in run.optimizer.parameters:
            p.data = max(-0.5, min(p.data, 0.5))

    xs, ys = two_rings(10)
    model, seen = nn.MLP(2, [3, 1], seed=1), []
    train(model, xs, ys, callbacks=[limit, lambda run: seen.append(run.theta.tolist())], eager=eager)
    assert seen[-1] == numbers(model)
    assert max(map(abs, numbers(model))) == 0.5


def test_a_callback_stops_it_and_an_error_keeps_what_was_learnt():
    xs, ys = two_rings(10)
    model = nn.MLP(2, [3, 1], seed=1)
    history = train(model, xs, ys, callbacks=[lambda run: run.stop("enough") if run.history.loss[-1] < 1 else None], epochs=90)
    assert history.stopped == "enough"
    assert history.loss[-1] < 1 <= min([*history.loss[:-1], math.inf])
    before = numbers(model)
    with pytest.raises(RuntimeError, match="full"):
        train(model, xs, ys, callbacks=[lambda run: (_ for _ in ()).throw(RuntimeError("the disc is full"))])
    assert numbers(model) != before


# What is no number.


class Logarithm(nn.Module):
    """A neuron whose output goes through log."""

    def __init__(self, weight) -> None:
        self.inner = nn.Neuron(1, "log", init=[weight, 0.0])

    def forward(self, x):
        return self.inner(x)


@pytest.mark.parametrize("eager", [False, True])
def test_the_sample_the_layer_and_the_operation(eager):
    model = Logarithm(1.0)
    with pytest.raises(FloatingPointError) as told:
        train(model, [1.0, 2.0, 3.0, -2.0, 5.0], [0.0] * 5, batch_size=2, shuffle=2, eager=eager)
    assert re.fullmatch(r"epoch \d, sample 3: log\(-[\d.]+\) in logarithm/inner is nan", str(told.value))
    assert all(map(math.isfinite, numbers(model)))


def test_an_infinite_derivative_is_told_too():
    model = nn.Neuron(1, "sqrt", init=[1.0, 0.0])
    with pytest.raises(FloatingPointError, match=r"^epoch 0, sample 1: sqrt\(0\) in neuron has the derivative inf$"):
        train(model, [1.0, 0.0], [0.0, 1.0])


def test_a_diverging_run_says_where():
    xs, ys = two_rings(10)
    model = nn.MLP(2, [3, 1], "identity", seed=1)
    with pytest.raises(FloatingPointError, match=r"epoch \d+, sample \d+: .*(loss|mlp|layers)"):
        train(model, xs * 100, ys, optimizer=lambda ps: nn.SGD(ps, 1e6), epochs=100)


@pytest.mark.parametrize("epochs", [5, 1])
@pytest.mark.parametrize("eager", [False, True])
def test_a_parameter_that_would_overflow(epochs, eager):
    model = nn.Neuron(1, "identity", init=[1.0, 0.0])
    steps = nn.SGD(model.parameters(), 1e308, momentum=0.5)
    with pytest.raises(
        FloatingPointError, match=r"^SGD, step 0: the gradient of w\[0\] is 100\.0: by this step the parameter would"
    ):
        train(model, [10.0], [0.0], optimizer=lambda _: steps, epochs=epochs, eager=eager)
    assert (numbers(model), steps.steps, steps.memory["velocity"].tolist()) == ([1.0, 0.0], 0, [0.0, 0.0])


def test_a_parameter_that_a_callback_made_infinite():
    model = nn.Neuron(1, "identity", init=[1.0, 0.0])

    def spoil(_):
        model.w[0].data = -math.inf

    with pytest.raises(FloatingPointError, match=r"^epoch 1, sample 0: the parameter w\[0\] is -inf$"):
        train(model, [10.0], [0.0], callbacks=[spoil], epochs=2)


def test_a_loss_that_depends_on_no_parameter_is_refused():
    xs, ys = [[1.0, 2.0], [2.0, 1.0]], [0.0, 1.0]
    for loss in (lambda z, t: 1.0, lambda z, t: t * 2.0, lambda z, t: autograd.detach(z) * t):
        with pytest.raises(ValueError, match="fit: the loss depends on no parameter that is trained: compute it of its"):
            nn.fit(nn.Neuron(2, seed=1), xs, ys, loss=loss, epochs=2)
        assert len(nn.fit(nn.Neuron(2, seed=1), xs, ys, loss=loss, epochs=2, penalty=nn.l2(0.1)).loss) == 2
    model = nn.Sequential(nn.Layer(2, 2, seed=1), nn.Layer(2, 1, seed=2))
    head = nn.SGD(model.layers[1].parameters(), 0.1)
    assert len(nn.fit(model, xs, [[0.0], [1.0]], loss=nn.squared_error, optimizer=head, epochs=2).loss) == 2


@pytest.mark.parametrize("eager", [False, True])
def test_the_first_sample_can_be_at_fault(eager):
    with pytest.raises(FloatingPointError, match=r"^epoch 0, sample 0: log\(-1\) in logarithm/inner is nan$"):
        train(Logarithm(1.0), [-1.0, 1.0], [0.0, 0.0], eager=eager)
    history = train(Logarithm(1.0), [1.0, 2.0], [0.0, 0.0], validation=([-1.0], [0.0]), eager=eager)
    assert math.isnan(history.validation_loss[-1])


def test_a_penalty_can_be_at_fault():
    xs, ys = two_rings(10)
    for eager in (False, True):
        for penalty, said in (
            (lambda ps: autograd.log(ps[0]), r"log\(-0\.73\d+\) in penalty is nan"),
            (lambda ps: autograd.sqrt(ps[2]), r"sqrt\(0\) in penalty has the derivative inf"),
        ):
            with pytest.raises(FloatingPointError, match=f"^epoch 0, penalty: {said}$"):
                train(nn.MLP(2, [3, 1], seed=1), xs, ys, penalty=penalty, eager=eager)


# Checkpoints.


def test_the_same_bits_after_a_checkpoint(tmp_path):
    xs, ys = two_rings(30)
    options = {"batch_size": 8, "shuffle": 4, "optimizer": lambda ps: nn.Adam(ps, 0.02), "validation": two_rings(9, seed=3)}
    path = tmp_path / "run.safetensors"
    whole, half, rest = (nn.MLP(2, [4, 1], "tanh", seed=seed) for seed in (1, 1, 2))
    history = train(whole, xs, ys, epochs=7, keep_best=True, **options)
    train(half, xs, ys, epochs=4, callbacks=[nn.Checkpoint(path, every=2)], **options)
    taken_up = train(rest, xs, ys, epochs=7, keep_best=True, resume=path, **options)
    assert numbers(rest) == numbers(whole)
    assert taken_up.loss == history.loss
    assert taken_up.validation_loss == history.validation_loss
    assert taken_up.best_epoch == history.best_epoch
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]
    with pytest.raises(ValueError, match="no checkpoint of 9 parameters"):
        train(nn.MLP(2, [2, 1], seed=1), xs, ys, resume=path, **options)
    with pytest.raises(ValueError, match="SGD remembers"):
        train(nn.MLP(2, [4, 1], seed=1), xs, ys, resume=path)
    with pytest.raises(ValueError, match=r"of a model with layers\.0\.layers\.0\.w \(4, 2\), layers\.0\.layers\.0\.b \(4,\)"):
        train(nn.Sequential(nn.MLP(2, [4, 1], seed=1)), xs, ys, resume=path, **options)
    with pytest.raises(ValueError, match="Checkpoint: every is a number of epochs, at least 1, not 0"):
        nn.Checkpoint(path, every=0)


def test_a_broken_file(tmp_path):
    xs, ys = two_rings(10)
    path = tmp_path / "run.safetensors"
    train(nn.MLP(2, [2, 1], seed=1), xs, ys, callbacks=[nn.Checkpoint(path)])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"run\.safetensors is no safetensors file, or was cut short"):
        train(nn.MLP(2, [2, 1], seed=1), xs, ys, resume=path)
    with pytest.raises(FileNotFoundError):
        train(nn.MLP(2, [2, 1], seed=1), xs, ys, resume=tmp_path / "nothing")


def damaged(change):
    """A change of a checkpoint's arrays and notes; `change` gets both."""

    def write(path, arrays, notes):
        from safetensors.numpy import save_file

        arrays, told = dict(arrays), dict(notes)
        change(arrays, told)
        save_file(arrays, path, told)

    return write


def history(**fields):
    def change(_, notes):
        notes["history"] = json.dumps({**json.loads(notes["history"]), **fields})

    return damaged(change)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (damaged(lambda arrays, _: arrays.pop("theta")), "theta is not 9 finite numbers"),
        (damaged(lambda arrays, _: arrays.pop("best")), "best is not 9 finite numbers"),
        (damaged(lambda arrays, _: arrays.update(best=np.zeros(3))), "best is not 9 finite numbers"),
        (damaged(lambda arrays, _: arrays.update(theta=np.full(9, np.nan))), "theta is not 9 finite numbers"),
        (damaged(lambda arrays, _: arrays.pop("optimizer.mean")), "Adam remembers"),
        (damaged(lambda arrays, _: arrays.pop("optimizer.steps")), "Adam remembers"),
        (damaged(lambda arrays, _: arrays.update({"optimizer.steps": np.array(1.5)})), "steps is a whole number"),
        (damaged(lambda arrays, _: arrays.update({"optimizer.steps": np.array(np.nan)})), "steps is a whole number"),
        (damaged(lambda arrays, _: arrays.update({"optimizer.steps": np.zeros(0)})), "steps is a whole number"),
        (damaged(lambda arrays, _: arrays.update({"optimizer.square": np.full(9, np.inf)})), "square is not finite"),
        (damaged(lambda _, notes: notes.pop("history")), "its history is not one"),
        (damaged(lambda _, notes: notes.update(history=notes["history"][:40])), "its history is not one"),
        (damaged(lambda _, notes: notes.update(history="[" * 100_000)), "its history is not one"),
        (damaged(lambda _, notes: notes.update(history="3")), "its history is not one"),
        (history(new=1), "its history is not one: new"),
        (history(loss=None), "loss in its history is None"),
        (history(loss=[0.5, "0.25"]), "loss in its history is"),
        (history(best_epoch=1.0), "best_epoch in its history is 1.0"),
        (history(best_epoch=77), "the best after epoch 77"),
        (history(accuracy=[0.5]), "its history of 5 epochs has"),
        (history(stopped=[]), "stopped in its history is"),
        (damaged(lambda _, notes: notes.pop("best")), "the best loss in it is ''"),
        (damaged(lambda _, notes: notes.update(best="0x1p99999")), "the best loss in it is '0x1p99999'"),
        (damaged(lambda _, notes: notes.update(best="nan")), "the best loss in it is 'nan'"),
        (damaged(lambda _, notes: notes.update(best="-inf")), "the best loss in it is '-inf'"),
        (damaged(lambda arrays, _: arrays.update(best=arrays["best"].astype("c8"))), "best is of C64, no real numbers"),
        (damaged(lambda _, notes: notes.pop("model")), "no checkpoint of 9 parameters"),
    ],
)
def test_a_damaged_checkpoint_is_refused_in_words_and_nothing_has_changed(tmp_path, write, said):
    from safetensors import safe_open

    xs, ys = two_rings(10)
    path = tmp_path / "run.safetensors"
    train(nn.MLP(2, [2, 1], seed=1), xs, ys, optimizer=adam, callbacks=[nn.Checkpoint(path)])
    with safe_open(path, framework="numpy") as file:
        arrays, notes = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    write(path, arrays, notes)
    model = nn.MLP(2, [2, 1], seed=2)
    optimizer = nn.Adam(model.parameters(), 0.02)
    optimizer.update(np.zeros(9), np.ones(9))
    before = numbers(model), {name: np.copy(held) for name, held in optimizer.state_dict().items()}
    with pytest.raises(ValueError, match=said):
        nn.fit(model, xs, ys, loss=nn.squared_error, optimizer=optimizer, epochs=9, resume=path)
    after = numbers(model), optimizer.state_dict()
    assert after[0] == before[0]
    assert all(np.array_equal(after[1][name], held) for name, held in before[1].items())


def adam(parameters):
    return nn.Adam(parameters, 0.02)


def test_two_runs_may_write_one_checkpoint(tmp_path):
    xs, ys = two_rings(10)
    path = tmp_path / "run.safetensors"

    def run(seed):
        train(nn.MLP(2, [2, 1], seed=seed), xs, ys, epochs=60, callbacks=[nn.Checkpoint(path)])

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, range(4))) == [None] * 4
    assert len(train(nn.MLP(2, [2, 1], seed=9), xs, ys, epochs=5, resume=path).loss) in range(1, 61)


def test_a_run_that_had_ended_by_patience_stays_ended(tmp_path):
    xs, ys = two_rings(12)
    path = tmp_path / "run.safetensors"

    def run(patience=3, resume=None):
        model = nn.MLP(2, [2, 1], "tanh", seed=1)
        ended = train(
            model, xs[:4], ys[:4], validation=(xs[4:], ys[4:]), patience=patience, epochs=400,
            optimizer=lambda ps: nn.SGD(ps, 0.9), callbacks=[nn.Checkpoint(path)], resume=resume,
        )  # fmt: skip
        return len(ended.loss), ended.stopped, numbers(model)

    first = run()
    assert first[0] < 400
    assert first[1] == "no improvement for 3 epochs"
    assert run(resume=path) == run(resume=path) == first
    longer = run(patience=5, resume=path)
    assert longer[0] >= first[0] + 2


@pytest.mark.parametrize("batch_size", [None, 4, 7])
def test_fit_in_a_loop_goes_on_as_one_call_does(batch_size):
    xs, ys = two_rings(20)

    def run(calls, epochs):
        model, seen = nn.MLP(2, [3, 1], "tanh", seed=1), []
        optimizer = nn.SGD(model.parameters(), 0.05, momentum=0.5)
        for _ in range(calls):
            nn.fit(
                model, xs, ys, loss=nn.squared_error, optimizer=optimizer, epochs=epochs, batch_size=batch_size, shuffle=3,
                callbacks=[lambda run: seen.append(tuple(run.samples.order.tolist()))],
            )  # fmt: skip
        return numbers(model), seen

    assert run(4, 1) == run(2, 2) == run(1, 4)
    assert len(set(run(4, 1)[1])) == 4


@pytest.mark.parametrize("eager", [False, True])
def test_a_gradient_whose_square_overflows_is_clipped(eager):
    model = nn.Neuron(1, "identity", init=[1.0, 0.0])
    steps = nn.SGD(model.parameters(), 0.1, clip_norm=1.0)
    ended = nn.fit(model, [[1e160]], [0.0], loss=lambda y, t: abs(y - t), optimizer=steps, epochs=3, eager=eager)
    assert ended.loss == pytest.approx([1e160, 9e159, 8e159])
    model = nn.Neuron(1, "identity", init=[1.0, 0.0])
    with pytest.raises(FloatingPointError, match=r"^Adam, step 0: the gradient of w\[0\] is 1e\+160: .* clip it"):
        nn.fit(model, [[1e160]], [0.0], loss=lambda y, t: abs(y - t), epochs=3, eager=eager)
    assert numbers(model) == [1.0, 0.0]


def test_a_checkpoint_now_and_then(tmp_path):
    xs, ys = two_rings(10)
    path, seen = tmp_path / "run.safetensors", []
    train(nn.MLP(2, [2, 1], seed=1), xs, ys, callbacks=[nn.Checkpoint(path, every=2), lambda run: seen.append(path.exists())])
    assert seen == [False, True, True, True, True]
    assert len(train(nn.MLP(2, [2, 1], seed=1), xs, ys, resume=path, epochs=4).loss) == 4  # five epochs were made, four saved


# Progress.


class Terminal(io.StringIO):
    """Text that is for a person."""

    def isatty(self):
        return True


def test_progress_is_for_terminals(monkeypatch, capsys):
    xs, ys = two_rings(10)
    options = {"loss": nn.binary_cross_entropy, "validation": (xs, ys)}
    train(nn.MLP(2, [3, 1], seed=1), xs, ys, **options)
    assert capsys.readouterr() == ("", "")
    for progress in (True, False):
        monkeypatch.setattr(sys, "stderr", Terminal())
        train(nn.MLP(2, [3, 1], seed=1), xs, ys, progress=progress, **options)
        shown = sys.stderr.getvalue()
        assert ("loss" in shown and "accuracy" in shown and "5/5" in shown) is progress
        assert shown.count("\r") < 5  # a short run is drawn at its begin and its end, not each epoch


def test_repr():
    xs, ys = two_rings(10)
    history = train(nn.MLP(2, [3, 2], seed=1), xs, ys, loss=nn.cross_entropy, validation=(xs, ys))
    assert repr(history).startswith("<History: 5 epochs, loss ")
    assert "validation accuracy" in repr(history)
    assert repr(history).endswith(" s, finished>")


def test_accuracy_of_logits_and_scores():
    """A logit is right on its side of 0, also where the target is a probability."""
    still = lambda ps: nn.SGD(ps, 0.0)
    for loss, targets in ((nn.binary_cross_entropy, [0.0, 0.25, 0.75, 1.0]), (nn.hinge, [-1.0, -1.0, 1.0, 1.0])):
        model = nn.Neuron(1, "identity", init=[1.0, 0.0])
        history = train(model, [-2.0, -1.0, 1.0, -1.0], targets, loss=loss, optimizer=still, epochs=1)
        assert history.accuracy == [0.75]


def test_accuracy_of_ones_own():
    xs, ys = two_rings(10)
    near = lambda outputs, targets: (abs(outputs - targets) < 0.5).mean()
    model = nn.MLP(2, [3, 1], seed=1)
    history = train(model, xs, ys, accuracy=near)
    assert history.accuracy[-1] == near(model.predict(xs), ys)
    assert len(history.accuracy) == 5
    assert train(nn.MLP(2, [3, 2], seed=1), xs, ys, loss=nn.cross_entropy, accuracy=False).accuracy == []
    assert train(nn.MLP(2, [3, 1], seed=1), xs, ys).accuracy == []  # a regression has no classes
    classes, rows = (train(nn.MLP(2, [3, 2], seed=1), xs, t, loss=nn.cross_entropy).accuracy for t in (ys, np.eye(2)[ys]))
    assert classes == rows


# What is refused.


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"xs": []}, r"their shapes are \(0,\) and \(10,\)"),
        ({"ys": [1.0] * 9}, r"their shapes are \(10, 2\) and \(9,\)"),
        ({"ys": [0.0] * 9 + [math.nan]}, r"ys\[9\] is nan"),
        ({"ys": [0.0] * 9 + [2.0], "nout": 2}, r"ys\[9\] is 2: the model has 2 outputs, so targets are classes 0 to 1"),
        ({"ys": [0.0] * 9 + [0.5], "nout": 2}, r"ys\[9\] is 0\.5"),
        ({"xs": [[1.0]] * 10}, "takes 2 numbers, and was given 1"),
        ({"xs": [[1.0, 2.0], [3.0]]}, "^xs and ys have a row a sample; there are 2 and 10"),
        ({"ys": [[1.0, 2.0]] * 10}, "1 outputs and 2 targets"),
        ({"validation": ([[1.0, 2.0]], [math.nan])}, r"^validation ys\[0\] is nan"),
        ({"validation": ([[1.0, 2.0]], [2.0]), "nout": 2}, r"^validation ys\[0\] is 2: the model has 2 outputs"),
        ({"validation": ([[1.0, 2.0]], [])}, r"^validation xs and ys .* shapes are \(1, 2\) and \(0,\)"),
        ({"loss": nn.hinge}, r"^ys\[1\] is 0: targets of hinge are 1 or -1"),
        ({"loss": nn.binary_cross_entropy, "ys": [-1.0] * 10}, r"^ys\[0\] is -1: .* are from 0 to 1"),
        ({"loss": nn.cross_entropy, "nout": 2, "ys": [[0.5, 0.5], [2.0, -1.0]] * 5}, r"^ys\[1, 1\] is -1: .* are probabilities"),
        ({"loss": nn.cross_entropy, "nout": 2, "ys": [[0.5, 0.5], [0.5, 0.4]] * 5}, r"^the sum of ys\[1\] is 0\.9: .* up to 1"),
        ({"loss": nn.cross_entropy}, "^cross_entropy is of two logits or more"),
        ({"loss": nn.cross_entropy, "nout": 2, "ys": [[1.0]] * 10}, "^cross_entropy: there are 2 outputs and 1 targets"),
        ({"batch_size": 0}, "^fit: batch_size is at least 1"),
        ({"batch_size": 2.5}, "^fit: batch_size is at least 1"),
        ({"epochs": 2.0}, "^fit: epochs is a whole number"),
        ({"shuffle": False}, r"^fit: shuffle is a seed .* None; it was given False"),
        ({"patience": 0}, "^fit: patience is a number of epochs"),
        ({"loss": "mse"}, "^fit: loss is a function .* 'mse'"),
        ({"penalty": 0.1}, r"^fit: penalty is a function of the parameters, such as nn\.l2\(1e-4\)"),
        ({"validation": 0.2}, r"^fit: validation is a pair \(xs, ys\)"),
        ({"accuracy": "top 5"}, "^fit: accuracy is a function of outputs and targets, True or False"),
        ({"callbacks": print}, "^fit: callbacks is a list of functions"),
        ({"executor": 4}, r"^fit: executor is one of concurrent\.futures"),
        ({"optimizer": lambda _: nn.SGD}, r"^fit: optimizer is an Optimizer, such as nn\.SGD\(model\.parameters\(\), 0\.1\)"),
    ],
)
def test_refused(change, said):
    xs, ys = two_rings(10)
    options = {"xs": xs, "ys": ys, "nout": 1, **change}
    model = nn.MLP(2, [3, options.pop("nout")], seed=1)
    with pytest.raises(ValueError, match=said):
        train(model, options.pop("xs"), options.pop("ys"), **options)


def test_a_model_is_a_module():
    with pytest.raises(ValueError, match=r"^fit: model is a Module: for a function, write a class"):
        nn.fit(lambda x: x, [1.0], [1.0], loss=nn.squared_error)


@pytest.mark.parametrize("eager", [False, True])
def test_a_loss_is_one_number(eager):
    """More of them would be written where other numbers stand."""
    xs, ys = two_rings(10)
    for options, said in (
        ({"loss": lambda y, t: y}, r"the loss of a sample is one number, not \[<Value"),
        ({"loss": lambda y, t: None}, "the loss of a sample is one number, not None"),
        ({"penalty": lambda ps: ps}, r"the penalty is one number, not \["),
    ):
        with pytest.raises(TypeError, match=said):
            train(nn.MLP(2, [3, 2], seed=1), xs, ys, eager=eager, **{"loss": nn.cross_entropy, **options})


def test_a_cost_may_be_a_plain_number():
    """As that of `max(0, 1 - t * y)` is where it is 0."""
    xs, ys = two_rings(10)
    models = [nn.MLP(2, [3, 1], "tanh", seed=1) for _ in range(2)]
    one = train(models[0], xs, 2 * ys - 1, loss=lambda y, t: max(0, 1 - t * y), penalty=lambda ps: 0.0, eager=True)
    two = train(models[1], xs, 2 * ys - 1, loss=nn.hinge, penalty=lambda ps: 0.0)
    assert one.loss == pytest.approx(two.loss, rel=1e-12)
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-12)


def test_values_are_no_data():
    with pytest.raises(TypeError, match=r"write its \.data"):
        train(nn.Neuron(1), [[Value(1.0)]], [1.0])


# What cannot be recorded, and targets that are told.


class Mixed(nn.Module):
    """A token and a number in one input."""

    def __init__(self) -> None:
        self.letters, self.out = nn.Embedding(3, 2, seed=1), nn.Layer(3, 1, "identity", seed=2)

    def forward(self, x):
        return self.out([*self.letters(x[0]), x[1]])


@pytest.mark.parametrize("kind", [list, np.array])
def test_what_is_trained_eagerly_is_predicted_eagerly(kind):
    xs, ys = kind([[0, 0.5], [2, -1.0], [1, 0.25]]), [1.0, 2.0, 3.0]
    model = Mixed()
    nn.fit(model, xs, ys, loss=nn.squared_error, epochs=2, eager=True)
    found = model.predict(xs, eager=True)
    assert type(found) is type(xs)
    assert list(found) == [model([int(i), x]).data for i, x in xs]
    with pytest.raises(TypeError) as caught:
        model.predict(xs)
    assert caught.value.__notes__ == ["predict(xs, eager=True) computes what cannot be recorded"]
    network = nn.Sequential(nn.Layer(2, 2, "tanh", seed=1), nn.Dropout(0.5))
    assert np.array(network.predict(xs, eager=True)) == pytest.approx(np.array(network.predict(xs)), rel=1e-14)


def gaussian(z, y):
    """The negative log-likelihood of a number, of its mean and the logarithm of its variance."""
    mean, log_variance = z
    return 0.5 * (log_variance + (y - mean) ** 2 * autograd.exp(-log_variance))


def test_a_loss_that_wants_numbers_is_told_how_they_are_given():
    model = nn.Layer(1, 2, "identity", seed=1)
    for ys, xs in (([0.0, 1.0], [[1.0], [2.0]]), ([1, 0], [[1.0], [2.0]])):
        with pytest.raises(TypeError) as caught:
            nn.fit(model, xs, ys, loss=gaussian)
        assert caught.value.__notes__[-1:] == ["ys are classes of 2 outputs, given as 0s and a 1: numbers are ys=[[y], ...]"]
    with pytest.raises(ValueError, match=r"targets are classes 0 to 1, or rows of 2 numbers; \[\[y\], \.\.\.\] are numbers$"):
        nn.fit(model, [[1.0], [2.0]], [0.5, 1.5], loss=gaussian)
    history = nn.fit(model, [[1.0], [2.0]], [[0.0], [1.0]], loss=lambda z, t: gaussian(z, t[0]), epochs=1)
    z = [[v.data for v in nn.Layer(1, 2, "identity", seed=1)(x)] for x in (1.0, 2.0)]
    wanted = [0.5 * (s + (y - m) ** 2 * math.exp(-s)) for (m, s), y in zip(z, (0.0, 1.0))]
    assert history.loss[0] == pytest.approx(sum(wanted) / 2, rel=1e-12)
