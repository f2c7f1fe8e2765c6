"""Handwritten digits: 1,797 images of 8 x 8 points (scikit-learn's), a network 64-32-10, two thirds to learn, one to test.

python examples/train_digits.py       (pip install ".[nn,examples]"; writes digits.png and digits_network.svg)
"""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import nn
import viz
from chainrule.arguments import arguments

arguments(__doc__)

xs, ys = load_digits(return_X_y=True)
learn_x, test_x, learn_y, test_y = train_test_split(xs / 16, ys, test_size=1 / 3, random_state=0, stratify=ys)
model = nn.MLP(64, [32, 10], init="he", seed=1)
optimizer = nn.Adam(model.parameters(), lr=3e-3)

history = nn.fit(
    model, learn_x, learn_y,
    loss=nn.cross_entropy, optimizer=optimizer, epochs=30, batch_size=32, shuffle=0, validation=(test_x, test_y),
)  # fmt: skip

print(model)
found = model.predict(test_x).argmax(axis=1)
print(f"{(found == test_y).mean():.1%} of {len(test_y)} images that it has not seen, after {history.seconds:.2f} s")

figure = plt.figure(figsize=(12, 4.5), layout="constrained")
left, right = figure.subfigures(1, 2)
viz.plot_losses({"training": history.loss, "test": history.validation_loss}, xlabel="epoch", ax=left.subplots())
right.suptitle("mistaken")
places, wrong = right.subplots(2, 5).ravel(), np.flatnonzero(found != test_y)
for ax, i in zip(places, wrong):
    ax.imshow(test_x[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{test_y[i]}, not {found[i]}", fontsize=10)
for ax in places:
    ax.axis("off")
figure.savefig("digits.png", dpi=150)
viz.save(model, "digits_network.svg", image=(8, 8), outputs=list("0123456789"))  # what each unit of the first layer looks for
