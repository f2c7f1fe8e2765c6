"""Pickles: what is one graph stays one, whoever pickles what, in any order, and once."""

from __future__ import annotations

import copy
import io
import itertools
import math
import pickle
import random
import struct
import sys
import threading
from contextlib import contextmanager
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, pickling, scope, sin
from autograd.plain import little_endian
from autograd.value import flags_of, members, scopes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def again(x, protocol=None):
    return pickle.loads(pickle.dumps(x, protocol))


def bits(x):
    """All nan alike: as text, in protocol 0, they have no sign."""
    return b"nan" if math.isnan(x) else struct.pack("d", x)


def form(values):
    """All that there is to a graph: its nodes as they are met from some of them on, and their scopes, call by call."""
    order: list[Value] = []
    places: dict[int, int] = {}
    stack = list(values)[::-1]
    while stack:
        v = stack.pop()
        if id(v) not in places:
            places[id(v)] = len(order)
            order.append(v)
            stack += v.parents[::-1]
    rows, table = scopes_of(order)
    met: dict[int, int] = {-1: -1}
    calls = [met.setdefault(row, len(met)) for row in rows]
    nodes = []
    for v, call in zip(order, calls, strict=True):
        links = tuple([places[id(x)] if type(x) is Value else bits(x) for x in v.operands])
        about = (v.op, bits(v.data), bits(v.grad), v._reached, flags_of(v), v.label, v.scope, call)
        nodes.append((*about, tuple(map(bits, v.partials)), links))
    return nodes, [places[id(v)] for v in values], len(table)


def graph():
    """Leaves, computed Values and calls of scopes that are shared, some with a label, some reached."""
    x, w = Value(2.0, label="x"), Value(-0.5, label="重み")
    with scope("layer"):
        h = sin(x) * w + autograd.sum([x, w, 3.0]) ** 2
        with scope("neuron"):
            b = Value(0.25)
            k = h * b
        k = k - 1.0
    with scope("layer"):
        y = dot([x, h, k], [w, 1.5, h], bias=b) + k
    h.backward()
    y.label = "y"
    z = y * k
    return [x, w, h, b, k, y, z]


# One graph.


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_values_of_one_graph_are_one_graph_again(protocol):
    x = Value(3.0)
    y = x * x
    z = y * x
    x2, y2, z2 = again([x, y, z], protocol)
    assert z2.parents == (y2, x2)
    assert z2.parents[0] is y2
    assert y2.parents[0] is x2
    z2.backward()
    assert (x2.grad, y2.grad, x.grad) == (27.0, 3.0, 0.0)


@pytest.mark.parametrize("how", [again, copy.deepcopy])
def test_in_any_order(how):
    values = graph()
    for some in itertools.permutations([values[0], values[2], values[3], values[4], values[5]]):
        assert form(how(list(some))) == form(some)
    assert form(how({"a": (values[6], [values[0]]), "b": values[1:]})["b"]) == form(values[1:])


@given(st.integers(0, 2**32), st.lists(st.integers(0, 29), min_size=1, max_size=8), st.sampled_from(PROTOCOLS))
def test_some_of_a_random_graph(seed, picked, protocol):
    draw = random.Random(seed)
    made = [Value(draw.choice([1.5, -2.0, math.inf, math.nan])) for _ in range(3)]
    while len(made) < 30:
        v, w = draw.choice(made), draw.choice(made)
        with scope(draw.choice("ab")):
            made.append(draw.choice([lambda v, w: v * w, lambda v, _: v + 1, lambda v, w: dot([v, w, 2.0], [w, 0.5, v])])(v, w))
        if draw.random() < 0.2:
            made[-1].label = draw.choice(["", "v", "w"])
        if draw.random() < 0.1:
            made[-1].backward()
    values = [made[i] for i in picked]
    assert form(again(values, protocol)) == form(values)
    assert form(copy.deepcopy(values)) == form(values)
    assert form([again(values[0], protocol)]) == form(values[:1])


