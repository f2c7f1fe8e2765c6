"""Written by docs/make_stubs.py."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar, final

from autograd.operation import Operation

class NumPyScalar(Protocol):
    @property
    def dtype(self) -> Any: ...
    def __float__(self) -> float: ...

Plain: TypeAlias = float | Fraction | NumPyScalar
Number: TypeAlias = Value | Plain
Function = TypeVar("Function", bound=Callable[..., Any])

COMPILED: Final[bool]
"""Whether it is the compiled engine that runs, or the same source as Python."""
@final
class Value:
    def __init__(self, data: Plain, label: str = '') -> None: ...
    @property
    def data(self) -> float: ...
    @data.setter
    def data(self, x: Plain) -> None: ...
    @property
    def grad(self) -> float: ...
    @grad.setter
    def grad(self, x: Plain | None) -> None: ...
    @property
    def label(self) -> str: ...
    @label.setter
    def label(self, x: str | None) -> None: ...
    @property
    def op(self) -> str: ...
    @property
    def entry(self) -> Operation | Any: ...
    @property
    def operands(self) -> tuple[Value | float, ...]: ...
    @property
    def parents(self) -> tuple[Value, ...]: ...
    @property
    def partials(self) -> tuple[float, ...]: ...
    @property
    def scope(self) -> tuple[str, ...]: ...
    @property
    def _reached(self) -> bool: ...
    def backward(self, gradient: Plain = 1.0) -> None: ...
    def zero_grad(self) -> None: ...
    def __add__(self, other: Number) -> Value: ...
    def __radd__(self, other: Number) -> Value: ...
    def __sub__(self, other: Number) -> Value: ...
    def __rsub__(self, other: Number) -> Value: ...
    def __mul__(self, other: Number) -> Value: ...
    def __rmul__(self, other: Number) -> Value: ...
    def __truediv__(self, other: Number) -> Value: ...
    def __rtruediv__(self, other: Number) -> Value: ...
    def __pow__(self, other: Number, modulus: None = None) -> Value: ...
    def __rpow__(self, other: Number, modulus: None = None) -> Value: ...
    def __neg__(self) -> Value: ...
    def __pos__(self) -> Value: ...
    def __abs__(self) -> Value: ...
    def __eq__(self, other: object) -> bool: ...
    def __ne__(self, other: object) -> bool: ...
    def __lt__(self, other: Number) -> bool: ...
    def __le__(self, other: Number) -> bool: ...
    def __gt__(self, other: Number) -> bool: ...
    def __ge__(self, other: Number) -> bool: ...
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __format__(self, spec: str) -> str: ...
    def __repr__(self) -> str: ...
    def __copy__(self) -> Value: ...
    def __deepcopy__(self, memo: dict[int, Any]) -> Value: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    @property
    def _repr_mimebundle_(self) -> Callable[..., Any]: ...
    @property
    def __array_priority__(self) -> float: ...
    @property
    def _prev(self) -> set[Value]: ...
    @property
    def _op(self) -> str: ...
    @property
    def _children(self) -> tuple[Value, ...]: ...
    @property
    def _local_grads(self) -> tuple[float, ...]: ...
    def _backward(self) -> None: ...
    def item(self) -> float:
        """The number: `data`, as NumPy and PyTorch call it."""
    def forward(self, *, freeze: bool = False) -> None:
        """Compute this Value's graph anew, in place, from what its leaves hold now: to the bit what building it anew would give.

        Until then a leaf that was changed changes nothing else: `backward` differentiates where the graph was computed, and
        pictures mark what is out of date. Every `grad` stays, of a pass at other numbers: `zero_grad()` and `backward()` follow.

        Raises what an operation raises at the new numbers; `TypeError` while a function is recorded, and for a graph that holds
        a choice by number, which is not made anew (the side that `where` took, what `detach` took, the shift of a `softmax`, what
        a rule of a derivative chose), unless `freeze` keeps it. No node has changed then. What Python decided by numbers (`if`,
        `max`, `.data`) and results under `no_grad` stay as they are.

        >>> price, count = Value(100.0), Value(2.0)
        >>> total = price * count
        >>> price.data += 1
        >>> total.forward()
        >>> total.data, total.partials
        (202.0, (2.0, 101.0))
        """
    def exp(self) -> Value:
        """autograd.exp(x) or x.exp(): e to the power of x.

        d/dx = y
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
        """
    def exp2(self) -> Value:
        """autograd.exp2(x) or x.exp2(): 2 to the power of x.

        d/dx = y * log(2)
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
        """
    def expm1(self) -> Value:
        """autograd.expm1(x) or x.expm1(): exp(x) - 1, exact near 0.

        d/dx = exp(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.0, d/dx 0.5 (docs/ops.md says where).
        """
    def log(self) -> Value:
        """autograd.log(x) or x.log(): the natural logarithm.

        d/dx = 1 / x
        Domain: x in (0, inf).
        Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
        """
    def log1p(self) -> Value:
        """autograd.log1p(x) or x.log1p(): log(1 + x), exact near 0.

        d/dx = 1 / (1 + x)
        Domain: x in (-1, inf).
        Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
        """
    def log2(self) -> Value:
        """autograd.log2(x) or x.log2(): the logarithm to base 2.

        d/dx = (1/log(2)) / x
        Domain: x in (0, inf).
        Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
        """
    def log10(self) -> Value:
        """autograd.log10(x) or x.log10(): the logarithm to base 10.

        d/dx = (1/log(10)) / x
        Domain: x in (0, inf).
        Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).
        """
    def sqrt(self) -> Value:
        """autograd.sqrt(x) or x.sqrt(): the square root.

        d/dx = 0.5 / y
        y is the result.
        Domain: x in [0, inf).
        Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
        """
    def cbrt(self) -> Value:
        """autograd.cbrt(x) or x.cbrt(): the cube root.

        d/dx = where(abs(x) < 1e-160, 1 / (3 * (y * y)), where(abs(x) < inf, y / x / 3, 1 / (y * y)))
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 3.0, d/dx 3.0 (docs/ops.md says where).
        """
    def hypot(self, b: Number) -> Value:
        """autograd.hypot(a, b) or a.hypot(b): sqrt(a*a + b*b) without overflow.

        d/da = direction(a, b)
        d/db = direction(b, a)
        Domain: a in (-inf, inf), b in (-inf, inf).
        Kink at abs(a) + abs(b) == 0: d/da = 0 of [-1, 1], d/db = 0 of [-1, 1].
        Error in units in the last place: value 0.5, d/da 1.5, d/db 1.0 (docs/ops.md says where).
        """
    def direction(self, b: Number) -> Value:
        """autograd.direction(a, b) or a.direction(b): a / hypot(a, b), the cosine of the angle between (a, b) and (1, 0); 0 at the origin.

        d/da = where(abs(a) < abs(b), 1 / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... * (b / a)))
        d/db = -where(abs(a) < abs(b), a / b / abs(b) / ((1 + ...) * sqrt(...)), where(a == 0, 0, ... / ... / (... * ...)))
        Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
        Error in units in the last place: value 1.0, d/da 3.0, d/db 2.5 (docs/ops.md says where).
        """
    def sin(self) -> Value:
        """autograd.sin(x) or x.sin(): the sine.

        d/dx = cos(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
        """
    def cos(self) -> Value:
        """autograd.cos(x) or x.cos(): the cosine.

        d/dx = -sin(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 0.5 (docs/ops.md says where).
        """
    def tan(self) -> Value:
        """autograd.tan(x) or x.tan(): the tangent.

        d/dx = 1 + y * y
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
        """
    def asin(self) -> Value:
        """autograd.asin(x) or x.asin(): the arc sine.

        d/dx = 1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
        Domain: x in [-1, 1].
        Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
        """
    def acos(self) -> Value:
        """autograd.acos(x) or x.acos(): the arc cosine.

        d/dx = -1 / sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)))
        Domain: x in [-1, 1].
        Error in units in the last place: value 0.5, d/dx 1.0 (docs/ops.md says where).
        """
    def atan(self) -> Value:
        """autograd.atan(x) or x.atan(): the arc tangent.

        d/dx = where(abs(x) < 100000000, 1 / (1 + x * x), 1 / x / (x + 1 / x))
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.5, d/dx 1.5 (docs/ops.md says where).
        """
    def atan2(self, b: Number) -> Value:
        """autograd.atan2(a, b) or a.atan2(b): the angle of the point (b, a), in (-pi, pi].

        d/da = where(abs(b) < abs(a), b / a / a / (1 + b / a * (b / a)), 1 / b / (1 + a / b * (a / b)))
        d/db = -where(abs(a) < abs(b), a / b / b / (1 + a / b * (a / b)), 1 / a / (1 + b / a * (b / a)))
        Domain: a in (-inf, inf) except 0, b in (-inf, inf) except 0.
        Error in units in the last place: value 0.5, d/da 2.0, d/db 2.0 (docs/ops.md says where).
        """
    def sinh(self) -> Value:
        """autograd.sinh(x) or x.sinh(): the hyperbolic sine.

        d/dx = cosh(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 1.0 (docs/ops.md says where).
        """
    def cosh(self) -> Value:
        """autograd.cosh(x) or x.cosh(): the hyperbolic cosine.

        d/dx = sinh(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
        """
    def tanh(self) -> Value:
        """autograd.tanh(x) or x.tanh(): the hyperbolic tangent.

        d/dx = sech(x) * sech(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 2.0, d/dx 3.0 (docs/ops.md says where).
        """
    def sech(self) -> Value:
        """autograd.sech(x) or x.sech(): the hyperbolic secant, 1 / cosh(x).

        d/dx = -(y * tanh(x))
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).
        """
    def asinh(self) -> Value:
        """autograd.asinh(x) or x.asinh(): the inverse hyperbolic sine.

        d/dx = where(abs(x) < 100000000, 1 / sqrt(1 + x * x), 1 / abs(x))
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
        """
    def acosh(self) -> Value:
        """autograd.acosh(x) or x.acosh(): the inverse hyperbolic cosine.

        d/dx = 1 / (sqrt(x - 1) * sqrt(x + 1))
        Domain: x in [1, inf).
        Error in units in the last place: value 1.0, d/dx 2.0 (docs/ops.md says where).
        """
    def atanh(self) -> Value:
        """autograd.atanh(x) or x.atanh(): the inverse hyperbolic tangent.

        d/dx = 1 / where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))
        Domain: x in (-1, 1).
        Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
        """
    def gaussian(self) -> Value:
        """autograd.gaussian(x) or x.gaussian(): exp(-x*x), with all its digits.

        d/dx = -2 * (x * y)
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
        """
    def erf(self) -> Value:
        """autograd.erf(x) or x.erf(): the error function.

        d/dx = (2/sqrt(pi)) * gaussian(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
        """
    def erfc(self) -> Value:
        """autograd.erfc(x) or x.erfc(): 1 - erf(x), exact for large x.

        d/dx = -(2/sqrt(pi)) * gaussian(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
        """
    def normal_cdf(self) -> Value:
        """autograd.normal_cdf(x) or x.normal_cdf(): the normal distribution function.

        d/dx = normal_pdf(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).
        """
    def normal_pdf(self) -> Value:
        """autograd.normal_pdf(x) or x.normal_pdf(): the density of the normal distribution.

        d/dx = -x * y
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 2.0, d/dx 2.0 (docs/ops.md says where).
        """
    def gamma(self) -> Value:
        """autograd.gamma(x) or x.gamma(): the gamma function.

        d/dx = y * digamma(x)
        y is the result.
        Domain: x in (-inf, inf) except 0, -1, -2, ....
        Error in units in the last place: value 3.5, d/dx 4.0 (docs/ops.md says where).
        """
    def lgamma(self) -> Value:
        """autograd.lgamma(x) or x.lgamma(): log(abs(gamma(x))).

        d/dx = digamma(x)
        Domain: x in (-inf, inf) except 0, -1, -2, ....
        Error in units in the last place: value 2.0, d/dx 1.0 (docs/ops.md says where).
        """
    def digamma(self) -> Value:
        """autograd.digamma(x) or x.digamma(): the derivative of lgamma.

        d/dx = polygamma(1, x)
        Domain: x in (-inf, inf) except 0, -1, -2, ....
        Error in units in the last place: value 1.0, d/dx 1.5 (docs/ops.md says where).
        """
    def sigmoid(self) -> Value:
        """autograd.sigmoid(x) or x.sigmoid(): the logistic function 1 / (1 + exp(-x)).

        d/dx = logistic_pdf(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 2.5 (docs/ops.md says where).
        """
    def logistic_pdf(self) -> Value:
        """autograd.logistic_pdf(x) or x.logistic_pdf(): the density of the logistic distribution, sigmoid(x) * sigmoid(-x).

        d/dx = -(y * tanh(x / 2))
        y is the result.
        Domain: x in (-inf, inf).
        Error in units in the last place: value 2.5, d/dx 3.0 (docs/ops.md says where).
        """
    def relu(self) -> Value:
        """autograd.relu(x) or x.relu(): max(x, 0); derivative 0 at 0.

        d/dx = where(x <= 0, 0, 1)
        Domain: x in (-inf, inf).
        Kink at x == 0: d/dx = 0 of [0, 1].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
        """
    def leaky_relu(self, slope: Number = 0.01) -> Value:
        """autograd.leaky_relu(x, slope=0.01) or x.leaky_relu(slope=0.01): x if x > 0 else slope * x; derivative slope at 0.

        d/dx = where(x > 0, 1, slope)
        d/dslope = where(x > 0, 0, x)
        Domain: x in (-inf, inf), slope in (-inf, inf).
        Kink at x == 0: d/dx = slope of [slope, 1].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.5, d/dx 0.0, d/dslope 0.0 (docs/ops.md says where).
        """
    def gelu(self) -> Value:
        """autograd.gelu(x) or x.gelu(): x times the normal distribution function, exact (erf).

        d/dx = where(abs(...) < 0.5, (... + 0.43149399231404695) * (... - 1.4956759177009883e-17), normal_cdf(x) + x * ...)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 2.0 (docs/ops.md says where).
        """
    def silu(self) -> Value:
        """autograd.silu(x) or x.silu(): x * sigmoid(x).

        d/dx = sigmoid(x) * where(x < 0, (1 + x + exp(x)) / (1 + exp(x)), 1 + x * sigmoid(-x))
        Domain: x in (-inf, inf).
        Error in units in the last place: value 2.0, d/dx 2.5 (docs/ops.md says where).
        """
    def softplus(self) -> Value:
        """autograd.softplus(x) or x.softplus(): log(1 + exp(x)) without overflow.

        d/dx = sigmoid(x)
        Domain: x in (-inf, inf).
        Error in units in the last place: value 1.5, d/dx 1.5 (docs/ops.md says where).
        """
    def step(self) -> Value:
        """autograd.step(x) or x.step(): 1 if x >= 0 else 0; derivative 0 everywhere.

        d/dx = 0
        Domain: x in (-inf, inf).
        Kink at x == 0: d/dx = 0 of [0, inf].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
        """
    def maximum(self, b: Number) -> Value:
        """autograd.maximum(a, b) or a.maximum(b): the larger; a tie splits the gradient evenly.

        d/da = where(a > b, 1, where(a < b, 0, 0.5))
        d/db = where(a > b, 0, where(a < b, 1, 0.5))
        Domain: a in (-inf, inf), b in (-inf, inf).
        Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
        """
    def minimum(self, b: Number) -> Value:
        """autograd.minimum(a, b) or a.minimum(b): the smaller; a tie splits the gradient evenly.

        d/da = where(a < b, 1, where(a > b, 0, 0.5))
        d/db = where(a < b, 0, where(a > b, 1, 0.5))
        Domain: a in (-inf, inf), b in (-inf, inf).
        Kink at a - b == 0: d/da = 0.5 of [0, 1], d/db = 0.5 of [0, 1].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
        """
    def clip(self, low: Number, high: Number) -> Value:
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
    def copysign(self, b: Number) -> Value:
        """autograd.copysign(a, b) or a.copysign(b): the size of a with the sign of b; nan counts as positive.

        d/da = where(a == 0, 0, copysign(1, a) * copysign(1, b))
        d/db = 0
        Domain: a in (-inf, inf), b in (-inf, inf).
        Kink at a == 0: d/da = 0 of [-1, 1].
        Kink at b == 0: d/da = 1 of [-1, 1], d/db = 0 of [-inf, inf].
        A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.
        Error in units in the last place: value 0.0, d/da 0.0, d/db 0.0 (docs/ops.md says where).
        """
    def where(self, condition: object, other: Number) -> Value:
        """This Value if the condition holds, else `other`."""
    def detach(self) -> Value:
        """A new leaf with the same number: what is computed from it passes no gradient on to `x`. A plain number is a float.

        While a function is recorded it is a node, so that the number follows `x`.
        """
    def identity(self) -> Value:
        """autograd.identity(x) or x.identity(): x itself, as a node of its own.

        d/dx = 1
        Domain: x in (-inf, inf).
        Error in units in the last place: value 0.0, d/dx 0.0 (docs/ops.md says where).
        """
WALKS: Any
def apply(entry: Any, operands: Any) -> Any: ...
def apply_many(entry: Any, operands: Any) -> Any: ...
def value_at(entry: Operation, operands: Sequence[Number], xs: Sequence[float], in_ieee: int = False) -> float: ...
def numeric(entry: Any, x: Any) -> Any: ...
def computed(code: int, y: float, operands: Sequence[Any], partials: Sequence[float]) -> Value: ...
def fold(code: int, ws: list[Any], xs: list[Any], rest: list[Any], bias: Any) -> Any: ...
def one_operand(code: int, otherwise: Any) -> Any: ...
def two_operands(code: int, otherwise: Any) -> Any: ...
def node(code: int, y: float, operands: Sequence[Number], partials: Sequence[float]) -> Value: ...
def recorder() -> Any: ...
class Mode:
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
class ordinary(Mode):
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
def run_apart(f: Any, *x: Any) -> Any: ...
class no_grad(Mode):
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
    def __call__(self, f: Function) -> Function: ...
class recorded(Mode):
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
class ieee_arithmetic(Mode):
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
def forbid(v: Value, what: str) -> None: ...
def leaf(y: float) -> Value: ...
def leaf_of_choice(y: float) -> Value: ...
def twin(v: Value, copies: dict[int, Any]) -> Value: ...
def recording() -> bool: ...
def compute_anew(roots: tuple[Value, ...], anew: Callable[[Value], tuple[float, list[float]]], freeze: bool, where: int) -> Value | None: ...
def kernel_agrees(v: Value) -> int: ...
def give_flags_since(first: Value, roots: tuple[Value, ...], flags: int) -> None: ...
AGED_GRAD: int
HOLDS_CHOICE: int
MADE_BY_RULE: int
IS_TERM: int
def fill_flat(outputs: list[Number], inputs: list[Value], arrays: tuple[array[Any], ...]) -> bool: ...
def graph_part(root: Value, known: dict[int, Any]) -> tuple[list[Value], list[Value]]: ...
def graph_columns(inputs: list[Value], nodes: list[Value]) -> tuple[Any, ...]: ...
def nodes_of_columns(inputs: list[Value], columns: tuple[Any, ...], arities: list[int]) -> list[Value]: ...
def make_alike(copies: list[Value], originals: list[Value], memo: dict[Any, Any]) -> Any: ...
def any_in_scope(values: list[Value]) -> bool: ...
def leaves(numbers: memoryview[Any]) -> list[Value]: ...
def numbers_into(leaves: list[Value], data: Any, grad: Any) -> bool: ...
def numbers_from(leaves: list[Value], data: Any) -> bool: ...
def no_gradients(nodes: list[Value]) -> bool: ...
def only_leaves(values: list[Value]) -> bool: ...
def reverse_pass(root: Value, seed: float, xs: list[Value]) -> list[float]: ...
def stored_partials(v: Value) -> tuple[float, ...]: ...
def tell_choice(code: int, chooses: bool) -> None: ...
def members(*roots: Value) -> list[Value]: ...
def flags_of(v: Value) -> int: ...
def give_flags(v: Value, flags: int) -> Value: ...
def number_of(v: Value) -> float: ...
def grad_of(v: Value) -> float: ...
def set_method(name: Any, function: Any) -> Any: ...
def made_before(v: Value, w: Value) -> bool: ...
def creation(v: Value) -> int: ...
class scope:
    def __init__(self, name: str) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None: ...
    def run(self, module: Any, x: Any) -> Any: ...
def scopes_of(values: Iterable[Value], known: dict[Any, int] | None = None) -> tuple[list[int], list[tuple[int, str]]]: ...
def put_into_scopes(values: Iterable[Value], places: Iterable[int], table: Iterable[tuple[int, str]], before: Sequence[Any] = ()) -> list[Any]: ...
def show_with(display: Any) -> Any: ...
