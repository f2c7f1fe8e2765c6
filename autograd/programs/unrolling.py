"""Programs in stages with their loops unrolled: all steps one after the other, as one flat program.

>>> from array import array
>>> from autograd import ops
>>> from autograd.programs.flat import instructions
>>> from autograd.programs.staged import Stage
>>> codes, starts = array("H", [ops.TABLE["mul"].code]), array("I", [0, 2])
>>> double = Flat(1, array("d", [2.0]), codes, starts, array("I", [0, 1]), array("I", [2]))
>>> three = Staged(1, array("d"), (Stage(((0, 1),), Loop("double", "scan", double, 1, 0, 3)),), ((1, 2),))
>>> [(entry.name, list(operands)) for entry, operands in instructions(unrolled(three))]
[('mul', [0, 1]), ('mul', [2, 1]), ('mul', [3, 1])]
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from autograd import ops
from autograd.programs.flat import Flat
from autograd.programs.staged import Constants, Loop, Stage, Staged, at_runs, length_of, size_of_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from autograd.programs.staged import Laid, Runs

try:
    from autograd.programs import native

    ids_of, repeated = native.ids_of, native.repeated
except ImportError:

    def repeated(flat: Any, places: array[int], takes: array[int], loop: Any, at: int) -> tuple[array[int], array[int]]:
        """Of all steps of a loop the places of their operands, and those of what the loop gives.

        `takes` are the places of what it takes, `places` those of its constants, and `at` is that of its first instruction.
        """
        end = loop.takes - loop.shared
        state, own, shared = takes[: loop.carried], takes[loop.carried : end], takes[end:]
        operands, given, n = array("q"), array("q"), len(flat.codes)
        for t in range(loop.steps):
            known = state + own[t * loop.own : (t + 1) * loop.own] + shared + places
            known.extend(range(at + t * n, at + (t + 1) * n))
            operands.extend([known[x] for x in flat.operands])
            found = array("q", [known[x] for x in flat.results])
            state = found[: loop.carried]
            given += found[loop.carried :]
        return operands, state + given

    def ids_of(places: array[int], inputs: int, constants: int) -> array[int]:
        """Places as ids: the inputs, then the constants, then the instructions."""
        return array("I", [x if 0 <= x < inputs else inputs - 1 - x if x < 0 else x + constants for x in places])


class Unrolling:
    """A flat program being written. A place is that of an input, a constant (-1, -2, ...) or, after them, an instruction."""

    def __init__(self, staged: Staged) -> None:
        self.inputs, self.constants = staged.inputs, Constants()
        self.codes, self.starts, self.operands, self.partials = array("H"), array("I", [0]), array("q"), array("I")
        self.marks: list[tuple[int, Callable[[int], str]]] = []
        """From which instruction on what says to which step an instruction belongs: the empty string for no loop."""
        self.results = self._written(staged, array("q", range(staged.inputs)), "")

    def flat(self) -> Flat:
        """The flat program."""
        constants = self.constants.array()
        operands, results = (ids_of(places, self.inputs, len(constants)) for places in (self.operands, self.results))
        return Flat(self.inputs, constants, self.codes, self.starts, operands, results, self.partials)

    def step_at(self, i: int) -> str:
        """Which step instruction i belongs to, in words; the empty string for none."""
        k = bisect_right(self.marks, i, key=lambda mark: mark[0]) - 1
        return self.marks[k][1](i) if k >= 0 else ""

    def _written(self, laid: Laid, takes: array[int], within: str) -> array[int]:
        """Write a program that takes the numbers at these places; those that it gives."""
        places = takes + self._constants(laid)
        if isinstance(laid, Staged):
            for stage in laid.stages:
                given = at_runs(places, stage.takes)
                loop = stage.does
                places += self._repeated(loop, given, within) if isinstance(loop, Loop) else self._written(loop, given, within)
            return at_runs(places, laid.results)  # type: ignore[no-any-return]
        return self._added(laid, places[len(takes) :], takes, Loop("", "", laid, 0, 0, 1))

    def _constants(self, laid: Laid) -> array[int]:
        return array("q", [-1 - self.constants.place(x) for x in laid.constants])

    def _added(self, flat: Flat, constants: array[int], takes: array[int], loop: Loop) -> array[int]:
        """Write the steps of a loop whose body is a flat program; what it gives."""
        begin, n, at = len(self.codes), len(flat.codes), len(self.operands)
        operands, given = repeated(flat, constants, takes, loop, self.inputs + begin)
        self.codes += flat.codes * loop.steps
        self.operands += operands
        starts, each = flat.starts[1:], len(flat.operands)
        for t in range(loop.steps):
            self.starts.extend([at + t * each + x for x in starts])
            self.partials.extend([begin + t * n + i for i in flat.partials])
        return given

    def _repeated(self, loop: Loop, takes: array[int], within: str) -> array[int]:
        begin, body = len(self.codes), loop.body
        if isinstance(body, Flat):
            n = len(body.codes)
            self.marks.append((begin, lambda i: step_of(loop, (i - begin) // n, within)))
            given = self._added(body, self._constants(body), takes, loop)
        else:
            given = self._one_by_one(loop, takes, within)
        self.marks.append((len(self.codes), lambda _: within))
        return given

    def _one_by_one(self, loop: Loop, takes: array[int], within: str) -> array[int]:
        """Write the steps of a loop that has loops in it."""
        end = loop.takes - loop.shared
        state, own, given = takes[: loop.carried], takes[loop.carried : end], array("q")
        for t in range(loop.steps):
            said = step_of(loop, t, within)
            self.marks.append((len(self.codes), lambda _, said=said: said))  # type: ignore[misc]
            found = self._written(loop.body, state + own[t * loop.own : (t + 1) * loop.own] + takes[end:], said)
            state = found[: loop.carried]
            given += found[loop.carried :]
        return state + given


def step_of(loop: Loop, t: int, within: str = "") -> str:
    """What a step is called in errors."""
    return f"step {t} of {loop.kind}({loop.name}){' in ' * bool(within)}{within}"


def unrolled(laid: Laid) -> Flat:
    """The same as a flat program: a loop is all its steps."""
    return laid if isinstance(laid, Flat) else Unrolling(laid).flat()


# Loops of fewer and longer steps.


def several(loop: Loop, count: int) -> Flat:
    """So many steps of a loop as one, which takes their own numbers in turn, and gives what each gives."""
    loop = loop._replace(steps=count)
    return unrolled(Staged(loop.takes, array("d"), (Stage(((0, loop.takes),), loop),), ((loop.takes, loop.takes + loop.gives),)))


def cut(runs: Runs, begin: int, end: int) -> Runs:
    """Of ids in runs those from one place to another."""
    found, at = [], 0
    for start, stop in runs:
        low, high = max(begin - at, 0), min(end - at, stop - start)
        if low < high:
            found.append((start + low, start + high))
        at += stop - start
    return tuple(found)


UNROLLED = 1 << 20
"""Operations and operands, with those of all steps, up to which a program is run without its loops: 4 MB, its plan some 30."""

LONG = 1 << 14
"""Those of a step of a loop that is run: it is as many of the recorded steps as have so many together, and at least `FEWEST`."""

FEWEST = 8
"""After so many steps their derivatives by what all share are added to those of the steps behind them."""

WIDE, WIDE_STEP = 1 << 17, 1 << 8
"""The steps of a map that has at least so many, and in each step so many, may be faster side by side."""

CALL = 8
"""They are where they call functions: a call saves as much as so many numbers cost that are turned into columns."""

CHEAP = frozenset(
    ops.TABLE[name].code for name in ("add", "sub", "mul", "div", "neg", "sum", "dot", "identity", "sqrt", "abs", "relu")
) | {entry.code for entry in ops.INTERNAL.values()}
"""Operations that one point computes as fast as rows."""

SEVERAL = "several"
"""The kind of a loop whose steps are some of those that were recorded."""


def is_cheap(flat: Flat) -> bool:
    """Whether a step is computed sooner than what its derivatives need is written to memory and read again."""
    return len(flat.operands) + CALL * calls_of(flat) <= 4 * len(flat.codes)


def calls_of(flat: Flat) -> int:
    """How many functions are called."""
    return sum([code not in CHEAP for code in flat.codes])


def as_loop(does: Flat | Loop) -> Loop:
    """A loop; a flat program as one of one step."""
    return does if isinstance(does, Loop) else Loop("", SEVERAL, does, 0, does.inputs, 1)


def side_by_side(loop: Loop) -> bool:
    """Whether the steps of a loop are computed as rows are."""
    if not isinstance(loop.body, Flat) or loop.carried or not loop.own or loop.kind == SEVERAL:
        return False
    each = length_of(loop.body)
    if each < WIDE_STEP or each * loop.steps < WIDE:
        return False
    return CALL * calls_of(loop.body) >= loop.own


def runs_flat(staged: Staged) -> bool:
    """Whether a program is run as all its steps one after the other."""
    loops = [stage.does for stage in staged.stages if isinstance(stage.does, Loop)]
    return length_of(staged) <= UNROLLED and not any(map(side_by_side, loops))


class Longer:
    """A program in stages whose loops have few and long steps: a step costs a fraction of a microsecond besides what it computes.

    What is short enough is no loop any more. Steps that are left over are a stage behind their loop.
    """

    def __init__(self, staged: Staged) -> None:
        self.at = self.new = staged.first
        self.moved = [(0, 0, staged.first)]
        """Ids that keep their order: the first of them, the same in the new program, and how many there are."""
        self.stages: list[Stage] = []
        for stage in staged.stages:
            self._add(stage)
        self.staged = staged._replace(stages=tuple(self.stages), results=self._now(staged.results))

    def _now(self, runs: Runs) -> Runs:
        """The ids in the new program."""
        found = []
        for start, stop in runs:
            at, k = start, bisect_right(self.moved, start, key=lambda segment: segment[0]) - 1
            while at < stop:
                old, new, count = self.moved[k]
                end = min(stop, old + count)
                found.append((at - old + new, end - old + new))
                at, k = end, k + 1
        return tuple(found)

    def _move(self, count: int, new: int) -> None:
        if count:
            self.moved.append((self.at, new, count))
            self.at += count

    def _put(self, takes: Runs, does: Flat | Loop) -> int:
        """Add a stage; the id of the first number that it gives."""
        self.stages.append(Stage(takes, does))
        self.new += self.stages[-1].gives
        return self.new - self.stages[-1].gives

    def _add(self, stage: Stage) -> None:
        takes, does = self._now(stage.takes), stage.does
        if isinstance(does, Loop):
            body = does.body
            does = does._replace(body=unrolled(body) if length_of(body) <= UNROLLED else body)
            if isinstance(does.body, Flat) and not side_by_side(does):
                self._add_long(takes, does, max(LONG // max(length_of(does.body), 1), FEWEST))
                return
        self._move(stage.gives, self._put(takes, does))

    def _add_long(self, takes: Runs, loop: Loop, each: int) -> None:
        """A loop of which so many steps are one."""
        if loop.steps <= each or loop.steps * length_of(loop.body) <= UNROLLED:
            self._move(loop.gives, self._put(takes, several(loop, loop.steps)))
            return
        count, rest = divmod(loop.steps, each)
        c, end = loop.carried, loop.takes - loop.shared
        front, shared = c + count * each * loop.own, cut(takes, end, size_of_runs(takes))
        many = Loop(loop.name, SEVERAL, several(loop, each), c, each * loop.own, count)
        first = self._put(cut(takes, 0, front) + shared, many)
        last = first
        if rest:
            last = self._put((*[(first, first + c)] * bool(c), *cut(takes, front, end), *shared), several(loop, rest))
        self._move(c, last)
        self._move(count * each * loop.given, first + c)
        self._move(rest * loop.given, last + c)
