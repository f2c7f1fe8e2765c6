"""The page at work in a headless Chromium: every control, what is shown at each step, that nothing else runs or is asked for."""

from __future__ import annotations

import math
import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from networks import Network
from pages import READ, READY, WALK, Opened, last, step, until

import viz
from autograd import scope
from autograd.functions import FUNCTIONS, dot
from autograd.value import Value
from viz.graph.pictures import picture
from viz.language import LANGUAGES, PHRASES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.browser


def apples() -> Value:
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    subtotal = price * count
    subtotal.label = "小計"
    total = subtotal * tax
    total.label = "支払額"
    return total


def sigmoid() -> Value:
    x = Value(2.0, label="x")
    y: Value = 1 / (1 + FUNCTIONS["exp"](-x))
    return y


def fan_out() -> Value:
    x = Value(2.0, label="x")
    h = x * 3
    h.label = "h"
    return h * h + h


def network() -> Value:
    numbers = random.Random(1)
    xs = [Value(numbers.uniform(-1, 1), label=f"x{i}") for i in range(2)]
    for layer in range(2):
        weights = [[Value(numbers.uniform(-1, 1), label=f"w{layer}{i}{j}") for j in range(2)] for i in range(2)]
        xs = [FUNCTIONS["tanh"](dot(row, xs, Value(0.1, label=f"b{layer}{i}"))) for i, row in enumerate(weights)]
    return xs[0] * xs[1]


def view(page: Any) -> tuple[float, ...]:
    """The part of the picture that is seen: left, top, width, height."""
    return tuple(map(float, page.get_attribute("#stage > svg", "viewBox").split()))


def parsed(text: str) -> float:
    return float(text.strip("()").replace("−", "-"))


def close(a: float, b: float) -> bool:
    """Equal as far as four digits tell."""
    return math.isclose(a, b, rel_tol=2e-3, abs_tol=1e-300)


NUMBER = r"\(?−?(?:\d[\d.]*(?:e−?\d+)?|inf|nan)\)?"
BACKWARD = re.compile(rf"∂.+ = ({NUMBER}); ({NUMBER}) × ({NUMBER}) = ({NUMBER}) +→ gradient of .+: ({NUMBER}) → ({NUMBER})")


@pytest.mark.parametrize("graph", [apples, sigmoid, fan_out, network])
def test_the_sentence_agrees_with_the_numbers_shown_at_each_step(opened: Opened, graph: Callable[[], Value]) -> None:
    y = graph()
    drawn = picture(y)
    page = opened(viz.html(y))
    shown = page.evaluate(WALK)
    assert len(shown) == last(page) + 1
    assert [state["phase"] for state in shown][:1] == ["leaves"]
    seed = next(k for k, state in enumerate(shown) if state["phase"] == "seed")
    assert all(state["grads"] == {} for state in shown[:seed])
    assert "∂" in shown[seed]["sentence"]
    for before, state in pairwise(shown):
        if state["phase"] == "forward":
            new = {wire: text for wire, text in state["values"].items() if wire not in before["values"]}
            assert new  # what was computed now stands on the wires
            assert {parsed(state["sentence"].rpartition("=")[2])} == {parsed(text) for text in new.values()}
            assert [drawn.boxes[i].kind for i in state["boxes"]] == ["operation"]
        if state["phase"] == "backward":
            found = BACKWARD.fullmatch(state["sentence"])
            assert found, state["sentence"]
            partial, incoming, factor, passed, had, has = map(parsed, found.groups())
            assert partial == factor
            assert close(incoming * factor, passed)
            assert math.isclose(had + passed, has, rel_tol=2e-3, abs_tol=2e-3 * (abs(had) + abs(passed)))
            ((wire, text),) = (set(state["grads"].items()) - set(before["grads"].items()))
            assert parsed(text) == passed
            assert state["product"] == state["sentence"].split("; ")[1].split(" →")[0].strip()
            arrow = drawn.wires[int(wire)]
            assert set(state["boxes"]) == {arrow.tail, arrow.head}
            assert int(wire) in state["wires"]
            out = [parsed(state["grads"][str(k)]) for k, each in enumerate(drawn.wires) if each.tail == arrow.head]
            assert math.isclose(sum(out), incoming, rel_tol=5e-3, abs_tol=1e-3 * sum(map(abs, out)))
            if str(arrow.tail) in state["notes"]:
                assert parsed(state["notes"][str(arrow.tail)].removeprefix("grad ")) == has
    y.backward()
    finals = {str(i): viz.words.number(box.values[0].grad) for i, box in enumerate(drawn.boxes) if box.values and box.note}
    assert {i: text.removeprefix("grad ") for i, text in shown[-1]["notes"].items() if i in finals} == finals


