"""A function in stages on many rows, compiled: some rows at a time, one in each lane of a column.

What lies between the stages are columns, a number for each row; what all rows share stays one number. A flat program is a loop of
one step here. What all rows share is computed once, and its derivatives are summed over the rows.
"""

from __future__ import annotations

import contextlib
from array import array

from autograd.programs.placed import Memory, Placed, Places, Pool
from autograd.programs.staged import Loop, at_runs

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
        loop = stage.does if isinstance(stage.does, Loop) else Loop("", "", stage.does, 0, 0, 1)
        self.takes = places.at(stage.takes)
        wanted = bytes(at_runs(places.wanted, stage.takes))
        self.common = 0 not in self.takes.common
        self.wanted = 1 in wanted
        self.start, self.stop = places.add(stage.gives, common=self.common, wanted=self.wanted)
        self.placed = None if self.common else Placed(run, loop, lanes, self.takes, wanted, self.start)

    def memory(self) -> Any:
        """Room for what the stage needs besides the pool."""
        return native.room_of(len(self.takes)) if self.placed is None else Memory(self.placed)

    def forward(self, pool: Pool, memory: Any, *, keeps: bool) -> Any:
        """Write what the stage gives; what it keeps besides."""
        if self.placed is not None:
            return self.placed.forward(pool, memory, keeps=keeps)
        self.takes.gather(pool.columns, pool.commons, 1, memory)
        given, _, kept = self.run.forward(memory[: len(self.takes)], keeps=keeps)
        pool.commons[self.start : self.stop] = given
        return kept

    def backward(self, pool: Pool, memory: Any, kept: Any, slopes: Pool) -> None:
        """Add to the derivatives by what the stage takes."""
        if not self.wanted:
            return
        if self.placed is not None:
            self.placed.backward(pool, memory, slopes)
            return
        found = self.run.backward(memory[: len(self.takes)], kept, slopes.commons[self.start : self.stop])
        self.takes.spread(found, 1, slopes.columns, slopes.commons)


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
        self.memory = [stage.memory() for stage in layout.stages]
        self.results = None if layout.results.neighbours() else native.room_of(layout.lanes * len(layout.results))

    def begin(self, work: Work, constants: array[float]) -> None:
        """Write what all rows share."""
        commons, start = self.pool.commons, self.layout.constants
        commons[start : start + len(constants)] = constants
        for (numbers, own, _), (start, stop) in zip(work.blocks, self.layout.blocks, strict=True):
            if not own:
                commons[start:stop] = array("d", numbers.tobytes())


class Columns:
    """A function in stages, run on rows."""

    def __init__(self, staged: Staged, runs: Sequence[Steps]) -> None:
        self.staged, self.runs = staged, runs
        self.width = staged.first + sum([stage.gives for stage in staged.stages])
        self.layouts: dict[Any, Layout] = {}
        self.rooms: list[Room] = []
        """The last one, if no call uses it."""

    @contextlib.contextmanager
    def _room(self, work: Work) -> Iterator[Room]:
        """A room for one call."""
        layout, room = self._layout(work), None
        with contextlib.suppress(IndexError):
            room = self.rooms.pop()
        if room is None or room.layout is not layout:
            room = Room(layout)
        room.begin(work, self.staged.constants)
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
        with self._room(work) as room:
            lanes = room.layout.lanes
            for begin in range(0, work.rows, lanes):
                self._forward(work, room, begin, min(lanes, work.rows - begin), keeps=False)

    def gradient(self, work: Work) -> None:
        """As `PlainReplay.batch_gradient`."""
        piece = work.piece or work.rows
        for out, block in zip(work.derivatives, work.blocks, strict=True):
            if out is not None and not block.own:
                out[:] = array("d", bytes(8 * block.width))
        with self._room(work) as room:
            lanes, sums = room.layout.lanes, room.slopes.commons
            for first in range(0, work.rows, piece):
                last = min(first + piece, work.rows)
                native.cleared(sums, 0, len(sums))
                for begin in range(first, last, lanes):
                    self._swept(work, room, begin, min(lanes, last - begin))
                for out, block, (start, stop) in zip(work.derivatives, work.blocks, room.layout.blocks, strict=True):
                    if out is not None and not block.own:
                        whole = array("d", bytes(out))
                        native.added(whole, 0, sums[start:stop])
                        out[:] = whole

    def _forward(self, work: Work, room: Room, begin: int, count: int, *, keeps: bool) -> list[Any]:
        """Compute all columns of some rows, and write their results; what the stages keep."""
        layout, pool = room.layout, room.pool
        n, results = layout.lanes, layout.results
        for (numbers, own, width), (start, _) in zip(work.blocks, layout.blocks, strict=True):
            if own:
                native.turned(numbers, width, begin, count, n, pool.columns, start)
        kept = [stage.forward(pool, memory, keeps=keeps) for stage, memory in zip(layout.stages, room.memory, strict=True)]
        if room.results is None:
            native.turned_back(pool.columns, results.slots[0], len(results), begin, count, n, work.values)
        else:
            results.gather(pool.columns, pool.commons, n, room.results)
            native.turned_back(room.results, 0, len(results), begin, count, n, work.values)
        return kept

    def _swept(self, work: Work, room: Room, begin: int, count: int) -> None:
        """The derivatives of some rows; to the commons of the slopes are added those by what all rows share."""
        layout, slopes = room.layout, room.slopes
        n = layout.lanes
        kept = self._forward(work, room, begin, count, keeps=True)
        for start, stop in layout.swept:
            native.cleared(slopes.columns, start * n, stop * n)
        layout.results.seed(work.weights, begin, count, n, slopes.columns, slopes.commons)
        for stage, memory, own in zip(reversed(layout.stages), reversed(room.memory), reversed(kept), strict=True):
            stage.backward(room.pool, memory, own, slopes)
        for out, block, (start, _) in zip(work.derivatives, work.blocks, layout.blocks, strict=True):
            if out is not None and block.own:
                native.turned_back(slopes.columns, start, block.width, begin, count, n, out)
