"""The course: every item runs in both languages, its numbers are the lectures', and nothing of it is a mention only."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chainrule import command_line, course
from chainrule.course.items import LESSONS, table
from chainrule.course.pages import comments, localised, markdown, notebook, picture_in
from viz.words import columns

HAVE = {"A": 14, "B": 16, "C": 50, "D": 20, "E": 20}
"""So many items the five lectures have; 120 in all."""
TEXTS_ALONE = {"C2", "D19"}
ITEMS = [each.id for each in course.items()]
LANGUAGES = ("en", "ja")


def outcome(name: str, lang: str, *, answer: bool = False) -> course.Outcome:
    """What an item's program gives; without matplotlib its plots are skipped, in words."""
    try:
        return course.run(name, lang=lang, answer=answer, quiet=True)
    except ModuleNotFoundError as error:
        pytest.skip(f"{name}: {error}")


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_and_its_answer_run_in_both_languages_to_the_lectures_numbers(name: str) -> None:
    if name in TEXTS_ALONE:
        assert course.item(name).source == ("", "")
        return
    in_english, in_japanese = (outcome(name, lang, answer=True) for lang in LANGUAGES)
    assert in_english.comparisons
    assert [str(each) for each in in_english.comparisons if not each.agrees] == []
    assert [each.computed for each in in_japanese.comparisons] == [each.computed for each in in_english.comparisons]
    assert len(in_japanese.pictures) == len(in_english.pictures)


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_has_all_its_words_in_both_languages(name: str) -> None:
    one = course.item(name)
    texts = [one.title, one.text] if name in TEXTS_ALONE else [one.title, one.text, one.exercise, one.answer]
    for text in texts:
        assert set(text) == set(LANGUAGES)
        assert text["ja"] == text["en"] or re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text["ja"]), text["ja"]
        assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text["en"])
        assert "上流" not in text["ja"] or name == "A5"  # the word means the opposite elsewhere; said once
    said = {node.args[0].value for node in words_in(one) if isinstance(node.args[0], ast.Constant)}
    assert said | {comment.string[2:] for source in one.source for comment in comments(source)} == set(one.words)
    for comment in [comment.string for source in one.source for comment in comments(localised(source, one, "ja"))]:
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", comment), comment


def words_in(one: course.Item) -> list[ast.Call]:
    """The calls word("...") of a program and its answer."""
    tree = ast.parse("".join(one.source))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "word"]


@pytest.mark.parametrize("name", [name for name in ITEMS if name not in TEXTS_ALONE])
def test_what_an_item_compares_is_computed_in_its_program_and_in_its_answer(name: str) -> None:
    for source in course.item(name).source:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        compared = [node.args[1:3] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "compare"]
        assert compared
        for computed, lectures in compared:
            assert any(isinstance(node, ast.Name) for node in ast.walk(computed)), ast.unparse(computed)
            assert ast.dump(computed) != ast.dump(lectures)


@pytest.mark.parametrize("name", [name for name in ITEMS if name not in TEXTS_ALONE])
def test_a_program_can_be_read_on_one_screen(name: str) -> None:
    program, answer = course.item(name).source
    assert 5 <= len([line for line in program.splitlines() if line.strip()]) <= 40
    assert answer.strip(), "the exercise's answer is a program"
    assert max(columns(line) for line in (program + answer).splitlines()) <= 110


def test_every_program_has_its_words_and_items_stand_in_the_lectures_order() -> None:
    files = {path.stem for path in LESSONS.glob("*/*.py")}
    assert files == {course.item(name).path.stem for name in ITEMS if name not in TEXTS_ALONE}
    for letter, count in HAVE.items():
        names = [name for name in table(letter) if name != "chapter"]
        numbers = [int(name[1:]) for name in names]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == max(numbers) == count
    assert course.items("e") == course.items("E")


def test_a_wrong_number_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    course.compare("y", 1.5, 1.4)
    course.compare("w", [1.5, True], (1.5, True))
    assert capsys.readouterr().out.splitlines() == ["y  1.5 ≠ 1.4", "w  (1.5, True) = (1.5, True)"]


