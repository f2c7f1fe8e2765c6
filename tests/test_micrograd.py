"""Coming from micrograd: its README, its tests' expressions, its notebooks' idioms and its moons demo, with its numbers."""

from __future__ import annotations

import inspect
import json
import math
import pydoc
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, record

FILE = Path(__file__).resolve().parents[2] / "shared" / "cases" / "micrograd" / "demo_moons.json"


def readme(a: Any, b: Any) -> Any:
    """The expression of micrograd's README."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def test_readme():
    a, b = Value(-4.0), Value(2.0)
    g = readme(a, b)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert (f"{a.grad:.4f}", f"{b.grad:.4f}") == ("138.8338", "645.5773")
    # by hand: here e = -7, de/da = -20, de/db = -93, and g = e**2 / 2 + 10 / e**2, so that dg/de = e - 20 / e**3
    assert g.data == pytest.approx(49 / 2 + 10 / 49, rel=1e-15, abs=0)
    assert a.grad == pytest.approx(-20 * (-7 + 20 / 343), rel=1e-14, abs=0)
    assert b.grad == pytest.approx(-93 * (-7 + 20 / 343), rel=1e-14, abs=0)


def test_expressions_of_its_tests():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_same_numbers_as_micrograd():
    """Operation for operation, where it is installed."""
    other = pytest.importorskip("micrograd.engine").Value
    for start in ((-4.0, 2.0), (0.3, -0.7), (5.0, 1.5)):
        ours, theirs = [Value(x) for x in start], [other(x) for x in start]
        y, z = readme(*ours), readme(*theirs)
        y.backward()
        z.backward()
        assert y.data == z.data
        for v, w in zip(ours, theirs, strict=True):
            assert v.grad == pytest.approx(w.grad, rel=1e-14, abs=0)


def test_what_it_calls_operation_and_parents_is_read_only_and_told():
    a = Value(2.0)
    found = [(Value(1.0) ** n)._op for n in (2, 0.5, -1, 1e100, 1 / 3, math.inf)]
    assert found == ["**2", "**0.5", "**-1", "**1e+100", "**0.333333", "**inf"]
    assert ((a**a)._op, (2**a)._op, autograd.dot([a], [a])._op) == ("**", "**", "·")
    b = a * 3
    assert autograd.sum([a, 2.0, b, a])._prev == {a, b}
    for name in ("_op", "_prev"):
        assert getattr(Value, name).__doc__
        with pytest.raises(AttributeError, match=f"assigning .{name}"):
            setattr(a, name, "+")


def test_what_its_notebooks_write():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    assert c._prev == {a, b}
    assert a._prev == set()
    assert (a + a)._prev == {a}
    assert (c._op, (a + b)._op, (a**3)._op, c.relu()._op, c.exp()._op, a._op) == ("*", "+", "**3", "ReLU", "exp", "")
    assert (sum([a, b, c])).data == -7.0
    assert sum((w * x for w, x in zip([a, b], [1.0, 2.0], strict=True)), Value(0.5)).data == -3.5
    assert [(2 + a).data, (2 - a).data, (2 * a).data, (3 / a).data] == [4, 0, 4, 1.5]
    assert [(-a).data, (a - 1).data, (a / b).data] == [-2, 1, -2 / 3]
    assert [a.__radd__(1).data, a.__rmul__(3).data, a.__rsub__(5).data, a.__rtruediv__(6).data] == [3, 6, 3, 3]
    a.grad = 0
    assert a.grad == 0.0
    a.data += -0.1 * 1.0
    assert a.data == 1.9


def test_tanh_neuron_of_the_lecture_of_its_author():
    """x1 w1 + x2 w2 + b through tanh: with this bias the output is sqrt(1/2), and the gradients 1, 0, -1.5, 0.5."""
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    o = n.tanh()
    o.backward()
    assert o.data == pytest.approx(0.5**0.5, rel=1e-15, abs=0)
    assert [v.grad for v in (w1, w2, x1, x2, n)] == pytest.approx([1.0, 0.0, -1.5, 0.5, 0.5], rel=1e-14, abs=1e-15)
    e = (2 * n).exp()
    again = (e - 1) / (e + 1)  # the same by exp, as a longer graph
    again.backward()
    assert again.data == pytest.approx(o.data, rel=1e-15, abs=0)
    assert n.grad == pytest.approx(0.5, rel=1e-14, abs=0)


# Scripts in both manners: read as they were, node by node; what makes nodes is told what to write.


def by_hand(y: Any) -> None:
    """The lecture's backpropagation: the nodes in topological order, and each one's own step from the last to the first."""
    order: list[Any] = []
    visited = set()

    def visit(v: Any) -> None:
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                visit(child)
            order.append(v)

    visit(y)
    y.grad = 1.0
    for v in reversed(order):
        v._backward()


def by_local_grads(y: Any) -> None:
    """microgpt's: children and local derivatives side by side."""
    order: list[Any] = []
    seen = set()

    def visit(v: Any) -> None:
        if id(v) not in seen:
            seen.add(id(v))
            for child in v._children:
                visit(child)
            order.append(v)

    visit(y)
    y.grad = 1
    for v in order[::-1]:
        for child, local_grad in zip(v._children, v._local_grads, strict=True):
            child.grad += local_grad * v.grad


