"""Random programs in which kinds of things meet, each way to run them, against graphs of Values with loops taken step by step.

Layers with weights in common, conditions, indices, products, loops in loops, derivatives inside, and what no result needs.
"""

from __future__ import annotations

import random
from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import (
    Value,
    detach,
    dot,
    grad,
    gradients,
    hypot,
    index,
    logsumexp,
    prod,
    record,
    scan,
    sigmoid,
    sin,
    softmax,
    take,
    tanh,
    where,
)
from autograd import sum as total
from autograd.programs import columns, steps, unrolling
from autograd.programs.prefixes import Early
from autograd.programs.replay import COMPILED

RUNS = {
    "unrolled": {},
    "long steps": {"UNROLLED": 0, "LONG": 60, "FEWEST": 3},
    "steps": {"UNROLLED": 0, "LONG": 1, "FEWEST": 1},
}
WEIGHTS, WIDTH, LETTERS = 40, 4, 3
EXAMPLE = [0.1] * WEIGHTS, [0.2] * WIDTH, [[0.3, 0.4]] * 5, [[0.5] * 2] * LETTERS, index([0, 0], LETTERS)
NUMBERS = 4
"""So many of the arguments are no indices."""


def in_turn(f, state, *xs):
    """What `scan` stands for."""
    ys = []
    for row in zip(*xs, strict=True):
        state, y = f(state, *row)
        ys.append(y)
    return state, ys


class Drawn:
    """A function that a seed stands for: the same operations each time it is called, with loops as told."""

    def __init__(self, seed: int, outputs: int, loop: Any = in_turn) -> None:
        self.seed, self.outputs, self.loop = seed, outputs, loop

    def __call__(self, w: Any, x: Any, xs: Any, table: Any, letters: Any) -> Any:
        self.w, self.xs, self.table = list(w), xs, table
        rng = random.Random(self.seed)
        known = self.steps(rng, list(x), letters, rng.choice([2, 4, 8, 16]), 2)
        results = [total(rng.choices(known, k=3)) * known[-1 - k] for k in range(self.outputs)]
        return results if self.outputs > 1 else results[0]

    def steps(self, rng, known, letters, count, depth):
        """What is known after so many more things were computed."""
        kinds = [self.layer, self.layer, self.gated, self.two, self.few, self.picked, self.inner]
        kinds += [self.scanned, self.mapped] * (depth > 0)
        for _ in range(count):
            known += rng.choice(kinds)(rng, known, letters, depth)
        return known

    def layer(self, rng, known, *_):
        rows, width, at = rng.choice([1, 3, 4, 6, 9]), rng.choice([1, 2, 4, 5]), rng.choice([0, 0, 7, 13])
        across, biased, bent = rng.random() < 0.3, rng.random() < 0.5, rng.choice([tanh, sigmoid, sin, lambda y: y * 0.5])
        vector = [*known[-width:], *rng.choices(known, k=width)][:width]
        at_row = lambda i, j: self.w[(at + (j * rows + i if across else i * width + j)) % WEIGHTS]
        units = [dot([at_row(i, j) for j in range(width)], vector, *[self.w[(at + i) % WEIGHTS]] * biased) for i in range(rows)]
        return [bent(y) for y in units[rng.choice([0, 0, rows - 1]) :]]

    def gated(self, rng, known, *_):
        """The first of a layer decides, and has no derivative."""
        z = [dot(self.w[4 * i : 4 * i + 4], [*known[-4:], *known[:4]][:4]) for i in range(rng.choice([4, 5, 8]))]
        return [where(z[0] > 0.01, z[1] * tanh(z[2]), z[-1])]

    def two(self, rng, known, *_):
        a, b = rng.choices(known, k=2)
        kinds = [lambda: a * b, lambda: a - b, lambda: hypot(a, b + 2.0), lambda: a / (b * b + 1.0), lambda: detach(a) * b]
        return [rng.choice(kinds)()]

    def few(self, rng, known, *_):
        some = [tanh(y) for y in rng.choices(known, k=rng.choice([1, 2, 3, 5]))]
        of_products = lambda: [prod([prod(some), *some[1:]])]
        return rng.choice([of_products, lambda: softmax(some), lambda: [logsumexp(some)], lambda: [total(some)]])()

    def picked(self, rng, known, letters, _):
        letter = rng.choice(letters)
        if rng.random() < 0.6:
            return list(take(self.table, letter))
        logits = [tanh(y) for y in rng.choices(known, k=LETTERS)]
        return [logsumexp(logits) - take(logits, letter)]

    def inner(self, rng, known, *_):
        """A derivative that closes over what is known."""
        a, b = rng.choices(known, k=2)
        return [grad(lambda v: tanh(v * b) + v * v)(a)]

    def body(self, rng, known, letters, depth):
        """A step: what it goes through, and what it makes of it and of what it closes over."""
        seed, closed, which = rng.random(), rng.choices(known, k=2), rng.choice(["xs", "letters", "known"])
        along = {"xs": self.xs, "letters": letters, "known": rng.choices(known, k=rng.choice([1, 4, 6]))}[which]

        def step(state, x):
            own = [[], [x]] if which == "letters" else [list(x) if which == "xs" else [x], []]
            return self.steps(random.Random(seed), [*state, *own[0], *closed], [*letters, *own[1]], 2, depth - 1)

        return along, step

    def scanned(self, rng, known, letters, depth):
        along, step = self.body(rng, known, letters, depth)
        carried, kept = rng.choice([1, 2]), rng.choice([0, 1, 3])

        def carry(state, x):
            found = step(state, x)
            return [tanh(y) for y in found[-carried:]], found[-1]

        last, ys = self.loop(carry, rng.choices(known, k=carried), along)
        return [*last, *ys[-kept:]] if kept else last

    def mapped(self, rng, known, letters, depth):
        along, step = self.body(rng, known, letters, depth)
        each = (lambda f, xs: [f(x) for x in xs]) if self.loop is in_turn else autograd.map
        found = each(lambda x: step([], x)[-1], along)
        return found[-1:] if rng.random() < 0.5 else found


