"""Programs on rows: each row as the program at one point, structures in and out, sums in a fixed order, errors."""

from __future__ import annotations

import array
import json
import math
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, cos, dot, exp, hypot, log, log1p, record, sigmoid, sin, sqrt, tan, tanh, where
from autograd.ops import TABLE
from autograd.programs import arguments, batches, replay
from autograd.strategies import applied, graphs, points

NIST = Path(__file__).resolve().parents[2] / "shared" / "cases" / "nist_strd" / "nist_strd.json"
SETS = {case["name"]: case for case in json.loads(NIST.read_text(encoding="utf-8"))} if NIST.is_file() else {}
ULPS = 4 if autograd.COMPILED else 0
"""How far a number of a row may be from that of one point: where vector maths differs. Uncompiled the bits are equal."""


def near(got, want, size=1.0):
    """Within the ulps of the larger of the number itself and `size`; nan's and infinities alike."""
    got, want = np.asarray(got, dtype=float).ravel(), np.asarray(want, dtype=float).ravel()
    assert got.shape == want.shape
    with np.errstate(invalid="ignore"):
        apart = np.abs(got - want) <= ULPS * np.spacing(np.maximum(np.abs(want), size)) * 4
    return bool(np.all(apart | (got == want) | (np.isnan(got) & np.isnan(want))))


def total(numbers):
    """A running sum."""
    y = 0.0
    for x in numbers:
        y += x
    return y


def mixed(x, w, b):
    return tanh(w[0][0] * x + w[0][1]) * w[1] + b[0] * b[1]


EXAMPLE: tuple[Any, ...] = 0.5, [[1.0, 2.0], 3.0], [4.0, 5.0]


# Rows are points.


@pytest.fixture(params=replay.native.instruction_sets() if autograd.COMPILED else ["python"])
def instruction_set(request):
    """Every way of computing a block that this processor has."""
    before = replay.native.use(request.param) if autograd.COMPILED else ""
    yield request.param
    if autograd.COMPILED:
        replay.native.use(before)


@pytest.fixture
def own_operations():
    """Two without a kernel, which the strategies draw as well."""
    autograd.op("pair", lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a)
    autograd.op("bend", lambda x: x * abs(x), lambda x, y: 2.0 * abs(x))
    yield
    for name in ("pair", "bend"):
        autograd.registry.remove(name)


def rows_are_points(f, rows, shared):
    """Any operations, any number of rows: five points, again and again."""
    program = record(f, *f.point)
    points_of = [[x if shared[k] else x * (1 + 0.01 * r) for k, x in enumerate(f.point)] for r in range(5)]
    columns = [x if shared[k] else [points_of[r % 5][k] for r in range(rows)] for k, x in enumerate(f.point)]
    values, gradients = program.batch_value_and_grad(*columns)
    jacobians = program.batch_jacobian(*columns)
    assert list(map(repr, program.batch(*columns))) == list(map(repr, values))  # nan too
    gradients, jacobians = ([x] if len(f.point) == 1 else list(x) for x in (gradients, jacobians))
    for jacobian, gradient, one_for_all in zip(jacobians, gradients, shared):
        if not one_for_all:
            assert near(jacobian, gradient, 1e4 * max([1.0, *(abs(x) for x in jacobian if math.isfinite(x))]))
        elif all(map(math.isfinite, jacobian)):
            assert abs(gradient - math.fsum(jacobian)) <= 1e-7 * (1 + math.fsum(map(abs, jacobian)))
    for r, point in enumerate(points_of[:rows]):
        try:
            value, gradient = program.value_and_grad(*point)
        except (ValueError, ArithmeticError):
            continue
        wanted = [value, *([gradient] if len(point) == 1 else gradient)]
        size = 1e4 * max([1.0, *(abs(each) for each in wanted if math.isfinite(each))])
        for again in range(r, rows, 5):
            assert near([values[again], *[column[again] for column in jacobians]], wanted, size)


