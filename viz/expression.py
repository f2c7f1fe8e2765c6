"""Expressions as they are written on the command line: parsed, checked against what is allowed, computed on Values.

Nothing is ever handed to Python's ``eval``: each kind of syntax that is understood has its line here, all else is refused.
"""

from __future__ import annotations

import ast
import keyword
import math
import operator
import unicodedata
import warnings
from difflib import get_close_matches

from autograd import value as engine
from autograd.ops import TABLE
from autograd.value import FUNCTIONS, Value
from viz.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Number = Value | float
    Result = Value | float | list[Any]

Namespace = dict[str, Value | float]
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
LISTS = ("sum", "prod", "mean", "dot", "logsumexp", "softmax")
BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
ADVICE = {
    ast.BitXor: "a power is written **",
    ast.Mod: "there is no %",
    ast.FloorDiv: "there is no //",
    ast.MatMult: "a dot product is written dot([...], [...])",
}
SIGNS = str.maketrans("×÷−", "*/-")


class ExpressionError(ValueError):
    """What was written cannot be understood."""


def evaluate(text: str, names: Namespace) -> Value:
    """The value of an expression over `names`; ``"h = x*y; h + x"`` also adds what it names to them.

    Numbers are floats from the start. Raises `ExpressionError` for what is no expression, else what the mathematics raises.

    >>> evaluate("h = 2 * x; h**2", {"x": Value(3.0)}).data
    36.0
    """
    result: Value | None = None
    for node in _parsed(text).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in names:
                message = f"{printable(name)} has a value already"
                raise ExpressionError(message)
            result = _whole(node.value, names)
            if not result.label:
                result.label = name
            names[name] = result
        elif isinstance(node, ast.Expr):
            result = _whole(node.value, names)
        else:
            raise _refused(node)
    if result is None:
        message = "the expression is empty"
        raise ExpressionError(message)
    return result


def identifier(written: str) -> str:
    """A name as Python knows it (NFKC). `ExpressionError` if it is none.

    >>> identifier("ｘ１")
    'x1'
    """
    name = unicodedata.normalize("NFKC", written.strip())
    if not name.isidentifier() or keyword.iskeyword(name):
        message = f"{written!r} is not a name: letters, digits and _, not beginning with a digit"
        raise ExpressionError(message)
    return name


def functions() -> dict[str, Callable[..., Any]]:
    """What may be called: the functions of the table that have a name of their own, and those of lists."""
    hidden = {*BINARY.values(), "neg"}
    found = {name: f for name, f in FUNCTIONS.items() if name not in hidden}
    return found | {name: getattr(engine, name) for name in (*LISTS, "where", "detach")}


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on style, such as about 2(x)
            return ast.parse(text.translate(SIGNS).strip())
    except SyntaxError as error:
        where = f" at {error.text.strip()[max(0, (error.offset or 1) - 1) :][:20]!r}" if error.text else ""
        message = f"{printable(text)[:80]!r} is no expression: {error.msg}{where}"
        raise ExpressionError(message) from None
    except (ValueError, MemoryError) as error:
        message = f"{printable(text)[:80]!r} is no expression: {str(error) or 'it is nested too deeply'}"
        raise ExpressionError(message) from None


def _whole(node: ast.expr, names: Namespace) -> Value:
    """A result: a Value of its own, so that it can bear a name and a gradient."""
    result = _number(node, names)
    return result if type(result) is Value else Value(result)


def _number(node: ast.expr, names: Namespace) -> Number:
    result = _computed(node, names)
    if isinstance(result, list):
        message = f"{ast.unparse(node)[:40]} is a list: only {', '.join(LISTS)} take one"
        raise ExpressionError(message)
    return result


