import viz
from autograd import Value
from chainrule.course import compare, show, word

s, a = Value(2.0, label="s"), 0.2
path = [s.data]
for _ in range(20):
    s.grad = 0.0
    (s**2).backward()
    s.data -= a * s.grad
    path.append(s.data)

lecture = [2, 1.2, 0.72, 0.432, 0.2592, 0.15552, 0.093312, 0.0559872, 0.03359232, 0.020155392, 0.0120932352]
compare("s₀ … s₁₀", path[:11], lecture)
compare("s₂₀", path[20] * 1e5, 7.31231688012595)
compare(word("each step is 0.6 of the one before"), (path[3] - path[2]) / (path[2] - path[1]), 0.6)
show(viz.plot_descent(lambda s: s**2, 2.0, 0.2, 10, tangents=True))

# %% answer
s = Value(2.0)
half = [s.data]
for _ in range(3):
    s.grad = 0.0
    (s**2 / 2).backward()
    s.data -= a * s.grad
    half.append(s.data)
compare("s²/2", half, [2.0, 1.6, 1.28, 1.024])
