"""The chain rule, spelt out: the paths from one Value to another, and what each contributes to the derivative.

>>> from autograd.value import Value
>>> x = Value(3.0, label="x")
>>> y = x * x * x
>>> print(explain(y, x))
∂((x × x) × x)/∂x = 27 = 9 + 9 + 9
<BLANKLINE>
9  x ─3→ x × x (operand 1) ─3→ (x × x) × x
9  x ─3→ x × x (operand 2) ─3→ (x × x) × x
9  x ─9→ (x × x) × x

A path contributes the product of the local derivatives along it; the derivative is the sum over all paths (Bauer 1974,
"Computational graphs and rounding error"). There may be more paths than atoms, so they are never listed whole: the number of
paths and the largest products come from one walk over the graph each, and the sum is what `backward` computes.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from html import escape
from math import frexp

from autograd import ops
from autograd.anew import outdated
from autograd.derivative import gradients
from autograd.errors import kind_of
from autograd.value import Value, members
from viz.called import Names
from viz.language import language_asked_for, say, speaking
from viz.outline import beginning, terminal_width, wanted
from viz.reading import naming, not_one
from viz.source import MOST_LISTED, any_kept, line_told, place_of
from viz.words import columns, left, number, right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    Size = tuple[float, float]
    """The magnitude of a product as (exponent, mantissa): compared like the number, and never too large or too small for it."""

MOST_STEPS = 8
"""So many wires of one path are written out, and on a terminal no more than fit."""
WIDTH = 120
"""Columns of text where it is not written to a terminal."""
NOTHING: Size = (-math.inf, 0.0)
ONE: Size = (1, 0.5)
BEYOND: Size = (math.inf, 0.0)
"""The size of what holds an infinity or nan."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path from `x` to `y`: its wires in that order, each a computed Value and the number of its operand."""

    wires: tuple[tuple[Value, int], ...]
    factors: tuple[float, ...]
    """The local derivative on each wire."""
    product: float
    """Of the factors. It is 0 if, coming from the result, a 0 is met before an infinity: a gradient of 0 passes nothing on."""


