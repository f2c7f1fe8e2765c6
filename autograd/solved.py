"""The solution of an equation as a function of what stands in the equation: differentiated without its solver.

However a solution was found (Newton's method, a fixed point, another library), its derivatives follow from the equation alone, by
the implicit function theorem: one linear system of the equation's Jacobian.

>>> from math import sin
>>> from autograd import Value, gradients
>>> from autograd import sin as sine
>>> mean = Value(1.0, label="mean anomaly")
>>> e = 1.0
>>> for _ in range(50):  # Kepler's equation, by a fixed point
...     e = mean.data + 0.3 * sin(e)
>>> anomaly = implicit(lambda e, m: e - 0.3 * sine(e) - m, e, mean)
>>> round(anomaly.data, 12), gradients(anomaly, [mean])
(1.288091313212, [1.0913293011504175])
"""

from __future__ import annotations

from math import isfinite

from autograd import value
from autograd.derivative import jacobian
from autograd.functions import dot
from autograd.structures import filled, flattened, template_of
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

NEAR = 1e-6
"""A solution that Newton's method would still move by more than this, relative to its size (or to 1), is none."""


def implicit(equation: Callable[..., Any], solution: Any, *args: Any, order: int = 1) -> Any:
    """The solution y of ``equation(y, *args) = 0`` as Values that depend on `args`, which hold Values.

    `solution` is what a solver found: a number, or a list of n numbers, of an equation that gives as many. Values come back in
    the same structure. They hang on the residuals, and these on `args`: a gradient that comes in is multiplied by the inverse,
    which solves the linear system, and passes the equation once, whatever the number of unknowns. All of it is made in a scope
    "implicit", one node of a picture that is collapsed (`viz.draw(..., collapse=1)`). Derivatives are right up to `order`: that
    many steps of Newton's method with the Jacobian of the solution are taken on Values, of which each gives one order more (and
    the number its last digits).

    Raises `ValueError` where the numbers are no solution, where the Jacobian by y is singular (there is no derivative), and where
    the equation gives another number of residuals; `TypeError` in a recording, whose numbers are not known.
    """
    if value.recorder() is not None:
        message = "implicit() needs numbers, and cannot be recorded: solve outside, and record what follows"
        raise TypeError(message)
    numbers = [float(y) for y in flattened(solution)]
    template = template_of(solution)
    plain = [_numbers(arg) for arg in args]
    rows = _rows(equation, filled(template, iter(numbers)), plain, len(numbers))
    inverse = _inverse(rows)
    step = [sum(a * r for a, r in zip(row, _residuals(equation, numbers, template, plain))) for row in inverse]
    if not all(abs(d) <= NEAR * max(1.0, abs(y)) for d, y in zip(step, numbers)):
        message = f"implicit: {solution!r:.80} is no solution, Newton's method would move it by {max(map(abs, step)):.3g}"
        raise ValueError(message)
    ys: list[Any] = numbers
    with value.scope("implicit"):
        for _ in range(order):
            residuals = _residuals(equation, ys, template, args)
            ys = [y - dot(row, residuals) for y, row in zip(ys, inverse, strict=True)]
    return filled(template, iter(ys))


def _numbers(x: Any) -> Any:
    """An argument with plain numbers in place of Values."""
    return filled(template_of(x), iter([y.data if isinstance(y, Value) else y for y in flattened(x)]))


def _residuals(equation: Callable[..., Any], ys: Sequence[Any], template: Any, args: Sequence[Any]) -> list[Any]:
    found = flattened(equation(filled(template, iter(ys)), *args))
    if len(found) != len(ys):
        message = f"implicit: the equation gives {len(found)} residuals for {len(ys)} unknowns"
        raise ValueError(message)
    return found


def _rows(equation: Callable[..., Any], y: Any, args: Sequence[Any], n: int) -> list[list[float]]:
    """The Jacobian of the equation by y."""
    template = template_of(y)
    columns = lambda ys: _residuals(equation, ys, template, args)
    rows: list[list[float]] = jacobian(columns)(flattened(y))
    return [list(map(float, row)) for row in rows] if n else []


def _inverse(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of a matrix, by elimination with the largest pivot."""
    n = len(rows)
    work = [[*row, *[float(i == k) for k in range(n)]] for i, row in enumerate(rows)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(work[i][k]))
        if not isfinite(work[pivot][k]) or abs(work[pivot][k]) <= 1e-14 * max(map(abs, rows[pivot]), default=0.0):
            message = "implicit: the Jacobian of the equation by its unknowns is singular at the solution: there is no derivative"
            raise ValueError(message)
        work[k], work[pivot] = work[pivot], work[k]
        head = work[k] = [x / work[k][k] for x in work[k]]
        for i in range(n):
            if i != k and work[i][k]:
                factor = work[i][k]
                work[i] = [x - factor * y for x, y in zip(work[i], head)]
    return [row[n:] for row in work]
