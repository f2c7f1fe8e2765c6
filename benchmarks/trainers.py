"""Who makes the training steps of `training.py`: ours and others, each behind the same calls.

A script: ``trainers.py ENGINE TASK`` is the process of one engine, which imports it when it is made.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any

import others
import worker
import workloads

CHECKED = 3
"""Epochs after which the parameters of all engines are compared."""
TASKS = ("demo", "digits")


@dataclass(frozen=True)
class Task:
    """A network and its data, in minibatches; the learning rate."""

    title: str
    workload: workloads.Workload
    sizes: tuple[int, ...]
    batch: int
    minibatches: int
    lr: float

    def batches(self) -> list[Any]:
        """The rows of each minibatch, as numpy arrays."""
        np: Any = importlib.import_module("numpy")
        rows = np.array(self.workload.data, dtype=float)
        several = np.arange(self.batch * self.minibatches) % len(rows)
        return [rows[several[k * self.batch : (k + 1) * self.batch]] for k in range(self.minibatches)]


def task(name: str) -> Task:
    """The task of this name."""
    if name == "demo":
        return Task("micrograd's demo: 2-16-16-1, hinge loss and l2, 100 points", workloads.moons(), workloads.MOONS, 100, 1, 0.1)
    return Task("digits: 64-32-10, cross entropy, minibatches of 32", workloads.digits(), workloads.DIGITS, 32, 38, 0.1)


class Steps:
    """An engine on a task: `epoch` makes a step for each minibatch."""

    def __init__(self, task: Task) -> None:
        self.task, self.work = task, task.workload

    def epoch(self) -> None:
        """Train on all minibatches once."""
        raise NotImplementedError

    def parameters(self) -> Any:
        """All parameters, neuron by neuron."""
        raise NotImplementedError


class Fit(Steps):
    """`nn.fit`, on a recorded program."""

    eager = False

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        np: Any = importlib.import_module("numpy")
        nn: Any = importlib.import_module("nn")
        rows = np.concatenate(task.batches())
        self.model = model_of(nn, task)
        split, targets = task.sizes[0], rows[:, task.sizes[0] :]
        optimizer = nn.SGD(self.model.parameters(), task.lr)
        demo = task.sizes[-1] == 1
        self.training = nn.Training(
            self.model, (rows[:, :split], targets[:, 0] if demo else targets), nn.hinge if demo else nn.cross_entropy, optimizer,
            task.batch, nn.l2(workloads.ALPHA) if demo else None, None, False, None, None, eager=self.eager,
        )  # fmt: skip
        self.epochs = 0

    def epoch(self) -> None:
        """As `run` does it."""
        self.training.epoch(self.epochs, None)
        self.epochs += 1

    def parameters(self) -> Any:
        """The array that is moved."""
        return self.training.theta


class FitAdam(Fit):
    """The same with Adam, which costs more than plain steps: another path, compared with nobody."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        nn: Any = importlib.import_module("nn")
        self.training.optimizer = nn.Adam(self.model.parameters())

    def parameters(self) -> Any:
        """Nobody else's."""
        return []


class Eager(Steps):
    """Values by hand, as micrograd's demo is written."""

    module, collector = "nn", True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.batch = [(row[: task.sizes[0]].tolist(), row[task.sizes[0]]) for row in task.batches()[0]]
        self.labels = [float(y) for _, y in self.batch]
        self.model = self.made()

    def made(self) -> Any:
        """The model with the task's parameters."""
        return model_of(importlib.import_module("nn"), self.task)

    def loss(self) -> Any:
        """The demo's: a mean of hinge losses and a sum of squares."""
        nn: Any = importlib.import_module("nn")
        losses = [nn.hinge(self.model(x), y) for (x, _), y in zip(self.batch, self.labels)]
        summed = importlib.import_module("autograd").sum
        return summed(losses) * (1.0 / len(losses)) + nn.l2(workloads.ALPHA)(self.model.parameters())

    def epoch(self) -> None:
        """One step on all points."""
        if not self.collector:
            gc.disable()
        try:
            loss = self.loss()
            self.model.zero_grad()
            loss.backward()
            for p in self.model.parameters():
                p.data -= self.task.lr * p.grad
        finally:
            gc.enable()

    def parameters(self) -> Any:
        """The numbers of the Values."""
        return [p.data for p in self.model.parameters()]


class EagerWithoutCollector(Eager):
    """The same while the cyclic collector is off."""

    collector = False


class Micrograd(Eager):
    """micrograd 0.1.0, with its own modules; the loss as its demo has it."""

    def made(self) -> Any:
        """Its MLP."""
        model = importlib.import_module("micrograd.nn").MLP(self.task.sizes[0], list(self.task.sizes[1:]))
        for p, x in zip(model.parameters(), self.work.parameters()[0], strict=True):
            p.data = x
        return model

    def loss(self) -> Any:
        """As in its notebook."""
        losses = [(1 + -y * self.model(x)).relu() for (x, _), y in zip(self.batch, self.labels)]
        return sum(losses) * (1.0 / len(losses)) + workloads.ALPHA * sum(p * p for p in self.model.parameters())


class MicrogradWithoutCollector(Micrograd):
    """The same while the cyclic collector is off."""

    collector = False