class Explanation:
    """The derivative of `y` by `x` as a sum over paths. It prints as text; a notebook draws it too, its paths highlighted."""

    def __init__(
        self,
        y: Value,
        x: Value,
        count: int,
        paths: tuple[Path, ...],
        names: Mapping[str, object] | None,
        lang: str | None = None,
        *,
        symbols: bool = False,
    ) -> None:
        self.y, self.x = y, x
        self.count = count
        """How many paths there are, listed or not."""
        self.paths = paths
        """The largest ones; first those with an infinity or nan in them, then by magnitude."""
        self.total: float = gradients(y, [x])[0]
        """The sum over all paths, as `backward` computes it: with common factors taken out of the sums, so that it agrees with
        the products but for rounding. An infinite factor that meets paths which cancel to exactly 0 passes nothing on."""
        self.outdated = bool(outdated(y))
        """Whether a leaf was changed since `y` was computed: all numbers are those of before."""
        self.symbols = symbols
        """Whether derivatives are told as formulas too, where these are short."""
        self._names = names
        self._lang = language_asked_for(lang)

    @property
    def wires(self) -> list[tuple[Value, int]]:
        """The wires of all listed paths, each once: what ``viz.draw(y, highlight=...)`` makes stand out."""
        return list({(id(v), i): (v, i) for path in self.paths for v, i in path.wires}.values())

    @property
    def rest(self) -> float:
        """What the paths that are not listed add up to: the total without the listed ones, rounded to what can be known of it."""
        if len(self.paths) == self.count:
            return 0.0
        terms = [path.product for path in self.paths]
        if not all(map(math.isfinite, (self.total, *terms))):
            return math.nan
        left_over = math.fsum([self.total, *(-term for term in terms)])
        return 0.0 if abs(left_over) <= 1e-12 * max(map(abs, (self.total, *terms))) else left_over

    def __str__(self) -> str:
        room = terminal_width()
        with speaking(self._lang):
            lines = _Writer(self, self._names).lines(room or WIDTH)
        return "\n".join(lines if room is None else [beginning(line, room) for line in lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, str]:
        from viz.notebook import display

        bundle = display(self.y, highlight=self, names=self._names, text=str(self), lang=self._lang, symbols=self.symbols)
        if picture := bundle.get("image/svg+xml"):
            bundle["text/html"] = f'{picture}<pre style="font-family:monospace">{escape(str(self))}</pre>'
        return wanted(bundle, include, exclude)


def explain(
    y: Value,
    x: Value,
    most: int = 10,
    *,
    names: Mapping[str, object] | None = None,
    symbols: bool = False,
    lang: str | None = None,
) -> Explanation:
    """The derivative of `y` by `x` path by path: the `most` largest products of local derivatives, and how many more there are.

    `x` may be a leaf or an inner node. If `y` does not depend on it there is no path, and the derivative is 0.
    ``names=locals()`` names Values after the caller's variables; with `symbols` derivatives are told as formulas too, where these
    are short; `lang` is "en" or "ja", as for `viz.draw`. Raises `TypeError` for what is no Value.

    >>> x = Value(2.0, label="x")
    >>> y = x
    >>> for _ in range(100):
    ...     y = y + y
    >>> told = explain(y, x, most=2)
    >>> told.count == told.total == 2**100
    True
    >>> [path.product for path in told.paths]
    [1.0, 1.0]
    >>> print(explain(x * x * x, x, symbols=True))
    ∂((x × x) × x)/∂x = 3x² = 12 = 4 + 4 + 4
    <BLANKLINE>
    x² = 4  x ─x→ x × x (operand 1) ─x→ (x × x) × x
    x² = 4  x ─x→ x × x (operand 2) ─x→ (x × x) × x
    x² = 4  x ─x²→ (x × x) × x
    """
    if type(y) is not Value:
        raise not_one(y, "an explanation is made of", "viz.explain")
    if type(x) is not Value:
        message = (
            f"explain: {x!r} is {kind_of(x)}, not a Value: name the one to differentiate by, such as a leaf of the graph"
        )
        raise TypeError(message)
    if most < 1:
        message = f"explain: most is the number of paths to list, at least 1, not {most!r}"
        raise ValueError(message)
    between = _Between(y, x)
    paths = tuple(_Search(between, most).paths()) if between.connected else ()
    return Explanation(y, x, between.count(), paths, names, lang, symbols=symbols)


class _Between:
    """The part of a graph that lies on paths from x to y, oldest first: x has the number 0, y the last one.

    The edges of all nodes stand one after another in arrays, those of node v from ``start[v]`` on.
    """

    def __init__(self, y: Value, x: Value) -> None:
        number = {id(x): 0}
        self.nodes = [x]
        self.start = array("q", [0, 0])
        self.operand, self.place, self.partial = array("q"), array("q"), array("d")
        for v in members(y):
            places = [i for i, a in enumerate(v.operands) if id(a) in number]
            if places and self.add_edges(v, places, number):
                number[id(v)] = len(self.nodes)
                self.nodes.append(v)
                self.start.append(len(self.operand))
        self.connected = self.nodes[-1] is y

    def add_edges(self, v: Value, places: list[int], number: Mapping[int, int]) -> bool:
        """The edges from a Value to the operands at these places; whether there are any: what is closed to gradients is none."""
        operands, partials = v.operands, v.partials
        if len(partials) < len(operands):  # plain numbers have none
            given = iter(partials)
            partials = tuple(next(given) if type(a) is Value else 0.0 for a in operands)
        if v.op == "detach" or v.op in ops.INTERNAL:
            places = [i for i in places if partials[i] != 0]
        for i in places:
            self.operand.append(number[id(operands[i])])
            self.place.append(i)
            self.partial.append(partials[i])
        return bool(places)

    def edges(self, v: int) -> range:
        """The numbers of a node's edges."""
        return range(self.start[v], self.start[v + 1])

    def count(self) -> int:
        """How many paths there are. Numbers that nobody needs any more are let go: they may have a million digits."""
        if not self.connected:
            return 0
        last_use = array("q", [0]) * len(self.nodes)
        for v in range(1, len(self.nodes)):
            for e in self.edges(v):
                last_use[self.operand[e]] = v
        counts = [1] + [0] * (len(self.nodes) - 1)
        for v in range(1, len(self.nodes)):
            counts[v] = sum([counts[self.operand[e]] for e in self.edges(v)])
            for e in self.edges(v):
                if last_use[self.operand[e]] == v:
                    counts[self.operand[e]] = 0
        return counts[-1]


class _Search:
    """The paths of largest product, one after another.

    The best path through a node is its best edge and a best path of the operand there (one walk). The next one differs from the
    last either in the edge or, behind the same edge, by the operand's own next path: of each edge it is known which of the
    operand's paths would follow (Jiménez and Marzal 1999, "Computing the K shortest paths"). Products are multiplied in one
    order, from x on, with exponents of any size: rounding keeps their order, so none is ever missed or misplaced.
    What is known of paths stands in arrays, one for each rank: millions of objects cost more than the search.
    """

    def __init__(self, between: _Between, most: int) -> None:
        self.graph = between
        count, operand = len(between.nodes), between.operand
        self.many = array("q", [1])  # how many paths a node has, counted up to `most`
        for v in range(1, count):
            self.many.append(min(most, sum([self.many[operand[e]] for e in between.edges(v)])))
        self.known = array("q", bytes(8 * count))  # how many of them are known
        self.following = array("q", bytes(8 * len(operand)))  # for each edge, which of the operand's paths is the next behind it
        self.exponent: list[array[float]] = []  # for each rank the sizes of all nodes' paths
        self.mantissa: list[array[float]] = []
        self.edge: list[array[int]] = []  # where such a path goes on, and with which of the operand's
        self.behind: list[array[int]] = []
        self.add_rank()
        self.exponent[0][0], self.mantissa[0][0], self.known[0] = *ONE, 1
        self.extend(range(1, count))

    def extend(self, nodes: Iterable[int]) -> None:
        """Find the next path of each of some nodes, once those of its operands that it may go on with are known."""
        start, operand, partial, many = self.graph.start, self.graph.operand, self.graph.partial, self.many
        exponent, mantissa, following, known = self.exponent, self.mantissa, self.following, self.known
        for v in nodes:
            best, best_edge = (-math.inf, -1.0), -1
            for e in range(start[v], start[v + 1]):
                a, rank = operand[e], following[e]
                if rank < many[a]:
                    factor, shift = frexp(partial[e])
                    if factor == 0:
                        size = NOTHING
                    elif factor - factor != 0:
                        size = BEYOND
                    else:
                        factor, more = frexp(abs(factor) * mantissa[rank][a])
                        size = exponent[rank][a] + shift + more, factor
                    if size > best:
                        best, best_edge = size, e
            rank = known[v]
            exponent[rank][v], mantissa[rank][v] = best
            self.edge[rank][v], self.behind[rank][v] = best_edge, following[best_edge]
            following[best_edge] += 1
            known[v] = rank + 1

    def paths(self) -> Iterator[Path]:
        """The largest first."""
        root = len(self.graph.nodes) - 1
        for rank in range(self.many[root]):
            self.provide(root, rank)
            yield self.path(root, rank)

    def provide(self, v: int, rank: int) -> None:
        """Find a node's path number `rank`, once all before it are known: first down to where one is missing, then back up."""
        passed = []
        while self.known[v] <= rank < self.many[v]:
            passed.append(v)
            edge = self.edge[self.known[v] - 1][v]
            v, rank = self.graph.operand[edge], self.following[edge]
        if passed and self.known[passed[0]] == len(self.edge):
            self.add_rank()
        self.extend(reversed(passed))

    def add_rank(self) -> None:
        """Make room for one more path of each node."""
        nothing = bytes(8 * len(self.graph.nodes))
        for kind, code in ((self.exponent, "d"), (self.mantissa, "d"), (self.edge, "q"), (self.behind, "q")):
            kind.append(array(code, nothing))

    def path(self, v: int, rank: int) -> Path:
        """The path number `rank` of a node, followed to x."""
        size = self.exponent[rank][v], self.mantissa[rank][v]
        wires, factors = [], []
        nodes, place, partial, operand = self.graph.nodes, self.graph.place, self.graph.partial, self.graph.operand
        while v:
            edge, rank = self.edge[rank][v], self.behind[rank][v]
            wires.append((nodes[v], place[edge]))
            factors.append(partial[edge])
            v = operand[edge]
        return Path(tuple(reversed(wires)), tuple(reversed(factors)), _product(size, factors))


def _product(size: Size, factors: list[float]) -> float:
    """The product of factors that are listed from the result on, and whose magnitude is known."""
    if size == BEYOND:
        g = 1.0
        for d in factors:
            g = math.copysign(1.0, g) * d if math.isfinite(g) and math.isfinite(d) else g * d
        return g
    negative = sum(d < 0 for d in factors) % 2
    try:
        magnitude = math.ldexp(size[1], int(size[0])) if size[1] else 0.0
    except OverflowError:
        magnitude = math.inf
    return -magnitude if negative and magnitude else magnitude


class _Writer:
    """Writes an explanation as text."""

    def __init__(self, told: Explanation, names: Mapping[str, object] | None) -> None:
        self.told = told
        self.names = naming(names)
        order = members(told.y, told.x)
        self.called = Names(order, number, self.names)
        self.formulas = True
        self.symbols, self.lettering = None, None
        if told.symbols:
            from viz.symbols import MOST_LETTERED, Lettering, Symbols

            self.symbols = Symbols(self.called)
            self.lettering = Lettering(members(told.y), self.called) if len(order) <= MOST_LETTERED else None

    def lines(self, room: int) -> list[str]:
        """The sum, and under it a line for each path, in so many columns as far as possible."""
        told = self.told
        y, x = self.called(told.y), self.called(told.x)
        whole = self.lettering.derivative(told.x, told.total) if self.lettering else ""
        head = f"∂{self.called.by(told.y)}/∂{self.called.by(told.x)} = {whole}{' = ' * bool(whole)}{number(told.total)}"
        if told.y is told.x:
            return [head]
        if not told.paths:
            return [say("{}: no path leads from {} to {}", head, x, y)]
        products = [self.product(path) for path in told.paths]
        width = max(map(columns, products))
        self.formulas = all(columns(self.ends(path, MOST_STEPS)) <= room - width - 2 for path in told.paths)
        rows = [f"{right(product, width)}  {self.spelt(path, room - width - 2)}" for product, path in zip(products, told.paths)]
        return [f"{head}{self.sum()}", "", *rows, *self.more(), *self.lines_of_nodes(), *self.old()]

    def product(self, path: Path) -> str:
        """What a path contributes; as a formula too, if that is wished."""
        whole = self.symbols.product(path.wires, path.product) if self.symbols and len(path.wires) <= MOST_STEPS else ""
        return f"{whole}{' = ' * bool(whole)}{number(path.product)}"

    def lines_of_nodes(self) -> list[str]:
        """In which lines the nodes on the paths were made, as far as that is known."""
        made = {id(v): v for path in self.told.paths for v, _ in path.wires} if any_kept() else {}
        places = {self.name(v): place for v in [self.told.x, *made.values()] if (place := place_of(v))}
        names = list(places)[:MOST_LISTED]
        width = max(map(columns, names), default=0)
        more = [f"... {say('and {:,} more lines', len(places) - len(names))}"] if len(places) > len(names) else []
        return ["", *(f"{left(name, width)}  {line_told(places[name])}" for name in names), *more] if names else []

    def old(self) -> list[str]:
        """A remark, if the numbers are those of before a leaf was changed."""
        return ["", say("out of date: call forward(), and explain anew")] if self.told.outdated else []

    def sum(self) -> str:
        """The terms, with their signs between them."""
        told = self.told
        terms = [path.product for path in told.paths]
        if told.count > len(terms) and math.isfinite(told.rest):
            terms.append(told.rest)
        text = "".join(f" − {number(-term)}" if term < 0 else f" + {number(term)}" for term in terms[1:])
        return f" = {number(terms[0])}{text}" if told.count > 1 else ""

    def more(self) -> list[str]:
        """What is not listed."""
        told = self.told
        count = told.count - len(told.paths)
        if not count:
            return []
        together = say("each 0") if told.paths[-1].product == 0 else say("together {}", number(told.rest))
        counted = _counted(count)
        return [say("... and {}, {}", counted, together) if math.isfinite(told.rest) else say("... and {}", counted)]

    def spelt(self, path: Path, room: int) -> str:
        """From x to y, the local derivative on each arrow; of a long path as much of the two ends as there is room for."""
        count = len(path.wires)
        text = ""
        for kept in range(min(count, MOST_STEPS), 1 if count > 1 else 0, -1):
            text = self.ends(path, kept)
            if columns(text) <= room:
                break
        return text

    def ends(self, path: Path, kept: int) -> str:
        """So many wires of a path: those of its two ends."""
        count = len(path.wires)
        head, tail = (count, count) if kept >= count else (kept // 2, count - (kept + 1) // 2)
        gap = say(" ... {:,} more ...", tail - head) if head < tail else ""
        return self.name(self.told.x) + self.steps(path, 0, head) + gap + self.steps(path, tail, count)

    def steps(self, path: Path, start: int, stop: int) -> str:
        """A stretch of a path."""
        part = zip(path.wires[start:stop], path.factors[start:stop])
        return "".join(f" ─{self.slope(v, i, d)}→ {self.arrival(v, i)}" for (v, i), d in part)

    def slope(self, v: Value, i: int, d: float) -> str:
        """A local derivative, as it stands on an arrow."""
        told = (self.symbols.slope(v, i, d) if self.symbols else "") or number(d)
        return f" {told}" if told.startswith("−") else told

    def arrival(self, v: Value, i: int) -> str:
        """The name of a node; if it has one operand twice, which of them."""
        operands = v.operands
        again = sum(x is operands[i] for x in operands) > 1
        return self.name(v) + (f" ({say('operand {}', i + 1)})" if again else "")

    def name(self, v: Value) -> str:
        """What a node is called; its number where the formulas of all do not fit."""
        return self.called(v) if self.formulas else self.called.given(v) or self.called.number(v)


def _counted(count: int) -> str:
    """A number of paths: of one that has more digits than anybody reads, how many."""
    if count < 10**15:
        return say("{:,} more path{s}", count)
    digits = (count.bit_length() - 1) * math.log10(2)
    return say("about 10^{} more paths", f"{digits:.0f}")
