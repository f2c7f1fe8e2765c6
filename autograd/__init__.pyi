"""Written by docs/make_stubs.py."""

from collections.abc import Callable
from typing import Any, overload

from autograd.check import (
    check_gradients as check_gradients,
)
from autograd.derivative import (
    grad as grad,
    gradients as gradients,
    hessian as hessian,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
    value_and_grad as value_and_grad,
)
from autograd.functions import (
    FUNCTIONS as FUNCTIONS,
    detach as detach,
    dot as dot,
    logsumexp as logsumexp,
    mean as mean,
    prod as prod,
    softmax as softmax,
    sum as sum,
    where as where,
)
from autograd.indices import (
    index as index,
    take as take,
)
from autograd.programs.families import (
    family as family,
)
from autograd.programs.program import (
    Program as Program,
    record as record,
)
from autograd.programs.repeated import (
    map as map,
    scan as scan,
)
from autograd.registry import (
    op as op,
)
from autograd.structures import (
    register_structure as register_structure,
)
from autograd.value import (
    COMPILED as COMPILED,
    Value as Value,
    no_grad as no_grad,
    scope as scope,
)
from autograd.value import Number, Plain

__version__: str
__all__ = ['COMPILED', 'Program', 'Value', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'check_gradients', 'clip', 'copysign', 'cos', 'cosh', 'detach', 'digamma', 'direction', 'dot', 'erf', 'erfc', 'exp', 'exp2', 'expm1', 'family', 'gamma', 'gaussian', 'gelu', 'grad', 'gradients', 'hessian', 'hvp', 'hypot', 'identity', 'index', 'jacobian', 'jvp', 'leaky_relu', 'lgamma', 'log', 'log10', 'log1p', 'log2', 'logistic_pdf', 'logsumexp', 'maximum', 'mean', 'minimum', 'no_grad', 'normal_cdf', 'normal_pdf', 'op', 'polygamma', 'prod', 'record', 'register_structure', 'relu', 'scan', 'scope', 'sech', 'sigmoid', 'silu', 'sin', 'sinh', 'softmax', 'softplus', 'sqrt', 'step', 'take', 'tan', 'tanh', 'value_and_grad', 'where']

@overload
def abs(x: Value) -> Value:
    """abs(x): the absolute value; derivative 0 at 0.

    d/dx = where(x > 0, 1, where(x < 0, -1, where(x == 0, 0, x)))
    Domain: x in (-inf, inf).
    Kink at x == 0: d/dx = 0 of [-1, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
    """
@overload
def abs(x: Plain) -> float: ...
@overload
def acos(x: Value) -> Value:
    """autograd.acos(x) or x.acos(): the arc cosine.

    d/dx = -1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
    Domain: x in [-1, 1].
    Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def acos(x: Plain) -> float: ...
@overload
def acosh(x: Value) -> Value:
    """autograd.acosh(x) or x.acosh(): the inverse hyperbolic cosine.

    d/dx = 1 / (sqrt(x - 1) * sqrt(x + 1))
    Domain: x in [1, inf).
    Error in units in the last place: value 1.0, d/dx 2.0 (docs/ops.md says where).
    """
@overload
def acosh(x: Plain) -> float: ...
@overload
def asin(x: Value) -> Value:
    """autograd.asin(x) or x.asin(): the arc sine.

    d/dx = 1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
    Domain: x in [-1, 1].
    Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def asin(x: Plain) -> float: ...
