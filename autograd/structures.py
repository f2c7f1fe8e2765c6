"""The structures of arguments and results: a number, or a (nested) sequence, dict or object of structures.

A *template* remembers the containers: None is a number, ``["list", 2, None]`` a list of two numbers (or of two parts that are
alike), ``["tuple", [None, ["list", 2, None]]]`` a tuple of unlike parts, ``["array", 2, 3]`` a NumPy array of two rows,
``["array"]`` one without dimension. In place of ``"tuple"`` stands the class of a named tuple, of a dataclass or of what
`register_structure` was told of, or the `Keys` of a dict.
A *shape* says only how the numbers nest, whatever they stand in: ``()`` is a number, ``(2, 3)`` two rows of three,
``[(2,), (3,)]`` (a list) two sequences of unlike shapes; a dict's is a dict of shapes.

>>> template_of((1.0, [2.0, 3.0]))
['tuple', [None, ['list', 2, None]]]
>>> shape_of((1.0, [2.0, 3.0])), shape_of([[1, 2, 3], [4, 5, 6]]), shape_of({"w": [1, 2], "b": 3})
([(), (2,)], (2, 3), {'b': (), 'w': (2,)})
"""

from __future__ import annotations

import math
import operator
from itertools import islice
from keyword import iskeyword

from autograd.errors import kind_of
from autograd.plain import Index, as_number, joined, kinds_in, real_number
from autograd.small_arrays import SMALL, numpy
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    Template: TypeAlias = list[Any] | None
    Shape: TypeAlias = tuple[int, ...] | list[Any] | dict[Any, Any]

NUMBERS = {float, int, Value}
SEQUENCES: dict[Any, str] = {list: "list", tuple: "tuple"}
MANY, DEEPEST = 8, 32
"""From so many rows on they are looked at together; a list is not deeper than that, unless it holds itself."""
UNSTRUCTURED = (set, frozenset, bytes, bytearray)
"""They have a length, but no structure: no order, or no numbers of their own."""
REAL_KINDS = "biuf"
"""NumPy's kinds of real numbers: bool, integers, floats."""


class Keys(tuple):  # type: ignore[type-arg]
    """The kind of a dict: its keys, in its own order. Its numbers are in the order of the keys, whatever that is."""

    __slots__ = ()


REGISTERED: dict[type, tuple[Callable[[Any], Iterable[Any]], Callable[..., Any]]] = {}
"""Of a class how an object comes apart, and how one is put together."""


def register_structure(
    class_: type, parts: Callable[[Any], Iterable[Any]], build: Callable[..., Any] | None = None
) -> None:
    """Let objects of a class of yours be arguments and results, as sequences are: derivatives come back as such objects.

    `parts(x)` gives what x is made of, numbers or structures; `build(*parts)`, the class itself unless given, puts one together.
    Named tuples, dicts and dataclasses need none. Raises `TypeError` for what is no class.

    >>> class Circle:
    ...     def __init__(self, centre, radius):
    ...         self.centre, self.radius = centre, radius
    >>> register_structure(Circle, lambda c: (c.centre, c.radius))
    >>> from autograd import grad
    >>> slope = grad(lambda c: c.centre[0] * c.radius**2)(Circle([2.0, 0.0], 3.0))
    >>> slope.centre, slope.radius
    ([9.0, 0.0], 12.0)
    """
    if not isinstance(class_, type):
        message = f"register_structure takes a class, not {class_!r}"
        raise TypeError(message)
    REGISTERED[class_] = parts, class_ if build is None else build


def is_number(x: object) -> bool:
    """Whether `x` stands for one number, be it a good one or not; an array without dimension is an array."""
    if type(x) is Value or isinstance(x, (int, float, str, complex)):
        return True
    return not (hasattr(x, "__len__") or type(x) in REGISTERED or hasattr(type(x), "__dataclass_fields__"))


def is_array(x: object) -> bool:
    """Whether `x` is an array of NumPy's or becomes one; NumPy's scalars, which have no length, are numbers."""
    return hasattr(x, "__array__") and hasattr(x, "__len__")


def holds_number(x: Any) -> bool:
    """Whether an argument is differentiated: a number that is no bool and no index, or what holds one, or is empty and could."""
    if type(x) in NUMBERS:
        return True
    if type(x) is list or type(x) is tuple:
        return not x or type(x[0]) in NUMBERS or any(map(holds_number, x))
    if is_array(x):
        kind = (x if hasattr(x, "dtype") else unmasked(x)).dtype.kind
        return kind in "iufc" or (kind == "O" and holds_number(flattened(x)))
    if not is_number(x):
        if isinstance(x, UNSTRUCTURED):
            return False
        parts = parts_in(x)
        return not parts or any(map(holds_number, parts))
    if isinstance(x, (bool, str, Index)) or getattr(getattr(x, "dtype", None), "kind", "") == "b":
        return False
    try:
        return real_number(None, x) is not NotImplemented
    except TypeError:  # a complex number: the derivative will say so
        return True


