"""The first node whose value, partial or gradient is not finite, or became 0 by underflow."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable

import pytest

import autograd
from autograd import Value, dot, exp, log, maximum, op, prod, scope, sigmoid, sqrt, tanh
from autograd.blamed import blame, lines
from autograd.registry import remove
from autograd.value import ieee_arithmetic

Case = Callable[[], tuple[Value, Value]]  # a graph, and its node at fault
CASES: dict[str, tuple[Case, str, str]] = {}


def case(what: str, why: str) -> Callable[[Case], Case]:
    def known(f: Case) -> Case:
        CASES[f.__name__.replace("_", " ")] = f, what, why
        return f

    return known


@case("value", "exp(800) is inf")
def an_overflow_that_others_follow():
    first = exp(Value(800.0))
    return (first - exp(Value(900.0))) * 2, first


@case("value", "log(0) is -inf")
def a_logarithm_of_0():
    first = log(Value(1.0) - 1)
    return first * first - first, first


@case("value", "log(-1) is nan")
def a_logarithm_of_less():
    first = log(Value(-1.0))
    return maximum(first, 0.0), first


@case("value", "div(1, 0) is inf")
def a_quotient_by_0():
    first = 1 / (Value(2.0) - 2)
    return 1 / first, first


@case("value", "w is nan")
def a_leaf():
    w = Value(math.nan, label="w")
    return w * 2 + exp(w), w


@case("value", "exp(-800) is 0 by underflow, and so log(0) is -inf")
def an_underflow_that_a_logarithm_tells():
    first = exp(Value(-800.0))
    return log(first), first


@case("value", "exp(-800) is 0 by underflow, and so log(0) is -inf")
def an_underflow_further_back():
    first = exp(Value(-800.0))
    return log(Value(2.0) * (first * 3)), first


@case("value", "pow(1e-200, 2) is 0 by underflow, and so sqrt(0) has the derivative inf")
def a_square_too_small_under_a_root():
    first = Value(1e-200) ** 2
    return sqrt(first), first


@case("partial", "sqrt(0) has the derivative inf")
def a_root_at_0():
    first = sqrt((Value(5.0) - 5) ** 2)
    return first * 2 + 1, first


@case("gradient", "the gradient of a leaf is inf, through mul(1e-300, 1e+300)")
def a_gradient_that_overflows():
    x = Value(1e-300)
    return (x * 1e300) * 1e300, x


@case("gradient", "the gradient of mul(9.99989e-321, 0) is inf, through mul(0, 1e+300)")
def zero_times_infinity_on_the_way_back():
    inner = Value(1e-320) * Value(0.0)  # its partials are 0 and 1e-320
    return (inner * 1e300) * 1e300, inner


@case("value", "mul(1e-300, 1e-100) is 0 by underflow")
def a_long_product():
    y = Value(1.0)
    made = [y := y * Value(1e-100) for _ in range(6)]
    return made[-1] + 1, made[3]


@case("value", "prod(1e-200, 1e-200, 3) is 0 by underflow")
def a_product_as_one_node():
    first = prod([Value(1e-200), Value(1e-200), 3.0])
    return first, first


@case("value", "dot(1e-200, 0, 1e-200, 5) is 0 by underflow")
def a_dot_product():
    first = dot([Value(1e-200), Value(0.0)], [1e-200, 5.0])
    return first + 1, first


@case("partial", "tanh(800) has the derivative 0 by underflow")
def a_unit_that_is_saturated():
    first = tanh(Value(800.0))
    return first * 3, first


@case("gradient", "the gradient of a leaf is 0 by underflow, through mul(1e-200, 1e-120)")
def a_gradient_that_vanishes():
    x = Value(1e-200)
    return (x * 1e-120 + 1) * 1e-250, x


@pytest.mark.parametrize("name", CASES)
def test_the_first_node_at_fault_is_named_always_the_same(name: str) -> None:
    build, what, why = CASES[name]
    for _ in range(3):
        with ieee_arithmetic():
            y, node = build()
        gc.collect()
        found = blame(y)
        assert found is not None
        assert (found.what, found.why, found.line) == (what, why, None)
        assert found.node is node
        assert repr(found) == why
        assert found.underflow == ("underflow" in why)
        assert found.finite == ("underflow" in why and "and so" not in why)


def test_an_infinity_that_a_leaf_holds_is_blamed_before_what_it_leads_to() -> None:
    x = Value(math.inf, label="x")
    with ieee_arithmetic():
        found = blame(x - x)
    assert found is not None
    assert (found.node is x, found.why) == (True, "x is inf")


@pytest.mark.parametrize(
    "y",
    [
        lambda x: x - x,
        lambda x: x * 0.0,
        lambda x: autograd.sum([x, -x]),
        lambda x: dot([x, x], [0.0, 0.0]),
        lambda x: maximum(x, 5.0) ** 2,
        lambda x: (x - x) ** 2 + x**0,
        lambda x: sigmoid(x) * 0.0 + 1e300 * x,
        lambda x: (x - x) * sqrt(x - 3 + 1),
        lambda x: (x * 1e-120 + 1) * 1e-250 + x - x,  # two gradients cancel, beside one that vanishes
        lambda x: 0.0 * sqrt(x - 3),  # no gradient meets the infinite partial
    ],
)
def test_a_0_that_is_exact_is_nobodys_fault(y: Callable[[Value], Value]) -> None:
    assert blame(y(Value(3.0))) is None


def test_infinity_goes_before_an_older_underflow_that_did_no_harm() -> None:
    x = Value(800.0)
    with ieee_arithmetic():
        harmless, first = exp(-x), exp(x)
        found = blame(harmless + first)
    assert found is not None
    assert found.node is first


def test_the_scope_is_told_and_the_label() -> None:
    with ieee_arithmetic(), scope("layer0"), scope("neuron1"):
        y = exp(Value(1000.0))
    assert repr(blame(y)) == "exp(1000) in layer0/neuron1 is inf"
    y.label = "score"
    assert repr(blame(y + 1)) == "score in layer0/neuron1 is inf"


def test_no_gradient_of_the_graph_is_touched() -> None:
    x = Value(0.0)
    y = sqrt(x)
    x.grad = 7.0
    assert blame(y) is not None
    assert (x.grad, y.grad) == (7.0, 0.0)


def test_an_operation_of_ones_own_is_blamed_for_infinity() -> None:
    steep = op("steep", lambda x: x, lambda x, y: math.inf)
    try:
        y = steep(Value(2.0))
        found = blame(y * 3)
    finally:
        remove("steep")
    assert found is not None
    assert (found.what, found.node is y) == ("partial", True)


def test_the_line_is_printed_with_its_text_and_a_gradients_is_that_of_the_operation() -> None:
    with lines():
        x = Value(1e-300)
        inner = x * 1e300
        y = inner * 1e300
    found = blame(y)
    assert found is not None
    assert found.node is x
    assert found.through is inner
    assert found.line is not None
    assert repr(found).endswith(f"test_blamed.py:{found.line[1]}: inner = x * 1e300")


def test_what_is_no_value_and_what_is_out_of_date_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^blame: a Value belongs here, not 3\.0$"):
        blame(3.0)  # type: ignore[arg-type]
    x = Value(1.0)
    y = exp(x)
    x.data = 800.0
    with pytest.raises(ValueError, match=r"out of date.*call forward\(\) first$"):
        blame(y)
