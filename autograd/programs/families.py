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
from autograd.programs.arguments import indices_of, read_in_place
from autograd.programs.batches import weights_of
from autograd.programs.program import record
from autograd.programs.signature import names_of_parameters
from autograd.structures import filled, flattened, is_array, is_number, row_of, shape_of, size_of, template_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from typing import Any

    from autograd.programs.program import Program
    from autograd.programs.signature import Which
    from autograd.structures import Shape

    Key = tuple[Shape, ...]


MOST_CALLS = 256
"""So many calls are kept prepared."""


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
        self.calls: dict[tuple[int, ...], tuple[Any, Any, Any]] = {}
        """What was prepared, by the program, how many rows, and the arrays that are shared; each keeps its own of these alive."""

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
                self.programs.pop(next(iter(self.programs), ""), None)
                self.calls.clear()  # which would keep it alive
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
        """The outputs of R rows, a list of R structures; the arguments are as in `batch_value_and_grad`."""
        own, count = self._rows_of(args)
        outputs: list[Any] = [None] * count
        for places, program, group in self._groups(args, own, count):
            found = program.batch(*group, executor=executor)
            for r, place in enumerate(places):
                outputs[place] = row_of(program.signature.outputs, found, r)
        return outputs

    def grouped(self, *args: Any) -> list[tuple[list[int], Program, list[Any]]]:
        """Rows of one shape: where they stand, their program, and its arguments, which `Program.batch` takes without copying.

        For those who compute the same rows again and again; what all rows share stands there as it was given.
        """
        import numpy as np

        own, count = self._rows_of(args)
        found = self._groups(args, own, count)
        for _, program, group in found:
            for i, shape in enumerate(program.signature.shapes):
                if own[i] and isinstance(shape, tuple):
                    group[i] = np.array(group[i], float)
        return found

    def batch_value_and_grad(
        self, *args: Any, weights: Sequence[float] | None = None, by: Which = None, executor: Executor | None = None
    ) -> tuple[list[float], Any]:
        """The only output of R rows of any lengths, a list, and the gradient of their (weighted) sum.

        An argument that nests as deep as that of the example is shared by all rows, its gradient is summed over them; one that
        is one deeper has a row for each, of any length, and so has its gradient. Rows of one shape are computed together. What
        is shared is summed over these as `Program.batch_value_and_grad` does, and then over the shapes: those of fewest numbers
        first, of as many by their text, ``(2, 3)`` before ``(3, 2)``. So the bits follow from the rows and their order alone.

        Raises `ValueError` for unequal numbers of rows, also of weights, and for an index that is none, which it names with its
        row.
        """
        own, count = self._rows_of(args)
        weights = None if weights is None else weights_of(weights, count, None)
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
            found, gradients = None, ()
            if executor is None:
                found, gradients = self._quickly(program, group, own, given, wanted)
            if found is None:
                found, gradients = program.batch_value_and_grad(*group, weights=given, by=wanted, executor=executor)
            for r, place in enumerate(places):
                values[place] = float(found[r])
                arguments = program.signature.arguments
                of_rows[place] = [row_of(arguments[k], gradients[i], r) if own[k] else None for i, k in enumerate(wanted)]
            for i, k in enumerate(wanted):
                if not own[k]:
                    summed[i] = gradients[i] if summed[i] is None else _added(summed[i], gradients[i])
        parts = [[row[i] for row in of_rows] if own[k] else summed[i] for i, k in enumerate(wanted or ())]
        return values, parts[0] if single else tuple(parts)

    def _quickly(
        self, program: Program, group: list[Any], own: list[bool], weights: list[float] | None, wanted: list[int]
    ) -> tuple[Any, Any]:
        """The same bits by a call that was prepared for so many rows, where what is shared are arrays that can be read in place.

        None where it does not do. A call is taken out while it runs, so that no other thread has its buffers.
        """
        shared = [x for x, has in zip(group, own, strict=True) if not has]
        shapes = program.signature.shapes
        plain = all(isinstance(shape, tuple) for shape, has in zip(shapes, own, strict=True) if has)
        if not (plain and shared and all(map(read_in_place, shared))) or any(own[k] for k in wanted):
            return None, ()
        import numpy as np

        rows = len(group[own.index(True)])
        key = (id(program), rows, *map(id, shared), *wanted)
        call, given, counts = self.calls.pop(key, (None, group, None))
        if call is None:
            kinds = [int if size else float for size in self.rows]
            places = zip(group, own, shapes, kinds, strict=True)
            given = [np.zeros((rows, *shape), kind) if has else x for x, has, shape, kind in places]
            counts = np.ones(rows)
            call = program.prepared(*given, weights=counts, by=wanted)
        for place, x, has in zip(given, group, own, strict=True):
            if has:
                place[...] = x
        counts[:] = 1.0 if weights is None else weights
        values, gradients = call()
        found = values.tolist(), [gradient.copy() for gradient in gradients]
        if len(self.calls) >= MOST_CALLS:
            self.calls.clear()
        self.calls[key] = call, given, counts
        return found

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
        varying = [x for x, has in zip(args, own, strict=True) if has]
        places: dict[Any, list[int]] = {}
        shapes: dict[Any, Any] = {}
        for r in range(count):
            shape: Any = tuple([shape_of(x[r]) for x in varying])
            key = shape if all(type(part) is tuple for part in shape) else repr(shape)
            if key in places:
                places[key].append(r)
            else:
                places[key], shapes[key] = [r], shape
        found = []
        for key in sorted(places, key=lambda key: (sum(map(size_of, shapes[key])), repr(shapes[key]))):
            own_shapes = iter(shapes[key])
            whole = tuple([next(own_shapes) if has else of for has, of in zip(own, shared, strict=True)])
            group = [[x[r] for r in places[key]] if has else x for x, has in zip(args, own, strict=True)]
            self._check(group, own, places[key])
            program = self._of(whole, [x[0] if has else x for x, has in zip(group, own, strict=True)])  # type: ignore[arg-type]
            found.append((places[key], program, group))
        return found

    def _check(self, group: list[Any], own: list[bool], places: list[int]) -> None:
        """Raise for an index that is none, by its row among all."""
        for x, has, rows, name in zip(group, own, self.rows, self.names, strict=True):
            if has and rows:
                try:
                    indices_of(x, rows, name)
                except ValueError:
                    for place, row in zip(places, x, strict=True):
                        indices_of(row, rows, name, 1, place)
                    raise


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
