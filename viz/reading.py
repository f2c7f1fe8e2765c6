"""What all read of a graph: names, gradients, what each operand was passed, and in which order operands are written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd.anew import outdated
from autograd.errors import kind_of
from autograd.structures import flattened
from autograd.value import AGED_GRAD, Value, flags_of, members
from viz.language import say
from viz.shapes import is_network, is_program
from viz.words import cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from viz.shapes import Highlight

MOST_WIRES = 8
"""So many operands of one operation are shown."""

MOST_NAMED = 12
"""So many names are listed in an error."""


def naming(names: Mapping[str, object] | None) -> dict[int, str]:
    """The name of each Value among variables and in lists among them, by identity.

    >>> x, w = Value(1.0), [Value(2.0), Value(3.0)]
    >>> found = naming({"x": x, "w": w, "_": x})
    >>> found[id(x)], found[id(w[1])]
    ('x', 'w[1]')
    """
    found: dict[int, str] = {}
    if names is not None and not hasattr(names, "items"):
        message = f"names is a mapping from names to Values, such as locals(), not {kind_of(names)}"
        raise TypeError(message)
    for name, thing in (names or {}).items():
        if name.startswith("_"):  # a notebook's own, such as its last result
            continue
        if type(thing) is Value:
            found.setdefault(id(thing), name)
        elif isinstance(thing, (list, tuple)):
            for i, x in enumerate(thing):
                if type(x) is Value:
                    found.setdefault(id(x), f"{name}[{i}]")
    return found


def results_of(given: object) -> tuple[list[Value], dict[int, str]]:
    """The Values whose graph is to be drawn, each once, and the names that a mapping gives them, by identity.

    >>> x, y = Value(1.0), Value(2.0)
    >>> results_of([x, [y, x]]) == ([x, y], {}), results_of({"sum": x})[1] == {id(x): "sum"}
    (True, True)
    """
    found: dict[int, Value] = {}
    names: dict[int, str] = {}
    for name, thing in given.items() if isinstance(given, Mapping) else [("", given)]:
        try:
            parts = flattened(thing)
        except TypeError:
            parts = [thing]
        if not all(type(v) is Value for v in parts):
            told = f"the class {given.__name__}" if isinstance(given, type) else kind_of(given)
            message = f"a picture is drawn of Values, of a Program, or of a network such as a module of nn, not of {told}"
            raise TypeError(message)
        for v in parts:
            found.setdefault(id(v), v)
            if name:
                names.setdefault(id(v), str(name))
    if not found:
        message = "a picture is drawn of a Value, or of several: here is none"
        raise ValueError(message)
    return list(found.values()), names


def not_one(v: object, made: str, call: str) -> TypeError:
    """The error for what is made of one Value and was given something else: it says what to write.

    >>> print(not_one([Value(1.0), Value(2.0)], "a page is made of", "viz.html"))
    a page is made of a Value, not of a list; of several take one: viz.html(y[0])
    """
    told = f"{made} a Value, not of {f'the class {v.__name__}' if isinstance(v, type) else kind_of(v)}"
    if is_network(v):
        advice = f"; of a network take what it gives: {call}(model(x))"
    elif is_program(v):
        advice = f"; a program holds no numbers, call its function on Values: {call}(f(Value(2.0)))"
    elif isinstance(v, (int, float)):
        advice = f"; a plain number has no graph, compute it from Values: {call}(f(Value(2.0)))"
    elif v is None:
        advice = "; did a function forget its return?"
    elif callable(v):
        advice = f"; call it first: {call}(f(Value(2.0)))"
    else:
        advice = _of_several(v, call)
    return TypeError(told + advice)


def _of_several(given: object, call: str) -> str:
    try:
        found, _ = results_of(given)
    except (TypeError, ValueError):
        return ""
    key = repr(next(iter(given))) if isinstance(given, Mapping) else "0"
    return f"; of several take one: {call}(y[{key}])" if len(found) > 1 else f"; take it out: {call}(y[{key}])"


def name_of(v: Value, names: Mapping[int, str]) -> str:
    """Its label, or the caller's name for it (see `naming`), or that of a unit; "" if it has none."""
    return printable(v.label or names.get(id(v), "") or unit_of(v))


