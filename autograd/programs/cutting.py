"""What was recorded, cut at its loops: while a function is recorded a loop is a node, each number that it gives one behind it.

>>> from autograd import record, scan
>>> program = record(lambda a, xs: 2 * scan(lambda s, x: (a * s + x, None), 1.0, xs)[0], 0.5, [1.0, 2.0, 3.0])
>>> for takes, does in program.laid.stages:
...     print(takes, type(does).__name__)
((4, 5), (1, 4), (0, 1)) Loop
((5, 6),) Flat
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate
from operator import attrgetter

from autograd import ops
from autograd.errors import outside_of_step
from autograd.operation import define
from autograd.programs.flat import Flat, laid_flat
from autograd.programs.staged import Constants, Loop, Stage, Staged
from autograd.programs.unrolling import ids_of
from autograd.value import Value, creation, made_before, members, nodes_of_columns, number_of, only_leaves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from autograd.operation import Operation
    from autograd.programs.staged import Laid, Runs
    from autograd.recording import Recorder

try:
    from autograd.programs.native import runs_of
except ImportError:

    def runs_of(ids: array[int]) -> list[tuple[int, int]]:
        """Ids as runs."""
        found: list[list[int]] = []
        for x in ids:
            if found and found[-1][1] == x:
                found[-1][1] = x + 1
            else:
                found.append([x, x + 1])
        return [(start, stop) for start, stop in found]


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
    """What is computed from inputs to outputs, of the recording of a step, which may have closed over Values."""

    def __init__(self, outputs: Sequence[Value | float], inputs: Sequence[Value], recorder: Recorder) -> None:
        self.recorder, self.outputs, self.first = recorder, outputs, min(inputs, key=creation)
        computed = [y for y in outputs if type(y) is Value]
        nodes = members(*computed)
        since = bisect_left(nodes, True, key=lambda v: not made_before(v, self.first))
        older, nodes = nodes[:since], nodes[since:]
        self.walked = not only_leaves(older) and any(map(attrgetter("op"), older))
        """Whether those that it closes over are computed themselves: then the walk ends at them, and is Python's."""
        if self.walked:
            nodes, older = self._walked(computed, set(map(id, inputs)))
        self.nodes, self.strangers = nodes, older
        self.inputs = [*inputs, *older]

    def _walked(self, stack: list[Value], known: set[int]) -> tuple[list[Value], list[Value]]:
        """What the outputs are computed by, oldest first, and the Values older than all inputs that are met first."""
        nodes: dict[int, Value] = {}
        older: dict[int, Value] = {}
        while stack:
            v = stack.pop()
            if id(v) in nodes or id(v) in older:
                continue
            if made_before(v, self.first):
                older[id(v)] = v
                continue
            nodes[id(v)] = v
            stack += [x for x in v.operands if type(x) is Value] if id(v) not in known else []
        return sorted(nodes.values(), key=creation), sorted(older.values(), key=creation)

    def without_unused(self, begin: int, end: int) -> list[int]:
        """Leave out those of some inputs that nothing is computed from; which of them remain."""
        used, some = set(map(id, self.nodes[: len(self.inputs)])), self.inputs[begin:end]  # inputs are the oldest
        kept = [k for k, x in enumerate(some) if id(x) in used]
        self.inputs[begin:end] = [some[k] for k in kept]
        return kept

    def laid(self) -> Laid:
        """As a flat program, or in stages; its inputs are those given, and then the Values that were closed over."""
        return laid(self.outputs, self.inputs, self.recorder, self._flat() if self.walked else None)

    def _flat(self) -> Flat:
        """As `laid_flat`, of those that were walked."""
        n, spans, k, constants = len(self.inputs), self.recorder.partials, 0, Constants()
        known = {id(x): i for i, x in enumerate(self.inputs)}
        codes, starts, places, partials = array("H"), array("I", [0]), array("q"), array("I")

        def place(x: Value | float) -> int:
            found = known.get(id(x))
            return -1 - constants.place(number_of(x) if type(x) is Value else x) if found is None else found

        for v in self.nodes:
            operands = v.operands
            if id(v) not in known and any(id(x) in known for x in operands):
                while k < len(spans) and not made_before(v, spans[k][1]):
                    k += 1
                if k < len(spans) and made_before(spans[k][0], v):
                    partials.append(len(codes))
                known[id(v)] = n + len(codes)
                codes.append(v.entry.code)
                places.extend(map(place, operands))
                starts.append(len(places))
        results = ids_of(array("q", map(place, self.outputs)), n, len(constants.numbers))
        return Flat(n, constants.array(), codes, starts, ids_of(places, n, len(constants.numbers)), results, partials)


