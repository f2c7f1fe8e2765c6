"""The derivative of a function of one number by differences, extrapolated to step 0, with what is known of their error.

Neville's tableau extrapolates and tells its error (C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances
in Engineering Software 4 (1982) 75; Press et al., Numerical Recipes, section 5.7). Large steps are tried first: where they agree
with the derivative that is expected, as well as rounding allows, nothing more is asked. Else the small steps judge the large
ones: one that they contradict, or over which the function bends less than over them, has stepped over something.

>>> square = Differences(lambda x: x * x, 3.0, 9.0, lambda x: 1e-15, [0.25])
>>> found = square.derivative(0, lambda found: found.error < 1e-9, 0.0)
>>> found.number, found.error < 1e-9
(6.0, True)
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Accepts = Callable[["Estimate"], bool]

ROWS, COLUMNS = 50, 7
"""Of the tableau: so many halvings of the step, down to the last place of the argument; so many extrapolations of each."""
ENOUGH = 4e-9
"""A derivative whose error is below this part of it needs no smaller step."""
BENDS = 16.0
"""A function may bend so many times more over a smaller step than over a larger one."""
GAIN = {0: (4.0, 2.0), 1: (2.0, 9.0), -1: (2.0, 9.0)}
"""For each side: what halving the step divides the error of a difference by, and what extrapolation makes of rounding."""


def first_step(size: float) -> float:
    """An eighth of `size` or less, as a power of 2, so that the step itself is not rounded."""
    return max(2.0 ** (math.frexp(size)[1] - 4), 2.0**-1070)


class Estimate:
    """A derivative by differences, its estimated error, the step it comes from, how much of the error rounding alone explains.

    `bend` are bounds of how far the function is from straight over that step.
    """

    __slots__ = ("bend", "error", "number", "rounding", "step")

    def __init__(
        self, number: float, error: float, step: float = 0.0, rounding: float = 0.0, bend: tuple[float, float] = (0.0, math.inf)
    ) -> None:
        self.number, self.error, self.step, self.rounding, self.bend = number, error, step, rounding, bend

    def __str__(self) -> str:
        return f"differences give {self.number!r} (error estimate {self.error:.0e})"


class Differences:
    """Those of a function `f` at `x`, where it is `y`: with steps that are halved from each of `starts`.

    `f` returns None where there is no value to be used: outside the domain, beyond a kink. `noise` bounds the error of its value.
    """

    def __init__(
        self, f: Callable[[float], float | None], x: float, y: float, noise: Callable[[float], float], starts: Sequence[float]
    ) -> None:
        self.f, self.x, self.y, self.noise, self.starts = f, x, y, noise, starts

    def derivative(self, side: int, accepts: Accepts, expected: float) -> Estimate | None:
        """The derivative by differences from both sides (0), or from the right or left alone (1, -1); None without any value.

        The first that is accepted and as good as can be had, else what the small steps say; `expected` is about its size.
        """
        tried: list[Estimate] = []
        for start in self.starts:
            best = None
            for found in self._tableau(start, side):
                tried.append(found)
                if best is None or found.error < best.error:
                    best = found
                if accepts(best):
                    if best.error <= self.enough(max(abs(best.number), abs(expected))):
                        return best
                    if found.rounding > best.error:
                        break
        return _judged(tried, accepts) if tried else None

    def enough(self, size: float) -> float:
        """An error that is small beside a derivative of this size, or as small as rounding allows a derivative that is 0."""
        return max(ENOUGH * size, 8 * self.noise(self.x) / first_step(max(abs(self.x), 1.0)))

    def slope(self, h: float, side: int) -> Estimate | None:
        """One difference, of which only the part of rounding in its error is known."""
        right, left = self.x if side < 0 else self.x + h, self.x if side > 0 else self.x - h
        if right == left:
            return None
        up = self.y if side < 0 else self.f(right)
        down = self.y if side > 0 else self.f(left)
        if up is None or down is None:
            return None
        slope = (up - down) / (right - left)
        if not math.isfinite(slope):
            return None
        noise = max(self.noise(left), self.noise(right))
        return Estimate(slope, math.inf, h, noise / h, self._bend(h, side, up, down, noise))

    def _bend(self, h: float, side: int, up: float, down: float, noise: float) -> tuple[float, float]:
        if side == 0:
            first, middle, last = down, self.y, up
        else:
            far = self.f(self.x + 2 * h * side)
            if far is None:
                return 0.0, math.inf
            first, middle, last = self.y, up if side > 0 else down, far
        bend, lost = abs((last - middle) - (middle - first)), 4 * noise
        return max(0.0, bend - lost), bend + lost

    def _tableau(self, start: float, side: int) -> Iterator[Estimate]:
        """The best of each row, which holds the difference of a step and its extrapolations with those of larger steps."""
        ratio, loss = GAIN[side]
        before: list[float] = []
        roundings: list[float] = []
        for k in range(ROWS):
            best = self.slope(start * 2.0**-k, side)
            if best is None:
                before, roundings = [], []
                continue
            row = [best.number]
            roundings.append(best.rounding)
            best.rounding *= loss
            for j, above in enumerate(before[: COLUMNS - 1]):
                row.append(row[j] + (row[j] - above) / (ratio ** (j + 1) - 1))
                rounding = loss * max(roundings[-j - 2 :])
                error = max(abs(row[j + 1] - row[j]), abs(row[j + 1] - above)) + rounding
                if error < best.error:
                    best = Estimate(row[j + 1], error, best.step, rounding, best.bend)
            before = row
            yield best


def _judged(tried: Sequence[Estimate], accepts: Accepts) -> Estimate:
    """The best of what the smallest steps allow; one that is not accepted has a neighbour that is not either, or says nothing."""
    chain = _chain(tried)
    against = [found for found in chain if not accepts(found)]
    if len(against) > 1:
        return min(against, key=lambda found: found.error)
    rest = [found for found in chain if accepts(found)] or [min(tried, key=lambda found: found.step)]
    best = min(rest, key=lambda found: found.error)
    return best if accepts(best) else Estimate(best.number, math.inf, best.step, best.rounding)


def _chain(tried: Sequence[Estimate]) -> list[Estimate]:
    """The estimates by larger and larger steps, as far as each agrees with all before and bends as they do."""
    of_step: dict[float, Estimate] = {}
    for found in tried:
        if found.step not in of_step or found.error < of_step[found.step].error:
            of_step[found.step] = found
    chain: list[Estimate] = []
    low, high, bend, bend_before, before = -math.inf, math.inf, 0.0, 0.0, 0.0
    for step in sorted(of_step):
        found = of_step[step]
        grown = (step / before) ** 2 if before else 1.0  # as a smooth function's bend grows with the step
        bend, bend_before, before = bend and bend * grown, bend_before and bend_before * grown, step
        if bend > BENDS * max(bend_before, found.bend[1]):
            break
        bend, bend_before = max(bend, found.bend[0]), found.bend[1]
        if math.isinf(found.error):
            continue
        if found.number - found.error > high or found.number + found.error < low:
            break
        low, high = max(low, found.number - found.error), min(high, found.number + found.error)
        chain.append(found)
    return chain
