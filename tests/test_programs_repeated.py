"""`scan` and `map`: loops that are recorded once, against the same steps one after the other and against what is known."""

from __future__ import annotations

import contextlib
import json
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Program, Value, cos, detach, dot, exp, grad, log, record, scan, sin, sqrt, sum, tanh, where  # noqa: A004
from autograd.programs import steps, unrolling
from autograd.programs.arguments import Block, Work
from autograd.programs.batches import Piece, run_elsewhere
from autograd.programs.listing import checksum
from autograd.programs.replay import Replay
from autograd.programs.staged import Loop, length_of

RUNS = {
    "unrolled": {},
    "long steps": {"UNROLLED": 0, "LONG": 60, "FEWEST": 3},
    "steps": {"UNROLLED": 0, "LONG": 1, "FEWEST": 1, "WIDE": 0, "WIDE_STEP": 0, "CHEAP": frozenset()},
}
"""How loops are run: as all their steps, as some of them at a time, as they were recorded; how short, so that small ones are."""


@pytest.fixture(scope="module", params=RUNS, autouse=True)
def runs(request):
    """Each way in turn."""
    with pytest.MonkeyPatch.context() as patched:
        for name, number in RUNS[request.param].items():
            patched.setattr(unrolling, name, number)
        yield request.param


TORCH = json.loads(Path(__file__).with_name("torch_numbers.json").read_text(encoding="utf-8"))


def flat(x: Any) -> np.ndarray:
    """All numbers of nested sequences."""
    if isinstance(x, (list, tuple)):
        return np.concatenate([flat(part) for part in x]) if x else np.zeros(0)
    return np.ravel(np.asarray(x, dtype=float))


def near(got: Any, want: Any, digits: float = 1e-13) -> bool:
    got, want = flat(got), flat(want)
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= digits * max(1.0, float(np.abs(want).max(initial=0.0)))))


def in_turn(f, state, *xs):
    """What `scan` stands for."""
    ys = []
    for row in zip(*xs, strict=True):
        state, y = f(state, *row)
        ys.append(y)
    return state, None if ys and all(y is None for y in ys) else ys


def each(f, *xs):
    """What `map` stands for."""
    return [f(*row) for row in zip(*xs, strict=True)]


def network(scan):
    """A recurrent network with a loss at each position."""

    def loss(w, b, h, xs, targets):
        def cell(h, x):
            h = [tanh(dot(row, [*h, *x], bias)) for row, bias in zip(w, b, strict=True)]
            return h, h[0]

        last, ys = scan(cell, h, xs)
        return sum([(y - target) ** 2 for y, target in zip(ys, targets, strict=True)]) + last[-1]

    return loss


def numbers(steps: int, size: int = 3, width: int = 2, seed: int = 0) -> tuple[Any, ...]:
    draw = np.random.default_rng(seed).normal
    shapes = (size, size + width), (size,), (size,), (steps, width), (steps,)
    return tuple(draw(size=shape).tolist() for shape in shapes)


# What the loops are.


def test_scan_without_a_recording_is_a_loop():
    total, running = scan(lambda s, x: (s + x, s), 10.0, [1.0, 2.0, 3.0])
    assert (total, running) == (16.0, [10.0, 11.0, 13.0])
    x = Value(2.0)
    y, none = scan(lambda s, k: (s * x + k, None), 1.0, [1, 2, 3])
    y.backward()
    assert (y.data, none, x.grad) == (8.0 + 4 + 4 + 3, None, 3 * 4 + 2 * 2 * 1 + 2)
    assert y.parents[0].scope == ("<lambda>[2]",)


def test_map_takes_several_sequences_as_the_builtin_does():
    assert autograd.map(lambda x, y: x - y, [3.0, 4.0], (1.0, 1.0)) == [2.0, 3.0]
    assert autograd.map(lambda x: [x, x * x], iter([3.0])) == [[3.0, 9.0]]


def test_a_linear_recurrence_has_the_value_and_derivatives_of_its_closed_form():
    """s' = a s + b x: after T steps a^T s + b sum of a^(T-1-t) x_t, in fractions; every number here is a double."""
    steps, a, b, s = 9, 0.75, -1.5, 2.0
    xs = [k / 4 - 1 for k in range(steps)]
    program = record(lambda a, b, s, xs: scan(lambda s, x: (a * s + b * x, None), s, xs)[0], a, b, s, xs)
    value, (by_a, by_b, by_s, by_x) = program.value_and_grad(a, b, s, xs)
    f = Fraction
    powers = [f(a) ** k for k in range(steps + 1)]
    sums = [f(x) * powers[steps - 1 - t] for t, x in enumerate(xs)]
    slopes = [f(x) * (steps - 1 - t) * powers[max(steps - 2 - t, 0)] for t, x in enumerate(xs)]
    assert near(value, float(powers[steps] * f(s) + f(b) * builtin_sum(sums)))
    assert near(by_a, float(steps * powers[steps - 1] * f(s) + f(b) * builtin_sum(slopes)))
    assert near(by_b, float(builtin_sum(sums)))
    assert near(by_s, float(powers[steps]))
    assert near(by_x, [float(f(b) * powers[steps - 1 - t]) for t in range(steps)])
    assert near(program.hessian(a, b, s, xs)[0][2], float(steps * powers[steps - 1]))  # by a and s


