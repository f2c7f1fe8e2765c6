import math
import random

import nn
import viz
from chainrule.course import compare, show, word

noise = random.Random(3)
known = [(-3 + 6 * i / 9) for i in range(10)]
new = [(-2.7 + 6 * i / 9) for i in range(9)]
xs, ts = [[x] for x in known], [math.sin(x) + noise.gauss(0, 0.3) for x in known]
new_xs, new_ts = [[x] for x in new], [math.sin(x) for x in new]

model = nn.MLP(1, [12, 12, 1], "tanh", init="xavier", seed=1)
adam = nn.Adam(model.parameters(), lr=0.003)
options = {"loss": nn.squared_error, "epochs": 3000, "validation": (new_xs, new_ts), "progress": False}
history = nn.fit(model, xs, ts, optimizer=adam, **options)
training, generalisation = history.loss, history.validation_loss
best = min(range(3000), key=generalisation.__getitem__)

compare(word("the training error goes to 0"), min(training) < 1e-5, True)
compare(word("the error on new points was least early"), best < 300, True)
compare(word("and more than doubles by the end"), generalisation[-1] > 2 * generalisation[best], True)
curves = {word("training error"): training, word("generalisation error"): generalisation}
show(viz.plot_losses(curves, log=True, xlabel=word("epoch")))

# %% answer
stopped = nn.MLP(1, [12, 12, 1], "tanh", init="xavier", seed=1)
adam = nn.Adam(stopped.parameters(), lr=0.003)
early = nn.fit(stopped, xs, ts, optimizer=adam, **options, patience=200, keep_best=True)
compare(word("it stops within 600 epochs"), len(early.loss) < 600, True)
pairs = zip(new_xs, new_ts, strict=True)
error = sum(nn.squared_error(stopped(x), t).data for x, t in pairs) / len(new)
compare(word("the error on new points that is kept"), error, generalisation[best])
