"""Logistic regression by Newton's method with exact Hessians, against scikit-learn: 569 tumours, 30 features, C = 1.

python examples/logistic_regression.py    (pip install ".[nn,examples]"; writes logistic.png)

The two classes can be separated by a plane, so without a penalty the weights would grow for ever: the loss has no minimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import nn
from autograd import dot, record
from autograd import sum as summed
from chainrule.arguments import arguments

if TYPE_CHECKING:
    from autograd import Value

arguments(__doc__)

xs, ys = load_breast_cancer(return_X_y=True)
xs = (xs - xs.mean(axis=0)) / xs.std(axis=0)


def cost(theta: list[Value]) -> Any:
    """What scikit-learn minimises: half the sum of squares of the weights (not the bias), and C times the sum of the losses."""
    *w, b = theta
    losses = [nn.binary_cross_entropy(dot(w, x, b), float(y)) for x, y in zip(xs.tolist(), ys.tolist())]
    return dot(w, w) * 0.5 + summed(losses)


program = record(cost, [0.0] * 31)
theta = np.zeros(31)
for step in range(1, 20):
    value, gradient = program.value_and_grad(theta)
    move = np.linalg.solve(program.hessian(theta), gradient)
    theta -= move
    print(f"step {step}: cost {value:.12f}, gradient {np.abs(gradient).max():.0e}")
    if np.abs(move).max() < 1e-12:
        break

theirs = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(xs, ys)
apart = np.abs(theta - np.append(theirs.coef_[0], theirs.intercept_)).max()
right = ((xs @ theta[:30] + theta[30] > 0) == ys).mean()
print(f"{right:.1%} right; coefficients within 1e-6 of scikit-learn's: {apart < 1e-6}")

names = load_breast_cancer().feature_names
order = np.argsort(theta[:30])
figure, ax = plt.subplots(figsize=(7, 7), layout="constrained")
ax.barh(range(30), theta[order], color=np.where(theta[order] > 0, "C0", "C1"))
ax.set_yticks(range(30), names[order], fontsize=8)
ax.set(xlabel="weight (positive: benign)", title="logistic regression on 30 standardised features")
figure.savefig("logistic.png", dpi=150)
