import nn
from autograd import hessian, value_and_grad
from chainrule.course import compare, word


def convex(w, b):
    return sum((w * x + b - t) ** 2 for x, t in ((1, 2), (2, 3), (3, 5), (4, 4))) / 2


def saddle(u, v):
    return u**2 - v**2


value, gradient = value_and_grad(convex)(0.8, 1.5)
compare(word("least squares: ∇E at the minimum"), list(gradient), [0.0, 0.0])
(a, b), (_, d) = hessian(convex)(0.8, 1.5)
compare(word("bent upwards in all directions: a convex function"), a > 0 and a * d - b * b > 0, True)

value, gradient = value_and_grad(saddle)(0.0, 0.0)
compare(word("a saddle has ∇E = 0 too"), list(gradient), [0.0, 0.0])
compare(word("and is no minimum: beside it the value is smaller"), saddle(0.0, 0.1) < value, True)

# %% answer
stuck = nn.MLP(2, [2, 1], "tanh", output="sigmoid", init=[0.4, -0.9, -0.4, -0.3, 0.3, 0.9, -0.7, -0.2, 0.2])
corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
sgd = nn.SGD(stuck.parameters(), lr=4.0)
nn.fit(stuck, corners, xor, loss=nn.squared_error, optimizer=sgd, epochs=5000, progress=False)
stuck.zero_grad()
E = sum(nn.squared_error(stuck(x), t) for x, t in zip(corners, xor, strict=True))
E.backward()
largest = max(abs(p.grad) for p in stuck.parameters())
compare(word("XOR, stuck: its error"), E.data, 0.25, 1e-3)
compare(word("and yet its gradient is nearly 0"), largest, 0.0, 1e-3)
