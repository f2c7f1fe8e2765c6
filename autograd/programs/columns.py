"""A function in stages on many rows, compiled: some rows at a time, one in each lane of a column.

What lies between the stages are columns, a number for each row; what all rows share stays one number. A flat program is a loop of
one step here. What all rows share is computed once, and its derivatives are summed over the rows.
"""

from __future__ import annotations

import contextlib
from array import array
from operator import add

from autograd.programs.staged import Loop
from autograd.programs.steps import KEPT

with contextlib.suppress(ImportError):  # uncompiled nobody asks for columns
    from autograd.programs import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NamedTuple

    from autograd.programs.arguments import Work
    from autograd.programs.staged import Runs, Stage, Staged
    from autograd.programs.steps import Steps
else:
    from autograd.programs.named import NamedTuple


CACHED = 1 << 16
"""So many numbers may lie between the stages, for all rows that are computed at a time: they stay in the processor's cache."""


class Pool:
    """Numbers between the stages, or derivatives by them: columns, and what all rows share."""

    def __init__(self, columns: array[float], commons: array[float]) -> None:
        self.columns, self.commons = columns, commons


class Segment(NamedTuple):
    """Neighbours among the columns, or among what all rows share."""

    common: bool
    start: int
    stop: int


class Places:
    """Of each id whether all rows share it, and where it stands."""

    def __init__(self) -> None:
        self.common: list[bool] = []
        self.slots: list[int] = []
        self.wanted: list[bool] = []
        self.counts = [0, 0]

    def add(self, count: int, *, common: bool, wanted: bool) -> tuple[int, int]:
        """So many more; the first of their places, and the one after the last."""
        start = self.counts[common]
        self.counts[common] += count
        self.common += [common] * count
        self.wanted += [wanted] * count
        self.slots += range(start, start + count)
        return start, start + count

    def segments(self, ids: Iterable[int]) -> list[Segment]:
        """Where they stand, neighbours together."""
        found: list[Segment] = []
        for x in ids:
            common, slot = self.common[x], self.slots[x]
            if found and found[-1].common == common and found[-1].stop == slot:
                found[-1] = found[-1]._replace(stop=slot + 1)
            else:
                found.append(Segment(common, slot, slot + 1))
        return found


def joined(parts: list[array[float]]) -> array[float]:
    """Arrays one after the other; of one itself."""
    whole = parts[0] if parts else array("d")
    for part in parts[1:]:
        whole += part
    return whole


def ids_in(runs: Runs) -> list[int]:
    """All ids."""
    return [x for start, stop in runs for x in range(start, stop)]


class StageOnRows:
    """A stage, some rows at a time. `run` runs it at one point."""

    def __init__(self, stage: Stage, run: Steps, places: Places, lanes: int) -> None:
        self.run, self.lanes = run, lanes
        takes = ids_in(stage.takes)
        loop = stage.does if isinstance(stage.does, Loop) else Loop("", "", stage.does, 0, 0, 1)
        front = loop.takes - loop.shared
        self.common = all(places.common[x] for x in takes)
        self.wanted = any(places.wanted[x] for x in takes)
        self.front = places.segments(takes[:front])
        behind = takes[front:]
        self.shared = places.segments([x for x in behind if not places.common[x]])
        self.commons = places.segments([x for x in behind if places.common[x]])
        self.all = places.segments(takes)
        self.start, self.stop = places.add(stage.gives, common=self.common, wanted=self.wanted)
        if not self.common:
            own = takes[loop.carried : front]
            by_own = [any(places.wanted[x] for x in own[k :: loop.own]) for k in range(loop.own)]
            wanted = bytes([True] * loop.carried + by_own + [places.wanted[x] for x in behind])
            marks = bytes([places.common[x] for x in behind])
            machine = machine_of(run)
            self.native = native.Steps(machine, loop.carried, loop.own, loop.steps, lanes, marks, wanted, KEPT)

    def _taken(self, pool: Pool) -> tuple[array[float], array[float]]:
        n = self.lanes
        columns = [
            native.in_lanes(pool.commons[start:stop], n) if common else pool.columns[start * n : stop * n]
            for common, start, stop in self.front + self.shared
        ]
        return joined(columns), joined([pool.commons[start:stop] for _, start, stop in self.commons])

    def forward(self, pool: Pool, *, keeps: bool) -> Any:
        """Add what the stage gives; what it keeps."""
        if not self.common:
            given, _, kept = self.native.forward(*self._taken(pool), keeps)
            pool.columns += given
            return kept
        takes = array("d", [x for _, start, stop in self.all for x in pool.commons[start:stop]])
        given, _, kept = self.run.forward(takes, keeps=keeps)
        pool.commons += given
        return takes, kept

    def backward(self, pool: Pool, kept: Any, slopes: Pool) -> None:
        """Add to the derivatives by what the stage takes."""
        n = self.lanes
        if not self.wanted:
            return
        if self.common:
            takes, states = kept
            found = self.run.backward(takes, states, slopes.commons[self.start : self.stop])
            self._add(slopes, self.all, found, 1)
            return
        takes, commons = self._taken(pool)
        seeds = slopes.columns[self.start * n : self.stop * n]
        found, sums = self.native.backward(takes, commons, kept, seeds)
        self._add(slopes, self.front + self.shared, found, n)
        self._add(slopes, self.commons, sums, 1)

    def _add(self, slopes: Pool, segments: Sequence[Segment], found: array[float], lanes: int) -> None:
        at = 0
        for common, start, stop in segments:
            end = at + (stop - start) * lanes
            part = found if end - at == len(found) else found[at:end]
            at = end
            if common:
                native.added(slopes.commons, start, native.over_lanes(part, lanes))
            else:
                native.added(slopes.columns, start * lanes, part)


