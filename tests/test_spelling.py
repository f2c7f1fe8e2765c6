"""How formulas are spelt: signs, quotients, powers, roots, and where no sign stands between factors."""

from __future__ import annotations

from fractions import Fraction

import pytest

from autograd.algebra import Symbolic, case, formula, invoked, letters
from autograd.spelling import LONGEST, Alphabet, in_text

x, y, t, price, count = letters("x", "y", "t", "price", "count")
x1 = letters("x₁")[0]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (2 * t, "2t"),
        (formula(2.2) * x, "2.2x"),
        (2 * (x + y), "2(x + y)"),
        (x * y * x1, "xyx₁"),
        (2 * price * count, "2·price·count"),
        (x * price, "x·price"),
        (2 * x * invoked("sin", x), "2x sin(x)"),
        (invoked("sin", x) * invoked("cos", x), "sin(x) cos(x)"),
        (invoked("sin", x) * (x + 1), "sin(x)·(x + 1)"),
        ((x + 1) * (y - 1), "(x + 1)(y − 1)"),
        (invoked("sin", x) ** 2, "sin(x)²"),
        (x**12, "x¹²"),
        ((x + y) ** 2, "(x + y)²"),
        (x**y, "x^y"),
        (x ** (y + 1), "x^(y + 1)"),
        ((x**y) ** t, "(x^y)^t"),
        (2**-x, "2^(−x)"),
        (x**1.5, "x^1.5"),
        (y ** (2 * y), "y^(2y)"),
        (2 ** (x * y), "2^(xy)"),
        (x**1.5 * y, "x^1.5·y"),
        (y * x**1.5 / t, "yx^1.5/t"),
        (2**x * t * invoked("log", x), "2^x·t log(x)"),
        (x**y * invoked("log", x), "x^y log(x)"),
        (x ** (y - 1) * t, "x^(y − 1)t"),
        (x**x1 * price, "x^x₁·price"),
        (x**0.5, "√x"),
        ((x + 1) ** 0.5, "√(x + 1)"),
        (2 * x**0.5, "2√x"),
        (1 / x**0.5, "1/√x"),
        (1 / x, "1/x"),
        (1 / x**2, "1/x²"),
        (-2 / x**3, "−2/x³"),
        (x / (y * t), "x/(yt)"),
        (x / (y + t), "x/(y + t)"),
        ((x + y) / t, "(x + y)/t"),
        (x / 3, "x/3"),
        (2 * x / 3, "2x/3"),
        (0.5 * x, "0.5x"),
        (-x, "−x"),
        (-(x + y), "−(x + y)"),
        (x - y, "x − y"),
        (-x + y, "y − x"),
        (-x - y, "−x − y"),
        (x - (y + t), "x − (y + t)"),
        (x - 2 * (y + t), "x − 2(y + t)"),
        (1 - x, "1 − x"),
        (-x * -y, "xy"),
        (x * formula(-1.5), "−1.5x"),
        (x + formula(-1.5), "x − 1.5"),
        (abs(x), "|x|"),
        (2 * abs(x), "2|x|"),
        (case(x > 0, formula(1), formula(0)), "1 if x > 0 else 0"),
        (y * case(x >= 0, formula(1), formula(0)), "y(1 if x ≥ 0 else 0)"),
        (case(x > 0, formula(1), case(x < 0, formula(-1), formula(0))), "1 if x > 0, −1 if x < 0, else 0"),
        (formula(1e-7), "1e−7"),
        (formula(123456.0), "123456"),
        (formula(0.123456), "0.1235"),
        (formula(1) / 3, "1/3"),
        (formula(float("-inf")), "−∞"),
        (formula(float("nan")), "nan"),
        (2 * letters("total price")[0], "2·(total price)"),
        (2 * letters("100")[0], "2·(100)"),
        (letters("∂#1/∂w[0]")[0] * letters("#1")[0], "∂#1/∂w[0]·#1"),
        (letters("∂L/∂z")[0] * y, "∂L/∂z·y"),
        (letters("リンゴの値段")[0] * 2, "2·リンゴの値段"),
    ],
)
def test_a_formula_is_spelt_as_a_person_writes_it(told: Symbolic, text: str) -> None:
    assert str(told) == text


def test_what_is_very_long_is_left_out_and_costs_no_time():
    f = x
    for k in range(200):
        f = invoked("sin", f) * f + k
    assert "…" in str(f)
    assert len(str(f)) < 3 * LONGEST


def test_another_alphabet_overrides_what_looks_different():
    class Latex(Alphabet):
        minus, times = "-", r" \cdot "
        signs = {**Alphabet.signs, "le": r"\le"}

        def quotient(self, above: str, below: str) -> str:
            return rf"\frac{{{above}}}{{{below}}}"

        def root(self, text: str) -> str:
            return rf"\sqrt{{{text}}}"

        def raised(self, base: str, exponent: str, **_: bool) -> str:
            return f"{base}^{{{exponent}}}"

        def applied(self, name: str, operands: object) -> str:
            return rf"\{name}({', '.join(operands)})"  # type: ignore[arg-type]

    assert in_text(x**2 / (y + 1) ** 0.5, Latex()) == r"\frac{x^{2}}{\sqrt{y + 1}}"
    assert in_text(2 * invoked("sin", x), Latex()) == r"2 \sin(x)"
    assert in_text(Symbolic("number", number=Fraction(-2, 3)), Latex()) == "-2/3"
    assert in_text(1 - price * count, Latex()) == r"1 - price \cdot count"
    assert in_text(case(x <= 0, y, -y), Latex()) == r"y if x \le 0 else -y"