class NumpyByHand(Steps):
    """Matrices, and the derivatives written out."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.np: Any = importlib.import_module("numpy")
        self.p = self.np.array(self.work.parameters()[0])
        self.batches = task.batches()

    def epoch(self) -> None:
        """A step a minibatch."""
        for batch in self.batches:
            _, gradient = self.work.by_hand(self.np, self.p, batch)  # type: ignore[misc]
            self.p -= self.task.lr * gradient

    def parameters(self) -> Any:
        """The vector."""
        return self.p


class Jax(Steps):
    """JAX: a jitted step, called for each minibatch; it waits at the end of the epoch only."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        engine = others.JaxTensors(self.work)
        self.jax: Any = importlib.import_module("jax")
        self.p = engine.array(self.work.parameters()[0])
        self.batches = [engine.array(batch) for batch in task.batches()]
        both = self.jax.value_and_grad(lambda p, batch: self.work.natural(engine.space, p, batch))  # type: ignore[misc]

        def step(p: Any, batch: Any) -> Any:
            loss, gradient = both(p, batch)
            return p - task.lr * gradient, loss

        self.step = step
        self.run = self.compiled()

    def compiled(self) -> Callable[[Any], Any]:
        """All minibatches."""
        step = self.jax.jit(self.step)

        def run(p: Any) -> Any:
            for batch in self.batches:
                p, _ = step(p, batch)
            return p

        return run

    def epoch(self) -> None:
        """A step a minibatch."""
        self.p = self.run(self.p).block_until_ready()

    def parameters(self) -> Any:
        """The vector."""
        return self.p


class JaxScan(Jax):
    """JAX: the whole epoch as one compiled loop."""

    def compiled(self) -> Callable[[Any], Any]:
        """One `lax.scan` over the minibatches."""
        stacked = importlib.import_module("jax.numpy").stack(self.batches)
        return self.jax.jit(lambda p: self.jax.lax.scan(self.step, p, stacked)[0])  # type: ignore[no-any-return]


class Torch(Steps):
    """PyTorch tensors: the loss on matrices, its gradient, a step on one vector."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        engine = others.TorchTensors(self.work)
        self.torch, self.space = engine.torch, engine.space
        self.p = engine.array(self.work.parameters()[0]).clone().requires_grad_()
        self.batches = [engine.array(batch) for batch in task.batches()]

    def epoch(self) -> None:
        """A step a minibatch."""
        for batch in self.batches:
            loss = self.work.natural(self.space, self.p, batch)  # type: ignore[misc]
            (gradient,) = self.torch.autograd.grad(loss, self.p)
            with self.torch.no_grad():
                self.p -= self.task.lr * gradient

    def parameters(self) -> Any:
        """The vector."""
        return self.p.detach().numpy()


class TorchModules(Torch):
    """PyTorch as its tutorials write it: torch.nn.Linear, a loss of its own, torch.optim.SGD."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        torch = self.torch
        linear = [torch.nn.Linear(*pair).double() for pair in pairwise(task.sizes)]
        for layer, (w, b) in zip(linear, workloads.matrices(self.p.detach(), task.sizes), strict=True):
            layer.weight.data, layer.bias.data = w.contiguous().clone(), b.contiguous().clone()
        parts = [part for layer in linear[:-1] for part in (layer, torch.nn.ReLU())]
        self.model = torch.nn.Sequential(*parts, linear[-1])
        self.linear, self.optimizer = linear, torch.optim.SGD(self.model.parameters(), task.lr)
        self.demo = task.sizes[-1] == 1

    def epoch(self) -> None:
        """A step a minibatch."""
        split = self.task.sizes[0]
        for batch in self.batches:
            out, target = self.model(batch[:, :split]), batch[:, split:]
            if self.demo:
                loss = (1 - target * out).relu().mean() + workloads.ALPHA * sum((p * p).sum() for p in self.model.parameters())
            else:
                loss = self.torch.nn.functional.cross_entropy(out, target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def parameters(self) -> Any:
        """Neuron by neuron."""
        rows = [self.torch.cat([layer.weight, layer.bias[:, None]], 1).reshape(-1) for layer in self.linear]
        return self.torch.cat(rows).detach().numpy()


def model_of(nn: Any, task: Task) -> Any:
    """The network of a task with its parameters."""
    return nn.MLP(task.sizes[0], task.sizes[1:], init=task.workload.parameters()[0])


class Worker:
    """The process of one engine."""

    def __init__(self, engine: str, name: str) -> None:
        self.steps: Steps = globals()[engine](task(name))
        self.times = 1

    def prepare(self) -> dict[str, Any]:
        """The parameters after some epochs."""
        for _ in range(CHECKED):
            self.steps.epoch()
        found = [float(x) for x in self.steps.parameters()]
        begin = perf_counter()
        self.steps.epoch()
        self.times = max(1, round(worker.ENOUGH / (perf_counter() - begin)))
        return {"found": found}

    def time(self) -> dict[str, Any]:
        """Seconds a step."""
        gc.collect()
        begin = perf_counter()
        for _ in range(self.times):
            self.steps.epoch()
        return {"seconds": (perf_counter() - begin) / (self.times * self.steps.task.minibatches)}


if __name__ == "__main__":
    worker.main(Worker)
