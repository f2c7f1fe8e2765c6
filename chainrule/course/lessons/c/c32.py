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


lecture = {sigmoid: 3.48311560978517e-7, tanh: 0.222759530264414, relu: 1.0}
for activation, expected in lecture.items():
    compare(f"{activation.__name__}: dh₁₀/dx", through_ten(activation)[0] / expected, 1.0)
compare(word("sigmoid's bound 0.25¹⁰ is kept"), through_ten(sigmoid)[0] < 0.25**10, True)
chains = {activation.__name__: through_ten(activation)[1] for activation in lecture}
show(viz.plot_gradients(chains, bound=0.25))

# %% answer
x = Value(-0.5)
relu(relu(x)).backward()
compare(word("but a ReLU that is off passes nothing"), x.grad, 0.0)
