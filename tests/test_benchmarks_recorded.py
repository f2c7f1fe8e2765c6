"""The workloads of recorded programs are what they are called, and their engines compute the same. Nothing is timed."""

from __future__ import annotations

import importlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd

FOLDER = Path(__file__).parent.parent / "benchmarks"
NAMES = ("expressions", "maths", "adbench", "workloads", "others", "worker", "recorded")

Modules = dict[str, ModuleType]


@pytest.fixture(name="modules")
def _modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Modules]:
    """The benchmark's modules, as `python benchmarks` finds them; forgotten afterwards, for their names are common."""
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not here")
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    monkeypatch.syspath_prepend(str(FOLDER))
    yield {name: importlib.import_module(name) for name in NAMES}
    for name in NAMES:
        sys.modules.pop(name, None)
    sys.modules.update(before)


@pytest.fixture(name="workload")
def _workload(modules: Modules) -> Callable[[str], Any]:
    def made(name: str) -> Any:
        try:
            return modules["workloads"].WORKLOADS[name]()
        except modules["workloads"].MissingDataError as reason:
            pytest.skip(str(reason))

    return made


def on_floats(modules: Modules, workload: Any, parameters: Any = None, row: Any = None) -> Any:
    point = workload.point if parameters is None else parameters
    return workload.function(modules["maths"].FLOATS, list(point), workload.data[0] if row is None else row)


