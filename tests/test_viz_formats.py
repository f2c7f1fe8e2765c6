"""PNG and PDF of a picture: how large they are."""

from __future__ import annotations

import importlib
import re
import struct
import warnings
import zlib
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


@pytest.mark.parametrize("thing", [Value(3.0, label="x") * 2, nn.MLP(2, [2, 1], seed=1)])
@pytest.mark.parametrize("options", [{"scale": 400}, {"scale": 1e6}, {"width": 60_000}, {"width": 1e9}, {"scale": 1e300}])
def test_more_pixels_than_memory_holds_are_refused_before_any_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thing: Any, options: dict[str, Any]
) -> None:
    monkeypatch.setattr("resvg_py.svg_to_bytes", None)
    message = r"^[\d,]+ x [\d,]+ pixels are more than the 80,000,000 .*: give a smaller width= or scale=, or save it as \.svg$"
    with pytest.raises(ValueError, match=message):
        viz.save(thing, tmp_path / "a.png", **options)
    with pytest.raises(ValueError, match=r"^a page in PDF has up to 14,400 points a side, not [\d,]+ x [\d,]+: give a smaller"):
        viz.save(thing, tmp_path / "a.pdf", **options)
    viz.save(thing, tmp_path / "a.svg", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


def test_a_figure_of_more_pixels_is_refused() -> None:
    pytest.importorskip("matplotlib")
    xs = [[0.0, 1.0, 1.0, 0.0]] * 20_000
    with pytest.raises(ValueError, match=r"^3,000,000 x 450 pixels .*: give plot_reconstructions fewer to draw$"):
        viz.plot_reconstructions(lambda x: x[:1], lambda h: [h[0]] * 4, xs, count=20_000)


@pytest.mark.parametrize("name", ["h.png", "h.svg", "h", "h.pdf", "h.gif"])
def test_a_page_is_saved_as_a_page(tmp_path: Path, name: str) -> None:
    pages = [viz.html(Value(2.0) * 3), viz.training(nn.MLP(1, [1], seed=1), [[0.0]], [0.0], nn.squared_error)]
    message = r"^a page is saved as \.html, not as .*: viz\.draw\(v\)\.save\('graph\.svg'\) writes a picture$"
    for page in pages:
        with pytest.raises(ValueError, match=message):
            page.save(tmp_path / name)
        assert not list(tmp_path.iterdir())
    for suffix in ("html", "HTM"):
        pages[0].save(tmp_path / f"h.{suffix}")
        assert (tmp_path / f"h.{suffix}").read_text("utf-8") == pages[0]


def test_a_transparent_png_is_transparent(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for transparent, alpha in ((True, 0), (False, 255)):
        viz.save(Value(3.0, label="x") * 2, tmp_path / "a.png", transparent=transparent)
        with image.open(tmp_path / "a.png") as made:
            assert made.convert("RGBA").getpixel((made.width // 2, 4))[3] == alpha


@pytest.fixture
def save_pdf(tmp_path: Path):
    """Saves a picture, gives the file and what is compressed in it; skips where the package or the cairo library is missing."""
    try:
        importlib.import_module("cairosvg")
    except (ImportError, OSError) as error:
        pytest.skip(str(error))

    def save(thing: Any, **options: Any) -> tuple[bytes, list[bytes]]:
        viz.save(thing, tmp_path / "a.pdf", **options)
        found = (tmp_path / "a.pdf").read_bytes()
        streams = re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", found, re.DOTALL)
        return found, [zlib.decompress(stream) for stream in streams]

    return save


def page_of(found: bytes) -> tuple[float, float]:
    """Width and height in points."""
    (box,) = re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", found)
    return float(box[0]), float(box[1])


@pytest.mark.parametrize("thing", [Value(3.0, label="x") * 2, nn.MLP(2, [2, 1], seed=1)])
def test_a_pdf_has_three_points_for_four_pixels(save_pdf, thing: Any) -> None:
    svg = viz.svg(thing)
    sizes = [float(svg.split(f' {name}="')[1].partition('"')[0]) for name in ("width", "height")]
    assert page_of(save_pdf(thing)[0]) == pytest.approx([0.75 * size for size in sizes], abs=0.1)
    assert page_of(save_pdf(thing, scale=2)[0]) == pytest.approx([1.5 * size for size in sizes], abs=0.1)
    assert page_of(save_pdf(thing, width=400)[0])[0] == pytest.approx(300, abs=0.1)
    assert page_of(save_pdf(thing, title="A title")[0])[1] > 0.75 * sizes[1] + 10


def test_a_pdf_has_no_ground_if_it_is_transparent(save_pdf) -> None:
    y = Value(3.0, label="x") * 2
    ground = rb"^1 0 0 -1 0 \S+ cm\nq\nQ q\n1 1 1 rg"  # the page is filled with white first
    assert re.match(ground, save_pdf(y)[1][0])
    assert not re.match(ground, save_pdf(y, transparent=True)[1][0])


def test_a_pdf_says_what_is_written_in_japanese(save_pdf) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no font
        _, streams = save_pdf(Value(100.0, label="りんご") * 2, title="買い物")
    mapped = b"".join(stream for stream in streams if b"beginbfchar" in stream or b"beginbfrange" in stream).lower()
    for letter in "りんご買い物":
        assert f"<{ord(letter):04x}>".encode() in mapped
