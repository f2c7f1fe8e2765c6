"""What a program takes and gives, and what fits it."""

from __future__ import annotations

from array import array
from functools import cached_property
from itertools import accumulate, chain

from autograd.errors import kind_of, shortened
from autograd.programs.arguments import HeldIndices, indices_into, laid_out, laid_out_indices, located, poured_into, refilled
from autograd.structures import (
    filled,
    is_array,
    labels,
    numbers_of,
    real_array,
    shape_of,
    shape_of_template,
    size_of_template,
    storable,
    template_of,
    worded,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from autograd.programs.arguments import Numbers
    from autograd.structures import Shape, Template

    Which = int | str | Sequence[int | str] | None
    Fit = tuple[list[bool], int]

MOST_FITS = 64
"""A signature remembers of so many combinations of shapes what they mean."""

FUNCTION, VARIADIC = type(lambda: None), 4
"""The type of a function written in Python, and the flag of its code that says that it has ``*xs`` (`inspect.CO_VARARGS`)."""


class Signature:
    """The name of a function, the names and structures of its arguments, and the structure of what it returns.

    `rows` says of each argument that is an index of how many rows; 0 stands for numbers, by which derivatives are taken.
    """

    def __init__(
        self, name: str, names: Sequence[str], arguments: list[Template], outputs: Template, rows: Sequence[int] = ()
    ) -> None:
        self.name, self.names = name, tuple(names)
        self.arguments, self.outputs = arguments, outputs
        self.rows = tuple(rows) or (0,) * len(arguments)
        self.sizes = [size_of_template(template) for template in arguments]
        """How many numbers each argument has."""
        self.inputs = sum(self.sizes)
        self.fits: dict[Any, Fit] = {}
        """What `fitted` has found out."""

    @cached_property
    def shapes(self) -> list[Shape]:
        """How the numbers of each argument nest."""
        return [shape_of_template(template) for template in self.arguments]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.names)})"

    def labels(self) -> tuple[str, ...]:
        """A label for each input: ``x``, or ``w[0]``, or ``w[1][2]``, or ``w.bias``, or ``w['bias']``."""
        return tuple(chain.from_iterable(map(labels, self.names, self.arguments)))

    def key(self) -> tuple[Any, ...]:
        """What is equal where the same arguments fit and the same structures are returned, whatever the function is called."""
        return self.names, self.rows, repr([*map(storable, self.arguments), storable(self.outputs)])

    def of_gradient(self) -> Signature:
        """That of the gradient: the same arguments, of which it returns the structure."""
        of_numbers = together(self.without_indices.arguments)
        return Signature(f"{self.name}_gradient", self.names, self.arguments, of_numbers, self.rows)

    # Indices among the arguments.

    @cached_property
    def numeric(self) -> list[int]:
        """The positions of the arguments that are no indices."""
        return [k for k, rows in enumerate(self.rows) if not rows]

    @cached_property
    def places(self) -> list[int] | None:
        """The places of their numbers among all inputs; None where these are all."""
        if len(self.numeric) == len(self.names):
            return None
        starts = list(accumulate(self.sizes, initial=0))
        return [i for k in self.numeric for i in range(starts[k], starts[k + 1])]

    def among_numbers(self, places: list[int]) -> list[int]:
        """Places of numbers among all inputs as their places among all but indices, which is how a gradient has them."""
        return places if self.places is None else list(map(self.places.index, places))

    @cached_property
    def without_indices(self) -> Signature:
        """The same of these arguments alone, as derivatives and directions have them."""
        if self.places is None:
            return self
        arguments = [self.arguments[k] for k in self.numeric]
        return Signature(self.name, [self.names[k] for k in self.numeric], arguments, self.outputs)

    def without(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Of all arguments those that are no indices."""
        return args if self.places is None else tuple([args[k] for k in self.numeric])

    def held(self, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[HeldIndices]]:
        """The arguments, with arrays of doubles in place of those of indices, which are read into these at each call.

        Raises `TypeError` for an index that is no contiguous array of integers.
        """
        if self.places is None:
            return args, []
        found = {}
        for k, (x, rows) in enumerate(zip(self.counted(args), self.rows, strict=True)):
            if rows:
                if not is_array(x) or x.dtype.kind not in "iu" or hasattr(x, "mask") or not x.flags.c_contiguous:
                    wanted = "a contiguous NumPy array of integers"
                    message = f"prepared reads {self.names[k]} at each call: give {wanted}, not {x!r:.60}"
                    raise TypeError(message)
                found[k] = HeldIndices(x, rows, self.names[k], self.shapes[k])
        return tuple([found[k].numbers if k in found else x for k, x in enumerate(args)]), list(found.values())

    def laid_out(self, k: int, x: Any) -> tuple[Numbers, Shape]:
        """All numbers of argument k, of one point or of rows, as one buffer of doubles, and its shape."""
        rows = self.rows[k]
        if rows:
            return laid_out_indices(x, rows, self.names[k], self.shapes[k])
        try:
            return laid_out(x)
        except (TypeError, OverflowError) as error:
            raise located(error, self.names[k], x) from None

    # One point.

    def counted(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, if there are as many as belong."""
        if len(args) != len(self.names):
            message = f"{self} was recorded with {len(self.names)} arguments; {len(args)} given"
            raise TypeError(message)
        return args

    def whole(self, args: tuple[Any, ...]) -> bool:
        """Whether one flat array stands for all arguments, as optimisers give it."""
        one = len(args) == 1 and is_array(args[0]) and args[0].shape == (self.inputs,)
        return one and self.shapes != [(self.inputs,)] and self.places is None

    def numbers(self, args: tuple[Any, ...]) -> array[float]:
        """The numbers of arguments that have the structure of the example, or of the flat array of all of them."""
        xs, at = array("d", bytes(8 * self.inputs)), 0
        if len(args) != len(self.names) and self.whole(args):
            return array("d", real_array(args[0]).tobytes())
        for k, (name, shape, size, arg) in enumerate(zip(self.names, self.shapes, self.sizes, self.counted(args), strict=True)):
            rows = self.rows[k]
            try:
                fits = indices_into(xs, at, arg, shape, rows, name) if rows else poured_into(xs, at, arg, shape)
            except (TypeError, OverflowError) as error:
                raise located(error, name, arg) from None
            if not fits:
                if self.whole(args):
                    return array("d", real_array(arg).tobytes())
                message = f"argument {name} is {worded(shape_of(arg))}; the program was recorded with {worded(shape)}"
                raise ValueError(message)
            at += size
        return xs

    def all_of(self, x: Any) -> tuple[Any, ...]:
        """All arguments, where one structure stands for them: of one argument its own, of several a tuple of them."""
        return (x,) if len(self.names) == 1 or self.whole((x,)) else tuple(x)

    def direction(self, v: Any, by: Which) -> array[float]:
        """A number for each input: those of v, which has the structure of the arguments that are chosen; of others 0.

        Without a choice these are all but indices.
        """
        if by is None and self.places is None:
            return self.numbers(self.all_of(v))
        if by is None:
            self.refuse_indices_alone()
            by = self.numeric if len(self.numeric) > 1 else self.numeric[0]
        wanted, xs, starts = self.wanted(by), array("d", bytes(8 * self.inputs)), list(accumulate(self.sizes, initial=0))
        parts = [v] if _is_one(by) else list(v)
        if len(parts) != len(wanted):
            message = f"a direction of {len(parts)} arguments was given where by={by!r} chooses {len(wanted)}"
            raise ValueError(message)
        for k, part in zip(wanted, parts, strict=True):
            if not poured_into(xs, starts[k], part, self.shapes[k]):
                message = f"the direction of argument {self.names[k]} is {worded(shape_of(part))}, not {worded(self.shapes[k])}"
                raise ValueError(message)
        return xs

    def weights(self, weights: Any) -> list[float]:
        """A number for each output."""
        shape = shape_of_template(self.outputs)
        if shape_of(weights) != shape:
            message = f"weights have shape {worded(shape_of(weights))}; the outputs need {worded(shape)}, a number for each"
            raise ValueError(message)
        return numbers_of(weights)

    def refilled(self, args: tuple[Any, ...], numbers: array[float]) -> Any:
        """One argument: its structure with these numbers; several: a tuple of theirs. Indices have none."""
        if self.places is not None:
            self.refuse_indices_alone()
            by_number = array("d", [numbers[i] for i in self.places] if len(numbers) == self.inputs else numbers)
            return self.without_indices.refilled(self.without(args), by_number)
        if len(args) == 1:
            return refilled(args[0], self.shapes[0], numbers)
        places = zip(args, self.shapes, accumulate(self.sizes, initial=0), self.sizes)
        return tuple([refilled(arg, shape, numbers[at : at + size]) for arg, shape, at, size in places])

    def built(self, outputs: Iterable[Any]) -> Any:
        """The outputs in their structure."""
        return filled(self.outputs, iter(outputs))

    def require_scalar(self, name: str, instead: str) -> None:
        """Raise `TypeError` if there are many outputs: what has this name is defined for one."""
        if self.outputs not in (None, ["array"]):
            shape = worded(shape_of_template(self.outputs))
            message = f"{name}: the program has outputs {shape}, not one number; use {instead}"
            raise TypeError(message)

    # Rows.

    def fitted(self, args: tuple[Shape, ...]) -> Fit:
        """Of arguments of these shapes, which have rows of their own, and how many rows there are; it is remembered.

        Raises `ValueError` where shapes or numbers of rows do not fit.
        """
        try:
            found = self.fits.get(args)
        except TypeError:  # a list is a shape that is not hashable
            return self._fitted(args)
        if found is None:
            found = self._fitted(args)
            if len(self.fits) >= MOST_FITS:
                self.fits.clear()
            self.fits[args] = found
        return found

    def _fitted(self, args: tuple[Shape, ...]) -> Fit:
        owns, rows = [], {}
        for name, shape, given in zip(self.names, self.shapes, args, strict=True):
            count = _rows(given, shape)
            if count is None and given != shape:
                message = (
                    f"argument {name} is {worded(given)}; the program was recorded with {worded(shape)}: give that, shared by "
                    f"all rows, or {_with_rows(shape)}, one for each of R rows"
                )
                raise ValueError(message)
            owns.append(count is not None)
            if count is not None:
                rows[name] = count
        if not rows:
            message = f"{', '.join(self.names)}: all shared, so there are no rows: call the program itself for one point"
            raise ValueError(message)
        if len(set(rows.values())) > 1:
            message = "unequal numbers of rows: " + ", ".join(f"{name} has {count}" for name, count in rows.items())
            raise ValueError(message)
        return owns, next(iter(rows.values()))

    # Some of the arguments.

    def sought(self, by: Which, args: tuple[Any, ...]) -> tuple[Template, list[int]]:
        """The structure of derivatives by what is asked for, and the places of its numbers among all inputs."""
        wanted, starts = self.wanted(by), list(accumulate(self.sizes, initial=0))
        structure = self.chosen(by, [template_of(self.counted(args)[k]) for k in wanted])
        places = [i for k in wanted for i in range(starts[k], starts[k + 1])]
        return ["tuple", list(structure)] if isinstance(structure, tuple) else structure, places

    def refuse_indices_alone(self) -> None:
        """Raise `TypeError` where there is nothing to differentiate by."""
        if not self.numeric:
            message = f"{self} takes indices alone: there is no number to differentiate by"
            raise TypeError(message)

    def wanted(self, by: Which) -> list[int]:
        """The positions of the arguments that are asked for."""
        if by is None:
            self.refuse_indices_alone()
            return self.numeric
        several: Any = [by] if _is_one(by) else by
        found = list(map(self._position, several))
        for k in found:
            if self.rows[k]:
                message = f"by: {self.names[k]} is an index of {self.rows[k]} rows, and no number to differentiate by"
                raise ValueError(message)
        return found

    def _position(self, one: int | str) -> int:
        known = range(len(self.names))
        if one in self.names:
            return self.names.index(one)
        if hasattr(one, "__index__") and one in known:
            return int(one)
        message = f"by: there is no argument {one!r}; the program takes {', '.join(self.names)}"
        raise ValueError(message)

    def chosen(self, by: Which, derivatives: Sequence[Any]) -> Any:
        """The derivatives by what was asked for: of one argument its own, of several a tuple."""
        single = len(self.numeric) == 1 if by is None else _is_one(by)
        return derivatives[0] if single else tuple(derivatives)


def together(templates: list[Template]) -> Template:
    """Of one argument its own; of several that of a tuple of them."""
    return templates[0] if len(templates) == 1 else ["tuple", templates]


def structure_of(args: Iterable[Any]) -> Template:
    """The structure in which derivatives by these arguments stand."""
    return together(list(map(template_of, args)))


def _is_one(by: Which) -> bool:
    """Whether it stands for one argument: its name, or its position, be it a number of NumPy's; not for a sequence of them."""
    return isinstance(by, str) or not hasattr(by, "__len__")


def _rows(given: Shape, shape: Shape) -> int | None:
    """How many rows of this shape were given; None if it is no batch of them."""
    if given == shape:
        return None
    if given == (0,):
        return 0
    if isinstance(shape, (list, dict)):
        return len(given) if isinstance(given, list) and all(part == shape for part in given) else None
    return given[0] if isinstance(given, tuple) and given != () and given[1:] == shape else None


def _with_rows(shape: Shape) -> str:
    return f"(R, {', '.join(map(str, shape))})".replace(", )", ",)") if isinstance(shape, tuple) else "a sequence of R of that"


# The names of parameters.


def names_of_parameters(f: Callable[..., Any], count: int) -> list[str]:
    """The names of f's positional parameters; of ``*xs`` numbered ones."""
    if type(f) is FUNCTION and not f.__dict__:  # else something may say other names; `inspect` takes 4 ms to import
        code = f.__code__
        every, own = code.co_varnames, code.co_argcount
        return _counted(every[:own], every[own + code.co_kwonlyargcount] if code.co_flags & VARIADIC else "x", count)
    from inspect import Parameter, signature

    try:
        parameters = list(signature(f).parameters.values())
    except (TypeError, ValueError):  # a builtin
        if not callable(f):
            message = f"a function is recorded, with an example of each argument, not {shortened(f)}, {kind_of(f)}"
            raise TypeError(message) from None
        return [f"x{i}" for i in range(count)]
    names = [p.name for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    many = next((p.name for p in parameters if p.kind == Parameter.VAR_POSITIONAL), "x")
    return _counted(names, many, count)


def _counted(names: Sequence[str], many: str, count: int) -> list[str]:
    return [*names, *[f"{many}{i}" for i in range(count - len(names))]][:count]
