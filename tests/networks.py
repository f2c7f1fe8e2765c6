"""Networks that tests draw: one written by hand, with a scope around each call; and whether the texts of a picture have room."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from svg import parsed, tags

import nn
from autograd import Value, scope, tanh
from autograd import sum as summed
from viz.canvas import MARGIN
from viz.words import pixels


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


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """The room that each text takes, by the widths that the painter reckons with."""
    found = []
    for text in tags(svg, "text"):
        size, said = float(text.get("font-size", "")), text.text or ""
        width, x, y = pixels(said, size), float(text.get("x", "")), float(text.get("y", ""))
        left = x - {None: width / 2, "middle": width / 2, "start": 0.0, "end": width}[text.get("text-anchor")]
        found.append((left, y - 0.75 * size, left + width, y + 0.2 * size, said))
    return found


def numbers_in(form: str, d: str) -> list[list[float]]:
    return [[float(x) for x in found] for found in re.findall(form, d)]


def check_texts(svg: str) -> None:
    """No text on another, on an arrow head or on an image, none outside of the picture."""
    root = parsed(svg)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    found = boxes(svg)
    for a, b in combinations(found, 2):
        assert a[2] <= b[0] + 0.2 or b[2] <= a[0] + 0.2 or a[3] <= b[1] + 0.2 or b[3] <= a[1] + 0.2, (a, b)
    paths = [(path.get("class"), path.get("d", "")) for path in tags(svg, "path")]
    heads = [(x, y, x, y) for part, d in paths if part == "head" for x, y in numbers_in(r"M([\d.]+) ([\d.]+)", d)]
    images = [(x, y, x + w, y + h) for _, d in paths for x, y, w, h in numbers_in(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", d)]
    for left, top, right, bottom, said in found:
        assert not [a for a in heads + images if left < a[2] and a[0] < right and top < a[3] and a[1] < bottom], said
        assert left > -0.2, said
        assert right < width - 2 * MARGIN + 0.2, said
        assert top > -0.2, said
        assert bottom < height - 2 * MARGIN + 3, said
