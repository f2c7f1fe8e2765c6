"""A function of sequences of any length: a program for each, recorded when it is first needed, and rows of unequal lengths.

>>> from autograd import dot
>>> power = family(lambda w, xs: dot(xs, xs) * w, 0.0, [0.0])
>>> power(2.0, [1.0, 2.0]), power(2.0, [1.0, 2.0, 3.0]), len(power)
(10.0, 28.0, 2)
>>> power.batch_value_and_grad(2.0, [[1.0, 2.0], [3.0], [4.0, 5.0]], by="w")
([10.0, 18.0, 82.0], 55.0)
"""

from __future__ import annotations

from operator import add

from autograd.indices import index, size_of_indices
from autograd.programs.arguments import indices_of
from autograd.programs.program import record
from autograd.programs.signature import names_of_parameters
from autograd.structures import filled, flattened, is_array, is_number, shape_of, size_of, template_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from typing import Any

    from autograd.programs.program import Program
    from autograd.programs.signature import Which
    from autograd.structures import Shape

    Key = tuple[Shape, ...]


def family(f: Callable[..., Any], *example: Any, most: int = 64) -> Family:
    """The programs of a function whose arguments are of many lengths: each is recorded when it is first needed, and kept.

    The example says, as that of `record`, how deep each argument nests and which are indices (`autograd.index`); its lengths do
    not count. At most so many programs are kept: that which was not asked for longest is recorded again if it is needed.
    Raises `ValueError` for another number than one of at least 1.
    """
    return Family(f, example, most)


