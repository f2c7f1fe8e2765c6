"""What `scan` and `map` go through, and what must not leave a step: by a hostile user, eager and recorded."""

from __future__ import annotations

import array
import pickle
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, family, record, register_structure, scan, sin, where
from autograd.numbers import exact
from autograd.programs.c import to_c
from autograd.programs.python import to_python


class Pair(NamedTuple):
    """A named tuple."""

    u: Any
    v: Any


@dataclass
class Both:
    """A dataclass."""

    u: Any
    v: Any


class Own:
    """A class that is registered."""

    def __init__(self, u: Any, v: Any) -> None:
        self.u, self.v = u, v


register_structure(Own, lambda x: (x.u, x.v))


class Table:
    """As a data frame: it has keys, goes through the names of its columns, and becomes an array of its rows."""

    def __init__(self, **columns: list[float]) -> None:
        self.columns = columns
        self.shape = len(next(iter(columns.values()))), len(columns)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return iter(self.columns)

    def keys(self):
        return self.columns.keys()

    def __getitem__(self, key: str) -> Any:
        return self.columns[key]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(list(self.columns.values()), dtype=dtype).T


def both_ways(f, xs, state=0.5):
    """What scan gives without a recording; what is recorded gives the same, on rows and in a file too."""
    found = scan(f, state, xs())
    program = record(lambda a: scan(f, a, xs()), state)
    assert np.array_equal(numbers(program(state)), numbers(found))
    assert np.array_equal(numbers(pickle.loads(pickle.dumps(program))(state)), numbers(found))
    assert record(lambda a: scan(f, a, xs())[0], state).batch([state, state]) == [found[0]] * 2
    mapped = lambda a: autograd.map(lambda x: f(a, x)[1], xs())
    assert mapped(state) == record(mapped, state)(state)
    return found


def numbers(x):
    return np.concatenate([numbers(part) for part in x]) if isinstance(x, (list, tuple)) else np.ravel(np.asarray(x, dtype=float))


# What is gone through.


@pytest.mark.parametrize("kind", [dict, Pair, Both, Own])
def test_a_structure_of_sequences_gives_each_step_one_of_their_members(kind):
    us, vs = [1.0, 2.0, 3.0], np.array([[4.0, 1.0], [5.0, 1.0], [6.0, 2.0]])
    get = (lambda x: (x["u"], x["v"])) if kind is dict else (lambda x: (x.u, x.v))

    def f(s, x):
        assert type(x) is kind
        u, v = get(x)
        return s + u * v[0], s * v[1]

    last, ys = both_ways(f, lambda: kind(u=us, v=vs))
    assert (last, ys) == (32.5, [0.5, 4.5, 29.0])


def test_structures_of_sequences_nest_and_are_arguments():
    xs = {"b": Pair([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]), "a": np.array([3.0, 5.0])}
    f = lambda s, x: (s * x["a"] + x["b"].u, x["b"].v)
    assert scan(f, 1.0, xs) == (22.0, [[1.0, 2.0], [3.0, 4.0]])
    program = record(lambda s, xs: scan(f, s, xs), 1.0, xs)
    assert program(1.0, xs) == (22.0, [[1.0, 2.0], [3.0, 4.0]])
    by_s, by_x = record(lambda s, xs: scan(f, s, xs)[0], 1.0, xs).grad(1.0, xs)
    assert by_s == 15.0
    assert by_x["a"].tolist() == [5.0, 4.0]  # s1 = 3 + 1 = 4; s2 = 5 s1 + 2
    assert by_x["b"] == Pair([5.0, 1.0], [[0.0, 0.0], [0.0, 0.0]])


