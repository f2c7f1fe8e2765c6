"""Zero times infinity: what a choice closes and what exactly 0 stops, alike in every mode and order of derivative."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    abs,  # noqa: A004
    acos,
    clip,
    copysign,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    leaky_relu,
    log,
    logsumexp,
    maximum,
    mean,
    minimum,
    prod,
    record,
    relu,
    sqrt,
    step,
    where,
)

inf, nan = math.inf, math.nan
EXAMPLE = 0.5


def same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))


def agree(answers, wanted):
    assert {name: x for name, x in answers.items() if not same(x, wanted)} == {}


def backward(f, x):
    v = Value(x)
    f(v).backward()
    return v.grad


def first_order(f, x):
    """The derivative of f at x in every mode."""
    many = lambda x: [f(x), 2 * x, 3 * x]
    p, several, beside = record(f, EXAMPLE), record(many, EXAMPLE), record(lambda x, w: f(x) + 0 * w, EXAMPLE, 1.0)
    column = np.full(17, x)
    yield from {
        "backward": backward(f, x),
        "grad": grad(f)(x),
        "grad on Values": grad(f)(Value(x)).data,
        "jacobian": jacobian(many)(x)[0],
        "jvp": jvp(f, x, 1.0)[1],
        "jvp of three": jvp(many, x, 1.0)[1][0],
        "jvp on Values": jvp(f, Value(x), 1.0)[1].data,
        "jvp along a Value": jvp(f, x, Value(1.0))[1].data,
        "program": p.value_and_grad(x)[1],
        "program.jacobian by rows": p.jacobian(x),
        "program.jacobian by columns": several.jacobian(x)[0],
        "program.jvp": p.jvp(x, 1.0)[1],
        "program.jvp of three": several.jvp(x, 1.0)[1][0],
        "rows": p.batch_value_and_grad(column)[1][16],
        "rows of a Jacobian": several.batch_jacobian(column)[16][0],
        "prepared": p.prepared(column)()[1][16],
        "shared by rows": beside.batch_value_and_grad(x, [1.0] * 16)[1][0] / 16,
        "shared by rows of a Jacobian": beside.batch_jacobian(x, [1.0] * 9)[0][8],
    }.items()


def first_order_again(f, x):
    """The same by programs of the derivative."""
    p = record(f, EXAMPLE)
    yield from {
        "gradient program": p.gradient_program(x),
        "gradient program, rows": p.gradient_program.batch([x] * 9)[8],
        "grad recorded": record(grad(f), EXAMPLE)(x),
        "grad recorded, rows": record(grad(f), EXAMPLE).batch([x] * 9)[8],
        "jvp recorded": record(lambda x: jvp(f, x, 1.0)[1], EXAMPLE)(x),
        "jvp recorded, rows": record(lambda x: jvp(f, x, 1.0)[1], EXAMPLE).batch([x] * 9)[8],
    }.items()


def second_order(f, x):
    """The second derivative in every mode."""
    slope = record(f, EXAMPLE).gradient_program
    yield from {
        "grad of grad": grad(grad(f))(x),
        "grad of grad on Values": grad(grad(f))(Value(x)).data,
        "hessian": hessian(f)(x),
        "hvp": hvp(f, x, 1.0),
        "jvp of grad": jvp(grad(f), x, 1.0)[1],
        "grad of jvp": grad(lambda x: jvp(f, x, 1.0)[1])(x),
        "program.hessian": record(f, EXAMPLE).hessian(x),
        "program.hvp": record(f, EXAMPLE).hvp(x, 1.0),
        "gradient program": slope.value_and_grad(x)[1],
        "gradient program, jacobian": slope.jacobian(x),
        "gradient program, rows": slope.batch_value_and_grad([x] * 9)[1][8],
        "gradient program of it": slope.gradient_program(x),
        "gradient program of it, rows": slope.gradient_program.batch([x] * 9)[8],
        "recorded": record(grad(grad(f)), EXAMPLE)(x),
        "recorded, rows": record(grad(grad(f)), EXAMPLE).batch([x] * 9)[8],
        "grad recorded, its jacobian": record(grad(f), EXAMPLE).jacobian(x),
        "grad recorded, its gradient program": record(grad(f), EXAMPLE).gradient_program(x),
        "hvp recorded": record(lambda x: hvp(f, x, 1.0), EXAMPLE).batch([x] * 9)[8],
    }.items()


def third_order(f, x):
    """The third one in some."""
    slope = record(f, EXAMPLE).gradient_program
    yield from {
        "grad of grad of grad": grad(grad(grad(f)))(x),
        "hessian of the gradient program": slope.hessian(x),
        "three gradient programs": slope.gradient_program.gradient_program(x),
        "three gradient programs, rows": slope.gradient_program.gradient_program.batch([x] * 9)[8],
        "recorded": record(grad(grad(grad(f))), EXAMPLE).batch([x] * 9)[8],
    }.items()


# No choice: the reverse sweep defines the answer, in which exactly 0 passes nothing on.


def cancelled(x):
    s = sqrt(x)
    return s - s


ZEROS = {  # the derivatives at 0
    "x sqrt(x)": (lambda x: x * sqrt(x), 0.0, inf, -inf),
    "sqrt(x x)": (lambda x: sqrt(x * x), nan, inf, nan),
    "s - s": (cancelled, 0.0, 0.0, 0.0),
    "sqrt(0 x)": (lambda x: sqrt(x * 0.0), nan, 0.0, 0.0),
    "prod": (lambda x: prod([x, sqrt(x), 2.0]), 0.0, inf, -inf),
    "x**1.5": (lambda x: x**1.5, 0.0, inf, -inf),
    "sqrt": (sqrt, inf, -inf, inf),
}


@pytest.mark.parametrize("name", ZEROS)
def test_all_modes_agree_at_zero_times_infinity(name):
    f, first, second, third = ZEROS[name]
    agree(dict(first_order(f, 0.0)), first)
    agree(dict(first_order_again(f, 0.0)), first)
    agree(dict(second_order(f, 0.0)), second)
    agree(dict(third_order(f, 0.0)), third)


def test_two_inputs_that_are_both_zero():
    h = lambda x, y: [sqrt(x) * y, sqrt(y) * x, x * y]
    wanted = [(0.0, 0.0)] * 3
    assert jacobian(h)(0.0, 0.0) == record(h, 1.0, 1.0).jacobian(0.0, 0.0) == wanted
    assert jvp(lambda xy: h(*xy), [0.0, 0.0], [1.0, 1.0])[1] == [0.0] * 3
    assert record(h, 1.0, 1.0).jvp((0.0, 0.0), (1.0, 1.0))[1] == [0.0] * 3
    f = lambda x, y: sqrt(x) * y
    assert record(f, 1.0, 1.0).hessian(0.0, 0.0) == hessian(f)(0.0, 0.0) == ((0.0, inf), (inf, 0.0))


@pytest.mark.parametrize(("f", "x", "y", "wanted"), [
    (lambda x, y: sqrt(x * y), 0.0, 1.0, [[-inf, nan], [inf, 0.0]]),
    (lambda x, y: x * x * sqrt(y), 0.0, 0.0, [[0.0, 0.0], [nan, 0.0]]),
    (lambda x, y: x**y, 0.0, 1.0, [[0.0, -inf], [0.0, 0.0]]),
    (lambda x, y: x * sqrt(y), 1.0, 0.0, [[0.0, inf], [inf, -inf]]),
])  # fmt: skip
def test_half_a_hessian_that_is_not_finite_leaves_its_mirror_image_as_it_is(f, x, y, wanted):
    program = record(f, 0.5, 0.25)
    for found in (hessian(f)(x, y), program.hessian(x, y), program.gradient_program.jacobian(x, y)):
        np.testing.assert_array_equal(found, wanted)


def test_half_a_hessian_that_underflows_is_its_mirror_image():
    f = lambda x, y: (x * 1e-200) * (y * 1e200) * 1e-200
    program = record(f, 1.0, 1.0)
    assert 0.0 in {program.gradient_program.jacobian(3.0, 5.0)[i][1 - i] for i in (0, 1)}
    assert program.hessian(3.0, 5.0) == ((0.0, 1e-200), (1e-200, 0.0))


def test_what_is_not_finite_forward_is_computed_again_for_all_outputs_and_directions():
    """More outputs than are asked for at once, the finite ones among them as they were."""
    f = lambda x: [x[0] * sqrt(x[0]), x[0] * x[1], *[x[1] * sqrt(x[0]) for _ in range(150)]]
    wanted = [[0.0, 0.0], [3.0, 0.0], *[[inf, 0.0]] * 150]
    program = record(f, [1.0, 1.0])
    assert program.jacobian([0.0, 3.0]) == jacobian(f)([0.0, 3.0]) == wanted
    for move in ([1.0, 0.0], [0.0, 1.0]):
        along = [row[move.index(1.0)] for row in wanted]
        assert program.jvp([0.0, 3.0], move)[1] == jvp(f, [0.0, 3.0], move)[1] == along


# Choices: an edge with a partial of exactly 0 is closed.


@pytest.fixture(scope="module")
def larger():
    partials = (lambda a, b, y: where(a > b, 1, 0), lambda a, b, y: where(a > b, 0, 1))
    yield autograd.op("larger", max, *partials, choice=True)
    autograd.registry.remove("larger")


CLOSED = {  # all derivatives are 0
    "clip": (lambda x: acos(clip(x, -1.0, 1.0)), 1.5),
    "clip, by its limit": (lambda x: sqrt(clip(-1.0, 0.0, x)), 2.0),
    "maximum": (lambda x: sqrt(maximum(x, 0.0)), -1.0),
    "maximum, its other operand": (lambda x: sqrt(maximum(0.0, x)), -1.0),
    "maximum behind a quotient": (lambda x: log(1 / maximum(1e-200, x)), 0.0),
    "minimum": (lambda x: sqrt(-minimum(x, 0.0)), 1.0),
    "relu": (lambda x: sqrt(relu(x)), -1.0),
    "leaky_relu": (lambda x: sqrt(leaky_relu(x, 0.0)), -1.0),
    "leaky_relu, by its slope": (lambda x: sqrt(leaky_relu(2.0, x) - 2.0), 0.1),
    "abs": (lambda x: sqrt(abs(x)), 0.0),
    "step": (lambda x: sqrt(step(x)), -1.0),
    "copysign": (lambda x: sqrt(copysign(x, 1.0)), 0.0),
    "copysign, by its sign": (lambda x: sqrt(copysign(0.0, x)), 1.0),
    "where": (lambda x: where(x > 0, sqrt(x), 0.0), 0.0),
    "infinite before the choice": (lambda x: maximum(sqrt(x), 1.0), 0.0),
    "infinite before and behind": (lambda x: sqrt(relu(sqrt(x) - 1)), 0.0),
    "nested": (lambda x: sqrt(relu(minimum(clip(x, -5.0, 5.0), 7.0))), -1.0),
    "through a mean": (lambda x: mean([sqrt(relu(x)), 1.0]), -1.0),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_choice_is_closed_in_every_mode_and_order(name):
    f, x = CLOSED[name]
    agree(dict(first_order(f, x)), 0.0)
    agree(dict(first_order_again(f, x)), 0.0)
    agree(dict(second_order(f, x)), 0.0)
    agree(dict(third_order(f, x)), 0.0)


def test_ones_own_choice_is_closed_too(larger):
    f = lambda x: sqrt(larger(x, 0.0)) + x * x
    agree(dict(first_order(f, -1.0)), -2.0)
    agree(dict(first_order_again(f, -1.0)), -2.0)
    agree(dict(second_order(f, -1.0)), 2.0)
    agree(dict(third_order(f, -1.0)), 0.0)


def test_ones_own_operation_is_a_choice_only_if_it_says_so():
    partials = (lambda x, y: where(x > 0, 1, 0),)
    autograd.op("ramp", lambda x: max(x, 0.0), *partials)
    try:
        agree(dict(first_order(lambda x: sqrt(autograd.FUNCTIONS["ramp"](x)), -1.0)), nan)
    finally:
        autograd.registry.remove("ramp")


def test_a_rule_that_is_no_formula_may_be_a_choice():
    pick = autograd.op("pick", lambda x: max(x, 0.0), lambda x, y: 1.0 if x > 0 else 0.0, choice=True)
    try:
        agree(dict(first_order(lambda x: sqrt(pick(x)), -1.0)), 0.0)
    finally:
        autograd.registry.remove("pick")


def test_an_open_edge_passes_infinity():
    agree(dict(first_order(lambda x: sqrt(maximum(x, -1.0)), 0.0)), inf)
    agree(dict(first_order(lambda x: log(relu(x)), 5e-324)), inf)
    agree(dict(first_order(lambda x: log(abs(x)), -5e-324)), -inf)


def test_a_gradient_of_zero_by_chance_keeps_its_derivative():
    """The partial by x is the slope, 0 here; its own derivative by the slope is 1."""
    f = lambda v: leaky_relu(v[0], v[1])
    for h in (hessian(f)([-2.0, 0.0]), record(f, [1.0, 1.0]).hessian([-2.0, 0.0])):
        assert h == [[0.0, 1.0], [1.0, 0.0]]
    assert record(lambda v: hvp(f, v, [0.0, 1.0]), [1.0, 1.0])([-2.0, 0.0]) == [1.0, 0.0]


def test_a_tangent_that_a_choice_has_closed_is_closed_in_the_next_order():
    slope = lambda x: jvp(lambda x: relu(x * x - 5), x, 1.0)[1]
    assert grad(lambda x: sqrt(slope(x)))(1.0) == grad(lambda x: sqrt(grad(lambda x: relu(x * x - 5))(x)))(1.0) == 0.0


def test_two_directions_of_nearly_parallel_vectors():
    u, w = [0.6, 0.8], [0.6 * (1 + 2**-52), 0.8 * (1 + 2**-52)]
    angle = lambda u: acos(clip(u[0] * w[0] + u[1] * w[1], -1.0, 1.0))
    assert grad(angle)(u) == record(angle, u).value_and_grad(u)[1] == [0.0, 0.0]


# The sum in logarithms of nothing but zeros.


def states(x):
    """Equal to x: the other state has the probability 0."""
    return logsumexp([x, logsumexp([-inf, -inf + x])])


def test_the_logarithm_of_a_sum_of_zeros():
    agree(dict(first_order(states, 1.0)), 1.0)
    agree(dict(first_order_again(states, 1.0)), 1.0)
    agree(dict(second_order(states, 1.0)), 0.0)
    agree(dict(third_order(states, 1.0)), 0.0)
    zeros = lambda x: logsumexp([-inf, -inf + x])
    for order in (first_order, first_order_again, second_order, third_order):
        agree(dict(order(zeros, 1.0)), 0.0)
    assert Value(0.0).parents == ()
    assert logsumexp([Value(-inf), Value(-inf)]).partials == (0.0, 0.0)
    assert logsumexp([Value(-inf), Value(3.0)]).partials == (0.0, 1.0)


def test_a_recursion_over_hidden_states():
    """The forward algorithm of a chain in which one state cannot be left: the same as over probabilities."""
    stay, go = [[0.5, 0.5], [0.0, 1.0]], [0.2, 0.7]

    def total(theta):
        alpha = [math.log(1.0), -inf]
        for _ in range(4):
            alpha = [
                logsumexp([alpha[i] + (math.log(stay[i][j]) if stay[i][j] else -inf) for i in range(2)]) + go[j] * theta
                for j in range(2)
            ]
        return logsumexp(alpha)

    def plain(theta):
        alpha = [1.0, 0.0]
        for _ in range(4):
            alpha = [(alpha[0] * stay[0][j] + alpha[1] * stay[1][j]) * autograd.exp(go[j] * theta) for j in range(2)]
        return log(alpha[0] + alpha[1])

    program = record(total, 0.3)
    wanted = grad(grad(plain))(0.3)
    for found in (hessian(total)(0.3), program.hessian(0.3), program.hvp(0.3, 1.0), program.gradient_program.jacobian(0.3)):
        assert found == pytest.approx(wanted, rel=1e-12)
    assert jvp(total, 0.3, 1.0)[1] == pytest.approx(grad(plain)(0.3), rel=1e-13)
    assert program.jvp(0.3, 1.0)[1] == pytest.approx(grad(plain)(0.3), rel=1e-13)
