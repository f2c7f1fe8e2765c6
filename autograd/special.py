"""What Python's `math` has not, or not as C has it: the derivatives of lgamma, of any order; lgamma with all its digits; powers.

Formulas: NIST Digital Library of Mathematical Functions, sections 5.5, 5.11 and 5.15 (https://dlmf.nist.gov/5).
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip
"""B2, B4, ..., B24."""

MOST = 150
"""The highest order of polygamma: 171! is no double any more."""

FAR = 14.0
"""From here on the asymptotic series has all the digits of a double."""

LEFT = -32.0
"""From here downwards the reflection formula is used instead of recurrence."""

MIDDLE, LOG_MIDDLE = 14.5, (2.6741486494265287, -2.7699208082802992e-17)
"""The middle of the interval that the recurrence of digamma ends in, and its logarithm to twice the digits."""

LOWEST, LGAMMA_LOWEST = (1.4616321449683622, 9.549995429965697e-17), (-0.12148629053584961, 3.364991468473138e-18)
"""Where lgamma is least, and its value there, to twice the digits."""

ROOTS = (
    (-0.5040830082644554, -8.15428206243813e-18), (-1.5734984731623904, -1.574185691077347e-17),
    (-2.6107208684441447, 9.881960746978353e-17), (-3.635293366436901, 5.454396163173039e-17),
    (-4.653237761743142, -2.5492686201468193e-16), (-5.6671624415568855, -3.2153051074948335e-18),
    (-6.678418213073427, 3.470798723495241e-16), (-7.687788325031626, -1.351562494643672e-16),
    (-8.695764163816401, -3.2859903716289447e-16), (-9.702672540001863, -3.2563178405401477e-16),
    (-10.708740838254144, -6.287211750540301e-16), (-11.714133061228955, 8.598250154343834e-16),
    (-12.718971025749207, -4.752312432106917e-16), (-13.723347457363827, 4.528278691518058e-16),
    (-14.727334416018529, -3.6618399963139786e-17), (-15.730988906332882, 1.0551956373365842e-16),
    (-16.734356723955734, -1.2039501631800144e-15), (-17.73747515997759, -5.125776230727235e-16),
    (-18.7403749447801, 7.757330874026816e-16), (-19.74308167259022, 6.505672516695227e-16),
    (-20.745616863607527, 9.370177952348924e-16), (-21.74799876820113, -1.2246233990931817e-15),
    (-22.75024298430606, -1.1268600266054163e-15), (-23.752362937385183, 8.157017519280734e-16),
    (-24.75437025782297, -1.316906917865066e-15), (-25.756275080771037, 1.3077979683180938e-15),
    (-26.758086286661367, 1.1334337131725835e-15), (-27.759811695826706, -1.120148225799811e-16),
    (-28.761458227264864, -1.5405711086887488e-15), (-29.763032029127462, -4.657204559411395e-16),
    (-30.76453858671817, -1.0553524434167124e-15), (-31.765982812458248, -6.70609301293155e-16),
)  # fmt: skip
"""Where digamma is 0 between 0 and -1, between -1 and -2, ..., down to `LEFT`, to twice the digits."""

LGAMMA_DIP = (-0.11862999102044386, -5.304443834383284e-19)
"""The value of lgamma at the third of these, to twice the digits: there it is small, and not near a root."""

FEW_FACTORS = 16
"""Of no more operands the product of the others is computed for each by itself."""

MANY_FACTORS = 256
"""Of no more operands a derivative that is to be differentiated again has a product of the others for each, if it needs that."""

FEW = 8.0
"""Between this and its negative lgamma is led back to the interval from 0.5 to 2.5."""

GELU_LOWEST = (-0.7517915246935645, 1.4956759177009883e-17)
"""Where gelu is least, to twice the digits."""

SPLITTER = 2.0**27 + 1


def kept(f: Callable[..., list[float]]) -> Callable[..., list[float]]:
    """As `functools.cache`, whose module takes as long to import as a quarter of this package."""
    found: dict[tuple[float, ...], list[float]] = {}

    def once(*x: float) -> list[float]:
        if x not in found:
            found[x] = f(*x)
        return found[x]

    return once


def power(a: float, b: float) -> float:
    """a ** b, real or not at all."""
    y = a**b
    if isinstance(y, complex):
        message = "a negative number to a fractional power is complex"
        raise ValueError(message)  # noqa: TRY004  (as math.pow)
    return y  # type: ignore[no-any-return]


def beyond_power(a: float, b: float) -> float:
    """a ** b in IEEE arithmetic where Python raises."""
    odd = b == math.floor(b) and b % 2 == 1
    if a < 0 and b != math.floor(b):
        return math.nan
    return math.copysign(math.inf, a) if odd else math.inf


def signed(a: float, b: float) -> float:
    """The size of a with the sign of b: a nan counts as positive, for which sign its bits have depends on the processor."""
    return math.copysign(a, 1.0 if b != b else b)  # noqa: PLR0124  (nan)


def hypot(a: float, b: float) -> float:
    """The C library's hypot, by way of complex numbers: math.hypot computes another last bit."""
    if math.isinf(a) or math.isinf(b):
        return math.inf
    if math.isnan(a) or math.isnan(b):
        return math.nan
    try:
        return abs(complex(a, b))
    except OverflowError:
        return math.inf


