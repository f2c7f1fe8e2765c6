"""A program as text that a person reads, and as bytes that another process or another day reads."""

from __future__ import annotations

import math
import zlib
from array import array
from itertools import islice

from autograd import ops
from autograd.plain import little_endian
from autograd.programs.flat import CHOOSE, CONDITIONS, Flat, instructions, operation
from autograd.programs.signature import Signature
from autograd.registry import written_name
from autograd.structures import Keys, fields_of, in_order, is_plain, is_template, parts_of, size_of_template, storable, stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from autograd.operation import Operation
    from autograd.structures import Template

    Parts = tuple[Signature, Flat, Flat | None]


# As text.


def listed(labels: Sequence[str], outputs: Template, flat: Flat) -> str:
    """One line for each instruction, numbered from 1, and one for what is returned."""
    texts = [*labels, *map(_plain, flat.constants)]
    conditions: dict[int, str] = {}
    lines = []
    for number, (entry, operands) in enumerate(instructions(flat), 1):
        text = _line(entry, [texts[x] for x in operands], conditions.get(operands[0]))
        if entry.code in CONDITIONS:
            conditions[len(texts)] = text
        lines.append(f"{number:5}  {text}")
        texts.append(f"#{number}")
    return "\n".join([*lines, f"returns {_structured(outputs, iter([texts[x] for x in flat.results]))}"])


def _line(entry: Operation, operands: list[str], condition: str | None) -> str:
    if entry.code == CHOOSE:
        return f"where({condition or operands[0]}, {', '.join(operands[1:])})"
    if entry.name == "dot":
        n = len(operands) // 2
        bias = f", {operands[-1]}" if len(operands) % 2 else ""
        return f"dot([{', '.join(operands[:n])}], [{', '.join(operands[n : 2 * n])}]{bias})"
    if entry.symbol.isidentifier() or entry.many:
        return f"{entry.name}({', '.join(operands)})"
    return entry.symbol + operands[0] if len(operands) == 1 else f" {entry.symbol} ".join(operands)


def _plain(number: float) -> str:
    text = f"{number:.0f}" if number.is_integer() and abs(number) < 1e16 and str(number) != "-0.0" else repr(number)
    return f"({text})" if text.startswith("-") else text


def _structured(template: Template, texts: Iterator[str]) -> str:
    if template is None:
        return next(texts)
    if template[0] == "array":
        return f"[{', '.join(islice(texts, math.prod(template[1:])))}]"
    kind, parts = template[0], [_structured(part, texts) for part in parts_of(template)]
    if isinstance(kind, Keys):
        return f"{{{', '.join(map('{!r}: {}'.format, in_order(kind), parts))}}}"
    if not is_plain(kind):
        fields = fields_of(kind)
        return f"{kind.__name__}({', '.join(parts if fields is None else map('{}={}'.format, fields, parts))})"
    return f"[{', '.join(parts)}]" if kind == "list" else f"({', '.join(parts)})"


# As bytes.

MAGIC, FORMAT = b"chainrule program\n", 2
"""How a file begins, and the number of its format; any other is refused."""

MOST = 1 << 32
"""So many numbers have an id of their own."""

BROKEN = (KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
"""What reading a damaged file raises."""


def packed(signature: Signature, flat: Flat, origin: Flat | None) -> bytes:
    """A line that says what this is, a line of JSON, and the arrays in the order of `Flat`, little-endian; `origin`'s last."""
    flats = (flat,) if origin is None else (flat, origin)
    place = {code: i for i, code in enumerate(dict.fromkeys([code for each in flats for code in each.codes]))}
    arrays: list[array[Any]] = []
    for each in flats:
        arrays += [each.constants, array("H", [place[code] for code in each.codes]), *each[3:]]
    structures = [*map(storable, signature.arguments), storable(signature.outputs)]
    if not is_template(["tuple", structures]):
        message = f"{signature}: only dicts whose keys are str or numbers can be saved"
        raise TypeError(message)
    body = b"".join(little_endian(array(each.typecode, each)).tobytes() for each in arrays)
    head = {
        "format": FORMAT, "name": signature.name, "names": signature.names, "inputs": flat.inputs,
        "arguments": structures[:-1], "outputs": structures[-1],
        "operations": [written_name(operation(code)) for code in place], "counts": [len(each) for each in arrays],
        "crc32": zlib.crc32(body),
    }  # fmt: skip
    import json  # which takes as long to import as all else of a first `record`

    return MAGIC + json.dumps(head, separators=(",", ":")).encode() + b"\n" + body


def unpacked(content: bytes) -> Parts:
    """What `packed` was given. `ValueError` for a broken file, another format, an operation that is not registered here."""
    if not content.startswith(MAGIC):
        message = f"this is no recorded program: it begins with {content[:18]!r}, not {MAGIC!r}"
        raise ValueError(message)
    import json

    line, _, body = content[len(MAGIC) :].partition(b"\n")
    try:
        head = json.loads(line)
        version = int(head["format"])
    except (ValueError, *BROKEN) as error:
        reason = f"its head cannot be read ({error})"
        raise _broken(reason) from error
    if version != FORMAT:
        reads = f"up to {FORMAT}: upgrade it" if version > FORMAT else f"{FORMAT}: save the program anew from the function"
        message = f"this program has format {version}, this version of chainrule reads {reads}"
        raise ValueError(message)
    try:
        return _parts(head, body)
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}"
        raise _broken(reason) from error


