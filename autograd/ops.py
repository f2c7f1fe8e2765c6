"""The table: all that is known of each operation stands here, once.

An entry gives the operation's value, and under it one partial derivative for each operand, written as mathematics:
the rule's arguments are the operands and, last, the result ``y``. All else reads this table: the operators and
functions of `Value`, the gradient and the gradient of the gradient, the compiled kernels, errors, pictures, docs, tests.

>>> print(TABLE["tan"].formula(0))
1 + y * y
>>> TABLE["log"].ieee(0.0)
-inf
>>> TABLE["dot"].local_many([2.0, 3.0, 5.0, 7.0], 31.0)  # 2 * 5 + 3 * 7
[5.0, 7.0, 2.0, 3.0]

A rule is run once, on tracing numbers (see `trace`), so it has no ``if``, ``and`` or ``max``: ``where`` says all of these.
Partials are evaluated in IEEE arithmetic, in which 1/0 is infinity; only a *value* raises, exactly when Python's does.
"""

from __future__ import annotations

import math
import operator
import sys

from autograd import special
from autograd.operation import BY_CODE as BY_CODE
from autograd.operation import LAST_CODE as LAST_CODE
from autograd.operation import TABLE as TABLE
from autograd.operation import define, word
from autograd.trace import COMPARISONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from autograd.operation import Rule

exp, log, sqrt, sin, cos, tan, sinh, cosh, tanh, hypot, copysign, erf, erfc, log1p, maximum, sigmoid, sech, gaussian = map(word, (
    "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "hypot", "copysign", "erf", "erfc", "log1p", "maximum",
    "sigmoid", "sech", "gaussian"))  # fmt: skip
gamma, digamma, polygamma, normal_cdf, normal_pdf, logistic_pdf, direction = map(word, (
    "gamma", "digamma", "polygamma", "normal_cdf", "normal_pdf", "logistic_pdf", "direction"))  # fmt: skip
where = word("where")  # where(condition, a, b): a where the condition holds, else b
prod, cofactor, exponent, lowered = map(word, ("prod", "cofactor", "exponent", "lowered"))
alone: Rule = word("alone", lambda *xs: [len(xs) <= special.MANY_FACTORS] * len(xs))  # numbers of which nobody knows the size
number = float  # a plain number in a rule of many operands
inf, nan = math.inf, math.nan
LN2, LN10 = math.log(2), math.log(10)

# fmt: off

POLES = "(-inf, inf) except 0, -1, -2, ..."
NONZERO = "(-inf, inf) except 0"
REAL = "(-inf, inf)"

# arithmetic
define("add", operator.add,     lambda a, b, y: 1,
                                lambda a, b, y: 1,                      symbol="+", c="({} + {})", doc="the sum")
define("sub", operator.sub,     lambda a, b, y: 1,
                                lambda a, b, y: -1,                     symbol="-", c="({} - {})", doc="the difference")
define("mul", operator.mul,     lambda a, b, y: b,
                                lambda a, b, y: a,                      symbol="*", c="({} * {})", doc="the product")
define("div", operator.truediv, lambda a, b, y: 1 / b,
                                lambda a, b, y: -(y / b),               symbol="/", c="({} / {})", doc="the quotient",
       domain=(REAL, NONZERO))
define("pow", special.power,            lambda a, b, y: where(b < where(y == a, 0, 0.5),             # from 0.5 on b - 1 is exact
                                                      b * y / where(b == 0, where(abs(a) > 0, a, 1), a),   # 0 at b == 0, and still a function of b
                                                      b * a ** (b - 1)),
                                lambda a, b, y: where(a == 0, where(b > 0, 0, y * log(a)), y * log(a)),  # nan at a < 0: not differentiable by b
       symbol="**", c="power({}, {})", beyond=special.beyond_power, domain=("(0, inf)", REAL),
       doc="a to the power of b; a < 0 with whole b only")
