"""The figures that the project is held to, each measured beside what it is compared with."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import expressions
from engines import Chainrule, Engine, Plain, others
from floors import bare_tape
from measure import Run, Samples, interleaved, middle, ratio

SEGMENTS = 1000
TIGHT_OPERATIONS = 100_000
ANEW_OPERATIONS, ANEW_SEGMENTS = 10_000, 100
README_OPERATIONS = 21
README_TIMES = 200


@dataclass(frozen=True)
class Figure:
    """One line of the report: the median, the least of the repetitions, what is wanted, and the times beside."""

    name: str
    median: float
    least: float
    unit: str
    target: str = ""
    beside: str = ""

    @property
    def met(self) -> str:
        """Whether the median keeps to the target; empty where there is none."""
        if not self.target:
            return ""
        relation, bound = self.target.split()[:2]
        kept = self.median <= float(bound) if relation == "<=" else self.median >= float(bound)
        return "yes" if kept else "NO"


def mixed_run(engine: Engine, segments: int = SEGMENTS, *, collector: bool = True) -> Run:
    """The mixed expression; its indices are drawn beforehand."""
    plan = expressions.plan(segments)
    return Run(
        engine,
        lambda e, xs: expressions.mixed(xs, plan, e.tanh, e.exp),
        expressions.mixed_point(),
        expressions.mixed_operations(segments),
        collector=collector,
    )


def tight_run(engine: Engine, operations: int = TIGHT_OPERATIONS) -> Run:
    """The loop of multiply and add."""
    return Run(engine, lambda _, xs: expressions.tight(operations, *xs), expressions.TIGHT_POINT, operations)


def readme_run(engine: Engine, *, collector: bool = True) -> Run:
    """micrograd's README example, many times over."""
    return Run(
        engine, lambda _, xs: expressions.readme(*xs), expressions.README_POINT, README_OPERATIONS, README_TIMES, collector
    )


def price(repetitions: int) -> list[Figure]:
    """What a gradient costs, over the value alone on plain floats; and where a node's time goes."""
    ours, plain, tape = Chainrule(), Plain(), bare_tape()
    runs = {
        "tight plain": tight_run(plain),
        "tight ours": tight_run(ours),
        "mixed plain": mixed_run(plain),
        "mixed ours": mixed_run(ours),
    }
    if tape is not None:
        runs |= {"tight tape": tight_run(tape), "mixed tape": mixed_run(tape)}
    samples = interleaved(runs, repetitions)
    figures = []
    for kind, title, target in (
        ("tight", "price of a gradient, multiply and add", "<= 4.0"),
        ("mixed", "price of a gradient, mixed expression", "<= 2.2"),
    ):
        one, floats = samples[f"{kind} ours"], samples[f"{kind} plain"]
        beside = f"{_ns(one.whole)} over {_ns(floats.build)} ns an operation"
        figures.append(Figure(title, *ratio(one.whole, floats.build), "times", target, beside))
        figures += _parts(kind, one)
        if tape is not None:
            floor = samples[f"{kind} tape"]
            beside = f"{_ns(floor.whole)} over {_ns(floats.build)} ns an operation"
            figures.append(Figure("  floor: a bare tape in C", *ratio(floor.whole, floats.build), "times", "", beside))
    return figures


def _parts(kind: str, one: Samples) -> list[Figure]:
    return [
        Figure(f"  {name} alone ({kind})", *middle(numbers), "ns a node")
        for name, numbers in (("build", one.build), ("backward", one.backward), ("free", one.free))
    ]


