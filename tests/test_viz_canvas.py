"""The painter: themes, ids, texts."""

from __future__ import annotations

import re

import pytest
from graphs import labelled as graph
from hypothesis import given, settings
from hypothesis import strategies as st
from svg import parsed, safe, texts

import nn
import viz
from autograd.value import Value


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_any_label_where_no_picture_can_be_made(label: str) -> None:
    with pytest.warns(UserWarning, match="no-such-engine is not installed"):
        safe(viz.svg(graph(label), engine="no-such-engine"))


def test_themes() -> None:
    y = graph("x")
    auto, light, dark = (viz.svg(y, theme=theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "<style" not in light + dark
    assert '"#ffffff"' in light
    assert "#0d1117" not in light
    assert '"#0d1117"' in dark
    assert "#ffffff" not in dark
    with pytest.raises(ValueError, match="there is no theme 'blue'; the themes are auto, light, dark"):
        viz.svg(y, theme="blue")


def test_the_style_sheet_touches_this_picture_only() -> None:
    svg = viz.svg(graph("x"))
    ident = parsed(svg).get("id")
    assert ident
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", svg[svg.index("dark){") + 6 : svg.index("</style>")])
    assert len(rules) > 10
    assert all(rule.startswith(f"#{ident} .") for rule in rules)


def test_different_pictures_never_share_an_id() -> None:
    ids = {parsed(viz.svg(graph(label), theme=theme)).get("id") for label in ("a", "b") for theme in ("auto", "light", "dark")}
    assert len(ids) == 6


def test_scripts_of_unknown_width_are_held_to_their_box() -> None:
    assert 'textLength="' in viz.svg(Value(1.0, label="नमस्ते"))
    assert "textLength" not in viz.svg(Value(1.0, label="リンゴ"))


PICTURED = {"graph": lambda: graph("x", "y"), "network": lambda: nn.MLP(2, [2, 1], "tanh", seed=1)}
pictured = pytest.mark.parametrize("what", PICTURED)


def size(svg: str) -> tuple[float, float]:
    """As it is shown."""
    root = parsed(svg)
    return float(root.get("width", "")), float(root.get("height", ""))


def inside(svg: str) -> str:
    """All but the outermost element's beginning."""
    return svg[svg.index(">") :]


@pictured
def test_width_and_scale_keep_the_proportions_and_what_is_drawn(what: str) -> None:
    thing = PICTURED[what]()
    plain = viz.svg(thing)
    width, height = size(plain)
    assert size(viz.svg(thing, scale=2.5)) == pytest.approx((2.5 * width, 2.5 * height), abs=0.15)
    assert size(viz.svg(thing, width=1000)) == pytest.approx((1000, 1000 * height / width), abs=0.15)
    assert size(viz.svg(thing, width=333.3))[0] == 333.3
    assert inside(viz.svg(thing, width=1000)) == inside(plain) == inside(viz.svg(thing, scale=0.1))
    assert parsed(viz.svg(thing, width=7)).get("viewBox") == f"0 0 {width:g} {height:g}"


@pictured
def test_a_transparent_picture_has_no_ground(what: str) -> None:
    thing = PICTURED[what]()
    plain, clear = viz.svg(thing), viz.svg(thing, transparent=True)
    assert 'rx="6"/>' in plain.split("<g ")[0]
    assert "<rect" not in clear.split("<g ")[0]
    assert inside(plain).partition("<g ")[2] == inside(clear).partition("<g ")[2]
    assert parsed(plain).get("id") != parsed(clear).get("id")


@pictured
def test_a_title_stands_above_the_picture(what: str) -> None:
    thing = PICTURED[what]()
    named = viz.svg(thing, title="The <i>chain</i> rule\n")
    assert "<i>" not in named
    assert texts(named)[0] == "The <i>chain</i> rule\\n"
    assert next(iter(parsed(named))).tag.endswith("style")
    assert "<title>The &lt;i&gt;chain&lt;/i&gt; rule\\n</title>" in named
    assert size(named)[1] == pytest.approx(size(viz.svg(thing))[1] + 34, abs=0.11)
    assert texts(named)[1:] == texts(viz.svg(thing))


def test_a_picture_is_at_least_as_wide_as_its_title() -> None:
    narrow, wide = viz.svg(Value(1.0)), viz.svg(Value(1.0), title="wide " * 20)
    assert size(wide)[0] > size(narrow)[0] + 300
    assert size(viz.svg(Value(1.0), title="very " * 1000))[0] < 2000


@pictured
def test_fonts(what: str) -> None:
    thing = PICTURED[what]()
    assert 'font-family="Helvetica, Arial, ' in viz.svg(thing)
    written = viz.svg(thing, font="Fira Sans, 明朝, serif", title="題")
    assert written.count("font-family=\"'Fira Sans', '明朝', serif, Helvetica, ") == 2
    assert "font-family=\"'Fira Sans', '明朝', serif, 'Noto Sans CJK JP', " in written
    assert "textLength" not in written
    plain = viz.svg(thing, title="題")
    assert written.replace("'Fira Sans', '明朝', serif, ", "").partition("<title>")[2] == plain.partition("<title>")[2]


def test_letters_that_are_all_as_wide_are_held_to_their_room() -> None:
    svg = viz.svg(graph("ill"), font="Courier New")
    assert svg.count("textLength=") == svg.count("<text ")


@pytest.mark.filterwarnings("ignore:the graph is shown as text")
def test_slides_where_no_picture_can_be_made() -> None:
    svg = viz.svg(graph("x"), engine="no-such-engine", width=500, transparent=True, title="Chain")
    assert size(svg)[0] == 500
    assert texts(svg)[0] == "Chain"
    assert "<rect" not in svg
