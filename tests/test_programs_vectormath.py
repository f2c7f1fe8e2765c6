"""vectormath.h: its functions, compiled for each instruction set of this machine, against mpmath and C's special values."""

from __future__ import annotations

import ctypes
import math
import platform
import random
import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

mpmath = pytest.importorskip("mpmath")

inf, nan = math.inf, math.nan
SMALLEST, HUGE = 2.0**-1022, float.fromhex("0x1.fffffffffffffp1023")
CIRCULAR_LIMIT = 2.0**30
X86 = {"avx2": "avx2,fma", "avx512": "avx512f,avx512dq,avx512vl,fma"}
FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-builtin-pow", "-Wall", "-Wextra", "-Werror"]

SET = """
#undef F
#undef FMA
#define F(name) name##_{name}
#define FMA(a, b, c) {fma}
#if defined(__clang__) && {targeted}
#pragma clang attribute push(__attribute__((target("{target}"))), apply_to = function)
#elif {targeted}
#pragma GCC push_options
#pragma GCC target("{target}")
#endif
#include "vectormath.h"
{loops}
#if defined(__clang__) && {targeted}
#pragma clang attribute pop
#elif {targeted}
#pragma GCC pop_options
#endif
int has_{name}(void) {{ return {supported}; }}
"""
LOOP = """
void F(loop_{name})(const double *restrict a, const double *restrict b, double *restrict y, int n) {{
    (void)b;
    for (int i = 0; i < n; i++) y[i] = {call};
}}
"""

# name: the exact function, the most ulp it may be wrong by, the interval of random points, hard points
NEAR_PI = [k * math.pi / 2 for k in (1, 2, 3, 22, 10001, 6e8)] + [11.0, 355.0, 0.7854, 1e5, CIRCULAR_LIMIT]
NEAR_ONE = [1 + side * 2.0**-e for e in (1, 2, 3, 10, 30, 52) for side in (1, -1)]
NEAR_ZERO = [x - 1 for x in NEAR_ONE]
ENDS = [math.log(HUGE), 709.79, -708.4, -745.13, -745.14, 1023.99, 1024.0, -1074.0, -1075.0, 710.4758600739439, 37.1, 18.9]
ROOT = math.sqrt(2)
UNARY: dict[str, tuple[Callable[..., Any], float, tuple[float, float], list[float]]] = {
    "exp": (mpmath.exp, 1, (-746, 710), ENDS),
    "expm1": (mpmath.expm1, 1.05, (-40, 40), ENDS),
    "exp2": (lambda x: mpmath.mpf(2) ** x, 1, (-1076, 1024), ENDS),
    "log": (mpmath.log, 1, (0, 4), NEAR_ONE),
    "log1p": (mpmath.log1p, 1, (-1, 3), NEAR_ZERO),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), 0.51, (0, 4), [*NEAR_ONE, 8.0, 2.0**1000]),
    "log10": (mpmath.log10, 0.51, (0, 4), [*NEAR_ONE, 1000.0, 1e22, 1e-5]),
    "sinh": (mpmath.sinh, 1, (-30, 30), ENDS),
    "cosh": (mpmath.cosh, 1, (-30, 30), ENDS),
    "tanh": (mpmath.tanh, 1, (-20, 20), ENDS),
    "sech": (mpmath.sech, 1, (-30, 30), ENDS),
    "sin": (mpmath.sin, 1, (-1e5, 1e5), NEAR_PI),
    "cos": (mpmath.cos, 1, (-1e5, 1e5), NEAR_PI),
    "tan": (mpmath.tan, 1.1, (-1e5, 1e5), NEAR_PI),
    "asin": (mpmath.asin, 1, (-1, 1), NEAR_ONE),
    "acos": (mpmath.acos, 1, (-1, 1), NEAR_ONE),
    "atan": (mpmath.atan, 1, (-5, 5), [ROOT - 1, ROOT + 1]),
    "asinh": (mpmath.asinh, 1, (-5, 5), [2.0**60, 2.0**61, 2.0**-28]),
    "acosh": (mpmath.acosh, 1, (1, 5), [2.0**60, 2.0**61, *NEAR_ONE]),
    "atanh": (mpmath.atanh, 1, (-1, 1), [2.0**-28, *NEAR_ONE]),
    "cbrt": (lambda x: mpmath.cbrt(abs(x)) * mpmath.sign(x), 0.51, (-9, 9), [8.0, 27.0]),
    "sqrt": (mpmath.sqrt, 0.5, (0, 9), []),
    "erf": (mpmath.erf, 1.1, (-6, 6), [0.5, 0.4999, 0.51]),
    "erfc": (mpmath.erfc, 1.1, (-6, 28), [0.5, 0.4999, 0.51, 26.5, 27.2]),
}
BINARY: dict[str, tuple[Callable[..., Any], float]] = {
    "power": (mpmath.power, 1),
    "atan2": (mpmath.atan2, 1),
    "hypot": (mpmath.hypot, 1.25),
}
SMALL_POWERS = {"square": 2, "cube": 3, "fourth": 4, "reciprocal": -1, "reciprocal_square": -2}
CALLS = {
    **{name: f"F({name})(a[i])" for name in [*UNARY, "fabs", "exponent_of"]},
    **{name: f"F({name})(a[i], b[i])" for name in [*BINARY, "pow", "lowered"]},
    **{name: f"F(pow_small)(a[i], {n})" for name, n in SMALL_POWERS.items()},
}

