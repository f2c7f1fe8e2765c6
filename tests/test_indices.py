"""Indices: what `take` picks, how its gradient scatters, and what is refused by name, eagerly and in recorded programs."""

from __future__ import annotations

import json
import math
import pickle
import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import Program, Value, dot, exp, grad, hessian, index, record, scan, sin, take, value_and_grad, where
from autograd.programs.listing import checksum, packed, verified
from autograd.structures import flattened

TABLE = [[0.5, -1.0, 2.0], [1.5, 0.25, -3.0], [-0.75, 4.0, 1.0], [2.5, -2.0, 0.125]]
WEIGHTS = [1.0, 2.0, -1.0]


def squares(table, i, w):
    return autograd.sum([dot(take(table, k), w) ** 2 for k in i])


def recorded():
    return record(squares, TABLE, index([0, 0], 4), WEIGHTS)


# By bare numbers: f = (t1 . w)^2 + (t3 . w)^2 with t1 . w = 5 and t3 . w = -1.625.


def test_a_program_picks_the_rows_that_it_is_told():
    program = recorded()
    assert program(TABLE, [1, 3], WEIGHTS) == 5.0**2 + 1.625**2
    assert program(TABLE, [2, 2], WEIGHTS) == 2 * 6.25**2


def test_the_gradient_is_added_to_the_rows_that_were_picked():
    _, (by_table, by_weights) = recorded().value_and_grad(TABLE, [1, 3], WEIGHTS)
    assert by_table == [[0.0] * 3, [10.0, 20.0, -10.0], [0.0] * 3, [-3.25, -6.5, 3.25]]
    assert by_weights == [15.0 - 8.125, 2.5 + 6.5, -30.0 - 0.40625]
    assert recorded().grad(TABLE, [2, 2], WEIGHTS, by="table")[2] == [25.0, 50.0, -25.0]


def test_second_derivatives_stand_where_rows_were_picked():
    found = np.array(flattened(recorded().hessian(TABLE, [1, 3], WEIGHTS))).reshape(15, 15)[:12, :12]
    own, wanted = 2.0 * np.outer(WEIGHTS, WEIGHTS), np.zeros((12, 12))
    wanted[3:6, 3:6] = wanted[9:, 9:] = own
    assert found.tolist() == wanted.tolist()


def test_a_plain_int_picks_as_python_does_and_an_index_is_never_negative():
    assert take(TABLE, -1) == TABLE[-1]
    assert take([1.0, 2.0, 3.0], [0, -1]) == [1.0, 3.0]
    assert take(np.array(TABLE), np.int64(2)).tolist() == TABLE[2]
    with pytest.raises(IndexError, match="take: there is no row 4 of 4"):
        take(TABLE, 4)
    with pytest.raises(IndexError, match="take: there is no row -5 of 4"):
        take(TABLE, -5)
    for given in (-1, 4, 1.5, True, math.nan):
        with pytest.raises(ValueError, match="no index of 4 rows: give a whole number from 0 to 3"):
            index(given, 4)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        index(0, 0)


def test_an_index_is_an_int_where_nothing_is_recorded():
    i = index(np.array([[0, 3], [1, 2]], dtype=np.uint8), 4)
    assert i == [[0, 3], [1, 2]]
    assert pickle.loads(pickle.dumps(i)) == i
    assert repr(pickle.loads(pickle.dumps(i))[0][1]) == "index(3, 4)"
    assert TABLE[i[0][1]] is TABLE[3]
    assert grad(squares)(TABLE, index([1, 3], 4), WEIGHTS) == recorded().grad(TABLE, [1, 3], WEIGHTS)


def test_the_structure_of_a_row_is_kept():
    program = record(take, [{"w": [1.0, 2.0], "b": 3.0}] * 3, index(0, 3))
    table = [{"w": [k, k + 0.25], "b": k + 0.5} for k in (1.0, 2.0, 3.0)]
    assert program(table, 2) == take(table, 2) == {"w": [3.0, 3.25], "b": 3.5}
    assert [v.data for v in take(np.array([Value(1.0), Value(2.0)]), [1])] == [2.0]
    constants = np.array(TABLE)
    assert record(lambda x, i: take(constants, i) * x, 1.0, index(0, 4))(2.0, 3).tolist() == (2 * constants[3]).tolist()


class Pair(NamedTuple):
    left: int
    right: int


