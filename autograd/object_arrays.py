"""The arrays of Values that a differentiated or recorded function is given: NumPy's functions on them are the table's operations.

NumPy calls a method of each entry where it has a loop for objects. Where it has none (`logaddexp`, `isfinite`), compares objects
(`maximum`), or looks for the method at a plain number (``arctan2(1.0, x)``), these arrays call the operation themselves.

>>> import numpy as np
>>> from autograd import grad
>>> grad(lambda x: np.sum(np.logaddexp(x, 0.0)))(np.zeros(2))
array([0.5, 0.5])
>>> grad(lambda x: np.sum(np.maximum(x, 0.0)))(np.array([-1.0, 0.0, 1.0]))  # a tie is split
array([0. , 0.5, 1. ])
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.recording import choice
from autograd.value import Value, apply, apply_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.operation import Operation


OBJECT, ndarray, as_class = np.dtype(object), np.ndarray, np.ndarray.view


class Values(np.ndarray[Any, Any]):
    """An array of objects, Values among them. What is no array of objects, such as a comparison, is an ordinary one."""

    __array_priority__ = 1.0  # joined with ordinary arrays they are still these

    def __iter__(self) -> Any:
        """Each entry as it is when its turn comes, in a tenth of the time that NumPy takes; or each row."""
        return self.flat if self.ndim == 1 else super().__iter__()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **named: Any) -> Any:
        """What NumPy asks in place of each of its functions."""
        plain = [as_class(x, ndarray) if type(x) is Values else x for x in inputs]
        own = OWN.get(ufunc.__name__, ufunc)
        y = _at_length(getattr(own, method), plain, named) if named or method != "__call__" else own(*plain)
        if type(y) is not ndarray or y.dtype is not OBJECT:
            return y
        return y.astype(bool) if ufunc.__name__ in PREDICATES else as_class(y, Values)


def _at_length(f: Callable[..., Any], plain: list[Any], named: dict[str, Any]) -> Any:
    """Of a reduction, or with options."""
    out = named.get("out")
    if out is None:
        return f(*plain, **named)
    f(*plain, **named | {"out": tuple([as_class(x, ndarray) if type(x) is Values else x for x in out])})
    return out[0] if len(out) == 1 else out


def _operation(entry: Operation) -> Callable[..., Any]:
    return lambda *operands: apply(entry, operands)


def _log_add_exp(a: Any, b: Any) -> Any:
    return apply_many(ops.TABLE["logsumexp"], [a, b])


def _heaviside(x: Any, at_zero: Any) -> Any:
    return choice(x == 0, at_zero, apply(ops.TABLE["step"], (x,)))


def _predicate(name: str) -> Callable[..., Any]:
    holds = getattr(math, name)
    return lambda x: holds(x.data if type(x) is Value else x)


PREDICATES = ("isfinite", "isinf", "isnan")
OWN = {
    "float_power": np.frompyfunc(operator.pow, 2, 1),
    "heaviside": np.frompyfunc(_heaviside, 2, 1),
    "logaddexp": np.frompyfunc(_log_add_exp, 2, 1),
    **{name: np.frompyfunc(_predicate(name), 1, 1) for name in PREDICATES},
    **{
        entry.numpy or entry.name: np.frompyfunc(_operation(entry), entry.arity, 1)
        for entry in ops.TABLE.values()
        if entry.arity > 1 and not entry.infix
    },
}
"""By NumPy's name what is done on each entry."""
