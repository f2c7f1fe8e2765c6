"""Prints the C kernels of the compiled engine: each rule of the table, traced to its formula, in C.

For values that are computed one at a time (`_kernels.h`), and for recorded programs (`_steps.h`, `_values.h`, `_cases.h`), whose
instructions run at one point or on a block of rows.
"""

from __future__ import annotations

import re
from pathlib import Path

from autograd.operation import Operation
from autograd.ops import BY_CODE, INTERNAL, TABLE
from autograd.special import FEW_FACTORS
from autograd.trace import Expression, in_c, symbols

NAMED = ("abs", "add", "sub", "mul", "div", "pow", "neg", "sum", "dot", "prod", "cofactor")
"""The operations that node.h and node.pxd call by name."""

HEAD = """/* Printed by build_kernels.py from autograd/ops.py: value and partials of each operation, in IEEE arithmetic. */
#include <math.h>

static inline double power(double a, double b) { return b == 1.0 ? a : pow(a, b); }
static inline double signed_as(double a, double b) { return copysign(a, b != b ? 1.0 : b); }
"""


def code_of(name: str) -> int:
    """The code of an operation of the table, or of one that only programs and rules have."""
    return (TABLE.get(name) or INTERNAL[name]).code


def spelling(operation: Operation) -> str:
    """How C writes the operation's value: an operator, a function of libm, or a function printed here."""
    return operation.c or f"value_{operation.name}({', '.join(['{}'] * operation.arity)})"


def native() -> list[Operation]:
    """The operations of one or two operands whose value and partials all have a spelling in C."""
    known = {op.name for op in TABLE.values() if op.c} | {"where"}
    entries = [op for op in TABLE.values() if op.arity in (1, 2) and (op.c or op.composite)]
    while True:  # a composite value is known when all that it is made of is
        found = {op.name for op in entries if op.value_formula is not None and _names(op.value_formula) <= known}
        if found <= known:
            break
        known |= found
    return [op for op in entries if op.name in known and all(_names(op.formula(i)) <= known for i in range(op.arity))]


def _known(e: Expression | None) -> Expression:
    """A formula that `native` has found to be there."""
    assert e is not None
    return e


def _names(e: Expression | None) -> set[str]:
    if e is None:
        return {"a rule that cannot be traced"}
    operators = {"lt", "le", "gt", "ge", "eq", "ne", "where"}
    own = set() if e.number is not None or e.name.startswith("symbol:") or e.name in operators else {e.name}
    return own.union(*[_names(x) for x in e.operands])


def header() -> str:
    """The whole of _kernels.h."""
    entries = native()
    spellings = {op.name: spelling(op) for op in entries}
    lines = [HEAD]
    lines += [f"#define OP_{name.upper()} {code_of(name)}" for name in NAMED]
    lines.append(f"#define FEW_FACTORS {FEW_FACTORS}")
    flags = ", ".join(str(int(op is not None and op in entries)) for op in BY_CODE)
    lines.append(f"static const unsigned char NATIVE[] = {{{flags}}};")
    lines.append(f"static inline int native(int code) {{ return code < {len(BY_CODE)} && NATIVE[code]; }}\n")
    composites = _in_order([op for op in entries if op.value_formula is not None])
    for op in composites:
        arguments = ", ".join(f"double {x}" for x in op.operands)
        lines.append(f"static inline double value_{op.name}({arguments}) {{")
        lines.append("    double y;")
        lines += ["    " + line for line in in_c({"y": _known(op.value_formula)}, op.operands, spellings)]
        lines.append("    return y;\n}\n")
    lines += _switch("kernel1", [op for op in entries if op.arity == 1], spellings)
    lines += _switch("kernel2", [op for op in entries if op.arity == 2], spellings)
    return "\n".join(lines) + "\n"


def _in_order(composites: list[Operation]) -> list[Operation]:
    """Each after those that its value calls."""
    done: list[Operation] = []
    while len(done) < len(composites):
        names = {op.name for op in composites} - {op.name for op in done}
        done += [op for op in composites if op not in done and not _names(op.value_formula) & names]
    return done


