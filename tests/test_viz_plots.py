"""Plots: what stands in the Axes, against closed forms."""

from __future__ import annotations

import io
import math
import subprocess
import sys

import pytest

import nn
import viz
from autograd.functions import FUNCTIONS, dot
from autograd.value import Value

np = pytest.importorskip("numpy")
matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of where to draw)
from matplotlib.colors import to_rgba  # noqa: E402
from matplotlib.font_manager import fontManager  # noqa: E402

from viz import plots  # noqa: E402

exp, log, relu, sigmoid, tan, tanh = (FUNCTIONS[name] for name in ("exp", "log", "relu", "sigmoid", "tan", "tanh"))


@pytest.fixture(autouse=True)
def _closed():
    with matplotlib.rc_context():
        yield
    plt.close("all")


def bowl(x1, x2):
    return x1**2 / 2 + 5 * x2**2


def curves(ax):
    return {line.get_label(): line for line in ax.lines if line.get_gid() == "curve"}


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# plot_function


def test_a_function_and_its_derivatives() -> None:
    ax = viz.plot_function(tanh, -3, 3, derivatives=2)
    drawn = curves(ax)
    assert list(drawn) == legend(ax) == ["tanh", "tanh′", "tanh″"]
    for line, closed in zip(drawn.values(), [np.tanh, lambda x: np.cosh(x) ** -2, lambda x: -2 * np.tanh(x) * np.cosh(x) ** -2]):
        x, y = line.get_data()
        assert (x[0], x[-1]) == (-3, 3)
        assert len(x) >= 401
        np.testing.assert_allclose(y, closed(x), rtol=1e-13, atol=1e-15)
    assert len({line.get_color() for line in drawn.values()}) == len({line.get_linestyle() for line in drawn.values()}) == 3
    assert ax.get_xlabel() == "x"


def test_no_line_is_drawn_across_a_pole_or_a_jump() -> None:
    for f, order, place in [(lambda t: 1 / t, 0, 0.0), (relu, 1, 0.0), (tan, 0, math.pi / 2)]:
        line = list(curves(viz.plot_function(f, -1, 2, derivatives=order)).values())[-1]
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

    value, slope = curves(viz.plot_function(leaky, -1, 1, derivatives=1, points=11)).values()
    x, y = value.get_data()
    np.testing.assert_allclose(y, np.where(x > 0, x, x / 4))
    x, y = slope.get_data()
    finite = np.isfinite(y)
    np.testing.assert_array_equal(y[finite], np.where(x[finite] > 0, 1.0, 0.25))


def test_names_of_functions() -> None:
    ax = viz.plot_function(lambda x: x, derivatives=5, points=5)
    assert legend(ax) == ["f", "f′", "f″", "f‴", "f⁽⁴⁾", "f⁽⁵⁾"]
    assert viz.plot_function(lambda x: x, points=5).get_legend() is None
    ax = viz.plot_function(sigmoid, label="σ")
    assert viz.plot_function(tanh, ax=ax) is ax
    assert legend(ax) == ["σ", "tanh"]
    assert len([line for line in ax.lines if line.get_gid() == "zero"]) == 2


def test_what_cannot_be_plotted() -> None:
    for low, high in [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)]:
        with pytest.raises(ValueError, match="give two finite numbers, the smaller one first"):
            viz.plot_function(tanh, low, high)
    with pytest.raises(ValueError, match=r"the function is defined nowhere between -2 and -1"):
        viz.plot_function(log, -2, -1)
    with pytest.raises(ValueError, match="derivatives=-1"):
        viz.plot_function(tanh, derivatives=-1)


