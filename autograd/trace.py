"""Tracing numbers: run a rule of the table once, keep the formula, print it as mathematics, as Python, as C or as JavaScript.

A rule such as ``lambda x, y: -2 * x * y`` only uses operators, comparisons, ``where`` and operations of the table.
Called with an :class:`Expression` for each argument it therefore returns an `Expression` too: its own formula.

>>> x, y = symbols("x", "y")
>>> print(-2 * x * y)
-2 * x * y
>>> print((1 / (x + y)) ** 2)
(1 / (x + y)) ** 2
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from typing import TypeAlias

    Operand: TypeAlias = "Expression | int | float"

INFIX = {
    "lt": ("<", 1), "le": ("<=", 1), "gt": (">", 1), "ge": (">=", 1), "eq": ("==", 1), "ne": ("!=", 1),
    "add": ("+", 2), "sub": ("-", 2), "mul": ("*", 3), "div": ("/", 3), "neg": ("-", 4), "pow": ("**", 5),
}  # fmt: skip
"""Operations written between or before their operands: the sign, and how tightly it binds."""

WRITTEN = frozenset(INFIX) - {"div", "pow"} | {"where"}
"""What Python writes in place, with an operator or as ``a if c else b``; all else is called by its name."""

TIGHTEST = 6

DEEPEST = 60
"""So many parts may stand inside each other in one printed line: Python's parser gives up at some hundred parentheses."""

LONGEST = 2000
"""A part that takes more characters than this is left out where a person reads, and a line of its own where Python or C does."""

COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class TraceError(TypeError):
    """A rule asked a tracing number for what only a concrete number has."""


