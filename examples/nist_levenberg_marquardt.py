"""All 27 nonlinear data sets of NIST's Statistical Reference Datasets, fitted by Levenberg-Marquardt from both starts of each.

python examples/nist_levenberg_marquardt.py        (needs pip install ".[examples]")

A model is recorded once, as what it misses at one observation. Then the observations are rows: all residuals are one `batch`,
their Jacobian is one `batch_jacobian`, and SciPy's `least_squares` takes both. NIST certifies eleven digits of each parameter;
the table says how many of them the worst one has.

SciPy stops when the sum of squares changes no more in its last digit. The sum depends on the parameters only to second order, so
they may have half their digits then; a few Gauss-Newton steps with the same Jacobian find the others. The condition number says
how much those steps magnify an error: Lanczos's sums of exponentials are known for theirs, but Bennett5 has the largest.

The data sets (public domain; https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml) are read from ../shared/cases/nist_strd
beside this checkout; where they are missing, the one typed in below is fitted alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

import autograd
from autograd import Program, record
from chainrule.arguments import arguments

Array: TypeAlias = NDArray[np.float64]
Case: TypeAlias = dict[str, Any]

FILE = Path(__file__).resolve().parents[2] / "shared" / "cases" / "nist_strd" / "nist_strd.json"
CERTIFIED_DIGITS = 11

MISRA1A: Case = {  # https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml
    "name": "Misra1a",
    "level": "Lower Level of Difficulty",
    "model": "b1*(1-exp(-b2*x))",
    "response": "y",
    "params": ["b1", "b2"],
    "predictors": ["x"],
    "start1": [500, 0.0001],
    "start2": [250, 0.0005],
    "certified": [2.3894212918e02, 5.5015643181e-04],
    "data": [
        (10.07, 77.6), (14.73, 114.9), (17.94, 141.1), (23.93, 190.8), (29.61, 239.9), (35.18, 289.0), (40.02, 332.8),
        (44.82, 378.4), (50.76, 434.8), (55.05, 477.3), (61.01, 536.8), (66.40, 593.1), (75.47, 689.1), (81.78, 760.0),
    ],
}  # fmt: skip


def residual(case: Case) -> Callable[[Any, Any], Any]:
    """The function of the parameters b and an observation (y, x, ...) that says what the model misses."""
    names = {name: getattr(autograd, name) for name in ("exp", "log", "cos", "sin", "atan")} | {"pi": np.pi}
    parameters, predictors = ", ".join(case["params"]), ", ".join(case["predictors"])
    f = f"lambda b, seen: (lambda {parameters}, y, {predictors}: {case['response']} - ({case['model']}))(*b, *seen)"
    found: Callable[[Any, Any], Any] = eval(f, names)  # noqa: S307  (the model as the case writes it)
    return found


def numbers(rows: Any) -> Array:
    """The numbers of a case, which are decimal strings in the file."""
    return np.array(rows, dtype=float)


class Fit(NamedTuple):
    """What a fit reached."""

    digits: float
    """Of the worst parameter, as certified."""
    before: float
    """The same before the last Gauss-Newton steps."""
    evaluations: int
    condition: float
    """Of the Jacobian, its columns scaled to length 1."""


def gauss_newton_step(jacobian: Array, r: Array) -> tuple[Array, Array]:
    """The step s that makes jacobian @ s + r smallest, and the triangle of the QR of the Jacobian with columns of length 1."""
    scale = np.linalg.norm(jacobian, axis=0)
    q, triangle = np.linalg.qr(jacobian / scale)
    return np.linalg.solve(triangle, -(q.T @ r)) / scale, triangle


def polished(program: Program, b: Array, observations: Array) -> tuple[Array, int, float]:
    """Gauss-Newton steps while each is shorter than the one two before it: the parameters, the steps, the condition number."""
    lengths = [np.inf, np.inf]
    while True:
        step, triangle = gauss_newton_step(program.batch_jacobian(b, observations, by="b"), program.batch(b, observations))
        lengths.append(np.max(np.abs(step / b)))
        if not lengths[-1] < lengths[-3]:
            return b, len(lengths) - 3, float(np.linalg.cond(triangle))
        b = b + step


def digits(found: Array, certified: Array) -> float:
    """How many significant digits of the worst parameter agree with the certified one."""
    worst = np.max(np.abs(found - certified) / np.abs(certified))
    return float(min(CERTIFIED_DIGITS, max(0.0, -np.log10(worst)))) if worst else CERTIFIED_DIGITS


def fit(case: Case, start: str) -> Fit:
    """Levenberg-Marquardt from one of the certified starts, then Gauss-Newton."""
    observations, certified, b = (numbers(case[key]) for key in ("data", "certified", start))
    program = record(residual(case), b, observations[0])
    with np.errstate(over="ignore"):  # of a step too far, which is not taken then
        found = least_squares(
            lambda b: program.batch(b, observations),
            b,
            jac=lambda b: program.batch_jacobian(b, observations, by="b"),
            method="trf",  # without bounds this is Levenberg-Marquardt; "lm" loses BoxBOD from its first start
            x_scale="jac",
            ftol=1e-15,
            xtol=1e-15,
            gtol=1e-15,
            max_nfev=5000,
        )
    final, steps, condition = polished(program, found.x, observations)
    return Fit(digits(final, certified), digits(found.x, certified), found.nfev + steps, condition)


def main() -> None:
    """The table."""
    began = perf_counter()
    if FILE.is_file():
        cases = json.loads(FILE.read_text(encoding="utf-8"))
    else:
        print(f"{FILE.name} is not here: one data set, typed in")
        cases = [MISRA1A]
    print("                         digits        before polishing    evaluations     condition")
    print("data set  difficulty  start1  start2    start1  start2    start1  start2      number")
    worst = []
    for case in sorted(cases, key=lambda case: ("Lower", "Average", "Higher").index(case["level"].split()[0])):
        one, two = fit(case, "start1"), fit(case, "start2")
        print(
            f"{case['name']:<10}{case['level'].split()[0].lower():<10}{one.digits:8.1f}{two.digits:8.1f}"
            f"{one.before:10.1f}{two.before:8.1f}{one.evaluations:10}{two.evaluations:8}{two.condition:12.1e}"
        )
        worst += [one.digits, two.digits]
    print(f"{sum(digits >= 10 for digits in worst)} of {len(worst)} fits have 10 digits or more; {perf_counter() - began:.1f} s")


if __name__ == "__main__":
    arguments(__doc__)
    main()