def test_indices_by_name_keep_their_names():
    given = {"b": 1, "a": [0, 2]}
    declared = index(given, 3)
    assert repr(declared) == "{'b': index(1, 3), 'a': [index(0, 3), index(2, 3)]}"
    assert repr(index([Pair(1, 2), (0, 1)], 3)) == "[Pair(left=index(1, 3), right=index(2, 3)), [index(0, 3), index(1, 3)]]"
    table = [1.0, 10.0, 100.0]
    assert take(table, given) == {"b": 10.0, "a": [1.0, 100.0]}
    assert take(table, Pair(2, 0)) == Pair(100.0, 1.0)
    program = record(lambda t, i: take(t, i["b"]) * 2.0 + take(t, i["a"])[1], table, declared)
    assert program(table, given) == 120.0
    assert program.value_and_grad(table, {"b": 0, "a": [1, 2]}) == (102.0, [2.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"a": 1.0}, r"take: \{'a': 1.0\} is a dict, no sequence of rows: give list\(table.values\(\)\)"),
        ("abc", "take: 'abc' is a str, not a sequence of numbers"),
        (b"abc", "take: b'abc' is a bytes, not a sequence of numbers"),
        ({1.0, 2.0}, "is a set, not a sequence of numbers"),
        (1.0, "take: 1.0 is a float, not a sequence of numbers"),
        ([1.0, [2.0]], r"take: row 1 of the table is \[2.0\]: all rows are numbers, or all are structures of numbers"),
        ([[1.0], 2.0], "take: row 1 of the table is 2.0: all rows"),
        ([1.0, "a"], "take: row 1 of the table is 'a': all rows"),
        ([None, 1.0], "take: row 0 of the table is None: all rows"),
    ],
    ids=str,
)
def test_what_is_no_table_is_refused_by_name(table, said):
    with pytest.raises(TypeError, match=said):
        take(table, 0)
    with pytest.raises(TypeError, match=said):
        record(lambda x, i: take(table, i) * x, 1.0, index(0, 1))


def test_rows_are_numbers_of_any_type_or_structures_of_such():
    for table in ([1, 2.0, Value(3.0), np.float64(4.0)], (1.0, 2.0), range(3), [(1.0,), [2.0]], [{"a": 1.0}, {"a": 2.0}]):
        assert repr(take(table, 0)) == repr(table[0])


def test_cross_entropy_picks_the_target_by_an_index():
    program = record(nn.cross_entropy, [0.0, 0.0, 0.0], index(0, 3))
    z = [1.0, -2.0, 0.5]
    for k in range(3):
        value, gradient = program.value_and_grad(z, k)
        parts = [math.exp(x) for x in z]
        assert value == pytest.approx(math.log(sum(parts)) - z[k], rel=1e-15)
        assert gradient == pytest.approx([part / sum(parts) - (j == k) for j, part in enumerate(parts)], rel=1e-14)
        assert (value, gradient) == value_and_grad(nn.cross_entropy)(z, index(k, 3))
    with pytest.raises(IndexError, match="t is an index of 4 rows, and the table has 3"):
        record(nn.cross_entropy, [0.0, 0.0, 0.0], index(0, 4))


# Random functions, against the eager engine.


def crowded(table, i, x):
    """A table of inputs, of what is computed from them, of one thing twice; and rows that are used again."""
    made = [[sin(a) * x[0], a + b] for a, b in table] + [[table[0][0], table[0][0]], [x[1], 2.0]]
    first, second = take(made, i[0]), take(made, i[1])
    third = take(table, i[2])
    y = first[0] * second[1] + exp(third[0] * 0.1) * first[1] - where(i[0] == i[1], second[0], third[1])
    return y * y + first[0] * third[0] + made[1][0]


def point(seed):
    rng = random.Random(seed)
    numbers = iter([rng.uniform(-2, 2) for _ in range(10)])
    table = [[next(numbers), next(numbers)] for _ in range(3)]
    return table, [rng.randrange(5), rng.randrange(5), rng.randrange(3)], [next(numbers), next(numbers)]


def wide():
    return record(
        lambda table, i, k, x: crowded(table, [*i, k], x), [[0.0, 0.0]] * 3, index([0, 0], 5), index(0, 3), [0.0, 0.0]
    )


