import viz
from autograd import Value
from chainrule.course import compare, show, word

x, y = Value(1.5, label="x"), Value(-2.25, label="y")
z = x + y
z.label = "z"
L = 0.7 * z
L.label = "L"
L.backward()

compare("z, L", [z, L], [-0.75, -0.525])
compare(word("local derivatives of +"), z.partials, [1.0, 1.0])
compare(word("what comes in"), z.grad, 0.7)
compare(word("what goes out"), [x.grad, y.grad], [0.7, 0.7])
show(viz.draw(z, symbols="L", backward=True))
show(viz.draw(L, focus=z))

# %% answer
x = Value(1.5)
(x + x).backward()
compare(word("x + x: both wires bring 1"), x.grad, 2.0)
