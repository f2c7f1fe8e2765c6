"""All zeros of a function between two numbers, proved: interval Newton on the derivative that the engine gives.

python examples/rigorous_zero.py

Where the Newton image of an interval lies inside it there is exactly one zero; where the two do not meet, or the value cannot be
0, there is none. What is neither is cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd import Program, Value, cos, exp, record
from autograd.numbers import Interval, bounds
from chainrule.arguments import arguments


def zeros(f: Program, x: Interval, least: float = 1e-12) -> Iterator[tuple[Interval, bool]]:
    """Intervals that hold all zeros in x, and whether it is proved that one holds exactly one."""
    found = bounds(f, x)
    if 0.0 not in found.value:
        return
    if 0.0 not in found.grad:
        image = x.middle - bounds(f, Interval(x.middle)).value / found.grad
        if image.high < x.low or x.high < image.low:
            return
        if image in x:
            while (image & x).width < x.width:
                x = image & x
                image = x.middle - bounds(f, Interval(x.middle)).value / bounds(f, x).grad
            yield x, True
            return
    if x.width < least:
        yield x, False
        return
    cut = x.low + 0.49 * x.width  # not in the middle, where a zero is likelier to be
    yield from zeros(f, Interval(x.low, cut), least)
    yield from zeros(f, Interval(cut, x.high), least)


def main() -> None:
    """The zeros of exp(-x/4) cos(2x) - x/10 between -4 and 4."""

    def wave(x: Value) -> Value:
        return exp(-x / 4) * cos(2 * x) - x / 10

    for zero, proved in zeros(record(wave, 0.0), Interval(-4.0, 4.0)):
        print(f"{zero.low!r} <= x <= {zero.high!r}", "exactly one zero" if proved else "perhaps one")


if __name__ == "__main__":
    arguments(__doc__)
    main()
