"""Plots with matplotlib: each draws into `ax`, or into a new figure, and returns the Axes.

From the first plot on, matplotlib takes glyphs that its fonts lack from an installed font with Japanese ones, if there is one.

Colours are told apart with every kind of colour blindness, and follow the background: light and dark styles are both legible.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Mapping, Sequence
from functools import cache

from autograd.errors import not_installed
from autograd.plain import real_number
from autograd.value import Value, number_of
from viz.reading import grad_of
from viz.shapes import is_network
from viz.words import NO_JAPANESE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from viz.curves import Curve

    Axes = Any
    Point = Sequence[float]

#          blue       orange     green      purple     pink       grey
ON_LIGHT = "#0b5cad", "#b54000", "#1a7f37", "#7232b8", "#a8326e", "#59636e"
ON_DARK = "#79b8ff", "#ffa657", "#56d364", "#cfa6ff", "#ff9bce", "#9aa4af"
DASHES = "-", "--", ":", "-."
MARKERS = "o", "s", "^", "D", "v", "P", "X"
PRIMES = "", "′", "″", "‴"
JAPANESE_FONTS = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "Hiragino Sans", "Hiragino Maru Gothic Pro", "Yu Gothic", "Meiryo",
    "IPAexGothic", "IPAGothic", "TakaoPGothic", "VL PGothic", "BIZ UDGothic", "MS Gothic",
)  # fmt: skip
"""Those with Japanese glyphs that systems come with."""


def plot_function(
    f: Callable[[Any], Any],
    low: float = -5.0,
    high: float = 5.0,
    *,
    derivatives: int = 0,
    label: str | None = None,
    points: int = 401,
    ax: Axes = None,
) -> Axes:
    """Plot a function of one variable, and its first `derivatives` derivatives as the engine computes them.

    Where the function is undefined, jumps or has a pole the curve is interrupted. `label` names it in the legend.
    `ValueError` for an empty interval, or if the function is defined nowhere in it.

    >>> from autograd import tanh
    >>> ax = plot_function(tanh, -5, 5, derivatives=1)  # doctest: +SKIP
    """
    if not (math.isfinite(high - low) and low < high):
        message = f"plot_function: the interval is from {low!r} to {high!r}; give two finite numbers, the smaller one first"
        raise ValueError(message)
    if derivatives < 0 or points < 2:
        message = f"plot_function: derivatives={derivatives!r} is at least 0 and points={points!r} at least 2"
        raise ValueError(message)
    ax = _axes(ax)
    from viz import curves

    orders = curves.derivatives(f, derivatives, low)
    drawn = [curves.traced(values, low, high, points) for values in orders]
    if not drawn[0].even.size:
        message = f"plot_function: the function is defined nowhere between {low!r} and {high!r}"
        raise ValueError(message)
    name = _name(f) if label is None else label
    for order, curve in enumerate(drawn):
        _line(ax, curve.x, curve.y, name + (PRIMES[order] if order < len(PRIMES) else f"⁽{_superscript(order)}⁾"), order)
    _limit(ax, drawn)
    _cross(ax)
    _finish(ax, xlabel=_parameters(f, ["x"])[0], legend=len(ax.get_legend_handles_labels()[1]) > 1 or label is not None)
    return ax


def plot_descent(
    f: Callable[..., Any],
    start: Point | float | None = None,
    rate: float | Sequence[float] = 0.1,
    steps: int = 20,
    *,
    path: Iterable[Point | float] | Mapping[str, Iterable[Point | float]] | None = None,
    low: Point | float | None = None,
    high: Point | float | None = None,
    levels: int = 14,
    ax: Axes = None,
) -> Axes:
    """Plot contours of a function of two numbers, or of one sequence of two, and the path of gradient descent on it.

    The path begins at `start` and takes `steps` steps of `rate`; several rates give several paths. Or give the points of a
    `path`, such as an optimiser went, or of several paths by name. `low` and `high` are the corners of the plot; without them
    it holds all points. Of a function of one number the path is drawn on its curve, and all these are numbers.

    >>> ax = plot_descent(lambda x1, x2: x1**2 / 2 + 5 * x2**2, (5, 1), 0.18)  # doctest: +SKIP
    >>> ax = plot_descent(lambda x: x**4 - 2 * x**2, 1.8, 0.05)  # doctest: +SKIP
    """
    ax = _axes(ax)
    paths = _paths(f, start, rate, steps, path)
    if len(next(iter(paths.values()))[0]) == 1:
        _descend_on_curve(ax, f, paths, low, high)
    else:
        _descend_on_contours(ax, f, paths, low, high, levels)
    return ax


def _descend_on_curve(ax: Axes, f: Callable[..., Any], paths: dict[str, list[list[float]]], low: Any, high: Any) -> None:
    """Paths of a function of one number, on its curve."""
    from viz import curves

    left, right = _ends([x for points in paths.values() for (x,) in points], low, high, 0.3)
    (values,) = curves.derivatives(f, 0, left)
    curve = curves.traced(values, left, right, 401)
    ax.plot(curve.x, curve.y, color=_muted(ax), lw=1.4, label="_f", zorder=1.5)
    import numpy as np

    heights = {name: values(np.array([x for (x,) in points])) for name, points in paths.items()}
    _draw_paths(ax, {name: (np.ravel(points), heights[name]) for name, points in paths.items()})
    ax.set_xlim(left, right)
    name = _name(f)
    (x,) = _parameters(f, ["x"])
    _finish(ax, xlabel=x, ylabel=f"{name}({x})", legend=_any_named(paths))


def _descend_on_contours(
    ax: Axes, f: Callable[..., Any], paths: dict[str, list[list[float]]], low: Any, high: Any, levels: int
) -> None:
    """Paths of a function of two numbers, between lines of equal height."""
    from viz import curves

    names = _parameters(f, ["x₁", "x₂"])
    (left, bottom), (right, top) = _corners([point for points in paths.values() for point in points], low, high)
    _contours(ax, curves.of_points(f, [left, bottom]), (left, right), (bottom, top), levels)
    _draw_paths(ax, {name: tuple(zip(*points, strict=True)) for name, points in paths.items()})
    ax.set(xlim=(left, right), ylim=(bottom, top))
    _finish(ax, xlabel=names[0], ylabel=names[1], plane=True, legend=_any_named(paths))


def _any_named(paths: Iterable[str]) -> bool:
    return any(not name.startswith("_") for name in paths)


def _draw_paths(ax: Axes, paths: Mapping[str, Sequence[Any]]) -> None:
    """Each from a ring on, in a colour of its own."""
    for i, (name, (xs, ys)) in enumerate(paths.items()):
        colour = _colours(ax)[i % 6]
        ax.plot(xs, ys, marker=MARKERS[i % 7], ms=4, lw=1.4, color=colour, label=name, zorder=3)
        ax.plot(xs[:1], ys[:1], marker="o", ms=9, mfc="none", mew=1.4, color=colour, label="_start", zorder=3)


def plot_losses(
    losses: Iterable[Any] | Mapping[str, Iterable[Any]], *, log: bool | None = None, xlabel: str = "step", ax: Axes = None
) -> Axes:
    """Plot the loss at each step of a training, or several by name: ``{"training": ..., "validation": ...}``.

    Losses are numbers or Values. `log` chooses the scale; without it, it is logarithmic where losses span more than two decades.
    """
    ax = _axes(ax)
    curves = {name: _numbers(each) for name, each in _named(losses).items()}
    for name, ys in curves.items():
        single = len(ys) == 1
        _line(ax, range(len(ys)), [y if math.isfinite(y) else math.nan for y in ys], name, marker="o" if single else None)
    shown = [y for ys in curves.values() for y in ys if math.isfinite(y)]
    if not shown:
        message = "plot_losses: there is no finite loss to plot"
        raise ValueError(message)
    if log and max(shown) <= 0:
        message = "plot_losses: no loss is positive, and none can be shown on a logarithmic scale; leave out log=True"
        raise ValueError(message)
    if log or (log is None and min(shown) > 0 and max(shown) > 100 * min(shown)):
        ax.set_yscale("log", nonpositive="mask")
    _finish(ax, xlabel=xlabel, ylabel="loss", legend=any(curves))
    return ax


def plot_regions(
    f: Callable[..., Any],
    points: Iterable[Point],
    classes: Iterable[Any],
    *,
    threshold: float = 0.0,
    names: Sequence[str] | None = None,
    resolution: int = 120,
    ax: Axes = None,
) -> Axes:
    """Plot which class a classifier gives to each point of the plane, with the points that it was trained on.

    `f` takes two numbers, or one sequence of two. It returns one score, above `threshold` for the second class (0.5 if it is a
    probability), or a score for each class, of which the largest counts. `classes` holds the class of each point; sorted, they
    are the classes in the order of the scores, and `names` are their names. Raises `ValueError` if the counts do not agree.

    >>> ax = plot_regions(lambda x, y: x * y, [(1, 1), (-1, 1)], [1, 0])  # doctest: +SKIP
    """
    import numpy as np

    ax = _axes(ax)
    from matplotlib.colors import ListedColormap

    from viz import curves

    at = np.array([_numbers(point) for point in points], dtype=float).reshape(-1, 2)
    given = [number_of(c) if type(c) is Value else c for c in classes]
    known = sorted(set(given))
    if len(at) != len(given) or not known:
        message = f"plot_regions: {len(at)} points and {len(given)} classes; give each point its class"
        raise ValueError(message)
    (left, bottom), (right, top) = _corners(at.tolist(), None, None, margin=0.3)
    xs, ys = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    scores = _on_grid(curves.of_points(f, [left, bottom]), xs, ys)
    count = max(2, scores.shape[2])
    if len(known) > count or (names is not None and len(names) != count):
        message = f"plot_regions: the function tells {count} classes apart, there are {len(known)}: {known}, names {names}"
        raise ValueError(message)
    chosen = np.argmax(scores, axis=2) if scores.shape[2] > 1 else (scores[:, :, 0] > threshold).astype(int)
    colours = [_colours(ax)[k % 6] for k in range(count)]
    regions = np.ma.masked_where(~np.isfinite(scores).all(axis=2), chosen)
    ax.pcolormesh(xs, ys, regions, cmap=ListedColormap(colours), vmin=-0.5, vmax=count - 0.5, alpha=0.22, shading="nearest",
                  rasterized=True, lw=0)  # fmt: skip
    if scores.shape[2] == 1 and scores.min() < threshold < scores.max():
        ax.contour(xs, ys, scores[:, :, 0], [threshold], colors=[_ink(ax)], linewidths=1.2)
    for k, c in enumerate(known):
        mine = at[[g == c for g in given]]
        ax.plot(mine[:, 0], mine[:, 1], MARKERS[k % 7], ms=8, color=colours[k], mec=_paper(ax), mew=1.0,
                label=str(c) if names is None else names[k])  # fmt: skip
    ax.set(xlim=(left, right), ylim=(bottom, top))
    labels = _parameters(f, ["x₁", "x₂"])
    _finish(ax, xlabel=labels[0], ylabel=labels[1], legend=True, plane=True)
    return ax


def plot_gradients(layers: Iterable[Any] | Mapping[str, Iterable[Any]], *, xlabel: str = "layer", ax: Axes = None) -> Axes:
    """Plot how large the gradients of each layer are, on a logarithmic scale: where they vanish or explode.

    `layers` holds, from the input on, the parameters of each layer after ``backward()``: (nested) sequences of Values, of which
    the mean of the absolute gradients is taken, or numbers, taken as they are; or it is a network, such as a module of `nn`.
    Several come by name: ``{"sigmoid": ..., "ReLU": ...}``. A gradient of exactly 0 is marked at the lower edge. `ValueError`
    before ``backward()``.
    """
    ax = _axes(ax)
    given: Mapping[str, Any] = layers if isinstance(layers, Mapping) else {"": layers}
    told = [_layers_of(each) for each in given.values() if is_network(each)]
    curves = {str(name): [_size(layer) for layer in _layers(each)] for name, each in given.items()}
    ax.set_yscale("log", nonpositive="mask")
    for i, (name, sizes) in enumerate(curves.items()):
        places = range(1, len(sizes) + 1)
        _line(ax, places, [s if 0 < s < math.inf else math.nan for s in sizes], name, i, marker=MARKERS[i % 7])
    for i, sizes in enumerate(curves.values()):
        if zeros := [k for k, s in enumerate(sizes, 1) if s == 0]:
            edge = ax.get_xaxis_transform()  # y = 0 is the lower edge
            ax.plot(zeros, [0] * len(zeros), "v", ms=8, mfc="none", color=_colours(ax)[i % 6], clip_on=False, transform=edge,
                    label="_exactly 0")  # fmt: skip
    if (longest := max(map(len, curves.values()), default=0)) <= 16:
        alike = len(told) == len(curves) and all(list(each) == list(told[0]) for each in told)
        ax.set_xticks(range(1, longest + 1), list(told[0]) if alike and any(told[0]) else None)
    _finish(ax, xlabel=xlabel, ylabel="mean |gradient|", legend=any(curves))
    return ax


# What is given.


def _named(given: Iterable[Any] | Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """Several sequences by name, or one without."""
    if isinstance(given, Mapping):
        return {str(name): list(each) for name, each in given.items()}
    return {"": list(given)}


def _numbers(xs: Iterable[Any]) -> list[float]:
    found = []
    for x in xs:
        number = number_of(x) if type(x) is Value else real_number(None, x)
        if number is NotImplemented:
            message = f"{x!r} is a {type(x).__name__}, not a number or Value"
            raise TypeError(message)
        found.append(number)
    return found


def _layers(given: Any) -> Iterable[Any]:
    return _layers_of(given).values() if is_network(given) else given


def _layers_of(model: Any) -> dict[str, list[Value]]:
    """The parameters of each module inside of a network that has some of its own, by its name."""
    found: dict[str, list[Value]] = {}
    for name, parameter in model.named_parameters().items():
        found.setdefault(name.partition("[")[0].rpartition(".")[0], []).append(parameter)
    return found


def _size(layer: Any) -> float:
    """The mean of the absolute gradients of a layer; a number as it is."""
    if type(layer) is not Value and (number := real_number(None, layer)) is not NotImplemented:
        return abs(float(number))
    waiting, sizes = [layer], []
    while waiting:
        x = waiting.pop()
        if type(x) is not Value:
            waiting += x.values() if isinstance(x, Mapping) else x
            continue
        if grad_of(x) is None:
            message = f"plot_gradients: {x!r} has no gradient yet; call backward() on the loss first"
            raise ValueError(message)
        sizes.append(abs(x.grad))
    if not sizes:
        message = "plot_gradients: a layer has no parameters"
        raise ValueError(message)
    return math.fsum(sizes) / len(sizes)


def _paths(
    f: Callable[..., Any], start: Point | float | None, rate: float | Sequence[float], steps: int, path: Any
) -> dict[str, list[list[float]]]:
    """The points of each path by its name; one that needs no name has a name that begins with an underscore."""
    if (start is None) == (path is None):
        message = "plot_descent: give the start of a descent, or the points of a path"
        raise TypeError(message)
    if path is not None:
        paths = {name or "_path": [_point(point) for point in points] for name, points in _named(path).items()}
        sizes = {len(point) for points in paths.values() for point in points}
        if sizes not in ({1}, {2}) or not all(paths.values()):
            message = "plot_descent: a path is a sequence of points, each of two numbers, or all of one"
            raise ValueError(message)
        return paths
    from viz.curves import descent

    begin = [] if start is None else _point(start)
    if len(begin) not in (1, 2):
        message = f"plot_descent: the start is a point of two numbers, or a number, not {start!r}"
        raise ValueError(message)
    if isinstance(rate, Sequence):
        return {f"rate {each:g}": descent(f, begin, each, steps) for each in rate}
    return {"_path": descent(f, begin, rate, steps)}


def _point(given: Any) -> list[float]:
    """The numbers of a point; of a number alone itself."""
    return _numbers(given if hasattr(given, "__len__") else [given])


def _ends(numbers: Sequence[float], low: Any, high: Any, margin: float) -> tuple[float, float]:
    """The ends of an axis that holds all numbers, with a margin as a part of it."""
    a, b = min(numbers), max(numbers)
    room = margin * (b - a) or 0.5 * abs(a) or 1.0
    return a - room if low is None else float(low), b + room if high is None else float(high)


def _corners(
    points: list[list[float]], low: Point | None, high: Point | None, margin: float = 0.15
) -> tuple[list[float], list[float]]:
    """The corners of a plot that holds all points, with a margin as a part of its sides."""
    lows, highs = (None, None) if low is None else low, (None, None) if high is None else high
    ends = [_ends([p[k] for p in points], lows[k], highs[k], margin) for k in range(2)]
    return [a for a, _ in ends], [b for _, b in ends]


def _parameters(f: Callable[..., Any], otherwise: list[str]) -> list[str]:
    """The names of a function's parameters as labels of the axes, digits as subscripts."""
    try:
        names = [name for name, p in inspect.signature(f).parameters.items() if p.default is p.empty]
    except (TypeError, ValueError):  # a builtin
        return otherwise
    return [_subscripted(name) for name in names] if len(names) == len(otherwise) else otherwise


