import viz
from autograd import Value, exp, sin
from chainrule.course import compare, show, word

x = Value(0.9, label="x")
y1, y2, y3 = x**2, sin(x), exp(x)
z = y1 * y2 + y3
y1.label, y2.label, y3.label, z.label = "y₁", "y₂", "y₃", "z"
z.backward()

outer = [y.grad for y in (y1, y2, y3)]
inner = [y.partials[0] for y in (y1, y2, y3)]
compare("∂z/∂yₖ", outer, [0.783326909627483, 0.81, 1.0])
compare(word("sum over k"), sum(a * b for a, b in zip(outer, inner, strict=True)), 4.37309562278566)
compare("dz/dx", x.grad, 4.37309562278566)
show(viz.draw(z))

# %% answer
for y in (y1, y2, y3):
    y.zero_grad()
x.grad = 0.0
(y1 * y2).backward()
compare(word("without exp: two paths"), x.grad, 4.37309562278566 - y3.data)
