"""A graph computed anew in place: to the bit what building it anew gives, or nothing has changed; and what is out of date."""

from __future__ import annotations

import copy
import gc
import itertools
import math
import pickle
import struct
import threading

import oracle
import pytest
from guides import run_guide

import autograd
from autograd import (
    Value,
    abs,  # noqa: A004
    clip,
    detach,
    dot,
    exp,
    gradients,
    jvp,
    log,
    logsumexp,
    no_grad,
    op,
    record,
    relu,
    softmax,
    sqrt,
    tanh,
    where,
)
from autograd.anew import outdated
from autograd.functions import FUNCTIONS
from autograd.functions import sum as sum_of
from autograd.ops import TABLE
from autograd.recording import Recorder
from autograd.registry import remove
from autograd.value import AGED_GRAD, flags_of, ieee_arithmetic, members

inf, nan = math.inf, math.nan
HARD = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e308, -1e308, 5e-324, 710.0, inf, -inf, nan)


def bits(*numbers):
    return [b"nan" if x != x else struct.pack("d", x) for x in numbers]


def held(v):
    """All numbers of a graph."""
    return [(x.op, bits(x.data, *x.partials)) for x in members(v)]


def tried(f, *args):
    """What f gives, or what it raises."""
    try:
        return f(*args)
    except Exception as error:  # noqa: BLE001  (whatever it is)
        return type(error), str(error)


@pytest.fixture
def own():
    """Registers operations, and takes them back."""
    names = []

    def register(name, *args, **options):
        names.append(name)
        return op(name, *args, **options)

    yield register
    for name in names:
        remove(name)


def test_raise_the_price_by_one_and_see():
    price, count, tax = Value(100.0), Value(2.0), Value(1.5)
    total = price * count * tax
    total.backward()
    price.data += 1
    assert total.data == 300.0
    total.forward()
    assert (total.data, total.partials, total.parents[0].partials) == (303.0, (1.5, 202.0), (2.0, 101.0))
    assert (price.grad, count.grad, tax.grad) == (3.0, 150.0, 200.0)
    total.zero_grad()
    total.backward()
    assert (price.grad, count.grad, tax.grad) == (3.0, 151.5, 202.0)


# To the bit.


def compared_with_building(f, before, after):
    """Build at one point, go to the other: what building there gives, or raises, and then nothing has changed."""
    xs = [Value(x, label=f"x{i}") for i, x in enumerate(before)]
    try:
        y = f(xs)
    except (ArithmeticError, ValueError):
        return
    if type(y) is not Value:
        return
    was = held(y)
    for x, number in zip(xs, after, strict=True):
        x.data = number
    wanted = tried(f, [Value(x, label=f"x{i}") for i, x in enumerate(after)])
    found = tried(y.forward)
    if type(wanted) is Value:
        assert found is None
        assert held(y) == held(wanted), (before, after)
        assert outdated(y) == []
        assert tried(y.forward) is None
        assert held(y) == held(wanted)
        return
    assert found == wanted
    for x, number in zip(xs, before, strict=True):
        x.data = number
    assert held(y) == was


