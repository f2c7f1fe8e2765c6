"""What every part of a network is: parameters with names, a forward pass in a scope of its own, numbers in a file.

A module of your own is a class with Values (or lists of them, or other modules) as attributes, and a `forward`:

>>> from autograd import Value
>>> class Line(Module):
...     def __init__(self):
...         self.slope, self.shift = Value(2.0), Value(1.0)
...
...     def forward(self, x):
...         return self.slope * x + self.shift
>>> line = Line()
>>> line(10.0).data, list(line.named_parameters())
(21.0, ['slope', 'shift'])
"""

from __future__ import annotations

import copy
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import autograd
from autograd import Value
from autograd.structures import labels, lies_elsewhere, numbers_of, real_array, shape_of, template_of, worded
from autograd.value import no_gradients, only_leaves

if TYPE_CHECKING:
    from os import PathLike

    from autograd.structures import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of a network, with its numbers as they were when it was asked: what `Module.architecture` gives a list of.

    Its `kind` is "dense" (``weights[unit][input]``, a bias for each unit), "convolution" (``weights[output][input][row][column]``
    of so many channels, a bias for each output), "residual" (its input plus what `inside` makes of it), "pool", "flatten",
    "function" (of one's own: what it computes is not known), "sequence" (what is `inside`, in that order), "step" (what its
    `formula` says, with what is `inside`), or "module": the modules `inside` are wired by a `forward` of its own; of both `state`
    has the numbers that they hold themselves.
    """

    kind: str
    description: str
    name: str = ""
    """Where it is in the network, as in `named_parameters`: "layers.0"."""
    inputs: int | None = None
    """How many numbers, or channels, it takes; None: not known."""
    outputs: int | None = None
    weights: Sequence[Sequence[Any]] = ()
    biases: Sequence[float] = ()
    activation: str = ""
    parameters: int = 0
    frozen: bool = False
    inside: tuple[Stage, ...] = ()
    formula: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)


def within(name: str, stages: Iterable[Stage]) -> list[Stage]:
    """The same stages with longer names: those of the module that is called `name` in the module around it."""
    return [
        replace(stage, name=f"{name}.{stage.name}" if stage.name else name, inside=tuple(within(name, stage.inside)))
        for stage in stages
    ]


class Traced(NamedTuple):
    """What one stage of a network made of its input: see `Module.trace`."""

    name: str
    """Where it is in the network, as in `Stage`."""
    a: Any
    """The sums of its units, before the activation, in the form of `z`; None of what has no units."""
    z: Any
    """What it gives: a Value, or lists of them."""


class Token(float):
    """A number of an example that is to be found out of: whether it picks one of `size` rows or logits, which who picks says."""

    size = 0


def declared(f: Callable[..., Any], *example: Any) -> Any:
    """An example as `record` takes it: what picks among rows or logits, when f is called with it, is an `autograd.index`."""
    tokens = [tokens_in(part) for part in example]
    f(*tokens)
    found = tuple(map(told, tokens))
    return found if len(found) > 1 else found[0]


def tokens_in(x: Any) -> Any:
    """Nested lists or arrays of numbers as nested lists of tokens; what is none stays."""
    x = x.tolist() if hasattr(x, "tolist") else x
    return list(map(tokens_in, x)) if isinstance(x, (list, tuple)) else Token(x) if type(x) in (int, float) else x


def told(x: Any) -> Any:
    """Nested lists of tokens as numbers and indices."""
    if isinstance(x, list):
        return list(map(told, x))
    return x if type(x) is not Token else autograd.index(int(x), x.size) if x.size else float(x)


class Making(threading.local):
    """How many modules this thread is making, each inside the next."""

    depth = 0


MAKING = Making()


class Named(type):
    """Gives the parameters and inner modules of a module their names, once it is made."""

    if not TYPE_CHECKING:  # what a type checker is not told of it takes from `__init__`

        def __call__(cls, *args: Any, **options: Any) -> Any:  # noqa: D102
            MAKING.depth += 1
            try:
                module = super().__call__(*args, **options)
            finally:
                MAKING.depth -= 1
            return _named(module)

        @property
        def __signature__(cls) -> inspect.Signature:
            """That of `__init__`, for `help`."""
            own = inspect.signature(cls.__init__)
            taken = [] if cls.__init__ is object.__init__ else list(own.parameters.values())[1:]
            return own.replace(parameters=taken, return_annotation=own.empty)


def _named(module: Module) -> Module:
    for name, part in vars(module).items():
        if getattr(getattr(part, "dtype", None), "char", "") == "O" and any(type(x) is Value for x in part.flat):
            message = f"{type(module).__name__}: parameters are not looked for in arrays: keep {name}.tolist()"
            raise TypeError(message)
        if isinstance(part, Module):
            part.scope = autograd.scope(name)
        for key, inner in _parts(part):
            if isinstance(inner, Module):
                inner.scope = autograd.scope(key if isinstance(key, str) else f"{type(inner).__name__.lower()}{key}")
    module.__dict__ = dict(vars(module))  # CPython 3.11 and 3.12 read it faster than one that shares its keys
    if MAKING.depth == 0:  # else the module around it will say longer names
        for name, parameter in reversed(list(module._names())):  # of several names the first remains
            parameter.label = name
    return module


class Module(metaclass=Named):
    """A part of a network. Subclasses write `forward`; their Values and modules, also in lists and dicts, are found.

    Values that were computed are no parameters: a module may keep them.
    """

    frozen = False
    """Whether its parameters stay as they are; see `freeze`."""

    takes_tokens = False
    """Whether its inputs pick rows, as those of an `Embedding` do."""

    training = True
    """Whether `Dropout` drops; see `eval`."""

    scope: autograd.scope
    """What its operations are folded into in a picture; the module around it names it anew."""

    if not TYPE_CHECKING:

        def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: D102
            module = super().__new__(cls)
            module.scope = autograd.scope(cls.__name__.lower())  # an attribute: each neuron asks for it (3 ns; a property 30)
            return module

    def __call__(self, x: Any) -> Any:
        """The output for one input: numbers (or an array of them) and Values alike."""
        return self.scope.run(self, x)

    def forward(self, x: Any) -> Any:
        """The output for one input."""
        message = f"{type(self).__name__} has no forward(self, x): write what it computes"
        raise NotImplementedError(message)

    # Parameters.

    def parameters(self) -> list[Value]:
        """The Values that are trained, in the order of the attributes, each once; what is frozen is left out."""
        return list(dict.fromkeys(_values(self, [], frozen=False)))  # Values are hashed by identity

    def named_parameters(self) -> dict[str, Value]:
        """The same by name: `layers.0.w[3][5]` is the weight from input 5 to unit 3 of the first layer."""
        names: dict[int, str] = {}
        for name, p in self._names():
            names.setdefault(id(p), name)
        return {names[id(p)]: p for p in self.parameters()}

    def with_parameters(self, theta: Iterable[Any]) -> Self:
        """The same module with these numbers or Values for its `parameters()`, in their order: a function of them to be recorded.

        >>> from nn import Neuron
        >>> neuron = Neuron(1, "identity", init=[2.0, 1.0])
        >>> autograd.record(lambda theta, x: neuron.with_parameters(theta)(x), [0.0, 0.0], [0.0]).grad([2.0, 1.0], [5.0])
        ([5.0, 1.0], [2.0])
        """
        own = self.parameters()
        given = list(theta)
        if len(given) != len(own):
            message = f"{self.described()} has {len(own)} parameters, and was given {len(given)} numbers"
            raise ValueError(message)
        new = dict(zip(map(id, own), given))
        return replaced(self, lambda p: new.get(id(p), p.data))  # type: ignore[return-value]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        values = _values(self, [], frozen=True)
        if not no_gradients(values):
            for p in values:
                p.grad = 0.0

    def freeze(self, frozen: bool = True) -> Self:
        """Leave the parameters out of `parameters()`, so that no optimiser moves them. Returns the module itself."""
        self.frozen = frozen
        for _, inner in children(self):
            inner.freeze(frozen)
        return self

    def unfreeze(self) -> Self:
        """Undo `freeze`, also for the modules inside."""
        return self.freeze(False)

    def train(self, training: bool = True) -> Self:
        """Let `Dropout` drop, as it does from the beginning, in all modules inside. Returns the module itself."""
        self.training = training
        for _, inner in children(self):
            inner.train(training)
        return self

    def eval(self) -> Self:
        """Undo `train`: the module gives what it learnt, by no chance. `predict`, and what `fit` measures, need no such call."""
        return self.train(False)

    def tensors(self) -> dict[str, Any]:
        """The parameters as they belong together: by name a Value or nested lists of Values. What `state_dict` is made of."""
        return dict(chain.from_iterable(_tensors(name, part) for name, part in vars(self).items()))

    def _names(self) -> Iterator[tuple[str, Value]]:
        for name, tensor in self.tensors().items():
            yield from zip(labels(name, template_of(tensor)), _leaves(tensor), strict=True)

    # Their numbers.

    def state_dict(self) -> dict[str, Any]:
        """All numbers of the parameters, the frozen ones' too: by name a float or nested lists of floats.

        >>> from nn import Layer
        >>> Layer(2, 1, init=[1.0, 2.0, 3.0]).state_dict()
        {'w': [[1.0, 2.0]], 'b': [3.0]}
        """
        return {name: mapped(tensor, lambda p: p.data) for name, tensor in self.tensors().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the numbers of a `state_dict` (nested lists, or arrays).

        `ValueError` names everything that does not fit: names that are missing or unknown, shapes; nothing is changed then.
        """
        if not isinstance(state, Mapping):
            message = f"load_state_dict takes numbers by name, as state_dict() gives them, not {state!r:.60}"
            raise TypeError(message)
        tensors = self.tensors()
        problems = [f"{name} is missing" for name in tensors if name not in state]
        problems += [f"{name} is unknown" for name in state if name not in tensors]
        for name in tensors.keys() & state.keys():
            given, own = _shape(state[name]), shape_of(tensors[name])
            if given != own:
                problems.append(f"{name} is {worded(given) if given is not None else 'no numbers'}; it must be {worded(own)}")
        if problems:
            message = f"this state does not fit the {type(self).__name__}: {'; '.join(sorted(problems))}"
            raise ValueError(message)
        for name, tensor in tensors.items():
            for p, x in zip(_leaves(tensor), numbers_of(state[name]), strict=True):
                p.data = x

    def save(self, path: str | PathLike[str]) -> None:
        """Write the numbers to a safetensors file, in doubles (needs the package safetensors)."""
        from nn.files import write

        write(path, self.state_dict())

    def load(self, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote; raises as `load_state_dict`. Returns the module itself."""
        from nn.files import read

        self.load_state_dict(read(path)[0])
        return self

    # Many inputs.

    def predict(self, xs: Any, *, eager: bool = False) -> Any:
        """The outputs for R inputs, as (R, *outputs): an array for an array, lazily for a Dask array, else a list. Recorded once.

        Outputs that are no rectangle keep their structure, with R rows in each rectangle of it. For inputs of unequal lengths
        they are a list of R outputs. `eager`: compute each by itself, slowly, as `fit` does: what cannot be recorded.

        >>> from nn import Neuron
        >>> Neuron(2, "identity", init=[1.0, 10.0, 0.5]).predict([[1.0, 2.0], [3.0, 4.0]])
        [21.5, 43.5]
        """
        if eager:
            still = Module.eval(replaced(self, float_of))
            with autograd.value.ieee_arithmetic():
                found = [mapped(still(x), float_of) for x in (real_array(xs).tolist() if hasattr(xs, "__array__") else xs)]
            return real_array(found) if hasattr(xs, "__array__") else found
        if lies_elsewhere(xs):
            return autograd.record(Module.eval(replaced(self, float_of)), real_array(xs[0])).batch(xs)
        if hasattr(xs, "__array__"):
            xs = real_array(xs)
        if len(xs) == 0 and not getattr(xs, "shape", ())[1:]:  # nothing says what a row would be
            return xs
        uneven = isinstance(xs, (list, tuple)) and isinstance(shape_of(xs), list)  # rows of unequal lengths
        example = xs[0] if len(xs) else xs.sum(axis=0)  # zeros, in the shape of a row
        still = Module.eval(replaced(self, float_of))
        try:
            return (autograd.family if uneven else autograd.record)(still, self.declared(example)).batch(xs)
        except TypeError as error:
            error.add_note("predict(xs, eager=True) computes what cannot be recorded")
            raise

    def declared(self, x: Any) -> Any:
        """An input with its tokens, which pick rows of an `Embedding`, as `autograd.index`: they have no gradient."""
        with autograd.value.ieee_arithmetic():
            return declared(Module.eval(replaced(self, float_of)), x) if picks(self) else x

    # What it is.

    def architecture(self) -> list[Stage]:
        """What its input runs through, step by step, with the weights as they are now: what `viz.draw` makes its picture of.

        Of a module of your own it is one `Stage` that lists the modules inside, since only `forward` knows their order. Where
        you know it, write it, with `nn.module.within`: ``return [*within("a", self.a.architecture()), ...]``.

        >>> from nn import MLP
        >>> [(s.name, s.kind, s.inputs, s.outputs, s.activation) for s in MLP(2, [3, 1], "tanh").architecture()]
        [('layers.0', 'dense', 2, 3, 'tanh'), ('layers.1', 'dense', 3, 1, 'identity')]
        """
        inner = dict(children(self))
        steps = [step for name, module in inner.items() for step in within(name, [_one(module)])]
        insides = tuple(f"{name}." for name in inner)
        own = {name: numbers for name, numbers in self.state_dict().items() if not name.startswith(insides)}
        return [self._stage("module", inside=tuple(steps), state=own)]

    def trace(self, x: Any) -> tuple[Traced, ...]:
        """What each stage makes of one input: the sums `a` of its units and what it gives, `z`, as Values with these names.

        The last `z` is what the module gives, in the same form, so that a loss of it sends its gradients back to all of them:
        that of a sum is the error δ of its unit. Of a module of your own it is one step; where you know the order, write it
        beside `architecture`, with `nn.layers.traced_within`.

        >>> from nn import MLP, squared_error
        >>> first, last = MLP(1, [2, 1], "tanh", init=[1.0, 0.0, -1.0, 0.5, 2.0, 3.0, 0.0]).trace(0.5)
        >>> first.name, [v.data for v in first.a], last.a.label, last.z.data == 2.0 * first.z[0].data
        ('layers.0', [0.5, 0.0], 'layers.1.z', True)
        >>> squared_error(last.z, last.z.data - 1.0).backward()
        >>> last.a.grad, [v.grad for v in first.z]
        (1.0, [2.0, 3.0])
        """
        return (Traced("", None, self(x)),)

    def _stage(self, kind: str, *, parameters: int | None = None, **said: Any) -> Stage:
        """A stage that stands for this module, whose parameters are counted unless it knows how many there are."""
        many = _count(self, frozen=True) if parameters is None else parameters
        return Stage(kind=kind, description=self.described(), parameters=many, frozen=self.frozen and many > 0, **said)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: after ``import viz`` a picture, else the repr."""
        notebook = sys.modules.get("viz.notebook")  # neither package imports the other
        if notebook is None:
            return {"text/plain": repr(self)}
        return notebook.display(self, include, exclude)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        lines = [f"{self.described()}: {self._counted()}"]
        for name, inner in children(self):
            lines += [f"  {name}. {line}" if i == 0 else f"  {line}" for i, line in enumerate(repr(inner).splitlines())]
        return "\n".join(lines)

    def described(self) -> str:
        """What stands before the number of parameters in the repr."""
        return type(self).__name__

    def _counted(self) -> str:
        whole = _count(self, frozen=True)
        still = whole - _count(self, frozen=False) if _some_frozen(self) else 0
        return f"{whole:,} parameter{'s' * (whole != 1)}" + (f", {still:,} frozen" if still else "")


def children(module: Module) -> Iterator[tuple[str, Module]]:
    """The modules directly inside a module, with their names."""
    for name, part in vars(module).items():
        yield from _modules(name, part)


def stages_of(module: Module) -> list[Stage]:
    """Its `architecture()`, also where a number or a list of that name is among its attributes."""
    return type(module).architecture(module)


def picks(module: Module) -> bool:
    """Whether a module, or one inside, takes tokens."""
    return module.takes_tokens or any(picks(inner) for _, inner in children(module))


def _one(module: Module) -> Stage:
    """A module as one stage."""
    stages = stages_of(module)
    return stages[0] if len(stages) == 1 else module._stage("sequence", inside=tuple(stages))


def replaced(module: Module, new: Callable[[Value], Any]) -> Module:
    """The same module with something else in place of each parameter; the module itself stays as it is."""
    twin = copy.copy(module)
    vars(twin).update({name: mapped(part, new) for name, part in vars(module).items()})
    return twin


def float_of(p: Value) -> float:
    """The number of a parameter, for `replaced`."""
    return p.data


def mapped(part: Any, new: Callable[[Value], Any]) -> Any:
    """The same modules and containers with something else in place of each Value."""
    if type(part) is Value:
        return new(part)
    if isinstance(part, Module):
        return replaced(part, new)
    if type(part) in (list, tuple):
        return type(part)([mapped(inner, new) for inner in part])
    if type(part) is dict:
        return {key: mapped(inner, new) for key, inner in part.items()}
    return part


def _values(part: Any, found: list[Value], *, frozen: bool) -> list[Value]:
    """Add the Values of a module or container to a list: of frozen modules if they are asked for, none that was computed."""
    if type(part) is list and only_leaves(part):
        found += part
        return found
    if isinstance(type(part), Named):
        part = {} if part.frozen and not frozen else vars(part)
    for inner in part.values() if isinstance(part, dict) else part:
        if type(inner) is Value:
            if not inner.op:
                found.append(inner)
        elif isinstance(inner, (list, tuple, dict)) or isinstance(type(inner), Named):  # a Module: asked of it, 150 ns
            _values(inner, found, frozen=frozen)
    return found


def _count(module: Module, *, frozen: bool) -> int:
    """How many Values of a module are parameters, each once."""
    return len(set(map(id, _values(module, [], frozen=frozen))))


def _some_frozen(module: Module) -> bool:
    return module.frozen or any(_some_frozen(inner) for _, inner in children(module))


def _parts(part: Any) -> Iterable[tuple[Any, Any]]:
    return part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, (list, tuple)) else ()


def _is_row(part: Any) -> bool:
    """Whether it is a list of Values alone: most of a large network are such, and need no look at each."""
    return type(part) in (list, tuple) and set(map(type, part)) == {Value}


def _modules(name: str, part: Any) -> Iterator[tuple[str, Module]]:
    if isinstance(part, Module):
        yield name, part
    for key, inner in () if _is_row(part) else _parts(part):
        yield from _modules(f"{name}.{key}", inner)


def _tensors(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, Module):
        for inner, tensor in part.tensors().items():
            yield f"{name}.{inner}", tensor
    elif _is_tensor(part):
        yield name, part
    else:
        for key, inner in _parts(part):
            yield from _tensors(f"{name}.{key}", inner)


def _is_tensor(part: Any) -> bool:
    if isinstance(part, (list, tuple)):
        return bool(part) and all(map(_is_tensor, part)) and isinstance(shape_of(part), tuple)
    return type(part) is Value and not part.op


def _leaves(tensor: Any) -> list[Value]:
    return _values([tensor], [], frozen=True)


def _shape(state: Any) -> Shape | None:
    """The shape of given numbers; None if they are none."""
    try:
        numbers_of(state)
        return shape_of(state)
    except (TypeError, ValueError, OverflowError):
        return None
