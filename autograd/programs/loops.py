"""Runs a function in stages: flat programs and loops in turn, at one point or on many rows.

A program that is not long is run as all its steps one after the other, which is faster; a long one as loops, in little room.

>>> from array import array
>>> from autograd import ops
>>> from autograd.programs.staged import Stage
>>> codes, starts = array("H", [ops.TABLE["mul"].code]), array("I", [0, 2])
>>> double = Flat(1, array("d", [2.0]), codes, starts, array("I", [0, 1]), array("I", [2]))
>>> three = Staged(1, array("d"), (Stage(((0, 1),), Loop("double", "scan", double, 1, 0, 3)),), ((1, 2),))
>>> StagedReplay(three).pullback(array("d", [1.5]), [[1.0]])
([12.0], [array('d', [8.0])])
"""

from __future__ import annotations

from array import array
from functools import cached_property
from itertools import accumulate

from autograd.programs.flat import Flat
from autograd.programs.replay import COMPILED, PlainReplay, Replay
from autograd.programs.staged import Loop, Staged, at_runs, bodies_of
from autograd.programs.steps import Steps, spread, steps_of
from autograd.programs.unrolling import Longer, Unrolling, runs_flat

if COMPILED:
    from autograd.programs.columns import Columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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


class StagedReplay(Unrolled):
    """A program in stages that is run: at one point and on rows stage by stage, otherwise unrolled, as it was recorded."""

    def __init__(self, staged: Staged, recorded: Staged | None = None) -> None:
        self.staged, self.recorded, self.origin = staged, recorded or staged, None
        loops = [does if isinstance(does, Loop) else Loop("", "", does, 0, 0, 1) for _, does in staged.stages]
        self.runs: list[Steps] = [steps_of(loop, replay_of(loop.body)) for loop in loops]
        self.starts: list[int] = []
        at = staged.first
        for stage in staged.stages:
            self.starts.append(at)
            at += stage.gives
        self.size = at

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

    def _forward_in_stages(self, xs: Sequence[float], *, keeps: bool) -> tuple[array[float], bool, list[Any]]:
        """All numbers between the stages, whether all were finite, and what loops keep for a sweep."""
        pool, finite, states = array("d", xs) + self.staged.constants, True, []
        for stage, run in zip(self.staged.stages, self.runs, strict=True):
            given, fine, kept = run.forward(at_runs(pool, stage.takes), keeps=keeps)
            pool += given
            finite &= fine
            states.append(kept)
        return pool, finite, states

    def _swept(self, pool: array[float], states: list[Any], seed: Sequence[float]) -> array[float]:
        """The derivatives of a seeded sum of the results by the inputs."""
        sums = array("d", bytes(8 * self.size))
        spread(sums, self.staged.results, array("d", seed))
        for i in reversed(range(len(self.runs))):
            stage = self.staged.stages[i]
            seeds = sums[self.starts[i] : self.starts[i] + stage.gives]
            if any(seeds):
                spread(sums, stage.takes, self.runs[i].backward(at_runs(pool, stage.takes), states[i], seeds))
        return sums[: self.staged.inputs]

    def point(self, xs: Any, seed: Any) -> tuple[list[float], Any, bool]:  # noqa: D102  (as PlainReplay says)
        pool, finite, states = self._forward_in_stages(xs, keeps=seed is not None)
        gradient = None if seed is None else self._swept(pool, states, seed)
        return at_runs(pool, self.staged.results).tolist(), gradient, finite

    def moved(self, xs: Any, direction: Any) -> Sequence[float]:  # noqa: D102
        pool, _, _ = self._forward_in_stages(xs, keeps=False)
        along = array("d", direction) + array("d", bytes(8 * len(self.staged.constants)))
        for stage, run in zip(self.staged.stages, self.runs, strict=True):
            along += run.along(at_runs(pool, stage.takes), at_runs(along, stage.takes))
        return at_runs(along, self.staged.results)  # type: ignore[no-any-return]

    def values(self, xs: array[float]) -> list[float]:  # noqa: D102
        found, _, finite = self.point(xs, None)
        return self.unless_refused(xs, found, finite=finite)

    def pullback(self, xs: array[float], seeds: Sequence[Sequence[float]]) -> tuple[list[float], Sequence[Sequence[float]]]:  # noqa: D102
        pool, finite, states = self._forward_in_stages(xs, keeps=True)
        found = self.unless_refused(xs, at_runs(pool, self.staged.results).tolist(), finite=finite)
        return found, [self._swept(pool, states, seed) for seed in seeds]

    def pushforward(  # noqa: D102
        self, xs: array[float], directions: Sequence[Sequence[float]]
    ) -> tuple[list[float], Sequence[Sequence[float]]]:
        return self.values(xs), self._defined(xs, directions, [list(self.moved(xs, d)) for d in directions])

    def held_point(self, point: Point) -> Callable[[], None]:  # noqa: D102
        weights = point.weights
        ends = list(accumulate(map(len, point.blocks), initial=0))
        others = [slice(*ends[k : k + 2]) for k, wanted in enumerate(point.wanted) if not wanted]

        def run() -> None:
            xs = point.inputs()
            pool, finite, states = self._forward_in_stages(xs, keeps=point.gradient is not None)
            self.unless_refused(xs, [], finite=finite)
            point.values[:] = at_runs(pool, self.staged.results)
            if point.gradient is not None:
                found = self._swept(pool, states, array("d", [1.0]) if weights is None else array("d", bytes(weights)))
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
