"""A graph as text: a tree from the result to the leaves, or a tape in the order of evaluation."""

from __future__ import annotations

import sys
from collections import deque

from autograd.value import Value, members, operation_of
from viz.picture import MOST_WIRES, contributions, naming, reading_order
from viz.words import applied, columns, cut, gradient, left, number, printable, right, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = tuple[str, ...]
    Line = tuple[Value | float | str, float | None, str, str, int]
    """What to write, its local derivative, the indentation, the fork before it, and the depth."""

KINDS = ("tree", "tape")
DEEPEST = 24
"""A branch of the tree that would be indented further goes on below, at the margin."""
MOST_ROWS = 400
ENDS = 20
"""So many rows of the head and of the tail of a long tape are shown."""


def outline(v: Value, kind: str = "tree", *, names: Mapping[str, object] | None = None, whole: bool = False) -> str:
    """The graph of a Value as an aligned table; with `whole`, a tree leaves nothing out, however large it is.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(outline(y))
          data  grad  ∂
    ×        9     1
    ├─ x     3     6  3
    └─ x     3     6  3
    """
    if type(v) is not Value:
        message = f"an outline is made of a Value, not of a {type(v).__name__}"
        raise TypeError(message)
    if kind not in KINDS:
        message = f"there is no kind {kind!r}; the kinds are {' and '.join(KINDS)}"
        raise ValueError(message)
    return tree(v, naming(names), whole=whole) if kind == "tree" else tape(v, naming(names))


def tree(root: Value, names: Mapping[int, str], *, whole: bool = False) -> str:
    """Every Value with its number, its gradient and the local derivative of the line above it; a shared one is expanded once."""
    return _Tree(root, names, whole=whole).text()


class _Tree:
    """Writes one tree without recursion: `waiting` holds what is still to be written, the next line last."""

    def __init__(self, root: Value, names: Mapping[int, str], *, whole: bool) -> None:
        self.most_rows, self.most_wires = (sys.maxsize, sys.maxsize) if whole else (MOST_ROWS, MOST_WIRES)
        self.order = members(root)
        self.names = names
        self.number = self.number_shared()
        self.rows: list[Row] = [("", "data", "grad", "∂")]
        self.done: set[int] = set()
        self.later: deque[Value] = deque()
        self.told: set[int] = set()  # those that a line "and 12 more" has told of
        self.root = root

    def number_shared(self) -> dict[int, int]:
        """A number for each computed Value, or nameless leaf, that is used more than once."""
        uses: dict[int, int] = {}
        for v in self.order:
            for x in v.operands:
                if type(x) is Value:
                    uses[id(x)] = uses.get(id(x), 0) + 1
        shared = [v for v in self.order if uses.get(id(v), 0) > 1 and (v.op or not self.name(v))]
        return {id(v): i for i, v in enumerate(shared, 1)}

    def name(self, v: Value) -> str:
        return cut(printable(v.label or self.names.get(id(v), "")))

    def text(self) -> str:
        self.later.append(self.root)
        while self.later and len(self.rows) <= self.most_rows:
            self.branch(self.later.popleft())
        rows = _aligned(self.rows)
        unsaid = sum(id(v) not in self.done and id(v) not in self.told for v in self.order)
        if unsaid:
            rows.append(f"... and {unsaid:,} more values; viz.text(v, kind='tape') shows the order of evaluation")
        return "\n".join(rows)

    def branch(self, top: Value) -> None:
        """One Value and all below it; what is too deep is put off."""
        waiting: list[Line] = [(top, None, "", "", 0)]
        while waiting and len(self.rows) <= self.most_rows:
            x, partial, indent, fork, depth = waiting.pop()
            local = "" if partial is None else number(partial)
            if type(x) is not Value:
                self.rows.append((indent + fork + (x if isinstance(x, str) else number(x)), "", "", ""))
                continue
            v = x
            grad = gradient(v.grad if v._reached else None)
            new = bool(v.op) and id(v) not in self.done
            expand, put_off = new and depth < DEEPEST, new and depth >= DEEPEST
            self.rows.append((indent + fork + self.spoken(v, expand=expand, put_off=put_off), number(v.data), grad, local))
            if put_off:
                self.later.append(v)
                continue
            self.done.add(id(v))
            if expand:
                below = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[fork]
                waiting += self.operands(v, below, depth + 1)

    def operands(self, v: Value, indent: str, depth: int) -> list[Line]:
        given = contributions(v)
        lines: list[tuple[Value | float | str, float | None]] = [given[i][:2] for i in reading_order(v, given)[: self.most_wires]]
        if len(given) > self.most_wires:
            lines.append((f"and {len(given) - self.most_wires:,} more", None))
            self.told.update(id(given[i][0]) for i in reading_order(v, given)[self.most_wires :])
        return [(x, d, indent, "└─ " if i == len(lines) - 1 else "├─ ", depth) for i, (x, d) in reversed([*enumerate(lines)])]

    def spoken(self, v: Value, *, expand: bool, put_off: bool) -> str:
        """The name, the number if it is shared, and the operation where it is expanded."""
        mark = f"#{self.number[id(v)]}" if id(v) in self.number else ""
        who = " ".join(part for part in (self.name(v), mark) if part)
        if put_off:
            return f"{who or symbol(operation_of(v))} (goes on below)"
        if not v.op:
            return who or "leaf"
        drawn = symbol(operation_of(v))
        if expand:
            return f"{who} = {drawn}" if who else drawn
        return f"↑ {who}" if who else drawn