# what C says where there is nothing to compute (C17, annex F)
SPECIAL: dict[str, list[tuple[tuple[float, ...], float]]] = {
    "exp": [((0.0,), 1), ((-0.0,), 1), ((inf,), inf), ((-inf,), 0.0), ((1000.0,), inf), ((-1000.0,), 0.0), ((-HUGE,), 0.0)],
    "expm1": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), inf), ((-inf,), -1), ((HUGE,), inf), ((-HUGE,), -1), ((5e-324,), 5e-324)],
    "exp2": [((0.0,), 1), ((inf,), inf), ((-inf,), 0.0), ((10.0,), 1024), ((-1074.0,), 5e-324), ((HUGE,), inf)],
    "log": [((1.0,), 0.0), ((0.0,), -inf), ((-0.0,), -inf), ((inf,), inf), ((-1.0,), nan), ((-inf,), nan)],
    "log1p": [((0.0,), 0.0), ((-0.0,), -0.0), ((-1.0,), -inf), ((inf,), inf), ((-2.0,), nan), ((-5e-324,), -5e-324)],
    "log2": [((1.0,), 0.0), ((8.0,), 3), ((2.0**-1074,), -1074), ((0.0,), -inf), ((inf,), inf), ((-1.0,), nan)],
    "log10": [((1.0,), 0.0), ((1000.0,), 3), ((1e22,), 22), ((0.0,), -inf), ((inf,), inf), ((-1.0,), nan)],
    "sinh": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), inf), ((-inf,), -inf), ((-HUGE,), -inf), ((5e-324,), 5e-324)],
    "cosh": [((0.0,), 1), ((-0.0,), 1), ((inf,), inf), ((-inf,), inf), ((HUGE,), inf)],
    "tanh": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), 1), ((-inf,), -1), ((-HUGE,), -1), ((5e-324,), 5e-324)],
    "sech": [((0.0,), 1), ((inf,), 0.0), ((-inf,), 0.0), ((HUGE,), 0.0)],
    "sin": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), nan), ((-inf,), nan), ((-5e-324,), -5e-324)],
    "cos": [((0.0,), 1), ((-0.0,), 1), ((inf,), nan), ((-inf,), nan)],
    "tan": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), nan), ((-inf,), nan), ((-5e-324,), -5e-324)],
    "asin": [((0.0,), 0.0), ((-0.0,), -0.0), ((1.0,), math.pi / 2), ((-1.0,), -math.pi / 2), ((1.5,), nan), ((-inf,), nan)],
    "acos": [((1.0,), 0.0), ((-1.0,), math.pi), ((0.0,), math.pi / 2), ((1.5,), nan), ((inf,), nan)],
    "atan": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), math.pi / 2), ((-inf,), -math.pi / 2), ((5e-324,), 5e-324)],
    "asinh": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), inf), ((-inf,), -inf), ((5e-324,), 5e-324)],
    "acosh": [((1.0,), 0.0), ((inf,), inf), ((0.5,), nan), ((-inf,), nan)],
    "atanh": [((0.0,), 0.0), ((-0.0,), -0.0), ((1.0,), inf), ((-1.0,), -inf), ((1.5,), nan), ((inf,), nan)],
    "cbrt": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), inf), ((-inf,), -inf), ((-27.0,), -3)],
    "sqrt": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), inf), ((-1.0,), nan)],
    "fabs": [((-0.0,), 0.0), ((-inf,), inf), ((-2.0,), 2)],
    "erf": [((0.0,), 0.0), ((-0.0,), -0.0), ((inf,), 1), ((-inf,), -1), ((-HUGE,), -1)],
    "erfc": [((0.0,), 1), ((inf,), 0.0), ((-inf,), 2), ((HUGE,), 0.0)],
    "pow": [
        ((0.0, 3.0), 0.0), ((-0.0, 3.0), -0.0), ((-0.0, 2.0), 0.0), ((-0.0, 0.5), 0.0), ((0.0, -3.0), inf), ((-0.0, -3.0), -inf),
        ((-0.0, -2.0), inf), ((0.0, -0.5), inf), ((0.0, inf), 0.0), ((0.0, -inf), inf), ((-1.0, inf), 1), ((-1.0, -inf), 1),
        ((1.0, nan), 1), ((1.0, inf), 1), ((nan, 0.0), 1), ((inf, 0.0), 1), ((0.0, -0.0), 1), ((2.0, nan), nan),
        ((nan, 2.0), nan), ((0.5, inf), 0.0), ((2.0, inf), inf), ((0.5, -inf), inf), ((-2.0, -inf), 0.0), ((inf, 2.0), inf),
        ((inf, -2.0), 0.0), ((-inf, 3.0), -inf), ((-inf, 2.5), inf), ((-inf, -3.0), -0.0), ((-inf, -2.5), 0.0),
        ((-1.0, 2.0**53 + 2), 1), ((-1.0, 2.0**53 - 1), -1), ((-1.0, 2.0**52 + 1), -1), ((-1.0, HUGE), 1), ((-3.0, 2.0**54), inf),
        ((-2.0, 3.0), -8), ((-2.0, 0.5), nan), ((-5e-324, 5e-324), nan), ((-1.5, 5e-324), nan), ((10.0, 22.0), 1e22),
        ((2.0, -1074.0), 5e-324),
    ],
    "atan2": [
        ((0.0, 0.0), 0.0), ((-0.0, 0.0), -0.0), ((0.0, -0.0), math.pi), ((-0.0, -0.0), -math.pi), ((0.0, -1.0), math.pi),
        ((-0.0, 1.0), -0.0), ((1.0, 0.0), math.pi / 2), ((-1.0, -0.0), -math.pi / 2), ((inf, inf), math.pi / 4),
        ((inf, -inf), 3 * math.pi / 4), ((-inf, 1.0), -math.pi / 2), ((1.0, inf), 0.0), ((-1.0, inf), -0.0),
        ((1.0, -inf), math.pi), ((inf, HUGE), math.pi / 2), ((HUGE, HUGE), math.pi / 4), ((5e-324, -5e-324), 3 * math.pi / 4),
        ((SMALLEST, 2.0), SMALLEST / 2), ((nan, inf), nan), ((inf, nan), nan),
    ],
    "hypot": [
        ((0.0, -0.0), 0.0), ((inf, nan), inf), ((nan, -inf), inf), ((3.0, -4.0), 5), ((HUGE, HUGE), inf), ((0.0, 5e-324), 5e-324),
        ((nan, 2.0), nan),
    ],
}  # fmt: skip


