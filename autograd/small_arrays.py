"""Arrays of doubles in plain Python, for training where NumPy is not installed: the part of it that `nn` asks for, by its names.

What is done to each number gives NumPy's bits, and shuffles are the same. It is slow, and no array for anything else: operands
are numbers, or arrays of one shape.
"""

from __future__ import annotations

import math
import operator
from itertools import chain, compress
from types import SimpleNamespace

from autograd.errors import not_installed
from autograd.plain import as_number
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import nullcontext
    from typing import Any, TypeAlias

    Shape: TypeAlias = tuple[int, ...]

MASK, WORDS = 0xFFFF_FFFF, 624


def numpy() -> Any:
    """NumPy, or what stands in for it where it is not installed."""
    try:
        import numpy as np
    except ImportError:
        return SMALL
    return np


class Array:
    """Numbers, or truths, in a shape, row after row.

    >>> x = asarray([[1, 2], [3, 5]])
    >>> x *= 2
    >>> (x - 1).tolist(), x[1].tolist(), x.shape, (x > 4).tolist()
    ([[1.0, 3.0], [5.0, 9.0]], [6.0, 10.0], (2, 2), [[False, False], [True, True]])
    """

    __slots__ = ("numbers", "shape")

    def __init__(self, numbers: list[Any], shape: Shape) -> None:
        self.numbers, self.shape = numbers, shape

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: len(self.numbers))

    def __repr__(self) -> str:
        return f"array({self.tolist()})"

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at: Any) -> Any:
        first, *rest = at if isinstance(at, tuple) else (at,)
        inner = self.shape[1:]
        many = math.prod(inner)
        if isinstance(first, (Array, slice)):
            rows = first.numbers if isinstance(first, Array) else range(self.shape[0])[first]
            found = chain.from_iterable(self.numbers[row * many : (row + 1) * many] for row in rows)
            return Array(list(found), (len(rows), *inner))
        row = range(self.shape[0])[first]
        if not inner:
            return self.numbers[row]
        row_there = Array(self.numbers[row * many : (row + 1) * many], inner)
        return row_there[tuple(rest)] if rest else row_there

    def __setitem__(self, at: slice, given: Any) -> None:
        self.numbers[at] = numbers_beside(given, len(self.numbers[at]))

    def tolist(self) -> Any:
        """Lists of numbers, as deep as there are dimensions."""
        if not self.shape:
            return self.numbers[0]
        found = self.numbers.copy()
        for many in reversed(self.shape[1:]):
            found = [found[i : i + many] for i in range(0, len(found), many)] if many else [[]] * self.shape[0]
        return found

    def astype(self, kind: Callable[[Any], Any]) -> Array:
        """Each number as one of another kind."""
        return each(kind, self)  # type: ignore[no-any-return]

    def copy(self) -> Array:
        """The same numbers once more."""
        return Array(self.numbers.copy(), self.shape)

    def reshape(self, *shape: int) -> Array:
        """The same numbers in another shape, of which one length may be -1."""
        known = math.prod(n for n in shape if n >= 0)
        return Array(self.numbers, tuple(n if n >= 0 else len(self.numbers) // known for n in shape))

    def ravel(self) -> Array:
        """The same numbers in a row."""
        return self.reshape(-1)

    def _rows(self) -> list[Any]:
        return self.reshape(self.shape[0], -1).tolist()  # type: ignore[no-any-return]

    def argmax(self, axis: int) -> Array:  # noqa: ARG002  (the last one, of two)
        """Where the largest number of each row stands."""
        return Array([row.index(max(row)) for row in self._rows()], self.shape[:1])

    def sum(self, axis: int) -> Array:  # noqa: ARG002
        """What the numbers of each row add up to."""
        return Array(list(map(sum, self._rows())), self.shape[:1])

    def mean(self) -> float:
        """The mean of all numbers."""
        return sum(self.numbers) / len(self.numbers)  # type: ignore[no-any-return]

    def max(self) -> float:
        """The largest number, where none is nan."""
        return max(self.numbers)  # type: ignore[no-any-return]

    def all(self) -> bool:
        """Whether all are true."""
        return all(self.numbers)

    def __abs__(self) -> Array:
        return Array(list(map(abs, self.numbers)), self.shape)

    def __invert__(self) -> Array:
        return Array([not x for x in self.numbers], self.shape)


def numbers_beside(given: Any, many: int) -> list[Any]:
    """The numbers of an array or a list, or one number so many times, or those of a row for each row."""
    found = given.numbers if isinstance(given, Array) else given if isinstance(given, list) else [given] * many
    if isinstance(given, Array) and 0 < len(found) < many and many % len(found) == 0:
        return found * (many // len(found))
    if len(found) != many:
        message = f"{len(found)} numbers are none for {many}"
        raise ValueError(message)
    return found


def _quotient(x: float, y: float) -> float:
    if y:
        return x / y
    return math.nan if not x or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)  # noqa: PLR0124


def _operators(name: str, function: Callable[[Any, Any], Any]) -> None:
    def plain(self: Array, other: Any) -> Array:
        return Array(list(map(function, self.numbers, numbers_beside(other, self.size))), self.shape)

    def turned(self: Array, other: Any) -> Array:
        return Array(list(map(function, numbers_beside(other, self.size), self.numbers)), self.shape)

    def in_place(self: Array, other: Any) -> Array:
        self.numbers[:] = map(function, self.numbers, numbers_beside(other, self.size))
        return self

    for prefix, method in (("", plain), ("r", turned), ("i", in_place)):
        setattr(Array, f"__{prefix}{name}__", method)


for _name, _function in {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": _quotient, "and": operator.and_,
}.items():  # fmt: skip
    _operators(_name, _function)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _operators(_name, getattr(operator, _name))


def asarray(given: Any) -> Any:
    """Numbers, in lists of equal lengths, as an array; an array itself."""
    if isinstance(given, Array):
        return given
    if not isinstance(given, (list, tuple)):
        return Array([_number(given)], ())
    shape, flat = [len(given)], list(given)
    while flat and hasattr(flat[0], "__len__"):
        if len({len(row) if hasattr(row, "__len__") else -1 for row in flat}) > 1:
            message = "the rows have unequal lengths"
            raise ValueError(message)
        shape.append(len(flat[0]))
        flat = list(chain.from_iterable(flat))
    return Array(list(map(_number, flat)), tuple(shape))


def _number(x: Any) -> float:
    if type(x) is Value:
        message = f"an array holds plain numbers, not {x!r}: write its .data"
        raise TypeError(message)
    return as_number(x)


def each(function: Callable[..., Any], *given: Any, out: Array | None = None) -> Any:
    """A function of each number of an array, and of the others beside it; into `out`, or a new array."""
    first = next(x for x in given if isinstance(x, Array))
    numbers = list(map(function, *(numbers_beside(x, first.size) for x in given)))
    if out is None:
        return Array(numbers, first.shape)
    out.numbers[:] = numbers
    return out


class RandomState:
    """The numbers that NumPy promises never to change: the Mersenne Twister, seeded by a list."""

    def __init__(self, _: int | None = None) -> None:
        import random  # which the first `record` of a process need not wait for

        self.drawn = random.Random()  # noqa: S311  (no secrets)

    def seed(self, key: Sequence[int]) -> None:
        """Begin with these numbers below 2**32, as its authors say (init_by_array)."""
        state = [19650218]
        for i in range(1, WORDS):
            state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + i) & MASK)
        i = 1
        for factor, added in ((1664525, True), (1566083941, False)):
            for k in range(max(WORDS, len(key)) if added else WORDS - 1):
                more = key[k % len(key)] + k % len(key) if added else -i
                state[i] = ((state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * factor) + more) & MASK
                i += 1
                if i == WORDS:
                    state[0], i = state[-1], 1
        state[0] = 1 << 31
        self.drawn.setstate((3, (*state, WORDS), None))

    def permutation(self, many: int) -> Array:
        """The numbers below another one in an order of chance."""
        found = list(range(many))
        for last in range(many - 1, 0, -1):
            bits = (1 << last.bit_length()) - 1
            while (i := self.drawn.getrandbits(32) & bits) > last:
                pass
            found[i], found[last] = found[last], found[i]
        return Array(found, (many,))

    def random_sample(self, shape: Shape) -> Array:
        """Numbers from 0 to 1."""
        return Array([self.drawn.random() for _ in range(math.prod(shape))], shape)


