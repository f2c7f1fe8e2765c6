"""Losses, gradients of layers, fitted curves: what stands in the Axes."""

from __future__ import annotations

import math

import pytest
from drawn import curves_of, legend_of

import nn
import viz
from autograd.functions import FUNCTIONS
from autograd.value import Value

pytest.importorskip("matplotlib")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.usefixtures("closed_figures")

sigmoid = FUNCTIONS["sigmoid"]


def test_losses() -> None:
    ax = viz.plot_losses([Value(3.0), 2, 1.5])
    (line,) = curves_of(ax).values()
    assert line.get_xydata().tolist() == [[0, 3.0], [1, 2.0], [2, 1.5]]
    assert (ax.get_yscale(), ax.get_legend(), ax.get_ylabel()) == ("linear", None, "loss")
    ax = viz.plot_losses({"training": [10.0, 1.0, 0.05], "validation": [12.0, math.inf, 1.0]})
    assert (ax.get_yscale(), legend_of(ax)) == ("log", ["training", "validation"])
    assert np.isnan(curves_of(ax)["validation"].get_ydata()).tolist() == [False, True, False]
    assert [line.get_linestyle() for line in curves_of(ax).values()] == ["-", "--"]  # told apart in grey too
    assert viz.plot_losses([10.0, 1.0, 0.05], log=False).get_yscale() == "linear"
    assert viz.plot_losses([10.0, 0.0]).get_yscale() == "linear"
    assert viz.plot_losses([1.0, -0.5, 0.1], log=True).get_yscale() == "log"
    with pytest.raises(ValueError, match="no loss is positive, and none can be shown on a logarithmic scale; leave out log=True"):
        viz.plot_losses([-1.0, -0.1], log=True)
    with pytest.raises(ValueError, match="no finite loss"):
        viz.plot_losses([math.nan])
    with pytest.raises(TypeError, match="str"):
        viz.plot_losses(["a"])


def test_sizes_of_gradients() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(1.0)
    loss = a * 4 + b * -2 + c * 0.5
    loss.backward()
    ax = viz.plot_gradients([[a, [b]], {"c": c}])
    (line,) = curves_of(ax).values()
    assert line.get_xydata().tolist() == [[1, 3.0], [2, 0.5]]
    assert (ax.get_yscale(), ax.get_xticks().tolist(), ax.get_legend()) == ("log", [1, 2], None)


def test_a_gradient_of_zero_is_marked() -> None:
    ax = viz.plot_gradients({"dead": [0.0, -1e-3], "alive": [1.0, 2.0]})
    assert legend_of(ax) == ["dead", "alive"]
    dead, _, mark = ax.lines
    assert math.isnan(dead.get_ydata()[0])
    assert dead.get_ydata()[1] == 1e-3
    assert (list(mark.get_xdata()), list(mark.get_ydata()), mark.get_marker()) == ([1], [0], "v")


def test_wrong_gradients() -> None:
    with pytest.raises(ValueError, match="has no gradient yet; call backward"):
        viz.plot_gradients([[Value(1.0)]])
    with pytest.raises(ValueError, match="a layer has no parameters"):
        viz.plot_gradients([[]])


def test_ten_sigmoids_vanish_by_their_bound() -> None:
    """Each layer passes on at most a quarter."""
    weights = [Value(1.0) for _ in range(10)]
    h = Value(0.5)
    for w in weights:
        h = sigmoid(w * h)
    h.backward()
    y = next(iter(curves_of(viz.plot_gradients([[w] for w in weights])).values())).get_ydata()
    assert all(y[k] <= 0.25 ** (10 - k) for k in range(10))
    assert y[0] < 1e-4 * y[-1]