def test_the_boxes_of_the_record_style_fill_as_it_goes(opened: Opened) -> None:
    page = opened(viz.html(fan_out(), "record"))
    start = page.evaluate(READ)
    assert sorted(start["data"].values()) == ["data 2"]
    assert set(start["notes"].values()) == {"grad –"}
    page.keyboard.press("End")
    end = page.evaluate(READ)
    assert sorted(end["data"].values()) == ["data 2", "data 36", "data 42", "data 6"]
    assert sorted(end["notes"].values()) == ["grad 1", "grad 1", "grad 13", "grad 39"]
    assert end["product"] == "13 × 3 = 39"


def test_buttons(opened: Opened) -> None:
    page = opened(viz.html(apples()))
    assert page.is_disabled("#first")
    assert page.is_disabled("#back")
    page.click("#next")
    page.click("#next")
    assert step(page) == 2
    assert page.inner_text("#sentence") == "支払額 = 小計 × 消費税 = 200 × 1.1 = 220"
    assert page.inner_text("#phase") == "Forward 2 of 2"
    page.click("#back")
    assert step(page) == 1
    page.click("#last")
    assert (step(page), page.inner_text("#phase")) == (7, "Backward 4 of 4")
    assert page.is_disabled("#next")
    page.click("#first")
    assert (step(page), page.inner_text("#phase")) == (0, "Start")


def test_numbers_that_were_passed_back_have_no_frames(opened: Opened) -> None:
    page = opened(viz.html(apples()))
    page.click("#last")
    stroke = "each => getComputedStyle(each).stroke"
    strokes = page.evaluate(f"[...document.querySelectorAll('[data-numbers].back text')].map({stroke})")
    assert len(strokes) > 8
    assert set(strokes) == {"none"}


def test_keys(opened: Opened) -> None:
    page = opened(viz.html(apples()))
    for key, expected in (("ArrowRight", 1), ("PageDown", 2), ("ArrowLeft", 1), ("End", 7), ("ArrowRight", 7), ("PageUp", 6),
                          ("Home", 0), ("ArrowLeft", 0)):  # fmt: skip
        page.keyboard.press(key)
        assert step(page) == expected
    page.keyboard.press("/")
    page.keyboard.type("個 数")
    page.keyboard.press("ArrowLeft")
    assert step(page) == 0
    assert page.input_value("#search") == "個 数"


def test_the_scrubber(opened: Opened) -> None:
    page = opened(viz.html(apples()))
    page.focus("#scrubber")
    page.keyboard.press("ArrowRight")
    assert step(page) == 1
    box = page.locator("#scrubber").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert step(page) == 7
    assert page.get_attribute("#scrubber", "aria-valuetext") == "step 7, Backward 4 of 4"


def test_play(opened: Opened) -> None:
    page = opened("<p>")
    page.clock.install()
    path = opened.folder / "played.html"
    path.write_bytes(viz.html(apples()).encode())
    page.goto(path.as_uri())
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    page.clock.run_for(2000)
    assert step(page) == 1
    page.click("#play")
    page.clock.run_for(9000)
    assert step(page) == 1
    page.click("#play")
    page.clock.run_for(20_000)
    assert step(page) == 7
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.click("#play")  # from the start again
    assert step(page) == 0
    page.keyboard.press("ArrowRight")  # a hand on the controls stops it
    page.clock.run_for(9000)
    assert step(page) == 1


def test_links(opened: Opened) -> None:
    page = opened(viz.html(apples()), "#step=4")
    assert step(page) == 4
    for at, expected in (("#step=999", 7), ("#step=-3", 0), ("#step=5", 5), ("#step=x", 0), ("#view=7&step=2", 2)):
        page.evaluate(f"location.hash = '{at}'")
        until(lambda expected=expected: step(page) == expected)
    page.keyboard.press("ArrowRight")
    until(lambda: page.evaluate("location.hash") == "#step=3")
    page.reload()
    assert step(page) == 3


