"""The chain rule path by path, against enumeration of all paths and against the engine."""

from __future__ import annotations

import contextlib
import io
import math
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd import gradients
from autograd.functions import FUNCTIONS, detach, dot
from autograd.recording import Recorder
from autograd.strategies import graphs
from autograd.value import Value, members, number_of
from viz.explanation import explain
from viz.graph.draft import STYLES
from viz.graph.layout import ENGINES, find
from viz.notebook import display
from viz.shapes import LayoutError
from viz.words import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWS = any(find(engine) for engine in ENGINES)
ROUNDING = 1e-14


def all_paths(y: Value, x: Value) -> Iterator[tuple[tuple[tuple[int, int], ...], float]]:
    """Every path with its product, by recursion."""
    if y is x:
        yield (), 1.0
    partials = iter(y.partials)
    for i, a in enumerate(y.operands):
        if type(a) is Value:
            d = next(partials)
            for wires, product in all_paths(a, x):
                yield (*wires, (id(y), i)), d * product if d else 0.0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def wires_of(path) -> tuple[tuple[int, int], ...]:
    return tuple((id(v), i) for v, i in path.wires)


def test_the_cube() -> None:
    x = Value(3.0, label="x")
    y = x * x * x
    y.label = "y"
    told = explain(y, x)
    assert (told.total, told.count, told.rest) == (27.0, 3, 0.0)
    assert [path.product for path in told.paths] == [9.0, 9.0, 9.0]
    assert sorted(path.factors for path in told.paths) == [(3.0, 3.0), (3.0, 3.0), (9.0,)]
    assert str(told).splitlines()[0] == "∂y/∂x = 27 = 9 + 9 + 9"
    assert repr(told) == str(told)


def test_signs_names_and_order() -> None:
    x, w = Value(3.0), Value(-2.0, label="w")
    h = x * w
    y = h * h + h * 5
    told = explain(y, w, names={"x": x, "h": h, "y": y})
    assert str(told) == (
        "∂y/∂w = −21 = −18 − 18 + 15\n\n"
        "−18  w ─3→ h ─ −6→ h × h (operand 1) ─1→ y\n"
        "−18  w ─3→ h ─ −6→ h × h (operand 2) ─1→ y\n"
        " 15  w ─3→ h ─5→ h × 5 ─1→ y"
    )


def test_from_an_inner_node() -> None:
    x = Value(2.0)
    h = x * 3
    y = h * h
    told = explain(y, h)
    assert (told.count, told.total) == (2, 12.0)
    assert [path.wires for path in told.paths] == [((y, 0),), ((y, 1),)]


def test_of_itself_and_of_what_it_does_not_depend_on() -> None:
    x, z = Value(2.0, label="x"), Value(1.0, label="z")
    same, none = explain(x, x), explain(x * 3, z)
    assert (same.total, same.count, len(same.paths), str(same)) == (1.0, 1, 1, "∂x/∂x = 1")
    assert (none.total, none.count, none.paths, none.wires) == (0.0, 0, (), [])
    assert str(none) == "∂(x × 3)/∂z = 0: no path leads from z to x × 3"
    older = x * 2
    assert explain(Value(1.0) * x, older).count == 0


@given(graphs(size=9), st.data())
def test_paths_are_those_of_enumeration(formula, data) -> None:
    leaves = formula.leaves()
    y = formula(*leaves)
    if type(y) is not Value:
        return
    x = data.draw(st.sampled_from(members(y)))
    paths = list(all_paths(y, x))
    most = data.draw(st.integers(1, 12))
    told = explain(y, x, most)
    assert told.count == len(paths)
    assert len(told.paths) == min(most, len(paths))
    known = dict(paths)
    largest = sorted(map(abs, known.values()), reverse=True)
    assert len({wires_of(path) for path in told.paths}) == len(told.paths)
    for path, size in zip(told.paths, largest):
        assert path.product == pytest.approx(known[wires_of(path)], rel=ROUNDING, abs=0)
        assert abs(path.product) == pytest.approx(size, rel=ROUNDING, abs=0)
        assert math.prod(path.factors) == pytest.approx(path.product, rel=ROUNDING, abs=0)


