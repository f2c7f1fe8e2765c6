"""The strategies: where points lie, what expressions are made of, how failures shrink and print."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, op
from autograd.functions import FUNCTIONS
from autograd.ops import TABLE
from autograd.registry import remove
from autograd.strategies import SCOPE, UNLIKE, Formula, applied, expressions, graphs, points, values
from autograd.value import members

NAMES = [name for name in TABLE if name not in UNLIKE]
SEARCH = settings(max_examples=3000, database=None, phases=[Phase.generate])
SHRINK = settings(max_examples=3000, database=None)
TESTING = Path(__file__).resolve().parent.parent / "docs" / "testing.md"


@pytest.fixture
def cube():
    """An operation of a user's."""
    yield op("cube", lambda x: x**3, lambda x, y: 3 * x * x)
    remove("cube")


@pytest.mark.parametrize("name", NAMES)
def test_points_lie_inside_and_away_from_kinks(name):
    entry = TABLE[name]

    @settings(max_examples=20)
    @given(points(name))
    def inside(x):
        assert len(x) == len(entry.operands) or entry.many
        y = applied(name, [Value(each) if entry.many or rule else each for each, rule in zip(x, entry.partials * len(x))])
        assert all(map(math.isfinite, (y.data, *y.partials)))
        if not entry.many:
            assert all(each in domain for each, domain in zip(x, entry.domain, strict=True))
            assert all(formula(*x) != 0 for formula, _ in entry.kinks)

    inside()


@pytest.mark.parametrize("name", [name for name in NAMES if TABLE[name].kinks])
def test_points_lie_on_kinks_if_asked(name):
    entry = TABLE[name]
    x = find(points(name, kinks=True), lambda x: any(formula(*x) == 0 for formula, _ in entry.kinks), settings=SEARCH)
    assert all(each in domain for each, domain in zip(x, entry.domain, strict=True))


@pytest.mark.parametrize("wanted", [lambda x: x[0] < 0, lambda x: x[0] > 1e6, lambda x: abs(x[0]) < 1e-4])
def test_points_cover_sizes_and_signs(wanted):
    assert wanted(find(points("sin"), wanted, settings=SEARCH))


@pytest.mark.parametrize("strategy", [expressions, graphs])
@pytest.mark.parametrize("name", NAMES)
def test_every_operation_occurs(strategy, name):
    f = find(strategy([name, "sin", "exp"]), lambda f: name in f.names, settings=SEARCH)
    assert name in {v.op for v in members(f(*f.leaves()))} | {"where"}


@settings(max_examples=60)
@given(st.one_of(expressions(), graphs()))
def test_an_expression_is_python_source(f):
    pasted = eval(repr(f), {**SCOPE, **FUNCTIONS})  # noqa: S307
    number = f(*f.point)
    assert math.isfinite(number)
    assert pasted(*f.point) == number == eval(str(f), {**SCOPE, **FUNCTIONS, **dict(zip(["x0", "x1", "x2"], f.point))})  # noqa: S307
    y = f(*f.leaves())
    assert (y.data if type(y) is Value else y) == number


@settings(max_examples=60)
@given(expressions())
def test_expressions_are_trees(f):
    y = f(*f.leaves())
    parents = [id(x) for v in members(y) for x in v.parents if x.op]
    assert ":=" not in str(f)
    assert len(parents) == len(set(parents))


def test_graphs_use_parts_again():
    f = find(graphs(["sin", "mul"]), lambda f: ":=" in str(f), settings=SEARCH)
    y = f(*f.leaves())
    parents = [id(x) for v in members(y) for x in v.parents if x.op]
    assert len(parents) > len(set(parents))


def test_shrinking_ends_in_a_small_expression():
    for strategy in (expressions(), graphs()):
        f = find(strategy, lambda f: "tanh" in f.names, settings=SHRINK)
        assert re.fullmatch(r"lambda x0(, x\d)*: tanh\(x\d\)", repr(f)), f
        assert 0.5 in f.point


def test_a_failing_property_prints_python(capsys):
    @settings(database=None, max_examples=500)
    @given(expressions(["sin", "mul"], inputs=1))
    def without_products(f):
        assert "mul" not in f.names

    with pytest.raises(AssertionError) as error:
        without_products()
    assert "lambda x0: " in "".join(error.value.__notes__)


def test_an_operation_of_a_users_has_its_place(cube):
    find(points(cube), lambda x: x[0] != 0, settings=SEARCH)
    f = find(expressions(), lambda f: "cube" in f.names, settings=SEARCH)
    assert "cube(" in str(f)
    assert f(*f.leaves()).data == f(*f.point)


@given(values(), values(0.0, 1.0))
def test_values_are_finite_leaves(x, y):
    assert not x.op
    assert math.isfinite(x.data)
    assert 0 <= y <= 1


def test_an_unknown_operation_is_told():
    for strategy in (points("sine"), expressions(["sine"]), graphs([math.sin, "sine"])):
        with pytest.raises(ValueError, match="'sine' is no operation of the table"):
            find(strategy, lambda _: True)


def test_a_formula_by_hand():
    f = Formula("sin(x0) * x1", (0.5, 2.0), ("mul", "sin"))
    assert f(Value(0.0), 2.0).partials == (2.0,)
    assert [leaf.label for leaf in f.leaves()] == ["x0", "x1"]


@pytest.mark.filterwarnings("ignore:check_gradients")  # where nothing can be compared: 8 of 50,000
def test_the_documentation_runs():
    blocks = re.findall(r"```python\n(.*?)```", TESTING.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    try:
        for block in blocks:
            exec(compile(block, str(TESTING), "exec"), names)  # noqa: S102
        tests = [test for name, test in names.items() if name.startswith("test_")]
        assert len(tests) == 2
        for test in tests:
            test()  # type: ignore[operator]
    finally:
        remove("wavelet")
        remove("solution")


def said_by(program):
    """What a program prints in a process of its own, which has imported nothing."""
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("first", ["import hypothesis, autograd", "import autograd, hypothesis"])
def test_hypothesis_finds_the_strategies_by_itself(first):
    program = f"{first}\nfrom hypothesis import find, strategies as st\nprint(find(st.from_type(autograd.Value), bool).data > 0)"
    assert said_by(program) == ["True"]


def test_neither_import_needs_the_other():
    assert (
        said_by("import autograd, sys; print('hypothesis' in sys.modules, 'autograd.strategies' in sys.modules)") == ["False"] * 2
    )
    assert said_by("import hypothesis, sys; print('autograd' in sys.modules)") == ["False"]


def test_another_package_of_the_name_breaks_nothing(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import autograd, hypothesis; print(hypothesis.given.__name__)"
    assert said_by(program) == ["given"]


def test_points_keep_their_distance_from_an_open_end_at_zero():
    logit = autograd.op("logit", lambda p: math.log(p / (1 - p)), lambda p, y: 1 / (p * (1 - p)), domain="(0, 1)")
    try:

        @settings(max_examples=300)
        @given(points("logit"))
        def holds(operands):
            autograd.check_gradients(logit, *operands)

        holds()
    finally:
        remove("logit")


def test_without_hypothesis_it_is_named(tmp_path):
    program = """
import sys
sys.modules["hypothesis"] = None
try:
    from autograd import strategies
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "autograd.strategies needs the package hypothesis: pip install hypothesis\n"


@given(st.from_type(Value), st.from_type(list[Value]))
def test_values_are_found_by_their_type(x, xs):
    for v in (x, *xs):
        assert type(v) is Value
        assert v.op == ""
        assert math.isfinite(v.data)
