import nn
from chainrule.course import compare, word

image = [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]
moved = [row[-1:] + row[:-1] for row in image]
corner = [[0, 0, 0], [0, 1, 1], [0, 0, 1]]


def match(pixels, r, c):
    return sum(corner[i][j] * pixels[r + i][c + j] for i in range(3) for j in range(3))


def simple(pixels):
    """Cells that answer to the corner, one at each place."""
    places = range(len(pixels) - 2)
    return [[max(0, match(pixels, r, c) - 2) for c in places] for r in places]


def complex_(cells):
    """A cell that answers wherever the corner is."""
    return max(max(row) for row in cells)


here, there = simple(image), simple(moved)
compare(word("other simple cells answer when the letter moves"), here != there, True)
compare(word("the complex cell answers to both alike"), [complex_(here), complex_(there)], [1, 1])
network = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AvgPool2d(3))
compare(word("as layers: parameters"), len(network.parameters()), 3 * 3 + 1)

# %% answer
upside_down = image[::-1]
compare(word("upside down it is no longer that corner"), complex_(simple(upside_down)), 0)
