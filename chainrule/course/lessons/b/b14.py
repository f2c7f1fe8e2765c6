import viz
from autograd import Value
from chainrule.course import compare, show, word


def f(x1, x2):
    return x1**2 / 2 + 5 * x2**2


def descend(a, steps=20):
    x = [Value(5.0), Value(1.0)]
    for _ in range(steps):
        x[0].grad = x[1].grad = 0.0
        f(*x).backward()
        for each in x:
            each.data -= a * each.grad
    return [each.data for each in x]


lecture = {0.05: 1.60640195706834, 0.1: 0.184761036767932, 0.18: 0.00512594152846453, 0.2: 5.00166153499473}
lecture[0.21] = 226.297282442015
for a, expected in lecture.items():
    compare(f"f₂₀, α = {a}", f(*descend(a)), expected)
compare(word("α = 0.1: x₂ after one step"), descend(0.1, 1)[1], 0.0)
compare(word("α = 0.2: x₂ jumps for ever"), [descend(0.2, k)[1] for k in (1, 2, 3)], [-1.0, 1.0, -1.0])
show(viz.plot_descent(f, (5, 1), list(lecture), low=(-1, -2.4), high=(6, 2.4)))

# %% answer
x = descend(0.18, 7)
compare("(1 − α)⁷ · 5, (1 − 10α)⁷", x, [(1 - 0.18) ** 7 * 5, (1 - 1.8) ** 7])
