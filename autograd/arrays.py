"""What NumPy asks of a Value besides the methods of the table: its functions of object arrays call a method on each entry.

>>> import numpy as np
>>> x = np.array([Value(0.0), Value(180.0)])
>>> [v.data for v in np.radians(x)]
[0.0, 3.141592653589793]
>>> np.std(x)
<Value 90.0 = sqrt(8100.0), grad 0.0>
"""

from __future__ import annotations

from math import pi

from autograd.value import Value, set_method


def degrees(self: Value) -> Value:
    """An angle in degrees, of one in radians."""
    return self * (180 / pi)


def radians(self: Value) -> Value:
    """An angle in radians, of one in degrees."""
    return self * (pi / 180)


def conjugate(self: Value) -> Value:
    """A real number itself: the variance of numbers that may be complex asks for it."""
    return self


for method, names in ((degrees, ("degrees", "rad2deg")), (radians, ("radians", "deg2rad")), (conjugate, ("conjugate",))):
    for name in names:
        set_method(name, method)
