"""Images in, what a network makes of them out: probabilities of classes, or codes and what is made of these."""

from __future__ import annotations

import math
from collections import Counter

from viz.language import in_language, say
from viz.plots.figure import beside_each_other, in_font, ink, muted, palette, paper, whole
from viz.plots.given import outputs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from viz.plots.figure import Axes

BARS = 16
"""A code of up to so many numbers is drawn as bars."""


@whole
@in_language
def plot_predictions(
    f: Callable[[Any], Any],
    xs: Any,
    classes: Any,
    *,
    image: tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
    count: int = 6,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot images that a classifier misreads and images that it reads well, each above the probabilities that it gives.

    `f` is a network, or a function of one image, that gives a score for each class: probabilities, or logits, of which softmax
    makes some. `xs` are images as rows of numbers, `image` their (rows, columns), which need not be given of square ones;
    `classes` the right class of each, from 0, and `names` those of the classes. Of `count` images up to half are misread, those
    first that it was surest of, and of equal mistakes one after all others; the rest are read well, in their order. Returns the
    axes, those of the images first. `ValueError` if shapes or counts do not agree.

    >>> scores = lambda x: [x[0] + x[1], x[2] + x[3]]
    >>> axes = plot_predictions(scores, [[1, 0, 0, 0], [0, 1, 0, 0]], [0, 1], names=["upper", "lower"])  # doctest: +SKIP
    """
    import numpy as np

    pixels, shape = _images("plot_predictions", xs, image)
    right = np.asarray(classes)
    probabilities = probabilities_of(outputs_of(f, pixels), "plot_predictions")
    labels = list(map(str, range(probabilities.shape[1]) if names is None else names))
    if right.shape != (len(pixels),) or not np.isin(right, range(len(labels))).all() or len(labels) != probabilities.shape[1]:
        message = (
            f"plot_predictions: {len(pixels)} images, classes of shape {right.shape}, {probabilities.shape[1]} scores each, "
            f"{len(labels)} names; give each image its class, from 0 to {probabilities.shape[1] - 1}"
        )
        raise ValueError(message)
    shown = _shown(probabilities, right, count)
    axes = beside_each_other(ax, 2 * len(shown), "plot_predictions", columns=len(shown), size=(1.5, 1.7))
    for above, below, i in zip(axes, axes[len(shown) :], shown, strict=False):
        read, meant = int(probabilities[i].argmax()), int(right[i])
        _draw_image(above, pixels[i].reshape(shape), pixels)
        title = labels[meant] if read == meant else say("{} read as {}", labels[meant], labels[read])
        in_font(above.set_title(title, fontsize="medium", color=ink(above) if read == meant else palette(above)[1]))
        colours = [muted(below)] * len(labels)
        colours[read] = palette(below)[1]
        colours[meant] = palette(below)[0]
        draw_bars(below, probabilities[i], colours, labels)
        below.set_ylim(0, 1)
    in_font(axes[len(shown)].set_ylabel(say("probability"), fontsize="small"))
    return axes


@whole
@in_language
def plot_reconstructions(
    encoder: Callable[[Any], Any],
    decoder: Callable[[Any], Any],
    xs: Any,
    *,
    image: tuple[int, int] | None = None,
    count: int = 6,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot what an autoencoder does with its first images: each above its code, and below that what is made of the code.

    `encoder` and `decoder` are networks, or functions of one sequence of numbers. `xs` are images as rows of numbers, `image`
    their (rows, columns), which need not be given of square ones. A code of more than 16 numbers is drawn as a strip. Below each
    stands its squared error, 1/2 sum (y - x)^2. Returns the axes: those of the inputs, of the codes, of the outputs.
    `ValueError` if shapes do not agree.

    >>> axes = plot_reconstructions(lambda x: [x[0]], lambda h: [h[0]] * 4, [[1, 0, 0, 1]])  # doctest: +SKIP
    """
    import numpy as np

    pixels, shape = _images("plot_reconstructions", xs, image)
    pixels = pixels[:count]
    if not len(pixels):
        message = f"plot_reconstructions: count={count!r} of {len(xs)} images leaves none to draw"
        raise ValueError(message)
    codes = outputs_of(encoder, pixels).reshape(len(pixels), -1)
    made = outputs_of(decoder, codes).reshape(len(pixels), -1)
    if made.shape != pixels.shape:
        message = f"plot_reconstructions: the decoder makes {made.shape[1]} numbers of a code, the images have {pixels.shape[1]}"
        raise ValueError(message)
    n = len(pixels)
    axes = beside_each_other(ax, 3 * n, "plot_reconstructions", columns=n, size=(1.5, 1.5))
    reach = float(np.abs(codes).max()) or 1.0
    for k in range(n):
        _draw_image(axes[k], pixels[k].reshape(shape), pixels)
        _draw_code(axes[n + k], codes[k], reach)
        _draw_image(axes[2 * n + k], made[k].reshape(shape), pixels)
        axes[2 * n + k].set_xlabel(f"{float(np.sum((made[k] - pixels[k]) ** 2)) / 2:.3g}", fontsize="small")
    for name, each in zip(("input", "code", "output"), axes[::n], strict=True):
        in_font(each.set_ylabel(say(name)))
    return axes


def _images(what: str, xs: Any, image: tuple[int, int] | None) -> tuple[Any, tuple[int, int]]:
    """Images as rows of numbers, and their shape."""
    import numpy as np

    pixels = np.asarray(xs, dtype=float)
    pixels = pixels.reshape(len(pixels), -1) if pixels.size else pixels.reshape(0, 0)
    side = math.isqrt(pixels.shape[1])
    shape = (side, side) if image is None else (int(image[0]), int(image[1]))
    if not pixels.size or shape[0] * shape[1] != pixels.shape[1]:
        message = f"{what}: {len(pixels)} images of {pixels.shape[1]} points; give images, and image=(rows, columns)"
        raise ValueError(message)
    return pixels, shape


def probabilities_of(scores: Any, what: str) -> Any:
    """Rows that are probabilities as they are; softmax of others."""
    import numpy as np

    if scores.ndim != 2 or scores.shape[1] < 2 or not np.isfinite(scores).all():
        message = f"{what}: the classifier gives {scores.shape}, not a finite score for each class of each image"
        raise ValueError(message)
    if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1.0, atol=1e-9, rtol=0):
        return scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _shown(probabilities: Any, right: Any, count: int) -> list[int]:
    """Which images: up to half misread, the surest mistakes first, and others that are read well."""
    import numpy as np

    read = probabilities.argmax(axis=1)
    mistaken = np.flatnonzero(read != right)
    mistaken = mistaken[np.argsort(-probabilities.max(axis=1)[mistaken], kind="stable")]
    pairs = Counter[tuple[int, int]]()
    turns = []  # the first of each pair of classes, then the second of each
    for i in mistaken:
        pair = int(right[i]), int(read[i])
        turns.append(pairs[pair])
        pairs[pair] += 1
    mistaken = mistaken[np.argsort(turns, kind="stable")]
    well = np.flatnonzero(read == right)
    few = max(count // 2, count - len(well))
    shown = [*mistaken[:few], *well[: count - len(mistaken[:few])]]
    if count < 1 or not shown:
        message = f"plot_predictions: count={count!r} leaves no image to draw"
        raise ValueError(message)
    return [int(i) for i in shown]


def _draw_image(ax: Axes, points: Any, among: Any) -> None:
    """An image as ink on the ground, as dark as all of them allow."""
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("ink", [paper(ax), ink(ax)])
    ax.imshow(points, cmap=shades, vmin=among.min(), vmax=among.max() if among.max() > among.min() else among.min() + 1)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(color=muted(ax), linewidth=0.6)


def draw_bars(ax: Axes, heights: Any, colours: Sequence[str], labels: Sequence[str], size: str = "x-small") -> None:
    """A bar for each class above its name."""
    ax.bar(range(len(heights)), heights, color=colours, width=0.8)
    ax.set_xticks(range(len(labels)), labels, fontsize=size, rotation=90 if max(map(len, labels)) > 2 else 0)
    ax.tick_params(axis="y", labelsize=size)
    ax.spines[["top", "right"]].set_visible(False)
    for text in ax.get_xticklabels():
        in_font(text)


def _draw_code(ax: Axes, code: Any, reach: float) -> None:
    """A few numbers as bars, many as a strip."""
    if len(code) <= BARS:
        ax.bar(range(len(code)), code, color=[palette(ax)[int(x < 0)] for x in code], width=0.8)
        ax.axhline(0, color=muted(ax), lw=0.7)
        ax.set(xticks=[], ylim=(-1.1 * reach, 1.1 * reach), xlim=(-1, len(code)))
        ax.tick_params(axis="y", labelsize="x-small")
    else:
        _draw_image(ax, code.reshape(1, -1), code)
        ax.set_aspect("auto")
