"""A graph or a recorded program in numbers of another kind: forward by the values of the table, back by its partials.

>>> from fractions import Fraction
>>> from autograd import Value
>>> fractions = Kind({"number": Fraction}, Fraction)
>>> x, y = Value(2.0), Value(3.0)
>>> found = interpreted(x * x / y, fractions)
>>> found.value, found.grad[y]
(Fraction(4, 3), Fraction(-4, 9))
"""

from __future__ import annotations

from functools import cached_property, reduce
from operator import add

from autograd.algebra import TRUTHS
from autograd.anew import decided, require_in_date
from autograd.errors import no_index, shortened
from autograd.ops import TABLE
from autograd.programs.flat import Flat, instructions, laid_flat
from autograd.programs.program import Program
from autograd.structures import filled, flattened, is_array
from autograd.trace import parts
from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from autograd.operation import Namespace, Operation
    from autograd.programs.signature import Signature

    Point = Mapping[Value, Any]

FOR_DOUBLES = frozenset(("gelu",))
"""Operations whose rule is an approximation for doubles somewhere: the formula of their value is differentiated instead."""
KEPT: Namespace = {**TRUTHS, "choose": TRUTHS["where"], "identity": lambda x: x, "detach": lambda x: x}
"""What any kind of number that can be compared makes of conditions and choices."""


