from itertools import product

from autograd import Value, exp
from chainrule.course import compare, word

T = 1.5
w = {(0, 1): Value(0.5), (0, 2): Value(-0.3), (1, 2): Value(0.8)}
states = list(product((0, 1), repeat=3))
factors = {u: exp(sum(wij * (u[i] * u[j]) for (i, j), wij in w.items()) / T) for u in states}
Z = sum(factors.values())
q = factors[1, 1, 0] / Z
q.backward()

gradients = [wij.grad for wij in w.values()]
compare("∂q(110)/∂w", gradients, [0.0623449127310063, -0.0264396953112595, -0.0349061835389644])
model = [sum(u[i] * u[j] * each.data for u, each in factors.items()) / Z.data for i, j in w]
here = [1, 0, 0]
formula = [q.data * (a - b) / T for a, b in zip(here, model, strict=True)]
compare("q(s) (uᵢuⱼ − ⟨uᵢuⱼ⟩)/T", formula, gradients)

# %% answer
total = [0.0, 0.0, 0.0]
for each in factors.values():
    for wij in w.values():
        wij.grad = 0.0
    (each / Z).backward()
    total = [t + wij.grad for t, wij in zip(total, w.values(), strict=True)]
compare(word("over all states they add up to 0"), total, [0.0, 0.0, 0.0])
