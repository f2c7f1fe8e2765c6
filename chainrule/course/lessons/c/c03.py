import math
from itertools import pairwise

from autograd import Value
from chainrule.course import compare, word

units = [[Value(math.cos(math.radians(a))), Value(math.sin(math.radians(a)))] for a in (10, 120, 200, 300)]


def learn(x, spread):
    """One step: the winner and its neighbours on the line of units move towards x."""
    distances = [sum((p - w.data) ** 2 for p, w in zip(x, unit, strict=True)) for unit in units]
    c = distances.index(min(distances))
    E = 0.0
    for i, unit in enumerate(units):
        h = 0.5 * math.exp(-((i - c) ** 2) / spread**2)
        E += h * sum((p - w) ** 2 for p, w in zip(x, unit, strict=True)) / 2
    E.backward()
    for w in (w for unit in units for w in unit):
        w.data, w.grad = w.data - w.grad, 0.0


for k in range(400):
    angle = math.radians(180 * (k * 0.618034 % 1))
    learn((math.cos(angle), math.sin(angle)), 2.0 * 0.99**k + 0.3)

degrees = [round(math.degrees(math.atan2(v.data, u.data))) for u, v in units]
ordered = degrees in (sorted(degrees), sorted(degrees, reverse=True))
compare(word("neighbours answer to neighbouring angles"), ordered, True)
compare(word("all of them within the half circle"), all(0 <= d <= 180 for d in degrees), True)

# %% answer
gaps = [abs(b - a) for a, b in pairwise(degrees)]
compare(word("degrees from each unit to the next"), gaps, [42, 43, 56], 0.05)
