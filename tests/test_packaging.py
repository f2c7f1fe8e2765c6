"""What is installed: the right files, the right types, the engine that was asked for, and nothing else."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import autograd

PACKAGES = ("autograd", "chainrule", "nn", "viz")
PROGRAM = """
from fractions import Fraction
from typing import Any, assert_type

import autograd
import nn
import viz
from autograd import Value, clip, dot, exp, grad, leaky_relu, logsumexp, no_grad, record, sin, where

x = Value(2.0, label="x")
x.data = 3
y = 2 * x**2 + sin(x) / Fraction(1, 3) - x.tanh().leaky_relu(0.1)
assert_type(y, Value)
assert_type(exp(1.0), float)
assert_type(clip(1.0, x, 2.0), Value)
assert_type(leaky_relu(2), float)
assert_type(dot([x, x], [1.0, 2.0], bias=1), Value)
assert_type(autograd.sum([1, 2.5]), float)
assert_type(logsumexp([x, y]), Value)
values: list[Value] = [x, y]
assert_type(autograd.sum(values), Value)
assert_type(autograd.sum(v * 2 for v in values), Value)
assert_type(autograd.sum([1.0], x), Value)
mixed: list[Value | float] = [x, 1.0]
assert_type(autograd.sum(mixed), Value)
assert_type(where(x > 0, x, 0.0), Value)
assert_type(y.parents, tuple[Value, ...])
assert_type(y.partials, tuple[float, ...])
with no_grad():
    assert_type(x + 1, Value)
y.backward()
assert_type(x.grad, float)
assert_type(y.item(), float)
assert_type(y._children, tuple[Value, ...])
derivatives = autograd.gradients(y, [x])


def cube(a: Any, n: int = 1) -> Any:
    return n * a**3


def slope(a: Any, y: Any) -> Any:
    return 3 * a**2


autograd.check_gradients(cube, 0.5)
autograd.op("cube", cube, slope)
print(grad(cube, argnums=0)(2.0, n=2), autograd.jvp(cube)(1.0, 2.0))
program = record(cube, 1.0)
assert_type(program, autograd.Program)
print(program.grad(2.0), program.hessian(2.0), program.jacobian(2.0, by="a"))
model = nn.MLP(2, [3, 1], "tanh", seed=1)
assert_type(model, nn.MLP)
assert_type(nn.Layer(2, 3), nn.Layer)
assert_type(nn.Neuron(2), nn.Neuron)
assert_type(nn.Neuron(2).forward([1.0, 2.0]), Value)
assert_type(model.parameters(), list[Value])
optimizer = nn.Adam(model.parameters(), lr=0.1)
history = nn.fit(model, [[0.0, 1.0]], [1.0], loss=nn.squared_error, optimizer=optimizer, epochs=2)


class Line(nn.Module):
    def __init__(self, slope: float) -> None:
        self.slope = Value(slope)

    def forward(self, x: float) -> Value:
        return self.slope * x


assert_type(Line(2.0), Line)
picture: str = viz.draw(y).svg
picture = viz.draw(y, "record", names={"y": y}, theme="dark", collapse=None, opened=["layer"]).dot
"""
MISTAKES = """
import nn
import viz
from autograd import Value, sin

