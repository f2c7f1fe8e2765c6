import nn
import viz
from chainrule.course import compare, show, word

xs = [[x / 10] for x in range(-20, 21)]
ts = [x[0] ** 2 for x in xs]


def train(batch_size):
    model = nn.MLP(1, [8, 1], "tanh", seed=1)
    sgd = nn.SGD(model.parameters(), lr=0.02)
    options = {"loss": nn.squared_error, "optimizer": sgd, "epochs": 300, "progress": False}
    return nn.fit(model, xs, ts, **options, batch_size=batch_size, shuffle=0).loss


batches = {word("all 41 points at once"): train(None), word("8 points"): train(8), word("1 point"): train(1)}
every, some, one = (losses[-1] for losses in batches.values())
compare(word("with smaller batches it is further after 300 epochs"), one < some < every, True)
compare(word("the same seed gives the same losses"), train(8)[-1], some)
show(viz.plot_losses(batches, log=True, xlabel=word("epoch")))

# %% answer
steps = [300 * -(-41 // size) for size in (41, 8, 1)]
compare(word("corrections made in 300 epochs"), steps, [300, 1800, 12300])
