import viz
from autograd import Value, tanh
from chainrule.course import compare, show, word

xs, target = (0.5, -0.2, 0.8, 0.4), -0.35952133053  # chosen, as w and u, for the numbers below


def loss(ws, us):
    """A recurrent unit over four steps, each with the weights that it is given."""
    h = 0.0
    for w, u, x in zip(ws, us, xs, strict=True):
        h = tanh(w * h + u * x)
    return (h - target) ** 2 / 2


w, u = Value(0.318028375658, label="w"), Value(0.310669474748, label="u")
L = loss([w] * 4, [u] * 4)
L.label = "L"
L.backward()

compare("L", L.data, 0.155319009271093)
compare("∂L/∂w, ∂L/∂u", [w.grad, u.grad], [0.134079383858415, 0.340359763016292])

apart_w, apart_u = [Value(w.data) for _ in xs], [Value(u.data) for _ in xs]
loss(apart_w, apart_u).backward()
compare(word("∂L/∂w: the sum over the steps"), w.grad, sum(each.grad for each in apart_w))
compare(word("∂L/∂u: the sum over the steps"), u.grad, sum(each.grad for each in apart_u))
compare(word("w in the first step meets h = 0"), apart_w[0].grad, 0.0)
show(viz.draw(L))

# %% answer
early, late = abs(apart_u[0].grad / xs[0]), abs(apart_u[3].grad / xs[3])
compare(word("the error that reaches step 1 is smaller than that of step 4"), early < late, True)
