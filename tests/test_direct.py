"""Bare numbers: no helper, no loop, one fact a line. What stands here can be checked with paper and pencil."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, gradients, hessian, jacobian


def test_apples():
    """Two apples at 100 yen with a tax of 10 per cent."""
    price, count, tax = Value(100.0), Value(2.0), Value(1.1)
    total = price * count * tax
    total.backward()
    assert total.data == 220.00000000000003  # as 200 * 1.1 on floats
    assert price.grad == 2.2
    assert count.grad == 110.00000000000001
    assert tax.grad == 200.0
    assert total.grad == 1.0


def test_apples_and_oranges():
    apple, apples, orange, oranges, tax = Value(100.0), Value(2.0), Value(150.0), Value(3.0), Value(1.1)
    total = (apple * apples + orange * oranges) * tax
    total.backward()
    assert round(total.data, 9) == 715
    assert apple.grad == 2.2
    assert round(apples.grad, 9) == 110
    assert round(orange.grad, 9) == 3.3
    assert round(oranges.grad, 9) == 165
    assert tax.grad == 650


def test_one_yen_more_costs_the_gradient_more():
    assert round(101 * 2 * 1.1 - 100 * 2 * 1.1, 9) == 2.2
    assert grad(lambda price: price * 2 * 1.1)(100.0) == 2.2


def test_readme_of_micrograd():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_addition_hands_on_what_comes_in():
    x, y = Value(1.5), Value(-2.25)
    (x + y).backward(0.7)
    assert x.grad == 0.7
    assert y.grad == 0.7


def test_multiplication_hands_on_the_other_operand():
    x, y = Value(3.0), Value(-4.0)
    (x * y).backward(0.5)
    assert x.grad == -2.0
    assert y.grad == 1.5


def test_subtraction_and_division():
    x, y = Value(3.0), Value(4.0)
    (x - y).backward()
    assert x.grad == 1.0
    assert y.grad == -1.0
    a, b = Value(3.0), Value(4.0)
    (a / b).backward()
    assert a.grad == 0.25
    assert b.grad == -0.1875  # -3/16


def test_a_variable_used_twice():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_square_of_a_sum():
    x, y = Value(3.0), Value(4.0)
    t = x + y
    z = t**2
    z.backward()
    assert z.data == 49.0
    assert t.grad == 14.0
    assert x.grad == 14.0
    assert y.grad == 14.0


def test_the_automatic_differentiation_example():
    """(sin(x) x)**2 + x, whose derivative is 2 x sin x (sin x + x cos x) + 1."""
    x = Value(1.5)
    z = (autograd.sin(x) * x) ** 2 + x
    z.backward()
    assert z.data == pytest.approx(3.7387415586755011, rel=1e-15, abs=0)
    assert x.grad == pytest.approx(4.3025087630353694, rel=1e-15, abs=0)
    at_zero = Value(0.0)
    ((at_zero.sin() * at_zero) ** 2 + at_zero).backward()
    assert at_zero.grad == 1.0


def test_elementary_functions():
    assert grad(autograd.exp)(0.0) == 1.0
    assert grad(autograd.exp)(1.0) == math.e
    assert grad(autograd.log)(4.0) == 0.25
    assert grad(autograd.sqrt)(4.0) == 0.25
    assert grad(autograd.cbrt)(8.0) == pytest.approx(1 / 12, rel=1e-15, abs=0)
    assert grad(autograd.sin)(0.0) == 1.0
    assert grad(autograd.cos)(0.0) == 0.0
    assert grad(autograd.tan)(0.0) == 1.0
    assert grad(autograd.tan)(math.pi / 4) == pytest.approx(2.0, rel=1e-15, abs=0)
    assert grad(autograd.asin)(0.6) == 1.25  # a triangle of sides 3, 4, 5
    assert grad(autograd.acos)(0.6) == -1.25
    assert grad(autograd.atan)(1.0) == 0.5
    assert grad(autograd.tanh)(0.0) == 1.0
    assert grad(autograd.sinh)(0.0) == 1.0
    assert grad(autograd.cosh)(0.0) == 0.0
    assert grad(autograd.exp2)(0.0) == math.log(2)
    assert grad(autograd.sigmoid)(0.0) == 0.25
    assert grad(autograd.softplus)(0.0) == 0.5
    assert grad(autograd.silu)(0.0) == 0.5
    assert grad(autograd.gelu)(0.0) == 0.5
    assert grad(autograd.erf)(0.0) == 2 / math.sqrt(math.pi)
    assert grad(autograd.gamma)(1.0) == -0.5772156649015329  # minus Euler's constant
    assert grad(autograd.digamma)(1.0) == math.pi**2 / 6


def test_powers():
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert grad(lambda x: x**-1)(2.0) == -0.25
    assert grad(lambda x: x**0.5)(4.0) == 0.25
    assert grad(lambda x: 2.0**x)(3.0) == 8 * math.log(2)
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(lambda x: x**1)(0.0) == 1.0
    assert grad(lambda x: x**2)(-3.0) == -6.0


def test_two_operands():
    assert grad(autograd.hypot)(3.0, 4.0) == (0.6, 0.8)
    assert grad(autograd.atan2)(1.0, 1.0) == pytest.approx((0.5, -0.5), rel=1e-15, abs=0)
    assert grad(autograd.maximum)(2.0, 5.0) == (0.0, 1.0)
    assert grad(autograd.minimum)(2.0, 5.0) == (1.0, 0.0)
    assert grad(autograd.copysign)(2.0, -5.0) == (-1.0, 0.0)


def test_kinks():
    assert grad(autograd.relu)(0.0) == 0.0
    assert grad(autograd.leaky_relu)(0.0, 0.01) == (0.01, 0.0)
    assert grad(autograd.abs)(0.0) == 0.0
    assert grad(autograd.abs)(-3.0) == -1.0
    assert grad(autograd.maximum)(1.0, 1.0) == (0.5, 0.5)
    assert grad(autograd.minimum)(1.0, 1.0) == (0.5, 0.5)
    assert autograd.step(0.0) == 1.0
    assert grad(autograd.step)(0.0) == 0.0
    assert grad(autograd.hypot)(0.0, 0.0) == (0.0, 0.0)
    assert math.isnan(autograd.relu(math.nan))


def test_edges():
    assert autograd.sqrt(Value(0.0)).partials == (math.inf,)
    assert autograd.cbrt(Value(0.0)).partials == (math.inf,)
    assert autograd.asin(Value(1.0)).partials == (math.inf,)
    assert (Value(0.0) ** 0.5).partials == (math.inf,)
    assert (Value(0.0) ** Value(2.0)).partials == (0.0, 0.0)
    assert math.isnan((Value(-2.0) ** Value(2.0)).partials[1])


def test_many_operands():
    xs = [Value(2.0), Value(3.0), Value(4.0)]
    assert autograd.sum(xs).partials == (1.0, 1.0, 1.0)
    assert autograd.prod(xs).partials == (12.0, 8.0, 6.0)
    assert autograd.mean(xs).data == 3.0
    assert autograd.dot(xs, [1.0, 10.0, 100.0], 5).data == 437.0
    assert autograd.dot(xs, [1.0, 10.0, 100.0], 5).partials == (1.0, 10.0, 100.0)
    assert autograd.logsumexp([Value(0.0), Value(0.0)]).data == math.log(2)
    assert autograd.logsumexp([Value(0.0), Value(0.0)]).partials == (0.5, 0.5)
    assert autograd.logsumexp([Value(1e16), Value(1e16)]).partials == (0.5, 0.5)  # though the value is rounded to 1e16
    assert autograd.softmax([0.0, 0.0, 0.0, 0.0]) == [0.25, 0.25, 0.25, 0.25]


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20), st.floats(-1e16, 1e16))
def test_partials_of_logsumexp_add_up_to_1(xs, shift):
    for numbers in (xs, [math.remainder(x, 8) + shift for x in xs]):
        total = math.fsum(autograd.logsumexp([Value(x) for x in numbers]).partials)
        assert abs(total - 1) <= 4e-15



def test_softmax_with_cross_entropy():
    """The gradient by the logits is the output minus the label."""
    g = [Value(0.0), Value(0.0)]
    (-autograd.log(autograd.softmax(g)[0])).backward()
    assert g[0].grad == -0.5
    assert g[1].grad == 0.5


def test_higher_orders():
    assert grad(grad(lambda x: x**3))(2.0) == 12.0
    assert grad(grad(grad(lambda x: x**3)))(2.0) == 6.0
    assert grad(grad(grad(grad(lambda x: x**3))))(2.0) == 0.0
    assert grad(grad(autograd.sin))(0.0) == 0.0
    assert grad(grad(autograd.relu))(1.0) == 0.0
    assert hessian(lambda x, y: x**2 * y)(3.0, 5.0) == ((10.0, 6.0), (6.0, 0.0))
    assert jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 3.0]) == [[3.0, 2.0], [1.0, 0.0]]
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(5.0) == 1.0  # perturbation confusion would give 2


def test_twice_backward_doubles_the_leaves_only():
    x = Value(3.0)
    y = x * 2
    z = y * y
    z.backward()
    z.backward()
    assert x.grad == 48.0
    assert y.grad == 12.0
    assert z.grad == 1.0


def test_gradients_touch_nothing():
    x, y = Value(3.0), Value(4.0)
    z = x * x
    assert gradients(z, [x, y, z, x]) == [6.0, 0.0, 1.0, 6.0]
    assert x.grad == 0.0