class Kind:
    """A kind of number: the namespace for the doors of the table, and what makes one of a plain number or of what a user gives.

    `rules` is the namespace for partials, if another. `refusal` says why an operation has no function and no formula on such
    numbers, and what to write instead.
    """

    numbers: frozenset[type] = frozenset((int, float))
    """Types of what is one number."""

    def __init__(
        self, namespace: Namespace, number: Callable[[Any], Any], refusal: str = "", rules: Namespace | None = None
    ) -> None:
        self.namespace, self.number, self.refusal = namespace, number, refusal
        self.rules = namespace if rules is None else rules
        self.known: dict[Any, Callable[..., Any]] = {}

    @property
    def one(self) -> Any:
        """1, as rules have it."""
        return self.namespace["number"](1.0)

    def is_zero(self, x: Any) -> bool:
        """Whether a derivative is exactly 0, and so passes nothing on."""
        return x == 0  # type: ignore[no-any-return]

    def given(self, x: Any) -> Any:
        """A number as it is given to a user."""
        return x

    def run(self, compute: Callable[..., Any], *args: Any) -> Any:
        """What is computed, while what such numbers need holds."""
        return compute(*args)

    def function(self, entry: Operation, i: int = -1) -> Callable[..., Any]:
        """An operation's value, or its partial by operand `i`; of many operands ``partials(operands, result)``. Made once."""
        key = entry.code, 0 if entry.many and i >= 0 else i
        found = self.known.get(key)
        if found is None:
            try:
                found = self.known[key] = self.made(entry, i)
            except TypeError as error:
                message = f"{entry.name}: {self.refusal} ({error})" if self.refusal else str(error)
                raise TypeError(message) from None
        return found

    def made(self, entry: Operation, i: int) -> Callable[..., Any]:
        """The same, made anew."""
        if i >= 0 and entry.name in FOR_DOUBLES:
            return self.of_formula(entry, i)
        if i >= 0:
            return entry.partials_on(self.rules) if entry.many else entry.partial_on(i, self.rules)
        if entry.name == "where":  # of a graph, in which the side was taken
            return KEPT["identity"]
        return entry.value_on(self.namespace)

    def of_formula(self, entry: Operation, i: int) -> Callable[..., Any]:
        """The partial by operand `i` from the formula of the value, by the chain rule."""
        order = parts([formula for formula in [entry.value_formula] if formula is not None])
        number = self.namespace["number"]

        def partial(*xs: Any) -> Any:
            known: dict[int, Any] = {}
            along: dict[int, Any] = {}  # what does not depend on the operand has no derivative
            for e in order:
                operands = [known[id(x)] for x in e.operands]
                if e.name.startswith("symbol:"):
                    at = entry.operands.index(e.name[7:])
                    known[id(e)] = xs[at]
                    if at == i:
                        along[id(e)] = number(1.0)
                elif e.number is not None:
                    known[id(e)] = number(e.number)
                else:
                    inner = TABLE[e.name]
                    y = known[id(e)] = self.function(inner)(*operands)
                    moving = [(k, along[id(x)]) for k, x in enumerate(e.operands) if id(x) in along]
                    terms = [self.function(inner, k)(*operands, y) * d for k, d in moving]
                    if terms:
                        along[id(e)] = reduce(add, terms)
            return along[id(order[-1])]

        return partial

    def handed_on(self, entry: Operation, which: tuple[int, ...]) -> Callable[..., Sequence[Any]]:
        """What the operands `which` are handed, as `Operation.handed_on`; None stands where an edge is closed. Made once."""
        key = entry.code, which
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self.combined(entry, which) if self.plain(entry) else self.multiplied(entry, which)
        return found

    def plain(self, entry: Operation) -> bool:
        """Whether a derivative is handed on as the formulas of the partials say."""
        return not (entry.many or entry.choice or entry.kinks or entry.name in FOR_DOUBLES)

    def combined(self, entry: Operation, which: tuple[int, ...]) -> Callable[..., Sequence[Any]]:
        """The incoming derivative and the partials as one formula."""
        return entry.handed_on(which, self.rules)

    def multiplied(self, entry: Operation, which: tuple[int, ...]) -> Callable[..., Sequence[Any]]:
        """The incoming derivative times each partial."""
        rules = [self.function(entry, i) for i in (which[:1] if entry.many else which)]
        one, is_zero = self.one, self.is_zero

        def terms(g: Any, y: Any, *xs: Any) -> list[Any]:
            if entry.many:
                together = rules[0](xs, y)
                partials = [together[i] for i in which]
            else:
                partials = [rule(*xs, y) for rule in rules]
            return [
                None if entry.choice and is_zero(d) else g if d is one else d if g is one else g * d for d in partials
            ]

        return terms

    def forward(self, plan: Plan, inputs: Sequence[Any]) -> list[Any]:
        """The number of each id: inputs, constants, then what each instruction gives."""
        known = [*inputs, *plan.constants]
        try:
            for function, a, b, operands in plan.forward:
                if b >= 0:
                    known.append(function(known[a], known[b]))
                elif a >= 0:
                    known.append(function(known[a]))
                else:
                    known.append(function(*[known[x] for x in operands]))
        except (ArithmeticError, ValueError) as error:
            entry, operands = plan.code[len(known) - plan.flat.first]
            error.add_note(f"in {entry.name}({', '.join([str(known[x])[:60] for x in operands])})")
            raise
        return known

    def back(self, plan: Plan, known: Sequence[Any], seeds: Mapping[int, Any]) -> list[Any]:
        """The derivatives of the results times their seeds by each id, None where there is none: 0 passes nothing on."""
        sums: list[Any] = [None] * len(known)
        for i, seed in seeds.items():
            sums[i] = seed
        is_zero = self.is_zero
        for at, function, a, b, operands, receivers in plan.back:
            g = sums[at]
            if g is None or is_zero(g):
                continue
            if b >= 0:
                terms = function(g, known[at], known[a], known[b])
            elif a >= 0:
                terms = function(g, known[at], known[a])
            else:
                terms = function(g, known[at], *[known[x] for x in operands])
            for x, term in zip(receivers, terms):
                if term is not None:
                    before = sums[x]
                    sums[x] = term if before is None else before + term
        return sums


