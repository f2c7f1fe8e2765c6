import viz
from autograd import Value
from chainrule.course import compare, show, word

w, x, b = Value(2.0, label="w"), Value(9 / 10, label="x"), Value(1 / 10, label="b")
y = w * x - b
y.label = "y"
y.backward(1 / 3)
show(viz.draw(y, rate={w: 0.5, b: 0.5}))

for p in (w, b):
    p.data -= 0.5 * p.grad
y.forward()
compare(word("w falls, the threshold rises"), [w, b], [1.85, 4 / 15])
compare(word("y comes nearer to its target"), y.data, 1.39833333333333333)

# %% answer
w.data, b.data = 2.0, 0.1
errors = []
for _ in range(4):
    y.forward()
    errors.append(y.data - 41 / 30)
    y.zero_grad()
    y.backward(errors[-1])
    for p in (w, b):
        p.data -= 0.5 * p.grad
ratio = 1 - 0.5 * (0.9**2 + 1)
compare(word("the error shrinks by the same factor each time"), errors, [ratio**k / 3 for k in range(4)])
