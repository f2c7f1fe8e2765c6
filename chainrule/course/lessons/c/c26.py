import viz
from autograd import Value, relu
from chainrule.course import compare, show, word


def slope(point):
    x = Value(point)
    relu(x).backward()
    return x.grad


points = [-3.0, -1.0, -0.5, 0.5, 1.0, 3.0]
compare("relu", [relu(p) for p in points], [0.0, 0.0, 0.0, 0.5, 1.0, 3.0])
compare("relu′", [slope(p) for p in points], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
compare(word("at 0: 0 here, 1 in the lecture"), slope(0.0), 0.0)
show(viz.plot_function(relu, -3, 3, derivatives=1))

# %% answer
x = Value(0.0)
lectures_own = x * (x.data >= 0)
lectures_own.backward()
compare(word("a ReLU with slope 1 at 0, as the lecture has it"), x.grad, 1.0)
