"""Who trains the GPT of `gpt_values.py` for `names.py`: ours and others, each behind the same calls.

A script: ``gpts.py ENGINE TASK`` is the process of one engine, which imports it when it is made. The environment variable
NAMES_FILE tells where the documents are.
"""

from __future__ import annotations

import gc
import importlib
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from time import process_time
from typing import Any

import floors
import gpt_values
import worker
from gpt_values import B1, B2, EPS, HEADS, POSITIONS, Network, Plain, rate_of

TOKENS, STEPS = 27, 20
"""The letters and the end of a name; how many steps are compared, and timed."""

NAMES = "NAMES_FILE"
SMALL = Path(__file__).parent.parent / "examples" / "names.txt"
"""What is read without such a variable."""


@dataclass(frozen=True)
class Task:
    """What is trained: documents, of so many letters if it says so, in minibatches; not `trained`: gradients alone."""

    title: str
    width: int = 16
    batch: int = 1
    letters: int = 0
    trained: bool = True

    @cached_property
    def documents(self) -> list[list[int]]:
        """The tokens of as many documents as there are in `STEPS` steps."""
        file = Path(os.environ.get(NAMES) or SMALL)
        names = file.read_text(encoding="utf-8").split()
        random.Random(42).shuffle(names)
        names = [name for name in names if not self.letters or len(name) == self.letters]
        if not names or not all(name.isascii() and name.islower() and name.isalpha() for name in names):
            message = f"{file} has names{f' of {self.letters} letters' * bool(self.letters)}, one a line, of letters from a to z"
            raise ValueError(message)
        several = (names[i % len(names)] for i in range(STEPS * self.batch))
        return [[TOKENS - 1, *(ord(letter) - ord("a") for letter in name), TOKENS - 1] for name in several]

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Of the matrices."""
        wide = self.width
        square = dict.fromkeys(("query", "key", "value", "out"), (wide, wide))
        ends = {"tokens": (TOKENS, wide), "places": (POSITIONS, wide)}
        return {**ends, **square, "up": (4 * wide, wide), "down": (wide, 4 * wide), "head": (TOKENS, wide)}

    @property
    def start(self) -> list[float]:
        """The parameters, matrix by matrix and row by row."""
        draw = random.Random(7)
        return [draw.gauss(0.0, 0.08) for rows, columns in self.shapes.values() for _ in range(rows * columns)]

    def matrices(self, numbers: Sequence[Any]) -> dict[str, Any]:
        """The same as matrices: lists of rows, or arrays of an array."""
        found: dict[str, Any] = {}
        at = 0
        for name, (rows, columns) in self.shapes.items():
            part = numbers[at : at + rows * columns]
            if hasattr(part, "reshape"):
                found[name] = part.reshape(rows, columns)
            else:
                found[name] = [part[i * columns : (i + 1) * columns] for i in range(rows)]
            at += rows * columns
        return found


TASKS = {
    "document": Task("a document a step, Adam included"),
    "minibatch": Task("minibatches of 32 documents of 7 positions, a document", batch=32, letters=6),
    "mixed": Task("minibatches of 32 documents of any length, a document", batch=32),
    "wide document": Task("64 wide: loss and gradient of a document", width=64, trained=False),
    "wide minibatch": Task("64 wide: loss and gradient of 32 documents of 7 positions, a document", 64, 32, 6, trained=False),
}


class Trainer:
    """An engine on a task."""

    def __init__(self, task: Task) -> None:
        self.task = task
        documents, size = task.documents, task.batch
        self.batches = [documents[k * size : (k + 1) * size] for k in range(STEPS)]
        self.steps = 0
        self.made()

    def made(self) -> None:
        """What is prepared once."""

    def gradient(self, k: int) -> tuple[Any, Any]:
        """The loss of a minibatch, and its gradient."""
        raise NotImplementedError

    def update(self, gradient: Any) -> None:
        """Move the parameters; `steps` of them were made before."""
        raise NotImplementedError

    def epoch(self) -> list[Any]:
        """A step for each minibatch, or its gradient alone: the losses."""
        found = []
        for k in range(STEPS):
            loss, gradient = self.gradient(k)
            if self.task.trained:
                self.update(gradient)
            found.append(loss)
            self.steps += 1
        return found

    def compared(self) -> list[float]:
        """The losses of the first steps; if none is made, each with the sum of the gradient's squares."""
        if self.task.trained:
            return [float(loss) for loss in self.epoch()]
        np: Any = importlib.import_module("numpy")
        both = [(loss, np.array(gradient)) for loss, gradient in map(self.gradient, range(STEPS))]
        return [float(number) for loss, gradient in both for number in (loss, gradient @ gradient)]


