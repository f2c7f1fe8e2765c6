import nn
import viz
from chainrule.course import compare, show, word

x = [0.9, -0.4, 0.3]
model = nn.Sequential(nn.Layer(3, 2, "sigmoid", init="zeros"), nn.Layer(2, 3, "identity", init="zeros"))
start = [0.4, -0.3, 0.2, 0.05, 0.1, 0.5, -0.6, -0.1, 0.7, -0.1, 0.1, -0.2, 0.6, 0.0, 0.3, 0.8, -0.05]
for p, number in zip(model.parameters(), start, strict=True):
    p.data = number


def error():
    return sum((y - target) ** 2 for y, target in zip(model(x), x, strict=True)) / 2


E = error()
E.backward()
compare("E = ½‖y − x‖²", E.data, 0.22170210853835)
code, output = model.layers
compare("∂E/∂c₁", output.neurons[1].b.grad, 0.513557351283047)
compare("∂E/∂b₀", code.neurons[0].b.grad, -0.0747829590739404)

errors = []
for _ in range(6):
    model.zero_grad()
    error().backward()
    errors.append(error().data)
    for p in model.parameters():
        p.data -= 0.5 * p.grad
compare("E₁, E₅ · 10⁹", [errors[1], errors[5] * 1e9], [0.00632566240426827, 4.06146024233954])
show(viz.draw(model, at=x))

# %% answer
hourglass = nn.MLP(4, [2, 4], "sigmoid", output="sigmoid", init="xavier", seed=1)
one_hot = [[float(i == k) for i in range(4)] for k in range(4)]
adam = nn.Adam(hourglass.parameters(), lr=0.1)
nn.fit(hourglass, one_hot, one_hot, loss=nn.squared_error, optimizer=adam, epochs=1500, progress=False)
codes = [[round(z.data) for z in hourglass.trace(each)[0].z] for each in one_hot]
compare(word("4-2-4: every input has a code of two numbers of its own"), len({tuple(c) for c in codes}), 4)