def test_dragging_moves_the_picture(opened: Opened) -> None:
    page = opened(viz.html(apples()))
    x, y, width, height = view(page)
    page.mouse.move(600, 200)
    page.mouse.down()
    page.mouse.move(700, 260, steps=3)
    page.mouse.up()
    moved = view(page)
    assert moved[2] == width
    assert moved[0] == pytest.approx(x - 100 * width / 1280)
    assert moved[1] < y
    assert page.is_hidden("#card")  # a drag is no click
    page.mouse.move(800, 300)
    assert view(page) == moved
    page.click("#fit")
    assert view(page) == (x, y, width, height)


def test_the_wheel_zooms_at_the_pointer(opened: Opened) -> None:
    page = opened(viz.html(apples()))

    def under(px: float) -> float:
        x, _, width, _ = view(page)
        return x + width * px / 1280

    page.mouse.move(400, 300)
    before, width = under(400), view(page)[2]
    page.mouse.wheel(0, -300)
    until(lambda: view(page)[2] < 0.9 * width)
    assert under(400) == pytest.approx(before, abs=0.5)
    page.click("#in")
    nearer = view(page)[2]
    page.click("#out")
    page.keyboard.press("-")
    assert view(page)[2] == pytest.approx(nearer * 1.3 * 1.3)
    page.keyboard.press("0")
    assert view(page)[2] == pytest.approx(width)


def test_two_fingers_zoom(opened: Opened) -> None:
    page = opened(viz.html(apples()), width=900, has_touch=True)
    touch = page.context.new_cdp_session(page)
    width = view(page)[2]

    def send(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    send("touchStart", (400, 300), (500, 300))
    for k in range(1, 6):
        send("touchMove", (400 - 10 * k, 300), (500 + 10 * k, 300))
    send("touchEnd")
    assert view(page)[2] == pytest.approx(width / 2, rel=0.02)
    x = view(page)[0]
    send("touchStart", (400, 300))
    for k in range(1, 4):
        send("touchMove", (400 - 20 * k, 300))
    send("touchEnd")
    assert view(page)[0] > x


def test_search(opened: Opened) -> None:
    page = opened(viz.html(network()))
    page.fill("#search", "Ｗ0")  # however it was typed
    assert page.inner_text("#found") == "4 found"
    assert page.locator(".found").count() == 4
    page.press("#search", "Enter")
    assert page.inner_text("#found") == "1 of 4"
    first = page.inner_text("#card-name")
    page.press("#search", "Enter")
    assert page.inner_text("#card-name") != first
    assert page.inner_text("#card-name").startswith("w0")
    page.fill("#search", "nothing of the kind")
    assert page.inner_text("#found") == "0 found"
    page.press("#search", "Escape")
    assert page.locator(".found").count() == 0
    assert page.input_value("#search") == ""


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_light_and_dark(opened: Opened) -> None:
    def ground(page: Any) -> float:
        return luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    def worst(page: Any) -> float:
        """The least contrast of anything that is read at this step."""
        colours = page.evaluate("""() => [...document.querySelectorAll('#stage text, #phase, #sentence span, #count, h1')]
            .filter(each => each.textContent && !each.closest('.todo'))
            .map(each => getComputedStyle(each)[each.tagName === 'text' ? 'fill' : 'color'])""")
        bright, dark = ground(page), [luminance(colour) for colour in colours]
        return min((max(a, bright) + 0.05) / (min(a, bright) + 0.05) for a in dark)

    for scheme, is_dark in (("light", False), ("dark", True)):
        page = opened(viz.html(fan_out()), "#step=6", color_scheme=scheme)
        assert (ground(page) < 0.1) is is_dark
        assert worst(page) >= 4.5
        page.click("#theme")
        assert (ground(page) < 0.1) is not is_dark
        assert worst(page) >= 4.5
        page.click("#theme")
        assert (ground(page) < 0.1) is is_dark
    assert ground(opened(viz.html(fan_out(), theme="light"), color_scheme="dark")) > 0.9
    assert ground(opened(viz.html(fan_out(), theme="dark"), color_scheme="light")) < 0.1


def test_the_keyboard_reaches_everything_in_order(opened: Opened) -> None:
    page = opened(viz.html(apples()), "#step=2")
    reached, focus = [], "document.activeElement"
    for _ in range(18):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"{focus}.id || {focus}.getAttribute('aria-label').split(',')[0]"))
    assert reached == ["search", "out", "fit", "in", "theme", "change", "language", "first", "back", "play", "next", "last",
                       "scrubber", "リンゴの値段", "個数", "消費税", "小計", "支払額"]  # fmt: skip
    assert page.inner_text("#card-name") == "支払額"
    page.keyboard.press("Escape")
    assert page.is_hidden("#card")
    page.keyboard.press("Enter")
    assert page.is_visible("#card")


