"""Training on samples of unequal lengths, and on indices: by one program of which each takes a part, or by one a length."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import index, mean, record
from autograd.programs.replay import COMPILED


class Names(nn.Module):
    def __init__(self, drop=False) -> None:
        self.letters = nn.Embedding(6, 4, seed=1)
        self.out = nn.Layer(4, 6, "identity", seed=2)
        self.drop = nn.Dropout(0.5, seed=1) if drop else None

    def forward(self, word):
        rows = [self.letters(i) for i in word]
        return [self.out(row if self.drop is None else self.drop(row)) for row in rows]


class Pooled(Names):
    """Of which each position sees all others: the program of a shorter word is no part of that of a longer one."""

    def forward(self, word):
        rows = [self.letters(i) for i in word]
        pooled = [mean(column) for column in zip(*rows, strict=True)]
        return [self.out([x * p for x, p in zip(row, pooled, strict=True)]) for row in rows]


def surprise(z, t):
    return mean([nn.cross_entropy(a, b) for a, b in zip(z, t, strict=True)])


def words(count=24):
    rng = random.Random(1)
    spelt = [[rng.randrange(6) for _ in range(rng.randrange(2, 6))] for _ in range(count)]
    return [word[:-1] for word in spelt], [word[1:] for word in spelt]


def trained(xs, ys, drop=False, rate=0.05, kind=Names, **options):
    model = kind(drop)
    given = {"epochs": 3, "batch_size": 7, "shuffle": 3, "progress": False} | options
    history = nn.fit(model, xs, ys, loss=surprise, optimizer=nn.Adam(model.parameters(), rate), **given)
    return model, history


def test_a_training_has_the_bits_of_each_length_by_itself_the_shorter_first():
    xs, ys = words()
    model, history = trained(index(xs, 6), index(ys, 6), kind=Pooled)
    other = Pooled()
    steps = nn.Adam(other.parameters(), 0.05)
    theta = np.array([p.data for p in other.parameters()])
    losses = []
    for epoch in range(3):
        order = np.random.RandomState([3, epoch]).permutation(len(xs))
        total = 0.0
        for start in range(0, len(xs), 7):
            rows = order[start : start + 7].tolist()
            found, gradient = [0.0] * len(rows), None
            for n in sorted({len(xs[r]) for r in rows}):
                program = of_length(other, n)
                group = [k for k, r in enumerate(rows) if len(xs[r]) == n]
                values, part = program.batch_value_and_grad(
                    theta, [xs[rows[k]] for k in group], [ys[rows[k]] for k in group], weights=[1 / len(rows)] * len(group)
                )
                gradient = part if gradient is None else gradient + part
                for k, value in zip(group, values, strict=True):
                    found[k] = value
            total += np.add.reduce(found) / len(rows) * len(rows)
            steps.update(theta, gradient)
        losses.append(total / len(xs))
    assert [p.data for p in model.parameters()] == theta.tolist()
    assert history.loss == losses


def of_length(model, n):
    """The loss of words of one length, of the parameters as one sequence."""
    places = {id(p): i for i, p in enumerate(model.parameters())}
    at = lambda theta: nn.module.replaced(model, lambda p: theta[places[id(p)]])
    zeros = [0.0] * len(places)
    return record(lambda theta, x, y: surprise(at(theta)(x), y), zeros, index([0] * n, 6), index([0] * n, 6))


def test_values_give_the_same_training_to_twelve_digits():
    xs, ys = words()
    model, history = trained(index(xs, 6), index(ys, 6), validation=(index(xs[:5], 6), index(ys[:5], 6)))
    eager, other = trained(index(xs, 6), index(ys, 6), validation=(index(xs[:5], 6), index(ys[:5], 6)), eager=True)
    assert history.loss == pytest.approx(other.loss, rel=1e-12)
    assert history.validation_loss == pytest.approx(other.validation_loss, rel=1e-12)
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in eager.parameters()], rel=1e-10, abs=1e-12)
    assert history.loss[-1] < history.loss[0]
    assert history.accuracy == []


def test_a_training_is_taken_up_again_to_the_bit(tmp_path):
    xs, ys = words()
    path = tmp_path / "run.safetensors"
    whole, history = trained(index(xs, 6), index(ys, 6), epochs=4, penalty=nn.l2(1e-3))
    trained(index(xs, 6), index(ys, 6), epochs=2, penalty=nn.l2(1e-3), callbacks=[nn.Checkpoint(path)])
    again, rest = trained(index(xs, 6), index(ys, 6), epochs=4, penalty=nn.l2(1e-3), resume=path)
    assert rest.loss == history.loss
    assert [p.data for p in again.parameters()] == [p.data for p in whole.parameters()]


def test_numbers_of_unequal_lengths_are_trained_too():
    class Mean(nn.Module):
        def __init__(self) -> None:
            self.w = nn.Neuron(1, "identity", init=[0.0, 0.0])

        def forward(self, xs):
            return self.w(mean(xs))

    xs = [[1.0], [2.0, 4.0], (0.0, 1.0, 2.0), np.array([5.0, 7.0])]
    model = Mean()
    ys = [1.0 + 2.0 * float(np.mean(x)) for x in xs]
    share = lambda outputs, targets: float(len(outputs) == len(targets))
    options = {"loss": nn.squared_error, "optimizer": nn.SGD(model.parameters(), 0.05), "epochs": 800, "progress": False}
    history = nn.fit(model, xs, ys, accuracy=share, **options)
    assert [p.data for p in model.parameters()] == pytest.approx([2.0, 1.0], abs=1e-6)
    assert history.accuracy[-1] == 1.0
    assert model.predict([[1.0], [2.0, 4.0]]) == pytest.approx([3.0, 7.0], abs=1e-5)


def test_what_does_not_fit_is_refused():
    xs, ys = words()
    with pytest.raises(ValueError, match="xs and ys have a row a sample; there are 24 and 23"):
        trained(index(xs, 6), index(ys[:-1], 6))
    with pytest.raises(ValueError, match=r"xs\[1\] has a number that is not finite"):
        trained([[1.0], [2.0, float("nan")]], [1.0, 2.0])


# One program for all lengths.


class Attentive(nn.Module):
    """Causal attention over letters."""

    def __init__(self) -> None:
        self.letters = nn.Embedding(6, 4, seed=1)
        self.norm, self.attention = nn.RMSNorm(4), nn.Attention(4, 2, seed=2)
        self.out = nn.Layer(4, 6, "identity", seed=3)

    def forward(self, word):
        rows = [self.letters(i) for i in word]
        seen = self.attention([self.norm(row) for row in rows])
        return [self.out([a + b for a, b in zip(row, more, strict=True)]) for row, more in zip(rows, seen, strict=True)]


class Recurrent(nn.Module):
    """The last state of a recurrent network, as a number or as classes."""

    def __init__(self, outputs) -> None:
        self.states, self.out = nn.RNN(2, 5, seed=1), nn.Layer(5, outputs, "identity", seed=2)

    def forward(self, x):
        return self.out(self.states(x)[-1])


class Gated(nn.Module):
    """A state that gates keep or change, and the number after each position."""

    def __init__(self) -> None:
        self.gates, self.out = nn.Layer(1 + 4, 8, "sigmoid", seed=1), nn.Neuron(4, "identity", seed=2)

    def forward(self, x):
        h, found = [0.0] * 4, []
        for number in x:
            gates = self.gates([number, *h])
            h = [keep * old + (1.0 - keep) * autograd.tanh(new) for keep, new, old in zip(gates[:4], gates[4:], h, strict=True)]
            found.append(self.out(h))
        return found


def numbers(seed, lengths, of=()):
    r = np.random.RandomState(seed)
    return [r.normal(size=(n, *of)).tolist() for n in lengths]


def apart(z, y):
    return mean([(a - b) ** 2 for a, b in zip(z, y, strict=True)])


LENGTHS = [3, 1, 7, 7, 2, 5, 4, 4, 1, 3, 6, 2, 9, 3, 3, 12, 5, 2, 2, 11]
LETTERS = [[(7 * n + 5 * i) % 6 for i in range(n + 1)] for n in LENGTHS]
CLASSES = index([n % 3 for n in LENGTHS], 3)
KINDS = {
    "attention": (Attentive, index([w[:-1] for w in LETTERS], 6), index([w[1:] for w in LETTERS], 6), surprise),
    "a number of a sequence": (
        lambda: Recurrent(1),
        numbers(1, LENGTHS, (2,)),
        numbers(2, [1] * 20),
        lambda z, y: (z - y[0]) ** 2,
    ),
    "a class of a sequence": (lambda: Recurrent(3), numbers(1, LENGTHS, (2,)), CLASSES, nn.cross_entropy),
    "a number at each position": (Gated, numbers(3, LENGTHS), numbers(4, LENGTHS), apart),
}


def fitted(name, make_steps=None, **options):
    kind, xs, ys, loss = KINDS[name]
    model = kind()
    steps = (make_steps or (lambda parameters: nn.Adam(parameters, 0.02)))(model.parameters())
    given = {"epochs": 7, "batch_size": 7, "shuffle": 1, "progress": False} | options
    return model, nn.fit(model, xs, ys, loss=loss, optimizer=steps, **given)


def by_one_program(name, **options):
    """Whether a training takes one program."""
    kind, xs, ys, loss = KINDS[name]
    model = kind()
    steps = nn.Adam(model.parameters(), 0.02)
    given = {"penalty": None, "executor": None} | options
    training = nn.Training(model, (xs, ys), loss, steps, 7, given["penalty"], None, False, None, given["executor"], eager=False)
    return training.engine.prefixes is not None


HOW = {
    "as it is": {},
    "one by one": {"batch_size": 1},
    "all at once": {"batch_size": None},
    "in the order given": {"shuffle": None},
    "penalty": {"penalty": nn.l2(1e-3)},
    "clipped": {"make_steps": lambda parameters: nn.Adam(parameters, 0.02, clip_norm=0.1)},
    "schedule": {"make_steps": lambda parameters: nn.SGD(parameters, lambda step: 0.1 / (1 + step), momentum=0.9)},
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("how", HOW)
def test_one_program_for_all_lengths_trains_as_values_do(name, how):
    assert by_one_program(name) == COMPILED
    model, history = fitted(name, **HOW[how])
    other, eager = fitted(name, **HOW[how], eager=True)
    assert history.loss == pytest.approx(eager.loss, rel=1e-12)
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("name", KINDS)
def test_its_bits_do_not_depend_on_who_computes(name):
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(1) as processes:
        (one, first), *others = [fitted(name, executor=pool, epochs=2) for pool in (None, threads, processes)]
    for model, history in others:
        assert history.loss == first.loss
        assert [p.data for p in model.parameters()] == [p.data for p in one.parameters()]


def test_it_is_taken_up_again_to_the_bit(tmp_path):
    path = tmp_path / "run.safetensors"
    whole, history = fitted("attention", epochs=4)
    fitted("attention", epochs=2, callbacks=[nn.Checkpoint(path)])
    again, rest = fitted("attention", epochs=4, resume=path)
    assert rest.loss == history.loss
    assert [p.data for p in again.parameters()] == [p.data for p in whole.parameters()]


def test_what_is_not_finite_behind_the_end_of_a_sample_is_not_seen():
    """A state that doubles at each position overflows at the 1,100th: in a shorter sample nothing comes from there."""

    class Doubling(nn.Module):
        def __init__(self) -> None:
            self.w = nn.Neuron(1, "identity", init=[2.0, 0.0])

        def forward(self, x):
            state = 1.0
            for number in x:
                state = self.w([state]) * number
            return state * 1e-6

    xs = [[1.0] * 3, [0.1] * 1100]
    model = Doubling()
    steps = nn.SGD(model.parameters(), 1e-3)
    history = nn.fit(model, xs, [1.0, 0.0], loss=nn.squared_error, optimizer=steps, progress=False)
    assert history.loss[0] == pytest.approx((8e-6 - 1.0) ** 2 / 4, rel=1e-12)
    other = Doubling()
    steps = nn.SGD(other.parameters(), 1e-3)
    with pytest.raises(FloatingPointError, match="epoch 0, sample 1"):
        nn.fit(other, [[1.0] * 3, [1.0] * 1100], [1.0, 0.0], loss=nn.squared_error, optimizer=steps, progress=False)


@pytest.mark.parametrize("letters", [[[1, 2, 3]], [[1, 2], [2, 3], [3, 1]]])
def test_letters_of_one_length_and_of_one_sample(letters):
    data = index([word[:-1] for word in letters], 6), index([word[1:] for word in letters], 6)
    _, history = trained(*data)
    _, eager = trained(*data, eager=True)
    assert history.loss == pytest.approx(eager.loss, rel=1e-12)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.integers(1, 5), st.integers(0, 99))
def test_any_lengths_in_any_minibatches_train_as_values_do(lengths, size, seed):
    xs = [[(seed + 3 * i + n) % 6 for i in range(n)] for n in lengths]
    ys = [[(seed + 5 * i) % 6 for i in range(n)] for n in lengths]
    how = {"batch_size": size, "shuffle": seed, "epochs": 2}
    model, history = trained(index(xs, 6), index(ys, 6), **how)
    other, eager = trained(index(xs, 6), index(ys, 6), **how, eager=True)
    assert history.loss == pytest.approx(eager.loss, rel=1e-12)
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-9, abs=1e-11)


# Dropout.


def test_what_is_dropped_follows_from_the_seed_and_the_order_of_the_epoch():
    """By NumPy's generator: a row after the other, four numbers a letter, of which half are 0 and the others twice as large."""
    xs, ys = words()
    model, history = trained(index(xs, 6), index(ys, 6), drop=True, rate=0.0, epochs=1)
    order = np.random.RandomState([3, 0]).permutation(len(xs)).tolist()
    factors = iter(np.random.RandomState([1, 0, 0]).random_sample(4 * sum(map(len, xs))) >= 0.5)
    total = 0.0
    for r in order:
        z = []
        for letter in xs[r]:
            row = np.array([v.data for v in model.letters.w[letter]]) * [2.0 * next(factors) for _ in range(4)]
            z.append([n.b.data + sum(w.data * x for w, x in zip(n.w, row, strict=True)) for n in model.out.neurons])
        total += np.mean([np.log(np.exp(a).sum()) - a[t] for a, t in zip(np.array(z), ys[r], strict=True)])
    assert history.loss == pytest.approx([total / len(xs)], rel=1e-13)


