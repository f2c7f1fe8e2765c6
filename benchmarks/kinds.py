"""``python benchmarks --numbers``: the same functions on other numbers than floats, beside what people use for that.

Interleaved, processor time, the least of all rounds. Value and gradient are compared first: exactly in fractions, as overlapping
intervals, to twelve digits elsewhere.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from autograd import Value, cos, exp, grad, log, record, sin, sqrt, tanh
from autograd.numbers import Interval, bounds, exact, rounding, taylor
from autograd.programs.c import to_c
from autograd.programs.python import to_python

ROUNDS, QUICK = 300, 20
ORDER, NESTED = 10, 6
"""The order of the series, and that of the gradients of gradients that it is compared with."""
LENGTHS = 0.425, 0.392, 0.089
CALLS = 200_000
Row = tuple[str, str, str, str, str]


def rational(x: Any, y: Any, z: Any) -> Any:
    """13 operations that fractions have."""
    a = x * y + z
    q = a / (x - y * z)
    s = q * q * q + 3 * q
    return s * z - x / (s + 2)


def rational_by_hand(x: Any, y: Any, z: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """The same with its derivatives, as a person writes them who shares what is in common."""
    a, b = x * y + z, x - y * z
    q = a / b
    square = q * q
    s = square * q + 3 * q
    c = s + 2
    r = x / c
    by_q = (z + r / c) * (3 * square + 3)
    by_a = by_q / b
    by_b = -by_a * q
    return s * z - r, (by_a * y + by_b - 1 / c, by_a * x - by_b * z, by_a - by_b * y + s)


def mixed(x: Any, y: Any, z: Any) -> Any:
    """16 operations, four of them functions."""
    a = exp(-x * y) + z
    b = sin(a * y) - z * z
    c = sqrt(a + x * x)
    return (a + b * c) / (c + y * y)


def mixed_by_hand(iv: Any, x: Any, y: Any, z: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """The same with its derivatives."""
    e = iv.exp(-x * y)
    a = e + z
    w = a * y
    b, c = iv.sin(w) - z * z, iv.sqrt(a + x * x)
    d = c + y * y
    v = (a + b * c) / d
    by_n = 1 / d
    by_d = -v * by_n
    by_c, by_b = by_n * b + by_d, by_n * c
    by_w, by_t = by_b * iv.cos(w), by_c / (2 * c)
    by_a = by_n + by_w * y + by_t
    by_m = by_a * e
    return v, (by_t * 2 * x - by_m * y, by_d * 2 * y + by_w * a - by_m * x, by_a - by_b * 2 * z)


def curve(x: Any) -> Any:
    """24 operations of one number."""
    a = exp(-x * x) + x / 3
    b = sin(a * x) - a * a
    c = sqrt(a + x * x)
    d = tanh(b * c) + log(c + 1)
    return (a + b * c) / (c + d * d) + x**3


def hand(angles: Any, cos: Callable[[Any], Any] = cos, sin: Callable[[Any], Any] = sin) -> list[Any]:
    """Where a robot arm's hand is (examples/robot_arm.py)."""
    upper, fore, height = LENGTHS
    base, shoulder, elbow = angles[0], angles[1], angles[2]
    reach = upper * cos(shoulder) + fore * cos(shoulder + elbow)
    return [reach * cos(base), reach * sin(base), height + upper * sin(shoulder) + fore * sin(shoulder + elbow)]


def main(print_table: Callable[..., None], *, quick: bool, markdown: bool) -> None:
    """Print the table."""
    rounds = QUICK if quick else ROUNDS
    print(f"microseconds of processor time, the least of {rounds} rounds\n")
    rows = [row for part in (fractions, intervals, series, error_bars, python, c) for row in part(rounds)]
    print_table(("figure", "ours", "beside", "ratio", "goal"), rows, markdown=markdown)


def least(rounds: int, *functions: Callable[[], Any], times: int = 4) -> list[float]:
    """Microseconds a call of each, in turn."""
    best = [math.inf] * len(functions)
    for _ in range(rounds):
        for i, function in enumerate(functions):
            begin = process_time()
            for _ in range(times):
                function()
            best[i] = min(best[i], process_time() - begin)
    return [seconds / times * 1e6 for seconds in best]


def row(name: str, times: Sequence[float], beside: str, goal: str, operations: int = 0) -> Row:
    """A line of the table, of our time and theirs; the ratio is theirs over ours."""
    ours, other = times
    told = f"{ours:,.1f} us" + (f", {ours / operations:.2f} an operation" if operations else "")
    return name, told, f"{other:,.1f} us, {beside}", f"{other / ours:,.2f}", goal


def fractions(rounds: int) -> Iterator[Row]:
    """Exact values and gradients."""
    program, at = record(rational, 1.0, 2.0, 3.0), (Fraction(1, 3), Fraction(5, 7), Fraction(-2, 9))

    def ours() -> Any:
        found = exact(program, *at)
        return found.value, found.grad

    assert ours() == rational_by_hand(*at)
    yield row("fractions", least(rounds, ours, lambda: rational_by_hand(*at)), "Fraction by hand", ">= 0.67", len(program))