define("neg", operator.neg,     lambda x, y: -1,                        symbol="-", c="(-{})", doc="the negative")
define("abs", abs,              lambda x, y: where(x > 0, 1, where(x < 0, -1, where(x == 0, 0, x))),  # nan at nan
       kinks=[(lambda x: x, ((-1, 1),))], c="fabs({})", choice=True, doc="the absolute value; derivative 0 at 0", numpy="fabs")

# exponentials and logarithms
define("exp",   math.exp,       lambda x, y: y,                         c="exp({})",   doc="e to the power of x")
define("exp2",  math.exp2,      lambda x, y: y * LN2,                   c="exp2({})",  doc="2 to the power of x")
define("expm1", math.expm1,     lambda x, y: exp(x),                    c="expm1({})", doc="exp(x) - 1, exact near 0")
define("log",   math.log,       lambda x, y: 1 / x,                     c="log({})",   doc="the natural logarithm",
       domain="(0, inf)",  beyond=lambda x: -inf if x == 0 else nan)
define("log1p", math.log1p,     lambda x, y: 1 / (1 + x),               c="log1p({})", doc="log(1 + x), exact near 0",
       domain="(-1, inf)", beyond=lambda x: -inf if x == -1 else nan)
define("log2",  math.log2,      lambda x, y: 1 / LN2 / x,               c="log2({})",  doc="the logarithm to base 2",
       domain="(0, inf)",  beyond=lambda x: -inf if x == 0 else nan)
define("log10", math.log10,     lambda x, y: 1 / LN10 / x,              c="log10({})", doc="the logarithm to base 10",
       domain="(0, inf)",  beyond=lambda x: -inf if x == 0 else nan)

# roots
define("sqrt",  math.sqrt,      lambda x, y: 0.5 / y,                   c="sqrt({})",  doc="the square root", domain="[0, inf)")  # inf at x == 0
define("cbrt",  math.cbrt,      lambda x, y: where(abs(x) < 1e-160, 1 / (3 * (y * y)),            # inf at x == 0
                                                   where(abs(x) < inf, y / x / 3, 1 / (y * y))),  # with the fewest roundings
       c="cbrt({})", doc="the cube root")
define("hypot", special.hypot,        lambda a, b, y: direction(a, b),
                                lambda a, b, y: direction(b, a),        c="hypot({}, {})", doc="sqrt(a*a + b*b) without overflow",
       kinks=[(lambda a, b: abs(a) + abs(b), ((-1, 1), (-1, 1)))])
over: Rule = lambda a, distance: where(distance == 0, 0, a / distance)
bent: Rule = lambda x, t, side: x / abs(side) / ((1 + t * t) * sqrt(1 + t * t))
turned: Rule = lambda a, b, flat, steep: where(abs(a) < abs(b), flat(a / b, b), where(a == 0, 0, steep(b / a, a)))
define("direction", lambda a, b: over(a, hypot(a, b)),                  # b*b / hypot(a, b)**3, for 1 / hypot(a, b) - a*a / ... loses digits
                                lambda a, b, y: turned(a, b, lambda t, b: bent(1, t, b), lambda t, a: bent(t, t, a) * t),
                                lambda a, b, y: -turned(a, b, lambda t, b: bent(t, t, b), lambda t, a: bent(t, t, a)),
       doc="a / hypot(a, b), the cosine of the angle between (a, b) and (1, 0); 0 at the origin", domain=(NONZERO, NONZERO))

# circular functions
define("sin",   math.sin,       lambda x, y: cos(x),                    c="sin({})",   doc="the sine")
define("cos",   math.cos,       lambda x, y: -sin(x),                   c="cos({})",   doc="the cosine")
define("tan",   math.tan,       lambda x, y: 1 + y * y,                 c="tan({})",   doc="the tangent")
one_less_square: Rule = lambda x: where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))  # either form loses digits elsewhere: of the derivative, of the value
define("asin",  math.asin,      lambda x, y: 1 / sqrt(one_less_square(x)),  c="asin({})", doc="the arc sine", numpy="arcsin", domain="[-1, 1]")  # inf at -1, 1
define("acos",  math.acos,      lambda x, y: -1 / sqrt(one_less_square(x)), c="acos({})", doc="the arc cosine", numpy="arccos", domain="[-1, 1]")  # -inf at -1, 1
define("atan",  math.atan,      lambda x, y: where(abs(x) < 1e8, 1 / (1 + x * x), (1 / x) / (x + 1 / x)),
       c="atan({})", doc="the arc tangent", numpy="arctan")
