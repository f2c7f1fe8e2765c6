"""What one sample costs: each loss takes what the network gave and what it should have given, numbers or sequences of them.

A loss of a sequence is the sum over its elements; the mean over samples is the training's. A penalty is of all parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isclose
from typing import Any

from autograd import Value, dot, logsumexp, relu, softplus, take
from autograd import abs as magnitude
from autograd import sum as summed
from autograd.indices import is_index
from nn.layers import flat, plain
from nn.module import Token


def squared_error(y: Any, t: Any) -> Value:
    """Half the sum of squares, 1/2 sum (y - t)^2: its gradient by y is y - t.

    >>> squared_error([Value(1.0), Value(2.0)], [0.0, 4.0]).data
    2.5
    """
    misses = [a - b for a, b in _pairs(squared_error, y, t)]
    squares: Value = dot(misses, misses)
    return squares * 0.5


def cross_entropy(z: Any, t: Any) -> Value:
    """Softmax with cross entropy, - sum t_k log softmax(z)_k, of logits z: its gradient by z is softmax(z) - t.

    t is the number of the right class, or an index (`autograd.index`), or a probability for each class (they add up to 1).
    Nothing overflows: the loss is log(sum exp z) - sum t_k z_k.

    >>> z = [Value(1000.0), Value(0.0)]
    >>> loss = cross_entropy(z, 0)
    >>> loss.backward()
    >>> loss.data, z[0].grad
    (0.0, 0.0)
    """
    logits, target = list(flat(plain(z))), t if is_index(t) else plain(t)
    if len(logits) < 2:
        message = "cross_entropy is of two logits or more; for one there is binary_cross_entropy"
        raise ValueError(message)
    if is_index(t):
        picked: Value = logsumexp(logits) - take(logits, t)
        return picked
    probabilities = list(flat(target)) if isinstance(target, list) else one_hot(target, len(logits))
    numbers = [p for p in probabilities if isinstance(p, (int, float))]
    if len(numbers) == len(probabilities) and not isclose(sum(numbers), 1.0, abs_tol=1e-6):
        message = f"cross_entropy: the probabilities of the classes add up to {sum(numbers)!r}, not 1"
        raise ValueError(message)
    _pairs(cross_entropy, logits, probabilities)
    loss: Value = logsumexp(logits) - dot(probabilities, logits)
    return loss


def one_hot(label: Any, classes: int) -> list[float]:
    """1 for the class of this number, 0 for the others."""
    if isinstance(label, bool) or not isinstance(label, (int, float)) or label not in range(classes):
        message = f"the target is a class from 0 to {classes - 1}, or a probability for each of {classes} classes, not {label!r}"
        raise ValueError(message)
    if type(label) is Token:
        label.size = classes
    return [float(k == label) for k in range(classes)]


def binary_cross_entropy(z: Any, t: Any) -> Value:
    """- t log h - (1 - t) log(1 - h) with h = sigmoid(z), of a logit z: its gradient by z is h - t. t lies between 0 and 1.

    Computed as t softplus(-z) + (1 - t) softplus(z), which keeps all digits at both ends.

    >>> binary_cross_entropy(Value(-800.0), 1.0).data
    800.0
    """
    return _added([softplus(-a) * b + softplus(a) * (1 - b) for a, b in _pairs(binary_cross_entropy, z, t)])


def hinge(score: Any, t: Any) -> Value:
    """max(0, 1 - t score), with t = 1 or -1: 0 from a margin of 1 on.

    >>> hinge(Value(0.25), -1.0).data
    1.25
    """
    if type(score) is Value and type(t) in (float, int) and t in (1, -1):  # the usual, at two thirds of the time
        return relu(1 - t * score)  # type: ignore[no-any-return]
    return _added([relu(1 - b * a) for a, b in _pairs(hinge, score, t)])


def l1(strength: float) -> Callable[[Iterable[Value]], Value]:
    """The penalty strength * (|w1| + |w2| + ...), as a function of parameters; its derivative at 0 is 0.

    >>> l1(0.5)([Value(1.0), Value(-3.0)]).data
    2.0
    """
    _not_negative("l1", strength)
    return lambda parameters: summed([magnitude(p) for p in parameters]) * strength


def l2(strength: float) -> Callable[[Iterable[Value]], Value]:
    """The penalty strength * (w1^2 + w2^2 + ...), as a function of parameters.

    >>> l2(0.5)([Value(1.0), Value(-3.0)]).data
    5.0
    """
    _not_negative("l2", strength)

    def penalty(parameters: Iterable[Value]) -> Value:
        ws = list(parameters)
        return dot(ws, ws) * strength

    return penalty


def _not_negative(penalty: str, strength: float) -> None:
    if not strength >= 0:  # nan neither
        message = f"{penalty}: the strength is 0 or more, not {strength!r}"
        raise ValueError(message)


def _added(terms: Sequence[Value]) -> Value:
    return terms[0] if len(terms) == 1 else summed(terms)


TARGETS: dict[Callable[[Any, Any], Value], tuple[Callable[[Any], Any], str]] = {
    cross_entropy: (lambda t: t >= 0, "probabilities"),
    binary_cross_entropy: (lambda t: (t >= 0) & (t <= 1), "from 0 to 1"),
    hinge: (lambda t: abs(t) == 1, "1 or -1"),
}
"""What the targets of a loss are: a condition on a number, or on each of an array; and the same in words."""


def _pairs(loss: Callable[[Any, Any], Value], y: Any, t: Any) -> list[tuple[Any, Any]]:
    """Outputs with their targets. `ValueError` where there are not as many of one as of the other, and for a wrong target."""
    if type(y) is Value and type(t) in (float, int, Value):
        pairs = [(y, t)]
    else:
        outputs, targets = list(flat(plain(y))), list(flat(plain(t)))
        if len(outputs) != len(targets):
            message = f"{loss.__name__}: there are {len(outputs)} outputs and {len(targets)} targets"
            raise ValueError(message)
        pairs = list(zip(outputs, targets))
    if loss in TARGETS:
        right, words = TARGETS[loss]
        for _, target in pairs:
            if type(target) is not Value and not right(target):
                message = f"{loss.__name__}: its targets are {words}, not {target!r}"
                raise ValueError(message)
    return pairs
