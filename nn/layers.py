"""Neurons, layers, networks of layers, and small images: each takes numbers or Values, and gives Values.

>>> import random
>>> random.seed(1337)
>>> model = MLP(2, [16, 16, 1])  # as micrograd's, with the same first numbers
>>> model
MLP(2 -> 16 -> 16 -> 1): 337 parameters
  layers.0. Layer(2 -> 16, relu): 48 parameters
  layers.1. Layer(16 -> 16, relu): 272 parameters
  layers.2. Layer(16 -> 1, identity): 17 parameters
>>> model([1.0, -2.0]).op
'dot'

A unit k gives activation(b[k] + w[k][0] x[0] + w[k][1] x[1] + ...): the bias is added, and w[k][j] belongs to input j.
"""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, pairwise
from types import NoneType
from typing import Any, TypeAlias

from autograd import FUNCTIONS, Value, dot, mean, ops, softmax
from autograd.operation import Operation
from autograd.structures import labels, template_of, unmasked
from nn.module import Module, Stage, Traced, children, stages_of, within

Activation: TypeAlias = str | Callable[[Any], Any]
Init: TypeAlias = "str | Sequence[float] | Draws"
Seed: TypeAlias = int | random.Random | None

# First numbers.

LIMITS: dict[str, Callable[[int, int], float]] = {
    "uniform": lambda inputs, outputs: 1.0,  # as micrograd
    "xavier": lambda inputs, outputs: math.sqrt(6 / (inputs + outputs)),  # Glorot, Bengio 2010
    "he": lambda inputs, outputs: math.sqrt(6 / inputs),  # He, Zhang, Ren, Sun 2015
    "zeros": lambda inputs, outputs: 0.0,
}
"""Weights are drawn evenly between minus and plus this, of so many inputs and outputs of a unit; biases are 0."""


class Draws:
    """Where first numbers come from: drawn by a rule, or given in the order of `parameters()`."""

    def __init__(self, init: str | Sequence[float], seed: Seed) -> None:
        if not (isinstance(init, str) or hasattr(init, "__iter__")):
            message = f"init is {', '.join(sorted(LIMITS))}, or a number for each parameter, not {init!r}"
            raise TypeError(message)
        if not (seed is None or hasattr(seed, "__index__") or hasattr(seed, "uniform")):
            message = f"seed is a whole number, a random.Random, or None for the module random, not {seed!r}"
            raise TypeError(message)
        self.drawn, self.outputs = isinstance(init, str), 1
        self.given = iter([] if isinstance(init, str) else [float(x) for x in init])
        if isinstance(init, str):
            self.limit = _known(init, LIMITS, "init")
        # Python's uniform() is one multiplication and one addition of a Mersenne twister: the same numbers on every platform.
        source: Any = random if seed is None else seed
        self.random = random.Random(int(source)) if hasattr(source, "__index__") else source  # noqa: S311  (no secrets)

    def weights(self, count: int) -> list[Value]:
        """The weights of one unit, one of `outputs` that each of its inputs goes to."""
        if not self.drawn:
            return list(map(Value, self._next(count)))
        limit = self.limit(count, self.outputs)
        return [Value(self.random.uniform(-limit, limit)) for _ in range(count)]

    def bias(self) -> Value:
        """Its bias."""
        return self.numbers(1, 0.0)[0]

    def numbers(self, count: int, usual: float) -> list[Value]:
        """So many parameters that begin at a usual number, where none are given."""
        return [Value(x) for x in ([usual] * count if self.drawn else self._next(count))]

    def _next(self, count: int) -> list[float]:
        found = list(islice(self.given, count))
        if len(found) < count:
            message = "init holds too few numbers: it needs one for each parameter, a unit's weights and then its bias"
            raise ValueError(message)
        return found


@contextmanager
def drawing(init: Init, seed: Seed) -> Iterator[Draws]:
    """The source of first numbers; numbers that are given must all be used by the module that they were given to."""
    if isinstance(init, Draws):
        yield init
        return
    draws = Draws(init, seed)
    yield draws
    if left := len(list(draws.given)):
        message = f"init holds {left} number{'s' * (left != 1)} too many: it needs one for each parameter"
        raise ValueError(message)


