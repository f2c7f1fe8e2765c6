from autograd import Value
from chainrule.course import compare, word

u = [1.0, 0.0, 1.0, 1.0]
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]
start = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
w = {pair: Value(number) for pair, number in start.items()}


def energy():
    together = sum(wij * u[i] * u[j] for (i, j), wij in w.items())
    return -together - sum((s[i] - theta[i]) * u[i] for i in range(4))


E = energy()
E.backward()
compare("∂E/∂wᵢⱼ = −uᵢuⱼ", [wij.grad for wij in w.values()], [0.0, -1.0, -1.0, 0.0, 0.0, -1.0])
for wij in w.values():
    wij.data -= 1.0 * wij.grad
compare(word("one step with λ = 1: E from −1 to"), energy().data, -4.0)

pairs = [(0, 0), (0, 1), (1, 0), (1, 1)]
compare(word("Hebb: uᵢuⱼ"), [a * b for a, b in pairs], [0, 0, 0, 1])
compare("4(uᵢ − ½)(uⱼ − ½)", [4 * (a - 0.5) * (b - 0.5) for a, b in pairs], [1.0, -1.0, -1.0, 1.0])

# %% answer
weight = Value(0.0)
found = []
for a, b in pairs:
    weight.grad = 0.0
    (-weight * (2 * a - 1) * (2 * b - 1)).backward()
    found.append(-weight.grad)
compare(word("with v = 2u − 1 the variant is a gradient as well"), found, [1.0, -1.0, -1.0, 1.0])