def test_a_program_gives_the_bits_of_the_eager_engine_at_one_point():
    program = wide()
    for seed in range(40):
        table, (a, b, c), x = point(seed)
        eager = value_and_grad(lambda table, x: crowded(table, [a, b, c], x))(table, x)  # noqa: B023
        assert program.value_and_grad(table, [a, b], c, x) == eager
        assert program.jacobian(table, [a, b], c, x) == eager[1]


def test_tangents_and_second_derivatives_are_those_of_the_eager_engine():
    program = wide()
    for seed in range(6):
        table, (a, b, c), x = point(seed)
        f = lambda table, x: crowded(table, [a, b, c], x)  # noqa: B023
        by = flattened(grad(f)(table, x))
        (value, along) = program.jvp((table, [a, b], c, x), ([[1.0, -2.0]] * 3, [3.0, 0.5]))
        assert value == f(table, x)
        assert along == pytest.approx(dot(by, [1.0, -2.0] * 3 + [3.0, 0.5]), rel=1e-12)
        curved = hessian(f)(table, x)
        assert flattened(program.hessian(table, [a, b], c, x)) == pytest.approx(flattened(curved), rel=1e-11, abs=1e-12)
        gradient = program.gradient_program
        assert flattened(gradient(table, [a, b], c, x)) == pytest.approx(by, rel=1e-14)
        more = gradient.jacobian(table, [a, b], c, x)
        assert flattened(more) == pytest.approx(flattened(curved), rel=1e-11, abs=1e-12)
        moved = program.hvp((table, [a, b], c, x), ([[1.0, -2.0]] * 3, [3.0, 0.5]))
        rows = np.array(flattened(curved)).reshape(8, 8)
        assert flattened(moved) == pytest.approx((rows @ ([1.0, -2.0] * 3 + [3.0, 0.5])).tolist(), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("shared", range(16))
def test_rows_are_the_points_whatever_they_share(shared):
    program = wide()
    points = [(t, [a, b], c, x) for t, (a, b, c), x in map(point, range(75))]
    given = [points[0][k] if shared >> k & 1 else [p[k] for p in points] for k in range(4)]
    if shared == 15:
        given[1] = [given[1]] * 75
    rows = [[points[0][k] if shared >> k & 1 and given[k] is points[0][k] else p[k] for k in range(4)] for p in points]
    if shared == 15:
        rows = [points[0]] * 75
    weights = [0.25 + r % 3 for r in range(75)]
    values, (by_table, by_x) = program.batch_value_and_grad(*given, weights=weights)
    each = [program.value_and_grad(*row) for row in rows]
    assert values == pytest.approx([value for value, _ in each], rel=1e-13)
    for found, k, own in ((by_table, 0, not shared & 1), (by_x, 1, not shared & 8)):
        wanted = np.array([np.array(g[k]) * w for (_, g), w in zip(each, weights)])
        assert np.array(found) == pytest.approx(wanted if own else wanted.sum(axis=0), rel=1e-11, abs=1e-12)
    jacobians = program.batch_jacobian(*given, by="table")
    assert np.array(jacobians) == pytest.approx(np.array([g[0] for _, g in each]), rel=1e-11, abs=1e-12)
    assert program.batch(*given) == pytest.approx(values, rel=1e-13)


def test_nothing_comes_from_a_row_that_was_not_picked():
    program = record(lambda t, i: sin(take(t, i)), [1.0, 2.0, 3.0], index(0, 3))
    assert program.value_and_grad([math.nan, 0.0, math.inf], 1) == (0.0, [0.0, 1.0, 0.0])
    assert program.batch_value_and_grad([math.nan, 0.0, math.inf], [1, 1])[1] == [0.0, 2.0, 0.0]
    assert program.hessian([math.nan, 0.0, math.inf], 1)[1] == [0.0, 0.0, 0.0]
    assert program.jvp(([math.nan, 0.0, math.inf], 1), [1.0, 1.0, 1.0])[1] == 1.0
    roots = record(lambda t, i: take([x.sqrt() for x in t], i), [1.0, 2.0], index(0, 2))
    assert roots([-1.0, 4.0], 1) == 2.0
    with pytest.raises(ValueError, match="sqrt"):
        roots([-1.0, 4.0], 0)


# What an index may be given as.


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u8", ">i4", "f8", "f4"])
def test_arrays_of_whole_numbers_are_taken(kind):
    i = np.array([[1, 3], [2, 2], [0, 1]]).astype(kind)
    program = recorded()
    values = program.batch(TABLE, i, WEIGHTS)
    assert values.tolist() == [squares(TABLE, row, WEIGHTS) for row in ([1, 3], [2, 2], [0, 1])]
    assert program.batch(TABLE, i[:, ::-1], WEIGHTS).tolist() == pytest.approx(values.tolist(), rel=1e-15)
    assert program(TABLE, i[0], WEIGHTS) == values[0]
    assert program(TABLE, tuple(i[0]), WEIGHTS) == values[0]


def test_what_is_no_index_is_named_with_its_row():
    program = recorded()
    with pytest.raises(ValueError, match=r"^i\[1\] is 4, no index of 4 rows: give a whole number from 0 to 3$"):
        program(TABLE, [1, 4], WEIGHTS)
    for given, place, said in (
        ([[0, 1], [2, -1]], r"i\[1\]\[1\]", "-1"),
        (np.array([[0, 1], [7, 1]]), r"i\[1\]\[0\]", "7"),
        (np.array([[0, 1], [0.5, 1]]), r"i\[1\]\[0\]", "0.5"),
        ([[0, 1], [True, 1]], r"i\[1\]\[0\]", "True"),
        (np.array([[0, 1], [2**63, 1]], dtype=np.uint64), r"i\[1\]\[0\]", "9223372036854775808"),
    ):
        with pytest.raises(ValueError, match=rf"^row 1: {place} is {said}, no index of 4 rows"):
            program.batch_value_and_grad(TABLE, given, WEIGHTS)
    with pytest.raises(ValueError, match=r"argument i is \(1,\); the program was recorded with \(2,\)"):
        program(TABLE, [1], WEIGHTS)
    for wrong in (np.array([[True, False]]), np.ma.array([[0, 1]], mask=[[True, False]])):
        with pytest.raises((ValueError, TypeError)):
            program.batch(TABLE, wrong, WEIGHTS)


def test_an_index_has_no_derivative():
    program = recorded()
    for call in (program.grad, program.jacobian):
        with pytest.raises(ValueError, match="by: i is an index of 4 rows, and no number to differentiate by"):
            call(TABLE, [0, 1], WEIGHTS, by="i")
    with pytest.raises(ValueError, match="by: i is an index"):
        program.batch_value_and_grad(TABLE, [[0, 1]], WEIGHTS, by=["w", 1])
    alone = record(lambda i: take([1.0, 2.0], i), index(0, 2))
    assert alone.batch([1, 0]) == [2.0, 1.0]
    for refused in (alone.grad, alone.jacobian, lambda _: alone.gradient_program, alone.batch_jacobian):
        with pytest.raises(TypeError, match="takes indices alone: there is no number to differentiate by"):
            refused([1] if refused == alone.batch_jacobian else 1)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda t, i: t[i], r"the number \(write take\(table, i\) for table\[i\]\) of the index i"),
        (lambda t, i: np.array(t)[i], r"the number \(write take\(table, i\) for table\[i\]\) of the index i"),
        (lambda t, i: i + 1, "arithmetic of the index i in a recorded function: an index is what take"),
        (lambda t, i: t[0] * i, "arithmetic of the index i"),
        (lambda t, i: -i, "arithmetic of the index i"),
        (lambda t, i: float(i), r"float\(\) of the index i"),
        (lambda t, i: t[0] if i else t[1], "the truth of the index i"),
        (lambda t, i: t[0] if i == 1 else t[1], "cannot branch on i == 1.0"),
        (lambda t, i: t[0] == i, "a comparison with Value"),
        (lambda t, i: i < 0.5, "a comparison with 0.5 of the index i"),
        (lambda t, i: [t[0], i], "i is a RecordedIndex, not a real number; pick by it with take"),
        (lambda t, i: take(t, 1.5), "take: 1.5 is a float, no index"),
        (lambda t, i: take(t, t[0]), "is a Value, no index: give a whole number, or declare autograd.index"),
        (lambda t, i: take([t[0], [t[1]], t[2]], i), "row 1 of the table is .*: all rows are numbers, or all"),
        (lambda t, i: take([[t[0]], [t[1], t[2]], [t[2]]], i), "row 1 of the table has another structure than row 0"),
    ],
)
def test_what_else_is_done_with_an_index_is_refused_by_name(f, said):
    with pytest.raises(TypeError, match=said):
        record(f, [1.0, 2.0, 3.0], index(0, 3))


