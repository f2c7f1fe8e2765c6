"""The SVG: well-formed, safe, the same everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from graphs import labelled as graph
from hypothesis import given, settings
from hypothesis import strategies as st
from svg import NAMESPACE, parsed, safe, texts

import viz
from autograd.functions import FUNCTIONS
from autograd.value import Value
from viz.graph.draft import STYLES
from viz.graph.layout import place
from viz.graph.paint import paint
from viz.graph.pictures import picture
from viz.shapes import Look

HOSTILE = [
    "<script>alert(1)</script>", "</text></svg>", "a&b\"c'd", "{|}\\`", "line\nbreak\r\t", "\x00\x01\x1f\x7f", "\ud800",
    "\udfff\ud800",
    "\u202eright to left\u202c", "\ufffe\uffff", "x" * 10_000, "リンゴ" * 100, "e" + "\u0301" * 300, "👩\u200d👧", "]]>",
    "<!--", "&#0;",
    "javascript:alert(1)", "onload=alert(1)", "${x}",
]  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels(label: str, style: str) -> None:
    safe(viz.svg(graph(label), style))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3), st.sampled_from([*STYLES]))
def test_any_label(labels: list[str], style: str) -> None:
    safe(viz.svg(graph(*labels), style))


def test_labels_are_shown_as_written() -> None:
    assert {"<b> & co", "リンゴの値段"} <= set(texts(viz.svg(graph("<b> & co", "リンゴの値段", "y"))))


def test_a_reader_without_eyes_is_told() -> None:
    svg = viz.svg(graph("price", "total"))
    root = parsed(svg)
    assert root.get("role") == "img"
    assert [root[i].tag.removeprefix(NAMESPACE) for i in (1, 2)] == ["title", "desc"]
    assert (root[1].text or "").startswith("total = ")
    assert "Gradient by price: " in (root[2].text or "")


def test_small_graphs_have_their_natural_size() -> None:
    root = parsed(viz.svg(Value(2.0, label="x")))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert float(root.get("width", 0)) < 250
    assert "style" not in root.attrib


def test_nan_is_painted_in_the_colour_of_alarm() -> None:
    root = parsed(viz.svg(Value(float("nan"), label="x")))
    assert [t.text for t in root.iter(f"{NAMESPACE}text") if t.get("class") == "alarm"] == ["nan"]


def test_arrow_heads_stand_apart() -> None:
    y = Value(1.0)
    root = parsed(viz.svg(FUNCTIONS["clip"](y, y, y)))
    heads = [re.findall(r"-?[\d.]+", e.get("d", ""))[:2] for e in root.iter(f"{NAMESPACE}path") if e.get("class") == "head"]
    heights = sorted(float(height) for _, height in heads[:3])
    assert min(b - a for a, b in pairwise(heights)) >= 10


@pytest.mark.parametrize(("direction", "along"), [("LR", "H"), ("TB", "V")])
@pytest.mark.parametrize("style", STYLES)
def test_a_wire_is_one_unbroken_path_that_ends_at_its_arrow(style: str, direction: str, along: str) -> None:
    paths = list(parsed(viz.svg(graph("x", "y"), style, direction=direction)).iter(f"{NAMESPACE}path"))
    wires = [(a.get("d", ""), b.get("d", "")) for a, b in pairwise(paths) if a.get("class") == "wire"]
    assert len(wires) > 5
    for wire, head in wires:
        assert wire.count("M") == 1
        tip = float(re.findall(r"-?[\d.]+", head)[along == "V"])
        assert abs(float(wire.rpartition(along)[2]) - (tip - 6)) < 0.11


def way(d: str) -> list[tuple[float, float]]:
    """Points on a path of the commands M, H, V and C."""
    found: list[tuple[float, float]] = []
    for letter, rest in re.findall(r"([MHVC])([^MHVC]*)", d):
        numbers = [float(x) for x in rest.split()]
        if letter in "HV":
            numbers = [numbers[0], found[-1][1]] if letter == "H" else [found[-1][0], numbers[0]]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if letter == "C":
            (x0, y0), ((x1, y1), (x2, y2), (x3, y3)) = found[-1], points
            for k in range(1, 9):
                a, b, c, e = (1 - k / 8) ** 3, 3 * (1 - k / 8) ** 2 * k / 8, 3 * (1 - k / 8) * (k / 8) ** 2, (k / 8) ** 3
                found.append((a * x0 + b * x1 + c * x2 + e * x3, a * y0 + b * y1 + c * y2 + e * y3))
        else:
            found += points
    return found


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("neurons", [2, 3, 4])
def test_no_wire_runs_through_a_box(neurons: int, direction: str, engine: str) -> None:
    outputs, xs = [], [Value(k + 1.0, label=f"x{k}") for k in range(2)]
    for j in range(neurons):
        total = Value(0.5, label=f"b{j}")
        for k, x in enumerate(xs):
            total = Value(k - 0.7, label=f"w{j}{k}") * x + total
        outputs.append(FUNCTIONS["tanh"](total))
    y = sum(outputs)
    y.backward()
    drawn = picture(y, direction=direction)
    placed = place(drawn, engine)
    root = parsed(paint(drawn, placed, Look(theme="light"), marked=True))
    for element in root.iter(f"{NAMESPACE}path"):
        if element.get("data-wire") and element.get("fill") == "none":
            wire = drawn.wires[int(element.get("data-wire", ""))]
            for i, ((x, y), box) in enumerate(zip(placed.boxes, drawn.boxes, strict=True)):
                if i not in {wire.tail, wire.head}:
                    width, height = box.body if any(box.body) else (box.width, box.height)
                    assert not any(
                        abs(at[0] - x) < width / 2 - 2 and abs(at[1] - y) < height / 2 - 2 for at in way(element.get("d", ""))
                    )


def test_downward_the_gradient_of_a_nameless_leaf_stands_beside_its_dot() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    for direction, anchor in (("LR", None), ("TB", "start")):
        (text,) = [t for t in parsed(viz.svg(y, direction=direction)).iter(f"{NAMESPACE}text") if t.text == "grad 4"]
        assert text.get("text-anchor") == anchor


def test_heat_is_painted_with_heads_of_its_colour_and_a_neutral_wire_before_backward() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0 - x
    assert not re.search(r'class="(plus|minus)', viz.svg(y, heat=True))
    y.backward()
    light, dark = (viz.svg(y, heat=True, theme=theme) for theme in ("light", "dark"))
    for svg, plus, minus in ((light, "#0b5cad", "#b54000"), (dark, "#79b8ff", "#ffa657")):
        assert svg.count(f'class="plus" stroke="{plus}"') == svg.count(f'class="plus-head" fill="{plus}"') == 3
        assert svg.count(f'class="minus" stroke="{minus}"') == svg.count(f'class="minus-head" fill="{minus}"') == 1


SAME = """
import sys
import viz
from autograd.functions import FUNCTIONS
from autograd.value import Value
from viz.graph.layout import place
from viz.graph.paint import paint
from viz.graph.pictures import picture
x, y = Value(1.5, label="x"), Value(0.25, label="リンゴ")
z = FUNCTIONS["sin"](x) * y + x ** 2 / y
z.backward()
drawn = viz.draw(z, sys.argv[1], engine=sys.argv[2], names={"z": z, "w": {1, 2}})
sys.stdout.buffer.write((drawn.svg + drawn.dot + viz.text(z)).encode())
"""


SAME_FOLDED = """
import sys
import viz
from networks import Network
loss = Network(3, 4, 4, 1).loss(9)
options = dict(heat=True, partials=True, opened=["layer1 / neuron2", "loss"])
drawings = [viz.draw(loss, sys.argv[1], engine=sys.argv[2]), viz.draw(loss, sys.argv[1], engine=sys.argv[2], **options)]
sys.stdout.buffer.write("".join(drawn.svg + drawn.dot for drawn in drawings).encode())
"""


@pytest.mark.parametrize("program", [SAME, SAME_FOLDED])
@pytest.mark.parametrize("style", STYLES)
def test_the_same_bytes_in_every_process(style: str, program: str, engine: str) -> None:
    outputs = set()
    for seed in ("0", "1", "4711"):
        paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-P", "-c", program, style, engine]
        outputs.add(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    assert len(outputs) == 1
    assert next(iter(outputs)).startswith(b"<svg ")


def test_a_result_does_not_look_like_an_input() -> None:
    x = Value(2.0, label="x")
    y = x * x
    y.label = "y"
    groups = parsed(viz.svg(y, "record")).iter(f"{NAMESPACE}g")
    look = {name: rect.get("class") for g in groups if (rect := g.find(f"{NAMESPACE}rect")) is not None
            for name in ((text.text or "") for text in g.findall(f"{NAMESPACE}text"))}  # fmt: skip
    assert (look["x"], look["y"]) == ("leaf", "body")


def test_marks_tell_boxes_wires_and_numbers() -> None:
    y = graph("x", "y")
    drawn = picture(y)
    placed = place(drawn)
    root = parsed(paint(drawn, placed, Look(), marked=True))
    for what, many in (("box", len(drawn.boxes)), ("wire", len(drawn.wires)), ("numbers", sum(bool(at) for at in placed.labels))):
        assert len({e.get(f"data-{what}") for e in root.iter() if e.get(f"data-{what}")}) == many
    seen = {e.get("data-box"): [t.text for t in e.iter(f"{NAMESPACE}text")] for e in root.iter(f"{NAMESPACE}g")}
    assert all(seen[str(i)][0] == box.texts[0].content for i, box in enumerate(drawn.boxes) if box.texts)
    assert "data-" not in viz.svg(y)
    for wire in drawn.wires[:-1]:
        ((v, i),) = wire.links
        assert drawn.boxes[wire.head].values == (v,)
        assert drawn.boxes[wire.tail].values == ((v.operands[i],) if type(v.operands[i]) is Value else ())


def numbers_in(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", path)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("partials", [False, True])
def test_the_gradient_flows_back_on_arrows_that_touch_nothing(style: str, direction: str, partials: bool) -> None:
    x, w = Value(123456.0, label="x"), Value(-2.0, label="w")
    y = (x * w + w) * (w * 3 - 1) + x
    y.backward()
    drawn = picture(y, style, direction=direction, backward=True, partials=partials)
    placed = place(drawn)
    groups = parsed(paint(drawn, placed, Look(direction=direction), marked=True)).iter(f"{NAMESPACE}g")
    given = {int(i): g for g in groups if (i := g.get("data-numbers"))}
    assert {i for i, g in given.items() if g.find(f"{NAMESPACE}path[@class='back']") is not None} == {
        i for i, wire in enumerate(drawn.wires) if wire.gradient is not None
    }
    for i, g in given.items():
        wire, (x0, y0) = drawn.wires[i], placed.labels[i] or (0.0, 0.0)
        line, head = (g.find(f"{NAMESPACE}path[@class='{part}']") for part in ("back", "back-head"))
        if line is None or head is None:
            continue
        from_x, from_y, to_x, to_y = numbers_in(line.get("d", ""))
        assert (to_x < from_x and to_y == from_y) if direction == "LR" else (to_y < from_y and to_x == from_x)
        assert max(from_x - to_x, from_y - to_y) >= 40
        assert 8 <= (from_y - y0 if direction == "LR" else from_x - x0) <= 10, "beside its wire"
        inside = abs(from_x - x0) <= wire.width / 2 + 0.1 and abs(from_y - y0) <= wire.height / 2 + 0.1
        assert inside, "it leaves the room that the layout keeps free"
        beyond = 3.6 if direction == "LR" else -3.6  # the numbers stand clear of the arrow
        for text in g.findall(f"{NAMESPACE}text"):
            at = float(text.get("x", "0")), float(text.get("y", "0"))
            if text.get("class") in {"grad", "note"}:
                assert at[1] - 10 > from_y + beyond if direction == "LR" else at[0] > from_x - beyond
                assert at[1] < y0 + wire.height / 2
            else:
                assert at[1] < from_y - beyond if direction == "LR" else at[0] < from_x + beyond
