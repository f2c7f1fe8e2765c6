"""Losses: their values, their gradients at the logits, and their numbers at the ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, check_gradients

LOGITS = st.lists(st.floats(-20, 20), min_size=2, max_size=6)


def gradient(loss, z, t):
    values = [Value(x) for x in z]
    y = loss(values, t)
    y.backward()
    return y.data, [v.grad for v in values]


def softmax(z):
    powers = np.exp(np.array(z) - max(z))
    return powers / powers.sum()


@given(LOGITS, st.data())
def test_cross_entropy_with_a_class(z, data):
    k = data.draw(st.integers(0, len(z) - 1))
    y, found = gradient(nn.cross_entropy, z, k)
    h = softmax(z)
    assert y == pytest.approx(-math.log(h[k]), rel=1e-12, abs=1e-13)
    assert found == pytest.approx((h - np.eye(len(z))[k]).tolist(), rel=1e-12, abs=1e-14)
    assert gradient(nn.cross_entropy, z, np.eye(len(z))[k]) == (y, found)


@given(LOGITS)
def test_cross_entropy_with_probabilities(z):
    t = softmax(np.linspace(0, 1, len(z)))
    y, found = gradient(nn.cross_entropy, z, t.tolist())
    h = softmax(z)
    assert y == pytest.approx(-(t * np.log(h)).sum(), rel=1e-12)
    assert found == pytest.approx((h - t).tolist(), rel=1e-12, abs=1e-14)


def test_large_logits_do_not_overflow():
    assert gradient(nn.cross_entropy, [1000.0, 0.0, -1000.0], 0) == (0.0, [0.0, 0.0, 0.0])
    assert gradient(nn.cross_entropy, [1000.0, 0.0, -1000.0], 2) == (2000.0, [1.0, 0.0, -1.0])
    assert gradient(nn.binary_cross_entropy, [1000.0], 0) == (1000.0, [1.0])
    assert gradient(nn.binary_cross_entropy, [1000.0], 1) == (0.0, [0.0])
    assert gradient(nn.binary_cross_entropy, [-1000.0], 1) == (1000.0, [-1.0])


@given(st.floats(-30, 30), st.sampled_from([0.0, 0.25, 1.0]))
def test_binary_cross_entropy(z, t):
    y, (found,) = gradient(nn.binary_cross_entropy, [z], t)
    h = 1 / (1 + math.exp(-z))
    other = 1 / (1 + math.exp(z))
    assert y == pytest.approx(-t * math.log(h) - (1 - t) * math.log(other), rel=1e-13)
    assert found == pytest.approx(h - t if t != 1 else -other, rel=1e-12, abs=1e-16 if 0 < t < 1 else 0)


def test_squared_error_and_hinge():
    assert gradient(nn.squared_error, [3.0, 1.0], [1.0, 2.0]) == (2.5, [2.0, -1.0])
    assert nn.squared_error(Value(3.0), 1).data == 2.0
    assert gradient(nn.hinge, [0.25], -1) == (1.25, [1.0])
    assert gradient(nn.hinge, [2.0], 1) == (0.0, [0.0])
    assert gradient(nn.hinge, [0.5, -3.0], [1, -1]) == (0.5, [-1.0, 0.0])
    assert nn.squared_error(3.0, 1.0) == 2.0
    assert gradient(nn.cross_entropy, [1.0, 1.0], [[0.25, 0.75]]) == gradient(nn.cross_entropy, [1.0, 1.0], [0.25, 0.75])


def test_penalties():
    ws = [Value(2.0), Value(-3.0), Value(0.0)]
    (nn.l1(0.5)(ws) + nn.l2(0.1)(ws)).backward()
    assert [w.grad for w in ws] == pytest.approx([0.9, -1.1, 0.0], rel=1e-15)


@pytest.mark.parametrize("loss", [nn.squared_error, nn.cross_entropy, nn.binary_cross_entropy, nn.hinge])
def test_gradients(loss):
    target = [1, -1] if loss is nn.hinge else [0.25, 0.75]
    check_gradients(lambda z: loss(z, target), [0.3, -0.4], order=1 if loss is nn.hinge else 2)


def test_refused():
    with pytest.raises(ValueError, match="squared_error: there are 2 outputs and 1 targets"):
        nn.squared_error([Value(1.0), Value(2.0)], 1.0)
    with pytest.raises(ValueError, match=r"a class from 0 to 1, .* not 2"):
        nn.cross_entropy([Value(1.0), Value(2.0)], 2)
    with pytest.raises(ValueError, match=r"add up to 0\.9"):
        nn.cross_entropy([Value(1.0), Value(2.0)], [0.4, 0.5])
    with pytest.raises(ValueError, match="binary_cross_entropy"):
        nn.cross_entropy([Value(1.0)], 0)
    for t in (0.5, True, math.nan, math.inf, "one", None):
        with pytest.raises(ValueError, match="the target is a class from 0 to 1"):
            nn.cross_entropy([Value(1.0), Value(2.0)], t)
    for penalty, strength in ((nn.l1, -1.0), (nn.l2, math.nan)):
        with pytest.raises(ValueError, match=f"{penalty.__name__}: the strength is 0 or more, not {strength}"):
            penalty(strength)
    with pytest.raises(ValueError, match=r"cross_entropy: its targets are probabilities, not -0\.5"):
        nn.cross_entropy([Value(1.0), Value(2.0)], [1.5, -0.5])
    for t in (0, 2, 0.5, math.nan):  # the label 0 would teach nothing
        with pytest.raises(ValueError, match="hinge: its targets are 1 or -1"):
            nn.hinge(Value(1.0), t)
    for t in (-1, 1.5, math.nan):
        with pytest.raises(ValueError, match="binary_cross_entropy: its targets are from 0 to 1"):
            nn.binary_cross_entropy([Value(1.0), Value(1.0)], [1, t])
