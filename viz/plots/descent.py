"""Gradient descent: its path on a curve or between contours, and how far down each step is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from viz.language import in_language, say
from viz.plots.figure import MARKERS, axes_of, finish, in_font, muted, palette, whole
from viz.plots.given import corners, descended, ends, function_name, named, parameter_names, point_of, refuse, subscripted
from viz.plots.history import plot_losses
from viz.plots.surfaces import contour_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from viz.plots.figure import Axes
    from viz.plots.given import Point

RATE, STEPS, LEVELS = 0.1, 20, 14
APART = 0.035
"""Points closer than this part of an axis have no room for a name each."""


@whole
@in_language
def plot_descent(
    f: Callable[..., Any],
    start: Point | float | None = None,
    rate: float | Sequence[float] = RATE,
    steps: int = STEPS,
    *,
    path: Iterable[Point | float] | Mapping[str, Iterable[Point | float]] | None = None,
    low: Point | float | None = None,
    high: Point | float | None = None,
    levels: int = LEVELS,
    tangents: bool = False,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot contours of a function of two numbers, or of one sequence of two, and the path of gradient descent on it.

    The path begins at `start` and takes `steps` steps of `rate`; several rates give several paths. Or give the points of a
    `path`, such as an optimiser went, or of several paths by name. `low` and `high` are the corners of the plot; without them
    it holds all points. Of a function of one number the path is drawn on its curve, and all these are numbers; with `tangents`
    the curve's tangent at each point runs as far as the step goes, and the points are told apart on the axis.

    >>> ax = plot_descent(lambda x1, x2: x1**2 / 2 + 5 * x2**2, (5, 1), 0.18)  # doctest: +SKIP
    >>> ax = plot_descent(lambda s: s**2, 2.0, 0.2, tangents=True)  # doctest: +SKIP
    """
    if path is not None:
        refuse("plot_descent", "of a descent from start=; a path is drawn as it is", rate=rate != RATE, steps=steps != STEPS)
    ax = axes_of(ax)
    paths = _paths(f, start, rate, steps, path)
    if len(next(iter(paths.values()))[0]) == 1:
        refuse("plot_descent", "those of contours; a function of one number is drawn as a curve", levels=levels != LEVELS)
        _descend_on_curve(ax, f, paths, low, high, tangents=tangents)
    elif tangents:
        message = "plot_descent: tangents are those of a function of one number; of two, viz.plot_surface has gradients as arrows"
        raise ValueError(message)
    else:
        _descend_on_contours(ax, f, paths, low, high, levels)
    return ax


def _descend_on_curve(
    ax: Axes, f: Callable[..., Any], paths: dict[str, list[list[float]]], low: Any, high: Any, *, tangents: bool
) -> None:
    """Paths of a function of one number, on its curve."""
    from viz import curves

    left, right = ends([x for points in paths.values() for (x,) in points], low, high, 0.3)
    values, *slopes = curves.derivatives(f, int(tangents), left)
    curve = curves.traced(values, left, right, 401)
    ax.plot(curve.x, curve.y, color=muted(ax), lw=1.4, label="_f", zorder=1.5)
    import numpy as np

    heights = {name: values(np.array([x for (x,) in points])) for name, points in paths.items()}
    style = "none" if tangents else "-"  # chords beside tangents would be taken for them
    _draw_paths(ax, {name: (np.ravel(points), heights[name]) for name, points in paths.items()}, style)
    ax.set_xlim(left, right)
    name = function_name(f)
    (x,) = parameter_names(f, ["x"])
    for i, (path, points) in enumerate(paths.items() if tangents else ()):
        xs = np.ravel(points)
        _draw_tangents(ax, i, xs, heights[path], slopes[0](xs))
        _name_points(ax, i, xs, x)
    finish(ax, xlabel=x, ylabel=f"{name}({x})", legend=_any_named(paths))


def _descend_on_contours(
    ax: Axes, f: Callable[..., Any], paths: dict[str, list[list[float]]], low: Any, high: Any, levels: int
) -> None:
    """Paths of a function of two numbers, between lines of equal height."""
    from viz import curves

    names = parameter_names(f, ["x₁", "x₂"])
    (left, bottom), (right, top) = corners([point for points in paths.values() for point in points], low, high)
    contour_lines(ax, curves.of_points(f, [left, bottom]), (left, right), (bottom, top), levels)
    _draw_paths(ax, {name: tuple(zip(*points, strict=True)) for name, points in paths.items()})
    ax.set(xlim=(left, right), ylim=(bottom, top))
    finish(ax, xlabel=names[0], ylabel=names[1], plane=True, legend=_any_named(paths))


