"""What a page needs to compute its graph anew when a leaf is changed: the graph as a list, its sentences with slots for numbers.

The operations themselves are printed from the table (see `autograd.javascript`), and ``live.js`` runs them. A sentence comes from
the story that the page tells anyway (see `viz.page.steps`), told once more with a slot in the place of each number: it stands
nowhere twice. A slot is a letter, the place of a Value in the graph, and of some the place of one of its operands:

- ``v3`` the number of Value 3, ``e3`` the same to the last bit, ``g3`` its gradient;
- ``d3.0`` the derivative of Value 3 by its operand 0, ``p3.0`` what it passes back to that, ``b3.0`` and ``a3.0`` the operand's
  gradient before and after that; of operand -1 the gradient of the Value itself, with what came to it without a wire.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import product

from autograd.errors import explained
from autograd.javascript import key, printed
from autograd.value import HOLDS_CHOICE, IS_TERM, MADE_BY_RULE, Value, flags_of, members
from viz.language import say
from viz.page.steps import make_room, story, widen
from viz.shapes import Text
from viz.words import SLOT, cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from autograd.operation import Operation
    from viz.page.steps import Replay, Step
    from viz.shapes import Picture, Wire

SIZES = (1.0, 2.0, 0.5, 3.0, 0.25, 1.5, 7.5, 50.0, 171.0, 200.0, 720.0, 1e5, 1e17, 1e155, 1e200, 1e307, 1e-200, 1e-310, 5e-324)
USUAL = (-0.12345, -1234.5)
"""Numbers as long as most."""
LAST = re.compile(r"[+−]?(?:\d[\d.]*(?:e−?\d+)?|inf|nan)$")
"""The number that a text ends with."""
PLACES = re.compile(r"(?:\.(\d\d?)f)?")
"""The formats of numbers that a page knows."""
NUMBERS = (*SIZES, *(-x for x in SIZES), 0.0, -0.0, math.inf, -math.inf)
"""Where an operation is asked whether it raises: ordinary numbers first."""


def kind(x: float) -> str:
    """A number as far as an error may hang on it: its sign, or that it is infinite or nan."""
    if x != x:  # noqa: PLR0124  (nan)
        return "n"
    return ("I" if x > 0 else "i") if math.isinf(x) else "+" if x > 0 else "-" if x < 0 else "0"


FOLDED = "the graph is folded; collapse=None draws all of it"
OLD = "out of date: call forward()"
FORMAT = "a browser writes numbers with four digits, or in a format such as '.3f'"
SHARES = "what rounding does is worked out in Python; a page without rounding= has leaves that change"
REASONS = (FOLDED, OLD, FORMAT, SHARES)
"""Why they stay as they are: phrases."""


@dataclass(frozen=True)
class Model:
    """A graph as the script of its page has it: what it is told, and what the operations are in JavaScript.

    It is told of the nodes in the order of evaluation. A leaf or a plain number is a text that JavaScript reads as a number; a
    computed Value is a list: its operation, the places of its operands, and what it raises, if it may. `place` is that of each
    Value, by identity.
    """

    place: dict[int, int]
    script: str
    told: dict[str, Any]


def model_of(again: Replay, number_format: str, *, heat: bool, folded: bool = False) -> Model | str:
    """The model of a graph, or in words why there is none."""
    places = PLACES.fullmatch(number_format)
    if again.age.remark or places is None:
        return OLD if again.age.remark else FORMAT
    if folded:
        return FOLDED
    order = members(again.root)
    try:
        script = printed((v.entry, len(v.operands)) for v in order if v.op)
    except TypeError as error:
        return str(error)
    nodes, place = _listed(order)
    told = {
        "nodes": nodes, "start": place[id(again.start)], "seed": again.start.grad, "places": int(places[1] or -1), "heat": heat,
    }  # fmt: skip
    return Model(place, script, told)


def _listed(order: Sequence[Value]) -> tuple[list[Any], dict[int, int]]:
    """The nodes of a graph, plain numbers before what is computed from them, and the place of each Value."""
    nodes: list[Any] = []
    place: dict[int, int] = {}
    asked: dict[tuple[Any, ...], dict[str, Exception]] = {}
    for v in order:
        operands = []
        for x in v.operands:
            if type(x) is not Value:
                nodes.append(_number(x))
            operands.append(place[id(x)] if type(x) is Value else len(nodes) - 1)
        place[id(v)] = len(nodes)
        nodes.append([key(v.entry, len(operands)), operands] if v.op else _number(v.data))
        if v.op and not (flags_of(v) & MADE_BY_RULE or v.entry.many or v.entry.composite):
            plain = tuple(None if type(x) is Value else float(x) for x in v.operands)
            if (v.entry, plain) not in asked:
                asked[v.entry, plain] = raised(v.entry, plain)
            if errors := asked[v.entry, plain]:
                nodes[-1].append(_told(v, operands, errors))
    return nodes, place


def _number(x: float) -> str:
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(float(x)), repr(float(x)))


def choices(order: Sequence[Value]) -> bool:
    """Whether something in a graph was chosen by number and stays as it is: a side of `where`, what `detach` took, a shift."""
    return any(v.op == "where" or flags_of(v) & (HOLDS_CHOICE | IS_TERM) for v in order)


def raised(entry: Operation, plain: Sequence[float | None]) -> dict[str, Exception]:
    """What an operation raises, by the kinds of its result in IEEE arithmetic and of its operands; `plain` has those that stay.

    It is asked at numbers of all kinds. In the reason of an error the number of operand 0 is ``{0}``.

    >>> from autograd.ops import TABLE
    >>> raised(TABLE["div"], [1.0, None])
    {'I+0': ZeroDivisionError('float division by zero'), 'i+0': ZeroDivisionError('float division by zero')}
    """
    found: dict[str, Exception] = {}
    for xs in product(*[NUMBERS if x is None else (x,) for x in plain]):
        try:
            entry.evaluate(*xs)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            told = kind(entry.ieee(*xs)) + "".join(map(kind, xs))
            if told not in found:
                reason = str(error.args[-1]) if error.args else ""
                for i, x in ((i, x) for i, x in enumerate(xs) if x):  # 0.0 is a word of some
                    reason = re.sub(rf"(?<![\w.]){re.escape(repr(x))}(?!\w)", f"{{{i}}}", reason)
                found[told] = type(error)(reason)
    return found


def _told(v: Value, places: Sequence[int], errors: dict[str, Exception]) -> dict[str, str]:
    """The engine's words for these errors of one Value, with slots for numbers; of each the kinds at which it is raised."""
    slots = [_Slot(k) for k in places]
    named = [(cut(printable(x.label)) if type(x) is Value else "", slot) for x, slot in zip(v.operands, slots, strict=True)]
    found: dict[str, str] = {}
    for kinds, error in errors.items():
        reason = str(error)
        for i, slot in enumerate(slots):
            reason = reason.replace(f"{{{i}}}", repr(slot))
        written, colon, rest = str(explained(type(error)(reason), v.entry, named)).partition(": ")
        if v.entry.infix:
            written = written.replace(f"{SLOT}e", f"{SLOT}(e")
        text = f"{type(error).__name__}: {written}{colon}{rest}"
        found[text] = f"{found.get(text, '')} {kinds}".strip()
    return found


