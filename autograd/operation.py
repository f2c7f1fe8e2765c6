"""What an entry of the table is: an operation's value and partials, as formulas and as functions over any kind of number.

A rule such as ``lambda a, b, y: b`` is run once, on tracing numbers (see `trace`); the formula that it gives is printed as a
function of the numbers at hand, and compiled when it is first asked for. The partials of ``mul`` at floats are this function:

>>> from autograd.ops import TABLE
>>> print(TABLE["mul"].source())
def f(_x0, _x1, _x2):
    _d0 = _x1
    _d1 = _x0
    return (_d0, _d1, )

A kind of number is a namespace: for each operation that its numbers have no operator for, the function of that name. `FLOATS` is
one (IEEE arithmetic), `functions.VALUES` another; yours may be intervals or exact numbers:

>>> from fractions import Fraction
>>> exact = {"number": Fraction}
>>> TABLE["div"].partial_on(1, exact)(Fraction(1), Fraction(3), Fraction(1, 3))  # -(y / b)
Fraction(-1, 9)
>>> TABLE["tanh"].partial_on(0, exact)
Traceback (most recent call last):
TypeError: tanh: cosh has no formula over other operations, and the namespace no function 'cosh': give it one
"""

from __future__ import annotations

import math
import operator

from autograd.errors import kind_of
from autograd.special import exponent_of, lowered_by
from autograd.trace import WRITTEN, Expression, call, in_python, parts, trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import CodeType
    from typing import Any

    Rule = Callable[..., Any]
    Bound = float | Rule
    Kink = tuple[Rule, tuple[tuple[Bound, Bound], ...]]
    Namespace = Mapping[str, Callable[..., Any]]

inf, nan = math.inf, math.nan

TABLE: dict[str, Operation] = {}
"""Every operation by its name; `ops` fills it."""
BY_CODE: list[Operation | None] = [None]  # code 0 is that of a leaf
LAST_CODE = 0x7FFE
"""A code has 15 bits, and the largest number that these hold says something else in a recorded program. None is used twice:
graphs, programs and functions know an operation by its code, also one that was removed."""


class Domain:
    """Where an operand may lie: an interval such as ``"(0, inf)"``, with ``"... except 0"`` or ``"... except 0, -1, -2, ..."``.

    >>> Domain("[-1, 1)").low, 1.0 in Domain("[-1, 1)"), -2.0 in Domain("(-inf, inf) except 0, -1, -2, ...")
    (-1.0, False, False)
    """

    __slots__ = ("high", "hole", "low", "text")

    def __init__(self, text: str = "(-inf, inf)") -> None:
        self.text = text
        interval, _, self.hole = text.partition(" except ")
        self.low, self.high = (float(end) for end in interval[1:-1].split(","))

    def __contains__(self, x: float) -> bool:
        inside = self.low < x < self.high or (x == self.low and self.text[0] == "[") or (x == self.high and "]" in self.text)
        if self.hole == "0":
            return inside and x != 0
        if self.hole:  # 0, -1, -2, ...
            return inside and not (x <= 0 and x == math.floor(x))
        return inside

    def __repr__(self) -> str:
        return f"Domain({self.text!r})"