def test_indices_are_compared():
    f = lambda t, i, k: where((i == k) | (i >= 2), take(t, i), take(t, k) * 10.0)
    program = record(f, [1.0, 2.0, 3.0], index(0, 3), index(0, 3))
    assert [program([1.0, 2.0, 3.0], i, k) for i, k in ((0, 0), (0, 1), (2, 0))] == [1.0, 20.0, 3.0]


def test_an_argument_is_numbers_or_indices_of_one_size():
    for mixed in ([index(0, 3), 1.0], [index(0, 3), index(0, 4)]):
        with pytest.raises(TypeError, match="argument i holds an index of 3 rows and something else"):
            record(lambda t, i: take(t, i[0]), [1.0, 2.0, 3.0], mixed)
    with pytest.raises(IndexError, match="take: i is an index of 4 rows, and the table has 3"):
        record(take, [1.0, 2.0, 3.0], index(0, 4))


# In files, elsewhere, and without a number of its own.


def test_a_program_with_indices_is_saved_and_read(tmp_path):
    program = recorded()
    program.save(tmp_path / "program")
    again = Program.load(tmp_path / "program")
    assert again == program == pickle.loads(pickle.dumps(program))
    assert again(TABLE, [1, 3], WEIGHTS) == program(TABLE, [1, 3], WEIGHTS)
    with pytest.raises(ValueError, match="no index of 4 rows"):
        again(TABLE, [1, 4], WEIGHTS)
    one, other = (record(take, [1.0, 2.0, 3.0], index(0, n)) for n in (2, 3))
    assert one != other


