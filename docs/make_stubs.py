"""Writes autograd/value.pyi and autograd/__init__.pyi: types and docstrings of what the table of derivatives makes at import.

An editor shows a docstring where its sources have one; what is made at import has none there, and gets it here.

Run ``python docs/make_stubs.py`` after a change of the table or of value.py; a test compares.
"""

from __future__ import annotations

import ast
import inspect
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.operation import Operation

ROOT = Path(__file__).resolve().parent.parent
HEAD = '"""Written by docs/make_stubs.py."""\n\n'

OPERATORS = ("add", "sub", "mul", "truediv")
REFUSED = {
    "__float__", "__int__", "__complex__", "__round__", "__mod__", "__rmod__", "__floordiv__", "__rfloordiv__", "__divmod__",
    "__rdivmod__", "__floor__", "__ceil__", "__trunc__",
}  # fmt: skip
"""They raise, and so they have no type: a type checker refuses them too."""

METHODS = {
    "__init__": "(self, data: Plain, label: str = '') -> None",
    **{f"__{r}{name}__": "(self, other: Number) -> Value" for name in OPERATORS for r in ("", "r")},
    "__pow__": "(self, other: Number, modulus: None = None) -> Value",
    "__rpow__": "(self, other: Number, modulus: None = None) -> Value",
    **{f"__{name}__": "(self) -> Value" for name in ("neg", "pos", "abs", "copy")},
    **{f"__{name}__": "(self, other: object) -> bool" for name in ("eq", "ne")},
    **{f"__{name}__": "(self, other: Number) -> bool" for name in ("lt", "le", "gt", "ge")},
    "__hash__": "(self) -> int",
    "__bool__": "(self) -> bool",
    "__format__": "(self, spec: str) -> str",
    "__repr__": "(self) -> str",
    "__deepcopy__": "(self, memo: dict[int, Any]) -> Value",
    "__reduce__": "(self) -> tuple[Any, ...]",
    "backward": "(self, gradient: Plain = 1.0) -> None",
    "zero_grad": "(self) -> None",
}
BESIDE = """
    @property
    def _prev(self) -> set[Value]: ...
    @property
    def _op(self) -> str: ...
    @property
    def _children(self) -> tuple[Value, ...]: ...
    @property
    def _local_grads(self) -> tuple[float, ...]: ...
    def _backward(self) -> None: ...
    def item(self) -> float: ...  # documented
    def forward(self, *, freeze: bool = False) -> None: ...  # documented
"""
"""What autograd.micrograd and autograd.anew add."""
PROPERTIES = {
    "data": "float",
    "grad": "float",
    "label": "str",
    "op": "str",
    "entry": "Operation | Any",
    "operands": "tuple[Value | float, ...]",
    "parents": "tuple[Value, ...]",
    "partials": "tuple[float, ...]",
    "scope": "tuple[str, ...]",
    "_reached": "bool",
    "_repr_mimebundle_": "Callable[..., Any]",
    "__array_priority__": "float",
}
SETTERS = {"data": "Plain", "grad": "Plain | None", "label": "str | None"}

