"""Sequences of many lengths by one program: rows that stop early give what all of it gives, and nothing behind counts."""

from __future__ import annotations

import pickle
import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import dot, exp, index, logsumexp, prod, record, sin, take, tanh, where
from autograd.programs import prefixes as module
from autograd.programs.prefixes import Early, prefixes
from autograd.programs.replay import COMPILED

compiled = pytest.mark.skipif(not COMPILED, reason="rows stop early in C alone")


def drawn(seed):
    """A recorded network of some positions, each with a result of some kind, and how wide all is."""
    rng = random.Random(seed)
    units, wide, positions, table = rng.choice([2, 4, 5, 8]), rng.choice([1, 3, 4]), rng.randint(1, 6), rng.choice([3, 5, 9])
    count = units * (units + wide + 1 + table) + 2
    chances = [[rng.random() for _ in range(11)] for _ in range(positions)]

    def network(theta, x, y, z):
        numbers = iter(theta)
        rows = lambda n, width: [[next(numbers) for _ in range(width)] for _ in range(n)]
        w, u, e, (b,), (s,) = rows(units, units), rows(units, wide), rows(table, units), rows(1, units), rows(1, 2)
        results: list[object] = []
        state, seen, total = [0.0] * units, [], 0.0
        for letter, number, chance in zip(x, y, chances, strict=True):
            row = take(e, letter) if chance[0] < 0.7 else e[0]
            inner = [dot(w[i], state) + dot(u[i], number) + b[i] + row[i] for i in range(units)]
            bent = (tanh, lambda v: exp(v * s[0]), lambda v: where(v > 0, v, v * 0.1))[int(3 * chance[1])]
            state = [bent(v) for v in inner]
            seen.append(state)
            asked = [dot(row, state) for row in w]
            scores = [dot(asked, other) for other in seen]
            shares = [exp(score - logsumexp(scores)) for score in scores]
            mixed = [dot(shares, [other[i] for other in seen]) for i in range(units)]
            mixed = [v * s[1] for v in mixed] if chance[2] < 0.3 else mixed
            logits = [dot(row, mixed) for row in e]
            loss = logits[-1] if chance[3] < 0.3 else logsumexp(logits) - take(logits, letter)
            loss = loss * exp(z * 1000.0) if chance[4] < 0.2 else loss
            loss = loss + sin(s[0]) * s[1] if chance[5] < 0.2 else loss
            loss = prod([state[0], state[-1], s[0], z]) if chance[6] < 0.1 else loss
            total = total + loss
            loss = total if chance[7] < 0.3 else 1.5 if chance[8] < 0.1 else loss
            loss = results[-1] if results and chance[9] < 0.15 else loss
            state = [v + loss for v in state] if chance[10] < 0.2 else state
            results.append(loss)
        return results

    example = [0.1] * count, index([0] * positions, table), [[0.5] * wide] * positions, 0.3
    return record(network, *example), rng, count


def points(program, rng, count):
    """Rows of any lengths, and weights that end with them; what stands behind may overflow."""
    (_, x, y, _) = program.signature.shapes
    rows, r = rng.choice([1, 2, 7, 8, 9, 16, 23, 40, 70, 130]), np.random.RandomState(rng.randrange(1000))
    level = r.randint(0, *x, rows)
    if rng.random() < 0.6:
        level = -np.sort(-level)
    weights = np.zeros((rows, *x))
    weights[np.arange(rows), level] = r.normal(size=rows)
    for i in range(rows if rng.random() < 0.3 else 0):
        weights[i, : level[i]] = r.normal(size=level[i]) * (r.rand(level[i]) < 0.5)
    if rng.random() < 0.1:
        weights[0] = 0.0
    args = r.normal(size=count) * 0.4, r.randint(0, program.signature.rows[1], (rows, *x)), r.normal(size=(rows, *y))
    return (*args, r.choice([0.0, 0.1, 0.5, 1.0, 2.0], size=rows)), weights


def close(a, b):
    """Whether all numbers agree to eleven digits of the largest, what is not finite to the bit."""
    finite = np.isfinite(a)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    return not finite.any() or np.abs(a[finite] - b[finite]).max() <= 1e-11 * np.abs(a[finite]).max()


