import math

import viz
from autograd import Value, exp, sigmoid
from chainrule.course import compare, show, word

points, error = [-2.0, 0.0, 1.5], [0.5, -1.0, 2.0]
x = [Value(p) for p in points]
for v, e in zip(x, error, strict=True):
    sigmoid(v).backward(e)
gradients = [v.grad for v in x]
compare(word("gradients"), gradients, [0.0524967927017533, -0.25, 0.298292904140666])

y = [sigmoid(p) for p in points]
compare("y² e⁻ˣ", [e * s * s * math.exp(-p) for e, s, p in zip(error, y, points, strict=True)], gradients)
compare("y (1 − y)", [e * s * (1 - s) for e, s in zip(error, y, strict=True)], gradients)

slopes = [sigmoid(Value(p)).partials[0] for p in (40.0, -40.0, -700.0)]
compare(word("slope at 40, −40"), [s * 1e18 for s in slopes[:2]], [4.24835425529159, 4.24835425529159])
compare(word("slope at −700, times 10³⁰⁵"), slopes[2] * 1e305, 9.85967654375977)
show(viz.plot_function(sigmoid, -6, 6, derivatives=1))

# %% answer
v = Value(1.5)
composed = 1 / (1 + exp(-v))
composed.backward(2.0)
compare(word("from its parts"), v.grad, 0.298292904140666)
compare(word("y (1 − y) at 40 loses everything"), sigmoid(40.0) * (1 - sigmoid(40.0)), 0.0)
