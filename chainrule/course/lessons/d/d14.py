import viz
from autograd import Value, tanh
from autograd.graph import members
from chainrule.course import compare, show, word


def tower(layers):
    x = h = Value(0.3, label="x")
    for _ in range(layers):
        h = tanh(h) + 0.5 * h * h
    return x, h


def paths(v, x):
    return 1 if v is x else sum(paths(parent, x) for parent in v.parents)


x, y = tower(6)
y.backward()
nodes = [v for v in members(y) if v.parents]
compare(word("nodes that one backward pass visits"), len(nodes), 24)
compare(word("paths from x to y: 3 to the 6th"), paths(y, x), 729)
show(viz.draw(tower(2)[1], at_step=14))


def by_paths(v, x):
    return 1.0 if v is x else sum(p * by_paths(u, x) for u, p in zip(v.parents, v.partials, strict=True))


compare(word("the sum over all paths is the gradient"), by_paths(y, x), x.grad)

# %% answer
x, y = tower(12)
nodes = [v for v in members(y) if v.parents]
compare(word("twelve layers: nodes, paths"), [len(nodes), paths(y, x)], [48, 3**12])
