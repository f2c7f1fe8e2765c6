from itertools import product

from autograd import Value, exp, log
from chainrule.course import compare, show, word

T = 1.5
states = list(product((0, 1), repeat=3))
p = dict(zip(states, (0.10, 0.05, 0.05, 0.20, 0.10, 0.10, 0.15, 0.25), strict=True))
w = {(0, 1): Value(0.5), (0, 2): Value(-0.3), (1, 2): Value(0.8)}

factors = {u: exp(sum(wij * (u[i] * u[j]) for (i, j), wij in w.items()) / T) for u in states}
Z = sum(factors.values())
q = {u: each / Z for u, each in factors.items()}
D = sum(p[u] * log(p[u] / q[u]) for u in states)
D.backward()

compare("D(p‖q)", D.data, 0.0424523761965124)
data = [sum(p[u] * u[i] * u[j] for u in states) for i, j in w]
model = [sum(q[u].data * u[i] * u[j] for u in states) for i, j in w]
compare(word("⟨uᵢuⱼ⟩ of the data"), data, [0.4, 0.35, 0.45])
compare(word("⟨uᵢuⱼ⟩ of the model"), model, [0.338852152881151, 0.280384507216157, 0.370168905320228])
gradient = [wij.grad for wij in w.values()]
compare("∂D/∂w", gradient, [-0.0407652314125663, -0.0464103285225617, -0.0532207297865149])
compare(word("−(data − model)/T"), [-(d - m) / T for d, m in zip(data, model, strict=True)], gradient)

from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
names = ["".join(map(str, u)) for u in states]
ax.bar([k - 0.2 for k in range(8)], list(p.values()), 0.4, color="#0b5cad", label=word("data p(s)"))
model_q = [each.data for each in q.values()]
ax.bar([k + 0.2 for k in range(8)], model_q, 0.4, color="#e08a4f", label=word("model q(s)"))
ax.set_xticks(range(8), names)
ax.legend()
show(figure)

# %% answer
def divergence(a, b):
    return sum(a[u] * log(a[u] / b[u]) for u in states)


def moved(by):
    """The data with so much taken from 000 and given to 111."""
    return {**p, (0, 0, 0): p[0, 0, 0] - by, (1, 1, 1): p[1, 1, 1] + by}


compare(word("the data from themselves"), divergence(p, moved(0.0)), 0.0)
away = [divergence(p, moved(by)) for by in (-0.2, -0.1, -0.01, 0.01, 0.05)]
compare(word("from any other distribution it is more"), min(away) > 0, True)
