import viz
from autograd import Value, scope
from chainrule.course import compare, show, word

w = {(0, 1): 0.5, (0, 2): -1.0, (0, 3): 0.25, (1, 2): 0.75, (1, 3): -0.5, (2, 3): 1.5}
s, theta = [0.1, -0.2, 0.0, 0.3], [0.05, 0.0, -0.1, 0.2]
u = [Value(float(each), label=f"u{i}") for i, each in enumerate((1, 0, 1, 1))]

with scope(word("pairs")):
    pairs = sum(wij * u[i] * u[j] for (i, j), wij in w.items())
with scope(word("single units")):
    single = sum((s[i] - theta[i]) * u[i] for i in range(4))
E = -pairs - single
E.label = "E"
E.backward()

compare("E", E.data, -1.0)
gradient = [each.grad for each in u]
compare("∂E/∂uᵢ", gradient, [0.7, -0.55, -0.6, -1.85])
nets = [s[k] - theta[k] for k in range(4)]
for (i, j), wij in w.items():
    nets[i] += wij * u[j].data
    nets[j] += wij * u[i].data
compare(word("minus the net input of the unit"), [-net for net in nets], gradient)
show(viz.draw(E, collapse=1))

# %% answer
on = [int(g < 0) for g in gradient]
compare(word("the rule: on exactly where the gradient is negative"), on, [0, 1, 1, 1])
