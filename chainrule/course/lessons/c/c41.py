import viz
from autograd import Value, sigmoid
from chainrule.course import compare, show

I, T = Value(0.8, label="I"), Value(1.5, label="T")
p = sigmoid(I / T)
p.label = "p"
p.backward()

compare("p(u = 1)", p.data, 0.630260222917751)
compare("∂p/∂I = p(1 − p)/T", I.grad, 0.155354849550278)
compare("∂p/∂T", T.grad, -0.0828559197601485)
show(viz.draw(p))

# %% answer
w01, w02, w12 = 0.5, -0.3, 0.8
q110, q010 = (w01 / 1.5, 0.0)
conditional = (Value(q110).exp() / (Value(q110).exp() + Value(q010).exp())).data
compare("q(110)/(q(110) + q(010)) = σ(I₀/T)", conditional, 0.582570206462315)
