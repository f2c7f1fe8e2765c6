"""What `help` says of each operation: written by docs/make_ops.py from the table, do not edit it here."""

MANUAL = {
    "add": """a + b: the sum.

d/da = 1
d/db = 1
Domain: a in (-inf, inf), b in (-inf, inf).
Error in units in the last place: value 0.5, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "sub": """a - b: the difference.

d/da = 1
d/db = -1
Domain: a in (-inf, inf), b in (-inf, inf).
Error in units in the last place: value 0.5, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "mul": """a * b: the product.

d/da = b
d/db = a
Domain: a in (-inf, inf), b in (-inf, inf).
Error in units in the last place: value 0.5, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "div": """a / b: the quotient.

d/da = 1 / b
d/db = -(y / b)
y is the result.
Domain: a in (-inf, inf), b in (-inf, inf) except 0.
Error in units in the last place: value 0.5, d/da 0.5, d/db 1.5 (docs/ops.md says where).""",
    "pow": """a ** b: a to the power of b; a < 0 with whole b only.

d/da = where(b < where(y == a, 0, 0.5), b * y / where(b == 0, where(abs(a) > 0, a, 1), a), b * a ** (b - 1))
d/db = where(a == 0, where(b > 0, 0, y * log(a)), y * log(a))
y is the result.
Domain: a in (0, inf), b in (-inf, inf).
Error in units in the last place: value 0.5, d/da 1.5, d/db 2.0 (docs/ops.md says where).""",
    "neg": """-x: the negative.

d/dx = -1
Domain: x in (-inf, inf).
Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).""",
    "abs": """abs(x): the absolute value; derivative 0 at 0.

d/dx = where(x > 0, 1, where(x < 0, -1, where(x == 0, 0, x)))
Domain: x in (-inf, inf).
Kink at x == 0: d/dx = 0 of [-1, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).""",
    "exp": """autograd.exp(x) or x.exp(): e to the power of x.

d/dx = y
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).""",
    "exp2": """autograd.exp2(x) or x.exp2(): 2 to the power of x.

d/dx = y * log(2)
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).""",
    "expm1": """autograd.expm1(x) or x.expm1(): exp(x) - 1, exact near 0.

d/dx = exp(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.0, d/dx 0.5 (docs/ops.md says where).""",
    "log": """autograd.log(x) or x.log(): the natural logarithm.

d/dx = 1 / x
Domain: x in (0, inf).
Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).""",
    "log1p": """autograd.log1p(x) or x.log1p(): log(1 + x), exact near 0.

d/dx = 1 / (1 + x)
Domain: x in (-1, inf).
Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).""",
    "log2": """autograd.log2(x) or x.log2(): the logarithm to base 2.

d/dx = (1/log(2)) / x
Domain: x in (0, inf).
Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).""",
    "log10": """autograd.log10(x) or x.log10(): the logarithm to base 10.

d/dx = (1/log(10)) / x
Domain: x in (0, inf).
Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).""",
    "sqrt": """autograd.sqrt(x) or x.sqrt(): the square root.

d/dx = 0.5 / y
y is the result.
Domain: x in [0, inf).
Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).""",
    "cbrt": """autograd.cbrt(x) or x.cbrt(): the cube root.

d/dx = where(abs(x) < 1e-160, 1 / (3 * (y * y)), where(abs(x) < inf, y / x / 3, 1 / (y * y)))
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 3.0, d/dx 3.0 (docs/ops.md says where).""",
    "hypot": """autograd.hypot(a, b) or a.hypot(b): sqrt(a*a + b*b) without overflow.

d/da = direction(a, b)
d/db = direction(b, a)
Domain: a in (-inf, inf), b in (-inf, inf).
Kink at abs(a) + abs(b) == 0: d/da = 0 of [-1, 1], d/db = 0 of [-1, 1].
Error in units in the last place: value 0.5, d/da 1.5, d/db 1.0 (docs/ops.md says where).""",
    "direction": """autograd.direction(a, b) or a.direction(b): a / hypot(a, b), the cosine of the angle between (a, b) and (1, 0); 0 at the origin.

d/da = where(abs(a) < abs(b), 1 / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... * (b / a)))
d/db = -where(abs(a) < abs(b), a / b / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... / (... * ...)))
Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
Error in units in the last place: value 1.0, d/da 3.0, d/db 2.5 (docs/ops.md says where).""",
    "sin": """autograd.sin(x) or x.sin(): the sine.

d/dx = cos(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).""",
    "cos": """autograd.cos(x) or x.cos(): the cosine.

