from math import cos

import viz
from autograd import Value, sin
from chainrule.course import compare, show, word

lecture = {0.0: (0.0, 1.0), 1.0: (1.70807341827357, 3.32544426337282)}
lecture |= {2.0: (5.30728724172722, 1.28007726049551), -1.5: (0.738741558675501, -2.30250876303537)}
for point, expected in lecture.items():
    x = Value(point, label="x")
    z = (sin(x) * x) ** 2 + x
    z.label = "z"
    z.backward()
    compare(f"x = {point:g}: z, dz/dx", [z.data, x.grad], expected)
show(viz.draw(z, backward=True))

# %% answer
s = sin(-1.5)
compare("2x sin x (sin x + x cos x) + 1", 2 * -1.5 * s * (s - 1.5 * cos(-1.5)) + 1, x.grad)
square = z.parents[0]
product = square.parents[0]
sine = product.parents[0]
uses = [*z.parents, *product.parents, *sine.parents]
compare(word("x enters three operations"), sum(v is x for v in uses), 3)
