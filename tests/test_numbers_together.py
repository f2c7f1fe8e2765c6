"""One random expression through all interpretations at once: each bears the others out."""

from __future__ import annotations

import ctypes
import math
import shutil
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from mpmath import mp, mpf

from autograd import gradients, record
from autograd.numbers import bounds, exact, precise, rounding, taylor
from autograd.ops import TABLE
from autograd.programs.c import to_c
from autograd.programs.javascript import javascript
from autograd.strategies import graphs

RATIONAL = "add sub mul div neg abs relu maximum minimum clip leaky_relu sum mean dot prod".split()  # noqa: SIM905  (names)
IN_C = [name for name in TABLE if name not in {"gamma", "lgamma", "digamma", "polygamma", "where", "detach"}]


def evaluated(formula):
    """The Value at the formula's point, and its leaves; examples beyond floats are dropped."""
    leaves = formula.leaves()
    try:
        y = formula(*leaves)
    except (ValueError, OverflowError, ZeroDivisionError):
        assume(False)
    assume(hasattr(y, "parents") and y.parents and math.isfinite(y.data))
    return y, leaves


def bear_each_other_out(formula):
    """The exact value lies in the interval, and within the error bar of the float; a Taylor series begins with the gradient."""
    y, leaves = evaluated(formula)
    try:
        true, over = precise(y, digits=60), bounds(y)
        slopes = gradients(y, leaves)
    except (ValueError, ZeroDivisionError, OverflowError):  # at the end of a domain
        assume(False)
    with mp.workdps(80):
        assert over.value.low <= true.value <= over.value.high
        assert mp.fabs(true.value - mpf(y.data)) <= rounding(y).bound
    assert y.data in over.value
    assume(all(map(math.isfinite, slopes)))
    for k, v in enumerate(leaves):
        if v in over.grad:
            assert slopes[k] in over.grad[v] or not math.isfinite(over.grad[v].width)
    program = record(formula, *formula.point)
    for k, v in enumerate(leaves):
        try:
            series = taylor(program, *formula.point, order=1, along=[float(k == i) for i in range(len(leaves))])
        except (ValueError, ZeroDivisionError, OverflowError):
            assume(False)
        slack = over.grad[v].width if v in over.grad else 0.0
        if math.isfinite(series[1]) and math.isfinite(slack):
            assert abs(series[1] - slopes[k]) <= 1e-9 * abs(slopes[k]) + 100 * slack + 1e-290


@given(graphs(size=8))
@settings(max_examples=60)
def test_interpretations_bear_each_other_out(formula):
    bear_each_other_out(formula)


@pytest.mark.slow
@given(graphs(size=8))
@settings(max_examples=10_000)
def test_ten_thousand_times(formula):
    bear_each_other_out(formula)


@given(graphs(RATIONAL, size=8))
@settings(max_examples=60)
def test_fractions_lie_in_the_intervals_and_within_the_error_bars(formula):
    y, leaves = evaluated(formula)
    try:
        true, over = exact(y), bounds(y)
    except (ValueError, ZeroDivisionError):
        assume(False)
    assert over.value.low <= true.value <= over.value.high
    assert abs(true.value - Fraction(y.data)) <= rounding(y).bound
    for v in leaves:
        if v in true.grad and over.grad[v].low > -math.inf and over.grad[v].high < math.inf:
            assert over.grad[v].low <= true.grad[v] <= over.grad[v].high


@pytest.mark.skipif(shutil.which("gcc") is None or sys.platform == "win32", reason="no C compiler is here")
@given(graphs(IN_C, size=8))
@settings(max_examples=12, deadline=None)
def test_c_has_the_bits_of_the_program(formula):
    evaluated(formula)
    program = record(formula, *formula.point)
    y, gradient = program.value_and_grad(*formula.point)
    with tempfile.TemporaryDirectory() as folder:
        to_c(program, "f").save(Path(folder, "f"))
        flags = ("-O1", "-ffp-contract=off", "-fno-builtin-pow", "-shared", "-fPIC")
        subprocess.run(["gcc", *flags, "-o", "f.so", "f.c", "-lm"], cwd=folder, check=True)
        function = ctypes.CDLL(str(Path(folder, "f.so"))).f_and_gradient
        function.restype = ctypes.c_double
        numbers = ctypes.c_double * program.inputs
        found = numbers()
        got = [function(numbers(*formula.point), found), *found]
    bits = lambda numbers: [struct.pack("d", x) if x == x else b"nan" for x in numbers]
    assert bits(got) == bits([y, *(gradient if program.inputs > 1 else [gradient])])


@given(graphs(size=8))
@settings(max_examples=8, deadline=None)
def test_javascript_is_as_near_as_the_condition_allows(browser, formula):
    y, _ = evaluated(formula)
    program = record(formula, *formula.point)
    page = browser.new_page()
    text = page.evaluate(f"() => String(({javascript(program)}).values(Float64Array.from({list(formula.point)}))[0])")
    page.close()
    assert abs(float(text.replace("Infinity", "inf")) - y.data) <= 1e-12 * abs(y.data) + 1e4 * rounding(y).bound
