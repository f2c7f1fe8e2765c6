"""An operation of one's own: registered in one line, it has everything that the table's have."""

from __future__ import annotations

import copy
import math
import pickle

import pytest
from hypothesis import find, given

import autograd
import viz
from autograd import Value, check_gradients, exp, gradients, ops, registry, strategies, where


@pytest.fixture
def swish():
    f = autograd.op("swish", lambda x: x / (1 + math.exp(-x)), lambda x, y: 1 / (1 + exp(-x)) * (1 + x / (1 + exp(x))))
    yield f
    registry.remove("swish")


def test_one_line_gives_a_picture_strategies_and_a_check(swish):
    x = Value(0.5, label="x")
    assert ">swish</text>" in viz.svg(swish(x))
    assert "swish" in viz.text(swish(x))

    @given(strategies.points("swish"))
    def derivatives_agree(operands):
        check_gradients(swish, *operands, order=2)

    derivatives_agree()
    found = find(strategies.expressions(["swish"]), lambda e: "swish" in str(e))
    assert str(found) == "swish(x0)"


def test_one_line_gives_everything(swish):
    x = Value(0.5, label="x")
    assert swish(0.5) == 0.5 / (1 + math.exp(-0.5))
    assert x.swish().data == swish(0.5)
    assert autograd.grad(swish)(0.5) == pytest.approx(0.739961187302652, rel=1e-14)  # mpmath
    assert autograd.grad(autograd.grad(swish))(0.0) == pytest.approx(0.5, rel=1e-14)
    assert repr(swish(x)).startswith("<Value 0.31")
    assert pickle.loads(pickle.dumps(swish(x))).op == "swish"
    assert "swish" in dir(x)


def test_its_errors_name_it(swish):
    with pytest.raises(OverflowError, match=r"swish\(x\)"):
        swish(Value(-1000.0, label="x"))
    with pytest.raises(TypeError, match="swish"):
        swish("1")


def test_its_value_raises_as_the_same_python_does():
    """Though its formula could be traced, and then evaluated where 1 / 0 is infinity."""
    inverse = autograd.op("inverse", lambda x: 1 / x, lambda x, y: -y * y)
    root = autograd.op("root", lambda x: x**0.5, lambda x, y: 0.5 / y)
    try:
        with pytest.raises(ZeroDivisionError, match=r"inverse\(x\)"):
            inverse(Value(0.0, label="x"))
        with pytest.raises(OverflowError):
            autograd.op("huge", lambda x: x**3, lambda x, y: 3 * x**2)(Value(1e200))
        with pytest.raises(ValueError, match="complex"):
            root(Value(-1.0))
        assert gradients(inverse(Value(2.0)), [Value(2.0)]) == [0.0]
        with pytest.raises(TypeError, match="NoneType, not a number"):
            autograd.op("forgetful", lambda x: None, lambda x, y: 1)(Value(1.0))
    finally:
        for name in ("inverse", "root", "huge", "forgetful"):
            registry.remove(name)


def test_removed_it_is_gone():
    f = autograd.op("gone", lambda x: 2 * x, lambda x, y: 2)
    v = f(Value(1.0))
    registry.remove("gone")
    assert not hasattr(v, "gone")
    assert "gone" not in autograd.ops.TABLE
    v.backward()
    assert v.partials == (2.0,)
    with pytest.raises(ValueError, match="no operation"):
        registry.remove("gone")
    with pytest.raises(ValueError, match="no operation"):
        registry.remove("sin")


def test_one_that_could_not_be_registered_is_gone_too(monkeypatch):
    def refuse(*_):
        raise MemoryError

    monkeypatch.setattr(autograd.functions, "set_method", refuse)
    with pytest.raises(MemoryError):
        autograd.op("gone", lambda x: 2 * x, lambda x, y: 2)
    monkeypatch.undo()
    assert "gone" not in autograd.ops.TABLE
    assert "gone" not in autograd.FUNCTIONS
    autograd.op("gone", lambda x: 3 * x, lambda x, y: 3)
    assert Value(2.0).gone().data == 6.0
    registry.remove("gone")


