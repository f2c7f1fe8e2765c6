"""Programs in C: compiled without a warning, they give the engine's own numbers."""

from __future__ import annotations

import ctypes
import random
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
    for name in ("2f", "a b", "double", "sin"):
        with pytest.raises(ValueError, match="is no name for a function in C"):
            to_c(record(tanh, 2.0), name)
