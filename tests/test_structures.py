"""The one notion of structure: what arguments and results are built of, and how their derivatives are."""

from __future__ import annotations

import array
import json
from collections import namedtuple
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Value
from autograd.structures import (
    blocks,
    by_parts,
    filled,
    flattened,
    holds_number,
    is_template,
    labels,
    numbers_of,
    register_structure,
    shape_of,
    shape_of_template,
    size_of,
    size_of_template,
    storable,
    stored,
    template_of,
)

Point = namedtuple("Point", "x y")  # noqa: PYI024  (both kinds are met)


class Line(NamedTuple):
    w: Any
    b: float


NAMED = [
    Point(1.0, 2.0),
    Line([1.0, 2.0], 3.0),
    Point(Point(1.0, 2.0), Point(3.0, 4.0)),
    [Line((1.0,), 2.0), Line((3.0,), 4.0)],
]
STRUCTURES = [
    2.0,
    [],
    [1.0, 2.0],
    (1.0, [2.0, 3.0]),
    [[1.0], []],
    [(1.0, 2.0), (3.0, 4.0)],
    ([[1.0], [2.0]], [[3.0], [4.0]]),
    [[1.0, 2.0], (3.0, 4.0)],
    [[1.0, 2.0], [3.0]],
    [[[], []], [[], []]],
    [[[1.0], [2.0]], [[3.0], 4.0]],
    *NAMED,
]


@pytest.mark.parametrize("x", STRUCTURES, ids=repr)
def test_a_structure_is_filled_as_it_was_built(x):
    again = filled(template_of(x), iter(flattened(x)))
    assert again == x
    assert kinds(again) == kinds(x)
    assert shape_of_template(template_of(x)) == shape_of(x)
    assert numbers_of(x) == flattened(x)


def kinds(x):
    return [type(x), *map(kinds, x)] if isinstance(x, (list, tuple)) else type(x)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 1, 1)])
def test_an_array_is_filled_as_an_array_of_its_shape(shape):
    x = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    again = filled(template_of([x, 5.0]), iter([*flattened(x), 5.0]))[0]
    assert (again.dtype, again.shape, again.tolist()) == (np.float64, shape, x.tolist())
    assert shape_of(x) == shape


@pytest.mark.parametrize(
    "x",
    [
        np.array([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 0.0, 2.0], [3.0, 0.0, 4.0]])[:, ::2],
        np.array([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix),  # of which a row is a matrix again
        np.array([[1, 2.0], [np.float32(3), True + 3]], dtype=object),
        np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]]),
        memoryview(np.array([[1.0, 2.0], [3.0, 4.0]])),
    ],
    ids=lambda x: type(x).__name__,
)
def test_numbers_are_in_the_order_of_rows_however_they_lie(x):
    assert list(map(float, flattened(x))) == numbers_of(x) == [1.0, 2.0, 3.0, 4.0]
    assert shape_of(x) == shape_of_template(template_of(x)) == (2, 2)


def test_rows_that_are_alike_are_told_from_others_wherever_these_stand():
    rows = [[float(i), i] for i in range(50)]
    assert template_of(rows) == ["list", 50, ["list", 2, None]]
    for other in ((1.0, 2.0), [1.0], [1.0, [2.0]], 1.0, np.zeros(2), [np.zeros(1), 2.0]):
        for k in (0, 20, 49):
            mixed = [*rows[:k], other, *rows[k + 1 :]]
            wanted = [["list", 2, None]] * 50
            wanted[k] = template_of(other)
            assert template_of(mixed) == ["list", wanted]
            assert flattened(mixed) == [x for row in mixed for x in flattened(row)]
            assert list(map(float, flattened(mixed))) == numbers_of(mixed)
            assert shape_of(mixed) == shape_of_template(template_of(mixed))


@pytest.mark.parametrize("row", [[], (), [[]], [[1.0], [2.0]], ((1.0, 2),), [[(1.0,)] * 20], [Value(1.0), 2]], ids=repr)
def test_many_rows_that_are_alike_are_as_each_of_them(row):
    x = tuple([row] * 20)
    assert template_of(x) == ["tuple", 20, template_of(row)]
    assert flattened(x) == flattened(row) * 20
    assert shape_of(x) == (20, *shape_of(row))
    assert filled(template_of(x), iter(flattened(x))) == x
    assert Value in map(type, row) or numbers_of(x) == numbers_of(row) * 20


def test_a_list_that_holds_itself_is_refused_and_a_deep_one_is_not():
    endless: list[Any] = []
    endless += [endless] * 20
    for f in (template_of, flattened, numbers_of, shape_of):
        with pytest.raises(RecursionError):
            f(endless)
    deep: Any = 7.0
    for _ in range(100):
        deep = [deep]
    assert (shape_of(deep), flattened(deep), numbers_of(deep)) == ((1,) * 100, [7.0], [7.0])
    assert filled(template_of(deep), iter([7.0])) == deep


