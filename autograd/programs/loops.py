"""Runs a function in stages: flat programs and loops in turn, at one point or on many rows.

A program that is not long is run as all its steps one after the other, which is faster; a long one as loops, in little room.

>>> from array import array
>>> from autograd import ops
>>> from autograd.programs.staged import Loop, Stage
>>> codes, starts = array("H", [ops.TABLE["mul"].code]), array("I", [0, 2])
>>> double = Flat(1, array("d", [2.0]), codes, starts, array("I", [0, 1]), array("I", [2]))
>>> three = Staged(1, array("d"), (Stage(((0, 1),), Loop("double", "scan", double, 1, 0, 3)),), ((1, 2),))
>>> StagedReplay(three).pullback(array("d", [1.5]), [[1.0]])
([12.0], [array('d', [8.0])])
"""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from functools import cached_property
from itertools import accumulate

from autograd.programs.flat import Flat
from autograd.programs.placed import Memory, Placed, Places, Pool
from autograd.programs.replay import COMPILED, PlainReplay, Replay
from autograd.programs.staged import Staged, at_runs, bodies_of
from autograd.programs.steps import CompiledSteps, Steps, spread, steps_of
from autograd.programs.unrolling import Longer, Unrolling, as_loop, runs_flat

if COMPILED:
    from autograd.programs import native
    from autograd.programs.columns import Columns

    cleared, holds_any = native.cleared, native.holds_any
else:

    def cleared(numbers: array[float], begin: int, end: int) -> array[float]:
        """The same array, of zeros from one place to another."""
        numbers[begin:end] = array("d", bytes(8 * (end - begin)))
        return numbers

    def holds_any(numbers: array[float], begin: int, end: int) -> bool:
        """Whether a number from one place to another is not 0."""
        return any(numbers[begin:end])

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from autograd.programs.arguments import Point, Work
    from autograd.programs.staged import Laid


def replay_of(laid: Laid) -> PlainReplay:
    """What runs a program."""
    if isinstance(laid, Flat):
        return Replay(laid)
    return UnrolledReplay(laid) if runs_flat(laid) else StagedReplay(Longer(laid).staged, laid)


class Unrolled(PlainReplay):
    """A program whose loops are unrolled: errors are told the step that they are raised in."""

    unrolling: Unrolling

    def raised_at(self, i: int, entry: Any, xs: list[float]) -> Exception | None:
        """With a note of the step that it is raised in."""
        error, said = super().raised_at(i, entry, xs), self.unrolling.step_at(i - self.first)
        if error is not None and said:
            error.add_note(f"in {said}")
        return error


class UnrolledReplay(Unrolled, Replay):  # type: ignore[misc, valid-type]
    """A program in stages, run as all steps one after the other."""

    def __init__(self, staged: Staged) -> None:
        self.unrolling = Unrolling(staged)
        super().__init__(self.unrolling.flat())


class PointRoom:
    """Where a program in stages is run at one point: all numbers, derivatives by them, and what its loops keep for the sweep."""

    def __init__(self, replay: StagedReplay) -> None:
        staged = replay.staged
        self.pool, self.slopes = (Pool(array("d", bytes(8 * (replay.size + 1))), array("d", [0.0])) for _ in range(2))
        self.pool.columns[staged.inputs : staged.first] = staged.constants
        self.memory: list[Any] = [None if placed is None else Memory(placed) for placed in replay.placed]


