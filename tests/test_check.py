"""The numeric check: it catches wrong derivatives, and raises no false alarm on right ones."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from measure_checker import false_alarms, outcome, slips

import autograd
from autograd import (
    Value,
    acosh,
    asin,
    atan,
    atan2,
    cbrt,
    check_gradients,
    clip,
    copysign,
    cos,
    cosh,
    detach,
    dot,
    exp,
    gamma,
    hessian,
    hypot,
    log,
    log1p,
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


@pytest.mark.filterwarnings("ignore:check_gradients")  # where nothing can be compared: the second derivative of gelu at 8.34
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


@pytest.mark.filterwarnings("ignore:check_gradients")  # where nothing can be compared: 8 of 50,000
@settings(max_examples=100)
@given(graphs())
def test_random_graphs_pass(f: Formula):
    check_gradients(f, *f.point)


@pytest.mark.filterwarnings("ignore:check_gradients")  # where nothing can be compared: 8 of 50,000
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


HARD = [
    (lambda x: sin(1e12 * x), 0.7),
    (lambda x: sin(1e15 * x), 0.7),
    (lambda x: sin(1e12 * x), (2e11 * math.pi + math.pi / 2) / 1e12),  # at a peak
    (lambda t: sin(2 * math.pi * 1000 * t), 1.7e9 + 0.3),
    (lambda x: 1e6 * x + 1e-9 * sin(1e9 * x), 0.7),
    *[(sin, x) for x in (1e14, 1e15, 4e15, 1e16, 1e20, 1e300)],
    *[(tan, math.pi / 2 - d) for d in (3e-15, 1e-15, 2.3e-16, 0.0)],
    *[(asin, 1 - d) for d in (1e-15, 2.3e-16, 1.2e-16)],
    *[(acosh, 1 + d) for d in (1e-15, 2.3e-16)],
    (log1p, -1 + 1.2e-16),
    (gamma, -2 + 1e-15),
    (sqrt, 5e-324),
    (lambda x: 1 / (x - 1), 1 + 1e-15),
    (lambda x: sqrt(1 - x), 1 - 2.3e-16),
    *[(lambda y, x=x: atan2(y, x), y) for x in (-1e-300, -1e-12, -1.0) for y in (0.0, -0.0, 1e-17, -1e-300)],  # its cut
    *[(lambda x, y=y: atan2(y, x), x) for x in (-1e-300, -1e-12, -1.0) for y in (1e-17, -1e-300)],
    (lambda y: atan2(y - 1, -1e-15), 1.0),
    (lambda x: log(cosh(x)), 1e-5),
    (lambda x: sqrt(x) * x, 0.0),
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("f", "x"), HARD)
def test_where_numbers_are_too_far_apart_nothing_right_is_accused(f, x, order):
    told = outcome(f, x, order=order)
    assert told.partition(":")[0] in {"passes", "unclear"} or (order == 2 and "a derivative of f is not finite" in told)


def test_what_cannot_be_compared_is_told():
    for f, x in ((sin, 1e16), (tan, math.pi / 2), (asin, 1 - 1.2e-16), (lambda x: sin(1e14 * x), 0.7)):
        with pytest.warns(RuntimeWarning, match=r"^check_gradients: argument 0 cannot be compared here: (f bends|what rounding)"):
            check_gradients(f, x)
    with pytest.warns(RuntimeWarning, match=r"entry \[1\] cannot be compared here: .* \(and 1 more: report=True lists them\)"):
        check_gradients(lambda xs: sin(xs[0]) + sin(xs[1]) * sin(xs[2]), [1.0, 1e16, 1e17])
    (row,) = check_gradients(sin, 1e16, report=True).rows
    assert row.unclear
    assert row.note.startswith("f bends too fast")


def test_wrong_derivatives_of_fast_oscillation_are_caught(registered):
    twice = registered("twice", math.sin, lambda x, y: 2 * cos(x))
    for x in (1e12, 1e14, 1e15):
        with pytest.raises(AssertionError, match="twice"):
            check_gradients(twice, x)
    with pytest.raises(AssertionError, match="argument 0"):
        check_gradients(lambda x: twice(1e11 * x), 0.7)


def test_random_expressions_are_not_accused():
    assert false_alarms(150, 2).keys() <= {"passes", "unclear"}


# Wrong derivatives.


def test_no_slip_of_a_partial_by_one_in_ten_million_is_missed():
    said, missed = slips(1e-7, 40, 5)
    assert missed == []
    assert said["found"] > 30


@pytest.mark.parametrize("constant", [math.log(2), 3.14159, 2.718281])
def test_a_constant_typed_with_seven_digits_is_caught(registered, constant):
    scaled = registered("scaled", lambda x: constant * x * x, lambda x, y: 2 * round(constant, 6) * x + 2e-7 * x)
    with pytest.raises(AssertionError, match="noise=1e-6 says so"):
        check_gradients(scaled, 0.7)


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


# Functions that are only near, directions, reports.


def solved(a):
    """The x that is cos(a x), to about 1e-6."""
    x = 0.5
    while abs(math.cos(a * x) - x) >= 1e-6:
        x = 0.5 * (math.cos(a * x) + x)
    return x


@pytest.mark.parametrize("a", [0.3, 0.9, 1.2])
def test_a_solver_that_stops_early_is_compared_to_its_noise(registered, a):
    right = registered("right", solved, lambda a, y: -y * sin(a * y) / (1 + a * sin(a * y)))
    check_gradients(right, a, order=2, noise=1e-6)
    check_gradients(lambda a, b: right(a) * b, a, 2.0, noise=1e-6, directions=3)
    (row,) = check_gradients(right, a, noise=1e-6, report=True).rows
    assert 1e-6 < row.bound < 1e-3
    wrong = registered("wrong", solved, lambda a, y: -1.01 * y * sin(a * y) / (1 + a * sin(a * y)))
    with pytest.raises(AssertionError, match="at fault: wrong"):
        check_gradients(wrong, a, noise=1e-6)


def test_noise_is_of_a_value_or_of_one(registered):
    steps = registered("steps", lambda x: 300 * math.floor(x * 3333.3), lambda x, y: 999990.0)  # wrong by 300 of 1.2e6
    check_gradients(steps, 1.23456, noise=1e-3)
    for noise in (0.0, 1e-7):
        with pytest.raises(AssertionError, match="steps"):
            check_gradients(steps, 1.23456, noise=noise)


def test_a_function_with_noise_may_give_other_values_the_next_time():
    numbers = iter([1e-9, -1e-9] * 1000)
    check_gradients(lambda x: sin(x) + next(numbers), 1.0, noise=1e-8)


def valley(xs):
    """The function of Rosenbrock in any number of variables."""
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs))


def test_directions_take_one_pair_of_values_each():
    point = [1 + 0.1 * i for i in range(10)]
    report = check_gradients(valley, point, directions=3, report=True)
    assert [row.where for row in report.rows] == ["direction 1 of 3", "direction 2 of 3", "direction 3 of 3"]
    assert (report.evaluations, report.runs, report.passes) == (6, 1, 1)
    again = check_gradients(valley, point, directions=3, report=True)
    assert [row.analytic for row in again.rows] == [row.analytic for row in report.rows]
    second = check_gradients(valley, point, directions=2, order=2, report=True)
    assert len(second.rows) == 2 + 20
    assert second.evaluations == 8
    assert second.rows[2].where == "argument 0, entry [0], then direction 1 of 2"


def test_directions_find_a_wrong_entry(registered):
    cube = registered("cube", lambda x: x**3, lambda x, y: 3 * x * x * 1.0001)
    with pytest.raises(AssertionError, match=r"direction 1 of 2: .*\nMost likely at fault: cube\(1.5\)"):
        check_gradients(lambda xs: sum(xs[:9]) + cube(xs[9]), [1.0] * 9 + [1.5], directions=2)
    with pytest.raises(AssertionError, match="argument 0: "):  # a single input has but one direction
        check_gradients(cube, 1.5, directions=2)


def test_directions_where_the_pair_does_not_do():
    check_gradients(lambda x, y: relu(x) + abs(y) * x, 0.0, 0.0, directions=4)
    check_gradients(lambda x, y: log(x) + log(y), 1e-20, 1e-3, directions=4)
    check_gradients(lambda x, y: sin(1e9 * x) * y, 0.7, 2.0, directions=4)
    check_gradients(lambda x, y: relu(x - 1) * y, 1 + 1e-9, 2.0, directions=4)
    assert outcome(lambda x, y: sin(x) * y, 1e16, 2.0, directions=1).startswith("unclear")


def test_a_report_shows_both_columns_and_what_they_took():
    report = check_gradients(lambda x, y: sin(x) * y**2, 0.5, 3.0, order=2, report=True)
    wanted = [9 * math.cos(0.5), 6 * math.sin(0.5), -9 * math.sin(0.5), 6 * math.cos(0.5), 6 * math.cos(0.5), 2 * math.sin(0.5)]
    assert [row.analytic for row in report.rows] == pytest.approx(wanted, rel=1e-15)
    assert [row.numeric for row in report.rows] == pytest.approx(wanted, rel=1e-9)
    assert all(row.difference <= row.bound < 1e-6 for row in report.rows)
    assert report.rows[3].where == "argument 1, then argument 0"
    assert (report.wrong, report.unclear, report.runs, report.passes) == ([], [], 2, 4)
    assert 20 < report.evaluations < 100
    first, heads, row, *_, cost = repr(report).splitlines()
    assert first == "6 derivatives, agree with differences"
    assert heads.split() == ["derivative", "analytic", "differences", "apart", "at", "most"]
    assert row.startswith("argument 0                    7.898243")
    assert cost == f"differences took {report.evaluations} evaluations of f, the derivatives 2 evaluations and 4 backward passes"
    assert "argument 0: analytic 7.898" in repr(report.rows[0])


def test_a_report_is_cut_where_it_is_long():
    lines = repr(check_gradients(sum, [1.0] * 50, report=True)).splitlines()
    assert len(lines) == 44
    assert lines[-2] == "... and 10 more"


def test_what_differs_is_raised_with_the_report():
    with pytest.raises(AssertionError, match="was the graph cut") as error:
        check_gradients(lambda x, y: x.data * y + x * y, 0.7, 2.0, report=True)
    (note,) = error.value.__notes__
    assert note.startswith("2 derivatives: 1 differs\n")
    assert "DIFFERS" in note
    with pytest.raises(AssertionError) as error:
        check_gradients(lambda x, y: x.data * y + x * y, 0.7, 2.0)
    assert not hasattr(error.value, "__notes__")


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
    for directions, wanted in ((0, "counts from 1"), (True, "directions is an int"), (2.0, "directions is an int")):
        with pytest.raises((TypeError, ValueError), match=wanted):
            check_gradients(sin, 1.0, directions=directions)
    for noise, wanted in (
        ("1e-6", "a number such as 1e-6"),
        (True, "a number"),
        (-1e-6, "the part"),
        (1.0, "the part"),
        (math.nan, "part"),
    ):
        with pytest.raises((TypeError, ValueError), match=wanted):
            check_gradients(sin, 1.0, noise=noise)
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
