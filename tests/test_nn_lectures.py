"""The networks of the lectures that the project follows, built of modules and losses: values, gradients, steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, dot
from autograd import sum as summed

FILE = Path(__file__).resolve().parents[2] / "shared" / "cases" / "lectures.json"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the reference cases are not here")
CASES = {case["id"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]} if FILE.is_file() else {}


def mlp(*sizes: int, output: str = "identity", activation: str = "tanh") -> Any:
    """A network of these sizes, as a function of its numbers."""
    return lambda numbers: nn.MLP(sizes[0], sizes[1:], activation, output=output, init=numbers)


def four(t: str = "t") -> list[tuple[list[str], str]]:
    """The names of four samples of two inputs."""
    return [([f"p{i}", f"q{i}"], f"{t}{i}") for i in range(4)]


NETWORKS: dict[str, tuple[str, Any, list[tuple[Any, Any]], Any]] = {
    "c04_xor_handmade": (
        "w11 w12 b1 w21 w22 b2 v1 v2 c", mlp(2, 2, 1, activation="sigmoid", output="sigmoid"), four(), nn.squared_error,
    ),
    "c06_xor_stuck": ("w11 w12 b1 w21 w22 b2 v1 v2 c", mlp(2, 2, 1, output="sigmoid"), four(), nn.squared_error),
    "c08_mlp_deltas_tanh": (
        "w1_11 w1_12 w1_13 w1_10 w1_21 w1_22 w1_23 w1_20 w2_11 w2_12 w2_10", mlp(3, 2, 1), [(["x1", "x2", "x3"], "t1")],
        nn.squared_error,
    ),
    "c25_autoencoder": (
        "w00 w01 w02 b0 w10 w11 w12 b1 v00 v01 c0 v10 v11 c1 v20 v21 c2", mlp(3, 2, 3, activation="sigmoid"),
        [(["x0", "x1", "x2"], ["x0", "x1", "x2"])], nn.squared_error,
    ),
    "d11_two_layers": (
        "w1_00 w1_01 b1_0 w1_10 w1_11 b1_1 w2_00 w2_01 b2_0 w2_10 w2_11 b2_1 w2_20 w2_21 b2_2",
        mlp(2, 2, 3, activation="sigmoid"), [(["x0", "x1"], ["y0", "y1", "y2"])], nn.cross_entropy,
    ),
    "d13_logistic_regression": ("w1 w2 b", mlp(2, 1), [(["x1", "x2"], "t")], nn.binary_cross_entropy),
    "d17_regression_1_3_1": (
        "u1 c1 u2 c2 u3 c3 v1 v2 v3 d", mlp(1, 3, 1), [([f"x{i}"], f"t{i}") for i in range(3)], nn.squared_error,
    ),
}  # fmt: skip
"""Parameters in the order of `parameters()`, the network, its samples by the names of their numbers, the loss of each."""


def close(case: dict[str, Any], want: float) -> Any:
    """Within the case's tolerance."""
    return pytest.approx(want, rel=case["tolerance"]["rel"], abs=case["tolerance"]["abs"])


def looked_up(names: Any, numbers: dict[str, float]) -> Any:
    """Numbers in place of names."""
    return numbers[names] if isinstance(names, str) else [numbers[name] for name in names]


@pytest.mark.parametrize("name", NETWORKS)
def test_values_and_gradients(name: str):
    case, (order, build, samples, loss) = CASES[name], NETWORKS[name]
    names = order.split()
    assert set(names) == set(case["inputs"])
    model = build([case["inputs"][key] for key in names])
    want = next(state for state in case["expected"] if state["step"] == 0) if case["kind"] == "trajectory" else case
    total = summed([loss(model(looked_up(x, case["constants"])), looked_up(t, case["constants"])) for x, t in samples])
    total.backward()
    value = want["output"] if case["kind"] == "trajectory" else want["expected"][case["output"]]
    assert total.data == close(case, value)
    for key, p in zip(names, model.parameters(), strict=True):
        assert p.grad == close(case, want["gradients"][key]), key


