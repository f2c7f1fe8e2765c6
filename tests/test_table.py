"""Every entry of the table, asked the same: is the rule right, to which order, at the kinks, at the ends; how is it written."""

from __future__ import annotations

import math
from itertools import cycle, islice
from typing import Any

import oracle
import pytest
from mpmath import mp, mpf

import autograd
from autograd import Value, grad, ops, registry
from autograd.operation import Domain, Operation
from autograd.ops import BUILTIN, TABLE
from autograd.trace import Expression

ENTRIES = [entry for entry in TABLE.values() if entry.code < BUILTIN]
FIXED = [entry for entry in ENTRIES if not entry.many]
ONE = [entry for entry in FIXED if len(entry.operands) == 1 and entry.name not in ("where", "detach")]
PLACES = {
    "acosh": (1.25, 2.0, 5.0), "asin": (-0.6, 0.1, 0.9), "acos": (-0.6, 0.1, 0.9), "atanh": (-0.6, 0.1, 0.9), "gamma": (-1.4,
    0.6, 3.2),
    "lgamma": (-1.4, 0.6, 3.2), "digamma": (-1.4, 0.6, 3.2), "log": (0.1, 1.0, 7.0), "log2": (0.1, 1.0, 7.0), "log10": (0.1,
    1.0, 7.0),
    "sqrt": (0.1, 1.0, 7.0), "log1p": (-0.5, 0.1, 7.0),
}  # fmt: skip
PAIRS = {"pow": ((2.0, 3.0), (0.3, 0.4), (1.7, -1.2)), "polygamma": ((1.0, 0.7), (2.0, 3.1)), "div": ((2.0, -3.0), (0.3, 0.7))}


def name_of(entry: Operation) -> str:
    return entry.name


def places(entry: Operation) -> tuple[tuple[float, ...], ...]:
    """A few ordinary points inside the domain, off the kinks."""
    n = len(entry.operands)
    if n > 2:
        return tuple(tuple(islice(cycle(x), n)) for x in ((0.5, -1.0, 2.0), (3.0, -1.0, 2.0), (-3.0, -1.0, 2.0)))
    if n == 2:
        return PAIRS.get(entry.name, ((0.7, 1.9), (-2.5, 0.3), (1.3, -0.4)))
    return tuple((x,) for x in PLACES.get(entry.name, (-2.3, -0.4, 0.8, 3.1)))


@pytest.mark.parametrize("entry", FIXED, ids=name_of)
def test_every_rule_is_a_formula(entry):
    for i in oracle.differentiable(entry):
        formula = entry.formula(i)
        assert isinstance(formula, Expression)
        assert made_of(formula) <= set(TABLE) | {"lt", "le", "gt", "ge", "eq", "ne"}


def made_of(e: Expression) -> set[str]:
    own = set() if e.number is not None or e.name.startswith("symbol:") else {e.name}
    return own.union(*[made_of(x) for x in e.operands])


@pytest.mark.parametrize("entry", FIXED, ids=name_of)
def test_partials_are_derivatives(entry):
    for x in places(entry):
        for i, got in zip(oracle.differentiable(entry), oracle.apply(entry, x)[1], strict=True):
            exact = float(oracle.derivative(entry.name, [int(i == j) for j in range(len(x))], x))
            assert got == pytest.approx(exact, rel=1e-14, abs=0), (x, i)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("entry", ONE, ids=name_of)
def test_derivatives_of_higher_order(entry, order):
    f = oracle.spelled(entry)
    for _ in range(order):
        f = grad(f)
    for (x,) in places(entry):
        with mp.workdps(60):
            exact = mp.diff(oracle.VALUE[entry.name], mpf(x), order) if entry.name not in oracle.KNOWN else None
        if exact is None:
            exact = gamma_family(entry.name, x, order)
        assert f(x) == pytest.approx(float(exact), rel=1e-11, abs=1e-14), x


def gamma_family(name: str, x: float, order: int) -> Any:
    with mp.workdps(60):
        if name == "gamma":
            return mp.diff(mp.gamma, mpf(x), order)
        return mp.psi(order - 1 if name == "lgamma" else order, mpf(x))


@pytest.mark.parametrize("entry", [e for e in FIXED if len(e.operands) == 2 and e.name != "polygamma"], ids=name_of)
def test_mixed_second_derivatives(entry):
    f = oracle.spelled(entry)
    for x in places(entry):
        for i in range(2):
            got = grad(lambda a, b, i=i: grad(f)(a, b)[i])(*x)
            for j in range(2):
                orders = [int(i == 0) + int(j == 0), int(i == 1) + int(j == 1)]
                assert got[j] == pytest.approx(float(oracle.derivative(entry.name, orders, x)), rel=1e-12, abs=1e-14), (x, i, j)


def test_polygamma_of_higher_order():
    f = grad(grad(lambda x: autograd.polygamma(1, x)))
    assert f(0.7) == pytest.approx(float(mp.psi(3, 0.7)), rel=1e-13)
    with pytest.raises(TypeError, match="n must be a plain number"):
        autograd.polygamma(Value(1.0), 2.0)


# Kinks.

