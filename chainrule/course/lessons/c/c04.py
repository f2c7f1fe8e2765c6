from autograd import Value
from chainrule.course import compare, word

side = 4
positions = [(row, column) for row in range(side) for column in range(side)]
weights = [[Value(0.5), Value(0.5)] for _ in positions]


def neighbours(i):
    row, column = positions[i]
    return [j for j, (r, c) in enumerate(positions) if abs(r - row) + abs(c - column) == 1]


compare(word("units, numbers to be learnt"), [len(positions), sum(map(len, weights))], [16, 32])
counts = [len(neighbours(i)) for i in (0, 1, 5)]
compare(word("neighbours of a corner, an edge, the inside"), counts, [2, 3, 4])
weights[0][0].data = 9.0
compare(word("a weight far away: the neighbours are the same"), neighbours(0), [1, 4])

# %% answer
ring = [(i, (i + 1) % 8) for i in range(8)]
counts = [sum(k in pair for pair in ring) for k in range(8)]
compare(word("a ring of eight: everyone has two neighbours"), counts, [2] * 8)
