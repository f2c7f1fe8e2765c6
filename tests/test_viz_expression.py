"""Expressions of the command line: what is computed, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from viz import expression as module
from viz.expression import ExpressionError, evaluate, functions, identifier


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3*4", 14), ("-2**2", -4), ("2**-1", 0.5), ("+3 - -1", 4), ("1/4", 0.25), ("pi", math.pi), ("-inf", -math.inf),
        ("sin(0) + abs(-3)", 3), ("sum([1, 2, 3])", 6), ("prod((2, 3))", 6), ("mean([1, 3])", 2), ("dot([1, 2], [3, 4], 5)", 16),
        ("where(1 < 2 <= 2, 7, 8)", 7), ("where(1 < 2 < 2, 7, 8)", 8), ("where(0, 7, 8)", 8), ("maximum(2, 3)", 3),
        ("6 ÷ 2 × 3 − 1", 8),
        ("sum(softmax([1, 2]))", 1), ("1_000", 1000), ("a = 2; b = a*a; a + b", 6), ("a = 2; a", 2),
    ],
)  # fmt: skip
def test_values(text: str, value: float) -> None:
    assert evaluate(text, {}).data == pytest.approx(value, rel=1e-15)


@given(st.floats(-100, 100), st.floats(0.5, 100))
def test_as_python_computes_it(x: float, y: float) -> None:
    text = "-x**2 / y + (x - 3) * y - 2*-x"
    assert evaluate(text, {"x": Value(x), "y": Value(y)}).data == eval(text, {"x": x, "y": y})  # noqa: S307


def test_gradients_reach_the_names() -> None:
    x = Value(3.0)
    names: dict[str, Value | float] = {"x": x}
    evaluate("h = x*x; h*h", names).backward()
    assert x.grad == 108
    assert isinstance(h := names["h"], Value)
    assert (h.label, h.data) == ("h", 9.0)


def test_names_are_normalised() -> None:
    assert evaluate("ｘ + x", {"x": Value(1.0)}).data == 2
    assert identifier(" ｘ１ ") == "x1"
    assert identifier("リンゴ") == identifier("ﾘﾝｺﾞ")
    for written in ("", "1x", "a b", "a-b", "x.y"):
        with pytest.raises(ExpressionError, match="is not a name"):
            identifier(written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y + 1", "y has no value: give it as y=...; known names are price, x"),
        ("prise", "did you mean price?"),
        ("sni(x)", "there is no function sni; did you mean sin?"),
        ("print(x)", "there is no function print"),
        ("max(x, 2)", r"there is no function max; did you mean maximum\?"),
        ("ln(x)", r"there is no function ln; did you mean log\?"),
        ("Ln(x)", r"did you mean log\?"),
        ("arctan(x)", r"did you mean atan\?"),
        ("pow(x, 2)", r"there is no function pow; a power is written \*\*"),
        ("lambda*2", "lambda is a reserved word, which cannot be a name"),
        ("2x", r"a product is written with \*"),
        ("x < 1", "a comparison may stand only inside where"),
        ("where(x in [1], 1, 2)", "a comparison may stand only inside where"),
        ("x ^ 2", r"a power is written \*\*"),
        ("x % 2", "there is no %"),
        ("x.data", "'x.data' cannot be in an expression"),
        ("x[0]", "cannot be in an expression"),
        ("sin.__class__(x)", "cannot be in an expression"),
        ("(lambda: 1)()", "cannot be in an expression"),
        ("[x for x in [1]]", "cannot be in an expression"),
        ("f'{x}'", "cannot be in an expression"),
        ("'text'", "cannot be in an expression"),
        ("1j", "cannot be in an expression"),
        ("True", "cannot be in an expression"),
        ("sum(*[x])", "cannot be in an expression"),
        ("dot([1], [2], bias=3)", "cannot be in an expression"),
        ("import os", "cannot be in an expression"),
        ("x = 3; x", "x has a value already"),
        ("x, 1", "is a list: only sum, prod"),
        ("sin([x])", "is a list"),
        ("dot(x, x)", r"dot takes two lists: dot\(\[x, y\], \[a, b\]\)$"),
        ("dot([x, x])", r"dot takes two lists"),
        ("dot([x, x], x)", r"dot takes two lists"),
        ("sum(x, 1)", r"sum takes a list: sum\(\[x, y\]\)"),
        ("sin(x, 1)", r"sin\(x\) takes 1 operand, 2 given"),
        ("sin()", r"sin\(x\) takes 1 operand, 0 given"),
        ("leaky_relu()", "takes 1 or 2 operands, 0 given"),
        ("x*x\n+x", r"`x \* x` is computed and not used"),
        ("2; x", "`2` is computed and not used"),
        ("x\ny", "`x` is computed and not used"),
        ("2²", r"'²' is not understood; a power is written \*\*"),
        ("2½", "'½' is not understood"),
        ("{x, +x}", "cannot be in an expression"),
        ("y" * 500, "y{11}…y{11} has no value"),
        ("-" * 3000 + "x", "nested too deeply"),
        ("where(1, 2)", "where"),
        ("1 +", "is no expression: invalid syntax, it ends where something is to follow"),
        ("1 +* 2", r"is no expression: invalid syntax at '\* 2'"),
        ("x\x00", "is no expression"),
        ("", "the expression is empty"),
        (";", "is no expression"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        evaluate(text, {"x": Value(1.0), "price": Value(2.0)})


def test_brackets_deeper_than_pythons_are_not_copied_again_and_again() -> None:
    """Behind signs that are too many for Python's parser it does not see them."""
    deep = "-" * 30_000 + "(" * 200 + "x" + ")" * 200
    assert module._flattened(deep) == deep
    with pytest.raises(MemoryError):
        module._flattened(deep.replace("x", "(x)"))
    with pytest.raises(ExpressionError, match="nested too deeply"):
        evaluate("-" * 30_000 + "(" * 500_000 + "x", {"x": Value(1.0)})


