"""The numeric check of a gradient: differences of the function itself, extrapolated, with an estimate of their error.

>>> from autograd import sin
>>> check_gradients(lambda x, y: sin(x) * y**2, 0.5, 3.0, order=2)

`differences` says how a difference becomes a derivative, `comparison` when the two agree.
"""

from __future__ import annotations

from autograd import value
from autograd.comparison import LOST, Target
from autograd.errors import as_written, kind_of
from autograd.kinks import plain_operands
from autograd.report import Report
from autograd.structures import mapped
from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal, overload

    from autograd.comparison import Finding
    from autograd.operation import Operation
    from autograd.report import Row


if TYPE_CHECKING:

    @overload
    def check_gradients(
        f: Callable[..., Any],
        *args: Any,
        order: int = 1,
        noise: float = 0.0,
        directions: int | None = None,
        report: Literal[False] = False,
    ) -> None: ...
    @overload
    def check_gradients(
        f: Callable[..., Any],
        *args: Any,
        order: int = 1,
        noise: float = 0.0,
        directions: int | None = None,
        report: Literal[True],
    ) -> Report: ...


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    noise: float = 0.0,
    directions: int | None = None,
    report: bool = False,
) -> Report | None:
    """Compare every derivative of `f` at `args` with differences of f, and with `order` n those up to the n-th.

    `args` are as for `grad`: scalars or nested sequences of them; f may return a sequence too. The step is chosen for each
    entry and the tolerance follows from the estimated error of the differences. At a kink of the table any member of the
    interval of subgradients is right (and orders above the first do not exist and are not checked); a step never crosses a
    kink nearby, nor leaves the domain: at its edge the difference is one-sided.

    `noise`: f is only near, such as a solver that stops early; each value, and each derivative, is right to `noise` times its
    size, or to `noise` itself where it is smaller than 1. `directions`: so many random directions (always the same ones) are
    checked in place of every entry, each by one pair of values where these agree. `report`: return both columns, how far they
    are and may be apart, and what either took.

    Raises `AssertionError`, naming the entry, both numbers and the operation most likely at fault. `TypeError` or `ValueError`
    where nothing can be checked: no argument, f not finite at the point or not the same twice, an isolated point. Warns
    (`RuntimeWarning`) of derivatives that differences cannot tell at this point, if no report is asked for.

    >>> check_gradients(lambda xs: xs[0] * xs[1].relu(), [2.0, 0.0])
    >>> from autograd.registry import op, remove
    >>> cube = op("cube", lambda x: x**3, lambda x, y: 2 * x**2)
    >>> check_gradients(cube, 2.0)
    Traceback (most recent call last):
    ...
    AssertionError: argument 0: the analytic derivative is 8.0, differences give 12.0 (error estimate 2e-13)
    Most likely at fault: cube(2.0), its partial by x is 8.0 where differences give 12.0
    >>> remove("cube")
    """
    _check_options(f, order, noise, directions)
    plain = tuple([mapped(lambda x: x.data if type(x) is Value else x, x) for x in args])
    found = Report([], 0, 0, 0)
    wrong = ""
    for level in range(order):
        target = Target(f, plain, level, noise)
        for finding in target.findings(target.lines(directions)):
            found.rows.append(finding.row(target))
            if finding.wrong:
                wrong = wrong or f"{finding.told(target)}\n{_suspicion(target)}{_hint(finding, noise)}"
                if not report:
                    raise AssertionError(wrong)
        found.evaluations += target.evaluations
        found.runs += 1
        found.passes += target.passes
        if wrong or target.on_kink:
            break
    if wrong:
        error = AssertionError(wrong)
        error.add_note(repr(found))
        raise error
    if report:
        return found
    _warn(found.unclear)
    return None


def _check_options(f: object, order: Any, noise: Any, directions: Any) -> None:
    if not callable(f):
        message = f"check_gradients: the first argument is the function to check, not {kind_of(f)}"
        raise TypeError(message)
    for name, count in (("order", order), ("directions", 1 if directions is None else directions)):
        if isinstance(count, bool) or not hasattr(count, "__index__"):
            message = f"check_gradients: {name} is an int, not {kind_of(count)}"
            raise TypeError(message)
        if count < 1:
            message = f"check_gradients: {name} counts from 1, not {count}"
            raise ValueError(message)
    if isinstance(noise, bool) or not isinstance(noise, (int, float)):
        message = f"check_gradients: noise is a number such as 1e-6, not {kind_of(noise)}"
        raise TypeError(message)
    if not 0 <= noise < 1:
        message = f"check_gradients: noise is the part of a value that may be wrong, such as 1e-6, not {noise!r}"
        raise ValueError(message)


def _warn(unclear: Sequence[Row]) -> None:
    if unclear:
        import warnings

        more = f" (and {len(unclear) - 1} more: report=True lists them)" if len(unclear) > 1 else ""
        message = f"check_gradients: {unclear[0].where} cannot be compared here: {unclear[0].note}{more}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)


# Which operation is to blame.


def _suspicion(target: Target) -> str:
    """The second line of the message: the operation whose own derivative differs most from its own differences."""
    inside_a_rule = _blamed(members(*target.outputs), 0, target.noise) if target.level else ""
    line = inside_a_rule or _blamed(members(*target.base), target.level, target.noise)
    if line:
        return f"Most likely at fault: {line}"
    return (
        "Each operation agrees with its own differences: was the graph cut (.data, detach, a number computed from an argument)?"
    )


def _hint(finding: Finding, noise: float) -> str:
    """What else may explain a small difference."""
    if noise or finding.gap > 1e-3:
        return ""
    return (
        "\nSo small a difference is also left by a function that is only near (a solver, a series cut short): noise=1e-6 says so"
    )


def _blamed(nodes: Sequence[Value], level: int, noise: float) -> str:
    """The worst of the nodes, each taken by itself at its operands; the empty string if none is wrong."""
    worst, line = 0.0, ""
    for v in nodes:
        if v.op:
            for finding, text in _own_findings(v, level, noise):
                if finding.gap > worst:
                    worst, line = finding.gap, text
    return line


def _own_findings(v: Value, level: int, noise: float) -> list[tuple[Finding, str]]:
    entry, numbers = v.entry, plain_operands(v)
    places = [i for i, x in enumerate(v.operands) if type(x) is Value]
    try:
        target = Target(lambda *xs: _applied(entry, numbers, places, *xs), tuple(numbers[i] for i in places), level, noise)
        findings = [finding for finding in target.findings(target.lines(None)) if finding.wrong]
    except (*LOST, TypeError):
        return []
    told = []
    for finding in findings:
        path, j = [_operand(entry, places[next(iter(finding.line.weights))])], finding.j
        for _ in range(level):
            j, k = divmod(j, len(places))
            path.insert(0, _operand(entry, places[k]))
        which = f"partial by {path[0]}" if level == 0 else f"derivative by {', then '.join(path)}"
        difference = f"is {finding.analytic!r} where differences give {finding.estimate.number!r}"
        told.append((finding, f"{as_written(entry, numbers)}, its {which} {difference}"))
    return told


def _applied(entry: Operation, numbers: list[float], places: list[int], *xs: Value) -> Any:
    operands: list[Any] = list(numbers)
    for i, x in zip(places, xs, strict=True):
        operands[i] = x
    return value.apply_many(entry, operands) if entry.many else value.apply(entry, operands)


def _operand(entry: Operation, i: int) -> str:
    return f"operand {i}" if entry.many else entry.operands[i]
