"""A GPT that learns names, by hand: each number is a Value, each step is written out, and nothing is needed but `autograd`.

python examples/names_by_hand.py --steps 300 --names examples/names.txt

One page to be read beside others of its kind. It reads a letter, looks back at those before it, and guesses the next one; a wrong
guess costs, `backward` says how each of its 4,192 numbers could have made it cheaper, and Adam moves them. train_names.py is the
same network out of `nn`, recorded and replayed: the same losses, in a small part of the time.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise
from pathlib import Path

from autograd import Value, dot, logsumexp, mean, relu, softmax, sqrt
from chainrule.arguments import arguments, names_in

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
END = len(ALPHABET)  # the token before and after each name
WIDTH, HEADS, PLACES = 16, 4, 16

Vector = list[Value]
Model = dict[str, list[Vector]]
"""Matrices by name."""


def new_model(rng: random.Random) -> Model:
    """First numbers, evenly between -1/7 and 1/7."""

    def matrix(rows: int, columns: int) -> list[Vector]:
        return [[Value(rng.uniform(-1 / 7, 1 / 7)) for _ in range(columns)] for _ in range(rows)]

    model = {"tokens": matrix(END + 1, WIDTH), "places": matrix(PLACES, WIDTH)}
    model |= {name: matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "output")}
    return model | {"wide": matrix(4 * WIDTH, WIDTH), "narrow": matrix(WIDTH, 4 * WIDTH), "letters": matrix(END + 1, WIDTH)}


def times(matrix: list[Vector], x: Vector) -> Vector:
    """A matrix times a vector."""
    return [dot(row, x) for row in matrix]


def normed(x: Vector) -> Vector:
    """A vector over the root of the mean of its squares."""
    scale = 1.0 / sqrt(dot(x, x) / len(x) + 1e-5)
    return [v * scale for v in x]


def looked_back(model: Model, x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
    """What a letter finds by asking those before it, and itself: each head asks about a quarter of the numbers."""
    keys.append(times(model["key"], x))
    values.append(times(model["value"], x))
    size = WIDTH // HEADS
    query = [q * (1.0 / math.sqrt(size)) for q in times(model["query"], x)]
    found: Vector = []
    for i in range(0, WIDTH, size):
        weights = softmax([dot(query[i : i + size], key[i : i + size]) for key in keys])
        found += [dot(weights, [value[k] for value in values]) for k in range(i, i + size)]
    return times(model["output"], found)


def scores(model: Model, token: int, place: int, keys: list[Vector], values: list[Vector]) -> Vector:
    """How likely each letter is to come next, as logits; `keys` and `values` are those of the letters before."""
    x = normed([a + b for a, b in zip(model["tokens"][token], model["places"][place])])
    x = [a + b for a, b in zip(x, looked_back(model, normed(x), keys, values))]
    wide = [relu(v) for v in times(model["wide"], normed(x))]
    x = [a + b for a, b in zip(x, times(model["narrow"], wide))]
    return times(model["letters"], x)


def tokens_of(name: str) -> list[int]:
    """Its letters as numbers, between two ends."""
    return [END, *map(ALPHABET.index, name), END]


def loss_of(model: Model, name: str) -> Value:
    """The mean over its letters, and its end, of - log(the probability that was given to it)."""
    keys: list[Vector] = []
    values: list[Vector] = []
    losses = []
    for place, (token, following) in enumerate(pairwise(tokens_of(name))):
        z = scores(model, token, place, keys, values)
        losses.append(logsumexp(z) - z[following])
    return mean(losses)


def invented(model: Model, rng: random.Random, temperature: float = 0.7) -> str:
    """A name, letter by letter, each drawn by its probability."""
    keys: list[Vector] = []
    values: list[Vector] = []
    letters: list[str] = []
    token = END
    for place in range(PLACES):
        z = scores(model, token, place, keys, values)
        (token,) = rng.choices(range(END + 1), softmax([v.data / temperature for v in z]))
        if token == END:
            break
        letters.append(ALPHABET[token])
    return "".join(letters)


def read(path: Path) -> list[str]:
    """The names of a file, one a line; `ValueError` for one that is not of 1 to 15 letters a to z."""
    names = path.read_text(encoding="utf-8").split()
    for name in names:
        if not set(name) <= set(ALPHABET) or len(name) >= PLACES:
            message = f"{path}: {name!r} is no name of at most {PLACES - 1} letters from a to z"
            raise ValueError(message)
    return names


def train(model: Model, names: list[str], steps: int, lr: float = 0.01) -> list[float]:
    """Adam, one name a step; its rate falls to 0 on a line. The loss of each step."""
    parameters = [p for matrix in model.values() for row in matrix for p in row]
    mean_of_g, mean_of_g2 = [0.0] * len(parameters), [0.0] * len(parameters)
    beta1, beta2 = 0.9, 0.99
    losses = []
    for step in range(steps):
        loss = loss_of(model, names[step % len(names)])
        loss.backward()
        rate = lr * (1 - step / steps)
        for k, p in enumerate(parameters):
            mean_of_g[k] = beta1 * mean_of_g[k] + (1 - beta1) * p.grad
            mean_of_g2[k] = beta2 * mean_of_g2[k] + (1 - beta2) * p.grad * p.grad
            m, v = mean_of_g[k] / (1 - beta1 ** (step + 1)), mean_of_g2[k] / (1 - beta2 ** (step + 1))
            p.data -= rate * m / (math.sqrt(v) + 1e-8)
            p.grad = 0.0
        losses.append(loss.data)
        if (step + 1) % 100 == 0:
            print(f"step {step + 1:5}  loss {sum(losses[-100:]) / 100:.4f}")
    return losses


if __name__ == "__main__":
    here = Path(__file__).with_name("names.txt")
    file = here, "a file, one name a line", names_in(PLACES - 1)
    chosen = arguments(__doc__, {"--steps": (500, "names to learn from, one a step"), "--names": file})
    rng = random.Random(0)  # noqa: S311  (no secrets)
    everyone = read(chosen.names)
    rng.shuffle(everyone)
    gpt = new_model(rng)
    print(f"{len(everyone)} names, {sum(len(row) for matrix in gpt.values() for row in matrix):,} numbers to learn")
    train(gpt, everyone, chosen.steps)
    print("it invents:", *[invented(gpt, rng) for _ in range(10)])
