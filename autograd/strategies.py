"""Hypothesis strategies: random expressions over the table, their inputs inside every domain, and points of one operation.

>>> from autograd import check_gradients, log
>>> from hypothesis import given
>>> @given(points("log"))
... def log_has_the_derivative_of_log(operands):
...     check_gradients(log, *operands)
>>> log_has_the_derivative_of_log()

An expression is a function whose ``repr`` is Python source: what a failing test prints can be pasted. The strategies read the
table when a value is drawn, so an operation registered by `autograd.op` has its place in them from then on.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd import functions, ops, value
from autograd.errors import not_installed
from autograd.functions import FUNCTIONS
from autograd.trace import INFIX, TIGHTEST
from autograd.value import Value

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    needs = not_installed("autograd.strategies", "hypothesis")
    raise needs from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograd.operation import Domain, Operation

    Draw = Callable[[st.SearchStrategy[Any]], Any]

LARGEST = 1e4
"""No value inside a random expression is larger, so that its derivatives stay finite."""
MARGIN = 1e-3
"""How far from the ends of domains, and from kinks, a point is: as part of its size, or of 1 if it is smaller."""
SAFELY = ("add", "sub", "mul", "neg", "sin", "cos", "tanh")
"""Shrinking goes towards the first of these: what is left shows the operation that matters."""
RECENT, CONSTANTS = 7, (2.0, 0.5, 3.0, -1.5)
"""An operand of a random expression is one of the newest parts, or one of these plain numbers."""
UNLIKE = ("detach", "identity")
"""The derivative of `detach` is not that of its value; `identity` is no operation to write."""
SCOPE = {**FUNCTIONS, **{name: getattr(functions, name) for name in ("dot", "logsumexp", "mean", "prod", "sum", "where")}}


class Formula:
    """A random expression: a function of floats or Values, ``str`` its body and ``repr`` a lambda, both Python source.

    `point` holds inputs at which each operation lies inside its domain, `names` the operations that occur.

    >>> f = Formula("sin(x0) * x1", (0.5, 2.0), ("mul", "sin"))
    >>> f, f(0.0, 2.0), f.names
    (lambda x0, x1: sin(x0) * x1, 0.0, ('mul', 'sin'))
    """

    def __init__(self, source: str, point: Sequence[float], names: Iterable[str]) -> None:
        self.source, self.point, self.names = source, tuple(point), tuple(names)
        arguments = ", ".join(f"x{i}" for i in range(len(self.point)))
        self._function = eval(f"lambda {arguments}: {source}", {**SCOPE, **FUNCTIONS})  # noqa: S307  (spelled by this module)

    def __call__(self, *xs: Any) -> Any:
        """The result at other inputs: a Value if one of them is."""
        return self._function(*xs)

    def leaves(self) -> list[Value]:
        """A labelled leaf for each input, at the point."""
        return [Value(x, label=f"x{i}") for i, x in enumerate(self.point)]

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"lambda {', '.join(f'x{i}' for i in range(len(self.point)))}: {self.source}"


def values(min_value: float | None = None, max_value: float | None = None) -> st.SearchStrategy[Value]:
    """Leaves with any finite number, within the limits if they are given.

    >>> values(0.0, 1.0).example().op  # doctest: +SKIP
    ''
    """
    numbers = st.floats(min_value, max_value, allow_nan=False, allow_infinity=False)
    return st.builds(Value, numbers, st.sampled_from(["", "x", "weight"]))


def points(op: str | Callable[..., Any], *, kinks: bool = False) -> st.SearchStrategy[tuple[float, ...]]:
    """Operands of one operation, given by name or as its function: strictly inside its domain, where its value is finite.

    They keep away from its kinks; with `kinks`, they often lie exactly on one. An operand by which there is no derivative is a
    small whole number. An operation of many operands gets one to five (`dot`: weights, inputs, perhaps a bias).
    Raises `ValueError` for a name that is not in the table.
    """
    return st.deferred(lambda: _points(_operation(op), kinks=kinks))


def expressions(
    operations: Iterable[str | Callable[..., Any]] | None = None, *, inputs: int = 3, size: int = 8
) -> st.SearchStrategy[Formula]:
    """Random expressions of up to `size` operations of at most `inputs` inputs, each part used once: a tree.

    `operations`, by name or function, are all of the table unless given. Raises `ValueError` for an unknown one.
    """
    return st.deferred(lambda: _formulas(_entries(operations), inputs, size, shared=False))


def graphs(
    operations: Iterable[str | Callable[..., Any]] | None = None, *, inputs: int = 3, size: int = 12
) -> st.SearchStrategy[Formula]:
    """The same with parts used again, spelled ``(t0 := sin(x0)) * t0``: called on Values, a graph that is no tree."""
    return st.deferred(lambda: _formulas(_entries(operations), inputs, size, shared=True))


def applied(operation: str | Callable[..., Any], operands: Sequence[Any]) -> Any:
    """An operation by name or function on its operands: one by one, or as the list that an operation of many takes."""
    entry = _operation(operation)
    if entry.many:
        return value.apply_many(entry, list(operands))
    return value.apply(entry, tuple(operands))


# Points.


def _operation(op: str | Callable[..., Any]) -> Operation:
    name = op if isinstance(op, str) else getattr(op, "__name__", repr(op))
    if name not in ops.TABLE:
        message = f"{name!r} is no operation of the table: register it with autograd.op"
        raise ValueError(message)
    return ops.TABLE[name]


def _entries(operations: Iterable[str | Callable[..., Any]] | None) -> list[Operation]:
    if operations is not None:
        return [_operation(op) for op in operations]
    first = [ops.TABLE[name] for name in SAFELY]
    return first + [entry for entry in ops.TABLE.values() if entry.name not in SAFELY and entry.name not in UNLIKE]


def _points(entry: Operation, *, kinks: bool) -> st.SearchStrategy[tuple[float, ...]]:
    if entry.many:
        operand = _inside(entry.domain[0])
        return st.lists(operand, min_size=1, max_size=5).map(tuple).filter(partial(_fits, entry))
    plain = st.integers(0, 5).map(float)
    each = [_inside(domain) if rule is not None else plain for domain, rule in zip(entry.domain, entry.partials, strict=True)]
    inside = st.tuples(*each)
    away = inside.filter(lambda x: _fits(entry, x) and not _near_kink(entry, x))
    if not kinks or not entry.kinks:
        return away
    choice = st.lists(st.integers(-1, len(each) - 1), min_size=len(each), max_size=len(each))
    on = (
        st.tuples(inside, choice)
        .map(_tied)
        .filter(lambda x: _fits(entry, x) and any(formula(*x) == 0 for formula, _ in entry.kinks))
    )
    return st.one_of(on, away)


def _tied(drawn: tuple[tuple[float, ...], list[int]]) -> tuple[float, ...]:
    """Each operand as it is, or equal to another, or 0: kinks are there."""
    x, choice = drawn
    return tuple(0.0 if c < 0 else x[c] for c in choice)


def _inside(domain: Domain) -> st.SearchStrategy[float]:
    """Numbers of all sizes that are strictly inside; the simplest are small."""
    low, high = domain.low, domain.high
    start = low if math.isfinite(low) else (high if math.isfinite(high) else 0.0)
    sign = 1.0 if math.isfinite(low) or not math.isfinite(high) else -1.0
    if math.isfinite(low) and math.isfinite(high):
        near = st.floats(low, high).filter(lambda x: x == 0 or abs(x) >= 1e-8)
        return near.filter(lambda x: _well_inside(domain, x))
    both = math.isinf(low) and math.isinf(high)
    sizes = st.one_of(st.integers(1, 10).map(float), st.floats(MARGIN, 10.0), st.floats(1e-8, 1e-3), st.floats(10.0, 1e8))
    signs = st.sampled_from([sign, -sign] if both else [sign])
    return st.tuples(sizes, signs).map(lambda drawn: start + drawn[0] * drawn[1]).filter(lambda x: _well_inside(domain, x))


def _well_inside(domain: Domain, x: float) -> bool:
    ends = [end for end in (domain.low, domain.high) if math.isfinite(end) and end != 0]
    if x not in domain or x in (domain.low, domain.high) or any(abs(x - end) < MARGIN * max(1.0, abs(end)) for end in ends):
        return False
    poles = domain.hole not in ("", "0")
    return not (poles and x < 0.5 and abs(x - round(x)) < MARGIN * max(1.0, abs(x)))


def _numbers_at(entry: Operation, x: Sequence[float]) -> list[float] | None:
    """The value and the partials, or None if one of them is not finite."""
    try:
        rules = entry.partials * len(x) if entry.many else entry.partials
        made = applied(entry.name, [each if rule is None else Value(each) for each, rule in zip(x, rules, strict=True)])
    except (ValueError, ArithmeticError):
        return None
    numbers = [made.data, *made.partials]
    return numbers if all(map(math.isfinite, numbers)) else None


def _fits(entry: Operation, x: Sequence[float]) -> bool:
    """Whether value and partials are finite there."""
    return _numbers_at(entry, x) is not None


def _near_kink(entry: Operation, x: Sequence[float]) -> bool:
    if entry.name == "step":  # a constant on both sides
        return x[0] == 0
    size = max((abs(each) for each in x), default=0.0)
    return any(abs(formula(*x)) <= MARGIN * size for formula, _ in entry.kinks)


# Expressions.


class _Part:
    """A part of an expression: its value at the point, and how it is spelled."""

    def __init__(self, number: float, text: str = "", entry: Operation | None = None, operands: Sequence[_Part] = ()) -> None:
        self.number, self.text, self.entry, self.operands = number, text, entry, tuple(operands)

    @property
    def simple(self) -> bool:
        """Whether it is an input or a plain number."""
        return not self.entry

    def within(self) -> Iterator[_Part]:
        """Itself and all parts under it, as often as they occur."""
        yield self
        for operand in self.operands:
            yield from operand.within()


@st.composite
def _formulas(draw: Draw, entries: list[Operation], inputs: int, size: int, *, shared: bool) -> Formula:
    inputs_drawn = draw(st.lists(_coordinates(), min_size=1, max_size=inputs))
    parts = [_Part(x, f"x{i}") for i, x in enumerate(inputs_drawn)]
    kinds = RECENT + len(CONSTANTS)
    picks = st.integers(0, kinds**4 - 1).map(lambda n: (n % kinds, n // kinds % kinds, n // kinds**2 % kinds, n // kinds**3))
    step = st.tuples(st.sampled_from(entries), picks)  # few choices each: shrinking deletes up to five at once
    unused = list(parts)
    for entry, picks in draw(st.lists(step, min_size=1, max_size=size)):
        made = _made(entry, picks, parts if shared else unused, parts[: len(inputs_drawn)])
        if made is not None:
            parts.append(made)
            unused = [p for p in unused if p not in made.operands] + [made]
    last = parts[-1]
    for part in [p for p in unused if p.entry and p is not last] if not shared else []:
        last = _Part(part.number + last.number, "", ops.TABLE["add"], (part, last))
    names = sorted({p.entry.name for p in last.within() if p.entry})
    return Formula(_Spelling(last).text, inputs_drawn, names)


def _coordinates() -> st.SearchStrategy[float]:
    """Inputs: simple numbers first, of both signs, some inside (-1, 1)."""
    rounded = st.floats(-4.0, 4.0).map(lambda x: round(x, 4)).filter(bool)
    return st.one_of(st.sampled_from([0.5, 1.5, -0.5, 2.0, -2.0, 3.0]), rounded)


def _made(entry: Operation, picks: Sequence[int], parts: list[_Part], leaves: list[_Part]) -> _Part | None:
    """The operation on what was picked; None where that does not fit its domain, is too large or lies near a kink."""
    count = 4 if entry.name == "where" else 1 + picks[-1] % 4 if entry.many else len(entry.operands)
    count += entry.name == "dot" and count % 2
    operands: list[_Part] = []
    for i, pick in enumerate(picks[:count]):
        plain = not entry.many and entry.name != "where" and entry.partials[i] is None
        domain = entry.domain[0 if entry.many or entry.name == "where" else i]
        found = _Part(float(pick % 6)) if plain else _picked(pick, domain, parts, leaves, operands)
        if found is None:
            return None
        operands.append(found)
    if all(o.simple and not o.text for o in operands[2 if entry.name == "where" else 0 :]):
        return None
    number = _value_of(entry, [o.number for o in operands])
    return None if number is None else _Part(number, "", entry, operands)


def _picked(pick: int, domain: Domain, parts: list[_Part], leaves: list[_Part], before: list[_Part]) -> _Part | None:
    """The n-th newest part that lies inside the domain; for the last few choices a plain number."""
    if pick >= RECENT:
        number = CONSTANTS[pick - RECENT]
        return _Part(number) if _well_inside(domain, number) else None
    fitting = [p for p in [*leaves, *parts] if _well_inside(domain, p.number) and (p.simple or p not in before)]
    return fitting[-1 - pick % len(fitting)] if fitting else None


def _value_of(entry: Operation, x: list[float]) -> float | None:
    if entry.name == "where":
        return None if abs(x[0] - x[1]) <= MARGIN else x[2] if x[0] > x[1] else x[3]
    numbers = None if not entry.many and _near_kink(entry, x) else _numbers_at(entry, x)
    return None if numbers is None or any(abs(each) > LARGEST for each in numbers) else numbers[0]


class _Spelling:
    """An expression as one line of Python; a part that occurs twice is named where it first occurs."""

    def __init__(self, root: _Part) -> None:
        self.uses: dict[int, int] = {}
        self.names: dict[int, str] = {}
        self._count(root)
        self.text = self._spelled(root, 0)

    def _count(self, part: _Part) -> None:
        self.uses[id(part)] = self.uses.get(id(part), 0) + 1
        if self.uses[id(part)] == 1:
            for operand in part.operands:
                self._count(operand)

    def _spelled(self, part: _Part, binding: int) -> str:
        if part.entry is None:
            text = part.text or repr(part.number)
            return f"({text})" if text.startswith("-") and binding > INFIX["neg"][1] else text
        if id(part) in self.names:
            return self.names[id(part)]
        if self.uses[id(part)] > 1:
            text = self._applied(part, part.entry, 0)
            self.names[id(part)] = f"t{len(self.names)}"
            return f"({self.names[id(part)]} := {text})"
        return self._applied(part, part.entry, binding)

    def _applied(self, part: _Part, entry: Operation, binding: int) -> str:
        if entry.name not in INFIX:
            return _call(entry, [self._spelled(operand, 0) for operand in part.operands])
        sign, own = INFIX[entry.name]
        if entry.name == "neg":
            text = sign + self._spelled(part.operands[0], own)
        else:
            right_first = entry.name == "pow"  # a ** b ** c is a ** (b ** c)
            left, right = part.operands
            text = f"{self._spelled(left, own + right_first)} {sign} {self._spelled(right, TIGHTEST if right_first else own + 1)}"
        return f"({text})" if own < binding else text


def _call(entry: Operation, texts: list[str]) -> str:
    if entry.name == "where":
        return "where({} > {}, {}, {})".format(*texts)
    if entry.name == "dot":
        half = len(texts) // 2
        return f"dot([{', '.join(texts[:half])}], [{', '.join(texts[half:])}])"
    if entry.many:
        return f"{entry.name}([{', '.join(texts)}])"
    return f"{entry.name}({', '.join(texts)})"


st.register_type_strategy(Value, values())