def _switch(name: str, entries: list[Operation], spellings: dict[str, str]) -> list[str]:
    """One function that computes value and partials of the operation `code`. Of two operands only the needed partials."""
    arity = entries[0].arity
    arguments = "double x, double *dx" if arity == 1 else "double a, double b, int need, double *da, double *db"
    lines = [f"static inline double {name}(int code, {arguments}) {{", "    switch (code) {"]
    for op in entries:
        bound = ("x",) if arity == 1 else ("a", "b")
        lines.append(f"    case {op.code}: {{ /* {op.name} */")
        if op.operands != bound:
            lines += [f"        const double {own} = {given};" for own, given in zip(op.operands, bound, strict=True)]
        value = spellings[op.name].format(*op.operands)
        lines.append(f"        const double y = {value};")
        for i, target in enumerate(("*dx",) if arity == 1 else ("*da", "*db")):
            body = in_c({target: _known(op.formula(i))}, op.operands, spellings)
            text = " ".join(body)
            lines.append(f"        {text}" if arity == 1 else f"        if (need & {i + 1}) {{ {text} }}")
        lines += ["        return y;", "    }"]
    return [*lines, "    }", "    return NAN;", "}\n"]


# Recorded programs. An instruction passes its incoming gradient to an operand along an edge, times a partial. Most partials are
# an operand, the result, 1 or -1: such an edge points to the row of numbers that is there already. Only others are stored.

EDGES = ("NO_EDGE", "PLUS", "MINUS", "BY_OPERAND", "BY_OPERAND_1", "BY_OPERAND_2", "BY_RESULT", "BY_STORED", "IF", "UNLESS")
FOLDED = (
    "SUM", "DOT", "DOT_SHARED", "LAY", "LAYER", "LAYER_SHARED", "PRODUCT", "COFACTORS", "LOGSUMEXP", "TAKE", "TAKE_SHARED",
    "CALL",
)
"""Instructions of many operands, which run.h writes as loops, and the call of a Python function."""

CIRCULAR = {"sin", "cos", "tan"}
"""Vector versions of these hold for arguments up to CIRCULAR_LIMIT; a row with a larger one takes the C library's."""

EXPONENTS = (2.0, 3.0, 4.0, -1.0)
"""Powers that a block computes by products and quotients (`F(power)` in vectormath.h)."""


def edge(op: Operation, i: int) -> str:
    """What kind of edge leads from the result to operand `i`."""
    formula = op.formula(i)
    if op.name == "detach" or op.partials[i] is None:
        return "NO_EDGE"
    if op.name == "choose":
        return ("NO_EDGE", "IF", "UNLESS")[i]
    formula = _known(formula)
    if formula.number is not None and abs(formula.number) == 1:
        return "PLUS" if formula.number == 1 else "MINUS"
    if formula.name == "symbol:y":
        return "BY_RESULT"
    names = ["symbol:" + name for name in op.operands]
    return EDGES[EDGES.index("BY_OPERAND") + names.index(formula.name)] if formula.name in names else "BY_STORED"


def stored(op: Operation, mask: int) -> tuple[int, ...]:
    """Of the operands in `mask` those whose partial is stored."""
    return tuple(i for i in range(op.arity) if mask >> i & 1 and edge(op, i) == "BY_STORED")


def runnable() -> list[Operation]:
    """The operations that an instruction in C computes."""
    internal = [op for op in INTERNAL.values() if not op.many]
    return [*native(), *[op for op in TABLE.values() if op.arity == 3 and op.composite], *internal]


def kernels() -> dict[tuple[int, tuple[int, ...]], int]:
    """The number of each kernel: one for each operation and set of stored partials."""
    found: dict[tuple[int, tuple[int, ...]], int] = {}
    for op in runnable():
        for mask in range(1 << op.arity):
            found.setdefault((op.code, stored(op, mask)), len(FOLDED) + 1 + len(found))
    return found


def steps() -> str:
    """The whole of _steps.h: the numbers of the kernels and of the edges, and for each operation which it has."""
    _check_folded()
    numbers, entries = kernels(), {op.code: op for op in runnable()}
    last = max([op.code for op in entries.values()] + [op.code for op in TABLE.values()])
    lines = ["/* Printed by build_kernels.py from autograd/ops.py. */"]
    lines.append("enum { " + ", ".join(f"{name} = {i + 1}" for i, name in enumerate(FOLDED)) + " };")
    lines.append("enum { " + ", ".join(EDGES) + " };")
    lines.append(f"#define FEW_FACTORS {FEW_FACTORS}")
    many = ("sum", "dot", "prod", "cofactor", "logsumexp", "take")
    folded = ", ".join(f"CODE_{name.upper()} = {code_of(name)}" for name in many)
    lines.append(f"enum {{ {folded}, CODES = {last + 1} }};")
    arities = ", ".join(str(entries[code].arity) if code in entries else "0" for code in range(last + 1))
    lines.append(f"static const unsigned char ARITY[CODES] = {{{arities}}};")
    lines.append("static const unsigned char EDGE[CODES][3] = {")
    for code, op in sorted(entries.items()):
        lines.append(f"    [{code}] = {{{', '.join(edge(op, i) for i in range(op.arity))}}}, /* {op.name} */")
    lines.append("};\nstatic const unsigned short KERNEL[CODES][8] = {")
    for code, op in sorted(entries.items()):
        which = ", ".join(str(numbers[code, stored(op, mask)]) for mask in range(1 << op.arity))
        lines.append(f"    [{code}] = {{{which}}}, /* {op.name} */")
    return "\n".join([*lines, "};"]) + "\n"


