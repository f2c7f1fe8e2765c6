"""The training page in a headless Chromium: it learns what `nn.fit` learns, number for number, and does as its controls say."""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

import nn
import viz
from viz.language import LANGUAGES, PHRASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # half a minute of a browser
pytest.importorskip("numpy")

XS, YS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
ONE_HOT = [[float(i == k) for k in range(4)] for i in range(4)]
REPORT = "addEventListener('securitypolicyviolation', event => console.error('refused: ' + event.blockedURI + event.sample))"
THETA = "Array.from(training.theta)"


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page; afterwards nothing may have been complained of, and nothing asked for but the file."""
    told: list[str] = []
    contexts: list[Any] = []

    def open_page(text: str, at: str = "", *, width: int = 1280, height: int = 800, locale: str = "en-US", **options: Any) -> Any:
        path = tmp_path / f"{len(contexts)}.html"
        path.write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, locale=locale, **options))
        page = contexts[-1].new_page()
        page.add_init_script(REPORT)
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(path.as_uri()) else told.append(request.url))
        page.goto(path.as_uri() + at)
        page.wait_for_selector("body.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in told if not each.startswith("data:,") and "willReadFrequently" not in each] == []


def xor(seed: int = 1, activation: str = "tanh") -> nn.Module:
    return nn.MLP(2, [2, 1], activation, output="sigmoid", seed=seed)


def moons(n: int = 15) -> tuple[list[list[float]], list[int]]:
    chance = random.Random(0)
    xs, ys = [], []
    for i in range(n):
        t = math.pi * i / (n - 1)
        for k, (x, y) in enumerate([(math.cos(t), math.sin(t)), (1 - math.cos(t), 0.5 - math.sin(t))]):
            xs.append([x + chance.gauss(0, 0.1), y + chance.gauss(0, 0.1)])
            ys.append(k)
    return xs, ys


WAVE = [i / 10 for i in range(-15, 26)], [math.sin(i / 10) for i in range(-15, 26)]
# No sum of gradients is exactly 0 here: Adam divides by its size, and would make much of what rounding left of it.
LESSONS: dict[str, tuple[Callable[[], nn.Module], Any, Any, Any]] = {
    "xor": (xor, XS, YS, nn.squared_error),
    "relu": (lambda: nn.MLP(2, [4, 3, 1], seed=2), moons()[0], [2 * y - 1 for y in moons()[1]], nn.hinge),
    "moons": (lambda: nn.MLP(2, [6, 4, 1], "tanh", seed=1), *moons(), nn.binary_cross_entropy),
    "curve": (lambda: nn.MLP(1, [8, 1], "tanh", seed=1), *WAVE, nn.squared_error),
    "code": (lambda: nn.MLP(4, [2, 4], "sigmoid", output="sigmoid", seed=1), ONE_HOT, ONE_HOT, nn.squared_error),
    "classes": (lambda: nn.MLP(2, [5, 3], "gelu", seed=3), XS, [0, 1, 2, 1], nn.cross_entropy),
    "softmax": (lambda: nn.Sequential(nn.Layer(2, 3, "softmax", seed=3)), XS, [0, 1, 2, 1], nn.squared_error),
}
OPTIMISERS: dict[str, Callable[[nn.Module], nn.Optimizer]] = {
    "SGD": lambda model: nn.SGD(model.parameters(), 0.3),
    "momentum": lambda model: nn.SGD(model.parameters(), 0.03, momentum=0.9),
    "Adam": lambda model: nn.Adam(model.parameters(), 0.03),
}


def close(found: list[float], wanted: list[float]) -> bool:
    return len(found) == len(wanted) and all(
        math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for a, b in zip(found, wanted, strict=True)
    )


BEGIN = "(chosen) => { Object.assign(training.settings, chosen); training.begin(); }"
RATES = {"SGD": 0.3, "momentum": 0.03, "Adam": 0.03}


@pytest.mark.parametrize("name", LESSONS)
def test_twenty_steps_give_the_numbers_of_fit(opened: Any, name: str) -> None:
    make, xs, ys, loss = LESSONS[name]
    page = opened(viz.training(make(), xs, ys, loss, optimizer="SGD", lr=0.3))
    for optimizer, rate in RATES.items():
        page.evaluate(BEGIN, {"optimiser": optimizer, "rate": rate})
        page.evaluate("for (let i = 0; i < 20; i++) training.step()")
        model = make()
        history = nn.fit(model, xs, ys, loss=loss, optimizer=OPTIMISERS[optimizer](model), epochs=20)
        assert close(page.evaluate(THETA), [p.data for p in model.parameters()])
        assert close(page.evaluate("training.run.losses"), history.loss)


def chance(seed: int) -> Callable[[], float]:
    """The generator of the page: mulberry32."""
    state = seed

    def times(a: int, b: int) -> int:
        return a * b & 0xFFFFFFFF

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = times(state ^ state >> 15, 1 | state)
        t ^= (t + times(t ^ t >> 7, 61 | t)) & 0xFFFFFFFF
        return (t ^ t >> 14) / 2**32

    return draw


@pytest.mark.parametrize(("name", "batch", "optimizer"), [("moons", 8, "Adam"), ("moons", 1, "SGD"), ("curve", 16, "momentum")])
def test_minibatches_in_their_drawn_order_give_the_numbers_of_steps(opened: Any, name: str, batch: int, optimizer: str) -> None:
    make, xs, ys, loss = LESSONS[name]
    page = opened(viz.training(make(), xs, ys, loss, optimizer=optimizer, lr=RATES[optimizer], batch_size=batch))
    page.evaluate("for (let i = 0; i < 20; i++) training.step()")
    model, steps = make(), 0
    moving = OPTIMISERS[optimizer](model)
    for epoch in range(20):
        draw, order = chance(epoch), list(range(len(xs)))
        for k in range(len(xs) - 1, 0, -1):
            other = int(draw() * (k + 1))
            order[k], order[other] = order[other], order[k]
        for start in range(0, len(xs), batch):
            if steps == 20:
                break
            chosen = order[start : start + batch]
            model.zero_grad()
            for row in chosen:
                loss(model(xs[row]), ys[row]).backward(1 / len(chosen))
            moving.step()
            steps += 1
    assert close(page.evaluate(THETA), [p.data for p in model.parameters()])


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "leaky_relu"])
def test_another_activation_trains_the_network_that_has_it(opened: Any, activation: str) -> None:
    page = opened(viz.training(xor(), XS, YS, nn.squared_error, lr=0.3, activations=["sigmoid", "relu", "leaky_relu"]))
    page.select_option("#activation", activation)
    page.evaluate("for (let i = 0; i < 20; i++) training.step()")
    model = xor(activation=activation)
    nn.fit(model, XS, YS, loss=nn.squared_error, optimizer=nn.SGD(model.parameters(), 0.3), epochs=20)
    assert close(page.evaluate(THETA), [p.data for p in model.parameters()])
    assert activation in page.inner_text(".heading >> nth=1")


def test_frozen_layers_stay(opened: Any) -> None:
    model = xor()
    model.layers[0].freeze()
    page = opened(viz.training(model, XS, YS, nn.squared_error, optimizer="Adam"))
    before = page.evaluate(THETA)
    page.evaluate("for (let i = 0; i < 20; i++) training.step()")
    after = page.evaluate(THETA)
    assert after[:6] == before[:6]
    nn.fit(model, XS, YS, loss=nn.squared_error, optimizer=nn.Adam(model.parameters(), 0.1), epochs=20)
    assert close(after[6:], [p.data for p in model.parameters()])
    page.fill("#seed", "5")
    page.press("#seed", "Enter")
    assert page.evaluate(THETA)[:6] == before[:6]


# Controls.


def count(page: Any) -> int:
    return int(page.inner_text("#count").replace(",", ""))


def until(page: Any, done: str) -> None:
    """Wait for what comes a moment later; the page itself evaluates no text."""
    for _ in range(1500):
        if page.evaluate(done):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"not {done}")


PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""When the page has been laid out anew, what watches its sizes included."""


