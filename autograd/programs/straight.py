"""A flat program and its derivatives as straight lines of statements: what `c` and `python` have in common.

A constant for each instruction, oldest first; then, newest first, what each hands on to the derivatives by its operands. How a
formula, a number and an input are written is the language's.
"""

from __future__ import annotations

import re
from functools import cached_property

from autograd.printable import statements_in
from autograd.programs.flat import DETACH, instructions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.operation import Operation
    from autograd.printable import Language
    from autograd.programs.flat import Flat

SHARED = re.compile(r"\b_t(?=\d)")
"""The beginning of what a shared part of a formula is called."""


class StraightLine:
    """A flat program as statements. A language says `formulas`, `number`, `input` and `step`."""

    formulas: Language
    """Formulas as statements, as in `autograd.printable`."""
    end = ""
    """What stands behind a statement."""

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.code = [(entry, list(operands)) for entry, operands in instructions(flat)]
        self.alone = len(flat.results) == 1
        self.partials: dict[int, list[str]] = {}
        """Of each instruction that a sweep has passed the statements for its partials, which several outputs share."""

    def input(self, i: int) -> str:
        """What stands for an input."""
        raise NotImplementedError

    def number(self, x: float) -> str:
        """A constant."""
        raise NotImplementedError

    def step(self, y: int, lines: list[str]) -> list[str]:
        """Statements for what an instruction hands on, unless what comes in is 0."""
        raise NotImplementedError

    def unless_closed(self, partial: str, line: str) -> str:
        """A statement that counts unless a partial is 0."""
        raise NotImplementedError

    def at(self, i: int) -> str:
        """What stands for the number of an id."""
        if i < self.flat.inputs:
            return self.input(i)
        return self.number(self.flat.constants[i - self.flat.inputs]) if i < self.flat.first else f"v{i}"

    def forward(self) -> list[str]:
        """All values."""
        lines = []
        for y, (entry, operands) in enumerate(self.code, self.flat.first):
            lines += self.stated(entry, [self.at(x) for x in operands], f"v{y}", {f"v{y}": None})
        return lines

    def stated(self, entry: Operation, operands: list[str], y: str, results: Mapping[str, int | None]) -> list[str]:
        """Statements for the value or partials of an instruction."""
        return [SHARED.sub(f"{y}_", line) for line in statements_in(self.formulas, entry, operands, y, results)]

    @cached_property
    def moves(self) -> list[bool]:
        """Of each id whether an input changes it."""
        found = [True] * self.flat.inputs + [False] * len(self.flat.constants)
        for entry, operands in self.code:
            found.append(entry.code != DETACH and any(map(found.__getitem__, operands)))
        return found

    def sweep(self, result: int) -> tuple[set[int], list[str]]:
        """What the derivative of one output reaches, and the statements that add to the derivatives by that, newest first."""
        flat = self.flat
        reached, lines = {result}, []
        for y in range(flat.first + len(self.code) - 1, flat.first - 1, -1):
            entry, operands = self.code[y - flat.first]
            if y not in reached:
                continue
            rules = entry.partials * len(operands) if entry.many else entry.partials
            passing = [i for i, x in enumerate(operands) if self.moves[x] and rules[i] is not None]
            if passing:
                reached.update(operands[i] for i in passing)
                lines += self.handed_on(entry, operands, y, passing)
        return reached, lines

    def used(self, reached: set[int]) -> list[int]:
        """Of what is reached that which is no constant, in order."""
        return sorted(i for i in reached if i < self.flat.inputs or i >= self.flat.first)

    def handed_on(self, entry: Operation, operands: list[int], y: int, passing: list[int]) -> list[str]:
        """What an instruction adds to the derivatives by its operands."""
        names = {i: f"d{i}" if self.alone else f"d{y}_{i}" for i in passing}
        lines = self.stated(entry, [self.at(x) for x in operands], f"v{y}", {name: i for i, name in names.items()})
        if not self.alone:  # several outputs have the partials in common
            self.partials[y], lines = lines, []
        for i, name in names.items():
            line = f"g{operands[i]} += g{y} * {name}{self.end}"
            lines.append(self.unless_closed(name, line) if entry.choice else line)
        return self.step(y, lines)

    def all_partials(self) -> list[str]:
        """The partials that several outputs share, oldest first."""
        return [line for y in sorted(self.partials) for line in self.partials[y]]


def indented(*lines: str) -> list[str]:
    """Lines within a block."""
    return ["    " + line for line in lines]
