"""Boxes are coloured by their share in the bound on rounding errors."""

from __future__ import annotations

import math

import pytest
from svg import contrast, luminance, safe, tags, texts

import viz
from autograd import Value, scope, sqrt, tanh
from autograd import sum as summed
from autograd.numbers import rounding
from viz.canvas import PALETTE, SHARES
from viz.graph.pictures import picture
from viz.graph.shares import LEVELS, Shares, percent
from viz.shapes import Box


def cancelling() -> Value:
    """The small root of x² − 2bx + 4, computed the wrong way."""
    b = Value(1e8, label="b")
    y = b - sqrt(b * b - 4)
    y.backward()
    return y


def shown(box: Box) -> list[str]:
    return [text.content for text in (*box.texts, *box.asides) if text.content.endswith("%")]


@pytest.mark.parametrize("style", ["textbook", "record"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_boxes_have_the_tone_of_their_share_and_say_large_ones(style: str, direction: str) -> None:
    y = cancelling()
    found = rounding(y)
    drawn = picture(y, style, rounding=True, direction=direction)
    seen = []
    for box in drawn.boxes:
        if not box.values:
            continue
        (v,) = box.values
        share = found[v] / math.fsum(found.shares)
        assert share < 0.001 or 0.1 < share < 0.5
        assert box.tone == ("share3" if share >= 0.1 else "")
        seen += shown(box)
    assert sorted(seen) == ["29 %", "29 %", "43 %"]
    assert not any(box.tone or box.asides for box in picture(y, style).boxes)


def test_the_legend_has_numbers() -> None:
    svg = viz.svg(cancelling(), rounding=True)
    safe(svg)
    told = texts(svg)
    assert "rounding: at most ±1.747e−8; certain digits: 0.0" in told
    assert told[-4:] == ["≥ 50 %", "≥ 10 %", "≥ 1 %", "≥ 0.1 %"]
    assert sum(element.get("class", "").startswith("share") for element in tags(svg, "rect")) == 3 + 4
    assert "丸め: 最大 ±1.747e−8、確かな桁数: 0.0" in texts(viz.svg(cancelling(), rounding=True, lang="ja"))
    assert "rounding 7.5e-09, 43 % of the bound" in svg


def test_a_folded_part_has_the_sum_of_its_parts() -> None:
    x = y = Value(0.3, label="x")
    for i in range(4):
        with scope(f"layer{i}"):
            for _ in range(30):
                y = tanh(y * 1.01)
    found = rounding(y)
    drawn = picture(y, rounding=True, collapse=1)
    assert [box.kind for box in drawn.boxes[:4]] == ["group"] * 4
    parts = [math.fsum(found[v] for v in box.values) / math.fsum(found.shares) for box in drawn.boxes[:4]]
    assert math.isclose(sum(parts), 1.0)
    assert [shown(box) for box in drawn.boxes[:4]] == [[percent(part)] if part >= 0.1 else [] for part in parts]
    assert [box.tone for box in drawn.boxes[:4]] == [next(t for t, least in LEVELS.items() if part >= least) for part in parts]
    assert "share" in viz.html(y, rounding=True, collapse=1)
    assert x.label == "x"


def test_leaves_may_be_counted() -> None:
    x, y = Value(0.1, label="x"), Value(3.0, label="y")
    total = x + y
    assert [box.tone for box in picture(total, rounding=True).boxes if box.kind == "leaf"] == ["", ""]
    drawn = picture(total, rounding=0.5)
    assert [box.tone != "" for box in drawn.boxes if box.kind == "leaf"] == [True, True]


def test_without_a_bound_those_stand_out_that_have_none() -> None:
    x = Value(1e-9, label="x")
    near = (x + 1.0) - 1.0 - 1e-9  # about 1e-16, and as uncertain
    y = 1.0 / near
    found = Shares([y], 0.0)
    assert found.total == math.inf
    assert found.legend(str)[0][0].content == "rounding: there is no bound on the error"
    drawn = picture(y, rounding=True)
    assert [box.asides[0].content for box in drawn.boxes if box.tone == "share4"] == ["no bound"]
    exact = Shares([-Value(3.0)], 0.0)
    assert (exact.total, exact.legend(str)[0][0].content) == (0.0, "rounding: none, the value is exact")


def test_what_has_no_one_error_is_refused() -> None:
    x = Value(1.0, label="x")
    y = x * 2
    with pytest.raises(ValueError, match=r"^rounding: the error is that of one result, not of 2: draw one after the other$"):
        viz.draw([y, x + 1], rounding=True)
    x.data = 2.0
    with pytest.raises(ValueError, match="call forward"):
        viz.draw(y, rounding=True)
    for wrong, kind in (("yes", TypeError), (-1.0, ValueError), (math.nan, ValueError)):
        with pytest.raises(kind, match=r"^rounding= is "):
            viz.draw(y, rounding=wrong)


def test_a_page_says_that_its_leaves_stay_as_they_are() -> None:
    page = viz.html(cancelling(), rounding=True)
    assert "The leaves cannot be changed: what rounding does is worked out in Python" in page
    assert 'class="share3"' in page
    assert "--share3-fill:" in page


def test_steps_stay_in_their_colours() -> None:
    y = summed([Value(0.1, label=f"x{i}") for i in range(3)])
    for k in range(3):
        svg = viz.draw(y, rounding=True, at_step=k).svg
        safe(svg)
        assert "≥ 50 %" in texts(svg)


@pytest.mark.parametrize("column", [2, 3])
def test_the_tones_can_be_told_apart_in_grey_and_texts_on_them_be_read(column: int) -> None:
    colours = {(row[0], row[1]): row[column] for row in PALETTE}
    strokes = [luminance(colours[tone, "stroke"]) for tone in SHARES]
    fills = [luminance(colours[tone, "fill"]) for tone in SHARES]
    towards = 1 if column == 3 else -1  # the larger the share, the darker; in the dark theme the brighter
    assert sorted(strokes, key=lambda x: towards * x) == strokes
    assert sorted(fills, key=lambda x: towards * x) == fills
    assert [*SHARES.values()] == sorted(SHARES.values())
    for tone in SHARES:
        assert contrast(colours[tone, "stroke"], colours["paper", "fill"]) >= 2.8
        for text in ("name", "symbol", "value", "grad", "note", "constant", "alarm", "correction"):
            assert contrast(colours[text, "fill"], colours[tone, "fill"]) >= 4.5, (tone, text)