def cases():
    """A function, a number of rows, and which inputs all rows share: not all of them."""
    kinds = lambda n: st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda shared: not all(shared))
    return graphs(size=8).flatmap(lambda f: st.tuples(st.just(f), kinds(len(f.point))))


EVERY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, suppress_health_check=EVERY)
@given(cases(), st.integers(1, 200))
def test_rows_are_points(instruction_set, own_operations, case, rows):
    rows_are_points(case[0], rows, case[1])


@pytest.mark.long
@settings(max_examples=2000, suppress_health_check=EVERY)
@given(cases(), st.integers(1, 200))
def test_the_rows_of_many_are_points(instruction_set, own_operations, case, rows):
    rows_are_points(case[0], rows, case[1])


@pytest.mark.parametrize("name", [name for name in TABLE if name not in ("where", "detach", "identity")])
def test_every_operation_in_rows(name):
    """Within 4 ulps of one point, in blocks that vector instructions fill and in what is left over."""
    entry = TABLE[name]

    @settings(max_examples=15)
    @given(st.lists(points(name), min_size=1, max_size=6))
    def check(found):
        if entry.many:
            found = [x for x in found if len(x) == len(found[0])]
        free = [k for k, rule in enumerate(entry.partials * len(found[0]) if entry.many else entry.partials) if rule is not None]
        found = [[found[0][k] if k not in free else x[k] for k in range(len(x))] for x in found]
        found = [x for x in found if partials_at(name, x, free) is not None]

        def f(*xs):
            operands = list(found[0])
            for k, x in zip(free, xs, strict=True):
                operands[k] = x
            return applied(name, operands)

        if not found:
            return
        rows = (found * 67)[:67]
        columns = [[x[k] for x in rows] for k in free]
        program = record(f, *[column[0] for column in columns])
        values, gradients = program.batch_value_and_grad(*columns)
        for r in range(len(found)):
            value, gradient = program.value_and_grad(*[column[r] for column in columns])
            got = [gradients[r]] if len(free) == 1 else [column[r] for column in gradients]
            wanted = [gradient] if len(free) == 1 else gradient
            for a, b in zip([values[r], *got], [value, *wanted], strict=True):
                assert a == b or abs(a - b) <= ULPS * math.ulp(b), (found[r], a, b)

    check()


def partials_at(name, x, free):
    """The partials at a point; None where the operation raises there."""
    try:
        return applied(name, [Value(each) if k in free else each for k, each in enumerate(x)]).partials
    except (ValueError, ArithmeticError):
        return None


def test_each_argument_shared_or_with_rows():
    program = record(mixed, *EXAMPLE)
    x = [0.1, -0.7, 2.0]
    w: list[Any] = [[[1.0, 2.0], 3.0], [[0.5, -1.0], 2.0], [[0.1, 0.2], 0.3]]
    b = [[4.0, 5.0], [1.0, 2.0], [0.0, -1.0]]
    for own in range(1, 8):
        args = [all_ if own >> k & 1 else all_[0] for k, all_ in enumerate((x, w, b))]
        points = [tuple(arg[r] if own >> k & 1 else arg for k, arg in enumerate(args)) for r in range(3)]
        singly = [program.value_and_grad(*point) for point in points]
        values, gradients = program.batch_value_and_grad(*args, weights=[2.0, 0.5, -1.0])
        assert near(values, [value for value, _ in singly])
        assert near(program.batch(*args), values)
        for k, gradient in enumerate(gradients):
            each = [flat(g[k]) for _, g in singly]
            weighted = [[weight * d for d in row] for weight, row in zip([2.0, 0.5, -1.0], each, strict=True)]
            if own >> k & 1:
                assert near(by_rows(gradient, k, 3), [d for row in weighted for d in row])
            else:
                assert flat(gradient) == pytest.approx([total(column) for column in zip(*weighted, strict=True)], rel=1e-14)
        jacobians = program.batch_jacobian(*args)
        for k, jacobian in enumerate(jacobians):
            assert near(by_rows(jacobian, k, 3), [d for _, g in singly for d in flat(g[k])])


