"""The table's rules run on formulas: a graph says its derivatives as a person writes them, and no derivative is repeated.

>>> from autograd.algebra import letters
>>> from autograd.graph import members
>>> from autograd.ops import TABLE
>>> x, y = letters("x", "y")
>>> partial(TABLE["div"], 1, [x, y]), partial(TABLE["pow"], 0, [x, 3]), partial(TABLE["relu"], 0, [x])
(−x/y², 3x², 1 if x > 0 else 0)
>>> z = (Value(3.0, label="x") + Value(4.0, label="y")) ** 2
>>> graph = Formulas(lambda v: v.label)
>>> graph.derivatives(members(z))[id(z.parents[0])]
2(x + y)

What is written is exact, and holds at almost all points: where the table has two forms of one partial that differ only in how
they are rounded, or a case for a single number, one of the forms stands for both.
"""

from __future__ import annotations

import math
import random
from functools import lru_cache

from autograd.algebra import ONE, OPPOSITE, RELATIONS, SYMBOLS, ZERO, Symbolic, case, formula, invoked, made, negated
from autograd.algebra import either as one_or_other
from autograd.spelling import within
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from autograd.algebra import Term
    from autograd.operation import Operation

MOST_OPERANDS, FEW_PARTS = 64, 3
"""An operation of more operands has no partials as formulas, as nobody would read them, but where these stay short, as those of
a dot product."""
LARGEST_RULE = 1000
"""A partial of more parts than this is no formula: nobody would read it, and to write it may take for ever."""
MOST_PARTS = 60
"""A derivative of more parts than this is a symbol in the derivatives that it is a factor of."""
FITTING = 20
"""A Value of more parts than this is a symbol, if nobody says what fits."""
POINTS, SCALES = 112, (2.0, 12.0, 2.0, 150.0, 2.0, 1e9, 1e-170)
"""At so many points, of these sizes, two forms of a partial are compared."""

# Cases that are none.


def settled(f: Symbolic, left: Mapping[tuple[Symbolic, Symbolic], str] | None = None) -> Symbolic:
    """A formula without cases that are none: those that cannot be, those for one number alone, two forms of one function.

    `left` says of pairs of formulas which relations they can still have.
    """
    left = left or {}
    if f.kind != "call" or f.name != "where":
        return made(f.kind, f.name, [settled(x, left) for x in f.operands]) if f.operands else f
    condition, a, b = settled(f.operands[0], left), *f.operands[1:]
    if condition.kind == "number":
        return settled(a if condition.number else b, left)
    yes = no = left
    if condition.name in RELATIONS:
        pair = condition.operands[0], condition.operands[1]
        open_ = left.get(pair, "<=>")
        holds, fails = (_among(open_, RELATIONS[name]) for name in (condition.name, OPPOSITE[condition.name]))
        if not fails or condition.name == "ne":  # one number alone is no case
            return settled(a, {**left, pair: holds})
        if not holds or condition.name == "eq":
            return settled(b, {**left, pair: fails})
        yes, no = {**left, pair: holds}, {**left, pair: fails}
    return _one_of(condition, settled(a, yes), settled(b, no))


def _among(open_: str, relations: str) -> str:
    return "".join(each for each in open_ if each in relations)


def _one_of(condition: Symbolic, a: Symbolic, b: Symbolic) -> Symbolic:
    """Two cases, or the one that says both."""
    if a.kind != "number" and b.kind != "number" and a != b:
        held, failed = _agreement(condition, a, b)
        if held or failed:
            fit = [side for side, fits in ((a, failed), (b, held)) if fits]
            return min(fit, key=lambda side: side.parts)
    if b.kind == "call" and b.name == "where" and b.operands[1] == a:
        condition, b = one_or_other(condition, b.operands[0]), b.operands[2]
    return case(condition, a, b)


def _zero_last(f: Symbolic, *, chained: bool = False) -> Symbolic:
    """A formula with ``x if c else 0`` in place of ``0 if not c else x``, but within a chain of cases."""
    if f.kind != "call" or f.name != "where":
        return made(f.kind, f.name, [_zero_last(x) for x in f.operands]) if f.operands else f
    condition, a, b = f.operands[0], _zero_last(f.operands[1]), _zero_last(f.operands[2], chained=True)
    if a == ZERO and not chained and b.name != "where":
        return case(negated(condition), b, a)
    return case(condition, a, b)


