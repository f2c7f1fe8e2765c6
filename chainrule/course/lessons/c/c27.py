import viz
from autograd import Value, leaky_relu, relu
from chainrule.course import compare, show, word


def value_and_slope(point, a=0.1):
    x = Value(point)
    y = leaky_relu(x, a)
    y.backward()
    return [y.data, x.grad]


compare(word("at −3 with a = 0.1"), value_and_slope(-3.0), [-0.3, 0.1])
compare(word("at 3"), value_and_slope(3.0), [3.0, 1.0])
compare(word("a = 0 is ReLU"), [value_and_slope(p, 0.0)[0] for p in (-3.0, 3.0)], [relu(-3.0), relu(3.0)])
show(viz.plot_activations({"ReLU": relu, "leaky ReLU (0.1)": lambda x: leaky_relu(x, 0.1)}))

# %% answer
x = Value(-5.0)
for _ in range(100):
    x.grad = 0.0
    ((leaky_relu(x, 0.1) - 1) ** 2 / 2).backward()
    x.data -= x.grad
compare(word("a unit on the wrong side comes back, to"), x.data, 1.0)
