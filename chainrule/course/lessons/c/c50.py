import viz
from autograd import Value, scope, tanh
from chainrule.course import compare, show, word

xs, target = (1.0, -0.5, 0.25, 2.0), -0.4  # our numbers


def states(ws, us):
    """A recurrent unit over four steps, each with the weights that it is given."""
    found = [0.0]
    for t, x in enumerate(xs):
        with scope(f"t = {t + 1}"):
            found.append(tanh(ws[t] * found[-1] + us[t] * x))
    return found


w, u = Value(0.8, label="w"), Value(0.5, label="u")
h = states([w] * 4, [u] * 4)
with scope(word("loss")):
    L = (h[-1] - target) ** 2 / 2
L.label = "L"
L.backward()
show(viz.draw(L, collapse=1))

h = [0.0, *(each.data for each in h[1:])]
error, by_hand = h[-1] - target, [0.0, 0.0]  # backpropagation through time, on plain numbers
for t in (3, 2, 1, 0):
    error *= 1 - h[t + 1] ** 2
    by_hand = [by_hand[0] + error * h[t], by_hand[1] + error * xs[t]]
    error *= w.data
compare(word("∂L/∂w, ∂L/∂u: by hand, from the last step to the first"), [w.grad, u.grad], by_hand)

ws, us = [Value(0.8) for _ in xs], [Value(0.5) for _ in xs]
((states(ws, us)[-1] - target) ** 2 / 2).backward()
compare(word("∂L/∂w: the sum over the steps"), w.grad, sum(each.grad for each in ws))
compare(word("∂L/∂u: the sum over the steps"), u.grad, sum(each.grad for each in us))
compare(word("w in the first step meets h = 0"), ws[0].grad, 0.0)

# %% answer
early, late = us[0].grad / xs[0], us[3].grad / xs[3]
product = 1.0
for t in (1, 2, 3):
    product *= w.data * (1 - h[t] ** 2)
compare(word("from step 4 back to step 1: the error times"), early / late, product)
