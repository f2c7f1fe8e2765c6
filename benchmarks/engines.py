"""Who computes: each engine behind the same few calls. Those of others are used where they are installed."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import autograd


class Engine(Protocol):
    """What a benchmark asks of an engine: variables, a pass back from a result, the numbers."""

    name: str

    def variables(self, point: Sequence[float]) -> list[Any]:
        """One variable for each number."""

    def tanh(self, x: Any) -> Any:
        """The hyperbolic tangent."""

    def exp(self, x: Any) -> Any:
        """The exponential."""

    def backward(self, y: Any) -> None:
        """Compute the gradient of `y` by all variables."""

    def value(self, y: Any) -> float:
        """The number of a result."""

    def gradient(self, x: Any) -> float:
        """The gradient by a variable, after `backward`."""

    def finish(self) -> None:
        """Let go of what the engine itself holds of the graph."""


class Plain:
    """Plain Python floats: no gradient, the measure of everything else."""

    name = "plain floats"
    tanh = staticmethod(math.tanh)
    exp = staticmethod(math.exp)

    def variables(self, point: Sequence[float]) -> list[float]:
        """The numbers themselves."""
        return list(point)

    def backward(self, y: float) -> None:
        """There is nothing to do."""

    def value(self, y: float) -> float:
        """The number itself."""
        return y

    def gradient(self, x: float) -> float:
        """Never known."""
        return math.nan * x

    def finish(self) -> None:
        """There is nothing to let go of."""


class Chainrule:
    """The engine that is measured."""

    name = "chainrule"
    tanh = staticmethod(autograd.tanh)
    exp = staticmethod(autograd.exp)

    def variables(self, point: Sequence[float]) -> list[Any]:
        """Leaves."""
        return [autograd.Value(x) for x in point]

    def backward(self, y: Any) -> None:
        """One sweep."""
        y.backward()

    def value(self, y: Any) -> float:
        """What the node holds."""
        return float(y.data)

    def gradient(self, x: Any) -> float:
        """What the sweep left."""
        return float(x.grad)

    def finish(self) -> None:
        """The graph goes with its last reference."""


class Micrograd:
    """micrograd 0.1.0, which has neither tanh nor exp: both are added here in its own manner, a closure for each node."""

    name = "micrograd"

    def __init__(self) -> None:
        value_class: Any = importlib.import_module("micrograd.engine").Value
        self.tanh, self.exp = _in_the_manner_of_micrograd(value_class)
        self.value_class = value_class

    def variables(self, point: Sequence[float]) -> list[Any]:
        """Leaves."""
        return [self.value_class(x) for x in point]

    def backward(self, y: Any) -> None:
        """Its own; recursive, so that a graph may be some hundred operations deep."""
        y.backward()

    def value(self, y: Any) -> float:
        """What the node holds."""
        return float(y.data)

    def gradient(self, x: Any) -> float:
        """What the closures summed."""
        return float(x.grad)

    def finish(self) -> None:
        """Each node is a cycle with its closure: the collector frees it."""


def _in_the_manner_of_micrograd(value_class: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    def tanh(x: Any) -> Any:
        t = math.tanh(x.data)
        out = value_class(t, (x,), "tanh")

        def _backward() -> None:
            x.grad += (1 - t * t) * out.grad

        out._backward = _backward
        return out

    def exp(x: Any) -> Any:
        out = value_class(math.exp(x.data), (x,), "exp")

        def _backward() -> None:
            x.grad += out.data * out.grad

        out._backward = _backward
        return out

    return tanh, exp


class Xad:
    """XAD, a tape in C++ with a Python binding: the fastest other eager engine from Python that was found."""

    name = "xad"

    def __init__(self) -> None:
        adjoint: Any = importlib.import_module("xad.adj_1st")
        functions: Any = importlib.import_module("xad.math")
        self.real, self.new_tape = adjoint.Real, adjoint.Tape
        self.tanh: Callable[[Any], Any] = functions.tanh
        self.exp: Callable[[Any], Any] = functions.exp
        self.tape: Any = None

    def variables(self, point: Sequence[float]) -> list[Any]:
        """Reals that are registered on a new tape."""
        self.tape = self.new_tape()
        self.tape.activate()
        xs = [self.real(x) for x in point]
        self.tape.registerInputs(xs)
        self.tape.newRecording()
        return xs

    def backward(self, y: Any) -> None:
        """Play the tape back."""
        self.tape.registerOutput(y)
        y.derivative = 1.0
        self.tape.computeAdjoints()

    def value(self, y: Any) -> float:
        """What the Real holds."""
        return float(y.value)

    def gradient(self, x: Any) -> float:
        """What the tape holds; to be read before `finish`."""
        return float(x.derivative)

    def finish(self) -> None:
        """Drop the tape."""
        self.tape.deactivate()
        self.tape = None


def others() -> dict[str, Engine]:
    """The engines of others that are installed, by name."""
    found: dict[str, Engine] = {}
    makers: tuple[Callable[[], Engine], ...] = (Micrograd, Xad)
    for make in makers:
        try:
            engine = make()
        except ImportError:
            continue
        found[engine.name] = engine
    return found
