"""An entry's doors: value and partials on any kind of number. Two kinds are made here, of public names alone, and one walk."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import autograd
from autograd import Value, abs, dot, exp, logsumexp, maximum, mean, ops, prod, registry, relu, where  # noqa: A004
from autograd.graph import members
from autograd.operation import FLOATS, word
from autograd.ops import BUILTIN, TABLE
from autograd.trace import Expression, call, symbols

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRIES = [entry for entry in TABLE.values() if entry.code < BUILTIN]


def swept(y: Value, namespace: dict[str, Any], leaves: dict[Value, Any]) -> dict[Value, Any]:
    """The value of y, and its derivative by each leaf, in numbers of another kind."""
    number, order = namespace["number"], members(y)
    known: dict[int, Any] = {}
    sums = {id(v): number(0.0) for v in order} | {id(y): number(1.0)}

    def on(v: Value) -> list[Any]:
        return [known[id(x)] if isinstance(x, Value) else number(x) for x in v.operands]

    for v in order:
        known[id(v)] = leaves[v] if v.entry is None else v.entry.value_on(namespace)(*on(v))
    for v in reversed(order):
        for i, x in enumerate(v.operands):
            if isinstance(x, Value):
                sums[id(x)] += sums[id(v)] * v.entry.partial_on(i, namespace)(*on(v), known[id(v)])
    return {x: sums[id(x)] for x in leaves} | {y: known[id(y)]}


def ends(x: Any) -> tuple[float, float]:
    return (x.low, x.high) if isinstance(x, Interval) else (x, x)


def span(xs: Iterable[float]) -> Interval:
    found = list(xs)
    return Interval(math.nextafter(min(found), -math.inf), math.nextafter(max(found), math.inf))


class Interval:  # noqa: PLW1641  (compared, it gives all answers that may be)
    """All numbers from `low` to `high`; each result holds what its operands may give, rounded outwards."""

    def __init__(self, low: float, high: float | None = None) -> None:
        self.low, self.high = low, low if high is None else high

    def __add__(self, other: Any) -> Interval:
        return span(x + y for x in ends(self) for y in ends(other))

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Any) -> Interval:
        return self + -Interval(*ends(other))

    def __mul__(self, other: Any) -> Interval:
        return span(x * y if x and y else 0.0 for x in ends(self) for y in ends(other))

    def __truediv__(self, other: Any) -> Interval:
        return self * span(1 / x for x in ends(other))

    def __abs__(self) -> Interval:
        return span([*map(math.fabs, ends(self)), *[0.0] * (self.low < 0 < self.high)])

    __gt__, __ge__, __lt__, __le__ = [
        lambda self, other, holds=holds: {holds(x, y) for x in ends(self) for y in ends(other)}
        for holds in (operator.gt, operator.ge, operator.lt, operator.le)
    ]  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        return {a and b for a in self <= other for b in self >= other}


def either(answers: set[bool], a: Interval, b: Interval) -> Interval:
    return span(x for side, answer in ((a, True), (b, False)) if answer in answers for x in ends(side))


INTERVALS = {
    "number": Interval, "where": either,
    "exp": lambda x: span(map(math.exp, ends(x))), "log": lambda x: span(map(math.log, ends(x))),
}  # fmt: skip
EXACT = {"number": Fraction}


class Tracing(dict):  # type: ignore[type-arg]
    """Formulas as a kind of number: each function gives its own formula."""

    def __missing__(self, name: str) -> Any:
        return (lambda x: Expression("number", number=x)) if name == "number" else lambda *operands: call(name, *operands)


TRACING = Tracing()


def all_of_it(x: Value, w: Value) -> Value:
    cube = autograd.FUNCTIONS["cube"]
    return logsumexp([dot([x, w], [w, 2.0], x * 3), relu(x * w + 1), exp(w) + cube(x)]) * abs(x + w)


@pytest.fixture
def _cube():
    autograd.op("cube", lambda x: x * x * x, lambda x, y: 3 * x * x)
    yield
    registry.remove("cube")


def test_a_name_has_one_word_whoever_asks_for_it():
    """Another would no longer be known in the table's rules of many operands, which other kinds of numbers run on."""
    assert word("where") is ops.where
    value = TABLE["logsumexp"].value_on({"exp": math.exp, "log": math.log, "maximum": max})
    assert value(1.0, 2.0, 3.0) == pytest.approx(3.40760596444438)


@pytest.mark.usefixtures("_cube")
@pytest.mark.parametrize(("x0", "w0"), [(0.5, 1.5), (-1.0, 0.75), (0.25, -0.5), (-0.9, 1.1)])
def test_intervals_hold_the_values_and_gradients_of_all_their_points(x0, w0):
    radius = 0.125
    x, w = Value(x0), Value(w0)
    y = all_of_it(x, w)
    found = swept(y, INTERVALS, {v: Interval(v.data - radius, v.data + radius) for v in (x, w)})
    for i in range(-4, 5):
        for j in range(-4, 5):
            a, b = Value(x0 + i / 4 * radius), Value(w0 + j / 4 * radius)
            at = all_of_it(a, b)
            at.backward()
            for v, number in ((y, at.data), (x, a.grad), (w, b.grad)):
                assert found[v].low <= number <= found[v].high
    assert found[y].high - found[y].low < 50


