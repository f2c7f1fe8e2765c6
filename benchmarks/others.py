"""Who computes the recorded workloads: ours and others, each behind the same three calls.

Every engine lives in a worker process, in the environment where it is installed, and imports what it needs when it is made.
`record` prepares one point, `one` and `rows` give a call without arguments that computes values and gradients: this is timed.
Its inputs are laid out as the engine likes them beforehand; its results stay the engine's arrays.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from maths import FLOATS, Maths
from workloads import Workload

Call = Callable[[], Any]
"""Computes (values, gradients); gradients are None where an engine has none."""

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class Engine:
    """An engine on a workload.

    The results of `one` are the outputs and a gradient for each. Those of `rows` are the same for each row where rows have
    parameters of their own, with the rows along the axis `rows_axis`; else they are the objective and its gradient.
    """

    rows_axis = 0
    again = False
    """Whether recording once more is the same work: nothing of it was kept."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload

    def record(self) -> None:
        """Prepare one point: record, differentiate, compile."""

    def one(self) -> Call:
        """The call at one point."""
        raise NotImplementedError

    def rows(self, parameters: Any, data: Any) -> Call:
        """The call on many rows: numpy arrays with a row each; the parameters are one vector where rows share them."""
        raise NotImplementedError


def threads() -> int:
    """How many threads an engine may use."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def _one_or_several(outputs: Any) -> list[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


# Ours.


class Chainrule(Engine):
    """A recorded program."""

    again = True

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.autograd: Any = importlib.import_module("autograd")
        if not hasattr(self.autograd, "COMPILED"):
            raise ImportError("the autograd here is another package")
        self.autograd.record(self.autograd.exp, 0.0)  # imports what is only imported when it is used
        self.maths = ChainruleMaths(self.autograd)

    def record(self) -> None:
        """Record the row, and what the objective has besides."""
        work = self.workload
        if work.data[0]:
            self.program = self.autograd.record(lambda p, d: work.function(self.maths, p, d), list(work.point), work.data[0])
        else:
            self.program = self.autograd.record(lambda p: work.function(self.maths, p, ()), list(work.point))

    def one(self) -> Call:
        """Value and gradient, or Jacobian, prepared once, as the buffers of other engines are; without numpy from lists."""
        lists, by = [list(self.workload.point), *filter(None, self.workload.data[:1])], {"by": 0}
        if not importlib.util.find_spec("numpy"):
            return lambda: self.program.value_and_grad(*lists, **by)
        point = [importlib.import_module("numpy").array(x) for x in lists]
        what = "value_and_grad" if self.workload.outputs == 1 else "value_and_jacobian"
        return self.program.prepared(*point, what=what, **by)  # type: ignore[no-any-return]

    def rows(self, parameters: Any, data: Any) -> Call:
        """A batch in numpy; on one thread prepared once, as the buffers of other engines are."""
        work, program = self.workload, self.program
        inputs = (parameters, data) if work.data[0] else (parameters,)
        executor = concurrent.futures.ThreadPoolExecutor(threads()) if threads() > 1 else None
        if work.outputs > 1:
            return lambda: (program.batch(*inputs, executor=executor), program.batch_jacobian(*inputs, by=0, executor=executor))
        if executor is None:
            step = program.prepared(*inputs, by=0)
        else:
            step = lambda: program.batch_value_and_grad(*inputs, by=0, executor=executor)
        if work.own:
            return step  # type: ignore[no-any-return]
        count, scale, rest = len(data), work.scale(len(data)), work.rest
        besides = self.autograd.record(lambda p: rest(self.maths, p, count), list(work.point)) if rest else None

        def shared() -> tuple[Any, Any]:
            values, gradient = step()
            value, gradient = values.sum() * scale, gradient * scale
            if besides is None:
                return value, gradient
            more, slope = besides.value_and_grad(parameters)
            return value + more, gradient + slope

        return shared


class ChainruleMaths(Maths):
    """Ours, with one operation for each sum of products, sum, logarithm of a sum of exponentials."""

    def __init__(self, autograd: Any) -> None:
        super().__init__(**{name: getattr(autograd, name) for name in Maths.NAMES})
        self.autograd = autograd

    def sigmoid(self, x: Any) -> Any:
        """One operation."""
        return self.autograd.sigmoid(x)

    def dot(self, ws: Sequence[Any], xs: Sequence[Any], bias: Any) -> Any:
        """One operation."""
        return self.autograd.dot(ws, xs, bias=bias)

    def total(self, xs: Sequence[Any]) -> Any:
        """One operation."""
        return self.autograd.sum(xs)

    def logsumexp(self, xs: Sequence[Any]) -> Any:
        """One operation."""
        return self.autograd.logsumexp(xs)


class Eager(Chainrule):
    """Values, whose graph is built anew each time."""

    def record(self) -> None:
        """Build the graph, which recording is compared with."""
        point = [self.autograd.Value(x) for x in self.workload.point]
        self.graph = self.workload.function(self.maths, point, self.workload.data[0])

    def one(self) -> Call:
        """Build, then one pass back for each output."""
        work, autograd = self.workload, self.autograd

        def call() -> tuple[Any, Any]:
            point = [autograd.Value(x) for x in work.point]
            outputs = _one_or_several(work.function(self.maths, point, work.data[0]))
            return [y.data for y in outputs], [autograd.gradients(y, point) for y in outputs]

        return call

    def rows(self, parameters: Any, data: Any) -> Call:
        """A graph for each row where rows have parameters of their own, else one graph of them all."""
        work, autograd = self.workload, self.autograd
        lists = parameters.tolist(), data.tolist()

        def gradients(parameters: Sequence[float], function: Callable[..., Any], *data: Any) -> tuple[Any, Any]:
            point = [autograd.Value(x) for x in parameters]
            outputs = _one_or_several(function(point, *data))
            return [y.data for y in outputs], [autograd.gradients(y, point) for y in outputs]

        def objective(point: list[Any]) -> Any:
            y = autograd.sum([work.function(self.maths, point, row) for row in lists[1]]) * work.scale(len(data))
            return y + work.rest(self.maths, point, len(data)) if work.rest else y

        def own() -> tuple[Any, Any]:
            found = [gradients(p, partial(work.function, self.maths), d) for p, d in zip(*lists, strict=True)]
            return [values for values, _ in found], [slopes for _, slopes in found]

        return own if work.own else lambda: gradients(lists[0], objective)


# Without gradients: what a bare value costs.


class Plain(Engine):
    """Plain Python floats, value only."""

    def one(self) -> Call:
        """The function itself."""
        work = self.workload
        point, row = list(work.point), work.data[0]
        return lambda: (work.function(FLOATS, point, row), None)


class NumpyValue(Engine):
    """numpy arrays along the rows, value only."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        np: Any = importlib.import_module("numpy")
        self.numpy = np
        names = {name: getattr(np, name) for name in Maths.NAMES if name != "relu"}
        self.maths = Maths(**names, relu=lambda x: np.maximum(x, 0.0))

    def rows(self, parameters: Any, data: Any) -> Call:
        """The function on columns."""
        work = self.workload
        point = list(self.numpy.ascontiguousarray(parameters.T))
        row = list(self.numpy.ascontiguousarray(data.T))
        return lambda: (work.function(self.maths, point, row), None)