class Operation:
    """One entry of the table; see `define` for what the fields mean."""

    __slots__ = (
        "_decides", "_formulas", "_plain", "ascii", "author", "beyond", "c", "call", "choice", "code", "defaults", "doc",
        "domain", "evaluate", "kept", "kinks", "locals", "many", "name", "numpy", "operands", "partials", "symbol", "value",
    )  # fmt: skip

    _formulas: tuple[Expression | None, ...] | None  # traced when they are first asked for
    _plain: tuple[Expression | None] | None
    _decides: bool | None
    name: str
    code: int
    operands: tuple[str, ...]
    value: Callable[..., Any]
    partials: tuple[Rule | None, ...]
    domain: tuple[Domain, ...]
    kinks: tuple[Kink, ...]
    evaluate: Callable[..., float]  # the value at plain floats; raises where Python's floats and `math` raise
    locals: Locals
    symbol: str
    ascii: str
    c: str
    call: Callable[..., Any]
    author: Callable[..., Any] | None
    beyond: Callable[..., float] | None
    many: bool
    choice: bool
    defaults: tuple[float, ...]
    doc: str
    numpy: str
    kept: dict[Any, Callable[..., Any]]  # what others made of its rules

    @property
    def arity(self) -> int:
        """How many operands it takes; 0 stands for any number."""
        return 0 if self.many else len(self.operands)

    @property
    def infix(self) -> bool:
        """Whether its symbol stands between two operands."""
        return self.arity == 2 and not self.symbol.isidentifier()

    @property
    def composite(self) -> bool:
        """Whether the value is itself a formula over other operations of the table (and so never raises)."""
        return not self.many and not self.c and self._value_formula() is not None

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.operands)})>"

    # As formulas.

    def formula(self, i: int) -> Expression | None:
        """The partial by operand `i` as a formula; None where the rule is not traceable or the operand is a plain number."""
        if self._formulas is None:
            self._formulas = tuple(traced(rule, (*self.operands, "y")) for rule in self.partials)
        return self._formulas[i]

    def formulas_of_many(self, xs: Sequence[Expression], y: Expression) -> Sequence[Expression | float]:
        """The partials of an operation of so many operands, as formulas."""
        return self.partials[0](xs, y)  # type: ignore[no-any-return,misc]

    @property
    def decides(self) -> bool:
        """Whether a rule of its partials is another one at other numbers, by a `where`; or may be, having no formula."""
        if self._decides is None:
            formulas = [] if self.many else [self.formula(i) for i, rule in enumerate(self.partials) if rule is not None]
            known = [formula for formula in formulas if formula is not None]
            self._decides = len(known) < len(formulas) or any(e.name == "where" for e in parts(known))
        return self._decides

    def _value_formula(self) -> Expression | None:
        if self._plain is None:
            self._plain = (traced(self.value, self.operands),)
        return self._plain[0]

    @property
    def value_formula(self) -> Expression | None:
        """The value as a formula over other operations, None where it is a function of its own."""
        return self._value_formula() if self.composite else None

    # As functions over a kind of number.

    def value_on(self, namespace: Namespace) -> Callable[..., Any]:
        """The value as a function of the operands, over numbers that compute by their own operators and by `namespace`.

        What a formula calls is the namespace's function of that name; else the numbers' own operator (+, -, *, /, **, `abs`, a
        comparison); else what the formula of that operation says. ``where(c, a, b)`` has both sides computed; where the namespace
        has none it is Python's ``a if c else b``. ``number`` makes a number of a plain one. An operation of many operands takes
        them one by one, as any other does. To make the function takes some hundred microseconds: keep it.

        Raises `TypeError` that names what has neither function nor formula.
        """
        return _value_on(self, namespace, self)

    def partial_on(self, i: int, namespace: Namespace) -> Callable[..., Any]:
        """The partial by operand `i` as a function of the operands and, last, the result, over the same numbers as `value_on`.

        Raises `TypeError` that names what has neither function nor formula, or the operand by which there is no derivative.
        """
        if self.many:
            together = self.partials_on(namespace)
            return lambda *x: together(x[:-1], x[-1])[i]
        formula = self.formula(i)
        if formula is None:
            message = f"{self.name}: its partial by {self.operands[i]} has no formula over other operations"
            raise TypeError(message)
        return _compiled(self, {"_d": formula}, (*self.operands, "y"), namespace, alone=True)

    def partials_on(self, namespace: Namespace) -> Callable[[Sequence[Any], Any], Sequence[Any]]:
        """All partials of an operation of many operands, as a function of the list of operands and the result."""
        if namespace is FLOATS and "floats" in self.kept:
            return self.kept["floats"]
        return _spoken(self, self.partials[0], namespace)

    def handed_on(self, which: Sequence[int], namespace: Namespace) -> Callable[..., Any]:
        """What operands `which` are handed: an incoming gradient times the partial of each, as a tuple.

        A function of the gradient, the result and the operands, with as few operations as an exact number needs: nothing is
        multiplied by 1, and what is divided is divided once. `TypeError` as of `partial_on`, and of many operands.
        """
        g, memo = Expression("symbol:g"), dict[str, Expression]()
        formulas = {i: self.formula(i) for i in which}
        missing = next((i for i, d in formulas.items() if self.many or d is None), None)
        if missing is not None:
            message = f"{self.name}: its partial by {self.operands[missing]} has no formula over other operations"
            raise TypeError(message)
        terms = {f"_d{i}": times(g, d, memo) for i, d in formulas.items() if d is not None}
        return _compiled(self, terms, ("g", "y", *self.operands), namespace)

    # At floats.

    def ieee(self, *x: float) -> float:
        """The value in IEEE arithmetic: what Python refuses to give is an infinity or nan here."""
        if self.name == "div":
            return ieee_div(*x)
        try:
            return self.evaluate(*x)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            if self.beyond is not None:
                return self.beyond(*x)
            return inf if isinstance(error, OverflowError) else nan

    def local_many(self, xs: Sequence[float], y: float) -> Sequence[float]:
        """The partials of an operation of many operands, at floats."""
        if "floats" not in self.kept:
            self.kept["floats"] = self.partials_on(FLOATS)
        return self.kept["floats"](xs, y)  # type: ignore[no-any-return]

    def source(self) -> str:
        """The partials at floats as the Python function that computes them."""
        formulas = {f"_d{i}": formula for i in range(len(self.partials)) if (formula := self.formula(i)) is not None}
        return in_python(formulas, (*self.operands, "y"))

    def _first_value(self, *x: float) -> float:
        """Stands in `evaluate` until the first call: traces a composite value, takes any other as it is."""
        formula = None if self.many else self._value_formula()
        if self.many:
            self.evaluate = _spoken(self, self.value, FLOATS)
        else:
            self.evaluate = self.value if formula is None else _compiled(self, {"_v": formula}, self.operands, FLOATS, alone=True)
        return float(self.evaluate(*x))

    def _first_local(self, mask: int) -> Callable[..., Sequence[float]]:
        rules = [rule if mask >> i & 1 else None for i, rule in enumerate(self.partials)]
        formulas = {f"_d{i}": self.formula(i) if rule else Expression("number", number=0.0) for i, rule in enumerate(rules)}
        known = {name: formula for name, formula in formulas.items() if formula is not None}
        if len(known) == len(formulas):
            return _compiled(self, known, (*self.operands, "y"), FLOATS)
        return lambda *x: [0.0 if rule is None else self._at_floats(i, x) for i, rule in enumerate(rules)]

    def _at_floats(self, i: int, x: Sequence[float]) -> float:
        """An untraceable rule at plain floats; what Python refuses to give is nan. `TypeError` for what is no number."""
        try:
            partial = self.call(self.partials[i], *x)
            if isinstance(partial, complex):
                return nan
            if not isinstance(partial, (str, bytes, bytearray)):
                try:
                    return float(partial)
                except TypeError:
                    pass
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return inf if isinstance(error, OverflowError) else nan
        which = f"{self.name}: its partial by {self.operands[i]} at {', '.join(map(repr, x[:-1]))}"
        message = f"{which} is {kind_of(partial)}, not a number: {partial!r}"
        raise TypeError(message)


