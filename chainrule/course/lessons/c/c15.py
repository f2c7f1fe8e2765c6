import nn
import viz
from chainrule.course import compare, show, word

# a 3-2-1 network, tanh and identity; weight number 0 of each unit is its bias: x₀ = z₀ = 1
w1 = [[0.1, 0.8, -0.5, 0.3], [-0.3, 0.4, 0.9, -0.2]]
w2 = [0.2, -0.7, 0.6]
x = [0.5, -1.5, 2.0]

network = nn.MLP(3, [2, 1], "tanh", init="zeros")
network.load_state_dict({
    "layers.0.w": [row[1:] for row in w1], "layers.0.b": [row[0] for row in w1],
    "layers.1.w": [w2[1:]], "layers.1.b": [w2[0]],
})
hidden, output = network.trace(x)

with_one = [1.0, *x]
sums = [sum(w * each for w, each in zip(row, with_one, strict=True)) for row in w1]
compare("a⁽¹⁾ = Σ wⱼᵢ xᵢ, x₀ = 1", hidden.a, sums)
z = [1.0, *(each.data for each in hidden.z)]
compare("a⁽²⁾ = Σ wₖⱼ zⱼ, z₀ = 1", output.a.data, sum(w * each for w, each in zip(w2, z, strict=True)))
compare("a⁽¹⁾", hidden.a, [1.85, -1.85])
show(viz.draw(network, bias="units", weights="symbols"))

# %% answer
count = sum(len(row) for row in w1) + len(w2)
compare(word("weights, numbers 0 included: the network's parameters"), count, len(network.parameters()))
