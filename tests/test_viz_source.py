"""The user's source line of each node, in pictures, pages, text and explanations."""

from __future__ import annotations

import linecache
import subprocess
import sys

import pytest
from svg import safe, tags, texts

import viz
from autograd import Value, exp, sqrt
from autograd.blamed import blame, lines
from autograd.value import members
from viz.graph.pictures import picture
from viz.source import MOST_LISTED, line_told, lines_told, listing_of

SHOP = """\
def pay(price, count, tax):
    subtotal = price * count
    return subtotal * tax + exp(price - 100)
"""


@pytest.fixture
def total():
    """Computed by a program of two lines, which are kept while the test runs."""
    linecache.cache["/home/me/shop.py"] = (len(SHOP), None, SHOP.splitlines(keepends=True), "/home/me/shop.py")
    known = {"exp": exp}
    exec(compile(SHOP, "/home/me/shop.py", "exec"), known)  # noqa: S102
    price, count, tax = Value(100.0, label="price"), Value(2.0, label="count"), Value(1.1, label="tax")
    with lines():
        y = known["pay"](price, count, tax)
    y.label = "total"
    y.backward()
    yield y
    with lines():
        pass


FIRST, SECOND = "shop.py:2: subtotal = price * count", "shop.py:3: return subtotal * tax + exp(price - 100)"


@pytest.mark.parametrize("style", ["textbook", "record"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_tooltips_tell_the_line_always_and_boxes_if_that_is_wished(total: Value, style: str, direction: str) -> None:
    plain, wished = (viz.svg(total, style, direction=direction, lines=on) for on in (False, True))
    safe(wished)
    tips = [title.text or "" for title in tags(plain, "title")]
    assert sum(FIRST in tip.splitlines() for tip in tips) == (1 if style == "textbook" else 2)
    assert not any("line" in text or "shop" in text for text in texts(plain))
    assert [text for text in texts(wished) if "shop" in text] == [FIRST, SECOND]
    assert sorted(text for text in texts(wished) if text.startswith("line ")) == ["line 2"] + ["line 3"] * 4
    assert any("price\ndata 100.0" in tip for tip in tips)  # leaves were made outside


def test_a_folded_part_tells_from_where_to_where(total: Value) -> None:
    drawn = picture(total, lines=True, collapse=0, max_boxes=3)
    told = [text.content for box in drawn.boxes for text in box.texts if "line" in text.content]
    assert told == ["lines 2–3"]


def test_lines_of_several_files() -> None:
    among = [("a.py", 1), ("b.py", 2)]
    assert lines_told([("a.py", 1)], among) == "a.py:1"
    assert lines_told(among, among) == "lines of 2 files"
    assert lines_told([], among) == ""
    many = listing_of([("no-such-file.py", k) for k in range(1, MOST_LISTED + 4)])
    assert many[-1] == "and 3 more lines"
    assert len(many) == MOST_LISTED + 1
    assert line_told(("<stdin>", 1)) == "<stdin>:1"


def test_text_and_explanations_tell_it(total: Value) -> None:
    for kind in ("tree", "tape"):
        rows = viz.text(total, kind).splitlines()
        assert sum(row.endswith(FIRST) for row in rows) == 1
        assert sum(row.endswith(SECOND) for row in rows) == 4
    (price,) = (v for v in members(total) if v.label == "price")
    told = str(viz.explain(total, price)).splitlines()
    assert sum(FIRST in row for row in told) == 1
    assert sum(SECOND in row for row in told) == 4
    assert sum(row.startswith("total ") for row in told) == 1


def test_a_page_tells_it_in_the_card_and_with_the_step(total: Value) -> None:
    plain, wished = viz.html(total), viz.html(total, lines=True)
    assert FIRST in plain
    assert f"({FIRST})" not in plain
    assert f"({FIRST})" in wished
    assert ">line 2<" in wished


def test_a_step_tells_it(total: Value) -> None:
    svg = viz.draw(total, at_step=1, lines=True).svg
    assert "price × count = 100 × 2 = 200 (shop.py:2: subtotal = price * count)" in " ".join(texts(svg))


def test_what_is_at_fault_is_in_focus_with_its_line() -> None:
    x = Value(5.0, label="x")
    linecache.cache["shop2.py"] = (1, None, ["y = sqrt((x - 5) ** 2) * 2\n"], "shop2.py")
    known = {"x": x, "sqrt": sqrt}
    with lines():
        exec(compile("y = sqrt((x - 5) ** 2) * 2\n", "shop2.py", "exec"), known)  # noqa: S102
    y = known["y"]
    found = blame(y)
    assert found is not None
    drawn = picture(y, focus=found)
    assert [box.values[0] for box in drawn.boxes if box.state == "focus"] == [found.node]
    assert drawn.remark.endswith("sqrt(0) has the derivative inf (shop2.py:1: y = sqrt((x - 5) ** 2) * 2)")
    assert viz.svg(x * 2, focus=blame(x * 2)) == viz.svg(x * 2)  # nothing is at fault: nothing in focus
    with pytest.raises(ValueError, match=r"^focus: no value of the graph that is drawn is this "):
        viz.draw(x * 2, focus=found)


def test_without_lines_it_is_said_that_none_are_known() -> None:
    with lines():
        pass
    y = Value(2.0, label="x") * 3
    assert viz.svg(y, lines=True) != viz.svg(y)
    assert "no lines are known: compute inside 'with lines():'" in texts(viz.svg(y, lines=True))


def test_who_keeps_no_lines_pays_nothing() -> None:
    code = "import sys, viz; from autograd import Value; viz.svg(Value(2.0) * 3); print('autograd.source_lines' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "False"
