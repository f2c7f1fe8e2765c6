"""Which node did it: the first whose value, partial or gradient is not finite, or became 0 by underflow.

>>> from autograd import Value, sqrt
>>> x = Value(5.0, label="x")
>>> with lines():
...     spread = sqrt((x - 5) ** 2)
>>> found = blame(spread)
>>> found.what, found.node is spread, found.line
('partial', True, ('<doctest autograd.blamed[2]>', 2))
>>> print(found)
sqrt(0) has the derivative inf
  <doctest autograd.blamed[2]>:2: spread = sqrt((x - 5) ** 2)
"""

from __future__ import annotations

from math import isfinite

from autograd.anew import require_in_date
from autograd.derivative import gradients
from autograd.graph import described, members
from autograd.source_lines import line_of, lines
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Zero = Callable[[Sequence[float]], bool]

__all__ = ["Blame", "blame", "line_of", "lines"]

ALWAYS: Zero = lambda _: True
NO_ZERO: Zero = all
FIRST: Zero = lambda xs: xs[0] != 0
LOST: dict[str, Zero] = {
    **dict.fromkeys(("exp", "exp2", "sech", "gaussian", "erfc", "normal_cdf", "normal_pdf", "gamma"), ALWAYS),
    **dict.fromkeys(("sigmoid", "logistic_pdf", "softplus"), ALWAYS),
    **dict.fromkeys(("mul", "prod", "leaky_relu", "silu", "gelu"), NO_ZERO),
    **dict.fromkeys(("div", "pow", "atan2"), FIRST),
    "dot": lambda xs: all(a * b == 0 for a, b in _pairs(xs)) and any(a and b for a, b in _pairs(xs)),
}
"""Of an operation whether a result of 0, at finite operands, is underflow: exact arithmetic would give another number."""
LEVEL: dict[str, Zero] = {
    **dict.fromkeys(("exp", "exp2", "expm1", "erf", "erfc", "normal_cdf", "tanh", "sigmoid", "softplus", "atan"), ALWAYS),
    **dict.fromkeys(("prod", "div"), NO_ZERO),
    "pow": lambda xs: xs[0] not in (0, 1) and xs[1] != 0,
}
"""The same of a partial of 0."""


class Blame:
    """The node at fault: `what` of it ("value", "partial", "gradient") became 0, with `underflow`, or else is not finite.

    `finite` says that all of the graph is: then a 0 by underflow is all that there is to find. `why` is the reason in words,
    `through` the operation that a gradient came through (None of others), `line` the user's file and line, if lines were kept.
    Printed, it is the reason, and the line with its text.
    """

    def __init__(self, node: Value, what: str, why: str, through: Value | None = None, *, underflow: bool = False) -> None:
        self.node, self.what, self.why, self.through = node, what, why, through
        self.underflow = self.finite = underflow

    @property
    def line(self) -> tuple[str, int] | None:
        """File and line in which the node was made; of a gradient the operation that it came through."""
        return line_of(self.node if self.through is None else self.through)

    def __repr__(self) -> str:
        import linecache

        place = self.line
        if place is None:
            return self.why
        return f"{self.why}\n  {place[0]}:{place[1]}: {linecache.getline(*place).strip()}".rstrip(" :")


def blame(y: Value) -> Blame | None:
    """The first node of a graph whose number stopped being finite; if all are, the first that became 0 by underflow; else None.

    First is the order of computing: values from the oldest node on; then, from `y` back to the leaves, gradients (of `y`, no
    `grad` is touched) and the partials that a gradient other than 0 meets. If a 0 that underflow left made the number infinite,
    as in log(exp(-800)), that 0 is at fault. Underflow is known of the operations of the table, not of a user's own.

    Raises `TypeError` for what is no Value, `ValueError` for a graph that is out of date.
    """
    if not isinstance(y, Value):
        message = f"blame: a Value belongs here, not {y!r:.80}"
        raise TypeError(message)
    require_in_date(y)
    nodes = members(y)
    for v in nodes:
        if not isfinite(v.data):
            return _rooted(Blame(v, "value", f"{described(v)} is {v.data!r}"))
    in_sweep = list(_faults_of_sweep(y, nodes))
    for found in in_sweep:
        if not found.underflow:
            return _rooted(found) if found.what == "partial" else found
    for v in nodes:
        if _lost(v):
            return Blame(v, "value", f"{described(v)} is 0 by underflow", underflow=True)
    return in_sweep[0] if in_sweep else None


def _rooted(found: Blame) -> Blame:
    """The same, or the underflow that made an operand 0."""
    v: Value | None = found.node
    while v is not None:
        if v is not found.node and _lost(v):
            root = Blame(v, "value", f"{described(v)} is 0 by underflow, and so {found.why}", underflow=True)
            root.finite = False
            return root
        v = next((x for x in v.parents if x.op and x.data == 0), None)
    return found


def _faults_of_sweep(y: Value, nodes: list[Value]) -> Iterator[Blame]:
    """What went wrong on the way back, in the order of the sweep."""
    incoming = dict(zip(map(id, nodes), gradients(y, nodes), strict=True))
    through: dict[int, Value] = {}  # where a product was not finite, or 0 by underflow: the first
    passed: set[int] = set()  # where one was another number than 0
    for v in reversed(nodes):
        g, by = incoming[id(v)], through.get(id(v))
        if not isfinite(g):
            came = "" if by is None else f", through {described(by)}"
            yield Blame(v, "gradient", f"the gradient of {described(v)} is {g!r}{came}", by)
        elif g == 0 and by is not None and id(v) not in passed:
            message = f"the gradient of {described(v)} is 0 by underflow, through {described(by)}"
            yield Blame(v, "gradient", message, by, underflow=True)
        if not v.op or g == 0:
            continue
        partials = v.partials
        steep = [partial for partial in partials if not isfinite(partial)]
        if steep:
            yield Blame(v, "partial", f"{described(v)} has the derivative {steep[0]!r}")
        elif 0 in partials and _of(LEVEL, v):
            yield Blame(v, "partial", f"{described(v)} has the derivative 0 by underflow", underflow=True)
        for x, partial in zip(v.parents, partials, strict=True):
            term = g * partial
            if (term == 0 and partial != 0) or not isfinite(term):
                through.setdefault(id(x), v)
            if term != 0:
                passed.add(id(x))


def _lost(v: Value) -> bool:
    return v.data == 0 and _of(LOST, v)


def _of(table: dict[str, Zero], v: Value) -> bool:
    """What a table says of a node at its operands, which are finite: what is not was found before."""
    return v.op in table and table[v.op]([x.data if isinstance(x, Value) else x for x in v.operands])


def _pairs(xs: Sequence[float]) -> list[tuple[float, float]]:
    """The factors of a dot product; a bias is a term of its own."""
    n = len(xs) // 2
    return [*zip(xs[:n], xs[n : 2 * n]), *[(x, 1.0) for x in xs[2 * n :]]]
