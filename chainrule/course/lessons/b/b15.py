import nn
import viz
from chainrule.course import compare, show, word

f = nn.MLP(2, [3, 2], "tanh", seed=1)
x, t = [0.9, -1.2], [1.0, 0.0]
loss = sum((y - target) ** 2 for y, target in zip(f(x), t, strict=True)) / 2
loss.backward()

parameters = f.parameters()
compare(word("elements of W and b in both layers"), len(parameters), 2 * 3 + 3 + 3 * 2 + 2)
compare(word("each has its partial derivative after one pass"), all(p.grad != 0 for p in parameters), True)
before = loss.data
for p in parameters:
    p.data -= 0.1 * p.grad
loss.forward()
compare(word("a step against the gradient lowers the loss"), loss.data < before, True)
show(viz.draw(f))

# %% answer
p = parameters[0]
start, h = p.data, 1e-6
p.data = start + h
right = loss.forward() or loss.data
p.data = start - h
left = loss.forward() or loss.data
p.data = start
loss.forward()
loss.zero_grad()
loss.backward()
compare(word("the first one by differences"), (right - left) / (2 * h), p.grad, 1e-8)
