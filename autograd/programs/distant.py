"""Rows that lie elsewhere: Dask arrays, of which each block is computed where it lies. Lazy in, lazy out.

What is summed over rows is summed over the pieces that `batches` cuts, whose sizes follow from the number of rows alone, and
these in their order: neither blocks nor workers change a bit. Pieces that lie within one block are one task beside it; for one
that a block's end divides, its rows are brought together.

>>> import numpy as np
>>> import dask.array
>>> from autograd import record
>>> line = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
>>> xs = dask.array.from_array(np.arange(4.0), chunks=2)
>>> values, by_w = line.batch_value_and_grad(xs, [10.0, 5.0], by="w")
>>> values.chunks, values.compute().tolist(), by_w.compute().tolist()
(((2, 2),), [5.0, 15.0, 25.0, 35.0], [6.0, 4.0])
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate, pairwise

from autograd.programs.arguments import Block, laid_out
from autograd.programs.batches import KINDS, Batch, Result, cuts_of, piece_of
from autograd.structures import by_parts, lies_elsewhere, real_array, worded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from typing import Any, NamedTuple

    from autograd.programs.batches import Runnable
    from autograd.programs.signature import Signature, Which
else:
    from autograd.programs.named import NamedTuple


class Task(NamedTuple):
    """What is computed of some rows: the same for all of them."""

    kind: str
    own: list[bool]
    widths: list[int]
    outputs: int
    wanted: list[int]
    """The arguments by which there are derivatives."""
    each: bool
    """Every row's own derivatives, by arguments too that all rows share."""
    size: int
    """Rows of a piece, of which each tells its sums; 0: nothing is summed."""


def dask() -> Any:
    """Dask, with its arrays: whoever has rows in it has it."""
    import dask
    import dask.array

    return dask


def rows_elsewhere(
    program: Any,
    what: str,
    args: Sequence[Any],
    weights: Any = None,
    by: Which = None,
    *,
    executor: Executor | None = None,
    check: bool = False,
) -> Any:
    """What `batch` ("value"), `batch_value_and_grad` or `batch_jacobian` gives, as Dask arrays that are computed when asked for.

    What has a row for each has the blocks of the first argument with rows that is a Dask array. Raises `TypeError` with an
    executor or `check`, and `ValueError` where nobody knows how many rows the blocks have.
    """
    _refuse(args, weights, executor, check=check)
    signature = program.signature
    if signature.places is not None:
        message = f"{signature} takes indices, which are checked before anything is computed: compute Dask arrays first"
        raise TypeError(message)
    shapes = [x.shape if lies_elsewhere(x) else laid_out(x)[1] for x in signature.counted(args)]
    own, rows = signature.fitted(tuple(shapes))
    wanted = [] if what == "value" else signature.wanted(by)
    each = what == "jacobian"
    summed = [k for k in wanted if not (each or own[k])]
    task = Task(KINDS[what], own, signature.sizes, program.outputs, wanted, each, piece_of(rows) if summed else 0)
    chunks = next(x.chunks[0] for x, has in zip((*args, weights), (*own, True), strict=True) if has and lies_elsewhere(x))
    found = Found(program, task, [*args, weights], rows, chunks)
    values = by_parts(signature.outputs, lambda dims, a, b: _shaped(found.table(0), (a, b), (rows, *dims)))
    if what == "value":
        return values
    if each:
        return _jacobians(signature, found, by, rows)
    parts = []
    for i, k in enumerate(wanted):
        table, lead = (found.table(1 + i), (rows,)) if own[k] else (found.total(1 + i), ())
        parts.append(by_parts(signature.arguments[k], _cutting(table, lead)))
    return values, signature.chosen(by, parts)


def _refuse(args: Sequence[Any], weights: Any, executor: Executor | None, *, check: bool) -> None:
    """Raise for what there is not of rows that lie elsewhere."""
    if executor is not None:
        message = "executor=: Dask arrays are computed where they lie, by Dask's own scheduler: leave it out"
        raise TypeError(message)
    if check:
        message = "check=: Dask computes blocks in any order, so no row is the first: check one, x.blocks[0].compute()"
        raise TypeError(message)
    for x in filter(lies_elsewhere, (*args, weights)):
        if not all(map(math.isfinite, x.shape)):
            message = "nobody knows how many rows these blocks have: call x.compute_chunk_sizes() first"
            raise ValueError(message)


def _cutting(table: Any, lead: tuple[int, ...]) -> Any:
    return lambda dims, a, b: _shaped(table, (a, b), (*lead, *dims))


def _jacobians(signature: Signature, found: Found, by: Which, rows: int) -> Any:
    """For each output the derivatives by what was asked for, of each row."""

    def of_outputs(dims: tuple[int, ...], a: int, b: int) -> Any:
        parts = []
        for i, k in enumerate(found.task.wanted):
            n = found.task.widths[k]

            def one(inner: tuple[int, ...], c: int, d: int, i: int = i, n: int = n) -> Any:
                part = found.table(1 + i).reshape((rows, found.task.outputs, n))[:, a:b, c:d]
                return part.reshape((rows, *dims, *inner))

            parts.append(by_parts(signature.arguments[k], one))
        return signature.chosen(by, parts)

    return by_parts(signature.outputs, of_outputs)


def _shaped(table: Any, columns: tuple[int, int], shape: tuple[int, ...]) -> Any:
    """Some columns of a table (its last dimension), in a shape."""
    return table[..., columns[0] : columns[1]].reshape(shape)