def _known(name: str, names: Any, what: str) -> Any:
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    message = f"{what} {name!r} is not known; there are {', '.join(sorted(names))}.{hint}"
    raise ValueError(message)


# Activations.


def activations() -> dict[str, Callable[[Any], Any]]:
    """All functions that can stand behind a unit, by name: the table's of one operand, identity, and softmax of a whole layer."""
    single = {name: FUNCTIONS[name] for name, entry in ops.TABLE.items() if _of_one(entry) and name in FUNCTIONS}
    return single | {"identity": _identity, "softmax": softmax}


def _of_one(entry: Operation) -> bool:
    return not entry.many and len(entry.operands) - len(entry.defaults) == 1 and entry.name not in ("where", "detach", "identity")


def _identity(x: Any) -> Any:
    """No node of its own."""
    return x


def activation_of(given: Activation) -> tuple[str, Callable[[Any], Any]]:
    """The name of an activation, and the function."""
    if isinstance(given, str):
        return given, _known(given, activations(), "activation")
    if not callable(given):
        message = f"an activation is a name or a function, not {given!r}"
        raise TypeError(message)
    return getattr(given, "__name__", type(given).__name__), given


# Fully connected.


class Neuron(Module):
    """One unit: activation(b + w[0] x[0] + w[1] x[1] + ...); the sum is one node.

    `activation` is a name (see `activations`) or a function. `init` is "uniform" (as micrograd: weights between -1 and 1, bias
    0), "xavier", "he", "zeros" or all numbers, the bias last. `seed`: an int, a `random.Random`, or None for the module `random`.
    Without `bias` there is no b.

    >>> Neuron(2, "tanh", init=[1.0, -1.0, 0.5])([2.0, 2.5]).data
    0.0
    """

    def __init__(
        self, nin: int, activation: Activation = "relu", *, init: Init = "uniform", seed: Seed = None, bias: bool = True
    ) -> None:
        self.activation, self.function = activation_of(activation)
        if self.function is softmax:
            message = "softmax is of a whole layer: give it to a Layer"
            raise ValueError(message)
        with drawing(init, seed) as draws:
            self.w = draws.weights(positive(nin, "nin", self))
            self.b: Any = draws.bias() if bias else 0.0  # of a user: a Value

    def forward(self, x: Any) -> Value:  # noqa: D102
        return self.function(dot(self.w, inputs(self, x, len(self.w)), self.b))  # type: ignore[no-any-return]

    def fire(self, xs: list[Any]) -> Value:
        """The output for a list of so many numbers, which is not looked at again: what a layer asks for."""
        with self.scope:
            return self.function(dot(self.w, xs, self.b))  # type: ignore[no-any-return]

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """Its sum and its output."""
        if not computes_as(self, Neuron):
            return super().trace(x)
        with self.scope:
            a = dot(self.w, inputs(self, x, len(self.w)), self.b)
            return traced(a, self.function(a))

    def architecture(self) -> list[Stage]:
        """One unit."""
        if not computes_as(self, Neuron):
            return super().architecture()
        return [self._stage("dense", **dense(self.activation, [self]))]

    def described(self) -> str:  # noqa: D102
        return f"Neuron({len(self.w)}, {self.activation})"


