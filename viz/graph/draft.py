"""From a graph to a picture: which boxes and wires there are, what is written on them, how large they are.

Nothing here knows where a box will stand (see `layout`) or how it is painted (see `paint`).
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from itertools import islice

from autograd.value import Value, members, operation_of
from viz.words import DASH, alarming, applied, cut, exact, number, pixels, printable, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from viz.explanation import Explanation

    Highlight: TypeAlias = Explanation | Iterable[tuple[Value, int]]

STYLES = ("textbook", "record")
DIRECTIONS = ("LR", "TB")
SIZES = {"name": 13.0, "value": 12.0, "grad": 12.0, "constant": 11.0, "note": 11.0, "symbol": 15.0}
"""The size of each kind of text."""
LINE = 16.0
"""From one line of text to the next."""
CIRCLE = 30.0
PORT = 12.0
"""The least distance of two arrow heads at one operation."""
MOST_WIRES = 8
"""So many operands of one operation are drawn."""
MOST_BOXES = 500
"""A graph of more boxes is folded, as far as nothing else is said."""
MOST_IN_SCOPES = 100
"""A graph of more boxes that was made in scopes is folded: it has a form that can be read better."""
ASIDE = 7.0
"""From a wire that runs down to the numbers beside it."""
THIN, WIDE = 1.4, 5.0
"""Wires with heat: of a gradient a thousand times smaller than the largest, and of the largest."""


class TooLargeError(ValueError):
    """The graph has more boxes than can be read."""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text: `kind` is a key of `SIZES`, `alarm` says that a number is nan or infinite."""

    content: str
    kind: str
    alarm: bool = False

    @property
    def width(self) -> float:
        """About how wide it is, in pixels."""
        return pixels(self.content, SIZES[self.kind])


@dataclass(slots=True)
class Box:
    """A leaf, a constant, an operation, a record, the result's arrow ("end") or what is left out ("more").

    An operation is a circle of `body` pixels (long symbols and many operands make it a rounded box) amid the room for its
    name above and its gradient below. `values` are those that the box stands for.

    A "group" is a folded part of a large graph, and `group` what it is called, such as ``"layer0 call 3 / neuron1"``: drawn again
    with that name in `opened`, the picture shows what is inside. `within` is the opened group that a box is part of, if any.
    """

    kind: str
    texts: tuple[Text, ...]
    tooltip: str
    width: float = 0.0
    height: float = 0.0
    body: tuple[float, float] = (0.0, 0.0)
    caption: Text | None = None
    note: Text | None = None
    inputs: int = 0
    values: tuple[Value, ...] = ()
    group: str = ""
    within: str = ""


@dataclass(slots=True)
class Wire:
    """From box `tail` to place `port` of box `head`, with a number above it, one below it, and the local derivative beside that.

    An `upright` wire runs down, with the numbers on its left and on its right. `links` are the operands that it stands for: each
    the Value computed from it, and its place among that Value's operands. `gradient` is what flows back through it; where that is
    several numbers of both signs, the sign is `mixed`. `tone` is the colour of its sign, if it shows heat.
    """

    tail: int
    head: int
    port: int = 0
    above: Text | None = None
    below: Text | None = None
    tooltip: str = ""
    quiet: bool = False
    links: tuple[tuple[Value, int], ...] = ()
    highlighted: bool = False
    partial: Text | None = None
    upright: bool = False
    gradient: float | None = None
    mixed: bool = False
    tone: str = ""
    thickness: float = THIN

    @property
    def width(self) -> float:
        """The room for its numbers."""
        if not (self.above or self.below or self.partial):
            return 0.0
        above, below, partial = (text.width if text else 0.0 for text in (self.above, self.below, self.partial))
        if self.upright:
            return 2 * max(above, below, partial) + 2 * ASIDE + 4
        return max(above, below + partial + (ASIDE if below and partial else 0.0)) + 6

    @property
    def height(self) -> float:
        """The room for its numbers."""
        if self.upright:
            return LINE * (1 + bool(self.below and self.partial)) + 4
        return 2 * LINE if self.width else 8.0


