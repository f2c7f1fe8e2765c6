"""Sequences: lists of vectors, one a position, such as the letters of a word. What GPTs and recurrent networks are made of.

>>> letters = Embedding(27, 8, seed=1)
>>> attention = Attention(8, heads=2, seed=2)
>>> out = attention(letters([0, 5, 13]))  # three letters, as numbers
>>> len(out), len(out[0])
(3, 8)

A whole network is a module of one's own made of these: ``examples/train_names.py`` has a GPT, ``examples/train_sine.py`` an LSTM.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import autograd
from autograd import Value, dot, mean, softmax, sqrt, take
from autograd.indices import is_index
from nn.layers import Activation, Init, Layer, Seed, computes_as, drawing, inputs, plain, positive
from nn.module import Module, Stage, Token, children, replaced


class Step(Module):
    """One that a picture shows with the formula of what it computes, unless a subclass computes something else."""

    def formula(self) -> str:
        """What is computed of x."""
        raise NotImplementedError

    def architecture(self) -> list[Stage]:
        """One stage, with its modules inside."""
        known = next(each for each in type(self).__mro__ if "formula" in vars(each))
        stages = super().architecture()
        return [replace(each, kind="step", formula=self.formula()) for each in stages] if computes_as(self, known) else stages


class Embedding(Step):
    """A vector of `size` numbers for each of `count` tokens: takes a token, 0 to count - 1, or lists of them.

    What is recorded takes tokens that were declared by `autograd.index(tokens, count)`.

    The numbers begin between -1 and 1; options as of `Neuron`. The gradient goes to the rows that were taken.

    >>> Embedding(3, 2, init=[0.0, 0.5, 1.0, 1.5, 2.0, 2.5])([2, 0])[0][1].data
    2.5
    """

    takes_tokens = True

    def __init__(self, count: int, size: int, *, init: Init = "uniform", seed: Seed = None) -> None:
        self.count, self.size = positive(count, "count", self), positive(size, "size", self)
        with drawing(init, seed) as draws:
            self.w = [draws.weights(self.size) for _ in range(self.count)]

    def forward(self, x: Any) -> Any:  # noqa: D102
        return self._taken(plain(x))

    def _taken(self, x: Any) -> Any:
        if isinstance(x, list):
            return [self._taken(part) for part in x]
        if is_index(x):
            return take(self.w, x)
        if type(x) is Token:
            x.size = self.count
        if isinstance(x, bool) or not isinstance(x, (int, float)) or x not in range(self.count):  # fit has floats
            hint = f": a token of what is differentiated or recorded is autograd.index(token, {self.count})" * (type(x) is Value)
            message = f"{self.described()} takes whole numbers from 0 to {self.count - 1}, and was given {x!r:.60}{hint}"
            raise ValueError(message)
        return list(self.w[int(x)])

    def described(self) -> str:  # noqa: D102
        return f"Embedding({self.count} of {self.size})"

    def formula(self) -> str:  # noqa: D102
        return "w[token]"


# Normalised vectors.


class RMSNorm(Step):
    """x / sqrt(mean(x^2) + eps), times a weight for each element, which begins at 1: of a vector, or of each in a list.

    Without `affine` it has no weights. Zhang, Sennrich: Root mean square layer normalization, 2019.

    >>> RMSNorm(2, eps=0.0)([3.0, 3.0])[0].data
    1.0
    """

    def __init__(self, size: int, eps: float = 1e-5, *, affine: bool = True, init: Init = "uniform") -> None:
        self.size, self.eps, self.affine = positive(size, "size", self), not_negative(eps, "eps", self), affine
        with drawing(init, None) as draws:
            self.w = draws.numbers(self.size, 1.0) if affine else []

    def forward(self, x: Any) -> Any:  # noqa: D102
        return of_vectors(self, self._normed, x)

    def _normed(self, x: list[Any]) -> list[Any]:
        y = scaled(x, self.eps, self)
        return [w * v for w, v in zip(self.w, y)] if self.affine else y

    def described(self) -> str:  # noqa: D102
        return f"{type(self).__name__}({self.size})"

    def formula(self) -> str:  # noqa: D102
        return f"{'w × ' * self.affine}x / √(mean(x²) + ε)"


class LayerNorm(Step):
    """(x - mean) / sqrt(variance + eps), times a weight plus a bias for each element: of a vector, or of each in a list.

    The variance is the mean of the squares; weights begin at 1, biases at 0. Without `affine` there are none of them. Numbers
    given are all weights, then all biases. Ba, Kiros, Hinton: Layer normalization, 2016.

    >>> [y.data for y in LayerNorm(2, eps=0.0)([1.0, 3.0])]
    [-1.0, 1.0]
    """

    def __init__(self, size: int, eps: float = 1e-5, *, affine: bool = True, init: Init = "uniform") -> None:
        self.size, self.eps, self.affine = positive(size, "size", self), not_negative(eps, "eps", self), affine
        with drawing(init, None) as draws:
            self.w = draws.numbers(self.size, 1.0) if affine else []
            self.b = draws.numbers(self.size, 0.0) if affine else []

    def forward(self, x: Any) -> Any:  # noqa: D102
        return of_vectors(self, self._normed, x)

    def _normed(self, x: list[Any]) -> list[Any]:
        middle = mean(x)
        y = scaled([v - middle for v in x], self.eps, self)
        return [w * v + b for w, v, b in zip(self.w, y, self.b)] if self.affine else y

    def described(self) -> str:  # noqa: D102
        return f"{type(self).__name__}({self.size})"

    def formula(self) -> str:  # noqa: D102
        return f"{'w × ' * self.affine}(x − mean(x)) / √(var(x) + ε){' + b' * self.affine}"


def scaled(x: list[Any], eps: float, who: Step) -> list[Any]:
    """A vector over the square root of the mean of its squares. `ZeroDivisionError` if that is 0."""
    try:
        scale = 1.0 / sqrt(dot(x, x) / len(x) + eps)
    except ZeroDivisionError as error:
        message = f"{who.described()}: the mean of squares that it divides by is 0, and eps is {eps:g}: give eps=1e-5"
        raise ZeroDivisionError(message) from error
    return [v * scale for v in x]


# What looks back.


class Attention(Step):
    """Each position asks those before it, and itself: a mean of their values, weighted by softmax(query . key / sqrt(width)).

    Takes and gives a list of vectors of `size` numbers. Each of `heads` works on size / heads of the numbers; the layer `output`
    mixes what they found. Causal by the way it is computed: position t meets the keys and values 0 to t, there is no mask.
    Vaswani and others: Attention is all you need, 2017.

    >>> attention = Attention(4, heads=2, seed=1)
    >>> [[round(w.data, 3) for w in weights] for weights in attention.weights([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])[0]]
    [[1.0], [0.384, 0.616]]
    """

    def __init__(self, size: int, heads: int = 1, *, init: Init = "xavier", seed: Seed = None, bias: bool = False) -> None:
        self.size, self.heads = positive(size, "size", self), positive(heads, "heads", self)
        if self.size % self.heads:
            message = f"Attention: {size} numbers cannot be shared among {heads} heads: size is a multiple of heads"
            raise ValueError(message)
        with drawing(init, seed) as draws:
            layers = [Layer(size, size, "identity", bias=bias, init=draws) for _ in range(4)]
        self.query, self.key, self.value, self.output = layers

    def forward(self, x: Any) -> list[list[Any]]:  # noqa: D102
        return [found for found, _ in self._positions(x)]

    def weights(self, x: Any) -> list[list[list[Any]]]:
        """What each position looks at, [head][position][key]: position t has t + 1 numbers, which add up to 1."""
        with self.scope:
            return [list(head) for head in zip(*[weights for _, weights in self._positions(x)])]

    def _positions(self, x: Any) -> Iterator[tuple[list[Any], list[list[Any]]]]:
        """For each position what it finds, and the weights of each head."""
        keys: list[list[Any]] = []
        values: list[list[Any]] = []
        for t, row in enumerate(vectors(self, x, self.size)):
            with autograd.scope(f"position{t}"):
                keys.append(listed(self.key(row)))
                values.append(listed(self.value(row)))
                heads = self._heads(listed(self.query(row)), keys, values)
                found = listed(self.output([v for part, _ in heads for v in part]))
            yield found, [weights for _, weights in heads]

    def _heads(self, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[tuple[list[Any], list[Any]]]:
        """The same of each head, of its part of the numbers."""
        width, heads = self.size // self.heads, []
        asked = [q * (1.0 / math.sqrt(width)) for q in query]
        for h, start in enumerate(range(0, self.size, width)):
            part = slice(start, start + width)
            with autograd.scope(f"head{h}"):
                weights = softmax([dot(asked[part], key[part]) for key in keys])
                heads.append(([dot(weights, list(column)) for column in zip(*[v[part] for v in values])], weights))
        return heads

    def described(self) -> str:  # noqa: D102
        return f"Attention({self.size}, {self.heads} head{'s' * (self.heads != 1)})"

    def formula(self) -> str:  # noqa: D102
        return f"output(Σ softmax(query · key / √{self.size // self.heads}) value)"


class RNN(Step):
    """A state of `nout` numbers that is carried along: h = activation(b + w [x, h]), from zeros on; gives h at each position.

    Its one layer `cell` takes the `nin` numbers of a position and then the state: ``w[k][nin + j]`` leads from state j to k.
    Elman: Finding structure in time, 1990.

    >>> [h.data for h in RNN(1, 1, "identity", init=[1.0, 0.5, 0.0])([[1.0], [0.0], [0.0]])]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, nin: int, nout: int, activation: Activation = "tanh", *, init: Init = "xavier", seed: Seed = None) -> None:
        self.nin, self.nout = positive(nin, "nin", self), positive(nout, "nout", self)
        self.cell = Layer(self.nin + self.nout, self.nout, activation, init=init, seed=seed)

    def forward(self, x: Any) -> list[Any]:  # noqa: D102
        h: Any = [0.0] * self.nout
        states = []
        for t, row in enumerate(vectors(self, x, self.nin)):
            with autograd.scope(f"position{t}"):
                h = self.cell(row + listed(h))
            states.append(h)
        return states

    def described(self) -> str:  # noqa: D102
        return f"RNN({self.nin} -> {self.nout}, {self.cell.activation})"

    def formula(self) -> str:  # noqa: D102
        return "h = cell(x, h)"