def head_of(content):
    return json.loads(content.split(b"\n")[1])


def test_a_file_says_of_how_many_rows_its_indices_are():
    assert "rows" not in head_of(packed(*parts_of(record(lambda x: x * x, 1.0))))
    assert head_of(packed(*parts_of(recorded())))["rows"] == [0, 4, 0]


def parts_of(program):
    return program.signature, program.flat, program.origin


def test_a_file_that_picks_by_anything_else_is_broken():
    signature, flat, origin = parts_of(recorded())
    content = packed(signature, flat, origin)
    assert verified(content)[1] == flat
    for rows in ([0, 5, 0], [0, 0, 0], [0, 4], [0, -4, 0], [0, 4.0, 0], "040"):
        head = head_of(content) | {"rows": rows}
        first, _, body = content[:-4].split(b"\n", 2)
        lie = b"\n".join([first, json.dumps(head).encode(), body])
        with pytest.raises(ValueError, match=r"this program is broken: (line 1 picks by what is no index|its indices cannot)"):
            verified(lie + checksum(lie))


def test_pieces_are_computed_elsewhere():
    program = recorded()
    i = [[r % 4, r * 7 % 4] for r in range(300)]
    values, gradient = program.batch_value_and_grad(TABLE, i, WEIGHTS)
    with ThreadPoolExecutor(2) as threads:
        assert program.batch_value_and_grad(TABLE, i, WEIGHTS, executor=threads) == (values, gradient)
    with ProcessPoolExecutor(1) as processes:
        assert program.batch_value_and_grad(TABLE, i, WEIGHTS, executor=processes) == (values, gradient)


def test_indices_that_lie_elsewhere_are_refused():
    arrays = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match="takes indices, which are checked before anything is computed: compute Dask arrays"):
        recorded().batch(TABLE, arrays.from_array(np.array([[0, 1], [2, 3]])), WEIGHTS)


def test_a_loop_picks_by_an_index_from_outside():
    f = lambda t, i, h: scan(lambda h, x: (h * take(t, i) + x, None), h, [1.0, 2.0, 3.0])[0]
    program = record(f, [1.0, 2.0, 3.0], index(0, 3), 1.0)
    assert len(program) < 6
    for i in range(3):
        eager = value_and_grad(lambda t, h: f(t, i, h))([1.0, 2.0, 3.0], 1.5)  # noqa: B023
        assert program.value_and_grad([1.0, 2.0, 3.0], i, 1.5) == eager
    values, (by_table, by_h) = program.batch_value_and_grad([1.0, 2.0, 3.0], [0, 1, 2, 1], 1.5)
    assert values == [f([1.0, 2.0, 3.0], i, 1.5) for i in (0, 1, 2, 1)]
    each = [program.grad([1.0, 2.0, 3.0], i, 1.5) for i in (0, 1, 2, 1)]
    assert np.array(by_table) == pytest.approx(np.sum([g for g, _ in each], axis=0), rel=1e-14)
    assert by_h == pytest.approx(sum(h for _, h in each), rel=1e-14)


