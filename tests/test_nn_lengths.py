"""Training on samples of unequal lengths, and on indices: the bits of each length by itself, added in one order."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

import autograd
import nn
from autograd import index, mean, record


class Names(nn.Module):
    def __init__(self, drop=False) -> None:
        self.letters = nn.Embedding(6, 4, seed=1)
        self.out = nn.Layer(4, 6, "identity", seed=2)
        self.drop = nn.Dropout(0.5, seed=1) if drop else None

    def forward(self, word):
        rows = [self.letters(i) for i in word]
        return [self.out(row if self.drop is None else self.drop(row)) for row in rows]


def surprise(z, t):
    return mean([nn.cross_entropy(a, b) for a, b in zip(z, t, strict=True)])


def words(count=24):
    rng = random.Random(1)
    spelt = [[rng.randrange(6) for _ in range(rng.randrange(2, 6))] for _ in range(count)]
    return [word[:-1] for word in spelt], [word[1:] for word in spelt]


def trained(xs, ys, drop=False, rate=0.05, **options):
    model = Names(drop)
    given = {"epochs": 3, "batch_size": 7, "shuffle": 3, "progress": False} | options
    history = nn.fit(model, xs, ys, loss=surprise, optimizer=nn.Adam(model.parameters(), rate), **given)
    return model, history


def test_a_training_has_the_bits_of_each_length_by_itself_the_shorter_first():
    xs, ys = words()
    model, history = trained(index(xs, 6), index(ys, 6))
    other = Names()
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
