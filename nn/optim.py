"""Optimisers: rules by which parameters move against their gradient, each written once, on flat arrays.

By hand, as in micrograd or PyTorch:

>>> import nn
>>> model = nn.Neuron(1, "identity", init=[1.0, 0.0])
>>> optimizer = nn.SGD(model.parameters(), lr=0.1)
>>> for _ in range(3):
...     loss = nn.squared_error(model([2.0]), 3.0)
...     model.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> loss.data
0.03125

`nn.fit` hands its arrays to `update`. A learning rate is a number or a function of the steps done, which gives a number.
Compiled, a step is one pass over the arrays, in C (updates.h), with the bits of the rule below, which it has without numpy too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd import Value
from autograd.small_arrays import numpy
from autograd.value import no_gradients, numbers_from, numbers_into, recorder

try:
    from nn.updates import Update
except ImportError:  # uncompiled
    Update = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float64]

Rate: TypeAlias = float | Callable[[int], float]
LARGEST = 1e145
"""A sum of squares of such gradients, weighted as Adam remembers them (1 / (1 - b2) is at most 1e16), is a finite number."""


class Optimizer:
    """Parameters, a learning rate, and what is remembered from step to step. Subclasses write `rule`.

    `clip_value` limits each number of the gradient; `clip_norm` its Euclidean norm, by a factor, as PyTorch's clip_grad_norm_.

    >>> class Sign(Optimizer):
    ...     def rule(self, theta, gradient, lr):
    ...         theta -= lr * self.np.sign(gradient)
    >>> p = Value(1.0)
    >>> p.grad = -30.0
    >>> Sign([p], lr=0.25).step()
    >>> p.data
    1.25
    """

    memories: tuple[str, ...] = ()
    """Names of the arrays that it remembers."""

    def __init__(
        self, parameters: Iterable[Value], lr: Rate, *, clip_norm: float | None = None, clip_value: float | None = None
    ) -> None:
        if not hasattr(parameters, "__iter__"):
            message = f"{type(self).__name__} takes an iterable of parameters, such as model.parameters(), not {parameters!r:.60}"
            raise TypeError(message)
        self.parameters = list(parameters)
        if not self.parameters:
            message = f"{type(self).__name__}: there is no parameter to train (is everything frozen?)"
            raise ValueError(message)
        if any(getattr(p, "op", None) != "" for p in self.parameters):
            message = f"{type(self).__name__} takes parameters, Values that were not computed: model.parameters()"
            raise TypeError(message)
        self.parameters = list(dict.fromkeys(self.parameters))  # a shared one, of two modules, moves once
        self.lr = lr if callable(lr) else bounded(self, "lr", lr)
        self.clip_norm = None if clip_norm is None else bounded(self, "clip_norm", clip_norm)
        self.clip_value = None if clip_value is None else bounded(self, "clip_value", clip_value)
        self.np = numpy()
        self.steps = 0
        self.memory: dict[str, Vector] = {name: self.np.zeros(len(self.parameters)) for name in self.memories}
        self.scratch: Vector = self.np.empty(len(self.parameters))

    def __repr__(self) -> str:
        said = [f"{len(self.parameters):,} parameters", f"lr={self.lr!r}", f"{self.steps:,} steps"]
        return f"<{type(self).__name__}: {', '.join(said)}>"

    def __getstate__(self) -> dict[str, Any]:
        return {name: held for name, held in vars(self).items() if name != "np"}  # a module has no copy

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, np=numpy())

    def step(self) -> None:
        """Move the parameters by their `.grad`; if one were no finite number then, `FloatingPointError`: nothing has changed."""
        theta, gradient = self.np.empty((2, len(self.parameters)))
        if recorder() is not None or not in_memory(theta) or not numbers_into(self.parameters, theta, gradient):
            theta[:], gradient[:] = [p.data for p in self.parameters], [p.grad for p in self.parameters]
        self.update(theta, gradient)
        write_back(self.parameters, theta)

    def zero_grad(self) -> None:
        """Set the gradients of the parameters to 0."""
        if not no_gradients(self.parameters):
            for p in self.parameters:
                p.grad = 0.0

    def update(self, theta: Vector, gradient: Vector) -> None:
        """Move `theta` in place; the gradient may be overwritten. A step that is refused changes nothing, memories neither."""
        rate, compiled = self.rate(), self.compiled()
        if compiled is None or not compiled(theta, gradient, rate, self.steps):
            arrays = {"parameter": theta, **self.memory}
            before = [array.copy() for array in (gradient, *arrays.values())]
            try:
                with self.np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # said below, by name
                    if self.clip_value is not None:
                        self.np.clip(gradient, -self.clip_value, self.clip_value, out=gradient)
                    if self.clip_norm is not None:
                        self.clip(gradient, self.clip_norm)
                    self.rule(theta, gradient, rate)
                for name, array in arrays.items():
                    self.refuse(before[0], ~self.np.isfinite(array), f"by this step the {name} would be no finite number")
            except BaseException:
                for array, numbers in zip((gradient, *arrays.values()), before, strict=True):
                    array[:] = numbers
                raise
        self.steps += 1

    def compiled(self) -> Update | None:
        """Clipping and rule as one function in C, with the numbers and memories of now; None where they are not those of here."""
        cls = type(self)
        own = cls.update is not Optimizer.update or cls.clip is not Optimizer.clip
        if Update is None or own or cls.rule not in IN_C or not in_memory(self.scratch):
            return None
        limits = [math.inf if limit is None else limit for limit in (self.clip_value, self.clip_norm)]
        return Update(len(self.parameters), *IN_C[cls.rule](self), *limits)

    def clip(self, gradient: Vector, limit: float) -> None:
        """Shorten a gradient to the limit; one whose sum of squares is beyond the largest number is scaled before."""
        squares = sum_of_squares(self.np, gradient)
        if math.isfinite(squares):
            gradient *= min(1.0, limit / (math.sqrt(squares) + 1e-6))
            return
        self.refuse(gradient, ~self.np.isfinite(gradient), "it has no direction to be clipped to")
        largest = abs(gradient).max()
        gradient /= largest
        gradient *= min(largest, limit / math.sqrt(sum_of_squares(self.np, gradient)))

    def refuse(self, gradient: Vector, wrong: Any, words: str) -> None:
        """`FloatingPointError` for the first parameter that is wrong, if any is, with its gradient."""
        for i in self.np.flatnonzero(wrong)[:1].tolist():
            message = f"{type(self).__name__}, step {self.steps}: the gradient of {self.named(i)} is {gradient[i]}: {words}"
            raise FloatingPointError(message)

    def named(self, i: int) -> str:
        """A parameter in an error."""
        return self.parameters[i].label or f"parameter {i}"

    def rate(self, ahead: int = 0) -> float:
        """The learning rate of the next step, or of one so many later."""
        if not callable(self.lr):
            return self.lr
        step = self.steps + ahead
        try:
            rate = self.lr(step)
        except OverflowError:  # of a power
            rate = math.inf
        return bounded(self, f"the rate of step {step}", rate)

    def rule(self, theta: Vector, gradient: Vector, lr: float) -> None:
        """Move theta in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What it remembers: copies of its arrays by name, and the number of `steps`."""
        return {"steps": self.steps, **{name: array.copy() for name, array in self.memory.items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remember what another one of its kind did. `ValueError` for other names or sizes."""
        shapes = {name: array.shape for name, array in self.memory.items()}
        given = {name: self.np.shape(array) for name, array in state.items() if name != "steps"}
        if given != shapes or "steps" not in state:
            message = f"{type(self).__name__} remembers steps and {shapes}; this state has {given}"
            raise ValueError(message)
        steps = float(self.np.asarray(state["steps"]).reshape(-1)[0]) if self.np.size(state["steps"]) == 1 else -1.0
        if not 0 <= steps < 2**53 or steps != int(steps):
            message = f"{type(self).__name__}: steps is a whole number, not {state['steps']!r:.40}"
            raise ValueError(message)
        for name in self.memory:
            if not self.np.isfinite(state[name]).all():
                message = f"{type(self).__name__}: {name} is not finite"
                raise ValueError(message)
        self.steps = int(steps)
        for name, array in self.memory.items():
            array[:] = state[name]


