"""A program as text that a person reads, and as bytes that another process or another day reads."""

from __future__ import annotations

import math
import zlib
from array import array
from bisect import bisect
from itertools import accumulate, islice

from autograd import ops
from autograd.plain import little_endian
from autograd.programs.flat import CHOOSE, CONDITIONS, TAKE, Flat, instructions, operation
from autograd.programs.signature import Signature
from autograd.programs.staged import Loop, Staged, at_runs, flats_of, outputs_of, rebuilt, told
from autograd.registry import written_name
from autograd.structures import Keys, fields_of, in_order, is_plain, is_template, parts_of, size_of_template, storable, stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from autograd.operation import Operation
    from autograd.programs.staged import Laid
    from autograd.structures import Template

    Parts = tuple[Signature, Laid, Flat | None]


# As text.


def listed(labels: Sequence[str], outputs: Template, laid: Laid) -> str:
    """One line for each instruction, numbered from 1, and one for what is returned; a loop is a line with its step below."""
    lines: list[str] = []
    results = _lines(laid, list(labels), lines, 1, "")
    return "\n".join([*lines, f"returns {_structured(outputs, iter(results))}"])


def _lines(laid: Laid, given: list[str], lines: list[str], number: int, margin: str) -> list[str]:
    """Write the lines of what is given these texts, from a number on; the texts of the results."""
    texts = [*given, *map(_plain, laid.constants)]
    if isinstance(laid, Staged):
        for takes, does in laid.stages:
            own = at_runs(texts, takes)
            if isinstance(does, Loop):
                texts += _lines_of_loop(does, own, lines, number, margin)
                number += 1
            else:
                texts += _lines(does, own, lines, number, margin)
                number += len(does.codes)
        return at_runs(texts, laid.results)  # type: ignore[no-any-return]
    conditions: dict[int, str] = {}
    for each, (entry, operands) in enumerate(instructions(laid), number):
        text = _line(entry, [texts[x] for x in operands], conditions.get(operands[0]))
        if entry.code in CONDITIONS:
            conditions[len(texts)] = text
        lines.append(f"{margin}{each:5}  {text}")
        texts.append(f"#{each}")
    return [texts[x] for x in laid.results]


def _lines_of_loop(loop: Loop, given: list[str], lines: list[str], number: int, margin: str) -> list[str]:
    """The line of a loop, and those of its step, where what is given to the first step stands for what is given to each."""
    start, shared = given[: loop.carried], given[loop.takes - loop.shared :]
    own = given[loop.carried : loop.carried + loop.own]
    last = given[loop.takes - loop.shared - loop.own : loop.takes - loop.shared]
    told = [f"from {_and_so_on(start)}"] if start else []
    told += [f"with {_and_so_on(own)}" + f" to {_and_so_on(last)}" * (loop.steps > 1)] if own else []
    lines.append(f"{margin}{number:5}  {loop.kind}({loop.name}), {loop.steps} step{'s' * (loop.steps > 1)} {', '.join(told)}:")
    inner = margin + " " * 7
    names = [*_numbered("state", loop.carried), *_numbered("x", loop.own), *shared]
    results = _lines(loop.body, names, lines, 1, inner)
    lines.append(f"{inner}  gives {', '.join(results)}")
    return [f"#{number}[{k}]" for k in range(loop.gives)]


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}[{k}]" for k in range(count)]


def _and_so_on(texts: list[str]) -> str:
    return ", ".join(texts if len(texts) < 4 else [texts[0], "...", texts[-1]])


def _line(entry: Operation, operands: list[str], condition: str | None) -> str:
    if entry.code == CHOOSE:
        return f"where({condition or operands[0]}, {', '.join(operands[1:])})"
    if entry.code == TAKE:
        return f"take([{', '.join(operands[1:])}], {operands[0]})"
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

MAGIC, FORMAT = b"chainrule program\n", 4
"""How a file begins, and the number of the newest format; a later one is refused."""

OLDEST = 2
"""The oldest that is read. Up to format 3 the checksum stood in the head, of the arrays alone."""

KEYS = {"format", "name", "names", "inputs", "arguments", "outputs", "operations", "counts", "stages", "rows"}
"""What a head says: `stages` of programs with loops, `rows` of those with indices."""

MOST = 1 << 32
"""So many numbers have an id of their own."""

BROKEN = (KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
"""What reading a damaged file raises."""


def packed(signature: Signature, laid: Laid, origin: Flat | None) -> bytes:
    """A line that says what this is, JSON, the arrays in the order of `Flat` (`origin`'s last), little-endian, a checksum."""
    staged = isinstance(laid, Staged)
    flats = [*flats_of(laid)] if origin is None else [*flats_of(laid), origin]
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
        "format": FORMAT,
        "name": signature.name, "names": signature.names, "inputs": laid.inputs,
        "arguments": structures[:-1], "outputs": structures[-1],
        "operations": [written_name(operation(code)) for code in place], "counts": [len(each) for each in arrays],
    }  # fmt: skip
    if staged:
        head["stages"] = told(laid)
    if any(signature.rows):
        head["rows"] = signature.rows
    import json  # which takes as long to import as all else of a first `record`

    content = MAGIC + json.dumps(head, separators=(",", ":")).encode() + b"\n" + body
    return content + checksum(content)


