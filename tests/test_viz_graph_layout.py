"""Graphviz places the boxes; whatever it does, nothing but `LayoutError` comes out."""

from __future__ import annotations

import os
import sys
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engines
import pytest
from engines import PURE, needed

import viz
from autograd.functions import FUNCTIONS
from autograd.functions import sum as summed
from autograd.value import Value
from viz.graph import layout
from viz.graph.draft import STYLES
from viz.graph.layout import find, place
from viz.graph.pictures import picture
from viz.shapes import LayoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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
def test_nothing_stands_on_anything_else(style: str, direction: str, options: dict[str, Any], engine: str) -> None:
    y = some_graph()
    y.backward()
    drawn = picture(y, style, direction=direction, **options)
    placed = place(drawn, engine)
    taken = [(*at, box.width, box.height) for box, at in zip(drawn.boxes, placed.boxes, strict=True)]
    taken += [(*at, wire.width, wire.height) for wire, at in zip(drawn.wires, placed.labels, strict=True) if at]
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(taken, 2):
        assert abs(x1 - x2) >= (w1 + w2) / 2 - 1 or abs(y1 - y2) >= (h1 + h2) / 2 - 1
    for x1, y1, w1, h1 in taken:
        assert -1 <= x1 - w1 / 2 <= x1 + w1 / 2 <= placed.width + 1
        assert -1 <= y1 - h1 / 2 <= y1 + h1 / 2 <= placed.height + 1


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_wires_run_in_their_direction_and_all_have_a_route(direction: str, engine: str) -> None:
    drawn = picture(some_graph(), direction=direction)
    placed, along = place(drawn, engine), direction == "TB"
    for wire, (first, second) in zip(drawn.wires, placed.routes, strict=True):
        assert placed.boxes[wire.tail][along] < placed.boxes[wire.head][along]
        assert first
        assert bool(second) == bool(wire.width)


def test_graphviz_sees_no_label() -> None:
    x = Value(1.0, label='secret"];')
    assert "secret" not in layout.request(picture(x * x))


def test_the_command_is_found_beside_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    needed(PURE)
    monkeypatch.setenv("PATH", "")
    assert find(PURE)


def test_a_platform_without_users_has_commands_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python in a browser: it knows no scheme of a user's own files, and has no executable."""

    def none_of_it(key: str) -> str:
        message = f"{key!r} returned 'posix_user', which is not a valid scheme on this platform"
        raise ValueError(message)

    name = Path(engines.command()).stem
    monkeypatch.setattr(layout.sysconfig, "get_preferred_scheme", none_of_it)
    assert find(name)
    monkeypatch.setattr(sys, "executable", "")
    assert find(name)
    assert find("no-such-engine") is None


@pytest.fixture
def asked() -> Iterator[list[tuple[str, list[str]]]]:
    """What a function that lays out, by the command that is here, is asked."""
    asked: list[tuple[str, list[str]]] = []
    command = engines.command()

    def by_hand(source: str, options: Sequence[str]) -> str:
        asked.append((source, list(options)))
        return layout._answer([command, *options], source, 20.0).decode()

    viz.layout_with(by_hand)
    yield asked
    viz.layout_with(None)


def test_a_function_lays_out_and_gives_the_same_picture(asked: list[tuple[str, list[str]]]) -> None:
    y = some_graph()
    drawn = viz.svg(y)
    assert [options for _, options in asked] == [["-Kdot", "-Tjson0"]]
    assert drawn == viz.svg(y, engine=engines.installed()[0])
    assert len(asked) == 1  # a command that is named is used
    viz.layout_with(None)
    assert drawn == viz.svg(y)
    assert len(asked) == 1


def test_a_function_is_asked_for_one_graph_at_a_time(asked: list[tuple[str, list[str]]]) -> None:
    one, two = picture(some_graph()), picture(Value(1.0) * 2)
    assert layout.places([one, two]) == layout.places([one, two], engines.installed()[0])
    assert [source.count("digraph") for source, _ in asked] == [1, 1]


def test_a_function_renders_a_digraph(asked: list[tuple[str, list[str]]]) -> None:
    assert viz.draw_dot(Value(1.0) * 2).pipe("svg", encoding="utf-8").count("<ellipse") > 0
    assert asked[0][1][:2] == ["-Kdot", "-Tsvg"]


@pytest.mark.parametrize("answer", ["", "{}", b"\xff", 3, None, RuntimeError("no memory"), MemoryError()])
def test_what_a_function_gets_wrong_is_a_cause_and_the_commands_are_tried(
    monkeypatch: pytest.MonkeyPatch, answer: object, asked: list[tuple[str, list[str]]]
) -> None:
    def wrong(source: str, options: Sequence[str]) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    viz.layout_with(wrong)
    assert place(picture(Value(1.0))).width > 0
    monkeypatch.setattr(layout, "ENGINES", ("no-such-engine",))
    with pytest.raises(LayoutError, match=r"^wrong failed: .+; no-such-engine is not installed$"):
        place(picture(Value(1.0)))


def test_no_other_layout_is_taken() -> None:
    with pytest.raises(TypeError, match=r"a function of a graph's DOT and Graphviz's options, not 'dot'; .* engine="):
        viz.layout_with("dot")


def test_without_any_engine_the_error_names_both() -> None:
    with pytest.raises(LayoutError, match=r"^no-such-engine is not installed$"):
        place(picture(Value(1.0)), "no-such-engine")


@on_posix
def test_the_next_engine_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = command(tmp_path, "import sys; sys.exit('no layout today')")
    monkeypatch.setattr(layout, "ENGINES", (broken, engines.command()))
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
