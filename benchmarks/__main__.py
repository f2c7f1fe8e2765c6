"""``python benchmarks``: every figure that the project is held to, as a ratio in one run.

Run as the folder, never as ``python -m benchmarks``: so it is the installed engine that is imported, not the source tree.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import big
import figures
import kinds
import loops
import names
import pictures
import recorded
import scans
import training
from figures import Figure

import autograd
from chainrule.whole import NOTE, compiled_elsewhere

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
REPETITIONS = {"price": 41, "anew": 201, "comparisons": 9, "imports": 21, "pictures": 9}
QUICK = {"price": 7, "anew": 21, "comparisons": 3, "imports": 5, "pictures": 3}
BIG = ("chain", "graph", "network")
MEMORY = ("touching", "sizes", "copying", "loops")
SPEED = {**figures.SPEED, "pictures": pictures.pictures}


def main() -> None:
    """Print the report."""
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(_part(arguments.part, arguments.quick)))
        return
    print(f"autograd is {autograd.__file__}")
    print(f"COMPILED {autograd.COMPILED}; Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")
    if not autograd.COMPILED and not arguments.uncompiled:
        otherwise = "this is the uncompiled engine: install the project where there is a C compiler"
        sys.exit(f"{NOTE if compiled_elsewhere(autograd) else otherwise}, or say --uncompiled")
    if arguments.big:
        if autograd.COMPILED:
            _print_memory(markdown=arguments.markdown)
        _print_big(BIG if autograd.COMPILED else BIG[:1], markdown=arguments.markdown)
        return
    if arguments.recorded is not None:
        recorded.main(arguments.recorded, _table)
        return
    if arguments.training is not None:
        training.main(arguments.training, _table)
        return
    if arguments.numbers:
        kinds.main(_table, quick=arguments.quick, markdown=arguments.markdown)
        return
    if arguments.names is not None:
        names.main(arguments.names, _table)
        return
    if arguments.scans:
        scans.main(_table, quick=arguments.quick, markdown=arguments.markdown)
        return
    found = _measured(arguments.quick, os.environ.copy())
    beside = {} if arguments.uncompiled or arguments.alone else _uncompiled(arguments.quick)
    _print(found, beside, markdown=arguments.markdown)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks", description="The figures that the project is held to.")
    parser.add_argument("--uncompiled", action="store_true", help="measure the engine even if it is not compiled")
    parser.add_argument("--alone", action="store_true", help="leave out the uncompiled engine's figures beside")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--quick", action="store_true", help="few repetitions: an indication only")
    parser.add_argument(
        "--big", action="store_true", help="instead: graphs of all sizes, long loops, a chain, a graph, a network of millions"
    )
    parser.add_argument(
        "--recorded",
        nargs=argparse.REMAINDER,
        help="instead: recorded programs beside other engines; last, followed by options of its own (--recorded --help)",
    )
    parser.add_argument(
        "--training",
        nargs=argparse.REMAINDER,
        help="instead: a training step beside other engines; last, followed by options of its own (--training --help)",
    )
    parser.add_argument(
        "--names",
        nargs=argparse.REMAINDER,
        help="instead: a GPT on names beside other engines; last, followed by options of its own (--names --help)",
    )
    parser.add_argument(
        "--numbers", action="store_true", help="instead: fractions, intervals, series, error bars and printed code beside others"
    )
    parser.add_argument("--scans", action="store_true", help="instead: recorded loops beside the same steps unrolled")
    parser.add_argument("--part", choices=[*SPEED, "memory", *MEMORY, *BIG], help=argparse.SUPPRESS)
    return parser.parse_args()


def _part(name: str, quick: bool) -> Any:
    if name in SPEED:
        return [asdict(figure) for figure in SPEED[name]((QUICK if quick else REPETITIONS)[name])]
    if name == "memory":
        return [asdict(figure) for figure in figures.memory(big.memory())]
    return getattr(loops if name in MEMORY else big, name)()


def _in_its_own_process(part: str, environment: dict[str, str], *, quick: bool = False) -> Any:
    command = [sys.executable, str(HERE), "--part", part, *(["--quick"] if quick else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, text=True)
    return json.loads(done.stdout)


def _measured(quick: bool, environment: dict[str, str]) -> list[Figure]:
    parts = [*SPEED, "memory"]
    return [Figure(**entry) for part in parts for entry in _in_its_own_process(part, environment, quick=quick)]


def _uncompiled(quick: bool) -> dict[str, Figure]:
    """The same figures of the source tree that stands beside this folder, by name; nothing if that is compiled in place."""
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    question = "import autograd; print(autograd.COMPILED)"
    answer = subprocess.run(
        [sys.executable, "-c", question], check=False, stdout=subprocess.PIPE, env=environment, text=True, cwd=HERE
    )
    if answer.stdout.strip() != "False":
        print(f"(no uncompiled engine in {CHECKOUT}: its figures are left out)\n")
        return {}
    return {figure.name: figure for figure in _measured(quick, environment)}


def _print(found: Sequence[Figure], beside: dict[str, Figure], *, markdown: bool) -> None:
    rows = []
    for figure in found:
        other = beside.get(figure.name)
        rows.append(
            (
                figure.name,
                f"{_number(figure.median)} {figure.unit}",
                _number(figure.least),
                figure.target,
                figure.met,
                figure.beside,
                _number(other.median) if other and "floor" not in figure.name else "",
            )
        )
    _table(("figure", "median", "least", "target", "met", "beside", "uncompiled"), rows, markdown=markdown)


def _print_memory(*, markdown: bool) -> None:
    """Nanoseconds a node, of processor time."""
    (first_touch, touch), sizes, copying, runs = (_in_its_own_process(part, os.environ.copy()) for part in MEMORY)
    usual = next(again[-1] for n, _, again in sizes if n == loops.USUAL)
    rows = [
        (f"{n:,}", *map(_number, first), *map(_number, again), f"{first[-1] / usual:.2f}", f"{again[-1] / usual:.2f}")
        for n, first, again in sizes
    ]
    head = ("nodes", "build", "backward", "free", "all", "build again", "backward", "free", "all")
    over = f"over {loops.USUAL:,}"
    _table((*head, f"first {over}", f"again {over}"), rows, markdown=markdown)
    print(f"\nmemory is copied at {copying:.1f} GB/s, read and written; to touch that of a node took {first_touch:.1f} ns")
    print(f"first of all, and {touch:.1f} when it had been given back and was asked for again\n")
    ends = [(name, f"{n:,}", *map(_number, (*first, *last)), f"{last[-1] / first[-1]:.3f}") for name, n, first, last in runs]
    both = ("build", "backward", "free", "all", "build at the end", "backward", "free", "all")
    _table(("loop", "nodes", *both, "end over beginning"), ends, markdown=markdown)
    print()


def _print_big(kinds: Sequence[str], *, markdown: bool) -> None:
    rows = []
    for kind in kinds:
        for step, seconds, most in _in_its_own_process(kind, os.environ.copy()):
            rows.append((step, f"{seconds:.3f}", f"{most:,.0f}"))
    _table(("step", "seconds", "peak so far, MB"), rows, markdown=markdown)


def _number(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.1f}" if abs(x) >= 10 else f"{x:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> None:
    if markdown:
        print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
        for row in rows:
            print(f"| {' | '.join(row)} |")
        return
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
