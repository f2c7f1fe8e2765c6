"""What a notebook shows."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from graphs import long_chain

import viz
from autograd import record, where
from autograd.value import Value
from viz import notebook as module
from viz.graph import layout


@pytest.fixture
def y() -> Value:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    return y


def test_a_notebook_without_graphviz_says_why(y: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ENGINES", ("no-such-engine",))
    with pytest.warns(UserWarning, match="shown as text: no-such-engine is not installed") as caught:
        bundle = y._repr_mimebundle_()
    assert len(caught) == 1
    assert bundle["text/plain"] == f"{y!r}\n{viz.text(y)}"
    assert set(bundle) == {"text/html", "text/plain"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y._repr_mimebundle_() == bundle


@pytest.mark.usefixtures("placed")
def test_a_notebook_shows_a_small_graph_as_its_picture(y: Value) -> None:
    bundle = y._repr_mimebundle_()
    assert bundle["image/svg+xml"] == viz.svg(y)
    assert bundle["text/plain"] == repr(y)
    assert set(y._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(y._repr_mimebundle_(exclude={"text/plain"})) == {"image/svg+xml", "text/html"}
    drawn = viz.draw(y)
    assert drawn._repr_mimebundle_()["image/svg+xml"] == drawn.svg
    assert set(drawn._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("options", [
    {"backward": True}, {"focus": "x"}, {"at_step": 2}, {"rate": 0.5}, {"show_constants": "inside"},
])  # fmt: skip
def test_a_notebook_shows_what_is_wished(y: Value, options: dict[str, Any]) -> None:
    z = y * 2
    z.backward()
    assert module.display(z, **options)["image/svg+xml"] == viz.svg(z, **options) != viz.svg(z)
    assert module.display(z, at_step=99) == {"text/plain": repr(z)}


@pytest.mark.usefixtures("placed")
def test_a_notebook_shows_a_large_graph_folded() -> None:
    bundle = long_chain(101)._repr_mimebundle_()
    assert "102 values, folded to 16" in bundle["image/svg+xml"]
    assert set(bundle) == {"image/svg+xml", "text/html", "text/plain"}


def test_a_notebook_shows_a_huge_graph_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FOLDED", 100)
    bundle = long_chain(101)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert all("... 62 more" in shown for shown in bundle.values())
    assert "white-space:pre;" in bundle["text/html"]


def test_the_notebook_never_sees_an_error(y: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(module, "drawing", broken)
    assert y._repr_mimebundle_() == {"text/plain": repr(y)}


@pytest.mark.usefixtures("placed")
def test_formulas_stand_beside_the_picture(y: Value) -> None:
    bundle = y._repr_mimebundle_()
    assert bundle["text/html"].startswith(bundle["image/svg+xml"])
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in bundle["text/html"]
    assert "<mrow><mn>2</mn><mi>x</mi></mrow>" in bundle["text/html"]  # its gradient
    assert "text/latex" not in bundle  # which JupyterLab would show in place of the picture
    asked = y._repr_mimebundle_(include={"text/latex"})
    assert set(asked) == {"text/latex"}
    assert "y &= x^{2}" in asked["text/latex"]


@pytest.mark.usefixtures("placed")
def test_a_program_is_its_picture_and_its_formulas() -> None:
    program = record(lambda x, theta: where(x > 0, x**2 * theta, 1 - x), 1.0, 2.0)
    bundle = program._repr_mimebundle_()
    assert bundle["image/svg+xml"] == viz.svg(program)
    assert bundle["text/plain"] == repr(program)
    assert "<mtext>if&#160;</mtext><mi>x</mi><mo>&gt;</mo>" in bundle["text/html"]
    assert "<mi>θ</mi>" in bundle["text/html"]


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_formulas_that_would_be_too_long_are_left_out_and_that_is_said(lang: str) -> None:
    said = {"en": "formulas are written of up to 60 values; here are 80", "ja": "式を書くのは値 60 個まで。ここには 80 個ある"}
    bundle = module.display(long_chain(79), lang=lang)
    assert said[lang] in bundle["text/html"]
    assert "<math" not in bundle["text/html"]


@pytest.mark.usefixtures("placed")
def test_a_leaf_is_its_picture_alone() -> None:
    v = Value(2.0, label="x")
    assert set(v._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
