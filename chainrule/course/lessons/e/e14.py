import viz
from autograd import Value, cos, exp, sin, tanh
from chainrule.course import compare, show, word

E = -1.75
x = Value(0.6, label="x")
y = tanh(x)
y.label = "y"
y.backward(E)

compare("dy/dx", y.partials[0], 1 - y.data**2)
compare(word("E comes in"), y.grad, -1.75)
compare("E dy/dx", x.grad, -1.24526108452764)
show(viz.draw(y, partials=True))

# %% answer
for f, slope in ((exp, exp), (sin, cos)):
    x = Value(0.6)
    f(x).backward(E)
    compare(f.__name__, x.grad, E * slope(0.6))
