"""What an operation computes and its partials, as tracing formulas of so many operands: what is printed in other languages."""

from __future__ import annotations

from autograd.operation import traced
from autograd.ops import INTERNAL, TABLE
from autograd.trace import Expression, call, formula_of, parts, symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from autograd.operation import Operation

    Language: TypeAlias = Callable[[Mapping[str, Expression], Mapping[str, str]], list[str]]


def value_of(entry: Operation, operands: Sequence[Expression]) -> Expression:
    """The value of so many operands as a formula: that of its own, or its name with its operands."""
    if entry.many and entry.name not in {"prod", "cofactor"}:
        return formula_of(entry.value(operands))
    if entry.name == "where":  # the side that was taken, of which alone a graph tells
        return operands[0]
    if entry.author:  # by its own formula: another operation may bear its name by now
        return own_formula(entry)
    return call(entry.name, *operands)


def partials_in(entry: Operation, operands: Sequence[Expression], y: Expression) -> list[Expression | None]:
    """The partial by each operand as a formula; None where the operand must be a plain number.

    Raises `TypeError` for a user's rule that is no formula.
    """
    if entry.many:
        return list(map(formula_of, entry.formulas_of_many(operands, y)))
    for i, rule in enumerate(entry.partials):
        if rule is not None and entry.formula(i) is None:
            raise no_formula(entry, f"its partial by {entry.operands[i]}")
    return [entry.formula(i) for i in range(entry.arity)]


def statements_in(
    language: Language, entry: Operation, operands: Sequence[str], y: str, results: Mapping[str, int | None]
) -> list[str]:
    """Statements that define constants: of each result the value of the operation (None) or the partial by operand ``i``.

    `operands` and `y` are what stands in the language for the operands and for the value; `language` prints formulas.
    """
    names = [f"x{i}" for i in range(len(operands))] if entry.many else list(entry.operands)
    (*xs, of_value) = symbols(*names, "y")
    partials = [] if set(results.values()) == {None} else partials_in(entry, xs, of_value)
    formulas = {name: value_of(entry, xs) if i is None else or_zero(partials[i]) for name, i in results.items()}
    known = dict(zip(names, operands, strict=True)) | ({"y": y} if partials else {})
    return language(formulas, known)


def called(formulas: Iterable[Expression]) -> list[Operation]:
    """The operations that some formulas consist of."""
    names = dict.fromkeys(e.name for e in parts(formulas) if e.name != "where")
    return [entry_of(name) for name in names if name in TABLE or name in INTERNAL]


def own_formula(entry: Operation) -> Expression:
    """The value as a formula of the operands by their names."""
    formula = traced(entry.author or entry.value, entry.operands)
    if formula is None:
        raise no_formula(entry, "its value")
    return formula


def entry_of(name: str) -> Operation:
    """The operation of a name, with those that only programs and rules have; `TypeError` where there is none."""
    if name not in TABLE and name not in INTERNAL:
        message = f"there is no operation {name!r} any more"
        raise TypeError(message)
    return TABLE.get(name) or INTERNAL[name]


def no_name(printer: str, language: str, name: str) -> ValueError:
    """What is raised for a name that no printed function can have."""
    return ValueError(f"{printer}: {name!r} is no name for a function in {language}, or has a meaning there: give another")


def no_formula(entry: Operation, what: str) -> TypeError:
    """What is raised for a user's function that could not be traced."""
    return TypeError(f"{entry.name}: {what} is no formula, and cannot be printed: write it with autograd's functions")


def or_zero(formula: Expression | None) -> Expression:
    """A partial that there is not, as a formula."""
    return formula_of(0.0) if formula is None else formula
