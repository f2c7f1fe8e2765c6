"""How the end of a simulation depends on its beginning: 1,000 Runge-Kutta steps recorded once, differentiated, fitted.

python examples/differential_equation.py        (needs pip install ".[examples]")

Lotka and Volterra's hares and lynxes: x' = a x - b x y, y' = d x y - c y. The whole simulation is one program of the parameters
and the initial state. Its Jacobian is exact for the steps that were taken. It is compared with the variational equations of the
same system (S' = (df/dstate) S + df/dparameters), written out by hand and solved by SciPy to 13 digits: what differs is the error
of the Runge-Kutta method, and is 16 times smaller with steps of half the size.

Then the parameters and the initial state are found again from noisy observations along the way, by SciPy's Levenberg-Marquardt
with the program's Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from autograd import Program, record
from chainrule.arguments import arguments

Array: TypeAlias = NDArray[np.float64]

NAMES = ["a", "b", "c", "d", "hares", "lynxes"]
PARAMETERS = [1.1, 0.4, 0.4, 0.1]
START = [10.0, 5.0]
TIME, STEPS, OBSERVED = 20.0, 1000, 40
"""How long, in how many steps, and how many times both populations are counted."""


def rates(parameters: Sequence[Any], state: Sequence[Any]) -> list[Any]:
    """How fast the populations change."""
    a, b, c, d = parameters
    hares, lynxes = state
    return [(a - b * lynxes) * hares, (d * hares - c) * lynxes]


def moved(state: Sequence[Any], h: float, slope: Sequence[Any]) -> list[Any]:
    """The state a step of h along the slope."""
    return [x + h * k for x, k in zip(state, slope)]


def runge_kutta(parameters: Sequence[Any], state: Sequence[Any], h: float) -> list[Any]:
    """The state one step of the classical method of fourth order later."""
    k1 = rates(parameters, state)
    k2 = rates(parameters, moved(state, h / 2, k1))
    k3 = rates(parameters, moved(state, h / 2, k2))
    k4 = rates(parameters, moved(state, h, k3))
    return moved(state, h / 6, [p + 2 * (q + r) + s for p, q, r, s in zip(k1, k2, k3, k4)])


def simulation(steps: int, times: int) -> Callable[[Any, Any], list[Any]]:
    """The function of parameters and initial state that gives the state at so many equally spaced times, the last one the end."""

    def simulated(parameters: Any, state: Any) -> list[Any]:
        seen = []
        for step in range(1, steps + 1):
            state = runge_kutta(parameters, state, TIME / steps)
            if step % (steps // times) == 0:
                seen += state
        return seen

    return simulated


def recorded(steps: int, times: int) -> Program:
    """The simulation as a program."""
    return record(simulation(steps, times), PARAMETERS, START)


def jacobian(program: Program, parameters: Any, state: Any) -> Array:
    """A row for each output, a column for each name."""
    return np.array([np.hstack(row) for row in program.jacobian(parameters, state)])


def by_variational_equations() -> tuple[Array, Array]:
    """The end state and its sensitivities, by hand and by SciPy, to about 13 digits."""
    a, b, c, d = PARAMETERS

    def slope(_: float, both: Array) -> Array:
        x, y = both[:2]
        by_state = np.array([[a - b * y, -b * x], [d * y, d * x - c]])
        by_parameters = np.array([[x, -x * y, 0.0, 0.0], [0.0, 0.0, -y, x * y]])
        change = by_state @ both[2:].reshape(2, 6) + np.hstack([by_parameters, np.zeros((2, 2))])
        return np.concatenate([[a * x - b * x * y, d * x * y - c * y], change.ravel()])

    sensitivities = np.hstack([np.zeros((2, 4)), np.eye(2)])
    start = np.concatenate([START, sensitivities.ravel()])
    end = solve_ivp(slope, (0.0, TIME), start, method="DOP853", rtol=3e-14, atol=1e-14).y[:, -1]
    return end[:2], end[2:].reshape(2, 6)


def sensitivities() -> None:
    """The table of the derivatives of the end state."""
    began = perf_counter()
    program = recorded(STEPS, 1)
    recording = perf_counter() - began
    jacobian(program, PARAMETERS, START)  # lays the program out
    began = perf_counter()
    found = jacobian(program, PARAMETERS, START)
    replaying = perf_counter() - began
    print(f"{program}: recorded in {recording * 1e3:.0f} ms, its Jacobian in {replaying * 1e3:.2f} ms")

    _, exact = by_variational_equations()
    half = jacobian(recorded(2 * STEPS, 1), PARAMETERS, START)
    print("\nd end / d                hares           error          lynxes           error")
    for j, name in enumerate(NAMES):
        numbers = "".join(f"{found[i, j]:16.9f}{found[i, j] - exact[i, j]:16.1e}" for i in range(2))
        print(f"{name:<14}{numbers}")
    size = np.linalg.norm(exact)
    error, error_half = np.linalg.norm(found - exact) / size, np.linalg.norm(half - exact) / size
    print(f"error of the whole {error:.1e}, with half the steps' size {error_half:.1e}: {error / error_half:.1f} times smaller")


def fit() -> None:
    """Levenberg-Marquardt from a guess that is 10% off, on observations with 1% noise."""
    program = recorded(STEPS, OBSERVED)
    truth = np.array([*PARAMETERS, *START])
    noise = np.random.default_rng(7).standard_normal(program.outputs)
    observed = np.array(program(PARAMETERS, START)) * (1 + 0.01 * noise)

    def residuals(x: Array) -> Array:
        return np.array(program(x[:4].tolist(), x[4:].tolist())) / observed - 1

    def slopes(x: Array) -> Array:
        return jacobian(program, x[:4].tolist(), x[4:].tolist()) / observed[:, None]

    guess = truth * [1.1, 0.9, 1.1, 0.9, 0.9, 1.1]
    found = least_squares(residuals, guess, slopes, method="lm", x_scale="jac", xtol=1e-12, ftol=1e-12, gtol=1e-12)
    print(f"\n{program}, fitted to {program.outputs} counts with 1% noise in {found.nfev} evaluations")
    variance = 2 * found.cost / (program.outputs - len(truth))
    errors = np.sqrt(variance * np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    print("            truth       guess       found       error   apart, errors")
    for name, true, first, last, deviation in zip(NAMES, truth, guess, found.x, errors):
        print(f"{name:<6}{true:11.4f}{first:12.4f}{last:12.5f}{deviation:12.5f}{(last - true) / deviation:16.2f}")
    print(f"root mean square of the noise: put in {np.sqrt(np.mean((0.01 * noise) ** 2)):.5f}, found {np.sqrt(variance):.5f}")


def main() -> None:
    """Derivatives of the end, then the fit."""
    sensitivities()
    fit()


if __name__ == "__main__":
    arguments(__doc__)
    main()
