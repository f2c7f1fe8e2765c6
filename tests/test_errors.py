"""Values raise exactly when floats and `math` raise, with the same type, and give the same bits when they do not."""

from __future__ import annotations

import math
import operator
import os
import struct
import subprocess
import sys
import traceback
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, logsumexp, mean, prod
from autograd.functions import FUNCTIONS
from autograd.ops import TABLE
from autograd.recording import formula_text

AWKWARD = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 1 / 3, -8.0, 170.7, 171.7, 709.7, 709.8, 710.5, -745.2,
    1e8, -1e8, 1e154, 1e200, -1e200, 5e-324, -5e-324, 2.2e-308, sys.float_info.max, -sys.float_info.max,
    math.inf, -math.inf, math.nan, math.pi, 1 - 2**-53, 1 + 2**-52,
]  # fmt: skip

UNARY = {
    name: getattr(math, name)
    for name in (
        "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan",
        "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "lgamma",
    )
} | {"abs": abs, "neg": operator.neg}  # fmt: skip
BINARY = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "atan2": math.atan2, "hypot": math.hypot, "copysign": math.copysign,
}  # fmt: skip
OPERATORS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow}
EXACT1, EXACT2 = ([n for n in sorted(each) if n == "pow" or TABLE[n].value is each[n]] for each in (UNARY, BINARY))
"""Those whose value has the bits of math's: an expression may turn a last bit into anything."""
awkward = st.one_of(st.sampled_from(AWKWARD), st.floats(allow_nan=False), st.floats(-4.0, 4.0))  # a nan's sign says nothing


def bits(x):
    """The bytes of a float; one pattern for all nans."""
    return struct.pack("<d", x) if x == x else b"nan"


def on_floats(name, *xs):
    """The operation on Python floats; where they become complex, a ValueError."""
    y = (UNARY | BINARY)[name](*xs)
    if isinstance(y, complex):
        raise ValueError  # noqa: TRY004  (as math.pow)
    return y


def on_values(name, *xs):
    """The same on Values and plain numbers."""
    if name == "neg":
        return -xs[0]
    return OPERATORS[name](*xs) if name in OPERATORS else FUNCTIONS[name](*xs)


def outcome(function, *args):
    """The number, or the type of what was raised."""
    try:
        y = function(*args)
    except (ValueError, ArithmeticError) as error:
        return type(error)
    return y.data if type(y) is Value else y


def same(name, wanted, got):
    """Equal bits, or the same error; where the table's value is not math's function, the last bits may differ."""
    if isinstance(wanted, type) or isinstance(got, type):
        return wanted is got
    if TABLE[name].value is not (UNARY | BINARY)[name] and name != "pow" and math.isfinite(wanted):
        return abs(wanted - got) <= (16 * math.ulp(max(1.0, abs(wanted))) if name == "lgamma" else math.ulp(wanted))
    return bits(wanted) == bits(got)


@pytest.mark.parametrize("name", sorted(UNARY))
def test_every_operation_of_one_operand_at_every_awkward_number(name):
    for x in AWKWARD:
        wanted = outcome(on_floats, name, x)
        assert same(name, wanted, outcome(on_values, name, Value(x))), (name, x)

    @settings(max_examples=50)
    @given(awkward)
    def anywhere(x):
        assert same(name, outcome(on_floats, name, x), outcome(on_values, name, Value(x)))

    anywhere()


@pytest.mark.parametrize("name", sorted(BINARY))
def test_every_operation_of_two_operands_at_every_awkward_pair(name):
    for a in AWKWARD:
        for b in AWKWARD:
            wanted = outcome(on_floats, name, a, b)
            for x, y in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
                assert same(name, wanted, outcome(on_values, name, x, y)), (name, a, b)

    @settings(max_examples=50)
    @given(awkward, awkward)
    def anywhere(a, b):
        assert same(name, outcome(on_floats, name, a, b), outcome(on_values, name, Value(a), Value(b)))

    anywhere()


