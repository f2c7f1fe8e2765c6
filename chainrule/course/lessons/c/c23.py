import viz
from autograd import Value, step, tanh
from chainrule.course import compare, show, word

w, v, x, t = Value(0.8, label="w"), Value(1.0, label="v"), Value(0.5, label="x"), 0.0


def error(h):
    z = h(w * x)
    E = (v * z - t) ** 2 / 2
    E.label = "E"
    w.grad = v.grad = x.grad = 0.0
    E.backward()
    return E


E = error(step)
compare(word("behind a step nothing is learnt: ∂E/∂w, ∂E/∂x"), [w.grad, x.grad], [0.0, 0.0])
compare(word("in front of it the weight v does learn"), v.grad, 1.0)
show(viz.draw(E))
smooth = error(tanh)
compare(word("with tanh the weight w learns"), w.grad != 0, True)

# %% answer
w.data = 0.8 + 100 * 0.1
compare(word("however far w is moved, E stays"), error(step).data, E.data)
