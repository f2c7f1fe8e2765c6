"""A character-level GPT in one page of Python on scalar values, as people write it who learn what backpropagation is.

One layer, 16 wide, 4 heads, 16 positions: 4,192 parameters for 27 tokens. No biases, RMSNorm, ReLU, Adam; one document a step.
Every number is a Value: `Plain` below, which is all that such a page needs, or that of another engine with the same operators.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

Vector: TypeAlias = list[Any]
Matrix: TypeAlias = list[Vector]

HEADS, POSITIONS, DECAYED = 4, 16, 1000
RATE, B1, B2, EPS = 0.01, 0.85, 0.99, 1e-8


class Plain:
    """A number that remembers what it was computed from, and the derivatives by that."""

    __slots__ = ("children", "data", "grad", "partials")

    def __init__(self, data: float, children: tuple[Plain, ...] = (), partials: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.children, self.partials = data, 0.0, children, partials

    def __add__(self, other: Plain | float) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Plain | float) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> Plain:
        return Plain(self.data**power, (self,), (power * self.data ** (power - 1),))

    def log(self) -> Plain:
        """The natural logarithm."""
        return Plain(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> Plain:
        """The power of e."""
        y = math.exp(self.data)
        return Plain(y, (self,), (y,))

    def relu(self) -> Plain:
        """The larger one of it and 0."""
        return Plain(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Plain:
        return self * -1.0

    def __sub__(self, other: Plain | float) -> Plain:
        return self + -other

    def __truediv__(self, other: Plain | float) -> Plain:
        return self * other**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Walk from the leaves to here for an order, and back along it with the chain rule."""
        order: list[Plain] = []
        seen: set[Plain] = set()

        def visit(v: Plain) -> None:
            if v not in seen:
                seen.add(v)
                for child in v.children:
                    visit(child)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for child, partial in zip(v.children, v.partials):
                child.grad += partial * v.grad


class Network:
    """The network: a step for one token reads the keys and values of the tokens before it."""

    def __init__(self, p: dict[str, Matrix]) -> None:
        self.p = p

    def linear(self, x: Vector, w: Matrix) -> Vector:
        """W times x."""
        return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]

    def normal(self, x: Vector) -> Vector:
        """X over the root of the mean of its squares."""
        scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    def shares(self, logits: Vector) -> Vector:
        """Positive numbers that add up to 1."""
        highest = max(each.data for each in logits)
        powers = [(each - highest).exp() for each in logits]
        total = sum(powers)
        return [each / total for each in powers]

    def cost(self, logits: Vector, target: int) -> Any:
        """What it costs that the next token is this one."""
        return -self.shares(logits)[target].log()

    def mixed(self, weights: Vector, values: Matrix, at: range) -> Vector:
        """The mean of vectors by these weights."""
        return [sum(weight * v[j] for weight, v in zip(weights, values)) for j in at]

    def embedded(self, token: int) -> Vector:
        """The row of the table that stands for a token."""
        return self.p["tokens"][token]

    def logits(self, token: int, place: int, keys: Matrix, values: Matrix) -> Vector:
        """What it says of the token after this one."""
        p = self.p
        given = self.normal([a + b for a, b in zip(self.embedded(token), p["places"][place])])
        x = self.normal(given)
        query = self.linear(x, p["query"])
        keys.append(self.linear(x, p["key"]))
        values.append(self.linear(x, p["value"]))
        size, seen = len(x) // HEADS, []
        for head in range(HEADS):
            at = slice(head * size, (head + 1) * size)
            scores = [each / size**0.5 for each in self.linear(query[at], [key[at] for key in keys])]
            seen += self.mixed(self.shares(scores), values, range(at.start, at.stop))
        x = [a + b for a, b in zip(self.linear(seen, p["out"]), given)]
        hidden = [each.relu() for each in self.linear(self.normal(x), p["up"])]
        return self.linear([a + b for a, b in zip(self.linear(hidden, p["down"]), x)], p["head"])

    def costs(self, document: Sequence[int]) -> Vector:
        """What each token of a document costs."""
        keys: Matrix = []
        values: Matrix = []
        costs = []
        for place, (token, target) in enumerate(pairwise(document[: POSITIONS + 1])):
            costs.append(self.cost(self.logits(token, place, keys, values), target))
        return costs

    def loss(self, document: Sequence[int]) -> Any:
        """The mean of that."""
        costs = self.costs(document)
        return sum(costs) * (1 / len(costs))


# The training.


def rate_of(step: int) -> float:
    """A rate that falls to 0."""
    return RATE * (1 - step / DECAYED) if step < DECAYED else 0.0


def training(network: Network, documents: Sequence[Sequence[int]]) -> Iterator[float]:
    """The loss of each step, one document after the other, round and round."""
    parameters = [each for matrix in network.p.values() for row in matrix for each in row]
    means, squares, step = [0.0] * len(parameters), [0.0] * len(parameters), 0
    while True:
        loss = network.loss(documents[step % len(documents)])
        loss.backward()
        rate, step = rate_of(step), step + 1
        for i, p in enumerate(parameters):
            means[i] = B1 * means[i] + (1 - B1) * p.grad
            squares[i] = B2 * squares[i] + (1 - B2) * p.grad**2
            mean, square = means[i] / (1 - B1**step), squares[i] / (1 - B2**step)
            p.data -= rate * mean / (square**0.5 + EPS)
            p.grad = 0.0
        yield loss.data