def test_a_value_is_told_once(monkeypatch):
    """However many of a graph's Values a list holds, and in whatever order."""
    told = []

    def part(v, known):
        inputs, nodes = autograd.value.graph_part(v, known)
        told.extend(nodes)
        return inputs, nodes

    for module in (pickling, autograd.graph):
        monkeypatch.setattr(module, "graph_part", part)
    x = Value(0.999)
    chain = [x]
    for _ in range(300):
        chain.append(chain[-1] * x)
    for order in (chain, chain[::-1], random.Random(1).sample(chain, 301), chain[150:] + chain[:150]):
        for how in (pickle.dumps, copy.deepcopy):
            told.clear()
            how(order)
            assert len(told) <= 2 * len(chain)  # a copy walks twice where it meets a leaf that was copied before
            assert len({id(v) for v in told}) >= 300


def test_a_list_is_pickled_into_as_many_bytes_as_it_is_long():
    def size(n):
        x = Value(0.999)
        chain = [x]
        for _ in range(n):
            chain.append(chain[-1] * x)
        return len(pickle.dumps(chain)), len(pickle.dumps(chain[::-1])), len(pickle.dumps([Value(1.0) for _ in range(n)]))

    for small, large in zip(size(100), size(1000), strict=True):
        assert large < 11 * small


def test_a_leaf_by_itself_is_small():
    assert len(pickle.dumps(Value(1.0))) < 110
    assert len(pickle.dumps([Value(1.0) for _ in range(100)])) < 2600


# Who asks.


def test_a_pickler_that_goes_on_knows_what_it_has_written():
    x, _w, h, _b, k, y, z = graph()
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    for v in (h, x, z, k, y):
        pickler.dump(v)
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    assert form([unpickler.load() for _ in range(5)]) == form([h, x, z, k, y])


@contextmanager
def counted():
    """The Values of all parts that are read meanwhile."""
    made: list[Value] = []

    def nodes_of_columns(*given):
        nodes = autograd.value.nodes_of_columns(*given)
        made.extend(nodes)
        return nodes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pickling, "nodes_of_columns", nodes_of_columns)
        yield made


@pytest.mark.parametrize("kind", [pickle.Pickler, pickle._Pickler])
@given(turns=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), min_size=1, max_size=14))
def test_picklers_that_take_turns_do_not_mix(kind, turns):
    values = graph()
    files = [io.BytesIO() for _ in range(3)]
    picklers = [kind(file) for file in files]
    given = [[values[i] for n, i in turns if n == k] for k in range(3)]
    for k, i in turns:
        picklers[k].dump(values[i])
    for file, mine in zip(files, given, strict=True):
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        with counted() as made:
            assert form([unpickler.load() for _ in mine]) == form(mine)
        assert len(made) <= len(members(*mine))  # nothing that another one was told
    alone = [pickle.dumps(values[i]) for i in (0, 2)]
    assert form([pickle.loads(alone[1])]) == form([values[2]])  # while those live, too


def test_a_pickler_that_forgets_begins_anew():
    _x, _w, h, _b, _k, y, _z = graph()
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.dump([h, y])
    pickler.clear_memo()
    pickler.dump([y, h])
    file.seek(0)
    assert form(pickle.load(file)) == form([h, y])
    assert form(pickle.load(file)) == form([y, h])


class Sealed:
    """Pickles what it holds apart, into bytes of its own."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __getstate__(self) -> bytes:
        return pickle.dumps(self.held)

    def __setstate__(self, state: bytes) -> None:
        self.held = pickle.loads(state)


def test_a_pickle_within_a_pickle_is_a_graph_of_its_own():
    x, w, h, b, k, y, z = graph()
    for first, inside, last in ((h, y, z), (x, h, y), (z, k, h), (k, x, b), (x, x, w)):
        a, sealed, c = again([first, Sealed([inside, first]), last])
        assert form([a, c]) == form([first, last])
        assert form(sealed.held) == form([inside, first])
        assert not {id(v) for v in members(a, c)} & {id(v) for v in members(*sealed.held)}


def at_once(acts, rounds, seed=0):
    """Each act in a thread of its own, so many times, with draws of its own; all that was raised."""
    raised: list[BaseException] = []

    def work(act, draw):
        try:
            for _ in range(rounds):
                act(draw)
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    threads = [threading.Thread(target=work, args=(act, random.Random(10 * seed + i))) for i, act in enumerate(acts)]
    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(pause)
    return raised


def test_threads_pickle_one_graph_at_the_same_time():
    values = graph()
    for _ in range(300):
        values.append(values[-1] * values[len(values) % 7])

    def check(draw):
        some = draw.sample(values, 12)
        assert form(again(some)) == form(some)

    assert at_once([check] * 4, 30) == []


def piece_by_piece(values):
    """Through one pickler, a dump for each."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    for v in values:
        pickler.dump(v)
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    return [unpickler.load() for _ in values]


