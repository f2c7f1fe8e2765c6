"""Four figures of a course on neural networks: activation functions, gradient descent, XOR, and gradients that vanish.

python examples/figures.py [dark]        writes activations.png, descent.png, xor.png and vanishing.png
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")  # into files, without a window
from matplotlib import pyplot as plt

import viz
from autograd import Value, dot, gelu, relu, sigmoid, silu, softplus, step, sum, tanh
from chainrule.arguments import arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    Activation = Callable[[Value], Value]

XOR = {(0.0, 0.0): 0.0, (0.0, 1.0): 1.0, (1.0, 0.0): 1.0, (1.0, 1.0): 0.0}
DEPTH, WIDTH = 10, 16


def activations() -> None:
    """Eight activation functions with their derivatives."""
    figure, axes = plt.subplots(2, 4, figsize=(12, 5.6), layout="constrained", sharex=True)
    functions = (step, sigmoid, tanh, relu, lambda x: x.leaky_relu(0.1), softplus, gelu, silu)
    names = ("step", "sigmoid", "tanh", "ReLU", "leaky ReLU, slope 0.1", "softplus", "GELU", "SiLU")
    for ax, f, name in zip(axes.flat, functions, names, strict=True):
        viz.plot_function(f, -5, 5, derivatives=1, label="f", ax=ax)
        ax.set_title(name)
    figure.savefig("activations.png", dpi=150)


def bowl(x1: Value, x2: Value) -> Value:
    """Ten times steeper along x2 than along x1."""
    return x1**2 / 2 + 5 * x2**2


def descents() -> None:
    """Along x2 each step multiplies by 1 - 10 rate: below 0.1 it creeps, above it swings, from 0.2 on it does not arrive."""
    figure, axes = plt.subplots(5, 1, figsize=(7, 12), layout="constrained", sharex=True)
    for ax, rate in zip(axes, (0.05, 0.1, 0.18, 0.2, 0.21), strict=True):
        viz.plot_descent(bowl, (5, 1), rate, steps=20, low=(-1, -2.4), high=(6, 2.4), ax=ax)
        ax.set_title(f"rate {rate:g}")
    for ax in axes[:-1]:
        ax.set_xlabel("")
    figure.savefig("descent.png", dpi=150)


def xor() -> None:
    """A network of two tanh neurons and a sigmoid learns XOR, from two starts: one arrives, the other gets stuck."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
    for row, seed, end in zip(axes, (1, 3), ("arrives", "gets stuck"), strict=True):
        network, losses = trained(seed)
        viz.plot_regions(network, XOR, XOR.values(), threshold=0.5, names=("0", "1"), ax=row[0])
        viz.plot_losses(losses, ax=row[1])
        row[0].set_title(f"start {seed} {end}")
        row[1].set_title(f"loss at the end {losses[-1]:.3g}")
    figure.savefig("xor.png", dpi=150)


def trained(seed: int) -> tuple[Callable[[Value, Value], Value], list[float]]:
    """A network after 400 steps of gradient descent, and the loss at each step."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    hidden = [[Value(chance.uniform(-1, 1)) for _ in range(3)] for _ in range(2)]
    last = [Value(chance.uniform(-1, 1)) for _ in range(3)]

    def network(x1: Value, x2: Value) -> Value:
        h = [tanh(dot(w[:2], [x1, x2], w[2])) for w in hidden]
        return sigmoid(dot(last[:2], h, last[2]))

    losses = []
    for _ in range(400):
        loss = sum((network(*map(Value, x)) - t) ** 2 for x, t in XOR.items()) / 2
        losses.append(loss.data)
        loss.zero_grad()
        loss.backward()
        for w in (*hidden[0], *hidden[1], *last):
            w.data -= 1.0 * w.grad
    return network, losses


def vanishing() -> None:
    """The gradients of ten layers: of sigmoids they vanish, of ReLUs and past skip connections they do not."""
    networks = {
        "sigmoid": layers(sigmoid, 1.0),
        "ReLU": layers(relu, 2.0),
        "sigmoid with skip connections": layers(sigmoid, 1.0, skip=True),
    }
    ax = viz.plot_gradients(networks)
    ax.set_title(f"{DEPTH} layers of {WIDTH} neurons")
    ax.figure.savefig("vanishing.png", dpi=150)


def layers(activation: Activation, variance: float, *, skip: bool = False) -> list[list[Value]]:
    """The weights of each layer of a deep network, with the gradients of a squared error over eight random samples."""
    chance = random.Random(1)  # noqa: S311
    weights = [[[Value(chance.gauss(0, (variance / WIDTH) ** 0.5)) for _ in range(WIDTH)] for _ in range(WIDTH)]
               for _ in range(DEPTH)]  # fmt: skip
    errors = []
    for _ in range(8):
        h = [Value(chance.gauss(0, 1)) for _ in range(WIDTH)]
        for layer in weights:
            made = [activation(dot(w, h)) for w in layer]
            h = [a + b for a, b in zip(h, made, strict=True)] if skip else made
        errors.append((sum(h) / WIDTH - 1) ** 2)
    (sum(errors) / len(errors)).backward()
    return [[w for neuron in layer for w in neuron] for layer in weights]


if __name__ == "__main__":
    if arguments(__doc__, {"style": (("light", "dark"), "the background, light unless told")}).style == "dark":
        plt.style.use("dark_background")
        mpl.rcParams.update({"figure.facecolor": "#0d1117", "axes.facecolor": "#0d1117", "savefig.facecolor": "#0d1117"})
    for make in (activations, descents, xor, vanishing):
        make()
        print(f"{make.__name__} is drawn")