d/dx = -sin(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).""",
    "tan": """autograd.tan(x) or x.tan(): the tangent.

d/dx = 1 + y * y
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).""",
    "asin": """autograd.asin(x) or x.asin(): the arc sine.

d/dx = 1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
Domain: x in [-1, 1].
Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).""",
    "acos": """autograd.acos(x) or x.acos(): the arc cosine.

d/dx = -1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
Domain: x in [-1, 1].
Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).""",
    "atan": """autograd.atan(x) or x.atan(): the arc tangent.

d/dx = where(abs(x) < 100000000, 1 / (1 + x * x), 1 / x / (x + 1 / x))
Domain: x in (-inf, inf).
Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).""",
    "atan2": """autograd.atan2(a, b) or a.atan2(b): the angle of the point (b, a), in (-pi, pi].

d/da = where(abs(b) < abs(a), b / a / a / (1 + b / a * (b / a)), 1 / b / (1 + a / b * (a / b)))
d/db = -where(abs(a) < abs(b), a / b / b / (1 + a / b * (a / b)), 1 / a / (1 + b / a * (b / a)))
Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
Error in units in the last place: value 0.5, d/da 2.0, d/db 2.0 (docs/ops.md says where).""",
    "sinh": """autograd.sinh(x) or x.sinh(): the hyperbolic sine.

d/dx = cosh(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 1.0 (docs/ops.md says where).""",
    "cosh": """autograd.cosh(x) or x.cosh(): the hyperbolic cosine.

d/dx = sinh(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).""",
    "tanh": """autograd.tanh(x) or x.tanh(): the hyperbolic tangent.

d/dx = sech(x) * sech(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 2.0, d/dx 3.0 (docs/ops.md says where).""",
    "sech": """autograd.sech(x) or x.sech(): the hyperbolic secant, 1 / cosh(x).

d/dx = -(y * tanh(x))
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).""",
    "asinh": """autograd.asinh(x) or x.asinh(): the inverse hyperbolic sine.

d/dx = where(abs(x) < 100000000, 1 / sqrt(1 + x * x), 1 / abs(x))
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).""",
    "acosh": """autograd.acosh(x) or x.acosh(): the inverse hyperbolic cosine.

d/dx = 1 / (sqrt(x - 1) * sqrt(x + 1))
Domain: x in [1, inf).
Error in units in the last place: value 1.0, d/dx 2.0 (docs/ops.md says where).""",
    "atanh": """autograd.atanh(x) or x.atanh(): the inverse hyperbolic tangent.

d/dx = 1 / where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))
Domain: x in (-1, 1).
Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).""",
    "gaussian": """autograd.gaussian(x) or x.gaussian(): exp(-x*x), with all its digits.

d/dx = -2 * (x * y)
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).""",
    "erf": """autograd.erf(x) or x.erf(): the error function.

d/dx = (2/sqrt(pi)) * gaussian(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).""",
    "erfc": """autograd.erfc(x) or x.erfc(): 1 - erf(x), exact for large x.

d/dx = -(2/sqrt(pi)) * gaussian(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).""",
    "normal_cdf": """autograd.normal_cdf(x) or x.normal_cdf(): the normal distribution function.

d/dx = normal_pdf(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).""",
    "normal_pdf": """autograd.normal_pdf(x) or x.normal_pdf(): the density of the normal distribution.

d/dx = -x * y
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).""",
    "gamma": """autograd.gamma(x) or x.gamma(): the gamma function.

d/dx = y * digamma(x)
y is the result.
Domain: x in (-inf, inf) except 0, -1, -2, ....
Error in units in the last place: value 3.5, d/dx 4.0 (docs/ops.md says where).""",
    "lgamma": """autograd.lgamma(x) or x.lgamma(): log(abs(gamma(x))).

d/dx = digamma(x)
Domain: x in (-inf, inf) except 0, -1, -2, ....
Error in units in the last place: value 2.0, d/dx 1.0 (docs/ops.md says where).""",
    "digamma": """autograd.digamma(x) or x.digamma(): the derivative of lgamma.

d/dx = polygamma(1, x)
Domain: x in (-inf, inf) except 0, -1, -2, ....
Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).""",
    "polygamma": """autograd.polygamma(n, x) or n.polygamma(x): the n-th derivative of digamma; n is a plain whole number.