@pytest.mark.parametrize("seed", range(3))
def test_threads_pickle_copy_free_and_build_the_same_graphs_at_once(seed):
    """Each graph is built on others that die meanwhile; whoever drops one last frees it, while the next is pickled."""
    pool = [graph() for _ in range(3)]

    def build(draw):
        base = draw.choice(pool)[-1]
        values = graph()
        with scope("on top"):
            for _ in range(draw.randint(1, 40)):
                values.append(values[-1] * 0.5 + draw.choice([base, *values]))
        pool[draw.randrange(3)] = values if len(members(base)) < 400 else graph()

    def same(how):
        def check(draw):
            some = draw.sample(draw.choice(pool), 5)
            assert form(how(some)) == form(some)

        return check

    assert at_once([build, build, same(again), same(piece_by_piece), same(copy.deepcopy), same(again)], 40, seed) == []
    assert [token() for token in pickling.tokens if token() is not None] == []


def test_pickles_are_right_while_other_threads_make_values():
    """The tape is renumbered meanwhile."""
    x = Value(0.5)
    y = x
    for _ in range(10_000):
        y = y * x + x
    y.backward()
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            kept = [Value(float(i)) for i in range(30_000)]
            del kept[::2]

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(8):
            for z in (again(y), copy.deepcopy(y)):
                (leaf,) = (v for v in members(z) if not v.op)
                assert autograd.gradients(z, [leaf]) == [x.grad]
    finally:
        stop.set()
        thread.join()


def test_nothing_is_held_when_a_pickle_is_done():
    values = graph()
    for how in (again, copy.deepcopy, lambda x: [again(each) for each in x]):
        how(values)
        assert [token() for token in pickling.tokens if token() is not None] == []
        assert pickling.alone[0]() is None


def test_an_error_in_between_leaves_nothing_behind():
    class Unwilling:
        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    values = graph()
    with pytest.raises(RuntimeError, match="no"):
        pickle.dumps([*values, Unwilling()])
    assert form(again(values)) == form(values)


@pytest.mark.parametrize("name", ["cloudpickle", "joblib", "multiprocessing"])
def test_other_picklers(name):
    values = graph()
    if name == "multiprocessing":
        assert form(pickle.loads(ForkingPickler.dumps(values))) == form(values)
    elif name == "cloudpickle":
        cloudpickle = pytest.importorskip("cloudpickle")
        assert form(pickle.loads(cloudpickle.dumps(values))) == form(values)
        assert form(pickle.loads(cloudpickle.dumps(lambda: values))()) == form(values)
    else:
        joblib = pytest.importorskip("joblib")
        file = io.BytesIO()
        joblib.dump(values, file)
        file.seek(0)
        assert form(joblib.load(file)) == form(values)
        assert joblib.hash(values) == joblib.hash(values)


# What they keep.


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickles_keep_everything_and_share_leaves(protocol):
    x, w = Value(2.0, label="x"), Value(0.5)
    y = sin(x) * w + autograd.sum([x, w, 3.0]) ** 2
    y.label = "y"
    y.backward()
    a, b, c = again((x, y, w), protocol)
    assert (a.label, b.label, a.grad, b.grad, b.data) == ("x", "y", x.grad, 1.0, y.data)
    b.backward()
    assert (a.grad, c.grad) == (2 * x.grad, 2 * w.grad)
    assert [v.op for v in members(b)] == [v.op for v in members(y)]


def test_the_same_values_are_the_same_bytes():
    values = graph()
    assert pickle.dumps(values) == pickle.dumps(values) == pickle.dumps(graph())