@st.composite
def trees(draw, depth=4):
    """A random expression as nested tuples over x0, x1, x2 and plain numbers."""
    kind = draw(st.sampled_from(["x", "x", "number"] if depth == 0 else ["unary", "binary", "binary", "x", "number"]))
    if kind == "x":
        return draw(st.sampled_from(["x0", "x1", "x2"]))
    if kind == "number":
        return draw(st.one_of(st.sampled_from(AWKWARD), st.integers(-3, 3), st.just(10**400)))
    if kind == "unary":
        return draw(st.sampled_from(EXACT1)), draw(trees(depth - 1))
    return draw(st.sampled_from(EXACT2)), draw(trees(depth - 1)), draw(trees(depth - 1))


def evaluated(tree, inputs, apply):
    """The tree on whatever the inputs are."""
    if isinstance(tree, str):
        return inputs[int(tree[1])]
    if not isinstance(tree, tuple):
        return tree
    return apply(tree[0], *[evaluated(part, inputs, apply) for part in tree[1:]])


def float_apply(name, *xs):
    """As Python does it, with integers as the floats that an engine of floats makes of them."""
    return on_floats(name, *[float(x) for x in xs])


def mixed_apply(name, *xs):
    """Values where one is a Value; plain numbers among themselves as floats."""
    return on_values(name, *xs) if any(type(x) is Value for x in xs) else float_apply(name, *xs)


@settings(max_examples=400)
@given(trees(), st.tuples(awkward, awkward, awkward))
@example(("pow", "x0", ("div", 1, 3)), (-8.0, 0.0, 0.0))
@example(("add", "x0", 10**400), (1.0, 0.0, 0.0))
@example(("mul", ("exp", "x0"), 0.0), (1000.0, 0.0, 0.0))
@example(("div", "x0", ("sub", "x1", "x1")), (1.0, 2.0, 0.0))
def test_expressions_raise_exactly_when_floats_raise(tree, numbers):
    leaves = [Value(x) for x in numbers]
    wanted = outcome(evaluated, tree, numbers, float_apply)
    got = outcome(evaluated, tree, leaves, mixed_apply)
    if isinstance(tree, int):
        assert wanted == got
    elif isinstance(wanted, (int, float)) and isinstance(got, (int, float)):
        assert bits(wanted) == bits(got)
    else:
        assert wanted is got
    assert [leaf.grad for leaf in leaves] == [0.0] * 3


@settings(max_examples=100)
@given(trees(), st.tuples(awkward, awkward, awkward))
def test_a_value_that_raised_hands_back_no_gradient(tree, numbers):
    wanted = outcome(evaluated, tree, numbers, float_apply)
    if isinstance(wanted, type):
        for call in (autograd.grad, autograd.value_and_grad, autograd.hessian):
            with pytest.raises(wanted):
                call(lambda *xs: evaluated(tree, xs, mixed_apply))(*numbers)


@given(st.lists(awkward, max_size=5))
def test_operations_of_many(xs):
    values = [Value(x) for x in xs]
    total, products = 0.0, [1.0]
    for x in xs:
        total += x
        products.append(products[-1] * x)
    assert bits(autograd.functions.sum(values).data if xs else 0.0) == bits(total)
    if all(sys.float_info.min <= abs(y) < math.inf for y in products):  # what leaves the range on its way: tests/test_product.py
        assert bits(prod(values).data if xs else 1.0) == bits(products[-1])
    if xs:
        assert bits(mean(values).data) == bits(total / len(xs))
        assert bits(dot(values, values).data) == bits(float(sum_of_squares(xs)))
    else:
        for function in (mean, logsumexp):
            with pytest.raises(ValueError, match=function.__name__):
                function(values)


def sum_of_squares(xs):
    """From left to right."""
    total = 0.0
    for x in xs:
        total += x * x
    return total


# What the message says.


def test_messages_name_operation_operands_and_labels():
    x, rate = Value(-2.0, label="x"), Value(0.0, label="学習率")
    for raising, kind, texts in (
        (lambda: autograd.log(x), ValueError, ("log(x)", "x = -2.0")),
        (lambda: autograd.sqrt(x - 1), ValueError, ("sqrt(-3.0)",)),
        (lambda: x / rate, ZeroDivisionError, ("x / 学習率", "x = -2.0", "学習率 = 0.0")),
        (lambda: x / 0, ZeroDivisionError, ("x / 0", "x = -2.0")),
        (lambda: x**0.5, ValueError, ("x ** 0.5", "complex")),
        (lambda: rate**-1, ZeroDivisionError, ("学習率 ** ", "-1")),
        (lambda: autograd.exp(-x * 1000), OverflowError, ("exp(2000.0)",)),
        (lambda: logsumexp([]), ValueError, ("logsumexp",)),
        (lambda: autograd.acosh(x), ValueError, ("acosh(x)",)),
    ):
        with pytest.raises(kind) as error:
            raising()
        for text in texts:
            assert text in str(error.value)


