"""The command `chainrule`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import engines
import pytest

import autograd
import autograd.value
from chainrule import command_line as command
from chainrule.command_line import OPTIONS, main

APPLES = ["リンゴの値段 * 個数 * 消費税", "リンゴの値段=100", "個数=2", "消費税=1.1"]


def test_apples(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*APPLES, "-o", str(tmp_path / "apples.svg")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["value", "220"],
        ["gradient", "リンゴの値段", "2.2"],
        ["gradient", "個数", "110"],
        ["gradient", "消費税", "200"],
    ]
    svg = (tmp_path / "apples.svg").read_text(encoding="utf-8")
    assert all(f">{text}<" in svg for text in ("リンゴの値段", "個数", "消費税", "100", "220", "2.2", "110", "200"))


def test_the_readmes_expression(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["(sin(x) * x)**2 + x", "x=1.5"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("value       3.73874155868\ngradient x  4.30250876304\n\n")
    assert "├─ **           2.239      1        1" in out


@pytest.mark.parametrize(
    ("words", "value", "gradient"),
    [
        (["-x**2", "x=3"], "-9", "-6"),
        (["-(-x)", "x=-2.5"], "-2.5", "1"),
        (["--", "-x", "x=1"], "-1", "-1"),
        (["x*3", "x=1/3"], "1", "3"),
        (["ｘ×2", "x=1"], "2", "2"),
        (["x*2", "ｘ=pi/pi"], "2", "2"),
        (["e*x", "e=2", "x=5"], "10", "5"),
        (["x/inf", "x=1"], "0", "0"),
        (["ａ＋ａ（２）".replace("（２）", "×（２）"), "ａ＝３．５"], "10.5", "3"),
        (["x" + "+x" * 9999, "x=２"], "20000", "10000"),
    ],
)
def test_values_and_gradients(capsys: pytest.CaptureFixture[str], words: list[str], value: str, gradient: str) -> None:
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [lines[0].split()[-1], lines[1].split()[-1]] == [value, gradient]


@pytest.mark.parametrize("words", [["--style", "record"], ["--style=record"]])
def test_options_stand_anywhere(tmp_path: Path, words: list[str]) -> None:
    for i, line in enumerate(([*words, "-x", "x=2"], ["-x", *words, "x=2"], ["-x", "x=2", *words])):
        assert main([*line, "-o", str(tmp_path / f"{i}.svg")]) == 0
        assert ">data −2<" in (tmp_path / f"{i}.svg").read_text(encoding="utf-8")


def test_how_a_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    options = ["--direction", "TB", "--heat", "--partials", "--hide-constants", "--number-format=.3f"]
    assert main(["x*y - 7", "x=2", "y=-3", "-o", str(path), *options]) == 0
    svg = path.read_text(encoding="utf-8")
    assert all(f">{text}<" in svg for text in ("2.000", "−3.000", "∂ 2.000", "∂ 1.000", "+2.000", "−13.000"))
    assert ">7.000<" not in svg
    assert 'class="minus"' in svg


def test_options_of_teaching(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.svg"

    def drawn(*options: str) -> str:
        assert main(["w*x - b*2", "w=2", "x=.9", "b=.1", "-o", str(path), *options]) == 0
        return path.read_text(encoding="utf-8")

    assert ">×2<" in drawn("--constants-inside")
    assert drawn("--focus", "ｗ").count('class="ring"') == 1
    assert drawn("--backward").count('class="back"') == 6
    assert [f">{text}<" in drawn("--rate", "0.5") for text in ("2 − 0.5 × 0.9 = 1.55", "0.9 − 0.5 × 2 = −0.1")] == [True, True]
    some = drawn("--rate", "w=1/2,b=.1")
    assert ">2 − 0.5 × 0.9 = 1.55<" in some
    assert ">0.1 − 0.1 × (−2) = 0.3<" in some
    assert "0.9 −" not in some
    assert main(["x", "x=1", "--rate", "quick"]) == 2
    assert "a rate such as 0.5, or w=0.5,b=0.5: " in capsys.readouterr().err
    assert main(["x", "x=1", "--rate", "v=1", "-o", str(path)]) == 1
    assert "rate: no leaf of the graph that is drawn is called 'v'; named are: x" in capsys.readouterr().err


def test_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["h = x*y; h**2", "x=2", "y=3"]
    assert main([*line, "-o", str(tmp_path / "s{:02}.svg"), "--at-step", "all"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"s{k:02}.svg" for k in range(7)]
    assert main([*line, "-o", str(tmp_path / "four.svg"), "--at-step=4"]) == 0
    assert (tmp_path / "four.svg").read_bytes() == (tmp_path / "s04.svg").read_bytes()
    capsys.readouterr()
    for options, status, message in (
        (["--at-step", "7"], 1, "at_step: there is no step 7: the steps are 0 (the leaves) to 6 (the last gradient)"),
        (["--at-step", "-1"], 2, "the number of a step, or all, not '-1'"),
        (["--at-step", "all"], 1, "in the path stands where its number goes"),
        (["--at-step", "1", "--backward-from", "h"], 2, "leave out --backward-from"),
    ):
        assert main([*line, "-o", str(tmp_path / "a.svg"), *options]) == status
        assert message in capsys.readouterr().err
    assert main([*line, "-o", "-", "--at-step", "all"]) == 1
    assert main([*line, "-o", str(tmp_path / "a.gif")]) == 2
    assert "a picture is saved as one of .svg" in capsys.readouterr().err
    pytest.importorskip("PIL")
    pytest.importorskip("resvg_py")
    assert main([*line, "-o", str(tmp_path / "steps.gif"), "--at-step", "all", "--width", "200"]) == 0
    assert (tmp_path / "steps.gif").read_bytes().startswith(b"GIF89a")
    assert not (tmp_path / "a.svg").exists()


def test_a_large_graph_is_folded(tmp_path: Path) -> None:
    path, expression = tmp_path / "a.svg", "x" + "+x" * 600

    def remark(*options: str) -> str:
        assert main([expression, "x=1", "-o", str(path), *options]) == 0
        return path.read_text(encoding="utf-8").rpartition(">601 values, ")[2].partition("<")[0]

    assert remark() == "folded to 16"
    assert remark("--collapse", "0", "--max-boxes", "1000") == "folded to 16"
    assert ">values 1–38<" in path.read_text(encoding="utf-8")
    assert remark("--open", "values 1–38") == "folded to 54"  # x, 38 values, and the other 15 groups


def test_backward_from_a_named_sub_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["h = x*y; h**2", "x=2", "y=3", "--backward-from", "h"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("value               36\nvalue h             6\ngradient of h by x  3\ngradient of h by y  2\n")
    assert "**          36     –" in out
    assert main(["x*y", "x=2", "y=3", "--backward-from", "z"]) == 2
    assert "known are: x, y" in capsys.readouterr().err


def test_the_picture_on_standard_output(capsysbinary: pytest.CaptureFixture[bytes], engine: str) -> None:
    assert main([*APPLES, "-o", "-", "--theme", "dark", "--engine", engine]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out.startswith(b"<svg ")
    assert captured.out.endswith(b"</svg>\n")
    assert "リンゴの値段".encode() in captured.out
    assert b"value" in captured.err
    assert b"220" in captured.err


@pytest.mark.parametrize("suffix", ["dot", "txt"])
def test_output_by_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"graph.{suffix}"
    assert main(["x*x", "x=3", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith({"dot": "digraph {", "txt": "      data  grad"}[suffix])


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["x/y", "x=1", "y=0"], 1, "x / y: float division by zero, where x = 1.0, y = 0.0"),
        (["9**9**9"], 1, "9.0 ** 387420489.0: Numerical result out of range"),
        (["x", "x=1/0"], 1, "division by zero"),
        (["log(x)", "x=-1"], 1, "log(x)"),
        (["x", "x=1", "-o", "no/such/folder/x.svg"], 1, "no/such/folder/x.svg"),
        (["x", "x=1", "-o", "x.svg", "--engine", "no-such-engine"], 1, "no picture: no-such-engine is not installed"),
        (["(" * 5000 + "x" + ")" * 5000, "x=1"], 2, "is no expression"),
        (["price + 1", "prise=2"], 2, "price has no value: give it as price=...; did you mean prise?"),
        (["x", "x=abc"], 2, "x=abc: abc has no value"),
        (["x", "x="], 2, "x=: the expression is empty"),
        (["x", "1x=2"], 2, "'1x' is not a name"),
        (["x", "x=1", "ｘ=2"], 2, "x is given twice"),
        (["x +", "1", "x=1"], 2, "after the expression come inputs, such as x=1.5"),
        (["x", "x=1", "-o", "graph"], 2, "saved as one of .svg, .html, .dot, .txt, .png, .pdf"),
        (["x", "x=1", "--stlye", "record"], 2, "there is no option --stlye; did you mean --style?"),
        (["--stlye=record", "x", "x=1"], 2, "there is no option --stlye; did you mean --style?"),
        (["x", "x=1", "--style", "wide"], 2, "invalid choice"),
        (["x", "x=1", "-o", "x.svg", "--direction", "UP"], 2, "invalid choice"),
        (["x", "x=1", "-o", "x.svg", "--number-format", "q"], 1, "number_format is a format of floats, such as '.2f', not 'q'"),
        (["x" + "+x" * 600, "x=1", "-o", "x.svg", "--collapse", "none"], 1, "no picture: 601 values are too many to be read"),
        (["x", "x=1", "-o", "x.svg", "--collapse", "deep"], 2, "a depth such as 1, auto or none, not 'deep'"),
        (["x", "x=1", "-o"], 2, "expected one argument"),
        (["x", "x=1", "-o", "a"], 2, "not as a file without suffix\n"),
        (["x", "x=1", "-o", "a.jpg"], 2, "not as '.jpg'\n"),
        (["x", "x=1;2"], 2, "x=1;2: `1` is computed and not used"),
        (["x", "x=y=2"], 2, "x=y=2: the value of an input is one number"),
        (["a*b\n+c", "a=1", "b=2", "c=3"], 2, "`a * b` is computed and not used"),
        (["x", "x=1", "--backward-from", "z" * 500], 2, "--backward-from zzzzzzzzzzz…zzzzzzzzzzz: there is no such value"),
        (["-" * 3000 + "x", "x=1"], 2, "nested too deeply"),
        (["+".join(["f(" * 30 + "x" + ")" * 30] * 2), "x=1"], 2, "there is no function f"),
        ([], 2, "usage"),
        ([], 2, "an expression is missing"),
    ],
)
def test_errors(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == status
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not list(tmp_path.iterdir())


GIVEN = {
    "style": "record", "theme": "dark", "direction": "TB", "focus": "x", "at_step": "3", "rate": "0.5", "number_format": ".2f",
    "max_boxes": "3", "collapse": "0", "title": "Title", "lang": "ja", "font": "Fira Sans", "width": "300",
    "scale": "2", "engine": "no-such-engine",
}  # fmt: skip
"""What is given to each option of the picture that takes a word."""


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("words", [words for words, settings in OPTIONS.items() if words[-1] not in {"--output", "--json"}])
def test_an_option_is_seen_in_what_is_made_or_refused_by_name(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is made: what is printed, as text or as JSON, and files of every kind."""
    monkeypatch.chdir(tmp_path)
    flag = words[-1]
    name = OPTIONS[words].get("dest", flag[2:].replace("-", "_"))
    line = ["h = x*y; h*h*3", "x=2", "y=3"]
    own = {"backward_from": "h"}
    if name in ("collapse", "opened"):
        line[0] = f"h = x*y; {'+'.join(['h*3'] * 60)}"
        assert main([*line, "-o", "a.svg", "--collapse", "0", "--open", "nobody"]) == 1
        own["opened"] = re.findall(r"no folded box 'nobody'; there are: (.*?),", capsys.readouterr().err)[0]
    given = [] if OPTIONS[words].get("action", "").startswith("store") else [(GIVEN | own)[name]]
    for output in ([], ["--json"], *(["-o", f"a{suffix}"] for suffix in (".svg", ".html", ".dot", ".txt"))):
        folding = ["--collapse", "0"] if name == "opened" and output[-1:] != ["a.txt"] and output[:1] == ["-o"] else []
        line = [*line[:3], *output, *folding]

        def made(*more: str, line: list[str] = line, output: list[str] = output) -> tuple[int, str, bytes]:
            status = main([*line, *more])
            told = capsys.readouterr()
            return status, told.out + told.err, Path(output[1]).read_bytes() if output[:1] == ["-o"] else b""

        before, (status, told, file) = made(), made(flag, *given)
        if status:
            assert flag in told or name in told or name == "engine", told
        else:
            assert (told, file) != before[1:], (flag, output)


