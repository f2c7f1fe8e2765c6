"""``python -m autograd``: at a terminal a session, with standard input piped a program."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import autograd
from autograd import __main__ as repl


def run(program, folder, **environment):
    command = [sys.executable, "-X", "utf8", "-m", "autograd"]
    return subprocess.run(
        command, input=program, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env=os.environ | environment,
    )  # fmt: skip


def test_a_piped_program_has_all_names_at_hand(tmp_path):
    program = """
price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
total = price * count * tax
total.backward()
print(f"{total:.0f}", [v.grad for v in (price, count, tax)])
print(text(total))
save(total, "apples.svg")
print(grad(sin)(0.0))
"""
    done = run(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("220 [2.2, 110.00000000000001, 200.0]")
    assert done.stdout.endswith("1.0\n")
    assert "リンゴの値段" in done.stdout
    assert "リンゴの値段" in (tmp_path / "apples.svg").read_text(encoding="utf-8")


def test_an_error_in_a_piped_program_is_an_error(tmp_path):
    done = run("Value(1.0) / 0", tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError: 1.0 / 0" in done.stderr


def test_the_banner_says_which_engine_runs():
    assert ("uncompiled" in repl.banner()) is not autograd.COMPILED
    assert autograd.__version__ in repl.banner()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_three_things_of_the_banner_work_one_after_the_other(lang, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CHAINRULE_LANG", lang)
    monkeypatch.chdir(tmp_path)
    first, second, third = (line.strip() for line in repl.banner().splitlines() if line.startswith("    "))
    names = repl.names()
    statements, _, derivative = first.rpartition("; ")
    exec(statements, names)  # noqa: S102
    # y = (x sin x)^2 + x: dy/dx = 2 x sin(x) (sin(x) + x cos(x)) + 1 at x = 2
    assert eval(derivative, names) == pytest.approx(1.2800772604955108, abs=1e-15)  # noqa: S307
    exec(second, names)  # noqa: S102
    assert "sin" in capsys.readouterr().out
    assert "<html" in (tmp_path / "steps.html").read_text(encoding="utf-8")
    assert eval(third, names) == ((2.0, 6.0), (6.0, 9.0))  # noqa: S307  (2e^b, 2a e^b; 2a e^b, a^2 e^b)
    assert any("ぁ" <= letter <= "ヿ" for letter in repl.banner()) is (lang == "ja")


def test_the_names_are_the_public_ones():
    import viz

    assert set(repl.names()) == {*autograd.__all__, *viz.__all__, "autograd", "nn", "viz"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("ipython", [False, True])
def test_at_a_terminal_it_is_a_session(ipython, tmp_path, read_terminal):
    if ipython:
        pytest.importorskip("IPython", reason="IPython is not installed")
    import pty

    master, slave = pty.openpty()
    hide = "" if ipython else "import sys; sys.modules['IPython'] = None; "
    program = f"{hide}from autograd.__main__ import main; main()"
    environment = os.environ | {"TERM": "dumb", "IPYTHONDIR": str(tmp_path), "PYTHON_BASIC_REPL": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path, env=environment
    ) as session:
        os.close(slave)
        os.write(master, b"Value(2.0, label='x') * 3\ntahn(2.0)\nexit()\n")
        said = read_terminal(master)
        assert session.wait(60) == 0, said
    assert ("compiled engine" if autograd.COMPILED else "uncompiled") in said.decode()
    assert "<Value 6.0 = 2.0 * 3" in said.decode()
    assert "name 'tahn' is not defined" in said.decode()
    assert "another exception" not in said.decode()


def test_the_banner_tells_the_sources_from_what_is_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(autograd, "COMPILED", False)
    monkeypatch.setattr(autograd, "__file__", str(tmp_path / "autograd" / "__init__.py"))
    assert "no C compiler" in repl.banner()
    (tmp_path / "setup.py").write_text("")
    assert "start from another folder" in repl.banner()


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["x*x"], ["--version", "3"]])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_with_arguments_it_says_what_it_is(words, lang, monkeypatch, capsys):
    monkeypatch.setenv("CHAINRULE_LANG", lang)
    monkeypatch.setattr(sys, "argv", ["autograd", *words])
    with pytest.raises(SystemExit) as stop:
        repl.main()
    told = capsys.readouterr()
    helps = words[0] in ("-h", "--help")
    assert stop.value.code == (0 if helps else 2)
    assert ("" if helps else told.err, told.out if helps else "") == (told.err, told.out)
    assert (told.out + told.err).startswith({"en": "usage: python -m autograd\n", "ja": "使い方: python -m autograd\n"}[lang])
