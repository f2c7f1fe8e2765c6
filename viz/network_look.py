"""How the picture of a network is to look: its options, and what they can be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from viz.shapes import Appearance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Self

    from viz.shapes import Network

LEVELS_OF_DETAIL = ("units", "layers")
PLACES_OF_BIASES = ("inside", "threshold", "units")
KINDS_OF_WEIGHTS = ("numbers", "symbols")


@dataclass(frozen=True, kw_only=True)
class NetworkLook(Appearance):
    """How the picture of a network is to look: each field is an option of `viz.draw`, which tells the following of it.

    A network is whatever has a method `architecture()` (see `nn.Module`). Its units stand in columns with weights as wires:
    blue for plus, orange and broken for minus, the wider the greater; the numbers are written on the wires of a small one, and
    a unit has the colour of its bias. Of more than 64 units the first and the last are drawn. `inputs`, `outputs` and `layers`
    are lists of names. With ``image=(rows, columns)`` the weights of each unit of the first layer are an image of that shape;
    those of a `Conv2d` always are. A `bias` stands "inside" its unit, there as the "threshold" θ = −b, or on a wire from one of
    the "units" that give 1; `weights` are "numbers" or "symbols". With ``level="layers"`` each layer is a box.

    With `at`, an input x, the network is shown at work (see `nn.Module.trace`): the numbers of the input, the weighted sum and
    the output of each unit. With ``at=(x, t)``, t the target, and a `loss` such as `nn.squared_error` there is also how the
    loss changes with each of them (with a sum: the error δ), and with each weight; no `.grad` is touched. A `rate` writes a
    step of gradient descent beside weights and biases. Of more than 12 units the first and the last are drawn then; units
    beside images have the colour of their output. With `before`, a `state_dict` or another network of the same sizes, what
    has changed since is red.

    >>> NetworkLook(inputs=["a", "b"]).theme
    'auto'
    """

    inputs: Sequence[object] | None = None
    outputs: Sequence[object] | None = None
    image: Sequence[int] | None = None
    layers: Sequence[object] | None = None
    level: str = "units"
    at: Any = None
    loss: Callable[[Any, Any], Any] | None = None
    rate: Any = None
    before: Network | Mapping[str, Any] | None = None
    bias: str = "inside"
    weights: str = "numbers"

    @property
    def plain(self) -> NetworkLook:
        """Without what is written in units and on wires: what a graph in DOT shows."""
        numbers = replace(self, image=None, at=None, loss=None, rate=None, before=None)
        return replace(numbers, level=NetworkLook.level, bias=NetworkLook.bias, weights=NetworkLook.weights)

    @property
    def in_symbols(self) -> bool:
        """Whether units and weights are named by letters."""
        return self.weights == "symbols"

    @property
    def threshold(self) -> bool:
        """Whether a bias is written as what the sum must reach."""
        return self.bias == "threshold"

    @property
    def written(self) -> bool:
        """Whether more is written into the picture than weights and biases."""
        return self.at is not None or self.before is not None or self.bias != "inside" or self.in_symbols

    def checked(self) -> Self:
        """How many names there are to be, and of what size images are, is for those to say who know the network."""
        super().checked()
        for what, names in (("inputs", self.inputs), ("outputs", self.outputs), ("layers", self.layers)):
            _check_names(what, names)
        _check_image(self.image)
        for what, words in (("level", LEVELS_OF_DETAIL), ("bias", PLACES_OF_BIASES), ("weights", KINDS_OF_WEIGHTS)):
            if getattr(self, what) not in words:
                message = f"{what}= is {' or '.join(map(repr, words))}, not {getattr(self, what)!r}"
                raise ValueError(message)
        self._check_work()
        self._check_together()
        return self

    def _check_work(self) -> None:
        """Whether it is said at what input, and for what loss."""
        if self.loss is not None and not callable(self.loss):
            message = f"loss= is a function of an output and its target, such as nn.squared_error, not {self.loss!r}"
            raise TypeError(message)
        if self.loss is not None and not (isinstance(self.at, (tuple, list)) and len(self.at) == 2):
            message = f"with loss= there is an input and its target, at=(x, t), not at={self.at!r:.60}"
            raise ValueError(message)
        if self.rate is None:
            return
        if isinstance(self.rate, bool) or not isinstance(self.rate, (int, float)) or not math.isfinite(self.rate):
            message = f"rate= is a learning rate, a number such as 0.5, not {self.rate!r}"
            raise ValueError(message)
        if self.loss is None:
            message = "rate= shows a step of gradient descent: it needs at=(x, t) and loss="
            raise ValueError(message)

    def _check_together(self) -> None:
        """Whether the options go together."""
        if self.rate is not None and self.before is not None:
            message = "before= shows a change that was made, rate= one that a step would make: give one of them"
            raise ValueError(message)
        if self.image is not None and (self.rate is not None or replace(self, at=None).written):
            message = "image= shows weights as images, without numbers: leave it out, or rate=, before=, bias= and weights="
            raise ValueError(message)
        wrong = [name for name in ("image", "before", "rate") if getattr(self, name) is not None]
        if self.level == "layers" and wrong:
            message = f"{', '.join(wrong)}: shows weights, of which level='layers' shows none"
            raise ValueError(message)
        if self.level == "layers" and (self.bias != "inside" or self.in_symbols):
            message = "bias= and weights= say how weights are shown, and level='layers' shows none"
            raise ValueError(message)


def _check_names(what: str, names: Sequence[object] | None) -> None:
    if names is not None and not (isinstance(names, (list, tuple)) and names):
        message = f"{what}= is a list of names, one for each of the network's {what}, not {names!r}"
        raise TypeError(message)


def _check_image(image: Sequence[int] | None) -> None:
    if image is None:
        return
    whole = isinstance(image, (list, tuple)) and all(type(n) is int and n > 0 for n in image)
    if not whole or len(image) != 2:
        message = f"image= is (rows, columns) of the input as an image, two whole numbers above 0, not {image!r}"
        raise ValueError(message)
