"""Gradient descent: what stands in the Axes, against closed forms."""

from __future__ import annotations

import math

import pytest
from drawn import curves_of, legend_of

import viz
from autograd.value import Value

pytest.importorskip("matplotlib")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.usefixtures("closed_figures")


def bowl(x1, x2):
    return x1**2 / 2 + 5 * x2**2


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
    assert legend_of(ax) == ["rate 0.05", "rate 0.18"]
    ax = viz.plot_descent(lambda p: bowl(*p), path={"SGD": [(5, 1), (4, 0)], "Adam": [(5, 1), (Value(4.5), 0.5)]})
    assert legend_of(ax) == ["SGD", "Adam"]
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


def test_a_descent_on_one_variable_runs_on_its_curve() -> None:
    ax = viz.plot_descent(lambda x: x**2, 3.0, 0.25, 2)
    (drawn,) = (line for line in ax.lines if line.get_label() == "_path")
    assert drawn.get_xydata().tolist() == [[3.0, 9.0], [1.5, 2.25], [0.75, 0.5625]]
    (curve,) = (line for line in ax.lines if line.get_label() == "_f")
    assert np.allclose(curve.get_ydata(), np.square(curve.get_xdata()))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "f(x)")
    assert ax.get_xlim() == pytest.approx((0.75 - 0.3 * 2.25, 3.0 + 0.3 * 2.25), rel=1e-14)
    ax = viz.plot_descent(lambda x: x**2, path={"one": [2.0, 1.0], "other": [[-1.0], [0.5]]}, low=-3, high=4)
    assert (ax.get_xlim(), legend_of(ax)) == ((-3.0, 4.0), ["one", "other"])
    assert legend_of(viz.plot_descent(lambda x: x**2, [3.0], [0.1, 0.2])) == ["rate 0.1", "rate 0.2"]


@pytest.mark.parametrize(("options", "message"), [
    ({"start": (1, 2, 3)}, r"the start is a point of two numbers, or a number, not \(1, 2, 3\)"),
    ({"path": [1.0, (1, 2)]}, "a path is a sequence of points, each of two numbers, or all of one"),
    ({"path": []}, "a path is a sequence of points"),
])  # fmt: skip
def test_no_descent(options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_descent(lambda x: x, **options)


def test_tangents_run_as_far_as_the_step_goes() -> None:
    ax = viz.plot_descent(lambda s: s**2, 2.0, 0.2, 10, tangents=True)
    (path,) = (line for line in ax.lines if line.get_label() == "_path")
    wanted = [2.0, 1.2, 0.72, 0.432, 0.2592, 0.15552, 0.093312, 0.0559872, 0.03359232, 0.020155392, 0.0120932352]
    np.testing.assert_allclose(path.get_xdata(), wanted, rtol=1e-14)
    np.testing.assert_allclose(path.get_ydata(), np.square(wanted), rtol=1e-13)
    assert path.get_linestyle() == "None"
    tangents = [line.get_xydata() for line in ax.lines if line.get_label() == "_tangent"]
    assert len(tangents) == 10
    for (begin, end), a, b in zip(tangents, wanted, wanted[1:]):
        assert end[0] == pytest.approx(b, rel=1e-14)
        assert begin[0] > a
        assert (end[1] - begin[1]) / (end[0] - begin[0]) == pytest.approx(2 * a, rel=1e-10)
        assert end[1] == pytest.approx(a * a + 2 * a * (b - a), rel=1e-12)
    assert [text.get_text() for text in ax.texts][:4] == ["s₀", "s₁", "s₂", "s₃"]
    ax = viz.plot_descent(lambda x: x**2, -1.0, 0.6, 3, tangents=True)  # it jumps to and fro
    assert [line.get_xdata()[1] for line in ax.lines if line.get_label() == "_tangent"] == pytest.approx([0.2, -0.04, 0.008])
    with pytest.raises(ValueError, match=r"tangents are those of a function of one number; of two, viz\.plot_surface"):
        viz.plot_descent(bowl, (5, 1), tangents=True)


def test_how_far_each_learning_rate_gets() -> None:
    rates = (0.05, 0.1, 0.18, 0.2, 0.21)
    ax = viz.plot_rates(bowl, (5, 1), rates)
    drawn = curves_of(ax)
    assert list(drawn) == ["rate 0.05", "rate 0.1", "rate 0.18", "rate 0.2", "rate 0.21"]
    ends = [1.60640195706834, 0.184761036767932, 0.00512594152846453, 5.00166153499473, 226.297282442015]
    for line, end in zip(drawn.values(), ends):
        assert line.get_ydata()[0] == 17.5
        assert line.get_ydata()[20] == pytest.approx(end, rel=1e-12)
    assert (ax.get_yscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "step", "bowl(x₁, x₂)")
    (line,) = curves_of(viz.plot_rates(lambda s: s * s, 2.0, [0.2], 3)).values()
    assert line.get_ydata() == pytest.approx([4.0, 1.44, 0.5184, 0.186624])
    ax = viz.plot_rates(lambda p: p[0] ** 2 + p[1] ** 2 + p[2] ** 2, [1, 2, 3], [0.5], 1, log=False)
    assert (next(iter(curves_of(ax).values())).get_ydata().tolist(), ax.get_ylabel()) == ([14.0, 0.0], "f(…)")
    with pytest.raises(ValueError, match="give a start of one number or more"):
        viz.plot_rates(bowl, (), [0.1])


@pytest.mark.parametrize("plot", [viz.plot_descent, viz.plot_rates])
@pytest.mark.parametrize(("rate", "steps"), [([], 20), (math.nan, 20), ([0.1, math.inf], 20), (0.1, -1), (0.1, 2.5), (0.1, "ab")])
def test_a_descent_has_finite_rates_and_a_number_of_steps(plot, rate, steps) -> None:
    with pytest.raises(ValueError, match=f"{plot.__name__}: give one finite learning rate or more, and how many steps"):
        plot(bowl, (5, 1), rate, steps)


def test_rates_are_any_sequence_or_one_number() -> None:
    assert list(curves_of(viz.plot_rates(bowl, (5, 1), 0.1))) == ["rate 0.1"]
    assert len(curves_of(viz.plot_rates(bowl, (5, 1), np.array([0.1, 0.2])))) == 2
    paths = viz.plot_descent(bowl, (5, 1), np.array([0.1, 0.2])).lines
    assert {"rate 0.1", "rate 0.2"} < {line.get_label() for line in paths}
