"""Formulas in MathML: of every operation, and whatever names there are."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import oracle
import pytest

from autograd import Value, where
from autograd.numbers import equations
from autograd.operation import TABLE
from viz.mathml import in_mathml, mathml

ENTRIES = [entry for entry in TABLE.values() if not entry.many and entry.name not in {"where", "detach", "take", "polygamma"}]
ELEMENTS = {"math", "mtable", "mtr", "mtd", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msqrt", "mspace"}


def parsed(text: str) -> ET.Element:
    """Well-formed, of elements of mathematics alone, and with text in those that hold some."""
    root = ET.fromstring(text)  # noqa: S314  (our own)
    for element in root.iter():
        assert element.tag in ELEMENTS
        assert bool(element.text) == (element.tag in {"mi", "mn", "mo", "mtext"})
        assert not element.tail
        assert not re.search(r"[\\{}]", (element.text or "").removeprefix("{"))
    return root


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_each_operation_and_its_derivatives(entry) -> None:
    point = next(x for x in oracle.points(entry) if oracle.apply(entry, x) is not None)
    xs = [Value(x, label=f"x[{i}]") for i, x in enumerate(point)]
    try:
        found = equations(oracle.spelled(entry)(*xs))
    except TypeError:
        found = equations(oracle.spelled(entry)(*xs), gradient=False)
    root = parsed(mathml(found))
    assert len(root.findall("mtable/mtr")) == len(found.lines)


def test_a_quotient_a_root_and_a_power() -> None:
    assert in_mathml(r"\frac{-x_{1}^{2}}{\sqrt{\theta}}") == (
        "<mfrac><mrow><mo>−</mo><msup><msub><mi>x</mi><mn>1</mn></msub><mn>2</mn></msup></mrow><msqrt><mi>θ</mi></msqrt></mfrac>"
    )
    assert in_mathml(r"1.5 \cdot 10^{-9} x") == (
        "<mrow><mn>1.5</mn><mo>·</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>9</mn></mrow></msup><mi>x</mi></mrow>"
    )


def test_cases_within_cases() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    program = where(x > 0, where(y > 1, x * y, x), y)
    parsed(mathml(equations(program)))
    inner = r"\begin{cases} 1 & \text{if } b \\ 2 & \text{else} \end{cases}"
    outer = in_mathml(rf"\begin{{cases}} {inner} & \text{{if }} c \\ 3 & \text{{else}} \end{{cases}}")
    root = parsed(outer)
    assert [len(table) for table in root.iter("mtable")] == [2, 2]
    assert "".join(root.itertext()) == "{{1if\xa0b2elseif\xa0c3else"


@pytest.mark.parametrize("name", ["a<b", "x & y", "値段", "sum_of_squares", "w[3][14]", "α", "<script>", "#3", "100%"])
def test_any_name(name: str) -> None:
    root = parsed(mathml(equations(Value(2.0, label=name) * 3.0)))
    told = "".join(root.find("mtable/mtr/mtd[3]").itertext())  # type: ignore[union-attr]
    assert told.removeprefix("3") == {"w[3][14]": "w3,14"}.get(name, name)


@pytest.mark.parametrize("latex", [r"\frac{1}", r"\left(x", r"\begin{cases} 1", "x^", r"\mathrm{x"])
def test_what_is_no_formula_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match="a formula"):
        in_mathml(latex)
