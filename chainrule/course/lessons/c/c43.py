from itertools import product

from autograd import Value, exp, log
from chainrule.course import compare, word

T = 1.5
w = {(0, 1): Value(0.5), (0, 2): Value(-0.3), (1, 2): Value(0.8)}
states = list(product((0, 1), repeat=3))


def boltzmann_factor(u):
    return exp(sum(wij * (u[i] * u[j]) for (i, j), wij in w.items()) / T)


factors = {u: boltzmann_factor(u) for u in states}
Z = sum(factors.values())
q = {u: each.data / Z.data for u, each in factors.items()}
log(Z).backward()

compare("Z", Z.data, 9.8666820845415)
lecture = [0.197405168664172, 0.172763736656056, 0.101351192977702]
compare("q(111), q(011), q(000)", [q[1, 1, 1], q[0, 1, 1], q[0, 0, 0]], lecture)
gradients = [wij.grad for wij in w.values()]
compare("∂ln Z/∂w", gradients, [0.2259014352541, 0.186923004810772, 0.246779270213485])
together = [sum(p * u[i] * u[j] for u, p in q.items()) / T for i, j in w]
compare(word("⟨uᵢuⱼ⟩ of the model, over T"), together, gradients)

# %% answer
compare(word("states of 20 units"), sum(1 for _ in product((0, 1), repeat=20)), 1048576)
hot = [boltzmann_factor(u).data for u in states]
compare(word("the likeliest state is the one of lowest energy"), states[hot.index(max(hot))], (1, 1, 1))
