"""Indices: whole numbers that pick rows of a table, and that a recorded function is told anew at each call.

>>> from autograd import Value, record
>>> letters = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], [Value(5.0), Value(6.0)]]
>>> [x.data for x in take(letters, 1)]
[3.0, 4.0]
>>> program = record(lambda table, i: take(table, i) * 10.0, [0.0, 0.0, 0.0], index(0, 3))
>>> program([1.0, 2.0, 3.0], 2), program.grad([1.0, 2.0, 3.0], 2)
(30.0, [0.0, 0.0, 10.0])

An index is no number to differentiate by: derivatives of a program or function are those by its other arguments.
"""

from __future__ import annotations

import operator
from itertools import islice

from autograd import ops
from autograd.errors import kind_of, no_index, no_sequence, only_picks, shortened
from autograd.functions import FUNCTIONS
from autograd.plain import Index, is_whole, kinds_in, of_size
from autograd.recording import Condition, formula_text, internal
from autograd.structures import (
    NUMBERS,
    container,
    filled,
    flattened,
    holds_number,
    is_array,
    is_number,
    is_plain,
    mapped,
    parts_in,
    template_of,
)
from autograd.value import Value, apply_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

TAKE, IDENTITY = ops.INTERNAL["take"], FUNCTIONS["identity"]


def index(example: Any, size: int) -> Any:
    """Declare whole numbers, from 0 to size - 1, as indices: of so many rows one is picked by `take`.

    In the example that `record` is given it says that this argument is an index, or a (nested) sequence or array of such, which
    becomes lists, or a dict, named tuple or dataclass, which stays one: a program takes whole numbers in its place, of any
    type, and arrays of integers. A plain int in an example stays a number. Where nothing is recorded an index is the int that
    it is. Raises `ValueError` for what is out of range or not whole.

    >>> index(3, 27), index([0, 2], 27)
    (index(3, 27), [index(0, 27), index(2, 27)])
    """
    if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
        message = f"index: the size is how many rows there are, at least 1, not {size!r}"
        raise ValueError(message)
    size = operator.index(size)
    return _declared(example, of_size(size))


def _declared(x: Any, kind: type[Index]) -> Any:
    if is_array(x):
        x = x.tolist()
    if is_number(x):
        return kind(_whole(x, kind.size, "index"))
    parts = parts_in(x)
    if set(map(type, parts)) == {int} and min(parts) >= 0 and max(parts) < kind.size:
        found = list(map(kind, parts))
    else:
        found = [_declared(part, kind) for part in parts]
    return _built_as(x, found)


def _built_as(x: Any, parts: list[Any]) -> Any:
    """Parts in the structure of `x`, a list for any sequence."""
    if type(x) is list or type(x) is tuple:
        return parts
    kind = (template_of(x) or ["list"])[0]
    return parts if is_plain(kind) else container(kind, parts)


def _whole(x: Any, size: int, place: str) -> int:
    """A whole number from 0 to size - 1."""
    if not is_whole(x) or not 0 <= x < size:
        raise no_index(place, x, size)
    return int(x)


def is_index(x: object) -> bool:
    """Whether something was declared an index, by itself or in the example of what is being recorded."""
    return isinstance(x, (Index, RecordedIndex))


def size_of_indices(name: str, x: Any) -> int:
    """Of how many rows an argument of an example is an index, or a structure of them; 0 if it is of numbers.

    Raises `TypeError` where it holds both, or indices of unlike sizes.
    """
    if getattr(getattr(x, "dtype", None), "kind", "O") != "O":
        return 0  # an array of numbers
    kinds = kinds_in(flattened(x))
    sizes = {kind.size for kind in kinds if issubclass(kind, Index)}
    if not sizes:
        return 0
    if len(sizes) > 1 or len(kinds) > 1:
        message = f"argument {name} holds an index of {min(sizes)} rows and something else: give each an argument of its own"
        raise TypeError(message)
    return sizes.pop()