@dataclass(slots=True)
class Picture:
    """Boxes, the wires between them by number, and what a screen reader says; the remark stands below the picture."""

    style: str
    title: str
    description: str
    boxes: list[Box] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    remark: str = ""
    direction: str = "LR"

    def add(self, box: Box) -> int:
        """The number of a new box."""
        self.boxes.append(box)
        return len(self.boxes) - 1


def picture(root: Value, style: str = "textbook", **options: Any) -> Picture:
    """The picture of all that `root` is computed from; the options are those of `pictures`."""
    return pictures(root, (style,), **options)[0]


def pictures(
    root: Value,
    styles: Sequence[str],
    *,
    names: Mapping[str, object] | None = None,
    show_constants: bool = True,
    max_boxes: int | None = MOST_BOXES,
    highlight: Highlight = (),
    collapse: int | str | None = "auto",
    opened: Iterable[str] = (),
    direction: str = "LR",
    heat: bool = False,
    partials: bool = False,
    number_format: str = "",
) -> list[Picture]:
    """The pictures of all that `root` is computed from, one in each style.

    `names` gives names to Values without a label, as ``names=locals()`` does. With ``max_boxes=None`` nothing is left out. The
    wires of `highlight` (see `pairs_of`) stand out.

    Above `max_boxes`, and above 100 boxes if it was made in scopes, a graph is folded by them: down to the depth that can be read
    best, or to the depth `collapse`, which folds smaller graphs too; ``collapse=None`` never folds, and raises `TooLargeError`
    above `max_boxes`. `opened` names the groups (`Box.group`) that are drawn open all the same; names of groups that are not
    there are ignored.

    Wires run in the `direction` "LR" or "TB"; with `heat` they are coloured by the sign of what flows back and are the wider the
    greater it is, with `partials` they carry the local derivative. Numbers are written by `number_format`, such as ".2f".
    """
    if type(root) is not Value:
        given = f"the class {root.__name__}" if isinstance(root, type) else f"a {type(root).__name__}"
        message = f"a picture is drawn of a Value, or of a network such as a module of nn, not of {given}"
        raise TypeError(message)
    for style in styles:
        known_style(style)
    lit = pairs_of(highlight)
    most_wires = sys.maxsize if max_boxes is None else MOST_WIRES
    look = Look(known_direction(direction), known_format(number_format), most_wires, show_constants, heat, partials)
    drafter = _drafter(root, naming(names), look, known_depth(collapse), opened, sys.maxsize if max_boxes is None else max_boxes)
    drawn = [drafter.picture_in(style) for style in styles]
    heads = {v for v, _ in lit}
    for each in drawn if lit else ():
        for wire in each.wires:
            links = {(id(v), i) for v, i in wire.links}
            wire.highlighted = bool(links & lit) if links else any(id(v) in heads for v in each.boxes[wire.tail].values)
    return drawn


@dataclass(frozen=True, slots=True)
class Look:
    """What is chosen of a picture, whatever its style."""

    direction: str
    number_format: str
    most_wires: int
    show_constants: bool
    heat: bool
    partials: bool


def _drafter(
    root: Value, names: Mapping[int, str], look: Look, collapse: int | str | None, opened: Iterable[str], max_boxes: int
) -> Drafter:
    """What draws up the picture, folded or not."""
    drafter = Drafter(root, names, look)
    if not isinstance(collapse, int):
        in_scopes = collapse is not None and any(v.scope for v in drafter.order)
        try:
            drafter.prepare(min(max_boxes, MOST_IN_SCOPES) if in_scopes else max_boxes)
        except TooLargeError:
            if collapse is None:
                raise
        else:
            return drafter
    from viz.graph.folded import FoldedDrafter

    folded = FoldedDrafter(root, names, look)
    folded.fold(collapse if isinstance(collapse, int) else None, frozenset(opened), max_boxes)
    return folded


