import nn
import viz
from chainrule.course import compare, show, word

layer = nn.Layer(3, 2, "identity", init="zeros")
layer.load_state_dict({"w": [[0.5, -0.2, 0.1], [0.3, 0.8, -0.6]], "b": [0.0, 0.0]})
x, t = [1.0, 2.0, -1.5], [0.5, -1.0]

y = layer(x)
E = sum((output - target) ** 2 for output, target in zip(y, t, strict=True)) / 2
E.backward()

compare("y", y, [-0.05, 2.8])
compare("E", E.data, 7.37125)
gradients = [[w.grad for w in neuron.w] for neuron in layer.neurons]
compare("∂E/∂w", gradients, [[-0.55, -1.1, 0.825], [3.8, 7.6, -5.7]])
compare(word("(y − t) times x"), [[(y[k].data - t[k]) * each for each in x] for k in range(2)], gradients)
show(viz.draw(layer, at=(x, t), loss=nn.squared_error))

# %% answer
step = 1 / sum(each**2 for each in x)
for neuron in layer.neurons:
    for w in neuron.w:
        w.data -= step * w.grad
compare(word("one step of size 1/‖x‖² answers this sample exactly"), layer(x), t)
