import random

from autograd import Value, check_gradients, exp, sin, tanh
from autograd.graph import members
from chainrule.course import compare, word


def f(x, y):
    a = x * y
    b = sin(a) + exp(y)
    return tanh(b) * a


x, y = Value(0.7), Value(-0.4)
z = f(x, y)
z.backward()

order = [v for v in members(z) if v.parents]
error = {id(z): 1.0}
for node in reversed(order):
    for parent, partial in zip(node.parents, node.partials, strict=True):
        error[id(parent)] = error.get(id(parent), 0.0) + error[id(node)] * partial
compare(word("each node's own rule, by hand"), [error[id(x)], error[id(y)]], [x.grad, y.grad])

points = random.Random(1)
for _ in range(20):
    check_gradients(f, points.uniform(-1, 1), points.uniform(-1, 1))
compare(word("nodes that were visited, each once"), len(order), 6)

# %% answer
x.data = 0.0
z.forward()
z.zero_grad()
z.backward()
compare(word("at x = 0 the error of x goes through y's value alone"), x.grad, y.data * tanh(exp(y.data)))
