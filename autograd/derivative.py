"""Derivatives of Values and of functions: the sweep of `backward`, run on floats or, for higher orders, on Values.

>>> from autograd import sin
>>> f = lambda x: sin(x) * x
>>> grad(f)(0.5) == sin(0.5) + 0.5 * math.cos(0.5)
True
>>> grad(grad(lambda x: x**3))(2.0)  # 6x
12.0

Functions take numbers or structures of numbers, positionally; a derivative has the structure of its argument. What holds no
number, and keywords, pass through.
"""

from __future__ import annotations

import math

from autograd import ops, value
from autograd.errors import kind_of, shortened
from autograd.functions import FUNCTIONS, RECORDED, VALUES, dot, operands_in
from autograd.graph import Differentiating
from autograd.plain import real_number
from autograd.recording import Condition, choose, internal
from autograd.special import FEW_FACTORS
from autograd.structures import (
    blocks,
    filled,
    flattened,
    holds_number,
    mapped,
    shape_of,
    size_of,
    template_of,
    worded,
)
from autograd.value import (
    HOLDS_CHOICE,
    IS_TERM,
    MADE_BY_RULE,
    Value,
    creation,
    flags_of,
    forbid,
    give_flags,
    give_flags_since,
    ieee_arithmetic,
    made_before,
    members,
    number_of,
    recorded,
    reverse_pass,
    stored_partials,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from autograd.operation import Operation

    Number = Value | float
    Function = Callable[..., Any]
    Argnums: TypeAlias = int | Sequence[int] | None

PRODUCTS = ("prod", "cofactor")
"""Operations whose rule is another one at other sizes of its operands, if these are more than `FEW_FACTORS`."""


def gradients(y: Value, xs: Iterable[Value], *, graph: bool = False) -> list[Any]:
    """The derivatives of `y` by each of `xs`, in one reverse pass; no `.grad` is touched.

    `xs` may be inner nodes, `y` itself, or repeat; one that `y` does not depend on gives 0.0. With `graph`, the derivatives
    are Values that can be differentiated again. Raises `ValueError` with `graph` if a leaf was changed after `y` was computed.

    >>> x = Value(3.0)
    >>> (d,) = gradients(x**3, [x], graph=True)
    >>> d.data, gradients(d, [x])
    (27.0, [18.0])
    """
    xs = operands_in("gradients", xs)
    for x in (y, *xs):
        if type(x) is not Value:
            message = f"gradients: {shortened(x)} is {kind_of(x)}, not a Value: a plain number has no graph"
            raise TypeError(message)
    if graph:
        return _graph_of_gradients(y, xs)
    forbid(y, "gradients()")
    return reverse_pass(y, 1.0, xs)


def _graph_of_gradients(y: Value, xs: list[Value]) -> list[Value]:
    """The sweep with Values in place of floats: the rules of the table run once more, on the nodes themselves."""
    first, decided = Value(0.0), False
    oldest = min(xs, key=creation, default=first)
    with ieee_arithmetic():
        incoming: dict[int, Number] = {id(y): 1.0}
        for v in reversed(members(y)):
            if made_before(v, oldest):  # it depends on none of xs, nor does what is older
                break
            g = incoming.get(id(v))
            if g is None or not v.op or (type(g) is not Value and g == 0):
                continue
            decided = decided or v.entry.decides or v.op == "where" or flags_of(v) & (HOLDS_CHOICE | IS_TERM) != 0
            decided = decided or (v.entry.name in PRODUCTS and len(v.operands) > FEW_FACTORS)
            for x, term in _terms_of_choice(v, g) if v.op == "choose" else _terms(v, g):
                before = incoming.get(id(x))
                incoming[id(x)] = term if before is None else before + term
        found = [_as_value(incoming.get(id(x), 0.0)) for x in xs]
    return _made_of_partials(first, found, by_number=decided and value.recorder() is None)


def _made_of_partials(first: Value, found: list[Value], *, by_number: bool) -> list[Value]:
    """Tell those found, and who records, that all since `first` was made of partials, which never raise, and chose `by_number`.

    One that is older is given a node of its own, if that it is this one was chosen.
    """
    if by_number:
        found = [x if made_before(first, x) else FUNCTIONS["identity"](x) for x in found]
    give_flags_since(first, tuple(found), MADE_BY_RULE | (HOLDS_CHOICE if by_number else 0))
    watcher, last = value.recorder(), Value(0.0)
    while watcher is not None:
        while watcher.partials and made_before(first, watcher.partials[-1][0]):
            watcher.partials.pop()
        watcher.partials.append((first, last))
        watcher = watcher.outer
    return found


def _terms(v: Value, g: Number) -> Iterator[tuple[Value, Number]]:
    """What a node hands to each of its parents."""
    closing = v.entry.choice
    for x, partial in zip(v.parents, _partials_on_values(v), strict=True):
        if not (closing and type(partial) is not Value and partial == 0):
            yield x, _term(g, partial, closing=closing)


def _terms_of_choice(v: Value, g: Number) -> Iterator[tuple[Value, Number]]:
    c, *sides = v.operands
    for x, side in zip(sides, (c, internal("negate", c)), strict=True):
        if type(x) is Value:
            yield x, choose(side, g, 0.0)


def _term(g: Number, partial: Number, *, closing: bool) -> Number:
    """What comes in times a partial: 0 where exactly 0 comes in, and where a choice is closed by a partial of 0.

    It is an ordinary product where neither can hide an infinity of the other. While a function is recorded nobody knows.
    """
    if type(partial) is not Value:
        ordinary = math.isfinite(partial)
    elif type(g) is not Value:
        ordinary = math.isfinite(g) and g != 0
    else:
        number = number_of(partial)
        ordinary = value.recorder() is None and math.isfinite(number) and number != 0 != number_of(g)
    if ordinary:
        if type(g) is type(partial) is Value:  # other numbers may make it another one
            return give_flags(g * partial, IS_TERM)
        return _times(g, partial)
    return value.apply(ops.INTERNAL["gated_term" if closing else "chain_term"], (g, partial))  # type: ignore[no-any-return]


def _plain(x: Any) -> Any:
    return number_of(x) if type(x) is Value else x


def _number(x: Number) -> float:
    return number_of(x) if type(x) is Value else float(x)


def _partials_on_values(v: Value) -> list[Number]:
    """The partials of a node by its parents as Values, each compared with the number on its edge."""
    entry, operands = v.entry, v.operands
    if entry.many:
        partials = _rule(entry, None)(operands, v)
        found = [partials[i] for i, x in enumerate(operands) if type(x) is Value]
    else:
        found = [_applied(entry, i, operands, v) for i, x in enumerate(operands) if type(x) is Value]
    for i, (partial, stored) in enumerate(zip(found, stored_partials(v), strict=True)):
        number = _number(partial)
        if number != stored and not (math.isnan(number) and math.isnan(stored)):
            raise _changed(v, i, number, stored)
    return found


def _applied(entry: Any, i: int, operands: Sequence[Number], v: Value) -> Number:
    try:
        partial = _rule(entry, i)(*operands, v)
    except Exception as error:
        if entry.formula(i) is not None or isinstance(error, MemoryError):
            raise
        name = entry.operands[i]
        message = f"{entry.name}: its partial by {name} cannot be differentiated again: write it with autograd's functions"
        raise TypeError(message) from error
    return choose(partial.node, 1.0, 0.0) if type(partial) is Condition else partial


def _rule(entry: Operation, i: int | None) -> Callable[..., Any]:
    """The rule of the partial by operand `i` (None: of many operands) on Values, made once."""
    chosen = value.recorder() is not None
    if (i, chosen) not in entry.kept:
        namespace = RECORDED if chosen else VALUES
        if i is None:
            entry.kept[i, chosen] = entry.partials_on(namespace)
        else:
            untraced: Any = entry.partials[i]  # such as with an if: it may do on Values, at this point
            entry.kept[i, chosen] = untraced if entry.formula(i) is None else entry.partial_on(i, namespace)
    return entry.kept[i, chosen]


def _changed(v: Value, i: int, number: float, stored: float) -> ValueError:
    leaves = [x for x in v.parents if not x.op] or [x for x in members(v) if not x.op]
    names = ", ".join(repr(x) for x in leaves[:4])
    return ValueError(
        f"{v!r}: the partial by operand {i} was {stored!r} when it was computed and is {number!r} now. A leaf was changed since "
        f"({names}): compute the expression again before differentiating it with graph=True"
    )


def _times(g: Number, partial: Number) -> Number:
    if type(partial) is not Value and partial == 1.0:
        return g
    if type(g) is not Value and g == 1.0:
        return partial
    return g * partial


def _as_value(x: Number) -> Value:
    return x if type(x) is Value else Value(x)


# Functions, called on nodes of their own.

_APART = object()
"""In place of a point and a direction that are given apart from the function."""


def _alias(x: Any) -> Value:
    """A fresh node for an argument, so that an inner derivative cannot see what the outer one differentiates."""
    if type(x) is Value:
        return FUNCTIONS["identity"](x)  # type: ignore[no-any-return]
    number = real_number(None, x)
    if number is NotImplemented:
        message = f"an argument is a number, a Value or a sequence of them, not {type(x).__name__}: {x!r}"
        raise TypeError(message)
    return Value(number)


def _positions(f: Function, args: tuple[Any, ...], argnums: Argnums) -> tuple[list[int], bool]:
    """Which arguments are differentiated, and whether their derivatives stand in a tuple."""
    name = spoken(f)
    if argnums is None:
        found = [i for i, x in enumerate(args) if holds_number(x)]
        if not found:
            kinds = ", ".join(map(kind_of, args)) or "no argument"
            message = f"{name} got {kinds}: there is no number to differentiate by"
            raise TypeError(message)
        return found, len(found) > 1
    several: Any = argnums if hasattr(argnums, "__len__") else [argnums]
    found = []
    for i in several:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            message = f"argnums is a position, or a sequence of them, not {argnums!r}"
            raise TypeError(message)
        if not -len(args) <= i < len(args):
            message = f"argnums {argnums!r}: {name} got {len(args)} positional arguments"
            raise ValueError(message)
        found.append(i.__index__() % len(args))
    if not found or len(set(found)) < len(found):
        message = f"argnums {argnums!r}: name each argument once, and at least one"
        raise ValueError(message)
    return found, several is argnums


def spoken(f: Function) -> str:
    """What a function is called in messages."""
    return getattr(f, "__name__", None) or type(f).__name__


class Applied:
    """A function called on aliases of its arguments: the inputs, the outputs, and whether the answer is Values.

    `argnums` says which positional arguments are differentiated, by default all that hold a number. With `has_aux` the function
    returns a pair, of which the second part is not differentiated.
    """

    def __init__(
        self,
        f: Function,
        args: tuple[Any, ...],
        named: Mapping[str, Any] | None = None,
        argnums: Argnums = None,
        *,
        has_aux: bool = False,
    ) -> None:
        self.f, self.args = f, args
        self.aux: Any = None
        self.chosen, tupled = _positions(f, args, argnums)
        self.all = self.chosen == list(range(len(args)))
        own = args if self.all else tuple([args[i] for i in self.chosen])
        self.template, given = template_of(own), flattened(own)
        self.arguments = self.template if tupled else template_of(own[0])
        with recorded():
            self.inputs = [_alias(x) for x in given]
            if not self.inputs:
                message = f"{spoken(f)} got only empty sequences: there is no number to differentiate by"
                raise TypeError(message)
            with Differentiating(self.inputs):
                result = f(*self.at(self.inputs), **named) if named else f(*self.at(self.inputs))
        self.result = result
        if has_aux:
            self.result, self.aux = self._parted(result)
        self.results, self.outputs = template_of(self.result), flattened(self.result)
        first = self.inputs[0]
        graph = members(*[y for y in self.outputs if type(y) is Value])
        self.on_values = any(type(x) is Value for x in given) or any(made_before(v, first) for v in graph)
        if has_aux and not self.on_values:
            self.aux = mapped(_plain, self.aux)

    def at(self, numbers: Iterable[Any]) -> Sequence[Any]:
        """The arguments, with these numbers in place of those that are differentiated by."""
        own: Sequence[Any] = filled(self.template, iter(numbers))
        if self.all:
            return own
        args = list(self.args)
        for i, x in zip(self.chosen, own, strict=True):
            args[i] = x
        return args

    def _parted(self, result: Any) -> tuple[Any, Any]:
        if isinstance(result, tuple) and len(result) == 2:
            return result
        message = f"has_aux: {spoken(self.f)} returned {shortened(result)}, not a pair (result, aux)"
        raise TypeError(message)

    def scalar(self, name: str) -> Value:
        """The only output, as a Value."""
        if self.results not in (None, ["array"]):
            kind = type(self.result).__name__
            message = f"{name}: {spoken(self.f)} returned a {kind}, not a scalar; jacobian takes functions of many outputs"
            raise TypeError(message)
        return self.output(0)

    def output(self, i: int) -> Value:
        """An output as a Value: a constant one is a leaf of its own."""
        y = self.outputs[i]
        if type(y) is Value:
            return y
        number = real_number(None, y)
        if number is NotImplemented:
            kind = type(y).__name__
            message = f"{spoken(self.f)} returned {shortened(y)}, a {kind}, not a number or Value: did it forget its return?"
            raise TypeError(message)
        return Value(number)

    def derivatives(self, y: Value, *, graph: bool | None = None) -> list[Any]:
        """Of one output by all inputs: Values where anything is a Value, else floats."""
        return gradients(y, self.inputs, graph=self.on_values if graph is None else graph)

    def structured(self, numbers: Iterable[Any]) -> Any:
        """One argument: its structure; several: a tuple of theirs."""
        return filled(self.arguments, iter(numbers))


def _of(f: Function, name: str, derivative: Function) -> Function:
    """A derivative under the name of its function, with whose parameters it is called."""
    if not callable(f):
        message = f"{name} takes a function, not {shortened(f)}, {kind_of(f)}"
        raise TypeError(message)
    derivative.__name__ = f"{name}_of_{spoken(f)}"
    derivative.__qualname__ = f"{name}({getattr(f, '__qualname__', spoken(f))})"
    derivative.__module__ = getattr(f, "__module__", derivative.__module__)
    derivative.__doc__ = f"{name} of {spoken(f)}, with the same arguments.\n\n{f.__doc__ or ''}".rstrip()
    derivative.__wrapped__ = f  # type: ignore[attr-defined]
    return derivative


def value_and_grad(f: Function, argnums: Argnums = None, *, has_aux: bool = False) -> Function:
    """A function that returns f's value and its gradient, in one pass.

    `argnums` is the position of the argument to differentiate by, or a sequence of them, which gives a tuple. By default these
    are all positional arguments that hold a number (no bool), and of one there is no tuple; others, and keywords, are handed to f
    as they are. With `has_aux` f returns a pair (result, aux): the value is the pair, with numbers in place of Values.

    Raises `TypeError` where there is no number to differentiate by, or f returns none; `ValueError` for a position that there
    is not.

    >>> value_and_grad(lambda x, y: x * y)(2.0, 5.0)
    (10.0, (5.0, 2.0))
    >>> value_and_grad(lambda x, n: (x**n, {"n": n}), argnums=0, has_aux=True)(2.0, 3)
    ((8.0, {'n': 3}), 12.0)
    """

    def value_and_gradient(*args: Any, **named: Any) -> tuple[Any, Any]:
        call = Applied(f, args, named, argnums, has_aux=has_aux)
        y = call.scalar("value_and_grad")
        value = y if call.on_values else number_of(y)
        return (value, call.aux) if has_aux else value, call.structured(call.derivatives(y))

    return _of(f, "value_and_grad", value_and_gradient)


def grad(f: Function, argnums: Argnums = None, *, has_aux: bool = False) -> Function:
    """A function that returns the gradient of the scalar function f, in the structure of its arguments.

    Returns Values, which can be differentiated again, if an argument is a Value or f closes over one; else floats. `argnums` as
    in `value_and_grad`; with `has_aux` f returns a pair (result, aux), and this (gradient, aux).

    >>> grad(lambda xs: xs[0] * xs[1] ** 2)([3.0, 2.0])
    [4.0, 12.0]
    >>> grad(lambda model, x: model["w"] * x + model["b"], argnums=0)({"w": 2.0, "b": 1.0}, 3.0)
    {'w': 3.0, 'b': 1.0}
    """
    return _gradient(f, "grad", argnums, has_aux=has_aux)


def _gradient(f: Function, name: str, argnums: Argnums, *, has_aux: bool) -> Function:
    """The gradient, for the derivative that is called so."""

    def gradient(*args: Any, **named: Any) -> Any:
        call = Applied(f, args, named, argnums, has_aux=has_aux)
        found = call.structured(call.derivatives(call.scalar(name)))
        return (found, call.aux) if has_aux else found

    return _of(f, name, gradient)


def jacobian(f: Function, argnums: Argnums = None, *, has_aux: bool = False) -> Function:
    """A function that returns, for each output of f (in its structure), the derivatives by the arguments (in theirs).

    Of an array of outputs by an array the derivatives are one array, of float64 and of shape (*outputs, *inputs); a number counts
    as an array without dimension. Values come back, in arrays of objects, if an argument is a Value or f closes over one.
    `argnums` and `has_aux` as in `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 0.0]]
    >>> import numpy as np
    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0], x[1]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.],
           [0., 1.]])
    """

    def derivative(*args: Any, **named: Any) -> Any:
        call = Applied(f, args, named, argnums, has_aux=has_aux)
        rows = [call.derivatives(call.output(i)) for i in range(len(call.outputs))]
        found = blocks(call.results, call.arguments, rows)
        return (found, call.aux) if has_aux else found

    return _of(f, "jacobian", derivative)


def hessian(f: Function, argnums: Argnums = None, *, has_aux: bool = False) -> Function:
    """A function that returns the second derivatives of the scalar function f: for each argument those of its gradient.

    Of an array they are one array of shape (*inputs, *inputs), by several arguments a block for each two of them. `argnums` and
    `has_aux` as in `grad`.

    >>> hessian(lambda x, y: x**2 * y)(3.0, 5.0)
    ((10.0, 6.0), (6.0, 0.0))
    """
    return _of(f, "hessian", jacobian(_gradient(f, "hessian", argnums, has_aux=has_aux), argnums, has_aux=has_aux))


def jvp(f: Function, x: Any = _APART, v: Any = _APART) -> Any:
    """The value of f at x, and its derivative in the direction v: one pass forward. v has the structure of x.

    Without x and v, a function of them. A derivative that comes out infinite or nan is computed again in reverse, as `grad` does.

    >>> jvp(lambda x: [x[0] * x[1], x[0]], [2.0, 3.0], [1.0, 10.0])
    ([6.0, 2.0], [23.0, 1.0])
    >>> jvp(lambda x: x**2)(3.0, 1.0)
    (9.0, 6.0)
    """
    if v is _APART:
        return _curried(jvp, f, x)
    call = Applied(f, (x,), argnums=0)
    directions = _matching(x, v)
    on_values = call.on_values or any(type(d) is Value for d in directions)
    first = Value(0.0)
    with ieee_arithmetic():
        tangents = _tangents(call, directions, on_values=on_values)
    if on_values:  # whether a tangent is finite has decided how it was computed
        tangents = _made_of_partials(first, list(map(_as_value, tangents)), by_number=value.recorder() is None)
    values = [call.output(i) for i in range(len(call.outputs))]
    pair = (values, tangents) if on_values else (map(number_of, values), map(float, tangents))
    result, along = [filled(call.results, iter(each)) for each in pair]
    return result, along


def _curried(derivative: Function, f: Function, x: Any) -> Function:
    """jvp(f), hvp(f): a function of the point and the direction."""
    name = derivative.__name__
    if x is not _APART:
        message = f"{name} takes a point and a direction: {name}(f, x, v), or {name}(f)(x, v)"
        raise TypeError(message)
    along = _of(f, name, lambda x, v: derivative(f, x, v))
    del along.__wrapped__  # type: ignore[attr-defined]  # it has other parameters
    return along


def _tangents(call: Applied, directions: list[Any], *, on_values: bool) -> list[Any]:
    """How each output moves along the directions of the inputs: a sweep forward.

    The reverse sweep defines a derivative, and at 0 times infinity only that one is right: what is not finite is computed again.
    """
    moving = {id(a): d for a, d in zip(call.inputs, directions, strict=True) if type(d) is Value or d != 0}
    for node in members(*[y for y in call.outputs if type(y) is Value]):
        if id(node) not in moving and any(id(x) in moving for x in node.parents):
            moving[id(node)] = _tangent(node, moving, on_values=on_values)
    tangents = [moving.get(id(y), 0.0) for y in call.outputs]
    for i, t in enumerate(tangents):
        unknown = type(t) is Value and value.recorder() is not None
        if unknown or not math.isfinite(_number(t)):
            gradient = call.derivatives(call.output(i), graph=on_values)
            moved = [(g, d) for g, d in zip(gradient, directions, strict=True) if type(d) is Value or d != 0]
            again = _added([_term(g, d, closing=True) for g, d in moved])
            tangents[i] = choose(internal("eq", t - t, 0.0), t, again) if unknown else again
    return tangents


def _tangent(v: Value, moving: dict[int, Any], *, on_values: bool) -> Any:
    """How a node moves, from how its parents do."""
    if v.op in ops.CONDITIONS:
        return 0.0
    if v.op == "choose" and on_values:
        c, *sides = v.operands
        return choose(c, *[moving.get(id(x), 0.0) for x in sides])
    partials = _partials_on_values(v) if on_values else stored_partials(v)
    closing = v.entry.choice
    terms = []
    for x, d in zip(v.parents, partials, strict=True):
        if id(x) in moving and not (closing and type(d) is not Value and d == 0):
            t = moving[id(x)]
            terms.append(_term(t, d, closing=True) if closing and _number(d) == 0 else _times(t, d))
    return _added(terms)


def _added(terms: list[Any]) -> Any:
    total = terms[0] if terms else 0.0
    for term in terms[1:]:
        total = total + term
    return total


def hvp(f: Function, x: Any = _APART, v: Any = _APART) -> Any:
    """The Hessian of the scalar function f at x times the direction v, without forming it; without x and v a function of them.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    if v is _APART:
        return _curried(hvp, f, x)
    directions = _matching(x, v)
    call = Applied(f, (x,), argnums=0)
    first = call.derivatives(call.scalar("hvp"), graph=True)
    along = dot(first, directions)
    on_values = call.on_values or any(type(d) is Value for d in directions)
    return call.structured(gradients(_as_value(along), call.inputs, graph=on_values))


def _matching(x: Any, v: Any) -> list[Any]:
    own, given = shape_of(x), shape_of(v)
    if own != given:
        counts = f"the direction has {size_of(given)} numbers, the argument {size_of(own)}"
        message = f"{counts}, as {worded(given)} and {worded(own)}: give both the same structure"
        raise ValueError(message)
    return [d if type(d) is Value else number_of(_alias(d)) for d in flattened(v)]
