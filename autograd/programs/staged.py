"""A recorded function in stages: flat programs and loops in turn, of which each takes numbers of those before it.

A loop is one small program that is run many times: `autograd.scan` hands a state from each step to the next, `autograd.map` hands
on nothing. It is recorded once, however many steps there are. What reads flat programs alone is given the loop unrolled.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from struct import pack

from autograd import ops
from autograd.errors import closed_over
from autograd.operation import define
from autograd.programs.flat import Flat
from autograd.value import Value, creation, made_before, members, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, NamedTuple, TypeAlias

    from autograd.operation import Operation
    from autograd.recording import Recorder

    Runs: TypeAlias = tuple[tuple[int, int], ...]
    Laid: TypeAlias = "Flat | Staged"
else:
    from autograd.programs.named import NamedTuple


class Loop(NamedTuple):
    """A program that is run `steps` times; each step takes what is carried, what is its own, and what all share, in this order.

    The loop takes what is carried into the first step, then the own numbers of each step in turn, then what all steps share; it
    gives what the last step carries out, and then what each step in turn gives besides.
    """

    name: str
    kind: str
    """``"scan"`` or ``"map"``."""
    body: Laid
    carried: int
    own: int
    steps: int

    @property
    def shared(self) -> int:
        """How many numbers all steps share."""
        return self.body.inputs - self.carried - self.own

    @property
    def given(self) -> int:
        """How many numbers a step gives besides what it carries on."""
        return outputs_of(self.body) - self.carried

    @property
    def takes(self) -> int:
        """How many numbers it takes in all."""
        return self.carried + self.steps * self.own + self.shared

    @property
    def gives(self) -> int:
        """How many numbers it gives in all."""
        return self.carried + self.steps * self.given


class Stage(NamedTuple):
    """A flat program or a loop, and the ids of the numbers that it takes."""

    takes: Runs
    does: Flat | Loop

    @property
    def gives(self) -> int:
        """How many numbers it gives."""
        return self.does.gives if isinstance(self.does, Loop) else len(self.does.results)


class Staged(NamedTuple):
    """A function in stages. Ids: the inputs, then the constants, then what each stage gives."""

    inputs: int
    constants: array[float]
    stages: tuple[Stage, ...]
    results: Runs

    @property
    def first(self) -> int:
        """The id of the first number that is computed."""
        return self.inputs + len(self.constants)


def outputs_of(laid: Laid) -> int:
    """How many numbers a program gives."""
    return len(laid.results) if isinstance(laid, Flat) else size_of_runs(laid.results)


def flats_of(laid: Laid) -> Iterator[Flat]:
    """All flat programs in it, those of loops too, in order."""
    if isinstance(laid, Flat):
        yield laid
        return
    for stage in laid.stages:
        yield from flats_of(stage.does.body if isinstance(stage.does, Loop) else stage.does)


def bodies_of(staged: Staged) -> list[Laid]:
    """The step of each loop."""
    return [stage.does.body for stage in staged.stages if isinstance(stage.does, Loop)]


def length_of(laid: Laid) -> int:
    """How many operations and operands it has, with all steps of its loops."""
    if isinstance(laid, Flat):
        return len(laid.codes) + len(laid.operands)
    stages = [stage.does for stage in laid.stages]
    return sum([does.steps * length_of(does.body) if isinstance(does, Loop) else length_of(does) for does in stages])


def constants_of(laid: Laid) -> list[float]:
    """All plain numbers in it."""
    whole = [*laid.constants]
    for stage in laid.stages if isinstance(laid, Staged) else ():
        whole += constants_of(stage.does.body if isinstance(stage.does, Loop) else stage.does)
    return list(dict.fromkeys(whole)) if isinstance(laid, Staged) else whole


def memory_of(laid: Laid) -> int:
    """Its size in bytes."""
    flats = sum([len(each) * each.itemsize for flat in flats_of(laid) for each in flat[1:]])
    return flats + _runs_in(laid) * 8 if isinstance(laid, Staged) else flats


def _runs_in(laid: Laid) -> int:
    """How many runs and constants stages have."""
    if isinstance(laid, Flat):
        return 0
    inside = [_runs_in(stage.does.body) for stage in laid.stages if isinstance(stage.does, Loop)]
    return len(laid.constants) + len(laid.results) + sum([len(stage.takes) for stage in laid.stages] + inside)


def changed(laid: Laid, change: Callable[[Flat], Flat]) -> Laid:
    """The same with what is made of each flat program in it."""
    if isinstance(laid, Flat):
        return change(laid)
    stages = [
        stage._replace(does=does._replace(body=changed(does.body, change)) if isinstance(does, Loop) else change(does))
        for stage, does in zip(laid.stages, [stage.does for stage in laid.stages], strict=True)
    ]
    return laid._replace(stages=tuple(stages))


# Ids that follow each other are told by the first of them and the one after the last.


def runs_of(ids: Sequence[int]) -> Runs:
    """Ids as runs."""
    found: list[list[int]] = []
    for x in ids:
        if found and found[-1][1] == x:
            found[-1][1] = x + 1
        else:
            found.append([x, x + 1])
    return tuple([(start, stop) for start, stop in found])


def size_of_runs(runs: Runs) -> int:
    """How many ids there are."""
    return sum([stop - start for start, stop in runs])


def at_runs(numbers: Any, runs: Runs) -> Any:
    """The numbers at these ids, of an array or a list."""
    if len(runs) == 1:
        return numbers[runs[0][0] : runs[0][1]]
    found = numbers[:0]
    for start, stop in runs:
        found += numbers[start:stop]
    return found


# While a function is recorded a loop is a node, and each number that it gives a node behind it.


def _undifferentiated(*_: Any) -> Any:
    message = (
        "gradients: a loop of scan or map that was recorded is no graph of its steps. Take the gradient of the recorded program "
        "(value_and_grad, gradient_program), or differentiate inside the step"
    )
    raise TypeError(message)


def _node(name: str, doc: str) -> Operation:
    entry = define(name, _undifferentiated, _undifferentiated, many=True, doc=doc)
    del ops.TABLE[name]
    return entry


LOOP = _node("loop", "a loop: which of those of its recording, and all numbers that it takes")
PART = _node("part", "a number that a loop gives: the loop, and which number")


class Layer:
    """What is computed from inputs to outputs, of a recording that has loops or may have closed over Values.

    A place is that of an input, of a constant (-1, -2, ...) or, after the inputs, of what an instruction or a loop gives.
    """

    def __init__(self, outputs: Sequence[Value | float], inputs: Sequence[Value], recorder: Recorder) -> None:
        self.inputs, self.recorder, self.outputs = list(inputs), recorder, outputs
        self.known = {id(x): i for i, x in enumerate(inputs)}
        self.first = min(inputs, key=creation)
        computed = [y for y in outputs if type(y) is Value]
        self.nodes = [] if recorder.outer is not None else [v for v in members(*computed) if id(v) not in self.known]
        self.strangers: list[Value] = []
        if not self.nodes or made_before(self.nodes[0], self.first):
            self.nodes, self.strangers = self._walked(computed)  # in Python: that ends where an outer recording begins
        self.constants = Constants()
        self.items: list[Item] = []

    def _walked(self, stack: list[Value]) -> tuple[list[Value], list[Value]]:
        """What the outputs are computed by, oldest first, and the Values older than all inputs that are met first."""
        nodes: dict[int, Value] = {}
        older: dict[int, Value] = {}
        known, first = self.known, self.first
        while stack:
            v = stack.pop()
            if id(v) in known or id(v) in nodes:
                continue
            if made_before(v, first):
                older[id(v)] = v
                continue
            nodes[id(v)] = v
            stack += [x for x in v.operands if type(x) is Value and id(x) not in known]
        return sorted(nodes.values(), key=creation), sorted(older.values(), key=creation)

    def take_in(self) -> list[Value]:
        """Make inputs of the Values that were closed over; these."""
        for x in self.strangers:
            self.known[id(x)] = len(self.inputs)
            self.inputs.append(x)
        taken, self.strangers = self.strangers, []
        return taken

    def _places(self, xs: Sequence[Value | float]) -> list[int]:
        """Of what depends on an input its place, else that of its number."""
        return self._filled(xs, [self.known.get(id(x)) for x in xs])

    def _filled(self, xs: Sequence[Value | float], places: list[int | None]) -> list[int]:
        if None not in places:
            return places  # type: ignore[return-value]
        return [self._constant(x) if place is None else place for x, place in zip(xs, places, strict=True)]

    def _constant(self, x: Value | float) -> int:
        return -1 - self.constants.place(number_of(x) if type(x) is Value else float(x))

    def laid(self) -> Laid:
        """As a flat program, or in stages. `TypeError` for Values that were closed over."""
        if self.strangers:
            raise closed_over([x.label or repr(x) for x in self.strangers])
        made: dict[int, int] = {}  # of the node of a loop the place of the first number that it gives
        known, place, spans, k = self.known, len(self.inputs), self.recorder.partials, 0
        for v in self.nodes:
            entry, operands = v.entry, v.operands
            if entry is PART:
                known[id(v)] = made[id(operands[0])] + int(operands[1])  # type: ignore[arg-type]
            elif entry is LOOP:
                loop = self.recorder.loops[int(operands[0])]  # type: ignore[arg-type]
                made[id(v)] = place
                self.items.append(Item(loop, place, self._places(operands[1:])))
                place += loop.gives
            elif (places := [known.get(id(x)) for x in operands]).count(None) < len(places):
                while k < len(spans) and not made_before(v, spans[k][1]):
                    k += 1
                partial = k < len(spans) and made_before(spans[k][0], v)
                self.items.append(Item(entry.code, place, self._filled(operands, places), partial))
                known[id(v)] = place
                place += 1
        return self._in_stages(self._places(self.outputs))

    def _in_stages(self, results: list[int]) -> Laid:
        """Cut at the loops."""
        parts: list[list[Item]] = [[]]
        for item in self.items:
            if isinstance(item.what, Loop):
                parts += [[item], []]
            else:
                parts[-1].append(item)
        parts = [part for part in parts if part]
        inputs, numbers = len(self.inputs), self.constants.numbers
        if len(parts) < 2 and not any(isinstance(item.what, Loop) for item in self.items):
            return _flat(range(inputs), numbers, self.items, results)
        used = [{x for item in part for x in item.takes} for part in parts]
        ids = {x: x for x in range(inputs)}
        plain = sorted({x for part in parts if isinstance(part[0].what, Loop) for x in part[0].takes if x < 0}, reverse=True)
        plain += [x for x in dict.fromkeys(results) if x < 0 and x not in plain]
        ids.update(zip(plain, range(inputs, inputs + len(plain)), strict=True))
        stages: list[Stage] = []
        for i, part in enumerate(parts):
            what, place, takes, _ = part[0]
            if isinstance(what, Loop):
                stage, gives = Stage(runs_of([ids[x] for x in takes]), what), list(range(place, place + what.gives))
            else:
                own = [item.place for item in part]
                later = set(results).union(*used[i + 1 :])
                gives = [x for x in own if x in later]
                outside = sorted([x for x in used[i].difference(own) if x >= 0], key=ids.__getitem__)
                stage = Stage(runs_of([ids[x] for x in outside]), _flat(outside, numbers, part, gives))
            ids.update(zip(gives, range(len(ids), len(ids) + len(gives)), strict=True))
            stages.append(stage)
        constants = array("d", [numbers[-1 - x] for x in plain])
        return Staged(inputs, constants, tuple(stages), runs_of([ids[x] for x in results]))


class Item(NamedTuple):
    """An instruction, by its code, or a loop: the place of the (first) number that it gives, and the places of what it takes."""

    what: Loop | int
    place: int
    takes: list[int]
    partial: bool = False
    """Whether a derivative within the function wrote it."""


class Constants:
    """Numbers, each set of bits once."""

    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.known: dict[bytes, int] = {}

    def place(self, number: float) -> int:
        """Which of the constants it is."""
        bits = pack("<d", number)
        if bits not in self.known:
            self.known[bits] = len(self.numbers)
            self.numbers.append(number)
        return self.known[bits]

    def array(self) -> array[float]:
        """All of them."""
        return array("d", self.numbers)


def _flat(inputs: Sequence[int], numbers: list[float], items: Sequence[Item], results: Sequence[int]) -> Flat:
    """Instructions as a flat program, whose inputs are these places; the constants are among the numbers."""
    takes = [x for item in items for x in item.takes]
    constants = [x for x in dict.fromkeys([*takes, *results]) if x < 0]
    given = [*inputs, *constants, *[item.place for item in items]]
    ids = dict(zip(given, range(len(given)), strict=True))
    starts = array("I", [0, *accumulate([len(item.takes) for item in items])])
    return Flat(
        len(inputs),
        array("d", [numbers[-1 - x] for x in constants]),
        array("H", [item.what for item in items]),  # type: ignore[misc]
        starts,
        array("I", [ids[x] for x in takes]),
        array("I", [ids[x] for x in results]),
        array("I", [i for i, item in enumerate(items) if item.partial]),
    )


# As parts that are written to a file, and back.


def told(laid: Laid) -> Any:
    """What JSON says of it besides its flat programs, which are those of `flats_of`."""
    if isinstance(laid, Flat):
        return laid.inputs
    stages = []
    for takes, does in laid.stages:
        loop = [does.name, does.kind, does.carried, does.own, does.steps, told(does.body)] if isinstance(does, Loop) else None
        stages.append([takes, loop])
    return [laid.inputs, list(map(float.hex, laid.constants)), stages, laid.results]


def rebuilt(said: Any, flats: list[Flat]) -> Laid:
    """The program of which `told` said this; its flat programs are taken from a list. `ValueError` for parts that do not fit."""
    if not isinstance(said, list):
        return flats.pop(0)._replace(inputs=_count(said))
    inputs, constants, parts, results = said
    numbers = array("d", map(float.fromhex, constants))
    stages: list[Stage] = []
    known = _count(inputs) + len(numbers)
    for given, loop in parts:
        takes = _verified(given, known)
        does: Flat | Loop
        if loop is None:
            does = flats.pop(0)._replace(inputs=size_of_runs(takes))
        else:
            name, kind, carried, own, steps, body = loop
            does = Loop(str(name), str(kind), rebuilt(body, flats), _count(carried), _count(own), _count(steps))
            if min(does.steps - 1, does.shared, does.given) < 0 or does.takes != size_of_runs(takes):
                message = f"this program is broken: the counts of {does.kind}({does.name}) contradict each other"
                raise ValueError(message)
        stages.append(Stage(takes, does))
        known += stages[-1].gives
    return Staged(inputs, numbers, tuple(stages), _verified(results, known))


def _count(n: Any) -> int:
    if type(n) is not int or n < 0:
        message = f"this program is broken: {n!r} is no count"
        raise ValueError(message)
    return n


def _verified(runs: Any, known: int) -> Runs:
    found = tuple([(_count(start), _count(stop)) for start, stop in runs])
    if any(not start < stop <= known for start, stop in found):
        message = "this program is broken: a stage takes what is not computed yet"
        raise ValueError(message)
    return found
