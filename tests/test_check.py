"""The numeric check: it catches wrong derivatives, and raises no false alarm on right ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

import autograd
from autograd import (
    Value,
    acosh,
    asin,
    atan,
    cbrt,
    check_gradients,
    clip,
    copysign,
    detach,
    dot,
    exp,
    gamma,
    hessian,
    hypot,
    log,
    maximum,
    no_grad,
    op,
    relu,
    sin,
    sqrt,
    step,
    tan,
    where,
)  # fmt: skip
from autograd.ops import TABLE
from autograd.registry import remove
from autograd.strategies import UNLIKE, Formula, applied, expressions, graphs, points

SIZES = (1e-12, 1e-8, 1e-3, 0.7, 3.7, 1e8, -1e-8, -2e-5, -41.0)


@pytest.fixture
def registered():
    """Registers operations for one test."""
    names = []

    def register(name, *args, **named):
        names.append(name)
        return op(name, *args, **named)

    yield register
    for name in names:
        remove(name)


def checked_at(name, operands, order):
    """Check one operation by all operands that have a partial."""
    entry = TABLE[name]
    if entry.many:
        check_gradients(lambda xs: applied(name, xs), list(operands), order=order)
        return
    free = [i for i, rule in enumerate(entry.partials) if rule is not None]

    def f(*xs):
        mixed = list(operands)
        for i, x in zip(free, xs, strict=True):
            mixed[i] = x
        return applied(name, mixed)

    check_gradients(f, *[operands[i] for i in free], order=order)


# No false alarms.


@pytest.mark.parametrize("name", [name for name in TABLE if name not in UNLIKE])
def test_the_whole_table_passes(name):
    @settings(max_examples=12)
    @given(points(name))
    def smooth(operands):
        checked_at(name, operands, order=2)

    @settings(max_examples=12)
    @given(points(name, kinks=True))
    def on_kinks(operands):
        checked_at(name, operands, order=1)

    smooth()
    if TABLE[name].kinks:
        on_kinks()


@settings(max_examples=100)
@given(graphs())
def test_random_graphs_pass(f: Formula):
    check_gradients(f, *f.point)


@settings(max_examples=40)
@given(expressions(inputs=2, size=4))
def test_random_expressions_pass_to_the_second_order(f: Formula):
    check_gradients(f, *f.point, order=2)


@pytest.mark.parametrize("x", [*SIZES, 0.0])
@pytest.mark.parametrize("f", [sin, atan, exp, lambda x: 3 * x * x + x, lambda x: 1e8 + x, lambda x: sin(1000 * x)])
def test_arguments_of_any_size(f, x):
    if f is not exp or x < 700:
        check_gradients(f, x)


def test_steps_stay_inside_the_domain():
    for x in (1e-300, 1e-8, 1e-3, 1e8, 1e300):
        check_gradients(log, x)
    check_gradients(log, 1e-8, order=3)
    check_gradients(gamma, -2.0001, order=2)
    check_gradients(tan, 1.57, order=2)
    check_gradients(lambda a: a**2.0, -3.0, order=2)
    check_gradients(lambda x: sqrt(x) * x, 0.0)  # one-sided: there is nothing to the left
    check_gradients(lambda x: acosh(x) ** 2, 1.0 + 1e-12)


def test_infinite_derivatives():
    for f, x in ((sqrt, 0.0), (cbrt, 0.0), (asin, 1.0), (asin, -1.0), (acosh, 1.0)):
        check_gradients(f, x)


def test_at_a_kink_any_subgradient_is_right():
    for f in (relu, abs, step, lambda x: relu(x) * 3 - abs(x), lambda x: clip(x, 0.0, 1.0), lambda x: relu(-x) ** 2):
        check_gradients(f, 0.0, order=2)
    check_gradients(maximum, 2.0, 2.0, order=2)
    check_gradients(hypot, 0.0, 0.0)
    check_gradients(copysign, 1.0, 0.0)
    check_gradients(lambda x, y: maximum(abs(x), relu(y)) * 5 - abs(y), 0.0, 0.0)


def test_a_kink_nearby_is_not_stepped_over():
    for x in (1e-3, -1e-3, 1e-9):
        check_gradients(lambda x: relu(x) * 3 - abs(x), x, order=2)
        check_gradients(lambda x, y: maximum(x, 2 * y), 1.0 + x, 0.5)
        check_gradients(lambda x: 2 * x if x > 0 else 5 * x, x)
        check_gradients(lambda x: where(x > 0, 2 * x, 5 * x), x)


def test_a_kink_that_no_table_knows():
    check_gradients(lambda x: 2 * x if x > 0 else 5 * x, 0.0)
    check_gradients(lambda x: where(x > 0, 2 * x, 5 * x), 0.0)


def test_structures_constants_and_closures():
    w = Value(3.0)
    check_gradients(lambda xs, y: xs[0] * xs[1][0] + y * w, [1.0, (2.0,)], Value(4.0), order=2)
    check_gradients(dot, [1.0, 2.0], [3.0, -4.0], order=2)
    check_gradients(lambda x: [x * x, [x, 1.0]], 2.0, order=2)
    check_gradients(lambda x: 5.0, 2.0, order=3)
    assert w.grad == 0.0


def test_inside_no_grad():
    with no_grad():
        check_gradients(sin, 1.0, order=2)


# Wrong derivatives.


@pytest.mark.parametrize("x", [-5.0, -1e-8, 1e-8, 0.3, 2.0, 1e8])
@pytest.mark.parametrize("wrong", [-1.0, 2.0, 0.0, 1.0001, 1e9, math.inf, math.nan])
def test_a_wrong_partial_is_caught(registered, x, wrong):
    cube = registered("cube", lambda x: x * x * x, lambda x, y: 3 * x * x * wrong)
    with pytest.raises(AssertionError, match=r"argument 0: .*\nMost likely at fault: cube\("):
        check_gradients(cube, x)


@pytest.mark.parametrize("name", sorted(TABLE.keys() - {*UNLIKE, "step", "where"}))
def test_a_partial_of_the_table_off_by_a_hair_is_caught(registered, name):
    entry = TABLE[name]
    if entry.many or entry.arity != 1:
        return
    wrong = registered("wrong", entry.evaluate, lambda x, y: entry.partials[0](x, y) * 1.0001, domain=entry.domain[0].text)

    @settings(max_examples=8)
    @given(points(name))
    def caught(operands):
        if abs(wrong(Value(operands[0])).partials[0]) > 3.2e-5 * abs(wrong(operands[0])):  # else it drowns in rounding
            with pytest.raises(AssertionError):
                check_gradients(wrong, *operands)

    caught()


def test_wrong_only_in_second_order(registered):
    by_helper = registered("square", lambda x: x * x, lambda x, y: 3 * x)
    cube = registered("cube", lambda x: x**3, lambda x, y: 3 * by_helper(x))
    check_gradients(cube, 2.0)
    with pytest.raises(AssertionError, match=r"argument 0, then argument 0: .* order 2 .*\nMost likely at fault: square\(2.0\)"):
        check_gradients(cube, 2.0, order=2)
    cut = registered("cut", lambda x: x**3, lambda x, y: 3 * x * (detach(x) if type(x) is Value else float(x)))
    check_gradients(cut, 2.0)
    with pytest.raises(AssertionError, match=r"order 2 .*\nMost likely at fault: cut\(2.0\), its derivative by x, then x is 6.0"):
        check_gradients(cut, 2.0, order=2)


def test_the_message_names_entry_numbers_and_operation(registered):
    cube = registered("cube", lambda x: x**3, lambda x, y: 3 * x)
    with pytest.raises(AssertionError) as error:
        check_gradients(lambda xs, y: [sin(y), y + sin(xs[0]) * cube(xs[1][2])], [1.0, [1.0, 1.0, 2.0]], 0.5)
    first, second = str(error.value).split("\n")
    assert first.startswith(f"output [1], argument 0, entry [1][2]: the analytic derivative is {math.sin(1.0) * 6.0!r}")
    assert "differences give 10.09" in first
    assert "(error estimate " in first
    assert second == "Most likely at fault: cube(2.0), its partial by x is 6.0 where differences give 12.0"


def test_the_worst_operation_is_named(registered):
    slightly = registered("slightly", lambda x: x * x, lambda x, y: 2.01 * x)
    badly = registered("badly", lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: -a)
    with pytest.raises(AssertionError, match=r"at fault: badly\(9.0, 2.0\), its partial by b is -9.0 where differences give 9.0"):
        check_gradients(lambda x, y: badly(slightly(x), y), 3.0, 2.0)


def test_a_cut_graph_is_told():
    with pytest.raises(AssertionError, match="was the graph cut"):
        check_gradients(lambda x: x * x.data, 2.0)


def test_what_no_subgradient_allows_is_caught(registered):
    ramp = {"kinks": [(lambda x: x, ((0, 1),))]}
    outside = registered("outside", lambda x: max(x, 0.0), lambda x, y: where(x > 0, 1, where(x < 0, 0, 3)), **ramp)
    with pytest.raises(AssertionError, match=r"the kink there allows 0.0 to 1.0"):
        check_gradients(outside, 0.0)
    steeper = registered("steeper", lambda x: max(2 * x, 0.0), lambda x, y: where(x > 0, 2, where(x < 0, 0, 0.5)), **ramp)
    with pytest.raises(AssertionError, match=r"differences give 2.0"):
        check_gradients(steeper, 0.0)
    undeclared = registered("undeclared", lambda x: max(2 * x, 0.0), lambda x, y: where(x > 0, 2, where(x < 0, 0, -0.5)))
    with pytest.raises(AssertionError):
        check_gradients(undeclared, 0.0)


def test_not_a_number_is_caught():
    with pytest.raises(AssertionError, match="nan"):
        check_gradients(lambda x: sqrt(x * x), 0.0)  # infinity times zero, at a kink


# Misuse.


def test_misuse_is_told():
    with pytest.raises(TypeError, match="is the function"):
        check_gradients(2.0, sin)
    with pytest.raises(TypeError, match="no argument"):
        check_gradients(sin)
    with pytest.raises(TypeError, match="empty"):
        check_gradients(lambda xs: 0.0, [])
    with pytest.raises(TypeError, match="forget its return"):
        check_gradients(lambda x: None, 1.0)
    with pytest.raises(TypeError):
        check_gradients(sin, "1.0")
    for order in (0, -1):
        with pytest.raises(ValueError, match="counts from 1"):
            check_gradients(sin, 1.0, order=order)
    for kind in (1.0, True, "2"):
        with pytest.raises(TypeError, match="order is an int"):
            check_gradients(sin, 1.0, order=kind)
    with pytest.raises(ValueError, match=r"log\(-1.0\)"):
        check_gradients(log, -1.0)
    with pytest.raises(ValueError, match="not finite"):
        check_gradients(lambda x: x, math.inf)
    numbers = iter(range(100))
    with pytest.raises(ValueError, match="two different values"):
        check_gradients(lambda x: x * next(numbers), 1.0)


def test_an_isolated_point_is_told(registered):
    def only_at_two(x):
        if x != 2.0:
            raise ValueError
        return x

    point = registered("point", only_at_two, lambda x, y: 1.0)
    with pytest.raises(ValueError, match="neither side"):
        check_gradients(point, 2.0)


def test_the_mixed_derivative_of_a_power_at_exponent_zero():
    assert hessian(lambda a, b: a**b)(2.0, 0.0)[0][1] == 0.5
    check_gradients(lambda a, b: a**b, 2.0, 0.0, order=2)


def test_it_is_public():
    assert "check_gradients" in autograd.__all__
