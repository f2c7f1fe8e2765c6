"""What holds for every graph: the algebra of derivatives, agreement of all ways to compute them, equal bits everywhere."""

from __future__ import annotations

import hashlib
import math
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, check_gradients, grad, gradients, hessian, hvp, jvp, sqrt, tanh, value_and_grad
from autograd.ops import TABLE
from autograd.strategies import Formula, applied, expressions, graphs
from autograd.value import members

SOURCE = Path(__file__).resolve().parent.parent
numbers = st.floats(-3.0, 3.0).map(lambda x: round(x, 3))


def close(a, b, size):
    """Equal but for the rounding of numbers of that size."""
    return abs(a - b) <= 1e-9 * max(1.0, size) or (math.isnan(a) and math.isnan(b))


def size_of(y):
    """The largest number that a gradient of this graph adds up."""
    nodes = members(y)
    return max(abs(g) * max([1.0, *map(abs, v.partials)]) for g, v in zip(gradients(y, nodes), nodes, strict=True))


def built(f: Formula):
    """The result as a Value, and its leaves."""
    leaves = f.leaves()
    y = f(*leaves)
    return (y if type(y) is Value else Value(y)), leaves


# The algebra.


@settings(max_examples=60)
@given(graphs(size=8), graphs(size=8), numbers, numbers)
def test_linearity_product_and_quotient(f, g, a, b):
    u, leaves = built(f)
    shared = leaves + g.leaves()[len(leaves) :]
    for leaf, x in zip(shared, (*g.point, *f.point[len(g.point) :]), strict=True):
        leaf.data = x  # at g's own point: the graph of f keeps the numbers with which it was recorded
    v = g(*shared[: len(g.point)])
    v = v if type(v) is Value else Value(v)
    du, dv = gradients(u, leaves), gradients(v, leaves)
    together = {
        "sum": (a * u + b * v, lambda p, q: a * p + b * q),
        "product": (u * v, lambda p, q: p * v.data + u.data * q),
        "square": (u**2, lambda p, q: 2 * u.data * p),
        "chain": (tanh(u), lambda p, q: p / math.cosh(u.data) ** 2 if abs(u.data) < 300 else 0.0),
    }
    if abs(v.data) > 0.1:
        together["quotient"] = (u / v, lambda p, q: (p * v.data - u.data * q) / v.data**2)
    for name, (y, rule) in together.items():
        for got, p, q in zip(gradients(y, leaves), du, dv, strict=True):
            wanted = rule(p, q)
            assert not math.isfinite(wanted) or close(got, wanted, size_of(y)), name


# All ways agree.


@pytest.mark.filterwarnings("ignore:check_gradients")  # where nothing can be compared: 8 of 50,000
@settings(max_examples=100)
@given(graphs(), st.lists(numbers, min_size=3, max_size=3))
def test_gradient_forward_mode_and_differences_agree(f, direction):
    direction = direction[: len(f.point)]
    y, leaves = built(f)
    y.backward()
    size = size_of(y) * (1 + max(map(abs, direction)))
    along = math.fsum(g * d for g, d in zip([leaf.grad for leaf in leaves], direction, strict=True))

    def of_one(xs):
        return f(*xs)

    value, tangent = jvp(of_one, list(f.point), direction)
    assert value == y.data
    assert close(tangent, along, size)
    assert value_and_grad(of_one)(list(f.point)) == (y.data, [leaf.grad for leaf in leaves])
    assert [d.data for d in gradients(y, leaves, graph=True)] == pytest.approx(
        [leaf.grad for leaf in leaves], rel=1e-12, abs=1e-300
    )
    check_gradients(of_one, list(f.point))


@settings(max_examples=60)
@given(expressions(size=6), st.lists(numbers, min_size=3, max_size=3))
def test_second_derivatives_are_symmetric(f, direction):
    direction = direction[: len(f.point)]

    def of_one(xs):
        return f(*xs)

    h = hessian(of_one)(list(f.point))
    size = max(abs(x) for row in h for x in row)
    if not math.isfinite(size):
        return
    for i, row in enumerate(h):
        for j, x in enumerate(row):
            assert close(x, h[j][i], size)
    product = hvp(of_one, list(f.point), direction)
    for got, row in zip(product, h, strict=True):
        assert close(got, math.fsum(x * d for x, d in zip(row, direction, strict=True)), 10 * size)


@settings(max_examples=60)
@given(graphs())
def test_gradients_touches_no_grad(f):
    y, leaves = built(f)
    for k, v in enumerate(members(y)):
        v.grad = k + 0.5
    before = [v.grad for v in members(y)]
    found = gradients(y, members(y))
    gradients(y, leaves, graph=True)
    assert [v.grad for v in members(y)] == before
    y.zero_grad()
    y.backward()
    assert found == [v.grad for v in members(y)]


