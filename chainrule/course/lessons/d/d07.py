import nn
import viz
from autograd import softmax
from chainrule.course import compare, show, word

output = nn.Layer(2, 3, "identity", init="zeros")
output.load_state_dict({"w": [[0.1, -0.2], [0.5, 0.0], [0.7, 0.0]], "b": [0.0, 0.0, 0.0]})
h = [0.6, 0.9]

g = output(h)
probabilities = softmax(g)
L = nn.cross_entropy(g, 2)

compare(word("sums g"), g, [-0.12, 0.3, 0.42])
compare(word("probabilities add up to 1"), sum(p.data for p in probabilities), 1.0)
compare("L = −log h₂", L.data, -probabilities[2].log().data)
show(viz.draw(output))

# %% answer
likely = max(range(3), key=lambda k: probabilities[k].data)
compare(word("the likeliest class"), likely, 2)
