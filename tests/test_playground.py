"""The playground: what it makes of a text, what it is built of, and the page at work in a browser, with the engine in it."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from guides import run_guide
from pages import READY, until

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[1] / "docs"
SOURCES = DOCS / "playground"
play: dict[str, Any] = runpy.run_path(str(SOURCES / "play.py"))
made: dict[str, Any] = runpy.run_path(str(DOCS / "make_playground.py"))


def run(text: str, **options: Any) -> dict[str, Any]:
    """What comes of a text, with what it printed."""
    printed: list[str] = []
    told: dict[str, Any] = json.loads(play["run"](text, printed.append, **options))
    return {**told, "printed": "".join(printed)}


# What it makes of a text.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x**2", ({}, "x**2")),
        ("x = 3\nx**2", ({"x": 3.0}, "x**2")),
        ("x**2\nx = 3  # metres", ({"x": 3.0}, "x**2")),
        ("x = -1.5e1;\ny=2\nh = x*y\n\nsin(h) + exp(x)", ({"x": -15.0, "y": 2.0}, "h = x*y; sin(h) + exp(x)")),
        ("x = 2\nx^2", ({"x": 2.0}, "x^2")),
        ("x **", ({}, "x **")),
        ("sum([a, b]) * max(a, b)\na = 1\nb = 2", None),  # max is Python's
        ("x = 3", None),
        ("1 + 2", None),
        ("x = Value(3.0)\nx**2", None),
        ("print(1)", None),
        ("import math", None),
        ("y = nn.MLP(2, [1])", None),
        ("for i in range(3):\n    x", None),
        ("def f(:\n  pass", None),
        ("", None),
    ],
)
def test_a_text_is_an_expression_or_a_program(text, expected):
    assert play["as_expression"](text) == expected


def test_an_expression_is_differentiated():
    told = run("x = 3\ny = 4\nx * x * y")
    assert told["printed"] == "36.0\ngradient x  24.0\ngradient y  9.0\n"
    assert told["error"] is None
    assert [each["kind"] for each in told["pictures"]] == ["svg"]
    assert re.search(r"x +3 +24", told["tree"])


def test_a_program_finds_all_at_hand_and_its_last_line_is_drawn():
    told = run("x = Value(3.0)\ny = tanh(x) * 2\ny.backward()\nmodel = nn.MLP(2, [1], seed=1)\nmodel")
    assert [each["kind"] for each in told["pictures"]] == ["svg"]
    assert "Layer" in told["pictures"][0]["body"] or "MLP" in told["pictures"][0]["body"]
    assert told["tree"].splitlines()[1].startswith("y = ×")  # the Value that was computed last


LASTS = ["y", "[y, x]", "draw(y)", "draw_dot(y)", "explain(y, x)", "record(lambda a: a * a, 1.0)", "svg(y)", "html(y)"]


@pytest.mark.parametrize("last", LASTS)
def test_what_the_last_line_amounts_to_is_shown_as_a_notebook_would(last):
    told = run(f"x = Value(2.0, label='x')\ny = x * x\n{last}")
    assert told["error"] is None
    assert [each["kind"] for each in told["pictures"]] == ["html" if last == "html(y)" else "svg"]
    assert bool(told["printed"]) == last.startswith("explain")


EXAMPLES = tomllib.loads((SOURCES / "examples.toml").read_text(encoding="utf-8"))["example"]


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["title"]["en"] for each in EXAMPLES])
def test_each_example_runs_and_has_a_picture(example):
    told = run(example["program"])
    assert (told["error"] is not None) == ("error" in example["title"]["en"])
    assert told["pictures"]
    assert set(example["title"]) == {"en", "ja"}


def test_several_pictures_and_files_are_shown_in_order():
    told = run("x = Value(3.0)\nshow(viz.draw(x * x))\nshow('text')\nsave(x * 2, 'graph.svg')\nshow(viz.html(x * 3))\n1 + 1")
    assert [each["kind"] for each in told["pictures"]] == ["svg", "text", "html", "svg"]
    assert told["printed"] == "2\n"


def test_the_steps_and_the_explanation_are_of_the_last_value():
    run("price = 100\ncount = 2\nprice * count")
    assert "∂(price × count)/∂price = count = 2;" in play["page"]()
    assert play["explanation"]().startswith("∂(price × count)/∂price = count = 2\n")
    run("1 / 0")
    with pytest.raises(ValueError, match="nothing has been computed yet"):
        play["page"]()


def test_an_error_is_told_as_the_engine_says_it_with_its_line_and_advice():
    told = run("price = Value(0.0, label='price')\n\ny = 1 / price")["error"]
    assert re.fullmatch(r"ZeroDivisionError: 1 / price: (float )?division by zero, where price = 0\.0", told["said"])
    assert told["line"] == 3
    assert "<playground>" in told["where"]
    assert "autograd/" not in told["where"]
    assert told["advice"].startswith("Division by zero\n")
    assert run("x = 1\nlog(-x)", lang="ja")["error"]["advice"].startswith("定義域の外")


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("x = [\n", "SyntaxError", 1),
        ("x = 1\nif x:\npass", "IndentationError", 3),
        ("raise SystemExit(3)", "SystemExit: 3", 1),
        ("x = Value(1.0)\nfloat(x)", "TypeError", 2),
        ("def f():\n    f()\nf()", "RecursionError", 2),
        ("x**2", "ExpressionError: x has no value: give it as x=...", None),
        ("import no_such_module", "ModuleNotFoundError", 1),
    ],
)
def test_whatever_is_raised_is_told(text, said, line):
    told = run(text)["error"]
    assert told["said"].startswith(said)
    assert told["line"] == line


def test_what_was_computed_before_an_error_is_still_shown():
    told = run("x = Value(2.0)\ny = x * x\nprint('so far')\n1 / 0")
    assert told["printed"] == "so far\n"
    assert [each["kind"] for each in told["pictures"]] == ["svg"]


def test_a_graph_that_is_very_large_is_not_drawn_unasked():
    told = run("y = Value(1.0)\nfor _ in range(20_000):\n    y = y * 1.0")
    assert told["pictures"] == [{"kind": "large", "body": "20,001"}]
    assert told["tree"] == ""


def test_warnings_are_told_once_and_what_is_printed_has_an_end():
    assert run("import warnings\nwarnings.warn('take care')\nNone")["printed"] == "take care\n"
    printed = run("for i in range(100_000): print(i)")["printed"]
    assert len(printed) < 200_010
    assert printed.endswith("\n…\n")


def test_an_item_speaks_its_language():
    from chainrule.course import item

    told = run(item("A10").source[0], item_name="a10", lang="ja")
    assert told["error"] is None
    assert "修正後の b  2.5 = 2.5" in told["printed"]
    assert len(told["pictures"]) == 2


def test_plots_are_places_where_there_is_no_matplotlib(monkeypatch):
    import viz

    for name in viz.__all__:
        monkeypatch.setattr(viz, name, getattr(viz, name))
    monkeypatch.setattr(play["importlib"].util, "find_spec", lambda _: None)
    play["prepare"]()
    told = run("axes = viz.plot_function(sin, -1, 1)\naxes.set_title('sine')\nfirst, second = viz.plot_surface(sin)\nshow(axes)")
    assert told["error"] is None
    assert told["pictures"] == [{"kind": "plot", "body": "plot_function"}]


WITHOUT = """
import importlib.util, json, runpy, sys
sys.modules.update(dict.fromkeys(("numpy", "matplotlib", "PIL")))
importlib.util.find_spec = lambda name: None
play = runpy.run_path(sys.argv[1])
play["prepare"]()
from chainrule.course import items
print(json.dumps({each.id: json.loads(play["run"](each.source[0], str, item_name=each.id))["error"] for each in items()}))
"""


@pytest.mark.slow
def test_every_item_runs_but_for_what_it_misses():
    """As in the page: without NumPy and matplotlib."""
    done = subprocess.run([sys.executable, "-c", WITHOUT, SOURCES / "play.py"], capture_output=True, text=True, check=True)
    from chainrule.course import items

    errors = {name: error for name, error in json.loads(done.stdout).items() if error}
    assert [(name, error["said"]) for name, error in errors.items() if not error["missing"]] == []
    having = sum(1 for each in items() if each.source[0])
    guide = (DOCS / "playground.md").read_text(encoding="utf-8")
    assert f" {having - len(errors)} of the {having} items that have a program" in guide


def test_the_guide(root):
    run_guide(root, "playground.md", 2)


# What it is built of.


def test_the_words_of_both_languages_are_the_same():
    text = (SOURCES / "words.js").read_text(encoding="utf-8")
    english, japanese = text.split("\n  ja: {")
    keys = [re.findall(r'(?:^|[{,])\s*"?([a-z-]+)"?: (?=["`(])', part.split("en: {")[-1]) for part in (english, japanese)]
    assert len(keys[0]) > 40
    assert sorted(keys[0]) == sorted(keys[1])
    used = set(re.findall(r'data-(?:say|hint)="([a-z-]+)"', (SOURCES / "index.html").read_text(encoding="utf-8")))
    used |= set(re.findall(r'\bsay\("([a-z-]+)"', (SOURCES / "playground.js").read_text(encoding="utf-8")))
    assert used <= set(keys[0])
    assert set(keys[0]) <= used


def test_no_other_host_is_named_in_what_is_ours():
    for name in made["PAGE"]:
        assert not re.search(r"https?://", (SOURCES / name).read_text(encoding="utf-8")), name


def test_the_notices_name_what_is_shipped_and_hold_its_licences():
    text = made["notices"](b"Apache License, as it came")
    licences = "Eclipse Public License - v 2.0", "Mozilla Public License Version 2.0", "PYTHON SOFTWARE FOUNDATION LICENSE"
    for words in (*licences, "Pyodide 314.", "Graphviz 16.", "fzstd", "Apache License, as it came"):
        assert words in text
    assert not re.search("@[A-Z_]+@", text)


def test_an_archive_that_is_another_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    (tmp_path / made["PYODIDE"].archive).write_bytes(b"another")
    with pytest.raises(RuntimeError, match=r"is not pyodide 314\.\d+\.\d+: its SHA-512 differs"):
        made["fetched"](made["PYODIDE"])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="comes from npm, which is not installed; or put hpcc-js-wasm-graphviz-"):
        made["fetched"](made["GRAPHVIZ"])


# The page at work.

BUSY = 60_000
"""Milliseconds that a busy machine may take to load the engine."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the playground, built and served; skipped where what it is built of is not at hand."""
    to = tmp_path_factory.mktemp("playground") / "built"
    try:
        made["build"](to)
    except RuntimeError as error:
        pytest.skip(f"the playground cannot be built here: {error}")
    server = made["served"](to)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