def test_a_listing_names_the_table_and_the_index():
    program = record(take, [1.0, 2.0], index(1, 2))
    assert program.listing() == "    1  take([table[0], table[1]], i)\nreturns #1"


def test_a_graph_of_picked_values_is_computed_anew():
    table = [Value(1.0), Value(2.0)]
    y = take(table, 1) * 3.0
    table[1].data = 5.0
    y.forward()
    assert y.data == 15.0


def test_derivatives_within_a_recorded_function_pass_through_an_index():
    f = lambda t, i: grad(lambda t: sin(take(t, i)) * take(t, i))(t)
    program = record(f, [1.0, 2.0, 3.0], index(0, 3))
    t = [0.5, 1.5, 2.5]
    assert program(t, 1) == [0.0, math.sin(1.5) + 1.5 * math.cos(1.5), 0.0]


# Prepared: arrays of integers that change in place.


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4"])
def test_a_prepared_program_reads_its_indices_anew(kind):
    program, w = recorded(), np.array(WEIGHTS)
    table, i = np.array(TABLE), np.array([1, 3]).astype(kind)
    at_point = program.prepared(table, i, w)
    assert at_point()[0] == program(TABLE, [1, 3], WEIGHTS)
    i[:] = [2, 0]
    value, (by_table, by_w) = at_point()
    assert (value, (by_table.tolist(), by_w.tolist())) == program.value_and_grad(TABLE, [2, 0], WEIGHTS)
    rows = np.array([[k % 4, k * 7 % 4] for k in range(20)]).astype(kind)
    minibatch = program.prepared(table, rows, w, rows=5)
    rows[17] = [3, 3]
    values, (by_table, _) = minibatch(15)
    found, (wanted, _) = program.batch_value_and_grad(TABLE, rows[15:].tolist(), WEIGHTS)
    assert (values.tolist(), by_table.tolist()) == (found, wanted)
    rows[16, 1] = 4
    with pytest.raises(ValueError, match=r"^row 16: i\[1\]\[1\] is 4, no index of 4 rows"):
        minibatch(15)
    minibatch(0)
    with pytest.raises(IndexError, match="there are 20 rows, not 5 from row 16 on"):
        minibatch(16)
    with pytest.raises(IndexError, match="from row -1 on"):
        minibatch(-1)
    shared = program.prepared(table, i, np.array([WEIGHTS] * 3), by="table")
    assert shared()[1].tolist() == (3 * np.array(program.grad(TABLE, [2, 0], WEIGHTS, by="table"))).tolist()
    with ThreadPoolExecutor(2) as threads:
        assert program.prepared(table, i, np.array([WEIGHTS] * 3), by=0, executor=threads)()[1].tolist() == shared()[1].tolist()
    jacobian = program.prepared(table, i, w, what="jacobian")()
    assert [part.tolist() for part in jacobian] == list(program.jacobian(TABLE, [2, 0], WEIGHTS))


def test_what_cannot_be_read_anew_is_refused():
    program, table, w = recorded(), np.array(TABLE), np.array(WEIGHTS)
    for wrong in ([0, 1], np.array([0.0, 1.0]), np.array([[0, 1], [1, 2]])[:, ::-1]):
        with pytest.raises(TypeError, match="prepared reads i at each call: give a contiguous NumPy array of integers"):
            program.prepared(table, wrong, w)
    with pytest.raises(TypeError, match="no hessian of squares"):
        program.prepared(table, np.array([0, 1]), w, what="hessian")
    alone = record(lambda i: take([1.0, 2.0], i), index(0, 2))
    assert alone.prepared(np.array([1, 0, 1]), what="value")().tolist() == [2.0, 1.0, 2.0]


def test_an_embedding_takes_indices():
    letters = nn.Embedding(3, 2, init=[0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    assert [[x.data for x in row] for row in letters(index([2, 0], 3))] == [[2.0, 2.5], [0.0, 0.5]]
