"""The trainings that are compared are the same training: every engine that is installed has the same losses."""

from __future__ import annotations

import dataclasses
import importlib
import math
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
NAMES = ("floors", "gpt_values", "gpts", "maths", "names", "others", "recorded", "worker", "workloads")
DOCUMENTS = "ox emu gnu"


@pytest.fixture(name="gpts")
def _gpts(monkeypatch, tmp_path):
    """The module as `python benchmarks` finds it, with few steps on few names; forgotten afterwards."""
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not here")
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    monkeypatch.syspath_prepend(str(FOLDER))
    file = tmp_path / "names.txt"
    file.write_text(DOCUMENTS.replace(" ", "\n"), encoding="utf-8")
    monkeypatch.setenv("NAMES_FILE", str(file))
    found = importlib.import_module("gpts")
    monkeypatch.setattr(found, "STEPS", 3)
    yield found
    for name in NAMES:
        sys.modules.pop(name, None)
    sys.modules.update(before)


def small(gpts, task, **options):
    return dataclasses.replace(gpts.TASKS[task], **options)


def losses(gpts, engine, task):
    return getattr(gpts, engine)(task).compared()


def test_a_document_a_step(gpts):
    task = small(gpts, "document")
    reference = losses(gpts, "ByHand", task)
    assert len(set(map(len, task.documents))) == 2
    assert reference == pytest.approx([math.log(27)] * 3, rel=0.1)  # as of one token in 27
    for engine in ("DropIn", "DropInDots", "DropInPrimitives", "Recorded", "NumpyByHand"):
        assert losses(gpts, engine, task) == pytest.approx(reference, rel=1e-12), engine
    assert losses(gpts, "Fit", task) == pytest.approx([sum(reference) / 3], rel=1e-12)


def test_minibatches_of_one_length_and_of_any(gpts):
    task = small(gpts, "minibatch", batch=3, letters=3)
    reference = losses(gpts, "NumpyByHand", task)
    assert losses(gpts, "RecordedRows", task) == pytest.approx(reference, rel=1e-12)
    assert losses(gpts, "Fit", task) == pytest.approx([sum(reference) / 3], rel=1e-12)
    task = small(gpts, "mixed", batch=3)
    reference = losses(gpts, "NumpyByHand", task)
    assert losses(gpts, "RecordedRows", task) == pytest.approx(reference, rel=1e-12)
    assert losses(gpts, "Fit", task) == pytest.approx([sum(reference) / 3], rel=1e-12)


def test_the_gradient_alone_is_compared_too_and_a_long_document_is_cut(gpts, tmp_path):
    (tmp_path / "names.txt").write_text("quetzalcoatluses", encoding="utf-8")
    task = small(gpts, "wide document", width=8)
    reference = losses(gpts, "NumpyByHand", task)
    assert len(reference) == 6
    assert losses(gpts, "Recorded", task) == pytest.approx(reference, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["Floor", "Torch", "Jax", "JaxScan"])
def test_what_others_train(gpts, engine):
    try:
        for task in (small(gpts, "document"), small(gpts, "mixed", batch=3)):
            assert losses(gpts, engine, task) == pytest.approx(losses(gpts, "NumpyByHand", task), rel=1e-12)
    except ImportError as missing:
        pytest.skip(str(missing))
    assert sys.float_info.min / 4 > 0  # a library of -ffast-math would have ended that, for all that follows


def test_the_table_says_who_disagrees_and_which_goals_are_missed(gpts):
    names = importlib.import_module("names")
    titles = {names.FLOOR: 1e-5, names.PAGE: 0.3, names.DROP_IN: 0.02, names.PRIMITIVES: 1e-3, names.POINT: 5e-5, "wrong": 1e-6}
    entries = []
    for title, seconds in titles.items():
        entries.append(names.Entry(title, seconds={0: [2 * seconds, seconds, 3 * seconds]}, notes={0: ""}))
    entries[-1].notes[0] = names.disagreement([1.0, 2.1], [1.0, 2.0])
    *_, ours, wrong = names.lines(entries)
    assert ours == ["chainrule, recorded", "50.0", "100.0", "5.0"]
    assert wrong == ["wrong", "differs by 5e-02", "", ""]
    assert [line.partition(":")[0] for line in names.judged("document", entries)] == ["MISSED", "met", "MISSED"]
    assert names.disagreement([1.5], [1.0, 2.0]) == ""
    assert list(names.judged("wide document", entries)) == []