def _name(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", type(f).__name__)
    return "f" if name == "<lambda>" else name


def _subscripted(name: str) -> str:
    stem = name.rstrip("0123456789_")
    return stem + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in name[len(stem) :].strip("_")) if stem else name


def _superscript(number: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(number))


# How it looks.


def _axes(ax: Axes) -> Axes:
    """The given axes, or those of a new figure."""
    if ax is not None:
        _write_on()
        return ax
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError:
        what = "a plot"
        raise not_installed(what, "matplotlib") from None
    _write_on()
    return plt.subplots(figsize=(6.4, 4.2), layout="constrained")[1]


def _dark(ax: Axes) -> bool:
    """Whether the background is dark: by its relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    from matplotlib.colors import to_rgba

    *background, alpha = to_rgba(ax.get_facecolor())
    if alpha == 0:
        background = list(to_rgba(ax.figure.get_facecolor())[:3])
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18


def _colours(ax: Axes) -> Sequence[str]:
    return ON_DARK if _dark(ax) else ON_LIGHT


def _ink(ax: Axes) -> str:
    return "#e6edf3" if _dark(ax) else "#1f2328"


def _muted(ax: Axes) -> str:
    return _colours(ax)[5]


def _paper(ax: Axes) -> str:
    return "#0d1117" if _dark(ax) else "#ffffff"


def _line(ax: Axes, x: Any, y: Any, name: str, order: int = 0, marker: str | None = None) -> None:
    """A curve in the next colour of these axes."""
    drawn = sum(line.get_gid() == "curve" for line in ax.lines)
    colour, style = _colours(ax)[drawn % 5], DASHES[order % 4]
    ax.plot(x, y, style, color=colour, lw=1.8, marker=marker, ms=5, label=name or "_curve", gid="curve", zorder=2.5)


def _limit(ax: Axes, curves: Sequence[Curve]) -> None:
    """Show where most of the curves is, if one leaves every limit; limits that somebody has set stay."""
    curves = [curve for curve in curves if curve.even.size]
    if not any(curve.unbounded for curve in curves) or not ax.get_autoscaley_on():
        return
    (low, high), *rest = map(_most, curves)
    reach = (high - low) / 2  # a derivative may be much steeper: the function itself stays legible
    low, high = min([low, *[max(a, low - reach) for a, _ in rest]]), max([high, *[min(b, high + reach) for _, b in rest]])
    margin = 0.05 * (high - low or 1.0)
    ax.set_ylim(low - margin, high + margin)


def _most(curve: Curve) -> tuple[float, float]:
    """The range of most of a curve: that of the middle four fifths of its numbers, and once as much on both sides."""
    import numpy as np

    low, high = np.quantile(curve.even, [0.1, 0.9])
    room = high - low or 1.0
    return max(low - room, curve.even.min()), min(high + room, curve.even.max())


def _cross(ax: Axes) -> None:
    """The axes through 0, once."""
    if not any(line.get_gid() == "zero" for line in ax.lines):
        for line in (ax.axhline, ax.axvline):
            line(0, color=_muted(ax), lw=0.7, alpha=0.6, zorder=1, gid="zero", label="_zero")


def _on_grid(f: Callable[[Any], Any], xs: Any, ys: Any) -> Any:
    """A function of points on a grid: (len(ys), len(xs), outputs)."""
    import numpy as np

    x, y = np.meshgrid(xs, ys)
    return f(np.column_stack([x.ravel(), y.ravel()])).reshape(len(ys), len(xs), -1)


def _contours(ax: Axes, f: Callable[[Any], Any], x: tuple[float, float], y: tuple[float, float], levels: int) -> None:
    """Lines of equal height, the closer the lower: in a bowl they stand at even distances."""
    import numpy as np

    xs, ys = np.linspace(*x, 121), np.linspace(*y, 121)
    heights = np.ma.masked_invalid(_on_grid(f, xs, ys)[:, :, 0])
    if heights.count() and np.ptp(heights.compressed()) > 0:
        low, height = heights.min(), np.ptp(heights.compressed())
        at = low + height * np.linspace(0, 1, levels + 2)[1:-1] ** 2
        ax.contour(xs, ys, heights, at, colors=[_muted(ax)], linewidths=0.8, alpha=0.75, zorder=1)


def _finish(ax: Axes, *, xlabel: str, ylabel: str = "", legend: bool, plane: bool = False) -> None:
    """Labels, grid and legend; what somebody has written stays. A `plane` is full: no grid, and a box under the legend."""
    if not ax.get_xlabel():
        ax.set_xlabel(xlabel)
    if not ax.get_ylabel():
        ax.set_ylabel(ylabel)
    if not plane:
        ax.grid(visible=True, color=_muted(ax), alpha=0.2, lw=0.6)
        ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    texts = [ax.xaxis.label, ax.yaxis.label, ax.title, *ax.texts, *ax.figure.texts]
    if legend and ax.get_legend_handles_labels()[1]:
        texts += ax.legend(loc="best", frameon=plane, framealpha=0.85, edgecolor="none").get_texts()
    for text in texts:
        _in_font(text)


def _japanese() -> str | None:
    """An installed font with Japanese glyphs."""
    return next(filter(_installed, JAPANESE_FONTS), None)


def _write_on() -> None:
    """Let what is written later, as by ``ax.annotate`` and ``figure.suptitle``, take glyphs that its font lacks from that one."""
    from matplotlib import rcParams

    families, font = list(rcParams["font.family"]), _japanese()
    if font and font not in families:
        rcParams["font.family"] = [*families, font]


def _in_font(text: Any) -> None:
    """Let a text, now or when it is written anew, take the glyphs that its font lacks from one with Japanese ones."""
    families = list(text.get_fontfamily())
    font = _japanese()
    if font and font not in families:
        families.append(font)
        text.set_fontfamily(families)
    if not text.get_text().isascii() and not _can_show(families, text.get_text()):
        warnings.warn(NO_JAPANESE, stacklevel=4)


def _can_show(families: Sequence[str], text: str) -> bool:
    """Whether each character has a glyph in one of the fonts."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[family]))) for family in families]
    return all(any(font.get_char_index(ord(c)) for font in fonts) for c in text if not c.isspace())


@cache
def _installed(font: str) -> bool:
    from matplotlib.font_manager import fontManager

    return font in fontManager.get_font_names()
