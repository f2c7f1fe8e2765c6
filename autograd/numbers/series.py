"""Taylor coefficients of any order in one pass, and solutions of differential equations as series.

>>> from autograd import exp, sin
>>> taylor(lambda x: exp(x) * sin(x), 0.0, order=5)
[0.0, 1.0, 1.0, 0.33333333333333337, 0.0, -0.03333333333333333]

A rule of the table is a differential equation, ``y' = partial(x, y) x'``: it gives the next coefficient of y from those of x and
those of y that are known. So no operation has a rule of its own here; sums, products and quotients are those of power series.
"""

from __future__ import annotations

import math
from functools import partial
from operator import add, mul

from autograd.numbers.walk import FOR_DOUBLES, Kind, interpreted
from autograd.ops import INTERNAL, TABLE
from autograd.programs.program import Program, record
from autograd.structures import filled, flattened, mapped, template_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from autograd.operation import Operation

    Number: TypeAlias = "Series | float"


MOST_FACTORS = 64
"""A power up to this one is a product."""


class Series:
    """A power series, of which coefficients are computed when they are asked for: each is that of its operands at 0 to k."""

    __slots__ = ("known", "moved", "uses")

    def __init__(self, *known: float) -> None:
        self.known, self.moved = [float(c) for c in known], [0.0]
        self.uses: dict[Any, Series] = {}
        """What operations made of it, each once: a rule that asks for the cosine gets the one that there is."""

    def __repr__(self) -> str:
        return f"Series({', '.join(map(repr, self.known))}, ...)"

    def upto(self, k: int) -> list[float]:
        """The coefficients known so far, among them that of number k."""
        if len(self.known) <= k:
            self.extend(k)
        return self.known

    def extend(self, k: int) -> None:
        """Compute the coefficients up to number k, each from what is known before it."""
        self.known += [0.0] * (k + 1 - len(self.known))

    def slopes(self, k: int) -> list[float]:
        """The coefficients, each times its number."""
        moved = self.moved
        if len(moved) <= k:
            known = self.upto(k)
            moved += [j * known[j] for j in range(len(moved), k + 1)]
        return moved

    def __add__(self, other: Number) -> Series:
        return Sum(self, other) if isinstance(other, Series) else Sum(self, Series(other)) if other else self

    def __neg__(self) -> Series:
        return Scaled(self, -1.0)

    def __pos__(self) -> Series:
        return self

    def __sub__(self, other: Number) -> Series:
        return self + -other

    def __rsub__(self, other: float) -> Series:
        return -self + other

    def __mul__(self, other: Number) -> Series:
        return Product(self, other) if isinstance(other, Series) else self if other == 1 else Scaled(self, float(other))

    def __truediv__(self, other: Number) -> Series:
        return Quotient(self, other if isinstance(other, Series) else Series(other))

    def __rtruediv__(self, other: float) -> Series:
        return Quotient(Series(other), self)

    def __pow__(self, other: Number) -> Series:
        return SERIES["pow"](self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: float) -> Series:
        return SERIES["pow"](other, self)  # type: ignore[no-any-return]

    def __abs__(self) -> Series:
        return SERIES["abs"](self)  # type: ignore[no-any-return]

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Number) -> bool:
        return self.upto(0)[0] < _first(other)

    def __le__(self, other: Number) -> bool:
        return self.upto(0)[0] <= _first(other)

    def __gt__(self, other: Number) -> bool:
        return self.upto(0)[0] > _first(other)

    def __ge__(self, other: Number) -> bool:
        return self.upto(0)[0] >= _first(other)

    def __eq__(self, other: object) -> bool:
        return self.upto(0)[0] == _first(other)

    __hash__ = object.__hash__


def _first(x: Any) -> float:
    """The number itself, of which alone a comparison asks."""
    return x.upto(0)[0] if isinstance(x, Series) else x


class Sum(Series):
    """a + b."""

    __slots__ = ("a", "b")

    def __init__(self, a: Series, b: Series) -> None:
        super().__init__()
        self.a, self.b = a, b

    def extend(self, k: int) -> None:  # noqa: D102  (as that of `Series`)
        n = len(self.known)
        self.known += map(add, self.a.upto(k)[n : k + 1], self.b.upto(k)[n : k + 1])