# plot_descent


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.18, 0.2, 0.21])
def test_a_descent_in_a_bowl(rate: float) -> None:
    ax = viz.plot_descent(bowl, (5, 1), rate, steps=20)
    path = ax.lines[0].get_xydata()
    wanted = [(5 * (1 - rate) ** t, (1 - 10 * rate) ** t) for t in range(21)]
    np.testing.assert_allclose(path, wanted, rtol=1e-12, atol=1e-12)
    assert ax.lines[1].get_xydata().tolist() == [[5.0, 1.0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x₁", "x₂")
    assert ax.get_legend() is None
    for x, y in path:  # all of it is shown
        assert ax.get_xlim()[0] < x < ax.get_xlim()[1]
        assert ax.get_ylim()[0] < y < ax.get_ylim()[1]


def test_contours_are_where_the_function_has_their_height() -> None:
    ax = viz.plot_descent(bowl, (5, 1), low=(-6, -2), high=(6, 2))
    (contours,) = ax.collections
    assert len(contours.levels) == 14
    for height, outline in zip(contours.levels, contours.get_paths()):
        for x1, x2 in outline.vertices:
            assert bowl(x1, x2) == pytest.approx(height, rel=0.02, abs=0.02)  # linear between points of the grid
    assert ax.get_xlim() == (-6, 6)


def test_several_rates_and_paths_of_ones_own() -> None:
    ax = viz.plot_descent(bowl, (5, 1), [0.05, 0.18])
    assert legend(ax) == ["rate 0.05", "rate 0.18"]
    ax = viz.plot_descent(lambda p: bowl(*p), path={"SGD": [(5, 1), (4, 0)], "Adam": [(5, 1), (Value(4.5), 0.5)]})
    assert legend(ax) == ["SGD", "Adam"]
    assert ax.lines[2].get_xydata().tolist() == [[5.0, 1.0], [4.5, 0.5]]
    ax = viz.plot_descent(lambda a, b: 3.0, path=[(0, 0)])
    assert (ax.get_xlabel(), len(ax.collections)) == ("a", 0)


def test_wrong_descents() -> None:
    with pytest.raises(TypeError, match="give the start of a descent, or the points of a path"):
        viz.plot_descent(bowl)
    with pytest.raises(ValueError, match="a point of two numbers, or a number, not \\(1, 2, 3\\)"):
        viz.plot_descent(bowl, (1, 2, 3))
    for path in ([(1, 2, 3)], []):
        with pytest.raises(ValueError, match="a path is a sequence of points"):
            viz.plot_descent(bowl, path=path)


# plot_losses


def test_losses() -> None:
    ax = viz.plot_losses([Value(3.0), 2, 1.5])
    (line,) = curves(ax).values()
    assert line.get_xydata().tolist() == [[0, 3.0], [1, 2.0], [2, 1.5]]
    assert (ax.get_yscale(), ax.get_legend(), ax.get_ylabel()) == ("linear", None, "loss")
    ax = viz.plot_losses({"training": [10.0, 1.0, 0.05], "validation": [12.0, math.inf, 1.0]})
    assert (ax.get_yscale(), legend(ax)) == ("log", ["training", "validation"])
    assert np.isnan(curves(ax)["validation"].get_ydata()).tolist() == [False, True, False]
    assert viz.plot_losses([10.0, 1.0, 0.05], log=False).get_yscale() == "linear"
    assert viz.plot_losses([10.0, 0.0]).get_yscale() == "linear"
    assert viz.plot_losses([1.0, -0.5, 0.1], log=True).get_yscale() == "log"
    with pytest.raises(ValueError, match="no loss is positive, and none can be shown on a logarithmic scale; leave out log=True"):
        viz.plot_losses([-1.0, -0.1], log=True)
    with pytest.raises(ValueError, match="no finite loss"):
        viz.plot_losses([math.nan])
    with pytest.raises(TypeError, match="str"):
        viz.plot_losses(["a"])


# plot_regions


def regions(ax):
    """The class at a point of the plane, as it is painted."""
    mesh = ax.collections[0]
    corners = mesh.get_coordinates()
    middle = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    painted = mesh.get_array().reshape(middle.shape[:2])
    return lambda x, y: painted.flat[np.argmin(((middle - (x, y)) ** 2).sum(axis=2))]


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
    assert legend(ax) == ["0", "1"]
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]
    assert len({line.get_marker() for line in ax.lines}) == 2
    (boundary,) = ax.collections[1].get_paths()
    for x1, x2 in boundary.vertices:
        assert abs(network(x1, x2).data - 0.5 if closes_over else network(x1, x2) - 0.5) < 0.1


def test_three_classes_by_their_scores() -> None:
    ax = viz.plot_regions(lambda p: [p[0], p[1], -p[0] - p[1]], [(1, 0), (0, 1), (-1, -1)], "abc", names=["A", "B", "C"])
    at = regions(ax)
    assert [at(1, 0), at(0, 1), at(-1, -1), at(1, 0.8), at(0.8, 1)] == [0, 1, 2, 0, 1]
    assert legend(ax) == ["A", "B", "C"]


def test_a_classifier_that_is_undefined_somewhere() -> None:
    ax = viz.plot_regions(lambda x, y: log(x) - y, [(1, 0), (2, 1), (0.1, 2)], [True, False, False])
    at = regions(ax)
    assert at(-0.3, 0) is np.ma.masked
    assert (at(2, 0), at(2, 2)) == (1, 0)
    assert legend(ax) == ["False", "True"]


def test_wrong_regions() -> None:
    with pytest.raises(ValueError, match="2 points and 1 classes"):
        viz.plot_regions(lambda x, y: x, [(0, 0), (1, 1)], [0])
    with pytest.raises(ValueError, match=r"the function tells 2 classes apart, there are 3: \[0, 1, 2\]"):
        viz.plot_regions(lambda x, y: x, [(0, 0), (1, 1), (1, 2)], [0, 1, 2])


# plot_gradients


def test_sizes_of_gradients() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(1.0)
    loss = a * 4 + b * -2 + c * 0.5
    loss.backward()
    ax = viz.plot_gradients([[a, [b]], {"c": c}])
    (line,) = curves(ax).values()
    assert line.get_xydata().tolist() == [[1, 3.0], [2, 0.5]]
    assert (ax.get_yscale(), ax.get_xticks().tolist(), ax.get_legend()) == ("log", [1, 2], None)


def test_a_gradient_of_zero_is_marked() -> None:
    ax = viz.plot_gradients({"dead": [0.0, -1e-3], "alive": [1.0, 2.0]})
    assert legend(ax) == ["dead", "alive"]
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
    y = next(iter(curves(viz.plot_gradients([[w] for w in weights])).values())).get_ydata()
    assert all(y[k] <= 0.25 ** (10 - k) for k in range(10))
    assert y[0] < 1e-4 * y[-1]


# How they look.


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("style", ["default", "dark_background", "ggplot", "Solarize_Light2"])
def test_colours_are_legible_on_the_background(style: str) -> None:
    with plt.style.context(style):
        ax = viz.plot_function(tanh, derivatives=4, points=5)
        for line in curves(ax).values():
            assert contrast(line.get_color(), ax.get_facecolor()) > 4


def test_a_transparent_background_is_that_of_the_figure() -> None:
    figure, ax = plt.subplots(facecolor="#111111")
    ax.set_facecolor("none")
    viz.plot_losses([1.0, 2.0], ax=ax)
    assert curves(ax)["_curve"].get_color() == plots.ON_DARK[0]
    assert figure


def test_what_is_written_stays() -> None:
    _, ax = plt.subplots()
    ax.set(xlabel="epoch", ylabel="error")
    viz.plot_losses([1.0, 2.0], ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "error")


def test_japanese_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    if any(font in fontManager.get_font_names() for font in plots.JAPANESE_FONTS):
        ax = viz.plot_losses({"訓練": [1.0, 2.0]})
        ax.set(title="学習曲線", ylabel="損失")
        ax.figure.canvas.draw()  # a missing glyph is a warning, and a warning is an error here
    matplotlib.rcParams["font.family"] = ["sans-serif"]
    monkeypatch.setattr(plots, "JAPANESE_FONTS", ())
    viz.plot_losses({"training": [1.0, 2.0]})
    with pytest.warns(UserWarning, match="no font with Japanese glyphs is installed"):
        viz.plot_losses({"訓練": [1.0, 2.0]})


# Without matplotlib.


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"a plot needs the package matplotlib: pip install matplotlib$"):
        viz.plot_function(tanh)


