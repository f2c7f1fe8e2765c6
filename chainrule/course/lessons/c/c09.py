import viz
from autograd import Value, log
from chainrule.course import compare, show, word

x, phi, lam = (0.5, 1.2), ((0.8, -0.6), (0.6, 0.8)), 0.1


def energy(a):
    rest = [x[i] - sum(each * phi[i][j] for j, each in enumerate(a)) for i in range(2)]
    return sum(r**2 for r in rest) / 2 + lam * sum(log(1 + each**2) for each in a)


a = [Value(0.6, label="a₁"), Value(-0.9, label="a₂")]
E = energy(a)
E.backward()
compare("E", E.data, 1.44208115450257)
compare("∂E/∂a", [each.grad for each in a], [-0.431764705882353, -1.65944751381215])
show(viz.plot_descent(lambda p, q: energy((p, q)), (0.6, -0.9), 0.2, 30))

# %% answer
for _ in range(200):
    for each in a:
        each.data -= 0.2 * each.grad
        each.grad = 0.0
    energy(a).backward()
compare(word("at the end the gradient is 0"), [each.grad for each in a], [0.0, 0.0])
plain = [sum(phi[i][j] * x[i] for i in range(2)) for j in range(2)]
smaller = [abs(each.data) < abs(p) for each, p in zip(a, plain, strict=True)]
compare(word("the penalty makes the code smaller"), smaller, [True, True])