class Visit:
    """A reader's browser: what it complains of and asks for is kept."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page = self.context.new_page()
        self.page.set_default_timeout(BUSY)
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.address = address

    def open(self, at: str = "") -> Visit:
        self.page.goto(self.address + at)
        return self.ready()

    def ready(self) -> Visit:
        """Wait until what the address asks for stands there, and has been run if it is to be."""
        self.page.wait_for_selector("#code:not([readonly])")
        self.page.wait_for_selector("body[data-engine=ready]")
        self.page.wait_for_selector("body[data-state=idle], body:not([data-state])")
        return self

    def run(self, text: str) -> str:
        """Type a text and run it; the status afterwards."""
        self.page.fill("#code", text)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_selector("body[data-state=idle]")
        return str(self.page.inner_text("#status"))

    def unpack(self) -> None:
        """Let the page go on with the code in its address (see `HELD`)."""
        until(lambda: self.page.evaluate("'unpack' in window"))
        self.page.evaluate("unpack()")

    def close(self) -> None:
        self.context.close()
        assert self.problems == []
        assert [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def visit(browser: Any, address: str) -> Iterator[Visit]:
    """One visit that several tests share: loading takes long."""
    visit = Visit(browser, address).open()
    yield visit
    visit.close()


HELD = """const whole = Response.prototype.arrayBuffer;
Response.prototype.arrayBuffer = async function () {
  await new Promise((done) => { window.unpack = done; });
  return whole.call(this);
};"""
"""Unpacking and packing of code wait for `unpack()`."""

SIZES = """[...document.querySelector(".drawing").shadowRoot.querySelectorAll("text")].map(
    text => [text.getAttribute("font-size"), getComputedStyle(text).fontSize])"""
"""Of the texts of a picture: as it says, and as they are shown."""


@pytest.mark.slow
@pytest.mark.browser
class TestAtWork:
    def test_it_opens_with_a_picture(self, visit):
        assert visit.page.locator("#picture svg").count() == 1
        assert visit.page.inner_text("#printed").startswith("2.715444760934599\n")  # tanh(-1.5) * -3
        assert visit.page.evaluate("location.hash + location.search") == ""

    def test_what_is_typed_is_drawn_and_told(self, visit):
        assert visit.run("a = 3\nb = 4\na * a * b").startswith("Done in")
        assert visit.page.inner_text("#printed") == "36.0\ngradient a  24.0\ngradient b  9.0\n"
        assert "24" in visit.page.locator("#picture svg").text_content()
        visit.page.click("#tab-tree")
        assert re.search(r"a +3 +24", visit.page.inner_text("#tree"))
        visit.page.click("#tab-explanation")
        visit.page.wait_for_selector("#explanation pre")
        assert visit.page.inner_text("#explanation").startswith("∂((a × a) × b)/∂a = 2ba = 24 = 12 + 12")

    def test_a_network_looks_as_elsewhere(self, visit):
        visit.run("nn.MLP(2, [3, 1], 'tanh', seed=1)")
        told = visit.page.evaluate(SIZES)
        assert len(told) > 10
        assert [(given, shown) for given, shown in told if given and f"{given}px" != shown] == []

    def test_the_steps_are_walked(self, visit):
        visit.run("a = 3\na * a")
        visit.page.click("#tab-steps")
        frame = visit.page.frame_locator("#steps iframe")
        frame.locator(READY).wait_for()
        frame.locator("#next").click()
        assert frame.locator("#count").inner_text().startswith("1 /")
        for _ in range(2):
            frame.locator("#next").click()
        assert "3" in frame.locator("#sentence").inner_text()
        visit.page.click("#tab-picture")

    def test_an_error_is_said_and_its_line_marked(self, visit):
        assert visit.run("x = Value(0.0, label='x')\ny = 1 / x") == "An error in line 2."
        said = visit.page.inner_text("#said")
        assert re.fullmatch(r"ZeroDivisionError: 1 / x: (float )?division by zero, where x = 0\.0", said)
        assert visit.page.inner_text("#gutter b") == "2"
        assert visit.run("y = Value(1.0) * 2").startswith("Done in")
        assert visit.page.is_hidden("#error")

    def test_an_endless_loop_is_stopped_and_the_engine_goes_on(self, visit):
        visit.page.fill("#code", "print('begun')\nwhile True:\n    pass")
        visit.page.click("#run")
        visit.page.wait_for_selector("#output:not([hidden])")
        visit.page.click("#stop")
        assert visit.page.inner_text("#status").startswith("Stopped after")
        assert visit.run("Value(2.0) * 3").startswith("Done in")
        assert visit.page.locator("#picture svg").count() == 1

    def test_a_long_chain_goes_through(self, visit):
        text = "x = y = Value(1.0)\nfor _ in range(100_000):\n    y = y * x\ny.backward()\nprint(x.grad)\ndel y\nprint('freed')"
        assert visit.run(text).startswith("Done in")
        assert visit.page.inner_text("#printed") == "100001.0\nfreed\n"
        assert visit.run(text.replace("\ndel y", "\ndef f(): return f")).startswith("Done in")  # held by a cycle
        assert visit.page.inner_text("#picture").startswith("The graph of what was computed last has 100,001 Values")
        assert visit.run("import gc\nprint(gc.collect() > 0)").startswith("Done in")

    def test_no_depth_of_calls_ends_the_engine(self, visit):
        assert visit.run("def f(n):\n    return f(n + 1)\nf(0)").startswith("An error in line")
        assert visit.page.inner_text("#said").startswith("RecursionError")

    def test_an_item_is_opened_from_the_list(self, visit):
        visit.page.select_option("#open", "A9")
        visit.page.wait_for_selector("body[data-state=idle]")
        visit.page.wait_for_url("**/?item=A9")
        assert "=" in visit.page.inner_text("#printed")
        # the plot that the course has
        until(lambda: visit.page.evaluate("document.querySelector('#picture img').naturalWidth") > 300)

    def test_code_travels_in_the_address(self, browser, address):
        from playwright.sync_api import expect

        sender = Visit(browser, address).open()
        code = 'x = Value(2.0, label="値段 🍎")\ny = x * x  # <&">\ny'
        sender.run(code)
        sender.page.click("#share")
        sender.page.locator("#status", has_text="link").wait_for()
        link = sender.page.evaluate("location.href")
        assert "#code=" in link
        sender.page.add_init_script(HELD)
        sender.page.reload()
        until(lambda: sender.page.evaluate("'unpack' in window"))
        expect(sender.page.locator("#code")).to_have_value("")  # no example in the meantime
        sender.unpack()
        sender.ready()
        expect(sender.page.locator("#code")).to_have_value(code)
        sender.close()

        receiver = Visit(browser, address)
        loading: list[Any] = []
        receiver.context.route("**/play.py", lambda route: loading.append(route))  # noqa: PLW0108  # it is marked
        receiver.page.add_init_script(HELD)
        receiver.page.goto(address)
        receiver.page.wait_for_selector("body[data-state=running]")  # it waits for the engine
        receiver.page.goto(link)
        expect(receiver.page.locator("#code")).not_to_be_editable()  # what is typed now would be lost
        receiver.page.keyboard.press("Control+Enter")
        receiver.unpack()
        expect(receiver.page.locator("#code")).to_have_value(code)
        expect(receiver.page.locator("#status")).to_contain_text("Read it, then run it")
        until(lambda: receiver.page.evaluate("true") and len(loading) == 1)  # while a page is asked, what has come is told
        loading[0].continue_()
        receiver.ready()
        assert receiver.page.get_attribute("body", "data-runs") is None  # what others wrote is run when one says so
        assert receiver.page.locator("#picture svg").count() == 0
        assert "Read it, then run it" in receiver.page.inner_text("#status")
        receiver.page.click("#run")
        receiver.page.wait_for_selector("#picture svg")
        assert "値段" in receiver.page.locator("#picture svg").text_content()
        receiver.close()

    def test_an_item_in_japanese_on_a_dark_phone_without_a_network(self, browser, address):
        phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "locale": "ja-JP"}
        visit = Visit(browser, address, **phone).open("?item=A10")
        page = visit.page
        assert "修正後の b  2.5 = 2.5" in page.inner_text("#printed")
        assert page.evaluate("document.documentElement.lang") == "ja"
        for tab in ("steps", "tree", "explanation", "picture"):
            page.click(f"#tab-{tab}")
            page.wait_for_selector(f"#{tab} :is(pre, iframe, svg)")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 17, 23)"
        page.wait_for_selector("body[data-kept]")
        visit.context.set_offline(True)
        assert page.evaluate("fetch('not-kept').then(() => 'there', () => 'no network')") == "no network"
        visit.problems.clear()  # the browser's own word about that
        page.reload()
        page.wait_for_selector("body[data-runs]")
        assert "修正後の b  2.5 = 2.5" in page.inner_text("#printed")
        visit.context.set_offline(False)
        visit.close()

    def test_what_is_wrong_with_an_address_is_said(self, browser, address):
        visit = Visit(browser, address).open("?item=Z9")
        assert visit.page.inner_text("#status") == "There is no item Z9 in the course."
        visit.page.goto(f"{address}?lang=ja#code=!!!")
        visit.page.locator("#status", has_text="アドレスの中のコードが壊れている。").wait_for()
        visit.close()
