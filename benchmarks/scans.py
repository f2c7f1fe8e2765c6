"""``python benchmarks --scans``: loops that `scan` and `map` record as such, beside the same steps unrolled by Python's `for`.

Processor time, the least of some rounds in turn. Both programs are called once before, and give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any

import numpy as np

import autograd
from autograd import dot, record, scan, sigmoid, softmax, tanh

ROUNDS, QUICK, SECONDS = 9, 2, 0.004
AGREEMENT = 1e-12
COLUMNS = ("loop", "record, ms", "value, us", "value and gradient, us", "the same of 64 rows, us")
RECORDED = ("network, recorded", "steps", "unrolled, ms", "over range(n), ms", "over an array, ms", "over lists, ms")
STEPS = (1000, 10_000, 100_000)
"""Of so many steps networks are recorded; unrolled are those of the first number, of more they would take as much longer."""

Loop = Callable[..., Any]


def unrolled_scan(f: Callable[..., Any], state: Any, *xs: Any) -> tuple[Any, list[Any]]:
    """What `scan` stands for."""
    ys = []
    for row in zip(*xs, strict=True):
        state, y = f(state, *row)
        ys.append(y)
    return state, ys


def unrolled_map(f: Callable[..., Any], *xs: Any) -> list[Any]:
    """What `map` stands for."""
    return [f(*row) for row in zip(*xs, strict=True)]


# Functions of a way to loop.


def recurrent(loop: Loop, w: Any, b: Any, h: Any, xs: Any) -> Any:
    """A network that carries a state."""
    cell = lambda h, x: ([tanh(dot(list(row), [*h, *x], bias)) for row, bias in zip(w, b, strict=True)], None)
    return autograd.sum(loop(cell, list(h), xs)[0])


def lstm(loop: Loop, w: Any, b: Any, h: Any, xs: Any) -> Any:
    """One with gates, whose memory begins as its state does."""
    n = len(h)

    def cell(state: Any, x: Any) -> Any:
        h, c = state
        z = [dot(list(row), [*h, *x], bias) for row, bias in zip(w, b, strict=True)]
        gates, new = list(map(sigmoid, z[: 3 * n])), list(map(tanh, z[3 * n :]))
        c = [gates[k] * c[k] + gates[n + k] * new[k] for k in range(n)]
        return [[gates[2 * n + k] * tanh(c[k]) for k in range(n)], c], None

    return autograd.sum(loop(cell, [list(h), list(h)], xs)[0][0])


def line(loop: Loop, a: Any, xs: Any) -> Any:
    """Two operations a step."""
    return loop(lambda s, x: (a * s + x, None), 0.0, xs)[0]


def heads(loop: Loop, queries: Any, keys: Any, values: Any) -> Any:
    """Attention, a head a step."""

    def head(query: Any, keys: Any, values: Any) -> Any:
        weights = softmax([dot(list(query), list(key)) for key in keys])
        return [dot(weights, list(column)) for column in zip(*values, strict=True)]

    return autograd.sum([y * y for found in loop(head, queries, keys, values) for y in found])


@dataclass(frozen=True)
class Case:
    """A function of a way to loop, and the shapes of its arguments, of which the last has the steps."""

    title: str
    function: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    mapped: bool = False

    def point(self) -> list[Any]:
        """Where it is computed."""
        draw = np.random.default_rng(1).normal
        return [np.array(0.3 * draw(size=shape)) for shape in self.shapes]

    def functions(self) -> Iterator[Callable[..., Any]]:
        """With the loop, and unrolled."""
        for loop in (autograd.map, unrolled_map) if self.mapped else (scan, unrolled_scan):
            yield partial(self.function, loop)


CASES = (
    Case("recurrent, 8 wide, 20 steps", recurrent, ((8, 10), (8,), (8,), (20, 2))),
    Case("recurrent, 8 wide, 1,000 steps", recurrent, ((8, 10), (8,), (8,), (1000, 2))),
    Case("recurrent, 32 wide, 100 steps", recurrent, ((32, 40), (32,), (32,), (100, 8))),
    Case("LSTM, 8 wide, 50 steps", lstm, ((32, 12), (32,), (8,), (50, 4))),
    Case("two operations, 1,000 steps", line, ((), (1000,))),
    Case("attention, 4 heads", heads, ((4, 8), (4, 16, 8), (4, 16, 8)), mapped=True),
    Case("recurrent, 64 wide, 1,000 steps", recurrent, ((64, 72), (64,), (64,), (1000, 8))),
    Case("two operations, 200,000 steps", line, ((), (200_000,))),
)


def seconds(calls: Sequence[Callable[[], Any]], rounds: int) -> list[float]:
    """The least time of a call of each, in turn."""
    times = []
    for call in calls:
        begin = process_time()
        call()
        times.append(max(1, int(SECONDS / max(process_time() - begin, 1e-9))))
    least = [float("inf")] * len(calls)
    for _ in range(rounds):
        for k, (call, count) in enumerate(zip(calls, times, strict=True)):
            begin = process_time()
            for _ in range(count):
                call()
            least[k] = min(least[k], (process_time() - begin) / count)
    return least


def measured(case: Case, rounds: int) -> list[list[float]]:
    """For each column the seconds with the loop, and unrolled."""
    at, functions = case.point(), list(case.functions())
    programs = [record(f, *at) for f in functions]
    rows = [*at[:-1], np.stack([at[-1]] * 64)]
    found = [seconds([partial(record, f, *at) for f in functions], rounds)]
    for arguments, how in ((at, {"what": "value"}), (at, {}), (rows, {"by": 0})):
        calls = [program.prepared(*arguments, **how) for program in programs]
        numbers, wanted = [flat(call()) for call in calls]
        if not np.all(np.abs(numbers - wanted) <= AGREEMENT * np.abs(wanted).max()):
            message = f"{case.title}: the loop and its steps differ"
            raise ArithmeticError(message)
        found.append(seconds(calls, rounds))
    return found


def recorded(case: Case, rounds: int) -> Iterator[tuple[str, ...]]:
    """A row for each number of steps: how long a network is recorded, and how many times as fast that is as unrolled."""
    *given, xs = case.point()
    loop, unrolled = case.functions()
    (few,) = seconds([partial(record, unrolled, *given, xs)], min(rounds, 3))
    for steps in STEPS:
        long = np.resize(xs, (steps, xs.shape[1]))
        over_range = lambda cell, h, x, steps=steps: scan(lambda h, _: cell(h, x), h, range(steps))
        without_sequence = lambda w, b, h, over=over_range: recurrent(over, w, b, h, xs[0].tolist())
        lists = [x.tolist() for x in (*given, long)]
        calls = [partial(record, without_sequence, *given), partial(record, loop, *given, long), partial(record, loop, *lists)]
        whole = few * steps / len(xs)
        cells = [f"{found * 1e3:,.2f}: {whole / found:,.0f} times" for found in seconds(calls, rounds)]
        yield case.title.removesuffix(f", {len(xs):,} steps"), f"{steps:,}", f"{whole * 1e3:,.0f}", *cells


def flat(x: Any) -> Any:
    """All numbers of what a call gives."""
    return np.concatenate(list(map(flat, x))) if isinstance(x, tuple) else np.ravel(x)


def main(print_table: Callable[..., None], *, quick: bool, markdown: bool) -> None:
    """Print the table: loop / unrolled, and how many times as long."""
    rows = []
    for case in CASES:
        cells = [case.title]
        for k, (loop, steps) in enumerate(measured(case, QUICK if quick else ROUNDS)):
            scale = 1e3 if k == 0 else 1e6
            cells.append(f"{loop * scale:,.2f} / {steps * scale:,.2f} = {loop / steps:.{2 if loop > 0.1 * steps else 4}f}")
        rows.append(tuple(cells))
    print_table(COLUMNS, rows, markdown=markdown)
    networks = [case for case in CASES if case.function is recurrent and len(case.point()[-1]) == STEPS[0]]
    print_table(RECORDED, [row for case in networks for row in recorded(case, QUICK if quick else ROUNDS)], markdown=markdown)
