"""Solutions of equations are differentiated by the equation, whatever found them."""

from __future__ import annotations

import math

import pytest

import autograd
from autograd import Value, exp, grad, gradients, record, sin
from autograd.graph import members
from autograd.solved import implicit
from viz import drawing


def kepler(mean: float, eccentricity: float) -> float:
    e = mean
    for _ in range(200):
        e = mean + eccentricity * math.sin(e)
    return e


def test_keplers_equation_has_the_derivatives_of_the_closed_form():
    mean, eccentricity = Value(1.0), Value(0.3)
    e = kepler(1.0, 0.3)
    found = implicit(lambda e, m, c: e - c * sin(e) - m, e, mean, eccentricity)
    slope = 1 / (1 - 0.3 * math.cos(e))
    assert found.data == pytest.approx(e, rel=1e-15)
    assert gradients(found, [mean, eccentricity]) == pytest.approx([slope, math.sin(e) * slope], rel=1e-14)


def test_an_order_more_is_a_step_more():
    def anomaly(m, order):
        number = m.data if isinstance(m, Value) else m
        return implicit(lambda e, m: e - 0.3 * sin(e) - m, kepler(number, 0.3), m, order=order)

    e = kepler(1.0, 0.3)
    bend = -0.3 * math.sin(e) / (1 - 0.3 * math.cos(e)) ** 3
    m = Value(1.0)
    (slope,) = gradients(anomaly(m, 2), [m], graph=True)
    assert gradients(slope, [m]) == pytest.approx([bend], rel=1e-13)
    (slope,) = gradients(anomaly(m, 1), [m], graph=True)
    assert gradients(slope, [m]) != pytest.approx([bend], rel=1e-3)


def test_a_system_of_equations_has_the_gradient_of_its_closed_form():
    a, b = Value(2.0), Value(3.0)  # x + y = a, x y = b / 4: x = (a - sqrt(a² - b)) / 2
    root = math.sqrt(4.0 - 3.0)
    x, y = implicit(lambda u, ab: [u[0] + u[1] - ab[0], u[0] * u[1] - ab[1] / 4], [(2 - root) / 2, (2 + root) / 2], [a, b])
    assert (x.data, y.data) == (0.5, 1.5)
    assert gradients(x, [a, b]) == pytest.approx([(1 - 2 / root) / 2, 0.25 / root])
    assert gradients(y, [a, b]) == pytest.approx([(1 + 2 / root) / 2, -0.25 / root])


def test_what_follows_is_differentiated_through_it():
    def loss(w):
        number = w.data if isinstance(w, Value) else w
        x = 0.5
        for _ in range(100):
            x = math.exp(-number * x)  # a fixed point
        return implicit(lambda x, w: x - exp(-w * x), x, w) ** 2 * w

    h = 1e-5
    slope = (loss(Value(1.3 + h)).data - loss(Value(1.3 - h)).data) / (2 * h)
    assert grad(loss)(1.3) == pytest.approx(slope, rel=1e-8)


def test_what_is_no_solution_is_refused():
    x = Value(2.0)
    square = lambda y, x: y * y - x
    with pytest.raises(ValueError, match=r"1\.5 is no solution, Newton's method would move it by 0\.0833"):
        implicit(square, 1.5, x)
    with pytest.raises(ValueError, match="singular at the solution: there is no derivative"):
        implicit(square, 0.0, Value(0.0))
    with pytest.raises(ValueError, match="gives 1 residuals for 2 unknowns"):
        implicit(lambda y, x: [y[0] - x], [2.0, 1.0], x)
    with pytest.raises(TypeError, match=r"implicit\(\) needs numbers, and cannot be recorded"):
        record(lambda x: implicit(square, 1.0, x), 1.0)
    assert autograd.solved.implicit(square, math.sqrt(2), x).data == pytest.approx(math.sqrt(2), rel=1e-15)


def test_a_solution_is_one_node_of_a_picture_and_one_pass_of_the_equation():
    a = [Value(0.5, label="a"), Value(0.25, label="b")]
    xs = [0.5, 0.25]
    for _ in range(100):
        xs = [0.5 + 0.25 * math.sin(xs[1]), 0.25 + 0.25 * math.cos(xs[0])]
    equation = lambda x, a: [x[0] - a[0] - 0.25 * sin(x[1]), x[1] - a[1] - 0.25 * autograd.cos(x[0])]
    x, y = implicit(equation, xs, a)
    loss = x * y
    inner = [v for v in members(loss) if v.parents and v is not loss]
    assert {v.scope for v in inner} == {("implicit",)}
    assert not {"sin", "cos"}.intersection(v.op for v in inner)  # of plain numbers: the equation once, at the solution
    assert sum(v.op == "dot" for v in inner) == 2  # a row of the inverse for each unknown
    text = drawing.draw(loss, collapse=1).dot
    assert (text.count("implicit"), text.count("dot")) == (1, 0), text
