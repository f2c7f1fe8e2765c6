"""The columns of the picture of a network: images of weights, shades."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st
from networks import drawn_at_random
from svg import tags

import nn
import viz
from viz.canvas import Painter
from viz.network.columns import LEVELS, Scale, shades, tone
from viz.shapes import Look

NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7e308, -0.5, 1.0, 1 / 3])


# Images.


def pixel_counts(svg: str) -> dict[tuple[str, float], int]:
    """How many pixels each shade has in the first group of shades."""
    (group, *_) = (g for g in tags(svg, "g") if g.get("shape-rendering") == "crispEdges")
    size = int(group.get("stroke-width", ""))
    found = {}
    for path in group:
        lengths = re.findall(r"h(\d+)", path.get("d", ""))
        found[path.get("class", ""), float(path.get("stroke-opacity", ""))] = sum(map(int, lengths)) // size
    return found


def test_images_have_a_pixel_for_each_weight() -> None:
    model = drawn_at_random(nn.MLP(64, [32, 10]))
    model.layers[0].neurons[3].w[5].data = 0.0
    weights = [w for row in model.state_dict()["layers.0.w"] for w in row]
    scale = Scale(weights)
    wanted: dict[tuple[str, float], int] = {}
    for w in weights:
        if w:
            shade = tone(w), float(f"{scale.level(w) / LEVELS:.2g}")
            wanted[shade] = wanted.get(shade, 0) + 1
    assert pixel_counts(viz.svg(model, image=(8, 8))) == wanted
    assert sum(wanted.values()) == 64 * 32 - 1


def test_an_image_has_its_pixels_in_their_places() -> None:
    """Row by row: unit 1 sees a line that falls, in plus, with one corner in minus."""
    image = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.5, 0.0, 1.0]
    model = nn.Layer(9, 2, init=[*[0.0] * 10, *image, 0.0])
    svg = viz.svg(model, image=(3, 3))
    outlines = (path.get("d", "") for path in tags(svg, "path") if path.get("fill") == "none")
    (frame,) = (d for d in outlines if d.count("z") == 2)
    left, top = (float(x) + 0.5 for x in re.findall(r"M([\d.]+) ([\d.]+)", frame)[1])
    (group, *_) = (g for g in tags(svg, "g") if g.get("shape-rendering") == "crispEdges")
    size = float(group.get("stroke-width", ""))
    found = {
        (path.get("class"), round((float(y) - top) / size - 0.5), round((float(x) - left) / size))
        for path in group
        for x, y in re.findall(r"M([\d.]+) ([\d.]+)", path.get("d", ""))
    }
    assert found == {("plus", 0, 0), ("plus", 1, 1), ("plus", 2, 2), ("minus", 2, 0)}


def test_windows_have_a_row_for_each_output() -> None:
    svg = viz.svg(nn.Conv2d(2, 2, 1, init=[1.0, -1.0, 0.0, 0.0, 0.0, 0.0]))
    (group, *_) = (g for g in tags(svg, "g") if g.get("shape-rendering") == "crispEdges")
    places = {path.get("class"): re.findall(r"M([\d.]+) ([\d.]+)", path.get("d", "")) for path in group}
    ((x_plus, y_plus),), ((x_minus, y_minus),) = places["plus"], places["minus"]
    assert y_plus == y_minus
    assert float(x_plus) < float(x_minus)


def test_equal_neighbours_are_one_stroke() -> None:
    painter = Painter(Look(theme="light"))
    painted = "".join(shades(painter, [(0, 0, 1.0), (5, 0, 1.0), (10, 0, -1.0), (0, 5, 1.0)], 5, Scale([1.0])))
    assert re.findall(r'd="([^"]*)"', painted) == ["M10 2.5h5", "M0 2.5h10M0 7.5h5"]


@given(st.lists(NUMBERS, min_size=1))
def test_scale(numbers) -> None:
    scale = Scale(numbers)
    ordered = sorted((x for x in numbers if math.isfinite(x)), key=abs)
    assert [scale.share(x) for x in ordered] == sorted(scale.share(x) for x in ordered)
    assert all(0 <= scale.share(x) <= 1 for x in numbers)
    assert all((scale.level(x) == 0) == (x == 0) for x in numbers)
    assert all(scale.share(x) == 1 for x in numbers if not math.isfinite(x))