def builtin_sum(xs: Any) -> Any:
    total = xs[0]
    for x in xs[1:]:
        total += x
    return total


def test_a_recurrent_network_has_pytorchs_states_and_gradients():
    _, _, case = TORCH["sequences"]["rnn"]
    (w, dw), (u, du), (b, db), (c, dc) = case["parameters"].values()

    def loss(w, u, b, c, xs):
        def cell(h, x):
            h = [tanh(dot(w[i], x, b[i]) + dot(u[i], h, c[i])) for i in range(len(h))]
            return h, h

        _, hs = scan(cell, [0.0, 0.0, 0.0], xs)
        return sum([h * h for row in hs for h in row])

    at = w, u, b, c, case["x"]
    value, gradient = record(loss, *at).value_and_grad(*at)
    assert near(value, float(np.sum(flat(case["y"]) ** 2)))
    assert near(gradient, (dw, du, db, dc, case["x.grad"]), 1e-14)


# The recorded loop against its steps.


@pytest.fixture(params=[1, 2, 7, 30])
def pair(request):
    """A recorded network, the same unrolled, and a point."""
    at = numbers(request.param)
    return record(network(scan), *at), record(network(in_turn), *at), at


def test_a_recorded_scan_is_one_step_however_many_it_runs():
    few, many = (record(network(lambda f, h, xs: (scan(f, h, xs)[0], [])), *numbers(n)[:4], []) for n in (2, 200))
    assert len(few) == len(many) == 7
    assert few.memory == many.memory
    assert len(many.flat.codes) == 200 * 6 + 1


def test_values_and_gradients_are_those_of_the_steps_one_after_the_other(pair):
    program, steps, at = pair
    assert program(*at) == steps(*at) == network(scan)(*at)
    value, gradient = program.value_and_grad(*at)
    assert value == steps(*at)
    assert near(gradient, steps.grad(*at))
    assert near(gradient, autograd.grad(network(scan))(*at))


def test_tangents_and_second_derivatives_are_those_of_the_steps(pair):
    program, steps, at = pair
    direction = numbers(len(at[3]), seed=1)
    assert near(program.jvp(at, direction), steps.jvp(at, direction))
    assert near(program.hvp(at, direction), steps.hvp(at, direction))
    assert near(program.gradient_program(*at), steps.gradient_program(*at))


def test_a_hessian_and_a_jacobian_are_those_of_the_steps():
    def both(scan):
        def f(a, xs):
            (s, t), ys = scan(lambda s, x: ((sin(a * s[0]) + x, s[1] * x), s[0]), (a, 1.0), xs)
            return [s * t, *ys]

        return f

    at = 0.7, [0.5, -1.25, 2.0]
    program, steps = record(both(scan), *at), record(both(in_turn), *at)
    assert near(program.jacobian(*at), steps.jacobian(*at))
    one, other = (record(lambda *xs, f=f: f(*xs)[0], *at) for f in (both(scan), both(in_turn)))
    assert near(one.hessian(*at), other.hessian(*at))


ROWS = 21


@pytest.mark.parametrize("own", [(3,), (2,), (0, 3), (2, 3, 4), (0, 1, 2, 3, 4), (0, 1)])
def test_rows_are_those_of_the_steps_whichever_arguments_have_rows(pair, own):
    program, steps, at = pair
    rows = [numbers(len(at[3]), seed=k) for k in range(ROWS)]
    args = [[row[k] for row in rows] if k in own else at[k] for k in range(5)]
    weights = [k / 8 - 1 for k in range(ROWS)]
    assert near(program.batch(*args), steps.batch(*args), 1e-14)
    assert near(program.batch_value_and_grad(*args, weights=weights), steps.batch_value_and_grad(*args, weights=weights))
    assert near(program.batch_value_and_grad(*args, by=(0, 3)), steps.batch_value_and_grad(*args, by=(0, 3)))
    assert near(program.batch_jacobian(*args, by=[1]), steps.batch_jacobian(*args, by=[1]))


