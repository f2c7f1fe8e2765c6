"""A network at work: what its units hold for one input, and how the loss changes with each of their numbers.

The network says it itself, by `trace(x)` and, of its weights, by `tensors()`, as the modules of `nn` do (see `nn.Module`).
"""

from __future__ import annotations

from functools import cached_property

from autograd.derivative import gradients
from autograd.errors import kind_of
from autograd.indices import is_index
from autograd.value import Value
from viz.network.stages import titled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from viz.network_look import NetworkLook
    from viz.shapes import Network


FEW = 4
"""So many numbers of a vector are written."""


class Work:
    """The numbers of a network for the input of a look, and of its loss if there is one. No `.grad` is touched."""

    def __init__(self, model: Network, look: NetworkLook) -> None:
        self.model, self.loss = model, look.loss
        self.target: Any = None if look.loss is None else look.at[1]
        x = look.at if look.loss is None else look.at[0]
        if not callable(getattr(type(model), "trace", None)):
            message = f"at=: {kind_of(model)} has no method trace(x) that tells what its stages make of an input"
            raise TypeError(message)
        declare = getattr(type(model), "declared", None)
        try:
            self.x = leaves(x if declare is None else declare(model, x))
            steps = list(type(model).trace(model, self.x))  # type: ignore[attr-defined]
        except ValueError as error:
            message = f"at= is one input x, or with loss= a pair (x, t) of it and its target, not {look.at!r:.60}: {error}"
            raise ValueError(message) from error
        self.steps = {step.name: step for step in steps}
        self.y = steps[-1].z if steps else self.x

    @property
    def count(self) -> int | None:
        """How many numbers go in; None of an image."""
        return None if nested(self.x) else len(list(flat(self.x)))

    @cached_property
    def result(self) -> Value | None:
        """The loss, if one is asked for. `ValueError` if it is no Value that was computed."""
        if self.loss is None:
            return None
        result = self.loss(self.y, self.target)
        if type(result) is not Value or not result.op:
            message = f"loss= gives {result!r:.60}, which is not computed from what the network gives (or in no_grad())"
            raise ValueError(message)
        return result

    @property
    def called(self) -> str:
        """What the loss is called, if it has a name."""
        name = str(getattr(self.loss, "__name__", ""))
        return name if name.isidentifier() else ""

    @cached_property
    def slopes(self) -> dict[int, float]:
        """How the loss changes with each input, sum and output, by their ids."""
        steps = self.steps.values()
        values = [v for part in (self.x, *(step.a for step in steps), *(step.z for step in steps)) for v in flat(part)]
        return self.slopes_of([v for v in values if type(v) is Value])

    def slopes_of(self, values: list[Value]) -> dict[int, float]:
        """The same of any Values; none without a loss."""
        return {} if self.result is None else dict(zip(map(id, values), gradients(self.result, values), strict=True))

    def step(self, stage: Any) -> Any:
        """What was traced of a stage. `ValueError` if nothing was."""
        if stage.name not in self.steps:
            message = f"at=: trace() of the {type(self.model).__name__} tells nothing of {titled(stage)}"
            raise ValueError(message)
        return self.steps[stage.name]

    def outputs(self, stage: Any) -> list[Any]:
        """What a stage gives, as a list. `ValueError` where that is an image, or a sequence."""
        z = self.step(stage).z
        if nested(z):
            what = "images" if depth(z) > 2 else "a list of vectors"
            message = f"at= shows the numbers of units: {titled(stage)} gives {what}, which level='layers' can show"
            raise ValueError(message)
        return list(flat(z))

    def sums(self, stage: Any) -> list[Any]:
        """The sums of the units of a stage."""
        return list(flat(self.step(stage).a))

    def weights(self, stage: Any) -> tuple[list[list[float]], list[float]]:
        """How the loss changes with the weights and with the biases of a dense stage."""
        if stage.name not in self.known:
            self.known[stage.name] = self._weights(stage)
        return self.known[stage.name]

    @cached_property
    def known(self) -> dict[str, tuple[list[list[float]], list[float]]]:
        """What `weights` has found, by the name of the stage."""
        return {}

    def _weights(self, stage: Any) -> tuple[list[list[float]], list[float]]:
        tensors = type(self.model).tensors(self.model)  # type: ignore[attr-defined]
        where = f"{stage.name}." if stage.name else ""
        if f"{where}w" not in tensors:
            message = f"at=: tensors() of the {type(self.model).__name__} has no weights of {titled(stage)}"
            raise ValueError(message)
        w, b = list(flat(tensors[f"{where}w"])), list(flat(tensors.get(f"{where}b")))
        slopes = self.slopes_of([*w, *b])
        rows = [w[i : i + stage.inputs] for i in range(0, len(w), stage.inputs)]
        return [[slopes[id(v)] for v in row] for row in rows], [slopes[id(v)] for v in b]


def leaves(x: Any) -> Any:
    """Numbers, or lists or arrays of them, as Values of their own.

    >>> leaves([[1.0], 2])[1].data
    2.0
    """
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, (list, tuple)):
        return [leaves(part) for part in x]
    if is_index(x):
        return x  # which picks, and has no gradient
    if type(x) is Value:
        return Value(x.data)
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        message = f"at= is an input, a number or a list of numbers; with loss= a pair of it and its target; not {x!r:.60}"
        raise TypeError(message)
    return Value(float(x))


def flat(x: Any) -> Iterator[Any]:
    """All numbers of nested lists; none of None."""
    if isinstance(x, (list, tuple)):
        for part in x:
            yield from flat(part)
    elif x is not None:
        yield x


def nested(x: Any) -> bool:
    """Whether it is no number and no list of numbers, but lists of lists, as an image is."""
    return isinstance(x, (list, tuple)) and any(isinstance(part, (list, tuple)) for part in x)


def depth(x: Any) -> int:
    """How deep the lists are nested.

    >>> depth(1.0), depth([[1.0], [2.0]])
    (0, 2)
    """
    return 1 + max(map(depth, x), default=0) if isinstance(x, (list, tuple)) else 0


def vector(name: str, words: list[str]) -> str:
    """The first words of a vector in parentheses, a single one without.

    >>> vector("x", ["1"]), vector("y", list("123456"))
    ('x = 1', 'y = (1, 2, 3, 4, …)')
    """
    listed = ", ".join([*words[:FEW], *["…"] * (len(words) > FEW)])
    return f"{name} = {listed}" if len(words) == 1 else f"{name} = ({listed})"


def number_of(v: Any) -> float:
    """The number of a Value, or one that was none."""
    return float(v.data if type(v) is Value else v)