def _parts(head: dict[str, Any], body: bytes) -> Parts:
    if zlib.crc32(body) != head["crc32"]:
        raise _broken("its numbers are not those that were saved")
    entries = [ops.TABLE.get(name) or ops.INTERNAL.get(name) for name in head["operations"]]
    missing = [name for name, entry in zip(head["operations"], entries, strict=True) if entry is None]
    if missing:
        where = "before loading, and in worker processes too: in a module that they import, or in the executor's initializer"
        message = f"this program uses {', '.join(missing)}: register it with autograd.op {where}"
        raise ValueError(message)
    arrays = _arrays(head["counts"], body)
    for i in range(1, len(arrays), 6):
        arrays[i] = array("H", [entries[k].code for k in arrays[i]])
    flat = Flat(head["inputs"], *arrays[:6])
    origin = Flat(head["inputs"], *arrays[6:12]) if len(arrays) > 6 else None
    if not all(map(is_template, (["tuple", head["arguments"]], head["outputs"]))):
        raise _broken("its structures cannot be read")
    arguments, outputs = list(map(stored, head["arguments"])), stored(head["outputs"])
    return Signature(head["name"], head["names"], arguments, outputs), flat, origin


def _arrays(counts: list[int], body: bytes) -> list[array[Any]]:
    """The arrays of one flat program, or of two."""
    arrays: list[array[Any]] = [array(kind) for kind in "dHIIII" * (1 if len(counts) <= 6 else 2)]
    whole = len(counts) == len(arrays) and all(type(n) is int and n >= 0 for n in counts)
    if not whole or sum(n * each.itemsize for n, each in zip(counts, arrays, strict=True)) != len(body):
        raise _broken("its counts contradict each other")
    start = 0
    for each, count in zip(arrays, counts, strict=True):
        stop = start + count * each.itemsize
        each.frombytes(body[start:stop])
        start = stop
    return list(map(little_endian, arrays))


def verified(content: bytes) -> Parts:
    """The same from a file that anybody may have written: refused if its places do not follow from each other."""
    parts = unpacked(content)
    try:
        _check(parts)
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}"
        raise _broken(reason) from error
    return parts


def _check(parts: Parts) -> None:
    signature, flat, origin = parts
    if not all(isinstance(each, str) for each in (signature.name, *signature.names)):
        raise _broken("its names cannot be read")
    sizes, fitting = [signature.inputs, size_of_template(signature.outputs)], len(signature.names) == len(signature.arguments)
    if [flat.inputs, len(flat.results)] != sizes or type(flat.inputs) is not int or not fitting:
        raise _broken("its counts contradict each other")
    for each in (flat,) if origin is None else (flat, origin):
        _check_flat(each)


def _check_flat(flat: Flat) -> None:
    first = flat.first
    if len(flat.starts) != len(flat.codes) + 1 or first + len(flat.codes) > MOST:
        raise _broken("its counts contradict each other")
    for i, (entry, own) in enumerate(instructions(flat)):
        if any(x >= first + i for x in own) or flat.starts[i] > flat.starts[i + 1]:
            reason = f"line {i + 1} uses what is not computed yet"
            raise _broken(reason)
        if entry.arity not in (0, len(own)) or not own:
            message = f"{entry.name} has {entry.arity} operands here and {len(own)} in this program: it is another operation"
            raise ValueError(message)
    if any(i >= len(flat.codes) for i in flat.partials):
        raise _broken("its partials do not exist")
    if any(x >= first + len(flat.codes) for x in flat.results) or flat.starts[-1] != len(flat.operands) or flat.starts[0] != 0:
        raise _broken("its results do not exist")


def _broken(reason: str) -> ValueError:
    return ValueError(f"this program is broken: {reason}; save it anew from the function")
