import nn
import viz
from autograd import sigmoid
from chainrule.course import compare, show, word

# a 2-2-2 network of sigmoids; weight number 0 of each unit is its bias: x₀ = z₀ = 1
w1 = [[0.1, 0.8, -0.3], [-0.3, 0.4, 1.0]]
w2 = [[0.2, -0.7, 0.6], [-0.1, 0.5, 0.3]]
x = [1.5, -2.0]


def layer(w, inputs):
    """The sums of a layer: of each row of weights times (1, inputs)."""
    return [sum(weight * each for weight, each in zip(row, [1.0, *inputs], strict=True)) for row in w]


a1 = layer(w1, x)
z = [sigmoid(a) for a in a1]
y = [sigmoid(a) for a in layer(w2, z)]
compare("a⁽¹⁾ = Σ wⱼᵢ xᵢ, x₀ = 1", a1, [1.9, -1.7])
compare("z = h(a⁽¹⁾)", z, [0.869891525637002, 0.154465265083535])
compare("y = σ(Σ wₖⱼ zⱼ), z₀ = 1", y, [0.421591163927821, 0.594183074434798])
whole = [sigmoid(a) for a in layer(w2, [sigmoid(a) for a in layer(w1, x)])]
compare(word("the whole network in one line"), whole, y)

network = nn.MLP(2, [2, 2], "sigmoid", output="sigmoid", init="zeros")
network.load_state_dict({
    "layers.0.w": [row[1:] for row in w1], "layers.0.b": [row[0] for row in w1],
    "layers.1.w": [row[1:] for row in w2], "layers.1.b": [row[0] for row in w2],
})
compare(word("the network with these weights"), network(x), y)
show(viz.draw(network, bias="units", weights="symbols"))

# %% answer
count = sum(len(row) for row in w1 + w2)
compare(word("weights, numbers 0 included: the network's parameters"), count, len(network.parameters()))
