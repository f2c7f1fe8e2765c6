"""Three objectives of ADBench, from their mathematical definition, on any numbers.

F. Srajer, Z. Kukelova, A. Fitzgibbon: A benchmark of selected algorithmic differentiation tools on some problems in computer
vision and machine learning. Optimization Methods and Software 33 (2018). The files of data are those of microsoft/ADBench.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from maths import Maths

Vector = Sequence[Any]


def _lines(path: Path) -> list[list[float]]:
    """The numbers of a file, line by line; empty lines left out."""
    rows = [[float(word) for word in line.split()] for line in path.read_text(encoding="ascii").splitlines()]
    return [row for row in rows if row]


# Gaussian mixture: log-likelihood of n points under k Gaussians, and a Wishart prior on their inverse covariances.


@dataclass(frozen=True)
class Mixture:
    """Parameters: k logarithms of weights, k means, k factors of inverse covariances.

    A factor is a lower triangle: the logarithms of its diagonal, then what is below, column by column.
    """

    d: int
    k: int
    parameters: list[float]
    points: list[list[float]]
    gamma: float
    m: int

    @property
    def factor(self) -> int:
        """How many numbers a factor has."""
        return self.d * (self.d + 1) // 2

    def constant(self) -> float:
        """What the logarithm of the prior has besides the parameters, negated: k times that of one Gaussian."""
        freedom = self.d + self.m + 1
        gammas = sum(math.lgamma((freedom - j) / 2) for j in range(self.d))
        multivariate = self.d * (self.d - 1) / 4 * math.log(math.pi) + gammas
        return self.k * (freedom * self.d * (math.log(self.gamma) - math.log(2) / 2) - multivariate)

    def split(self, parameters: Any) -> tuple[Any, list[Any], list[Any]]:
        """Logarithms of weights; means; factors."""
        k, d, size = self.k, self.d, self.factor
        first = k + k * d
        means = [parameters[k + i * d : k + (i + 1) * d] for i in range(k)]
        return parameters[:k], means, [parameters[first + i * size : first + (i + 1) * size] for i in range(k)]


def read_gmm(path: Path) -> Mixture:
    """A file: d, k, n; k logarithms of weights, k means, k factors, n points; gamma and m of the prior."""
    [d, k, _], *rows, [gamma, m] = _lines(path)
    first = 3 * int(k)
    parameters = [x for row in rows[:first] for x in row]
    return Mixture(int(d), int(k), parameters, rows[first:], gamma, int(m))


def gmm_row(case: Mixture, m: Maths, parameters: Vector, point: Vector) -> Any:
    """The logarithm of the likelihood of one point, without the normalisation of the weights and the power of 2 pi."""
    weights, means, factors = case.split(parameters)
    terms = []
    for weight, mean, factor in zip(weights, means, factors, strict=True):
        centred = [x - c for x, c in zip(point, mean, strict=True)]
        scaled = [m.exp(q) * x for q, x in zip(factor, centred, strict=False)]
        below = iter(factor[case.d :])
        for column in range(case.d):
            for row in range(column + 1, case.d):
                scaled[row] = scaled[row] + next(below) * centred[column]
        terms.append(weight + m.total(factor[: case.d]) - m.dot(scaled, scaled, 0.0) * 0.5)
    return m.logsumexp(terms)


def gmm_rest(case: Mixture, m: Maths, parameters: Vector, points: int) -> Any:
    """Normalisation, and the logarithm of the prior."""
    weights, _, factors = case.split(parameters)
    prior = -case.constant()
    for factor in factors:
        diagonal, below = [m.exp(q) for q in factor[: case.d]], factor[case.d :]
        squares = m.dot(below, below, m.dot(diagonal, diagonal, 0.0))
        prior = prior + squares * (case.gamma**2 / 2) - m.total(factor[: case.d]) * case.m
    return prior - m.logsumexp(weights) * points - points * case.d * math.log(2 * math.pi) / 2


def gmm_natural(case: Mixture, xp: Any, parameters: Any, points: Any) -> Any:
    """The whole objective in tensors."""
    d, k, size = case.d, case.k, case.factor
    weights = parameters[:k]
    means = parameters[k : k + k * d].reshape(k, d)
    factors = parameters[k + k * d :].reshape(k, size)
    logs, below = factors[:, :d], factors[:, d:]
    diagonal = xp.exp(logs)
    triangles = (below @ xp.array(_places(d))).reshape(k, d, d)
    centred = points[None, :, :] - means[:, None, :]
    scaled = diagonal[:, None, :] * centred + centred @ triangles
    terms = weights[:, None] + logs.sum(1)[:, None] - (scaled * scaled).sum(2) * 0.5
    likelihood = xp.logsumexp(terms.T).sum()
    prior = ((diagonal * diagonal).sum() + (below * below).sum()) * (case.gamma**2 / 2) - logs.sum() * case.m
    n = len(points)
    normal = n * xp.logsumexp(weights[None, :])[0] + n * d * math.log(2 * math.pi) / 2
    return likelihood + prior - normal - case.constant()


def _places(d: int) -> list[list[float]]:
    """The matrix that spreads what is below a diagonal, column by column, over a transposed square matrix, row by row."""
    return [[float(place == column * d + row) for place in range(d * d)] for column in range(d) for row in range(column + 1, d)]


# Bundle adjustment: where a camera sees a point, and where it was seen.


def read_ba(path: Path) -> tuple[list[float], list[float]]:
    """A file: the numbers of cameras, points, observations; one camera, point, weight and feature, repeated for all."""
    _, camera, point, weight, feature = _lines(path)
    return camera + point + weight, feature


def ba_row(m: Maths, parameters: Vector, feature: Vector) -> list[Any]:
    """Two weighted errors of the projection and that of the weight.

    Parameters: a camera of 11 (rotation vector, centre, focal length, principal point, two radial distortions), a point of 3,
    a weight. The rotation is Rodrigues' formula, for rotations that are not zero.
    """
    camera, point, weight = parameters[:11], parameters[11:14], parameters[14]
    rotation, centre, (focal, u, v, k1, k2) = camera[:3], camera[3:6], camera[6:]
    x, y = _projected(m, rotation, [p - c for p, c in zip(point, centre, strict=True)])
    radius = x * x + y * y
    stretch = (k1 * radius + k2 * radius * radius + 1) * focal
    return [weight * (x * stretch + u - feature[0]), weight * (y * stretch + v - feature[1]), 1 - weight * weight]


def _projected(m: Maths, rotation: Vector, point: Vector) -> tuple[Any, Any]:
    angle = m.sqrt(m.dot(rotation, rotation, 0.0))
    cosine, sine = m.cos(angle), m.sin(angle)
    a, b, c = (r / angle for r in rotation)
    x, y, z = point
    along = m.dot([a, b, c], point, 0.0) * (1 - cosine)
    depth = z * cosine + (a * y - b * x) * sine + c * along
    across = x * cosine + (b * z - c * y) * sine + a * along
    down = y * cosine + (c * x - a * z) * sine + b * along
    return across / depth, down / depth


# LSTM: a character model whose layers have diagonal weights.


@dataclass(frozen=True)
class Text:
    """Parameters: for each layer weights and biases of four gates; then weights in, weights and biases out. Each is of `bits`."""

    layers: int
    bits: int
    parameters: list[float]
    state: list[list[float]]
    """For each layer its hidden numbers and its cells."""
    characters: list[list[float]]


def read_lstm(path: Path, characters: int) -> Text:
    """The first characters of a file: layers, characters, bits; parameters, state, the text."""
    [layers, _, bits], *rows = _lines(path)
    first = 2 * int(layers) + 3
    parameters = [x for row in rows[:first] for x in row]
    second = first + 2 * int(layers)
    return Text(int(layers), int(bits), parameters, rows[first:second], rows[second : second + characters])


def lstm(case: Text, m: Maths, parameters: Vector, _: Vector) -> Any:
    """The mean of the cross-entropies of each next character, where the exponentials of a prediction are summed with two ones."""
    bits = case.bits
    parts = [parameters[i : i + bits] for i in range(0, len(parameters), bits)]
    weights_in, weights_out, biases_out = parts[8 * case.layers :]
    state: list[Vector] = list(case.state)
    losses = []
    for this, following in pairwise(case.characters):
        values: Vector = [x * w for x, w in zip(this, weights_in, strict=True)]
        for layer in range(case.layers):
            hidden, cells = _layer(m, parts[8 * layer : 8 * layer + 8], values, *state[2 * layer : 2 * layer + 2])
            state[2 * layer], state[2 * layer + 1] = hidden, cells
            values = hidden
        scores = [v * w + b for v, w, b in zip(values, weights_out, biases_out, strict=True)]
        normal = m.log(m.total([m.exp(s) for s in scores]) + 2)
        losses += [normal - s for s, wanted in zip(scores, following, strict=True) if wanted]
    return m.total(losses) / (bits * (len(case.characters) - 1))


def _layer(m: Maths, gates: Sequence[Vector], values: Vector, hidden: Vector, cells: Vector) -> tuple[Vector, Vector]:
    new_hidden, new_cells = [], []
    for value, before, cell, wf, wi, wo, wc, bf, bi, bo, bc in zip(values, hidden, cells, *gates, strict=True):
        kept = cell * m.sigmoid(value * wf + bf) + m.sigmoid(before * wi + bi) * m.tanh(before * wc + bc)
        new_cells.append(kept)
        new_hidden.append(m.sigmoid(value * wo + bo) * m.tanh(kept))
    return new_hidden, new_cells


def lstm_natural(case: Text, xp: Any, parameters: Any, _: Any) -> Any:
    """The same in vectors of `bits` numbers."""
    parts = parameters.reshape(-1, case.bits)
    weights_in, weights_out, biases_out = (parts[8 * case.layers + i] for i in range(3))

    def step(state: list[Any], characters: Any) -> tuple[list[Any], Any]:
        this, following = characters[0], characters[1]
        values, state = this * weights_in, list(state)
        for layer in range(case.layers):
            wf, wi, wo, wc, bf, bi, bo, bc = (parts[8 * layer + i] for i in range(8))
            hidden, cells = state[2 * layer : 2 * layer + 2]
            cells = cells * xp.sigmoid(values * wf + bf) + xp.sigmoid(hidden * wi + bi) * xp.tanh(hidden * wc + bc)
            values = xp.sigmoid(values * wo + bo) * xp.tanh(cells)
            state[2 * layer], state[2 * layer + 1] = values, cells
        scores = values * weights_out + biases_out
        normal = xp.log(xp.exp(scores).sum() + 2)
        return state, (following * (normal - scores)).sum()

    pairs = list(pairwise(case.characters))
    losses = xp.scan(step, [xp.array(row) for row in case.state], xp.array(pairs))
    return losses.sum() / (case.bits * len(pairs))
