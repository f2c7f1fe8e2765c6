import math

from autograd import Value, dot, relu
from chainrule.course import compare, show, word

kernel = [-1.0, 2.0, -1.0, -1.0, 2.0, -1.0, -1.0, 2.0, -1.0]  # 3 x 3: a bright upright bar on dark


def bar(angle):
    """A bar through the middle at so many degrees from upright, as nine pixels."""
    along = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    places = [(row - 1, column - 1) for row in range(3) for column in range(3)]
    return [max(0.0, 1 - abs(column * along[0] - row * along[1])) for row, column in places]


def response(pixels):
    return relu(dot(kernel, pixels))


compare(word("upright, lying"), [response(bar(a)) for a in (0, 90)], [6.0, 0.0])
angles = range(-90, 91, 15)
tuning = [response(bar(a)) for a in angles]
compare(word("preferred orientation"), angles[tuning.index(max(tuning))], 0)
compare(word("the same to both sides"), tuning, tuning[::-1])

pixels = [Value(p) for p in bar(10)]
response(pixels).backward()
compare(word("its receptive field: the gradient by the pixels"), [p.grad for p in pixels], kernel)
from matplotlib import pyplot as plt

figure, (field, ax) = plt.subplots(1, 2, figsize=(7.5, 3), layout="constrained")
gradient = [[p.grad for p in pixels[3 * row : 3 * row + 3]] for row in range(3)]
field.imshow(gradient, cmap="PuOr_r", vmin=-2, vmax=2)
field.set(title=word("receptive field"), xticks=[], yticks=[])
ax.plot(angles, tuning, "o-", color="#0b5cad")
ax.set(xlabel=word("angle of the bar"), ylabel=word("response"))
show(figure)

# %% answer
lying = [kernel[3 * column + row] for row in range(3) for column in range(3)]
compare(word("turned by 90 degrees it answers to lying bars"), relu(dot(lying, bar(90))), 6.0)