def rectangle_of(x: Any) -> tuple[Template, list[Any]] | None:
    """The template and all numbers of lists and tuples in lists and tuples that are alike; None: each part is to be looked at.

    Which takes ten times as long, and a sequence may have thousands.
    """
    if type(x) not in SEQUENCES or len(x) < MANY:
        return None
    levels: list[tuple[type, int]] = []
    first = x
    while type(first) in SEQUENCES:
        levels.append((type(first), len(first)))
        if len(levels) > DEEPEST:
            return None
        first = first[0] if first else 0.0
    if type(first) not in NUMBERS:
        return None
    rows = list(x)
    for kind, length in levels[1:]:
        if kinds_in(rows) != {kind} or set(map(len, rows)) != {length}:
            return None
        rows = joined(rows)
    if not kinds_in(rows) <= NUMBERS:
        return None
    template: Template = None
    for kind, length in reversed(levels):
        template = [SEQUENCES[kind], length, template]
    return template, rows


def template_of(x: Any) -> Template:
    """How `x` is built: a tuple stays one (a named tuple of its class), a NumPy array an array, any other sequence is a list."""
    parts: Sequence[Any]
    if type(x) is list or type(x) is tuple:
        kind, parts = SEQUENCES[type(x)], x
    elif is_number(x):
        return None
    elif is_array(x):
        return ["array", *x.shape]
    else:
        kind, parts = _kind(x), parts_in(x)
    if kinds_in(parts) <= NUMBERS:
        return [kind, len(parts), None]
    rectangle = rectangle_of(x)
    if rectangle is not None:
        return rectangle[0]
    templates = [template_of(part) for part in parts]
    alike = all(template == templates[0] for template in templates)
    return [kind, len(templates), templates[0]] if alike else [kind, templates]


def _kind(x: Any) -> Any:
    if type(x) in REGISTERED or fields_of(type(x)) is not None:
        return type(x)
    if hasattr(x, "keys"):
        return Keys(x)
    return "tuple" if isinstance(x, tuple) else "list"


def fields_of(kind: Any) -> tuple[str, ...] | None:
    """The names of the parts, of a class of named tuples or a dataclass; None of anything else."""
    if kind in REGISTERED:
        return None
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # imported already: there is a dataclass

        return tuple([field.name for field in fields(kind) if field.init])
    return getattr(kind, "_fields", None)


def in_order(keys: Iterable[Any]) -> list[Any]:
    """Keys of a dict in the order in which its parts are taken, which is that of no one dict."""
    keys = list(keys)
    try:
        return sorted(keys)
    except TypeError:
        return sorted(keys, key=lambda key: (type(key).__name__, repr(key)))


def names_of(kind: Any, count: int) -> list[str]:
    """What follows the name of a structure in that of each of its parts: ``.x``, ``['w']``, ``[0]``."""
    if isinstance(kind, Keys):
        return [f"[{key!r}]" for key in in_order(kind)]
    fields = fields_of(kind)
    return [f"[{i}]" for i in range(count)] if fields is None else [f".{field}" for field in fields]


def is_plain(kind: Any) -> bool:
    """Whether a template's kind is a list or a tuple, of which a rectangle may become an array."""
    return isinstance(kind, str)


def flattened(x: Any) -> list[Any]:
    """All that stands for a number in a structure, in order, as it is."""
    parts: Sequence[Any]
    if type(x) is list or type(x) is tuple:
        parts = x
    elif is_number(x):
        return [x]
    elif is_array(x):
        return unmasked(x).ravel().tolist()  # type: ignore[no-any-return]
    else:
        parts = parts_in(x)
    if kinds_in(parts) <= NUMBERS:
        return list(parts)
    rectangle = rectangle_of(x)
    return [number for part in parts for number in flattened(part)] if rectangle is None else rectangle[1]


def filled(template: Template, supply: Iterator[Any]) -> Any:
    """The structure with what `supply` gives in place of each number."""
    if template is None:
        return next(supply)
    if template[0] == "array":
        return array_of(tuple(template[1:]), supply)
    kind, part = template[0], template[-1]
    if part is None:
        built = list(islice(supply, template[1]))
    elif len(template) == 3 and part[0] in SEQUENCES.values() and part[-1] is None and part[1]:
        width, size = part[1], template[1] * part[1]
        numbers = list(islice(supply, size))
        rows = [numbers[i : i + width] for i in range(0, size, width)]
        built = rows if part[0] == "list" else list(map(tuple, rows))
    else:
        built = [filled(part, supply) for part in parts_of(template)]
    return container(kind, built)


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """`x` with what `change` makes of all that is no structure in it; what nothing changes in is left as it is."""
    if is_number(x) or isinstance(x, UNSTRUCTURED):
        return change(x)
    if is_array(x) and x.dtype.kind != "O":
        return x
    parts = flattened(x) if is_array(x) else parts_in(x)
    changed = [mapped(change, part) for part in parts]
    if all(map(operator.is_, parts, changed)):
        return x
    return array_of(x.shape, changed) if is_array(x) else container(_kind(x), changed)


