from autograd import Value, exp, log, tanh
from chainrule.course import compare, word

evaluations = 0


def f(x, y, z):
    global evaluations
    evaluations += 1
    return tanh((x * y + z) ** 2) * exp(x) + log(z)


point, h = [0.8, -1.3, 2.1], 1e-5
numerical = []
for i in range(3):
    plus = [p + h * (i == j) for j, p in enumerate(point)]
    minus = [p - h * (i == j) for j, p in enumerate(point)]
    numerical.append((f(*plus) - f(*minus)) / (2 * h))
by_differences, evaluations = evaluations, 0

x, y, z = map(Value, point)
e = f(x, y, z)
e.backward()

exact = [-0.321026928319636, 1.30528204894179, 2.10779303736772]
compare("e", e.data, 2.54199374594015)
compare(word("by backpropagation"), [x.grad, y.grad, z.grad], exact)
compare(word("by differences"), numerical, exact, 1e-8)
compare(word("evaluations: differences, backpropagation"), [by_differences, evaluations], [6, 1])

# %% answer
errors = {}
for h in (1e-2, 1e-5, 1e-8, 1e-11):
    slope = (f(0.8 + h, -1.3, 2.1) - f(0.8 - h, -1.3, 2.1)) / (2 * h)
    errors[h] = abs(slope - x.grad)
compare(word("the best of these h"), min(errors, key=errors.__getitem__), 1e-5)
