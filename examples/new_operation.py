"""An operation of one's own in one line, and the property test that goes with it.

python examples/new_operation.py        (or: pytest examples/new_operation.py)

The rule is written as mathematics; from then on there is a function, a method, derivatives of every order, error messages,
a picture, and a place in the Hypothesis strategies.
"""

from __future__ import annotations

import math

from hypothesis import given, settings

import viz
from autograd import Value, check_gradients, grad, hypot, op, registry
from autograd.strategies import points
from chainrule.arguments import arguments

squash = op("squash", lambda x: x / math.hypot(1, x), lambda x, y: (1 / hypot(1, x)) ** 3, doc="x / sqrt(1 + x*x)")


@settings(deadline=None)
@given(points("squash"))
def test_squash(operands: tuple[float, ...]) -> None:
    """First and second derivatives agree with differences of the function itself, at any point of its domain."""
    check_gradients(squash, *operands, order=2)


def test_a_wrong_rule_is_caught() -> None:
    """The message names the operation, the point and both numbers."""
    wrong = op("wrong", lambda x: x / math.hypot(1, x), lambda x, y: 1 / hypot(1, x) ** 2)
    try:
        check_gradients(wrong, 0.75)
    except AssertionError as error:
        print("a wrong rule:", error)
    else:
        message = "the wrong rule passed"
        raise AssertionError(message)
    finally:
        registry.remove("wrong")


if __name__ == "__main__":
    arguments(__doc__)
    x = Value(0.75, label="x")
    y = squash(x) * 2
    y.backward()
    print(f"squash(0.75) = {squash(0.75):g}, derivative {x.grad / 2:g}, second derivative {grad(grad(squash))(0.75):g}")
    print(viz.text(y))
    test_squash()
    print("the property test passed")
    test_a_wrong_rule_is_caught()