@compiled
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_rows_that_stop_early_give_what_all_of_the_program_gives(seed):
    program, rng, count = drawn(seed)
    early = Early(program.signature, program.laid)
    for _ in range(3):
        args, weights = points(program, rng, count)
        values, gradients = program.batch_value_and_grad(*args, weights=weights)
        found, others = early.batch_value_and_grad(*args, weights=weights)
        again, twice = early.batch_value_and_grad(*args, weights=weights)
        for a, b, c in zip(gradients, others, twice, strict=True):
            if a is not None:
                assert close(a, b)
                assert np.array_equal(b, c, equal_nan=True)
        told = np.cumsum(weights[:, ::-1] != 0, axis=1)[:, ::-1] > 0
        assert close(values[told], found[told])  # what all rows share is computed by other functions
        assert np.array_equal(found, again, equal_nan=True)


@compiled
def test_the_bits_do_not_depend_on_who_computes():
    program, rng, count = drawn(4)
    early = Early(program.signature, program.laid)
    args, weights = points(program, rng, count)
    args, weights = [args[0], *[np.concatenate([x] * 200)[:200] for x in args[1:]]], np.concatenate([weights] * 200)[:200]
    here = early.batch_value_and_grad(*args, weights=weights, by="theta")
    for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(1)):
        with pool:
            there = early.batch_value_and_grad(*args, weights=weights, by="theta", executor=pool)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(here, there, strict=True))
    copied = pickle.loads(pickle.dumps(early)).batch_value_and_grad(*args, weights=weights, by="theta")
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(here, copied, strict=True))


@compiled
def test_what_lies_behind_is_not_computed():
    early = Early(*_parts(record(lambda theta, x: [theta[0] * x, exp(theta[0] * x * 1000.0)], [1.0], 1.0)))
    values, gradient = early.batch_value_and_grad(np.array([2.0]), np.array([[3.0], [5.0]])[:, 0], weights=[[1.0, 0.0]] * 2, by=0)
    assert (values.tolist(), gradient.tolist()) == ([[6.0, 0.0], [10.0, 0.0]], [8.0])


def _parts(program):
    return program.signature, program.laid


@compiled
@pytest.mark.parametrize("size", [1, 4])  # of a layer, which is one step
def test_weights_that_are_used_behind_a_stop_alone_have_no_gradient_of_rows_before(size):
    """Where a call before, in the same memory, had rows that went on."""

    def two(theta, x):
        first = sum([dot(theta[4 * i : 4 * i + 4], x) for i in range(size)])
        return [first, first + sum([dot(theta[4 * i : 4 * i + 4], x) for i in range(size, 2 * size)])]

    early, half = Early(*_parts(record(two, [1.0] * 8 * size, [1.0] * 4))), 4 * size
    theta, x = np.ones(2 * half), np.ones((8, 4))
    for weights, expected in (([0.0, 1.0], [8.0] * 2 * half), ([1.0, 0.0], [8.0] * half + [0.0] * half)):
        _, gradient = early.batch_value_and_grad(theta, x, weights=[weights] * 8, by=0)
        assert gradient.tolist() == expected


@compiled
def test_a_result_that_others_go_on_from_begins_its_gradient_where_they_would_have_added():
    """A dot product of a layer, of which the gradients stand as neighbours."""

    def two(theta, x):
        layer = [dot(theta[4 * i : 4 * i + 4], x) for i in range(4)]
        return [layer[3], tanh(layer[3]) * layer[0] + sum(layer)]

    early = Early(*_parts(record(two, [1.0] * 16, [1.0] * 4)))
    theta, x = np.linspace(-1, 1, 16), np.array([[1.0, 2.0, 3.0, 4.0]])
    for rows in (1, 9):
        _, gradient = early.batch_value_and_grad(theta, np.repeat(x, rows, 0), weights=[[1.0, 0.0]] * rows, by=0)
        assert gradient.tolist() == [0.0] * 12 + (rows * x[0]).tolist()


# Which functions have one program.


