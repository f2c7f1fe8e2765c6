import viz
from autograd import Value
from chainrule.course import compare, show, word

a, b, c = Value(1.5, label="a"), Value(-2.0, label="b"), Value(0.25, label="c")
x = Value(-0.8, label="x")
f = a * x**2 + b * x + c
f.label = "f"
f.backward()

compare("f", f.data, 2.81)
compare("∂f/∂a, ∂f/∂b, ∂f/∂c = x², x, 1", [a.grad, b.grad, c.grad], [0.64, -0.8, 1.0])
compare("∂f/∂x = 2ax + b", x.grad, -4.4)
curves = {"a": (1, 0.5, -1), "b": (0, 2, -2), "c": (0, 3, -3)}
show(viz.plot_family(lambda x, a, b, c: a * x**2 + b * x + c, curves, -4, 4))

# %% answer
points = [(-1.0, 3.75), (0.0, 0.25), (2.0, 2.25)]
a, b, c = Value(0.0), Value(0.0), Value(0.0)
for _ in range(3000):
    a.grad = b.grad = c.grad = 0.0
    sum((a * x**2 + b * x + c - y) ** 2 / 2 for x, y in points).backward()
    for p in (a, b, c):
        p.data -= 0.05 * p.grad
compare(word("fitted to three points"), [a, b, c], [1.5, -2.0, 0.25], 1e-6)
