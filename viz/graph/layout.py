"""Graphviz places empty boxes of known size, and routes the wires around them. What they hold it never sees.

A wire with numbers on it passes through a box of its own, so that no two numbers can stand on each other. The command
`graphviz-pure` comes with this package where it has a wheel; a `dot` on the path will do as well, and so will a function where
no command can run.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
import time
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired, run

from viz.shapes import LayoutError, Placement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from viz.shapes import Box, Picture, Point, Wire

    T = TypeVar("T")
    Program = Callable[[str, Sequence[str]], str | bytes]

ENGINES = ("graphviz-pure", "dot")
TIMEOUT = 20.0
"""Seconds that all engines together may take."""
INCH = 72.0
_program: Program | None = None


def layout_with(program: Program | None) -> None:
    """Let a function lay out all pictures from now on, where no command can run, as in a browser; None takes it away.

    ``program(source, options)`` is given the DOT of one graph and what would stand on Graphviz's command line, such as
    ``["-Kdot", "-Tjson0"]``, and returns what Graphviz would print. What it raises is a cause in a `LayoutError`, and the
    commands are tried next. An ``engine`` that is named in a call of `draw` is used instead of it. `TypeError` if it is neither
    a function nor None.

    >>> from autograd import Value
    >>> from viz import draw
    >>> def dot(source, options):
    ...     print(source.split()[0], *options)
    ...     return '{"bb": "0,0,54,36", "objects": [{"name": "b0", "pos": "20,18"}]}'
    >>> layout_with(dot)
    >>> drawn = draw(Value(1.0))
    digraph -Kdot -Tjson0
    >>> layout_with(None)
    """
    global _program
    if not (program is None or callable(program)):
        message = f"a layout is a function of a graph's DOT and Graphviz's options, not {program!r}; a command is an engine="
        raise TypeError(message)
    _program = program


def place(drawn: Picture, engine: str | None = None) -> Placement:
    """A place for each box, by `engine` (a command such as ``"dot"``) or the first one that works.

    Raises `LayoutError` if there is none.
    """
    return places([drawn], engine)[0]


def places(drawn: Sequence[Picture], engine: str | None = None) -> list[Placement]:
    """The same for several pictures, by one run of the command."""
    read = lambda answer: _read(drawn, answer.decode())
    many = sum(len(each.boxes) for each in drawn)
    return answered(["-Kdot", "-Tjson0"], list(map(request, drawn)), read, engine, f" for {many} boxes")


def answered(
    options: Sequence[str], sources: Sequence[str], read: Callable[[bytes], T], engine: str | None = None, what: str = ""
) -> T:
    """What the first program that works makes of graphs, as it is read; `LayoutError` with all causes if there is none."""
    deadline, causes = time.monotonic() + TIMEOUT, []
    if _program and not engine:
        try:
            return read(b"\n".join(_bytes(_program(source, options)) for source in sources))
        except Exception as error:  # noqa: BLE001  (it is not ours, and may raise anything)
            causes.append(f"{getattr(_program, '__name__', 'the function')} failed: {str(error) or type(error).__name__}")
    for name in (engine,) if engine else ENGINES:
        command = find(name)
        if command is None:
            causes.append(f"{name} is not installed")
            continue
        try:
            return read(_answer([command, *options], "\n".join(sources), deadline - time.monotonic()))
        except TimeoutExpired:
            causes.append(f"{name} took more than {TIMEOUT:.0f} s{what}")
            break
        except CalledProcessError as error:
            causes.append(f"{name} failed: {error.stderr.decode(errors='replace').strip()[:200] or error}")
        except (OSError, ValueError, LookupError, TypeError) as error:
            causes.append(f"{name} failed: {error}")
    raise LayoutError("; ".join(causes))


def find(name: str) -> str | None:
    """The path of a command: beside this Python, whether or not its environment is activated, or on the path."""
    own = [sysconfig.get_path("scripts")]
    with suppress(ValueError):  # the Python of a browser has no users
        own.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    if sys.executable:  # nor a file, and an embedded one has none either
        own.insert(0, str(Path(sys.executable).parent))
    return shutil.which(name, path=os.pathsep.join(own)) or shutil.which(name)


def _bytes(answer: str | bytes) -> bytes:
    return answer.encode() if isinstance(answer, str) else answer


def _answer(command: Sequence[str], source: str, seconds: float) -> bytes:
    return run(command, input=source.encode(), capture_output=True, check=True, timeout=seconds).stdout  # noqa: S603


def request(drawn: Picture) -> str:
    """What Graphviz is asked: boxes by number and their sizes."""
    lines = [
        "digraph {",
        f"graph [rankdir={drawn.direction} nodesep=0.14 ranksep={_gap(drawn) / INCH:.3f} nslimit=2 nslimit1=2]",
        'node [shape=box fixedsize=true label=""] edge [dir=none]',
    ]
    lines += [f"b{i} [{_size(box)}{_ports(box)}]" for i, box in enumerate(drawn.boxes)]
    out, into = ("e", "w") if drawn.direction == "LR" else ("s", "n")
    for i, wire in enumerate(drawn.wires):
        port = f":p{wire.port}" if drawn.boxes[wire.head].inputs > 1 else ""
        if wire.width:
            lines.append(f"w{i} [{_size(wire)}]")
            lines.append(f'b{wire.tail}:{out} -> w{i}:{into} [id="{i} 0"]')
            lines.append(f'w{i}:{out} -> b{wire.head}{port}:{into} [id="{i} 1" weight=3]')
        else:
            lines.append(f'b{wire.tail}:{out} -> b{wire.head}{port}:{into} [id="{i} 0" weight=3]')
    return "\n".join([*lines, "}"])


def _gap(drawn: Picture) -> float:
    """The room for the bends of wires: more where many meet in one operation, and where they run down, beside wide numbers."""
    most = max((box.inputs for box in drawn.boxes), default=0)
    return (22.0 if drawn.direction == "LR" else 32.0) + 4.0 * max(0, most - 2)


def _size(thing: Box | Wire) -> str:
    return f"width={thing.width / INCH:.4f} height={thing.height / INCH:.4f}"


def _ports(box: Box) -> str:
    """Ports in a column on the left, or in a row at the top, so that operands come in their order and arrow heads stand apart."""
    if box.inputs < 2:
        return ""
    return f' shape=record label="{{{{{"|".join(f"<p{i}>" for i in range(box.inputs))}}}|}}"'


def _read(drawn: Sequence[Picture], answer: str) -> list[Placement]:
    """The places in an answer: one JSON object after the other."""
    decode, found, at = json.JSONDecoder().raw_decode, [], 0
    for each in drawn:
        laid, at = decode(answer, at)
        found.append(_placement(each, laid))
        while at < len(answer) and answer[at].isspace():
            at += 1
    return found


def _placement(drawn: Picture, laid: dict[str, Any]) -> Placement:
    _, _, width, height = map(float, laid["bb"].split(","))
    centres = {thing["name"]: _point(thing["pos"], height) for thing in laid["objects"]}
    routes: list[tuple[list[Point], list[Point]]] = [([], []) for _ in drawn.wires]
    for edge in laid.get("edges", ()):
        wire, half = map(int, edge["id"].split())
        routes[wire][half].extend(_point(pair, height) for pair in edge["pos"].split())
    boxes = [centres[f"b{i}"] for i in range(len(drawn.boxes))]
    return Placement(width, height, _gap(drawn), boxes, [centres.get(f"w{i}") for i in range(len(drawn.wires))], routes)


def _point(pair: str, height: float) -> Point:
    x, y = map(float, pair.split(","))
    return x, height - y
