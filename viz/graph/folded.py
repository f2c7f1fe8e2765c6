"""The picture of a folded graph: groups of Values as boxes that say what they hold, and the wires between them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from operator import ne

from autograd.value import Value
from viz.graph.calls import NOWHERE
from viz.graph.draft import PORT, Draft
from viz.graph.folding import Group, folding, spoken_name
from viz.language import say
from viz.reading import contributions, grad_of
from viz.shapes import LINE, Box, Text, Wire
from viz.words import DASH, alarming, cut, dated, exact, printable, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from viz.graph.folding import Folding
    from viz.reading import Age
    from viz.shapes import Link

MOST_HEADS = 10
"""So many arrow heads stand apart at a group."""
PARAMETERS = ("1 parameter", "{:,} parameters")
LEAVES = ("1 leaf", "{:,} leaves")
MOST_OUTPUTS = 3
"""So many numbers that a group gives are written in it."""


def crossed(fold: Folding) -> set[int]:
    """The Values that are computed from what is not in the same group, or that are in none, by their places."""
    homes, graph = fold.home, fold.graph
    tails, heads = (map(homes.__getitem__, ends) for ends in (graph.tails, graph.heads))
    alone = (i for i, home in enumerate(homes) if home == NOWHERE and not graph.leaf[i])
    return {*compress(graph.heads, map(ne, tails, heads)), *alone}


@dataclass(slots=True)
class Passing:
    """What operands that share a wire pass back: the `links`, the Values, by identity, and what `back` comes to each of them.

    `reached` says whether all of them pass something. There may be very many, of which nothing more is kept.
    """

    links: list[Link] = field(default_factory=list)
    xs: dict[int, Value] = field(default_factory=dict)
    back: dict[int, float] = field(default_factory=dict)
    reached: bool = True

    def add(self, v: Value, i: int, x: Value, passed: float | None) -> None:
        """One more: a Value, the place of an operand of it, the operand, and what that was passed back."""
        key = id(x)
        self.links.append((v, i))
        self.xs[key] = x
        if passed is None:
            self.reached, passed = False, 0.0
        self.back[key] = self.back.get(key, 0.0) + passed

    def old(self, age: Age) -> bool:
        """Whether what is passed is of other numbers."""
        return bool(age.values or age.gradients) and any(age.passed(v) for v, _ in self.links)


@dataclass(frozen=True, slots=True)
class Held:
    """What a group holds, in every language: its members, parameters and leaves, all of them, and how many of which operation."""

    members: list[Value]
    parameters: list[Value]
    leaves: list[Value]
    contents: list[str]
    values: tuple[Value, ...]


class FoldedDraft(Draft):
    """Draws up the picture of a folded graph."""

    def fold(self, depth: int | None, opened: Collection[str], max_boxes: int) -> None:
        """Decide what is folded. Raises `TooLargeError` where too much is opened."""
        self.folding = folding(self.order, depth, opened, max_boxes)
        if self.folding.size > max_boxes:
            raise self.too_large(max_boxes)
        self.within = {id(self.order[i]): name for i, name in self.folding.within.items()}
        self.uses = dict(zip(map(id, self.order), self.folding.graph.used))
        self.cross()

    def cross(self) -> None:
        """Find the operands that cross into a group, and the Values of each group that are used outside of it.

        `bundles` has them by where they come from, a group (its complement) or a Value (its identity), and the group.
        """
        homes = self.folding.home
        self.home = dict(zip(map(id, self.order), homes, strict=True))
        self.bundles: defaultdict[tuple[int, int], Passing] = defaultdict(Passing)
        self.known: dict[int, Held] = {}
        self.outputs: defaultdict[int, dict[int, Value]] = defaultdict(dict)
        for at in sorted(crossed(self.folding)):
            v, home = self.order[at], homes[at]
            for i, (x, _, passed) in enumerate(contributions(v)):
                of = self.home[id(x)] if type(x) is Value else home
                if type(x) is not Value or of == home != NOWHERE:
                    continue
                if of == NOWHERE:
                    self.add_passed(x, passed)
                else:
                    self.outputs[of][id(x)] = x
                if home != NOWHERE:
                    self.bundles[id(x) if of == NOWHERE else ~of, home].add(v, i, x, passed)
        for root in self.roots:
            if self.home[id(root)] != NOWHERE:
                self.outputs[self.home[id(root)]][id(root)] = root

    @cached_property
    def symbols(self) -> None:
        """No formulas: a box stands for many Values."""
        return

    # Boxes.

    def draw(self) -> None:
        """All boxes and wires, and what is said of them."""
        self.draw_boxes()
        self.draw_bundles()
        if not self.folding.groups:
            self.picture.description, self.picture.remark = self.summary(self.order), "; ".join(self.remarks)
            return
        folded = say("{:,} values, folded to {:,}", len(self.order), self.folding.size)
        self.picture.remark = "; ".join([folded, *self.remarks])
        self.picture.description = " ".join([say("{}.", folded), *self.gradients_by(self.order), *self.warning()])

    def draw_boxes(self) -> None:
        """A box for each group and for each Value that is in none, in the order of evaluation."""
        self.box_of_group: dict[int, int] = {}
        heads = Counter(head for _, head in self.bundles)
        for at in self.folding.drawn:
            v, home = self.order[at], self.folding.home[at]
            if home == NOWHERE:
                before = len(self.picture.boxes)
                self.style.value(v)
                for box in self.picture.boxes[before:]:
                    box.within = self.within.get(id(v), "")
            else:
                box = self.group(home, self.folding.groups[home], min(heads[home], MOST_HEADS))
                self.box_of_group[home] = self.picture.add(box)

    def box_of(self, x: Value) -> int:
        """The number of its box, or of that of its group."""
        place = self.place.get(id(x))
        return self.box_of_group[self.home[id(x)]] if place is None else place

    def group(self, home: int, group: Group, inputs: int) -> Box:
        """What stands for a group, and what it says about it."""
        held = self.held(home, group)
        members, parameters, leaves = held.members, held.parameters, held.leaves
        texts = [Text(cut(self.heading(group), 32), "name")]
        if members:
            many, calls = len(members), group.calls
            said = say("{:,} values, {:,} calls", many, calls) if calls > 1 else say("{:,} values", many)
            texts.append(Text(said, "note"))
        kinds_of_leaves = ((parameters, PARAMETERS), (leaves, LEAVES))
        texts += [self.counted(some, phrases, texts[0].content) for some, phrases in kinds_of_leaves if some]
        texts += self.corrected([*parameters, *leaves]) if self.rates else []
        outputs = [x for x in self.outputs[home].values() if x.op]
        if outputs and self.numbers:
            old = any(map(self.age.value, outputs))
            texts.append(Text(self.given(outputs), "value", any(alarming(x.data) for x in outputs), old))
        texts += self.asides(held.values)
        width, height = max(text.width for text in texts) + 20, LINE * len(texts) + 10
        if self.look.direction == "LR":
            height = max(height, PORT * inputs + 4)
        else:
            width = max(width, PORT * inputs + 4)
        numbers = self.told(outputs if self.numbers else [])
        tooltip = "\n".join([printable(spoken_name(group.name)), *held.contents, *numbers])
        return Box("group", tuple(texts), tooltip, width, height, (width, height), inputs=inputs,
                   values=held.values, group=group.name, within=group.within)  # fmt: skip

    def heading(self, group: Group) -> str:
        """The heading of a group; leaves that stand beside are told by the first name and the last."""
        if group.members or not group.leaves:
            return spoken_name(group.name.removesuffix(" / parameters"))
        first, last = (self.name(self.order[i]) for i in (group.leaves[0], group.leaves[-1]))
        return f"{cut(first, 15)} … {cut(last, 15)}" if first and last else say(LEAVES[1], len(group.leaves))

    def counted(self, leaves: Sequence[Value], phrases: tuple[str, str], heading: str) -> Text:
        """How many leaves there are, if the heading does not say it, and the length of their gradient."""
        many = say(phrases[len(leaves) > 1], len(leaves))
        if not self.numbers:
            return Text(many, "note")
        reached = all(grad_of(v) is not None and not self.age.gradient(v) for v in leaves)
        length = math.hypot(*(v.grad for v in leaves))
        said = f"|g| {self.look.word(length) if reached else DASH}"
        return Text(said if many == heading else f"{many}, {said}", "grad", reached and alarming(length))

    def corrected(self, leaves: Sequence[Value]) -> list[Text]:
        """The length of the step that a correction takes in some leaves."""
        moved = [v for v in leaves if id(v) in self.rates and grad_of(v) is not None]
        length = math.hypot(*(self.rates[id(v)] * v.grad for v in moved))
        old = any(map(self.age.gradient, moved))
        return [Text(say("corrected by {}", self.look.word(length)), "correction", alarming(length), old)] if moved else []

    def given(self, outputs: Sequence[Value]) -> str:
        """The numbers that a group gives; of many the least and the greatest."""
        if len(outputs) <= MOST_OUTPUTS:
            return say("gives {}", ", ".join(self.look.word(x.data) for x in outputs))
        numbers = [x.data for x in outputs]
        return say("gives {:,}: {} to {}", len(outputs), self.look.word(min(numbers)), self.look.word(max(numbers)))

    def held(self, home: int, group: Group) -> Held:
        """What a group holds, found once."""
        if home not in self.known:
            ops = self.folding.graph.ops
            count = Counter(map(ops.__getitem__, group.members))
            example = dict(zip(map(ops.__getitem__, group.members), group.members))
            contents = [f"{count[op]:,} × {symbol(self.order[example[op]].entry)}" for op, _ in count.most_common(8) if op]
            kinds = (group.members, group.parameters, group.leaves)
            members, parameters, leaves = ([self.order[i] for i in places] for places in kinds)
            self.known[home] = Held(members, parameters, leaves, contents, (*members, *parameters, *leaves))
        return self.known[home]

    def told(self, outputs: Sequence[Value]) -> list[str]:
        """The numbers given, exactly."""
        told = []
        for x in outputs[:8]:
            said = say("gives {} = {}, grad {}", self.called(x), repr(x.data), exact(grad_of(x)))
            told.append(dated(said, self.age.value(x) or self.age.gradient(x)))
        return told

    # Wires.

    def draw_bundles(self) -> None:
        """The wires into the groups: one from each box."""
        heads: defaultdict[int, list[tuple[int, Passing]]] = defaultdict(list)
        for (tail, head), passing in self.bundles.items():
            heads[head].append((self.place[tail] if tail >= 0 else self.box_of_group[~tail], passing))
        for head, wires in heads.items():
            box = self.box_of_group[head]
            shared = max(len(wires) / MOST_HEADS, 1.0)
            for i, (tail, passing) in enumerate(sorted(wires, key=lambda wire: wire[0])):
                self.picture.wires.append(self.bundle(tail, box, int(i / shared), passing))

    def bundle(self, tail: int, head: int, port: int, passing: Passing) -> Wire:
        """One wire for several operands: the number of a single Value, else how many there are and the length of the gradient."""
        xs, back, reached = passing.xs, passing.back, passing.reached
        wire = Wire(tail, head, port, links=tuple(passing.links), upright=self.look.direction == "TB")
        if not self.numbers:
            wire.above = Text(say("{:,} values", len(xs)), "note") if len(xs) > 1 else None
            return wire
        wire.sums = back if reached else None
        only = next(iter(xs.values())) if len(xs) == 1 else None
        passed = None if not reached else back[id(only)] if only is not None else math.hypot(*back.values())
        old = passed is not None and passing.old(self.age)
        if only is not None:
            wire.tooltip = dated(say("{}: {} passed back", self.called(only), exact(passed)), old)
            wire.above, wire.below = self.value_text(only), self.grad_text(passed, old=old)
        else:
            length = say("{:,} values; the gradient that is passed back has the length {}", len(xs), exact(passed))
            wire.tooltip = dated(length, old)
            wire.above = Text(say("{:,} values", len(xs)), "note")
            wire.below = Text(f"|g| {DASH if passed is None else self.look.word(passed)}", "grad", alarming(passed), old)
        signs = {math.copysign(1.0, g) for g in back.values() if g}
        wire.gradient = passed if passed is None or len(xs) == 1 else passed * (signs.pop() if len(signs) == 1 else 1.0)
        wire.mixed = bool(signs)
        return wire

    def bundled(self, v: Value) -> bool:
        """Whether an operation has one wire from each box, not from each operand."""
        return len(self.drawn(v)) > self.most_wires

    def ports(self, v: Value) -> int:
        """How many wires end at an operation."""
        return min(len(self.tails(v)), self.most_wires + 1) if self.bundled(v) else super().ports(v)

    def tails(self, v: Value) -> dict[int, Passing]:
        """The boxes that the operands of a Value of many come from; constants, which are drawn singly, are left out."""
        found: defaultdict[int, Passing] = defaultdict(Passing)
        for i, (x, _, passed) in enumerate(contributions(v)):
            if type(x) is Value:
                found[self.box_of(x)].add(v, i, x, passed)
        return found

    def operands(self, v: Value, head: int) -> None:
        """The wires into an operation: of many operands, one from each box."""
        if not self.bundled(v):
            super().operands(v, head)
            return
        tails = list(self.tails(v).items())
        for port, (tail, passing) in enumerate(tails[: self.most_wires]):
            self.picture.wires.append(self.bundle(tail, head, port, passing))
        if rest := tails[self.most_wires :]:
            self.more(head, [link for _, passing in rest for link in passing.links])
