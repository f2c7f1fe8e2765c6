"""How a formula is spelt: one walk over its parts, and an alphabet that says how sums, quotients, powers and roots look.

`Alphabet` writes plain text with the signs of mathematics; another one, such as LaTeX's, is a subclass that overrides what
looks different there.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol, Self, TypeVar

    class Part(Protocol):
        """What is read of a formula: see `autograd.formulas.Symbolic`."""

        @property
        def kind(self) -> str: ...  # noqa: D102
        @property
        def name(self) -> str: ...  # noqa: D102
        @property
        def number(self) -> Fraction | float: ...  # noqa: D102
        @property
        def operands(self) -> tuple[Self, ...]: ...  # noqa: D102

    P = TypeVar("P", bound=Part)


LONGEST = 2000
"""Of a formula that takes more characters than this the parts that do are left out."""
CASES, CONDITION, SUM, SIGNED, PRODUCT, POWER, ATOM = range(7)
"""How tightly a text holds together."""
BETWEEN = {
    **dict.fromkeys(("NL", "NS", "NR", "LL", "LS", "LR", "SS", "SL"), ""), **dict.fromkeys(("NF", "LF", "FF", "RF", "EF"), " "),
}  # fmt: skip
"""What stands between two factors by their sorts, if not a dot: numbers, letters, words, functions, sums, roots. A factor that
ends otherwise than it begins has two sorts: x^y is LE, as it ends in an exponent, which would go on."""
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠", "both": "and", "either": "or"}
LETTER = re.compile(r"[^\W\d_][₀-₉′]*")
_WORD = r"\u2068?(?:#\d+|[^\W\d][\w.\[\]′…]*)\u2069?"
NAME = re.compile(f"{_WORD}|∂{_WORD}/∂{_WORD}")
"""A symbol that needs no parentheses."""


class Alphabet:
    """Plain text: ``−2x² sin(x)/(y + 1)``."""

    minus = "−"
    times = "·"
    """Between two factors, where a sign is needed."""
    signs = SIGNS
    """Of conditions."""

    def number(self, x: Fraction | float) -> str:
        """A number that is not negative: four digits, or a quotient of small whole numbers."""
        if isinstance(x, float) and not math.isfinite(x):
            return "nan" if math.isnan(x) else "∞"
        try:
            near = float(x)
        except OverflowError:
            return "∞"
        if near.is_integer() and near < 1e6:
            return f"{near:.0f}"
        written = f"{near:.4g}"
        if isinstance(x, Fraction) and Fraction(written) != x and max(x.numerator, x.denominator) < 1000:
            return f"{x.numerator}/{x.denominator}"
        mantissa, e, exponent = written.partition("e")
        return mantissa + (f"e{int(exponent)}".replace("-", self.minus) if e else "")

    def symbol(self, name: str) -> str:
        """A name; one that is not a word stands in parentheses."""
        return name if NAME.fullmatch(name) else f"({name})"

    def applied(self, name: str, operands: Sequence[str]) -> str:
        """An operation by its name."""
        return f"|{operands[0]}|" if name == "abs" else f"{name}({', '.join(operands)})"

    def cases(self, cases: Sequence[tuple[str, str]], otherwise: str) -> str:
        """Pairs of a text and a condition, and what holds where none of them does."""
        told = ", ".join(f"{text} if {condition}" for text, condition in cases)
        return f"{told}{',' * (len(cases) > 1)} else {otherwise}"

    def raised(self, base: str, exponent: str, *, atom: bool) -> str:
        """A power; whether its exponent is one number, name or the like."""
        if exponent.isascii() and exponent.isdigit():
            return base + exponent.translate(RAISED)
        bare = atom and exponent.replace(".", "").isalnum()
        return f"{base}^{exponent}" if bare else f"{base}^({exponent})"

    def root(self, text: str) -> str:
        """A square root."""
        return f"√{text}" if LETTER.fullmatch(text) or text.isdigit() else f"√({text})"

    def quotient(self, above: str, below: str) -> str:
        """One over the other, both as they hold together in it."""
        return f"{above}/{below}"

    def joined(self, factors: Sequence[tuple[str, str]]) -> str:
        """A product of factors, each with its sort, without a sign where none is missed."""
        text, left = factors[0]
        for factor, right in factors[1:]:
            text += BETWEEN.get(left[-1] + right[0], self.times) + factor
            left = right
        return text


PLAIN = Alphabet()


def in_text(f: Part, alphabet: Alphabet = PLAIN) -> str:
    """A formula in an alphabet; what would take more than `LONGEST` characters is left out.

    >>> from autograd.algebra import letters
    >>> x, price = letters("x", "price")
    >>> in_text(-2 * x**2 * (x + 1) / price), in_text(x**0.5 / 3), in_text(2**-x)
    ('−2x²(x + 1)/price', '√x/3', '2^(−x)')
    """
    told: dict[int, _Spelt] = {}
    speller = _Speller(alphabet, told)
    for part in within(f):
        told[id(part)] = speller.spelt(part)
    return told[id(f)].text


def within(f: P) -> list[P]:
    """All that a formula consists of, each part once and behind its own parts; the formula itself is the last."""
    found: dict[int, P] = {}
    stack = [f]
    while stack:
        part = stack[-1]
        missing = [x for x in part.operands if id(x) not in found]
        if missing:
            stack += missing
        else:
            found[id(part)] = stack.pop()
    return list(found.values())


class _Spelt:
    """A part as it is written: how tightly it holds together, its sort as a factor, and whether it begins with a minus."""

    __slots__ = ("binding", "minus", "sort", "text")

    def __init__(self, text: str, binding: int, sort: str = "S", *, minus: bool = False) -> None:
        self.text, self.binding, self.sort, self.minus = text, binding, sort, minus


class _Speller:
    """Spells one part after the other; `told` has those of which it consists."""

    def __init__(self, alphabet: Alphabet, told: dict[int, _Spelt]) -> None:
        self.alphabet, self.told = alphabet, told

    def spelt(self, f: Part) -> _Spelt:
        """A part whose own parts are told."""
        if f.kind == "number":
            return self.number(f.number)
        if f.kind in {"symbol", "constant"}:
            text = self.alphabet.symbol(f.name)
            return _Spelt(text, ATOM, "L" if LETTER.fullmatch(text) else "W")
        found = {"sum": self.total, "product": self.product, "power": self.power, "call": self.call}[f.kind](f)
        return found if len(found.text) <= LONGEST else _Spelt("…", ATOM, "W")

    def number(self, x: Fraction | float) -> _Spelt:
        text = self.alphabet.number(_size(x))
        if x < 0:
            return _Spelt(f"{self.alphabet.minus}{text}", SIGNED, "N", minus=True)
        return _Spelt(text, PRODUCT if "/" in text else ATOM, "N")

    def at_least(self, f: Part, binding: int) -> str:
        """A part as it stands where it must hold together so tightly."""
        told = self.told[id(f)]
        return told.text if told.binding >= binding else f"({told.text})"

    def total(self, f: Part) -> _Spelt:
        """Terms with their signs between them; it does not begin with a minus if it need not."""
        terms = [self.told[id(x)] for x in f.operands]
        first = next((i for i, term in enumerate(terms) if not term.minus), 0)
        terms = [terms[first], *terms[:first], *terms[first + 1 :]]
        texts = [f"({term.text})" if term.binding < SUM else term.text for term in terms]
        minus = self.alphabet.minus
        more = "".join(f" {minus} {text[len(minus) :]}" if text.startswith(minus) else f" + {text}" for text in texts[1:])
        return _Spelt(texts[0] + more, SUM, minus=terms[0].minus)

    def product(self, f: Part) -> _Spelt:
        """A quotient, where factors have negative exponents."""
        factors = list(f.operands)
        count: Fraction | float = factors.pop(0).number if factors[0].kind == "number" else Fraction(1)
        below = [x for x in factors if _downward(x)]
        above = [self.factor(x) for x in factors if not _downward(x)]
        under = [self.turned(x) for x in below]
        written = self.alphabet.number(_size(count))
        over, _, by = written.partition("/")
        if by:
            under.insert(0, (by, "N"))
        if over != "1" or not above:
            above.insert(0, (over, "N"))
        text, binding = self.quotient(above, under) if under else (self.alphabet.joined(above), PRODUCT)
        sign = self.alphabet.minus if count < 0 else ""
        sort = above[0][1] if len(above) == 1 and not under and not sign else "S"
        return _Spelt(sign + text, SIGNED if sign else binding, sort, minus=bool(sign))

    def quotient(self, above: list[tuple[str, str]], below: list[tuple[str, str]]) -> tuple[str, int]:
        bottom = self.alphabet.joined(below)
        bottom = f"({bottom})" if len(below) > 1 else bottom
        return self.alphabet.quotient(self.alphabet.joined(above), bottom), PRODUCT

    def factor(self, f: Part) -> tuple[str, str]:
        told = self.told[id(f)]
        return (told.text, told.sort) if told.binding >= POWER else (f"({told.text})", "S")

    def turned(self, f: Part) -> tuple[str, str]:
        """What stands below the line for a power with a negative exponent."""
        base, exponent = f.operands
        told = self.raised(base, _size(exponent.number))
        return (told.text, told.sort) if told.binding >= POWER else (f"({told.text})", "S")

    def power(self, f: Part) -> _Spelt:
        base, exponent = f.operands
        if _downward(f):
            return _Spelt(*self.quotient([("1", "N")], [self.turned(f)]))
        if exponent.kind == "number":
            return self.raised(base, exponent.number)
        above = self.told[id(exponent)]
        return self.with_exponent(base, above.text, atom=above.binding == ATOM)

    def raised(self, base: Part, exponent: Fraction | float) -> _Spelt:
        """A part to the power of a number above 0."""
        if exponent == 1:
            return self.told[id(base)]
        if exponent == Fraction(1, 2):
            return _Spelt(self.alphabet.root(self.told[id(base)].text), ATOM, "R")
        return self.with_exponent(base, self.alphabet.number(exponent), atom=True)

    def with_exponent(self, base: Part, exponent: str, *, atom: bool) -> _Spelt:
        text = self.alphabet.raised(self.at_least(base, ATOM), exponent, atom=atom)
        sort = self.told[id(base)].sort[0] if self.told[id(base)].binding == ATOM else "S"
        return _Spelt(text, POWER, f"{sort}E" if text.endswith(f"^{exponent}") else sort)

    def call(self, f: Part) -> _Spelt:
        if f.name == "where":
            return self.cases(f)
        if f.name in SIGNS:
            left, right = (self.at_least(x, SUM) for x in f.operands)
            return _Spelt(f"{left} {self.alphabet.signs[f.name]} {right}", CONDITION)
        if f.name == "negate":
            return _Spelt(f"not {self.at_least(f.operands[0], ATOM)}", CONDITION)
        text = self.alphabet.applied(f.name, [self.told[id(x)].text for x in f.operands])
        return _Spelt(text, ATOM, "R" if text[0] == "|" else "F")

    def cases(self, f: Part) -> _Spelt:
        pairs = []
        while f.kind == "call" and f.name == "where":
            condition, side, f = f.operands
            pairs.append((self.at_least(side, SUM), self.told[id(condition)].text))
        return _Spelt(self.alphabet.cases(pairs, self.at_least(f, SUM)), CASES)


def _size(x: Fraction | float) -> Fraction | float:
    return x if x >= 0 else -x


def _downward(f: Part) -> bool:
    return f.kind == "power" and f.operands[1].kind == "number" and f.operands[1].number < 0
