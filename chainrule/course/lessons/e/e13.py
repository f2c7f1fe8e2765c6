import viz
from autograd import Value
from chainrule.course import compare, show, word

x, y = Value(3.0, label="x"), Value(-4.0, label="y")
z = x * y
z.label = "z"
L = 0.5 * z
L.label = "L"
L.backward()

compare("z, L", [z, L], [-12.0, -6.0])
compare(word("local derivatives of ×: the other input"), z.partials, [-4.0, 3.0])
compare(word("what comes in"), z.grad, 0.5)
compare("∂L/∂x = 0.5 y", x.grad, -2.0)
compare("∂L/∂y = 0.5 x", y.grad, 1.5)
show(viz.draw(z, symbols="L", backward=True))
show(viz.draw(L, focus=z))

# %% answer
x = Value(3.0)
(x * x).backward()
compare(word("x · x at 3: both wires bring 3"), x.grad, 6.0)
