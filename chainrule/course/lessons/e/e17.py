from autograd import Value, dot
from chainrule.course import compare, word

x = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
w = [[Value(0.1), Value(-0.2)], [Value(0.3), Value(0.4)], [Value(-0.5), Value(0.6)]]
b = [Value(0.05), Value(-0.15)]
dout = [[1.0, -2.0], [0.5, 3.0]]

inputs = [[Value(each) for each in row] for row in x]
ys = [[dot(row, [w[j][k] for j in range(3)], b[k]) for k in range(2)] for row in inputs]
L = sum(dout[n][k] * ys[n][k] for n in range(2) for k in range(2))
L.backward()


def transposed(a):
    return [list(column) for column in zip(*a, strict=True)]


def product(a, b):
    """The product of two matrices: what np.dot(a, b) is."""
    return [[sum(p * q for p, q in zip(row, column, strict=True)) for column in transposed(b)] for row in a]


W = [[each.data for each in row] for row in w]
dx, dw = product(dout, transposed(W)), product(transposed(x), dout)
db = [sum(column) for column in transposed(dout)]
compare("dx", [[each.grad for each in row] for row in inputs], dx)
compare("dw", [[each.grad for each in row] for row in w], dw)
compare("db", [each.grad for each in b], db)
compare(word("dx, first row"), dx[0], [0.5, -0.5, -1.7])
compare(word("dw of the lecture"), dw, [[1.25, 3.5], [-0.875, 2.75], [1.625, -6.25]])

# %% answer
for each in b:
    each.grad = 0.0
sum(dout[0][k] * ys[0][k] for k in range(2)).backward()
compare(word("db of the first sample alone"), [each.grad for each in b], [1.0, -2.0])
sum(dout[1][k] * ys[1][k] for k in range(2)).backward()
compare(word("and of the second added"), [each.grad for each in b], [1.5, 1.0])
