"""Formulas as numbers: what is simplified and what is not, and that nothing changes what a formula is worth."""

from __future__ import annotations

import math
import operator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.algebra import KEPT_BITS, MOST_BITS, SYMBOLS, Symbolic, case, formula, invoked, letters, size, within
from autograd.operation import FLOATS

x, y, t = letters("x", "y", "t")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (x + 0, "x"),
        (x * 1, "x"),
        (x * 0, "0"),
        (x**1, "x"),
        (x**0, "1"),
        (x - x, "0"),
        (x / x, "1"),
        (t * t, "t²"),
        (x * x**2 / x**3, "1"),
        (x + x, "2x"),
        (3 * x - x / 2, "2.5x"),
        (x * y + y * x, "2xy"),
        ((x + y) + t, "x + y + t"),
        (2 * (x + y) - (y + x), "x + y"),
        (2 * (3 * (x + y)), "6(x + y)"),
        ((2 * x) ** 3, "8x³"),
        ((x**0.5) ** 2, "x"),
        ((x**2) ** 0.5, "√(x²)"),
        (x**y * x, "x^(y + 1)"),
        (formula(0.1) + formula(0.2), "0.3"),
        (formula(1.1) * 2, "2.2"),
        (formula(math.pi) * x, "πx"),
        (x * math.log(2), "x log(2)"),
        (formula(4) ** 0.5, "2"),
        (formula(2) ** 0.5, "√2"),
        (1 / (1 + 1 / x), "x/(x + 1)"),
        (1 / y / (1 + (x / y) * (x / y)), "y/(y² + x²)"),
        (invoked("sech", x) * invoked("sech", x), "1 − tanh(x)²"),
        (invoked("cos", formula(0)), "1"),
        (invoked("sin", formula(2)), "sin(2)"),
        (size(-3 * x), "3|x|"),
        (+x, "x"),
        (2 - x, "2 − x"),
        (2 / x, "2/x"),
    ],
)
def test_simplification_is_light(told: Symbolic, text: str) -> None:
    assert str(told) == text


def test_equal_formulas_are_equal_in_any_order_and_can_be_looked_up():
    assert x + y * t == t * y + x
    assert {x * y: 1}[y * x] == 1
    assert x != y
    assert x != 3
    assert x - y != y - x
    assert Symbolic("symbol", name="x", of=1) != x  # of one name, but another
    assert x.__eq__(3) is NotImplemented


def test_a_formula_has_no_truth_and_a_condition_may_be_known():
    assert formula(1) < formula(2)
    assert not (x < x)
    assert x >= x
    assert abs(x) < math.inf
    with pytest.raises(TypeError, match="x < 1 may be 0 or not"):
        bool(x < 1)


def test_conditions_are_negated():
    condition = SYMBOLS["both"](x > 0, SYMBOLS["negate"](y >= t))
    assert str(condition) == "(x > 0) and (y < t)"
    assert str(SYMBOLS["negate"](condition)) == "(x ≤ 0) or (y ≥ t)"
    assert str(SYMBOLS["choose"](x > 0, x, y)) == "x if x > 0 else y"
    assert str(SYMBOLS["choose"](x, x, y)) == "x if x ≠ 0 else y"
    assert case(formula(1), x, y) is x


def test_products_of_many_constants_do_not_grow():
    f = formula(1)
    for k in range(3000):
        f = f * (1.0 + 1 / (k + 3.7))
    bits = f.number.numerator.bit_length() + f.number.denominator.bit_length()
    assert KEPT_BITS < bits < 2 * MOST_BITS
    expected = math.prod(Fraction(repr(1.0 + 1 / (k + 3.7))) for k in range(3000))
    assert abs(f.number / expected - 1) < Fraction(1, 10**30)
    tiny = formula(1e-300) ** 4
    assert abs(tiny.number * 10**1200 - 1) < Fraction(1, 10**30)
    assert (tiny * x).at(x=1.0) == 0
    assert (x / tiny).at(x=-1.0) == -math.inf
    assert math.isinf((1 / formula(0.0)).number)


def test_a_graph_whose_parts_are_shared_does_not_explode():
    f = x
    for k in range(300):
        f = invoked("sin", f) * (f + k)
    assert len(within(f)) < 1500
    assert f == f.put({y: t})
    assert math.isfinite(f.at(x=0.1)) or math.isnan(f.at(x=0.1))


def test_numbers_of_other_kinds():
    f = (x + y / 3) ** 2 * 0.1
    exact = f.on({"number": Fraction, "pow": lambda a, n: a ** int(n)}, {x: Fraction(1), y: Fraction(1, 2)}.__getitem__)
    assert exact == Fraction(49, 360)
    with pytest.raises(TypeError, match="exp has no formula"):
        invoked("exp", x).on({"number": Fraction}, lambda _: Fraction(1))
    with pytest.raises(TypeError, match="nothing_known has no number"):
        invoked("nothing_known", x).at(x=1.0)
    with pytest.raises(KeyError):
        (x + y).at(x=1.0)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]
NUMBERS = st.sampled_from([-2.0, -1.0, -0.5, 0.1, 1.0, 3.0, 1.1])
TREES = st.recursive(
    st.sampled_from(["x", "y", "t"]) | NUMBERS,
    lambda inner: (
        st.tuples(st.sampled_from(BINARY), inner, inner)
        | st.tuples(st.sampled_from(["sin", "exp", "tanh", "abs", "sqrt"]), inner)
        | st.tuples(st.just("pow"), inner, st.sampled_from([-2.0, -1.0, 2.0, 3.0]))
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(TREES, st.tuples(*[st.floats(0.2, 3).map(lambda a: round(a, 3))] * 3))
def test_simplified_formulas_are_worth_what_the_expression_is(tree, point):
    values = dict(zip("xyt", point))

    def both(node) -> tuple[Symbolic, float]:
        if isinstance(node, str):
            return letters(node)[0], values[node]
        if isinstance(node, float):
            return formula(node), node
        formulas, numbers = zip(*[both(part) for part in node[1:]])
        if callable(node[0]):
            name = {"truediv": "div"}.get(node[0].__name__, node[0].__name__)
            return node[0](*formulas), FLOATS[name](*numbers) if name == "div" else node[0](*numbers)
        return SYMBOLS[node[0]](*formulas), FLOATS[node[0]](*numbers) if node[0] != "abs" else abs(*numbers)

    told, expected = both(tree)
    found = told.at(**values)
    again = told.on(FLOATS, lambda s: values[s.name])
    assert repr(found) == repr(again)
    if math.isfinite(expected) and abs(expected) < 1e12 and math.isfinite(found):
        terms = 1e-9 * max(1.0, abs(expected))
        # what cancels is exact in a formula, and rounded in floats: only a wrong formula is off by much
        assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e3 * terms) or abs(expected) < 1e-6
