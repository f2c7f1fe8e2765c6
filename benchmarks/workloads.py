"""What recorded programs are measured on: plain functions that run on the numbers of every engine.

Each takes the functions of an engine (`Maths`), the parameters and one row of data, and returns one number or several. A row
has parameters of its own (`own`), or all rows share them and their results are summed.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import adbench
import expressions
from maths import FLOATS, Maths

CASES = Path(__file__).resolve().parent.parent.parent / "shared" / "cases"
BASE_ROWS = 1000
"""Rows that differ; a larger batch repeats them."""

Rows = list[list[float]]
Function = Callable[[Maths, Sequence[Any], Sequence[Any]], Any]


class MissingDataError(Exception):
    """The data of a workload is no part of the project, and is not here."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} is not here: it belongs in {path.parent}")


@dataclass(frozen=True)
class Workload:
    """A function of parameters and a row of data; over many rows the objective is ``scale * sum(rows) + rest``."""

    title: str
    function: Function
    point: Sequence[float]
    data: Rows
    """Rows of data, at least one; empty rows where the function takes none."""
    sizes: tuple[int, ...]
    """How many rows are measured at once."""
    own: bool = True
    """Whether each row has parameters of its own; if so there are gradients a row, else one gradient of the whole."""
    outputs: int = 1
    rest: Callable[[Maths, Sequence[Any], int], Any] | None = None
    """What the objective has besides its rows: a function of the parameters and of the number of rows."""
    mean: bool = False
    """Whether the rows are averaged instead of summed."""
    natural: Callable[[Any, Any, Any], Any] | None = None
    """The whole objective of all rows in tensors, as their users would write it: namespace, parameters, matrix of data."""
    by_hand: Callable[[Any, Any, Any], tuple[Any, Any]] | None = None
    """Value and gradient of the whole objective in numpy, differentiated by hand."""

    def parameters(self) -> Rows:
        """Parameters for `BASE_ROWS` rows, each within a hundredth of the point; the first is the point."""
        stream = random.Random(7)
        varied = [[x * (1 + stream.uniform(-0.01, 0.01)) for x in self.point] for _ in range(BASE_ROWS - 1)]
        return [list(self.point), *varied]

    def scale(self, rows: int) -> float:
        """What the sum over so many rows is multiplied by."""
        return 1 / rows if self.mean else 1.0

    def operations(self) -> int:
        """How many operations on numbers one row takes."""
        return counted(lambda point, row: self.function(COUNTING, point, row), self.point, self.data[0])


class Counted:
    """A number that counts the operations on numbers of its kind."""

    count = 0

    def __init__(self, number: float) -> None:
        self.number = number

    def _result(self, number: float) -> Counted:
        Counted.count += 1
        return Counted(number)

    def __add__(self, other: Any) -> Counted:
        return self._result(self.number + _number(other))

    def __sub__(self, other: Any) -> Counted:
        return self._result(self.number - _number(other))

    def __mul__(self, other: Any) -> Counted:
        return self._result(self.number * _number(other))

    def __truediv__(self, other: Any) -> Counted:
        return self._result(self.number / _number(other))

    def __rsub__(self, other: float) -> Counted:
        return self._result(other - self.number)

    def __rtruediv__(self, other: float) -> Counted:
        return self._result(other / self.number)

    def __pow__(self, other: int) -> Counted:
        return self._result(self.number**other)

    def __neg__(self) -> Counted:
        return self._result(-self.number)

    __radd__, __rmul__ = __add__, __mul__


def _number(x: Any) -> float:
    return x.number if isinstance(x, Counted) else float(x)


def _counting(function: Callable[..., float]) -> Callable[..., Counted]:
    def called(*xs: Any) -> Counted:
        Counted.count += 1
        return Counted(function(*map(_number, xs)))

    return called


COUNTING = Maths(**{name: _counting(getattr(FLOATS, name)) for name in Maths.NAMES})


def counted(function: Callable[..., Any], *arguments: Sequence[float]) -> int:
    """How many operations a function does on numbers."""
    wrapped = [[Counted(x) for x in argument] for argument in arguments]
    Counted.count = 0
    function(*wrapped)
    return Counted.count


# (a) The mixed expression.


def mixed(segments: int, sizes: tuple[int, ...]) -> Workload:
    """The mixed expression of the eager benchmarks."""
    plan = expressions.plan(segments)

    def function(m: Maths, xs: Sequence[Any], _: Sequence[Any]) -> Any:
        return expressions.mixed(xs, plan, m.tanh, m.exp)

    return Workload(f"(a) mixed expression, {segments:,} segments", function, expressions.mixed_point(), [[]], sizes)


# (b), (c) Networks. A layer is a matrix with a neuron a row: its weights, then its bias.


def layers(parameters: Sequence[Any], sizes: Sequence[int]) -> Iterator[list[Sequence[Any]]]:
    """The parameters, neuron by neuron, layer by layer."""
    begin = 0
    for inputs, neurons in pairwise(sizes):
        width = inputs + 1
        yield [parameters[begin + i * width : begin + (i + 1) * width] for i in range(neurons)]
        begin += neurons * width


