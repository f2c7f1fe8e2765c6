"""Pickles: what a pickler is told of each Value, so that what it meets of one graph is one graph again.

A pickler asks each Value apart how it is made again, and remembers the objects that it was given for an answer: where it
meets one of them again it writes where that stands. So a computed Value answers with a `Part`, its graph laid flat, and its
place in it; others that are in that part already answer with the same object, and what is computed from them with a part that
goes on from there.

Which parts a pickler has been given is its `Dump`. But the one who asks does not say who it is. So it is given, first, the
`Token` of each dump that lives: one that it remembers it passes over in silence, any other it asks how that is made again. A
pickler holds the tokens that it has met and none that is newer; thus its own is the newest that it passes over. Dumps live as
long as their picklers do, which is till the end of most calls, so that there are no questions in the first place.

A leaf that is in no part goes by itself, whoever asks, and stays out of parts as long as such a pickler lives.
"""

from __future__ import annotations

import sys
from _thread import RLock, get_ident
from _weakref import ref

from autograd import ops
from autograd.plain import little_endian
from autograd.registry import written_name
from autograd.value import (
    Value,
    any_in_scope,
    flags_of,
    give_flags,
    graph_columns,
    graph_part,
    nodes_of_columns,
    put_into_scopes,
    scopes_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable
    from typing import Any

FORMAT = 2
"""The number of the pickle format; a newer one is refused."""


class Part:
    """Some Values, oldest first, and others that they are computed from: as far as a dump has not got them yet."""

    __slots__ = ("inputs", "nodes", "scopes")

    def __init__(self, v: Value, dump: Dump) -> None:
        self.inputs, self.nodes = graph_part(v, dump.known)
        self.scopes = dump.scopes(self)

    def __reduce__(self) -> tuple[Any, ...]:
        codes, *columns, labels = graph_columns(self.inputs, self.nodes)
        names = [written_name(ops.BY_CODE[code]) for code in codes]
        return part_again, (FORMAT, names, self.inputs, swapped(columns), labels, self.scopes)


class Alone:
    """The leaves that went by themselves to picklers that live: any of them may meet one again in a graph."""

    def __init__(self) -> None:
        self.leaves: list[Value] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return nothing, ()

    @staticmethod
    def now() -> Alone:
        """Held by a pickler or a dump; a new one, if there is none."""
        found = alone[0]()
        if found is None:
            alone[0] = ref(found := Alone())
        return found


class Dump:
    """What one pickler has been told so far."""

    def __init__(self) -> None:
        self.alone = Alone.now()
        self.known: dict[int, int] = {}  # of each Value by id: its place among those of all parts; -1 for a leaf by itself
        self.parts: list[Part] = []
        self.starts: list[int] = []  # the place of the first Value of each part
        self.noted = [0, 0]  # so many leaves by themselves and parts are in `known`: most dumps have but one part
        self.calls: dict[Any, int] = {}  # the scopes, with their rows in one table
        self.rows: list[tuple[Part, int]] = []  # for each, where it is told: a part, and its row there

    def place(self, v: Value) -> int:
        """Where `v` is among the Values of all parts; negative if in none."""
        leaves, parts = self.noted
        self.noted = [len(self.alone.leaves), len(self.parts)]
        self.known.update({id(x): -1 for x in self.alone.leaves[leaves:] if id(x) not in self.known})
        for start, part in zip(self.starts[parts:], self.parts[parts:]):
            self.known.update(zip(map(id, part.nodes), range(start, start + len(part.nodes))))
        return self.known.get(id(v), -1)

    def answer(self, v: Value, token: Token | None) -> tuple[Any, ...]:
        """A token to remember, and how `v` is made again."""
        from bisect import bisect_right  # deferred: few processes pickle, all import this

        place = self.place(v)
        if place >= 0:
            i = bisect_right(self.starts, place) - 1
            return value_again, (token, self.parts[i], place - self.starts[i])
        if goes_alone(v):
            return leaf_by_itself(v, token)
        part = Part(v, self)
        self.starts.append(self.starts[-1] + len(self.parts[-1].nodes) if self.parts else 0)
        self.parts.append(part)
        return value_again, (token, part, len(part.nodes) - 1)

    def scopes(self, part: Part) -> tuple[bytes, list[tuple[int, str]], list[tuple[Part, int]]] | None:
        """The scopes of a new part as `scopes_of` tells them, the table behind rows of parts before; None if it is in none."""
        if not any_in_scope(part.nodes):
            return None
        from array import array

        places, table = scopes_of(part.nodes, self.calls)
        first = len(self.rows)
        before = sorted({i for i in [*places, *[outer for outer, _ in table]] if 0 <= i < first})
        if first:
            moved = {-1: -1} | {i: k for k, i in enumerate(before)}
            moved |= {first + k: len(before) + k for k in range(len(table))}
            places, table = [moved[i] for i in places], [(moved[outer], name) for outer, name in table]
        borrowed = [self.rows[i] for i in before]
        self.rows += [(part, len(before) + k) for k in range(len(table))]
        return little_endian(array("i", places)).tobytes(), table, borrowed


class Token:
    """Tells a dump's pickler, which remembers it, from others."""

    __slots__ = ("__weakref__", "dump", "strangers", "waits")

    def __init__(self, dump: Dump) -> None:
        self.dump = dump
        self.waits: int | None = get_ident()  # the thread whose pickler has not got it yet
        self.strangers: set[int] = set()  # threads in which a pickler did not know it
        tokens[:] = [each for each in tokens if (token := each()) is not None and token.dump is not dump]
        tokens.insert(0, ref(self))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.waits == get_ident():
            self.waits = None
        else:
            self.strangers.add(get_ident())
        return nothing, ()


tokens: list[ref[Token]] = []
"""The newest of each dump, the newest first."""
alone: list[Callable[[], Alone | None]] = [lambda: None]
"""The one that lives, if any does."""
one_at_a_time = RLock()


class Answer:
    """How a Value is made again, settled when the pickler comes to it, for it has been given some tokens just before."""

    __slots__ = ("asked", "value")

    def __init__(self, v: Value, asked: list[Token]) -> None:
        self.value = v
        self.asked = asked

    def __reduce__(self) -> tuple[Any, ...]:
        asked, self.asked = self.asked, []  # a pickler remembers all that it meets
        known = [token for token in asked if get_ident() not in token.strangers]
        with one_at_a_time:
            dump = known[0].dump if known else Dump()
            return dump.answer(self.value, None if known and known[0] is asked[0] else Token(dump))


def answer(v: Value) -> tuple[Any, ...]:
    """How a Value is made again, for the pickler that asks."""
    with one_at_a_time:
        asked = [token for each in tokens if (token := each()) is not None]
        if goes_alone(v) and all(token.dump.place(v) < 0 for token in asked):
            return leaf_by_itself(v)
        if not asked:
            dump = Dump()
            return dump.answer(v, Token(dump))
    for token in asked:
        token.strangers.discard(get_ident())
    return last, (*asked, Answer(v, asked))


def goes_alone(v: Value) -> bool:
    """Whether a Value is a leaf like most."""
    return not v.op and not v.scope


def leaf_by_itself(v: Value, *token: Token | None) -> tuple[Any, ...]:
    """How a leaf is made again by itself."""
    now = Alone.now()
    now.leaves.append(v)
    return leaf_again, (FORMAT, v.data, v.label, v.grad if v._reached else None, flags_of(v), now, *token)


# What pickles call.


def nothing() -> None:
    """A token that has come to the other side."""


def last(*given: Any) -> Any:
    """A Value behind tokens."""
    return given[-1]


def leaf_again(version: int, number: float, label: str, grad: float | None, flags: int = 0, *_: None) -> Value:
    """A leaf by itself."""
    _check(version)
    v = Value(number, label)
    if grad is not None:
        v.grad = grad
    if v.scope:  # this one's here
        put_into_scopes([v], [-1], [])
    return give_flags(v, flags) if flags else v


class PartAgain:
    """The Values of a part, and its scopes, those borrowed first."""

    __slots__ = ("calls", "nodes")

    def __init__(self, nodes: list[Value], calls: list[Any]) -> None:
        self.nodes = nodes
        self.calls = calls


def part_again(
    version: int,
    names: list[str],
    inputs: list[Value],
    columns: list[bytes],
    labels: dict[int, str],
    scopes: tuple[bytes, list[tuple[int, str]], list[tuple[PartAgain, int]]] | None,
) -> PartAgain:
    """A part of a graph; its inputs have been made."""
    _check(version)
    table = ops.TABLE | ops.INTERNAL
    unknown = [name for name in names if name not in table]
    if unknown:
        message = f"this graph uses {', '.join(unknown)}: register it with autograd.op before unpickling"
        raise ValueError(message)
    entries = [table[name] for name in names]
    arities = [-1 if entry.many else len(entry.operands) for entry in entries]
    nodes = nodes_of_columns(inputs, ([entry.code for entry in entries], *swapped(columns), labels), arities)
    if scopes is None:
        return PartAgain(nodes, [])
    places, rows, borrowed = scopes
    return PartAgain(nodes, put_into_scopes(nodes, numbers("i", places), rows, [part.calls[i] for part, i in borrowed]))


def value_again(_token: None, part: PartAgain, place: int) -> Value:
    """One of the Values of a part."""
    return part.nodes[place]


def _check(version: int) -> None:
    """Refuse what a newer version of chainrule wrote."""
    if version > FORMAT:
        message = f"this pickle has format {version}, this version of chainrule reads up to {FORMAT}: upgrade it"
        raise ValueError(message)


def graph_of_format_1(
    version: int,
    names: list[str],
    leaves: list[Value],
    arrays: list[bytes],
    reached: bytes,
    labels: dict[int, str],
    in_scopes: tuple[bytes, list[tuple[int, str]]] | None = None,
) -> Value:
    """The last node of a graph as it was laid flat before there were parts: all leaves went by themselves."""
    from array import array

    kinds, counts, operands, data, grads, partials = arrays
    places, at, node = [], 0, len(leaves)
    for kind in numbers("H", kinds):
        places.append(node if kind else at)
        at, node = at + (kind == 0), node + (kind != 0)
    own = array("H", [kind for kind in numbers("H", kinds) if kind])
    linked = array("i", [places[i] if i >= 0 else -1 for i in numbers("q", operands)])
    columns = [little_endian(own).tobytes(), counts, little_endian(linked).tobytes(), partials, data, grads, reached]
    inner = {places[i] - len(leaves): text for i, text in labels.items()}
    part = part_again(version, names, leaves, columns, inner, None)
    if in_scopes:
        order = [*leaves, *part.nodes]
        put_into_scopes([order[i] for i in places], numbers("i", in_scopes[0]), in_scopes[1])
    return part.nodes[-1]


# Columns as bytes of a little-endian machine.


def swapped(columns: list[bytes]) -> list[bytes]:
    """The columns of a part, as bytes of this machine, as such; its own inverse."""
    return columns if sys.byteorder == "little" else [numbers(*each).tobytes() for each in zip("HIidddB", columns)]


def numbers(kind: str, raw: bytes) -> array[Any]:
    """What such bytes stand for."""
    from array import array

    return little_endian(array(kind, raw))