def test_codes_that_run_out_are_told_and_the_last_one_is_as_good_as_any():
    """A code that is too long would be another operation's, or none's, whose derivative is 0."""
    before = len(ops.BY_CODE)
    ops.BY_CODE.extend([None] * (ops.LAST_CODE - before))
    twice = autograd.op("twice", lambda a, b: 2 * a * b, lambda a, b, y: 2 * b, lambda a, b, y: 2 * a)
    try:
        assert ops.TABLE["twice"].code == ops.LAST_CODE
        x = Value(3.0)
        y = twice(x, x) + 1.0
        y.backward()
        assert (y.data, x.grad, y.operands[0].op) == (19.0, 12.0, "twice")
        program = autograd.record(lambda a: twice(a, a) * autograd.mean([a, 1.0]), 1.0)
        assert program.value_and_grad(3.0) == (36.0, 33.0)
        assert program.hessian(3.0) == 20.0
        rows = [float(i) for i in range(16)]
        values, gradients = program.batch_value_and_grad(rows)
        assert list(values) == [a * a * (a + 1) for a in rows]
        assert list(gradients) == [3 * a * a + 2 * a for a in rows]
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"thrice: 32,\d\d\d operations .* register each once"):
                autograd.op("thrice", lambda a: 3 * a, lambda a, y: 3)
        assert "thrice" not in ops.TABLE
        assert pickle.loads(pickle.dumps(y)).operands[0].op == "twice"
    finally:
        registry.remove("twice")
        x = y = program = None
        del ops.BY_CODE[before:]


def test_a_removed_operation_stays_what_it_was_for_those_who_hold_it():
    f = autograd.op("changing", lambda x: 2 * x, lambda x, y: 2)
    x = Value(5.0)
    y, program = f(x), autograd.record(lambda a: f(a) * a, 1.0)
    registry.remove("changing")
    autograd.op("changing", lambda x: 3 * x, lambda x, y: 3)
    try:
        assert (f(x).data, f(x).partials, y.partials) == (10.0, (2.0,), (2.0,))
        assert program.value_and_grad(5.0) == (50.0, 20.0)
        assert x.changing().data == 15.0
    finally:
        registry.remove("changing")


def test_an_operation_whose_name_has_become_another_one_s_is_not_written_down():
    """In a file and in a worker process the name is all that tells operations apart."""
    f = autograd.op("replaced", lambda x: 2 * x, lambda x, y: 2)
    y, program = f(Value(5.0)) + 1.0, autograd.record(lambda a: f(a) * a, 1.0)
    written = pickle.dumps((y, program))
    registry.remove("replaced")
    assert pickle.dumps((y, program)) == written  # the same one may be registered where it is read
    g = autograd.op("replaced", lambda x: 3 * x, lambda x, y: 3)
    try:
        for old in (y, program, y * g(Value(1.0)), [program]):
            with pytest.raises(ValueError, match=r"^replaced: the operation that was used here has been removed, .* anew"):
                pickle.dumps(old)
        assert copy.deepcopy(y).parents[0].partials == (2.0,)
        assert pickle.loads(pickle.dumps(g(Value(5.0)))).data == 15.0
    finally:
        registry.remove("replaced")


def test_two_operands_constants_and_kinks():
    f = autograd.op(
        "huber", lambda x, d: 0.5 * x * x if abs(x) <= d else d * (abs(x) - d / 2),
        lambda x, d, y: where(x > d, d, where(x < -d, -d, x)), None, defaults=(1.0,),
    )  # fmt: skip
    try:
        x = Value(3.0)
        assert (f(x).data, f(x).partials) == (2.5, (1.0,))
        assert gradients(f(x, 10.0), [x]) == [3.0]
        with pytest.raises(TypeError, match="d must be a plain number"):
            f(x, Value(1.0))
    finally:
        registry.remove("huber")


@pytest.mark.parametrize("name", ["sin", "data", "_hidden", "not a name", "lambda", "backward"])
def test_names_that_are_refused(name):
    with pytest.raises(ValueError, match="name"):
        autograd.op(name, lambda x: x, lambda x, y: 1)


def test_rules_that_are_refused():
    with pytest.raises(TypeError, match="partial"):
        autograd.op("nothing", lambda x: x)
    with pytest.raises(TypeError, match="result y"):
        autograd.op("short", lambda x: x, lambda x: 1)
    assert "short" not in autograd.ops.TABLE


def test_names_of_operands_do_not_matter_or_are_refused():
    def rule(t0, y):
        e = exp(t0)
        return e * e + 2 * t0

    f = autograd.op("named_t0", lambda t0: 0.5 * math.exp(t0) ** 2 + t0**2, rule)
    g = autograd.op("named_d0", lambda d0: d0 * d0, lambda d0, y: 2 * d0)
    try:
        assert f(Value(0.5)).partials == (pytest.approx(math.exp(1.0) + 1.0),)
        assert g(Value(3.0)).partials == (6.0,)
        with pytest.raises(ValueError, match="not y"):
            autograd.op("named_y", lambda y: y * y, lambda y, r: 2 * y)
    finally:
        registry.remove("named_t0")
        registry.remove("named_d0")


