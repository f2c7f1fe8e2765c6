import viz
from autograd import Value
from chainrule.course import compare, show, word


def square_of_sum(a, b):
    x, y = Value(a, label="x"), Value(b, label="y")
    t = x + y
    t.label = "t"
    z = t**2
    z.label = "z"
    z.backward()
    return x, y, t, z


x, y, t, z = square_of_sum(3.0, 4.0)
compare("t, z", [t, z], [7.0, 49.0])
compare("dz/dz, dz/dt = 2t, dt/dx", [z.grad, z.partials[0], t.partials[0]], [1.0, 14.0, 1.0])
compare("dz/dx = 2(x + y)", [x.grad, y.grad], [14.0, 14.0])
show(viz.draw(z, symbols=True))

x, y, t, z = square_of_sum(0.3, -1.7)
compare(word("at 0.3 and −1.7"), [t, z, x.grad], [-1.4, 1.96, -2.8])

# %% answer
x, y = Value(3.0), Value(4.0)
expanded = x**2 + 2 * x * y + y**2
expanded.backward()
compare(word("multiplied out"), [expanded, x.grad, y.grad], [49.0, 14.0, 14.0])
