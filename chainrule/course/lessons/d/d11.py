import nn
import viz
from chainrule.course import compare, show, word

output = nn.Layer(2, 3, "identity", init="zeros")
output.load_state_dict({"w": [[0.1, -0.2], [0.5, 0.0], [0.7, 0.0]], "b": [0.0, 0.0, 0.0]})
h = [0.6, 0.9]
L = nn.cross_entropy(output(h), 2)
L.backward()

db = [neuron.b.grad for neuron in output.neurons]
dw = [[w.grad for w in neuron.w] for neuron in output.neurons]
compare("L", L.data, 0.904084007671925)
compare("∂L/∂b = h − y", db, [0.23596211708399, 0.359125270784216, -0.595087387868206])
compare("∂L/∂w₂₀", dw[2][0], -0.357052432720924)
compare(word("all six are (h − y) times the input"), dw, [[d * x for x in h] for d in db])
show(viz.draw(output, at=(h, 2), loss=nn.cross_entropy))

# %% answer
output.zero_grad()
nn.cross_entropy(output([0.0, 0.0]), 2).backward()
compare(word("inputs 0: the weights learn nothing"), [w.grad for w in output.neurons[0].w], [0.0, 0.0])
