import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

f1 = nn.Layer(2, 3, "tanh", seed=1)
f2 = nn.Layer(3, 2, "tanh", seed=2)
f3 = nn.Layer(2, 1, "identity", seed=3)
x = [Value(0.5, label="x₁"), Value(-1.0, label="x₂")]

y = f3(f2(f1(x)))
f = nn.Sequential(f1, f2, f3)
compare(word("f₃(f₂(f₁(x))) is the network's output"), f(x).data, y.data)
compare(word("layers, parameters"), [len(f.layers), len(f.parameters())], [3, 3 * 3 + 2 * 4 + 3])
y.backward()
show(viz.draw(f))

# %% answer
inner = [v.data for v in f1([0.5, -1.0])]
middle = [v.data for v in f2(inner)]
compare(word("the same, one layer at a time on plain numbers"), f3(middle).data, y.data)