# By chance.


class Dropout(Step):
    """Each number becomes 0 with the probability `rate`, else it is divided by 1 - rate; after `eval()` all stay as they are.

    By hand each call draws anew. `seed`, from 0 to 2**32 - 1, and the number of calls tell what it draws; both stand in
    `state_dict()`. `nn.fit` hands every sample its own factors, which follow from the seeds and the optimiser's steps: a training
    that is resumed goes on with the same. Srivastava and others, 2014.

    >>> Dropout(0.5, seed=1)([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    """

    factor: Callable[[float], Any] | None = None
    """What to multiply with, for a rate, where `fit` hands it out."""

    def __init__(self, rate: float = 0.5, *, seed: Seed = None) -> None:
        if not (hasattr(rate, "__float__") and 0 <= rate < 1):
            message = f"Dropout: rate is a probability, 0 or more and below 1, not {rate!r}"
            raise ValueError(message)
        source: Any = random if seed is None else seed
        number = source.getrandbits(32) if hasattr(source, "getrandbits") else positive(source, "seed", self, least=0)
        if number >= 2**32:
            message = f"Dropout: seed is below 2**32, not {seed!r}"
            raise ValueError(message)
        self.rate = float(rate)
        self.drawn = SimpleNamespace(seed=Value(number), count=Value(0.0))  # in no list: they are no parameters

    def forward(self, x: Any) -> Any:  # noqa: D102
        if not self.training or self.rate == 0:
            return x
        return self._dropped(plain(x), self.factor or self._own())

    def _dropped(self, x: Any, factor: Callable[[float], Any]) -> Any:
        return [self._dropped(part, factor) for part in x] if isinstance(x, list) else x * factor(self.rate)

    def _own(self) -> Callable[[float], float]:
        if autograd.value.recorder() is not None:
            message = "Dropout draws by chance, and a program repeats what was drawn once: record model.eval(), or use nn.fit"
            raise TypeError(message)
        seed, count = int(self.drawn.seed.data), int(self.drawn.count.data)
        draw = random.Random(count << 32 | seed).random  # noqa: S311  (no secrets)
        self.drawn.count.data += 1.0
        return lambda rate: 0.0 if draw() < rate else 1.0 / (1.0 - rate)

    def tensors(self) -> dict[str, Any]:
        """Its seed, and how often it has drawn."""
        return vars(self.drawn).copy()

    def described(self) -> str:  # noqa: D102
        return f"Dropout({self.rate:g})"

    def formula(self) -> str:  # noqa: D102
        return f"0 or x / {1 - self.rate:g}"

    def architecture(self) -> list[Stage]:
        """One stage: what it draws from is no weight."""
        return [replace(each, state={}) for each in super().architecture()]


