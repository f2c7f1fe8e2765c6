"""How many digits are right: value and each partial of each operation against mpmath, at the points where digits are lost."""

from __future__ import annotations

import math
import runpy
from pathlib import Path

import oracle
import pytest
from mpmath import mp, mpf

from autograd.ops import BUILTIN, TABLE

ULPS = 4.0
DOCS = Path(__file__).resolve().parents[1] / "docs"
FIXED = [name for name, entry in TABLE.items() if not entry.many and entry.code < BUILTIN]


def test_every_operation_has_its_oracle():
    assert set(FIXED) == set(oracle.VALUE)
    assert {name for name in TABLE if TABLE[name].many} == set(oracle.MANY)


@pytest.mark.parametrize("name", FIXED)
def test_value_and_partials(name: str):
    entry = TABLE[name]
    points = oracle.points(entry)
    assert len(points) >= 12
    found = oracle.worst(entry)
    assert {"value", *(f"d{i}" for i in oracle.differentiable(entry))} == set(found)
    for miss in found.values():
        assert miss.error <= ULPS, miss


@pytest.mark.parametrize("name", oracle.MANY)
def test_operations_of_many_operands(name: str):
    assert max(oracle.worst_of_many(TABLE[name]).values()) <= ULPS


# The measure itself.


def test_ulps():
    assert oracle.ulps(1.0, mpf(1)) == 0
    assert oracle.ulps(1 + 2**-52, mpf(1)) == 1
    with mp.workprec(200):
        assert oracle.ulps(0.1, mpf(1) / 10) == pytest.approx(0.4, rel=1e-9)  # the double 0.1 is 0.4 of its ulp too large
        assert oracle.ulps(5e-324, mpf(5e-324) / 2) == 0.5  # below the normal numbers the unit stays the same
        assert oracle.ulps(math.inf, mpf(2) ** 1024) == 0
        assert oracle.ulps(math.inf, mpf(1)) == math.inf
        assert oracle.ulps(math.nan, mpf(1)) == math.inf
        assert oracle.ulps(-math.inf, mpf(2) ** 1024) == math.inf


def test_the_oracle_knows_derivatives():
    with mp.workprec(200):
        assert abs(oracle.derivative("sin", [1], (1e22,)) - mp.cos(mpf(1e22))) < mpf(10) ** -40
        assert abs(oracle.derivative("exp", [2], (1e-310,)) - mp.exp(mpf(1e-310))) < mpf(10) ** -20
        assert abs(oracle.derivative("mul", [1, 1], (1e300, 1e-300)) - 1) < mpf(10) ** -20
        assert abs(oracle.derivative("tanh", [1], (300.0,)) / mp.sech(300) ** 2 - 1) < mpf(10) ** -20
    assert oracle.condition("log", [0], (1.25,), mp.log(1.25)) == pytest.approx(1 / math.log(1.25))
    assert oracle.condition("pow", [0, 0], (3.0, 2.0), mpf(9)) == pytest.approx(2 + 2 * math.log(3))


# The published figures.


def test_documentation_is_fresh():
    """docs/ops.md says what the table says. Figures of accuracy may differ by one ulp: another C library rounds otherwise."""
    page = runpy.run_path(str(DOCS / "make_ops.py"))
    published, made = (DOCS / "ops.md").read_text(encoding="utf-8"), page["text"]()
    figure = page["FIGURE"]
    assert figure.sub("", published) == figure.sub("", made), "run: python docs/make_ops.py"
    for old, new in zip(figure.findall(published), figure.findall(made), strict=True):
        assert float(old) <= ULPS
        assert abs(float(old) - float(new)) <= 1
