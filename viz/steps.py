"""The story that a page tells: the leaves, one step an operation forward, the seed, one step an operand backward.

Every number and sentence is worked out here, from the numbers that the engine stored on the graph, in the engine's own order of
accumulation. The steps speak of the boxes and wires of a `Picture`.
"""

from __future__ import annotations

import copy
import math
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby

from autograd.value import Value, members, operation_of
from viz.picture import contributions, naming, reading_order
from viz.words import LONGEST, applied, columns, cut, number, printable, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from viz.picture import Picture

LEAVES = 6
"""So many leaves are told of by name."""
ORDINALS = ("1st", "2nd", "3rd")
SINGLE = re.compile(r"[\w.\[\]]+")
"""A name that needs no parentheses after ∂."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its sentence in pieces, the box and the wire at work (-1: none), and the gradients that it changes, by box.

    `product` is what is multiplied on the wire.
    """

    kind: str
    words: tuple[str, ...]
    box: int = -1
    wire: int = -1
    product: str = ""
    changes: tuple[tuple[int, float], ...] = ()

    @property
    def sentence(self) -> str:
        """All that is said."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Replay:
    """A copy of a graph after one backward pass from a clean slate: its root, where the pass began, each Value's twin by id."""

    root: Value
    start: Value
    twins: dict[int, Value]


def replayed(root: Value, start: Value | None = None, names: Mapping[str, object] | None = None) -> Replay:
    """The pass that `start` (the root, if None) was last given, on a copy: with its gradient, or with 1 if there was none.

    >>> x = Value(3.0, label="x")
    >>> again = replayed(x * x)
    >>> again.root.grad, again.root.parents[0].grad, x.grad
    (1.0, 6.0, 0.0)
    """
    twin, given = copy.deepcopy(root), naming(names)
    twin.zero_grad()
    order = members(root)
    twins = {id(v): other for v, other in zip(order, members(twin), strict=True)}
    for v in order:
        twins[id(v)].label = v.label or given.get(id(v), "")
    start = root if start is None else start
    if id(start) not in twins:
        message = "backward_from is no part of the graph that is drawn: give a Value that the result is computed from"
        raise ValueError(message)
    twins[id(start)].backward(start.grad if start._reached and start.grad else 1.0)
    return Replay(twin, twins[id(start)], twins)


def story(drawn: Picture, again: Replay) -> list[Step]:
    """The steps through a picture of the copy."""
    return _Story(drawn, again.root, again.start).steps


def places(drawn: Picture) -> dict[int, list[int]]:
    """The boxes of each Value, by identity."""
    found: dict[int, list[int]] = {}
    for i, box in enumerate(drawn.boxes):
        for v in box.values:
            found.setdefault(id(v), []).append(i)
    return found


class Names:
    """What each Value is called: its label, else how it is computed, else its number."""

    def __init__(self, order: Iterable[Value]) -> None:
        self.known: dict[int, str] = {}
        for v in order:
            self.known[id(v)] = isolated(cut(printable(v.label))) or self.phrase(v) or number(v.data)

    def __call__(self, v: Value) -> str:
        """The name of one of them."""
        return self.known[id(v)]

    def phrase(self, v: Value) -> str:
        """An unnamed Value in terms of its operands, if that is short."""
        for names in (self.operands(v), numbers(v)) if v.op else ():
            text = applied(operation_of(v), names)
            if columns(text) <= LONGEST:
                return text
        return ""

    def operands(self, v: Value) -> list[str]:
        """Its operands by name, in the order of writing."""
        found = []
        for i in reading_order(v, v.operands):
            x = v.operands[i]
            name = self(x) if type(x) is Value else number(x)
            bare = type(x) is Value and bool(x.label or not infix(x))
            found.append(f"({name})" if infix(v) and (name.startswith("−") or (type(x) is Value and not bare)) else name)
        return found

    def by(self, v: Value) -> str:
        """As it stands after ∂."""
        return self(v) if SINGLE.fullmatch(self(v)) else f"({self(v)})"

    def partial(self, v: Value, i: int) -> str:
        """The local derivative of a Value by its operand `i`."""
        x = v.operands[i]
        same = [k for k in reading_order(v, v.operands) if v.operands[k] is x]
        ordinal = ""
        if len(same) > 1:
            n = reading_order(v, v.operands).index(i)
            ordinal = f" ({ORDINALS[n] if n < len(ORDINALS) else f'{n + 1}th'} operand)"
        return f"∂{self.by(v)}/∂{self.by(x)}{ordinal}" if type(x) is Value else ""


def infix(v: Value) -> bool:
    """Whether an operation is written between, or before, its operands."""
    return bool(v.op) and (v.op == "neg" or (operation_of(v).arity == 2 and not symbol(operation_of(v)).isidentifier()))


def numbers(v: Value) -> list[str]:
    """The operands' numbers, in the order of writing."""
    written = [number(x.data if type(x) is Value else x) for x in v.operands]
    return [factor(written[i]) if infix(v) else written[i] for i in reading_order(v, written)]