def flat(x):
    return [x] if isinstance(x, float) else [y for part in x for y in flat(part)]


def by_rows(x, k, rows):
    """Numbers row by row: the ragged argument 1 comes in its own containers, each part with rows."""
    if k != 1:
        return flat(x)
    return [y for r in range(rows) for part in x for y in flat(part[r])]


def test_the_sum_of_gradients_is_that_of_the_rows():
    program = record(lambda x, w: sin(w[0] * x) * exp(w[1] * x), 0.5, [1.0, 2.0])
    rng = np.random.default_rng(1)
    for rows in (1, 7, 64, 65, 1000, 2049, 5000):
        x = rng.normal(size=rows)
        weights = rng.normal(size=rows)
        _, gradient = program.batch_value_and_grad(x, [0.3, 0.1], weights=weights, by="w")
        jacobian = program.batch_jacobian(x, [0.3, 0.1], by="w")
        exact = [math.fsum(weights * jacobian[:, j]) for j in range(2)]
        assert gradient.tolist() == pytest.approx(exact, rel=1e-11, abs=1e-13 * rows)


def test_pieces_depend_on_the_number_of_rows_only():
    def pieces_of(rows):
        return batches.cuts_of(rows, batches.piece_of(rows))

    assert pieces_of(0) == []
    assert pieces_of(1) == [(0, 1)]
    assert pieces_of(64 * 32) == [(64 * k, 64 * k + 64) for k in range(32)]
    for rows in (63, 65, 2049, 100_000, 1_000_001):
        pieces = pieces_of(rows)
        assert len(pieces) <= 32
        assert [start for start, _ in pieces] == [0] + [stop for _, stop in pieces[:-1]]
        assert pieces[-1][1] == rows
        assert all((stop - start) % 64 == 0 for start, stop in pieces[:-1])


# Structures.


def test_shapes_of_arrays():
    def f(x, w):
        return [[dot(w[0], x), w[1][0] * x[0]], [x[1], 2.0], [x[0] + x[1], 0.0]]

    program = record(f, [1.0, 2.0], [[3.0, 4.0], [5.0]])
    x = np.arange(10.0).reshape(5, 2)
    w = [np.array([1.0, 2.0]), [3.0]]
    assert program.batch(x, w).shape == (5, 3, 2)
    by_x, by_w = program.batch_jacobian(x, w)
    assert by_x.shape == (5, 3, 2, 2)
    assert [part.shape for part in by_w] == [(5, 3, 2, 2), (5, 3, 2, 1)]
    for r in range(5):
        want_x, want_w = zip(*[d for row in program.jacobian(list(x[r]), [[1.0, 2.0], [3.0]]) for d in row], strict=True)
        assert near(by_x[r], want_x)
        assert near(by_w[0][r], [d[0] for d in want_w])
        assert near(by_w[1][r], [d[1] for d in want_w])
    lists = program.batch(x.tolist(), [[1.0, 2.0], [3.0]])
    assert isinstance(lists, list)
    assert lists == program.batch(x, w).tolist()
    by_x_lists, by_w_lists = program.batch_jacobian(x.tolist(), [[1.0, 2.0], [3.0]])
    assert by_x_lists == by_x.tolist()
    assert by_w_lists == [part.tolist() for part in by_w]


def test_outputs_of_unlike_shapes_come_in_their_containers():
    program = record(lambda x: (x[0] * x[1], [x[0], x[1], 1.0]), [1.0, 2.0])
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    first, second = program.batch(x)
    assert first.tolist() == [2.0, 12.0]
    assert second.tolist() == [[1.0, 2.0, 1.0], [3.0, 4.0, 1.0]]
    assert program.batch(x.tolist()) == (first.tolist(), second.tolist())
    first, second = program.batch_jacobian(x)
    assert first.tolist() == [[2.0, 1.0], [4.0, 3.0]]
    assert second.shape == (2, 3, 2)
    assert program.batch_jacobian(x.tolist()) == (first.tolist(), second.tolist())


