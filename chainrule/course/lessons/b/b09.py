import nn
import viz
from chainrule.course import compare, show, word

corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def trained(start):
    model = nn.MLP(2, [2, 1], "tanh", output="sigmoid", init=start)
    sgd = nn.SGD(model.parameters(), lr=4.0)  # fit takes the mean of 4 points: 4 stands for the lecture's 1
    nn.fit(model, corners, xor, loss=nn.squared_error, optimizer=sgd, epochs=1000, progress=False)
    return model


def error(model):
    return sum(nn.squared_error(model(x), t).data for x, t in zip(corners, xor, strict=True))


arrives = trained([0.7, -0.4, -0.1, -0.9, 0.5, 0.1, 0.5, 0.7, 0.5])
stuck = trained([0.4, -0.9, -0.4, -0.3, 0.3, 0.9, -0.7, -0.2, 0.2])
compare(word("one start arrives"), error(arrives) < 0.01, True)
compare(word("another sticks at a quarter"), error(stuck), 0.250981218465015)
show(viz.plot_loss_surface(arrives, nn.squared_error, corners, xor, [stuck]))

# %% answer
outputs = [round(stuck(x).data, 1) for x in corners]
compare(word("what the stuck network answers"), outputs, [0.0, 0.5, 1.0, 0.5])
