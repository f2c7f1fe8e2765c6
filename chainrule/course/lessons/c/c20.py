import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

data = [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0), (4.0, 4.0)]


def gradient(points, divide=1.0):
    w, b = Value(0.5), Value(0.0)
    (sum((w * x + b - t) ** 2 / 2 for x, t in points) / divide).backward()
    return [w.grad, b.grad]


compare(word("points 2 and 4"), gradient([data[1], data[3]]), [-12.0, -4.0])
compare(word("mean over all four"), gradient(data, 4.0), [-6.0, -2.25])


def train(batch_size):
    line, path = nn.Layer(1, 1, "identity", init="zeros"), [(0.5, 0.0)]
    line.load_state_dict({"w": [[0.5]], "b": [0.0]})
    sgd = nn.SGD(line.parameters(), lr=0.02 * (batch_size or 4))

    def remember(training):
        path.append(tuple(p.data for p in line.parameters()))

    options = {"loss": nn.squared_error, "optimizer": sgd, "epochs": 100, "callbacks": [remember]}
    xs, ts = [[x] for x, _ in data], [t for _, t in data]
    nn.fit(line, xs, ts, **options, batch_size=batch_size, shuffle=1, progress=False)
    return path


paths = {word("online"): train(1), word("mini-batches of 2"): train(2), word("batch"): train(None)}
ends = [path[-1] for path in paths.values()]
near = [abs(w - 0.8) < 0.2 and abs(b - 1.5) < 0.5 for w, b in ends]
compare(word("all end near the least-squares line"), near, [True] * 3)


def E(w, b):
    return sum((w * x + b - t) ** 2 / 2 for x, t in data)


show(viz.plot_descent(E, path=paths, low=(0.5, 0.0), high=(1.5, 1.8)))

# %% answer
online = paths[word("online")]
late = [E(*point) for point in online[-20:]]
compare(word("online never quite rests"), max(late) - min(late) > 1e-6, True)
