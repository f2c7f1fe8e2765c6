"""Any size: a long chain and a big graph through everything that can be done to a graph, a large network; time and memory."""

from __future__ import annotations

import contextlib
import copy
import importlib
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import expressions
from engines import Chainrule

MEMORY_NODES = 2_000_000
CHAIN_NODES = 1_000_000
GRAPH_SEGMENTS = 100_000
WEIGHTS = (784, 1104, 120, 10)
OWN_PLAN = 1000
"""How many segments of the big graph differ: the plan itself must not fill the memory that is measured."""


def resident() -> int | None:
    """Bytes of this process in memory now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    import resource

    return pages * resource.getpagesize()


def peak() -> float:
    """The most megabytes that this process has held; nan where the system does not tell."""
    with contextlib.suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 2**20 if sys.platform == "darwin" else most / 2**10
    return float("nan")


def memory(nodes: int = MEMORY_NODES) -> dict[str, Any]:
    """Bytes a node of two Value operands: resident memory before and after, and what the node says of itself."""
    xs = Chainrule().variables(expressions.TIGHT_POINT)
    before = resident()
    y = expressions.tight(nodes, *xs)
    after = resident()
    per_node = None if before is None or after is None else (after - before) / nodes
    return {"nodes": nodes, "resident": per_node, "sizeof": float(sys.getsizeof(y))}


def chain(operations: int = CHAIN_NODES) -> list[tuple[str, float, float]]:
    """A chain: the deepest graph of its size."""
    return _through("chain", operations, expressions.TIGHT_POINT, lambda xs: expressions.tight(operations, *xs))


def graph(segments: int = GRAPH_SEGMENTS) -> list[tuple[str, float, float]]:
    """The mixed expression, large."""
    engine = Chainrule()
    drawn = expressions.plan(min(segments, OWN_PLAN))
    repeated = (drawn[i % len(drawn)] for i in range(segments))
    operations = expressions.mixed_operations(segments)
    point = expressions.mixed_point()
    return _through("graph", operations, point, lambda xs: expressions.mixed(xs, repeated, engine.tanh, engine.exp))


def network(sizes: Sequence[int] = WEIGHTS, samples: int = 64) -> list[tuple[str, float, float]]:
    """A network of about a million weights, trained on random images in minibatches of 32."""
    nn: Any = importlib.import_module("nn")
    np: Any = importlib.import_module("numpy")
    random = np.random.RandomState(0)
    xs, ys = random.rand(samples, sizes[0]), random.randint(0, sizes[-1], samples)
    rows, note = _noting(f"network {'-'.join(map(str, sizes))}")
    model = nn.MLP(sizes[0], sizes[1:], init="he", seed=1)
    count = len(model.parameters())
    note(f"make {count:,} weights")
    optimizer = nn.SGD(model.parameters(), 0.01)
    training = nn.Training(model, (xs, ys), nn.cross_entropy, optimizer, 32, None, None, False, None, None, eager=False)
    note("record a sample's loss, lay out what a step needs")
    before = training.epoch(0, None)
    note(f"the first {len(training.samples.cuts)} steps")
    after = training.epoch(1, None)
    note(f"the next {len(training.samples.cuts)} steps")
    training.refresh()
    note("give the Values their numbers")
    if not after < before:
        message = f"the network does not learn: {before}, {after}"
        raise AssertionError(message)
    return rows


def _noting(title: str) -> tuple[list[tuple[str, float, float]], Callable[[str], None]]:
    """A list of steps with seconds and peak megabytes so far, and what adds one."""
    rows: list[tuple[str, float, float]] = []
    begin = perf_counter()

    def note(step: str) -> None:
        nonlocal begin
        rows.append((f"{title}: {step}", perf_counter() - begin, peak()))
        begin = perf_counter()

    return rows, note


def _through(
    kind: str, operations: int, point: Sequence[float], build: Callable[[list[Any]], Any]
) -> list[tuple[str, float, float]]:
    """Seconds and peak megabytes so far after each step."""
    xs = Chainrule().variables(point)
    rows, note = _noting(f"{kind} of {operations:,}")
    y = build(xs)
    note("build")
    y.backward()
    note("backward")
    text = repr(y)
    note("repr")
    dumped = pickle.dumps(y)
    note(f"pickle ({len(dumped) / operations:.0f} bytes an operation)")
    twin = pickle.loads(dumped)  # noqa: S301  (made three lines above)
    note("unpickle")
    same = twin.data == y.data and repr(twin) == text
    del twin, dumped
    note("delete the unpickled")
    twin = copy.deepcopy(y)
    note("deepcopy")
    same = same and repr(twin) == text
    del twin
    note("delete the copy")
    del y
    note("delete")
    if not same:
        message = f"a copy of the {kind} differs from it"
        raise AssertionError(message)
    return rows