def recurrent(theta, x, y):
    state = 0.0
    for number in x:
        state = tanh(theta[0] * state + theta[1] * number)
    return (state - y) ** 2


def both_ways(theta, x, y):
    return recurrent(theta, x, y) + recurrent(theta, x[::-1], y)


def samples(lengths, of=1):
    r = np.random.RandomState(3)
    return [r.normal(size=n * of).tolist() for n in lengths], r.normal(size=len(lengths)).tolist()


@compiled
def test_the_programs_of_what_looks_back_alone_are_one():
    found = prefixes(recurrent, [0.5, 1.0], samples([3, 20, 1, 7, 3]), (0, 0), rows=2)
    assert found.program.outputs == 4
    assert len(found.program) == len(record(recurrent, [0.5, 1.0], [1.0] * 20, 1.0)) + 3 * 2  # a loss has two operations


@compiled
@pytest.mark.parametrize(
    ("f", "data"),
    [
        (both_ways, samples([18, 20, 15, 17, 3, 19])),
        (recurrent, ([[1.0], [[1.0], [2.0]]], [1.0, 2.0])),  # of other depths
        (recurrent, ([[1.0, 2.0], []], [1.0, 2.0])),
        (
            lambda theta, x, y: recurrent(theta, x, y[0]),
            ([[1.0], [1.0, 2.0]], [[1.0, 2.0], [1.0]]),
        ),  # none is a part of the other
        (recurrent, samples(range(1, 67))),  # too many lengths
        (lambda theta, x, y: recurrent([sum([sin(t) for _ in range(99) for t in theta]), theta[1]], x, y), samples([1, 2])),
        (lambda theta, x, y: 1.0 / len(x[1:]), samples([1, 2])),  # raises what its program raises, when it is its turn
    ],
)
def test_others_have_a_program_for_each_length(f, data):
    assert prefixes(f, [0.5, 1.0], data, (0, 0), rows=2) is None


@compiled
def test_much_that_is_of_one_length_alone_is_computed_for_all_only_where_few_rows_are_of_one_length():
    """Each length has an end of its own, half as long as the rest of the longest."""
    f = lambda theta, x, y: (recurrent(theta, x, y) + y) * sum([sin(theta[0] * y + len(x))] * 3)
    data = samples([8, 6, 4, 2])
    assert prefixes(f, [0.5, 1.0], data, (0, 0), rows=4) is not None
    assert prefixes(f, [0.5, 1.0], data, (0, 0), rows=32) is None


@compiled
def test_what_would_be_recorded_at_too_great_a_length_is_not(monkeypatch):
    assert prefixes(recurrent, [0.5, 1.0], samples([3, 20]), (0, 0), rows=2) is not None
    monkeypatch.setattr(module, "LONGEST", 100)
    assert prefixes(recurrent, [0.5, 1.0], samples([3, 20]), (0, 0), rows=2) is None
    monkeypatch.setattr(module, "LONGEST", 1000)
    monkeypatch.setattr(module, "LITTLE", 1000)
    assert prefixes(recurrent, [0.5, 1.0], samples([1] * 999 + [20]), (0, 0), rows=2) is None  # nearly all would be filling


@compiled
def test_a_minibatch_is_that_of_each_sample_by_itself():
    (xs, ys), theta = samples([3, 20, 1, 7, 3, 20, 2]), np.array([0.5, 1.0])
    found = prefixes(recurrent, theta.tolist(), (xs, ys), (0, 0), rows=2)
    for order in (None, np.array([6, 2, 4, 0, 1, 3, 5])):
        found.arrange(order, [(0, 4), (4, 7)])
        for start, stop in ((0, 4), (4, 7)):
            rows = sorted(range(start, stop) if order is None else order[start:stop], key=lambda r: -len(xs[r]))
            losses, gradient = found.minibatch(theta, start, stop, None)
            each = [record(recurrent, theta, xs[r], ys[r]).value_and_grad(theta, xs[r], ys[r], by=0) for r in rows]
            assert losses == pytest.approx([loss for loss, _ in each], rel=1e-13)
            assert gradient == pytest.approx(np.mean([slope for _, slope in each], axis=0), rel=1e-12)
