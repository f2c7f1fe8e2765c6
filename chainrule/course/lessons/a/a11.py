import nn
import viz
from autograd import Value, detach, step
from chainrule.course import compare, show, word

x, target = [Value(0.0, label="x₁"), Value(0.0, label="x₂"), Value(1.0, label="x₃")], 1.0
w, b = [Value(1.5, label="w₁"), Value(2.0, label="w₂"), Value(2.0, label="w₃")], Value(2.5, label="b")

net = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b
output = step(net)
err = detach(output - target)
(err * net).backward()
show(viz.draw(net, rate=dict.fromkeys((*w, b), 0.5)))

compare(word("net input, output, error"), [net, output, err], [-0.5, 0.0, -1.0])
for p in (*w, b):
    p.data -= 0.5 * p.grad
compare(word("w after the correction"), w, [1.5, 2.0, 2.5])
compare(word("b after the correction"), b.data, 2.0)

neuron = nn.Neuron(3, "step", init=[p.data for p in w] + [-b.data])
before = {"w": [1.5, 2.0, 2.0], "b": -2.5}
show(viz.draw(neuron, before=before, bias="threshold", inputs=["x₁", "x₂", "x₃"], outputs=["y"]))

# %% answer
compare(word("(0, 0, 1) again"), step(w[0] * 0 + w[1] * 0 + w[2] * 1 - b), 1.0)
compare(word("but (1, 0, 0) is a net input of −0.5 still"), w[0] * 1 - b, -0.5)