over_square: Rule = lambda a, b: where(abs(a) < abs(b), a / b / b / (1 + (a / b) * (a / b)), 1 / a / (1 + (b / a) * (b / a)))  # a / (a*a + b*b)
define("atan2", math.atan2,     lambda a, b, y: over_square(b, a),
                                lambda a, b, y: -over_square(a, b),
       c="atan2({}, {})", doc="the angle of the point (b, a), in (-pi, pi]", numpy="arctan2", domain=(NONZERO, NONZERO))

# hyperbolic functions
define("sinh",  math.sinh,      lambda x, y: cosh(x),                   c="sinh({})",  doc="the hyperbolic sine", beyond=lambda x: math.copysign(inf, x))
define("cosh",  math.cosh,      lambda x, y: sinh(x),                   c="cosh({})",  doc="the hyperbolic cosine")
define("tanh",  math.tanh,      lambda x, y: sech(x) * sech(x),         c="tanh({})",  doc="the hyperbolic tangent")  # 1 - y*y loses digits
define("sech",  lambda x: 1 / cosh(x), lambda x, y: -(y * tanh(x)),                    doc="the hyperbolic secant, 1 / cosh(x)")
define("asinh", math.asinh,     lambda x, y: where(abs(x) < 1e8, 1 / sqrt(1 + x * x), 1 / abs(x)),
       c="asinh({})", doc="the inverse hyperbolic sine", numpy="arcsinh")
define("acosh", math.acosh,     lambda x, y: 1 / (sqrt(x - 1) * sqrt(x + 1)), c="acosh({})", doc="the inverse hyperbolic cosine", numpy="arccosh",
       domain="[1, inf)")                                                                                            # inf at x == 1
define("atanh", math.atanh,     lambda x, y: 1 / one_less_square(x),    c="atanh({})", doc="the inverse hyperbolic tangent", numpy="arctanh",
       domain="(-1, 1)", beyond=lambda x: math.copysign(inf, x) if abs(x) == 1 else nan)

SPLITTER = 2.0**27 + 1  # Veltkamp's: splits a double into two halves of 26 bits (Dekker 1971)
SQRT_PI, TWO_OVER_SQRT_PI, ONE_OVER_SQRT_TWO_PI = math.sqrt(math.pi), 2 / math.sqrt(math.pi), 1 / math.sqrt(2 * math.pi)
SQRT_HALF = math.sqrt(0.5)
SQRT_HALF_LOW = -4.833646656726457e-17  # sqrt(1/2) to twice the digits is SQRT_HALF + SQRT_HALF_LOW
SQRT_HALF_HIGH = SPLITTER * SQRT_HALF - (SPLITTER * SQRT_HALF - SQRT_HALF)  # its first 26 bits

# the error function, and e to the power of -x**2, with what the rounding of x*x has lost put back
square_lost: Rule = lambda x, high: high * high - x * x + (x - high) * (x + high)
restored: Rule = lambda y, x: y - y * square_lost(x, SPLITTER * x - (SPLITTER * x - x))
define("gaussian", lambda x: where(abs(x) < 28, restored(exp(-(x * x)), x), exp(-(x * x))),
                                lambda x, y: -2 * (x * y),              doc="exp(-x*x), with all its digits")
define("erf",   math.erf,       lambda x, y: TWO_OVER_SQRT_PI * gaussian(x),  c="erf({})",  doc="the error function")
define("erfc",  math.erfc,      lambda x, y: -TWO_OVER_SQRT_PI * gaussian(x), c="erfc({})", doc="1 - erf(x), exact for large x")

