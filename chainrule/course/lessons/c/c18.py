import viz
from autograd import Value
from chainrule.course import compare, show, word

data = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0), (4.0, 4.0)]


def gradient(w, b, points):
    w, b = Value(w), Value(b)
    sum((w * x + b - t) ** 2 / 2 for x, t in points).backward()
    return w.grad, b.grad


apart = [list(gradient(0.5, 0.0, [point])) for point in data]
compare(word("∂Eₙ/∂w, ∂Eₙ/∂b at the start"), apart, [[-1.5, -1.5], [-4.0, -2.0], [-10.5, -3.5], [-8.0, -2.0]])

w, b, eta = 0.5, 0.0, 0.02
path = [(w, b)]
for point in data:
    gw, gb = gradient(w, b, [point])
    w, b = w - eta * gw, b - eta * gb
    path.append((w, b))
compare(word("after each point"), path[1:3], [[0.53, 0.03], [0.6064, 0.0682]])
compare("", path[3:], [[0.793156, 0.130452], [0.84890992, 0.14439048]])


def E(w, b):
    return sum((w * x + b - t) ** 2 / 2 for x, t in data)


show(viz.plot_descent(E, path={word("online"): path}, low=(0.4, -0.2), high=(1.3, 0.6)))

# %% answer
other = [0.5, 0.0]
for point in reversed(data):
    g = gradient(*other, [point])
    other = [p - eta * each for p, each in zip(other, g, strict=True)]
compare(word("in the other order it ends at"), other, [0.90747664, 0.14382064])
