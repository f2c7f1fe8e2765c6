from chainrule.course import compare, show, word

pattern = [1, 0, 1, 0, 1]
w = [[0 if i == j else (1 if pattern[i] == pattern[j] else -1) for j in range(5)] for i in range(5)]


def energy(u):
    return -sum(w[i][j] * u[i] * u[j] for i in range(5) for j in range(i))


def recall(u):
    """Look at one unit after the other until none changes; the states after each look."""
    states, u = [list(u)], list(u)
    while len(states) < 6 or states[-1] != states[-6]:
        i = (len(states) - 1) % 5
        net = sum(w[i][j] * u[j] for j in range(5))
        u[i] = 1 if net > 0 else 0 if net < 0 else u[i]
        states.append(list(u))
    return states


starts = [[1, 1, 1, 0, 1], [0, 0, 1, 0, 1]]
runs = [recall(start) for start in starts]
for states, first in zip(runs, (0, -1), strict=True):
    compare(word("ends at the stored pattern"), states[-1], pattern)
    compare(word("energy at first and at the end"), [energy(states[0]), energy(states[-1])], [first, -3])

from matplotlib import pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(9, 2.6), layout="constrained")
for k, (ax, states) in enumerate(zip(axes, runs, strict=False)):
    ax.imshow(states, cmap="Blues", vmax=1.3, aspect="auto")
    ax.set(xlabel=word("unit"), ylabel=word("units looked at"))
    ax.set_title(word("damaged above, recalled below"), fontsize="small")
    axes[2].step(range(len(states)), [energy(u) for u in states], "--" if k else "-", where="post")
axes[2].set(xlabel=word("units looked at"), ylabel=word("energy"))
show(figure)

# %% answer
compare(word("from nothing nothing comes: all units off stay off"), recall([0] * 5)[-1], [0] * 5)
compare(word("two pixels wrong: still the pattern"), recall([0, 1, 1, 0, 1])[-1], pattern)
