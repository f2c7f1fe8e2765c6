"""Programs prepared on arrays that change in place: at one point, for values, gradients, Jacobians and Hessians, and on rows."""

import contextlib
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import numpy as np
import pytest

import autograd
from autograd import dot, exp, log, record, scan, sin, sqrt, tanh, where

WHAT = ("value", "value_and_grad", "jacobian", "hessian")


def bits(x):
    """All numbers of a result to the last bit, in order, whatever holds them."""
    if isinstance(x, (list, tuple)):
        return [b for part in x for b in bits(part)]
    if isinstance(x, dict):
        return bits(list(x.values()))
    return [b.hex() for b in np.asarray(x, float).ravel().tolist()]


def neuron(x, w, b):
    return tanh(dot(w, x) + b) * exp(x[0] / 7) + sin(b) ** 2


@pytest.fixture
def point():
    random = np.random.default_rng(3)
    return random.normal(size=3), random.normal(size=3), np.array(0.3)


@pytest.mark.parametrize("by", [None, "w", "b", 0, ["b", "x"], [1]])
def test_at_one_point_each_call_has_the_bits_of_the_method(point, by):
    program = record(neuron, [0.0] * 3, [0.0] * 3, 0.0)
    calls = {what: program.prepared(*point, what=what, by=by) for what in WHAT}
    results: dict[str, object] = {}
    for shift in (0.0, 1.5, -0.25):
        for x in point:
            x += shift  # noqa: PLW2901  (in place)
        plain = [x.tolist() for x in point]
        assert bits(calls["value"]()) == bits(program(*plain))
        assert bits(calls["value_and_grad"]()) == bits(program.value_and_grad(*plain, by=by))
        assert bits(calls["jacobian"]()) == bits(program.jacobian(*plain, by=by))
        assert bits(calls["hessian"]()) == bits(program.hessian(*point, by=by))
        for what in ("jacobian", "hessian"):  # the same arrays each time
            assert results.setdefault(what, calls[what]()) is calls[what]()
    assert calls["value_and_grad"]()[1] is calls["value_and_grad"]()[1]
    assert type(calls["value"]()) is float


def test_numbers_that_a_prepared_point_has():
    program = record(lambda x, y: x**2 * y, 1.0, 1.0)
    x, y = np.array(3.0), np.array(5.0)
    assert program.prepared(x, y)() == (45.0, (30.0, 9.0))
    assert program.prepared(x, y, what="hessian")() == ((10.0, 6.0), (6.0, 0.0))
    assert program.prepared(x, y, what="hessian", by="x")() == 10.0
    both = np.array([3.0, 5.0])  # one flat array for all arguments, as optimisers have it
    flat = program.prepared(both)
    assert flat()[0] == 45.0
    assert flat()[1].tolist() == [30.0, 9.0]
    assert program.prepared(both, what="hessian")().tolist() == [[10.0, 6.0], [6.0, 0.0]]
    assert program.prepared(both, what="jacobian")().tolist() == [30.0, 9.0] == program.jacobian(both).tolist()
    both[:] = 1.0
    assert flat()[1].tolist() == [2.0, 1.0]


def test_several_outputs_with_a_weight_for_each():
    program = record(lambda x: [x[0] * x[1], sin(x[1]), x[2] / x[0]], [1.0] * 3)
    x, weights = np.array([2.0, 3.0, 8.0]), np.array([1.0, 0.0, 10.0])
    assert program.prepared(x, what="value")().tolist() == [6.0, math.sin(3.0), 4.0]
    values, derivatives = program.prepared(x, what="value_and_jacobian")()
    assert (values.tolist(), derivatives.tolist()) == ([6.0, math.sin(3.0), 4.0], program.prepared(x, what="jacobian")().tolist())
    assert derivatives.tolist() == [[3.0, 2.0, 0.0], [0.0, math.cos(3.0), 0.0], [-2.0, 0.0, 0.5]]
    pull = program.prepared(x, weights=weights)
    values, gradient = pull()
    assert (values.tolist(), gradient.tolist()) == ([6.0, math.sin(3.0), 4.0], [-17.0, 2.0, 5.0])
    weights[:] = [0.0, 1.0, 0.0]
    assert pull()[1] is gradient
    assert gradient.tolist() == [0.0, math.cos(3.0), 0.0]


