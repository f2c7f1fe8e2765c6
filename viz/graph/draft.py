"""From a graph to a picture: which boxes and wires there are, what is written on them, how large they are; and the styles.

Nothing here knows where a box will stand (see `layout`) or how it is painted (see `paint`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import islice

from autograd.value import Value, members
from viz.called import Names, factor, with_constants
from viz.graph.emphasis import focus_on, light, warm
from viz.language import say
from viz.reading import MOST_WIRES, Age, contributions, grad_of, name_of, one_of, pairs_of, reading_order
from viz.shapes import ASIDE, LINE, Box, Picture, Text, TooLargeError, Wire
from viz.source import line_told, lines_told, listing_of, place_of
from viz.words import DASH, alarming, applied, cut, dated, exact, printable, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from viz.graph.shares import Shares
    from viz.shapes import Look
    from viz.source import Place
    from viz.symbols import Lettering

CIRCLE = 30.0
FEW_RESULTS = 4
"""So many results are told in the title."""
PORT = 12.0
"""The least distance of two arrow heads at one operation."""
FAR = 2000
"""A leaf whose wires would run past so many operations altogether is drawn beside each of them again."""


class Draft:
    """Draws up the picture of one graph: the state that its steps share. `names` has names of Values, by identity.

    The graph is all that `roots` are computed from. What stands for a Value, and which numbers its wires carry, is a matter of
    the style; of a graph with a title, such as a program's, there are none. `results` has names of roots. Of a copy, `origin` has
    what its Values are copies of, by identity.
    """

    def __init__(
        self, roots: Sequence[Value], names: Mapping[int, str], look: Look, results: Mapping[int, str], title: str
    ) -> None:
        self.roots, self.names, self.look, self.results = roots, names, look, results
        self.numbers, self.title = not title, title
        self.ends = {id(root) for root in roots}
        self.order = members(*roots)
        self.most_wires = sys.maxsize if look.max_boxes is None else MOST_WIRES
        self.uses: dict[int, int] = {}
        self.passed: dict[int, float | None] = {}
        self.repeated: set[int] = set()
        self.lit = pairs_of(look.highlight)
        self.origin: Mapping[int, Value] = {}

    @cached_property
    def age(self) -> Age:
        """What of the graph is out of date."""
        return Age(*(self.roots if self.numbers else ()))

    def prepare(self, max_boxes: int) -> None:
        """What is the same in every style. Raises `TooLargeError` above so many boxes."""
        self.seen = self.shown(max_boxes)
        constants = sum(type(v.operands[i]) is not Value for v in self.seen for i in self.drawn(v)[: self.most_wires])
        if len(self.seen) + constants > max_boxes:
            raise self.too_large(max_boxes)
        self.sum_up()
        if self.look.max_boxes is not None:
            self.repeated = self.far()

    def box_of(self, x: Value) -> int:
        """The number of its box."""
        return self.place[id(x)]

    def anew(self) -> Self:
        """The same, for a picture in another language."""
        again = copy(self)
        again.__dict__.pop("remarks", None)
        return again

    def picture_in(self, style: type[Style]) -> Picture:
        """The picture in this style."""
        self.picture = Picture(self.headline(), "", direction=self.look.direction)
        self.place: dict[int, int] = {}
        self.wired: set[int] = set()
        self.style = style(self)
        self.draw()
        self.style.finish()
        return self.finished()

    def finished(self) -> Picture:
        """The picture, with wires that stand out as the look says."""
        if self.look.heat:
            warm(self.picture.wires)
        for wire in self.picture.wires if self.look.backward else ():
            wire.back = wire.gradient is not None
        if self.shares:
            self.shares.shade(self.picture.boxes)
        self.picture.caption = [*(self.shares.legend(self.look.word) if self.shares else ()), *self.listing()]
        if self.lit:
            light(self.picture, self.lit)
        if self.focus is not None:
            self.picture.description += " " + say("In focus: {}.", self.called(self.focus))
            focus_on(self.picture, self.focus)
        return self.picture

    @cached_property
    def focus(self) -> Value | None:
        """The Value in focus, if there is one."""
        wished = getattr(self.look.focus, "node", self.look.focus)
        return None if wished is None else one_of(self.order, wished, self.names, "focus")

    @cached_property
    def shares(self) -> Shares | None:
        """How much of a bound on the result's error each Value's own rounding makes, if that is wished."""
        if self.look.rounding is False:
            return None
        from viz.graph.shares import Shares

        return Shares(self.roots, 0.0 if self.look.rounding is True else self.look.rounding)

    # In which line of the user's program something was made.

    def line(self, v: Value) -> Place | None:
        """That of a Value."""
        return place_of(self.origin.get(id(v), v))

    @cached_property
    def places(self) -> set[Place]:
        """The lines of all Values, if they are to be shown."""
        return {place for v in self.order if (place := self.line(v))} if self.look.lines else set()

    def asides(self, values: Sequence[Value]) -> tuple[Text, ...]:
        """What a box tells besides: the lines in which it was made, and its share if that is large."""
        told = lines_told([place for v in values if (place := self.line(v))], self.places) if self.places else ""
        share = self.shares.note(values) if self.shares else ""
        return tuple(Text(text, "note") for text in (told, share) if text)

    def listing(self) -> list[list[Text]]:
        """The lines themselves, below the picture."""
        return [[Text(text, "note")] for text in listing_of(self.places)]

    def draw(self) -> None:
        """All boxes and wires, and what is said of them."""
        self.picture.description = self.summary(self.seen)
        self.picture.remark = "; ".join(self.remarks)
        for v in self.seen:
            self.style.value(v)

    @cached_property
    def remarks(self) -> list[str]:
        """What is to be said below the picture."""
        told = [self.age.remark] if self.age.remark else []
        if self.focus is not None and (why := getattr(self.look.focus, "why", "")):
            place = self.line(self.focus)
            told.append(f"{why} ({line_told(place)})" if place else why)
        if self.look.lines and not self.places:
            told.append(say("no lines are known: compute inside 'with lines():'"))
        asked = self.look.backward or self.look.rate is not None
        if asked and all(grad_of(v) is None for v in self.order):
            told.append(say("no gradient yet: call backward()"))
        if self.look.symbols and not self.symbols:
            told.append(say("formulas are written of one result, of up to 1,000 values, none of them folded"))
        return told

    @cached_property
    def symbols(self) -> Lettering | None:
        """What is written beside numbers, if that is wished: of one result, whose graph is drawn as it is."""
        if not self.look.symbols or len(self.roots) > 1:
            return None
        from viz.symbols import MOST_LETTERED, Lettering

        if len(self.order) > MOST_LETTERED:
            return None
        return Lettering(self.order, self.called, self.look.symbols if isinstance(self.look.symbols, str) else "")

    def too_large(self, max_boxes: int) -> TooLargeError:
        """The error for a graph that cannot be read."""
        many = f"{len(self.order):,} values are too many to be read"
        return TooLargeError(f"{many}: a picture has up to {max_boxes:,} boxes (max_boxes=)")

    def shown(self, max_boxes: int) -> list[Value]:
        """The Values that the root is reached from over wires that are drawn, oldest first."""
        kept = set(self.ends)
        for v in reversed(self.order):
            if id(v) in kept:
                operands = v.operands
                kept.update(id(operands[i]) for i in self.drawn(v)[: self.most_wires] if type(operands[i]) is Value)
                if len(kept) > max_boxes:
                    raise self.too_large(max_boxes)
        return [v for v in self.order if id(v) in kept]

    def drawn(self, v: Value) -> list[int]:
        """The places of the operands that have a wire, or are counted among the rest."""
        operands = v.operands
        beside = self.look.show_constants and not self.inside(v)
        return [i for i in reading_order(v, operands) if beside or type(operands[i]) is Value]

    def inside(self, v: Value) -> str:
        """What an operation's circle says together with plain numbers that stand in it, if that is wished and short."""
        return with_constants(v, self.look.word) if v.op and self.look.show_constants == "inside" else ""

    def sum_up(self) -> None:
        """Count the uses of each Value and add up what came back through its wires."""
        for v in self.order:
            for x, _, passed in contributions(v):
                if type(x) is Value:
                    self.uses[id(x)] = self.uses.get(id(x), 0) + 1
                    self.add_passed(x, passed)

    def add_passed(self, x: Value, passed: float | None) -> None:
        """Add up what came back to a Value."""
        total = self.passed.get(id(x), 0.0)
        self.passed[id(x)] = None if total is None or passed is None else total + passed

    def far(self) -> set[int]:
        """The leaves that are used all over a long graph: Graphviz takes a step for each operation that a wire runs past."""
        depth: dict[int, int] = {}
        uses: dict[int, list[int]] = {}
        for v in self.seen:
            inputs = [x for x in (v.operands[i] for i in self.drawn(v)[: self.most_wires]) if type(x) is Value]
            depth[id(v)] = max((depth[id(x)] + 1 for x in inputs), default=0)
            for x in inputs:
                if not x.op:
                    uses.setdefault(id(x), []).append(depth[id(v)])
        return {x for x, depths in uses.items() if sum(depths) - len(depths) * min(depths) > FAR}

    # What is said of a Value.

    def name(self, v: Value) -> str:
        """Its label, or the caller's name for it."""
        return name_of(v, self.names)

    @cached_property
    def called(self) -> Names:
        """What each Value is called in words, also if it has no name."""
        return Names(self.order, self.look.word, self.names)

    def headline(self) -> str:
        """The title of the picture."""
        said = [f"{cut(self.name(v)) or say('value')} = {self.look.word(v.data)}" for v in self.roots[:FEW_RESULTS]]
        told = ", ".join(dated(text, self.age.value(v)) for text, v in zip(said, self.roots))
        more = len(self.roots) - FEW_RESULTS
        return self.title or told + (say(" and {:,} more", more) if more > 0 else "")

    def summary(self, shown: list[Value]) -> str:
        """What a screen reader says of the picture."""
        hidden = len(self.order) - len(shown)
        many = len(self.order)
        said = say("{:,} values, {:,} of them not drawn.", many, hidden) if hidden else say("{:,} values.", many)
        return " ".join([said, *self.gradients_by(shown), *self.warning()])

    def warning(self) -> list[str]:
        """The remarks as sentences."""
        return [say("{}.", f"{remark[0].upper()}{remark[1:]}") for remark in self.remarks]

    def gradients_by(self, shown: Sequence[Value]) -> list[str]:
        """The gradient by each named input, a sentence each."""
        told = any(grad_of(root) is not None for root in self.roots)
        inputs = islice((v for v in shown if not v.op and self.name(v)), 20) if told else ()
        return [sentence for v in inputs for sentence in self.gradient_by(v)]

    def gradient_by(self, v: Value) -> list[str]:
        """The gradient by a named input, and how that is corrected."""
        old, corrected = self.age.gradient(v), self.correction(v)
        said = [say("Gradient by {}: {}.", cut(self.name(v)), dated(self.look.word(v.grad), old))]
        return said + ([say("Corrected: {}.", dated(corrected.content, old))] if corrected else [])

    def grad_word(self, g: float | None) -> str:
        """A gradient as it is written: with heat it has its sign, for eyes that do not tell the colours apart."""
        return DASH if g is None else f"{'+' if self.look.heat and g > 0 else ''}{self.look.word(g)}"

    def tooltip(self, v: Value) -> str:
        """Name, formula, number and gradient to the last bit."""
        lines = [self.name(v) or self.called(v)] if self.called.short(v) else []
        if v.op:
            lines.append("= " + applied(v.entry, self.called.operands(v)))
        if (place := self.line(v)):
            lines.append(line_told(place))
        if self.shares and self.shares.of([v]):
            lines.append(self.shares.told(v))
        if self.numbers:
            lines.append(dated(say("data {}", repr(v.data)), self.age.value(v)))
            lines.append(dated(say("grad {}", exact(grad_of(v))), self.age.gradient(v)))
        return "\n".join(lines)

    def gradient_note(self, v: Value, *, always: bool) -> Text | None:
        """The gradient as its box tells it: where wires meet, and where they do not explain all of it."""
        if not self.numbers:
            wished = self.symbols and (always or self.uses.get(id(v), 0) > 1)
            told = self.symbols.gradient(v, None, "") if self.symbols and wished else ""
            return Text(told, "grad") if told else None
        g, passed = grad_of(v), self.passed.get(id(v))
        explained = g is None or passed is None or math.isclose(g, passed, rel_tol=1e-9) or math.isnan(g)
        if explained and not always and self.uses.get(id(v), 0) < 2:
            return None
        more = "" if explained or passed is None else say(" ({} by these wires)", self.look.word(passed))
        told = self.symbols.gradient(v, g, "" if g is None else self.grad_word(g)) if self.symbols and not more else ""
        return Text(told or say("grad {}", self.grad_word(g)) + more, "grad", alarming(g), self.age.gradient(v))

    # Corrections: a step against the gradient.

    @cached_property
    def rates(self) -> dict[int, float]:
        """The rate at which each leaf is corrected, by identity."""
        rate = self.look.rate
        if rate is None:
            return {}
        leaves = [v for v in self.order if not v.op]
        if not isinstance(rate, Mapping):
            return {id(v): rate for v in leaves}
        found: dict[int, float] = {}
        for key, each in rate.items():
            leaf = one_of(leaves, key, self.names, "rate", "leaf")
            if id(leaf) in found:
                message = f"rate: two rates are given for one leaf, {found[id(leaf)]!r} and by {key!r} {each!r}: give it once"
                raise ValueError(message)
            found[id(leaf)] = each
        return found

    def correction(self, v: Value) -> Text | None:
        """A leaf less its gradient times the rate, as a formula; None where there is no gradient, or no rate."""
        g = grad_of(v)
        if id(v) not in self.rates or g is None:
            return None
        rate = self.rates[id(v)]
        corrected = v.data - rate * g
        product = f"{factor(self.look.word(rate))} × {factor(self.look.word(g))}"
        said = f"{self.look.word(v.data)} − {product} = {self.look.word(corrected)}"
        return Text(said, "correction", alarming(corrected), self.age.gradient(v))

    # What the styles are made of.

    def operation(self, v: Value, caption: Text | None, note: Text | None, *asides: Text) -> Box:
        """The circle of an operation."""
        inside = self.inside(v)
        said = inside or symbol(v.entry)
        drawn = Text(said, "symbol" if len(said) <= (5 if inside else 2) else "name")
        inputs = self.ports(v)
        room, around = PORT * inputs + 4, [text for text in (caption, note, *asides) if text]
        if self.look.direction == "LR":
            body = (max(CIRCLE, drawn.width + 16), max(CIRCLE, room))
            lines = max(bool(caption), bool(note) + len(asides))
            width, height = max([body[0], *(text.width for text in around)]), body[1] + 2 * LINE * lines
        else:
            body = (max(CIRCLE, drawn.width + 16, room), CIRCLE)
            width, height = body[0] + max([0.0, *(2 * (text.width + ASIDE) for text in around)]), max(body[1], LINE * len(around))
        return Box("operation", (drawn,), self.tooltip(v), width, height, body, caption, note, inputs, (v,), asides=asides)

    def ports(self, v: Value) -> int:
        """How many wires end at an operation."""
        wires = len(self.drawn(v))
        return min(wires, self.most_wires) + (wires > self.most_wires)

    def operands(self, v: Value, head: int) -> None:
        """The wires into an operation."""
        given = contributions(v)
        places = self.drawn(v)
        for port, i in enumerate(places[: self.most_wires]):
            x, partial, passed = given[i]
            if type(x) is Value:
                wire = self.wire(v, x, head, port, partial, passed)
            else:
                wire = Wire(self.constant(x), head, port, quiet=True)
            wire.links = ((v, i),)
            if self.symbols and type(x) is Value:
                self.letter(self.symbols, wire, v, i, partial, passed)
            self.picture.wires.append(wire)
        if left_out := places[self.most_wires :]:
            self.more(head, [(v, i) for i in left_out])

    def letter(self, symbols: Lettering, wire: Wire, v: Value, i: int, partial: float | None, passed: float | None) -> None:
        """Write derivatives on the wire of an operand as formulas."""
        if wire.below:
            number = "" if passed is None else wire.below.content
            wire.below = replace(wire.below, content=symbols.below(v, i, passed, number) or wire.below.content)
        if wire.partial:
            slope = symbols.slope(v, i, partial)
            wire.partial = replace(wire.partial, content=f"∂ {slope}{' = ' * bool(slope)}{wire.partial.content[2:]}")

    def more(self, head: int, links: Sequence[tuple[Value, int]]) -> None:
        """What stands for the operands that are not drawn."""
        rest = Text(say("and {:,} more", len(links)), "note")
        more = self.picture.add(Box("more", (rest,), rest.content, rest.width + 6, LINE))
        self.picture.wires.append(Wire(more, head, self.most_wires, quiet=True, links=tuple(links)))

    def constant(self, x: float) -> int:
        """The box of a plain number."""
        text = Text(self.look.word(x), "constant", alarming(x))
        return self.picture.add(Box("constant", (text,), say("constant {}", repr(x)), text.width + 6, LINE))

    def wire(self, v: Value, x: Value, head: int, port: int, partial: float | None, passed: float | None) -> Wire:
        """The wire of one operand."""
        old = self.age.passed(v)
        said = dated(f"∂{self.called.by(v)}/∂{self.called.by(x)} = {exact(partial)}", self.age.value(v))
        if passed is not None:
            said += "\n" + dated(say("{} × {} = {} passed back", repr(v.grad), repr(partial), repr(passed)), old)
        wire = Wire(self.tail(x), head, port, tooltip=said, upright=self.look.direction == "TB", gradient=passed)
        if not self.numbers:
            wire.tooltip = ""
            if self.symbols:
                self.style.number(wire, x, None, old=False)
            return wire
        if (self.look.partials or v is self.focus) and partial is not None:
            wire.partial = Text(f"∂ {self.look.word(partial)}", "note", alarming(partial), self.age.value(v))
        self.style.number(wire, x, passed, old=old)
        return wire

    def tail(self, x: Value) -> int:
        """The box that a wire comes from: one more for each further use of a leaf that is used far and wide."""
        if id(x) not in self.wired:
            self.wired |= {id(x)} & self.repeated
            return self.box_of(x)
        return self.picture.add(self.style.again(x))

    def value_text(self, x: Value) -> Text:
        """The number of a Value."""
        return Text(self.look.word(x.data), "value", alarming(x.data), self.age.value(x))

    def above(self, x: Value) -> Text:
        """What stands above the wires of a Value: its number, and its name if that is wished."""
        text = self.value_text(x)
        if not self.symbols:
            return text
        number = text.content if self.numbers else ""
        return replace(text, content=self.symbols.above(x, number), alarm=text.alarm and self.numbers)

    def grad_text(self, g: float | None, *, old: bool = False) -> Text:
        """A gradient, or a dash."""
        return Text(self.grad_word(g), "grad", alarming(g), old and g is not None)


