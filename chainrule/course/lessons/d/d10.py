import nn
import viz
from autograd import Value, softmax
from chainrule.course import compare, show, word

g = [Value(1.0, label="g₀"), Value(2.0, label="g₁"), Value(3.0, label="g₂")]
L = nn.cross_entropy(g, 1)
L.label = "L"
L.backward()

delta = [v.grad for v in g]
compare("L", L.data, 1.40760596444438)
compare("∂L/∂g", delta, [0.0900305731703805, -0.755271528945202, 0.665240955774822])
h = softmax([1.0, 2.0, 3.0])
compare("h − y", [h[0], h[1] - 1, h[2]], delta)
compare(word("their sum"), sum(delta), 0.0)
show(viz.draw(L))

# %% answer
soft = [Value(0.2), Value(-1.1), Value(0.7)]
y = [0.2, 0.5, 0.3]
h = softmax([0.2, -1.1, 0.7])
(-sum(t * p.log() for t, p in zip(y, softmax(soft), strict=True))).backward()
compare(word("with soft labels"), [v.grad for v in soft], [p - t for p, t in zip(h, y, strict=True)])
soft, y = [Value(g) for g in (0.2, -1.1, 0.7)], [0.5, 0.5, 0.5]
(-sum(t * p.log() for t, p in zip(y, softmax(soft), strict=True))).backward()
compare(word("labels with the sum 1.5: 1.5 h − y"), [v.grad for v in soft], [1.5 * p - 0.5 for p in h])
