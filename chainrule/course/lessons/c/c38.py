from autograd import Value
from chainrule.course import compare, word

w = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]


def energy(u):
    pairs = sum(wij * u[i] * u[j] for (i, j), wij in w.items())
    return -pairs - sum((s[i] - theta[i]) * u[i] for i in range(4))


u = [Value(1.0), Value(0.0), Value(1.0), Value(1.0)]
E = energy(u)
E.backward()

by_gradient, by_passes = [], []
for unit in u:
    change = 1 - 2 * unit.data
    by_gradient.append(unit.grad * change)
    before = E.data
    unit.data += change
    E.forward()
    by_passes.append(E.data - before)
    unit.data -= change
    E.forward()
compare(word("ΔE of flipping each unit"), by_passes, [-0.7, -0.55, 0.6, 1.85])
compare(word("the gradient times the change: exactly that"), by_gradient, by_passes)

# %% answer
u[0].data, u[1].data = 0.0, 1.0
E.forward()
compare(word("both flips at once are not the sum"), [E.data - before, sum(by_passes[:2])], [-0.75, -1.25])
