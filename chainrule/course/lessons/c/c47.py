from itertools import product

import viz
from autograd import exp, log, record
from chainrule.course import compare, show, word

states = list(product((0, 1), repeat=3))
pairs = [(0, 1), (0, 2), (1, 2)]
p = dict(zip(states, (0.10, 0.05, 0.05, 0.20, 0.10, 0.10, 0.15, 0.25), strict=True))


def divergence(w):
    energies = {u: -sum(w[k] * (u[i] * u[j]) for k, (i, j) in enumerate(pairs)) for u in states}
    log_z = log(sum(exp(-energies[u]) for u in states))
    return sum(p[u] * (log(p[u]) + energies[u] + log_z) for u in states)


program = record(divergence, [0.1, 0.1, 0.1])
w, D = [0.0, 0.0, 0.0], []
for _ in range(201):
    value, gradient = program.value_and_grad(w)
    D.append(value)
    w = [each - 0.5 * g for each, g in zip(w, gradient, strict=True)]

lecture = [0.136063615926548, 0.102616283049128, 0.0242487800472641]
compare("D₀, D₁, D₂₀₀", [D[0], D[1], D[200]], lecture)
compare(word("data and model agree at the end"), max(map(abs, gradient)) < 1e-5, True)
show(viz.plot_losses(D, log=True, ylabel="D(p‖q)"))

# %% answer
compare(word("it does not reach 0: three weights, seven free probabilities"), D[200] > 0.02, True)