# Values, a document a step.


class ByHand(Trainer):
    """The page of Python on its own class."""

    def made(self) -> None:  # noqa: D102
        self.losses = gpt_values.training(self.network(), self.task.documents)

    def network(self) -> Network:
        """On Values."""
        return Network(self.task.matrices([Plain(x) for x in self.task.start]))

    def epoch(self) -> list[float]:  # noqa: D102
        return [next(self.losses) for _ in range(STEPS)]


class ByHandWithoutCollector(ByHand):
    """While the cyclic collector is off."""

    def epoch(self) -> list[float]:  # noqa: D102
        gc.disable()
        try:
            return super().epoch()
        finally:
            gc.enable()


class DropIn(ByHand):
    """The same page on our Value."""

    kind: type[Network] = Network

    def network(self) -> Network:  # noqa: D102
        autograd: Any = importlib.import_module("autograd")
        return self.kind(self.task.matrices([autograd.Value(x) for x in self.task.start]))


class Dots(Network):
    """Sums of products as `dot`."""

    def __init__(self, p: dict[str, Any]) -> None:
        super().__init__(p)
        self.engine: Any = importlib.import_module("autograd")

    def linear(self, x: list[Any], w: list[Any]) -> list[Any]:  # noqa: D102
        dot = self.engine.dot
        return [dot(row, x) for row in w]

    def mixed(self, weights: list[Any], values: list[Any], at: range) -> list[Any]:  # noqa: D102
        dot = self.engine.dot
        return [dot(weights, [v[j] for v in values]) for j in at]


class Primitives(Dots):
    """And all else that is one node in our engine."""

    def normal(self, x: list[Any]) -> list[Any]:  # noqa: D102
        scale = (self.engine.dot(x, x) / len(x) + 1e-5) ** -0.5
        return [each * scale for each in x]

    def shares(self, logits: list[Any]) -> list[Any]:  # noqa: D102
        return self.engine.softmax(logits)  # type: ignore[no-any-return]

    def cost(self, logits: list[Any], target: int) -> Any:  # noqa: D102
        return self.engine.logsumexp(logits) - logits[target]


class DropInDots(DropIn):
    """The page with `dot`."""

    kind = Dots


class DropInPrimitives(DropIn):
    """The page with our functions and `nn.Adam`."""

    kind = Primitives

    def made(self) -> None:  # noqa: D102
        self.losses = self.training()

    def training(self) -> Iterator[float]:
        """The loss of each step."""
        model = self.network()
        parameters = [p for matrix in model.p.values() for row in matrix for p in row]
        optimizer = adam(parameters)
        while True:
            for document in self.task.documents:
                loss = model.loss(document)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                yield loss.data


def adam(parameters: list[Any]) -> Any:
    """Our optimiser."""
    nn: Any = importlib.import_module("nn")
    return nn.Adam(parameters, rate_of, (B1, B2), eps=EPS)


# Recorded.


class Indexed(Primitives):
    """Tokens as indices, which a program is told anew at each call."""

    def embedded(self, token: Any) -> list[Any]:  # noqa: D102
        return self.engine.take(self.p["tokens"], token)  # type: ignore[no-any-return]

    def cost(self, logits: list[Any], target: Any) -> Any:  # noqa: D102
        return self.engine.logsumexp(logits) - self.engine.take(logits, target)


