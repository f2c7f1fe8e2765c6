"""How sharp check_gradients is, and how often it is wrong: slips that it misses, right derivatives that it accuses.

    python tests/measure_checker.py [--expressions 50000] [--slips 1000] [--seed 0]

Random expressions are right by the tests of the table: whatever is reported of them is a false alarm. A slip is a partial of the
table, times 1 + size. It is missed where no error is raised, except where rounding hides it from differences over small steps.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
import warnings
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from autograd import Value, check_gradients, gradients, op
from autograd.ops import TABLE
from autograd.registry import remove
from autograd.strategies import UNLIKE, applied, graphs, points

ROOM = 1 / 500
"""A slip can be told if the rounding of the value is less than it over a step of this part of the operand, or of the length over
which the derivative changes by itself, if that is shorter."""


def drawn(strategy, count, number):
    """So many examples of a strategy, the same ones for the same number."""
    found = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(example):
        found.append(example)

    collect()
    return found[:count]


def outcome(f, *operands, order=1, **options):
    """What the checker says: "passes", "unclear", "accused" or "refused", and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            check_gradients(f, *operands, order=order, **options)
        except RuntimeWarning as warning:
            return f"unclear: {warning}"
        except AssertionError as error:
            return f"accused: {error}".split("\n")[0]
        except ValueError as error:
            return f"refused: {error}"
    return "passes"


def false_alarms(count, number, order=1, **options) -> Counter[str]:
    """What is said of so many right expressions."""
    said: Counter[str] = Counter()
    for f in drawn(graphs(), count, number):
        told = outcome(f, *f.point, order=order, **options)
        said[told.partition(":")[0]] += 1
        if told != "passes":
            print(f"{told}: {f!r} at {f.point}")
    return said


def smooth_operations():
    """The operations of the table of one or two operands by which there is a derivative."""
    return [e for e in TABLE.values() if not e.many and e.name not in {*UNLIKE, "step", "where"} and all(e.partials)]


def slips(size, count, number) -> tuple[Counter[str], list[str]]:
    """What is said of so many wrong partials, and the names of operations of which one was missed that the condition allows."""
    said: Counter[str] = Counter()
    missed: list[str] = []
    pick = random.Random(number)
    entries = smooth_operations()
    for k in range(count):
        entry = entries[k % len(entries)]
        operands = drawn(points(entry.name), 4, number + k)[-1]
        i = pick.randrange(len(operands))
        known = slip_told(entry, operands, i, size)
        said[known] += 1
        if known == "missed":
            missed.append(f"{entry.name}{operands} by operand {i}")
    return said, missed


def slip_told(entry, operands, i, size):
    """Whether a partial that is wrong by that part of it is found, missed, or more than the condition allows to be found."""
    right = applied(entry.name, [Value(x) for x in operands])
    if not right.partials[i] or not math.isfinite(right.partials[i]):
        return "no derivative"
    rules = list(entry.partials)
    rules[i] = slipped(entry.partials[i], size)
    wrong = op("slipped", entry.evaluate, *rules, domain=[d.text for d in entry.domain], kinks=entry.kinks)
    try:
        told = outcome(wrong, *operands)
    finally:
        remove("slipped")
    if told.startswith("accused"):
        return "found"
    return "missed" if allowed(right, i, size) else "beyond the condition"


def slipped(rule, size):
    """A rule of the table, times 1 + size."""
    count = rule.__code__.co_argcount
    names = ", ".join(rule.__code__.co_varnames[:count])
    return eval(f"lambda {names}: rule({names}) * factor", {"rule": rule, "factor": 1 + size})  # noqa: S307


def allowed(y, i, size):
    """Whether four units in the last place of the value, over a step that is small enough, are less than the slip."""
    x = y.operands[i]
    (slope,) = gradients(y, [x], graph=True)
    (bend,) = gradients(slope, [x])
    length = min(abs(x.data), abs(slope.data / bend) if bend else math.inf)
    return 4 * 2.0**-52 * abs(y.data) <= size * abs(slope.data) * ROOM * length


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--expressions", type=int, default=50_000)
    parser.add_argument("--slips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for size in (1e-5, 1e-6, 1e-7):
        said, missed = slips(size, options.slips, options.seed)
        print(f"slips of {size:g}: {dict(said)}", *missed, sep="\n  ", flush=True)
    for order, count in ((1, options.expressions), (2, options.expressions // 10)):
        begin = time.perf_counter()
        said = false_alarms(count, options.seed, order)
        print(f"right expressions, order {order}: {dict(said)} in {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
