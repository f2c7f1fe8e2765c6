import viz
from autograd import Value
from chainrule.course import compare, show, word

w, x, b = Value(2.0, label="w"), Value(9 / 10, label="x"), Value(1 / 10, label="b")
product = w * x
y = product - b
y.label = "y"
y.backward(1 / 3)

compare("y", y.data, 1.7)
compare("∂y/∂x", y.partials[0] * product.partials[1], 2.0)
compare(word("error sent back: ∂L/∂x"), x.grad, 2 / 3)
compare("∂L/∂w", w.grad, 0.3)
compare(word("∂L/∂b: negative, for b is a threshold"), b.grad, -1 / 3)
show(viz.draw(y, backward=True))

# %% answer
y = w * x - b
L = (y - 41 / 30) ** 2 / 2
w.grad = x.grad = b.grad = 0.0
L.backward()
compare(word("with a real loss: L, its error"), [L.data, y.grad], [1 / 18, 1 / 3])
compare(word("and all else as before"), [x.grad, w.grad, b.grad], [2 / 3, 0.3, -1 / 3])
