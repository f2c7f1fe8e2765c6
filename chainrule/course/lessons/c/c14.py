import viz
from autograd import Value, hypot
from chainrule.course import compare, show, word

t = [1.0, -2.0]
y = [Value(4.0, label="y₁"), Value(2.0, label="y₂")]

E = sum((output - target) ** 2 for output, target in zip(y, t, strict=True)) / 2
E.backward()
compare("E = ½‖y − t‖²", E.data, 12.5)
compare(word("its gradient: y − t"), [v.grad for v in y], [3.0, 4.0])
show(viz.draw(E))

for v in y:
    v.grad = 0.0
distance = hypot(y[0] - t[0], y[1] - t[1])
distance.backward()
compare("‖y − t‖", distance.data, 5.0)
compare(word("its gradient: a unit vector"), [v.grad for v in y], [0.6, 0.8])

# %% answer
for v in y:
    v.grad = 0.0
(abs(y[0] - t[0]) + abs(y[1] - t[1])).backward()
compare(word("Manhattan: the signs"), [v.grad for v in y], [1.0, 1.0])