class Recorded(Trainer):
    """A program for each length, prepared once, at one point; `nn.Adam` on one array."""

    def made(self) -> None:  # noqa: D102
        np: Any = importlib.import_module("numpy")
        autograd: Any = importlib.import_module("autograd")
        start = self.task.start
        self.theta = np.array(start)
        self.documents = [[np.array(document[: POSITIONS + 1]) for document in batch] for batch in self.batches]
        self.programs: dict[int, Any] = {}
        self.optimizer = adam([autograd.Value(x) for x in start])
        self.prepare(np)

    def program(self, n: int) -> Any:
        """The loss of so many tokens, each with its share of it."""
        autograd: Any = importlib.import_module("autograd")

        def loss(theta: list[Any], document: list[Any], shares: list[float]) -> Any:
            return autograd.dot(shares, Indexed(self.task.matrices(theta)).costs(document))

        if n not in self.programs:
            example = self.task.start, autograd.index([0] * n, TOKENS), [1.0] * (n - 1)
            self.programs[n] = autograd.record(loss, *example)
        return self.programs[n]

    def prepare(self, np: Any) -> None:
        """The calls, and the arrays that they read."""
        self.calls: Any = {}
        for n in sorted({len(document) for (document,) in self.documents}):
            place = np.zeros(n, int)
            self.calls[n] = place, self.program(n).prepared(self.theta, place, np.full(n - 1, 1 / (n - 1)), by="theta")

    def gradient(self, k: int) -> tuple[float, Any]:  # noqa: D102
        (document,) = self.documents[k]
        place, call = self.calls[len(document)]
        place[:] = document
        return call()  # type: ignore[no-any-return]

    def update(self, gradient: Any) -> None:  # noqa: D102
        self.optimizer.update(self.theta, gradient)


class RecordedRows(Recorded):
    """A minibatch in one call, all documents as long as its longest: tokens behind the end of one have no share of the loss."""

    def prepare(self, np: Any) -> None:  # noqa: D102
        self.calls = []
        for tokens, targets, shares in padded(np, self.batches):
            document = np.concatenate([tokens, targets[:, -1:]], 1)
            program = self.program(document.shape[1])
            self.calls.append(program.prepared(self.theta, document, shares, by="theta", rows=len(document)))

    def gradient(self, k: int) -> tuple[float, Any]:  # noqa: D102
        losses, gradient = self.calls[k]()
        return losses.sum(), gradient


class Embedded(Primitives):
    """Tokens as the vectors that stand for them."""

    def embedded(self, token: Any) -> list[Any]:  # noqa: D102
        return token  # type: ignore[no-any-return]


class Fit(Trainer):
    """`nn.fit`: the network as a Module, its minibatches as rows of one program, or of one for each length."""

    def made(self) -> None:  # noqa: D102
        np: Any = importlib.import_module("numpy")
        autograd: Any = importlib.import_module("autograd")
        nn: Any = importlib.import_module("nn")

        class Model(nn.Module):  # type: ignore[misc]
            """The page as a Module: all logits of a document."""

            def __init__(self, p: dict[str, Any]) -> None:
                self.p = {name: matrix for name, matrix in p.items() if name != "tokens"}
                rows = p["tokens"]
                self.tokens = nn.Embedding(TOKENS, len(rows[0]), init=[x.data for row in rows for x in row])

            def forward(self, document: Any) -> list[Any]:
                network, keys, values = Embedded(self.p), [], []  # type: ignore[var-annotated]
                return [network.logits(row, place, keys, values) for place, row in enumerate(self.tokens(document))]

        def loss(outputs: Any, targets: Any) -> Any:
            return autograd.mean([nn.cross_entropy(z, y) for z, y in zip(outputs, targets)])

        model = Model(self.task.matrices([autograd.Value(x) for x in self.task.start]))
        documents = [document[: POSITIONS + 1] for document in self.task.documents]
        data: Any = [document[:-1] for document in documents], [document[1:] for document in documents]
        data = tuple(np.array(part) if self.task.letters else autograd.index(part, TOKENS) for part in data)
        optimizer = adam(model.parameters())
        self.training = nn.Training(
            model, data, loss, optimizer, self.task.batch, None, None, False, None, None, eager=False
        )  # fmt: skip

    def epoch(self) -> list[Any]:
        """The mean loss alone."""
        return [self.training.epoch(0, None)]


# Others.


