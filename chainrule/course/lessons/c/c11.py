import nn
import viz
from autograd import step
from chainrule.course import compare, show, word

corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
conjunction = [step(x1 + x2 - 1.5) for x1, x2 in corners]
compare(word("AND by one line"), conjunction, [0.0, 0.0, 0.0, 1.0])


def learnt(targets):
    neuron = nn.Neuron(2, "sigmoid", init="zeros")
    adam = nn.Adam(neuron.parameters(), lr=0.1)
    nn.fit(neuron, corners, targets, loss=nn.squared_error, optimizer=adam, epochs=500, progress=False)
    return neuron, sum(nn.squared_error(neuron(x), t).data for x, t in zip(corners, targets, strict=True))


neuron, error = learnt([0, 0, 0, 1])
compare(word("one neuron learns AND"), error < 0.05, True)
compare(word("on XOR it stays at one half"), learnt([0, 1, 1, 0])[1], 0.5)
show(viz.plot_regions(neuron, corners, [0, 0, 0, 1], threshold=0.5))

# %% answer
compare("OR", learnt([0, 1, 1, 1])[1] < 0.05, True)
compare("NAND", learnt([1, 1, 1, 0])[1] < 0.05, True)
