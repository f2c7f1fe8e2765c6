"""Optimisers step for step, schedules and clipping against PyTorch's numbers (made by make_torch_numbers.py)."""

from __future__ import annotations

import copy
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import Value

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
    ("options", "gradient", "start", "name"),
    [
        ({"lr": 0.1}, math.nan, 1.0, "nan"),
        ({"lr": 10.0}, 1e308, 1.0, "-inf"),
        ({"lr": 1.0, "momentum": 0.9, "nesterov": True}, -1.5e308, 1.0, "inf"),
        ({"lr": 0.1, "weight_decay": 10.0}, 0.0, 1e308, "-inf"),
    ],
)
def test_a_step_to_what_is_no_finite_number_is_refused_by_name(options, gradient, start, name):
    p = [Value(2.0), Value(start, label="b")]
    p[1].grad = gradient
    with pytest.raises(
        FloatingPointError, match=rf"^SGD, step 0: b would become {name}, by a gradient of {gradient!r}".replace("+", r"\+")
    ):
        nn.SGD(p, **options).step()
    assert [v.data for v in p] == [2.0, start]


def test_a_velocity_that_overflows_is_refused_by_name():
    p = [Value(0.0)]
    optimizer = nn.SGD(p, 1e-300, momentum=0.9)
    p[0].grad = 1.5e308
    optimizer.step()
    with pytest.raises(FloatingPointError, match=r"^SGD, step 1: parameter 0 would become -inf"):
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
