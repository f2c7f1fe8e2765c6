"""Functions of one number: with their derivatives, with parameters that move, approximated by sums of hats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from autograd.functions import FUNCTIONS, softmax
from viz.language import in_language, say
from viz.plots.figure import axes_of, beside_each_other, cross, curve_line, finish, muted, palette, whole
from viz.plots.given import function_name, interval, parameter_names, plain_numbers, point_of, subscripted, superscript
from viz.words import number as as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from viz.curves import Curve
    from viz.plots.figure import Axes

PRIMES = "", "′", "″", "‴"
ACTIVATIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "identity": ("identity", lambda x: x),
    "softmax": ("softmax of (x, 0, 0)", lambda x: softmax([x, 0.0, 0.0])[0]),
    "leaky_relu": ("leaky ReLU, slope 0.1", lambda x: FUNCTIONS["leaky_relu"](x, 0.1)),
    "relu": ("ReLU", FUNCTIONS["relu"]),
    "gelu": ("GELU", FUNCTIONS["gelu"]),
}
"""Those that are called otherwise than in the table, or are not functions of one number alone: a title, and what is drawn."""
OF_THE_COURSE = "identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "gelu", "softmax"


@whole
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
    interval("plot_function", low, high)
    if derivatives < 0 or points < 2:
        message = f"plot_function: derivatives={derivatives!r} is at least 0 and points={points!r} at least 2"
        raise ValueError(message)
    ax = axes_of(ax)
    from viz import curves

    orders = curves.derivatives(f, derivatives, low)
    drawn = [curves.traced(values, low, high, points) for values in orders]
    if not drawn[0].even.size:
        message = f"plot_function: the function is defined nowhere between {low!r} and {high!r}"
        raise ValueError(message)
    name = function_name(f) if label is None else label
    for order, curve in enumerate(drawn):
        curve_line(ax, curve.x, curve.y, name + (PRIMES[order] if order < len(PRIMES) else f"⁽{superscript(order)}⁾"), order)
    _limit(ax, drawn)
    cross(ax)
    finish(ax, xlabel=parameter_names(f, ["x"])[0], legend=len(ax.get_legend_handles_labels()[1]) > 1 or label is not None)
    return ax


@whole
@in_language
def plot_activations(
    functions: Iterable[str | Callable[[Any], Any]] | Mapping[str, Callable[[Any], Any]] = OF_THE_COURSE,
    low: float = -4.0,
    high: float = 4.0,
    *,
    derivatives: int = 1,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot activation functions with their derivatives, each in axes of its own, at most four in a row; returns the axes.

    `functions` are names of the table (`autograd.FUNCTIONS`), "identity", or "softmax", which is drawn as a function of one of
    three inputs while the others are 0; functions of one number; or such by title. Leaky ReLU has the slope 0.1.
    `ValueError` for an unknown name.

    >>> axes = plot_activations(["sigmoid", "tanh"])  # doctest: +SKIP
    """
    several = [functions] if isinstance(functions, str) else functions
    shown = list(functions.items()) if isinstance(functions, Mapping) else [_activation(given) for given in several]
    if not shown:
        message = "plot_activations: give the name of one function or more"
        raise ValueError(message)
    columns = min(4, len(shown))
    axes = beside_each_other(ax, len(shown), "plot_activations", columns=columns, size=(3.0, 2.7), sharex=True)
    for k, (each, (title, f)) in enumerate(zip(axes, shown, strict=True)):
        plot_function(f, low, high, derivatives=derivatives, label="f", ax=each)
        each.set(title=title, xlabel="x" if k + columns >= len(shown) else "")
    return axes


def _activation(given: str | Callable[[Any], Any]) -> tuple[str, Callable[[Any], Any]]:
    """A title, and the function."""
    if callable(given):
        return function_name(given), given
    if given in ACTIVATIONS:
        title, f = ACTIVATIONS[given]
        return say(title), f
    if given not in FUNCTIONS:
        message = f"plot_activations: there is no function {given!r}; autograd.FUNCTIONS has {', '.join(sorted(FUNCTIONS))}"
        raise ValueError(message)
    return given, FUNCTIONS[given]


