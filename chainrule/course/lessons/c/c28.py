from math import erf, exp, pi, sqrt

import viz
from autograd import Value, gelu
from chainrule.course import compare, show, word

lecture = {
    -1.0: (-0.158655253931457, -0.0833154705876863),
    1.0: (0.841344746068543, 1.08331547058769),
    0.0: (0.0, 0.5),
}
for point, expected in lecture.items():
    x = Value(point)
    y = gelu(x)
    y.backward()
    compare(f"x = {point:g}: gelu, gelu′", [y.data, x.grad], expected)

phi = exp(-0.5) / sqrt(2 * pi)
compare("Φ(1) + 1 · φ(1)", (1 + erf(1 / sqrt(2))) / 2 + phi, 1.08331547058769)
show(viz.plot_function(gelu, -4, 4, derivatives=1))

# %% answer
by_tanh = Value(1.0)
y = by_tanh / 2 * (1 + (sqrt(2 / pi) * (by_tanh + 0.044715 * by_tanh**3)).tanh())
compare(word("the tanh form at 1"), y.data, 0.841191990608277)
compare(word("its distance from gelu, times 10⁴"), (gelu(1.0) - y.data) * 1e4, 1.5275546, 1e-6)
