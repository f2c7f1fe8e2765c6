"""The Digraph that `viz.draw_dot` gives: rendered without Graphviz on the path, and each label as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import engines
import graphviz
import pytest
import svg
from engines import DOT, PURE, needed
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import viz
from autograd.value import Value
from viz import digraph
from viz.digraph import Digraph
from viz.graph import layout
from viz.words import pixels


def made(label: str = "x") -> Digraph:
    x = Value(3.0, label=label)
    y = x * x
    y.backward()
    return viz.draw_dot(y)


@pytest.fixture(autouse=True)
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """No `dot`, wherever the tests run, unless it is all that there is."""
    if engines.installed() == [DOT]:
        return
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **options: None if name == "dot" else which(name, **options))


def test_it_is_the_packages_class() -> None:
    assert isinstance(made(), graphviz.Digraph)
    assert type(made()).__name__ == "Digraph"
    assert isinstance(made().copy(), Digraph)


def test_a_notebook_shows_it() -> None:
    (shown,) = made()._repr_mimebundle_().values()
    assert sorted(svg.texts(shown)) == ["data 3", "data 9", "grad 1", "grad 6", "x", "×"]
    assert list(made()._repr_mimebundle_(include=["image/png"])) == ["image/png"]


def test_pipe() -> None:
    drawn = made().pipe(encoding="utf-8")
    assert isinstance(drawn, str)
    assert made().pipe() == drawn.encode()
    assert made().pipe("png").startswith(b"\x89PNG")
    assert made().pipe("jpg").startswith(b"\xff\xd8")
    assert made().pipe(engine="dot") == drawn.encode()


def test_what_is_added_is_drawn() -> None:
    drawn = made()
    drawn.node("more", label="and this")
    assert "and this" in svg.texts(drawn.pipe(encoding="utf-8"))


def test_render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert made().render() == "Digraph.gv.svg"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Digraph.gv", "Digraph.gv.svg"]
    assert made().render("graph", cleanup=True) == "graph.svg"
    assert Path("graph.svg").read_bytes() == made().pipe()
    assert not Path("graph").exists()
    assert made().render(outfile="named.png") == "named.png"
    assert Path("named.png").read_bytes().startswith(b"\x89PNG")
    assert Path("named.gv").read_text(encoding="utf-8") == made().source
    assert Path(made().render("deep", directory="folder", format="png")) == Path("folder/deep.png")
    drawn = made()
    drawn.format = "png"
    assert drawn.render("format") == "format.png"


def test_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(graphviz, "view", seen.append)
    assert seen == [made().render(tmp_path / "graph", view=True)]


def test_of_a_network(tmp_path: Path) -> None:
    path = viz.draw_dot(nn.MLP(2, [1], seed=1)).render(tmp_path / "net")
    assert Path(path).read_text(encoding="utf-8").count("<ellipse") == 3


def test_japanese_in_a_png() -> None:
    pytest.importorskip("resvg_py")
    assert made("値段").pipe("png").startswith(b"\x89PNG")


def test_pdf_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    needed(PURE)  # a `dot` writes PDF itself

    def missing(_: str) -> bytes:
        message = "saving as .pdf needs an extra"
        raise ModuleNotFoundError(message)

    monkeypatch.setattr(digraph, "pdf", missing)
    with pytest.raises(ModuleNotFoundError, match=r"\.pdf needs an extra"):
        made().pipe("pdf")


def test_what_only_graphviz_understands_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(graphviz.ExecutableNotFound):
        made().pipe("svg", renderer="cairo")
    with pytest.raises(graphviz.ExecutableNotFound):
        made().render(tmp_path / "graph", neato_no_op=True)


def test_without_any_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "find", lambda _: None)
    with pytest.raises(viz.shapes.LayoutError, match="graphviz-pure is not installed; dot is not installed"):
        made().pipe()
    with pytest.warns(UserWarning, match="shown as DOT: graphviz-pure is not installed") as caught:
        assert made()._repr_mimebundle_() == {"text/plain": made().source}
    assert len(caught) == 1


def test_a_bare_path(tmp_path: Path) -> None:
    """As a newcomer has it: no Graphviz anywhere but beside Python."""
    needed(PURE)
    program = "import viz; from autograd import Value; print(len(viz.draw_dot(Value(2.0) * 3).pipe()) > 500)"
    there = {**os.environ, "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=there, cwd=tmp_path)
    assert done.stdout == "True\n"


@pytest.mark.parametrize("label", ["\\lambda", "\\nu", "C:\\new\\run", "\\", "\\\\", "a\\", "\\N\\G\\L", "\\{x\\|y\\}"])
def test_a_backslash_is_a_backslash(label: str) -> None:
    assert svg.texts(made(label).pipe(encoding="utf-8"))[0].replace("\xa0", " ") == label


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from('\\nlrNGT{}|<>"&;#x '), min_size=1, max_size=12).map(str.strip).filter(bool))
def test_a_label_stands_there_as_it_is(label: str) -> None:
    shown = svg.texts(made(label).pipe(encoding="utf-8"))[0].replace("\xa0", " ")
    assert " ".join(shown.split()) == " ".join(label.split())


def test_texts_have_room_for_wider_fonts() -> None:
    """Those that stand in for Times on many systems are a fifth wider."""
    drawn = made("リンゴの値段").pipe(encoding="utf-8")
    box = re.search(r'<polygon fill="none" stroke="black" points="([-\d.]+),[-\d.]+ [-\d.]+,[-\d.]+ ([-\d.]+),', drawn)
    assert box
    assert float(box[2]) - float(box[1]) > sum(pixels(text, 14.0) + 8 for text in ("リンゴの値段", "data 3", "grad 6"))
