"""Compiles the engine where a C compiler is found; everything else about the project stands in pyproject.toml.

The kernels are printed from the table of derivatives (autograd/ops.py), so that no derivative is written twice.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

HERE = Path(__file__).parent
GENERATED = HERE / "build" / "generated"
sys.path.insert(0, str(HERE))  # another package named autograd may be installed

import build_kernels  # noqa: E402  (found through the line above)


def extensions() -> list[Extension]:
    """The compiled engine; optional, so that an install without a compiler succeeds uncompiled."""
    if os.environ.get("CHAINRULE_PURE"):
        return []
    from Cython.Build import cythonize  # noqa: PLC0415  (not needed for a pure build)

    GENERATED.mkdir(parents=True, exist_ok=True)
    build_kernels.write(GENERATED)
    flags = ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]
    engine = Extension(
        "autograd.value",
        ["autograd/value.py"],
        include_dirs=[str(GENERATED), str(HERE / "autograd")],
        depends=["autograd/storage.h", "autograd/ops.py", "build_kernels.py"],
        extra_compile_args=flags,
    )
    compiled = cythonize(
        [engine],
        build_dir=str(HERE / "build"),
        include_path=[str(GENERATED)],
        compiler_directives={"language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True, "embedsignature": False},
        force=True,
    )
    for extension in compiled:
        extension.optional = True  # cythonize loses it
    return compiled


setup(ext_modules=extensions())
