"""Plain numbers: what is one, as a float, and what is none."""

from __future__ import annotations

import sys

from autograd.errors import not_a_number, too_large

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Any

    from autograd.operation import Operation

REFUSED: list[type] = [complex, str, bytes]
"""Numbers that are not real, and what is no number though one might take it for one."""


class Index(int):
    """A whole number that is one of so many rows, as `autograd.index` declares it. Each size has a class of its own."""

    __slots__ = ()
    size = 0

    def __repr__(self) -> str:
        return f"index({int(self)}, {self.size})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _indexed, (int(self), self.size)


SIZES: dict[int, type[Index]] = {}
"""The class of each size."""


def of_size(size: int) -> type[Index]:
    """The class of the indices of so many rows."""
    known = SIZES.get(size)
    if known is None:  # each once, also where threads ask for it at the same time
        known = SIZES.setdefault(size, type("Index", (Index,), {"__slots__": (), "size": size, "__module__": __name__}))
    return known


def _indexed(number: int, size: int) -> Index:
    """For pickle."""
    return of_size(size)(number)


def kinds_in(things: Any) -> set[type]:
    """The types of all things in a list or tuple."""
    found: set[type] = set()
    last = None
    for x in things:
        if type(x) is not last:
            last = type(x)
            found.add(last)
    return found


def joined(rows: Any) -> list[Any]:
    """All that is in lists or tuples, one after the other."""
    found: list[Any] = []
    for row in rows:
        found += row
    return found


def is_whole(x: Any) -> bool:
    """Whether something is a whole number, be it a float; True and False are none."""
    if isinstance(x, bool) or type(x).__name__ in ("bool_", "bool"):
        return False
    return hasattr(x, "__index__") or (hasattr(x, "is_integer") and x.is_integer())


def real_number(entry: Operation | None, x: object) -> Any:
    """A plain number as a float. `TypeError` for complex, Decimal and str, `NotImplemented` for what is no number.

    `OverflowError` for one beyond the largest float.
    """
    fractions = sys.modules.get("fractions")
    if isinstance(x, (float, int)) or (fractions is not None and isinstance(x, fractions.Fraction)):
        try:
            return float(x)
        except OverflowError:
            raise too_large(entry, x) from None
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(x, numpy.generic):
        if x.dtype.kind in "biuf":
            return float(x)
        raise not_a_number(entry, x)
    decimal = sys.modules.get("decimal")
    if isinstance(x, tuple(REFUSED)) or (decimal is not None and isinstance(x, decimal.Decimal)):
        raise not_a_number(entry, x)
    return NotImplemented


def as_number(x: object) -> float:
    """A plain number as a float. `TypeError` for all that is none."""
    number = real_number(None, x)
    if number is NotImplemented:
        raise not_a_number(None, x)
    return number  # type: ignore[no-any-return]


def little_endian(numbers: array[Any]) -> array[Any]:
    """The same array with the bytes of a little-endian machine; its own inverse."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