class NumpyByHand(Engine):
    """Value and gradient in numpy, as one writes them by hand."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.numpy: Any = importlib.import_module("numpy")

    def rows(self, parameters: Any, data: Any) -> Call:
        """The objective."""
        by_hand = self.workload.by_hand
        assert by_hand is not None
        return lambda: by_hand(self.numpy, parameters, data)


# CasADi: a graph of scalars, interpreted, or printed as C and compiled.


MAPPED = 1000
"""Rows of one map: larger ones take long to build."""


class Casadi(Engine):
    """An SX function of value and gradient, run by CasADi's virtual machine; rows through `map`."""

    again = True

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        casadi: Any = importlib.import_module("casadi")
        self.casadi = casadi
        names = {name: getattr(casadi, name) for name in Maths.NAMES if name not in {"relu", "maximum"}}
        self.maths = Maths(**names, relu=lambda x: casadi.if_else(x > 0, x, 0), maximum=casadi.fmax)

    def record(self) -> None:
        """Build the function."""
        casadi, work = self.casadi, self.workload
        p, d = casadi.SX.sym("p", len(work.point)), casadi.SX.sym("d", len(work.data[0]))
        outputs = _one_or_several(work.function(self.maths, casadi.vertsplit(p), casadi.vertsplit(d) if work.data[0] else []))
        self.function = self.finished(self._with_gradient("F", [p, d], outputs))

    def _with_gradient(self, name: str, symbols: list[Any], outputs: list[Any]) -> Any:
        casadi = self.casadi
        if len(outputs) == 1:
            derivative = casadi.gradient(outputs[0], symbols[0])
        else:
            derivative = casadi.jacobian(casadi.vertcat(*outputs), symbols[0]).T  # column by column: an output after the other
        return casadi.Function(name, symbols, [casadi.vertcat(*outputs), casadi.densify(derivative)])

    def finished(self, function: Any) -> Any:
        """The function as it is run."""
        return function

    def one(self) -> Call:
        """Through buffers: the call with the least overhead."""
        return self._buffered(self.function, list(self.workload.point), self.workload.data[0])

    def _buffered(self, function: Any, parameters: Any, data: Any) -> Call:
        np: Any = importlib.import_module("numpy")
        inputs = [np.ascontiguousarray(x, dtype=float) for x in (parameters, data)]
        results = [np.zeros(function.numel_out(i)) for i in range(2)]
        buffer, trigger = function.buffer()
        for i, array in enumerate(inputs[: function.n_in()]):
            if array.size:
                buffer.set_arg(i, memoryview(array.reshape(-1)))
        for i, array in enumerate(results):
            buffer.set_res(i, memoryview(array))
        alive = buffer, inputs  # the trigger knows them by their addresses only

        def call(_: Any = alive) -> tuple[Any, Any]:
            trigger()
            return results[0], results[1]

        return call

    def rows(self, parameters: Any, data: Any) -> Call:
        """Maps of up to `MAPPED` rows; where rows share parameters they sum."""
        np: Any = importlib.import_module("numpy")
        work, count = self.workload, len(data)
        kind, size = "serial" if threads() == 1 else "thread", min(count, MAPPED)
        assert count % size == 0
        pieces = [slice(start, start + size) for start in range(0, count, size)]
        if work.own:
            mapped = self.function.map(size, kind)
            calls = [self._buffered(mapped, parameters[piece], data[piece]) for piece in pieces]

            def own() -> tuple[Any, Any]:
                found = [call() for call in calls]
                return tuple(np.concatenate(each).reshape(count, -1) for each in zip(*found, strict=True))

            return own
        mapped = self.function.map("rows", kind, size, [0], [0, 1], {})
        calls, scale = [self._buffered(mapped, parameters, data[piece]) for piece in pieces], work.scale(count)
        besides = self._besides(count) if work.rest else None

        def shared() -> tuple[Any, Any]:
            value, gradient = (sum(each) * scale for each in zip(*[call() for call in calls], strict=True))
            if besides is None:
                return value, gradient
            more, slope = besides()
            return value + more, gradient + slope

        return shared

    def _besides(self, count: int) -> Call:
        work = self.workload
        assert work.rest is not None
        p = self.casadi.SX.sym("p", len(work.point))
        function = self._with_gradient("G", [p], [work.rest(self.maths, self.casadi.vertsplit(p), count)])
        return self._buffered(function, list(work.point), [])


