import viz
from autograd import Value
from chainrule.course import compare, show, word

x = Value(0.8, label="x")
y = 2 * x
y.label = "y"
y.backward(-1.25)

compare("y", y.data, 1.6)
compare("∂y/∂x", y.partials[0], 2.0)
compare(word("error sent back to x"), x.grad, -2.5)
show(viz.draw(y, backward=True, show_constants="inside"))

# %% answer
x = Value(0.8)
(2 * (2 * (2 * x))).backward(-1.25)
compare(word("through three such layers"), x.grad, -1.25 * 8)
