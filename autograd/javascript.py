"""The table's operations in JavaScript: value and partials of each, printed from its rules, with the functions that they call.

What is printed computes in IEEE arithmetic, as `Operation.ieee` and the partials do: what Python refuses is an infinity or nan.

>>> from autograd.ops import TABLE
>>> print(printed([(TABLE["mul"], 2), (TABLE["tanh"], 1)]))
const sech = (x0) => (1.0 / Math.cosh(x0));
const OPERATIONS = {
mul: {value: (x0, x1) => (x0 * x1), partials: (x0, x1, y) => [x1, x0]},
tanh: {value: (x0) => Math.tanh(x0), partials: (x0, y) => [(sech(x0) * sech(x0))]},
};
"""

from __future__ import annotations

import re
from pathlib import Path

from autograd.operation import traced
from autograd.ops import INTERNAL, TABLE
from autograd.trace import Expression, call, formula_of, in_javascript, parts, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograd.operation import Operation

OF_MATH = frozenset((
    "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "hypot", "sin", "cos", "tan", "asin", "acos", "atan",
    "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
))  # fmt: skip
"""Functions of the table that JavaScript's Math has, with the digits that the table's have."""
OTHERWISE = {"fabs": "Math.abs", "(double)": "+"}
"""What C calls by another name."""
OWN = "f_"
"""Users' operations bear this before their names, which JavaScript may have other plans for."""


def spelling(entry: Operation) -> str:
    """How JavaScript writes the operation's value: an operator, a function of Math, of `maths.js`, or one printed here."""
    if entry.many:
        return "product({...})" if entry.name == "prod" else "around({...})"  # the only ones that a rule calls
    if entry.c and not entry.c[0].isalpha():
        return entry.c.replace("(double)", OTHERWISE["(double)"]).replace("==", "===").replace("!=", "!==")
    if entry.c:
        name = entry.c.partition("(")[0]
        return f"{'Math.' + name if name in OF_MATH else OTHERWISE.get(name, name)}({{...}})"
    return f"{OWN if entry.author else ''}{entry.name}({{...}})"


def _value(entry: Operation, operands: Sequence[Expression]) -> Expression:
    """The value of so many operands as a formula: that of its own, or its name with its operands."""
    if entry.many and entry.name not in {"prod", "cofactor"}:
        return formula_of(entry.value(operands))
    if entry.name == "where":  # the side that was taken, of which alone a graph tells
        return operands[0]
    if entry.author:  # by its own formula: another operation may bear its name by now
        return _formula(entry)
    return call(entry.name, *operands)


def _partials(entry: Operation, operands: Sequence[Expression], y: Expression) -> list[Expression | None]:
    """The partial by each operand as a formula; None where the operand must be a plain number.

    Raises `TypeError` for a user's rule that is no formula.
    """
    if entry.many:
        return list(map(formula_of, entry.formulas_of_many(operands, y)))
    for i, rule in enumerate(entry.partials):
        if rule is not None and entry.formula(i) is None:
            raise _no_formula(entry, f"its partial by {entry.operands[i]}")
    return [entry.formula(i) for i in range(entry.arity)]


def statements(entry: Operation, operands: Sequence[str], y: str, results: Mapping[str, int | None]) -> list[str]:
    """Statements that define constants: of each result the value of the operation (None) or the partial by operand ``i``.

    `operands` and `y` are what stands for the operands and for the value in JavaScript.
    """
    names = [f"x{i}" for i in range(len(operands))] if entry.many else list(entry.operands)
    (*xs, of_value) = symbols(*names, "y")
    partials = [] if set(results.values()) == {None} else _partials(entry, xs, of_value)
    formulas = {name: _value(entry, xs) if i is None else _or_zero(partials[i]) for name, i in results.items()}
    known = dict(zip(names, operands, strict=True)) | ({"y": y} if partials else {})
    return in_javascript(formulas, known, SPELLINGS)


class Spellings(dict):  # type: ignore[type-arg]
    """How JavaScript writes each operation; users' are found when they are met."""

    def __missing__(self, name: str) -> str:
        return spelling(_entry(name))


SPELLINGS = Spellings()


def functions(entries: Iterable[tuple[Operation, int]]) -> list[str]:
    """The functions that value and partials of some operations call, each once and after those that it calls itself.

    Each operation comes with its number of operands. Raises `TypeError` for a user's operation that is no formula.
    """
    formulas: list[Expression] = []
    for entry, count in entries:
        names = [f"x{i}" for i in range(count)] if entry.many else entry.operands
        (*xs, y) = symbols(*names, "y")
        formulas += [_value(entry, xs), *[d for d in _partials(entry, xs, y) if d is not None]]
    found: dict[str, str] = {}
    for entry in _called(formulas):
        _define(entry, found)
    return list(found.values())


