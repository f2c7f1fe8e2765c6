"""Steps of a training one after the other in C: the bits, errors and interrupts of single steps."""

import math
import signal

import numpy as np
import pytest

import autograd
import nn
from nn.steps import Recorded

OPTIMIZERS = {
    "descent": lambda p: nn.SGD(p, 0.1),
    "nesterov": lambda p: nn.SGD(p, nn.cosine_decay(0.1, 50), momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: nn.Adam(p, nn.warmup(5, 0.01), clip_norm=0.1),
    "adamw": lambda p: nn.AdamW(p, 0.01, clip_value=0.05),
}
compiled_only = pytest.mark.skipif(not autograd.COMPILED, reason="there are no steps in C")


@pytest.fixture
def done(monkeypatch):
    """How many steps were done in C, by each call."""
    found, run = [], Recorded.steps_from

    def counted(self, k, total):
        steps, total = run(self, k, total)
        found.append(steps)
        return steps, total

    monkeypatch.setattr(Recorded, "steps_from", counted)
    return found


def trained(optimizer, rows, batch_size, shuffle, model=None, **options):
    xs = np.random.default_rng(1).normal(size=(rows, 3))
    model = model or nn.MLP(3, [5, 1], "tanh", seed=1)
    steps = optimizer(model.parameters())
    options = {"epochs": 3, "progress": False, **options}
    history = nn.fit(
        model, xs, xs.sum(axis=1) * 0.1, loss=nn.squared_error, optimizer=steps, batch_size=batch_size, shuffle=shuffle, **options
    )
    memory = [numbers.tobytes() for numbers in steps.memory.values()]
    return [p.data.hex() for p in model.parameters()], [x.hex() for x in history.loss], memory, steps.steps


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize(
    ("rows", "batch_size", "shuffle"), [(100, 32, 3), (64, 64, None), (9, 1, 0), (300, 291, 1), (140, None, None)]
)
def test_steps_in_c_have_the_bits_of_single_ones(done, monkeypatch, optimizer, rows, batch_size, shuffle):
    at_once = trained(optimizer, rows, batch_size, shuffle)
    assert sum(done) == at_once[-1] * autograd.COMPILED
    monkeypatch.setattr(Recorded, "steps_from", lambda self, k, total: (0, total))
    assert trained(optimizer, rows, batch_size, shuffle) == at_once


@compiled_only
def test_what_python_must_see_is_stepped_in_python(done):
    class Slower(nn.SGD):
        def update(self, theta, gradient):
            gradient *= 0.5
            super().update(theta, gradient)

    trained(lambda p: Slower(p, 0.1), 20, 4, None)
    trained(lambda p: nn.SGD(p, 0.1), 20, 4, None, penalty=nn.l2(1e-3))
    trained(lambda p: nn.SGD(p, 0.1), 20, 4, None, eager=True)
    assert sum(done) == 0


def test_a_loss_that_is_not_finite_names_its_sample_whatever_went_before():
    xs = np.linspace(1.0, 2.0, 40)
    xs[29] = 1e300
    for shuffle in (None, 2):
        model = nn.Neuron(1, "identity", init=[0.0, 1.0])
        steps = nn.SGD(model.parameters(), 1e-3)
        with pytest.raises(FloatingPointError, match=r"epoch 0, sample 29: .* is inf"):
            nn.fit(model, xs, xs, loss=nn.squared_error, optimizer=steps, batch_size=4, shuffle=shuffle, progress=False)
        order = np.arange(40) if shuffle is None else np.random.RandomState([2, 0]).permutation(40)
        assert steps.steps == order.tolist().index(29) // 4
        assert all(math.isfinite(p.data) for p in model.parameters())


def test_a_rate_that_is_refused_is_so_at_its_step():
    rates = [0.1, 0.1, 0.1, -1.0]
    model = nn.Neuron(3, "tanh", seed=1)
    steps = nn.SGD(model.parameters(), lambda step: rates[step])
    with pytest.raises(ValueError, match="the rate of step 3 lies in"):
        trained(lambda _: steps, 32, 4, None, model)
    assert steps.steps == 3
    until_then = trained(lambda p: nn.SGD(p, 0.1), 12, 4, None, nn.Neuron(3, "tanh", seed=1), epochs=1)
    assert [p.data.hex() for p in model.parameters()] == until_then[0]


def test_an_interrupt_within_an_epoch_keeps_the_steps_that_were_done(request):
    calls = []

    def value(x):
        calls.append(x)
        if len(calls) == 61:
            raise KeyboardInterrupt
        return x

    request.addfinalizer(lambda: autograd.registry.remove("interrupting"))
    watched = autograd.op("interrupting", value, lambda x, y: 1.0)

    class Watched(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Neuron(3, "identity", seed=2)

        def forward(self, x):
            return watched(self.inner(x))

    model, plain = Watched(), nn.Neuron(3, "identity", seed=2)
    steps = nn.SGD(model.parameters(), 0.05)
    xs = np.random.default_rng(1).normal(size=(200, 3))
    history = nn.fit(model, xs, xs.sum(axis=1), loss=nn.squared_error, optimizer=steps, batch_size=2, progress=False, epochs=3)
    assert (history.stopped, history.loss) == ("interrupted", [])
    assert 0 < steps.steps < 31
    same, n = nn.SGD(plain.parameters(), 0.05), 2 * steps.steps
    nn.fit(plain, xs[:n], xs[:n].sum(axis=1), loss=nn.squared_error, optimizer=same, batch_size=2, progress=False, epochs=1)
    assert [p.data for p in plain.parameters()] == [p.data for p in model.parameters()]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
@compiled_only
def test_ctrl_c_is_heard_while_c_trains(done):
    def soon(_):
        signal.setitimer(signal.ITIMER_REAL, 0.01)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    model = nn.Neuron(2, "tanh", seed=1)
    steps = nn.SGD(model.parameters(), 0.01)
    xs = np.random.default_rng(1).normal(size=(1_000_000, 2))
    options = {"batch_size": 1, "epochs": 50, "callbacks": [soon], "progress": False}
    try:
        history = nn.fit(model, xs, xs[:, 0], loss=nn.squared_error, optimizer=steps, **options)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert (history.stopped, len(history.loss)) == ("interrupted", 1)
    assert 1_000_000 <= steps.steps < 2_000_000
    assert len(done) > 2  # it came back to look