def test_other_sequences_are_lists():
    for x in (range(1, 3), array.array("d", [1.0, 2.0]), memoryview(array.array("d", [1.0, 2.0]))):
        assert template_of(x) == ["list", 2, None]
        assert numbers_of(x) == [1.0, 2.0]


def test_scalars_of_numpy_are_numbers_and_arrays_without_dimension_arrays():
    assert template_of(np.float32(2.0)) is None
    assert template_of(np.array(2.0)) == ["array"]
    v = Value(2.0)
    assert filled(["array"], iter([v])) is v  # as of any operation of NumPy's


def test_what_is_no_structure_is_named():
    for x in ({1.0}, frozenset({1.0}), b"12", bytearray(b"12")):
        for f in (template_of, flattened, shape_of, numbers_of):
            with pytest.raises(TypeError, match=f"not an? {type(x).__name__}: use a list"):
                f(x)
    for f in (flattened, numbers_of):
        with pytest.raises(TypeError, match="masked"):
            f([np.ma.masked_array([1.0, 2.0], mask=[0, 1])])


def test_blocks_by_outputs_and_inputs_of_every_kind():
    """Entry (i, j) is 10 i + j: the block of outputs a to b by inputs c to d is that part of the table."""
    parts = {
        "number": (2.0, 1),
        "array": (np.zeros((2, 2)), 4),
        "no dimension": (np.zeros(()), 1),
        "empty": (np.zeros((0, 3)), 0),
    }
    for outer in parts:
        for inner in parts:
            m, n = 1 + parts[outer][1], 1 + parts[inner][1]
            table = np.array([[10.0 * i + j for j in range(n)] for i in range(m)])
            found = blocks(template_of([parts[outer][0], 1.0]), template_of((parts[inner][0], 1.0)), table.tolist())
            assert (type(found), {type(row) for row in found}) == (list, {tuple})
            ours = [np.shape(part) for part in (parts[outer][0], 1.0)], [np.shape(part) for part in (parts[inner][0], 1.0)]
            rows = (slice(0, m - 1), slice(m - 1, m)), (slice(0, n - 1), slice(n - 1, n))
            for i in range(2):
                for j in range(2):
                    wanted = table[rows[0][i], rows[1][j]].reshape(ours[0][i] + ours[1][j])
                    assert np.array_equal(found[i][j], wanted)
            for i, j, kinds in ((0, 0, (outer, inner)), (0, 1, (outer, "number")), (1, 0, ("number", inner))):
                assert isinstance(found[i][j], np.ndarray) is (set(kinds) != {"number"})
                assert isinstance(found[i][j], float) or found[i][j].dtype == np.float64


@pytest.mark.parametrize("x", [*STRUCTURES, np.zeros((2, 3)), [np.zeros(2), Point(1.0, np.zeros(()))]], ids=repr)
def test_a_template_is_stored_and_read(x):
    template = template_of(x)
    again = stored(storable(template))
    assert storable(again) == storable(template)
    back = filled(again, iter(numbers_of(x)))
    assert repr(back) == repr(filled(template, iter(numbers_of(x))))


def test_a_stored_named_tuple_with_other_fields_is_refused():
    wrong = [*map(str.split, ("", "P", "P a", "P a a", "P a _b", "P a if", "class a b"))]
    wrong += [["P", "a", "b c"], ["P", "a", 1], "set", 1]
    for kind in wrong:
        assert not is_template([kind, 2, None])
        assert not is_template(["list", [[kind, [None, None]]]])
    assert is_template([["P", "a", "b"], 2, None])
    assert not is_template([["P", "a", "b"], [None]])
    first, second = stored([["P", "a", "b"], 2, None]), stored([["P", "a", "b"], [None, None]])
    assert first is not None
    assert second is not None
    assert first[0] is second[0]


def test_rectangles_are_one_part_and_named_tuples_are_taken_apart():
    make = lambda dims, start, stop: (dims, start, stop)
    assert by_parts(template_of([(1.0, 2.0), (3.0, 4.0)]), make) == ((2, 2), 0, 4)
    assert by_parts(template_of((1.0, [2.0, 3.0])), make) == (((), 0, 1), ((2,), 1, 3))
    for x in NAMED:
        assert kinds(by_parts(template_of(x), lambda *_: 0.0))[0] is kinds(x)[0]
    assert by_parts(template_of(Line([1.0, 2.0], 3.0)), make) == Line(((2,), 0, 2), ((), 2, 3))


# Dicts, dataclasses, classes of one's own.


