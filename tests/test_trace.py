"""Tracing numbers: the formula of a rule, printed as mathematics, as Python and as C."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import pytest

from autograd.operation import Floats
from autograd.ops import TABLE, where
from autograd.trace import Expression, TraceError, call, in_c, in_python, parts, symbols, trace


def test_mathematics_has_no_needless_parentheses():
    a, b, c = symbols("a", "b", "c")
    assert str(a + b + c) == "a + b + c"
    assert str(a - (b - c)) == "a - (b - c)"
    assert str(a - b - c) == "a - b - c"
    assert str(a / (b / c)) == "a / (b / c)"
    assert str(a * (b + c)) == "a * (b + c)"
    assert str((a * b) ** c) == "(a * b) ** c"
    assert str(-a * b) == "-a * b"
    assert str(1 - a) == "1 - a"
    assert str(2 / a) == "2 / a"
    assert str(2**a) == "2 ** a"
    assert str(+a) == "a"
    assert str(abs(a)) == "abs(a)"
    assert str(call("tanh", a)) == "tanh(a)"
    assert str(a.tanh() * 0.5) == "tanh(a) * 0.5"
    assert str(where(a < 0, -1, b)) == "where(a < 0, -1, b)"
    assert [str(a <= b), str(a > b), str(a >= b), str(a == b), str(a != b)] == ["a <= b", "a > b", "a >= b", "a == b", "a != b"]


@pytest.mark.parametrize("text", ["a - (b + c)", "a - (b - c)", "a / (b * c)", "a * b / c", "(a ** b) ** c", "a ** (b ** c)",
                         "-(a + b)",
                                  "(-c) ** b", "a ** (-b)", "-(a ** b)", "(a - b) * c", "a - b * c", "a / b / c", "-(-a)",
                                  "a * (-b)"])  # fmt: skip
def test_what_is_printed_means_the_same(text):
    """The printed formula, read as Python, is the formula."""
    names = {"a": 1.7, "b": 0.9, "c": -2.0}
    formula = trace(eval(f"lambda a, b, c: {text}"), "abc")  # noqa: S307  (the text above)
    want = eval(text, dict(names))  # noqa: S307
    assert eval(str(formula), dict(names)) == want  # noqa: S307
    made: dict[str, Any] = {}
    exec(in_python({"y": formula}, "abc"), Floats(), made)  # noqa: S102
    assert made["f"](*names.values()) == (want,)


def test_shared_parts_are_computed_once():
    (x,) = symbols("x")
    e = call("exp", x)
    source = in_python({"y": e * e + e}, ["x"])
    assert source.count("exp") == 1
    assert "\n".join(in_c({"y": e * e + e}, ["x"], {"exp": "exp({})"})).count("exp(") == 1


def test_c():
    a, b = symbols("a", "b")
    spelling = {name: TABLE[name].c for name in ("exp", "pow", "abs")}
    assert in_c({"y": where(a < 0, -b, a / 2)}, "ab", spelling) == ["y = ((a < 0.0) ? (-b) : (a / 2.0));"]
    assert in_c({"y": abs(a) ** b}, "ab", spelling) == ["y = power(fabs(a), b);"]
    assert in_c({"y": a * -3}, "ab", spelling) == ["y = (a * (-3.0));"]
    assert in_c({"y": a + math.inf}, "ab", spelling) == ["y = (a + INFINITY);"]
    assert in_c({"y": a + -math.inf}, "ab", spelling) == ["y = (a + (-INFINITY));"]
    assert in_c({"y": a + math.nan}, "ab", spelling) == ["y = (a + NAN);"]


def test_python_numbers_that_have_no_literal():
    (x,) = symbols("x")
    assert "float('inf')" in in_python({"y": x + math.inf}, ["x"])
    assert "float('nan')" in in_python({"y": x + math.nan}, ["x"])


def test_what_cannot_be_traced_says_why():
    with pytest.raises(TraceError, match="cannot branch on x > 0: write where"):
        trace(lambda x: 1 if x > 0 else 0, ["x"])
    with pytest.raises(TraceError, match="use autograd's functions, not those of math"):
        trace(math.cos, ["x"])
    with pytest.raises(TraceError, match="cannot branch"):
        trace(lambda x: max(x, 0), ["x"])
    with pytest.raises(TraceError, match="not on str"):
        trace(lambda x: x + "1", ["x"])


def test_a_result_may_not_bear_the_name_of_an_argument():
    (x,) = symbols("x")
    with pytest.raises(ValueError, match="name of an argument"):
        in_c({"x": x + 1}, ["x"], {})


def test_a_constant_rule_is_a_formula():
    formula = trace(lambda x, y: 1, "xy")
    assert isinstance(formula, Expression)
    assert formula.number == 1.0
    assert str(formula) == "1"


def test_a_long_loop_is_printed_flat():
    """As a tree it would have 2 ** 400 parts, and no parser takes so many parentheses inside each other."""

    def logistic(x: Any) -> Any:
        for _ in range(400):
            x = 3.7 * x * (1 - x)
        return x

    formula = trace(logistic, "x")
    assert len(parts([formula])) == 1 + 400 * 5
    assert len(str(formula)) < 20_000
    made: dict[str, Any] = {}
    exec(in_python({"y": formula}, "x"), Floats(), made)  # noqa: S102
    assert made["f"](0.3) == (logistic(0.3),)
    polynomial = trace(lambda x: reduce(lambda s, k: s * x + 1 / k, range(1, 601), 0.0), "x")
    exec(in_python({"y": polynomial}, "x"), Floats(), made)  # noqa: S102
    assert made["f"](0.5)[0] == pytest.approx(2 ** -598 * math.fsum(2.0**k / (k + 1) for k in range(600)) / 2, rel=1e-14)
    lines = [*in_python({"y": polynomial}, "x").splitlines(), *in_c({"y": polynomial}, "x", {})]
    assert all(line.count("(") < 100 for line in lines)


def test_comparisons_of_comparisons_do_not_double():
    x, y = symbols("x", "y")
    c = x > y
    for _ in range(60):
        c = where(c, x, y) > where(c, y, x)
    assert len(in_python({"d": where(c, 1, 2)}, "xy")) < 40_000


def test_parts_come_once_and_behind_their_operands():
    x, y = symbols("x", "y")
    product = x * y
    total = product + product
    assert list(map(id, parts([total, product]))) == list(map(id, (x, y, product, total)))


def test_a_tracing_number_is_found_in_no_table():
    """A rule that looks its operand up would be the constant that stands for what is missing."""
    with pytest.raises(TypeError, match="unhashable"):
        trace(lambda x: {1.0: 2.0}.get(x, 0.0), "x")
