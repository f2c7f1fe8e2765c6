"""Rows that lie elsewhere: Dask arrays give the bits of one machine, lazily, whatever their blocks; training takes them."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np
import pytest

import nn
from autograd import dot, exp, record, sin, tanh
from autograd.programs import batches
from autograd.programs.distant import units_of
from autograd.structures import lies_elsewhere

dask = pytest.importorskip("dask", reason="not installed: pip install chainrule[distributed]")
da = pytest.importorskip("dask.array")

EXAMPLE = [0.5, 1.0], [[1.0, 2.0], 3.0], 0.3


def loss(x, w, b):
    return tanh(dot(w[0], x, b)) * w[1] + sin(x[0]) * exp(b * 0.1)


@pytest.fixture(scope="module")
def program():
    return record(loss, *EXAMPLE)


def data(rows):
    rng = np.random.default_rng(7)
    return rng.normal(size=(rows, 2)), rng.normal(size=rows), rng.normal(size=rows)


def flat(x: Any) -> list[Any]:
    """What stands in nested tuples and lists, as arrays."""
    return [part for each in x for part in flat(each)] if isinstance(x, (tuple, list)) else [x]


def same(there: Any, here: Any) -> bool:
    """Whether Dask arrays hold the very bits of what was computed here, in its shapes."""
    pairs = list(zip(flat(there), flat(here), strict=True))
    assert all(map(lies_elsewhere, flat(there)))
    return all(a.shape == np.shape(b) and np.asarray(a.compute()).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


@pytest.mark.parametrize(("rows", "chunks"), [(1, 1), (64, 5), (65, 64), (548, 548), (2548, 128), (2548, 100), (999, (1, 998))])
def test_blocks_change_no_bit_and_values_keep_them(program, rows, chunks):
    x, b, weights = data(rows)
    there = da.from_array(x, chunks=(chunks, 1))
    blocks_of_b = da.from_array(b, chunks=max(1, rows // 3))
    w = EXAMPLE[1]
    found = program.batch_value_and_grad(there, w, blocks_of_b, weights=da.from_array(weights, chunks=max(1, rows // 5)))
    assert same(found, program.batch_value_and_grad(x, w, b, weights=weights))
    assert found[0].chunks[0] == found[1][0].chunks[0] == there.chunks[0]
    assert same(program.batch(there, w, b), program.batch(x, w, b))
    assert same(program.batch_jacobian(x, w, blocks_of_b, by=("w", "x")), program.batch_jacobian(x, w, b, by=("w", "x")))


def test_what_all_rows_share_may_be_a_dask_array_and_no_rows_are_none(program):
    x, b, _ = data(70)
    shared = record(lambda x, w: x[0] * w[0] + tanh(x[1] * w[1]), [0.0, 0.0], [1.0, 2.0])
    w = np.array([0.5, -0.25])
    there = da.from_array(x, chunks=30)
    assert same(shared.batch_value_and_grad(there, da.from_array(w)), shared.batch_value_and_grad(x, w))
    values, by_w = shared.batch_value_and_grad(there[:0], w, by="w")
    assert (values.compute().tolist(), by_w.compute().tolist()) == ([], [0.0, 0.0])
    outputs = record(lambda x: {"sum": x[0] + x[1], "both": [x[0], x[1] * 2]}, [0.0, 0.0])
    found = outputs.batch(there)
    assert found["sum"].compute().tolist() == outputs.batch(x)["sum"].tolist()
    assert found["both"].compute().tolist() == np.asarray(outputs.batch(x)["both"]).tolist()
    assert program.batch(there.astype("float32"), EXAMPLE[1], b).dtype == float


def test_nothing_is_computed_until_it_is_asked_for_and_by_leaves_out_the_rest(program):
    counted = []

    def block(numbers):
        counted.append(len(numbers))
        return numbers

    x, b, _ = data(4096)
    there = da.from_array(x, chunks=1024).map_blocks(block, meta=np.empty((0, 2)))
    values, (by_w, _) = program.batch_value_and_grad(there, EXAMPLE[1], b, by=("w", "b"))
    assert counted == []
    with dask.config.set(scheduler="sync"):
        dask.compute(values.sum(), *by_w)  # values and sums share their tasks
    assert sorted(counted) == [1024] * 4
    tasks = len(program.batch_value_and_grad(there, EXAMPLE[1], b, by="w")[1][0].dask)
    assert tasks < len(program.batch_value_and_grad(there, EXAMPLE[1], b)[1][0].dask)


def test_pieces_of_many_rows_have_at_most_a_million_so_that_a_block_needs_no_more_memory():
    assert batches.piece_of(2_000_000) == 62_528
    assert batches.piece_of(40_000_000) == batches.piece_of(10**12) == 2**20
    parts = [(0, 64), (64, 128), (128, 130)]
    w = np.array([0.5, 0.25])
    line = record(lambda x, w: tanh(w[0] * x) + w[1], 0.0, [1.0, 1.0])
    x = np.linspace(-1.0, 1.0, 130)
    whole = line.batch_value_and_grad(x, w, by="w")[1]
    pieces = [line.batch_value_and_grad(x[a:b], w, by="w")[1] for a, b in parts]
    assert whole.tolist() == (pieces[0] + pieces[1] + pieces[2]).tolist()  # and they are added in their order


def test_pieces_within_a_block_are_one_task_and_one_that_lies_in_two_is_its_own():
    assert units_of(1000, 64, [0, 500, 1000]) == [(0, 448), (448, 512), (512, 1000)]
    assert units_of(1000, 64, [0, 512, 576, 576, 1000]) == [(0, 512), (512, 576), (576, 1000)]
    assert units_of(1000, 64, [0, 10, 20, 1000]) == [(0, 64), (64, 1000)]
    assert units_of(1000, 0, [0, 10, 10, 1000]) == [(0, 10), (10, 1000)]  # nothing is summed: the blocks


def test_what_rows_elsewhere_have_not_is_refused_by_name(program):
    x, b, weights = data(100)
    there = da.from_array(x, chunks=50)
    with pytest.raises(TypeError, match=r"^check=: Dask computes blocks in any order"):
        program.batch(there, EXAMPLE[1], b, check=True)
    with pytest.raises(TypeError, match=r"^executor=: Dask arrays are computed where they lie"):
        program.batch_jacobian(there, EXAMPLE[1], b, executor=object())
    with pytest.raises(TypeError, match=r"^prepared reads its arguments at each call"):
        program.prepared(there, EXAMPLE[1], b)
    with pytest.raises(ValueError, match=r"compute_chunk_sizes"):
        program.batch(there[there[:, 0] > 0], EXAMPLE[1], 0.3)
    with pytest.raises(ValueError, match=r"^weights have shape \(99,\); there are 100 rows"):
        program.batch_value_and_grad(there, EXAMPLE[1], b, weights=da.from_array(weights[:99]))
    with pytest.raises(ValueError, match=r"^unequal numbers of rows: x has 100, b has 99"):
        program.batch(there, EXAMPLE[1], b[:99])


def test_a_memory_mapped_file_is_taken_as_it_is(program, tmp_path):
    x, b, _ = data(300)
    x.tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", float, "r", shape=x.shape)
    numbers, shape = batches.laid_out(mapped)
    assert (shape, np.shares_memory(np.asarray(numbers), mapped)) == ((300, 2), True)
    assert program.batch(mapped, EXAMPLE[1], b).tobytes() == program.batch(x, EXAMPLE[1], b).tobytes()
    assert same(program.batch(da.from_array(mapped, chunks=70), EXAMPLE[1], b), program.batch(x, EXAMPLE[1], b))


@pytest.mark.parametrize("batch_size", [None, 128])
@pytest.mark.parametrize("classes", [False, True])
def test_training_and_prediction_take_dask_arrays_to_the_same_bits(batch_size, classes, monkeypatch):
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(300, 2))
    ys = (xs[:, 0] * xs[:, 1] > 0).astype(float)

    def trained(xs, ys):
        model = nn.MLP(2, [3, 2 if classes else 1], "tanh", seed=1)
        options = {"loss": nn.cross_entropy if classes else nn.binary_cross_entropy, "batch_size": batch_size}
        steps = nn.Adam(model.parameters(), lr=0.05)
        history = nn.fit(model, xs, ys, optimizer=steps, epochs=3, validation=(xs[:50], ys[:50]), progress=False, **options)
        numbers = history.loss, history.accuracy, history.validation_loss, history.validation_accuracy
        return model, numbers, [p.data for p in model.parameters()]

    there = da.from_array(xs, chunks=130), da.from_array(ys, chunks=77)
    here, brought, plain = trained(xs, ys), [], da.Array.__array__
    monkeypatch.setattr(da.Array, "__array__", lambda x, *a, **k: (brought.append(x.shape), plain(x, *a, **k))[1])
    away = trained(*there)
    assert here[1:] == away[1:]
    assert (2,) in brought  # one sample, by which the loss is recorded
    assert {shape for shape in brought if len(shape) > 1} == set()  # and no rows of xs; losses are one number a row
    assert same(away[0].predict(there[0]), here[0].predict(xs))
    with pytest.raises(ValueError, match=r"^shuffle=: Dask arrays stay where they lie"):
        nn.fit(away[0], *there, loss=nn.squared_error, shuffle=1, progress=False)
    xs[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"^xs\[7, 1\] is nan"):
        nn.fit(away[0], da.from_array(xs, chunks=100), ys, loss=nn.squared_error, progress=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_costs_time_and_no_bit(program):
    distributed = pytest.importorskip("distributed", reason="not installed: pip install chainrule[distributed]")

    def slowly(numbers):
        """A block that takes a while, so that there is time to end its worker; it is pickled with the task."""
        import time

        time.sleep(0.3)
        return numbers

    x, b, _ = data(20_000)
    here = program.batch_value_and_grad(x, EXAMPLE[1], b, by="b")[1], program.batch_value_and_grad(x, EXAMPLE[1], 0.3, by="b")[1]
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1")
    with cluster, distributed.Client(cluster) as client:
        there = da.from_array(x, chunks=3000).map_blocks(slowly, meta=np.empty((0, 2)))
        asked = [program.batch_value_and_grad(there, EXAMPLE[1], each, by="b")[1] for each in (b, 0.3)]
        futures = client.compute(asked)
        os.kill(client.run(os.getpid)[min(client.run(os.getpid))], signal.SIGKILL)
        found = [future.result(timeout=60) for future in futures]
    assert [np.asarray(each).tobytes() for each in found] == [np.asarray(each).tobytes() for each in here]
