"""What recording a function needs of the engine: a graph laid flat, conditions, and nothing frozen in silence."""

from __future__ import annotations

import math
import struct

import pytest

import autograd
from autograd import Value, ops, value


def flat(outputs, *inputs):
    """`lay_flat` as lists, with the names of the operations."""
    constants, codes, starts, operands, results = value.lay_flat(outputs, list(inputs))
    assert [part.typecode for part in (constants, codes, starts, operands, results)] == list("dHIII")
    return list(constants), [ops.BY_CODE[code].name for code in codes], list(starts), list(operands), list(results)


# A graph laid flat.


def test_ids_are_inputs_then_constants_then_instructions():
    x, y = Value(3.0), Value(4.0)
    z = x * y + 2.0
    w = z - 2.0 * x
    assert flat([w, z], x, y) == (
        [2.0],
        ["mul", "add", "mul", "sub"],
        [0, 2, 4, 6, 8],
        [0, 1, 3, 2, 2, 0, 4, 5],  # x y, xy 2, 2 x, z 2x
        [6, 4],
    )


def test_the_order_of_the_inputs_is_the_callers():
    x, y = Value(3.0), Value(4.0)
    assert flat([x - y], y, x) == ([], ["sub"], [0, 2], [1, 0], [2])


def test_what_no_output_needs_is_left_out():
    x = Value(3.0)
    unused = x.exp()
    y = x * x
    later = y + unused
    assert flat([y], x) == ([], ["mul"], [0, 2], [0, 0], [1])
    assert later.data == 9 + unused.data


def test_what_depends_on_no_input_is_folded():
    x = Value(3.0)
    a, b = Value(0.1), Value(0.2)
    folded = (a + b).exp() * 3
    y = x * folded
    assert flat([y, folded], x) == ([folded.data], ["mul"], [0, 2], [0, 1], [2, 1])


def test_equal_constants_share_an_id_by_their_bits():
    x = Value(3.0)
    nan = struct.unpack("<d", bytes.fromhex("010000000000f87f"))[0]
    y = x + 0.5 + Value(0.5) + 0.0 + -0.0 + math.nan + nan + math.nan
    constants, names, _, operands, results = flat([y], x)
    assert struct.pack("<5d", *constants) == struct.pack("<5d", 0.5, 0.0, -0.0, math.nan, nan)
    assert names == ["add"] * 7
    assert operands == [0, 1, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 4]
    assert results == [12]


def test_many_constants():
    x = Value(1.0)
    y = x
    for i in range(1000):
        y = y + i % 300
    constants, names, _, operands, _ = flat([y], x)
    assert constants == list(range(300))
    assert names == ["add"] * 1000
    assert operands[1::2] == [1 + i % 300 for i in range(1000)]


def test_outputs_may_be_inputs_constants_and_repeat():
    x, y = Value(1.0), Value(2.0)
    assert flat([y, x, 7.0, Value(7.0), x], x, y) == ([7.0], [], [0], [], [1, 0, 2, 2, 0])
    assert flat([], x) == ([], [], [0], [], [])
    assert flat([1.0], x, y) == ([1.0], [], [0], [], [2])


def test_of_many_operands_detached_chosen_and_identity():
    x, y = Value(1.0), Value(2.0)
    z = autograd.dot([x, 3.0], [y, x], 5.0)
    assert flat([z], x, y) == ([3.0, 5.0], ["dot"], [0, 5], [0, 2, 1, 0, 3], [4])
    assert flat([autograd.where(True, x, y)], x, y) == ([], ["where"], [0, 1], [0], [2])
    assert flat([autograd.FUNCTIONS["identity"](y)], x, y) == ([], ["identity"], [0, 1], [1], [2])
    assert flat([autograd.sum([])], x) == ([0.0], [], [0], [], [1])


def test_values_that_a_function_closed_over_are_named():
    w, v = Value(2.0, label="weight"), Value(3.0)
    u = v * w
    x = Value(1.0)
    for y, names in (
        (x * w, "weight:"),
        (w, "weight:"),
        (x + v, r"Value\(3.0\):"),
        (x * u * w, r"weight, <Value 6.0 = 3.0 \* 2.0"),
    ):
        with pytest.raises(TypeError, match=f"closes over {names}.*pass.*as an argument.*or write .data"):
            value.lay_flat([y], [x])


def test_four_of_many_are_named():
    ws = [Value(float(i), label=f"w{i}") for i in range(9)]
    x = Value(1.0)
    with pytest.raises(TypeError, match="closes over w0, w1, w2, w3 and 5 more: "):
        value.lay_flat([autograd.dot(ws, [x] * 9)], [x])


def test_a_long_chain_is_laid_flat():
    x = y = Value(1.0)
    n = 100_000
    for _ in range(n):
        y = y * 0.5
    constants, codes, starts, operands, results = value.lay_flat([y], [x])
    assert (list(constants), len(codes), len(starts), len(operands), list(results)) == ([0.5], n, n + 1, 2 * n, [n + 1])
    assert list(operands[:6]) == [0, 1, 2, 1, 3, 1]


# Internal operations.

CASES = [
    (-1.0, 2.0),
    (2.0, -1.0),
    (2.0, 2.0),
    (0.0, -0.0),
    (math.inf, math.inf),
    (math.nan, 1.0),
    (1.0, math.nan),
    (math.nan, math.nan),
]


def test_internal_operations_have_a_code_and_nothing_public():
    for name, entry in ops.INTERNAL.items():
        assert ops.BY_CODE[entry.code] is entry
        assert entry.code < ops.BUILTIN
        assert entry.name == name
        assert entry.c
        assert entry.symbol
        assert name not in ops.TABLE
        assert name not in autograd.FUNCTIONS
        assert not hasattr(Value, name)
        with pytest.raises(ValueError, match="taken"):
            autograd.op(name, lambda x: x, lambda x, y: 1)


@pytest.mark.parametrize(("a", "b"), CASES)
def test_comparisons_are_ieee(a, b):
    wanted = {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b, "eq": a == b, "ne": a != b}
    for name, holds in wanted.items():
        answer = ops.INTERNAL[name].ieee(a, b)
        assert type(answer) is float
        assert answer == holds


def test_conditions_combine_and_choose():
    both, either, negate, choose = (ops.INTERNAL[name] for name in ("both", "either", "negate", "choose"))
    for a in (0.0, 1.0):
        assert negate.ieee(a) == 1 - a
        for b in (0.0, 1.0):
            assert (both.ieee(a, b), either.ieee(a, b)) == (a * b, max(a, b))
    assert (choose.ieee(1.0, 2.0, math.nan), choose.ieee(0.0, math.nan, 3.0)) == (2.0, 3.0)
    assert [list(choose.locals[6](c, 2.0, 3.0, 0.0)) for c in (1.0, 0.0)] == [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert choose.partials[0] is None
