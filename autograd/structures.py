"""The structures of arguments and results: a number, or a (nested) sequence of structures.

A *template* remembers the containers: None is a number, ``["list", 2, None]`` a list of two numbers (or of two parts that are
alike), ``["tuple", [None, ["list", 2, None]]]`` a tuple of unlike parts, ``["array", 2, 3]`` a NumPy array of two rows.
A *shape* says only how the numbers nest, whatever they stand in: ``()`` is a number, ``(2, 3)`` two rows of three,
``[(2,), (3,)]`` (a list) two sequences of unlike shapes.

>>> template_of((1.0, [2.0, 3.0]))
['tuple', [None, ['list', 2, None]]]
>>> shape_of((1.0, [2.0, 3.0])), shape_of([[1, 2, 3], [4, 5, 6]])
([(), (2,)], (2, 3))
"""

from __future__ import annotations

import math
from array import array
from itertools import islice

from autograd.derivative import _array_like, _is_scalar
from autograd.errors import not_a_number
from autograd.value import Value, real_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeAlias

    Template: TypeAlias = list[Any] | None
    Shape: TypeAlias = tuple[int, ...] | list[Any]

try:
    from autograd.native import poured
except ImportError:  # the engine is not compiled

    def poured(*_: Any) -> bool:  # type: ignore[misc]
        """Nothing is written in a quicker way than `written` has."""
        return False


NUMBERS = {float, int, Value}
REAL_KINDS = "biuf"
"""NumPy's kinds of real numbers: bool, integers, floats."""


def template_of(x: Any) -> Template:
    """How `x` is built: a tuple stays a tuple, a NumPy array an array, any other sequence is a list."""
    if _is_scalar(x):
        return None
    if hasattr(x, "dtype"):
        return ["array", *x.shape]
    kind, parts = "tuple" if isinstance(x, tuple) else "list", _parts(x)
    if set(map(type, parts)) <= NUMBERS:
        return [kind, len(parts), None]
    templates = [template_of(part) for part in parts]
    alike = all(template == templates[0] for template in templates)
    return [kind, len(templates), templates[0]] if alike else [kind, templates]


def filled(template: Template, supply: Iterator[Any]) -> Any:
    """The structure with what `supply` gives in place of each number; arrays of arrays become arrays."""
    if template is None:
        return next(supply)
    if template[0] == "array":
        dims = tuple(template[1:])
        return _array(dims, list(islice(supply, math.prod(dims))))
    plain = template[-1] is None
    built = list(islice(supply, template[1])) if plain else [filled(part, supply) for part in parts_of(template)]
    return tuple(built) if template[0] == "tuple" else built


def parts_of(template: list[Any]) -> list[Template]:
    """The templates of the parts of a list or tuple."""
    return template[1] if len(template) == 2 else [template[2]] * template[1]


def _array(dims: tuple[int, ...], items: list[Any]) -> Any:
    import numpy as np

    if items and isinstance(items[0], np.ndarray):
        return np.array(items).reshape(dims + items[0].shape)
    return _array_like(np.empty(dims), items)


def shape_of_template(template: Template) -> Shape:
    """The shape of what the template describes."""
    if template is None:
        return ()
    if template[0] == "array":
        return tuple(template[1:])
    if len(template) == 2:
        return _joined([shape_of_template(part) for part in template[1]])
    inner = shape_of_template(template[2])
    return (template[1], *inner) if isinstance(inner, tuple) else [inner] * template[1]


def size_of_template(template: Template) -> int:
    """How many numbers what the template describes has, whatever memory their shape would take."""
    if template is None:
        return 1
    if template[0] == "array":
        return math.prod(template[1:])
    return sum(map(size_of_template, template[1])) if len(template) == 2 else template[1] * size_of_template(template[2])


def is_template(x: Any) -> bool:
    """Whether something that was read from a file is a template."""
    if x is None:
        return True
    match x:
        case ["array", *dims]:
            return all(map(_is_count, dims))
        case ["list" | "tuple", list(parts)]:
            return all(map(is_template, parts))
        case ["list" | "tuple", count, part]:
            return _is_count(count) and is_template(part)
    return False


def _is_count(n: Any) -> bool:
    return type(n) is int and n >= 0


def shape_of(x: Any) -> Shape:
    """How the numbers of `x` nest."""
    if _is_scalar(x):
        return ()
    if hasattr(x, "__array__") or isinstance(x, memoryview):
        return tuple(x.shape)
    parts = _parts(x)
    return (len(parts),) if set(map(type, parts)) <= {float, int} else _joined([shape_of(part) for part in parts])


def _parts(x: Any) -> Sequence[Any]:
    if isinstance(x, (dict, set, frozenset, bytes, bytearray)):
        message = f"a structure is a number or a (nested) sequence of numbers, not a {type(x).__name__}: use a list"
        raise TypeError(message)
    return x if isinstance(x, (list, tuple)) else list(x)