class CasadiC(Casadi):
    """The same function printed as C and compiled with -O2."""

    again = False

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        if COMPILER is None:
            raise ImportError("no C compiler")

    def finished(self, function: Any) -> Any:
        """The compiled function."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "F.c"
            generator = self.casadi.CodeGenerator("F.c")
            generator.add(function)
            generator.generate(f"{folder}{os.sep}")
            library = Path(folder) / "F.so"
            assert COMPILER is not None
            subprocess.run([COMPILER, "-O2", "-fPIC", "-shared", str(source), "-lm", "-o", str(library)], check=True)
            return self.casadi.external("F", str(library))


# Tensor frameworks: the scalar code on columns of rows, and the objective in tensors.


class Tensors(Engine):
    """What JAX, PyTorch and HIPS autograd have in common."""

    rows_axis = -1
    natural = False
    """Whether the objective is computed in tensors, as its users would write it, instead of scalar code on columns."""
    maths: Maths
    space: Any
    """The functions of tensors that `Workload.natural` takes."""
    array: Callable[[Any], Any]
    """An array of the engine."""

    def outputs(self, parameters: Any, data: Any) -> list[Any]:
        """The outputs of the scalar code on numbers or on columns."""
        return _one_or_several(self.workload.function(self.maths, list(parameters), list(data)))

    def objective(self, parameters: Any, data: Any) -> Any:
        """The objective of rows that share parameters."""
        work = self.workload
        if self.natural:
            assert work.natural is not None
            return work.natural(self.space, parameters, data)
        count = data.shape[-1]
        total = self.outputs(parameters, data)[0].sum() * work.scale(count)
        return total + work.rest(self.maths, list(parameters), count) if work.rest else total

    def columns(self, parameters: Any, data: Any) -> tuple[Any, Any]:
        """The inputs as arrays of the engine."""
        work = self.workload
        if self.natural and work.natural:
            return self.array(parameters), self.array(data)
        return self.array(parameters.T), self.array(data.T)

    def has_one_point(self) -> bool:
        """Whether there is a part at one row: not of an objective in tensors that takes rows."""
        return not (self.natural and self.workload.natural and self.workload.sizes)

    def at_point(self) -> tuple[Any, Any]:
        """The point and the first row."""
        if not self.has_one_point():
            raise NotImplementedError
        return self.array(list(self.workload.point)), self.array(self.workload.data[0])


class Jax(Tensors):
    """JAX's jit on the scalar code."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        jax: Any = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        jnp = jax.numpy
        self.jax, self.array = jax, lambda numbers: jnp.array(numbers, dtype=float)
        relu = lambda x: jnp.where(x > 0, x, 0.0)
        self.maths = Maths(**{name: getattr(jnp, name) for name in Maths.NAMES if name != "relu"}, relu=relu)
        self.space = JaxSpace(jax, relu)

    def record(self) -> None:
        """Trace and compile."""
        if self.has_one_point():
            self.function = self._compiled(*self.at_point())

    def _compiled(self, parameters: Any, data: Any) -> Any:
        work, jnp = self.workload, self.jax.numpy
        if not work.own and (data.ndim == 2 or self.natural):
            return self.jax.jit(self.jax.value_and_grad(self.objective)).lower(parameters, data).compile()

        def both(parameters: Any, data: Any) -> Any:
            if self.natural and work.natural:
                return self.jax.value_and_grad(self.objective)(parameters, data)
            values, pull = self.jax.vjp(lambda p: self.outputs(p, data), parameters)
            seeds = [[jnp.full_like(v, i == k) for i, v in enumerate(values)] for k in range(len(values))]
            return jnp.stack(values), jnp.stack([pull(seed)[0] for seed in seeds])

        return self.jax.jit(both).lower(parameters, data).compile()

    def one(self) -> Call:
        """The compiled function."""
        point = self.at_point()
        return self._call(self.function, point)

    def _call(self, function: Any, inputs: tuple[Any, Any]) -> Call:
        return lambda: self.jax.block_until_ready(function(*inputs))

    def rows(self, parameters: Any, data: Any) -> Call:
        """Compiled for this many rows."""
        inputs = self.columns(parameters, data)
        return self._call(self._compiled(*inputs), inputs)


