from autograd import Value, dot
from chainrule.course import compare, word

xs, ts = [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 5.0, 4.0]
w, b = Value(0.5), Value(0.0)


def error():
    return sum((w * x + b - t) ** 2 for x, t in zip(xs, ts, strict=True)) / 2


compare(word("error at the start"), error(), 11.25)

for _ in range(1000):
    w.grad = b.grad = 0.0
    error().backward()
    w.data -= 0.02 * w.grad
    b.data -= 0.02 * b.grad

compare("w, b", [w, b], [0.8, 1.5], 1e-5)
compare(word("error at the end"), error(), 0.9, 1e-9)
compare(word("gradient at the end"), [w.grad, b.grad], [0.0, 0.0], 1e-5)

# %% answer
w.data, b.data = 0.8, 1.5
w.grad = b.grad = 0.0
error().backward()
compare(word("gradient on the least-squares line"), [w.grad, b.grad], [0.0, 0.0])
residuals = [w.data * x + b.data - t for x, t in zip(xs, ts, strict=True)]
compare(word("sum of the residuals"), sum(residuals), 0.0)
compare(word("residuals times x"), dot(residuals, xs), 0.0)
