"""A recurrent network reads a sum letter by letter, "12+34=", and says what it comes to, "046": also of sums it has not seen.

python examples/train_arithmetic.py   (pip install ".[nn,examples]"; writes arithmetic.png; --epochs, --sums, --units)

Of all 10,000 sums of two numbers below 100 it learns from 4,000. Nobody tells it of places or carries: there are only letters.
"""

from __future__ import annotations

import random
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt

import nn
import viz
from autograd import Value
from chainrule.arguments import Whole, arguments

SYMBOLS, DIGITS = "0123456789+=", 3


class Calculator(nn.Module):
    """Reads symbols, each a vector of 0s and a 1; then it gives, for each digit, the logits of its ten values."""

    def __init__(self, units: int, seed: random.Random) -> None:
        self.reader = nn.RNN(len(SYMBOLS), units, seed=seed)
        self.digits = [nn.Layer(units, 10, "identity", init="xavier", seed=seed) for _ in range(DIGITS)]

    def forward(self, symbols: Any) -> list[Any]:  # noqa: D102
        state = self.reader(symbols)[-1]
        return [digit(state) for digit in self.digits]


def loss(logits: Any, digits: Any) -> Value:
    """The cross entropies of the digits, added up."""
    first, *rest = [nn.cross_entropy(z, t) for z, t in zip(logits, digits)]
    for each in rest:
        first += each
    return first


def right(outputs: Any, digits: Any) -> float:
    """The share of sums of which all digits are right."""
    return float((outputs.argmax(axis=2) == digits.argmax(axis=2)).all(axis=1).mean())


def asked(sums: list[tuple[int, int]]) -> tuple[Any, Any]:
    """Sums as symbols, and their digits: (rows, 6, 12) and (rows, 3, 10)."""
    symbols = [[SYMBOLS.index(symbol) for symbol in f"{a:02}+{b:02}="] for a, b in sums]
    return np.eye(len(SYMBOLS))[symbols], np.eye(10)[[list(map(int, f"{a + b:03}")) for a, b in sums]]


if __name__ == "__main__":
    sums = 4000, "how many of the 10,000 it learns from", Whole(1, 8000)
    options = {"--epochs": (50, "how often it sees all of them"), "--sums": sums, "--units": (48, "numbers that it remembers")}
    chosen = arguments(__doc__, options)
    rng = random.Random(0)  # noqa: S311  (no secrets)
    everything = [(a, b) for a in range(100) for b in range(100)]
    rng.shuffle(everything)
    learnt, unseen = asked(everything[: chosen.sums]), asked(everything[-2000:])
    model = Calculator(chosen.units, rng)
    steps = chosen.epochs * -(-chosen.sums // 32)
    optimizer = nn.Adam(model.parameters(), lr=nn.cosine_decay(0.01, steps))
    history = nn.fit(
        model, *learnt, loss=loss, optimizer=optimizer, epochs=chosen.epochs, batch_size=32, shuffle=0, validation=unseen,
        accuracy=right,
    )  # fmt: skip

    print(model)
    print(f"{history.validation_accuracy[-1]:.1%} of 2000 sums that it has not seen, after {history.seconds:.1f} s")
    said = model.predict(unseen[0][-5:]).argmax(axis=2)
    print(*[f"{a:02}+{b:02}={''.join(map(str, digits))}" for (a, b), digits in zip(everything[-5:], said)], sep="\n")

    grid, digits = asked([(a, b) for a in range(100) for b in range(100)])
    wrong = (model.predict(grid).argmax(axis=2) != digits.argmax(axis=2)).any(axis=1).reshape(100, 100)
    figure, (left, right_side) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    viz.plot_losses({"training": history.loss, "test": history.validation_loss}, xlabel="epoch", ax=left)
    right_side.imshow(wrong.T, cmap="Reds", vmin=0, vmax=1, origin="lower")
    right_side.plot([0, 99], [99, 0], color="0.8", linewidth=0.5)  # from here on there are hundreds
    right_side.set(title=f"{wrong.sum()} of 10,000 sums a + b are wrong", xlabel="a", ylabel="b")
    figure.savefig("arithmetic.png", dpi=150)
