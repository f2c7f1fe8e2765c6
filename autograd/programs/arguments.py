"""The numbers of arguments into buffers, and back into the structure that they came in: a program at one point."""

from __future__ import annotations

from array import array

from autograd.structures import filled, is_array, numbers_of, real_array, shape_of, template_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.structures import Shape

try:
    from autograd.programs.native import poured
except ImportError:  # the engine is not compiled

    def poured(*_: Any) -> bool:  # type: ignore[misc]
        """Nothing is written in a quicker way than `written` has."""
        return False


def written(x: Any, shape: Shape, target: array[float], at: int) -> bool:
    """Write the numbers of `x` into an array, from position `at`; False if it is not of this shape."""
    if isinstance(shape, tuple) and poured(x, shape, target, at):
        return True
    if shape_of(x) != shape:
        return False
    numbers = real_array(x).reshape(-1) if is_array(x) else array("d", numbers_of(x))
    memoryview(target)[at : at + len(numbers)] = memoryview(numbers)
    return True


def restored(x: Any, shape: Shape, numbers: array[float]) -> Any:
    """The structure of `x`, which is of this shape, with other numbers in place of its own."""
    if type(x) is list and len(shape) == 1 and isinstance(shape, tuple):
        return numbers.tolist()
    if is_array(x) and len(numbers) and shape != ():
        import numpy as np

        return np.frombuffer(numbers).reshape(shape)
    return filled(template_of(x), iter(numbers))