def anew(repetitions: int) -> list[Figure]:
    """What it costs to compute a graph anew in place, once a leaf was changed, over the value alone on plain floats."""
    ours, plain = Chainrule(), Plain()
    figures = []
    for title, run, base in (
        ("multiply and add", tight_run(ours, ANEW_OPERATIONS), tight_run(plain, ANEW_OPERATIONS)),
        ("mixed expression", mixed_run(ours, ANEW_SEGMENTS), mixed_run(plain, ANEW_SEGMENTS)),
    ):
        xs = ours.variables(run.point)
        y = run.expression(ours, xs)
        computed, floats = [], []
        for i in range(repetitions + 1):
            xs[0].data = run.point[0] + i * 1e-9
            begin = perf_counter()
            y.forward()
            between = perf_counter()
            base.expression(plain, list(run.point))
            computed.append((between - begin) * 1e9 / run.operations)
            floats.append((perf_counter() - between) * 1e9 / run.operations)
        beside = f"{_ns(computed[1:])} over {_ns(floats[1:])} ns an operation"
        figures.append(Figure(f"forward() of a graph, {title}", *ratio(computed[1:], floats[1:]), "times", "<= 1.5", beside))
    return figures


def comparisons(repetitions: int) -> list[Figure]:
    """Over the other engines from Python that are installed."""
    found = others()
    ours = Chainrule()
    runs = {"mixed ours": mixed_run(ours), "readme ours": readme_run(ours)}
    if "micrograd" in found:
        micrograd = found["micrograd"]
        runs |= {
            "mixed micrograd": mixed_run(micrograd),
            "mixed micrograd off": mixed_run(micrograd, collector=False),
            "readme micrograd": readme_run(micrograd),
            "readme micrograd off": readme_run(micrograd, collector=False),
        }
    if "xad" in found:
        runs["mixed xad"] = mixed_run(found["xad"])
    samples = interleaved(runs, repetitions)
    figures = []
    for key, base, title, target in (
        ("mixed micrograd", "mixed ours", "over micrograd 0.1.0, mixed expression", ">= 100"),
        ("mixed micrograd off", "mixed ours", "the same, collector off", ">= 20"),
        ("readme micrograd", "readme ours", "over micrograd 0.1.0, its README example", ">= 30"),
        ("readme micrograd off", "readme ours", "the same, collector off", ""),
        ("mixed xad", "mixed ours", "over xad, mixed expression", ">= 8"),
    ):
        if key in samples:
            theirs, own = samples[key].whole, samples[base].whole
            beside = f"{_ns(theirs)} over {_ns(own)} ns an operation"
            figures.append(Figure(title, *ratio(theirs, own), "times", target, beside))
    return figures


def imports(repetitions: int) -> list[Figure]:
    """What `import autograd` adds to a bare interpreter, each in a process of its own."""
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as elsewhere:
        for _ in range(repetitions + 1):
            bare.append(_seconds_of("pass", elsewhere))
            ours.append(_seconds_of("import autograd", elsewhere))
    added = [(a - b) * 1e3 for a, b in zip(ours[1:], bare[1:], strict=True)]
    beside = f"{statistics.median(ours[1:]) * 1e3:.1f} over {statistics.median(bare[1:]) * 1e3:.1f} ms, whole process"
    least = (min(ours[1:]) - min(bare[1:])) * 1e3
    return [Figure("import autograd", statistics.median(added), least, "ms", "<= 15", beside)]


def _seconds_of(statement: str, folder: str) -> float:
    begin = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=folder)
    return perf_counter() - begin


def memory(report: dict[str, Any]) -> list[Figure]:
    """Bytes a node, from what `big.memory` found in a process of its own."""
    figures = []
    if report["resident"] is not None:
        beside = f"resident memory over {report['nodes']:,} nodes, the tape included"
        figures.append(Figure("memory of a node", report["resident"], report["resident"], "bytes", "<= 100", beside))
    figures.append(Figure("  sys.getsizeof(node)", report["sizeof"], report["sizeof"], "bytes"))
    return figures


def _ns(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):,.1f}"


SPEED: dict[str, Callable[[int], list[Figure]]] = {"price": price, "anew": anew, "comparisons": comparisons, "imports": imports}
