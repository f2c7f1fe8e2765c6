"""Training: the loss of one sample is recorded once, replayed on minibatches, and an optimiser moves one flat array.

>>> import nn
>>> model = nn.Neuron(1, "identity", init=[0.0, 0.0])
>>> steps = nn.SGD(model.parameters(), lr=0.4)
>>> history = nn.fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], loss=nn.squared_error, optimizer=steps, epochs=200)
>>> [round(p.data, 6) for p in model.parameters()], len(history.loss), history.stopped
([2.0, 1.0], 200, 'finished')

While `fit` runs, the array is the master: the model's Values get its numbers before a callback, at an exception and at the end.
What a callback does to them, it takes up.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import autograd
from autograd.small_arrays import numpy
from autograd.structures import shape_of, worded
from nn.lengths import ByLength, Sequences, are_sequences, lists_of
from nn.module import Module, float_of, mapped
from nn.optim import Adam, Optimizer, in_memory
from nn.samples import Accuracy, Loss, Samples, accuracy_of
from nn.sequences import at_rest
from nn.steps import Eager, Objective, Penalty, Recorded, culprit

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from os import PathLike

    from nn.optim import Vector

Callback: TypeAlias = "Callable[[Training], None]"


@dataclass
class History:
    """What happened, a number an epoch. The training loss is the mean of what the minibatches cost before their step.

    >>> History(loss=[0.5, 0.25], accuracy=[0.75, 1.0], seconds=0.125, stopped="finished")
    <History: 2 epochs, loss 0.25, accuracy 1, 0.12 s, finished>
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    """Of all samples after the epoch, from 0 to 1; empty where samples have no classes."""
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    best_epoch: int = -1
    """The epoch, from 0, with the least watched loss: that of the validation, else that of the training."""
    seconds: float = 0.0
    stopped: str = ""
    """Why it ended: "finished", "interrupted", "no improvement for 5 epochs", or what a callback said."""

    def __repr__(self) -> str:
        named = {"loss": self.loss, "accuracy": self.accuracy, "validation loss": self.validation_loss}
        named["validation accuracy"] = self.validation_accuracy
        said = [f"{name} {numbers[-1]:.6g}" for name, numbers in named.items() if numbers]
        epochs = f"{len(self.loss)} epoch{'s' * (len(self.loss) != 1)}"
        return f"<History: {', '.join([epochs, *said, f'{self.seconds:.2f} s', self.stopped or 'running'])}>"


def fit(
    model: Module,
    xs: Any,
    ys: Any,
    *,
    loss: Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    penalty: Penalty | None = None,
    validation: tuple[Any, Any] | None = None,
    accuracy: Accuracy | bool = True,
    shuffle: int | None = None,
    patience: int | None = None,
    keep_best: bool = False,
    callbacks: Sequence[Callback] = (),
    resume: str | PathLike[str] | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    eager: bool = False,
) -> History:
    """Train the optimiser's parameters on samples xs (R, *inputs) with targets ys (R,) or (R, *outputs), and return the history.

    The cost is the mean of loss(model(x), y) over a minibatch, plus `penalty(parameters)`. Whole numbers as targets of a model of
    several outputs are classes: the loss gets them as 0s and a 1.

    - `optimizer`: of the model's parameters, by default Adam(model.parameters()); parameters that it has not stay as they are.
    - `batch_size`: 1 is online learning, None one step an epoch. `shuffle`: a seed; None takes samples as they stand.
      The order of an epoch follows from the seed and the optimiser's steps: `fit` in a loop goes on as one call does.
    - `validation`: (xs, ys) that are not trained on. `patience`: stop after so many epochs without improvement of its loss
      (without validation, of the training's); `keep_best`: end with the parameters after the best epoch (without validation, the
      loss of all samples is computed again for it, after each epoch).
    - Rows of xs and ys may have unequal lengths, and be indices, `autograd.index(xs, size)`: targets are handed to the loss as
      they are then. The bits follow from the samples and their order alone (docs/networks.md).
    - `accuracy`: a function of the outputs and the targets, arrays of all samples; True: of classes where there are any.
    - `callbacks` are called after each epoch with the `Training`. `resume`: a file that a `Checkpoint` wrote; `epochs` counts its
      epochs too.
    - `executor`: as of `autograd.Program.batch`; the bits do not depend on it. `eager`: by Values, slowly, as without numpy.

    Ctrl-C ends the training and keeps what was learnt. A loss or gradient that is no finite number raises `FloatingPointError`,
    which names the sample, the layer and the operation; the parameters are those before that step.

    >>> import nn
    >>> model = nn.MLP(2, [4, 1], "tanh", seed=1)
    >>> steps = nn.Adam(model.parameters(), lr=0.1)
    >>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> fit(model, xs, ys, loss=nn.binary_cross_entropy, optimizer=steps, epochs=100).accuracy[-1]
    1.0
    """
    refuse_options(model=model, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, penalty=penalty)
    refuse_options(validation=validation, accuracy=accuracy, shuffle=shuffle, patience=patience)
    refuse_options(callbacks=callbacks, executor=executor)
    optimizer = optimizer or Adam(model.parameters())
    training = Training(
        model, (xs, ys), loss, optimizer, batch_size, penalty, validation, accuracy, shuffle, executor, eager=eager
    )
    return training.run(epochs, patience, callbacks, resume, keep_best=keep_best, progress=progress)


