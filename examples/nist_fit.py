"""Nonlinear least squares by Gauss-Newton with exact derivatives, against certified digits.

python examples/nist_fit.py

The data set Misra1a of NIST's Statistical Reference Datasets (public domain; https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml):
dental research, volume y against pressure x, model y = b1 (1 - exp(-b2 x)).
"""

from __future__ import annotations

from math import log10, sqrt

from autograd import Value, exp, jacobian
from chainrule.arguments import arguments

DATA = [
    (10.07, 77.6), (14.73, 114.9), (17.94, 141.1), (23.93, 190.8), (29.61, 239.9), (35.18, 289.0), (40.02, 332.8),
    (44.82, 378.4), (50.76, 434.8), (55.05, 477.3), (61.01, 536.8), (66.40, 593.1), (75.47, 689.1), (81.78, 760.0),
]  # fmt: skip
START = [250.0, 0.0005]
CERTIFIED = [2.3894212918e02, 5.5015643181e-04]
CERTIFIED_DEVIATIONS = [2.7070075241e00, 7.2668688436e-06]

Vector = list[float]


def residuals(b: list[Value]) -> list[Value]:
    """What the model misses at each observation."""
    return [b[0] * (1 - exp(-b[1] * x)) - y for y, x in DATA]


def dot(a: Vector, b: Vector) -> float:
    """The scalar product of two columns."""
    return sum(x * y for x, y in zip(a, b))


def least_squares(rows: list[Vector], r: Vector) -> tuple[Vector, list[Vector]]:
    """The step that makes rows @ step + r smallest, and the inverse of the triangle R, by Gram-Schmidt for two columns."""
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    r11 = sqrt(dot(first, first))
    q1 = [x / r11 for x in first]
    r12 = dot(q1, second)
    rest = [x - r12 * q for x, q in zip(second, q1)]
    r22 = sqrt(dot(rest, rest))
    along = dot([x / r22 for x in rest], r)
    step = -along / r22
    return [(-dot(q1, r) - r12 * step) / r11, step], [[1 / r11, -r12 / (r11 * r22)], [0.0, 1 / r22]]


def digits(found: float, certified: float) -> float:
    """How many significant digits agree; NIST certifies 11."""
    return min(11.0, -log10(abs(found - certified) / abs(certified))) if found != certified else 11.0


def main() -> None:
    """Iterate from the second start until the step is rounding error."""
    b = START
    for iteration in range(1, 30):
        r = [v.data for v in residuals([Value(x) for x in b])]
        step, _ = least_squares(jacobian(residuals)(b), r)
        b = [x + d for x, d in zip(b, step)]
        print(f"{iteration:2}  sum of squares {dot(r, r):.10e}  b1 {b[0]:.10e}  b2 {b[1]:.10e}")
        if all(abs(d) <= 1e-13 * abs(x) for x, d in zip(b, step)):
            break
    r = [v.data for v in residuals([Value(x) for x in b])]
    _, inverse = least_squares(jacobian(residuals)(b), r)
    spread = sqrt(dot(r, r) / (len(DATA) - len(b)))
    deviations = [spread * sqrt(dot(row, row)) for row in inverse]
    for name, found, certified in zip(("b1", "b2", "s1", "s2"), b + deviations, CERTIFIED + CERTIFIED_DEVIATIONS):
        print(f"{name} = {found:.10e}, certified {certified:.10e}: {digits(found, certified):.1f} digits")


arguments(__doc__)
main()