class Layer(Module):
    """`nout` neurons on the same `nin` inputs; gives a list, or, of one neuron, its output itself (as micrograd).

    Options as of `Neuron`; the activation may be "softmax", of all outputs together.

    >>> Layer(2, 3, "softmax", init="zeros")([1.0, 2.0])[0].data == 1 / 3
    True
    """

    def __init__(self, nin: int, nout: int, activation: Activation = "relu", *, init: Init = "uniform", seed: Seed = None,
                 bias: bool = True) -> None:  # fmt: skip
        self.nin = positive(nin, "nin", self)
        self.activation, function = activation_of(activation)
        self.function = function if function is softmax else _identity
        each = _identity if function is softmax else function
        with drawing(init, seed) as draws:
            draws.outputs = nout
            self.neurons = [Neuron(nin, each, bias=bias, init=draws) for _ in range(positive(nout, "nout", self))]

    def forward(self, x: Any) -> Any:  # noqa: D102
        xs = inputs(self, x, self.nin)
        out = self.function([neuron.fire(xs) for neuron in self.neurons])
        return out[0] if len(out) == 1 else out

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """The sums and the outputs of its units: lists, or, of one neuron, numbers."""
        if not computes_as(self, Layer):
            return super().trace(x)
        with self.scope:
            xs = inputs(self, x, self.nin)
            units = [step for neuron in self.neurons for step in neuron.trace(xs)]
            a, z = [unit.a for unit in units], self.function([unit.z for unit in units])
            return traced(a, z) if len(units) > 1 else traced(a[0], z[0])

    def tensors(self) -> dict[str, Any]:
        """The matrix w, (nout, nin), and the vector b, (nout,), if it has biases."""
        biases = [neuron.b for neuron in self.neurons]
        return {"w": [neuron.w for neuron in self.neurons]} | ({"b": biases} if isinstance(biases[0], Value) else {})

    def architecture(self) -> list[Stage]:
        """Its units beside each other."""
        if not computes_as(self, Layer):
            return super().architecture()
        return [self._stage("dense", **dense(self.activation, self.neurons))]

    def described(self) -> str:  # noqa: D102
        return f"Layer({self.nin} -> {len(self.neurons)}, {self.activation})"

    def __repr__(self) -> str:
        return f"{self.described()}: {self._counted()}"


def dense(activation: str, neurons: Sequence[Neuron]) -> dict[str, Any]:
    """What a `Stage` says of units on the same inputs."""
    weights = [[p.data for p in neuron.w] for neuron in neurons]
    biases = [neuron.b.data if isinstance(neuron.b, Value) else neuron.b for neuron in neurons]
    own = sum(1 + len(row) if isinstance(neuron.b, Value) else len(row) for neuron, row in zip(neurons, weights))
    said = {"inputs": len(weights[0]), "outputs": len(neurons), "parameters": own}
    return {**said, "weights": weights, "biases": biases, "activation": activation}


class Sequential(Module):
    """Modules (or functions) one after the other.

    >>> Sequential(Layer(2, 3, seed=1), softmax)
    Sequential: 9 parameters
      layers.0. Layer(2 -> 3, relu): 9 parameters
      layers.1. softmax
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        self.layers = list(layers)
        for layer in layers:
            if not callable(layer):
                message = f"Sequential takes modules and functions, not {layer!r}"
                raise TypeError(message)

    def forward(self, x: Any) -> Any:  # noqa: D102
        for layer in self.layers:
            x = layer(x)
        return x

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """What its modules and functions make of an input, one after the other."""
        return tuple(self._traced(x)) if computes_as(self, Sequential) else super().trace(x)

    def _traced(self, x: Any) -> list[Traced]:
        steps: list[Traced] = []
        with self.scope:
            for i, layer in enumerate(self.layers):
                made = type(layer).trace(layer, x) if isinstance(layer, Module) else (Traced("", None, layer(x)),)
                steps += traced_within(f"layers.{i}", made)
                x = made[-1].z if made else x
        return steps

    def architecture(self) -> list[Stage]:
        """Its modules and functions, one after the other."""
        return self._steps() if computes_as(self, Sequential) else super().architecture()

    def _steps(self) -> list[Stage]:
        return [step for i, layer in enumerate(self.layers) for step in within(f"layers.{i}", _stages(layer))]

    def __repr__(self) -> str:
        lines = [f"{self.described()}: {self._counted()}"]
        for i, layer in enumerate(self.layers):
            said = repr(layer) if isinstance(layer, Module) else _called(layer)
            lines += [f"  layers.{i}. {line}" if k == 0 else f"  {line}" for k, line in enumerate(said.splitlines())]
        return "\n".join(lines)


def _called(function: Callable[[Any], Any]) -> str:
    """The name of a function."""
    return str(getattr(function, "__name__", repr(function)))


def _stages(part: Callable[[Any], Any]) -> list[Stage]:
    return stages_of(part) if isinstance(part, Module) else [Stage(kind="function", description=_called(part))]


def computes_as(module: Module, known: type[Module]) -> bool:
    """Whether a module does with its input what the class `known` does, and not what a subclass wrote instead."""
    own = type(module)
    return all(getattr(own, name, None) is getattr(known, name, None) for name in ("__call__", "forward", "fire"))


def traced(a: Any, z: Any) -> tuple[Traced, ...]:
    """The trace of units: their sums, and what they give."""
    return traced_within("", [Traced("", a, z)])


def traced_within(name: str, steps: Iterable[Traced]) -> tuple[Traced, ...]:
    """The same steps with longer names, also of the units' Values: those of the module called `name` in the module around it."""
    longer = [step._replace(name=".".join(filter(None, (name, step.name)))) for step in steps]
    for step in longer:
        for what, values in () if step.a is None else (("a", step.a), ("z", step.z)):
            names = labels(".".join(filter(None, (step.name, what))), template_of(values))
            for label, v in zip(names, flat(values), strict=True):
                if type(v) is Value:  # no number, as a function of one's own may give
                    v.label = label
    return tuple(longer)


