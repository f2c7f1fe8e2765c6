import viz
from autograd import Value, log
from chainrule.course import compare, show, word

h = [Value(0.2, label="h₀"), Value(0.5, label="h₁"), Value(0.3, label="h₂")]
y = [0, 1, 0]

L = -sum(target * log(p) for target, p in zip(y, h, strict=True))
L.label = "L"
L.backward()

compare("L = −log 0.5", L.data, 0.693147180559945)
compare("∂L/∂h = −y/h", [p.grad for p in h], [0.0, -2.0, 0.0])
show(viz.draw(L))

# %% answer
losses = [-log(p) for p in (0.5, 0.25, 0.125)]
compare(word("each halving adds log 2"), losses, [0.693147180559945 * k for k in (1, 2, 3)])
