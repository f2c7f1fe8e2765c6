"""A flat program for C: what has no kernel there is spelt out in instructions that have, or called in Python."""

from __future__ import annotations

from array import array

from autograd import ops
from autograd.programs.flat import Flat, instructions, operation
from autograd.trace import Expression, formula_of, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.operation import Operation

SPELT_OUT = frozenset(ops.TABLE[name].code for name in ("mean", "logsumexp"))
"""Operations of which C has no derivatives."""


def lowered(flat: Flat) -> Flat:
    """The program in instructions that C knows, or calls."""
    return Lowering(flat).result() if SPELT_OUT.intersection(flat.codes) else flat


class Lowering:
    """A program being spelt out.

    ``mean(x, y)`` becomes a sum and a quotient that are passive (no derivative passes through them), and a link: the quotient's
    value once more, with its edges: each operand with the number that is its partial.
    """

    LINKED, PASSIVE = ops.LAST_CODE + 1, ops.LAST_CODE + 2
    PLUS, MINUS = 0xFFFFFFFE, 0xFFFFFFFD  # partials that are no row

    def __init__(self, flat: Flat) -> None:
        self.given, self.first = flat, flat.first
        self.constants: dict[str, int] = {}  # new ones, by their hexadecimal spelling
        self.codes, self.starts, self.operands = array("H"), array("I", [0]), array("I")

    def result(self) -> Flat:
        """The program spelt out; instructions count from the given one's first until all constants are known."""
        flat = self.given
        new = list(range(self.first))  # the new id of each old one
        for entry, own in instructions(flat):
            operands = [new[x] for x in own]
            new.append(self._spell(entry, operands) if entry.code in SPELT_OUT else self._add(entry.code, operands))
        shift = len(self.constants)
        settled = array("I", [self._settled(x, shift) for x in self.operands])
        results = array("I", [self._settled(new[x], shift) for x in flat.results])
        constants = flat.constants + array("d", map(float.fromhex, self.constants))
        return Flat(flat.inputs, constants, self.codes, self.starts, settled, results)

    def _settled(self, x: int, shift: int) -> int:
        """An id with the new constants in their place: until now they counted down from PLUS and MINUS."""
        if x >= self.MINUS or x < self.first:
            return x
        return x + shift if x < 1 << 31 else self.first + self.MINUS - 1 - x

    def _add(self, code: int, operands: list[int]) -> int:
        self.codes.append(code)
        self.operands.extend(operands)
        self.starts.append(len(self.operands))
        return self.first + len(self.codes) - 1

    def _constant(self, number: float) -> int:
        bits = number.hex()
        if bits not in self.constants:
            self.constants[bits] = len(self.constants)
        return self.MINUS - 1 - self.constants[bits]

    def _spell(self, entry: Operation, operands: list[int]) -> int:
        xs, (y,) = symbols(*[f"x{i}" for i in range(len(operands))]), symbols("y")
        known = {id(x): operand for x, operand in zip(xs, operands, strict=True)}
        self.parts: list[Expression] = []  # which must live as long as their id() is used
        if entry.name == "logsumexp":
            value = self._add(entry.code | self.PASSIVE, operands)
        else:
            value = self._formula(formula_of(entry.value(xs)), known)
        known[id(y)] = value
        links = [value]
        for operand, local in zip(operands, entry.formulas_of_many(xs, y), strict=True):
            part = formula_of(local)
            links += [operand, {1.0: self.PLUS, -1.0: self.MINUS}.get(part.number or 0.0) or self._formula(part, known)]
        return self._add(self.LINKED, links)

    def _formula(self, e: Expression, known: dict[int, int]) -> int:
        """The id of a formula's number; what it consists of becomes passive instructions, shared parts once."""
        stack = [e]
        while stack:
            part = stack[-1]
            missing = [x for x in part.operands if id(x) not in known]
            if missing and id(part) not in known:
                stack += missing
                continue
            stack.pop()
            if id(part) not in known:
                self.parts.append(part)
                if part.number is not None:
                    known[id(part)] = self._constant(part.number)
                else:
                    entry = ops.TABLE.get(part.name) or ops.INTERNAL[part.name]
                    known[id(part)] = self._add(entry.code | self.PASSIVE, [known[id(x)] for x in part.operands])
        return known[id(e)]


def called_in_python(code: int, mask: int, xs: list[float]) -> tuple[float, Sequence[float]]:
    """The value and the partials of an operation that has no kernel, in IEEE arithmetic."""
    entry = operation(code)
    if entry.many:  # a product whose gap is no constant
        y = entry.ieee(xs)  # type: ignore[arg-type]
        return y, entry.local_many(xs, y) if mask else ()
    y = entry.ieee(*xs)
    return y, entry.locals[mask](*xs, y) if mask else ()
