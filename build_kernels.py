"""Prints the C kernels of the compiled engine: each rule of the table, traced to its formula, in C."""

from __future__ import annotations

from pathlib import Path

from autograd.ops import BY_CODE, TABLE, Operation
from autograd.trace import Expression, in_c

NAMED = ("add", "sub", "mul", "div", "pow", "neg", "sum", "dot")
"""The operations that the engine calls by name."""

HEAD = """/* Printed by build_kernels.py from autograd/ops.py: value and partials of each operation, in IEEE arithmetic. */
#include <math.h>

static inline double power(double a, double b) { return b == 1.0 ? a : pow(a, b); }
"""


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
    lines += [f"#define OP_{name.upper()} {TABLE[name].code}" for name in NAMED]
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


PXD = """# Printed by build_kernels.py.
cdef extern from "_kernels.h" nogil:
    enum:
        {names}
    int native(int code) noexcept
    double kernel1(int code, double x, double *dx) noexcept
    double kernel2(int code, double a, double b, int need, double *da, double *db) noexcept
"""

STORAGE = """# What value.py uses of storage.h.
from cpython.ref cimport PyObject

cdef extern from "storage.h":
    enum: REACHED
    enum: LABELLED
    enum: INITIALISED
    ctypedef struct Node:
        double data
        double grad
        unsigned int count
    Node **operands_of(Node *v) noexcept
    double *numbers_of(Node *v) noexcept
    int make_block(Node *v, unsigned int count) noexcept
    int sweep_from(Node *root, double seed, int keep) noexcept
    int gradients_from(Node *root, double seed, Node **xs, Py_ssize_t n, double *before, double *out) noexcept
    object members_of(object roots)
    object flat_of(object outputs, object inputs)
    object new_node(double y)
    void keep_memory_of(object class_, object labels)
    int set_in_class(object class_, object name, object function) except -1
"""


def write(folder: Path) -> None:
    """Write the header and the declarations that value.py is compiled with."""
    names = "\n        ".join(f'{name.upper()} "OP_{name.upper()}"' for name in NAMED)
    (folder / "_kernels.h").write_text(header())
    (folder / "_kernels.pxd").write_text(PXD.format(names=names))
    (folder / "_storage.pxd").write_text(STORAGE)
