"""Every operation of the table in mpmath, the hard points, and the distance in units in the last place.

Derivatives are differences of the values at several hundred digits: no rule of differentiation is written down here.
"""

from __future__ import annotations

import math
import random
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from mpmath import mp, mpf

import autograd
from autograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograd.operation import Operation

    Point = tuple[float, ...]

FINE = 100
"""Differences are taken over 2**-FINE times the smallest operand (or 1, if that is smaller)."""

EPSILON, TINY, SMALLEST, LARGEST = 2.0**-52, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308


def _positive(x: Any) -> Any:
    return x if x > 0 else mpf(0)


def _erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 1e6 else mpf(0 if x > 0 else 2)


def _halves(xs: Any) -> Any:
    n = len(xs) // 2
    return zip(xs[:n], xs[n : 2 * n], strict=True)


def _over_gamma(k: int, x: Any) -> Any:
    """The k-th derivative of gamma divided by gamma: D[k] = sum of binomial(k - 1, j) psi(j) D[k - 1 - j]."""
    ratios = [mpf(1)]
    for n in range(k):
        ratios.append(mp.fsum(mp.binomial(n, j) * mp.psi(j, x) * ratios[n - j] for j in range(n + 1)))
    return ratios[k]


VALUE: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": mp.power,
    "neg": lambda x: -x,
    "abs": abs,
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "direction": lambda a, b: a / mp.sqrt(a * a + b * b),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "asinh": lambda x: mp.sign(x) * mp.log1p(abs(x) + x * x / (1 + mp.sqrt(1 + x * x))),
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "gaussian": lambda x: mp.exp(-x * x),
    "erf": mp.erf,
    "erfc": _erfc,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if x < 50 else mp.loggamma(x),
    "digamma": lambda x: mp.psi(0, x),
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "logistic_pdf": lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)),
    "relu": _positive,
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "normal_cdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    "normal_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "softplus": lambda x: _positive(x) + mp.log1p(mp.exp(-abs(x))),
    "step": lambda x: mpf(1) if x >= 0 else mpf(0),
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: high if x > high else max(x, low),
    "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
    "where": lambda x: x,
    "detach": lambda x: x,
    "identity": lambda x: x,
}
"""The value of each operation of a fixed number of operands, as textbooks define it."""

FLAT: dict[str, Callable[..., Any]] = {
    "expm1": mp.exp,
    "erf": lambda x: -_erfc(abs(x)) * mp.sign(x),
    "erfc": lambda x: _erfc(abs(x)) * mp.sign(x),
    "normal_cdf": lambda x: -_erfc(abs(x) / mp.sqrt(2)) * mp.sign(x) / 2,
    "tanh": lambda x: -2 * mp.sign(x) / (mp.exp(2 * abs(x)) + 1),
    "sigmoid": lambda x: -mp.sign(x) / (1 + mp.exp(abs(x))),
}
"""The same but for a constant on either side of 0: the value comes so close to it that a difference needs the tail."""

CURVED: dict[str, Callable[..., Any]] = {
    "gelu": lambda x: -abs(x) * _erfc(abs(x) / mp.sqrt(2)) / 2,
    "silu": lambda x: -abs(x) / (1 + mp.exp(abs(x))),
    "softplus": lambda x: mp.log1p(mp.exp(-abs(x))),
}
"""The same but for a straight line on either side of 0, for differences of higher order."""

KNOWN: dict[str, Callable[..., Any]] = {
    "gamma": lambda k, x: mp.gamma(x) * _over_gamma(k, x),
    "lgamma": lambda k, x: VALUE["lgamma"](x) if k == 0 else mp.psi(k - 1, x),
    "digamma": mp.psi,
    "polygamma": lambda k, n, x: mp.psi(int(n) + k, x),
}  # fmt: skip
"""The k-th derivative where mpmath has it, and differences at hundreds of digits would take minutes."""

