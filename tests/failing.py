"""The sweep of failing allocations: each of a task's allocations is refused once, and what comes out must be an error or right.

Run by test_failing.py with failing.c preloaded and PYTHONMALLOC=malloc: `failing.py LIBRARY EVERY FIRST [TASK ...]`. Of each task
the allocations FIRST, FIRST + EVERY, FIRST + 2 EVERY ... are refused: one; a hundred from it on; one of a kilobyte or more. Then
follows what must ask for no memory at all. Prints a line for each. A task for which this Python itself is broken is left out.
"""

from __future__ import annotations

import contextvars
import copy
import ctypes
import faulthandler
import gc
import pickle
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import autograd
from autograd import Value, dot, grad, gradients, hessian, logsumexp, mean, no_grad, prod, record, scope, tanh, value, where
from autograd.value import members

if TYPE_CHECKING:
    from collections.abc import Callable

X, W = Value(0.5, label="x"), Value(-1.25, label="w")
"""The leaves of all tasks: how often they are held tells whether a node was lost."""
TWICE = autograd.op("twice", lambda a, b: 2 * a * b, lambda a, b, y: 2 * b, lambda a, b, y: 2 * a)
LAYER = scope("layer")


def formula(a: Any, b: Any) -> Any:
    """Operations of every kind. Operands come one by one: CPython 3.11.7 and 3.12.1 hold `xs` for good where `list(xs)` fails."""
    s = tanh(a * b) - a / (2 + b * b) + abs(a) ** 1.5
    m = mean(x for x in (a, b, 3.0)) + prod(x for x in (a, b, b)) + logsumexp(x for x in (a, b, s))
    return where(a > 0, s + dot([a, b, a], [b, a, 1.0], 2.0), m) + TWICE(a, b) + m


def layer(ws: Any, xs: Any) -> list[Any]:
    """Twelve units."""
    return [tanh(dot(ws[12 * i : 12 * i + 12], xs)) for i in range(12)]


def chain(n: int) -> Value:
    """A long one."""
    y = X
    for _ in range(n):
        y = y * 0.5 + W
    return y


GRAPH = formula(X, W)
A = Value(0.5)
RENEWED = formula(A, A * 3)
LONG = chain(3000 if autograd.COMPILED else 60)
NODES = tuple(members(GRAPH))
PROGRAM = record(formula, 1.0, 1.0)
PICKLED = pickle.dumps(PROGRAM)
ROWS = [i / 8 - 1 for i in range(21)]
WEIGHTED = record(lambda ws, xs: tanh(dot(ws, xs)), [1.0] * 40, [1.0] * 40)
"""Of 40 weights that all rows share: a plan has lists and links of such of its own."""
LAYERS = record(lambda ws, xs: layer(ws, layer(ws, layer(ws, xs)))[0], [0.5] * 144, [1.0] * 12)
"""Of one matrix, laid by columns once, which all add to the gradient of."""


def plain(found: Any) -> Any:
    """What a task found, to be compared: of a Value its graph."""
    if isinstance(found, Value):
        return [(v.data, v.op, v.label, v.scope, v.partials) for v in members(found)]
    return [plain(each) for each in found] if isinstance(found, (list, tuple)) else found


def build() -> Any:
    return formula(X, W)


def build_long() -> Any:
    return chain(300)


def build_labelled() -> Any:
    return [Value(float(i), label=f"l{i}") * X for i in range(100)]


def build_in_scopes() -> Any:
    with LAYER, scope("inner"):
        return formula(X, W)


def build_unrecorded() -> Any:
    with no_grad():
        return formula(X, W)


def leave_what_others_inherited() -> Any:
    """To leave it here alone takes memory; where there is none it is left all the same."""
    with no_grad(), LAYER:
        contexts = [contextvars.copy_context()]
        with scope("inner"), value.ieee_arithmetic():
            contexts.append(contextvars.copy_context())
    return (X * 1).op, Value(1.0).scope, len(contexts)


def sweep() -> Any:
    W.grad = X.grad = 0.0
    GRAPH.backward()
    return X.grad, W.grad