class StagedReplay(Unrolled):
    """A program in stages that is run: at one point and on rows stage by stage, otherwise unrolled, as it was recorded."""

    def __init__(self, staged: Staged, recorded: Staged | None = None) -> None:
        self.staged, self.recorded, self.origin = staged, recorded or staged, None
        loops = [as_loop(does) for _, does in staged.stages]
        self.runs: list[Steps] = [steps_of(loop, replay_of(loop.body)) for loop in loops]
        self.starts: list[int] = []
        at = staged.first
        for stage in staged.stages:
            self.starts.append(at)
            at += stage.gives
        self.size = at
        self.rooms: list[PointRoom] = []
        """Those that no call uses now."""
        places = Places()
        places.add(at, common=False, wanted=True)
        self.placed = [
            Placed(run, loop, 1, places.at(stage.takes), b"\1" * loop.takes, start) if isinstance(run, CompiledSteps) else None
            for run, loop, stage, start in zip(self.runs, loops, staged.stages, self.starts, strict=True)
        ]

    @cached_property
    def unrolling(self) -> Unrolling:  # type: ignore[override]
        """All steps one after the other."""
        return Unrolling(self.recorded)

    @cached_property
    def unrolled(self) -> PlainReplay:
        """What runs them."""
        return Replay(self.flat)

    @cached_property
    def flat(self) -> Flat:  # type: ignore[override]
        """The flat program that they are."""
        return self.unrolling.flat()

    @property
    def first(self) -> int:  # type: ignore[override]
        """As that of a flat program."""
        return self.flat.first

    # One point.

    @contextmanager
    def _room(self) -> Iterator[PointRoom]:
        """A room for one call."""
        try:
            room = self.rooms.pop()
        except IndexError:
            room = PointRoom(self)
        try:
            yield room
        finally:
            self.rooms = [room]

    def _computed(self, room: PointRoom, xs: Any, *, keeps: bool) -> bool:
        """Compute all numbers between the stages, from these inputs or those that are there; whether all were finite."""
        numbers, finite = room.pool.columns, True
        if xs is not None:
            numbers[: self.staged.inputs] = xs if isinstance(xs, array) else array("d", xs)
        for i, (stage, run, placed) in enumerate(zip(self.staged.stages, self.runs, self.placed, strict=True)):
            if placed is not None:
                finite &= placed.forward(room.pool, room.memory[i], keeps=keeps)
                continue
            given, fine, room.memory[i] = run.forward(at_runs(numbers, stage.takes), keeps=keeps)
            numbers[self.starts[i] : self.starts[i] + stage.gives] = given
            finite &= fine
        return finite

    def _results(self, room: PointRoom) -> array[float]:
        return at_runs(room.pool.columns, self.staged.results)  # type: ignore[no-any-return]

    def _swept(self, room: PointRoom, seed: Sequence[float]) -> array[float]:
        """The derivatives of a seeded sum of the results by the inputs."""
        slopes, numbers = cleared(room.slopes.columns, 0, self.size), room.pool.columns
        spread(slopes, self.staged.results, array("d", seed))
        for i in reversed(range(len(self.runs))):
            stage, placed, start = self.staged.stages[i], self.placed[i], self.starts[i]
            if not holds_any(slopes, start, start + stage.gives):
                continue
            if placed is not None:
                placed.backward(room.pool, room.memory[i], room.slopes)
                continue
            seeds = slopes[start : start + stage.gives]
            spread(slopes, stage.takes, self.runs[i].backward(at_runs(numbers, stage.takes), room.memory[i], seeds))
        return slopes[: self.staged.inputs]

    def point(self, xs: Any, seed: Any) -> tuple[list[float], Any, bool]:  # noqa: D102  (as PlainReplay says)
        with self._room() as room:
            finite = self._computed(room, xs, keeps=seed is not None)
            gradient = None if seed is None else self._swept(room, seed)
            return self._results(room).tolist(), gradient, finite

    def moved(self, xs: Any, direction: Any) -> Sequence[float]:  # noqa: D102
        along = array("d", direction) + array("d", bytes(8 * len(self.staged.constants)))
        with self._room() as room:
            self._computed(room, xs, keeps=False)
            for stage, run in zip(self.staged.stages, self.runs, strict=True):
                along += run.along(at_runs(room.pool.columns, stage.takes), at_runs(along, stage.takes))
        return at_runs(along, self.staged.results)  # type: ignore[no-any-return]

    def values(self, xs: array[float]) -> list[float]:  # noqa: D102
        found, _, finite = self.point(xs, None)
        return self.unless_refused(xs, found, finite=finite)

    def pullback(self, xs: array[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], Sequence[Sequence[float]]]:  # noqa: D102
        with self._room() as room:
            finite = self._computed(room, xs, keeps=True)
            found = self.unless_refused(xs, self._results(room).tolist(), finite=finite)
            return found, [self._swept(room, seed) for seed in seeds]

    def pushforward(  # noqa: D102
        self, xs: array[float], directions: Sequence[Sequence[float]]
    ) -> tuple[list[float], Sequence[Sequence[float]]]:
        return self.values(xs), self._defined(xs, directions, [list(self.moved(xs, d)) for d in directions])

    def held_point(self, point: Point) -> Callable[[], None]:  # noqa: D102
        weights = point.weights
        ends = list(accumulate(map(len, point.blocks), initial=0))
        others = [slice(*ends[k : k + 2]) for k, wanted in enumerate(point.wanted) if not wanted]

        def run() -> None:
            with self._room() as room:
                with memoryview(room.pool.columns) as inputs:
                    for block, start in zip(point.blocks, ends, strict=False):
                        inputs[start : start + len(block)] = block
                if not self._computed(room, None, keeps=point.gradient is not None):
                    self.unless_refused(point.inputs(), [], finite=False)
                point.values[:] = self._results(room)
                if point.gradient is not None:
                    found = self._swept(room, array("d", [1.0]) if weights is None else array("d", bytes(weights)))
                    for place in others:
                        found[place] = array("d", bytes(8 * (place.stop - place.start)))
                    point.gradient[:] = found

        return run

    # Rows.

    @cached_property
    def columns(self) -> Columns | None:
        """What runs rows in C; None where a loop is in a loop: that takes row after row."""
        flat = all(isinstance(body, Flat) for body in bodies_of(self.staged))
        return Columns(self.staged, self.runs) if COMPILED and flat else None

    def batch(self, work: Work) -> None:  # noqa: D102
        if self.columns is None:
            super().batch(work)
        else:
            self.columns.batch(work)

    def batch_gradient(self, work: Work) -> None:  # noqa: D102
        if self.columns is None:
            super().batch_gradient(work)
        else:
            self.columns.gradient(work)

    def batch_jacobian(self, work: Work) -> None:  # noqa: D102
        self.unrolled.batch_jacobian(work)

    def refused(self, work: Work) -> int | None:  # noqa: D102
        for r in range(work.rows):
            xs = work.row(r)
            if not self.point(xs, None)[2] and self.refusal(xs) is not None:
                return r
        return None
