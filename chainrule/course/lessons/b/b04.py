import nn
import viz
from chainrule.course import compare, show, word

xs, labels = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
f = nn.Layer(1, 1, "sigmoid", init="zeros")
sgd = nn.SGD(f.parameters(), lr=1.0)
history = nn.fit(f, xs, labels, loss=nn.squared_error, optimizer=sgd, epochs=3000, progress=False)

compare(word("discrepancy before the first change"), history.loss[0], 0.125)
falls = all(later < earlier for earlier, later in zip(history.loss, history.loss[1:], strict=False))
compare(word("it falls in every step"), falls, True)
compare(word("answers"), [round(f(x).data) for x in xs], labels)
show(viz.plot_losses(history.loss, log=True, xlabel=word("epoch")))

# %% answer
w, b = f.parameters()
compare(word("the border between 0 and 1, −b/w"), round(-b.data / w.data, 1), 1.5)
