from autograd import Value
from chainrule.course import compare, show, word

old = [(0.1, 0.2), (0.5, 0.4), (0.9, 0.6)]
units = [[Value(number) for number in place] for place in old]
x, h = (0.55, 0.35), (0.25, 0.5, 0.25)

E = sum(h[i] * sum((x[k] - units[i][k]) ** 2 for k in range(2)) / 2 for i in range(3))
E.backward()

compare("E", E.data, 0.0525)
gradients = [[w.grad for w in unit] for unit in units]
compare("∂E/∂wᵢ = −hᵢ(x − wᵢ)", gradients, [[-0.1125, -0.0375], [-0.025, 0.025], [0.0875, 0.0625]])
for w in (w for unit in units for w in unit):
    w.data -= w.grad
compare(word("new weights"), units, [[0.2125, 0.2375], [0.525, 0.375], [0.8125, 0.5375]])

from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
new = [(a.data, b.data) for a, b in units]
for places, name, colour in ((old, word("before"), "#9db8d2"), (new, word("after"), "#0b5cad")):
    ax.plot(*zip(*places, strict=True), "o-", color=colour, label=name)
ax.plot(*x, "*", color="#b8430e", markersize=14, label=word("input x"))
for start, end in zip(old, new, strict=True):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
ax.set(xlim=(0, 1), ylim=(0.1, 0.7))
ax.legend()
show(figure)

# %% answer
rule = [[old[i][k] + h[i] * (x[k] - old[i][k]) for k in range(2)] for i in range(3)]
compare(word("w + h(x − w), the lecture's rule"), rule, units)
