"""Regions of a classifier and borders of hidden units: what stands in the Axes."""

from __future__ import annotations

import pytest
from drawn import legend_of

import nn
import viz
from autograd.functions import FUNCTIONS, dot
from autograd.value import Value

pytest.importorskip("matplotlib")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.usefixtures("closed_figures")

log, sigmoid = FUNCTIONS["log"], FUNCTIONS["sigmoid"]


def regions(ax):
    """The class at a point of the plane, as it is painted."""
    (image,) = ax.images
    painted, (left, right, bottom, top) = image.get_array(), image.get_extent()
    rows, columns = painted.shape
    return lambda x, y: painted[int((y - bottom) / (top - bottom) * rows), int((x - left) / (right - left) * columns)]


CORNERS = [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("closes_over", [False, True])
def test_xor_by_hand(closes_over: bool) -> None:
    six = Value(6.0) if closes_over else 6.0

    def network(x1, x2):
        h = [sigmoid(dot(w, [x1, x2], -3)) for w in ([six, -6], [-6, six])]
        return sigmoid(dot([six, six], h, -3))

    ax = viz.plot_regions(network, CORNERS, [0, 1, 1, 0], threshold=0.5, resolution=41)
    at = regions(ax)
    assert [at(*corner) for corner in CORNERS] == [0, 1, 1, 0]
    assert legend_of(ax) == ["0", "1"]
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]
    assert len({line.get_marker() for line in ax.lines}) == 2
    (boundary,) = ax.collections[0].get_paths()
    for x1, x2 in boundary.vertices:
        assert abs(network(x1, x2).data - 0.5 if closes_over else network(x1, x2) - 0.5) < 0.1


def test_three_classes_by_their_scores() -> None:
    ax = viz.plot_regions(lambda p: [p[0], p[1], -p[0] - p[1]], [(1, 0), (0, 1), (-1, -1)], "abc", names=["A", "B", "C"])
    at = regions(ax)
    assert [at(1, 0), at(0, 1), at(-1, -1), at(1, 0.8), at(0.8, 1)] == [0, 1, 2, 0, 1]
    assert legend_of(ax) == ["A", "B", "C"]


def test_a_classifier_that_is_undefined_somewhere() -> None:
    ax = viz.plot_regions(lambda x, y: log(x) - y, [(1, 0), (2, 1), (0.1, 2)], [True, False, False])
    at = regions(ax)
    assert at(-0.3, 0) is np.ma.masked
    assert (at(2, 0), at(2, 2)) == (1, 0)
    assert legend_of(ax) == ["False", "True"]


def test_wrong_regions() -> None:
    with pytest.raises(ValueError, match="2 points and 1 classes"):
        viz.plot_regions(lambda x, y: x, [(0, 0), (1, 1)], [0])
    with pytest.raises(ValueError, match=r"the function tells 2 classes apart, there are 3: \[0, 1, 2\]"):
        viz.plot_regions(lambda x, y: x, [(0, 0), (1, 1), (1, 2)], [0, 1, 2])


def borders_of(ax):
    return [line.get_xydata() for line in ax.lines if line.get_gid() == "border"]


def test_xor_by_two_lines() -> None:
    step = FUNCTIONS["step"]
    rows = [(2, -2, -1), (-2, 2, -1)]
    ax = viz.plot_regions(lambda a, b: step(2 * a - 2 * b - 1) + step(2 * b - 2 * a - 1), CORNERS, [0, 1, 1, 0], threshold=0.5,
                          borders=rows)  # fmt: skip
    drawn = borders_of(ax)
    assert len(drawn) == 2
    for points, (w1, w2, b) in zip(drawn, rows):
        for x, y in points:
            assert w1 * x + w2 * y + b == pytest.approx(0, abs=1e-12)
            assert min(abs(x + 0.3), abs(x - 1.3), abs(y + 0.3), abs(y - 1.3)) < 1e-12  # it ends where the plot does
    assert legend_of(ax) == ["0", "1", "border"]
    for arrow, (w1, w2, b) in zip(ax.texts, rows):
        (x, y), (u, v) = arrow.xyann, arrow.xy
        assert w1 * x + w2 * y + b == pytest.approx(0, abs=1e-12)
        assert w1 * u + w2 * v + b > 0


def test_a_network_shows_the_borders_of_its_hidden_units() -> None:
    # 2-2-1 by hand: flags of two lines, then their AND
    model = nn.MLP(2, [2, 1], "sigmoid", output="sigmoid", init=[10, 10, -10, -10, 10, 0, 20, 20, -30])
    ax = viz.plot_regions(model, CORNERS, [0, 1, 0, 1], threshold=0.5, borders=True)
    first, second = borders_of(ax)
    assert np.abs(first.sum(axis=1) - 1).max() < 1e-12
    assert np.abs(second[:, 0] - second[:, 1]).max() < 1e-12
    assert legend_of(ax)[-1] == "border of a hidden unit"
    assert not borders_of(viz.plot_regions(model, CORNERS, [0, 1, 0, 1], threshold=0.5))
    assert not borders_of(viz.plot_regions(nn.Neuron(2, "sigmoid", seed=1), CORNERS, [0, 0, 0, 1], borders=True))


def test_borders_of_later_layers_have_bends() -> None:
    # h = relu(x), relu(y); the second layer's only unit is h1 + h2 - 1
    model = nn.MLP(2, [2, 1, 1], "relu", init=[1, 0, 0, 0, 1, 0, 1, 1, -1, 1, 0])
    ax = viz.plot_regions(model, CORNERS, [0, 1, 1, 1], borders=True, resolution=60)
    assert len(borders_of(ax)) == 2
    bent = next(c for c in ax.collections if c.get_linestyles()[0][1] and len(c.get_paths()) == 1)
    for x, y in bent.get_paths()[0].vertices:
        assert max(x, 0) + max(y, 0) == pytest.approx(1, abs=0.02)
    assert legend_of(ax)[-2:] == ["border of a hidden unit", "border in a later layer"]


def test_wrong_borders() -> None:
    for f in (lambda x, y: x, nn.MLP(3, [2, 1], seed=1), nn.Sequential(nn.Residual(nn.Layer(2, 2)), nn.Layer(2, 1))):
        with pytest.raises(TypeError, match="borders=True is of a network of dense layers on two inputs"):
            viz.plot_regions(f, CORNERS, [0, 0, 0, 1], borders=True)
    with pytest.raises(ValueError, match=r"a border is three numbers w1, w2, b, not \[1.0, 2.0\]"):
        viz.plot_regions(lambda x, y: x, CORNERS, [0, 0, 0, 1], borders=[(1, 2)])
    ax = viz.plot_regions(lambda x, y: x, CORNERS, [0, 0, 0, 1], borders=[(0, 0, 1), (1, 0, -9), (1, 0, -0.5)])
    assert [points.tolist() for points in borders_of(ax)] == [[[0.5, -0.3], [0.5, 1.3]]]
