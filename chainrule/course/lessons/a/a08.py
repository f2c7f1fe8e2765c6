import nn
import viz
from autograd import Value, dot
from chainrule.course import compare, show, word

x = [Value(0.5, label="x₁"), Value(-1.0, label="x₂"), Value(2.0, label="x₃")]
W = [[Value(0.1), Value(-0.2)], [Value(0.3), Value(0.4)], [Value(-0.5), Value(0.6)]]
b = [Value(0.05, label="b₁"), Value(-0.15, label="b₂")]

y = [dot(x, [W[j][k] for j in range(3)]) - b[k] for k in range(2)]
error = [1.0, -2.0]
L = error[0] * y[0] + error[1] * y[1]
L.backward()

compare("y = xW − b", y, [-1.3, 0.85])
by_formula = [sum(error[k] * W[j][k].data for k in range(2)) for j in range(3)]
compare("∂L/∂x = ∂L/∂y Wᵀ", [v.grad for v in x], by_formula)
compare("∂L/∂x", [v.grad for v in x], [0.5, -0.5, -1.7])
compare("∂L/∂W = xᵀ ∂L/∂y", [[w.grad for w in row] for row in W], [[0.5, -1.0], [-1.0, 2.0], [2.0, -4.0]])
compare("∂L/∂b = −∂L/∂y", [v.grad for v in b], [-1.0, 2.0])


def weighed(outputs, errors):
    return dot(outputs, errors)


rows = [0.1, 0.3, -0.5, -0.05, -0.2, 0.4, 0.6, 0.15]  # weights to an output, then its added bias −b
layer = nn.Layer(3, 2, "identity", init=rows)
show(viz.draw(layer, at=([v.data for v in x], error), loss=weighed, level="layers"))
show(viz.draw(y[0], backward=True))

# %% answer
added = [dot(x, [W[j][k] for j in range(3)], Value(-b[k].data)) for k in range(2)]
compare(word("with an added bias −b: the same y"), added, [v.data for v in y])
