"""What plots are given: numbers, points, several things by name, functions with named parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping, Sequence

from autograd import no_grad, record
from autograd.errors import kind_of
from autograd.plain import real_number
from autograd.value import Value, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Point = Sequence[float]


def named(given: Iterable[Any] | Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """Several sequences by name, or one without. `TypeError` for anything else."""
    parts = given if isinstance(given, Mapping) else {"": given}
    for each in parts.values():
        if not isinstance(each, Iterable):
            advice = ": give its .loss" if hasattr(each, "loss") else ""
            message = f"{each!r} is of type {type(each).__name__}, and no sequence{advice}"
            raise TypeError(message)
    return {str(name): list(each) for name, each in parts.items()}


def plain_numbers(xs: Iterable[Any]) -> list[float]:
    """Numbers and Values alike as floats. `TypeError` for anything else."""
    if not isinstance(xs, Iterable):
        message = f"{xs!r} is of type {type(xs).__name__}, and no sequence of numbers"
        raise TypeError(message)
    found = []
    for x in xs:
        number = number_of(x) if type(x) is Value else real_number(None, x)
        if number is NotImplemented:
            message = f"{x!r} is {kind_of(x)}, not a number or Value"
            raise TypeError(message)
        found.append(number)
    return found


def point_of(given: Any) -> list[float]:
    """The numbers of a point; of a number alone itself."""
    return plain_numbers(given if hasattr(given, "__len__") else [given])


def descended(what: str, rates: Any, steps: Any) -> list[float]:
    """The learning rates of descents, or the only one; `ValueError` if there is none, or no such number of steps."""
    found = point_of(rates)
    if not (found and all(map(math.isfinite, found)) and hasattr(steps, "__index__") and steps >= 0):
        message = f"{what}: give one finite learning rate or more, and how many steps, not {rates!r} and {steps!r}"
        raise ValueError(message)
    return found


def ends(numbers: Sequence[float], low: Any, high: Any, margin: float) -> tuple[float, float]:
    """The ends of an axis that holds all numbers, with a margin as a part of it."""
    a, b = min(numbers), max(numbers)
    room = margin * (b - a) or 0.5 * abs(a) or 1.0
    return a - room if low is None else float(low), b + room if high is None else float(high)


def corners(
    points: list[list[float]], low: Point | None, high: Point | None, margin: float = 0.15
) -> tuple[list[float], list[float]]:
    """The corners of a plot that holds all points, with a margin as a part of its sides."""
    lows, highs = (None, None) if low is None else low, (None, None) if high is None else high
    sides = [ends([p[k] for p in points], lows[k], highs[k], margin) for k in range(2)]
    return [a for a, _ in sides], [b for _, b in sides]


def parameter_names(f: Callable[..., Any], otherwise: list[str]) -> list[str]:
    """The names of a function's parameters as labels of the axes, digits as subscripts."""
    try:
        names = [name for name, p in inspect.signature(f).parameters.items() if p.default is p.empty]
    except (TypeError, ValueError):  # a builtin
        return otherwise
    return [subscripted(name) for name in names] if len(names) == len(otherwise) else otherwise


def function_name(f: Callable[..., Any]) -> str:
    """What a function is called; one without a name is f."""
    name = getattr(f, "__name__", type(f).__name__)
    return "f" if name == "<lambda>" else name


def subscripted(name: str) -> str:
    """A name with the digits at its end as subscripts.

    >>> subscripted("x1"), subscripted("w_12"), subscripted("7")
    ('x₁', 'w₁₂', '7')
    """
    stem = name.rstrip("0123456789_")
    return stem + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in name[len(stem) :].strip("_")) if stem else name


def superscript(number: int) -> str:
    """A whole number, raised."""
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(number))


def outputs_of(f: Callable[..., Any], xs: Any) -> Any:
    """What a network (by its `predict`), or a function of one input, gives for R inputs: an array (R, ...)."""
    import numpy as np

    rows = np.asarray(xs, dtype=float)
    if hasattr(f, "predict"):
        return np.asarray(f.predict(rows), dtype=float)
    if len(rows) == 0:
        return rows
    try:
        return np.asarray(record(f, rows[0].tolist()).batch(rows), dtype=float)
    except TypeError:  # it branches, or closes over Values
        with no_grad():
            return np.array([_told(f(row)) for row in rows.tolist()])


def _told(y: Any) -> Any:
    return plain_numbers(y) if hasattr(y, "__len__") else plain_numbers([y])[0]


def nested_numbers(given: Any, read: Callable[[Value], float] | None = None) -> Any:
    """Nested sequences, or an array, of numbers and Values as nested lists of floats; `read` takes a number from each Value.

    `TypeError` for anything else, and for a plain number where something is read from Values.

    >>> nested_numbers([[Value(1.0), 2], [3.0]])
    [[1.0, 2.0], [3.0]]
    """
    if type(given) is Value:
        return number_of(given) if read is None else read(given)
    if hasattr(given, "tolist"):  # an array, also of Values
        return nested_numbers(given.tolist(), read)
    if isinstance(given, (list, tuple)):
        return [nested_numbers(each, read) for each in given]
    x = real_number(None, given)
    if x is NotImplemented or read is not None:
        wanted = "number or Value" if read is None else "Value, of which it could be told"
        message = f"{given!r:.60} is {kind_of(given)}, and no {wanted}"
        raise TypeError(message)
    return x


def refuse(what: str, why: str, **given: bool) -> None:
    """`TypeError` for options that are given and would say nothing."""
    if wrong := [name for name, is_given in given.items() if is_given]:
        message = f"{what}: {', '.join(wrong)}: {why}"
        raise TypeError(message)


def interval(what: str, low: float, high: float) -> None:
    """`ValueError` unless these are the ends of an interval."""
    if not (math.isfinite(high - low) and low < high):
        message = f"{what}: the interval is from {low!r} to {high!r}; give two finite numbers, the smaller one first"
        raise ValueError(message)
