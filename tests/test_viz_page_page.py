"""The page and its steps: numbers against the engine's, sentences, sameness, safety. At work in a browser: test_viz_page_js."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from graphs import apples, language_model
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Network

import viz
from autograd import record, scope
from autograd.functions import FUNCTIONS
from autograd.value import Value, members
from chainrule.command_line import main
from viz.graph.draft import STYLES
from viz.page import page as module
from viz.page.page import VIEWS
from viz.page.parts import HEIGHT
from viz.shapes import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


HOSTILE = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "</text></svg>", "<!--", "-->", "]]>", "a&b\"c'd",
    "{|}\\`", "__proto__", "סכום",
    "line\nbreak\r\t\u2028\u2029", "\x00\x01\x1f\x7f", "\ud800", "\udfff\ud800", "\u202eright to left\u202c", "\ufffe\uffff",
    "x" * 10_000, "リンゴ" * 100, "e" + "\u0301" * 300, "&#0;&lt;", "javascript:alert(1)", "' onload='alert(1)", "${x}",
]  # fmt: skip


def told(text: str) -> dict[str, Any]:
    """What the script of a page is given."""
    found = re.search(r'<script type="application/json" id="story">(.*?)</script>', text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    data["views"] += [view for view, _ in inside(text)]
    return data


def inside(text: str) -> list[tuple[dict[str, Any], str]]:
    """What the script of a page finds in the groups: of each what it is told, and the picture."""
    found = re.search(r'<script type="text/plain" id="inside">(.*?)</script>', text)
    return json.loads(zlib.decompress(base64.b64decode(found[1]), wbits=-15)) if found else []


def test_each_group_has_a_view_of_its_own() -> None:
    y = Network(3, 4, 4, 1).loss(9)
    views = told(viz.html(y))["views"]
    assert views[0]["name"] == ""
    assert [view["name"] for view in views[1:3]] == ["layer0 / neuron0", "layer0 / neuron1"]
    nested = next(view for view in views if view["name"] == "layer0 call 1 / neuron0")
    assert [views[i]["name"] for i in nested["path"]] == ["layer0 / neuron0", "layer0 call 1 / neuron0"]
    assert nested["path"] == [1, views.index(nested)]
    assert sum(len(box) == 4 for box in nested["boxes"]) == 7 + 4  # three products, three sums, tanh; four parameters
    (given,) = [box for box in nested["boxes"] if len(box) > 4]
    assert given[1:3] == ["27 leaves", "3 values"]
    assert views[given[4]]["path"] == [given[4]]
    for which, view in enumerate(views):
        leads = [box[4] for box in view["boxes"] if len(box) > 4]
        assert which not in leads
        assert all(-1 <= i < len(views) for i in leads)
        assert (view["steps"][0][0], view["steps"][-1][0]) == ("leaves", "backward")
    assert {box[4] for box in views[0]["boxes"] if len(box) > 4} >= {1, 2, 3, 4, 5, 6, 7, 8, 9}
    assert len(views) <= VIEWS + 1


def test_what_a_group_holds_is_drawn_alone() -> None:
    """By hand: h = tanh(a w), y = h h + a, where h is the group; a is given, w is its own, y uses what it gives."""
    a = Value(0.5, label="a")
    with scope("group"):
        h = FUNCTIONS["tanh"](a * Value(2.0, label="w"))
    y = h * h + a
    y.backward()
    page = viz.html(y, collapse=1)
    ((view, svg),) = inside(page)
    assert [box[1:2] for box in view["boxes"]] == [["a"], ["w"], ["a × w"], ["tanh(a × w)"], []]
    assert [wire[:2] for wire in view["wires"]] == [[0, 2], [1, 2], [2, 3], [3, 4]]
    assert "0.7616" in svg
    slope = 2 * math.tanh(1.0)
    said = [" ".join(words) for _, words, *_ in view["steps"]]
    assert said[0] == "Given: a = 0.5, w = 2"
    assert said[1:3] == ["a × w = 0.5 × 2 = 1", "tanh(a × w) = tanh(1) = 0.7616"]
    assert said[4] == f"From outside: → gradient of tanh(a × w): 0 → {slope:.3f}"
    passed = slope * (1 - math.tanh(1.0) ** 2)
    assert f"→ gradient of w: 0 → {0.5 * passed:.4f}" in said[6] + said[7]
    assert f"→ {2 * passed:.3f} for a" in said[6] + said[7]  # and not its gradient, to which y adds another 1
    assert a.grad == pytest.approx(2 * passed + 1, rel=1e-15)


def test_the_limits_of_a_page_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    y = Network(3, 4, 4, 1).loss(9)
    monkeypatch.setattr(module, "VIEWS", 2)
    views = told(viz.html(y))["views"]
    assert len(views) == 3
    assert [box[4] for box in views[0]["boxes"] if len(box) > 4].count(-1) == 9
    monkeypatch.setattr(module, "WORK", 0)
    assert len(told(viz.html(y))["views"]) == 1


@pytest.mark.parametrize(("values", "most"), [(120, 150_000), (753, 300_000)])
def test_the_size_of_a_page(values: int, most: int) -> None:
    y = Network(3, 4, 4, 1).loss(9) if values == 753 else Network(2, 4, 1).loss(3)
    assert len(members(y)) == values
    assert len(viz.html(y)) < most


def test_a_language_model_has_its_page_in_both_languages() -> None:
    """Names of scopes that are cut to the same words in one language, and not in another, tell the same ends apart."""
    page = viz.html(language_model(3, 4, 2))
    assert "2,430 values, folded to" in page
    assert len(page.encode()) < 300_000
    views = told(page)["views"]
    assert len(views) > 10
    assert all(set(view["in"]) == {"en", "ja"} for view in views)


def test_a_page_starts_with_what_is_opened() -> None:
    y = Network(3, 4, 4, 1).loss(9)
    first = told(viz.html(y, opened=["layer1 / neuron0"]))["views"][0]
    assert "layer1 call 1 / neuron0" in {box[1] for box in first["boxes"] if len(box) > 4}


def test_labels_inside_a_group_are_found() -> None:
    with scope("shop"):
        y = apples()
        y = y * 1.0
    (group,) = [box for box in told(viz.html(y, collapse=1))["views"][0]["boxes"] if len(box) > 4]
    assert set(group[5].split("\n")) == {"apple price", "apples", "tax", "subtotal", "total"}


class _Reader(HTMLParser):
    """Which elements there are, and what stands in scripts and style sheets."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, _) -> None:
        self.inside = ""

    def handle_data(self, data) -> None:
        if self.inside in self.raw:
            self.raw[self.inside][-1] += data


