"""Optimisers step for step, schedules and clipping against PyTorch's numbers (made by make_torch_numbers.py)."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import Value, record
from autograd.value import no_gradients, numbers_from, numbers_into, only_leaves

TORCH = json.loads(Path(__file__).with_name("torch_numbers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TORCH["paths"])
def test_step_for_step(name):
    kind, options, wanted = TORCH["paths"][name]
    parameters = [Value(x) for x in TORCH["start"]]
    optimizer = getattr(nn, kind)(parameters, **options)
    for gradient, after in zip(TORCH["gradients"], wanted, strict=True):
        for p, g in zip(parameters, gradient, strict=True):
            p.grad = g
        optimizer.step()
        assert [p.data for p in parameters] == pytest.approx(after, rel=1e-14, abs=1e-15)
    optimizer.zero_grad()
    assert [p.grad for p in parameters] == [0.0] * 4


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("cosine", nn.cosine_decay(2.0, 5, 0.1)),
        ("exponential", nn.exponential_decay(2.0, 0.9)),
        ("step", nn.step_decay(2.0, 3, 0.5)),
        ("linear", nn.linear_decay(2.0, 4, 0.5)),
    ],
)
def test_schedules(name, rate):
    wanted = TORCH["rates"][name][2]
    steps = range(6 if name != "cosine" else 5)  # PyTorch's rises again after its end, ours stays
    assert [rate(step) for step in steps] == pytest.approx([wanted[step] for step in steps], rel=1e-14)


def test_a_schedule_drives_the_steps():
    p = Value(0.0)
    optimizer = nn.SGD([p], nn.warmup(2, nn.step_decay(1.0, 3)))
    seen = []
    for _ in range(4):
        p.grad = 1.0
        optimizer.step()
        seen.append(p.data)
    assert seen == pytest.approx([-0.5, -1.5, -2.5, -2.6], rel=1e-15)


@pytest.mark.parametrize("how", ["norm", "value"])
def test_clipping(how):
    for gradient, wanted in zip(TORCH["gradients"], TORCH["clipped"][how], strict=True):
        parameters = [Value(0.0) for _ in gradient]
        for p, g in zip(parameters, gradient, strict=True):
            p.grad = g
        nn.SGD(parameters, 1.0, **{f"clip_{how}": 1.5}).step()
        assert [-p.data for p in parameters] == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("name", TORCH["paths"])
def test_a_state_goes_on_to_the_same_bits(name):
    kind, options, _ = TORCH["paths"][name]
    theta, first = np.array(TORCH["start"]), getattr(nn, kind)([Value(0.0) for _ in range(4)], **options)
    for gradient in TORCH["gradients"][:3]:
        first.update(theta, np.array(gradient))
    second, twin = getattr(nn, kind)([Value(0.0) for _ in range(4)], **options), theta.copy()
    second.load_state_dict(first.state_dict())
    for gradient in TORCH["gradients"][3:]:
        first.update(theta, np.array(gradient))
        second.update(twin, np.array(gradient))
    assert twin.tolist() == theta.tolist()


@pytest.mark.parametrize("size", [1e100, 1e154, 1e155, 1e200, 1e307])
@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e160])
def test_a_norm_is_limited_whatever_its_size(size, limit):
    p = [Value(0.0), Value(0.0)]
    p[0].grad, p[1].grad = 3 * size, 4 * size
    nn.SGD(p, 1.0, clip_norm=limit).step()
    norm = min(5 * size, limit)  # math.hypot(3 * size, 4 * size)
    assert [-v.data / norm for v in p] == pytest.approx([0.6, 0.8], rel=1e-14)


@pytest.mark.parametrize("kind", [nn.Adam, nn.AdamW])
@pytest.mark.parametrize("size", [1e146, 1e155, 1e308, math.inf, math.nan])
def test_what_adam_cannot_square_is_refused_by_name_before_anything_has_changed(kind, size):
    p = [Value(1.0), Value(2.0, label="w[1]"), Value(3.0)]
    optimizer = kind(p, 0.1, weight_decay=0.5)
    p[0].grad = p[1].grad = 1.0
    optimizer.step()

    def held():
        return [v.data for v in p], optimizer.memory["mean"].tolist(), optimizer.memory["square"].tolist(), optimizer.steps

    before = held()
    p[1].grad = -size
    with pytest.raises(FloatingPointError, match=rf"^{kind.__name__}, step 1: the gradient of w\[1\] is -?\d?.*(clip_norm=1\.0)"):
        optimizer.step()
    assert held() == before
    p[1].grad = 1.0
    optimizer.step()
    assert p[1].data < before[0][1]


def test_adam_takes_what_it_can_square():
    """The largest, for ever, with the longest memory that there is."""
    p = [Value(1.0) for _ in range(50)]
    optimizer = nn.Adam(p, 0.1, betas=(0.9, 1 - 2**-53))
    for _ in range(5):
        for v in p:
            v.grad = 1e145
        optimizer.step()
    assert [v.data for v in p] == pytest.approx([0.5] * 50, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "gradient", "start"),
    [
        ({"lr": 0.1}, math.nan, 1.0),
        ({"lr": 10.0}, 1e308, 1.0),
        ({"lr": 1.0, "momentum": 0.9, "nesterov": True}, -1.5e308, 1.0),
        ({"lr": 0.1, "weight_decay": 10.0}, 0.0, 1e308),
    ],
)
def test_a_step_to_what_is_no_finite_number_is_refused_by_name(options, gradient, start):
    p = [Value(2.0), Value(start, label="b")]
    p[1].grad = gradient
    with pytest.raises(
        FloatingPointError, match=re.escape(f"SGD, step 0: the gradient of b is {gradient!r}: by this step the parameter")
    ):
        nn.SGD(p, **options).step()
    assert [v.data for v in p] == [2.0, start]


def test_a_gradient_that_is_no_number_does_not_end_a_training():
    for momentum, after in ((0.9, [0.0, -1.9]), (0.0, [0.0, -1.0])):
        for gradient in (math.nan, math.inf):
            p = Value(1.0)
            optimizer = nn.SGD([p], 1.0, momentum=momentum)
            p.grad = gradient
            with pytest.raises(
                FloatingPointError, match=r"^SGD, step 0: the gradient of parameter 0 is (nan|inf): by this step"
            ):
                optimizer.step()
            for there in after:
                p.grad = 1.0
                optimizer.step()
                assert p.data == pytest.approx(there, abs=1e-15)
            assert optimizer.steps == 2


def test_a_quotient_of_nothing_by_nothing_is_refused():
    p = [Value(1.0), Value(2.0)]
    optimizer = nn.Adam(p, 0.5, eps=0.0)
    p[0].grad = 3.0
    with pytest.raises(
        FloatingPointError, match=r"^Adam, step 0: the gradient of parameter 1 is 0\.0: by this step the parameter"
    ):
        optimizer.step()
    p[1].grad = -3.0
    optimizer.step()
    assert ([v.data for v in p], optimizer.steps) == ([0.5, 2.5], 1)


def test_what_a_rule_would_remember_is_refused_too():
    class Summing(nn.Optimizer):
        memories = ("squares",)

        def rule(self, theta, gradient, lr):
            self.memory["squares"] += gradient * gradient
            theta -= lr * gradient / self.np.sqrt(self.memory["squares"])

    p = Value(1.0)
    optimizer = Summing([p], 0.5)
    p.grad = 1e200
    with pytest.raises(
        FloatingPointError, match=r"^Summing, step 0: the gradient of parameter 0 is 1e\+200: by this step the squares"
    ):
        optimizer.step()
    p.grad = 4.0
    optimizer.step()
    assert (p.data, optimizer.memory["squares"].tolist()) == (0.5, [16.0])


def test_a_velocity_that_overflows_is_refused_by_name():
    p = [Value(0.0)]
    optimizer = nn.SGD(p, 1e-300, momentum=0.9)
    p[0].grad = 1.5e308
    optimizer.step()
    with pytest.raises(
        FloatingPointError, match=r"^SGD, step 1: the gradient of parameter 0 is 1\.5e\+308: by this step the parameter"
    ):
        optimizer.step()
    assert p[0].data == -1.5e8


@pytest.mark.parametrize(
    "rate", [nn.exponential_decay(1.0, 10.0), nn.step_decay(1.0, 1, 10.0), nn.warmup(2, nn.exponential_decay(1.0, 10.0))]
)
def test_a_rate_that_overflows_is_refused_by_name(rate):
    optimizer = nn.SGD([Value(1.0)], rate)
    optimizer.steps = 400
    with pytest.raises(ValueError, match=r"^SGD: the rate of step 400 lies in \[0, inf\), and is inf"):
        optimizer.step()


def test_half_a_cosine_of_the_largest_rates():
    rate = nn.cosine_decay(1.5e308, 4, 1e300)
    assert [rate(step) for step in (0, 2, 4)] == pytest.approx([1.5e308, 7.5e307 + 5e299, 1e300], rel=1e-15)


@pytest.mark.parametrize("steps", [0, 0.5, math.nan, "4", None])
def test_a_number_of_steps_that_is_none(steps):
    for schedule in (nn.linear_decay, nn.cosine_decay, nn.step_decay):
        with pytest.raises(ValueError, match=f"^{schedule.__name__}: there is at least 1 step, not {steps!r}"):
            schedule(1.0, steps)


def test_a_gradient_without_a_direction_is_not_clipped():
    for wrong in (math.inf, -math.inf, math.nan):
        p = [Value(1.0), Value(2.0)]
        p[1].grad = wrong
        with pytest.raises(FloatingPointError, match=r"^SGD, step 0: the gradient of parameter 1 is .*no direction"):
            nn.SGD(p, 0.1, clip_norm=1.0).step()
        assert [v.data for v in p] == [1.0, 2.0]


def test_refused():
    p = Value(1.0)
    for make, said in (
        (lambda: nn.SGD([p], -1.0), r"SGD: lr lies in \[0, inf\), and is -1"),
        (lambda: nn.SGD([p], 0.1, 1.0), "momentum lies in"),
        (lambda: nn.SGD([p], 0.1, nesterov=True), "needs a momentum"),
        (lambda: nn.Adam([p], math.nan), "lr lies in"),
        (lambda: nn.Adam([], 0.1), "everything frozen"),
        (lambda: nn.Adam([p]).load_state_dict({"steps": 1}), "remembers"),
        (lambda: nn.SGD([p], "fast"), r"SGD: lr lies in \[0, inf\), and is 'fast'"),
        (lambda: nn.SGD([p], 0.1, clip_norm=-1.0), "clip_norm lies in"),
        (lambda: nn.SGD([p], 0.1, clip_value=math.nan), "clip_value lies in"),
        (lambda: nn.Adam([p], betas=(0.9, 1.0)), r"Adam: b2 lies in \[0, 1\), and is 1\.0"),
        (lambda: nn.Adam([p], betas=0.9), r"Adam: betas are two numbers, such as \(0\.9, 0\.999\), not 0\.9"),
        (lambda: nn.AdamW([p], betas=(0.9,)), "AdamW: betas are two numbers"),
        (lambda: nn.Adam([p], eps=-1e-8), "eps lies in"),
        (lambda: nn.SGD([p], lambda step: math.nan).step(), r"SGD: the rate of step 0 lies in \[0, inf\), and is nan"),
        (lambda: nn.linear_decay(0.1, 0), "linear_decay: there is at least 1 step, not 0"),
        (lambda: nn.cosine_decay(0.1, 0), "cosine_decay: there"),
        (lambda: nn.step_decay(0.1, -1), "step_decay: there"),
        (lambda: nn.warmup(0, 0.1), "warmup: there"),
    ):
        with pytest.raises(ValueError, match=said):
            make()
    with pytest.raises(TypeError, match="not computed"):
        nn.SGD([p * 2], 0.1)
    for parameters in (nn.Neuron(2), p):
        with pytest.raises(TypeError, match=r"SGD takes an iterable of parameters, such as model\.parameters\(\), not"):
            nn.SGD(parameters, 0.1)


def test_a_copy_goes_on_by_itself():
    first = nn.Adam([Value(0.0)], 0.1)
    first.update(np.zeros(1), np.ones(1))
    for second in (copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert repr(second) == "<Adam: 1 parameters, lr=0.1, 1 steps>"
        second.update(np.zeros(1), np.ones(1))
    assert first.steps == 1
    assert first.memory["mean"].tolist() == [1.0]


def test_a_shared_parameter_moves_once():
    """Its gradient counts once too where the norm of all is limited."""
    p, q = Value(0.0), Value(0.0)
    optimizer = nn.SGD([p, q, p], 1.0, clip_norm=5.0)
    p.grad, q.grad = 30.0, 40.0
    optimizer.step()
    assert [p.data, q.data] == pytest.approx([-3.0, -4.0])


EXTREMES = [0.0, -0.0, 5e-324, -2.3e-308, 1e-160, 3e-5, 1.0, -7.0, 1e144, -1e145, 9e153, 1.7e308]
"""Gradients from below the smallest normal number to almost the largest."""

RULES = {
    "SGD": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov, pulled": ("SGD", {"momentum": 0.85, "nesterov": True, "weight_decay": 0.03}),
    "Adam": ("Adam", {}),
    "Adam, pulled": ("Adam", {"betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.1}),
    "Adam without memory": ("Adam", {"betas": (0.0, 0.0), "eps": 0.0}),
    "AdamW": ("AdamW", {"weight_decay": 0.2}),
}
CLIPPED = {"": {}, "norm": {"clip_norm": 0.7}, "value": {"clip_value": 0.3}, "both": {"clip_norm": 2.0, "clip_value": 1e140}}


def path_of(make, gradients, start):
    """Parameters and memories after each step, and what a step was refused with, as bits; all nan are one."""
    optimizer, theta = make(), start.copy()
    for gradient in gradients:
        said = b""
        with np.errstate(all="ignore"):
            try:
                optimizer.update(theta, gradient.copy())
            except FloatingPointError as error:
                said = str(error).encode()
        for array in (theta, *optimizer.memory.values()):
            said += np.where(np.isnan(array), np.nan, array).tobytes()
        yield said


@pytest.mark.compiled
@pytest.mark.parametrize("clipping", CLIPPED)
@pytest.mark.parametrize("name", RULES)
def test_compiled_rules_keep_the_bits_of_the_rules_in_python(name, clipping, monkeypatch):
    kind, options = RULES[name]
    random = np.random.RandomState(len(name))
    for n, steps in ((1, 9), (7, 40), (8, 9), (255, 9), (256, 9), (261, 400), (1030, 5)):
        parameters = [Value(0.0) for _ in range(n)]
        rates = nn.warmup(5, nn.linear_decay(0.1, steps))

        def make():
            return getattr(nn, kind)(parameters, rates, **options, **CLIPPED[clipping])  # noqa: B023  (used at once)

        gradients = random.standard_normal((steps, n)) * 10.0 ** random.randint(-3, 3, (steps, 1))
        gradients[3:7] = random.choice(EXTREMES, gradients[3:7].shape)
        gradients[steps // 2, 0] = (math.inf, math.nan)[n % 2]
        start = random.standard_normal(n)
        found = list(path_of(make, gradients, start))
        assert make().compiled() is not None
        with monkeypatch.context() as python:
            python.setattr("nn.optim.Update", None)
            assert make().compiled() is None
            assert found == list(path_of(make, gradients, start))


def test_a_rule_of_ones_own_is_not_the_compiled_one():
    class Slow(nn.Adam):
        def rule(self, theta, gradient, lr):
            super().rule(theta, gradient, lr / 2)

    class Unclipped(nn.SGD):
        def clip(self, gradient, limit):
            pass

    p, q = Value(1.0), Value(1.0)
    p.grad = q.grad = 8.0
    Slow([p], lr=0.5).step()
    Unclipped([q], lr=0.5, clip_norm=1.0).step()
    assert [round(p.data, 6), q.data] == [0.75, -3.0]


def test_numbers_that_change_between_steps_hold_from_the_next_step():
    p = Value(1.0)
    optimizer = nn.SGD([p], lr=1.0, momentum=0.5)
    for name, number in (("lr", 0.5), ("momentum", 0.0), ("weight_decay", 1.0), ("clip_value", 0.25)):
        p.grad = 1.0
        optimizer.step()
        setattr(optimizer, name, number)
    p.grad = 1.0
    optimizer.step()
    # 1 - 1; then velocity 1.5, half of it; without momentum 0.5 * 1; with the pull 0.5 * (1 - 1.25); clipped 0.5 * (0.25 - 1.125)
    assert p.data == -0.6875
    assert optimizer.memory["velocity"].tolist() == [1.5]  # as the last step with momentum left it


def test_a_step_asks_python_where_an_array_cannot_be_walked():
    p = [Value(0.0) for _ in range(3)]
    theta = np.zeros(6)[::2]
    nn.SGD(p, lr=0.5).update(theta, np.ones(3, dtype=np.float32))
    assert theta.tolist() == [-0.5] * 3


def test_a_step_inside_a_recording_is_refused():
    def f(x):
        optimizer.step()
        return x * p

    p = Value(1.0)
    optimizer = nn.SGD([p], lr=0.5)
    with pytest.raises(TypeError, match="closes over"):
        record(f, 1.0)
    assert p.data == 1.0

    def g(x):
        inner.append(nn.SGD([x], lr=0.5))
        inner[0].step()

    inner: list[nn.SGD] = []
    with pytest.raises(TypeError, match=r"\.data"):
        record(g, 1.0)
    assert inner[0].steps == 0


def test_a_number_that_was_computed_is_not_moved():
    p = Value(1.0)
    optimizer = nn.SGD([p], lr=0.5)
    optimizer.parameters[0] = p * 2
    optimizer.parameters[0].grad = 1.0
    with pytest.raises(AttributeError, match="is computed; assign to its leaves"):
        optimizer.step()


def test_the_arrays_of_leaves_are_left_alone_if_they_do_not_fit():
    """What stands behind `step` takes anything, and says by False that it did nothing."""
    leaves, data, grad = [Value(1.0), Value(2.0)], np.zeros(2), np.zeros(2)
    wrong = [np.zeros(3), np.zeros(2, dtype=np.float32), np.zeros(2, dtype=np.int64), np.zeros(4)[::2], bytes(16), None]
    for numbers in wrong:
        assert not numbers_into(leaves, numbers, grad)
        assert not numbers_into(leaves, data, numbers)
        assert not numbers_from(leaves, numbers)
    for others in ((leaves[0],), [1.0, 2.0], [leaves[0], leaves[0] * 2], 3):
        assert not numbers_into(others, data, grad)
        assert not numbers_from(others, data)
        assert not only_leaves(others)
    assert not no_gradients([leaves[0], 2.0])
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    assert not numbers_into(leaves, frozen, grad)
    assert [v.data for v in leaves] == [1.0, 2.0]
    assert not data.any()
