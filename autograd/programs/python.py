"""A recorded program and its derivatives in Python, for a place that has Python alone: functions that need `math`, no engine.

>>> from autograd import record
>>> print(to_python(record(lambda w, x: w * x, 2.0, 3.0), "times"))
'times(w, x) and its derivatives; printed by chainrule.'
<BLANKLINE>
<BLANKLINE>
def times(x):
    'The number at x: [w, x].'
    x0, x1 = x
    v2 = (x0 * x1)
    return v2
<BLANKLINE>
<BLANKLINE>
def times_and_gradient(x):
    'The number, and its derivatives by x: [w, x].'
    x0, x1 = x
    v2 = (x0 * x1)
    g0 = g1 = 0.0
    g2 = 1.0
    if g2 != 0.0:
        g0 += g2 * x1
        g1 += g2 * x0
    return v2, [g0 + 0.0, g1 + 0.0]
<BLANKLINE>

Arithmetic is IEEE's, as in C: where Python would raise there is an infinity or nan. The numbers are the engine's own, to the bit,
where `math` is the same: it is the C library's, but for `gamma`, of which Python has its own, and what a later Python rounds in
another way.
"""

from __future__ import annotations

import builtins
import keyword
import re
from unicodedata import normalize

from autograd.printable import called, no_name, partials_in, value_of
from autograd.programs.flat import CONDITIONS
from autograd.programs.straight import StraightLine, indented
from autograd.python import STANDARD, brought, own_functions, spelled
from autograd.trace import WRITTEN, python_statements, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.operation import Operation
    from autograd.programs.program import Program
    from autograd.trace import Expression

SIMPLE = re.compile(r"(d\d+) = (-?[\w.]+)")
"""A partial that is a variable or a number."""
PRODUCT = re.compile(r"(g\d+) \+= (g\d+) \* (d\d+)")


def to_python(program: Program, name: str = "") -> str:
    """The program as the text of a module: ``name(x)`` and, of one output, ``name_and_gradient(x)``, which gives a pair.

    Of several outputs ``name(x)`` gives a list, and ``name_and_jacobian(x)`` that and a list with a row for each output. ``x``
    has all inputs, flat, in the order of `Program.labels`; so has the gradient. Nothing raises but another number of inputs;
    whether an index is one of its rows is not checked. `name` is the function's own unless given. What `math` lacks comes along.

    Raises `TypeError` for a user's operation that is no formula, `ValueError` for a name that is none in Python or that it has
    itself, such as ``sum``.

    >>> from autograd import record, sin
    >>> module = {}
    >>> exec(to_python(record(lambda x, y: [x * y, sin(x)], 0.0, 0.0), "f"), module)
    >>> module["f"]([0.0, 2.0]), module["f_and_jacobian"]([0.0, 2.0])[1]
    ([0.0, 0.0], [[2.0, 0.0], [1.0, 0.0]])
    """
    name = name or program.signature.name
    printer = _Printer(program.flat)
    imports, along = brought(*printer.called())
    known = normalize("NFKC", name)  # as Python reads it
    words = {*keyword.kwlist, *dir(builtins), "__builtins__"} - {"_"}  # which is a session's last result
    own = {"math", "x", *words, *STANDARD, *along}
    if not known.isidentifier() or known in own:
        raise no_name("to_python", "Python", name)
    one = len(program.flat.results) == 1
    told, what = f"[{', '.join(program.labels)}]", "number" if one else "numbers"
    parts = [
        "\n".join([repr(f"{name}({', '.join(program.names)}) and its derivatives; printed by chainrule."), *imports]),
        *filter(None, along.values()),
        "\n".join([f"def {name}(x):", *indented(repr(f"The {what} at x: {told}."), *printer.values())]),
        "\n".join([
            f"def {name}_and_{'gradient' if one else 'jacobian'}(x):",
            *indented(repr(f"The {what}, and {'its' if one else 'their'} derivatives by x: {told}."), *printer.derivatives()),
        ]),
    ]  # fmt: skip
    return "\n\n\n".join(parts) + "\n"


def in_place(found: re.Match[str], told: Mapping[str, str]) -> str:
    """A sum that grows by a product, of which the partial may be told."""
    sum_, g, partial = found.groups()
    text = told.get(partial, partial)
    return {"1.0": f"{sum_} += {g}", "-1.0": f"{sum_} -= {g}"}.get(text, f"{sum_} += {g} * {text}")


