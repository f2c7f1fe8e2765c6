"""NumPy's functions on arrays of Values: its numbers, and derivatives that are mpmath's."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from autograd import Value, grad, record, value_and_grad
from autograd.ops import TABLE

ONE = {
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh,
    "arctanh": mpmath.atanh,
    "fabs": abs,
    "degrees": mpmath.degrees,
    "rad2deg": mpmath.degrees,
    "radians": mpmath.radians,
    "deg2rad": mpmath.radians,
    "conjugate": lambda x: x,
}
X = [-0.75, 0.125, 0.5]


@pytest.mark.parametrize("name", [*ONE, "arccosh"])
def test_functions_of_one_array(name):
    f, exact = getattr(np, name), ONE.get(name, mpmath.acosh)
    x = np.array([1.5, 2.0, 30.0] if name == "arccosh" else X)
    y = f(np.array([Value(each) for each in x]))
    assert [v.data for v in y] == pytest.approx(f(x).tolist(), rel=4e-16, abs=0)
    slopes = [float(mpmath.diff(exact, each)) for each in x]
    assert grad(lambda x: np.sum(f(x)))(x).tolist() == pytest.approx(slopes, rel=1e-14, abs=0)
    assert record(f, x)(x).tolist() == [v.data for v in y]


def test_the_angle_of_points():
    a, b = np.array([1.0, -2.0]), np.array([3.0, 0.5])
    value, (by_a, by_b) = value_and_grad(lambda a, b: np.sum(np.arctan2(a, b)))(a, b)
    assert value == pytest.approx(float(np.sum(np.arctan2(a, b))), rel=1e-15)
    assert by_a.tolist() == pytest.approx([3 / 10, 0.5 / 4.25], rel=1e-15)  # b / (a*a + b*b)
    assert by_b.tolist() == pytest.approx([-1 / 10, 2 / 4.25], rel=1e-15)


def test_variance_and_standard_deviation():
    """By x the variance changes by 2 (x - mean) / n, its root by (x - mean) / (n std)."""
    x = np.array([1.0, 2.0, 4.0, 9.0])
    for ddof in (0, 1):
        value, by = value_and_grad(lambda x: np.var(x, ddof=ddof))(x)  # noqa: B023  (called at once)
        assert value == pytest.approx(38 / (4 - ddof), rel=1e-15)
        assert by.tolist() == pytest.approx([2 * d / (4 - ddof) for d in (-3, -2, 0, 5)], rel=1e-15)
    value, by = value_and_grad(np.std)(x)
    assert value == pytest.approx(9.5**0.5, rel=1e-15)
    assert by.tolist() == pytest.approx([d / 4 / 9.5**0.5 for d in (-3, -2, 0, 5)], rel=1e-15, abs=1e-16)
    rows = grad(lambda x: np.sum(x.std(axis=1)))(np.array([[0.0, 2.0], [5.0, 1.0]]))
    assert rows.tolist() == [[-0.5, 0.5], [0.5, -0.5]]


def test_every_function_that_numpy_has_loops_of_objects_for_has_its_name():
    """What the table calls otherwise than NumPy says so, or the function cannot be applied to arrays of Values."""
    for entry in TABLE.values():
        name = entry.numpy or entry.name
        found = getattr(np, name, None)
        if entry.many or not isinstance(found, np.ufunc):
            continue
        assert found.__name__ in {name, "absolute", "divide", "power", "subtract", "multiply", "negative"}
        if f"{'O' * found.nin}->O" in found.types and name not in ("maximum", "minimum"):  # of these two NumPy compares objects
            x = np.array([Value(2.0 if entry.name == "acosh" else 0.5)])
            made = found(*[x] * found.nin)
            assert made[0].op == entry.name
