"""Layers of sequences: PyTorch's numbers and gradients, what they refuse, and chance that can be taken up again."""

from __future__ import annotations

import copy
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, check_gradients
from nn.layers import flat
from nn.module import mapped

TORCH = json.loads(Path(__file__).with_name("torch_numbers.json").read_text(encoding="utf-8"))["sequences"]


def joined(*matrices):
    """Matrices beside each other."""
    return [[x for row in rows for x in row] for rows in zip(*matrices)]


def attention(parameters, heads):
    """Weights of PyTorch's attention, which has those of query, key and value below each other."""
    state = {}
    for i, name in enumerate(("query", "key", "value")):
        for theirs, ours in (("in_proj_weight", "w"), ("in_proj_bias", "b")):
            if theirs in parameters:
                state[f"{name}.{ours}"] = parameters[theirs][4 * i : 4 * i + 4]
    for theirs, ours in (("out_proj.weight", "output.w"), ("out_proj.bias", "output.b")):
        if theirs in parameters:
            state[ours] = parameters[theirs]
    return nn.Attention(4, heads, bias=len(parameters) == 4), state


def recurrent(parameters, activation):
    """Weights of PyTorch's RNN, which adds two biases: their gradients are equal."""
    w = joined(parameters["weight_ih_l0"], parameters["weight_hh_l0"])
    return nn.RNN(4, 3, activation), {"cell.w": w, "cell.b": parameters["bias_ih_l0"]}


OURS = {
    "embedding": lambda p: (nn.Embedding(5, 4), {"w": p["weight"]}),
    "rms norm": lambda p: (nn.RMSNorm(4, eps=1e-3), {"w": p["weight"]}),
    "rms norm without weights": lambda _: (nn.RMSNorm(4, affine=False), {}),
    "layer norm": lambda p: (nn.LayerNorm(4, eps=1e-3), {"w": p["weight"], "b": p["bias"]}),
    "attention": lambda p: attention(p, 2),
    "attention with biases": lambda p: attention(p, 1),
    "rnn": lambda p: recurrent(p, "tanh"),
    "rnn by relu": lambda p: recurrent(p, "relu"),
}


