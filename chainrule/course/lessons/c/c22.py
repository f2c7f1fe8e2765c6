import nn
import viz
from chainrule.course import compare, show

network = nn.MLP(3, [2, 1], "tanh", init="zeros")
network.load_state_dict({
    "layers.0.w": [[0.8, -0.5, 0.3], [0.4, 0.9, -0.2]], "layers.0.b": [0.1, -0.3],
    "layers.1.w": [[-0.7, 0.6]], "layers.1.b": [0.2],
})
x, t = [0.5, -1.5, 2.0], 0.25

hidden, output = network.trace(x)
E = (output.z - t) ** 2 / 2
E.backward()

delta2, delta1 = output.a.grad, [a.grad for a in hidden.a]
compare("δ⁽²⁾", delta2, -1.28726974431406)
compare("δ⁽¹⁾", delta1, [0.0848642144827239, -0.0727407552709062])
z, w2 = [each.data for each in hidden.z], network.layers[1].neurons[0].w
compare("h′(aⱼ) Σ δₖ wₖⱼ", [(1 - z[j] ** 2) * delta2 * w2[j].data for j in range(2)], delta1)
compare("∂E/∂w⁽²⁾ = δ⁽²⁾ z", [w.grad for w in w2], [delta2 * each for each in z])
show(viz.draw(network, at=(x, t), loss=nn.squared_error))

# %% answer
first = [[w.grad for w in neuron.w] for neuron in network.layers[0].neurons]
compare("∂E/∂w⁽¹⁾ = δ⁽¹⁾ x", first, [[d * each for each in x] for d in delta1])
