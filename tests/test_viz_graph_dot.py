"""DOT, for those who want Graphviz itself."""

from __future__ import annotations

import subprocess

import graphviz
import pytest
from engines import command
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd.value import Value


def graph(label: str = "x") -> Value:
    x = Value(3.0, label=label)
    y = x * x + 2
    y.backward()
    return y


def answer(dot: str) -> str:
    """What Graphviz makes of it."""
    return subprocess.run([command(), "-Tplain"], input=dot, capture_output=True, check=True, encoding="utf-8", timeout=60).stdout


def test_records_as_micrograd_draws_them() -> None:
    made = viz.draw_dot(graph())
    assert isinstance(made, graphviz.Digraph)
    assert made.format == "svg"
    assert 'b0 [label="{ x | data 3 | grad 6 }" shape=record]' in made.source
    assert made.source.count("b0 -> b2") == 2
    assert "rankdir=LR" in made.source


def test_direction_and_format_are_micrograds_arguments() -> None:
    made = viz.draw_dot(graph(), "png", rankdir="TB")
    assert made.format == "png"
    assert "rankdir=TB" in made.source
    with pytest.raises(ValueError, match="rankdir is LR or TB, not 'UP'"):
        viz.draw_dot(graph(), rankdir="UP")


@settings(max_examples=30, deadline=None)
@given(st.text() | st.sampled_from(['"', "\\", "<b>", "{|}", "a\\", "&lt;", "\x00", "\ud800", "\u202e", "#", "];x->y", "\\N"]))
def test_any_label_leaves_the_graph_as_it_is(label: str) -> None:
    for dot in (viz.draw(graph(label)).dot, viz.draw_dot(graph(label)).source):
        lines = answer(dot).splitlines()
        assert sum(line.startswith("node") for line in lines) == 6
        assert sum(line.startswith("edge") for line in lines) == 6