def test_what_is_asked_of_no_picture_is_refused_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["x", "x=1", "--hide-constants", "--rounding"]) == 2
    assert main(["x", "x=1", "--constants-inside", "-o", str(tmp_path / "a.txt")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    why = "shown by a picture, such as -o graph.svg, and not by"
    assert told.err.splitlines() == [
        f"chainrule: --rounding, --hide-constants: {why} the tree that is printed without -o, which takes --lang",
        f"chainrule: --constants-inside: {why} .txt, which takes --lang",
    ]


def test_an_expression_too_deep_for_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-" * 3000 + "x", "x=1"]) == 2
    assert "nested too deeply" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"chainrule {autograd.__version__}\n"


def test_an_output_file_right_after_its_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["x*x", "x=2", "-ograph.svg"]) == 0
    assert (tmp_path / "graph.svg").exists()
    assert main(["-offset*2", "offset=2"]) == 0


@pytest.mark.parametrize("suffix", ["dot", "txt"])
def test_dot_and_text_need_no_engine(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.graph.layout.place", None)
    assert main(["x" + "+x" * 600, "x=1", "-o", str(tmp_path / f"a.{suffix}")]) == 0
    assert (tmp_path / f"a.{suffix}").exists()


def test_the_name_backward_starts_from_is_normalised(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["h = x*x; h + 1", "x=3", "--backward-from", "ｈ"]) == 0
    assert "gradient of h by x  6\n" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize(("line", "status", "out", "err"), [
    ("x*x x=2 -o - 2>&-", 0, "<svg ", ""),
    ("x*y x=2 2>&-", 2, "", ""),
    ("x*x x=2 >&-", 1, "", "chainrule: standard output is closed"),
    ("x*x x=2 -o - >&-", 1, "", "chainrule: standard output is closed"),
    ("x*x x=2 -o a.txt >&-", 0, "", ""),
    ("x*x x=2 >&- 2>&-", 1, "", ""),
    ("x+x*x*x*x*x x=2 | true", 141, "", ""),
    ("x+x*x*x*x*x x=2 -o - | true", 141, "", "value"),
])  # fmt: skip
def test_streams_that_are_closed(tmp_path: Path, line: str, status: int, out: str, err: str) -> None:
    if "-o - " in line:
        engines.command()
    pipe = "| true" in line
    words = line.replace("*", "\\*").removesuffix("| true")
    program = f"{shlex.quote(sys.executable)} -m viz {words}"
    script = f"{{ sleep 0.3; {program}; echo $? >status; }} | true; sleep 2" if pipe else f"{program}; echo $? >status"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))}
    run = subprocess.run(["sh", "-c", script], capture_output=True, check=False, cwd=tmp_path, timeout=60, env=environment)
    assert int((tmp_path / "status").read_text()) == status
    assert run.stdout.decode().startswith(out)
    assert "gradient x" not in run.stdout.decode()
    told = run.stderr.decode()
    assert told.removeprefix(told[: told.find("compiles it\n") + 12] if "runs uncompiled" in told else "").startswith(err)
    assert not any(word in told for word in ("Traceback", "Broken", "ignored"))


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert 'chainrule "(sin(x) * x)**2 + x" x=1.5 -o graph.svg' in out
    assert "リンゴの値段" in out