def _computed(node: ast.expr, names: Namespace) -> Result:
    """The value of a piece of syntax; every kind that is allowed has its case."""
    match node:
        case ast.Constant(value=bool() | complex()):
            raise _refused(node)
        case ast.Constant(value=int() | float() as x):
            return _float(x)
        case ast.Name(id=name):
            return _named(name, names)
        case ast.UnaryOp(op=ast.USub()):
            operand = _number(node.operand, names)
            return FUNCTIONS["neg"](operand)  # type: ignore[no-any-return]
        case ast.UnaryOp(op=ast.UAdd()):
            return _number(node.operand, names)
        case ast.BinOp(op=op) if type(op) in BINARY:
            return _chained(node, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return _called(name, node.args, names)
        case ast.List() | ast.Tuple():
            return [_number(x, names) for x in node.elts]
    raise _refused(node)


def _chained(node: ast.BinOp, names: Namespace) -> Number:
    """Operators from left to right without recursion: a sum may have a thousand terms."""
    spine: list[ast.BinOp] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp) and type(first.op) in BINARY:
        spine.append(first)
        first = first.left
    result = _number(first, names)
    for step in reversed(spine):
        result = FUNCTIONS[BINARY[type(step.op)]](result, _number(step.right, names))
    return result


def _float(x: float) -> float:
    try:
        return float(x)
    except OverflowError:
        message = "a number is too large"
        raise OverflowError(message) from None


def _named(name: str, names: Namespace) -> Number:
    if name in names:
        return names[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    message = f"{printable(name)} has no value: give it as {printable(name)}=...; {_known(name, names, 'names')}"
    raise ExpressionError(message)


def _called(name: str, arguments: list[ast.expr], names: Namespace) -> Result:
    known = functions()
    if name not in known:
        message = f"there is no function {printable(name)}; {_known(name, known, 'functions')}"
        raise ExpressionError(message)
    starred = [x for x in arguments if isinstance(x, ast.Starred)]
    if starred:
        raise _refused(starred[0])
    operands: list[Result] = []
    for i, argument in enumerate(arguments):
        if name == "where" and i == 0:
            operands.append(_condition(argument, names))
        else:
            operands.append(_computed(argument, names) if name in LISTS else _number(argument, names))
    if name in LISTS and not (operands and isinstance(operands[0], list)):
        message = f"{name} takes a list: {name}([x, y])"
        raise ExpressionError(message)
    entry = TABLE.get(name)
    if entry and entry.arity and name != "where" and not entry.arity - len(entry.defaults) <= len(operands) <= entry.arity:
        message = f"{name}({', '.join(entry.operands)}) takes {entry.arity} operands, {len(operands)} are given"
        raise ExpressionError(message)
    try:
        return known[name](*operands)  # type: ignore[no-any-return]
    except TypeError as error:
        raise ExpressionError(str(error)) from None


def _condition(node: ast.expr, names: Namespace) -> bool:
    """The first operand of ``where``: a comparison, perhaps of several, or a number."""
    if not isinstance(node, ast.Compare):
        return bool(_number(node, names))
    if not all(type(op) in COMPARISONS for op in node.ops):
        raise _refused(node)
    sides = [_number(side, names) for side in (node.left, *node.comparators)]
    return all(COMPARISONS[type(op)](a, b) for op, a, b in zip(node.ops, sides[:-1], sides[1:], strict=True))


def _known(name: str, names: Iterable[str], what: str) -> str:
    """Which names there are, the likeliest first."""
    close = get_close_matches(name, names, 1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known {what} are {', '.join(sorted(names))}" if names else f"no {what} are given"


def _refused(node: ast.AST) -> ExpressionError:
    if isinstance(node, ast.Compare):
        return ExpressionError("a comparison may stand only inside where(condition, a, b)")
    if isinstance(node, ast.BinOp) and type(node.op) in ADVICE:
        return ExpressionError(f"{ast.unparse(node)[:40]}: {ADVICE[type(node.op)]}")
    allowed = "numbers, names, + - * / **, calls of functions, lists and where(...)"
    return ExpressionError(f"{printable(ast.unparse(node))[:60]!r} cannot be in an expression, which is made of {allowed}")