class Family:
    """Programs of one function by the shapes of its arguments, as `family` returns them; `len` counts those that are kept."""

    def __init__(self, f: Callable[..., Any], example: tuple[Any, ...], most: int) -> None:
        if isinstance(most, bool) or not hasattr(most, "__index__") or most < 1:
            message = f"family: most is how many programs are kept, at least 1, not {most!r}"
            raise ValueError(message)
        if not example:
            message = "family needs an example of each argument, such as family(f, 0.0, [1.0, 2.0])"
            raise TypeError(message)
        self.f, self.most = f, most
        self.names = names_of_parameters(f, len(example))
        self.rows = list(map(size_of_indices, self.names, example))
        self.depths = list(map(_depth, example))
        self.programs: dict[str, Program] = {}

    def __len__(self) -> int:
        return len(self.programs)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        called = f"{getattr(self.f, '__name__', 'f')}({', '.join(self.names)})"
        return f"<Family {called}: {len(self)} of at most {self.most} programs>"

    def program(self, *args: Any) -> Program:
        """The program for arguments of these shapes, recorded now if there is none."""
        if len(args) != len(self.names):
            message = f"{self!r} takes {len(self.names)} arguments; {len(args)} given"
            raise TypeError(message)
        return self._of(tuple(map(shape_of, args)), args)

    def _of(self, shapes: Key, args: Sequence[Any]) -> Program:
        key = repr(shapes)
        found = self.programs.pop(key, None)
        if found is None:
            found = record(self.f, *[index(x, rows) if rows else x for x, rows in zip(args, self.rows, strict=True)])
            if len(self.programs) >= self.most:
                del self.programs[next(iter(self.programs))]
        self.programs[key] = found  # the last asked for stands last
        return found

    # One point.

    def __call__(self, *args: Any) -> Any:
        """The outputs at one point, as of a program."""
        return self.program(*args)(*args)

    def value_and_grad(self, *args: Any, by: Which = None) -> tuple[float, Any]:
        """The output and its gradient at one point, as of a program."""
        return self.program(*args).value_and_grad(*args, by=by)

    def grad(self, *args: Any, by: Which = None) -> Any:
        """The gradient of the only output at one point, as of a program."""
        return self.value_and_grad(*args, by=by)[1]

    # Rows.

    def batch(self, *args: Any, executor: Executor | None = None) -> list[Any]:
        """The outputs of R rows, one after the other; the arguments are as in `batch_value_and_grad`."""
        own, count = self._rows_of(args)
        outputs: list[Any] = [None] * count
        for places, program, group in self._groups(args, own, count):
            for r, y in zip(places, program.batch(*group, executor=executor), strict=True):
                outputs[r] = y
        return outputs

    def batch_value_and_grad(
        self, *args: Any, weights: Sequence[float] | None = None, by: Which = None, executor: Executor | None = None
    ) -> tuple[list[float], Any]:
        """The only output of R rows of any lengths, a list, and the gradient of their (weighted) sum.

        An argument that nests as deep as that of the example is shared by all rows, its gradient is summed over them; one that
        is one deeper has a row for each, of any length, and so has its gradient. Rows of one shape are computed together. What
        is shared is summed over these as `Program.batch_value_and_grad` does, and then over the shapes: those of fewest numbers
        first, of as many by their text, ``(2, 3)`` before ``(3, 2)``. So the bits follow from the rows and their order alone.

        Raises `ValueError` for unequal numbers of rows, and for an index that is none, which it names with its row.
        """
        own, count = self._rows_of(args)
        values: list[float] = [0.0] * count
        of_rows: list[Any] = [None] * count
        summed: list[Any] = []
        single = wanted = None
        for places, program, group in self._groups(args, own, count):
            if wanted is None:
                signature = program.signature
                wanted = signature.wanted(by)
                single = not isinstance(signature.chosen(by, [None] * len(wanted)), tuple)
                summed = [None] * len(wanted)
            given = None if weights is None else [weights[r] for r in places]
            found, gradients = program.batch_value_and_grad(*group, weights=given, by=wanted, executor=executor)
            for r, place in enumerate(places):
                values[place] = float(found[r])
                of_rows[place] = [gradients[i][r] if own[k] else None for i, k in enumerate(wanted)]
            for i, k in enumerate(wanted):
                if not own[k]:
                    summed[i] = gradients[i] if summed[i] is None else _added(summed[i], gradients[i])
        parts = [[row[i] for row in of_rows] if own[k] else summed[i] for i, k in enumerate(wanted or ())]
        return values, parts[0] if single else tuple(parts)

    def _rows_of(self, args: tuple[Any, ...]) -> tuple[list[bool], int]:
        """Which arguments have rows, and how many."""
        if len(args) != len(self.names):
            message = f"{self!r} takes {len(self.names)} arguments; {len(args)} given"
            raise TypeError(message)
        own = []
        for name, x, depth in zip(self.names, args, self.depths, strict=True):
            given = _depth(x)
            if given not in (depth, depth + 1):
                message = f"argument {name} nests {given} deep: give {depth}, shared by all rows, or {depth + 1}, a row for each"
                raise ValueError(message)
            own.append(given > depth)
        counts = {name: len(x) for name, x, has in zip(self.names, args, own, strict=True) if has}
        if len(set(counts.values())) != 1 or 0 in counts.values():
            said = ", ".join(f"{name} has {count}" for name, count in counts.items()) or "all arguments are shared"
            message = f"rows: {said}; give each argument with rows as many, at least one"
            raise ValueError(message)
        return own, next(iter(counts.values()))

    def _groups(self, args: tuple[Any, ...], own: list[bool], count: int) -> list[tuple[list[int], Program, list[Any]]]:
        """Rows of one shape: their places, their program, and its arguments; in the order in which they are summed."""
        shared = [None if has else shape_of(x) for x, has in zip(args, own, strict=True)]
        places: dict[str, list[int]] = {}
        shapes: dict[str, Key] = {}
        for r in range(count):
            shape = tuple([shape_of(x[r]) if has else of for x, has, of in zip(args, own, shared, strict=True)])
            text = repr(shape)
            places.setdefault(text, []).append(r)
            shapes.setdefault(text, shape)  # type: ignore[arg-type]
        for r in range(count):
            for x, has, rows, name in zip(args, own, self.rows, self.names, strict=True):
                if has and rows:
                    indices_of(x[r], rows, name, 1, r)
        found = []
        for text in sorted(places, key=lambda text: (sum(map(size_of, shapes[text])), text)):
            first = [x[places[text][0]] if has else x for x, has in zip(args, own, strict=True)]
            group = [[x[r] for r in places[text]] if has else x for x, has in zip(args, own, strict=True)]
            found.append((places[text], self._of(shapes[text], first), group))
        return found


def _depth(x: Any) -> int:
    """How deep lists, tuples and arrays nest in each other."""
    depth = 0
    while not is_number(x) and (is_array(x) or isinstance(x, (list, tuple))):
        depth += 1
        if not len(x):
            break
        x = x[0]
    return depth


def _added(a: Any, b: Any) -> Any:
    """Two structures alike, number by number."""
    return a + b if is_array(a) else filled(template_of(a), map(add, flattened(a), flattened(b)))