def compute_anew() -> Any:
    found = []
    for A.data in (2.0, 0.5):
        RENEWED.forward(freeze=True)
        found.append([(v.data, v.partials) for v in members(RENEWED)])
    return found


def sweep_long() -> Any:
    return gradients(LONG, (v for v in (X, W)))


def sweep_to_many() -> Any:
    return gradients(GRAPH, (v for v in NODES))


def sweep_as_a_graph() -> Any:
    return gradients(formula(X, W), (v for v in (X, W)), graph=True)


def differentiate() -> Any:
    return grad(formula)(0.5, -1.25)


def differentiate_twice() -> Any:
    return hessian(lambda xs: formula(*xs))([0.5, -1.25])


def record_it() -> Any:
    return record(formula, 1.0, 1.0).listing()


def record_and_run() -> Any:
    return record(formula, 1.0, 1.0).value_and_grad(0.5, -1.25)


def record_the_gradient() -> Any:
    return record(grad(formula), 1.0, 1.0).jacobian(0.5, -1.25)


def run() -> Any:
    return PROGRAM(0.5, -1.25), PROGRAM.value_and_grad(0.5, -1.25), PROGRAM.hessian(0.5, -1.25), PROGRAM.jacobian(0.5, -1.25)


def anew(program: autograd.Program) -> autograd.Program:
    """The same, as if it had not been run yet."""
    return autograd.Program(program.signature, program.flat, program.origin)


def run_anew() -> Any:
    return anew(PROGRAM).value_and_grad(0.5, -1.25)


def batch() -> Any:
    return list(PROGRAM.batch(ROWS, -1.25)), *map(list, PROGRAM.batch_value_and_grad(ROWS, ROWS)[1])


def batch_anew() -> Any:
    values, (by_a, by_b) = anew(PROGRAM).batch_value_and_grad(ROWS, -1.25)
    return list(values), list(by_a), by_b


def batch_jacobian() -> Any:
    return [list(each) for each in PROGRAM.batch_jacobian(ROWS, ROWS)]


def batch_of_shared_weights() -> Any:
    values, (by_ws, by_xs) = anew(WEIGHTED).batch_value_and_grad([0.125] * 40, [[x] * 40 for x in ROWS])
    return list(values), by_ws, [list(row) for row in by_xs]


def layers_anew() -> Any:
    return anew(LAYERS).value_and_grad([0.125] * 144, [0.5] * 12)


def batch_of_layers() -> Any:
    values, by_ws = anew(LAYERS).batch_value_and_grad([0.125] * 144, [[x] * 12 for x in ROWS], by=0)
    return list(values), by_ws


def differentiate_anew() -> Any:
    program = anew(PROGRAM)
    return program.jacobian(0.5, -1.25), program.jvp((0.5, -1.25), (1.0, 2.0))


def copy_it() -> Any:
    return copy.copy(GRAPH), copy.deepcopy(GRAPH)


def pickle_it() -> Any:
    return pickle.loads(pickle.dumps(SCOPED))


def pickle_a_program() -> Any:
    return pickle.dumps(PROGRAM)


def unpickle_a_program() -> Any:
    return pickle.loads(PICKLED).listing()


def walk() -> Any:
    return len(members(LONG))


def show() -> Any:
    return repr(GRAPH), repr(X), GRAPH.partials, [type(v) for v in GRAPH.operands]


def fail_by_name() -> Any:
    try:
        return (X - 0.5).log()
    except ValueError as error:
        return str(error)


SCOPED = build_in_scopes()


def grow_the_tape() -> Any:
    return gradients(chain(60_000), (v for v in (X, W)))


def grow_the_scopes() -> Any:
    nodes: list[Any] = [None] * 5000
    for i in range(len(nodes)):
        with LAYER:
            nodes[i] = X * 1.0
    return len(nodes)


GROWTH = {grow_the_tape: [0.0, 2.0], grow_the_scopes: 5000}
"""While these run the engine's own arrays grow, which they do once; and what comes out."""

