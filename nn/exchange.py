"""Networks to other libraries and back: files in ONNX, modules of PyTorch, all in doubles.

What is exported is built of the layers of this package, with activations that the other side has. A layer of one unit gives
rows of one number there; sequences are (rows, positions, numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import TYPE_CHECKING, Any

from autograd import Value, softmax
from autograd.errors import not_installed
from nn.layers import AvgPool2d, Conv2d, Flatten, Layer, Neuron, Residual, Sequential, activation_of, computes_as
from nn.module import Module
from nn.sequences import RNN, Attention, Dropout, Embedding, LayerNorm, RMSNorm

if TYPE_CHECKING:
    from os import PathLike

TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "softplus": ("Softplus", {"beta": 1, "threshold": 800}),  # its usual threshold of 20 costs digits
    "softmax": ("Softmax", {"dim": -1}),
    "identity": ("Identity", {}),
}
"""PyTorch's modules for our activations, with the options that make them the same function."""

ONNX = {
    name: name.capitalize()
    for name in (
        "relu", "tanh", "sigmoid", "softplus", "softmax", "exp", "log", "sqrt", "abs", "erf", "sin", "cos", "tan", "asin", "acos",
        "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "gelu",
    )
}  # fmt: skip
"""ONNX's operators for our activations."""
WRITTEN = ("identity", "leaky_relu", "silu", "step")
"""Activations that are written with other operators of ONNX."""


OURS = (Neuron, Layer, Sequential, Residual, Conv2d, AvgPool2d, Flatten, Embedding, RMSNorm, LayerNorm, Attention, RNN, Dropout)
"""What is exported."""


RECURRENT = ("tanh", "relu")
"""Activations of an `RNN` that both sides have."""


def activation_name(module: Any, known: Any) -> str:
    """The name of a module's activation. `ValueError` if it is a function of one's own, or one that the other side has not."""
    name: str = module.activation
    unit = module.neurons[0] if isinstance(module, Layer) and name != "softmax" else module
    if name in known and activation_of(name)[1] is unit.function:
        return name
    message = f"{module.described()} cannot be exported: of activations there are {', '.join(sorted(known))}"
    raise ValueError(message)


def numbers(module: Module, name: str) -> Any:
    """A tensor of a module as an array of doubles."""
    import numpy as np

    return np.array(module.state_dict()[name], dtype=np.float64)


def biases(layer: Any, outputs: int) -> Any:
    """The biases of units, 0 where they have none."""
    import numpy as np

    return numbers(layer, "b").reshape(-1) if isinstance(layer.tensors().get("b"), (list, Value)) else np.zeros(outputs)


def is_ours(part: Any) -> bool:
    """Whether a part is a layer of this package, without a `forward` of its own."""
    return part is softmax or any(isinstance(part, layer) and computes_as(part, layer) for layer in OURS)


def refused(part: Any, where: str) -> TypeError:
    """The error for a part that the other side does not know."""
    said = part.described() if isinstance(part, Module) else getattr(part, "__name__", repr(part))
    return TypeError(f"{said} cannot be exported to {where}: build the model of this package's layers")


# ONNX.