class MLP(Sequential):
    """Fully connected layers: `nin` inputs, then so many units a layer. The last layer has the activation `output`.

    >>> MLP(2, [2, 1], "sigmoid", output="sigmoid", seed=0)([1.0, 0.0]).op
    'sigmoid'
    """

    def __init__(self, nin: int, nouts: Sequence[int], activation: Activation = "relu", *, output: Activation = "identity",
                 init: Init = "uniform", seed: Seed = None) -> None:  # fmt: skip
        if not hasattr(nouts, "__len__") or len(nouts) == 0:
            message = "MLP needs the units of at least one layer, such as MLP(2, [16, 1])"
            raise ValueError(message)
        activation_of(activation)  # a wrong name is refused also where no layer is hidden
        sizes = list(pairwise([nin, *nouts]))
        with drawing(init, seed) as draws:
            hidden = [Layer(*size, activation, init=draws) for size in sizes[:-1]]
            super().__init__(*hidden, Layer(*sizes[-1], output, init=draws))

    def described(self) -> str:  # noqa: D102
        layers = [layer for _, layer in children(self) if isinstance(layer, Layer)]
        return f"MLP({' -> '.join(map(str, [layers[0].nin, *[len(layer.neurons) for layer in layers]]))})"


class Residual(Sequential):
    """x plus what the modules make of it, element by element: the shapes must agree.

    >>> Residual(Layer(2, 2, "identity", init="zeros"))([3.0, 4.0])[1].data
    4.0
    """

    def forward(self, x: Any) -> Any:  # noqa: D102
        x = plain(x)
        return added(x, super().forward(x), self)

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """What its modules make of an input, and then the sum."""
        if not computes_as(self, Residual):
            return super().trace(x)
        with self.scope:
            x = plain(x)
            steps = self._traced(x)
            return (*steps, Traced("", None, added(x, steps[-1].z if steps else x, self)))

    def architecture(self) -> list[Stage]:
        """One stage, with what its modules make of x inside."""
        if not computes_as(self, Residual):
            return super().architecture()
        return [self._stage("residual", inside=tuple(self._steps()))]


def added(x: Any, y: Any, who: Module) -> Any:
    """The sum of two nested lists of equal shape."""
    if isinstance(x, list) and isinstance(y, list) and len(x) == len(y):
        return [added(a, b, who) for a, b in zip(x, y)]
    if isinstance(x, list) and len(x) == 1 and not isinstance(y, list):  # what a layer of one unit gives
        return added(x[0], y, who)
    if isinstance(x, list) or isinstance(y, list):
        sizes = " and ".join(str(len(part)) if isinstance(part, list) else "a number" for part in (x, y))
        message = f"{type(who).__name__} adds its input to what its modules give; their sizes are {sizes}"
        raise ValueError(message)  # noqa: TRY004  (their kinds are right, their sizes differ)
    return x + y


# Images: channels of rows of numbers.


