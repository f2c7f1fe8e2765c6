"""Plots of the operations of the table: value and partials over one operand, as SVG in the page's own colours."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from autograd import Value, ops
from autograd.value import apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.operation import Operation

POINTS = 240
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 320, 200, 34, 10, 40
OTHERS = {"pow": (2.0,), "mul": (2.0,), "div": (2.0,), "copysign": (-1.0,), "clip": (-1.0, 1.0), "leaky_relu": (0.25,)}
"""The other operands, which are held: 1 where nothing else is said."""
OVER = {
    "exp": (-3, 2), "exp2": (-4, 3), "expm1": (-3, 2), "gamma": (-3.5, 4.5), "lgamma": (-3.5, 6), "digamma": (-3.5, 4),
    "log": (0, 5), "log2": (0, 5), "log10": (0, 5), "log1p": (-1, 4), "sqrt": (0, 4), "tan": (-4.5, 4.5), "sin": (-6.5, 6.5),
    "cos": (-6.5, 6.5), "acosh": (1, 5), "asin": (-1, 1), "acos": (-1, 1), "atanh": (-1, 1), "pow": (-2, 2), "div": (-4, 4),
    "sinh": (-2.5, 2.5), "cosh": (-2.5, 2.5),
}  # fmt: skip
"""Between which numbers an operation is drawn: -4 and 4 where nothing else is said."""
TALL = {"tan": (-6.0, 6.0), "gamma": (-8.0, 8.0), "lgamma": (-6.0, 6.0), "digamma": (-8.0, 8.0)}
"""Between which results: of those with poles."""
CLASSES = ("value", "partial", "second")
UNDRAWN = ("where", "detach", "polygamma")
"""Operations without a plot: `where` chooses by a condition, `detach` has no derivative, `polygamma` has a whole number first."""


class Curve(NamedTuple):
    """A name and its numbers at the points; None where there is none."""

    name: str
    numbers: list[float | None]


def plots() -> dict[str, str]:
    """The figure of each operation that has one, by its name."""
    named = [entry for entry in ops.BY_CODE[1 : ops.BUILTIN] if entry is not None and entry.name not in ops.INTERNAL]
    return {entry.name: figure(entry) for entry in named if not entry.many and entry.name not in UNDRAWN}


def figure(entry: Operation) -> str:
    """Value and partials of one operation, as a figure in HTML."""
    low, high = OVER.get(entry.name, (-4, 4))
    xs = [low + (high - low) * i / POINTS for i in range(POINTS + 1)]
    others = OTHERS.get(entry.name, (1.0,) * (len(entry.operands) - 1))
    rows = [at(entry, [x, *others]) for x in xs]
    names = ["y", *(f"∂y/∂{name}" for name in entry.operands)]
    found = [Curve(name, [row[i] if i < len(row) else None for row in rows]) for i, name in enumerate(names[:3])]
    curves = [curve for curve in found if any(y is not None for y in curve.numbers)]
    held = ", ".join(f"{name} = {other:g}" for name, other in zip(entry.operands[1:], others, strict=False))
    return f'<figure class="plots">{svg(entry, xs, curves, held)}</figure>'


def at(entry: Operation, operands: Sequence[float]) -> list[float | None]:
    """Value and partials at a point; nothing outside of the domain."""
    try:
        y = apply(entry, tuple(Value(x) for x in operands))
    except (ValueError, ArithmeticError):
        return []
    return [number if math.isfinite(number) else None for number in (y.data, *y.partials)]


def svg(entry: Operation, xs: Sequence[float], curves: Sequence[Curve], held: str) -> str:
    """The picture itself."""
    low, high = TALL.get(entry.name) or limits([[y for y in curve.numbers if y is not None] for curve in curves])
    right, bottom = WIDTH - 8, HEIGHT - BOTTOM
    wide, tall = right - LEFT, bottom - TOP

    def across(x: float) -> float:
        return (x - xs[0]) / (xs[-1] - xs[0]) * wide

    def down(y: float) -> float:
        return (high - y) / (high - low) * tall

    title = f"{entry.name}: {', '.join(curve.name for curve in curves)}" + (f", {held}" if held else "")
    parts = [f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>']
    parts.append(f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{wide}" height="{tall}"/>')
    parts.append(f'<svg x="{LEFT}" y="{TOP}" width="{wide}" height="{tall}">')  # what is outside of it is cut off
    if low < 0 < high:
        parts.append(f'<path class="axis" d="M0 {down(0):.1f}H{wide}"/>')
    if xs[0] < 0 < xs[-1]:
        parts.append(f'<path class="axis" d="M{across(0):.1f} 0V{tall}"/>')
    for kind, curve in reversed(list(zip(CLASSES, curves, strict=False))):
        line = path([(across(x), None if y is None else down(y)) for x, y in zip(xs, curve.numbers, strict=True)], tall)
        parts.append(f'<path class="{kind}" d="{line}"/>')
    parts.append("</svg>")
    parts += [f'<text x="{LEFT - 4}" y="{TOP + down(y) + 4:.1f}" text-anchor="end">{told(y)}</text>' for y in marks(low, high)]
    for x in marks(xs[0], xs[-1]):
        parts += [f'<text x="{LEFT + across(x):.1f}" y="{bottom + 13}" text-anchor="middle">{told(x)}</text>']
    place = float(LEFT)
    for kind, curve in zip(CLASSES, curves, strict=False):
        parts.append(f'<path class="{kind}" d="M{place:.0f} {HEIGHT - 12}h18"/>')
        parts.append(f'<text class="{kind}" x="{place + 22:.0f}" y="{HEIGHT - 8}">{curve.name}</text>')
        place += 34 + 7.5 * len(curve.name)
    parts.append(f'<text x="{right - 5}" y="{bottom - 6}" text-anchor="end">{held}</text></svg>')
    return "".join(parts)


def limits(curves: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Between which values is drawn: all, unless some of a curve, as at a pole, are far from its others."""
    ends = []
    for numbers in curves:
        ordered = sorted(numbers)
        middle = ordered[len(ordered) // 10 : len(ordered) - len(ordered) // 10]
        spread = max(middle[-1] - middle[0], 0.5)
        ends += [max(ordered[0], middle[0] - 0.7 * spread), min(ordered[-1], middle[-1] + 0.7 * spread)]
    low, high = min(ends), max(ends)
    room = 0.06 * max(high - low, 1.0)
    return low - room, high + room


def marks(low: float, high: float) -> list[float]:
    """Round numbers between two others, a handful."""
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def told(x: float) -> str:
    """A number at an axis."""
    return re.sub("^-", "−", f"{x:g}")


def path(points: Sequence[tuple[float, float | None]], tall: float) -> str:
    """The line through points, in pixels: broken where there is no number, far outside of the picture, and where it jumps."""
    steps: list[str] = []
    inside = [(x, y) if y is not None and -3 * tall < y < 4 * tall else None for x, y in points]
    for i, point in enumerate(inside):
        if point is None:
            continue
        before = inside[i - 1] if i else None
        letter = "M" if before is None or jumps(inside, i, tall) else "L"
        steps.append(f"{letter}{point[0]:.1f} {point[1]:.1f}")
    return "".join(steps)


def jumps(points: Sequence[tuple[float, float] | None], i: int, tall: float) -> bool:
    """Whether the curve leaps to a point from the one before it, and goes on calmly; or over the whole picture."""

    def leap(k: int) -> float:
        before, after = (points[j] if 0 <= j < len(points) else None for j in (k - 1, k))
        return math.inf if before is None or after is None else abs(after[1] - before[1])

    if leap(i) > tall:
        return True
    return leap(i) > 0.04 * tall and max(leap(i - 1), leap(i + 1)) < leap(i) / 4


def with_plots(text: str, figures: dict[str, str]) -> str:
    """The guide of the operations with each figure under its heading's first paragraph."""

    def insert(match: re.Match[str]) -> str:
        figure = figures.get(match[1])
        return f"{match[0]}\n{figure}\n\n" if figure else match[0]

    return re.sub(r"^### (\w+)\n\n.+\n", insert, text, flags=re.MULTILINE)