@lru_cache(256)
def _agreement(condition: Symbolic, a: Symbolic, b: Symbolic) -> tuple[bool, bool]:
    """Whether two formulas are the same, as far as rounding lets one see, at points where the condition holds; where it fails."""
    names = [f for f in within(invoked("", condition, a, b)) if f.kind == "symbol"]
    draw = random.Random(len(names))  # noqa: S311  (no secret)
    seen: dict[bool, list[bool]] = {True: [], False: []}
    for k in range(POINTS):
        scale = SCALES[k % len(SCALES)]
        values = {x: draw.uniform(-scale, scale) for x in names}
        holds, one, other = (f.at(values) for f in (condition, a, b))
        if math.isfinite(one) and math.isfinite(other):
            seen[holds != 0].append(math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-300))
    return len(seen[True]) > 2 and all(seen[True]), len(seen[False]) > 2 and all(seen[False])


# The table's rules on formulas.


def value(entry: Operation, operands: Sequence[Term]) -> Symbolic:
    """The value of an operation; one that is a function of its own by name, such as ``sin(x)``."""
    found: Symbolic = entry.value_on(SYMBOLS)(*map(formula, operands))
    return found


def partial(entry: Operation, i: int, operands: Sequence[Term]) -> Symbolic | None:
    """The partial of an operation by operand `i`; None where its rule is no formula, or it has too many operands to be read."""
    given = [formula(x) for x in operands]
    if entry.many:
        return _partial_of_many(entry, i, given)
    numbers = tuple(x if x.kind == "number" else None for x in given)
    rule = _rule(entry, i, numbers)
    return None if rule is None else rule.put({_place(k): x for k, x in enumerate(given)})


def _place(k: int) -> Symbolic:
    """What stands for an operand while a rule is run."""
    return Symbolic("symbol", name=f"operand {k}", of=k + 1)


@lru_cache(1024)
def _rule(entry: Operation, i: int, numbers: tuple[Symbolic | None, ...]) -> Symbolic | None:
    """The partial by operand `i`, where some operands are numbers."""
    given = [_place(k) if x is None else x for k, x in enumerate(numbers)]
    try:
        rule = formula(entry.partial_on(i, SYMBOLS)(*given, value(entry, given)))
    except (TypeError, ArithmeticError, RecursionError):  # no formula, or none that a person writes
        return None
    if rule.parts > LARGEST_RULE:
        return None
    return rule if entry.name == "choose" else _zero_last(settled(rule))  # a condition may be the number 1 or 0


def _partial_of_many(entry: Operation, i: int, given: Sequence[Symbolic]) -> Symbolic | None:
    if len(given) > MOST_OPERANDS and any(each.parts > FEW_PARTS for each in _partials_of_many(entry, FEW_PARTS + 1)):
        return None
    found = _partials_of_many(entry, len(given))[i]
    return found.put({x: given[x.of - 1] for x in within(found) if x.of})


@lru_cache(128)
def _partials_of_many(entry: Operation, count: int) -> list[Symbolic]:
    """The partials; the result of logsumexp, by which its rule is steadied, cancels out of them."""
    result = Symbolic("symbol", name="result")
    partials = entry.partials_on(SYMBOLS)([_place(k) for k in range(count)], result)
    return [settled(formula(each).put({result: ZERO})) for each in partials]


