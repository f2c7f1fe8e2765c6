"""What each Value is called in words: its name, else the formula that made it if that is short, else its number, ``#3``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cached_property
from itertools import chain, compress, repeat
from operator import attrgetter

from autograd.value import Value
from viz.language import say
from viz.reading import name_of, reading_order
from viz.words import LONGEST, SLOT, applied, columns, cut, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MANY = 5000
"""Of so many Values each is told by a formula, though it has no name."""
FEW_OPERANDS = 4
"""An operation of more has its plain numbers beside it."""
HOLE = "·"
"""Stands for an operand that has a wire, among plain numbers."""
ORDINALS = ("1st operand", "2nd operand", "3rd operand")
SIGNS = {"/": "÷", "**": "^"}
"""How an operation with a plain number in its circle is written, if not as it is drawn without."""
CLOSE = ("×", "^")
"""Signs that a number stands close to."""
SINGLE = re.compile(r"[\w.,\[\]#]+")
"""What needs no parentheses after ∂."""


def numbered(order: Sequence[Value], names: Mapping[int, str]) -> dict[int, int]:
    """A number for each computed Value, or nameless leaf, that is used more than once."""
    uses = Counter(map(id, chain.from_iterable(map(attrgetter("operands"), order))))  # plain numbers are none of the order
    several = compress(order, map((1).__lt__, map(uses.get, map(id, order), repeat(0))))
    shared = [v for v in several if v.op or not name_of(v, names)]
    return {id(v): i for i, v in enumerate(shared, 1)}


class Names:
    """What each Value of a graph is called; numbers are those of the tree that `viz.text` gives, and go on after them.

    `write` writes plain numbers. With `isolate` a name from right to left does not reorder the sentence that it is in.

    >>> x, y = Value(2.0, label="x"), Value(3.0)
    >>> z = x * x + y
    >>> called = Names([x, y, z.parents[0], z], str)
    >>> called(z.parents[0]), called(y), called(z)
    ('x × x', '#1', '(x × x) + #1')
    """

    def __init__(
        self,
        order: Sequence[Value],
        write: Callable[[float], str],
        names: Mapping[int, str] | None = None,
        *,
        isolate: bool = False,
    ) -> None:
        self.order, self.write, self.names, self.isolate = order, write, names or {}, isolate
        self.known: dict[int, str] = {}
        self.formulas: set[int] = set()
        for v in order if len(order) <= MANY else ():
            name = self.given(v)
            if not name and (name := self.phrase(v)):
                self.formulas.add(id(v))
            self.known[id(v)] = name or self.number(v)

    def __call__(self, v: Value) -> str:
        """What one of them is called; of very many, those without a name go by their numbers."""
        return self.known.get(id(v)) or self.given(v) or self.number(v)

    def given(self, v: Value) -> str:
        """The name that somebody gave it; "" if nobody did."""
        name = cut(name_of(v, self.names))
        return isolated(name) if self.isolate else name

    def number(self, v: Value) -> str:
        """Its number: that of the tree, or the next one."""
        return f"#{self.numbers.setdefault(id(v), len(self.numbers) + 1)}"

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The numbers that are given so far."""
        return numbered(self.order, self.names)

    def phrase(self, v: Value) -> str:
        """A Value in terms of its operands, if that is short."""
        text = applied(v.entry, self.operands(v)) if v.op else ""
        return text if columns(text) <= LONGEST else ""

    def short(self, v: Value) -> bool:
        """Whether it is called by a name or a number, and no formula."""
        return id(v) not in self.formulas

    def operands(self, v: Value) -> list[str]:
        """Its operands by name, in the order of writing."""
        found, given = [], v.operands
        for i in reading_order(v, given):
            x = given[i]
            name = self(x) if type(x) is Value else self.write(x)
            bare = type(x) is not Value or not infix(x) or self.short(x)
            found.append(f"({name})" if infix(v) and (name.startswith("−") or not bare) else name)
        return found

    def numbers_of(self, v: Value, written: Sequence[str] | None = None) -> list[str]:
        """What the operands amount to, in the order of writing; `written` has their numbers as they are written, if otherwise."""
        written = written or [self.write(x.data if type(x) is Value else x) for x in v.operands]
        return [factor(written[i]) if infix(v) else written[i] for i in reading_order(v, written)]

    def by(self, v: Value) -> str:
        """As it stands after ∂."""
        return self(v) if SINGLE.fullmatch(self(v)) else f"({self(v)})"

    def partial(self, v: Value, i: int) -> str:
        """The local derivative of a Value by its operand `i`."""
        given = v.operands
        x = given[i]
        ordinal = ""
        if sum(each is x for each in given) > 1:
            n = reading_order(v, given).index(i)
            ordinal = f" ({say(ORDINALS[n]) if n < len(ORDINALS) else say('{}th operand', n + 1)})"
        return f"∂{self.by(v)}/∂{self.by(x)}{ordinal}" if type(x) is Value else ""


def infix(v: Value) -> bool:
    """Whether an operation is written between, or before, its operands."""
    return bool(v.op) and (v.op == "neg" or (v.entry.arity == 2 and not symbol(v.entry).isidentifier()))


def factor(written: str) -> str:
    """A number inside a formula: a negative one in parentheses; a slot says so."""
    if written.startswith(SLOT):
        return f"{SLOT}({written[1:]}"
    return f"({written})" if written.startswith("−") else written


def isolated(text: str) -> str:
    """A name that is written from right to left, kept from reordering the sentence around it."""
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text) else text


def with_constants(v: Value, write: Callable[[float], str]) -> str:
    """An operation together with its plain numbers, as it stands in one circle; "" where it has none, or they are too many.

    >>> x = Value(3.0)
    >>> from viz.words import number
    >>> [with_constants(v, number) for v in (x * 2, 1.1 * x, 1 - x, x / 2, x**2, 2**x, x - -1, x * x)]
    ['×2', '×1.1', '1 −', '÷ 2', '^2', '2^', '− (−1)', '']
    """
    operands = v.operands
    plain = [type(x) is not Value for x in operands]
    if v.op == "dot" or len(operands) > FEW_OPERANDS or not any(plain):
        return ""
    written = [HOLE if type(x) is Value else write(x) for x in operands]
    if not infix(v):
        text = applied(v.entry, written)
        return text if columns(text) <= LONGEST else ""
    sign = SIGNS.get(v.entry.symbol) or symbol(v.entry)
    between = "" if sign in CLOSE else " "
    if plain[0] and v.op not in {"add", "mul"}:  # the order of the others matters
        return f"{factor(written[0]) if sign == '^' else written[0]}{between}{sign}"
    return f"{sign}{between}{factor(written[plain.index(True)])}"
