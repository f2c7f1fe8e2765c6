"""Derivatives of functions and of Values, first and higher: structures, closures, order, unused inputs."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import sys
import threading
from collections import namedtuple
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    cos,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    where,
)

# gradients.


def test_gradients_touch_no_grad():
    x = Value(3.0)
    h = x * x
    y = h * x
    y.backward()
    before = x.grad, h.grad, y.grad
    assert gradients(y, [x, h, y, x]) == [27.0, 3.0, 1.0, 27.0]
    assert (x.grad, h.grad, y.grad) == before


def test_gradients_of_what_is_not_reached_are_zero():
    x, other = Value(3.0), Value(4.0)
    y = x * 2
    assert gradients(y, [other, x]) == [0.0, 2.0]
    unreached, reached = gradients(y, [other, x], graph=True)
    assert type(unreached) is Value
    assert (unreached.data, reached.data) == (0.0, 2.0)


def test_gradients_of_a_newer_node_are_zero():
    x = Value(3.0)
    y = x * 2
    newer = y * 5
    newer.grad = 7.0
    assert gradients(y, [newer]) == [0.0]
    assert newer.grad == 7.0


def test_gradients_want_values():
    with pytest.raises(TypeError, match="plain number"):
        gradients(Value(1.0), [2.0])
    with pytest.raises(TypeError, match="plain number"):
        gradients(2.0, [Value(1.0)])


def test_graph_gradients_can_be_differentiated_again():
    x = Value(2.0)
    y = x**4
    (first,) = gradients(y, [x], graph=True)
    (second,) = gradients(first, [x], graph=True)
    (third,) = gradients(second, [x], graph=True)
    assert [v.data for v in (first, second, third)] == [32.0, 48.0, 48.0]
    assert gradients(third, [x]) == [24.0]


def test_a_leaf_changed_since_is_found_and_named():
    x, w = Value(3.0, label="x"), Value(2.0, label="weight")
    y = x * w
    w.data = 5.0
    with pytest.raises(ValueError, match="weight"):
        gradients(y, [x], graph=True)
    assert gradients(y, [x]) == [2.0]


def test_zero_passes_nothing_on_in_the_graph_of_a_gradient():
    x = Value(0.0)
    y = sqrt(x) * Value(0.0)
    (d,) = gradients(y, [x], graph=True)
    assert d.data == gradients(y, [x])[0] == 0.0  # 0 times infinity
    (c,) = gradients(sqrt(x) * 0.0, [x], graph=True)
    assert c.data == 0.0
    (e,) = gradients(x.step() * sqrt(x), [x], graph=True)
    assert e.data == math.inf


def test_the_graph_of_a_gradient_lives_in_ieee_arithmetic():
    x = Value(0.0)
    (d,) = gradients(sqrt(x), [x], graph=True)
    assert d.data == math.inf
    with pytest.raises(ZeroDivisionError):
        1 / x  # and is left again


# Functions.


def test_structures():
    f = lambda x, w, b: w[0][0] * x + w[0][1] * x**2 + w[1] * b
    assert grad(f)(2.0, ([1.0, 3.0], 5.0), 7.0) == (13.0, ([2.0, 4.0], 7.0), 5.0)
    assert grad(lambda v: v[0] * v[1])([2, 3]) == [3.0, 2.0]
    assert grad(lambda v: v[0] * v[1])((2, 3)) == (3.0, 2.0)
    assert value_and_grad(lambda x: x * x)(3) == (9.0, 6.0)


def test_unused_inputs_have_gradient_zero():
    assert grad(lambda x, y: x * 2)(1.0, 5.0) == (2.0, 0.0)
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert jacobian(lambda x: [x, 1.0])(2.0) == [1.0, 0.0]
    assert hessian(lambda x, y: x * 3)(1.0, 2.0) == ((0.0, 0.0), (0.0, 0.0))


def test_floats_in_floats_out_values_in_values_out():
    assert type(grad(sin)(1.0)) is float
    x = Value(1.0)
    derivative = grad(sin)(x)
    assert type(derivative) is Value
    derivative.backward()
    assert x.grad == -math.sin(1.0)


def test_a_closed_over_value_gives_values():
    w = Value(3.0)
    derivative = grad(lambda x: w * x * x)(2.0)
    assert type(derivative) is Value
    assert derivative.data == 12.0
    derivative.backward()
    assert w.grad == 4.0
    assert type(grad(lambda x: Value(3.0) * x)(2.0)) is float


def test_perturbations_are_not_confused():
    # d/dx (x * d/dy (x + y)) = 1; a single tag for both would give 2
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(2.0) == 1.0
    # the inner derivative is taken at the outer variable itself
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0
    assert grad(lambda x: grad(lambda y: x * y * y)(2.0))(3.0) == 4.0


def test_nested_derivatives():
    f = sin
    expected = [math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin]
    for want in expected:
        f = grad(f)
        assert f(0.7) == pytest.approx(want(0.7), rel=1e-15)


def test_mixed_partials_to_order_four():
    f = lambda x, y: exp(x * y)
    fxxyy = grad(lambda x, y: grad(lambda x, y: grad(lambda x, y: grad(f)(x, y)[0])(x, y)[0])(x, y)[1])(1.0, 0.5)[1]
    x, y = 1.0, 0.5
    # d2/dy2 of y^2 e^(xy)
    assert fxxyy == pytest.approx((2 + 4 * x * y + x * x * y * y) * math.exp(x * y), rel=1e-14)


def test_the_same_node_on_both_sides():
    assert grad(lambda x: x * x)(3.0) == 6.0
    assert grad(lambda x: x / x)(3.0) == pytest.approx(0.0, abs=1e-16)
    assert grad(lambda x: x - x)(3.0) == 0.0
    assert grad(lambda x: x**x)(2.0) == pytest.approx(4 * (1 + math.log(2)), rel=1e-15)
    assert grad(grad(lambda x: x * x))(3.0) == 2.0


def test_jacobian_and_hessian():
    assert jacobian(lambda x, y: (x * y, sin(x)))(2.0, 3.0) == ((3.0, 2.0), (math.cos(2.0), 0.0))
    assert hessian(lambda x: x[0] ** 2 * x[1] + x[1] ** 3)([2.0, 3.0]) == [[6.0, 4.0], [4.0, 18.0]]
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_forward_mode_agrees_with_reverse_mode():
    f = lambda x: [tanh(x[0]) * x[1], cos(x[1] / x[0])]
    x, v = [0.7, 1.3], [0.2, -1.0]
    value, along = jvp(f, x, v)
    rows = jacobian(f)(x)
    assert value == pytest.approx([math.tanh(0.7) * 1.3, math.cos(1.3 / 0.7)], rel=1e-15)
    assert along == pytest.approx([sum(d * w for d, w in zip(row, v, strict=True)) for row in rows], rel=1e-14)


def test_jvp_can_be_differentiated():
    second = grad(lambda x: jvp(lambda z: z**3, x, 1.0)[1])(2.0)
    assert second == 12.0


def test_hvp_is_the_hessian_times_a_vector():
    f = lambda x: x[0] ** 2 * x[1] + exp(x[1])
    h = hessian(f)([2.0, 0.5])
    assert hvp(f, [2.0, 0.5], [1.0, 3.0]) == pytest.approx([row[0] + 3 * row[1] for row in h], rel=1e-15)
    assert hvp(lambda x: x[0] * 1.0, [1.0], [1.0]) == [0.0]
    assert hvp(lambda x: 1.0, [1.0], [1.0]) == [0.0]


def test_where_in_a_function():
    f = lambda x: where(x > 0, x * x, -x)
    assert (grad(f)(3.0), grad(f)(-3.0)) == (6.0, -1.0)
    assert (grad(grad(f))(3.0), grad(grad(f))(-3.0)) == (2.0, 0.0)


def test_misuse_is_explained():
    with pytest.raises(TypeError, match="not a scalar; jacobian"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match="forget its return"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match="no argument"):
        grad(lambda: 1.0)()
    with pytest.raises(TypeError):
        grad(lambda x: x)("1")
    with pytest.raises(TypeError, match="NoneType"):
        grad(lambda x: x)(None)
    with pytest.raises(ValueError, match="2 numbers, the argument 1"):
        jvp(lambda x: x[0], [1.0], [1.0, 2.0])


def test_an_untraceable_rule_can_be_differentiated_once():
    cube = autograd.op("cube_by_math", lambda x: x**3, lambda x, y: 3 * math.pow(x, 2))
    try:
        assert grad(cube)(2.0) == 12.0
        with pytest.raises(TypeError, match="cannot be differentiated again"):
            grad(grad(cube))(2.0)
    finally:
        autograd.registry.remove("cube_by_math")


def test_a_derivative_inside_no_grad():
    w = Value(2.0)
    with no_grad():
        assert grad(lambda x: x * x * 2.0)(3.0) == 12.0
        d = grad(lambda x: x * w)(3.0)
    assert d.data == 2.0


def test_the_second_derivative_of_abs_at_its_kink_is_zero():
    assert grad(grad(abs))(0.0) == 0.0
    assert hvp(lambda v: abs(v[0]) + v[1] ** 2, [0.0, 2.0], [1.0, 0.0]) == [0.0, 0.0]
    assert math.isnan(Value(math.nan).abs().partials[0])


def test_arrays_stay_arrays():
    result = grad(lambda x: (2 * x)[0])(np.array([3.0, 4.0]))
    assert isinstance(result, np.ndarray)
    assert result.tolist() == [2.0, 0.0]
    assert grad(lambda x: (x * x).sum())(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert [v.data for v in grad(lambda x: (x * x).sum())(np.array([Value(3.0)]))] == [6.0]
    with pytest.raises(TypeError, match="got a set: there is no number"):
        grad(lambda x: 1.0)({2.0})
    with pytest.raises(TypeError, match="not a set: use a list"):
        grad(lambda x: x[0])([1.0, {2.0}])


def quadratic(x):
    """Of a vector; J and H are known in closed form."""
    return np.array([x[0] * x[1] ** 2, 3 * x[0], x[1]])


def test_a_jacobian_of_arrays_is_a_matrix():
    x, v = np.array([2.0, 5.0]), np.array([1.0, 10.0])
    wanted = np.array([[25.0, 20.0], [3.0, 0.0], [0.0, 1.0]])
    for found in (jacobian(quadratic)(x), autograd.record(quadratic, v).jacobian(x)):
        assert (found.dtype, found.shape) == (np.float64, (3, 2))
        assert np.array_equal(found, wanted)
        assert (found @ v).tolist() == [225.0, 3.0, 10.0]
    assert jacobian(lambda x: x[0] * x[1])(x).tolist() == [5.0, 2.0]
    assert jacobian(lambda x: 3.0 * x)(2.0) == 3.0


def test_a_jacobian_of_matrices_has_the_dimensions_of_both():
    a, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = jacobian(lambda x: a @ x)(x)
    assert found.shape == (3, 3, 2, 3)
    assert np.array_equal(found, np.einsum("ik,jl->ijkl", a, np.eye(3)))
    assert hessian(lambda x: (x**3).sum())(x).shape == (2, 3, 2, 3)
    assert np.array_equal(hessian(lambda x: (x**3).sum())(x).reshape(6, 6), np.diag(6 * x.ravel()))


def test_several_arguments_have_a_block_each():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    f = lambda x, s, y: s * (x * x).sum() * (y**3).sum()
    (xx, xs, xy), (sx, ss, sy), (yx, ys, yy) = hessian(f)(x, 2.0, y)
    cubes, squares = (y**3).sum(), (x * x).sum()
    assert np.array_equal(xx, 4 * cubes * np.eye(2))
    assert np.array_equal(xs, 2 * x * cubes)
    assert np.array_equal(sx, xs)
    assert (ss, type(ss)) == (0.0, float)
    assert np.allclose(xy, 12 * np.outer(x, y**2), rtol=1e-15)
    assert np.array_equal(yx, xy.T)
    assert np.array_equal(sy, ys)
    assert np.allclose(yy, 12 * squares * np.diag(y), rtol=1e-15)
    program = autograd.record(f, x, 1.0, y)
    for own, theirs in zip(hessian(f)(x, 2.0, y), program.hessian(x, 2.0, y), strict=True):
        for a, b in zip(own, theirs, strict=True):
            assert np.shape(a) == np.shape(b)
            assert np.allclose(a, b, rtol=1e-15)
    by_s, by_x = jacobian(lambda s, x: s * x)(2.0, x)
    assert (by_s.tolist(), by_x.tolist()) == ([1.0, 2.0], [[2.0, 0.0], [0.0, 2.0]])
    assert [each.shape for each in jacobian(lambda e, x: 2 * x)(np.zeros((0, 3)), x)] == [(2, 0, 3), (2, 2)]
    assert jacobian(lambda x: np.array([]))(x).shape == (0, 2)
    assert [each.tolist() for each in jacobian(lambda x: np.array([x[0] * x[1], x[0]]))([2.0, 3.0])] == [[3.0, 1.0], [2.0, 0.0]]


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), np.array(2.0), np.array(2)], ids=repr)
def test_an_array_without_dimension_is_a_number_and_stays_an_array(x):
    kind = np.ndarray if isinstance(x, np.ndarray) else float
    f = lambda x: autograd.sin(x) * x  # which takes no array
    wanted = math.sin(2.0) + 2 * math.cos(2.0)
    for found in (grad(f)(x), jacobian(f)(x), value_and_grad(f)(x)[1], autograd.record(f, x).value_and_grad(x)[1]):
        assert type(found) is kind
        assert float(found) == pytest.approx(wanted, rel=1e-15)
    for found in (hessian(lambda x: x**3)(x), autograd.record(lambda x: x**3, 1.0).hessian(x)):
        assert (type(found), float(found)) == (kind, 12.0)
    assert grad(lambda x: np.array(x * x))(x) == 4.0  # returned as well
    assert autograd.record(lambda x: np.array(x * x), x).value_and_grad(x)[0] == 4.0
    assert hessian(lambda x, y: x * y[0])(x, np.array([3.0]))[0][1].tolist() == [1.0]


Pair = namedtuple("Pair", "a b")  # noqa: PYI024


class Affine(NamedTuple):
    w: Any
    b: Any

    def at(self, x):
        return autograd.dot(self.w, x, self.b)


def test_named_tuples_keep_their_kind_and_their_methods():
    p = Pair(2.0, 3.0)
    f = lambda p: p.a**2 * p.b
    program = autograd.record(f, p)
    for found in (grad(f)(p), program.value_and_grad(p)[1], program.gradient_program(p)):
        assert (type(found), found) == (Pair, (12.0, 4.0))
    for found in (hessian(f)(p), program.hessian(p)):
        assert repr(found) == "Pair(a=Pair(a=6.0, b=4.0), b=Pair(a=4.0, b=0.0))"
    assert repr(jvp(lambda p: Pair(p.b, p.a * p.b), p, Pair(1.0, 0.0))) == "(Pair(a=3.0, b=6.0), Pair(a=0.0, b=3.0))"
    assert repr(hvp(f, p, (1.0, 0.0))) == "Pair(a=6.0, b=4.0)"
    line = Affine(np.array([1.0, 2.0]), 3.0)
    by_line, by_x = grad(lambda line, x: line.at(x) ** 2)(line, [1.0, 1.0])
    assert (type(by_line), by_line.w.tolist(), by_line.b, by_x) == (Affine, [12.0, 12.0], 12.0, [12.0, 24.0])


def test_structures_of_values_come_back_as_values():
    x = np.array([Value(2.0), Value(3.0)])
    found = jacobian(lambda x: x * x[::-1])(x)
    assert (found.dtype, found.shape) == (object, (2, 2))
    assert [v.data for v in found.ravel()] == [3.0, 2.0, 3.0, 2.0]
    w = Value(3.0)
    found = jacobian(lambda x: w * x)(np.array([1.0, 2.0]))
    found.sum().backward()
    assert w.grad == 2.0
    third = jacobian(jacobian(jacobian(lambda x: x**3)))(np.array([1.0, 2.0]))
    assert third.shape == (2, 2, 2, 2)
    assert [third[i, i, i, i] for i in range(2)] == [6.0, 6.0]


def test_a_direction_has_the_structure_of_the_argument():
    for x, v in (([1.0], 1.0), (np.ones((2, 3)), np.ones((3, 2))), ((1.0, [2.0]), ([1.0], 2.0))):
        for derivative in (jvp, hvp):
            with pytest.raises(ValueError, match=r"numbers, the argument .*: give both the same structure"):
                derivative(lambda x: 1.0, x, v)
    with pytest.raises(TypeError, match="'1' is a str"):
        jvp(lambda x: x, 1.0, "1")
    assert jvp(lambda x: x * x, np.array([1.0, 2.0]), [1.0, 0.0])[1].tolist() == [2.0, 0.0]


def test_scipy_takes_jacobians_and_hessians_as_they_are():
    optimize = pytest.importorskip("scipy.optimize")
    rosen = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    x = np.array([-1.2, 1.0, 0.5])
    step = np.linalg.solve(hessian(rosen)(x), grad(rosen)(x))
    assert np.allclose(optimize.rosen_hess(x) @ step, optimize.rosen_der(x), rtol=1e-12)
    for method in ("Newton-CG", "trust-exact", "trust-ncg"):
        found = optimize.minimize(rosen, x, jac=grad(rosen), hess=hessian(rosen), method=method)
        assert found.x == pytest.approx([1.0, 1.0, 1.0], abs=1e-4)
    t = np.linspace(0.0, 4.0, 30)
    model = lambda t, a, b, c: a * np.exp(-b * t) + c
    data = model(t, 2.5, 1.3, 0.5)
    residuals = lambda p: model(t, *p) - data
    for method in ("trf", "dogbox", "lm"):
        found = optimize.least_squares(residuals, [1.0, 1.0, 0.0], jacobian(residuals), method=method)
        assert found.x == pytest.approx([2.5, 1.3, 0.5], rel=1e-6)
    by = lambda t, *p: jacobian(lambda p: model(t, *p))(np.array(p))
    assert optimize.curve_fit(model, t, data, [1.0, 1.0, 0.0], jac=by)[0] == pytest.approx([2.5, 1.3, 0.5], rel=1e-6)


# Copies.

CUTS = {
    "copy of a leaf": (copy.copy, lambda x: x),
    "deepcopy of a leaf": (copy.deepcopy, lambda x: x),
    "pickle of a leaf": (pickle.dumps, lambda x: x),
    "deepcopy of an inner node": (copy.deepcopy, lambda x: x * x + 1),
    "pickle of an inner node": (pickle.dumps, lambda x: x * x + 1),
    "deepcopy of a list": (copy.deepcopy, lambda x: [Value(1.0), x * 2]),
    "deepcopy of an array": (copy.deepcopy, lambda x: np.array([x, 1.0])),
    "deepcopy with a memo": (lambda v: copy.deepcopy(v, {id(v.parents[0]): Value(1.0)}), lambda x: (x * x) * x),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_copy_cuts_no_graph_that_is_being_differentiated(name):
    cut, of = CUTS[name]

    def f(x):
        cut(of(x))
        return x * 2

    outer = lambda x: grad(lambda y: (cut(of(x)), x * y)[1])(1.0)  # of the outer argument within an inner derivative
    calls = [
        lambda: grad(f)(3.0),
        lambda: grad(f)(Value(3.0)),
        lambda: jacobian(f)(3.0),
        lambda: hessian(f)(3.0),
        lambda: jvp(f, 3.0, 1.0),
        lambda: hvp(f, 3.0, 1.0),
        lambda: grad(outer)(3.0),
        lambda: autograd.check_gradients(f, 3.0),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=rf"^{name.split()[0]} of .*write detach\(x\).*, x \* 1 for"):
            call()
    assert not autograd.graph.differentiated
    assert copy.deepcopy(Value(1.0)).data == 1.0


def test_what_is_computed_from_no_argument_is_copied_as_ever():
    w = Value(3.0, label="w")
    model = [w, w * w]

    def f(x):
        own = [copy.copy(w), copy.deepcopy(model)[1], pickle.loads(pickle.dumps(model))[1], copy.deepcopy(Value(2.0) * 2)]
        return x * (own[0] + own[1] + own[2] + own[3]) + copy.copy(x * x) + autograd.detach(x) + x * 1

    assert value_and_grad(f)(2.0) == (58.0, 30.0)
    assert w.grad == 0.0


def test_another_thread_cuts_nothing_either():
    """Executors pickle what they send in a thread of their own."""
    errors: list[bool] = []

    def f(x):
        def send():
            with pytest.raises(TypeError, match="pickle of x"):
                pickle.dumps(y)
            errors.append(True)

        y = x * 2
        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
        return y

    assert grad(f)(Value(1.0, label="x")).data == 2.0
    assert errors == [True]


def test_what_does_not_move_passes_nothing_on():
    assert jvp(lambda x: sqrt(x[0]) + x[1], [0.0, 1.0], [0.0, 1.0]) == (1.0, 1.0)


def test_floats_come_back_while_other_threads_make_values():
    """The tape is renumbered meanwhile; ages are compared at one moment."""
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            kept = [Value(float(i)) for i in range(3000)]
            del kept[::2]

    thread = threading.Thread(target=churn)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        assert {type(grad(lambda x: sin(x) * x)(1.0)) for _ in range(300)} == {float}
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()


# Which arguments, what stands beside, in which structure.


def test_what_holds_no_number_and_keywords_pass_through():
    def f(x, name, y, *, power=1, flag=None):
        assert (name, flag) in {("name", None), (None, True), (print, None)}
        assert type(power) is int
        return x * y**power

    assert grad(f)(2.0, "name", 3.0) == (3.0, 2.0)
    assert grad(f)(2.0, None, 3.0, power=2, flag=True) == (9.0, 12.0)
    assert value_and_grad(f)(2.0, print, 3.0, power=2) == (18.0, (9.0, 12.0))
    assert jacobian(f)(2.0, "name", 3.0) == (3.0, 2.0)
    assert hessian(f)(2.0, "name", 3.0, power=2) == ((0.0, 6.0), (6.0, 4.0))
    masked = grad(lambda x, mask: np.sum(x[mask]))(np.array([1.0, 2.0]), np.array([True, False]))
    assert masked.tolist() == [1.0, 0.0]
    assert grad(lambda x, twice: x * 2 if twice else x)(3.0, True) == 2.0  # one derivative: no tuple


def test_argnums():
    f = lambda x, y, z: x * y**2 * z**3
    assert grad(f, 1)(5.0, 2.0, 1.0) == grad(f, argnums=-2)(5.0, 2.0, 1.0) == grad(f, np.int64(1))(5.0, 2.0, 1.0) == 20.0
    assert grad(f, (2, 0))(5.0, 2.0, 1.0) == (60.0, 4.0)
    assert grad(lambda x, y: x * y**2, (1, 0))(5.0, 2.0) == (20.0, 4.0)
    assert hessian(lambda x, y: x * y**2, (1, 0))(5.0, 2.0) == ((10.0, 4.0), (4.0, 0.0))
    assert grad(f, [1])(5.0, 2.0, 1.0) == (20.0,)
    assert jacobian(lambda x, y: [x * y, y], 1)(5.0, 2.0) == [5.0, 1.0]
    assert hessian(f, (0, 1))(5.0, 2.0, 1.0) == ((0.0, 4.0), (4.0, 10.0))
    assert hessian(f, 1)(5.0, 2.0, 1.0) == 10.0
    assert type(grad(lambda x, n: x**n / n, 0)(2.0, 3)) is float
    assert grad(lambda n, x: sum(x for _ in range(n)), 1)(3, 2.0) == 3.0  # the others are what they were
    assert grad(grad(f, 1), 0)(5.0, 2.0, 1.0) == 4.0
    for wrong in (3, -4, (0, 0), (1, -2), ()):
        with pytest.raises(ValueError, match="argnums"):
            grad(f, wrong)(5.0, 2.0, 1.0)
    for kind in (1.0, "x", True, (0, None)):
        with pytest.raises(TypeError, match="argnums is a position"):
            grad(f, kind)(5.0, 2.0, 1.0)


def test_what_a_function_returns_besides():
    f = lambda x, y: (x * y, {"sum": x + y, "name": "f", "parts": [x, (y, None)]})
    aux = {"sum": 5.0, "name": "f", "parts": [2.0, (3.0, None)]}
    assert grad(f, has_aux=True)(2.0, 3.0) == ((3.0, 2.0), aux)
    assert value_and_grad(f, 0, has_aux=True)(2.0, 3.0) == ((6.0, aux), 3.0)
    assert hessian(f, has_aux=True)(2.0, 3.0) == (((0.0, 1.0), (1.0, 0.0)), aux)
    assert jacobian(lambda x: ([x, x * x], None), has_aux=True)(2.0) == ([1.0, 4.0], None)
    kept = object()
    found = grad(lambda x: (x * x, (kept, {1, 2}, np.array([x, 1.0]))), has_aux=True)(2.0)
    assert (found[0], found[1][0], found[1][1], found[1][2].dtype, found[1][2].tolist()) == (4.0, kept, {1, 2}, float, [2.0, 1.0])
    on_values = grad(lambda x: (x * x, x + 1), has_aux=True)(Value(2.0))
    assert [type(each) for each in on_values] == [Value, Value]
    for wrong in (lambda x: x, lambda x: (x, x, x), lambda x: [x, x]):
        with pytest.raises(TypeError, match=r"has_aux: <lambda> returned .*, not a pair"):
            grad(wrong, has_aux=True)(1.0)


@dataclass
class Line:
    slope: Any
    intercept: Any


class Polynomial:
    """Registered below, by its coefficients."""

    def __init__(self, *coefficients: Any) -> None:
        self.coefficients = coefficients

    def __call__(self, x: Any) -> Any:
        return sum(c * x**i for i, c in enumerate(self.coefficients))


autograd.register_structure(Polynomial, lambda p: p.coefficients, Polynomial)


def test_dicts_dataclasses_and_classes_of_ones_own():
    model = {"w": [2.0, 3.0], "b": {"inner": 1.0}}
    f = lambda m, x: m["w"][0] * x + m["w"][1] * x**2 + m["b"]["inner"]
    assert grad(f, 0)(model, 2.0) == {"w": [2.0, 4.0], "b": {"inner": 1.0}}
    assert list(grad(f, 0)(model, 2.0)) == ["w", "b"]
    assert grad(f)(model, 2.0)[1] == 14.0
    line = lambda line, x: line.slope * x + line.intercept
    (by_line, by_x) = grad(lambda *xs: line(*xs)[0])(Line(2.0, np.array([1.0])), 3.0)
    assert (by_line.slope, by_line.intercept.tolist(), by_x) == (3.0, [1.0], 2.0)
    assert jacobian(lambda x: Line(x * x, {"twice": 2 * x}))(3.0) == Line(6.0, {"twice": 2.0})
    second = hessian(lambda line: line.slope**2 * line.intercept)(Line(3.0, 5.0))
    assert second == Line(Line(10.0, 6.0), Line(6.0, 0.0))
    by = grad(lambda p, x: p(x))(Polynomial(1.0, 2.0, 3.0), 2.0)
    assert (by[0].coefficients, by[1]) == ((1.0, 2.0, 4.0), 14.0)
    assert jvp(lambda m: {"y": m["a"] * m["b"]}, {"a": 2.0, "b": 3.0}, {"b": 1.0, "a": 0.0}) == ({"y": 6.0}, {"y": 2.0})
    assert hvp(lambda m: m["a"] ** 2 * m["b"], {"b": 5.0, "a": 3.0}, {"a": 1.0, "b": 0.0}) == {"b": 6.0, "a": 10.0}
    with pytest.raises(ValueError, match="the same structure"):
        jvp(lambda m: m["a"], {"a": 2.0}, {"c": 1.0})
    with pytest.raises(TypeError, match="is a str, not a real number"):
        grad(lambda m: m["a"])({"a": 2.0, "name": "x"})


def test_curried_products_with_directions():
    f = lambda x: x[0] ** 2 * x[1]
    assert jvp(f)([3.0, 5.0], [1.0, 0.0]) == jvp(f, [3.0, 5.0], [1.0, 0.0]) == (45.0, 30.0)
    assert hvp(f)([3.0, 5.0], [1.0, 0.0]) == hvp(f, [3.0, 5.0], [1.0, 0.0]) == [10.0, 6.0]
    for derivative in (jvp, hvp):
        with pytest.raises(TypeError, match="a point and a direction"):
            derivative(f, [1.0, 2.0])


def test_a_derivative_speaks_of_its_function():
    def energy(x, *, mass=1.0):
        """Of a moving body."""
        return mass * x * x / 2

    for derivative in (grad, value_and_grad, jacobian, hessian):
        made = derivative(energy)
        assert str(inspect.signature(made)) == "(x, *, mass=1.0)"
        assert made.__name__ == f"{derivative.__name__}_of_energy"
        assert "Of a moving body." in made.__doc__
        assert "<locals>.grad" not in repr(made)
        with pytest.raises(TypeError, match=r"energy\(\) got an unexpected keyword argument 'mas'"):
            made(1.0, mas=2.0)
        with pytest.raises(TypeError, match=r"energy\(\) takes 1 positional argument but 2"):
            made(1.0, 2.0)
        with pytest.raises(TypeError, match="energy got no argument: there is no number"):
            made()
        with pytest.raises(TypeError, match="energy got a str"):
            made("1")
        with pytest.raises(TypeError, match="energy got only empty sequences"):
            made([])
        with pytest.raises(TypeError, match=f"{derivative.__name__} takes a function, not 3, an int"):
            derivative(3)

    def energies(x):
        return [x, x]

    for derivative in (grad, value_and_grad, hessian):
        with pytest.raises(TypeError, match=f"{derivative.__name__}: energies returned a list, not a scalar"):
            derivative(energies)(1.0)
    for made in (jvp(energy), hvp(energy)):
        assert "energy" in made.__name__
    with pytest.raises(TypeError, match="jvp takes a function"):
        jvp(3)