def test_operands_given_by_name_find_their_place():
    f = autograd.op(
        "line", lambda x, a, b: x * a + b, lambda x, a, b, y: a, lambda x, a, b, y: x, lambda x, a, b, y: 1, defaults=(1.0, 2.0)
    )
    try:
        assert [f(3.0), f(3.0, 5.0), f(3.0, b=10.0), f(3.0, a=2.0), f(b=1.0, x=2.0)] == [5.0, 17.0, 13.0, 8.0, 3.0]
        for wrong in (lambda: f(3.0, x=1.0), lambda: f(a=1.0), lambda: f(1.0, 2.0, 3.0, 4.0)):
            with pytest.raises(TypeError, match=r"line\(x, a, b\)"):
                wrong()
    finally:
        registry.remove("line")


def test_public_names_and_functions_that_cannot_be_read_are_refused():
    with pytest.raises(ValueError, match="taken"):
        autograd.op("softmax", lambda x: x, lambda x, y: 1)
    with pytest.raises(TypeError, match=r"six: the value is a function of the operands, such as .*, not 6"):
        autograd.op("six", 6, lambda x, y: 0)
    with pytest.raises(ValueError, match="an operation's name is an identifier without leading underscore, not 6"):
        autograd.op(6, lambda x: x, lambda x, y: 1)
    with pytest.raises(TypeError, match="a partial is a lambda"):
        autograd.op("mine", math.sin, math.cos)


def test_operands_may_bear_the_names_of_operations():
    """A rule is printed as a function: its arguments must not hide what it calls."""
    f = autograd.op("grown", math.exp, lambda exp, y: autograd.exp(exp))
    g = autograd.op("sloped", lambda where, choice: where * choice,
                    lambda where, choice, y: autograd.where(where > 1, choice, 0), lambda where, choice, y: where)  # fmt: skip
    h = autograd.op("endless", abs, lambda float, y: float * math.inf)  # noqa: A006
    try:
        assert autograd.grad(autograd.grad(f))(1.0) == math.e
        assert autograd.record(autograd.grad(g), 3.0, 4.0)(5.0, 6.0) == (6.0, 5.0)
        assert h(Value(1.0)).partials == (math.inf,)
    finally:
        for name in ("grown", "sloped", "endless"):
            registry.remove(name)


def test_a_rule_may_be_a_long_loop_of_arithmetic():
    """Its formula is shared parts upon shared parts: as a tree 2 ** 300."""

    def logistic(x):
        for _ in range(300):
            x = 3.7 * x * (1 - x)
        return x

    def polynomial(x, y):
        total = 0.0
        for k in range(600):
            total = total * x + k
        return total

    f = autograd.op("logistic300", logistic, lambda x, y: logistic(x))
    g = autograd.op("polynomial600", lambda x: polynomial(x, None), polynomial)
    try:
        assert (f(Value(0.3)).data, f(Value(0.3)).partials) == (logistic(0.3), (logistic(0.3),))
        assert autograd.record(f, 0.3).value_and_grad(0.3) == (logistic(0.3), logistic(0.3))
        assert (g(Value(0.5)).data, g(Value(0.5)).partials) == (polynomial(0.5, None), (polynomial(0.5, None),))
        x = Value(0.5)
        slope = gradients(polynomial(x, None), [x])[0]
        assert autograd.grad(autograd.grad(g))(0.5) == slope
        assert autograd.record(g, 0.5).hessian(0.5) == pytest.approx(slope, rel=1e-14)
    finally:
        registry.remove("logistic300")
        registry.remove("polynomial600")


def test_functions_that_take_nothing_but_floats_are_called_as_they_are():
    table = {1.0: 2.0}

    def checked(x):
        assert isinstance(x, float), "floats only"
        return 2 * x

    def deep(x):
        return deep(x) if x.exp is not None else 0.0

    f = autograd.op("looked_up", lambda x: table[x], lambda x, y: table[x] / 4)
    g = autograd.op("asserted", checked, lambda x, y: checked(x) / x)
    h = autograd.op("defaulted", lambda x: table.get(x, 5.0), lambda x, y: table.get(x, 5.0))
    k = autograd.op("lost", lambda x: x, lambda x, y: 1.0 if isinstance(x, float) else deep(x))
    try:
        assert (f(Value(1.0)).data, f(Value(1.0)).partials) == (2.0, (0.5,))
        assert (g(Value(3.0)).data, g(Value(3.0)).partials) == (6.0, (2.0,))
        assert (h(Value(1.0)).data, h(Value(1.0)).partials) == (2.0, (2.0,))
        assert (h(Value(7.0)).data, h(Value(7.0)).partials) == (5.0, (5.0,))
        assert k(Value(1.0)).partials == (1.0,)
        with pytest.raises(KeyError):
            f(Value(7.0))
        with pytest.raises(TypeError, match=r"asserted: its partial by x cannot be differentiated again"):
            autograd.record(autograd.grad(g), 1.0)
    finally:
        for name in ("looked_up", "asserted", "defaulted", "lost"):
            registry.remove(name)