MANY: dict[str, Callable[..., Any]] = {
    "sum": lambda *xs: mp.fsum(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "mean": lambda *xs: mp.fsum(xs) / len(xs),
    "dot": lambda *xs: mp.fdot(_halves(xs)) + (xs[-1] if len(xs) % 2 else 0),
    "logsumexp": lambda *xs: mp.log(mp.fsum(mp.exp(x) for x in xs)),
}
"""The operations of many operands."""


def derivative(name: str, orders: Sequence[int], x: Point) -> Any:
    """The mixed partial of the given order by each operand, exact to far more than a double's digits."""
    if name in KNOWN:
        with mp.workprec(400):
            return +KNOWN[name](sum(orders), *[n if TABLE[name].partials[i] is None else mpf(n) for i, n in enumerate(x)])
    total, f = sum(orders), VALUE.get(name) or MANY[name]
    if total and x[0]:
        f = FLAT.get(name, f)
    if total > 1 and x[0]:
        f = CURVED.get(name, f)
    return _by_differences(f, tuple(orders), tuple(x))


@lru_cache(100)  # a mixed partial tells how both of its first partials are magnified
def _by_differences(f: Callable[..., Any], orders: tuple[int, ...], x: tuple[float, ...]) -> Any:
    total = sum(orders)
    precision = 400 + total * FINE + (1 + 2 * max(total, 1)) * sum(abs(math.frexp(v)[1]) for v in x if v)
    with mp.workprec(precision):
        step = mpf(2) ** -FINE * min([1, *[abs(mpf(v)) for v in x if v]])
        at = [mpf(v) for v in x]
        once = cache(f)
        found = +_difference(once, list(orders), at, step)
        rounding = abs(once(*at)) * mpf(2) ** (30 - precision) / step**total
        return found if abs(found) > rounding else mpf(0)


def _difference(f: Callable[..., Any], orders: list[int], x: list[Any], step: Any) -> Any:
    for i, order in enumerate(orders):
        if order:
            lower = [*orders[:i], order - 1, *orders[i + 1 :]]
            above, below = [*x[:i], x[i] + step, *x[i + 1 :]], [*x[:i], x[i] - step, *x[i + 1 :]]
            return (_difference(f, lower, above, step) - _difference(f, lower, below, step)) / (2 * step)
    return f(*x)


def condition(name: str, orders: Sequence[int], x: Point, exact: Any) -> float:
    """By how much a relative change of the operands is magnified in the (derivative's) value."""
    return float(_moved(name, orders, x) / abs(exact))


def _moved(name: str, orders: Sequence[int], x: Point) -> Any:
    """By how much the (derivative's) value changes, at most, for a relative change of the operands."""
    total = mpf(0)
    for j, v in enumerate(x):
        if v and (name != "polygamma" or j == 1):
            raised = [order + (k == j) for k, order in enumerate(orders)]
            total += abs(v * derivative(name, raised, x))
    return total


def ulps(got: float, exact: Any) -> float:
    """How far a double is from an exact number, in units in the last place of the double nearest to that."""
    if mp.isinf(exact) or abs(exact) > LARGEST:
        return 0.0 if got * math.copysign(1, exact) >= LARGEST * (1 - EPSILON) else math.inf
    if not math.isfinite(got):
        return 0.0 if abs(exact) >= LARGEST * (1 - 4 * EPSILON) and got == math.copysign(math.inf, exact) else math.inf
    return float(abs(mpf(got) - exact) / mpf(math.ulp(float(exact))))


class Miss(NamedTuple):
    """How far one result is from the exact one: in ulps, divided by the condition number where that is 10 or more."""

    error: float
    operation: str
    what: str
    x: Point
    got: float
    condition: float


def misses(entry: Operation, x: Point) -> Iterator[Miss]:
    """The error of the value and of each partial at one point, as the engine computes them."""
    result = apply(entry, x)
    if result is None:
        return
    y, partials = result
    n = len(x)
    whats = [("value", [0] * n, y)]
    for i, partial in zip(differentiable(entry), partials, strict=False):  # pow of a negative number: by that alone
        whats.append((f"d{i}", [int(j == i) for j in range(n)], partial))
    for what, orders, got in whats:
        yield _miss(entry, what, orders, x, got)


def _miss(entry: Operation, what: str, orders: Sequence[int], x: Point, got: float) -> Miss:
    exact = derivative(entry.name, orders, x)
    if exact == 0:
        return Miss(0.0 if got == 0 else math.inf, entry.name, what, x, got, 1.0)
    error, at = ulps(got, exact), 1.0
    if error > 0.5:
        at = condition(entry.name, orders, x, exact)
        error = error / at if at >= 10 else error
    return Miss(error, entry.name, what, x, got, at)


def second_misses(entry: Operation, x: Point) -> Iterator[Miss]:
    """The error of each second partial at one point: of the graph of the gradient, differentiated.

    It is divided by the condition number where that is above 1: an intermediate result is rounded as an operand is. At a root it
    is measured against what the condition number would be divided by there.
    """
    for i, j, got in second_partials(entry, x):
        orders = [int(i == k) + int(j == k) for k in range(len(x))]
        exact, at = derivative(entry.name, orders, x), 1.0
        if 0 < abs(exact) < SMALLEST:
            continue
        if exact == 0 and got != 0:
            moved = _moved(entry.name, orders, x)
            error = ulps(got + float(moved), moved) if 0 < moved <= LARGEST else (0.0 if moved else math.inf)
        else:
            error = ulps(got, exact)
            if error > 1:
                at = condition(entry.name, orders, x, exact)
                error /= max(at, 1.0)
        yield Miss(error, entry.name, f"d{i}d{j}", x, got, at)


def second_partials(entry: Operation, x: Point) -> Iterator[tuple[int, int, float]]:
    """Each second partial from the engine, with the numbers of its operands; none where the value raises."""
    if entry.name == "detach":
        return
    operands = _operands(entry, x)
    inner = [(i, v) for i, v in enumerate(operands) if type(v) is autograd.Value]
    values = [v for _, v in inner]
    try:
        slopes = autograd.gradients(spelled(entry)(*operands), values, graph=True)
    except (OverflowError, ZeroDivisionError):
        return
    for (i, _), slope in zip(inner, slopes, strict=True):
        for (j, _), d in zip(inner, autograd.gradients(slope, values), strict=True):
            yield i, j, d


def differentiable(entry: Operation) -> list[int]:
    """The operands by which there is a partial."""
    return [i for i, rule in enumerate(entry.partials) if rule is not None and entry.name != "detach"]


def apply(entry: Operation, x: Point) -> tuple[float, tuple[float, ...]] | None:
    """Value and partials from the engine; None where the value raises."""
    try:
        y = spelled(entry)(*_operands(entry, x))
    except OverflowError:
        return None
    return (y.data, y.partials) if differentiable(entry) else (float(y if isinstance(y, float) else y.data), ())


def _operands(entry: Operation, x: Point) -> list[Any]:
    plain = {1} if entry.name == "pow" and x[0] < 0 else set(range(len(x))) - set(differentiable(entry))
    return [v if i in plain else autograd.Value(v) for i, v in enumerate(x)]


def spelled(entry: Operation) -> Callable[..., Any]:
    """The function of an operation; that of ``where`` takes a condition first."""
    return (lambda x: autograd.where(True, x, 0.0)) if entry.name == "where" else autograd.FUNCTIONS[entry.name]


# The hard points. Both signs where the domain has both.

NEAR_ZERO = (TINY, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-200, 1e-160, 1e-100, 1e-20, 1e-17, 1e-9, 1e-8, 1e-5, 1e-3, 0.01)
MIDDLE = (0.1, 0.25, 0.3, 0.46875, 0.5, 0.66, 0.7, 1 / 3, 0.84375, 0.9, 1 - EPSILON / 2, 1.0, 1 + EPSILON, 1.1, 1.25, 1.5, 1.7,
          2.0, 2.5,
          2.857, 3.0, 3.7, 4.5, 5.0, 5.9, 6.5, 8.0, 10.0, 14.0, 17.3, 20.0, 22.0, 26.5, 27.2, 28.0, 30.0, 33.0)  # fmt: skip
LARGE = (36.8, 38.5, 50.0, 100.0, 300.0, 354.9, 371.0, 600.0, 700.5, 708.3, 709.7, 710.4, 744.0, 1e3, 1e4, 1e6, 9.99e7,
         1.001e8, 1e10, 1e15,
         9007199254740993.0, 1e16, 1e22, 1e100, 1.3e154, 1.4e154, 1e200, 1e300, LARGEST)  # fmt: skip
CIRCLE = (math.pi / 4, math.pi / 2, math.pi, 1.5 * math.pi, 2 * math.pi, 11 * math.pi, 1e5 * math.pi, 6381956970095103 * 2.0**797,
          0.7390851332151607)  # fmt: skip
"""Quarter turns, and the double that is closest to one of all (Muller, Elementary Functions, 2016, section 11.2)."""

AROUND = {"gelu": -0.75, "silu": -1.28, "normal_cdf": -1.1, "digamma": 1.46, "lgamma": 1.5, "gamma": 1.46, "tanh": 0.0,
          "sigmoid": 0.0, "log": 1.0,
          "erf": 1.0, "erfc": 1.0, "asinh": 0.5, "acosh": 2.5, "atanh": 0.5, "softplus": 0.0, "sech": 0.5}  # fmt: skip
"""Where sums cancel in part: sixty random points more."""

ENDS = (*(1 - 2.0**-k for k in (10, 26, 40, 52, 53)), 0.999, 0.99, 0.6, 0.8)
"""Near the ends of (-1, 1)."""

ROOTS = {
    "digamma": (1.4616321449683622, 1.4616321449683625, -0.5040830082644554, -1.5734984731623904, -2.610720868444145),
    "lgamma": (1 + EPSILON, 1 - EPSILON / 2, 2 + 2 * EPSILON, 2 - EPSILON, 0.999, 1.001, 1.999, 2.001, 1.4616321449683622,
    -2.457024738220801,
               -2.7476826467274127, -3.955294284858598),
    "gamma": (1.4616321449683622, 1.4616321449683625, -0.5040830082644554, -1.5734984731623904, 170.6, 171.3, -170.5, -177.5),
    "silu": (-1.2784645427610738,),
    "gelu": (-0.7517915246935645, -0.75179152469356446, -38.0, -37.5, -8.3),
    "sinh": (709.78, 710.4),
}  # fmt: skip
"""Where the value or the derivative is 0, or about to overflow."""

POLES = tuple(-k + sign * e for k in (0, 1, 2, 5, 20) for sign in (1, -1) for e in (1e-10, 1e-3, 0.25, 0.5))
"""Near the poles of the gamma function."""

PAIRS = (TINY, 1e-310, 1e-300, 1e-160, 1e-20, 1e-5, 0.3, 1.0, 1 + EPSILON, 1.7, 3.0, 10.0, 150.5, 1e5, 1e20, 1e155, 1e300,
         LARGEST)
"""Each with each other, for the operations of two operands."""


def points(entry: Operation) -> list[Point]:
    """The points at which one operation is measured: the same on every machine."""
    stream = random.Random(entry.name)
    if entry.many:
        return [tuple(stream.uniform(0.5, 2.0) for _ in range(n)) for n in (2, 4, 6)]
    if entry.name == "polygamma":
        places = (*MIDDLE[::2], 1e-20, 1e-3, 100.0, 1e8, *POLES[8:24:3], -40.3, -100.4)
        return [(float(n), x) for n in (0, 1, 2, 3, 5) for x in places]
    if len(entry.operands) == 2:
        return _pairs(entry, stream)
    if len(entry.operands) > 2:
        return _tuples(entry, stream)
    found = [*NEAR_ZERO, *MIDDLE, *LARGE, *CIRCLE, *ENDS]
    found += [stream.uniform(0, 6) for _ in range(24)] + [2 ** stream.uniform(-60, 60) for _ in range(24)]
    if entry.name in ("gamma", "lgamma", "digamma"):
        found = [*NEAR_ZERO[::3], *MIDDLE, *LARGE[::3], *POLES, *(stream.uniform(0, 20) for _ in range(24)), 40.25, 99.5, 170.0]
    found += [-x for x in found]
    found += ROOTS.get(entry.name, ())
    if entry.name in AROUND:
        found += [AROUND[entry.name] + stream.uniform(-1, 1) for _ in range(60)]
    if entry.name == "log1p":
        found += [-x for x in ENDS]
    if entry.name == "acosh":
        found += [1 + 2.0**-k for k in (10, 26, 40, 51)]
    if entry.name in ("log", "log2", "log10"):
        found += [*ENDS, 1.001]
    smooth_at_zero = not entry.kinks and entry.name not in ("sqrt", "cbrt")
    found += [0.0] * smooth_at_zero
    return [(x,) for x in dict.fromkeys(found) if _inside(entry, (x,))]


def random_points(entry: Operation, n: int) -> Iterator[Point]:
    """So many points inside the domain, of the size of 1, and of any size from 2**-60 to 2**60."""
    stream = random.Random(entry.name)

    def number() -> float:
        size = stream.choice((stream.uniform(0, 9), stream.uniform(0, 2), 2 ** stream.uniform(-60, 60)))
        return stream.choice((-size, size))

    while n:
        x = tuple(number() for _ in entry.operands)
        if entry.name == "polygamma":
            x = (float(stream.randrange(13)), x[1])
        if _inside(entry, x) and (entry.name not in KNOWN or -30 < x[-1] < 1e6):
            yield x
            n -= 1


def value_miss(entry: Operation, x: Point) -> float:
    """The error of the value alone, by 160 bits: quick. What is below the normal numbers is not counted."""
    try:
        got = entry.evaluate(*x)
    except OverflowError:
        return 0.0
    with mp.workprec(160):
        exact = VALUE[entry.name](*[n if rule is None else mpf(n) for n, rule in zip(x, entry.partials, strict=True)])
        error = 0.0 if 0 < abs(exact) < SMALLEST else ulps(got, exact) if exact else abs(got)
    if error > 4:
        at = condition(entry.name, [0] * len(x), x, exact)
        error = error / at if at >= 10 else error
    return error


def second_points(entry: Operation) -> list[Point]:
    """Those at which all that the second partials are made of is a normal number."""
    return [x for x in points(entry) if normal(entry, x)]


def normal(entry: Operation, x: Point) -> bool:
    """Whether value, partials and their slopes, roughly, are neither below the normal numbers nor beyond the largest."""
    y, partials = apply(entry, x) or (math.inf, ())
    if entry.name == "pow" and y == 0 != x[0]:  # below the smallest
        return False
    steep = [d / v for d, v in zip(partials, [x[i] for i in differentiable(entry)], strict=False) if v and abs(v) >= SMALLEST]
    return all(v == 0 or SMALLEST <= abs(v) <= LARGEST for v in (y, *x, *partials)) and all(abs(v) <= LARGEST for v in steep)


def _pairs(entry: Operation, stream: random.Random) -> list[Point]:
    signed = [*PAIRS, *(-x for x in PAIRS)]
    found = list(product(signed, signed))
    found += [(stream.uniform(-9, 9), stream.uniform(-9, 9)) for _ in range(24)]
    if entry.name == "pow":
        found = [(abs(a), b) for a, b in found]
        found += [(a, float(n)) for a in (-2.5, -0.1, -1e100, -1e-100) for n in (-3, -1, 1, 2, 3, 5)]
        found += [(1 + k * EPSILON, b) for k in (-0.5, 1, 3) for b in (1e10, 1e15, -1e16)]
    elif entry.name not in ("atan2", "direction", "copysign"):
        found += [(0.0, b) for b in signed]
        found += [(a, 0.0) for a in signed if entry.name in ("add", "sub", "mul")]
    if entry.name in ("atan2", "direction"):  # where the distance itself is no double, its square root is lost
        found = [(a, b) for a, b in found if min(abs(a), abs(b)) < 1e308]
    if entry.name == "direction":
        found = [(a, b) for a, b in found if max(abs(a), abs(b)) >= SMALLEST]
    if entry.kinks or entry.name == "copysign":
        found = [(a, b) for a, b in found if abs(a) != abs(b) and a != 0]
    return [x for x in dict.fromkeys(found) if entry.name == "pow" or _inside(entry, x)]


def _tuples(entry: Operation, stream: random.Random) -> list[Point]:
    """Of three operands or more: each at every place, where the others are ordinary or small or large together."""
    n = len(entry.operands)
    found = []
    for size in (1.0, 1e-160, 1e100):
        for k in range(n):
            for v in PAIRS:
                x = [size * stream.uniform(-9, 9) for _ in range(n)]
                x[k] = stream.choice((-v, v))
                found.append(tuple(x))
    found += [tuple(stream.uniform(-9, 9) for _ in range(n)) for _ in range(24)]
    return [x for x in found if _inside(entry, x) and all(where(*x) != 0 for where, _ in entry.kinks)]


def _inside(entry: Operation, x: Point) -> bool:
    return all(v in domain and v not in (domain.low, domain.high) for v, domain in zip(x, entry.domain, strict=True))


@cache
def worst(entry: Operation) -> dict[str, Miss]:
    """The largest error of the value and of each partial over all the points."""
    found: dict[str, Miss] = {}
    for x in points(entry):
        for miss in misses(entry, x):
            if miss.what not in found or miss.error > found[miss.what].error:
                found[miss.what] = miss
    return found


@cache
def worst_second(entry: Operation, every: int = 1) -> dict[str, Miss]:
    """The largest error of each second partial over all the points, or every third of them."""
    found: dict[str, Miss] = {}
    for x in second_points(entry)[::every]:
        for miss in second_misses(entry, x):
            if miss.what not in found or miss.error > found[miss.what].error:
                found[miss.what] = miss
    return found


@cache
def worst_of_many(entry: Operation) -> dict[str, float]:
    """The same of an operation of many operands, all of them positive, so that no sum cancels: plain ulps."""
    value = slope = bend = 0.0
    for x in points(entry):
        operands = [autograd.Value(v) for v in x]
        y = _of_many(entry, operands)
        value = max(value, ulps(y.data, derivative(entry.name, [0] * len(x), x)))
        slopes = autograd.gradients(y, operands, graph=True)
        for i, partial in enumerate(y.partials):
            once = [int(i == k) for k in range(len(x))]
            slope = max(slope, ulps(partial, derivative(entry.name, once, x)))
            for j, second in enumerate(autograd.gradients(slopes[i], operands)):
                twice = [order + (j == k) for k, order in enumerate(once)]
                bend = max(bend, ulps(second, derivative(entry.name, twice, x)))
    return {"value": value, "d0": slope, "d0d0": bend}


def _of_many(entry: Operation, operands: list[Any]) -> Any:
    n = len(operands) // 2
    return autograd.dot(operands[:n], operands[n:]) if entry.name == "dot" else getattr(autograd, entry.name)(operands)
