"""A function recorded once: replayed at new points, one by one or in batches of rows, with all its derivatives.

>>> from autograd import record, sin
>>> program = record(lambda x, w: sin(w[0] * x) + w[1], 0.0, [1.0, 2.0])
>>> program
<Program f(x, w): 3 inputs, 3 operations, 1 output>
>>> print(program.listing())
    1  w[0] * x
    2  sin(#1)
    3  #2 + w[1]
returns #3
>>> program(0.0, [5.0, 7.0]), program.value_and_grad(0.0, [5.0, 7.0])
(7.0, (7.0, (5.0, [0.0, 1.0])))

What is recorded is the list of operations: a branch or a loop of Python's has been taken once and for all. So a comparison of
recorded numbers is a condition, which `where` takes and ``if`` refuses.
"""

from __future__ import annotations

import sys
from array import array
from functools import cached_property
from itertools import chain

from autograd.indices import recorded_indices, size_of_indices
from autograd.plain import as_number
from autograd.programs import batches, listing, rewrite
from autograd.programs.arguments import Sweeps, any_arrays, gradient_by, jacobians_of, taken_apart, values_of
from autograd.programs.cutting import laid
from autograd.programs.distant import rows_elsewhere
from autograd.programs.flat import Flat
from autograd.programs.prepared import WHAT, AtPoint, read_before, refuse_copies
from autograd.programs.replay import Replay
from autograd.programs.signature import Signature, names_of_parameters, structure_of
from autograd.programs.sparse import ends_of, sparse_hessian, sparse_jacobian, sweeps_of
from autograd.programs.staged import changed, constants_of, flats_of, key_of, memory_of, outputs_of
from autograd.recording import Condition, Recorder
from autograd.structures import blocks, filled, flattened, labels, lies_elsewhere, template_of
from autograd.value import Value, leaves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from os import PathLike
    from typing import Any

    from autograd.programs.replay import PlainReplay
    from autograd.programs.signature import Which
    from autograd.programs.staged import Laid


def record(f: Callable[..., Any], *example: Any, freeze: bool = False, share: bool = False) -> Program:
    """Run f once on Values with the structure of `example`, and return what it computed as a program.

    Arguments are numbers or (nested) sequences of numbers, NumPy arrays, dicts, dataclasses and what `register_structure` was
    told of; f returns a number or any such nesting.
    Plain numbers in f are frozen into the program (`Program.constants`), loops of a fixed count unrolled.

    With `freeze`, ``if`` on a condition and ``.data`` are allowed, and keep what they were at the example. With `share`, equal
    operations of equal operands are computed once. That changes no bit of a value; sums of a gradient are grouped otherwise:
    it moves by at most 4 e n s, where e is 2**-53, n the number of operands of all operations and s the sum of the absolute
    contributions of all paths.

    Raises `TypeError` where a recorded number is used as a plain one, for a Value that f closes over (pass it as an argument),
    and for results that are no numbers.

    >>> record(lambda xs: [x * x for x in xs], [1.0, 2.0])([3.0, 4.0])
    [9.0, 16.0]
    """
    if not example:
        message = "record needs an example of each argument, such as record(f, 0.0, [1.0, 2.0])"
        raise TypeError(message)
    names = names_of_parameters(f, len(example))
    arguments, numbers = map(list, zip(*map(taken_apart, names, example), strict=True))
    if not any(map(len, numbers)):
        message = "record: the example holds no number"
        raise ValueError(message)
    rows = list(map(size_of_indices, names, example))
    inputs = leaves(memoryview(b"".join(numbers)).cast("d"))
    supply = iter(inputs)
    supplies = [recorded_indices(supply, size) if size else supply for size in rows]
    named = lambda: chain.from_iterable(map(labels, names, arguments))
    recorder = Recorder(inputs, freeze, named)
    with recorder:
        result = f(*map(filled, arguments, supplies))
        outputs = _outputs(result)
        flat = laid(outputs, inputs, recorder)
    name = getattr(f, "__name__", type(f).__name__)
    signature = Signature(name if name.isidentifier() else "f", names, arguments, template_of(result), rows)
    return Program(signature, changed(flat, rewrite.with_shared_parts) if share else flat)