def test_a_dict_of_numbers_is_not_read_as_its_keys():
    for loop in (lambda xs: scan(lambda s, x: (s + x, None), 0.0, xs), lambda xs: autograd.map(lambda x: x, xs)):
        with pytest.raises(TypeError, match=r"xs\[1\] of <lambda> is 5.0, a float, .* is closed over; range\(n\) is for n steps"):
            loop({1: 5.0, 2: 6.0})
        with pytest.raises(TypeError, match=r"xs\.u of <lambda> is 5.0"):
            loop(Pair(5.0, [6.0]))
        with pytest.raises(ValueError, match=r"<lambda> have unequal lengths: xs\['a'\] 2, xs\['b'\] 1"):
            loop({"b": [1.0], "a": [1.0, 2.0]})
        with pytest.raises(TypeError, match=r"xs of <lambda> is \{\}, a dict, .* holds no sequence"):
            loop({})


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1.0, 2.0, 4.0], lambda: (1, 2, 4), lambda: np.array([1, 2, 4]), lambda: array.array("d", [1, 2, 4]),
        lambda: memoryview(np.array([1.0, 2.0, 4.0])), partial(deque, [1.0, 2.0, 4.0]), partial(iter, (1.0, 2.0, 4.0)),
        lambda: (x for x in (1.0, 2.0, 4.0)), {"b": 1.0, "a": 2.0, "c": 4.0}.values,
        {1.0: 0, 2.0: 0, 4.0: 0}.keys,
        lambda: [1.0, np.float32(2.0), 4], lambda: np.array([1.0, 2.0, 4.0], dtype=np.float16),
    ],
)  # fmt: skip
def test_what_has_an_order_is_gone_through(make):
    assert both_ways(lambda s, x: (s + x, s * x), make) == (7.5, [0.5, 3.0, 14.0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: memoryview(np.array([[1.0, 3.0], [2.0, 4.0]])), {1: 3.0, 2: 4.0}.items,
        lambda: Table(u=[1.0, 2.0], v=[3.0, 4.0]),
        lambda: np.array([[1, 3], [2, 4]]), lambda: zip([1.0, 2.0], [3.0, 4.0], strict=True),
    ],
)  # fmt: skip
def test_members_may_be_rows(make):
    assert both_ways(lambda s, x: (s + x[0] * x[1], s), make) == (11.5, [0.5, 3.5])


@pytest.mark.parametrize(
    ("xs", "said"),
    [
        ({1.0, 2.0}, r"a set.*no order: write sorted"), (frozenset({1.0}), r"a frozenset.*no order"),
        ("123", r"a str.*Give numbers"),
        (b"123", r"a bytes.*Give numbers"), (bytearray(b"1"), r"a bytearray"),
        (np.array(3.0), r"array\(3.*a ndarray.*closed over"),
        (3.0, r"3.0, a float.*closed over"), (None, r"a NoneType.*range\(n\)"), (Value(3.0), r"Value\(3.0\).*closed over"),
    ],
)  # fmt: skip
def test_what_has_no_order_or_no_members_is_refused_by_name(xs, said):
    for loop in (lambda a: scan(lambda s, x: (s, x), a, xs), lambda a: autograd.map(lambda x: a * x, xs)):
        for call in (loop, partial(record, loop)):
            with pytest.raises(TypeError, match=r"(scan|map): xs of <lambda> is.*" + said):
                call(1.0)


def test_dicts_may_have_their_keys_in_any_order():
    xs = [{"u": 1.0, "v": 2.0}, {"v": 4.0, "u": 3.0}]
    assert both_ways(lambda s, x: (s + x["u"] / x["v"], s), lambda: xs) == (1.75, [0.5, 1.0])
    for other in ({"u": 1.0}, {"u": 1.0, "w": 2.0}, {"u": 1.0, "v": [2.0]}, [1.0, 2.0]):
        with pytest.raises(ValueError, match=r"scan\(<lambda>\): step 1 is given .*, of another structure than step 0"):
            record(lambda a, other=other: scan(lambda s, x: (s, x["u"]), a, [{"u": 1.0, "v": 2.0}, other]), 1.0)


NAMES = st.sampled_from("abc")


def structures(leaves):
    """Structures of what `leaves` gives."""
    dicts = st.dictionaries(NAMES, leaves, min_size=1, max_size=3)
    return dicts | st.builds(Pair, leaves, leaves) | st.builds(Both, leaves, leaves)


@given(data=st.data(), steps=st.integers(1, 4))
def test_any_structure_of_sequences_is_the_sequence_of_its_structures(data, steps):
    """Against the list of the structures, and the steps written one after the other."""
    draw = np.random.default_rng(steps).normal
    rows = st.integers(0, 2).map(lambda n: draw(size=(steps, n)))
    leaf = rows | rows.map(np.ndarray.tolist) | st.just(draw(size=steps).tolist())
    xs = data.draw(st.recursive(leaf, structures, max_leaves=5).filter(lambda x: not isinstance(x, (list, np.ndarray))))

    def member(x, t):
        if isinstance(x, dict):
            return {key: member(part, t) for key, part in x.items()}
        if isinstance(x, (Pair, Both)):
            return type(x)(member(x.u, t), member(x.v, t))
        return x[t]

    def total(x):
        if isinstance(x, dict):
            return [n for key in sorted(x) for n in total(x[key])]
        if isinstance(x, (Pair, Both)):
            return total(x.u) + total(x.v)
        return list(x) if isinstance(x, (list, np.ndarray)) else [x]

    def f(s, x):
        for number in total(x):
            s = sin(s + number)
        return s, x

    members = [member(xs, t) for t in range(steps)]
    state = 0.25
    for x in members:
        state, _ = f(state, x)
    assert scan(f, 0.25, xs)[0] == state == scan(f, 0.25, members)[0]
    program, rows = (record(lambda s, f=g: f(s), 0.25) for g in (lambda s: scan(f, s, xs), lambda s: scan(f, s, members)))
    assert program(0.25)[0] == state
    assert program.laid == rows.laid
    as_argument = record(lambda s, xs: scan(f, s, xs)[0], 0.25, xs) if total(members[0]) else None
    assert as_argument is None or as_argument(0.25, xs) == state