@pytest.mark.parametrize("compiled", [True, False])
def test_uncompiled_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    monkeypatch.setattr(command, "COMPILED", compiled)
    assert main(["x", "x=1"]) == 0
    assert capsys.readouterr().err.count("\n") == (0 if compiled else 1)


def test_as_a_program(tmp_path: Path) -> None:
    script = shutil.which("chainrule", path=sysconfig.get_path("scripts"))
    programs = [[sys.executable, "-m", "viz"], [sys.executable, "-m", "chainrule"], *([[script]] if script else [])]
    for program in programs:
        run = subprocess.run([*program, "x/0", "x=1"], capture_output=True, check=False, cwd=tmp_path, timeout=60)
        assert run.returncode == 1
        assert b"division by zero" in run.stderr
    assert autograd.value.COMPILED in {True, False}


def test_slides(tmp_path: Path) -> None:
    words = ["--title", "二つ", "--font", "Fira Sans", "--width", "640", "--transparent"]
    assert main(["x*2", "x=3", "-o", str(tmp_path / "a.svg"), *words]) == 0
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ' width="640" ' in svg
    assert ">二つ</text>" in svg
    assert "'Fira Sans', Helvetica" in svg
    assert main(["x*2", "x=3", "-o", str(tmp_path / "b.svg"), "--scale", "2"]) == 0


def test_slides_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["x*2", "x=3", "-o", str(tmp_path / "a.svg"), "--width", "0"]) == 1
    assert capsys.readouterr().err.endswith("chainrule: width= is a number above 0, not 0.0\n")
    assert main(["x*2", "x=3", "-o", str(tmp_path / "a.html"), "--width", "640"]) == 1
    assert "width: an option of a picture, not of a page" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*APPLES, "--json"]) == 0
    gradients = {"リンゴの値段": 2.2, "個数": 110.00000000000001, "消費税": 200.0}
    assert json.loads(capsys.readouterr().out) == {"value": 220.00000000000003, "gradients": gradients}
    assert main(["h = x*x; h*inf", "x=3", "--json", "--backward-from", "h", "-o", str(tmp_path / "a.svg")]) == 0
    told = {"value": "inf", "backward_from": {"name": "h", "value": 9.0}, "gradients": {"x": 6.0}}
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == told
    assert (tmp_path / "a.svg").exists()


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"chainrule {autograd.__version__}\n"
