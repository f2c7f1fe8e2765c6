"""What a training minimises, and a step of it: loss and gradient of a minibatch, by a recorded program or by Values."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import autograd
from autograd import Value
from autograd.blamed import blame
from autograd.graph import members
from autograd.indices import is_index
from autograd.small_arrays import numpy
from nn.layers import flat, plain
from nn.module import Module, declared, float_of, mapped, replaced
from nn.optim import Optimizer, write_back
from nn.samples import Loss, Samples
from nn.sequences import at_rest, dropping, fed, rates_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from nn.optim import Vector

Penalty: TypeAlias = Callable[[Iterable[Value]], Value]

SECONDS = 0.05
"""So long C trains at a time: then the progress bar moves, and Ctrl-C is heard."""
LOSS, PENALTY = autograd.scope("loss"), autograd.scope("penalty")


class Objective:
    """The mean loss of samples, plus the penalty, as a function of the optimiser's parameters: the array `theta`."""

    def __init__(self, model: Module, samples: Samples, loss: Loss, optimizer: Optimizer, penalty: Penalty | None,
                 executor: Executor | None) -> None:  # fmt: skip
        self.model, self.samples, self.loss, self.optimizer, self.penalty = model, samples, loss, optimizer, penalty
        self.executor = executor
        self.np = np = numpy()
        self.theta: Vector = np.array([p.data for p in optimizer.parameters])
        still, costs = at_rest(model), []
        with autograd.value.ieee_arithmetic():  # a sample at fault is named when its turn comes
            try:
                self.example = declared(lambda x, y: costs.append(self.sample_loss(still, x, y)), *samples.first)
            except TypeError as error:
                if samples.classes:
                    error.add_note(f"ys are classes of {samples.outputs} outputs, given as 0s and a 1: numbers are ys=[[y], ...]")
                raise
            self.first_cost: float = mapped(costs[0], float_of)
            known = set(map(id, optimizer.parameters))
            self.depends = type(costs[0]) is Value and any(id(v) in known for v in members(costs[0]))
            if chance := dropping(model):
                samples.drop(partial(rates_of, model), [int(each.drawn.seed.data) for each in chance])

    def model_at(self, theta: Sequence[Any], factors: Iterable[Any] | None = None) -> Module:
        """The model with other parameters; those that are not trained are plain numbers. Without factors nothing is dropped."""
        new = dict(zip(map(id, self.optimizer.parameters), theta))
        model = replaced(self.model, lambda p: new.get(id(p), p.data))
        return at_rest(model) if factors is None else with_factors(model, factors)

    def sample_loss(self, model: Callable[[Any], Any], x: Any, y: Any) -> Value | float:
        """What one sample costs."""
        found = model(x)
        with LOSS:
            return cost_of(self.loss(found, y), "the loss of a sample")

    def loss_at(self, theta: Sequence[Any], x: Any, y: Any, factors: Iterable[Any] | None = None) -> Value | float:
        """The same with other parameters."""
        return self.sample_loss(self.model_at(theta, factors), x, y)

    def penalty_of(self, theta: Sequence[Any]) -> Value | float:
        """What the parameters cost."""
        if self.penalty is None:
            return 0.0
        with PENALTY:
            return cost_of(self.penalty(theta), "the penalty")

    def refresh(self) -> None:
        """Give the Values of the model the numbers of the array."""
        write_back(self.optimizer.parameters, self.theta)


def cost_of(given: Any, what: str) -> Value | float:
    """What a loss or penalty gave, if it is one number; a plain one depends on no parameter."""
    if isinstance(given, (Value, float, int)):
        return given
    message = f"{what} is one number, not {given!r:.80}"
    raise TypeError(message)