def test_nothing_to_go_through_leaves_the_state():
    nothing: list[Any] = [[], (), np.zeros((0, 2)), iter(()), {"a": [], "b": np.zeros((0, 2))}, range(0)]
    for xs in nothing:
        assert scan(lambda s, x: (s + x, x), 1.5, xs) == (1.5, [])
    for xs in (np.zeros((3, 0)), [[], [], []], {"a": [(), (), ()]}):
        assert record(lambda a, xs=xs: scan(lambda s, _: (s + 1, s), a, xs), 0.0)(1.0) == (4.0, [1.0, 2.0, 3.0])
    some = {"a": [(), ()], "b": [1.0, 2.0], "c": [[], []], "d": [(3.0, 4.0), (5.0, 6.0)]}
    step = lambda s, x: (s * x["b"] + x["d"][1], s)
    assert record(lambda a, xs: scan(step, a, xs), 0.0, some)(1.0, some) == scan(step, 1.0, some) == (16.0, [1.0, 5.0])


# States and results.


def test_whole_numbers_and_truth_values_are_carried_as_numbers():
    assert record(lambda x: scan(lambda n, x: (n + 1, n * x), 0, [x, x])[1], 2.0)(3.0) == [0.0, 3.0]
    flips = lambda s, _: (where(s > 0.5, 0.0, 1.0), s)
    assert record(lambda x: scan(flips, True, range(3))[1] + [x], 2.0)(3.0) == [1.0, 0.0, 1.0, 3.0]


def test_a_result_has_one_structure_without_a_recording_too():
    for f, now in ((lambda s, x: (s + 1, None if s else x), "None"), (lambda s, x: (s + 1, [x] if s else x), r"\(1,\)")):
        with pytest.raises(ValueError, match=rf"a y that is {now}, in step 0 a number: return the same in each") as caught:
            scan(f, 0, [1.0, 2.0])
        assert caught.value.__notes__ == ["in step 1 of scan(<lambda>)"]


def test_errors_while_a_step_is_recorded_name_the_loop():
    note = "in the step of scan(<lambda>), which is recorded once for all"
    for f, error, said in (
        (lambda s, x: (1 / 0, x), ZeroDivisionError, "division"),
        (lambda s, x: (s if x > 1 else x, x), TypeError, "cannot branch on x > 1"),
        (lambda s, x: (s, (x, None)), TypeError, r"None is no number: where a loop .* nothing, write \(\)"),
        (lambda s, x: (s, "a"), TypeError, "a str, not a real number"), (lambda s, x: (s, {x}), TypeError, "not a set"),
        (lambda s, x: (float(s), x), TypeError, "float of a Value"), (lambda s: s, TypeError, "positional argument"),
    ):  # fmt: skip
        with pytest.raises(error, match=said) as caught:
            record(lambda a, f=f: scan(f, a, [1.0, 2.0]), 1.0)
        assert caught.value.__notes__ == [note]
    for state, xs, where_ in ((None, [1.0], "begins with"), (1.0, ["1"], "begins with"), (1.0, [1.0, "2"], "goes through")):
        with pytest.raises(TypeError, match=r"None is no number|is a str") as caught:
            record(lambda a, state=state, xs=xs: scan(lambda s, x: (s, x * a), state, xs), 1.0)
        assert caught.value.__notes__ == [f"in what scan(<lambda>) {where_}"]


# What must not leave a step.


def used(how):
    """A function that uses a Value of a step outside of it."""

    def f(a, xs):
        kept = []

        def step(s, x):
            kept.append(how(s, x, a))
            return s * x, None

        last, _ = scan(step, a, xs)
        return last, kept[0]

    return f


OUTSIDE = r"computes with (state|x) in a step of scan\(step\), but outside of it, .* return it as y, or carry it in the state"


HOW = (lambda s, *_: s), (lambda _, x, a: x * a), (lambda s, x, _: sin(s + x)), (lambda s, x, a: where(x > 1, s, a))


