"""Jacobians and Hessians of which most entries are 0, as scipy.sparse has them: what is 0 by structure is never made.

>>> import pytest
>>> scipy = pytest.importorskip("scipy")
>>> from autograd import record
>>> chain = record(lambda x: [b - a * a for a, b in zip(x, x[1:])], [0.0] * 4)
>>> chain.jacobian_pattern
[(0, 1), (1, 2), (2, 3)]
>>> chain.jacobian([1.0, 2.0, 3.0, 4.0], sparse=True).toarray().tolist()
[[-2.0, 1.0, 0.0, 0.0], [0.0, -4.0, 1.0, 0.0], [0.0, 0.0, -6.0, 1.0]]
"""

from __future__ import annotations

from array import array
from itertools import chain

from autograd.programs.arguments import Sweeps
from autograd.programs.rewrite import halves_evened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    Program: TypeAlias = Any  # which imports this file
    Entries: TypeAlias = dict[tuple[int, int], float]


def sweeps_of(colours: list[int], moves: list[tuple[int, int]], *, tangents: bool) -> Sweeps:
    """A sweep for each colour."""
    count = max(colours) + 1
    starts = array("d", [float(colour == k) for k in range(count) for colour in colours])
    return Sweeps(starts, count, tangents, array("I", chain.from_iterable(moves)))


def ends_of(program: Program, xs: array[float], sweeps: Sweeps) -> list[float]:
    """Where sweeps over a point end, one after the other."""
    starts, count, tangents, _ = sweeps
    each = [starts[k * len(starts) // count : (k + 1) * len(starts) // count] for k in range(count)]
    return list(chain.from_iterable(program.replay.tangents(xs, each) if tangents else program.replay.pullback(xs, each)[1]))


def entries_of(program: Program, xs: array[float], sweeps: Sweeps) -> Entries:
    """The derivatives that may differ from 0, by output and input."""
    found, n, moves = ends_of(program, xs, sweeps), program.inputs, sweeps.moves
    pattern = [set(row) for row in program.jacobian_pattern]
    places = [(end, divmod(place, n)) for end, place in zip(moves[::2], moves[1::2], strict=True)]
    return {(i, j): found[end] for end, (i, j) in places if j in pattern[i]}


def _numbers(program: Program, what: str, args: tuple[Any, ...], by: Any) -> array[float]:
    if by is not None:
        message = f"{what}: sparse=True gives all derivatives in one array; choose its columns, and leave out by={by!r}"
        raise TypeError(message)
    xs: array[float] = program.signature.numbers(args)
    return xs


def sparse_jacobian(program: Program, args: tuple[Any, ...], by: Any) -> Any:
    """A csr_array, a row for each output and a column for each input but indices."""
    xs = _numbers(program, "jacobian", args, by)
    own = program.signature.places
    columns = {j: k for k, j in enumerate(range(program.inputs) if own is None else own)}
    found = entries_of(program, xs, program.sweeps)
    return _csr({(i, columns[j]): d for (i, j), d in found.items() if j in columns}, (program.outputs, len(columns)))


def sparse_hessian(program: Program, args: tuple[Any, ...], by: Any) -> Any:
    """A csr_array, a row and a column for each input but indices; where finite symmetric to the bit."""
    xs = _numbers(program, "hessian", args, by)
    gradient, own = program.gradient_program, program.signature.places
    columns = {j: k for k, j in enumerate(range(program.inputs) if own is None else own)}
    found = entries_of(gradient, xs, gradient.sweeps_forward)
    halves = {(i, columns[j]): d for (i, j), d in found.items() if j in columns}
    return _csr(halves_evened(halves), (len(columns), len(columns)))


def _csr(entries: Entries, shape: tuple[int, int]) -> Any:
    try:
        from scipy.sparse import coo_array
    except ImportError as error:
        message = "sparse=True gives arrays of scipy.sparse: pip install scipy"
        raise ImportError(message) from error
    places: Iterable[tuple[int, int]] = list(entries)
    rows, columns = [i for i, _ in places], [j for _, j in places]
    return coo_array((list(entries.values()), (rows, columns)), shape=shape).tocsr()
