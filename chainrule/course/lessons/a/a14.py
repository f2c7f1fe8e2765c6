import nn
import viz
from autograd import Value, sigmoid, tanh
from chainrule.course import compare, show, word


def layer(v, x=0.7):
    x, w, c, v = Value(x, label="x"), Value(1.3, label="w"), Value(-0.2, label="c"), Value(v, label="v")
    y = x + v * tanh(w * x + c)
    y.label = "y"
    y.backward()
    return y, x, w, v


y, x, w, v = layer(0.0)
compare(word("F = 0: y, dy/dx, dy/dw"), [y, x.grad, w.grad], [0.7, 1.0, 0.0])
compare("dy/dv", v.grad, 0.610676832816844)
y, x, w, v = layer(-0.6)
compare("v = −0.6: y, dy/dx", [y, x.grad], [0.333593900309893, 0.510882431428585])
inside = nn.Layer(1, 1, "tanh", init=[1.3, -0.2]), nn.Layer(1, 1, "identity", init=[-0.6, 0.0])
show(viz.draw(nn.Residual(*inside), at=[0.7]))
show(viz.draw(y))


def through(layers, skip):
    x = h = Value(0.5)
    for _ in range(layers):
        h = h + sigmoid(h) if skip else sigmoid(h)
    h.backward()
    return x.grad


compare(word("ten layers without"), through(10, skip=False) * 1e7, 3.48311560978517)
compare(word("ten layers with skips"), through(10, skip=True), 1.79236178823981)

# %% answer
gradients = {word("without"): [through(n, skip=False) for n in range(21)]}
gradients[word("with")] = [through(n, skip=True) for n in range(21)]
factors, h = 1.0, 0.5
for _ in range(100):
    factors, h = factors * (1 + sigmoid(h) * (1 - sigmoid(h))), h + sigmoid(h)
compare(word("a hundred layers with skips: the product of 1 + σ′"), through(100, skip=True), factors)
compare(word("still above 1"), factors > 1, True)
show(viz.plot_losses(gradients, log=True, xlabel=word("layers"), ylabel="dy/dx"))
