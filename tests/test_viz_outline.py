"""A graph as a tree and as a tape."""

from __future__ import annotations

import contextlib
import copy
import io
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autograd.functions import FUNCTIONS
from autograd.functions import sum as summed
from autograd.value import Value
from viz.outline import outline
from viz.words import columns


def apples() -> Value:
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    y = price * count * tax
    y.backward()
    return y


APPLES = """\
                    data  grad    ∂
×                    220     1
├─ ×                 200   1.1  1.1
│  ├─ リンゴの値段   100   2.2    2
│  └─ 個数             2   110  100
└─ 消費税            1.1   200  200"""

TAPE = """\
 #                                       data  grad
#0  リンゴの値段                          100   2.2
#1  個数                                    2   110
#2  消費税                                1.1   200
#3                = リンゴの値段 × 個数   200   1.1
#4                = #3 × 消費税           220     1"""


def test_the_tree_of_the_apples() -> None:
    assert outline(apples()) == APPLES


def test_the_tape_of_the_apples() -> None:
    assert outline(apples(), "tape") == TAPE


def test_columns_are_aligned_where_characters_are_wide() -> None:
    lines = outline(apples()).splitlines()
    assert len({columns(line) for line in lines if line.endswith(("∂", "1.1", "100", "200", " 2"))}) == 1


def test_before_backward_there_are_dashes() -> None:
    x = Value(3.0, label="x")
    assert [line.split()[-2] for line in outline(x * x).splitlines()[2:]] == ["–", "–"]


def test_a_shared_value_is_expanded_once() -> None:
    x = Value(1.0, label="x")
    h = x + 1
    h.label = "h"
    lines = [line.split("  ")[0].strip() for line in outline(h * h).splitlines()[1:]]
    assert lines == ["×", "├─ h #1 = +", "│", "│", "└─ ↑ h #1"]


def test_doubling_eighteen_times_stays_short() -> None:
    x = Value(1.0, label="x")
    for _ in range(18):
        x = x + x
    assert len(outline(x).splitlines()) < 40


def test_a_deep_tree_goes_on_at_the_margin() -> None:
    y = Value(1.0, label="x")
    for _ in range(200):
        y = FUNCTIONS["sin"](y)
    lines = outline(y).splitlines()
    assert max(map(len, lines)) < 130
    assert sum("goes on below" in line for line in lines) == 8
    assert lines[-1].lstrip().startswith("└─ x")


def test_a_large_tree_says_what_it_leaves_out() -> None:
    y = Value(1.0)
    for _ in range(5000):
        y = y * Value(1.0)
    lines = outline(y).splitlines()
    assert len(lines) < 420
    rest = int(lines[-1].split()[2].replace(",", ""))
    assert 9000 < rest < 10001


def test_an_operation_of_many_operands_is_cut() -> None:
    lines = outline(summed(Value(float(i)) for i in range(784))).splitlines()
    assert lines[10].split("  ")[0] == "└─ and 776 more"
    assert sum("more" in line for line in lines) == 1


def test_a_long_tape_has_a_head_and_a_tail() -> None:
    y = Value(0.0, label="x")
    for _ in range(10_000):
        y = y + 1
    lines = outline(y, "tape").splitlines()
    assert len(lines) == 42
    assert lines[21] == "... 9,961 more"
    assert lines[-1].split() == ["#10000", "=", "#9999", "+", "1", "10000", "–"]
    assert lines[22].split()[:3] == ["#9981", "=", "#9980"]


def test_names_and_hostile_labels() -> None:
    x = Value(1.0)
    assert "\n└─ x " not in outline(-x)
    assert "\n└─ x " in outline(-x, names={"x": x})
    evil = outline(-Value(1.0, label="a\nb\x1b[31m\u202e"))
    assert len(evil.splitlines()) == 3
    assert "a\\nb\\x1b[31m\\u202e" in evil


def test_what_cannot_be_outlined() -> None:
    with pytest.raises(ValueError, match="there is no kind 'list'; the kinds are tree and tape"):
        outline(Value(1.0), "list")
    with pytest.raises(TypeError, match="not of a str"):
        outline("x")  # type: ignore[arg-type]


# On a terminal.

