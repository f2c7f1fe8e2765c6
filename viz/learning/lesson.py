"""What a page trains: a network of layers as recorded programs of its parameters, and its samples as rows.

A network says what it is made of by `architecture()` (see `nn.Stage`); nothing is imported from there. What is recorded is what
`nn.fit` records: the loss of one sample, as a function of parameters, inputs and targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from autograd import record
from autograd.functions import FUNCTIONS, dot, softmax
from autograd.programs.javascript import javascript
from viz.shapes import is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from autograd.value import Value
    from viz.shapes import Network

MOST_PARAMETERS, MOST_SAMPLES = 600, 2000
"""So many parameters are printed, of which each takes some 150 bytes an activation, and so many samples are held."""
CHOICE = "sigmoid", "tanh", "relu"
"""The activations that a page offers besides that of the network."""
LOGITS = "binary_cross_entropy", "cross_entropy"
"""Losses of logits: the border between two classes is at 0."""


class Dense(NamedTuple):
    """One layer of units on the same inputs."""

    name: str
    inputs: int
    outputs: int
    activation: str
    trained: bool

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return self.outputs * (self.inputs + 1)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A network and its samples, ready to be printed: layers, first parameters, rows of inputs and of targets.

    Parameters lie flat in the order of `model.parameters()`: of each unit its weights, then its bias.
    """

    layers: tuple[Dense, ...]
    theta: tuple[float, ...]
    xs: list[list[float]]
    ys: list[list[float]]
    loss: Callable[[Any, Any], Any]
    single: bool
    """Whether the loss gets a number as its target, not a list of one."""

    @property
    def activation(self) -> str:
        """That of the hidden layers, or of the only one."""
        return self.layers[0].activation

    @property
    def trained(self) -> list[int]:
        """The places of the parameters that learn: those of layers that are not frozen."""
        places: list[int] = []
        first = 0
        for layer in self.layers:
            places += range(first, first + layer.size) if layer.trained else []
            first += layer.size
        return places

    def activations(self, chosen: str) -> list[str]:
        """The activation of each layer, if this one is chosen for the hidden ones that have the network's."""
        *hidden, last = (layer.activation for layer in self.layers)
        return [chosen if each == self.activation else each for each in hidden] + [last if hidden else chosen]

    def units(self, theta: Sequence[Any], x: Sequence[Any], chosen: str) -> list[list[Any]]:
        """What the units of each layer give."""
        given, found, first = list(x), [], 0
        for layer, name in zip(self.layers, self.activations(chosen), strict=True):
            starts = range(first, first + layer.size, layer.inputs + 1)
            sums = [dot(theta[k : k + layer.inputs], given, theta[k + layer.inputs]) for k in starts]
            given = activated(name, sums)
            found.append(given)
            first += layer.size
        return found

    def cost(self, theta: Sequence[Any], x: Sequence[Any], y: Sequence[Any], chosen: str) -> Value:
        """The loss of one sample."""
        output = self.units(theta, x, chosen)[-1]
        cost: Value = self.loss(output[0] if len(output) == 1 else output, y[0] if self.single else y)
        return cost

    def printed(self, chosen: str) -> dict[str, str]:
        """The programs with one activation, in JavaScript: the cost with its gradient, and what all units give."""
        theta, x, y = list(self.theta), self.xs[0], self.ys[0]
        cost = record(lambda theta, x, y: self.cost(theta, x, y, chosen), theta, x, y)
        units = record(lambda theta, x: [z for layer in self.units(theta, x, chosen) for z in layer], theta, x)
        return {"cost": javascript(cost, self.trained), "units": javascript(units)}

    @property
    def kind(self) -> str:
        """What its output is shown as: "regions" of two inputs, the "curve" of one, or the "units" of each sample."""
        inputs, outputs = self.layers[0].inputs, self.layers[-1].outputs
        return "regions" if inputs == 2 else "curve" if inputs == outputs == 1 else "units"

    @property
    def border(self) -> float | None:
        """Where an output changes from one class to the other, if there are two: half way, or at 0 of a logit."""
        values = sorted({y for row in self.ys for y in row})
        if self.kind == "curve" or self.layers[-1].outputs > 1 or len(values) != 2:
            return None
        return 0.0 if getattr(self.loss, "__name__", "") in LOGITS else (values[0] + values[1]) / 2

    @property
    def classes(self) -> bool:
        """Whether the largest of several outputs is the answer: each row of targets is 0s and a 1."""
        right = [*([0.0] * (self.layers[-1].outputs - 1)), 1.0]
        return len(right) > 1 and all(sorted(row) == right for row in self.ys)


def activated(name: str, sums: list[Any]) -> list[Any]:
    """What units make of their sums.

    >>> activated("relu", [1.0, -2.0]), activated("softmax", [0.0, 0.0])
    ([1.0, 0.0], [0.5, 0.5])
    """
    if name == "softmax":
        return list(softmax(sums))
    return sums if name == "identity" else [FUNCTIONS[name](a) for a in sums]


