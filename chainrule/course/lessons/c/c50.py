import viz
from autograd import Value, tanh
from chainrule.course import compare, show, word

xs, target = (0.5, -1.0, 0.8, 0.3), 1.0


def loss(ws, us):
    """A recurrent unit over four steps, each with the weights that it is given."""
    h = 0.0
    for w, u, x in zip(ws, us, xs, strict=True):
        h = tanh(w * h + u * x)
    return (h - target) ** 2 / 2


w, u = Value(0.7, label="w"), Value(0.9, label="u")
L = loss([w] * 4, [u] * 4)
L.label = "L"
L.backward()

apart_w, apart_u = [Value(0.7) for _ in xs], [Value(0.9) for _ in xs]
loss(apart_w, apart_u).backward()
compare(word("∂L/∂w: the sum over the steps"), w.grad, sum(each.grad for each in apart_w))
compare(word("∂L/∂u: the sum over the steps"), u.grad, sum(each.grad for each in apart_u))
compare(word("w in the first step meets h = 0"), apart_w[0].grad, 0.0)
show(viz.draw(L))

# %% answer
early, late = abs(apart_u[0].grad / xs[0]), abs(apart_u[3].grad / xs[3])
compare(word("the error that reaches step 1 is smaller than that of step 4"), early < late, True)