def one_of(those: Sequence[Value], wanted: object, names: Mapping[int, str], option: str, noun: str = "value") -> Value:
    """That one of some Values which an option gives, itself or by its name. `ValueError` if it is none of them, or several are.

    >>> x = Value(1.0, label="x")
    >>> one_of([x, x + 1], "x", {}, "focus") is x
    True
    """
    found = [v for v in those if (v is wanted if type(wanted) is Value else name_of(v, names) == wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{option}: {len(found):,} of them are called {wanted!r}: give the {noun} itself"
    elif type(wanted) is Value:
        message = f"{option}: no {noun} of the graph that is drawn is this {wanted!r}"
    else:
        known = list(dict.fromkeys(cut(name) for v in those if (name := name_of(v, names))))
        listed = ", ".join(known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
        message = f"{option}: no {noun} of the graph that is drawn is called {wanted!r}; named are: {listed or 'none'}"
    raise ValueError(message)


def unit_of(v: Value) -> str:
    """What a sum of products made in a scope is called, and a function of it alone, such as an activation; "" for all else.

    >>> from autograd import dot, scope, tanh
    >>> with scope("layer0"), scope("neuron3"):
    ...     y = tanh(dot([Value(1.0)], [2.0]))
    >>> unit_of(y.parents[0]), unit_of(y), unit_of(y + 1)
    ('layer0.sum[3]', 'layer0.tanh[3]', '')
    """
    parents = v.parents if v.op else ()
    if v.op != "dot" and (len(parents) != 1 or parents[0].op != "dot"):
        return ""
    path = v.scope
    if not path or (v.op != "dot" and parents[0].scope != path):
        return ""
    what = "sum" if v.op == "dot" else v.op
    place = re.fullmatch(r"neuron(\d+)", path[-1])
    return f"{path[-2]}.{what}[{place[1]}]" if place and len(path) > 1 else f"{path[-1]}.{what}"


def grad_of(v: Value) -> float | None:
    """Its gradient, if a backward pass came by."""
    return v.grad if v._reached else None


class Age:
    """What of a graph is of before a leaf was changed, or of before `forward`: numbers that are struck out.

    >>> x = Value(3.0)
    >>> y = x * 2
    >>> x.data = 4.0
    >>> age = Age(y)
    >>> age.value(y), age.value(x), age.remark
    (True, False, 'out of date: call forward()')
    """

    def __init__(self, *roots: Value) -> None:
        order = members(*roots)
        self.values = {id(v) for v in outdated(*roots)}
        self.gradients = aged = {id(v) for v in order if flags_of(v) & AGED_GRAD}
        if self.values:
            self.gradients = set(aged)
            for v in reversed(order):
                if self.passed(v):
                    self.gradients.update(map(id, v.parents))

    @property
    def remark(self) -> str:
        """What is to be said of it."""
        if self.values:
            return say("out of date: call forward()")
        return say("gradients are of before forward(): call zero_grad() and backward()") if self.gradients else ""

    def value(self, v: Value) -> bool:
        """Whether its number, and the partials by its operands, do not follow from its leaves any more."""
        return id(v) in self.values

    def gradient(self, v: Value) -> bool:
        """Whether its gradient is one at other numbers."""
        return v._reached and id(v) in self.gradients

    def passed(self, v: Value) -> bool:
        """Whether what it passes back to its operands is."""
        return id(v) in self.values or id(v) in self.gradients


def contributions(v: Value) -> list[tuple[Value | float, float | None, float | None]]:
    """Each operand of a Value with the partial derivative by it and what it was passed, as far as there are such.

    >>> x = Value(3.0)
    >>> y = x * 2
    >>> [(partial, passed) for _, partial, passed in contributions(y)]
    [(2.0, None), (None, None)]
    """
    partials = iter(v.partials)
    g = None if flags_of(v) & AGED_GRAD else grad_of(v)  # one of other numbers, which was multiplied with other partials
    gate = v.op != "" and v.entry.choice  # what is closed passes nothing on, even of an infinite gradient
    result: list[tuple[Value | float, float | None, float | None]] = []
    for x in v.operands:
        if type(x) is Value:
            partial = next(partials)
            nothing = g == 0 or (gate and partial == 0)
            result.append((x, partial, None if g is None else 0.0 if nothing else g * partial))
        else:
            result.append((x, None, None))
    return result


def reading_order(v: Value, operands: Sequence[object]) -> list[int]:
    """The operands' places in the order of writing: a dot product keeps all weights before all inputs."""
    if v.op != "dot":
        return list(range(len(operands)))
    n = len(operands) // 2
    return [i for k in range(n) for i in (k, n + k)] + list(range(2 * n, len(operands)))


def pairs_of(highlight: Highlight, among: Iterable[int] = ()) -> set[tuple[int, int]]:
    """The wires of an `Explanation`, or pairs of a Value and the number of one of its operands, by the Value's identity.

    Of Values `among` which they should be, given by identity, one at least is among them, or it is a `ValueError`.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> pairs_of([(y, 1)]) == {(id(y), 1)}
    True
    """
    pairs: list[tuple[Any, int]] = []
    try:
        given: Any = getattr(highlight, "wires", highlight)
        pairs = [(v, i) for v, i in given]
        right = all(type(v) is Value and 0 <= i < len(v.operands) for v, i in pairs)
    except (TypeError, ValueError):
        right = False
    if right:
        found, those = {(id(v), i) for v, i in pairs}, set(among)
        if found and those and those.isdisjoint(v for v, _ in found):
            message = "highlight: none of these wires is in the graph that is drawn"
            raise ValueError(message)
        return found
    message = f"highlight is what viz.explain returned, or pairs of a Value and the number of its operand, not {highlight!r}"
    raise TypeError(message)