def whole(least: int) -> Callable[[Any], bool]:
    """Whether something is a whole number, not below the least. True and False are none."""
    return lambda n: hasattr(n, "__index__") and not isinstance(n, bool) and n >= least


OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "model": (lambda x: isinstance(x, Module), "a Module: for a function, write a class with forward(self, x)"),
    "loss": (callable, "a function of outputs and targets, such as nn.squared_error"),
    "optimizer": (lambda x: x is None or isinstance(x, Optimizer), "an Optimizer, such as nn.SGD(model.parameters(), 0.1)"),
    "epochs": (whole(0), "a whole number, 0 or more"),
    "batch_size": (lambda x: x is None or whole(1)(x), "at least 1, or None for all samples at once"),
    "penalty": (lambda x: x is None or callable(x), "a function of the parameters, such as nn.l2(1e-4)"),
    "validation": (lambda x: x is None or (isinstance(x, (tuple, list)) and len(x) == 2), "a pair (xs, ys)"),
    "accuracy": (lambda x: isinstance(x, bool) or callable(x), "a function of outputs and targets, True or False"),
    "shuffle": (lambda x: x is None or (whole(0)(x) and x < 2**32), "a seed from 0 to 2**32 - 1, or None"),
    "patience": (lambda x: x is None or whole(1)(x), "a number of epochs, at least 1, or None"),
    "callbacks": (lambda x: isinstance(x, (tuple, list)) and all(map(callable, x)), "a list of functions"),
    "executor": (lambda x: x is None or hasattr(x, "submit"), "one of concurrent.futures, or None"),
}
"""What the options of `fit` must be: a condition, and the same in words."""


def refuse_options(**options: Any) -> None:
    """`ValueError` for the first option that is not what it must be."""
    for name, given in options.items():
        right, words = OPTIONS[name]
        if not right(given):
            message = f"fit: {name} is {words}; it was given {given!r:.80}"
            raise ValueError(message)


