"""``python benchmarks --training``: a whole training step, the optimiser's included, beside what others need for the same step.

Each engine works in a process of its own (`trainers.py`), in the environment where it is installed; all of them first make the
same steps and show the same parameters, then they are timed in turn. Plain gradient descent, in doubles.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import recorded
import workloads
from recorded import Contender, Entry, Process, Settings
from trainers import TASKS, task

from autograd.programs import replay

SCRIPT = Path(__file__).with_name("trainers.py")
ROUNDS, QUICK = 15, 3

OURS = "chainrule, nn.fit"
BOTH, DEMO = frozenset(TASKS), frozenset({"demo"})
CONTENDERS = (
    Contender(OURS, "Fit", "", BOTH),
    Contender("chainrule, nn.fit with Adam", "FitAdam", "", BOTH),
    Contender("numpy by hand", "NumpyByHand", "numpy", BOTH),
    Contender("JAX, a jitted step", "Jax", "jax", BOTH),
    Contender("JAX, the epoch as a jitted scan", "JaxScan", "jax", BOTH),
    Contender("PyTorch, tensors", "Torch", "torch", BOTH),
    Contender("PyTorch, torch.nn and torch.optim", "TorchModules", "torch", BOTH),
    Contender("chainrule, eager", "Eager", "", DEMO),
    Contender("the same, collector off", "EagerWithoutCollector", "", DEMO),
    Contender("micrograd", "Micrograd", "", DEMO),
    Contender("the same, collector off ", "MicrogradWithoutCollector", "", DEMO),
)


def main(arguments: Sequence[str], print_table: Callable[..., None]) -> None:
    """Print a table for each task."""
    parser = argparse.ArgumentParser(prog="python benchmarks --training", description="A training step beside other engines.")
    recorded.add_options(parser)
    parser.add_argument("--task", action="append", choices=TASKS, help="only this one; may be repeated")
    options = parser.parse_args(arguments)
    if not replay.COMPILED and not options.uncompiled:
        sys.exit("programs are replayed uncompiled: install the project where there is a C compiler, or say --uncompiled here")
    settings = recorded.settings_of(options, QUICK if options.quick else ROUNDS, frozenset(c.engine for c in CONTENDERS))
    print(f"{settings.threads} thread{'s' if settings.threads > 1 else ', one core'} for every engine; microseconds a step\n")
    for name in options.task or TASKS:
        try:
            title = task(name).title
        except workloads.MissingDataError as reason:
            print(f"{name}: skipped, {reason}\n")
            continue
        entries = measured(name, settings)
        print(title)
        print_table(("engine", "median", "least", "theirs / nn.fit"), list(lines(entries)), markdown=options.markdown)
        print(flush=True)


def measured(name: str, settings: Settings) -> list[Entry]:
    """All engines on a task."""
    running: list[tuple[Process, Entry]] = []
    try:
        entries = recorded.begun(running, CONTENDERS, name, settings, SCRIPT, recorded.disagreement)
        for _ in range(settings.rounds):
            for process, entry in running:
                entry.seconds[0].append(process.ask("time")["seconds"])
    finally:
        for process, _ in running:
            process.end()
    return entries


def lines(entries: Sequence[Entry]) -> Iterator[list[str]]:
    """A line for each engine: microseconds, and how many of our steps that is."""
    ours = statistics.median(next(entry for entry in entries if entry.title == OURS).seconds[0])
    for entry in entries:
        if 0 not in entry.seconds or entry.notes[0]:
            yield [entry.title, entry.notes[0], "", ""]
            continue
        middle, least = statistics.median(entry.seconds[0]), min(entry.seconds[0])
        yield [entry.title, f"{middle * 1e6:,.1f}", f"{least * 1e6:,.1f}", f"{middle / ours:,.2f}"]

