"""``python benchmarks --recorded``: recorded programs beside what others make of the same functions.

Each engine works in a process of its own, in the environment where it is installed. All of them first compute the same
numbers; then they are timed in turn, round by round, never two at a time.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import workloads
from workloads import Workload

from autograd.programs import replay

HERE = Path(__file__).parent
ROUNDS, QUICK = 7, 3
SLOW = 1.0
"""Seconds a call from which on few rounds have to do."""
LONGEST = 20.0
"""Seconds a call from which on nothing is measured."""
NOTICEABLE = 0.1
"""Seconds from which on the preparation of a batch is told."""
AGREEMENT = 1e-9
"""How far a gradient may lie from that of the first engine, relative to its greatest entry."""

ALL = frozenset(workloads.WORKLOADS)
MIXED = frozenset({"mixed-1k", "mixed-10k", "mixed-100k"})
SMALL = frozenset({"mixed-1k", "gmm-d2", "ba"})
NETWORKS = frozenset({"moons", "digits"})


@dataclass(frozen=True)
class Contender:
    """An engine: its title, its class in `others`, the name of its environment, and the workloads that it is tried on."""

    title: str
    engine: str
    environment: str
    workloads: frozenset[str]
    most: float = float("inf")
    """Operations times rows beyond which it is not tried: it would take minutes, or all memory."""


OURS = "chainrule, recorded"
CONTENDERS = (
    Contender("chainrule, eager", "Eager", "", ALL, 5e7),
    Contender(OURS, "Chainrule", "", ALL),
    Contender("plain Python floats, value only", "Plain", "", ALL),
    Contender("numpy on rows, value only", "NumpyValue", "numpy", MIXED | {"ode", "ba"}),
    Contender("numpy by hand", "NumpyByHand", "numpy", NETWORKS),
    Contender("CasADi SX", "Casadi", "casadi", ALL),
    Contender("CasADi SX, as C", "CasadiC", "casadi", ALL),
    Contender("JAX jit, scalar code", "Jax", "jax", SMALL | {"mixed-10k"}),
    Contender("JAX jit, tensors", "JaxTensors", "jax", ALL - MIXED - {"ba"}),
    Contender("PyTorch, scalar code on rows", "Torch", "torch", MIXED | {"ode", "ba", "gmm-d2"}, 2e8),
    Contender("PyTorch, tensors", "TorchTensors", "torch", ALL - MIXED - {"ba", "ode"}),
    Contender("HIPS autograd, scalar code on rows", "Hips", "hips", MIXED | {"ba"}, 2e8),
    Contender("HIPS autograd, tensors", "HipsTensors", "hips", ALL - MIXED - {"ba", "ode"}),
    Contender("SymPy, lambdify with cse", "Sympy", "sympy", SMALL, 1e6),
    Contender("SymPy, lambdify", "SympyPlain", "sympy", SMALL, 1e6),
    Contender("heyoka", "Heyoka", "heyoka", MIXED | {"ba"}),
    Contender("ddx, interpreted", "Ddx", "ddx", MIXED | {"ba"}),
    Contender("ddx, compiled", "DdxCompiled", "ddx", MIXED | {"ba"}),
)
ENVIRONMENTS = sorted({contender.environment for contender in CONTENDERS if contender.environment})


@dataclass
class Entry:
    """What was found of an engine on a workload."""

    title: str
    record: str = ""
    seconds: dict[int, list[float]] = field(default_factory=dict)
    """By the number of rows, 0 for one point: seconds a call, one entry a round."""
    notes: dict[int, str] = field(default_factory=dict)
    """Why there is no figure; the note of -1 is for all of them."""


class FailedError(Exception):
    """An engine did not answer, or said why not."""


@dataclass(frozen=True)
class Settings:
    """How it is measured."""

    pythons: dict[str, str]
    limit: float
    threads: int
    rounds: int
    contenders: frozenset[str]

    def environment(self, contender: Contender) -> dict[str, str]:
        """The variables that hold each library to so many threads; an environment of its own does not see our source."""
        count = str(self.threads)
        names = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
        variables = os.environ | {f"{name}_NUM_THREADS": count for name in names}
        if self.threads == 1:
            variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        if contender.environment:
            variables.pop("PYTHONPATH", None)
        return variables


class Process:
    """A worker and its answers."""

    def __init__(self, contender: Contender, workload: str, settings: Settings, script: Path = HERE / "worker.py") -> None:
        self.limit = settings.limit
        self.ended = ""
        python = settings.pythons.get(contender.environment, sys.executable)
        self.process = subprocess.Popen(
            [python, str(script), contender.engine, workload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=settings.environment(contender),
            start_new_session=True,
        )
        self.reader = concurrent.futures.ThreadPoolExecutor(1)

    def made(self) -> None:
        """Return once the engine is imported."""
        self._answer()

    def ask(self, name: str, *arguments: int) -> dict[str, Any]:
        """The answer to a command."""
        if self.ended:
            raise FailedError(self.ended)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        try:
            line = self.reader.submit(self.process.stdout.readline).result(self.limit)
        except concurrent.futures.TimeoutError:
            self._kill()
            self.ended = f"more than {self.limit:.0f} s"
            raise FailedError(self.ended) from None
        if not line:
            self.ended = "ended without an answer"
            raise FailedError(self.ended)
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise FailedError("not installed")
        if "error" in answer:
            raise FailedError(answer["error"].partition("\n")[0][:80] or "-")
        return answer

    def _kill(self) -> None:
        """Kill the process and what it has started: a compiler would go on for minutes, and disturb the others."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    def end(self) -> None:
        """End the process."""
        self._kill()
        self.process.communicate()
        self.reader.shutdown()