class Recorded:
    """Loss and gradient of a minibatch by a program; all buffers are laid out once, so that a step is one call."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.np, self.executor, self.theta = objective, objective.np, objective.executor, objective.theta
        try:
            self.still = autograd.record(objective.loss_at, objective.theta.tolist(), *objective.example)
            self.refuse_chance(objective.first_cost)
        except TypeError as error:
            error.add_note("nn.fit(..., eager=True) trains what cannot be recorded")
            raise
        if objective.penalty is None and not objective.depends:
            message = "fit: the loss depends on no parameter that is trained: compute it of its first argument, the outputs"
            raise ValueError(message)
        self.cost = self.still
        if objective.samples.rates is not None:
            *_, factors = objective.samples.sample(0)
            self.cost = autograd.record(objective.loss_at, objective.theta.tolist(), *objective.example, factors)
        sizes = {stop - start for start, stop in objective.samples.cuts}
        prepared = partial(self.cost.prepared, self.theta, *objective.samples.now, by=0, executor=self.executor)
        here = lambda rows: prepared(weights=self.np.full(rows, 1 / rows), rows=rows)
        away = objective.samples.elsewhere or any(map(is_index, flat(objective.example)))  # of indices `prepared` wants integers
        self.steps = {rows: (self.elsewhere if away else here)(rows) for rows in sizes}
        self.extra = None if objective.penalty is None else self.penalised()
        alone = self.executor is None and self.extra is None and not objective.samples.elsewhere
        self.descent: Any = self.cost.descent(self.theta, *objective.samples.now, rows=max(sizes)) if alone else None
        self.at_once = 1

    def refuse_chance(self, first: float) -> None:
        """Raise if the loss of the first sample is another one each time: a program repeats what was drawn once."""
        xs, ys = self.objective.samples.given
        again = float(self.still.batch(self.theta, xs[:1], ys[:1])[0])
        if not (math.isclose(first, again, rel_tol=1e-9, abs_tol=1e-12) or math.isnan(first)):
            message = f"the loss of the first sample is {first!r}, and then {again!r}: a program repeats what chance gave it once"
            raise TypeError(message)

    @cached_property
    def score(self) -> autograd.Program:
        """The outputs of the model as a program."""
        x, _ = self.objective.example
        return autograd.record(lambda theta, x: self.objective.model_at(theta)(x), self.theta.tolist(), x)

    def penalised(self) -> Callable[[], tuple[Vector, Vector]]:
        """The penalty as a program of the parameters, one row of them; and its gradient."""
        return autograd.record(self.objective.penalty_of, self.theta.tolist()).prepared(self.theta.reshape(1, -1))

    def elsewhere(self, rows: int) -> Callable[[int], tuple[Vector, Vector]]:
        """The same of samples that are Dask arrays, computed where they lie, brought here; and of tokens, laid out anew."""
        from autograd.programs.distant import brought_here, like_rows

        weight = like_rows if self.objective.samples.elsewhere else lambda batch, number: self.np.full(rows, number)

        def step(start: int) -> tuple[Vector, Vector]:
            batch = [numbers[start : start + rows] for numbers in self.objective.samples.now]
            how = {"weights": weight(batch, 1 / rows), "by": 0, "executor": self.executor}
            losses, gradient = brought_here(*self.cost.batch_value_and_grad(self.theta, *batch, **how))
            return losses, self.np.array(gradient)

        return step

    def step(self, k: int) -> tuple[float, Vector]:
        """What minibatch k costs, and the gradient."""
        start, stop = self.objective.samples.cuts[k]
        losses, gradient = self.steps[stop - start](start)
        loss = self.np.add.reduce(losses) / len(losses)
        if self.extra is not None:
            value, more = self.extra()
            loss += value[0]
            gradient += more[0]
        return loss, gradient

    def steps_from(self, k: int, total: float) -> tuple[int, float]:
        """Steps from minibatch k on in C, as many as take about 0.05 s, before one that is Python's: how many; the new total."""
        optimizer = self.objective.optimizer
        update = None if self.descent is None else optimizer.compiled()
        if update is None:
            return 0, total
        rates, interrupt = rates_ahead(optimizer, min(self.at_once, len(self.objective.samples.cuts) - k))
        begin = time.perf_counter()
        try:
            total = self.descent.run(update.capsule, k, rates, optimizer.steps, total)
        finally:  # Ctrl-C, or an operation of one's own that raised
            done = self.descent.done
            optimizer.steps += done
        if interrupt is not None:
            raise interrupt
        pace = done * SECONDS / max(time.perf_counter() - begin, 1e-9)
        self.at_once = max(1, int(min(pace, 4 * self.at_once)))
        return done, total

    def moved(self) -> None:
        """The parameters have moved: the program reads their array."""

    def costs(self, xs: Any, ys: Any) -> Any:
        """What each sample costs."""
        return self.still.batch(self.theta, xs, ys, executor=self.executor)

    def outputs(self, xs: Any) -> Any:
        """The outputs of the model, a row a sample."""
        return self.score.batch(self.theta, xs, executor=self.executor)


