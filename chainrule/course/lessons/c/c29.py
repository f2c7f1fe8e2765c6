import viz
from autograd import Value, identity
from chainrule.course import compare, show, word

points = [-3.0, -1.0, -0.5, 0.5, 1.0, 3.0, 0.0]
xs = [Value(p) for p in points]
for x in xs:
    identity(x).backward()
compare(word("values"), [identity(p) for p in points], points)
compare(word("slopes"), [x.grad for x in xs], [1.0] * 7)

x = Value(0.5, label="x")
y = identity(x)
y.backward(-1.75)
compare(word("what comes in goes on unchanged"), x.grad, -1.75)
show(viz.draw(y))

# %% answer
t = 2.0
x = Value(0.5)
((identity(x) - t) ** 2 / 2).backward()
compare(word("with the squared error: y − t"), x.grad, 0.5 - t)
