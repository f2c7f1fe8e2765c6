"""The table of words: each phrase in both languages, nothing that is written outside of it, and who chooses the language."""

from __future__ import annotations

import ast
import math
import os
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from networks import Network
from svg import tags, texts

import autograd
import nn
import viz
from autograd import Value, dot, tanh
from autograd import sum as summed
from viz.graph.folding import spoken_name
from viz.language import LANGUAGES, PHRASES, VARIABLE, language_asked_for, phrases_in, say, speaking
from viz.shapes import Look, TooLargeError
from viz.words import pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = sorted(
    [path for package in (viz, sys.modules["chainrule"]) for path in Path(package.__file__ or "").parent.rglob("*")]
    + [Path(autograd.__file__ or "").with_name("__main__.py")]
)
WORD = re.compile(r"[A-Za-z]{2,}")
KEPT = set(WORD.findall(" ".join(PHRASES.values())))
"""Names of functions and the like, which stand in Japanese phrases too."""
ENGLISH = {word for phrase in PHRASES for word in WORD.findall(phrase)} - KEPT


def strings(path: Path) -> Iterator[str]:
    """The texts in a Python file, those of the table itself left out."""
    if path.name != "language.py":
        tree = ast.parse(path.read_text("utf-8"))
        yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def said(path: Path) -> Iterator[str]:
    """What a Python file says: each text in the first argument of `say`, unless it is a name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
            yield from _phrases(node.args[0])


def _phrases(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _phrases(node.body)
        yield from _phrases(node.orelse)
    elif isinstance(node, ast.Constant):
        yield node.value


def test_every_phrase_that_is_said_is_in_the_table() -> None:
    wanted = {phrase: path.name for path in SOURCES if path.suffix == ".py" for phrase in said(path)}
    assert len(wanted) > 80
    assert not {phrase: name for phrase, name in wanted.items() if phrase not in PHRASES}
    for path in SOURCES:
        if path.suffix == ".js" or (path.suffix == ".py" and path.parent.name in {"page", "learning"}):
            phrases_in(path.read_text("utf-8"))  # raises KeyError for a phrase that is missing


def test_every_row_of_the_table_is_said_somewhere() -> None:
    written = {text for path in SOURCES if path.suffix == ".py" for text in strings(path)}
    read = (path for path in SOURCES if path.suffix in {".js", ".py"} and path.name != "language.py")
    scripts = "\n".join(path.read_text("utf-8") for path in read)
    said_there = re.compile("|".join(rf'[">]{re.escape(phrase)}["<]' for phrase in PHRASES))
    shown_there = {found[1:-1] for found in said_there.findall(scripts)}
    assert not [phrase for phrase in PHRASES if phrase not in written | shown_there]


def fields(text: str) -> list[str]:
    """What stands in the braces of a phrase, by place: ``{s}`` is for English alone."""
    parts = [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None and name != "s"]
    return [spec or "" for _, spec in sorted((int(name) if name else i, spec) for i, (name, spec) in enumerate(parts))]


@pytest.mark.parametrize("phrase", PHRASES)
def test_both_languages_hold_the_same(phrase: str) -> None:
    japanese = PHRASES[phrase]
    assert fields(japanese) == fields(phrase)
    assert "{s}" not in japanese
    words = WORD.findall(re.sub(r"\{[^}]*\}", "", phrase))
    assert not words or not english_in(japanese)
    assert len(words) < 2 or not japanese.isascii()
    assert "上流" not in japanese
    assert "下流" not in japanese


def test_plurals() -> None:
    said = [say("{:,} parameter{s}", n) for n in (0, 1, 2, 1234)]
    assert said == ["0 parameters", "1 parameter", "2 parameters", "1,234 parameters"]
    assert say("{:,} parameter{s}", 1, lang="ja") == "1 個のパラメータ"
    with pytest.raises(KeyError, match=r"no row of viz\.language\.PHRASES is 'what nobody says'"):
        say("what nobody says")


# Who chooses.


def leaf_and_root() -> tuple[Value, Value]:
    x = Value(3.0, label="x")
    y = x * x + x
    y.backward()
    return x, y


def test_the_language_is_that_of_the_caller_or_of_the_environment_or_english(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = leaf_and_root()
    english, japanese = viz.svg(y), viz.svg(y, lang="ja")
    assert "勾配 7" in japanese
    assert "grad 7" in english
    assert viz.svg(y, lang="en") == english
    monkeypatch.setenv(VARIABLE, "ja")
    assert viz.svg(y) == japanese
    assert viz.svg(y, lang="en") == english
    assert "勾配" in viz.text(y)
    assert "勾配" in viz.text(y, "tape")
    assert "経路はない" in str(viz.explain(x, y))
    assert "grad" in viz.text(y, lang="en")
    monkeypatch.setenv(VARIABLE, "")
    assert viz.svg(y) == english
    for locale in ("LANG", "LC_ALL", "LANGUAGE"):
        monkeypatch.setenv(locale, "ja_JP.UTF-8")
    assert viz.svg(y) == english
    with speaking("ja"):
        assert viz.svg(y) == japanese
        assert viz.svg(y, lang="en") == english
    assert language_asked_for() is None


@pytest.mark.usefixtures("placed")
def test_an_explanation_speaks_the_language_that_it_was_asked_in() -> None:
    x, y = leaf_and_root()
    assert "経路はない" in str(viz.explain(x, y, lang="ja"))
    assert "勾配" in viz.explain(y, x, lang="ja")._repr_mimebundle_()["image/svg+xml"]
    assert "grad" in viz.explain(y, x)._repr_mimebundle_()["image/svg+xml"]


@pytest.mark.parametrize("lang", ["fr", "JA", "", 3, ["ja"]])
def test_an_unknown_language_is_told_which_there_are(lang: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = leaf_and_root()
    told = re.escape(f"lang=: there is no language {lang!r}; the languages are en, ja")
    for call in (viz.draw, viz.svg, viz.html, viz.text):
        with pytest.raises(ValueError, match=told):
            call(y, lang=lang)
    with pytest.raises(ValueError, match=told):
        viz.explain(y, x, lang=lang)
    with pytest.raises(ValueError, match=told):
        viz.draw(nn.MLP(2, [1]), lang=lang)
    with pytest.raises(ValueError, match=told):
        viz.plot_losses([1.0, 0.5], lang=lang)
    monkeypatch.setenv(VARIABLE, "fr")
    with pytest.raises(ValueError, match="CHAINRULE_LANG: there is no language 'fr'"):
        viz.draw(y)
    assert viz.draw(y, lang="en").svg


def test_plots_have_their_labels_from_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib").use("agg")
    ax = viz.plot_losses([1.0, 0.5], lang="ja")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("ステップ", "損失")
    assert viz.plot_losses([1.0, 0.5], xlabel="epoch", lang="ja").get_xlabel() == "epoch"
    monkeypatch.setenv(VARIABLE, "ja")
    ax = viz.plot_gradients([0.5, 0.25])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("層", "|勾配| の平均")
    ax = viz.plot_descent(lambda x: x**2, 1.0, [0.1, 0.2])

    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["学習率 0.1", "学習率 0.2"]


@pytest.mark.usefixtures("placed")
def test_the_command_line_takes_the_language(tmp_path: Path) -> None:
    def run(*words: str, **environment: str) -> str:
        command = [sys.executable, "-m", "chainrule", "x*x + x", "x=3", *words]
        whole = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", cwd=tmp_path, env=whole).stdout

    assert run("--lang", "ja").splitlines()[:2] == ["値      12", "勾配 x  7"]
    assert run(LANG="ja_JP.UTF-8").splitlines()[:2] == ["value       12", "gradient x  7"]
    assert run(CHAINRULE_LANG="ja").splitlines()[0] == "値      12"
    run("--lang", "ja", "-o", "y.svg")
    assert "勾配 7" in (tmp_path / "y.svg").read_text("utf-8")


# What is written in Japanese.


def folded() -> Value:
    y: Value = Network(3, 4, 4, 1).loss(9)
    y.backward()
    return y


def old() -> Value:
    x, y = leaf_and_root()
    x.data = 2.0
    return y


def many() -> Value:
    xs = [Value(float(i)) for i in range(20)]
    y = summed(xs) * dot(xs, [1.0] * 20) + 2
    y.backward()
    end: Value = tanh(y)
    return end


def cut_leaf() -> Value:
    x = Value(1.0)
    x.label = "x"
    y = x
    for _ in range(60):
        y = y * 1.01 + x
    return y


def shown(svg: str) -> list[str]:
    """All that is written in a picture or told on hover or to screen readers."""
    return [*texts(svg), *(element.text or "" for tag in ("title", "desc") for element in tags(svg, tag))]


def english_in(text: str) -> set[str]:
    """The words of the table that are left, but for names of layers and the loss."""
    return set(WORD.findall(re.sub(r"\b(layer|layers|neuron)\.?\d+|\b(loss|identity)\b", "", text))) & ENGLISH


def models() -> list[nn.Module]:
    deep = nn.Sequential(nn.Residual(nn.Layer(3, 3)), nn.Layer(3, 70), nn.Layer(70, 2))
    half = nn.MLP(2, [2, 1], "tanh", seed=1)
    half.layers[0].freeze()
    wrong = nn.Layer(2, 2)
    wrong.parameters()[0].data = math.nan
    return [deep, half, wrong, nn.MLP(2, [1], init="zeros"), nn.Sequential(), nn.Conv2d(1, 2, 3), Unusual()]


class Unusual(nn.Module):
    """With a forward of its own."""

    def __init__(self) -> None:
        self.dense = nn.Layer(2, 3)
        self.dense.freeze()
        self.scale = Value(2.0)

    def forward(self, x: Any) -> Any:
        return [self.scale * each for each in self.dense(x)]


@pytest.mark.parametrize("graph", [folded, old, many, cut_leaf, lambda: leaf_and_root()[1]])
def test_no_english_is_left_in_japanese_pictures_of_graphs(graph: Any) -> None:
    y = graph()
    for options in ({}, {"style": "record"}, {"direction": "TB", "heat": True, "partials": True}, {"collapse": 0}):
        drawn = viz.draw(y, lang="ja", **options)
        assert english_in("\n".join(shown(drawn.svg))) == set()
        assert english_in(re.sub(r"\w+=|digraph|shape=\w+", "", drawn.text)) == set()
    for kind in ("tree", "tape"):
        assert english_in(str(viz.text(y, kind, lang="ja"))) == set()
    assert viz.svg(y, lang="ja") != viz.svg(y)
    leaf = next(v for v in (y.parents[0].parents or y.parents))
    assert english_in(str(viz.explain(y, leaf, 1, lang="ja"))) == set()
    assert english_in(str(viz.explain(leaf, y, lang="ja"))) == set()


def test_no_english_is_left_in_japanese_pictures_of_networks() -> None:
    for model in models():
        svg = viz.draw(model, lang="ja").svg
        assert english_in("\n".join(shown(svg))) == set(), model
        assert viz.draw(model).svg == viz.draw(model, lang="en").svg != svg


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_of_boxes_fit_in_every_language(lang: str) -> None:
    from viz.graph.pictures import pictures

    for y in (folded(), old(), many()):
        for style in ("textbook", "record"):
            (drawn,) = pictures(y, Look(lang=lang), [style])
            for box in drawn.boxes:
                assert box.kind == "record" or all(text.width <= box.width for text in box.texts)
                assert box.kind != "record" or sum(text.width for text in box.texts) <= box.width
    assert pixels("勾配", 12.0) >= 24.0


def test_a_group_is_opened_by_its_name_in_either_language() -> None:
    y = folded()
    (name,) = set(re.findall(r">(layer0 / neuron0)<", viz.svg(y)))
    assert len(viz.svg(y, opened=[name])) > len(viz.svg(y))
    y = cut_leaf()
    intervals = re.findall(r">(値 [\d,]+–[\d,]+)<", viz.svg(y, collapse=0, lang="ja"))
    english = re.findall(r">(values [\d,]+–[\d,]+)<", viz.svg(y, collapse=0))
    assert [spoken_name(each, "ja") for each in english] == intervals != []
    by_either = [viz.svg(y, collapse=0, lang="ja", opened=[each]) for each in (intervals[0], english[0])]
    assert by_either[0] == by_either[1] != viz.svg(y, collapse=0, lang="ja")
    with pytest.raises(TooLargeError):
        viz.html(y, collapse=None, max_boxes=3, lang="ja")
