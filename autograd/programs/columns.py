"""A function in stages on many rows, compiled: some rows at a time, one in each lane of a column.

What lies between the stages are columns, a number for each row; what all rows share stays one number. A flat program is a loop of
one step here. What all rows share is computed once, and its derivatives are summed over the rows.
"""

from __future__ import annotations

import contextlib
from array import array

from autograd.programs.placed import Memory, Placed, Places, Pool
from autograd.programs.staged import at_runs
from autograd.programs.unrolling import as_loop

with contextlib.suppress(ImportError):  # uncompiled nobody asks for columns
    from autograd.programs import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from autograd.programs.arguments import Work
    from autograd.programs.staged import Stage, Staged
    from autograd.programs.steps import Steps


CACHED = 1 << 16
"""So many numbers may lie between the stages, for all rows that are computed at a time: they stay in the processor's cache."""


class StageOnRows:
    """A stage, some rows at a time. `run` runs it at one point."""

    def __init__(self, stage: Stage, run: Steps, places: Places, lanes: int) -> None:
        self.run = run
        loop = as_loop(stage.does)
        self.takes = places.at(stage.takes)
        if loop is not stage.does and 1 in self.takes.common:  # they are shared, and one number each
            loop = loop._replace(own=0)
        wanted = bytes(at_runs(places.wanted, stage.takes))
        self.common = 0 not in self.takes.common
        self.wanted = 1 in wanted
        self.start, self.stop = places.add(stage.gives, common=self.common, wanted=self.wanted)
        self.placed = None if self.common else Placed(run, loop, lanes, self.takes, wanted, self.start)


class Once:
    """What a stage keeps that all rows share: it is computed once for all rows, and swept once for those of a piece."""

    def __init__(self, stage: StageOnRows) -> None:
        self.stage, self.takes, self.kept = stage, native.room_of(len(stage.takes)), None

    def forward(self, pool: Pool, *, keeps: bool) -> None:
        """Write what the stage gives."""
        stage = self.stage
        stage.takes.gather(pool.columns, pool.commons, 1, self.takes)
        pool.commons[stage.start : stage.stop], _, self.kept = stage.run.forward(self.takes[: len(stage.takes)], keeps=keeps)

    def backward(self, slopes: Pool) -> None:
        """Add to the derivatives by what the stage takes."""
        stage = self.stage
        found = stage.run.backward(self.takes[: len(stage.takes)], self.kept, slopes.commons[stage.start : stage.stop])
        stage.takes.spread(found, 1, slopes.columns, slopes.commons)


def machine_of(run: Steps) -> native.Machine:
    """The step of a loop, in C."""
    return run.body.machine  # type: ignore[attr-defined, no-any-return]


class Layout:
    """The stages for arguments of which these have rows, and by which derivatives are wanted."""

    def __init__(self, staged: Staged, runs: Sequence[Steps], key: tuple[tuple[bool, bool, int], ...], lanes: int) -> None:
        places, self.lanes = Places(), lanes
        self.blocks = [places.add(width, common=not own, wanted=wanted) for own, wanted, width in key]
        self.constants, _ = places.add(len(staged.constants), common=True, wanted=False)
        self.stages = [StageOnRows(stage, run, places, lanes) for stage, run in zip(staged.stages, runs, strict=True)]
        self.results = places.at(staged.results)
        self.counts = places.counts
        self.swept = [(start, stop) for (own, wanted, _), (start, stop) in zip(key, self.blocks, strict=True) if own and wanted]
        self.swept += [(stage.start, stage.stop) for stage in self.stages if not stage.common]
        """The columns by which there are derivatives."""

    def pool(self) -> Pool:
        """Room for all columns, and for what all rows share."""
        return Pool(native.room_of(self.lanes * self.counts[False]), native.room_of(self.counts[True]))


