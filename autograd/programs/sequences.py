"""What `scan` and `map` go through: sequences with an argument for each step, and structures of such.

A list or tuple, an array, or whatever Python goes through in an order, has a member for each step. A dict, a named tuple, a
dataclass or what `register_structure` was told of has a sequence in each part: a step is given one like it, of their members.

>>> along = column_of("scan", "f", "xs", {"u": [1.0, 2.0], "v": [[3.0, 4.0], [5.0, 6.0]]})
>>> len(along), along[1]
(2, {'u': 2.0, 'v': [5.0, 6.0]})
"""

from __future__ import annotations

from autograd.errors import shortened
from autograd.plain import joined
from autograd.structures import (
    REGISTERED,
    UNSTRUCTURED,
    Keys,
    container,
    fields_of,
    flattened,
    is_array,
    is_number,
    names_of,
    parts_in,
    parts_of,
    template_of,
    unmasked,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from autograd.structures import Template


class Along:
    """A structure of sequences, as the sequence of the structures that steps are given."""

    def __init__(self, kind: Any, parts: list[Any]) -> None:
        self.kind, self.parts = kind, parts

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, t: int) -> Any:
        return container(self.kind, [part[t] for part in self.parts])

    def __iter__(self) -> Iterator[Any]:
        return (container(self.kind, list(row)) for row in zip(*self.parts, strict=True))


def gone_through(loop: str, name: str, xs: Sequence[Any]) -> list[Any]:
    """Sequences with an argument for each step of a loop over a function of this name, all of one length."""
    if not xs:
        message = f"{loop}: give {name} a sequence to go through; range(n) for n steps"
        raise TypeError(message)
    columns = [column_of(loop, name, f"xs[{k}]" if len(xs) > 1 else "xs", x) for k, x in enumerate(xs)]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        message = f"{loop}: the sequences for {name} have unequal lengths: {', '.join([str(n) for n in lengths])}"
        raise ValueError(message)
    return columns


def column_of(loop: str, name: str, called: str, x: Any) -> Any:
    """One of these sequences, which an error calls so."""
    if type(x) in (list, tuple, range):
        return x
    if type(x) in REGISTERED or fields_of(type(x)) is not None or (hasattr(x, "keys") and not is_array(x)):
        kind = Keys(x) if fields_of(type(x)) is None and type(x) not in REGISTERED else type(x)
        parts = parts_in(x)
        names = [called + own for own in names_of(kind, len(parts))]
        found = [column_of(loop, name, own, part) for own, part in zip(names, parts, strict=True)]
        lengths = list(map(len, found))
        if len(set(lengths)) > 1:
            told = ", ".join([f"{own} {n}" for own, n in zip(names, lengths, strict=True)])
            message = f"{loop}: the sequences for {name} have unequal lengths: {told}"
            raise ValueError(message)
        if found:
            return Along(kind, found)
    elif is_array(x):
        array = unmasked(x)
        if array.ndim:
            return array
    elif isinstance(x, memoryview):
        return x.tolist()
    elif isinstance(x, (list, tuple, range)):
        return x
    elif hasattr(x, "__iter__") and not isinstance(x, (str, *UNSTRUCTURED)):
        return list(x)
    message = (
        f"{loop}: {called} of {name} is {shortened(x)}, a {type(x).__name__}, where a list, an array or a dict of such has an "
        f"argument for each step. {_advice(x)}"
    )
    raise TypeError(message)


def _advice(x: Any) -> str:
    if isinstance(x, (set, frozenset)):
        return "A set has no order: write sorted(...)"
    if isinstance(x, (str, bytes, bytearray)):
        return "Give numbers, such as indices of letters"
    if x is None or is_number(x) or is_array(x):
        return "What is the same in all steps is closed over; range(n) is for n steps"
    return "It holds no sequence"


def numbers_along(column: Any, steps: int, told: str) -> list[Any]:
    """All numbers of a sequence, as they are, step by step.

    `ValueError`, which begins with what is told, for members that are not alike.
    """
    if type(column) is Along:
        parts = [numbers_along(part, steps, told) for part in column.parts]
        widths = [len(numbers) // steps for numbers in parts]
        return joined([numbers[t * n : (t + 1) * n] for t in range(steps) for numbers, n in zip(parts, widths, strict=True)])
    if not is_array(column):
        first = template_of(column[0])
        if (template_of(column) or [None])[-1] != first:
            for t, x in enumerate(column):
                if not alike(template_of(x), first):
                    given, before = shortened(x), shortened(column[0])
                    message = f"{told}: step {t} is given {given}, of another structure than step 0: {before}"
                    raise ValueError(message)
    return flattened(column)


def alike(template: Template, other: Template) -> bool:
    """Whether two structures are the same but for the order in which dicts were told their keys."""
    if template == other:
        return True
    if template is None or other is None or "array" in (template[0], other[0]):
        return False
    kinds = template[0], other[0]
    if kinds[0] != kinds[1] and not (all(isinstance(kind, Keys) for kind in kinds) and set(kinds[0]) == set(kinds[1])):
        return False
    parts, others = parts_of(template), parts_of(other)
    return len(parts) == len(others) and all(map(alike, parts, others))
