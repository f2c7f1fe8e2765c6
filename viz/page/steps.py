"""The story that a page tells: the leaves, one step an operation forward, the seed, one step an operand backward.

Every number and sentence is worked out here, from the numbers that the engine stored on the graph, in the engine's own order of
accumulation. The steps speak of the boxes and wires of a `Picture`.
"""

from __future__ import annotations

import copy
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import compress, groupby
from operator import itemgetter

from autograd.value import Value, members
from viz.called import Names, factor
from viz.language import say
from viz.reading import Age, contributions, grad_of, naming
from viz.shapes import ASIDE, Text
from viz.source import any_kept, line_told, place_of
from viz.symbols import Symbols
from viz.words import SLOT, applied, dated, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from viz.shapes import Box, Link, Picture

MOST_LEAVES = 6
"""So many leaves are told of by name."""
FEW_TERMS = 4
"""So many terms of a sum are written out."""


@dataclass(frozen=True, slots=True)
class Change:
    """The gradient that a box shows from a step on: as it is written there, and to the last bit."""

    box: int
    written: str
    exact: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its sentence in pieces, the box and the wire at work (-1: none), and the gradients that it changes.

    `product` is what is multiplied on the wire. `time` is the same for the same moment in all pictures of one graph, however they
    are folded: the place of a Value in the order of evaluation, and on the way back in the reverse of it. `links` are what passes
    something back: a Value and the place of its operand, or -1 for what a Value gets without a wire.
    """

    kind: str
    words: tuple[str, ...]
    time: int
    box: int = -1
    wire: int = -1
    product: str = ""
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def sentence(self) -> str:
        """All that is said."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Replay:
    """A copy of a graph after one backward pass from a clean slate: its root, where the pass began, all twins and names.

    `rank` is the place of each Value in the order of evaluation, `reached` are those that the pass came by, `leaves` those that
    nothing computed. Where lines were kept, `origin` has what each Value is a copy of, by identity; with `lines` steps tell them.
    """

    root: Value
    start: Value
    twins: dict[int, Value]
    name: Names
    write: Callable[[float], str]
    rank: dict[int, int]
    reached: frozenset[int]
    leaves: frozenset[int]
    age: Age
    origin: Mapping[int, Value]
    lines: bool = False

    def line(self, v: Value) -> str:
        """In which line a Value was made, if that is known."""
        place = place_of(self.origin[id(v)]) if self.origin else None
        return line_told(place) if place else ""


