import nn
import viz
from chainrule.course import compare, show, word

network = nn.MLP(2, [2, 2], "sigmoid", output="sigmoid", init="zeros")  # that of C15
network.load_state_dict({
    "layers.0.w": [[0.8, -0.3], [0.4, 1.0]], "layers.0.b": [0.1, -0.3],
    "layers.1.w": [[-0.7, 0.6], [0.5, 0.3]], "layers.1.b": [0.2, -0.1],
})
x, t = [1.5, -2.0], [1.0, 0.0]

hidden, output = network.trace(x)
E = sum((y - target) ** 2 for y, target in zip(output.z, t, strict=True)) / 2
E.backward()

delta2, delta1 = [a.grad for a in output.a], [a.grad for a in hidden.a]
compare("E", E.data, 0.343805153795581)
compare("δ⁽²⁾", delta2, [-0.14104618297424, 0.143275096458868])
compare("δ⁽¹⁾", delta1, [0.0192825067713476, -0.00543909995205005])
y, z = [each.data for each in output.z], [each.data for each in hidden.z]
compare("h′(aₖ)(yₖ − tₖ)", [y[k] * (1 - y[k]) * (y[k] - t[k]) for k in range(2)], delta2)
w2 = [[w.data for w in neuron.w] for neuron in network.layers[1].neurons]
back = [sum(delta2[k] * w2[k][j] for k in range(2)) for j in range(2)]
compare("h′(aⱼ) Σ δₖ wₖⱼ", [z[j] * (1 - z[j]) * back[j] for j in range(2)], delta1)
second = [[w.grad for w in neuron.w] for neuron in network.layers[1].neurons]
compare("∂E/∂w⁽²⁾ = δ⁽²⁾ z", second, [[d * each for each in z] for d in delta2])
show(viz.draw(network, at=(x, t), loss=nn.squared_error))

# another one, 3-2-1 with tanh and the identity
other = nn.MLP(3, [2, 1], "tanh", init=[0.8, -0.5, 0.3, 0.1, 0.4, 0.9, -0.2, -0.3, -0.7, 0.6, 0.2])
hidden, output = other.trace([0.5, -1.5, 2.0])
((output.z - 0.25) ** 2 / 2).backward()
compare(word("3-2-1, tanh: δ⁽²⁾"), output.a.grad, -1.28726974431406)
compare(word("3-2-1, tanh: δ⁽¹⁾"), [a.grad for a in hidden.a], [0.0848642144827239, -0.0727407552709062])

# %% answer
first = [[w.grad for w in neuron.w] for neuron in network.layers[0].neurons]
compare("∂E/∂w⁽¹⁾ = δ⁽¹⁾ x", first, [[d * each for each in x] for d in delta1])
