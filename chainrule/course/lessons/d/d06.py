from math import cos, sin

import viz
from autograd import Value
from chainrule.course import compare, show, word

lecture = {1.0: (0.841470984807897, 2.22324427548393), 2.0: (3.63718970730273, 1.97260236111416)}
lecture[-1.5] = (-2.24436371985912, 3.15164366356449)
for point, (value, slope) in lecture.items():
    x = Value(point, label="x")
    z = x**2 * x.sin()
    z.label = "z"
    z.backward()
    compare(f"x = {point:g}: z, dz/dx", [z.data, x.grad], [value, slope])
    compare("2x sin x + x² cos x", 2 * point * sin(point) + point**2 * cos(point), slope)
show(viz.draw(z))

# %% answer
square, sine = z.parents
back = [square.grad * square.partials[0], sine.grad * sine.partials[0]]
compare(word("by the square, by the sine"), back, [2 * -1.5 * sin(-1.5), 2.25 * cos(-1.5)])
