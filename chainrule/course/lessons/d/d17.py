from itertools import pairwise

import viz
from autograd import Value, relu, sigmoid, tanh
from chainrule.course import compare, show, word


def chain(activation):
    weights, h = [Value(1.0) for _ in range(10)], Value(0.5)
    for w in weights:
        h = activation(w * h)
    h.backward()
    return [[w] for w in weights]


slopes = [sigmoid(Value(x)).partials[0] for x in (0.0, 1.0, 2.0, 5.0, 10.0)]
lecture = [0.25, 0.196611933241482, 0.104993585403507, 0.00664805667079015, 4.53958077359517e-5]
compare(word("sigmoid's slope at 0, 1, 2, 5, 10"), slopes, lecture)
largest = max(slopes)
bounds = [largest**n for n in range(1, 6)]
compare(word("bounds after 1 to 5 layers: 0.25ⁿ"), bounds, [0.25, 0.0625, 0.015625, 0.00390625, 0.0009765625])
compare(word("after ten, times 10⁷"), largest**10 * 1e7, 9.5367431640625)
layers = [w.grad for (w,) in chain(sigmoid)]
compare(word("layer 1, times 10⁷"), layers[0] * 1e7, 1.74155780489258)
compare(word("layers 5 and 10"), [layers[4], layers[9]], [8.47975824471204e-5, 0.148090474637785])
chains = {"sigmoid": chain(sigmoid), "tanh": chain(tanh), "ReLU": chain(relu)}
show(viz.plot_gradients(chains, bound=0.25))

# %% answer
ratios = [earlier / later for earlier, later in pairwise(layers)]
compare(word("no layer keeps more than a quarter"), max(ratios[1:]) < 0.25, True)
compare(word("ReLU keeps all of it"), [w.grad for (w,) in chain(relu)], [0.5] * 10)
