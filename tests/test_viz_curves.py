"""Functions at many points: their derivatives against closed forms, and where their curves break."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd.functions import FUNCTIONS, dot
from autograd.value import Value

np = pytest.importorskip("numpy")
from viz import curves  # noqa: E402  (needs numpy)

XS = np.linspace(-2.0, 2.0, 9)
exp, log, relu, sin, sqrt, step, tan, tanh = (FUNCTIONS[n] for n in ("exp", "log", "relu", "sin", "sqrt", "step", "tan", "tanh"))


def gaps(curve):
    """The last finite point before each gap and the first behind it."""
    finite = np.flatnonzero(np.isfinite(curve.y))
    holes = np.flatnonzero(np.diff(finite) > 1)
    return [(curve.x[finite[i]], curve.x[finite[i + 1]]) for i in holes]


@pytest.mark.parametrize("recorded", [True, False])
def test_derivatives_of_every_order(recorded: bool) -> None:
    def f(x):
        if not recorded and x > 100:
            return x
        return exp(x) * x

    for k, values in enumerate(curves.derivatives(f, 3, 0.0)):  # that of order k is (x + k) exp x
        np.testing.assert_allclose(values(XS), (XS + k) * np.exp(XS), rtol=1e-14)


@pytest.mark.parametrize("recorded", [True, False])
def test_what_is_undefined_has_no_derivative(recorded: bool) -> None:
    """The rule of log gives 1/x on both sides."""

    def f(x):
        if not recorded and x > 100:
            return x
        return log(x)

    for k, wanted in enumerate([np.log, lambda x: 1 / x, lambda x: -1 / x**2]):
        found = curves.derivatives(f, 2, -2.0)[k](XS)
        assert np.isnan(found[XS <= 0]).all()
        np.testing.assert_allclose(found[XS > 0], wanted(XS[XS > 0]), rtol=1e-15)


def test_a_function_that_closes_over_values_or_is_constant() -> None:
    w = Value(3.0)
    slope = curves.derivatives(lambda x: w * x * x, 1, 0.0)[1]
    np.testing.assert_allclose(slope(XS), 6 * XS)
    for f in (lambda x: 7.0, lambda x: 7.0 if x > 0 else 7):
        value, slope = curves.derivatives(f, 1, 0.0)
        assert value(XS).tolist() == [7.0] * 9
        assert slope(XS).tolist() == [0.0] * 9
    with pytest.raises(TypeError, match="did it forget its return"):
        curves.derivatives(lambda x: None, 0, 0.0)[0](XS)
    with pytest.raises(TypeError, match="instead of math"):
        curves.derivatives(math.sin, 0, 0.0)[0](XS)


POLES = [lambda x, c: 1 / (x - c), lambda x, c: 1 / (x - c) ** 2, lambda x, c: log(abs(x - c))]


@settings(max_examples=30)
@given(st.floats(-0.9, 0.9), st.sampled_from(POLES))
def test_a_pole_is_a_gap_at_its_place(c: float, f) -> None:
    values = curves.derivatives(lambda x: f(x, c), 0, -1.0)[0]
    curve = curves.traced(values, -1.0, 1.0, 101)
    ((before, behind),) = gaps(curve)
    assert before <= c <= behind
    assert behind - before < 3e-5
    assert curve.unbounded
    finite = np.isfinite(curve.y)
    np.testing.assert_array_equal(values(curve.x[finite]), curve.y[finite])


@settings(max_examples=30)
@given(st.floats(-0.9, 0.9), st.floats(0.05, 5.0))
def test_a_jump_is_a_gap_and_a_kink_is_none(c: float, height: float) -> None:
    def jumping(x):
        return sin(x) + height * step(x - c)

    curve = curves.traced(curves.derivatives(jumping, 0, -1.0)[0], -1.0, 1.0, 101)
    ((before, behind),) = gaps(curve)
    assert before < c <= behind
    assert behind - before < 1e-11
    assert not curve.unbounded
    value, slope = curves.derivatives(lambda x: height * relu(x - c), 1, -1.0)
    assert gaps(curves.traced(value, -1.0, 1.0, 101)) == []
    assert len(gaps(curves.traced(slope, -1.0, 1.0, 101))) == 1


@settings(max_examples=30)
@example(56.0, 2.625)  # nearly all of it is -1
@given(st.floats(0.1, 100.0), st.floats(-3.0, 3.0))
def test_a_continuous_function_has_no_gap(steepness: float, c: float) -> None:
    for f in (lambda x: tanh(steepness * (x - c)), lambda x: abs(x - c) ** 0.5, lambda x: exp(steepness / 20 * x)):
        curve = curves.traced(curves.derivatives(f, 0, -3.0)[0], -3.0, 3.0, 101)
        assert gaps(curve) == []
        assert np.isfinite(curve.y).all()


def test_the_edge_of_a_domain_is_reached() -> None:
    curve = curves.traced(curves.derivatives(sqrt, 0, -1.0)[0], -1.0, 2.0, 50)
    assert curve.x[np.isfinite(curve.y)][0] == pytest.approx(0.0, abs=1e-6)
    assert not curve.unbounded
    pieces = curves.traced(curves.derivatives(tan, 1, -5.0)[0], -5.0, 5.0, 401)
    assert [before for before, _ in gaps(pieces)] == pytest.approx([k * math.pi / 2 for k in (-3, -1, 1, 3)])


def test_a_hole_has_two_ends() -> None:
    """1/x where a point lies exactly on the pole: both branches come up to it."""
    curve = curves.traced(curves.derivatives(lambda x: 1 / x, 0, -1.0)[0], -1.0, 1.0, 4)  # 0 is in the middle of an interval
    ((before, behind),) = gaps(curve)
    assert -1e-11 < before < 0 < behind < 1e-11


@pytest.mark.parametrize(
    ("f", "low", "high"),
    [(FUNCTIONS["sinh"], -650.0, 650.0), (exp, 0.0, 650.0), (lambda x: 1e300 * x, -1.0, 1.0), (lambda x: x**x, 0.0, 3.0)],
)
def test_steep_is_not_broken(f, low: float, high: float) -> None:
    curve = curves.traced(curves.derivatives(f, 0, low)[0], low, high, 101)
    assert gaps(curve) == []
    assert not curve.unbounded


def test_what_leaves_every_limit() -> None:
    for f, low, high, unbounded in [
        (log, -1.0, 5.0, True), (lambda x: 1 / x, -1.0, 2.0, True), (lambda x: 1 / x**2, -1.0, 1.0, True),
        (sqrt, -1.0, 5.0, False), (step, -1.0, 1.0, False), (lambda x: exp(x) * step(x - 4), -5.0, 5.0, False),
    ]:  # fmt: skip
        assert curves.traced(curves.derivatives(f, 0, low)[0], low, high, 401).unbounded is unbounded


def test_nowhere_defined() -> None:
    curve = curves.traced(curves.derivatives(log, 0, -2.0)[0], -2.0, -1.0, 5)
    assert np.isnan(curve.y).all()


def test_functions_of_points() -> None:
    grid = np.array([[1.0, 2.0], [3.0, -4.0]])
    w = Value(2.0)
    for f in (lambda x, y: x * y + 1, lambda p: p[0] * p[1] + 1, lambda x, y: x * y + w - 1, lambda x, y, z=1: x * y + z):
        assert curves.of_points(f, [0.0, 0.0])(grid).tolist() == [3.0, -11.0]
    assert curves.of_points(lambda x, y: [x, dot([1, 1], [x, y])], [0.0, 0.0])(grid).tolist() == [[1.0, 3.0], [3.0, -1.0]]
    assert curves.of_points(lambda x, y: (w * x, y), [0.0, 0.0])(grid).tolist() == [[2.0, 2.0], [6.0, -4.0]]
    found = curves.of_points(lambda x, y: log(y) * w, [0.0, 0.0])(grid)
    assert found[0] == 2 * math.log(2)
    assert math.isnan(found[1])


@given(st.floats(0.01, 0.25), st.integers(0, 30))
def test_descent_against_its_closed_form(rate: float, steps: int) -> None:
    path = curves.descent(lambda x1, x2: x1**2 / 2 + 5 * x2**2, (5, 1), rate, steps)
    wanted = [[5 * (1 - rate) ** t, (1 - 10 * rate) ** t] for t in range(steps + 1)]
    np.testing.assert_allclose(path, wanted, rtol=1e-12, atol=1e-12)


def test_a_descent_that_leaves_the_domain_stops() -> None:
    assert curves.descent(lambda x, y: log(x), (1.0, 0.0), 2.0, 5) == [[1.0, 0.0], [-1.0, 0.0]]
    assert curves.descent(lambda x, y: x**4, (1e100, 0.0), 1.0, 5)[-1] == [1e100, 0.0]
    assert curves.descent(lambda p: 3.0, (1.0, 0.0), 2.0, 2) == [[1.0, 0.0]] * 3