def test_a_node_tells_its_number_gradient_and_terms(opened: Opened) -> None:
    page = opened(viz.html(fan_out()))
    node = page.locator(".node[aria-label^='h,']")
    assert node.get_attribute("aria-label") == "h, not computed yet, no gradient yet"
    node.click()
    assert page.inner_text("#card-formula") == "= x × 3"
    assert page.inner_text("#card-value") == "not computed yet"
    page.keyboard.press("End")
    assert node.get_attribute("aria-label") == "h, value 6.0, gradient 13.0, 1 × 1 = 1, 1 × 6 = 6, 1 × 6 = 6"
    assert (page.inner_text("#card-value"), page.inner_text("#card-gradient")) == ("6.0", "13.0")
    assert page.locator("#card-terms li").all_inner_texts() == [
        "∂((h × h) + h)/∂h = 1; 1 × 1 = 1",
        "∂(h × h)/∂h (1st operand) = h = 6; 1 × 6 = 6",
        "∂(h × h)/∂h (2nd operand) = h = 6; 1 × 6 = 6",
    ]  # fmt: skip
    assert page.locator(".line.path").count() == 5  # its paths to the result: every wire but those of x and 3
    page.click("#card-terms li:nth-child(2) a")
    until(lambda: page.inner_text("#phase") == "Backward 3 of 5")
    assert page.inner_text("#card-gradient") == "7.0"
    page.click("#card-close")
    assert page.is_hidden("#card")
    assert page.locator(".path").count() == 0


def test_a_reader_without_eyes_is_told(opened: Opened) -> None:
    page = opened(viz.html(apples()), "#step=7")
    assert page.get_attribute("#sentence", "aria-live") == "polite"
    assert page.get_attribute("#stage > svg", "aria-label") == "支払額 = 220"
    assert page.get_by_role("button", name="Step forward").count() == 1
    assert page.get_by_role("slider", name="Step").count() == 1
    assert page.get_by_role("img", name="消費税, value 1.1, gradient 200.0, 1 × 200 = 200").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    controls = page.locator("button, input").evaluate_all("all => all.map(each => each.ariaLabel || each.textContent.trim())")
    assert all(controls)


def folded(**options: Any) -> str:
    """Two layers, folded; the first holds more than is drawn at once, the second has a name that means harm."""
    x = Value(0.5, label="x")
    with scope("layer0"):
        with scope("inner"):
            h = FUNCTIONS["tanh"](x * Value(2.0, label="weight"))
        g = h * h
        for _ in range(60):
            with scope("outer"):
                g = g * 1.0
    with scope("</script><script>alert(1)</script>"):
        y = FUNCTIONS["tanh"](g * x + Value(0.1, label="bias"))
    return viz.html(y, collapse=1, **options)


def test_a_group_opens_by_click_at_the_same_moment(opened: Opened) -> None:
    page = opened(folded())
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#sentence").startswith("layer0 computes 63 values and gives ")
    page.locator(".group[aria-label^='layer0']").click()
    assert page.locator("#path button").all_inner_texts() == ["Whole graph", "layer0"]
    assert (step(page), page.locator("#stage > svg").count()) == (0, 1)  # before what it does
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#sentence").startswith("layer0 / inner computes 2 values")
    page.locator(".group[aria-label^='layer0 / inner']").focus()
    page.keyboard.press("Enter")
    assert page.locator("#path button").all_inner_texts() == ["Whole graph", "layer0", "layer0 / inner"]
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#sentence") == "x × weight = 0.5 × 2 = 1"
    until(lambda: page.evaluate("location.hash") == "#step=1&view=3")
    page.reload()
    page.wait_for_selector(READY)
    assert page.inner_text("#sentence") == "x × weight = 0.5 × 2 = 1"
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    assert page.locator("#path button").all_inner_texts() == ["Whole graph", "layer0"]
    assert page.inner_text("#phase").startswith("Backward ")
    page.click("#path button:first-child")
    assert page.is_hidden("#path")
    assert page.inner_text("#phase").startswith("Backward ")
    page.locator(".group[aria-label^='layer0']").click()
    assert page.inner_text("#phase").startswith("Backward ")