class Sets:
    """The functions of vectormath.h in each instruction set that this machine has."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.library = ctypes.CDLL(str(path))
        self.names = [name for name in names if getattr(self.library, "has_" + name)()]

    def __call__(self, instructions: str, name: str, a: Sequence[float], b: Sequence[float] | None = None) -> list[float]:
        """The values at all points."""
        array = ctypes.c_double * len(a)
        y = array()
        getattr(self.library, f"loop_{name}_{instructions}")(array(*a), array(*(a if b is None else b)), y, len(a))
        return list(y)


def driver() -> tuple[str, list[str]]:
    """The C source that includes the header once for each instruction set, and their names."""
    loops = "".join(LOOP.format(name=name, call=call) for name, call in CALLS.items())
    machine = platform.machine().lower()
    fma = "__builtin_fma(a, b, c)"
    plain = fma if machine in {"aarch64", "arm64"} else "((a) * (b) + (c))"
    sets = [SET.format(name="plain", fma=plain, targeted=0, target="", loops=loops, supported=1)]
    targets = X86 if machine in {"x86_64", "amd64"} else {}
    for name, target in targets.items():
        supported = " && ".join(f'__builtin_cpu_supports("{feature}")' for feature in target.split(","))
        sets.append(SET.format(name=name, fma=fma, targeted=1, target=target, loops=loops, supported=supported))
    return "".join(sets), ["plain", *targets]


@pytest.fixture(scope="module")
def sets(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    compiler = shutil.which("cc") or shutil.which((sysconfig.get_config_var("CC") or "gcc").split()[0])
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("vectormath")
    text, names = driver()
    (folder / "driver.c").write_text(text)
    command = [compiler, *FLAGS, "-fPIC", "-shared", f"-I{root / 'autograd' / 'programs'}", "driver.c", "-o", "driver.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    return Sets(folder / "driver.so", names)


def ulps(y: float, exact: Any) -> float:
    """How far y is from the exact value, in units of its last place."""
    if math.isnan(y):
        return inf
    if math.isinf(y):  # the next number, if there were one
        return float((mpmath.mpf(2) ** 1024 - abs(exact)) / mpmath.mpf(2) ** 971) if (exact > 0) == (y > 0) else inf
    size = min(abs(exact), mpmath.mpf(HUGE))
    return float(abs(y - exact) / math.ulp(float(size)))


def worst(exact: Callable[..., Any], values: Sequence[float], *points: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """The largest error among the points where the function is real, and the point."""
    found: tuple[float, tuple[float, ...]] = (0.0, ())
    with mpmath.workprec(200):
        for y, *x in zip(values, *points, strict=True):
            found = max(found, (ulps(y, exact(*map(mpmath.mpf, x))), tuple(x)))
    return found


def of_any_size(chance: random.Random, low: float, high: float) -> float:
    """A number in the interval, its exponent drawn evenly."""
    while True:
        x = chance.choice((1, -1)) * math.ldexp(chance.uniform(1, 2), chance.randint(-1074, 1023))
        if low <= x <= high:
            return x


def reach(name: str) -> tuple[float, float]:
    """Where the function is real and the header says that it holds."""
    unit, circle, positive = (-1, 1), (-CIRCULAR_LIMIT, CIRCULAR_LIMIT), (5e-324, HUGE)
    return {
        "log": positive, "log2": positive, "log10": positive, "sqrt": positive, "log1p": (-1 + 2.0**-53, HUGE),
        "acosh": (1, HUGE), "sin": circle, "cos": circle, "tan": circle, "asin": unit, "acos": unit,
        "atanh": (-1 + 2.0**-53, 1 - 2.0**-53), "exp": (-800, 720), "exp2": (-1100, 1030), "expm1": (-800, 720),
        "sinh": (-720, 720), "cosh": (-720, 720),
        "sech": (-760, 760), "tanh": (-1000, 1000), "erf": (-30, 30), "erfc": (-30, 30),
    }.get(name, (-HUGE, HUGE))  # fmt: skip


def points(name: str) -> list[float]:
    """Hard points, points in the middle and points of any size."""
    chance = random.Random(name)
    (low, high), (first, last) = UNARY[name][2], reach(name)
    middle = [chance.uniform(low, high) for _ in range(1000)]
    sizes = [of_any_size(chance, first, last) for _ in range(300)]
    hard = [x for p in UNARY[name][3] for x in (p, -p, math.nextafter(p, -inf), math.nextafter(p, inf))]
    return [x for x in [*middle, *sizes, *hard] if first <= x <= last]


@pytest.mark.parametrize("name", UNARY)
def test_accuracy(sets: Sets, name: str) -> None:
    exact, most, _, _ = UNARY[name]
    x = points(name)
    for instructions in sets.names:
        error, where = worst(exact, sets(instructions, name, x), x)
        assert error <= most, f"{instructions}: {name}{where} is wrong by {error} ulp"


def pairs(name: str) -> tuple[list[float], list[float]]:
    """Points of functions of two operands; for powers so that results are spread over all exponents."""
    chance = random.Random(name)
    if name == "power":
        near, wide = [chance.uniform(0.5, 2) for _ in range(500)], [of_any_size(chance, 5e-324, HUGE) for _ in range(500)]
        a = near + wide
        b = [chance.uniform(-1070, 1020) / math.log2(x) for x in a]
        whole = [float(chance.randint(-30, 30)) for _ in range(300)]
        return a + [chance.uniform(-9, 9) for _ in whole], b + whole
    a, b = ([chance.uniform(-4, 4) for _ in range(500)] + [of_any_size(chance, -HUGE, HUGE) for _ in range(300)] for _ in "ab")
    return [*a, *a], [*b, *(x * chance.uniform(0.2, 1) for x in a)]


@pytest.mark.parametrize("name", BINARY)
def test_accuracy_of_two_operands(sets: Sets, name: str) -> None:
    exact, most = BINARY[name]
    a, b = pairs(name)
    for instructions in sets.names:
        error, where = worst(exact, sets(instructions, name, a, b), a, b)
        assert error <= most, f"{instructions}: {name}{where} is wrong by {error} ulp"


@pytest.mark.parametrize("name", SMALL_POWERS)
def test_small_powers(sets: Sets, name: str) -> None:
    n = SMALL_POWERS[name]
    chance = random.Random(name)
    x = [chance.uniform(-9, 9) for _ in range(1000)] + [of_any_size(chance, 1e-70, 1e70) for _ in range(100)]
    for instructions in sets.names:
        error, where = worst(lambda a: a**n, sets(instructions, name, x), x)
        assert error <= 1.5, f"{instructions}: {where} ** {n} is wrong by {error} ulp"


@pytest.mark.parametrize("name", [*SPECIAL, "power"])
def test_special_values(sets: Sets, name: str) -> None:
    rows = SPECIAL["pow" if name == "power" else name]
    arguments = [x for x, _ in rows] + ([(nan,)] if name in UNARY else [])
    expected = [y for _, y in rows] + [nan] * (len(arguments) - len(rows))
    for instructions in sets.names:
        for x, y, should in zip(arguments, sets(instructions, name, *zip(*arguments, strict=True)), expected, strict=True):
            same = math.isnan(y) if math.isnan(should) else y == should and math.copysign(1, y) == math.copysign(1, should)
            assert same, f"{instructions}: {name}{x} is {y}, not {should}"


def test_exponents_are_taken_out(sets: Sets) -> None:
    chance = random.Random(1)
    x = [of_any_size(chance, -HUGE, HUGE) for _ in range(500)] + [5e-324, -SMALLEST, HUGE, 1.0, -2.0]
    strange = [0.0, -0.0, inf, -inf, nan]
    for instructions in sets.names:
        k = sets(instructions, "exponent_of", x)
        assert k == [math.frexp(a)[1] - 1 for a in x]
        assert sets(instructions, "exponent_of", strange) == [0.0] * 5
        parts = sets(instructions, "lowered", x, k)
        assert parts == [math.frexp(a)[0] * 2 for a in x]
        assert sets(instructions, "lowered", parts, [-e for e in k]) == x
        ends = sets(instructions, "lowered", [1.0, -1.0, 1.0, inf, 1.5], [-1e6, -1025.0, 1e6, 3.0, 1074.0])
        assert ends == [inf, -inf, 0.0, inf, 1e-323]


def test_of_a_number_to_the_first(sets: Sets) -> None:
    """As in the table: the number itself, whatever it is."""
    x = [0.1, -0.0, -inf, 5e-324, -3.7]
    for instructions in sets.names:
        assert list(map(str, sets(instructions, "power", x, [1.0] * len(x)))) == list(map(str, x))


@pytest.mark.parametrize("name", CALLS)
def test_sets_with_fma_give_the_same_bits(sets: Sets, name: str) -> None:
    if not set(X86) <= set(sets.names):
        pytest.skip("this machine lacks AVX-512")
    a, b = (points(name), None) if name in UNARY else pairs(name if name in BINARY else "power")
    one, other = (["nan" if math.isnan(y) else y.hex() for y in sets(instructions, name, a, b)] for instructions in X86)
    assert one == other