def test_what_all_rows_share_is_computed_once_and_its_derivatives_are_summed():
    """The loop takes nothing that the rows have of their own; its gradient is that of so many rows."""
    alone = record(lambda a, b, xs: scan(lambda s, x: (a * s + sin(x), None), a, xs)[0], 0.5, 1.0, [1.0, 2.0])
    used = record(lambda a, b, xs: b * scan(lambda s, x: (a * s + sin(x), None), a, xs)[0], 0.5, 1.0, [1.0, 2.0])
    at, rows, weights = (0.75, 2.0, [3.0, -1.0]), [k / 8 for k in range(70)], [k / 70 for k in range(70)]
    by_a, _, by_x = alone.grad(*at)
    values, (rows_a, rows_b, rows_x) = alone.batch_value_and_grad(at[0], rows, at[2], weights=weights)
    assert values == [alone(*at)] * 70
    assert rows_b == [0.0] * 70
    assert near((rows_a, rows_x), (by_a * builtin_sum(weights), [x * builtin_sum(weights) for x in by_x]))
    _, (rows_a, rows_b, rows_x) = used.batch_value_and_grad(at[0], rows, at[2])
    assert near(rows_b, [alone(*at)] * 70)
    assert near((rows_a, rows_x), (by_a * builtin_sum(rows), [x * builtin_sum(rows) for x in by_x]))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), steps=st.integers(1, 40), count=st.integers(1, 3), own=st.sets(st.integers(0, 4)))
def test_rows_of_any_loop_are_those_of_its_steps_call_after_call(data, steps, count, own):
    """Of sequences that stand together or not; with results of each step, or none; in a room that is used again."""
    shift, kind = data.draw(st.booleans()), data.draw(st.sampled_from(["last", "each", "map", "cheap"]))

    def function(scan, over):
        def f(a, s, *xs):
            xs = (*xs[:-1], [a, *xs[-1][:-1]]) if shift else xs
            if kind == "map":
                return sum(over(lambda *x: a * sum(x) + sin(x[0]), *xs)) * s
            if kind == "cheap":
                return sum(scan(lambda s, *x: (a * s + x[0] * x[-1], s + x[0]), s, *xs)[1])
            last, ys = scan(lambda s, *x: (tanh(a * s + sum(x)), s * x[0]), s, *xs)
            return last if kind == "last" else sum(ys) * last

        return f

    draw = np.random.default_rng(steps).normal
    at = [draw(), draw(), *draw(size=(count, steps)).tolist()]
    program, unrolled = record(function(scan, autograd.map), *at), record(function(in_turn, each), *at)
    for rows in (11, 70, 11):
        several = [np.array([x] * rows) * draw(size=(rows, *[1] * np.ndim(x))) for x in at]
        args = [several[k] if k in own else x for k, x in enumerate(at)]
        args[0] = args[0] if own & set(range(len(at))) else draw(size=rows)
        weights = draw(size=rows)
        assert near(program.batch(*args), unrolled.batch(*args), 1e-12)
        for by in (None, (0,), (len(at) - 1,)):
            found, want = (p.batch_value_and_grad(*args, weights=weights, by=by) for p in (program, unrolled))
            assert near(found, want, 1e-12)
        assert near(program.value_and_grad(*at), unrolled.value_and_grad(*at), 1e-12)


def test_what_all_rows_share_is_swept_once_however_few_rows_are_computed_at_a_time():
    """So many steps that 8 rows of 70 are computed at a time: derivatives of one block were added to those of the next."""
    f = lambda a, b, xs: b * scan(lambda s, x: (0.5 * s + a * sin(x), None), a, xs)[0]
    n = 12_000 if autograd.COMPILED else 1200  # uncompiled, one row is computed at a time in any case
    at, rows = (0.75, 1.0, [k / n for k in range(n)]), [k / 8 for k in range(70)]
    by_a, _, by_x = record(f, *at).grad(*at)
    _, (rows_a, rows_b, rows_x) = record(f, *at).batch_value_and_grad(at[0], rows, at[2])
    assert near((rows_a, rows_x), (by_a * builtin_sum(rows), [x * builtin_sum(rows) for x in by_x]))
    assert near(rows_b, [f(*at)] * 70)


def test_rows_in_pieces_and_in_other_processes_have_the_same_bits(pair):
    program, _, at = pair
    xs = [numbers(len(at[3]), seed=k)[3] for k in range(150)]
    alone = program.batch_value_and_grad(*at[:3], xs, at[4])
    with ThreadPoolExecutor(2) as executor:
        assert program.batch_value_and_grad(*at[:3], xs, at[4], executor=executor) == alone
    blocks = [Block(memoryview(flat(x)), own, len(flat(at[k]))) for k, (x, own) in enumerate(
        (x, k == 3) for k, x in enumerate((*at[:3], xs, at[4]))
    )]  # fmt: skip
    values = memoryview(bytearray(8 * 150)).cast("d")
    sent = Piece("values", Work(blocks, 150, None, values), check=False).sent()
    _, (found,) = run_elsewhere(pickle.dumps(program), sent)
    assert memoryview(found).cast("d").tolist() == alone[0]


