"""A recorded function as a graph that can be drawn: its operations, without numbers."""

from __future__ import annotations

import math

from autograd.programs.flat import instructions
from autograd.structures import labels
from autograd.value import Value, node
from viz.words import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd.programs.program import Program


def graph_of(program: Program) -> dict[str, Value]:
    """The results of a program by their names, computed from its inputs; what numbers they hold says nothing.

    >>> from autograd import record
    >>> y = graph_of(record(lambda x, w: w[0] * x, 1.0, [2.0]))["f"]
    >>> y.op, [x.label for x in y.operands]
    ('mul', ['w[0]', 'x'])
    """
    flat = program.flat
    made: list[Value | float] = [*(Value(math.nan, label=label) for label in program.labels), *flat.constants]
    for entry, operands in instructions(flat):
        made.append(node(entry.code, math.nan, [made[i] for i in operands], [math.nan] * len(operands)))
    name = program.signature.name
    results = [y if type(y) is Value else Value(y, label=number(y)) for y in (made[i] for i in flat.results)]
    return dict(zip(labels(name, program.signature.outputs), results, strict=True))
