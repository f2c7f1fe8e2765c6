import nn
import viz
from autograd import Value, softmax, tanh
from autograd.graph import members
from chainrule.course import compare, show, word

model = nn.MLP(2, [3, 2, 3], "sigmoid", init="xavier", seed=1)
x, label = [0.8, -0.6], 1
layers = model.trace(x)
nn.cross_entropy(layers[-1].a, label).backward()

by_graph, by_rule = [], []
delta = [p - (k == label) for k, p in enumerate(softmax([g.data for g in layers[-1].a]))]
for depth in (2, 1, 0):
    neurons, inputs = model.layers[depth].neurons, [h.data for h in layers[depth - 1].z] if depth else x
    for neuron, error in zip(neurons, delta, strict=True):
        by_graph += [p.grad for p in (*neuron.w, neuron.b)]
        by_rule += [error * h for h in (*inputs, 1.0)]
    back = [sum(d * n.w[j].data for d, n in zip(delta, neurons, strict=True)) for j in range(len(inputs))]
    delta = [error * (1 - h) * h for error, h in zip(back, inputs, strict=True)]
compare(word("parameters of a 2-3-2-3 network"), len(by_graph), 26)
apart = max(abs(a - b) for a, b in zip(by_graph, by_rule, strict=True))
compare(word("all by the rule, from the back to the front: largest difference"), apart, 0.0, 1e-15)


def tower(layers):
    x = h = Value(0.3, label="x")
    for _ in range(layers):
        h = tanh(h) + 0.5 * h * h
    return x, h


def paths(v, x):
    return 1 if v is x else sum(paths(parent, x) for parent in v.parents)


x, y = tower(6)
nodes = [v for v in members(y) if v.parents]
compare(word("six layers: nodes, paths"), [len(nodes), paths(y, x)], [24, 729])
show(viz.draw(tower(2)[1], at_step=14))

# %% answer
x, y = tower(12)
nodes = [v for v in members(y) if v.parents]
compare(word("twelve layers: nodes, paths"), [len(nodes), paths(y, x)], [48, 3**12])
