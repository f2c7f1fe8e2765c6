import math
from itertools import pairwise

import viz
from autograd import Value, relu, sin
from chainrule.course import compare, show, word


def hat(x):
    return relu(x + 1) - 2 * relu(x) + relu(x - 1)


x = Value(-0.25)
y = hat(x)
y.backward()
compare(word("the hat at −0.25: height, slope"), [y.data, x.grad], [0.75, 1.0])


def error(count):
    """The largest distance of so many hats, each as high as sin, from sin on 0 ... 2π."""
    width = 2 * math.pi / (count - 1)
    points = [2 * math.pi * k / 1000 for k in range(1001)]
    heights = [math.sin(width * k) for k in range(count)]
    return max(abs(math.sin(p) - sum(h * hat(p / width - k) for k, h in enumerate(heights))) for p in points)


errors = [error(count) for count in (9, 17, 33)]
quarter = [3 < a / b < 5 for a, b in pairwise(errors)]
compare(word("twice as many hats: about a quarter of the error"), quarter, [True, True])
show(viz.plot_hats(sin, (4, 6, 9, 17, 33), 0.0, 2 * math.pi))

# %% answer
width = 2 * math.pi / 16
bends = {round(width * (k + side), 9) for k in range(17) for side in (-1, 0, 1)}
compare(word("17 hats bend at so many places: that many hidden units"), len(bends), 19)
