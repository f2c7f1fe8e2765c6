"""A loop in C among the columns of a program in stages: what is large is read and written where it stands.

At one point a column is one number, and nothing is common.
"""

from __future__ import annotations

import contextlib
from array import array
from itertools import compress, pairwise

from autograd.programs.staged import at_runs
from autograd.programs.steps import KEPT
from autograd.programs.unrolling import is_cheap

with contextlib.suppress(ImportError):  # uncompiled nobody asks for them
    from autograd.programs import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.programs.staged import Loop, Runs
    from autograd.programs.steps import Steps


class Places:
    """Of each id whether all rows share it, where it stands among what they share or among columns, whether it is derived by."""

    def __init__(self) -> None:
        self.slots, self.common, self.wanted = array("I"), bytearray(), bytearray()
        self.counts = [0, 0]

    def add(self, count: int, *, common: bool, wanted: bool) -> tuple[int, int]:
        """So many more; the first of their places, and the one after the last."""
        start = self.counts[common]
        self.counts[common] += count
        self.common += bytes([common]) * count
        self.wanted += bytes([wanted]) * count
        self.slots.extend(range(start, start + count))
        return start, start + count

    def at(self, runs: Runs) -> native.Slots:
        """Where these ids stand."""
        return native.Slots(at_runs(self.slots, runs), bytes(at_runs(self.common, runs)))


class Pool:
    """Numbers between the stages, or derivatives by them: columns, and what all rows share."""

    def __init__(self, columns: array[float], commons: array[float]) -> None:
        self.columns, self.commons = columns, commons


class Memory:
    """Of a loop copies of what does not stand as its steps read it, and what is kept for the sweep."""

    def __init__(self, placed: Placed) -> None:
        n, parts = placed.lanes, (placed.state, placed.own, placed.shared)
        direct = placed.own_at is not None, placed.adds
        self.takes, self.found = (
            [native.room_of(0 if k == 1 and there else n * len(part)) for k, part in enumerate(parts)] for there in direct
        )
        for each in (self.takes, self.found):
            each.append(native.room_of(len(placed.commons)))
        self.rooms = placed.native.rooms()


class Placed:
    """A loop that takes what stands in these places, and gives columns from one on."""

    def __init__(self, run: Steps, loop: Loop, lanes: int, slots: native.Slots, wanted: bytes, to: int) -> None:
        self.lanes, self.to = lanes, to
        c, end = loop.carried, loop.takes - loop.shared
        self.state, self.own, behind = (
            native.Slots(slots.slots[start:stop], slots.common[start:stop]) for start, stop in pairwise((0, c, end, loop.takes))
        )
        marks = behind.common
        self.shared, self.commons = (
            native.Slots(array("I", compress(behind.slots, [mark == kind for mark in marks])), bytes([kind]) * marks.count(kind))
            for kind in (0, 1)
        )
        self.own_at = self.own.slots[0] if self.own.neighbours() else None
        """From which column on the steps' own numbers stand in their order, if they do."""
        others = [*compress(self.state.slots, [not mark for mark in self.state.common]), *self.shared.slots]
        self.adds = self.own_at is not None and not any(self.own_at <= x < self.own_at + end - c for x in others)
        """Whether derivatives by them are added where they belong, as nothing else of this loop is added there."""
        by_own = [1 in wanted[c + k : end : loop.own] for k in range(loop.own)]
        asked = bytes([True] * c + by_own) + wanted[end:]
        machine = run.body.machine  # type: ignore[attr-defined]
        self.native = native.Steps(machine, c, loop.own, loop.steps, lanes, marks, asked, KEPT, is_cheap(loop.body))  # type: ignore[arg-type]

    def forward(self, pool: Pool, memory: Memory, *, keeps: bool) -> bool:
        """Write what the loop gives; whether at one point all numbers were finite."""
        for slots, to in zip((self.state, self.own, self.shared), memory.takes, strict=False):
            if slots is not self.own or self.own_at is None:
                slots.gather(pool.columns, pool.commons, self.lanes, to)
        self.commons.gather(pool.columns, pool.commons, 1, memory.takes[3])
        return self.native.forward(self._takes(pool, memory), pool.columns, self.to * self.lanes, memory.rooms, keeps)

    def _takes(self, pool: Pool, memory: Memory) -> Any:
        state, own, shared, commons = memory.takes
        own, at = (own, 0) if self.own_at is None else (pool.columns, self.own_at * self.lanes)
        return state, own, at, shared, commons

    def backward(self, pool: Pool, memory: Memory, slopes: Pool) -> None:
        """Add to the derivatives by what the loop takes."""
        state, own, shared, commons = [native.cleared(found, 0, len(found)) for found in memory.found]
        to, at = (slopes.columns, (self.own_at or 0) * self.lanes) if self.adds else (own, 0)
        found = state, to, at, shared, commons
        self.native.backward(self._takes(pool, memory), memory.rooms, slopes.columns, self.to * self.lanes, found)
        self.state.spread(state, self.lanes, slopes.columns, slopes.commons)
        if not self.adds:
            self.own.spread(own, self.lanes, slopes.columns, slopes.commons)
        self.shared.spread(shared, self.lanes, slopes.columns, slopes.commons)
        self.commons.spread(commons, 1, slopes.columns, slopes.commons)