def test_prepared_calls_have_the_same_numbers(pair):
    program, _, at = pair
    arrays = [np.array(x) for x in at]
    value, gradient = program.prepared(*arrays)()
    assert value == program(*at)
    assert near(list(gradient), program.grad(*at), 0)
    arrays[3] = np.array([numbers(len(at[3]), seed=k)[3] for k in range(40)])
    step = program.prepared(*arrays, by=0, rows=16)
    values, gradient = step(8)
    want = program.batch_value_and_grad(*arrays[:3], arrays[3][8:24], arrays[4], by=0)
    assert np.array_equal(values, want[0])
    assert np.array_equal(gradient, want[1])


def attention(over):
    def f(q, xs):
        scores = over(lambda x: dot(q, x), xs)
        heights = over(lambda s, x: exp(s) * tanh(x[0]), scores, xs)
        return sum(heights) / sum(over(exp, scores))

    return f


def test_a_recorded_map_is_its_steps_side_by_side():
    xs = numbers(11)[3]
    at = [0.3, -0.4], xs
    program, steps = record(attention(autograd.map), *at), record(attention(each), *at)
    assert near(program(*at), attention(each)(*at), 1e-15)
    assert near(program.value_and_grad(*at), steps.value_and_grad(*at), 1e-14)
    assert near(program.jvp(at, at), steps.jvp(at, at), 1e-14)
    for args in (([0.3, -0.4], [xs, xs, numbers(11, seed=3)[3]]), ([[1.0, 2.0], [0.5, 0.25]], xs), ([[1.0, 2.0]] * 2, [xs] * 2)):
        assert near(program.batch(*args), steps.batch(*args), 1e-14)
        weights = [0.5] * len(program.batch(*args))
        found, want = (each.batch_value_and_grad(*args, weights=weights) for each in (program, steps))
        assert near(found, want, 1e-14)


def test_loops_stand_in_each_other():
    """Powers by a scan inside of a map inside of a scan."""

    def nested(scan, over):
        def f(a, xs):
            def outer(s, x):
                ys = over(lambda y: scan(lambda p, z: (p * z + a, None), y, [x, s, 0.5])[0], [x, a, s])
                return sin(sum(ys)), ys[1]

            s, ys = scan(outer, a, xs)
            return s + sum(ys)

        return f

    at = 0.3, [0.1, -0.7, 0.9, 1.1]
    program, steps = record(nested(scan, autograd.map), *at), record(nested(in_turn, each), *at)
    assert len(program) < 12
    assert near(program.value_and_grad(*at), steps.value_and_grad(*at), 1e-14)
    assert near(program.jvp(at, at), steps.jvp(at, at), 1e-14)
    rows = [0.1, 0.2, 0.3], at[1]
    assert near(program.batch_value_and_grad(*rows), steps.batch_value_and_grad(*rows), 1e-14)
    assert pickle.loads(pickle.dumps(program)) == program


OPERATIONS = (
    lambda x, y: x + y, lambda x, y: x * y, lambda x, _: sin(x), lambda x, y: tanh(x - y),
    lambda x, y: where(x > y, x, sin(y)), lambda x, y: detach(x) * y,
)  # fmt: skip


@settings(max_examples=25)
@given(data=st.data(), steps=st.integers(1, 6), size=st.integers(1, 3), width=st.integers(0, 2))
def test_any_small_step_is_recorded_as_it_runs(data, steps, size, width):
    """Steps made of random operations on the state, the inputs, what is closed over, and constants."""
    count = data.draw(st.integers(1, 5))
    choices = [data.draw(st.tuples(st.integers(0, 5), st.integers(0, 99), st.integers(0, 99))) for _ in range(count)]
    ends = [data.draw(st.integers(0, 99)) for _ in range(size + 1)]

    def function(scan):
        def f(a, state, xs):
            b = a[0] * 2

            def step(state, x):
                pool = [*state, *x, *a, b, 0.5]
                for which, i, j in choices:
                    pool.append(OPERATIONS[which](pool[i % len(pool)], pool[j % len(pool)]))
                return [pool[-1 - i % len(pool)] for i in ends[:-1]], pool[-1 - ends[-1] % len(pool)]

            state, ys = scan(step, state, xs)
            return sum(state) + dot(ys, [k + 1.0 for k in range(len(ys))]) + 0.0 * a[0]

        return f

    draw = np.random.default_rng(steps).normal
    at = draw(size=2).tolist(), draw(size=size).tolist(), draw(size=(steps, width)).tolist()
    program, unrolled = record(function(scan), *at), record(function(in_turn), *at)
    assert program(*at) == unrolled(*at)
    assert near(program.grad(*at), unrolled.grad(*at))
    assert near(program.jvp(at, at), unrolled.jvp(at, at))
    rows = [draw(size=2).tolist() for _ in range(3)], at[1], at[2]
    assert near(program.batch_value_and_grad(*rows), unrolled.batch_value_and_grad(*rows))
    assert pickle.loads(pickle.dumps(program)) == program


