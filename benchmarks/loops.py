"""Memory: a node of graphs of a thousand to ten million, first and again; whether training loops stay as fast as they began."""

from __future__ import annotations

import mmap
import random
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any

import expressions
from engines import Chainrule

import autograd
from autograd import Value, dot, logsumexp, softmax
from autograd.value import members

SIZES = (1_000, 10_000, 50_000, 100_000, 200_000, 600_000, 2_000_000, 10_000_000)
USUAL = 50_000
"""The size that the others are compared with."""
NODES = 2_000_000
"""So many nodes at least are made of each size, in rounds."""
STEPS = 200
Matrix = list[list[Value]]
Times = tuple[float, float, float, float]


def times(build: Callable[[], Any], between: Callable[[], None], nodes: int) -> Times:
    """Nanoseconds a node to build a graph, run backward, free it; and all three. What is done `between` is not counted."""
    begin = process_time()
    y = build()
    built = process_time()
    y.backward()
    swept = process_time()
    between()
    again = process_time()
    del y
    freed = process_time()
    scale = 1e9 / nodes
    found = (built - begin) * scale, (swept - built) * scale, (freed - again) * scale
    return (*found, sum(found))


def middle(rounds: Sequence[Times]) -> Times:
    """The medians."""
    a, b, c, d = (median(each) for each in zip(*rounds, strict=True))
    return a, b, c, d


def sizes(of: Sequence[int] = SIZES) -> list[tuple[int, Times, Times]]:
    """Multiply and add: of each size the first round and the least of those that follow."""
    xs = Chainrule().variables(expressions.TIGHT_POINT)
    found = []
    for n in of:
        build = lambda n=n: expressions.tight(n, *xs)
        rounds = [times(build, lambda: None, n) for _ in range(max(4, NODES // n) + 1)]
        found.append((n, rounds[0], min(rounds[1:], key=sum)))
    return found


def copying(megabytes: int = 400) -> float:
    """Gigabytes a second that this machine copies, read and written: what no engine whose graph exceeds the caches goes below."""
    source, target = bytearray(megabytes << 20), bytearray(megabytes << 20)
    best = float("inf")
    for _ in range(5):
        begin = process_time()
        target[:] = source
        best = min(best, process_time() - begin)
    return 2 * megabytes * 2**20 / best / 1e9


def touching(nodes: int = SIZES[-1], size: int = 88) -> tuple[float, float]:
    """Nanoseconds a node to touch memory that is asked for as the engine does, in huge pages where there are any.

    What no first round goes below: first of all, when a virtual machine's host may not yet have backed it; and the least of four
    more times, when it has but the system clears each page.
    """
    found = []
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    for _ in range(5):
        memory = mmap.mmap(-1, nodes * size, **private)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            memory.madvise(mmap.MADV_HUGEPAGE)
        pages = range(0, len(memory), mmap.PAGESIZE)
        begin = process_time()
        memory[:: mmap.PAGESIZE] = bytes(len(pages))
        found.append((process_time() - begin) / nodes * 1e9)
        memory.close()
    return found[0], min(found[1:])


def matrix(stream: random.Random, rows: int, columns: int) -> Matrix:
    """Small random weights."""
    return [[Value(stream.gauss(0, 0.1)) for _ in range(columns)] for _ in range(rows)]


def linear(x: Sequence[Any], weights: Matrix) -> list[Any]:
    """A node for each product, and one for each sum."""
    return [autograd.sum([a * b for a, b in zip(row, x, strict=True)]) for row in weights]


def normalised(x: Sequence[Any]) -> list[Any]:
    """Over its root mean square."""
    scale = (autograd.sum([a * a for a in x]) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


class LanguageModel:
    """One layer of attention with four heads, 16 numbers a token, 27 tokens, 13 positions: 57,000 nodes a step."""

    def __init__(self, positions: int = 13, width: int = 16, heads: int = 4, tokens: int = 27) -> None:
        stream = random.Random(1)
        self.step = width // heads
        self.token, self.position, self.out = (matrix(stream, n, width) for n in (tokens, positions, tokens))
        self.query, self.key, self.value, self.mix = (matrix(stream, width, width) for _ in range(4))
        self.up, self.down = matrix(stream, 4 * width, width), matrix(stream, width, 4 * width)
        self.text = [stream.randrange(tokens) for _ in range(positions + 1)]

    def parameters(self) -> list[Value]:
        """All weights."""
        return [
            v for each in vars(self).values() if isinstance(each, list) and isinstance(each[0], list) for row in each for v in row
        ]

    def attended(self, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[Any]:
        """What each head reads of the positions so far."""
        out = []
        for first in range(0, len(query), self.step):
            head = slice(first, first + self.step)
            weights = softmax([dot(query[head], key[head]) / self.step**0.5 for key in keys])
            out += [dot(weights, [value[i] for value in values]) for i in range(first, first + self.step)]
        return out

    def loss(self) -> Value:
        """The mean cross entropy of the next token."""
        keys: list[list[Any]] = []
        values: list[list[Any]] = []
        losses = []
        for position, (token, following) in enumerate(zip(self.text, self.text[1:], strict=False)):
            x = normalised([a + b for a, b in zip(self.token[token], self.position[position], strict=True)])
            normal = normalised(x)
            keys.append(linear(normal, self.key))
            values.append(linear(normal, self.value))
            read = self.attended(linear(normal, self.query), keys, values)
            x = [a + b for a, b in zip(linear(read, self.mix), x, strict=True)]
            hidden = [a.relu() for a in linear(normalised(x), self.up)]
            x = [a + b for a, b in zip(linear(hidden, self.down), x, strict=True)]
            scores = linear(x, self.out)
            losses.append(logsumexp(scores) - scores[following])
        mean: Value = autograd.sum(losses) / len(losses)
        return mean


class Perceptron:
    """16-24-24-1 on 15 points, each weight a product and a sum of its own: 30,000 nodes a step."""

    def __init__(self, points: int = 15) -> None:
        stream = random.Random(2)
        self.layers = [matrix(stream, rows, columns) for rows, columns in ((24, 16), (24, 24), (1, 24))]
        self.points = [([stream.uniform(-1, 1) for _ in range(16)], stream.uniform(-1, 1)) for _ in range(points)]

    def parameters(self) -> list[Value]:
        """All weights."""
        return [v for layer in self.layers for row in layer for v in row]

    def loss(self) -> Value:
        """The sum of squared errors."""
        total = Value(0.0)
        for point, target in self.points:
            x: list[Any] = point
            for layer in self.layers:
                sums = []
                for row in layer:
                    s = row[0] * x[0]
                    for weight, each in zip(row[1:], x[1:], strict=True):
                        s = s + weight * each
                    sums.append(s.tanh())
                x = sums
            total = total + (x[0] - target) ** 2
        return total


LOOPS = {"language model": LanguageModel, "perceptron": Perceptron}


def loops(steps: int = STEPS) -> list[tuple[str, int, Times, Times]]:
    """Training by hand: of each loop its nodes, and the medians of the first and of the last tenth of its steps."""
    found = []
    for name, kind in LOOPS.items():
        model: Any = kind()
        parameters, nodes = model.parameters(), len(members(model.loss()))

        def step(parameters: list[Value] = parameters) -> None:
            for p in parameters:
                p.data -= 0.001 * p.grad
                p.grad = 0.0

        rounds = [times(model.loss, step, nodes) for _ in range(steps + 1)][1:]
        tenth = max(1, steps // 10)
        found.append((name, nodes, middle(rounds[:tenth]), middle(rounds[-tenth:])))
    return found
