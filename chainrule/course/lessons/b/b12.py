import viz
from autograd import Value, grad
from chainrule.course import compare, show, word

x1, x2 = Value(1.5, label="x₁"), Value(-0.5, label="x₂")
f = x1**2 + x2**2
f.label = "f"
f.backward()

compare("f", f.data, 2.5)
compare("∇f = (2x₁, 2x₂)", [x1.grad, x2.grad], [3.0, -1.0])
tangent = (0.5, 1.5)  # along the circle f = 2.5 through this point
compare(word("∇f · tangent of the contour"), x1.grad * tangent[0] + x2.grad * tangent[1], 0.0)
show(viz.draw(f))

# %% answer
compare(word("x₂ held fast: ∂f/∂x₁"), grad(lambda a: a**2 + (-0.5) ** 2)(1.5), 3.0)
