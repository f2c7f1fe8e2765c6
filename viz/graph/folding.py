"""Which parts of a large graph are drawn as one box.

Computed Values fold by the scopes that they were made in: all calls of a scope into one box, or each call into its own where that
can still be read, or where one box would close a cycle. What was made outside any scope folds by intervals of the order of
evaluation, which never close one. Leaves fold into the part that alone uses them; those that several parts use stand beside it.

Values are spoken of by their places in the order of evaluation, parts by their numbers. Every step is linear in the graph.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import accumulate, compress, pairwise
from operator import and_, is_not

from viz.graph.calls import NOWHERE, Graph
from viz.language import LANGUAGES, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import TypeAlias

    from autograd.value import Value
    from viz.graph.calls import Cell

    Part: TypeAlias = tuple[object, ...]

READABLE = 40
"""So many boxes are read without effort: the finest folding that has no more is taken."""
NAMED = {
    "{}, part {}": r"(.+), part (\d+)", "{} call {}": r"(.+) call (\d+)", "values {}": r"values ([\d,]+–[\d,]+)",
    "leaves {}": r"leaves ([\d,]+–[\d,]+)", "parameters": "parameters",
}  # fmt: skip
"""What the parts of a group's name are made of besides names of scopes: its phrase, and how it is known."""
INTERVALS = 16
"""A graph without scopes is cut into so many."""
PLAIN = 60
"""An opened part of up to so many Values is drawn Value by Value."""
FEW = 4
"""So many leaves that belong together are drawn one by one, unless they are thrice as many altogether."""
FIRST_NAME = re.compile(r"[\s.\[\]/]*([^\s.\[\]/]+)[\s.\[\]/]+[^\s.\[\]/]")
"""The first of several names in a label."""
OUTSIDE = ("own", NOWHERE, NOWHERE)
"""What is in no scope."""


@dataclass(slots=True)
class Group:
    """Values that are drawn as one box: `members` are computed, `parameters` are leaves known to be such, `leaves` all others.

    `name` tells it from all others, `calls` says how many calls of a scope it holds, `within` which opened group it is part of.
    """

    name: str
    members: list[int] = field(default_factory=list)
    parameters: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    calls: int = 0
    within: str = ""


@dataclass
class Folding:
    """The groups, and for each Value the place of its group among them; -1 for one that is drawn by itself.

    `within` names the opened group that a Value drawn by itself is part of, `constants` counts the constants of such Values;
    `unknown` are names of groups to be opened that there are not.
    """

    graph: Graph
    groups: list[Group]
    home: list[int]
    within: dict[int, str]
    constants: int
    unknown: frozenset[str] = frozenset()

    @cached_property
    def drawn(self) -> list[int]:
        """The Values in no group, and the first of each group."""
        first = dict(zip(reversed(self.home), range(len(self.home) - 1, -1, -1)))
        first.pop(NOWHERE, None)
        return sorted({*first.values(), *compress(range(len(self.home)), map(NOWHERE.__eq__, self.home))})

    @property
    def size(self) -> int:
        """How many groups there are, and Values in none."""
        return len(self.groups) + self.home.count(NOWHERE)


def folding(order: list[Value], depth: int | None = None, opened: Iterable[str] = (), max_boxes: int = READABLE) -> Folding:
    """How to fold a graph, given in the order of evaluation, down to scopes of this depth, or of the deepest that can be read.

    `opened` names groups that are drawn open, beyond `max_boxes`, which is only a wish.

    >>> from autograd.value import Value, members, scope
    >>> x = y = Value(1.0)
    >>> for _ in range(3):
    ...     with scope("double"):
    ...         y = (y + y) * 1.0
    >>> [group.name for group in folding(members(y)).groups]
    ['double call 1', 'double call 2', 'double call 3']
    """
    graph, opened = Graph(order), frozenset(opened)
    rule, found = _finest(graph, depth, min(max_boxes, READABLE))
    return found if found and not opened else _Folder(graph, replace(rule, opened=opened)).folding()


def spoken_name(name: str, lang: str | None = None) -> str:
    """The name of a group as a picture writes it. What somebody has called a scope stays as it is.

    >>> spoken_name("layer0 call 3 / values 1–20", "ja")
    'layer0 3 回目 / 値 1–20'
    """
    return " / ".join(_spoken_part(part, lang) for part in name.split(" / "))