# the normal distribution; erfc in its tail feels what the rounding of x / sqrt(2) has lost
half_lost: Rule = lambda x, u, high: (SQRT_HALF_HIGH * high - u + SQRT_HALF_HIGH * (x - high)
                                + (SQRT_HALF - SQRT_HALF_HIGH) * x + SQRT_HALF_LOW * x)
tail: Rule = lambda x, u: erfc(-u) / 2 + exp(-(u * u)) * half_lost(x, u, SPLITTER * x - (SPLITTER * x - x)) / SQRT_PI
halved: Rule = lambda y, x: y - y * square_lost(x, SPLITTER * x - (SPLITTER * x - x)) / 2
define("normal_cdf", lambda x: where(abs(x) < 40, tail(x, SQRT_HALF * x), erfc(-SQRT_HALF * x) / 2),
                                lambda x, y: normal_pdf(x),             doc="the normal distribution function")
define("normal_pdf", lambda x: where(abs(x) < 40, halved(ONE_OVER_SQRT_TWO_PI * exp(-(x * x / 2)), x), exp(-(x * x / 2))),
                                lambda x, y: -x * y,                    doc="the density of the normal distribution")

# the gamma function
define("gamma",  math.gamma,    lambda x, y: y * digamma(x),            doc="the gamma function", domain=POLES,
       beyond=special.gamma_beyond)
define("lgamma", special.lgamma, lambda x, y: digamma(x),               doc="log(abs(gamma(x)))", domain=POLES, beyond=lambda x: inf)
define("digamma", special.digamma, lambda x, y: polygamma(1, x),        doc="the derivative of lgamma", domain=POLES)
define("polygamma", special.polygamma, None, lambda n, x, y: polygamma(n + 1, x),
       doc="the n-th derivative of digamma; n is a plain whole number", domain=("[0, inf)", POLES))

# activations
define("sigmoid", lambda x: where(x < 0, exp(-abs(x)), 1) / (1 + exp(-abs(x))),
                                lambda x, y: logistic_pdf(x),           doc="the logistic function 1 / (1 + exp(-x))")
bell: Rule = lambda e: e / ((1 + e) * (1 + e))
define("logistic_pdf", lambda x: bell(exp(-abs(x))),                    # y (1 - y) of y = sigmoid(x) loses digits,
                                lambda x, y: -(y * tanh(x / 2)),        # and so does y (sigmoid(-x) - sigmoid(x))
       doc="the density of the logistic distribution, sigmoid(x) * sigmoid(-x)")
define("relu",  lambda x: where(x <= 0, 0, x),
                                lambda x, y: where(x <= 0, 0, 1),       doc="max(x, 0); derivative 0 at 0", ascii="ReLU", choice=True,
       kinks=[(lambda x: x, ((0, 1),))])
define("leaky_relu", lambda x, slope: where(x > 0, x, slope * x),
                                lambda x, slope, y: where(x > 0, 1, slope),
                                lambda x, slope, y: where(x > 0, 0, x), doc="x if x > 0 else slope * x; derivative slope at 0",
       kinks=[(lambda x, slope: x, ((lambda x, slope: slope, 1), (0, 0)))], defaults=(0.01,), choice=True)
define("gelu",  lambda x: x * normal_cdf(x),
                                lambda x, y: where(abs(x - special.GELU_LOWEST[0]) < 0.5, special.gelu_slope(x), normal_cdf(x) + x * normal_pdf(x)),
       doc="x times the normal distribution function, exact (erf)")
define("silu",  lambda x: x * sigmoid(x),
                                lambda x, y: sigmoid(x) * where(x < 0, (1 + x + exp(x)) / (1 + exp(x)), 1 + x * sigmoid(-x)), doc="x * sigmoid(x)")
define("softplus", lambda x: where(x > 0, x, 0) + log1p(exp(-abs(x))),
                                lambda x, y: sigmoid(x),                doc="log(1 + exp(x)) without overflow")
define("step",  lambda x: where(x >= 0, 1, where(x < 0, 0, x)),
                                lambda x, y: 0,                         doc="1 if x >= 0 else 0; derivative 0 everywhere",
       kinks=[(lambda x: x, ((0, inf),))], choice=True)