def tape(root: Value, names: Mapping[int, str]) -> str:
    """A numbered list in evaluation order; of a long one the head and the tail."""
    order = members(root)
    cut_out = len(order) > 2 * ENDS + 1
    head, rest = (order[:ENDS], order[-ENDS:]) if cut_out else (order, [])
    place = _places(order, [*head, *rest])
    header = ("#", "", "", "data", "grad")
    lines = [_step(i, v, place, names) for i, v in enumerate(head)]
    lines += [_step(len(order) - len(rest) + i, v, place, names) for i, v in enumerate(rest)]
    rows = _aligned([header, *lines], numbered=True)
    if cut_out:
        rows.insert(ENDS + 1, f"... {len(order) - 2 * ENDS:,} more")
    return "\n".join(rows)


def _places(order: Sequence[Value], shown: Sequence[Value]) -> dict[int, int]:
    """The numbers of the operands that the shown lines speak of; the million others are not looked at twice."""
    wanted = {id(x) for v in shown for x in v.operands[: 2 * MOST_WIRES] if type(x) is Value}
    return {key: i for i, key in enumerate(map(id, order)) if key in wanted}


def _step(i: int, v: Value, place: Mapping[int, int], names: Mapping[int, str]) -> Row:
    def spoken(x: Value | float) -> str:
        if type(x) is not Value:
            return number(x)
        return cut(printable(x.label or names.get(id(x), ""))) or f"#{place.get(id(x), '?')}"

    name = cut(printable(v.label or names.get(id(v), "")))
    formula = ""
    if v.op:
        operands = v.operands
        shown = [operands[k] for k in reading_order(v, operands)[: MOST_WIRES // 2]] if len(operands) > MOST_WIRES else operands
        told = [spoken(x) for x in shown]
        formula = applied(operation_of(v), told + [""] * (len(operands) - len(told)))
    return (f"#{i}", name, f"= {formula}" if formula else "", number(v.data), gradient(v.grad if v._reached else None))


def _aligned(rows: Sequence[Row], *, numbered: bool = False) -> list[str]:
    """The rows with every column as wide as its widest cell: text to the left, numbers to the right."""
    widths = [max(columns(row[k]) for row in rows) for k in range(len(rows[0]))]
    texts = {1, 2} if numbered else {0}
    lines = []
    for row in rows:
        cells = [(left if k in texts else right)(cell, width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cell for cell, width in zip(cells, widths, strict=True) if width).rstrip())
    return lines
