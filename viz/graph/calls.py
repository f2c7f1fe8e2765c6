"""A graph in numbers: the operands of each Value, and the tree of calls of scopes that it was made in."""

from __future__ import annotations

from array import array
from collections import Counter
from copy import copy
from functools import cached_property
from itertools import accumulate, chain, compress, repeat

from autograd.value import graph_columns, scopes_of
from viz.words import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any, TypeAlias

    from autograd.value import Value

    Cell: TypeAlias = tuple[int, int]
    """All calls of a path of names inside one call (-1: anywhere); a call itself is the cell of its path inside it."""

DEEPEST = 32
"""Scopes further inside count as their surroundings."""
NOWHERE = -1
"""The call of what was made in no scope."""


class Graph:
    """A graph in numbers: which Value is computed from which, and the tree of the calls that they were made in.

    Link k leads from the Value ``tails[k]`` to ``heads[k]``, in the order of heads; of Value i there are ``counts[i]`` that end
    there, the first of them link ``starts[i]``. A `part` has the same calls, paths and numbers, so that what is there is called
    what it is called here.
    """

    def __init__(self, order: list[Value]) -> None:
        self.order = order
        self.number: Sequence[int] = range(len(order))
        self.place = dict(zip(map(id, order), range(len(order))))
        _, *columns, _ = graph_columns([], order)
        kinds, counts, tails = (array(kind, each).tolist() for each, kind in zip(columns, "HIi", strict=False))
        self.link(tails, counts, list(map((-1).__lt__, tails)))
        self.constants = [many - ours for many, ours in zip(counts, self.counts, strict=True)]
        ops = {kind: order[i].op for kind, i in dict(zip(kinds, range(len(order)))).items()}
        self.ops = [ops[kind] for kind in kinds]
        self.leaf = [not kind for kind in kinds]
        self.call, table = scopes_of(order)
        self.outer: list[int] = []
        self.path: list[int] = []
        self.level: list[int] = []
        names: dict[tuple[int, str], int] = {}
        for outer, name in table:
            if outer >= 0 and self.level[outer] == DEEPEST:
                self.outer.append(self.outer[outer])
                self.path.append(self.path[outer])
                self.level.append(DEEPEST)
                continue
            around = self.path[outer] if outer >= 0 else NOWHERE
            self.outer.append(outer)
            self.path.append(names.setdefault((around, printable(name)), len(names)))
            self.level.append(self.level[outer] + 1 if outer >= 0 else 1)
        self.paths = list(names)
        self.spelled: dict[int, list[str]] = {NOWHERE: []}
        self.has_inner = {around for around, _ in self.paths}
        self.deepest = max(self.level, default=0)
        self.rank: list[int] = []
        siblings: Counter[Cell] = Counter()
        for sibling in zip(self.outer, self.path, strict=True):
            siblings[sibling] += 1
            self.rank.append(siblings[sibling])
        self.several = [siblings[sibling] > 1 for sibling in zip(self.outer, self.path, strict=True)]
        self.count_calls()

    def part(self, places: Sequence[int]) -> Graph:
        """What it is of these Values, given in the order of evaluation."""
        part, at = copy(self), {i: k for k, i in enumerate(places)}
        for columns in ("order", "number", "constants", "leaf", "ops", "call"):
            setattr(part, columns, list(map(getattr(self, columns).__getitem__, places)))
        part.place = dict(zip(map(id, part.order), range(len(places))))
        rows = map(slice, map(self.starts.__getitem__, places), map(self.starts.__getitem__, map((1).__add__, places)))
        tails = list(chain.from_iterable(map(self.tails.__getitem__, rows)))
        part.link(map(at.get, tails), map(self.counts.__getitem__, places), list(map(at.__contains__, tails)))
        kept = sorted({each for call in set(part.call) for each in self.chain(call)})
        again = {call: k for k, call in enumerate(kept)} | {NOWHERE: NOWHERE}
        part.call = list(map(again.__getitem__, part.call))
        part.outer = [again[self.outer[call]] for call in kept]
        part.path, part.level, part.rank = ([of[call] for call in kept] for of in (self.path, self.level, self.rank))
        part.several = [self.several[call] for call in kept]
        part.deepest = max(part.level, default=0)
        part.count_calls()
        return part

    def link(self, tails: Iterable[Any], counts: Iterable[int], kept: Collection[bool]) -> None:
        """Keep some links, of which so many lead to each Value."""
        heads = chain.from_iterable(map(repeat, range(len(self.order)), counts))
        self.tails, self.heads = list(compress(tails, kept)), list(compress(heads, kept))
        self.counts = list(map(Counter(self.heads).get, range(len(self.order)), repeat(0)))
        self.starts = list(accumulate(self.counts, initial=0))
        self.__dict__.pop("before", None)
        self.__dict__.pop("used", None)

    def operands(self, i: int) -> list[int]:
        """Those of a Value that are Values."""
        return self.tails[self.starts[i] : self.starts[i + 1]]

    def users(self, i: int) -> list[int]:
        """What is computed from a Value, as often as it is an operand, in the order of evaluation."""
        found, (last, before) = [], self.before
        k = last[i]
        while k >= 0:
            found.append(self.heads[k])
            k = before[k]
        return found[::-1]

    @cached_property
    def used(self) -> list[int]:
        """How often each Value is an operand."""
        return list(map(Counter(self.tails).get, range(len(self.order)), repeat(0)))

    @cached_property
    def before(self) -> tuple[list[int], list[int]]:
        """The last link from each Value, and of each link the one before it from the same Value; -1 for none."""
        last, before = [-1] * len(self.order), []
        for k, x in enumerate(self.tails):
            before.append(last[x])
            last[x] = k
        return last, before

    def count_calls(self) -> None:
        """How many calls of each path there are, inside each call and altogether; what of the graph was made in which."""
        self.placed = [not leaf or call >= 0 for leaf, call in zip(self.leaf, self.call, strict=True)]
        self.made = [not leaf for leaf in self.leaf]
        self.has_outside = any(leaf is False and call < 0 for leaf, call in zip(self.leaf, self.call, strict=True))
        self.joints: set[tuple[int, int]] | None = None
        self.calls: Counter[Cell] = Counter()
        for call, path in enumerate(self.path):
            for around in (NOWHERE, *self.chain(call)):
                self.calls[around, path] += 1
        self.has_several = max(self.calls.values(), default=0) > 1

    def joined(self) -> set[tuple[int, int]]:
        """Which call needs which."""
        if self.joints is None:
            tails, heads = (map(self.call.__getitem__, ends) for ends in (self.tails, self.heads))
            self.joints = set(compress(zip(tails, heads), map(self.placed.__getitem__, self.tails)))
        return self.joints

    def path_of(self, i: int) -> int:
        """The path of the scope that a Value was made in."""
        return self.path[self.call[i]] if self.call[i] >= 0 else NOWHERE

    def chain(self, call: int) -> list[int]:
        """A call and those around it, the outermost first."""
        found = []
        while call >= 0:
            found.append(call)
            call = self.outer[call]
        return found[::-1]

    def names(self, path: int) -> list[str]:
        """The names of a path, the outermost first."""
        if path not in self.spelled:
            around, name = self.paths[path]
            self.spelled[path] = [*self.names(around), name]
        return self.spelled[path]

    def title(self, cell: Cell) -> str:
        """What a cell is called, such as "layer0 call 3 / neuron1"."""
        anchor, path = cell
        said = []
        for call in self.chain(anchor):
            name = self.paths[self.path[call]][1]
            said.append(f"{name} call {self.rank[call]}" if self.several[call] else name)
        return " / ".join(said + self.names(path)[len(said) :])