@settings(max_examples=60)
@given(graphs(), st.floats(-4.0, 4.0))
def test_twice_doubles_the_leaves_and_nothing_else(f, gradient):
    y, _ = built(f)
    y.backward(gradient)
    once = [(v, v.grad) for v in members(y)]
    y.backward(gradient)
    for v, g in once:
        assert v.grad == (g if v.op else 2 * g)
    y.zero_grad()
    assert all(v.grad == 0.0 for v in members(y))


@settings(max_examples=60)
@given(graphs())
def test_partials_are_those_of_the_operation_by_itself(f):
    y, _ = built(f)
    for v in members(y):
        if v.op and v.op not in ("where", "identity"):
            alone = applied(v.op, [Value(x.data) if type(x) is Value else x for x in v.operands])
            assert (alone.data, alone.partials) == (v.data, v.partials)


# Zero times infinity, depth, order.


def test_a_gradient_of_zero_passes_nothing_on_through_an_infinite_partial():
    x = Value(0.0)
    for y in (sqrt(x) * 0, (sqrt(x) * 0.0) ** 2, sqrt(x) ** 2, 0 * (sqrt(x) + sqrt(x))):
        assert gradients(y, [x]) == [0.0]
        assert [d.data for d in gradients(x * x + 1, [x], graph=True)] == [0.0]
    assert gradients(sqrt(x), [x]) == [math.inf]
    assert math.isnan(gradients(sqrt(x) - sqrt(x), [x])[0])  # only a zero that came in is exempt


@pytest.mark.parametrize("length", [100_000])
def test_no_chain_is_too_deep(length):
    x = Value(1.0, label="x")
    y = x
    for k in range(length):
        y = y * 0.5 + x if k % 2 else y + 1e-9
    limit = sys.getrecursionlimit()
    y.backward()
    assert x.grad == pytest.approx(2.0)
    assert gradients(y, [x]) == [x.grad]
    (d,) = gradients(y, [x], graph=True)
    assert d.data == pytest.approx(x.grad)
    assert len(repr(y)) < 200
    y.zero_grad()
    del y, d
    assert sys.getrecursionlimit() == limit
    assert x.grad == 0.0


def test_grad_of_an_unused_input_is_zero():
    assert grad(lambda x, y: x * 2)(1.0, 2.0) == (2.0, 0.0)


# Equal bits.


def digest(count: int = 400) -> str:
    """A fingerprint of values, gradients and second derivatives of many seeded random graphs of the whole table."""
    rng = random.Random(20240817)
    names = sorted(name for name in TABLE if TABLE[name].code and name not in ("where", "detach", "identity"))
    seen = hashlib.sha256()
    for _ in range(count):
        nodes = [Value(round(rng.uniform(-3, 3), 3)) for _ in range(3)]
        for _ in range(12):
            name = rng.choice(names)
            entry = TABLE[name]
            count_of = 4 if entry.many else entry.arity
            operands = [rng.choice(nodes) if rng.random() < 0.8 else round(rng.uniform(-2, 2), 2) for _ in range(count_of)]
            if not entry.many:
                operands = [
                    float(rng.randrange(3)) if rule is None else x for x, rule in zip(operands, entry.partials, strict=True)
                ]
            try:
                made = applied(name, operands)
            except (ValueError, ArithmeticError):
                continue
            if type(made) is Value:
                nodes.append(made)
        y = nodes[-1]
        y.backward()
        second = gradients(y, nodes[:3], graph=True)
        found = [v.data for v in nodes] + [v.grad for v in nodes] + [d.data for d in second] + gradients(second[0], nodes[:3])
        for x in found:
            seen.update(struct.pack("<d", x) if x == x else b"nan")
    return seen.hexdigest()


def test_bits_are_equal_from_run_to_run():
    assert digest(100) == digest(100)


def test_bits_are_equal_on_both_engines():
    if not autograd.COMPILED:
        pytest.skip("the compiled engine is not the one that runs")
    program = (
        f"import importlib.util, sys; sys.path.insert(0, {str(SOURCE)!r}); import autograd; "
        "assert not autograd.COMPILED, autograd.__file__; "
        f"spec = importlib.util.spec_from_file_location('properties', {str(Path(__file__).resolve())!r}); "
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); print(module.digest())"
    )
    environment = {**os.environ, "PYTHONPATH": ""}
    other = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment, timeout=120
    )
    assert other.stdout.strip() == digest()
