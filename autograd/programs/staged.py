"""A recorded function in stages: flat programs and loops in turn, of which each takes numbers of those before it.

A loop is one small program that is run many times: `autograd.scan` hands a state from each step to the next, `autograd.map` hands
on nothing. It is recorded once, however many steps there are. What reads flat programs alone is given the loop unrolled.
"""

from __future__ import annotations

from array import array
from struct import pack

from autograd.programs.flat import Flat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NamedTuple, TypeAlias

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


def key_of(laid: Laid) -> tuple[Any, ...]:
    """What is equal of programs that are the same."""
    return repr(told(laid)), *[each.tobytes() for flat in flats_of(laid) for each in flat[1:]]


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
