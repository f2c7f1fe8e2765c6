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

from contextlib import nullcontext
from functools import cached_property, reduce
from operator import add

from autograd.algebra import TRUTHS
from autograd.anew import decided, require_in_date
from autograd.errors import no_index
from autograd.ops import TABLE
from autograd.programs.flat import Flat, instructions, laid_flat
from autograd.programs.program import Program
from autograd.structures import filled, flattened
from autograd.trace import parts
from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from autograd.operation import Namespace, Operation

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

    def __init__(
        self, namespace: Namespace, number: Callable[[Any], Any], refusal: str = "", rules: Namespace | None = None
    ) -> None:
        self.namespace, self.number, self.refusal = namespace, number, refusal
        self.rules = namespace if rules is None else rules
        self.known: dict[tuple[int, int], Callable[..., Any]] = {}

    @property
    def one(self) -> Any:
        """1, as rules have it."""
        return self.namespace["number"](1.0)

    def is_zero(self, x: Any) -> bool:
        """Whether a derivative is exactly 0, and so passes nothing on."""
        return x == 0  # type: ignore[no-any-return]

    def handed_on(self, g: Any) -> Any:
        """The derivative by a result, before it is multiplied with partials."""
        return g

    def at_work(self) -> AbstractContextManager[Any]:
        """What holds while it computes."""
        return nullcontext()

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

    def forward(self, flat: Flat, inputs: Sequence[Any]) -> list[Any]:
        """The number of each id: inputs, constants, then what each instruction gives."""
        known = [*inputs, *map(self.number, flat.constants)]
        for entry, operands in instructions(flat):
            try:
                known.append(self.function(entry)(*[known[x] for x in operands]))
            except (ArithmeticError, ValueError) as error:
                error.add_note(f"in {entry.name}({', '.join([str(known[x])[:60] for x in operands])})")
                raise
        return known

    def back(self, flat: Flat, known: Sequence[Any], seeds: Mapping[int, Any]) -> dict[int, Any]:
        """The derivatives, by each id that any reaches, of the results times their seeds: exactly 0 passes nothing on."""
        sums, one = dict(seeds), self.one
        active = active_in(flat)
        for at, (entry, operands) in reversed([*enumerate(instructions(flat), flat.first)]):
            g = sums.get(at)
            if g is None or self.is_zero(g):
                continue
            g = self.handed_on(g)
            xs = [known[x] for x in operands]
            many = self.function(entry, 0)(xs, known[at]) if entry.many else None
            for i, x in enumerate(operands):
                if not active[x] or (many is None and entry.partials[i] is None):
                    continue
                d = self.function(entry, i)(*xs, known[at]) if many is None else many[i]
                if not (entry.choice and self.is_zero(d)):
                    term = g if d is one else d if g is one else g * d
                    sums[x] = sums[x] + term if x in sums else term
        return sums


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

    def __init__(self, kind: Kind, flat: Flat, inputs: Sequence[Any], of: Value | Program, args: tuple[Any, ...] = ()) -> None:
        self.kind, self.flat, self.of, self.args = kind, flat, of, args
        with kind.at_work():
            self.known = kind.forward(flat, [kind.number(x) for x in inputs])

    def __repr__(self) -> str:
        return f"<Computed {self.value!r:.200}>"

    @cached_property
    def value(self) -> Any:
        """The number, or the outputs in their structure."""
        results = [self.known[i] for i in self.flat.results]
        return results[0] if isinstance(self.of, Value) else self.of.signature.built(results)

    @cached_property
    def sums(self) -> dict[int, Any]:
        """The derivative of the only result by each id that has one."""
        if isinstance(self.of, Program):
            self.of.signature.require_scalar("grad", "one output")
        with self.kind.at_work():
            return self.kind.back(self.flat, self.known, {self.flat.results[0]: self.kind.one})

    @cached_property
    def grad(self) -> Any:
        """The derivatives, exactly 0 where nothing depends."""
        zero = self.kind.number(0.0)
        found = [self.sums.get(i, zero) for i in range(self.flat.inputs)]
        if isinstance(self.of, Value):
            return dict(zip(leaves_of(self.of), found, strict=True))
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
            return self.known[self.places[id(v)]]
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
        return Computed(kind, of.flat, _given(of, args), of, args)
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
    return Computed(kind, laid_flat([of], leaves, ()), inputs, of)


def _given(program: Program, args: tuple[Any, ...]) -> list[Any]:
    """The numbers of a program's arguments, as they are."""
    signature, found = program.signature, []
    each = zip(signature.names, signature.sizes, signature.rows, signature.counted(args), strict=True)
    for name, size, rows, arg in each:
        numbers = flattened(arg)
        if len(numbers) != size:
            told = "s" * (len(numbers) != 1)
            message = f"argument {name} has {len(numbers)} number{told}; the program was recorded with {size}"
            if size == 1:
                message += "; an interval is given as Interval(low, high)"
            raise ValueError(message)
        stranger = next((x for x in numbers if rows and x not in range(rows)), None)
        if stranger is not None:
            raise no_index(name, stranger, rows)
        found += numbers
    return found
