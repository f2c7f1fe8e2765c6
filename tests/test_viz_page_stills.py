"""Single steps of the page as pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from networks import Network
from svg import parsed, safe, tags, texts

import nn
import viz
from autograd import Value, record, scope
from viz.graph.draft import STYLES
from viz.page.stills import Stills
from viz.shapes import Look, Picture


def apples() -> Value:
    price, count, tax = Value(100.0, label="price"), Value(2.0, label="count"), Value(1.1, label="tax")
    total: Value = price * count * tax
    total.label = "total"
    return total


def fan_out() -> Value:
    x = Value(2.0, label="x")
    h = x * 3
    h.label = "h"
    y: Value = h * h + h
    y.label = "y"
    return y


def todo(drawn: Picture) -> int:
    return sum(box.state == "todo" for box in drawn.boxes)


def at_work(drawn: Picture) -> list[str]:
    return [box.texts[0].content for box in drawn.boxes if box.state == "focus"]


def numbers(drawn: Picture) -> list[tuple[str, str]]:
    """What stands above and below each wire, a gradient that was passed back before with a mark."""
    told = [(wire.above, wire.below) for wire in drawn.wires]
    return [(above.content if above else "", below.content + "!" * below.done if below else "") for above, below in told]


def test_two_apples_step_by_step() -> None:
    stills = Stills(apples(), Look())
    shown = [stills.picture(k) for k in range(len(stills))]
    assert [numbers(drawn) for drawn in shown] == [
        [("100", ""), ("2", ""), ("", ""), ("1.1", ""), ("", "")],
        [("100", ""), ("2", ""), ("200", ""), ("1.1", ""), ("", "")],
        [("100", ""), ("2", ""), ("200", ""), ("1.1", ""), ("220", "")],
        [("100", ""), ("2", ""), ("200", ""), ("1.1", ""), ("220", "1")],
        [("100", ""), ("2", ""), ("200", "1.1"), ("1.1", ""), ("220", "1!")],
        [("100", ""), ("2", ""), ("200", "1.1!"), ("1.1", "200"), ("220", "1!")],
        [("100", "2.2"), ("2", ""), ("200", "1.1!"), ("1.1", "200!"), ("220", "1!")],
        [("100", "2.2!"), ("2", "110"), ("200", "1.1!"), ("1.1", "200!"), ("220", "1!")],
    ]
    assert [todo(drawn) for drawn in shown] == [3, 2, 0, 0, 0, 0, 0, 0]  # two operations and the arrow's end
    assert [at_work(drawn) for drawn in shown] == [
        [], ["×"], ["×"], ["×"], ["×", "×"], ["tax", "×"], ["price", "×"], ["count", "×"],
    ]  # fmt: skip
    assert [[wire.state == "todo" for wire in drawn.wires].count(True) for drawn in shown] == [2, 1, 0, 0, 0, 0, 0, 0]
    assert stills.heading(0) == "Step 0 of 7: Start"
    assert stills.heading(2) == "Step 2 of 7: Forward 2 of 2"
    assert stills.heading(7) == "Step 7 of 7: Backward 4 of 4"
    assert stills.sentence(6) == "∂(price × count)/∂price = count = 2; 1.1 × 2 = 2.2 → gradient of price: 0 → 2.2"


def test_the_steps_are_those_of_the_page() -> None:
    y = fan_out()
    stills = Stills(y, Look())
    told = re.findall(r'\["(?:leaves|forward|seed|backward)",(\[.*?\]),', viz.html(y))
    assert [json.loads(words) for words in told] == [list(step.words) for step in stills.steps]
    for k in (0, 3, len(stills) - 1):
        assert viz.draw(y, at_step=k).svg == stills.svg(k)


def test_a_gradient_that_adds_up_shows_what_it_is_so_far() -> None:
    stills = Stills(fan_out(), Look())
    sums = [[box.note for box in stills.picture(k).boxes if box.caption] for k in range(len(stills))]
    told = [note.content + "!" * note.done if note else None for (note,) in sums]
    assert told == ["", "", "", "", "", "", "grad 1", "grad 7", "grad 13", "grad 13!"]


def test_records_fill_up() -> None:
    stills = Stills(fan_out(), Look("record"))
    told = [[text.content for box in stills.picture(k).boxes if box.kind == "record" for text in box.texts] for k in (0, 2, 5, 9)]
    assert told[0] == ["x", "data 2", "", "h", "", "", "", "", "y", "", ""]
    assert told[1] == ["x", "data 2", "", "h", "data 6", "", "data 36", "", "y", "", ""]
    assert told[2] == ["x", "data 2", "", "h", "data 6", "", "data 36", "grad 1", "y", "data 42", "grad 1"]
    assert told[3] == ["x", "data 2", "grad 39", "h", "data 6", "grad 13", "data 36", "grad 1", "y", "data 42", "grad 1"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("options", [
    {}, {"direction": "TB", "heat": True}, {"partials": True, "backward": True}, {"collapse": 1}, {"show_constants": "inside"},
])  # fmt: skip
def test_everything_keeps_its_place(style: str, options: dict[str, Any]) -> None:
    x, w = Value(-1234.5, label="x"), Value(3.0)
    with scope("inside"):
        h = x * w + x
    y = (h * h + x / 7) * 2
    stills = Stills(y, Look(style, theme="light", **options))
    sizes, boxes = set(), set()
    for k in range(len(stills)):
        drawn, svg = stills.picture(k), stills.svg(k)
        safe(svg)
        assert all(text.width <= box.width for box in drawn.boxes for text in box.texts)
        assert [box.width for box in drawn.boxes] == [box.width for box in stills.drawn.boxes]
        assert [(wire.width, wire.height) for wire in drawn.wires] == [(wire.width, wire.height) for wire in stills.drawn.wires]
        root = parsed(svg)
        sizes.add((root.get("width"), root.get("height")))
        boxes.add(tuple((rect.get("x"), rect.get("y")) for rect in tags(svg, "rect") if rect.get("class") != "ring"))
        assert stills.sentence(k) in " ".join(texts(svg))
    assert len(sizes) == len(boxes) == 1


def test_tooltips_tell_no_more_than_the_picture() -> None:
    stills = Stills(apples(), Look())
    svgs = [stills.svg(k) for k in range(len(stills))]
    assert ["data 220" in svg.partition("</desc>")[2] for svg in svgs] == [False, False, *[True] * 6]
    assert ["grad 2.2" in svg.partition("</desc>")[2] for svg in svgs] == [*[False] * 6, True, True]
    assert "1.0 × 1.1 = 1.1 passed back" in svgs[4]
    assert "passed back" not in svgs[3]


def test_nothing_is_touched_and_the_pass_is_the_one_that_was_given() -> None:
    y = fan_out()
    y.backward(2.0)
    before = [(v.data, v.grad) for v in (y, *y.parents)]
    stills = Stills({"result": y}, Look(highlight=[(y, 0)]))
    assert [(v.data, v.grad) for v in (y, *y.parents)] == before
    assert stills.sentence(4) == "Backward starts at y: gradient 2 comes in"
    assert any(wire.highlighted for wire in stills.picture(0).wires)
    assert Stills({"result": Value(1.0) + 1}, Look()).sentence(1).startswith("result = ")


def test_numbers_that_stand_for_names_in_a_sentence_stand_in_the_picture() -> None:
    a = Value(2.0)
    y = ((a * a + 3) * a + 1) * a
    stills = Stills(y, Look())
    said = set(re.findall(r"#\d+", " ".join(stills.sentence(k) for k in range(len(stills)))))
    assert len(said) > 1
    assert {text.content for box in stills.drawn.boxes for text in (*box.texts, box.caption) if text} >= said
    assert a.label == y.label == ""


def test_steps_speak_japanese() -> None:
    said = texts(viz.svg(apples(), at_step=5, lang="ja"))
    assert "ステップ 5 / 7: 逆伝播 2 / 4" in said
    assert "計算済み" in said
    assert not [text for text in said if "gradient" in text or "done" in text]


def test_long_sentences_are_broken() -> None:
    x = Value(1.0, label="a long name of a leaf")
    svg = viz.svg(x * x, at_step=4)
    assert float(parsed(svg).get("width", "0")) < 520
    assert [text for text in texts(svg) if "→" in text] == ["= 1; 1 × 1 = 1 → gradient of a long name of a leaf: 1 → 2"]


def test_sentences_are_broken_between_their_pieces() -> None:
    x, w = Value(1.0, label="a first name"), Value(2.0, label="a second name")
    lines = [text for text in texts(viz.svg(x * w, at_step=3)) if "→" in text or "∂" in text]
    assert lines == ["∂#1/∂(a first name) = a second name = 2; 1 × 2 = 2", "→ gradient of a first name: 0 → 2"]


def test_a_folded_graph_has_steps() -> None:
    y = Network(3, 4, 4, 1).loss(9)
    stills = Stills(y, Look())
    drawn = stills.picture(1)
    assert drawn.remark == "753 values, folded to 11"
    group = next(box for box in drawn.boxes if box.state == "focus")
    assert any(text.kind == "value" and text.content for text in group.texts)
    assert any(text.content.endswith("|g| –") for text in group.texts)
    last = stills.picture(len(stills) - 1)
    assert not any(box.state == "todo" for box in last.boxes)
    assert not any("–" in text.content for box in last.boxes for text in box.texts if text.kind == "grad")


# Files.


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_all_steps_are_files(tmp_path: Path, suffix: str) -> None:
    viz.save(apples(), tmp_path / f"step-{{:02}}.{suffix}", at_step="all", theme="dark")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"step-{k:02}.{suffix}" for k in range(8)]
    viz.save(apples(), tmp_path / f"one.{suffix}", at_step=5, theme="dark")
    assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"step-05.{suffix}").read_bytes()


@pytest.mark.parametrize(("name", "message"), [
    ("step.svg", r"at_step='all' writes a file for each step: in the path stands where its number goes, as in 'step-"),
    ("step-{x}.svg", "in the path stands where its number goes"),
    ("step-{:02.svg", "in the path stands where its number goes"),
    ("{}-{}.svg", "in the path stands where its number goes"),
    ("step-{:02}.html", r"at_step: steps are saved as one of \.svg, \.png, \.pdf, \.gif, \.apng, not as \.html"),
    ("step-{:02}.dot", r"not as \.dot"),
    ("step-{:02}.txt", r"not as \.txt"),
    ("step-{:02}.jpg", r"not as \.jpg"),
    ("step-{:02}", "not as a file without suffix"),
])  # fmt: skip
def test_a_path_that_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.save(apples(), tmp_path / name, at_step="all")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["gif", "apng"])
def test_all_steps_are_one_file_in_motion(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / f"steps.{suffix}"
    viz.save(apples(), path, at_step="all", theme="dark", width=300)
    viz.save({"total": apples()}, tmp_path / f"again.{suffix}", at_step="all", theme="dark", width=300)
    assert (tmp_path / f"again.{suffix}").read_bytes() == path.read_bytes()
    viz.animate(apples(), theme="dark", width=300).save(path)
    assert (tmp_path / f"again.{suffix}").read_bytes() == path.read_bytes()
    (tmp_path / f"again.{suffix}").unlink()
    with image.open(path) as moving:
        assert (moving.n_frames, moving.width) == (8, 300)
        assert moving.convert("RGB").getpixel((0, 0)) == (13, 17, 23)  # no corners
        moving.seek(7)
        assert moving.info["duration"] == 3000
    monkeypatch.setattr("viz.shapes.MOST_PIXELS", 200_000)
    with pytest.raises(ValueError, match=r"^8 frames of 300 x \d+ pixels are more than the 200,000 .*: animate fewer frames"):
        viz.save(apples(), tmp_path / f"large.{suffix}", at_step="all", width=300)
    assert list(tmp_path.iterdir()) == [path]


# What cannot be.


@pytest.mark.parametrize("step", [-1, 8, 99])
def test_a_step_that_there_is_not_is_told_with_the_steps_that_there_are(step: int) -> None:
    message = rf"^at_step: there is no step {step}: the steps are 0 \(the leaves\) to 7 \(the last gradient\)$"
    with pytest.raises(ValueError, match=message):
        viz.draw(apples(), at_step=step)


def test_what_has_no_steps_is_refused_by_name(tmp_path: Path) -> None:
    y = apples()
    with pytest.raises(TypeError, match=r"^at_step: the steps are those of one Value, not of 2: draw one after the other$"):
        viz.draw([y, y * 2], at_step=1)
    with pytest.raises(TypeError, match=r"^at_step: a recorded function holds no numbers: draw what it gives, "):
        viz.draw(record(lambda x: x * 2, 1.0), at_step=1)
    with pytest.raises(TypeError, match=r"^at_step: no option of the picture of a network"):
        viz.save(nn.Neuron(2), tmp_path / "step-{}.svg", at_step="all")
    with pytest.raises(TypeError, match=r"^at_step='all' makes many pictures: viz\.save\(y, 'step-\{:02\}\.svg', "):
        viz.draw(y, at_step="all")
    with pytest.raises(TypeError, match=r"^at_step: an option of a picture, not of a page"):
        viz.save(y, tmp_path / "page.html", at_step=1)
    for suffix in ("dot", "txt"):
        with pytest.raises(TypeError, match=rf"^at_step: a step is saved as one of \.svg, \.png, \.pdf, not as \.{suffix}$"):
            viz.save(y, tmp_path / f"step.{suffix}", at_step=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [{"focus": "price"}, {"rate": 0.5}, {"focus": "price", "rate": 0.5}])
def test_what_does_not_go_together_is_said(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"^{', '.join(options)}: not together with at_step="):
        viz.draw(apples(), at_step=1, **options)


def test_without_an_engine_the_text_stands_in() -> None:
    with pytest.warns(UserWarning, match="shown as text: no-such-engine is not installed"):
        assert re.search("price +100", viz.svg(apples(), at_step=1, engine="no-such-engine"))