@dataclass
class Curve:
    weights: Any
    bias: Any
    degree: int = field(default=1, init=False)


@dataclass(frozen=True)
class Frozen:
    inner: dict[str, Any]
    rate: Any = 0.5


class Circle:
    """Registered for these tests."""

    def __init__(self, centre: Any, radius: Any) -> None:
        self.centre, self.radius = centre, radius

    def __repr__(self) -> str:
        return f"Circle({self.centre!r}, {self.radius!r})"

    def __eq__(self, other: object) -> bool:
        return (self.centre, self.radius) == (other.centre, other.radius)

    __hash__ = None


register_structure(Circle, lambda c: (c.centre, c.radius))
KEYED = [
    {"b": 1.0, "a": 2.0},
    {"w": [[1.0, 2.0], [3.0, 4.0]], "b": (5.0, 6.0)},
    [{"x": 1.0}, {"x": 2.0}],
    [{"x": 1.0, "y": 2.0}, {"y": 3.0, "x": 4.0}],
    {1: 1.0, "one": 2.0, (1, 2): 3.0},
    {},
    Curve([1.0, 2.0], 3.0),
    Frozen({"u": 1.0, "t": Curve([2.0], 3.0)}),
    Circle([1.0, 2.0], 3.0),
    (Circle([1.0], 2.0), {"c": Circle([], 3.0)}),
]


@pytest.mark.parametrize("x", KEYED, ids=repr)
def test_what_has_names_is_filled_as_it_was_built(x):
    template = template_of(x)
    again = filled(template, iter(flattened(x)))
    assert again == x
    assert repr(again) == repr(x) or "Circle" in repr(x)  # the keys of a dict are in its own order
    assert shape_of_template(template) == shape_of(x)
    assert size_of_template(template) == size_of(shape_of(x)) == len(flattened(x))
    assert numbers_of(x) == flattened(x)


def test_the_numbers_of_a_dict_are_in_the_order_of_its_keys_whatever_its_own():
    first, second = {"b": 1.0, "a": [2.0, 3.0]}, {"a": [2.0, 3.0], "b": 1.0}
    assert flattened(first) == flattened(second) == [2.0, 3.0, 1.0]
    assert shape_of(first) == shape_of(second) == {"a": (2,), "b": ()}
    assert list(filled(template_of(first), iter("xyz"))) == ["b", "a"]
    assert list(filled(template_of(second), iter("xyz"))) == ["a", "b"]
    assert flattened(MappingProxyType(first)) == [2.0, 3.0, 1.0]


def test_labels_say_where_a_number_stands():
    x = (Curve([1.0, 2.0], 3.0), {"k": [4.0]}, Point(5.0, 6.0), Circle([7.0], 8.0), np.zeros((1, 2)))
    assert list(labels("p", template_of(x))) == [
        "p[0].weights[0]", "p[0].weights[1]", "p[0].bias", "p[1]['k'][0]", "p[2].x", "p[2].y", "p[3][0][0]", "p[3][1]",
        "p[4][0][0]", "p[4][0][1]",
    ]  # fmt: skip


@pytest.mark.parametrize("x", [each for each in KEYED if "(1, 2)" not in repr(each)], ids=repr)
def test_a_template_with_names_is_stored_and_read(x):
    plain = storable(template_of(x))
    assert is_template(json.loads(json.dumps(plain)))
    again = stored(json.loads(json.dumps(plain)))
    assert storable(again) == plain or "Circle" in repr(x)
    assert flattened(filled(again, iter(flattened(x)))) == flattened(x)


def test_a_damaged_template_of_a_dict_is_refused():
    wrong: list[Any] = [{}, {"keys": "ab"}, {"keys": ["a"]}, {"keys": ["a", "a"]}, {"keys": [["a"], "b"]}]
    for kind in [*wrong, {"keys": ["a", "b"], "more": 1}]:
        assert not is_template([kind, 2, None])
    assert is_template([{"keys": ["a", 2]}, 2, None])


def test_what_holds_no_number():
    for x in (None, "name", True, np.bool_(False), np.array([True, False]), ["a", None], {"verbose": False}, print, {1.0}, b"1"):
        assert not holds_number(x), x
    arrays = (np.array([Value(1.0)]), np.zeros((0, 2)), np.array([1, 2]))
    structures: tuple[Any, ...] = ([None, 1.0], {"x": [2]}, Curve([], "a"), [], *arrays)
    for x in (1, 2.5, Value(1.0), np.float32(1.0), Fraction(1, 2), 1j, *structures):  # a complex number is refused later on
        assert holds_number(x), x


def test_what_is_no_class_is_not_registered():
    with pytest.raises(TypeError, match="takes a class"):
        register_structure(Circle([], 1.0), lambda c: ())