class Locals(dict):  # type: ignore[type-arg]
    """The partials of an operation at plain floats, ``locals[mask](*operands, y)``, made when they are first asked for.

    Bit i of the mask says that operand i has a partial; the others' places hold 0.
    """

    def __init__(self, entry: Operation) -> None:
        self.entry = entry

    def __missing__(self, mask: int) -> Callable[..., Sequence[float]]:
        function = self[mask] = self.entry._first_local(mask)
        return function


def define(
    name: str,
    value: Callable[..., Any],
    *partials: Rule | None,
    domain: str | Iterable[str] = (),
    kinks: Iterable[Kink] = (),
    symbol: str = "",
    ascii: str = "",  # noqa: A002  (the field's own name)
    c: str = "",
    beyond: Callable[..., float] | None = None,
    many: bool = False,
    floats: tuple[Callable[..., float], Callable[..., Sequence[float]]] | None = None,
    choice: bool = False,
    defaults: tuple[float, ...] = (),
    doc: str = "",
    numpy: str = "",
    call: Callable[..., Any] | None = None,
    author: Callable[..., Any] | None = None,
) -> Operation:
    """Add one operation to the table.

    `value` takes floats; `partials` holds a rule for each operand, or None where the operand must be a plain number.
    `domain`: the interval of each operand. `kinks`: pairs of a formula that is 0 at the kink, and for each operand the interval
    of its partial's subgradients there. `symbol` is drawn in pictures, `ascii` is micrograd's ``_op``. `c` is the C spelling of
    the value, where C has one; `beyond` the IEEE value where Python raises, if not inf (overflow) or nan. `defaults` are those of
    the last operands. With `many`, value and rule take the list of all operands; `floats` are both at floats, where these need
    more care than numbers of other kinds. An operation that chooses among its operands says `choice`: of its edges one with a
    partial of exactly 0 is closed, also to an infinite gradient. `numpy` is the name that NumPy has for it, if another: its
    functions of arrays call the method of that name on each Value.
    `call` is how functions that are not ours are called at floats; their value is taken as it is, without a look for its formula,
    which is that of `author`, if it has one, for other kinds of numbers.
    """
    entry = Operation()
    code = value if many else next((rule for rule in partials if rule is not None), value)
    names = ("xs",) if many else code.__code__.co_varnames[: code.__code__.co_argcount - (code is not value)]
    domains = (domain,) if isinstance(domain, str) else tuple(domain)
    entry.name, entry.value, entry.partials, entry.operands = name, value, partials, names
    entry.domain = tuple(Domain(text) for text in domains or ("(-inf, inf)",) * len(names))
    entry.kinks, entry.symbol, entry.ascii = tuple(kinks), symbol or name, ascii or symbol or name
    entry.c, entry.beyond, entry.many, entry.choice, entry.defaults, entry.doc = c, beyond, many, choice, defaults, doc
    entry.numpy, entry.author, entry.call = numpy, author, call or (lambda f, *x: f(*x))
    entry._formulas, entry._plain, entry._decides = None, (None,) if call else None, None
    entry.evaluate = floats[0] if floats else value if c or call else entry._first_value
    entry.locals, entry.kept = Locals(entry), {"floats": floats[1]} if floats else {}
    entry.code = len(BY_CODE)
    BY_CODE.append(entry)
    TABLE[name] = entry
    return entry