@whole
def plot_family(
    f: Callable[..., Any],
    vary: Mapping[str, float | Sequence[float]],
    low: float = -5.0,
    high: float = 5.0,
    *,
    points: int = 401,
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot a function of a number and of parameters while one parameter moves, each parameter in axes of its own; returns them.

    `vary` has the numbers of each parameter by name; the first is what it has while another one moves. A parameter with one
    number stays. `ValueError` for an empty interval, `TypeError` if f takes no such parameter.

    >>> axes = plot_family(lambda x, a, b, c: a * x**2 + b * x + c, {"a": (1, 0.5, -1), "b": (0, 2), "c": 0})  # doctest: +SKIP
    """
    interval("plot_family", low, high)
    if not hasattr(vary, "items"):
        message = f'plot_family: vary has the numbers of each parameter by name, such as {{"a": (1, 2), "b": 0}}, not {vary!r}'
        raise TypeError(message)
    numbers = {name: plain_numbers(given if hasattr(given, "__iter__") else [given]) for name, given in vary.items()}
    moving = [name for name, each in numbers.items() if len(each) > 1]
    if not moving or not all(numbers.values()):
        message = f"plot_family: give two numbers or more for one parameter at least, and one for the others, not {dict(vary)!r}"
        raise ValueError(message)
    axes = beside_each_other(ax, len(moving), "plot_family", sharey=True)
    usual = {name: each[0] for name, each in numbers.items()}
    from viz import curves

    for k, (each, name) in enumerate(zip(axes, moving, strict=True)):
        drawn = []
        for x in numbers[name]:
            (values,) = curves.derivatives(_with_parameters(f, {**usual, name: x}), 0, low)
            drawn.append(curves.traced(values, low, high, points))
            curve_line(each, drawn[-1].x, drawn[-1].y, f"{subscripted(name)} = {as_text(x)}", len(drawn) - 1)
        _limit(each, drawn)
        cross(each)
        others = ", ".join(f"{subscripted(other)} = {as_text(x)}" for other, x in usual.items() if other != name)
        each.set_title(others, fontsize="medium")
        finish(each, xlabel="x", ylabel=function_name(f) if k == 0 else "", legend=True)
    return axes


def _with_parameters(f: Callable[..., Any], parameters: Mapping[str, float]) -> Callable[[Any], Any]:
    return lambda x: f(x, **parameters)


@whole
@in_language
def plot_hats(
    f: Callable[[Any], Any],
    counts: Sequence[int] = (3, 5, 9, 17),
    low: float = -5.0,
    high: float = 5.0,
    *,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Plot a function beside sums of so many hats, and how large their errors are; returns the axes of both.

    A hat is relu(u + 1) - 2 relu(u) + relu(u - 1), of three hidden units. The hats stand at even distances from `low` to `high`,
    each as high as f is there: their sum goes straight from one to the next. The error is the largest at 2,001 points. The hats
    of the smallest sum are drawn one by one. `ValueError` for fewer than two hats, or where f is undefined.

    >>> from autograd import sin
    >>> axes = plot_hats(sin, (3, 5, 9, 17, 33), 0.0, 6.2832)  # doctest: +SKIP
    """
    interval("plot_hats", low, high)
    several = point_of(counts)
    if not several or any(int(n) != n or n < 2 for n in several):
        message = f"plot_hats: counts are whole numbers, at least 2, not {counts!r}"
        raise ValueError(message)
    left, right = beside_each_other(ax, 2, "plot_hats", size=(4.4, 3.6))
    import numpy as np

    from viz import curves

    xs = np.linspace(low, high, 2001)
    (values,) = curves.derivatives(f, 0, low)
    target = values(xs)
    if not np.isfinite(target).all():
        message = f"plot_hats: the function is {target[~np.isfinite(target)][0]} at {xs[~np.isfinite(target)][0]:g}"
        raise ValueError(message)
    left.plot(xs, target, color=muted(left), lw=4.5, alpha=0.5, label=function_name(f), zorder=1.5)
    errors = []
    for k, n in enumerate(sorted(map(int, several))):
        places = np.linspace(low, high, n)
        hats = [height * _hat((xs - place) / (places[1] - low)) for place, height in zip(places, values(places), strict=True)]
        if k == 0:
            for hat in hats:
                left.fill_between(xs, hat, color=palette(left)[0], alpha=0.13, lw=0, zorder=1.2)
        total = np.sum(hats, axis=0)
        curve_line(left, xs, total, say("{} hats", n), k)
        errors.append(float(np.abs(total - target).max()))
    curve_line(right, sorted(map(int, several)), errors, "", marker="o")
    right.set(xscale="log", yscale="log" if min(errors) > 0 else "linear")
    _whole_ticks(right, sorted(set(map(int, several))))
    finish(left, xlabel=parameter_names(f, ["x"])[0], legend=True)
    finish(right, xlabel=say("number of hats"), ylabel=say("largest error"), legend=False)
    return [left, right]


def _hat(u: Any) -> Any:
    """relu(u + 1) - 2 relu(u) + relu(u - 1): 1 at 0, nothing beyond -1 and 1."""
    import numpy as np

    relu = partial(np.maximum, 0.0)
    return relu(u + 1) - 2 * relu(u) + relu(u - 1)


def _whole_ticks(ax: Axes, counts: Sequence[int]) -> None:
    """Ticks at these numbers, and at no others, on the x axis."""
    ax.set_xticks(counts, [str(n) for n in counts])
    ax.set_xticks([], minor=True)


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
