"""The training steps that are compared are the same steps: every engine that is installed ends with the same parameters."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
NAMES = ("others", "worker", "workloads", "maths", "trainers", "recorded", "training")


@pytest.fixture(name="trainers")
def _trainers(monkeypatch):
    """The module as `python benchmarks` finds it; forgotten afterwards."""
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not here")
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("trainers")
    for name in NAMES:
        sys.modules.pop(name, None)
    sys.modules.update(before)


def parameters(trainers, engine, task, epochs):
    steps = getattr(trainers, engine)(task)
    for _ in range(epochs):
        steps.epoch()
    return [float(x) for x in steps.parameters()]


def test_the_demo(trainers, cases):
    pytest.importorskip("micrograd")
    task = trainers.task("demo")
    reference = parameters(trainers, "NumpyByHand", task, 2)
    for engine in ("Fit", "Eager", "EagerWithoutCollector"):
        assert parameters(trainers, engine, task, 2) == pytest.approx(reference, rel=1e-11), engine
    once = parameters(trainers, "NumpyByHand", task, 1)
    assert parameters(trainers, "Micrograd", task, 1) == pytest.approx(once, rel=1e-11)


def test_the_digits(trainers):
    task = dataclasses.replace(trainers.task("digits"), minibatches=2)
    reference = parameters(trainers, "NumpyByHand", task, 1)
    assert parameters(trainers, "Fit", task, 1) == pytest.approx(reference, rel=1e-10, abs=1e-13)
    assert parameters(trainers, "FitAdam", task, 1) == []


def test_a_table_says_how_many_of_our_steps(trainers):
    importlib.import_module("recorded")
    training = importlib.import_module("training")
    entries = [training.Entry(title) for title in (training.OURS, "other", "wrong")]
    for entry, seconds in zip(entries, ([2e-6, 1e-6, 3e-6], [4e-6, 4e-6, 6e-6], [1e-6]), strict=True):
        entry.seconds[0], entry.notes[0] = seconds, ""
    entries[2].notes[0] = "differs by 1e-03"
    assert list(training.lines(entries)) == [
        [training.OURS, "2.0", "1.0", "1.00"],
        ["other", "4.0", "4.0", "2.00"],
        ["wrong", "differs by 1e-03", "", ""],
    ]