def arguments(draw, rows, own):
    """Of each argument its numbers, of some for each row."""
    shapes = [(rows, *np.shape(x)) if each else np.shape(x) for x, each in zip(EXAMPLE, own, strict=True)]
    return [*[draw.normal(size=shape) * 0.7 for shape in shapes[:NUMBERS]], draw.integers(0, LETTERS, shapes[NUMBERS])]


def near(a, b):
    return bool(np.all(np.abs(np.ravel(a) - np.ravel(b)) <= 1e-10 * max(1.0, np.abs(b).max(initial=0.0))))


def same(a, b):
    return all(np.asarray(x).tobytes() == np.asarray(y).tobytes() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("run", RUNS)
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**9), rows=st.sampled_from([1, 2, 7, 8, 9, 17, 65]), data=st.data())
def test_what_meets_in_a_program_gives_what_values_give(run, seed, rows, data):
    outputs = data.draw(st.sampled_from([1, 1, 3]))
    own = data.draw(st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
    with pytest.MonkeyPatch.context() as patched:
        for name, number in RUNS[run].items():
            patched.setattr(unrolling, name, number)
        patched.setattr(steps, "KEPT", data.draw(st.sampled_from([0, 1 << 24])))
        patched.setattr(columns, "CACHED", data.draw(st.sampled_from([1, 1 << 16])))
        program = record(Drawn(seed, outputs, scan), *EXAMPLE)
        draw = np.random.default_rng(seed)
        args = arguments(draw, rows, own)
        weights = draw.normal(size=(rows, outputs)) * (draw.random(size=(rows, outputs)) < 0.8)
        of = weights if outputs > 1 else weights[:, 0]
        points = [[x[r] if each else x for x, each in zip(args, own, strict=True)] for r in range(rows)]

        # At one point: the bits of the graph, and its derivatives.
        leaves = [[Value(v) for v in np.ravel(x)] for x in points[0][:NUMBERS]]
        nested = [filled(x, iter(vs)) for x, vs in zip(points[0][:NUMBERS], leaves, strict=True)]
        y = Drawn(seed, outputs)(*nested, points[0][NUMBERS].tolist())
        results, flat = (y if outputs > 1 else [y]), [v for vs in leaves for v in vs]
        assert np.ravel(program(*points[0])).tolist() == [result.data for result in results]
        slopes = np.array([gradients(result, flat) for result in results])
        _, found = program.value_and_grad(*points[0], weights=weights[0].tolist() if outputs > 1 else weights[0, 0])
        assert near(np.concatenate(list(map(np.ravel, found[:NUMBERS]))), weights[0] @ slopes)

        # On rows: those of the points, with the bits of a row by itself; and where rows stop early.
        values, by = program.batch_value_and_grad(*args, weights=of)
        flattened = [array("d", np.concatenate(list(map(np.ravel, point)))) for point in points]
        each = [program.replay.point(xs, array("d", seed)) for xs, seed in zip(flattened, weights, strict=True)]
        assert near(values, [found for found, _, _ in each])
        ends = np.cumsum([0, *[np.size(x) for x in EXAMPLE]])
        for k in range(NUMBERS):
            wanted = np.array([slope[ends[k] : ends[k + 1]] for _, slope, _ in each])
            assert near(by[k], wanted if own[k] else wanted.sum(axis=0))
        assert same([values], [program.batch(*args)])
        last = [x[-1:] if has else x for x, has in zip(args, own, strict=True)]
        alone, by_alone = program.batch_value_and_grad(*last, weights=of[-1:])
        assert same([alone], [values[-1:]])
        having = [k for k in range(NUMBERS) if own[k]]
        assert same([by_alone[k] for k in having], [by[k][-1:] for k in having])
        if COMPILED and outputs > 1:
            early = Early(program.signature, program.flat)
            _, by_early = early.batch_value_and_grad(*args, weights=of)
            assert all(near(a, b) for a, b in zip(by_early[:NUMBERS], by[:NUMBERS], strict=True))


def filled(x, supply):
    """Values in the place of numbers."""
    return [filled(part, supply) for part in x] if np.ndim(x) else next(supply)