def _joined(shapes: list[Shape]) -> Shape:
    if not shapes:
        return (0,)
    first = shapes[0]
    return (len(shapes), *first) if isinstance(first, tuple) and all(shape == first for shape in shapes) else shapes


def size_of(shape: Shape) -> int:
    """How many numbers a structure of this shape holds."""
    return math.prod(shape) if isinstance(shape, tuple) else sum(map(size_of, shape))


def spelled(shape: Shape) -> str:
    """A shape as messages name it."""
    text = repr(shape)
    return "a number" if shape == () else text if len(text) <= 60 else text[:57] + "..."


def labels(name: str, shape: Shape) -> Iterator[str]:
    """A label for each number of an argument: ``w``, or ``w[0]``, or ``w[1][2]``."""
    if shape == ():
        yield name
        return
    parts = [shape[1:]] * shape[0] if isinstance(shape, tuple) else shape
    for i, part in enumerate(parts):
        yield from labels(f"{name}[{i}]", part)


def numbers_of(x: Any) -> list[float]:
    """All numbers of a structure, in order, as floats. `TypeError` for what is no real number, a Value above all."""
    if isinstance(x, float):
        return [float(x)]
    if _is_scalar(x):
        return [_real(x)]
    if hasattr(x, "__array__"):
        array = real_array(x)
        return array.ravel().tolist()  # type: ignore[no-any-return]
    if isinstance(x, memoryview):
        return numbers_of(x.tolist())
    parts = _parts(x)
    kinds = set(map(type, parts))
    if kinds <= {float, int}:
        return list(parts) if kinds == {float} else list(map(float, parts))
    return [number for part in parts for number in numbers_of(part)]


def real_array(x: Any) -> Any:
    """A contiguous, aligned NumPy array of doubles, not copied where it is one. `TypeError` for what is not real, or masked."""
    import numpy as np

    _refuse_masked(x)
    array = np.asarray(x)
    if array.dtype.kind == "O":
        return np.array([_real(each) for each in array.ravel().tolist()], dtype=float).reshape(array.shape)
    if array.dtype.kind not in REAL_KINDS:
        message = f"an array of {array.dtype} holds no real numbers: convert it to float64"
        raise TypeError(message)
    numbers = np.asarray(array, dtype=float, order="C")
    return numbers if numbers.flags.aligned else numbers.copy()


def _refuse_masked(x: Any) -> None:
    if not hasattr(x, "mask"):
        return
    import numpy as np

    if np.ma.is_masked(x):
        message = f"{x.mask.sum()} of {x.size} numbers are masked: give x.filled(...) or x.compressed()"
        raise TypeError(message)


def _real(x: Any) -> float:
    if type(x) is Value:
        message = f"a program takes plain numbers, not {x!r}: write its .data, or call the function itself on it"
        raise TypeError(message)
    if hasattr(x, "item") and getattr(x, "shape", None) == ():  # an array of no dimension
        _refuse_masked(x)
        x = x.item()
    number = real_number(None, x)
    if number is NotImplemented:
        raise not_a_number(None, x)
    return number  # type: ignore[no-any-return]


# At one point.


def written(x: Any, shape: Shape, target: array[float], at: int) -> bool:
    """Write the numbers of `x` into an array, from position `at`; False if it is not of this shape."""
    if isinstance(shape, tuple) and poured(x, shape, target, at):
        return True
    if shape_of(x) != shape:
        return False
    numbers = real_array(x).reshape(-1) if hasattr(x, "__array__") else array("d", numbers_of(x))
    memoryview(target)[at : at + len(numbers)] = memoryview(numbers)
    return True


def restored(x: Any, shape: Shape, numbers: array[float]) -> Any:
    """The structure of `x`, which is of this shape, with other numbers in place of its own."""
    if type(x) is list and len(shape) == 1 and isinstance(shape, tuple):
        return numbers.tolist()
    if hasattr(x, "__array__") and len(numbers) and shape != ():
        import numpy as np

        return np.frombuffer(numbers).reshape(shape)
    return filled(template_of(x), iter(numbers))


# Results of many rows.


def by_parts(template: Template, make: Callable[[tuple[int, ...], int, int], Any], start: int = 0) -> Any:
    """What `make(dims, start, stop)` gives for the numbers of a rectangular structure; for any other a container of such."""
    shape = shape_of_template(template)
    if template is None or isinstance(shape, tuple):
        return make(shape, start, start + size_of(shape))  # type: ignore[arg-type]
    built = []
    for part in parts_of(template):
        built.append(by_parts(part, make, start))
        start += size_of(shape_of_template(part))
    return tuple(built) if template[0] == "tuple" else built


def nested(numbers: list[Any], dims: tuple[int, ...]) -> Any:
    """Numbers as lists of lists: the last dimension is innermost."""
    if not dims:
        return numbers[0]
    if len(dims) == 1:
        return numbers
    width = math.prod(dims[1:])
    return [nested(numbers[i * width : (i + 1) * width], dims[1:]) for i in range(dims[0])]
