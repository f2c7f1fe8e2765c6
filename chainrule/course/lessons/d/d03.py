import math

import nn
import viz
from chainrule.course import compare, show, word

angles = [2 * math.pi * k / 12 for k in range(12)]
inner = [[0.6 * math.cos(a), 0.6 * math.sin(a)] for a in angles]
outer = [[1.5 * math.cos(a), 1.5 * math.sin(a)] for a in angles]
xs, classes = inner + outer, [0] * 12 + [1] * 12


def trained(*hidden):
    model = nn.MLP(2, [*hidden, 2], "tanh", init="xavier", seed=1)
    adam = nn.Adam(model.parameters(), lr=0.05)
    history = nn.fit(model, xs, classes, loss=nn.cross_entropy, optimizer=adam, epochs=300, progress=False)
    return model, history.accuracy[-1]


none, without = trained()
deep, accuracy = trained(4, 4)
compare(word("without a hidden layer at most"), without <= 0.75, True)
compare(word("with two hidden layers"), accuracy, 1.0)
compare(word("parameters of 2-4-4-2"), len(deep.parameters()), 3 * 4 + 5 * 4 + 5 * 2)
show(viz.draw(deep))

# %% answer
compare(word("three units in one layer suffice"), trained(3)[1], 1.0)
compare(word("two do not"), trained(2)[1] < 1.0, True)
