import viz
from autograd import value_and_grad
from chainrule.course import compare, show, word


def f(x1, x2):
    return x1**2 / 2 + 5 * x2**2


def descend(rate, steps=20):
    x1, x2 = 5.0, 1.0
    for _ in range(steps):
        _, (g1, g2) = value_and_grad(f)(x1, x2)
        x1, x2 = x1 - rate * g1, x2 - rate * g2
    return f(x1, x2)


lecture = {0.05: 1.60640195706834, 0.1: 0.184761036767932, 0.18: 0.00512594152846453, 0.2: 5.00166153499473}
lecture[0.21] = 226.297282442015
for rate, expected in lecture.items():
    compare(f"f₂₀, α = {rate}", descend(rate), expected)
show(viz.plot_rates(f, (5.0, 1.0), list(lecture)))

# %% answer
best = 2 / 11
compare("|1 − α|, |1 − 10α|", [abs(1 - best), abs(1 - 10 * best)], [9 / 11, 9 / 11])
errors = {rate: descend(rate, 100) for rate in (*lecture, best)}
compare(word("the rate with the least error after 100 steps"), min(errors, key=errors.__getitem__), best)