def machine_of(run: Steps) -> native.Machine:
    """The step of a loop, in C."""
    return run.body.machine  # type: ignore[attr-defined, no-any-return]


class Layout:
    """The stages for arguments of which these have rows, and by which derivatives are wanted."""

    def __init__(self, staged: Staged, runs: Sequence[Steps], key: tuple[tuple[bool, bool, int], ...], lanes: int) -> None:
        places, self.lanes = Places(), lanes
        self.blocks = [places.add(width, common=not own, wanted=wanted) for own, wanted, width in key]
        places.add(len(staged.constants), common=True, wanted=False)
        self.stages = [StageOnRows(stage, run, places, lanes) for stage, run in zip(staged.stages, runs, strict=True)]
        self.results = places.segments(ids_in(staged.results))
        self.counts = places.counts


class Columns:
    """A function in stages, run on rows."""

    def __init__(self, staged: Staged, runs: Sequence[Steps]) -> None:
        self.staged, self.runs = staged, runs
        self.width = staged.first + sum([stage.gives for stage in staged.stages])
        self.layouts: dict[Any, Layout] = {}

    def _layout(self, work: Work) -> Layout:
        wanted = [out is not None for out in work.derivatives] or [False] * len(work.blocks)
        key = tuple([(block.own, each, block.width) for block, each in zip(work.blocks, wanted, strict=True)])
        lanes = min([CACHED // self.width // 8 * 8 or 8, *[native.lanes_of(machine_of(run), work.rows) for run in self.runs]])
        if (key, lanes) not in self.layouts:
            self.layouts[key, lanes] = Layout(self.staged, self.runs, key, lanes)
        return self.layouts[key, lanes]

    def batch(self, work: Work) -> None:
        """As `PlainReplay.batch`."""
        layout = self._layout(work)
        for begin in range(0, work.rows, layout.lanes):
            self._forward(work, layout, begin, min(layout.lanes, work.rows - begin), keeps=False)

    def gradient(self, work: Work) -> None:
        """As `PlainReplay.batch_gradient`."""
        layout, piece = self._layout(work), work.piece or work.rows
        for out, block in zip(work.derivatives, work.blocks, strict=True):
            if out is not None and not block.own:
                out[:] = array("d", bytes(8 * block.width))
        for first in range(0, work.rows, piece):
            last, sums = min(first + piece, work.rows), array("d", bytes(8 * layout.counts[True]))
            for begin in range(first, last, layout.lanes):
                self._swept(work, layout, begin, min(layout.lanes, last - begin), sums)
            for out, block, (start, stop) in zip(work.derivatives, work.blocks, layout.blocks, strict=True):
                if out is not None and not block.own:
                    whole = array("d", bytes(out))
                    native.added(whole, 0, sums[start:stop])
                    out[:] = whole

    def _forward(self, work: Work, layout: Layout, begin: int, count: int, *, keeps: bool) -> tuple[Pool, list[Any]]:
        """All columns of some rows, whose results are written, and what the stages keep."""
        pool, n = Pool(array("d"), array("d")), layout.lanes
        pool.columns = joined([native.turned(numbers, width, begin, count, n) for numbers, own, width in work.blocks if own])
        for numbers, own, _ in work.blocks:
            if not own:
                pool.commons.frombytes(numbers.tobytes())
        pool.commons += self.staged.constants
        kept = [stage.forward(pool, keeps=keeps) for stage in layout.stages]
        results = array("d")
        for common, start, stop in layout.results:
            results += native.in_lanes(pool.commons[start:stop], n) if common else pool.columns[start * n : stop * n]
        native.turned_back(results, len(results) // n, begin, count, n, work.values)
        return pool, kept

    def _swept(self, work: Work, layout: Layout, begin: int, count: int, sums: array[float]) -> None:
        """The derivatives of some rows; to `sums` are added those by what all rows share."""
        n = layout.lanes
        pool, kept = self._forward(work, layout, begin, count, keeps=True)
        slopes = Pool(array("d", bytes(8 * n * layout.counts[False])), sums)
        m = sum([stop - start for _, start, stop in layout.results])
        for place, (common, at) in enumerate((common, at) for common, start, stop in layout.results for at in range(start, stop)):
            weights = (
                [1.0] * count if work.weights is None else work.weights[begin * m + place : (begin + count) * m : m].tolist()
            )
            if common:
                sums[at] += sum(weights)
            else:
                slopes.columns[at * n : at * n + count] = array("d", map(add, slopes.columns[at * n : at * n + count], weights))
        for stage, memory in zip(reversed(layout.stages), reversed(kept), strict=True):
            stage.backward(pool, memory, slopes)
        for out, block, (start, stop) in zip(work.derivatives, work.blocks, layout.blocks, strict=True):
            if out is not None and block.own:
                native.turned_back(slopes.columns[start * n : stop * n], block.width, begin, count, n, out)