def network(m: Maths, parameters: Sequence[Any], xs: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """The outputs of a network of dense layers with relu between them."""
    last = len(sizes) - 2
    values = list(xs)
    for i, neurons in enumerate(layers(parameters, sizes)):
        sums = [m.dot(neuron[:-1], values, neuron[-1]) for neuron in neurons]
        values = sums if i == last else [m.relu(s) for s in sums]
    return values


def matrices(parameters: Any, sizes: Sequence[int]) -> list[tuple[Any, Any]]:
    """The layers of a vector of parameters as (weights, biases)."""
    found, begin = [], 0
    for inputs, neurons in pairwise(sizes):
        end = begin + neurons * (inputs + 1)
        layer = parameters[begin:end].reshape(neurons, inputs + 1)
        found.append((layer[:, :-1], layer[:, -1]))
        begin = end
    return found


def _outputs(xp: Any, parameters: Any, values: Any, sizes: Sequence[int]) -> Any:
    *hidden, (weights, biases) = matrices(parameters, sizes)
    for w, b in hidden:
        values = xp.relu(values @ w.T + b)
    return values @ weights.T + biases


def _network_by_hand(
    np: Any, parameters: Any, inputs: Any, sizes: Sequence[int], loss: Callable[[Any], tuple[float, Any]]
) -> tuple[float, Any]:
    """A loss and its gradient by all parameters; `loss` gives the value and the derivatives by the network's outputs."""
    stack = matrices(parameters, sizes)
    values = [inputs]
    for w, b in stack[:-1]:
        values.append(np.maximum(values[-1] @ w.T + b, 0.0))
    value, incoming = loss(values[-1] @ stack[-1][0].T + stack[-1][1])
    parts: list[Any] = []
    for (w, _), below in zip(reversed(stack), reversed(values), strict=True):
        parts.append(np.concatenate([incoming.T @ below, incoming.sum(axis=0)[:, None]], axis=1).ravel())
        incoming = (incoming @ w) * (below > 0)
    return value, np.concatenate(parts[::-1])


MOONS = (2, 16, 16, 1)
ALPHA = 1e-4
"""The weight of the sum of squares in micrograd's demo."""


def _moons_row(m: Maths, parameters: Sequence[Any], row: Sequence[Any]) -> Any:
    [score] = network(m, parameters, row[:2], MOONS)
    return m.relu(1 - row[2] * score)


def _moons_rest(m: Maths, parameters: Sequence[Any], _: int) -> Any:
    return m.dot(parameters, parameters, 0.0) * ALPHA


def _moons_natural(xp: Any, parameters: Any, data: Any) -> Any:
    scores = _outputs(xp, parameters, data[:, :2], MOONS)[:, 0]
    return xp.relu(1 - data[:, 2] * scores).mean() + ALPHA * (parameters * parameters).sum()


def _moons_by_hand(np: Any, parameters: Any, data: Any) -> tuple[Any, Any]:
    labels = data[:, 2:]

    def loss(scores: Any) -> tuple[float, Any]:
        margins = np.maximum(1 - labels * scores, 0.0)
        return margins.mean(), -labels * (margins > 0) / len(data)

    value, gradient = _network_by_hand(np, parameters, data[:, :2], MOONS, loss)
    return value + ALPHA * (parameters @ parameters), gradient + 2 * ALPHA * parameters


def moons_case() -> dict[str, Any]:
    """The data, first weights and losses of micrograd's demo."""
    path = CASES / "micrograd" / "demo_moons.json"
    if not path.is_file():
        raise MissingDataError(path)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def moons() -> Workload:
    """The loss of micrograd's demo: mean of hinge losses over 100 points, and a sum of squares."""
    case = moons_case()
    data = [[*map(float, x), float(y)] for x, y in zip(case["X"], case["y"], strict=True)]
    return Workload(
        "(b) micrograd's demo: network 2-16-16-1, hinge loss",
        _moons_row,
        case["init"],
        data,
        (100, 1000, 100_000),
        own=False,
        rest=_moons_rest,
        mean=True,
        natural=_moons_natural,
        by_hand=_moons_by_hand,
    )


DIGITS = (64, 32, 10)


def _digits_row(m: Maths, parameters: Sequence[Any], row: Sequence[Any]) -> Any:
    scores = network(m, parameters, row[:64], DIGITS)
    return m.logsumexp(scores) - m.dot(row[64:], scores, 0.0)


def _digits_natural(xp: Any, parameters: Any, data: Any) -> Any:
    scores = _outputs(xp, parameters, data[:, :64], DIGITS)
    return (xp.logsumexp(scores) - (data[:, 64:] * scores).sum(1)).mean()


def _digits_by_hand(np: Any, parameters: Any, data: Any) -> tuple[Any, Any]:
    hot = data[:, 64:]

    def loss(scores: Any) -> tuple[float, Any]:
        shifted = scores - scores.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        sums = powers.sum(axis=1, keepdims=True)
        value = np.log(sums).mean() - (hot * shifted).sum() / len(data)
        return value, (powers / sums - hot) / len(data)

    return _network_by_hand(np, parameters, data[:, :64], DIGITS, loss)


def digits() -> Workload:
    """Softmax cross-entropy of a network on rows of 64 pixels and a label in ten numbers, of the digits' shape but random."""
    stream = random.Random(64)
    parameters: list[float] = []
    for inputs, neurons in pairwise(DIGITS):
        bound = math.sqrt(1 / inputs)
        parameters += [stream.uniform(-bound, bound) for _ in range(neurons * (inputs + 1))]
    data = []
    for _ in range(BASE_ROWS):
        label = stream.randrange(10)
        data.append([stream.randrange(17) / 16 for _ in range(64)] + [float(i == label) for i in range(10)])
    return Workload(
        "(c) network 64-32-10, softmax cross-entropy",
        _digits_row,
        parameters,
        data,
        (32, 1000, 100_000),
        own=False,
        mean=True,
        natural=_digits_natural,
        by_hand=_digits_by_hand,
    )


# (d) An ordinary differential equation.

STEPS = 1000
STEP = 0.01
LOTKA_VOLTERRA = (1.5, 1.0, 3.0, 1.0, 1.0, 1.0)
"""Growth, predation, death, increase; then the two populations at the start."""


def ode(m: Maths, parameters: Sequence[Any], _: Sequence[Any]) -> Any:
    """The sum of squares of Lotka's and Volterra's populations after 1,000 steps of the classical Runge-Kutta method."""
    growth, predation, death, increase, x, y = parameters

    def slopes(x: Any, y: Any) -> tuple[Any, Any]:
        return x * (growth - predation * y), y * (increase * x - death)

    def step(state: tuple[Any, Any]) -> tuple[Any, Any]:
        x, y = state
        k1, l1 = slopes(x, y)
        k2, l2 = slopes(x + k1 * (STEP / 2), y + l1 * (STEP / 2))
        k3, l3 = slopes(x + k2 * (STEP / 2), y + l2 * (STEP / 2))
        k4, l4 = slopes(x + k3 * STEP, y + l3 * STEP)
        return x + (k1 + (k2 + k3) * 2 + k4) * (STEP / 6), y + (l1 + (l2 + l3) * 2 + l4) * (STEP / 6)

    x, y = m.repeat(step, (x, y), STEPS)
    return x * x + y * y


# (e) ADBench.


def _adbench(*parts: str) -> Path:
    path = CASES.joinpath("adbench", "data", *parts)
    if not path.is_file():
        raise MissingDataError(path)
    return path


def gmm(dimensions: int) -> Workload:
    """The log-likelihood of a mixture of five Gaussians at 1,000 points, with a Wishart prior."""
    case = adbench.read_gmm(_adbench("gmm", "1k", f"gmm_d{dimensions}_K5.txt"))
    return Workload(
        f"(e) ADBench's GMM, d = {dimensions}, K = 5",
        partial(adbench.gmm_row, case),
        case.parameters,
        case.points,
        (1000, 100_000),
        own=False,
        rest=partial(adbench.gmm_rest, case),
        natural=partial(adbench.gmm_natural, case),
    )


def bundle_adjustment() -> Workload:
    """The three errors of one observation by camera, point and weight: a Jacobian of 3 by 15 a row."""
    parameters, feature = adbench.read_ba(_adbench("ba", "ba1_n49_m7776_p31843.txt"))
    title = "(e) ADBench's BA, one observation a row"
    return Workload(title, adbench.ba_row, parameters, [feature], (1000, 100_000), outputs=3)


LSTM_CHARACTERS = 128


def lstm() -> Workload:
    """The loss of a network of two diagonal LSTM layers on the first characters of the text."""
    case = adbench.read_lstm(_adbench("lstm", "lstm_l2_c1024.txt"), LSTM_CHARACTERS)
    return Workload(
        f"(e) ADBench's LSTM, two layers, {LSTM_CHARACTERS} of 1,024 characters",
        partial(adbench.lstm, case),
        case.parameters,
        [[]],
        (),
        natural=partial(adbench.lstm_natural, case),
    )


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "mixed-1k": lambda: mixed(10, (1000, 100_000)),
    "mixed-10k": lambda: mixed(100, (1000,)),
    "mixed-100k": lambda: mixed(1000, (1000,)),
    "moons": moons,
    "digits": digits,
    "ode": lambda: Workload(
        "(d) Lotka-Volterra, 1,000 steps of Runge-Kutta 4", ode, LOTKA_VOLTERRA, [[]], (1000,)
    ),
    "gmm-d2": lambda: gmm(2),
    "gmm-d10": lambda: gmm(10),
    "ba": bundle_adjustment,
    "lstm": lstm,
}
