"""The loss of a network along a line or a plane of its parameters."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd import record
from autograd.structures import real_array
from autograd.value import Value
from viz.language import in_language, say
from viz.plots.figure import axes_of, curve_line, finish, in_font, ink, palette, paper, whole
from viz.plots.given import refuse
from viz.plots.surfaces import contour_lines, draw_in_space, in_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from viz.plots.figure import Axes

LEVELS = 20


@whole
@in_language
def plot_loss_surface(
    model: Any,
    loss: Callable[[Any, Any], Any],
    xs: Any,
    ys: Any,
    directions: int | Sequence[Any] = 2,
    *,
    low: float | Sequence[float] | None = None,
    high: float | Sequence[float] | None = None,
    points: int | None = None,
    seed: int = 0,
    levels: int = LEVELS,
    lang: str | None = None,  # noqa: ARG001  (for in_language)
    ax: Axes = None,
) -> Axes:
    """Plot the mean loss of a network over its samples, along a line or in a plane of its parameters; the ring is where it is.

    `directions` is how many random ones, 1 or 2; each unit's weights move by a random vector as long as they are, and so do the
    biases of each layer (Li, Xu, Taylor, Studer, Goldstein: Visualizing the loss landscape of neural nets, 2018). Or it is a list
    of one or two, each of which is

    - the name of a parameter, as of ``named_parameters()``: its own numbers are on the axis;
    - a `state_dict`, or another network of the same kind: the line leads there, with 0 here and 1 there;
    - as many numbers as there are parameters, in the order of ``parameters()``.

    The model is as in `nn.fit`, with so many `xs` and `ys`; it stays as it is. `low` and `high` are the ends of each axis, or of
    both; `points` are how many on a side (401, or 61 in a plane). A plane is drawn as contours, or in space in axes of that kind
    (``projection="3d"``). `ValueError` for other directions, `TypeError` if the loss cannot be recorded.

    >>> import nn
    >>> model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1)
    >>> ax = plot_loss_surface(model, nn.squared_error, [[0, 0], [1, 0]], [0, 1])  # doctest: +SKIP
    """
    if not hasattr(model, "named_parameters"):
        message = f"plot_loss_surface: the model is a network, such as a module of nn, not {model!r:.60}"
        raise TypeError(message)
    parameters = model.parameters()
    refuse("plot_loss_surface", "of random directions", seed=seed != 0 and not isinstance(directions, int))
    axes = _axes_through(model, parameters, directions, seed)
    refuse("plot_loss_surface", "of a plane; a line has none", levels=levels != LEVELS and len(axes) == 1)
    sides = [(_end(low, k, axis.low), _end(high, k, axis.high)) for k, axis in enumerate(axes)]
    if not all(a < b for a, b in sides):
        message = f"plot_loss_surface: low is {low!r} and high is {high!r}; give two finite numbers, the smaller one first"
        raise ValueError(message)
    ax = axes_of(ax)
    cost = _mean_loss(model, parameters, loss, xs, ys, axes)
    if len(axes) == 1:
        _along_a_line(ax, cost, axes[0], sides[0], points or 401)
    else:
        _in_a_plane(ax, cost, axes, sides, points or 61, levels)
    return ax


@dataclass(frozen=True)
class Axis:
    """A direction among the parameters: what is written at it, a vector, where the network stands on it, and its usual ends."""

    name: str
    vector: Any
    here: float
    low: float
    high: float


def _end(given: Any, k: int, usual: float) -> float:
    if given is None:
        return usual
    return float(given[k] if hasattr(given, "__len__") else given)


def _axes_through(model: Any, parameters: Sequence[Value], directions: int | Sequence[Any], seed: int) -> list[Axis]:
    """The line or the plane. `ValueError` if there is none."""
    if isinstance(directions, int):
        chance = random.Random(seed)  # noqa: S311  (no secret)
        chosen: Sequence[Any] = [_random_direction(model, parameters, chance) for _ in range(directions)]
    else:
        chosen = list(directions)
    names = [say("direction {}", k + 1) for k in range(len(chosen))]
    if len(chosen) not in (1, 2):
        message = f"plot_loss_surface: directions are 1 or 2, or a list of so many, not {directions!r:.60}"
        raise ValueError(message)
    return [_axis(model, parameters, given, name) for given, name in zip(chosen, names, strict=True)]


def _axis(model: Any, parameters: Sequence[Value], given: Any, name: str) -> Axis:
    import numpy as np

    if isinstance(given, str):
        order = list(model.named_parameters())
        if given not in order:
            message = f"plot_loss_surface: there is no parameter {given!r}; there are {', '.join(order[:4])} … {order[-1]}"
            raise ValueError(message)
        here = parameters[order.index(given)].data
        reach = 2 + 2 * abs(here)
        return Axis(given, np.eye(len(order))[order.index(given)], here, here - reach, here + reach)
    if isinstance(given, Mapping) or hasattr(given, "parameters"):
        there = given
        if isinstance(given, Mapping):
            there = copy.deepcopy(model)
            there.load_state_dict(given)
        vector = _vector([p.data for p in there.parameters()], parameters) - [p.data for p in parameters]
        low, high, name = -0.5, 1.5, say("0: this network, 1: the other one")
    else:
        vector, low, high = _vector(given, parameters), -1.0, 1.0
    if not np.any(vector):
        message = "plot_loss_surface: a direction is 0 in all parameters: nothing would change along it"
        raise ValueError(message)
    return Axis(name, vector, 0.0, low, high)


def _vector(given: Any, parameters: Sequence[Value]) -> Any:
    vector = real_array(given)
    if vector.shape != (len(parameters),):
        message = f"plot_loss_surface: a direction has a number for each of {len(parameters)} parameters, not {vector.shape}"
        raise ValueError(message)
    return vector


def _random_direction(model: Any, parameters: Sequence[Value], chance: random.Random) -> list[float]:
    """A random vector for each unit's weights, and for the biases of a layer, as long as they are."""
    place = {id(p): k for k, p in enumerate(parameters)}
    direction = [0.0] * len(parameters)
    for tensor in model.tensors().values():
        rows = tensor if isinstance(tensor, list) and isinstance(tensor[0], list) else [tensor]
        for row in rows:
            mine = [p for p in _leaves(row) if id(p) in place]
            drawn = [chance.gauss(0.0, 1.0) for _ in mine]
            scale = math.hypot(*(p.data for p in mine)) / (math.hypot(*drawn) or 1.0)
            for p, x in zip(mine, drawn, strict=True):
                direction[place[id(p)]] = scale * x
    return direction


