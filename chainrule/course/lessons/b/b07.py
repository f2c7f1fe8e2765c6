import nn
import viz
from chainrule.course import compare, show, word

xs = [[x / 10] for x in range(-20, 21)]
ts = [x[0] ** 2 for x in xs]


def train(batch_size):
    model = nn.MLP(1, [8, 1], "tanh", seed=1)
    sgd = nn.SGD(model.parameters(), lr=0.02)
    options = {"loss": nn.squared_error, "optimizer": sgd, "epochs": 300, "progress": False}
    return nn.fit(model, xs, ts, **options, batch_size=batch_size, shuffle=0).loss, sgd.steps


runs = {word("all 41 points at once"): train(None), word("8 points"): train(8), word("1 point"): train(1)}
losses = {name: loss for name, (loss, _) in runs.items()}
every, some, one = (loss[-1] for loss in losses.values())
compare(word("with smaller batches it is further after 300 epochs"), one < some < every, True)
compare(word("the same seed gives the same losses"), train(8)[0][-1], some)
show(viz.plot_losses(losses, log=True, xlabel=word("epoch")))

# %% answer
steps = [count for _, count in runs.values()]
compare(word("corrections made in 300 epochs"), steps, [300, 1800, 12300])
