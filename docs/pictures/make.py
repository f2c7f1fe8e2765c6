"""Draws the pictures that the documentation shows, beside itself: ``python docs/pictures/make.py``.

With ``--png FOLDER`` it also renders each of them there, in light and in dark, to be looked at, and a notebook's cell of 900
pixels as Chromium shows it (needs playwright and a Chromium on the path). ``--train`` first trains the networks anew whose
weights are in trained.json (needs scikit-learn): the digits by ``examples/train_digits.py``, exclusive or as in its example.
"""

from __future__ import annotations

import argparse
import json
import linecache
import os
import random
import runpy
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import nn
import viz
from autograd import Value, cos, exp, mean, scope, sin, sqrt, tanh
from autograd.blamed import blame, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

HERE = Path(__file__).parent
TRAINED = HERE / "trained.json"


def apples() -> Value:
    """Two apples for 100 yen each, and the tax."""
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    total: Value = price * count * tax
    return total


def shopping() -> Value:
    """Two apples and three mandarins, and the tax."""
    apple, mandarin = Value(100.0, label="apple"), Value(150.0, label="mandarin")
    total: Value = (apple * Value(2.0, label="apples") + mandarin * Value(3.0, label="mandarins")) * Value(1.1, label="tax")
    total.label = "total"
    return total


def plain_numbers() -> Value:
    """The same with plain numbers, as one writes it down at first."""
    price = Value(100.0, label="リンゴの値段")
    total: Value = price * 2 * 1.1
    total.label = "支払い"
    return total


def both() -> Value:
    """The same, with a name for the sum."""
    total = shopping()
    total.parents[0].label = "both"
    return total


def squared_sum() -> Value:
    """A composition: the square of a sum."""
    t = Value(3.0, label="x") + Value(4.0, label="y")
    t.label = "t"
    z: Value = t**2
    z.label = "z"
    return z


def multiple() -> Value:
    """What two apples cost with the tax, as a multiple of their price."""
    y: Value = Value(100.0, label="x") * 2 * 1.1
    y.label = "y"
    return y


def close_up() -> Value:
    """A single multiplication."""
    z: Value = Value(3.0, label="x") * Value(-4.0, label="y")
    z.label = "z"
    return z


def layer() -> Value:
    """A layer of one input and one output, with a threshold."""
    w, x, b = Value(2.0, label="w"), Value(0.9, label="x"), Value(0.1, label="b")
    y: Value = w * x - b
    y.label = "y"
    return y


def expression() -> Value:
    """The README's example."""
    x = Value(1.5, label="x")
    y: Value = (sin(x) * x) ** 2 + x
    return y


def sigmoid() -> Value:
    """The logistic function from its parts."""
    x = Value(2.0, label="x")
    y: Value = 1 / (1 + exp(-x))
    y.label = "y"
    return y


def fan_out() -> Value:
    """A sub-result that is used three times: its gradient is the sum of what comes back."""
    x = Value(2.0, label="x")
    h = x * 3
    h.label = "h"
    y = h * h + h
    y.label = "y"
    return y


def wide_chain() -> Value:
    """One operation after the other."""
    y = Value(0.5, label="x")
    for k in range(12):
        y = (sin, cos, tanh)[k % 3](y)
    y.label = "y"
    return y


def hostile() -> Value:
    """Labels that would break out of other pictures."""
    y = Value(1.0, label="</text><script>alert(1)</script>")
    for label in ('"quoted" & <b>bold</b>', "{record|fields}\\n", "new\nline", "\u202eright to left", "長い" * 20, "very " * 20):
        y = y * Value(1.5, label=label)
    y.label = "e\u0301\u0301\u0301 \x00"
    return y


def network(sizes: Sequence[int], samples: int) -> Value:
    """The squared error of a network of tanh neurons over some samples, with a scope around each layer and each neuron."""
    random_ = random.Random(3)  # noqa: S311  (no secret)
    weights = [
        [[Value(random_.uniform(-1, 1), label=f"w{i}{j}{k}") for k in range(a + 1)] for j in range(b)]
        for i, (a, b) in enumerate(pairwise(sizes))
    ]
    terms = []
    for _ in range(samples):
        xs = [Value(random_.uniform(-1, 1), label=f"x{k}") for k in range(sizes[0])]
        for i, layer in enumerate(weights):
            with scope(f"layer{i}"):
                xs = [_neuron(f"neuron{j}", ws, xs) for j, ws in enumerate(layer)]
        terms.append((xs[0] - random_.choice((-1, 1))) ** 2)
    loss = terms[0]
    for term in terms[1:]:
        loss += term
    loss.label = "loss"
    return loss


def _neuron(name: str, weights: Sequence[Value], xs: Sequence[Value]) -> Value:
    with scope(name):
        total = weights[-1]
        for w, x in zip(weights[:-1], xs, strict=True):
            total = w * x + total
        return tanh(total)