@pytest.mark.parametrize(("text", "error", "message"), [
    ("9**9**9", OverflowError, r"9\.0 \*\* 387420489\.0"),
    ("x / (x - x)", ZeroDivisionError, "division by zero"),
    ("log(-x)", ValueError, "log"),
    ("1" + "0" * 400, OverflowError, "too large"),
])  # fmt: skip
def test_mathematics_raises_what_it_raises(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        evaluate(text, {"x": Value(1.0)})
    assert not isinstance(caught.value, ExpressionError)


def test_every_function_of_the_table_can_be_called() -> None:
    assert {"sin", "relu", "where", "logsumexp", "detach", "leaky_relu", "abs"} <= set(functions())
    assert not {"add", "pow", "neg"} & set(functions())


@pytest.mark.parametrize(("text", "value"), [
    ("+".join(["x"] * 10_000), 20_000), ("x" + "-x" * 10_000, -19_998), ("h = -x" + " + 2*-x - x**-1" * 5000 + "; h*2", -45_004),
    ("(" + "+".join(["x"] * 10_000) + ")*2", 40_000), ("sum([1," + "+x" * 10_000 + "\n+1, 3])", 20_005),
    ("where(1 <= x" + "+x" * 9000 + ", 5, -6)", 5), ("*".join(["1"] * 30_000) + "*x", 2),
    ("2**1000" + "/x" * 998 + "*-1", -4),
    ("h = x" + "*x/x" * 3000 + "; -h*3**2/h*x + h", -16), ("1" + "+x*x/x" * 5000, 10_001),
])  # fmt: skip
def test_a_sum_or_product_may_be_long(text: str, value: float) -> None:
    assert evaluate(text, {"x": Value(2.0)}).data == value


@pytest.mark.parametrize("name", ["lambda", "in", "None"])
def test_a_reserved_word_is_no_name(name: str) -> None:
    with pytest.raises(ExpressionError, match=f"^{name} is a reserved word, which cannot be a name: write {name}_ or"):
        identifier(name)


def test_what_is_advised_can_be_called() -> None:
    assert set(module.ELSEWHERE.values()) <= set(functions())
    assert not set(module.ELSEWHERE) & set(functions())


@given(st.text(alphabet=st.sampled_from("xy12+-*/(), "), min_size=1, max_size=20))
def test_a_flat_sum_is_the_same_sum(text: str) -> None:
    names = {"x": Value(3.0), "y": Value(5.0)}
    try:
        value = evaluate(text, dict(names)).data
    except (ExpressionError, ArithmeticError, ValueError):
        return
    assert repr(module._evaluated(module._flat_tree(text.strip()).body, dict(names)).data) == repr(value)


def test_full_width_forms_are_plain_ones() -> None:
    assert evaluate("ａ＋２×ａ（１＋１）".replace("ａ（", "（"), {"a": Value(3.0)}).data == 7
    assert evaluate("h＝２；　ｓｉｎ（h－h）＋x₁", {"x1": Value(3.0)}).data == 3


@given(st.text(alphabet=st.sampled_from("x1+-*/()[],.;= sin<_\"'{}:\n"), max_size=30))
def test_nothing_else_comes_out_than_numbers_and_errors(text: str) -> None:
    try:
        result = evaluate(text, {"x": Value(1.0)})
    except (ExpressionError, ArithmeticError, ValueError):
        return
    assert isinstance(result, Value)
