"""What stands in for NumPy where it is not installed: its bits are NumPy's, in each function, in all optimisers, in `nn.fit`."""

from __future__ import annotations

import math
import operator
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.small_arrays import SMALL, Array, asarray

if TYPE_CHECKING:
    from collections.abc import Callable

STRANGE = [0.0, -0.0, 1.0, -1.5, 2.5, 1e300, -1e300, 5e-324, 1e-200, math.inf, -math.inf, math.nan]
XS = [x for x in STRANGE for _ in STRANGE]
YS = [y for _ in STRANGE for y in STRANGE]


def bits(given: Any) -> str:
    """To the last bit; a truth is one, and nan is nan."""
    return repr(given.tolist() if hasattr(given, "tolist") else given)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where NumPy is not installed."""
    for module in ("nn.optim", "nn.steps", "nn.training", "autograd.structures"):
        monkeypatch.setattr(f"{module}.numpy", lambda: SMALL)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "lt", "le", "gt", "ge", "eq", "ne"])
def test_what_is_done_to_each_number_has_the_bits_of_numpy(name: str) -> None:
    function = getattr(operator, name)
    with np.errstate(all="ignore"):
        assert bits(function(asarray(XS), asarray(YS))) == bits(function(np.array(XS), np.array(YS)))
        for y in STRANGE:
            assert bits(function(asarray(STRANGE), y)) == bits(function(np.array(STRANGE), y))
            assert bits(function(y, asarray(STRANGE))) == bits(function(y, np.array(STRANGE)))
        if name in ("add", "sub", "mul", "truediv"):
            ours, theirs = asarray(XS), np.array(XS)
            assert getattr(operator, f"i{name}")(ours, asarray(YS)) is ours
            assert bits(ours) == bits(getattr(operator, f"i{name}")(theirs, np.array(YS)))


@pytest.mark.parametrize("name", ["sqrt", "sign", "floor", "isfinite", "flatnonzero"])
def test_functions_of_one_array_have_the_bits_of_numpy(name: str) -> None:
    with np.errstate(all="ignore"):
        assert bits(getattr(SMALL, name)(asarray(STRANGE))) == bits(getattr(np, name)(np.array(STRANGE)))


def test_rows_and_shapes_are_those_of_numpy() -> None:
    rows = [[[float(i * 6 + k * 2 + j) % 7 for j in range(2)] for k in range(3)] for i in range(4)]
    ours, theirs = asarray(rows), np.array(rows)
    found: list[Callable[[Any, Any], Any]] = [
        lambda _, x: x, lambda _, x: x[1], lambda _, x: x[-1], lambda _, x: x[1:3], lambda _, x: x[2, 1], lambda _, x: x[0, 2, 1],
        lambda _, x: x.reshape(len(x), -1).argmax(axis=1), lambda _, x: x.reshape(4, -1).sum(axis=1), lambda _, x: x.ravel(),
        lambda _, x: abs(-1.0 * x).max(), lambda m, x: m.argwhere(~(x > 1)), lambda m, x: m.clip(x, 1.0, 3.0),
        lambda m, x: m.add.accumulate(x), lambda m, x: m.add.accumulate(x[0])[-1], lambda m, x: m.all(x >= 0),
        lambda m, _: m.eye(3)[m.array([2.0, 0.0]).astype(int)], lambda m, x: (m.shape(x), m.size(x), x.ndim),
        lambda m, x: m.divide(x >= 2, 1 - m.array([0.5, 0.25]), out=m.ones(x.shape)), lambda m, x: (x > 1) & (x < 4),
        lambda m, x: m.asarray(m.vdot(x[0].ravel(), x[1].ravel())), lambda m, _: m.asarray(3.0), lambda m, _: m.empty((2, 0)),
        lambda m, x: m.mean(x), lambda m, x: (m.size(2.0), x[0].size),
    ]  # fmt: skip
    for each in found:
        assert bits(each(SMALL, ours)) == bits(each(np, theirs))
    given = SMALL.ones((2, 3, 2))
    SMALL.take(ours, asarray([3, 0]).astype(int), out=given)
    assert given.tolist() == [rows[3], rows[0]]
    assert ours[1:3].copy().numbers is not ours.numbers


@pytest.mark.parametrize("key", [[3, 0], [0, 0], [7, 12, 5], [4_000_000_000, 1, 2], list(range(700))])
def test_chance_is_that_of_numpy(key: list[int]) -> None:
    ours, theirs = SMALL.random.RandomState(), np.random.RandomState(0)
    for many in (1, 2, 3, 10, 1000):
        ours.seed(key)
        theirs.seed(key)
        assert ours.permutation(many).tolist() == theirs.permutation(many).tolist()
        assert ours.random_sample((3, many)).tolist() == theirs.random_sample((3, many)).tolist()


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="an array holds plain numbers, not"):
        asarray([Value(1.0)])
    with pytest.raises(TypeError, match="'a' is a str, not a real number"):
        asarray([[1.0], ["a"]])
    with pytest.raises(ValueError, match="the rows have unequal lengths"):
        asarray([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="2 numbers are none for 3"):
        asarray([1, 2, 3]) + asarray([1, 2])
    with pytest.raises(ModuleNotFoundError, match=r"numpy\.einsum needs the package numpy: pip install numpy"):
        _ = SMALL.einsum
    assert not hasattr(SMALL, "__path__")


OPTIMIZERS: list[Callable[[list[Value]], nn.Optimizer]] = [
    lambda ps: nn.SGD(ps, 0.1), lambda ps: nn.SGD(ps, 0.1, momentum=0.9, weight_decay=0.01),
    lambda ps: nn.SGD(ps, nn.cosine_decay(0.1, 20), momentum=0.9, nesterov=True, clip_norm=1.0),
    lambda ps: nn.Adam(ps, 0.05), lambda ps: nn.Adam(ps, 0.05, weight_decay=0.1, clip_value=0.5),
    lambda ps: nn.AdamW(ps, 0.05, clip_norm=0.7, clip_value=2.0),
]  # fmt: skip


def test_every_optimizer_is_among_them() -> None:
    kinds = {each for each in vars(nn).values() if isinstance(each, type) and issubclass(each, nn.Optimizer)} - {nn.Optimizer}
    assert {type(made([Value(1.0)])) for made in OPTIMIZERS} == kinds


def trained(made: Callable[[list[Value]], nn.Optimizer], huge: float = 1.0) -> list[Any]:
    chance = random.Random(5)
    parameters = [Value(chance.gauss(0, 1)) for _ in range(19)]
    optimizer = made(parameters)
    for _ in range(12):
        for p in parameters:
            p.grad = chance.gauss(0, 1) * 10 ** chance.uniform(-8, 4) * huge
        optimizer.step()
    state = {name: np.asarray(getattr(kept, "numbers", kept)).tolist() for name, kept in optimizer.state_dict().items()}
    return [[p.data for p in parameters], state]


@pytest.mark.parametrize("made", OPTIMIZERS)
@pytest.mark.parametrize("huge", [1.0, 1e140])
def test_all_optimisers_have_the_bits_of_numpy(made: Any, huge: float, request: pytest.FixtureRequest) -> None:
    theirs = trained(made, huge)
    request.getfixturevalue("without")
    ours = trained(made, huge)
    assert repr(ours) == repr(theirs)


@pytest.mark.usefixtures("without")
def test_an_optimiser_refuses_what_it_refuses_with_numpy() -> None:
    p = Value(1.0, label="w")
    p.grad = math.inf
    with pytest.raises(FloatingPointError, match="SGD, step 0: the gradient of w is inf"):
        nn.SGD([p], 0.1).step()
    p.grad = 1e200
    with pytest.raises(FloatingPointError, match=r"the gradient of w is 1e[+]200: squares are remembered up to 1e[+]145"):
        nn.Adam([p], 0.1).step()
    first, second = nn.Adam([p], 0.1), nn.Adam([p], 0.2)
    p.grad = 2.0
    first.step()
    second.load_state_dict(first.state_dict())
    assert second.memory["mean"].tolist() == first.memory["mean"].tolist() == [2.0]
    with pytest.raises(ValueError, match="Adam remembers steps and"):
        second.load_state_dict({"steps": 1})


def fitted(kind: str) -> Any:
    xs, classes = [[0.1, 0.2], [0.3, -0.4], [1.0, 2.0], [-1.0, 0.5], [0.6, 0.6]], [0, 1, 2, 1, 0]
    how: dict[str, Any] = {"epochs": 12, "eager": True, "shuffle": 4, "batch_size": 2, "progress": False}
    model: Any = nn.MLP(2, [4, 3], "tanh", seed=1)
    if kind == "classes":
        history = nn.fit(model, xs, classes, loss=nn.cross_entropy, validation=(xs[:3], classes[:3]), keep_best=True, **how)
    elif kind == "dropped":
        model = nn.Sequential(nn.Layer(2, 4, seed=1), nn.Dropout(0.5, seed=3), nn.Layer(4, 1, seed=2))
        history = nn.fit(model, xs, [0, 1, 0, 1, 1], loss=nn.binary_cross_entropy, penalty=nn.l2(1e-3), **how)
    else:
        model = nn.MLP(2, [3, 2], "tanh", seed=1)
        history = nn.fit(model, xs, xs, loss=nn.squared_error, patience=3, optimizer=nn.SGD(model.parameters(), 0.1), **how)
    numbers = [p.data for p in model.parameters()]
    return numbers, history.loss, history.accuracy, history.validation_accuracy, history.stopped, model.eval().predict(xs)


@pytest.mark.parametrize("kind", ["classes", "dropped", "rows"])
def test_fit_learns_the_same_without_numpy(kind: str, request: pytest.FixtureRequest) -> None:
    theirs = fitted(kind)
    request.getfixturevalue("without")
    ours = fitted(kind)
    assert repr(ours) == repr(theirs)


@pytest.mark.usefixtures("without")
def test_fit_refuses_what_it_refuses_with_numpy() -> None:
    model, xs = nn.MLP(2, [3], "tanh", seed=1), [[0.1, 0.2], [0.3, math.nan]]
    with pytest.raises(ValueError, match=r"xs\[1, 1\] is nan: leave such samples out"):
        nn.fit(model, xs, [0, 1], loss=nn.cross_entropy)
    with pytest.raises(ValueError, match=r"ys\[1\] is 7: the model has 3 outputs, so targets are classes 0 to 2"):
        nn.fit(model, [[0.1, 0.2], [0.3, 0.4]], [0, 7], loss=nn.cross_entropy)
    with pytest.raises(ValueError, match="xs and ys have a row a sample"):
        nn.fit(model, xs, [0], loss=nn.cross_entropy)


ALONE = """
import sys
sys.modules["numpy"] = None
import nn
model = nn.MLP(2, [4, 1], "tanh", seed=1)
xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
steps = nn.Adam(model.parameters(), lr=0.1)
print(nn.fit(model, xs, ys, loss=nn.binary_cross_entropy, optimizer=steps).accuracy[-1], [y > 0 for y in model.predict(xs)])
"""


def test_xor_is_learnt_where_numpy_is_not_installed() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout == "1.0 [False, True, True, False]\n"
    assert isinstance(SMALL.zeros(2), Array)