FUNCTIONS = {
    "COMPILED": 'COMPILED: Final[bool]\n"""Whether it is the compiled engine that runs, or the same source as Python."""',
    "computed": "def computed(code: int, y: float, operands: Sequence[Any], partials: Sequence[float]) -> Value: ...",
    "number_of": "def number_of(v: Value) -> float: ...",
    "grad_of": "def grad_of(v: Value) -> float: ...",
    "leaf": "def leaf(y: float) -> Value: ...",
    "leaves": "def leaves(numbers: memoryview[Any]) -> list[Value]: ...",
    "twin": "def twin(v: Value, copies: dict[int, Any]) -> Value: ...",
    "stored_partials": "def stored_partials(v: Value) -> tuple[float, ...]: ...",
    "reverse_pass": "def reverse_pass(root: Value, seed: float, xs: list[Value]) -> list[float]: ...",
    "tell_choice": "def tell_choice(code: int, chooses: bool) -> None: ...",
    "fill_flat": "def fill_flat(outputs: list[Number], inputs: list[Value], arrays: tuple[array[Any], ...]) -> bool: ...",
    "compute_anew": "def compute_anew(roots: tuple[Value, ...], anew: Callable[[Value], tuple[float, list[float]]], "
    "freeze: bool, where: int) -> Value | None: ...",
    "give_flags_since": "def give_flags_since(first: Value, roots: tuple[Value, ...], flags: int) -> None: ...",
    "kernel_agrees": "def kernel_agrees(v: Value) -> int: ...",
    "flags_of": "def flags_of(v: Value) -> int: ...",
    "leaf_of_choice": "def leaf_of_choice(y: float) -> Value: ...",
    "give_flags": "def give_flags(v: Value, flags: int) -> Value: ...",
    "value_at": "def value_at(entry: Operation, operands: Sequence[Number], xs: Sequence[float], "
    "in_ieee: int = False) -> float: ...",
    **{name: f"{name}: int" for name in ("AGED_GRAD", "HOLDS_CHOICE", "IS_TERM", "MADE_BY_RULE")},
    "made_before": "def made_before(v: Value, w: Value) -> bool: ...",
    "recording": "def recording() -> bool: ...",
    "forbid": "def forbid(v: Value, what: str) -> None: ...",
    "node": "def node(code: int, y: float, operands: Sequence[Number], partials: Sequence[float]) -> Value: ...",
    "members": "def members(*roots: Value) -> list[Value]: ...",
    "graph_part": "def graph_part(root: Value, known: dict[int, Any]) -> tuple[list[Value], list[Value]]: ...",
    "graph_columns": "def graph_columns(inputs: list[Value], nodes: list[Value]) -> tuple[Any, ...]: ...",
    "nodes_of_columns": "def nodes_of_columns(inputs: list[Value], columns: tuple[Any, ...], arities: list[int]) "
    "-> list[Value]: ...",
    "make_alike": "def make_alike(copies: list[Value], originals: list[Value], memo: dict[Any, Any]) -> Any: ...",
    "numbers_into": "def numbers_into(leaves: list[Value], data: Any, grad: Any) -> bool: ...",
    "numbers_from": "def numbers_from(leaves: list[Value], data: Any) -> bool: ...",
    "only_leaves": "def only_leaves(values: list[Value]) -> bool: ...",
    "no_gradients": "def no_gradients(nodes: list[Value]) -> bool: ...",
    "any_in_scope": "def any_in_scope(values: list[Value]) -> bool: ...",
    "scopes_of": "def scopes_of(values: Iterable[Value], known: dict[Any, int] | None = None) "
    "-> tuple[list[int], list[tuple[int, str]]]: ...",
    "put_into_scopes": "def put_into_scopes(values: Iterable[Value], places: Iterable[int], "
    "table: Iterable[tuple[int, str]], before: Sequence[Any] = ()) -> list[Any]: ...",
    "creation": "def creation(v: Value) -> int: ...",
}
"""What the other modules rely on."""

INITS = {"scope": "(self, name: str) -> None"}
"""How a context is made, if it takes anything."""

CYTHON = {
    "cython.double": "float",
    "cython.int": "int",
    "object": "Any",
    "tuple": "tuple[Any, ...]",
    "list": "list[Any]",
    "dict": "dict[Any, Any]",
}


def main() -> None:
    """Write both files."""
    for name, text in stubs().items():
        (ROOT / "autograd" / name).write_text(text, encoding="utf-8")
        print(f"autograd/{name}")


def stubs() -> dict[str, str]:
    """The text of each file."""
    import autograd

    folder = Path(autograd.__file__).parent
    source = (folder / "value.py").read_text(encoding="utf-8")
    return {"value.pyi": value_stub(ast.parse(source), used_elsewhere(folder)), "__init__.pyi": package_stub()}


def used_elsewhere(folder: Path) -> set[str]:
    """What other modules of autograd, nn, viz and chainrule use of value.py; all else is its own, and has no type."""
    names: set[str] = set()
    others = (folder.parent.glob(pattern) for pattern in ("nn/*.py", "viz/**/*.py", "chainrule/*.py"))
    for path in [*folder.rglob("*.py"), *chain(*others)]:
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(part, ast.ImportFrom) and part.module == "autograd.value":
                names |= {alias.name for alias in part.names}
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "value":
                names.add(part.attr)
    return names


