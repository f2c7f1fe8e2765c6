"""Small graphs that several tests draw."""

from __future__ import annotations

import functools
import itertools
import operator
import random

import autograd
from autograd import dot, exp, log, logsumexp, maximum, mean, prod, relu, scope, softmax, sqrt, tanh, where
from autograd.functions import FUNCTIONS
from autograd.value import Value


def apples() -> Value:
    """Two apples at 100 yen, 10 % tax; every value has a name."""
    price, count, tax = Value(100.0, label="apple price"), Value(2.0, label="apples"), Value(1.1, label="tax")
    subtotal = price * count
    subtotal.label = "subtotal"
    total = subtotal * tax
    total.label = "total"
    return total


def long_chain(n: int) -> Value:
    """So many products, one after the other."""
    y = Value(1.0, label="x")
    for _ in range(n):
        y = y * 1.5
    return y


def labelled(*labels: str) -> Value:
    """A leaf for each label, each in a tanh of its own, after a backward pass; the last names the result too."""
    y = Value(1.5)
    for label in labels:
        y = FUNCTIONS["tanh"](y * Value(0.5, label=label))
    y.label = labels[-1]
    y.backward()
    return y


def language_model(positions: int, wide: int = 16, heads: int = 4, seed: int = 1) -> Value:
    """The loss of a transformer of one layer and 27 characters at so many positions, Value by Value, in scopes."""
    chance, keys, values, losses = random.Random(seed), [], [], []

    def matrix(rows: int, columns: int, name: str) -> list[list[Value]]:
        return [[Value(chance.gauss(0, 0.08), label=f"{name}[{i}][{j}]") for j in range(columns)] for i in range(rows)]

    def added(xs: list[Value]) -> Value:
        return functools.reduce(operator.add, xs)

    def product(w: list[list[Value]], x: list[Value]) -> list[Value]:
        return [added([a * b for a, b in zip(row, x)]) for row in w]

    def norm(x: list[Value]) -> list[Value]:
        with scope("norm"):
            size = (added([a * a for a in x]) / len(x) + 1e-5) ** -0.5
            return [a * size for a in x]

    def softmax(z: list[Value]) -> list[Value]:
        with scope("softmax"):
            powers = [exp(a) for a in z]
            total = added(powers)
            return [a / total for a in powers]

    shapes = {"wte": (27, wide), "wpe": (16, wide), "q": (wide, wide), "k": (wide, wide), "v": (wide, wide), "out": (wide, wide),
              "up": (4 * wide, wide), "down": (wide, 4 * wide), "head": (27, wide)}  # fmt: skip
    w = {name: matrix(*shape, name) for name, shape in shapes.items()}
    tokens = [26, *(chance.randrange(26) for _ in range(positions - 1)), 26]
    size = wide // heads
    for position, (token, following) in enumerate(itertools.pairwise(tokens)):
        with scope("position"):
            with scope("embedding"):
                x = norm([a + b for a, b in zip(w["wte"][token], w["wpe"][position])])
            with scope("layer0"):
                with scope("attention"):
                    before, x, gathered = x, norm(x), []
                    with scope("qkv"):
                        q, k, v = (product(w[name], x) for name in "qkv")
                    keys.append(k)
                    values.append(v)
                    for head in range(heads):
                        with scope(f"head{head}"):
                            part = slice(head * size, (head + 1) * size)
                            shares = softmax([added([a * b for a, b in zip(q[part], k[part])]) / 2.0 for k in keys])
                            columns = zip(*(v[part] for v in values))
                            gathered += [added([s * a for s, a in zip(shares, column)]) for column in columns]
                    with scope("out"):
                        x = [a + b for a, b in zip(product(w["out"], gathered), before)]
                with scope("mlp"):
                    with scope("up"):
                        up = [relu(a) for a in product(w["up"], norm(x))]
                    with scope("down"):
                        x = [a + b for a, b in zip(product(w["down"], up), x)]
            with scope("head"):
                z = product(w["head"], x)
            with scope("loss"):
                losses.append(-log(softmax(z)[following]))
    loss = added(losses) / positions
    loss.label = "loss"
    loss.backward()
    return loss


def of_many(x):
    """Seven numbers through operations of many operands and choices."""
    a = [
        tanh(dot(x[:3], x[3:6], x[6])), prod(x[:5]), logsumexp(x), mean(x) * maximum(x[0], x[1]), relu(x[0] - x[1]) ** 2,
        where(x[0] > x[1], x[2] * x[3], sqrt(autograd.abs(x[4]))), x[1] ** 3, autograd.sum(x), prod(x * 3),
    ]  # fmt: skip
    return dot(a, a) + softmax(x)[2] * 0.1