def lesson_of(model: Network, xs: Any, ys: Any, loss: Callable[[Any, Any], Any]) -> Lesson:
    """A network with samples and a loss. `TypeError` or `ValueError` names what does not fit."""
    if not is_network(model):
        message = f"training: a network is trained, such as nn.MLP(2, [4, 1]), not {model!r:.60}"
        raise TypeError(message)
    if not callable(loss):
        message = f"training: loss is a function of outputs and targets, such as nn.squared_error, not {loss!r:.60}"
        raise TypeError(message)
    layers, theta = _layers(type(model).architecture(model))
    inputs, single = _rows("xs", xs)[0], _rows("ys", ys)[1]
    targets = _targets(_rows("ys", ys)[0], layers[-1].outputs)
    if len(inputs) != len(targets) or not inputs:
        message = f"training: xs and ys have a row a sample; they have {len(inputs)} and {len(targets)}"
        raise ValueError(message)
    if len(inputs) > MOST_SAMPLES:
        message = f"training: a page holds up to {MOST_SAMPLES:,} samples, not {len(inputs):,}"
        raise ValueError(message)
    for name, rows, many in (("xs", inputs, layers[0].inputs), ("ys", targets, layers[-1].outputs)):
        for i, row in enumerate(rows):
            if len(row) != many or not all(map(math.isfinite, row)):
                classes = f", or classes from 0 to {many - 1}" if name == "ys" and many > 1 else ""
                puts = f"{many} {'in' if name == 'xs' else 'out'}puts"
                message = f"training: {name}[{i}] is {row!r:.60}; the network has {puts}: give as many finite numbers{classes}"
                raise ValueError(message)
    made = Lesson(layers, theta, inputs, targets, loss, single and len(targets[0]) == 1)
    for i, (x, y) in enumerate(zip(inputs, targets, strict=True)):  # a loss that does not fit says so here
        try:
            made.cost(made.theta, x, y, made.activation)
        except (TypeError, ValueError) as error:
            error.add_note(f"training: of sample {i}")
            raise
    return made


def _layers(stages: Iterable[Any]) -> tuple[tuple[Dense, ...], tuple[float, ...]]:
    """The layers of a network and its parameters; `ValueError` for what is no layer, and for too many."""
    layers: list[Dense] = []
    theta: list[float] = []
    for stage in _flat(stages):
        called = f"{stage.name}: {stage.description}" if stage.name else stage.description
        if stage.kind != "dense":
            message = f"training: a page trains layers of units (nn.Layer, nn.MLP), not {called}"
            raise ValueError(message)
        if stage.activation not in FUNCTIONS and stage.activation not in ("identity", "softmax"):
            message = f"training: {called}: the activation is the name of a function of autograd, not a function of one's own"
            raise ValueError(message)
        if stage.activation == "softmax" and layers and layers[-1].activation == "softmax":
            message = f"training: {called}: a page has softmax in the last layer alone"
            raise ValueError(message)
        layers.append(Dense(stage.name, stage.inputs, stage.outputs, stage.activation, not stage.frozen))
        for weights, bias in zip(stage.weights, stage.biases, strict=True):
            theta += [*weights, bias]
    if not layers:
        message = "training: this network has no layer to train"
        raise ValueError(message)
    if len(theta) > MOST_PARAMETERS:
        message = f"training: a page prints up to {MOST_PARAMETERS:,} parameters, and this network has {len(theta):,}"
        raise ValueError(message)
    return tuple(layers), tuple(theta)


def _flat(stages: Iterable[Any]) -> Iterator[Any]:
    for stage in stages:
        if stage.kind == "sequence":
            yield from _flat(stage.inside)
        else:
            yield stage


def _rows(name: str, given: Any) -> tuple[list[list[float]], bool]:
    """Samples as rows of numbers, and whether each was a number."""
    rows = given.tolist() if hasattr(given, "tolist") else list(given)
    single = not any(hasattr(row, "__len__") or hasattr(row, "__iter__") for row in rows)
    try:
        return [[float(row)] if single else [float(x) for x in row] for row in rows], single
    except (TypeError, ValueError):
        message = f"training: {name} has a number, or a row of numbers, for each sample, not {rows!r:.60}"
        raise TypeError(message) from None


def _targets(rows: list[list[float]], outputs: int) -> list[list[float]]:
    """The targets; classes, 0, 1, 2, ..., of several outputs as rows of 0s and a 1."""
    labels = [row[0] for row in rows]
    if outputs == 1 or any(len(row) != 1 for row in rows) or any(label not in range(outputs) for label in labels):
        return rows
    return [[float(label == k) for k in range(outputs)] for label in labels]