DIM, PURPLE, RED, RESET = "\x1b[2m", "\x1b[35m", "\x1b[31m", "\x1b[0m"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def width(monkeypatch: pytest.MonkeyPatch) -> int:
    """That of the terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    return 40


def printed(*texts: object, stream: io.StringIO | None = None) -> str:
    """What comes out at a terminal, or elsewhere."""
    stream = Terminal() if stream is None else stream
    with contextlib.redirect_stdout(stream):
        print(*texts, sep="\n")
    return stream.getvalue()


def uncoloured(said: str) -> list[str]:
    return re.sub("\x1b\\[[0-9]*m", "", said).splitlines()


def deep(label: str = "x") -> Value:
    y = Value(0.0, label=label)
    for _ in range(14):
        y = FUNCTIONS["sinh"](y)
    return y


def test_colours_are_for_terminals(width: int) -> None:
    x = Value(0.0, label="x")
    y = FUNCTIONS["sqrt"](x)
    y.backward()
    text = outline(y)
    said = printed(text)
    lines = said.splitlines()
    assert lines[0] == f"{DIM}      data  grad    ∂{RESET}"
    assert lines[1] == f"sqrt     0     {PURPLE}1{RESET}"
    assert lines[2] == f"{DIM}└─ {RESET}x     0   {RED}inf{RESET}  {RED}inf{RESET}"
    assert uncoloured(said) == text.splitlines()
    assert printed([text]) == f"[{said[:-1]}]\n"  # its repr, as the REPL shows it
    assert printed(text, stream=io.StringIO()) == text + "\n"


@pytest.mark.parametrize(
    ("variables", "stream", "coloured"),
    [
        ({}, Terminal, True), ({}, io.StringIO, False),
        ({"NO_COLOR": "1"}, Terminal, False), ({"NO_COLOR": ""}, Terminal, True),
        ({"FORCE_COLOR": "1"}, io.StringIO, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, io.StringIO, False),
        ({"TERM": "dumb"}, Terminal, False), ({"TERM": "dumb", "FORCE_COLOR": "1"}, Terminal, True),
    ],
)  # fmt: skip
def test_what_decides_on_colours(variables, stream, coloured, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b" in printed(outline(apples()), stream=stream())) is coloured


def test_the_width_of_the_terminal_is_respected(width: int) -> None:
    text = outline(deep())
    assert max(map(columns, text.splitlines())) > 50
    lines = uncoloured(printed(text))
    assert len(lines) == len(text.splitlines())
    assert max(map(columns, lines)) == width
    assert lines[-1].startswith("…")
    assert lines[-1].split()[-5:] == ["└─", "x", "0", "–", "1"]
    assert all(line.split()[-2:] == ["–", "1"] for line in lines[2:])


def test_long_names_give_way_before_numbers(width: int) -> None:
    y = apples() * Value(3.0, label="りんごの値段と個数と消費税の積")
    for kind in ("tree", "tape"):
        lines = uncoloured(printed(outline(y, kind)))
        assert all(columns(line) <= width for line in lines)
        numbers = [line.split()[-3:] for line in lines]
        assert any("660" in row for row in numbers)
        assert any("110" in row for row in numbers)
        assert any("りん" in line and "…" in line for line in lines)


def test_a_terminal_that_is_far_too_narrow(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "9")
    y = deep()
    for _ in range(5000):
        y = y * Value(1.0)
    assert all(columns(line) <= 9 for line in uncoloured(printed(outline(y), outline(y, "tape"))))


def test_as_a_str_it_is_plain_and_whole(width: int, tmp_path: Path) -> None:
    text = outline(apples())
    assert text == APPLES
    with contextlib.redirect_stdout(Terminal()):
        assert f"{text}|" == APPLES + "|"
        assert text + "" == APPLES
        assert type(pickle.loads(pickle.dumps(text))) is str
        assert copy.deepcopy(text) == APPLES
        (tmp_path / "graph.txt").write_text(text, encoding="utf-8")
    assert (tmp_path / "graph.txt").read_text(encoding="utf-8") == APPLES


def test_in_a_notebook_wide_characters_have_their_room(width: int) -> None:
    x = Value(0.0, label="<b>値段</b>&x")
    y = FUNCTIONS["sqrt"](x)
    y.backward()
    text = outline(y)
    bundle = text._repr_mimebundle_()
    assert bundle["text/plain"] == text
    page = ET.fromstring(bundle["text/html"])  # noqa: S314  (our own)
    assert "".join(page.itertext()) == text
    (room,) = (span for span in page.iter("span") if "width" in span.attrib["style"])
    assert (room.text, room.attrib["style"]) == ("値段", "display:inline-block;width:4ch")
    coloured = {span.text: span.attrib["style"] for span in page.iter("span") if "color" in span.attrib["style"]}
    assert coloured == {"1": "color:#9a5fd8", "inf": "color:#e5484d"}
    assert set(text._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_command_line_at_a_terminal(width: int, read_terminal) -> None:
    import pty

    master, slave = pty.openpty()
    name = "a_long_name_of_an_input"
    command = [sys.executable, "-m", "viz", f"sin({name}) * 2", f"{name}=1"]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL) as process:
        os.close(slave)
        said = read_terminal(master)
        assert process.wait(60) == 0
    tree = said.decode().partition("\r\n\r\n")[2]
    assert tree.startswith(DIM)
    assert max(map(columns, uncoloured(tree))) == width