def test_a_number_below_zero_stands_in_parentheses():
    x, y = Value(-1.0), Value(2.0)
    assert repr(-x) == "<Value 1.0 = -(-1.0), grad 0.0>"
    assert repr(-y) == "<Value -2.0 = -2.0, grad 0.0>"
    assert repr(-Value(-0.0)) == "<Value 0.0 = -(-0.0), grad 0.0>"
    assert repr(x - x) == "<Value 0.0 = (-1.0) - (-1.0), grad 0.0>"


def test_a_formula_in_a_message_is_the_one_that_was_computed():
    x, y, z = (Value(1.0, label=label) for label in "xyz")
    below = -x
    for v, text in (
        (-(x + y), "-(x + y)"),
        (-below, "-(-x)"),
        (-(x * y) ** 2, "-((x * y) ** 2.0)"),
        ((x + y * (y + z)) * z, "(x + (y * (y + z))) * z"),
        ((x + y) * (y + z), "(x + y) * (y + z)"),
        (autograd.sin(x + y) * z, "sin(x + y) * z"),
        (autograd.maximum(x * y, -z), "maximum(x * y, -z)"),
    ):
        assert formula_text(v) == text
        assert eval(text, {"x": x, "y": y, "z": z, **FUNCTIONS}).data == v.data  # noqa: S307


def test_another_number_of_operands_is_refused_by_name():
    x, ln, larger = Value(2.0), FUNCTIONS["log"], FUNCTIONS["maximum"]
    base = r"write log\(x\) / log\(base\)"
    cases = {
        rf"log\(x\) takes 1 operand, 2 given: {base}": [lambda: x.log(10), lambda: ln(x, 10), lambda: ln(2.0, x)],
        r"sin\(x\) takes 1 operand, 3 given$": [lambda: x.sin(1, 2)],
        r"maximum\(a, b\) takes 2 operands, 3 given: write maximum\(maximum": [lambda: larger(x, 1, 2), lambda: x.maximum(1, 2)],
        r"atan2\(a, b\) takes 2 operands, 4 given$": [lambda: x.atan2(1, 2, 3)],
        r"clip\(x, low, high\) takes 3 operands, 4 given$": [lambda: x.clip(1, 2, 3)],
    }
    for said, calls in cases.items():
        for call in calls:
            with pytest.raises(TypeError, match=said):
                call()


def test_errors_show_only_ours():
    with pytest.raises(ValueError, match="log") as error:
        autograd.log(Value(-1.0))
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize(
    ("other", "advice"),
    [
        (1j, "real"),
        (Decimal(1), "float"),
        ("1", "float"),
        (None, "return"),
        ([1.0], "each"),
        ((1.0,), "each"),
        ({}, "Value, int, float"),
    ],
)
def test_what_is_no_real_number_is_refused_with_advice(other, advice):
    for call in (lambda: autograd.sin(other), lambda: autograd.hypot(Value(1.0), other), lambda: Value(other)):
        with pytest.raises(TypeError) as error:
            call()
        assert advice in str(error.value)
        assert type(other).__name__ in str(error.value)
    for operate in OPERATORS.values():
        with pytest.raises(TypeError):
            operate(Value(1.0), other)
        with pytest.raises(TypeError):
            operate(other, Value(1.0))


LARGE = {"int": 10**400, "huge int": -(10**6000), "Fraction": Fraction(10**400, 3)}


