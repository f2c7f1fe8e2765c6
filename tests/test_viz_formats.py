"""PNG and PDF of a picture: how large they are."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

import nn
import viz
from autograd import Value

pytest.importorskip("resvg_py")


def size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, as the head of a PNG says."""
    return struct.unpack(">II", path.read_bytes()[16:24])


@pytest.mark.parametrize("thing", [Value(3.0, label="x") * 2, nn.MLP(2, [2, 1], seed=1)])
@pytest.mark.parametrize(("options", "times"), [({}, 2.0), ({"scale": 1.5}, 3.0), ({"title": "t", "transparent": True}, 2.0)])
def test_a_png_has_two_pixels_for_one(tmp_path: Path, thing: Any, options: dict[str, Any], times: float) -> None:
    viz.save(thing, tmp_path / "a.png", **options)
    plain = viz.svg(thing, **{name: each for name, each in options.items() if name != "scale"})
    width = float(plain.split(' width="')[1].partition('"')[0])
    assert size(tmp_path / "a.png")[0] == pytest.approx(times * width, abs=1.5)


@pytest.mark.parametrize("thing", [Value(3.0, label="x") * 2, nn.MLP(2, [2, 1], seed=1)])
def test_the_width_of_a_png_is_the_one_wished(tmp_path: Path, thing: Any) -> None:
    for width in (64, 1920):
        viz.save(thing, tmp_path / "a.png", width=width)
        assert size(tmp_path / "a.png")[0] == width
        viz.draw(thing, width=width).save(tmp_path / "b.png")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_transparent_png_is_transparent(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for transparent, alpha in ((True, 0), (False, 255)):
        viz.save(Value(3.0, label="x") * 2, tmp_path / "a.png", transparent=transparent)
        with image.open(tmp_path / "a.png") as made:
            assert made.convert("RGBA").getpixel((made.width // 2, 4))[3] == alpha