def test_the_command_lists_items_and_runs_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command_line.main(["course"]) == 0
    told = capsys.readouterr().out
    assert [name for name in ITEMS if f"  {name} " not in told] == []
    picture = tmp_path / "e9.svg"
    assert command_line.main(["course", "e9", "--lang", "ja", "--answer", "-o", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "りんごの値段  2.2 = 2.2" in told
    assert "りんごの値段" in picture.read_text(encoding="utf-8")
    assert command_line.main(["course", "X1"]) == 2
    assert "there is no item 'X1'" in capsys.readouterr().err
    assert command_line.main(["course", "E"]) == 2
    assert "course E --all" in capsys.readouterr().err


def test_an_expression_may_still_be_named_course(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["(course)", "course=2"]) == 0
    assert capsys.readouterr().out.startswith("value            2\n")


def test_a_program_runs_by_itself() -> None:
    command = [sys.executable, str(course.item("E9").path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "price  2.2 = 2.2" in done.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notebook_of_items_runs_and_has_the_outputs_that_it_shows(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_LANG", "en")  # the notebook sets it
    chosen = [course.item("E8"), course.item("E9")]
    cells = json.loads(notebook(chosen, lang))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "%pip" not in source:
            assert "word(" not in source
            exec(compile(source, "cell", "exec"), names)  # noqa: S102
    assert sum("svg" in str(cell.get("outputs")) for cell in cells) == len(chosen)


@pytest.mark.parametrize("there", [True, False])
def test_the_first_cell_of_a_notebook_installs_only_what_is_missing(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells are run by whoever wants to see the outputs: what was installed from a checkout must not be taken away."""
    transformers = pytest.importorskip("IPython.core.inputtransformer2", reason="magics are IPython's, which is not installed")
    asked: list[str] = []
    shell = SimpleNamespace(run_line_magic=lambda magic, line: asked.append(f"{magic} {line}"))
    cell = "".join(json.loads(notebook([course.item("E8")], "en"))["cells"][2]["source"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: there or None)
    exec(transformers.TransformerManager().transform_cell(cell), {"get_ipython": lambda: shell})  # noqa: S102
    assert asked == ([] if there else ["pip uninstall -qq --yes autograd", "pip install --quiet chainrule"])


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", sorted(HAVE))
def test_a_chapter_as_a_notebook_gives_in_a_kernel_what_stands_in_it(chapter: str, lang: str, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="notebooks are read by nbformat, which is not installed")
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient, which is not installed")
    pytest.importorskip("ipykernel", reason="notebooks are run in ipykernel, which is not installed")
    pytest.importorskip("matplotlib", reason="plots of the course need matplotlib, which is not installed")
    written = nbformat.reads(notebook(course.items(chapter), lang), as_version=4)
    nbformat.validate(written)
    code = [cell for cell in written.cells if cell.cell_type == "code"]
    assert code[0].source.splitlines()[-1] == "    %pip install --quiet chainrule"
    assert "HIPS" in written.cells[1].source
    written.cells.remove(code[0])
    before = [outputs_of(cell) for cell in code[1:]]
    nbclient.NotebookClient(written, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    assert [outputs_of(cell) for cell in code[1:]] == before


def outputs_of(cell: Any) -> tuple[str, list[object]]:
    """What a cell printed, and its pictures: drawings and pages whole, plots by their sizes in inches and axes."""
    printed = "".join("".join(each.text) for each in cell.outputs if each.output_type == "stream")
    shown = [each.data for each in cell.outputs if each.output_type != "stream"]
    plots = [data["text/plain"] if "image/png" in data else "" for data in shown]
    drawn = [data.get("image/svg+xml") or data.get("text/html") or plot for data, plot in zip(shown, plots, strict=True)]
    assert "" not in drawn
    return printed, drawn


COMMITTED = Path(__file__).parent.parent / "docs" / "course"


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", sorted(HAVE))
def test_the_committed_page_of_a_chapter_says_what_the_course_says(chapter: str, lang: str) -> None:
    pytest.importorskip("matplotlib", reason="plots of the course need matplotlib, which is not installed")
    text, pictures = runpy.run_path(str(COMMITTED.parent / "make_course.py"))["chapter_page"](chapter, lang)
    assert (COMMITTED / f"{chapter.lower()}.{lang}.md").read_text(encoding="utf-8") == text, "run: python docs/make_course.py"
    folder = COMMITTED / f"{chapter.lower()}.{lang}-pictures"
    assert {path.name for path in folder.iterdir()} == set(pictures)
    assert text.count(f"({folder.name}/") == len(pictures)


def test_a_page_of_items_folds_the_answers_and_has_its_pictures_beside_it(tmp_path: Path) -> None:
    text, pictures = markdown([course.item("E9")], "ja", "e-pictures")
    assert text.count("<details>") == 1
    assert "消費税  200 = 200" in text
    assert "](e-pictures/e09.svg)" in text
    assert pictures["e09.svg"].startswith(b"<svg")
    assert picture_in(course.run("E9", quiet=True).pictures[0], ".svg").startswith(b"<svg")
    assert command_line.main(["course", "E9", "-o", str(tmp_path / "nine.md")]) == 0
    assert (tmp_path / "nine-pictures" / "e09.svg").exists()
    assert "](nine-pictures/e09.svg)" in (tmp_path / "nine.md").read_text(encoding="utf-8")


def test_text_in_a_figure_of_a_programs_own_has_japanese_glyphs() -> None:
    figures = pytest.importorskip("viz.plots.figure")
    if figures.japanese_font() is None:
        pytest.skip("no Japanese font is installed")
    [figure] = outcome("C1", "ja").pictures
    label = figure.axes[1].get_xlabel()
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", label)
    assert figures.japanese_font() in figure.axes[1].xaxis.label.get_fontfamily()


def test_a_picture_is_opened_and_what_an_item_has_not_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert command_line.main(["course", "e8", "--open"]) == 0
    assert [url.rpartition("/")[2] for url in opened] == ["e8-1.svg", "e8-1.html"]
    assert command_line.main(["course", "E8", "-o", str(tmp_path / "x.html")]) == 0
    assert "<html" in (tmp_path / "x.html").read_text(encoding="utf-8")
    assert command_line.main(["course", "E9", "-o", str(tmp_path / "y.html")]) == 2
    assert "write chainrule course E9 -o e9.svg" in capsys.readouterr().err
    assert command_line.main(["course", "C2", "-o", str(tmp_path / "y.svg")]) == 2
    assert "C2 has none for y.svg: it has no picture" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"x.html"}


def test_without_matplotlib_numbers_come_first_and_one_sentence_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"] or ["matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("C46", "B11"):
        assert command_line.main(["course", name]) == 1
        told = capsys.readouterr()
        assert " = " in told.out
        assert told.err.count("\n") == 1
        assert "pip install" in told.err
    assert command_line.main(["course", "B11", "-o", str(tmp_path / "b.md")]) == 1
    assert "pip install" in capsys.readouterr().err


def test_without_words_the_command_tells_of_the_course(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 2
    assert "chainrule course" in capsys.readouterr().err
