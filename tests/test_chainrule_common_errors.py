"""The twenty most common errors: each is raised for real, found by its message, and gone from the mended program."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule import command_line
from chainrule.common_errors import CommonError, common_errors, contents, explanation, found, page
from viz.language import LANGUAGES

DOCS = Path(__file__).resolve().parent.parent / "docs"
KANA = re.compile(r"[぀-ヿ]")
EACH = pytest.mark.parametrize("error", common_errors(), ids=lambda error: str(error.number))
ALSO = {
    1: (
        "from autograd import Value; int(Value(2.5))",
        "from autograd import Value; round(Value(2.5))",
        "from autograd import Value; Value(2.5) % 1",
        "import numpy, autograd; numpy.array([autograd.Value(2.5)], dtype=float)",
    ),
    2: (
        "from autograd import Value; Value(2.5) * 1j",
        "from autograd import Value; Value('3')",
        "from autograd import Value, tanh; tanh([Value(1.0)])",
        "from autograd import Value; Value(1.0) * None",
        "from autograd import Value; Value(1.0) * [1.0, 2.0]",
    ),
    3: ("from autograd import Value; Value(1.0, (), '+')",),
    5: (
        "from autograd import log; log(-1.0)",
        "from autograd import Value; Value(-1.0).sqrt()",
        "from autograd import asin; asin(2.0)",
        "from autograd import atanh; atanh(2.0)",
        "from autograd import log1p; log1p(-2.0)",
        "from autograd import log, record; record(lambda x: log(x), 1.0).batch([1.0, -1.0], check=True)",
    ),
    6: ("from autograd import Value; Value(0.0) ** -1", "from autograd import Value; Value(0.0) ** -0.5"),
    8: ("from autograd import Value; Value(1e200) ** 2", "from autograd import cosh; cosh(1e4)"),
    10: (
        "from autograd import Value, detach; x = Value(3.0); y = x * detach(x); x.data = 4.0; y.forward()",
        "from autograd import Value, softmax; x = Value(3.0); y = softmax([x, 1.0])[0]; x.data = 4.0; y.forward()",
    ),
    11: (
        "import copy; from autograd import grad; grad(lambda x: copy.deepcopy(x)[0])([3.0])",
        "import pickle; from autograd import grad; grad(lambda x: pickle.loads(pickle.dumps(x)))(3.0)",
    ),
    12: ("from autograd import grad; grad(lambda x: None)(3.0)", "from autograd import hessian; hessian(lambda x: [x])(3.0)"),
    13: (
        "from autograd import record; record(lambda x: max(x, 0), 1.0)",
        "import nn; nn.fit(nn.Neuron(1), [1.0], [1.0], loss=lambda y, t: y if y > 0 else -y, epochs=1)",
    ),
    14: ("from autograd import record; record(lambda x: x.grad, 1.0)",),
    16: (
        "from autograd import record; record(lambda x: x, 1.0).batch(1.0)",
        "from autograd import record; record(lambda x, y: x * y, 1.0, 1.0).batch([1.0], [1.0, 2.0])",
        "from autograd import record; record(lambda x: x, 1.0).batch([[1.0, 2.0]])",
        "from autograd import record; record(lambda x: x, 1.0)(1.0, 2.0)",
    ),
    17: (
        "import nn; nn.MLP(2, [3, 1])([1.0, 2.0, 3.0])",
        "import nn; nn.squared_error([1.0, 2.0, 3.0], [1.0])",
        "import nn; nn.fit(nn.MLP(2, [3]), [[0.0, 1.0]], [3], loss=nn.cross_entropy, epochs=1)",
    ),
    18: ("import nn; nn.fit(nn.Neuron(1, 'log', init=[1.0, 0.0]), [-3.0], [1.0], loss=nn.squared_error, epochs=1)",),
    19: ("from autograd import Value; import viz; viz.draw(Value(1.0) * 2, engine='no_such_command').svg",),
}
"""Other programs that raise the same."""


def last_line(program: str) -> str:
    """The last that Python says of a program that fails."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=False)
    return done.stderr.strip().splitlines()[-1]


def raised(program: str) -> str:
    """What Python would say last of a program that fails, run in this process."""
    with pytest.raises(Exception) as caught:
        exec(compile(program, "example", "exec"), {"__name__": "__main__"})  # noqa: S102
    return f"{caught.type.__name__}: {caught.value}"


def without_source(message: str) -> str:
    """What pip installs anew depends on from where it was installed."""
    return re.sub(r"(--no-deps ).*", r"\1", message)


