"""An autoencoder: 64 points of a digit through two numbers and back. The two numbers are a map of the digits.

python examples/train_autoencoder.py  (pip install ".[nn,examples]"; writes autoencoder.png)
"""

from __future__ import annotations

import random

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

import nn
from chainrule.arguments import arguments

arguments(__doc__)

xs, digits = load_digits(return_X_y=True)
xs = xs / 16
seed = random.Random(1)  # noqa: S311  (no secret)
encoder = nn.MLP(64, [32, 2], "tanh", init="xavier", seed=seed)
decoder = nn.MLP(2, [32, 64], "tanh", output="sigmoid", init="xavier", seed=seed)
model = nn.Sequential(encoder, decoder)
optimizer = nn.Adam(model.parameters(), lr=nn.cosine_decay(0.01, 100 * 57))

history = nn.fit(model, xs, xs, loss=nn.squared_error, optimizer=optimizer, epochs=100, batch_size=32, shuffle=0)

missed = ((model.predict(xs) - xs) ** 2).sum(axis=1).mean()
centred = xs - xs.mean(axis=0)
spread = np.linalg.svd(centred, compute_uv=False) ** 2 / len(xs)
print(f"squared error of an image {missed:.2f}; by the best plane (two principal components) {spread[2:].sum():.2f}")
print(f"{history.seconds:.1f} s")

codes = encoder.predict(xs)
figure, ax = plt.subplots(figsize=(8, 7), layout="constrained")
for digit in range(10):
    mine = codes[digits == digit]
    ax.plot(*mine.T, ".", ms=4, color=f"C{digit}")
    middle = mine[np.abs(mine[:, None] - mine).sum(axis=(1, 2)).argmin()]  # one of them, with the others around
    ax.annotate(str(digit), middle, fontsize=20, weight="bold", ha="center", va="center")
ax.set(xlabel="first number", ylabel="second number", title="1,797 digits by their two numbers")
figure.savefig("autoencoder.png", dpi=150)
