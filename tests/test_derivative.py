"""Derivatives of functions and of Values, first and higher: structures, closures, order, unused inputs."""

from __future__ import annotations

import math
import sys
import threading

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
    with pytest.raises(TypeError, match="dict"):
        grad(lambda x: x[1])({1: 2.0})


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
