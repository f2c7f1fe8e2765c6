"""The structures of arguments and results: a number, or a (nested) sequence of structures.

A *template* remembers the containers: None is a number, ``["list", 2, None]`` a list of two numbers (or of two parts that are
alike), ``["tuple", [None, ["list", 2, None]]]`` a tuple of unlike parts, ``["array", 2, 3]`` a NumPy array of two rows,
``["array"]`` one without dimension; in place of ``"tuple"`` stands the class of a named tuple.
A *shape* says only how the numbers nest, whatever they stand in: ``()`` is a number, ``(2, 3)`` two rows of three,
``[(2,), (3,)]`` (a list) two sequences of unlike shapes.

>>> template_of((1.0, [2.0, 3.0]))
['tuple', [None, ['list', 2, None]]]
>>> shape_of((1.0, [2.0, 3.0])), shape_of([[1, 2, 3], [4, 5, 6]])
([(), (2,)], (2, 3))
"""

from __future__ import annotations

import math
from itertools import islice
from keyword import iskeyword

from autograd.errors import not_a_number
from autograd.plain import real_number
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeAlias

    Template: TypeAlias = list[Any] | None
    Shape: TypeAlias = tuple[int, ...] | list[Any]

NUMBERS = {float, int, Value}
REAL_KINDS = "biuf"
"""NumPy's kinds of real numbers: bool, integers, floats."""


def is_number(x: object) -> bool:
    """Whether `x` stands for one number, be it a good one or not; an array without dimension is an array."""
    return type(x) is Value or isinstance(x, (int, float, str, complex)) or not hasattr(x, "__len__")


def is_array(x: object) -> bool:
    """Whether `x` is an array of NumPy's or becomes one; NumPy's scalars, which have no length, are numbers."""
    return hasattr(x, "__array__") and hasattr(x, "__len__")


def template_of(x: Any) -> Template:
    """How `x` is built: a tuple stays one (a named tuple of its class), a NumPy array an array, any other sequence is a list."""
    parts: Sequence[Any]
    if type(x) is list:  # the usual one: 0.5 us less
        kind, parts = "list", x
    elif is_number(x):
        return None
    elif is_array(x):
        return ["array", *x.shape]
    else:
        kind, parts = _kind(x), _parts(x)
    if set(map(type, parts)) <= NUMBERS:
        return [kind, len(parts), None]
    templates = [template_of(part) for part in parts]
    alike = all(template == templates[0] for template in templates)
    return [kind, len(templates), templates[0]] if alike else [kind, templates]


def _kind(x: Any) -> Any:
    if not isinstance(x, tuple):
        return "list"
    return type(x) if is_named(type(x)) else "tuple"


def is_named(kind: Any) -> bool:
    """Whether a template's kind is a class of named tuples."""
    return hasattr(kind, "_fields")


def flattened(x: Any) -> list[Any]:
    """All that stands for a number in a structure, in order, as it is."""
    if is_number(x):
        return [x]
    if is_array(x):
        return unmasked(x).ravel().tolist()  # type: ignore[no-any-return]
    parts = _parts(x)
    if set(map(type, parts)) <= NUMBERS:
        return list(parts)
    return [number for part in parts for number in flattened(part)]


def filled(template: Template, supply: Iterator[Any]) -> Any:
    """The structure with what `supply` gives in place of each number."""
    if template is None:
        return next(supply)
    if template[0] == "array":
        dims = tuple(template[1:])
        return array_of(dims, list(islice(supply, math.prod(dims))))
    plain = template[-1] is None
    built = list(islice(supply, template[1])) if plain else [filled(part, supply) for part in parts_of(template)]
    return container(template[0], built)


def container(kind: Any, parts: list[Any]) -> Any:
    """A list, a tuple or a named tuple of parts."""
    if kind == "list":
        return parts
    return tuple(parts) if kind == "tuple" else kind._make(parts)


def parts_of(template: list[Any]) -> list[Template]:
    """The templates of the parts of a list or tuple."""
    return template[1] if len(template) == 2 else [template[2]] * template[1]


