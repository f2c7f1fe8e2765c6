"""What a group of a folded picture holds, as a picture of its own: what it is given on the left, who uses it on the right."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from itertools import chain, compress
from operator import ne

from autograd.value import Value
from viz.graph.calls import NOWHERE
from viz.graph.folded import FoldedDraft, Passing, crossed
from viz.graph.folding import folding_inside, spoken_name
from viz.language import say
from viz.reading import contributions, grad_of
from viz.shapes import LINE, Box, Picture, Text, Wire
from viz.words import alarming, cut, dated, exact, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from viz.graph.draft import Style

    Users = tuple[int | str, ...]
    """Results by identity, and the names of scopes, that use something outside of a group."""

CALL = re.compile(r" call \d+(?= / |$)")
"""What tells the calls of a scope apart in a name: they are users alike."""
MOST_GIVEN = 3
"""More operands of one operation that come from one group outside share a wire."""


class Insides:
    """Draws what is in the groups of one folded graph; and in the groups of those pictures, and so on.

    What takes most of the time, how a group is folded and what crosses it, is the same in every language: `drafts` remembers it.
    """

    def __init__(self, draft: FoldedDraft, style: type[Style]) -> None:
        self.draft, self.style, self.graph = draft, style, draft.folding.graph
        self.drafts: dict[tuple[int, int], InsideDraft] = {}
        self.known: tuple[Picture | None, dict[int, Box]] = (None, {})

    def picture(self, around: Picture, group: Box) -> Picture:
        """The picture of what a group holds that stands in another picture."""
        if self.known[0] is not around:
            self.known = around, {}
            for box in reversed(around.boxes):
                self.known[1].update(dict.fromkeys(map(id, box.values), box))
        held = id(group.values[0]), len(group.values)  # no two groups begin alike and hold as many
        if held not in self.drafts:
            places = sorted(map(self.graph.place.__getitem__, map(id, group.values)))
            self.drafts[held] = InsideDraft(self, places, self.known[1])
        return self.drafts[held].within_picture(self.known[1], group).picture_in(self.style)


class InsideDraft(FoldedDraft):
    """Draws up the picture of what one group holds."""

    group_drawn: Box

    def __init__(self, insides: Insides, places: Sequence[int], around: Mapping[int, Box]) -> None:
        draft, graph = insides.draft, insides.graph
        self.roots, self.names, self.look, self.results = draft.roots, draft.names, draft.look, draft.results
        self.numbers, self.title, self.ends = draft.numbers, draft.title, draft.ends
        self.age, self.called = draft.age, draft.called
        self.origin, self.shares = draft.origin, draft.shares
        self.most_wires, self.uses, self.passed, self.repeated = draft.most_wires, draft.uses, {}, set()
        self.graph = graph.part(places)
        self.whole = graph
        self.order, self.lit = self.graph.order, draft.lit
        self.box_around = around
        self.folding, self.within = folding_inside(self.graph), {}
        self.cross()

    def within_picture(self, around: Mapping[int, Box], group: Box) -> InsideDraft:
        """The same as it is drawn for a group of a picture, of which the boxes `around` are, in the language that is spoken."""
        drawn = self.anew()
        drawn.box_around, drawn.group_drawn = around, group
        return drawn

    def cross(self) -> None:
        """As in the whole; what comes from one box outside is one source, known by the first of its Values."""
        homes, graph = self.folding.home, self.graph
        self.home = dict(zip(map(id, self.order), homes, strict=True))
        self.bundles: defaultdict[tuple[int, int], Passing] = defaultdict(Passing)
        self.known = {}
        self.outputs: defaultdict[int, dict[int, Value]] = defaultdict(dict)
        self.sources: dict[int, dict[int, Value]] = {}
        self.used_by: dict[int, list[int]] = {}
        whole = [self.whole.counts[number] for number in graph.number]
        from_outside = compress(range(len(whole)), map(ne, whole, graph.counts))
        for at in sorted({*crossed(self.folding), *from_outside}):
            v, home = self.order[at], homes[at]
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
                    self.bundles[tail, home].add(v, i, x, passed)
        away = list(map(ne, graph.used, map(self.whole.used.__getitem__, graph.number)))
        for end in self.ends & self.home.keys():
            away[graph.place[end]] = True
        self.given_away = list(compress(self.order, away))
        for v in self.given_away:
            if self.home[id(v)] != NOWHERE:
                self.outputs[self.home[id(v)]][id(v)] = v
        self.sum_up()

    def sum_up(self) -> None:
        """Add up what came back in the whole graph to the Values that are drawn by themselves."""
        single = {id(v) for v in self.order if self.home[id(v)] == NOWHERE}
        users = {u for x in single for u in self.whole.users(self.whole.place[x])}
        for u in sorted(users):
            for x, _, passed in contributions(self.whole.order[u]):
                if type(x) is Value and id(x) in single:
                    self.add_passed(x, passed)

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
        given = [passing for tail, passing in self.tails(v).items() if self.picture.boxes[tail].kind == "group"]
        return super().bundled(v) or any(len(passing.links) > MOST_GIVEN for passing in given)

    def draw_ends(self) -> None:
        """Where what is computed here goes to: one wire from each box that gives something, to one end for users alike."""
        given: defaultdict[int, list[Value]] = defaultdict(list)
        for x in self.given_away if any(v.op for v in self.order) else ():
            given[self.box_of(x)].append(x)
        results: defaultdict[Users, dict[int, Value]] = defaultdict(dict)
        boxes: defaultdict[Users, dict[int, Box]] = defaultdict(dict)
        wired: defaultdict[Users, list[int]] = defaultdict(list)
        for tail, xs in given.items():
            around = {id(box): box for box in map(self.box_around.__getitem__, self.users_of(tail, xs))}
            ends = {id(x): x for x in xs if id(x) in self.ends}
            users: Users = (*ends, *sorted({CALL.sub("", box.group) or f"#{i}" for i, box in around.items()}))
            results[users] |= ends
            boxes[users] |= around
            wired[users].append(tail)
        for users, tails in wired.items():
            said = self.said_of_users(results[users].values(), boxes[users].values())
            texts = (Text(said, "name"),) if said else ()
            head = self.picture.add(Box("end", texts, said, max([4.0, *(text.width + 8 for text in texts)]), LINE + 4))
            self.picture.wires += [self.end(tail, head, given[tail]) for tail in tails]

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

    def users_of(self, tail: int, xs: list[Value]) -> list[int]:
        """What is computed outside of the group from these Values of one box, by identity: of each box around, one Value."""
        if tail not in self.used_by:
            users = chain.from_iterable(self.whole.users(self.whole.place[id(x)]) for x in xs)
            keys = map(id, map(self.whole.order.__getitem__, dict.fromkeys(users)))
            outside = (key for key in keys if key not in self.home and key in self.box_around)
            self.used_by[tail] = list({id(self.box_around[key]): key for key in outside}.values())
        return self.used_by[tail]

    def said_of_users(self, results: Iterable[Value], boxes: Iterable[Box]) -> str:
        """The heading of the first box, and how many there are; of a result, its name."""
        said = [self.name(x) for x in results] + [self.heading_of(box) for box in boxes]
        return say("{}, and {:,} more", said[0], len(said) - 1) if len(said) > 1 else "".join(said)

    def heading_of(self, box: Box) -> str:
        """What a box is called."""
        v = box.values[0]
        return cut(box.texts[0].content if box.kind == "group" else self.name(v) or symbol(v.entry), 24)
