"""What a group of a folded picture holds, as a picture of its own: what it is given on the left, who uses it on the right."""

from __future__ import annotations

import math
from collections import defaultdict

from autograd.value import Value
from viz.graph.folded import FoldedDraft
from viz.graph.folding import NOWHERE, folding_inside, spoken_name
from viz.language import say
from viz.reading import contributions, grad_of
from viz.shapes import LINE, Box, Picture, Text, Wire
from viz.words import alarming, cut, dated, exact, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from viz.graph.draft import Style
    from viz.graph.folded import Crossing
    from viz.graph.folding import Folding

MOST_GIVEN = 3
"""More operands of one operation that come from one group outside share a wire."""


class Insides:
    """Draws what is in the groups of one folded graph; and in the groups of those pictures, and so on.

    How a group is folded, which takes most of the time, is the same in every language: `foldings` remembers it.
    """

    def __init__(self, draft: FoldedDraft, style: type[Style], foldings: dict[tuple[int, ...], Folding] | None = None) -> None:
        self.draft, self.style, self.foldings = draft, style, {} if foldings is None else foldings
        self.graph = draft.folding.graph
        self.users: defaultdict[int, list[Value]] = defaultdict(list)
        for v in draft.order:
            for x in v.parents:
                self.users[id(x)].append(v)

    def picture(self, around: Picture, group: Box) -> Picture:
        """The picture of what a group holds that stands in another picture."""
        return InsideDraft(self, around, group).picture_in(self.style)