def checksum(content: bytes) -> bytes:
    """The last four bytes of a file, after these."""
    return zlib.crc32(content).to_bytes(4, "little")


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
    if not OLDEST <= version <= FORMAT:
        reads = f"up to {FORMAT}: upgrade it" if version > FORMAT else f"from {OLDEST}: save the program anew from the function"
        message = f"this program has format {version}, this version of chainrule reads {reads}"
        raise ValueError(message)
    try:
        if version == FORMAT:
            return _parts(head, body[:-4], whole=checksum(content[:-4]) == content[-4:])
        return _parts(head, body, whole=zlib.crc32(body) == head.pop("crc32"))
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}"
        raise _broken(reason) from error


def _parts(head: dict[str, Any], body: bytes, *, whole: bool) -> Parts:
    if not whole:
        raise _broken("it is not what was saved")
    if head.keys() - KEYS:
        reason = f"its head says {', '.join(sorted(head.keys() - KEYS))}, which means nothing here"
        raise _broken(reason)
    entries = [ops.TABLE.get(name) or ops.INTERNAL.get(name) for name in head["operations"]]
    missing = [name for name, entry in zip(head["operations"], entries, strict=True) if entry is None]
    if missing:
        where = "before loading, and in worker processes too: in a module that they import, or in the executor's initializer"
        message = f"this program uses {', '.join(missing)}: register it with autograd.op {where}"
        raise ValueError(message)
    arrays = _arrays(head["counts"], body)
    for i in range(1, len(arrays), 6):
        arrays[i] = array("H", [entries[k].code for k in arrays[i]])
    flats = [Flat(head["inputs"], *arrays[i : i + 6]) for i in range(0, len(arrays), 6)]
    laid = rebuilt(head["stages"], flats[:]) if "stages" in head else flats[0]
    origin = flats[1] if len(flats) > 1 and isinstance(laid, Flat) else None
    if not all(map(is_template, (["tuple", head["arguments"]], head["outputs"]))):
        raise _broken("its structures cannot be read")
    arguments, outputs = list(map(stored, head["arguments"])), stored(head["outputs"])
    return Signature(head["name"], head["names"], arguments, outputs, head.get("rows", ())), laid, origin


def _arrays(counts: list[int], body: bytes) -> list[array[Any]]:
    """The arrays of all flat programs."""
    arrays: list[array[Any]] = [array(kind) for kind in "dHIIII" * max(1, len(counts) // 6)]
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
    signature, laid, origin = parts
    if not all(isinstance(each, str) for each in (signature.name, *signature.names)):
        raise _broken("its names cannot be read")
    sizes, fitting = [signature.inputs, size_of_template(signature.outputs)], len(signature.names) == len(signature.arguments)
    if [laid.inputs, outputs_of(laid)] != sizes or type(laid.inputs) is not int or not fitting:
        raise _broken("its counts contradict each other")
    if len(signature.rows) != len(signature.names) or not all(type(n) is int and 0 <= n <= MOST for n in signature.rows):
        raise _broken("its indices cannot be read")
    for each in [*flats_of(laid)] if origin is None else [*flats_of(laid), origin]:
        _check_flat(each, signature if isinstance(laid, Flat) else None)


def _check_flat(flat: Flat, signature: Signature | None) -> None:
    """With the signature of its inputs, if these are those of the whole: what is picked then, is by an index of so many rows."""
    first, ends = flat.first, [] if signature is None else list(accumulate(signature.sizes))
    if len(flat.starts) != len(flat.codes) + 1 or first + len(flat.codes) > MOST:
        raise _broken("its counts contradict each other")
    for i, (entry, own) in enumerate(instructions(flat)):
        if any(x >= first + i for x in own) or flat.starts[i] > flat.starts[i + 1]:
            reason = f"line {i + 1} uses what is not computed yet"
            raise _broken(reason)
        if entry.arity not in (0, len(own)) or not own:
            message = f"{entry.name} has {entry.arity} operands here and {len(own)} in this program: it is another operation"
            raise ValueError(message)
        if entry.code == TAKE and signature is not None and (
            own[0] >= flat.inputs or signature.rows[bisect(ends, own[0])] != len(own) - 1
        ):
            reason = f"line {i + 1} picks by what is no index of its {len(own) - 1} rows"
            raise _broken(reason)
    if any(i >= len(flat.codes) for i in flat.partials):
        raise _broken("its partials do not exist")
    if any(x >= first + len(flat.codes) for x in flat.results) or flat.starts[-1] != len(flat.operands) or flat.starts[0] != 0:
        raise _broken("its results do not exist")


def _broken(reason: str) -> ValueError:
    return ValueError(f"this program is broken: {reason}; save it anew from the function")
