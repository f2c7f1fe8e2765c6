"""Layers: dot products with operands in common are computed in one step, and no bit changes."""

from __future__ import annotations

import random
import struct
from array import array
from contextlib import contextmanager

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import Program, Value, dot, gradients, logsumexp, record, relu, tanh, where
from autograd import sum as total
from autograd.programs import replay

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.skipif(not replay.COMPILED, reason="layers are the compiled engine's")
native = getattr(replay, "native", None)
SETS = native.instruction_sets() if native else []
VECTORS = "lanes" not in SETS
AWKWARD = (0.0, -0.0, 1.0, float("inf"), -float("inf"), float("nan"), 1e300, 5e-324)


@contextmanager
def recognised(on, name=""):
    """Programs that are planned within have layers or none, and run with an instruction set."""
    before, layers = native.use(name), native.recognise(on)
    try:
        yield
    finally:
        native.use(before)
        native.recognise(layers)


def bits(numbers):
    return [struct.pack("<d", x).hex() if x == x else "nan" for x in numbers]


def anew(program):
    """Without the plans that it has made."""
    return Program(program.signature, program.flat, program.origin)


def at_point(program, xs):
    machine = anew(program).replay.machine
    values, gradient, finite = machine.point(array("d", xs), [1.0] * len(program.flat.results))
    alone, _, seen = machine.point(array("d", xs), None)
    return bits(values), bits(gradient), finite, bits(alone), seen


def rows_of(program, *args, **options):
    """Values and derivatives of rows, as they are in memory."""
    program = anew(program)
    values, found = program.batch_value_and_grad(*args, **options)
    found = found if isinstance(found, tuple) else (found,)
    return [bits(np.ravel(x).tolist()) for x in (values, *found, program.batch(*args))]


def layers_of(program, xs):
    machine = anew(program).replay.machine
    machine.point(array("d", xs), [1.0] * len(program.flat.results))
    return machine.layers()


def numbers(stream, n, awkward=0.0):
    return [stream.choice(AWKWARD) if stream.random() < awkward else stream.gauss(0, 0.5) for _ in range(n)]


def matrix(kind, ws, m, n, gap, stream, pool):
    """Rows of weights: neighbours in rows, in columns, overlapping, scattered, or computed."""
    size = len(ws)
    if kind == "rows":
        return [[ws[(i * (n + gap) + j) % size] for j in range(n)] for i in range(m)]
    if kind == "columns":
        return [[ws[(i + j * (m + gap)) % size] for j in range(n)] for i in range(m)]
    if kind == "windows":
        return [[ws[(i + j) % size] for j in range(n)] for i in range(m)]
    if kind == "scattered":
        return [[stream.choice(ws) for _ in range(n)] for _ in range(m)]
    if kind == "computed rows":
        return [[pool[(i * n + j) % len(pool)] for j in range(n)] for i in range(m)]
    return [[pool[(i + j * m) % len(pool)] for j in range(n)] for i in range(m)]  # computed columns


KINDS = ("rows", "rows", "columns", "windows", "scattered", "computed rows", "computed columns")


def mixed(seed, kinds=KINDS):
    """A random function of weights and a row: layers among other operations, some of which come between their members."""

    def f(ws, row):
        stream = random.Random(seed)
        ws, xs, pool = list(ws), list(row), list(row)
        outputs = []
        for _ in range(stream.randrange(1, 6)):
            n, m, gap = stream.randrange(1, min(len(xs), 40) + 1), stream.randrange(1, 45), stream.choice((0, 0, 1, 3))
            common = xs[-n:] if stream.random() < 0.8 else [stream.choice(xs + ws) for _ in range(n)]
            rows = matrix(stream.choice(kinds), ws, m, n, gap, stream, pool)
            first, biased, after = stream.random() < 0.3, stream.random() < 0.5, stream.choice((None, relu, tanh))
            ys = []
            for i, each in enumerate(rows):
                bias = [ws[(i * (n + gap) + n) % len(ws)]] if biased else []
                y = dot(common, each, *bias) if first else dot(each, common, *bias)
                if after and seed % 2:
                    y = after(y)
                if stream.random() < 0.02:
                    y = y * stream.choice(common)
                ys.append(y)
            if after and not seed % 2:
                ys = [after(y) for y in ys]
            if stream.random() < 0.3:
                ys = [y + x for y, x in zip(ys, xs, strict=False)]
            outputs.append(logsumexp(ys) if stream.random() < 0.3 else ys[-1])
            xs, pool = ys, pool + ys
        return total([total(xs), *outputs])

    return f