def told(*words: str) -> tuple[int, str, str]:
    """The status of the command, what it prints, what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command_line.main(["errors", *words])
    return status, out.getvalue(), err.getvalue()


def test_there_are_twenty() -> None:
    assert [error.number for error in common_errors()] == list(range(1, 21))


@EACH
def test_the_example_raises_what_the_table_says_and_is_found_by_it(error: CommonError) -> None:
    said = last_line(error.unseen + error.raises) if error.unseen else raised(error.raises)
    assert found(said) == [error]
    assert found(said.partition(": ")[2]) == [error]
    kind = said.partition(":")[0]
    assert error.says.startswith(f"{kind}: ")
    assert re.search(rf"  # {kind}\b.*\n*\Z", error.raises)
    if sys.version_info < (3, 14):  # whose mathematics says the same in other words
        assert without_source(said) == without_source(error.says)


@pytest.mark.parametrize(("number", "program"), [(number, each) for number, programs in ALSO.items() for each in programs])
def test_others_of_the_kind_are_found_by_their_message(number: int, program: str) -> None:
    assert [error.number for error in found(raised(program))] == [number]


@EACH
def test_the_mended_program_prints_what_its_comments_say(error: CommonError) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(error.mended, "mended", "exec"), {"__name__": "__main__"})  # noqa: S102
    expected = [line.rsplit("  # ", 1)[1] for line in error.mended.splitlines() if line.startswith("print(")]
    assert expected
    assert printed.getvalue().splitlines() == expected


def test_messages_of_python_3_14_are_known() -> None:
    for number, message in (
        (5, "log(x): expected a positive input, where x = -1.0"),
        (5, "asin(x): expected a number in range from -1 up to 1, got 2.0, where x = 2.0"),
        (6, "1 / x: division by zero, where x = 0.0"),
        (6, "x ** (-1): zero to a negative power, where x = 0.0"),
    ):
        assert [error.number for error in found(message)] == [number]


@EACH
def test_every_text_stands_in_both_languages(error: CommonError) -> None:
    for texts in (error.title, error.why, error.instead):
        assert set(texts) == set(LANGUAGES)
        assert KANA.search(texts["ja"])
        assert not KANA.search(texts["en"])
        assert "上流" not in texts["ja"]


def test_the_documents_are_written_from_the_table() -> None:
    pages = runpy.run_path(str(DOCS / "make_errors.py"))["written"]()
    assert set(pages) == {"errors.md", "errors.ja.md"}
    for name, text in pages.items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, "run: python docs/make_errors.py"


def test_the_command_lists_all_titles() -> None:
    for lang in LANGUAGES:
        status, out, err = told("--lang", lang)
        assert (status, err) == (0, "")
        lines = out.splitlines()
        assert lines[:20] == [f"{error.number:2}  {error.title[lang]}" for error in common_errors()]
        assert lines[20:] == ["", "chainrule errors 1"]


@EACH
def test_the_command_explains_one_by_its_number_and_by_its_message(error: CommonError) -> None:
    for lang in LANGUAGES:
        by_number = told(str(error.number), "--lang", lang)
        assert by_number == (0, explanation(error, lang) + "\n", "")
        assert told(error.says, "--lang", lang) == by_number
        assert error.why[lang].strip() in by_number[1]


def test_a_part_of_a_message_or_title_is_enough() -> None:
    assert told("division", "by", "zero")[1].startswith("6  Division by zero\n")
    assert told("DOMAIN")[1].startswith("5  ")
    assert [line[:2] for line in told("graph=True")[1].splitlines()[:1]] == ["9 "]
    several = told("recorded")[1].splitlines()
    assert [line[:2] for line in several] == ["13", "14", "15", "16", "", "ch"]
    assert several[-1] == "chainrule errors 13"


def test_the_environment_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_LANG", "ja")
    assert told("6")[1].startswith("6  0 による除算\n")


@pytest.mark.parametrize("words", [("0",), ("21",), ("no such thing",)])
def test_what_is_not_known_is_refused_with_advice(words: tuple[str, ...]) -> None:
    status, out, err = told(*words)
    assert (status, out) == (2, "")
    assert err == (
        f"chainrule errors: no error is known by {words[0]!r}: a number from 1 to 20, or a message in quotes; "
        "chainrule errors lists them all\n"
    )


def test_an_expression_of_that_name_is_written_in_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["(errors)", "errors=3"]) == 0
    assert "gradient errors  1" in capsys.readouterr().out


def test_the_page_says_each_message_once() -> None:
    for lang in LANGUAGES:
        assert page(lang).count("```text") == 20
        assert page(lang).startswith(f"# {contents()['page']['title'][lang]}\n")