# Memory for the sweep.


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_loops_among_operations_of_any_kind_are_recorded_as_they_run(data):
    """What goes in, stays out and comes out: inputs, constants, results; of operations and of loops, before, between, after."""
    number = st.integers(0, 100)
    kinds = st.sampled_from(["mul", "sin", "scan", "map", "leaf"])
    said = data.draw(st.lists(st.tuples(kinds, number, number, number), max_size=9))
    ends = data.draw(st.lists(number, min_size=1, max_size=3))

    def function(scan, over):
        def f(x, y):
            pool = [x, y, 0.75, 2.0]
            for what, i, j, k in said:
                a, b, c = (pool[n % len(pool)] for n in (i, j, k))
                if what == "mul":
                    pool.append(a * b - 0.5 * c)
                elif what == "sin":
                    pool.append(sin(a))
                elif what == "leaf":
                    pool.append(Value(0.25 * (i % 5)))
                elif what == "map":
                    pool += over(lambda u, v, c=c: sin(u) * c + v, [a, b, 0.5], [b, c, a])
                else:
                    last, ys = scan(lambda s, u, b=b: (0.5 * s * b + u, s), a, [c, a, 0.125])
                    pool += [last, *ys]
            return [pool[-1 - n % len(pool)] for n in ends]

        return f

    at = 0.625, -1.25
    recorded, unrolled = record(function(scan, autograd.map), *at), record(function(in_turn, each), *at)
    assert near(recorded(*at), unrolled(*at))
    assert near(recorded(*at), [getattr(y, "data", y) for y in function(in_turn, each)(*map(Value, at))])
    assert near(recorded.jacobian(*at), unrolled.jacobian(*at), 1e-12)


def test_a_loop_that_depends_on_no_input_gives_the_numbers_of_all_its_steps():
    def f(x):
        w = Value(2.0)
        last, ys = scan(lambda s, u: (s * w + u, s), w, [1.0, 3.0])
        return [x * last, *ys]

    assert record(f, 10.0)(10.0) == [130.0, 2.0, 5.0]


def test_a_count_of_steps_costs_nothing():
    power = lambda scan: lambda x, n: scan(lambda s, _: (s * x, None), 1.0, range(n))[0]
    few, many = (record(lambda x, n=n: power(scan)(x, n), 2.0) for n in (10, 100_000))
    assert few.memory == many.memory
    assert few.value_and_grad(2.0) == (1024.0, 5120.0)
    counted = record(lambda x: scan(lambda s, k: (s * x + k, None), 1.0, range(4))[0], 2.0)  # where the number counts
    assert counted.value_and_grad(2.0) == (((2.0 * 2 + 1) * 2 + 2) * 2 + 3, 4 * 8 + 1 * 4 + 2)


def test_what_is_kept_for_a_sweep_is_bounded_and_changes_no_bit(monkeypatch):
    at = numbers(50)
    free = record(network(scan), *at).value_and_grad(*at)
    for kept in (0, 2000):
        monkeypatch.setattr(steps, "KEPT", kept)
        assert record(network(scan), *at).value_and_grad(*at) == free


