"""The worked examples of the five lectures that the project follows, all 73: programs, training runs, tables."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value

FILE = Path(__file__).resolve().parents[2] / "shared" / "cases" / "lectures.json"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the reference cases are not here")
CASES = {case["id"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]} if FILE.is_file() else {}
NAMES = ("exp", "log", "sin", "cos", "tanh", "sqrt", "sigmoid", "relu", "leaky_relu", "gelu", "step", "detach")
FUNCTIONS = {name: getattr(autograd, name) for name in NAMES}


def of_kind(kind: str) -> list[str]:
    return [name for name, case in CASES.items() if case["kind"] == kind]


def run(case: dict[str, Any], inputs: dict[str, float]) -> dict[str, Any]:
    """Execute the lines of a program: inputs are Values, constants plain numbers."""
    names: dict[str, Any] = {**FUNCTIONS, **case["constants"], **{name: Value(x, label=name) for name, x in inputs.items()}}
    for line in case["program"]:
        exec(line, names)  # noqa: S102  (a line of the case's program)
    return names


def close(case: dict[str, Any], want: float) -> Any:
    """Within the case's tolerance: absolute plus relative."""
    return pytest.approx(want, rel=0, abs=case["tolerance"]["abs"] + case["tolerance"]["rel"] * abs(want))


def test_every_case_is_run_once():
    assert Counter(case["kind"] for case in CASES.values()) == {"gradient": 57, "discrete": 11, "trajectory": 5}
    assert len(CASES) == 73
    assert sorted(of_kind("discrete")) == sorted(DISCRETE)


@pytest.mark.parametrize("name", of_kind("gradient"))
def test_gradient(name: str):
    case = CASES[name]
    names = run(case, case["inputs"])
    names[case["output"]].backward()
    assert case["expected"]
    assert case["gradients"]
    for key, want in case["expected"].items():
        assert getattr(names[key], "data", names[key]) == close(case, want), key
    for key, want in case["gradients"].items():
        assert names[key].grad == close(case, want), key
    for key, want in case.get("upstream_errors", {}).items():  # the lecture's word for what arrives at an input
        assert names[key].grad == close(case, want), key
    check_update(case, names)


def check_update(case: dict[str, Any], names: dict[str, Any]) -> None:
    """The step of learning that some cases add: p - alpha * gradient."""
    update = case.get("update", {})
    for key, want in update.get("expected", {}).items():
        names[key].data -= update.get("alpha", 1.0) * names[key].grad
        assert names[key].data == close(case, want), key
    if "E_after" in update:
        learnt = run(case, {key: names[key].data for key in case["inputs"]})
        assert learnt[case["output"]].data == close(case, update["E_after"])
    for key, want in case.get("expectations", {}).items():  # the Boltzmann machine's rule: the gradient is their difference
        assert names[key].grad == close(case, -(want["data"] - want["model"]) / case["constants"]["T"])


@pytest.mark.parametrize("name", of_kind("trajectory"))
def test_trajectory(name: str):
    case = CASES[name]
    wanted = {state["step"]: state for state in case["expected"]}
    assert max(wanted) == case["steps"]
    params = dict(case["inputs"])
    for step in range(case["steps"] + 1):
        names = run(case, params)
        names[case["output"]].backward()
        if step in wanted:
            state = wanted[step]
            assert names[case["output"]].data == close(case, state["output"]), step
            for key, x in params.items():
                assert x == close(case, state["params"][key]), (step, key)
                assert names[key].grad == close(case, state["gradients"][key]), (step, key)
        params = {key: x - case["lr"] * names[key].grad for key, x in params.items()}


# Where there is no program there is still something to compute. Each case by its own function, run once.


def fires(w: list[float], x: list[int], b: float) -> tuple[Value, Value]:
    """The net input of a threshold neuron, and its output."""
    net = autograd.dot([Value(v) for v in w], x) - b
    return net, net.step()


def a01_step_neuron_initial(given, want, case):
    net, y = fires(given["w"], given["x"], given["b"])
    assert (net.data, y.data) == (want["net"], want["y"])
    net, y = fires(given["w_alt"], given["x"], given["b"])
    assert net.data == close(case, want["net_alt"])
    assert y.data == want["y_alt"]


def a02_step_neuron_target(given, want, case):
    assert [row["x"] for row in want["table"]] == [list(x) for x in product((0, 1), repeat=3)]
    for row in want["table"]:
        net, y = fires(given["w"], row["x"], given["b"])
        assert (net.data, y.data) == (row["net"], row["y"])


def a04_simple_layer_update(given, want, case):
    w, b = Value(given["w"]), Value(given["b"])
    y = w * given["x"] - b
    y.backward(given["err"])
    w.data -= given["alpha"] * w.grad
    b.data -= given["alpha"] * b.grad
    assert w.data == close(case, want["w"])
    assert b.data == close(case, want["b"])
    assert (w * given["x"] - b).data == close(case, want["y_after"])


def a12_exercise_to_convergence(given, want, case):
    for start, epochs in (("start_a", want["from_start"]), ("start_b", want["after_the_two_exercise_steps"])):
        w, b = [Value(v) for v in given[start]["w"]], Value(given[start]["b"])
        corrections = 1
        for epoch in epochs:
            corrections = 0
            for x in product((0, 1), repeat=3):
                net = autograd.dot(w, x) - b
                error = net.step().data - (x[0] + 2 * x[1] + 3 * x[2] >= 3)
                net.backward(error)
                for p in (*w, b):
                    p.data -= given["alpha"] * p.grad
                    p.grad = 0.0
                corrections += error != 0
            assert corrections == epoch["corrections"]
            assert ([p.data for p in w], b.data) == (epoch["w"], epoch["b"])
        assert corrections == 0