def test_play_pause_step_and_reset(opened: Any) -> None:
    page = opened(viz.training(xor(), XS, YS, nn.squared_error, lr=3.0))
    first = page.evaluate(THETA)
    page.click("#step")
    assert count(page) == 1
    page.keyboard.press("ArrowRight")
    page.locator("body").press("ArrowRight")
    page.click("#play")
    until(page, "training.run.steps > 8")
    page.click("#play")
    stopped = count(page)
    page.wait_for_timeout(120)
    assert count(page) == stopped == page.evaluate("training.run.steps")
    page.select_option("#speed", "fast")
    page.click("#play")
    until(page, f"training.run.steps > {stopped} + 200")
    page.click("#reset")
    assert count(page) == 0
    assert page.evaluate(THETA) == first


def test_a_start_that_gets_stuck_and_one_that_does_not(opened: Any) -> None:
    good, bad = (viz.training(xor(seed), XS, YS, nn.squared_error, lr=4.0) for seed in (1, 7))
    for text, right, low, high in ((good, "4 of 4", 0.0, 0.01), (bad, "2 of 4", 0.05, 0.1)):
        page = opened(text)
        page.evaluate("for (let i = 0; i < 2000; i++) training.step(); training.draw()")
        assert page.inner_text("#right") == right, page.inner_text("#loss")
        assert low < float(page.inner_text("#loss").replace("−", "-")) < high