def test_an_interval_over_a_kink_has_both_slopes():
    x = Value(0.0)
    assert ends(swept(relu(x), INTERVALS, {x: Interval(-1.0, 1.0)})[x]) == pytest.approx((0.0, 1.0))
    assert ends(swept(relu(x), INTERVALS, {x: Interval(0.5, 1.0)})[x]) == pytest.approx((1.0, 1.0))


@pytest.mark.usefixtures("_cube")
def test_fractions_are_exact():
    x, w = Value(0.1), Value(-3.7)
    a, b = Fraction(0.1), Fraction(-3.7)
    y = autograd.FUNCTIONS["cube"](x) / (w - 2) + mean([x, w, 5.0]) * prod([x, w, x]) + dot([x, w], [w, 3.0], w)
    found = swept(y, EXACT, {x: a, w: b})
    assert found[y] == a**3 / (b - 2) + (a + b + 5) / 3 * (a * a * b) + (a * b + 3 * b + b)
    assert found[x] == 3 * a**2 / (b - 2) + a * a * b / 3 + (a + b + 5) / 3 * 2 * a * b + b
    assert found[w] == -(a**3) / (b - 2) ** 2 + a * a * b / 3 + (a + b + 5) / 3 * a * a + a + 4
    z = maximum(x, w) ** 3 * abs(w) + relu(-w) * where(x > 1, x, w)
    found = swept(z, EXACT, {x: a, w: b})
    assert (found[z], found[x]) == (a**3 * -b + -b * b, 3 * a * a * -b)
    assert found[w] == -(a**3) - 2 * b
    assert all(type(number) is Fraction for number in found.values())


def test_what_has_no_formula_is_refused_by_name():
    x = Value(2.0)
    for y, said in (
        (exp(x), "exp has no formula over other operations, and the namespace no function 'exp'"),
        (autograd.gelu(x), "gelu: erfc has no formula"),
        (autograd.silu(x) + 1, "silu: exp has no formula"),
        (logsumexp([x, 1.0]), "logsumexp: "),
        (autograd.hypot(x, 1.0), "hypot has no formula"),
    ):
        with pytest.raises(TypeError, match=said):
            swept(y, EXACT, {x: Fraction(2)})
    given = EXACT | {"sqrt": lambda x: Fraction(math.isqrt(int(x)))}
    assert TABLE["sqrt"].value_on(given)(Fraction(9)) == 3
    assert TABLE["sqrt"].partial_on(0, given)(Fraction(9), Fraction(3)) == Fraction(1, 6)
    with pytest.raises(TypeError, match="tan: its partial by a has no formula"):
        raise_of_untraceable()
    with pytest.raises(TypeError, match="polygamma: its partial by n has no formula"):
        TABLE["polygamma"].partial_on(0, EXACT)


def test_a_rule_that_had_no_memory_has_its_formula_later():
    refused = [MemoryError(), MemoryError()]

    def rule(a: Any, y: Any) -> Any:
        if refused and not isinstance(a, float):
            raise refused.pop()
        return 2 * a

    autograd.op("square", lambda a: a * a, rule)
    try:
        for _ in range(2):
            with pytest.raises(MemoryError):
                TABLE["square"].partial_on(0, EXACT)
        assert TABLE["square"].partial_on(0, EXACT)(Fraction(3), Fraction(9)) == 6
    finally:
        registry.remove("square")


def raise_of_untraceable() -> None:
    autograd.op("untraced_tan", math.tan, lambda a, y: 1 + math.tan(a) ** 2)
    try:
        TABLE["untraced_tan"].partial_on(0, EXACT)
    finally:
        registry.remove("untraced_tan")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_floats_and_formulas_go_through_the_same_doors(entry):
    """At floats the doors give the engine's own numbers, to the bit; on tracing numbers they give formulas."""
    for point in ((0.5, 1.25, -2.0), (0.75, 0.1, 3.0)):
        xs = point[: entry.arity or None]
        if entry.name == "polygamma":
            xs = (1.0, 0.1)
        y = entry.value_on(FLOATS)(*xs)
        assert repr(y) == repr(entry.ieee(xs) if entry.many else entry.ieee(*xs))
        for i in range(len(xs)):
            if entry.many:
                assert entry.partial_on(i, FLOATS)(*xs, y) == entry.local_many(xs, y)[i]
            elif entry.partials[i] is not None:
                assert repr(entry.partial_on(i, FLOATS)(*xs, y)) == repr(entry.locals[1 << i](*xs, y)[i])
                traced = entry.partial_on(i, TRACING)(*symbols(*entry.operands, "y"))
                assert str(traced) == str(entry.formula(i))


def test_a_rule_keeps_its_defaults_and_what_it_closes_over():
    factor = 3.0

    def rule(xs, _, power=2, *, shift=1.0):
        return [factor * x**power + shift for x in xs]

    autograd.operation.define("cubes", sum, rule, many=True)
    try:
        assert TABLE["cubes"].local_many([2.0, 5.0], 0.0) == [13.0, 76.0]
    finally:
        autograd.operation.BY_CODE.pop()
        del TABLE["cubes"]
