"""A regression: scikit-learn's diabetes data by gradient descent, against the exact least squares; and a network beside it.

python examples/train_regression.py   (pip install ".[nn,examples]"; writes regression.png)
"""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import nn
from chainrule.arguments import arguments

arguments(__doc__)

xs, ys = load_diabetes(return_X_y=True)
xs = (xs - xs.mean(axis=0)) / xs.std(axis=0)
ys = (ys - ys.mean()) / ys.std()
learn_x, test_x, learn_y, test_y = train_test_split(xs, ys, test_size=1 / 3, random_state=0)


def explained(model: nn.Module) -> float:
    """The share of the variance of the test's targets that a model explains."""
    return float(1 - ((model.predict(test_x) - test_y) ** 2).mean() / test_y.var())


line = nn.Neuron(10, "identity", init="zeros")
descent = nn.SGD(line.parameters(), lr=0.1, momentum=0.99)
nn.fit(line, learn_x, learn_y, loss=nn.squared_error, optimizer=descent, epochs=6000)
exact, *_ = np.linalg.lstsq(np.column_stack([learn_x, np.ones(len(learn_x))]), learn_y)
apart = np.abs(np.array([p.data for p in line.parameters()]) - exact).max()
print(f"a line by gradient descent: {explained(line):.3f} explained; at most {apart:.0e} from the exact least squares")

network = nn.MLP(10, [8, 1], "tanh", init="xavier", seed=0)
steps = nn.Adam(network.parameters(), lr=0.01)
history = nn.fit(
    network, learn_x, learn_y,
    loss=nn.squared_error, optimizer=steps, penalty=nn.l2(0.02), epochs=200, batch_size=32, shuffle=0,
)  # fmt: skip
print(f"a network 10-8-1 with a penalty: {explained(network):.3f} explained, after {history.seconds:.1f} s")

figure, ax = plt.subplots(figsize=(6, 5.5), layout="constrained")
ax.plot([-2, 3], [-2, 3], lw=1, color="0.5")
for model, name in ((line, "line"), (network, "network")):
    ax.plot(test_y, model.predict(test_x), "o", ms=4, alpha=0.7, label=name)
ax.set(xlabel="measured", ylabel="predicted", title="progression of diabetes, standardised")
ax.legend()
figure.savefig("regression.png", dpi=150)
