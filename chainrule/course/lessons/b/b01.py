import nn
import viz
from chainrule.course import compare, show, word

# how pointed the ears are, how round the snout is: made-up numbers for eight animals
cats = [[0.9, 0.2], [0.8, 0.3], [0.7, 0.1], [0.95, 0.4]]
dogs = [[0.3, 0.8], [0.2, 0.6], [0.4, 0.9], [0.1, 0.7]]
xs, labels = cats + dogs, [0, 0, 0, 0, 1, 1, 1, 1]

f = nn.MLP(2, [3, 1], "tanh", output="sigmoid", seed=1)
adam = nn.Adam(f.parameters(), lr=0.1)
history = nn.fit(f, xs, labels, loss=nn.squared_error, optimizer=adam, epochs=200, progress=False)

answers = [float(f(x).data > 0.5) for x in xs]
compare(word("answers: 0 cat, 1 dog"), answers, [float(label) for label in labels])
compare(word("the loss is small"), history.loss[-1] < 0.01, True)
show(viz.plot_regions(f, xs, labels, threshold=0.5))

# %% answer
between = [[c + (d - c) * k / 10 for c, d in zip(cats[0], dogs[0], strict=True)] for k in range(11)]
outputs = [f(x).data for x in between]
compare(word("from a cat to a dog the output only rises"), outputs, sorted(outputs))
