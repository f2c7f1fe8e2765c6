"""How it is measured: interleaved repetitions in one process, medians, and the ratio of medians."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from engines import Engine

Expression = Callable[[Engine, list[Any]], Any]


@dataclass(frozen=True)
class Run:
    """What is timed: an expression on an engine at a point, so many times over, with the cyclic collector on or off."""

    engine: Engine
    expression: Expression
    point: Sequence[float]
    operations: int
    times: int = 1
    collector: bool = True


@dataclass
class Samples:
    """Nanoseconds an operation, one entry a repetition."""

    build: list[float] = field(default_factory=list)
    backward: list[float] = field(default_factory=list)
    free: list[float] = field(default_factory=list)

    @property
    def whole(self) -> list[float]:
        """The three together."""
        return [a + b + c for a, b, c in zip(self.build, self.backward, self.free, strict=True)]


def once(run: Run, samples: Samples) -> None:
    """Build, run backward and free, `run.times` times; the cyclic collector has nothing left over when the clock starts."""
    engine, expression = run.engine, run.expression
    gc.collect()
    if not run.collector:
        gc.disable()
    build = backward = free = 0.0
    try:
        for _ in range(run.times):
            begin = perf_counter()
            xs = engine.variables(run.point)
            y = expression(engine, xs)
            built = perf_counter()
            engine.backward(y)
            swept = perf_counter()
            del xs, y
            engine.finish()
            freed = perf_counter()
            build += built - begin
            backward += swept - built
            free += freed - swept
    finally:
        gc.enable()
    scale = 1e9 / (run.operations * run.times)
    samples.build.append(build * scale)
    samples.backward.append(backward * scale)
    samples.free.append(free * scale)


def interleaved(runs: dict[str, Run], repetitions: int) -> dict[str, Samples]:
    """Each run once a round, so that what disturbs the machine disturbs all of them; a first round is thrown away."""
    for run in runs.values():
        once(run, Samples())
    samples = {name: Samples() for name in runs}
    for _ in range(repetitions):
        for name, run in runs.items():
            once(run, samples[name])
    return samples


def ratio(above: Sequence[float], below: Sequence[float]) -> tuple[float, float]:
    """The ratio of the medians, and of the least."""
    return statistics.median(above) / statistics.median(below), min(above) / min(below)


def middle(numbers: Sequence[float]) -> tuple[float, float]:
    """The median, and the least."""
    return statistics.median(numbers), min(numbers)