def _leaves(tensor: Any) -> list[Value]:
    return [tensor] if type(tensor) is Value else [p for part in tensor for p in _leaves(part)]


def _mean_loss(
    model: Any, parameters: Sequence[Value], loss: Callable[[Any, Any], Any], xs: Any, ys: Any, axes: Sequence[Axis]
) -> Callable[[Any], Any]:
    """From places on the axes (N, axes) to the mean loss there (N,)."""
    import numpy as np

    samples, targets = real_array(xs), _targets(model, xs, ys)

    def one(theta: Sequence[Any], x: Any, t: Any) -> Any:
        new = dict(zip(map(id, parameters), theta, strict=True))
        return loss(copy.deepcopy(model, new)(x), t)  # a copy of the model whose parameters are these

    here = np.array([p.data for p in parameters])
    program = record(one, here.tolist(), samples[0].tolist(), targets[0].tolist())
    begin, vectors = np.array([axis.here for axis in axes]), np.array([axis.vector for axis in axes])
    return lambda places: np.array(
        [program.batch(here + (place - begin) @ vectors, samples, targets).mean() for place in np.atleast_2d(places)]
    )


def _targets(model: Any, xs: Any, ys: Any) -> Any:
    """Targets as the loss takes them: classes become rows of 0s and a 1, as in `nn.fit`."""
    import numpy as np

    samples, targets = real_array(xs), real_array(ys)
    if samples.ndim == 0 or targets.ndim == 0 or len(samples) != len(targets) or not len(samples):
        message = f"plot_loss_surface: xs and ys have a row a sample; their shapes are {samples.shape} and {targets.shape}"
        raise ValueError(message)
    found = model(samples[0].tolist())
    if targets.ndim > 1 or not isinstance(found, list) or len(found) < 2:
        return targets
    if not np.isin(targets, range(len(found))).all():
        message = f"plot_loss_surface: of {len(found)} outputs, ys are classes 0 to {len(found) - 1}, or rows of numbers"
        raise ValueError(message)
    return np.eye(len(found))[targets.astype(int)]


def _along_a_line(ax: Axes, cost: Callable[[Any], Any], axis: Axis, side: tuple[float, float], points: int) -> None:
    import numpy as np

    xs = np.linspace(*side, points)
    curve_line(ax, xs, cost(xs.reshape(-1, 1)), "")
    ax.plot([axis.here], cost([[axis.here]]), "o", ms=9, mfc="none", mew=1.6, color=palette(ax)[1], label="_here", zorder=3)
    finish(ax, xlabel=axis.name, ylabel=say("loss"), legend=False)


def _in_a_plane(
    ax: Axes, cost: Callable[[Any], Any], axes: Sequence[Axis], sides: Sequence[tuple[float, float]], points: int, levels: int
) -> None:
    x, y = sides
    if in_space(ax):
        draw_in_space(ax, cost, x, y, levels, points)
        in_font(ax.set_zlabel(say("loss")))
    else:
        contour_lines(ax, cost, x, y, levels, points, filled=True)
        ax.plot(*([axis.here] for axis in axes), "o", ms=10, mfc=paper(ax), mec=ink(ax), mew=1.8, label="_here", zorder=3)
    finish(ax, xlabel=axes[0].name, ylabel=axes[1].name, plane=True, legend=False)