def factor(written: str) -> str:
    """A number inside a formula: a negative one in parentheses."""
    return f"({written})" if written.startswith("−") else written


def isolated(text: str) -> str:
    """A name that is written from right to left, kept from reordering the sentence around it."""
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text) else text


class _Story:
    """Tells one story: what its steps share."""

    def __init__(self, drawn: Picture, root: Value, start: Value) -> None:
        self.drawn, self.start, self.order = drawn, start, members(root)
        self.name, self.places = Names(self.order), places(drawn)
        self.wires = {(id(v), i): k for k, wire in enumerate(drawn.wires) for v, i in wire.links}
        self.total = {id(v): 0.0 for v in self.order}
        shown = [v for v in self.order if id(v) in self.places]
        self.steps = [self.leaves([v for v in shown if not v.op])]
        self.steps += [self.forward(v) for v in shown if v.op]
        self.steps.append(self.seed())
        for v in reversed(members(start)):
            if id(v) in self.places:
                self.backward(v)

    def leaves(self, leaves: list[Value]) -> Step:
        told = [f"{self.name(v)} = {number(v.data)}" if v.label else number(v.data) for v in leaves[:LEAVES]]
        more = f" and {len(leaves) - LEAVES:,} more" if len(leaves) > LEAVES else ""
        return Step("leaves", ("Leaves:" if len(leaves) > 1 else "Leaf:", ", ".join(told) + more))

    def forward(self, v: Value) -> Step:
        formulas = [applied(operation_of(v), self.name.operands(v)), applied(operation_of(v), numbers(v)), number(v.data)]
        said = [self.name(v)] if v.label else []
        said += [text for text, before in zip(formulas, ["", *formulas], strict=False) if text != before]
        return Step("forward", (" = ".join(said),), self.places[id(v)][-1])

    def seed(self) -> Step:
        v = self.start
        self.total[id(v)] = seed = v.grad
        itself = f"∂{self.name.by(v)}/∂{self.name.by(v)} = 1" if seed == 1 else f"gradient {number(seed)} comes in"
        end = len(self.drawn.wires) - 1 if v is self.order[-1] and self.drawn.boxes[-1].kind == "end" else -1
        return Step("seed", (f"Backward starts at {self.name(v)}:", itself), self.places[id(v)][0], end, changes=self.change(v))

    def backward(self, v: Value) -> None:
        """The steps by which a Value hands its gradient to its operands."""
        if not math.isclose(self.total[id(v)], v.grad, rel_tol=1e-9) and not math.isnan(v.grad):
            self.unseen(v)
        given = contributions(v)
        inputs = [i for i, (x, _, _) in enumerate(given) if type(x) is Value]
        for k, group in groupby(inputs, key=lambda i: self.wires.get((id(v), i), -1)):
            together = list(group)
            if k >= 0 and self.drawn.boxes[self.drawn.wires[k].tail].values:
                self.steps.append(self.product(v, together[0], k))
            elif k >= 0:
                self.steps.append(self.products(v, together, k))

    def product(self, v: Value, i: int, wire: int) -> Step:
        """A gradient times a local derivative, added to what the operand has got."""
        x, partial, passed = contributions(v)[i]
        assert type(x) is Value  # noqa: S101  (mypy)
        assert partial is not None  # noqa: S101
        assert passed is not None  # noqa: S101
        product = f"{number(v.grad)} × {factor(number(partial))} = {number(passed)}"
        if v.grad == 0:
            product = "nothing comes in (0): nothing is passed on"
        words = (f"{self.name.partial(v, i)} = {number(partial)};", product, self.added(x, passed))
        return Step("backward", words, self.places[id(v)][-1], wire, product if v.grad else "0", self.change(x))

    def products(self, v: Value, operands: list[int], wire: int) -> Step:
        """The same for the operands that have no wire of their own."""
        given, changed = contributions(v), {}
        for i in operands:
            x, _, passed = given[i]
            if type(x) is Value and passed is not None:
                self.total[id(x)] += passed
                changed.update(dict(self.change(x)))
        words = (f"{len(operands):,} more operands of {self.name(v)}:", f"{number(v.grad)} × each one's local derivative")
        return Step("backward", words, self.places[id(v)][-1], wire, "", tuple(changed.items()))

    def unseen(self, x: Value) -> None:
        """What came back through wires that are not drawn."""
        words = ("Through what is not drawn:", self.added(x, x.grad - self.total[id(x)]))
        self.steps.append(Step("backward", words, self.places[id(x)][0], -1, "", self.change(x)))

    def added(self, x: Value, passed: float) -> str:
        before = self.total[id(x)]
        self.total[id(x)] = before + passed
        return f"→ gradient of {self.name(x)}: {number(before)} → {number(before + passed)}"

    def change(self, v: Value) -> tuple[tuple[int, float], ...]:
        return tuple((box, self.total[id(v)]) for box in self.places.get(id(v), ())[:1])