@pytest.mark.parametrize(("name", "label"), [("d07_softmax_ce_soft", ["y0", "y1", "y2"]), ("d09_zero_logits_ln10", 3)])
def test_cross_entropy_of_logits(name: str, label: Any):
    case = CASES[name]
    logits = [Value(x) for x in case["inputs"].values()]
    loss = nn.cross_entropy(logits, label if isinstance(label, int) else looked_up(label, case["constants"]))
    loss.backward()
    assert loss.data == close(case, case["expected"]["L"])
    for key, z in zip(case["inputs"], logits, strict=True):
        assert z.grad == close(case, case["gradients"][key])


def test_a_sigmoid_with_cross_entropy():
    case = CASES["e15_out_sigmoid_bce"]
    a = Value(case["inputs"]["a"])
    loss = nn.binary_cross_entropy(a, case["constants"]["t"])
    loss.backward()
    assert loss.data == close(case, case["expected"]["L"])
    assert a.grad == close(case, case["gradients"]["a"])


def test_a_convolution():
    case = CASES["c39_convolution"]
    numbers = case["inputs"]
    pixels = [[Value(numbers[f"x{i}{j}"]) for j in range(4)] for i in range(4)]
    kernel = [f"k{i}{j}" for i in range(3) for j in range(3)]
    conv = nn.Conv2d(1, 1, 3, "tanh", init=[numbers[key] for key in [*kernel, "b"]])
    out = nn.Flatten()(conv(pixels))
    loss = dot(out, [case["constants"][f"g{i}{j}"] for i in range(2) for j in range(2)])
    loss.backward()
    assert loss.data == close(case, case["expected"]["L"])
    found = {key: p.grad for key, p in zip([*kernel, "b"], conv.parameters(), strict=True)}
    found |= {f"x{i}{j}": pixels[i][j].grad for i in range(4) for j in range(4)}
    assert found == {key: close(case, want) for key, want in case["gradients"].items()}


def test_a_skip_connection():
    case = CASES["a14_skip_branch"]
    x, w, c, v = (case["inputs"][key] for key in "xwcv")
    block = nn.Residual(nn.Layer(1, 1, "tanh", init=[w, c]), nn.Layer(1, 1, "identity", init=[v, 0.0]))
    start = Value(x)
    y = block([start])
    y.backward()
    assert y.data == close(case, case["expected"]["y"])
    found = [start.grad, *[p.grad for p in block.parameters()][:3]]
    assert found == [close(case, case["gradients"][key]) for key in "xwcv"]


def test_a_frozen_layer_below():
    """Only the layer above it learns."""
    case = CASES["c45_frozen_random_layer"]
    given = case["constants"]
    lower = nn.Layer(2, 2, "tanh", init=[given["r11"], given["r12"], 0.0, given["r21"], given["r22"], 0.0]).freeze()
    model = nn.Sequential(lower, nn.Layer(2, 1, "sigmoid", init=list(case["inputs"].values())))
    loss = nn.squared_error(model([given["x1"], given["x2"]]), given["t"])
    loss.backward()
    assert loss.data == close(case, case["expected"]["E"])
    assert [p.grad for p in model.parameters()] == [close(case, case["gradients"][key]) for key in ("v1", "v2", "d")]


@pytest.mark.parametrize("eager", [False, True])
def test_online_learning(eager: bool):
    """A step after each sample: y = w x + b on four points."""
    case = CASES["c13_online_sweep"]
    given, points = case["inputs"], case["inputs"]["data"]
    for count, want in enumerate(case["expected"]["after_each_point"], start=1):
        line = nn.Neuron(1, "identity", init=[given["w"], given["b"]])
        xs, ys = zip(*points[:count])
        steps = nn.SGD(line.parameters(), given["eta"])
        nn.fit(line, xs, ys, loss=nn.squared_error, optimizer=steps, epochs=1, batch_size=1, eager=eager)
        assert [p.data for p in line.parameters()] == [close(case, want["w"]), close(case, want["b"])]
