"""An LSTM reads twenty points of a noisy sine and learns to say the next; then it goes on alone, from its own words.

python examples/train_sine.py         (pip install ".[nn,examples]"; writes sine.png; --epochs, --units)

`nn` has no LSTM: here it is, of four layers, in twelve lines.
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
from autograd import tanh
from chainrule.arguments import arguments

WINDOW, PERIOD, NOISE = 20, 25, 0.1


class LSTM(nn.Module):
    """A state h, and a memory c that is kept, added to and told as three gates say; gives h (Hochreiter, Schmidhuber 1997)."""

    def __init__(self, nin: int, nout: int, seed: int | random.Random | None = None) -> None:
        self.nout = nout
        self.keep, self.add, self.tell = [nn.Layer(nin + nout, nout, "sigmoid", init="xavier", seed=seed) for _ in range(3)]
        self.new = nn.Layer(nin + nout, nout, "tanh", init="xavier", seed=seed)

    def forward(self, xs: Any) -> Any:  # noqa: D102
        h = c = [0.0] * self.nout
        for x in xs:
            seen = [*x, *h]
            kept = [k * v for k, v in zip(self.keep(seen), c)]
            c = [k + a * n for k, a, n in zip(kept, self.add(seen), self.new(seen))]
            h = [t * tanh(v) for t, v in zip(self.tell(seen), c)]
        return h


def windows(series: Any) -> tuple[Any, Any]:
    """Each WINDOW points of a series, and the one after them."""
    xs = np.lib.stride_tricks.sliding_window_view(series, WINDOW)[:-1]
    return xs[:, :, None], series[WINDOW:]


def dreamt(model: nn.Module, series: Any, steps: int) -> Any:
    """The series, continued by what the model says would follow, so many times."""
    points = list(series[-WINDOW:])
    for _ in range(steps):
        points.append(float(model.predict([[[x] for x in points[-WINDOW:]]])[0]))
    return np.array(points[WINDOW:])


if __name__ == "__main__":
    chosen = arguments(__doc__, {"--epochs": (60, "how often it sees all"), "--units": (8, "numbers that it remembers")})
    noise = np.random.RandomState(0).uniform(-NOISE, NOISE, 300)
    told = np.sin(2 * np.pi * np.arange(300) / PERIOD) + noise
    rng = random.Random(0)  # noqa: S311  (no secrets)
    model = nn.Sequential(LSTM(1, chosen.units, rng), nn.Layer(chosen.units, 1, "identity", init="xavier", seed=rng))
    steps = chosen.epochs * -(-(300 - WINDOW) // 16)
    optimizer = nn.Adam(model.parameters(), lr=nn.cosine_decay(0.02, steps))
    history = nn.fit(
        model, *windows(told), loss=nn.squared_error, optimizer=optimizer, epochs=chosen.epochs, batch_size=16, shuffle=0
    )

    print(model)
    missed, least = np.sqrt(2 * history.loss[-1]), NOISE / np.sqrt(3)
    print(f"it misses by {missed:.3f} (root mean square), where the noise is {least:.3f}, after {history.seconds:.1f} s")
    alone, true = dreamt(model, told, 4 * PERIOD), np.sin(2 * np.pi * np.arange(300, 300 + 4 * PERIOD) / PERIOD)
    print(f"alone for {4 * PERIOD} points, four periods, it is at most {abs(alone - true).max():.2f} from the sine")

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4), layout="constrained", width_ratios=(2, 1))
    left.plot(np.arange(250, 300), told[250:], ".", label="what it has read")
    left.plot(np.arange(300, 300 + 4 * PERIOD), true, color="0.7", label="the sine")
    left.plot(np.arange(300, 300 + 4 * PERIOD), alone, label="what it says, alone")
    left.set_ylim(-1.5, 1.2)
    left.legend(loc="lower center", ncols=3)
    viz.plot_losses(history.loss, xlabel="epoch", ax=right)
    figure.savefig("sine.png", dpi=150)
