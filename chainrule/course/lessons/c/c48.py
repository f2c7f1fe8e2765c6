import math
import random

from chainrule.course import compare, word

w = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]


def energy(u):
    pairs = sum(wij * u[i] * u[j] for (i, j), wij in w.items())
    return -pairs - sum((s[i] - theta[i]) * u[i] for i in range(4))


def net(u, i):
    return energy([*u[:i], 0, *u[i + 1 :]]) - energy([*u[:i], 1, *u[i + 1 :]])


def annealed(seed, cooling=0.9, sweeps=40):
    chance, u, T = random.Random(seed), [1, 1, 0, 0], 1.0
    for _ in range(sweeps):
        for i in range(4):
            u[i] = int(chance.random() < 1 / (1 + math.exp(-net(u, i) / T)))
        T *= cooling
    for i in range(4):  # and then T → 0: downhill only
        u[i] = int(net(u, i) > 0)
    return energy(u)


still = [int(net([1, 1, 0, 0], i) > 0) for i in range(4)]
compare(word("downhill alone stays at 1100"), [still, energy(still)], [[1, 1, 0, 0], -0.35])
found = [annealed(seed) for seed in range(100)]
lowest = sum(abs(E + 1.75) < 1e-12 for E in found)
compare(word("annealing finds the lowest energy, of 100 runs"), lowest, 100)

# %% answer
fast = [annealed(seed, cooling=0.1, sweeps=3) for seed in range(100)]
compare(word("cooled too fast: runs that stay above, of 100"), sum(E > -1.75 + 1e-12 for E in fast), 9)