def recorded(seed, n, q, kinds=KINDS):
    return record(mixed(seed, kinds), [0.1] * n, [0.2] * q)


@pytest.mark.parametrize("name", SETS)
@given(seed=st.integers(0, 10**9), n=st.sampled_from((3, 40, 300, 900)), q=st.sampled_from((1, 5, 16, 33)), awkward=st.booleans())
@example(seed=1, n=900, q=33, awkward=True)
def test_at_one_point_layers_change_no_bit(name, seed, n, q, awkward):
    program = recorded(seed, n, q)
    xs = numbers(random.Random(seed), n + q, 0.05 if awkward else 0.0)
    with recognised(False):
        plain = at_point(program, xs)
    with recognised(True, name):
        assert at_point(program, xs) == plain


@given(seed=st.integers(0, 10**9), n=st.sampled_from((40, 300)))
def test_at_one_point_layers_have_the_bits_of_the_eager_engine(seed, n):
    f, xs = mixed(seed), numbers(random.Random(seed), n + 9)
    leaves = [Value(x) for x in xs]
    y = f(leaves[:n], leaves[n:])
    program = record(f, xs[:n], xs[n:])
    value, gradient, _, alone, _ = at_point(program, xs)
    assert value == alone == bits([y.data])
    assert gradient == bits(gradients(y, leaves))


@pytest.mark.parametrize("name", SETS)
@given(
    seed=st.integers(0, 10**9),
    n=st.sampled_from((40, 300, 900)),
    q=st.sampled_from((1, 5, 16, 33)),
    rows=st.sampled_from((1, 8, 31, 64, 150)),
    awkward=st.booleans(),
    by=st.sampled_from((None, 0, 1)),
)
def test_on_rows_layers_change_no_bit(name, seed, n, q, rows, awkward, by):
    program = recorded(seed, n, q, ("rows", "rows", "rows", "columns", "windows", "computed rows"))
    stream = random.Random(seed)
    share = 0.05 if awkward else 0.0
    ws, xs = np.array(numbers(stream, n, share)), np.array(numbers(stream, rows * q, share)).reshape(rows, q)
    options = {"by": by, "weights": np.array([stream.choice((0.0, 1.0, 0.5)) for _ in range(rows)])}
    with np.errstate(all="ignore"), recognised(False, name):
        plain = rows_of(program, ws, xs, **options)
    with np.errstate(all="ignore"), recognised(True, name):
        assert rows_of(program, ws, xs, **options) == plain


def linear(rows, x):
    x = list(x)
    return [dot(row, x) for row in rows]


def cut(ws, m, n, at=0, gap=0):
    return [ws[at + i * (n + gap) : at + i * (n + gap) + n] for i in range(m)]


def biased(rows, biases, x):
    return [dot(row, x, b) for row, b in zip(rows, biases, strict=True)]


def each_of(rows, vectors):
    """A matrix times one vector after the other."""
    return [y for x in vectors for y in linear(rows, x)]


def of_pairs(w, x):
    """Dot products of columns that were computed."""
    return [dot(x[:2], pair) for pair in zip(linear(cut(w, 6, 5), x), linear(cut(w, 6, 5, 30), x), strict=True)]