def known_direction(direction: str) -> str:
    """`ValueError` for a direction that there is not."""
    if direction not in DIRECTIONS:
        message = f"direction is {' or '.join(DIRECTIONS)}, not {direction!r}"
        raise ValueError(message)
    return direction


def known_format(number_format: str) -> str:
    """`ValueError` for what is no format of a float."""
    try:
        format(1.0, number_format)
    except (ValueError, TypeError):
        message = f"number_format is a format of floats, such as '.2f', not {number_format!r}"
        raise ValueError(message) from None
    return number_format


def known_depth(collapse: int | str | None) -> int | str | None:
    """What a picture is folded by: "auto", a depth, or None. `TypeError` or `ValueError` for anything else."""
    if collapse is None or collapse == "auto":
        return collapse
    if isinstance(collapse, (bool, str)) or not hasattr(collapse, "__index__"):
        message = f"collapse is a depth of scopes, 'auto' or None, not {collapse!r}"
        raise TypeError(message)
    if collapse < 0:
        message = f"collapse is a depth of scopes from 0 on, not {collapse}"
        raise ValueError(message)
    return int(collapse)


def warm(wires: Iterable[Wire]) -> None:
    """Colour wires by the sign of their gradients, and widen them by magnitude, over three decades below the largest."""
    through = [(wire, abs(wire.gradient)) for wire in wires if wire.gradient and math.isfinite(wire.gradient)]
    largest = max((size for _, size in through), default=0.0)
    for wire, size in through:
        share = max(0.0, 1.0 + math.log10(size / largest) / 3.0) if size / largest > 0 else 0.0
        wire.thickness = round(THIN + (WIDE - THIN) * share, 2)
        wire.tone = "" if wire.mixed else "plus" if (wire.gradient or 0.0) > 0 else "minus"


def known_style(style: str) -> None:
    """`ValueError` for a style that there is not."""
    if style not in STYLES:
        message = f"there is no style {style!r}; the styles are {' and '.join(STYLES)}"
        raise ValueError(message)


def naming(names: Mapping[str, object] | None) -> dict[int, str]:
    """The name of each Value among variables and in lists among them, by identity.

    >>> x, w = Value(1.0), [Value(2.0), Value(3.0)]
    >>> found = naming({"x": x, "w": w, "_": x})
    >>> found[id(x)], found[id(w[1])]
    ('x', 'w[1]')
    """
    found: dict[int, str] = {}
    if names is not None and not hasattr(names, "items"):
        message = f"names is a mapping from names to Values, such as locals(), not a {type(names).__name__}"
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


def pairs_of(highlight: Highlight) -> set[tuple[int, int]]:
    """The wires of an `Explanation`, or pairs of a Value and the number of one of its operands, by the Value's identity.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> pairs_of([(y, 1)]) == {(id(y), 1)}
    True
    """
    try:
        given: Any = getattr(highlight, "wires", highlight)
        pairs = [(v, i) for v, i in given]
        if all(type(v) is Value and 0 <= i < len(v.operands) for v, i in pairs):
            return {(id(v), i) for v, i in pairs}
    except (TypeError, ValueError):
        pass
    message = f"highlight is what viz.explain returned, or pairs of a Value and the number of its operand, not {highlight!r}"
    raise TypeError(message)


def contributions(v: Value) -> list[tuple[Value | float, float | None, float | None]]:
    """Each operand of a Value with the partial derivative by it and what it was passed, as far as there are such.

    >>> x = Value(3.0)
    >>> y = x * 2
    >>> [(partial, passed) for _, partial, passed in contributions(y)]
    [(2.0, None), (None, None)]
    """
    partials = iter(v.partials)
    reached, g = v._reached, v.grad
    gate = v.op != "" and operation_of(v).choice  # what is closed passes nothing on, even of an infinite gradient
    result: list[tuple[Value | float, float | None, float | None]] = []
    for x in v.operands:
        if type(x) is Value:
            partial = next(partials)
            nothing = g == 0 or (gate and partial == 0)
            result.append((x, partial, (0.0 if nothing else g * partial) if reached else None))
        else:
            result.append((x, None, None))
    return result


