"""Named arrays of doubles in a safetensors file: a header of JSON and the numbers, no code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike
from typing import Any

from autograd.errors import not_installed
from autograd.files import write_whole


def write(path: str | PathLike[str], state: Mapping[str, Any], notes: dict[str, str] | None = None) -> None:
    """Write numbers by name, in doubles, and notes beside them; what stood there stays until all is written."""
    package = _safetensors()
    import numpy as np

    arrays = {name: np.array(numbers, dtype=np.float64) for name, numbers in state.items()}
    write_whole(path, package.save(arrays, notes))


def read(path: str | PathLike[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a file by name, and its notes. `ValueError` for what is no such file, and for numbers that are not real."""
    package = _safetensors()
    from safetensors import SafetensorError

    try:
        with package.safe_open(path, framework="numpy") as file:
            return {name: _real(file, name, path) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118  (it is no mapping)
    except SafetensorError as error:
        message = f"{os.fspath(path)} is no safetensors file, or was cut short: {error}"
        raise ValueError(message) from None


def _real(file: Any, name: str, path: str | PathLike[str]) -> Any:
    """An array of a file."""
    try:
        found = file.get_tensor(name)
    except (TypeError, AttributeError):  # NumPy has no such numbers
        found = None
    if found is None or found.dtype.kind not in "fiub":
        kind = file.get_slice(name).get_dtype()
        message = f"{os.fspath(path)}: {name} is of {kind}, no real numbers that NumPy has: write it in F32 or F64"
        raise ValueError(message)
    return found


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        what = "a file of weights"
        raise not_installed(what, "numpy" if error.name == "numpy" else "safetensors") from error
    return safetensors.numpy
