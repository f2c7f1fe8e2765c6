import viz
from autograd import Value, exp, log
from chainrule.course import compare, show, word

I, T = Value(0.8, label="I"), Value(1.5, label="T")
Z = 1 + exp(-I / T)
p1, p0 = 1 / Z, exp(-I / T) / Z
F = log(Z)
F.label = "ln Z"
F.backward()

compare("Z", Z.data, 1.58664621951003)
compare("p₀", p0.data, 0.369739777082249)
compare("p₀ + p₁", p0.data + p1.data, 1.0)
compare("∂ln Z/∂I = −p₀/T", I.grad, -0.246493184721499)
show(viz.draw(F))

# %% answer
compare(word("the mean energy I p₀ is T² ∂ln Z/∂T"), T.data**2 * T.grad, 0.8 * p0.data)
