"""The site: every public name is told, it is built without a warning, its links hold, and a browser shows it."""

from __future__ import annotations

import ast
import functools
import http.server
import importlib
import importlib.util
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from guides import run_guide

import autograd
from autograd import registry

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "docs" / "site"
sys.path.append(str(SITE))

NEEDS = {"sphinx": "sphinx", "myst_parser": "myst-parser", "furo": "furo", "hypothesis": "hypothesis"}
MISSING = [name for module, name in NEEDS.items() if importlib.util.find_spec(module) is None]
built_with = pytest.mark.skipif(bool(MISSING), reason=f"the site needs {', '.join(MISSING)}: pip install --group site")


def names_told(before: str = "") -> subprocess.CompletedProcess[str]:
    """What the reference of the checkout tells, by whole names, in a process of its own."""
    program = f"import sys; sys.path[:0] = {[str(ROOT), str(SITE)]}; import reference as r; {before}\n"
    program += "print(*[each.full for each in r.everything(r.entries())], sep='\\n')"
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def told():
    found = names_told()
    assert found.returncode == 0, found.stderr
    return set(found.stdout.splitlines())


@pytest.mark.parametrize("module", ["autograd", "autograd.numbers", "autograd.blamed", "nn", "viz", "chainrule.course"])
def test_every_public_name_is_told(told, module):
    names = {f"{module}.{name}" for name in importlib.import_module(module).__all__}
    assert names - told == set()


def test_methods_are_told(told):
    assert {f"autograd.{name}" for name in ("Value.backward", "Value.grad", "Value.sin", "Program.batch")} <= told
    assert {"nn.Module.parameters", "nn.Optimizer.step", "viz.Drawing.save"} <= told


def test_what_the_guides_import_is_told(told):
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    block = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
    blocks = [found for page in pages for found in block.findall(page.read_text(encoding="utf-8"))]
    asked = set()
    for each in blocks:
        for node in ast.walk(ast.parse(each)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {"autograd", "nn", "viz"}:
                asked |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert len(asked) > 50
    assert asked - told == set(), "name them in docs/site/reference.py"


def test_a_name_without_a_docstring_is_named():
    broken = names_told("import nn; nn.bare = lambda: 0; nn.bare.__module__ = 'nn.losses'; nn.__all__.append('bare')")
    assert "MissingError: no docstring: nn.bare" in broken.stderr
    broken = names_told("import nn; nn.Adam.more = lambda self: 0")
    assert "MissingError: no docstring: nn.Adam.more" in broken.stderr


def test_a_name_without_a_page_is_named():
    broken = names_told("r.NAMED['autograd.kinks'] = ('sides_of',)")
    assert "MissingError: autograd.kinks.sides_of has no page" in broken.stderr


@pytest.mark.parametrize("name", ["docstrings", "listings", "sourcetree", "bigrams"])
def test_examples_of_the_makers_run(name):
    if name in {"bigrams", "listings"} and MISSING:
        pytest.skip(f"needs {', '.join(MISSING)}: pip install --group site")
    import doctest

    tried = doctest.testmod(importlib.import_module(name))
    assert tried.failed == 0
    assert tried.attempted > 0


def test_docstrings_become_markdown():
    from docstrings import markdown

    link = {"grad": "autograd.grad"}.get
    said = markdown("w1*x1 + w2*x2 of `grad`, ``x``:\n- one\n  more\n\n    indented_code * 2\n", link).split("\n\n")
    assert said[0] == "w1\\*x1 + w2\\*x2 of {py:obj}`grad <autograd.grad>`, ``x``:"
    assert said[1:] == ["- one\n  more", "```text\nindented_code * 2\n```"]
    assert markdown("autograd.sin(x): the sine.\n\nd/dx = cos(x)\nDomain: x in (-inf, inf).", link).endswith(
        "d/dx = cos(x)\\\nDomain: x in (-inf, inf)."
    )


def test_a_formula_that_begins_with_a_minus_is_no_list():
    from docstrings import markdown

    assert markdown("- t log h.\n\n- one\n- two", {}.get) == "\\- t log h.\n\n- one\n- two"


def test_each_operation_has_its_plot():
    from plotted import UNDRAWN, plots, with_plots

    figures = plots()
    named = re.findall(r"^### (\w+)$", (ROOT / "docs" / "ops.md").read_text(encoding="utf-8"), re.MULTILINE)
    many = {"sum", "prod", "mean", "dot", "logsumexp"}
    assert set(figures) == set(named) - many - set(UNDRAWN)
    assert all(figure.count('<path class="value"') == 2 for figure in figures.values())  # the curve, and its sign below
    guide = (ROOT / "docs" / "ops.ja.md").read_text(encoding="utf-8")
    assert with_plots(guide, figures).count('<figure class="plots">') == len(figures)


def test_a_plot_shows_values_and_partials_at_their_places():
    from plotted import HEIGHT, LEFT, TOP, Curve, path, svg

    drawn = svg(autograd.ops.TABLE["sin"], [0.0, 1.0, 2.0], [Curve("y", [0.0, 1.0, 2.0])], "")
    (line,) = re.findall(r'<path class="value" d="(M[^h"]+)"/>', drawn)
    (x0, y0), (x1, y1), (x2, y2) = [tuple(map(float, pair.split())) for pair in re.split("[ML]", line)[1:]]
    assert (x0, x2) == (0.0, 320 - 8 - LEFT)
    assert x1 == x2 / 2
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.1)
    assert 0 < y2 < y0 < HEIGHT - TOP
    step = path([(float(x), 10.0 if x < 3 else 90.0) for x in range(6)], 100.0)
    assert step.count("M") == 2
    pole = path([(0.0, 10.0), (1.0, None), (2.0, 90.0)], 100.0)
    assert pole == "M0.0 10.0M2.0 90.0"