class Style:
    """What one style of pictures makes of a graph: a box, or several, for each Value, and the numbers on its wires.

    A style is a subclass that stands in `STYLES`; what it is made of (circles, wires, texts) the draft gives.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def value(self, v: Value) -> None:
        """Add what stands for a Value to the picture, its place, and the wires into it."""
        raise NotImplementedError

    def again(self, x: Value) -> Box:
        """The box of a leaf once more, without its gradient."""
        raise NotImplementedError

    def number(self, wire: Wire, x: Value, passed: float | None, *, old: bool) -> None:
        """Write on the wire of an operand what it carries: the operand's number, and what is passed back, `old` or not."""
        raise NotImplementedError

    def finish(self) -> None:
        """Add what comes after the last Value."""


class Textbook(Style):
    """Operations are circles; the number of a Value stands above each of its wires, what flows back through it below."""

    def value(self, v: Value) -> None:  # noqa: D102
        draft = self.draft
        note = draft.gradient_note(v, always=False)
        name = Text(cut(draft.name(v)), "name") if draft.name(v) else None
        if v.op:
            name = None if id(v) in draft.ends else name
            place = draft.place[id(v)] = draft.picture.add(draft.operation(v, name, note, *draft.asides([v])))
            draft.operands(v, place)
            return
        draft.place[id(v)] = draft.picture.add(self.leaf(v, name, note, draft.correction(v), *draft.asides([v])))

    def again(self, x: Value) -> Box:  # noqa: D102
        return self.leaf(x, Text(cut(self.draft.name(x)), "name") if self.draft.name(x) else None)

    def leaf(self, v: Value, name: Text | None, *more: Text | None) -> Box:
        """A box with its name and what more is told of it, or a dot."""
        texts = tuple(text for text in (name, *more) if text)
        box = Box("leaf" if name else "dot", texts, self.draft.tooltip(v), values=(v,))
        box.width = max((text.width + 16 for text in texts), default=8.0)
        box.height = LINE * len(texts) + 8 if name else 8.0 + 2 * LINE * len(texts)
        box.body = (box.width, box.height) if name else (8.0, 8.0)
        if self.draft.look.direction == "TB" and not name:
            box.width, box.height = 8.0 + sum(2 * (text.width + ASIDE) for text in texts), max(8.0, LINE * len(texts))
        return box

    def number(self, wire: Wire, x: Value, passed: float | None, *, old: bool) -> None:  # noqa: D102
        wire.above, wire.below = self.draft.above(x), self.draft.grad_text(passed, old=old)

    def finish(self) -> None:  # noqa: D102
        for root in self.draft.roots:
            self.end(root)

    def end(self, root: Value) -> None:
        """The arrow out of a result."""
        draft = self.draft
        name = cut(printable(draft.results.get(id(root), "")) or (draft.name(root) if root.op else ""))
        texts = (Text(name, "name"),) if name else ()
        end = draft.picture.add(Box("end", texts, draft.tooltip(root), max([4.0, *(text.width + 8 for text in texts)]), LINE + 4))
        wire = Wire(draft.box_of(root), end, tooltip=draft.tooltip(root), upright=draft.look.direction == "TB")
        if draft.numbers or draft.symbols:
            wire.above, wire.gradient = draft.above(root), grad_of(root)
            wire.below = draft.grad_text(wire.gradient, old=draft.age.gradient(root))
        if draft.symbols and wire.below:
            number = "" if wire.gradient is None else wire.below.content
            told = draft.symbols.incoming(wire.gradient, number)
            wire.below = replace(wire.below, content=told or wire.below.content)
        draft.picture.wires.append(wire)


