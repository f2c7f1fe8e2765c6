import nn
import viz
from autograd import step
from chainrule.course import compare, show, word

corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
table = []
for x1, x2 in corners:
    o1, o2 = step(2.0 * x1 - 2 * x2 - 1), step(-2.0 * x1 + 2 * x2 - 1)
    table.append([o1, o2, step(2 * o1 + 2 * o2 - 1)])
compare(word("two units and their OR"), table, [[0, 0, 0], [0, 1, 1], [1, 0, 1], [0, 0, 0]])


def trained(start, epochs):
    model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", init=start)
    sgd = nn.SGD(model.parameters(), lr=4.0)  # fit takes the mean of 4 points: 4 stands for the lecture's 1
    options = {"loss": nn.squared_error, "optimizer": sgd, "epochs": epochs, "progress": False}
    return model, [4 * loss for loss in nn.fit(model, corners, xor, **options).loss]


arrives, E = trained([0.7, -0.4, -0.1, -0.9, 0.5, 0.1, 0.5, 0.7, 0.5], 501)
lecture = [0.524492043320129, 0.0633135853888946, 0.0173727300793536, 0.00201193774175908]
compare("E₀, E₅₀, E₁₀₀, E₅₀₀", [E[0], E[50], E[100], E[500]], lecture)
stuck, E = trained([0.4, -0.9, -0.4, -0.3, 0.3, 0.9, -0.7, -0.2, 0.2], 1001)
compare(word("from another start: E₁₀₀₀"), E[1000], 0.250981218465015)
show(viz.plot_regions(arrives, corners, xor, threshold=0.5, borders=True))
show(viz.plot_regions(stuck, corners, xor, threshold=0.5, borders=True))

# %% answer
by_hand = [6.0, -6.0, -3.0, -6.0, 6.0, -3.0, 6.0, 6.0, -3.0]
smooth = nn.MLP(2, [2, 1], "sigmoid", output="sigmoid", init=by_hand)
outputs = [smooth(x) for x in corners]
lecture = [0.0808473412621466, 0.937974962869072, 0.937974962869072, 0.0808473412621466]
compare(word("its outputs"), outputs, lecture)
E = sum(nn.squared_error(y, t) for y, t in zip(outputs, xor, strict=True))
E.backward()
compare(word("the units by hand, smooth: E"), E.data, 0.010383397820251)
compare("∂E/∂c", smooth.layers[1].neurons[0].b.grad, 0.00479872465065044)
