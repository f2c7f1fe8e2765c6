"""What `Program.prepared` returns at one point: what stays is done once, buffers are read and written in place.

The results of a call are views into buffers, made once: a call computes, and gives the same arrays again.
"""

from __future__ import annotations

from array import array
from itertools import accumulate

from autograd.programs.arguments import Point, laid_out, read_in_place
from autograd.programs.rewrite import evened
from autograd.structures import by_parts, shape_of_template, worded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from autograd.programs.arguments import HeldIndices, Sweeps
    from autograd.programs.replay import PlainReplay
    from autograd.programs.signature import Signature, Which

    class Runnable(Protocol):
        """A program as it is known here."""

        signature: Signature

        @property
        def inputs(self) -> int:
            """How many numbers it takes."""

        @property
        def outputs(self) -> int:
            """How many numbers it gives."""

        @property
        def replay(self) -> PlainReplay:
            """What runs it."""

        @property
        def gradient_program(self) -> Runnable:
            """Another one, of its gradient."""

        @property
        def sweeps(self) -> Sweeps:
            """The fewest sweeps that give all derivatives."""

        @property
        def sweeps_forward(self) -> Sweeps:
            """Sweeps forward that do."""

        def derivatives(self, xs: array[float], sweeps: Sweeps) -> list[list[float]]:
            """All derivatives at one point, a row for each output."""

WHAT = {
    "value": "",
    "value_and_grad": "value_and_jacobian",
    "jacobian": "",
    "value_and_jacobian": "",
    "hessian": "jacobian of a gradient",
}
"""What can be prepared, and what there is instead where a program has many outputs."""


def refuse_copies(what: str, arrays: tuple[Any, ...]) -> None:
    """Raise for what cannot be prepared."""
    if what not in WHAT:
        message = f"prepared: what={what!r} is none of {', '.join(map(repr, WHAT))}"
        raise ValueError(message)
    for x in arrays:
        if not read_in_place(x):
            wanted = "contiguous, aligned NumPy arrays of float64"
            message = f"prepared reads its arguments at each call: give {wanted}, not {x!r:.60}"
            raise TypeError(message)