def rates_ahead(optimizer: Optimizer, count: int) -> tuple[array[float], KeyboardInterrupt | None]:
    """The learning rates of so many steps; of less, before one that is refused, or at which Ctrl-C came."""
    rates, interrupt = array("d"), None
    try:
        for i in range(count):
            rates.append(optimizer.rate(i))
    except KeyboardInterrupt as error:
        interrupt = error
    except Exception:  # noqa: BLE001, S110  (it is raised when it is that step's turn)
        pass
    return rates, interrupt


class Eager:
    """The same by Values, one sample after the other."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        model = objective.model
        self.model = model if objective.samples.rates is None else replaced(model, lambda p: p)  # of the same Values

    def step(self, k: int) -> tuple[float, Vector]:
        """What minibatch k costs, and the gradient."""
        objective = self.objective
        start, stop = objective.samples.cuts[k]
        parameters, rows = objective.optimizer.parameters, stop - start
        objective.model.zero_grad()
        total = 0.0
        with autograd.value.ieee_arithmetic():
            for row in range(start, stop):
                x, y, *factors = objective.samples.sample(row)
                total += backward(objective.sample_loss(with_factors(self.model, *factors), x, y), 1 / rows)
            total = total / rows + backward(objective.penalty_of(parameters), 1.0)
        return total, objective.np.array([p.grad for p in parameters])

    def steps_from(self, _: int, total: float) -> tuple[int, float]:
        """None: each is Python's."""
        return 0, total

    def moved(self) -> None:
        """The parameters have moved: the Values follow."""
        self.objective.refresh()

    def costs(self, xs: Any, ys: Any) -> Any:
        """What each sample costs."""
        cost, model = self.objective.sample_loss, at_rest(self.objective.model)
        with autograd.value.ieee_arithmetic():
            costs = [cost(model, x, y) for x, y in zip(*map(self.listed, (xs, ys)), strict=True)]
        return self.objective.np.array(mapped(costs, float_of))

    def outputs(self, xs: Any) -> Any:
        """The outputs of the model, a row a sample."""
        model = at_rest(self.objective.model)
        with autograd.value.ieee_arithmetic():
            found = [mapped(plain(model(x)), float_of) for x in self.listed(xs)]
        return found if isinstance(xs, list) else self.objective.np.array(found)

    def listed(self, side: Any) -> list[Any]:
        """Samples as a list, which those of unequal lengths are."""
        return side if isinstance(side, list) else self.objective.np.asarray(side).tolist()


def with_factors(model: Module, factors: Iterable[Any] = ()) -> Module:
    """A model whose numbers are dropped by these factors, one after the other; it is changed."""
    rest = iter(factors)
    return fed(model, lambda _: next(rest))


def backward(cost: Value | float, weight: float) -> float:
    """Add the weighted gradient of a cost to its leaves, if it has any; the number itself."""
    if isinstance(cost, Value):
        cost.backward(weight)
        return cost.data
    return cost


def culprit(objective: Objective, cost: Callable[..., Value | float], *sample: Any) -> str:
    """What makes a cost of the parameters, or its gradient, infinite or nan; the empty string if they are finite."""
    names = {id(p): name for name, p in objective.model.named_parameters().items()}
    theta = [Value(v, label=names[id(p)]) for p, v in zip(objective.optimizer.parameters, objective.theta.tolist())]
    for p in theta:
        if not math.isfinite(p.data):
            return f"the parameter {p.label} is {p.data!r}"
    with autograd.value.ieee_arithmetic():
        found = blame(cost(theta, *sample) + Value(0.0))  # what is a plain number too
    return "" if found is None or found.finite else found.why
