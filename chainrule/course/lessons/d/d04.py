import viz
from autograd import Value, sin
from chainrule.course import compare, show, word

x = Value(1.3, label="x")
y = x**2
z = sin(y)
y.label, z.label = "y", "z"
z.backward()

compare("z", z.data, 0.992903651094119)
compare("∂z/∂y", y.grad, -0.118921569296612)
compare("∂y/∂x", y.partials[0], 2.6)
compare("∂z/∂x = ∂z/∂y · ∂y/∂x", x.grad, -0.309196080171192)
show(viz.draw(z, symbols=True))

# %% answer
x = Value(0.5)
first = sin(x)
second = sin(first)
third = sin(second)
third.backward()
factors = third.partials[0] * second.partials[0] * first.partials[0]
compare(word("three sines in a row: the product of three factors"), x.grad, factors)