def test_gradients_of_a_network() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    nn.squared_error(model([1.0, 2.0]), 0.0).backward()
    ax = viz.plot_gradients(model)
    (line,) = curves_of(ax).values()
    first = [p.grad for name, p in model.named_parameters().items() if name.startswith("layers.0.")]
    assert line.get_ydata()[0] == pytest.approx(sum(map(abs, first)) / 9, rel=1e-14)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["layers.0", "layers.1"]
    other = nn.MLP(2, [3, 1], "relu", seed=1)
    with pytest.raises(ValueError, match="call backward"):
        viz.plot_gradients(other)
    nn.squared_error(other([1.0, 2.0]), 0.0).backward()
    ax = viz.plot_gradients({"tanh": model, "relu": other, "numbers": [1.0, 2.0]})
    assert legend_of(ax) == ["tanh", "relu", "numbers"]
    ax = viz.plot_gradients({"a": model, "b": other})
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["layers.0", "layers.1"]


def test_the_bound_of_vanishing_gradients_is_drawn() -> None:
    weights = [Value(1.0) for _ in range(10)]
    h = Value(0.5)
    for w in weights:
        h = sigmoid(w * h)
    h.backward()
    ax = viz.plot_gradients({"sigmoid": [[w] for w in weights]}, bound=0.25)
    sizes, bound = (line.get_ydata() for line in ax.lines)
    assert legend_of(ax) == ["sigmoid", "bound 0.25ⁿ"]
    assert (bound[-1], bound[-2], bound[0]) == (0.25, 0.0625, 9.5367431640625e-7)
    assert (np.array(sizes) <= bound).all()
    first, middle, last = 1.74155780489258e-7, 8.47975824471204e-5, 0.148090474637785
    assert [sizes[0], sizes[4], sizes[9]] == pytest.approx([first, middle, last], rel=1e-13)
    for wrong in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"bound is a positive number, such as 0\.25 of sigmoids"):
            viz.plot_gradients([1.0], bound=wrong)


# plot_fit


def test_a_curve_stands_against_its_data_with_both_errors() -> None:
    model = nn.Neuron(1, "identity", init=[2.0, 1.0])
    ax = viz.plot_fit({"line": model, "square": lambda x: x * x}, [0.0, 1.0, 2.0], [1.0, 3.0, 6.0], test=([[3.0]], [[9.0]]))
    training, test = ax.lines[:2]
    assert training.get_xydata().tolist() == [[0, 1], [1, 3], [2, 6]]
    assert test.get_xydata().tolist() == [[3, 9]]
    assert legend_of(ax) == ["training", "test", "line: training 0.167, test 2", "square: training 1.5, test 0"]
    line, square = curves_of(ax).values()
    for drawn, closed in ((line, lambda x: 2 * x + 1), (square, np.square)):
        x, y = drawn.get_data()
        np.testing.assert_allclose(y, closed(x), rtol=1e-13, atol=1e-13)
        assert (x[0], x[-1]) == pytest.approx((-0.3, 3.3))


def test_a_curve_of_values_alone_and_of_epochs() -> None:
    slope = Value(2.0)
    ax = viz.plot_fit(lambda x: slope * x if x > 0 else 0.0, [-1.0, 1.0], [0.0, 2.0], low=-2, high=2, points=5)
    assert legend_of(ax) == ["training", "training 0"]
    assert next(iter(curves_of(ax).values())).get_ydata().tolist() == [0.0, 0.0, 0.0, 2.0, 4.0]
    ax = viz.plot_fit([(10, lambda x: x), (20, lambda x: 2 * x)], [1.0], [1.0])
    assert legend_of(ax)[1:] == ["epoch 10: training 0", "epoch 20: training 0.5"]


def test_wrong_fits() -> None:
    with pytest.raises(ValueError, match=r"xs and ys are as many numbers; their shapes are \(2, 1\) and \(1, 1\)"):
        viz.plot_fit(lambda x: x, [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="test xs and ys are as many numbers"):
        viz.plot_fit(lambda x: x, [1.0], [1.0], test=([1.0], []))
    with pytest.raises(ValueError, match=r"a fit gives one number for each x, not an array of shape \(2,\)"):
        viz.plot_fit(lambda x: [x, x], [1.0], [1.0])
