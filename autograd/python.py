"""The operations of the table as text of Python that needs no engine: what a printed program calls.

What `math` has raises where the reals end; there each function gives what IEEE arithmetic has, as the table says. What it has not
is a formula, or stands in `special` and comes along with all that it calls itself.

>>> from autograd.ops import TABLE
>>> imports, texts = brought([TABLE["log"]])
>>> print(*imports, texts["ieee_log"], sep=chr(10))
import math
def ieee_log(x):
    try:
        return math.log(x)
    except (ValueError, OverflowError, ZeroDivisionError):
        return -math.inf if x == 0 else math.nan
"""

from __future__ import annotations

import ast
import inspect
from functools import cache

from autograd import operation, ops, special
from autograd.operation import traced
from autograd.printable import called, own_formula
from autograd.trace import WRITTEN, python_statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from autograd.operation import Operation

STANDARD = {"accumulate": "itertools", "pairwise": "itertools", "mul": "operator"}
"""What functions of `special` take from the standard library, besides `math`."""
BUILTINS = frozenset(("abs", "float"))
"""What raises nothing at floats, and needs no function."""


def spelled(name: str) -> str:
    """What the function of an operation is called."""
    return name if name in BUILTINS else f"ieee_{name}"


def brought(entries: Iterable[Operation], own: Iterable[str] = ()) -> tuple[list[str], dict[str, str]]:
    """Imports, and the texts of functions by their names, each behind those that it calls: of operations, and `own` of special.

    A name without a text stands in that of another one.

    Raises `TypeError` for an operation whose value is no formula and no function of ours.
    """
    found: dict[str, str] = {}
    borrowed = _Borrowed()
    for name in own:
        borrowed.take(special, name)
    for entry in entries:
        _define(entry, found, borrowed)
    texts = borrowed.texts()
    imports = [f"from {STANDARD[name]} import {name}" for name in sorted(borrowed.standard)]
    whole = "\n".join([*texts.values(), *found.values()])
    return sorted([*imports, *(["import math"] if "math." in whole else [])], key=lambda line: line.split()[1]), texts | found


def own_functions(entry: Operation) -> list[str]:
    """Of an operation of many operands the names of its functions at floats, value and partials, if it has any."""
    told = _told().get(entry.name)
    floats = next((each.value for each in told.keywords if each.arg == "floats"), None) if told and entry.many else None
    return [each.attr for each in ast.walk(floats) if isinstance(each, ast.Attribute)] if floats is not None else []


def _define(entry: Operation, found: dict[str, str], borrowed: _Borrowed) -> None:
    """Add the function of an operation after those that it calls."""
    name = spelled(entry.name)
    if name in found or name == entry.name:
        return
    if entry.name == "div":
        found[name] = borrowed.text(operation, name)
        return
    told = _told()[entry.name] if entry.code < ops.BUILTIN else None
    arguments = ", ".join(entry.operands)
    if told is None or entry.composite or (not entry.c and traced(entry.value, entry.operands) is not None):
        formula = own_formula(entry)
        for each in called([formula]):
            if each.name not in WRITTEN:
                _define(each, found, borrowed)
        *lines, last = python_statements({"y": formula}, {x: x for x in entry.operands}, (), spelled)
        found[name] = "\n    ".join([f"def {name}({arguments}):", *lines, last.replace("y = ", "return ", 1)])
        return
    value = borrowed.applied(told.args[1], entry)
    beyond = next((each.value for each in told.keywords if each.arg == "beyond"), None)
    if isinstance(told.args[1], ast.Lambda):
        found[name] = f"def {name}({arguments}):\n    return {value}"
    elif beyond is None:
        found[name] = (
            f"def {name}({arguments}):\n    try:\n        return {value}\n    except OverflowError:\n        return math.inf\n"
            "    except (ValueError, ZeroDivisionError):\n        return math.nan"
        )
    else:
        found[name] = (
            f"def {name}({arguments}):\n    try:\n        return {value}\n"
            f"    except (ValueError, OverflowError, ZeroDivisionError):\n        return {borrowed.applied(beyond, entry)}"
        )


@cache
def _told() -> dict[str, ast.Call]:
    """What the table says of each operation, by its name."""
    calls = [part for part in ast.walk(ast.parse(inspect.getsource(ops))) if isinstance(part, ast.Call)]
    defined = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "define"]
    return {str(each.args[0].value): each for each in defined if isinstance(each.args[0], ast.Constant)}


@cache
def _parts(module: ModuleType) -> dict[str, ast.stmt]:
    """The functions and constants of a module by their names, in order."""
    found: dict[str, ast.stmt] = {}
    for part in ast.parse(inspect.getsource(module)).body:
        if isinstance(part, ast.FunctionDef):
            found[part.name] = part
        elif isinstance(part, ast.Assign):
            found |= {name.id: part for target in part.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


class _Borrowed:
    """Functions and constants of `special`, with all that they call."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.standard: set[str] = set()

    def take(self, module: ModuleType, name: str) -> None:
        """One of them, and what it calls."""
        if name in STANDARD:
            self.standard.add(name)
        if name in self.names or name not in _parts(module):
            return
        self.names.add(name)
        parts = list(ast.walk(_parts(module)[name]))
        own = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        for called_name in {part.id for part in parts if isinstance(part, ast.Name)} - own:
            self.take(module, called_name)

    def applied(self, function: ast.expr, entry: Operation) -> str:
        """A function of the table at an operation's operands."""
        if isinstance(function, ast.Lambda):
            return ast.unparse(_Bare().visit(function.body))
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "special":
            self.take(special, function.attr)
        return f"{ast.unparse(_Bare().visit(function))}({', '.join(entry.operands)})"

    def text(self, module: ModuleType, name: str) -> str:
        """A function without its hints and words."""
        return ast.unparse(_Bare().visit(_parts(module)[name]))

    def texts(self) -> dict[str, str]:
        """All that were taken, in the order in which they stand; of constants of one line the first has the text."""
        taken, texts = {id(_parts(special)[name]) for name in self.names}, dict[str, str]()
        for name, part in _parts(special).items():
            if id(part) in taken:
                texts[name] = "" if (text := self.text(special, name)) in texts.values() else text
        return texts


class _Bare(ast.NodeTransformer):
    """Without hints, docstrings and the names of modules that do not come along."""

    def visit_FunctionDef(self, part: ast.FunctionDef) -> ast.AST:
        """A copy without the first line's words and hints."""
        copy: ast.FunctionDef = ast.parse(ast.unparse(part)).body[0]  # type: ignore[assignment]
        if ast.get_docstring(copy) is not None:
            copy.body = copy.body[1:]
        copy.returns = None
        for argument in (*copy.args.args, copy.args.vararg):
            if argument is not None:
                argument.annotation = None
        return self.generic_visit(copy)

    def visit_AnnAssign(self, part: ast.AnnAssign) -> ast.AST:
        """An assignment."""
        return ast.fix_missing_locations(ast.Assign([part.target], part.value or ast.Constant(None)))

    def visit_Attribute(self, part: ast.Attribute) -> ast.AST:
        """What stands in `special` stands by itself."""
        return ast.Name(part.attr) if isinstance(part.value, ast.Name) and part.value.id == "special" else part

    def visit_Name(self, part: ast.Name) -> ast.AST:
        """Infinity and nan are those of `math`."""
        return ast.Attribute(ast.Name("math"), part.id) if part.id in {"inf", "nan"} else part