def _spoken_part(part: str, lang: str | None) -> str:
    phrase, first, *rest = _taken_apart(part)
    return say(phrase, *([_spoken_part(first, lang), *rest] if first else []), lang=lang) if phrase else part


@lru_cache(4096)
def _taken_apart(part: str) -> tuple[str, ...]:
    """The phrase that a part of a name is made by, and what is in its braces; of a name that somebody gave, nothing."""
    found = ((phrase, re.fullmatch(pattern, part)) for phrase, pattern in NAMED.items())
    return next(((phrase, *(match.groups() or ("",))) for phrase, match in found if match), ("", ""))


def folding_inside(graph: Graph) -> Folding:
    """How to draw what one group holds (see `Graph.part`): Value by Value if they are few, else in several groups again."""
    many = len(graph.order)
    if many <= PLAIN and len(graph.tails) <= 2 * PLAIN:
        return Folding(graph, [], [NOWHERE] * many, {}, sum(graph.constants))
    rule, found = _finest(graph, None, PLAIN, least=2)
    return found or _Folder(graph, rule).folding()


@dataclass(frozen=True, slots=True)
class _Rule:
    """Down to which depth, whether calls are told apart, and what is in no scope drawn as it is; how many intervals else."""

    depth: int
    apart: bool = False
    plain: bool = False
    intervals: int = INTERVALS
    opened: frozenset[str] = frozenset()
    met: set[str] = field(default_factory=set)
    """Those of the opened that there are."""

    def opens(self, name: str) -> bool:
        """Whether a group of this name is to be drawn open, however a picture in any language heads it."""
        if not self.opened:
            return False
        met = self.opened.intersection(spoken_name(name, lang) for lang in LANGUAGES)
        self.met.update(met)
        return bool(met)


