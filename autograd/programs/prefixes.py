"""Sequences of many lengths by one program: what the program of a shorter one computes is often a part of that of a longer one.

So it is with what looks back alone, such as a recurrent network or causal attention. The program of the longest then has a
result for each length, and a row stops behind its own: it is computed as far as it is long. In minibatches the longest rows stand
first.

>>> import autograd
>>> def last(w, xs, y):
...     state = 0.0
...     for x in xs:
...         state = autograd.tanh(w[0] * state + w[1] * x)
...     return (state - y) ** 2
>>> one = prefixes(last, [0.5, 1.0], ([[1.0], [1.0, 2.0, 3.0]], [0.0, 1.0]), (0, 0), rows=2)
>>> one is None or one.program.outputs == 2  # a result for each length; None where nothing is compiled
True
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

from autograd.indices import index
from autograd.programs import listing
from autograd.programs.program import Program, record
from autograd.programs.replay import Replay
from autograd.programs.rewrite import with_shared_parts
from autograd.programs.staged import length_of
from autograd.structures import shape_of, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from typing import Any, TypeAlias

    from autograd.programs.flat import Flat
    from autograd.programs.replay import PlainReplay

    Sides: TypeAlias = tuple[Sequence[Any], Sequence[Any]]

MOST_LENGTHS = 64
"""So many results the program has at most."""
LONGEST = 16_000_000
"""So many operations and operands are recorded at most, of all lengths together: seconds, and half a gigabyte."""
WIDENED, LITTLE = 8, 1_000_000
"""The arrays of all samples have at most so many times as many numbers as the samples, or so many in all."""
LONGER, FULL = (2.0, 1.25), 8
"""The program is at most so many times as long as that of the longest alone; the second, where minibatches have so many rows of
each length that a program for each would do as well."""
APART = 0.9
"""What the program of a length adds to that of another, of its own length, from which on they share nothing."""


def prefixes(f: Callable[..., Any], theta: Any, sides: Sides, sizes: Sequence[int], rows: int) -> Prefixes | None:
    """All samples (x and y of `f(theta, x, y)`) and one program of them; None where it would not pay.

    `sizes` says of each side whether it holds indices, and of how many rows of a table; a minibatch has `rows` samples. None too
    where nothing is compiled.
    """
    kinds = [tuple([shape_of(side[r]) for side in sides]) for r in range(len(sides[0]))]
    lengths = _in_order(kinds)
    if not 0 < len(lengths) <= MOST_LENGTHS:
        return None
    longest = [max(map(size_of, shapes)) for shapes in zip(*lengths, strict=True)]
    if sum(longest) * len(kinds) > max(WIDENED * sum([size_of(shape) for kind in kinds for shape in kind]), LITTLE):
        return None
    examples = [next(tuple([side[r] for side in sides]) for r, of in enumerate(kinds) if of == kind) for kind in lengths]
    try:
        program = _merged(f, theta, lengths, examples, sizes, LONGER[rows >= FULL * len(lengths)])
    except Exception:  # noqa: BLE001  (it is raised when it is that sample's turn)
        return None
    if program is None or not program.replay.stop_early():
        return None
    return Prefixes(program, sides, [lengths.index(kind) for kind in kinds], lengths)


def _in_order(kinds: Sequence[Any]) -> list[Any]:
    """The shapes that there are, each a part of the next one; none if they are not."""
    found: dict[str, Any] = {repr(kind): kind for kind in kinds}
    order = sorted(found.values(), key=lambda kind: sum(map(size_of, kind)))
    whole = all(isinstance(shape, tuple) and 0 not in shape for kind in order for shape in kind)
    pairs = [pair for one, following in pairwise(order) for pair in zip(one, following, strict=True)]
    return order if whole and all(len(a) == len(b) and a[1:] == b[1:] and a <= b for a, b in pairs) else []


def _merged(
    f: Callable[..., Any], theta: Any, lengths: Sequence[Any], examples: Sequence[Any], sizes: Sequence[int], longer: float
) -> Early | None:
    """The program of all lengths; None where it is not worth it."""
    declared = [[index(x, size) if size else x for x, size in zip(example, sizes, strict=True)] for example in examples]
    longest = length_of(record(f, theta, *declared[-1]).laid)
    shares = [sum(map(size_of, kind)) for kind in lengths]
    if longest * sum(shares) > LONGEST * shares[-1]:
        return None
    if sum(shares) > longer * shares[-1]:  # the two shortest tell whether all would be too long
        one, two = (length_of(record(f, theta, *sample).laid) for sample in declared[:2])
        if length_of(_recorded(f, theta, declared[1], lengths[:2]).laid) > two + APART * one:
            return None
    program = _recorded(f, theta, declared[-1], lengths)
    return None if length_of(program.laid) > longer * longest or _is_common(program.flat, len(theta)) else program


def _recorded(f: Callable[..., Any], theta: Any, example: Sequence[Any], lengths: Sequence[Any]) -> Early:
    """The results of all lengths, from the sample that is the longest of them."""

    def merged(theta: Any, x: Any, y: Any) -> Any:
        parts = [[side[: shape[0]] if shape else side for side, shape in zip((x, y), kind, strict=True)] for kind in lengths]
        return [f(theta, *part) for part in parts]

    whole = record(merged, theta, *example)
    return Early(whole.signature, with_shared_parts(whole.flat))


def _is_common(flat: Flat, shared: int) -> bool:
    """Whether more than a quarter of the program needs the shared inputs alone: here that is not computed once for all rows."""
    common = bytearray(b"\1" * shared + bytes(flat.inputs - shared) + b"\1" * len(flat.constants))
    count = 0
    for start, stop in zip(flat.starts, flat.starts[1:], strict=False):
        operands = flat.operands[start:stop]
        common.append(all(map(common.__getitem__, operands)))
        count += common[-1] * (1 + len(operands))
    return 4 * count > length_of(flat)


class Early(Program):
    """A program that computes a row with weights only up to its last one that is not 0, and tells other results as 0."""

    @cached_property
    def replay(self) -> PlainReplay:  # noqa: D102
        found = Replay(self.flat)
        found.stop_early()
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._packed(),)


def _unpickled(content: bytes) -> Early:
    return Early(*listing.unpacked(content))


class Prefixes:
    """Samples in arrays as wide as the longest, and the program of all lengths; minibatches as an epoch has them."""

    def __init__(self, program: Early, sides: Sides, kinds: list[int], lengths: Sequence[Any]) -> None:
        import numpy as np

        self.np, self.program = np, program
        self.kinds = np.array(kinds)
        self.given = [np.zeros((len(kinds), *shape)) for shape in lengths[-1]]
        for k, kind in enumerate(lengths):
            (rows,) = np.nonzero(self.kinds == k)
            for whole, side, shape in zip(self.given, sides, kind, strict=True):
                numbers = np.array([side[r] for r in rows.tolist()], float)
                if shape:
                    whole[rows, : shape[0]] = numbers
                    whole[rows, shape[0] :] = numbers[:, -1:]  # an index, or a number, that the function may be given there
                else:
                    whole[rows] = numbers
        self.now = [numbers.copy() for numbers in self.given]
        self.own = self.kinds.copy()
        self.weights = np.zeros((len(kinds), len(lengths)))
        self.order: Any = None
        self.arranged = False

    def arrange(self, order: Any, cuts: Sequence[tuple[int, int]]) -> None:
        """Lay out an epoch, unless it is: in each minibatch, from a row to before another, the longest samples stand first.

        An order is the same as the last one if it is the same array.
        """
        np, rows = self.np, len(self.kinds)
        if self.arranged and order is self.order:
            return
        self.order, self.arranged = order, True
        order = np.arange(rows) if order is None else order
        counts = np.array([stop - start for start, stop in cuts])
        order = order[np.lexsort((-self.kinds[order], np.repeat(np.arange(len(cuts)), counts)))]
        for given, now in zip(self.given, self.now, strict=True):
            np.take(given, order, axis=0, out=now, mode="clip")  # else it would buffer
        np.take(self.kinds, order, out=self.own, mode="clip")
        self.weights[...] = 0.0
        self.weights[np.arange(rows), self.own] = np.repeat(1 / counts, counts)

    def minibatch(self, theta: Any, start: int, stop: int, executor: Executor | None) -> tuple[Any, Any]:
        """What each sample of a minibatch costs, and the gradient of their mean by theta."""
        data = [numbers[start:stop] for numbers in self.now]
        how: dict[str, Any] = {"weights": self.weights[start:stop], "by": 0, "executor": executor}
        values, gradient = self.program.batch_value_and_grad(theta, *data, **how)
        return self.np.asarray(values)[self.np.arange(stop - start), self.own[start:stop]], self.np.asarray(gradient)

    def descent(self, theta: Any, rows: int) -> Any:
        """What makes steps in minibatches of so many rows in C, as `Program.descent`."""
        return self.program.descent(theta, *self.now, rows=rows, weights=self.weights)
