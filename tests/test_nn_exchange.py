"""Networks that go to another library, or come from it, give the same outputs there."""

from __future__ import annotations

import random

import numpy as np
import pytest

import autograd
import nn
from nn.exchange import ONNX, TORCH, WRITTEN
from nn.layers import activations


def inputs(*shape):
    stream = random.Random(3)
    return np.array([stream.uniform(-1, 1) for _ in range(int(np.prod(shape)))]).reshape(shape)


def network(activation="tanh"):
    return nn.MLP(4, [6, 3], activation, output="softmax", init="xavier", seed=1)


def below(kind):
    """The classes that are derived from one."""
    return [each for sub in kind.__subclasses__() for each in (sub, *below(sub))]


# ONNX.


@pytest.fixture(name="run")
def _run(tmp_path):
    """What onnxruntime makes of an exported model."""
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")

    def run(model, xs, *, single=False):
        nn.to_onnx(model, tmp_path / "model.onnx", single=single)
        session = runtime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
        floats = np.float32 if single else np.float64
        return session.run(["y"], {"x": xs if xs.dtype == int else xs.astype(floats)})[0]

    return run


DOUBLE = {
    "relu", "leaky_relu", "tanh", "sigmoid", "silu", "softmax", "step", "exp", "log", "sqrt", "abs", "sin", "cos", "identity",
}  # fmt: skip
"""What onnxruntime has in doubles."""


@pytest.mark.parametrize("activation", [*ONNX, *WRITTEN])
def test_onnx_has_the_same_functions(run, activation):
    """Each on numbers inside of its domain."""
    bias = {"acosh": 2.0, "log": 2.0, "sqrt": 2.0}.get(activation, 0.1)
    model = nn.Layer(2, 3, activation, init=[0.3, -0.2, bias, 0.1, 0.4, bias, -0.5, 0.2, bias])
    xs = inputs(5, 2)
    assert run(model, xs, single=True) == pytest.approx(model.predict(xs), rel=1e-4, abs=1e-6)
    if activation in DOUBLE:
        assert run(model, xs) == pytest.approx(model.predict(xs), rel=1e-12, abs=1e-15)


def test_networks_in_onnx(run):
    xs = inputs(7, 4)
    residual = nn.Sequential(nn.Residual(nn.Layer(4, 4, "relu", seed=1)), nn.Layer(4, 2, seed=2), autograd.softmax)
    for model in (network(), residual):
        assert run(model, xs) == pytest.approx(model.predict(xs), rel=1e-12)
    neuron = nn.Neuron(4, "tanh", seed=1)
    assert run(neuron, xs)[:, 0] == pytest.approx(neuron.predict(xs), rel=1e-12)


def test_images_in_onnx(run):
    xs = inputs(3, 2, 7, 6)
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3, stride=2, padding=1, seed=1), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(6, 2, "identity", seed=2)
    )
    assert run(model, xs, single=True) == pytest.approx(model.predict(xs), rel=1e-5)


def test_images_in_onnx_in_doubles(tmp_path):
    """By the reference of the format: onnxruntime has convolutions of single numbers only."""
    reference = pytest.importorskip("onnx.reference")
    xs = inputs(3, 2, 7, 6)
    conv = nn.Conv2d(2, 2, 3, "tanh", padding=1, seed=1)
    model = nn.Sequential(nn.Residual(conv), nn.Conv2d(2, 3, 2, stride=2, seed=2), nn.Flatten(), nn.Layer(27, 2, seed=3))
    for whole in (model, nn.AvgPool2d(3)):
        nn.to_onnx(whole, tmp_path / "model.onnx")
        (found,) = reference.ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"x": xs})
        assert found == pytest.approx(whole.predict(xs), rel=1e-12, abs=1e-15)


def test_what_comes_first_and_last_in_onnx(run):
    images, xs = inputs(5, 1, 2, 2), inputs(5, 4)
    for model in (nn.Sequential(nn.Flatten(), nn.Layer(4, 2, seed=1)), nn.Sequential(nn.Flatten(), autograd.softmax)):
        assert run(model, images) == pytest.approx(model.predict(images), rel=1e-12)
    for model in (nn.Sequential(), nn.Residual(nn.Sequential()), nn.Sequential(autograd.softmax)):
        assert run(model, xs) == pytest.approx(model.predict(xs), rel=1e-12)


class Own(nn.Module):
    """A module of one's own."""

    def forward(self, x):
        return x


class Doubled(nn.Sequential):
    """Modules whose output is not the last one's."""

    def forward(self, x):
        return [2 * y for y in super().forward(x)]


def tanh(x):
    """A function of one's own, that has a name of the table's."""
    return 2 * x


