import nn
import viz
from chainrule.course import compare, show, word

network = nn.MLP(2, [3, 1], "tanh", seed=1)
compare(word("layers with weights: the input layer is not counted"), len(network.layers), 2)

network.layers[0].freeze()  # Rosenblatt: a first layer of random connections that stays as it is
trainable = network.parameters()
compare(word("what is left to learn"), len(trainable), 3 + 1)

corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
before = network.layers[0].state_dict()
adam = nn.Adam(trainable, lr=0.05)
history = nn.fit(network, corners, xor, loss=nn.squared_error, optimizer=adam, epochs=400, progress=False)
compare(word("the first layer has not moved"), network.layers[0].state_dict() == before, True)
compare(word("the loss falls all the same"), history.loss[-1] < history.loss[0], True)
show(viz.draw(network, inputs=["x₁", "x₂"]))

# %% answer
network.layers[0].unfreeze()
compare(word("all parameters"), len(network.parameters()), 3 * 3 + 4)
