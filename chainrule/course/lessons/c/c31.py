import viz
from autograd import Value, sigmoid, tanh
from autograd.graph import members
from chainrule.course import compare, show, word

x = (1.0, 0.5)
h1 = tanh(0.6 * x[0] - 1.1 * x[1])  # plain numbers: the lower layer is random and stays so
h2 = tanh(0.9 * x[0] + 0.4 * x[1])
v, d = [Value(0.3, label="v₁"), Value(-0.4, label="v₂")], Value(0.1, label="d")

y = sigmoid(v[0] * h1 + v[1] * h2 + d)
y.label = "y"
E = (y - 1) ** 2 / 2
E.backward()

compare("y", y.data, 0.448876260412156)
compare("∂E/∂d", d.grad, -0.136340497637682)
compare("∂E/∂v = ∂E/∂d · h", [each.grad for each in v], [d.grad * h1, d.grad * h2])
show(viz.draw(y))

# %% answer
leaves = {leaf.label for leaf in members(E) if not leaf.parents}
compare(word("only these learn; the layer below is not in the graph"), leaves == {"v₁", "v₂", "d"}, True)
