"""The house is as docs/engine.md says: its figures and its floors are computed from the sources.

Run alone (python tests/test_house.py), this file prints them beside what they are held to.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "docs" / "engine.md"
PACKAGES = ("autograd", "nn", "viz", "chainrule")


class Import(NamedTuple):
    """One module takes something from another: at import, deferred (inside a function), or for type hints alone."""

    source: str
    target: str
    names: tuple[str, ...]


@cache
def modules() -> dict[str, Path]:
    """Every module of the packages by its dotted name; a package is the name of its folder."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py*")):
            if path.suffix in {".py", ".pyx"} and "lessons" not in path.parts:  # programs of the course, as examples are
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def trees() -> dict[str, ast.Module]:
    """What Python can parse of them; of the one .pyx its imports, which are Python."""
    parsed = {}
    for name, path in modules().items():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".pyx":
            text = "\n".join(re.findall(r"^(?:from \S+ )?import [^(\n]*$", text, re.MULTILINE))
        parsed[name] = ast.parse(text)
    return parsed


def imports_of(name: str) -> list[Import]:
    """What a module imports of the packages, wherever the statement stands."""
    package = name if modules()[name].stem == "__init__" else name.rpartition(".")[0]
    found = []
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Import):
            found += [Import(name, alias.name, ()) for alias in node.names if alias.name in modules()]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                module = f"{origin}.{alias.name}"
                if module in modules():
                    found.append(Import(name, module, ()))
                elif origin in modules():
                    found.append(Import(name, origin, (alias.name,)))
    return [each for each in found if each.target != name]


@cache
def imports() -> list[Import]:
    """All arrows of the house."""
    return [each for name in modules() for each in imports_of(name)]


def circles() -> list[list[str]]:
    """Groups of modules each of which reaches all others of its group, however the imports are written."""
    below = {name: {each.target for each in imports() if each.source == name} for name in modules()}

    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(below[name])
        while waiting:
            if (other := waiting.pop()) not in seen:
                seen.add(other)
                waiting += below[other]
        return seen

    reach = {name: reached(name) for name in modules()}
    groups = {tuple(sorted(other for other in reach[name] if name in reach[other])) for name in modules() if name in reach[name]}
    return [list(group) for group in sorted(groups)]


def private_imports() -> list[str]:
    """Names with an underscore that one module takes from another, by import or as an attribute of an imported module."""
    found = [
        f"{each.source}: {each.target}.{name}"
        for each in imports()
        for name in each.names
        if name.startswith("_") and not name.endswith("__")
    ]
    for name, tree in trees().items():
        aliases = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
            if any(target.rpartition(".")[2] == alias.name for target in modules())
        }
        found += [
            f"{name}: {node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
            if node.attr.startswith("_") and not node.attr.endswith("__")
        ]
    return found