def test_any_buffer_of_numbers():
    program = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
    wanted = [12.0, 17.0, 22.0]
    w = [5.0, 7.0]
    doubles, strided = array.array("d", [1, 2, 3]), memoryview(array.array("d", [1, 0, 2, 0, 3]))[::2]
    others = array.array("f", doubles), array.array("i", [1, 2, 3])
    for x in ([1, 2, 3], (1.0, 2.0, 3.0), doubles, *others, memoryview(doubles), strided, range(1, 4)):
        assert program.batch(x, w) == wanted
    base = np.array([[1.0, 9.0], [2.0, 9.0], [3.0, 9.0]])
    for x in (base[:, 0], base[:, 0].astype(np.float32), base[:, 0].astype(int), base[:, 0].astype(">f8"),
              base[::-1, 0][::-1], base[:, 0].astype(object), [np.float64(1), 2, True + 2]):  # fmt: skip
        found = program.batch(x, np.array(w))
        assert isinstance(found, np.ndarray)
        assert found.tolist() == wanted
    readonly = base[:, 0].copy()
    readonly.flags.writeable = False
    assert program.batch(readonly, w).tolist() == wanted
    square = memoryview(array.array("d", [1, 2, 3, 4])).cast("B").cast("d", (2, 2))
    assert record(lambda x: x[0] * x[1], [1.0, 1.0]).batch(square) == [2.0, 12.0]
    assert record(lambda x: x[0] * x[1], [1.0, 1.0]).batch([np.ones(2), np.array([2.0, 3.0])]).tolist() == [1.0, 6.0]


def test_a_contiguous_array_is_not_copied():
    numbers = np.arange(6.0).reshape(3, 2)
    buffer, shape = arguments.laid_out(numbers)
    assert shape == (3, 2)
    numbers[1, 1] = 7.0
    assert buffer[3] == 7.0
    plain = array.array("d", [1.0, 2.0])
    assert arguments.laid_out(plain)[0].obj is plain
    for each in (numbers[:, 1], numbers.T, numbers[:, :1], numbers[::2]):  # others are, into one contiguous buffer
        assert arguments.laid_out(each)[0].c_contiguous
        assert arguments.laid_out(each)[0].tolist() == each.ravel().tolist()


