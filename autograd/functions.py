"""The functions of the table, and those of many operands; `where`, which chooses, and `detach`, which forgets."""

from __future__ import annotations

from autograd import ops
from autograd.errors import miscounted, no_sequence, not_a_number
from autograd.manual import MANUAL
from autograd.operation import ieee_div
from autograd.plain import as_number
from autograd.recording import Condition, choice, choose
from autograd.special import exponent_of, standing_alone
from autograd.trace import Expression, call
from autograd.value import (
    HOLDS_CHOICE,
    Value,
    apply,
    apply_many,
    computed,
    fold,
    give_flags,
    leaf,
    leaf_of_choice,
    number_of,
    numeric,
    one_operand,
    recorder,
    recording,
    set_method,
    tell_choice,
    two_operands,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, overload

    from autograd.operation import Operation
    from autograd.value import Number, Plain


# Of many operands: one node each; of plain numbers alone a float.


def operands_in(name: str, given: Any) -> list[Any]:
    """The operands of an operation on many; `TypeError` names it where they cannot be gone through."""
    try:
        operands = iter(given)
    except TypeError:
        raise no_sequence(name, given) from None
    return list(operands)


if TYPE_CHECKING:
    @overload
    def sum(iterable: Iterable[Plain], start: Plain = 0) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def sum(iterable: Iterable[Number], start: Number = 0) -> Value: ...


def sum(iterable: Iterable[Any], start: Any = 0) -> Any:
    """The sum of numbers and Values as one node, from left to right; takes what the builtin takes.

    >>> sum([Value(1.0), 2, Value(3.0)])
    <Value 6.0 = sum(1.0, 2.0, 3.0), grad 0.0>
    """
    if isinstance(start, (str, bytes)):
        raise not_a_number(ops.TABLE["sum"], start)
    xs = operands_in("sum", iterable)
    if type(start) is Value or start != 0:
        xs.insert(0, start)
    return fold(SUM, NOTHING, NOTHING, xs, None)


if TYPE_CHECKING:
    @overload
    def prod(iterable: Iterable[Plain], start: Plain = 1) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def prod(iterable: Iterable[Number], start: Number = 1) -> Value: ...


def prod(iterable: Iterable[Any], start: Any = 1) -> Any:
    """The product of numbers and Values as one node, from left to right; takes what `math.prod` takes.

    What is infinite or 0 on the way only does not count: value and derivatives are right wherever they are doubles. Of more than
    256 numbers, not all of them ordinary, this holds for the first two derivatives; in a program for the second ones of numbers
    where the first are doubles.

    Value and gradient take time with their number. So does a gradient that is to be differentiated again of ordinary numbers, no
    product of any of which leaves the doubles; of others, and the second derivatives of a program, with its square up to 256.

    >>> prod([1e200, 1e200, 1e-200, 1e-200])
    1.0
    """
    xs = operands_in("prod", iterable)
    if type(start) is Value or start != 1:
        xs.insert(0, start)
    return fold(PROD, NOTHING, NOTHING, xs, None)


if TYPE_CHECKING:
    @overload
    def mean(iterable: Iterable[Plain]) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def mean(iterable: Iterable[Number]) -> Value: ...


def mean(iterable: Iterable[Any]) -> Any:
    """The arithmetic mean of numbers and Values as one node. `ValueError` for none."""
    return apply_many(ops.TABLE["mean"], operands_in("mean", iterable))


if TYPE_CHECKING:
    @overload
    def dot(ws: Iterable[Plain], xs: Iterable[Plain], bias: Plain = 0) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def dot(ws: Iterable[Number], xs: Iterable[Number], bias: Number = 0) -> Value: ...


def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = 0) -> Any:
    """bias + w1*x1 + w2*x2 + ... as one node, from left to right. `ValueError` for unequal lengths.

    >>> w, b = [Value(2.0), Value(-1.0)], Value(0.5)
    >>> y = dot(w, [3.0, 4.0], b)
    >>> y.backward()
    >>> y.data, w[0].grad, w[1].grad, b.grad
    (2.5, 3.0, 4.0, 1.0)
    """
    left = ws if type(ws) is list else operands_in("dot", ws)
    right = xs if type(xs) is list else operands_in("dot", xs)
    if len(left) != len(right):
        message = f"dot: {len(left)} weights cannot meet {len(right)} inputs"
        raise ValueError(message)
    return fold(DOT, left, right, NOTHING, None if type(bias) is not Value and bias == 0 else bias)