def test_what_is_dropped_does_not_depend_on_what_is_computed_together():
    xs, ys = words()
    losses = {n: trained(index(xs, 6), index(ys, 6), drop=True, rate=0.0, epochs=1, batch_size=n)[1].loss for n in (1, 5, None)}
    assert losses[1] == pytest.approx(losses[None], rel=1e-13)
    assert losses[5] == pytest.approx(losses[None], rel=1e-13)
    assert losses[1] != pytest.approx(trained(index(xs, 6), index(ys, 6), rate=0.0, epochs=1)[1].loss, rel=1e-3)


def test_rows_of_one_length_drop_what_arrays_do():
    xs = np.random.RandomState(0).randint(0, 6, (9, 3))
    ys = xs[:, ::-1]
    _, arrays = trained(xs, ys, drop=True)
    _, rows = trained(index(xs.tolist(), 6), index(ys.tolist(), 6), drop=True)
    assert rows.loss == pytest.approx(arrays.loss, rel=1e-12)


def test_values_drop_the_same_and_a_training_is_taken_up_again_to_the_bit(tmp_path):
    xs, ys = words()
    path = tmp_path / "run.safetensors"
    data = index(xs, 6), index(ys, 6)
    model, whole = trained(*data, drop=True, epochs=4, validation=data)
    _, eager = trained(*data, drop=True, epochs=4, validation=data, eager=True)
    assert eager.loss == pytest.approx(whole.loss, rel=1e-12)
    assert eager.validation_loss == pytest.approx(whole.validation_loss, rel=1e-12)
    trained(*data, drop=True, epochs=2, validation=data, callbacks=[nn.Checkpoint(path)])
    again, rest = trained(*data, drop=True, epochs=4, validation=data, resume=path)
    assert (rest.loss, rest.validation_loss) == (whole.loss, whole.validation_loss)
    assert again.state_dict() == model.state_dict()


