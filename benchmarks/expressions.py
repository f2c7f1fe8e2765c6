"""What is computed: three expressions that run on the numbers of every engine, plain Python floats among them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

Function = Callable[[Any], Any]
Segment = tuple[int, tuple[tuple[int, int, int, int], ...]]
"""The input that a segment starts from, and for each of its ten blocks the four inputs that it uses."""

INPUTS = 16
BLOCKS = 10
OPERATIONS_IN_A_BLOCK = 10
TIGHT_POINT = (0.5, 0.999, 0.001)
README_POINT = (-4.0, 2.0)


def plan(segments: int, seed: int = 2024) -> list[Segment]:
    """The indices of the mixed expression, from a fixed random stream: no two segments are alike."""
    stream = random.Random(seed)
    return [(stream.randrange(INPUTS), tuple(_four(stream) for _ in range(BLOCKS))) for _ in range(segments)]


def _four(stream: random.Random) -> tuple[int, int, int, int]:
    i, j, k, m = (stream.randrange(INPUTS) for _ in range(4))
    return i, j, k, m


def mixed_point(seed: int = 2024) -> list[float]:
    """Inputs between 0.5 and 1.5: each block ends in tanh**2 + tanh, so that nothing in the expression exceeds exp(3)."""
    stream = random.Random(seed)
    return [stream.uniform(0.5, 1.5) for _ in range(INPUTS)]


def mixed_operations(segments: int) -> int:
    """How many operations the mixed expression has: blocks of ten, and one sum fewer than segments."""
    return segments * BLOCKS * OPERATIONS_IN_A_BLOCK + segments - 1


def mixed(xs: Sequence[Any], segments: Iterable[Segment], tanh: Function, exp: Function) -> Any:
    """Products, sums, a power and two functions: ten blocks of ten operations a segment, segments summed in pairs."""
    sums = []
    for start, blocks in segments:
        v = acc = xs[start]
        for i, j, k, m in blocks:
            a = v * xs[i]
            b = a + xs[j]
            c = b * xs[k]
            d = c + v
            e = tanh(d)
            g = e**2
            h = g + e
            v = h * xs[m]
            p = exp(v)
            acc = acc + p
        sums.append(acc)
    while len(sums) > 1:
        odd = sums[len(sums) & ~1 :]
        sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=False)] + odd
    return sums[0]


def tight(operations: int, v: Any, a: Any, b: Any) -> Any:
    """A loop that does nothing but multiply and add: a chain."""
    for _ in repeat(None, operations // 2):
        v = v * a + b
    return v


def readme(a: Any, b: Any) -> Any:
    """The example of micrograd's README: 24.7041 at (-4, 2), with gradients 138.8338 and 645.5773."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g