class InsideDraft(FoldedDraft):
    """Draws up the picture of what one group holds."""

    def __init__(self, insides: Insides, around: Picture, group: Box) -> None:
        draft, graph = insides.draft, insides.graph
        self.roots, self.names, self.look, self.results = draft.roots, draft.names, draft.look, draft.results
        self.numbers, self.title, self.ends = draft.numbers, draft.title, draft.ends
        self.age, self.called = draft.age, draft.called
        self.most_wires, self.uses, self.passed, self.repeated = draft.most_wires, draft.uses, draft.passed, set()
        places = tuple(sorted(graph.place[id(v)] for v in group.values))
        self.graph = graph.part(places)
        self.order, self.group_drawn, self.users, self.lit = self.graph.order, group, insides.users, draft.lit
        self.box_around: dict[int, Box] = {id(v): box for box in reversed(around.boxes) for v in box.values}
        if places not in insides.foldings:
            insides.foldings[places] = folding_inside(self.graph)
        self.folding, self.within = insides.foldings[places], {}
        self.cross()

    def cross(self) -> None:
        """As in the whole; what comes from one box outside is one source, known by the first of its Values."""
        self.home = {id(v): home for v, home in zip(self.order, self.folding.home, strict=True)}
        self.bundles: defaultdict[tuple[int, int], list[Crossing]] = defaultdict(list)
        self.outputs: defaultdict[int, dict[int, Value]] = defaultdict(dict)
        self.sources: dict[int, dict[int, Value]] = {}
        for v, home in zip(self.order, self.folding.home, strict=True):
            for i, (x, _, passed) in enumerate(contributions(v)):
                if type(x) is not Value or (home != NOWHERE and self.home.get(id(x)) == home):
                    continue
                tail = id(x)
                if id(x) not in self.home:
                    source = self.sources.setdefault(id(self.box_around[id(x)]), {})
                    source[id(x)] = x
                    tail = next(iter(source))
                elif (of := self.home[id(x)]) != NOWHERE:
                    self.outputs[of][id(x)] = x
                    tail = ~of
                if home != NOWHERE:
                    self.bundles[tail, home].append((v, i, x, passed))
        self.given_away = [v for v in self.order if id(v) in self.ends or any(id(u) not in self.home for u in self.users[id(v)])]
        for v in self.given_away:
            if self.home[id(v)] != NOWHERE:
                self.outputs[self.home[id(v)]][id(v)] = v

    def picture_in(self, style: type[Style]) -> Picture:
        """The picture in this style."""
        name = self.group_drawn.group
        told = " ".join([say("{:,} values of {}.", len(self.order), spoken_name(name)), *self.warning()])
        self.picture = Picture(spoken_name(name), told, remark="; ".join(self.remarks), direction=self.look.direction)
        self.place: dict[int, int] = {}
        self.wired: set[int] = set()
        self.style = style(self)
        for xs in self.sources.values():
            self.source(xs)
        self.draw_boxes()
        self.draw_bundles()
        self.draw_ends()
        return self.finished()

    def source(self, xs: Mapping[int, Value]) -> None:
        """A box outside that gives something: a Value as a leaf, a group by its heading."""
        first = next(iter(xs.values()))
        around = self.box_around[id(first)]
        if around.kind == "group":
            texts = (around.texts[0], Text(say("{:,} value{s}", len(xs)), "note"))
            width, height = max(text.width for text in texts) + 20, LINE * 2 + 10
            box = Box("group", texts, around.tooltip, width, height, (width, height), group=around.group)
            box.values = tuple(xs.values())
        else:
            box = self.style.again(first)
            box.inputs = 0
        box.given = around.given or around
        place = self.picture.add(box)
        self.place.update(dict.fromkeys(xs, place))

    def bundled(self, v: Value) -> bool:  # noqa: D102
        given = ((tail, links) for tail, links in self.tails(v).items() if self.picture.boxes[tail].kind == "group")
        return super().bundled(v) or any(len(links) > MOST_GIVEN for _, links in given)

    def draw_ends(self) -> None:
        """Where what is computed here goes to: one wire from each box that gives something, to one end for the same users."""
        given: defaultdict[int, list[Value]] = defaultdict(list)
        for x in self.given_away if any(v.op for v in self.order) else ():
            given[self.place[id(x)]].append(x)
        ends: dict[str, int] = {}
        for tail, xs in given.items():
            said = self.said_of_users(xs)
            texts = (Text(said, "name"),) if said else ()
            if said not in ends:
                ends[said] = self.picture.add(Box("end", texts, said, max([4.0, *(text.width + 8 for text in texts)]), LINE + 4))
            self.picture.wires.append(self.end(tail, ends[said], xs))

    def end(self, tail: int, head: int, xs: list[Value]) -> Wire:
        """The wire of what leaves the group: the number of a single Value, else how many and the length of the gradient."""
        wire = Wire(tail, head, upright=self.look.direction == "TB")
        gradients = [g for g in map(grad_of, xs) if g is not None]
        g = None if len(gradients) < len(xs) else gradients[0] if len(xs) == 1 else math.hypot(*gradients)
        wire.gradient = g
        old = g is not None and any(map(self.age.gradient, xs))
        length = dated(say("{:,} values; the gradient has the length {}", len(xs), exact(g)), old)
        wire.tooltip = length if len(xs) > 1 else self.tooltip(xs[0])
        wire.above = self.value_text(xs[0]) if len(xs) == 1 else Text(say("{:,} values", len(xs)), "note")
        wire.below = self.grad_text(g, old=old) if len(xs) == 1 else Text(f"|g| {self.grad_word(g)}", "grad", alarming(g), old)
        return wire

    def said_of_users(self, xs: Iterable[Value]) -> str:
        """Who uses some Values outside: the heading of the first box, and how many there are. Of the result, its name."""
        outside = [u for x in xs for u in self.users[id(x)] if id(u) not in self.home]
        boxes = {id(box): box for u in outside if (box := self.box_around.get(id(u)))}
        said = [self.name(x) for x in xs if id(x) in self.ends] + [self.heading_of(box) for box in boxes.values()]
        return say("{}, and {:,} more", said[0], len(said) - 1) if len(said) > 1 else "".join(said)

    def heading_of(self, box: Box) -> str:
        """What a box is called."""
        v = box.values[0]
        return cut(box.texts[0].content if box.kind == "group" else self.name(v) or symbol(v.entry), 24)