def lgamma(x: float) -> float:
    """The logarithm of the absolute value of the gamma function; near its roots 1 and 2 `math.lgamma` has lost its digits.

    >>> lgamma(1.1) / -0.049872441259839757  # math.lgamma: 86 units in the last place away
    1.0
    """
    if not -FEW < x < FEW or (x <= 0 and x == math.floor(x)):
        return math.lgamma(x)
    if abs(x - ROOTS[2][0]) < 0.09:
        return math.fsum([*LGAMMA_DIP, _taylor(ROOTS[2][0], x - ROOTS[2][0] - ROOTS[2][1])[1]])
    above = below = 1.0
    while x > 2.5:  # DLMF 5.5.1
        x -= 1
        above *= x
    while x < 0.5:
        below *= x
        x += 1
    near = _lgamma_above_one(x - 1)
    return near if above == below else near + math.log(above) - math.log(abs(below))


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
    if n > MOST:
        message = f"polygamma of order {n:.0f}: orders above {MOST} overflow"
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
        return (-1.0) ** n * polygamma(n, 1 - x) - _cotangent_derivative(n, x)
    if n == 0:
        return _digamma(x)
    sign, factorial = (-1.0) ** (n + 1), math.factorial(n)
    steps = max(0, math.ceil(FAR + n - x))
    terms = [_over_power(factorial, *_exact_sum(x, k), n + 1) for k in range(steps)]
    x, low = _exact_sum(x, steps)
    scale, power = _over_power(math.factorial(n - 1), x, low, n), 1 / (x * x)
    series = []
    rising = 1.0  # (2k + n - 1)! / ((n - 1)! (2k)!)
    for k, b in enumerate(BERNOULLI, 1):
        rising *= (2 * k + n - 1) * (2 * k + n - 2) / ((2 * k - 1) * (2 * k))
        series.append(scale * b * rising * power**k)
    if any(map(math.isinf, terms)):
        return sign * sum(terms)
    return sign * math.fsum([*terms, scale, scale * n / (2 * x), *series])


def _digamma(x: float) -> float:
    """Taylor's series about a root; else the recurrence up to 14 and the asymptotic series, to nearly twice the digits."""
    root, low = LOWEST if x > 0 else ROOTS[int(-x)]
    if abs(x - root) < 0.03:
        t = x - root - low
        y = 0.0
        for a in reversed(_slopes(root, low)):
            y = (y + a) * t
        return y
    steps = max(0, math.ceil(FAR - x))
    terms = []
    for k in range(steps):
        terms += [-part for part in _reciprocal(*_exact_sum(x, k))]
    x, low = _exact_sum(x, steps)
    logarithm = [*LOG_MIDDLE, math.log1p((x - MIDDLE + low) / MIDDLE)] if steps else [math.log(x)]
    power = 1 / (x * x)
    series = [-b / (2 * k) * power**k for k, b in enumerate(BERNOULLI, 1)]
    return math.fsum([*terms, *logarithm, -0.5 / x, *series]) if all(map(math.isfinite, terms)) else sum(terms)


@kept
def _slopes(root: float, low: float) -> list[float]:
    coefficients = [polygamma(k, root) / math.factorial(k) for k in range(1, 26)]
    return [a + (k + 1) * b * low for k, (a, b) in enumerate(pairwise(coefficients), 1)]


def _lgamma_above_one(z: float) -> float:
    """The logarithm of gamma(1 + z) for -0.5 <= z <= 1.5: Taylor series about 2 and about the least value."""
    if z < 0.13:
        return math.fsum([*_taylor(2.0, z), -math.log1p(z)])
    if z < 0.81:
        return math.fsum([*LGAMMA_LOWEST, _taylor(LOWEST[0], z + (1 - LOWEST[0]) - LOWEST[1])[1]])
    return math.fsum(_taylor(2.0, z - 1))


