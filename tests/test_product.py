"""Long products against fractions, over the whole range of exponents: value, gradient and second derivatives, in every mode."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, gradients, hessian, hvp, jvp, prod, record
from autograd.ops import TABLE
from autograd.programs import replay
from autograd.value import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETS = replay.native.instruction_sets() if autograd.COMPILED else ["python"]
BEYOND = Fraction(2) ** 1024 - Fraction(2) ** 970  # from here on a number is rounded to infinity
FEW = 16

mantissas = st.floats(0.5, 1, exclude_max=True).flatmap(lambda m: st.sampled_from((m, -m)))


def sized(low: int, high: int) -> st.SearchStrategy[float]:
    return st.builds(math.ldexp, mantissas, st.integers(low, high))


@st.composite
def balanced(draw: st.DrawFn, sizes: st.SearchStrategy[int]) -> list[float]:
    """Numbers of all sizes whose product is not far from 1, in any order."""
    numbers: list[float] = []
    total = 0
    for _ in range(draw(sizes)):
        k = draw(st.integers(-1000, 1000)) if abs(total) < 300 else max(-1000, min(1000, -total))
        numbers.append(math.ldexp(draw(mantissas), k))
        total += k
    return draw(st.permutations(numbers))


any_size = sized(-1073, 1024) | st.floats(-3, 3, allow_subnormal=False) | st.just(0.0)
FEW_NUMBERS = st.lists(any_size, min_size=1, max_size=9) | balanced(st.integers(1, 9))
NUMBERS = FEW_NUMBERS | st.lists(any_size, min_size=10, max_size=24) | balanced(st.integers(10, 24))


def without(xs: Sequence[float], *places: int) -> Fraction:
    y = Fraction(1)
    for i, x in enumerate(xs):
        y *= 1 if i in places else Fraction(x)
    return y


def right(found: float, exact: Fraction, factors: int) -> bool:
    """Each of the factors is rounded once; what is subnormal is rounded to its last place."""
    if abs(exact) >= BEYOND:
        return found == (math.inf if exact > 0 else -math.inf)
    if math.isinf(found):
        return abs(exact) > BEYOND * (1 - Fraction(factors, 2**52))
    return abs(Fraction(found) - exact) <= max(abs(exact) * Fraction(factors, 2**52), Fraction(5e-324))


def bits(numbers: Sequence[Any]) -> list[str]:
    return [(float(x.data if isinstance(x, Value) else x) + 0.0).hex() for x in numbers]


def rows_of(program: Any, xs: list[float], beside: list[float]) -> Iterator[tuple[float, list[float]]]:
    """Value and gradient at xs, by each set of instructions, among other rows."""
    for name in SETS:
        before = replay.native.use(name) if autograd.COMPILED else ""
        values, gradients = program.batch_value_and_grad([beside, xs, beside] * 3)
        if autograd.COMPILED:
            replay.native.use(before)
        for r in (1, 4, 7):
            yield float(values[r]), list(gradients[r])


def examine(xs: list[float]) -> None:
    """Value and gradient are right, and have the same bits in all modes."""
    n = len(xs)
    vs = [Value(x) for x in xs]
    y = prod(vs)
    y.backward()
    found = [v.grad for v in vs]
    assert right(y.data, without(xs), n), (y, xs)
    whole, zeros = without([x or 1.0 for x in xs]), xs.count(0.0)
    for i, x in enumerate(xs):
        exact = whole / Fraction(x or 1.0) if zeros - (x == 0) == 0 else Fraction(0)
        assert right(found[i], exact, n), (i, found[i], xs)
    assert bits([prod(xs), TABLE["prod"].ieee(xs)]) == bits([y.data] * 2)
    assert bits(TABLE["prod"].local_many(xs, y.data)) == bits(found)
    assert bits(gradients(prod(vs), vs, graph=True)) == bits(found)
    program = record(prod, xs)
    value, slopes = program.value_and_grad(xs)
    assert bits([value, program(xs)]) == bits([y.data] * 2)
    assert bits(slopes) == bits(found)
    assert bits(program.gradient_program(xs)) == bits(found)
    for value, slopes in rows_of(program, xs, [1.5] * n):
        assert bits([value, *slopes]) == bits([y.data, *found])


@given(NUMBERS)
def test_value_and_gradient(xs):
    examine(xs)


@pytest.mark.parametrize("n", [FEW, FEW + 1, 100, 1200])
@pytest.mark.parametrize("case", ["one", "wild", "waves", "small"])
def test_value_and_gradient_of_many(n, case):
    numbers = [math.ldexp(0.5 + (i * 0.618033988749895) % 0.5, (i * 7919) % 7) for i in range(n)]
    exponents = {
        "one": lambda i: -3,
        "wild": lambda i: (i * 104729) % 2001 - 1000,
        "waves": lambda i: 900 if i // 7 % 2 else -900,
        "small": lambda i: -1070 if i % 2 else 1000,
    }[case]
    examine([math.ldexp(x, exponents(i)) for i, x in enumerate(numbers)])


@given(FEW_NUMBERS)
def test_second_derivatives(xs):
    n = len(xs)
    program = record(prod, xs)
    many = program.gradient_program
    for name, found in {
        "eager": hessian(prod)(xs),
        "program": program.hessian(xs),
        "gradient, recorded": record(grad(prod), xs).jacobian(xs),
        "rows": [list(row) for row in many.batch_jacobian([xs, [1.0] * n])[0]] if n > 1 else [[0.0]],
    }.items():
        for i in range(n):
            for j in range(n):
                exact = Fraction(0) if i == j else without(xs, i, j)
                assert right(found[i][j], exact, n), (name, i, j, found[i][j], xs)


def second(xs: Sequence[float], i: int, j: int) -> Fraction:
    return Fraction(0) if i == j else without(xs, i, j)


def examine_second(xs: list[float], places: Sequence[int]) -> None:
    """Second derivatives by the operands at these places, in all modes; at the end the gradient's program has one answer."""
    n = len(xs)
    unit = [float(i == places[0]) for i in range(n)]
    vs = [Value(x) for x in xs]
    slopes = gradients(prod(vs), vs, graph=True)
    program = record(prod, xs)
    slope = program.gradient_program
    bent, rows = program.hessian(xs), slope.batch_jacobian([xs, [1.0] * n])
    found = {
        "eager": [gradients(slopes[i], vs) for i in places],
        "program": [bent[i] for i in places],
        "rows": [rows[0][i] for i in places],
        "along": [hvp(prod, xs, unit)],
        "program along": [program.hvp(xs, unit)],
    }
    for name, several in found.items():
        for i, row in zip(places, several, strict=False):
            for j in places:
                assert right(float(row[j]), second(xs, i, j), 2 * n), (name, i, j, row[j], xs)
    flat = slope.replay.flat
    units = [[float(i == k) for i in range(n)] for k in places]
    one, other = (engine(flat).pullback(array("d", xs), units)[1] for engine in (replay.PlainReplay, replay.Replay))
    assert [bits(row) for row in one] == [bits(row) for row in other]


