"""Value: what it holds, how it behaves as a number, and what backward does. Each test is a line of the fixed semantics."""

from __future__ import annotations

import _thread
import copy
import gc
import inspect
import itertools
import math
import pickle
import random
import re
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    copysign,
    detach,
    dot,
    exp,
    log,
    logsumexp,
    maximum,
    mean,
    no_grad,
    prod,
    relu,
    scope,
    sin,
    softmax,
    sqrt,
    value,
    where,
)
from autograd.value import COMPILED, creation, leaves, members, scopes_of

# Numbers.


def test_a_value_holds_a_float():
    assert type(Value(2).data) is float
    assert Value(True).data == 1.0
    assert Value(Fraction(1, 4)).data == 0.25
    assert Value(np.float32(0.5)).data == 0.5


def test_value_of_a_value_is_refused():
    with pytest.raises(TypeError, match="detach"):
        Value(Value(1.0))


@pytest.mark.parametrize("other", [3, 3.0, True, Fraction(1, 3), np.float64(3), np.float32(3), np.int64(3), np.bool_(True)])
def test_operands_may_be_plain_numbers_on_either_side(other):
    v = Value(2.0)
    for result, expected in [
        (v + other, 2.0 + float(other)),
        (other + v, float(other) + 2.0),
        (v - other, 2.0 - float(other)),
        (other - v, float(other) - 2.0),
        (v * other, 2.0 * float(other)),
        (other * v, float(other) * 2.0),
        (v / other, 2.0 / float(other)),
        (other / v, float(other) / 2.0),
        (v**other, 2.0 ** float(other)),
        (other**v, float(other) ** 2.0),
    ]:
        assert type(result) is Value
        assert result.data == expected


@pytest.mark.parametrize("other", [1j, np.complex128(1j), Decimal(1), "1", b"1"])
def test_what_is_no_real_number_is_refused_on_either_side(other):
    v = Value(2.0)
    for combine in (lambda: v + other, lambda: other * v, lambda: v**other, lambda: maximum(v, other), lambda: Value(other)):
        with pytest.raises(TypeError):
            combine()


def test_anything_else_is_asked_first():
    class Other:
        def __radd__(self, other: object) -> str:
            return "mine"

    assert Value(1.0) + Other() == "mine"
    assert Value(1.0).__add__(object()) is NotImplemented
    with pytest.raises(TypeError):
        Value(1.0) * None


def test_an_integer_too_large_overflows_as_with_floats():
    with pytest.raises(OverflowError):
        Value(1.0) + 10**400
    assert (Value(1.0) < 10**400) is True


def test_object_arrays_of_values_work_with_numpy():
    x, y = Value(2.0), Value(3.0)
    array = np.array([x, y])
    assert array.dtype == object
    total = np.dot(array, [10.0, 1.0])
    total.backward()
    assert (total.data, x.grad, y.grad) == (23.0, 10.0, 1.0)
    assert [v.data for v in np.exp(array)] == [math.exp(2.0), math.exp(3.0)]
    assert np.sum(array * array).data == 13.0
    assert [v.data for v in x * np.arange(3)] == [0.0, 2.0, 4.0]
    assert type(np.float64(2) * x) is Value
    assert type(np.array([x]) * np.float64(2)) is np.ndarray


@pytest.mark.parametrize("numbers", [[4.0, 5.0, 6.0], np.ma.masked_array([4.0, 5.0, 6.0], mask=[False, True, False])])
def test_a_value_times_an_array_stays_in_the_graph(numbers):
    """A masked array takes the ``_data`` of whatever it meets."""
    array = np.ma.asarray(numbers)
    for compute in (lambda x: x * array, lambda x: array * x, lambda x: array + (x - 1) * array):
        x = Value(3.0)
        y = compute(x).sum()
        y.backward()
        assert (y.data, x.grad) == pytest.approx((3 * array.sum(), array.sum()), rel=1e-15)


# No silent loss of the graph.