@pytest.mark.parametrize("wrong", [None, "1.5", b"1", (1.0,), [1.0], object(), Value(2.0)], ids=lambda x: type(x).__name__)
def test_what_is_no_number_is_named(wrong):
    f = autograd.op("odd_value", lambda a, b: wrong, lambda a, b, y: b, lambda a, b, y: a)
    g = autograd.op("odd_partial", lambda a, b: a, lambda a, b, y: 1, lambda a, b, y: wrong)
    try:
        with pytest.raises(TypeError, match=rf"odd_value: .*{type(wrong).__name__}"):
            f(Value(2.0), 3.0)
        with pytest.raises(TypeError, match=rf"odd_partial: its partial by b at 2.0, 3.0 is an? {type(wrong).__name__}"):
            g(Value(2.0), Value(3.0))
        with pytest.raises(TypeError, match="odd_partial: its partial by b"):
            autograd.record(lambda x: g(x, x), 1.0)
        assert g(Value(2.0), 3.0).partials == (1.0,)
    finally:
        registry.remove("odd_value")
        registry.remove("odd_partial")


def test_a_partial_beyond_the_real_numbers_is_no_error():
    """As in a formula: only a value raises."""
    f = autograd.op("half_power", abs, lambda x, y: float(x) ** 0.5)
    g = autograd.op("huge_partial", abs, lambda x, y: 10 ** int(400 * x))
    try:
        assert math.isnan(f(Value(-1.0)).partials[0])
        assert g(Value(1.0)).partials == (math.inf,)
    finally:
        registry.remove("half_power")
        registry.remove("huge_partial")


def test_a_function_in_c_that_raises_inside_a_mode():
    """No line of Python has a part in it, and so there is no traceback yet."""
    ln = autograd.op("ln", math.log, lambda x, y: 1 / x)
    try:
        with pytest.raises(ValueError, match=r"ln\(-1.0\)"), autograd.no_grad():
            ln(Value(-1.0))
        with autograd.no_grad(), pytest.raises(ValueError, match=r"ln\(-1.0\)"):
            ln(Value(-1.0))
        assert ln(Value(1.0)).op == "ln"
    finally:
        registry.remove("ln")


def test_its_functions_run_as_if_nothing_stood_around_them():
    """They take plain numbers, and so are no part of what is recorded, or not recorded, around them."""

    def value(a):
        with autograd.no_grad():
            return (Value(a) * 2).data

    def slope(a, y):
        x = Value(float(a))
        z = autograd.record(lambda t: t * t, 0.0)(x.data) + x * 2
        z.backward()
        return x.grad

    def strict(a):
        return autograd.log(Value(a)).data

    twice = autograd.op("twice", value, slope)
    logarithm = autograd.op("strict", strict, lambda a, y: 1 / a)
    try:
        assert twice(Value(3.0)).partials == (2.0,)
        program = autograd.record(lambda a: twice(a) * 3, 1.0)
        assert (program(3.0), program.value_and_grad(4.0)) == (18.0, (24.0, 6.0))
        assert list(program.batch([1.0, 2.0])) == [6.0, 12.0]
        seen = []
        leaky = autograd.op("leaky", abs, lambda a, y: seen.append(slope(a, y)) or 1.0)  # type: ignore[redundant-expr]
        with autograd.no_grad():
            assert twice(Value(3.0)).parents == ()
        autograd.record(leaky, 3.0)(3.0)
        assert set(seen) == {2.0}
        recorded = autograd.record(lambda a: where(a > 0, logarithm(a), 0.0), -1.0)
        assert (recorded(-1.0), recorded(1.0)) == (0.0, 0.0)
        failing = autograd.op("failing", lambda a: {}[a], lambda a, y: 1.0)
        with pytest.raises(KeyError), autograd.no_grad():
            failing(Value(1.0))
        assert (Value(1.0) * 2).parents
    finally:
        for name in ("twice", "strict", "leaky", "failing"):
            registry.remove(name)


def test_what_the_engine_keeps_to_itself_takes_no_likely_name():
    """The terms of recorded gradients have names of their own, which nobody sees."""
    for name in ("times", "gated", "term", "passed", "scaled"):
        twice = autograd.op(name, lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a)
        try:
            program = autograd.record(autograd.grad(lambda x: twice(x, x) * x), 1.0)  # noqa: B023
            assert program(2.0) == 12.0
        finally:
            registry.remove(name)
