import nn
import viz
from autograd import Value, detach, step
from chainrule.course import compare, show, word

x, target = [Value(1.0, label="x₁"), Value(0.0, label="x₂"), Value(0.0, label="x₃")], 0.0
w, b = [Value(2.0, label="w₁"), Value(2.0, label="w₂"), Value(2.0, label="w₃")], Value(2.0, label="b")

net = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b
output = step(net)
err = detach(output - target)
L = err * net
L.backward()

compare(word("output, error"), [output, err], [1.0, 1.0])
compare("∂L/∂w", [p.grad for p in w], [1.0, 0.0, 0.0])
compare("∂L/∂b", b.grad, -1.0)
show(viz.draw(net, rate=dict.fromkeys((*w, b), 0.5)))
for p in (*w, b):
    p.data -= 0.5 * p.grad
compare(word("w after the correction"), w, [1.5, 2.0, 2.0])
compare(word("b after the correction"), b.data, 2.5)

neuron = nn.Neuron(3, "step", init=[p.data for p in w] + [-b.data])  # nn adds its bias, so it is −b
before = {"w": [2.0, 2.0, 2.0], "b": -2.0}
show(viz.draw(neuron, before=before, bias="threshold", inputs=["x₁", "x₂", "x₃"], outputs=["y"]))

# %% answer
compare(word("(1, 0, 0) again"), step(w[0] * 1 + w[1] * 0 + w[2] * 0 - b), 0.0)
