"""The picture of a network: a wire for each weight, in its colour and its width; numbers and names that never overlap."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import check_texts, drawn_at_random, filled
from svg import NAMESPACE, parsed, tags, texts

import nn
import viz
from autograd import Value, softmax
from viz.network.columns import LEVELS
from viz.network.wiring import NUMBER, spread
from viz.shapes import Text
from viz.words import number, pixels

HOSTILE = [
    "<script>alert(1)</script>", "a&b\"c'd", "line\nbreak", "\x00", "\ud800", "\u202ertl", "x" * 1000, "リンゴの値段", "]]>", "",
]  # fmt: skip
NAMES = st.text() | st.sampled_from(HOSTILE)
NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7e308, -0.5, 1.0, 1 / 3])


def wires(svg: str) -> dict[tuple[str, int, int], tuple[float, ET.Element]]:
    """The weight that each wire tells on hover, and its path, by layer, input and unit."""
    found = {}
    for path in tags(svg, "path"):
        title = path.find(f"{NAMESPACE}title")
        if title is not None:
            told = re.fullmatch(r"(.*)\nweight (\S+) from input (\d+) to unit (\d+)", title.text or "")
            assert told
            key = told[1].partition(":")[0], int(told[3]), int(told[4])
            assert key not in found
            found[key] = float(told[2]), path
    return found


SMALL = [(1, 1), (2, 2, 1), (2, 3, 1), (3, 4, 4, 1), (2, 16, 8), (5, 1, 5)]


@pytest.mark.parametrize("sizes", SMALL)
def test_each_weight_is_a_wire_in_the_colour_of_its_sign_and_as_wide_as_it_is_great(sizes) -> None:
    model = drawn_at_random(nn.MLP(sizes[0], list(sizes[1:])))
    state = model.state_dict()
    found = wires(viz.svg(model))
    weights = {
        (f"layers.{i}", j, k): w
        for i in range(len(sizes) - 1) for k, row in enumerate(state[f"layers.{i}.w"]) for j, w in enumerate(row)
    }  # fmt: skip
    assert {key: w for key, (w, _) in found.items()} == weights
    assert all(path.get("class") == ("plus" if w > 0 else "minus") for w, path in found.values())
    for what in ("stroke-width", "stroke-opacity"):
        by_size = [float(path.get(what, "")) for _, path in sorted(found.values(), key=lambda wire: abs(wire[0]))]
        assert by_size == sorted(by_size)
        assert len(wires(viz.svg(model))) < 3 or by_size[0] < by_size[-1]


def test_wires_lead_from_unit_to_unit() -> None:
    model = drawn_at_random(nn.MLP(3, [4, 2]))
    svg = viz.svg(model)
    circles = {(float(c.get("cx", "")), float(c.get("cy", ""))) for c in tags(svg, "circle")}
    columns = [sorted(y for x, y in circles if x == column) for column in sorted({x for x, _ in circles})]
    assert [len(column) for column in columns] == [3, 4, 2]
    for (layer, j, k), (_, path) in wires(svg).items():
        i = int(layer[-1])
        x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", path.get("d", "")))
        assert {(x0, y0), (x1, y1)} <= circles
        assert (y0, y1) == (columns[i][j], columns[i + 1][k])


def test_negative_wires_are_broken_for_eyes_that_do_not_tell_the_colours_apart() -> None:
    found = wires(viz.svg(drawn_at_random(nn.MLP(2, [3, 1]))))
    assert all((w < 0) == bool(path.get("stroke-dasharray")) for w, path in found.values())
    assert {w > 0 for w, _ in found.values()} == {True, False}


@pytest.mark.parametrize("sizes", [(64, 32, 10), (65, 30, 4)])
def test_of_many_weights_those_of_a_shade_are_one_path(sizes) -> None:
    model = drawn_at_random(nn.MLP(sizes[0], list(sizes[1:])))
    state, svg = model.state_dict(), viz.svg(model)
    ends = [*range(16), *range(49, 65)] if sizes[0] == 65 else range(64)
    weights = [row[j] for row in state["layers.0.w"] for j in ends] + [w for row in state["layers.1.w"] for w in row]
    for part, sign in (("plus", 1), ("minus", -1)):
        paths = [path.get("d", "") for path in tags(svg, "path") if path.get("class") == part]
        counts = [d.count("M") for d in paths if "L" in d]
        assert sum(counts) == sum(w * sign > 0 for w in weights)
        assert 1 < len(counts) <= LEVELS
        greatest = max(abs(w) for w in weights)
        levels = [math.ceil(abs(w) / greatest * LEVELS) for w in weights if w * sign > 0]
        assert counts == [levels.count(level) for level in sorted(set(levels))]  # the weakest first: the strongest lie on top
    assert not wires(svg)
    assert ("and 33 more" in texts(svg)) is (sizes[0] == 65)


def test_sizes_of_files() -> None:
    assert len(viz.svg(drawn_at_random(nn.MLP(64, [32, 10])))) < 100_000
    assert len(viz.svg(drawn_at_random(nn.MLP(64, [32, 10])), image=(8, 8))) < 100_000
    large = nn.MLP(784, [1000, 10], seed=1)
    whole, images = viz.svg(large), viz.svg(large, image=(28, 28))
    assert len(whole) < 100_000
    assert len(images) < 500_000
    assert {"and 752 more", "and 968 more"} <= set(texts(whole))
    assert "and 970 more" in texts(images)
    assert "784,000 → " not in whole
    assert "Layer(784 -&gt; 1000, relu), 785,000 parameters. Weights from −1" in whole


def test_deep_networks_have_fewer_units_a_column() -> None:
    assert len(viz.svg(nn.MLP(64, [64] * 9, seed=1))) < 300_000


# Numbers.


def printed(model: nn.Module) -> list[str]:
    return sorted(number(p.data) for p in model.parameters())


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2, 1), (2, 3, 1), (3, 4, 1), (5, 1, 5)])
def test_small_networks_have_their_numbers_written_on_them(sizes) -> None:
    model = drawn_at_random(nn.MLP(sizes[0], list(sizes[1:])))
    svg = viz.svg(model)
    values = [text.text for text in tags(svg, "text") if text.get("class") == "value"]
    assert sorted(map(str, values)) == printed(model)
    assert "in a unit: its bias" in texts(svg)
    formatted = [text.text or "" for text in tags(viz.svg(model, number_format=".1f"), "text") if text.get("class") == "value"]
    assert sorted(formatted) == sorted(f"{p.data:.1f}".replace("-", "−") for p in model.parameters())


def test_a_number_stands_on_its_wire() -> None:
    model = drawn_at_random(nn.MLP(2, [3, 1]))
    svg = viz.svg(model)
    places = {text.text: (float(text.get("x", "")), float(text.get("y", ""))) for text in tags(svg, "text")}
    for w, path in wires(svg).values():
        x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", path.get("d", "")))
        x, y = places[number(w)]
        assert x0 < x < x1
        assert abs(y - 4 - (y0 + (y1 - y0) * (x - x0) / (x1 - x0))) < 0.2


@pytest.mark.parametrize("sizes", [(2, 16, 16, 1), (3, 5, 1), (9, 1), (2,) * 17])
def test_larger_ones_have_not(sizes) -> None:
    svg = viz.svg(drawn_at_random(nn.MLP(sizes[0], list(sizes[1:]))))
    assert not [text for text in tags(svg, "text") if text.get("class") == "value"]
    assert any(text.startswith("in a unit: the colour of its bias; strongest: ") for text in texts(svg))


@pytest.mark.parametrize(("sizes", "most"), [((2, 2, 1), 0.4), ((2, 16, 16, 1), 1.0), ((64, 32, 10), 1.0)])
def test_a_unit_has_the_colour_of_its_bias(sizes, most) -> None:
    model = drawn_at_random(nn.MLP(sizes[0], list(sizes[1:])))
    biases = [b for name, numbers in model.state_dict().items() if name.endswith("b") for b in numbers]
    greatest = max(map(abs, biases))
    wanted = [("plus-head" if b > 0 else "minus-head", most * abs(b) / greatest) for b in biases]
    for options in ({}, {"image": (8, 8)} if sizes[0] == 64 else {}):
        circles = [c for c in tags(viz.svg(model, **options), "circle") if c.get("fill-opacity")]
        assert [c.get("class") for c in circles] == [part for part, _ in wanted]
        assert [float(c.get("fill-opacity", "")) for c in circles] == pytest.approx([share for _, share in wanted], rel=0.06)


@given(st.integers(1, 8), st.integers(1, 8), st.floats(10, 200))
def test_spread(tails, heads, distance) -> None:
    share, gap = spread(tails, heads, distance)
    ends = [(j - (tails - 1) / 2, k - (heads - 1) / 2) for j in range(tails) for k in range(heads)]
    heights = [distance * ((1 - share) * j + share * k) for j, k in ends]
    assert gap == min((abs(a - b) for a, b in combinations(heights, 2)), default=math.inf)
    assert 0.19 < share < 0.81
    assert gap >= NUMBER or distance < 200 or tails * heads > 12


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=4),
    st.lists(NUMBERS, min_size=1, max_size=30),
    st.lists(NAMES, min_size=5, max_size=5),
)
def test_texts_never_overlap_in_small_networks(sizes, numbers, names) -> None:
    model = filled(nn.MLP(sizes[0], sizes[1:], seed=0), numbers)
    check_texts(viz.svg(model, inputs=names[: sizes[0]], outputs=names[: sizes[-1]]))


class Own(nn.Module):
    """A forward of its own."""

    def __init__(self) -> None:
        self.layer, self.gate = nn.Layer(2, 2, "tanh", seed=1), nn.MLP(40, [3, 2], seed=2)
        self.shift, self.table = Value(0.25), [[Value(1.0), Value(2.0)]]

    def forward(self, x: Any) -> Any:
        return [g * y for g, y in zip(self.gate(x), self.layer(x))]


CONV = nn.Sequential(
    nn.Conv2d(1, 4, 3, seed=1, stride=2, padding=1), nn.Conv2d(4, 20, 2, seed=2), nn.AvgPool2d(2), nn.Flatten(),
    nn.Layer(8, 3, seed=3), softmax,
)  # fmt: skip
RESIDUAL = nn.Sequential(
    nn.Layer(2, 4, seed=1),
    nn.Residual(nn.Layer(4, 3, seed=2), nn.Residual(nn.Layer(3, 3, seed=3)), nn.Layer(3, 4, seed=4)),
)
KINDS: dict[str, tuple[nn.Module, dict[str, Any], list[str]]] = {
    "neuron": (nn.Neuron(3, "step", seed=1), {}, ["inputs", "3", "Neuron", "3 → 1 · step"]),
    "layer": (nn.Layer(2, 12, "softmax", seed=1), {}, ["Layer", "2 → 12 · softmax"]),
    "mlp": (nn.MLP(2, [3, 1], "tanh", seed=1), {}, ["inputs", "2", "layers.0", "2 → 3 · tanh", "layers.1", "3 → 1 · identity"]),
    "named": (nn.MLP(2, [3, 2], seed=1), {"inputs": ["リンゴの値段", "b"], "outputs": ["y", 7]}, ["リンゴの値段", "b", "y", "7"]),
    "frozen": (nn.Sequential(nn.Layer(2, 2, seed=1).freeze(), nn.Conv2d(1, 1, 2, seed=1).freeze()), {}, ["frozen"]),
    "functions": (nn.Sequential(nn.Layer(2, 2, seed=1), softmax, lambda x: x), {},
                  ["layers.1", "softmax", "layers.2", "<lambda>"]),
    "convolution": (CONV, {}, ["x", "Conv2d(1 → 4, 3x3, stride 2, padding 1, relu)", "AvgPool2d(2x2)", "Flatten", "8 → 3 · relu",
                               "and 16 more", "softmax"]),
    "convolution of a size": (CONV, {"image": (9, 9)}, ["9 × 9", "layers.0", "weight in an image: layers.0"]),
    "channels": (nn.Conv2d(3, 2, 5, seed=1), {"image": (32, 32)}, ["3 × 32 × 32", "Conv2d(3 → 2, 5x5, relu)"]),
    "residual": (RESIDUAL, {}, ["layers.1.layers.1.layers.0", "Residual: x + …", "+"]),
    "residual of images": (nn.Residual(nn.Conv2d(1, 1, 3, padding=1, seed=1)), {}, ["Residual: x + …", "+"]),
    "own": (Own(), {}, ["Own", "wired by a forward of its own", "layer", "Layer(2 → 2, tanh)", "6 parameters", "gate.layers.1",
                        "shift = 0.25", "table = 2 numbers"]),
    "own, in the middle": (nn.Sequential(nn.Layer(2, 2, seed=1), Own().freeze(), nn.Layer(2, 1, seed=1)), {},
                           ["layers.1", "layers.1.gate", "2", "131 parameters, frozen"]),
    "images": (nn.MLP(64, [32, 10], seed=1), {"image": (8, 8), "outputs": list("0123456789")}, ["8 × 8", "64 → 32 · relu", "9"]),
    "images as outputs": (nn.Layer(64, 10, seed=1), {"image": (8, 8), "outputs": list("0123456789")}, ["9"]),
    "images in a block": (nn.Residual(nn.Layer(4, 4, seed=1)), {"image": (2, 2)}, ["2 × 2", "+"]),
    "long": (nn.MLP(200, [100, 64, 3], seed=1), {"inputs": [f"x{i}" for i in range(200)]},
             ["x0", "x199", "and 168 more", "and 68 more"]),
    "many names": (nn.Layer(60, 2, seed=1), {"inputs": [f"x{i}" for i in range(60)]}, ["x0", "x59"]),
    "long names of images": (nn.Layer(4, 30, seed=1), {"image": (2, 2), "outputs": ["a long name"] * 30}, ["a long name"]),
    "many windows": (nn.Sequential(nn.Conv2d(20, 20, 3, seed=1), nn.Flatten(), nn.Layer(300, 3, seed=1)), {}, ["and 144 more"]),
    "long and longer": (nn.Sequential(nn.Layer(100, 100, seed=1), nn.Layer(200, 2, seed=1)), {}, ["and 68 more", "and 168 more"]),
    "empty": (nn.Sequential(), {}, ["x"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_each_kind_of_module(kind, theme) -> None:
    model, options, wanted = KINDS[kind]
    svg = viz.svg(model, theme=theme, **options)
    safe(svg)
    check_texts(svg)
    assert [said for said in wanted if said not in texts(svg)] == []


def safe(svg: str) -> None:
    """Well-formed, made of drawing alone, and told to a reader without eyes."""
    root = parsed(svg)
    assert root.get("role") == "img"
    assert [e.tag.removeprefix(NAMESPACE) for e in root if e.tag.endswith(("title", "desc"))] == ["title", "desc"]
    for element in root.iter():
        assert element.tag.removeprefix(NAMESPACE) in {"svg", "g", "path", "rect", "circle", "text", "title", "desc", "style"}
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert "script" not in value
            assert "nan" not in value
            assert "inf" not in value
    assert "var(" not in svg
    assert "url(" not in svg


def test_parts_of_each_kind() -> None:
    arcs = [path for path in tags(viz.svg(RESIDUAL), "path") if "Q" in path.get("d", "")]
    assert len(arcs) == 2
    assert texts(viz.svg(RESIDUAL)).count("+") == 7
    frozen = viz.svg(KINDS["frozen"][0])
    assert texts(frozen).count("frozen") == 2
    assert sum(circle.get("stroke-dasharray") is not None for circle in tags(frozen, "circle")) == 2
    kernels = [path for path in tags(viz.svg(CONV), "path") if "z" in path.get("d", "") and path.get("fill") == "none"]
    assert [path.get("d", "").count("M") for path in kernels] == [4, 4 * 16]
    own = viz.svg(Own())
    assert not wires(own)
    assert [rect.get("stroke-dasharray") for rect in tags(own, "rect") if rect.get("class") == "body"] == [None, "5 4"]


@settings(max_examples=40)
@given(NAMES, NAMES, NUMBERS)
def test_hostile_names(name, activation, x) -> None:
    def function(x: Any) -> Any:
        return x

    function.__name__ = activation

    class Named(nn.Module):
        def __init__(self) -> None:
            setattr(self, f"x{name}", nn.Neuron(2, function, seed=1))
            self.own = Value(x)

        def described(self) -> str:
            return str(name)

    model = nn.Sequential(nn.Layer(2, 1, function, seed=1), function, Named())
    for theme in ("auto", "dark"):
        safe(viz.svg(model, theme=theme, inputs=[name, activation], outputs=[activation]))
    assert viz.draw(model, inputs=[name, activation]).dot.count("->") > 3


# Numbers that are none.


def test_nan_and_infinities_are_in_the_colour_of_alarm() -> None:
    model = nn.MLP(2, [2, 1], init=[1.0, math.nan, -1.0, -math.inf, 3.0, math.nan, 0.0, 2.0, 0.5])
    svg = viz.svg(model)
    parts = {str(w): path.get("class") for w, path in wires(svg).values()}
    assert parts == {"1.0": "plus", "nan": "alarm-wire", "-inf": "alarm-wire", "3.0": "plus", "0.0": "wire", "2.0": "plus"}
    alarmed = [text.text for text in tags(svg, "text") if text.get("class") == "alarm"]
    assert sorted(map(str, alarmed)) == ["3 numbers are nan or infinite", "nan", "nan", "−inf"]
    assert sum(circle.get("class") == "alarm" for circle in tags(svg, "circle")) == 1
    assert "weight; widest: 3" in texts(svg)


def test_nan_among_those_that_are_not_drawn_is_told() -> None:
    model = nn.Layer(200, 1, init="zeros")
    model.neurons[0].w[100].data = math.nan
    assert "1 number is nan or infinite" in texts(viz.svg(model))
    assert "Weights from 0 to 0 (1 nan or infinite)" in viz.svg(model)


def test_weights_of_zero() -> None:
    svg = viz.svg(nn.MLP(2, [2, 1], init="zeros"))
    assert {path.get("class") for _, path in wires(svg).values()} == {"wire"}
    assert "weight; all are 0" in texts(svg)
    assert "biases: all are 0" in texts(viz.svg(nn.MLP(2, [20, 1], init="zeros")))


def test_a_skip_is_an_arc_from_the_input_of_its_block_to_the_sum() -> None:
    svg = viz.svg(RESIDUAL)
    columns = sorted({float(circle.get("cx", "")) for circle in tags(svg, "circle")})
    form = r"M([\d.]+) ([\d.]+)V([\d.]+)Q[\d. ]+H[\d.]+Q[\d. ]+ ([\d.]+) [\d.]+V([\d.]+)"
    found = [re.fullmatch(form, path.get("d", "")) for path in tags(svg, "path")]
    inner, outer = ([float(x) for x in arc.groups()] for arc in found if arc)
    assert [inner[0] - 4, inner[3] + 4] == pytest.approx([columns[2], columns[4]], abs=0.2)
    assert [outer[0] - 4, outer[3] + 4] == pytest.approx([columns[1], columns[6]], abs=0.2)
    assert outer[2] < inner[2]
    assert all(turn <= min(start, end) for _, start, turn, _, end in (inner, outer))


def test_a_sum_takes_each_number_from_its_like() -> None:
    paths = [path.get("d", "") for path in tags(viz.svg(nn.Residual(nn.Layer(3, 3, seed=1))), "path")]
    (each,) = (d for d in paths if d.count("L") == 3)
    assert all(y0 == y1 for y0, y1 in re.findall(r"M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)", each))


def test_wires_leave_images_for_the_units_after_them() -> None:
    model = drawn_at_random(nn.MLP(16, [12, 3]))
    found = wires(viz.svg(model, image=(4, 4)))
    assert {key: w for key, (w, _) in found.items()} == {
        ("layers.1", j, k): w for k, row in enumerate(model.state_dict()["layers.1.w"]) for j, w in enumerate(row)
    }


# The look.


def test_themes_and_ids() -> None:
    model = nn.MLP(2, [2, 1], seed=1)
    auto, light, dark = (viz.svg(model, theme=theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "<style" not in light + dark
    for svg, plus, minus in ((auto, "#0b5cad", "#b54000"), (light, "#0b5cad", "#b54000"), (dark, "#79b8ff", "#ffa657")):
        assert f'class="plus" stroke="{plus}"' in svg
        assert f'class="minus" stroke="{minus}"' in svg
    model.layers[0].neurons[0].w[0].data = 0.125
    assert len({parsed(svg).get("id") for svg in (auto, light, dark, viz.svg(model))}) == 4
    assert ">0.125<" in viz.svg(model)


def test_widths_of_texts_are_those_of_the_painter() -> None:
    assert Text("0.5", "value").width == pixels("0.5", 12)


SAME = """
import sys
import nn, viz
model = nn.Sequential(nn.Layer(4, 3, "tanh", seed=1), nn.Residual(nn.Layer(3, 3, seed=2)), abs)
models = [nn.Conv2d(2, 3, 3, seed=1), nn.MLP(70, [20, 3], seed=1)]
drawings = [viz.draw(model), viz.draw(model, image=(2, 2)), *map(viz.draw, models)]
sys.stdout.buffer.write("".join(drawn.svg + drawn.dot + drawn.text for drawn in drawings).encode())
"""


def test_the_same_bytes_in_every_process() -> None:
    outputs = set()
    for seed in ("0", "1", "4711"):
        command = [sys.executable, "-P", "-c", SAME]
        outputs.add(subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout)
    assert len(outputs) == 1
    assert next(iter(outputs)).startswith(b"<svg ")
