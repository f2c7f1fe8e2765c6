"""Compiles the engine where a C compiler is found, and makes the links of the project's page from the repository's address.

Everything else about the project stands in pyproject.toml.

The kernels are printed from the table of derivatives (autograd/ops.py), so that no derivative is written twice.
All paths are relative: a build runs in the project's own folder, and none of its paths ends up in what is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

GENERATED = Path("build", "generated")
sys.path.insert(0, str(Path(__file__).parent))  # another package named autograd may be installed


class FreshBuild(build):  # type: ignore[misc]  # setuptools is untyped
    """A build that starts from an empty folder: modules deleted since the last one would be shipped otherwise."""

    def run(self) -> None:
        """Empty the folder, then build."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class CompileEngine(build_ext):  # type: ignore[misc]
    """Prints the kernels and translates value.py to C, both under build/, before the C compiler is called."""

    def run(self) -> None:
        """Make the C sources, then compile them."""
        from Cython.Build import cythonize

        import build_kernels

        GENERATED.mkdir(parents=True, exist_ok=True)
        build_kernels.write(GENERATED)
        for extension in self.extensions:
            translated = cythonize(
                [Extension(extension.name, extension.sources)],
                build_dir="build",
                include_path=[str(GENERATED)],
                compiler_directives=PLAIN if extension.sources[0] in ORDINARY + NUMBERS else DIRECTIVES,
                force=True,
            )
            extension.sources = translated[0].sources
        self.parallel = os.cpu_count()  # one of them takes a minute
        super().run()


def wanted() -> bool:
    """Whether to compile: not for CHAINRULE_PURE=1, PyPy, or a free-threaded Python.

    In C one thread runs at a time: there it would count references in other fields, and either free what is in use or, asked by
    Python, take the threads' freedom from them all. Uncompiled the same engine is right (autograd/threads.py).
    """
    pure = os.environ.get("CHAINRULE_PURE", "0") not in {"", "0"}
    if pure or sys.implementation.name != "cpython":
        return False
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.stderr.write("this Python is free-threaded: the engine is installed uncompiled, right in all threads at once\n")
        return False
    return True


# Floats are Python's: no contraction to fused multiply-adds, nothing that changes the arithmetic of the process, and pow is
# libm's even where the compiler knows an exponent: 1 / x is not pow(x, -1) to the last bit.
FLOATS = (
    ["/O2", "/fp:precise"]
    if sys.platform == "win32"
    else ["-O3", "-g0", "-ffp-contract=off", "-fno-math-errno", "-fno-builtin-pow"]
)
NO_TRAPS = [] if sys.platform == "win32" else ["-fno-trapping-math"]  # both sides of a choice may be computed: vectors


QUIET = ["/FIautograd/quiet.h"] if sys.platform == "win32" else ["-include", "autograd/quiet.h"]


ORDINARY = ("autograd/plain.py", "autograd/recording.py", "autograd/functions.py", "autograd/object_arrays.py")
"""Ordinary Python, compiled as it stands."""
NUMBERS = tuple(f"autograd/numbers/{name}.py" for name in ("accuracy", "interval", "intervals", "ratio", "series", "walk"))
"""The same, some with types beside them, and with frames in tracebacks, which an ``except`` needs for errors of its own."""


def extension(name: str, source: str, headers: list[str], flags: list[str]) -> Extension:
    """A part of the engine; optional: an install without a C compiler succeeds, uncompiled."""
    folder = Path(source).parent
    return Extension(
        name,
        [source],
        include_dirs=[str(GENERATED), str(folder)],
        depends=["autograd/ops.py", "autograd/quiet.h", "build_kernels.py", *[str(folder / header) for header in headers]],
        extra_compile_args=[*(() if source in NUMBERS else QUIET), *flags],
        optional=True,
    )


ENGINE = [
    extension(
        "autograd.value", "autograd/value.py", ["node.h", "product.h", "slabs.h", "contexts.h", "parts.h", "node.pxd"], FLOATS
    ),
    *[extension(source[:-3].replace("/", "."), source, [], FLOATS) for source in (*ORDINARY, *NUMBERS)],
    extension(
        "autograd.programs.native",
        "autograd/programs/native.pyx",
        ["held.pxi", "loops.pxi", "plan.h", "layers.h", "stops.h", "run.h", "loops.h", "sets.h", "lanes.h", "narrow.h", "take.h",
         "matrix.h", "strips.h", "vectormath.h", "../product.h"],
        FLOATS + NO_TRAPS,
    ),
    extension("nn.updates", "nn/updates.pyx", ["updates.h"], FLOATS + NO_TRAPS),
]
DIRECTIVES = {"language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True, "embedsignature": False}
PLAIN = {"language_level": 3, "annotation_typing": False}  # the hints are a type checker's


def published(root: Path) -> dict[str, str | dict[str, str]]:
    """The page of the project: README.md, its links absolute, and what else is linked, as far as an address is told."""
    address = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["chainrule"]["repository"]
    text = (root / "README.md").read_text(encoding="utf-8")
    if not address:
        return {"long_description": text, "project_urls": {}}
    found = re.search(r'^__version__ = "(.+)"$', (root / "autograd" / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
    here = f"{address}/blob/v{found[1]}" if found else address
    urls = {"Documentation": f"{here}/docs", "Changelog": f"{here}/CHANGELOG.md", "Issues": f"{address}/issues"}
    return {"long_description": absolute(text, here), "project_urls": {"Source": address, **urls}}


def absolute(markdown: str, here: str) -> str:
    """A page whose relative links begin with `here`, the folder of one version; pictures are asked for as they are.

    >>> absolute("![apples](docs/a.svg) [guide](docs/a.md#b) [site](https://a.b)", "https://x.y/z/blob/v1")
    '![apples](https://x.y/z/raw/v1/docs/a.svg) [guide](https://x.y/z/blob/v1/docs/a.md#b) [site](https://a.b)'
    """
    raw = here.replace("/blob/", "/raw/")
    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)  # code in every second place
    link = re.compile(r"(!?)(\[[^\[\]]*\])\((?!\w+:|#)([^()\s]+)\)")
    parts[::2] = [link.sub(lambda m: f"{m[1]}{m[2]}({raw if m[1] else here}/{m[3]})", text) for text in parts[::2]]
    return "".join(parts)


setup(
    ext_modules=ENGINE if wanted() else [],
    cmdclass={"build": FreshBuild, "build_ext": CompileEngine},
    long_description_content_type="text/markdown",
    **published(Path(__file__).parent),
)
