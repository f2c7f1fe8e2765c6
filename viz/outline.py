"""A graph as text: a tree from the result to the leaves, or a tape in the order of evaluation.

The text is a plain `str`. Printed on a terminal it has colours, and lines that are too long for it are cut: long names first,
so that the numbers stay in sight. ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` are respected, https://no-color.org.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import deque
from html import escape
from itertools import groupby

from autograd.value import Value, members
from viz.called import numbered
from viz.language import say, speaking
from viz.reading import MOST_WIRES, Age, contributions, grad_of, name_of, naming, not_one, reading_order
from viz.source import line_told, place_of
from viz.words import applied, columns, cut, gradient, left, number, right, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Cells = tuple[str, ...]
    Line = tuple[Value | float | str, float | None, str, str, int]
    """What to write, its local derivative, the indentation, the fork before it, and the depth."""

KINDS = ("tree", "tape")
FORKS = "│├└─ "
MOST_INDENTED = 24
"""A branch of the tree that would be indented further goes on below, at the margin."""
MOST_ROWS = 400
ENDS = 20
"""So many rows of the head and of the tail of a long tape are shown."""
NARROWEST = 8
"""A column of text is cut down to so many columns of the terminal, not further."""
GAP = "  "
DIM, PURPLE, RED, RESET = "\x1b[2m", "\x1b[35m", "\x1b[31m", "\x1b[0m"


class Outline(str):
    """The text of a graph. As a `str` it is plain and whole; `print` and the REPL fit it to the terminal, if they write to one.

    >>> text = outline(Value(1.0, label="x"))
    >>> text.splitlines()
    ['   data  grad  ∂', 'x     1     –']
    """

    __slots__ = ("table",)
    table: Table

    def __new__(cls, table: Table) -> Outline:  # noqa: D102, PYI034  (it has no subclass)
        made = super().__new__(cls, "\n".join(table.lines()))
        made.table = table
        return made

    def __str__(self) -> str:
        width = terminal_width()
        coloured = has_colours(terminal=width is not None)
        return "\n".join(self.table.lines(width, coloured=coloured)) if coloured or width else str.__str__(self)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, str]:
        return wanted({"text/html": self.table.html(), "text/plain": repr(self)}, include, exclude)

    def __format__(self, spec: str) -> str:
        return format(str.__str__(self), spec)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)


def terminal_width() -> int | None:
    """How many columns the terminal has that standard output writes to; None if it does not."""
    stream = sys.stdout
    return shutil.get_terminal_size().columns if stream is not None and stream.isatty() else None


def has_colours(*, terminal: bool) -> bool:
    """Whether to write colours, to a terminal or elsewhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    able = sys.platform != "win32" or "WT_SESSION" in os.environ or "TERM" in os.environ  # its old console knows no colours
    return terminal and able and os.environ.get("TERM") != "dumb"