class _Slot:
    """Stands for the number of a node in an error."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __repr__(self) -> str:
        return f"{SLOT}e{self.place}{SLOT}"


def told_of(drawn: Picture, again: Replay, model: Model) -> dict[str, Any]:
    """What the script is told of one picture, which gets room for it: what boxes and wires stand for, sentences with slots."""
    place, steps = model.place, story(drawn, again, model.place)
    leave_room(drawn, steps, again.write)
    leaves = [box.values[0] for box in drawn.boxes if box.values and not box.values[0].op]
    root = again.root
    headline = drawn.title.removesuffix(again.write(root.data))
    return {
        "boxes": [place[id(box.values[0])] if box.values else -1 for box in drawn.boxes],
        "wires": [_link(wire, drawn, place) for wire in drawn.wires],
        "steps": [_step(step, place) for step in steps],
        "leaves": [[place[id(v)], again.name(v)] for v in dict.fromkeys(leaves)],
        "title": f"{headline}{SLOT}v{place[id(root)]}{SLOT}",
        "result": [place[id(root)], again.name(root)],
        "frozen": say("What where(), detach() or softmax() chose stays as it was.") if choices(members(root)) else "",
    }


def leave_room(drawn: Picture, steps: Sequence[Step], write: Callable[[float], str]) -> None:
    """Make room in a picture for numbers of the usual lengths in the place of those that it shows."""
    wide = max(map(write, USUAL), key=lambda written: Text(written, "value").width)

    def roomy(text: Text) -> Text:
        return replace(text, room=max(text.width, Text(LAST.sub(wide, text.content), text.kind).width))

    changed = [tuple(replace(each, written=LAST.sub(wide, each.written)) for each in step.changes) for step in steps]
    make_room(drawn, [replace(step, changes=changes) for step, changes in zip(steps, changed, strict=True)])
    for box in (box for box in drawn.boxes if box.kind == "record"):
        before = sum(text.width for text in box.texts)
        box.texts = tuple(roomy(text) if text.kind == "value" else text for text in box.texts)
        widen(box, sum(text.width for text in box.texts) - before, drawn.direction)
    for wire in drawn.wires:
        wire.above, wire.below, wire.partial = (each and roomy(each) for each in (wire.above, wire.below, wire.partial))


def _step(step: Step, place: dict[int, int]) -> list[Any]:
    """Its words, its links, and whether a product stands on its wire: the second of the words."""
    return [step.words, [[place[id(v)], i] for v, i in step.links], int(bool(step.product))]


def _link(wire: Wire, drawn: Picture, place: dict[int, int]) -> list[int]:
    """The Value that a wire leads to, and the place of its operand; at an end the Value alone, of several operands nothing."""
    if len(wire.links) == 1:
        ((v, i),) = wire.links
        return [place[id(v)], i]
    if wire.links or drawn.boxes[wire.head].kind != "end":
        return []
    return [place[id(drawn.boxes[wire.tail].values[0])]]