@given(graphs(size=9), st.data())
def test_products_add_up_to_what_backward_computes(formula, data) -> None:
    """Both round after each operation, in another order: up to 2**-53 of the sum of all magnitudes for each step and path."""
    leaves = formula.leaves()
    y = formula(*leaves)
    if type(y) is not Value:
        return
    x = data.draw(st.sampled_from(members(y)))
    told = explain(y, x, 10_000)
    assert len(told.paths) == told.count
    assert told.total == gradients(y, [x])[0]
    products = [path.product for path in told.paths]
    steps = len(products) + 2 * len(members(y))
    assert abs(math.fsum(products) - told.total) <= steps * 2**-53 * math.fsum(map(abs, products))
    few = explain(y, x, 1)
    if few.count:
        assert few.paths[0].product + few.rest == pytest.approx(told.total, rel=1e-9, abs=1e-11 * max(map(abs, products)))


def test_an_exponential_number_of_paths_is_counted_not_listed() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(200):
        y = y + y * 0.5
    told = explain(y, x, 4)
    assert told.count == 2**200
    assert [path.product for path in told.paths] == [1.0, 0.5, 0.5, 0.5]
    assert told.total == pytest.approx(1.5**200, rel=1e-13)
    last = str(told).splitlines()[-1]
    assert last == "... and about 10^60 more paths, together 1.653e35"


def test_the_largest_are_found_among_very_many() -> None:
    """Level k multiplies by 1 or by 1 - 4**-(k + 1): the products are known in their order."""
    x = Value(1.0)
    y, losses = x, []
    for k in range(12):
        losses.append(math.log1p(-(4.0 ** -(k + 1))))
        y = y + y * (1 - 4.0 ** -(k + 1))
    sums = sorted((sum(loss for k, loss in enumerate(losses) if subset >> k & 1) for subset in range(2**12)), reverse=True)
    found = [path.product for path in explain(y, x, 300).paths]
    assert found == pytest.approx([math.exp(loss) for loss in sums[:300]], rel=1e-13)


def test_products_neither_overflow_nor_vanish_on_the_way() -> None:
    x = Value(1.0)
    y = x * 1e200 * 1e200 * 1e-300 * 1e-250 + x * 1e-200 * 1e-200 * 1e300 * 1e80
    told = explain(y, x)
    assert [path.product for path in told.paths] == pytest.approx([1e-20, 1e-150], rel=1e-15)


def test_zeros_infinities_and_nan() -> None:
    x = Value(0.0, label="x")
    root = FUNCTIONS["sqrt"](x)  # its partial is infinite
    told = explain(root * 0.0 + x * 5 + root * 2, x)
    assert [path.product for path in told.paths] == [math.inf, 5.0, 0.0]
    assert told.total == math.inf
    assert math.isnan(explain(root * 0.0 + x * 5 + root * 2, x, 1).rest)
    assert str(explain(root * 2 + x * 5, x, 1)).splitlines() == [
        "∂((sqrt(x) × 2) + (x × 5))/∂x = inf = inf",
        "",
        "inf  x ─inf→ sqrt(x) ─2→ sqrt(x) × 2 ─1→ (sqrt(x) × 2) + (x × 5)",
        "... and 1 more path",
    ]
    behind = explain(FUNCTIONS["sqrt"](x * 0.0), x)  # 0 comes after the infinity
    assert math.isnan(behind.paths[0].product)
    assert math.isnan(behind.total)


def test_paths_through_what_is_switched_off_come_last_and_are_counted() -> None:
    x = Value(-1.0, label="x")
    y = x * 3
    for k in range(5):
        y = y + FUNCTIONS["relu"](x * (k + 1))
    lines = str(explain(y, x, 2)).splitlines()
    assert lines[0] == "∂(#2 + relu(x × 5))/∂x = 3 = 3 + 0 + 0"
    assert lines[-1] == "... and 4 more paths, each 0"


def test_no_path_leads_through_detach() -> None:
    x = Value(2.0)
    assert explain(detach(x) * x, x).count == 1
    with Recorder([x]):
        y = detach(x) * x
        assert number_of(y) == 4.0
    assert explain(y, x).count == 1