def all_of(shape: int | Shape, number: float) -> Array:
    """An array of one number."""
    shape = shape if isinstance(shape, tuple) else (shape,)
    return Array([number] * math.prod(shape), shape)


class SmallArrays:
    """What NumPy has as functions, by their names there; what is not here needs NumPy."""

    @staticmethod
    def array(given: Any) -> Array:
        """The same, never the one that was given."""
        return asarray(given).copy()  # type: ignore[no-any-return]

    @staticmethod
    def zeros(shape: int | Shape) -> Array:
        """An array of zeros."""
        return all_of(shape, 0.0)

    empty = zeros

    @staticmethod
    def ones(shape: int | Shape) -> Array:
        """An array of ones."""
        return all_of(shape, 1.0)

    @staticmethod
    def sqrt(x: Array, out: Array | None = None) -> Any:
        """The square root; nan below 0."""
        return each(lambda x: math.sqrt(x) if x >= 0 else math.nan, x, out=out)

    @staticmethod
    def sign(x: Array) -> Any:
        """-1, 0 or 1."""
        return each(lambda x: (x > 0.0) - (x < 0.0) + 0.0 if x == x else x, x)  # noqa: PLR0124

    @staticmethod
    def floor(x: Array) -> Any:
        """The whole number below."""
        return each(lambda x: math.copysign(math.floor(x), x) if math.isfinite(x) else x, x)

    @staticmethod
    def isfinite(x: Array) -> Any:
        """Whether each is a finite number."""
        return each(math.isfinite, x)

    @staticmethod
    def multiply(x: Any, y: Any, out: Array | None = None) -> Any:
        """The product."""
        return each(operator.mul, x, y, out=out)

    @staticmethod
    def divide(x: Any, y: Any, out: Array | None = None) -> Any:
        """The quotient, as IEEE 754 has it."""
        return each(_quotient, x, y, out=out)

    @staticmethod
    def clip(x: Array, low: float, high: float, out: Array | None = None) -> Any:
        """Each number, or the limit that it lies beyond."""
        return each(lambda x: low if x < low else min(x, high), x, out=out)

    @staticmethod
    def vdot(x: Array, y: Array) -> float:
        """The sum of the products."""
        return sum(map(operator.mul, x.numbers, y.numbers))  # type: ignore[no-any-return]

    @staticmethod
    def mean(x: Array) -> float:
        """The mean of all numbers."""
        return x.mean()

    @staticmethod
    def all(x: Any) -> bool:
        """Whether all are true."""
        return bool(x.all() if isinstance(x, Array) else x)

    @staticmethod
    def size(x: Any) -> int:
        """How many numbers there are."""
        return asarray(x).size if hasattr(x, "__len__") else 1

    @staticmethod
    def shape(x: Any) -> Shape:
        """How many there are in each dimension."""
        return asarray(x).shape if hasattr(x, "__len__") else ()

    @staticmethod
    def flatnonzero(x: Array) -> Array:
        """Where something is true, in a row."""
        found = list(compress(range(x.size), x.numbers))
        return Array(found, (len(found),))

    @staticmethod
    def argwhere(x: Array) -> list[list[int]]:
        """The places at which something is true."""
        found = []
        for i in compress(range(x.size), x.numbers):
            place = []
            for many in reversed(x.shape):
                i, rest = divmod(i, many)  # noqa: PLW2901
                place.append(rest)
            found.append(place[::-1])
        return found

    @staticmethod
    def eye(many: int) -> Array:
        """The unit matrix."""
        return Array([float(i == k) for i in range(many) for k in range(many)], (many, many))

    @staticmethod
    def take(x: Array, rows: Array, axis: int = 0, out: Any = None, mode: str = "") -> None:  # noqa: ARG004  (as NumPy has it)
        """These rows, into `out`."""
        out.numbers[:] = x[rows].numbers

    @staticmethod
    def errstate(**_: str) -> nullcontext[None]:
        """Nothing: what overflows says nothing here."""
        from contextlib import nullcontext

        return nullcontext()

    class add:  # noqa: N801
        """Sums."""

        @staticmethod
        def accumulate(x: Array) -> Array:
            """The sums of all rows up to each."""
            found, many = x.copy(), math.prod(x.shape[1:])
            for i in range(many, x.size):
                found.numbers[i] += found.numbers[i - many]
            return found

    asarray = staticmethod(asarray)
    random = SimpleNamespace(RandomState=RandomState)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        what = f"numpy.{name}"
        raise not_installed(what, "numpy") from None


SMALL = SmallArrays()
