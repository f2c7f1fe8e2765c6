"""Programs in Python without the engine: they give its own numbers, to the bit."""

from __future__ import annotations

import builtins
import keyword
import math
import random
import struct
import subprocess
import sys
from array import array

import pytest
from graphs import of_many
from hypothesis import assume, given, settings

import autograd
from autograd import gamma, logsumexp, minimum, prod, record, relu, sqrt, tanh, where
from autograd.ops import TABLE
from autograd.programs.python import to_python
from autograd.strategies import graphs

ENTRIES = [entry for entry in TABLE.values() if not entry.many and entry.name not in {"where", "detach", "polygamma"}]
STRANGE = (0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 1e-320, 1e308, -1e308, math.inf, -math.inf, math.nan)


def ran(program):
    """The functions of a program's text, which may be given, with nothing of the engine at hand."""
    module = {"__builtins__": __builtins__}
    exec(compile(program if isinstance(program, str) else to_python(program, "f"), "<printed>", "exec"), module)  # noqa: S102
    return module


def bits(numbers):
    return [struct.pack("d", x) if x == x else b"nan" for x in numbers]


def with_ieee(program, xs):
    """Value and gradient where nothing raises, as the engine has them on rows of one number each."""
    values, gradient, _ = program.replay.point(xs, [1.0])
    return [*values, *gradient]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_operation_has_the_bits_of_the_engine(entry):
    draw = random.Random(entry.code)
    start = [1.5 if entry.name == "acosh" else 0.5] * entry.arity
    program = record(lambda *xs: autograd.value.apply(entry, list(xs)) * 1.5 + xs[0], *start)
    both = ran(program)["f_and_gradient"]
    points = [[draw.uniform(-1, 1) * 10.0 ** draw.uniform(-3, 2) for _ in entry.operands] for _ in range(100)]
    points += [[draw.choice(STRANGE) for _ in entry.operands] for _ in range(40)] + [[x] * entry.arity for x in STRANGE]
    for xs in points:
        value, gradient = both(xs)
        assert type(value) is float
        assert bits([value, *gradient]) == bits(with_ieee(program, array("d", xs))), xs


def test_operations_of_many_numbers_and_choices_too():
    draw = random.Random(8)
    program = record(of_many, [0.5] * 7)
    module = ran(program)
    for size in (1.0, 1e90):
        for _ in range(100):
            xs = [draw.uniform(-2, 2) * size for _ in range(7)]
            value, gradient = module["f_and_gradient"](xs)
            assert bits([value, *gradient]) == bits(with_ieee(program, array("d", xs)))
            assert bits([module["f"](xs)]) == bits([value])


@given(graphs([name for name in TABLE if name not in {"where", "detach"}], size=10))
@settings(max_examples=80)
def test_random_programs_have_the_bits_of_the_engine(formula):
    try:
        y = formula(*formula.leaves())
        program = record(formula, *formula.point)
    except (ValueError, OverflowError, ZeroDivisionError):
        assume(False)
    assume(hasattr(y, "parents"))
    value, gradient = ran(program)["f_and_gradient"](formula.point)
    assert bits([value, *gradient]) == bits(with_ieee(program, array("d", formula.point)))


def test_a_jacobian_has_a_row_for_each_output():
    program = record(lambda x, w: {"a": tanh(x[0] * w), "b": [x[1] * x[1] * w, 3.0]}, [0.5, 0.25], 2.0)
    values, jacobian = ran(program)["f_and_jacobian"]([0.3, -1.5, 0.7])
    found, slopes = program([0.3, -1.5], 0.7), program.jacobian([0.3, -1.5], 0.7)
    assert values == [found["a"], *found["b"]] == ran(program)["f"]([0.3, -1.5, 0.7])
    assert jacobian == [[*by_x, by_w] for by_x, by_w in [slopes["a"], *slopes["b"]]]
    with pytest.raises(ValueError, match="unpack"):
        ran(program)["f"]([0.3, -1.5])


def test_0_times_infinity_passes_nothing_on():
    chosen = ran(record(lambda x: where(x > 0, sqrt(x), x * 2), 1.0))["f_and_gradient"]
    assert chosen([0.0]) == (0.0, [2.0])  # the root has an infinite slope there, and was not taken
    assert chosen([4.0]) == (2.0, [0.25])
    closed = ran(record(lambda x: sqrt(relu(x)) + x, 1.0))["f_and_gradient"]
    assert closed([-1.0]) == (-1.0, [1.0])  # an infinite gradient comes to a closed edge
    assert ran(record(lambda x: sqrt(x * x), 1.0))["f_and_gradient"]([0.0])[1] != [0.0]