def test_both_engines_write_the_same_bytes(root: Path):
    """Those of this file, which a later format must still read: pickle.dumps(graph(), protocol=4)."""
    stored = (root / "tests" / "format_2.pickle").read_bytes()
    assert pickle.dumps(graph(), protocol=4) == stored
    assert form(pickle.loads(stored)) == form(graph())


def test_a_pickle_shows_what_a_value_is_now():
    x = Value(2.0)
    y = x * x
    before = pickle.dumps([y, x])
    y.backward()
    x.data, y.label = 5.0, "y"
    (z, w), (z2, w2) = pickle.loads(before), again([y, x])
    assert (z.grad, z._reached, w.data, w.grad, z.label) == (0.0, False, 2.0, 0.0, "")
    assert (z2.grad, z2._reached, w2.data, w2.grad, z2.label) == (1.0, True, 5.0, 4.0, "y")


def test_a_pickle_of_no_gradient_shows_none():
    for v in (Value(1.0) * 2, Value(1.0)):
        assert not again(v)._reached


@pytest.mark.parametrize("how", [again, copy.deepcopy])
def test_what_was_chosen_made_by_a_rule_or_swept_at_other_numbers_is_known_as_such(how):
    x, w = Value(2.0), Value(3.0)
    y = autograd.where(x < w, x * w, x)
    (slope,) = autograd.gradients(x * x * w, [x], graph=True)
    z = x * w
    z.backward()
    x.data = 5.0
    z.forward()
    for some in ([x, y, z, slope], [z, x], [slope, y], [x], [w, z]):
        assert form(how(some)) == form(some)
    assert {flags_of(v) for v in members(y, z, slope)} > {0}


def test_where_a_pickle_is_read_makes_no_difference():
    values = graph()
    data = pickle.dumps(values)
    with autograd.no_grad(), scope("elsewhere"):
        assert form(pickle.loads(data)) == form(values)
        assert form(copy.deepcopy(values)) == form(values)


def test_a_leaf_keeps_the_scope_that_it_was_made_in():
    with scope("a"):
        x, y = Value(1.0), Value(2.0)
    assert [v.scope for v in again([x, y])] == [("a",), ("a",)]
    assert form(again([x, y])) == form([x, y])


def test_nested_scopes_may_be_as_deep_as_they_like():
    scopes = [scope(f"s{i}") for i in range(3000)]
    v, values = Value(1.0), []
    for each in scopes:
        each.__enter__()
        v = v + 1
        values.append(v)
    for each in scopes[::-1]:
        each.__exit__(None, None, None)
    last = again(values[::500])[-1]
    assert len(last.scope) == len(values[::500][-1].scope)


# What is refused.


def test_an_unknown_operation_is_refused():
    mine = autograd.op("pickled_op", lambda x: x, lambda x, y: 1)
    data = pickle.dumps(mine(Value(1.0)))
    autograd.registry.remove("pickled_op")
    with pytest.raises(ValueError, match="pickled_op"):
        pickle.loads(data)


def test_a_newer_format_is_refused(monkeypatch):
    with monkeypatch.context() as m:
        m.setattr(pickling, "FORMAT", pickling.FORMAT + 1)
        leaf, inner = pickle.dumps(Value(1.0)), pickle.dumps(Value(1.0) * 2)
    for data in (leaf, inner):
        with pytest.raises(ValueError, match=f"format {pickling.FORMAT + 1}"):
            pickle.loads(data)


def damages(columns: list[Any], draw: random.Random) -> Callable[[], None]:
    """Something that is done to the columns of a part."""
    i = draw.randrange(1, 8)
    raw = bytearray(columns[i])

    def change() -> None:
        if raw:
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        columns[i] = bytes(raw)

    def shorten() -> None:
        columns[i] = bytes(raw[: draw.randrange(len(raw) + 1)])

    def lengthen() -> None:
        columns[i] = bytes(raw) + bytes(draw.randrange(1, 20))

    def swap() -> None:
        k = draw.randrange(1, 8)
        columns[i], columns[k] = columns[k], columns[i]

    def label() -> None:
        columns[8] = draw.choice([{99: "x"}, {0: 3}, {"0": "x"}, {}])

    return draw.choice([change, change, change, shorten, lengthen, swap, label])


