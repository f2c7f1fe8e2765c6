"""Scalar reverse-mode automatic differentiation: numbers that remember how they were made, and their derivatives.

>>> from autograd import Value
>>> x = Value(2.0, label="x")
>>> y = x**3
>>> y.backward()
>>> x.grad
12.0
"""

from autograd._stand_in import Uncompiled

with Uncompiled():
    from autograd.value import (
        COMPILED,
        FUNCTIONS,
        Value,
        detach,
        dot,
        logsumexp,
        mean,
        no_grad,
        prod,
        softmax,
        sum,  # noqa: A004, F401  (takes what the builtin takes; not in __all__)
        where,
    )

from autograd.check import check_gradients
from autograd.derivative import grad, gradients, hessian, hvp, jacobian, jvp, value_and_grad
from autograd.registry import op

__version__ = "0.1.0"

HIDDEN = {"add", "sub", "mul", "div", "pow", "neg", "abs", "sum"}
"""Written with operators, or named as a builtin."""

globals().update({name: function for name, function in FUNCTIONS.items() if name not in HIDDEN - {"abs"}})

__all__ = [  # noqa: PLE0604  (the table adds its functions)
    "COMPILED", "Value", "check_gradients", "detach", "dot", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp",
    "logsumexp", "mean", "no_grad", "op", "prod", "softmax", "value_and_grad", "where", *sorted(set(FUNCTIONS) - HIDDEN),
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
