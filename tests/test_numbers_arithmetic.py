"""The arithmetic of intervals and of fractions, against exact numbers that are Python's own."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from autograd.numbers import Interval
from autograd.numbers.interval import above, below
from autograd.numbers.ratio import Ratio, fraction_of, ratio_inverse, ratio_of

OPERATIONS = (operator.add, operator.sub, operator.mul, operator.truediv)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SMALL = st.floats(-1e-150, 1e-150)
ENDS = st.one_of(FLOATS, SMALL, st.sampled_from((0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1.7976931348623157e308)))
SPANS = st.tuples(ENDS, ENDS).map(sorted).map(lambda ends: Interval(*ends))
FRACTIONS = st.fractions()


# Intervals.


@given(FLOATS)
@example(0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(2.2250738585072014e-308)
def test_what_is_below_is_the_number_before_or_near_0_less(x):
    assert below(x) <= math.nextafter(x, -math.inf)
    assert above(x) >= math.nextafter(x, math.inf)
    if abs(x) > 1e-290:
        assert (below(x), above(x)) == (math.nextafter(x, -math.inf), math.nextafter(x, math.inf))


def test_beyond_the_doubles_what_is_below_is_the_largest_one():
    largest = 1.7976931348623157e308
    assert (below(math.inf), above(-math.inf)) == (largest, -largest)
    assert (below(-math.inf), above(math.inf)) == (-math.inf, math.inf)
    assert (below(math.nan), above(math.nan)) == (-math.inf, math.inf)


@given(st.sampled_from(OPERATIONS), SPANS, SPANS, st.sampled_from(("low", "high")), st.sampled_from(("low", "high")))
@example(operator.mul, Interval(-1e-300, 1e-300), Interval(1e-300), "low", "low")  # the product is smaller than any double
@example(operator.mul, Interval(-1e-300, 1e-300), Interval(1e-300), "high", "low")
@example(operator.truediv, Interval(-5e-324, 5e-324), Interval(-2.0), "low", "low")
@example(operator.sub, Interval(1e308), Interval(-1e308), "low", "low")
def test_exact_results_lie_within(operation, x, y, one, other):
    a, b = Fraction(getattr(x, one)), Fraction(getattr(y, other))
    assume(operation is not operator.truediv or b)
    found = operation(x, y)
    exact = operation(a, b)
    assert found.low == -math.inf or Fraction(found.low) <= exact if found.low < math.inf else exact > Fraction(10) ** 308
    assert found.high == math.inf or Fraction(found.high) >= exact if found.high > -math.inf else exact < -(Fraction(10) ** 308)


@given(st.sampled_from(OPERATIONS[:3]), st.floats(-1e100, 1e100), st.floats(-1e100, 1e100))
def test_two_numbers_give_an_interval_of_two_units_at_most(operation, a, b):
    y = operation(a, b)
    assume(abs(y) > 1e-290 or not y)
    found = operation(Interval(a), Interval(b))
    assert found.width <= 2 * math.ulp(y)
    assert y in found


def test_sums_that_are_doubles_are_exact_and_quotients_keep_their_sign():
    assert repr(Interval(1.0, 2.0) + Interval(0.5)) == repr(Interval(1.5, 2.5)) == repr(0.5 + Interval(1.0, 2.0))
    assert repr(1 - Interval(0.25, 0.5)) == "[0.5, 0.75]"
    assert repr(Interval(1.0, math.inf) / Interval(1.0, math.inf)) == "[0.0, inf]"
    assert repr(Interval(0.0, 1.0) * Interval(0.0, math.inf)) == "[0.0, inf]"
    assert repr(Interval(0.0) / Interval(-2.0, -1.0)) == "[0.0, 0.0]"
    assert repr(1 / Interval(-1.0, 1.0)) == "[-inf, inf]"
    assert (Interval(-2.0, -1.0) / Interval(0.0, 4.0)).high < 0
    assert (2 / Interval(-4.0, -2.0)).low == below(-1.0)


def test_powers_by_operator_are_those_of_the_table():
    assert (Interval(-2.0, 1.0) ** 2).low == 0.0
    assert 8.0 in 2 ** Interval(2.0, 3.0)
    assert (Interval(-2.0, 1.0) ** -1).width == math.inf
    with pytest.raises(ValueError, match=r"pow\(\[-1\.0, 1\.0\], \[0\.5, 0\.5\]\): the box leaves the domain"):
        Interval(-1.0, 1.0) ** 0.5


def test_what_is_no_number_is_told():
    x = Interval(1.0, 2.0)
    for operation in OPERATIONS:
        for strange in ("1", None):
            with pytest.raises(TypeError):
                operation(x, strange)
            with pytest.raises(TypeError):
                operation(strange, x)
    with pytest.raises(TypeError):
        hash(x)


def test_an_interval_is_copied_and_pickled():
    x = Interval(1.0, 2.5)
    for again in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert (again.low, again.high) == (1.0, 2.5)
    assert Fraction(3, 2) in x
    assert Interval(1.5, 2.0) in x
    assert Interval(0.5, 2.0) not in x


# Fractions.


@given(st.sampled_from(OPERATIONS), FRACTIONS, FRACTIONS)
@example(operator.add, Fraction(1, 6), Fraction(1, 3))
@example(operator.sub, Fraction(1, 6), Fraction(2, 3))
@example(operator.mul, Fraction(2, 3), Fraction(3, 2))
@example(operator.mul, Fraction(1, 2), Fraction(2, 3))
@example(operator.mul, Fraction(2, 3), Fraction(1, 2))
@example(operator.truediv, Fraction(2, 3), Fraction(-4, 9))
def test_fractions_are_those_of_python(operation, a, b):
    assume(operation is not operator.truediv or b)
    found, want = operation(ratio_of(a), ratio_of(b)), operation(a, b)
    assert (found.above, found.below) == (want.numerator, want.denominator)  # in lowest terms, the sign above
    assert fraction_of(found) == want
    mixed = operation(a.numerator, ratio_of(b)), operation(ratio_of(a), b.numerator or 1)
    assert [fraction_of(x) for x in mixed] == [operation(Fraction(a.numerator), b), operation(a, b.numerator or 1)]


@given(FRACTIONS, FRACTIONS)
@example(Fraction(1, 2), Fraction(1, 2))
def test_they_are_compared_like_those_of_python(a, b):
    x, y = ratio_of(a), ratio_of(b)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert compare(x, y) is compare(a, b)
        assert compare(x, b) is compare(a, b)
    assert bool(x) is bool(a)
    assert (fraction_of(-x), fraction_of(abs(x)), str(x)) == (-a, abs(a), str(a))


def test_nothing_is_divided_by_0():
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        ratio_inverse(Ratio(0, 1))
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        Ratio(1, 2) / 0