OWN: list[Callable[[], Any]] = [
    build, build_long, build_labelled, build_in_scopes, build_unrecorded, leave_what_others_inherited, sweep, sweep_long,
    sweep_to_many,
]  # fmt: skip
"""These run inside the compiled engine alone: no node may be lost. (Refused memory for the cell of a closure, CPython 3.11.7 and
3.12.1 hold the operands of the function for good: `sys.getrefcount(o)` grows by one in `(lambda a: lambda: a)(o)`.)"""
TASKS = [
    *OWN, sweep_as_a_graph, differentiate, differentiate_twice, record_it, record_and_run, record_the_gradient, run, run_anew,
    batch, batch_anew, batch_jacobian, batch_of_shared_weights, layers_anew, batch_of_layers, differentiate_anew,
    copy_it, pickle_it, pickle_a_program, unpickle_a_program, walk, show, fail_by_name, compute_anew,
]  # fmt: skip
OF_PYTHON = {
    pickle_a_program: 'lambda value={"a": [1, {"b": None}]}: json.dumps(value)',
    unpickle_a_program: 'lambda text=json.dumps({f"k{i}": i for i in range(30)}): json.loads(text)',
}
"""What these tasks stand on and what can be broken itself. Seen alone, with no code of ours: `json.dumps` of CPython 3.12.1 and
3.13.0 hands on a result with an exception set; `json.loads` of 3.13.0 crashes, for `dict.setdefault` counts an entry that it had
no memory to insert."""
ALONE = """
import ctypes, json, sys
library = ctypes.CDLL(sys.argv[1])
library.start_failing.argtypes = ctypes.c_long, ctypes.c_long, ctypes.c_size_t
start, stop, task = library.start_failing, library.stop_failing, eval(sys.argv[2])
task()
for n in range(200):
    try:
        start(n, 1, 0)
        task()
    except MemoryError:
        pass
    finally:
        stop()
"""


def is_broken(library: str, part: str) -> bool:
    """Whether a part of Python, alone, does not stand refused memory."""
    return subprocess.run([sys.executable, "-c", ALONE, library, part], capture_output=True, check=False).returncode != 0


REFUSED = MemoryError, pickle.PicklingError
"""What comes out where memory is refused; the latter is what pickle makes of the former."""


def state(*, own: bool) -> Any:
    """What a failure must leave as it is."""
    gc.collect()
    X.grad = W.grad = 0.0
    held = [sys.getrefcount(v) for v in (*NODES, LONG)] if own and autograd.COMPILED else []
    mode = value.recording(), value.ieee(), value.recorder()
    untouched = [v.data for v in NODES], sum(v.grad for v in members(LONG)[2:])
    return held, mode, Value(1.0).scope, (X * 1).op, X.label, W.label, untouched


def inner_code(code: types.CodeType) -> list[types.CodeType]:
    """The code of the functions that are made where this one runs, and of theirs."""
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return inner + [each for c in inner for each in inner_code(c)]


def hold_code() -> None:
    """Give the code of inner functions references to lose.

    Where there is no memory for a function, CPython 3.12.1 and 3.13.0 release its code twice (python/cpython#122752): in
    `lambda: (lambda: 1)` the inner code has a reference less after each call that was refused memory, and soon it is freed.
    """
    for f in gc.get_objects():
        if isinstance(f, types.FunctionType):
            for code in inner_code(f.__code__):
                ctypes.c_ssize_t.from_address(id(code)).value += 1_000_000