def given_by(loop: Value, numbers: list[float]) -> list[Value]:
    """A node for each number that a loop gives."""
    n = len(numbers)
    which = array("d", bytes(16 * n))
    which[1::2] = array("d", range(n))
    kinds, counts, operands = array("H", [1]) * n, array("I", [2]) * n, array("i", [0, -1]) * n
    columns = (kinds, counts, operands, which, array("d", numbers), array("d", bytes(8 * n)), array("B", bytes(n)))
    return nodes_of_columns([loop], ([PART.code], *[column.tobytes() for column in columns], {}), [-1])


def laid(outputs: Sequence[Value | float], inputs: Sequence[Value], recorder: Recorder, flat: Flat | None = None) -> Laid:
    """What was recorded, as a flat program, which may be given, or in stages. `TypeError` for what belongs into a step alone."""
    if recorder.left:
        found = set(map(id, members(*[y for y in outputs if type(y) is Value])))
        names = [name for v, name in recorder.left if id(v) in found]
        if names:
            raise outside_of_step(names[0])
    flat = laid_flat(outputs, inputs, recorder.partials) if flat is None else flat
    return Cut(flat, recorder.loops).staged() if LOOP.code in flat.codes else flat


class Cut:
    """Such a program being cut. Its parts are loops, and the instructions from one to the next."""

    def __init__(self, flat: Flat, loops: Sequence[Loop]) -> None:
        self.flat, self.loops, self.partials, self.first = flat, loops, set(flat.partials), flat.first
        self.parts: list[int | list[int]] = []
        self.gives: dict[int, list[int]] = {}
        """Of each loop the instructions that stand for numbers of it."""
        own: list[int] = []
        loop, number, first = LOOP.code, PART.code, self.first
        for i, code in enumerate(flat.codes):
            if code == number:
                self.gives[flat.operands[flat.starts[i]] - first].append(i)
            elif code == loop:
                own = []
                self.parts.append(i)
                self.gives[i] = []
            else:
                if not own:
                    self.parts.append(own)
                own.append(i)
        self.part = array("i", [-1]) * (first + len(flat.codes))
        """Of each id in which part of instructions it is computed; -1: it is an input or a constant, or a loop gives it."""
        for k, part in enumerate(self.parts):
            for i in [] if isinstance(part, int) else part:
                self.part[first + i] = k
        self.runs = [runs_of(self._loop_operands(part)) if isinstance(part, int) else [] for part in self.parts]
        self.ids = array("q", [-1]) * len(self.part)
        """Of each id, but of the inputs, that among those of the stages, once it is there."""

    def _operands(self, i: int) -> array[int]:
        return self.flat.operands[self.flat.starts[i] : self.flat.starts[i + 1]]

    def _loop_operands(self, i: int) -> array[int]:
        return self._operands(i)[2:]  # behind which loop it is, and an input

    def _taken(self, part: int | list[int]) -> array[int]:
        """The operands of instructions."""
        if isinstance(part, int):
            return array("I")
        flat = self.flat
        if part[-1] - part[0] == len(part) - 1:
            return flat.operands[flat.starts[part[0]] : flat.starts[part[-1] + 1]]
        return array("I", [x for i in part for x in self._operands(i)])

    def _given(self) -> list[list[int]]:
        """Of each part the ids that others take, or that are results, in order."""
        given: list[set[int]] = [set() for _ in self.parts]
        wanted: list[tuple[int, Iterable[int]]] = [(-1, self.flat.results), *enumerate(map(self._taken, self.parts))]
        wanted += [(-1, range(max(start, self.first), stop)) for runs in self.runs for start, stop in runs]
        for k, xs in wanted:
            for x in xs:
                if self.part[x] not in (k, -1):
                    given[self.part[x]].add(x)
        return list(map(sorted, given))

    def staged(self) -> Staged:
        """The program in stages."""
        flat, ids, first = self.flat, self.ids, self.first
        n, at, stages = flat.inputs, 0, []
        needed = [x for x in flat.results if n <= x < first]
        for runs in self.runs:
            needed += [x for start, stop in runs if start < first for x in range(max(start, n), min(stop, first))]
        plain = list(dict.fromkeys(needed))
        for x in plain:
            ids[x] = n + at
            at += 1
        at += n
        given = self._given()
        for part, runs, gives in zip(self.parts, self.runs, given, strict=True):
            if isinstance(part, int):
                loop = self.loops[int(flat.constants[self._operands(part)[0] - n])]
                stage = Stage(self._now(runs), loop)
                self._place_parts(part, at)
            else:
                takes, laid = self._part(part, gives)
                stage = Stage(self._now(runs_of(takes)), laid)
                for k, x in enumerate(gives):
                    ids[x] = at + k
            at += stage.gives
            stages.append(stage)
        constants = array("d", [flat.constants[x - n] for x in plain])
        return Staged(n, constants, tuple(stages), self._now(runs_of(flat.results)))

    def _place_parts(self, loop: int, at: int) -> None:
        """The ids of what a loop gives, as far as it is used."""
        ids, (n, constants, _, starts, operands, *_), first = self.ids, self.flat, self.first
        for i in self.gives[loop]:
            ids[first + i] = at + int(constants[operands[starts[i] + 1] - n])

    def _now(self, runs: Sequence[tuple[int, int]]) -> Runs:
        """Ids as those of the stages."""
        found: list[tuple[int, int]] = []
        for start, stop in runs:
            n = min(max(start, self.flat.inputs), stop)
            new = [(start, n)] * (start < n) + runs_of(self.ids[n:stop])
            if len(new) > 1 and start < n and new[1][0] == n:
                new[:2] = [(start, new[1][1])]
            if found and found[-1][1] == new[0][0]:
                new[0] = (found.pop()[0], new[0][1])
            found += new
        return tuple(found)

    def _part(self, part: list[int], gives: list[int]) -> tuple[array[int], Flat]:
        """Instructions as a program: the ids that it takes, and the program."""
        flat, first = self.flat, self.first
        taken = self._taken(part)
        own = dict.fromkeys([first + i for i in part])
        outside = [x for x in dict.fromkeys(taken) if x not in own]
        now = lambda x: x if x < flat.inputs else self.ids[x]
        takes = array("I", sorted([x for x in outside if not flat.inputs <= x < first], key=now))
        constants = [x for x in outside if flat.inputs <= x < first]
        ids = dict(zip([*takes, *constants, *own], range(len(outside) + len(own)), strict=True))
        return takes, Flat(
            len(takes),
            array("d", [flat.constants[x - flat.inputs] for x in constants]),
            array("H", [flat.codes[i] for i in part]),
            array("I", [0, *accumulate([flat.starts[i + 1] - flat.starts[i] for i in part])]),
            array("I", [ids[x] for x in taken]),
            array("I", [ids[x] for x in gives]),
            array("I", [k for k, i in enumerate(part) if i in self.partials]),
        )
