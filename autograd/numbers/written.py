"""A graph or a recorded program, and its gradient, as formulas: text, LaTeX, SymPy.

>>> from autograd import Value, exp
>>> x, w = Value(0.5, label="x"), Value(2.0, label="w")
>>> print(equations(exp(-w * x) + w))
y = exp(−wx) + w
∂y/∂x = −w exp(−wx)
∂y/∂w = 1 − x exp(−wx)

A part that is used more than once, and is not short, has a name of its own, so that a graph whose parts are shared does not
explode. The formulas are those of the table, simplified as a person does in passing (see `autograd.algebra`); 0.1 stands for the
decimal. Of a graph they hold for the sides that its choices took, of a program for all.
"""

from __future__ import annotations

import re

from autograd.algebra import ONE, SYMBOLS, ZERO, Symbolic, formula
from autograd.formulas import partial
from autograd.numbers.walk import Computed, Kind, Plan, interpreted, leaves_of
from autograd.programs.flat import instructions
from autograd.programs.program import Program
from autograd.spelling import PLAIN, Alphabet, in_text
from autograd.structures import labels
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from fractions import Fraction
    from typing import Any

    from autograd.operation import Operation

SHORT = 6
"""A part of so few parts has no name of its own, however often it is used."""
MOST = 5_000
"""Of more operands than this nobody reads the formulas."""
LONG = 80
"""One of more parts than this has one in any case."""
WORDS = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega"""
GREEK = WORDS.split()
KNOWN = "arg cos cosh cot exp inf ln log max min sec sin sinh tan tanh".split()  # noqa: SIM905  (a list of words)
"""Functions that LaTeX has a command for."""


class Latex(Alphabet):
    r"""LaTeX: ``\\frac{-2 x^{2} \\sin(x)}{y + 1}``."""

    minus = "-"
    times = r" \cdot "
    signs = {  # noqa: RUF012  (as that of `Alphabet`)
        "lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne", "both": r"\wedge", "either": r"\vee",
    }  # fmt: skip

    def number(self, x: Fraction | float) -> str:  # noqa: D102  (as that of `Alphabet`)
        text = super().number(x).replace("∞", r"\infty")
        mantissa, e, exponent = text.partition("e")
        if "/" in text:
            return text
        return rf"{mantissa} \cdot 10^{{{exponent}}}" if e else text

    def symbol(self, name: str) -> str:  # noqa: D102
        return symbol_in_latex(name)

    def applied(self, name: str, operands: Sequence[str]) -> str:  # noqa: D102
        if name == "abs":
            return rf"\left|{operands[0]}\right|"
        command = rf"\{name}" if name in KNOWN else rf"\operatorname{{{name}}}".replace("_", r"\_")
        return rf"{command}\left({', '.join(operands)}\right)"

    def cases(self, cases: Sequence[tuple[str, str]], otherwise: str) -> str:  # noqa: D102
        rows = [rf"{text} & \text{{if }} {condition} \\" for text, condition in cases]
        return rf"\begin{{cases}} {' '.join(rows)} {otherwise} & \text{{else}} \end{{cases}}"

    def raised(self, base: str, exponent: str, *, atom: bool) -> str:  # noqa: ARG002, D102
        return f"{base}^{{{exponent}}}"

    def root(self, text: str) -> str:  # noqa: D102
        return rf"\sqrt{{{text}}}"

    def quotient(self, above: str, below: str) -> str:  # noqa: D102
        return rf"\frac{{{_bare(above)}}}{{{_bare(below)}}}"

    def joined(self, factors: Sequence[tuple[str, str]]) -> str:  # noqa: D102
        text, left = factors[0]
        for factor, right in factors[1:]:
            text += (self.times if right[0] == "N" else r" \, " if left[-1] in "SR" or right[0] in "FSR" else " ") + factor
            left = right
        return text


def _bare(text: str) -> str:
    """A text without the parentheses around all of it."""
    depth = 0
    for i, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and i < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text


def symbol_in_latex(name: str) -> str:
    """The name of a number: ``w[0][1]`` has indices, ``theta`` is a Greek letter, a word is upright."""
    if name.startswith("∂") and "/∂" in name:
        above, below = name[1:].split("/∂", 1)
        return rf"\frac{{\partial {symbol_in_latex(above)}}}{{\partial {symbol_in_latex(below)}}}"
    stem = re.match(r"[^\W\d_]+", name)
    if stem is None or not re.fullmatch(r"[^\W\d_]+(_?\d+|(\[\d+\])+)?", name):
        escaped = re.sub(r"([_#&%$])", r"\\\1", name)
        return rf"\mathrm{{{escaped}}}" if len(name) > 1 else name
    index = ", ".join(re.findall(r"\d+", name[stem.end() :]))
    word = stem[0]
    base = rf"\{word}" if word in GREEK else word if len(word) == 1 else rf"\mathrm{{{word}}}"
    return f"{base}_{{{index}}}" if index else base


class Equations:
    """Formulas with names: first the shared parts, then the outputs, then the derivatives.

    `lines` are pairs of a name and an `autograd.algebra.Symbolic`. ``str`` gives text, `latex()` LaTeX, `sympy()` a dict of
    SymPy's expressions by names. In a notebook they show themselves as mathematics.
    """

    def __init__(self, shared: list[tuple[str, Symbolic]], results: list[tuple[str, Symbolic]]) -> None:
        self.shared, self.results = shared, results

    @property
    def lines(self) -> list[tuple[str, Symbolic]]:
        """All of them, in order."""
        return [*self.shared, *self.results]

    def __str__(self) -> str:
        return "\n".join([f"{PLAIN.symbol(name)} = {in_text(each)}" for name, each in self.lines])

    __repr__ = __str__

    def latex(self) -> str:
        """LaTeX, for within a mathematical environment: one formula, or aligned ones."""
        rows = [f"{symbol_in_latex(name)} &= {in_text(each, LATEX)}" for name, each in self.lines]
        if len(rows) == 1:
            return rows[0].replace("&", "", 1)
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def sympy(self) -> dict[str, Any]:
        """Expressions of SymPy by names, shared parts first, as `sympy.cse` has them; symbols are real. `ImportError` without."""
        try:
            import sympy
        except ImportError as error:
            message = "equations(...).sympy() gives expressions of SymPy: pip install sympy"
            raise ImportError(message) from error
        namespace = _in_sympy(sympy)
        return {name: each.on(namespace, lambda f: sympy.Symbol(f.name, real=True)) for name, each in self.lines}


LATEX = Latex()


def _in_sympy(sympy: Any) -> dict[str, Callable[..., Any]]:
    """SymPy's expressions as a kind of number."""
    number = lambda x: sympy.nsimplify(x, rational=True) if x == x and abs(x) < float("inf") else sympy.Float(x)  # noqa: PLR0124
    root = sympy.sqrt
    return {
        "number": number, "where": lambda c, a, b: sympy.Piecewise((a, c), (b, True)),
        "lt": sympy.Lt, "le": sympy.Le, "gt": sympy.Gt, "ge": sympy.Ge, "eq": sympy.Eq, "ne": sympy.Ne,
        "both": sympy.And, "either": sympy.Or, "negate": sympy.Not, "pow": sympy.Pow, "abs": sympy.Abs,
        **{name: getattr(sympy, name) for name in (
            "exp", "log", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "sech",
            "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "digamma", "polygamma",
        )},
        "exp2": lambda x: 2**x, "expm1": lambda x: sympy.exp(x) - 1, "log1p": lambda x: sympy.log(1 + x),
        "log2": lambda x: sympy.log(x, 2), "log10": lambda x: sympy.log(x, 10), "hypot": lambda a, b: root(a**2 + b**2),
        "direction": lambda a, b: a / root(a**2 + b**2), "lgamma": lambda x: sympy.log(sympy.Abs(sympy.gamma(x))),
        "maximum": sympy.Max, "minimum": sympy.Min, "relu": lambda x: sympy.Max(x, 0),
        "clip": lambda x, low, high: sympy.Min(sympy.Max(x, low), high), "copysign": lambda a, b: sympy.Abs(a) * sympy.sign(b),
        "gaussian": lambda x: sympy.exp(-(x**2)), "normal_pdf": lambda x: sympy.exp(-(x**2) / 2) / root(2 * sympy.pi),
        "normal_cdf": lambda x: sympy.erfc(-x / root(2)) / 2, "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "logistic_pdf": lambda x: sympy.exp(-x) / (1 + sympy.exp(-x)) ** 2, "silu": lambda x: x / (1 + sympy.exp(-x)),
        "gelu": lambda x: x * sympy.erfc(-x / root(2)) / 2, "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
        "logsumexp": lambda *xs: sympy.log(sum(map(sympy.exp, xs))),
    }  # fmt: skip


