"""What is made of a flat program: one with common parts shared, its gradient as a program, what depends on what.

>>> from array import array
>>> square = Flat(1, array("d"), array("H", [ops.TABLE["mul"].code]), array("I", [0, 2]), array("I", [0, 0]), array("I", [1]))
>>> slope = gradient_of(square)
>>> [ops.BY_CODE[code].name for code in slope.codes], list(slope.operands)  # x + x
(['add'], [0, 0])

The gradient is the sweep of `backward` once more, run on places of a tape instead of floats: the rules of the table, traced to
formulas, become instructions. So it can be replayed, and differentiated, like any program.
"""

from __future__ import annotations

import struct
from array import array
from math import isfinite

from autograd import ops
from autograd.programs.flat import CHOOSE, CONDITIONS, DETACH, TAKE, Flat, instructions
from autograd.trace import Expression, formula_of, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from autograd.operation import Operation

    Recipe: TypeAlias = tuple[list[tuple[Operation | None, float, list[int]]], list[int]]

MUL, ADD, POW = (ops.TABLE[name] for name in ("mul", "add", "pow"))
CHOICE, TIMES, GATED = (ops.INTERNAL[name] for name in ("choose", "chain_term", "gated_term"))
NAMED = {"where": "choose"}
"""What a rule writes otherwise than a program."""


