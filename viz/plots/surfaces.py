"""Functions of two numbers: lines of equal height, gradients as arrows, and the same in space."""

from __future__ import annotations

from viz.plots.figure import finish, ink, is_dark, muted, palette, paper, pyplot, whole, write_on
from viz.plots.given import parameter_names, point_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from viz.plots.figure import Axes
    from viz.plots.given import Point


@whole
def plot_surface(
    f: Callable[..., Any],
    low: Point = (-2.0, -2.0),
    high: Point = (2.0, 2.0),
    *,
    arrows: int = 9,
    levels: int = 14,
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot a function of two numbers, or of one sequence of two: contours with its gradients as arrows, and in space.

    `low` and `high` are corners. So many `arrows` a side point uphill, at right angles to the contours, as long as the gradient
    is steep, around the point that each is of: none reaches into another, or over the edge. They come from the engine. Returns
    the axes of both; `ax` is such a pair, the second one in space (``projection="3d"``). `ValueError` for empty sides, or where f
    is finite nowhere.

    >>> axes = plot_surface(lambda x1, x2: x1**2 + x2**2)  # doctest: +SKIP
    """
    ends = [*zip(point_of(low), point_of(high), strict=False)]
    if len(ends) != 2 or not all(a < b for a, b in ends):
        message = f"plot_surface: the corners are {low!r} and {high!r}; give two points, the lower left one first"
        raise ValueError(message)
    (left, right), (bottom, top) = ends
    plane, space = _plane_and_space(ax)
    from viz import curves

    heights = curves.of_points(f, [left, bottom])
    contour_lines(plane, heights, (left, right), (bottom, top), levels)
    _draw_arrows(plane, curves.slopes_of_points(f, [left, bottom]), (left, right), (bottom, top), arrows)
    plane.set(xlim=(left, right), ylim=(bottom, top))
    if 0.2 < (top - bottom) / (right - left) < 5:
        plane.set_aspect("equal")  # so that right angles are right ones
    draw_in_space(space, heights, (left, right), (bottom, top), levels)
    names = parameter_names(f, ["x₁", "x₂"])
    for each in (plane, space):
        finish(each, xlabel=names[0], ylabel=names[1], plane=True, legend=False)
    return [plane, space]


def _plane_and_space(ax: Sequence[Axes] | None) -> tuple[Axes, Axes]:
    if ax is None:
        figure = pyplot().figure(figsize=(9.0, 4.2), layout="constrained")
        return figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")
    write_on()
    if len(ax) != 2 or not in_space(ax[1]) or in_space(ax[0]):
        message = 'plot_surface draws into two axes: ax= a plane one and one made with projection="3d"'
        raise ValueError(message)
    return ax[0], ax[1]


def in_space(ax: Axes) -> bool:
    """Whether axes have three directions."""
    return bool(ax.name == "3d")


def _draw_arrows(
    ax: Axes, slopes: Callable[[Any], Any], x: tuple[float, float], y: tuple[float, float], count: int
) -> None:
    """The gradient around evenly spaced points, the longest as long as they are apart."""
    import numpy as np

    if count < 1:
        return
    xs, ys = (np.linspace(a, b, 2 * count + 1)[1::2] for a, b in (x, y))
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    found = slopes(points)
    steep = np.hypot(*found.T)
    shown = np.isfinite(steep) & (steep > 0)
    if shown.any():
        apart = min((x[1] - x[0]) / count, (y[1] - y[0]) / count)
        scale = steep[shown].max() / (0.95 * apart)
        ax.quiver(*points[shown].T, *found[shown].T, angles="xy", scale_units="xy", scale=scale, width=0.005,
                  pivot="mid", color=palette(ax)[1], zorder=3, label="_gradient")  # fmt: skip


def draw_in_space(
    ax: Axes, f: Callable[[Any], Any], x: tuple[float, float], y: tuple[float, float], levels: int, resolution: int = 61
) -> None:
    """A surface, with its contours on the ground."""
    import numpy as np

    xs, ys = (np.linspace(*side, resolution) for side in (x, y))
    heights = _finite_heights(on_grid(f, xs, ys))
    low, high = float(heights.min()), float(heights.max())
    grid = np.meshgrid(xs, ys)
    ax.plot_surface(*grid, heights, cmap=_shades(ax), rcount=resolution, ccount=resolution, lw=0, antialiased=True, alpha=0.9)
    if high > low:
        ground = low - 0.25 * (high - low)
        ax.contour(*grid, heights, _even_levels(low, high, levels), zdir="z", offset=ground, colors=[muted(ax)],
                   linestyles="solid", linewidths=0.7)  # fmt: skip
        ax.set_zlim(ground, high)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(paper(ax), 0.0)
        axis.label.set_color(ink(ax))
    ax.tick_params(labelsize="small")
    ax.locator_params(nbins=5)


def on_grid(f: Callable[[Any], Any], xs: Any, ys: Any) -> Any:
    """A function of points on a grid: (len(ys), len(xs), outputs)."""
    import numpy as np

    x, y = np.meshgrid(xs, ys)
    return f(np.column_stack([x.ravel(), y.ravel()])).reshape(len(ys), len(xs), -1)


def _finite_heights(found: Any) -> Any:
    """The only output on a grid, masked where it is not finite. `ValueError` if that is everywhere."""
    import numpy as np

    heights = np.ma.masked_invalid(found[:, :, 0])
    if not heights.count():
        message = "the function is defined nowhere on this plane"
        raise ValueError(message)
    return heights


def _even_levels(low: float, high: float, levels: int) -> Any:
    """Heights the closer the lower: the lines of a bowl stand at even distances."""
    import numpy as np

    return low + (high - low) * np.linspace(0, 1, levels + 2)[1:-1] ** 2


def contour_lines(
    ax: Axes,
    f: Callable[[Any], Any],
    x: tuple[float, float],
    y: tuple[float, float],
    levels: int,
    resolution: int = 121,
    *,
    filled: bool = False,
) -> None:
    """Lines of equal height, the closer the lower: in a bowl they stand at even distances. `filled`: the higher the darker."""
    import numpy as np

    xs, ys = np.linspace(*x, resolution), np.linspace(*y, resolution)
    found = on_grid(f, xs, ys)
    heights = np.ma.masked_invalid(found[:, :, 0])
    if heights.count() and np.ptp(heights.compressed()) > 0:
        at = _even_levels(heights.min(), heights.max(), levels)
        if filled:
            between = [heights.min(), *at, heights.max()]
            ax.contourf(xs, ys, heights, between, cmap=_shades(ax), alpha=0.8, zorder=0.5)
        ax.contour(xs, ys, heights, at, colors=[muted(ax)], linestyles="solid", linewidths=0.8, alpha=0.75, zorder=1)


def _shades(ax: Axes) -> Any:
    """From the ground's own colour up to blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("heights", [paper(ax), "#1f6feb" if is_dark(ax) else "#79b8ff"])
