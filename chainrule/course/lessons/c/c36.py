from chainrule.course import compare, word

pattern = [1, 0, 1, 0, 1]
w = [[0 if i == j else (1 if pattern[i] == pattern[j] else -1) for j in range(5)] for i in range(5)]


def energy(u):
    return -sum(w[i][j] * u[i] * u[j] for i in range(5) for j in range(i))


def recall(u):
    """Sweep over the units until none changes; the states on the way."""
    states, u = [list(u)], list(u)
    while True:
        for i in range(5):
            net = sum(w[i][j] * u[j] for j in range(5))
            u[i] = 1 if net > 0 else 0 if net < 0 else u[i]
        states.append(list(u))
        if states[-1] == states[-2]:
            return states


for start, first in (([1, 1, 1, 0, 1], 0), ([0, 0, 1, 0, 1], -1)):
    states = recall(start)
    compare(word("ends at the stored pattern"), states[-1], pattern)
    compare(word("energy at first and at the end"), [energy(start), energy(states[-1])], [first, -3])
    print("  ".join("".join("■" if unit else "□" for unit in state) for state in states))

# %% answer
compare(word("from nothing nothing comes: all units off stay off"), recall([0] * 5)[-1], [0] * 5)
compare(word("two pixels wrong: still the pattern"), recall([0, 1, 1, 0, 1])[-1], pattern)