def test_kept_states_are_as_many_as_the_formula_says(monkeypatch, runs):
    if runs != "steps":
        pytest.skip("its formula is that of the recorded steps")
    at = numbers(100)
    monkeypatch.setattr(steps, "KEPT", 0)
    program = record(network(scan), *at)
    program.value_and_grad(*at)
    run = program.replay.runs[0]
    if not autograd.COMPILED:
        assert run.every == 10
        return
    c, r = 3, run.native.memory() // 8 // 10 - 2 * 3  # 8 (T c / k + k (c + r))
    assert run.native.memory() == 8 * (100 // 10 * c + 10 * (c + r))
    assert 3 <= r <= 12  # the tanh, their partials, sums


def test_what_is_short_is_unrolled_and_what_is_long_has_long_steps(runs):
    """By default: so that running is as fast as unrolled, or in a room that does not grow with the steps."""
    if runs != "unrolled":
        pytest.skip("the limits are other ones")
    line = lambda steps: record(lambda a, xs: scan(lambda s, x: (a * s + x, s), 0.0, xs), 0.5, [1.0] * steps)
    short, long, longer = map(line, (1000, 200_000, 400_000))
    assert len(short.replay.flat.codes) == 2000
    bodies = [[length_of(run.loop.body) for run in program.replay.runs] for program in (long, longer)]
    assert [each[0] for each in bodies] == [16_380] * 2  # 2730 steps of six operations and operands
    assert [len(each) for each in bodies] == [2, 2]  # and those that are left over
    last, states = long(0.5, [1.0] * 200_000)
    assert (last, states[:4], len(states)) == (2.0, [0.0, 1.0, 1.5, 1.75], 200_000)


def test_python_steps_keep_every_so_many_states_too(monkeypatch):
    body = record(lambda s, x, a: [sin(a * s) + x, s], 0.1, 0.2, 0.3).flat
    loop = Loop("f", "scan", body, 1, 1, 10)
    takes = np.random.default_rng(0).normal(size=12)
    array = type(body.constants)
    found = []
    for kept in (1 << 20, 0):
        monkeypatch.setattr(steps, "KEPT", kept)
        run = steps.Steps(loop, Replay(body))
        given, finite, states = run.forward(array("d", takes), keeps=True)
        assert finite
        assert len(states) == (3 if kept == 0 else 10)
        found.append((given, run.backward(array("d", takes), states, array("d", [1.0] * 11))))
    assert found[0] == found[1]


# What is closed over, chosen, differentiated inside.


def test_what_a_step_closes_over_is_shared_by_all_steps():
    def f(a, b, xs):
        c = a * b
        positive = c > 0
        s, _ = scan(lambda s, x: (where(positive, s * c, s - x), None), a, xs)
        return s * c

    at = 1.5, 2.0, [1.0, 2.0]
    program = record(f, *at)
    assert program(*at) == 1.5 * 3 * 3 * 3
    assert program(-1.5, 2.0, [1.0, 2.0]) == (-1.5 - 1 - 2) * -3
    assert near(program.grad(*at), record(lambda a, b, xs: a * (a * b) ** 3 + 0 * xs[0], *at).grad(*at))


def test_a_condition_inside_a_step_is_decided_at_each_point():
    program = record(lambda xs: scan(lambda s, x: (where(x > s, x, s), None), -1.0, xs)[0], [1.0, 2.0, 0.0])
    assert program([3.0, 1.0, 2.0]) == 3.0
    assert program.grad([3.0, 1.0, 2.0]) == [1.0, 0.0, 0.0]
    with pytest.raises(TypeError, match=r"state"):
        record(lambda xs: scan(lambda s, x: (max(s, x), None), 0.0, xs)[0], [1.0])


def test_a_step_picks_by_an_index():
    """Letters into a recurrent network: the gradient is scattered into the table."""

    def network(scan):
        def f(table, letters):
            def cell(h, letter):
                row = autograd.take(table, letter)
                return [tanh(a + b) for a, b in zip(h, row, strict=True)], where(letter == 2, h[0], 0.0)

            h, ys = scan(cell, [0.5, -0.5], letters)
            return sum(h) + sum(ys)

        return f

    table, letters = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], [0, 2, 1, 2, 2]
    program, steps = (record(network(loop), table, autograd.index([0] * 5, 3)) for loop in (scan, in_turn))
    assert program(table, letters) == steps(table, letters)
    assert near(program.grad(table, letters), steps.grad(table, letters))
    rows = [[0, 0, 1, 2, 1], [2, 1, 0, 1, 0]]
    assert near(program.batch_value_and_grad(table, rows), steps.batch_value_and_grad(table, rows))
    again = pickle.loads(pickle.dumps(program))
    assert again == program
    assert again.grad(table, letters) == program.grad(table, letters)
    assert near(program.jvp((table, letters), table), steps.jvp((table, letters), table))
    assert near(program.hvp((table, letters), table), steps.hvp((table, letters), table), 1e-12)
    assert near(program.hessian(table, letters), steps.hessian(table, letters), 1e-12)
    with pytest.raises(ValueError, match=r"^letters\[1\] is 3, no index of 3 rows: give a whole number from 0 to 2$"):
        program(table, [0, 3, 1, 2, 2])
    with pytest.raises(ValueError, match=r"^row 1: letters\[1\]\[4\] is -1, no index of 3 rows: give a whole"):
        program.batch(table, [letters, [0, 1, 1, 2, -1]])
    pairs = lambda table, i, j: scan(lambda s, k: (s + autograd.take(table, k)[0], None), 0.0, [i, j])[0]
    with pytest.raises(TypeError, match=r"i is an index of 2 rows, but not so in each step"):
        record(pairs, table, autograd.index(0, 2), autograd.index(0, 3))


def test_a_derivative_inside_a_step_is_recorded_with_it():
    energy = lambda q: cos(q) * q

    def pendulum(leap):
        def f(q, p, h):
            def step(state, _):
                q, p = state
                p = p - h * grad(energy)(q)
                return (q + h * p, p), None

            (q, p), _ = leap(step, (q, p), range(20))
            return q + p

        return f

    at = 0.5, -0.25, 0.125
    program, steps = record(pendulum(scan), *at), record(pendulum(in_turn), *at)
    assert len(program) < len(steps) / 10
    assert program(*at) == steps(*at)
    assert near(program.grad(*at), steps.grad(*at))


def test_a_derivative_inside_a_recording_closes_over_what_a_loop_gave():
    def f(leap):
        def g(x, xs):
            last, ys = leap(lambda s, u: (sin(s * u), s), x, xs)
            return grad(lambda v: v**2 * last + ys[-1] * v)(x) + grad(grad(lambda v: tanh(v * last)))(last)

        return record(g, *at)

    at = 0.5, [1.0, 2.0, -1.5]
    program, steps = f(scan), f(in_turn)
    assert program(*at) == steps(*at)
    assert near(program.grad(*at), steps.grad(*at))