def test_a_length_with_nothing_to_drop_is_trained_as_it_is():
    class Gaps(nn.Module):
        """Differences between neighbours, some of which are dropped: of one number there is none."""

        def __init__(self) -> None:
            self.w, self.drop = nn.Neuron(1, "identity", init=[2.0, 1.0]), nn.Dropout(0.5, seed=2)

        def forward(self, xs):
            return self.w(autograd.sum(self.drop([b - a for a, b in itertools.pairwise(xs)])))

    def losses(xs, **options):
        model = Gaps()
        steps = nn.SGD(model.parameters(), 0.0)
        return nn.fit(model, xs, [0.0] * len(xs), loss=nn.squared_error, optimizer=steps, epochs=8, **options).loss

    assert losses([[5.0], [7.0]]) == [0.5] * 8
    found = losses([[5.0], [1.0, 2.0], [7.0]])
    assert set(found) == {(0.5 + 0.5 + 0.5) / 3, (0.5 + 12.5 + 0.5) / 3}  # half of (2 (0 or 2) + 1) squared
    assert found == losses([[5.0], [1.0, 2.0], [7.0]], eager=True)


class Seen(nn.Module):
    """What each position attends to: a triangle."""

    def __init__(self) -> None:
        self.attention = nn.Attention(2, seed=1)

    def forward(self, xs):
        return {"weights": self.attention.weights(xs)[0], "last": xs[-1]}