def _taylor(center: float, z: float) -> tuple[float, float]:
    """lgamma(center + z) - lgamma(center): the first term and the sum of all others."""
    coefficients = _coefficients(center)
    y = 0.0
    for a in reversed(coefficients[1:]):
        y = y * z + a
    return coefficients[0] * z, y * z * z


@kept
def _coefficients(center: float) -> list[float]:
    return [polygamma(k - 1, center) / math.factorial(k) for k in range(1, 31)]


def _exact_sum(a: float, b: float) -> tuple[float, float]:
    """a + b, and its rounding error (Knuth)."""
    s = a + b
    part = s - a
    return s, (a - (s - part)) + (b - part)


def _reciprocal(z: float, low: float) -> tuple[float, float]:
    """1 / (z + low), and its rounding error (Dekker)."""
    r = 1 / z
    if abs(z) < 1e-8:
        return r, 0.0
    product = r * z
    r_high, z_high = SPLITTER * r - (SPLITTER * r - r), SPLITTER * z - (SPLITTER * z - z)
    r_low, z_low = r - r_high, z - z_high
    error = r_high * z_high - product + r_high * z_low + r_low * z_high + r_low * z_low
    return r, r * (1 - product - error - r * low)


def gamma_beyond(x: float) -> float:
    """The IEEE value of gamma where Python raises: infinite at 0 and beyond 171, nan at the other poles."""
    if x == 0:
        return math.copysign(math.inf, x)
    return math.inf if x > 0 else math.nan


def gelu_slope(x: Any) -> Any:
    """The derivative of gelu near its root by Taylor's series, where two terms would cancel. Also a formula, if x is one."""
    t = x - GELU_LOWEST[0] - GELU_LOWEST[1]
    y = 0.0
    for a in reversed(_gelu_coefficients()):
        y = (y + a) * t
    return y


@kept
def _gelu_coefficients() -> list[float]:
    """With D the n-th derivative of the density, that of gelu' = cdf + x * density is (n + 1) D[n - 1] + x D[n]."""
    x = GELU_LOWEST[0]
    density = [math.exp(-x * x / 2) / math.sqrt(2 * math.pi)]
    density.append(-x * density[0])
    for n in range(1, 26):
        density.append(-x * density[n] - n * density[n - 1])
    return [((n + 1) * density[n - 1] + x * density[n]) / math.factorial(n) for n in range(1, 26)]


def _over_power(factorial: int, z: float, low: float, n: int) -> float:
    """factorial / (z + low)**n, rounded a few times, not n times, also where the power is no double."""
    most = max(1, int(1000 / max(1.0, abs(math.log2(abs(z))))))  # so many factors have a power that is a double
    y, left = float(factorial), n
    while left:
        k = min(left, most)
        y /= z**k
        left -= k
    return y - y * (n * low / z) if low else y


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


# Products, as if exponents had no bounds: from left to right, each step rounded as ever, and only the result goes into a double.


def product(xs: Sequence[float]) -> float:
    """The product of some numbers; that of `math.prod` unless one on the way is beyond the normal doubles.

    >>> product([1e200, 1e200, 1e-200, 1e-200]), math.prod([1e200, 1e200, 1e-200, 1e-200])
    (1.0, inf)
    """
    return math.prod(xs, start=1.0) if _stay_normal(xs) else _narrow(*_wide(xs))


def product_around(xs: Sequence[float]) -> float:
    """The product of all numbers but the first: that says how many come from the left, those behind come from the right.

    So `cofactors` has the product of all numbers but one, which stood there.

    >>> product_around([1.0, 3.0, 5.0, 7.0])  # 3 * (7 * 5)
    105.0
    """
    gap = 1 + int(min(max(0.0, xs[0]), len(xs) - 1.0))
    if _stay_normal(xs[1:]):
        return math.prod(xs[1:gap], start=1.0) * math.prod(xs[: gap - 1 : -1], start=1.0)
    (a, j), (b, k) = _wide(xs[1:gap]), _wide(xs[: gap - 1 : -1])
    return _narrow(a * b, j + k)


def cofactors_around(xs: Sequence[float], y: float) -> list[float]:
    """The derivatives of `product_around`; by the place of the gap there is none."""
    return [0.0, *cofactors(xs[1:], y)]


