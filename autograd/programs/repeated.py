"""Loops that are recorded as such: `scan`, which carries a state from step to step, and `map`, which does not.

>>> from autograd import record, tanh
>>> def network(w, xs):
...     def cell(h, x):
...         h = tanh(w[0] * h + w[1] * x)
...         return h, h
...     _, hs = scan(cell, 0.0, xs)
...     return hs[-1]
>>> program = record(network, [0.5, 1.0], [1.0, 2.0, 3.0])
>>> len(program)  # the step's four, however many steps there are
4
>>> program([0.5, 1.0], [1.0, 2.0, 3.0]) == network([0.5, 1.0], [1.0, 2.0, 3.0])
True
"""

from __future__ import annotations

import builtins
import sys
from typing import Any

from autograd import graph, value
from autograd.errors import kind_of, shortened
from autograd.indices import RecordedIndex
from autograd.plain import as_number, kinds_in
from autograd.programs.cutting import LOOP, Layer, given_by
from autograd.programs.sequences import gone_through, numbers_along
from autograd.programs.staged import Loop, key_of
from autograd.recording import Condition, Recorder
from autograd.structures import NUMBERS, filled, flattened, shape_of, shape_of_template, template_of, worded
from autograd.value import Value, computed, number_of, scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import NamedTuple

    from autograd.programs.staged import Laid
    from autograd.structures import Template
else:
    from autograd.programs.named import NamedTuple

references: Any = getattr(sys, "getrefcount", None)
"""How many references there are to something; None where nobody counts."""


def scan(f: Callable[..., Any], state: Any, *xs: Any) -> tuple[Any, Any]:
    """Call ``state, y = f(state, x)`` for each x in turn; the last state, and the list of all y.

    As `jax.lax.scan`, but of several xs f takes one of each. State, x and y are numbers or structures of numbers; the state keeps
    its own. y may be None, and then so is the list. Of a dict (a named tuple, a dataclass) of sequences x is a dict with a member
    of each. Outside of a recording f is called for each x, in a scope of that step.

    In a function that is being recorded, f is recorded once, however many x there are, with what it closes over: the program
    holds one step, and runs it. Its numbers are those of the steps one after the other, and so are the gradients but for the
    order of sums. A comparison in f is a condition, for `where`. What f keeps from step to step belongs into the state.

    Raises `ValueError` for xs of unequal lengths, or a state or y of another structure than before, `TypeError` for xs without
    an order, where f returns no pair and where a Value of a step is used outside of it, and what f raises, with a note that
    names the step.

    >>> scan(lambda total, x: (total + x, total * x), 0.0, [1.0, 2.0, 3.0])
    (6.0, [0.0, 2.0, 9.0])
    >>> scan(lambda total, x, w: (total + w * x, None), 0.0, [1.0, 2.0], [10.0, 20.0])
    (50.0, None)
    >>> scan(lambda total, x: (total + x["w"] * x["x"], None), 0.0, {"x": [1.0, 2.0], "w": [10.0, 20.0]})
    (50.0, None)
    """
    columns = _columns("scan", f, xs)
    if _is_recorded(columns):
        result = _Recording("scan", f, state, columns).loop()
        if result is not NotImplemented:
            return result  # type: ignore[no-any-return]
    name, kind = _called(f), template_of(state)
    ys: list[Any] = []
    for t, row in enumerate(zip(*columns, strict=True)):
        with _Step("scan", name, t):
            state, y = _pair(f, f(state, *row))
            state = _alike(f, kind, state)
            if ys:
                _same(f, ys[0], y)
        ys.append(y)
    return state, None if ys and ys[0] is None else ys


def map(f: Callable[..., Any], *xs: Any) -> list[Any]:  # noqa: A001  (takes what the builtin takes)
    """The list of ``f(x)`` for each x; of several xs f takes one of each, as of the builtin.

    In a function that is being recorded, f is recorded once. Many long steps are computed side by side, as the rows of a batch
    are, at one point too: values may differ from the function's own by a few units in the last place. Otherwise as `scan`.

    >>> map(lambda x, y: x * y, [1.0, 2.0], [3.0, 4.0])
    [3.0, 8.0]
    """
    columns = _columns("map", f, xs)
    if _is_recorded(columns):
        result = _Recording("map", f, (), columns).loop()
        if result is not NotImplemented:
            return result  # type: ignore[no-any-return]
    name = _called(f)
    ys = []
    for t, row in enumerate(zip(*columns, strict=True)):
        with _Step("map", name, t):
            ys.append(f(*row))
    return ys


def _columns(kind: str, f: Any, xs: Sequence[Any]) -> list[Any]:
    """Sequences with an argument of each step, all of one length."""
    if not callable(f):
        message = f"{kind} takes a function first, not {shortened(f)}, {kind_of(f)}"
        raise TypeError(message)
    return gone_through(kind, _called(f), xs)


