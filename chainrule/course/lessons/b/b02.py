import viz
from autograd import Value, dot
from chainrule.course import compare, show, word

bitmap = """
.#.
##.
.#.
.#.
###
""".split()
x = [Value(float(pixel == "#"), label=f"x{i}") for i, pixel in enumerate("".join(bitmap))]

compare(word("5 rows of 3 pixels: so many numbers"), len(x), 15)
compare(word("the vector"), x, [0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1])
middle_column = [float(i % 3 == 1) for i in range(15)]
f = dot(x, middle_column)
compare(word("pixels in the middle column"), f, 5.0)
f.backward()
compare(word("gradient by each pixel: the column itself"), [v.grad for v in x], middle_column)
show(viz.draw(f))

# %% answer
turned = [Value(float(pixel == "#")) for column in zip(*bitmap, strict=True) for pixel in column]
compare(word("column by column, other weights for the same f"), dot(turned, [0] * 5 + [1] * 5 + [0] * 5), 5.0)
