from autograd import jacobian
from chainrule.course import compare, word

w = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]


def weight(i, j):
    return 0.0 if i == j else w[min(i, j), max(i, j)]


def net(u, i):
    return sum(weight(i, j) * u[j] for j in range(4)) + s[i] - theta[i]


def updated(u, i):
    """Unit i by the rule: on above 0, off below, and as it was at exactly 0."""
    I = net(u, i)
    return 1 if I > 0 else 0 if I < 0 else u[i]


u = [1, 0, 1, 1]
slopes = jacobian(lambda u: [net(u, i) for i in range(4)])([float(each) for each in u])
compare(word("each net input by each unit: the same both ways"), slopes, list(zip(*slopes, strict=True)))
compare(word("and by itself"), [slopes[i][i] for i in range(4)], [0.0] * 4)
compare(word("net inputs"), [net(u, i) for i in range(4)], [-0.7, 0.55, 0.6, 1.85])
compare(word("each unit by the rule"), [updated(u, i) for i in range(4)], [0, 1, 1, 1])

# %% answer
theta[0] = net([1, 0, 1, 1], 0) + theta[0]
stays = [updated([first, 0, 1, 1], 0) for first in (1, 0)]
compare(word("at exactly 0 the unit stays"), stays, [1, 0])