class Expression:
    """A formula: the name of an operation and its operands, or a symbol, or a number."""

    __slots__ = ("name", "number", "operands")

    def __init__(self, name: str, *operands: Expression, number: float | None = None) -> None:
        self.name = name
        self.operands = operands
        self.number = number

    def __add__(self, other: Operand) -> Expression:
        return call("add", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return call("add", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return call("sub", self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return call("sub", other, self)

    def __mul__(self, other: Operand) -> Expression:
        return call("mul", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return call("mul", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return call("div", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return call("div", other, self)

    def __pow__(self, other: Operand) -> Expression:
        return call("pow", self, other)

    def __rpow__(self, other: Operand) -> Expression:
        return call("pow", other, self)

    def __neg__(self) -> Expression:
        return call("neg", self)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return call("abs", self)

    def __lt__(self, other: Operand) -> Expression:
        return call("lt", self, other)

    def __le__(self, other: Operand) -> Expression:
        return call("le", self, other)

    def __gt__(self, other: Operand) -> Expression:
        return call("gt", self, other)

    def __ge__(self, other: Operand) -> Expression:
        return call("ge", self, other)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]  # a formula, as in NumPy
        return call("eq", self, other)  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return call("ne", self, other)  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]  # looked up in a dictionary it would be found missing

    def __bool__(self) -> bool:
        message = f"a rule cannot branch on {self}: write where(condition, a, b)"
        raise TraceError(message)

    def __float__(self) -> float:
        message = f"{self} has no value while a rule is traced: use autograd's functions, not those of math"
        raise TraceError(message)

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *others: call(name, self, *others)

    def __str__(self) -> str:
        return in_maths(self)

    __repr__ = __str__


def symbols(*names: str) -> list[Expression]:
    """One symbol for each name."""
    return [Expression("symbol:" + name) for name in names]


def call(name: str, *operands: Operand) -> Expression:
    """The formula of the operation `name` applied to `operands`."""
    return Expression(name, *[formula_of(operand) for operand in operands])


def trace(rule: Callable[..., object], names: Sequence[str]) -> Expression:
    """The formula of a rule whose arguments bear `names`; `TraceError` or `TypeError` where it cannot be traced."""
    return formula_of(rule(*symbols(*names)))


def formula_of(operand: object) -> Expression:
    """A formula as it is, a number as one; `TraceError` for anything else."""
    if isinstance(operand, Expression):
        return operand
    if isinstance(operand, (int, float)):
        return Expression("number", number=float(operand))
    message = f"a rule works on numbers and tracing numbers, not on {type(operand).__name__}: {operand!r}"
    raise TraceError(message)


def parts(formulas: Iterable[Expression]) -> list[Expression]:
    """All that some formulas consist of, each part once and behind its operands, from left to right."""
    found: dict[int, Expression] = {}
    stack = list(formulas)[::-1]
    while stack:
        e = stack[-1]
        missing = [x for x in e.operands if id(x) not in found]
        if missing:
            stack += reversed(missing)
        else:
            found[id(e)] = stack.pop()
    return list(found.values())


# Printing: three alphabets, one walk.


def in_maths(e: Expression) -> str:
    """The formula as a person writes it, with no more parentheses than it needs, what is very long left out."""
    told: dict[int, tuple[str, int]] = {}  # the text of each part, and how tightly it holds together

    def written(x: Expression, binding: int = 0) -> str:
        text, own = told[id(x)]
        return "..." if len(text) > LONGEST else f"({text})" if own < binding else text

    for x in parts([e]):
        sign, own = INFIX.get(x.name, ("", TIGHTEST))
        if x.number is not None:
            text = f"{x.number:.0f}" if x.number.is_integer() and abs(x.number) < 1e16 else repr(x.number)
            own = INFIX["neg"][1] if x.number < 0 else TIGHTEST
        elif x.name.startswith("symbol:"):
            text = x.name[7:]
        elif not sign:
            text = f"{x.name}({', '.join(map(written, x.operands))})"
        elif x.name == "neg":
            text = sign + written(x.operands[0], own)
        elif x.name == "pow":
            text = f"{written(x.operands[0], own + 1)} ** {written(x.operands[1], own)}"
        else:
            text = f"{written(x.operands[0], own)} {sign} {written(x.operands[1], own + 1)}"
        told[id(x)] = text, own
    return told[id(e)][0]


def in_python(results: Mapping[str, Expression], arguments: Sequence[str], called: Container[str] = ()) -> str:
    """A Python function ``f`` of so many arguments: a line for each shared part and each result, then all results as a tuple.

    Operators stand between their operands, and a choice is ``(a if c else b)``; but what is in `called` is called by its name, as
    are division and power always: whoever runs it says whether they raise. With ``number`` in it plain numbers are its arguments.
    """
    names = {x: f"_x{i}" for i, x in enumerate(arguments)}  # an operand may bear the name of an operation
    lines = ["    " + line for line in python_statements(results, names, called)]
    return "\n".join([f"def f({', '.join(names.values())}):", *lines, f"    return ({''.join(name + ', ' for name in results)})"])


def python_statements(
    results: Mapping[str, Expression],
    names: Mapping[str, str],
    called: Container[str] = (),
    spelled: Callable[[str], str] = str,
) -> list[str]:
    """The same as statements: `names` says what stands for each symbol, `spelled` how what is called is called.

    >>> x, y = symbols("x", "y")
    >>> python_statements({"z": -2 * x / y}, {"x": "x", "y": "other"}, (), "my_{}".format)
    ['z = my_div((-2.0 * x), other)']
    """

    def python(e: Expression, operands: list[str]) -> str:
        if e.number is not None:
            text = repr(e.number) if abs(e.number) < float("inf") else f"float('{e.number}')"
            return f"{spelled('number')}({text})" if "number" in called else text
        if e.name in called or e.name not in WRITTEN:
            return f"{spelled(e.name)}({', '.join(operands)})"
        if e.name == "where":
            return "({1} if {0} else {2})".format(*operands)
        return f"(-{operands[0]})" if e.name == "neg" else f"({operands[0]} {INFIX[e.name][0]} {operands[1]})"

    lines, told = _bind_shared(results, names, python, "{} = {}")
    return lines + [f"{name} = {text}" for name, text in told.items()]


def in_c(results: Mapping[str, Expression], arguments: Sequence[str], spelling: Mapping[str, str]) -> list[str]:
    """C statements that compute each result; `spelling` gives the C template of each operation."""
    spell = _with_braces(spelling, "NAN", "INFINITY")
    lines, spelled = _bind_shared(results, {x: x for x in arguments}, spell, "const double {} = {};")
    return lines + [f"{name} = {text};" for name, text in spelled.items()]


def in_javascript(results: Mapping[str, Expression], names: Mapping[str, str], spelling: Mapping[str, str]) -> list[str]:
    """JavaScript statements, each of which defines a constant: those of the shared parts, then those of the results.

    `names` says what stands for each symbol, `spelling` how each operation is written: ``{}`` is an operand, ``{...}`` all.

    >>> x, y = symbols("x", "y")
    >>> in_javascript({"z": -2 * x * y}, {"x": "v[0]", "y": "v[1]"}, {})
    ['const z = (((-2.0) * v[0]) * v[1]);']
    """
    spell = _with_braces(spelling, "NaN", "Infinity")
    lines, spelled = _bind_shared(results, names, spell, "const {} = {};")
    return lines + [f"const {name} = {text};" for name, text in spelled.items()]


def _with_braces(spelling: Mapping[str, str], nan: str, infinity: str) -> Callable[[Expression, list[str]], str]:
    """What C and JavaScript have in common: operators, choices, numbers but for those that are none."""

    def spelled(e: Expression, operands: list[str]) -> str:
        if e.number is not None:
            return _number(e.number, nan, infinity)
        if e.name == "where":
            return "({} ? {} : {})".format(*operands)
        if e.name == "neg":
            return f"(-{operands[0]})"
        if e.name in INFIX and e.name != "pow":
            return f"({operands[0]} {INFIX[e.name][0]} {operands[1]})"
        template = spelling[e.name]
        return template.replace("{...}", ", ".join(operands)) if "{...}" in template else template.format(*operands)

    return spelled


def _number(number: float, nan: str, infinity: str) -> str:
    if number != number:  # noqa: PLR0124  (nan)
        return nan
    if abs(number) == float("inf"):
        return infinity if number > 0 else f"(-{infinity})"
    return repr(number) if number >= 0 else f"({number!r})"


def _bind_shared(
    results: Mapping[str, Expression], names: Mapping[str, str], spell: Callable[[Expression, list[str]], str], binding: str
) -> tuple[list[str], dict[str, str]]:
    """Spell each result; a part that occurs twice, or is deep or long, is first bound to a name, so that it is computed once."""
    taken = set(names.values()).intersection(results)
    if taken:
        message = f"a result cannot bear the name of an argument: {sorted(taken)}"
        raise ValueError(message)
    everything = parts(results.values())
    uses: dict[int, int] = {}
    for e in [*results.values(), *(x for part in everything for x in part.operands)]:
        uses[id(e)] = uses.get(id(e), 0) + 1
    lines: list[str] = []
    told: dict[int, tuple[str, int]] = {}  # the text of each part, and how deep it is
    for e in everything:
        if e.name.startswith("symbol:"):
            told[id(e)] = names.get(e.name[7:], e.name[7:]), 0
            continue
        operands = [told[id(x)] for x in e.operands]
        text, depth = spell(e, [text for text, _ in operands]), 1 + max([depth for _, depth in operands], default=0)
        shared = uses[id(e)] > 1 and e.number is None and e.name not in COMPARISONS
        if shared or depth > DEEPEST or len(text) > LONGEST:
            name = f"_t{len(lines)}"
            lines.append(binding.format(name, text))
            text, depth = name, 0
        told[id(e)] = text, depth
    return lines, {name: told[id(e)][0] for name, e in results.items()}
