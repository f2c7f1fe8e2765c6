import viz
from autograd import Value, exp, sigmoid, tanh
from chainrule.course import compare, show

lecture = {
    0.0: (0.0, 1.0),
    1.0: (0.761594155955765, 0.419974341614026),
    3.0: (0.99505475368673, 0.00986603716544019),
}
for point, expected in lecture.items():
    x = Value(point)
    h = tanh(x)
    h.backward()
    compare(f"x = {point:g}: h, h′", [h.data, x.grad], expected)
    compare("(e²ˣ − 1)/(e²ˣ + 1)", (exp(2 * point) - 1) / (exp(2 * point) + 1), expected[0])
show(viz.plot_function(tanh, -4, 4, derivatives=1))

# %% answer
points = (-2.0, -0.5, 0.7, 4.0)
compare("tanh x = 2σ(2x) − 1", [2 * sigmoid(2 * p) - 1 for p in points], [tanh(p) for p in points])
