from itertools import product

import viz
from autograd import Value, step
from chainrule.course import compare, show, word

w, b = [Value(1.0, label="w₁"), Value(2.0, label="w₂"), Value(3.0, label="w₃")], Value(3.0, label="b")


def net(x):
    return w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b


inputs = list(product([0.0, 1.0], repeat=3))
nets = [net(x) for x in inputs]
compare(word("net input of 000 to 111"), nets, [-3.0, 0.0, -1.0, 2.0, -2.0, 1.0, 0.0, 3.0])
compare(word("output"), [step(each) for each in nets], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])
x = [Value(1.0, label="x₁"), Value(1.0, label="x₂"), Value(0.0, label="x₃")]
show(viz.draw(step(net(x))))

# %% answer
b.data = 3.5
outputs = [step(net(x)) for x in inputs]
compare(word("output with b = 3.5"), outputs, [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
