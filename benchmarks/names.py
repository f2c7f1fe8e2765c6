"""``python benchmarks --names``: a character-level GPT on names, as people train it who learn what backpropagation is.

Each engine works in a process of its own (`gpts.py`), in the environment where it is installed. All of them first make the same
20 steps and show their losses, which must agree; then they are timed in turn: processor time a document, the least of all rounds.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import recorded
from gpts import NAMES, SMALL, STEPS, TASKS
from recorded import Contender, Entry, Process, Settings

from autograd.programs import replay

SCRIPT = Path(__file__).with_name("gpts.py")
ROUNDS, QUICK = 15, 2
AGREEMENT = 1e-12
"""How far a loss may lie from that of the first engine, relative to it."""
SLOW = 0.01
"""Seconds a document from which on two rounds have to do."""

ONE, ROWS, MIXED = "document", "minibatch", "mixed"
WIDE, WIDE_ROWS = "wide document", "wide minibatch"
PAGE, WITHOUT = "a page of Python on its own class", "the same, collector off"
DROP_IN, PRIMITIVES, POINT = "chainrule, the page with our Value", "chainrule, our functions, nn.Adam", "chainrule, recorded"
FIT = "chainrule, nn.fit"
FLOOR, JAX, SCAN = "C by hand", "JAX, a jitted step", "JAX, all steps as a jitted scan"


def on(*tasks: str) -> frozenset[str]:
    """The tasks of an engine."""
    return frozenset(tasks)


CONTENDERS = (
    Contender(FLOOR, "Floor", "", on(*TASKS)),
    Contender(PAGE, "ByHand", "", on(ONE)),
    Contender(WITHOUT, "ByHandWithoutCollector", "", on(ONE)),
    Contender(DROP_IN, "DropIn", "", on(ONE)),
    Contender("the same with dot", "DropInDots", "", on(ONE)),
    Contender(PRIMITIVES, "DropInPrimitives", "", on(ONE)),
    Contender(POINT, "Recorded", "", on(ONE, WIDE)),
    Contender(POINT, "RecordedRows", "", on(ROWS, MIXED, WIDE_ROWS)),
    Contender(FIT, "Fit", "", on(ONE, ROWS, MIXED)),
    Contender("numpy by hand", "NumpyByHand", "numpy", on(*TASKS)),
    Contender("PyTorch", "Torch", "torch", on(*TASKS)),
    Contender(JAX, "Jax", "jax", on(*TASKS)),
    Contender(SCAN, "JaxScan", "jax", on(ONE, ROWS, MIXED)),
)


@dataclass(frozen=True)
class Goal:
    """What an engine is held to on a task: at most so many microseconds a document, or times what another one needs."""

    task: str
    title: str
    most: float
    over: str = ""

    def words(self) -> str:
        """As it is told."""
        if not self.over:
            return f"{self.title}, {TASKS[self.task].title}: at most {self.most:g} us"
        factor = f"{self.most:g} times" if self.most >= 1 else f"1/{1 / self.most:g} of"
        return f"{self.title}, {TASKS[self.task].title}: at most {factor} {self.over}"


GOALS = (
    Goal(ONE, DROP_IN, 1 / 30, PAGE),
    Goal(ONE, PRIMITIVES, 1 / 120, PAGE),
    Goal(ONE, POINT, 40.0),
    Goal(ONE, FIT, 40.0),
    Goal(ROWS, POINT, 9.0),
    Goal(ROWS, FIT, 9.0),
    Goal(MIXED, POINT, 12.0),
    Goal(MIXED, FIT, 12.0),
    Goal(WIDE, POINT, 1.3, JAX),
    Goal(WIDE_ROWS, POINT, 1.0, JAX),
)


def main(arguments: Sequence[str], print_table: Callable[..., None]) -> None:
    """Print a table for each task, and what misses its goal."""
    parser = argparse.ArgumentParser(prog="python benchmarks --names", description="A GPT on names beside other engines.")
    recorded.add_options(parser)
    parser.set_defaults(limit=240.0)
    parser.add_argument("--task", action="append", choices=[*TASKS], help="only this one; may be repeated")
    parser.add_argument("file", nargs="?", help="names, one a line, of letters from a to z; else those of the examples")
    options = parser.parse_args(arguments)
    if not replay.COMPILED and not options.uncompiled:
        sys.exit("programs are replayed uncompiled: install the project where there is a C compiler, or say --uncompiled here")
    os.environ[NAMES] = str(Path(options.file).resolve() if options.file else SMALL)
    try:
        for name in options.task or TASKS:
            TASKS[name].documents  # noqa: B018  (whether there are any)
    except (OSError, ValueError) as error:
        sys.exit(f"python benchmarks --names FILE: {error}")
    settings = recorded.settings_of(options, QUICK if options.quick else ROUNDS, frozenset(c.engine for c in CONTENDERS))
    threads = f"{settings.threads} thread{'s' if settings.threads > 1 else ', one core'} for every engine"
    print(f"{threads}; the losses of {STEPS} steps agree to {AGREEMENT:g}")
    print(f"microseconds of processor time a document, the least of {settings.rounds} rounds\n")
    told = []
    for name in options.task or TASKS:
        entries = measured(name, settings)
        print(TASKS[name].title)
        print_table(("engine", "least", "median", "over C by hand"), list(lines(entries)), markdown=options.markdown)
        print(flush=True)
        told += list(judged(name, entries))
    print("\n".join(told))


def measured(name: str, settings: Settings) -> list[Entry]:
    """All engines on a task."""
    running: list[tuple[Process, Entry]] = []
    try:
        entries = recorded.begun(running, CONTENDERS, name, settings, SCRIPT, disagreement)
        for turn in range(settings.rounds):
            for process, entry in running:
                if turn < QUICK or entry.seconds[0][0] < SLOW:
                    entry.seconds[0].append(process.ask("time")["seconds"])
    finally:
        for process, _ in running:
            process.end()
    return entries


def disagreement(found: Sequence[float], reference: Sequence[float]) -> str:
    """How far losses lie from the reference, where that is too far; one alone is the mean of all."""
    if len(found) == 1:
        reference = [math.fsum(reference) / len(reference)]
    apart = max(abs(a - b) / abs(b) for a, b in zip(found, reference, strict=True))
    return "" if apart <= AGREEMENT else f"differs by {apart:.0e}"


def lines(entries: Sequence[Entry]) -> Iterator[list[str]]:
    """A line for each engine."""
    floor = least(entries, FLOOR)
    for entry in entries:
        if entry.notes[0]:
            yield [entry.title, entry.notes[0], "", ""]
            continue
        middle, low = statistics.median(entry.seconds[0]), min(entry.seconds[0])
        yield [entry.title, f"{low * 1e6:,.1f}", f"{middle * 1e6:,.1f}", f"{low / floor:,.1f}" if floor else ""]


def least(entries: Sequence[Entry], title: str) -> float:
    """The seconds of an engine; 0 if there are none."""
    return next((min(e.seconds[0]) for e in entries if e.title == title and not e.notes[0]), 0.0)


def judged(name: str, entries: Sequence[Entry]) -> Iterator[str]:
    """What each goal of a task came to."""
    for goal in GOALS:
        ours, other = least(entries, goal.title), least(entries, goal.over) if goal.over else 1e-6
        if goal.task != name or not ours or not other:
            continue
        reached = ours / other
        met = "met" if reached <= goal.most else "MISSED"
        told = f"{reached:,.1f} us" if not goal.over else f"{reached:,.2f} times" if reached >= 0.1 else f"1/{1 / reached:,.0f}"
        yield f"{met}: {goal.words()}; reached {told}"
