"""A GPT of 4,192 numbers learns names, letter by letter, and invents new ones; names_by_hand.py is the same without `nn`.

python examples/train_names.py        (pip install ".[nn,examples]"; writes names.png; --names FILE, --steps, --width, --blocks)

One name a step, as it comes: for each length the loss is recorded once and then replayed.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # into a file, without a window
import numpy as np
from matplotlib import pyplot as plt

import autograd
import nn
import viz
from chainrule.arguments import Whole, arguments, names_in
from nn.training import progress_bar

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
END, PLACES = len(ALPHABET), 16  # the token before and after each name; how many letters, with it, one may have

Vectors = list[list[Any]]


def added(xs: Vectors, ys: Vectors) -> Vectors:
    """The sum of two sequences of vectors."""
    return [[x + y for x, y in zip(*rows)] for rows in zip(xs, ys)]


class Block(nn.Module):
    """Each letter looks back at those before it; then a small network of two layers thinks about each."""

    def __init__(self, width: int, heads: int, seed: random.Random) -> None:
        self.norm = nn.RMSNorm(width, affine=False)
        self.attention = nn.Attention(width, heads, seed=seed)
        self.wide = nn.Layer(width, 4 * width, "relu", bias=False, init="xavier", seed=seed)
        self.narrow = nn.Layer(4 * width, width, "identity", bias=False, init="xavier", seed=seed)

    def forward(self, x: Vectors) -> Vectors:  # noqa: D102
        x = added(x, self.attention(self.norm(x)))
        return added(x, [self.narrow(self.wide(row)) for row in self.norm(x)])


class GPT(nn.Module):
    """Letters, as tokens, to the logits of the letter after each."""

    def __init__(self, width: int = 16, heads: int = 4, blocks: int = 1, seed: int = 0) -> None:
        rng = random.Random(seed)  # noqa: S311  (no secrets)
        self.tokens = nn.Embedding(END + 1, width, init="xavier", seed=rng)
        self.places = nn.Embedding(PLACES, width, init="xavier", seed=rng)
        self.norm = nn.RMSNorm(width, affine=False)
        self.blocks = [Block(width, heads, rng) for _ in range(blocks)]
        self.letters = nn.Layer(width, END + 1, "identity", bias=False, init="xavier", seed=rng)

    def forward(self, x: Any) -> Vectors:  # noqa: D102
        x = self.entered(x)
        for block in self.blocks:
            x = block(x)
        return [self.letters(row) for row in x]

    def entered(self, x: Any) -> Vectors:
        """The vectors of tokens, each with that of its place."""
        return self.norm(added(self.tokens(x), self.places(list(range(len(x))))))  # type: ignore[no-any-return]


def loss(model: nn.Module, tokens: Any) -> Any:
    """The mean over the letters of a name, and its end, of what the guess of each costs."""
    return autograd.mean([nn.cross_entropy(z, t) for z, t in zip(model(tokens[:-1]), tokens[1:])])


class Lessons:
    """Loss and gradient of a name: a program for each length, recorded when the first such name comes."""

    def __init__(self, model: nn.Module, theta: Any) -> None:
        self.model, self.theta = model, theta
        self.known: dict[int, tuple[Any, Any]] = {}

    def __call__(self, tokens: list[int]) -> tuple[float, Any]:
        """The loss, and its gradient by the parameters."""
        if len(tokens) not in self.known:
            example = self.theta.tolist(), autograd.index(tokens, END + 1)
            program = autograd.record(lambda theta, tokens: loss(self.model.with_parameters(theta), tokens), *example)
            held = np.array(tokens)
            self.known[len(tokens)] = held, program.prepared(self.theta, held, by="theta")
        held, step = self.known[len(tokens)]
        held[:] = tokens
        return step()  # type: ignore[no-any-return]


def tokens_of(name: str) -> list[int]:
    """Its letters as numbers, between two ends; `ValueError` if it is not of 1 to 15 letters from a to z."""
    if not set(name) <= set(ALPHABET) or not 0 < len(name) < PLACES:
        message = f"{name!r} is no name of at most {PLACES - 1} letters from a to z"
        raise ValueError(message)
    return [END, *map(ALPHABET.index, name), END]


def invented(model: nn.Module, rng: random.Random, temperature: float = 0.7) -> str:
    """A name, letter by letter, each drawn by its probability."""
    tokens = [END]
    while len(tokens) < PLACES:
        weights = autograd.softmax([z / temperature for z in model(tokens)[-1]])
        (token,) = rng.choices(range(END + 1), weights)
        if token == END:
            break
        tokens.append(token)
    return "".join(ALPHABET[token] for token in tokens[1:])


def train(model: GPT, names: list[list[int]], steps: int, lr: float = 0.01, show: int = 5) -> list[float]:
    """Adam, one name a step; its rate falls to 0 on a line. It shows so many times what it invents. The loss of each step."""
    theta = np.array([p.data for p in model.parameters()])
    adam = nn.Adam(model.parameters(), lr=nn.linear_decay(lr, steps), betas=(0.9, 0.99))
    lessons, rng = Lessons(model, theta), random.Random(1)  # noqa: S311  (no secrets)
    losses, bar = [], progress_bar(steps)
    for step in range(steps):
        cost, gradient = lessons(names[step % len(names)])
        adam.update(theta, gradient)
        losses.append(cost)
        if bar is not None:
            bar.update()
        if show and (step + 1) % max(1, steps // show) == 0:
            some = [invented(model.with_parameters(theta.tolist()), rng) for _ in range(6)]
            print(f"step {step + 1:6}  loss {np.mean(losses[-500:]):.3f}  {' '.join(some)}", flush=True)
    if bar is not None:
        bar.close()
    for p, number in zip(model.parameters(), theta.tolist()):
        p.data = number
    return losses


def picture(model: GPT, losses: list[float], name: str, path: str) -> None:
    """The loss, the letters' vectors in the plane that shows most of them, and what each letter of a name looks at."""
    figure = plt.figure(figsize=(13, 8), layout="constrained")
    above, below = figure.subfigures(2, 1)
    left, right = above.subplots(1, 2)
    window = min(200, len(losses))
    viz.plot_losses(np.convolve(losses, np.full(window, 1 / window), "valid"), xlabel=f"step, means of {window}", ax=left)
    vowels = ["vowels" if letter in "aeiouy" else "consonants" for letter in ALPHABET]
    viz.plot_embedding(model.tokens.w[:END], list(ALPHABET), groups=vowels, ax=right)
    tokens = tokens_of(name)[:-1]
    block = model.blocks[0]
    heads = block.attention.weights(block.norm(model.entered(tokens)))
    viz.plot_attention(heads, ["·", *name], ax=below.subplots(1, len(heads)))
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    asked = {
        "--names": (Path(__file__).with_name("names.txt"), "a file, one name a line", names_in(PLACES - 1, 41)),
        "--steps": (5000, "one name a step"),
        "--width": (16, "a multiple of 4, the number of heads", Whole(4, multiple=4)),
        "--blocks": (1, "each looks back, then thinks"),
    }
    chosen = arguments(__doc__, asked)
    everyone = chosen.names.read_text(encoding="utf-8").split()
    random.Random(0).shuffle(everyone)  # noqa: S311  (no secrets)
    tokens, unseen = list(map(tokens_of, everyone[:-40])), list(map(tokens_of, everyone[-40:]))
    gpt = GPT(chosen.width, blocks=chosen.blocks)
    print(f"{len(tokens)} names, {len(gpt.parameters()):,} numbers to learn")
    begin = time.perf_counter()
    told = train(gpt, tokens, chosen.steps)
    seconds = time.perf_counter() - begin
    still = gpt.with_parameters([p.data for p in gpt.parameters()])
    cost = sum(loss(still, name) for name in unseen) / len(unseen)
    print(f"a letter costs {np.mean(told[-500:]):.3f}, of 40 names that it has not seen {cost:.3f}, after {seconds:.1f} s")
    picture(gpt, told, "charlotte", "names.png")