@settings(max_examples=30)
@given(st.lists(any_size, min_size=FEW + 1, max_size=24) | balanced(st.integers(FEW + 1, 24)))
def test_second_derivatives_of_many(xs):
    examine_second(xs, range(len(xs)))


CASES = {
    "one": lambda i, n: 0.75,
    "underflow": lambda i, n: 0.001,
    "turns": lambda i, n: 1e-200 if i % 2 else 1e200,
    "waves": lambda i, n: 1e150 if i // 7 % 2 else 1e-150,
    "overflow": lambda i, n: 2.0**-1000 if i % 3 == 0 else 2.0**550,
    "subnormal": lambda i, n: 5e-324 if i % 2 else 2.0**1023,
    "a zero": lambda i, n: 0.0 if i == 3 else 1e-200 if i % 2 else 1e200,
    "zeros": lambda i, n: 0.0 if i in {0, n - 1} else 1e200 if i % 2 else 1e-200,
}


@pytest.mark.parametrize(("n", "case"), [
    *[(n, case) for n in (2, FEW + 1, 40) for case in CASES], *[(200, case) for case in ("underflow", "subnormal", "a zero")],
])  # fmt: skip
def test_second_derivatives_at_any_size(n, case):
    xs = [CASES[case](i, n) * (1 + (i * 0.618033988749895) % 0.5) for i in range(n)]
    examine_second(xs, range(n) if n < 20 else [0, 3, 4, n // 2, n - 2, n - 1])


def test_third_derivatives_where_the_second_leave_the_range():
    xs = [1e200, 1e-200] * 8 + [1e-300, 1.0]
    vs = [Value(x) for x in xs]
    slope = gradients(prod(vs), vs, graph=True)[0]
    bent = gradients(slope, vs, graph=True)[2]
    found = gradients(bent, vs)
    for k in (0, 2, 4, 16, 17):
        assert right(found[k], Fraction(0) if k in {0, 2} else without(xs, 0, 2, k), 60), k


def test_a_thousand_operands_share_products():
    """As many terms as operands, whatever underflows; only those that need it have a product of their own."""
    for x in (1.001, 0.3):
        vs = [Value(x) for _ in range(1000)]
        slopes = gradients(prod(vs), vs, graph=True)
        assert len(members(*slopes)) < 8000
        assert max(len(v.operands) for v in members(*slopes)) <= 2
        assert gradients(slopes[7], vs)[8] == pytest.approx(x**998, rel=1e-12)
    balanced = [1e150 if i % 2 else 1e-150 for i in range(1000)]
    vs = [Value(x) for x in (*balanced, 1e250)]
    slopes = gradients(prod(vs), vs, graph=True)
    assert [i for i, v in enumerate(slopes) if v.op == "cofactor"] == [i for i in range(1000) if i % 2 == 0]
    assert gradients(slopes[0], vs)[1000] == pytest.approx(1e150, rel=1e-12)  # that slope is infinite


def test_slopes_of_a_program_are_computed_in_one_step():
    """Neighbours that leave out one of the same numbers each; whichever of them are asked for, and among others."""
    for n in (3, FEW, FEW + 1, 40):
        xs = [0.5 + (i * 0.618033988749895) % 1 for i in range(n)]
        shifted = lambda ys: prod([y * y for y in ys]) + ys[0]
        for f in (prod, shifted, lambda ys: prod([*ys[1:], 0.5])):
            program = record(f, xs).gradient_program
            rows = program.batch([xs, [1.0] * n] * 5)
            assert bits(rows[4]) == bits(rows[0])
            assert bits(rows[0]) == bits(program(xs)) == bits(replay.PlainReplay(program.replay.flat).values(array("d", xs)))


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=2, max_size=8))
@example([[1, 0], [0, 1]])
def test_products_of_products_are_no_slopes(drawn):
    """Though neighbours are of as many numbers, and most of them the same."""

    def f(xs):
        known = list(xs)
        for places in drawn:
            known.append(prod([known[-1 - k % len(known)] for k in places]))
        return known[3:]

    xs = [2.0, -0.5, 3.0]
    program, wanted = record(f, xs), bits(f(xs))
    assert bits(program(xs)) == wanted
    assert bits(program.batch([xs] * 9)[8]) == wanted


