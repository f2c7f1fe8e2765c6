"""Leaves that are changed in a page: what it computes and says then is what Python computes and says at those numbers."""

from __future__ import annotations

import itertools
import math
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from graphs import apples
from pages import Opened

import autograd
import viz
from autograd import scope
from autograd.functions import FUNCTIONS, dot
from autograd.ops import BUILTIN, TABLE
from autograd.value import Value
from viz.page.live import NUMBERS, Model, model_of
from viz.page.page import FOLDER
from viz.page.steps import replayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.operation import Operation

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # half a minute of a browser
CLOSE = 1e-12


def numbers() -> list[float]:
    """Of all sizes; with few digits; halves in the last digit that is written."""
    stream = random.Random(3)
    sign = lambda: stream.choice((-1, 1))
    found = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 999.95, 999.949999, 1000.5, 1001.5, 100.25]
    found += [9.9995e-5, 0.00009999499, 1e6, 1000001.0, 999999.5, 1e16, 9999999999999998.0, 1e21, 1e22, 2.1999999999999886, 1e-5]
    found += [sign() * 10 ** stream.uniform(-12, 12) for _ in range(3000)]
    found += [sign() * 10 ** stream.uniform(-308, 308) for _ in range(2000)]
    found += [stream.randrange(-(10**6), 10**6) / 2 ** stream.randrange(8) for _ in range(2500)]
    found += [round(stream.uniform(-2000, 2000), stream.randrange(5)) for _ in range(2500)]
    return found


def as_text(x: float) -> str:
    """A number as JavaScript reads it, since JSON has no infinities."""
    return repr(x).replace("inf", "Infinity").replace("nan", "NaN")


def run(browser: Any, script: str, given: object) -> Any:
    """What a function of a page's scripts gives."""
    page = browser.new_page()
    scripts = "\n".join((FOLDER / name).read_text("utf-8") for name in ("numbers.js", "live.js"))
    try:
        return page.evaluate(f"(given) => {{ {scripts}\n return ({script})(given); }}", given)
    finally:
        page.close()


def test_numbers_are_written_as_python_writes_them(browser: Any):
    given = numbers()
    wanted = [[viz.words.number(x), repr(x), viz.words.number(x, ".2f"), viz.words.number(x, ".0f")] for x in given]
    write = "[number(x), exact(x), number(x, 2), number(x, 0)].join(' ')"
    script = f"(texts) => texts.split(' ').map(Number).map((x) => {write}).join('\\n')"
    found = [line.split(" ") for line in run(browser, script, " ".join(map(as_text, given))).split("\n")]
    assert len(given) > 10_000
    assert [(x, a, b) for x, a, b in zip(given, wanted, found, strict=True) if a != b] == []


# What is shown and said.


def expression(x: float = 1.5, y: float = 0.25) -> Any:
    a, b = Value(x, label="x"), Value(y, label="y")
    return (FUNCTIONS["sin"](a) * a) ** 2 + a / b - FUNCTIONS["exp"](-b) * 3


def wide(x: float = 1.5, y: float = 0.25) -> Any:
    """An operation of more operands than are drawn, nodes that are used twice, a power of two Values."""
    a, b, c = Value(x, label="a"), Value(y, label="b"), Value(-0.7)
    h = a * b
    h.label = "h"
    total = autograd.sum([h, h, a, b, c, a * 2, c * c, h - a, b**2, c + 1, a])
    return total * abs(c) ** b + FUNCTIONS["relu"](h - 1) * FUNCTIONS["maximum"](a, c)


def net(x: float = 1.5, y: float = 0.25) -> Any:
    xs = [Value(x, label="x0"), Value(y, label="x1")]
    rows = [[Value(0.3 * (i + 1) - 0.5 * j, label=f"w{i}{j}") for j in range(2)] for i in range(2)]
    hs = [FUNCTIONS["tanh"](dot(row, xs, Value(0.1 * i, label=f"b{i}"))) for i, row in enumerate(rows)]
    return FUNCTIONS["sigmoid"](autograd.mean(hs)) + autograd.logsumexp(hs) * autograd.prod([*hs, xs[0]])


def multiples(x: float = 1.5, _: float = 0.25) -> Any:
    """Whose wires say 3 (2x)."""
    y = Value(x, label="x") * 2 * 1.1
    y.label = "y"
    return y - 1.1 * y * 0.5


def slope(x: float = 1.5, y: float = 0.25) -> Any:
    """A derivative as a graph."""
    a, b = Value(x, label="x"), Value(y, label="y")
    return autograd.gradients(FUNCTIONS["tanh"](a * b) ** 2 / a, [a], graph=True)[0]


