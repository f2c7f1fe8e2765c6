"""Runs a loop at one point: step by step where it carries a state, else side by side, as rows are.

A step has the bits of the eager engine. For the sweep back, what the T steps compute is kept where it is little: 8 T (c + r)
bytes for c carried numbers, and r others that a step computes and its derivatives need. Of more than `KEPT` bytes only the state
of every k-th step is kept, where k is √T, and those in between are computed once more: 8 (T c / k + k (c + r)) bytes.

>>> from array import array
>>> codes, starts = array("H", [ops.TABLE["mul"].code]), array("I", [0, 2])
>>> double = Flat(1, array("d", [2.0]), codes, starts, array("I", [0, 1]), array("I", [2]))
>>> three = Steps(Loop("double", "scan", double, 1, 0, 3), Replay(double))
>>> given, finite, kept = three.forward(array("d", [1.5]), keeps=True)
>>> given, three.backward(array("d", [1.5]), kept, array("d", [1.0]))
(array('d', [12.0]), array('d', [8.0]))
"""

from __future__ import annotations

from array import array
from math import isfinite, isqrt

from autograd import ops
from autograd.programs.arguments import Block, Work
from autograd.programs.flat import Flat, instructions
from autograd.programs.replay import COMPILED, PlainReplay, Replay
from autograd.programs.staged import Loop
from autograd.programs.unrolling import is_cheap, side_by_side

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from autograd.programs.staged import Runs

KEPT = 1 << 24
"""Bytes that are kept for a sweep; where it would be more, the state of every √T-th step."""

HANDED_ON = frozenset(ops.TABLE[name].code for name in ("add", "sub", "mul", "neg", "sum", "dot", "identity"))
"""Operations whose result is not finite where an operand is not."""

if COMPILED:
    from autograd.programs import native

    added, all_finite = native.added, native.are_finite
else:

    def all_finite(numbers: array[float]) -> bool:
        """Whether none of them is infinite or nan."""
        return all(map(isfinite, numbers))

    def added(to: array[float], at: int, what: Sequence[float]) -> None:
        """Add numbers to those of an array from a place on."""
        for i, x in enumerate(what, at):
            to[i] += x


def spread(sums: array[float], runs: Runs, what: Any) -> None:
    """Add numbers to those at these ids."""
    at = 0
    for start, stop in runs:
        added(sums, start, what[at : at + stop - start])
        at += stop - start