def intervals(rounds: int) -> Iterator[Row]:
    """Values and gradients over a box."""
    from mpmath import iv

    ends = ((1.0, 1.001), (2.0, 2.001), (3.0, 3.001))
    box, theirs = [Interval(*end) for end in ends], [iv.mpf(end) for end in ends]
    for function, hand_written in ((rational, rational_by_hand), (mixed, partial(mixed_by_hand, iv))):
        program = record(function, 1.0, 2.0, 3.0)

        def ours(program: Any = program) -> Any:
            found = bounds(program, *box)
            return found.value, found.grad

        (value, slopes), (their_value, their_slopes) = ours(), hand_written(*theirs)
        for a, b in zip([value, *slopes], [their_value, *their_slopes], strict=True):
            assert a.low <= float(b.b), (a, b)
            assert float(b.a) <= a.high, (a, b)
        times = least(rounds, ours, partial(hand_written, *theirs))
        yield row(f"intervals, {function.__name__}", times, "mpmath.iv by hand", ">= 5, <= 3 us", len(program))


def series(rounds: int) -> Iterator[Row]:
    """Taylor coefficients."""
    program, nested = record(curve, 0.7), curve
    for _ in range(NESTED):
        nested = grad(nested)
    assert math.isclose(taylor(program, 0.7, order=NESTED)[-1] * math.factorial(NESTED), nested(0.7), rel_tol=1e-12)
    (high,) = least(rounds, lambda: taylor(program, 0.7, order=ORDER))
    times = least(min(rounds, 20), lambda: taylor(program, 0.7, order=NESTED), lambda: nested(0.7), times=1)
    yield row(f"Taylor series, order {NESTED}", times, "nested grad", ">= 10", len(program))
    yield f"Taylor series, order {ORDER}", f"{high:,.1f} us, {high / len(program):.2f} an operation", "", "", "<= 15 us"


def error_bars(rounds: int) -> Iterator[Row]:
    """A bound on what rounding did."""
    x = y = Value(0.7)
    for _ in range(40):
        y = tanh(curve(y)) * 0.3 + x
    nodes = len(rounding(y).nodes)
    (ours,) = least(min(rounds, 40), lambda: rounding(y), times=1)
    yield "error bars", f"{ours:,.0f} us, {ours / nodes:.2f} a node", f"{nodes} nodes", "", "<= 2 us"


def python(rounds: int) -> Iterator[Row]:
    """A function without the engine, beside the replay."""
    program, module, at = record(mixed, 1.0, 2.0, 3.0), dict[str, Any](), [1.0, 2.0, 3.0]
    exec(to_python(program, "f"), module)  # noqa: S102  (what is measured)
    both = module["f_and_gradient"]
    value, slopes = program.value_and_grad(*at)
    assert both(at) == (value, list(slopes))
    times = least(rounds, lambda: both(at), lambda: program.value_and_grad(*at))
    yield row("as Python without the engine", times, "the replay in C", "", len(program))


def c(rounds: int) -> Iterator[Row]:
    """C for a robot arm's position and Jacobian, beside CasADi's of the same."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    try:
        import casadi
    except ImportError:
        yield "as C, a robot arm", "", "CasADi is not installed", "", ""
        return
    if compiler is None:
        return
    angles = casadi.SX.sym("angles", 3)
    position = casadi.vertcat(*hand(angles, casadi.cos, casadi.sin))
    theirs = casadi.Function("theirs", [angles], [position, casadi.jacobian(position, angles)])
    found = to_c(record(hand, [0.0] * 3), "ours")
    with tempfile.TemporaryDirectory() as folder:
        found.save(Path(folder, "ours"))
        generator = casadi.CodeGenerator("theirs.c")
        generator.add(theirs)
        generator.generate(f"{folder}/")
        Path(folder, "main.c").write_text(DRIVER.replace("CALLS", str(CALLS)), encoding="utf-8")
        flags = ["-O2", "-ffp-contract=off", "-fno-builtin-pow"]
        subprocess.run([compiler, *flags, "-o", "main", "main.c", "ours.c", "theirs.c", "-lm"], cwd=folder, check=True)
        runs = [_run(Path(folder, "main")) for _ in range(min(rounds, 15))]
        lines = [len(Path(folder, f"{name}.c").read_text("utf-8").splitlines()) for name in ("ours", "theirs")]
    ours, other = (min(run[k] for run in runs) for k in (0, 1))
    assert max(run[2] for run in runs) < 1e-12
    told = f"{ours:,.0f} ns, {lines[0]} lines", f"{other:,.0f} ns, {lines[1]} lines, CasADi's export"
    yield "as C, a robot arm's Jacobian", *told, f"{other / ours:,.2f}", ""


def _run(program: Path) -> Sequence[float]:
    done = subprocess.run([program], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


DRIVER = """
#include <math.h>
#include <stdio.h>
#include <time.h>
#include "ours.h"
int theirs(const double **arg, double **res, long long int *iw, double *w, int mem);
int main(void) {
    double x[3] = {0.3, 1.2, -0.9}, y[3], jacobian[9], z[3], other[9], work[64], apart = 0, sum = 0;
    const double *arg[8] = {x};
    double *res[8] = {z, other};
    clock_t begin = clock();
    for (int i = 0; i < CALLS; i++) { x[0] = i * 1e-6; ours_and_jacobian(x, y, jacobian); sum += jacobian[0]; }
    const double first = clock() - begin;
    begin = clock();
    for (int i = 0; i < CALLS; i++) { x[0] = i * 1e-6; theirs(arg, res, 0, work, 0); sum += other[0]; }
    const double second = clock() - begin;
    for (int i = 0; i < 3; i++) apart = fmax(apart, fabs(y[i] - z[i]));
    apart += sum > 1e300;
    printf("%g %g %g", first / CLOCKS_PER_SEC * 1e9 / CALLS, second / CLOCKS_PER_SEC * 1e9 / CALLS, apart);
    return 0;
}
"""
