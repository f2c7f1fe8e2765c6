"""Expressions as they are written on the command line: parsed, checked against what is allowed, computed on Values.

Nothing is ever handed to Python's ``eval``: each kind of syntax that is understood has its line here, all else is refused.
"""

from __future__ import annotations

import ast
import io
import keyword
import math
import operator
import re
import tokenize
import unicodedata
import warnings
from difflib import get_close_matches

from autograd import functions as engine
from autograd.functions import FUNCTIONS
from autograd.ops import TABLE
from autograd.value import Value
from viz.words import cut, printable

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
ELSEWHERE = {
    "max": "maximum", "min": "minimum", "ln": "log", "lg": "log10", "tg": "tan", "arctg": "atan", "sh": "sinh", "ch": "cosh",
    "th": "tanh", "logistic": "sigmoid", "expit": "sigmoid", "swish": "silu", "heaviside": "step", "average": "mean",
    "avg": "mean", "product": "prod", "norm": "hypot", "clamp": "clip", "loggamma": "lgamma",
    **{entry.numpy: name for name, entry in TABLE.items() if entry.numpy},
}  # fmt: skip
"""What other languages and books call a function."""
WRITTEN = {"pow": "a power is written **", "power": "a power is written **", "sqr": "a square is written **2"}
"""What is written otherwise than as a function."""
DELIMITERS = (",", ";", "=", "<", "<=", ">", ">=", "==", "!=")
"""Where one sum ends and another begins."""
DEEPEST = 200
"""So many brackets within each other Python's parser takes; each is copied with all that is in it."""
MOST_KNOWN = 60
"""So many known names are listed."""
SIGNS = str.maketrans("×÷−", "*/-")


class ExpressionError(ValueError):
    """What was written cannot be understood."""


def evaluate(text: str, names: Namespace) -> Value:
    """The value of an expression over `names`; ``"h = x*y; h + x"`` also adds what it names to them.

    Numbers are floats from the start. Raises `ExpressionError` for what is no expression, else what the mathematics raises.

    >>> evaluate("h = 2 * x; h**2", {"x": Value(3.0)}).data
    36.0
    """
    try:
        return _evaluated(_parsed(text).body, names)
    except RecursionError:
        message = f"{_begun(text)} is no expression: it is nested too deeply"
        raise ExpressionError(message) from None


def _evaluated(body: list[ast.stmt], names: Namespace) -> Value:
    result: Value | None = None
    for i, node in enumerate(body):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in names:
                message = f"{_short(name)} has a value already"
                raise ExpressionError(message)
            result = _whole(node.value, names)
            if not result.label:
                result.label = name
            names[name] = result
        elif isinstance(node, ast.Expr):
            if i < len(body) - 1:
                message = f"`{_as_text(node)}` is computed and not used: name it, as in h = ..., or go on in the same line"
                raise ExpressionError(message)
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
    name = normalised(written).strip()
    if keyword.iskeyword(name):
        message = f"{name} is a reserved word, which cannot be a name: write {name}_ or another one"
        raise ExpressionError(message)
    if not name.isidentifier():
        message = f"{cut(printable(written))!r} is not a name: letters, digits and _, not beginning with a digit"
        raise ExpressionError(message)
    return name


def normalised(text: str) -> str:
    """A text as Python would have it: full-width forms become plain ones. `ExpressionError` for raised and circled digits.

    >>> normalised("ａ＋２")
    'a+2'
    """
    for character in text:
        kind = unicodedata.decomposition(character).partition(" ")[0]
        if (kind == "<super>" and not character.isalpha()) or (unicodedata.category(character) == "No" and kind != "<sub>"):
            advice = "; a power is written **" if kind == "<super>" else ""
            message = f"{_begun(text)} is no expression: {character!r} is not understood{advice}"
            raise ExpressionError(message)
    return unicodedata.normalize("NFKC", text)