def value_stub(module: ast.Module, used: set[str]) -> str:
    """The types of value.py."""
    lines = [
        HEAD + "from array import array",
        "from collections.abc import Callable, Iterable, Sequence",
        "from fractions import Fraction",
        "from types import TracebackType",
        "from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar, final\n",
        "from autograd.operation import Operation\n",
        "class NumPyScalar(Protocol):",
        "    @property",
        "    def dtype(self) -> Any: ...",
        "    def __float__(self) -> float: ...\n",
        "Plain: TypeAlias = float | Fraction | NumPyScalar",
        "Number: TypeAlias = Value | Plain",
        'Function = TypeVar("Function", bound=Callable[..., Any])\n',
    ]
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name != "Entered":  # its own
            lines += class_stub(statement)
        elif isinstance(statement, ast.FunctionDef) and statement.name in FUNCTIONS:
            lines.append(FUNCTIONS[statement.name])
        elif isinstance(statement, ast.FunctionDef) and statement.name in used:
            lines.append(f"def {statement.name}({_arguments(statement)}) -> Any: ...")
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            written = [x.id for target in targets for x in ast.walk(target) if isinstance(x, ast.Name)]
            written = [name for name in written if name in used | {"COMPILED"}]
            lines += [FUNCTIONS.get(name) or f"{name}: Any" for name in written]
    return "\n".join(lines) + "\n"


def class_stub(class_: ast.ClassDef) -> list[str]:
    """The types of a class; Value's methods come from the table too."""
    if class_.name != "Value":
        bases = f"({', '.join(ast.unparse(base) for base in class_.bases)})" if class_.bases else ""
        error = "kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None"
        return [
            f"class {class_.name}{bases}:",
            *[f"    def __init__{INITS[name]}: ..." for name in INITS if name == class_.name],
            "    def __enter__(self) -> Self: ...",
            f"    def __exit__(self, {error}, /) -> None: ...",
            *["    def __call__(self, f: Function) -> Function: ..." for _ in range(class_.name == "no_grad")],
            *["    def run(self, module: Any, x: Any) -> Any: ..." for _ in range(class_.name == "scope")],
        ]
    lines = ["@final", "class Value:"]
    seen: set[str] = set()
    for method in class_.body:
        if not isinstance(method, ast.FunctionDef) or method.name in REFUSED | seen | {"__dealloc__"}:
            continue
        seen.add(method.name)
        if method.name in PROPERTIES:
            lines += ["    @property", f"    def {method.name}(self) -> {PROPERTIES[method.name]}: ..."]
            if method.name in SETTERS:
                lines += [f"    @{method.name}.setter", f"    def {method.name}(self, x: {SETTERS[method.name]}) -> None: ..."]
        elif method.name in METHODS:
            lines.append(f"    def {method.name}{METHODS[method.name]}: ...")
        else:
            message = f"Value.{method.name} has no type: give it one in docs/make_stubs.py"
            raise KeyError(message)
    return lines + list(beside()) + [f"    {line}" for line in table_methods()]


def beside() -> Iterator[str]:
    """What `BESIDE` declares, its public methods with the docstrings that they have at run time."""
    from autograd.value import Value

    for line in BESIDE.splitlines()[1:]:
        declared = line.removesuffix(" ...  # documented")
        yield declared if declared == line else documented(declared, getattr(Value, line.split("(")[0].split()[-1]), "    ")


def documented(declared: str, thing: object, margin: str = "") -> str:
    """A declaration with the docstring that a thing has at run time as its body."""
    lines = (inspect.getdoc(thing) or "").splitlines()
    if not lines or any('"""' in line or "\\" in line for line in lines):
        message = f"{thing} has no docstring that an editor could show"
        raise ValueError(message)
    text = [lines[0], *[line and f"{margin}    {line}" for line in lines[1:]]]
    closing = [f'{margin}    """'] if len(lines) > 1 else []
    text[-1] += "" if closing else '"""'
    return "\n".join([declared, f'{margin}    """{text[0]}', *text[1:], *closing])