class Training(Objective):
    """A run of `fit`, as callbacks see it: `model`, `optimizer`, `history`, `stop`, and `save`.

    >>> import nn
    >>> model = nn.Neuron(1, "identity", init=[0.0, 0.0])
    >>> def enough(training):
    ...     if training.history.loss[-1] < 0.01:
    ...         training.stop("good enough")
    >>> steps = nn.SGD(model.parameters(), 0.5)
    >>> fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.squared_error, optimizer=steps, callbacks=[enough]).stopped
    'good enough'
    """

    def __init__(self, model: Module, data: tuple[Any, Any], loss: Loss, optimizer: Optimizer, batch_size: int | None,
                 penalty: Penalty | None, validation: tuple[Any, Any] | None, accuracy: Accuracy | bool, shuffle: int | None,
                 executor: Executor | None, *, eager: bool) -> None:  # fmt: skip
        own = set(map(id, model.parameters()))
        if any(id(p) not in own for p in optimizer.parameters):
            message = "the optimiser holds parameters that are not the model's (or are frozen): make it of model.parameters()"
            raise ValueError(message)
        with autograd.value.ieee_arithmetic():  # a sample at fault is named when its turn comes
            still = at_rest(model)
            samples: Samples
            data, validation = lists_of(data), validation and lists_of(validation)
            if uneven := are_sequences(data) or (validation is not None and are_sequences(validation)):
                samples = Sequences(numpy(), data, batch_size, shuffle)
                self.validation: Any = validation and Sequences(numpy(), validation, name="validation ")
            else:
                samples = Samples(numpy(), still, data, loss, batch_size, shuffle)
                self.validation = validation and Samples(numpy(), still, validation, loss, name="validation ")
        super().__init__(model, samples, loss, optimizer, penalty, executor)
        self.history, self.reason = History(), ""
        self.best: tuple[float, Vector] = math.inf, self.theta.copy()
        self.accuracy = accuracy_of(accuracy, loss, self.samples)
        alone = eager or not in_memory(self.theta)  # without numpy no program runs on rows
        self.engine = Eager(self) if alone else ByLength(self) if uneven else Recorded(self)

    # The loop.

    def run(self, epochs: int, patience: int | None, callbacks: Sequence[Callback], resume: str | PathLike[str] | None, *,
            keep_best: bool, progress: bool) -> History:  # fmt: skip
        """Train."""
        if resume is not None:
            self.load(resume)
            self.lose_patience(patience)
        history, begin = self.history, time.perf_counter() - self.history.seconds
        first = len(history.loss)
        bar = progress_bar(max(epochs - first, 0) * len(self.samples.cuts)) if progress else None
        try:
            for epoch in range(first, first if self.reason else epochs):
                self.judge(epoch, self.epoch(epoch, bar), again=keep_best)
                self.lose_patience(patience)
                history.seconds = time.perf_counter() - begin
                if bar is not None:
                    bar.set_postfix_str(last_of(history), refresh=False)  # drawn ten times a second, not each epoch
                if callbacks:
                    self.refresh()
                    for callback in callbacks:
                        callback(self)
                        self.theta[:] = [p.data for p in self.optimizer.parameters]  # it may have moved them
                if self.reason:
                    break
            history.stopped = self.reason or "finished"
        except KeyboardInterrupt:
            history.stopped = "interrupted"
        finally:
            if keep_best and history.best_epoch >= 0:
                self.theta[:] = self.best[1]
            self.refresh()
            if bar is not None:
                bar.close()
        return history

    def epoch(self, epoch: int, bar: Any) -> float:
        """All samples once; the mean of what they cost."""
        self.samples.shuffle(self.optimizer.steps)
        self.samples.draw(self.optimizer.steps)
        total, k = 0.0, 0
        while k < len(self.samples.cuts):
            done, total = self.engine.steps_from(k, total)
            if not done:
                done, total = 1, total + self.step(epoch, k)
            k += done
            if bar is not None:
                bar.update(done)
        return float(total / self.samples.rows)

    def step(self, epoch: int, k: int) -> float:
        """A step against the gradient of minibatch k; what it cost, times its samples."""
        loss, gradient = self.engine.step(k)
        if not math.isfinite(loss + self.np.vdot(gradient, gradient)):  # the squares may overflow: looked at more closely then
            self.refuse_infinite(epoch, k, loss, gradient)
        self.optimizer.update(self.theta, gradient)
        self.engine.moved()
        start, stop = self.samples.cuts[k]
        return loss * (stop - start)

    def judge(self, epoch: int, loss: float, *, again: bool) -> None:
        """Measure after an epoch, and remember the best parameters; with `again` by their own loss, not that of its steps."""
        history, validation = self.history, self.validation
        measured = [(history.loss, loss)]  # all is measured before any is kept: Ctrl-C leaves no half of an epoch
        if self.accuracy:
            measured.append((history.accuracy, self.share_of_right(self.samples, self.accuracy)))
        if validation is not None:
            measured.append((history.validation_loss, self.mean_of(validation)))
            if self.accuracy:
                measured.append((history.validation_accuracy, self.share_of_right(validation, self.accuracy)))
        for numbers, found in measured:
            numbers.append(found)
        watched = (history.loss if validation is None else history.validation_loss)[-1]
        if validation is None and again:
            self.refresh()
            with autograd.value.ieee_arithmetic():
                watched = self.mean_of(self.samples) + mapped(self.penalty_of(self.optimizer.parameters), float_of)
        if watched < self.best[0]:
            self.best, history.best_epoch = (watched, self.theta.copy()), epoch

    def lose_patience(self, patience: int | None) -> None:
        """Stop after so many epochs without improvement; also a run that had ended so, before it begins anew."""
        if patience is not None and len(self.history.loss) - 1 - self.history.best_epoch >= patience:
            self.stop(f"no improvement for {patience} epochs")

    def mean_of(self, samples: Samples) -> float:
        """The mean of what samples cost."""
        return float(self.np.mean(self.np.asarray(self.engine.costs(*samples.given))))

    def share_of_right(self, samples: Samples, accuracy: Accuracy) -> float:
        """The accuracy on samples."""
        xs, ys = samples.given
        return float(accuracy(self.engine.outputs(xs), ys))

    def stop(self, reason: str) -> None:
        """End after this epoch; the history says why."""
        self.reason = reason

    # What is no number.

    def refuse_infinite(self, epoch: int, k: int, loss: float, gradient: Vector) -> None:
        """Raise for the minibatch that gave a loss or gradient that is not finite; return if it is the square that overflowed."""
        if math.isfinite(loss) and self.np.isfinite(gradient).all():
            return
        for row in range(*self.samples.cuts[k]):
            found = culprit(self, self.loss_at, *self.samples.sample(row))
            if found:
                message = f"epoch {epoch}, sample {self.samples.index(row)}: {found}"
                raise FloatingPointError(message)
        found = culprit(self, self.penalty_of)
        message = f"epoch {epoch}{', penalty' if found else ''}: {found or 'the sum over a minibatch overflows'}"
        raise FloatingPointError(message)

    # Checkpoints.

    def save(self, path: str | PathLike[str]) -> None:
        """Write all that is needed to go on to the same bits: parameters, the optimiser's memory, the history."""
        from nn.files import write

        memory = {f"optimizer.{name}": numbers for name, numbers in self.optimizer.state_dict().items()}
        notes = {"history": json.dumps(asdict(self.history)), "best": self.best[0].hex(), "model": self.shapes}
        write(path, {"theta": self.theta, "best": self.best[1], **memory}, notes)

    @property
    def shapes(self) -> str:
        """The names and shapes of all parameters."""
        return ", ".join(f"{name} {worded(shape_of(tensor))}" for name, tensor in self.model.tensors().items())

    def load(self, path: str | PathLike[str]) -> None:
        """Go on from what was saved. `ValueError` if it is damaged, or of another model or optimiser: nothing has changed."""
        from nn.files import read

        arrays, notes = read(path)
        size = self.theta.shape
        if notes.get("model") != self.shapes or arrays.get("theta", self.theta).shape != size:
            message = f"{path} is no checkpoint of {len(self.theta)} parameters of a model with {self.shapes}"
            raise ValueError(message)
        memory = {name[10:]: numbers for name, numbers in arrays.items() if name.startswith("optimizer.")}
        try:
            for name in ("theta", "best"):
                if name not in arrays or arrays[name].shape != size or not self.np.isfinite(arrays[name]).all():
                    message = f"{name} is not {len(self.theta)} finite numbers"
                    raise ValueError(message)  # noqa: TRY301  (as all that is wrong with it)
            history, best = history_of(notes.get("history", "")), float_of_hex(notes.get("best", ""))
            self.optimizer.load_state_dict(memory)
        except ValueError as error:
            message = f"{path} cannot be taken up: {error}"
            raise ValueError(message) from None
        self.theta[:] = arrays["theta"]
        self.best = best, arrays["best"].copy()
        self.history = history
        self.refresh()


