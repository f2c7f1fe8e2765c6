import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

layer = nn.Layer(2, 2, "sigmoid", init="zeros")
layer.load_state_dict({"w": [[0.4, -0.7], [1.1, 0.2]], "b": [0.1, -0.3]})
x, t = [Value(0.9), Value(-1.2)], [1.0, 0.0]

y = layer(x)
loss = sum((output - target) ** 2 for output, target in zip(y, t, strict=True)) / 2
loss.backward()

compare("h = φ(Wx + b)", y, [0.785834983042559, 0.610639233949222])
compare(word("loss"), loss.data, 0.209373464263237)
dw = [[w.grad for w in neuron.w] for neuron in layer.neurons]
compare("∂L/∂W", dw[0], [-0.0324392594868863, 0.0432523459825151])
compare("", dw[1], [0.130666454230226, -0.174221938973635])
compare("∂L/∂b", [neuron.b.grad for neuron in layer.neurons], [-0.0360436216520959, 0.145184949144696])
show(viz.draw(layer))

# %% answer
by_formula = [[(o.data - g) * o.data * (1 - o.data) * v.data for v in x] for o, g in zip(y, t, strict=True)]
compare("(yᵢ − tᵢ) yᵢ (1 − yᵢ) xⱼ", by_formula, dw)
