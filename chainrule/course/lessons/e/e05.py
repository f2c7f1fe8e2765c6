import viz
from autograd import Value
from chainrule.course import compare, show, word

x, y = Value(2.0, label="x"), Value(-3.0, label="y")
s = x + y
p = s * x
p.label = "p"

compare(word("operation of each node"), [s.op, p.op], ["add", "mul"])
compare(word("what is kept: s, p"), [s, p], [-1.0, -2.0])
compare(word("p's local derivatives, by s and by x"), p.partials, [2.0, -1.0])

p.backward()
compare("∂p/∂x, ∂p/∂y", [x.grad, y.grad], [1.0, 2.0])
show(viz.draw(p, partials=True))

# %% answer
compare(word("by x: 2x + y, by y: x"), [x.grad, y.grad], [2 * x.data + y.data, x.data])
compare(word("x is an operand of both nodes"), [v is x for v in (s.parents[0], p.parents[1])], [True, True])
