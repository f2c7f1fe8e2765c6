"""The operations in JavaScript, run in a headless Chromium, against the engine at the points where digits are lost."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING, Any

import oracle
import pytest

import autograd
from autograd.javascript import key, maths, printed
from autograd.ops import BUILTIN, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autograd.operation import Operation

    Point = tuple[float, ...]

CLOSE = 1e-12
"""So far may a number be away, times the condition number where that is above 1."""
STRANGE = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, -2.5, -3.0, 0.5, 400.0)
MANY = (1, 2, 5, 20)
"""Numbers of operands: of more than 16 factors partials are shared."""


def evaluated(browser: Any, source: str, points: Mapping[str, Sequence[Point]]) -> dict[str, list[list[float]]]:
    """Value and partials of each operation at its points; all numbers go to and fro as one text."""
    given = "".join(f"{name}: {list(map(list, xs))},\n" for name, xs in points.items())
    script = f"""() => {{
        const inf = Infinity, nan = NaN, points = {{{given}}};
        {source}
        return Object.keys(points).map((name) => points[name].map((x) => {{
            const {{ value, partials }} = OPERATIONS[name], y = value(...x);
            return [y, ...partials(...x, y)].join(" ");
        }}).join(",")).join(";");
    }}"""
    page = browser.new_page()
    text = page.evaluate(script)
    page.close()
    number = lambda word: float(word.replace("Infinity", "inf"))
    rows = [[list(map(number, each.split())) for each in part.split(",")] for part in text.split(";")]
    return dict(zip(points, rows, strict=True))


FIXED = [entry for entry in TABLE.values() if not entry.many and entry.code < BUILTIN]


def points_of(entry: Operation, count: int) -> list[Point]:
    """Hard ones, what is no number, and of many operands such as leave the range on the way."""
    stream = random.Random(count)
    if not entry.many:
        return [*oracle.points(entry), *(itertools.product(STRANGE, repeat=count) if count < 3 else ())]
    ordinary = [tuple(stream.uniform(-3, 3) for _ in range(count)) for _ in range(9)]
    wild = [tuple(10 ** stream.uniform(-99, 99) for _ in range(count)) for _ in range(9)]
    return [*ordinary, *wild, (math.inf,) * count, (-math.inf, *[1.0] * (count - 1))]


def wanted(entry: Operation, x: Point) -> list[float]:
    """The value in IEEE arithmetic and the partials."""
    if entry.many:
        y = entry.ieee(x)  # type: ignore[arg-type]
        return [y, *entry.local_many(x, y)]
    y = entry.ieee(*x)
    return [y, *entry.locals[(1 << len(x)) - 1](*x, y)]


def misses(entry: Operation, x: Point, found: Sequence[float]) -> Iterator[str]:
    """What is further away than it may be."""
    for i, (a, b) in enumerate(zip(wanted(entry, x), found, strict=True)):
        if a == b or (a != a and b != b) or (i and not entry.many and entry.partials[i - 1] is None):
            continue
        error = abs(a - b) / max(abs(a), oracle.SMALLEST) if math.isfinite(a) and math.isfinite(b) else math.inf
        if CLOSE < error < math.inf:
            orders = [int(k == i - 1) for k in range(len(x))]
            error /= max(1.0, oracle.condition(entry.name, orders, x, oracle.derivative(entry.name, orders, x)))
        if error > CLOSE:
            yield f"{entry.name}{x}: {'value' if i == 0 else f'd{i - 1}'} is {b!r}, not {a!r}"


def meant(entry: Operation, x: Point) -> bool:
    """Whether the engine's answer is one: not of an infinite order, nor nan where gamma is beyond the largest double."""
    return (entry.name, x) != ("gamma", (-5e-324,)) and not (entry.name == "polygamma" and x[0] == math.inf)


@pytest.mark.browser
def test_every_operation_equals_the_engine(browser: Any):
    entries = [(entry, entry.arity) for entry in FIXED] + [(TABLE[name], n) for name in oracle.MANY for n in MANY]
    points = {key(entry, n): points_of(entry, n) for entry, n in entries}
    found = evaluated(browser, printed(entries), points)
    missed = [
        miss
        for entry, n in entries
        for x, numbers in zip(points[key(entry, n)], found[key(entry, n)], strict=True)
        if meant(entry, x)
        for miss in misses(entry, x, numbers)
    ]
    assert not missed, "\n".join(missed[:20])
    assert sum(map(len, found.values())) > 15_000


def test_only_what_is_called_is_there():
    text = printed([(TABLE["mul"], 2), (TABLE["sin"], 1)])
    assert "function" not in text
    assert text.count("=>") == 4
    assert "function erfc" in printed([(TABLE["gelu"], 1)])
    assert "gamma" not in printed([(TABLE["gelu"], 1)])


def test_each_function_of_the_library_is_called():
    everything = printed([(entry, entry.arity or 20) for entry in TABLE.values()])
    for name in maths():
        assert everything.count(f"{name}(") >= 2, name


@pytest.mark.browser
def test_an_operation_of_ones_own_is_printed_or_refused(browser: Any):
    bent = lambda x, new: x * x + autograd.tanh(new)
    autograd.op("class_", bent, lambda x, new, y: 2 * x, lambda x, new, y: 1 - (y - x * x) ** 2)
    autograd.op("opaque", math.sin, lambda x, y: autograd.cos(x))
    autograd.op("rough", lambda x: x * x, lambda x, y: float(2 * x))
    try:
        (found,) = evaluated(browser, printed([(TABLE["class_"], 2)]), {"class_": [(1.5, 0.25)]})["class_"]
        assert found == pytest.approx([2.25 + math.tanh(0.25), 3.0, 1 - math.tanh(0.25) ** 2], rel=1e-14)
        with pytest.raises(TypeError, match="opaque: its value is no formula, and cannot be printed: write it with autograd's"):
            printed([(TABLE["opaque"], 1)])
        with pytest.raises(TypeError, match="rough: its partial by x is no formula"):
            printed([(TABLE["rough"], 1)])
    finally:
        for name in ("class_", "opaque", "rough"):
            autograd.registry.remove(name)