def to_onnx(model: Module, path: str | PathLike[str], *, single: bool = False) -> None:
    """Write a model as an ONNX file: input "x", rows of numbers, output "y".

    A model that begins with `Conv2d`, `AvgPool2d` or `Flatten` takes images there: (rows, channels, height, width); one with an
    `Attention` or `RNN` sequences, (rows, positions, numbers). Before an `Embedding` come tokens, (rows, positions) of int64, or,
    where a `Layer` follows, one a row, (rows,).

    In doubles, which not every runtime has for all operators (onnxruntime: layers with relu, leaky_relu, tanh, sigmoid, silu,
    softmax, step, exp, log, sqrt, abs, sin, cos, and norms and attention); `single` writes numbers of 32 bits, which all have, to
    about six digits. Needs the package onnx. `TypeError` for a module and `ValueError` for an activation that ONNX has not.
    """
    try:
        import onnx
    except ImportError as error:
        what = "to_onnx"
        raise not_installed(what, "onnx") from error
    kind = onnx.TensorProto.FLOAT if single else onnx.TensorProto.DOUBLE
    first, last = ends(model)
    graph = Graph(onnx, kind)
    graph.part(model, "x")
    if not graph.nodes:
        graph.node("Identity", "x")
    graph.nodes[-1].output[0] = "y"
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.INT64 if "token" in first else kind, SHAPES[first])
    y = onnx.helper.make_tensor_value_info("y", kind, ["rows", *(f"{name}1" for name in SHAPES[last][1:])])
    made = onnx.helper.make_graph(graph.nodes, type(model).__name__, [x], [y], graph.tensors)
    whole = onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(whole, full_check=True)
    onnx.save_model(whole, path)


SHAPES = {
    "a token": ["rows"], "tokens": ["rows", "positions"], "numbers": ["rows", "numbers"],
    "sequences": ["rows", "positions", "numbers"], "images": ["rows", "channels", "height", "width"],
}  # fmt: skip
"""The shapes of what layers take and give."""


def taken(part: Any) -> str:
    """What a part takes; the empty string of one that takes numbers in any form."""
    kinds: dict[str, Any] = {"numbers": (Layer, Neuron), "sequences": (RNN, Attention), "images": (Conv2d, AvgPool2d)}
    kinds["tokens"] = Embedding
    return "numbers" if part is softmax else next((kind for kind, types in kinds.items() if isinstance(part, types)), "")


def ends(model: Module) -> tuple[str, str]:
    """What a model takes and gives. `TypeError` and `ValueError` as of `to_onnx`."""
    layers = [layer for layer in leaves(model) if not isinstance(layer, Dropout)]
    first, *rest = [taken(layer) or ("images" if isinstance(layer, Flatten) else "") for layer in layers] or [""]
    if first == "tokens":
        first = "a token" if next(filter(None, rest), "") == "numbers" else first
    first = first or next(filter(None, map(taken, layers)), "numbers")
    return first, given(model, first)


def given(part: Any, kind: str) -> str:
    """What a part makes of a kind of numbers. `ValueError` if it cannot take them."""
    if not is_ours(part):
        raise refused(part, "ONNX")
    if isinstance(part, Sequential):
        made = reduce(lambda found, inner: given(inner, found), part.layers, kind)
        if isinstance(part, Residual) and made != kind:
            message = f"Residual cannot be exported: it adds {made} to {kind}"
            raise ValueError(message)
        return made
    wanted = taken(part) or "numbers" * ("token" in kind and not isinstance(part, Dropout))
    if wanted not in ("", kind) and (wanted, kind) != ("tokens", "a token"):
        said = part.described() if isinstance(part, Module) else "softmax"
        message = f"{said} cannot be exported there: it takes {wanted}, and is given {kind}"
        raise ValueError(message)
    after = {"a token": "numbers", "tokens": "sequences"}
    return after[kind] if wanted == "tokens" else "numbers" if isinstance(part, Flatten) else kind


def leaves(part: Any) -> Iterator[Any]:
    """The layers and functions that a model does, one after the other."""
    for inner in part.layers if isinstance(part, Sequential) else []:
        yield from leaves(inner)
    if not isinstance(part, Sequential):
        yield part