def container(kind: Any, parts: list[Any]) -> Any:
    """What is of this kind, of parts."""
    if isinstance(kind, str):
        return parts if kind == "list" else tuple(parts)
    if isinstance(kind, Keys):
        known = dict(zip(in_order(kind), parts, strict=True))
        return {key: known[key] for key in kind}
    if kind in REGISTERED:
        return REGISTERED[kind][1](*parts)
    if hasattr(kind, "_make"):
        return kind._make(parts)
    return kind(**dict(zip(fields_of(kind) or (), parts, strict=True)))


def parts_of(template: list[Any]) -> list[Template]:
    """The templates of the parts of a list or tuple."""
    return template[1] if len(template) == 2 else [template[2]] * template[1]


ARRAYS: list[Any] = []
"""The class of arrays of Values, once it has been asked for."""


def array_of(dims: tuple[int, ...], numbers: Iterable[Any]) -> Any:
    """A NumPy array: of floats, or of Values as objects; without dimension, of one Value, that Value, as NumPy has it."""
    import numpy as np

    made = np.fromiter(numbers, object, math.prod(dims))  # an assignment would look into each
    if not made.size or (type(made[0]) is not Value and all(issubclass(kind, float) for kind in kinds_in(made.tolist()))):
        return made.astype(float).reshape(dims)
    if not dims:
        return made[0]
    if not ARRAYS:
        from autograd.object_arrays import Values  # with NumPy, and not before

        ARRAYS.append(Values)
    return made.reshape(dims).view(ARRAYS[0])


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
    if isinstance(template[0], Keys):
        return dict(zip(in_order(template[0]), map(shape_of_template, parts_of(template)), strict=True))
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
    parts = parts_in(x)
    if kinds_in(parts) <= {float, int} and isinstance(x, (list, tuple)):
        return (len(parts),)
    rectangle = rectangle_of(x)
    if rectangle is not None:
        return shape_of_template(rectangle[0])
    shapes = [shape_of(part) for part in parts]
    kind = _kind(x)
    return dict(zip(in_order(kind), shapes, strict=True)) if isinstance(kind, Keys) else _joined(shapes)


def parts_in(x: Any) -> Sequence[Any]:
    """What a structure that is no number and no array is made of. `TypeError` where nobody knows."""
    if type(x) in REGISTERED:
        return list(REGISTERED[type(x)][0](x))
    if isinstance(x, (list, tuple)):
        return x
    if isinstance(x, UNSTRUCTURED):
        message = (
            f"a structure is a number, a (nested) sequence or a dict of numbers, not {kind_of(x)}: use a list, or "
            f"autograd.register_structure for a class of your own"
        )
        raise TypeError(message)
    fields = fields_of(type(x))
    if fields is not None:
        return [getattr(x, name) for name in fields]
    if hasattr(x, "keys"):
        return [x[key] for key in in_order(x)]
    return x.tolist() if isinstance(x, memoryview) else list(x)


def _joined(shapes: list[Shape]) -> Shape:
    if not shapes:
        return (0,)
    first = shapes[0]
    return (len(shapes), *first) if isinstance(first, tuple) and all(shape == first for shape in shapes) else shapes


def size_of(shape: Shape) -> int:
    """How many numbers a structure of this shape holds."""
    if isinstance(shape, tuple):
        return math.prod(shape)
    return sum(map(size_of, shape.values() if isinstance(shape, dict) else shape))


def worded(shape: Shape) -> str:
    """A shape as messages name it."""
    text = repr(shape)
    return "a number" if shape == () else text if len(text) <= 60 else text[:57] + "..."


def labels(name: str, template: Template) -> Iterator[str]:
    """A label for each number of an argument: ``w``, or ``w[0]``, or ``w[1][2]``, or ``w.bias``, or ``w['bias']``."""
    if template is None or template == ["array"]:
        yield name
    elif template[0] == "array":
        for i in range(template[1]):
            yield from labels(f"{name}[{i}]", ["array", *template[2:]])
    else:
        parts = parts_of(template)
        for own, part in zip(names_of(template[0], len(parts)), parts, strict=True):
            yield from labels(name + own, part)


