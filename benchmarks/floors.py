"""What the machine allows: a tape in C that checks nothing, compiled on the spot where there is a C compiler."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("floor.c")
GPT = SOURCE.with_name("gpt_floor.c")
FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off")


class BareTape:
    """A number is an index; values, partials and operands lie in arrays; nothing is checked, labelled or kept for later."""

    name = "bare C tape"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.tanh: Callable[[Any], Any] = module.tanh
        self.exp: Callable[[Any], Any] = module.exp

    def variables(self, point: Sequence[float]) -> list[Any]:
        """The first places of an empty tape."""
        self.module.clear()
        return [self.module.variable(x) for x in point]

    def backward(self, y: Any) -> None:
        """One loop from the end of the tape to its beginning."""
        self.module.backward(y)

    def value(self, y: Any) -> float:
        """What the number holds."""
        return float(y.data)

    def gradient(self, x: Any) -> float:
        """What the loop left on the tape; to be read before `finish`."""
        return float(x.grad)

    def finish(self) -> None:
        """Back to an empty tape."""
        self.module.clear()


def found() -> str | None:
    """A C compiler."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def bare_tape() -> BareTape | None:
    """The tape, or None where nothing compiles it."""
    compiler = found()
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "floor.so"
        include = sysconfig.get_path("include")
        command = [compiler, *FLAGS, f"-I{include}", str(SOURCE), "-lm", "-o", str(library)]
        compiled = subprocess.run(command, capture_output=True, check=False)
        if compiled.returncode != 0:
            return None
        specification = importlib.util.spec_from_file_location("floor", library)
        if specification is None or specification.loader is None:
            return None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    return BareTape(module)


FAST = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math",
        "-freciprocal-math", "-ffinite-math-only")  # fmt: skip
"""What -ffast-math allows a compiler, but not what it does to a process: from the moment on in which such a library is loaded
subnormal numbers are 0, for everybody."""


def gpt(width: int) -> Callable[..., None]:
    """The training of gpt_floor.c, for this processor and a network so wide; `ImportError` where nothing compiles it."""
    compiler = found()
    if compiler is None:
        message = "there is no C compiler"
        raise ImportError(message)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "gpt.so"
        flags = (*FAST, "-mprefer-vector-width=512", "-fPIC", "-shared", f"-DWIDTH={width}")
        subprocess.run([compiler, *flags, str(GPT), "-lm", "-o", str(library)], capture_output=True, check=True)
        train: Any = ctypes.CDLL(str(library)).train
    pointer, number = ctypes.c_void_p, ctypes.c_int
    train.argtypes, train.restype = [*[pointer] * 5, *[number] * 3, pointer, pointer], None
    return train  # type: ignore[no-any-return]