def _called(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


class _Told:
    """An error that is raised within is told where."""

    def __init__(self, said: str) -> None:
        self.said = said

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.add_note(self.said)


class _Step(_Told):
    """A step of a loop that is not recorded as such: a scope; an error is told which step it was."""

    def __init__(self, kind: str, name: str, t: int) -> None:
        super().__init__(f"in step {t} of {kind}({name})")
        self.scope = scope(f"{name}[{t}]")

    def __enter__(self) -> None:
        self.scope.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.scope.__exit__(kind, error, trace)
        super().__exit__(kind, error, trace)


def _pair(f: Any, result: Any) -> tuple[Any, Any]:
    if isinstance(result, tuple) and len(result) == 2:
        return result
    message = f"scan: {_called(f)} returned {shortened(result)}, not a pair (state, y): return state, None if there is no y"
    raise TypeError(message)


def _alike(f: Any, template: Template, state: Any) -> Any:
    """The state in the structure that it had before."""
    found = template_of(state)
    if found == template:
        return state
    before, now = shape_of_template(template), shape_of(state)
    if before != now:
        message = f"scan: {_called(f)} took a state that is {worded(before)} and returned {worded(now)}: return what it takes"
        raise ValueError(message)
    return filled(template, iter(flattened(state)))


def _same(f: Any, first: Any, y: Any) -> None:
    """Refuse a y of another structure than that of the first step."""
    if type(y) in NUMBERS and type(first) in NUMBERS:
        return
    before, now = ("None" if x is None else worded(shape_of(x)) for x in (first, y))
    if before != now:
        message = f"scan: {_called(f)} returned a y that is {now}, in step 0 {before}: return the same in each step"
        raise ValueError(message)


def _is_recorded(columns: Sequence[Any]) -> bool:
    """Whether a loop is recorded as such: not where a derivative inside the recorded function needs the graph of its steps."""
    recorder = value.recorder()
    return len(columns[0]) > 0 and recorder is not None and len(recorder.inputs) > 0 and not graph.differentiated


class _Traced(NamedTuple):
    """A step that was recorded."""

    body: Laid
    own: Sequence[int]
    """Which of the numbers that it is given it uses."""
    strangers: list[Value]
    """What it closes over."""
    numbers: list[float]
    """Those that it gave for the example."""
    kind: Any
    """The structure of y, or `NO_Y`."""

    def key(self) -> Any:
        """What is the same of a step that is recorded once more."""
        return key_of(self.body), self.own, list(builtins.map(id, self.strangers)), self.kind


NO_Y = "none"


class _Recording:
    """A loop of a function that is being recorded."""

    def __init__(self, kind: str, f: Callable[..., Any], state: Any, columns: list[Any]) -> None:
        self.kind, self.f, self.state, self.columns = kind, f, state, columns
        self.steps = len(columns[0])
        self.called = f"{kind}({_called(f)})"
        self.recorder: Recorder = value.recorder()
        self.row = tuple([column[0] for column in columns])
        self.kinds = template_of(state), template_of(self.row)

    def loop(self) -> Any:
        """The results, as Values of the recording around; `NotImplemented` where nothing in them depends on its inputs."""
        with _Told(f"in what {self.called} begins with"):
            start, first = _numbers(self.state), _numbers(self.row)
        if not start + first:
            return NotImplemented
        with _Told(f"in the step of {self.called}, which is recorded once for all"):
            step = self._traced(start, first)
        takes = self._own(step.own)
        loop = Loop(_called(self.f), self.kind, step.body, len(start), len(takes) // self.steps, self.steps)
        takes[:0] = start  # in place, for there may be millions
        takes += step.strangers
        if not any(type(x) is Value for x in takes):
            return NotImplemented
        supply = self._results(loop, takes, step.numbers)
        last = filled(self.kinds[0], supply)
        if step.kind is NO_Y:
            return last, None
        ys = [filled(step.kind, supply) for _ in range(self.steps)]
        return (last, ys) if self.kind == "scan" else ys

    def _traced(self, start: list[Value | float], first: list[Value | float]) -> _Traced:
        """The step, recorded. `TypeError` where it is another one when it is called again."""
        cells = _cells(self.f)
        step, left = self._traced_once(start, first)
        if left or _cells(self.f) != cells:
            again, more = self._traced_once(start, first)
            self.recorder.left += left + more
            if again.key() != step.key():
                message = (
                    f"{self.called} is recorded once for all its steps, but is another step when it is called again: it keeps "
                    f"something from step to step, in a list, an object or nonlocal. Carry it in the state, or use Python's for"
                )
                raise TypeError(message)
        return step

    def _traced_once(self, start: list[Value | float], first: list[Value | float]) -> tuple[_Traced, list[tuple[Value, str]]]:
        """The step, recorded, and those of its inputs that something holds still, with what they are called."""
        inputs = [Value(number_of(x) if type(x) is Value else x) for x in start + first]
        step, left = self._recorded(inputs, len(start))
        alone, *counts = builtins.map(references, [Value(0.0), *inputs]) if references else [0, *[1] * len(inputs)]
        if max(counts) > alone + 1:  # beside this list the other one
            names = list(self._labels(len(start)))
            held = [k for k, n in enumerate(counts) if n > alone + 1]
            left += [(inputs[k], f"{names[k]} in a step of {self.called}") for k in held]
        return step, left

    def _recorded(self, inputs: list[Value], carried: int) -> tuple[_Traced, list[tuple[Value, str]]]:
        inner = Recorder(inputs, labels=lambda: self._labels(carried))
        with inner:
            supply = iter(inputs)
            state = filled(self.kinds[0], supply)
            row = filled(self.kinds[1], self._indices(supply))
            after, y = _pair(self.f, self.f(state, *row)) if self.kind == "scan" else ((), self.f(*row))
            after = _alike(self.f, self.kinds[0], after)
            none = y is None and self.kind == "scan"
            outputs = _numbers(after) + ([] if none else _numbers(y))
            layer = Layer(outputs, inputs, inner)
            own = layer.without_unused(carried, len(inputs)) if carried else range(len(inputs))
            body = layer.laid()
        numbers = [number_of(x) if type(x) is Value else x for x in outputs]
        inner.forget()
        return _Traced(body, own, layer.strangers, numbers, NO_Y if none else template_of(y)), inner.left

    def _indices(self, supply: Iterator[Value]) -> Iterator[Any]:
        """The numbers of a step; an index is one there too, of as many rows as that of any step may have."""
        for x in flattened(self.row):
            yield RecordedIndex(next(supply), x.size) if type(x) is RecordedIndex else next(supply)

    def _own(self, used: Sequence[int]) -> list[Value | float]:
        """The numbers of all steps that a step uses, step by step."""
        count, at = len(used), 0
        own: list[Value | float] = [0.0] * (self.steps * count)
        for column, x in zip(self.columns, self.row, strict=True):
            size = len(flattened(x))
            places = [(i, k - at) for i, k in enumerate(used) if at <= k < at + size]
            if places or type(column) is not range:
                numbers = self._along(column, x)
                if len(places) == count == size:
                    own = numbers
                else:
                    for i, k in places:
                        own[i::count] = numbers[k::size]
            at += size
        return own

    def _along(self, column: Any, first: Any) -> list[Value | float]:
        """All numbers of a sequence, step by step."""
        numbers = numbers_along(column, self.steps, self.called)
        firsts = flattened(first)
        for k, x in enumerate(firsts):
            part = numbers[k :: len(firsts)] if type(x) is RecordedIndex else []
            if any(type(each) is not RecordedIndex or each.size != x.size for each in part):
                message = f"{self.called}: {x!r} is an index of {x.size} rows, but not so in each step"
                raise TypeError(message)
        with _Told(f"in what {self.called} goes through"):
            return _as_numbers(numbers)

    def _labels(self, carried: int) -> Iterator[str]:
        """The inputs of a step, for messages."""
        for k in range(carried):
            yield f"state[{k}]" if carried > 1 else "state"
        size = len(flattened(self.row))
        for k in range(size):
            yield f"x[{k}]" if size > 1 else "x"

    def _results(self, loop: Loop, takes: list[Value | float], numbers: list[float]) -> Iterator[Value]:
        """A Value for each number that the loop gives; those of the first step stand for all, nothing may hang on them."""
        recorder = self.recorder
        which = float(len(recorder.loops))
        recorder.loops.append(loop)
        takes[:0] = which, recorder.own[0]  # an input, for what it takes may depend on none
        node = computed(LOOP.code, 0.0, takes, [0.0] * len(takes))
        return iter(given_by(node, numbers[: loop.carried] + numbers[loop.carried :] * loop.steps))


def _cells(f: Any) -> list[Any]:
    """What a function closes over; equal where nothing was bound anew."""
    found: list[int | None] = []
    for cell in getattr(f, "__closure__", None) or ():
        try:
            found.append(id(cell.cell_contents))
        except ValueError:  # not bound yet
            found.append(None)
    return found


def _numbers(x: Any) -> list[Value | float]:
    """All numbers of a structure, as Values and floats."""
    return _as_numbers(flattened(x))


def _as_numbers(numbers: list[Any]) -> list[Value | float]:
    return numbers if kinds_in(numbers) <= {Value, float} else [_number(number) for number in numbers]


def _number(x: Any) -> Value | float:
    """A Value, or a plain number as a float."""
    if type(x) is Value:
        return x
    if type(x) is RecordedIndex:
        return x.node
    if type(x) is Condition:
        message = f"a step returned the condition {x!r}: return where({x!r}, 1.0, 0.0)"
        raise TypeError(message)
    if x is None:
        message = "None is no number: where a loop carries, gives or is given nothing, write ()"
        raise TypeError(message)
    return as_number(x)