ALLOWED = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "h1", "h2", "input", "output", "button", "nav", "span",
    "section", "p", "main", "aside", "dl", "dt", "dd", "ul", "script", "svg", "g", "path", "rect", "text", "desc",
}  # fmt: skip


def checked(text: str) -> _Reader:
    """A page that runs one script, the one it says, and asks for nothing."""
    text.encode()
    read = _Reader(text)
    assert {tag for tag, _ in read.tags} <= ALLOWED
    for tag, attributes in read.tags:
        assert not any(name.startswith("on") or name in {"style", "src"} for name in attributes)
        assert "href" not in attributes or (tag, attributes["href"]) == ("link", "data:,")
    assert [kind for tag, kind in read.tags if tag == "script"] == [{"type": "application/json", "id": "story"}, {}]
    policy = next(attributes["content"] for tag, attributes in read.tags if attributes.get("http-equiv"))
    assert policy
    for what in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(read.raw[what][-1].encode()).digest()).decode()
        assert f"{what}-src 'sha256-{digest}';" in policy
        assert len(read.raw[what]) == (2 if what == "script" else 1)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    return read


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels(label: str) -> None:
    x = Value(0.5, label=label)
    y = FUNCTIONS["log"](x * x) / x  # which may raise, and say so by the label
    y.label = label
    read = checked(viz.html(y))
    data = json.loads(read.raw["script"][0])
    assert {len(data["views"][0][key]) for key in ("boxes", "wires", "steps")} == {5, 6, 10}


@settings(max_examples=30)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_label(labels: list[str]) -> None:
    y = Value(1.5)
    for label in labels:
        y = FUNCTIONS["tanh"](y * Value(0.5, label=label))
    checked(viz.html(y))


def test_a_small_page_is_small() -> None:
    x = Value(2.0, label="x")
    for y in (apples(), 1 / (1 + FUNCTIONS["exp"](-x)), (FUNCTIONS["sin"](x) * x) ** 2 + x):
        assert len(viz.html(y, live=False).encode()) < 40_000
        assert len(viz.html(y).encode()) < 60_000


def test_the_script_sets_texts_and_classes_and_makes_no_markup() -> None:
    script = checked(viz.html(apples())).raw["script"][1]
    for never in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch(", "import",
                  "XMLHttp", "localStorage", "cookie"):  # fmt: skip
        assert never not in script


@pytest.mark.parametrize("style", STYLES)
def test_every_box_wire_and_step_finds_its_element(style: str) -> None:
    text = viz.html(apples(), style)
    (view,) = told(text)["views"]
    marks = {name: set(re.findall(rf' data-{name}="(\d+)"', text)) for name in ("box", "wire")}
    assert marks["box"] == set(map(str, range(len(view["boxes"]))))
    assert marks["wire"] == set(map(str, range(len(view["wires"]))))
    for _, _, box, wire, _, _, changes in view["steps"]:
        assert -1 <= box < len(view["boxes"])
        assert -1 <= wire < len(view["wires"])
        assert all(0 <= i < len(view["boxes"]) for i, _, _ in changes)


def test_the_picture_in_the_page_is_whole_without_its_script() -> None:
    """Numbers are all there: what shows nothing of the pass hides nothing either."""
    text = viz.html(apples())
    for number in ("200", "220", "1.1", "2.2", "110"):
        assert f">{number}</text>" in text


def test_themes() -> None:
    y = apples()
    assert "data-theme" not in viz.html(y)[:200]
    assert '<html lang="en" data-theme="dark">' in viz.html(y, theme="dark")
    with pytest.raises(ValueError, match="there is no theme 'blue'; the themes are auto, light, dark"):
        viz.html(y, theme="blue")


