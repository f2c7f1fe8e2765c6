import nn
import viz
from chainrule.course import compare, show, word

model = nn.MLP(2, [2, 3], "sigmoid", init="zeros")
model.load_state_dict({
    "layers.0.w": [[0.7, -1.2], [0.3, 0.9]], "layers.0.b": [0.1, -0.4],
    "layers.1.w": [[0.5, -0.3], [-0.2, 0.8], [0.1, 0.4]], "layers.1.b": [0.05, -0.1, 0.2],
})
x, label = [1.5, -0.5], 0

hidden, output = model.trace(x)
L = nn.cross_entropy(output.a, label)
L.backward()

compare("L", L.data, 1.04080823509998)
delta = [g.grad for g in hidden.a]
compare("∂L/∂g", delta, [-0.0424850023226885, 0.133806321645622])
compare("∂L/∂w₀₀", model.layers[0].neurons[0].w[0].grad, -0.0637275034840328)
weights = [[w.data for w in neuron.w] for neuron in model.layers[1].neurons]
for j in range(2):
    back = sum(output.a[k].grad * weights[k][j] for k in range(3))
    h = hidden.z[j].data
    compare(word("by the recursion"), back * (1 - h) * h, delta[j])
show(viz.draw(model, at=(x, label), loss=nn.cross_entropy))

# %% answer
compare(word("∂L/∂b is ∂L/∂g times 1"), [neuron.b.grad for neuron in model.layers[0].neurons], delta)
