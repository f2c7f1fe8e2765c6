"""What a network says of itself: its stages, as its method `architecture()` gives them; nothing is imported from `nn`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from viz.shapes import is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from viz.shapes import Network


def stages_of(model: Network) -> list[Any]:
    """The stages of a model. `ValueError` where their weights do not fit what they say."""
    stages = list(type(model).architecture(model))
    for stage in all_stages(stages):
        if stage.kind == "dense":
            rows, inputs = stage.weights, stage.inputs
            unfit = len(rows) != stage.outputs or len(stage.biases) not in (0, stage.outputs)
            if unfit or any(len(row) != inputs for row in rows):
                message = f"{titled(stage)}: architecture() gives weights and biases that are not {stage.outputs} x {inputs}"
                raise ValueError(message)
    return stages


def all_stages(stages: Iterable[Any]) -> Iterator[Any]:
    """All stages, those inside others too."""
    for stage in stages:
        yield stage
        yield from all_stages(stage.inside)


def leading(stages: Iterable[Any]) -> Iterator[Any]:
    """The stages in the order in which numbers meet them, those inside residual blocks and sequences after the block."""
    for stage in stages:
        yield stage
        if stage.kind in ("residual", "sequence"):
            yield from leading(stage.inside)


def first_inputs(stage: Any) -> int | None:
    """How many numbers a stage takes, if each of them has a wire."""
    if stage.kind == "dense":
        return int(stage.inputs)
    if stage.kind in ("residual", "sequence") and stage.inside:
        return first_inputs(stage.inside[0])
    return None


def titled(stage: Any) -> str:
    """A stage in a tip and a description."""
    return f"{stage.name}: {stage.description}" if stage.name else str(stage.description)


def innermost(numbers: Any) -> list[Sequence[float]]:
    """The rows of nested lists."""
    if numbers and isinstance(numbers[0], (list, tuple)):
        return list(chain.from_iterable(map(innermost, numbers)))
    return [numbers]


def dense_stages(stages: Iterable[Any]) -> list[Any]:
    """Those whose units and weights a picture shows, in their order."""
    return [stage for stage in leading(stages) if stage.kind == "dense"]


# What it was before.


def numbers_before(before: object, stages: Sequence[Any]) -> dict[str, tuple[list[list[float]], list[float]]]:
    """The weights and the biases of each dense stage in a state, or in another network; `ValueError` if they do not fit."""
    if any(stage.kind == "convolution" for stage in leading(stages)):
        message = "before= shows changes of weights on wires: those of images, as of a Conv2d, cannot be shown"
        raise ValueError(message)
    dense = dense_stages(stages)
    if is_network(before):
        found = {stage.name: (stage.weights, stage.biases) for stage in dense_stages(stages_of(before))}
    elif isinstance(before, Mapping):
        found = {stage.name: numbers for stage in dense if (numbers := _numbers_in(before, stage))}
    else:
        message = f"before= is a state_dict of the network, or another network, not {before!r:.60}"
        raise TypeError(message)
    for stage in dense:
        if stage.name not in found:
            message = f"before=: there are no weights of {titled(stage)}"
            raise ValueError(message)
        rows, biases = found[stage.name]
        if [*map(len, rows)] != [stage.inputs] * stage.outputs or len(biases) != len(stage.biases):
            message = f"before=: the weights and biases of {titled(stage)} are not {stage.outputs} x {stage.inputs}"
            raise ValueError(message)
    return found


def _numbers_in(state: Mapping[str, Any], stage: Any) -> tuple[list[list[float]], list[float]] | None:
    """Weights and biases of a stage in a state by names; those of a single neuron are a list and a number."""
    where = f"{stage.name}." if stage.name else ""
    if f"{where}w" not in state:
        return None
    w, b = (x.tolist() if hasattr(x, "tolist") else x for x in (state[f"{where}w"], state.get(f"{where}b", ())))
    rows = w if w and isinstance(w[0], (list, tuple)) else [w]
    return [[float(x) for x in row] for row in rows], [float(x) for x in (b if isinstance(b, (list, tuple)) else [b])]