def test_predict_tells_what_the_model_gives_for_each_sample():
    model = Seen()
    xs = [[[1.0, 0.0], [2.0, 1.0]], [[3.0, 1.0]], [[1.0, 1.0], [1.0, 0.0]]]
    number = lambda w: w.data if isinstance(w, autograd.Value) else w
    plain = lambda found: {"weights": [list(map(number, row)) for row in found["weights"]], "last": found["last"]}
    assert model.predict(xs) == [plain(model(x)) for x in xs]
    together = model.predict([xs[0], xs[2]])  # of equal lengths: R rows in each part
    assert together["weights"][1] == [plain(model(x))["weights"][1] for x in (xs[0], xs[2])]
    assert together["last"] == [[2.0, 1.0], [1.0, 0.0]]


class Last(nn.Module):
    """A class, or a logit, of a whole sequence."""

    def __init__(self, outputs) -> None:
        self.rnn, self.out = nn.RNN(1, 4, seed=1), nn.Layer(4, outputs, "identity", seed=2)

    def forward(self, xs):
        return self.out(self.rnn([[x] for x in xs])[-1])


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.binary_cross_entropy, nn.hinge])
@pytest.mark.parametrize("eager", [False, True])
def test_right_answers_are_counted_of_samples_of_unequal_lengths(loss, eager):
    rng = random.Random(3)
    xs = [[rng.uniform(-1.0, 1.0) for _ in range(rng.randrange(1, 4))] for _ in range(12)]
    low = -1 if loss is nn.hinge else 0
    ys = [1 if x[-1] > 0.1 else low for x in xs]
    model = Last(2 if loss is nn.cross_entropy else 1)
    history = nn.fit(model, xs, ys, loss=loss, validation=(xs[:5], ys[:5]), epochs=3, eager=eager, progress=False)
    scores = [[v.data for v in found] if isinstance(found, list) else found.data for found in map(model, xs)]
    told = [z.index(max(z)) if isinstance(z, list) else (1 if z > 0 else low) for z in scores]
    right = [a == b for a, b in zip(told, ys, strict=True)]
    assert history.accuracy[-1] == sum(right) / 12
    assert history.validation_accuracy[-1] == sum(right[:5]) / 5


