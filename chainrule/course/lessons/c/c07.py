import viz
from autograd import Value, exp
from chainrule.course import compare, show, word

h0, sigma = Value(0.5, label="h₀"), Value(1.25, label="σ")
h = [h0 * exp(-(d**2) / sigma**2) for d in (0, 1, 2)]
total = sum(h)
total.backward()

compare(word("h at distance 0, 1, 2"), h, [0.5, 0.263646212021524, 0.0386523702216499])
compare("∂Σh/∂h₀", h0.grad, 1.60459716448635)
compare("∂Σh/∂σ", sigma.grad, 0.428293829537919)
widths = {"σ": (1.25, 0.6, 2.5)}
show(viz.plot_family(lambda x, σ: 0.5 * (-(x**2) / σ**2).exp(), widths, -4, 4))

# %% answer
narrow = 0.5 * exp(-(1.0**2) / 0.25**2)
compare(word("σ = 0.25: the neighbour's share of h₀, times 10⁷"), narrow / 0.5 * 1e7, 1.12535174719259)