@pytest.mark.parametrize("convert", [float, int, complex, round, math.sin, math.floor, math.ceil, math.trunc, lambda v: v % 2,
                                     lambda v: 2 % v, lambda v: v // 2, lambda v: 2 // v, lambda v: divmod(v, 2)])  # fmt: skip
def test_conversions_that_lose_the_graph_say_what_to_write(convert):
    with pytest.raises(TypeError, match=r"\.data"):
        convert(Value(1.5))


def test_pow_with_a_modulus_is_refused():
    with pytest.raises(TypeError, match="modulus"):
        pow(Value(2.0), 3, 5)


def test_comparisons_compare_numbers_and_hashing_is_by_identity():
    x, same, other = Value(1.0), Value(1.0), Value(2.0)
    assert x == same
    assert x != other
    assert x == 1
    assert x < other
    assert other >= 2.0
    assert x < Fraction(3, 2)
    assert x != "1"
    assert len({x, same}) == 2
    assert same in [other, x]
    assert Value(math.nan) != Value(math.nan)
    with pytest.raises(TypeError):
        x < "1"


def test_truth_and_formatting_are_those_of_the_number():
    assert not Value(0.0)
    assert Value(-0.5)
    assert f"{Value(2 / 3):.3f}" == "0.667"
    assert max(Value(1.0), Value(3.0)).data == 3.0


# Leaves and inner nodes.


def test_data_may_be_assigned_on_leaves_only():
    x = Value(2.0)
    y = x * 3
    x.data = 5
    assert (type(x.data), x.data) == (float, 5.0)
    with pytest.raises(AttributeError, match="computed; assign to its leaves"):
        y.data = 1.0
    with pytest.raises(TypeError):
        x.data = "1"


def test_grad_and_label_may_be_assigned_anywhere():
    x = Value(2.0)
    y = x * 3
    y.grad, y.label = 2, "y"
    assert (y.grad, y.label) == (2.0, "y")
    y.label = ""
    assert y.label == ""
    with pytest.raises(TypeError):
        y.label = 3
    with pytest.raises(TypeError):
        y.grad = "1"


@pytest.mark.parametrize("number", [3, 3.0, True, Fraction(3, 2), np.float64(3.0), np.int8(3)])
def test_any_plain_number_may_be_assigned(number):
    x = Value(2.0)
    x.data = x.grad = number
    assert (type(x.data), x.data, type(x.grad), x.grad) == (float, float(number), float, float(number))
    assert x._reached


@pytest.mark.parametrize("name", ["data", "grad"])
def test_what_is_refused_leaves_the_number_as_it_was(name):
    x = Value(2.0)
    x.grad = 2.0
    for junk, error in [("1", TypeError), ([], TypeError), (x, TypeError), (10**400, OverflowError)]:
        with pytest.raises(error):
            setattr(x, name, junk)
    with pytest.raises((AttributeError, NotImplementedError)):
        delattr(x, name)
    assert (x.data, x.grad) == (2.0, 2.0)
    with pytest.raises(AttributeError):
        x.nothing = 1.0
    with pytest.raises(AttributeError):
        del x.nothing


def test_assigning_has_a_method_as_in_any_class():
    x = Value(2.0)
    x.__setattr__("data", 3)
    Value.__setattr__(x, "grad", 4)
    assert (x.data, x.grad) == (3.0, 4.0)
    with pytest.raises((AttributeError, NotImplementedError)):
        x.__delattr__("data")


def test_labels_follow_their_value_and_not_its_address():
    for i in range(1000):
        assert Value(float(i)).label == ""
        assert Value(float(i), label=f"l{i}").label == f"l{i}"


def test_labels_are_given_changed_and_taken_away_in_any_order():
    """Beside a dictionary; so many at once that their table grows, and again so few that they are found behind gaps."""
    draw, alive = random.Random(3), {}
    for step in range(30_000):
        if draw.random() < (0.7 if step % 10_000 < 4_000 else 0.3):
            v = Value(float(step))
            alive[v] = v.label = draw.choice(["", f"l{step}", "x" * 40])
        elif alive:
            v = draw.choice(list(alive)) if step % 100 == 0 else next(iter(alive))
            if draw.random() < 0.5:
                alive[v] = v.label = draw.choice(["", f"again{step}"])
            else:
                del alive[v]
            del v
    assert len(alive) > 100
    assert [v.label for v in alive] == list(alive.values())


def test_a_label_that_dies_may_do_anything():
    class Text(str):
        __slots__ = ()

        def __del__(self) -> None:
            said.append(str(self))
            x.label = "again"
            said.append((Value(1.0, label="mine") * 2).operands[0].label)

    said: list[str] = []
    x = Value(1.0)
    x.label = Text("a")
    x.label = Text("b")
    y = Value(2.0, label=Text("c"))
    del y
    gc.collect()
    assert set(said) == {"a", "b", "c", "mine"}
    assert x.label == "again"


def test_operands_parents_and_partials():
    x = Value(3.0)
    y = x * x
    assert [v is x for v in y.parents] == [True, True]
    assert y.partials == (3.0, 3.0)
    z = 2 * x
    assert z.operands[0] == 2.0
    assert type(z.operands[0]) is float
    assert z.operands[1] is x
    assert [v is x for v in z.parents] == [True]
    assert z.partials == (2.0,)
    assert (x.op, y.op, x.operands, x.parents, x.partials) == ("", "mul", (), (), ())


def test_a_plain_number_is_no_node():
    assert len(members(Value(1.0) * 2 + 3)) == 3


def test_value_is_final():
    if autograd.COMPILED:
        with pytest.raises(TypeError):
            type("Mine", (Value,), {})


def test_a_value_is_made_once():
    x = Value(1.0)
    with pytest.raises(TypeError, match="made once"):
        x.__init__(2.0)
    assert x.data == 1.0


@pytest.mark.parametrize(
    "made",
    [detach, copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), lambda x: x * 1, lambda x: where(False, 2.0, x)],
)
def test_no_value_is_initialised_again_however_it_was_made(made):
    x = made(Value(1.0))
    with pytest.raises(TypeError, match="made once"):
        x.__init__(3.0)
    with no_grad():
        y = x * 2
    with pytest.raises(TypeError, match="made once"):
        y.__init__(3.0)
    assert (x.data, y.data) == (1.0, 2.0)


def test_a_value_that_was_never_initialised_harms_nothing():
    if autograd.COMPILED:
        blank = Value.__new__(Value)
        blank.backward()
        assert blank.grad == 1.0
        assert len(members(Value.__new__(Value), blank)) == 2


# backward.


def test_backward_adds_to_leaves_and_sets_inner_nodes():
    x = Value(3.0)
    y = x * x
    z = y * 2
    z.backward()
    assert (x.grad, y.grad, z.grad) == (12.0, 2.0, 1.0)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 2.0, 1.0)
    z.backward(10.0)
    assert (x.grad, y.grad, z.grad) == (144.0, 20.0, 10.0)