def reading_order(v: Value, operands: Sequence[object]) -> list[int]:
    """The operands' places in the order of writing: a dot product keeps all weights before all inputs."""
    if v.op != "dot":
        return list(range(len(operands)))
    n = len(operands) // 2
    return [i for k in range(n) for i in (k, n + k)] + list(range(2 * n, len(operands)))


class Drafter:
    """Draws up the picture of one graph: the state that its steps share. `names` has names of Values, by identity."""

    def __init__(self, root: Value, names: Mapping[int, str], look: Look) -> None:
        self.root, self.names, self.look = root, names, look
        self.order = members(root)
        self.uses: dict[int, int] = {}
        self.passed: dict[int, float | None] = {}

    def prepare(self, max_boxes: int) -> None:
        """What is the same in every style. Raises `TooLargeError` above so many boxes."""
        self.seen = self.shown(max_boxes)
        constants = sum(type(v.operands[i]) is not Value for v in self.seen for i in self.drawn(v)[: self.look.most_wires])
        if len(self.seen) + constants > max_boxes:
            raise self.too_large(max_boxes)
        self.sum_up()

    def picture_in(self, style: str) -> Picture:
        """The picture in this style."""
        self.style = style
        self.picture = Picture(style, self.headline(), "", direction=self.look.direction)
        self.place: dict[int, int] = {}
        self.draw()
        if style == "textbook":
            self.finish()
        if self.look.heat:
            warm(self.picture.wires)
        return self.picture

    def draw(self) -> None:
        """All boxes and wires, and what is said of them."""
        self.picture.description = self.summary(self.seen)
        for v in self.seen:
            self.value(v)

    def value(self, v: Value) -> None:
        """What stands for one Value, with the wires into it."""
        if self.style == "textbook":
            self.textbook(v)
        else:
            self.record(v)

    def too_large(self, max_boxes: int) -> TooLargeError:
        """The error for a graph that cannot be read."""
        many = f"{len(self.order):,} values are too many to be read"
        return TooLargeError(f"{many}: a picture has up to {max_boxes:,} boxes (max_boxes=)")

    def shown(self, max_boxes: int) -> list[Value]:
        """The Values that the root is reached from over wires that are drawn, oldest first."""
        kept = {id(self.root)}
        for v in reversed(self.order):
            if id(v) in kept:
                operands = v.operands
                kept.update(id(operands[i]) for i in self.drawn(v)[: self.look.most_wires] if type(operands[i]) is Value)
                if len(kept) > max_boxes:
                    raise self.too_large(max_boxes)
        return [v for v in self.order if id(v) in kept]

    def drawn(self, v: Value) -> list[int]:
        """The places of the operands that have a wire, or are counted among the rest."""
        operands = v.operands
        return [i for i in reading_order(v, operands) if self.look.show_constants or type(operands[i]) is Value]

    def sum_up(self) -> None:
        """Count the uses of each Value and add up what came back through its wires."""
        for v in self.order:
            for x, _, passed in contributions(v):
                if type(x) is Value:
                    self.count(x, passed)

    def count(self, x: Value, passed: float | None) -> None:
        """One more use of a Value."""
        total = self.passed.get(id(x), 0.0)
        self.uses[id(x)] = self.uses.get(id(x), 0) + 1
        self.passed[id(x)] = None if total is None or passed is None else total + passed

    # What is said of a Value.

    def name(self, v: Value) -> str:
        """Its label, or the caller's name for it."""
        return printable(v.label or self.names.get(id(v), ""))

    def spoken(self, x: Value | float) -> str:
        """The name of an operand, or its number."""
        return (self.name(x) or self.word(x.data)) if type(x) is Value else self.word(x)

    def grad(self, v: Value) -> float | None:
        """Its gradient, if a backward pass came by."""
        return v.grad if v._reached else None

    def headline(self) -> str:
        """The title of the picture."""
        return f"{cut(self.name(self.root)) or 'value'} = {self.word(self.root.data)}"

    def summary(self, shown: list[Value]) -> str:
        """What a screen reader says of the picture."""
        hidden = len(self.order) - len(shown)
        said = f"{len(self.order):,} values{f', {hidden:,} of them not drawn' if hidden else ''}."
        return " ".join([said, *self.gradients_by(shown)])

    def gradients_by(self, shown: Sequence[Value]) -> list[str]:
        """The gradient by each named input, a sentence each."""
        inputs = islice((v for v in shown if not v.op and self.name(v)), 20) if self.root._reached else ()
        return [f"Gradient by {cut(self.name(v))}: {self.word(v.grad)}." for v in inputs]

    def word(self, x: float) -> str:
        """A number as it is written."""
        return format(x, self.look.number_format).replace("-", "−") if self.look.number_format else number(x)

    def grad_word(self, g: float | None) -> str:
        """A gradient as it is written: with heat it has its sign, for eyes that do not tell the colours apart."""
        return DASH if g is None else f"{'+' if self.look.heat and g > 0 else ''}{self.word(g)}"

    def tooltip(self, v: Value) -> str:
        """Name, formula, number and gradient to the last bit."""
        lines = [self.name(v)] if self.name(v) else []
        if v.op:
            names = [cut(self.spoken(x)) for x in v.operands]
            lines.append("= " + applied(operation_of(v), [names[i] for i in reading_order(v, names)]))
        return "\n".join([*lines, f"data {v.data!r}", f"grad {exact(self.grad(v))}"])

    def gradient_note(self, v: Value, *, always: bool) -> Text | None:
        """The gradient as its box tells it: where wires meet, and where they do not explain all of it."""
        g, passed = self.grad(v), self.passed.get(id(v))
        explained = g is None or passed is None or math.isclose(g, passed, rel_tol=1e-9) or math.isnan(g)
        if explained and not always and self.uses.get(id(v), 0) < 2:
            return None
        more = "" if explained or passed is None else f" ({self.word(passed)} by these wires)"
        return Text(f"grad {self.grad_word(g)}{more}", "grad", alarming(g))

    # The two styles.

    def textbook(self, v: Value) -> None:
        """A circle or a leaf, with the wires into it."""
        note = self.gradient_note(v, always=False)
        name = Text(cut(self.name(v)), "name") if self.name(v) else None
        if v.op:
            place = self.place[id(v)] = self.picture.add(self.operation(v, name if v is not self.root else None, note))
            self.operands(v, place)
            return
        texts = tuple(text for text in (name, note) if text)
        box = Box("leaf" if name else "dot", texts, self.tooltip(v), values=(v,))
        box.width = max((text.width + 16 for text in texts), default=8.0)
        box.height = LINE * len(texts) + 8 if name else 8.0 + 2 * LINE * len(texts)
        box.body = (box.width, box.height) if name else (8.0, 8.0)
        if self.look.direction == "TB" and not name:
            box.width, box.height = 8.0 + sum(2 * (text.width + ASIDE) for text in texts), max(8.0, LINE * len(texts))
        self.place[id(v)] = self.picture.add(box)

    def finish(self) -> None:
        """The arrow that leaves the result, with its name at the end."""
        root, name = self.root, cut(self.name(self.root))
        texts = (Text(name, "name"),) if name and root.op else ()
        end = self.picture.add(Box("end", texts, self.tooltip(root), max([4.0, *(text.width + 8 for text in texts)]), LINE + 4))
        wire = Wire(self.place[id(root)], end, tooltip=self.tooltip(root), upright=self.look.direction == "TB")
        wire.above, wire.below, wire.gradient = self.value_text(root), self.grad_text(self.grad(root)), self.grad(root)
        self.picture.wires.append(wire)

    def record(self, v: Value) -> None:
        """A record, and the operation before it."""
        texts = [Text(cut(self.name(v)), "name")] if self.name(v) else []
        texts.append(Text(f"data {self.word(v.data)}", "value", alarming(v.data)))
        texts += [note] if (note := self.gradient_note(v, always=True)) else []
        width = sum(text.width + 16 for text in texts)
        record = Box("record", tuple(texts), self.tooltip(v), width, LINE + 10, inputs=1 if v.op else 0, values=(v,))
        box = self.place[id(v)] = self.picture.add(record)
        if v.op:
            place = self.picture.add(self.operation(v, None, None))
            self.picture.wires.append(Wire(place, box, quiet=True, gradient=self.grad(v)))
            self.operands(v, place)

    def operation(self, v: Value, caption: Text | None, note: Text | None) -> Box:
        """The circle of an operation."""
        drawn = Text(symbol(operation_of(v)), "symbol" if len(symbol(operation_of(v))) <= 2 else "name")
        inputs = self.ports(v)
        room, around = PORT * inputs + 4, [text for text in (caption, note) if text]
        if self.look.direction == "LR":
            body = (max(CIRCLE, drawn.width + 16), max(CIRCLE, room))
            width, height = max([body[0], *(text.width for text in around)]), body[1] + (2 * LINE if around else 0)
        else:
            body = (max(CIRCLE, drawn.width + 16, room), CIRCLE)
            width, height = body[0] + max([0.0, *(2 * (text.width + ASIDE) for text in around)]), max(body[1], LINE * len(around))
        return Box("operation", (drawn,), self.tooltip(v), width, height, body, caption, note, inputs, (v,))

    def ports(self, v: Value) -> int:
        """How many wires end at an operation."""
        wires = len(self.drawn(v))
        return min(wires, self.look.most_wires) + (wires > self.look.most_wires)

    def operands(self, v: Value, head: int) -> None:
        """The wires into an operation."""
        given = contributions(v)
        places = self.drawn(v)
        for port, i in enumerate(places[: self.look.most_wires]):
            x, partial, passed = given[i]
            if type(x) is Value:
                wire = self.wire(v, x, head, port, partial, passed)
            else:
                wire = Wire(self.constant(x), head, port, quiet=True)
            wire.links = ((v, i),)
            self.picture.wires.append(wire)
        if left_out := places[self.look.most_wires :]:
            self.more(head, [(v, i) for i in left_out])

    def more(self, head: int, links: Sequence[tuple[Value, int]]) -> None:
        """What stands for the operands that are not drawn."""
        rest = Text(f"and {len(links):,} more", "note")
        more = self.picture.add(Box("more", (rest,), rest.content, rest.width + 6, LINE))
        self.picture.wires.append(Wire(more, head, self.look.most_wires, quiet=True, links=tuple(links)))

    def constant(self, x: Value | float) -> int:
        """The box of a plain number."""
        text = Text(self.spoken(x), "constant", alarming(x if isinstance(x, float) else None))
        return self.picture.add(Box("constant", (text,), f"constant {x!r}", text.width + 6, LINE))

    def wire(self, v: Value, x: Value, head: int, port: int, partial: float | None, passed: float | None) -> Wire:
        """The wire of one operand."""
        said = f"∂{cut(self.name(v)) or symbol(operation_of(v))}/∂{cut(self.spoken(x))} = {exact(partial)}"
        if passed is not None:
            said += f"\n{v.grad!r} × {partial!r} = {passed!r} passed back"
        wire = Wire(self.place[id(x)], head, port, tooltip=said, upright=self.look.direction == "TB", gradient=passed)
        if self.look.partials and partial is not None:
            wire.partial = Text(f"∂ {self.word(partial)}", "note", alarming(partial))
        if self.style == "textbook":
            wire.above, wire.below = self.value_text(x), self.grad_text(passed)
        elif self.uses[id(x)] > 1 and passed is not None:
            wire.below = self.grad_text(passed)
        return wire

    def value_text(self, x: Value) -> Text:
        """The number of a Value."""
        return Text(self.word(x.data), "value", alarming(x.data))

    def grad_text(self, g: float | None) -> Text:
        """A gradient, or a dash."""
        return Text(self.grad_word(g), "grad", alarming(g))
