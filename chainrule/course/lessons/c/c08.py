import math
import random

from autograd import Value
from chainrule.course import compare, show, word

side, chance = 4, random.Random(1)
grid = [(i, j) for i in range(side) for j in range(side)]
w = [[0.5 + 0.05 * chance.uniform(-1, 1), 0.5 + 0.05 * chance.uniform(-1, 1)] for _ in grid]


def step(x, spread, rate):
    c = min(range(len(w)), key=lambda i: (w[i][0] - x[0]) ** 2 + (w[i][1] - x[1]) ** 2)
    for i, (a, b) in enumerate(grid):
        u, v = Value(w[i][0]), Value(w[i][1])
        h = rate * math.exp(-((a - grid[c][0]) ** 2 + (b - grid[c][1]) ** 2) / spread**2)
        (h * ((x[0] - u) ** 2 + (x[1] - v) ** 2) / 2).backward()
        w[i] = [u.data - u.grad, v.data - v.grad]


frames = []
for t in range(1200):
    if t in (0, 100, 300, 1199):
        frames.append([list(each) for each in w])
    step((chance.random(), chance.random()), 2.5 * 0.998**t, 0.5 * 0.999**t)

pairs = [(i, j) for i in range(16) for j in range(i) if math.dist(grid[i], grid[j]) == 1]
apart = [math.dist(w[i], w[j]) for i, j in pairs]
across = [math.dist(w[i], w[j]) for i in range(16) for j in range(i) if math.dist(grid[i], grid[j]) > 3]
compare(word("neighbours on the grid lie nearer than opposite corners"), max(apart) < min(across), True)
spread = [max(p[k] for p in w) - min(p[k] for p in w) for k in (0, 1)]
compare(word("the map has unfolded over the square"), min(spread) > 0.5, True)

from matplotlib import pyplot as plt

figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), subplot_kw={"xlim": (0, 1), "ylim": (0, 1), "aspect": 1})
for ax, t, points in zip(axes, (0, 100, 300, 1199), frames, strict=True):
    ax.set(title=f"t = {t}")
    for i, j in pairs:
        ax.plot(*zip(points[i], points[j], strict=True), "o-", color="#0b5cad", markersize=3, linewidth=1)
show(figure)

# %% answer
widest = [max(math.dist(p, q) for p in frame for q in frame) for frame in frames]
tenths = [round(each, 1) for each in widest]
compare(word("largest distance in each frame, to a tenth"), tenths, [0.1, 0.6, 0.7, 1.0])
