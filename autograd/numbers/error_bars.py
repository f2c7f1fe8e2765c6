"""A bound on what rounding did to a value, and where: from one backward pass.

>>> from autograd import Value, sqrt
>>> b = Value(1e8, label="b")
>>> small = b - sqrt(b * b - 4)  # the small root of x² − 2bx + 4: the digits cancel
>>> found = rounding(small)
>>> small.data, found.bound > 1e-8
(1.4901161193847656e-08, True)
>>> better = 4 / (b + sqrt(b * b - 4))
>>> rounding(better).bound < 1e-23
True

What is computed differs from what is exact, at the same leaves, by the sum over all nodes of adjoint times own error: an
operation's published error (see `accuracy`; half a unit in the last place of each partial sum), and what the change of its
partials over the errors of its operands adds, the term of second order. The adjoints are those of the computed graph, so this
is an identity (an expansion about the computed numbers); only their own rounding is left, for which 1/1000 is added. For the
term of second order each node's error is bounded by those of its operands alone: along thousands of steps of a recurrence this
grows beyond all bounds, and the bound may be infinite where the error is not.
"""

from __future__ import annotations

import math
from array import array
from functools import cached_property
from itertools import product

from autograd.anew import require_in_date
from autograd.derivative import gradients
from autograd.graph import described
from autograd.numbers.accuracy import error_of, ulps_of
from autograd.ops import BY_CODE
from autograd.value import Value, graph_columns, graph_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from autograd.operation import Domain, Operation

SHOWN = 10
"""So many nodes are printed."""
SAFETY = 1 + 2.0**-10
"""For the rounding of the adjoints, and of the bound itself."""
TINY = 1e-12
"""Of operands whose relative error is smaller the partials change by less than `SAFETY` has room for."""
MOST_CORNERS = 3
"""An operation of more operands than this has its partials compared at two corners of its errors alone."""


class Rounding:
    """What rounding may have done to a value: at most `bound`; in units of the value `relative`.

    ``found[v]`` is the share of a Value: how much of the bound its own rounding made. `worst` are the Values with the largest
    shares. Printed, it is a table of these, with labels and scopes.
    """

    def __init__(self, y: Value, nodes: Sequence[Value], shares: Sequence[float]) -> None:
        self.of, self.nodes, self.shares = y, nodes, shares
        total = math.fsum(shares) * SAFETY if all(map(math.isfinite, shares)) else math.inf
        self.bound = total if math.isfinite(y.data) else math.inf

    @property
    def relative(self) -> float:
        """The bound over the size of the value."""
        return self.bound / abs(self.of.data) if self.of.data else math.inf if self.bound else 0.0

    @property
    def digits(self) -> float:
        """So many decimal digits of the value are certain; 0 if none is."""
        return max(-math.log10(self.relative), 0.0) if self.relative else math.inf

    @cached_property
    def by_node(self) -> dict[int, float]:
        """The share of each node, by identity."""
        return dict(zip(map(id, self.nodes), self.shares, strict=True))

    def __getitem__(self, v: Value) -> float:
        return self.by_node[id(v)]

    @cached_property
    def worst(self) -> list[Value]:
        """The Values with a share, the largest first."""
        order = sorted(range(len(self.nodes)), key=lambda i: -self.shares[i])
        return [self.nodes[i] for i in order if self.shares[i]]

    def __repr__(self) -> str:
        lines = [f"{self.of.data!r} ± {self.bound:.2g}: {self.digits:.1f} digits are certain"]
        for v in self.worst[:SHOWN]:
            share = self[v] * SAFETY / self.bound if 0 < self.bound < math.inf else math.nan
            lines.append(f"{share:7.1%}  {self[v]:.2g}  {described(v)}")
        if len(self.worst) > SHOWN:
            lines.append(f"         and {len(self.worst) - SHOWN} more")
        return "\n".join(lines)


def rounding(y: Value, leaves: float = 0.0) -> Rounding:
    """How far the number of a Value may be from what exact arithmetic gives at the numbers of its leaves.

    `leaves` is the error of each leaf in units in its last place: 0 where they are the doubles that they hold, 0.5 where each
    stands for a decimal such as 0.1. Choices by number (`where`, `max`) are taken as they were. Where an error is so large that
    an operand may have left the domain, the bound is infinite.

    Raises `TypeError` for what is no Value, `ValueError` for a graph that is out of date.
    """
    if not isinstance(y, Value):
        message = f"rounding: a Value belongs here, not {y!r:.80}"
        raise TypeError(message)
    require_in_date(y)
    _, nodes = graph_part(y, {})
    adjoints = gradients(y, nodes)
    own = _Errors(nodes, leaves).own
    shares = [abs(a) * e if a and e else 0.0 for a, e in zip(adjoints, own, strict=True)]
    return Rounding(y, nodes, shares)


class _Errors:
    """Of each node of a graph the own error, and by how much its number may be off, both in absolute terms."""

    def __init__(self, nodes: list[Value], leaves: float) -> None:
        codes, *columns, _ = graph_columns([], nodes)
        kinds, counts, operands, numbers, data = [array(kind, each).tolist() for each, kind in zip(columns, "HIidd")]
        self.data, self.off, self.own = data, [0.0] * len(nodes), [0.0] * len(nodes)
        entries = [BY_CODE[code] for code in codes]
        known = [(entry, ulps_of(entry), RULES.get(entry.name, _any)) for entry in entries if entry is not None]
        at, off, own = 0, self.off, self.own
        for i, (kind, count) in enumerate(zip(kinds, counts, strict=True)):
            if not kind:
                own[i] = off[i] = leaves * math.ulp(data[i]) if leaves else 0.0
                continue
            entry, ulps, rule = known[kind - 1]
            end = at + count
            first, more = rule(self, entry, ulps, i, operands[at:end], numbers[at:end])
            own[i] = first
            off[i] = first + more
            at = end

    def numbers(self, places: Sequence[int], given: Sequence[float]) -> list[float]:
        """The numbers of operands."""
        data = self.data
        return [data[x] if x >= 0 else number for x, number in zip(places, given, strict=True)]