def set_to(page: Any, *given: float) -> None:
    """Type numbers for the first leaves."""
    if page.is_hidden("#leaves"):
        page.click("#change")
    for field, x in zip(page.locator("#rows input[type=number]").all(), given, strict=False):
        field.fill(repr(x))


def walked(page: Any) -> list[Any]:
    """All texts and what is told of the nodes, at each step; and how wires are drawn at the end."""
    states: list[Any] = page.evaluate("""() => {
      const $ = (id) => document.getElementById(id);
      const all = (selector, read) => [...document.querySelectorAll(selector)].map(read);
      const told = () => [$("sentence").textContent, $("phase").textContent, document.title, document.body.dataset.phase,
        all("#stage [data-text], #stage .shown text", (text) => [text.textContent, text.getAttribute("class")]),
        all(".node", (node) => node.ariaLabel)];
      $("first").click();
      const states = [told()];
      while (!$("next").disabled) {
        $("next").click();
        states.push(told());
      }
      const drawn = (line) => [[...line.classList].sort(), line.getAttribute("stroke-width")];
      return [...states, all("#stage .line, #stage .tip", drawn)];
    }""")
    return states


@pytest.mark.parametrize(("make", "options"), [
    (expression, {"direction": "TB", "show_constants": "inside"}),
    (wide, {"style": "record", "partials": True}),
    (net, {"heat": True, "number_format": ".3f"}),
    (slope, {}),
    (expression, {"symbols": True}),
    (multiples, {"symbols": True}),
])  # fmt: skip
def test_all_that_is_shown_is_what_a_page_of_new_numbers_shows(opened: Opened, make: Callable[..., Any], options: Any):
    page = opened(viz.html(make(), **options))
    before = walked(page)
    set_to(page, 2.25, -1.5)
    assert apart(walked(page), walked(opened(viz.html(make(2.25, -1.5), **options)))) == []
    set_to(page, 1.5, 0.25)  # and every sentence is again the one that Python has written
    assert apart(walked(page), before) == []
    assert page.is_disabled("#restore")


def apart(one: Any, other: Any) -> list[tuple[Any, Any]]:
    """Pairs that differ, but for what the last bit makes of numbers that are told to the last bit, and of the width of wires."""
    if isinstance(one, list) and len(one) == len(other):
        return [pair for a, b in zip(one, other, strict=True) for pair in apart(a, b)]
    if one == other or not isinstance(one, str):
        return [] if one == other else [(one, other)]
    found, wanted = (re.split(r"(-?\d+\.?\d*(?:e-?\d+)?)", text) for text in (one, other))
    close = lambda a, b: a == b or math.isclose(float(a), float(b), rel_tol=2e-3)
    alike = found[::2] == wanted[::2] and all(map(close, found[1::2], wanted[1::2]))
    return [] if alike else [(one, other)]


def test_a_pass_that_starts_inside_with_another_gradient(opened: Opened):
    def page_at(x: float) -> str:
        a, b = Value(x, label="a"), Value(2.0, label="b")
        h = a * a
        y = h * 3 + a * b
        h.backward(0.5)
        return viz.html(y, backward_from=h)

    page = opened(page_at(2.0))
    set_to(page, 5.0)
    assert apart(walked(page), walked(opened(page_at(5.0)))) == []
    assert page.locator("#rows .grad").all_inner_texts() == ["grad 5", "grad –"]


@pytest.mark.parametrize(("x", "y", "style"), [(0.0, 0.0, "record"), (1e200, -1.0, "textbook")])
def test_at_kinks_and_far_away(opened: Opened, x: float, y: float, style: str):
    def make(x: float, y: float) -> Any:
        a, b = Value(x, label="a"), Value(y, label="b")
        chosen = FUNCTIONS["sqrt"](FUNCTIONS["relu"](a)) * 2 + abs(a) * FUNCTIONS["maximum"](a, b)
        return chosen + FUNCTIONS["clip"](b, -1, 1) * FUNCTIONS["step"](a)

    page = opened(viz.html(make(0.5, -0.25), style))
    set_to(page, x, y)
    texts = lambda states: [state[4] for state in states[:-1]]  # the formula of a rule that holds elsewhere is still in the words
    assert apart(texts(walked(page)), texts(walked(opened(viz.html(make(x, y), style))))) == []


# The operations.


def leaf_for(entry: Operation, i: int) -> float:
    domain = entry.domain[i]
    return next(x for x in (0.3 + i / 8, 1.5 + i, -0.5) if x in domain)


