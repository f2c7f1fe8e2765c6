import viz
from autograd import Value, relu, sigmoid, tanh
from chainrule.course import compare, show, word

points, incoming = [-1.5, 0.25, 2.0], [1.5, -0.5, 2.0]
lecture = {
    sigmoid: [0.223719678105499, -0.123067041368799, 0.209987170807013],
    tanh: [0.271059958385473, -0.470007424403189, 0.141301649706329],
    relu: [0.0, -0.5, 2.0],
}
for activation, expected in lecture.items():
    xs = [Value(x) for x in points]
    for x, error in zip(xs, incoming, strict=True):
        activation(x).backward(error)
    compare(activation.__name__, [x.grad for x in xs], expected)
show(viz.plot_activations(["sigmoid", "tanh", "relu"]))

# %% answer
for x, slope in ((-1e-9, 0.0), (0.0, 0.0), (1e-9, 1.0)):
    v = Value(x)
    relu(v).backward()
    compare(f"relu′({x:g})", v.grad, slope)
compare(word("relu'(0) here; 1 in one of the lectures"), relu(Value(0.0)).partials, [0.0])
