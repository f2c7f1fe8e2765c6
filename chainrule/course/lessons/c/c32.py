import viz
from autograd import Value, relu, sigmoid, tanh
from chainrule.course import compare, show, word


def through_ten(activation):
    x = h = Value(0.5)
    weights = [Value(1.0) for _ in range(10)]
    for w in weights:
        h = activation(w * h)
    h.backward()
    return x.grad, [[w] for w in weights]


compare("sigmoid: dh₁₀/dx · 10⁷", through_ten(sigmoid)[0] * 1e7, 3.48311560978517)
compare("tanh: dh₁₀/dx", through_ten(tanh)[0], 0.222759530264414)
compare("ReLU: dh₁₀/dx", through_ten(relu)[0], 1.0)
compare(word("sigmoid's bound 0.25¹⁰ is kept"), through_ten(sigmoid)[0] < 0.25**10, True)
chains = {"sigmoid": through_ten(sigmoid)[1], "tanh": through_ten(tanh)[1], "ReLU": through_ten(relu)[1]}
show(viz.plot_gradients(chains, bound=0.25))

# %% answer
x = Value(-0.5)
relu(relu(x)).backward()
compare(word("but a ReLU that is off passes nothing"), x.grad, 0.0)