def _finest(graph: Graph, depth: int | None, room: int, least: int = 1) -> tuple[_Rule, Folding | None]:
    """The finest that can be read, and has so many parts; and how it folds, if any can be read."""
    depths = range(graph.deepest, 0, -1) if depth is None else (depth,)
    intervals = max(1, min(INTERVALS, room // 2))
    for level in depths:
        for k, (apart, plain) in enumerate(_ways(graph, level)):
            rule = _Rule(level, apart, plain, intervals)
            folder = _Folder(graph, rule)
            if folder.at_least() <= room and folder.at_least_without_cycles() <= room:
                found = folder.folding()
                if least <= found.size and found.size + found.constants <= room:
                    return rule, found
                if found.size < least and k == 0:  # nothing coarser has more
                    return _Rule(0, intervals=intervals), None
    return _Rule(0 if depth is None else depth, intervals=intervals), None


def _ways(graph: Graph, level: int) -> list[tuple[bool, bool]]:
    """Whether calls are told apart, and whether what is in no scope is drawn as it is: ways that differ, the finest first."""
    several = (True, False) if graph.has_several else (False,)
    outside = (True, False) if graph.has_outside or level == 0 else (False,)
    return [(apart, plain) for apart in several for plain in outside]


class _Folder:
    """Folds one graph by one rule."""

    def __init__(self, graph: Graph, rule: _Rule) -> None:
        self.graph, self.rule = graph, rule
        self.split: set[Cell] = set()
        self.groups: list[Group] = []
        self.home = [NOWHERE] * len(graph.order)
        self.within: dict[int, str] = {}

    def at_least(self) -> int:
        """A number of boxes below which it will not come, told without a look at the Values."""
        parts = {part for part in self.parts_of_calls() if part[0] == "cell"}
        return len(parts) + (self.graph.call.count(NOWHERE) - sum(self.graph.leaf) if self.rule.plain else 0)

    def at_least_without_cycles(self) -> int:
        """The same, told by the parts that the Values have."""
        return len(set(compress(self.parts, self.graph.made)))

    def folding(self) -> Folding:
        """The groups."""
        part = self.parts
        self.gather(part)
        self.place_leaves(part)
        constants = sum(self.graph.constants[i] for i, home in enumerate(self.home) if home == NOWHERE)
        return Folding(self.graph, self.groups, self.home, self.within, constants, self.rule.opened - self.rule.met)

    # Parts: cells of the tree of calls, and what is left between them.

    def parts_of_calls(self) -> list[Part]:
        """The part of each call: the outermost cell around it that is not opened; where all are, what it has of its own."""
        if self.rule.depth == 0:
            return [OUTSIDE] * len(self.graph.path)
        one: dict[Part, Part] = {}  # equal parts are one object
        anchors: list[int] = []
        found: list[Part] = []
        for call, outer in enumerate(self.graph.outer):
            anchor, part = (anchors[outer], found[outer]) if outer >= 0 else (NOWHERE, OUTSIDE)
            if part[0] == "own":
                anchor, part = self.part_inside(anchor, call)
            anchors.append(anchor)
            found.append(one.setdefault(part, part))
        return found

    def part_inside(self, anchor: int, call: int) -> tuple[int, Part]:
        """The part of a call around which all is opened; and the innermost call that is told apart, which was `anchor` before."""
        graph, path, level = self.graph, self.graph.path[call], self.graph.level[call]
        cell = (anchor, path)
        if graph.calls[cell] > 1 and (self.rule.apart or cell in self.split):
            anchor, cell = call, (call, path)
        if not self.is_open(cell, level):
            return anchor, ("cell", *cell)
        if graph.calls[cell] > 1 and path not in graph.has_inner:
            anchor, cell = call, (call, path)
            if not self.is_open(cell, level):
                return anchor, ("cell", *cell)
        return anchor, ("own", *cell)

    def is_open(self, cell: Cell, level: int) -> bool:
        """Whether what is inside a cell is drawn."""
        named = bool(self.rule.opened) and self.rule.opens(self.graph.title(cell))
        return named or (level < self.rule.depth and cell[1] in self.graph.has_inner)

    @cached_property
    def parts(self) -> list[Part]:
        """The part of each Value, found once."""
        return self.without_cycles()

    def without_cycles(self) -> list[Part]:
        """The part of each Value that is no leaf, or was made in a scope: no two parts need each other."""
        while True:
            by_call = self.parts_of_calls()
            outside = next((part for part in by_call if part == OUTSIDE), OUTSIDE)
            part = [by_call[call] if call >= 0 else outside for call in self.graph.call]
            if self.rule.plain:
                part = [("value", i) if of is outside else of for i, of in enumerate(part)]
            tangled = _tangled(self.links(part) if self.rule.plain else self.links_of_calls(by_call, outside))
            several = {(of[1], of[2]) for of in tangled if of[0] == "cell" and self.graph.calls[of[1], of[2]] > 1}  # type: ignore[index]
            several -= self.split
            if not several:
                return self.in_phases(part, tangled) if tangled else part
            self.split |= several  # type: ignore[arg-type]

    def links_of_calls(self, by_call: Sequence[Part], outside: Part) -> set[tuple[Part, Part]]:
        """Which part needs which, where each call is in one."""
        of = {NOWHERE: outside, **dict(enumerate(by_call))}
        return {(of[a], of[b]) for a, b in self.graph.joined() if of[a] is not of[b]}

    def links(self, part: Sequence[Part]) -> set[tuple[Part, Part]]:
        """Which part needs which."""
        there, here = ([part[i] for i in ends] for ends in (self.graph.tails, self.graph.heads))
        wanted = map(and_, map(is_not, there, here), map(self.graph.placed.__getitem__, self.graph.tails))
        return set(compress(zip(there, here), wanted))

    def in_phases(self, part: list[Part], tangled: Collection[Part]) -> list[Part]:
        """Each tangled part cut by how often a path has come from part to part."""
        phase, found = [0] * len(part), list(part)
        for i, of in enumerate(part):
            if of in tangled:
                operands = self.graph.operands(i)
                phase[i] = max((phase[x] + (part[x] is not of) for x in operands if part[x] in tangled), default=0)
                found[i] = (*of, phase[i])
        return found

    # Groups.

    def gather(self, part: list[Part]) -> None:
        """Make the groups of computed Values."""
        members: defaultdict[Part, list[int]] = defaultdict(list)
        for i, of in compress(enumerate(part), self.graph.placed):
            if of[0] != "value":
                members[of].append(i)
        phases = Counter(of[:3] for of in members)
        seen: Counter[Part] = Counter()
        for of, places in members.items():
            cell: Cell = (of[1], of[2])  # type: ignore[assignment]
            title = self.graph.title(cell)
            if of[0] == "own":
                self.cut(places, title)
                continue
            seen[of[:3]] += 1
            name = f"{title}, part {seen[of[:3]]}" if phases[of[:3]] > 1 else title
            around = " / ".join(title.split(" / ")[:-1])
            if self.rule.opens(name):  # a part
                self.open(places, name)
            else:
                within = around if self.rule.opens(around) else ""
                self.add(Group(name, calls=self.graph.calls[cell], within=within), places)

    def add(self, group: Group, places: Sequence[int]) -> None:
        """A new group; a single Value is drawn itself."""
        if len(places) == 1:
            self.within[places[0]] = group.within
            return
        leaf, number = self.graph.leaf, len(self.groups)
        for i in places:
            self.home[i] = number
        group.members += [i for i in places if not leaf[i]]
        for i in compress(places, map(leaf.__getitem__, places)):
            labelled = self.is_labelled(i, {self.graph.path_of(i)})
            (group.parameters if labelled else group.leaves).append(i)
        self.groups.append(group)

    def is_labelled(self, i: int, paths: Collection[int]) -> bool:
        """Whether a label begins with the name of a scope, as "layer0.w1" does."""
        found = FIRST_NAME.match(self.graph.order[i].label)
        return found is not None and any(found[1] in self.graph.names(path) for path in paths)

    def cut(self, places: list[int], title: str) -> None:
        """Cut what a cell has of its own into intervals."""
        if self.rule.opens(title):
            self.open(places, title)
        else:
            self.intervals(places, max(1, round(self.rule.intervals * len(places) / len(self.graph.order))), title, "")

    def open(self, places: list[int], name: str) -> None:
        """Draw what is in an opened group: Value by Value, or in intervals if they are many."""
        if len(places) > PLAIN:
            self.intervals(places, INTERVALS, name.rpartition("values ")[0].removesuffix(" / "), name)
        else:
            self.within.update(dict.fromkeys(places, name))

    def intervals(self, places: list[int], parts: int, title: str, within: str) -> None:
        """So many groups of about equal size, cut where few wires run."""
        for piece in self.pieces(places, min(parts, len(places))):
            about = f"values {self.graph.number[piece[0]]:,}–{self.graph.number[piece[-1]]:,}"
            name = f"{title} / {about}" if title else about
            if self.rule.opens(name):
                self.open(piece, name)
            else:
                self.add(Group(name, within=within), piece)

    def pieces(self, places: list[int], parts: int) -> list[list[int]]:
        if parts == 1:
            return [places]
        rank = {i: k for k, i in enumerate(places)}
        last = list(range(len(places)))
        for i in places:
            for x in self.graph.operands(i):
                if x in rank:
                    last[rank[x]] = max(last[rank[x]], rank[i])
        ends = Counter(last)
        alive = list(accumulate(1 - ends[k] for k in range(len(places))))  # after each: how many are still to be used
        ideal, slack = len(places) / parts, len(places) // (4 * parts)
        cuts = [0]
        for k in range(1, parts):
            middle = round(k * ideal)
            window = range(max(cuts[-1] + 1, middle - slack), middle + slack + 1)
            cuts.append(min((alive[at - 1], abs(at - middle), at) for at in window)[-1])
        return [places[a:b] for a, b in pairwise([*cuts, len(places)])]

    # Leaves.

    def place_leaves(self, part: Sequence[Part]) -> None:
        """Fold leaves into the group that alone uses them, and those that are used alike into groups of their own."""
        graph = self.graph
        uses: defaultdict[int, list[int]] = defaultdict(list)
        loose = [not placed for placed in graph.placed]
        for x, i in compress(zip(graph.tails, graph.heads, strict=True), map(loose.__getitem__, graph.tails)):
            uses[x].append(i)
        beside: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
        for x, users in uses.items():
            kind = self.kind(x, users)
            homes = {self.home[i] if self.home[i] >= 0 else ~i for i in users}
            first, parts = self.home[users[0]], {part[i] for i in users}
            between = len(parts) == 1 and part[users[0]][0] == "own"  # the first interval is before all others that use it
            if first >= 0 and (between or (len(homes) == 1 and kind != "input")):
                self.home[x] = first
                (self.groups[first].parameters if kind == "parameter" else self.groups[first].leaves).append(x)
            elif kind == "parameter":
                beside["parameter", self.common_path(parts)].append(x)
            else:
                beside["input", frozenset(homes)].append(x)
        self.stand_beside(beside)

    def kind(self, x: int, users: Sequence[int]) -> str:
        """What a leaf is to the scopes that use it.

        A parameter is labelled with the name of its scope ("layer0.w1"), or is used by several calls of one scope; an input by
        scopes inside one call. If neither is known, it counts as part of what it is used by.
        """
        graph = self.graph
        calls = set(map(graph.call.__getitem__, users))
        paths = {graph.path[call] if call >= 0 else NOWHERE for call in calls}
        if self.is_labelled(x, paths):
            return "parameter"
        if len(paths) > 1 or NOWHERE in paths:
            return "input"
        if len(calls) > 1:
            return "parameter"
        return "input" if graph.calls[NOWHERE, next(iter(paths))] > 1 else "leaf"

    def common_path(self, parts: Collection[Part]) -> str:
        """The names that the scopes of some parts have in common from the outermost on."""
        paths = {part[2] for part in parts if part[0] != "value"}
        names = [self.graph.names(path) for path in sorted(paths)]  # type: ignore[arg-type,type-var]
        common = []
        for level in zip(*names):
            if len(set(level)) > 1:
                break
            common.append(level[0])
        return " / ".join(common)

    def stand_beside(self, beside: dict[tuple[str, object], list[int]]) -> None:
        """Groups of leaves that are used alike: none for a few, and a single one if they would be too many to be read."""
        known = [(path, leaves) for (kind, path), leaves in beside.items() if kind == "parameter"]
        alike = [leaves for (kind, _), leaves in beside.items() if kind == "input"]
        few = FEW if sum(len(leaves) for leaves in alike if len(leaves) <= FEW) <= 3 * FEW else 1
        if sum(len(leaves) if len(leaves) <= few else 1 for leaves in alike) > READABLE:
            alike = [sorted(i for leaves in alike for i in leaves)]
        for path, leaves in known:
            self.add_leaves(Group(f"{path} / parameters" if path else "parameters"), leaves, few)
        for leaves in alike:
            first, last = self.graph.number[leaves[0]], self.graph.number[leaves[-1]]
            self.add_leaves(Group(f"leaves {first:,}–{last:,}"), leaves, few)

    def add_leaves(self, group: Group, leaves: list[int], few: int) -> None:
        """A new group of leaves, if they are more than a few and it is not opened."""
        if self.rule.opens(group.name):
            self.within.update(dict.fromkeys(leaves, group.name))
        elif len(leaves) > few:
            self.add(group, leaves)
            if group.name.endswith("parameters"):
                group.parameters, group.leaves = leaves, []


def _tangled(links: Collection[tuple[Part, Part]]) -> set[Part]:
    """The parts on cycles, and those between cycles: what is left when those that nobody needs, or that need nobody, are gone."""
    ahead: defaultdict[Part, list[Part]] = defaultdict(list)
    behind: defaultdict[Part, list[Part]] = defaultdict(list)
    for a, b in links:
        ahead[a].append(b)
        behind[b].append(a)
    left = _peeled({*ahead, *behind}, ahead, behind)
    return _peeled(left, behind, ahead)


def _peeled(parts: Collection[Part], ahead: dict[Part, list[Part]], behind: dict[Part, list[Part]]) -> set[Part]:
    """What is left when parts with nothing behind them are taken away, again and again."""
    left = set(parts)
    waiting = {a: sum(b in left for b in behind.get(a, ())) for a in left}
    ready = [a for a, count in waiting.items() if count == 0]
    while ready:
        a = ready.pop()
        left.discard(a)
        for b in ahead.get(a, ()):
            if b in left:
                waiting[b] -= 1
                if waiting[b] == 0:
                    ready.append(b)
    return left