def test_a_partial_beside_a_loop_never_raises():
    """The derivative of the square root at 0 is infinite, and no error; the root of a negative number is one."""
    program = record(lambda x, xs: grad(sqrt)(x) + scan(lambda s, x: (s + sqrt(x), None), x, xs)[0], 1.0, [1.0])
    assert program(0.0, [4.0]) == math.inf
    inside = record(lambda xs: scan(lambda s, x: (s + grad(sqrt)(x), None), 0.0, xs)[0], [1.0])
    assert inside([0.0]) == math.inf
    with pytest.raises(ValueError, match="sqrt"):
        program(1.0, [-4.0])


def test_a_derivative_around_a_loop_inside_a_recording_unrolls_it():
    f = lambda a, xs: scan(lambda s, x: (sin(a * s) + x, None), a, xs)[0]
    at = 0.5, [1.0, 2.0]
    program = record(grad(f, argnums=0), *at)
    assert near(program(*at), grad(f, argnums=0)(*at), 0)


def test_a_loop_that_was_recorded_has_no_graph_to_differentiate():
    def f(x):
        y, _ = scan(lambda s, _: (s * x, None), x, range(3))
        return autograd.gradients(y, [x], graph=True)[0]

    with pytest.raises(TypeError, match=r"scan or map that was recorded is no graph of its steps.*gradient_program"):
        record(f, 2.0)


def test_a_frozen_recording_and_plain_numbers_take_the_steps_in_turn():
    f = lambda x: scan(lambda s, k: (s + x if k else s * x, None), x, [0, 1, 0])[0]
    assert record(f, 2.0, freeze=True)(3.0) == 36.0
    plain = record(lambda x: x * scan(lambda s, k: (s + k, None), 0.0, [1, 2])[0], 2.0)
    assert (len(plain), plain(5.0)) == (1, 15.0)


def test_structures_of_states_and_results_stay_what_they_are():
    def f(state, xs):
        def step(state, x):
            a, b = state["a"], state["b"]
            return {"b": [b[0] * x["u"], a], "a": b[1]}, (a, {"sum": b[0] + b[1]})

        return scan(step, state, xs)

    at = {"a": 1.0, "b": [2.0, 3.0]}, [{"u": 2.0}, {"u": 0.5}]
    assert record(f, *at)(*at) == f(*at) == ({"a": 1.0, "b": [2.0, 3.0]}, [(1.0, {"sum": 5.0}), (3.0, {"sum": 5.0})])
    arrays = np.array([1.0, 2.0]), np.array([[1.0, 0.5], [2.0, 1.0]])
    products = lambda s, xs: scan(lambda s, x: (s * x, s), s, xs)
    for last, ys in (products(*arrays), record(products, *arrays)(*arrays)):
        assert last.tolist() == [2.0, 1.0]
        assert [y.tolist() for y in ys] == [[1.0, 2.0], [1.0, 1.0]]
    mixed = lambda w, xs: scan(lambda s, x: ([s[0] * x, w + s[1]], None), np.array([w, 0.5]), xs)[0]
    assert record(mixed, 2.0, [1.0, 3.0])(2.0, [1.0, 3.0]).tolist() == [6.0, 4.5]
    assert [y.data for y in mixed(Value(2.0), [1.0, 3.0])] == [6.0, 4.5]


def test_no_steps_leave_the_state_as_it_is():
    assert scan(lambda s, x: (s + x, x), 1.5, []) == (1.5, [])
    assert record(lambda s: scan(lambda s, x: (s + x, x), s, [])[0] * 2, 1.0)(4.0) == 8.0
    assert autograd.map(lambda x: x, []) == []


# Programs with loops as programs.


def test_a_program_with_loops_is_saved_read_compared_and_listed(tmp_path, pair):
    program, steps, at = pair
    program.save(tmp_path / "network")
    again = Program.load(tmp_path / "network")
    assert again == program
    assert hash(again) == hash(program)
    assert again != steps
    assert again.value_and_grad(*at) == program.value_and_grad(*at)
    assert again.constants == program.constants
    assert record(network(scan), *at, share=True)(*at) == program(*at)
    lines = program.listing().splitlines()
    assert lines[0].startswith(f"    1  scan(cell), {len(at[3])} step")
    weights, inputs = "w[0][0], w[0][1], w[0][2], w[0][3], w[0][4]", "state[0], state[1], state[2], x[0], x[1]"
    assert lines[1] == f"           1  dot([{weights}], [{inputs}], b[0])"
    assert lines[7] == "         gives #2, #4, #6, #2"