class Scaled(Series):
    """A number times a."""

    __slots__ = ("a", "factor")

    def __init__(self, a: Series, factor: float) -> None:
        super().__init__()
        self.a, self.factor = a, factor

    def extend(self, k: int) -> None:  # noqa: D102  (as that of `Series`)
        factor = self.factor
        self.known += [factor * c for c in self.a.upto(k)[len(self.known) : k + 1]]


class Product(Series):
    """a b: Cauchy's product."""

    __slots__ = ("a", "b")

    def __init__(self, a: Series, b: Series) -> None:
        super().__init__()
        self.a, self.b = a, b

    def extend(self, k: int) -> None:  # noqa: D102  (as that of `Series`)
        a, b = self.a.upto(k), self.b.upto(k)
        self.known += [sum(map(mul, a, b[n::-1])) for n in range(len(self.known), k + 1)]


class Quotient(Series):
    """a / b, of q b = a."""

    __slots__ = ("a", "b")

    def __init__(self, a: Series, b: Series) -> None:
        super().__init__()
        self.a, self.b = a, b

    def extend(self, k: int) -> None:  # noqa: D102  (as that of `Series`)
        a, b, known = self.a.upto(k), self.b.upto(k), self.known
        for n in range(len(known), k + 1):
            known.append((a[n] - sum(map(mul, known, b[n:0:-1]))) / b[0])


class Operated(Series):
    """An operation of the table, by its partials: ``k y[k]`` is the sum of ``j x[j] d[k - j]`` over operands, j from 1 to k."""

    __slots__ = ("entry", "operands", "partials")

    def __init__(self, entry: Operation, operands: Sequence[Number]) -> None:
        super().__init__(entry.evaluate(*map(_first, operands)))
        self.entry, self.operands = entry, operands
        self.partials: list[tuple[Series, Number]] | None = None

    def extend(self, k: int) -> None:  # noqa: D102  (as that of `Series`)
        if self.partials is None:
            self.partials = [
                (x, TAYLOR.function(self.entry, i)(*self.operands, self))
                for i, x in enumerate(self.operands)
                if isinstance(x, Series) and self.entry.partials[i] is not None
            ]
        for n in range(len(self.known), k + 1):
            total = 0.0
            for x, d in self.partials:
                moved = x.slopes(n)
                if isinstance(d, Series):
                    total += sum(map(mul, moved[1 : n + 1], d.upto(n - 1)[n - 1 :: -1]))
                elif d:
                    total += moved[n] * d
            self.known.append(total / n)


