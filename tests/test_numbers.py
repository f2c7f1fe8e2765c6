"""Graphs and programs on other numbers than floats, against numbers that are not ours."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import oracle
import pytest
import sympy
from mpmath import mp, mpf

import autograd
from autograd import Value, abs, dot, exp, logsumexp, maximum, mean, numbers, prod, record, relu, scope, sin, sqrt, tanh, where  # noqa: A004
from autograd.numbers import Interval, bounds, equations, solution, taylor
from autograd.numbers.accuracy import error_of, ulps_of
from autograd.operation import TABLE

ENTRIES = [entry for entry in TABLE.values() if not entry.many and entry.name not in {"where", "detach"}]
POINTS = ((-0.7, -1.3, -0.2), (-0.75, 0.5, 1.0), (0.7, 1.3, 0.2), (0.3, 0.6, 2.0), (1.9, 2.5, 3.0), (1.2, -0.4, 0.1))


# Fractions.


def test_a_graph_is_exact_for_the_doubles_that_it_holds():
    x, w = Value(0.1), Value(-3.7)
    a, b = Fraction(0.1), Fraction(-3.7)
    y = x**3 / (w - 2) + mean([x, w, 5.0]) * prod([x, w, x]) + dot([x, w], [w, 3.0], w) + maximum(x, w) * abs(w)
    found = numbers.exact(y + relu(x) * sqrt(Value(6.25)))
    assert found.value == a**3 / (b - 2) + (a + b + 5) / 3 * (a * a * b) + (a * b + 3 * b + b) - a * b + a * Fraction(5, 2)
    assert found.grad[x] == 3 * a**2 / (b - 2) + a * a * b / 3 + (a + b + 5) / 3 * 2 * a * b + b - b + Fraction(5, 2)
    assert found.grad[w] == -(a**3) / (b - 2) ** 2 + a * a * b / 3 + (a + b + 5) / 3 * a * a + a + 4 - a
    assert {type(found.value), *map(type, found.grad.values())} == {Fraction}


def test_a_value_in_the_middle_has_its_number_too():
    x = Value(0.1)
    square = x * x
    found = numbers.exact(square + 1)
    assert found[square] == Fraction(0.1) ** 2
    with pytest.raises(KeyError, match="no part of this graph"):
        found[Value(1.0)]


def test_leaves_may_have_other_numbers():
    x, y = Value(0.1, label="x"), Value(3.0)
    third = Fraction(1, 3)
    found = numbers.exact(x * y / (x + 1), at={x: third})
    assert found.value == third * 3 / (third + 1) == Fraction(3, 4)
    assert found.grad[x] == 3 / (third + 1) ** 2


def test_a_program_takes_fractions_and_chooses_by_them():
    program = record(lambda x, w: where(x > w[0], x * w[1], x / w[0]), 1.0, [1.0, 2.0])
    above, below = (numbers.exact(program, x, [Fraction(1, 7), 2]) for x in (Fraction(1, 3), Fraction(1, 9)))
    assert (above.value, above.grad) == (Fraction(2, 3), (2, [0, Fraction(1, 3)]))
    assert (below.value, below.grad) == (Fraction(7, 9), (7, [Fraction(-49, 9), 0]))
    several = numbers.exact(record(lambda x: [x * x, {"half": x / 2}], 1.0), Fraction(2, 3))
    assert several.value == [Fraction(4, 9), {"half": Fraction(1, 3)}]
    with pytest.raises(TypeError, match="outputs"):
        _ = several.grad


def test_what_is_no_fraction_is_refused_by_name():
    x = Value(2.0)
    for y, said in (
        (sin(x), "sin: its result is no fraction; numbers.precise"),
        (x**0.5, r"2 \*\* \(1/2\) is no fraction; numbers.precise"),
        (sqrt(x), r"sqrt\(2\) is no fraction"),
        (autograd.hypot(x, 1.0), r"sqrt\(5\) is no fraction"),
        (autograd.logsumexp([x, 1.0]), "logsumexp: its result is no fraction"),
    ):
        with pytest.raises(TypeError, match=said):
            numbers.exact(y)
    assert numbers.exact(autograd.hypot(x * 2, 3.0)).value == 5
    with pytest.raises(ZeroDivisionError) as caught:
        numbers.exact(record(lambda a, b: a / b, 1.0, 1.0), 1, 0)
    assert caught.value.__notes__ == ["in div(1, 0)"]
    with pytest.raises(ValueError, match="inf is no fraction"):
        numbers.exact(Value(float("inf")) + 1)


def test_powers_and_signs_that_are_fractions():
    x = Value(2.25)
    for y, value, slope in (
        (x**1.5, Fraction(27, 8), Fraction(9, 4)), (x**-0.5, Fraction(2, 3), Fraction(-4, 27)),
        (x**-2, Fraction(16, 81), Fraction(-128, 729)), (sqrt(x), Fraction(3, 2), Fraction(1, 3)),
        (autograd.copysign(x, -3.0), Fraction(-9, 4), -1), (autograd.copysign(-x, 2.0), Fraction(9, 4), 1),
    ):  # fmt: skip
        found = numbers.exact(y)
        assert (found.value, found.grad[x]) == (value, slope)
    for root in (0.5, 8.0):  # of 1 and 2 each, and of what is no square above
        with pytest.raises(TypeError, match=r"is no fraction; numbers\.precise"):
            numbers.exact(sqrt(Value(root)))


def test_what_does_not_fit_is_told():
    x, y = Value(2.0, label="x"), Value(1.0)
    with pytest.raises(TypeError, match=r"the side that where\(\) took, in where.*record the function"):
        numbers.exact(where(x > 1, x, y), at={x: 0})
    with pytest.raises(ValueError, match="is no leaf of this graph"):
        numbers.exact(x * 2, at={y: 1})
    with pytest.raises(TypeError, match=r"a Value or a Program belongs here, not 3\.0"):
        numbers.exact(3.0)
    program = record(lambda x: x[0] * x[1], [1.0, 1.0])
    with pytest.raises(ValueError, match="argument x has 3 numbers; the program was recorded with 2"):
        numbers.exact(program, [1, 2, 3])
    with pytest.raises(TypeError, match="recorded with 1 arguments; 2 given"):
        numbers.exact(program, [1, 2], 3)
    square = x * x
    x.data = 3.0
    with pytest.raises(ValueError, match=r"out of date, a leaf was changed: call forward\(\)"):
        numbers.exact(square)


def test_exactly_0_passes_nothing_on():
    x = Value(0.0)
    found = numbers.exact(record(lambda x: x * where(x > 0, 1 / x, 0.0), 1.0), Fraction(1, 2))
    assert (found.value, found.grad) == (1, 0)
    assert numbers.exact((x * 0.0) * sqrt(x)).grad[x] == 0


def test_equations_of_a_long_loop_are_refused_before_the_work(monkeypatch):
    def state(n):
        x = Value(0.1, label="x")
        y = x
        for _ in range(n):
            y = (y * 0.5 + x).tanh()
        return y

    monkeypatch.setattr("autograd.numbers.written.instructions", None)  # nobody asks for them
    with pytest.raises(TypeError, match=r"equations: 120,000 operations have 200,000 operands, and of more"):
        numbers.equations(state(40_000))
    monkeypatch.undo()
    assert len(str(numbers.equations(state(200))).splitlines()) > 100


def test_a_number_is_no_list_and_a_text_a_fraction():
    program = record(lambda x, y: x * y, 1.0, 1.0)
    for way in (numbers.exact, numbers.precise):
        with pytest.raises(TypeError, match=r"argument x is a number in this program, not \[1\]: give numbers\[0\]"):
            way(program, [1], 1)
    assert numbers.exact(program, "1/3", 3).value == 1
    with pytest.raises(ValueError, match="exact: 'a' is no fraction: write such as '1/3'"):
        numbers.exact(program, "a", 1)


@pytest.mark.parametrize("digits", ["a", -5, 0, 1.5, True, None], ids=repr)
def test_digits_are_a_whole_number(digits):
    with pytest.raises(ValueError, match=f"precise: digits is a whole number, at least 1, not {digits!r}"):
        numbers.precise(Value(1.0) * 2, digits=digits)


# Many digits.


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_operation_has_as_many_digits_as_are_asked_for(entry):
    seen = 0
    for point in POINTS:
        xs = (1.0, point[1]) if entry.name == "polygamma" else point[: entry.arity]
        operands = [x if rule is None else Value(x) for x, rule in zip(xs, entry.partials, strict=True)]
        try:
            y = autograd.value.apply(entry, operands)
        except ValueError:
            continue
        found = numbers.precise(y, digits=50)
        numbers_found = [found.value, *[found.grad[x] for x in operands if isinstance(x, Value)]]
        orders = [[0] * len(xs), *[[int(i == k) for i in range(len(xs))] for k, x in enumerate(operands) if isinstance(x, Value)]]
        for got, order in zip(numbers_found, orders, strict=True):
            with mp.workdps(70):
                want = oracle.derivative(entry.name, order, xs)
                assert mp.fabs(got - want) <= mp.fabs(want) * mpf(10) ** -49, (xs, order)
            seen += 1
    assert seen >= 3


def test_digits_are_those_that_were_asked_for_whenever_the_gradient_is_read():
    x = Value(2.0)
    found = numbers.precise(sqrt(x), digits=80)
    with mp.workdps(80):
        assert mp.fabs(found.value - mp.sqrt(2)) < mpf(10) ** -79
        assert mp.fabs(found.grad[x] - 1 / mp.sqrt(8)) < mpf(10) ** -79


def test_constants_of_a_users_operation_have_all_their_digits():
    autograd.op("constants", lambda x: x * math.pi + math.log(10), lambda x, y: math.pi)
    try:
        x = Value(2.0)
        found = numbers.precise(autograd.FUNCTIONS["constants"](x), digits=40)
        with mp.workdps(40):
            assert mp.almosteq(found.value, 2 * mp.pi + mp.ln10, rel_eps=mpf(10) ** -38)
            assert mp.almosteq(found.grad[x], mp.pi, rel_eps=mpf(10) ** -38)
    finally:
        autograd.registry.remove("constants")


def test_where_there_is_no_real_number_an_error_says_so():
    program = record(autograd.log, 1.0)
    with pytest.raises(ValueError, match=r"log\(-1\.0\): math domain error"):
        numbers.precise(program, -1)
    assert mp.nstr(numbers.precise(program, "0.1", digits=30).value, 20) == "-2.302585092994045684"


# Error bars.


def drawn(seed: int) -> Value:
    """A random graph of 2 to 60 operations, each of which takes what was made lately, so that errors meet again."""
    draw = random.Random(seed)
    made = [Value(draw.uniform(-2.0, 2.0)) for _ in range(3)]
    for _ in range(draw.randrange(2, 60)):
        a, b, c = (draw.choice(made[-6:]) for _ in range(3))
        made.append(draw.choice((
            lambda a, b, c: a + b, lambda a, b, c: a - b, lambda a, b, c: a * b, lambda a, b, c: a / (b * b + 0.5),
            lambda a, b, c: sin(a), lambda a, b, c: exp(-abs(a)), lambda a, b, c: tanh(a), lambda a, b, c: sqrt(a * a + 1),
            lambda a, b, c: dot([a, b], [c, a], b), lambda a, b, c: autograd.sum([a, b, c]), lambda a, b, c: logsumexp([a, b]),
            lambda a, b, c: a * 1.1, lambda a, b, c: maximum(a, b), lambda a, b, c: tanh(prod([a, b, c])),
        ))(a, b, c))  # fmt: skip
    return made[-1]


def true_error(y: Value) -> float:
    with mp.workdps(60):
        return float(mp.fabs(numbers.precise(y, digits=60).value - mpf(y.data)))


@pytest.mark.parametrize("first", [0, pytest.param(100, marks=pytest.mark.slow)])
def test_the_bound_holds_on_random_graphs_and_is_near_the_error(first):
    """100 graphs, 900 more in the slow run."""
    times = []
    for seed in range(first, 10 * first or 100):
        y = drawn(seed)
        bound, error = numbers.rounding(y).bound, true_error(y)
        assert error <= bound, seed
        if error > 0:
            times.append(bound / error)
    assert len(times) > 90
    assert sorted(times)[len(times) // 2] < 100


def test_the_quadratic_formula_loses_the_digits_of_the_small_root():
    b = Value(1e8, label="b")
    with scope("root"):
        small = b - sqrt(b * b - 4)  # of x² - 2bx + 4
    found, better = numbers.rounding(small), numbers.rounding(4 / (b + sqrt(b * b - 4)))
    assert true_error(small) == pytest.approx(5.098811567776954e-09, rel=1e-6)
    assert 5.1e-9 < found.bound < 3e-8
    assert found.digits == 0.0
    assert better.digits > 15
    assert found.worst[0].op == "sqrt"
    assert repr(found).splitlines()[1].endswith("sqrt(1e+16) in root")
    assert sum(found[v] for v in found.worst) == pytest.approx(found.bound, rel=1e-2)


def test_the_variance_by_the_mean_of_squares_loses_what_the_mean_is_large_by():
    xs = [Value(1e8 + k) for k in range(4)]
    wrong = mean([x * x for x in xs]) - mean(xs) ** 2
    m = mean(xs)
    right = mean([(x - m) ** 2 for x in xs])
    assert (right.data, numbers.exact(wrong).value) == (1.25, Fraction(5, 4))
    assert 1 <= true_error(wrong) + 1 <= numbers.rounding(wrong).bound + 1
    assert numbers.rounding(wrong).digits == 0.0
    assert numbers.rounding(right).digits > 7


def test_no_digit_of_rumps_expression_is_certain():
    """S. M. Rump, Algorithms for verified inclusions, 1988: -0.8273960599..., of which doubles have not even the sign."""
    a, b = Value(77617.0), Value(33096.0)
    y = 333.75 * b**6 + a**2 * (11 * a**2 * b**2 - b**6 - 121 * b**4 - 2) + 5.5 * b**8 + a / (2 * b)
    assert float(numbers.exact(y).value) == -0.8273960599468214
    assert abs(y.data) > 1e20
    assert numbers.rounding(y).bound > abs(y.data) + 1
    assert numbers.rounding(y).digits == 0.0


def test_what_is_exact_has_no_error_and_what_left_its_domain_an_infinite_one():
    x = Value(2.0)
    assert numbers.rounding(relu(maximum(-x, x))).bound == 0.0
    assert numbers.rounding(x).bound == 0.0
    assert numbers.rounding(x, leaves=0.5).bound == pytest.approx(2.0**-52, rel=1e-2)
    tiny = (x + 1e-17) - x - 1e-30
    assert numbers.rounding(1 / tiny).bound == math.inf
    assert "0.0 digits are certain" in repr(numbers.rounding(1 / tiny))


def test_the_term_of_second_order_is_counted():
    """At the top of a parabola the first derivative is 0, and all that is left is of second order."""
    a, b = Value(1e8), Value(1e-8)
    lost = (a + b) - a  # 1e-8 in truth, about 1.5e-8 in doubles
    y = autograd.cos(lost)
    assert true_error(y) <= numbers.rounding(y).bound
    far = autograd.cos((Value(1e16) + 1.0) - Value(1e16))  # 1 in truth, 0 in doubles
    assert far.data == 1.0
    assert 1 - math.cos(1.0) <= numbers.rounding(far).bound < 5


def test_two_errors_multiply_in_a_dot_product_too():
    x = Value(1e16)
    lost, gone = (x + 1) - x, (x + 1) - x  # 1 each, computed as 0
    assert (lost.data, gone.data) == (0.0, 0.0)
    assert numbers.exact(dot([lost], [gone])).value == 1
    assert numbers.rounding(dot([lost], [gone])).bound >= 1.0
    assert numbers.rounding(lost * gone).bound >= 1.0


def test_terms_that_a_sum_of_exponentials_loses_are_counted():
    few = Value(math.log(1.1e-16))  # added to 1 one by one each of them is lost
    y = logsumexp([Value(0.0), *[few] * 1000])
    assert y.data == 0.0
    true = numbers.precise(y, digits=30).value
    assert 1e-13 < true <= numbers.rounding(y).bound


def test_from_a_condition_number_of_10_on_an_error_grows_with_it():
    assert error_of(4.0, 1.0, 9.0) == 4 * 2.0**-52  # 9 is what a relative change of 1 adds to a value of 1
    assert error_of(4.0, 1.0, 100.0) == 400 * 2.0**-52
    assert error_of(4.0, -0.5, 50.0) == 200 * 2.0**-52
    assert error_of(0.5, 1.0, 100.0) == 2.0**-53  # a sum is rounded once, whatever cancels
    assert error_of(0.0, 1.0, 100.0) == 0.0


def test_leaves_may_stand_for_decimals():
    a, b = Value(0.1), Value(0.3)
    found = numbers.rounding(a - b, leaves=0.5)
    assert (found[a], found[b]) == (math.ulp(0.1) / 2, math.ulp(0.3) / 2)
    assert abs(Fraction((a - b).data) + Fraction(1, 5)) <= Fraction(found.bound)
    assert numbers.rounding(a - b)[a] == 0.0


def test_rounding_takes_a_value_in_date():
    x = Value(2.0)
    y = x * x
    x.data = 3.0
    with pytest.raises(ValueError, match="out of date"):
        numbers.rounding(y)
    with pytest.raises(TypeError, match=r"a Value belongs here, not 3\.0"):
        numbers.rounding(3.0)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_value_is_as_near_as_the_bounds_say(entry):
    """300 random points of many sizes here; tests/oracle.py has the hard ones."""
    draw = random.Random(entry.code)
    for _ in range(300):
        xs = [draw.uniform(-1, 1) * 10.0 ** draw.uniform(-3, 2) for _ in entry.operands]
        xs = [1.0, abs(xs[1])] if entry.name == "polygamma" else xs
        try:
            y = entry.evaluate(*xs)
            want = oracle.derivative(entry.name, [0] * len(xs), tuple(xs))
        except (ValueError, OverflowError, ZeroDivisionError, ArithmeticError):
            continue
        if math.isfinite(y):
            partials = [entry.locals[1 << i](*xs, y)[i] for i, rule in enumerate(entry.partials) if rule is not None]
            differentiable = [x for x, rule in zip(xs, entry.partials, strict=True) if rule is not None]
            moved = sum(abs(x * d) for x, d in zip(differentiable, partials, strict=True))
            assert mp.fabs(want - mpf(y)) <= error_of(ulps_of(entry), y, moved, max(map(abs, xs))), xs


# Intervals.


def boxes(entry: autograd.operation.Operation, draw: random.Random) -> tuple[list[float], list[float]]:
    """Numbers and widths of intervals around them."""
    xs = [draw.uniform(-1, 1) * 10.0 ** draw.uniform(-3, 2) for _ in entry.operands]
    widths = [abs(x) * 10.0 ** draw.uniform(-6, 0.5) * draw.choice((0, 1, 1)) for x in xs]
    if entry.name == "polygamma" or (entry.name == "pow" and draw.random() < 0.5):
        at = int(entry.name == "pow")
        xs[at], widths[at] = (float(draw.randrange(-4, 5)) if at else 1.0), 0.0
    if entry.name == "clip":
        xs[1:], widths[1:] = sorted(xs[1:]), [0.0, 0.0]
    return xs, widths


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@pytest.mark.parametrize("count", [25, pytest.param(1250, marks=pytest.mark.long)])
def test_intervals_hold_value_and_derivatives_at_all_points(entry, count):
    """Against mpmath at 200 points, in the long run 10,000, of random boxes; ends and middles among them."""
    draw, seen = random.Random(entry.code), 0
    while seen < 8 * count:
        xs, widths = boxes(entry, draw)
        seen += 1  # also what leaves the domain counts, or this may take for ever
        operands = [x if rule is None else Value(x) for x, rule in zip(xs, entry.partials, strict=True)]
        try:
            y = autograd.value.apply(entry, operands)
            spans = [Interval(x - w / 2, x + w / 2) for x, w in zip(xs, widths, strict=True)]
            box = {v: span for v, span in zip(operands, spans, strict=True) if isinstance(v, Value)}
            found = bounds(y, box)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        ends = [box.get(v, Interval(x)) for v, x in zip(operands, xs, strict=True)]
        anywhere = lambda end: draw.uniform(end.low, end.high)
        for pick in (lambda end: end.low, lambda end: end.high, lambda end: end.middle, anywhere):
            seen += 1
            point = tuple(map(pick, ends))
            for of in (None, *[k for k, v in enumerate(operands) if isinstance(v, Value)]):
                try:
                    want = oracle.derivative(entry.name, [int(k == of) for k in range(len(xs))], point)
                except (ArithmeticError, ValueError):
                    continue
                got = found.value if of is None else found.grad[operands[of]]
                if isinstance(want, mpf) and mp.isfinite(want):
                    assert got.low <= want <= got.high, (point, of, ends)


@pytest.mark.parametrize(
    ("name", "low", "high", "inside"),
    [
        ("gelu", -2.0, 0.0, -0.16997), ("silu", -3.0, 0.0, -0.27846), ("gamma", 1.0, 2.0, 0.88561),
        ("lgamma", 1.0, 2.0, -0.12148), ("gamma", -0.9, -0.1, -3.5447), ("cosh", -1.0, 2.0, 1.0), ("sech", -1.0, 2.0, 1.0),
        ("gaussian", -1.0, 2.0, 1.0), ("normal_pdf", -1.0, 2.0, 0.39894), ("logistic_pdf", -1.0, 2.0, 0.25),
        ("sin", 1.0, 2.0, 1.0), ("sin", 4.0, 5.0, -1.0), ("cos", -1.0, 1.0, 1.0), ("cos", 3.0, 4.0, -1.0),
        ("cos", 3.0, 10.0, -1.0), ("cos", 3.0, 10.0, 1.0),
    ],
)  # fmt: skip
def test_an_operation_turns_within_a_box(name, low, high, inside):
    """The least or largest values are those of the tables, to five digits, and no end has them."""
    found = bounds(autograd.value.apply(TABLE[name], [x := Value(low)]), {x: (low, high)}).value
    assert inside in found
    assert found.low > inside - 1e-4 or found.high < inside + 1e-4


def test_shares_lie_over_a_box_as_softmax_has_them():
    x, y = Value(0.0), Value(1.0)
    over = bounds(logsumexp([x, y]), {x: (0.0, 1.0), y: (1.0, 2.0)})
    assert 1.3132616875182228 in over.value  # log(1 + e)
    for share in (0.5, 0.11920292202211755):  # of (1, 1) and (0, 2)
        assert share in over.grad[x]
        assert 1 - share in over.grad[y]
    assert bounds(logsumexp([x]), {x: (0.0, 1.0)}).grad[x].low <= 1.0 <= bounds(logsumexp([x]), {x: (0.0, 1.0)}).grad[x].high


def test_an_angle_jumps_where_it_is_cut():
    y, x = Value(-1.0), Value(-1.0)
    over = bounds(autograd.atan2(y, x), {y: (-1.0, 0.0), x: (-1.0, 1.0)}).value
    assert math.atan2(-1e-3, -1.0) in over
    assert math.atan2(0.0, -1.0) in over
    assert bounds(autograd.atan2(y, x), {y: (1.0, 2.0), x: (-1.0, 1.0)}).value.high < 2.4


def test_intervals_answer_what_people_ask():
    x, w = Value(1.0, label="x"), Value(2.0, label="w")
    loss = (tanh(w * x) - 0.5) ** 2
    over = bounds(loss, {x: (1.0, 2.0), w: (0.5, 3.0)})
    assert 0.0 in over.grad[w]
    assert bounds(loss, {x: (1.0, 2.0), w: (1.0, 3.0)}).grad[w].low > 0  # monotone in w over this box
    denominator = x * x - w
    assert 0.0 in bounds(1 / denominator, {x: (1.0, 2.0)})[denominator]  # it can be 0
    assert bounds(1 / denominator, {x: (1.0, 2.0)}).value.high == math.inf
    assert 0.0 not in bounds(1 / denominator, {x: (1.5, 2.0)})[denominator]


def test_a_number_times_itself_is_a_square_and_two_equal_intervals_are_two_numbers():
    x, y = Value(0.0), Value(0.0)
    side = Interval(-1.0, 1.0)
    square, rectangle = bounds(x * x, {x: side}).value, bounds(x * y, {x: side, y: side}).value
    assert square.low == 0.0
    assert rectangle.low <= -1.0
    program = record(lambda x, y: x * y, 0.0, 0.0)
    assert bounds(program, side, side).value.low <= -1.0


def test_a_kink_gives_all_its_subgradients():
    x = Value(0.0)
    kinks = ((relu(x), 0.0, 1.0), (abs(x), -1.0, 1.0), (maximum(x, 0.0), 0.0, 1.0), (autograd.leaky_relu(x), 0.01, 1.0))
    for y, low, high in kinks:
        for width in (0.0, 1.0):
            found = bounds(y, {x: (-width, width)}).grad[x]
            assert (found.low, found.high) == pytest.approx((low, high))
        assert bounds(relu(x), {x: (0.5, 1.0)}).grad[x].low == 1.0


def test_programs_choose_over_a_box():
    program = record(lambda x: where(x > 1, x * 2, -x), 0.0)
    assert repr(bounds(program, Interval(0.0, 0.5)).value) == "[-0.5, -0.0]"
    both = bounds(program, Interval(0.5, 2.0))
    assert (both.value.low, both.value.high) == pytest.approx((-2.0, 4.0))
    assert (both.grad.low, both.grad.high) == pytest.approx((-1.0, 2.0))


def test_an_interval_outside_the_domain_is_told():
    x = Value(1.0)
    with pytest.raises(ValueError, match=r"log\(\[-1\.0, 2\.0\]\): the box leaves the domain, x in \(0, inf\)"):
        bounds(autograd.log(x), {x: (-1.0, 2.0)})
    with pytest.raises(ValueError, match=r"the first end is not the lower one"):
        Interval(2.0, 1.0)
    with pytest.raises(ValueError, match=r"the first end is not the lower one"):
        Interval(math.nan)
    with pytest.raises(TypeError, match="holds for some of their numbers"):
        bool(Interval(0.0, 2.0) < 1.0)
    line = record(lambda x: 2 * x, 1.0)
    with pytest.raises(ValueError, match=r"argument x has 2 numbers; .* an interval is given as Interval\(low, high\)"):
        bounds(line, (0.0, 1.0))
    with pytest.raises(TypeError, match=r"'1' is neither an interval, such as Interval\(0\.0, 1\.0\)"):
        bounds(line, "1")
    with pytest.raises(TypeError, match="one dict of leaves"):
        bounds(x * 2, 3.0)


def test_intervals_and_the_exact_value_and_the_double_lie_in_each_other():
    for seed in range(40):
        y = drawn(seed)
        found = bounds(y)
        with mp.workdps(60):
            assert found.value.low <= numbers.precise(y).value <= found.value.high
        assert y.data in found.value


# Taylor series.

CLOSED = {
    "exp": (exp, mp.exp, 0.3), "sin": (sin, mp.sin, 0.3), "tan": (autograd.tan, mp.tan, 0.3), "log": (autograd.log, mp.log, 1.3),
    "tanh": (tanh, mp.tanh, 0.3), "sqrt": (sqrt, mp.sqrt, 1.3), "atan": (autograd.atan, mp.atan, 0.3),
    "erf": (autograd.erf, mp.erf, 0.3),
    "pow": (lambda x: x**2.5, lambda x: mp.power(x, 2.5), 1.3), "cube": (lambda x: x**3, lambda x: x**3, 0.4),
    "base": (lambda x: 2.0**x, lambda x: mp.power(2, x), 0.4), "inverse": (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x), 0.25),
    "sigmoid": (autograd.sigmoid, lambda x: 1 / (1 + mp.exp(-x)), 0.3), "gelu": (autograd.gelu, lambda x: x * mp.ncdf(x), -0.7),
    "silu": (autograd.silu, lambda x: x / (1 + mp.exp(-x)), -0.3), "abs": (abs, lambda x: -x, -0.5),
    "atan2": (lambda x: autograd.atan2(x, x * x + 1), lambda x: mp.atan(x / (x * x + 1)), 0.5),
    "many": (
        lambda x: logsumexp([x, 2 * x, 1.0]) * prod([x, x + 1, x + 2]) + dot([x, x], [x, 2.0], x) - mean([x, x * x]),
        lambda x: mp.log(mp.exp(x) + mp.exp(2 * x) + mp.e) * x * (x + 1) * (x + 2) + x * x + 3 * x - (x + x * x) / 2, 0.4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED)
def test_coefficients_to_order_20_are_those_of_closed_forms(name):
    f, closed, x = CLOSED[name]
    got = taylor(f, x, order=20)
    with mp.workdps(60):
        want = mp.taylor(closed, mpf(x), 20)
    assert len(got) == 21
    size = max(map(abs, got))
    for k in range(21):
        assert got[k] == pytest.approx(float(want[k]), rel=1e-12, abs=1e-15 * size), k


def test_the_gamma_function_has_its_coefficients_too():
    with mp.workdps(60):
        want = [float(mp.diff(mp.gamma, mpf(2.3), k) / mp.factorial(k)) for k in range(7)]
    assert taylor(autograd.gamma, 2.3, order=6) == pytest.approx(want, rel=1e-12)


def test_coefficients_are_nested_gradients_over_factorials():
    f, g = lambda x: tanh(x * sin(x)) * exp(x), lambda x: tanh(x * sin(x)) * exp(x)
    for k, c in enumerate(taylor(f, 0.4, order=5)):
        assert c == pytest.approx(float(g(Value(0.4)).data if k == 0 else g(0.4)) / math.factorial(k), rel=1e-11)
        g = autograd.grad(g)


def test_a_direction_in_several_numbers_is_the_gradient_along_it():
    f = lambda x, w: exp(w[0] * x) + w[1] / x
    value, slope, bend = taylor(f, 0.5, [1.5, 2.0], order=2, along=(1.0, [0.5, -1.0]))
    _, (by_x, by_w) = autograd.value_and_grad(f, argnums=(0, 1))(0.5, [1.5, 2.0])
    assert value == pytest.approx(math.exp(0.75) + 4)
    assert slope == pytest.approx(by_x + 0.5 * by_w[0] - by_w[1])
    row_x, rows_w = record(f, 0.5, [1.5, 2.0]).hvp((0.5, [1.5, 2.0]), (1.0, [0.5, -1.0]))
    assert bend == pytest.approx((row_x + 0.5 * rows_w[0] - rows_w[1]) / 2)


def test_two_equal_operands_and_a_choice():
    assert taylor(lambda x: where(x > 1, x * x, -x), 2.0, order=3) == [4.0, 4.0, 1.0, 0.0]
    assert taylor(lambda x: where(x > 1, x * x, -x), 0.5, order=2) == [-0.5, -1.0, 0.0]
    assert taylor(lambda x: [x - x, 3.0], 2.0, order=1) == [[0.0, 0.0], [3.0, 0.0]]
    assert taylor(relu, -1.0, order=2) == [0.0, 0.0, 0.0]


def test_a_direction_that_does_not_fit_is_told():
    with pytest.raises(ValueError, match=r"of a function of 2 numbers `along` says the direction, such as along=\(1\.0, 1\.0\)"):
        taylor(lambda x, y: x * y, 1.0, 2.0, order=2)
    with pytest.raises(ValueError, match="the direction has 1 numbers, the arguments have 2"):
        taylor(lambda x: x[0] * x[1], [1.0, 2.0], order=2, along=[1.0])
    for order in (-1, 2.5):
        with pytest.raises(ValueError, match=f"order is a whole number from 0 on, not {order}"):
            taylor(sin, 1.0, order=order)
    with pytest.raises(ValueError, match=r"y has 2 numbers, f\(y\) has 1"):
        solution(lambda y: [y[0]], [1.0, 2.0], 3)


def test_differential_equations_have_the_series_of_their_solutions():
    circle = solution(lambda y: [y[1], -y[0]], [0.0, 1.0], 20)
    assert circle[0] == pytest.approx([(0, 1, 0, -1)[k % 4] / math.factorial(k) for k in range(21)])
    logistic = solution(lambda y: y * (1 - y), 0.25, 20)
    with mp.workdps(60):
        want = mp.taylor(lambda t: 1 / (1 + 3 * mp.exp(-t)), 0, 20)
    assert logistic == pytest.approx([float(c) for c in want], rel=1e-11, abs=1e-17)
    time = solution(lambda y: [y[1], 1.0], [0.0, 0.0], 3)  # y' = t
    assert time == [[0.0, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0]]


# Formulas.


@pytest.mark.slow
@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.name != "identity"], ids=lambda entry: entry.name)
def test_formulas_are_worth_in_sympy_what_the_engine_computes(entry):
    draw = random.Random(entry.code)
    for _ in range(3):
        xs = [draw.uniform(0.1, 0.9) for _ in entry.operands]
        xs = {"acosh": [1.5], "clip": [0.5, 0.1, 0.9]}.get(entry.name, xs)
        named = zip(xs, entry.partials, "abc", strict=False)
        operands = [1.0 if rule is None else Value(x, label=name) for x, rule, name in named]
        y = autograd.value.apply(entry, operands) * 1.5
        y.backward()
        leaves = [v for v in operands if isinstance(v, Value)]
        point = {sympy.Symbol(v.label, real=True): sympy.Float(v.data, 30) for v in leaves}
        found = equations(y).sympy()
        assert list(found) == ["y", *[f"∂y/∂{v.label}" for v in leaves]]
        got = [float(sympy.N(each.subs(point), 30)) for each in found.values()]
        assert got == pytest.approx([y.data, *[v.grad for v in leaves]], rel=1e-12, abs=1e-15)


def test_random_graphs_are_their_formulas():
    for seed in range(4):
        y = drawn(seed)
        y.backward()
        leaves = [v for v in autograd.graph.members(y) if not v.parents]
        found = equations(y).sympy()
        point = {sympy.Symbol(f"x{k}", real=True): sympy.Float(v.data, 40) for k, v in enumerate(leaves, 1)}
        for name, each in found.items():
            point[sympy.Symbol(name, real=True)] = sympy.Float(each.subs(point).evalf(40), 40)
        got = [float(point[sympy.Symbol(name, real=True)]) for name in ("y", *[f"∂y/∂x{k}" for k in range(1, len(leaves) + 1)])]
        assert got == pytest.approx([y.data, *[v.grad for v in leaves]], rel=1e-9, abs=1e-12), seed


def test_shared_parts_have_names_and_formulas_do_not_explode():
    x = y = Value(0.1, label="x")
    for _ in range(30):
        y = y * y + x
    lines = equations(y).lines
    assert len(lines) < 60
    assert max(f.parts for _, f in lines) < 1000
    known = {"x": 0.1}
    for name, f in lines:
        known[name] = f.at(**known)
    y.backward()
    assert (known["y"], known["∂y/∂x"]) == pytest.approx((y.data, x.grad), rel=1e-12)


def test_names_of_shared_parts_are_not_those_of_leaves():
    x = Value(0.5, label="v1")
    part = exp(x * x + 1) / (x + 2)
    names = [name for name, _ in equations(part * part + sin(part)).lines]
    assert len(names) == len(set(names))
    assert "v1" not in names
    assert "v1" in str(equations(part * part + sin(part)).lines[0][1])


def test_text_and_latex_are_what_a_person_writes():
    x, w = Value(0.5, label="x"), Value(2.0, label="w")
    found = equations(exp(-w * x) / (1 + sqrt(x)))
    assert str(found).splitlines()[0] == "y = exp(−wx)/(1 + √x)"
    assert found.latex().splitlines()[1] == r"y &= \frac{\exp\left(-w x\right)}{1 + \sqrt{x}} \\"
    assert found._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")
    program = record(lambda theta, w: [theta * w[0], sin(w[1])], 1.0, [1.0, 2.0])
    assert equations(program).latex().splitlines()[1:3] == [
        r"y_{0} &= \theta w_{0} \\", r"y_{1} &= \sin\left(w_{1}\right)",
    ]  # fmt: skip
    chosen = record(lambda x: where(x > 0, x**2, 1 - x), 1.0)
    assert equations(chosen, gradient=False).latex() == (
        r"y = \begin{cases} x^{2} & \text{if } x > 0 \\ 1 - x & \text{else} \end{cases}"
    )


def test_unlabelled_leaves_have_numbers_and_what_has_no_formula_is_told():
    a, b = Value(2.0), Value(3.0, label="x1")
    assert str(equations(a * b, gradient=False)) in ("y = x2·x1", "y = x2x1", "y = x1x2")
    autograd.op("untraced", math.tan, lambda a, y: 1 + math.tan(a) ** 2)
    try:
        with pytest.raises(TypeError, match="untraced"):
            equations(autograd.FUNCTIONS["untraced"](a))
    finally:
        autograd.registry.remove("untraced")
    with pytest.raises(TypeError, match="a Value or a Program belongs here, not 3"):
        equations(3)


# Indices.


def test_an_index_picks_in_numbers_of_any_kind():
    program = record(lambda t, i, w: autograd.take(t, i) ** 2 * w + t[0], [1.0, 2.0, 3.0], autograd.index(0, 3), 1.0)
    found = numbers.exact(program, [1, 2, Fraction(1, 3)], 2, 5)
    assert (found.value, found.grad) == (Fraction(14, 9), ([1, 0, Fraction(10, 3)], Fraction(1, 9)))
    for k, want in enumerate(([11.0, 0.0, 0.0], [1.0, 20.0, 0.0], [1.0, 0.0, 30.0])):
        assert [float(d) for d in numbers.precise(program, [1, 2, 3], k, 5).grad[0]] == want
        over = bounds(program, [1, 2, 3], k, 5).grad[0]
        assert all(d in each for d, each in zip(want, over, strict=True))
    assert taylor(program, [1.0, 2.0, 3.0], 1, 5.0, order=2, along=([0.0, 1.0, 0.0], 0.0)) == [21.0, 20.0, 5.0]
    for wrong in (3, -1, 0.5):
        with pytest.raises(ValueError, match=f"i is {wrong}, no index of 3 rows"):
            numbers.exact(program, [1, 2, 3], wrong, 5)
    with pytest.raises(TypeError, match=r"take\(\) picks by an index"):
        equations(program)
