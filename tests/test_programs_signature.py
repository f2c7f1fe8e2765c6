"""What programs take and give besides sequences: dicts, dataclasses, flat arrays of all numbers, some of the arguments."""

from __future__ import annotations

import pickle
import re
import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Program, Value, grad, hessian, jacobian, record, register_structure, scan, sin


@dataclass
class Model:
    w: Any
    b: Any


class Ring:
    """Registered."""

    def __init__(self, inner: Any, outer: Any) -> None:
        self.inner, self.outer = inner, outer


register_structure(Ring, lambda r: [r.inner, r.outer])

EXAMPLE = {"w": [[1.0, 2.0], [3.0, 4.0]], "b": 0.5}


def f(m, x):
    return sin(m["w"][0][0] * x) * m["w"][1][0] + m["w"][0][1] * m["b"] ** 2 * m["w"][1][1]


def test_a_program_takes_and_gives_dicts():
    program = record(f, EXAMPLE, 2.0)
    assert program.labels == ("m['b']", "m['w'][0][0]", "m['w'][0][1]", "m['w'][1][0]", "m['w'][1][1]", "x")
    for order in (("w", "b"), ("b", "w")):  # whichever is first: a number goes to its own key
        m = {key: EXAMPLE[key] for key in order}
        assert program(m, 3.0) == f(m, 3.0)
        by_m, by_x = program.grad(m, 3.0)
        assert (by_m, by_x) == grad(f)(m, 3.0)
        assert list(by_m) == list(order)
    made = record(lambda m: {"y": m["a"] * 2, "z": (m["a"], 1.0)}, {"a": 1.0})
    assert made({"a": 3.0}) == {"y": 6.0, "z": (3.0, 1.0)}
    assert made.jacobian({"a": 3.0}) == {"y": {"a": 2.0}, "z": ({"a": 1.0}, {"a": 0.0})}
    assert made.jvp({"a": 3.0}, {"a": 10.0}) == ({"y": 6.0, "z": (3.0, 1.0)}, {"y": 20.0, "z": (10.0, 0.0)})
    assert "returns {'y': #1, 'z': (m['a'], 1)}" in made.listing()
    for wrong in ({"a": [3.0]}, {"b": 3.0}, {"a": 3.0, "b": 1.0}, [3.0], 3.0):
        with pytest.raises(ValueError, match=r"argument m is .*; the program was recorded with \{'a': \(\)\}"):
            made(wrong)


def test_rows_of_dicts():
    program = record(lambda m, x: {"y": m["a"] * x, "b": m["b"]}, {"a": 1.0, "b": 2.0}, 1.0)
    assert program.batch({"b": 5.0, "a": 2.0}, [1.0, 3.0]) == {"y": [2.0, 6.0], "b": [5.0, 5.0]}
    many = program.batch([{"b": 5.0, "a": 2.0}, {"a": 4.0, "b": 6.0}], np.array([1.0, 3.0]))
    assert {key: column.tolist() for key, column in many.items()} == {"y": [2.0, 12.0], "b": [5.0, 6.0]}
    scalar = record(lambda m, x: m["a"] * x + m["b"], {"a": 1.0, "b": 2.0}, 1.0)
    assert scalar.batch_value_and_grad({"b": 5.0, "a": 2.0}, [1.0, 3.0], by="m") == ([7.0, 11.0], {"b": 2.0, "a": 4.0})
    with pytest.raises(ValueError, match="argument m"):
        scalar.batch({"a": 2.0}, [1.0])


def test_dataclasses_and_registered_classes():
    program = record(lambda m: Ring(m.w[0] * m.b, [m.w[1]]), Model([1.0, 2.0], 3.0))
    found = program(Model((4.0, 5.0), 6.0))
    assert (found.inner, found.outer) == (24.0, [5.0])
    assert program.labels == ("m.w[0]", "m.w[1]", "m.b")
    assert "returns Ring(#1, [m.w[1]])" in program.listing()
    scalar = record(lambda r, m: r.inner * m.b + r.outer * m.w, Ring(1.0, 2.0), Model(3.0, 4.0))
    by_ring, by_model = scalar.grad(Ring(1.0, 2.0), Model(3.0, 4.0))
    assert (by_ring.inner, by_ring.outer, by_model) == (4.0, 3.0, Model(2.0, 1.0))


