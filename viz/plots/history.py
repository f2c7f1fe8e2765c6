"""Training: losses, gradients of the layers, and a curve that is fitted to data."""

from __future__ import annotations

import math
from collections.abc import Mapping

from autograd.plain import real_number
from autograd.value import Value
from viz.language import in_language, say
from viz.plots.figure import MARKERS, axes_of, curve_line, finish, ink, muted, palette, whole
from viz.plots.given import ends, named, outputs_of, plain_numbers
from viz.reading import grad_of
from viz.shapes import is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from viz.plots.figure import Axes


@whole
@in_language
def plot_losses(
    losses: Iterable[Any] | Mapping[str, Iterable[Any]],
    *,
    log: bool | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot the loss at each step of a training, or several by name: ``{"training": ..., "validation": ...}``.

    Losses are numbers or Values. `log` chooses the scale; without it, it is logarithmic where losses span more than two decades.
    """
    ax = axes_of(ax)
    from matplotlib.ticker import MaxNLocator

    if isinstance(locator := ax.xaxis.get_major_locator(), MaxNLocator):  # steps are whole numbers; a logarithmic axis stays
        locator.set_params(integer=True)
    curves = {name: plain_numbers(each) for name, each in named(losses).items()}
    for k, (name, ys) in enumerate(curves.items()):
        marker = "o" if len(ys) == 1 else None
        curve_line(ax, range(len(ys)), [y if math.isfinite(y) else math.nan for y in ys], name, k, marker)
    shown = [y for ys in curves.values() for y in ys if math.isfinite(y)]
    if not shown:
        message = "plot_losses: there is no finite loss to plot"
        raise ValueError(message)
    if log and max(shown) <= 0:
        message = "plot_losses: no loss is positive, and none can be shown on a logarithmic scale; leave out log=True"
        raise ValueError(message)
    if log or (log is None and min(shown) > 0 and max(shown) > 100 * min(shown)):
        ax.set_yscale("log", nonpositive="mask")
    labels = say("step") if xlabel is None else xlabel, say("loss") if ylabel is None else ylabel
    finish(ax, xlabel=labels[0], ylabel=labels[1], legend=any(curves))
    return ax


@whole
@in_language
def plot_gradients(
    layers: Iterable[Any] | Mapping[str, Iterable[Any]],
    *,
    xlabel: str | None = None,
    bound: float | None = None,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot how large the gradients of each layer are, on a logarithmic scale: where they vanish or explode.

    `layers` holds, from the input on, the parameters of each layer after ``backward()``: (nested) sequences of Values, of which
    the mean of the absolute gradients is taken, or numbers, taken as they are; or it is a network, such as a module of `nn`.
    Several come by name: ``{"sigmoid": ..., "ReLU": ...}``. A gradient of exactly 0 is marked at the lower edge. With a `bound`
    on what one layer passes on, such as 0.25 of sigmoids, a line shows its powers: bound for the last layer, bound² for the one
    before it. `ValueError` before ``backward()``, and for a bound that is not positive.
    """
    if bound is not None and not 0 < bound < math.inf:
        message = f"plot_gradients: bound is a positive number, such as 0.25 of sigmoids, not {bound!r}"
        raise ValueError(message)
    ax = axes_of(ax)
    given: Mapping[str, Any] = layers if isinstance(layers, Mapping) else {"": layers}
    told = [_layers_of(each) for each in given.values() if is_network(each)]
    curves = {str(name): [_size(layer) for layer in _layers(each)] for name, each in given.items()}
    ax.set_yscale("log", nonpositive="mask")
    for i, (name, sizes) in enumerate(curves.items()):
        places = range(1, len(sizes) + 1)
        curve_line(ax, places, [s if 0 < s < math.inf else math.nan for s in sizes], name, i, marker=MARKERS[i % 7])
    for i, sizes in enumerate(curves.values()):
        if zeros := [k for k, s in enumerate(sizes, 1) if s == 0]:
            edge = ax.get_xaxis_transform()  # y = 0 is the lower edge
            ax.plot(zeros, [0] * len(zeros), "v", ms=8, mfc="none", color=palette(ax)[i % 6], clip_on=False, transform=edge,
                    label="_exactly 0")  # fmt: skip
    longest = max(map(len, curves.values()), default=0)
    if not longest:
        message = f"plot_gradients: there are no layers in {layers!r:.60}"
        raise ValueError(message)
    if bound is not None:
        powers = [bound ** (longest + 1 - k) for k in range(1, longest + 1)]
        ax.plot(range(1, longest + 1), powers, "--", color=muted(ax), lw=1.4, label=say("bound {}ⁿ", f"{bound:g}"), zorder=2)
    if longest <= 16:
        alike = len(told) == len(curves) and all(list(each) == list(told[0]) for each in told)
        ax.set_xticks(range(1, longest + 1), list(told[0]) if alike and any(told[0]) else None)
    label = say("layer") if xlabel is None else xlabel
    finish(ax, xlabel=label, ylabel=say("mean |gradient|"), legend=any(curves) or bound is not None)
    return ax


@whole
@in_language
def plot_fit(
    fits: Callable[[Any], Any] | Mapping[str, Callable[[Any], Any]] | Iterable[tuple[int, Callable[[Any], Any]]],
    xs: Iterable[Any],
    ys: Iterable[Any],
    *,
    test: tuple[Iterable[Any], Iterable[Any]] | None = None,
    low: float | None = None,
    high: float | None = None,
    points: int = 401,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot the curve of a regression against its data, at one time of the training or at several, with its errors.

    `fits` is a network of one input and one output, or a function of a number; or several by name; or `Snapshots` of a training,
    of which each is named after its epoch. `xs` and `ys` are R numbers each (or rows of one); `test` is such a pair that was not
    trained on. The legend says the mean squared error, 1/2 (y - t)^2, on the data and on the test.

    `ValueError` if the counts do not agree, or an output is not one number.

    >>> ax = plot_fit({"x": lambda x: x, "x²": lambda x: x * x}, [0.0, 1.0, 2.0], [0.1, 0.8, 4.2])  # doctest: +SKIP
    """
    ax = axes_of(ax)
    data = {say("training"): _pairs("", xs, ys)} | ({} if test is None else {say("test"): _pairs("test ", *test)})
    import numpy as np

    left, right = ends([x for pairs in data.values() for x in pairs[0]], low, high, 0.1)
    grid = np.linspace(left, right, points)
    for k, (name, (x, y)) in enumerate(data.items()):
        ax.plot(x, y, "ox"[k], ms=6, mew=1.4 if k else 0, color=(ink(ax), muted(ax))[k], label=name, zorder=3)
    curves = _fits_by_name(fits)
    for k, (name, f) in enumerate(curves.items()):
        missed = {kind: float(np.mean((_curve(f, x) - y) ** 2)) / 2 for kind, (x, y) in data.items()}
        told = ", ".join(f"{kind} {error:.3g}" for kind, error in missed.items())
        curve_line(ax, grid, _curve(f, grid), f"{name}: {told}" if name else told, k)
    ax.set_xlim(left, right)
    finish(ax, xlabel="x", ylabel="y", legend=True, below=1)
    return ax


def _fits_by_name(fits: Any) -> dict[str, Callable[[Any], Any]]:
    if isinstance(fits, Mapping):
        return {str(name): f for name, f in fits.items()}
    if hasattr(fits, "__iter__"):
        return {say("epoch {}", epoch): f for epoch, f in fits}
    return {"": fits}


def _pairs(which: str, xs: Iterable[Any], ys: Iterable[Any]) -> tuple[Any, Any]:
    import numpy as np

    x, y = (np.array([plain_numbers(part if hasattr(part, "__len__") else [part]) for part in side]) for side in (xs, ys))
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] != 1:
        message = f"plot_fit: {which}xs and ys are as many numbers; their shapes are {x.shape} and {y.shape}"
        raise ValueError(message)
    return x[:, 0], y[:, 0]


def _curve(f: Any, xs: Any) -> Any:
    """What a network of one input, or a function of one number, gives at many."""
    found = outputs_of(f, xs.reshape(-1, 1) if is_network(f) or hasattr(f, "predict") else xs)
    if found.size != xs.size:
        message = f"plot_fit: a fit gives one number for each x, not an array of shape {found.shape[1:]}"
        raise ValueError(message)
    return found.reshape(-1)


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