def test_importing_viz_imports_nothing_that_is_heavy() -> None:
    heavy = ["numpy", "matplotlib", "graphviz", "viz.page", "viz.explanation"]
    program = f"import sys, viz; viz.plot_losses; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_all_plots_are_public() -> None:
    assert {name for name in dir(plots) if name.startswith("plot_")} == {name for name in viz.__all__ if name.startswith("plot_")}
    assert set(viz.__all__) <= set(dir(viz))
    with pytest.raises(AttributeError, match="module 'viz' has no attribute 'plot'"):
        _ = viz.plot


def test_a_descent_on_one_variable_runs_on_its_curve() -> None:
    ax = viz.plot_descent(lambda x: x**2, 3.0, 0.25, 2)
    (drawn,) = (line for line in ax.lines if line.get_label() == "_path")
    assert drawn.get_xydata().tolist() == [[3.0, 9.0], [1.5, 2.25], [0.75, 0.5625]]
    (curve,) = (line for line in ax.lines if line.get_label() == "_f")
    assert np.allclose(curve.get_ydata(), np.square(curve.get_xdata()))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "f(x)")
    assert ax.get_xlim() == pytest.approx((0.75 - 0.3 * 2.25, 3.0 + 0.3 * 2.25), rel=1e-14)
    ax = viz.plot_descent(lambda x: x**2, path={"one": [2.0, 1.0], "other": [[-1.0], [0.5]]}, low=-3, high=4)
    assert (ax.get_xlim(), legend(ax)) == ((-3.0, 4.0), ["one", "other"])
    assert legend(viz.plot_descent(lambda x: x**2, [3.0], [0.1, 0.2])) == ["rate 0.1", "rate 0.2"]


