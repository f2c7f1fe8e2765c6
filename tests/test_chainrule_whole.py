"""What is said where another `autograd` is imported than the one that was installed, or the sources in its place."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import autograd

HERE = Path(autograd.__file__).parents[1]
PACKAGES = ("autograd", "chainrule", "nn", "viz")
ANOTHER = "from .differential_operators import grad\n"
NEEDS_NUMPY = "import no_such_numpy\n"
COMMAND = "import sys; from chainrule.__main__ import main; sys.exit(main())"
IMPORTS = {"nn": "import nn", "viz": "import viz", "the command": COMMAND}
programs = pytest.mark.parametrize("program", IMPORTS.values(), ids=IMPORTS)


def test_the_tests_are_of_one_place() -> None:
    """With ``pytest --source`` too, where Hypothesis has imported the installed `chainrule` before."""
    assert {Path(importlib.import_module(name).__file__ or "").parents[1] for name in PACKAGES} == {HERE}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder in which all packages are installed anew."""
    for name in PACKAGES:
        shutil.copytree(HERE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def last_line(program: str, folder: Path) -> str:
    """The last that a process says in which only this folder has packages."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {program}"
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 1 or "chainrule.__main__" not in program, done.stderr
    return lines[-1]


@programs
@pytest.mark.parametrize("body", [ANOTHER, NEEDS_NUMPY])
def test_another_autograd_over_ours(installed: Path, program: str, body: str) -> None:
    folder = installed / "autograd"
    (folder / "__init__.py").write_text(body)
    (folder / "differential_operators.py").write_text("grad = None\n")
    (folder / "tracer.py").write_text("")
    told = last_line(program, installed)
    assert f"{folder / '__init__.py'} is another package named autograd, not chainrule's: pip uninstall autograd, then " in told
    assert "pip install --force-reinstall --no-deps " in told


@programs
def test_another_autograd_that_was_removed(installed: Path, program: str) -> None:
    (installed / "autograd" / "__init__.py").unlink()
    told = last_line(program, installed)
    assert "autograd/__init__.py of chainrule is missing, as after removing another package named autograd: pip install " in told


def test_an_error_of_ones_own_is_told_as_it_is(installed: Path) -> None:
    (installed / "autograd" / "__init__.py").write_text("import no_such_module\n")
    assert last_line("import viz", installed) == "ModuleNotFoundError: No module named 'no_such_module'"


@pytest.mark.parametrize(("url", "source"), [
    ('{{"url": "file://{folder}"}}', "{folder}"), ('{{"url": "file:///no/such/folder"}}', "file:///no/such/folder"),
    ('{{"url": "https://example.org/a.whl"}}', "https://example.org/a.whl"), ("{{}}", "chainrule"), ("broken", "chainrule"),
])  # fmt: skip
def test_the_cure_names_what_it_was_installed_from(installed: Path, url: str, source: str) -> None:
    info = installed / "chainrule-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chainrule\nVersion: 0.1.0\n")
    (info / "direct_url.json").write_text(url.format(folder=installed))
    (installed / "autograd" / "__init__.py").unlink()
    assert last_line("import viz", installed).endswith(f"--no-deps {source.format(folder=installed)}")


NOTE = (
    "chainrule: these are the sources, uncompiled; a compiled engine is installed, "
    "and runs where Python is started in another folder\n"
)


@pytest.fixture
def checkout(installed: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A folder of sources, and one where a compiled engine is installed."""
    sources, elsewhere = tmp_path / "sources", tmp_path / "elsewhere" / "autograd"
    sources.mkdir()
    for name in PACKAGES:
        shutil.copytree(installed / name, sources / name, ignore=shutil.ignore_patterns("*.so", "*.pyd"))
    (sources / "setup.py").touch()
    elsewhere.mkdir(parents=True)
    (elsewhere / f"value{EXTENSION_SUFFIXES[0]}").touch()
    return sources, elsewhere.parent


@pytest.mark.parametrize("arguments", [
    ["-c", "import viz, nn, chainrule.command_line"], ["-m", "autograd"], ["-m", "chainrule", "x*2", "x=1"],
    ["-m", "viz", "x*2", "x=1"],
])  # fmt: skip
def test_sources_that_run_in_place_of_a_compiled_engine_say_so_once(checkout: tuple[Path, Path], arguments: list[str]) -> None:
    sources, elsewhere = checkout

    def said(environment: str) -> str:
        there, command = {**os.environ, "PYTHONPATH": environment}, [sys.executable, "-S", *arguments]
        done = subprocess.run(command, cwd=sources, env=there, input="", capture_output=True, text=True, check=True)
        return done.stderr

    assert said(str(elsewhere)) == NOTE
    assert NOTE not in said(os.pathsep.join([str(sources), str(elsewhere)]))  # asked for
    (elsewhere / "autograd" / f"value{EXTENSION_SUFFIXES[0]}").unlink()
    assert NOTE not in said(str(elsewhere))


@pytest.mark.compiled
def test_a_compiled_engine_says_nothing(installed: Path) -> None:
    (installed / "setup.py").touch()
    done = subprocess.run([sys.executable, "-c", "import viz"], cwd=installed, capture_output=True, text=True, check=True)
    assert done.stderr == ""