def test_each_view_of_a_folded_page_steps_to_its_end(opened: Opened) -> None:
    page = opened(viz.html(Network(2, 2, 1).loss(4), collapse=1))
    assert page.get_by_role("button", name="layer0 call 2, 10 values, not computed yet").count() == 1
    for which in (0, 1, 3):
        page.evaluate(f"location.hash = '#view={which}'")
        until(lambda which=which: (step(page), page.locator("#path button").count()) == (0, 1 if which == 0 else 2))
        *_, end = shown = page.evaluate(WALK)
        assert len({state["sentence"] for state in shown}) > 0.8 * last(page)
        assert "–" not in "".join(end["notes"].values())
        assert len(end["grads"]) == page.locator("#stage [data-numbers] [data-text=grad]").count()


def test_the_search_finds_what_is_folded_away(opened: Opened) -> None:
    page = opened(folded())
    page.fill("#search", "weight")
    assert page.inner_text("#found") == "1 found"
    page.press("#search", "Enter")
    assert page.inner_text("#card-name") == "layer0"
    page.click("#card-open")
    assert page.inner_text("#found") == "1 found"
    assert page.locator(".found").get_attribute("aria-label").startswith("layer0 / inner")


HOSTILE = [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->",
    "\u2028\u2029", "a&b\"c'd{|}\\`${alert(1)}", "\x00\x01\x1f\x7f\n", "\ud800", "\u202eright to left", "x" * 10_000,
    "__proto__", "סכום",
]  # fmt: skip


def test_hostile_labels_run_nothing_and_break_nothing(opened: Opened) -> None:
    y = Value(1.5)
    for label in HOSTILE:
        y = FUNCTIONS["tanh"](y * Value(0.5, label=label))
        y.label = label
    page = opened(viz.html(y))
    page.keyboard.press("End")
    assert step(page) == last(page) == len(HOSTILE) * 5 + 1
    assert page.locator("#stage svg *").evaluate_all("all => [...new Set(all.map(e => e.localName))].sort()") == [
        "desc", "g", "path", "rect", "text",
    ]  # fmt: skip
    assert page.evaluate("document.querySelectorAll('script').length") == 2
    page.fill("#search", "<script>")
    page.press("#search", "Enter")
    assert page.inner_text("#card-name").startswith("<script>")


def test_what_gets_into_the_page_does_not_run(browser: Any, tmp_path: Path) -> None:
    """The policy holds even if an escape were forgotten: a script, a handler, a style and a picture from elsewhere."""
    opened = Opened(browser, tmp_path)
    bad = "<script>document.title = 'run'</script><b onclick='1' style='color:red'>b</b><img src='https://example.invalid/x.png'>"
    page = opened(viz.html(apples()).replace("<main", f"{bad}<main"))
    page.keyboard.press("ArrowRight")
    assert step(page) == 1
    assert page.title() == "支払額 = 220"
    assert len([problem for problem in opened.problems if "refused" in problem]) >= 3
    page.context.close()


def test_a_notebook_shows_it_in_a_frame(opened: Opened) -> None:
    framed = viz.html(apples())._repr_mimebundle_()["text/html"]
    page = opened(f"<!doctype html><meta charset=utf-8><body>{framed}<p id=after>after</p>")
    frame = page.frame_locator("iframe")
    frame.locator("#next").click()
    frame.locator("#scrubber").press("End")
    assert frame.locator("#count").inner_text() == "7 / 7"
    assert page.frames[1].evaluate("origin") == "null"
    assert page.inner_text("#after") == "after"


@pytest.mark.parametrize(("width", "height"), [(390, 760), (900, 620), (1280, 800), (1920, 1080)])
def test_everything_fits(opened: Opened, width: int, height: int) -> None:
    page = opened(viz.html(apples()), "#step=5", width=width, height=height)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]
    for button in page.locator("button:visible, input:visible, #sentence, #count").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    sizes = page.locator("#stage text").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(filter(None, sizes)) >= 12
    assert page.locator("#stage").bounding_box()["height"] >= 0.4 * height


def test_without_scripts_the_picture_stands(opened: Opened) -> None:
    page = opened(viz.html(apples()), java_script_enabled=False)
    assert page.locator("#stage text", has_text="220").is_visible()
    assert page.is_hidden("#play")
    assert page.is_hidden("#told")