class Record(Style):
    """Boxes of name, number and gradient, as micrograd draws them, with the circle of the operation before each."""

    def value(self, v: Value) -> None:  # noqa: D102
        draft = self.draft
        if not (draft.numbers or draft.symbols or draft.name(v)):
            draft.place[id(v)] = draft.picture.add(draft.operation(v, None, None))
            draft.operands(v, draft.place[id(v)])
            return
        notes = draft.gradient_note(v, always=True), draft.correction(v), *draft.asides([v])
        box = draft.place[id(v)] = draft.picture.add(self.record(v, *notes))
        if v.op:
            place = draft.picture.add(draft.operation(v, None, None))
            draft.picture.wires.append(Wire(place, box, quiet=True, gradient=grad_of(v)))
            draft.operands(v, place)

    def again(self, x: Value) -> Box:  # noqa: D102
        return self.record(x)

    def record(self, v: Value, *notes: Text | None) -> Box:
        """Its name, number and gradient side by side."""
        name, data = self.draft.name(v) or (self.draft.symbols.called(v) if self.draft.symbols else ""), self.draft.value_text(v)
        data = replace(data, content=say("data {}", data.content))
        told = Text(cut(name), "name") if name else None, data if self.draft.numbers else None, *notes
        texts = tuple(text for text in told if text)
        width = sum(text.width + 16 for text in texts)
        return Box("record", texts, self.draft.tooltip(v), width, LINE + 10, inputs=1 if v.op else 0, values=(v,))

    def number(self, wire: Wire, x: Value, passed: float | None, *, old: bool) -> None:  # noqa: D102
        if passed is not None and (self.draft.uses[id(x)] > 1 or self.draft.look.backward):
            wire.below = self.draft.grad_text(passed, old=old)


STYLES: dict[str, type[Style]] = {"textbook": Textbook, "record": Record}


def known_style(style: str) -> type[Style]:
    """The style of this name; `ValueError` if there is none."""
    if style not in STYLES:
        message = f"there is no style {style!r}; the styles are {' and '.join(STYLES)}"
        raise ValueError(message)
    return STYLES[style]