def history_of(text: str) -> History:
    """The history in a checkpoint. `ValueError` names the field that is not as `asdict` wrote it."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.keys() != asdict(History()).keys():
        names = sorted(told.keys() ^ asdict(History()).keys()) if isinstance(told, dict) else []
        message = f"its history is not one{': ' * bool(names)}{', '.join(names)}"
        raise ValueError(message)
    for name, usual in asdict(History()).items():
        given = told[name]
        each = given if isinstance(usual, list) and isinstance(given, list) else [given]
        kind = float if isinstance(usual, list) else type(usual)
        if isinstance(given, list) is not isinstance(usual, list) or not all(type(x) is kind for x in each):
            message = f"{name} in its history is {given!r:.40}"
            raise ValueError(message)
    history = History(**told)
    epochs = len(history.loss)
    lengths = {len(told[name]) for name in ("accuracy", "validation_loss", "validation_accuracy")}
    if not lengths <= {0, epochs} or not -1 <= history.best_epoch < max(epochs, 0):
        message = f"its history of {epochs} epochs has {sorted(lengths)} numbers, the best after epoch {history.best_epoch}"
        raise ValueError(message)
    return history


def float_of_hex(text: str) -> float:
    """The number of a hexadecimal text. `ValueError` if it has none, or one that no loss is better than."""
    number = math.nan
    with suppress(ValueError, OverflowError):
        number = float.fromhex(text)
    if math.isnan(number) or number == -math.inf:
        message = f"the best loss in it is {text!r:.40}"
        raise ValueError(message)
    return number


class Checkpoint:
    """A callback that writes a file every so many epochs, for `fit(..., resume=path)`.

    ``nn.fit(model, xs, ys, loss=..., callbacks=[nn.Checkpoint("run.safetensors", every=10)])``
    """

    def __init__(self, path: str | PathLike[str], every: int = 1) -> None:
        if not whole(1)(every):
            message = f"Checkpoint: every is a number of epochs, at least 1, not {every!r}"
            raise ValueError(message)
        self.path, self.every = path, every

    def __call__(self, training: Training) -> None:
        """Write, if it is time."""
        if len(training.history.loss) % self.every == 0:
            training.save(self.path)


def last_of(history: History) -> str:
    """The last epoch in a few words."""
    said = [f"loss {history.loss[-1]:.4g}"]
    said += [f"accuracy {history.accuracy[-1]:.1%}"] if history.accuracy else []
    if history.validation_loss:
        said.append(f"validation {history.validation_loss[-1]:.4g}")
        said += [f"{history.validation_accuracy[-1]:.1%}"] if history.validation_accuracy else []
    return ", ".join(said)


def progress_bar(steps: int) -> Any:
    """A bar on a terminal; None where standard error is none, or tqdm is not installed."""
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=steps, unit=" steps")
