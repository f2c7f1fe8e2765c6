import nn
import viz
from autograd import sigmoid
from chainrule.course import compare, show, word

sizes = [2, 4, 3, 1]
model = nn.MLP(sizes[0], sizes[1:], "sigmoid", output="sigmoid", init="xavier", seed=1)

h = [0.5, -1.0]
for layer in model.layers:
    h = [sigmoid(sum(w * each for w, each in zip(n.w, h, strict=True)) + n.b) for n in layer.neurons]

compare(word("the loop gives what the network gives"), h[0].data, model([0.5, -1.0]).data)
compare(word("layers with weights"), len(model.layers), len(sizes) - 1)
show(viz.draw(model, at=[0.5, -1.0]))

# %% answer
ten = nn.MLP(2, [4] * 9 + [1], "sigmoid", seed=1)
count = (2 + 1) * 4 + 8 * (4 + 1) * 4 + (4 + 1)
compare(word("ten layers from the same line: parameters"), len(ten.parameters()), count)
