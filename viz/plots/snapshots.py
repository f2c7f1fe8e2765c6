"""What a network was like during its training: what is animated, and drawn at several times."""

from __future__ import annotations

import copy
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class Snapshots:
    """A callback of `nn.fit` that remembers a network: as it is now (epoch 0), and after epochs.

    With `at` after these; else after each, then, as soon as there are more than `most`, after every second, every fourth, and so
    on, always with the last one: memory stays bounded. Iterated over, it gives pairs of an epoch and a network with the numbers
    that it had then, a copy. `viz.animate` and `viz.plot_fit` take it as it is. Epochs are counted over several calls of `fit`.

    >>> import nn
    >>> model = nn.Neuron(1, "identity", init=[0.0, 0.0])
    >>> seen = Snapshots(model, at=[0, 1, 20])
    >>> steps = nn.SGD(model.parameters(), 0.5)
    >>> done = nn.fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.squared_error, optimizer=steps, epochs=20, callbacks=[seen])
    >>> [(epoch, round(then([1.0]).data, 2)) for epoch, then in seen]
    [(0, 0.0), (1, 1.75), (20, 2.95)]
    """

    def __init__(self, model: Any, at: Iterable[int] | None = None, *, most: int = 100) -> None:
        if not hasattr(model, "parameters"):
            message = f"Snapshots remembers a network, such as a module of nn, not {model!r:.60}"
            raise TypeError(message)
        self.at = None if at is None else frozenset(at)
        if most < 1 or not all(epoch == int(epoch) >= 0 for epoch in self.at or ()):
            message = f"Snapshots: at is a list of epochs from 0, and most at least 1, not at={at!r} and most={most!r}"
            raise ValueError(message)
        self.model, self.most, self.every, self.epoch = model, most, 1, 0
        self.kept: dict[int, array[float]] = {}
        self.last = self._numbers()
        self._keep()

    def __call__(self, training: object) -> None:  # noqa: ARG002  (a callback is given it)
        """After an epoch of this training."""
        self.epoch += 1
        self.last = self._numbers()
        self._keep()

    def _numbers(self) -> array[float]:
        return array("d", [p.data for p in self.model.parameters()])

    def _keep(self) -> None:
        wanted = self.epoch % self.every == 0 if self.at is None else self.epoch in self.at
        if not wanted:
            return
        self.kept[self.epoch] = self.last
        while self.at is None and len(self.kept) > self.most:
            self.every *= 2
            self.kept = {epoch: numbers for epoch, numbers in self.kept.items() if epoch % self.every == 0}

    def _shown(self) -> dict[int, array[float]]:
        return self.kept | {self.epoch: self.last} if self.at is None else self.kept

    def __len__(self) -> int:
        return len(self._shown())

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        for epoch, numbers in self._shown().items():
            twin = copy.deepcopy(self.model)
            for p, x in zip(twin.parameters(), numbers, strict=True):
                p.data = x
            yield epoch, twin

    def __repr__(self) -> str:
        return f"<Snapshots: {len(self)} of {self.epoch} epochs>"
