import viz
from autograd import Value, log, scope, sigmoid
from chainrule.course import compare, show, word

w, b = [Value(0.8, label="w₁"), Value(-0.5, label="w₂")], Value(0.2, label="b")
x, t = [1.2, 0.4], 1.0

a = w[0] * x[0] + w[1] * x[1] + b
y = sigmoid(a)
with scope(word("cross entropy")):
    L = -(t * log(y) + (1 - t) * log(1 - y))
a.label, y.label, L.label = "a", "y", "L"
L.backward()

compare("y, L", [y, L], [0.72312180512439, 0.324177599195189])
compare("∂L/∂w", [each.grad for each in w], [-0.332253833850732, -0.110751277950244])
compare("∂L/∂b", b.grad, -0.27687819487561)
error = y.data - t
compare("(y − t)xᵢ, y − t", [error * x[0], error * x[1], error], [w[0].grad, w[1].grad, b.grad])
show(viz.draw(L, collapse=1))

# %% answer
w[0].data, w[1].data, b.data = 5.0, 0.0, -6.0
L.forward()
L.zero_grad()
L.backward()
compare(word("a = 0 is the border: y"), y.data, 0.5)
compare(word("there the error is one half"), abs(a.grad), 0.5)