if TYPE_CHECKING:
    @overload
    def logsumexp(iterable: Iterable[Plain]) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def logsumexp(iterable: Iterable[Number]) -> Value: ...


def logsumexp(iterable: Iterable[Any]) -> Any:
    """log(exp(x1) + exp(x2) + ...) as one node, without overflow. `ValueError` for none."""
    return apply_many(ops.TABLE["logsumexp"], operands_in("logsumexp", iterable))


if TYPE_CHECKING:
    @overload
    def softmax(iterable: Iterable[Plain]) -> list[float]: ...  # type: ignore[overload-overlap]
    @overload
    def softmax(iterable: Iterable[Number]) -> list[Value]: ...


def softmax(iterable: Iterable[Any]) -> Any:
    """exp(xi) / (exp(x1) + exp(x2) + ...) for each i, as a list; shifted by the largest, so that nothing overflows."""
    xs = operands_in("softmax", iterable)
    if not xs:
        return []
    numbers = [numeric(ops.TABLE["exp"], x) for x in xs]
    if NotImplemented in numbers:
        return unknown(ops.TABLE["exp"].code, tuple(xs))
    largest = max(numbers)
    if recorder() is not None:  # the shift follows the numbers that the program will be given
        largest = xs[0]
        for x in xs[1:]:
            largest = FUNCTIONS["maximum"](largest, x)
        largest = detach(largest)
    exps = [FUNCTIONS["exp"](x - largest) for x in xs]
    total = sum(exps)
    if recorder() is None and type(total) is Value:
        give_flags(total, HOLDS_CHOICE)
    return [e / total for e in exps]


# What chooses, and what forgets.