def shared(workload: Any, rows: int) -> tuple[Any, Any]:
    """Parameters and so many rows of data, as arrays."""
    return np.array(workload.point), np.array((workload.data * (rows // len(workload.data) + 1))[:rows])


# Their values.


def test_the_mixed_expression_is_that_of_the_eager_benchmarks(modules: Modules) -> None:
    workload = modules["workloads"].mixed(3, (10,))
    plan = modules["expressions"].plan(3)
    expected = modules["expressions"].mixed(modules["expressions"].mixed_point(), plan, math.tanh, math.exp)
    assert on_floats(modules, workload) == expected
    assert workload.operations() == modules["expressions"].mixed_operations(3)


def test_the_moons_are_micrograds_demo(modules: Modules, workload: Callable[[str], Any]) -> None:
    moons = workload("moons")
    case = modules["workloads"].moons_case()
    loss = sum(on_floats(modules, moons, row=row) for row in moons.data) * moons.scale(len(moons.data))
    loss += moons.rest(modules["maths"].FLOATS, moons.point, len(moons.data))
    assert loss == pytest.approx(case["recomputed_loss"][0], rel=1e-13)
    value, gradient = moons.by_hand(np, *shared(moons, 100))
    assert value == pytest.approx(case["recomputed_loss"][0], rel=1e-13)
    assert gradient == pytest.approx(np.array(case["grad_step0"]), rel=1e-12, abs=1e-15)


def test_the_digits_are_softmax_cross_entropy(modules: Modules, workload: Callable[[str], Any]) -> None:
    digits = workload("digits")
    parameters, data = shared(digits, 5)
    first, second = parameters[: 32 * 65].reshape(32, 65), parameters[32 * 65 :].reshape(10, 33)
    hidden = np.maximum(first[:, :64] @ data[:, :64].T + first[:, 64:], 0.0)
    scores = second[:, :32] @ hidden + second[:, 32:]
    likelihood = np.exp(scores) / np.exp(scores).sum(axis=0)
    expected = [-math.log(likelihood[row[64:].argmax(), i]) for i, row in enumerate(data)]
    assert [on_floats(modules, digits, row=list(row)) for row in data] == pytest.approx(expected, rel=1e-12)


def test_lotka_and_volterra_keep_their_invariant(modules: Modules) -> None:
    workloads, floats = modules["workloads"], modules["maths"].FLOATS
    growth, predation, death, increase, *start = workloads.LOTKA_VOLTERRA
    ended: list[tuple[float, float]] = []

    class Seen(type(floats)):  # type: ignore[misc]
        def repeat(self, step: Any, state: Any, times: int) -> Any:
            ended.append(floats.repeat(step, state, times))
            return ended[-1]

    def invariant(x: float, y: float) -> Any:
        return increase * x - death * math.log(x) + predation * y - growth * math.log(y)

    value = workloads.ode(Seen(**vars(floats)), workloads.LOTKA_VOLTERRA, ())
    [(x, y)] = ended
    assert value == x * x + y * y
    assert (x, y) != tuple(start)
    assert invariant(x, y) == pytest.approx(invariant(*start), rel=1e-7)  # of order 4: the step is 0.01


def test_gmm_is_adbenchs(modules: Modules, cases: Path) -> None:
    """The value and gradient in ADBench's own tests (test/python/modules/common/gmm_tests.py)."""
    path = cases / "adbench" / "data" / "gmm" / "test.txt"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    adbench, floats = modules["adbench"], modules["maths"].FLOATS
    case = adbench.read_gmm(path)

    def objective(maths: Any, parameters: Any) -> Any:
        rows = maths.total([adbench.gmm_row(case, maths, parameters, x) for x in case.points])
        return rows + adbench.gmm_rest(case, maths, parameters, len(case.points))

    assert objective(floats, case.parameters) == pytest.approx(8.07380408004975791, rel=1e-13)
    ours = modules["others"].ChainruleMaths(autograd)
    gradient = autograd.grad(lambda parameters: objective(ours, parameters))(case.parameters)
    published = {0: 0.108662855508652456, 1: -0.741270039523898472, 2: 0.632607184015246071, 3: 1.11692576532787013}
    assert {i: gradient[i] for i in published} == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize("name", ["gmm-d2", "gmm-d10"])
def test_gmm_is_a_sum_of_normal_densities(modules: Modules, workload: Callable[[str], Any], name: str) -> None:
    gmm = workload(name)
    case = gmm.function.args[0]
    weights, means, factors = (np.array(part) for part in case.split(case.parameters))
    x, expected = np.array(gmm.data[0]), 0.0
    for weight, mean, factor in zip(weights, means, factors, strict=True):
        triangle = np.diag(np.exp(factor[: case.d]))
        triangle.T[np.triu_indices(case.d, 1)] = factor[case.d :]  # column by column is row by row of the transposed
        expected += math.exp(weight) * np.linalg.det(triangle) * math.exp(-0.5 * np.sum((triangle @ (x - mean)) ** 2))
    assert math.exp(on_floats(modules, gmm)) == pytest.approx(expected, rel=1e-11)


def test_ba_is_adbenchs(modules: Modules, cases: Path) -> None:
    """The errors and derivatives in ADBench's own tests (test/python/modules/common/ba_tests.py)."""
    path = cases / "adbench" / "data" / "ba" / "test.txt"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    adbench = modules["adbench"]
    parameters, feature = adbench.read_ba(path)
    errors = adbench.ba_row(modules["maths"].FLOATS, parameters, feature)
    assert errors == pytest.approx([-0.269048849235189402, 0.259944792677901881, 0.826092651515999976], rel=1e-10)
    ours = modules["others"].ChainruleMaths(autograd)
    first, _, third = autograd.jacobian(lambda p: adbench.ba_row(ours, p, feature))(parameters)
    assert first[:3] == pytest.approx([228.877202208246757, 634.574811495545418, -782.222866259340549], rel=1e-9)
    assert first[3:6] == pytest.approx([2.42892615607159668, -11.7828079628011313, 2.54169312487743460], rel=1e-9)
    assert first[6:9] == pytest.approx([-1.03657084958518086, 0.417022, 0.0], rel=1e-9)
    assert third == pytest.approx([0.0] * 14 + [-0.834044], rel=1e-12)


def test_lstm_in_vectors_is_lstm_in_numbers(modules: Modules, workload: Callable[[str], Any]) -> None:
    lstm = workload("lstm")

    class Space:
        exp, log, tanh, array = np.exp, np.log, np.tanh, np.array

        def sigmoid(self, x: Any) -> Any:
            return 1 / (1 + np.exp(-x))

        def scan(self, step: Any, state: Any, rows: Any) -> Any:
            losses = []
            for row in rows:
                state, loss = step(state, row)
                losses.append(loss)
            return np.array(losses)

    assert on_floats(modules, lstm) == pytest.approx(lstm.natural(Space(), np.array(lstm.point), None), rel=1e-12)
    assert on_floats(modules, lstm) > 0


# Their gradients.


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_gradients_by_hand_are_those_of_the_eager_engine(modules: Modules, workload: Callable[[str], Any], name: str) -> None:
    network = workload(name)
    inputs = shared(network, 7)
    [value], [gradient] = modules["others"].Eager(network).rows(*inputs)()
    by_hand = modules["others"].NumpyByHand(network).rows(*inputs)()
    assert by_hand[0] == pytest.approx(value, rel=1e-12)
    assert by_hand[1] == pytest.approx(gradient, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", ["mixed-1k", "moons", "digits", "ode", "gmm-d2", "gmm-d10", "ba", "lstm"])
def test_a_recorded_point_has_the_bits_of_the_eager_engine(
    modules: Modules, workload: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(modules["workloads"], "STEPS", 20)
    monkeypatch.setattr(modules["workloads"], "LSTM_CHARACTERS", 4)
    work = workload(name)
    values, gradients = modules["others"].Eager(work).one()()
    program = modules["others"].Chainrule(work)
    program.record()
    value, gradient = program.one()()
    assert modules["worker"]._flat(value) == values
    assert modules["worker"]._flat(gradient) == [x for row in gradients for x in row]


@pytest.mark.parametrize("name", ["mixed-1k", "moons", "digits", "gmm-d2", "gmm-d10", "ba"])
def test_recorded_rows_are_those_of_the_eager_engine(modules: Modules, workload: Callable[[str], Any], name: str) -> None:
    work = workload(name)
    rows = 5
    parameters, data = shared(work, rows)
    if work.own:
        parameters = np.array(work.parameters()[:rows])
    values, gradients = modules["others"].Eager(work).rows(parameters, data)()
    program = modules["others"].Chainrule(work)
    program.record()
    value, gradient = program.rows(parameters, data)()
    assert np.ravel(value) == pytest.approx(np.ravel(values), rel=1e-11)
    assert np.ravel(gradient) == pytest.approx(np.ravel(gradients), rel=1e-10, abs=1e-12 * np.abs(gradients).max())


def test_numpy_computes_the_rows_of_the_mixed_expression(modules: Modules) -> None:
    work = modules["workloads"].mixed(2, (4,))
    parameters = work.parameters()[:4]
    values, _ = modules["others"].NumpyValue(work).rows(np.array(parameters), np.zeros((4, 0)))()
    assert values == pytest.approx([on_floats(modules, work, p) for p in parameters], rel=1e-12)


# How they are run.


def test_rows_lie_near_the_point_and_are_always_the_same(modules: Modules) -> None:
    make = modules["workloads"].mixed
    rows = make(1, ()).parameters()
    assert rows == make(1, ()).parameters()
    assert rows[0] == make(1, ()).point
    assert all(0 < abs(x / y - 1) <= 0.01 for row in rows[1:] for x, y in zip(row, rows[0], strict=True))


def test_missing_data_says_where_it_belongs(modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    workloads = modules["workloads"]
    monkeypatch.setattr(workloads, "CASES", tmp_path)
    for name in ("moons", "gmm-d2", "ba", "lstm"):
        with pytest.raises(workloads.MissingDataError, match="is not here: it belongs in"):
            workloads.WORKLOADS[name]()


def test_an_engine_that_computes_something_else_is_found_out(modules: Modules) -> None:
    disagreement = modules["recorded"].disagreement
    assert disagreement([1.0, 2.0], [1.0, 2.0 + 1e-12]) == ""
    assert disagreement([1.0, 2.0], [1.0, 2.1]) == "differs by 5e-02"
    assert disagreement([1.0], [1.0, 2.0]) == "1 derivatives instead of 2"
    assert disagreement([math.nan, 2.0], [1.0, 2.0])
    assert disagreement([1.0, math.nan], [1.0, 2.0])


def test_every_contender_is_an_engine_and_every_workload_has_some(modules: Modules) -> None:
    contenders = modules["recorded"].CONTENDERS
    assert all(issubclass(getattr(modules["others"], c.engine), modules["others"].Engine) for c in contenders)
    assert frozenset().union(*(c.workloads for c in contenders)) == set(modules["workloads"].WORKLOADS)


def test_the_report_names_what_is_not_installed(
    modules: Modules, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = modules["recorded"]
    work = modules["workloads"].mixed(1, (3,))
    monkeypatch.setattr(modules["workloads"], "WORKLOADS", {"tiny": lambda: work})
    asked: list[tuple[str, str]] = []

    class Answers:
        ended = ""

        def __init__(self, contender: Any, workload: str, _: Any) -> None:
            self.engine = contender.engine
            asked.append((contender.engine, workload))

        def made(self) -> None:
            if self.engine == "Casadi":
                raise recorded.FailedError("not installed")

        def ask(self, name: str, *_: int) -> dict[str, Any]:
            if name == "prepare":
                return {"prepare": 0.5, "seconds": 0.25, "gradient": [1.0 if self.engine != "Torch" else 2.0]}
            return {"seconds": 0.25 if self.engine == "Chainrule" else 0.5}

        def end(self) -> None:
            """Nothing runs."""

    monkeypatch.setattr(recorded, "Process", Answers)
    monkeypatch.setattr(
        recorded,
        "CONTENDERS",
        tuple(
            recorded.Contender(c.title, c.engine, c.environment, frozenset({"tiny"}))
            for c in recorded.CONTENDERS
            if c.engine in {"Chainrule", "Plain", "Casadi", "Torch"}
        ),
    )
    tables: list[Any] = []
    recorded.main(["--quick", "--uncompiled"], lambda head, rows, markdown: tables.append((head, rows)))
    [(head, rows)] = tables
    lines = {row[0]: dict(zip(head, row, strict=False)) for row in rows}
    assert asked == [(engine, "tiny") for engine in ("Chainrule", "Plain", "Casadi", "Torch")]
    assert lines["CasADi SX"]["record"] == "not installed"
    assert lines["PyTorch, scalar code on rows"]["3 rows"] == "differs by 1e+00"
    assert rows[1][3] == "0.50"  # ours over plain floats, at one point
    assert lines["chainrule, recorded"]["record"] == "250 ms; 3 rows 250 ms"
    assert "one core" in capsys.readouterr().out


def test_an_engine_that_had_to_be_ended_keeps_what_it_could_do(modules: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = modules["recorded"]
    started: list[Any] = []

    class Answers:
        def __init__(self, *_: Any) -> None:
            self.ended = ""
            started.append(self)

        def made(self) -> None:
            """It is there at once."""

        def ask(self, name: str, *rows: int) -> dict[str, Any]:
            if rows and rows[0] > 10:
                self.ended = "more than 60 s"
                raise recorded.FailedError(self.ended)
            return {"prepare": 0.5, "seconds": 0.5, "gradient": [1.0]} if name == "prepare" else {"seconds": 0.5}

        def end(self) -> None:
            self.ended = "ended"

    monkeypatch.setattr(recorded, "Process", Answers)
    entry = recorded.Entry("slow")
    process = recorded._started(entry, recorded.CONTENDERS[0], "mixed-1k", [0, 10, 100], {}, None)
    assert started == [started[0], process]
    assert started[0].ended == "ended"
    assert entry.seconds == {0: [], 10: []}
    assert entry.notes == {100: "more than 60 s"}


def test_a_worker_answers_on_standard_output(modules: Modules) -> None:
    recorded = modules["recorded"]
    settings = recorded.Settings({}, 60.0, 1, 1, frozenset())
    contender = next(c for c in recorded.CONTENDERS if c.engine == "Plain")
    process = recorded.Process(contender, "mixed-1k", settings)
    try:
        process.made()
        assert process.ask("record")["seconds"] == 0
        answer = process.ask("prepare", 0)
        assert answer["values"] == [on_floats(modules, modules["workloads"].WORKLOADS["mixed-1k"]())]
        assert answer["gradient"] is None
        assert process.ask("time", 0)["seconds"] > 0
        with pytest.raises(recorded.FailedError, match="-"):
            process.ask("prepare", 3)
    finally:
        process.end()
    assert json.dumps(answer)
