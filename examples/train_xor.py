"""Exclusive or by a network 2-2-1: the smallest problem that no single neuron solves, and a start from which it is not solved.

python examples/train_xor.py          (pip install ".[nn,examples]"; writes xor_training.png and xor_network.svg)
"""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
from matplotlib import pyplot as plt

import nn
import viz
from chainrule.arguments import arguments

arguments(__doc__)

XS, YS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
trained = {}
figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
for row, seed in zip(axes, (1, 7)):
    model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=seed)
    optimizer = nn.SGD(model.parameters(), lr=4.0)
    history = nn.fit(model, XS, YS, loss=nn.squared_error, optimizer=optimizer, epochs=2000)
    print(f"start {seed}: loss {history.loss[-1]:.4f}, outputs {' '.join(f'{y:.2f}' for y in model.predict(XS))}")
    viz.plot_regions(model, XS, YS, threshold=0.5, names=("0", "1"), ax=row[0])
    viz.plot_losses(history.loss, ax=row[1])
    row[0].set_title(f"start {seed}")
    trained[seed] = model
figure.savefig("xor_training.png", dpi=150)
viz.save(trained[1], "xor_network.svg", inputs=["a", "b"], outputs=["a ≠ b"])  # the one that gets there