def table_methods() -> Iterator[str]:
    """One method for each operation of the table that has one."""
    from autograd.functions import OPERATORS
    from autograd.ops import BUILTIN, TABLE
    from autograd.value import Value

    for entry in TABLE.values():
        if entry.many or entry.code >= BUILTIN or entry.name in (*OPERATORS, "abs") or entry.partials[0] is None:
            continue
        special = {"where": "self, condition: object, other: Number", "detach": "self"}
        taken = special.get(entry.name) or ", ".join(["self", *_operands(entry)[1:]])
        yield documented(f"def {entry.name}({taken}) -> Value:", getattr(Value, entry.name), "    ")


def package_stub() -> str:
    """The types of what `import autograd` gives."""
    import autograd
    from autograd import ops
    from autograd.functions import FUNCTIONS

    groups = {
        "check": ["check_gradients"],
        "derivative": ["grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "value_and_grad"],
        "functions": ["FUNCTIONS", "detach", "dot", "logsumexp", "mean", "prod", "softmax", "sum", "where"],
        "indices": ["index", "take"],
        "programs.families": ["family"],
        "programs.program": ["Program", "record"],
        "programs.repeated": ["map", "scan"],
        "registry": ["op"],
        "structures": ["register_structure"],
        "value": ["COMPILED", "Value", "no_grad", "scope"],
    }
    lines = [HEAD + "from collections.abc import Callable", "from typing import Any, overload\n"]
    for module, names in groups.items():
        lines.append(f"from autograd.{module} import (\n" + "".join(f"    {name} as {name},\n" for name in names) + ")")
    lines += [
        "from autograd.value import Number, Plain\n",
        "__version__: str",
        f"__all__ = {sorted(set(autograd.__all__))}\n",
    ]
    known = {name for names in groups.values() for name in names}
    missing = set(autograd.__all__) - known - set(FUNCTIONS)
    if missing:
        message = f"no types for {', '.join(sorted(missing))}: name their module in docs/make_stubs.py"
        raise KeyError(message)
    for name in sorted({*autograd.__all__, "abs"} - known):
        lines += _function(ops.TABLE[name])
    return "\n".join(lines) + "\n"


def _function(entry: Operation) -> Iterator[str]:
    """One overload for each operand that may be the Value, one for plain numbers alone; the docstring stands in the first."""
    import autograd

    operands = _operands(entry)
    overloads = []
    for i, rule in enumerate(entry.partials):
        if rule is not None:
            given = [x.replace("Number", "Plain") for x in operands[:i]]
            own = operands[i].replace("Number", "Value").split(" = ")[0]
            if all(" = " not in x for x in given):  # an operand after one with a default would need a default too
                overloads.append(f"@overload\ndef {entry.name}({', '.join([*given, own, *operands[i + 1 :]])}) -> Value:")
    overloads.append(f"@overload\ndef {entry.name}({', '.join(x.replace('Number', 'Plain') for x in operands)}) -> float:")
    yield documented(overloads[0], getattr(autograd, entry.name))
    yield from (f"{each} ..." for each in overloads[1:])


def _operands(entry: Operation) -> list[str]:
    first_default = len(entry.operands) - len(entry.defaults)
    return [
        f"{name}: {'Number' if rule else 'Plain'}" + (f" = {entry.defaults[i - first_default]}" if i >= first_default else "")
        for i, (name, rule) in enumerate(zip(entry.operands, entry.partials))
    ]


def _arguments(function: ast.FunctionDef) -> str:
    given, arguments = function.args, []
    first_default = len(given.args) - len(given.defaults)
    for i, x in enumerate(given.args):
        written = ast.unparse(x.annotation) if x.annotation else "Any"
        arguments.append(f"{x.arg}: {CYTHON.get(written, written)}" + (" = ..." if i >= first_default else ""))
    if given.vararg:
        arguments.append(f"*{given.vararg.arg}: Any")
    if given.kwarg:
        arguments.append(f"**{given.kwarg.arg}: Any")
    return ", ".join(arguments)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