def test_operations_of_many_operands() -> None:
    x = Value(2.0, label="x")
    y = dot([x] * 3, [1.0, x, 3.0], x)
    told = explain(y, x)
    assert (told.count, told.total) == (5, 1 + 2 + 2 + 3 + 1)
    assert [path.product for path in told.paths] == [3.0, 2.0, 2.0, 1.0, 1.0]
    assert {i for path in told.paths for _, i in path.wires} == {0, 1, 2, 4, 6}


def test_a_long_chain_does_not_recurse() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(20_000):
        y = y * 1.0
    y = y + y
    told = explain(y, x)
    assert (told.count, told.total, len(told.paths[1].wires)) == (2, 2.0, 20_001)
    assert "... 19,993 more ..." in str(told)


def test_of_a_long_path_the_ends_are_written() -> None:
    y = x = Value(1.0, label="x")
    for k in range(12):
        y = y * (k + 1)
    y.label = "y"
    arrows = " ─1→ #3 ─2→ #4 ─3→ #5 ─4→ #6 ... 4 more ... ─9→ #7 ─10→ #2 ─11→ #8 ─12→ y"  # their formulas do not fit
    assert str(explain(y, x)).splitlines()[2:] == [f"4.790e8  x{arrows}"]


@pytest.mark.parametrize("width", [30, 60, 100])
def test_lines_fit_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(7):
        y = y * 1.25 + y
    monkeypatch.setenv("COLUMNS", str(width))
    told = explain(y, x, 3)
    whole = str(told).splitlines()
    with contextlib.redirect_stdout(Terminal()):
        lines = str(told).splitlines()
    assert len(lines) == len(whole)
    assert max(map(columns, lines)) <= width
    if width > 30:
        assert all(re.search(r"→ #\d+$", line) and " more ..." in line for line in lines[2:-1])


@pytest.mark.slow
def test_a_chain_of_a_million() -> None:
    y = x = Value(1.0)
    for _ in range(1_000_000):
        y = y * 1.5
    told = explain(y, x)
    assert (told.count, told.total, told.paths[0].product) == (1, math.inf, math.inf)


def test_wrong_arguments_are_told() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"explain: 2\.0 is a float, not a Value"):
        explain(x, 2.0)
    with pytest.raises(ValueError, match="most is the number of paths to list, at least 1, not 0"):
        explain(x * x, x, 0)


@pytest.mark.skipif(not DRAWS, reason="Graphviz is not installed")
@pytest.mark.parametrize("style", STYLES)
def test_the_paths_stand_out_in_the_picture(style: str) -> None:
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    y = x * w + w
    plain = viz.svg(y, style, theme="light")
    told = explain(y, x)
    shown = viz.svg(y, style, theme="light", highlight=told)
    assert 'class="lit"' not in plain
    more = {"textbook": 1, "record": 2}[style]  # the result's arrow; the arrow from each operation to its record
    assert shown.count('class="lit"') == len(told.wires) + more
    assert viz.svg(y, style, theme="light", highlight=[(y, 0)]).count('class="lit"') == 2


@pytest.mark.parametrize("wrong", [5, [5], [(1, 2)], [(Value(1.0), 0)], "x"])
def test_what_cannot_be_highlighted(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"highlight is what viz\.explain returned, or pairs of a Value"):
        viz.draw(Value(1.0) * 2, highlight=wrong)


def test_a_notebook_shows_the_picture_and_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(3.0, label="x")
    told = explain(x * x, x)
    bundle = told._repr_mimebundle_()
    assert bundle["text/plain"] == str(told)
    if DRAWS:
        assert 'class="lit"' in bundle["image/svg+xml"]
        assert bundle["text/html"] == bundle["image/svg+xml"] + f'<pre style="font-family:monospace">{told}</pre>'
        assert list(told._repr_mimebundle_(exclude=["image/svg+xml", "text/html"])) == ["text/plain"]

    def broken(*_: object, **__: object) -> None:
        message = "no engine"
        raise LayoutError(message)

    monkeypatch.setattr("viz.notebook.drawing", broken)
    with pytest.warns(UserWarning, match="no engine"):
        assert told._repr_mimebundle_() == {"text/plain": str(told)}
    monkeypatch.setattr("viz.notebook.members", None)
    assert display(x, highlight=told, text="a text") == {"text/plain": "a text"}
