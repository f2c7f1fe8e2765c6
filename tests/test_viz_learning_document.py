"""The training page as a file: what it holds, what may run in it, its size, and what its options are."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

import nn
import viz

if TYPE_CHECKING:
    from pathlib import Path

XS, YS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def page(**options: Any) -> viz.Page:
    return viz.training(nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1), XS, YS, nn.squared_error, **options)


def told(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="told">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_nothing_runs_but_its_script_and_nothing_is_asked_for() -> None:
    text = page(title="</script><script>alert(1)</script>", inputs=["<b>", "'\"&"])
    script, style = re.findall(r"<script>(.*?)</script>", text, re.DOTALL), re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert (len(script), len(style)) == (1, 1)
    hashes = [b64encode(sha256(each.encode()).digest()).decode() for each in (*script, *style)]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1] == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"(src|href)=(?!\"data:,\")", text)
    assert " style=" not in text
    for never in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch(", "cookie"):
        assert never not in script[0]


def test_a_small_page_is_small() -> None:
    assert len(page().encode()) < 44_000
    moons = viz.training(nn.MLP(2, [8, 8, 1], "tanh", seed=1), XS * 30, YS * 30, nn.binary_cross_entropy)
    assert len(moons.encode()) < 95_000


def test_the_same_network_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = page()
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert page() == first
    assert '<html lang="en">' in first
    monkeypatch.setenv("CHAINRULE_LANG", "ja")
    assert '<html lang="ja" data-lang="ja">' in page()
    assert '<html lang="ja" data-theme="dark" data-lang="ja">' in page(theme="dark", lang="ja")


def test_what_it_begins_with() -> None:
    settings = told(page())["settings"]
    usual = {"rate": 0.1, "activation": "tanh", "optimiser": "SGD", "batch": 4, "noise": 0.0, "seed": 0, "speed": "normal"}
    assert settings == usual
    settings = told(page(optimizer="Adam", lr=4, batch_size=9, noise=0.2, seed=7, speed="fast"))["settings"]
    assert settings == usual | {"rate": 4.0, "optimiser": "Adam", "noise": 0.2, "seed": 7, "speed": "fast"}


def test_activations_to_choose_from() -> None:
    def offered(text: str) -> list[str]:
        return [name for name in ("tanh", "sigmoid", "relu", "gelu") if f'<option value="{name}">' in text]

    assert offered(page()) == ["tanh", "sigmoid", "relu"]
    assert offered(page(activations=["gelu"])) == ["tanh", "gelu"]


def test_titles_and_names() -> None:
    assert told(page())["title"] == {"en": "Training: MLP(2 → 2 → 1)", "ja": "学習: MLP(2 → 2 → 1)"}
    assert told(page(title="XOR"))["title"] == {"en": "XOR", "ja": "XOR"}
    assert (told(page())["names"], told(page(inputs=["a", "b"]))["names"]) == (["x₁", "x₂"], ["a", "b"])


@pytest.mark.parametrize(("message", "options"), [
    ("optimizer is one of SGD, momentum, Adam, not 'sgd'", {"optimizer": "sgd"}),
    ("lr is a number above 0, not 0", {"lr": 0}),
    ("lr is a number above 0, not nan", {"lr": float("nan")}),
    ("batch_size is at least 1, or None, not 0", {"batch_size": 0}),
    ("noise is a number from 0 to 1, not 2", {"noise": 2}),
    ("seed is 0 for the numbers that the network has, or another seed, not -1", {"seed": -1}),
    ("speed is one of slow, normal, fast, not 'quick'", {"speed": "quick"}),
    ("there is no activation 'swish'", {"activations": ["swish"]}),
    ("inputs= has 1 names, and the network 2 inputs", {"inputs": ["a"]}),
    ("there is no theme 'blue'", {"theme": "blue"}),
    ("there is no language 'fr'", {"lang": "fr"}),
])  # fmt: skip
def test_an_option_that_cannot_be_is_refused(message: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=message):
        page(**options)


@pytest.mark.parametrize("name", ["width", "scale", "transparent", "number_format", "heat"])
def test_an_option_of_a_picture_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        page(**{name: 2.0})


def test_it_is_saved_and_shown_in_a_frame(tmp_path: Path) -> None:
    made = page()
    made.save(tmp_path / "training.html")
    assert (tmp_path / "training.html").read_text("utf-8") == made
    assert repr(made) == f"<Page: {len(made):,} characters of HTML; its save('training.html') writes such a file>"
    bundle = made._repr_mimebundle_()
    assert 'title="a network that learns"' in bundle["text/html"]
    assert 'sandbox="allow-scripts"' in bundle["text/html"]
