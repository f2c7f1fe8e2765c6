"""The painter: themes, ids, texts."""

from __future__ import annotations

import re

import pytest
from graphs import labelled as graph
from hypothesis import given, settings
from hypothesis import strategies as st
from svg import parsed, safe

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
