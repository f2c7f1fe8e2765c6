import random

from autograd import Value
from chainrule.course import compare, word

xs, ts = [0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0]


def loss(w, b):
    return sum((w * x + b - t) ** 2 for x, t in zip(xs, ts, strict=True)) / 2


guesses = random.Random(0)
tries, best = 0, loss(0.0, 0.0)
while best > 0.01 and tries < 20_000:
    best = min(best, loss(guesses.uniform(-5, 5), guesses.uniform(-5, 5)))
    tries += 1

w, b, steps = Value(0.0), Value(0.0), 0
while loss(w.data, b.data) > 0.01:
    w.grad = b.grad = 0.0
    loss(w, b).backward()
    w.data, b.data = w.data - 0.1 * w.grad, b.data - 0.1 * b.grad
    steps += 1

compare(word("steps of descent"), steps, 11)
compare(word("guessing takes more than 100 times as many tries"), tries > 100 * steps, True)

# %% answer
one = sum(abs(guesses.uniform(-5, 5) - 2) < 0.1 for _ in range(10_000)) / 10_000
compare(word("share of guesses near one number, near eight"), [one, one**8 < 1e-12], [0.02, True], 0.005)
