"""The samples of a training as arrays: what is wrong is refused, each epoch has its order, and right answers are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from autograd import Value
from autograd.structures import lies_elsewhere
from nn.layers import flat, plain
from nn.losses import TARGETS, binary_cross_entropy, cross_entropy, hinge
from nn.module import Module

Loss: TypeAlias = Callable[[Any, Any], Value]
Accuracy: TypeAlias = Callable[[Any, Any], float]


class Samples:
    """Inputs and targets as arrays: as given, and in the order of the epoch."""

    def __init__(self, np: Any, model: Module, data: tuple[Any, Any], loss: Loss, batch_size: int | None = None,
                 shuffle: int | None = None, *, name: str = "") -> None:  # fmt: skip
        from autograd.programs.batches import cuts_of

        xs, ys = (array_of(numbers, f"{name}{side}") for numbers, side in zip(data, ("xs", "ys")))
        self.rows = len(xs) if xs.ndim else 0
        if self.rows == 0 or ys.ndim == 0 or len(ys) != self.rows:
            message = f"{name}xs and ys have a row a sample; their shapes are {xs.shape} and {ys.shape}"
            raise ValueError(message)
        self.np = np
        for numbers, side in ((xs, "xs"), (ys, "ys")):
            refuse_numbers(np, f"{name}{side}", numbers, np.isfinite(numbers), "leave such samples out, or fill them in")
        self.elsewhere = lies_elsewhere(xs) or lies_elsewhere(ys)
        if self.elsewhere and shuffle is not None:
            message = "shuffle=: Dask arrays stay where they lie, in their order: leave it out, or shuffle them before"
            raise ValueError(message)
        self.outputs = len(list(flat(plain(model(np.asarray(xs[0]).tolist())))))
        self.classes = self.outputs > 1 and ys.ndim == 1
        if self.classes:
            ys = one_hot_rows(np, ys, self.outputs, f"{name}ys")
        if getattr(ys[0], "size", 1) == self.outputs:  # else the loss says so
            refuse_targets(np, f"{name}ys", ys, loss)
        self.given = (xs, ys)
        self.start(shuffle, self.given if shuffle is None else (xs.copy(), ys.copy()))
        self.cuts = cuts_of(self.rows, min(batch_size or self.rows, self.rows))

    def start(self, seed: int | None, now: tuple[Any, ...]) -> None:
        """Samples in the order in which they were given."""
        self.seed = seed
        self.random = self.np.random.RandomState(seed)  # whose numbers NumPy promises never to change (its NEP 19)
        self.order: Any = None
        self.now = now
        self.rates: Any = None

    @property
    def first(self) -> tuple[Any, ...]:
        """A sample, as the model and the loss get it."""
        xs, ys = self.given
        return self.np.asarray(xs[0]).tolist(), self.np.asarray(ys[0]).tolist()

    def sample(self, row: int) -> tuple[Any, ...]:
        """A sample of the epoch, and its factors, where something is dropped by chance."""
        return tuple(self.np.asarray(numbers[row]).tolist() for numbers in self.now)

    def index(self, row: int) -> int:
        """Where a sample of the epoch stands in what was given."""
        return row if self.order is None else int(self.order[row])

    def shuffle(self, steps: int) -> None:
        """The order of an epoch depends on the seed and the optimiser's steps alone, so that a run can be taken up anywhere."""
        if self.seed is None:
            return
        epoch, rest = divmod(steps, len(self.cuts))  # there is a rest where steps of another kind went before
        self.random.seed([self.seed, epoch, rest] if rest else [self.seed, epoch])
        self.order = self.random.permutation(self.rows)
        self.arrange()

    def arrange(self) -> None:
        """Samples in the order of the epoch."""
        for given, now in zip(self.given, self.now):
            self.np.take(given, self.order, axis=0, out=now, mode="clip")  # else it would buffer

    def drop(self, rates: Callable[[Any], list[float]], seeds: list[int]) -> None:
        """Hold a factor for each number of each sample that may be dropped, at the rates that a function of the input tells."""
        found = rates(self.first[0])
        if found:
            self.rates, self.seeds = self.np.array(found), seeds
            self.now = (*self.now, self.np.ones((self.rows, len(found))))

    def draw(self, steps: int) -> None:
        """The factors of an epoch: 0, or what keeps the mean. They too depend on the seeds and the optimiser's steps alone."""
        if self.rates is not None:
            *_, factors = self.now
            self.draw_factors(steps, self.rates, factors)

    def draw_factors(self, steps: int, rates: Any, factors: Any) -> None:
        """The same of these rates, in order, into an array."""
        self.random.seed([*self.seeds, steps % 2**32, steps // 2**32])
        self.np.divide(self.random.random_sample(factors.shape) >= rates, 1 - rates, out=factors)


def array_of(numbers: Any, name: str) -> Any:
    """Numbers as an array of doubles; errors say which they are. A Dask array stays one."""
    from autograd.structures import real_array

    if lies_elsewhere(numbers) and numbers.dtype.kind in "biuf":
        return numbers.astype(float)
    try:
        return real_array(numbers)
    except (TypeError, ValueError) as error:
        message = f"{name}: {error}"
        raise type(error)(message) from None


def refuse_numbers(np: Any, name: str, numbers: Any, right: Any, words: str) -> None:
    """`ValueError` for the first number that is not right."""
    if not np.all(right):
        wrong = tuple(np.argwhere(~np.asarray(right))[0])
        message = f"{name}[{', '.join(map(str, wrong))}] is {float(numbers[wrong]):g}: {words}"
        raise ValueError(message)


def one_hot_rows(np: Any, labels: Any, classes: int, name: str) -> Any:
    """Whole numbers from 0 to classes - 1 as rows of 0s and a 1."""
    targets = f"targets are classes 0 to {classes - 1}, or rows of {classes} numbers; [[y], ...] are numbers"
    words = f"the model has {classes} outputs, so {targets}"
    refuse_numbers(np, name, labels, (labels == np.floor(labels)) & (labels >= 0) & (labels < classes), words)
    one_hot: Callable[[Any], Any] = lambda block: np.eye(classes)[block.astype(int)]
    elsewhere = {"dtype": float, "chunks": (*getattr(labels, "chunks", ()), classes), "new_axis": 1}
    return labels.map_blocks(one_hot, **elsewhere) if lies_elsewhere(labels) else one_hot(labels)


def refuse_targets(np: Any, name: str, ys: Any, loss: Loss) -> None:
    """`ValueError` for the first target that is none of this loss's; what is recorded looks at no target."""
    if loss in TARGETS:
        right, words = TARGETS[loss]
        refuse_numbers(np, name, ys, right(ys), f"targets of {loss.__name__} are {words}")
    if loss is cross_entropy and ys.ndim > 1:
        sums = ys.reshape(len(ys), -1).sum(axis=1)
        refuse_numbers(np, f"the sum of {name}", sums, abs(sums - 1) < 1e-6, "the probabilities of the classes add up to 1")


def largest(rows: Any) -> Any:
    """Where the largest number of each row stands; also of channels of one point each."""
    return rows.reshape(len(rows), -1).argmax(axis=1)


def classes_of(targets: Any) -> Any:
    """The class of each sample, from its probabilities or as it is."""
    return largest(targets) if targets.ndim > 1 else targets


def accuracy_of(accuracy: Accuracy | bool, loss: Loss, samples: Samples) -> Accuracy | None:
    """How the share of right answers is counted: the largest output, or the side of 0 that a logit or score lies on."""
    if accuracy is not True:
        return accuracy or None
    array: Callable[[Any], Any] = samples.np.asarray if samples.outputs == 0 else lambda x: x  # of lists
    if samples.classes or loss is cross_entropy:
        return lambda outputs, targets: (largest(array(outputs)) == classes_of(array(targets))).mean()
    if samples.outputs < 2 and loss in (binary_cross_entropy, hinge):
        border = 0.5 if loss is binary_cross_entropy else 0.0
        return lambda outputs, targets: ((array(outputs).ravel() > 0) == (array(targets).ravel() > border)).mean()
    return None