class Found:
    """The tasks, and what they give as Dask arrays: values, and by each wanted argument derivatives, with a column a number."""

    def __init__(self, program: Any, task: Task, args: Sequence[Any], rows: int, chunks: tuple[int, ...]) -> None:
        import pickle

        self.task, self.chunks = task, chunks
        ends, delayed = list(accumulate(chunks, initial=0)), dask().delayed
        given = zip(args, [*task.widths, 1], [*task.own, args[-1] is not None], strict=True)
        tables = [Table(x, width, rows, chunks) if has else None for x, width, has in given]
        shared = [None if has else memoryview(laid_out(_here(x))[0]).tobytes() for x, has in zip(args, task.own, strict=False)]
        once = delayed((pickle.dumps(program), task, shared), traverse=False)
        run = delayed(compute_rows, pure=False, nout=1 + len(task.wanted))
        self.units = units_of(rows, task.size, ends)
        self.tasks = [run(once, [table and table.rows(start, stop, ends) for table in tables]) for start, stop in self.units]

    def table(self, i: int) -> Any:
        """Values (0), or derivatives by a wanted argument, a row each."""
        da, m = dask().array, self.task.outputs
        width = self.task.widths[self.task.wanted[i - 1]] * (m if self.task.each else 1) if i else m
        units = zip(self.units, self.tasks, strict=True)
        parts = [da.from_delayed(task[i], (stop - start, width), float) for (start, stop), task in units]
        whole = da.concatenate(parts) if parts else da.zeros((0, width))
        return whole.rechunk({0: self.chunks, 1: -1})

    def total(self, i: int) -> Any:
        """The sums of all pieces in their order."""
        da, delayed = dask().array, dask().delayed
        width = self.task.widths[self.task.wanted[i - 1]]
        if not self.tasks:
            return da.zeros(width)
        return da.from_delayed(delayed(added, pure=False)([task[i] for task in self.tasks]), (width,), float)


class Table:
    """The blocks of an argument that has rows, on whoever has them."""

    def __init__(self, x: Any, width: int, rows: int, chunks: tuple[int, ...]) -> None:
        if not lies_elsewhere(x):
            import numpy as np

            x = dask().array.from_array(np.asarray(laid_out(x)[0]).reshape(rows, width), chunks=(chunks, width))
        if x.shape[0] != rows:
            message = f"weights have shape {worded(x.shape)}; there are {rows} rows, so they need ({rows},)"
            raise ValueError(message)
        whole = x.rechunk({0: chunks, **dict.fromkeys(range(1, x.ndim), -1)})
        self.blocks = whole.to_delayed().ravel().tolist()

    def rows(self, start: int, stop: int, ends: list[int]) -> list[Any]:
        """Rows start to stop: a block, or parts of some."""
        found = []
        for block, (first, end) in zip(self.blocks, pairwise(ends), strict=True):
            if first < stop and start < end:
                whole = start <= first and end <= stop
                found.append(block if whole else block[max(start - first, 0) : stop - first])
        return found


def _here(x: Any) -> Any:
    """What all rows share, as it is, or brought here."""
    return x.compute() if lies_elsewhere(x) else x


def units_of(rows: int, size: int, ends: list[int]) -> list[tuple[int, int]]:
    """The rows of each task: the pieces of a block together, and a piece in several blocks alone; without pieces, the blocks."""
    if not size:
        return [(start, stop) for start, stop in pairwise(ends) if start < stop]
    found: list[tuple[int, int]] = []
    block = 0
    for start, stop in cuts_of(rows, size):
        while ends[block + 1] <= start:
            block += 1
        if found and ends[block] <= found[-1][0] and stop <= ends[block + 1]:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


@lru_cache(maxsize=8)
def _known(pickled: bytes) -> Runnable:
    """A program, unpickled once by each worker."""
    import pickle

    program: Runnable = pickle.loads(pickled)  # noqa: S301  (of our own)
    return program


def compute_rows(once: tuple[bytes, Task, list[bytes | None]], tables: Sequence[Sequence[Any] | None]) -> list[Any]:
    """A task: values of some rows, and the derivatives by each wanted argument, a row each, or summed, one for each piece."""
    import numpy as np

    pickled, task, shared = once
    program = _known(pickled)
    arrays = [None if parts is None else real_array(np.concatenate(parts) if len(parts) > 1 else parts[0]) for parts in tables]
    rows = next(len(each) for each in arrays if each is not None)
    *numbers, weights = [None if each is None else memoryview(each.reshape(-1)) for each in arrays]
    blocks = [
        Block(memoryview(given or b"").cast("d") if mine is None else mine, mine is not None, width)
        for mine, given, width in zip(numbers, shared, task.widths, strict=True)
    ]
    size, m = task.size or rows, task.outputs
    cuts = cuts_of(rows, size)
    values = Result(cuts, m)
    found = {
        k: Result(cuts, task.widths[k] * (m if task.each else 1), summed=not (task.each or task.own[k])) for k in task.wanted
    }
    derivatives = list(map(found.get, range(len(blocks))))
    batch = Batch(program, task.kind, blocks, rows, weights, values, derivatives, False, cuts, size)
    for piece in batch.pieces():
        piece.run(program.replay)
    results = (values, *found.values())
    return [np.asarray(each.numbers).reshape(len(cuts) if each.summed else rows, each.width) for each in results]


def added(sums: Sequence[Any]) -> Any:
    """The sums of pieces, added in their order."""
    import numpy as np

    pieces = np.concatenate(sums)
    whole = pieces[0].copy()
    for each in pieces[1:]:
        whole += each
    return whole


def brought_here(*arrays: Any) -> Any:
    """Dask arrays as NumPy's, computed together, so that what they share is computed once."""
    return dask().compute(*arrays)


def like_rows(arrays: Sequence[Any], number: float) -> Any:
    """A number for each row of the first Dask array, in its blocks."""
    lead = next(filter(lies_elsewhere, arrays))
    return dask().array.full(lead.shape[0], number, chunks=(lead.chunks[0],))
