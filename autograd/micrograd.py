"""What scripts that were written for micrograd's Value, or microgpt's, ask of a Value besides.

>>> a, b = Value(2.0), Value(-3.0)
>>> c = a * b
>>> c.grad = 1.0
>>> c._backward()  # the chain rule by hand, one node at a time
>>> a.grad, b.grad
(-3.0, 2.0)
>>> [(child.data, partial) for child, partial in zip(c._children, c._local_grads)]
[(2.0, -3.0), (-3.0, 2.0)]

Such scripts may read a graph as they did. What makes nodes by hand is told what to write instead: a node and its derivative come
from the table.
"""

from __future__ import annotations

from math import isfinite

from autograd.errors import by_hand
from autograd.value import Value, forbid, number_of, set_method, stored_partials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any


def handed_on(v: Value) -> None:
    """Add this Value's gradient times the partial to the gradient of each of its parents, as the sweep does at this node."""
    forbid(v, "_backward()")
    g = v.grad
    closed = not isfinite(g) and v.op and v.entry.choice
    for x, partial in zip(v.parents, stored_partials(v), strict=True):
        x.grad += g * partial if g != 0 and not (closed and partial == 0) else 0.0


def symbol(v: Value) -> str:
    """The operation as micrograd writes it: "+", "**2", "ReLU"; the empty string for a leaf."""
    exponent = v.operands[1] if v.op == "pow" else None
    return f"**{exponent:g}" if type(exponent) is float else v.entry.ascii if v.op else ""


def item(self: Value) -> float:
    """The number: `data`, as NumPy and PyTorch call it."""
    forbid(self, ".item()")
    return number_of(self)


def no_subclass(*_: Any, **__: Any) -> None:
    """New behaviour comes through `op`, and by functions."""
    raise TypeError(by_hand("a subclass of Value"))


class Told:
    """What a Value is made of, for `help`: the other parameters of `__init__` are there to be refused in words."""

    def __get__(self, v: Value | None, class_: type) -> Signature:
        from inspect import Parameter, Signature

        if v is not None:
            message = "a Value is not called"
            raise AttributeError(message)
        kind = Parameter.POSITIONAL_OR_KEYWORD
        return Signature([Parameter("data", kind, annotation=float), Parameter("label", kind, default="", annotation=str)])


def read_only(name: str, read: Callable[[Value], Any], doc: str) -> property:
    """An attribute that follows from how a Value was made."""

    def write(_: Value, __: object) -> None:
        raise AttributeError(by_hand(f"assigning .{name}"))

    return property(read, write, doc=doc)


READ = {
    "_backward": (lambda v: lambda: handed_on(v), "Adds this Value's gradient times each partial to the parents'."),
    "_prev": (lambda v: set(v.parents), "The parents as a set (micrograd)."),
    "_op": (symbol, symbol.__doc__ or ""),
    "_children": (lambda v: v.parents, "The parents (microgpt)."),
    "_local_grads": (lambda v: v.partials, "The partials (microgpt)."),
}
for name, (read, doc) in READ.items():
    set_method(name, read_only(name, read, doc))
set_method("item", item)
set_method("__signature__", Told())
set_method("__init_subclass__", classmethod(no_subclass))
