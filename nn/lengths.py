"""Samples of unequal lengths, such as sentences, and those that are indices: by one program for all lengths, or one for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import autograd
from autograd.plain import Index
from autograd.structures import flattened, shape_of
from nn.samples import Samples
from nn.steps import Objective, Recorded

if TYPE_CHECKING:
    from nn.optim import Vector


def are_sequences(data: Sequence[Any]) -> bool:
    """Whether inputs or targets are a list of rows of unequal lengths, or of indices (`autograd.index`)."""
    lists = [side for side in data if isinstance(side, (list, tuple)) and len(side)]
    return any(isinstance(shape_of(side), list) or issubclass(type(_first(side)), Index) for side in lists)


def lists_of(data: tuple[Any, Any]) -> tuple[Any, Any]:
    """Inputs and targets; arrays of rows of unequal lengths as lists."""
    uneven = [getattr(getattr(side, "dtype", None), "char", "") == "O" and side.ndim == 1 for side in data]
    xs, ys = (side.tolist() if objects else side for side, objects in zip(data, uneven))
    return xs, ys


def _first(x: Any) -> Any:
    """The first number of a structure."""
    while isinstance(x, (list, tuple)) and len(x):
        x = x[0]
    return x


class Sequences(Samples):
    """The same as `Samples`, of lists: rows may have any lengths, and targets are handed to the loss as they are."""

    def __init__(
        self, np: Any, data: tuple[Any, Any], batch_size: int | None = None, shuffle: int | None = None, *, name: str = ""
    ) -> None:
        from autograd.programs.batches import cuts_of

        self.np, self.rows, self.elsewhere, self.classes, self.outputs = np, len(data[0]), False, False, 0
        if not self.rows or len(data[1]) != self.rows:
            message = f"{name}xs and ys have a row a sample; there are {len(data[0])} and {len(data[1])}"
            raise ValueError(message)
        self.sizes = [getattr(type(_first(side)), "size", 0) if isinstance(_first(side), Index) else 0 for side in data]
        for side, numbers in zip(("xs", "ys"), data):
            for r, row in enumerate(numbers):
                try:
                    finite = all(map(math.isfinite, flattened(row)))
                except TypeError as error:
                    message = f"{name}{side}[{r}]: {error}: rows hold numbers"
                    raise TypeError(message) from None
                if not finite:
                    message = f"{name}{side}[{r}] has a number that is not finite: leave such samples out, or fill them in"
                    raise ValueError(message)
        xs, ys = [list(map(_plain, side)) for side in data]
        self.given = xs, ys
        self.start(shuffle, self.given)
        self.cuts = cuts_of(self.rows, min(batch_size or self.rows, self.rows))

    @property
    def first(self) -> tuple[Any, ...]:
        """A sample, as the model and the loss get it: what was declared an index is one."""
        return self._sample(self.given, 0)

    def sample(self, row: int) -> tuple[Any, ...]:
        """A sample of the epoch."""
        return self._sample(self.now, row)

    def _sample(self, sides: tuple[Any, ...], row: int) -> tuple[Any, ...]:
        x, y = [autograd.index(side[row], size) if size else side[row] for side, size in zip(sides, self.sizes)]
        return x, y, *[factors[row].tolist() for factors in sides[2:]]

    def arrange(self) -> None:
        """Samples in the order of the epoch."""
        self.now = tuple([[side[i] for i in self.order.tolist()] for side in self.given])

    def drop(self, rates: Callable[[Any], list[float]], seeds: list[int]) -> None:
        """Hold the factors of each sample, as many as an input of its shape asks for: row after row in one array."""
        known: dict[str, list[float]] = {}
        found = []
        for row, x in enumerate(self.given[0]):
            shape = repr(shape_of(x))
            if shape not in known:
                known[shape] = rates(self._sample(self.given, row)[0]) or [0.0]  # a program has a factor at least
            found.append(self.np.array(known[shape]))
        if any(map(any, known.values())):
            self.rates, self.seeds = found, seeds
            self.draw(0)

    def draw(self, steps: int) -> None:
        """The factors of an epoch. They do not depend on which samples are computed together."""
        if self.rates is not None:
            rates = [self.rates[self.index(row)] for row in range(self.rows)]
            ends = self.np.cumsum([len(each) for each in rates])
            factors = self.np.ones(ends[-1])
            self.draw_factors(steps, self.np.concatenate(rates), factors)
            self.now = (*self.now[:2], self.np.split(factors, ends[:-1]))


def _plain(row: Any) -> Any:
    """Arrays and tuples as lists, indices as the ints that they are."""
    if hasattr(row, "tolist"):
        return row.tolist()
    if isinstance(row, (list, tuple)):
        return list(map(_plain, row))
    return int(row) if isinstance(row, Index) else row


class ByLength(Recorded):
    """The same of such samples by one program, of which each takes a part; where that does not pay, by one for each length."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.np, self.executor, self.theta = objective, objective.np, objective.executor, objective.theta
        samples: Any = objective.samples
        try:
            self.still: Any = autograd.family(objective.loss_at, objective.theta.tolist(), *objective.example)
            self.refuse_chance(objective.first_cost)
        except TypeError as error:
            error.add_note("nn.fit(..., eager=True) trains what cannot be recorded")
            raise
        self.cost: Any = self.still
        if samples.rates is not None:
            *_, factors = samples.sample(0)
            self.cost = autograd.family(objective.loss_at, objective.theta.tolist(), *objective.example, factors)
        self.steps = {rows: partial(self.minibatch, rows) for rows in {stop - start for start, stop in samples.cuts}}
        self.extra = None if objective.penalty is None else self.penalised()
        from autograd.programs.prefixes import prefixes

        self.prefixes: Any = None
        if samples.rates is None:
            self.prefixes = prefixes(objective.loss_at, objective.theta.tolist(), samples.given, samples.sizes, max(self.steps))
        alone = self.prefixes is not None and self.executor is None and self.extra is None
        self.descent = self.prefixes.descent(self.theta, max(self.steps)) if alone else None
        self.at_once = 1
        self.groups: dict[int, Any] = {}

    def steps_from(self, k: int, total: float) -> tuple[int, float]:
        """As those of one length."""
        if self.descent is not None:
            self.prefixes.arrange(self.objective.samples.order, self.objective.samples.cuts)
        return super().steps_from(k, total)

    def minibatch(self, rows: int, start: int) -> tuple[Vector, Vector]:
        """What each of so many samples costs, and the gradient of their mean."""
        samples = self.objective.samples
        if self.prefixes is not None:
            self.prefixes.arrange(samples.order, samples.cuts)
            return self.prefixes.minibatch(self.theta, start, start + rows, self.executor)  # type: ignore[no-any-return]
        batch = [side[start : start + rows] for side in samples.now]
        how = {"weights": [1 / rows] * rows, "by": 0, "executor": self.executor}
        losses, gradient = self.cost.batch_value_and_grad(self.theta, *batch, **how)
        return self.np.array(losses), self.np.array(gradient)

    def costs(self, xs: Any, ys: Any) -> Any:
        """What each sample costs. It is remembered how these samples are laid out."""
        if id(xs) not in self.groups:
            self.groups[id(xs)] = xs, self.still.grouped(self.theta, xs, ys)  # which lives as long
        costs = self.np.empty(len(xs))
        for places, program, (_, *group) in self.groups[id(xs)][1]:
            costs[places] = program.batch(self.theta, *group, executor=self.executor)
        return costs

    @cached_property
    def score(self) -> Any:
        """The outputs of the model, as programs."""
        x, _ = self.objective.example
        return autograd.family(lambda theta, x: self.objective.model_at(theta)(x), self.theta.tolist(), x)