def array_of(dims: tuple[int, ...], numbers: list[Any]) -> Any:
    """A NumPy array: of floats, or of Values as objects; without dimension, of one Value, that Value, as NumPy has it."""
    import numpy as np

    if all(isinstance(x, float) for x in numbers):
        return np.array(numbers, dtype=float).reshape(dims)
    if not dims:
        return numbers[0]
    made = np.empty(len(numbers), dtype=object)
    made[:] = numbers
    return made.reshape(dims)


def blocks(outputs: Template, inputs: Template, rows: Sequence[Sequence[Any]]) -> Any:
    """Derivatives, a row for each output: in the structure of the outputs, in each of its numbers and arrays that of the inputs.

    What a number or array of outputs has by a number or array of inputs is one block, of shape (*outputs, *inputs).

    >>> blocks(["list", 2, None], ["tuple", 2, None], [[1.0, 2.0], [3.0, 4.0]])
    [(1.0, 2.0), (3.0, 4.0)]
    >>> blocks(["array", 2], ["tuple", [None, ["array", 1]]], [[1.0, 2.0], [3.0, 4.0]])
    (array([1., 3.]), array([[2.],
           [4.]]))
    """
    if outputs is None:
        return filled(inputs, iter(rows[0]))
    if not _any_kind(outputs, lambda kind: kind == "array"):
        return filled(outputs, iter([filled(inputs, iter(row)) for row in rows]))

    def of_outputs(part: Template, start: int, stop: int) -> Any:
        if part is None:
            return filled(inputs, iter(rows[start]))
        dims, own = tuple(part[1:]), rows[start:stop]

        def block(part: Template, first: int, last: int) -> Any:
            inner = () if part is None else tuple(part[1:])
            return array_of(dims + inner, [x for row in own for x in row[first:last]])

        return in_pieces(inputs, _is_array, block)

    return in_pieces(outputs, _is_array, of_outputs)


def _is_array(template: list[Any]) -> bool:
    return template[0] == "array"  # type: ignore[no-any-return]


def _any_kind(template: Template, wanted: Callable[[Any], bool]) -> bool:
    """Whether a template is, or holds, one of a wanted kind."""
    if template is None or template[0] == "array":
        return template is not None and wanted("array")
    parts = template[1] if len(template) == 2 else template[2:]
    return wanted(template[0]) or any(_any_kind(part, wanted) for part in parts)


def in_pieces(template: Template, whole: Callable[[list[Any]], bool], make: Callable[..., Any], start: int = 0) -> Any:
    """What `make(part, start, stop)` gives for each number, and the numbers of each part that is `whole`, in their containers."""
    if template is None or whole(template):
        return make(template, start, start + size_of_template(template))
    built = []
    for part in parts_of(template):
        built.append(in_pieces(part, whole, make, start))
        start += size_of_template(part)
    return container(template[0], built)


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


def shape_of(x: Any) -> Shape:
    """How the numbers of `x` nest."""
    if is_number(x):
        return ()
    if is_array(x) or isinstance(x, memoryview):
        return tuple(x.shape)
    parts = _parts(x)
    return (len(parts),) if set(map(type, parts)) <= {float, int} else _joined([shape_of(part) for part in parts])


def _parts(x: Any) -> Sequence[Any]:
    if isinstance(x, (dict, set, frozenset, bytes, bytearray)):
        message = f"a structure is a number or a (nested) sequence of numbers, not a {type(x).__name__}: use a list"
        raise TypeError(message)
    if isinstance(x, memoryview):
        x = x.tolist()
    return x if isinstance(x, (list, tuple)) else list(x)


def _joined(shapes: list[Shape]) -> Shape:
    if not shapes:
        return (0,)
    first = shapes[0]
    return (len(shapes), *first) if isinstance(first, tuple) and all(shape == first for shape in shapes) else shapes


def size_of(shape: Shape) -> int:
    """How many numbers a structure of this shape holds."""
    return math.prod(shape) if isinstance(shape, tuple) else sum(map(size_of, shape))


def worded(shape: Shape) -> str:
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
    if is_number(x):
        return [_real(x)]
    if is_array(x):
        return real_array(x).ravel().tolist()  # type: ignore[no-any-return]
    parts = _parts(x)
    kinds = set(map(type, parts))
    if kinds <= {float, int}:
        return list(parts) if kinds == {float} else list(map(float, parts))
    return [number for part in parts for number in numbers_of(part)]