class Room:
    """Where some rows after others are run."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.pool, self.slopes = layout.pool(), layout.pool()
        self.once = [Once(stage) for stage in layout.stages if stage.placed is None]
        self.each = [(stage.placed, stage, Memory(stage.placed)) for stage in layout.stages if stage.placed is not None]
        self.results = None if layout.results.neighbours() else native.room_of(layout.lanes * len(layout.results))

    def begin(self, work: Work, constants: array[float], *, keeps: bool) -> None:
        """Write what all rows share, and what is computed from it."""
        commons, start = self.pool.commons, self.layout.constants
        commons[start : start + len(constants)] = constants
        for (numbers, own, _), (start, stop) in zip(work.blocks, self.layout.blocks, strict=True):
            if not own:
                commons[start:stop] = array("d", numbers.tobytes())
        for memory in self.once:
            memory.forward(self.pool, keeps=keeps)


class Columns:
    """A function in stages, run on rows."""

    def __init__(self, staged: Staged, runs: Sequence[Steps]) -> None:
        self.staged, self.runs = staged, runs
        self.width = staged.first + sum([stage.gives for stage in staged.stages])
        self.layouts: dict[Any, Layout] = {}
        self.rooms: list[Room] = []
        """The last one, if no call uses it."""

    @contextlib.contextmanager
    def _room(self, work: Work, *, keeps: bool) -> Iterator[Room]:
        """A room for one call."""
        layout, room = self._layout(work), None
        with contextlib.suppress(IndexError):
            room = self.rooms.pop()
        if room is None or room.layout is not layout:
            room = Room(layout)
        room.begin(work, self.staged.constants, keeps=keeps)
        try:
            yield room
        finally:
            self.rooms = [room]

    def _layout(self, work: Work) -> Layout:
        wanted = [out is not None for out in work.derivatives] or [False] * len(work.blocks)
        key = tuple([(block.own, each, block.width) for block, each in zip(work.blocks, wanted, strict=True)])
        lanes = min([CACHED // self.width // 8 * 8 or 8, *[native.lanes_of(machine_of(run), work.rows) for run in self.runs]])
        if (key, lanes) not in self.layouts:
            self.layouts[key, lanes] = Layout(self.staged, self.runs, key, lanes)
        return self.layouts[key, lanes]

    def batch(self, work: Work) -> None:
        """As `PlainReplay.batch`."""
        with self._room(work, keeps=False) as room:
            lanes = room.layout.lanes
            for begin in range(0, work.rows, lanes):
                self._forward(work, room, begin, min(lanes, work.rows - begin), keeps=False)

    def gradient(self, work: Work) -> None:
        """As `PlainReplay.batch_gradient`."""
        piece = work.piece or work.rows
        for out, block in zip(work.derivatives, work.blocks, strict=True):
            if out is not None and not block.own:
                out[:] = array("d", bytes(8 * block.width))
        with self._room(work, keeps=True) as room:
            lanes, sums = room.layout.lanes, room.slopes.commons
            for first in range(0, work.rows, piece):
                last = min(first + piece, work.rows)
                native.cleared(sums, 0, len(sums))
                for begin in range(first, last, lanes):
                    self._swept(work, room, begin, min(lanes, last - begin))
                for once in reversed(room.once):
                    if once.stage.wanted:
                        once.backward(room.slopes)
                for out, block, (start, stop) in zip(work.derivatives, work.blocks, room.layout.blocks, strict=True):
                    if out is not None and not block.own:
                        whole = array("d", bytes(out))
                        native.added(whole, 0, sums[start:stop])
                        out[:] = whole

    def _forward(self, work: Work, room: Room, begin: int, count: int, *, keeps: bool) -> None:
        """Compute all columns of some rows, and write their results."""
        layout, pool = room.layout, room.pool
        n, results = layout.lanes, layout.results
        for (numbers, own, width), (start, _) in zip(work.blocks, layout.blocks, strict=True):
            if own:
                native.turned(numbers, width, begin, count, n, pool.columns, start)
        for placed, _, memory in room.each:
            placed.forward(pool, memory, keeps=keeps)
        if room.results is None:
            native.turned_back(pool.columns, results.slots[0], len(results), begin, count, n, work.values)
        else:
            results.gather(pool.columns, pool.commons, n, room.results)
            native.turned_back(room.results, 0, len(results), begin, count, n, work.values)

    def _swept(self, work: Work, room: Room, begin: int, count: int) -> None:
        """The derivatives of some rows; to the commons of the slopes are added those by what all rows share."""
        layout, slopes = room.layout, room.slopes
        n = layout.lanes
        self._forward(work, room, begin, count, keeps=True)
        for start, stop in layout.swept:
            native.cleared(slopes.columns, start * n, stop * n)
        layout.results.seed(work.weights, begin, count, n, slopes.columns, slopes.commons)
        for placed, stage, memory in reversed(room.each):
            if stage.wanted:
                placed.backward(room.pool, memory, slopes)
        for out, block, (start, _) in zip(work.derivatives, work.blocks, layout.blocks, strict=True):
            if out is not None and block.own:
                native.turned_back(slopes.columns, start, block.width, begin, count, n, out)
