"""What is read of a graph: names, and what each operand was passed."""

from __future__ import annotations

import math

from autograd.functions import FUNCTIONS
from autograd.recording import Recorder
from autograd.value import Value
from viz.reading import contributions


def test_a_gradient_of_zero_passes_nothing_even_through_infinity() -> None:
    x = Value(0.0)
    root = FUNCTIONS["sqrt"](x)
    y = root * 0.0
    y.backward()
    assert root.partials == (math.inf,)
    assert [passed for _, _, passed in contributions(root)] == [0.0]


def test_a_closed_edge_passes_nothing_of_an_infinite_gradient() -> None:
    x = Value(3.0)
    with Recorder([x]):
        taken, other = x * 2, x * 5
        y = FUNCTIONS["where"](x > 0, taken, other)
    y.backward(math.inf)
    assert (taken.grad, other.grad, x.grad) == (math.inf, 0.0, math.inf)
    assert [passed for x, _, passed in contributions(y) if x is taken or x is other] == [math.inf, 0.0]
