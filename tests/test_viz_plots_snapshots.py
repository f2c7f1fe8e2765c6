"""What a network was like during its training."""

from __future__ import annotations

import pytest

import nn
import viz

pytest.importorskip("numpy")

XS, YS = [0.0, 1.0, 2.0], [1.0, 3.0, 5.0]


def trained(seen, epochs):
    model = seen.model
    nn.fit(model, XS, YS, loss=nn.squared_error, optimizer=nn.SGD(model.parameters(), 0.3), epochs=epochs, callbacks=[seen])
    return seen


def line():
    return nn.Neuron(1, "identity", init=[0.0, 0.0])


def test_a_snapshot_is_the_network_as_it_was() -> None:
    slopes = []
    model = line()
    seen = viz.Snapshots(model)
    steps = nn.SGD(model.parameters(), 0.3)
    watched = [lambda training: slopes.append([p.data for p in training.model.parameters()]), seen]
    nn.fit(model, XS, YS, loss=nn.squared_error, optimizer=steps, epochs=5, callbacks=watched)
    pairs = list(seen)
    assert [epoch for epoch, _ in pairs] == [0, 1, 2, 3, 4, 5]
    assert [[p.data for p in then.parameters()] for _, then in pairs] == [[0.0, 0.0], *slopes]
    assert len({id(then) for _, then in pairs}) == 6
    pairs[1][1].parameters()[0].data = 99.0  # a copy: neither the network nor what is remembered has changed
    assert [p.data for p in model.parameters()] == slopes[-1]
    assert [p.data for p in dict(seen)[1].parameters()] == slopes[0]
    assert list(dict(seen)[5].named_parameters()) == ["w[0]", "b"]


def test_only_these_epochs() -> None:
    assert [epoch for epoch, _ in trained(viz.Snapshots(line(), at=(0, 10, 4)), 12)] == [0, 4, 10]
    assert len(trained(viz.Snapshots(line(), at=[]), 3)) == 0


def test_memory_is_bounded_and_the_last_epoch_is_always_there() -> None:
    seen = trained(viz.Snapshots(line(), most=10), 101)
    assert [epoch for epoch, _ in seen] == [0, 16, 32, 48, 64, 80, 96, 101]
    assert (len(seen), repr(seen)) == (8, "<Snapshots: 8 of 101 epochs>")
    assert [epoch for epoch, _ in trained(seen, 5)] == [0, 16, 32, 48, 64, 80, 96, 106]  # counted over several trainings


def test_what_cannot_be_remembered() -> None:
    with pytest.raises(TypeError, match="Snapshots remembers a network, such as a module of nn, not 3"):
        viz.Snapshots(3)
    for options in ({"at": [-1]}, {"at": [0.5]}, {"most": 0}):
        with pytest.raises(ValueError, match="at is a list of epochs from 0, and most at least 1"):
            viz.Snapshots(line(), **options)


def test_curves_of_several_epochs() -> None:
    pytest.importorskip("matplotlib")
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    ax = viz.plot_fit(trained(viz.Snapshots(line(), at=(0, 3)), 3), XS, YS)
    assert [text.get_text().partition(":")[0] for text in ax.get_legend().get_texts()] == ["training", "epoch 0", "epoch 3"]
    assert ax.get_legend().get_texts()[1].get_text() == "epoch 0: training 5.83"  # 35 / 6
    plt.close("all")
