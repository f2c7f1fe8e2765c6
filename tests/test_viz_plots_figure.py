"""How plots look, and that they need nothing before they are drawn."""

from __future__ import annotations

import importlib
import inspect
import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawn import curves_of

import viz
from autograd import tanh
from viz.plots import figure as figures

pytest.importorskip("matplotlib")
import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.font_manager import fontManager

pytestmark = pytest.mark.usefixtures("closed_figures")


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [name for name in viz.__all__ if name.startswith("plot_")])
def test_a_plot_that_raises_leaves_no_figure_of_its_own(name: str) -> None:
    """A notebook would show it, empty, under the error."""
    plot = getattr(viz, name)
    parameters = inspect.signature(plot).parameters.values()
    needed = [each for each in parameters if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD]
    plt.figure()
    known = plt.get_fignums()  # this one, and what others left open
    for wrong in (object(), []):
        with pytest.raises((TypeError, ValueError)):
            plot(*[wrong] * max(1, len(needed)))
    assert plt.get_fignums() == known


@pytest.mark.parametrize("style", ["default", "dark_background", "ggplot", "Solarize_Light2"])
def test_colours_are_legible_on_the_background(style: str) -> None:
    with plt.style.context(style):
        ax = viz.plot_function(tanh, derivatives=4, points=5)
        for line in curves_of(ax).values():
            assert contrast(line.get_color(), ax.get_facecolor()) > 4


def test_a_transparent_background_is_that_of_the_figure() -> None:
    figure, ax = plt.subplots(facecolor="#111111")
    ax.set_facecolor("none")
    viz.plot_losses([1.0, 2.0], ax=ax)
    assert curves_of(ax)["_curve"].get_color() == figures.ON_DARK[0]
    assert figure


def test_what_is_written_stays() -> None:
    _, ax = plt.subplots()
    ax.set(xlabel="epoch", ylabel="error")
    viz.plot_losses([1.0, 2.0], ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "error")


def test_japanese_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    if any(font in fontManager.get_font_names() for font in figures.JAPANESE_FONTS):
        ax = viz.plot_losses({"訓練": [1.0, 2.0]})
        ax.set(title="学習曲線", ylabel="損失")
        ax.figure.canvas.draw()  # a missing glyph is a warning, and a warning is an error here
    mpl.rcParams["font.family"] = ["sans-serif"]
    monkeypatch.setattr(figures, "JAPANESE_FONTS", ())
    viz.plot_losses({"training": [1.0, 2.0]})
    with pytest.warns(UserWarning, match="no font with Japanese glyphs is installed"):
        viz.plot_losses({"訓練": [1.0, 2.0]})


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"a plot needs the package matplotlib: pip install matplotlib$"):
        viz.plot_function(tanh)
    with pytest.raises(ModuleNotFoundError, match=r"a plot needs the package matplotlib: pip install matplotlib$"):
        viz.animate(1, print)


def test_importing_viz_imports_nothing_that_is_heavy() -> None:
    heavy = ["numpy", "matplotlib", "graphviz", "viz.page", "viz.explanation"]
    program = f"import sys, viz; viz.plot_losses; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_all_plots_are_public() -> None:
    files = [path.stem for path in Path(viz.__file__).parent.joinpath("plots").glob("*.py")]
    made = {name for stem in files for name in vars(importlib.import_module(f"viz.plots.{stem}")) if name.startswith("plot_")}
    assert made == {name for name in viz.__all__ if name.startswith("plot_")}
    assert all(callable(getattr(viz, name)) for name in made)
    assert set(viz.__all__) <= set(dir(viz))
    with pytest.raises(AttributeError, match="module 'viz' has no attribute 'plot'"):
        _ = viz.plot


@pytest.mark.parametrize("before", [True, False])
def test_what_is_written_in_japanese_beside_a_plot_has_its_glyphs(before: bool) -> None:
    if figures.japanese_font() is None:
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


def test_a_legend_stands_under_the_axes_where_a_layout_makes_room() -> None:
    for layout in ("constrained", None):
        figure, ax = plt.subplots(layout=layout)
        viz.plot_regions(lambda x, y: x - y, [(0, 0), (1, 0)], [0, 1], ax=ax)
        figure.canvas.draw()
        box, inside = ax.get_legend().get_window_extent(), ax.get_window_extent()
        if layout:
            assert box.y1 < ax.xaxis.label.get_window_extent().y0
            assert box.y0 >= 0
        else:
            assert inside.y0 < box.y0 < box.y1 < inside.y1


def test_steps_are_whole_numbers_unless_the_axis_is_logarithmic() -> None:
    ax = viz.plot_losses([3.0, 2.0, 1.0, 0.5])
    assert all(x == int(x) for x in ax.get_xticks())
    _, ax = plt.subplots()
    ax.set_xscale("log")
    assert viz.plot_losses([3.0, 2.0, 1.0], ax=ax).get_xscale() == "log"


@pytest.mark.parametrize(
    ("plot", "kind", "message"),
    [
        (lambda: viz.plot_losses(3), TypeError, "3 is of type int, and no sequence$"),
        (lambda: viz.plot_losses(SimpleNamespace(loss=[1.0])), TypeError, r"and no sequence: give its \.loss"),
        (lambda: viz.plot_attention(1.0, ["a"]), TypeError, r"1\.0 is a number; weights are a row for each token"),
        (lambda: viz.plot_attention([1.0], ["a"]), ValueError, r"a row of weights, not a number: write \[\[1\.0\]\] for"),
        (lambda: viz.plot_losses({"a": 0.5}), TypeError, r"0\.5 is of type float, and no sequence"),
        (lambda: viz.plot_gradients({}), ValueError, r"plot_gradients: there are no layers in \{\}"),
        (lambda: viz.plot_regions(min, [0, 1], [0, 1]), TypeError, "0 is of type int, and no sequence of numbers"),
        (lambda: viz.plot_regions(min, [[0, 1], [float("nan"), 1]], [0, 1]), ValueError, "two finite numbers, its class"),
        (lambda: viz.plot_surface(min, low=1, high=2), ValueError, "the corners are 1 and 2; give two points"),
    ],
)
def test_what_is_no_sequence_or_no_point_is_told_so(plot, kind, message) -> None:
    with pytest.raises(kind, match=message):
        plot()


def test_one_thing_alone_is_a_sequence_of_one() -> None:
    assert viz.plot_activations("relu")[0].get_title() == "ReLU"
    assert len(viz.plot_hats(abs, 5, -1.0, 1.0)) == 2