def test_twice_doubles_the_leaves_exactly():
    x = Value(0.1)
    y = x * 0.1 + x * 0.7 + x * 1e-17 + x / 3 + sin(x)
    y.backward()
    once = x.grad
    y.backward()
    assert x.grad == 2 * once


def test_nodes_outside_the_graph_are_untouched():
    x = Value(3.0)
    y, other = x * 2, x * 5
    other.grad = 7.0
    y.backward()
    assert (x.grad, other.grad) == (2.0, 7.0)


def test_backward_on_a_leaf_adds_its_gradient():
    x = Value(3.0)
    x.backward()
    x.backward(2)
    assert x.grad == 3.0


def test_zero_grad_clears_the_whole_graph():
    x, w = Value(3.0), Value(2.0)
    y = x * w
    z = y + x
    z.backward()
    z.zero_grad()
    assert [v.grad for v in (x, w, y, z)] == [0.0] * 4


def test_never_reached_is_zero():
    assert Value(1.0).grad == 0.0


def test_backward_takes_a_number():
    with pytest.raises(TypeError):
        Value(1.0).backward("1")
    with pytest.raises(TypeError):
        Value(1.0).backward(None)
    with pytest.raises(TypeError):
        Value(1.0).backward(Value(1.0))


def test_a_leaf_that_changes_later_cannot_falsify_the_gradient():
    x, w = Value(3.0), Value(2.0)
    y = x * w
    w.data = 100.0
    y.backward()
    assert x.grad == 2.0