def standing_alone(xs: Sequence[float]) -> list[bool]:
    """Of which operands the product of the others cannot be made of shared products, if it is to be differentiated again.

    None at all, an empty list, where no product of any of them leaves the normal doubles. Where one does, a shared part has a
    derivative of the size of the whole product, and that may be beyond a double though the derivatives by its own parts are not.
    Of more than `MANY_FACTORS` only those operands are told of which this is so in the next order.

    >>> standing_alone([2.0] * 20), any(standing_alone([0.1] * 1000)), all(standing_alone([1e-200, 1e200] * 9))
    ([], False, True)
    """
    if _stay_normal(xs):
        return []
    if len(xs) <= MANY_FACTORS:
        return [True] * len(xs)
    sizes = [math.log2(abs(x)) if x and math.isfinite(x) else 0.0 for x in xs]
    low, high, whole, zeros = min(sizes), max(sizes), math.fsum(sizes), 0.0 in xs
    rests = [whole - size for size in sizes]
    return [not -960 < y < 960 and (y - high < 1030 or zeros) and y - low > -1080 for y in rests]


def cofactors(xs: Sequence[float], _: float) -> list[float]:
    """For each number the product of the others: the derivatives of `product`."""
    if not _stay_normal(xs):
        return _wide_cofactors(xs)
    found, before = [], 1.0
    if len(xs) <= FEW_FACTORS:
        for i, x in enumerate(xs, 1):
            found.append(math.prod(xs[i:], start=before))
            before *= x
        return found
    after = list(accumulate(xs[:0:-1], mul, initial=1.0))
    for x in xs:
        found.append(before * after.pop())
        before *= x
    return found


def _wide_cofactors(xs: Sequence[float]) -> list[float]:
    befores = list(_running(xs))
    if len(xs) <= FEW_FACTORS:
        return [_narrow(*_wide(xs[i + 1 :], *before)) for i, before in enumerate(befores[:-1])]
    afters = list(_running(xs[::-1]))[-2::-1]
    return [_narrow(a * b, j + k) for (a, j), (b, k) in zip(befores, afters)]


def _stay_normal(xs: Sequence[float]) -> bool:
    """Whether no product of any of the numbers leaves the normal doubles, zeros aside."""
    sizes = [abs(x) for x in xs if x]
    if not sizes:
        return True
    if math.log2(max(sizes)) * len(sizes) < 1000 and math.log2(min(sizes)) * len(sizes) > -1000:
        return True
    return math.prod([x for x in sizes if x > 1]) < 2.0**1000 and math.prod([x for x in sizes if x < 1]) > 2.0**-1000


def _running(xs: Sequence[float]) -> Iterator[tuple[float, int]]:
    """The products of the first 0, 1, 2, ... numbers, each as a number of the size of 1 and an exponent."""
    part, exponent = 1.0, 0
    yield part, exponent
    for x in xs:
        part, exponent = _times(part, exponent, x)
        yield part, exponent


def _wide(xs: Sequence[float], part: float = 1.0, exponent: int = 0) -> tuple[float, int]:
    for x in xs:
        part, exponent = _times(part, exponent, x)
    return part, exponent


def _times(part: float, exponent: int, x: float) -> tuple[float, int]:
    factor, own = math.frexp(x)
    part, carry = math.frexp(part * factor)
    return part, exponent + own + carry


def _narrow(part: float, exponent: int) -> float:
    try:
        return math.ldexp(part, exponent)
    except OverflowError:
        return math.copysign(math.inf, part)


def exponent_of(x: float) -> float:
    """The whole part of log2(abs(x)); 0 of zeros, infinities and nan.

    >>> exponent_of(1.0), exponent_of(-1000.0), exponent_of(5e-324), exponent_of(0.0)
    (0.0, 9.0, -1074.0, 0.0)
    """
    return math.frexp(x)[1] - 1.0 if x and math.isfinite(x) else 0.0


def lowered_by(a: float, k: float) -> float:
    """a * 2**-k of a whole k.

    >>> lowered_by(3.0, 1.0), lowered_by(-1.0, -1e6), lowered_by(1.0, 1074.0)
    (1.5, -inf, 5e-324)
    """
    return _narrow(a, -int(max(-2000.0, min(2000.0, k))))


def numbered(xs: Sequence[float]) -> float:
    """Of all operands but the first that one whose number, from 0, the first one is; nan where there is none.

    >>> numbered([1.0, 5.0, 7.0]), numbered([2.0, 5.0, 7.0])
    (7.0, nan)
    """
    return xs[1 + int(xs[0])] if 0 <= xs[0] < len(xs) - 1 else math.nan


def unit_numbered(xs: Sequence[float], _: float) -> list[float]:
    """The partials of that: 1 for the one, 0 for the others."""
    partials = [0.0] * len(xs)
    if 0 <= xs[0] < len(xs) - 1:
        partials[1 + int(xs[0])] = 1.0
    return partials
