"""Several threads at once: they build, differentiate, free, record and train, over leaves that they share."""

from __future__ import annotations

import gc
import math
import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from array import array
from concurrent.futures import ThreadPoolExecutor
from math import cos, exp
from pathlib import Path
from typing import Any

import pytest

import autograd
import nn
from autograd import Value, contexts, grad, hessian, no_grad, record, scope, sin, value
from autograd.programs.flat import Flat
from autograd.programs.replay import Replay
from autograd.programs.staged import Loop
from autograd.programs.steps import steps_of
from autograd.threads import FREE_THREADED, for_one_thread
from autograd.value import creation, made_before, members

THREADS = 4
SLOW = 20 if "tsan" in os.environ.get("LD_PRELOAD", "") else 1
"""Under the thread sanitizer a step takes so many times as long."""


@pytest.fixture(autouse=True)
def _many_turns():
    """Where one thread runs at a time, it is another one's turn every few microseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def at_once(work, threads=THREADS):
    """What work(k) returns in each thread k; all begin at the same time."""
    start = threading.Barrier(threads)

    def begun(k):
        start.wait()
        return work(k)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begun, range(threads)))


# Graphs.


def test_graphs_that_are_built_at_once_over_the_same_leaves_are_right():
    w, b = Value(2.0, label="w"), Value(-1.0, label="b")

    def work(k):
        wrong = []
        for i in range(max(300 // SLOW, 10)):
            x = Value(float(k))
            y = x
            for _ in range(20):
                y = y * 1.0 + w * x + b
            order = members(y)
            ordered = all(map(made_before, order, order[1:])) and all(made_before(p, v) for v in order for p in v.parents)
            found = autograd.gradients(y, [x, w, b])
            if not ordered or y.data != k + 20 * (2.0 * k - 1.0) or found != [41.0, 20.0 * k, 20.0]:
                wrong.append((i, ordered, y.data, found))
        return wrong

    assert at_once(work) == [[]] * THREADS
    assert (w.grad, b.grad) == (0.0, 0.0)


def test_every_backward_of_every_thread_adds_its_whole_gradient():
    """Whole numbers, whose sum is the same in any order."""
    leaves = [Value(float(i)) for i in range(20)]
    times = max(200 // SLOW, 10)

    def work(k):
        for _ in range(times):
            autograd.sum([(k + 1) * x for x in leaves]).backward()
            (leaves[0] * leaves[1] * (k + 1)).backward(2.0)

    at_once(work)
    each = times * sum(range(1, THREADS + 1))
    assert [x.grad for x in leaves] == [each * 3.0, each * 1.0, *[each * 1.0] * 18]


def test_one_graph_is_swept_by_all_threads_at_once():
    x = Value(3.0)
    y = x
    for _ in range(30):
        y = y * x - y
    expected = autograd.gradients(y, [x])
    times = max(100 // SLOW, 10)

    def work(k):
        if k % 2:
            return [autograd.gradients(y, [x]) for _ in range(times)] == [expected] * times
        for _ in range(times):
            y.backward()
        return True

    assert all(at_once(work))
    assert x.grad == math.fsum(expected * times * (THREADS // 2))  # whole numbers below 2**53


def test_derivatives_of_functions_in_threads_are_those_of_one():
    f = lambda a, b: sin(a) * autograd.exp(b) + a * b

    def work(k):
        a, b = 0.1 * k, 0.2
        for _ in range(max(60 // SLOW, 3)):
            assert grad(f)(a, b) == pytest.approx((cos(a) * exp(b) + b, sin(a) * exp(b) + a), rel=1e-15)
            (aa, ab), (_, bb) = hessian(f)(a, b)
            assert (aa, ab, bb) == pytest.approx((-sin(a) * exp(b), cos(a) * exp(b) + 1, sin(a) * exp(b)), rel=1e-14)
        return True

    assert all(at_once(work))


def test_a_graph_goes_in_another_thread_than_it_was_made_in():
    """Long chains, bushes, labels and scopes; what is made meanwhile lies where they lay."""
    handed: queue.SimpleQueue[Any] = queue.SimpleQueue()
    shared = Value(1.0, label="shared")
    layer = scope("layer")
    rounds = max(60 // SLOW, 4)

    def make(k):
        for i in range(rounds):
            y = shared * float(k)
            with layer:
                for _ in range(200):
                    y = y + 1.0
                parts = [y * float(j) for j in range(20)]
            whole = autograd.sum(parts)
            whole.label = f"{k}.{i}"
            handed.put((whole, 190.0 * (k + 200), 190.0 * k))
        handed.put(None)

    def free():
        seen = 0
        while (item := handed.get()) is not None:
            whole, number, slope = item
            assert whole.data == number
            assert autograd.gradients(whole, [shared]) == [slope]
            assert whole.label.startswith(f"{int(slope / 190)}.")
            assert whole.parents[3].scope == ("layer",)
            del whole, item
            seen += 1
        return seen

    seen = at_once(lambda k: make(k) if k % 2 else free())
    assert [n for n in seen if n is not None] != []
    assert math.fsum(n for n in seen if n is not None) == rounds * (THREADS // 2)
    assert (shared.label, shared.parents) == ("shared", ())


def test_a_long_chain_goes_in_another_thread():
    chains = []
    for k in range(2):
        chains.append(Value(float(k)))
        for _ in range(20_000):
            chains[k] = chains[k] + 1.0
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: chains.pop().data, range(2))) in ([20_001.0, 20_000.0], [20_000.0, 20_001.0])
    assert chains == []


def test_modes_of_one_thread_are_no_others():
    """Not recording, recording, and neither: each thread in its own, entered and left all the time."""
    program = record(lambda a: a * a, 1.0)

    def work(k):
        x = Value(2.0)
        for _ in range(max(400 // SLOW, 20)):
            with no_grad():
                assert (x * 3).parents == ()
            assert len((x * 3).parents) == 1
            if k % 2:
                assert record(lambda a, b: a * b, 1.0, 1.0)(3.0, x.data) == 6.0
            else:
                assert program.value_and_grad(3.0) == (9.0, 6.0)
        return True

    assert all(at_once(work))
    y = Value(1.0) + 1
    assert (y.op, y.data) == ("add", 2.0)


# Numbers that several threads change.


def test_counts_of_modes_that_all_threads_change_never_hide_one():
    """Were one lost, a later `no_grad` would not be seen."""
    mode = no_grad()
    gc.collect()  # modes that tests before this one left in cycles
    counts = lambda: (0, 0) if autograd.COMPILED else (value.in_modes, contexts.unrecorded)
    before = counts()

    def work(_):
        for _ in range(max(5000 // SLOW, 100)):
            if not autograd.COMPILED:
                value.Entered(mode, value.ORDINARY)
            with mode:
                pass

    at_once(work)
    if not autograd.COMPILED:  # on a free-threaded Python they are never counted down
        counted = [now - then for now, then in zip(counts(), before, strict=True)]
        assert all(n > 0 if FREE_THREADED else n == 0 for n in counted)
    with no_grad():
        assert (Value(1.0) * 2).parents == ()
    assert len((Value(1.0) * 2).parents) == 1


@pytest.mark.skipif(autograd.COMPILED, reason="compiled, a node's number is its place on the tape")
def test_no_two_nodes_have_one_number():
    """Of `itertools.count`, in which this trusts; a leaf has a number of its own."""

    def work(_):
        made = [Value(0.0) for _ in range(max(5000 // SLOW, 100))]
        return [creation(v) for v in made]

    found = at_once(work)
    assert all(mine == sorted(mine) for mine in found)
    given = [n for mine in found for n in mine]
    assert len(set(given)) == len(given)


def test_what_is_for_one_thread_refuses_a_second_until_it_is_done():
    inside, go = threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        assert go.wait(60)
        return 2 * x

    call = for_one_thread(slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call, 4)
        assert inside.wait(60)
        with pytest.raises(RuntimeError, match="prepare one for each thread"):
            call(5)
        go.set()
        assert first.result() == 8
    assert call(5) == 10
    with pytest.raises(ZeroDivisionError):
        for_one_thread(lambda: 1 / 0)()


def test_operations_that_are_registered_at_once_have_codes_of_their_own(request, monkeypatch):
    def dawdling(xs: Any) -> int:
        n = len(xs)
        time.sleep(0.001)  # the code is free, and not yet taken
        return n

    monkeypatch.setattr(autograd.operation, "len", dawdling, raising=False)
    names = [[f"own_{k}_{i}" for i in range(8)] for k in range(THREADS)]
    request.addfinalizer(lambda: [autograd.registry.remove(name) for mine in names for name in mine])
    times = lambda n: (lambda x: n * x, lambda x, y: n + 0 * x)

    def work(k):
        for i, name in enumerate(names[k]):
            autograd.op(name, *times(100 * k + i))
        found = [getattr(Value(2.0), name)() for name in names[k]]
        return [(v.data, v.partials) == (2.0 * n, (n,)) for n, v in enumerate(found, 100 * k)]

    assert at_once(work) == [[True] * 8] * THREADS
    codes = [autograd.ops.TABLE[name].code for mine in names for name in mine]
    assert len(set(codes)) == len(codes)


def test_a_name_is_given_to_one_of_the_threads_that_want_it(request):
    request.addfinalizer(lambda: autograd.registry.remove("wanted_by_all"))

    def dawdling():
        time.sleep(0.01)  # the name is free, and not yet taken
        yield "(-inf, inf)"

    def work(k):
        try:
            autograd.op("wanted_by_all", lambda x: k * x, lambda x, y: float(k), domain=dawdling())
        except ValueError as error:
            return "is taken" in str(error)
        return k

    found = at_once(work)
    assert [got is True for got in found].count(True) == THREADS - 1
    assert Value(2.0).wanted_by_all().data == 2.0 * next(k for k, got in enumerate(found) if got is not True)


# Programs and training.


def test_a_program_runs_in_all_threads_at_once():
    numpy = pytest.importorskip("numpy")
    program = record(lambda x, w: sin(w[0] * x) + w[1] * x, 0.0, [0.0, 0.0])
    rows, w = numpy.linspace(0.0, 1.0, 101), numpy.array([2.0, 3.0])
    values = numpy.sin(2 * rows) + 3 * rows
    by_w = [numpy.sum(rows * numpy.cos(2 * rows)), numpy.sum(rows)]

    def work(k):
        x = 0.25 * k
        for _ in range(max(40 // SLOW, 4)):
            assert program(x, w) == math.sin(2 * x) + 3 * x
            numpy.testing.assert_allclose(program.batch(rows, w), values, rtol=1e-14)
            found, gradient = program.batch_value_and_grad(rows, w, by="w")
            numpy.testing.assert_allclose(found, values, rtol=1e-14)
            numpy.testing.assert_allclose(gradient, by_w, rtol=1e-12)
        return True

    assert all(at_once(work))


def test_a_loop_runs_in_all_threads_at_once():
    numpy = pytest.importorskip("numpy")
    program = record(lambda x, w: autograd.scan(lambda s, u: (s * w + u, None), 1.0, x)[0], [0.0] * 5, 0.0)
    rows = numpy.arange(200.0).reshape(40, 5)
    expected = rows @ 0.5 ** numpy.arange(4.0, -1.0, -1.0) + 0.5**5
    outcomes = at_once(lambda _: [program.batch(rows, 0.5) for _ in range(max(20 // SLOW, 3))])
    for mine in outcomes:
        for found in mine:
            numpy.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.compiled
def test_a_loop_that_another_thread_begins_within_its_first_run_is_right():
    """Before 3.12 rubbish is collected where things are made; who is called then may run the same loop, for the first time."""
    codes, starts = array("H", [autograd.ops.TABLE[name].code for name in ("mul", "add")]), array("I", [0, 2, 4])
    body = Flat(2, array("d"), codes, starts, array("I", [0, 1, 2, 1]), array("I", [3]))
    loop = Loop("twice", "scan", body, 1, 0, 1_000_000 // SLOW)
    takes = array("d", [1.0, 0.5])
    expected = array("d", [1.0])  # which 0.5 s + 0.5 leaves as it is
    given: list[Any] = []

    def collecting(phase: str, _: Any) -> None:
        if phase == "start" and not given:
            given.append(pool.submit(run, takes, keeps=True))
            time.sleep(0.003)

    before = gc.get_threshold()
    for after in range(1, 12):
        given.clear()
        run = steps_of(loop, Replay(body)).forward
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.monotonic).result()  # its thread is there
            gc.collect()
            gc.callbacks.append(collecting)
            gc.set_threshold(after)  # so many things are made before rubbish is collected
            try:
                own = run(takes, keeps=True)[0]
            finally:
                gc.set_threshold(*before)
                gc.callbacks.remove(collecting)
        assert own == expected
        assert [each.result()[0] for each in given] in ([], [expected])


def test_a_model_trains_in_each_thread_as_it_does_alone():
    pytest.importorskip("numpy")
    xs = [[0.1 * i, 0.05 * i - 1.0] for i in range(20)]
    ys = [math.sin(a) * b for a, b in xs]

    def work(k):
        model = nn.MLP(2, [4, 1], "tanh", seed=k)
        optimizer = nn.Adam(model.parameters(), lr=0.05)
        nn.fit(model, xs, ys, loss=nn.squared_error, optimizer=optimizer, epochs=3, batch_size=8, shuffle=k)
        return [p.data.hex() for p in model.parameters()]

    assert at_once(work) == [work(k) for k in range(THREADS)]


# Free-threaded Python.


def test_a_free_threaded_python_is_known_and_not_compiled_for():
    assert bool(sysconfig.get_config_var("Py_GIL_DISABLED")) is FREE_THREADED
    assert not (FREE_THREADED and autograd.COMPILED)
    if FREE_THREADED:
        assert not sys._is_gil_enabled() or os.environ.get("PYTHON_GIL") == "1"


@pytest.mark.parametrize(("gil_disabled", "pure", "parts"), [(0, "0", True), (1, "0", False), (0, "1", False), (1, "1", False)])
def test_nothing_is_compiled_for_a_free_threaded_python_and_it_is_said(gil_disabled, pure, parts, root):
    if sys.implementation.name != "cpython":
        pytest.skip("nothing is compiled for another Python")
    code = f"""if True:
        import runpy, setuptools, sysconfig
        sysconfig.get_config_vars()["Py_GIL_DISABLED"] = {gil_disabled}
        setuptools.setup = lambda **given: print(len(given["ext_modules"]) > 3, len(given["ext_modules"]))
        runpy.run_path("setup.py")
    """
    pytest.importorskip("setuptools")
    environment = os.environ | {"CHAINRULE_PURE": pure, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == str(parts)
    assert parts or done.stdout.split()[1] == "0"
    assert ("free-threaded" in done.stderr) is (gil_disabled == 1 and pure == "0")
    assert done.stderr.count("\n") <= 1


def test_what_is_compiled_for_it_all_the_same_is_refused_by_the_compiler(root):
    compiler = shutil.which("cc") or shutil.which("gcc")
    header = Path(sysconfig.get_path("include"), "Python.h")
    if sys.platform == "win32" or compiler is None or not header.exists():
        pytest.skip("needs a C compiler and Python's headers")
    command = [compiler, "-fsyntax-only", f"-I{sysconfig.get_path('include')}", "-xc", str(root / "autograd" / "quiet.h")]
    done = subprocess.run([*command, "-DPy_GIL_DISABLED=1"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the engine runs uncompiled" in done.stderr
    if not FREE_THREADED:
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