class Tape:
    """A flat program being written. A place is an input or an instruction (0, 1, 2, ...) or a constant (-1, -2, ...)."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.constants: list[float] = []
        self.entries: list[Operation] = []
        self.operands: list[tuple[int, ...]] = []
        self.known: dict[tuple[int, ...] | bytes, int] = {}
        """The place of each instruction, by code and operands, and of each constant, by its bits."""
        self.partials: set[int] = set()
        """The places of the instructions that only write partials of a derivative within the function."""

    def constant(self, number: float) -> int:
        """The place of a constant."""
        bits = struct.pack("<d", number)
        if bits not in self.known:
            self.constants.append(number)
            self.known[bits] = -len(self.constants)
        return self.known[bits]

    def number(self, place: int) -> float | None:
        """The number at a place, if it is a constant."""
        return self.constants[-1 - place] if place < 0 else None

    def write(self, entry: Operation, operands: tuple[int, ...]) -> int:
        """The place of a new instruction."""
        place = self.inputs + len(self.entries)
        self.entries.append(entry)
        self.operands.append(operands)
        instruction = entry.code, *operands
        if instruction not in self.known:
            self.known[instruction] = place
        return place

    def shared(self, entry: Operation, operands: tuple[int, ...]) -> int:
        """The place of an instruction that is written already, or of a new one."""
        found = self.known.get((entry.code, *operands))
        return self.write(entry, operands) if found is None else found

    def copy(self, flat: Flat, *, share: bool) -> list[int]:
        """Write all instructions of a flat program; the places of its numbers."""
        write = self.shared if share else self.write
        places = [*range(flat.inputs), *map(self.constant, flat.constants)]
        for entry, operands in instructions(flat):
            places.append(write(entry, tuple([places[x] for x in operands])))
        own = places[flat.first :]
        partials = set(flat.partials)
        self.partials = {own[i] for i in partials}.difference([x for i, x in enumerate(own) if i not in partials])
        return places

    def needed_for(self, results: Sequence[int]) -> Flat:
        """The program that computes the numbers at these places, without what they do not need."""
        needed = set(results)
        for place in reversed(range(self.inputs, self.inputs + len(self.entries))):
            if place in needed:
                needed.update(self.operands[place - self.inputs])
        constants = [-1 - k for k in range(len(self.constants)) if -1 - k in needed]
        kept = [place for place in range(self.inputs, self.inputs + len(self.entries)) if place in needed]
        ids = {place: i for i, place in enumerate([*range(self.inputs), *constants, *kept])}
        codes, starts, operands = array("H"), array("I", [0]), array("I")
        for place in kept:
            codes.append(self.entries[place - self.inputs].code)
            operands.extend([ids[x] for x in self.operands[place - self.inputs]])
            starts.append(len(operands))
        numbers = array("d", [self.constants[-1 - place] for place in constants])
        partials = array("I", [i for i, place in enumerate(kept) if place in self.partials])
        return Flat(self.inputs, numbers, codes, starts, operands, array("I", [ids[place] for place in results]), partials)


def with_shared_parts(flat: Flat) -> Flat:
    """The same program with equal instructions written once: the same operation of the same operands in the same order."""
    tape = Tape(flat.inputs)
    places = tape.copy(flat, share=True)
    return tape.needed_for([places[i] for i in flat.results])


# The gradient of a program, as a program.


def gradient_of(flat: Flat, by: Sequence[int] | None = None) -> Flat:
    """The derivatives of the only output by all inputs, or by these, in the order of sums of the eager engine.

    Where exactly 0 comes in, 0 is handed on, whatever the partial is, as in `backward`: so nothing of a side of a ``where`` that
    is not taken arrives. `TypeError` for an operation whose rule is no formula.
    """
    tape = Gradient(flat.inputs)
    places = tape.copy(flat, share=False)
    derivatives = tape.swept(places[flat.results[0]])
    return tape.needed_for(derivatives if by is None else [derivatives[i] for i in by])


class Gradient(Tape):
    """A tape on which a sweep is written behind the program that it differentiates."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self.recipes: dict[tuple[int, int], Recipe] = {}

    def apply(self, entry: Operation, *operands: int) -> int:
        """An operation, or the place that holds its number already; what follows from constants alone is one."""
        if min(operands) >= 0 and entry.code not in CONDITIONS:
            return self.shared(entry, operands)
        numbers = [self.number(x) for x in operands]
        if all(x is not None for x in numbers):
            return self.constant(entry.ieee(numbers) if entry.many else entry.ieee(*numbers))  # type: ignore[arg-type]
        if entry is MUL and 1.0 in numbers:
            return operands[numbers[0] == 1.0]
        if entry is POW and numbers[1] in (0.0, 1.0):  # exactly 1, nan's too, and exactly x
            return operands[0] if numbers[1] else self.constant(1.0)
        if entry is CHOICE and numbers[0] is not None:
            return operands[1 if numbers[0] else 2]
        if entry.code in CONDITIONS and len(operands) == 2:
            known = self._either_way(entry, operands)
            if known is not None:
                return known
        return self.shared(entry, operands)

    def _either_way(self, entry: Operation, operands: tuple[int, ...]) -> int | None:
        """The outcome of a comparison with a choice between constants if it is the same for both: as with a plain exponent."""
        left, right = map(self._possible, operands)
        outcomes = {entry.ieee(a, b) for a in left for b in right}
        return self.constant(outcomes.pop()) if len(outcomes) == 1 else None

    def _possible(self, place: int) -> list[float]:
        if place < 0:
            return [self.constants[-1 - place]]
        if place >= self.inputs and self.entries[place - self.inputs] is CHOICE:
            sides = [self.number(x) for x in self.operands[place - self.inputs][1:]]
            return [x for x in sides if x is not None] if None not in sides else []
        return []

    def swept(self, output: int) -> list[int]:
        """The places of the derivatives of `output` by all inputs."""
        incoming = {output: self.constant(1.0)}  # the gradient of a place
        for i in reversed(range(len(self.entries))):
            place = self.inputs + i
            if place in incoming and self.number(incoming[place]) != 0:
                for x, term in self._handed_on(i, incoming[place]):
                    incoming[x] = self.apply(ADD, incoming[x], term) if x in incoming else term
        return [incoming.get(x, self.constant(0.0)) for x in range(self.inputs)]

    def _handed_on(self, i: int, g: int) -> Iterable[tuple[int, int]]:
        """What an instruction hands to each operand."""
        entry, operands = self.entries[i], self.operands[i]
        zero = self.constant(0.0)
        if entry.code == CHOOSE:
            c, a, b = operands
            if a >= 0:
                yield a, self.apply(CHOICE, c, g, zero)
            if b >= 0:
                yield b, self.apply(CHOICE, c, zero, g)
        elif entry.code not in CONDITIONS:
            for x, partial in zip(operands, self._partials(entry, operands, self.inputs + i), strict=True):
                if x >= 0 and not (entry.choice and self.number(partial) == 0):
                    yield x, self._term(g, partial, GATED if entry.choice else TIMES)

    def _term(self, g: int, partial: int, product: Operation) -> int:
        """What comes in times a partial, by an ordinary product where that cannot be nan."""
        one, other = self.number(g), self.number(partial)
        ordinary = isfinite(one) if one is not None else other is not None and isfinite(other)
        return self.apply(MUL if ordinary else product, g, partial)

    def _partials(self, entry: Operation, operands: tuple[int, ...], result: int) -> list[int]:
        """The places of the partials, 0 by a constant: the rule of each operand, traced, is written down."""
        if entry.many:
            names = [f"x{k}" for k in range(len(operands))]
            *xs, y = symbols(*names, "y")
            partials: Sequence[Expression | float] = entry.formulas_of_many(xs, y)
            return self._follow(recipe_of(partials, (*names, "y")), operands, result)
        return [self._follow(self._recipe(entry, k), operands, result)[0] if x >= 0 else x for k, x in enumerate(operands)]

    def _recipe(self, entry: Operation, k: int) -> Recipe:
        """How the partial by operand k is computed."""
        if (entry.code, k) not in self.recipes:
            formula = entry.formula(k)
            if formula is None and entry.partials[k] is not None:
                what = f"{entry.name}: its partial by {entry.operands[k]}"
                message = f"{what} cannot be differentiated again: write it with autograd's functions"
                raise TypeError(message)
            self.recipes[entry.code, k] = recipe_of([0.0 if formula is None else formula], (*entry.operands, "y"))
        return self.recipes[entry.code, k]

    def _follow(self, recipe: Recipe, operands: tuple[int, ...], result: int) -> list[int]:
        """The places of the numbers that a recipe ends with."""
        steps, ends = recipe
        places = [*operands, result]
        for entry, number, slots in steps:
            places.append(self.constant(number) if entry is None else self.apply(entry, *[places[i] for i in slots]))
        return [places[i] for i in ends]


