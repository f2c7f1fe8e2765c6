"""Small graphs that several tests draw."""

from __future__ import annotations

from autograd.functions import FUNCTIONS
from autograd.value import Value


def apples() -> Value:
    """Two apples at 100 yen, 10 % tax; every value has a name."""
    price, count, tax = Value(100.0, label="apple price"), Value(2.0, label="apples"), Value(1.1, label="tax")
    subtotal = price * count
    subtotal.label = "subtotal"
    total = subtotal * tax
    total.label = "total"
    return total


def long_chain(n: int) -> Value:
    """So many products, one after the other."""
    y = Value(1.0, label="x")
    for _ in range(n):
        y = y * 1.5
    return y


def labelled(*labels: str) -> Value:
    """A leaf for each label, each in a tanh of its own, after a backward pass; the last names the result too."""
    y = Value(1.5)
    for label in labels:
        y = FUNCTIONS["tanh"](y * Value(0.5, label=label))
    y.label = labels[-1]
    y.backward()
    return y
