"""A loss is a perfectly good number, its gradient is nan. Which operation did it?

python examples/find_the_nan.py

Every edge of the graph keeps the partial derivative that `backward` multiplies with, so the question has an answer: walk from
the result to the leaves and stop at the first edge whose number is not finite.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from autograd import Value, mean, sqrt


def deviation(xs: list[Value], floor: float = 0.0) -> Value:
    """The standard deviation of a column of data; all its numbers may be equal, as they are below."""
    middle = mean(xs)
    return sqrt(mean([(x - middle) ** 2 for x in xs]) + floor)


def from_result_to_leaves(y: Value) -> Iterator[Value]:
    """All nodes, each once, nearest to the result first."""
    seen, level = {id(y)}, [y]
    while level:
        yield from level
        parents = [p for v in level for p in v.parents]
        level = [p for p in parents if not (id(p) in seen or seen.add(id(p)))]  # type: ignore[func-returns-value]


def culprit(y: Value) -> str:
    """The first node with a finite gradient and an edge that is not finite."""
    for v in from_result_to_leaves(y):
        for parent, partial in zip(v.parents, v.partials):
            if isfinite(v.grad) and not isfinite(v.grad * partial):
                return f"{v.op}({parent.data:g}) = {v.data:g} has the partial {partial}; a gradient of {v.grad:g} came in"
    return "nobody: all edges are finite"


def main() -> None:
    """The question, the answer, the remedy."""
    column = [Value(5.0, label=f"x{i}") for i in range(3)]
    loss = deviation(column) * 2 + 1
    loss.backward()
    print(f"loss {loss.data}, gradients {[x.grad for x in column]}")
    print("culprit:", culprit(loss))

    column = [Value(5.0, label=f"x{i}") for i in range(3)]
    loss = deviation(column, floor=1e-12) * 2 + 1
    loss.backward()
    print(f"with a floor under the root: loss {loss.data:.6f}, gradients {[x.grad for x in column]}")
    print("culprit:", culprit(loss))

    try:
        (Value(0.0, label="probability").log() * -1).backward()
    except ValueError as error:
        print("what Python refuses to compute, a Value refuses too, by name:", error)


main()