def test_what_onnx_has_not(run):
    with pytest.raises(TypeError, match="Own cannot be exported to ONNX"):
        run(nn.Sequential(nn.Layer(2, 2), Own()), inputs(1, 2))
    with pytest.raises(TypeError, match="Doubled cannot be exported to ONNX"):
        run(Doubled(nn.Layer(2, 2)), inputs(1, 2))
    others = nn.Conv2d(1, 1, 2, tanh), nn.RNN(2, 2, "sigmoid")
    for layer in (nn.Layer(2, 2, "gamma"), nn.Neuron(2, lambda x: x), nn.Layer(2, 2, tanh), *others):
        with pytest.raises(ValueError, match="cannot be exported: of activations there are"):
            run(layer, inputs(1, 2))


LAYERS = {
    "Neuron": (nn.Neuron(4, "tanh", seed=1), (5, 4)),
    "Layer": (nn.Layer(4, 3, "relu", seed=1), (5, 4)),
    "MLP": (network(), (5, 4)),
    "Sequential": (nn.Sequential(nn.Layer(4, 3, seed=1), autograd.softmax), (5, 4)),
    "Residual": (nn.Residual(nn.Layer(4, 4, seed=1)), (5, 4)),
    "Conv2d": (nn.Conv2d(2, 3, 2, "sigmoid", padding=1, seed=1), (3, 2, 5, 4)),
    "AvgPool2d": (nn.AvgPool2d(2), (3, 2, 5, 4)),
    "Flatten": (nn.Flatten(), (3, 2, 5, 4)),
    "RMSNorm": (nn.RMSNorm(4, init=[1.0, 2.0, 0.5, -1.0]), (5, 4)),
    "LayerNorm": (nn.LayerNorm(4, eps=1e-3, init=[1.0, 2.0, 0.5, -1.0, 0.1, 0.2, 0.3, 0.4]), (5, 4)),
    "Attention": (nn.Attention(4, 2, seed=1), (2, 5, 4)),
    "RNN": (nn.RNN(4, 3, seed=1), (2, 5, 4)),
    "Dropout": (nn.Dropout(0.5, seed=1), (5, 4)),
    "Embedding": (nn.Embedding(5, 3, seed=1), (2, 4)),
}


@pytest.mark.parametrize("name", [each.__name__ for each in map(vars(nn).get, nn.__all__) if each in below(nn.Module)])
def test_onnx_has_every_layer(tmp_path, name):
    """By the reference of the format, which has all operators in doubles."""
    reference = pytest.importorskip("onnx.reference")
    assert name in LAYERS, f"{name} needs an example in LAYERS"
    model, shape = LAYERS[name]
    assert type(model).__name__ == name
    nn.to_onnx(model, tmp_path / "model.onnx")
    xs = np.arange(8).reshape(shape) % 5 if name == "Embedding" else inputs(*shape)
    (found,) = reference.ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"x": xs})
    assert np.ravel(found) == pytest.approx(np.ravel(model.predict(xs)), rel=1e-12, abs=1e-15)


def decoder():
    """Tokens to a vector: all that is of sequences."""
    block = nn.Residual(nn.RMSNorm(4, init=[1.0, 2.0, 0.5, -1.0]), nn.Attention(4, 2, seed=1), nn.Dropout(0.5))
    rest = nn.LayerNorm(4, affine=False), nn.Attention(4, bias=True, seed=4), nn.Flatten()
    return nn.Sequential(nn.Embedding(7, 4, seed=3), block, *rest, nn.Layer(20, 3, "softmax", bias=False, init="xavier", seed=2))


TOKENS = [[0, 3, 6, 3, 1], [5, 5, 2, 0, 4]]


def letters():
    return nn.Embedding(4, 2, seed=1)


ONE_TOKEN = {
    "Layer": [nn.Layer(2, 3, "identity", seed=2)],
    "Neuron": [nn.Neuron(2, "tanh", seed=2)],
    "norm": [nn.LayerNorm(2), nn.Layer(2, 3, seed=2)],
    "Residual": [nn.Residual(nn.Layer(2, 2, seed=1)), nn.Layer(2, 1, seed=2)],
    "Dropout": [nn.Dropout(0.5), nn.Layer(2, 1, seed=2)],
    "softmax": [autograd.softmax],
}


@pytest.mark.parametrize("name", ONE_TOKEN)
def test_one_token_a_row_in_onnx(run, name):
    """An Embedding that a layer follows takes no sequences: (rows,) there as here."""
    tokens = np.array([0, 2, 3, 2])
    for before in ([], [nn.Dropout(0.5)]):
        model = nn.Sequential(*before, letters(), *ONE_TOKEN[name])
        found = np.array(model.predict(tokens))
        assert run(model, tokens).reshape(found.shape) == pytest.approx(found, rel=1e-12)


