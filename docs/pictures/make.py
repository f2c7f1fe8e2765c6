"""Draws the pictures that the documentation shows, beside itself: ``python docs/pictures/make.py``."""

from __future__ import annotations

from pathlib import Path

import viz
from autograd.value import FUNCTIONS, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent


def apples() -> Value:
    """Two apples for 100 yen each, and the tax."""
    price, count, tax = Value(100.0, label="リンゴの値段"), Value(2.0, label="個数"), Value(1.1, label="消費税")
    total: Value = price * count * tax
    return total


def expression() -> Value:
    """The README's example."""
    x = Value(1.5, label="x")
    y: Value = (FUNCTIONS["sin"](x) * x) ** 2 + x
    return y


def sigmoid() -> Value:
    """The logistic function from its parts."""
    x = Value(2.0, label="x")
    y: Value = 1 / (1 + FUNCTIONS["exp"](-x))
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


PICTURES: dict[str, tuple[Callable[[], Value], str]] = {
    "apples": (apples, "textbook"),
    "apples_record": (apples, "record"),
    "expression": (expression, "textbook"),
    "sigmoid": (sigmoid, "textbook"),
    "fan_out": (fan_out, "textbook"),
}


def make(folder: Path = HERE) -> None:
    """Draw them all into a folder."""
    for name, (graph, style) in PICTURES.items():
        y = graph()
        y.backward()
        viz.save(y, folder / f"{name}.svg", style, engine="graphviz-pure")


if __name__ == "__main__":
    make()
