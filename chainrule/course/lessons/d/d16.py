import nn
import viz
from chainrule.course import compare, show, word

rows = """
### .#. ### ### #.# ### ### ### ### ###
#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#
#.# .#. ### ### ### ### ### .#. ### ###
#.# .#. #.. ..# ..# ..# #.# .#. #.# ..#
### ### ### ### ..# ### ### .#. ### ###
""".split()
images = [[float(p == "#") for row in rows[digit::10] for p in row] for digit in range(10)]

model = nn.Layer(15, 10, "identity", init="zeros")
first = nn.cross_entropy(model(images[3]), 3)
first.backward()
compare(word("first loss: ln 10"), first.data, 2.30258509299405)
gradients = [neuron.b.grad for neuron in model.neurons]
compare(word("gradients: 0.1, and −0.9 for the right class"), gradients, [0.1] * 3 + [-0.9] + [0.1] * 6)

adam = nn.Adam(model.parameters(), lr=0.1)
model.zero_grad()
classes = list(range(10))
history = nn.fit(model, images, classes, loss=nn.cross_entropy, optimizer=adam, epochs=200, progress=False)
compare(word("read well after 200 epochs"), history.accuracy[-1], 1.0)
show(viz.plot_predictions(model, images, classes, image=(5, 3), count=10))

# %% answer
damaged = list(images[8])
damaged[7] = 0.0
probabilities = [z.data for z in model(damaged)]
compare(word("an 8 without its middle is read as"), max(range(10), key=probabilities.__getitem__), 0)
