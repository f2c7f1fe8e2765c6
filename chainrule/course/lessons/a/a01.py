from itertools import product

import nn
import viz
from autograd import Value, step
from chainrule.course import compare, show, word

w, b = [Value(1.0), Value(2.0), Value(3.0)], Value(3.0)


def net(x):
    return w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b


inputs = list(product([0.0, 1.0], repeat=3))
nets = [net(x) for x in inputs]
compare(word("net input of 000 to 111"), nets, [-3.0, 0.0, -1.0, 2.0, -2.0, 1.0, 0.0, 3.0])
compare(word("output"), [step(each) for each in nets], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])
neuron = nn.Neuron(3, "step", init=[1.0, 2.0, 3.0, -3.0])  # nn adds its bias, so it is −b
show(viz.draw(neuron, bias="threshold", inputs=["x₁", "x₂", "x₃"], outputs=["y"]))

# %% answer
b.data = 3.5
outputs = [step(net(x)) for x in inputs]
compare(word("output with b = 3.5"), outputs, [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