@pytest.mark.parametrize(("options", "message"), [
    ({"start": (1, 2, 3)}, r"the start is a point of two numbers, or a number, not \(1, 2, 3\)"),
    ({"path": [1.0, (1, 2)]}, "a path is a sequence of points, each of two numbers, or all of one"),
    ({"path": []}, "a path is a sequence of points"),
])  # fmt: skip
def test_no_descent(options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_descent(lambda x: x, **options)


def test_gradients_of_a_network() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    nn.squared_error(model([1.0, 2.0]), 0.0).backward()
    ax = viz.plot_gradients(model)
    (line,) = curves(ax).values()
    first = [p.grad for name, p in model.named_parameters().items() if name.startswith("layers.0.")]
    assert line.get_ydata()[0] == pytest.approx(sum(map(abs, first)) / 9, rel=1e-14)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["layers.0", "layers.1"]
    other = nn.MLP(2, [3, 1], "relu", seed=1)
    with pytest.raises(ValueError, match="call backward"):
        viz.plot_gradients(other)
    nn.squared_error(other([1.0, 2.0]), 0.0).backward()
    ax = viz.plot_gradients({"tanh": model, "relu": other, "numbers": [1.0, 2.0]})
    assert legend(ax) == ["tanh", "relu", "numbers"]
    ax = viz.plot_gradients({"a": model, "b": other})
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["layers.0", "layers.1"]


@pytest.mark.parametrize("before", [True, False])
def test_what_is_written_in_japanese_beside_a_plot_has_its_glyphs(before: bool) -> None:
    if plots._japanese() is None:
        pytest.skip("no font with Japanese glyphs is installed")
    figure, ax = plt.subplots()
    if before:
        ax.annotate("極小", (0.0, 0.0))
        figure.suptitle("勾配降下")
    viz.plot_function(lambda x: x * x, ax=ax)
    if not before:
        ax.annotate("極小", (0.0, 0.0))
        figure.suptitle("勾配降下")
        ax.text(0, 1, "ここ")
    figure.savefig(io.BytesIO())  # warnings are errors: a missing glyph is one