float(Value(1.0))
Value("1")
Value(1.0) + "1"
sin("1")
Value(1.0).sine()
Value(1.0) % 2
Value(1.0).parents = ()
viz.draw(Value(1.0), them="dark")
viz.draw(Value(1.0), theme=3)
viz.draw(Value(1.0), "record", "dark")
nn.MLP("2", [1])
nn.Neuron(2, activatoin="relu")
nn.Layer(2)
Value(1.0, (Value(2.0),))
Value(1.0).backward(retain_graph=True)
"""


PRINTED = "autograd/product.h"
"""The one header that is installed: a program in C has it, where it multiplies."""


@pytest.fixture
def installed(request):
    """The files of the installed distribution."""
    if request.config.getoption("--source"):
        pytest.skip("the checkout is tested: nothing is installed")
    return {str(path).replace("\\", "/") for path in importlib.metadata.files("chainrule") or ()}


def test_what_is_installed(installed):
    files = {
        path for path in installed if not path.endswith((".pyc", "/chainrule", "/chainrule.exe")) and ".dist-info/" not in path
    }
    assert {path.split("/")[0] for path in files} == set(PACKAGES)
    assert {"autograd/value.py", "autograd/value.pyi", "autograd/__init__.pyi"} <= files
    assert {f"{package}/py.typed" for package in PACKAGES} <= files
    kinds = {Path(path).suffix or Path(path).name for path in files}
    assert kinds - {".so", ".pyd"} == {".py", ".pyi", ".typed", ".css", ".js", ".toml", ".h"}
    assert {path for path in files if path.endswith(".h")} == {PRINTED}
    assert {"viz/page/page.css", "viz/page/page.js"} <= files
    assert any(path.endswith((".so", ".pyd")) for path in files) is autograd.COMPILED


def test_every_module_is_installed(installed, root):
    """None is missing, and none is left over from an earlier build."""
    for package in PACKAGES:
        here = {path.relative_to(root).as_posix() for path in (root / package).rglob("*.py")}
        assert {path for path in installed if path.startswith(f"{package}/") and path.endswith(".py")} == here


def test_every_file_of_the_packages_is_in_the_source_distribution(root, tmp_path):
    """And an install from it has them all: what a package holds besides Python stands in MANIFEST.in and in package-data."""
    pytest.importorskip("setuptools", minversion="77", reason="setuptools is not installed")
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "*.so", "*.pyd"))
    program = "import sys; from setuptools import build_meta as it; print(getattr(it, sys.argv[1])(sys.argv[2]))"
    environment = os.environ | {"CHAINRULE_PURE": "1"}

    def made(hook):
        command = [sys.executable, "-c", program, hook, str(tmp_path)]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return tmp_path / done.stdout.split()[-1]

    here = {path.relative_to(copy).as_posix() for package in PACKAGES for path in (copy / package).rglob("*") if path.is_file()}
    with tarfile.open(made("build_sdist")) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    assert here <= sources, here - sources
    assert {"README.md", "LICENSE", "build_kernels.py", "setup.py", "tests/conftest.py", "docs/pictures/make.py"} <= sources
    with zipfile.ZipFile(made("build_wheel")) as archive:
        wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert wheel - {PRINTED} == {name for name in here if not name.endswith((".h", ".pyx", ".pxd", ".pxi"))}
    assert PRINTED in wheel


def test_the_metadata(installed):
    metadata = importlib.metadata.metadata("chainrule")
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Version"] == autograd.__version__
    required = [line for line in importlib.metadata.requires("chainrule") or [] if "extra ==" not in line]
    assert [Requirement(line).name for line in required] == ["graphviz", "graphviz-pure"]
    assert not Requirement(required[1]).specifier.contains("0.3")
    assert "sys_platform" in required[1]
    known = {each.group: (each.name, each.value) for each in importlib.metadata.distribution("chainrule").entry_points}
    assert known["console_scripts"] == ("chainrule", "chainrule.__main__:main")
    assert known.keys() == {"console_scripts", "hypothesis"}


def test_no_engine_is_built_with_a_translator_that_releases_twice(root):
    """Of Cython 3.3.0 and 3.3.1 a MemoryError inside a list comprehension takes a reference too many."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["build-system"]["requires"], *project["dependency-groups"]["lint"]]
    found = [requirement for requirement in map(Requirement, asked) if requirement.name == "cython"]
    assert len(found) == 2
    for requirement in found:
        known = ("3.0.12", "3.1.8", "3.2.9", "3.3.0", "3.3.1", "3.3.2")
        assert [version for version in known if version in requirement.specifier] == ["3.1.8", "3.2.9", "3.3.2"]