def test_zero_times_infinity_passes_nothing_on():
    x = Value(0.0)
    root = sqrt(x)
    assert root.partials == (math.inf,)
    y = root * 0.0
    y.backward()
    assert (root.grad, x.grad) == (0.0, 0.0)
    z = sqrt(x) * 1.0
    z.backward()
    assert x.grad == math.inf


def test_only_the_value_raises():
    assert sqrt(Value(0.0)).partials == (math.inf,)
    with pytest.raises(ValueError, match="price"):
        log(Value(-1.0, label="price"))
    with pytest.raises(ZeroDivisionError, match="count"):
        1 / Value(0.0, label="count")
    with pytest.raises(ValueError, match="complex"):
        Value(-8.0) ** (1 / 3)
    with pytest.raises(OverflowError):
        exp(Value(1000.0))


def test_backward_is_atomic_under_the_gil():
    x = Value(1.0)
    y = x
    for _ in range(300):
        y = y + x
    threads = [threading.Thread(target=lambda: [y.backward() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad == 301.0 * 200


def test_many_graphs_on_shared_leaves_stay_linear():
    x = Value(1.0)
    graphs = [x * float(i) for i in range(4000)]
    for _ in range(5):
        graphs = [g + x for g in graphs]
    for g in graphs:
        g.backward()
    assert x.grad == sum(range(4000)) + 5 * 4000


def test_the_tape_survives_deletions_in_any_order():
    leaves = [Value(float(i)) for i in range(10_000)]
    nodes = [a * b for a, b in itertools.pairwise(leaves)]
    del leaves[::3], nodes[::2]
    nodes += [n * 2 for n in nodes]
    del leaves[1::2]
    nodes = nodes[::-1]
    more = [Value(1.0) for _ in range(50_000)]
    del more[:49_000]
    for n in nodes:
        n.backward()
        a = n
        while a.op:
            a = a.parents[0]
        assert a.grad != 0.0 or n.data == 0.0


# no_grad, detach, where.


def test_no_grad_gives_leaves_and_ends():
    x = Value(2.0)
    with no_grad():
        y = sin(x) * x + dot([x], [x])
        with no_grad():
            pass
        assert (x * x).op == ""
    assert (y.op, y.parents) == ("", ())
    assert (x * x).op == "mul"
    with pytest.raises(ZeroDivisionError), no_grad():
        x / 0
    assert (x * x).op == "mul"


def test_no_grad_is_the_threads_own():
    """Else what another thread computes meanwhile would silently have no gradient."""
    x = Value(2.0)
    found = []
    with no_grad():
        thread = threading.Thread(target=lambda: found.extend([x * x, sin(x)]))
        thread.start()
        thread.join()
        assert (x * x).op == ""
    assert [v.op for v in found] == ["mul", "sin"]


def test_no_grad_may_be_entered_twice():
    off, x = no_grad(), Value(2.0)
    with off:
        with off:
            assert (x * x).op == ""
        assert (x * x).op == ""
    assert (x * x).op == "mul"


def test_modes_are_left_in_any_order():
    """Generators that take turns: else the last one to end would leave `no_grad` on for good."""
    x = Value(2.0)

    def inside():
        with no_grad():
            while True:
                yield (x * x).op

    for order in itertools.permutations(range(3)):
        generators = [inside() for _ in order]
        assert [next(each) for each in generators] == ["", "", ""]
        for left, k in enumerate(order, 1):
            generators[k].close()
            assert (x * x).op == ("mul" if left == 3 else "")
    off, on = no_grad(), autograd.value.recorded()
    off.__enter__()
    on.__enter__()
    off.__exit__(None, None, None)
    assert (x * x).op == "mul"
    on.__exit__(None, None, None)
    assert (x * x).op == "mul"


class Interrupting:
    """``-Interrupting()`` is a Ctrl-C that nothing looks for before the next function begins: the exit of a context, say."""

    __neg__ = staticmethod(_thread.interrupt_main)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("context", [no_grad, lambda: scope("a"), value.recorded, value.ieee_arithmetic])
def test_a_context_that_is_interrupted_is_left(context):
    x = Value(2.0)
    with pytest.raises(KeyboardInterrupt):
        with context():
            -Interrupting()
        time.sleep(10)
    with pytest.raises(KeyboardInterrupt):
        with no_grad(), context(), scope("b"), context():
            -Interrupting()
        time.sleep(10)
    with pytest.raises(KeyboardInterrupt):
        -Interrupting()
        with context():
            pass
        time.sleep(10)
    y = x * x
    assert (y.op, y.scope) == ("mul", ())
    with pytest.raises(ZeroDivisionError):
        x / 0


def test_a_derivative_inside_no_grad_is_still_a_derivative():
    with no_grad():
        assert autograd.grad(lambda x: x * x)(3.0) == 6.0


# Scopes.


def test_what_is_made_in_a_scope_has_its_name():
    with scope("model"):
        x = Value(2.0)
        with scope("layer0"):
            made = [sin(x), x * 2, dot([x], [x]), autograd.logsumexp([x, x]), where(1, x, 0), detach(x)]
        assert x.scope == (x + 1).scope == ("model",)
    assert {v.scope for v in made} == {("model", "layer0")}
    assert (x * x).scope == ()


def test_each_entry_of_a_scope_is_a_call_of_its_own():
    layer, x = scope("layer"), Value(2.0)
    calls = []
    for _ in range(2):
        with layer:
            calls += [x * 1, x * 2]
    assert scopes_of(calls) == ([0, 0, 1, 1], [(-1, "layer"), (-1, "layer")])
    with layer, layer:
        inner = x * 3
    assert scopes_of([inner, x]) == ([1, -1], [(-1, "layer"), (0, "layer")])


def test_a_scope_is_the_threads_own():
    x, found = Value(2.0), []

    def other():
        found.append(x * x)
        with scope("theirs"):
            found.append(x * x)

    with scope("ours"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        found.append(x * x)
    assert [v.scope for v in found] == [(), ("theirs",), ("ours",)]


def test_a_scope_ends_with_an_error():
    x = Value(2.0)
    with pytest.raises(ZeroDivisionError), scope("a"), scope("b"):
        x / 0
    assert (x * x).scope == ()


def test_a_scope_left_before_what_was_entered_inside_it_keeps_the_inner_one():
    x, a, b, c = Value(2.0), scope("a"), scope("b"), scope("c")
    for order, left in (
        ((a, b, c), [("a", "b", "c"), ("a", "b", "c"), ()]),
        ((b, a, c), [("a", "b", "c"), ("a", "b", "c"), ()]),
        ((b, c, a), [("a", "b", "c"), ("a",), ()]),
        ((c, a, b), [("a", "b"), ("a", "b"), ()]),
        ((a, c, b), [("a", "b", "c"), ("a", "b"), ()]),
    ):
        for each in (a, b, c):
            each.__enter__()
        made = []
        for each in order:
            each.__exit__(None, None, None)
            made.append((x * x).scope)
        assert made == left
    with a:
        b.__exit__(None, None, None)  # it was not entered
        assert (x * x).scope == ("a",)


def test_generators_that_take_turns_keep_their_scopes():
    x = Value(2.0)

    def inside(name):
        with scope(name):
            while True:
                yield (x * x).scope

    first, second = inside("first"), inside("second")
    assert [next(first), next(second)] == [("first",), ("first", "second")]
    first.close()
    for _ in range(3000):  # scopes come and go; the number of the one that was left is not given back
        with scope("other"):
            assert (x * x).scope == ("first", "second", "other")
    assert next(second) == ("first", "second")
    second.close()
    assert (x * x).scope == ()


def test_a_scope_has_a_name():
    with pytest.raises(TypeError, match="the name of a scope is a str, not an int: 3"):
        scope(3)
    with pytest.raises(ValueError, match="a scope needs a name"):
        scope("")


def test_a_scope_changes_no_number_and_no_program():
    def f(x):
        with scope("f"):
            return sin(x * x) / x

    x = Value(1.7)
    with scope("all"):
        y = f(x)
        y.backward()
        program = autograd.record(f, 1.0)
    assert program.value_and_grad(1.7) == (y.data, x.grad) == autograd.value_and_grad(f)(1.7)
    assert autograd.hessian(f)(1.7) == autograd.hessian(lambda x: sin(x * x) / x)(1.7)


def test_many_calls_leave_those_that_are_still_seen_as_they_are():
    x, kept = Value(2.0), []
    with scope("outer"):
        for i in range(30_000):
            with scope(f"call{i}"), scope("inner"):
                v = x * 2
            if i % 1000 == 0:
                kept.append(v)
    assert [v.scope for v in kept] == [("outer", f"call{i}", "inner") for i in range(0, 30_000, 1000)]


@pytest.mark.slow
@pytest.mark.compiled
def test_the_numbers_of_scopes_are_used_again():
    code = """if True:
        import resource
        from autograd import Value, scope
        x, layer = Value(2.0), scope("layer")
        def calls(n):
            for _ in range(n):
                with layer:
                    x * x
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(calls(10_000), calls(2_000_000))
    """
    pytest.importorskip("resource", reason="not on Windows")
    before, after = map(int, subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.split())
    assert after - before < 4_000 * (1024 if sys.platform == "darwin" else 1)  # 2,000,000 entries would be 32 MB


def test_detach_is_a_new_leaf():
    x = Value(2.0)
    d = detach(x * 3)
    assert (d.op, d.data, d.parents) == ("", 6.0, ())
    assert x.detach() is not x
    assert detach(2) == 2.0


def test_where_has_an_edge_to_the_side_taken_only():
    x, y = Value(2.0), Value(0.0)
    taken = where(x > 1, x * 3, y)
    assert len(taken.parents) == 1
    taken.backward()
    assert (x.grad, y.grad) == (3.0, 0.0)
    assert where(x < 1, x, 7).parents == ()
    assert where(x < 1, x, 7).data == 7.0
    assert where(True, 2, 3) == 2.0
    assert x.where(False, y).data == 0.0


# Kinks and conventions.


def test_conventions_at_kinks():
    zero = Value(0.0)
    assert relu(zero).partials == (0.0,)
    assert zero.leaky_relu().partials == (0.01,)
    assert abs(zero).partials == (0.0,)
    assert maximum(Value(1.0), Value(1.0)).partials == (0.5, 0.5)
    assert Value(1.0).minimum(Value(1.0)).partials == (0.5, 0.5)
    assert (zero.step().data, zero.step().partials) == (1.0, (0.0,))
    assert math.isnan(relu(Value(math.nan)).data)
    assert copysign(Value(3.0), -0.0).data == -3.0


def test_power_at_its_edges():
    assert (Value(0.0) ** 0).partials == (0.0,)
    assert (Value(0.0) ** 1).partials == (1.0,)
    assert (Value(0.0) ** Value(2.0)).partials == (0.0, 0.0)
    base, exponent = (Value(-2.0) ** Value(2.0)).partials
    assert base == -4.0
    assert math.isnan(exponent)
    assert (Value(-2.0) ** 3).partials == (12.0,)
    assert (Value(2.0) ** Value(0.0)).partials == (0.0, math.log(2.0))


# Operations of many operands.


def test_many_operands_are_one_node():
    x, y = Value(2.0), Value(3.0)
    total = autograd.sum([x, 1, y, x])
    assert (total.data, len(members(total)), total.partials) == (8.0, 3, (1.0, 1.0, 1.0))
    assert autograd.sum([x, y], 10).data == 15.0
    assert prod([x, y, 2]).partials == (6.0, 4.0)
    assert prod([x, 0.0, y]).partials == (0.0, 0.0)
    assert mean([x, y]).partials == (0.5, 0.5)
    assert dot([x, y], [5, x], bias=y).data == 19.0
    assert dot([x, y], [5, x], bias=y).partials == (5.0, 2.0, 3.0, 1.0)


def test_nothing_to_add_is_zero_and_nothing_to_average_raises():
    assert autograd.sum([]) == 0.0
    assert prod([]) == 1.0
    assert softmax([]) == []
    for operation in (mean, logsumexp):
        with pytest.raises(ValueError, match="no numbers"):
            operation([])
    with pytest.raises(ValueError, match="2 weights cannot meet 1 inputs"):
        dot([1.0, 2.0], [1.0])


def test_the_builtin_sum_works():
    x = Value(2.0)
    y = sum([x, x * x])
    y.backward()
    assert (y.data, x.grad) == (6.0, 5.0)


def test_sums_run_from_left_to_right():
    xs = [0.1] * 10
    expected = 0.0
    for x in xs:
        expected += x
    assert autograd.sum(map(Value, xs)).data == expected != 1.0


def test_large_logits_do_not_overflow():
    x, y = Value(1000.0), Value(1001.0)
    assert logsumexp([x, y]).data == 1001.0 + math.log(math.exp(-1.0) + 1.0)
    p, q = softmax([x, y])
    assert p.data + q.data == 1.0
    q.backward()
    assert y.grad == pytest.approx(p.data * q.data, rel=1e-12)
    assert softmax([1.0, 1.0]) == [0.5, 0.5]


def test_a_function_of_plain_numbers_is_a_float():
    assert sin(1) == math.sin(1.0)
    assert type(maximum(1, 2)) is float
    assert type(autograd.sum([1, 2])) is float
    with pytest.raises(ValueError, match="log"):
        log(-1)


def test_functions_refuse_what_is_no_number():
    for wrong in (None, [1.0], "1", object()):
        with pytest.raises(TypeError):
            sin(wrong)
        with pytest.raises(TypeError):
            maximum(1.0, wrong)
        with pytest.raises(TypeError):
            autograd.sum([Value(1.0), wrong])
    with pytest.raises(TypeError, match="2 operands"):
        maximum(1.0, 2.0, 3.0)


def test_names_of_operands_may_be_given():
    assert Value(-1.0).leaky_relu(slope=0.5).data == -0.5
    assert autograd.clip(5.0, high=2.0, low=0.0) == 2.0
    with pytest.raises(TypeError, match="no operand slop"):
        Value(-1.0).leaky_relu(slop=0.5)


def test_help_has_something_to_say():
    assert "remembers" in inspect.getdoc(Value)
    assert "sine" in inspect.getdoc(sin)
    assert "sine" in inspect.getdoc(Value.sin)
    assert inspect.getdoc(Value.backward)


def test_public_names_only():
    assert not [name for name in dir(autograd) if name.startswith("_")]
    assert not {"sum", "abs"} & set(autograd.__all__)
    assert len(set(autograd.__all__)) == len(autograd.__all__)
    assert set(dir(autograd)) == {*autograd.__all__, "abs", "map", "sum"}
    assert {"Value", "grad", "sin", "softmax"} <= set(dir(autograd))
    assert not [name for name in dir(autograd) if inspect.ismodule(getattr(autograd, name))]


def test_what_is_public_is_in_the_guides(root):
    guides = "\n".join(path.read_text(encoding="utf-8") for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))])
    told = set(re.findall(r"\w+", guides))
    assert not set(dir(autograd)) - told
    assert not [name for name in dir(autograd) if not inspect.getdoc(getattr(autograd, name))]


def test_a_thread_that_dies_in_no_grad_takes_its_mode_along():
    def die():
        no_grad().__enter__()  # never left

    x, found = Value(2.0), []
    for target in (die, lambda: found.append(x * x), lambda: found.append(x * x)):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    assert [len(v.parents) for v in found] == [2, 2]


def test_hypot_of_nan_does_not_depend_on_what_was_before():
    with pytest.raises(OverflowError):
        exp(Value(1e4))
    assert math.isnan(Value(-0.0).hypot(math.nan).data)
    assert Value(math.nan).hypot(-math.inf).data == math.inf


def test_a_value_that_was_not_initialised_is_a_leaf():
    if autograd.COMPILED:
        x, u = Value(5.0), Value.__new__(Value)
        y = x * u + x
        assert autograd.gradients(y, [x, u]) == [1.0, 5.0]
        u.__init__(3.0)
        assert (u.data, (y * u).data) == (3.0, 15.0)


def test_a_node_has_an_operation_that_exists_and_its_operands():
    x, mul = Value(1.0), autograd.ops.TABLE["mul"].code
    for code in (0, -1, len(autograd.ops.BY_CODE), 9999, 65536 + mul, 2**31 - 1):
        with pytest.raises(ValueError, match="no operation"):
            value.node(code, 1.0, [x], [1.0])
    for operands in ([], [x], [x, x, x]):
        with pytest.raises(ValueError, match=r"mul\(a, b\) takes 2 operands"):
            value.node(mul, 1.0, operands, [1.0] * len(operands))


def test_no_function_of_the_module_dies_of_strange_arguments():
    """Compiled they are C functions without checks of bounds: numbers that stand for nothing must be told."""
    program = """
import itertools
from autograd import Value, value
odd = [0, 1, -1, 5, 40_000, 2**20, 2**40, None, "x", 1.5, Value(1.0), Value(2.0) * 3, [], [Value(1.0), 2.0], (), object(), [None]]
for name in sorted(vars(value)):
    if callable(getattr(value, name)) and not name.startswith("__"):
        print(name, flush=True)
        for count in range(4):
            for operands in itertools.product(odd, repeat=count):
                try:
                    getattr(value, name)(*operands)
                except Exception:
                    pass
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("alive\n"), (done.stdout[-300:], done.stderr)


def test_messages_show_numbers_and_say_what_helps():
    with pytest.raises(ZeroDivisionError, match=r"1\.0.* / 0\.0"):
        np.float64(1) / Value(0.0)
    with pytest.raises(TypeError, match=r"write its \.data"):
        Value(1.0).backward(Value(1.0))
    with pytest.raises(TypeError, match="NoneType"):
        softmax([Value(1.0), None])
    with pytest.raises(ValueError, match="orders above"):
        autograd.polygamma(1e8, Value(1.0))


def test_any_kind_of_string_is_a_label():
    assert Value(1.0, label=np.str_("a")).label == "a"
    assert Value(1.0, label=None).label == ""
    with pytest.raises(TypeError, match="a label is a str"):
        Value(1.0, label=3)


def test_leaves_are_made_of_an_array_of_doubles():
    made = leaves(memoryview(np.array([1.0, -0.0, math.nan])))
    assert list(map(repr, made)) == ["Value(1.0)", "Value(-0.0)", "Value(nan)"]
    assert [(v.grad, v.label, v.op) for v in made] == [(0.0, "", "")] * 3
    assert creation(made[0]) < creation(made[1]) < creation(made[2])
    assert leaves(memoryview(np.zeros(0))) == []
    for wrong in (memoryview(np.zeros(4))[::2], np.zeros(2, np.float32), [1.0], b"12345678", 3, None):
        if COMPILED:  # else whatever holds numbers will do
            with pytest.raises(TypeError):
                leaves(wrong)
