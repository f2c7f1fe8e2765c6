from autograd import Value
from chainrule.course import compare, word


def descend(f, s, a, steps):
    """Start at s; compute g = f'(s); go to s - a g; again."""
    s = Value(s)
    for _ in range(steps):
        s.grad = 0.0
        f(s).backward()
        s.data -= a * s.grad
    return s.data


compare("(s − 3)²: s", descend(lambda s: (s - 3) ** 2, 0.0, 0.1, 200), 3.0)
compare("eˢ − 2s: s = ln 2", descend(lambda s: s.exp() - 2 * s, 0.0, 0.1, 300), 0.693147180559945)


def two_valleys(s):
    return s**4 - 2 * s**2


ends = [descend(two_valleys, s, 0.05, 300) for s in (-0.1, 0.1)]
compare(word("s⁴ − 2s² from the left and from the right"), ends, [-1.0, 1.0])

# %% answer
compare(word("from 0 exactly it never moves"), descend(two_valleys, 0.0, 0.05, 300), 0.0)
