"""The loss of a network along lines and in planes of its parameters."""

from __future__ import annotations

import math

import pytest
from drawn import curves_of

import nn
import viz

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of where to draw)

pytestmark = pytest.mark.usefixtures("closed_figures")

XS, YS = [[0.0], [1.0], [2.0]], [1.0, 3.0, 6.0]


def line_model():
    return nn.Neuron(1, "identity", init=[2.0, 1.0])


def length(xs):
    return math.hypot(*xs)


def mean_loss(w, b):
    return sum((w * x + b - y) ** 2 / 2 for (x,), y in zip(XS, YS)) / 3


def test_the_loss_along_a_named_parameter_is_a_parabola() -> None:
    model = line_model()
    ax = viz.plot_loss_surface(model, nn.squared_error, XS, YS, ["w[0]"], low=0, high=4, points=9)
    (line,) = curves_of(ax).values()
    assert line.get_xdata().tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert line.get_ydata() == pytest.approx([mean_loss(w, 1.0) for w in line.get_xdata()], rel=1e-13)
    (here,) = (mark for mark in ax.lines if mark.get_label() == "_here")
    assert here.get_xydata().tolist() == [[2.0, pytest.approx(mean_loss(2.0, 1.0))]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w[0]", "loss")
    assert [p.data for p in model.parameters()] == [2.0, 1.0]  # it stays as it is
    assert viz.plot_loss_surface(model, nn.squared_error, XS, YS, ["b"]).get_xlim()[0] < -3


def test_a_line_to_another_network_and_along_a_vector() -> None:
    model, other = line_model(), nn.Neuron(1, "identity", init=[0.0, 5.0])
    for direction in (other, other.state_dict(), [-2.0, 4.0]):
        ax = viz.plot_loss_surface(model, nn.squared_error, XS, YS, [direction], low=-1, high=2, points=4)
        (line,) = curves_of(ax).values()
        assert line.get_ydata() == pytest.approx([mean_loss(*at) for at in ((4, -3), (2, 1), (0, 5), (-2, 9))], rel=1e-13)


def test_a_plane_of_two_parameters() -> None:
    plane = ["w[0]", "b"]
    ax = viz.plot_loss_surface(line_model(), nn.squared_error, XS, YS, plane, low=(0, -2), high=(4, 3), points=41, levels=6)
    contours = ax.collections[-1]
    assert len(contours.levels) == 6
    for height, outline in zip(contours.levels, contours.get_paths()):
        for w, b in outline.vertices:
            assert mean_loss(w, b) == pytest.approx(height, rel=0.05, abs=0.05)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w[0]", "b")
    assert ax.lines[-1].get_xydata().tolist() == [[2.0, 1.0]]
    space = plt.figure().add_subplot(projection="3d")
    assert viz.plot_loss_surface(line_model(), nn.squared_error, XS, YS, plane, points=9, ax=space) is space
    assert space.get_zlabel() == "loss"
    assert space.get_zlim()[1] == pytest.approx(max(mean_loss(w, b) for w in (-4, 8) for b in (-3, 5)), rel=1e-12)


def test_a_random_direction_is_as_long_as_each_units_weights_and_each_layers_biases() -> None:
    from viz.plots import landscape

    model = nn.MLP(3, [4, 2], "tanh", init="xavier", seed=1)
    for p, b in zip(model.layers[0].neurons, (0.3, -0.4, 0.0, 1.2)):
        p.b.data = b
    parameters = model.parameters()
    (axis, other) = landscape._axes_through(model, parameters, 2, 0)
    moved = dict(zip(map(id, parameters), axis.vector))
    for layer in model.layers:
        for neuron in layer.neurons:
            assert length([moved[id(p)] for p in neuron.w]) == pytest.approx(length([p.data for p in neuron.w]), rel=1e-12)
        biases = [neuron.b for neuron in layer.neurons]
        assert length([moved[id(p)] for p in biases]) == pytest.approx(length([p.data for p in biases]), rel=1e-12)
    assert not np.allclose(axis.vector, other.vector)
    assert np.array_equal(landscape._axes_through(model, parameters, 1, 0)[0].vector, axis.vector)
    assert not np.array_equal(landscape._axes_through(model, parameters, 1, 1)[0].vector, axis.vector)


def test_classes_are_rows_of_ones_and_zeros_as_in_fit() -> None:
    model = nn.MLP(2, [3], output="identity", init="zeros")
    ax = viz.plot_loss_surface(model, nn.cross_entropy, [[1.0, 0.0], [0.0, 1.0]], [0, 2], ["layers.0.b[0]"], points=3)
    (line,) = curves_of(ax).values()
    b = line.get_xdata()
    assert line.get_ydata() == pytest.approx(np.log(np.exp(b) + 2) - b / 2, rel=1e-13)
    with pytest.raises(ValueError, match="of 3 outputs, ys are classes 0 to 2, or rows of numbers"):
        viz.plot_loss_surface(model, nn.cross_entropy, [[1.0, 0.0]], [3], ["layers.0.b[0]"])


def test_between_two_runs_of_exclusive_or_lies_a_ridge() -> None:
    corners, wanted = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    runs = []
    for init in ([0.7, -0.4, -0.1, -0.9, 0.5, 0.1, 0.5, 0.7, 0.5], [0.4, -0.9, -0.4, -0.3, 0.3, 0.9, -0.7, -0.2, 0.2]):
        model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", init=init)
        nn.fit(model, corners, wanted, loss=nn.squared_error, optimizer=nn.SGD(model.parameters(), 4.0), epochs=500)
        runs.append(model)
    ax = viz.plot_loss_surface(runs[0], nn.squared_error, corners, wanted, [runs[1]], low=0, high=1, points=51)
    height = next(iter(curves_of(ax).values())).get_ydata()
    assert 4 * height[0] == pytest.approx(0.00201193774175908, rel=1e-9)  # the lecture's sum is four means
    assert 4 * height[-1] > 0.25
    assert height.max() > 2.5 * height[-1]


@pytest.mark.parametrize(("directions", "message"), [
    (3, "directions are 1 or 2, or a list of so many, not 3"),
    ([], "directions are 1 or 2"),
    (["v"], "there is no parameter 'v'; there are w"),
    ([[1.0, 2.0, 3.0]], r"a direction has a number for each of 2 parameters, not \(3,\)"),
    ([[0.0, 0.0]], "a direction is 0 in all parameters"),
])  # fmt: skip
def test_what_is_no_direction(directions, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_loss_surface(line_model(), nn.squared_error, XS, YS, directions)


def test_what_else_has_no_landscape() -> None:
    with pytest.raises(ValueError, match=r"xs and ys have a row a sample; their shapes are \(3, 1\) and \(2,\)"):
        viz.plot_loss_surface(line_model(), nn.squared_error, XS, YS[:2])
    with pytest.raises(ValueError, match="give two finite numbers, the smaller one first"):
        viz.plot_loss_surface(line_model(), nn.squared_error, XS, YS, 1, low=1, high=1)
    with pytest.raises(TypeError, match="the model is a network, such as a module of nn, not <function"):
        viz.plot_loss_surface(mean_loss, nn.squared_error, XS, YS)