def test_weights_at_one_point_without_preparing():
    program = record(lambda x, y: {"a": x * y, "b": [x / y, y]}, 1.0, 1.0)
    values, gradient = program.value_and_grad(6.0, 2.0, weights={"a": 1.0, "b": [4.0, 100.0]})
    assert (values, gradient) == ({"a": 12.0, "b": [3.0, 2.0]}, (4.0, 100.0))
    assert program.value_and_grad(6.0, 2.0, weights={"a": 1.0, "b": [0.0, 0.0]}, by="y")[1] == 6.0
    assert record(lambda x: x**2, 1.0).value_and_grad(3.0, weights=10.0) == (9.0, 60.0)
    with pytest.raises(ValueError, match=r"weights have shape \(2,\); the outputs need {'a'"):
        program.value_and_grad(6.0, 2.0, weights=[1.0, 2.0])


def test_weights_of_several_outputs_on_rows():
    program = record(lambda x, w: [tanh(dot(w, x)), x[0] * x[1] + w[0], sin(x[0])], [0.0] * 2, [0.0] * 2)
    random = np.random.default_rng(7)
    w = random.normal(size=2)
    for rows in (1, 2, 9, 70, 2100):
        x, weights = random.normal(size=(rows, 2)), random.normal(size=(rows, 3))
        by_x, by_w = program.batch_jacobian(x, w)
        values, (own, shared) = program.batch_value_and_grad(x, w, weights=weights)
        assert bits(values) == bits(program.batch(x, w))
        np.testing.assert_allclose(own, np.einsum("rk,rki->ri", weights, by_x), rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(shared, np.einsum("rk,rki->i", weights, by_w), rtol=1e-11, atol=1e-12)
        assert bits(program.prepared(x, w, weights=weights)()) == bits((values, (own, shared)))
        with ThreadPoolExecutor(2) as threads:
            assert bits(program.batch_value_and_grad(x, w, weights=weights, executor=threads)) == bits((values, (own, shared)))
        point = program.prepared(x[0].copy(), w, weights=weights[0].copy())
        assert point()[1][0].tolist() == pytest.approx(own[0].tolist(), rel=1e-14, abs=1e-15)
    with pytest.raises(ValueError, match=r"there are 4 rows, so they need \(4, 3\)"):
        program.batch_value_and_grad(np.zeros((4, 2)), w, weights=np.zeros(4))
    with pytest.raises(TypeError, match="use batch_jacobian"):
        program.batch_value_and_grad(np.zeros((4, 2)), w)


def test_weights_of_several_outputs_of_a_loop_on_rows():
    step = lambda state, x: (tanh(state * 0.5 + x), state * x)

    def outputs(xs, w):
        last, each = scan(step, w, xs)
        return [last, *each, last * w, w]

    program = record(outputs, [0.5] * 3, 0.5)
    random = np.random.default_rng(7)
    x, w, weights = random.normal(size=(20, 3)), np.array(0.75), random.normal(size=(20, 6))
    by_x, by_w = program.batch_jacobian(x, w)
    values, (own, shared) = program.batch_value_and_grad(x, w, weights=weights)
    assert bits(values) == bits(program.batch(x, w))
    np.testing.assert_allclose(own, np.einsum("rk,rki->ri", weights, by_x), rtol=1e-13, atol=1e-14)
    assert float(shared) == pytest.approx(float(np.einsum("rk,rk->", weights, by_w)), rel=1e-12)


def test_directions_of_some_arguments():
    program = record(lambda x, y, z: x**2 * y[0] + sin(z) * y[1], 1.0, [1.0, 1.0], 1.0)
    point = 3.0, [5.0, 7.0], 0.0
    assert program.jvp(point, 1.0, by="x") == program.jvp(point, (1.0, [0.0, 0.0], 0.0)) == (45.0, 30.0)
    assert program.jvp(point, ([1.0, 1.0], 10.0), by=["y", "z"]) == (45.0, 79.0)
    assert program.hvp(point, 1.0, by="x") == 10.0
    assert program.hvp(point, ([1.0, 0.0], 1.0), by=[1, "x"]) == ([6.0, 0.0], 16.0)
    assert program.hvp(point, (1.0, [1.0, 0.0], 0.0)) == (16.0, [6.0, 0.0], 0.0)
    with pytest.raises(ValueError, match=r"the direction of argument y is \(3,\), not \(2,\)"):
        program.jvp(point, [1.0] * 3, by="y")
    with pytest.raises(ValueError, match=r"a direction of 1 arguments was given where by=\['x', 'z'\] chooses 2"):
        program.jvp(point, [1.0], by=["x", "z"])


def test_results_of_one_point_stand_in_the_structure_of_the_outputs():
    program = record(lambda w: {"a": w[0][0] * w[1][1], "b": [[w[0][1], w[1][0] ** 2]]}, [[1.0, 2.0], [3.0, 4.0]])
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    value = program.prepared(w, what="value")()
    assert (float(value["a"]), value["b"].tolist()) == (4.0, [[2.0, 9.0]])
    derivatives = program.prepared(w, what="jacobian")()
    assert derivatives["a"].tolist() == [[4.0, 0.0], [0.0, 1.0]]
    assert derivatives["b"].tolist() == [[[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [6.0, 0.0]]]]


def test_many_sweeps_share_a_table():
    program = record(lambda x: [sin(b) * a for a, b in pairwise(x)], [0.0] * 40)
    x = np.linspace(0.5, 3.0, 40)
    call = program.prepared(x, what="jacobian")
    for _ in range(2):
        assert bits(call()) == bits(program.jacobian(x.tolist()))
        x *= -0.75
    wide = record(lambda x, w: [tanh(dot(row, x)) for row in w], [0.0] * 5, [[0.0] * 5] * 20)
    x, w = np.linspace(-1.0, 1.0, 5), np.random.default_rng(1).normal(size=(20, 5))
    assert bits(wide.prepared(x, w, what="jacobian", by="x")()) == bits(wide.jacobian(x, w, by="x"))


def test_a_prepared_point_raises_what_the_function_raises():
    program = record(lambda x: where(x > 0, log(x), sqrt(x + 4)), 1.0)
    x = np.array(-1.0)
    calls = [program.prepared(x, what=what) for what in WHAT]
    for call in calls:
        call()  # log(-1) stands on the side that is not taken
    x[...] = -5.0
    for call in [*calls, program.gradient_program.prepared(x), program.gradient_program.prepared(x, what="jacobian")]:
        with pytest.raises(ValueError, match=r"sqrt\(-1"):
            call()
    x[...] = -4.0  # an infinite partial is none of its errors
    assert calls[1]() == (0.0, math.inf)
    assert calls[2]() == program.jacobian(-4.0) == math.inf
    assert bits(calls[3]()) == bits(program.hessian(-4.0))


def test_what_is_not_finite_is_what_the_methods_find():
    program = record(lambda x: x[0] * sqrt(x[0]) + x[1], [1.0, 1.0])
    x = np.zeros(2)
    for what, expected in (("jacobian", program.jacobian(x)), ("hessian", program.hessian(x))):
        assert bits(program.prepared(x, what=what)()) == bits(expected)
    assert program.prepared(x)()[1].tolist() == [0.0, 1.0]


def test_what_cannot_be_prepared_is_refused_by_name():
    program = record(neuron, [0.0] * 3, [0.0] * 3, 0.0)
    many = record(lambda x: [x[0], x[1]], [0.0] * 2)
    x, w, b = np.zeros(3), np.zeros(3), np.array(0.0)
    for wrong in (0.0, np.float64(0.0), np.array(0.0, "f4"), np.array(0), [0.0], np.zeros(6)[::2]):
        with pytest.raises(TypeError, match="contiguous, aligned NumPy arrays of float64, not"):
            program.prepared(x, w, wrong)
    with pytest.raises(TypeError, match=r"contiguous, aligned NumPy arrays of float64, not \[1.0"):
        program.prepared(x, w, b, weights=[1.0])
    with pytest.raises(
        ValueError, match="what='grad' is none of 'value', 'value_and_grad', 'jacobian', 'value_and_jacobian', 'hessian'"
    ):
        program.prepared(x, w, b, what="grad")
    with pytest.raises(ValueError, match="no argument has rows, so there are none for executor=, check= or rows="):
        program.prepared(x, w, b, rows=1)
    with pytest.raises(ValueError, match=r"argument w is \(4,\)"):
        program.prepared(x, np.zeros(4), b)
    with pytest.raises(ValueError, match="by: there is no argument 'z'"):
        program.prepared(x, w, b, by="z")
    with pytest.raises(TypeError, match="was recorded with 3 arguments; 2 given"):
        program.prepared(x, w)
    with pytest.raises(
        TypeError, match=r"value_and_grad: the program has outputs \(2,\), not one number; use value_and_jacobian"
    ):
        many.prepared(np.zeros(2))
    with pytest.raises(TypeError, match="hessian: the program has outputs"):
        many.prepared(np.zeros(2), what="hessian")
    with pytest.raises(ValueError, match=r"weights have shape \(3,\); the outputs need \(2,\), a number for each"):
        many.prepared(np.zeros(2), weights=np.zeros(3))
    with pytest.raises(ValueError, match="a hessian is of one point"):
        program.prepared(np.zeros((2, 3)), w, b, what="hessian")


@pytest.mark.parametrize("what", ["value", "value_and_grad", "jacobian", "value_and_jacobian"])
def test_rows_are_prepared_for_each_kind_of_result(what):
    program = record(neuron, [0.0] * 3, [0.0] * 3, 0.0)
    random = np.random.default_rng(5)
    x, w, b = random.normal(size=(70, 3)), random.normal(size=3), np.array(0.5)
    both = lambda *args, by, executor=None: (program.batch(*args), program.batch_jacobian(*args, by=by, executor=executor))
    methods = (program.batch, program.batch_value_and_grad, program.batch_jacobian, both)
    method = dict(zip(("value", "value_and_grad", "jacobian", "value_and_jacobian"), methods, strict=True))[what]
    by = {} if what == "value" else {"by": ["w", "x"]}
    whole, some = program.prepared(x, w, b, what=what, **by), program.prepared(x, w, b, what=what, rows=9, **by)
    with ThreadPoolExecutor(2) as threads:
        shared = program.prepared(x, w, b, what=what, executor=threads, **by)
        for _ in range(2):
            expected = method(x, w, b, **by)
            assert bits(whole()) == bits(expected)
            assert bits(shared()) == bits(method(x, w, b, executor=threads, **by))
            assert bits(some(61)) == bits(method(x[61:70].copy(), w, b, **by))
            w *= -1.25
            x += 0.25
    results = whole()
    assert results is whole()
    with pytest.raises(IndexError, match="there are 70 rows, not 9 from row 62 on"):
        some(62)


def test_a_call_while_another_one_runs_is_refused(request):
    calls: list[Callable[[], object]] = []
    seen = []

    def value(x):
        with contextlib.suppress(IndexError):
            call = calls.pop()
            with pytest.raises(RuntimeError, match="prepare one for each thread"):
                call()
            seen.append(call)
        return x + 1.0

    request.addfinalizer(lambda: autograd.registry.remove("again"))
    again = autograd.op("again", value, lambda x, y: 1.0)
    program = record(lambda x: again(x) * x, 1.0)
    for what in WHAT[:3]:
        for x in (np.array(2.0), np.array([2.0, 3.0])):
            call = program.prepared(x, what=what)
            calls.append(call)
            call()
            call()  # and it can be called again
    assert len(seen) == 6


def test_each_thread_with_its_own_prepares_the_same_numbers():
    program = record(neuron, [0.0] * 3, [0.0] * 3, 0.0)
    start = Barrier(4)

    def work(k):
        x, w, b = np.full(3, k / 4), np.linspace(-1, 1, 3), np.array(0.25)
        call = program.prepared(x, w, b)
        start.wait()
        found = [bits(call()) for _ in range(200)]
        return found == [bits(program.value_and_grad(x, w, b))] * 200

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(4)))