def test_the_address_holds_the_settings_and_the_steps(opened: Any) -> None:
    text = viz.training(*[LESSONS["moons"][0](), *LESSONS["moons"][1:]], lr=0.1)
    page = opened(text)
    assert page.evaluate("location.hash") == ""
    page.select_option("#rate", "0.3")
    page.select_option("#optimiser", "Adam")
    page.select_option("#batch", "8")
    page.fill("#seed", "3")
    page.press("#seed", "Enter")
    page.evaluate("""const each = document.getElementById("noise"); each.value = 0.2; each.dispatchEvent(new Event("change"))""")
    for _ in range(5):
        page.click("#step")
    wanted = "#rate=0.3&optimiser=Adam&batch=8&noise=0.2&seed=3&step=5"
    assert page.evaluate("location.hash") == wanted
    again = opened(text, wanted)
    assert again.evaluate(THETA) == page.evaluate(THETA)
    assert again.evaluate("Array.from(training.data)") == page.evaluate("Array.from(training.data)")
    fields = ("rate", "optimiser", "batch", "noise", "seed")
    assert [again.input_value(f"#{name}") for name in fields] == ["0.3", "Adam", "8", "0.2", "3"]
    page.select_option("#rate", "0.1")  # from here on no link tells how it came about
    page.click("#step")
    assert "step" not in page.evaluate("location.hash")
    wrong = opened(text, "#rate=-1&optimiser=x&batch=0&seed=a&noise=7&activation=sin&step=z&speed=no")
    known = "[training.settings, training.run.steps]"
    assert wrong.evaluate(known) == opened(text).evaluate(known)


def test_noise_is_of_the_inputs_or_of_the_targets_of_a_curve(opened: Any) -> None:
    for name, shaken in (("moons", [True, True, False]), ("curve", [False, True])):
        make, xs, ys, loss = LESSONS[name]
        page = opened(viz.training(make(), xs, ys, loss, noise=0.3))
        rows = page.evaluate("Array.from(training.data)")
        width = len(shaken)
        given = [float(x) for x_, y in zip(xs, ys, strict=True) for x in [*(x_ if isinstance(x_, list) else [x_]), y]]
        moved = [[a != b for a, b in zip(rows[i::width], given[i::width], strict=True)] for i in range(width)]
        assert [all(each) for each in moved] == shaken
        assert [any(each) for each in moved] == shaken


def test_what_diverges_stops_and_says_so(opened: Any) -> None:
    _, xs, ys, loss = LESSONS["curve"]
    page = opened(viz.training(nn.MLP(1, [8, 1], "relu", seed=1), xs, ys, loss, lr=10.0, speed="fast"))
    page.click("#play")
    page.wait_for_selector("#warning:not([hidden])")
    assert all(map(math.isfinite, page.evaluate(THETA)))
    assert page.is_disabled("#step")
    page.select_option("#rate", "0.01")
    assert page.is_hidden("#warning")
    assert count(page) == 0


# What is seen.


def test_wires_have_the_colour_and_the_width_of_their_weights(opened: Any) -> None:
    page = opened(viz.training(xor(), XS, YS, nn.squared_error))
    theta = page.evaluate(THETA)
    weights = [theta[k] for k in (0, 1, 3, 4, 6, 7)]
    drawn = "[...document.querySelectorAll('#wires path')].map(w => [w.getAttribute('class'), +w.getAttribute('stroke-width')])"
    wires = page.evaluate(drawn)
    assert [kind for kind, _ in wires] == ["minus" if w < 0 else "plus" for w in weights]
    order = sorted(range(6), key=lambda k: abs(weights[k]))
    assert sorted(range(6), key=lambda k: wires[k][1]) == order
    page.dispatch_event("#wires path >> nth=0", "pointerenter")
    assert page.evaluate("document.querySelector('#wires title').textContent") == f"weight {weights[0]!r}"


COLOUR = """([id, x, y]) => {
  const canvas = document.getElementById(id);
  return Array.from(canvas.getContext("2d").getImageData(canvas.width * x, canvas.height * y, 1, 1).data).slice(0, 3);
}"""