def functions() -> dict[str, Callable[..., Any]]:
    """What may be called: the functions of the table that have a name of their own, and those of lists."""
    hidden = {*BINARY.values(), "neg"}
    found = {name: f for name, f in FUNCTIONS.items() if name not in hidden}
    return found | {name: getattr(engine, name) for name in (*LISTS, "where", "detach")}


def _parsed(text: str) -> ast.Module:
    plain = normalised(text).translate(SIGNS).strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on style, such as about 2(x)
            try:
                return ast.parse(plain)
            except (RecursionError, MemoryError):
                return _flat_tree(plain)
    except SyntaxError as error:
        reserved = [word for word in re.findall(r"\w+", plain) if keyword.iskeyword(word)]
        if reserved:
            message = f"{_begun(text)} is no expression: {reserved[0]} is a reserved word, which cannot be a name"
            raise ExpressionError(message) from None
        rest = error.text.strip()[max(0, (error.offset or 1) - 1) :][:20] if error.text else ""
        where = f" at {rest!r}" if rest else ", it ends where something is to follow" if error.text else ""
        advice = "; a product is written with *" if "decimal literal" in error.msg else ""
        message = f"{_begun(text)} is no expression: {error.msg}{where}{advice}"
        raise ExpressionError(message) from None
    except (ValueError, MemoryError) as error:
        message = f"{_begun(text)} is no expression: {str(error) or 'it is nested too deeply'}"
        raise ExpressionError(message) from None


class _Sum(ast.Set):
    """A sum of many terms: the first, and the others under their signs."""


class _Product(ast.Dict):
    """A product of many factors, each with 1, or with -1 what is divided by."""


def _flat_tree(text: str) -> ast.Module:
    """The syntax of a text with sums and products that are too long for Python's parser, which nests them by every term."""
    tree = ast.parse(_flattened(text))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Set, ast.Dict)):
            node.__class__ = _Sum if isinstance(node, ast.Set) else _Product
    return tree


def _flattened(text: str) -> str:
    """A text with every sum written as a set, and every product as a dictionary: they are flat, and else in no expression.

    >>> _flattened("y = (a + b*c - 1) / 2")
    'y ={( ({a , +({( b):1,(c ):1}), -( 1)}) ):1,( 2):-1}'
    """
    if "{" in text:
        raise MemoryError
    outer: list[tuple[list[str], list[list[str]]]] = []  # all texts in pieces: put together once, in time with the length
    done: list[str] = []
    terms: list[list[str]] = [[]]
    begins, row, column = True, 1, 0
    lines = text.splitlines(keepends=True)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            word, sign = token.string, token.type == tokenize.OP
            if token.start[0] <= len(lines):
                terms[-1].append(lines[row - 1][column : token.start[1]] if token.start[0] == row else " ")
            row, column = token.end
            if word in ("(", "["):
                if len(outer) == DEEPEST:
                    raise MemoryError
                outer.append((done, terms))
                done, terms = [word], [[]]
            elif word in (")", "]"):
                inner = "".join([*done, _set(terms), word])
                done, terms = outer.pop()
                terms[-1].append(inner)
            elif token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) or word in DELIMITERS:
                done += [_set(terms), word]
                terms = [[]]
            elif word in ("+", "-") and not begins:
                terms.append([word])
            else:
                terms[-1].append(TIMES.get(word, word))
            begins = begins if token.type == tokenize.NL else sign and word not in (")", "]")
    except (tokenize.TokenError, SyntaxError, IndexError):
        raise MemoryError from None
    return "".join(done)


TIMES = {"*": "\x001", "/": "\x00-1"}
"""Between the pieces of a term, where a factor ends: what the next one has."""


def _set(pieces: list[list[str]]) -> str:
    first, *rest = pieces
    terms = [_dictionary(first), *(f"{term[0]}({_dictionary(term[1:])})" for term in rest)]
    return f"{{{', '.join(terms)}}}" if rest else terms[0]


