"""Arrays of Values that a function is given: what NumPy has no loop of objects for, and what it would do by comparing."""

from __future__ import annotations

import copy
import math
import pickle

import mpmath
import numpy as np
import pytest

from autograd import Value, grad, jacobian, record, value_and_grad
from autograd.object_arrays import Values

X = np.array([-0.75, 0.0, 0.5])
TWO = {
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "hypot": mpmath.hypot,
    "arctan2": mpmath.atan2,
    "float_power": mpmath.power,
}


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("left", [True, False])
def test_functions_of_an_array_and_a_number(name, left):
    f, exact = getattr(np, name), TWO[name]
    x = np.array([0.75, 2.0, 3.5])
    at = (lambda x: f(x, 1.25)) if left else (lambda x: f(1.25, x))
    exactly = (lambda x: exact(x, 1.25)) if left else (lambda x: exact(1.25, x))
    value, slopes = value_and_grad(lambda x: np.sum(at(x)))(x)
    assert value == pytest.approx(float(np.sum(at(x))), rel=1e-15)
    assert slopes.tolist() == pytest.approx([float(mpmath.diff(exactly, each)) for each in x], rel=1e-13)
    program = record(at, x)
    assert program(x + 1) == pytest.approx(at(x + 1), rel=1e-15)


def test_steps():
    value, (by_x, by_h) = value_and_grad(lambda x, h: np.sum(np.heaviside(x, h)))(X, 0.25)
    assert (value, by_x.tolist(), by_h) == (1.25, [0.0, 0.0, 0.0], 1.0)
    program = record(lambda x: np.heaviside(x, 0.25), np.ones(3))
    assert program(X).tolist() == np.heaviside(X, 0.25).tolist() == [0.0, 0.25, 1.0]
    signs = grad(lambda x: np.sum(np.copysign(x, [1.0, 1.0, -1.0])))(X)
    assert signs.tolist() == [-1.0, 0.0, -1.0]


def test_the_larger_of_two_splits_a_tie_and_can_be_recorded():
    assert grad(lambda x: np.sum(np.maximum(x, 0.0)))(X).tolist() == [0.0, 0.5, 1.0]
    assert grad(lambda x: np.sum(np.minimum(0.0, x)))(X).tolist() == [1.0, 0.5, 0.0]
    assert grad(lambda x: x.max())(np.array([1.0, 3.0, 3.0])).tolist() == [0.0, 0.5, 0.5]
    assert jacobian(lambda x: x.min(axis=1))(np.array([[1.0, 2.0], [5.0, 4.0]]))[1].tolist() == [[0.0, 0.0], [0.0, 1.0]]
    clipped = (lambda x: np.maximum(x, 0.0), lambda x: np.clip(x, -0.5, 0.25), lambda x: x.clip(0.0))
    for f in (*clipped, lambda x: x.max(keepdims=True)):
        program = record(f, np.array([1.0, 2.0, 3.0]))
        assert program(X).tolist() == f(X).tolist()


def test_predicates_are_arrays_of_bool_of_the_numbers():
    def guarded(x):
        for name in ("isfinite", "isinf", "isnan"):
            found = getattr(np, name)(np.append(x, [math.inf, math.nan]))
            assert found.dtype == bool
            assert found.tolist() == getattr(np, name)(np.append(X, [math.inf, math.nan])).tolist()
        assert np.all(np.isfinite(x))
        return np.sum(x)

    assert grad(guarded)(X).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(TypeError, match=r"in a recorded function"):
        record(np.isfinite, X)


def test_all_else_is_as_in_any_array():
    def f(x):
        assert isinstance(x, np.ndarray)
        assert x.dtype == object
        assert (x > 0).dtype == bool
        assert {*map(type, (x[1:], x * np.ones(3), np.sin(x), np.concatenate([x, x])))} == {Values}
        assert {*map(type, (x[0], np.sum(x), x @ x, np.linalg.norm(x + 1)))} == {Value}
        y = x + 0.0
        before = y
        y += 1
        assert y is before
        y *= x
        np.add(y, 1.0, out=y)
        return np.sum(np.add.accumulate(y)) + np.multiply.outer(x, x).sum()

    slopes = (2 * X + 1) * [3, 2, 1] + 2 * X.sum()
    assert grad(f)(X).tolist() == pytest.approx(slopes.tolist(), abs=1e-15)


def test_an_entry_that_changes_while_they_are_gone_through_is_met_as_it_is_then():
    def running(x):
        for i, each in enumerate(x[:-1]):
            x[i + 1] += each
        return x[-1] * 2.0

    assert grad(running)(X).tolist() == [2.0, 2.0, 2.0]
    assert record(running, X).grad(X).tolist() == [2.0, 2.0, 2.0]


def test_rows_are_gone_through_as_in_any_array():
    met = []

    def f(x):
        met.append([*map(type, x), *map(type, x[0]), *map(type, x[:, 1]), len(list(x[:0])), len(list(x[:, :0][0]))])
        with pytest.raises(TypeError, match="0-d"):
            iter(x[0, 0:1].reshape(()))
        return sum(y for row in x for y in row) + sum(x[::-1, 1])

    assert grad(f)(np.ones((2, 3))).tolist() == [[1.0, 2.0, 1.0]] * 2
    assert met == [[Values, Values, *[Value] * 5, 0, 0]]
    whole = np.arange(3.0).view(Values)
    assert [*whole] == [0.0, 1.0, 2.0]
    assert {type(x) for x in whole} == {np.float64}


def test_copies_and_pickles():
    x = grad(lambda x: np.sum(x**2))(np.array([Value(3.0), Value(4.0)]))
    for again in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(again) is Values
        assert [v.data for v in again] == [6.0, 8.0]