def test_the_command_draws_without_any_dot_on_the_path(installed, tmp_path):
    """The first command of the README."""
    scripts = sysconfig.get_path("scripts")
    if not shutil.which("graphviz-pure", path=scripts):
        pytest.skip("graphviz-pure has no wheel for this machine")
    command = [Path(scripts, "chainrule"), "(sin(x) * x)**2 + x", "x=1.5", "-o", "graph.svg"]
    environment = os.environ | {"PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["value", "3.73874155868", "gradient", "x", "4.30250876304"]
    assert (done.stderr == "") is autograd.COMPILED
    assert "3.739" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_what_an_import_imports(tmp_path):
    """Nothing but the standard library, and not much of that; what is heavy comes when it is used."""
    program = "import sys; before = set(sys.modules); import autograd; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "autograd.value" in modules
    heavy = {
        "numpy",
        "graphviz",
        "viz",
        "nn",
        "hypothesis",
        "mpmath",
        "Cython",
        "cython",
        "typing",
        "dataclasses",
        "functools",
        "autograd.strategies",
    }
    assert not modules & heavy


def test_stubs_are_fresh(root):
    spec = importlib.util.spec_from_file_location("make_stubs", root / "docs" / "make_stubs.py")
    make_stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stubs)
    for name, text in make_stubs.stubs().items():
        assert (Path(autograd.__file__).parent / name).read_text(encoding="utf-8") == text, "run python docs/make_stubs.py"


