import nn
import viz
from autograd import Value
from chainrule.course import compare, show, word

x = [[0.5, -1.0, 0.25, 2.0], [1.0, 0.0, -0.5, 0.75], [-1.5, 0.3, 0.8, -0.2], [0.6, -0.4, 1.2, 0.1]]
x = [[Value(each) for each in row] for row in x]
unit = nn.Conv2d(1, 1, 3, "tanh", init=[0.2, -0.1, 0.3, 0.5, 0.4, -0.6, -0.2, 0.1, 0.7, -0.05])

y = unit(x)[0]
L = 1.0 * y[0][0] - 0.5 * y[0][1] + 2.0 * y[1][0] + 0.25 * y[1][1]
L.backward()
k00, bias = unit.parameters()[0], unit.parameters()[-1]
compare("∂L/∂k₀₀", k00.grad, 2.12575272804108)
compare("∂L/∂b", bias.grad, 1.43386229886645)
compare("∂L/∂x₁₁", x[1][1].grad, -0.321837794548859)

units = [256, 12 * 8 * 8, 12 * 4 * 4, 30, 10]
links = [768 * (25 + 1), 192 * (8 * 25 + 1), 30 * (192 + 1), 10 * (30 + 1)]
free = [768 + 12 * 25, 192 + 12 * 8 * 25, links[2], links[3]]
compare(word("LeNet 1989: units"), sum(units), 1256)
compare(word("connections, layer by layer"), links, [19968, 38592, 5790, 310])
compare(word("connections, free parameters"), [sum(links), sum(free)], [64660, 9760])
show(viz.draw(unit))

# %% answer
dense = 256 * 768 + 768
compare(word("H1 fully connected: times as many parameters"), dense // free[0], 184)
