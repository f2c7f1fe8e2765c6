"""What a basket option costs, and how its price depends on everything: 100,000 simulated paths, differentiated one by one.

python examples/basket_option.py [paths]        (needs pip install ".[examples]")

The call pays what the mean of four correlated assets is above the strike at the end of a year, if it is above. What one path
pays is recorded once, as a function of the market (shared by all paths) and of the normal numbers that drive the path (a row
each). One `batch_value_and_grad` then gives the price and its derivatives by every spot price (delta) and volatility (vega), by
the interest rate (rho) and by every correlation, which enter through a Cholesky factor that is recorded along.

Checked against closed forms (a basket of one asset: Black and Scholes; the geometric mean of the four: lognormal, so the same
formula) and against differences of the price over the same random numbers. The geometric basket is then the control variate of
the arithmetic one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from autograd import COMPILED, Program, dot, erfc, exp, log, maximum, mean, record, sqrt
from chainrule.arguments import Whole, arguments

Result = TypeVar("Result")
Array: TypeAlias = NDArray[np.float64]
Market: TypeAlias = tuple[list[float], list[float], float, list[float]]
"""Spot prices, volatilities, interest rate, and the correlations of (1, 0), (2, 0), (2, 1), (3, 0) ..."""

PATHS = 100_000 if COMPILED else 1_000
YEARS, STRIKE = 1.0, 100.0
FOUR: Market = ([100.0, 90.0, 110.0, 95.0], [0.2, 0.3, 0.25, 0.35], 0.03, [0.5, 0.3, 0.4, 0.2, 0.1, 0.6])
ONE: Market = ([100.0], [0.2], 0.03, [])
MARKET = ["spots", "volatilities", "rate", "correlations"]


def below_diagonal(numbers: Sequence[Any], i: int) -> Sequence[Any]:
    """Row i of a triangle whose rows stand one after the other, of 0, 1, 2 ... numbers."""
    return numbers[i * (i - 1) // 2 : i * (i + 1) // 2]


def cholesky(correlations: Sequence[Any], n: int) -> list[list[Any]]:
    """The triangle L with L L' = the matrix of correlations."""
    rows: list[list[Any]] = []
    for i in range(n):
        row: list[Any] = []
        for j, correlation in enumerate(below_diagonal(correlations, i)):
            row.append((correlation - dot(row, rows[j][:j])) / rows[j][j])
        rows.append([*row, sqrt(1 - dot(row, row))])
    return rows


def logarithms(spots: Any, volatilities: Any, rate: Any, correlations: Any, normals: Any) -> list[Any]:
    """The logarithms of the prices at the end: one step, since geometric Brownian motion can be drawn at any time exactly."""
    found = []
    for spot, volatility, row in zip(spots, volatilities, cholesky(correlations, len(spots))):
        noise = dot(row, normals[: len(row)])
        found.append(log(spot) + (rate - volatility**2 / 2) * YEARS + volatility * math.sqrt(YEARS) * noise)
    return found


# The derivative of a mean over paths is the mean of their derivatives if what a path pays is continuous in the parameters, with
# a bounded slope: a call is (its kink is met with probability 0). An option that pays 1 above the strike is not: its derivative
# is 0 on every path, and all of its delta comes from the paths that cross the jump. (P. Glasserman, Monte Carlo Methods in
# Financial Engineering, 2003, section 7.2.)


def call(underlying: Any, rate: Any) -> Any:
    """What it pays, discounted."""
    return exp(-rate * YEARS) * maximum(underlying - STRIKE, 0.0)


def arithmetic(spots: Any, volatilities: Any, rate: Any, correlations: Any, normals: Any) -> Any:
    """A call on the mean of the prices, on one path."""
    return call(mean([exp(x) for x in logarithms(spots, volatilities, rate, correlations, normals)]), rate)


def geometric(spots: Any, volatilities: Any, rate: Any, correlations: Any, normals: Any) -> Any:
    """A call on their geometric mean."""
    return call(exp(mean(logarithms(spots, volatilities, rate, correlations, normals))), rate)


def above_geometric(spots: Any, volatilities: Any, rate: Any, correlations: Any, normals: Any) -> Any:
    """How much more the first pays than the second on the same path."""
    ends = logarithms(spots, volatilities, rate, correlations, normals)
    return call(mean([exp(x) for x in ends]), rate) - call(exp(mean(ends)), rate)


def closed_form(spots: Any, volatilities: Any, rate: Any, correlations: Any) -> Any:
    """The price of the call on the geometric mean, whose logarithm is normal; of one asset, that of Black and Scholes."""
    n = len(spots)
    expected = mean([log(s) + (rate - v**2 / 2) * YEARS for s, v in zip(spots, volatilities)])
    covariances = [
        volatilities[i] * volatilities[j] * correlation
        for i in range(n)
        for j, correlation in enumerate(below_diagonal(correlations, i))
    ]
    deviation = sqrt((dot(volatilities, volatilities) + 2 * sum(covariances)) * YEARS) / n
    d = (expected - math.log(STRIKE)) / deviation
    forward = exp(expected + deviation**2 / 2)
    return exp(-rate * YEARS) * (forward * normal(d + deviation) - STRIKE * normal(d))


def normal(x: Any) -> Any:
    """The probability that a normal number is below x."""
    return erfc(-x / math.sqrt(2)) / 2


