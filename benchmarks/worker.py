"""One engine on one workload in a process of its own: reads commands from standard input, answers on standard output.

Commands and answers are JSON, a line each. The orchestrator (`recorded.py`) never lets two workers work at once.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import statistics
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import others
import workloads

ENOUGH = 0.02
"""Seconds that a measured stretch lasts at least."""

RECORDINGS, LONG = 9, 1.0
"""How often something is recorded at most, and after how many seconds not again."""

Answer = dict[str, Any]


class Worker:
    """An engine, and the calls that were prepared on it."""

    def __init__(self, engine: str, workload: str) -> None:
        self.workload = workloads.WORKLOADS[workload]()
        self.engine: others.Engine = getattr(others, engine)(self.workload)
        self.calls: dict[int, tuple[others.Call, int]] = {}

    def record(self) -> Answer:
        """Prepare one point; says how long it took: 0 if there is nothing to do."""
        if type(self.engine).record is others.Engine.record:
            return {"seconds": 0.0}
        seconds: list[float] = []
        while not seconds or (self.engine.again and len(seconds) < RECORDINGS and sum(seconds) < LONG):
            gc.collect()
            begin = perf_counter()
            self.engine.record()
            seconds.append(perf_counter() - begin)
        return {"seconds": statistics.median(seconds)}

    def prepare(self, rows: int) -> Answer:
        """Prepare a call on so many rows, 0 for one point; says how long it took, how long a call takes, and what it found."""
        begin = perf_counter()
        call = self.engine.rows(*self._inputs(rows)) if rows else self.engine.one()
        found = call()
        prepared = perf_counter() - begin
        answer = _tidied(found, rows if self.workload.own else 0, self.engine.rows_axis)
        del found
        begin = perf_counter()
        call()
        seconds = perf_counter() - begin
        self.calls[rows] = call, max(1, round(ENOUGH / seconds))
        return {"prepare": prepared, "seconds": seconds, **answer}

    def _inputs(self, rows: int) -> tuple[Any, Any]:
        np: Any = importlib.import_module("numpy")
        work = self.workload
        several = np.arange(rows)
        parameters, data = np.array(work.parameters()), np.array(work.data, dtype=float)
        return parameters[several % len(parameters)] if work.own else parameters[0], data[several % len(data)]

    def time(self, rows: int) -> Answer:
        """Seconds of a call that was prepared."""
        call, times = self.calls[rows]
        gc.collect()
        begin = perf_counter()
        for _ in range(times):
            call()
        return {"seconds": (perf_counter() - begin) / times}


def _tidied(found: tuple[Any, Any], rows: int, axis: int) -> dict[str, list[float] | None]:
    """Values and gradients as lists: all of them, or those of the first and the last of the rows."""
    answer: dict[str, list[float] | None] = {}
    for name, numbers in zip(("values", "gradient"), found, strict=True):
        if numbers is None:
            answer[name] = None
        elif not rows:
            answer[name] = [float(x) for x in _flat(numbers)]
        else:
            np: Any = importlib.import_module("numpy")
            array = np.asarray(numbers)
            table = array.reshape(rows, -1) if axis == 0 else array.reshape(-1, rows).T
            answer[name] = [*table[0].tolist(), *table[-1].tolist()]
    return answer


def _flat(numbers: Any) -> list[Any]:
    """The numbers of a number, of an array, or of sequences of them."""
    if hasattr(numbers, "reshape"):
        return list(numbers.reshape(-1).tolist())
    return [x for part in numbers for x in _flat(part)] if isinstance(numbers, (list, tuple)) else [numbers]


def main(kind: Callable[..., Any] = Worker) -> None:
    """Answer until the commands end."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    if others.threads() == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def answered(work: Callable[[], Answer]) -> None:
        try:
            answer = work()
        except Exception as error:
            kind = "missing" if isinstance(error, ImportError) else "error"
            answer = {kind: "" if isinstance(error, NotImplementedError) else f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")

    made: list[Any] = []

    def make() -> Answer:
        made.append(kind(*sys.argv[1:]))
        return {}

    answered(make)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        answered(partial(getattr(made[0], name), *arguments))


if __name__ == "__main__":
    main()
