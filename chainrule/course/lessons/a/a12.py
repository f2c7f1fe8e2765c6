from itertools import product

import nn
import viz
from autograd import Value, detach, step
from chainrule.course import compare, show, word


def correct(w, b, x, target, rate=0.5):
    inputs = [Value(each) for each in x]
    net = sum(p * each for p, each in zip(w, inputs, strict=True)) - b
    err = detach(step(net) - target)
    if err.data:
        (err * net).backward()
        for p in (*w, b):
            p.data, p.grad = p.data - rate * p.grad, 0.0
    return [each.grad for each in inputs]


def sweep(w, b):
    wrong = 0
    for x in product([0.0, 1.0], repeat=3):
        target = float(x[0] + 2 * x[1] + 3 * x[2] >= 3)
        wrong += any(correct(w, b, x, target))
    return wrong


w, b = [Value(2.0), Value(2.0), Value(2.0)], Value(2.0)
compare(word("errors sent forward, first step"), correct(w, b, (1.0, 0.0, 0.0), 0.0), [2.0, 2.0, 2.0])
compare(word("errors sent forward, second step"), correct(w, b, (0.0, 0.0, 1.0), 1.0), [-1.5, -2.0, -2.0])
compare(word("corrections in further sweeps"), [sweep(w, b), sweep(w, b)], [1, 0])
compare("w, b", [*w, b], [1.5, 1.5, 2.5, 2.5])

w, b = [Value(2.0), Value(2.0), Value(2.0)], Value(2.0)
sweep(w, b)
compare(word("from the start: corrections in sweeps 2 and 3"), [sweep(w, b), sweep(w, b)], [2, 0])
compare("w, b", [*w, b], [1.5, 1.5, 2.5, 2.5])
neuron = nn.Neuron(3, "step", init=[p.data for p in w] + [-b.data])  # nn adds its bias, so it is −b
show(viz.draw(neuron, before={"w": [2.0, 2.0, 2.0], "b": -2.0}, bias="threshold", inputs=["x₁", "x₂", "x₃"]))

# %% answer
w, b = [Value(1.0), Value(2.0), Value(3.0)], Value(3.0)
compare(word("from (1, 2, 3), 3 nothing is corrected"), sweep(w, b), 0)