class Estimate(NamedTuple):
    """The price first, then its derivative by each number of the market."""

    numbers: Array
    errors: Array
    """The standard errors."""


def flat(price: Any, gradient: tuple[Any, ...]) -> Array:
    """A price and its gradient as one array."""
    return np.hstack([price, *gradient])


def estimate(program: Program, market: Market, normals: Array) -> Estimate:
    """Means over the paths. Their standard errors need each path's own derivatives: the Jacobian has them."""
    payments, gradient = program.batch_value_and_grad(*market, normals, by=MARKET)
    jacobian = program.batch_jacobian(*market, normals, by=MARKET)
    paths = len(normals)
    spread = np.column_stack([payments, *jacobian]).std(axis=0, ddof=1)
    return Estimate(flat(payments.sum(), gradient) / paths, spread / math.sqrt(paths))


def exact(market: Market) -> Array:
    """The closed form and its derivatives."""
    return flat(*record(closed_form, *market).value_and_grad(*market))


def differences(program: Program, market: Market, normals: Array) -> Array:
    """The price and its central differences, all over the same random numbers."""
    spots, volatilities, rate, correlations = market
    n = len(spots)
    x = np.array([*spots, *volatilities, rate, *correlations])

    def price(x: Array) -> float:
        return float(np.mean(program.batch(x[:n], x[n : 2 * n], x[2 * n], x[2 * n + 1 :], normals)))

    steps = np.diag(1e-4 * x)
    return np.array([price(x)] + [(price(x + h) - price(x - h)) / (2 * h.sum()) for h in steps])


def table(title: str, program: Program, columns: dict[str, Array]) -> None:
    """A line for the price and for each derivative."""
    print(f"\n{title:<24}" + "".join(f"{heading:>14}" for heading in columns))
    names = ["price", *(f"by {label}" for label in program.labels)]
    for name, *row in zip(names, *columns.values()):  # the last labels are those of the random numbers
        print(f"{name:<24}" + "".join(f"{number:14.6f}" for number in row))


def timed(f: Callable[[], Result]) -> tuple[Result, float]:
    """A result and its milliseconds."""
    began = perf_counter()
    result = f()
    return result, (perf_counter() - began) * 1e3


def against_closed_form(title: str, market: Market, normals: Array) -> float:
    """The table of a geometric basket; the largest difference in standard errors."""
    program = record(geometric, *market, normals[0])
    found, closed = estimate(program, market, normals), exact(market)
    apart = (found.numbers - closed) / found.errors
    table(title, program, {"paths": found.numbers, "its error": found.errors, "closed form": closed, "apart, errors": apart})
    return float(np.max(np.abs(apart)))


def against_differences(program: Program, normals: Array) -> tuple[float, float, float]:
    """The table of the arithmetic basket: how far from differences and from the control variate, what the latter gains."""
    plain, by_differences = estimate(program, FOUR, normals), differences(program, FOUR, normals)
    control = estimate(record(above_geometric, *FOUR, normals[0]), FOUR, normals)
    controlled = control.numbers + exact(FOUR)
    columns = {"paths": plain.numbers, "its error": plain.errors, "differences": by_differences}
    table("mean of four", program, columns | {"with control": controlled, "error then": control.errors})
    apart = [float(np.max(np.abs(plain.numbers - other) / plain.errors)) for other in (by_differences, controlled)]
    return apart[0], apart[1], float(np.min(plain.errors / control.errors))


def speed(program: Program, normals: Array) -> bool:
    """Print the times; whether two threads give equal bits."""

    def gradient(threads: ThreadPoolExecutor | None = None) -> bytes:
        return flat(*program.batch_value_and_grad(*FOUR, normals, by=MARKET, executor=threads)).tobytes()

    gradient()  # lays the program out
    alone, milliseconds = timed(gradient)
    print(f"\nall {len(normals)} paths with {program.inputs - 4} derivatives: {milliseconds:.1f} ms", end="")
    with ThreadPoolExecutor(2) as threads:
        together, milliseconds = timed(lambda: gradient(threads))
    print(f", on two threads {milliseconds:.1f} ms", end="")
    _, milliseconds = timed(lambda: differences(program, FOUR, normals))
    print(f"; by differences {milliseconds:.1f} ms")
    return alone == together


def main(paths: int) -> None:
    """The tables, the times, and whether everything is as it should be."""
    normals = np.random.default_rng(2024).standard_normal((paths, 4))
    closed = max(
        against_closed_form("one asset", ONE, normals[:, :1]),
        against_closed_form("geometric mean of four", FOUR, normals),
    )
    program = record(arithmetic, *FOUR, normals[0])
    by_differences, controlled, gain = against_differences(program, normals)
    same = speed(program, normals)
    print(f"equal bits on two threads: {same}")
    print(f"closed forms less than 4 standard errors away: {closed < 4} ({closed:.1f})")
    print(f"differences less than 1 standard error away: {by_differences < 1} ({by_differences:.3f})")
    print(f"control variate less than 4 away: {controlled < 4} ({controlled:.1f}); its errors: {gain:.1f} times smaller or more")


if __name__ == "__main__":
    main(arguments(__doc__, {"paths": (PATHS, "how many paths are simulated, at least 2", Whole(2))}).paths)