def _called(formulas: Iterable[Expression]) -> list[Operation]:
    """The operations that some formulas consist of."""
    names = dict.fromkeys(e.name for e in parts(formulas) if e.name != "where")
    return [_entry(name) for name in names if name in TABLE or name in INTERNAL]


def printed(entries: Iterable[tuple[Operation, int]]) -> str:
    """``OPERATIONS``, an object that has for each operation ``value`` and ``partials``, and before it the functions they call.

    Both take the operands one by one, the partials then the value, and are a list; one that chooses among its operands says
    ``choice``. An operation of many operands has an entry for each number of them, such as ``sum_3``.
    """
    given = list(dict.fromkeys(entries))
    lines = [*functions(given), "const OPERATIONS = {"]
    for entry, count in given:
        xs = [f"x{i}" for i in range(count)]
        value = _arrow(xs, statements(entry, xs, "y", {"y": None}), ["y"], "{}")
        listed = [f"d{i}" for i in range(count)]
        partials = statements(entry, xs, "y", {name: i for i, name in enumerate(listed)})
        told = f"value: {value}, partials: {_arrow([*xs, 'y'], partials, listed, '[{}]')}"
        lines.append(f"{key(entry, count)}: {{{told}{', choice: true' * entry.choice}}},")
    return "\n".join([*lines, "};"])


def _arrow(arguments: Sequence[str], lines: Sequence[str], results: Sequence[str], returned: str) -> str:
    """A function with these statements, of which the last define the results; without any where there are no others."""
    if len(lines) > len(results):
        return f"({', '.join(arguments)}) => {{ {' '.join(lines)} return {returned.format(', '.join(results))}; }}"
    texts = [line[len(f"const {name} = ") : -1] for name, line in zip(results, lines, strict=True)]
    return f"({', '.join(arguments)}) => {returned.format(', '.join(texts))}"


def key(entry: Operation, count: int) -> str:
    """The name of an operation of so many operands in ``OPERATIONS``; of one that was removed with its code."""
    if entry.many:
        return f"{entry.name}_{count}"
    return entry.name if TABLE.get(entry.name) is entry else f"{entry.name}_{entry.code}"


def _define(entry: Operation, found: dict[str, str]) -> None:
    """Add the function of an operation, if JavaScript has none, after those that it calls."""
    name = SPELLINGS[entry.name].partition("(")[0]
    if name in found or not name.isidentifier():  # an operator, or Math's
        return
    if name in maths():
        _add(name, found)
        return
    formula = _formula(entry)
    for each in _called([formula]):
        _define(each, found)
    xs = [f"x{i}" for i in range(entry.arity)]
    lines = in_javascript({"y": formula}, dict(zip(entry.operands, xs, strict=True)), SPELLINGS)
    found[name] = f"const {name} = {_arrow(xs, lines, ['y'], '{}')};"


def _add(name: str, found: dict[str, str]) -> None:
    """Add a function of `maths.js`, and those that it calls."""
    found[name] = text = maths()[name]
    for other in maths():
        if other not in found and re.search(rf"\b{other}\(", text):
            _add(other, found)


def maths() -> dict[str, str]:
    """The functions of `maths.js` by their names, without comments and indentation."""
    if not MATHS:
        text = (Path(__file__).parent / "maths.js").read_text("utf-8")
        text = re.sub(r"\s*//.*", "", text)
        for each in re.findall(r"^function .*?^}", text, re.DOTALL | re.MULTILINE):
            MATHS[each[len("function ") : each.index("(")]] = re.sub(r"\n\s*", "\n", each)
    return MATHS


MATHS: dict[str, str] = {}


def _formula(entry: Operation) -> Expression:
    """The value as a formula of the operands by their names."""
    formula = traced(entry.author or entry.value, entry.operands)
    if formula is None:
        raise _no_formula(entry, "its value")
    return formula


def _or_zero(formula: Expression | None) -> Expression:
    """A partial that there is not, as a formula."""
    return formula_of(0.0) if formula is None else formula


def _entry(name: str) -> Operation:
    if name not in TABLE and name not in INTERNAL:
        message = f"there is no operation {name!r} any more"
        raise TypeError(message)
    return TABLE.get(name) or INTERNAL[name]


def _no_formula(entry: Operation, what: str) -> TypeError:
    return TypeError(f"{entry.name}: {what} is no formula, and cannot be printed: write it with autograd's functions")
