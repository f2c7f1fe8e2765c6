"""Numbers in rows as maps: heat maps of parameters, who attends to whom, the bars of a softmax, embeddings in the plane."""

from __future__ import annotations

import math

from autograd.value import Value
from viz.language import in_language, say
from viz.plots.figure import MARKERS, axes_of, beside_each_other, finish, in_font, ink, muted, palette, paper, whole
from viz.plots.given import nested_numbers, plain_numbers, refuse
from viz.plots.images import draw_bars, probabilities_of
from viz.reading import grad_of
from viz.words import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from viz.plots.figure import Axes

WRITTEN = 80
"""In up to so many cells their numbers are written."""
WITH_NUMBERS = 12
"""Up to so many rows or columns without names have each its number; of more some have."""
BARS_WITH_NUMBERS = 12
"""Over up to so many bars their numbers stand, and smaller ones over up to twice as many."""
WIDE, READABLE = 0.6, 4.5
"""About how wide a character is, as a share of its size, and the least size in points that is written."""
LEAST = 0.001
"""A smaller probability is only told to be such."""
SHOWN = ("data", "grad", "change")


@whole
@in_language
def plot_heatmap(
    values: Any,
    show: str = "data",
    *,
    before: Any = None,
    rows: Sequence[object] | None = None,
    columns: Sequence[object] | None = None,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot a table of Values as colours: blue for plus, orange for minus, the stronger the greater; the ground is 0.

    `values` are rows of Values or numbers, in lists or in an array; a single row will do. `show` is "data", "grad" after
    ``backward()``, or "change": by how much each number is more than `before`, such rows of numbers from before an update. `rows`
    and `columns` are their names. In up to 80 cells the numbers are written, where they can be read; nan and infinities have a
    colour of their own.

    `ValueError` for rows of different lengths, and before ``backward()``.

    >>> w = [[Value(0.5), Value(-1.0)], [Value(0.0), Value(2.0)]]
    >>> ax = plot_heatmap(w, columns=["x", "y"])  # doctest: +SKIP
    >>> ax = plot_heatmap(w, "change", before=[[0.5, -0.8], [0.1, 2.0]])  # doctest: +SKIP
    """
    import numpy as np

    if show not in SHOWN:
        message = f"plot_heatmap: show is {', '.join(map(repr, SHOWN))}, not {show!r}"
        raise ValueError(message)
    refuse("plot_heatmap", "the numbers that show='change' compares with", before=before is not None and show != "change")
    table = _table("plot_heatmap", nested_numbers(values, _gradient if show == "grad" else None))
    if show == "change":
        old = _table("plot_heatmap", nested_numbers(before)) if before is not None else np.empty(0)
        if old.shape != table.shape:
            message = f"plot_heatmap: show='change' needs before= of the shape {table.shape}, not of {old.shape}"
            raise ValueError(message)
        table = table - old
    ax = axes_of(ax)
    finite = np.abs(table[np.isfinite(table)])
    reach = float(finite.max(initial=0.0)) or 1.0
    drawn = _cells(ax, np.ma.masked_invalid(table), _diverging(ax), -reach, reach)
    _name_sides(ax, table.shape, rows, columns, "plot_heatmap")
    if table.size <= WRITTEN:
        _write(ax, table, reach)
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
    bar.outline.set_visible(False)
    in_font(bar.ax.set_ylabel(say(show)))
    finish(ax, xlabel="" if columns else say("column"), ylabel="" if rows else say("row"), plane=True, legend=False)
    return ax


@whole
@in_language
def plot_attention(
    weights: Any,
    tokens: Sequence[object],
    keys: Sequence[object] | None = None,
    *,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot to whom each position attends, a map for each head; returns their axes.

    `weights` are those of one head, a row for each query with a weight for each key, or a list of heads; a causal head, such as
    those of ``nn.Attention(...).weights(x)``, has one weight in its first row, two in the second, and blank cells for the rest.
    They are Values or numbers, in lists or in an array. `tokens` stand beside the rows and under the columns; of attention to
    another sequence `keys` stand under the columns. `ValueError` if they are more or fewer.

    >>> axes = plot_attention([[1.0], [0.3, 0.7]], ["猫", "は"])  # doctest: +SKIP
    """
    import numpy as np

    heads = nested_numbers(weights)
    if not isinstance(heads, list):
        message = f"plot_attention: {heads!r} is a number; weights are a row for each token: write [[1.0]]"
        raise TypeError(message)
    heads = [heads] if heads and not (isinstance(heads[0], list) and heads[0] and isinstance(heads[0][0], list)) else heads
    below = list(tokens if keys is None else keys)
    for head in heads:
        if len(head) != len(tokens) or not all(isinstance(row, list) and 0 < len(row) <= len(below) for row in head):
            lengths = [len(row) if isinstance(row, list) else 1 for row in head]
            message = f"plot_attention: {len(tokens)} tokens, {len(below)} keys, and rows of {lengths} weights"
            if not all(isinstance(row, list) for row in head):
                message = "plot_attention: each token has a row of weights, not a number: write [[1.0]] for [1.0]"
            raise ValueError(message)
    if not heads:
        message = "plot_attention: there are no weights"
        raise ValueError(message)
    side = min(4.6, max(2.6, 0.34 * max(len(tokens), len(below)) + 1.0))
    axes = beside_each_other(ax, len(heads), "plot_attention", columns=min(4, len(heads)), size=(side, side + 0.5))
    for k, (each, head) in enumerate(zip(axes, heads, strict=True)):
        padded = np.array([row + [math.nan] * (len(below) - len(row)) for row in head])
        _cells(each, np.ma.masked_invalid(padded), _sequential(each), 0.0, max(1.0, float(np.nanmax(padded))), bad=paper(each))
        _name_sides(each, padded.shape, tokens, below, "plot_attention")
        if len(heads) > 1:
            in_font(each.set_title(say("head {}", k), fontsize="medium"))
        finish(each, xlabel=say("key"), ylabel=say("query") if k % 4 == 0 else "", plane=True, legend=False)
    return axes


@whole
@in_language
def plot_softmax(
    scores: Iterable[Any],
    names: Sequence[object] | None = None,
    *,
    target: int | None = None,
    most: int = 30,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot the probabilities that a softmax gives as bars, with their numbers above.

    `scores` are Values or numbers: logits, of which softmax makes probabilities, or probabilities as they are. `names` stand
    under the bars, else numbers from 0. The `target`, by its number, is blue, and the greatest, if it is another one, orange. Of
    more than `most` the greatest are drawn, from the greatest on, the target last if it is none of them.

    >>> ax = plot_softmax([2.0, 1.0, -1.0], ["cat", "dog", "fish"], target=1)  # doctest: +SKIP
    """
    import numpy as np

    given = plain_numbers(scores)
    labels = [str(name) for name in (range(len(given)) if names is None else names)]
    wrong = len(given) < 2 or not all(map(math.isfinite, given)) or len(labels) != len(given) or most < 1
    if wrong or not (target is None or 0 <= target < len(given)):
        counts = f"{len(given)} scores, {len(labels)} names, target={target!r}, most={most!r}"
        message = f"plot_softmax: {counts}; give two finite scores or more, each its name"
        raise ValueError(message)
    heights = probabilities_of(np.array([given]), "plot_softmax")[0]
    shown = list(range(len(given)))
    if len(given) > most:
        shown = np.argsort(-heights, kind="stable")[:most].tolist()
        shown = shown if target is None or target in shown else [*shown[:-1], target]
    ax = axes_of(ax)
    best = int(heights.argmax())
    colours = [palette(ax)[0] if i in {target, best if target is None else target} else muted(ax) for i in shown]
    if target is not None and best != target:
        colours[shown.index(best)] = palette(ax)[1]
    draw_bars(ax, heights[shown], colours, [labels[i] for i in shown], size="medium")
    for k, i in enumerate(shown if len(shown) <= 2 * BARS_WITH_NUMBERS else ()):
        written = f"{heights[i]:.2g}" if heights[i] >= LEAST else f"<{LEAST}"
        ax.annotate(written, (k, heights[i]), (0, 2), textcoords="offset points", ha="center", va="bottom",
                    fontsize="small" if len(shown) <= BARS_WITH_NUMBERS else "xx-small", color=ink(ax))  # fmt: skip
    ax.set_ylim(0, min(1.12, 1.15 * float(heights[shown].max())))
    finish(ax, xlabel="", ylabel=say("probability"), plane=True, legend=False)
    return ax


@whole
@in_language
def plot_embedding(
    table: Any,
    tokens: Sequence[object],
    *,
    groups: Sequence[object] | None = None,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot vectors as points in the plane with their tokens: those of an embedding, weights, codes.

    `table` has a row of Values or numbers for each of the `tokens`, in lists or in an array. Rows of two numbers are drawn as
    they are; longer ones by their first two principal components (the directions in which they differ most), each axis with its
    part of the variance. `groups` says of each token to which group it belongs, which tells colours and marks. `ValueError`
    if the counts do not agree, or a number is not finite.

    >>> ax = plot_embedding([[1.0, 0.0, 0.1], [0.9, 0.1, 0.0], [0.0, 1.0, 0.0]], ["cat", "dog", "car"])  # doctest: +SKIP
    """
    import numpy as np

    rows = _table("plot_embedding", nested_numbers(table))
    kinds = ["" if groups is None else str(each) for each in (tokens if groups is None else groups)]
    if len(rows) != len(tokens) or len(kinds) != len(rows) or rows.shape[1] < 2 or not np.isfinite(rows).all():
        message = (
            f"plot_embedding: {len(rows)} rows of {rows.shape[1]} numbers, {len(tokens)} tokens, {len(kinds)} groups; "
            "give each row of two finite numbers or more its token"
        )
        raise ValueError(message)
    points, labels = _in_the_plane(rows)
    ax = axes_of(ax)
    colours = palette(ax)
    for k, kind in enumerate(dict.fromkeys(kinds)):
        mine = points[[each == kind for each in kinds]]
        ax.plot(mine[:, 0], mine[:, 1], MARKERS[k % 7], ms=5, color=colours[k % 6], ls="none", label=kind or "_points", zorder=2)
    order = list(dict.fromkeys(kinds))
    for token, kind, point in zip(tokens, kinds, points, strict=True):
        text = ax.annotate(str(token), point, (4, 3), textcoords="offset points", color=ink(ax), fontsize="medium", zorder=3)
        text.set_color(colours[order.index(kind) % 6] if groups is not None else ink(ax))
    ax.margins(0.12)
    finish(ax, xlabel=labels[0], ylabel=labels[1], legend=groups is not None)
    return ax


def _in_the_plane(rows: Any) -> tuple[Any, list[str]]:
    """Points of two numbers, and what stands at the axes."""
    import numpy as np

    if rows.shape[1] == 2:
        return rows, [say("dimension {}", k) for k in range(2)]
    centred = rows - rows.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    turned = [d if d[np.abs(d).argmax()] > 0 else -d for d in directions[:2]]  # the sign is free: the same picture everywhere
    turned += [np.zeros(rows.shape[1])] * (2 - len(turned))
    parts = [*(sizes**2 / (float((sizes**2).sum()) or 1.0)), 0.0][:2]
    told = [say("principal component {} ({} of the variance)", k + 1, f"{100 * part:.0f} %") for k, part in enumerate(parts)]
    return centred @ np.array(turned).T, told


def _table(what: str, rows: Any) -> Any:
    """Rows of one length as an array; one row alone as a table of one."""
    import numpy as np

    rows = [rows] if rows and not any(isinstance(row, list) for row in rows) else rows
    lengths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(lengths) != 1 or 0 in lengths or any(isinstance(x, list) for row in rows for x in row):
        message = f"{what}: a table has rows of numbers, as many in each; these have {sorted(lengths)}, or are nested deeper"
        raise ValueError(message)
    return np.array(rows, dtype=float)


def _gradient(v: Value) -> float:
    g = grad_of(v)
    if g is None:
        message = f"plot_heatmap: {v!r} has no gradient yet; call backward() on the loss first"
        raise ValueError(message)
    return g


def _cells(ax: Axes, table: Any, colours: Any, low: float, high: float, *, bad: str | None = None) -> Any:
    """A table as coloured cells."""
    colours = colours.with_extremes(bad=palette(ax)[4] if bad is None else bad)
    return ax.imshow(table, cmap=colours, vmin=low, vmax=high, aspect="equal", interpolation="nearest")


def _diverging(ax: Axes) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    blue, orange = palette(ax)[:2]
    return LinearSegmentedColormap.from_list("signed", [orange, paper(ax), blue])


def _sequential(ax: Axes) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("weight", [paper(ax), palette(ax)[0]])


def _name_sides(ax: Axes, shape: tuple[int, ...], rows: Any, columns: Any, what: str) -> None:
    """The names of rows and columns, or their numbers, where there is room."""
    for set_ticks, axis, names, many in ((ax.set_yticks, ax.yaxis, rows, shape[0]), (ax.set_xticks, ax.xaxis, columns, shape[1])):
        if names is not None and len(names) != many:
            message = f"{what}: {len(names)} names for {many} {'rows' if axis is ax.yaxis else 'columns'}"
            raise ValueError(message)
        if names is None and many > WITH_NUMBERS:
            axis.get_major_locator().set_params(integer=True)
            continue
        told = [str(name) for name in (range(many) if names is None else names)]
        upright = axis is ax.xaxis and max(map(len, told)) > 3
        set_ticks(range(many), told, fontsize="small" if many > WITH_NUMBERS else "medium", rotation=90 if upright else 0)
        for text in axis.get_ticklabels():
            in_font(text)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _write(ax: Axes, table: Any, reach: float) -> None:
    """The number of each cell, to be read on its colour, as small as it has to be to stay inside."""
    import numpy as np
    from matplotlib.font_manager import FontProperties

    digits = min(9, max(0, 1 - math.floor(math.log10(reach))))
    told = [[number(round(float(x), digits) + 0.0, f".{digits}f") for x in row] for row in table]
    room = ax.get_window_extent()
    cell = 72 / ax.figure.dpi * min(0.8 * room.width / table.shape[1], room.height / table.shape[0])  # the bar takes a fifth
    usual = FontProperties(size="small" if max(table.shape) <= 8 else "xx-small").get_size_in_points()
    size = min(usual, 0.95 * cell / (WIDE * max(len(text) for row in told for text in row)))
    for (i, j), x in np.ndenumerate(table) if size >= READABLE else ():
        strong = not math.isfinite(x) or abs(x) > 0.6 * reach
        ax.text(j, i, told[i][j], ha="center", va="center", fontsize=size, color=paper(ax) if strong else ink(ax))