def with_another_use(between):
    """What reads a weight stands between vectors of its matrix."""
    return lambda w, x: [*each_of(cut(w, 6, 5), cut(x, 2, 5)), *between(w, x), *linear(cut(w, 6, 5), x[5:10])]


SHAPES = {
    "a matrix by rows": (lambda w, x: linear(cut(w, 6, 5), x), 30, 5, (1, 2)),
    "with biases between its rows": (lambda w, x: biased(cut(w, 6, 5, gap=1), w[5::6], x), 36, 5, (1, 2)),
    "with an activation after each": (lambda w, x: [relu(dot(r, x)) for r in cut(w, 6, 5)], 30, 5, (1, 2)),
    "the vector first": (lambda w, x: [dot(x, r) for r in cut(w, 6, 5)], 30, 5, (1, 2)),
    "by columns": (lambda w, x: [dot(w[i::6], x) for i in range(6)], 30, 5, (1, 1)),
    "three matrices of one vector": (lambda w, x: linear(cut(w, 6, 5) + cut(w, 6, 5, 30) + cut(w, 6, 5, 60), x), 90, 5, (1, 2)),
    "one matrix of two vectors": (lambda w, x: linear(cut(w, 6, 5), x[:5]) + linear(cut(w, 6, 5), x[5:]), 30, 10, (2, 3)),
    "ten vectors of one matrix": (lambda w, x: each_of(cut(w, 6, 5), cut(x, 10, 5)), 30, 50, (10, 12)),
    "between vectors a weight by itself": (with_another_use(lambda w, x: [w[7] * x[0]]), 30, 10, (3, 5)),
    "between vectors a weight as a bias": (with_another_use(lambda w, x: biased(cut(w, 5, 5, 30), w[:5], x[:5])), 55, 10, (4, 7)),
    "between vectors a weight as a vector": (with_another_use(lambda w, x: linear(cut(w, 5, 5, 30), w[:5])), 55, 10, (4, 7)),
    "a layer of a layer": (lambda w, x: linear(cut(w, 5, 6, 30), map(tanh, linear(cut(w, 6, 5), x))), 60, 5, (2, 4)),
    "a matrix and its transpose": (lambda w, x: linear([w[i::5] for i in range(5)], linear(cut(w, 5, 5), x)), 25, 5, (2, 3)),
    "windows of one filter": (lambda w, x: [dot(w, x[i : i + 3]) for i in range(8)], 3, 10, (1, 0)),
    "computed columns": (of_pairs, 60, 5, (2, 3)),
    "too few": (lambda w, x: linear(cut(w, 3, 5), x), 15, 5, (0, 0)),
    "a vector with itself": (lambda w, x: [dot(x, x), *[dot(x, x) * w[0] for _ in range(4)]], 1, 5, (1, 0)),
    "a weight twice in a row": (lambda w, x: linear([[w[i], w[i], w[i + 1]] for i in range(0, 12, 2)], x), 12, 3, (1, 0)),
    "a weight in two rows": (lambda w, x: linear([w[i : i + 3] for i in range(8)], x), 10, 3, (1, 0)),
    "what comes between adds to the vector": (lambda w, x: [dot(r, x) * x[0] for r in cut(w, 6, 5)], 30, 5, (1, 0)),
    "a vector that holds a weight": (lambda w, x: linear(cut(w, 6, 5), [*x[:4], w[17]]), 30, 5, (1, 0)),
}


@pytest.mark.skipif(not VECTORS, reason="without vectors there are no layers")
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_recognised_at_one_point_and_its_bits(shape):
    f, n, q, found = SHAPES[shape]
    program = record(lambda w, x: total([y * y for y in f(list(w), list(x))]), [0.1] * n, [0.2] * q)
    xs = numbers(random.Random(7), n + q)
    with recognised(True):
        assert layers_of(program, xs) == found
        with_layers = at_point(program, xs)
    with recognised(False):
        assert layers_of(program, xs) == (0, 0)
        assert at_point(program, xs) == with_layers