if TYPE_CHECKING:
    @overload
    def where(condition: object, a: Plain, b: Plain) -> float: ...
    @overload
    def where(condition: object, a: Value, b: Number) -> Value: ...
    @overload
    def where(condition: object, a: Plain, b: Value) -> Value: ...


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` if the condition holds, else `b`; both are computed, the edge goes only to the one taken.

    The condition is a comparison, a number or a Value, and no operand: it has no derivative. While a function is recorded, it
    is computed anew at each point, and neither the value nor the derivative of the side not taken leaks through.
    """
    if isinstance(condition, Expression) or NotImplemented in (numeric(WHERE, a), numeric(WHERE, b)):
        return call("where", condition, a, b) if isinstance(condition, Expression) else unknown(WHERE.code, (a, b))
    if type(condition) is Value and recorder() is not None:
        condition = condition != 0.0
    if type(condition) is Condition:
        return choose(condition.node, a, b)
    taken = a if condition else b
    number = numeric(WHERE, taken)
    if type(a) is not Value and type(b) is not Value:
        return number
    return computed(WHERE.code, number, (taken,), (1.0,)) if recording() else leaf(number)


WHERE = ops.TABLE["where"]
NOTHING: list[Any] = []
SUM, DOT, PROD = [ops.TABLE[name].code for name in ("sum", "dot", "prod")]
COFACTOR = ops.INTERNAL["cofactor"].code


if TYPE_CHECKING:
    @overload
    def detach(x: Plain) -> float: ...
    @overload
    def detach(x: Value) -> Value: ...


def detach(x: Any) -> Any:
    """A new leaf with the same number: what is computed from it passes no gradient on to `x`. A plain number is a float.

    While a function is recorded it is a node, so that the number follows `x`.
    """
    if type(x) is not Value:
        return as_number(x)
    number = number_of(x)
    if recorder() is None:
        return leaf_of_choice(number)
    return computed(ops.TABLE["detach"].code, number, (x,), (0.0,))


# Each entry of the table has a function; those of fixed operands that are no operators have a method too.

FUNCTIONS: dict[str, Callable[..., Any]] = {}
VALUES: dict[str, Callable[..., Any]] = {}
"""Values as a kind of number: what the operations of a rule are when it runs on them, for the graph of a gradient."""
RECORDED: dict[str, Callable[..., Any]] = {}
"""The same while a function is recorded: each choice is an operation too, for a graph that is recorded at one point for all."""

OPERATORS = ("add", "sub", "mul", "div", "pow", "neg")
"""They need no method."""


def make_function(entry: Operation) -> Callable[..., Any]:
    """The public function of an entry of the table."""
    if entry.name in ("where", "detach"):
        return where if entry.name == "where" else detach
    f: Callable[..., Any]
    if entry.arity == 1:
        f = one_operand(entry.code, unknown)
    else:
        f = two_operands(entry.code, unknown) if entry.arity == 2 and entry.c else any_operands(entry)
    f.__name__ = f.__qualname__ = entry.name
    f.__module__ = "autograd"
    f.__doc__ = MANUAL.get(entry.name) or f"{entry.name}({', '.join(entry.operands)}): {entry.doc}."
    return f


def any_operands(entry: Operation) -> Callable[..., Any]:
    """The function of an operation that has no kernel, or more than two operands."""

    def f(*operands: Any, **given: Any) -> Any:
        if given or len(operands) != entry.arity:
            operands = completed(entry, operands, given)
        result = apply(entry, operands)
        return unknown(entry.code, operands) if result is NotImplemented else result

    return f


def completed(entry: Operation, operands: tuple[Any, ...], given: dict[str, Any]) -> tuple[Any, ...]:
    """The operands with those given by name and the defaults, each in its place."""
    names = entry.operands[len(operands) :]
    known = dict(zip(entry.operands[entry.arity - len(entry.defaults) :], entry.defaults)) | given
    strange = [name for name in given if name not in names]
    if strange:
        message = f"{entry.name}({', '.join(entry.operands)}) has no operand {', '.join(strange)} left to be named"
        raise TypeError(message)
    if len(operands) > entry.arity or any([name not in known for name in names]):
        raise miscounted(entry, len(operands) + len(given))
    return operands + tuple([known[name] for name in names])


def unknown(code: int, operands: tuple[Any, ...]) -> Expression:
    """A formula where a rule is being traced; else the error for an operand that is no number."""
    entry = ops.BY_CODE[code]
    assert entry is not None  # noqa: S101
    if any(isinstance(x, Expression) for x in operands):
        return call(entry.name, *operands)
    raise not_a_number(entry, next((x for x in operands if numeric(entry, x) is NotImplemented), None))


def publish(entry: Operation) -> None:
    """Make the function and the method of an entry of the table; of one of many operands there is a function only."""
    tell_choice(entry.code, entry.choice)
    if entry.many:
        return
    function = FUNCTIONS[entry.name] = VALUES[entry.name] = RECORDED[entry.name] = make_function(entry)
    if entry.name not in OPERATORS:
        set_method(entry.name, where_method if entry.name == "where" else function)
    if entry.numpy:
        set_method(entry.numpy, function)


def withdraw(entry: Operation) -> None:
    """Undo `publish`."""
    for names in (FUNCTIONS, VALUES, RECORDED):
        names.pop(entry.name, None)
    if hasattr(Value, entry.name):
        set_method(entry.name, None)


def where_method(self: Value, condition: Any, other: Any) -> Any:
    """This Value if the condition holds, else `other`."""
    return where(condition, self, other)


def divide(a: Any, b: Any) -> Any:
    """a / b in a rule that runs on Values: of plain numbers in IEEE arithmetic."""
    return a / b if type(a) is Value or type(b) is Value else ieee_div(a, b)


def lower(a: Any, k: Any) -> Any:
    """a * 2**-k in a rule that runs on Values."""
    return a if type(k) is not Value and k == 0 else apply(ops.INTERNAL["lowered"], (a, k))


def exponent_now(x: Any) -> float:
    """What is worth taking out of a number as its exponent: a plain number, for at other points another one would do."""
    number = number_of(x) if type(x) is Value else x
    return 0.0 if 2.0**-30 < abs(number) < 2.0**30 else exponent_of(number)


def alone_now(*xs: Any) -> list[bool]:
    """Which of some operands the products of the others are not to share anything for, as their numbers are now."""
    return standing_alone([float(number_of(x) if type(x) is Value else x) for x in xs])


def cofactor(*xs: Any) -> Any:
    """The product of all but one, as one node."""
    return fold(COFACTOR, NOTHING, NOTHING, list(xs), None)


for each in list(ops.TABLE.values()):
    publish(each)
for each in ops.INTERNAL.values():
    tell_choice(each.code, each.choice)
VALUES |= {"div": divide, "prod": lambda *xs: prod(xs), "cofactor": cofactor}
VALUES |= {"alone": alone_now, "lowered": lower, "exponent": exponent_now}
del VALUES["where"]
RECORDED |= VALUES | {"where": choice, "alone": ops.alone, "exponent": lambda x: apply(ops.INTERNAL["exponent"], (x,))}
