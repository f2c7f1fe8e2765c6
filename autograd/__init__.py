"""Scalar reverse-mode automatic differentiation: numbers that remember how they were made, and their derivatives.

>>> from autograd import Value
>>> x = Value(2.0, label="x")
>>> y = x**3
>>> y.backward()
>>> x.grad
12.0
"""

import sys

from autograd._stand_in import Uncompiled

with Uncompiled():
    from autograd.value import COMPILED, Value, no_grad, scope

from autograd import anew, arrays, graph, micrograd  # noqa: F401  (what forward, NumPy, pickle and print, micrograd's users ask)
from autograd.functions import (
    FUNCTIONS,
    OPERATORS,
    detach,  # noqa: F401  (in __all__ by the table)
    dot,
    logsumexp,
    mean,
    prod,
    softmax,
    sum,  # noqa: A004, F401  (takes what the builtin takes; not in __all__)
    where,  # noqa: F401
)
from autograd.registry import op

__version__ = "0.1.0"

globals().update({name: function for name, function in FUNCTIONS.items() if name not in OPERATORS})

__all__ = [  # noqa: PLE0604  (the table adds its functions)
    "COMPILED", "Program", "Value", "check_gradients", "dot", "family", "grad", "gradients", "hessian", "hvp", "index",
    "jacobian", "jvp", "logsumexp", "mean", "no_grad", "op", "prod", "record", "register_structure", "scan", "scope",
    "softmax", "take", "value_and_grad",
    *sorted(set(FUNCTIONS).difference(OPERATORS, {"abs"})),
]  # fmt: skip


if sys.modules.get("hypothesis") is not None:  # it has looked for strategies already, and there was no Value
    from autograd import strategies  # noqa: F401


def __dir__() -> list[str]:
    """What is public: with `abs`, `map` and `sum`, which an import of all names must not put over the builtins."""
    return sorted({*__all__, "abs", "map", "sum"})


_LATER = {  # modules that take as long as all the rest, by the names that ask for them
    "check": ("check_gradients",),
    "derivative": ("grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "value_and_grad"),
    "indices": ("index", "take"),
    "programs.families": ("family",),
    "programs.program": ("Program", "record"),
    "programs.repeated": ("map", "scan"),
    "structures": ("register_structure",),
}


def __getattr__(name: str) -> object:
    """What is not needed to compute with Values is imported when it is first asked for."""
    for module, names in _LATER.items():
        if name in names:
            found = __import__(f"autograd.{module}", fromlist=names)
            globals().update({each: getattr(found, each) for each in names})
            return globals()[name]
    message = f"module 'autograd' has no attribute {name!r}"
    raise AttributeError(message)
