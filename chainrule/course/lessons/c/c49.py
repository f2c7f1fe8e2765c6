import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

x = [[0.5, -1.0, 0.25, 2.0], [1.0, 0.0, -0.5, 0.75], [-1.5, 0.3, 0.8, -0.2], [0.6, -0.4, 1.2, 0.1]]
x = [[Value(each) for each in row] for row in x]
unit = nn.Conv2d(1, 1, 3, "tanh", init=[0.2, -0.1, 0.3, 0.5, 0.4, -0.6, -0.2, 0.1, 0.7, -0.05])

y = unit(x)[0]
L = 1.0 * y[0][0] - 0.5 * y[0][1] + 2.0 * y[1][0] + 0.25 * y[1][1]
L.backward()
k00, bias = unit.parameters()[0], unit.parameters()[-1]
compare("∂L/∂k₀₀", k00.grad, 2.12575272804108)
compare("∂L/∂b", bias.grad, 1.43386229886645)
compare("∂L/∂x₁₁", x[1][1].grad, -0.321837794548859)
show(viz.draw(unit))


def layer(maps, side, window, *, shared):
    """Units, connections, free parameters of a layer; each unit has a window of weights, and its own bias."""
    units = maps * side**2
    return units, units * (window + 1), units + maps * window if shared else units * (window + 1)


h1, h2 = layer(12, 8, 5 * 5, shared=True), layer(12, 4, 8 * 5 * 5, shared=True)
h3, last = layer(30, 1, h2[0], shared=False), layer(10, 1, 30, shared=False)
units, links, free = zip(h1, h2, h3, last, strict=True)
compare(word("LeNet 1989: units"), 16 * 16 + sum(units), 1256)
compare(word("connections, layer by layer"), links, [19968, 38592, 5790, 310])
compare(word("connections, free parameters"), [sum(links), sum(free)], [64660, 9760])

# %% answer
dense = len(nn.Layer(256, 768, "tanh", init="zeros").parameters())
compare(word("H1 fully connected: parameters, times as many"), [dense, round(dense / h1[2])], [197376, 185])