def test_the_regions_are_those_of_the_network(opened: Any) -> None:
    model = xor()
    page = opened(viz.training(model, XS, YS, nn.squared_error, lr=4.0))
    page.evaluate("for (let i = 0; i < 2000; i++) training.step(); training.draw()")
    theta = page.evaluate(THETA)
    for p, x in zip(model.parameters(), theta, strict=True):
        p.data = x
    for x, y in ((0.5, 0.5), (0.3, 0.2), (0.1, 0.7), (0.8, 0.15), (0.9, 0.95)):
        at = [-0.18 + 1.36 * x, 1.18 - 1.36 * y]
        red, _, blue = page.evaluate(COLOUR, ["output", x, y])
        assert (blue > red) == (model(at).data > 0.5)


BOXES = """[...document.querySelectorAll(".unit")].map(unit => unit.getBoundingClientRect())
  .map(box => [box.x, box.y, box.right, box.bottom])"""


@pytest.mark.parametrize("name", ["moons", "curve", "code", "classes"])
def test_it_fits_a_phone_a_laptop_and_a_projector(opened: Any, name: str) -> None:
    make, xs, ys, loss = LESSONS[name]
    page = opened(viz.training(make(), xs, ys, loss))
    page.evaluate("for (let i = 0; i < 30; i++) training.step()")
    for width, height in ((390, 800), (900, 700), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, f"innerWidth === {width}")
        page.evaluate(PAINTED)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = page.evaluate(BOXES)
        assert all(x >= 0 and right <= width for x, _, right, _ in boxes)
        for i, (x, y, right, bottom) in enumerate(boxes):
            assert not any(x < r and right > l and y < b and bottom > t for l, t, r, b in boxes[:i])


@pytest.mark.parametrize(("width", "whole"), [(1280, True), (390, False)])
def test_names_of_inputs_have_room_or_are_cut(opened: Any, width: int, whole: bool) -> None:
    page = opened(viz.training(xor(), XS, YS, nn.squared_error, inputs=["sepal length (cm)", "b"]), width=width)
    left, shown, needed = page.evaluate("""() => {
      const name = document.querySelector("#units .name");
      return [name.getBoundingClientRect().left, name.clientWidth, name.scrollWidth];
    }""")
    assert left >= 0
    assert (shown >= needed) is whole
    assert page.get_attribute("#units .name", "title") == "sepal length (cm)"


def test_both_languages(opened: Any) -> None:
    make, xs, ys, loss = LESSONS["code"]
    text = viz.training(make(), xs, ys, loss)
    page = opened(text, locale="ja-JP")
    assert page.evaluate("document.documentElement.lang") == "ja"
    page.click("#step")
    kept = set(re.findall("[A-Za-z]{2,}", " ".join([*PHRASES.values(), *LANGUAGES.values()]))) | {"sigmoid"}
    table = {word for phrase in PHRASES for word in re.findall("[A-Za-z]{2,}", phrase)} - kept
    said = page.evaluate("""[...document.querySelectorAll("body *:not(script)")].flatMap(e => [e.getAttribute("aria-label") || "",
      e.title || "", ...[...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data)]).join(" ")""")
    assert set(re.findall("[A-Za-z]{2,}", said)) & table <= {"layers"}
    page.click("#language")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.inner_text("#numbers dt >> nth=0") == "epoch"
    assert page.title() == "Training: MLP(4 → 2 → 4)"
    assert opened(text, "#lang=ja").title() == "学習: MLP(4 → 2 → 4)"
    assert opened(viz.training(make(), xs, ys, loss, lang="ja")).inner_text("#numbers dt >> nth=0") == "エポック"


def test_light_and_dark(opened: Any) -> None:
    text = viz.training(xor(), XS, YS, nn.squared_error)
    page = opened(text, color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"
    dark = page.evaluate(COLOUR, ["losses", 0.9, 0.1])
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (dark, page.evaluate(COLOUR, ["losses", 0.9, 0.1])) == ([13, 17, 23], [255, 255, 255])
    page = opened(viz.training(xor(), XS, YS, nn.squared_error, theme="dark"))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_it_works_in_the_frame_of_a_notebook(opened: Any, browser: Any, tmp_path: Path) -> None:
    bundle = viz.training(xor(), XS, YS, nn.squared_error)._repr_mimebundle_()
    (tmp_path / "notebook.html").write_text(f"<!doctype html><body>{bundle['text/html']}", encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("body.ready").wait_for()
    frame.locator("#step").click()
    assert frame.locator("#count").inner_text() == "1"
    page.close()
    assert problems == []
