import nn
import viz
from chainrule.course import compare, show, word

model = nn.MLP(2, [3, 2, 3], "sigmoid", init="zeros")
model.load_state_dict({
    "layers.0.w": [[0.5, -0.4], [0.9, 0.2], [-0.3, 0.7]], "layers.0.b": [0.1, -0.2, 0.3],
    "layers.1.w": [[0.3, -0.6, 0.4], [0.2, 0.5, -0.1]], "layers.1.b": [0.1, -0.2],
    "layers.2.w": [[0.6, -0.5], [-0.4, 0.7], [0.2, 0.3]], "layers.2.b": [0.4, 0.1, -0.1],
})  # our numbers
x, label = [0.8, -0.6], 1

first, second, output = model.trace(x)
L = nn.cross_entropy(output.a, label)
L.backward()

known = [g.grad for g in second.a]  # computed already, one layer nearer to the output
weights = [[w.data for w in neuron.w] for neuron in model.layers[1].neurons]
for j in range(3):
    back = sum(known[k] * weights[k][j] for k in range(2))
    h = first.z[j].data
    compare(f"∂L/∂g{j}", first.a[j].grad, back * (1 - h) * h)
compare(word("three hidden sums from two numbers that are known"), [len(first.a), len(known)], [3, 2])
show(viz.draw(model, at=(x, label), loss=nn.cross_entropy))

# %% answer
w = model.layers[0].neurons[1].w[0]
start, h, losses = w.data, 1e-6, []
for moved in (start + h, start - h):
    w.data = moved
    losses.append(nn.cross_entropy(model(x), label).data)
compare(word("one weight by differences"), (losses[0] - losses[1]) / (2 * h), w.grad, 1e-8)
