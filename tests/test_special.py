"""lgamma, digamma and polygamma against mpmath and against what is known of them."""

from __future__ import annotations

import math

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd.special import LOWEST, ROOTS, digamma, gamma_beyond, gelu_slope, lgamma, polygamma

NEAR_ONE_AND_TWO = [1 + k / 64 for k in range(-32, 97)]


def test_lgamma_keeps_its_digits_near_its_roots():
    """There `math.lgamma` is up to a hundred units in the last place away."""
    hard = (1 + 2**-52, 1 - 2**-53, 2 + 2**-51, 2 - 2**-52, 2.9, 3.7, 7.9, 8.0, 1e-300, 0.3, -0.3, -1.5, -7.7, 1e9)
    for x in (*NEAR_ONE_AND_TWO, *hard, 1.1165955670108363, 1.13):
        assert oracle.ulps(lgamma(x), oracle.derivative("lgamma", [0], (x,))) <= 4, x
    assert (lgamma(1.0), lgamma(2.0)) == (0.0, 0.0)


@given(st.floats(allow_nan=False) | st.floats(-10, 10))
def test_lgamma_raises_where_math_does_and_is_close_elsewhere(x):
    try:
        want = math.lgamma(x)
    except (ValueError, OverflowError) as error:
        with pytest.raises(type(error)):
            lgamma(x)
    else:
        assert lgamma(x) == pytest.approx(want, rel=1e-13, abs=2e-14)


def test_lgamma_of_what_is_no_number():
    assert math.isnan(lgamma(math.nan))
    assert lgamma(math.inf) == lgamma(-math.inf) == math.inf


def test_digamma_near_its_root():
    assert digamma(1.4616321449683622) == pytest.approx(float(mp.psi(0, 1.4616321449683622)), rel=1e-9)
    for x in NEAR_ONE_AND_TWO:
        exact = oracle.derivative("digamma", [0], (x,))
        assert abs(digamma(x) - exact) <= 4 * math.ulp(float(exact)) + 2e-17, x


@pytest.mark.parametrize("n", range(-1, 32))
def test_digamma_at_its_roots_to_all_digits(n):
    """The double next to a root is not the root: what is left over is told by expanding about it."""
    root = (LOWEST, *ROOTS)[n + 1][0]
    for x in (root, math.nextafter(root, 9), root + 1e-9, root - 1e-4, root + 0.029, root - 0.031):
        exact = oracle.derivative("digamma", [0], (x,))
        assert oracle.ulps(digamma(x), exact) <= 4 * max(1, abs(x - root) > 0.03 and 30), x


@pytest.mark.parametrize("n", [1, 2, 5, 9, 50, 149, 150])
def test_polygamma_of_high_order(n):
    """No power is rounded n times, and none overflows on the way."""
    for x in (0.7, 26.755894800341565, 163.4, 1e8, -3.3, 1e-120, -1e-120, 1e-300):
        exact = oracle.derivative("polygamma", [0, 0], (float(n), x))
        assert oracle.ulps(polygamma(n, x), exact) <= 3 if abs(exact) > oracle.SMALLEST else abs(polygamma(n, x)) < 1e-300, x


def test_lgamma_at_its_dip_where_it_is_small():
    for x in (-2.627702396043155, -2.6107208684441447, -2.53, -2.69, -2.5, -2.71):
        exact = oracle.derivative("lgamma", [0], (x,))
        assert oracle.ulps(lgamma(x), exact) <= 4 * max(1.0, oracle.condition("lgamma", [0], (x,), exact)), x
    assert oracle.ulps(lgamma(-2.627702396043155), oracle.derivative("lgamma", [0], (-2.627702396043155,))) <= 1


def test_recurrence_and_reflection():
    for x in (0.1, 0.7, 2.3, 9.9, 50.0):
        assert digamma(x + 1) - digamma(x) == pytest.approx(1 / x, rel=1e-12)
    for x in (-0.3, -7.6, -40.2):
        assert digamma(1 - x) - digamma(x) == pytest.approx(math.pi / math.tan(math.pi * x), rel=1e-11)


def test_known_values():
    assert polygamma(1, 1.0) == math.pi**2 / 6
    assert polygamma(1, 0.5) == pytest.approx(math.pi**2 / 2, rel=1e-15)
    assert polygamma(2, 1.0) == pytest.approx(-2 * 1.2020569031595942, rel=1e-15)  # Apery's constant
    assert polygamma(3, 1.0) == pytest.approx(math.pi**4 / 15, rel=1e-15)
    assert digamma(0.5) == pytest.approx(-0.5772156649015329 - 2 * math.log(2), rel=1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("x", [1e-8, 0.3, 1.0, 5.5, 40.0, 1e6, -0.4, -3.7, -50.3])
def test_polygamma(n, x):
    with mp.workdps(50):
        assert polygamma(n, x) == pytest.approx(float(mp.psi(n, mpf(x))), rel=1e-13, abs=0)


def test_ends():
    assert [polygamma(0, math.inf), polygamma(1, math.inf)] == [math.inf, 0.0]
    assert math.isnan(digamma(math.nan))
    for x in (0.0, -1.0, -40.0, -math.inf):
        with pytest.raises(ValueError, match="domain"):
            digamma(x)
    for n in (-1, 0.5):
        with pytest.raises(ValueError, match="whole number"):
            polygamma(n, 1.0)
    assert [gamma_beyond(0.0), gamma_beyond(-0.0), gamma_beyond(200.0)] == [math.inf, -math.inf, math.inf]
    assert math.isnan(gamma_beyond(-3.0))


def test_gelu_slope():
    assert gelu_slope(-0.7517915246935645) == pytest.approx(-1.4956759177009883e-17 * 0.4328, rel=1e-3)
    for x in (-1.25, -1.0, -0.76, -0.74, -0.5, -0.26):
        assert gelu_slope(x) == pytest.approx(float(oracle.derivative("gelu", [1], (x,))), rel=1e-15, abs=0)