def test_closed_forms_of_printed_functions():
    module = ran(record(lambda x, y: x * y + autograd.gamma(x) / y, 1.0, 1.0))
    value, (by_x, by_y) = module["f_and_gradient"]([3.0, 4.0])
    assert value == 12.5  # 3 * 4 + 2 / 4
    assert by_x == pytest.approx(4 + 2 * (1.5 - 0.5772156649015329) / 4, rel=1e-15)
    assert by_y == 3 - 2 / 16


def test_a_printed_module_runs_where_there_is_no_engine(tmp_path):
    (tmp_path / "printed.py").write_text(to_python(record(of_many, [0.5] * 7), "of_many"), encoding="utf-8")
    xs = [0.5, 0.25, 2.0, 1.0, -1.0, 3.0, 0.125]
    begin = f"import sys; sys.path = [{str(tmp_path)!r}, *sys.path]; import printed"
    script = f"{begin}; print(printed.of_many({xs}), 'autograd' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [repr(record(of_many, [0.5] * 7)(xs)), "False"]


def test_what_is_simple_stands_in_place():
    text = to_python(record(lambda x, w: x - w * x, 1.0, 1.0), "line")
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith("g")] == [
        "g0 = g1 = g2 = 0.0", "g3 = 1.0", "g0 += g3", "g2 -= g3", "g1 += g2 * x0", "g0 += g2 * x1",
    ]  # fmt: skip
    assert "import math" not in text


def test_users_operations_come_along_and_what_is_no_formula_is_refused():
    autograd.op("cube_of", lambda x: x * x * x, lambda x, y: 3 * x * x)
    autograd.op("own_tan", math.tan, lambda x, y: 1 + y * y)
    autograd.op("sloped", lambda x: x * x, lambda x, y: float(2 * x))
    try:
        assert ran(record(lambda x: autograd.FUNCTIONS["cube_of"](x) + 1, 2.0))["f_and_gradient"]([1.5]) == (4.375, [6.75])
        with pytest.raises(TypeError, match=r"own_tan: its value is no formula, and cannot be printed: write it with autograd's"):
            to_python(record(autograd.FUNCTIONS["own_tan"], 2.0), "f")
        with pytest.raises(TypeError, match=r"sloped: its partial by x is no formula, and cannot be printed"):
            to_python(record(autograd.FUNCTIONS["sloped"], 2.0), "f")
    finally:
        for name in ("cube_of", "own_tan", "sloped"):
            autograd.registry.remove(name)


def test_a_name_that_is_none_is_told():
    for name in ("2f", "a b", "lambda", "math", "ieee_tanh", "abs", "\uff4dath", "__debug__"):
        with pytest.raises(ValueError, match=r"to_python: .* is no name for a function in Python, or has a meaning there: give"):
            to_python(record(tanh, 2.0), name)
    assert "def tanh_and_gradient(x):" in to_python(record(tanh, 2.0))


def test_whatever_it_is_called_a_function_computes_the_same(monkeypatch):
    """What it calls itself keeps its meaning: called `all`, a derivative of `prod` was nan."""
    monkeypatch.setattr(builtins, "_", 3.0, raising=False)  # as a session leaves it there
    program = record(lambda x: prod(x) * gamma(x[0]) + logsumexp(x) + minimum(x[0], math.inf), [1.5, 2.5, 3.5])
    called = ran(program)
    wanted = called["f"]([1.5, 2.5, 3.5]), called["f_and_gradient"]([1.5, 2.5, 3.5])
    free = ["_", "match", "gr\u00f6\u00dfe", "v2", "g0", "d1", "row0", "f_and_gradient"]
    for name in [*dir(builtins), *keyword.kwlist, *called, *free]:
        try:
            text = to_python(program, name)
        except ValueError:
            assert name not in free
            continue
        module = ran(text)
        assert (module[name]([1.5, 2.5, 3.5]), module[f"{name}_and_gradient"]([1.5, 2.5, 3.5])) == wanted


def test_labels_may_hold_quotes():
    program = record(lambda x: x["'''\\\n"] * 2, {"'''\\\n": 1.0})
    assert ran(program)["f"]([2.0]) == 4.0