class Sweep:
    """Runs tasks and refuses them memory."""

    def __init__(self, library: str) -> None:
        self.library = ctypes.CDLL(library)
        self.library.start_failing.argtypes = ctypes.c_long, ctypes.c_long, ctypes.c_size_t
        self.library.start_failing.restype = None
        self.library.stop_failing.restype = ctypes.c_long

    def stop(self) -> int:
        """No more failures; asking for that allocates too."""
        while True:
            try:
                return self.library.stop_failing()  # type: ignore[no-any-return]
            except MemoryError:
                continue

    def once(self, task: Callable[[], Any], first: int, count: int, smallest: int) -> tuple[Any, int]:
        """What the task gives while the allocations from `first` on fail, and how many did; None: MemoryError."""
        found = None
        try:
            self.library.start_failing(first, count, smallest)
            found = task()
        except REFUSED:
            pass
        finally:
            refused = self.stop()
        return None if found is None else plain(found), refused

    def task(self, task: Callable[[], Any], every: int, first: int) -> str:
        """Sweep one task; `AssertionError` if something was wrong or lost.

        CPython crashes if it can allocate neither a context variable's token nor its new value: then no two in a row are refused.
        """
        task()  # what is made once is made
        expected = plain(task())
        own = task in OWN
        before = state(own=own)
        failures = errors = 0
        sets_variables = not autograd.COMPILED or task is leave_what_others_inherited
        for count, smallest in ((1, 0), (1, 1024)) if sets_variables else ((1, 0), (100, 0), (1, 1024)):
            n = first
            while True:
                found, refused = self.once(task, n, count, smallest)
                where = f"{task.__name__}: allocation {n} and {count - 1} more of {smallest} bytes or more"
                assert found is None or found == expected, f"{where}: {found} instead of {expected}"
                after = state(own=own)
                assert after == before, f"{where}: {after} instead of {before}"
                assert plain(task()) == expected, f"{where}: another result afterwards"
                failures += refused
                errors += found is None
                n += every
                if refused == 0:
                    break
        return f"{task.__name__}: {failures} failures, {errors} MemoryErrors"

    def growth(self, task: Callable[[], Any], expected: Any) -> str:
        """Of a task that makes arrays grow each large allocation is refused in turn."""
        before, failures, errors, refused = state(own=True), 0, 0, 1
        while refused:
            found, refused = self.once(task, failures, 1, 2048)
            where = f"{task.__name__}: allocation {failures}"
            assert found is None or found == expected, f"{where}: {found} instead of {expected}"
            assert state(own=True) == before, f"{where}: {state(own=True)} instead of {before}"
            failures += refused
            errors += found is None
        return f"{task.__name__}: {failures} failures, {errors} MemoryErrors"

    def frugal(self, make: Callable[[], Callable[[], Any]]) -> str:
        """That a call needs no memory: it succeeds where none is given, and is refused nothing that an empty call is not."""
        asked = []
        for call in (lambda: None, make()):
            self.library.start_failing(0, 1_000_000, 0)
            try:
                call()
            finally:
                asked.append(self.stop())
        assert asked[0] == asked[1], f"{make.__name__}: asked for memory {asked[1] - asked[0]} times"
        return f"{make.__name__}: no memory was asked for"


def free_a_graph() -> Callable[[], Any]:
    """A long chain, nodes with labels, blocks of all sizes."""
    held = [chain(100_000), build_labelled(), formula(X, W), [dot([X] * n, [W] * n) for n in range(300)]]
    return held.clear


def leave_no_grad() -> Callable[[], Any]:
    """An exit that fails would leave the mode on for good."""
    mode = no_grad()
    mode.__enter__()
    leave, nothing = mode.__exit__, (None, None, None)
    return lambda: leave(*nothing)


def leave_a_scope() -> Callable[[], Any]:
    """As a mode."""
    LAYER.__enter__()
    leave, nothing = LAYER.__exit__, (None, None, None)
    return lambda: leave(*nothing)


FRUGAL = [free_a_graph, leave_no_grad, leave_a_scope]


if __name__ == "__main__":
    faulthandler.enable()
    every, first = map(int, sys.argv[2:4])
    wanted = sys.argv[4:]
    sweeps = Sweep(sys.argv[1])
    hold_code()
    for each, expected in GROWTH.items() if autograd.COMPILED else ():
        if not wanted or each.__name__ in wanted:
            print(sweeps.growth(each, expected), flush=True)
    for each in TASKS:
        if not wanted or each.__name__ in wanted:
            broken = each in OF_PYTHON and is_broken(sys.argv[1], OF_PYTHON[each])
            print(f"{each.__name__}: left out" if broken else sweeps.task(each, every, first % every), flush=True)
    for make in FRUGAL if autograd.COMPILED else ():
        if not wanted or make.__name__ in wanted:
            print(sweeps.frugal(make), flush=True)