@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE)
def test_a_number_beyond_the_largest_float_is_refused_by_name(large):
    kind = "an int" if isinstance(large, int) else "a Fraction"
    for name, operate in OPERATORS.items():
        for pair in ((Value(1.5), large), (large, Value(1.5))):
            if name == "pow" and pair[0] is large and kind == "a Fraction":
                continue  # Fraction's own power makes a float of it before
            with pytest.raises(OverflowError, match=rf"^(\w+): .* is {kind} beyond the largest float") as caught:
                operate(*pair)
            assert len(str(caught.value)) < 150, name
    x = Value(1.0)
    calls = {
        "sin": lambda: autograd.sin(large),
        "maximum": lambda: autograd.maximum(x, large),
        "dot": lambda: autograd.dot([x], [large]),
        "where": lambda: autograd.where(1, x, large),
        "clip": lambda: autograd.clip(x, 0, large),
        "sum": lambda: autograd.sum([x, large]),
        "logsumexp": lambda: autograd.logsumexp([x, large]),
        "softplus": lambda: FUNCTIONS["softplus"](large),
    }
    for name, call in calls.items():
        with pytest.raises(OverflowError, match=f"^{name}: .* beyond"):
            call()
    set_it = [lambda name=name: setattr(x, name, large) for name in ("data", "grad")]
    for call in (lambda: Value(large), lambda: x.backward(large), *set_it):
        with pytest.raises(OverflowError, match=f"is {kind} beyond the largest float"):
            call()
    assert (x.data, x.grad) == (1.0, 0.0)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "logsumexp", "softmax", "dot", "take", "gradients"])
@pytest.mark.parametrize("given", [Value(2.0), 3, None], ids=repr)
def test_what_is_no_sequence_is_refused_by_name(name, given):
    more = {"dot": [[1.0]], "take": [0]}.get(name, [])
    operands = [Value(1.0), given] if name == "gradients" else [given, *more]
    with pytest.raises(TypeError, match=rf"^{name}: .* is an? {type(given).__name__}, not a sequence of numbers"):
        getattr(autograd, name)(*operands)


def test_an_error_inside_a_generator_is_its_own():
    def broken():
        yield Value(1.0)
        len(5)

    for name in ("sum", "prod", "mean", "logsumexp", "softmax"):
        with pytest.raises(TypeError, match="has no len"):
            getattr(autograd, name)(broken())


def test_functions_refuse_arrays_with_advice():
    with pytest.raises(TypeError, match="ndarray"):
        autograd.sin(np.ones(3))


@pytest.mark.parametrize("other", [2, True, Fraction(1, 3), np.float64(2.5), np.int32(3), np.float32(0.5)])
def test_numbers_of_other_types_are_floats(other):
    for operate in OPERATORS.values():
        assert bits(operate(Value(1.5), other).data) == bits(operate(1.5, float(other)))
        assert bits(operate(other, Value(1.5)).data) == bits(operate(float(other), 1.5))


def test_a_conversion_says_what_to_write():
    for convert, advice in (
        (float, ".data"),
        (int, "int(v.data)"),
        (math.sin, "autograd"),
        (complex, "complex(v.data)"),
        (round, "v.data"),
    ):
        with pytest.raises(TypeError) as error:
            convert(Value(1.0))
        assert advice in str(error.value)


@pytest.mark.compiled
@pytest.mark.parametrize("program", [
    lambda: Value(1.0) + "a", lambda: FUNCTIONS["log"](Value(-1.0)), lambda: Value("a"), lambda: float(Value(1.0)),
    lambda: autograd.sum([Value(1.0), "a"]), lambda: autograd.where(1, Value(1.0), "a"), lambda: setattr(Value(1.0), "data", "a"),
])  # fmt: skip
def test_a_traceback_has_no_frames_without_a_source(program):
    """Those of compiled code: between the user's line and our message a notebook would show that there is nothing to show."""
    with pytest.raises((TypeError, ValueError)) as caught:
        program()
    shown = traceback.extract_tb(caught.value.__traceback__)
    assert all(frame.line for frame in shown), traceback.format_exception(caught.value)


@pytest.mark.compiled
def test_ipython_shows_the_users_line_and_the_message(tmp_path):
    pytest.importorskip("IPython")
    (tmp_path / "program.py").write_text('from autograd import Value\nx = Value(1.0)\ny = x + "a"\n', encoding="utf-8")
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", "--quick", "program.py"]
    there = os.environ | {"IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=there)
    assert "Could not get source" not in done.stdout
    assert '----> 3 y = x + "a"' in done.stdout
    assert done.stdout.count("autograd/") == 0
    assert "TypeError: add: 'a' is a str, not a real number; write float(...) around it" in done.stdout