class Formulas:
    """The Values of a graph and the derivatives of one of them as formulas.

    `name` gives the symbol of a Value; one for which it gives "" is the formula of its operands, or, where `fits` says that this
    is too long, a symbol that `number` names, such as ``#3``: so a graph whose parts are shared does not explode. `slope` names
    a local derivative that is no formula, and `numbers` has what each symbol amounts to in the graph: `Symbolic.at(numbers)` is
    a formula's number there.

    >>> x = y = Value(0.5, label="x")
    >>> for _ in range(97):
    ...     y = y * y + x
    >>> Formulas(lambda v: v.label).value(y)
    (#19² + x)² + x
    """

    def __init__(
        self,
        name: Callable[[Value], str],
        number: Callable[[Value], str] | None = None,
        slope: Callable[[Value, int], str] | None = None,
        fits: Callable[[Symbolic], bool] = lambda f: f.parts <= FITTING,
    ) -> None:
        self.name, self.fits = name, fits
        self.number = number or (lambda v: f"#{sum(x.name[0] == '#' for x in self.numbers) + 1}")
        self.slope = slope or (lambda v, i: f"∂{v.op}/∂{v.entry.operands[i]}")
        self.known: dict[int, Symbolic] = {}
        self.owner: dict[Symbolic, Value] = {}
        """The Value of each symbol that stands for one."""
        self.numbers: dict[Symbolic, float] = {}
        self.through: dict[int, Symbolic] = {}
        """What each Value passes on, of the derivatives that were asked for: the derivative by it, or its symbol."""

    def symbol(self, name: str, number: float) -> Symbolic:
        """A new symbol, which is like no other, and its number."""
        new = Symbolic("symbol", name=name, of=len(self.numbers) + 1)
        self.numbers[new] = number
        return new

    def value(self, v: Value) -> Symbolic:
        """A Value: its symbol, or a formula."""
        waiting = [v]
        while waiting:
            u = waiting[-1]
            name = "" if id(u) in self.known else self.name(u) or ("" if u.op else self.number(u))
            missing = [] if name or id(u) in self.known else [x for x in u.parents if id(x) not in self.known]
            if missing:
                waiting += missing
            else:
                waiting.pop()
                if id(u) not in self.known:
                    self.know(u, name)
        return self.known[id(v)]

    def know(self, v: Value, name: str) -> None:
        """Find the formula of a Value whose operands are known."""
        found = None if name or len(v.operands) > MOST_OPERANDS else self.made(v)
        if found is None or not self.fits(found):
            found = self.symbol(name or self.number(v), v.data)
            self.owner[found] = v
        self.known[id(v)] = found

    def operands(self, v: Value) -> list[Term]:
        """The operands of a Value."""
        return [self.value(x) if type(x) is Value else x for x in v.operands]

    def made(self, v: Value) -> Symbolic:
        """A Value as the formula of its operands."""
        return value(v.entry, self.operands(v))

    def partial(self, v: Value, i: int) -> Symbolic:
        """The local derivative of a Value by its operand `i`, in its own symbol where it has one: ``h(1 − h)``."""
        if not v.entry.many and v.entry.partials[i] is None:  # such as a condition
            return ZERO
        found = partial(v.entry, i, self.operands(v))
        if found is None:
            partials = iter(v.partials)
            each = [next(partials) if type(x) is Value else 0.0 for x in v.operands]
            return self.symbol(self.slope(v, i), each[i])
        own = self.value(v)
        if own in self.owner and v.op and len(v.operands) <= MOST_OPERANDS:
            formed = self.made(v)
            return found.put({formed: own}) if formed.operands else found
        return found

    def derivatives(
        self, order: Sequence[Value], seed: Symbolic = ONE, told: Callable[[Value], str] | None = None
    ) -> dict[int, Symbolic]:
        """The derivatives of the last of `order` by all of them, as `members` gives them, times `seed`; by identity.

        A long one is a symbol where it is a factor of others: `told` names the derivative by a Value.
        """
        found = {id(order[-1]): seed}
        for v in reversed(order):
            if v.op and id(v) in found:
                through = found[id(v)]
                if through.parts > MOST_PARTS:
                    through = self.symbol(told(v) if told else f"∂/∂{self.value(v)}", v.grad)
                self.through[id(v)] = through
                for i, x in enumerate(v.operands):
                    if type(x) is Value and (term := through * self.partial(v, i)) != ZERO:
                        found[id(x)] = found[id(x)] + term if id(x) in found else term
        return found

    def spelt_out(self, f: Symbolic, inner: Container[Symbolic]) -> Symbolic:
        """A formula with the formulas of some Values in place of their symbols, as long as it stays short."""
        wider = f
        for _ in range(MOST_PARTS):
            inside = {x: self.made(self.owner[x]) for x in within(wider) if x in inner}
            if not inside:
                return wider
            wider = wider.put(inside)
            if wider.parts > MOST_PARTS:
                break
        return f