def in_memory(numbers: Vector) -> bool:
    """Whether C can read them: NumPy's arrays, and not what stands in for them."""
    return hasattr(numbers, "__array__")


def write_back(parameters: list[Value], theta: Vector) -> None:
    """Set the parameters to the numbers of a flat array."""
    if not in_memory(theta) or not numbers_from(parameters, theta):
        for p, x in zip(parameters, theta.tolist(), strict=True):
            p.data = x


def sum_of_squares(np: Any, gradient: Vector) -> float:
    """The sum of each eighth square, and of those eight: an order that C can keep with vectors, on any machine."""
    squares = np.zeros(-(-len(gradient) // 8) * 8)
    with np.errstate(over="ignore", invalid="ignore"):
        squares[: len(gradient)] = gradient * gradient
        return float(np.add.accumulate(np.add.accumulate(squares.reshape(-1, 8))[-1])[-1])


def bounded(who: object, name: str, x: float, high: float = math.inf) -> float:
    """`x` as a float; `ValueError` if it is below 0, or not below high."""
    if not (hasattr(x, "__float__") and 0 <= x < high):
        message = f"{type(who).__name__}: {name} lies in [0, {high:g}), and is {x!r}"
        raise ValueError(message)
    return float(x)


class SGD(Optimizer):
    """v = momentum v + g; theta -= lr v, or with `nesterov` theta -= lr (g + momentum v). First, g += weight_decay theta.

    As torch.optim.SGD (Sutskever, Martens, Dahl, Hinton 2013).

    >>> p = Value(1.0)
    >>> optimizer = SGD([p], lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     p.grad = 2.0
    ...     optimizer.step()
    >>> p.data
    0.5
    """

    memories: tuple[str, ...] = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate,
        momentum: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        self.momentum = bounded(self, "momentum", momentum, 1.0)
        self.weight_decay = bounded(self, "weight_decay", weight_decay)
        self.nesterov = nesterov
        if not momentum:
            self.memories = ()
        if nesterov and not momentum:
            message = "SGD: nesterov needs a momentum, such as 0.9"
            raise ValueError(message)
        super().__init__(parameters, lr, **clipping)

    def rule(self, theta: Vector, gradient: Vector, lr: float) -> None:  # noqa: D102
        if self.weight_decay:
            gradient += self.weight_decay * theta
        if self.momentum:
            velocity = self.memory["velocity"]
            velocity *= self.momentum
            velocity += gradient
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        self.np.multiply(gradient, lr, out=self.scratch)
        theta -= self.scratch


class Adam(Optimizer):
    """m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; theta -= lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), at step t.

    First, g += weight_decay theta. As torch.optim.Adam (Kingma, Ba 2015). `FloatingPointError` for a gradient beyond 1e145,
    before anything has changed: its square would not be finite, and all later steps 0.

    >>> p = Value(1.0)
    >>> p.grad = 1000.0
    >>> Adam([p], lr=0.1).step()  # the first step is as long as the rate, whatever the gradient
    >>> round(p.data, 6)
    0.9
    """

    memories = ("mean", "square")
    decoupled = False
    """Whether the pull to zero stands beside the gradient, not in it."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        if not (hasattr(betas, "__len__") and len(betas) == 2):
            message = f"{type(self).__name__}: betas are two numbers, such as (0.9, 0.999), not {betas!r}"
            raise ValueError(message)
        b1, b2 = betas
        self.betas = bounded(self, "b1", b1, 1.0), bounded(self, "b2", b2, 1.0)
        self.eps, self.weight_decay = bounded(self, "eps", eps), bounded(self, "weight_decay", weight_decay)
        super().__init__(parameters, lr, **clipping)

    def rule(self, theta: Vector, gradient: Vector, lr: float) -> None:  # noqa: D102
        (b1, b2), mean, square, scratch = self.betas, *self.memory.values(), self.scratch
        if self.weight_decay and not self.decoupled:
            gradient += self.weight_decay * theta
        if not self.np.vdot(gradient, gradient) < LARGEST**2:  # else the squares would stay infinite, and the steps 0, for ever
            words = f"squares are remembered up to {LARGEST:g}, clip it (clip_norm=1.0)"
            self.refuse(gradient, ~(abs(gradient) <= LARGEST), words)
        if self.weight_decay and self.decoupled:
            theta *= 1 - lr * self.weight_decay
        # The memories are m / (1 - b1) and v / (1 - b2), and the constant factors are taken out: ten passes instead of fourteen.
        mean *= b1
        mean += gradient
        self.np.multiply(gradient, gradient, out=scratch)
        square *= b2
        square += scratch
        t = self.steps + 1
        scale = math.sqrt((1 - b2**t) / (1 - b2))
        self.np.sqrt(square, out=scratch)
        scratch += self.eps * scale
        self.np.divide(mean, scratch, out=scratch)
        scratch *= lr * (1 - b1) / (1 - b1**t) * scale
        theta -= scratch


class AdamW(Adam):
    """Adam with the pull to zero beside the gradient: first, theta -= lr weight_decay theta (Loshchilov, Hutter 2019).

    >>> p = Value(1.0)
    >>> AdamW([p], lr=0.1, weight_decay=0.5).step()  # without a gradient, the pull alone
    >>> p.data
    0.95
    """

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        weight_decay: float = 1e-2,
        **options: Any,
    ) -> None:
        super().__init__(parameters, lr, betas, weight_decay=weight_decay, **options)


IN_C: dict[Any, Callable[[Any], tuple[Any, ...]]] = {
    SGD.rule: lambda o: ((o.memory["velocity"],) if o.momentum else (), 0, o.momentum, 0.0, 0.0, o.weight_decay, o.nesterov),
    Adam.rule: lambda o: ((o.memory["mean"], o.memory["square"]), 1, *o.betas, o.eps, o.weight_decay, o.decoupled),
}
"""Of the rules that updates.h has: the memories, which rule it is there, its numbers, and whether it is the variant."""


# Learning rates as functions of the steps done.


def linear_decay(lr: float, steps: int, end: float = 0.0) -> Callable[[int], float]:
    """From lr to end on a line, in so many steps; then end.

    >>> linear_decay(1.0, 10)(4)
    0.6
    """
    whole = counted("linear_decay", steps)
    return lambda step: lr + (end - lr) * min(step / whole, 1.0)


def cosine_decay(lr: float, steps: int, end: float = 0.0) -> Callable[[int], float]:
    """From lr to end on half a cosine, in so many steps; then end (Loshchilov, Hutter 2017, without restarts).

    >>> cosine_decay(1.0, 10)(5)
    0.5
    """
    whole = counted("cosine_decay", steps)
    return lambda step: end + (lr - end) * ((1 + math.cos(math.pi * min(step / whole, 1.0))) / 2)


def exponential_decay(lr: float, factor: float) -> Callable[[int], float]:
    """Lr times the factor to the power of the step.

    >>> exponential_decay(1.0, 0.5)(3)
    0.125
    """
    return lambda step: lr * factor**step


def step_decay(lr: float, every: int, factor: float = 0.1) -> Callable[[int], float]:
    """Lr times the factor once more after every so many steps.

    >>> [step_decay(8.0, 2, 0.5)(step) for step in range(5)]
    [8.0, 8.0, 4.0, 4.0, 2.0]
    """
    whole = counted("step_decay", every)
    return lambda step: lr * factor ** (step // whole)


def warmup(steps: int, rate: Rate) -> Callable[[int], float]:
    """Another rate, times 1/steps, 2/steps, ... 1 over the first steps.

    >>> [warmup(4, 8.0)(step) for step in range(5)]
    [2.0, 4.0, 6.0, 8.0, 8.0]
    """
    whole = counted("warmup", steps)
    return lambda step: (rate(step) if callable(rate) else rate) * min((step + 1) / whole, 1.0)


def counted(schedule: str, steps: int) -> int:
    """A number of steps; `ValueError` below 1."""
    if not (hasattr(steps, "__float__") and steps >= 1):
        message = f"{schedule}: there is at least 1 step, not {steps!r}"
        raise ValueError(message)
    return steps