# Kinds of number.

OPERATORS: Namespace = {
    "div": operator.truediv, "pow": operator.pow, "abs": abs, "where": lambda c, a, b: a if c else b,
    "alone": lambda *_xs: [], "exponent": lambda _x: 0, "lowered": lambda a, _k: a,  # of numbers whose size has no bounds
    "cofactor": lambda _i, *xs: math.prod(xs),
}  # fmt: skip
"""What is called by its name, and what it is where a namespace does not say."""

class Floats(dict):  # type: ignore[type-arg]
    """Floats in IEEE arithmetic; each function is looked up when it is met."""

    def __missing__(self, name: str) -> Callable[..., float]:
        if name in WRITTEN or name not in TABLE or TABLE[name].many:
            raise KeyError(name)
        function = self[name] = ieee_div if name == "div" else TABLE[name].ieee
        return function


FLOATS = Floats(exponent=exponent_of, lowered=lowered_by)


def ieee_div(a: float, b: float) -> float:
    """a / b, with 1/0 = inf and 0/0 = nan."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)  # noqa: PLR0124  (nan)


def times(g: Expression, d: Expression, memo: dict[str, Expression]) -> Expression:
    """The formula of g times d with few operations; `memo` has the quotients that there are, by what divides g.

    >>> from autograd.trace import symbols
    >>> g, y, b = symbols("g", "y", "b")
    >>> memo = {}
    >>> times(g, 1 / b, memo), times(g, -(y / b), memo)
    (g / b, -(g / b * y))
    >>> memo
    {'b': g / b}
    """
    if d.number is not None and abs(d.number) == 1:
        return g if d.number > 0 else -g
    if d.name == "neg":
        return -times(g, d.operands[0], memo)
    if d.name == "div":
        above, below = d.operands
        quotient = memo.setdefault(str(below), g / below)
        return times(quotient, above, {})
    return g * d


def word(name: str, meaning: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The operation `name` as a rule calls it: a formula, or what `meaning` says of formulas.

    In a rule of many operands a kind of number puts its own in place. A name has one word, whoever asks for it.
    """
    if name in WORDS:
        return WORDS[name]

    def applied(*operands: Any) -> Expression:
        return call(name, *operands)

    return WORDS.setdefault(name, meaning or applied)