@given(st.integers(0, 2**32))
def test_what_is_no_part_is_refused_and_does_no_harm(seed):
    """Columns out of a file may be anything: a graph comes of it, or `ValueError`."""
    draw = random.Random(seed)
    inputs, nodes = autograd.value.graph_part(graph()[-1], {})
    columns = list(autograd.value.graph_columns(inputs, nodes))
    for _ in range(draw.randrange(1, 4)):
        damages(columns, draw)()
    arities = [-1 if autograd.ops.BY_CODE[code].many else autograd.ops.BY_CODE[code].arity for code in columns[0]]
    try:
        made = autograd.value.nodes_of_columns(inputs, tuple(columns), arities)
    except ValueError as error:
        assert "damaged" in str(error)  # noqa: PT017  (there need not be one)
    else:
        made[-1].backward()
        assert len(made) == len(columns[1]) // 2


# Files of before.

OLD = [
    ("", 2.0, 7.0, "x", ()),
    ("", -0.5, 105.03366049705714, "重み", ()),
    ("", 0.25, 392.8559325593879, "", ("layer", "neuron")),
    ("sin", 0.9092974268256817, -5.19883782164679, "", ("layer",)),
    ("mul", -0.45464871341284085, 10.39767564329358, "", ("layer",)),
    ("sum", 4.5, 93.57908078964222, "", ("layer",)),
    ("pow", 20.25, 10.39767564329358, "", ("layer",)),
    ("add", 19.79535128658716, 10.39767564329358, "", ("layer",)),
    ("mul", 4.94883782164679, 19.79535128658716, "", ("layer", "neuron")),
    ("sub", 3.94883782164679, 19.79535128658716, "", ("layer", "neuron")),
    ("relu", 3.94883782164679, 19.79535128658716, "", ("layer", "neuron")),
    ("dot", 107.11165878314057, 1.0, "", ("layer",)),
    ("maximum", 2.0, 4.0, "", ("layer",)),
    ("cube_of_old", 8.0, 0.3333333333333333, "", ("layer",)),
    ("div", 2.6666666666666665, 1.0, "", ("layer",)),
    ("add", 109.77832544980724, 1.0, "y", ("layer",)),
]
"""x, w, a leaf inside two scopes, and all that y was computed by: operation, number, gradient, label, scopes."""


def test_a_pickle_of_format_1_is_read(root: Path):
    """(x, y, w), written before there were parts, with an operation of one's own."""
    cube = autograd.op("cube_of_old", lambda x: x**3, lambda x, y: 3 * x * x)
    try:
        x, y, w = pickle.loads((root / "tests" / "format_1.pickle").read_bytes())
        found = members(y)
        assert sorted((v.op, v.data, v.grad, v.label, v.scope) for v in found) == sorted(OLD)
        assert (x, w, found[0], found[-1]) == (found[0], found[1], x, y)
        assert len(scopes_of(found)[1]) == 3
        assert autograd.gradients(y, [x]) == pytest.approx([-0.5 + 10.39767564329358 * (9 - 0.5 * math.cos(2)) + 4])
        assert cube(x).parents == (x,)
    finally:
        autograd.registry.remove("cube_of_old")


def test_a_pickle_of_format_1_without_scopes_is_read():
    """As they were written before there were scopes."""
    x = Value(2.0)
    native = [little_endian(column).tobytes() for column in columns_of_a_product()]
    y = autograd.graph._graph(1, ["mul"], [x], native, b"\x01", {1: "y"})
    assert (y.data, y.grad, y.label, y.parents, y.partials, y.operands[1]) == (6.0, 0.5, "y", (x,), (3.0,), 3.0)


def columns_of_a_product():
    """2 x 3: kinds, counts, operands, numbers, gradients, partials, as format 1 had them."""
    from array import array

    return array("H", [0, 1]), array("I", [2]), array("q", [0, -1]), array("d", [6.0]), array("d", [0.5]), array("d", [3.0, 3.0])