# choices
define("maximum", lambda a, b: where(a >= b, a, where(a < b, b, a + b)),
                                lambda a, b, y: where(a > b, 1, where(a < b, 0, 0.5)),
                                lambda a, b, y: where(a > b, 0, where(a < b, 1, 0.5)), doc="the larger; a tie splits the gradient evenly",
       kinks=[(lambda a, b: a - b, ((0, 1), (0, 1)))], choice=True)
define("minimum", lambda a, b: where(a <= b, a, where(a > b, b, a + b)),
                                lambda a, b, y: where(a < b, 1, where(a > b, 0, 0.5)),
                                lambda a, b, y: where(a < b, 0, where(a > b, 1, 0.5)), doc="the smaller; a tie splits the gradient evenly",
       kinks=[(lambda a, b: a - b, ((0, 1), (0, 1)))], choice=True)
define("clip",  lambda x, low, high: where(x > high, high, where(x < low, low, x)),
                                lambda x, low, high, y: where(x > high, 0, where(x < low, 0, 1)),
                                lambda x, low, high, y: where(x > high, 0, where(x < low, 1, 0)),
                                lambda x, low, high, y: where(x > high, 1, 0), doc="x limited to low ... high; derivative 1 at the limits",
       kinks=[(lambda x, low, high: x - low, ((0, 1), (0, 1), (0, 1))), (lambda x, low, high: x - high, ((0, 1), (0, 1), (0, 1)))],
       choice=True)
define("copysign", special.signed,
                                lambda a, b, y: where(a == 0, 0, copysign(1, a) * copysign(1, b)),
                                lambda a, b, y: 0,                      doc="the size of a with the sign of b; nan counts as positive", c="signed_as({}, {})",
       kinks=[(lambda a, b: a, ((-1, 1), (0, 0))), (lambda a, b: b, ((-1, 1), (-inf, inf)))], choice=True)
define("where", lambda x: x,    lambda x, y: 1,          choice=True,   doc="a if condition else b: an edge to the side taken only")
define("detach", lambda x: x,   lambda x, y: 0,          choice=True,   doc="a new leaf with the number of x: no gradient passes")
define("identity", lambda x: x, lambda x, y: 1,                         doc="x itself, as a node of its own")

# Of many operands, a list: value and rule run on numbers of any kind, from left to right (Python 3.12's sum rounds otherwise).


def running_sum(xs: Sequence[Any]) -> Any:
    """x1 + x2 + ..."""
    y: Any = number(0)
    for x in xs:
        y = y + x
    return y


def running_product(xs: Sequence[Any]) -> Any:
    """x1 * x2 * ..."""
    y: Any = number(1)
    for x in xs:
        y = y * x
    return y


def products_of_others(xs: Sequence[Any], _: Any) -> list[Any]:
    """For each operand the product of all the others, without a division.

    A few have a product each, which is right in every order of derivatives. More of them share products, unless one of any of them
    may leave the doubles: then those that stand `alone` have a product each all the same, and from what the rest share the
    exponents are taken out on the way; a derivative of that is right where the partial itself is a double.
    """
    n = len(xs)
    if n <= special.FEW_FACTORS:
        return [product_of([*xs[:i], *xs[i + 1 :]]) for i in range(n)]
    apart = alone(*xs)
    if not apart:
        before, after = products_before(xs), products_before(xs[::-1])[::-1]
        return [after[0], *[a * b for a, b in zip(before[1:-1], after[1:-1], strict=True)], before[-1]]
    shared = [number(0)] * n if all(apart) else lowered_products(xs)
    return [cofactor(number(i), *xs[:i], *xs[i + 1 :]) if apart[i] else shared[i] for i in range(n)]


def product_of(xs: Sequence[Any]) -> Any:
    """The product as one operation."""
    if len(xs) < 3:
        return xs[0] * xs[1] if len(xs) == 2 else xs[0] if xs else number(1)
    return prod(*xs)