class Conv2d(Module):
    """Small images: each output is activation(b + a weighted sum of a window of all channels), one node and its activation.

    Takes [channel][row][column], or [row][column] where there is one channel, and gives `cout` channels. A window has
    `size` x `size` numbers and moves by `stride`; `padding` rows of zeros lie around. The weights are w[out][in][row][column];
    the window is not mirrored (a cross-correlation, as everywhere in this field).

    >>> Conv2d(1, 1, 2, "identity", init=[1.0, 0.0, 0.0, -1.0, 0.5])([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])[0][0][1].data
    -4.5
    """

    def __init__(self, cin: int, cout: int, size: int, activation: Activation = "relu", *, stride: int = 1, padding: int = 0,
                 init: Init = "uniform", seed: Seed = None) -> None:  # fmt: skip
        self.cin, self.size = positive(cin, "cin", self), positive(size, "size", self)
        self.stride, self.padding = positive(stride, "stride", self), positive(padding, "padding", self, least=0)
        self.activation, self.function = activation_of(activation)
        if self.function is softmax:
            message = "softmax is of a whole layer: give it to a Layer"
            raise ValueError(message)
        with drawing(init, seed) as draws:
            draws.outputs = cout * size * size
            self.units = [(draws.weights(cin * size * size), draws.bias()) for _ in range(positive(cout, "cout", self))]

    def forward(self, x: Any) -> list[list[list[Value]]]:  # noqa: D102
        windows = self._windows(image(self, x, self.cin))
        return [[[self.function(dot(w, window, b)) for window in row] for row in windows] for w, b in self.units]

    def _windows(self, channels: list[list[list[Any]]]) -> list[list[list[Any]]]:
        """For each place of the output the numbers that it is computed from."""
        size, edge = self.size, [0.0] * self.padding
        padded = [[edge + row + edge for row in channel] for channel in channels]
        if edge:
            empty = [[0.0] * len(padded[0][0])] * self.padding
            padded = [empty + channel + empty for channel in padded]
        rows, columns = places(self, len(padded[0]), size, self.stride), places(self, len(padded[0][0]), size, self.stride)
        return [
            [[x for channel in padded for row in channel[i : i + size] for x in row[j : j + size]] for j in columns] for i in rows
        ]

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """The sums and the outputs, [channel][row][column]."""
        if not computes_as(self, Conv2d):
            return super().trace(x)
        with self.scope:
            windows = self._windows(image(self, x, self.cin))
            a = [[[dot(w, window, b) for window in row] for row in windows] for w, b in self.units]
            return traced(a, [[list(map(self.function, row)) for row in channel] for channel in a])

    def tensors(self) -> dict[str, Any]:
        """The weights w, (cout, cin, size, size), and the biases b, (cout,)."""
        n = self.size
        each = [[[w[(c * n + i) * n : (c * n + i + 1) * n] for i in range(n)] for c in range(self.cin)] for w, _ in self.units]
        return {"w": each, "b": [b for _, b in self.units]}

    def architecture(self) -> list[Stage]:
        """Its windows of weights."""
        if not computes_as(self, Conv2d):
            return super().architecture()
        numbers = self.state_dict()
        sizes = {"inputs": self.cin, "outputs": len(self.units)}
        return [self._stage("convolution", weights=numbers["w"], biases=numbers["b"], activation=self.activation, **sizes)]

    def described(self) -> str:  # noqa: D102
        stride = f", stride {self.stride}" if self.stride != 1 else ""
        padding = f", padding {self.padding}" if self.padding else ""
        return f"Conv2d({self.cin} -> {len(self.units)}, {self.size}x{self.size}{stride}{padding}, {self.activation})"


