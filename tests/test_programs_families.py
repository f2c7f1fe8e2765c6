"""Functions of sequences of any length: a program for each, and rows whose sums have one order."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import dot, family, grad, index, log, record, softmax, take, tanh, value_and_grad

VECTORS = [[math.sin(3 * i + j) for j in range(4)] for i in range(6)]
WEIGHTS = [[math.cos(5 * i + j) for j in range(4)] for i in range(6)]


def guesses(vectors, weights, letters, following):
    """What a letter says of the next one: the mean surprise, by the mean of all vectors so far."""
    losses, state = [], [0.0] * 4
    for i, target in zip(letters, following):
        state = [tanh(s + x) for s, x in zip(state, take(vectors, i))]
        losses.append(-log(take(softmax([dot(w, state) for w in weights]), target)))
    return autograd.mean(losses)


def words():
    rng = random.Random(7)
    lengths = [3, 1, 3, 2, 5, 1, 3, 3, 2]
    return [[rng.randrange(6) for _ in range(n)] for n in lengths], [[rng.randrange(6) for _ in range(n)] for n in lengths]


def of_letters(**options):
    return family(guesses, VECTORS, WEIGHTS, index([0], 6), index([0], 6), **options)


def test_a_sequence_of_any_length_has_a_program():
    programs, (letters, following) = of_letters(), words()
    for x, y in zip(letters, following):
        f = lambda vectors, weights: guesses(vectors, weights, x, y)  # noqa: B023
        assert programs.value_and_grad(VECTORS, WEIGHTS, x, y) == value_and_grad(f)(VECTORS, WEIGHTS)
        assert programs(VECTORS, WEIGHTS, x, y) == f(VECTORS, WEIGHTS)
        assert programs.grad(VECTORS, WEIGHTS, x, y, by="weights") == value_and_grad(f)(VECTORS, WEIGHTS)[1][1]
    assert len(programs) == 4
    assert programs.program(VECTORS, WEIGHTS, [1, 2], [3, 4]) is programs.program(VECTORS, WEIGHTS, [0, 0], (0, 0))
    assert repr(programs) == "<Family guesses(vectors, weights, letters, following): 4 of at most 64 programs>"


def test_rows_have_the_bits_of_each_length_by_itself_the_shorter_first():
    letters, following = words()
    weights = [0.5 + r for r in range(len(letters))]
    total: list[np.ndarray] = []
    losses = [0.0] * len(letters)
    for n in (1, 2, 3, 5):
        rows = [r for r, x in enumerate(letters) if len(x) == n]
        program = record(guesses, VECTORS, WEIGHTS, index([0] * n, 6), index([0] * n, 6))
        found, (by_vectors, by_weights) = program.batch_value_and_grad(
            VECTORS, WEIGHTS, [letters[r] for r in rows], [following[r] for r in rows], weights=[weights[r] for r in rows]
        )
        part = [np.array(by_vectors), np.array(by_weights)]
        total = [a + b for a, b in zip(total, part, strict=True)] if total else part
        for r, loss in zip(rows, found, strict=True):
            losses[r] = loss
    values, gradients = of_letters().batch_value_and_grad(VECTORS, WEIGHTS, letters, following, weights=weights)
    assert values == losses
    assert gradients == (total[0].tolist(), total[1].tolist())
    with ThreadPoolExecutor(2) as threads:
        again = of_letters().batch_value_and_grad(VECTORS, WEIGHTS, letters, following, weights=weights, executor=threads)
    assert again == (values, gradients)
    arrays = [[np.array(x) for x in side] for side in (letters, following)]
    _, by_array = of_letters().batch_value_and_grad(np.array(VECTORS), WEIGHTS, *arrays, weights=weights, by="vectors")
    assert by_array.tolist() == gradients[0]


def test_the_gradient_is_the_sum_of_the_eager_ones():
    letters, following = words()
    values, (by_vectors, by_weights) = of_letters().batch_value_and_grad(VECTORS, WEIGHTS, letters, following)
    each = [
        value_and_grad(lambda v, w: guesses(v, w, x, y))(VECTORS, WEIGHTS)  # noqa: B023
        for x, y in zip(letters, following)
    ]
    assert values == pytest.approx([value for value, _ in each], rel=1e-13)
    assert np.array(by_vectors) == pytest.approx(np.sum([g for _, (g, _) in each], axis=0), rel=1e-12, abs=1e-14)
    assert np.array(by_weights) == pytest.approx(np.sum([g for _, (_, g) in each], axis=0), rel=1e-12, abs=1e-14)


def test_rows_have_gradients_and_outputs_of_their_own_lengths():
    squares = family(lambda w, xs: dot(xs, xs) * w, 0.0, [0.0])
    values, (by_w, by_xs) = squares.batch_value_and_grad(2.0, [[1.0, 2.0], [3.0], [4.0, 5.0]])
    assert (values, by_w, by_xs) == ([10.0, 18.0, 82.0], 55.0, [[4.0, 8.0], [12.0], [16.0, 20.0]])
    assert squares.batch_value_and_grad([1.0, 2.0], [1.0, 1.0], by="w") == ([2.0, 4.0], [2.0, 2.0])
    doubled = family(lambda xs: [2 * x for x in xs], [0.0])
    assert doubled.batch([[1.0], [2.0, 3.0], [4.0]]) == [[2.0], [4.0, 6.0], [8.0]]
    groups = doubled.grouped([[1.0], [2.0, 3.0], [4.0]])
    assert [(places, program.batch(*group).tolist()) for places, program, group in groups] == [
        ([0, 2], [[2.0], [8.0]]),
        ([1], [[4.0, 6.0]]),
    ]


def test_so_many_programs_are_kept_and_that_not_asked_for_longest_is_dropped():
    recorded = []

    def total(xs):
        recorded.append(len(xs))
        return autograd.sum(xs)

    programs = family(total, [0.0], most=2)
    for n in (1, 2, 1, 3, 1, 2):
        assert programs([1.0] * n) == n
    assert recorded == [1, 2, 3, 2]
    assert len(programs) == 2


def test_what_does_not_fit_is_refused_by_name():
    programs = of_letters()
    with pytest.raises(ValueError, match=r"^row 1: letters\[2\] is 6, no index of 6 rows"):
        programs.batch_value_and_grad(VECTORS, WEIGHTS, [[0], [1, 2, 6]], [[0], [1, 2, 3]])
    with pytest.raises(ValueError, match="rows: letters has 2, following has 1; give each argument with rows as many"):
        programs.batch(VECTORS, WEIGHTS, [[0], [1]], [[0]])
    with pytest.raises(ValueError, match="rows: all arguments are shared"):
        programs.batch(VECTORS, WEIGHTS, [0], [1])
    with pytest.raises(ValueError, match="argument letters nests 3 deep: give 1, shared by all rows, or 2, a row for each"):
        programs.batch(VECTORS, WEIGHTS, [[[0]]], [[0]])
    with pytest.raises(TypeError, match="takes 4 arguments; 1 given"):
        programs(VECTORS)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        of_letters(most=0)
    with pytest.raises(TypeError, match="family needs an example"):
        family(guesses)


def test_calls_that_are_prepared_have_the_bits_of_others_and_results_of_their_own():
    letters, following = words()
    programs, arrays = of_letters(), (np.array(VECTORS), np.array(WEIGHTS))
    weights = [0.5 + r for r in range(len(letters))]
    lists = of_letters().batch_value_and_grad(VECTORS, WEIGHTS, letters, following, weights=weights)
    first = programs.batch_value_and_grad(*arrays, letters, following, weights=weights, by=[0, 1])
    unweighted = programs.batch_value_and_grad(*arrays, letters, following, by="weights")
    arrays[0][:] = 0.0
    other = programs.batch_value_and_grad(*arrays, letters, following, weights=weights, by=[0, 1])
    assert first[0] == lists[0]
    assert [part.tolist() for part in first[1]] == list(lists[1])
    wanted = of_letters().batch_value_and_grad(VECTORS, WEIGHTS, letters, following, by="weights")
    assert (unweighted[0], unweighted[1].tolist()) == wanted
    assert other[0] != first[0]
    wanted = of_letters().batch_value_and_grad(arrays[0].tolist(), WEIGHTS, letters, following, weights=weights)
    assert (other[0], [part.tolist() for part in other[1]]) == (wanted[0], list(wanted[1]))
    with ThreadPoolExecutor(4) as threads:
        call = lambda _: programs.batch_value_and_grad(*arrays, letters, following, by=0)[1].tolist()
        several = list(threads.map(call, range(40)))
    assert all(each == several[0] for each in several)


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclass
class Model:
    a: Any
    b: Any


RAGGED = {
    "lists": (lambda v: v[0] * autograd.sum(v[1]), [[2.0, [1.0, 2.0]], [3.0, [5.0]], [4.0, [1.0, 1.0]]]),
    "rows": (lambda v: autograd.sum([x * x * x for row in v for x in row]), [[[1.0, 2.0], [3.0]], [[1.0], [2.0]]]),
    "named tuples": (lambda v: v.a * autograd.sum(v.b), [Pair(2.0, [1.0, 2.0]), Pair(3.0, [5.0]), Pair(4.0, [1.0, 1.0])]),
    "dicts": (
        lambda v: v["a"] * autograd.sum(v["b"]),
        [{"a": 2.0, "b": [1.0, 2.0]}, {"a": 3.0, "b": [5.0]}, {"a": 4.0, "b": [1.0, 1.0]}],
    ),
    "dataclasses": (lambda v: v.a * autograd.sum(v.b), [Model(2.0, [1.0, 2.0]), Model(3.0, [5.0])]),
    "rectangles": (lambda v: v[0][0] * v[-1][-1], [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]], [[1.0, 0.5], [2.0, 0.25]]]),
}


@pytest.mark.parametrize(("f", "rows"), RAGGED.values(), ids=RAGGED)
def test_rows_that_are_no_rectangle_keep_their_structure(f, rows):
    of_rows = family(f, rows[0])
    values, gradients = of_rows.batch_value_and_grad(rows)
    assert values == [f(row) for row in rows]
    assert gradients == [grad(f)(row) for row in rows]
    _, gradients = family(lambda w, v: w * f(v), 1.0, rows[0]).batch_value_and_grad(3.0, rows, weights=[2.0] * len(rows), by=1)
    assert gradients == [grad(lambda v: 6.0 * f(v))(row) for row in rows]
    assert family(lambda v: {"all": [v, f(v)], "twice": 2 * f(v)}, rows[0]).batch(rows) == [
        {"all": [row, f(row)], "twice": 2 * f(row)} for row in rows
    ]


def test_outputs_that_are_no_rectangle_are_told_row_by_row():
    triangle = family(lambda xs: [[x] * (i + 1) for i, x in enumerate(xs)], [0.0])
    assert triangle.batch([[1.0, 2.0], [5.0], [3.0, 4.0]]) == [[[1.0], [2.0, 2.0]], [[5.0]], [[3.0], [4.0, 4.0]]]
    pair = family(lambda xs: Pair(autograd.sum(xs), xs), [0.0])
    assert pair.batch([[1.0, 2.0], [5.0]]) == [Pair(3.0, [1.0, 2.0]), Pair(5.0, [5.0])]


def test_there_is_a_weight_for_each_row():
    h = family(lambda w, xs: w * dot(xs, xs), 0.0, [0.0])
    rows = [[1.0], [2.0, 3.0]]
    assert h.batch_value_and_grad(1.0, rows, weights=(1.0, 2), by="w")[1] == 27.0
    assert h.batch_value_and_grad(1.0, rows, weights=np.array([1.0, 2.0]), by="w")[1] == 27.0
    for wrong, said in (([1.0, 2.0, 3.0], r"\(3,\)"), ([1.0], r"\(1,\)"), (2.0, "a number"), ([[1.0], [2.0]], r"\(2, 1\)")):
        with pytest.raises(ValueError, match=rf"weights have shape {said}; there are 2 rows, so they need \(2,\)"):
            h.batch_value_and_grad(1.0, rows, weights=wrong)