class JaxSpace:
    """The functions of tensors in JAX."""

    def __init__(self, jax: Any, relu: Callable[[Any], Any]) -> None:
        jnp = jax.numpy
        self.exp, self.log, self.tanh, self.array, self.relu = jnp.exp, jnp.log, jnp.tanh, jnp.array, relu
        self.sigmoid = jax.nn.sigmoid
        self.logsumexp = lambda x: jax.nn.logsumexp(x, axis=-1)
        self.scan = lambda step, state, rows: jax.lax.scan(step, state, rows)[1]


class JaxTensors(Jax):
    """JAX's jit on tensors, and on loops as `lax.scan`."""

    natural = True

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.maths = JaxLoops(self.jax, **vars(self.maths))


class JaxLoops(Maths):
    """JAX's functions, and its loop."""

    def __init__(self, jax: Any, **functions: Callable[..., Any]) -> None:
        super().__init__(**functions)
        self.scan = jax.lax.scan

    def repeat(self, step: Callable[[Any], Any], state: Any, times: int) -> Any:
        """One loop of the compiled program."""
        return self.scan(lambda s, _: (step(s), None), state, None, length=times)[0]


class Torch(Tensors):
    """PyTorch tensors of doubles, eagerly: scalar code on columns."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(threads())
        self.torch, self.array = torch, lambda numbers: torch.as_tensor(numbers, dtype=torch.float64).contiguous()
        self.maths = Maths(**{name: getattr(torch, name) for name in Maths.NAMES})
        self.space = TorchSpace(torch)

    def one(self) -> Call:
        """Numbers are tensors without axes."""
        return self._call(*self.at_point())

    def _call(self, parameters: Any, data: Any) -> Call:
        work, torch = self.workload, self.torch

        def call() -> tuple[Any, Any]:
            p = parameters.detach().requires_grad_()
            if (not work.own and data.ndim == 2) or (self.natural and work.natural):
                values = [self.objective(p, data)]
            else:
                values = _one_or_several(work.function(self.maths, p.unbind(0), data.unbind(0)))
            last = len(values) - 1
            gradients = [torch.autograd.grad(v.sum(), p, retain_graph=i < last)[0] for i, v in enumerate(values)]
            return torch.stack([v.detach() for v in values]), torch.stack(gradients)

        return call

    def rows(self, parameters: Any, data: Any) -> Call:
        """Numbers are tensors along the rows, or the objective is computed in matrices."""
        return self._call(*self.columns(parameters, data))


class TorchTensors(Torch):
    """PyTorch on matrices, eagerly."""

    natural = True


class TorchSpace:
    """The functions of tensors in PyTorch."""

    def __init__(self, torch: Any) -> None:
        self.exp, self.log, self.tanh, self.relu, self.sigmoid = torch.exp, torch.log, torch.tanh, torch.relu, torch.sigmoid
        self.array = lambda numbers: torch.tensor(numbers, dtype=torch.float64)
        self.logsumexp = lambda x: torch.logsumexp(x, -1)
        self.scan = lambda step, state, rows: torch.stack(list(_steps(step, state, rows)))


def _steps(step: Callable[[Any, Any], tuple[Any, Any]], state: Any, rows: Any) -> Iterator[Any]:
    for row in rows:
        state, result = step(state, row)
        yield result


class Hips(Tensors):
    """HIPS autograd: scalar code on columns of numpy."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        anp: Any = importlib.import_module("autograd.numpy")
        self.autograd: Any = importlib.import_module("autograd")
        self.array = lambda numbers: anp.array(numbers, dtype=float)
        relu = lambda x: anp.where(x > 0, x, 0.0)
        self.maths = Maths(**{name: getattr(anp, name) for name in Maths.NAMES if name != "relu"}, relu=relu)
        self.space = HipsSpace(anp, relu)

    def one(self) -> Call:
        """Traced anew each time, as always."""
        return self._call(*self.at_point())

    def _call(self, parameters: Any, data: Any) -> Call:
        work = self.workload
        if (not work.own and data.ndim == 2) or (self.natural and work.natural):
            both = self.autograd.value_and_grad(self.objective)
            return lambda: both(parameters, data)
        columns = list(parameters)
        count = range(len(columns))

        def call() -> tuple[Any, Any]:
            values, gradients = [], []
            for k in range(work.outputs):
                value, gradient = self.autograd.value_and_grad(self._summed(data, k), argnum=tuple(count))(*columns)
                values.append(value)
                gradients.append(gradient)
            return values if columns[0].ndim == 0 else None, gradients  # of columns it is the sum

        return call

    def _summed(self, data: Any, k: int) -> Callable[..., Any]:
        return lambda *parameters: self.outputs(parameters, data)[k].sum()

    def rows(self, parameters: Any, data: Any) -> Call:
        """As PyTorch's."""
        return self._call(*self.columns(parameters, data))


