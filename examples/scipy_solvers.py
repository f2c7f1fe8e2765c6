"""SciPy's solvers on exact derivatives: minimize by seven methods, least_squares, root, solve_ivp, curve_fit.

python examples/scipy_solvers.py

A recorded program is a function of one flat array, and so are its `grad`, `hessian`, `hvp` and `jacobian`: a solver takes them as
they are. Where the function stays a function of Python's, `grad(f)`, `jacobian(f, argnums=1)` and so on do the same.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import optimize
from scipy.integrate import solve_ivp

from autograd import exp, grad, hessian, jacobian, record
from chainrule.arguments import arguments

METHODS = ("CG", "BFGS", "L-BFGS-B", "SLSQP", "Newton-CG", "trust-exact", "trust-krylov")
SECOND = ("Newton-CG", "trust-exact", "trust-krylov")
"""Of these methods those that ask for the Hessian."""


def valley(x: Any) -> Any:
    """Rosenbrock's function of any number of variables: 0 at (1, 1, ...), at the end of a long bent valley."""
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def minima() -> None:
    """Down the valley by each method, with the gradient and, where it is asked for, the Hessian."""
    start = np.full(6, -0.5)
    program = record(valley, start)
    for method in METHODS:
        second = {"hess": program.hessian} if method in SECOND else {}
        found = optimize.minimize(program, start, jac=program.grad, method=method, tol=1e-10, **second)
        print(f"minimize, {method:12} |x - 1| <= 1e-5: {np.abs(found.x - 1).max() <= 1e-5}")
    eager = optimize.minimize(valley, start, jac=grad(valley), hess=hessian(valley), method="trust-exact", tol=1e-10)
    print("minimize, without a program:", eager.x.round(6))


def circle() -> None:
    """The circle that comes nearest to points: the distance of each to it is made small."""
    angles = np.linspace(0, 5, 12)
    points = np.stack([3 + 2 * np.cos(angles), -1 + 2 * np.sin(angles)], axis=1)

    def distances(x: Any, y: Any, radius: Any) -> Any:
        return [((px - x) ** 2 + (py - y) ** 2) ** 0.5 - radius for px, py in points.tolist()]

    program = record(distances, 0.0, 0.0, 1.0)
    jac = lambda z: np.array(program.jacobian(z))
    found = optimize.least_squares(program, np.array([0.0, 0.0, 1.0]), jac=jac, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    print("least_squares: centre and radius", found.x.round(9))


def crossing() -> None:
    """Where a circle and an exponential meet: a root of two equations."""
    program = record(lambda z: np.array([z[0] ** 2 + z[1] ** 2 - 4, exp(z[0]) + z[1] - 1]), np.array([1.0, -1.5]))
    found = optimize.root(program, np.array([1.0, -1.5]), jac=program.jacobian, tol=1e-13)
    print("root:", found.x, "misses by less than 1e-12:", bool(np.abs(found.fun).max() < 1e-12))


def reaction() -> None:
    """Robertson's stiff reaction, by an implicit method that asks for the Jacobian by the state."""

    def rates(_t: Any, y: Any) -> Any:
        slow, fast, fastest = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
        return np.array([fast - slow, slow - fast - fastest, fastest])

    found = solve_ivp(rates, (0, 40), [1.0, 0.0, 0.0], method="Radau", jac=jacobian(rates, argnums=1), rtol=1e-8, atol=1e-12)
    print("solve_ivp: at time 40", [f"{y:.5g}" for y in found.y[:, -1]], "in sum", f"{found.y[:, -1].sum():.12g}")


def decay() -> None:
    """A curve through measurements: the model for one x is recorded, all rows at once are computed."""
    x = np.linspace(0, 4, 30)
    y = 2.5 * np.exp(-1.3 * x) + 0.5
    model = record(lambda x, a, b, c: a * exp(-b * x) + c, 0.0, 1.0, 1.0, 1.0)
    jac = lambda x, *given: np.stack(model.batch_jacobian(x, *given, by=("a", "b", "c")), axis=1)
    found, _ = optimize.curve_fit(model.batch, x, y, p0=[1.0, 1.0, 0.0], jac=jac)
    print("curve_fit:", found.round(9))


if __name__ == "__main__":
    arguments(__doc__)
    for run in (minima, circle, crossing, reaction, decay):
        run()