class Steps:
    """A loop step by step."""

    def __init__(self, loop: Loop, body: PlainReplay) -> None:
        self.loop, self.body = loop, body
        self.every = 1 if 8 * loop.steps * loop.carried <= KEPT else isqrt(loop.steps - 1) + 1
        """States are kept of every so many steps."""

    def _of_step(self, takes: array[float], t: int, state: array[float]) -> array[float]:
        loop = self.loop
        begin = loop.carried + t * loop.own
        return state + takes[begin : begin + loop.own] + takes[loop.takes - loop.shared :]

    def forward(self, takes: array[float], *, keeps: bool) -> tuple[array[float], bool, Any]:
        """What the loop gives, whether all numbers were finite, and what is kept for the sweep."""
        loop, finite, kept, given = self.loop, True, array("d"), array("d")
        state = takes[: loop.carried]
        for t in range(loop.steps):
            if keeps and t % self.every == 0:
                kept += state
            found, _, fine = self.body.point(self._of_step(takes, t, state), None)
            finite &= fine
            state = array("d", found[: loop.carried])
            given.extend(found[loop.carried :])
        return state + given, finite, kept

    def states(self, takes: array[float], kept: array[float], begin: int) -> list[array[float]]:
        """The states that the steps from a kept one to the next begin with."""
        c = self.loop.carried
        states = [kept[begin // self.every * c : (begin // self.every + 1) * c]]
        for t in range(begin, min(begin + self.every, self.loop.steps) - 1):
            found, _, _ = self.body.point(self._of_step(takes, t, states[-1]), None)
            states.append(array("d", found[:c]))
        return states

    def backward(self, takes: array[float], kept: Any, seeds: array[float]) -> array[float]:
        """The derivatives of the seeded sum of all that the loop gives by all that it takes."""
        loop, found = self.loop, array("d", bytes(8 * len(takes)))
        c, given, shared = loop.carried, loop.given, loop.takes - loop.shared
        incoming = seeds[:c]
        for begin in reversed(range(0, loop.steps, self.every)):
            states = self.states(takes, kept, begin)
            for t in reversed(range(begin, begin + len(states))):
                seed = incoming + seeds[c + t * given : c + (t + 1) * given]
                _, gradient, _ = self.body.point(self._of_step(takes, t, states.pop()), seed)
                incoming = gradient[:c]
                own = c + t * loop.own
                found[own : own + loop.own] = gradient[c : c + loop.own]
                added(found, shared, gradient[c + loop.own :])
        found[:c] = incoming
        return found

    def along(self, takes: array[float], direction: array[float]) -> array[float]:
        """How all that the loop gives moves along a direction of what it takes."""
        loop, c, given = self.loop, self.loop.carried, array("d")
        state, moving = takes[:c], direction[:c]
        for t in range(loop.steps):
            xs = self._of_step(takes, t, state)
            found = array("d", self.body.moved(xs, self._of_step(direction, t, moving)))
            state, moving = array("d", self.body.point(xs, None)[0][:c]), found[:c]
            given += found[c:]
        return moving + given


class CompiledSteps(Steps):
    """The same in C, where the step is a flat program."""

    def __init__(self, loop: Loop, body: PlainReplay) -> None:
        super().__init__(loop, body)
        marks = bytes(loop.shared), b"\1" * loop.body.inputs
        machine = body.machine  # type: ignore[attr-defined]
        self.native = native.Steps(machine, loop.carried, loop.own, loop.steps, 1, *marks, KEPT, is_cheap(loop.body))  # type: ignore[arg-type]

    def _parts(self, takes: array[float]) -> Any:
        c, end = self.loop.carried, self.loop.takes - self.loop.shared
        return takes[:c] + array("d", [0.0]), takes, c, takes[end:] + array("d", [0.0]), array("d", [0.0])

    def forward(self, takes: array[float], *, keeps: bool) -> tuple[array[float], bool, Any]:  # noqa: D102
        given, rooms = array("d", bytes(8 * self.loop.gives)), self.native.rooms()
        finite = self.native.forward(self._parts(takes), given, 0, rooms, keeps)
        return given, finite, rooms

    def backward(self, takes: array[float], kept: Any, seeds: array[float]) -> array[float]:  # noqa: D102
        found = array("d", bytes(8 * len(takes)))
        parts = self._parts(found)
        self.native.backward(self._parts(takes), kept, seeds, 0, parts)
        c, shared = self.loop.carried, self.loop.shared
        found[:c] = parts[0][:c]
        found[len(takes) - shared :] = parts[3][:shared]
        return found


class SideBySide(Steps):
    """A loop that carries nothing: its steps are rows, computed together. The step is a flat program with numbers of its own."""

    def __init__(self, loop: Loop, body: PlainReplay) -> None:
        super().__init__(loop, body)
        self.checked = Replay(with_check(loop.body))  # type: ignore[arg-type]
        self.adjoint = Replay(seeded(loop.body))  # type: ignore[arg-type]

    def _blocks(self, numbers: array[float]) -> list[Block]:
        loop, cut = self.loop, self.loop.steps * self.loop.own
        whole = memoryview(numbers)
        blocks = [Block(whole[:cut], True, loop.own), Block(whole[cut:], False, loop.shared)]
        return blocks if loop.shared else blocks[:1]

    def forward(self, takes: array[float], *, keeps: bool) -> tuple[array[float], bool, Any]:  # noqa: ARG002, D102
        m, steps = self.loop.given + 1, self.loop.steps
        values = array("d", bytes(8 * m * steps))
        self.checked.batch(Work(self._blocks(takes), steps, None, values))
        finite = all_finite(values)
        if m == 2:
            return values[::2], finite, array("d")
        del values[m - 1 :: m]
        return values, finite, array("d")

    def backward(self, takes: array[float], kept: Any, seeds: array[float]) -> array[float]:  # noqa: ARG002, D102
        found = array("d", bytes(8 * len(takes)))
        blocks, steps = self._blocks(takes), self.loop.steps
        derivatives: list[Any] = [block.numbers for block in self._blocks(found)]
        values = array("d", bytes(8 * steps))
        blocks.append(Block(memoryview(seeds), True, self.loop.given))
        self.adjoint.batch_gradient(Work(blocks, steps, None, values, [*derivatives, None]))
        return found


def steps_of(loop: Loop, body: PlainReplay) -> Steps:
    """What runs a loop, of what runs its step."""
    if not isinstance(loop.body, Flat):
        return Steps(loop, body)
    if side_by_side(loop):
        return SideBySide(loop, body)
    return CompiledSteps(loop, body) if COMPILED else Steps(loop, body)


# Programs made of the step of a loop.


def with_inputs(flat: Flat, at: int, count: int) -> Flat:
    """The same with `count` more inputs, which it does not read, from place `at` on."""
    operands, results = (array("I", [x + count if x >= at else x for x in places]) for places in (flat.operands, flat.results))
    return flat._replace(inputs=flat.inputs + count, operands=operands, results=results)


def with_dot(flat: Flat, left: Sequence[int], right: Sequence[int]) -> Flat:
    """The same with one instruction more, the sum of products of numbers at these ids."""
    codes, starts, operands = flat.codes[:], flat.starts[:], flat.operands[:]
    codes.append(ops.TABLE["dot"].code)
    operands.extend([*left, *right])
    starts.append(len(operands))
    return flat._replace(codes=codes, starts=starts, operands=operands)


def seeded(flat: Flat) -> Flat:
    """The sum of all results, each times one more input: its gradient is what seeds of the results give, row by row."""
    m = len(flat.results)
    wide = with_inputs(flat, flat.inputs, m)
    wide = with_dot(wide, range(flat.inputs, flat.inputs + m), wide.results)
    return wide._replace(results=array("I", [wide.first + len(wide.codes) - 1]))


def with_check(flat: Flat) -> Flat:
    """The same with a last result that is 0, but not finite where a number is not that the results do not show."""
    hidden = dict.fromkeys([x for entry, xs in instructions(flat) if entry.code not in HANDED_ON for x in xs if x >= flat.first])
    if not hidden:
        constants, shift = flat.constants + array("d", [0.0]), flat.first
        wide = with_inputs(flat, shift, 1)._replace(inputs=flat.inputs, constants=constants)
        return wide._replace(results=wide.results + array("I", [shift]))
    n = len(hidden)
    shift = flat.first
    wide = with_inputs(flat, shift, 1)._replace(inputs=flat.inputs, constants=flat.constants + array("d", [0.0]))
    wide = with_dot(wide, [shift] * n, [x + 1 for x in hidden])
    return wide._replace(results=wide.results + array("I", [wide.first + len(wide.codes) - 1]))