class AvgPool2d(Module):
    """The mean of windows of `size` x `size` numbers beside each other, in each channel.

    >>> AvgPool2d(2)([[[1.0, 2.0], [3.0, 6.0]]])
    [[[3.0]]]
    """

    def __init__(self, size: int) -> None:
        self.size = positive(size, "size", self)

    def forward(self, x: Any) -> Any:  # noqa: D102
        return [self._pooled(channel) for channel in image(self, x, 0)]

    def _pooled(self, channel: list[list[Any]]) -> list[list[Any]]:
        n = self.size
        columns = places(self, len(channel[0]), n, n)
        rows = [channel[i : i + n] for i in places(self, len(channel), n, n)]
        return [[mean([x for row in some for x in row[j : j + n]]) for j in columns] for some in rows]

    def architecture(self) -> list[Stage]:
        """One step."""
        return [self._stage("pool")] if computes_as(self, AvgPool2d) else super().architecture()

    def described(self) -> str:  # noqa: D102
        return f"AvgPool2d({self.size}x{self.size})"


class Flatten(Module):
    """All numbers of nested lists as one list: what a `Layer` takes after an image.

    >>> Flatten()([[[1.0, 2.0], [3.0, 4.0]]])
    [1.0, 2.0, 3.0, 4.0]
    """

    def forward(self, x: Any) -> list[Any]:  # noqa: D102
        return list(flat(plain(x)))

    def architecture(self) -> list[Stage]:
        """One step."""
        return [self._stage("flatten")] if computes_as(self, Flatten) else super().architecture()


def flat(x: Any) -> Iterator[Any]:
    """All numbers of nested lists, in order."""
    return chain.from_iterable(map(flat, x)) if isinstance(x, (list, tuple)) else iter((x,))


# What goes in.


def positive(n: int, name: str, who: Module, least: int = 1) -> int:
    """`n` as an int, NumPy's integers too; `ValueError` below 1, or another least."""
    if not hasattr(n, "__index__") or isinstance(n, bool) or n < least:
        message = f"{type(who).__name__}: {name} is a whole number, at least {least}, not {n!r}"
        raise ValueError(message)
    return int(n)


def plain(x: Any) -> Any:
    """Arrays and tuples as lists; Values and numbers as they are. `TypeError` for masked numbers."""
    if hasattr(x, "tolist"):
        return (unmasked(x) if hasattr(x, "mask") else x).tolist()
    return [plain(part) for part in x] if isinstance(x, (list, tuple)) else x


def inputs(who: Module, x: Any, count: int) -> list[Any]:
    """The inputs of a module as a list of so many; a number stands for a list of one."""
    xs = x if type(x) is list else plain(x)
    if type(xs) is not list:
        if isinstance(xs, (dict, set, frozenset, str, NoneType)):
            message = f"{who.described()} takes a list of numbers, and was given {xs!r:.60}"
            raise TypeError(message)
        xs = [xs] if isinstance(xs, (Value, float, int)) else list(xs)
    if len(xs) != count or type(xs[0]) is list:
        numbers = f"{count} number{'s' * (count != 1)}"
        given = f"{len(xs)} lists of them: put Flatten() before it" if xs and type(xs[0]) is list else f"{len(xs)}"
        message = f"{who.described()} takes {numbers}, and was given {given}"
        raise ValueError(message)
    return xs


def image(who: Module, x: Any, channels: int) -> list[list[list[Any]]]:
    """An image as channels of rows of numbers, of so many channels (0: of any number)."""
    whole = plain(x)
    depth, part = 0, whole
    while isinstance(part, list) and part:
        depth, part = depth + 1, part[0]
    if depth == 2:
        whole, depth = [whole], 3
    if depth != 3 or (channels and len(whole) != channels):
        wanted = f"{channels} channel{'s' * (channels != 1)}" if channels else "channels"
        given = f"{len(whole)} channels" if depth == 3 else f"numbers nested {depth} deep"
        message = f"{who.described()} takes {wanted} of rows of numbers, [channel][row][column], and was given {given}"
        raise ValueError(message)
    if len({tuple(map(len, channel)) for channel in whole}) > 1 or len({len(row) for channel in whole for row in channel}) > 1:
        message = f"{who.described()} takes images whose rows are of one length, and channels of one size"
        raise ValueError(message)
    return whole  # type: ignore[no-any-return]


def places(who: Module, length: int, size: int, stride: int) -> range:
    """Where windows of so many numbers begin."""
    if length < size:
        message = f"{who.described()} needs images of at least {size} numbers a side, and was given {length}"
        raise ValueError(message)
    return range(0, length - size + 1, stride)