def test_without_numpy(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "numpy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    program = record(mixed, *EXAMPLE)
    values, gradients = program.batch_value_and_grad(array.array("d", [0.1, 0.2]), EXAMPLE[1], EXAMPLE[2])
    assert len(values) == 2
    assert [len(flat(g)) for g in gradients] == [2, 3, 2]
    assert len(program.batch_jacobian([0.1, 0.2], *EXAMPLE[1:])[1][0]) == 2


def test_no_rows():
    program = record(lambda x, w: [w[0] * x[0], x[1], 1.0], [0.0, 1.0], [0.0, 0.0])
    assert program.batch(np.empty((0, 2)), [1.0, 2.0]).shape == (0, 3)
    assert [j.shape for j in program.batch_jacobian(np.empty((0, 2)), [1.0, 2.0])] == [(0, 3, 2), (0, 3, 2)]
    assert program.batch([], [1.0, 2.0]) == []
    assert program.batch_jacobian([], [1.0, 2.0]) == ([], [])
    scalar = record(lambda x, w: w[0] * x, 0.0, [0.0, 0.0])
    value, (by_x, by_w) = scalar.batch_value_and_grad(np.empty(0), [1.0, 2.0], weights=[])
    assert (value.shape, by_x.shape, by_w.tolist()) == ((0,), (0,), [0.0, 0.0])
    assert scalar.batch_value_and_grad([], [1.0, 2.0]) == ([], ([], [0.0, 0.0]))
    pair = record(lambda x: x[0] * x[1], [0.0, 0.0])
    assert pair.batch_value_and_grad(np.empty((0, 2)))[1].shape == (0, 2)


def test_by():
    program = record(mixed, *EXAMPLE)
    x = [0.1, 0.2]
    _, whole = program.batch_value_and_grad(x, *EXAMPLE[1:])
    for by, wanted in ((0, whole[0]), ("w", whole[1]), ((2,), (whole[2],)), (["b", 0], (whole[2], whole[0])), ([], ())):
        assert program.batch_value_and_grad(x, *EXAMPLE[1:], by=by)[1] == wanted
    assert program.batch_jacobian(x, *EXAMPLE[1:], by="b") == program.batch_jacobian(x, *EXAMPLE[1:])[2]
    pair = whole[2], whole[0]
    for by, wanted in ((np.int64(1), whole[1]), (np.uint8(2), whole[2]), (np.array([2, 0]), pair), (range(2), whole[:2])):
        assert program.batch_value_and_grad(x, *EXAMPLE[1:], by=by)[1] == wanted
        assert type(program.batch_jacobian(x, *EXAMPLE[1:], by=by)) is type(wanted)
    for wrong in ("v", 3, -1, np.int64(3), 1.0, np.float64(1.0)):
        with pytest.raises(ValueError, match=rf"no argument {re.escape(repr(wrong))}; the program takes x, w, b"):
            program.batch_value_and_grad(x, *EXAMPLE[1:], by=wrong)


# Errors.


def test_shapes_that_do_not_fit():
    program = record(mixed, *EXAMPLE)
    with pytest.raises(ValueError, match=r"x, w, b: all shared, so there are no rows"):
        program.batch(*EXAMPLE)
    with pytest.raises(ValueError, match=r"unequal numbers of rows: x has 2, b has 3"):
        program.batch([1.0, 2.0], EXAMPLE[1], [[1.0, 2.0]] * 3)
    with pytest.raises(ValueError, match=r"argument x is \(2, 1\); .* recorded with a number: give that, .* or \(R,\)"):
        program.batch([[1.0], [2.0]], *EXAMPLE[1:])
    with pytest.raises(ValueError, match=r"argument b is \(3, 3\); .* recorded with \(2,\): give that, .* or \(R, 2\)"):
        program.batch([1.0], EXAMPLE[1], np.ones((3, 3)))
    with pytest.raises(ValueError, match=r"argument w is \(2,\); .* with \[\(2,\), \(\)\]: .* a sequence of R of that"):
        program.batch([1.0], [1.0, 2.0], EXAMPLE[2])
    with pytest.raises(ValueError, match=r"argument b is \[\(2,\), \(1,\)\]"):
        program.batch([1.0, 2.0], EXAMPLE[1], [[1.0, 2.0], [3.0]])
    with pytest.raises(ValueError, match=r"weights have shape \(3,\); there are 2 rows, so they need \(2,\)"):
        program.batch_value_and_grad([1.0, 2.0], *EXAMPLE[1:], weights=[1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="complex128"):
        program.batch(np.array([1j]), *EXAMPLE[1:])
    with pytest.raises(TypeError, match="holds no real numbers"):
        program.batch(np.array(["a"]), *EXAMPLE[1:])
    with pytest.raises(TypeError, match=r"write its \.data"):
        program.batch([Value(1.0)], *EXAMPLE[1:])
    with pytest.raises(TypeError, match=r"write its \.data"):
        program.batch(np.array([Value(1.0)]), *EXAMPLE[1:])
    with pytest.raises(TypeError, match="3 arguments; 1 given"):
        program.batch([1.0])


def test_a_batch_is_ieee_and_check_raises():
    program = record(lambda x, y: log(x) + 1 / y, 1.0, 1.0)
    values = program.batch([1.0, -1.0, 0.0, 2.0], [1.0, 1.0, 0.0, 4.0])
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert math.isnan(values[2])  # -inf + inf
    with pytest.raises(ValueError, match=r"^row 1: log\(-1\.0\)"):
        program.batch([1.0, -1.0, 0.0], [1.0, 1.0, 0.0], check=True)
    with pytest.raises(ZeroDivisionError, match=r"^row 2: 1\.0 / 0\.0"):
        program.batch_value_and_grad([1.0, 1.0, 1.0], [1.0, 1.0, 0.0], check=True)
    with pytest.raises(OverflowError, match=r"^row 3000: exp\(1000\.0\)"):
        record(lambda x: exp(x) * 2, 1.0).batch_jacobian([0.0] * 3000 + [1000.0] * 2, check=True)
    assert program.batch([1.0], [1.0], check=True) == [1.0]
    assert record(lambda x: where(x > 0, log(x), 0.0), 1.0).batch([-1.0, 1.0], check=True) == [0.0, 0.0]
    assert record(sqrt, 1.0).batch_value_and_grad([0.0, 4.0], check=True) == ([0.0, 2.0], [math.inf, 0.25])


# NIST's nonlinear regression problems: rows are observations.


def model(case):
    names = {"pi": math.pi, "exp": autograd.exp, "cos": autograd.cos, "sin": autograd.sin, "atan": autograd.atan}
    compiled = compile(case["model"], case["name"], "eval")

    def f(b, xs):
        scope = names | dict(zip(case["params"], b, strict=True)) | dict(zip(case["predictors"], xs, strict=True))
        return eval(compiled, scope)  # noqa: S307  (the model of the case)

    return f


@pytest.mark.parametrize("name", SETS)
def test_nist_models(name):
    case = SETS[name]
    data = np.array(case["data"], dtype=float)
    y = np.log(data[:, 0]) if case["response"] == "log(y)" else data[:, 0]
    program = record(model(case), [float(b) for b in case["start1"]], data[0, 1:])
    for start in ("start1", "start2"):
        b = [float(x) for x in case[start]]
        oracle = case["oracle"][start]
        residuals = y - program.batch(b, data[:, 1:])
        jacobian = -program.batch_jacobian(b, data[:, 1:], by="b")
        assert math.fsum(residuals**2) == pytest.approx(float(oracle["rss"]), rel=1e-13)
        size = np.array([math.sqrt(abs(float(oracle["hess"][i][i]))) for i in range(len(b))])
        gradient = 2 * jacobian.T @ residuals
        wanted = [float(g) for g in oracle["grad"]]
        assert (np.abs(gradient - wanted) <= 1e-11 * np.abs(wanted) + 1e-14 * size * math.sqrt(float(oracle["rss"]))).all()


# Prepared.


def test_a_prepared_batch_reads_its_arrays_anew():
    program = record(lambda x, w: tanh(dot(x, w)), [0.0] * 3, [0.0] * 3)
    stream = np.random.default_rng(5)
    x, w, weights = stream.normal(size=(70, 3)), stream.normal(size=3), stream.normal(size=70)
    step = program.prepared(x, w, weights=weights)
    before = step()
    for _ in range(3):
        x[:], w[:], weights[:] = stream.normal(size=x.shape), stream.normal(size=3), stream.normal(size=70)
        after = step()
        wanted = program.batch_value_and_grad(x, w, weights=weights)
        assert [a.tobytes() for a in (after[0], *after[1])] == [a.tobytes() for a in (wanted[0], *wanted[1])]
        assert after[0] is before[0]
    assert program.prepared(x, w, by="w")()[1].tobytes() == program.batch_value_and_grad(x, w, by="w")[1].tobytes()


def test_what_cannot_be_read_in_place_is_refused():
    program = record(lambda x, w: x * w[0], 0.0, [1.0])
    x, w = np.ones(4), np.ones(1)
    for args in (([1.0] * 4, w), (x.astype(np.float32), w), (np.ones(8)[::2], w), (x, [w]), (x.astype(int), w)):
        with pytest.raises(TypeError, match="contiguous, aligned NumPy arrays of float64, not "):
            program.prepared(*args)
    with pytest.raises(TypeError, match="contiguous, aligned NumPy arrays"):
        program.prepared(x, w, weights=[1.0] * 4)
    with pytest.raises(ValueError, match="row 2"):
        record(log, 1.0).prepared(np.array([1.0, 2.0, -1.0]), check=True)()


def misaligned(xs):
    """An array of doubles that begins one byte behind where a double may."""
    return np.frombuffer(b"\x01" + np.asarray(xs, dtype=float).tobytes(), offset=1)


def test_numbers_that_are_not_aligned_are_copied():
    """Such as those behind the header of a file, or in packed records."""
    x, w, weights = [1.0, 2.0, -3.0], [0.5, 0.25], [1.0, 3.0, 2.0]
    program = record(lambda x, w: sin(x * w[0]) + w[1], 0.0, [0.0, 0.0])
    packed = np.zeros(3, dtype=[("head", "i1"), ("x", "f8")])
    packed["x"] = x
    want, (by_x, by_w) = program.batch_value_and_grad(np.array(x), np.array(w), weights=np.array(weights))
    for numbers in (misaligned(x), packed["x"], odd_view(x)):
        values, (mine, other) = program.batch_value_and_grad(numbers, misaligned(w), weights=odd_view(weights))
        assert [*values, *mine, *other] == [*want, *by_x, *by_w]
        assert list(program.batch(numbers, odd_view(w))) == list(want)
    point = record(lambda x: x[0] * x[1] - x[2], [0.0] * 3)
    for numbers in (misaligned(x), odd_view(x), packed["x"]):
        assert point(numbers) == 5.0
        assert list(point.value_and_grad(numbers)[1]) == [2.0, 1.0, -1.0]
    with pytest.raises(TypeError, match="give contiguous, aligned NumPy arrays of float64, not "):
        program.prepared(misaligned(x), np.array(w))


def odd_view(xs):
    """A memoryview of doubles that begins one byte behind where a double may."""
    return memoryview(b"\x01" + np.asarray(xs, dtype=float).tobytes())[1:].cast("d")


def test_masked_numbers_are_refused():
    x = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
    program, one = record(lambda x: x * x, 1.0), record(lambda x: x[0] * x[1] * x[2], [1.0] * 3)
    whole = np.ma.masked_array([1.0, 2.0, 3.0])
    for numbers in (x, x.astype(int), x.astype(object), list(x), (1.0, np.ma.masked, 2.0)):
        calls = [
            lambda: record(lambda x: x[0], numbers),  # noqa: B023
            lambda: one(numbers),  # noqa: B023
            lambda: one.value_and_grad(numbers),  # noqa: B023
            lambda: one.jvp([1.0, 2.0, 3.0], numbers),  # noqa: B023
            lambda: program.batch(numbers),  # noqa: B023
            lambda: program.batch_jacobian(numbers),  # noqa: B023
            lambda: program.batch_value_and_grad([1.0, 2.0, 3.0], weights=numbers),  # noqa: B023
        ]
        for call in calls:
            with pytest.raises(TypeError, match=r"1 of [13] numbers are masked: give x.filled\(...\) or x.compressed\(\)"):
                call()
    assert program.batch(whole).tolist() == [1.0, 4.0, 9.0]
    assert one(whole) == 6.0
    for held in (x, whole):
        with pytest.raises(TypeError, match="prepared reads its arguments"):
            program.prepared(held)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("check", [False, True])
def test_a_prepared_batch_of_some_rows_begins_where_it_is_told(workers, check):
    program = record(lambda x, w: tanh(dot(x, w)), [0.0] * 3, [0.0] * 3)
    stream = np.random.default_rng(8)
    x, w, weights = stream.normal(size=(150, 3)), stream.normal(size=3), stream.normal(size=40)
    with ThreadPoolExecutor(workers or 1) as threads:
        step = program.prepared(x, w, weights=weights, rows=40, executor=threads if workers else None, check=check)
        for begin in (0, 1, 77, 110, 0):
            x[begin] = stream.normal(size=3)
            values, gradients = step(begin)
            wanted = program.batch_value_and_grad(x[begin : begin + 40], w, weights=weights)
            assert [a.tobytes() for a in (values, *gradients)] == [a.tobytes() for a in (wanted[0], *wanted[1])]
        for begin in (111, 150, 10**9, -1):
            with pytest.raises(IndexError, match=f"there are 150 rows, not 40 from row {begin} on"):
                step(begin)
    for rows in (0, 151, -1):
        with pytest.raises(ValueError, match="of 150 that there are: give 1 to 150"):
            program.prepared(x, w, rows=rows)


def test_a_prepared_batch_of_some_rows_of_a_program_in_two():
    """What shared inputs alone decide is computed apart; scalars as rows."""
    x, w = np.linspace(-1.0, 1.0, 9), np.array([0.25])
    program = record(lambda x, w: x * exp(sin(w[0])), 0.0, [0.5])
    step = program.prepared(x, w, rows=4)
    for begin in range(6):
        values, (by_x, by_w) = step(begin)
        wanted = program.batch_value_and_grad(x[begin : begin + 4], w)
        assert values.tolist() == wanted[0].tolist()
        assert by_x.tolist() == wanted[1][0].tolist()
        assert by_w.tolist() == wanted[1][1].tolist()


def crowded(x, w):
    """Every kind of step: functions with a limit, powers of all exponents, sums, products, choices."""
    a = sin(x[0] * w[0]) + cos(x[1]) * tan(x[2])
    b = x[0] ** x[3] + abs(x[1]) ** x[4] + autograd.sum([x[0], x[1], w[1]])
    c = dot(w, x[:3]) + tanh(x[2]) * exp(-x[1]) + log1p(x[0] ** 2) + autograd.logsumexp([x[0], x[1], w[0]])
    d = autograd.prod([x[0], x[1], x[2], w[2]]) + sigmoid(x[0]) + hypot(x[0], w[1])
    return a * b + c * d + where(x[0] > 0, sqrt(abs(x[0])), x[1] ** 3)


def test_a_row_has_the_same_bits_however_many_are_computed_with_it(instruction_set):
    """Arguments beyond the limit of sin, and exponents that a block computes by products, are a row's own affair."""
    random, rows = np.random.default_rng(0), 65
    x, w = random.normal(size=(rows, 5)), random.normal(size=3)
    x[:, 0] = abs(x[:, 0]) + 0.1
    x[:, 3] = random.choice([2, 3, 4, -1, -2, 5, 0, 1, 2.5, 0.5, 7], size=rows)
    x[:, 4] = random.choice([2.0, 3, 4, 5, -1, 1.5], size=rows)
    x[random.random(rows) < 0.1, 2] *= 1e12
    x[random.random(rows) < 0.1, 1] *= 3e10
    program = record(crowded, [1.0] * 5, [1.0] * 3)
    values, (by_x, _) = program.batch_value_and_grad(x, w)
    of_x, of_w = program.batch_jacobian(x, w)
    for r in range(rows):
        for count in (1, 2, 7, 8, 9, 64):
            first = max(0, min(r, rows - count))
            some, i = x[first : first + count].copy(), r - first
            value, (gradient, whole) = program.batch_value_and_grad(some, w)
            assert value[i].tobytes() == values[r].tobytes() == program.batch(some, w)[i].tobytes()
            assert gradient[i].tobytes() == by_x[r].tobytes()
            assert [each[i].tobytes() for each in program.batch_jacobian(some, w)] == [of_x[r].tobytes(), of_w[r].tobytes()]
            assert count > 1 or whole.tobytes() == of_w[r].tobytes()