def mypy(program, tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    environment = os.environ | {"MYPYPATH": os.environ.get("PYTHONPATH", "")}
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", tmp_path / "cache", "program.py"]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_typed_program_is_understood(tmp_path):
    done = mypy(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_mistake_is_found(tmp_path):
    done = mypy(MISTAKES, tmp_path)
    wrong = [i for i, line in enumerate(MISTAKES.splitlines(), 1) if line and "import" not in line]
    found = sorted({int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line})
    assert found == wrong, done.stdout


def pyright(program, tmp_path):
    """What pyright's strict mode says of a program; the test is skipped where there is none."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    command = shutil.which("pyright", path=path) or shutil.which("basedpyright", path=path)
    if command is None:
        pytest.skip("pyright is not installed: npm install pyright, or pip install basedpyright")
    tried = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=300, check=False)
    if tried.returncode:  # the one of PyPI brings the rest from the network when it is first run
        pytest.skip(f"pyright does not run here: {(tried.stderr or tried.stdout).strip().splitlines()[-1:]}")
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    found = [str(Path(part).resolve()) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    settings = {"typeCheckingMode": "strict", "reportPrivateUsage": False, "extraPaths": found}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [command, "--pythonpath", sys.executable, "--outputjson", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    told = json.loads(done.stdout)["generalDiagnostics"]
    return [(each["range"]["start"]["line"] + 1, each["message"]) for each in told if each["severity"] == "error"]


def test_a_typed_program_is_understood_by_pyright_in_strict_mode(tmp_path):
    assert pyright(PROGRAM, tmp_path) == []


def test_each_mistake_is_found_by_pyright(tmp_path):
    wrong = [i for i, line in enumerate(MISTAKES.splitlines(), 1) if line and "import" not in line]
    assert sorted({line for line, _ in pyright(MISTAKES, tmp_path)}) == wrong


class Server:
    """A language server of pyright, as an editor asks it: JSON in messages with their lengths before them."""

    def __init__(self, command, folder) -> None:
        self.uri, self.asked = folder.as_uri(), 0
        self.process = subprocess.Popen([command, "--stdio"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        can = {"textDocument": {"hover": {"contentFormat": ["plaintext"]}}, "workspace": {"configuration": True}}
        folders = [{"uri": self.uri, "name": "folder"}]
        self.ask("initialize", {"processId": os.getpid(), "rootUri": self.uri, "workspaceFolders": folders, "capabilities": can})
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the language server has ended"
        return json.loads(self.process.stdout.read(length))

    def ask(self, method, params):
        """The answer; what the server asks meanwhile, its settings, is answered too: there are none but those of the file."""
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.asked and "method" not in message:
                return message["result"]
            if "id" in message:
                wanted = message["method"] == "workspace/configuration"
                answer = [{"pythonPath": sys.executable} for _ in message["params"]["items"]] if wanted else None
                self.send({"id": message["id"], "result": answer})

    def shown(self, names, modules):
        """What is shown where the pointer rests on each of these names."""
        text = "".join(f"import {module}\n" for module in modules) + "".join(f"{name}\n" for name in names)
        document = {"uri": f"{self.uri}/names.py", "languageId": "python", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        for line, name in enumerate(names, len(modules)):
            place = {"line": line, "character": len(name) - 1}
            found = self.ask("textDocument/hover", {"textDocument": {"uri": document["uri"]}, "position": place})
            yield found["contents"]["value"] if found else ""


def test_the_pointer_on_a_public_name_shows_its_docstring_in_pyright(tmp_path):
    """The first line of each, as `help` has it, wherever its source is: Python, compiled, or made of the table at import."""
    import nn
    import viz

    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    servers = ("pyright-langserver", "basedpyright-langserver")
    command = next(filter(None, (shutil.which(name, path=path) for name in servers)), None)
    if command is None:
        pytest.skip("pyright is not installed: npm install pyright, or pip install basedpyright")
    found = [str(Path(part).resolve()) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    settings = {"extraPaths": [*found, str(Path(autograd.__file__).parents[1])]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    for_numpy = {"arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "conjugate", "deg2rad", "degrees",
                 "fabs", "rad2deg", "radians", "abs", "polygamma"}  # fmt: skip
    names = {f"autograd.{name}": getattr(autograd, name) for name in dir(autograd)}
    for package in (nn, viz):
        names |= {f"{package.__name__}.{name}": getattr(package, name) for name in package.__all__}
    for class_ in (autograd.Value, autograd.Program):
        known = {name for name in dir(class_) if not name.startswith("_")} - (for_numpy if class_ is autograd.Value else set())
        names |= {f"autograd.{class_.__name__}.{name}": getattr(class_, name) for name in known}
    server = Server(command, tmp_path)
    try:
        shown = dict(zip(names, server.shown(list(names), ("autograd", "nn", "viz")), strict=True))
    finally:
        server.process.kill()
        server.process.communicate()
    expected = {name: (inspect.getdoc(thing) or "").partition("\n")[0] for name, thing in names.items()}
    expected["autograd.COMPILED"] = "Whether it is the compiled engine that runs, or the same source as Python."
    assert all(expected.values())
    assert [name for name, first in expected.items() if first not in shown[name]] == []


def hasty(folder):
    """The C compiler, told last not to optimise: how fast the engine is matters in no test, and a minute is saved."""
    compiler = folder / "compiler"
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    compiler.write_text(f'#!/bin/sh\nexec {command} "$@" -O0\n')
    compiler.chmod(0o755)
    return str(compiler)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the compiler is hidden as on POSIX")
@pytest.mark.parametrize("hidden", [{}, {"CC": "false"}, {"CHAINRULE_PURE": "1"}], ids=["compiler", "no compiler", "pure"])
def test_an_install_succeeds_with_and_without_a_compiler(hidden, root, tmp_path):
    """What earlier builds left behind does not matter, and another autograd on the path neither."""
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "docs"))
    for kind in ("lib", f"lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}"):
        stale = copy / "build" / kind / "autograd"
        stale.mkdir(parents=True)
        (stale / "ghost.py").touch()
        (stale / f"value{sysconfig.get_config_var('EXT_SUFFIX')}").touch()
    other = tmp_path / "other" / "autograd"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('another package named autograd')")
    target = tmp_path / "target"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, "."]
    environment = os.environ | {"CC": hasty(tmp_path)} | hidden | {"PYTHONPATH": str(other.parent)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    program = (
        "from autograd import *; import autograd; x = Value(2.0); (x * x).backward(); print(COMPILED, autograd.__file__, x.grad)"
    )
    environment = os.environ | {"PYTHONPATH": str(target)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    said = done.stdout.split()
    assert said[0] == str(not hidden)
    assert Path(said[1]).is_relative_to(target)
    assert said[2] == "4.0"
    assert not (target / "autograd" / "ghost.py").exists()
