import viz
from autograd import Value
from chainrule.course import compare, show, word


def errors(rate, steps=6):
    w, b, found = Value(2.0), Value(0.1), []
    for _ in range(steps):
        error = w * 0.9 - b - 41 / 30
        found.append(error.data)
        w.grad = b.grad = 0.0
        (error**2 / 2).backward()
        w.data, b.data = w.data - rate * w.grad, b.data - rate * b.grad
    return found


def ratio(rate):
    first, second = errors(rate, 2)
    return second / first


compare(word("α = 0.5: each error is 0.095 of the one before"), ratio(0.5), 0.095)
compare(word("α = 1: it changes sign"), ratio(1.0), -0.81)
compare(word("α = 1.2: it grows"), abs(ratio(1.2)) > 1, True)
curves = {f"α = {rate}": [abs(e) for e in errors(rate)] for rate in (0.2, 0.5, 1.0, 1.2)}
show(viz.plot_losses(curves, log=True, ylabel=word("size of the error")))

# %% answer
best = 1 / (0.9**2 + 1)
compare(word("one step ends it for this one sample"), errors(best, 2)[1], 0.0)