@pytest.mark.parametrize("places", [[0.31], pytest.param([0.07, 0.62, 0.97], marks=pytest.mark.slow)])
def test_every_operation_is_dragged_through_its_domain(opened: Opened, places: list[float]):
    """Each a term of one sum; sliders are moved by hand, and what the nodes say of themselves is what the engine computes."""
    entries = [e for e in TABLE.values() if not e.many and e.code < BUILTIN and e.name not in {"where", "detach", "polygamma"}]
    names = [(e, i, f"{e.name}{i}") for e in entries for i in range(e.arity)]

    def made(at: dict[str, float]) -> tuple[Value, dict[str, Value]]:
        leaves = {name: Value(x, label=name) for name, x in at.items()}
        terms = []
        for e in entries:
            v = FUNCTIONS[e.name](*[leaves[f"{e.name}{i}"] for i in range(e.arity)])
            v.label = f"{e.name}()"
            terms.append(v)
        y = terms[0]
        for term in terms[1:]:
            y = y + term
        y.backward()
        return y, leaves | {v.label: v for v in terms}

    start = {name: leaf_for(e, i) for e, i, name in names}
    page = opened(viz.html(made(start)[0], max_boxes=2000), width=1600, height=1000)
    page.keyboard.press("End")
    moved = page.evaluate(DRAG, places)
    for at, told in moved:
        _, wanted = made({row["name"]: row["x"] for row in at})
        found = {name: (float(x), float(g)) for name, x, g in (re.fullmatch(SPOKEN, each).groups() for each in told)}
        for name, v in wanted.items():
            assert found[name][0] == pytest.approx(v.data, rel=CLOSE), name
            assert found[name][1] == pytest.approx(v.grad, rel=CLOSE), name


SPOKEN = r"(\w+(?:\(\))?), value ([^,]+), gradient ([^,]+)(?:, .*)?"
DRAG = """(places) => {
  document.getElementById("change").click();
  const rows = [...document.querySelectorAll("#rows li")];
  return places.map((place) => {
    for (const row of rows) {
      const slider = row.querySelector("input[type=range]");
      const before = slider.value, low = Number(slider.min), high = Number(slider.max);
      slider.value = low + place * (high - low);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      if (document.body.classList.contains("refused")) {
        slider.value = before;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    const at = rows.map((row) => ({ name: row.querySelector(".name").textContent, x: Number(row.querySelector("input").value) }));
    const told = [...document.querySelectorAll("#stage .node")].map((node) => node.ariaLabel);
    return [at, told.filter((text) => /^\\w+(\\(\\))?, value/.test(text))];
  });
}"""


# What the engine refuses.

REFUSALS = """(models) => models.map(({ script, told, points }) => {
  const OPERATIONS = new Function(script + "return OPERATIONS;")(), graph = graphOf(told, OPERATIONS);
  const leaves = told.nodes.flatMap((node, i) => (Array.isArray(node) ? [] : [i]));
  return points.map((xs) => {
    leaves.forEach((k, i) => { graph.given[k] = Number(xs[i]); });
    return graph.set(leaves[0], Number(xs[0]));
  });
})"""


def refusal(entry: Operation, xs: tuple[float, ...], *, labels: bool) -> str:
    """What the engine says, in the words of the page."""
    try:
        applied(entry, [Value(x, label=f"x{i}" if labels else "") for i, x in enumerate(xs)])
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def applied(entry: Operation, operands: list[Any]) -> Any:
    if entry.name == "polygamma":
        operands = [2, operands[1]]
    if entry.symbol in SIGNS:
        return SIGNS[entry.symbol](*operands)
    return FUNCTIONS[entry.name](*operands)


SIGNS: dict[str, Callable[..., Any]] = {"/": lambda a, b: a / b, "**": lambda a, b: a**b}


