"""A function laid flat: a list of instructions.

Every number in it has an id: the inputs come first, then the constants, then one result for each instruction, in the order in
which the recorded function computed them.

>>> from array import array
>>> power = array("H", [ops.TABLE["pow"].code])
>>> square = Flat(1, array("d", [2.0]), power, array("I", [0, 2]), array("I", [0, 1]), array("I", [2]))
>>> [(entry.name, list(operands)) for entry, operands in instructions(square)]
[('pow', [0, 1])]
"""

from __future__ import annotations

from array import array

from autograd import ops
from autograd.recording import lay_flat
from autograd.value import Value, made_before, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NamedTuple

    from autograd.operation import Operation
else:
    from autograd.programs.named import NamedTuple

CHOOSE, TAKE, DETACH = ops.INTERNAL["choose"].code, ops.INTERNAL["take"].code, ops.TABLE["detach"].code
CONDITIONS = frozenset(ops.INTERNAL[name].code for name in ops.CONDITIONS)


class Flat(NamedTuple):
    """A function laid flat. Ids: the inputs, then the constants, then one for each instruction."""

    inputs: int
    constants: array[float]
    codes: array[int]
    """The operation of each instruction, as in `ops.BY_CODE`."""
    starts: array[int]
    """The operands of instruction i are ``operands[starts[i]:starts[i + 1]]``, as ids."""
    operands: array[int]
    results: array[int]
    """The ids of the outputs."""
    partials: array[int] = array("I")
    """The numbers of the instructions that a derivative within the function wrote: partials, which never raise."""

    @property
    def first(self) -> int:
        """The id of the first instruction's result."""
        return self.inputs + len(self.constants)


def operation(code: int) -> Operation:
    """The operation of an instruction."""
    return ops.BY_CODE[code]  # type: ignore[return-value]  # None is a leaf's, and leaves are no instructions


def instructions(flat: Flat) -> Iterator[tuple[Operation, Sequence[int]]]:
    """Each instruction: its operation and the ids of its operands."""
    starts, operands = flat.starts, flat.operands
    for i, code in enumerate(flat.codes):
        yield operation(code), operands[starts[i] : starts[i + 1]]


def laid_flat(outputs: Sequence[Value | float], inputs: Sequence[Value], spans: Sequence[tuple[Value, Value]]) -> Flat:
    """What was computed from inputs to outputs; a derivative within the function was made in each of the spans of creation."""
    return Flat(len(inputs), *lay_flat(outputs, inputs), _made_within(spans, outputs, inputs))


def _made_within(spans: Sequence[tuple[Value, Value]], outputs: Sequence[Value | float], inputs: Sequence[Value]) -> array[int]:
    """The numbers of the instructions that were made within spans of creation, which follow each other."""
    found = array("I")
    if not spans:
        return found
    places, number, k = set(map(id, inputs)), 0, 0
    for v in members(*[y for y in outputs if type(y) is Value]):
        if id(v) not in places and not places.isdisjoint(map(id, v.parents)):
            places.add(id(v))
            while k < len(spans) and not made_before(v, spans[k][1]):
                k += 1
            if k < len(spans) and made_before(spans[k][0], v):
                found.append(number)
            number += 1
    return found