@pytest.mark.parametrize("how", HOW)
def test_a_value_of_a_step_is_refused_outside_of_it(how):
    """It has the number that the example's first step gave it, and no derivative: both would be wrong without a word."""
    f, at = used(how), (2.0, [1.0, 2.0])
    for use in (
        lambda last, kept: last + kept, lambda last, kept: kept, lambda last, kept: [last, {"y": kept}],
        lambda last, kept: scan(lambda s, x: (s * kept, None), last, [1.0])[0], lambda last, kept: where(kept > 0, last, 1.0),
        lambda last, kept: autograd.map(lambda x: x * last, [kept, 1.0]),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=OUTSIDE):
            record(lambda a, xs, use=use: use(*f(a, xs)), *at)
    assert record(lambda a, xs: f(a, xs)[0], *at)(*at) == 4.0  # what is kept, and not used, may be kept


def test_a_value_of_a_step_within_a_step_is_refused_outside_of_it():
    def outer(s, x):
        last, kept = used(lambda s, x, a: x)(s, [x, x])
        return last * kept, None

    with pytest.raises(TypeError, match=OUTSIDE):
        record(lambda a: scan(outer, a, [1.0, 2.0])[0], 2.0)
    everywhere = []
    inner = lambda s, x: ((everywhere.append(s), s * x)[1], None)
    with pytest.raises(TypeError, match="outside of it"):
        record(lambda a: scan(lambda s, x: (scan(inner, s, [x, x])[0], None), a, [1.0])[0] + everywhere[0], 2.0)


def test_a_step_that_is_another_one_the_second_time_is_refused():
    """It keeps what it is given: without a recording each step would be given what the last one kept."""
    said = r"(scan|map)\(step\) is recorded once for all its steps, but is another step when it is called again.*Carry it in"

    def in_a_list(a, xs):
        last = [0.0]

        def step(s, x):
            before, last[0] = last[0], s
            return s * x + before, None

        return scan(step, a, xs)[0]

    def nonlocally(a, xs):
        count = 0

        def step(x):
            nonlocal count
            count += 1
            return x * count * a

        return autograd.map(step, xs)

    def with_an_object(a, xs):
        class Memory:
            before = None

        def step(s, x):
            y = s if Memory.before is None else Memory.before
            Memory.before = x
            return s * x, y

        return scan(step, a, xs)[1]

    for f in (in_a_list, nonlocally, with_an_object):
        with pytest.raises(TypeError, match=said):
            record(f, 2.0, [1.0, 2.0, 3.0])
        f(2.0, [1.0, 2.0, 3.0])


def test_a_step_may_keep_what_changes_nothing():
    seen, calls = [], 0

    def step(s, x):
        nonlocal calls
        calls += 1
        seen.append(s)
        return s * x, None

    assert record(lambda a: scan(step, a, [1.0, 2.0])[0], 2.0)(3.0) == 6.0
    assert calls == 2  # it was looked at again
    calls = 0
    assert record(lambda a: scan(lambda s, x: (s * x, None), a, [1.0, 2.0])[0], 2.0)(3.0) == 6.0
    known: dict[str, Any] = {}

    def remembering(a, xs):
        def step(s, x):
            if "b" not in known:
                known["b"] = a * a
            return s + known["b"] * x, None

        return scan(step, 0.0, xs)[0]

    assert record(remembering, 2.0, [1.0, 2.0])(3.0, [1.0, 2.0]) == 27.0


# Who reads programs.


def test_readers_of_programs_are_given_structures_of_sequences():
    xs = {"u": [1.0, 0.5], "v": [3.0, 0.25]}
    f = lambda a, xs: scan(lambda s, x: (s * x["u"] + a * x["v"], None), a, xs)[0]
    steps = lambda a, xs: (a * xs["u"][0] + a * xs["v"][0]) * xs["u"][1] + a * xs["v"][1]
    program = record(f, 0.5, xs)
    value, gradient = program.value_and_grad(0.5, xs)
    assert value == steps(0.5, xs) == float(exact(program, 0.5, xs).value)
    module: dict[str, Any] = {}
    exec(to_python(program, "f"), module)  # noqa: S102  (our own text)
    flat = [0.5, *xs["u"], *xs["v"]]
    assert module["f_and_gradient"](flat) == (value, [gradient[0], *gradient[1]["u"], *gradient[1]["v"]])
    assert "f_and_gradient" in to_c(program, "f").source
    assert family(f, 0.5, {"u": [0.0], "v": [0.0]})(0.5, xs) == value