COVERED = """() => {
  const seen = (element) => {
    let opacity = 1;
    for (let each = element; each && each.style; each = each.parentElement) opacity *= getComputedStyle(each).opacity;
    return opacity > 0.1;
  };
  const under = () => {
    const pill = document.querySelector(".pill.shown rect");
    if (!pill) return [];
    const at = pill.getBoundingClientRect();
    return [...document.querySelectorAll("#stage svg [data-text]")].filter((text) => {
      const box = text.getBoundingClientRect();
      const wide = Math.min(at.right, box.right) - Math.max(at.left, box.left);
      const high = Math.min(at.bottom, box.bottom) - Math.max(at.top, box.top);
      return wide > 1 && high > 2 && seen(text);
    }).map((text) => text.textContent);
  };
  const found = [];
  while (!document.getElementById("next").disabled) {
    document.getElementById("next").click();
    found.push(...under());
  }
  return found;
}"""
"""The texts under the product that is being worked out."""


def crowded() -> Value:
    a, b, c = (Value(x, label=label) for label, x in (("a", 123.456), ("b", -0.00123), ("c", 7.0)))
    h = a * b + b * c
    return (h * h + a * c) * (h - b) + a


@pytest.mark.parametrize("make", [crowded, apples, sigmoid, fan_out, network])
@pytest.mark.parametrize("options", [{}, {"style": "record"}, {"direction": "TB"}, {"partials": True}])
def test_the_product_covers_no_number(opened: Opened, make: Callable[[], Value], options: dict[str, Any]) -> None:
    page = opened(viz.html(make(), **options))
    assert page.evaluate(COVERED) == []


# Languages.

WORDS = """() => [...document.querySelectorAll("body *:not(script):not(style)")].flatMap((each) => [
  ...[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
  ...["aria-label", "title", "placeholder", "aria-valuetext"].map((name) => each.getAttribute(name) || "")]).join("\\n")"""


def english(page: Any) -> set[str]:
    """The words of the table that stand somewhere on the page, but for the name of the language to change to."""
    kept = set(re.findall("[A-Za-z]{2,}", " ".join([*PHRASES.values(), *LANGUAGES.values()])))
    table = {word for phrase in PHRASES for word in re.findall("[A-Za-z]{2,}", phrase)} - kept
    ours = re.sub(r"\b(layer|neuron)\d|\b(loss|bias|weight)\b", "", page.evaluate(WORDS))
    return set(re.findall("[A-Za-z]{2,}", ours)) & table


def test_a_page_speaks_the_language_of_the_browser(opened: Opened) -> None:
    text = viz.html(apples())
    assert opened(text, locale="en-GB").evaluate("document.documentElement.lang") == "en"
    assert opened(text, locale="fr-FR").inner_text("#phase") == "Start"
    page = opened(text, locale="ja-JP")
    assert page.evaluate("document.documentElement.lang") == "ja"
    for _ in range(last(page)):
        assert english(page) == set()
        page.click("#next")
    assert english(page) == set()
    assert page.inner_text("#sentence").endswith("個数 の勾配: 0 → 110")
    page.click('[data-box="0"]')
    assert page.inner_text("#card dt >> nth=0") == "値"
    assert english(page) == set()
    page.keyboard.press("End")
    assert page.title() == "支払額 = 220"


def test_the_button_and_the_link_change_the_language(opened: Opened) -> None:
    text = folded()
    page = opened(text, "#step=4", locale="en-US")
    whole = page.evaluate(WORDS)
    assert page.inner_text("#language") == "日本語"
    page.click("#language")
    assert (page.inner_text("#language"), step(page)) == ("English", 4)
    assert page.evaluate("document.documentElement.lang") == "ja"
    assert english(page) == set()
    page.click("#next")
    until(lambda: page.evaluate("location.hash") == "#step=5&lang=ja")
    page.click("#back")
    page.click("g.group >> nth=1")
    assert english(page) == set()
    page.click("#path button >> nth=0")
    page.evaluate("location.hash = '#step=4&lang=en'")
    until(lambda: page.inner_text("#language") == "日本語")
    assert page.evaluate(WORDS) == whole
    japanese = opened(text, "#step=4&lang=ja")
    assert english(japanese) == set()
    assert opened(text, "#lang=xx").evaluate("document.documentElement.lang") == "en"


def test_a_page_that_is_asked_for_in_a_language_keeps_to_it(opened: Opened) -> None:
    text = viz.html(apples(), lang="ja")
    assert '<html lang="ja" data-lang="ja">' in text
    assert english(opened(text, locale="en-US")) == set()
    page = opened(text, "#lang=en", locale="ja-JP")
    english_one = opened(viz.html(apples(), lang="en"), locale="ja-JP")
    assert page.inner_text("#sentence") == english_one.inner_text("#sentence")
    assert page.evaluate(WORDS) == english_one.evaluate(WORDS)