@pytest.mark.parametrize("labels", [True, False])
def test_where_the_engine_refuses_a_number_the_page_says_its_words(browser: Any, labels: bool):
    """At poles, outside of domains, beyond the largest double, at infinities; an error that is not raised is not told either."""
    entries = [e for e in TABLE.values() if not e.many and not e.composite and e.arity < 3 and e.code < BUILTIN]
    entries = [e for e in entries if e.name not in {"where", "detach", "add", "sub", "mul", "neg", "abs", "polygamma"}]
    models, wanted = [], []
    for entry in entries:
        start = [Value(leaf_for(entry, i), label=f"x{i}" if labels else "") for i in range(entry.arity)]
        model = model_of(replayed(applied(entry, start)), "", heat=False)
        assert isinstance(model, Model)
        few = NUMBERS if entry.arity == 1 else NUMBERS[::3] + NUMBERS[-4:]
        points = [(x,) for x in few] if entry.arity == 1 else [(a, b) for a in few for b in few]
        points = [x for x in points if x not in POLES.get(entry.name, ())]
        models.append({"script": model.script, "told": model.told, "points": [list(map(as_text, x)) for x in points]})
        wanted.append([refusal(entry, x, labels=labels) for x in points])
    found = run(browser, REFUSALS, models)
    pairs = [pair for one, other in zip(wanted, found, strict=True) for pair in zip(one, other, strict=True)]
    assert [(a, b) for a, b in pairs if a != b and "complex exponentiation" not in a] == []
    assert len({text.partition(":")[0] for each in wanted for text in each if text}) == 3


POLES: dict[str, Any] = {"gamma": [(-1e-310,), (-5e-324,), (-1e-200,)]}
"""Where what overflows is nan as at a pole: the engine says the one, the page the other."""


# By hand.


def test_a_click_raises_the_price_by_1_and_what_is_paid_by_2_2(opened: Opened):
    page = opened(viz.html(apples()), "#step=9")
    page.click("#change")
    page.get_by_role("button", name="Raise apple price by 1").click()
    assert page.inner_text("#result") == "total = 222.2 +2.2"
    assert page.title() == page.inner_text("h1") == "total = 222.2"
    assert "101" in page.inner_text("#sentence") + page.locator("#stage").text_content()
    page.get_by_role("button", name="Lower apple price by 1").click()
    assert page.inner_text("#result") == "total = 220"
    assert page.is_disabled("#restore")


def test_keys_move_a_slider_and_not_the_steps(opened: Opened):
    page = opened(viz.html(apples()), "#step=3")
    page.click("#change")
    slider = page.get_by_role("slider", name="tax")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "1.11"
    assert page.inner_text("#result") == "total = 222 +2"
    page.keyboard.press("Home")
    assert (slider.input_value(), page.inner_text("#result")) == ("0", "total = 0 −220")
    assert page.inner_text("#count").startswith("3 /")
    field = page.get_by_role("spinbutton", name="tax")
    field.fill("-3.5")
    assert float(slider.get_attribute("min")) <= -3.5
    assert page.inner_text("#result") == "total = −700 −920"
    page.get_by_role("button", name="Reset tax").click()
    assert (field.input_value(), page.inner_text("#result")) == ("1.1", "total = 220")
    slider.focus()
    page.keyboard.press("PageDown")  # as a clicker sends
    assert (slider.input_value(), page.inner_text("#count")) == ("1.1", "4 / 7")
    place = slider.bounding_box()
    page.mouse.click(place["x"] + 0.95 * place["width"], place["y"] + place["height"] / 2)
    page.keyboard.press("ArrowRight")  # a mouse has left the slider
    assert float(slider.input_value()) > 1.5
    assert page.inner_text("#count") == "5 / 7"
    page.click("#change")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel") == "apple price"


def test_what_is_refused_is_said_and_the_picture_keeps_its_numbers(opened: Opened):
    x = Value(2.0, label="x")
    page = opened(viz.html(autograd.log(x) * 3))
    set_to(page, -1.0)
    assert page.inner_text("#refused") == "ValueError: log(x): math domain error, where x = -1.0"
    assert page.get_by_role("alert").count() == 1
    assert page.inner_text("#result").endswith(" = 2.079")
    assert page.evaluate("getComputedStyle(document.getElementById('stage')).opacity") == "0.35"
    page.keyboard.press("Enter")  # what was typed stays, to be corrected
    assert page.input_value("#rows input[type=number]") == "-1.0"
    page.click("#restore")
    assert page.input_value("#rows input[type=number]") == "2"
    set_to(page, -1.0)
    page.click("#language")
    assert (page.inner_text("#refused"), page.input_value("#rows input[type=number]")) == ("", "2")
    page.click("#language")
    assert page.evaluate("getComputedStyle(document.getElementById('stage')).opacity") == "1"
    set_to(page, 1.0)
    assert page.inner_text("#refused") == ""
    assert page.inner_text("#result").endswith(" = 0 −2.079")