def take(table: Any, i: Any) -> Any:
    """Row `i` of a table, a sequence of numbers or of rows of any structure; for a sequence of indices a list of rows.

    Each number of the row is a node of its own, through which its gradient passes to the table: other rows get none. While a
    function is recorded, the rows are alike, and an index that was declared by `index` picks anew at each call; its size is at
    most the number of rows. A plain int picks once and for all, as it does where nothing is recorded, where -1 is the last row.

    Raises `IndexError` where there is no such row, `TypeError` for what is no whole number, or no sequence of rows.

    >>> table = [Value(1.0), Value(2.0), Value(3.0)]
    >>> (take(table, -1) * 5).backward()
    >>> [x.grad for x in table]
    [0.0, 0.0, 5.0]
    """
    if type(i) is RecordedIndex:
        return i.picked(table)
    if not is_number(i):
        return _built_as(i, [take(table, each) for each in parts_in(i)])
    count = _rows_in(table)
    if type(i) is Value or not is_whole(i):
        advice = f"give a whole number, or declare autograd.index(example, {count})"
        message = f"take: {shortened(i)} is {kind_of(i)}, no index: {advice}"
        raise TypeError(message)
    if not -count <= i < count:
        message = f"take: there is no row {int(i)} of {count}"
        raise IndexError(message)
    return mapped(lambda x: IDENTITY(x) if type(x) is Value else x, table[int(i)])


def _rows_in(table: Any) -> int:
    """How many rows a table has. `TypeError` if it is no sequence, or rows are not all numbers, or all structures of such."""
    if is_array(table):
        return len(table)
    if hasattr(table, "keys"):
        message = f"take: {shortened(table)} is {kind_of(table)}, no sequence of rows: give list(table.values())"
        raise TypeError(message)
    if not (hasattr(table, "__len__") and hasattr(table, "__getitem__")) or isinstance(table, (str, bytes, bytearray)):
        raise no_sequence("take", table)
    kinds = set(map(type, table))
    for k, row in enumerate([] if kinds <= NUMBERS or kinds == {list} else table):
        if is_number(row) != is_number(table[0]) or not holds_number(row):
            message = f"take: row {k} of the table is {shortened(row)}: all rows are numbers, or all are structures of numbers"
            raise TypeError(message)
    return len(table)


class RecordedIndex:
    """An index while a function is recorded: `take` picks by it, and it may be compared. All else is refused."""

    __slots__ = ("node", "size")

    def __init__(self, node: Value, size: int) -> None:
        self.node, self.size = node, size

    def picked(self, table: Any) -> Any:
        """The row of a table, each number as one node over all that it may be."""
        if _rows_in(table) < self.size:
            message = f"take: {self!r} is an index of {self.size} rows, and the table has {len(table)}"
            raise IndexError(message)
        rows = list(islice(table, self.size))
        template = template_of(rows[0])
        for k, row in enumerate(rows):
            if template_of(row) != template:
                message = f"take: row {k} of the table has another structure than row 0, and {self!r} may be either"
                raise TypeError(message)
        columns = zip(*map(flattened, rows), strict=True)
        return filled(template, iter([apply_many(TAKE, [self.node, *column]) for column in columns]))

    def compared(self, name: str, other: Any) -> Condition:
        """A condition, as of recorded numbers."""
        if type(other) is not RecordedIndex and not is_whole(other):
            what = f"a comparison with {shortened(other)}"
            raise only_picks(what, repr(self))
        return Condition(internal(name, self.node, other.node if type(other) is RecordedIndex else float(other)))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return formula_text(self.node)


def _comparison(name: str) -> Any:
    return lambda self, other: self.compared(name, other)


def _refusal(what: str) -> Any:
    def refuse(self: RecordedIndex, *_: Any) -> Any:
        raise only_picks(what, repr(self))

    return refuse


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(RecordedIndex, f"__{_name}__", _comparison(_name))
for _name in ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod"):
    for _side in ("", "r"):
        setattr(RecordedIndex, f"__{_side}{_name}__", _refusal("arithmetic"))
for _name, _what in {
    "neg": "arithmetic", "abs": "arithmetic", "bool": "the truth", "int": "int()", "float": "float()",
    "index": "the number (write take(table, i) for table[i])",
    "array": "the number (write take(table, i) for table[i])",  # NumPy asks for it, where it was refused __index__
}.items():  # fmt: skip
    setattr(RecordedIndex, f"__{_name}__", _refusal(_what))


def recorded_indices(nodes: Iterable[Value], size: int) -> Iterator[RecordedIndex]:
    """Inputs of a recorded function as indices."""
    return (RecordedIndex(node, size) for node in nodes)