def main(arguments: Sequence[str], print_table: Callable[..., None]) -> None:
    """Print a table for each workload; the figures of an uncompiled replay would say nothing."""
    options = _options(arguments)
    known = frozenset(options.engine or [contender.engine for contender in CONTENDERS])
    settings = settings_of(options, QUICK if options.quick else ROUNDS, known)
    print(f"replay COMPILED {replay.COMPILED}")
    if not replay.COMPILED and not options.uncompiled:
        sys.exit("programs are replayed uncompiled: install the project where there is a C compiler, or say --uncompiled here")
    print(f"{settings.threads} thread{'s' if settings.threads > 1 else ', one core'} for every engine; value and gradient")
    print("figures: median / least of the rounds, in ns an operation (and row), and in brackets the whole call\n", flush=True)
    for name in options.workload or workloads.WORKLOADS:
        try:
            workload = workloads.WORKLOADS[name]()
        except workloads.MissingDataError as reason:
            print(f"{name}: skipped, {reason}\n")
            continue
        print(f"{workload.title}: {workload.operations():,} operations{' a row' if workload.sizes else ''}")
        head, table = lines(workload, measured(name, workload, settings))
        print_table(head, table, markdown=options.markdown)
        print(flush=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks --recorded", description="Recorded programs beside other engines.")
    parser.add_argument("--workload", action="append", choices=[*workloads.WORKLOADS], help="only this one; may be repeated")
    parser.add_argument(
        "--engine", action="append", choices=[contender.engine for contender in CONTENDERS], help="only this one; may be repeated"
    )
    add_options(parser)
    return parser.parse_args(arguments)


def settings_of(options: argparse.Namespace, rounds: int, contenders: frozenset[str]) -> Settings:
    """What the options of `add_options` say."""
    return Settings(dict(pair.split("=", 1) for pair in options.python), options.limit, options.threads, rounds, contenders)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How other engines are measured: the options of every comparison."""
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help=f"the interpreter of another engine's environment, where it is not this one's; NAME: {', '.join(ENVIRONMENTS)}",
    )
    parser.add_argument("--limit", type=float, default=60.0, help="seconds that an engine may take to prepare (default 60)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each engine (default 1)")
    parser.add_argument("--uncompiled", action="store_true", help="measure even if programs are not replayed by compiled code")
    parser.add_argument("--quick", action="store_true", help="few rounds: an indication only")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")


def measured(name: str, workload: Workload, settings: Settings) -> list[Entry]:
    """All engines on a workload: first each prepares and shows its numbers, then they are timed in turn."""
    entries, running = [], []
    operations = workload.operations()
    reference: dict[int, list[float]] = {}
    try:
        for contender in CONTENDERS:
            if name not in contender.workloads or contender.engine not in settings.contenders:
                continue
            entry = Entry(contender.title)
            entries.append(entry)
            sizes = [rows for rows in (0, *workload.sizes) if operations * max(rows, 1) <= contender.most]
            process = _started(entry, contender, name, sizes, reference, settings)
            if process is not None:
                running.append((process, entry))
        for turn in range(settings.rounds):
            for process, entry, rows in _due(running, turn):
                try:
                    entry.seconds[rows].append(process.ask("time", rows)["seconds"])
                except FailedError as reason:
                    entry.notes[rows] = str(reason)
    finally:
        for process, _ in running:
            process.end()
    return entries


def begun(
    running: list[tuple[Process, Entry]],
    contenders: Sequence[Contender],
    name: str,
    settings: Settings,
    script: Path,
    disagreement: Callable[[list[float], list[float]], str],
) -> list[Entry]:
    """An entry for each engine of a task that has no sizes; those that prepared it are added to `running`, which the caller ends.

    What the first one found is the reference; `disagreement` says how far another's numbers lie from it.
    """
    entries: list[Entry] = []
    reference: list[float] = []
    for contender in contenders:
        if name not in contender.workloads:
            continue
        entry = Entry(contender.title)
        entries.append(entry)
        process = Process(contender, name, settings, script)
        try:
            process.made()
            found = process.ask("prepare")["found"]
        except FailedError as reason:
            entry.notes[0] = str(reason)
            process.end()
            continue
        reference = reference or found
        entry.notes[0] = disagreement(found, reference) if found else ""
        entry.seconds[0] = []
        running.append((process, entry))
    return entries


def _started(
    entry: Entry, contender: Contender, name: str, sizes: Sequence[int], reference: dict[int, list[float]], settings: Settings
) -> Process | None:
    """The engine's process with all calls prepared; one that had to be ended is started again for what it could do before."""
    while True:
        process = Process(contender, name, settings)
        _prepare(process, entry, sizes, reference)
        if not process.ended:
            return process
        process.end()
        if not entry.seconds:
            return None
        sizes = list(entry.seconds)
        entry.seconds.clear()


def _due(running: Sequence[tuple[Process, Entry]], turn: int) -> Iterator[tuple[Process, Entry, int]]:
    """What is timed in a round: measure by measure, engine by engine."""
    for rows in sorted({rows for _, entry in running for rows in entry.seconds}):
        for process, entry in running:
            seconds = entry.seconds.get(rows)
            if seconds is not None and rows not in entry.notes and (turn < QUICK or seconds[0] < SLOW):
                yield process, entry, rows


def _prepare(process: Process, entry: Entry, sizes: Sequence[int], reference: dict[int, list[float]]) -> None:
    """Let an engine compute what it is asked for; what it cannot is noted."""
    try:
        process.made()
        seconds = process.ask("record")["seconds"]
        entry.record = _duration(seconds) if seconds else "-"
    except FailedError as reason:
        entry.notes[-1] = str(reason)
        return
    for rows in sizes:
        try:
            answer = process.ask("prepare", rows)
        except FailedError as reason:
            entry.notes[rows] = str(reason)
            continue
        gradient = answer["gradient"]
        note = "" if gradient is None else disagreement(gradient, reference.setdefault(rows, gradient))
        if answer["seconds"] > LONGEST:
            note = f"more than {LONGEST:.0f} s a call"
        if note:
            entry.notes[rows] = note
            continue
        compiling = answer["prepare"] - answer["seconds"]
        if rows and compiling > NOTICEABLE:
            entry.record += f"; {rows:,} rows {_duration(compiling)}"
        entry.seconds[rows] = []


def disagreement(gradient: Sequence[float], reference: Sequence[float]) -> str:
    """How far a gradient lies from the reference, where that is too far."""
    if len(gradient) != len(reference):
        return f"{len(gradient)} derivatives instead of {len(reference)}"
    most = max(map(abs, reference))
    apart = [abs(a - b) / most for a, b in zip(gradient, reference, strict=True)]
    return "" if all(x <= AGREEMENT for x in apart) else f"differs by {max(apart):.0e}"


def lines(workload: Workload, entries: Sequence[Entry]) -> tuple[list[str], list[list[str]]]:
    """The head and the lines of a table: a line for each engine; ratios are ours over theirs, by medians."""
    operations = workload.operations()
    measures = (0, *workload.sizes)
    ours = next((entry for entry in entries if entry.title == OURS), Entry(OURS))
    head = ["engine", "record"]
    for rows in measures:
        head += [f"{rows:,} rows" if rows else "one point", "ours / theirs"]
    table = []
    for entry in entries:
        cells = [entry.title, entry.record or entry.notes.get(-1, "")]
        for rows in measures:
            seconds, own = entry.seconds.get(rows), ours.seconds.get(rows)
            if not seconds:
                cells += [entry.notes.get(rows, "-" if entry.record else ""), ""]
                continue
            middle = statistics.median(seconds)
            scale = 1e9 / (operations * max(rows, 1))
            cells.append(f"{_number(middle * scale)} / {_number(min(seconds) * scale)} ({_duration(middle)})")
            cells.append(_number(statistics.median(own) / middle) if own else "")
        table.append(cells)
    return head, table


def _number(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 0.1 else f"{x:.1g}"


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(seconds * 1e6)} us"