class HipsTensors(Hips):
    """HIPS autograd on matrices."""

    natural = True


class HipsSpace:
    """The functions of tensors in HIPS autograd."""

    def __init__(self, anp: Any, relu: Callable[[Any], Any]) -> None:
        special: Any = importlib.import_module("autograd.scipy.special")
        self.exp, self.log, self.tanh, self.array, self.relu = anp.exp, anp.log, anp.tanh, anp.array, relu
        self.sigmoid = special.expit
        self.logsumexp = lambda x: special.logsumexp(x, axis=-1)
        self.scan = lambda step, state, rows: anp.stack(list(_steps(step, state, rows)))


# SymPy: a formula, differentiated in symbols and printed as Python for numpy.


class Sympy(Engine):
    """`diff` by each parameter and `lambdify`: numbers through `math`, columns through numpy; shared parts are computed once."""

    rows_axis = -1
    cse = True

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        sympy: Any = importlib.import_module("sympy")
        self.sympy = sympy
        names = {name: getattr(sympy, name) for name in Maths.NAMES if name not in {"relu", "maximum"}}
        self.maths = Maths(**names, relu=lambda x: sympy.Max(x, 0), maximum=sympy.Max)

    def record(self) -> None:
        """Form the derivatives, and print the function for one point."""
        sympy, work = self.sympy, self.workload
        p = sympy.symbols(f"p:{len(work.point)}", real=True)
        d = sympy.symbols(f"d:{len(work.data[0])}", real=True)
        outputs = _one_or_several(work.function(self.maths, p, d))
        self.formulas = [p, d], [outputs, [[sympy.diff(y, x) for x in p] for y in outputs]]
        self.function = self._printed("math", *self.formulas)

    def _printed(self, module: str, inputs: Any, results: Any) -> Callable[..., Any]:
        return self.sympy.lambdify(inputs, results, module, cse=self.cse)  # type: ignore[no-any-return]

    def one(self) -> Call:
        """The printed function on Python's numbers."""
        return partial(self.function, list(self.workload.point), self.workload.data[0])

    def rows(self, parameters: Any, data: Any) -> Call:
        """The function printed for numpy, on columns; where rows share parameters, their results are summed."""
        np: Any = importlib.import_module("numpy")
        work, count, function = self.workload, len(data), self._printed("numpy", *self.formulas)
        (p, _), _ = self.formulas
        more = work.rest(self.maths, p, count) if work.rest else self.sympy.Integer(0)
        besides = self._printed("math", [p], [more, [self.sympy.diff(more, x) for x in p]])
        columns, scale = list(np.ascontiguousarray(data.T)), work.scale(count)
        point = list(np.ascontiguousarray(parameters.T)) if work.own else parameters.tolist()

        def call() -> tuple[Any, Any]:
            values, slopes = function(point, columns)
            if work.own:
                return np.array(np.broadcast_arrays(*values)), [np.broadcast_to(x, count) for row in slopes for x in row]
            value, slope = besides(point)
            sums = np.array([np.sum(np.broadcast_to(x, count)) for x in (values[0], *slopes[0])]) * scale
            return sums[0] + value, sums[1:] + slope

        return call


