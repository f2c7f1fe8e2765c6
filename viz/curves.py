"""A function of numbers at many points, and its derivatives: what the plots are drawn from. Needs NumPy.

A function is recorded where that is possible, and then computed at all points in one call; where it branches, or closes over
Values, it is called point by point.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import numpy as np

from autograd import Value, gradients, no_grad, record
from autograd.errors import kind_of
from autograd.plain import real_number
from autograd.value import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Many = Callable[[Numbers], Numbers]
    """From points to what a function gives there."""

HALVINGS = 60
"""So often an interval is halved before what is left of it counts as a break: by then its ends are neighbouring floats."""
FOLLOWED = 8
"""So many parts of one interval are halved further."""
NOTICEABLE = 1e-3
"""A change smaller than this part of the curve's height is no break."""

LARGEST = 1e300
"""What is larger is not drawn: matplotlib adds such numbers up."""
STEEP = 1e-6
"""From one float to the next, no continuous curve that one plots changes by this part of its number."""
FINEST = 1e-5
"""Points of a curve, and breaks, that lie closer than this part of its width cannot be told apart."""


def derivatives(f: Callable[[Any], Any], count: int, example: float) -> list[Many]:
    """f and its first `count` derivatives, each a function from many points to the numbers there: nan where f is undefined.

    >>> f, slope = derivatives(lambda x: x * x, 1, 0.0)
    >>> slope(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    try:
        programs = [record(f, example)]
        for _ in range(count):
            programs.append(programs[-1].gradient_program)
        return [_defined([program.batch for program in programs[: k + 1]]) for k in range(count + 1)]
    except TypeError:  # it branches, or closes over Values
        return [_one_by_one(f, k) for k in range(count + 1)]


def _defined(orders: Sequence[Callable[..., Any]]) -> Many:
    """The last of a function and its derivatives; nan where one before it is not finite."""

    def many(xs: Numbers) -> Numbers:
        rows = np.array([row(xs) for row in orders])
        return np.where(np.isfinite(rows).all(axis=0), rows[-1], np.nan)

    return many


def _one_by_one(f: Callable[[Any], Any], order: int) -> Many:
    def one(x: float) -> float:
        v = Value(x)
        try:
            y = f(v)
            for k in range(order):
                if type(y) is not Value:
                    return 0.0
                (y,) = gradients(y, [v], graph=k < order - 1)
        except (ValueError, ArithmeticError):
            return np.nan
        return _number(y)

    return lambda xs: np.array([one(float(x)) for x in xs])


def _number(y: Any) -> float:
    number = number_of(y) if type(y) is Value else real_number(None, y)
    if number is NotImplemented:
        message = f"the function returned {y!r}, {kind_of(y)}, not a number or Value: did it forget its return?"
        raise TypeError(message)
    return float(number)


def of_points(f: Any, example: Sequence[float]) -> Many:
    """A function of two numbers, or of one sequence of two, from points (R, 2) to its numbers (R,) or (R, outputs)."""
    if callable(f) and hasattr(f, "predict"):  # a network, whose parameters are Values
        return lambda points: np.asarray(f.predict(points), dtype=float)
    one = _of_sequence(f)
    try:
        program = record(one, list(example))
    except TypeError:
        return lambda points: np.array([_outputs(one, point) for point in points.tolist()])
    return lambda points: np.asarray(program.batch(points), dtype=float)


def slopes_of_points(f: Callable[..., Any], example: Sequence[float]) -> Many:
    """The gradient of such a function, from points (R, 2) to (R, 2); nan where it is undefined.

    >>> slopes_of_points(lambda x, y: x * x * y, [1.0, 1.0])(np.array([[2.0, 3.0]])).tolist()
    [[12.0, 4.0]]
    """
    one = _of_sequence(f)
    try:
        program = record(one, list(example))
        slopes = program.gradient_program
    except TypeError:
        return lambda points: np.array([_slopes(one, point) for point in points.tolist()])
    return lambda points: np.where(np.isfinite(program.batch(points))[:, None], slopes.batch(points), np.nan)


def _slopes(f: Callable[[Sequence[Any]], Any], point: Sequence[float]) -> Sequence[float]:
    values = [Value(x) for x in point]
    try:
        y = f(values)
        return gradients(y, values) if type(y) is Value else [0.0] * len(point)
    except (ValueError, ArithmeticError):
        return [np.nan] * len(point)


def along(f: Callable[..., Any], path: Sequence[Sequence[float]]) -> list[float]:
    """What a function of one number, two, or one sequence of numbers is at each point of a path; nan where it is undefined.

    >>> along(lambda x, y: x + y, [[1.0, 2.0], [3.0, 4.0]])
    [3.0, 7.0]
    """
    one = _of_point(f, len(path[0]))
    return [float(_outputs(one, point)) for point in path]


def _of_point(f: Callable[..., Any], size: int) -> Callable[[Sequence[Any]], Any]:
    return (lambda point: f(point[0])) if size == 1 else _of_sequence(f)


def _of_sequence(f: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # a builtin
        return lambda point: f(*point)
    required = [p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return f if len(required) == 1 else lambda point: f(*point)


def _outputs(f: Callable[[Sequence[Any]], Any], point: Sequence[float]) -> Any:
    try:
        with no_grad():
            y = f([Value(x) for x in point])
    except (ValueError, ArithmeticError):
        return np.nan
    return [_number(part) for part in y] if isinstance(y, (list, tuple, np.ndarray)) else _number(y)


def descent(f: Callable[..., Any], start: Sequence[float], rate: float, steps: int) -> list[list[float]]:
    """The points of gradient descent on a function of one number, two, or one sequence, the start first; it ends where f does.

    >>> descent(lambda x, y: x**2 + y**2, (1.0, 2.0), 0.25, 2)
    [[1.0, 2.0], [0.5, 1.0], [0.25, 0.5]]
    """
    one = _of_point(f, len(start))
    path = [[float(x) for x in start]]
    for _ in range(steps):
        point = [Value(x) for x in path[-1]]
        try:
            y = one(point)
        except (ValueError, ArithmeticError):
            break
        slopes = gradients(y, point) if type(y) is Value else [0.0] * len(point)
        moved = [v.data - rate * g for v, g in zip(point, slopes, strict=True)]
        if not np.isfinite(moved).all():
            break
        path.append(moved)
    return path


@dataclass(frozen=True)
class Curve:
    """The points of a curve, nan between its pieces; `even` are its numbers at evenly spaced points."""

    x: Numbers
    y: Numbers
    even: Numbers
    unbounded: bool
    """Whether it leaves every limit, as at a pole."""


def traced(values: Many, low: float, high: float, points: int) -> Curve:
    """The curve of a function, broken where it jumps, at its poles, and where it is undefined.

    Intervals between neighbouring points are halved, those parts of them first that change most. Of a continuous function the
    change shrinks with the interval; where it does not, there is a break, known to the last bit.

    >>> curve = traced(np.sign, -1.0, 1.0, 4)
    >>> x = curve.x[~np.isnan(curve.y)]
    >>> bool(np.max(x[x < 0]) > -1e-15)
    True
    """

    def drawable(xs: Numbers) -> Numbers:
        ys = values(xs)
        return np.where(np.abs(ys) <= LARGEST, ys, np.nan)

    with np.errstate(over="ignore", invalid="ignore"):
        return _traced(drawable, np.linspace(low, high, points))


def _traced(values: Many, xs: Numbers) -> Curve:
    even = values(xs)
    finite = even[np.isfinite(even)]
    if not finite.size:
        return Curve(xs, even, finite, unbounded=False)
    high_end, low_end = np.quantile(finite, [0.9, 0.1])
    height = high_end - low_end
    if height <= 1e-9 * max(abs(high_end), abs(low_end)):  # nearly all of it is one number
        height = np.ptp(finite) or abs(finite[0]) or 1.0
    starts, stops, visited, broken = _breaks(values, xs, even, NOTICEABLE * height)
    edges = np.concatenate([starts, stops])
    elsewhere = np.delete(even, np.concatenate([broken, broken + 1]))
    x = np.unique(np.concatenate([xs, visited, edges]))
    y = values(x)
    kept = np.isfinite(y) | np.isin(x, xs) | np.isin(x, edges)
    for start, stop in zip(starts, stops, strict=True):
        kept &= (x <= start) | (x >= stop)
    x, y = x[kept], y[kept]
    at = np.searchsorted(x, stops)
    jump = np.isfinite(y[at]) & np.isfinite(y[at - 1])
    return Curve(
        np.insert(x, at[jump], stops[jump]),
        np.insert(y, at[jump], np.nan),
        finite,
        unbounded=_outside(y[np.isin(x, edges)], elsewhere),
    )


def _outside(ys: Numbers, others: Numbers) -> bool:
    """Whether one of the numbers lies far outside the range of the others."""
    ys, others = ys[np.isfinite(ys)], others[np.isfinite(others)]
    if not ys.size or not others.size:
        return False
    room = np.ptp(others) / 2 + 1e-9 * np.abs(others).max()
    return bool(ys.max() > others.max() + room or ys.min() < others.min() - room)


def _breaks(values: Many, xs: Numbers, ys: Numbers, noticeable: float) -> tuple[Numbers, Numbers, Numbers, NDArray[np.int64]]:
    """Where each break starts and stops, points that were visited on the way there, and the intervals that have a break."""
    a, b, fa, fb = xs[:-1], xs[1:], ys[:-1], ys[1:]
    owner = np.arange(len(a))
    visited: list[Numbers] = []
    owners: list[NDArray[np.int64]] = []
    for _ in range(HALVINGS):
        m = a + (b - a) / 2
        fm = values(m)
        visited.append(m)
        owners.append(owner)
        change = np.maximum(_change(fa, fm), _change(fm, fb))  # for both halves: a pole may stand in the middle of one
        a, b, fa, fb = (np.concatenate(pair) for pair in ((a, m), (m, b), (fa, fm), (fm, fb)))
        owner = np.concatenate([owner, owner])
        kept = _greatest(np.concatenate([change, change]), owner, noticeable)
        a, b, fa, fb, owner = a[kept], b[kept], fa[kept], fb[kept], owner[kept]
        if not a.size:
            return a, b, a, owner
    order = np.argsort(a)
    order = order[_change(fa, fb)[order] > STEEP * np.fmax(np.abs(fa), np.abs(fb))[order]]
    a, b, owner = a[order], b[order], owner[order]
    if not a.size:
        return a, b, a, owner
    apart = a[1:] > b[:-1] + FINEST * (xs[-1] - xs[0])  # what lies closer together is one break
    seen = np.concatenate(visited)[np.isin(np.concatenate(owners), owner)]
    _, first = np.unique(np.floor((seen - xs[0]) / (FINEST * (xs[-1] - xs[0]))), return_index=True)
    return a[np.append(True, apart)], b[np.append(apart, True)], seen[first], np.unique(owner)


def _greatest(change: Numbers, owner: NDArray[np.int64], noticeable: float) -> NDArray[np.int64]:
    """The places of the noticeable changes, of each owner the greatest `FOLLOWED`."""
    order = np.lexsort((-change, owner))
    order = order[change[order] > noticeable]
    first = np.searchsorted(owner[order], owner[order])
    return order[np.arange(len(order)) - first < FOLLOWED]


def _change(p: Numbers, q: Numbers) -> Numbers:
    """How much happens between two numbers: infinitely much if just one of them is finite, nothing if none is."""
    one, other = np.isfinite(p), np.isfinite(q)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(one & other, np.abs(p - q), np.where(one != other, np.inf, -1.0))