CONVENTIONS = {
    "relu": ((0.0,), (0.0,)), "leaky_relu": ((0.0, 0.01), (0.01, 0.0)), "abs": ((0.0,), (0.0,)), "step": ((0.0,), (0.0,)),
    "maximum": ((1.0, 1.0), (0.5, 0.5)), "minimum": ((1.0, 1.0), (0.5, 0.5)), "hypot": ((0.0, 0.0), (0.0, 0.0)),
    "clip": ((1.0, 1.0, 2.0), (1.0, 0.0, 0.0)), "copysign": ((0.0, 1.0), (0.0, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.kinks], ids=name_of)
def test_conventions_at_kinks(entry):
    x, wanted = CONVENTIONS[entry.name]
    partials = oracle.apply(entry, x)[1]
    assert partials == wanted
    on_a_kink = False
    for where, intervals in entry.kinks:
        if where(*x) == 0:
            on_a_kink = True
            for partial, interval in zip(partials, intervals, strict=True):
                low, high = (end(*x) if callable(end) else end for end in interval)
                assert low <= partial <= high
    assert on_a_kink


def test_only_what_has_a_kink_jumps():
    """Left and right of 0 the derivative of a smooth operation is the same."""
    for entry in ONE:
        if not entry.kinks and 0.0 in entry.domain[0] and entry.name not in ("sqrt", "cbrt"):
            left, right = oracle.apply(entry, (-1e-12,))[1][0], oracle.apply(entry, (1e-12,))[1][0]
            assert left == pytest.approx(right, abs=1e-10), entry.name


def test_values_at_kinks():
    assert autograd.step(0.0) == autograd.step(-0.0) == 1.0
    assert autograd.step(-5e-324) == 0.0
    assert autograd.leaky_relu(-2.0) == -0.02
    assert autograd.leaky_relu(-2.0, slope=0.5) == -1.0
    assert autograd.clip(1.0, 1.0, 2.0) == 1.0


@pytest.mark.parametrize("entry", [e for e in ONE if e.name not in ("gamma", "lgamma", "digamma")], ids=name_of)
def test_nan_stays_nan(entry):
    v = oracle.spelled(entry)(Value(math.nan))
    assert math.isnan(v.data)


def test_nan_in_choices():
    for f in (autograd.maximum, autograd.minimum):
        assert math.isnan(f(math.nan, 1.0))
        assert math.isnan(f(1.0, math.nan))


# Domains.


@pytest.mark.parametrize("entry", FIXED, ids=name_of)
def test_inside_the_domain_partials_are_finite(entry):
    assert len(entry.domain) == len(entry.operands)
    for domain in entry.domain:
        assert domain.low < domain.high
        assert eval(repr(domain)).text == domain.text  # noqa: S307  (its own repr)
    for x in places(entry):
        assert all(v in domain for v, domain in zip(x, entry.domain, strict=True))
        assert all(map(math.isfinite, oracle.apply(entry, x)[1]))


@pytest.mark.parametrize("entry", ONE, ids=name_of)
def test_outside_the_domain_the_value_raises_or_the_partial_is_infinite(entry):
    f, domain = oracle.spelled(entry), entry.domain[0]
    for end, outside in ((domain.low, -math.inf), (domain.high, math.inf)):
        if math.isfinite(end):
            with pytest.raises(ValueError, match=entry.name):
                f(Value(math.nextafter(end, outside)))
            if end in domain:
                assert math.isinf(f(Value(end)).partials[0])
            else:
                with pytest.raises(ValueError, match=entry.name):
                    f(Value(end))
    if domain.hole.startswith("0, -1"):
        for pole in (0.0, -1.0, -2.0, -35.0):
            assert pole not in domain
            with pytest.raises(ValueError, match=entry.name):
                f(Value(pole))


def test_domain_text():
    assert 0.0 in Domain("[0, inf)")
    assert -5e-324 not in Domain("[0, inf)")
    assert 0.0 not in Domain("(-inf, inf) except 0")
    assert -1.5 in Domain("(-inf, inf) except 0, -1, -2, ...")
    assert 1.0 in Domain("(-1, 1]")
    assert -1.0 not in Domain("(-1, 1]")
    assert not Domain().__contains__(math.nan)


# How it is written.


@pytest.mark.parametrize("entry", FIXED, ids=name_of)
def test_function_method_and_plain_numbers_agree(entry):
    for x in places(entry):
        f = oracle.spelled(entry)
        y = f(*[Value(v) if entry.partials[i] is not None else v for i, v in enumerate(x)])
        plain = f(*x)
        assert type(plain) is float
        assert plain == y.data
        if entry.name not in ("add", "sub", "mul", "div", "pow", "neg", "abs", "where", "polygamma"):
            method = getattr(Value(x[0]), entry.name)(*x[1:])
            assert type(method) is Value
            assert method.data == plain
            assert method.op == ("" if entry.name == "detach" else entry.name)


def test_operators_and_functions_agree():
    a, b = Value(3.0), Value(0.7)
    pairs = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b, "pow": a**b}
    for name, y in pairs.items():
        other = autograd.FUNCTIONS[name](a, b)
        assert (y.op, y.data, y.partials, y.parents) == (name, other.data, other.partials, other.parents)
    for y, op in ((-a, "neg"), (abs(a), "abs")):
        assert (y.op, y.data, y.partials) == (op, autograd.FUNCTIONS[op](a).data, autograd.FUNCTIONS[op](a).partials)


