"""micrograd's demo: 100 points on two moons, a network 2-16-16-1, its data, its first weights, its losses.

python examples/train_moons.py        (pip install ".[nn,examples]"; writes moons.png)
"""

from __future__ import annotations

import random

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import make_moons

import nn
import viz
from chainrule.arguments import arguments

arguments(__doc__)

np.random.seed(1337)  # noqa: NPY002  (what its notebook writes)
random.seed(1337)
xs, ys = make_moons(n_samples=100, noise=0.1)
ys = 2 * ys - 1
model = nn.MLP(2, [16, 16, 1])
optimizer = nn.SGD(model.parameters(), lr=lambda step: 1.0 - 0.9 * step / 100)

history = nn.fit(model, xs, ys, loss=nn.hinge, penalty=nn.l2(1e-4), optimizer=optimizer, epochs=100)

print(model)
print(f"step 0 loss {history.loss[0]:.12f}, step 99 loss {history.loss[99]:.12f}, accuracy {history.accuracy[-1]:.0%}")
print(f"{history.seconds / 100 * 1e6:.0f} microseconds a step")

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
viz.plot_regions(model, xs, ys, ax=left)
viz.plot_losses(history.loss, ax=right)
figure.savefig("moons.png", dpi=150)
