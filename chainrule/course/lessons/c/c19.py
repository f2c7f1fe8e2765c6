import viz
from autograd import Value
from chainrule.course import compare, show, word

data = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0), (4.0, 4.0)]


def E(w, b):
    return sum((w * x + b - t) ** 2 / 2 for x, t in data)


w, b = Value(0.5, label="w"), Value(0.0, label="b")
error = E(w, b)
error.backward()
compare("E", error.data, 11.25)
compare(word("gradient: the sum of the four"), [w.grad, b.grad], [-24.0, -9.0])

path = [(0.5, 0.0)]
for _ in range(1000):
    w.data, b.data = w.data - 0.02 * w.grad, b.data - 0.02 * b.grad
    w.grad = b.grad = 0.0
    E(w, b).backward()
    path.append((w.data, b.data))
compare("E₁₀₀₀", E(w.data, b.data), 0.900000000017989)
compare("w, b", [w, b], [0.8, 1.5], 1e-5)
show(viz.plot_descent(E, path={word("batch"): path[:100]}, low=(0.3, -0.3), high=(1.5, 1.6)))

# %% answer
w, b = Value(0.5), Value(0.0)
(E(w, b) / 4).backward()
first = [path[1][0] - path[0][0], path[1][1] - path[0][1]]
compare(word("the mean with 4 times the rate: the same step"), [-0.08 * w.grad, -0.08 * b.grad], first)
