"""Classes in the plane: which one each point is given to, and the borders that hidden units draw."""

from __future__ import annotations

from autograd.functions import FUNCTIONS
from autograd.value import Value, number_of
from viz.language import in_language, say
from viz.plots.figure import MARKERS, axes_of, finish, ink, muted, palette, paper, whole
from viz.plots.given import corners, parameter_names, plain_numbers, refuse
from viz.plots.surfaces import on_grid
from viz.shapes import is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from viz.plots.figure import Axes
    from viz.plots.given import Point


@whole
@in_language
def plot_regions(
    f: Callable[..., Any],
    points: Iterable[Point],
    classes: Iterable[Any],
    *,
    threshold: float = 0.0,
    names: Sequence[str] | None = None,
    resolution: int = 120,
    borders: bool | Iterable[Sequence[float]] = False,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot which class a classifier gives to each point of the plane, with the points that it was trained on.

    `f` takes two numbers, or one sequence of two. It returns one score, above `threshold` for the second class (0.5 if it is a
    probability), or a score for each class, of which the largest counts. `classes` holds the class of each point; sorted, they
    are the classes in the order of the scores, and `names` are their names. Raises `ValueError` if the counts do not agree.

    With ``borders=True`` each hidden unit of a network of dense layers draws the line on which its sum is 0, with an arrow to
    the side where it is positive; the lines of later layers have bends. Or give lines as rows of w1, w2, b: w1 x + w2 y + b = 0.

    >>> ax = plot_regions(lambda x, y: x * y, [(1, 1), (-1, 1)], [1, 0])  # doctest: +SKIP
    """
    import numpy as np

    from viz import curves

    ax = axes_of(ax)
    lines = _first_borders(f) if borders is True else [plain_numbers(line) for line in borders or ()]
    at = np.array([plain_numbers(point) for point in points], dtype=float).reshape(-1, 2)
    given = [number_of(c) if type(c) is Value else c for c in classes]
    known = sorted(set(given))
    if len(at) != len(given) or not known or not np.isfinite(at).all():
        message = f"plot_regions: {len(at)} points and {len(given)} classes; give each point, two finite numbers, its class"
        raise ValueError(message)
    (left, bottom), (right, top) = corners(at.tolist(), None, None, margin=0.3)
    xs, ys = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    scores = on_grid(curves.of_points(f, [left, bottom]), xs, ys)
    count = max(2, scores.shape[2])
    refuse("plot_regions", "that of one score; of several the largest counts", threshold=scores.shape[2] > 1 and threshold != 0.0)
    if len(known) > count or (names is not None and len(names) != count):
        message = f"plot_regions: the function tells {count} classes apart, there are {len(known)}: {known}, names {names}"
        raise ValueError(message)
    colours = [palette(ax)[k % 6] for k in range(count)]
    _paint(ax, xs, ys, scores, threshold, colours)
    for k, c in enumerate(known):
        mine = at[[g == c for g in given]]
        ax.plot(mine[:, 0], mine[:, 1], MARKERS[k % 7], ms=8, color=colours[k], mec=paper(ax), mew=1.0,
                label=str(c) if names is None else names[k])  # fmt: skip
    ax.set(xlim=(left, right), ylim=(bottom, top))
    name = say("border of a hidden unit" if borders is True else "border")
    for k, line in enumerate(lines):
        _draw_border(ax, line, (left, right), (bottom, top), "_border" if k else name)
    if borders is True:
        _draw_bent_borders(ax, f, xs, ys)
    labels = parameter_names(f, ["x₁", "x₂"])
    finish(ax, xlabel=labels[0], ylabel=labels[1], legend=True, plane=True, below=4)
    return ax


def _paint(ax: Axes, xs: Any, ys: Any, scores: Any, threshold: float, colours: Sequence[str]) -> None:
    """The class of each point of the plane as a colour, and the boundary of two classes."""
    import numpy as np
    from matplotlib.colors import ListedColormap

    chosen = np.argmax(scores, axis=2) if scores.shape[2] > 1 else (scores[:, :, 0] > threshold).astype(int)
    regions = np.ma.masked_where(~np.isfinite(scores).all(axis=2), chosen)
    x, y = ((side[0] - (side[1] - side[0]) / 2, side[-1] + (side[1] - side[0]) / 2) for side in (xs, ys))
    ax.imshow(regions, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(colours) - 0.5, alpha=0.22, extent=(*x, *y),
              origin="lower", aspect="auto", interpolation="nearest", zorder=0.5)  # fmt: skip
    if scores.shape[2] == 1 and scores.min() < threshold < scores.max():
        ax.contour(xs, ys, scores[:, :, 0], [threshold], colors=[ink(ax)], linewidths=1.2)


def _hidden(f: Any) -> list[Any]:
    """The dense stages of a network before its last one. `TypeError` if it is none, or has others."""
    stages = [stage for stage in f.architecture() if stage.kind != "flatten"] if is_network(f) else []
    if not stages or any(stage.kind != "dense" for stage in stages) or stages[0].inputs != 2:
        message = f"plot_regions: borders=True is of a network of dense layers on two inputs, not {f!r:.60}; or give w1, w2, b"
        raise TypeError(message)
    return stages[:-1]


def _first_borders(f: Any) -> list[list[float]]:
    """Weights and bias of each unit of the first hidden layer."""
    return [[*w, b] for stage in _hidden(f)[:1] for w, b in zip(stage.weights, stage.biases, strict=True)]


def _draw_border(ax: Axes, line: Sequence[float], x: tuple[float, float], y: tuple[float, float], label: str) -> None:
    """The line on which w1 x + w2 y + b = 0, as far as it is shown, and an arrow to its positive side."""
    import numpy as np

    if len(line) != 3:
        message = f"plot_regions: a border is three numbers w1, w2, b, not {list(line)!r}"
        raise ValueError(message)
    w1, w2, b = line
    if w1 == w2 == 0:
        return  # a unit that looks at no input has no border
    crossed = [(-(w2 * v + b) / w1, v) for v in y if w1] + [(u, -(w1 * u + b) / w2) for u in x if w2]
    room = [1e-9 * (side[1] - side[0]) for side in (x, y)]
    inside = sorted({p for p in crossed if all(s[0] - e <= c <= s[1] + e for c, s, e in zip(p, (x, y), room, strict=True))})
    if len(inside) < 2:
        return
    start, stop = np.array(inside[0]), np.array(inside[-1])
    ax.plot(*zip(start, stop, strict=True), "--", color=ink(ax), lw=1.5, label=label, gid="border", zorder=2.6)
    normal = np.array([w1, w2]) / np.hypot(w1, w2)
    length = 0.07 * min(x[1] - x[0], y[1] - y[0])
    middle = start + 0.5 * (stop - start)
    ax.annotate("", middle + length * normal, middle, arrowprops={"arrowstyle": "-|>", "color": ink(ax), "lw": 1.5, "shrinkA": 0,
                "shrinkB": 0}, zorder=2.6)  # fmt: skip


def _draw_bent_borders(ax: Axes, f: Any, xs: Any, ys: Any) -> None:
    """Where the sum of a unit of a later hidden layer is 0."""
    import numpy as np

    from viz import curves

    stages = _hidden(f)
    z = np.stack(np.meshgrid(xs, ys), axis=-1)
    for depth, stage in enumerate(stages):
        sums = z @ np.array(stage.weights).T + np.array(stage.biases)
        for k in range(stage.outputs if depth else 0):
            if sums[..., k].min() < 0 < sums[..., k].max():
                ax.contour(xs, ys, sums[..., k], [0.0], colors=[muted(ax)], linestyles=[":"], linewidths=1.5, zorder=2.4)
                told = any(line.get_gid() == "bent" for line in ax.lines)
                label = "_border" if told else say("border in a later layer")
                ax.plot([], [], ":", color=muted(ax), lw=1.5, label=label, gid="bent")  # for the legend
        if depth + 1 < len(stages):
            activation = (lambda x: x) if stage.activation == "identity" else FUNCTIONS.get(stage.activation)
            if activation is None:
                message = f"plot_regions: borders=True knows the table's functions, not {stage.activation!r}; or give w1, w2, b"
                raise TypeError(message)
            (values,) = curves.derivatives(activation, 0, 0.5)
            z = values(sums.ravel()).reshape(sums.shape)