def test_a_file_whose_stages_do_not_fit_is_refused(tmp_path):
    program = record(lambda a, xs: scan(lambda s, x: (a * s + x, None), 1.0, xs)[0], 2.0, [1.0, 2.0])
    program.save(tmp_path / "program")
    content = (tmp_path / "program").read_bytes()
    for old, new in (
        (b'"scan",1,1,2', b'"scan",1,1,3'), (b'"scan",1,1,2', b'"scan",2,1,2'), (b"[[4,5]]", b"[[4,9]]"), (b"[0,1]]", b"[0,9]]"),
    ):  # fmt: skip
        assert old in content
        lie = content[:-4].replace(old, new)
        (tmp_path / "program").write_bytes(lie + checksum(lie))
        with pytest.raises(ValueError, match=r"contradict|not computed yet|broken"):
            Program.load(tmp_path / "program")


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_file_of_stages_is_refused_or_harmless(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "stages.program"
    record(lambda a, xs: scan(lambda s, x: (sin(a * s) + x, x), 1.0, xs)[1][0] * a, 2.0, [1.0, 2.0]).save(path)
    content = bytearray(path.read_bytes()[:-4])
    begin = content.index(b'"stages"')
    end = content.index(b"\n", begin) - 1
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(begin, end))] = data.draw(st.sampled_from(b'0123456789[],"nul.-'))
    path.write_bytes(content + checksum(content))
    with contextlib.suppress(ValueError):
        program = Program.load(path)
        program.listing()
        if len(program.listing()) < 2000:
            program.value_and_grad(2.0, [1.0, 2.0])


# Errors.


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ValueError, match=r"scan: the sequences for f have unequal lengths: 2, 1"):
        scan(f, 0.0, [1.0, 2.0], [1.0])
    with pytest.raises(TypeError, match=r"map: give f a sequence to go through; range\(n\) for n steps"):
        autograd.map(f)
    with pytest.raises(TypeError, match=r"scan takes a function first, not 3"):
        scan(3, 0.0, [1.0])
    for loop in (lambda g, x: scan(g, 0.0, [x]), lambda g, x: record(lambda x: scan(g, 0.0, [x]), x)):
        with pytest.raises(TypeError, match=r"scan: f returned .*, not a pair \(state, y\)"):
            loop(f, 1.0)
        with pytest.raises(ValueError, match=r"scan: grows took a state that is .* and returned .*: return what it takes"):
            loop(grows, 1.0)
    with pytest.raises(ValueError, match=r"step 1 is given .* of another structure than step 0"):
        record(lambda x: scan(lambda s, y: (s, None), 0.0, [[x], [x, x]])[0], 1.0)
    with pytest.raises(TypeError, match=r"step returned the condition"):
        record(lambda x: scan(lambda s, y: (s, y > 0), 0.0, [x])[1], 1.0)
    outside = Value(2.0, label="outside")
    with pytest.raises(TypeError, match=r"outside"):
        record(lambda x: scan(lambda s, y: (s * outside, None), x, [1.0])[0], 1.0)


def f(s, *_):
    return s


def grows(s, x):
    return [s, x], x


def test_what_a_step_raises_names_the_step():
    root = lambda xs: scan(lambda s, x: (s + sqrt(x), None), 0.0, xs)[0]
    program = record(root, [1.0, 4.0, 9.0])
    bad = [1.0, 4.0, -9.0]
    for call in (root, program, program.value_and_grad):
        with pytest.raises(ValueError, match="sqrt") as caught:
            call(bad)
        assert caught.value.__notes__ == ["in step 2 of scan(<lambda>)"]
    with pytest.raises(ValueError, match=r"row 1: .*sqrt") as caught:
        program.batch([[1.0, 4.0, 9.0], bad], check=True)
    assert caught.value.__notes__ == ["in step 2 of scan(<lambda>)"]
    logs = record(lambda xs: sum(autograd.map(lambda x: 1 / (1 + exp(-log(x))), xs)), [1.0, 2.0])
    with pytest.raises(ValueError, match="log") as caught:
        logs([1.0, 0.0])
    assert caught.value.__notes__ == ["in step 1 of map(<lambda>)"]
    with pytest.raises(ZeroDivisionError) as caught:
        scan(lambda s, x: (s / x, None), 1.0, [1.0, 0.0])
    assert caught.value.__notes__ == ["in step 1 of scan(<lambda>)"]


def test_what_overflows_on_the_way_to_a_finite_number_is_refused_as_by_the_steps():
    """1 / exp(1000) is 0, but exp(1000) overflows: side by side too."""
    program = record(lambda xs: sum(autograd.map(lambda x: 1 / exp(x), xs)), [1.0, 2.0])
    assert near(program([1.0, 2.0]), math.exp(-1) + math.exp(-2))
    with pytest.raises(OverflowError, match="exp"):
        program([1.0, 1000.0])
    chosen = record(lambda xs: sum(autograd.map(lambda x: where(x > 100, 0.0, 1 / exp(x)), xs)), [1.0, 2.0])
    assert near(chosen([1.0, 1000.0]), math.exp(-1))