@pytest.mark.parametrize("sweep", [by_hand, by_local_grads])
def test_the_chain_rule_by_hand_gives_what_backward_gives(sweep):
    leaves = [Value(x) for x in (-4.0, 2.0)]
    y = readme(*leaves)
    sweep(y)
    assert [v.grad for v in leaves] == pytest.approx([-20 * (-7 + 20 / 343), -93 * (-7 + 20 / 343)], rel=1e-14, abs=0)
    again = [Value(x) for x in (-4.0, 2.0)]
    readme(*again).backward()
    assert [v.grad for v in leaves] == pytest.approx([v.grad for v in again], rel=1e-15, abs=0)


def test_one_step_of_the_chain_rule():
    a, b = Value(2.0), Value(-3.0)
    c = a * b + a
    product = c.parents[0]
    c.grad = 10.0
    c._backward()
    assert (product.grad, a.grad, b.grad) == (10.0, 10.0, 0.0)
    assert (product._reached, a._reached, b._reached) == (True, True, False)
    product._backward()
    product._backward()  # it adds
    assert (a.grad, b.grad) == (10.0 - 60.0, 40.0)
    a._backward()  # a leaf has nobody to hand on to
    assert a.grad == -50.0
    square = b * b
    square.grad = 1.0
    b.grad = 0
    square._backward()
    assert b.grad == -6.0


def test_one_step_has_the_gates_of_the_sweep():
    inf = float("inf")
    x = Value(0.0)
    root = x.sqrt()
    root._backward()  # no gradient has come: nothing passes, even through an infinite partial
    assert (x.grad, x._reached) == (0.0, True)
    for closed in (x.relu(), Value(-1.0).maximum(x)):
        closed.grad = inf
        closed._backward()
        reached = [v.grad for v in closed.parents]
        assert reached == ([0.0] if closed.op == "relu" else [0.0, inf])
    product = x * Value(0.0)
    product.grad = inf
    product._backward()
    assert product.parents[1].grad != product.parents[1].grad  # inf times 0 where nothing chooses


def test_children_and_local_grads_are_parents_and_partials():
    a, b = Value(3.0), Value(4.0)
    y = a * b
    assert y._children == y.parents
    assert y._local_grads == y.partials == (4.0, 3.0)
    assert (a._children, a._local_grads) == ((), ())


def test_a_gpt_in_miniature_in_the_manner_of_microgpt():
    """Two tokens' logits from embeddings, softmax by hand, a cross-entropy; by Adam with moments beside the parameters."""
    rng = random.Random(5)
    matrix = lambda rows, columns: [[Value(rng.gauss(0, 0.5)) for _ in range(columns)] for _ in range(rows)]
    embedding, head = matrix(3, 4), matrix(3, 4)
    params = [p for table in (embedding, head) for row in table for p in row]

    def softmax(logits: list[Any]) -> list[Any]:
        largest = max(v.data for v in logits)
        exps = [(v - largest).exp() for v in logits]
        total = sum(exps)
        return [e / total for e in exps]

    def loss() -> Any:
        losses = []
        for token, following in ((0, 1), (1, 2), (2, 0)):
            x = embedding[token]
            scale = (sum(v * v for v in x) / len(x) + 1e-5) ** -0.5
            logits = [sum(w * v * scale for w, v in zip(row, x, strict=True)) for row in head]
            losses.append(-softmax(logits)[following].log())
        return (1 / len(losses)) * sum(losses)

    first, second = [0.0] * len(params), [0.0] * len(params)
    found = []
    for step in range(60):
        y = loss()
        y.backward()
        found.append(y.item())
        for i, p in enumerate(params):
            first[i] = 0.85 * first[i] + 0.15 * p.grad
            second[i] = 0.99 * second[i] + 0.01 * p.grad**2
            p.data -= 0.1 * (first[i] / (1 - 0.85 ** (step + 1))) / ((second[i] / (1 - 0.99 ** (step + 1))) ** 0.5 + 1e-8)
            p.grad = 0
    assert found[0] > 0.8
    assert found[-1] < 0.01