class _Namespace(dict):  # type: ignore[type-arg]
    """Every operation of the table that is no operator, on series; on plain numbers it is itself."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        entry = TABLE.get(name) or INTERNAL.get(name)
        if entry is None or entry.many or name in {"add", "sub", "mul", "neg", "div", "where"} or name in FOR_DOUBLES:
            raise KeyError(name)

        self[name] = partial(self.applied, entry)
        return self[name]  # type: ignore[no-any-return]

    def applied(self, entry: Operation, *xs: Number) -> Number:
        """The operation on series and numbers: on the same ones the same."""
        series = [x for x in xs if isinstance(x, Series)]
        if not series:
            return entry.ieee(*xs)  # type: ignore[arg-type]  # all are floats
        key = entry, *[id(x) if isinstance(x, Series) else x for x in xs]
        if key not in series[0].uses:
            series[0].uses[key] = Operated(entry, xs)
        return series[0].uses[key]


def _power(a: Number, b: Number) -> Number:
    """A small whole power is a product; any other an operation like the others."""
    if isinstance(a, Series) and not isinstance(b, Series) and b in range(1, MOST_FACTORS + 1):
        square = _power(Product(a, a), b // 2) if b > 1 else 1.0
        return square * a if b % 2 else square
    return SERIES.applied(TABLE["pow"], a, b)


def _condition(holds: Callable[..., bool]) -> Callable[..., float]:
    return lambda *xs: float(holds(*map(_first, xs)))


SERIES = _Namespace({
    "number": float, "pow": _power, "identity": lambda x: x, "detach": lambda x: x, "alone": lambda *_: [],
    "exponent": lambda _: 0.0, "lowered": lambda a, _: a, "cofactor": lambda _, *xs: math.prod(xs),
    "choose": lambda c, a, b: a if c else b,
    **{name: _condition(INTERNAL[name].value) for name in ("lt", "le", "gt", "ge", "eq", "ne", "both", "either", "negate")},
})  # fmt: skip
TAYLOR = Kind(SERIES, lambda x: x if isinstance(x, Series) else float(x), "it has no formula on power series")


def taylor(of: Callable[..., Any] | Program, *args: Any, order: int, along: Any = None) -> Any:
    """The Taylor coefficients of a function along a line: of ``f(x + t v)`` in t, ``[f, f', f''/2, ..., f^(n)/n!]``.

    `along` is v, in the structure of the argument (of several a tuple of them); of one number it is 1 unless given. The result
    has a list of ``order + 1`` coefficients in place of each number that f returns. A function is recorded first; of one that
    chooses by numbers (`where`) the side is taken that holds at x.

    Raises `ValueError` for a negative order or a direction that does not fit, `TypeError` for a user's operation without
    formula; and what the function raises at x.

    >>> from autograd import sqrt
    >>> taylor(lambda x, y: [x * y, sqrt(x)], 4.0, 1.0, order=2, along=(1.0, 2.0))
    [[4.0, 9.0, 2.0], [2.0, 0.25, -0.015625]]
    """
    program = of if isinstance(of, Program) else record(of, *args)
    indices = {k for k, rows in enumerate(program.signature.rows) if rows}
    if order < 0 or order != int(order):
        message = f"taylor: the order is a whole number from 0 on, not {order!r}"
        raise ValueError(message)
    numbers = flattened([arg for k, arg in enumerate(args) if k not in indices])
    if along is None and len(numbers) > 1:
        ones = _ones([arg for k, arg in enumerate(args) if k not in indices])
        message = f"taylor: of a function of {len(numbers)} numbers `along` says the direction, such as along={ones!r}"
        raise ValueError(message)
    directions = [1.0] if along is None else flattened(along)
    if len(directions) != len(numbers):
        message = f"taylor: the direction has {len(directions)} numbers, the arguments have {len(numbers)}"
        raise ValueError(message)
    supply = iter([Series(x, v) for x, v in zip(numbers, directions, strict=True)])
    lines = [arg if k in indices else filled(template_of(_lists(arg)), supply) for k, arg in enumerate(args)]
    value = interpreted(program, TAYLOR, tuple(lines)).value
    return mapped(lambda y: _coefficients(y, order), value)


def solution(f: Callable[..., Any] | Program, y: Any, order: int) -> Any:
    """The Taylor coefficients in t of the solution of ``dy/dt = f(y)`` that starts at y: of each number a list of order + 1.

    y is a number or a list of numbers, and f(y) is another of them. What depends on the time has it as one more number, whose
    derivative is 1.

    >>> solution(lambda y: y * y, 1.0, 4)  # 1 / (1 - t)
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    program = f if isinstance(f, Program) else record(f, y)
    states = [_State(x) for x in flattened(y)]
    supply = iter(states)
    slopes = flattened(interpreted(program, TAYLOR, (filled(template_of(_lists(y)), supply),)).value)
    if len(slopes) != len(states):
        message = f"solution: y has {len(states)} numbers, f(y) has {len(slopes)}"
        raise ValueError(message)
    for state, slope in zip(states, slopes, strict=True):
        state.slope = slope
    for k in range(order + 1):  # all of one order before the next: no recursion is deep
        for state in states:
            state.upto(k)
    found = iter([state.known[: order + 1] for state in states])
    return filled(template_of(_lists(y)), found)


class _State(Series):
    """What is integrated: the next coefficient is that of its slope, divided."""

    __slots__ = ("slope",)

    def __init__(self, x: float) -> None:
        super().__init__(x)
        self.slope: Number = 0.0

    def extend(self, k: int) -> None:
        for n in range(len(self.known), k + 1):
            slope = self.slope.upto(n - 1)[n - 1] if isinstance(self.slope, Series) else self.slope if n == 1 else 0.0
            self.known.append(slope / n)


def _coefficients(y: Number, order: int) -> list[float]:
    return y.upto(order)[: order + 1] if isinstance(y, Series) else [float(y), *[0.0] * order]


def _lists(x: Any) -> Any:
    """Arrays as lists: series do not stand in arrays of floats."""
    return x.tolist() if hasattr(x, "tolist") else x


def _ones(args: Sequence[Any]) -> Any:
    ones = tuple([mapped(lambda _: 1.0, _lists(arg)) for arg in args])
    return ones[0] if len(ones) == 1 else ones
