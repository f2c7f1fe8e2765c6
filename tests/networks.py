"""A network written by hand, with a scope around each call: what pictures of large graphs are tested on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import nn
from autograd import Value, scope, tanh
from autograd import sum as summed


class Neuron:
    """A weighted sum, and tanh of it."""

    def __init__(self, name: str, inputs: int, random_: random.Random) -> None:
        self.scope = scope(name)
        self.weights = [Value(random_.uniform(-1, 1)) for _ in range(inputs)]
        self.bias = Value(0.1)

    def __call__(self, xs: Sequence[Value]) -> Value:
        with self.scope:
            total = self.bias
            for w, x in zip(self.weights, xs, strict=True):
                total += w * x
            return tanh(total)


class Layer:
    """Neurons beside each other."""

    def __init__(self, name: str, inputs: int, outputs: int, random_: random.Random) -> None:
        self.scope = scope(name)
        self.neurons = [Neuron(f"neuron{i}", inputs, random_) for i in range(outputs)]

    def __call__(self, xs: Sequence[Value]) -> list[Value]:
        with self.scope:
            return [neuron(xs) for neuron in self.neurons]


class Network:
    """Layers one after the other."""

    def __init__(self, *sizes: int) -> None:
        random_ = random.Random(1)
        self.layers = [Layer(f"layer{i}", *pair, random_) for i, pair in enumerate(pairwise(sizes))]

    def __call__(self, xs: Sequence[Value]) -> Value:
        for layer in self.layers:
            xs = layer(xs)
        return xs[0]

    def loss(self, samples: int) -> Value:
        """The squared error over so many samples, after a backward pass."""
        random_ = random.Random(2)
        inputs = [[Value(random_.uniform(-1, 1)) for _ in self.layers[0].neurons[0].weights] for _ in range(samples)]
        targets = [Value(random_.choice((-1.0, 1.0))) for _ in range(samples)]
        predictions = [self(xs) for xs in inputs]
        with scope("loss"):
            loss = summed([(y - t) ** 2 for y, t in zip(predictions, targets, strict=True)])
        loss.label = "loss"
        loss.backward()
        return loss


def filled(model: nn.Module, numbers: Sequence[float]) -> nn.Module:
    """A model with other weights and biases, taken in turn."""
    for i, p in enumerate(model.parameters()):
        p.data = numbers[i % len(numbers)]
    return model


def drawn_at_random(model: nn.Module, seed: int = 0) -> nn.Module:
    """A model with weights and biases of a normal distribution."""
    source = random.Random(seed)
    return filled(model, [source.gauss(0, 1) for _ in range(997)])