# Of an operation: its own error, and what it takes over from its operands.


def _linear(errors: _Errors, _: Operation, ulps: float, i: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """Its partials do not change."""
    off = errors.off
    y = errors.data[i]
    more = 0.0
    for x, d in zip(xs, ds):
        if x >= 0:
            more += abs(d) * off[x]
    return (max(ulps * math.ulp(y), 5e-324) if ulps else 0.0), more


def _mul(errors: _Errors, _: Operation, ulps: float, i: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """A product: each partial changes by the error of the other operand."""
    a, b = xs
    off = errors.off
    e, f = off[a] if a >= 0 else 0.0, off[b] if b >= 0 else 0.0
    return ulps * math.ulp(errors.data[i]) + 5e-324 + e * f, (abs(ds[0]) * e if e else 0.0) + (abs(ds[1]) * f if f else 0.0)


def _sum(errors: _Errors, entry: Operation, _: float, i: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """Terms one after the other: each partial sum is rounded."""
    own, total = 0.0, 0.0
    for x in errors.numbers(xs, ds):
        total += x
        own += math.ulp(total)
    last, more = _linear(errors, entry, 0.5, i, xs, ds)
    return (own / 2 if entry.name == "sum" else own / 2 / len(xs) + last), more


def _dot(errors: _Errors, _: Operation, __: float, ___: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """A bias and products one after the other: each product and each partial sum is rounded."""
    off = errors.off
    n = len(xs) // 2
    numbers = errors.numbers(xs, ds)
    total = numbers[-1] if len(xs) % 2 else 0.0
    own = more = 0.0
    for k in range(n):
        term = numbers[k] * numbers[k + n]
        total += term
        own += (math.ulp(term) + math.ulp(total)) / 2
        e, f = off[xs[k]] if xs[k] >= 0 else 0.0, off[xs[k + n]] if xs[k + n] >= 0 else 0.0
        own += e * f
        more += abs(numbers[k + n]) * e + abs(numbers[k]) * f
    if len(xs) % 2 and xs[-1] >= 0:
        more += off[xs[-1]]
    return own, more


def _logsumexp(errors: _Errors, entry: Operation, ulps: float, i: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """The logarithm of a sum of at least 1 and at most so many, which is rounded as such: near 0 few digits may be right."""
    own, more = _any(errors, entry, ulps, i, xs, ds)
    return own + (len(xs) + ulps) * 2.0**-52, more


def _any(errors: _Errors, entry: Operation, ulps: float, i: int, xs: list[int], ds: list[float]) -> tuple[float, float]:
    """Any other: its partials are compared at the corners of the errors of its operands, where these are not tiny."""
    data, off = errors.data, errors.off
    more = moved = size = 0.0
    tiny = True
    for x, d in zip(xs, ds):
        if x >= 0:
            number, e = data[x], off[x]
            size = max(size, abs(number))
            moved += abs(d * number) if number else 0.0
            if e:
                more += abs(d) * e
                tiny = tiny and e <= TINY * abs(number)
    own = error_of(ulps, data[i], moved, size)
    return own if tiny else own + _second(errors, entry, xs, ds), more


def _second(errors: _Errors, entry: Operation, xs: list[int], ds: list[float]) -> float:
    """How much the change of the partials over the errors of the operands may add."""
    numbers = errors.numbers(xs, ds)
    offs = [errors.off[x] if x >= 0 else 0.0 for x in xs]
    if not entry.many and any(map(_leaves, entry.domain, numbers, offs)):
        return math.inf
    mask, found = sum([1 << k for k, x in enumerate(xs) if x >= 0]), 0.0
    signs = product((-1.0, 1.0), repeat=len(offs)) if len(offs) <= MOST_CORNERS else ((s,) * len(offs) for s in (-1.0, 1.0))
    for corner in signs:
        at = [x + s * e for x, s, e in zip(numbers, corner, offs)]
        y = entry.ieee(at) if entry.many else entry.ieee(*at)  # type: ignore[arg-type]  # the list of all
        there = entry.local_many(at, y) if entry.many else entry.locals[mask](*at, y)
        total = sum([abs(moved - d) * e for d, moved, e in zip(ds, there, offs) if e])
        found = math.inf if total != total else max(found, total)  # noqa: PLR0124  (nan)
    return found


def _leaves(domain: Domain, x: float, e: float) -> bool:
    """Whether a number that may be off by `e` may be a hole of the domain, where the operation has a pole."""
    if not domain.hole or not e:
        return False
    low, high = x - e, x + e
    return low <= 0 <= high if domain.hole == "0" else low <= 0 and math.floor(high) >= math.ceil(low)


RULES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("add", "sub", "neg", "identity", "where"), _linear),
    "mul": _mul, "sum": _sum, "mean": _sum, "dot": _dot, "logsumexp": _logsumexp,
}  # fmt: skip
"""What is done for some operations, others as `_any`."""