def test_tokens_and_images_where_more_follows_in_onnx(run):
    tokens, images = np.array([[0, 2], [3, 1]]), inputs(2, 1, 3, 3)
    flat = nn.Sequential(letters(), nn.Flatten(), nn.Layer(4, 1, "identity", seed=1))
    for model in (letters(), flat, nn.Sequential(letters(), nn.LayerNorm(2))):
        found = np.array(model.predict(tokens))
        assert run(model, tokens).reshape(found.shape) == pytest.approx(found, rel=1e-12)
    normed = nn.Sequential(nn.Conv2d(1, 1, 2, seed=1), nn.LayerNorm(2))
    assert run(normed, images, single=True) == pytest.approx(np.array(normed.predict(images)), abs=1e-5)


@pytest.mark.parametrize(("layers", "message"), [
    ([nn.RNN(2, 3), nn.Layer(3, 1)], r"Layer\(3 -> 1, relu\) cannot be exported there: it takes numbers, and is given sequences"),
    ([nn.Layer(2, 2), nn.RNN(2, 2)], r"RNN\(2 -> 2, tanh\) cannot be exported there: it takes sequences, and is given numbers"),
    ([nn.Conv2d(1, 1, 1), nn.Attention(3)], r"Attention\(3, 1 head\) cannot .* it takes sequences, and is given images"),
    ([nn.Layer(2, 1), letters()], r"Embedding\(4 of 2\) cannot be exported there: it takes tokens, and is given numbers"),
    ([letters(), nn.Flatten(), letters()], r"Embedding\(4 of 2\) cannot .* it takes tokens, and is given numbers"),
    ([nn.Residual(nn.Embedding(4, 1))], "Residual cannot be exported: it adds sequences to tokens"),
    ([nn.Residual(nn.Attention(2), nn.Flatten())], "Residual cannot be exported: it adds numbers to sequences"),
    ([nn.RNN(2, 2), autograd.softmax], "softmax cannot be exported there: it takes numbers, and is given sequences"),
    ([nn.Layer(2, 2), nn.AvgPool2d(1)], r"AvgPool2d\(1x1\) cannot .* it takes images, and is given numbers"),
])  # fmt: skip
def test_layers_that_do_not_follow_each_other_are_refused_by_name(tmp_path, layers, message):
    pytest.importorskip("onnx")
    with pytest.raises(ValueError, match=f"^{message}$"):
        nn.to_onnx(nn.Sequential(*layers), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_sequences_in_onnx(run):
    """In doubles, and with any number of positions."""
    model = decoder()
    assert run(model, np.array(TOKENS)) == pytest.approx(np.array(model.predict(TOKENS)), rel=1e-12)
    attention, xs = nn.Attention(4, 2, seed=1), inputs(2, 9, 4)
    assert run(attention, xs) == pytest.approx(attention.predict(xs), rel=1e-12)
    rnn = nn.RNN(4, 3, "relu", seed=1)
    assert run(rnn, xs, single=True) == pytest.approx(rnn.predict(xs), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in activations() if name not in {*ONNX, *WRITTEN}])
def test_an_activation_that_onnx_has_not_is_refused(tmp_path, name):
    pytest.importorskip("onnx")
    with pytest.raises(ValueError, match=rf"Layer\(2 -> 2, {name}\) cannot be exported: of activations there are"):
        nn.to_onnx(nn.Layer(2, 2, name), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


# PyTorch.


@pytest.mark.parametrize("activation", TORCH)
def test_the_same_in_pytorch_and_back(activation):
    torch = pytest.importorskip("torch")
    xs = inputs(5, 4)
    model = nn.MLP(4, [6, 3], activation, output=activation, seed=1)
    theirs = nn.to_torch(model)
    assert theirs(torch.from_numpy(xs)).detach().numpy() == pytest.approx(model.predict(xs), rel=1e-12, abs=1e-15)
    back = nn.from_torch(theirs)
    assert [p.data for p in back.parameters()] == [p.data for p in model.parameters()]
    assert [layer.activation for layer in back.layers] == [activation] * 2
    assert back.predict(xs).tolist() == model.predict(xs).tolist()


def test_images_in_pytorch():
    torch = pytest.importorskip("torch")
    xs = inputs(3, 2, 7, 6)
    model = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1, seed=1), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(6, 2, seed=2))
    assert nn.to_torch(model)(torch.from_numpy(xs)).detach().numpy() == pytest.approx(model.predict(xs), rel=1e-12)


