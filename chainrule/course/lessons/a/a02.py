import viz
from autograd import Value, step
from chainrule.course import compare, show, word

x = [Value(1.0, label="x₁"), Value(0.0, label="x₂"), Value(0.0, label="x₃")]
w, b = [Value(2.0, label="w₁"), Value(2.0, label="w₂"), Value(2.0, label="w₃")], Value(2.0, label="b")

net = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] - b
y = step(net)
y.label = "y"
compare(word("net input and output at first"), [net, y], [0.0, 1.0])

w[0].data = 1.9
y.forward()
compare(word("after the repair: w₁ = 1.9"), [net, y], [-0.1, 0.0])
show(viz.draw(y))

# %% answer
w[0].data, b.data = 2.0, 2.1
y.forward()
compare(word("repaired by b = 2.1 instead"), [net, y], [-0.1, 0.0])
