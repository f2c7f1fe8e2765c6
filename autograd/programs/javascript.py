"""A recorded program and its gradient in JavaScript, for a page that computes without a server.

`javascript(program)` is the text of one expression, an object; with ``const program = <the text>;`` in a script:

- ``program.inputs``, ``program.outputs``, ``program.labels``: how many numbers it takes and gives, and the labels of the inputs,
  in whose order all of the program's numbers lie flat.
- ``program.values(x)``: the outputs, a Float64Array that the next call overwrites. `x` is a Float64Array of all inputs.
- ``program.gradient(x, into, seed = 1)``: the only output; ``seed`` times its derivative by each input is *added* to `into`, a
  Float64Array as long as `x`.
- ``program.batch(x, places, rows, order, into, seed = 1)``: the same for each of many rows, whose numbers are added up: those
  of row r, ``rows[r * places.length + k]``, take the places ``places[k]`` among the inputs, and all others stay as they are in
  `x`; `order` has the numbers of the rows. The mean of a minibatch has the seed ``1 / order.length``. It returns the sum of
  ``seed`` times each row's output.

Of a program that gives several numbers there is no gradient, and both functions are missing. Nothing raises: arithmetic is
IEEE's, as on rows (see `Program.batch`).

>>> from autograd import record
>>> text = javascript(record(lambda w, x: w * x, 2.0, 3.0))
>>> for line in text.splitlines():
...     if line.startswith(("v[2]", "{ ")):
...         print(line)
v[2] = (v[0] * v[1]);
{ const s = g[2]; if (s !== 0) { const d0 = v[1]; const d1 = v[0]; g[0] += s * d0; g[1] += s * d1; } }
"""

from __future__ import annotations

import json

from autograd.javascript import functions, statements
from autograd.programs.flat import DETACH, instructions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from autograd.operation import Operation
    from autograd.programs.flat import Flat
    from autograd.programs.program import Program

TOGETHER = 100
"""So many instructions stand in one function: what is longer is not compiled by browsers, but run step by step."""

RUN = """const inputs = {inputs}, outputs = {outputs}, labels = {labels};
const v = new Float64Array({size}), g = new Float64Array({size}), given = new Float64Array(outputs), results = {results};
v.set({constants}, inputs);
const compute = (x) => {{
v.set(x);
{forward}
}};
const values = (x) => {{
compute(x);
results.forEach((place, i) => {{ given[i] = v[place]; }});
return given;
}};"""

DIFFERENTIATE = """const gradient = (x, into, seed = 1) => {{
compute(x);
g.fill(0);
g[results[0]] = seed;
{backward}
for (let i = 0; i < inputs; i++) into[i] += g[i];
return v[results[0]];
}};
const batch = (x, places, rows, order, into, seed = 1) => {{
const at = Float64Array.from(x);
let sum = 0;
for (const row of order) {{
for (let k = 0; k < places.length; k++) at[places[k]] = rows[row * places.length + k];
sum += seed * gradient(at, into, seed);
}}
return sum;
}};"""


def javascript(program: Program, by: Collection[int] | None = None) -> str:
    """The program as a JavaScript expression; see above.

    `by` has the numbers of the inputs whose derivatives are wanted, if not all. Raises `TypeError` for a user's operation whose
    value or partial is no formula.
    """
    return script_of(program.flat, program.labels, by)


def script_of(flat: Flat, labels: Iterable[str], by: Collection[int] | None = None) -> str:
    """The same of a flat program, whose inputs bear these labels."""
    used = [(entry, len(operands)) for entry, operands in instructions(flat)]
    forward, backward = _written(flat, set(range(flat.inputs) if by is None else by))
    (first, run), (second, reverse) = _split("forward", forward), _split("backward", backward)
    told = {
        "inputs": flat.inputs, "outputs": len(flat.results), "labels": json.dumps(list(labels)).replace("<", "\\u003c"),
        "size": flat.first + len(flat.codes), "results": list(flat.results),
        "constants": f"[{', '.join(map(_number, flat.constants))}]", "forward": run, "backward": reverse,
    }  # fmt: skip
    lines = ["(() => {", '"use strict";', *functions(used), RUN.format(**told), *first]
    given = ["inputs", "outputs", "labels", "values"]
    if len(flat.results) == 1:
        lines += [*second, DIFFERENTIATE.format(**told)]
        given += ["gradient", "batch"]
    return "\n".join([*lines, f"return {{ {', '.join(given)} }};", "})()"])


def _written(flat: Flat, active: set[int]) -> tuple[list[str], list[str]]:
    """A line for each instruction, and one for each that passes a derivative to an input of `active`, newest first."""
    forward, backward = [], []
    for y, (entry, operands) in enumerate(instructions(flat), flat.first):
        at = [f"v[{x}]" for x in operands]
        *parts, value = statements(entry, at, f"v[{y}]", {"y": None})
        line = " ".join([*parts, value.replace("const y", f"v[{y}]", 1)])
        forward.append(f"{{ {line} }}" if parts else line)
        rules = entry.partials * len(operands) if entry.many else entry.partials
        passing = [i for i, x in enumerate(operands) if x in active and rules[i] is not None and entry.code != DETACH]
        if passing:
            active.add(y)
            backward.append(_handed_on(entry, operands, y, passing))
    return forward, backward[::-1]


def _handed_on(entry: Operation, operands: Iterable[int], y: int, passing: list[int]) -> str:
    """What the instruction adds to the gradients of the operands that a derivative passes to: nothing of an incoming 0."""
    places = list(operands)
    lines = statements(entry, [f"v[{x}]" for x in places], f"v[{y}]", {f"d{i}": i for i in passing})
    closed = "if (d{0} !== 0) " if entry.choice else ""
    lines += [f"{closed.format(i)}g[{places[i]}] += s * d{i};" for i in passing]
    return f"{{ const s = g[{y}]; if (s !== 0) {{ {' '.join(lines)} }} }}"


def _split(name: str, lines: list[str]) -> tuple[list[str], str]:
    """Lines as functions of no more than `TOGETHER`, and the calls of these."""
    parts = [lines[k : k + TOGETHER] for k in range(0, len(lines), TOGETHER)]
    made = ["\n".join([f"function {name}{k}() {{", *part, "}"]) for k, part in enumerate(parts)]
    return made, " ".join(f"{name}{k}();" for k in range(len(made)))


def _number(x: float) -> str:
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(x), repr(x))