def test_what_makes_nodes_by_hand_is_told_what_to_write():
    a, b = Value(2.0), Value(3.0)
    built = (
        lambda: Value(5.0, (a, b), "+"),
        lambda: Value(5.0, (a, b)),
        lambda: Value(5.0, {a, b}),
        lambda: Value(5.0, [a, b]),
        lambda: Value(5.0, (a, b), (1.0, 1.0)),
        lambda: Value(5.0, _children=(a, b), _op="+", label="c"),
        lambda: Value(5.0, children=(a, b), local_grads=(1.0, 1.0)),
        lambda: type("Mine", (Value,), {}),
    )
    for make in built:
        with pytest.raises(TypeError, match=r"the operation that computes it.*autograd\.op"):
            make()
    assert Value(5.0, label="c").label == "c"
    for name in ("_backward", "_prev", "_op", "_children", "_local_grads"):
        with pytest.raises(AttributeError, match=rf"assigning \.{name}: .*autograd\.op"):
            setattr(a, name, None)
    with pytest.raises(AttributeError, match="'momentum', and none can be added: .* a dict" if autograd.COMPILED else "momentum"):
        a.momentum = 0.0


@pytest.mark.compiled
def test_of_a_class_that_derives_from_value_all_the_same_nothing_is_made():
    class Quiet:
        def __init_subclass__(cls) -> None:
            pass

    class Mine(Quiet, Value):
        pass

    for make in (lambda: Mine(2.0), lambda: Value.__new__(Mine), lambda: object.__new__(Mine)):
        with pytest.raises(TypeError):
            make()


def test_help_shows_what_a_value_is_made_of():
    assert str(inspect.signature(Value)) == "(data: float, label: str = '')"
    assert "Value(data: float, label: str = '')" in pydoc.plain(pydoc.render_doc(Value))
    assert not callable(Value(1.0))


def test_item_is_the_number():
    x = Value(2.5)
    assert (x.item(), (x * 2).item()) == (2.5, 5.0)
    with pytest.raises(TypeError, match=r"\.item\(\) of x in a recorded function"):
        record(lambda x: x * x.item(), 2.0)
    with pytest.raises(TypeError, match=r"_backward\(\) of x \* x in a recorded function"):
        record(lambda x: (x * x)._backward(), 2.0)
    assert record(lambda x: x * x.item(), 2.0, freeze=True)(3.0) == 6.0


def test_no_gradient_is_none_or_zero():
    x = Value(2.0)
    y = x * x
    y.backward()
    x.grad = None
    assert (x.grad, x._reached, y._reached) == (0.0, False, True)
    y.grad = None
    assert (y.grad, y._reached) == (0.0, False)
    y.backward()
    assert x.grad == 4.0


def test_graphs_are_kept():
    x = Value(3.0)
    y = x * x
    for kept in (True, False):
        with pytest.raises(TypeError, match="a graph is kept"):
            y.backward(retain_graph=kept)
    y.backward()
    y.backward()
    assert x.grad == 12.0


# The moons demo: 100 points, an MLP 2-16-16-1, hinge loss with a penalty on the weights, 100 steps.


class Network:
    """Layers of neurons, each a list of weights and a bias, all Values."""

    def __init__(self, sizes: list[int], numbers: list[float]) -> None:
        self.parameters = [Value(x) for x in numbers]
        supply = iter(self.parameters)
        self.layers = [
            [([next(supply) for _ in range(nin)], next(supply)) for _ in range(nout)]
            for nin, nout in pairwise(sizes)
        ]

    def __call__(self, xs: list[Any]) -> Any:
        for layer in self.layers:
            ys = [sum((w * x for w, x in zip(ws, xs, strict=True)), bias) for ws, bias in layer]
            xs = ys if layer is self.layers[-1] else [y.relu() for y in ys]
        return xs[0]


def train(steps: int) -> None:
    """Every step's loss and accuracy are those that micrograd's notebook stores."""
    demo = json.loads(FILE.read_text())
    network = Network(demo["layer_sizes"], demo["init"])
    assert len(demo["published"]) == 100
    assert len(network.parameters) == 337
    for k, stored in enumerate(demo["published"][:steps]):
        scores = [network(x) for x in demo["X"]]
        hinge = [(1 - y * score).relu() for y, score in zip(demo["y"], scores, strict=True)]
        loss = sum(hinge) * (1 / len(hinge)) + 1e-4 * sum(p * p for p in network.parameters)
        right = sum((y > 0) == (score.data > 0) for y, score in zip(demo["y"], scores, strict=True))
        assert loss.data == pytest.approx(float(stored["loss"]), rel=1e-13, abs=0), k  # measured: within 1e-14 over all 100 steps
        assert right == stored["accuracy"]
        for p in network.parameters:
            p.grad = 0.0
        loss.backward()
        if k == 0:
            assert [p.grad for p in network.parameters] == pytest.approx(demo["grad_step0"], rel=1e-12, abs=1e-16)
        for p in network.parameters:
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    if steps == 100:
        assert [p.data for p in network.parameters] == pytest.approx(demo["final_params"], rel=1e-9)


@pytest.mark.skipif(not FILE.is_file(), reason="the reference cases are not here")
def test_moons():
    train(100 if autograd.COMPILED else 5)


@pytest.mark.slow
@pytest.mark.skipif(not FILE.is_file(), reason="the reference cases are not here")
@pytest.mark.skipif(autograd.COMPILED, reason="all 100 steps are run by test_moons")
def test_moons_to_the_end_uncompiled():
    train(100)
