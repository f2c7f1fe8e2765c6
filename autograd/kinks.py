"""Where the kinks and poles of a graph are, and what they allow: on which side of each it lies, and intervals of subgradients.

>>> from autograd.value import Value
>>> x = Value(0.0)
>>> interval_gradients(3 * x.relu(), [x])
[(0.0, 3.0)]
"""

from __future__ import annotations

import math

from autograd.value import Value, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.operation import Domain

    Interval = tuple[float, float]
    Sides = list[tuple[str, tuple[int, ...], tuple[float, ...]]]


def sides_of(ys: Sequence[Value]) -> Sides:
    """For each node of the graph its operation, its parents' places, and on which side of its kinks and poles it lies."""
    order = members(*ys)
    place = {id(v): k for k, v in enumerate(order)}
    return [(v.op, tuple(place[id(x)] for x in v.parents), _sides(v)) for v in order if v.op]


def _sides(v: Value) -> tuple[float, ...]:
    """1 or -1 for each kink (0 on it), and the part of the domain in which each operand lies (0 outside)."""
    entry = v.entry
    if entry.many:
        return ()
    numbers = plain_operands(v)
    kinks = [float((d > 0) - (d < 0)) for formula, _ in entry.kinks for d in (formula(*numbers),)]
    return (*kinks, *[_part(domain, x) for domain, x in zip(entry.domain, numbers, strict=True)])


def _part(domain: Domain, x: float) -> float:
    if not math.isfinite(x) or x not in domain:
        return 0.0
    if domain.hole == "0":
        return math.copysign(1.0, x)
    return float(math.floor(x)) if domain.hole and x < 0 else 1.0


def same_sides(here: Sides, there: Sides) -> bool:
    """Whether two graphs are the same and no kink or pole lies between; what lies on one at the point itself is let pass."""
    if len(here) != len(there):
        return False
    for (name, parents, sides), (other, others_parents, others) in zip(here, there, strict=True):
        if name != other or parents != others_parents or any(a not in (0, b) for a, b in zip(sides, others, strict=True)):
            return False
    return True


def interval_gradients(y: Value, xs: Sequence[Value]) -> list[Interval]:
    """The sweep with intervals: what the gradient may be if each kink takes any of its subgradients."""
    incoming: dict[int, Interval] = {id(y): (1.0, 1.0)}
    for v in reversed(members(y)):
        g = incoming.get(id(v), (0.0, 0.0))
        if not v.op or g == (0.0, 0.0):
            continue
        for x, d in zip(v.parents, _partial_intervals(v), strict=True):
            low, high = incoming.get(id(x), (0.0, 0.0))
            term = interval_product(g, d)
            incoming[id(x)] = (low + term[0], high + term[1])
    return [incoming.get(id(x), (0.0, 0.0)) for x in xs]


def _partial_intervals(v: Value) -> list[Interval]:
    """By each parent: the stored partial, or the subgradients of the kinks on which the node lies."""
    entry, numbers = v.entry, plain_operands(v)
    hit = [] if entry.many else [bounds for formula, bounds in entry.kinks if formula(*numbers) == 0]
    stored = iter(v.partials)
    found = []
    for i, x in enumerate(v.operands):
        if type(x) is not Value:
            continue
        d = next(stored)
        ends = [end(*numbers) if callable(end) else float(end) for bounds in hit for end in bounds[i]] or [d]
        found.append((min(ends), max(ends)))
    return found


def interval_product(a: Interval, b: Interval) -> Interval:
    """All products of a number in one and a number in the other; 0 times infinity is 0."""
    ends = [p * q if p and q else 0.0 for p in a for q in b]
    return (math.nan, math.nan) if any(e != e for e in ends) else (min(ends), max(ends))  # noqa: PLR0124  (nan)


def plain_operands(v: Value) -> list[float]:
    """The operands of a node as numbers."""
    return [x.data if type(x) is Value else x for x in v.operands]
