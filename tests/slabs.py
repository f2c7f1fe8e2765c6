"""Hoards of graphs, let go in every order, copied, labelled, refused memory: each stays what it was, and none lies in another.

`slabs.py SEED STEPS [LIBRARY]`, LIBRARY being failing.c compiled and preloaded. Run by test_slabs.py, and under the address
sanitizer, which knows the places that are free, by .ci/sanitize. Prints how many Values were held at most.
"""

from __future__ import annotations

import copy
import ctypes
import math
import pickle
import random
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import autograd
from autograd import Value, dot, gradients, no_grad
from autograd.value import members

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 400_000
"""So many nodes are held."""
REFUSED = MemoryError, pickle.PicklingError
"""The latter is what pickle makes of the former. Made here, for where memory is refused there may be none for a tuple."""


@dataclass
class Graph:
    """Results, what their nodes hold (oldest first), and labels that some of them have."""

    roots: list[Value]
    numbers: list[float]
    labels: list[tuple[Value, str]] = field(default_factory=list)
    gradient: tuple[Value, float] | None = None  # of the one root by a leaf

    def check(self) -> None:
        """That nothing has changed."""
        found = [v.data for v in members(*self.roots)]
        assert found == self.numbers, "a number has changed"
        assert all(v.label == text for v, text in self.labels), "a label has changed"
        if self.gradient is not None:
            leaf, expected = self.gradient
            assert gradients(self.roots[0], [leaf]) == [expected], "a gradient has changed"