# What is given, and how it is refused.


class Ending(nn.Module):
    """The last number of a row, times a weight."""

    def __init__(self) -> None:
        self.w = autograd.Value(1.0)

    def forward(self, x):
        return self.w * x[-1]


def test_validation_of_unequal_lengths_beside_samples_of_one():
    history = nn.fit(Ending(), [[1.0, 2.0], [2.0, 3.0]], [2.0, 3.0], loss=nn.squared_error, epochs=2,
                     validation=([[1.0], [1.0, 2.0, 4.0]], [1.0, 2.0]))  # fmt: skip
    assert history.validation_loss[0] == pytest.approx(1.0, rel=0.1)


def test_an_array_of_rows_of_unequal_lengths_is_a_list_of_them():
    xs = np.empty(2, dtype=object)
    xs[:] = [[1.0], np.array([2.0, 3.0])]
    losses = [nn.fit(Ending(), given, [2.0, 5.0], loss=nn.squared_error, epochs=3).loss for given in (xs, [[1.0], [2.0, 3.0]])]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("wrong", ["a", None])
def test_what_is_no_number_in_a_row_is_refused_by_its_sample(wrong):
    for xs, ys, where in (([[1.0], [2.0, wrong]], [1.0, 2.0], r"xs\[1\]"), ([[1.0], [2.0, 3.0]], [1.0, wrong], r"ys\[1\]")):
        with pytest.raises(TypeError, match=f"^{where}: must be real number, not .*: rows hold numbers$"):
            nn.fit(Ending(), xs, ys, loss=nn.squared_error)
