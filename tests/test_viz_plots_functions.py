"""Functions with their derivatives, families, sums of hats: what stands in the Axes, against closed forms."""

from __future__ import annotations

import math

import pytest
from drawn import curves_of, legend_of

import viz
from autograd.functions import FUNCTIONS

pytest.importorskip("matplotlib")
np = pytest.importorskip("numpy")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of where to draw)

pytestmark = pytest.mark.usefixtures("closed_figures")

exp, log, relu, sigmoid, tan, tanh = (FUNCTIONS[name] for name in ("exp", "log", "relu", "sigmoid", "tan", "tanh"))


def test_a_function_and_its_derivatives() -> None:
    ax = viz.plot_function(tanh, -3, 3, derivatives=2)
    drawn = curves_of(ax)
    assert list(drawn) == legend_of(ax) == ["tanh", "tanh′", "tanh″"]
    for line, closed in zip(drawn.values(), [np.tanh, lambda x: np.cosh(x) ** -2, lambda x: -2 * np.tanh(x) * np.cosh(x) ** -2]):
        x, y = line.get_data()
        assert (x[0], x[-1]) == (-3, 3)
        assert len(x) >= 401
        np.testing.assert_allclose(y, closed(x), rtol=1e-13, atol=1e-15)
    assert len({line.get_color() for line in drawn.values()}) == len({line.get_linestyle() for line in drawn.values()}) == 3
    assert ax.get_xlabel() == "x"


def test_no_line_is_drawn_across_a_pole_or_a_jump() -> None:
    for f, order, place in [(lambda t: 1 / t, 0, 0.0), (relu, 1, 0.0), (tan, 0, math.pi / 2)]:
        line = list(curves_of(viz.plot_function(f, -1, 2, derivatives=order)).values())[-1]
        x, y = line.get_data()
        for a, b, fa, fb in zip(x, x[1:], y, y[1:]):
            assert not (a <= place <= b and math.isfinite(fa) and math.isfinite(fb) and abs(fb - fa) > 0.5)
        assert np.isnan(y).any()


def test_the_limits_show_the_curve_and_not_the_pole() -> None:
    ax = viz.plot_function(lambda t: 1 / t, -5, 5, derivatives=1)
    low, high = ax.get_ylim()
    assert -10 < low < -2
    assert 2 < high < 10
    assert ax.get_xlabel() == "t"
    low, high = viz.plot_function(exp, -5, 5).get_ylim()
    assert high > math.exp(5)
    _, ax = plt.subplots()
    ax.set_ylim(-1, 1)
    viz.plot_function(lambda t: 1 / t, -5, 5, ax=ax)
    assert ax.get_ylim() == (-1, 1)


def test_a_function_that_branches() -> None:
    def leaky(x):
        return x if x > 0 else 0.25 * x

    value, slope = curves_of(viz.plot_function(leaky, -1, 1, derivatives=1, points=11)).values()
    x, y = value.get_data()
    np.testing.assert_allclose(y, np.where(x > 0, x, x / 4))
    x, y = slope.get_data()
    finite = np.isfinite(y)
    np.testing.assert_array_equal(y[finite], np.where(x[finite] > 0, 1.0, 0.25))


def test_names_of_functions() -> None:
    ax = viz.plot_function(lambda x: x, derivatives=5, points=5)
    assert legend_of(ax) == ["f", "f′", "f″", "f‴", "f⁽⁴⁾", "f⁽⁵⁾"]
    assert viz.plot_function(lambda x: x, points=5).get_legend() is None
    ax = viz.plot_function(sigmoid, label="σ")
    assert viz.plot_function(tanh, ax=ax) is ax
    assert legend_of(ax) == ["σ", "tanh"]
    assert len([line for line in ax.lines if line.get_gid() == "zero"]) == 2


def test_what_cannot_be_plotted() -> None:
    for low, high in [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)]:
        with pytest.raises(ValueError, match="give two finite numbers, the smaller one first"):
            viz.plot_function(tanh, low, high)
    with pytest.raises(ValueError, match=r"the function is defined nowhere between -2 and -1"):
        viz.plot_function(log, -2, -1)
    with pytest.raises(ValueError, match="derivatives=-1"):
        viz.plot_function(tanh, derivatives=-1)


# Activation functions, families, hats.