def test_in_a_file_a_dict_is_a_dict_and_a_class_a_named_tuple(tmp_path):
    program = record(lambda m, x: {"y": m.w * x, "n": {1: m.b}}, Model(1.0, 2.0), 3.0)
    for again in (pickle.loads(pickle.dumps(program)), Program.load(saved(program, tmp_path / "program"))):
        assert again == program
        assert again(Model(4.0, 5.0), 6.0) == {"y": 24.0, "n": {1: 5.0}}
    made = pickle.loads(pickle.dumps(record(lambda x: (Model(x, 1.0), Ring(x, 2.0)), 1.0)))(7.0)
    assert (made[0].w, made[0].b, tuple(made[1])) == (7.0, 1.0, (7.0, 2.0))
    with pytest.raises(TypeError, match="only dicts whose keys are str or numbers"):
        pickle.dumps(record(lambda x: {(1, 2): x}, 1.0))


def saved(program, path):
    program.save(path)
    return path


# As optimisers have it.


def test_one_flat_array_stands_for_all_arguments():
    nested = record(f, EXAMPLE, 2.0)
    flat = np.array([0.5, 1.0, 2.0, 3.0, 4.0, 2.0])  # b, w by rows, x
    assert nested(flat) == f(EXAMPLE, 2.0)
    by_m, by_x = grad(f)(EXAMPLE, 2.0)
    wanted = np.array([by_m["b"], *by_m["w"][0], *by_m["w"][1], by_x])
    gradient = nested.grad(flat)
    assert (type(gradient), gradient.dtype, gradient.shape) == (np.ndarray, np.float64, (6,))
    assert np.array_equal(gradient, wanted)
    value, again = nested.value_and_grad(flat)
    assert (value, again.tolist()) == (nested(flat), gradient.tolist())
    second = nested.hessian(flat)
    rows = hessian(lambda z: f({"b": z[0], "w": [[z[1], z[2]], [z[3], z[4]]]}, z[5]))(flat)
    assert second.shape == (6, 6)
    assert second == pytest.approx(rows, rel=1e-14)
    direction = np.arange(6.0)
    assert nested.hvp(flat, direction) == pytest.approx(rows @ direction, rel=1e-14)
    assert nested.jvp(flat, direction)[1] == pytest.approx(wanted @ direction, rel=1e-14)
    for x in (flat[:5], flat.reshape(2, 3), flat.tolist()):
        with pytest.raises((TypeError, ValueError), match="recorded with"):
            nested(x)


def test_a_flat_array_of_scalars_and_of_one():
    program = record(lambda x, y: [x * y, x, y**2], 1.0, 1.0)
    x = np.array([2.0, 3.0])
    assert program(x) == [6.0, 2.0, 9.0]
    assert np.array(program.jacobian(x)).tolist() == [[3.0, 2.0], [1.0, 0.0], [0.0, 6.0]]
    square = record(lambda x: x * x, 1.0)
    assert square.grad(np.array([3.0])).tolist() == [6.0]
    assert square.hessian(np.array([3.0])).tolist() == [[2.0]]
    matrix = record(lambda m: (m @ m).sum(), np.eye(2))
    assert matrix.grad(np.array([1.0, 2.0, 3.0, 4.0])).shape == (4,)
    assert matrix.grad(np.array([[1.0, 2.0], [3.0, 4.0]])).shape == (2, 2)


def test_derivatives_by_some_of_the_arguments():
    program = record(lambda x, w, b: w[0] * x**2 + w[1] * b, 1.0, [1.0, 1.0], 1.0)
    point = 3.0, [5.0, 7.0], 2.0
    assert program.grad(*point) == (30.0, [9.0, 2.0], 7.0)
    assert program.grad(*point, by="w") == program.grad(*point, by=1) == [9.0, 2.0]
    assert program.grad(*point, by=["b", 0]) == (7.0, 30.0)
    assert program.value_and_grad(*point, by=("x",)) == (59.0, (30.0,))
    many = record(lambda t, y: [y[1], -t * y[0]], 0.0, [1.0, 0.0])
    assert many.jacobian(2.0, [3.0, 4.0], by="y") == [[0.0, 1.0], [-2.0, 0.0]]
    assert many.jacobian(2.0, np.array([3.0, 4.0]), by=(1, 0))[1][0].tolist() == [-2.0, 0.0]
    assert many.jacobian(2.0, [3.0, 4.0], by=(1, 0)) == jacobian(lambda t, y: [y[1], -t * y[0]], (1, 0))(2.0, [3.0, 4.0])
    with pytest.raises(ValueError, match="there is no argument 'z'"):
        program.grad(*point, by="z")
    with pytest.raises(TypeError, match="jacobian"):
        many.grad(2.0, [3.0, 4.0])


