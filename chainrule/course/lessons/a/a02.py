import nn
import viz
from autograd import Value, step
from chainrule.course import compare, show, word

x = [Value(1.0), Value(0.0), Value(0.0)]
w, b = [Value(2.0), Value(2.0), Value(2.0)], Value(2.0)

net = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b
y = step(net)
compare(word("net input and output at first"), [net, y], [0.0, 1.0])

w[0].data = 1.9
y.forward()
compare(word("after the repair: w₁ = 1.9"), [net, y], [-0.1, 0.0])
neuron = nn.Neuron(3, "step", init=[2.0, 2.0, 2.0, -2.0])  # nn adds its bias, so it is −b
before = neuron.state_dict()
neuron.w[0].data = 1.9
show(viz.draw(neuron, before=before, bias="threshold", inputs=["x₁", "x₂", "x₃"], outputs=["y"]))

# %% answer
w[0].data, b.data = 2.0, 2.1
y.forward()
compare(word("repaired by b = 2.1 instead"), [net, y], [-0.1, 0.0])
