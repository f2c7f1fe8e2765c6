"""A network in the DOT language."""

from __future__ import annotations

from pathlib import Path

import pytest

import nn
import viz
from autograd import softmax

MODEL = nn.MLP(2, [2, 1], seed=1)


def test_dot_holds_all_weights_and_biases(tmp_path: Path) -> None:
    model = nn.MLP(70, [3, 1], seed=1)
    viz.save(model, tmp_path / "net.dot", inputs=[f"x{i}" for i in range(70)])
    lines = (tmp_path / "net.dot").read_text(encoding="utf-8").splitlines()
    edges = {line for line in lines if "->" in line}
    for i, rows in enumerate((model.state_dict()["layers.0.w"], model.state_dict()["layers.1.w"])):
        for k, row in enumerate(rows):
            assert {f'c{i}_{j} -> c{i + 1}_{k} [value="{w!r}"]' for j, w in enumerate(row)} <= edges
    assert len(edges) == 213
    assert sum(' bias="0.0" ' in line for line in lines) == 4
    assert 'c0_69 [label="x69" tooltip="inputs 70"]' in lines
    assert "and 38 more" in viz.draw(model).dot


def test_draw_dot() -> None:
    graphviz = pytest.importorskip("graphviz")
    made = viz.draw_dot(MODEL, rankdir="TB")
    assert isinstance(made, graphviz.Digraph)
    assert [line.strip() for line in made.source.splitlines()[2:-1]] == viz.draw(MODEL).dot.splitlines()[2:-1]


def test_dot_of_blocks_and_sums() -> None:
    drawn = viz.draw(nn.Sequential(nn.Residual(nn.Layer(2, 2, seed=1)), softmax)).dot.splitlines()
    plain = [line for line in drawn if "->" in line and "value" not in line]
    inside, skipped = ["c1_0 -> c2_0", "c1_1 -> c2_1"], ["c0_0 -> c2_0", "c0_1 -> c2_1"]
    assert plain == [*inside, "c2_0 -> c3", "c2_1 -> c3", *skipped]
    assert 'c3 [shape=box label="softmax" tooltip="layers.1"]' in drawn