def functions_of(entry, at):
    """The operation on Values alone, and with a plain number in place of each operand."""
    if entry.name == "dot":
        yield lambda xs: dot(xs[: len(xs) // 2], xs[len(xs) // 2 :])
        yield lambda xs: dot([xs[0], 2.0, *xs], [3.0, xs[-1], *xs], xs[0])
    elif entry.many:
        f = sum_of if entry.name == "sum" else getattr(autograd, entry.name)
        yield f
        yield lambda xs: f([0.5, *xs, xs[0]])
    else:
        f = FUNCTIONS[entry.name]
        for plain in (None, *range(len(entry.operands))) if len(entry.operands) > 1 else (None,):
            if all(rule for k, rule in enumerate(entry.partials) if k != plain):
                yield lambda xs, plain=plain: f(*[at[k] if k == plain else x for k, x in enumerate(xs)])


@pytest.mark.parametrize("name", sorted(set(TABLE) - {"where", "detach"}))
def test_each_operation_of_the_table_at_its_points(name):
    points = oracle.points(TABLE[name])
    points = points[:: max(1, len(points) // 25)]
    for n in {len(point) for point in points}:
        places = [point for point in points if len(point) == n]
        places += [tuple(HARD[(i * k + k) % len(HARD)] for k in range(1, n + 1)) for i in range(len(HARD))]
        for f in functions_of(TABLE[name], places[0]):
            for before, after in zip(places, places[1:] + places[:1]):
                compared_with_building(f, before, after)


def test_shared_parts_and_many_levels():
    def f(xs):
        a, b = xs
        c = a * b + a
        d = exp(c / 7) - c**2
        return dot([a, c, d], [d, c, 2.0], c) + logsumexp([c, d, a]) + clip(d, -1.0, b) + abs(-d) / (b * b)

    points = [(0.5, 2.0), (-1.5, 0.25), (3.0, -1.0), (0.0, 0.0), (1e200, 1e200), (0.5, 2.0)]
    for before, after in itertools.pairwise(points):
        compared_with_building(f, before, after)


def test_a_long_chain_takes_no_recursion():
    x = y = Value(0.5)
    for _ in range(200_000):
        y = y * 0.5 + x
    x.data = 1.0
    y.forward()
    assert y.data == 2.0
    assert outdated(y) == []


def test_a_leaf_is_as_it_is():
    x = Value(3.0)
    x.forward()
    assert x.data == 3.0


def test_what_hangs_on_a_part_is_not_computed():
    x = Value(3.0)
    part = x * 2
    whole = part * part
    x.data = 5.0
    part.forward()
    assert (part.data, whole.data, outdated(whole)) == (10.0, 36.0, [whole])
    whole.forward()
    assert whole.data == 100.0


def test_constants_and_what_was_computed_without_recording_keep_their_numbers():
    x = Value(3.0)
    with no_grad():
        square = x * x
    y = square * x + x.data
    x.data = 2.0
    y.forward()
    assert y.data == 9.0 * 2.0 + 3.0


@pytest.mark.parametrize("mode", [no_grad, ieee_arithmetic])
def test_in_another_mode(mode):
    x = Value(4.0)
    y = sqrt(x) * log(x)
    x.data = 0.25
    with mode():
        y.forward()
    assert y.data == 0.5 * math.log(0.25)
    x.data = -1.0
    if mode is ieee_arithmetic:
        with mode():
            y.forward()
        assert math.isnan(y.data)
    else:
        with mode(), pytest.raises(ValueError, match="sqrt"):
            y.forward()


def test_a_graph_trains_that_was_built_once():
    xs, ts = [0.5, -1.0, 2.0], [1.0, 0.0, -1.0]

    def loss_of(w, b):
        return sum_of((tanh(w * x + b) - t) ** 2 for x, t in zip(xs, ts, strict=True))

    def step(w, b, loss):
        loss.zero_grad()
        loss.backward()
        for p in (w, b):
            p.data -= 0.1 * p.grad
        return bits(loss.data, w.data, b.data)

    w, b, v, c = Value(0.3), Value(-0.2), Value(0.3), Value(-0.2)
    loss = loss_of(w, b)
    for _ in range(20):
        loss.forward()
        assert step(w, b, loss) == step(v, c, loss_of(v, c))


# Gradients stay, and are known to be of before.


def test_gradients_stay_till_they_are_computed_again():
    x = Value(3.0)
    y = x * x
    y.backward()
    y.forward()  # nothing has changed, gradients neither
    assert not flags_of(x)
    x.data = 5.0
    y.forward()
    for v in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        leaf = v.parents[0]
        assert (v.grad, leaf.grad, v._reached, leaf._reached) == (1.0, 6.0, True, True)
        assert flags_of(v) == flags_of(leaf) == AGED_GRAD
    y.backward()
    assert (x.grad, flags_of(x)) == (6.0 + 10.0, 0)
    x.data = 7.0
    y.forward()
    y.zero_grad()
    assert (x._reached, flags_of(x)) == (False, 0)
    y.backward()
    x.data = 9.0
    y.forward()
    x.grad = None
    assert (x._reached, flags_of(x)) == (False, 0)


# Choices by number.


def of_a_rule(f):
    return lambda x: gradients(f(x), [x], graph=True)[0]


W = Value(2.0)
CHOICES = {
    "where": (lambda x: where(x > 0, x * 2, x * 3), "the side that where"),
    "where, its plain side": (lambda x: x + where(x > 5, x, 7.0), "the side that where"),
    "detach": (lambda x: x * detach(x), "the number that detach"),
    "softmax": (lambda x: softmax([x, 2 * x, 1.0])[0], "the shift of a softmax"),
    "a power's rule": (of_a_rule(lambda x: x**3), "a rule of a derivative"),
    "a rectifier's rule, a constant": (of_a_rule(lambda x: relu(x) * 3), "a rule of a derivative"),
    "a rule that gives what there was": (of_a_rule(lambda x: relu(x) * W), "a rule of a derivative"),
    "a product of a derivative": (of_a_rule(of_a_rule(lambda x: tanh(x * W))), "a rule of a derivative"),
    "the gradient of a choice": (of_a_rule(lambda x: where(x > 0, x * 2, x * 3)), "a rule of a derivative"),
    "a tangent": (lambda x: jvp(tanh, x, 1.0)[1], "a rule of a derivative"),
    "a second derivative": (of_a_rule(of_a_rule(lambda x: x**3)), "a rule of a derivative"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_by_number_is_refused_unless_it_is_to_be_kept(name):
    f, words = CHOICES[name]
    x = Value(3.0)
    y = f(x) * x + 1
    for v in (y, copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        was = held(v)
        leaf = next(each for each in members(v) if not each.op and each.data == 3.0 and not flags_of(each))
        leaf.data = 4.0
        with pytest.raises(TypeError, match=words) as refused:
            v.forward()
        assert "freeze=True" in str(refused.value)
        assert [each[1] for each in held(v) if each[0]] == [each[1] for each in was if each[0]]
        v.forward(freeze=True)
        assert outdated(v) == []


def test_what_is_kept():
    x = Value(3.0)
    y = where(x > 0, x * 2, x * 3) + 10 * detach(x)
    x.data = -1.0
    y.forward(freeze=True)
    assert y.data == -2.0 + 30.0
    s = softmax([x, 1.0])[0]
    x.data = 2.0
    s.forward(freeze=True)
    assert s.data == pytest.approx(1 / (1 + math.exp(-1.0)), rel=1e-15)


def test_a_gradient_without_a_choice_is_computed_anew():
    square = lambda x: x * x + 2 * x
    slopes = ((tanh, lambda x: 1 / math.cosh(x) ** 2), (square, lambda x: 2 * x + 2), (log, lambda x: 1 / x))
    for f, slope in slopes:
        x = Value(0.75)
        (d,) = gradients(f(x), [x], graph=True)
        x.data = 0.5
        d.forward()
        assert d.data == pytest.approx(slope(0.5), rel=1e-15)
        (wanted,) = gradients(f(x), [x], graph=True)
        assert held(d) == held(wanted)
        assert gradients(d, [x]) == gradients(wanted, [x])


def test_the_terms_of_a_gradient_are_products_while_nothing_is_zero_or_infinite():
    f = lambda x, w: tanh(x * w) * exp(x) + x * x * w
    slope = lambda x, w: gradients(f(x, w), [x], graph=True)[0]
    numbers = lambda v: [each for _, each in held(v)]
    x, w = Value(0.75), Value(2.0)
    d = slope(x, w)
    for x.data, w.data in ((0.5, -1.0), (-3.0, 1e-3), (0.75, 2.0)):
        d.forward()
        wanted = slope(x, w)
        assert held(d) == held(wanted)
        assert gradients(d, [x, w]) == gradients(wanted, [x, w])
    was = held(d)
    w.data = 0.0  # a partial: its term is another operation now
    for v in (d, copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
        with pytest.raises(TypeError, match="a gradient times a partial as a plain product"):
            v.forward()
        assert [each for each in held(v) if each[0]] == [each for each in was if each[0]]
    assert "chain_term" in {op for op, _ in held(slope(x, w))}
    d.forward(freeze=True)
    assert d.data == slope(x, w).data
    zero, u = Value(0.0), Value(2.0)
    e = slope(zero, u)
    zero.data, u.data = 0.5, -1.0
    e.forward()
    assert numbers(e) == numbers(slope(zero, u))


def test_partials_never_raise_anew():
    x = Value(0.75)
    (d,) = gradients(log(x), [x], graph=True)
    x.data = 0.0
    d.forward()
    assert d.data == inf
    with pytest.raises(ZeroDivisionError):
        1 / x


def test_a_condition_that_was_recorded_is_asked_anew():
    x = Value(3.0)
    with Recorder([x]):
        y = where(x > 0, x * 2, detach(x) * 5)
    x.data = -1.0
    y.forward()
    assert y.data == -5.0


def test_while_a_function_is_recorded():
    x = Value(2.0)
    y = x * x

    def f(a):
        y.forward(freeze=True)
        return a * 2

    for freeze in (False, True):
        with pytest.raises(TypeError, match="while a function is recorded"):
            record(f, 1.0, freeze=freeze)
    with pytest.raises(TypeError, match=r"forward\(\) of a \* a while"):
        record(lambda a: (a * a).forward(), 1.0)


# All or nothing.


class RefusedError(Exception):
    """What an operation of one's own may raise."""


def test_nothing_has_changed_where_an_operation_of_ones_own_raises(own):
    seen = []

    def value(x):
        seen.append(x)
        if x > 5:
            raise RefusedError(x)
        return 2 * x

    twice = own("twice", value, lambda x, y: 2)
    x, w = Value(1.0), Value(2.0)
    y = twice(x * w) + exp(x) * dot([x, w, x], [w, x, 1.0])
    y.backward()
    was, grads = held(y), [v.grad for v in members(y)]
    x.data = 3.0
    with pytest.raises(RefusedError):
        y.forward()
    assert seen == [2.0, 6.0]
    x.data = 1.0
    assert (held(y), [v.grad for v in members(y)], [v._reached for v in members(y)]) == (was, grads, [True] * len(grads))
    x.data = 2.0
    y.forward()
    assert y.data == 8.0 + math.exp(2.0) * (4.0 + 4.0 + 2.0)


def test_a_partial_of_ones_own_that_cannot_be_a_formula(own):
    bad = own("bad", lambda x: x + 1, lambda x, y: math.floor(x) * 2.0 if x < 3 else "no number")
    x = Value(1.5)
    y = bad(x) * x
    was = held(y)
    x.data = 2.5
    y.forward()
    assert y.parents[0].partials == (4.0,)
    x.data = 4.0
    with pytest.raises(TypeError, match="bad: its partial by x"):
        y.forward()
    x.data = 1.5
    y.forward()
    assert held(y) == was


def test_the_error_is_that_of_the_expression():
    x = Value(2.0, label="x")
    y = 1 / (x - 1) + log(x)
    x.data = 1.0
    with pytest.raises(ZeroDivisionError, match=r"1\.0 / 0\.0"):
        y.forward()
    x.data = -2.0
    with pytest.raises(ValueError, match=r"log.*x = -2\.0"):
        y.forward()
    x.data = 1e200
    z = x * x + 0.0
    assert z.data == inf
    with pytest.raises(OverflowError):
        exp(x)


def test_whatever_an_operation_of_ones_own_does_to_graphs(own):
    """It makes and drops nodes, changes leaves, differentiates, collects garbage, moves the tape."""
    x = Value(1.0)
    others = [Value(float(i)) for i in range(10_000)]

    def value(number):
        del others[::2]
        part = x
        for _ in range(300):
            part = part * 1.5
        part.backward()
        others.extend(Value(0.0) for _ in range(9_000))
        gc.collect()
        return number * 2

    wild = own("wild", value, lambda x, y: 2)
    y = wild(x) + wild(x * 3) * x
    x.data = 2.0
    y.forward()
    assert y.data == 4.0 + 12.0 * 2.0
    graph: list[Value] = []
    again = own("again", lambda number: (graph[0].forward(), number)[1] if graph else number, lambda x, y: 1)
    z = again(x)
    graph.append(z)
    x.data = 3.0
    with pytest.raises(RecursionError):
        z.forward()
    assert z.data == 2.0


def test_threads_compute_their_graphs_apart():
    found = []

    def work(n):
        x = Value(float(n))
        y = exp(x / 10) * x
        for i in range(300):
            x.data = n + i / 100
            y.forward()
            found.append(y.data == math.exp(x.data / 10) * x.data)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 1200


# What is out of date.


def test_what_does_not_follow_from_its_leaves_and_what_hangs_on_it():
    x, w, b = Value(3.0), Value(0.0), Value(1.0)
    product, beside = x * w, b * 2
    y = product * 0.0 + beside
    assert outdated(y) == []
    x.data = 4.0
    assert product.data == x.data * w.data  # and yet its partial by w is 3
    assert outdated(y) == [product, y.parents[0], y]
    assert outdated(beside) == outdated(x) == []
    assert (product.partials, y.data) == ((0.0, 3.0), 2.0)
    x.data = 3.0
    assert outdated(y) == []


@pytest.mark.parametrize("f", [exp, sum_of, lambda x: x**2.5, lambda x: clip(x, 0.0, 9.0), lambda x: dot([x, x], [2.0, x], x),
                               lambda x: autograd.prod([x, x]), autograd.gamma, lambda x: logsumexp([x] * 20)])  # fmt: skip
def test_any_kind_of_operation_may_be_out_of_date(f):
    x = Value(1.5)
    y = f([x] * 12 if f is sum_of else x)
    assert outdated(y) == []
    x.data = 1.5000000000000002
    assert outdated(y) == ([] if f is sum_of and y.data == 12 * x.data else [y])
    x.data = -0.0
    z = x * 1.0
    x.data = 0.0
    assert outdated(z) == [z]


def test_nan_and_infinity_are_in_date():
    x, w = Value(inf), Value(nan)
    with ieee_arithmetic():
        y = x - x + w * log(x - inf) + sqrt(Value(-1.0)) / 0.0
    assert outdated(y) == []


def test_an_operation_of_ones_own_that_fails_now_is_out_of_date(own):
    def value(number):
        if number > 5:
            raise RefusedError
        return number * 2

    picky = own("picky", value, lambda x, y: 2)
    x = Value(1.0)
    y = picky(x)
    assert outdated(y) == []
    x.data = 7.0
    assert outdated(y) == [y]


def test_the_guide_prints_what_it_says(root):
    run_guide(root, "graphs.md", 6)


def test_memory_that_runs_out_is_not_taken_for_numbers_that_are_out_of_date(monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(autograd.anew, "kernel_agrees", lambda _: -1)
    monkeypatch.setattr(autograd.anew, "from_operands", full)
    with pytest.raises(MemoryError):
        autograd.anew.outdated(Value(2.0) * 3)
