"""Functions of two numbers: contours, gradients as arrows, surfaces."""

from __future__ import annotations

import math

import pytest

import viz
from autograd.functions import FUNCTIONS
from autograd.value import Value

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of where to draw)

pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture
def surfaces(monkeypatch):
    """What is handed to Axes in space, x, y and z of each surface."""
    from mpl_toolkits.mplot3d import Axes3D

    drawn, usual = [], Axes3D.plot_surface

    def spied(ax, *grid, **options):
        drawn.append(grid)
        return usual(ax, *grid, **options)

    monkeypatch.setattr(Axes3D, "plot_surface", spied)
    return drawn


def arrows_of(ax):
    """Where the middle of each arrow is, and the gradient that it stands for."""
    (quiver,) = (c for c in ax.collections if c.get_label() == "_gradient")
    assert quiver.pivot == "middle"
    return quiver.get_offsets(), np.column_stack([quiver.U, quiver.V]), quiver.scale


@pytest.mark.parametrize("closes_over", [False, True])
def test_arrows_are_the_gradient_and_stay_apart_and_inside(closes_over: bool) -> None:
    one = Value(1.0) if closes_over else 1.0
    plane, space = viz.plot_surface(lambda x1, x2: one * x1**2 + x2**2, (-2, -2), (2, 2), arrows=9)
    places, gradients, scale = arrows_of(plane)
    assert len(places) == 80  # of 81: at the middle there is none
    np.testing.assert_allclose(gradients, 2 * places, rtol=1e-12, atol=1e-12)
    assert np.hypot(*gradients.T).max() / scale == pytest.approx(0.95 * 4 / 9)
    assert np.abs([places + gradients / scale / 2, places - gradients / scale / 2]).max() < 2
    assert (plane.get_xlabel(), space.get_ylabel(), space.name) == ("x₁", "x₂", "3d")
    assert (plane.get_xlim(), plane.get_aspect()) == ((-2.0, 2.0), 1.0)


def test_arrows_stand_at_right_angles_to_the_contours() -> None:
    plane, _ = viz.plot_surface(lambda p: p[0] ** 2 / 2 + 5 * p[1] ** 2, (-3, -1), (3, 1))
    places, gradients, _ = arrows_of(plane)
    along = np.column_stack([-10 * places[:, 1], places[:, 0]])  # the direction in which nothing changes
    assert np.abs((gradients * along).sum(axis=1)).max() < 1e-9
    contours = plane.collections[0]
    for height, outline in zip(contours.levels, contours.get_paths()):
        for x, y in outline.vertices:
            assert x * x / 2 + 5 * y * y == pytest.approx(height, rel=0.02, abs=0.02)


def test_the_surface_is_as_high_as_the_function(surfaces) -> None:
    _, space = viz.plot_surface(lambda x, y: x * y + 1, (0, 0), (1, 2))
    ((x, y, z),) = surfaces
    assert x.shape == (61, 61)
    np.testing.assert_allclose(z, x * y + 1, atol=1e-12)
    assert space.get_zlim() == (pytest.approx(0.5), pytest.approx(3.0))


def test_where_a_function_is_undefined_nothing_is_drawn() -> None:
    log = FUNCTIONS["log"]
    plane, _ = viz.plot_surface(lambda x, y: log(x) + y, (-1, -1), (1, 1), arrows=4)
    places, _, _ = arrows_of(plane)
    assert places[:, 0].min() > 0
    with pytest.raises(ValueError, match="the function is defined nowhere on this plane"):
        viz.plot_surface(lambda x, y: log(x) + y, (-2, -1), (-1, 1))


def test_axes_that_are_given() -> None:
    figure = plt.figure()
    pair = [figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2, projection="3d")]
    assert viz.plot_surface(lambda x, y: x + y, arrows=0, ax=pair) == pair
    with pytest.raises(ValueError, match='a plane one and one made with projection="3d"'):
        viz.plot_surface(lambda x, y: x + y, ax=pair[::-1])
    for high in [(-2, 2), (2, math.nan)]:
        with pytest.raises(ValueError, match="give two points, the lower left one first"):
            viz.plot_surface(lambda x, y: x + y, (-2, -2), high)