def replayed(
    root: Value,
    start: Value | None = None,
    names: Mapping[str, object] | None = None,
    number_format: str = "",
    *,
    lines: bool = False,
) -> Replay:
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
    for key, called in given.items():
        if key in twins and not twins[key].label:
            twins[key].label = called
    start = root if start is None else start
    if id(start) not in twins:
        message = "backward_from is no part of the graph that is drawn: give a Value that the result is computed from"
        raise ValueError(message)
    twins[id(start)].backward(grad_of(start) or 1.0)
    write = partial(number, number_format=number_format)
    order, begun = members(twin), twins[id(start)]
    rank = dict(zip(map(id, order), range(len(order))))
    name = Names(order, write, isolate=True)
    reached, leaves = frozenset(map(id, members(begun))), frozenset([id(v) for v in order if not v.op])
    origin = dict(zip(map(id, order), members(root), strict=True)) if any_kept() else {}
    return Replay(twin, begun, twins, name, write, rank, reached, leaves, Age(twin), origin, lines)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the stories of one picture have in common in all languages.

    `places` are the boxes of each Value, by identity, `leaves` the Values that are there at first, `boxes` those that stand for
    Values, each after those that it is computed from. `wires` are those that end at each box, `wire_of` that of an operand,
    `ends` the wires to an end by their tails, `awaited` the wires on which each box gets something back. `groups` says of each
    group how many Values are computed in it and when the last one is, and by how many of them the pass comes, and when;
    `handed` remembers contributions, and `over` by which operands over a wire the pass comes, and when.
    """

    places: dict[int, list[int]]
    leaves: list[Value]
    boxes: list[int]
    wires: dict[int, list[int]]
    wire_of: dict[tuple[int, int], int]
    ends: dict[int, int]
    awaited: dict[int, set[int]]
    groups: dict[int, tuple[int, int, int, int]]
    handed: dict[int, list[tuple[Value | float, float | None, float | None]]]
    over: dict[int, tuple[list[Link], int]]


def ground_of(drawn: Picture, again: Replay) -> Ground:
    """The ground of the stories of a picture."""
    rank, reached, places = again.rank, again.reached, boxes_of(drawn)
    keys = [list(map(id, box.values)) for box in drawn.boxes]
    ranks = [list(map(rank.__getitem__, own)) for own in keys]
    there: dict[int, Value] = {}
    for own, box in zip(keys, drawn.boxes, strict=True):
        each = zip(own, box.values)
        there.update(each if box.given else compress(each, map(again.leaves.__contains__, own)))
    leaves = [v for key, v in there.items() if key in again.leaves or drawn.boxes[places[key][0]].given]
    wires: dict[int, list[int]] = {}
    wire_of: dict[tuple[int, int], int] = {}
    awaited: dict[int, set[int]] = {}
    for k, wire in enumerate(drawn.wires):
        wires.setdefault(wire.head, []).append(k)
        if drawn.boxes[wire.head].kind != "group":
            wire_of.update(((id(v), i), k) for v, i in wire.links)
        if any(map(reached.__contains__, map(id, map(itemgetter(0), wire.links)))):
            awaited.setdefault(wire.tail, set()).add(k)
    ends = {wire.tail: k for k, wire in enumerate(drawn.wires) if drawn.boxes[wire.head].kind == "end"}
    groups = {}
    for i, box in enumerate(drawn.boxes):
        if box.kind == "group":
            computed = [key not in again.leaves for key in keys[i]]
            made = list(compress(ranks[i], computed))
            back = made if len(reached) == len(rank) else [rank[key] for key in compress(keys[i], computed) if key in reached]
            groups[i] = len(made), max(made, default=0), len(back), min(back, default=0)
    leaves.sort(key=lambda v: rank[id(v)])
    late = {}
    for i, (own, box) in enumerate(zip(keys, drawn.boxes, strict=True)):
        if not box.given and any(places[key][0] == i for key in own):
            late[i] = max(ranks[i])
    return Ground(places, leaves, _evaluated(drawn, late, places), wires, wire_of, ends, awaited, groups, {}, {})


def _evaluated(drawn: Picture, late: Mapping[int, int], places: Mapping[int, list[int]]) -> list[int]:
    """The boxes that stand for Values, each after those that it is computed from, and else as their last Values were made."""
    if not any(drawn.boxes[i].kind == "group" for i in late):
        return sorted(late, key=late.__getitem__)
    after: dict[int, set[int]] = {i: set() for i in late}
    needed = [(wire.head, drawn.boxes[wire.tail].values[:1]) for wire in drawn.wires if drawn.boxes[wire.head].kind == "group"]
    needed += [(head, v.parents) for head, box in enumerate(drawn.boxes) if box.kind != "group" for v in box.values]
    for head, xs in needed:
        for x in xs if head in late else ():
            tail = places.get(id(x), [head])[0]
            if tail != head and not drawn.boxes[tail].given:
                after[tail].add(head)
    waits = Counter(head for heads in after.values() for head in heads)
    ready = [(late[i], i) for i in late if not waits[i]]
    heapify(ready)
    order = []
    while ready:
        _, i = heappop(ready)
        order.append(i)
        for head in after[i]:
            waits[head] -= 1
            if not waits[head]:
                heappush(ready, (late[head], head))
    return order


def story(drawn: Picture, again: Replay, slots: Mapping[int, int] | None = None, ground: Ground | None = None) -> list[Step]:
    """The steps through a picture of the copy.

    With `slots`, numbers for the Values by identity, sentences have a slot for each number that hangs on the leaves (see
    `viz.page.live`). The `ground` is that of the same picture in any language.
    """
    return _Story(drawn, again, slots, ground or ground_of(drawn, again)).steps


def heading_of(box: Box) -> str:
    """What a group is called in a sentence."""
    return box.texts[0].content if box.texts else box.group


def boxes_of(drawn: Picture) -> dict[int, list[int]]:
    """The boxes of each Value, by identity."""
    found: dict[int, list[int]] = {}
    for i, box in enumerate(drawn.boxes):
        alone = [i]
        here = dict.fromkeys(map(id, box.values), alone)
        again = {key: [*found[key], i] for key in found.keys() & here}
        found |= here | again
    return found


def moments(drawn: Picture, steps: Sequence[Step], ground: Ground) -> tuple[dict[int, int], dict[int, int]]:
    """The steps at which the numbers of boxes become known, if not at the first, and at which wires pass a gradient back."""
    known = {step.box: k for k, step in enumerate(steps) if step.kind == "forward"}
    for boxes in ground.places.values():
        if len(boxes) > 1:
            known |= dict.fromkeys(boxes, max(known.get(box, 0) for box in boxes))
    for wire in (wire for wire in drawn.wires if drawn.boxes[wire.head].kind == "end"):
        known[wire.head] = max(known.get(wire.head, 0), known.get(wire.tail, 0))
    return known, {step.wire: k for k, step in enumerate(steps) if step.kind in {"backward", "seed"}}


def make_room(drawn: Picture, steps: Sequence[Step], *, done: bool = False) -> None:
    """Make room in each box for every gradient that it will show, and for a check mark where one is to follow."""
    for change in (change for step in steps for change in step.changes):
        box, room = drawn.boxes[change.box], Text(change.written, "grad", done=done).width
        if box.note:
            around = 0.0 if drawn.direction == "LR" else box.body[0] + 2 * ASIDE
            box.note = replace(box.note, room=max(box.note.room, room))
            box.width = max(box.width, around + (1 if drawn.direction == "LR" else 2) * room)
            continue
        for i, text in enumerate(box.texts):
            if text.kind == "grad":
                wider = replace(text, room=max(text.width, room))
                box.texts = (*box.texts[:i], wider, *box.texts[i + 1 :])
                widen(box, wider.width - text.width, drawn.direction)


def widen(box: Box, more: float, direction: str) -> None:
    """Let the sides of a box follow its texts."""
    widest = max(text.width for text in box.texts)
    if box.kind == "record":
        box.width += more
    elif box.kind == "dot":
        box.width = max(box.width, widest) if direction == "LR" else box.width + 2 * more
    else:
        box.width = max(box.width, widest + (20 if box.kind == "group" else 16))
        box.body = (box.width, box.height)


class _Story:
    """Tells one story: what its steps share."""

    def __init__(self, drawn: Picture, again: Replay, slots: Mapping[int, int] | None, ground: Ground) -> None:
        self.slots, self.ground, self.again = slots, ground, again
        self.drawn, self.start, self.rank, self.reached = drawn, again.start, again.rank, again.reached
        self.places, self.wires, self.wire_of, self.ends = ground.places, ground.wires, ground.wire_of, ground.ends
        self.name, self.write = again.name, again.write
        self.symbols = Symbols(again.name)
        self.age = again.age
        self.total: defaultdict[int, float] = defaultdict(float)
        self.awaited = {i: set(wires) for i, wires in ground.awaited.items()}  # on which it still gets something back
        self.tell()

    def tell(self) -> None:
        boxes = self.ground.boxes
        self.steps = [self.leaves()]
        for i in boxes:
            box = self.drawn.boxes[i]
            if box.kind == "group" and self.ground.groups[i][0]:
                self.steps.append(self.forward_group(i, box))
            elif box.kind != "group" and box.values[0].op:
                self.steps.append(self.forward(box.values[0]))
        self.steps.append(self.seed())
        for i in reversed(boxes):
            box = self.drawn.boxes[i]
            if box.kind == "group":
                self.backward_group(i, box)
            elif id(box.values[0]) in self.reached:
                self.backward(box.values[0])

    def put(self, x: float, what: str, v: Value, i: int | None = None) -> str:
        """A number as it is written, or the slot for it."""
        if self.slots is None:
            return self.write(x)
        return f"{SLOT}{what}{self.slots[id(v)]}{'' if i is None else f'.{i}'}{SLOT}"

    # Forward.

    def leaves(self) -> Step:
        """What is there at first: the leaves, and what is given from outside."""
        leaves = self.ground.leaves
        single = [v for v in leaves if self.box_of(v).kind != "group"]
        grouped = [self.box_of(v) for v in leaves if self.box_of(v).kind == "group"]
        outside = sum(box.given is not None for box in grouped)
        told = [f"{self.name(v)} = {self.put(v.data, 'v', v)}" for v in single[:MOST_LEAVES]]
        rest = [say("{:,} more", len(single) - MOST_LEAVES)] if len(single) > MOST_LEAVES else []
        rest += [say("{:,} inside groups", len(grouped) - outside)] if len(grouped) > outside else []
        rest += [say("{:,} from groups outside", outside)] if outside else []
        words = say(" and ").join([*([", ".join(told)] if told else []), *rest])
        given = any(box.given for box in self.drawn.boxes)
        return Step("leaves", (say("Given:" if given else "Leaves:" if len(leaves) > 1 else "Leaf:"), words), -1)

    def box_of(self, v: Value) -> Box:
        """The box of a Value; of several the first."""
        return self.drawn.boxes[self.places[id(v)][0]]

    def forward(self, v: Value) -> Step:
        told = [self.put(x.data, "v", x) if type(x) is Value else self.write(x) for x in v.operands]
        operands, written = self.name.operands(v), self.name.numbers_of(v, told)
        old = self.age.value(v)  # and so its operands' numbers are not those that it was computed from
        result = dated(self.put(v.data, "v", v), old)
        formulas = [applied(v.entry, operands), *([] if old else [applied(v.entry, written)]), result]
        said = [self.name(v)] if self.name.short(v) else []
        said += [text for text, before in zip(formulas, ["", *formulas], strict=False) if text != before]
        line = self.again.line(v) if self.again.lines else ""
        return Step("forward", (" = ".join(said), *([f"({line})"] if line else [])), self.rank[id(v)], self.places[id(v)][-1])

    def forward_group(self, i: int, box: Box) -> Step:
        computed, last, _, _ = self.ground.groups[i]
        gives = [dated(text.content, text.old) for text in box.texts if text.kind == "value"]
        words = (say("{} computes {:,} value{s}", heading_of(box), computed), *(say("and {}", text) for text in gives))
        return Step("forward", words, last, i)

    def seed(self) -> Step:
        v = self.start
        self.total[id(v)] = seed = v.grad
        itself = f"∂{self.name.by(v)}/∂{self.name.by(v)} = 1" if seed == 1 else say("gradient {} comes in", self.write(seed))
        end = self.ends.get(self.places[id(v)][0], -1) if id(v) in self.places else -1
        words = (say("Backward starts at {}:", self.name(v)), itself)
        box = self.places[id(v)][0] if id(v) in self.places else -1
        return Step("seed", words, len(self.rank), box, end, changes=self.change(v))

    # Backward.

    def given(self, v: Value) -> list[tuple[Value | float, float | None, float | None]]:
        """Its `contributions`, found once while they are told of one by one."""
        if id(v) not in self.ground.handed:
            self.ground.handed[id(v)] = contributions(v)
        return self.ground.handed[id(v)]

    def back(self, v: Value) -> int:
        """When a Value hands its gradient on."""
        return 2 * len(self.rank) - self.rank[id(v)]

    def backward(self, v: Value) -> None:
        """The steps by which a Value hands its gradient to its operands."""
        if not math.isclose(self.total[id(v)], v.grad, rel_tol=1e-9) and not math.isnan(v.grad):
            self.unseen(v)
        inputs = [i for i, x in enumerate(v.operands) if type(x) is Value]
        for k, group in groupby(inputs, key=lambda i: self.wire_of.get((id(v), i), -1)):
            together = [(v, i) for i in group]
            if k < 0:
                continue
            if not self.drawn.boxes[self.drawn.wires[k].tail].values:
                self.steps.append(self.products(v, together, k))
            elif len(together) == 1:
                self.steps.append(self.product(v, together[0][1], k))
            else:
                self.steps.append(self.bundle(together, k, self.places[id(v)][-1], self.name(v), self.back(v)))

    def backward_group(self, i: int, box: Box) -> None:
        """Through a group: what happens in it at once, then what it hands to each box before it."""
        _, _, inside, first = self.ground.groups[i]
        if not inside:
            return
        time = 2 * len(self.rank) - first
        gets = [text.content for text in box.texts if text.kind == "grad"]
        through, many = say("Backward through {}:", heading_of(box)), say("{:,} operation{s}", inside)
        words = (through, many, *(f"→ {text}" for text in gets))
        self.steps.append(Step("backward", words, time, i, changes=self.done(i)))
        for k in self.wires.get(i, ()):
            if k not in self.ground.over:
                links = list(self.drawn.wires[k].links)
                if len(self.reached) < len(self.rank):
                    links = [link for link in links if id(link[0]) in self.reached]
                first = self.rank[id(links[0][0])] if links else 2 * len(self.rank)  # they are in the order of evaluation
                self.ground.over[k] = links, 2 * len(self.rank) - first
            links, moment = self.ground.over[k]
            if len(links) == 1:
                self.steps.append(replace(self.product(*links[0], k), time=time, box=i))
            elif links:
                self.steps.append(self.bundle(links, k, i, heading_of(box), moment))

    def done(self, i: int) -> tuple[Change, ...]:
        """What a group says of its gradients, once it has them."""
        return tuple(Change(i, text.content, text.content) for text in self.drawn.boxes[i].texts if text.kind == "grad")

    def product(self, v: Value, i: int, wire: int) -> Step:
        """A gradient times a local derivative, added to what the operand has got."""
        x, partial, passed = self.given(v)[i]
        assert type(x) is Value  # noqa: S101  (mypy)
        assert partial is not None  # noqa: S101
        assert passed is not None  # noqa: S101
        slope = self.put(partial, "d", v, i)
        product = f"{self.put(v.grad, 'g', v)} × {factor(slope)} = {self.put(passed, 'p', v, i)}"
        if v.grad == 0 and self.slots is None:
            product = say("nothing comes in (0): nothing is passed on")
        formula = self.symbols.slope(v, i, partial)
        slope = f"{formula}{' = ' * bool(formula)}{dated(slope, self.age.value(v))}"
        words = (f"{self.name.partial(v, i)} = {slope};", product, self.added(x, passed, (v, i)))
        shown = product if v.grad else "0"
        return Step("backward", words, self.back(v), self.places[id(v)][-1], wire, shown, self.change(x, wire), ((v, i),))

    def products(self, v: Value, links: list[Link], wire: int) -> Step:
        """The same for the operands that have no wire of their own."""
        changed: dict[int, Change] = {}
        for _, i in links:
            x, _, passed = self.given(v)[i]
            if type(x) is Value and passed is not None:
                self.total[id(x)] += passed
                changed |= {change.box: change for change in self.change(x)}
        more = say("{:,} more operands of {}:", len(links), self.name(v))
        words, place = (more, say("{} × each one's local derivative", self.put(v.grad, "g", v))), self.places[id(v)][-1]
        return Step("backward", words, self.back(v), place, wire, "", tuple(changed.values()), tuple(links))

    def bundle(self, links: list[Link], wire: int, head: int, who: str, time: int) -> Step:
        """Several products on one wire: their sum, where they go to one Value."""
        drawn = self.drawn.wires[wire]
        tail, sums = self.drawn.boxes[drawn.tail], drawn.sums
        if sums is None or len(links) != len(drawn.links):
            sums = {}
            for v, i in links:
                x, _, part = self.given(v)[i]
                sums[id(x)] = sums.get(id(x), 0.0) + (part or 0.0)
        if len(sums) > 1:  # those of a group, which tells no total of each
            told = say("gradients for {:,} values, |g| {}", len(sums), self.write(math.hypot(*sums.values())))
            to = heading_of(tail) if tail.kind == "group" else self.name(tail.values[0])
            return Step("backward", (say("{} hands back", who), told, f"→ {to}"), time, head, wire, "", self.change(None, wire))
        v, i = links[0]
        x, terms = self.given(v)[i][0], [self.given(v)[i][2] or 0.0 for v, i in links]
        assert type(x) is Value  # noqa: S101  (mypy)
        passed = sum(terms)
        written = " + ".join(factor(self.write(p)) if k else self.write(p) for k, p in enumerate(terms[:FEW_TERMS]))
        together = self.write(passed)
        told = f"{written} = {together}" if len(terms) <= FEW_TERMS else say("{:,} products add up to {}", len(terms), together)
        words = (say("Through {}:", who), told, self.added(x, passed, links[0]))
        return Step("backward", words, time, head, wire, told, self.change(x, wire))

    def unseen(self, x: Value) -> None:
        """What came back through wires that are not drawn, or from outside."""
        wire = self.ends.get(self.places[id(x)][0], -1)
        added = self.added(x, x.grad - self.total[id(x)], (x, -1))
        words = (say("Through what is not drawn:" if wire < 0 else "From outside:"), added)
        place, time = self.places[id(x)][0], self.back(x) - 1
        self.steps.append(Step("backward", words, time, place, wire, changes=self.change(x), links=((x, -1),)))

    def added(self, x: Value, passed: float, link: Link) -> str:
        before = self.total[id(x)]
        if id(x) in self.places and self.box_of(x).given:  # what else it gets is not drawn here
            return say("→ {} for {}", self.write(passed), self.name(x))
        after = before + passed
        self.total[id(x)] = x.grad if math.isclose(after, x.grad, rel_tol=1e-12) else after  # where a fold changed the order
        had, has = self.put(before, "b", *link), self.put(self.total[id(x)], "a", *link)
        return say("→ gradient of {}: {} → {}", self.name(x), had, has)

    def change(self, v: Value | None, wire: int = -1) -> tuple[Change, ...]:
        """The gradient of a Value, as it is now, in its box; a group of leaves tells its own after the last wire."""
        tail = self.drawn.wires[wire].tail if wire >= 0 else -1
        if tail >= 0 and self.drawn.boxes[tail].kind == "group":
            self.awaited[tail].discard(wire)
            return () if self.awaited[tail] or any(x.op for x in self.drawn.boxes[tail].values) else self.done(tail)
        if v is None or id(v) not in self.places or self.box_of(v).kind == "group" or self.box_of(v).given:
            return ()
        total = self.total[id(v)]
        return (Change(self.places[id(v)][0], say("grad {}", self.write(total)), repr(total)),)
