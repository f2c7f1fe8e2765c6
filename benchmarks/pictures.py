"""How long it takes to show a graph: as a picture, as a page, as text. A time is that of the whole call, Graphviz's included."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import perf_counter

from figures import Figure

import viz
from autograd import Value, scope, tanh
from autograd.value import members
from viz.graph.folding import folding

SMALL, MEDIUM = (2, 6, 2, 1), (6, 9, 8, 1)
"""The layers of networks of 100 values and of 499 boxes."""
FEWER = 3
"""So many repetitions are enough for what takes a second."""


def pictures(repetitions: int) -> list[Figure]:
    """Every figure of showing a graph."""
    small, medium = network(SMALL, 1), network(MEDIUM, 1)
    scoped, plain, million = network((3, 4, 4, 1), 1316), chain(100_000), chain(1_000_000)
    return [
        figure("SVG of 100 values", small, lambda y: viz.svg(y, collapse=None), "<= 0.3", repetitions),
        figure("page of 500 boxes", medium, lambda y: viz.html(y, collapse=None), "<= 2", FEWER),
        figure("fold 100,000 values in scopes", scoped, fold, "<= 2", FEWER),
        figure("fold and draw 100,000 values in scopes", scoped, viz.svg, "<= 5", FEWER),
        figure("fold 100,000 values in no scope", plain, fold, "<= 2", FEWER),
        figure("fold and draw 100,000 values in no scope", plain, viz.svg, "<= 5", FEWER),
        figure("tape of 1,000,000 values", million, lambda y: viz.text(y, "tape"), "<= 1", FEWER),
    ]


def fold(y: Value) -> None:
    """Decide what is folded, and draw nothing."""
    folding(members(y))


def figure(title: str, y: Value, show: Callable[[Value], object], target: str, repetitions: int) -> Figure:
    """The seconds of a call, after a backward pass and one call that is not counted."""
    y.backward()
    times = []
    for _ in range(repetitions + 1):
        begin = perf_counter()
        show(y)
        times.append(perf_counter() - begin)
    return Figure(title, statistics.median(times[1:]), min(times[1:]), "s", target, f"{len(members(y)):,} values")


def network(sizes: Sequence[int], samples: int) -> Value:
    """The squared error of a network of tanh neurons over some samples."""
    random_ = random.Random(1)
    weights = [[[Value(random_.uniform(-1, 1)) for _ in range(a + 1)] for _ in range(b)] for a, b in pairwise(sizes)]
    loss = Value(0.0)
    for _ in range(samples):
        xs: list[Value | float] = [random_.uniform(-1, 1) for _ in range(sizes[0])]
        for i, layer in enumerate(weights):
            with scope(f"layer{i}"):
                xs = [neuron(f"neuron{j}", ws, xs) for j, ws in enumerate(layer)]
        loss = loss + (xs[0] - 1.0) ** 2
    return loss


def neuron(name: str, weights: Sequence[Value], xs: Sequence[Value | float]) -> Value:
    """The tanh of a weighted sum, in a scope of its own."""
    with scope(name):
        total = weights[-1]
        for w, x in zip(weights[:-1], xs, strict=True):
            total = w * x + total
        return tanh(total)


def chain(length: int) -> Value:
    """A value made from the one before it, so many times."""
    y = x = Value(1.0)
    for _ in range(length // 2):
        y = y * 0.5 + x
    return y