class Graph:
    """Nodes of an ONNX graph, and the tensors that they use."""

    def __init__(self, onnx: Any, kind: int) -> None:
        self.onnx, self.kind = onnx, kind
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    def node(self, kind: str, *given: str, **attributes: Any) -> str:
        """Add a node; the name of its result."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, list(given), [name], **attributes))
        return name

    def tensor(self, array: Any) -> str:
        """Add a tensor of the graph's kind of numbers; its name."""
        name = f"t{len(self.tensors)}"
        numbers = array.astype(self.onnx.helper.tensor_dtype_to_np_dtype(self.kind))
        self.tensors.append(self.onnx.numpy_helper.from_array(numbers, name))
        return name

    def part(self, part: Any, x: str) -> str:
        """What a part makes of x."""
        if isinstance(part, (Layer, Neuron)):
            w = numbers(part, "w")
            w = w.reshape(-1, w.shape[-1])
            return self.activation(part, self.node("Gemm", x, self.tensor(w), self.tensor(biases(part, len(w))), transB=1))
        if isinstance(part, Conv2d):
            return self.activation(part, self.convolution(part, x))
        if isinstance(part, AvgPool2d):
            return self.node("AveragePool", x, kernel_shape=[part.size] * 2, strides=[part.size] * 2)
        if isinstance(part, Flatten):
            return self.node("Flatten", x, axis=1)
        if isinstance(part, Sequential):
            y = x
            for layer in part.layers:
                y = self.part(layer, y)
            return self.node("Add", x, y) if isinstance(part, Residual) else y
        if isinstance(part, Module):
            return self.sequence(part, x)
        return self.node("Softmax", x, axis=-1)

    def sequence(self, part: Module, x: str) -> str:
        """What a part of sequences makes of x."""
        if isinstance(part, Embedding):
            return self.node("Gather", self.tensor(numbers(part, "w")), x)
        if isinstance(part, (RMSNorm, LayerNorm)):
            return self.norm(part, x)
        if isinstance(part, Attention):
            return self.attention(part, x)
        return self.recurrent(part, x) if isinstance(part, RNN) else self.node("Identity", x)

    def norm(self, part: RMSNorm | LayerNorm, x: str) -> str:
        """Over the root of the mean square; the mean is taken off before in a `LayerNorm`."""
        import numpy as np

        axis = self.whole([-1])
        if isinstance(part, LayerNorm):
            x = self.node("Sub", x, self.node("ReduceMean", x, axis))
        square = self.node("ReduceMean", self.node("Mul", x, x), axis)
        y = self.node("Div", x, self.node("Sqrt", self.node("Add", square, self.tensor(np.array(part.eps)))))
        for name, kind in (("w", "Mul"), ("b", "Add")):
            y = self.node(kind, y, self.tensor(numbers(part, name))) if name in part.tensors() else y
        return y

    def attention(self, part: Attention, x: str) -> str:
        """All positions at once: what is later gets minus infinity."""
        import numpy as np

        width = part.size // part.heads
        query, key, value = (
            self.node("Transpose", self.node("Reshape", self.linear(layer, x), self.whole([0, 0, part.heads, width])), perm=order)
            for layer, order in ((part.query, (0, 2, 1, 3)), (part.key, (0, 2, 3, 1)), (part.value, (0, 2, 1, 3)))
        )
        scores = self.node("MatMul", self.node("Mul", query, self.tensor(np.array(width**-0.5))), key)
        true = self.onnx.numpy_helper.from_array(np.array([True]))
        later = self.node("Trilu", self.node("ConstantOfShape", self.node("Shape", scores), value=true), self.whole(1), upper=1)
        weights = self.node("Softmax", self.node("Where", later, self.tensor(np.array(-np.inf)), scores), axis=-1)
        found = self.node("Transpose", self.node("MatMul", weights, value), perm=(0, 2, 1, 3))
        return self.linear(part.output, self.node("Reshape", found, self.whole([0, 0, part.size])))

    def linear(self, layer: Layer, x: str) -> str:
        """The weighted sums of a layer, at each position."""
        w = numbers(layer, "w")
        return self.node("Add", self.node("MatMul", x, self.tensor(w.T)), self.tensor(biases(layer, len(w))))

    def recurrent(self, part: RNN, x: str) -> str:
        """The states: ONNX has the positions first."""
        import numpy as np

        w, b = numbers(part.cell, "w"), numbers(part.cell, "b")
        name = ONNX[activation_name(part.cell, RECURRENT)]
        given = [w[:, : part.nin], w[:, part.nin :], np.concatenate([b, np.zeros(part.nout)])]
        x = self.node("Transpose", x, perm=(1, 0, 2))
        states = self.node("RNN", x, *[self.tensor(array[None]) for array in given], hidden_size=part.nout, activations=[name])
        return self.node("Transpose", self.node("Squeeze", states, self.whole([1])), perm=(1, 0, 2))

    def whole(self, numbers: Any) -> str:
        """Add a tensor of whole numbers; its name."""
        import numpy as np

        name = f"t{len(self.tensors)}"
        self.tensors.append(self.onnx.numpy_helper.from_array(np.array(numbers, dtype=np.int64), name))
        return name

    def convolution(self, conv: Conv2d, x: str) -> str:
        """The weighted sums."""
        options = {"kernel_shape": [conv.size] * 2, "strides": [conv.stride] * 2, "pads": [conv.padding] * 4}
        return self.node("Conv", x, self.tensor(numbers(conv, "w")), self.tensor(numbers(conv, "b")), **options)

    def activation(self, module: Layer | Neuron | Conv2d, x: str) -> str:
        """The activation of a module."""
        import numpy as np

        name = activation_name(module, {*ONNX, *WRITTEN})
        if name in ONNX:
            return self.node(ONNX[name], x, **({"axis": -1} if name == "softmax" else {}))
        if name == "leaky_relu":
            return self.node("Max", x, self.node("Mul", x, self.tensor(np.array(0.01))))
        if name == "silu":
            return self.node("Mul", x, self.node("Sigmoid", x))
        if name == "step":
            return self.node("Cast", self.node("GreaterOrEqual", x, self.tensor(np.array(0.0))), to=self.kind)
        return self.node("Identity", x)


