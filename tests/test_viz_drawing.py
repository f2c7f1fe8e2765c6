"""A finished picture: files, notebook, and what happens where none can be made."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import long_chain

import viz
from autograd.functions import FUNCTIONS
from autograd.functions import sum as summed
from autograd.value import Value


@pytest.fixture
def y() -> Value:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    return y


def test_a_drawing_is_the_graph_as_it_was(y: Value) -> None:
    drawn = viz.draw(y)
    y.backward()
    assert drawn.svg != viz.svg(y)
    assert repr(drawn).startswith("<Drawing: ")


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<svg "), (".dot", b"digraph {"), (".txt", b"      data  grad"), (".SVG", b"<svg ")]
)
def test_save_by_suffix(y: Value, tmp_path: Path, suffix: str, start: bytes) -> None:
    viz.save(y, tmp_path / f"graph{suffix}")
    assert (tmp_path / f"graph{suffix}").read_bytes().startswith(start)
    viz.draw(y).save(str(tmp_path / f"again{suffix}"))
    assert (tmp_path / f"again{suffix}").read_bytes() == (tmp_path / f"graph{suffix}").read_bytes()


def test_a_path_in_the_place_of_what_is_drawn_is_told(y: Value) -> None:
    for wrong in (("graph.svg", y), (y, 3), (y, None)):
        with pytest.raises(TypeError, match=r"save\(v, path\): first what is drawn, then the path"):
            viz.save(*wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("suffix", "package", "start"), [(".png", "resvg_py", b"\x89PNG"), (".pdf", "cairosvg", b"%PDF")])
def test_save_through_an_extra(y: Value, tmp_path: Path, suffix: str, package: str, start: bytes) -> None:
    pytest.importorskip(package)
    viz.save(y, tmp_path / f"graph{suffix}")
    assert (tmp_path / f"graph{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize(("suffix", "package"), [("png", "resvg-py"), ("pdf", "cairosvg")])
def test_a_missing_package_is_named(y: Value, tmp_path: Path, suffix: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=rf"saving as \.{suffix} needs the package {package}: pip install {package}$"):
        viz.save(y, tmp_path / f"graph.{suffix}")


def test_a_missing_font_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    drawn, japanese = viz.draw(Value(1.0, label="x")), viz.draw(Value(1.0, label="値"))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: "fc-list")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, b""))
    drawn.save(tmp_path / "latin.png")
    with pytest.warns(UserWarning, match="no font with Japanese glyphs"):
        japanese.save(tmp_path / "japanese.png")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, b"Noto Sans CJK JP\n"))
    japanese.save(tmp_path / "japanese.png")


@pytest.mark.parametrize("name", ["graph.htm", "graph.jpg", "graph"])
def test_another_suffix_is_refused_before_drawing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"saved as one of \.svg, \.html, \.dot, \.txt, \.png, \.pdf, not as"):
        viz.save(None, tmp_path / name)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_without_an_engine_one_warning_and_the_text(y: Value) -> None:
    with pytest.warns(UserWarning, match="shown as text: no-such-engine is not installed") as caught:
        drawn = viz.draw(y, engine="no-such-engine")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert drawn.text == viz.text(y)
    assert "├─ x     3     6  3" in drawn.svg
    assert drawn.dot.startswith("digraph {\nrankdir=LR\nb0 [label=")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("suffix", [".dot", ".txt"])
def test_dot_and_text_need_no_graphviz_and_have_no_limit(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.graph.layout.place", None)
    y = FUNCTIONS["tanh"](summed([long_chain(1000), *(Value(float(i), label=f"w{i}") for i in range(30))]))
    viz.save(y, tmp_path / f"graph{suffix}")
    text = (tmp_path / f"graph{suffix}").read_text(encoding="utf-8")
    assert "w29" in text
    assert " more" not in text
    assert text.count("1.5") >= 1000
    with pytest.raises(ValueError, match="no style"):
        viz.save(y, tmp_path / f"graph{suffix}", "wide")


def test_warnings_point_at_the_caller(y: Value, tmp_path: Path) -> None:
    for make in (lambda: viz.svg(y, engine="none"), lambda: viz.save(y, tmp_path / "a.svg", engine="none")):
        with pytest.warns(UserWarning, match="shown as text") as caught:
            make()
        assert [warning.filename for warning in caught] == [__file__]


def test_names_are_a_mapping(y: Value) -> None:
    with pytest.raises(TypeError, match="names is a mapping from names to Values, such as locals"):
        viz.text(y, names=[y])  # type: ignore[arg-type]


def test_too_large_a_graph_is_shown_as_text() -> None:
    with pytest.warns(UserWarning, match="shown as text: 1,001 values are too many to be read"):
        drawn = viz.draw(long_chain(1000), collapse=None)
    assert "... 961 more" in drawn.text
    assert "... 961 more" in drawn.svg
    assert drawn.dot.startswith("digraph {\n// 1,001 values")


def test_options_reach_the_picture() -> None:
    x = Value(2.0)
    y = x * 7
    assert ">x<" in viz.svg(y, names={"x": x})
    assert ">7<" in viz.svg(y)
    assert ">7<" not in viz.svg(y, show_constants=False)
    assert ">data 14<" in viz.svg(y, "record")
    with pytest.raises(ValueError, match="no theme 'x'"):
        viz.draw(y, theme="x")


def test_wings_are_imported_when_they_are_used() -> None:
    program = "import sys, viz; print(sorted(name for name in sys.modules if name.startswith('viz.') and name.count('.') > 1))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_module_bears_the_name_of_a_public_function() -> None:
    assert viz.__file__
    modules = {path.stem for path in Path(viz.__file__).parent.rglob("*.py")}
    assert not modules & set(viz.__all__)
    assert {"draft", "layout", "paint", "outline", "wiring", "__main__"} <= modules