class SympyPlain(Sympy):
    """The same with each part written out wherever it stands."""

    cse = False


# LLVM: heyoka and ddx.


class Heyoka(Engine):
    """A function of value and derivatives, compiled by LLVM; a batch is an array with a column a row."""

    rows_axis = -1

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        hy: Any = importlib.import_module("heyoka")
        self.heyoka = hy
        names = {name: getattr(hy, name) for name in Maths.NAMES if name != "maximum"}
        self.maths = Maths(**names, maximum=lambda a, b: hy.select(hy.gt(a, b), a, b))

    def record(self) -> None:
        """Differentiate and compile."""
        hy, work = self.heyoka, self.workload
        p = [hy.expression(f"p{i}") for i in range(len(work.point))]
        d = [hy.expression(f"d{i}") for i in range(len(work.data[0]))]
        outputs = _one_or_several(work.function(self.maths, p, d))
        slopes = hy.diff_tensors(outputs, p, diff_order=1).jacobian
        self.function = hy.cfunc([*outputs, *slopes.reshape(-1)], vars=[*p, *d])

    def one(self) -> Call:
        """The compiled function."""
        np: Any = importlib.import_module("numpy")
        return self._call(np.array([*self.workload.point, *self.workload.data[0]]))

    def _call(self, inputs: Any) -> Call:
        np: Any = importlib.import_module("numpy")
        work, function = self.workload, self.function
        outputs = work.outputs
        results = np.zeros((outputs * (1 + len(work.point)), *inputs.shape[1:]))

        def call() -> tuple[Any, Any]:
            function(inputs, outputs=results)
            return results[:outputs], results[outputs:]

        return call

    def rows(self, parameters: Any, data: Any) -> Call:
        """One call on a batch."""
        return self._call(in_columns(parameters, data))