# PyTorch.


def to_torch(model: Module) -> Any:
    """The same network of PyTorch's modules, a `torch.nn.Sequential` in doubles, with copies of the weights.

    Raises as `to_onnx`. PyTorch has no module for a `Residual`: it becomes a Sequential of that name, which adds its input.
    """
    try:
        import torch
    except ImportError as error:
        what = "to_torch"
        raise not_installed(what, "torch") from error
    return torch.nn.Sequential(*_to_torch(torch, model))


def _residual(torch: Any, modules: list[Any]) -> Any:
    def forward(self: Any, x: Any) -> Any:
        return x + torch.nn.Sequential.forward(self, x)

    return type("Residual", (torch.nn.Sequential,), {"forward": forward})(*modules)


def _to_torch(torch: Any, part: Any) -> list[Any]:
    if not is_ours(part):
        raise refused(part, "PyTorch")
    if isinstance(part, Sequential):
        modules = [module for inner in part.layers for module in _to_torch(torch, inner)]
        return [_residual(torch, modules)] if isinstance(part, Residual) else modules
    if isinstance(part, AvgPool2d):
        return [torch.nn.AvgPool2d(part.size)]
    if isinstance(part, Flatten):
        return [torch.nn.Flatten()]
    if part is softmax:
        return [torch.nn.Softmax(-1)]
    if isinstance(part, OURS[7:]):
        return [_sequence(torch, part)]
    w = numbers(part, "w")
    b = biases(part, w.size // w.shape[-1])
    kind, options = TORCH[activation_name(part, TORCH)]
    if isinstance(part, Conv2d):
        made = torch.nn.Conv2d(part.cin, len(b), part.size, stride=part.stride, padding=part.padding, dtype=torch.float64)
    else:
        w = w.reshape(len(b), -1)
        made = torch.nn.Linear(w.shape[1], len(b), dtype=torch.float64)
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(w))
        made.bias.copy_(torch.from_numpy(b))
    return [made] if kind == "Identity" else [made, getattr(torch.nn, kind)(**options)]