def test_sliders_fit_the_size_and_the_sign_of_a_leaf(opened: Opened):
    leaves = {"a": 100.0, "b": -0.25, "c": 0.0, "d": 1e-7, "e": 12345.6, "f": 0.123456}
    page = opened(viz.html(autograd.sum([Value(x, label=name) for name, x in leaves.items()])))
    page.click("#change")
    slider = lambda name: page.get_by_role("slider", name=name, exact=True)
    ends = [[float(slider(name).get_attribute(end)) for end in ("min", "max")] for name in leaves]
    assert ends == [[0, 200], [-0.5, 0], [-1, 1], [0, 2e-7], [0, 25000], [0, 0.25]]
    clicks = page.get_by_role("button", name="Raise").evaluate_all("all => all.map((button) => button.textContent)")
    assert clicks == ["+1", "+0.01", "+0.1", "+1e−9", "+100", "+0.001"]


@pytest.mark.parametrize("style", ["textbook", "record"])
def test_there_is_room_for_longer_numbers(opened: Opened, style: str):
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    page = opened(viz.html((a * b + a) * b, style), "#step=99")
    set_to(page, -0.1234, 1234.5)
    inside, boxes = page.evaluate("""() => {
      const boxes = [...document.querySelectorAll("#stage [data-box]")].map((box) => [...box.querySelectorAll("[data-text]")]);
      const room = (text) => [text.getBBox().x, text.getBBox().x + text.getBBox().width];
      return [boxes.map((texts) => texts.map(room).sort((one, other) => one[0] - other[0])), boxes.length];
    }""")
    assert boxes == len(inside) > 4
    if style == "record":
        assert all(one[1] < other[0] for texts in inside for one, other in itertools.pairwise(texts))
    written = page.locator("#stage [data-numbers]", has_text=re.compile("."))
    numbers = written.evaluate_all("""(all) => all.map((each) => {
      const room = each.querySelector("path").getBBox();
      return [...each.querySelectorAll("text")].map((text) => text.getBBox().width - room.width);
    })""")
    assert max(more for each in numbers for more in each) < 4


def test_the_other_language_keeps_what_was_changed(opened: Opened):
    page = opened(viz.html(apples()))
    set_to(page, 101.0)
    page.click("#language")
    assert page.inner_text("#result") == "total = 222.2 +2.2"
    assert page.get_by_role("button", name="apple price を 1 増やす").count() == 1
    page.keyboard.press("End")
    assert page.get_by_role("img", name="total, 値 222.20000000000002").count() == 1


# What stays.


def stays(page: Any) -> str:
    page.click("#change")
    assert page.locator("#rows, #restore").count() == 0
    text: str = page.inner_text("#still")
    return text


def test_a_page_says_why_its_leaves_cannot_be_changed(opened: Opened):
    x = Value(2.0, label="x")
    with scope("group"):
        y = x * x + 1
    assert stays(opened(viz.html(y, collapse=1))).endswith("the graph is folded; collapse=None draws all of it")
    autograd.op("opaque", math.sin, lambda x, y: autograd.cos(x))
    try:
        page = opened(viz.html(FUNCTIONS["opaque"](x)))
    finally:
        autograd.registry.remove("opaque")
    why = "opaque: its value is no formula, and cannot be printed: write it with autograd's functions"
    assert stays(page) == f"The leaves cannot be changed: {why}"
    assert stays(opened(viz.html(x * 3, number_format=",.2f"))).endswith("with four digits, or in a format such as '.3f'")
    y = x * x
    x.data = 3.0
    assert stays(opened(viz.html(y))).endswith("out of date: call forward()")


def test_what_was_chosen_by_number_stays_and_is_said_to(opened: Opened):
    x = Value(2.0, label="x")
    page = opened(viz.html(autograd.where(x > 0, x * 3, x) + autograd.detach(x)))
    set_to(page, -1.0)
    assert page.inner_text("#still") == "What where(), detach() or softmax() chose stays as it was."
    assert page.inner_text("#result").endswith(" = −1 −9")
    assert page.locator("#rows li").count() == 2


def test_an_operation_of_ones_own_is_computed_also_after_it_was_removed(opened: Opened):
    x = Value(2.0, label="x")
    autograd.op("cube", lambda x: x * x * x, lambda x, y: 3 * x * x)
    y = FUNCTIONS["cube"](x)
    autograd.registry.remove("cube")
    autograd.op("cube", lambda x: x + 1, lambda x, y: 1)
    try:
        page = opened(viz.html(y * FUNCTIONS["cube"](x)))
    finally:
        autograd.registry.remove("cube")
    set_to(page, 3.0)
    assert page.inner_text("#result").endswith(" = 108 +84")


def test_without_live_leaves_there_is_no_trace_of_them(opened: Opened):
    text = viz.html(apples(), live=False)
    assert opened(text).locator("#change, #leaves").count() == 0
    assert "OPERATIONS" not in text
    assert "graphOf" not in text