class _Printer(StraightLine):
    """A flat program in Python."""

    def input(self, i: int) -> str:
        """A variable."""
        return f"x{i}"

    def number(self, x: float) -> str:
        """A constant."""
        return repr(x) if abs(x) < float("inf") else f"float('{x}')"

    def formulas(self, formulas: Mapping[str, Expression], known: Mapping[str, str]) -> list[str]:
        """Formulas as variables."""
        return python_statements(formulas, known, (), spelled)

    def stated(self, entry: Operation, operands: list[str], y: str, results: Mapping[str, int | None]) -> list[str]:
        """A condition is a number; what has functions of its own at floats, of many operands, calls these."""
        if entry.code in CONDITIONS:
            return [f"{y} = {spelled(entry.name)}({', '.join(operands)})"]
        functions = own_functions(entry)
        if not functions:
            return super().stated(entry, operands, y, results)
        if set(results.values()) == {None}:
            return [f"{y} = {functions[0]}([{', '.join(operands)}])"]
        lines = [f"{y}_d = {functions[1]}([{', '.join(operands)}], {y})"]
        return [*lines, *[f"{name} = {y}_d[{i}]" for name, i in results.items()]]

    def values(self) -> list[str]:
        """All values, and the outputs."""
        return [*self.inputs(), *self.forward(), f"return {self.outputs()}"]

    def derivatives(self) -> list[str]:
        """The same, with the derivatives of each output, one after the other."""
        lines = [*self.inputs(), *self.forward()]
        swept = [self.swept(y) for y in self.flat.results]
        lines += self.all_partials()
        if self.alone:
            return [*lines, *swept[0][0], f"return {self.outputs()}, {swept[0][1]}"]
        for k, (sweep, row) in enumerate(swept):
            lines += [*sweep, f"row{k} = {row}"]
        return [*lines, f"return {self.outputs()}, [{', '.join([f'row{k}' for k in range(len(swept))])}]"]

    def inputs(self) -> list[str]:
        """The inputs, each a variable."""
        names = "".join([f"x{i}, " for i in range(self.flat.inputs)])
        return [f"{names[:-2] if self.flat.inputs > 1 else f'({names.strip()})'} = x"] if names else []

    def outputs(self) -> str:
        """The outputs."""
        told = [self.at(i) for i in self.flat.results]
        return told[0] if self.alone else f"[{', '.join(told)}]"

    def swept(self, result: int) -> tuple[list[str], str]:
        """The derivatives of one output: statements, and the row."""
        reached, lines = self.sweep(result)
        zeros = "".join([f"g{i} = " for i in self.used(reached) if i != result])
        begin = [f"{zeros}0.0"] if zeros else []
        row = [f"g{i} + 0.0" if i in reached else "0.0" for i in range(self.flat.inputs)]
        return [*begin, f"g{result} = 1.0", *lines], f"[{', '.join(row)}]"

    def step(self, y: int, lines: list[str]) -> list[str]:
        """A block, in which a partial that is a variable or a number stands in place."""
        told = {found[1]: found[2] for line in lines if (found := SIMPLE.fullmatch(line))}
        used = {name for line in lines if line.startswith("if ") for name in told if f"if {name} " in line}
        told = {name: text for name, text in told.items() if name not in used}
        kept = [PRODUCT.sub(lambda found: in_place(found, told), line) for line in lines if line.split()[0] not in told]
        return [f"if g{y} != 0.0:", *indented(*kept)]

    def unless_closed(self, partial: str, line: str) -> str:
        """A choice closes edges."""
        return f"if {partial} != 0.0: {line}"

    def called(self) -> tuple[list[Operation], list[str]]:
        """The operations that are called by name, and functions that are."""
        formulas: list[Expression] = []
        entries, own = [], []
        for entry, operands in self.code:
            if entry.code in CONDITIONS:
                entries.append(entry)
            elif own_functions(entry):
                own += own_functions(entry)
            else:
                names = [f"x{i}" for i in range(len(operands))] if entry.many else entry.operands
                (*xs, y) = symbols(*names, "y")
                formulas += [value_of(entry, xs), *[d for d in partials_in(entry, xs, y) if d is not None]]
        return entries + [entry for entry in called(formulas) if entry.name not in WRITTEN], own
