"""The benchmarks compare like with like: their expressions give the same numbers on every engine. Nothing is timed."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograd.value import members
from viz.graph.pictures import picture

FOLDER = Path(__file__).parent.parent / "benchmarks"
SEGMENTS = 7

Modules = dict[str, ModuleType]


@pytest.fixture(name="modules")
def _modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Modules]:
    """The benchmark's modules, as `python benchmarks` finds them; forgotten afterwards, for their names are common."""
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not here")
    names = ("expressions", "engines", "floors", "measure", "figures", "big", "loops", "pictures", "scans")
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    monkeypatch.syspath_prepend(str(FOLDER))
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(before)


def evaluated(run: Any) -> tuple[float, list[float]]:
    engine = run.engine
    xs = engine.variables(run.point)
    y = run.expression(engine, xs)
    engine.backward(y)
    found = engine.value(y), [engine.gradient(x) for x in xs]
    del xs, y
    engine.finish()
    return found


def rivals(modules: Modules) -> dict[str, Any]:
    found = modules["engines"].others()
    tape = modules["floors"].bare_tape()
    return found if tape is None else {**found, "tape": tape}


@pytest.mark.parametrize("kind", ["mixed", "tight"])
def test_values_are_those_of_plain_floats_to_the_bit(modules: Modules, kind: str) -> None:
    ours, plain = modules["engines"].Chainrule(), modules["engines"].Plain()
    make = {"mixed": modules["figures"].mixed_run, "tight": modules["figures"].tight_run}[kind]
    value, gradient = evaluated(make(ours, 20 * SEGMENTS))
    assert value == evaluated(make(plain, 20 * SEGMENTS))[0]
    assert all(math.isfinite(g) for g in gradient)
    assert any(gradient)


def test_every_engine_computes_the_mixed_expression(modules: Modules) -> None:
    run = modules["figures"].mixed_run
    value, gradient = evaluated(run(modules["engines"].Chainrule(), SEGMENTS))
    for name, engine in rivals(modules).items():
        theirs = evaluated(run(engine, SEGMENTS))
        assert theirs[0] == pytest.approx(value, rel=1e-12), name
        assert theirs[1] == pytest.approx(gradient, rel=1e-10), name


def test_every_engine_computes_the_tight_loop(modules: Modules) -> None:
    run = modules["figures"].tight_run
    value, gradient = evaluated(run(modules["engines"].Chainrule(), 200))
    for name, engine in rivals(modules).items():
        theirs = evaluated(run(engine, 200))
        assert theirs[0] == pytest.approx(value, rel=1e-14), name
        assert theirs[1] == pytest.approx(gradient, rel=1e-12), name


def test_the_readme_example_has_its_printed_numbers(modules: Modules) -> None:
    found = modules["engines"].others()
    for engine in [modules["engines"].Chainrule(), *([found["micrograd"]] if "micrograd" in found else [])]:
        value, gradient = evaluated(modules["figures"].readme_run(engine))
        assert f"{value:.4f}" == "24.7041"
        assert [f"{g:.4f}" for g in gradient] == ["138.8338", "645.5773"]


def test_operations_are_counted_right(modules: Modules) -> None:
    class Counted:
        count = 0

        def __init__(self, number: float) -> None:
            self.number = number
            Counted.count += 1

        def __add__(self, other: Counted) -> Counted:
            return Counted(self.number + other.number)

        def __mul__(self, other: Counted) -> Counted:
            return Counted(self.number * other.number)

        def __pow__(self, other: int) -> Counted:
            return Counted(self.number**other)

    expressions = modules["expressions"]
    xs = [Counted(x) for x in expressions.mixed_point()]
    Counted.count = 0
    plan = expressions.plan(SEGMENTS)
    expressions.mixed(xs, plan, lambda x: Counted(math.tanh(x.number)), lambda x: Counted(math.exp(x.number)))
    assert Counted.count == expressions.mixed_operations(SEGMENTS)
    Counted.count = 0
    expressions.tight(200, *xs[:3])
    assert Counted.count == 200


def test_a_graph_computed_anew_is_timed_beside_plain_floats(modules: Modules) -> None:
    figures = modules["figures"].anew(3)
    assert [each.name.rpartition(", ")[2] for each in figures] == ["multiply and add", "mixed expression"]
    assert all(each.median > 0 < each.least and each.target == "<= 1.5" for each in figures)


def test_no_two_segments_are_alike_and_the_stream_is_fixed(modules: Modules) -> None:
    plan = modules["expressions"].plan(200)
    assert len(set(plan)) == 200
    assert modules["expressions"].plan(200) == plan


def test_big_graphs_survive_what_is_done_to_them(modules: Modules) -> None:
    steps = [step for step, _, _ in modules["big"].chain(1000) + modules["big"].graph(3)]
    assert [s.split(": ")[1].split(" (")[0] for s in steps[:3]] == ["build", "backward", "repr"]


def test_a_big_network_learns(modules: Modules) -> None:
    steps = modules["big"].network((6, 5, 3), samples=64)
    assert steps[0][0] == "network 6-5-3: make 53 weights"


def test_bytes_of_a_node_are_told(modules: Modules) -> None:
    report = modules["big"].memory(1000)
    assert report["nodes"] == 1000
    assert report["sizeof"] > 0


def test_a_picture_is_timed_on_the_graph_that_it_is_named_after(modules: Modules) -> None:
    pictures = modules["pictures"]
    small, medium, large = (pictures.network(*of) for of in ((pictures.SMALL, 1), (pictures.MEDIUM, 1), ((3, 4, 4, 1), 9)))
    assert len(members(small)) == 100
    assert len(picture(medium, collapse=None).boxes) == 499
    assert len(members(pictures.network((3, 4, 4, 1), 10))) - len(members(large)) == 76  # 1,316 of them are 100,000
    figure = pictures.figure("fold", large, pictures.fold, "<= 2", 2)
    assert figure.beside == f"{len(members(large)):,} values"
    assert figure.median >= figure.least > 0


def test_memory_is_touched_page_by_page(modules: Modules) -> None:
    first, again = modules["loops"].touching(10_000)
    assert 0 <= first < 1e6
    assert 0 <= again < 1e6


def test_the_loops_that_are_timed_train(modules: Modules) -> None:
    loops = modules["loops"]
    for kind, nodes in ((loops.LanguageModel, 56_615), (loops.Perceptron, 30_550)):
        model = kind()
        before = model.loss()
        assert nodes == len(members(before))
        before.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad
        assert model.loss().data < before.data


def test_recorded_loops_and_their_steps_compute_the_same(modules: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    """`measured` raises where they do not."""
    scans = modules["scans"]
    small = scans.Case("small", scans.lstm, ((8, 4), (8,), (2,), (3, 2)))
    assert [len(both) for both in scans.measured(small, 1)] == [2] * 4
    monkeypatch.setattr(scans, "STEPS", (3, 6))
    rows = list(scans.recorded(scans.Case("tiny, 3 steps", scans.recurrent, ((2, 3), (2,), (2,), (3, 1))), 1))
    assert [(row[:2], len(row)) for row in rows] == [(("tiny", "3"), 6), (("tiny", "6"), 6)]
    wrong = lambda loop, x: x if loop is scans.unrolled_scan else 2 * x
    with pytest.raises(ArithmeticError, match="wrong: the loop and its steps differ"):
        scans.measured(scans.Case("wrong", wrong, ((),)), 1)