class Plan:
    """A flat program for a kind of number: what each instruction calls, forward and back.

    `scalar` says whether its output is a number, `scalars` whether each of its arguments is one.
    """

    def __init__(self, kind: Kind, flat: Flat, signature: Signature | None = None) -> None:
        self.kind, self.flat = kind, flat
        self.scalar = signature is None or signature.outputs is None
        self.scalars = signature is not None and not any(signature.rows) and all(a is None for a in signature.arguments)
        self.code = [(entry, tuple(operands)) for entry, operands in instructions(flat)]

    def compute(self, inputs: Sequence[Any]) -> list[Any]:
        """The number of each id."""
        return self.kind.forward(self, list(map(self.kind.number, inputs)))

    def differentiate(self, known: Sequence[Any]) -> list[Any]:
        """The derivatives of the only result."""
        return self.kind.back(self, known, {self.flat.results[0]: self.kind.one})

    @cached_property
    def constants(self) -> list[Any]:
        """The constants as such numbers."""
        return list(map(self.kind.number, self.flat.constants))

    @cached_property
    def forward(self) -> list[tuple[Any, ...]]:
        """Of each instruction its function, and of one or two operands these, else all of them."""
        return [(self.kind.function(entry), *_two(operands), operands) for entry, operands in self.code]

    @cached_property
    def back(self) -> list[tuple[Any, ...]]:
        """Of each that hands a derivative on the same, newest first, and to whom it does."""
        active = active_in(self.flat)
        found = []
        for at, (entry, operands) in enumerate(self.code, self.flat.first):
            which = tuple([i for i, x in enumerate(operands) if active[x] and (entry.many or entry.partials[i] is not None)])
            if which:
                receivers = [operands[i] for i in which]
                found.append((at, self.kind.handed_on(entry, which), *_two(operands), operands, receivers))
        return found[::-1]


def _two(operands: tuple[int, ...]) -> tuple[int, int]:
    """One or two operands; -1 stands for those that there are not."""
    return operands if len(operands) == 2 else (operands[0], -1) if len(operands) == 1 else (-1, -1)


def active_in(flat: Flat) -> list[bool]:
    """Of each id whether it depends on an input."""
    found = [True] * flat.inputs + [False] * len(flat.constants)
    for _, operands in instructions(flat):
        found.append(any(map(found.__getitem__, operands)))
    return found


class Computed:
    """What a graph or a program is worth in numbers of another kind.

    `value` is that of the Value, or the outputs of the program in their structure. `grad` holds the derivatives: of a graph a
    dict with each leaf (``found.grad[x]``), of a program with one output those by its arguments but indices, in their structure.
    ``found[v]`` is the number of any Value of the graph.
    """

    def __init__(self, plan: Plan, inputs: Sequence[Any], of: Value | Program) -> None:
        self.plan, self.kind, self.flat, self.of = plan, plan.kind, plan.flat, of
        self.known: list[Any] = self.kind.run(plan.compute, inputs)
        self._sums: list[Any] | None = None

    def __repr__(self) -> str:
        return f"<Computed {self.value!r:.200}>"

    @property
    def value(self) -> Any:
        """The number, or the outputs in their structure."""
        given, known = self.kind.given, self.known
        if self.plan.scalar:
            return given(known[self.flat.results[0]])
        return self.of.signature.built([given(known[i]) for i in self.flat.results])  # type: ignore[union-attr]

    @property
    def sums(self) -> list[Any]:
        """The derivative of the only result by each id, None where there is none."""
        if self._sums is None:
            if isinstance(self.of, Program):
                self.of.signature.require_scalar("grad", "one output")
            self._sums = self.kind.run(self.plan.differentiate, self.known)
        return self._sums

    @property
    def grad(self) -> Any:
        """The derivatives, exactly 0 where nothing depends."""
        kind = self.kind
        zero, given, n = kind.number(0.0), kind.given, self.flat.inputs
        found = [given(zero if d is None else d) for d in self.sums[:n]]
        if isinstance(self.of, Value):
            return dict(zip(leaves_of(self.of), found, strict=True))
        if self.plan.scalars:
            return tuple(found) if n != 1 else found[0]
        signature = self.of.signature
        supply = iter(found if signature.places is None else [found[i] for i in signature.places])
        structures = tuple([filled(signature.arguments[k], supply) for k in signature.numeric])
        return structures[0] if len(structures) == 1 else structures

    @cached_property
    def places(self) -> dict[int, int]:
        """Of each Value of a graph, by identity, its id."""
        if not isinstance(self.of, Value):
            message = "a program has no Values: ask for value and grad"
            raise TypeError(message)
        order = members(self.of)
        found = {id(v): i for i, v in enumerate(leaves_of(self.of))}
        return found | {id(v): self.flat.first + i for i, v in enumerate(v for v in order if v.parents)}

    def __getitem__(self, v: Value) -> Any:
        try:
            return self.kind.given(self.known[self.places[id(v)]])
        except KeyError:
            message = f"{v!r} is no part of this graph"
            raise KeyError(message) from None


