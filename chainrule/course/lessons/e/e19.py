import nn
import viz
from autograd import Value, softmax
from chainrule.course import compare, show, word

# identity and squared error
a, t = [Value(0.2), Value(-0.5)], [0.5, 1.0]
L = sum((y - target) ** 2 for y, target in zip(a, t, strict=True)) / 2
L.backward()
compare(word("identity, squared error"), [v.grad for v in a], [-0.3, -1.5])

# sigmoid and two-class cross entropy
a = Value(0.7, label="a")
nn.binary_cross_entropy(a, 0).backward()
compare(word("sigmoid, cross entropy of two classes"), a.grad, 0.668187772168166)

# softmax and cross entropy
a = [Value(x, label=f"a{k}") for k, x in enumerate((0.3, 2.9, 4.0))]
L = nn.cross_entropy(a, 1)
L.label = "L"
L.backward()
deltas = [v.grad for v in a]
compare(word("softmax, cross entropy"), deltas, [0.0182112732955475, -0.754808187064926, 0.736596913769379])
y = softmax([0.3, 2.9, 4.0])
compare("y − t", deltas, [y[0] - 0, y[1] - 1, y[2] - 0])
show(viz.draw(L))

# %% answer
a = Value(0.7)
y = a.sigmoid()
((y - 0.0) ** 2 / 2).backward()
compare(word("sigmoid and squared error: y(1 − y) stays"), a.grad, y.data * y.data * (1 - y.data))
