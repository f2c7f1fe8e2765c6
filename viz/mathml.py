"""Formulas in MathML, which browsers show as mathematics without a script: made of the LaTeX that `autograd.numbers` writes."""

from __future__ import annotations

import re
from html import escape
from unicodedata import lookup

from autograd.numbers.written import GREEK, LATEX, symbol_in_latex
from autograd.spelling import in_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar

    from autograd.numbers.written import Equations

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
SIGNS = {
    "-": "−", r"\cdot": "·", r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\wedge": "∧", r"\vee": "∨", "+": "+", "=": "=",
    "<": "<", ">": ">", "(": "(", ")": ")", ",": ",", "/": "/", "|": "|", "∂": "∂",
}  # fmt: skip
LETTERS = {
    **{rf"\{word}": lookup(f"GREEK SMALL LETTER {'LAMDA' if word == 'lambda' else word.upper()}") for word in GREEK},
    r"\infty": "∞", r"\partial": "∂",
}  # fmt: skip
LEFT, RIGHT = ' style="text-align:left"', ' style="text-align:right"'


def mathml(equations: Equations) -> str:
    r"""Equations as a table, a line each. `ValueError` for a name that LaTeX would not take either.

    >>> from autograd import Value
    >>> from autograd.numbers import equations
    >>> print(mathml(equations(Value(2.0, label="x") ** 2, gradient=False)))  # doctest: +ELLIPSIS
    <math display="block"><mtable ...><msup><mi>x</mi><mn>2</mn></msup></mtd></mtr></mtable></math>
    """
    rows = ""
    for name, each in equations.lines:
        left, right = in_mathml(symbol_in_latex(name)), in_mathml(in_text(each, LATEX))
        rows += f"<mtr><mtd{RIGHT}>{left}</mtd><mtd><mo>=</mo></mtd><mtd{LEFT}>{right}</mtd></mtr>"
    return f'<math display="block"><mtable displaystyle="true">{rows}</mtable></math>'


def in_mathml(latex: str) -> str:
    r"""One formula.

    >>> in_mathml(r"\frac{-x_{1}}{\exp\left(y\right)}")[:60]
    '<mfrac><mrow><mo>−</mo><msub><mi>x</mi><mn>1</mn></msub></mr'
    """
    return _Reader(latex).formula("")


class _Reader:
    """Reads a formula, token by token; the next one is the last of the list."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = TOKEN.findall(latex)[::-1]

    def next(self) -> str:
        if not self.tokens:
            message = "a formula ends too early"
            raise ValueError(message)
        return self.tokens.pop()

    def formula(self, *ends: str) -> str:
        """All up to one of these, as one element."""
        parts: list[str] = []
        while self.tokens:
            word = self.next()
            if word in ends:
                return _row(parts)
            if word in "^_" and parts:
                kind = "msup" if word == "^" else "msub"
                parts[-1] = f"<{kind}>{parts[-1]}{self.argument()}</{kind}>"
            elif not word.isspace():
                parts.append(self.element(word))
        if "" not in ends:
            message = f"a formula lacks {ends[0]}"
            raise ValueError(message)
        return _row(parts)

    def argument(self) -> str:
        """What is in braces, or one token."""
        word = self.next()
        return self.formula("}") if word == "{" else self.element(word)

    def raw(self) -> str:
        """A text in braces, as it is."""
        text = ""
        self.next()
        while (word := self.next()) != "}":
            text += word.removeprefix("\\")
        return text

    def element(self, word: str) -> str:
        """What begins with a token."""
        if word in self.COMMANDS:
            return self.COMMANDS[word](self)
        if word in SIGNS:
            return _sign(word)
        name = LETTERS.get(word, word.removeprefix("\\"))
        return f"<mn>{word}</mn>" if word[0].isdigit() else f"<mi>{escape(name)}</mi>"

    def fenced(self) -> str:
        """What stands between parentheses that grow, or bars."""
        opening, inside = self.next(), self.formula(r"\right")
        return f"<mrow>{_sign(opening)}{inside}{_sign(self.next())}</mrow>"

    def cases(self) -> str:
        """Rows with a brace before them."""
        self.raw()
        rows, end = [""], ""
        while end != r"\end":
            cell, end = self.cell()
            rows[-1] += f"<mtd{LEFT}>{cell}</mtd>"
            rows += [""] * (end == r"\\")
        self.raw()
        table = "".join(f"<mtr>{row}</mtr>" for row in rows)
        return f"<mrow><mo>{{</mo><mtable>{table}</mtable></mrow>"

    def cell(self) -> tuple[str, str]:
        """A cell of a table, and what ends it."""
        depth = 0
        for i in range(len(self.tokens) - 1, -1, -1):
            word = self.tokens[i]
            if not depth and word in {"&", r"\\", r"\end"}:
                inner = _Reader("")
                inner.tokens, self.tokens = self.tokens[i + 1 :], self.tokens[:i]
                return inner.formula(""), word
            depth += (word in {"{", r"\begin"}) - (word in {"}", r"\end"})
        message = "a formula ends too early"
        raise ValueError(message)


    COMMANDS: ClassVar[dict[str, Callable[[_Reader], str]]] = {
        "{": lambda reader: reader.formula("}"),
        r"\frac": lambda reader: f"<mfrac>{reader.argument()}{reader.argument()}</mfrac>",
        r"\sqrt": lambda reader: f"<msqrt>{reader.argument()}</msqrt>",
        r"\left": fenced,
        r"\begin": cases,
        r"\mathrm": lambda reader: f'<mi mathvariant="normal">{escape(reader.raw())}</mi>',
        r"\operatorname": lambda reader: f'<mi mathvariant="normal">{escape(reader.raw())}</mi>',
        r"\text": lambda reader: f"<mtext>{escape(reader.raw()).replace(' ', '&#160;')}</mtext>",
        r"\,": lambda _: '<mspace width="0.17em"></mspace>',
    }


def _sign(word: str) -> str:
    return f"<mo>{escape(SIGNS.get(word, word))}</mo>"


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"
