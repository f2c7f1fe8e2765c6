import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

affine = nn.Layer(3, 2, "identity", seed=1)
affine.load_state_dict({"w": [[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]], "b": [0.05, -0.15]})
x = [Value(0.5), Value(-1.0), Value(2.0)]

y = affine(x)
L = y[0] * 1.0 + y[1] * -2.0
L.backward()

compare("y = xW + b", y, [-1.2, 0.55])
compare("dx", [v.grad for v in x], [0.5, -0.5, -1.7])
dw = [[w.grad for w in neuron.w] for neuron in affine.neurons]
compare("dw", dw, [[0.5, -1.0, 2.0], [-1.0, 2.0, -4.0]])
compare("db", [neuron.b.grad for neuron in affine.neurons], [1.0, -2.0])
show(viz.draw(affine))

# %% answer
network = nn.MLP(3, [4, 2], "tanh", seed=1)
compare(word("parameters of a 3-4-2 network"), len(network.parameters()), (3 + 1) * 4 + (4 + 1) * 2)
