"""A planet by power series: the differential equation of two bodies, solved with Taylor coefficients of order 20.

python examples/kepler.py

The acceleration is written once; its series comes out of the rules of differentiation. Kepler's equation says where it is.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt

from autograd import Value, record
from autograd.numbers import solution
from chainrule.arguments import arguments

ORDER, ECCENTRICITY = 20, 0.6


def two_bodies(state: list[Value]) -> list[Value]:
    """The derivative by time of place and velocity, with the sun at 0."""
    x, y, u, v = state
    pull = -1 / (x * x + y * y) ** 1.5
    return [u, v, pull * x, pull * y]


def by_kepler(time: float) -> tuple[float, float]:
    """The place at a time, from Kepler's equation t = E - e sin(E), by Newton's method."""
    mean = time % (2 * pi)
    anomaly = pi
    for _ in range(60):
        anomaly -= (anomaly - ECCENTRICITY * sin(anomaly) - mean) / (1 - ECCENTRICITY * cos(anomaly))
    return cos(anomaly) - ECCENTRICITY, sqrt(1 - ECCENTRICITY**2) * sin(anomaly)


def main() -> None:
    """Ten revolutions, each step as long as the series is certain to converge."""
    motion = record(two_bodies, [1.0, 0.0, 0.0, 1.0])
    state = [1 - ECCENTRICITY, 0.0, 0.0, sqrt((1 + ECCENTRICITY) / (1 - ECCENTRICITY))]
    time, end, steps = 0.0, 20 * pi + 1, 0
    while time < end:
        series = solution(motion, state, ORDER)
        largest = max(abs(c[ORDER]) for c in series)
        step = min((1e-16 / largest) ** (1 / ORDER), end - time)
        state = [sum(c * step**k for k, c in enumerate(number)) for number in series]
        time, steps = time + step, steps + 1
    x, y = by_kepler(time)
    away = sqrt((state[0] - x) ** 2 + (state[1] - y) ** 2)
    print(f"after ten revolutions and {steps} steps at ({state[0]:.9f}, {state[1]:.9f})")
    print(f"Kepler says ({x:.9f}, {y:.9f}); apart by less than 1e-12: {away < 1e-12}")


if __name__ == "__main__":
    arguments(__doc__)
    main()