def _dictionary(pieces: list[str]) -> str:
    """A term, as a dictionary if it has several factors."""
    factors: list[list[str]] = [[]]
    powers = ["1"]
    for piece in pieces:
        if piece.startswith("\0"):
            factors.append([])
            powers.append(piece[1:])
        else:
            factors[-1].append(piece)
    if len(factors) == 1:
        return "".join(factors[0])
    terms = [f"({''.join(factor)}):{power}" for factor, power in zip(factors, powers, strict=True)]
    return f"{{{','.join(terms)}}}"


def _whole(node: ast.expr, names: Namespace) -> Value:
    """A result: a Value of its own, so that it can bear a name and a gradient."""
    result = _number(node, names)
    return result if type(result) is Value else Value(result)


def _number(node: ast.expr, names: Namespace) -> Number:
    result = _computed(node, names)
    if isinstance(result, list):
        message = f"{_as_text(node)} is a list: only {', '.join(LISTS)} take one"
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
        case _Sum() | _Product():
            return _in_a_row(node, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return _applied(name, node.args, names)
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


def _in_a_row(node: _Sum | _Product, names: Namespace) -> Number:
    """A sum or a product from left to right."""
    if isinstance(node, _Sum):
        first, *rest = node.elts
        steps = [("sub" if isinstance(x.op, ast.USub) else "add", x.operand) for x in rest if isinstance(x, ast.UnaryOp)]
    else:
        first, *factors = [x for x in node.keys if x is not None]
        powers = node.values[1:]
        steps = [("div" if isinstance(k, ast.UnaryOp) else "mul", x) for x, k in zip(factors, powers, strict=True)]
    result = _number(first, names)
    for name, x in steps:
        result = FUNCTIONS[name](result, _number(x, names))
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
    message = f"{_short(name)} has no value: give it as {_short(name)}=...; {_known(name, names, 'names')}"
    raise ExpressionError(message)


def _applied(name: str, arguments: list[ast.expr], names: Namespace) -> Result:
    known = functions()
    if name not in known:
        advice = WRITTEN.get(name) or _known(ELSEWHERE.get(name.lower(), name), known, "functions")
        message = f"there is no function {_short(name)}; {advice}"
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
    lists = 2 if name == "dot" else 1
    if name in LISTS and [type(x) for x in operands[:lists]] != [list] * lists:
        message = f"{name} takes a list: {name}([x, y])" if lists == 1 else f"{name} takes two lists: {name}([x, y], [a, b])"
        raise ExpressionError(message)
    entry = TABLE.get(name)
    if entry and entry.arity and name != "where" and not entry.arity - len(entry.defaults) <= len(operands) <= entry.arity:
        fewest = f"{entry.arity - len(entry.defaults)} or " if entry.defaults else ""
        many = f"{fewest}{entry.arity} operand{'s' * (entry.arity > 1)}"
        message = f"{name}({', '.join(entry.operands)}) takes {many}, {len(operands)} given"
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
        return f"did you mean {_short(close[0])}?"
    known = [_short(x) for x in sorted(names)]
    listed = ", ".join(known[:MOST_KNOWN]) + (f" and {len(known) - MOST_KNOWN:,} more" if len(known) > MOST_KNOWN else "")
    return f"known {what} are {listed}" if known else f"no {what} are given"


def _short(name: str) -> str:
    return cut(printable(name))


def _begun(text: str) -> str:
    """The beginning of what was written, in quotes."""
    return repr(cut(printable(text), 80))


def _as_text(node: ast.AST, room: int = 40) -> str:
    """A piece of syntax as one would write it, shortened."""
    try:
        return cut(printable(ast.unparse(node)), room)
    except RecursionError:
        return "..."


def _refused(node: ast.AST) -> ExpressionError:
    if isinstance(node, ast.Compare):
        return ExpressionError("a comparison may stand only inside where(condition, a, b)")
    if isinstance(node, ast.BinOp) and type(node.op) in ADVICE:
        return ExpressionError(f"{_as_text(node)}: {ADVICE[type(node.op)]}")
    allowed = "numbers, names, + - * / **, calls of functions, lists and where(...)"
    return ExpressionError(f"{_as_text(node, 60)!r} cannot be in an expression, which is made of {allowed}")
