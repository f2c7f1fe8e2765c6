"""The polygamma functions, which Python's `math` lacks: the derivatives of `math.lgamma`, of any order.

Formulas: NIST Digital Library of Mathematical Functions, sections 5.5, 5.11 and 5.15 (https://dlmf.nist.gov/5).
"""

from __future__ import annotations

import math

BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip
"""B2, B4, ..., B24."""

FAR = 14.0
"""From here on the asymptotic series has all the digits of a double."""

LEFT = -32.0
"""From here downwards the reflection formula is used instead of recurrence."""


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function. ValueError at 0, -1, -2, ...

    >>> digamma(1.0)  # minus Euler's constant
    -0.5772156649015329
    """
    return polygamma(0.0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma, n = 0, 1, 2, ... ValueError at the poles 0, -1, -2, ... and for any other n.

    >>> polygamma(1, 1.0) - math.pi**2 / 6
    0.0
    """
    if n < 0 or n != math.floor(n):
        message = f"the order of polygamma is a whole number, not {n}"
        raise ValueError(message)
    n = int(n)
    if math.isnan(x):
        return x
    if x == math.inf:
        return math.inf if n == 0 else 0.0
    if x <= 0 and (x == -math.inf or x == math.floor(x)):
        message = "math domain error"
        raise ValueError(message)
    if x < LEFT:  # DLMF 5.15.6
        return (-1) ** n * polygamma(n, 1 - x) - _cotangent_derivative(n, x)
    if n == 0:
        terms, x = _steps(x, lambda z: -1 / z, FAR)
        power = 1 / (x * x)
        series = [-b / (2 * k) * power**k for k, b in enumerate(BERNOULLI, 1)]
        return math.fsum([*terms, math.log(x), -0.5 / x, *series])
    sign, factorial = (-1) ** (n + 1), math.factorial(n)
    terms, x = _steps(x, lambda z: factorial / z ** (n + 1) if abs(z) > 1e-150 else _near_pole(n, z), FAR + n)
    scale, power = math.factorial(n - 1) * (1 / x) ** n, 1 / (x * x)
    series = []
    rising = 1.0  # (2k + n - 1)! / ((n - 1)! (2k)!)
    for k, b in enumerate(BERNOULLI, 1):
        rising *= (2 * k + n - 1) * (2 * k + n - 2) / ((2 * k - 1) * (2 * k))
        series.append(scale * b * rising * power**k)
    if any(map(math.isinf, terms)):
        return sign * sum(terms)
    return sign * math.fsum([*terms, scale, scale * n / (2 * x), *series])


def gamma_beyond(x: float) -> float:
    """The IEEE value of gamma where Python raises: infinite at 0 and beyond 171, nan at the other poles."""
    if x == 0:
        return math.copysign(math.inf, x)
    return math.inf if x > 0 else math.nan


def _steps(x: float, term, far: float):  # type: ignore[no-untyped-def]
    """The terms at x, x + 1, ... below `far`, and the first point beyond."""
    terms = []
    start, k = x, 0
    while x < far:
        terms.append(term(x))
        k += 1
        x = start + k
    return terms, x


def _near_pole(n: int, z: float) -> float:
    """n! / z**(n+1) where the power may underflow."""
    y = float(math.factorial(n))
    for _ in range(n + 1):
        y /= z
    return y


def _cotangent_derivative(n: int, x: float) -> float:
    """The n-th derivative of pi cot(pi x), a polynomial in the cotangent: c' = -pi (1 + c*c)."""
    c = 1 / math.tan(math.pi * (x - round(x)))
    polynomial = [0.0, math.pi]
    for _ in range(n):
        derivative = [k * a for k, a in enumerate(polynomial)][1:]
        polynomial = [0.0] * (len(derivative) + 2)
        for k, a in enumerate(derivative):
            polynomial[k] -= math.pi * a
            polynomial[k + 2] -= math.pi * a
    y = 0.0
    for a in reversed(polynomial):
        y = y * c + a
    return y
