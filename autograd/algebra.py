"""Formulas as a kind of number: they compute by the operators, and are simplified as lightly as a person does in passing.

Constants are folded as exact decimals, like factors become powers and like terms multiples; products of sums stay as they are.

>>> x, y = letters("x", "y")
>>> 2 * x * 1.1, x * x * y / x, (x + y) * (x + y), x - x + 3
(2.2x, xy, (x + y)², 3)

`SYMBOLS` is the namespace of formulas for the doors of the table (see `Operation.value_on`):

>>> TABLE["sin"].value_on(SYMBOLS)(x * y)
sin(xy)
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction

from autograd.operation import FLOATS
from autograd.ops import INTERNAL, TABLE
from autograd.spelling import in_text, within
from autograd.trace import COMPARISONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from autograd.operation import Namespace

    Plain: TypeAlias = Fraction | float
    Term: TypeAlias = "Symbolic | Fraction | float"

MOST_BITS = 400
"""A fraction of more bits is rounded to `KEPT_BITS`: a product of many constants would grow without end."""
KEPT_BITS = 120
MOST_EXPONENT = 64
"""A number to a greater power is left as it is written."""


class Symbolic:
    """A number, a symbol, a sum, a product, a power or a call of an operation; immutable, and equal to what has the same parts.

    `kind` says which, `name` is that of a symbol or an operation, `number` that of a number: a fraction, or a float that is
    infinite or nan. `of` tells symbols of one name apart, and `parts` counts the parts as often as they are written. Comparisons
    but ``==`` give formulas, conditions.
    """

    __slots__ = ("_hash", "kind", "name", "number", "of", "operands", "parts")

    kind: str
    operands: tuple[Symbolic, ...]
    name: str
    of: int
    parts: int

    def __init__(self, kind: str, *operands: Symbolic, name: str = "", number: Plain = 0, of: int = 0) -> None:
        self.kind, self.operands, self.name, self.of = kind, operands, name, of
        self.number: Fraction | float = number
        self.parts = 1 + sum(x.parts for x in operands)
        unordered = frozenset(operands) if kind in {"sum", "product"} else operands
        self._hash = hash((kind, unordered, name, number, of))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Symbolic):
            return NotImplemented
        if self._hash != other._hash or (self.kind, self.name, self.of) != (other.kind, other.name, other.of):
            return False
        if self.kind in {"sum", "product"}:
            return frozenset(self.operands) == frozenset(other.operands)
        return self.number == other.number and self.operands == other.operands

    def __add__(self, other: Term) -> Symbolic:
        return total([self, formula(other)])

    def __radd__(self, other: Term) -> Symbolic:
        return total([formula(other), self])

    def __sub__(self, other: Term) -> Symbolic:
        return total([self, -formula(other)])

    def __rsub__(self, other: Term) -> Symbolic:
        return total([formula(other), -self])

    def __mul__(self, other: Term) -> Symbolic:
        return multiplied([self, formula(other)])

    def __rmul__(self, other: Term) -> Symbolic:
        return multiplied([formula(other), self])

    def __truediv__(self, other: Term) -> Symbolic:
        return multiplied([self, raised(formula(other), MINUS_ONE)])

    def __rtruediv__(self, other: Term) -> Symbolic:
        return multiplied([formula(other), raised(self, MINUS_ONE)])

    def __pow__(self, other: Term) -> Symbolic:
        return raised(self, formula(other))

    def __rpow__(self, other: Term) -> Symbolic:
        return raised(formula(other), self)

    def __neg__(self) -> Symbolic:
        return multiplied([MINUS_ONE, self])

    def __pos__(self) -> Symbolic:
        return self

    def __abs__(self) -> Symbolic:
        return size(self)

    def __lt__(self, other: Term) -> Symbolic:
        return related("lt", self, formula(other))

    def __le__(self, other: Term) -> Symbolic:
        return related("le", self, formula(other))

    def __gt__(self, other: Term) -> Symbolic:
        return related("gt", self, formula(other))

    def __ge__(self, other: Term) -> Symbolic:
        return related("ge", self, formula(other))

    def __bool__(self) -> bool:
        if self.kind == "number":
            return self.number != 0
        message = f"a formula has no truth: {self} may be 0 or not"
        raise TypeError(message)

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return self.kind == "number" and isinstance(self.number, Fraction) and self.number.denominator == 1

    def at(self, values: Mapping[Symbolic, float] | None = None, **named: float) -> float:
        """The number that it is where each symbol is one, by name or by itself; IEEE arithmetic, so nothing is raised.

        Raises `KeyError` for a symbol without number.

        >>> x, y = letters("x", "y")
        >>> (x / y).at(x=1, y=4), (x / y).at({x: 1.0, y: 0.0})
        (0.25, inf)
        """
        known = values or {}
        worth: float = self.on(FLOATS, lambda symbol: float(known[symbol] if symbol in known else named[symbol.name]))
        return worth

    def on(self, namespace: Namespace, symbol: Callable[[Symbolic], Any]) -> Any:
        """The formula in numbers of another kind, such as another algebra system's: see `Operation.value_on`.

        Raises `TypeError` that names an operation that the namespace lacks.
        """
        found: dict[int, Any] = {}
        for f in within(self):
            found[id(f)] = symbol(f) if f.kind == "symbol" else _computed(f, [found[id(x)] for x in f.operands], namespace)
        return found[id(self)]

    def put(self, values: Mapping[Symbolic, Symbolic]) -> Symbolic:
        """With other formulas in place of some of its parts, such as symbols; simplified again.

        >>> x, y = letters("x", "y")
        >>> (x * y + x).put({x: y + 1})
        y(y + 1) + y + 1
        """
        found: dict[int, Symbolic] = {}
        for f in within(self):
            if f in values:
                found[id(f)] = values[f]
                continue
            parts = [found[id(x)] for x in f.operands]
            same = all(x is part for x, part in zip(f.operands, parts, strict=True))
            found[id(f)] = f if same else made(f.kind, f.name, parts)
        return found[id(self)]

    def __str__(self) -> str:
        return in_text(self)

    __repr__ = __str__


def letters(*names: str) -> list[Symbolic]:
    """One symbol for each name."""
    return [Symbolic("symbol", name=name) for name in names]


def formula(x: Term) -> Symbolic:
    """A number as a formula: the decimal that is written for it, exactly; a formula as it is.

    >>> formula(0.1) + formula(0.2), formula(1) / 3, formula(math.log(2)), formula(math.inf)
    (0.3, 1/3, log(2), ∞)
    """
    if isinstance(x, Symbolic):
        return x
    if isinstance(x, float):
        if abs(x) in CONSTANTS:
            return CONSTANTS[abs(x)] if x > 0 else -CONSTANTS[abs(x)]
        if not math.isfinite(x):
            return Symbolic("number", number=x)
        x = Fraction(repr(x))
    return Symbolic("number", number=_rounded(Fraction(x)))


def _rounded(x: Fraction) -> Fraction:
    """A fraction of few enough bits."""
    bits = x.numerator.bit_length() + x.denominator.bit_length()
    if bits <= MOST_BITS or not x:
        return x
    shift = KEPT_BITS - (x.numerator.bit_length() - x.denominator.bit_length())
    scale = Fraction(2) ** shift
    return Fraction(round(x * scale)) / scale


def _as_number(x: Plain) -> Symbolic:
    if isinstance(x, Fraction):
        return Symbolic("number", number=_rounded(x))
    return Symbolic("number", number=x)


ZERO, ONE, MINUS_ONE, HALF = (Symbolic("number", number=Fraction(x)) for x in ("0", "1", "-1", "1/2"))
PI = Symbolic("constant", name="π", number=math.pi)
CONSTANTS: dict[float, Symbolic] = {}
"""What some numbers are called."""


# Arithmetic.


def total(terms: Iterable[Symbolic]) -> Symbolic:
    """A sum: flat, like terms taken together, in the order in which they come."""
    collected: dict[Symbolic, Plain] = {}
    for term in terms:
        for part in term.operands if term.kind == "sum" else (term,):
            count, rest = split(part)
            collected[rest] = collected.get(rest, Fraction(0)) + count
    kept = [scaled(count, rest) for rest, count in collected.items() if count != 0]
    if len(kept) > 1 and any(term.kind == "sum" for term in kept):
        return total(kept)
    return Symbolic("sum", *kept) if len(kept) > 1 else kept[0] if kept else ZERO


def split(term: Symbolic) -> tuple[Plain, Symbolic]:
    """The number before a term, and what it multiplies."""
    if term.kind == "number":
        return term.number, ONE
    if term.kind == "product" and term.operands[0].kind == "number":
        rest = term.operands[1:]
        return term.operands[0].number, rest[0] if len(rest) == 1 else Symbolic("product", *rest)
    return Fraction(1), term


def scaled(count: Plain, rest: Symbolic) -> Symbolic:
    """A number times what has none."""
    if rest is ONE or rest == ONE:
        return _as_number(count)
    if count == 1:
        return rest
    return Symbolic("product", _as_number(count), *(rest.operands if rest.kind == "product" else (rest,)))


def multiplied(factors: Iterable[Symbolic]) -> Symbolic:
    """A product: the number first, then letters, then functions, then sums; like factors are powers. 0 times anything is 0."""
    count: Plain = Fraction(1)
    exponents: dict[Symbolic, Symbolic] = {}
    for factor in factors:
        for part in factor.operands if factor.kind == "product" else (factor,):
            if part.kind == "number":
                count = count * part.number
                continue
            base, exponent = part.operands if part.kind == "power" else (part, ONE)
            base, exponent, more = _cleared(base, exponent)
            for b, e in [(base, exponent), *more]:
                exponents[b] = exponents[b] + e if b in exponents else e
    if count == 0:
        return ZERO
    kept = [raised(base, exponent) for base, exponent in exponents.items()]
    kept = [factor for factor in kept if factor != ONE]
    if any(factor.kind in {"number", "product"} for factor in kept):
        return multiplied([_as_number(count), *kept])
    kept.sort(key=_rank)
    if count == 1:
        return Symbolic("product", *kept) if len(kept) > 1 else kept[0] if kept else ONE
    return Symbolic("product", _as_number(count), *kept) if kept else _as_number(count)


def _cleared(base: Symbolic, exponent: Symbolic) -> tuple[Symbolic, Symbolic, list[tuple[Symbolic, Symbolic]]]:
    """A sum below the line is rid of fractions: 1/(1 + a/b) becomes b/(b + a). The powers that this leaves come last."""
    if base.kind != "sum" or not exponent.whole or exponent.number > 0:
        return base, exponent, []
    lowest: dict[Symbolic, Symbolic] = {}
    for term in base.operands:
        for factor in term.operands if term.kind == "product" else (term,):
            if factor.kind == "power" and factor.operands[1].whole and factor.operands[1].number < 0:
                inner, e = factor.operands
                lowest[inner] = e if inner not in lowest or e.number < lowest[inner].number else lowest[inner]
    if not lowest:
        return base, exponent, []
    common = multiplied([raised(b, -e) for b, e in lowest.items()])
    cleared = total([multiplied([term, common]) for term in base.operands])
    return cleared, exponent, [(b, e * exponent) for b, e in lowest.items()]


RANKS = {"number": 0, "constant": 0, "symbol": 1, "call": 2, "sum": 3}


def _rank(factor: Symbolic) -> tuple[int, int]:
    base = factor.operands[0] if factor.kind == "power" else factor
    if base.kind == "symbol":  # what comes in first, letters before words
        return RANKS["symbol"], -1 if base.name[0] == "∂" else int(len(base.name) > 1)
    return RANKS.get(base.kind, 0), 0


def raised(base: Symbolic, exponent: Symbolic) -> Symbolic:
    """A power; of a power, and of a product, only where the exponent is whole."""
    if exponent == ZERO or base == ONE:
        return ONE
    if exponent == ONE:
        return base
    if exponent.kind == "number":
        if base.kind == "number":
            return _number_to(base, exponent)
        if exponent.whole:
            if base.kind == "power":
                return raised(base.operands[0], base.operands[1] * exponent)
            if base.kind == "product":
                return multiplied([raised(factor, exponent) for factor in base.operands])
            if base.kind == "call" and base.name == "sech" and exponent.number == 2:  # as one writes the derivative of tanh
                return ONE - raised(invoked("tanh", *base.operands), exponent)
    return Symbolic("power", base, exponent)


def _number_to(base: Symbolic, exponent: Symbolic) -> Symbolic:
    x, n = base.number, exponent.number
    if not (isinstance(x, Fraction) and isinstance(n, Fraction)):
        return Symbolic("number", number=FLOATS["pow"](float(x), float(n)))
    if x == 0:
        return ZERO if n > 0 else Symbolic("number", number=math.inf)
    if n.denominator == 1 and abs(n) <= MOST_EXPONENT:
        return _as_number(x**n.numerator)
    if n == HALF.number and x > 0:
        roots = math.isqrt(x.numerator), math.isqrt(x.denominator)
        if Fraction(*roots) ** 2 == x:
            return _as_number(Fraction(*roots))
    return Symbolic("power", base, exponent)


def size(x: Symbolic) -> Symbolic:
    """The absolute value; a number is taken out."""
    count, rest = split(x)
    positive = count if count >= 0 else -count
    return _as_number(positive) if rest == ONE else scaled(positive, invoked("abs", rest))


def invoked(name: str, *operands: Symbolic) -> Symbolic:
    """An operation applied to formulas; at 0 and 1 its value, where that is a whole number."""
    if operands and all(x in (ZERO, ONE) for x in operands) and name in TABLE:
        value = TABLE[name].ieee(*(float(x.number) for x in operands))
        if value.is_integer():
            return formula(value)
    return Symbolic("call", *operands, name=name)


# Conditions and cases. A number is less than another, equal to it or greater: nan is no case.

CONDITIONS = (*COMPARISONS, "both", "either", "negate")
RELATIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "<>"}
OPPOSITE = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
TURNED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


def related(name: str, a: Symbolic, b: Symbolic) -> Symbolic:
    """A condition: 1 or 0 where that is known."""
    if a.kind == b.kind == "number":
        return ONE if getattr(operator, name)(a.number, b.number) else ZERO
    if a == b:
        return ONE if "=" in RELATIONS[name] else ZERO
    if a.kind == "number":
        a, b, name = b, a, TURNED[name]
    if b.kind == "number" and not isinstance(b.number, Fraction):  # a formula is finite
        return ONE if ("<" if b.number > 0 else ">") in RELATIONS[name] else ZERO
    for x, other, told in ((a, b, name), (b, a, TURNED[name])):
        if x.kind == "call" and x.name == "where":
            sides = [related(told, side, other) for side in x.operands[1:]]
            if sides[0] == sides[1]:
                return sides[0]
    if b == ZERO and a.kind == "call" and a.name == "abs" and name in {"gt", "ne"}:
        return related("ne", a.operands[0], ZERO)
    if b == ZERO and a.kind == "call" and a.name in CONDITIONS and name in {"eq", "ne"}:
        return a if name == "ne" else negated(a)
    return Symbolic("call", a, b, name=name)


def case(condition: Symbolic, a: Symbolic, b: Symbolic) -> Symbolic:
    """``a if condition else b``."""
    if condition.kind == "number":
        return a if condition.number else b
    return a if a == b else Symbolic("call", condition, a, b, name="where")


def negated(condition: Symbolic) -> Symbolic:
    """Where a condition does not hold."""
    if condition.kind == "number":
        return ZERO if condition.number else ONE
    if condition.name in OPPOSITE:
        return related(OPPOSITE[condition.name], *condition.operands)
    if condition.name in {"both", "either"}:
        return (either if condition.name == "both" else _both)(*map(negated, condition.operands))
    return condition.operands[0] if condition.name == "negate" else Symbolic("call", condition, name="negate")


def _both(a: Symbolic, b: Symbolic) -> Symbolic:
    if ZERO in (a, b):
        return ZERO
    return b if a == ONE else a if b == ONE else Symbolic("call", a, b, name="both")


def either(a: Symbolic, b: Symbolic) -> Symbolic:
    """Where one of two conditions holds."""
    if ONE in (a, b):
        return ONE
    return b if a == ZERO else a if b == ZERO else Symbolic("call", a, b, name="either")


# The namespace.


class Symbols(dict):  # type: ignore[type-arg]
    """Formulas as a kind of number: each operation that has no other form gives its own name, applied."""

    def __missing__(self, name: str) -> Callable[..., Symbolic]:
        if name not in TABLE or TABLE[name].many:
            raise KeyError(name)
        return lambda *operands: invoked(name, *map(formula, operands))


def _of_formulas(function: Any) -> Callable[..., Symbolic]:
    return lambda *operands: function(*map(formula, operands))


def _unguarded(a: Symbolic, b: Symbolic) -> Symbolic:
    """The larger; a floor that only keeps a sum of exponentials from being 0, or a finite number from being -inf, is no case."""
    if a == b:
        return a
    if b.kind == "number":
        if a.kind == "number":
            return max(a, b, key=lambda x: x.number)
        if b.number < -1e308 or (0 < b.number < Fraction(1, 2**53) and _positive(a)):
            return a
    return invoked("maximum", a, b)


def _positive(f: Symbolic) -> bool:
    return all(_positive(x) for x in f.operands) if f.kind == "sum" else f.kind == "call" and f.name == "exp"


def _chosen(condition: Symbolic, *sides: Symbolic) -> Symbolic:
    """The choice between two sides; or, of one operand alone, the side that was taken."""
    return case(condition, *sides) if sides else condition


def _compared_by(name: str) -> Callable[..., Symbolic]:
    return lambda a, b: related(name, formula(a), formula(b))


SYMBOLS: Symbols = Symbols(
    number=formula, **{name: _of_formulas(function) for name, function in {
        "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": raised,
        "neg": operator.neg, "abs": size, "sqrt": lambda x: raised(x, HALF),
        "where": _chosen, "identity": lambda x: x, "detach": lambda x: x, "maximum": _unguarded,
        "logsumexp": lambda *xs: Symbolic("call", *xs, name="logsumexp"),
        "direction": lambda a, b: a / invoked("hypot", a, b), "gaussian": lambda x: invoked("exp", -(x * x)),
        "logistic_pdf": lambda x: invoked("sigmoid", x) * (1 - invoked("sigmoid", x)),
        "negate": negated, "both": _both, "either": either,
        "choose": lambda c, a, b: case(related("ne", c, ZERO), a, b),
        "chain_term": operator.mul, "gated_term": operator.mul, "exponent": lambda x: ZERO, "lowered": lambda a, k: a,
    }.items()}, **{name: (_compared_by(name)) for name in COMPARISONS},
)  # fmt: skip
"""The namespace of formulas, for `Operation.value_on` and `Operation.partial_on`."""

_LOGS = [(math.log(base), Symbolic("call", formula(base), name="log")) for base in (2, 10)]
CONSTANTS |= {
    math.pi: PI, 2 / math.sqrt(math.pi): 2 / raised(PI, HALF), **dict(_LOGS), **{1 / x: 1 / told for x, told in _LOGS},
}  # fmt: skip


def made(kind: str, name: str, operands: Sequence[Symbolic]) -> Symbolic:
    """A formula of these parts, simplified."""
    if kind == "sum":
        return total(operands)
    if kind == "product":
        return multiplied(operands)
    if kind == "power":
        return raised(*operands)
    if name in SYMBOLS or (name in TABLE and not TABLE[name].many):
        found: Symbolic = SYMBOLS[name](*operands)
        return found
    return Symbolic("call", *operands, name=name)


TRUTHS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in COMPARISONS},
    "where": lambda c, a, b: a if c else b, "both": lambda a, b: a and b, "either": lambda a, b: a or b,
    "negate": operator.not_,
}  # fmt: skip
"""What Python itself says of conditions."""


def _computed(f: Symbolic, operands: Sequence[Any], namespace: Namespace) -> Any:
    """One part of a formula in numbers of another kind."""

    def word(name: str) -> Callable[..., Any]:
        try:
            return namespace[name]
        except KeyError:
            pass
        if name in TRUTHS:
            return TRUTHS[name]
        if name in TABLE or name in INTERNAL:
            return (TABLE.get(name) or INTERNAL[name]).value_on(namespace)
        message = f"{name} has no number: the operation has no formula, or there is none of this name"
        raise TypeError(message)

    if f.kind in {"number", "constant"}:
        return _plain(f.number, namespace)
    if f.kind in {"sum", "product"}:
        apply = word("add" if f.kind == "sum" else "mul")
        result = operands[0]
        for x in operands[1:]:
            result = apply(result, x)
        return result
    return word("pow" if f.kind == "power" else f.name)(*operands)


def _plain(x: Plain, namespace: Namespace) -> Any:
    """A number in another kind: one that is no double is the quotient of two."""
    number = namespace.get("number", float)
    if not isinstance(x, Fraction):
        return number(x)
    parts = _nearest(x.numerator), _nearest(x.denominator)
    if x.denominator == 1 or parts != (x.numerator, x.denominator):
        return number(_nearest(x))
    return TABLE["div"].value_on(namespace)(*map(number, parts))


def _nearest(x: Fraction | int) -> float:
    """As a double, or as the infinity beyond them."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
