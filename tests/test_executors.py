"""Batches on executors: threads, processes, a Dask cluster; the same bits whoever computes the pieces."""

from __future__ import annotations

import math
import multiprocessing
import random
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import dot, exp, log, record, sin, tanh
from autograd.programs import batches

ROWS = 64 * 32 + 500  # 20 pieces, the last of them short


def loss(x, w, b):
    return tanh(dot(w[0], x, b)) * w[1] + sin(x[0]) * exp(b * 0.1)


EXAMPLE = [0.5, 1.0], [[1.0, 2.0], 3.0], 0.3


def arguments():
    rng = np.random.default_rng(7)
    return rng.normal(size=(ROWS, 2)), EXAMPLE[1], rng.normal(size=ROWS)


def everything(program, executor):
    """All results of all three kinds of batch, as bytes."""
    args = arguments()
    weights = np.linspace(-1.0, 2.0, ROWS)
    values, (by_x, by_w, by_b) = program.batch_value_and_grad(*args, weights=weights, executor=executor)
    by_w_only = program.batch_value_and_grad(*args, by=("w",), executor=executor)[1][0]
    jacobian = program.batch_jacobian(*args, by="x", executor=executor, check=True)
    found = [values, by_x, *by_w, by_b, *by_w_only, jacobian, program.batch(*args, executor=executor)]
    return [np.asarray(each).tobytes() for each in found]


@pytest.fixture(scope="module")
def program():
    return record(loss, *EXAMPLE)


@pytest.fixture(scope="module")
def alone(program):
    return everything(program, None)


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