@given(FEW_NUMBERS)
def test_along_a_direction(xs):
    n = len(xs)
    unit = [float(i == n - 1) for i in range(n)]
    assert right(jvp(prod, xs, unit)[1], without(xs, n - 1), n)
    assert right(record(prod, xs).jvp(xs, unit)[1], without(xs, n - 1), n)
    for i, found in enumerate(hvp(prod, xs, unit)):
        assert right(found, Fraction(0) if i == n - 1 else without(xs, i, n - 1), n)


def test_written_out():
    """One partial was infinite, another 0, for the sake of a product on the way."""
    assert grad(prod)([1e-200, 1e-200, 1e200, 1e200]) == pytest.approx([1e200, 1e200, 1e-200, 1e-200], rel=1e-15)
    assert grad(prod)([7.0, 1e200, 1e200, 1e-200, 1e-200])[0] == 1.0
    assert prod([1e200, 1e200, 1e-200, 1e-200]) == 1.0
    assert hessian(prod)([1.0, 1e200, 1e200])[0] == [0.0, 1e200, 1e200]


@pytest.mark.parametrize("n", [3, FEW + 4])
def test_infinities_zeros_and_nan(n):
    """As mathematics says: one that is infinite leaves the others' product as it is."""
    inf, ones = math.inf, [1.0] * (n - 3)
    for three, y, partials in (
        ([inf, 2.0, -3.0], -inf, [-6.0, -inf, inf]),
        ([inf, 0.0, 2.0], math.nan, [0.0, inf, math.nan]),
        ([math.nan, 2.0, 3.0], math.nan, [6.0, math.nan, math.nan]),
        ([0.0, 1e300, 1e300], 0.0, [inf, 0.0, 0.0]),
        ([-0.0, 2.0, 3.0], 0.0, [6.0, 0.0, 0.0]),
    ):
        xs = three + ones
        vs = [Value(x) for x in xs]
        prod(vs).backward()
        assert bits([prod(xs), *[v.grad for v in vs[:3]]]) == bits([y, *partials])
        program = record(prod, xs)
        for value, found in [program.value_and_grad(xs), *rows_of(program, xs, [1.0] * n)]:
            assert bits([value, *found[:3]]) == bits([y, *partials])


def test_numbers_without_bounds_need_no_exponents():
    xs = [Fraction(k, k + 1) for k in range(1, FEW + 5)]
    found = TABLE["prod"].partials_on({"number": Fraction})(xs, None)
    assert found == [math.prod(xs) / x for x in xs]