def test_the_activation_functions_of_the_course_stand_there_with_their_derivatives() -> None:
    axes = viz.plot_activations()
    titles = [ax.get_title() for ax in axes]
    assert titles == ["identity", "step", "sigmoid", "tanh", "ReLU", "leaky ReLU, slope 0.1", "GELU", "softmax of (x, 0, 0)"]
    erf = np.vectorize(math.erf)
    closed = {
        "identity": (lambda x: x, np.ones_like),
        "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        "leaky ReLU, slope 0.1": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1.0, 0.1)),
        "GELU": (
            lambda x: x / 2 * (1 + erf(x / math.sqrt(2))),
            lambda x: (1 + erf(x / math.sqrt(2))) / 2 + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
        ),
        "softmax of (x, 0, 0)": (lambda x: np.exp(x) / (np.exp(x) + 2), lambda x: 2 * np.exp(x) / (np.exp(x) + 2) ** 2),
    }
    for ax in axes:
        assert legend_of(ax) == ["f", "f′"]
        for line, by_hand in zip(curves_of(ax).values(), closed.get(ax.get_title(), ())):
            x, y = line.get_data()
            inside = np.isfinite(y) & (x != 0)
            np.testing.assert_allclose(y[inside], by_hand(x[inside]), rtol=1e-12, atol=1e-14)
    step = curves_of(axes[1])
    x, y = step["f"].get_data()
    assert set(y[np.isfinite(y) & (x < 0)]) == {0.0}
    assert set(y[np.isfinite(y) & (x > 0)]) == {1.0}
    assert set(step["f′"].get_ydata()[np.isfinite(step["f′"].get_ydata())]) == {0.0}


def test_activation_functions_of_ones_own() -> None:
    (ax,) = viz.plot_activations([tanh], -1, 1, derivatives=0)
    assert (ax.get_title(), list(curves_of(ax)), ax.get_xlim()[0] < -1) == ("tanh", ["f"], True)
    assert [ax.get_title() for ax in viz.plot_activations({"mine": lambda x: x * x, "other": exp})] == ["mine", "other"]
    with pytest.raises(ValueError, match=r"there is no function 'relux'; autograd\.FUNCTIONS has abs, "):
        viz.plot_activations(["relux"])
    with pytest.raises(ValueError, match="give the name of one function or more"):
        viz.plot_activations([])


def test_a_parabola_moves_with_each_of_its_numbers() -> None:
    axes = viz.plot_family(lambda x, a, b, c: a * x**2 + b * x + c, {"a": (1, 0.5, -1), "b": (0, 2), "c": 3}, -2, 4)
    assert [list(curves_of(ax)) for ax in axes] == [["a = 1", "a = 0.5", "a = −1"], ["b = 0", "b = 2"]]
    assert [ax.get_title() for ax in axes] == ["b = 0, c = 3", "a = 1, c = 3"]
    for line, (a, b) in zip([*axes[0].lines[:3], *axes[1].lines[:2]], [(1, 0), (0.5, 0), (-1, 0), (1, 0), (1, 2)]):
        x, y = line.get_data()
        np.testing.assert_allclose(y, a * x**2 + b * x + 3, rtol=1e-13, atol=1e-13)
    assert axes[0].get_ylim() == axes[1].get_ylim()
    for vary in ({"a": 1}, {"a": (), "b": (1, 2)}, {}):
        with pytest.raises(ValueError, match="give two numbers or more for one parameter at least"):
            viz.plot_family(lambda x, a, b=0: a * x, vary)
    with pytest.raises(ValueError, match="the interval is from 1 to 1"):
        viz.plot_family(lambda x, a: a * x, {"a": (1, 2)}, 1, 1)
    with pytest.raises(ValueError, match="plot_family draws into 1 axes: give ax= a list of 1, not of 2"):
        viz.plot_family(lambda x, a: a * x, {"a": (1, 2)}, ax=plt.subplots(1, 2)[1])


def test_a_sum_of_hats_goes_straight_from_one_to_the_next() -> None:
    left, right = viz.plot_hats(FUNCTIONS["sin"], (5, 3, 9), 0.0, 2.0)
    drawn = curves_of(left)
    assert list(drawn) == ["3 hats", "5 hats", "9 hats"]
    errors = []
    for n, line in zip((3, 5, 9), drawn.values()):
        x, y = line.get_data()
        places = np.linspace(0, 2, n)
        np.testing.assert_allclose(y, np.interp(x, places, np.sin(places)), rtol=1e-12, atol=1e-14)
        errors.append(np.abs(np.interp(x, places, np.sin(places)) - np.sin(x)).max())
    (line,) = curves_of(right).values()
    assert list(line.get_xdata()) == [3, 5, 9]
    np.testing.assert_allclose(line.get_ydata(), errors, rtol=1e-10)
    assert errors[1] < errors[0] / 3.5  # half as far apart, a quarter of the error
    assert (right.get_yscale(), len(left.collections)) == ("log", 3)
    with pytest.raises(ValueError, match=r"counts are whole numbers, at least 2, not \(1,\)"):
        viz.plot_hats(tanh, (1,))
    with pytest.raises(ValueError, match="the function is nan at -1"):
        viz.plot_hats(log, (3,), -1, 1)