def _sequence(torch: Any, part: Any) -> Any:
    """A module of sequences, (rows, positions, numbers)."""
    from numpy import concatenate, zeros

    double = {"dtype": torch.float64}
    if isinstance(part, Dropout):
        return torch.nn.Dropout(part.rate)
    if isinstance(part, Attention):
        layers = [part.query, part.key, part.value]
        made = _attention(torch)(part.size, part.heads, bias="b" in part.key.tensors(), batch_first=True, **double)
        given = [concatenate([numbers(layer, "w") for layer in layers]), numbers(part.output, "w")]
        if "b" in part.key.tensors():
            given = [given[0], concatenate([numbers(layer, "b") for layer in layers]), given[1], numbers(part.output, "b")]
    elif isinstance(part, RNN):
        name, w, b = activation_name(part.cell, RECURRENT), numbers(part.cell, "w"), numbers(part.cell, "b")
        made = _rnn(torch)(part.nin, part.nout, nonlinearity=name, batch_first=True, **double)
        given = [w[:, : part.nin], w[:, part.nin :], b, zeros(part.nout)]
    else:
        given = [numbers(part, name) for name in part.tensors()]
        if isinstance(part, Embedding):
            made = torch.nn.Embedding(part.count, part.size, **double)
        else:
            kind = getattr(torch.nn, type(part).__name__)
            made = kind(part.size, eps=part.eps, elementwise_affine=part.affine, **double)
    with torch.no_grad():
        for parameter, array in zip(made.parameters(), given, strict=True):
            parameter.copy_(torch.from_numpy(array))
    return made


def _attention(torch: Any) -> Any:
    def forward(self: Any, x: Any) -> Any:
        later = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool).triu(1)
        return torch.nn.MultiheadAttention.forward(self, x, x, x, attn_mask=later, need_weights=False)[0]

    return type("Attention", (torch.nn.MultiheadAttention,), {"forward": forward})


def _rnn(torch: Any) -> Any:
    return type("RNN", (torch.nn.RNN,), {"forward": lambda self, x: torch.nn.RNN.forward(self, x)[0]})


def from_torch(module: Any) -> Sequential:
    """The network of a `torch.nn.Sequential` of Linear layers, each perhaps followed by an activation; weights as doubles.

    `TypeError` for any other module, `ValueError` for an activation with options that ours has not.
    """
    parts = list(_from_torch(module))
    layers: list[Callable[[Any], Any]] = []
    while parts:
        linear = parts.pop(0)
        if type(linear).__name__ != "Linear":
            message = f"from_torch reads Linear layers with an activation after each, and met {linear}"
            raise TypeError(message)
        activation = "identity" if not parts or type(parts[0]).__name__ == "Linear" else _activation_from(parts.pop(0))
        w = linear.weight.detach().double().tolist()
        b = linear.bias.detach().double().tolist() if linear.bias is not None else [0.0] * len(w)
        given = [x for row, bias in zip(w, b) for x in (*row, bias)]
        layers.append(Layer(linear.in_features, linear.out_features, activation, init=given))
    return Sequential(*layers)


def _from_torch(module: Any) -> Iterator[Any]:
    """The modules in a `torch.nn.Sequential`, also of Sequentials."""
    for inner in module if type(module).__name__ == "Sequential" else []:
        yield from _from_torch(inner)
    if type(module).__name__ != "Sequential":
        yield module


def _activation_from(module: Any) -> str:
    for name, (kind, options) in TORCH.items():
        if type(module).__name__ == kind:
            other = {key: getattr(module, key) for key in options if getattr(module, key) != options[key]}
            if other and not (kind == "Softmax" and module.dim == 1):
                message = f"from_torch: {kind} with {other} is another function than {name} here"
                raise ValueError(message)
            return name
    message = f"from_torch knows the activations {', '.join(kind for kind, _ in TORCH.values())}, and met {module}"
    raise TypeError(message)
