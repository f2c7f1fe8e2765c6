"""A loss is a perfectly good number, its gradient is nan. Which operation did it, and in which line?

python examples/find_the_nan.py

Every edge of the graph keeps the partial derivative that `backward` multiplies with, so the question has an answer: walk from
the result to the leaves and stop at the first edge whose number is not finite. `blame` does so, and
knows the line if lines were kept.
"""

from __future__ import annotations

from autograd import Value, mean, sqrt
from autograd.blamed import blame, lines
from chainrule.arguments import arguments


def deviation(xs: list[Value], floor: float = 0.0) -> Value:
    """The standard deviation of a column of data; all its numbers may be equal, as they are below."""
    middle = mean(xs)
    return sqrt(mean([(x - middle) ** 2 for x in xs]) + floor)


def main() -> None:
    """The question, the answer, the remedy."""
    column = [Value(5.0, label=f"x{i}") for i in range(3)]
    with lines():
        loss = deviation(column) * 2 + 1
    loss.backward()
    print(f"loss {loss.data}, gradients {[x.grad for x in column]}")
    print("culprit:", blame(loss))

    column = [Value(5.0, label=f"x{i}") for i in range(3)]
    loss = deviation(column, floor=1e-12) * 2 + 1
    loss.backward()
    print(f"with a floor under the root: loss {loss.data:.6f}, gradients {[x.grad for x in column]}")
    print("culprit:", blame(loss) or "nobody: all numbers are finite")

    try:
        (Value(0.0, label="probability").log() * -1).backward()
    except ValueError as error:
        print("what Python refuses to compute, a Value refuses too, by name:", error)


arguments(__doc__)
main()