def small_root() -> Value:
    """The small root of x² − 2bx + 4, computed so that its digits cancel."""
    b = Value(1e8, label="b")
    root: Value = b - sqrt(b * b - 4)
    root.label = "small"
    return root


DEVIATION = """\
def deviation(xs):
    middle = mean(xs)
    return sqrt(mean([(x - middle) ** 2 for x in xs]))
"""


def at_fault() -> Value:
    """The standard deviation of equal numbers, whose derivative does not exist; its lines are kept."""
    linecache.cache["deviation.py"] = (len(DEVIATION), None, DEVIATION.splitlines(keepends=True), "deviation.py")
    known: dict[str, Any] = {"mean": mean, "sqrt": sqrt}
    exec(compile(DEVIATION, "deviation.py", "exec"), known)  # noqa: S102  (a file of its own, whose lines are shown)
    xs = [Value(5.0, label="x"), Value(5.0, label="y")]
    with lines():
        spread: Value = known["deviation"](xs)
    spread.label = "spread"
    return spread


def sequence() -> nn.Module:
    """Letters, attention and a recurrent layer."""
    embedding, attention = nn.Embedding(27, 8, seed=1), nn.Attention(8, heads=2, seed=2)
    return nn.Sequential(embedding, nn.RMSNorm(8), attention, nn.RNN(8, 4, seed=3))


def exclusive_or() -> nn.Module:
    """The network of examples/train_xor.py, trained."""
    return trained("xor", nn.MLP(2, [2, 1], "tanh", output="sigmoid", init="zeros"))


def digits() -> nn.Module:
    """That of examples/train_digits.py."""
    return trained("digits", nn.MLP(64, [32, 10], init="zeros"))


FOUR = ["....##..", "...##...", "..##....", ".##.##..", ".######.", "....##..", "....##..", "....##.."]
"""A digit that we drew ourselves."""


def two_layers() -> nn.Module:
    """A network 2-2-3 whose errors the lectures work out by hand."""
    first, second = [0.7, -1.2, 0.1, 0.3, 0.9, -0.4], [0.5, -0.3, 0.05, -0.2, 0.8, -0.1, 0.1, 0.4, 0.2]
    return nn.MLP(2, [2, 3], "sigmoid", init=[*first, *second])


def trained(name: str, model: nn.Module) -> nn.Module:
    """A model with the numbers that training gave it."""
    model.load_state_dict(json.loads(TRAINED.read_bytes())[name])
    return model


