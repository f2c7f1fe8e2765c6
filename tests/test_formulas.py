"""The table's rules as formulas: each is worth what the engine computes, and reads as a person writes it."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, exp, logsumexp, maximum, mean, prod, registry, relu, sigmoid, sin, sqrt, tanh
from autograd.algebra import SYMBOLS, letters, within
from autograd.formulas import MOST_OPERANDS, MOST_PARTS, Formulas, partial, value
from autograd.graph import members
from autograd.operation import BY_CODE, FLOATS, define
from autograd.ops import BUILTIN, INTERNAL, TABLE, word
from viz.graph.programs import graph_of as graph_of_program

ENTRIES = [entry for entry in TABLE.values() if entry.code < BUILTIN]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_formula_of_the_table_is_worth_what_the_engine_computes(entry):
    draw = random.Random(entry.name)
    compared = 0
    for _ in range(40):
        count = entry.arity or draw.randint(1, 5)
        xs = [draw.uniform(-3, 3) for _ in range(count)]
        if entry.name == "polygamma":
            xs[0] = float(draw.randint(1, 3))
        names = letters(*[f"a{k}" for k in range(count)])
        operands = [x if draw.random() < 0.2 else name for x, name in zip(xs, names)]
        if entry.name == "pow" and draw.random() < 0.5:
            operands[1] = xs[1] = float(draw.randint(-3, 4))
        try:
            y = entry.value_on(FLOATS)(*xs)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        at = dict(zip(names, xs))
        assert value(entry, operands).at(at) == pytest.approx(y, rel=1e-9, abs=1e-12, nan_ok=True)
        for i, x in enumerate(operands):
            if x is names[i] and (entry.many or entry.partials[i]):
                expected = entry.partial_on(i, FLOATS)(*xs, y)
                assert partial(entry, i, operands).at(at) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
                compared += not math.isnan(expected)
    assert compared > 5


@pytest.mark.parametrize(
    ("name", "operands", "texts"),
    [
        ("add", "ab", ["1", "1"]),
        ("sub", "ab", ["1", "−1"]),
        ("mul", "ab", ["b", "a"]),
        ("div", "ab", ["1/b", "−a/b²"]),
        ("pow", "ab", ["ba^(b − 1)", "a^b log(a)"]),
        ("abs", "x", ["1 if x > 0, −1 if x < 0, else 0"]),
        ("exp", "x", ["exp(x)"]),
        ("log2", "x", ["1/(x log(2))"]),
        ("sqrt", "x", ["0.5/√x"]),
        ("cbrt", "x", ["1/(3 cbrt(x)²)"]),
        ("sin", "x", ["cos(x)"]),
        ("cos", "x", ["−sin(x)"]),
        ("tan", "x", ["1 + tan(x)²"]),
        ("asin", "x", ["1/√(1 − x²)"]),
        ("atan", "x", ["1/(1 + x²)"]),
        ("atan2", "ab", ["b/(a² + b²)", "−a/(b² + a²)"]),
        ("hypot", "ab", ["a/hypot(a, b)", "b/hypot(b, a)"]),
        ("tanh", "x", ["1 − tanh(x)²"]),
        ("asinh", "x", ["1/√(1 + x²)"]),
        ("erf", "x", ["2 exp(−x²)/√π"]),
        ("gelu", "x", ["normal_cdf(x) + x normal_pdf(x)"]),
        ("sigmoid", "x", ["sigmoid(x)·(1 − sigmoid(x))"]),
        ("softplus", "x", ["sigmoid(x)"]),
        ("relu", "x", ["1 if x > 0 else 0"]),
        ("leaky_relu", "xa", ["1 if x > 0 else a", "x if x ≤ 0 else 0"]),
        ("maximum", "ab", ["1 if a > b, 0 if a < b, else 0.5", "0 if a > b, 1 if a < b, else 0.5"]),
        ("clip", "xab", ["1 if (x ≤ b) and (x ≥ a) else 0", "0 if x > b, 1 if x < a, else 0", "1 if x > b else 0"]),
        ("step", "x", ["0"]),
        ("sum", "abc", ["1", "1", "1"]),
        ("prod", "abc", ["bc", "ac", "ab"]),
        ("mean", "abc", ["1/3", "1/3", "1/3"]),
        ("dot", "wvxyb", ["x", "y", "w", "v", "1"]),
        ("logsumexp", "ab", ["exp(a)/(exp(a) + exp(b))", "exp(b)/(exp(a) + exp(b))"]),
    ],
)
def test_partials_read_as_a_person_writes_them(name, operands, texts):
    xs = letters(*operands)
    assert [str(partial(TABLE[name], i, xs)) for i in range(len(xs))] == texts


def test_values_that_are_formulas_of_their_operands_are_written_out():
    a, b, c = letters("a", "b", "c")
    told = {"sum": "a + b + c", "prod": "abc", "mean": "(a + b + c)/3", "dot": "c + ab", "logsumexp": "logsumexp(a, b, c)"}
    assert {name: str(value(TABLE[name], [a, b, c])) for name in told} == told
    assert str(value(TABLE["sqrt"], [a * a])) == "√(a²)"
    assert str(value(TABLE["where"], [a])) == "a"


def graph_of(y: Value) -> Formulas:
    """With a symbol for each label."""
    return Formulas(lambda v: v.label)


def test_the_lecture_s_square_of_a_sum():
    x, y = Value(3.0, label="x"), Value(4.0, label="y")
    t = x + y
    t.label = "t"
    z = t**2
    graph = graph_of(z)
    found = graph.derivatives(members(z))
    assert [str(found[id(v)]) for v in (z, t, x, y)] == ["1", "2t", "2t", "2t"]
    assert str(graph.spelt_out(found[id(x)], {graph.value(t)})) == "2(x + y)"
    assert found[id(x)].at(graph.numbers) == 14


def test_a_named_result_stands_in_its_own_derivative():
    x = Value(0.3, label="x")
    told = []
    for make in (sigmoid, tanh, exp, autograd.tan):
        h = make(x)
        h.label = "h"
        told.append(str(graph_of(h).partial(h, 0)))
    assert told == ["h(1 − h)", "1 − h²", "h", "1 + h²"]


def test_two_values_of_one_name_are_not_taken_for_one():
    a, b = Value(2.0, label="x"), Value(3.0, label="x")
    y = a * b
    graph = graph_of(y)
    assert str(graph.value(y)) == "xx"
    assert graph.derivatives(members(y))[id(a)].at(graph.numbers) == 3.0


def test_long_derivatives_are_symbols_in_others():
    x = Value(0.3, label="x")
    y = x
    for _ in range(60):
        y = sin(y) * y
        y.label = "y"
    graph = graph_of(y)
    y.backward()
    found = graph.derivatives(members(y), told=lambda v: "∂z/∂v")
    assert all(len(within(f)) < 3 * MOST_PARTS for f in found.values())
    assert found[id(x)].at(graph.numbers) == pytest.approx(x.grad, rel=1e-12)


def test_a_sum_doubled_often_stays_short():
    x = Value(1.0, label="x")
    y = x
    for _ in range(40):
        y = y + y
    assert str(graph_of(y).derivatives(members(y))[id(x)]) == "1.1e12"
    assert graph_of(y).derivatives(members(y))[id(x)].number == 2**40


def test_what_has_no_formula_is_a_symbol_with_its_number():
    autograd.op("untraced", math.sin, lambda a, y: math.cos(a))
    try:
        x = Value(0.5, label="x")
        y = autograd.FUNCTIONS["untraced"](x) * 3
        graph = graph_of(y)
        found = graph.derivatives(members(y))[id(x)]
        assert str(found) == "3·∂untraced/∂a"
        assert found.at(graph.numbers) == pytest.approx(3 * math.cos(0.5))
    finally:
        registry.remove("untraced")
    many = letters(*[f"x{k}" for k in range(2 * MOST_OPERANDS)])
    assert partial(TABLE["prod"], 0, many) is None
    assert partial(TABLE["logsumexp"], 0, many) is None
    assert [str(partial(TABLE["dot"], i, many)) for i in (0, MOST_OPERANDS)] == [f"x{MOST_OPERANDS}", "x0"]


def test_there_is_no_derivative_by_a_condition_and_a_condition_is_no_single_number():
    c, a, b = letters("c", "a", "b")
    assert [str(partial(INTERNAL["choose"], i, [a > b, a, b])) for i in (1, 2)] == ["1 if a > b else 0", "0 if a > b else 1"]
    assert [str(partial(INTERNAL["choose"], i, [c, a, b])) for i in (1, 2)] == ["1 if c ≠ 0 else 0", "0 if c ≠ 0 else 1"]
    f = autograd.record(lambda x: autograd.where(x > 0, x * x, -x), 1.0)
    y = graph_of_program(f)["f"]
    graph = graph_of(y)
    found = graph.derivatives(members(y))[id(members(y)[0])]
    assert (found.at(dict.fromkeys(graph.owner, 3.0)), found.at(dict.fromkeys(graph.owner, -3.0))) == (6.0, -1.0)


def test_an_operation_of_one_s_own_has_its_formula():
    autograd.op("cube", lambda x: x * x * x, lambda x, y: 3 * x * x)
    try:
        (x,) = letters("x")
        assert (str(value(TABLE["cube"], [x])), str(partial(TABLE["cube"], 0, [x]))) == ("cube(x)", "3x²")
        assert value(TABLE["cube"], [x]).at(x=2.0) == 8
    finally:
        registry.remove("cube")


def test_a_rule_that_nobody_could_read_is_no_formula_and_costs_no_time():
    def shared(x, y):
        for _ in range(200):
            y = word("sin")(y) * y
        return y

    def deep(x, y):
        for _ in range(3000):
            y = y / (y + x)
        return y

    def endless(x, y):
        return (x**1000) ** 1000 * y

    for rule in (shared, deep, endless):
        entry = define("unread", lambda x: x, rule, call=lambda f, *x: 1.0)
        try:
            told = partial(entry, 0, letters("x"))
            assert told is None or len(str(told)) < 40
        finally:
            BY_CODE.pop()
            del TABLE["unread"]


def test_cases_that_differ_only_far_away_or_in_a_stretch_are_cases():
    x = letters("x")[0]
    where, relu_ = word("where"), word("relu")
    for rule in (
        lambda x, y: where(abs(x) < 50, x * x / 2, 50 * abs(x) - 1250),
        lambda x, y: where(x < 10, x * x, x * x + relu_(x - 5)),
        lambda x, y: where(x > 100, x, where(x < 50, 2 * x, 3 * x)),
    ):
        entry = define("cases", lambda x: x, rule, call=lambda f, *x: 1.0)
        try:
            told = partial(entry, 0, [x])
            for at in (-70.0, -20.0, 3.0, 7.5, 20.0, 70.0, 120.0):
                assert told.at(x=at) == pytest.approx(entry.partial_on(0, FLOATS)(at, 0.0))
        finally:
            BY_CODE.pop()
            del TABLE["cases"]


def test_second_derivatives_are_formulas_too():
    x = Value(0.7, label="x")
    slope = autograd.grad(lambda v: sin(v) * v * v)
    second = autograd.grad(slope)
    assert second(0.7) == pytest.approx((2 - 0.49) * math.sin(0.7) + 4 * 0.7 * math.cos(0.7))
    entry = TABLE["sin"]
    first = partial(entry, 0, letters("x"))
    assert str(SYMBOLS["neg"](first)) == "−cos(x)"
    assert x.data == 0.7


UNARY = [sin, lambda v: exp(-v * v), tanh, sigmoid, relu, lambda v: sqrt(v * v + 1), abs, autograd.softplus]
BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1), maximum, autograd.atan2,
    lambda a, b: logsumexp([a, b, 0.5]), lambda a, b: autograd.dot([a, b], [b, 2.0], 1.0), lambda a, b: mean([a, b]),
    lambda a, b: prod([a, b, a]), autograd.hypot, lambda a, b: autograd.where(a > b, a * b, b),
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.booleans()), min_size=1, max_size=9),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)
def test_the_formulas_of_random_graphs_are_worth_their_gradients(steps, point):
    values = [Value(round(x, 2), label=name) for name, x in zip("xy", point)]
    for kind, i, j, named in steps:
        a, b = values[i % len(values)], values[j % len(values)]
        made = UNARY[kind % len(UNARY)](a) if kind % 2 else BINARY[kind % len(BINARY)](a, b)
        if named and made.op:
            made.label = f"h{len(values)}"
        values.append(made)
    z = values[-1]
    z.backward()
    graph = graph_of(z)
    found = graph.derivatives(members(z))
    for v in members(z):
        if v.label and id(v) in found and math.isfinite(v.grad) and abs(v.grad) < 1e9:
            inner = {s for s, u in graph.owner.items() if u.op}
            for f in (found[id(v)], graph.spelt_out(found[id(v)], inner)):
                worth = f.at(graph.numbers)
                if not math.isnan(worth):  # as hypot's derivative is at the origin
                    assert worth == pytest.approx(v.grad, rel=1e-7, abs=1e-9)