def test_a_plain_operand_gets_no_partial():
    for name in ("add", "sub", "mul", "div", "pow", "hypot", "atan2", "maximum", "minimum", "copysign"):
        f, both = autograd.FUNCTIONS[name], autograd.FUNCTIONS[name](Value(3.0), Value(0.7))
        assert f(Value(3.0), 0.7).partials == both.partials[:1]
        assert f(3.0, Value(0.7)).partials == both.partials[1:]


def test_every_entry_says_what_it_is():
    for entry in ENTRIES:
        assert entry.doc
        assert not entry.doc.endswith(".")
        assert entry.symbol
        assert ops.BY_CODE[entry.code] is entry


# Of many operands.


@pytest.mark.parametrize("name", oracle.MANY)
def test_operations_of_many_operands(name):
    f = (lambda xs: autograd.dot(xs[:2], xs[2:4], xs[4])) if name == "dot" else getattr(autograd, name)
    x = (0.5, -1.5, 2.0, 0.25, 3.0)
    y = f([Value(v) for v in x])
    assert y.op == name
    assert y.data == pytest.approx(float(oracle.derivative(name, [0] * 5, x)), rel=1e-14)
    hessian = autograd.hessian(f)(list(x))
    for i in range(5):
        one = [int(i == k) for k in range(5)]
        assert y.partials[i] == pytest.approx(float(oracle.derivative(name, one, x)), rel=1e-14)
        for j in range(5):
            two = [one[k] + int(j == k) for k in range(5)]
            assert hessian[i][j] == pytest.approx(float(oracle.derivative(name, two, x)), rel=1e-12, abs=1e-14)
    plain = f(list(x))
    assert type(plain) is float
    assert plain == y.data


def test_prod_with_zeros():
    assert autograd.prod([Value(0.0), Value(3.0), Value(4.0)]).partials == (12.0, 0.0, 0.0)
    assert autograd.prod([Value(0.0), Value(0.0), Value(4.0)]).partials == (0.0, 0.0, 0.0)


def test_logsumexp_does_not_overflow():
    assert autograd.logsumexp([Value(1000.0), Value(1000.0)]).data == 1000 + math.log(2)
    assert autograd.logsumexp([Value(-1000.0), Value(0.0)]).partials == (0.0, 1.0)


# The same door for a user's own.


def test_an_operation_in_one_line():
    cube = autograd.op("cube", lambda x: math.pow(x, 3), lambda x, y: 3 * x**2, domain="(-10, 10)", symbol="³")
    try:
        v = Value(2.0, label="side")
        assert (cube(v).data, v.cube().data, cube(2.0), type(cube(2.0))) == (8.0, 8.0, 8.0, float)
        assert [grad(cube)(2.0), grad(grad(cube))(2.0), grad(grad(grad(cube)))(2.0)] == [12.0, 12.0, 6.0]
        assert (cube(v).op, TABLE["cube"].symbol, 11.0 in TABLE["cube"].domain[0]) == ("cube", "³", False)
        with pytest.raises(OverflowError, match=r"cube\(.*side.*\)"):
            cube(Value(1e200, label="side"))
        with pytest.raises(ValueError, match="taken"):
            autograd.op("cube", lambda x: x, lambda x, y: 1)
    finally:
        registry.remove("cube")
    assert "cube" not in TABLE
    assert not hasattr(Value(2.0), "cube")
    with pytest.raises(ValueError, match="no operation of a user's"):
        registry.remove("sin")


def test_an_operation_of_two_operands_with_a_kink_and_a_default():
    soft = autograd.op(
        "shrink", lambda x, t: math.copysign(max(abs(x) - t, 0.0), x),
        lambda x, t, y: autograd.where(abs(x) > t, 1, 0), lambda x, t, y: autograd.where(abs(x) > t, autograd.where(x > 0, -1,
        1), 0),
        kinks=[(lambda x, t: abs(x) - t, ((0, 1), (-1, 1)))], defaults=(0.5,),
    )  # fmt: skip
    try:
        x, t = Value(-2.0), Value(0.25)
        assert (soft(x).data, soft(x).partials) == (-1.5, (1.0,))
        assert (soft(x, t).data, soft(x, t).partials) == (-1.75, (1.0, 1.0))
        assert (x.shrink(t=0.25).data, soft(Value(0.1)).partials) == (-1.75, (0.0,))
    finally:
        registry.remove("shrink")


def test_a_rule_in_math_gives_a_first_derivative_only():
    double = autograd.op("sine", math.sin, lambda x, y: math.cos(x))
    try:
        assert grad(double)(0.5) == math.cos(0.5)
        with pytest.raises(TypeError, match="cannot be differentiated again"):
            grad(grad(double))(0.5)
    finally:
        registry.remove("sine")
