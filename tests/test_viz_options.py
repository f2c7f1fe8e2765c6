"""No option is ignored in silence: what is asked for is seen in what is made, or refused by name.

A new option of pictures needs its row in `OF_GRAPHS` or `OF_NETWORKS`.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import nn
import viz
from autograd import Value, record, scope, tanh
from viz.network_look import NetworkLook
from viz.shapes import LayoutError, Look


def graph() -> tuple[Value, Value, Value]:
    x, w = Value(3.0), Value(2.0, label="w")
    for i in range(2):
        with scope(f"layer{i}"):
            x = tanh(w * x * 0.25 + 1)
    y = x * x + w
    y.backward()
    return y, x, w


Y, X, W = graph()
MODEL, OTHER = nn.MLP(2, [2, 1], "tanh", seed=1), nn.MLP(2, [2, 1], "tanh", seed=2)
PROGRAM = record(lambda a, b: tanh(a * b) * 2 + a, 1.0, 2.0)
COMMON: dict[str, Any] = {
    "theme": "dark", "number_format": ".2f", "width": 300, "scale": 2.0, "transparent": True, "font": "Fira Sans",
    "title": "Title", "lang": "ja",
}  # fmt: skip
OF_GRAPHS: dict[str, Any] = {
    "style": "record", "names": {"hidden": X}, "engine": "no-such-engine", "show_constants": False, "max_boxes": 4,
    "highlight": [(Y, 0)], "collapse": 1, "opened": ["layer0"], "direction": "TB", "heat": True, "partials": True,
    "backward": True, "focus": W, "at_step": 3, "rate": 0.5, "symbols": True, "rounding": True, "lines": True, **COMMON,
}  # fmt: skip
OF_NETWORKS: dict[str, Any] = {
    "inputs": ["a", "b"], "outputs": ["c"], "image": (1, 2), "layers": ["one", "two"], "level": "layers", "at": [1.0, 2.0],
    "loss": nn.squared_error, "rate": 0.5, "before": OTHER, "bias": "threshold", "weights": "symbols", **COMMON,
}  # fmt: skip
NEEDED: dict[str, dict[str, Any]] = {"opened": {"collapse": 1}, "loss": {"at": ([1.0, 2.0], 0.0)}}
NEEDED["rate"] = {"at": ([1.0, 2.0], 0.0), "loss": nn.squared_error}
"""What an option needs beside it."""


def test_each_option_has_a_row() -> None:
    assert {each.name for each in fields(Look)} - {"_"} == set(OF_GRAPHS)
    assert {each.name for each in fields(NetworkLook)} == set(OF_NETWORKS)


def made(v: Any, suffix: str, folder: Path, options: dict[str, Any]) -> bytes | str:
    """What is saved, or how it is refused."""
    path = folder / f"a{suffix}"
    try:
        viz.save(v, path, **options)
    except (TypeError, ValueError, LayoutError) as error:
        return str(error)
    return path.read_bytes()


@pytest.mark.usefixtures("placed")
@pytest.mark.filterwarnings("ignore:the graph is shown as text")
@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot", ".txt"])
@pytest.mark.parametrize(("v", "options"), [(Y, OF_GRAPHS), (PROGRAM, OF_GRAPHS), (MODEL, OF_NETWORKS)])
def test_an_option_is_seen_in_the_file_or_refused_by_name(v: Any, options: dict[str, Any], suffix: str, tmp_path: Path) -> None:
    if suffix == ".html" and v is not Y:
        pytest.skip("pages are of one Value")
    silent = []
    for name, given in options.items():
        needed = NEEDED.get(name, {}) if v is MODEL or name == "opened" else {}
        before, after = (made(v, suffix, tmp_path, with_it) for with_it in (needed, {**needed, name: given}))
        if isinstance(after, str):
            assert name in after.partition(":")[0] or isinstance(before, str) or name == "engine", after
        elif before == after:
            silent.append(name)
    assert set(silent) <= ({"names", "collapse", "lang"} if v is PROGRAM else set())  # it has no Values, scopes, and few words


@pytest.mark.usefixtures("placed")
@pytest.mark.filterwarnings("ignore:the graph is shown as text")
def test_an_option_is_seen_in_the_picture_of_a_step_or_refused_by_name(tmp_path: Path) -> None:
    y = Value(3.0, label="w") * 2 + 1
    y.backward()
    own = {"names": {"hidden": y}, "highlight": [(y, 0)], "focus": y, "opened": ["nobody"], "max_boxes": 2}
    before = made(y, ".svg", tmp_path, {"at_step": 3})
    for name, given in (OF_GRAPHS | own).items():
        if name not in ("at_step", "collapse"):
            after = made(y, ".svg", tmp_path, {"at_step": 3, name: given})
            assert after != before, name
            assert not isinstance(after, str) or name in after or name in ("engine", "max_boxes"), after


def test_a_folded_box_that_is_not_there_is_not_opened() -> None:
    for options in ({}, {"collapse": 1}, {"collapse": 0}):
        with pytest.raises(ValueError, match=r"^opened: there is no folded box 'nobody'"):
            viz.draw(Y, opened=["layer0", "nobody"] if options.get("collapse") else ["nobody"], **options)
        with pytest.raises(ValueError, match=r"^opened: there is no folded box 'nobody'"):
            viz.html(Y, opened=["nobody"], **options)
    with pytest.raises(ValueError, match=r"'nobody'; there are: layer0, layer1$"):
        viz.draw(Y, opened=["nobody"], collapse=1)
    assert viz.draw(Y, opened=["layer0"], collapse=None).svg == viz.draw(Y, collapse=None).svg  # there, and drawn open as it is


def test_an_animation_shows_all_steps() -> None:
    for name, given in {"at_step": 3, "focus": "w", "rate": 0.5}.items():
        with pytest.raises(TypeError, match=f"^{name}: "):
            viz.animate(Y, **{name: given})


@pytest.mark.parametrize("thing", [Y, MODEL])
def test_whoever_saves_a_gif_is_told_how(thing: Any, tmp_path: Path) -> None:
    hint = r"not as '\.gif'; all steps in motion are viz\.save\(y, 'steps\.gif', at_step='all'\)$"
    with pytest.raises(ValueError, match=hint):
        viz.save(thing, tmp_path / "a.gif")
    with pytest.raises(ValueError, match=hint):
        viz.draw(thing).save(tmp_path / "a.gif")


def test_a_leaf_has_one_rate() -> None:
    with pytest.raises(ValueError, match=r"^rate: two rates are given for one leaf, 0\.5 and by 'w' 0\.1: give it once$"):
        viz.draw(Y, rate={W: 0.5, "w": 0.1})


def test_wires_that_stand_out_are_of_the_graph() -> None:
    for make in (viz.draw, viz.html):
        with pytest.raises(ValueError, match=r"^highlight: none of these wires is in the graph that is drawn$"):
            make(X, highlight=[(Y, 0)])
    assert viz.draw(X, highlight=viz.explain(Y, W)).svg.count('class="lit"') > 1  # of a larger graph: those that are here


@pytest.mark.parametrize(("call", "message"), [
    (lambda: viz.plot_descent(lambda s: s**2, path=[1.0, 0.5], rate=0.3), "^plot_descent: rate: of a descent from start="),
    (lambda: viz.plot_descent(lambda s: s**2, path=[1.0, 0.5], steps=3), "^plot_descent: steps: of a descent from start="),
    (lambda: viz.plot_descent(lambda s: s**2, 1.0, levels=3), "^plot_descent: levels: "),
    (lambda: viz.plot_regions(lambda x, y: [x, y], [(0, 1), (1, 0)], [0, 1], threshold=0.5), "^plot_regions: threshold: "),
    (lambda: viz.plot_loss_surface(MODEL, nn.squared_error, [[0, 0]], [0], 1, levels=3), "^plot_loss_surface: levels: "),
    (lambda: viz.plot_loss_surface(MODEL, nn.squared_error, [[0, 0]], [0], [OTHER], seed=3), "^plot_loss_surface: seed: "),
])  # fmt: skip
def test_an_option_of_a_plot_that_would_say_nothing_is_refused(call: Any, message: str) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(TypeError, match=message):
        call()