class Hoard:
    """Graphs that are held, from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.held: list[Graph] = []
        self.most = 0

    # What is made.

    def chain(self, n: int = 0) -> Graph:
        """A long one: v * a + b again and again."""
        n = n or self.draw.choice([1, 10, 100, 1000, 1000, 10_000, 60_000])
        a, b, x = (self.draw.uniform(-1, 1) for _ in range(3))
        v = leaf = Value(x)
        numbers, slope = [x], 1.0
        for _ in range(n):
            product = v * a
            v = product + b
            numbers += [product.data, v.data]
        for _ in range(n):
            slope *= a
        for before, product, after in zip(numbers[::2], numbers[1::2], numbers[2::2], strict=False):
            assert product == before * a
            assert after == product + b
        return Graph([v], numbers, gradient=(leaf, slope))

    def wide(self) -> Graph:
        """A node of many operands."""
        n = self.draw.choice([1, 2, 3, 4, 5, 8, 9, 16, 17, 100, 256, 257, 300, self.draw.randrange(1, 1200)])
        numbers = [self.draw.uniform(-1, 1) for _ in range(n)]
        xs = [Value(x) for x in numbers]
        if self.draw.random() < 0.5:
            y, slope = autograd.sum(xs), 1.0
            expected = math.fsum(numbers)
        else:
            y, slope = dot(xs, numbers), numbers[0]
            expected = math.fsum(x * x for x in numbers)
        assert math.isclose(y.data, expected, rel_tol=1e-9, abs_tol=1e-9)
        assert all(a is b for a, b in zip(y.operands, xs, strict=False))
        return Graph([y], [*numbers, y.data], gradient=(xs[0], slope))

    def many(self) -> Graph:
        """Small graphs of their own, which die one by one."""
        xs = [self.draw.uniform(-1, 1) for _ in range(self.draw.choice([5, 70, 700, 7000]))]
        ys = [Value(x) * 2.0 for x in xs]
        return Graph(ys, [each for x in xs for each in (x, 2 * x)])

    # What is done.

    def build(self) -> None:
        """Make one or several, of whatever kind."""
        for _ in range(self.draw.choice([1, 1, 3, 10])):
            self.held.append(self.draw.choice([self.chain, self.wide, self.wide, self.many])())

    def build_much(self) -> None:
        """More than is kept for the next graph."""
        if self.draw.random() < 0.1:
            self.held.append(self.chain(150_000))

    def free(self) -> None:
        """Let some go: the newest, the oldest, every other one, or some in any order."""
        held, how = self.held, self.draw.randrange(5)
        if how == 0:
            del held[len(held) // 2 :]
        elif how == 1:
            del held[: len(held) // 2]
        elif how == 2:
            del held[::2]
        elif how == 3:
            self.draw.shuffle(held)
            while len(held) > 3:
                held.pop()
        else:
            held.clear()

    def thin(self) -> None:
        """Few of many die, or many and few are left; what is made next lies in the gaps."""
        self.held.append(self.many())
        part = self.draw.choice([0.01, 0.5, 0.99])
        for graph in self.held:
            if len(graph.roots) > 1:
                stay = [i for i in range(len(graph.roots)) if self.draw.random() > part]
                graph.numbers = [each for i in stay for each in graph.numbers[2 * i : 2 * i + 2]]
                roots = [graph.roots[i] for i in stay]
                graph.labels = []
                self.draw.shuffle(graph.roots)
                while graph.roots:
                    graph.roots.pop()
                graph.roots = roots
        self.held.append(self.chain(30_000))
        self.check()

    def unrecorded(self) -> None:
        """Results that die as soon as they are made."""
        v = Value(0.5)
        with no_grad():
            for _ in range(self.draw.choice([1, 100, 10_000])):
                v = v * 0.5
        assert not v.operands

    def label(self) -> None:
        """Name nodes, and take names away."""
        if self.held:
            graph = self.draw.choice(self.held)
            nodes = members(*graph.roots)
            for v, _ in graph.labels:
                v.label = ""
            graph.labels = [(v, f"l{i}") for i, v in enumerate(self.draw.sample(nodes, min(len(nodes), 50)))]
            for v, text in graph.labels:
                v.label = text

    def copy(self) -> None:
        """A deep copy, or one by way of a pickle; the original may go."""
        if self.held:
            graph = self.draw.choice(self.held)
            if len(graph.numbers) < 3000:
                how = self.draw.choice([copy.deepcopy, lambda xs: pickle.loads(pickle.dumps(xs))])
                if self.draw.random() < 0.5:
                    self.held.remove(graph)
                self.held.append(Graph([how(y) for y in graph.roots], graph.numbers))

    def check(self) -> None:
        """All graphs, and that no node lies in another."""
        for graph in self.held:
            graph.check()
        places = sorted(id(v) for v in members(*[y for graph in self.held for y in graph.roots]))
        size = sys.getsizeof(Value(1.0))
        assert all(b - a >= size for a, b in pairwise(places)), "a node lies in another"

    ACTS = (build, build, build, build_much, free, thin, unrecorded, label, copy, check)

    def step(self, failing: Failing | None) -> None:
        """One act; perhaps memory is refused in it."""
        act = self.draw.choice(self.ACTS)
        if failing is not None and act not in {Hoard.thin, Hoard.check, Hoard.label} and self.draw.random() < 0.4:
            smallest = self.draw.choice([0, 1024, 1 << 20])
            first = self.draw.randrange({0: 3000, 1024: 20, 1 << 20: 3}[smallest])
            failing.during(lambda: act(self), first, self.draw.choice([1, 100]), smallest)
        else:
            act(self)
        held = sum(len(graph.numbers) for graph in self.held)
        self.most = max(self.most, held)
        if held > MOST:
            self.free()


class Failing:
    """Refuses memory, by the preloaded library."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        self.library.start_failing.argtypes = ctypes.c_long, ctypes.c_long, ctypes.c_size_t
        self.library.start_failing.restype = None
        self.library.stop_failing.restype = ctypes.c_long
        self.refused = 0

    def during(self, act: Callable[[], Any], first: int, count: int, smallest: int) -> None:
        """Do it while the allocations from `first` on fail."""
        try:
            self.library.start_failing(first, count, smallest)
            act()
        except REFUSED:
            pass
        finally:
            while True:
                try:
                    self.refused += self.library.stop_failing()
                    break
                except MemoryError:
                    continue


def hoard(seed: int, steps: int, library: str | None) -> str:
    """So many steps; how many nodes were held at most, and how many allocations refused."""
    graphs, failing = Hoard(seed), Failing(library) if library else None
    for _ in range(steps):
        graphs.step(failing)
    graphs.check()
    return f"{graphs.most} nodes at most, {failing.refused if failing else 0} allocations refused"


if __name__ == "__main__":
    print(hoard(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None))