@pytest.mark.parametrize("name", ["RMSNorm", "LayerNorm", "Attention", "RNN"])
def test_sequences_in_pytorch(name):
    torch = pytest.importorskip("torch")
    model, _ = LAYERS[name]
    xs = inputs(2, 5, 4)
    assert nn.to_torch(model)(torch.from_numpy(xs)).detach().numpy() == pytest.approx(model.predict(xs), rel=1e-12, abs=1e-15)


def test_a_decoder_in_pytorch():
    """It drops where it is trained, and gives the same where it is not."""
    torch = pytest.importorskip("torch")
    model = decoder()
    theirs = nn.to_torch(model).eval()
    wanted = [[v.data for v in model.eval()(row)] for row in TOKENS]
    assert theirs(torch.tensor(TOKENS)).detach().numpy().tolist() == [pytest.approx(row, rel=1e-12) for row in wanted]
    assert not torch.equal(theirs.train()(torch.tensor(TOKENS)), theirs(torch.tensor(TOKENS)))
    with pytest.raises(ValueError, match=r"Layer\(7 -> 3, sigmoid\) cannot be exported: of activations there are relu, tanh"):
        nn.to_torch(nn.RNN(4, 3, "sigmoid"))


def test_skips_in_pytorch():
    """Also as the whole model, around a unit, around images, one in another."""
    torch = pytest.importorskip("torch")
    deep = nn.Residual(nn.Layer(4, 6, "tanh", seed=1), nn.Residual(nn.Layer(6, 6, seed=2)), nn.Layer(6, 4, "identity", seed=3))
    for model, xs in (
        (nn.Residual(nn.Layer(4, 4, seed=1)), inputs(5, 4)),
        (nn.Sequential(deep, nn.Layer(4, 2, "softmax", seed=4)), inputs(5, 4)),
        (nn.Sequential(nn.Residual(nn.Layer(1, 1, seed=1)), nn.Layer(1, 2, seed=2)), inputs(5, 1)),
        (nn.Residual(nn.Conv2d(2, 2, 3, "tanh", padding=1, seed=1), nn.Conv2d(2, 2, 1, seed=2)), inputs(3, 2, 5, 4)),
    ):
        theirs = nn.to_torch(model)
        assert theirs(torch.from_numpy(xs)).detach().numpy() == pytest.approx(model.predict(xs), rel=1e-12, abs=1e-15)
        assert "Residual(" in repr(theirs)
        with pytest.raises(TypeError, match="met Residual"):
            nn.from_torch(theirs)


def test_a_network_trained_there():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    xs = inputs(20, 4)
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2, bias=False)).double()
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.1)
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(xs)), torch.from_numpy((xs[:, 0] > 0).astype(int)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    want = theirs(torch.from_numpy(xs)).detach().numpy()
    assert nn.from_torch(theirs).predict(xs) == pytest.approx(want, rel=1e-12, abs=1e-13)
    nested = torch.nn.Sequential(theirs[:2], torch.nn.Sequential(theirs[2]))
    assert nn.from_torch(nested).predict(xs) == pytest.approx(want, rel=1e-12, abs=1e-13)


def test_a_network_trained_here():
    """With the same steps on both sides, and the same outputs after them."""
    torch = pytest.importorskip("torch")
    xs, ys = inputs(20, 4), np.arange(20) % 3
    model = nn.MLP(4, [5, 3], "tanh", seed=1)
    theirs = nn.to_torch(model)
    nn.fit(model, xs, ys, loss=nn.cross_entropy, optimizer=nn.Adam(model.parameters(), 0.1), epochs=10, batch_size=5)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.1)
    for step in range(40):
        rows = slice(step % 4 * 5, step % 4 * 5 + 5)
        loss = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(xs[rows])), torch.from_numpy(ys[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for same in (theirs, nn.to_torch(model)):
        assert same(torch.from_numpy(xs)).detach().numpy() == pytest.approx(model.predict(xs), rel=1e-12, abs=1e-12)


def test_what_is_not_read():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="Linear layers with an activation"):
        nn.from_torch(torch.nn.Conv2d(1, 1, 3))
    with pytest.raises(TypeError, match="met ELU"):
        nn.from_torch(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ELU()))
    with pytest.raises(ValueError, match=r"LeakyReLU with .*0\.2"):
        nn.from_torch(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LeakyReLU(0.2)))
    for part in (Own(), Doubled(nn.Layer(2, 2)), autograd.tanh):
        with pytest.raises(TypeError, match=r"(Own|Doubled|tanh) cannot be exported to PyTorch"):
            nn.to_torch(part)
    with pytest.raises(ValueError, match=r"Layer\(2 -> 2, tanh\) cannot be exported: of activations"):
        nn.to_torch(nn.Layer(2, 2, tanh))
