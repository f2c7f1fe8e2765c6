import nn
import viz
from chainrule.course import compare, show, word

xs, ts = [[-1.0], [0.0], [1.0]], [-0.8, 0.1, 0.9]
start = {
    "layers.0.w": [[0.9], [-0.5], [0.3]], "layers.0.b": [0.1, -0.2, 0.4],
    "layers.1.w": [[0.7, -0.6, 0.5]], "layers.1.b": [0.05],
}
model = nn.MLP(1, [3, 1], "tanh", init="zeros")
model.load_state_dict(start)

E = sum(nn.squared_error(model(x), t) for x, t in zip(xs, ts, strict=True))
E.backward()
compare("E", E.data, 0.148228606942043)
compare("∂E/∂d", model.layers[1].neurons[0].b.grad, 0.936308424151968)
compare("∂E/∂u₁", model.layers[0].neurons[0].w[0].grad, 4.47962158407623e-4)

model.zero_grad()
sgd = nn.SGD(model.parameters(), lr=0.3)  # fit takes the mean of 3 points: 0.3 stands for the lecture's 0.1
seen = viz.Snapshots(model, at=(1, 10, 200))
options = {"loss": nn.squared_error, "optimizer": sgd, "epochs": 201, "callbacks": [seen]}
losses = nn.fit(model, xs, ts, **options, progress=False).loss
compare(word("E₁₀, times 10⁴"), 3 * losses[10] * 1e4, 1.15989186412147)
compare(word("E₂₀₀, times 10⁶"), 3 * losses[200] * 1e6, 7.80427358893694)
show(viz.plot_fit(seen, [-1.0, 0.0, 1.0], ts))

# %% answer
between = model([0.5]).data
compare(word("half way between two points, to a tenth"), round(between, 1), 0.6)