def test_broken_links_and_other_hosts_are_named(tmp_path):
    from links import problems

    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<h1 id="here">b</h1><a href="../a.html#x=1">state</a>', encoding="utf-8")
    page = '<a href="sub/b.html#here">good</a><a href="https://example.org">outside</a><img src="data:image/gif;base64,AA">'
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert problems(tmp_path) == []
    page += '<a href="c.html">c</a><a href="sub/b.html#there">d</a><a href="../e">e</a>'
    page += '<script src="https://cdn.example.org/x.js"></script>'
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    (tmp_path / "a.css").write_text("@import url(https://fonts.example.org/a.css)", encoding="utf-8")
    assert sorted(problems(tmp_path)) == [
        "a.css: loads from another host",
        "a.html: ../e leads out of the site",
        "a.html: c.html is not there",
        "a.html: loads https://cdn.example.org/x.js",
        "a.html: sub/b.html#there has no such place",
    ]


def test_the_guide_of_those_who_come_from_elsewhere_runs(root):
    try:
        run_guide(root, "coming_from.md", 7)
    finally:
        registry.remove("cube")


def test_figures_of_the_comparison_are_those_that_were_measured(root):
    text = (root / "docs" / "comparison.md").read_text(encoding="utf-8")
    measured = (root / "docs" / "performance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\| ([\d.,]+) (ns|us|ms) \|[^|]+\| ([\d.,]+) (ns|us|ms) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert len(rows) > 15
    unit = {"ns": 1.0, "us": 1e3, "ms": 1e6}
    for ours, our_unit, theirs, their_unit, ratio in rows:
        assert re.search(rf"(?<![\d.,]){re.escape(ours)}(?![\d.,]*\d)", measured)
        assert re.search(rf"(?<![\d.,]){re.escape(theirs)}(?![\d.,]*\d)", measured)
        quotient = float(ours.replace(",", "")) * unit[our_unit] / (float(theirs.replace(",", "")) * unit[their_unit])
        digits = len(ratio.partition(".")[2])
        assert float(ratio) == pytest.approx(quotient, abs=0.51 * 10.0**-digits), (ours, theirs)


def test_figures_of_the_japanese_summary_are_those_that_were_measured(root):
    summary = (SITE / "performance.ja.md").read_text(encoding="utf-8")
    measured = (root / "docs" / "performance.md").read_text(encoding="utf-8")
    numbers = re.findall(r"(?<![\w.])\d[\d,]*\.\d+(?!\.)|\d+,\d{3}", summary)
    assert len(numbers) > 15
    assert [number for number in numbers if number not in measured] == []


# ------------------------------------------------------------------------------------------------- what needs the group `site`


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once; skipped in words where what builds it is not installed."""
    if MISSING:
        pytest.skip(f"the site needs {', '.join(MISSING)}: pip install --group site")
    to = tmp_path_factory.mktemp("site") / "site"
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_site.py"), str(to)], capture_output=True, text=True, check=False, cwd=to.parent
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return to


def test_it_is_built_without_a_warning_in_both_languages(site):
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    english = {name for name in pages if not name.startswith(("ja/", "source/", "live/", "playground/"))}
    japanese = {name.removeprefix("ja/") for name in pages if name.startswith("ja/")}
    assert english == japanese
    named = ("index", "course/a", "reference/value", "reference/command", "ops", "comparison", "coming_from", "versions")
    assert {f"{name}.html" for name in named} <= english
    assert "source/autograd/node.py.html" in pages
    for name in english:
        assert f'href="{"../" * name.count("/")}ja/{name}"' in (site / name).read_text(encoding="utf-8")
        assert f'href="{"../" * name.count("/")}../{name}"' in (site / "ja" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["", "ja/"])
def test_the_inventory_has_every_public_name(site, told, lang):
    from sphinx.util.inventory import InventoryFile

    with (site / lang / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "https://example.org", "/".join)
    inventory = getattr(inventory, "data", inventory)  # a mapping, or what holds one
    assert told - {name for kind, names in inventory.items() if kind.startswith("py:") for name in names} == set()


def test_signatures_are_those_of_help_and_hold_no_address(site):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (site / "_sources" / "reference").glob("*.md")}
    assert "{py:function} draw(v: Any, style: str = 'textbook', *, theme: str = 'auto'" in pages["pictures"]
    assert "{py:method} Value.backward(gradient: Plain=1.0) -> None" in pages["value"]
    assert "{py:function} leaky_relu(x, slope=0.01)" in pages["functions"]
    assert not re.findall(r"0x[0-9a-f]{6,}", "".join(pages.values()))


def test_llms_txt_leads_to_markdown(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert text.startswith("# chainrule\n\n> ")
    assert len(targets) > 25
    assert all((site / target).read_text(encoding="utf-8").startswith("# ") for target in targets)


def test_licences_of_what_is_copied_stand_in_full(site):
    text = (site / "NOTICES.txt").read_text(encoding="utf-8")
    assert all(f"{name} " in text for name in ("Sphinx", "furo", "Pygments", "snowballstemmer", "gumshoe"))
    assert text.count("WARRANTY") + text.count("WARRANTIES") >= 4


def test_pictures_and_answers_of_the_course_are_inline_and_folded(site):
    for page in (site / "course" / "b.html", site / "ja" / "course" / "b.html"):
        text = page.read_text(encoding="utf-8")
        assert text.count("<img") > 10
        assert text.count("<details>") == text.count("</details>") > 3


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def visit(browser, address):
    """Opens a page; nothing may have been asked of another host, nor complained of."""
    asked, problems, contexts = [], [], []

    def open_page(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(name if "://" in name else address + name)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "file:", "blob:"))] == []
    assert problems == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lang", "asked", "found"),
    [
        ("", "value_and_grad", "reference/derivatives.html"),
        ("", "threshold neuron", "course/a.html"),
        ("ja/", "計算グラフ", "index.html"),
        ("ja/", "グラフ", "graphs.html"),
        ("ja/", "勾配消失", "course/"),
        ("ja/", "閾値", "conventions.html"),
        ("ja/", "彩色によるヤコビ行列", "comparison.html"),
        ("ja/", "葉", "graphs.html"),
        ("ja/", "value_and_grad", "reference/derivatives.html"),
    ],
)
def test_search_finds_words_also_from_a_file(site, visit, lang, asked, found):
    for start in ("", site.as_uri() + "/"):
        page = visit(f"{start}{lang}search.html?q={asked}")
        page.wait_for_selector(f'#search-results li > a[href*="{found}"]', state="attached")


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(site, visit):
    page = visit("index.html", viewport={"width": 390, "height": 800})
    base = page.url.removesuffix("index.html")
    wide = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if not name.startswith(("live/", "playground/")):
            page.goto(base + name)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 390:
                wide[name] = width
    assert wide == {}


@pytest.mark.browser
def test_light_and_dark(visit):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit("index.html", color_scheme=scheme) for scheme in ("light", "dark"))
    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert sum(map(int, re.findall(r"\d+", dark.evaluate(ground)))) < 100
    light.click(".theme-toggle-content .theme-toggle")
    assert light.evaluate("document.body.dataset.theme") in {"dark", "light"}
