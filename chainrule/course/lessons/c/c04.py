from autograd import Value
from chainrule.course import compare, word

side = 4
positions = [(row, column) for row in range(side) for column in range(side)]
weights = [[Value(0.5 + row / 10), Value(0.5 + column / 10)] for row, column in positions]


def neighbours(i):
    row, column = positions[i]
    return [j for j, (r, c) in enumerate(positions) if abs(r - row) + abs(c - column) == 1]


def alike(i):
    """The two units whose weights are nearest to those of unit i."""
    here = weights[i]
    apart = [sum((a.data - b.data) ** 2 for a, b in zip(each, here, strict=True)) for each in weights]
    return sorted(sorted(range(len(weights)), key=apart.__getitem__)[1:3])


compare(word("units, numbers to be learnt"), [len(positions), sum(map(len, weights))], [16, 32])
counts = [len(neighbours(i)) for i in (0, 1, 5)]
compare(word("neighbours of a corner, an edge, the inside"), counts, [2, 3, 4])
compare(word("unit 0: its neighbours, the two most alike"), [neighbours(0), alike(0)], [[1, 4], [1, 4]])
weights[0][0].data, weights[0][1].data = 0.8, 0.8  # it learns, and moves to the far corner
compare(word("moved far: the same neighbours, others alike"), [neighbours(0), alike(0)], [[1, 4], [11, 15]])

# %% answer
ring = [(i, (i + 1) % 8) for i in range(8)]
counts = [sum(k in pair for pair in ring) for k in range(8)]
compare(word("a ring of eight: everyone has two neighbours"), counts, [2] * 8)