def _draw_tangents(ax: Axes, i: int, xs: Any, ys: Any, slopes: Any) -> None:
    """From each point along the tangent as far as the next step goes, and a little backwards; from there up to the curve."""
    colour = palette(ax)[(i + 1) % 6]
    reach = 0.08 * (ax.get_xlim()[1] - ax.get_xlim()[0])
    for (a, b), (fa, fb), slope in zip(pairwise(xs), pairwise(ys), slopes[:-1], strict=True):
        back = a - math.copysign(min(abs(b - a) / 2, reach), b - a)
        ax.plot([back, b], [fa + slope * (back - a), fa + slope * (b - a)], color=colour, lw=1.3, label="_tangent", zorder=2)
        ax.plot([b, b], [fa + slope * (b - a), fb], ":", color=muted(ax), lw=1.0, label="_landing", zorder=1.8)


def _name_points(ax: Axes, i: int, xs: Any, name: str) -> None:
    """A tick for each point at the lower edge, with its name where there is room."""
    edge, colour = ax.get_xaxis_transform(), palette(ax)[i % 6]
    if i == 0:
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom - 0.07 * (top - bottom), top)  # a strip for the names
    ax.plot(xs, [0.0] * len(xs), "|", ms=11, mew=1.3, color=colour, transform=edge, clip_on=False, label="_ticks", zorder=3)
    room = APART * (ax.get_xlim()[1] - ax.get_xlim()[0])
    named_at: list[float] = []
    for t, x in enumerate(xs):
        if i == 0 and all(abs(x - other) >= room for other in named_at):
            named_at.append(x)
            in_font(ax.text(x, 0.025, subscripted(f"{name}{t}"), color=colour, ha="center", va="bottom", transform=edge))


def _any_named(paths: Iterable[str]) -> bool:
    return any(not name.startswith("_") for name in paths)


def _draw_paths(ax: Axes, paths: Mapping[str, Sequence[Any]], style: str = "-") -> None:
    """Each from a ring on, in a colour of its own."""
    for i, (name, (xs, ys)) in enumerate(paths.items()):
        colour = palette(ax)[i % 6]
        ax.plot(xs, ys, ls=style, marker=MARKERS[i % 7], ms=4, lw=1.4, color=colour, label=name, zorder=3)
        ax.plot(xs[:1], ys[:1], marker="o", ms=9, mfc="none", mew=1.4, color=colour, label="_start", zorder=3)


@whole
@in_language
def plot_rates(
    f: Callable[..., Any],
    start: Point | float,
    rates: Sequence[float],
    steps: int = 20,
    *,
    log: bool | None = None,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot what a function is at each step of gradient descent, a curve for each learning rate.

    f takes one number, two numbers, or one sequence of as many as `start` has. The scale is as of `plot_losses`. `ValueError`
    without rates, or where f is finite at no point.

    >>> ax = plot_rates(lambda x1, x2: x1**2 / 2 + 5 * x2**2, (5, 1), (0.05, 0.1, 0.18, 0.2, 0.21))  # doctest: +SKIP
    """
    from viz import curves

    begin = point_of(start)
    if not begin:
        message = f"plot_rates: give a start of one number or more, not {start!r}"
        raise ValueError(message)
    tried = descended("plot_rates", rates, steps)
    fallen = {say("rate {}", f"{rate:g}"): curves.along(f, curves.descent(f, begin, rate, steps)) for rate in tried}
    return plot_losses(fallen, log=log, ax=ax, ylabel=_height(f, begin))


def _height(f: Callable[..., Any], start: list[float]) -> str:
    """What stands on the axis of a function's numbers."""
    names = parameter_names(f, [f"x{k}" for k in range(len(start))]) if len(start) <= 2 else []
    return f"{function_name(f)}({', '.join(map(subscripted, names)) or '…'})"


def _paths(
    f: Callable[..., Any], start: Point | float | None, rate: float | Sequence[float], steps: int, path: Any
) -> dict[str, list[list[float]]]:
    """The points of each path by its name; one that needs no name has a name that begins with an underscore."""
    if (start is None) == (path is None):
        message = "plot_descent: give the start of a descent, or the points of a path"
        raise TypeError(message)
    if path is not None:
        paths = {name or "_path": [point_of(point) for point in points] for name, points in named(path).items()}
        sizes = {len(point) for points in paths.values() for point in points}
        if sizes not in ({1}, {2}) or not all(paths.values()):
            message = "plot_descent: a path is a sequence of points, each of two numbers, or all of one"
            raise ValueError(message)
        return paths
    from viz.curves import descent

    begin = [] if start is None else point_of(start)
    if len(begin) not in (1, 2):
        message = f"plot_descent: the start is a point of two numbers, or a number, not {start!r}"
        raise ValueError(message)
    rates = descended("plot_descent", rate, steps)
    if hasattr(rate, "__len__"):
        return {say("rate {}", f"{each:g}"): descent(f, begin, each, steps) for each in rates}
    return {"_path": descent(f, begin, rates[0], steps)}