def functions(name: str) -> list[tuple[int, str]]:
    """The length in lines of each function of a module, decorators and docstring included."""
    return [
        ((node.end_lineno or 0) - min([node.lineno, *(each.lineno for each in node.decorator_list)]) + 1, f"{name}.{node.name}")
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def homonyms() -> list[str]:
    """Public functions and classes at the top of two modules of one package: one name with two meanings."""
    places: dict[tuple[str, str], list[str]] = {}
    for name, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault((name.partition(".")[0], node.name), []).append(name)
    return [f"{word}: {', '.join(where)}" for (_, word), where in places.items() if len(where) > 1 and word != "main"]


def lines(path: str) -> int:
    """The lines of a file."""
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


READING = """
import inspect, sys
sys.path.insert(0, sys.argv[1])
from autograd import Value
assert Value.__module__ == "autograd.value" and not __import__("autograd").COMPILED
x = Value(3.0)
y = x*x + 2*x; y.backward()  # once before: what the table makes of its rules is made
seen = set()
def call(frame, event, _):
    if event == "call":
        seen.add(frame.f_code)
sys.setprofile(call)
y = x*x + 2*x; y.backward()
sys.setprofile(None)
named = [code for code in seen if not code.co_name.startswith("<") and "autograd" in code.co_filename]
ends = {code: code.co_firstlineno + len(inspect.getsourcelines(code)[0]) - 1 for code in named}
print(len(named), sum(ends[code] - code.co_firstlineno + 1 for code in named))
print(max(ends[code] for code in named if code.co_filename.endswith("value.py")))
for code in sorted(named, key=lambda code: (code.co_filename, code.co_firstlineno)):
    print(code.co_filename.rpartition("autograd")[2][1:], code.co_firstlineno, code.co_name)
"""


@cache
def reading_path() -> list[str]:
    """The functions that `y = x*x + 2*x; y.backward()` runs through on the uncompiled engine, and how long they are."""
    command = [sys.executable, "-I", "-c", READING, str(ROOT)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()


def names_of_autograd() -> int:
    """len(dir(autograd)) in a fresh process, which has imported nothing else."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import autograd; print(len(dir(autograd)))"
    command = [sys.executable, "-I", "-c", program, str(ROOT)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def switches() -> list[str]:
    """Every mention of cython.compiled, the only switch between the engines."""
    return [
        f"{name}:{number}"
        for name, path in modules().items()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "cython.compiled" in line
    ]


FIGURES = {
    "circles": lambda: len(circles()),
    "private names imported across modules": lambda: len(private_imports()),
    "homonyms": lambda: len(homonyms()),
    "mentions of cython.compiled": lambda: len(switches()),
    "longest function": lambda: max(length for name in modules() for length, _ in functions(name)),
    "longest function of value.py": lambda: max(length for length, _ in functions("autograd.value")),
    "Python files over 600 lines": lambda: sum(lines(str(path.relative_to(ROOT))) > 600 for path in modules().values()),
    "lines of value.py": lambda: lines("autograd/value.py"),
    "lines of node.py": lambda: lines("autograd/node.py"),
    "lines of nn": lambda: sum(lines(str(path.relative_to(ROOT))) for name, path in modules().items() if name.startswith("nn")),
    "lines of README.md": lambda: lines("README.md"),
    "lines of docs/engine.md": lambda: lines("docs/engine.md"),
    "names in dir(autograd)": names_of_autograd,
    "functions on the reading path": lambda: int(reading_path()[0].split()[0]),
    "lines on the reading path": lambda: int(reading_path()[0].split()[1]),
    "last line of value.py on the reading path": lambda: int(reading_path()[1]),
}


@cache
def limits() -> dict[str, int]:
    """What docs/engine.md holds each figure to: the rows `| name | at most |` of its table of figures."""
    rows = re.findall(r"^\| ([^|]+) \| (\d[\d,]*) \|", MAP.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: int(limit.replace(",", "")) for name, limit in rows}


@cache
def floors() -> dict[str, int]:
    """The floor of each module: the lines of the block "floors" of docs/engine.md, lowest first, a wing as `programs/x`."""
    block = re.search(r"```floors\n(.*?)```", MAP.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "docs/engine.md has no block of floors"
    found: dict[str, int] = {}
    for number, line in enumerate(block[1].splitlines()):
        for package, names in re.findall(r"(\w+): ([^;]+)", line):
            for name in names.split():
                module = f"{package}.{name}".replace("/", ".").removesuffix(".__init__")
                assert module not in found, f"{module} stands on two floors"
                found[module] = number
    return found


def test_each_figure_of_the_map_is_computed():
    assert set(limits()) == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_within_what_the_map_says(name):
    assert FIGURES[name]() <= limits()[name], report(name)


def test_only_value_py_is_longer_than_600_lines():
    assert [name for name, path in modules().items() if lines(str(path.relative_to(ROOT))) > 600] == ["autograd.value"]


def test_the_map_names_each_module_once_and_no_other():
    assert sorted(floors()) == sorted(modules())


def test_imports_go_down_the_floors_of_the_map():
    up = [f"{each.source} -> {each.target}" for each in imports() if floors()[each.source] <= floors()[each.target]]
    assert not up, "\n".join(up)


def test_each_file_is_told_in_the_map():
    text = MAP.read_text(encoding="utf-8")
    assert [
        name for name, path in modules().items() if f"`{path.name}`" not in text and path.stem not in {"__init__", "__main__"}
    ] == []


def test_compiled_modules_have_no_with():
    """An exception that begins in one has no traceback (quiet.h), and Cython's `with` crashes where there is none."""
    setup = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    named = {ast.unparse(x.targets[0]): x.value for x in setup.body if isinstance(x, ast.Assign)}
    for path in ("autograd/value.py", *ast.literal_eval(named["ORDINARY"])):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.With), f"{path}, line {node.lineno}: write try and finally"


def test_no_module_bears_the_name_of_a_public_function():
    import autograd
    import nn
    import viz

    taken = [f"{package.__name__}.{name}" for package in (autograd, nn, viz) for name in getattr(package, "__all__", ())]
    assert [name for name in taken if name in modules() and name.count(".") == 1 and name != "autograd.strategies"] == []


DETAILS = {
    "circles": lambda: [" <-> ".join(group) for group in circles()],
    "private names imported across modules": private_imports,
    "homonyms": homonyms,
    "mentions of cython.compiled": switches,
    "longest function": lambda: [
        f"{name} {length}" for length, name in sorted((pair for name in modules() for pair in functions(name)), reverse=True)[:8]
    ],
    "longest function of value.py": lambda: [
        f"{name} {length}" for length, name in sorted(functions("autograd.value"), reverse=True)[:5]
    ],
    "Python files over 600 lines": lambda: [
        f"{name} {lines(str(path.relative_to(ROOT)))}"
        for name, path in modules().items()
        if lines(str(path.relative_to(ROOT))) > 600
    ],
    "functions on the reading path": lambda: reading_path()[2:],
}


def report(name: str) -> str:
    """One figure, what it is held to, and what it is made of."""
    told = [f"{FIGURES[name]():6,}  of {limits().get(name, -1):6,}  {name}"]
    return "\n".join([*told, *("        " + detail for detail in DETAILS.get(name, list)())])


if __name__ == "__main__":
    print("\n".join(report(name) for name in FIGURES))
