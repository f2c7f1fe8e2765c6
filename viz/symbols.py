"""What is written beside the numbers of a graph: names of Values, and derivatives as formulas."""

from __future__ import annotations

import math
from functools import cached_property

from autograd.algebra import ONE, ZERO, Symbolic, formula, split
from autograd.formulas import MOST_OPERANDS, Formulas, value
from autograd.value import Value
from viz.called import Names
from viz.reading import grad_of
from viz.words import LONGEST, columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_LETTERED = 1000
"""Of a graph of more Values no derivatives are written as formulas."""
WIDEST = 44
"""So many columns of formulas stand below a wire."""
WIDER = 48
"""And in a box."""
LONG = 36
"""So many columns of one formula stand in a sentence."""
MOST_FACTORS = 5
"""A chain of more factors is not written out."""
CLOSE = 1e-6
"""A formula is shown beside a number that it agrees with so well: not with one of other leaves, or of another pass."""


class Symbols:
    """The formulas of a graph, in what its Values are called: those with a name or a number by that, all others by formulas."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.formulas = Formulas(lambda v: names(v) if names.short(v) else "", names.number, names.partial)

    def agrees(self, f: Symbolic, number: float | None) -> bool:
        """Whether a formula is the number, in this graph."""
        if number is None:
            return True
        try:
            found = f.at(self.formulas.numbers)
        except TypeError:  # an operation that was removed
            return False
        return math.isclose(found, number, rel_tol=CLOSE, abs_tol=1e-300) or (math.isnan(found) and math.isnan(number))

    def slope(self, v: Value, i: int, number: float | None) -> str:
        """The local derivative of a Value by its operand `i`; "" where it is a number, long, or not the number that it was.

        >>> x = Value(3.0, label="x")
        >>> y = x ** 2
        >>> Symbols(Names([x, y], str)).slope(y, 0, 6.0)
        '2x'
        """
        found = self.formulas.partial(v, i)
        if found.kind == "number" or not self.agrees(found, number):
            return ""
        return as_side(found)

    def product(self, wires: Iterable[tuple[Value, int]], number: float) -> str:
        """The product of local derivatives; "" where it is a number, long, or not the number that it was."""
        found = ONE
        for v, i in wires:
            found = self.formulas.partial(v, i) * found
        return "" if found.kind == "number" or not self.agrees(found, number) else as_side(found)


def alone(f: Symbolic) -> str:
    """A formula that stands by itself: the name of a symbol needs no parentheses."""
    return f.name if f.kind == "symbol" else str(f)


def beside(f: Symbolic, number: str) -> str:
    """A formula beside its number; "" where it is the same number."""
    text = alone(f)
    return "" if number and f.kind == "number" and "/" not in text else text


def as_side(f: Symbolic) -> str:
    """A formula as one side of an equation; "" if it is long."""
    text = f"({f})" if f.name == "where" else alone(f)
    return text if columns(text) <= LONG else ""


class Lettering(Symbols):
    """What is written on the wires of a picture: names above, below them the derivatives of the result.

    The result is the last Value of the graph; or, if `toward` names it, one that is computed from that and is not drawn.
    """

    def __init__(self, order: Sequence[Value], names: Names, toward: str = "") -> None:
        super().__init__(names)
        fits = lambda f: columns(str(f)) <= LONGEST
        self.formulas = Formulas(names.given, names.number, names.partial, fits)
        self.order, self.toward, self.root = order, toward, order[-1]
        self.result = toward or names.by(self.root)
        self.users: dict[int, list[tuple[Value, int]]] = {}
        for v in order:
            for i, x in enumerate(v.operands):
                if type(x) is Value:
                    self.users.setdefault(id(x), []).append((v, i))
        seed = self.seed()
        self.headed = bool(toward) or (seed == ONE and bool(names.given(self.root)))
        self.found = self.formulas.derivatives(order, seed, self.by)
        self.multiples = self.multiples_of_one()

    @cached_property
    def plain(self) -> dict[Symbolic, int]:
        """The symbols that stand for sums, products and powers, each with the identity of its Value."""
        few = [(s, v) for s, v in self.formulas.owner.items() if v.op and len(v.operands) <= MOST_OPERANDS]
        return {s: id(v) for s, v in few if self.formulas.made(v).kind != "call"}

    def short(self, v: Value) -> bool:
        """Whether a Value has a name, or a number."""
        return self.formulas.value(v).kind == "symbol"

    def seed(self) -> Symbolic:
        """What comes in at the last Value: 1, or whatever the backward pass began with."""
        given = grad_of(self.root)
        if self.toward:
            return self.formulas.symbol(self.by(self.root), math.nan if given is None else given)
        return ONE if given is None else formula(given)

    def by(self, v: Value) -> str:
        """The derivative of the result by a Value, as a name."""
        return f"∂{self.result}/∂{self.names.by(v)}"

    def multiples_of_one(self) -> dict[int, str]:
        """Each Value as a multiple of the only leaf, such as 2.2x, by identity; nothing where one of them is none."""
        leaves = [v for v in self.order if not v.op]
        if len(leaves) != 1 or len(self.order) == 1 or any(len(v.operands) > MOST_OPERANDS for v in self.order):
            return {}
        x = self.formulas.value(leaves[0])
        found = {id(leaves[0]): x}
        for v in self.order:
            if v.op:
                found[id(v)] = value(v.entry, [found[id(u)] if type(u) is Value else u for u in v.operands])
                if split(found[id(v)])[1] != x:
                    return {}
        one = "1" + str(2 * x)[1:]
        return {key: one if f == x else str(f) for key, f in found.items()}

    def called(self, v: Value) -> str:
        """A Value by its name, or as a formula."""
        return alone(self.formulas.value(v))

    def derivative(self, x: Value, number: float) -> str:
        """The derivative of the result by a Value; "" where it is a number, long, or not the number that it was."""
        f = self.found.get(id(x), ZERO)
        return "" if f.kind == "number" or not self.agrees(f, number) else as_side(self.spelt_out(f, x))

    def above(self, v: Value, number: str) -> str:
        """What a wire says of the Value that it carries: ``t = 7``, or ``200 (2x)``; without `number` what it is called."""
        if self.multiples:
            return f"{number} ({self.multiples[id(v)]})" if number else self.multiples[id(v)]
        name = self.called(v)
        if columns(name) > LONGEST:
            return number
        return equation([name, number])

    def below(self, v: Value, i: int, passed: float | None, number: str) -> str:
        """What a wire says of the derivative: ``∂z/∂x = 1·2t·1 = 2(x + y) = 14``, and less of it where that is too long.

        Where a Value is used more than once its wires tell what each of them contributes.
        """
        x = v.operands[i]
        assert type(x) is Value  # noqa: S101  (mypy)
        slope = self.formulas.partial(v, i)
        f = self.through.get(id(v), ZERO) * slope
        whole = self.spelt_out(f, x)
        if not self.agrees(f, passed):
            return number
        if f == ZERO:
            return number or "0"
        short = self.short(v) and self.short(x)
        if self.toward:
            left = f"{self.by(v)}·∂{self.names.by(v)}/∂{self.names.by(x)}" if short else ""
        else:
            left = self.by(x) if len(self.users[id(x)]) == 1 and self.headed and self.short(x) else ""
        return fitting(left, self.chain(v, slope, whole), beside(whole, number), number) or number

    @property
    def through(self) -> dict[int, Symbolic]:
        """What each Value passes on."""
        return self.formulas.through

    def gradient(self, v: Value, g: float | None, number: str, room: int = WIDER) -> str:
        """The derivative by a Value, the sum of what comes over its wires; "" where it is no short formula."""
        f = self.found.get(id(v), ZERO)
        if not self.agrees(f, g):
            return ""
        whole = beside(self.spelt_out(f, v), number)
        left = self.by(v) if self.headed and self.short(v) else ""
        return fitting(left, "", whole, number, room)

    def incoming(self, g: float | None, number: str) -> str:
        """The same by the last Value, for the wire out of it."""
        return self.gradient(self.root, g, number, WIDEST)

    def spelt_out(self, f: Symbolic, x: Value) -> Symbolic:
        """A derivative by x, in which sums and products that depend on x are spelt out: 2t by x is 2(x + y)."""
        above = {id(x)}
        for v in self.order:
            if any(id(u) in above for u in v.operands):
                above.add(id(v))
        above.discard(id(x))
        wider = self.formulas.spelt_out(f, {s for s, v in self.plain.items() if v in above})
        return wider if columns(str(wider)) <= LONG else f

    def chain(self, v: Value, slope: Symbolic, product: Symbolic) -> str:
        """The factors of a derivative from the result on, ``1·2t·1``; "" where that says no more than the product."""
        factors = [slope]
        while v is not self.root and len(self.users[id(v)]) == 1 and len(factors) < MOST_FACTORS:
            ((v, i),) = self.users[id(v)]
            factors.append(self.formulas.partial(v, i))
        factors.append(self.found.get(id(v), ZERO))
        said = [grouped(f) for f in reversed(factors)]
        parts = product.operands if product.kind == "product" else (product,)
        alike = sorted(text for text in said if text != "1") == sorted(map(grouped, parts))
        if len(said) > MOST_FACTORS or (not self.toward and (len(said) < 3 or alike)):
            return ""
        return "·".join(said)


def grouped(f: Symbolic) -> str:
    """A formula as a factor."""
    text = str(f)
    loose = f.kind == "sum" or f.name == "where" or text.startswith("−") or ("/" in text and f.kind != "symbol")
    return f"({text})" if loose else text


def equation(parts: Sequence[str]) -> str:
    """Equal things with the sign between them; what is said twice is said once."""
    said = [part for part in parts if part]
    return " = ".join(part for part, before in zip(said, ["", *said]) if part != before)


def fitting(left: str, chain: str, product: str, number: str, room: int = WIDEST) -> str:
    """As much of an equation as fits; "" if its formula does not."""
    for parts in ([left, chain, product, number], [left, product, number], [chain, product, number], [product, number]):
        if columns(equation(parts)) <= room:
            return equation(parts)
    return ""