class NumpyByHand(Trainer):
    """Matrices over positions and documents of one length, and the derivatives written out."""

    def made(self) -> None:  # noqa: D102
        self.np: Any = importlib.import_module("numpy")
        np = self.np
        self.theta = np.array(self.task.start)
        self.p = self.task.matrices(self.theta)
        self.mean, self.square = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.groups = []
        for batch in self.batches:
            documents = [document[: POSITIONS + 1] for document in batch]
            lengths = sorted(set(map(len, documents)))
            self.groups.append([np.array([d for d in documents if len(d) == n]) for n in lengths])

    def gradient(self, k: int) -> tuple[float, Any]:  # noqa: D102
        whole = self.np.zeros_like(self.theta)
        g = self.task.matrices(whole)
        loss = sum(self.passes(g, documents, 1 / self.task.batch) for documents in self.groups[k])
        return loss, whole

    def normal(self, x: Any) -> tuple[Any, Any]:
        """And the scale."""
        scale = 1 / self.np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)
        return x * scale, scale

    def by_normal(self, x: Any, scale: Any, dy: Any) -> Any:
        """Back through it."""
        return dy * scale - x * (scale**3 * (dy * x).mean(-1, keepdims=True))

    def passes(self, g: dict[str, Any], documents: Any, share: float) -> float:
        """Forward and backward; adds to the gradient."""
        np, p, wide = self.np, self.p, self.task.width
        tokens, targets = documents[:, :-1], documents[:, 1:]
        rows, n = tokens.shape
        size = wide // HEADS

        def heads(x: Any) -> Any:
            return x.reshape(rows, n, HEADS, size).transpose(0, 2, 1, 3)

        def joined(x: Any) -> Any:
            return x.transpose(0, 2, 1, 3).reshape(rows * n, wide)

        summed = (p["tokens"][tokens] + p["places"][:n]).reshape(rows * n, wide)
        given, scale1 = self.normal(summed)
        x, scale2 = self.normal(given)
        q, k, v = (heads(x @ p[name].T) for name in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / size**0.5 + np.triu(np.full((n, n), -np.inf), 1)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        seen = joined(weights @ v)
        middle = seen @ p["out"].T + given
        inner, scale3 = self.normal(middle)
        hidden = np.maximum(inner @ p["up"].T, 0.0)
        last = hidden @ p["down"].T + middle
        logits = last @ p["head"].T
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        shares = powers / powers.sum(-1, keepdims=True)
        every, aims = np.arange(rows * n), targets.reshape(-1)
        loss = -np.log(shares[every, aims]).sum() * (share / n)

        shares[every, aims] -= 1
        d = shares * (share / n)
        g["head"] += d.T @ last
        d_last = d @ p["head"]
        g["down"] += d_last.T @ hidden
        d_hidden = (d_last @ p["down"]) * (hidden > 0)
        g["up"] += d_hidden.T @ inner
        d_middle = d_last + self.by_normal(middle, scale3, d_hidden @ p["up"])
        g["out"] += d_middle.T @ seen
        d_seen = heads(d_middle @ p["out"])
        d_weights = d_seen @ v.transpose(0, 1, 3, 2)
        d_scores = weights * (d_weights - (d_weights * weights).sum(-1, keepdims=True)) / size**0.5
        back = {"query": d_scores @ k, "key": d_scores.transpose(0, 1, 3, 2) @ q, "value": weights.transpose(0, 1, 3, 2) @ d_seen}
        d_x = 0.0
        for name, heads_of in back.items():
            rows_of = joined(heads_of)
            g[name] += rows_of.T @ x
            d_x = d_x + rows_of @ p[name]
        d_given = d_middle + self.by_normal(given, scale2, d_x)
        d_sum = self.by_normal(summed, scale1, d_given)
        np.add.at(g["tokens"], tokens.reshape(-1), d_sum)
        g["places"][:n] += d_sum.reshape(rows, n, wide).sum(0)
        return float(loss)

    def update(self, gradient: Any) -> None:  # noqa: D102
        t = self.steps + 1
        self.mean += (1 - B1) * (gradient - self.mean)
        self.square += (1 - B2) * (gradient * gradient - self.square)
        step = (self.mean / (1 - B1**t)) / (self.np.sqrt(self.square / (1 - B2**t)) + EPS)
        self.theta -= rate_of(self.steps) * step


class Floor(Trainer):
    """Everything in C, one call for all steps."""

    def made(self) -> None:  # noqa: D102
        np: Any = importlib.import_module("numpy")
        self.train = floors.gpt(self.task.width)
        self.theta, whole = np.array(self.task.start), [document for batch in self.batches for document in batch]
        self.mean, self.square = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.tokens = np.array([token for document in whole for token in document], np.int32)
        self.starts = np.array([0, *accumulate(map(len, whole))], np.int32)
        self.losses = np.zeros(2 * STEPS)

    def epoch(self) -> list[float]:  # noqa: D102
        np: Any = importlib.import_module("numpy")
        rates = np.array([rate_of(self.steps + k) for k in range(STEPS)]) if self.task.trained else None
        arrays = (self.theta, self.mean, self.square, self.tokens, self.starts)
        at = [array.ctypes.data for array in arrays]
        last = None if rates is None else rates.ctypes.data
        self.train(*at, self.task.batch, STEPS, self.steps, last, self.losses.ctypes.data)
        self.steps += STEPS
        return self.losses[:STEPS].tolist()  # type: ignore[no-any-return]

    def compared(self) -> list[float]:  # noqa: D102
        self.epoch()
        both = self.losses.reshape(2, STEPS)
        return (both[0] if self.task.trained else both.T.reshape(-1)).tolist()  # type: ignore[no-any-return]


def padded(np: Any, batches: Sequence[Sequence[Sequence[int]]], whole: bool = False) -> list[tuple[Any, Any, Any]]:
    """Of each minibatch tokens, targets and weights, all documents as long as the longest of it, or of all."""
    longest = max(min(len(document) - 1, POSITIONS) for batch in batches for document in batch)
    found = []
    for batch in batches:
        n = longest if whole else max(min(len(document) - 1, POSITIONS) for document in batch)
        tokens, weights = np.zeros((len(batch), n + 1), int), np.zeros((len(batch), n))
        for i, document in enumerate(batch):
            short = document[: n + 1]
            tokens[i, : len(short)] = short
            weights[i, : len(short) - 1] = 1 / ((len(short) - 1) * len(batch))
        found.append((tokens[:, :-1], tokens[:, 1:], weights))
    return found


def loss_of(like: Tensors, p: dict[str, Any], tokens: Any, targets: Any, weights: Any) -> Any:
    """The loss of documents as tensors of an engine, whose functions `like` has."""
    rows, n = tokens.shape
    wide = p["query"].shape[0]
    size = wide // HEADS

    def normal(x: Any) -> Any:
        return x * ((x * x).mean(-1, keepdims=True) + 1e-5) ** -0.5

    def heads(x: Any) -> Any:
        return like.turned(x.reshape(rows, n, HEADS, size), (0, 2, 1, 3))

    given = normal(p["tokens"][tokens] + p["places"][:n])
    x = normal(given)
    q, k, v = (heads(x @ p[name].T) for name in ("query", "key", "value"))
    scores = q @ like.turned(k, (0, 1, 3, 2)) / size**0.5 + like.causal(n)
    seen = like.turned(like.softmax(scores) @ v, (0, 2, 1, 3)).reshape(rows, n, wide)
    middle = seen @ p["out"].T + given
    last = like.relu(normal(middle) @ p["up"].T) @ p["down"].T + middle
    shares = like.log_softmax(last @ p["head"].T)
    return -(like.taken(shares, targets) * weights).sum()


@dataclass(frozen=True)
class Tensors:
    """What engines call differently."""

    turned: Any
    causal: Any
    softmax: Any
    log_softmax: Any
    relu: Any
    taken: Any


class Jax(Trainer):
    """JAX: a jitted step; one for each length of documents."""

    def made(self) -> None:  # noqa: D102
        self.jax: Any = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", val=True)
        np: Any = importlib.import_module("jax.numpy")
        functions = self.jax.nn
        like = Tensors(
            np.transpose, lambda n: np.triu(np.full((n, n), -np.inf), 1),
            functions.softmax, functions.log_softmax, functions.relu,
            lambda x, i: np.take_along_axis(x, i[..., None], -1)[..., 0],
        )  # fmt: skip
        both = self.jax.value_and_grad(lambda p, *documents: loss_of(like, self.task.matrices(p), *documents))

        def step(state: Any, given: Any) -> Any:
            (p, mean, square), (t, rate, documents) = state, given
            loss, gradient = both(p, *documents)
            mean, square = B1 * mean + (1 - B1) * gradient, B2 * square + (1 - B2) * gradient * gradient
            moved = p - rate * (mean / (1 - B1**t)) / (np.sqrt(square / (1 - B2**t)) + EPS)
            return (moved, mean, square), loss

        start = np.array(self.task.start)
        self.state = start, np.zeros_like(start), np.zeros_like(start)
        self.both, self.step, self.np = self.jax.jit(both), step, np
        numpy: Any = importlib.import_module("numpy")
        self.documents = self.jax.tree.map(np.array, padded(numpy, self.batches, self.whole))
        self.compiled()

    whole = False

    def compiled(self) -> None:
        """What is called."""
        self.run = self.jax.jit(self.step)

    def gradient(self, k: int) -> tuple[Any, Any]:  # noqa: D102
        return self.both(self.state[0], *self.documents[k])  # type: ignore[no-any-return]

    def epoch(self) -> list[Any]:  # noqa: D102
        if not self.task.trained:
            return self.jax.block_until_ready(super().epoch())  # type: ignore[no-any-return]
        found = []
        for documents in self.documents:
            self.state, loss = self.run(self.state, (self.steps + 1.0, rate_of(self.steps), documents))
            found.append(loss)
            self.steps += 1
        return self.jax.block_until_ready(found)  # type: ignore[no-any-return]


class JaxScan(Jax):
    """JAX: all steps as one compiled loop, over documents that are padded to one length."""

    whole = True

    def compiled(self) -> None:  # noqa: D102
        self.stacked = self.jax.tree.map(lambda *each: self.np.stack(each), *self.documents)
        self.run = self.jax.jit(lambda state, given: self.jax.lax.scan(self.step, state, given))

    def epoch(self) -> list[Any]:  # noqa: D102
        rates = self.np.array([rate_of(self.steps + k) for k in range(STEPS)])
        t = self.np.arange(self.steps + 1.0, self.steps + 1.0 + STEPS)
        self.state, losses = self.run(self.state, (t, rates, self.stacked))
        self.steps += STEPS
        return list(self.jax.block_until_ready(losses))


class Torch(Trainer):
    """PyTorch: tensors, its gradient, its fused Adam."""

    def made(self) -> None:  # noqa: D102
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        functions = torch.nn.functional
        self.like = Tensors(
            lambda x, axes: x.permute(axes), lambda n: torch.full((n, n), -torch.inf).double().triu(1),
            lambda x: functions.softmax(x, -1), lambda x: functions.log_softmax(x, -1), functions.relu,
            lambda x, i: x.gather(-1, i[..., None])[..., 0],
        )  # fmt: skip
        matrices = self.task.matrices(torch.tensor(self.task.start, dtype=torch.float64))
        self.p = {name: matrix.clone().requires_grad_() for name, matrix in matrices.items()}
        self.optimizer = torch.optim.Adam(self.p.values(), 1.0, (B1, B2), EPS, fused=True)
        numpy: Any = importlib.import_module("numpy")
        self.documents = [tuple(map(torch.from_numpy, each)) for each in padded(numpy, self.batches)]
        self.torch = torch

    def gradient(self, k: int) -> tuple[Any, Any]:  # noqa: D102
        self.optimizer.zero_grad()
        loss = loss_of(self.like, self.p, *self.documents[k])
        loss.backward()
        if self.task.trained:
            return loss.detach(), None
        return loss.detach(), self.torch.cat([p.grad.reshape(-1) for p in self.p.values()])

    def update(self, gradient: Any) -> None:  # noqa: ARG002, D102  (it stands beside the parameters)
        self.optimizer.param_groups[0]["lr"] = rate_of(self.steps)
        self.optimizer.step()


class Worker:
    """The process of one engine."""

    def __init__(self, engine: str, name: str) -> None:
        self.trainer: Trainer = globals()[engine](TASKS[name])
        self.times = 1

    def prepare(self) -> dict[str, Any]:
        """What the first steps found."""
        found = self.trainer.compared()
        begin = process_time()
        self.trainer.epoch()
        self.times = max(1, round(worker.ENOUGH / (process_time() - begin)))
        return {"found": found}

    def time(self) -> dict[str, Any]:
        """Seconds of processor time a document."""
        gc.collect()
        begin = process_time()
        for _ in range(self.times):
            self.trainer.epoch()
        return {"seconds": (process_time() - begin) / (self.times * STEPS * self.trainer.task.batch)}


if __name__ == "__main__":
    worker.main(Worker)