class _Naming(Kind):
    """Formulas as a kind of number, of which those that are shared or long get names."""

    def __init__(self) -> None:
        super().__init__(SYMBOLS, formula)
        self.shared: list[tuple[str, Symbolic]] = []
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def named(self, f: Symbolic, stem: str) -> Symbolic:
        """A symbol for a formula."""
        count = self.counts.get(stem, 0) + 1
        while f"{stem}{count}" in self.taken:
            count += 1
        name = f"{stem}{count}"
        self.counts[stem] = count
        self.taken.add(name)
        self.shared.append((name, f))
        return Symbolic("symbol", name=name, of=len(self.taken) + 1)

    def forward(self, plan: Plan, inputs: Sequence[Any]) -> list[Any]:
        """The formula of each id."""
        flat = plan.flat
        if len(flat.operands) > MOST:
            found = f"{len(flat.operands):,} operands, and of more than {MOST:,} nobody reads the formulas"
            message = f"equations: {len(flat.codes):,} operations have {found}: ask for those of a part, or of fewer steps"
            raise TypeError(message)
        uses = [0] * (flat.first + len(flat.codes))
        for x in (*flat.operands, *flat.results):
            uses[x] += 1
        known = [*inputs, *map(formula, flat.constants)]
        for i, (entry, operands) in enumerate(instructions(flat), flat.first):
            found = self.function(entry)(*[known[x] for x in operands])
            shared = uses[i] > 1 and found.parts > SHORT
            known.append(self.named(found, "v") if (shared or found.parts > LONG) and i not in flat.results else found)
        return known

    def made(self, entry: Operation, i: int) -> Callable[..., Any]:
        """A value, or a partial as a person writes it; what an index picks is no formula."""
        if entry.name == "take":
            message = "equations: take() picks by an index, which no formula says: record the function for one index"
            raise TypeError(message)
        if i < 0:
            return super().made(entry, i)
        if entry.many:
            return lambda xs, y: [self.slope(entry, k, xs) for k in range(len(xs))]
        return lambda *xs: self.slope(entry, i, xs[:-1])

    def slope(self, entry: Operation, i: int, xs: Sequence[Symbolic]) -> Symbolic:
        """A partial; `TypeError` where there is no formula that is not too long."""
        found = partial(entry, i, xs)
        if found is None:
            message = f"equations: the derivative of {entry.name} has no formula, or none that could be read"
            raise TypeError(message)
        return found

    def is_zero(self, x: Symbolic) -> bool:
        """Whether nothing is passed on."""
        return x == ZERO

    def plain(self, entry: Operation) -> bool:  # noqa: ARG002
        """Partials are what a person writes."""
        return False

    def multiplied(self, entry: Operation, which: tuple[int, ...]) -> Callable[..., Sequence[Any]]:
        """A long derivative by a part has a name."""
        terms = super().multiplied(entry, which)
        return lambda g, *rest: terms(self.named(g, "g") if g.parts > LONG // 2 else g, *rest)

    @property
    def one(self) -> Symbolic:
        """The number 1."""
        return ONE


def equations(of: Value | Program, *, gradient: bool = True) -> Equations:
    """The formulas of a graph or program; with `gradient`, where it has one output, of its derivatives by all leaves or inputs.

    Leaves and outputs have their labels as names; a leaf without is x1, x2, ..., an output y. Raises `TypeError` for an operation
    that has no formula, and for a derivative that nobody could read, as of hundreds of operands, or more
    than 5,000 operands in all.

    >>> from autograd import record, where
    >>> print(equations(record(lambda x: where(x > 0, x**2, 1 - x), 1.0), gradient=False))
    y = x² if x > 0 else 1 − x
    """
    kind = _Naming()
    names = list(of.labels) if isinstance(of, Program) else _leaf_names(of)
    fresh = (f"x{k}" for k in range(1, len(names) + 1) if f"x{k}" not in names)
    told = [name or next(fresh) for name in names]
    kind.taken.update(told)
    letters = [Symbolic("symbol", name=name, of=i + 1) for i, name in enumerate(told)]
    found = _interpreted(of, kind, letters)
    outputs = list(_outputs(of))
    results = [(name, formula(found.known[i])) for name, i in zip(outputs, found.flat.results, strict=True)]
    if gradient and len(outputs) == 1:
        derivatives = [ZERO if d is None else d for d in found.sums[: found.flat.inputs]]
        results += [(f"∂{outputs[0]}/∂{name}", formula(d)) for name, d in zip(told, derivatives, strict=True)]
    return Equations(kind.shared, results)


def _interpreted(of: Value | Program, kind: _Naming, letters: list[Symbolic]) -> Computed:
    if isinstance(of, Program):
        return Computed(Plan(kind, of.flat), letters, of)
    return interpreted(of, kind, at=dict(zip(leaves_of(of), letters, strict=True)), as_taken=True)


def _leaf_names(of: Any) -> list[str]:
    """The labels of a graph's leaves; `TypeError` for what is no Value."""
    if not isinstance(of, Value):
        message = f"equations: a Value or a Program belongs here, not {of!r:.80}"
        raise TypeError(message)
    return [v.label for v in leaves_of(of)]


def _outputs(of: Value | Program) -> Iterator[str]:
    """The names of the outputs."""
    if isinstance(of, Value):
        yield of.label or "y"
    else:
        yield from labels("y", of.signature.outputs)
