import viz
from autograd import Value, exp, softmax
from chainrule.course import compare, show, word

g = [Value(1.0, label="g₀"), Value(2.0, label="g₁"), Value(3.0, label="g₂")]
h = softmax(g)
h[1].label = "h₁"
h[1].backward()

compare("h", h, [0.0900305731703805, 0.244728471054798, 0.665240955774822])
row = [-0.0220330445201743, 0.184836446509979, -0.162803401989804]
compare("∂h₁/∂g", [v.grad for v in g], row)
compare("h₁(δ₁c − hc)", [h[1].data * ((c == 1) - h[c].data) for c in range(3)], row)
compare(word("1000 more on each: the same"), softmax([1001.0, 1002.0, 1003.0]), h)
show(viz.draw(h[1]))

# %% answer
by_parts = [exp(v) for v in (1.0, 2.0, 3.0)]
compare(word("from its parts"), [e / sum(by_parts) for e in by_parts], h)
compare(word("a row of the Jacobian adds up to"), sum(v.grad for v in g), 0.0)
