"""Why `backward` needs an order: the recursion that everybody writes first is wrong as soon as a node is used twice.

python examples/topological_order.py

With a = x*x and y = a*a + a, the node `a` hears from two results: a*a (on both sides) and the sum. The recursion below passes
a's gradient on each time it hears, and each time with all that came before: what came first is counted again and again.
A topological order (every node after all that use it) waits until everything has come in.
Writes wrong_order.svg and right_order.svg.
"""

from __future__ import annotations

import viz
from autograd import Value
from chainrule.arguments import arguments


def graph(number: float) -> tuple[Value, Value]:
    """The leaf x and the result y."""
    x = Value(number, label="x")
    a = x * x
    a.label = "a"
    y = a * a + a
    y.label = "y"
    return x, y


def wrong_backward(v: Value) -> None:
    """Hand on what has arrived so far, parent by parent. This is not how it is done."""
    for parent, partial in zip(v.parents, v.partials):
        parent.grad += v.grad * partial
        wrong_backward(parent)


def right_order(y: Value) -> list[Value]:
    """Each node before its parents: reversed depth-first postorder, without recursion."""
    order: list[Value] = []
    seen: set[int] = set()
    stack = [(y, False)]
    while stack:
        v, finished = stack.pop()
        if finished:
            order.append(v)
        elif id(v) not in seen:
            seen.add(id(v))
            stack.append((v, True))
            stack += [(parent, False) for parent in v.parents]
    return order[::-1]


def right_backward(y: Value) -> None:
    """Hand on what has arrived once everything has arrived. `Value.backward` does the same."""
    for v in right_order(y):
        for parent, partial in zip(v.parents, v.partials):
            parent.grad += v.grad * partial


def main() -> None:
    """Both ways, beside the derivative by hand."""
    expected = (2 * 9.0 + 1) * 2 * 3.0  # y' = (2a + 1) * 2x at x = 3
    for name, backward in (("wrong", wrong_backward), ("right", right_backward)):
        x, y = graph(3.0)
        y.grad = 1.0
        backward(y)
        print(f"{name} order: dy/dx = {x.grad:g}, by hand {expected:g}")
        viz.save(y, f"{name}_order.svg", style="record")
    x, y = graph(3.0)
    y.backward()
    print(f"backward():  dy/dx = {x.grad:g}")


arguments(__doc__)
main()