def c03_perceptron_and_xor_tables(given, want, case):
    def unit(name, x):
        *w, b = given["weights"][name]
        return (autograd.dot(w, [Value(v) for v in x]) + b).step().data

    assert len(want["table"]) == 4
    for row in want["table"]:
        out1, out2 = unit("net1", row["x"]), unit("net2", row["x"])
        found = (unit("AND", row["x"]), out1, out2, unit("net3", (out1, out2)))
        assert found == (row["AND"], row["out1"], row["out2"], row["out3"])


def c13_online_sweep(given, want, case):
    w, b = Value(given["w"]), Value(given["b"])
    for (x, t), after in zip(given["data"], want["after_each_point"], strict=True):
        w.grad = b.grad = 0.0
        ((w * x + b - t) ** 2 / 2).backward()
        w.data -= given["eta"] * w.grad
        b.data -= given["eta"] * b.grad
        assert (w.data, b.data) == (close(case, after["w"]), close(case, after["b"]))


def c29_hopfield_recall(given, want, case):
    pattern = given["pattern"]
    pairs = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    w = {f"w{i}{j}": 4 * (pattern[i] - 0.5) * (pattern[j] - 0.5) for i, j in pairs}
    assert w == given["weights"]
    for start, states in zip(given["starts"], (want["run1"], want["run2"]), strict=True):
        u = list(start)
        found: list[dict[str, Any]] = [{"u": list(u), "E": energy(w, u)[0]}]
        moved = True
        while moved:
            moved = False
            for i in range(5):
                net = -energy(w, u)[1][i]  # minus the derivative of the energy by a unit is its net input
                new = u[i] if net == 0 else int(net > 0)
                if new != u[i]:
                    u[i], moved = new, True
                    found.append({"unit": i, "net": net, "u": list(u), "E": energy(w, u)[0]})
        assert found == states
        assert u == pattern


def energy(w: dict[str, float], u: list[int]) -> tuple[float, list[float]]:
    """The energy of a Hopfield network and its derivatives by the units."""
    units = [Value(x) for x in u]
    e = -autograd.sum(w[f"w{i}{j}"] * units[i] * units[j] for i in range(5) for j in range(i + 1, 5))
    e.backward()
    return e.data, [unit.grad for unit in units]


def c30_hebb_variants(given, want, case):
    for (i, j), hebb, variant in zip(given["pairs"], want["hebb"], want["variant"], strict=True):
        w = Value(0.0)
        (-w * i * j).backward()  # Hebb's rule is a step down this energy
        assert w.data - w.grad == hebb
        assert 4 * (i - 0.5) * (j - 0.5) == variant


def c34_temperature_limits(given, want, case):
    assert len(want["samples"]) == 15
    for sample in want["samples"]:
        p = 1 / (1 + autograd.exp(-Value(sample["I"]) / sample["T"]))
        assert p.data == close(case, sample["p"])
        assert (Value(sample["I"]) / sample["T"]).sigmoid().data == close(case, sample["p"])
    limits = want["limits"]
    for name, i, t in (("T_inf", 1.0, 1e300), ("T_plus0_Ipos", 1.0, 1e-300), ("T_plus0_Ineg", -1.0, 1e-300),
                       ("T_minus0_Ipos", 1.0, -1e-300), ("T_minus0_Ineg", -1.0, -1e-300)):  # fmt: skip
        assert (Value(i) / t).sigmoid().data == limits.pop(name)
    assert not limits


def c40_lenet_counts(given, want, case):
    links, parameters, units = {}, {}, 16 * 16
    for name, maps, side, fan_in in (("H1", 12, 8, 5 * 5), ("H2", 12, 4, 5 * 5 * 8)):
        links[name] = maps * side * side * (fan_in + 1)
        parameters[name] = maps * fan_in + maps * side * side  # a shared kernel a map, a bias a unit
        units += maps * side * side
    for name, here, below in (("H3", 30, 12 * 4 * 4), ("out", 10, 30)):
        links[name] = parameters[name] = here * (below + 1)
        units += here
    layer = [[Value(0.0) for _ in range(31)] for _ in range(10)]  # the output layer, drawn up in full
    outputs = [autograd.dot(row[:30], [1.0] * 30, row[30]) for row in layer]
    assert len([v for y in outputs for v in y.parents]) == parameters["out"]
    for found, wanted in ((links, want["links"]), (parameters, want["parameters"])):
        assert found | {"total": sum(found.values())} == wanted
    assert units == want["units"]


def d21_vanishing_bound(given, want, case):
    for n, bound in zip(given["n"], want["bound"], strict=True):
        x = y = Value(0.0)
        for _ in range(n):
            y = y.sigmoid() - 0.5  # shifted back to 0, where the slope is greatest: the bound is attained
        y.backward()
        assert x.grad == bound
        for start in (-2.0, 0.0, 0.5, 3.0):
            x = y = Value(start)
            for _ in range(n):
                y = y.sigmoid()
            y.backward()
            assert 0 < x.grad <= bound


DISCRETE = {
    f.__name__: f
    for f in (
        a01_step_neuron_initial, a02_step_neuron_target, a04_simple_layer_update, a12_exercise_to_convergence,
        c03_perceptron_and_xor_tables, c13_online_sweep, c29_hopfield_recall, c30_hebb_variants, c34_temperature_limits,
        c40_lenet_counts, d21_vanishing_bound,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete(name: str):
    case = CASES[name]
    DISCRETE[name](case["inputs"], case["expected"], case)