class Pair(NamedTuple):
    x: Any
    y: Any


def test_a_number_that_is_none_is_named_by_its_place():
    program = record(lambda x, w: x * w.x + w.y[1], 1.0, Pair(1.0, [2.0, 3.0]))
    rows = program.batch, program.batch_value_and_grad, program.batch_jacobian
    one = program, program.value_and_grad, program.jacobian, program.hessian
    for wrong, said, kind in (("a", "is a str, not a real number", TypeError), (10**400, "is an int beyond", OverflowError),
                              (1j, "is a complex", TypeError), (None, "is a NoneType", TypeError)):  # fmt: skip
        for call in rows:
            with pytest.raises(kind, match=rf"^x\[2\]: .*{said}"):
                call([1.0, 2.0, wrong], Pair(1.0, [2.0, 3.0]))
            with pytest.raises(kind, match=rf"^w\.y\[1\]: .*{said}"):
                call([1.0, 2.0], Pair(1.0, [2.0, wrong]))
            with pytest.raises(kind, match=rf"^w\[1\]\.y\[0\]: .*{said}"):
                call([1.0, 2.0], [Pair(1.0, [2.0, 3.0]), Pair(1.0, [wrong, 3.0])])
        for call in one:
            with pytest.raises(kind, match=rf"^x: .*{said}"):
                call(wrong, Pair(1.0, [2.0, 3.0]))
            with pytest.raises(kind, match=rf"^w\.y\[0\]: .*{said}"):
                call(1.0, Pair(1.0, [wrong, 3.0]))
    with pytest.raises(TypeError, match=r"^w: an array of complex128 holds no real numbers"):
        program(1.0, Pair(1.0, np.array([1j, 2.0])))
    with pytest.raises(TypeError, match=r"^x: a structure is a number, .* not a set"):
        program.batch({1.0, 2.0}, Pair(1.0, [2.0, 3.0]))


def test_a_number_of_an_example_that_is_none_is_named_by_its_place():
    for wrong, said, kind in (("a", "is a str, not a real number", TypeError), (10**400, "is an int beyond", OverflowError),
                              (1j, "is a complex", TypeError), (None, "is a NoneType", TypeError),
                              (Value(2.0), "a program takes plain numbers", TypeError)):  # fmt: skip
        for x, place in ((wrong, "w"), ([1.0, wrong], "w[1]"), ([[1.0], [wrong]], "w[1][0]"), (Pair(1.0, wrong), "w.y")):
            with pytest.raises(kind, match=rf"^{re.escape(place)}: .*{said}"):
                record(lambda x, w: x, 1.0, x)
    with pytest.raises(TypeError, match=r"^w: an array of complex128 holds no real numbers"):
        record(lambda x, w: x, 1.0, np.array([1j]))
    with pytest.raises(TypeError, match=r"^w: a structure is a number, .* not a set"):
        record(lambda x, w: x, 1.0, {1.0})


def test_an_example_of_many_rows_is_not_looked_at_row_by_row():
    """Calls of Python's functions: as many for 1,000 rows as for 10."""

    def calls(rows: int) -> int:
        count = 0

        def called(frame: Any, event: str, _: Any) -> None:
            nonlocal count
            count += event == "call" and frame.f_code.co_filename.endswith(("structures.py", "sequences.py", "repeated.py"))

        step = lambda state, row: (state * row[0] + row[1], None)
        sys.setprofile(called)
        try:
            record(lambda xs, more: scan(step, scan(step, 0.0, xs)[0], more)[0], [[0.5, 1.0]] * rows, np.ones((rows, 2)))
        finally:
            sys.setprofile(None)
        return count

    assert calls(1000) == calls(10)
