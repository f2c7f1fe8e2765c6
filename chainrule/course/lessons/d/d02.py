import viz
from autograd import Value, sigmoid
from chainrule.course import compare, show, word


def flags(x1, x2):
    return sigmoid(10 * (x1 + x2 - 1)), sigmoid(10 * (x2 - x1))


def y(x1, x2):
    h1, h2 = flags(x1, x2)
    return sigmoid(10 * h1 + 10 * h2 - 15)


x1, x2 = Value(0.3, label="x₁"), Value(0.8, label="x₂")
compare("h", list(flags(0.3, 0.8)), [0.731058578630005, 0.993307149075715])
output = y(x1, x2)
output.backward()
compare("y", output.data, 0.904102018882407)
compare("∇ₓy", [x1.grad, x2.grad], [1.64701641260675, 1.76229578725835])
points = [(0.3, 0.9), (0.5, 0.7), (0.1, 0.2), (0.9, 0.3)]
show(viz.plot_regions(y, points, [1, 1, 0, 0], threshold=0.5, borders=[(1, 1, -1), (-1, 1, 0)]))

# %% answer
signs = [[round(h) for h in flags(*point)] for point in points]
compare(word("flags of the four points"), signs, [[1, 1], [1, 1], [0, 1], [1, 0]])
compare(word("both flags up: y = 1"), [round(y(*point)) for point in points], [1, 1, 0, 0])