def recipe_of(formulas: Sequence[Expression | float], names: Sequence[str]) -> Recipe:
    """Formulas as a list of steps, shared parts once, without recursion: the product of many operands is a deep formula.

    A slot is the number of a name or, after them, of a step: a constant, or an operation and the slots of its operands.
    """
    slots: dict[int, int] = {}
    symbol = {f"symbol:{name}": i for i, name in enumerate(names)}
    whole = list(map(formula_of, formulas))
    steps: list[tuple[Operation | None, float, list[int]]] = []
    stack = whole[::-1]
    while stack:
        e = stack[-1]
        missing = [x for x in e.operands if id(x) not in slots]
        if missing:
            stack += reversed(missing)
            continue
        stack.pop()
        if e.name in symbol:
            slots[id(e)] = symbol[e.name]
        elif id(e) not in slots:
            slots[id(e)] = len(names) + len(steps)
            entry = None if e.number is not None else ops.INTERNAL.get(NAMED.get(e.name, e.name)) or ops.TABLE[e.name]
            steps.append((entry, e.number or 0.0, [slots[id(x)] for x in e.operands]))
    return steps, [slots[id(e)] for e in whole]


# What depends on what.


def pattern_of(flat: Flat, *, all_of: bool = False) -> list[int]:
    """For each output the set of inputs on which it may depend smoothly, as bits: bit j stands for input j.

    Where one sweep gives all derivatives, these are all inputs, unless `all_of` the pattern is wanted.
    """
    if not all_of and (flat.inputs == 1 or len(flat.results) == 1):
        return [(1 << flat.inputs) - 1] * len(flat.results)  # one sweep does it: there is nothing to find out
    first = flat.first
    last = dict(zip(flat.operands, _lines(flat), strict=True)) | dict.fromkeys(flat.results, len(flat.codes))
    sets = {j: 1 << j for j in range(flat.inputs)}
    for i, (entry, operands) in enumerate(instructions(flat)):
        passing = () if entry.code == DETACH or entry.code in CONDITIONS else operands[entry.code in (CHOOSE, TAKE) :]
        depends = 0
        for x in passing:
            depends |= sets.get(x, 0)
        if first + i in last:
            sets[first + i] = depends
        for x in operands:
            if last[x] == i:
                sets.pop(x, None)  # the sets of all would fill the memory
    return [sets.get(i, 0) for i in flat.results]


def _lines(flat: Flat) -> Iterable[int]:
    """The number of the instruction that each operand stands in."""
    for i in range(len(flat.codes)):
        yield from [i] * (flat.starts[i + 1] - flat.starts[i])


def coloured(sets: Sequence[Sequence[int]], size: int, most: int) -> list[int]:
    """A colour for each set of numbers below `size`, such that sets of one colour have nothing in common.

    Greedily, the largest sets first; no colours at all, an empty list, where they are more than `most`.
    """
    colours = [0] * len(sets)
    taken = [0] * size  # of each number the colours of the sets that have it, as bits
    for i in sorted(range(len(sets)), key=lambda i: -len(sets[i])):
        others = 0
        for x in sets[i]:
            others |= taken[x]
        free = ~others & (others + 1)
        colours[i] = free.bit_length() - 1
        if colours[i] >= most:
            return []
        for x in sets[i]:
            taken[x] |= free
    return colours


def places(bits: int) -> list[int]:
    """Where the ones of a set of bits are."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def transposed(sets: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """For each number below `size` the sets that have it."""
    holders: list[list[int]] = [[] for _ in range(size)]
    for i, numbers in enumerate(sets):
        for x in numbers:
            holders[x].append(i)
    return holders


def evened(rows: list[list[float]]) -> list[list[float]]:
    """The second derivatives of which these are two halves each."""
    n = range(len(rows))
    return [[_mean(rows[i][j], rows[j][i]) for j in n] for i in n]


def halves_evened(entries: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """The same of those that may differ from 0, by row and column."""
    both = {**dict.fromkeys([(j, i) for i, j in entries], 0.0), **entries}
    return {(i, j): _mean(d, both[j, i]) for (i, j), d in both.items()}


def _mean(a: float, b: float) -> float:
    """Of a and its mirror image b, where both are finite; otherwise a. A 0 beside another number is what underflow left."""
    if a != b and isfinite(a) and isfinite(b):
        return a / 2 + b / 2 if a and b else a or b
    return a + 0.0  # one 0 for both of its signs