def close(found, wanted):
    assert list(flat(found)) == pytest.approx(list(flat(wanted)), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", TORCH)
def test_numbers_and_gradients_are_those_of_pytorch(name):
    _, _, told = TORCH[name]
    numbers = {key: numbers for key, (numbers, _) in told["parameters"].items()}
    layer, state = OURS[name](numbers)
    _, wanted = OURS[name]({key: gradient for key, (_, gradient) in told["parameters"].items()})
    if "bias_hh_l0" in numbers:
        state["cell.b"] = [a + b for a, b in zip(numbers["bias_ih_l0"], numbers["bias_hh_l0"])]
    layer.load_state_dict(state)
    integers = name == "embedding"
    x = told["x"] if integers else [[Value(v) for v in row] for row in told["x"]]
    y = layer(x)
    close(mapped(y, lambda v: v.data), told["y"])
    sum(v * v for v in flat(y)).backward()
    if not integers:
        close(mapped(x, lambda v: v.grad), told["x.grad"])
    for key, tensor in layer.tensors().items():
        close(mapped(tensor, lambda v: v.grad), wanted[key])


ROWS = [[0.5, -1.0, 2.0, 0.25], [1.5, 0.75, -0.5, 1.0], [-1.0, 0.5, 0.25, 2.0]]
LAYERS = {
    "RMSNorm": nn.RMSNorm(4, init=[1.0, 2.0, 0.5, -1.0]),
    "LayerNorm": nn.LayerNorm(4, init=[1.0, 2.0, 0.5, -1.0, 0.1, 0.2, 0.3, 0.4]),
    "Attention": nn.Attention(4, 2, seed=1),
    "RNN": nn.RNN(4, 3, seed=1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_by_differences_and_programs(name):
    layer = LAYERS[name]
    cost = lambda x: sum(y * y * k for k, y in enumerate(flat(layer(x)), 1))
    check_gradients(cost, ROWS)
    program = autograd.record(mapped_of(layer), [[0.0] * 4] * 3)
    assert program(ROWS) == mapped(layer(ROWS), lambda v: v.data)
    close(layer.predict(np.array([ROWS, ROWS]))[1].tolist(), mapped(layer(ROWS), lambda v: v.data))


def mapped_of(layer):
    """A layer with numbers for parameters, as a function."""
    return nn.module.replaced(layer, nn.module.float_of)


def test_attention_looks_back_only():
    layer = nn.Attention(4, 2, seed=1)
    whole = mapped(layer(ROWS), lambda v: v.data)
    assert mapped(layer(ROWS[:2]), lambda v: v.data) == whole[:2]
    xs = [[Value(v) for v in row] for row in ROWS]
    sum(layer(xs)[1]).backward()
    assert [v.grad for v in xs[2]] == [0.0] * 4
    assert all(v.grad for row in xs[:2] for v in row)


def test_what_attention_looks_at():
    layer = nn.Attention(4, 2, seed=1)
    heads = layer.weights(ROWS)
    assert [[len(weights) for weights in head] for head in heads] == [[1, 2, 3]] * 2
    assert all(sum(w.data for w in weights) == pytest.approx(1.0, rel=1e-15) for head in heads for weights in head)
    alike = layer.weights([ROWS[0], ROWS[0], ROWS[0]])
    assert [w.data for w in alike[1][2]] == pytest.approx([1 / 3] * 3, rel=1e-15)


def test_scopes_tell_position_and_head():
    model = nn.Sequential(nn.Attention(4, 2, seed=1), nn.RNN(4, 1, seed=2))
    scopes = {"/".join(v.scope) for v in autograd.value.members(model(ROWS)[2])}
    attention = "sequential/attention0/position2"
    layers = {f"{attention}/{layer}/neuron3" for layer in ("query", "key", "value", "output")}
    assert {attention, f"{attention}/head0", f"{attention}/head1", *layers, "sequential/rnn1/position2/cell/neuron0"} <= scopes


def test_one_number_each():
    assert nn.Attention(1, seed=1)([[1.0], [2.0]])[1][0].op == "dot"
    assert len(nn.RNN(1, 1, seed=1)([1.0, 2.0, 3.0])) == 3


def test_what_is_refused():
    for layer, x, words in (
        (nn.Embedding(3, 2), [0, 3], r"Embedding\(3 of 2\) takes whole numbers from 0 to 2, and was given 3"),
        (nn.Embedding(3, 2), 0.5, "was given 0.5"),
        (nn.Embedding(3, 2), True, "was given True"),
        (nn.RMSNorm(3), [1.0, 2.0], r"RMSNorm\(3\) takes 3 numbers, and was given 2"),
        (nn.Attention(4), [1.0, 2.0], r"Attention\(4, 1 head\) takes a list of vectors of 4 numbers, one a position"),
        (nn.Attention(4), [[1.0, 2.0]], r"Attention\(4, 1 head\) takes 4 numbers, and was given 2"),
        (nn.RNN(2, 2), 1.0, r"RNN\(2 -> 2, tanh\) takes a list of vectors"),
    ):
        with pytest.raises(ValueError, match=words):
            layer(x)
    for layer, x in ((nn.LayerNorm(2, eps=0.0), [3.0, 3.0]), (nn.RMSNorm(2, eps=0.0), [0.0, 0.0])):
        words = rf"{type(layer).__name__}\(2\): the mean of squares that it divides by is 0, and eps is 0: give eps=1e-5"
        with pytest.raises(ZeroDivisionError, match=words):
            layer(x)
    for make, words in (
        (lambda: nn.Attention(4, 3), "4 numbers cannot be shared among 3 heads"),
        (lambda: nn.LayerNorm(4, eps=-1.0), "LayerNorm: eps is 0 or more"),
        (lambda: nn.Dropout(1.0), "rate is a probability, 0 or more and below 1, not 1.0"),
        (lambda: nn.LayerNorm(4, eps="a"), "LayerNorm: eps is 0 or more, not 'a'"),
        (lambda: nn.Dropout("a"), "rate is a probability, 0 or more and below 1, not 'a'"),
        (lambda: nn.Dropout(seed=1.5), "Dropout: seed is a whole number, at least 0, not 1.5"),
        (lambda: nn.Dropout(0.5, seed=2**32), r"seed is below 2\*\*32"),
        (lambda: nn.RMSNorm(2, init=[1.0]), "init holds too few numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            make()


def test_a_layer_without_biases():
    layer = nn.Layer(2, 3, "tanh", bias=False, seed=1)
    assert list(layer.state_dict()) == ["w"]
    assert repr(layer) == "Layer(2 -> 3, tanh): 6 parameters"
    assert layer.architecture()[0].biases == [0.0] * 3
    assert layer([0.0, 0.0])[0].data == 0.0


# Tokens.


class Following(nn.Module):
    """Tokens to the logits of the token after each."""

    def __init__(self, count, seed=1) -> None:
        self.letters = nn.Embedding(count, 6, seed=seed)
        self.block = nn.Residual(nn.RMSNorm(6), nn.Attention(6, 2, seed=seed), nn.Dropout(0.25, seed=seed))
        self.output = nn.Layer(6, count, "identity", seed=seed)

    def forward(self, x):
        return [self.output(row) for row in self.block(self.letters(x))]


def surprise(logits, tokens):
    return sum(nn.cross_entropy(z, t) for z, t in zip(logits, tokens))


def text():
    """Five tokens of which each is followed by the next: windows of four."""
    tokens = np.arange(60) % 5
    windows = np.lib.stride_tricks.sliding_window_view(tokens, 5)
    return windows[:, :-1], windows[:, 1:]


def test_tokens_are_recorded_as_indices():
    model = Following(5).eval()
    xs, _ = text()
    wanted = [mapped(model(x), lambda v: v.data) for x in xs[:3].tolist()]
    close(model.predict(xs[:3]).tolist(), wanted)
    close(model.predict(xs[:3].tolist()), wanted)
    with pytest.raises(ValueError, match=r"is 5.*, no index of 5 rows"):
        model.predict([[0, 1, 2], [0, 1, 5]])


@pytest.mark.parametrize("batch_size", [1, 8, None])
def test_fit_takes_tokens_as_inputs_and_as_targets(batch_size):
    histories = []
    for eager in (False, True):
        model = Following(5)
        options = {"epochs": 3, "batch_size": batch_size, "shuffle": 1, "eager": eager, "accuracy": False}
        xs, ys = text()
        adam = nn.Adam(model.parameters(), lr=0.05)
        histories.append(nn.fit(model, xs, ys, loss=surprise, optimizer=adam, validation=(xs, ys), **options))
        histories.append(nn.fit(model, xs, ys, loss=surprise, optimizer=adam, penalty=nn.l2(1e-3), **options))
    recorded, punished, eager, punished_eagerly = histories
    assert punished.loss == pytest.approx(punished_eagerly.loss, rel=1e-12)
    assert recorded.loss == pytest.approx(eager.loss, rel=1e-12)
    assert recorded.validation_loss == pytest.approx(eager.validation_loss, rel=1e-12)
    assert recorded.loss[-1] < recorded.loss[0]


def test_tokens_of_unequal_lengths():
    """Declared or not: the same bits."""
    xs = [[k % 5 for k in range(start, start + length)] for start, length in ((0, 3), (1, 2), (4, 3), (2, 4), (3, 2))]
    ys = [[(k + 1) % 5 for k in row] for row in xs]
    losses = []
    for told in (lambda rows: rows, lambda rows: autograd.index(rows, 5)):
        model = Following(5).eval()
        adam = nn.Adam(model.parameters(), lr=0.05)
        losses.append(nn.fit(model, told(xs), told(ys), loss=surprise, optimizer=adam, epochs=3, batch_size=2, shuffle=1).loss)
        close(model.predict(xs)[3], mapped(model(xs[3]), lambda v: v.data))
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]


def test_with_parameters():
    model = nn.Sequential(nn.Layer(2, 2, "tanh", seed=1).freeze(), nn.Layer(2, 1, "identity", seed=2))
    theta = [3.0, 2.0, 1.0]
    twin = model.with_parameters(theta)
    first = [h.data for h in model.layers[0]([1.0, 2.0])]
    assert twin([1.0, 2.0]) == autograd.dot([3.0, 2.0], first, 1.0)
    assert model([1.0, 2.0]).data != twin([1.0, 2.0])
    slope = autograd.grad(lambda theta: model.with_parameters(theta)([1.0, 2.0]))(theta)
    assert slope == [*first, 1.0]
    with pytest.raises(ValueError, match="Sequential has 3 parameters, and was given 2 numbers"):
        model.with_parameters([1.0, 2.0])


# Dropout.


def test_dropout_keeps_the_mean_and_its_gradient_is_the_factor():
    layer = nn.Dropout(0.25, seed=7)
    xs = [Value(3.0) for _ in range(20_000)]
    ys = layer(xs)
    assert {y.data for y in ys} == {0.0, 4.0}
    kept = sum(y.data == 4.0 for y in ys) / len(ys)
    assert abs(kept - 0.75) < 5 * math.sqrt(0.25 * 0.75 / len(ys))  # five standard errors
    autograd.sum(ys).backward()
    assert [x.grad for x in xs] == [y.data / 3 for y in ys]


def test_dropout_goes_on_where_it_was():
    one, other = nn.Dropout(0.5, seed=3), nn.Dropout(0.5, seed=99)
    xs = [1.0] * 64
    first = one(xs)
    assert one.state_dict() == {"seed": 3.0, "count": 1.0}
    other.load_state_dict(one.state_dict())
    twin, pickled = copy.deepcopy(one), pickle.loads(pickle.dumps(one))
    second = one(xs)
    assert first != second == other(xs) == twin(xs) == pickled(xs)
    assert nn.Dropout(0.5, seed=4)(xs) != first == nn.Dropout(0.5, seed=3)(xs)
    assert one.parameters() == []


def test_dropout_is_for_training():
    model = nn.Sequential(nn.Layer(3, 16, "tanh", seed=1), nn.Dropout(0.5, seed=1), nn.Layer(16, 1, "identity", seed=2))
    x = [1.0, 2.0, 3.0]
    assert model(x).data != model(x).data
    exact = model.predict([x])[0]
    assert model.training  # `predict` leaves the mode as it is
    assert model.eval()(x).data == exact == model(x).data
    assert model.train()(x).data != exact
    with pytest.raises(TypeError, match=r"a program repeats what was drawn once: record model\.eval\(\), or use nn\.fit"):
        autograd.record(mapped_of(model), x)
    assert autograd.record(mapped_of(model).eval(), x)(x) == exact


def dropped(epochs, parts=None, shuffle=1, **options):
    """A training with dropout: model, optimiser, history."""
    random = np.random.RandomState(0)
    xs = random.uniform(-1, 1, (20, 3))
    ys = (xs.sum(axis=1) > 0).astype(float)
    if parts is None:
        model = nn.Sequential(
            nn.Layer(3, 6, "tanh", seed=1), nn.Dropout(0.5, seed=3), nn.Layer(6, 6, "tanh", seed=4), nn.Dropout(0.25, seed=5),
            nn.Layer(6, 1, "identity", seed=2),
        )  # fmt: skip
        parts = model, nn.Adam(model.parameters(), lr=0.05)
    model, optimizer = parts
    history = nn.fit(
        model, xs, ys, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=epochs, batch_size=8, shuffle=shuffle,
        validation=(xs, ys), **options,
    )  # fmt: skip
    return parts, history


@pytest.mark.parametrize("shuffle", [1, None])
def test_fit_drops_and_goes_on_to_the_same_bits(tmp_path, shuffle):
    (model, _), whole = dropped(6, shuffle=shuffle)
    parts, first = dropped(2, shuffle=shuffle)
    parts, second = dropped(4, parts, shuffle=shuffle)
    assert first.loss + second.loss == whole.loss
    assert parts[0].state_dict() == model.state_dict()
    dropped(3, shuffle=shuffle, callbacks=[nn.Checkpoint(tmp_path / "run.safetensors")])
    (resumed, _), history = dropped(6, shuffle=shuffle, resume=tmp_path / "run.safetensors")
    assert (history.loss, resumed.state_dict()) == (whole.loss, model.state_dict())


def test_fit_drops_alike_by_values_and_by_programs():
    (model, _), recorded = dropped(3)
    (other, _), eager = dropped(3, eager=True)
    assert eager.loss == pytest.approx(recorded.loss, rel=1e-13)
    assert eager.validation_loss == pytest.approx(recorded.validation_loss, rel=1e-13)
    assert model.state_dict()["layers.1.count"] == other.state_dict()["layers.1.count"] == 0.0
    rates = {name: p.data for name, p in model.named_parameters().items()}
    assert {name: p.data for name, p in other.named_parameters().items()} == pytest.approx(rates, rel=1e-12)


def test_fit_measures_without_chance():
    """Rate 0.5 of every input: the losses of the steps are far from that of the whole, which an SGD of rate 0 leaves alone."""
    model = nn.Sequential(nn.Dropout(0.5, seed=1), nn.Layer(4, 1, "identity", init=[1.0, 1.0, 1.0, 1.0, 0.0]))
    xs, ys = [[1.0, 1.0, 1.0, 1.0]] * 6, [4.0] * 6
    history = nn.fit(
        model, xs, ys, loss=nn.squared_error, optimizer=nn.SGD(model.parameters(), 0.0), epochs=3, validation=(xs, ys),
    )  # fmt: skip
    assert history.validation_loss == [0.0] * 3
    assert len(set(history.loss)) > 1
    assert min(history.loss) > 0
    assert [round(6 * x, 9) % 2 for x in history.loss] == [0.0] * 3  # a sample costs (2 k - 4)^2 / 2, of k that are kept
    still = nn.fit(model.eval(), xs, ys, loss=nn.squared_error, optimizer=nn.SGD(model.parameters(), 0.0), epochs=1)
    assert still.loss == [0.0]


STEPS = {
    nn.Embedding(3, 2): "w[token]", nn.RMSNorm(2): "w × x / √(mean(x²) + ε)", nn.RMSNorm(2, affine=False): "x / √(mean(x²) + ε)",
    nn.LayerNorm(2): "w × (x − mean(x)) / √(var(x) + ε) + b", nn.LayerNorm(2, affine=False): "(x − mean(x)) / √(var(x) + ε)",
    nn.Attention(4, 2): "output(Σ softmax(query · key / √2) value)", nn.RNN(2, 3): "h = cell(x, h)",
    nn.Dropout(0.1): "0 or x / 0.9",
}  # fmt: skip


@pytest.mark.parametrize("module", STEPS, ids=repr)
def test_a_stage_says_what_it_computes(module):
    (stage,) = module.architecture()
    assert (stage.kind, stage.formula) == ("step", STEPS[module])
    assert stage.parameters == len(module.parameters())
    held = [x for numbers in stage.state.values() for x in flat(numbers)]
    assert len(held) + sum(inner.parameters for inner in stage.inside) == stage.parameters


def test_a_subclass_that_computes_something_else_says_nothing():
    class Other(nn.RMSNorm):
        def forward(self, x):
            return x

    class Same(nn.RMSNorm):
        pass

    assert [Other(2).architecture()[0].kind, Same(2).architecture()[0].kind] == ["module", "step"]


def test_a_token_of_what_is_differentiated_is_an_index():
    letters = nn.Embedding(4, 2, seed=1)
    for f in (autograd.grad(lambda x, i: letters(i)[0] * x), lambda x, i: autograd.record(lambda x, i: letters(i)[0] * x, x, i)):
        hint = r"takes whole numbers from 0 to 3, and was given .*: a token of what .* is autograd\.index\(token, 4\)$"
        with pytest.raises((TypeError, ValueError), match=hint):
            f(2.0, 1)
    assert autograd.grad(lambda x, i: letters(i)[0] * x)(2.0, autograd.index(1, 4)) == letters(1)[0].data
