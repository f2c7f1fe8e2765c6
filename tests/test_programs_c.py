"""Programs in C: compiled without a warning, they give the engine's own numbers."""

from __future__ import annotations

import ctypes
import random
import re
import shutil
import struct
import subprocess
import sys

import pytest
from graphs import of_many

import autograd
from autograd import record, tanh
from autograd.ops import TABLE
from autograd.programs.c import to_c

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
NOT_IN_C = ("gamma", "lgamma", "digamma", "polygamma")
ENTRIES = [entry for entry in TABLE.values() if not entry.many and entry.name not in {"where", "detach", *NOT_IN_C}]
WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Werror")
FLAGS = ("-std=c99", "-O1", *WARNINGS, "-ffp-contract=off", "-fno-builtin-pow", "-shared", "-fPIC")

pytestmark = pytest.mark.skipif(not COMPILERS or sys.platform == "win32", reason="no C compiler is here")


def compiled(folder, programs, compiler=None):
    """A library with a function for each program, by its name."""
    for name, program in programs.items():
        to_c(program, name).save(folder / name)
    sources = [f"{name}.c" for name in programs]
    command = [compiler or COMPILERS[0], *FLAGS, "-o", "all.so", *sources, "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def called(library, name, xs):
    """The only output, and the gradient."""
    function = getattr(library, f"{name}_and_gradient")
    function.restype = ctypes.c_double
    gradient = (ctypes.c_double * len(xs))()
    return [function((ctypes.c_double * len(xs))(*xs), gradient), *gradient]


def bits(numbers):
    return [struct.pack("d", x) if x == x else b"nan" for x in numbers]


def test_every_operation_has_the_bits_of_the_engine_in_c(tmp_path):
    draw = random.Random(7)
    programs = {}
    for entry in ENTRIES:
        xs = [1.5 if entry.name == "acosh" else 0.5] * entry.arity
        programs[f"f_{entry.name}"] = record(lambda *a, entry=entry: autograd.value.apply(entry, list(a)) * 1.5 + a[0], *xs)
    library = compiled(tmp_path, programs)
    seen = 0
    for entry in ENTRIES:
        program = programs[f"f_{entry.name}"]
        for _ in range(60):
            xs = [draw.uniform(-1, 1) * 10.0 ** draw.uniform(-3, 2) for _ in entry.operands]
            try:
                y, gradient = program.value_and_grad(*xs)
            except (ValueError, OverflowError, ZeroDivisionError):
                continue
            seen += 1
            want = [y, *([gradient] if len(xs) == 1 else gradient)]
            assert bits(called(library, f"f_{entry.name}", xs)) == bits(want), (entry.name, xs)
    assert seen > 2000


@pytest.mark.parametrize("compiler", COMPILERS)
def test_operations_of_many_numbers_and_choices_too(tmp_path, compiler):
    draw = random.Random(8)
    program = record(of_many, [0.5] * 7)
    library = compiled(tmp_path, {"of_many": program}, compiler)
    for _ in range(300):
        xs = [draw.uniform(-2, 2) for _ in range(7)]
        y, gradient = program.value_and_grad(xs)
        assert bits(called(library, "of_many", xs)) == bits([y, *gradient])


def test_a_jacobian_has_a_row_for_each_output(tmp_path):
    program = record(lambda x, w: {"a": tanh(x[0] * w), "b": [x[1] * x[1] * w, 3.0]}, [0.5, 0.25], 2.0)
    library = compiled(tmp_path, {"several": program})
    x, y, jacobian = (ctypes.c_double * 3)(0.3, -1.5, 0.7), (ctypes.c_double * 3)(), (ctypes.c_double * 9)()
    library.several_and_jacobian(x, y, jacobian)
    found, slopes = program([0.3, -1.5], 0.7), program.jacobian([0.3, -1.5], 0.7)
    assert list(y) == [found["a"], *found["b"]]
    rows = [slopes["a"], *slopes["b"]]
    assert list(jacobian) == [d for by_x, by_w in rows for d in (*by_x, by_w)]
    again = (ctypes.c_double * 3)()
    library.several(x, again)
    assert list(again) == list(y)


def test_users_operations_come_along_and_what_c_has_not_is_refused(tmp_path):
    autograd.op("cube_of", lambda x: x * x * x, lambda x, y: 3 * x * x)
    try:
        program = record(lambda x: autograd.FUNCTIONS["cube_of"](x) + 1, 2.0)
        library = compiled(tmp_path, {"cubed": program})
        assert called(library, "cubed", [1.5]) == [4.375, 6.75]
    finally:
        autograd.registry.remove("cube_of")
    with pytest.raises(TypeError, match=r"to_c: C has no gamma\(\) with this engine's digits: compute it outside"):
        to_c(record(autograd.gamma, 2.0))


def named(name):
    """Whether `to_c` takes a name."""
    try:
        to_c(record(tanh, 2.0), name)
    except ValueError as error:
        assert f"to_c: {name!r} is no name for a function in C, or has a meaning there" in str(error)  # noqa: PT017
        return False
    return True


KEYWORDS = """alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern
false float for goto if inline int linux long nullptr register restrict return short signed sizeof static static_assert
struct switch thread_local true typedef typeof typeof_unqual union unix unsigned void volatile while"""
"""Of C from 1999 to 2023, and of GNU."""
MATH = """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma
fmax fmin fmod frexp hypot ilogb j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan
nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc y0 y1
yn"""
"""Functions of C11's and POSIX's math.h."""
MACROS = """FP_FAST_FMA FP_FAST_FMAF FP_FAST_FMAL FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO
HUGE_VAL HUGE_VALF HUGE_VALL INFINITY MATH_ERREXCEPT MATH_ERRNO M_1_PI M_2_PI M_2_SQRTPI M_E M_LN10 M_LN2 M_LOG10E M_LOG2E
M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2 NAN NULL SNAN fpclassify isfinite isgreater isgreaterequal isinf isless islessequal
islessgreater isnan isnormal isunordered math_errhandling offsetof signbit"""


OTHERS = ["gamma", "exp10", "sincos", "double_t", "float_t", "signgam", "size_t", "malloc", "index"]


def test_a_name_that_has_a_meaning_in_c_is_refused():
    for name in ("2f", "a b", "", "f²", "lié", "x", "y", "gradient", "jacobian", "main", "power", "signed_as", "_f"):
        assert name == "" or not named(name), name
    for name in (*KEYWORDS.split(), *MACROS.split(), *MATH.split(), *OTHERS):
        assert not named(name), name
    for name in MATH.split():
        assert not named(name + "f"), name
        assert not named(name + "l"), name
    fine = "f g total strength step loss price member isotherm torque mean Machine FPS sinus logistic power_of fadder Main"
    for name in fine.split():
        assert named(name), name


@pytest.mark.parametrize("standard", ["c11", "gnu17"])
def test_a_name_that_is_taken_compiles(standard, tmp_path):
    """Of the words that this compiler's headers have, and of all keywords and functions, those that are not refused."""
    headers = "#include <math.h>\n#include <stddef.h>\n"

    def run(source, *options):
        command = [COMPILERS[0], f"-std={standard}", *options, "-x", "c", "-"]
        return subprocess.run(command, input=source, capture_output=True, text=True, check=False)

    words = {*KEYWORDS.split(), *MATH.split(), *MACROS.split()}
    for way in ([], ["-D_GNU_SOURCE"]):
        words |= {*re.findall(r"\b[A-Za-z]\w*", run(headers, "-E", *way).stdout)}
        words |= {*re.findall(r"#define ([A-Za-z]\w*)", run(headers, "-E", "-dM", *way).stdout)}
    macros = {*re.findall(r"#define ([A-Za-z]\w*)", run(headers, "-E", "-dM", "-D_GNU_SOURCE").stdout)}
    assert not [name for name in sorted(macros) if named(name)]
    declared = "".join(f"double {name}(const double x[2]);\n" for name in sorted(words) if named(name))
    for way in ([], ["-D_GNU_SOURCE"]):
        assert run(headers + declared, "-fsyntax-only", "-Wall", "-Werror", *way).stderr == ""
    assert run(headers + "double typeof_(void), tgammaf(const double x[2]);\n", "-fsyntax-only").returncode != 0