def _outputs(result: Any) -> list[Value | float]:
    """All numbers that the function returned: Values, and floats where it returned plain numbers."""
    if isinstance(result, (set, frozenset, bytes, str)):
        message = f"the function returned a {type(result).__name__}: return a number or a (nested) sequence or dict of numbers"
        raise TypeError(message)
    outputs: list[Value | float] = []
    for y in flattened(result):
        if type(y) is Condition:
            message = f"the function returned the condition {y!r}: return where({y!r}, 1.0, 0.0)"
            raise TypeError(message)
        outputs.append(y if type(y) is Value else as_number(y))
    if not outputs:
        message = "the function returned an empty sequence: there is nothing to record"
        raise ValueError(message)
    return outputs


class Program:
    """A recorded function, as `record` returns it: call it with arguments that have the structure of the example.

    ``len(program)`` is the number of its operations, `inputs` and `outputs` count its numbers, `labels` names the inputs,
    `constants` holds the plain numbers that were frozen, `memory` is its size in bytes. Programs are equal if they do the same
    operations, in the same order, on inputs of the same names and structures; they pickle, and `save` to a file.
    """

    def __init__(self, signature: Signature, laid: Laid, origin: Flat | None = None) -> None:
        self.signature = signature
        self.laid = laid
        """A flat program, or one in stages."""
        self.origin = origin
        """Of a gradient what it is the gradient of: at one point it raises what that raises, and nothing else."""
        self.kept: dict[Any, Any] = {}
        """What other kinds of numbers have made of it."""

    # What it is.

    def __repr__(self) -> str:
        counts = ((self.inputs, "input"), (len(self), "operation"), (self.outputs, "output"))
        said = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts)
        return f"<Program {self.signature}: {said}>"

    def __len__(self) -> int:
        return sum([len(flat.codes) for flat in flats_of(self.laid)])

    def __bool__(self) -> bool:
        return True

    @cached_property
    def flat(self) -> Flat:
        """The program as a list of instructions; all steps of loops one after the other."""
        return self.laid if isinstance(self.laid, Flat) else self.replay.flat

    @property
    def inputs(self) -> int:
        """How many numbers it takes."""
        return self.laid.inputs

    @property
    def outputs(self) -> int:
        """How many numbers it gives."""
        return outputs_of(self.laid)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments."""
        return self.signature.names

    @property
    def labels(self) -> tuple[str, ...]:
        """A label for each input: ``x``, or ``w[0]``, or ``w[1][2]``."""
        return self.signature.labels()

    @property
    def constants(self) -> tuple[float, ...]:
        """The plain numbers that were frozen."""
        return tuple(constants_of(self.laid))

    @property
    def memory(self) -> int:
        """The size of the recorded instructions in bytes."""
        return memory_of(self.laid)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        notebook = sys.modules.get("viz.notebook")  # after ``import viz`` a notebook shows its picture and its formulas
        return notebook.display(self, include, exclude) if notebook else {"text/plain": repr(self)}

    def listing(self) -> str:
        """All operations, one a line, numbered from 1: ``#3`` stands for the result of line 3."""
        return listing.listed(self.labels, self.signature.outputs, self.laid)

    def _key(self) -> tuple[Any, ...]:
        return *self.signature.key(), *key_of(self.laid), *(() if self.origin is None else key_of(self.origin))

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Program) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    # In a file, in another process.

    def _packed(self) -> bytes:
        return listing.packed(self.signature, self.laid, self.origin)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._packed(),)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the program to a file of its own format, which `load` reads on any machine: whole, or not at all."""
        from autograd.files import write_whole

        write_whole(path, self._packed())

    @staticmethod
    def load(path: str | PathLike[str]) -> Program:
        """The program that was saved. `ValueError` for a broken file, another format, an operation that is not registered."""
        with open(path, "rb") as file:  # noqa: PTH123  (pathlib takes longer to import than autograd)
            return Program(*listing.verified(file.read()))

    # One point.

    @cached_property
    def replay(self) -> PlainReplay:
        """What runs it."""
        if not isinstance(self.laid, Flat):
            from autograd.programs.loops import replay_of  # few programs have loops

            return replay_of(self.laid)
        return Replay(self.laid, None if self.origin is None else Replay(self.origin))

    def __call__(self, *args: Any) -> Any:
        """The outputs at one point, with the bits of the function itself; raises what the function raises on the way to them."""
        return self.signature.built(self.replay.values(self.signature.numbers(args)))

    def value_and_grad(self, *args: Any, by: Which = None, weights: Any = None) -> tuple[Any, Any]:
        """The output and its gradient: of one argument in its structure, of several a tuple. `TypeError` for many outputs.

        With `weights`, a number for each output in their structure: the outputs, and the gradient of their weighted sum (a
        pullback). `by` chooses arguments by position or name: one gives its derivative, a sequence of them a tuple. In place of
        all arguments one flat array of all their numbers may stand, as optimisers have it; derivatives are flat arrays then.

        >>> record(lambda x: x[0] * x[1], [1.0, 1.0]).value_and_grad([2.0, 3.0])
        (6.0, [3.0, 2.0])
        >>> record(lambda x: [x[0] * x[1], x[0]], [1.0, 1.0]).value_and_grad([2.0, 3.0], weights=[1.0, 10.0])
        ([6.0, 2.0], [13.0, 2.0])
        """
        signature = self.signature
        if weights is None:
            signature.require_scalar("value_and_grad", "jacobian")
        seed = [1.0] if weights is None else signature.weights(weights)
        outputs, (gradient,) = self.replay.pullback(signature.numbers(args), [seed])
        if by is None:
            return signature.built(outputs), signature.refilled(args, array("d", gradient))
        structure, places = signature.sought(by, args)
        return signature.built(outputs), filled(structure, iter([gradient[i] for i in places]))

    def grad(self, *args: Any, by: Which = None) -> Any:
        """The gradient of the only output, as in `value_and_grad`.

        >>> import numpy as np
        >>> record(lambda x, y: x * y**2, 1.0, 1.0).grad(np.array([3.0, 2.0]))
        array([ 4., 12.])
        """
        return self.value_and_grad(*args, by=by)[1]

    def jacobian(self, *args: Any, by: Which = None, sparse: bool = False) -> Any:
        """For each output (in its structure) the derivatives by the arguments (in theirs); by those that `by` chooses.

        By columns or by rows, whichever takes fewer sweeps; inputs that meet in no output share a sweep. With `sparse` it is an
        array of scipy.sparse, a row for each output and a column for each number of the arguments.

        >>> record(lambda x, y: [x * y, x], 1.0, 1.0).jacobian(2.0, 3.0)
        [(3.0, 2.0), (1.0, 0.0)]
        """
        if sparse:
            return sparse_jacobian(self, args, by)
        rows = self.derivatives(self.signature.numbers(args), self.sweeps)
        if by is None and self.signature.places is None:
            return blocks(self.signature.outputs, structure_of(args), rows)
        structure, places = self.signature.sought(by, args)
        return blocks(self.signature.outputs, structure, [[row[i] for i in places] for row in rows])

    def hessian(self, *args: Any, by: Which = None, sparse: bool = False) -> Any:
        """The second derivatives of the only output: for each argument those of its gradient. Where finite symmetric to the bit.

        Forward over reverse: exact. What rounding makes of the two halves is averaged, where underflow leaves a 0 of one of them
        both are the other; where one is infinite or nan, both are what `autograd.hessian` gives. `by` chooses arguments;
        `sparse` is as in `jacobian`.

        >>> record(lambda x, y: x**2 * y, 1.0, 1.0).hessian(3.0, 5.0)
        ((10.0, 6.0), (6.0, 0.0))
        """
        self.signature.require_scalar("hessian", "jacobian of a gradient")
        if sparse:
            return sparse_hessian(self, args, by)
        gradient, own = self.gradient_program, self.signature.places
        rows = gradient.derivatives(self.signature.numbers(args), gradient.sweeps_forward)
        rows = rewrite.evened(rows if own is None else [[row[j] for j in own] for row in rows])
        if by is None:
            structure = structure_of(self.signature.without(args))
            return blocks(structure, structure, rows)
        structure, places = self.signature.sought(by, args)
        places = self.signature.among_numbers(places)
        return blocks(structure, structure, [[rows[i][j] for j in places] for i in places])

    def jvp(self, x: Any, v: Any, by: Which = None) -> tuple[Any, Any]:
        """The outputs at x and their derivatives in the direction v: one sweep forward.

        x is the argument, v has its structure; of a program of several arguments both are tuples of all of them, or v is a
        direction of those that `by` chooses: the others stay as they are.

        >>> record(lambda x: [x[0] * x[1], x[0]], [1.0, 1.0]).jvp([2.0, 3.0], [1.0, 10.0])
        ([6.0, 2.0], [23.0, 1.0])
        """
        signature = self.signature
        point = signature.numbers(signature.all_of(x))
        values, (along,) = self.replay.pushforward(point, [signature.direction(v, by)])
        return signature.built(values), signature.built(along)

    def hvp(self, x: Any, v: Any, by: Which = None) -> Any:
        """The second derivatives of the only output at x times the direction v, without forming them all: forward over reverse.

        With `by` those by the arguments that it chooses, of which v is a direction then.

        >>> record(lambda x: x[0] ** 2 * x[1], [1.0, 1.0]).hvp([3.0, 5.0], [1.0, 0.0])
        [10.0, 6.0]
        """
        self.signature.require_scalar("hvp", "jacobian of a gradient")
        signature = self.signature
        args = signature.all_of(x)
        (along,) = self.gradient_program.replay.tangents(signature.numbers(args), [signature.direction(v, by)])
        if by is None:
            return signature.refilled(args, array("d", along))
        structure, places = signature.sought(by, args)
        return filled(structure, iter([along[i] for i in signature.among_numbers(places)]))

    @cached_property
    def gradient_program(self) -> Program:
        """The gradient of the only output as a program of the same arguments, which can be replayed and differentiated.

        At one point it raises what the program itself raises; partials are infinite or nan instead.

        >>> record(lambda x: x**3, 1.0).gradient_program.gradient_program(2.0)  # 6 x
        12.0
        """
        self.signature.require_scalar("gradient_program", "jacobian")
        self.signature.refuse_indices_alone()
        gradient = rewrite.gradient_of(self.flat, self.signature.places)
        return Program(self.signature.of_gradient(), gradient, self.origin or self.flat)

    # Many rows.

    def batch(self, *args: Any, executor: Executor | None = None, check: bool = False) -> Any:
        """The outputs of R rows, as (R, *outputs).

        Each argument is given as in the example, and shared by all rows, or with one more axis in front, one of it for each
        row. Arrays give arrays, anything else lists. Arithmetic is IEEE's; with `check`, the first row at which the function
        raises is named in the same error. The `executor` computes the rows in pieces; the bits do not depend on it.

        >>> record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0]).batch([1.0, 2.0, 3.0], [10.0, 5.0])
        [15.0, 25.0, 35.0]
        """
        if any(map(lies_elsewhere, args)):
            return rows_elsewhere(self, "value", args, executor=executor, check=check)
        blocks, rows = batches.blocks_of(self.signature, self.signature.counted(args))
        cuts = batches.pieces_for(executor, rows)
        values = batches.Result(cuts, self.outputs)
        batches.Batch(self, "values", blocks, rows, None, values, [], check, cuts, rows).run(executor)
        return values_of(values.total(), rows, self.signature.outputs, arrays=any(map(any_arrays, args)))

    def batch_value_and_grad(
        self, *args: Any, weights: Any = None, by: Which = None, executor: Executor | None = None, check: bool = False
    ) -> tuple[Any, Any]:
        """The only output of R rows, and the gradient of their (weighted) sum: for an argument with rows (R, *argument).

        With weights (R, *outputs) of several outputs: these, and the gradient of the weighted sum of all. That by a shared
        argument is summed over the rows and has its shape. `by` chooses arguments by position or name: one gives its gradient, a
        sequence of them a tuple; the others' are not computed.

        >>> line = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
        >>> line.batch_value_and_grad([1.0, 2.0, 3.0], [10.0, 5.0], by="w")
        ([15.0, 25.0, 35.0], [6.0, 3.0])
        """
        elsewhere = any(map(lies_elsewhere, (*args, weights)))
        if weights is None or elsewhere:
            self.signature.require_scalar("batch_value_and_grad", "batch_jacobian")
        if elsewhere:
            return rows_elsewhere(  # type: ignore[no-any-return]
                self, "value_and_grad", args, weights, by, executor=executor, check=check
            )
        batch, found, _ = self._rows("value_and_grad", args, weights, by, executor, check=check)
        batch.run(executor)
        return found()  # type: ignore[no-any-return]

    def prepared(
        self,
        *args: Any,
        what: str = "value_and_grad",
        weights: Any = None,
        by: Which = None,
        executor: Executor | None = None,
        check: bool = False,
        rows: int | None = None,
    ) -> Callable[..., Any]:
        """A function that computes on arrays that change in place, such as parameters in training: what stays is done once.

        The arguments (and weights) are contiguous, aligned NumPy arrays of float64, of an index of integers; of a number one
        without dimensions. A call reads what they hold then, and returns the same results, overwritten. `what` is the method
        whose numbers they are, to the bit: "value_and_grad", "value" (the program itself), "jacobian", "value_and_jacobian",
        "hessian" at one point, where no argument has rows, else that of batches. Results stand in arrays: outputs (*outputs),
        derivatives (*outputs, *argument), each with (R, ...) where it has rows; one output is a float at one point.

        `by` chooses arguments. `weights`: (*outputs), or (R, *outputs); the gradient is that of the weighted sum of all outputs.
        With `rows` a call computes so many of the rows that there are, a minibatch, from the one on whose number it is told.

        >>> import numpy as np
        >>> line = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
        >>> x, w = np.array(3.0), np.array([10.0, 5.0])
        >>> at_point = line.prepared(x, w, by="w")
        >>> at_point()
        (35.0, array([3., 1.]))
        >>> x[...] = 4.0
        >>> at_point()
        (45.0, array([4., 1.]))
        >>> x = np.array([1.0, 2.0, 3.0])
        >>> step = line.prepared(x, w, by="w")
        >>> step()
        (array([15., 25., 35.]), array([6., 3.]))
        >>> w[:] = 1.0
        >>> step()[0]
        array([2., 3., 4.])
        >>> line.prepared(x, w, by="w", rows=2)(1)
        (array([3., 4.]), array([5., 2.]))

        Raises `TypeError` for anything else, which would be copied once and never read again, and `ValueError` where `rows` are
        more than there are. The call raises at one point what the function raises, and `IndexError` beyond the last row. It is
        one thread's, others prepare their own: a call while another one runs is a `RuntimeError`.
        """
        signature = self.signature
        args, held = signature.held(args)
        refuse_copies(what, args if weights is None else (*args, weights))
        point = signature.whole(args) or [x.shape for x in signature.counted(args)] == signature.shapes
        if what == "hessian" or (what == "value_and_grad" and weights is None):
            signature.require_scalar(what, WHAT[what])
        if point:
            if executor is not None or check or rows is not None:
                message = "prepared: no argument has rows, so there are none for executor=, check= or rows="
                raise ValueError(message)
            return self.replay.one_call_at_a_time(read_before(held, AtPoint(self, args, by, weights).call(what)))
        batch, found, of = self._rows(what, args, weights, by, executor, check=check, rows=rows)
        run, results = read_before(held, batch.held(of, executor), rows), found()
        if executor is None:
            return self.replay.one_call_at_a_time(lambda begin=0: (run(begin), results)[1])
        return self.replay.one_call_at_a_time(lambda begin=0: (run(begin), found())[1])

    def descent(self, theta: Any, *data: Any, rows: int, weights: Any = None) -> Any:
        """Gradients of the mean over minibatches of so many rows, and steps of theta against them, one after the other in C.

        As `nn.fit` takes them. None where nothing is compiled. Indices are looked at once, here, in arrays of doubles (of others
        None), whose rows the caller may reorder. With `weights` a row's loss is the last result that has one other than 0.
        """
        if any(rows and numbers.dtype != float for rows, numbers in zip(self.signature.rows[1:], data)):
            return None
        of, works = len(data[0]), []
        for some in filter(None, (rows, of % rows)):
            given = array("d", [1 / some] * some) if weights is None else weights[:some]
            batch, *_ = self._rows("value_and_grad", (theta, *data), given, 0, None, check=False, rows=some)
            work = batch.whole().work._replace(of=of)
            works.append(work if weights is None else work._replace(weights=memoryview(weights.reshape(-1))))
        rest = works[1]._replace(derivatives=works[0].derivatives) if works[1:] else None
        return self.replay.held_descent(works[0], rest, theta)

    def _rows(
        self,
        what: str,
        args: tuple[Any, ...],
        weights: Any,
        by: Which,
        executor: Executor | None,
        *,
        check: bool,
        rows: int | None = None,
    ) -> tuple[batches.Batch, Callable[[], Any], int]:
        """What computes some rows, what gives the results in their structures, and how many rows there are."""
        signature, m = self.signature, self.outputs
        if what == "hessian":
            message = "prepared: a hessian is of one point; of rows: program.gradient_program.prepared(..., what='jacobian')"
            raise ValueError(message)
        blocks, of = batches.blocks_of(signature, signature.counted(args))
        rows = of if rows is None else rows
        if not 0 < rows <= of and rows != of:
            message = f"rows={rows!r}, of {of} that there are: give 1 to {of}"
            raise ValueError(message)
        cuts = batches.pieces_for(executor, rows)
        values, given = batches.Result(cuts, m), batches.weights_of(weights, rows, signature.outputs)
        arrays, arguments = any(map(any_arrays, args)), signature.arguments
        wanted = [] if what == "value" else signature.wanted(by)
        each = what in ("jacobian", "value_and_jacobian")
        found = {
            k: batches.Result(cuts, m * blocks[k].width if each else blocks[k].width, summed=not (each or blocks[k].own))
            for k in wanted
        }
        derivatives = list(map(found.get, range(len(blocks))))
        size = batches.piece_of(rows)
        batch = batches.Batch(self, batches.KINDS[what], blocks, rows, given, values, derivatives, check, cuts, size)

        def outputs() -> Any:
            return values_of(values.total(), rows, signature.outputs, arrays=arrays)

        def gradients() -> Any:
            own = [rows if block.own else None for block in blocks]
            parts = [gradient_by(arguments[k], found[k].total(), own[k], arrays=arrays) for k in wanted]
            return outputs(), signature.chosen(by, parts)

        def jacobians() -> Any:
            parts, templates = [found[k].total() for k in wanted], [arguments[k] for k in wanted]
            return jacobians_of(
                parts, rows, signature.outputs, templates, lambda all_of: signature.chosen(by, all_of), arrays=arrays
            )

        both = lambda: (outputs(), jacobians())
        calls = {"value": outputs, "value_and_grad": gradients, "jacobian": jacobians, "value_and_jacobian": both}
        return batch, calls[what], of

    def batch_jacobian(self, *args: Any, by: Which = None, executor: Executor | None = None, check: bool = False) -> Any:
        """The derivatives of all outputs by the arguments, for each of R rows: (R, *outputs, *argument), by shared arguments too.

        >>> line = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
        >>> line.batch_jacobian([1.0, 2.0, 3.0], [10.0, 5.0], by="w")
        [[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]
        """
        if any(map(lies_elsewhere, args)):
            return rows_elsewhere(self, "jacobian", args, None, by, executor=executor, check=check)
        batch, found, _ = self._rows("jacobian", args, None, by, executor, check=check)
        batch.run(executor)
        return found()

    # Derivatives of all outputs by all inputs at one point.

    @cached_property
    def jacobian_pattern(self) -> list[tuple[int, ...]]:
        """For each output the numbers of the inputs that its derivatives may differ from 0 by: what structure alone says.

        >>> record(lambda x: [x[0] * x[1], 2.0 * x[2]], [1.0] * 3).jacobian_pattern
        [(0, 1), (2,)]
        """
        return [tuple(rewrite.places(bits)) for bits in rewrite.pattern_of(self.flat, all_of=True)]

    @cached_property
    def hessian_pattern(self) -> list[tuple[int, ...]]:
        """The same of the second derivatives of the only output, for each input.

        >>> record(lambda x: x[0] * x[1] + x[2], [1.0] * 3).hessian_pattern
        [(1,), (0,), ()]
        """
        self.signature.require_scalar("hessian_pattern", "jacobian_pattern")
        return self.gradient_program.jacobian_pattern

    @cached_property
    def _pattern(self) -> tuple[list[list[int]], list[list[int]]]:
        """The inputs that each output depends on, and the outputs that depend on each input."""
        rows = [rewrite.places(bits) for bits in rewrite.pattern_of(self.flat)]
        return rows, rewrite.transposed(rows, self.inputs)

    @cached_property
    def _colours(self) -> tuple[list[int], list[int]]:
        """A colour for each input, and for each output: a sweep serves all of one. None where the others take fewer sweeps."""
        rows, columns = self._pattern
        if max(map(len, rows)) <= max(map(len, columns)):  # so many sweeps forward, and so many back, are needed at least
            of_inputs = rewrite.coloured(columns, self.outputs, self.inputs)
            return of_inputs, rewrite.coloured(rows, self.inputs, max(of_inputs) + 1)
        of_outputs = rewrite.coloured(rows, self.inputs, self.outputs)
        return rewrite.coloured(columns, self.outputs, max(of_outputs)), of_outputs

    @cached_property
    def sweeps(self) -> Sweeps:
        """The fewest sweeps that give all derivatives at one point."""
        of_inputs, of_outputs = self._colours
        if not of_outputs or (of_inputs and max(of_inputs) < max(of_outputs)):
            return self.sweeps_forward
        n, rows = self.inputs, self._pattern[0]
        return sweeps_of(
            of_outputs, [(of_outputs[i] * n + j, i * n + j) for i, row in enumerate(rows) for j in row], tangents=False
        )

    @cached_property
    def sweeps_forward(self) -> Sweeps:
        """Sweeps forward that do. Inputs of one colour meet in no output, so one sweep serves them all."""
        (rows, columns), n, m = self._pattern, self.inputs, self.outputs
        colours = self._colours[0] or rewrite.coloured(columns, m, n)
        return sweeps_of(colours, [(colours[j] * m + i, i * n + j) for i, row in enumerate(rows) for j in row], tangents=True)

    def derivatives(self, xs: array[float], sweeps: Sweeps) -> list[list[float]]:
        """All derivatives at one point, a row for each output."""
        found, n = ends_of(self, xs, sweeps), self.inputs
        table = [0.0] * (self.outputs * n)
        for end, place in zip(sweeps.moves[::2], sweeps.moves[1::2], strict=True):
            table[place] = found[end]
        return [table[i : i + n] for i in range(0, len(table), n)]


def _unpickled(content: bytes) -> Program:
    """For pickle."""
    return Program(*listing.unpacked(content))