def _check_folded() -> None:
    """What run.h takes for granted of the derivatives of `sum` and `dot`, asked of their rules."""
    for n in (1, 4, 5):
        xs, (y,) = symbols(*[f"x{i}" for i in range(n)]), symbols("y")
        assert TABLE["sum"].partials[0](xs, y) == [1.0] * n  # type: ignore[misc]
        partials, pairs = TABLE["dot"].partials[0](xs, y), n // 2  # type: ignore[misc]
        assert all(partials[i] is xs[i + pairs] and partials[i + pairs] is xs[i] for i in range(pairs))
        assert list(partials[2 * pairs :]) == [1.0] * (n % 2)


def values() -> str:
    """The whole of _values.h: the composite values. `F(name)` is a function's name in the instruction set at hand."""
    spellings = _in_sets()
    lines = ["/* Printed by build_kernels.py from autograd/ops.py; included once for each instruction set. */"]
    for op in _in_order([op for op in runnable() if op.value_formula is not None]):
        arguments = ", ".join(f"double {x}" for x in op.operands)
        body = " ".join(in_c({"y": _known(op.value_formula)}, op.operands, spellings))
        lines.append(f"INLINED double F(value_{op.name})({arguments}) {{ double y; {body} return y; }}")
    return "\n".join(lines) + "\n"


def cases() -> str:
    """The whole of _cases.h: for each kernel the loop over the rows of a block."""
    entries, spellings = {op.code: op for op in runnable()}, _in_sets()
    lines = ["/* Printed by build_kernels.py from autograd/ops.py; included once for each instruction set. */"]
    for (code, partials), number in kernels().items():
        op = entries[code]
        rows = ["W(s->a)", "W(s->b)"] if op.arity < 3 else [f"W(list[s->a + {i}])" for i in range(op.arity)]
        pointers = [f"*{chr(ord('A') + i)} = {row}" for i, row in zip(range(op.arity), rows, strict=False)]
        targets = [f"*P{i} = W(s->p + {k} * STRIDE)" for k, i in enumerate(partials)]
        value = op.value_formula if op.composite else Expression(op.name, *symbols(*op.operands))
        formulas = [value, *[op.formula(i) for i in partials]]
        used = set().union(*[_names(formula) for formula in formulas]) & CIRCULAR
        lines.append(f"case {number}: {{ /* {op.name} */")
        lines.append(f"    const double {', '.join(pointers)}; double {', '.join(['*Y = W(s->out)', *targets])};")
        if used:
            lines.append("    KEEP_FAR(A)")
        read = {x: f"const double {x} = {chr(ord('A') + i)}[i];" for i, x in enumerate(op.operands)}
        body = [f"const double y = {spellings[op.name].format(*op.operands)}; OUT(y);"]
        body += [f"{{ {' '.join(in_c({f'P{i}[i]': _known(op.formula(i))}, op.operands, spellings))} }}" for i in partials]
        if op.name == "pow":
            for exponent in EXPONENTS:
                loop = f"EACH {{ {read['a']} {' '.join(body)} }}"
                lines.append(f"    if (ALL_ARE(B, {exponent})) {{ const double b = {exponent}; {loop} break; }}")
            of_some = " ".join([*read.values(), *body]).replace("F(power)(", "F(power_any)(")
            lines.append(f"    if (SOME_ARE_SMALL(B)) {{ EACH {{ {of_some} }} break; }}")
        lines.append(f"    EACH {{ {' '.join([*read.values(), *body])} }}")
        if used:
            lines.append("    FAR_LANES(A)")
        lines.append("    break; }")
    return "\n".join(lines) + "\n"


def _in_sets() -> dict[str, str]:
    """How C writes each value where functions belong to an instruction set: ``F(tanh)({})``."""
    return {op.name: re.sub(r"^(\w+)\(", r"F(\1)(", spelling(op)) for op in runnable()}


def write(folder: Path) -> None:
    """Write the headers that node.h and replay.h include."""
    (folder / "_kernels.h").write_text(header())
    (folder / "_steps.h").write_text(steps())
    (folder / "_values.h").write_text(values())
    (folder / "_cases.h").write_text(cases())