class Shuffled(Executor):
    """Runs what it is given when the last result is asked for, in random order; counts the pieces and what is cancelled."""

    def __init__(self, seed) -> None:
        self.waiting: list[Any] = []
        self.random, self.cancelled = random.Random(seed), 0

    def submit(self, f, /, *args, **kwargs):
        future = Late(self)
        self.waiting.append((future, f, args, kwargs))
        return future

    def run(self):
        self.random.shuffle(self.waiting)
        for future, f, args, kwargs in self.waiting:
            try:
                future.set_result(f(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  (as any executor)
                future.set_exception(error)
        self.waiting = []


class Late(Future[Any]):
    def __init__(self, executor) -> None:
        super().__init__()
        self.executor = executor

    def result(self, timeout=None):
        self.executor.run()
        return super().result(timeout)

    def cancel(self):
        self.executor.cancelled += 1
        return super().cancel()


def test_rows_make_many_pieces():
    assert len(batches.cuts_of(ROWS, batches.piece_of(ROWS))) == 20


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_threads(program, alone, workers):
    with ThreadPoolExecutor(workers) as executor:
        assert everything(program, executor) == alone


def test_processes(program, alone, processes):
    assert everything(program, processes) == alone


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_in_which_pieces_are_computed_does_not_matter(program, alone, seed):
    assert everything(program, Shuffled(seed)) == alone


def test_threads_work_in_place(program, monkeypatch):
    """No piece is sent: neither the arguments nor the program are pickled."""
    monkeypatch.setattr(batches, "run_elsewhere", None)
    monkeypatch.setattr(type(program), "__reduce__", None)
    with ThreadPoolExecutor(2) as executor:
        assert program.batch(*arguments(), executor=executor).shape == (ROWS,)


def test_a_subclass_of_threads_is_sent_pieces(program, alone):
    """Python 3.14's executor of interpreters is one: what it runs does not share our memory."""

    class Interpreters(ThreadPoolExecutor):
        sent = 0

        def submit(self, f, /, *args, **kwargs):
            assert f is batches.run_elsewhere
            Interpreters.sent += 1
            return super().submit(f, *args, **kwargs)

    with Interpreters(2) as executor:
        assert everything(program, executor) == alone
    assert Interpreters.sent == 20 * 4


def test_threads_share_one_program(program):
    """Many batches of one program at once."""
    args = arguments()
    wanted = program.batch(*args).tobytes()
    found = []

    def work():
        found.append(program.batch(*args).tobytes())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 4


def test_the_error_of_a_call_is_its_own():
    """Threads that run one program, each at a point of its own, and fail at the same time."""
    together = threading.Barrier(8, timeout=60)

    def value(x):
        if x < 1.0:
            return 0.5 * x
        together.wait()
        message = f"too large: {x}"
        raise RuntimeError(message)

    half = autograd.op("half", value, lambda x, y: 0.5)
    try:
        program = record(lambda x: half(x) * 2, 0.1)

        def said(k):
            found = []
            for run in (program, program.value_and_grad, lambda x: program.batch([0.5, 0.5, x]), program.jacobian) * 20:
                try:
                    run(1.0 + k)
                except Exception as error:  # noqa: BLE001  (whatever it is)
                    found.append(repr(error))
            return found == [f"RuntimeError('too large: {1.0 + k}')"] * 80

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(said, range(8)))
    finally:
        autograd.registry.remove("half")


def test_no_rows_need_no_worker(program):
    executor = Shuffled(1)
    assert program.batch(np.empty((0, 2)), EXAMPLE[1], 1.0, executor=executor).shape == (0,)
    assert not executor.waiting


def test_check_names_the_first_row(processes):
    """The first in the order of rows, whoever finds it."""
    program = record(lambda x: log(x) * 2, 1.0)
    x = np.ones(ROWS)
    x[[1500, 1501, 2500]] = -1.0
    with ThreadPoolExecutor(3) as threads:
        for executor in (None, threads, Shuffled(3), processes):
            with pytest.raises(ValueError, match=r"^row 1500: log\(-1\.0\)"):
                program.batch(x, executor=executor, check=True)
            assert math.isnan(program.batch(x, executor=executor)[1500])


def test_an_error_in_a_worker_arrives(program):
    class Failing(Shuffled):
        def submit(self, f, /, *args, **kwargs):
            if len(self.waiting) == 3:
                f = fail
            return super().submit(f, *args, **kwargs)

    executor = Failing(1)
    with pytest.raises(RuntimeError, match="the worker fell over"):
        program.batch(*arguments(), executor=executor)
    assert executor.cancelled == 20


def fail(*_):
    message = "the worker fell over"
    raise RuntimeError(message)


def test_an_operation_that_a_process_does_not_know(processes):
    """It is registered where the workers import it; else the error says so, and the workers live on."""
    cube = autograd.op("cube", lambda x: x * x * x, lambda x, y: 3 * x * x)
    try:
        program = record(lambda x: cube(x) * 2, 1.0)
        with ThreadPoolExecutor(2) as threads:
            assert program.batch([1.0, 2.0], executor=threads) == [2.0, 16.0]
    finally:
        autograd.registry.remove("cube")
    missing = r"^this program uses cube: register it with autograd\.op .* in worker processes too: in a module that they import"
    for call in (program.batch, program.batch_value_and_grad, program.batch_jacobian):
        with pytest.raises(ValueError, match=missing):
            call([1.0, 2.0], executor=processes)
    assert record(lambda x: x * x, 1.0).batch([1.0, 2.0], executor=processes) == [1.0, 4.0]


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_dask_cluster(program, alone, kind):
    """A cluster on this machine; on a real one only the address differs."""
    distributed = pytest.importorskip("distributed", reason="not installed: pip install chainrule[distributed]")
    where = {"processes": True, "host": "127.0.0.1"} if kind == "processes" else {"processes": False}  # no sockets at all
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", **where)
    with cluster, distributed.Client(cluster) as client, client.get_executor() as executor:
        assert everything(program, executor) == alone
        broken = record(lambda x: log(x) * 2, 1.0)
        with pytest.raises(ValueError, match=r"^row 1: log\(-1\.0\)"):
            broken.batch([1.0, -1.0], executor=executor, check=True)