def leaves_of(y: Value) -> list[Value]:
    """What a graph is computed from, oldest first."""
    return [v for v in members(y) if not v.parents]


def interpreted(
    of: Value | Program, kind: Kind, args: tuple[Any, ...] = (), at: Point | None = None, *, as_taken: bool = False
) -> Computed:
    """A graph at the numbers that its leaves hold, or `at` others; or a program at `args`, nested as in its example.

    With `as_taken` choices by number stay what they are in the graph, whatever its leaves are now.

    Raises `TypeError` for an operation that has no function and no formula on these numbers, and for a graph at other numbers
    that holds a choice by number; `ValueError` for a graph that is out of date.
    """
    if isinstance(of, Program):
        plan = plan_of(of, kind)
        if plan.scalars and len(args) == plan.flat.inputs and kind.numbers.issuperset(map(type, args)):
            return Computed(plan, args, of)
        return Computed(plan, _given(of, args), of)
    if not isinstance(of, Value):
        message = f"a Value or a Program belongs here, not {of!r:.80}"
        raise TypeError(message)
    require_in_date(of)
    leaves, at = leaves_of(of), at or {}
    stranger = next((v for v in at if id(v) not in set(map(id, leaves))), None)
    if stranger is not None:
        message = f"{stranger!r} is no leaf of this graph"
        raise ValueError(message)
    chosen = decided(of) if at and not as_taken else None
    if chosen is not None:
        message = f"{chosen[0]}, in {chosen[1]}, was decided at the graph's own numbers: record the function for others"
        raise TypeError(message)
    inputs = [at.get(v, v.data) for v in leaves]
    return Computed(Plan(kind, laid_flat([of], leaves, ())), inputs, of)


def plan_of(program: Program, kind: Kind) -> Plan:
    """What a program is for a kind of number, made once."""
    found = program.kept.get(kind)
    if found is None:
        found = program.kept[kind] = Plan(kind, program.flat, program.signature)
    return found


def _given(program: Program, args: tuple[Any, ...]) -> list[Any]:
    """The numbers of a program's arguments, as they are."""
    signature, found = program.signature, []
    each = zip(signature.names, signature.sizes, signature.rows, signature.arguments, signature.counted(args), strict=True)
    for name, size, rows, template, arg in each:
        numbers = flattened(arg)
        if len(numbers) != size:
            told = "s" * (len(numbers) != 1)
            message = f"argument {name} has {len(numbers)} number{told}; the program was recorded with {size}"
            if size == 1:
                message += "; an interval is given as Interval(low, high)"
            raise ValueError(message)
        if template is None and (isinstance(arg, (list, tuple, dict)) or is_array(arg)):
            message = f"argument {name} is a number in this program, not {shortened(arg)}: give numbers[0]"
            raise TypeError(message)
        stranger = next((x for x in numbers if rows and x not in range(rows)), None)
        if stranger is not None:
            raise no_index(name, stranger, rows)
        found += numbers
    return found