WORDS: dict[str, Callable[..., Any]] = {}


def traced(rule: Rule | None, names: Sequence[str]) -> Expression | None:
    """The formula of a rule; None where it has none."""
    if rule is None:
        return None
    try:
        return trace(rule, names)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  (whatever a user's function says to a tracing number: it is called as it is)
        return None


def _value_on(entry: Operation, namespace: Namespace, asking: Operation) -> Callable[..., Any]:
    """The value of an operation, which `asking` needs."""
    found = _named(namespace, entry.name)
    if found is not None:
        return found
    if entry.many:
        together = entry.evaluate if namespace is FLOATS else _spoken(asking, entry.value, namespace)
        return lambda *xs: together(xs)
    formula = traced(entry.author or entry.value, entry.operands)
    if formula is None:
        of = entry.name if entry is asking else f"{asking.name}: {entry.name}"
        message = f"{of} has no formula over other operations, and the namespace no function {entry.name!r}: give it one"
        raise TypeError(message)
    return _compiled(asking, {"_v": formula}, entry.operands, namespace, alone=True)


def _named(namespace: Namespace, name: str) -> Callable[..., Any] | None:
    try:
        return namespace[name]
    except KeyError:
        return None


def _compiled(
    asking: Operation, formulas: Mapping[str, Expression], names: Sequence[str], namespace: Namespace, *, alone: bool = False
) -> Callable[..., Any]:
    """A Python function of `names` that returns all formulas as a tuple, or the only one as it is."""
    known = {e.name: _named(namespace, e.name) for e in parts(formulas.values()) if not e.name.startswith("symbol:")}
    used = {name: function for name, function in known.items() if function is not None}
    source = in_python(formulas, names, used)
    if alone:
        source = source[: source.rindex("    return")] + f"    return {next(iter(formulas))}"
    for name in known:
        if name not in used and name not in WRITTEN and name != "number":
            used[name] = _word(asking, name, namespace)
    made: dict[str, Any] = {}
    exec(compile(source, "<formula>", "exec"), used, made)  # noqa: S102  (printed from a traced formula)
    return made["f"]  # type: ignore[no-any-return]


def _word(asking: Operation, name: str, namespace: Namespace) -> Callable[..., Any]:
    """What a formula calls by its name."""
    known = _named(namespace, name) or OPERATORS.get(name)
    if known is None and name not in TABLE:
        message = f"{asking.name}: there is no operation {name!r} any more"
        raise TypeError(message)
    return known or _value_on(TABLE[name], namespace, asking)


def _spoken(asking: Operation, function: Any, namespace: Namespace) -> Callable[..., Any]:
    """A function of the table, as it stands, with the words of `namespace` in place of those for tracing numbers."""
    own: dict[str, Any] = function.__globals__
    known: dict[str, Any] = {}
    for name in _names(function.__code__):
        if name in own and WORDS.get(name) is own[name]:
            known[name] = _word(asking, name, namespace)
        elif name == "number":
            known[name] = _named(namespace, name) or float
        elif getattr(own.get(name), "__globals__", None) is own:
            known[name] = _spoken(asking, own[name], namespace)
    again = type(function)(function.__code__, own | known, function.__name__, function.__defaults__, function.__closure__)
    again.__kwdefaults__ = function.__kwdefaults__
    return again  # type: ignore[no-any-return]


def _names(code: CodeType) -> set[str]:
    """What a function looks up by name, its comprehensions included."""
    return set(code.co_names).union(*[_names(inner) for inner in code.co_consts if hasattr(inner, "co_names")])