d/dn = none: a plain number
d/dx = polygamma(n + 1, x)
Domain: n in [0, inf), x in (-inf, inf) except 0, -1, -2, ....
Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).""",
    "sigmoid": """autograd.sigmoid(x) or x.sigmoid(): the logistic function 1 / (1 + exp(-x)).

d/dx = logistic_pdf(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).""",
    "logistic_pdf": """autograd.logistic_pdf(x) or x.logistic_pdf(): the density of the logistic distribution, sigmoid(x) * sigmoid(-x).

d/dx = -(y * tanh(x / 2))
y is the result.
Domain: x in (-inf, inf).
Error in units in the last place: value 2.5, d/dx 3.0 (docs/ops.md says where).""",
    "relu": """autograd.relu(x) or x.relu(): max(x, 0); derivative 0 at 0.

d/dx = where(x <= 0, 0, 1)
Domain: x in (-inf, inf).
Kink at x == 0: d/dx = 0 of [0, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).""",
    "leaky_relu": """autograd.leaky_relu(x, slope=0.01) or x.leaky_relu(slope=0.01): x if x > 0 else slope * x; derivative slope at 0.

d/dx = where(x > 0, 1, slope)
d/dslope = where(x > 0, 0, x)
Domain: x in (-inf, inf), slope in (-inf, inf).
Kink at x == 0: d/dx = slope of [slope, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.5, d/dx 0.0, d/dslope 0.0 (docs/ops.md says where).""",
    "gelu": """autograd.gelu(x) or x.gelu(): x times the normal distribution function, exact (erf).

d/dx = where(abs(...) < 0.5, (... + 0.43149399231404695) * (... - 1.4956759177009883e-17), normal_cdf(x) + x * ...)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).""",
    "silu": """autograd.silu(x) or x.silu(): x * sigmoid(x).

d/dx = sigmoid(x) * where(x < 0, (1 + x + exp(x)) / (1 + exp(x)), 1 + x * sigmoid(-x))
Domain: x in (-inf, inf).
Error in units in the last place: value 2.0, d/dx 2.5 (docs/ops.md says where).""",
    "softplus": """autograd.softplus(x) or x.softplus(): log(1 + exp(x)) without overflow.

d/dx = sigmoid(x)
Domain: x in (-inf, inf).
Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).""",
    "step": """autograd.step(x) or x.step(): 1 if x >= 0 else 0; derivative 0 everywhere.

d/dx = 0
Domain: x in (-inf, inf).
Kink at x == 0: d/dx = 0 of [0, inf].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).""",
    "maximum": """autograd.maximum(a, b) or a.maximum(b): the larger; a tie splits the gradient evenly.

d/da = where(a > b, 1, where(a < b, 0, 0.5))
d/db = where(a > b, 0, where(a < b, 1, 0.5))
Domain: a in (-inf, inf), b in (-inf, inf).
Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "minimum": """autograd.minimum(a, b) or a.minimum(b): the smaller; a tie splits the gradient evenly.

d/da = where(a < b, 1, where(a > b, 0, 0.5))
d/db = where(a < b, 0, where(a > b, 1, 0.5))
Domain: a in (-inf, inf), b in (-inf, inf).
Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "clip": """autograd.clip(x, low, high) or x.clip(low, high): x limited to low ... high; derivative 1 at the limits.

d/dx = where(x > high, 0, where(x < low, 0, 1))
d/dlow = where(x > high, 0, where(x < low, 1, 0))
d/dhigh = where(x > high, 1, 0)
Domain: x in (-inf, inf), low in (-inf, inf), high in (-inf, inf).
Kink at x - low == 0: d/dx = 1 of [0, 1], d/dlow = 0 of [0, 1], d/dhigh = 0 of [0, 1].
Kink at x - high == 0: d/dx = 1 of [0, 1], d/dlow = 0 of [0, 1], d/dhigh = 0 of [0, 1].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/dx 0.0, d/dlow 0.0, d/dhigh 0.0 (docs/ops.md says where).""",
    "copysign": """autograd.copysign(a, b) or a.copysign(b): the size of a with the sign of b; nan counts as positive.

d/da = where(a == 0, 0, copysign(1, a) * copysign(1, b))
d/db = 0
Domain: a in (-inf, inf), b in (-inf, inf).
Kink at a == 0: d/da = 0 of [-1, 1].
Kink at b == 0: d/da = 1 of [-1, 1], d/db = 0 of [-inf, inf].
A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).""",
    "identity": """autograd.identity(x) or x.identity(): x itself, as a node of its own.

d/dx = 1
Domain: x in (-inf, inf).
Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).""",
}
