"""Graphviz places the boxes; whatever it does, nothing but `LayoutError` comes out."""

from __future__ import annotations

import os
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from autograd.functions import FUNCTIONS
from autograd.functions import sum as summed
from autograd.value import Value
from viz.graph import layout
from viz.graph.draft import STYLES
from viz.graph.layout import find, place
from viz.graph.pictures import picture
from viz.shapes import LayoutError


def some_graph() -> Value:
    x, y = Value(1.5, label="x"), Value(0.5, label="リンゴの値段" * 3)
    h = x * x + y
    return summed([FUNCTIONS["sin"](h) * h, h, x, 2, y]) / h


def command(folder: Path, code: str) -> str:
    """A command that runs Python code in place of Graphviz."""
    path = folder / "engine"
    path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


on_posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for Graphviz is a script with a #! line")


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("options", [{}, {"partials": True}, {"max_boxes": 5}])
def test_nothing_stands_on_anything_else(style: str, direction: str, options: dict[str, Any]) -> None:
    y = some_graph()
    y.backward()
    drawn = picture(y, style, direction=direction, **options)
    placed = place(drawn, "graphviz-pure")
    taken = [(*at, box.width, box.height) for box, at in zip(drawn.boxes, placed.boxes, strict=True)]
    taken += [(*at, wire.width, wire.height) for wire, at in zip(drawn.wires, placed.labels, strict=True) if at]
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(taken, 2):
        assert abs(x1 - x2) >= (w1 + w2) / 2 - 1 or abs(y1 - y2) >= (h1 + h2) / 2 - 1
    for x1, y1, w1, h1 in taken:
        assert -1 <= x1 - w1 / 2 <= x1 + w1 / 2 <= placed.width + 1
        assert -1 <= y1 - h1 / 2 <= y1 + h1 / 2 <= placed.height + 1


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_wires_run_in_their_direction_and_all_have_a_route(direction: str) -> None:
    drawn = picture(some_graph(), direction=direction)
    placed, along = place(drawn, "graphviz-pure"), direction == "TB"
    for wire, (first, second) in zip(drawn.wires, placed.routes, strict=True):
        assert placed.boxes[wire.tail][along] < placed.boxes[wire.head][along]
        assert first
        assert bool(second) == bool(wire.width)


def test_graphviz_sees_no_label() -> None:
    x = Value(1.0, label='secret"];')
    assert "secret" not in layout.request(picture(x * x))


def test_the_command_is_found_beside_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert find("graphviz-pure")


def test_without_any_engine_the_error_names_both() -> None:
    with pytest.raises(LayoutError, match=r"^no-such-engine is not installed$"):
        place(picture(Value(1.0)), "no-such-engine")


@on_posix
def test_the_next_engine_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = command(tmp_path, "import sys; sys.exit('no layout today')")
    monkeypatch.setattr(layout, "ENGINES", (broken, "graphviz-pure"))
    assert place(picture(Value(1.0))).width > 0
    monkeypatch.setattr(layout, "ENGINES", (broken, "no-such-engine"))
    with pytest.raises(LayoutError, match="engine failed: no layout today; no-such-engine is not installed"):
        place(picture(Value(1.0)))


@on_posix
@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"bb": "0,0,1,1", "objects": []}', '{"bb": "0,0,1"}', '{"bb": "a,b,c,d"}'])
def test_nonsense_from_an_engine_is_an_error_of_layout(tmp_path: Path, answer: str) -> None:
    with pytest.raises(LayoutError, match="failed"):
        place(picture(Value(1.0)), command(tmp_path, f"print({answer!r})"))


@on_posix
def test_a_slow_engine_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layout, "TIMEOUT", 0.2)
    with pytest.raises(LayoutError, match="took more than 0 s for 2 boxes"):
        place(picture(Value(1.0)), command(tmp_path, "import time; time.sleep(60)"))
