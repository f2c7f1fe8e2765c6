from math import hypot

import viz
from autograd import grad
from chainrule.course import compare, show, word


def f(x1, x2):
    return x1**2 + x2**2


near, far = grad(f)(0.5, 0.5), grad(f)(2.0, 2.0)
compare(word("gradient near the middle, and further out"), [near, far], [[1.0, 1.0], [4.0, 4.0]])
lengths = [hypot(*near), hypot(*far)]
compare(word("its length: twice the distance"), lengths, [2 * hypot(0.5, 0.5), 2 * hypot(2, 2)])
along = f(0.5 + 1e-6 * -0.5, 0.5 + 1e-6 * 0.5) - f(0.5, 0.5)
compare(word("along the contour nothing changes"), along, 0.0, 1e-11)
show(viz.plot_surface(f))

# %% answer
g1, g2 = grad(lambda x1, x2: x1**2 / 2 + 5 * x2**2)(3.0, 0.3)
compare(word("on the long bowl −∇f is not the way to the middle"), [g1, g2], [3.0, 3.0])
