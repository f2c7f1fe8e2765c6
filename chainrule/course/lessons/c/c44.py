import viz
from autograd import Value, sigmoid
from chainrule.course import compare, show, word

temperatures = (1e6, 10.0, 1.0, 0.1)
p = [sigmoid(0.5 / T) for T in temperatures]
lecture = [0.500000125, 0.51249739648421, 0.622459331201855, 0.993307149075715]
compare("I = 0.5, T = 10⁶, 10, 1, 0.1", p, lecture)
cold = [sigmoid(I / 1e-3) for I in (0.5, -0.5, 0.0)]
compare(word("T → +0: 1, 0, and ½ at I = 0"), cold, [1.0, 0.0, 0.5])
compare(word("T → −0: reversed"), [sigmoid(I / -1e-3) for I in (0.5, -0.5)], [0.0, 1.0])

slopes = []
for T in (0.5, 1.0, 4.0):
    I = Value(0.0)
    sigmoid(I / T).backward()
    slopes.append(I.grad)
compare(word("slope at 0: 1/(4T)"), slopes, [0.5, 0.25, 0.0625])
show(viz.plot_family(lambda x, T: (x / T).sigmoid(), {"T": (1.0, 0.2, 5.0)}, -4, 4))

# %% answer
hot = [round(sigmoid(I / 1e9), 6) for I in (-5.0, 5.0)]
compare(word("T → ∞: one half whatever I is"), hot, [0.5, 0.5])