def dropping(module: Module) -> list[Dropout]:
    """What draws by chance in a module."""
    own = [module] if isinstance(module, Dropout) and module.training and module.rate else []
    return own + [each for _, inner in children(module) for each in dropping(inner)]


def fed(module: Module, factor: Callable[[float], Any]) -> Module:
    """A module that gets its factors, one after the other, from a function of the rate; it is changed."""
    for each in dropping(module):
        each.factor = factor
    return module


def at_rest(module: Module) -> Module:
    """The same module on the same Values, without chance; itself, where there is none."""
    return Module.eval(replaced(module, lambda p: p)) if dropping(module) else module


def rates_of(module: Module, x: Any) -> list[float]:
    """The rate of each factor that a module asks for, for such an input."""
    rates: list[float] = []
    if dropping(module):
        fed(replaced(module, lambda p: p), lambda rate: (rates.append(rate), 1.0)[1])(x)  # type: ignore[func-returns-value]
    return rates


# What goes in.


def not_negative(x: float, name: str, who: Module) -> float:
    """A number that is 0 or more; `ValueError` for another."""
    if not (hasattr(x, "__float__") and x >= 0):
        message = f"{type(who).__name__}: {name} is 0 or more, not {x!r}"
        raise ValueError(message)
    return float(x)


def listed(x: Any) -> list[Any]:
    """What a layer gives as a list: one of one unit gives a number."""
    return x if isinstance(x, list) else [x]


def of_vectors(who: RMSNorm | LayerNorm, f: Callable[[list[Any]], list[Any]], x: Any) -> list[Any]:
    """A function of a vector, or of each vector in a list."""
    x = plain(x)
    if isinstance(x, list) and x and isinstance(x[0], list):
        return [of_vectors(who, f, part) for part in x]
    return f(inputs(who, x, who.size))


def vectors(who: Module, x: Any, size: int) -> list[list[Any]]:
    """A sequence as a list of vectors of so many numbers; of one number each, numbers will do."""
    x = plain(x)
    if not isinstance(x, list) or (size != 1 and any(not isinstance(row, list) for row in x)):
        message = f"{who.described()} takes a list of vectors of {size} numbers, one a position, and was given {x!r:.60}"
        raise ValueError(message)
    return [inputs(who, row, size) for row in x]