def unmasked(x: Any) -> Any:
    """What becomes an array as one. `TypeError` if entries are masked: they have neither a number nor a derivative."""
    import numpy as np

    if hasattr(x, "mask") and np.ma.is_masked(x):
        message = f"{x.mask.sum()} of {x.size} numbers are masked: give x.filled(...) or x.compressed()"
        raise TypeError(message)
    return np.asarray(x)


def real_array(x: Any) -> Any:
    """A contiguous, aligned NumPy array of doubles, not copied where it is one. `TypeError` for what is not real, or masked."""
    import numpy as np

    array = unmasked(x)
    if array.dtype.kind == "O":
        return np.array([_real(each) for each in array.ravel().tolist()], dtype=float).reshape(array.shape)
    if array.dtype.kind not in REAL_KINDS:
        message = f"an array of {array.dtype} holds no real numbers: convert it to float64"
        raise TypeError(message)
    numbers = np.asarray(array, dtype=float, order="C")
    return numbers if numbers.flags.aligned else numbers.copy()


def _real(x: Any) -> float:
    if type(x) is Value:
        message = f"a program takes plain numbers, not {x!r}: write its .data, or call the function itself on it"
        raise TypeError(message)
    number = real_number(None, x)
    if number is NotImplemented:
        raise not_a_number(None, x)
    return number  # type: ignore[no-any-return]


# In a file.


def storable(template: Template) -> Any:
    """A template as JSON has it: a class of named tuples is its name and its fields."""
    if template is None or template[0] == "array":
        return template
    kind, *rest = template
    parts = [list(map(storable, rest[0]))] if len(rest) == 1 else [rest[0], storable(rest[1])]
    return [[kind.__name__, *kind._fields] if is_named(kind) else kind, *parts]


def stored(plain: Any) -> Template:
    """The template that was made `storable`; the class of a named tuple is one of the same name and fields."""
    if plain is None or plain[0] == "array":
        return plain  # type: ignore[no-any-return]
    kind, *rest = plain
    parts = [list(map(stored, rest[0]))] if len(rest) == 1 else [rest[0], stored(rest[1])]
    return [_named(*kind) if isinstance(kind, list) else kind, *parts]


CLASSES: dict[tuple[str, ...], Any] = {}
"""Of named tuples that came from files: each once."""


def _named(*names: str) -> Any:
    """The class of a name and its fields."""
    from collections import namedtuple

    if names not in CLASSES:
        CLASSES[names] = namedtuple(names[0], names[1:])  # noqa: PYI024
    return CLASSES[names]


def is_template(x: Any) -> bool:
    """Whether something that was read from a file is a template that was made `storable`."""
    if x is None:
        return True
    match x:
        case ["array", *dims]:
            return all(map(_is_count, dims))
        case [kind, list(parts)]:
            return _is_kind(kind, len(parts)) and all(map(is_template, parts))
        case [kind, count, part]:
            return _is_kind(kind, count) and _is_count(count) and is_template(part)
    return False


def _is_kind(kind: Any, count: Any) -> bool:
    """Of a list, a tuple, or so many fields of a named tuple."""
    if not isinstance(kind, list):
        return kind in ("list", "tuple")
    names = [name for name in kind if isinstance(name, str) and name.isidentifier() and not iskeyword(name)]
    fields = {name for name in names[1:] if not name.startswith("_")}
    return len(names) == len(kind) and len(fields) == len(kind) - 1 == count


def _is_count(n: Any) -> bool:
    return type(n) is int and n >= 0


# Results of many rows.


def by_parts(template: Template, make: Callable[[tuple[int, ...], int, int], Any]) -> Any:
    """What `make(dims, start, stop)` gives for the numbers of a rectangular structure; for any other a container of such."""
    return in_pieces(template, _rectangular, lambda part, start, stop: make(shape_of_template(part), start, stop))  # type: ignore[arg-type]


def _rectangular(template: list[Any]) -> bool:
    return isinstance(shape_of_template(template), tuple) and not _any_kind(template, is_named)


def nested(numbers: list[Any], dims: tuple[int, ...]) -> Any:
    """Numbers as lists of lists: the last dimension is innermost."""
    if not dims:
        return numbers[0]
    if len(dims) == 1:
        return numbers
    width = math.prod(dims[1:])
    return [nested(numbers[i * width : (i + 1) * width], dims[1:]) for i in range(dims[0])]
