"""NIST StRD, nonlinear regression: 27 models whose derivatives and certified figures others have computed."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value

EXAMPLE = runpy.run_path(str(Path(__file__).resolve().parents[1] / "examples" / "nist_levenberg_marquardt.py"))
FILE, residual_of = EXAMPLE["FILE"], EXAMPLE["residual"]
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the reference cases are not here")
SETS = {case["name"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))} if FILE.is_file() else {}

WITHOUT_CERTIFICATE = {"Lanczos1"}
"""Its residuals are smaller than the rounding of its data: nobody reproduces the certified deviations."""


def residuals(case: dict[str, Any], b: list[Any]) -> list[Any]:
    """What the model leaves of each response."""
    residual = residual_of(case)
    return [residual(b, row) for row in numbers(case)]


def numbers(case: dict[str, Any]) -> list[list[float]]:
    return [[float(x) for x in row] for row in case["data"]]


def sum_of_squares(case: dict[str, Any]) -> Any:
    return lambda b: autograd.sum(r**2 for r in residuals(case, b))


def test_all_sets_are_here():
    assert len(SETS) == 27


@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("name", SETS)
def test_gradient_and_hessian(name: str, start: str):
    case = SETS[name]
    oracle = case["oracle"][start]
    b = [float(x) for x in case[start]]
    rss, gradient = autograd.value_and_grad(sum_of_squares(case))(b)
    rows = autograd.hessian(sum_of_squares(case))(b)
    assert rss == pytest.approx(float(oracle["rss"]), rel=1e-14, abs=0)
    size = [math.sqrt(abs(float(oracle["hess"][i][i]))) for i in range(len(b))]
    for i, (got, want) in enumerate(zip(gradient, oracle["grad"], strict=True)):
        assert got == pytest.approx(float(want), rel=1e-11, abs=1e-15 * size[i] * math.sqrt(rss)), case["params"][i]
    for i, (row, wanted) in enumerate(zip(rows, oracle["hess"], strict=True)):
        for j, (got, want) in enumerate(zip(row, wanted, strict=True)):
            assert got == pytest.approx(float(want), rel=1e-11, abs=1e-14 * size[i] * size[j]), (i, j)


@pytest.mark.parametrize("name", SETS)
def test_certified_standard_deviations(name: str):
    """They need the Jacobian alone: the square roots of the diagonal of s**2 (J' J)**-1."""
    case = SETS[name]
    b = [float(x) for x in case["certified"]]
    jacobian = np.array(autograd.jacobian(lambda b: residuals(case, b))(b))
    rss = autograd.sum(r**2 for r in residuals(case, b))
    freedom = 11 if name == "Rat43" else case["dof"]  # the file says 9; the certified deviations were made with 11 = 15 - 4
    scale = np.linalg.norm(jacobian, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(jacobian / scale, mode="r"))
    deviations = np.sqrt(rss / freedom) * np.linalg.norm(inverse, axis=1) / scale
    assert freedom == case["oracle"]["certified"]["dof_used"]
    exact = [float(x) for x in case["oracle"]["certified"]["sd_from_J"]]
    assert deviations == pytest.approx(exact, rel=2e-4 if name == "Lanczos1" else 1e-9, abs=0)
    if name not in WITHOUT_CERTIFICATE:
        assert rss == pytest.approx(float(case["certified_rss"]), rel=1e-9, abs=0)
        assert deviations == pytest.approx([float(x) for x in case["certified_sd"]], rel=1e-9, abs=0)


def test_a_model_of_values_is_a_graph_of_values():
    """What the other tests rest on: one node an operation, no number slips out of the graph."""
    case = SETS["Misra1a"]
    b = [Value(float(x), label=name) for name, x in zip(case["params"], case["certified"], strict=True)]
    y = sum_of_squares(case)(b)
    y.backward()
    assert [y.op, len(y.parents)] == ["sum", case["nobs"]]
    # at the certified parameters, printed to eleven digits, the gradient is all but 0: 1e-9 of its size at the start
    start = autograd.grad(sum_of_squares(case))([float(x) for x in case["start1"]])
    assert [abs(v.grad) < 1e-9 * abs(g) for v, g in zip(b, start, strict=True)] == [True, True]