def train() -> None:
    """Train both, and write their numbers with so many digits as a picture shows."""
    examples, before = HERE.parents[1] / "examples", Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        models = {"xor": runpy.run_path(str(examples / "train_xor.py"))["trained"][1]}
        models["digits"] = runpy.run_path(str(examples / "train_digits.py"))["model"]
        os.chdir(before)
    numbers = json.dumps({name: model.state_dict() for name, model in models.items()})
    rounded = json.loads(numbers, parse_float=lambda digits: round(float(digits), 4))
    TRAINED.write_text(json.dumps(rounded, separators=(",", ":")).replace('],"', '],\n"') + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Shown:
    """A graph, or a network, and how it is drawn."""

    graph: Callable[[], Value | nn.Module]
    options: dict[str, Any] = field(default_factory=dict)
    gradient: float = 1.0
    """What backward begins with."""
    fault: bool = False
    """Whether what `blame` finds is in focus."""


PICTURES = {
    "apples": Shown(apples),
    "apples_record": Shown(apples, {"style": "record"}),
    "japanese": Shown(fan_out, {"style": "record", "lang": "ja"}),
    "symbols": Shown(squared_sum, {"symbols": True}),
    "symbols_multiple": Shown(multiple, {"symbols": True, "show_constants": "inside"}),
    "symbols_close_up": Shown(close_up, {"symbols": "L", "backward": True}, 0.5),
    "backward": Shown(apples, {"backward": True}),
    "constants_inside": Shown(plain_numbers, {"show_constants": "inside"}),
    "corrections": Shown(layer, {"rate": {"w": 0.5, "b": 0.5}}, 1 / 3),
    "expression": Shown(expression),
    "sigmoid": Shown(sigmoid),
    "sigmoid_record": Shown(sigmoid, {"style": "record"}),
    "fan_out": Shown(fan_out),
    "fan_out_downward": Shown(fan_out, {"direction": "TB"}),
    "partials": Shown(shopping, {"partials": True}),
    "focus": Shown(both, {"focus": "both", "backward": True}),
    "step": Shown(both, {"at_step": 8}),
    "rounding": Shown(small_root, {"rounding": True}),
    "at_fault": Shown(at_fault, {"lines": True}, fault=True),
    "heat": Shown(shopping, {"heat": True, "number_format": ".2f"}),
    "network": Shown(lambda: network((2, 3, 1), 1)),
    "network_heat": Shown(lambda: network((2, 3, 1), 1), {"heat": True, "direction": "TB"}),
    "network_folded": Shown(lambda: network((3, 4, 4, 1), 9)),
    "network_opened": Shown(lambda: network((3, 4, 4, 1), 1), {"collapse": 2, "opened": ["layer1 / neuron2"]}),
    "model_xor": Shown(exclusive_or, {"inputs": ["a", "b"], "outputs": ["a ≠ b"]}),
    "model_small": Shown(lambda: nn.MLP(3, [4, 4, 1], "tanh", seed=1)),
    "model_at_work": Shown(two_layers, {"at": ([1.5, -0.5], 0), "loss": nn.cross_entropy}),
    "model_layers": Shown(
        two_layers, {"at": ([1.5, -0.5], 0), "loss": nn.cross_entropy, "level": "layers", "number_format": ".2f"}
    ),
    "model_correction": Shown(
        lambda: nn.Neuron(1, "identity", init=[2.0, -0.1]),
        {"at": (0.9, 41 / 30), "loss": nn.squared_error, "rate": 0.5, "bias": "threshold"},
    ),
    "model_before": Shown(
        lambda: nn.Neuron(3, "step", init=[1.5, 2.0, 2.0, -2.5]),
        {"before": {"w": [2.0, 2.0, 2.0], "b": -2.0}, "bias": "threshold", "inputs": ["x₁", "x₂", "x₃"]},
    ),
    "model_symbols": Shown(
        lambda: nn.MLP(3, [2, 2], "sigmoid", seed=1),
        {"bias": "units", "weights": "symbols", "layers": ["hidden layer", "output layer"]},
    ),
    "model_skip": Shown(
        lambda: nn.Residual(nn.Layer(1, 1, "tanh", init=[1.3, -0.2]), nn.Layer(1, 1, "identity", init=[-0.6, 0.0])),
        {"at": (0.7, 1.0), "loss": nn.squared_error},
    ),
    "model_sequence": Shown(sequence),
    "model_digit_read": Shown(
        digits,
        {
            "image": (8, 8),
            "outputs": list("0123456789"),
            "at": ([float(point == "#") for row in FOUR for point in row], 4),
            "loss": nn.cross_entropy,
        },
    ),
    "model_digits": Shown(digits, {"image": (8, 8), "outputs": list("0123456789")}),
    "wide_chain": Shown(wide_chain),
    "hostile": Shown(hostile),
}


def make(folder: Path = HERE) -> None:
    """Draw them all into a folder."""
    for name, shown in PICTURES.items():
        (folder / f"{name}.svg").write_bytes(drawn(shown, "auto").encoded(".svg"))


def render(folder: Path) -> None:
    """Render them all into a folder, in light and in dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, shown in PICTURES.items():
        for theme in ("light", "dark"):
            (folder / f"{name}_{theme}.png").write_bytes(drawn(shown, theme).encoded(".png"))


def photograph_training() -> None:
    """The page of the gallery on which a network has learnt exclusive or: training.png, which no test compares."""
    from PIL import Image

    with browsing() as browser:
        corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", locale="en-US")
        page.set_content(viz.training(model, corners, xor, nn.squared_error, lr=4.0, inputs=["a", "b"]))
        page.evaluate("for (let i = 0; i < 400; i++) training.step(); training.draw()")
        seen = Image.open(BytesIO(page.screenshot())).convert("RGB").resize((960, 600), Image.Resampling.LANCZOS)
        seen.quantize(96, dither=Image.Dither.NONE).save(HERE / "training.png", optimize=True)


@contextmanager
def browsing() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    command = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=command, args=["--headless", "--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def photograph_cell(folder: Path) -> None:
    """What a notebook shows of a Value in a cell of 900 pixels, in light and in dark."""
    y = network((2, 3, 1), 1)
    y.backward()
    bundle = y._repr_mimebundle_()
    shown = bundle.get("text/html") or bundle["image/svg+xml"]
    with browsing() as browser:
        for theme, ground in (("light", "white"), ("dark", "#111")):
            page = browser.new_page(viewport={"width": 900, "height": 520}, color_scheme=theme)
            page.set_content(f"<body style='margin: 0; background: {ground}'>{shown}")
            page.screenshot(path=folder / f"cell_{theme}.png")


def drawn(shown: Shown, theme: str) -> viz.Drawing:
    """One picture, of a graph after a backward pass."""
    y = shown.graph()
    if isinstance(y, nn.Module):
        return viz.draw(y, **{"theme": theme, **shown.options})
    y.backward(shown.gradient)
    at_fault = {"focus": blame(y)} if shown.fault else {}
    return viz.draw(y, **{"engine": "graphviz-pure", "theme": theme, **shown.options, **at_fault})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the pictures of the documentation.")
    parser.add_argument("--png", metavar="FOLDER", type=Path, help="render them there too, in light and in dark")
    parser.add_argument("--train", action="store_true", help="train the networks anew whose weights are drawn")
    parser.add_argument("--page", action="store_true", help="photograph the page that trains anew")
    arguments = parser.parse_args()
    if arguments.page:
        photograph_training()
    if arguments.train:
        train()
    make()
    if arguments.png:
        render(arguments.png)
        photograph_cell(arguments.png)
