import random

from autograd import Value, cos, sin, tanh
from chainrule.course import compare, word


def random_graph(seed):
    """Twelve operations on what is there already."""
    chance = random.Random(seed)
    values = [Value(chance.uniform(-1, 1)) for _ in range(3)]
    for _ in range(12):
        a, b = chance.choice(values), chance.choice(values)
        values.append(chance.choice([a + b, a * b, a - b, sin(a), cos(b), tanh(a)]))
    return values[0], values[-1]


def over_paths(v, x):
    """The chain rule alone: the sum over all paths of the products of the local derivatives."""
    return 1.0 if v is x else sum(p * over_paths(u, x) for u, p in zip(v.parents, v.partials, strict=True))


worst = 0.0
for seed in range(200):
    x, y = random_graph(seed)
    y.backward()
    worst = max(worst, abs(over_paths(y, x) - x.grad))
compare(word("largest difference over 200 random graphs"), worst, 0.0, 1e-12)

# %% answer
x = Value(0.5)
y = x * x + x
y.backward()
compare(word("x·x + x has three paths: 0.5 + 0.5 + 1"), [over_paths(y, x), x.grad], [2.0, 2.0])
