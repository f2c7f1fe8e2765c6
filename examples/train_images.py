"""The same digits by a small convolutional network in the manner of LeNet: windows that see strokes wherever they stand.

python examples/train_images.py       (pip install ".[nn,examples]"; writes images.png and images_network.svg)
"""

from __future__ import annotations

import random

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
images = xs.reshape(-1, 1, 8, 8) / 16
learn_x, test_x, learn_y, test_y = train_test_split(images, ys, test_size=1 / 3, random_state=0, stratify=ys)
seed = random.Random(1)  # noqa: S311  (no secret)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, init="he", seed=seed),
    nn.Conv2d(16, 16, 3, init="he", seed=seed),
    nn.AvgPool2d(2),
    nn.Flatten(),
    nn.Layer(64, 32, init="he", seed=seed),
    nn.Layer(32, 10, "identity", init="xavier", seed=seed),
)
optimizer = nn.Adam(model.parameters(), lr=nn.cosine_decay(0.01, 30 * 38))

history = nn.fit(
    model, learn_x, learn_y,
    loss=nn.cross_entropy, optimizer=optimizer, epochs=30, batch_size=32, shuffle=0, validation=(test_x, test_y),
)  # fmt: skip

print(model)
print(f"{history.validation_accuracy[-1]:.1%} of {len(test_y)} images that it has not seen, after {history.seconds:.1f} s")

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
viz.plot_losses({"training": history.loss, "test": history.validation_loss}, xlabel="epoch", ax=left)
kernels = np.array(model.state_dict()["layers.0.w"])[:, 0]
tiles = [np.pad(kernel, 1, constant_values=np.nan) for kernel in kernels]
most = np.abs(kernels).max()
right.imshow(np.vstack([np.hstack(tiles[i : i + 4]) for i in (0, 4, 8, 12)]), cmap="RdBu", vmin=-most, vmax=most)
right.set(xticks=[], yticks=[], title="the sixteen windows of the first layer: blue above 0, red below")
figure.savefig("images.png", dpi=150)
viz.save(model, "images_network.svg", image=(8, 8), outputs=list("0123456789"))  # with the windows of both convolutions