class Table:
    """Rows of cells under a header. A row of one cell is a remark that no column makes room for.

    `texts` are the places of the columns of text, aligned to the left; numbers are aligned to the right. `forks` are the
    characters that draw a tree: they, the header and remarks are dim; gradients are purple, infinities and nan red.
    """

    def __init__(self, header: Cells, texts: Sequence[int], forks: str = "") -> None:
        self.rows = [header]
        self.texts = texts
        self.forks = forks
        self.grad = header.index(say("grad"))
        self.narrowed = False

    def lines(self, width: int | None = None, *, coloured: bool = False) -> list[str]:
        """Every column as wide as its widest cell, or as a terminal of `width` columns has room for."""
        widths = [max(columns(row[k]) for row in self.rows if len(row) > 1) for k in range(len(self.rows[0]))]
        self.narrowed = width is not None and self.narrow(widths, width)
        return [self.line(row, widths, width, header=row is self.rows[0], coloured=coloured) for row in self.rows]

    def narrow(self, widths: list[int], room: int) -> bool:
        """Take from the widest column of text until all of them fit, or have no more to give; False if there was no need."""
        used = [w for w in widths if w]
        excess = sum(used) + len(GAP) * (len(used) - 1) - room
        for _ in range(excess):
            widest = max(self.texts, key=lambda k: widths[k])
            widths[widest] -= widths[widest] > NARROWEST
        return excess > 0

    def line(self, row: Cells, widths: list[int], room: int | None, *, header: bool, coloured: bool) -> str:
        """One row, cut at the edge of the terminal."""
        if len(row) == 1:
            text = row[0] if room is None else beginning(row[0], room)
            return f"{DIM}{text}{RESET}" if coloured else text
        shown = [(k, self.cut(cell, widths[k])) for k, cell in enumerate(row) if widths[k]]
        cells = [(k, (left if k in self.texts else right)(cell, widths[k])) for k, cell in shown]
        text = GAP.join(cell for _, cell in cells).rstrip()
        if room is not None and columns(text) > room:
            return beginning(text, room)
        if coloured:
            text = f"{DIM}{text}{RESET}" if header else GAP.join(self.painted(k, cell) for k, cell in cells).rstrip()
        return text

    def html(self) -> str:
        """The same for a browser, whose wide characters are not as wide as two others: each run of them gets its room."""
        text = escape("\n".join(self.lines(coloured=True)))
        runs = [(wide, "".join(run)) for wide, run in groupby(text, lambda character: columns(character) == 2)]
        room = '<span style="display:inline-block;width:{}ch">{}</span>'
        marked = "".join(room.format(columns(run), run) if wide else run for wide, run in runs)
        for code, style in ((DIM, "opacity:.6"), (PURPLE, "color:#9a5fd8"), (RED, "color:#e5484d")):
            marked = marked.replace(code, f'<span style="{style}">')
        styled = "font-family:monospace;line-height:1.2;white-space:pre;overflow-x:auto"
        return f'<pre style="{styled}">{marked.replace(RESET, "</span>")}</pre>'

    def cut(self, cell: str, room: int) -> str:
        """A cell that fits. Deep in a tree the outer forks are left out, the same ones at the same depth."""
        forks = len(cell) - len(cell.lstrip(self.forks))
        if self.narrowed and forks > max(0, room - NARROWEST):
            step = max(3, room // 6 * 3)  # a fork is three columns wide
            cell = f"…{cell[-(-(forks + NARROWEST - room) // step) * step + 1 :]}"
        return beginning(cell, room)

    def painted(self, k: int, cell: str) -> str:
        """A cell in its colour."""
        if k in self.texts:
            name = cell.lstrip(self.forks + "…")
            drawn = cell[: len(cell) - len(name)]
            return (f"{DIM}{drawn}{RESET}" if drawn else "") + name
        number = cell.lstrip()
        colour = RED if number.lstrip("−") in {"inf", "nan"} else PURPLE if k == self.grad else ""
        return cell[: len(cell) - len(number)] + f"{colour}{number}{RESET}" if colour and number else cell


def beginning(text: str, room: int) -> str:
    """As much of the beginning of a text as fits, with an ellipsis where something is missing.

    >>> beginning("リンゴの値段", 7), beginning("price", 7)
    ('リンゴ…', 'price')
    """
    if columns(text) <= room:
        return text
    kept, taken = "", 1
    for character in text:
        taken += columns(character)
        if taken > room:
            break
        kept += character
    return f"{kept}…"


def wanted(bundle: dict[str, str], include: Collection[str] | None, exclude: Collection[str] | None) -> dict[str, str]:
    """The formats that a notebook asked for."""
    return {kind: text for kind, text in bundle.items() if (not include or kind in include) and kind not in (exclude or ())}


def outline(
    v: Value, kind: str = "tree", *, names: Mapping[str, object] | None = None, whole: bool = False, lang: str | None = None
) -> Outline:
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
        raise not_one(v, "an outline is made of", "viz.text")
    if kind not in KINDS:
        message = f"there is no kind {kind!r}; the kinds are {' and '.join(KINDS)}"
        raise ValueError(message)
    with speaking(lang):
        return Outline(tree(v, naming(names), whole=whole) if kind == "tree" else tape(v, naming(names)))


def tree(root: Value, names: Mapping[int, str], *, whole: bool = False) -> Table:
    """Every Value with its number, its gradient and the local derivative of the line above it; a shared one is expanded once."""
    return _Tree(root, names, whole=whole).table()


class _Tree:
    """Writes one tree without recursion: `waiting` holds what is still to be written, the next line last."""

    def __init__(self, root: Value, names: Mapping[int, str], *, whole: bool) -> None:
        self.most_rows, self.most_wires = (sys.maxsize, sys.maxsize) if whole else (MOST_ROWS, MOST_WIRES)
        self.order = members(root)
        self.names = names
        self.number = numbered(self.order, names)
        self.made = Table(("", say("data"), say("grad"), "∂", "", ""), (0, 4, 5), FORKS)
        self.age = Age(root)
        self.rows = self.made.rows
        self.done: set[int] = set()
        self.later: deque[Value] = deque()
        self.told: set[int] = set()  # those that a line "and 12 more" has told of
        self.root = root

    def name(self, v: Value) -> str:
        return cut(name_of(v, self.names))

    def table(self) -> Table:
        self.later.append(self.root)
        while self.later and len(self.rows) <= self.most_rows:
            self.branch(self.later.popleft())
        unsaid = sum(id(v) not in self.done and id(v) not in self.told for v in self.order)
        if unsaid:
            told = "... and {:,} more values; viz.text(v, kind='tape') shows the order of evaluation"
            self.rows.append((say(told, unsaid),))
        self.made.rows += [(self.age.remark,)] if self.age.remark else []
        return self.made

    def branch(self, top: Value) -> None:
        """One Value and all below it; what is too deep is put off."""
        waiting: list[Line] = [(top, None, "", "", 0)]
        while waiting and len(self.rows) <= self.most_rows:
            x, partial, indent, fork, depth = waiting.pop()
            local = "" if partial is None else number(partial)
            if type(x) is not Value:
                self.rows.append((indent + fork + (x if isinstance(x, str) else number(x)), "", "", "", "", ""))
                continue
            v = x
            grad = gradient(grad_of(v))
            new = bool(v.op) and id(v) not in self.done
            expand, put_off = new and depth < MOST_INDENTED, new and depth >= MOST_INDENTED
            told = self.spoken(v, expand=expand, put_off=put_off)
            self.rows.append((indent + fork + told, number(v.data), grad, local, *_remarks(v, self.age)))
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
            lines.append((say("and {:,} more", len(given) - self.most_wires), None))
            self.told.update(id(given[i][0]) for i in reading_order(v, given)[self.most_wires :])
        return [(x, d, indent, "└─ " if i == len(lines) - 1 else "├─ ", depth) for i, (x, d) in reversed([*enumerate(lines)])]

    def spoken(self, v: Value, *, expand: bool, put_off: bool) -> str:
        """The name, the number if it is shared, and the operation where it is expanded."""
        mark = f"#{self.number[id(v)]}" if id(v) in self.number else ""
        who = " ".join(part for part in (self.name(v), mark) if part)
        if put_off:
            return say("{} (goes on below)", who or symbol(v.entry))
        if not v.op:
            return who or say("leaf")
        drawn = symbol(v.entry)
        if expand:
            return f"{who} = {drawn}" if who else drawn
        return f"↑ {who}" if who else drawn


def _remarks(v: Value, age: Age) -> tuple[str, str]:
    """What stands behind a row: whether it is out of date, and in which line it was made, if that is known."""
    old, place = say("out of date") if age.value(v) else say("grad of before") if age.gradient(v) else "", place_of(v)
    return old, line_told(place) if place else ""


def tape(root: Value, names: Mapping[int, str]) -> Table:
    """A numbered list in evaluation order; of a long one the head and the tail."""
    order = members(root)
    cut_out = len(order) > 2 * ENDS + 1
    head, rest = (order[:ENDS], order[-ENDS:]) if cut_out else (order, [])
    place = _places(order, [*head, *rest])
    age = Age(root)
    made = Table(("#", "", "", say("data"), say("grad"), "", ""), (1, 2, 5, 6))
    made.rows += [(*_step(i, v, place, names), *_remarks(v, age)) for i, v in enumerate(head)]
    made.rows += [(say("... {:,} more", len(order) - 2 * ENDS),)] if cut_out else []
    made.rows += [(*_step(len(order) - len(rest) + i, v, place, names), *_remarks(v, age)) for i, v in enumerate(rest)]
    made.rows += [(age.remark,)] if age.remark else []
    return made


def _places(order: Sequence[Value], shown: Sequence[Value]) -> dict[int, int]:
    """The numbers of the operands that the shown lines speak of; the million others are not looked at twice."""
    wanted = {id(x) for v in shown for x in v.operands[: 2 * MOST_WIRES] if type(x) is Value}
    return {key: i for i, key in enumerate(map(id, order)) if key in wanted}


def _step(i: int, v: Value, place: Mapping[int, int], names: Mapping[int, str]) -> Cells:
    def spoken(x: Value | float) -> str:
        if type(x) is not Value:
            return number(x)
        return cut(name_of(x, names)) or f"#{place.get(id(x), '?')}"

    name = cut(name_of(v, names))
    formula = ""
    if v.op:
        operands = v.operands
        shown = [operands[k] for k in reading_order(v, operands)[: MOST_WIRES // 2]] if len(operands) > MOST_WIRES else operands
        told = [spoken(x) for x in shown]
        formula = applied(v.entry, told + [""] * (len(operands) - len(told)))
    return (f"#{i}", name, f"= {formula}" if formula else "", number(v.data), gradient(grad_of(v)))