def numbers_of(x: Any) -> list[float]:
    """All numbers of a structure, in order, as floats. `TypeError` for what is no real number, a Value above all."""
    if isinstance(x, float):
        return [float(x)]
    if is_number(x):
        return [_real(x)]
    if is_array(x):
        return real_array(x).ravel().tolist()  # type: ignore[no-any-return]
    parts = parts_in(x)
    if not kinds_in(parts) <= {float, int}:
        rectangle = rectangle_of(x)
        parts = parts if rectangle is None else rectangle[1]
    kinds = kinds_in(parts)
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


def lies_elsewhere(x: Any) -> bool:
    """Whether it is a Dask array, without importing Dask."""
    return hasattr(x, "__dask_graph__") and hasattr(x, "to_delayed") and hasattr(x, "chunks")


def real_array(x: Any) -> Any:
    """A contiguous, aligned NumPy array of doubles, not copied where it is one. `TypeError` for what is not real, or masked.

    Where NumPy is not installed, it is what stands in for one.
    """
    np = numpy()
    if np is SMALL:
        return SMALL.asarray(x)
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
    return as_number(x)


# In a file.


def storable(template: Template) -> Any:
    """A template as JSON has it: a class is its name and its fields, a dict its keys."""
    if template is None or template[0] == "array":
        return template
    kind, *rest = template
    parts = [list(map(storable, rest[0]))] if len(rest) == 1 else [rest[0], storable(rest[1])]
    if isinstance(kind, Keys):
        return [{"keys": list(kind)}, *parts]
    if is_plain(kind):
        return [kind, *parts]
    count: Any = len(rest[0]) if len(rest) == 1 else rest[0]
    return [[kind.__name__, *(fields_of(kind) or [f"part{i}" for i in range(count)])], *parts]


def stored(plain: Any) -> Template:
    """The template that was made `storable`; in place of a class stands one of named tuples of the same name and fields."""
    if plain is None or plain[0] == "array":
        return plain  # type: ignore[no-any-return]
    kind, *rest = plain
    parts = [list(map(stored, rest[0]))] if len(rest) == 1 else [rest[0], stored(rest[1])]
    if isinstance(kind, dict):
        return [Keys(kind["keys"]), *parts]
    return [_named(*kind) if isinstance(kind, list) else kind, *parts]


CLASSES: dict[tuple[str, ...], Any] = {}
"""Of named tuples, and for other classes, that came from files: each once."""


def _named(*names: str) -> Any:
    """The class of a name and its fields."""
    from collections import namedtuple

    if names not in CLASSES:
        return CLASSES.setdefault(names, namedtuple(names[0], names[1:]))  # noqa: PYI024
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
    """Of a list, a tuple, so many keys of a dict, or so many fields of a named tuple."""
    if isinstance(kind, dict):
        keys = kind.get("keys") if len(kind) == 1 else None
        return isinstance(keys, list) and all(map(_is_key, keys)) and len(set(keys)) == len(keys) == count
    if not isinstance(kind, list):
        return kind in ("list", "tuple")
    names = [name for name in kind if isinstance(name, str) and name.isidentifier() and not iskeyword(name)]
    fields = {name for name in names[1:] if not name.startswith("_")}
    return len(names) == len(kind) and len(fields) == len(kind) - 1 == count


def _is_key(key: Any) -> bool:
    return isinstance(key, (str, int, float))


def _is_count(n: Any) -> bool:
    return type(n) is int and n >= 0


# Results of many rows.


def by_parts(template: Template, make: Callable[[tuple[int, ...], int, int], Any]) -> Any:
    """What `make(dims, start, stop)` gives for the numbers of a rectangular structure; for any other a container of such."""
    return in_pieces(template, _rectangular, lambda part, start, stop: make(shape_of_template(part), start, stop))  # type: ignore[arg-type]


def row_of(template: Template, rows: Any, r: int) -> Any:
    """Row `r`, in the structure of the template, of what `by_parts` made of many rows."""
    if template is None or _rectangular(template):
        return rows[r]
    parts = zip(parts_of(template), parts_in(rows), strict=True)
    return container(template[0], [row_of(part, of_part, r) for part, of_part in parts])


def _rectangular(template: list[Any]) -> bool:
    return isinstance(shape_of_template(template), tuple) and not _any_kind(template, lambda kind: not is_plain(kind))


def nested(numbers: list[Any], dims: tuple[int, ...]) -> Any:
    """Numbers as lists of lists: the last dimension is innermost."""
    if not dims:
        return numbers[0]
    if len(dims) == 1:
        return numbers
    width = math.prod(dims[1:])
    return [nested(numbers[i * width : (i + 1) * width], dims[1:]) for i in range(dims[0])]
