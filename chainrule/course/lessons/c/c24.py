import viz
from autograd import Value, exp, sigmoid
from chainrule.course import compare, show, word

lecture = {
    0.0: (0.5, 0.25),
    1.0: (0.731058578630005, 0.196611933241482),
    3.0: (0.952574126822433, 0.0451766597309121),
}
for point, expected in lecture.items():
    x = Value(point)
    h = sigmoid(x)
    h.backward()
    compare(f"x = {point:g}: h, h′", [h.data, x.grad], expected)
    compare("h(1 − h)", h.data * (1 - h.data), expected[1])
show(viz.plot_function(sigmoid, -6, 6, derivatives=1))

# %% answer
x = Value(-1.0)
composed = 1 / (1 + exp(-x))
composed.backward()
expected = [1 - 0.731058578630005, 0.196611933241482]
compare(word("from its parts at −1; the slope is even"), [composed.data, x.grad], expected)
