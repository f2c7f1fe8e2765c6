from itertools import pairwise

import viz
from autograd import Value
from chainrule.course import compare, show, word

w, eta = Value(2.0, label="w"), 0.2
path = [w.data]
for _ in range(10):
    w.grad = 0.0
    (w**2).backward()
    w.data -= eta * w.grad
    path.append(w.data)

steps = [abs(b - a) for a, b in pairwise(path)]
compare(word("lengths of the first steps"), steps[:4], [0.8, 0.48, 0.288, 0.1728])
compare(word("ratio of one to the next"), [b / a for a, b in pairwise(steps)], [0.6] * 9)
show(viz.plot_descent(lambda w: w**2, 2.0, eta, 10, tangents=True))

# %% answer
quartic, w = [], Value(1.0)
for _ in range(3):
    w.grad = 0.0
    (w**4).backward()
    quartic.append(eta * w.grad)
    w.data -= quartic[-1]
ratios = [b / a for a, b in pairwise(quartic)]
compare(word("w⁴: the ratios are not constant"), ratios, [0.2**3, 0.968**3])