@pytest.mark.skipif(not VECTORS, reason="without vectors there are no layers")
def test_on_rows_layers_of_one_matrix_add_to_its_gradient_together():
    def run(w, x):
        for _ in range(20):
            x = [tanh(y) for y in linear(cut(list(w), 6, 6), x)]
        return total(x)

    program = record(run, [0.1] * 36, [0.2] * 6)
    machine = program.replay.machine
    w, x = np.array(numbers(random.Random(1), 36)), np.array(numbers(random.Random(2), 240)).reshape(40, 6)
    with recognised(True):
        program.batch_value_and_grad(w, x, by=0)
        assert machine.layers() == (20, 3)  # eight, eight and four
        together = rows_of(program, w, x)
    with recognised(False):
        assert rows_of(program, w, x) == together


@pytest.mark.parametrize("inputs", [0, 1])
def test_derivatives_by_some_and_none_of_many(inputs):
    """A network whose outputs are not all used, and constants as weights."""
    plain = [[0.5, 2.0, -1.0], [0.25, 1.0, 1.0]]
    program = record(lambda w, x: linear([*cut(list(w), 4, 3), *plain], x)[5 * inputs], [0.1] * 12, [0.2] * 3)
    xs = numbers(random.Random(3), 15)
    with recognised(True):
        with_layers = at_point(program, xs)
    with recognised(False):
        assert at_point(program, xs) == with_layers


def through_a_loop(w, x):
    """Unrolled, it computes what no result needs."""
    return autograd.map(lambda row: dot(row, x), cut(list(w), 6, 4))[-1]


def by_a_condition(w, x):
    z = linear(cut(list(w), 6, 4), x)
    return where(z[0] > 0, z[1] * z[2], z[3] + z[4] * z[5])


@pytest.mark.parametrize("f", [through_a_loop, by_a_condition])
def test_a_layer_whose_first_member_has_no_derivative_hands_on_those_of_the_others(f):
    w, x = numbers(random.Random(6), 24), numbers(random.Random(7), 4)
    leaves = list(map(Value, w)), list(map(Value, x))
    by_w, by_x = gradients(f(*leaves), leaves[0]), gradients(f(*leaves), leaves[1])
    program = record(f, w, x)
    assert program.grad(w, x) == (by_w, by_x)
    _, (shared, own) = program.batch_value_and_grad(w, [x] * 3)
    assert np.array(shared) == pytest.approx(3 * np.array(by_w), rel=1e-14)
    assert np.array(own[2]) == pytest.approx(np.array(by_x), rel=1e-14)
    _, (own, shared) = program.batch_value_and_grad([w] * 3, x)
    assert np.array(own[2]) == pytest.approx(np.array(by_w), rel=1e-14)
    assert np.array(shared) == pytest.approx(3 * np.array(by_x), rel=1e-14)


def test_errors_are_found_in_layers_as_elsewhere():
    program = record(lambda w, x: total(linear(cut(list(w), 6, 4), x)), [0.1] * 24, [0.2] * 4)
    assert program.replay.machine.point(array("d", [1e308] * 28), None)[2] is False
    assert program.replay.machine.point(array("d", [1.0] * 28), None)[2] is True


def test_the_jacobian_of_a_layer_is_its_matrix():
    def f(w, x):
        return linear(cut(list(w), 6, 4), [tanh(v) for v in x])

    program = record(f, [0.1] * 24, [0.2] * 4)
    w, x = numbers(random.Random(4), 24), numbers(random.Random(5), 4)
    for i, (by_w, by_x) in enumerate(program.jacobian(w, x)):
        for j in range(4):
            assert by_w[4 * i + j] == autograd.tanh(x[j])
            assert by_x[j] == pytest.approx(w[4 * i + j] * (1 - autograd.tanh(x[j]) ** 2), rel=1e-14)
