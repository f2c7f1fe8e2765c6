"""The functions that the workloads take from an engine, with those of many operands spelled out where an engine has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar


class Maths:
    """The functions of one operand of an engine, `maximum`, and what is made of them."""

    NAMES: ClassVar = ("exp", "log", "sin", "cos", "sqrt", "tanh", "relu", "maximum")

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self.exp, self.log, self.sin, self.cos, self.sqrt, self.tanh, self.relu, self.maximum = (
            functions[name] for name in self.NAMES
        )

    def sigmoid(self, x: Any) -> Any:
        """1 / (1 + exp(-x))."""
        return 1 / (1 + self.exp(-x))

    def dot(self, ws: Sequence[Any], xs: Sequence[Any], bias: Any) -> Any:
        """The bias and the products of two sequences, summed from the left."""
        for w, x in zip(ws, xs, strict=True):
            bias = bias + w * x
        return bias

    def total(self, xs: Sequence[Any]) -> Any:
        """The sum of one number or more."""
        first, *others = xs
        for x in others:
            first = first + x
        return first

    def logsumexp(self, xs: Sequence[Any]) -> Any:
        """The logarithm of the sum of exponentials, which are kept from overflowing."""
        most, *others = xs
        for x in others:
            most = self.maximum(most, x)
        return self.log(self.total([self.exp(x - most) for x in xs])) + most

    def repeat(self, step: Callable[[Any], Any], state: Any, times: int) -> Any:
        """The state after so many steps."""
        for _ in range(times):
            state = step(state)
        return state


FLOATS = Maths(
    exp=math.exp,
    log=math.log,
    sin=math.sin,
    cos=math.cos,
    sqrt=math.sqrt,
    tanh=math.tanh,
    relu=lambda x: x if x > 0 else 0.0,
    maximum=max,
)