def products_before(xs: Sequence[Any]) -> list[Any]:
    """For each number the product of those before it."""
    found = [number(1), xs[0]]
    for x in xs[1:-1]:
        found.append(found[-1] * x)
    return found


def lowered_products(xs: Sequence[Any]) -> list[Any]:
    """For each number the product of the others, made of shared products that stay near 1."""
    exponents = [exponent(x) for x in xs]
    parts = [lowered(x, k) for x, k in zip(xs, exponents, strict=True)]
    before, after = parts_before(parts, exponents), parts_before(parts[::-1], exponents[::-1])[::-1]
    return [lowered(a * b, j + k) for (a, j), (b, k) in zip(before, after, strict=True)]


def parts_before(parts: Sequence[Any], exponents: Sequence[Any]) -> list[tuple[Any, Any]]:
    """For each number the product of the parts before it, and by which exponent that is to be lowered."""
    found = []
    y: Any = number(1)
    k: Any = number(0)
    for i, (x, taken) in enumerate(zip(parts, exponents, strict=True)):
        found.append((y, k))
        y, k = y * x, k - taken
        if i % 8 == 7:
            grown = exponent(y)
            y, k = lowered(y, grown), k - grown
    return found


def average(xs: Sequence[Any]) -> Any:
    """(x1 + x2 + ...) / n."""
    if not xs:
        message = "the mean of no numbers is undefined"
        raise ValueError(message)
    return running_sum(xs) / len(xs)


def dot_product(xs: Sequence[Any]) -> Any:
    """The operands are all w, then all x, then the bias if there is one, which is added first."""
    n = len(xs) // 2
    y: Any = number(0) + (xs[-1] if len(xs) % 2 else number(0))
    for w, x in zip(xs[:n], xs[n : 2 * n], strict=True):
        y = y + w * x
    return y


def log_sum_exp(xs: Sequence[Any]) -> Any:
    """Shifted by the largest, so that nothing overflows."""
    if not xs:
        message = "logsumexp of no numbers is undefined"
        raise ValueError(message)
    top = xs[0]
    for x in xs[1:]:
        top = maximum(top, x)
    return where(abs(top) == inf, top, top + log(running_sum([exp(x - top) for x in xs])))


def shares(xs: Sequence[Any], y: Any) -> list[Any]:
    """exp(x) / sum(exp(x)) for each x, where y is logsumexp(xs): whatever was rounded off from y, they add up to 1.

    Where all operands are -inf each is 0: a finite number is taken off, and the total is 0. Else it is at least 1 / len(xs).
    """
    shift = maximum(y, -sys.float_info.max)
    parts = [exp(x - shift) for x in xs]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    total = maximum(total, 2.0**-64)
    return [part / total for part in parts]


def picked(xs: Sequence[Any]) -> Any:
    """Of all operands but the first that one whose number, counted from 0, the first one is."""
    y = xs[1]
    for k in range(1, len(xs) - 1):
        y = where(xs[0] == k, xs[k + 1], y)
    return y


define("sum",   running_sum,    lambda xs, y: [number(1)] * len(xs),             many=True, symbol="Σ", doc="the sum, from left to right")
define("prod",  running_product, products_of_others,                             many=True, symbol="Π", doc="the product, from left to right",
       floats=(special.product, special.cofactors))
