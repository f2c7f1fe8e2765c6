from itertools import product

from autograd import Value
from chainrule.course import compare, show, word

w = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]


def energy(u):
    pairs = sum(wij * u[i] * u[j] for (i, j), wij in w.items())
    return -pairs - sum((s[i] - theta[i]) * u[i] for i in range(4))


def gradient(state):
    u = [Value(float(each)) for each in state]
    energy(u).backward()
    return [each.grad for each in u]


states = list(product((0, 1), repeat=4))
at_rest = [state for state in states if [g < 0 for g in gradient(state)] == [unit == 1 for unit in state]]
compare(word("states that agree with the signs of their gradients"), at_rest, [(0, 1, 1, 1), (1, 1, 0, 0)])
compare(word("their energies"), [energy(state) for state in at_rest], [-1.75, -0.35])
compare(word("the lowest of all sixteen"), min(energy(state) for state in states), -1.75)


def settle(state):
    state = list(state)
    for _ in range(10):
        for i in range(4):
            g = gradient(state)[i]
            state[i] = 1 if g < 0 else 0 if g > 0 else state[i]
    return tuple(state)


ends = [settle(state) for state in states]
compare(word("every state ends in one of the two"), set(ends) <= set(at_rest), True)

from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
names = ["".join(map(str, state)) for state in states]
colours = ["#b8430e" if state in at_rest else "#9db8d2" for state in states]
ax.bar(names, [energy(state) for state in states], color=colours)
ax.tick_params(axis="x", rotation=60)
ax.set(ylabel=word("energy"), title=word("dark: the two equilibria"))
show(figure)

# %% answer
neighbours = [tuple(unit ^ (i == k) for i, unit in enumerate((1, 1, 0, 0))) for k in range(4)]
energies = [energy(each) for each in neighbours]
rises = [g * (1 - 2 * unit) for g, unit in zip(gradient((1, 1, 0, 0)), (1, 1, 0, 0), strict=True)]
compare(word("energies of the neighbours: −0.35 and the rise (C38)"), energies, [r - 0.35 for r in rises])
compare(word("1100 is a local minimum: each is higher"), min(rises) > 0, True)
