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

from autograd.ops import TABLE
from autograd.printable import called, entry_of, own_formula, partials_in, statements_in, value_of
from autograd.trace import in_javascript, symbols

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


def statements(entry: Operation, operands: Sequence[str], y: str, results: Mapping[str, int | None]) -> list[str]:
    """Statements that define constants: of each result the value of the operation (None) or the partial by operand ``i``.

    `operands` and `y` are what stands for the operands and for the value in JavaScript.
    """
    return statements_in(lambda formulas, known: in_javascript(formulas, known, SPELLINGS), entry, operands, y, results)


class Spellings(dict):  # type: ignore[type-arg]
    """How JavaScript writes each operation; users' are found when they are met."""

    def __missing__(self, name: str) -> str:
        return spelling(entry_of(name))


SPELLINGS = Spellings()


def functions(entries: Iterable[tuple[Operation, int]]) -> list[str]:
    """The functions that value and partials of some operations call, each once and after those that it calls itself.

    Each operation comes with its number of operands. Raises `TypeError` for a user's operation that is no formula.
    """
    formulas = []
    for entry, count in entries:
        names = [f"x{i}" for i in range(count)] if entry.many else entry.operands
        (*xs, y) = symbols(*names, "y")
        formulas += [value_of(entry, xs), *[d for d in partials_in(entry, xs, y) if d is not None]]
    found: dict[str, str] = {}
    for entry in called(formulas):
        _define(entry, found)
    return list(found.values())


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
    formula = own_formula(entry)
    for each in called([formula]):
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