define("mean",  average,        lambda xs, y: [number(1) / len(xs)] * len(xs),   many=True,             doc="the arithmetic mean")
define("dot",   dot_product,    lambda xs, y: [*xs[len(xs) // 2: len(xs) // 2 * 2], *xs[: len(xs) // 2], *[number(1)] * (len(xs) % 2)],
       many=True, symbol="·", doc="bias + w1 x1 + w2 x2 + ..., one node")
define("logsumexp", log_sum_exp, shares, many=True,            doc="log(exp(x1) + exp(x2) + ...) without overflow")

# Internal: what a recorded program says besides. A condition is a number, 1 or 0; there is no derivative by it.
define("lt", lambda a, b: float(a < b),  None, None, symbol="<",  c="(double)({} < {})",  choice=True, doc="1 if a < b else 0")
define("le", lambda a, b: float(a <= b), None, None, symbol="<=", c="(double)({} <= {})", choice=True, doc="1 if a <= b else 0")
define("gt", lambda a, b: float(a > b),  None, None, symbol=">",  c="(double)({} > {})",  choice=True, doc="1 if a > b else 0")
define("ge", lambda a, b: float(a >= b), None, None, symbol=">=", c="(double)({} >= {})", choice=True, doc="1 if a >= b else 0")
define("eq", lambda a, b: float(a == b), None, None, symbol="==", c="(double)({} == {})", choice=True, doc="1 if a == b else 0")
define("ne", lambda a, b: float(a != b), None, None, symbol="!=", c="(double)({} != {})", choice=True, doc="1 if a != b else 0")
define("both",   lambda a, b: float(a != 0 and b != 0), None, None, symbol="&", c="(double)(({} != 0) & ({} != 0))", choice=True, doc="1 if both hold else 0")
define("either", lambda a, b: float(a != 0 or b != 0),  None, None, symbol="|", c="(double)(({} != 0) | ({} != 0))", choice=True, doc="1 if one holds else 0")
define("negate", lambda x: float(x == 0), None, symbol="~", c="(double)({} == 0)", choice=True, doc="1 if x does not hold else 0")
define("choose", lambda c, a, b: a if c != 0 else b, None,
                                lambda c, a, b, y: where(c != 0, 1, 0),
                                lambda c, a, b, y: where(c != 0, 0, 1), c="({} != 0 ? {} : {})", choice=True, doc="a if c holds else b")

# And the term of a gradient: what comes in times a partial. Exactly 0 passes nothing on; nor does in a choice a partial of 0.
# In the next order too: an infinity behind an edge that is closed stays there.
define("chain_term", lambda g, d: g * d if g != 0 else 0.0,
                                lambda g, d, y: d,
                                lambda g, d, y: g,         choice=True, symbol="*", c="({0} != 0 ? {0} * {1} : 0.0)",
       doc="g * d; 0 at g == 0, whatever d is")
define("gated_term", lambda g, d: g * d if g != 0 and d != 0 else 0.0,
                                lambda g, d, y: d,
                                lambda g, d, y: g,         choice=True, symbol="*", c="((({0} != 0) & ({1} != 0)) ? {0} * {1} : 0.0)",
       doc="g * d; 0 where one of them is 0, whatever the other is")

# And what takes the exponents out of a product of many: they are as good as constants.
define("exponent", special.exponent_of, lambda x, y: 0,    choice=True, c="exponent_of({})", doc="the whole part of log2(abs(x)); 0 where there is none")
define("lowered", special.lowered_by, lambda a, k, y: lowered(1, k),
                                lambda a, k, y: 0,         choice=True, c="lowered({}, {})", doc="a * 2**-k of a whole k")
define("cofactor", lambda xs: running_product(xs[1:]), lambda xs, y: [number(0), *products_of_others(xs[1:], y)], many=True, symbol="Π",
       floats=(special.product_around, special.cofactors_around),
       doc="the product of all but the first, which says how many of them stand before the one that is left out")

# And what is picked by an index, a whole number that is the first operand: nothing passes to the others, whatever they are.
define("take", picked, lambda xs, y: [number(0), *[where(xs[0] == k, number(1), number(0)) for k in range(len(xs) - 1)]], many=True, choice=True,
       floats=(special.numbered, special.unit_numbered), doc="of all operands but the first that one whose number, from 0, the first one is")

# fmt: on

CONDITIONS = (*COMPARISONS, "both", "either", "negate")
INTERNAL = {name: TABLE.pop(name) for name in (*CONDITIONS, "choose", "chain_term", "gated_term", "exponent", "lowered", "cofactor", "take")}
"""The entries that have a code but no function, no method and no docs: what rules and recorded functions say besides."""

BUILTIN = len(BY_CODE)
"""Codes from here on belong to users' operations."""