@pytest.mark.parametrize("options", [{"backward": True}, {"focus": "個数"}, {"at_step": 1}, {"rate": 0.5}])
def test_an_option_of_pictures_alone_is_refused_by_name(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(TypeError, match=f"^{name}: an option of a picture, not of a page, which steps through both passes"):
        viz.html(apples(), **options)


def test_options() -> None:
    x = Value(2.0)
    y = x * 7
    assert "x × 7 = 2 × 7 = 14" in viz.html(y, names={"x": x})
    assert 'class="constant"' in viz.html(y)
    assert 'class="constant"' not in viz.html(y, show_constants=False)
    assert 'class="lit"' in viz.html(y, highlight=viz.explain(y, x))
    with pytest.raises(TypeError, match="a page is made of a Value, not of a float; a plain number has no graph"):
        viz.html(2.0)
    with pytest.raises(ValueError, match="no style 'wide'"):
        viz.html(y, "wide")
    with pytest.raises(TooLargeError):
        viz.html(y, max_boxes=2, collapse=None)


def test_sentences_and_picture_write_numbers_alike() -> None:
    y = apples()
    text = viz.html(y, number_format=".3f")
    assert "1.100 × 2.000 = 2.200" in text
    assert ">2.200</text>" in text
    assert ">+2.2</text>" in viz.html(y, heat=True)
    assert ">∂ 2</text>" in viz.html(y, partials=True)
    assert viz.html(y, direction="TB") != viz.html(y)
    with pytest.raises(ValueError, match="number_format is a format of floats"):
        viz.html(y, number_format="x")


def test_a_notebook_shows_the_page_in_a_frame_that_reaches_nothing() -> None:
    page = viz.html(apples())
    assert isinstance(page, str)
    assert repr(page) == f"<Page: {len(page):,} characters of HTML; viz.save(v, 'graph.html') writes such a file>"
    bundle = page._repr_mimebundle_()
    assert bundle["text/plain"] == repr(page)
    read = _Reader(bundle["text/html"])
    ((tag, attributes),) = read.tags
    assert (tag, attributes["sandbox"], attributes["srcdoc"]) == ("iframe", "allow-scripts", page)
    assert f"height:{HEIGHT}px" in (attributes["style"] or "")
    assert html.unescape(html.escape(page)) == page


def test_save_and_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    y = apples()
    viz.html(y).save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == viz.html(y)
    viz.save(y, tmp_path / "graph.html", theme="dark")
    assert (tmp_path / "graph.html").read_bytes() == viz.html(y, theme="dark").encode()
    with pytest.raises(ValueError, match=r"a drawing is a picture and has no steps: viz\.save"):
        viz.draw(y).save(tmp_path / "again.html")
    words = ["h = x*y; h + x", "x=2", "y=3", "--backward-from", "h", "--style", "record", "-o", str(tmp_path / "line.html")]
    assert main(words) == 0
    assert "gradient of h by x  3" in capsys.readouterr().out
    (view,) = told((tmp_path / "line.html").read_text("utf-8"))["views"]
    assert view["steps"][3][1] == ["Backward starts at h:", "∂h/∂h = 1"]


SAME = """
import sys
import viz
from autograd.functions import FUNCTIONS
from autograd.value import Value, members
x, y = Value(1.5, label="x"), Value(0.25, label="リンゴ")
z = FUNCTIONS["sin"](x) * y + x ** 2 / y
sys.stdout.buffer.write(viz.html(z, sys.argv[1], engine=sys.argv[2], names={"z": z, "w": {1, 2}}).encode())
"""


@pytest.mark.parametrize("style", STYLES)
def test_the_same_bytes_in_every_process(style: str, engine: str) -> None:
    outputs = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-P", "-c", SAME, style, engine]
        outputs.add(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    assert len(outputs) == 1
    assert next(iter(outputs)).startswith(b"<!doctype html>")


@pytest.mark.parametrize("call", [viz.html, viz.text, lambda thing: viz.explain(thing, Value(1.0))])
def test_what_is_no_single_value_is_told_what_to_write(call: Callable[[object], object]) -> None:
    x = Value(2.0)
    for thing, advice in (
        ([x], r"not of a list; take it out: viz\.\w+\(y\[0\]\)$"),
        ((x, x * 2), r"not of a tuple; of several take one: viz\.\w+\(y\[0\]\)$"),
        ({"loss": x, "b": x * 2}, r"not of a dict; of several take one: viz\.\w+\(y\['loss'\]\)$"),
        (record(lambda a: a * 2, 1.0), r"not of a Program; a program holds no numbers, .*: viz\.\w+\(f\(Value\(2.0\)\)\)$"),
        (lambda a: a, r"not of a function; call it first: viz\.\w+\(f\("),
        (None, "not of a NoneType; did a function forget its return"),
        (3, "not of an int; a plain number has no graph"),
        ("x * x", "not of a str$"),
    ):
        with pytest.raises(TypeError, match=advice):
            call(thing)