class AtPoint:
    """A program, the arrays that its arguments are, and arrays for its results."""

    def __init__(self, program: Runnable, args: tuple[Any, ...], by: Which, weights: Any) -> None:
        import numpy as np

        signature = program.signature
        self.np, self.program, self.by = np, program, by
        self.whole = signature.whole(args)
        self.args = args if self.whole else signature.counted(args)
        self.chosen = signature.wanted(by) if signature.numeric else []
        self.weights = None if weights is None else self.weighted(weights)
        self.blocks = [laid_out(arg)[0] for arg in self.args]
        self.values = np.zeros(program.outputs)
        self.values_only = Point(self.blocks, None, self.values.data)

    def weighted(self, weights: Any) -> memoryview[Any]:
        """A weight for each output."""
        shape = shape_of_template(self.program.signature.outputs)
        shape = shape if isinstance(shape, tuple) else (self.program.outputs,)
        if weights.shape != shape:
            message = f"weights have shape {worded(weights.shape)}; the outputs need {worded(shape)}, a number for each"
            raise ValueError(message)
        return laid_out(weights)[0]

    def call(self, what: str) -> Callable[[], Any]:
        """What computes, and returns, what is asked for."""
        call: Callable[[], Any] = getattr(self, what)()
        return call

    def outputs(self) -> Any:
        """The outputs as arrays, in their structure."""
        return by_parts(self.program.signature.outputs, lambda dims, a, b: self.values[a:b].reshape(dims))

    def value(self) -> Callable[[], Any]:
        """The outputs."""
        run, values, outputs = self.program.replay.held_point(self.values_only), self.values, self.outputs()
        if self.program.signature.outputs is None:
            return lambda: (run(), values.item())[1]
        return lambda: (run(), outputs)[1]

    def value_and_grad(self) -> Callable[[], Any]:
        """The outputs, and the gradient of their weighted sum."""
        wanted = [True] if self.whole else [k in self.chosen for k in range(len(self.args))]
        found = self.np.zeros(self.program.inputs)
        point = self.values_only._replace(weights=self.weights, gradient=found.data, wanted=wanted)
        gradient, run, values = self.by_arguments(found), self.program.replay.held_point(point), self.values
        if self.program.signature.outputs is None:
            return lambda: (run(), (values.item(), gradient))[1]
        both = self.outputs(), gradient
        return lambda: (run(), both)[1]

    def by_arguments(self, numbers: Any, *outer: int) -> Any:
        """Derivatives by all inputs, the last axis of an array, as views: for each argument that is chosen one of its shape."""
        if self.whole:
            return numbers.reshape((*outer, self.program.inputs))
        starts = list(accumulate([arg.size for arg in self.args], initial=0))
        parts = [numbers[..., starts[k] : starts[k + 1]].reshape((*outer, *self.args[k].shape)) for k in self.chosen]
        return self.program.signature.chosen(self.by, parts)

    def jacobian(self) -> Callable[[], Any]:
        """The derivatives of all outputs."""
        run, derivatives = self.swept()
        return _after(run, derivatives)

    def value_and_jacobian(self) -> Callable[[], Any]:
        """The outputs, and the derivatives of all of them."""
        (run, derivatives), values = self.swept(), self.values
        if self.program.signature.outputs is None:
            return lambda: (run(), (values.item(), derivatives))[1]
        return _after(run, (self.outputs(), derivatives))

    def swept(self) -> tuple[Callable[[], None], Any]:
        """What computes outputs and derivatives, and these."""
        table = self.np.zeros((self.program.outputs, self.program.inputs))
        run = self.sweeping(self.program, self.values_only, table, even=False)
        outputs = self.program.signature.outputs
        return run, by_parts(outputs, lambda dims, a, b: self.by_arguments(table[a:b], *dims))

    def hessian(self) -> Callable[[], Any]:
        """The derivatives of the gradient: for each two arguments a block."""
        gradient, n = self.program.gradient_program, self.program.inputs
        if self.program.signature.places is not None:
            message = f"prepared: no hessian of {self.program.signature}, which takes indices: use program.hessian"
            raise TypeError(message)
        table = self.np.zeros((n, n))
        point = self.values_only._replace(values=self.np.zeros(n).data)
        run = self.sweeping(gradient, point, table, even=True)
        if self.whole:
            return _after(run, table)
        starts = list(accumulate([arg.size for arg in self.args], initial=0))
        rows = [self.by_arguments(table[starts[k] : starts[k + 1]], *self.args[k].shape) for k in self.chosen]
        return _after(run, self.program.signature.chosen(self.by, rows))

    def sweeping(self, program: Runnable, point: Point, table: Any, *, even: bool) -> Callable[[], None]:
        """What fills a table of derivatives; what is not finite as `Program.jacobian` and `hessian` do."""
        sweeps = program.sweeps_forward if even else program.sweeps
        run = program.replay.held_sweeps(point, sweeps, table.reshape(-1).data, even=even)
        values = program.replay.held_point(point)

        def careful() -> None:
            if not run():
                values()
                rows = program.derivatives(point.inputs(), sweeps)
                table[:] = evened(rows) if even else rows

        return careful


def _after(run: Callable[[], object], result: Any) -> Callable[[], Any]:
    return lambda: (run(), result)[1]


def read_before(held: list[HeldIndices], run: Callable[..., Any], rows: int | None = None) -> Callable[..., Any]:
    """What reads indices anew, if there are any, and then computes."""
    if not held:
        return run

    def reading(*begin: int) -> Any:
        for each in held:
            each.read(rows, *begin)
        return run(*begin)

    return reading