def in_columns(parameters: Any, data: Any) -> Any:
    """Parameters and data with a column a row."""
    np: Any = importlib.import_module("numpy")
    return np.ascontiguousarray(np.concatenate([parameters, data], axis=1).T)


class Ddx(Engine):
    """ddx, interpreted."""

    rows_axis = -1
    compiled = False

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        ddx: Any = importlib.import_module("ddx")
        self.ddx = ddx
        names = {name: getattr(ddx, name) for name in Maths.NAMES if name not in {"relu", "maximum"}}
        self.maths = Maths(**names, relu=lambda x: ddx.select(x > 0.0, x, 0.0), maximum=ddx.max)

    def record(self) -> None:
        """Build the equation and, where it is compiled, its kernel for one point."""
        self.equation = self._equation(1)

    def _equation(self, points: int) -> Any:
        ddx, work = self.ddx, self.workload

        def model() -> Any:
            p = [ddx.var(f"p{i}") for i in range(len(work.point))]
            d = [ddx.param(f"d{i}") for i in range(len(work.data[0]))]
            outputs = _one_or_several(work.function(self.maths, p, d))
            return tuple(outputs) if len(outputs) > 1 else outputs[0]

        equation = ddx.equation(model)
        if self.compiled:
            return equation.compile(points=points, cache_dir="")
        equation.options = ddx.Options(backend=ddx.Backend.INTERPRET)
        return equation

    def one(self) -> Call:
        """Through a bound call: nothing is allocated."""
        np: Any = importlib.import_module("numpy")
        return self._call(self.equation, np.array([*self.workload.point, *self.workload.data[0]]))

    def _call(self, equation: Any, inputs: Any) -> Call:
        bound = equation.buffer(inputs)

        def call() -> tuple[Any, Any]:
            bound()
            return bound.value, bound.jacobian

        return call

    def rows(self, parameters: Any, data: Any) -> Call:
        """A batch."""
        equation = self._equation(len(data)) if self.compiled else self.equation
        return self._call(equation, in_columns(parameters, data))


class DdxCompiled(Ddx):
    """ddx, compiled by its LLVM."""

    compiled = True