@overload
def asinh(x: Value) -> Value:
    """autograd.asinh(x) or x.asinh(): the inverse hyperbolic sine.

    d/dx = where(abs(x) < 100000000, 1 / sqrt(1 + x * x), 1 / abs(x))
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def asinh(x: Plain) -> float: ...
@overload
def atan(x: Value) -> Value:
    """autograd.atan(x) or x.atan(): the arc tangent.

    d/dx = where(abs(x) < 100000000, 1 / (1 + x * x), 1 / x / (x + 1 / x))
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def atan(x: Plain) -> float: ...
@overload
def atan2(a: Value, b: Number) -> Value:
    """autograd.atan2(a, b) or a.atan2(b): the angle of the point (b, a), in (-pi, pi].

    d/da = where(abs(b) < abs(a), b / a / a / (1 + b / a * (b / a)), 1 / b / (1 + a / b * (a / b)))
    d/db = -where(abs(a) < abs(b), a / b / b / (1 + a / b * (a / b)), 1 / a / (1 + b / a * (b / a)))
    Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
    Error in units in the last place: value 0.5, d/da 2.0, d/db 2.0 (docs/ops.md says where).
    """
@overload
def atan2(a: Plain, b: Value) -> Value: ...
@overload
def atan2(a: Plain, b: Plain) -> float: ...
@overload
def atanh(x: Value) -> Value:
    """autograd.atanh(x) or x.atanh(): the inverse hyperbolic tangent.

    d/dx = 1 / where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))
    Domain: x in (-1, 1).
    Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def atanh(x: Plain) -> float: ...
@overload
def cbrt(x: Value) -> Value:
    """autograd.cbrt(x) or x.cbrt(): the cube root.

    d/dx = where(abs(x) < 1e-160, 1 / (3 * (y * y)), where(abs(x) < inf, y / x / 3, 1 / (y * y)))
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 3.0, d/dx 3.0 (docs/ops.md says where).
    """
@overload
def cbrt(x: Plain) -> float: ...
@overload
def clip(x: Value, low: Number, high: Number) -> Value:
    """autograd.clip(x, low, high) or x.clip(low, high): x limited to low ... high; derivative 1 at the limits.

    d/dx = where(x > high, 0, where(x < low, 0, 1))
    d/dlow = where(x > high, 0, where(x < low, 1, 0))
    d/dhigh = where(x > high, 1, 0)
    Domain: x in (-inf, inf), low in (-inf, inf), high in (-inf, inf).
    Kink at x - low == 0: d/dx = 1 of [0, 1], d/dlow = 0 of [0, 1], d/dhigh = 0 of [0, 1].
    Kink at x - high == 0: d/dx = 1 of [0, 1], d/dlow = 0 of [0, 1], d/dhigh = 0 of [0, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/dx 0.0, d/dlow 0.0, d/dhigh 0.0 (docs/ops.md says where).
    """
@overload
def clip(x: Plain, low: Value, high: Number) -> Value: ...
@overload
def clip(x: Plain, low: Plain, high: Value) -> Value: ...
@overload
def clip(x: Plain, low: Plain, high: Plain) -> float: ...
@overload
def copysign(a: Value, b: Number) -> Value:
    """autograd.copysign(a, b) or a.copysign(b): the size of a with the sign of b; nan counts as positive.

    d/da = where(a == 0, 0, copysign(1, a) * copysign(1, b))
    d/db = 0
    Domain: a in (-inf, inf), b in (-inf, inf).
    Kink at a == 0: d/da = 0 of [-1, 1].
    Kink at b == 0: d/da = 1 of [-1, 1], d/db = 0 of [-inf, inf].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
    """
@overload
def copysign(a: Plain, b: Value) -> Value: ...
@overload
def copysign(a: Plain, b: Plain) -> float: ...
@overload
def cos(x: Value) -> Value:
    """autograd.cos(x) or x.cos(): the cosine.

    d/dx = -sin(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
    """
@overload
def cos(x: Plain) -> float: ...
@overload
def cosh(x: Value) -> Value:
    """autograd.cosh(x) or x.cosh(): the hyperbolic cosine.

    d/dx = sinh(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def cosh(x: Plain) -> float: ...
@overload
def digamma(x: Value) -> Value:
    """autograd.digamma(x) or x.digamma(): the derivative of lgamma.

    d/dx = polygamma(1, x)
    Domain: x in (-inf, inf) except 0, -1, -2, ....
    Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def digamma(x: Plain) -> float: ...
@overload
def direction(a: Value, b: Number) -> Value:
    """autograd.direction(a, b) or a.direction(b): a / hypot(a, b), the cosine of the angle between (a, b) and (1, 0); 0 at the origin.

    d/da = where(abs(a) < abs(b), 1 / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... * (b / a)))
    d/db = -where(abs(a) < abs(b), a / b / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... / (... * ...)))
    Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
    Error in units in the last place: value 1.0, d/da 3.0, d/db 2.5 (docs/ops.md says where).
    """
@overload
def direction(a: Plain, b: Value) -> Value: ...
@overload
def direction(a: Plain, b: Plain) -> float: ...
@overload
def erf(x: Value) -> Value:
    """autograd.erf(x) or x.erf(): the error function.

    d/dx = (2/sqrt(pi)) * gaussian(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def erf(x: Plain) -> float: ...
@overload
def erfc(x: Value) -> Value:
    """autograd.erfc(x) or x.erfc(): 1 - erf(x), exact for large x.

    d/dx = -(2/sqrt(pi)) * gaussian(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def erfc(x: Plain) -> float: ...
@overload
def exp(x: Value) -> Value:
    """autograd.exp(x) or x.exp(): e to the power of x.

    d/dx = y
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
    """
@overload
def exp(x: Plain) -> float: ...
@overload
def exp2(x: Value) -> Value:
    """autograd.exp2(x) or x.exp2(): 2 to the power of x.

    d/dx = y * log(2)
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def exp2(x: Plain) -> float: ...
@overload
def expm1(x: Value) -> Value:
    """autograd.expm1(x) or x.expm1(): exp(x) - 1, exact near 0.

    d/dx = exp(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.0, d/dx 0.5 (docs/ops.md says where).
    """
@overload
def expm1(x: Plain) -> float: ...
@overload
def gamma(x: Value) -> Value:
    """autograd.gamma(x) or x.gamma(): the gamma function.

    d/dx = y * digamma(x)
    y is the result.
    Domain: x in (-inf, inf) except 0, -1, -2, ....
    Error in units in the last place: value 3.5, d/dx 4.0 (docs/ops.md says where).
    """
@overload
def gamma(x: Plain) -> float: ...
@overload
def gaussian(x: Value) -> Value:
    """autograd.gaussian(x) or x.gaussian(): exp(-x*x), with all its digits.

    d/dx = -2 * (x * y)
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def gaussian(x: Plain) -> float: ...
@overload
def gelu(x: Value) -> Value:
    """autograd.gelu(x) or x.gelu(): x times the normal distribution function, exact (erf).

    d/dx = where(abs(...) < 0.5, (... + 0.43149399231404695) * (... - 1.4956759177009883e-17), normal_cdf(x) + x * ...)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).
    """
@overload
def gelu(x: Plain) -> float: ...
@overload
def hypot(a: Value, b: Number) -> Value:
    """autograd.hypot(a, b) or a.hypot(b): sqrt(a*a + b*b) without overflow.

    d/da = direction(a, b)
    d/db = direction(b, a)
    Domain: a in (-inf, inf), b in (-inf, inf).
    Kink at abs(a) + abs(b) == 0: d/da = 0 of [-1, 1], d/db = 0 of [-1, 1].
    Error in units in the last place: value 0.5, d/da 1.5, d/db 1.0 (docs/ops.md says where).
    """
@overload
def hypot(a: Plain, b: Value) -> Value: ...
@overload
def hypot(a: Plain, b: Plain) -> float: ...
@overload
def identity(x: Value) -> Value:
    """autograd.identity(x) or x.identity(): x itself, as a node of its own.

    d/dx = 1
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
    """
@overload
def identity(x: Plain) -> float: ...
@overload
def leaky_relu(x: Value, slope: Number = 0.01) -> Value:
    """autograd.leaky_relu(x, slope=0.01) or x.leaky_relu(slope=0.01): x if x > 0 else slope * x; derivative slope at 0.

    d/dx = where(x > 0, 1, slope)
    d/dslope = where(x > 0, 0, x)
    Domain: x in (-inf, inf), slope in (-inf, inf).
    Kink at x == 0: d/dx = slope of [slope, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.5, d/dx 0.0, d/dslope 0.0 (docs/ops.md says where).
    """
@overload
def leaky_relu(x: Plain, slope: Value) -> Value: ...
@overload
def leaky_relu(x: Plain, slope: Plain = 0.01) -> float: ...
@overload
def lgamma(x: Value) -> Value:
    """autograd.lgamma(x) or x.lgamma(): log(abs(gamma(x))).

    d/dx = digamma(x)
    Domain: x in (-inf, inf) except 0, -1, -2, ....
    Error in units in the last place: value 2.0, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def lgamma(x: Plain) -> float: ...
@overload
def log(x: Value) -> Value:
    """autograd.log(x) or x.log(): the natural logarithm.

    d/dx = 1 / x
    Domain: x in (0, inf).
    Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
    """
@overload
def log(x: Plain) -> float: ...
@overload
def log10(x: Value) -> Value:
    """autograd.log10(x) or x.log10(): the logarithm to base 10.

    d/dx = (1/log(10)) / x
    Domain: x in (0, inf).
    Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).
    """
@overload
def log10(x: Plain) -> float: ...
@overload
def log1p(x: Value) -> Value:
    """autograd.log1p(x) or x.log1p(): log(1 + x), exact near 0.

    d/dx = 1 / (1 + x)
    Domain: x in (-1, inf).
    Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def log1p(x: Plain) -> float: ...
@overload
def log2(x: Value) -> Value:
    """autograd.log2(x) or x.log2(): the logarithm to base 2.

    d/dx = (1/log(2)) / x
    Domain: x in (0, inf).
    Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def log2(x: Plain) -> float: ...
@overload
def logistic_pdf(x: Value) -> Value:
    """autograd.logistic_pdf(x) or x.logistic_pdf(): the density of the logistic distribution, sigmoid(x) * sigmoid(-x).

    d/dx = -(y * tanh(x / 2))
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 2.5, d/dx 3.0 (docs/ops.md says where).
    """
@overload
def logistic_pdf(x: Plain) -> float: ...
@overload
def maximum(a: Value, b: Number) -> Value:
    """autograd.maximum(a, b) or a.maximum(b): the larger; a tie splits the gradient evenly.

    d/da = where(a > b, 1, where(a < b, 0, 0.5))
    d/db = where(a > b, 0, where(a < b, 1, 0.5))
    Domain: a in (-inf, inf), b in (-inf, inf).
    Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
    """
@overload
def maximum(a: Plain, b: Value) -> Value: ...
@overload
def maximum(a: Plain, b: Plain) -> float: ...
@overload
def minimum(a: Value, b: Number) -> Value:
    """autograd.minimum(a, b) or a.minimum(b): the smaller; a tie splits the gradient evenly.

    d/da = where(a < b, 1, where(a > b, 0, 0.5))
    d/db = where(a < b, 0, where(a > b, 1, 0.5))
    Domain: a in (-inf, inf), b in (-inf, inf).
    Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
    """
@overload
def minimum(a: Plain, b: Value) -> Value: ...
@overload
def minimum(a: Plain, b: Plain) -> float: ...
@overload
def normal_cdf(x: Value) -> Value:
    """autograd.normal_cdf(x) or x.normal_cdf(): the normal distribution function.

    d/dx = normal_pdf(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).
    """
@overload
def normal_cdf(x: Plain) -> float: ...
@overload
def normal_pdf(x: Value) -> Value:
    """autograd.normal_pdf(x) or x.normal_pdf(): the density of the normal distribution.

    d/dx = -x * y
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).
    """
@overload
def normal_pdf(x: Plain) -> float: ...
@overload
def polygamma(n: Plain, x: Value) -> Value:
    """autograd.polygamma(n, x) or n.polygamma(x): the n-th derivative of digamma; n is a plain whole number.

    d/dn = none: a plain number
    d/dx = polygamma(n + 1, x)
    Domain: n in [0, inf), x in (-inf, inf) except 0, -1, -2, ....
    Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def polygamma(n: Plain, x: Plain) -> float: ...
@overload
def relu(x: Value) -> Value:
    """autograd.relu(x) or x.relu(): max(x, 0); derivative 0 at 0.

    d/dx = where(x <= 0, 0, 1)
    Domain: x in (-inf, inf).
    Kink at x == 0: d/dx = 0 of [0, 1].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
    """
@overload
def relu(x: Plain) -> float: ...
@overload
def sech(x: Value) -> Value:
    """autograd.sech(x) or x.sech(): the hyperbolic secant, 1 / cosh(x).

    d/dx = -(y * tanh(x))
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).
    """
@overload
def sech(x: Plain) -> float: ...
@overload
def sigmoid(x: Value) -> Value:
    """autograd.sigmoid(x) or x.sigmoid(): the logistic function 1 / (1 + exp(-x)).

    d/dx = logistic_pdf(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).
    """
@overload
def sigmoid(x: Plain) -> float: ...
@overload
def silu(x: Value) -> Value:
    """autograd.silu(x) or x.silu(): x * sigmoid(x).

    d/dx = sigmoid(x) * where(x < 0, (1 + x + exp(x)) / (1 + exp(x)), 1 + x * sigmoid(-x))
    Domain: x in (-inf, inf).
    Error in units in the last place: value 2.0, d/dx 2.5 (docs/ops.md says where).
    """
@overload
def silu(x: Plain) -> float: ...
@overload
def sin(x: Value) -> Value:
    """autograd.sin(x) or x.sin(): the sine.

    d/dx = cos(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
    """
@overload
def sin(x: Plain) -> float: ...
@overload
def sinh(x: Value) -> Value:
    """autograd.sinh(x) or x.sinh(): the hyperbolic sine.

    d/dx = cosh(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def sinh(x: Plain) -> float: ...
@overload
def softplus(x: Value) -> Value:
    """autograd.softplus(x) or x.softplus(): log(1 + exp(x)) without overflow.

    d/dx = sigmoid(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def softplus(x: Plain) -> float: ...
@overload
def sqrt(x: Value) -> Value:
    """autograd.sqrt(x) or x.sqrt(): the square root.

    d/dx = 0.5 / y
    y is the result.
    Domain: x in [0, inf).
    Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
    """
@overload
def sqrt(x: Plain) -> float: ...
@overload
def step(x: Value) -> Value:
    """autograd.step(x) or x.step(): 1 if x >= 0 else 0; derivative 0 everywhere.

    d/dx = 0
    Domain: x in (-inf, inf).
    Kink at x == 0: d/dx = 0 of [0, inf].
    A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
    Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
    """
@overload
def step(x: Plain) -> float: ...
@overload
def tan(x: Value) -> Value:
    """autograd.tan(x) or x.tan(): the tangent.

    d/dx = 1 + y * y
    y is the result.
    Domain: x in (-inf, inf).
    Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
    """
@overload
def tan(x: Plain) -> float: ...
@overload
def tanh(x: Value) -> Value:
    """autograd.tanh(x) or x.tanh(): the hyperbolic tangent.

    d/dx = sech(x) * sech(x)
    Domain: x in (-inf, inf).
    Error in units in the last place: value 2.0, d/dx 3.0 (docs/ops.md says where).
    """
@overload
def tanh(x: Plain) -> float: ...
