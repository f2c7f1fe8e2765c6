"""Plots one after the other, as files that others can read."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import tracemalloc
from base64 import b64decode

import pytest

import nn
import viz
from autograd.value import Value

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")
Image = pytest.importorskip("PIL.Image")

pytestmark = pytest.mark.usefixtures("closed_figures")

SMALL = (200, 120)


def climbing(k, ax):
    ax.plot([0, 1], [0, k])
    ax.set_ylim(0, 10)


def opened(animation, suffix):
    return Image.open(io.BytesIO(animation.encoded(suffix)))


def pictures(animation, suffix):
    """What a reader of the file sees, frame by frame."""
    file = opened(animation, suffix)
    found = []
    for k in range(file.n_frames):
        file.seek(k)
        found.append(np.asarray(file.convert("RGB")))
    return found


def test_one_frame_for_each() -> None:
    seen = []
    moving = viz.animate(3, lambda k, ax: (seen.append(k), climbing(k, ax)), size=SMALL, seconds=0.2, hold=1.0)
    assert (seen, len(moving), moving.durations) == ([0, 1, 2], 3, [200, 200, 1200])
    drawn = [np.asarray(Image.open(io.BytesIO(frame)).convert("RGB")) for frame in moving.frames]
    assert {frame.shape for frame in drawn} == {(120, 200, 3)}
    assert not np.array_equal(drawn[0], drawn[1])
    for file, exact in ((pictures(moving, ".apng"), True), (pictures(moving, ".gif"), False)):
        assert len(file) == 3
        for frame, wanted in zip(file, drawn):
            apart = np.abs(frame.astype(int) - wanted)
            assert (apart.max() == 0) if exact else (apart.mean() < 2)
            assert frame[0, 0].tolist() == [255, 255, 255]  # the ground is as it is drawn, in a GIF too
    assert repr(moving) == "<Animation: 3 frames, 1.6 s; save('motion.gif') or save('motion.png') writes it>"


def test_files_play_as_long_as_told_and_again_and_again() -> None:
    moving = viz.animate(3, climbing, size=SMALL, seconds=0.2, hold=0.3)
    for suffix, once in ((".gif", None), (".png", 1)):
        file = opened(moving, suffix)
        times = []
        for k in range(3):
            file.seek(k)
            times.append(file.info["duration"])
        assert times == [200, 200, 500]
        assert file.info["loop"] == 0
        assert opened(viz.animate(2, climbing, size=SMALL, loop=False), suffix).info.get("loop") == once
    chunks = moving.encoded(".png")
    place = chunks.index(b"acTL")
    assert struct.unpack(">II", chunks[place + 4 : place + 12]) == (3, 0)  # as the PNG specification has it: frames, plays


def test_axes_stay_where_they_are_and_begin_empty() -> None:
    places, lines = [], []

    def show(k, ax):
        lines.append(len(ax.lines))
        ax.plot([0, 1], [0, 10**k])
        places.append(ax)

    viz.animate(4, show, size=SMALL)
    assert lines == [0, 0, 0, 0]
    assert len(set(places)) == 1
    boxes = []
    viz.animate(4, lambda k, ax: (boxes.append(ax.get_position().bounds), ax.plot([0, 1], [0, 10.0**k])), size=SMALL)
    assert boxes[1] == boxes[2] == boxes[3]


def test_a_training_is_shown_as_it_was() -> None:
    model = nn.Neuron(1, "identity", init=[0.0, 0.0])
    seen = viz.Snapshots(model, at=(0, 2, 5))
    steps = nn.SGD(model.parameters(), 0.5)
    nn.fit(model, [0.0, 1.0], [1.0, 3.0], loss=nn.squared_error, optimizer=steps, epochs=5, callbacks=[seen])
    shown, axes = [], []

    def show(then, ax):
        shown.append([p.data for p in then.parameters()])
        axes.append(ax)
        viz.plot_fit(then, [0.0, 1.0], [1.0, 3.0], ax=ax)

    moving = viz.animate(seen, show, size=(320, 240))
    assert shown == [[p.data for p in then.parameters()] for _, then in seen]
    assert shown[0] == [0.0, 0.0]
    assert (len(moving), axes[-1].get_title()) == (3, "epoch 5")
    viz.animate(seen, lambda then, ax: (axes.append(ax), viz.plot_losses([1.0, 2.0], ax=ax)), size=SMALL, lang="ja")
    assert (axes[-1].get_title(), axes[-1].get_ylabel()) == ("エポック 5", "損失")
    viz.animate(seen, lambda then, ax: (axes.append(ax), ax.set_title("mine")), size=SMALL)
    assert axes[-1].get_title() == "mine"


def test_several_axes_and_both_themes() -> None:
    given = []
    dark = viz.animate([1.5, 2.5], lambda x, axes: given.append((x, len(axes))), columns=2, theme="dark", size=SMALL)
    assert given == [(1.5, 2), (2.5, 2)]
    assert np.asarray(Image.open(io.BytesIO(dark.frames[0])).convert("RGB"))[0, 0].tolist() == [0x0D, 0x11, 0x17]
    with pytest.raises(ValueError, match="theme is light or dark, not 'auto'"):
        viz.animate(1, climbing, theme="auto")


def test_the_same_frames_give_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, viz\n"
        "moving = viz.animate(3, lambda k, ax: ax.plot([0, 1], [0, k], label='y') and ax.legend(), size=(200, 120))\n"
        "print([hashlib.sha256(moving.encoded(suffix)).hexdigest() for suffix in ('.gif', '.png')])\n"
    )
    told = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(told) == 1


def price():
    apple, count = Value(100.0, label="apple"), Value(2.0, label="count")
    return apple * count * 1.1


def test_the_steps_of_a_graph_are_those_of_its_page() -> None:
    pytest.importorskip("resvg_py")
    y = price()
    moving = viz.animate(y, width=500, hold=0)
    assert (len(moving), set(moving.durations)) == (7, {1500})  # leaves, two operations, the seed, three gradients
    drawn = pictures(moving, ".png")
    for k in (0, 3, 6):
        step = Image.open(io.BytesIO(viz.draw(y, at_step=k, theme="light", width=500).encoded(".png"))).convert("RGBA")
        wanted = Image.alpha_composite(Image.new("RGBA", step.size, "white"), step).convert("RGB")
        assert np.array_equal(drawn[k], np.asarray(wanted))
    assert {frame.shape[1] for frame in drawn} == {500}
    assert drawn[0][0, 0].tolist() == [255, 255, 255]  # no corner is left open
    assert (y.grad, y.parents[0].grad) == (0.0, 0.0)
    dark = viz.animate(y, theme="dark", lang="ja", seconds=0.5)
    assert pictures(dark, ".png")[0][0, 0].tolist() == [0x0D, 0x11, 0x17]
    assert dark.durations[:2] == [500, 500]
    assert dark.frames == viz.animate(y, theme="dark", lang="ja").frames != viz.animate(y, theme="dark").frames


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"show": climbing}, TypeError, "animate: show=<function climbing"),
    ({"size": (300, 200)}, TypeError, "size=(300, 200): plots take show, size, columns; a Value takes the options of viz.draw"),
    ({"columns": 2}, TypeError, "animate: columns=2: plots take"),
    ({"theme": "auto"}, ValueError, "theme is light or dark, not 'auto'"),
    ({"pixels": 3}, TypeError, "animate"),
    ({"transparent": True}, TypeError, "transparent: an animation has a ground"),
    ({"width": 60000}, ValueError, "7 frames of 60,000 x"),
])  # fmt: skip
def test_what_no_graph_in_motion_takes(options, error, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    monkeypatch.setattr("viz.motion.png", None)  # nothing is made
    with pytest.raises(error, match=re.escape(message)):
        viz.animate(price(), **options)


def test_files_and_notebooks(tmp_path) -> None:
    moving = viz.animate(2, climbing, size=SMALL)
    for name, begin in (("a.gif", b"GIF89a"), ("a.png", b"\x89PNG"), ("a.APNG", b"\x89PNG")):
        moving.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)
    bundle = moving._repr_mimebundle_()
    assert b64decode(bundle["image/png"]) == moving.encoded(".png")
    assert bundle["text/plain"] == repr(moving)
    assert list(moving._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    with pytest.raises(ValueError, match=r"an animation is saved as one of \.gif, \.png, \.apng, not as '\.mp4'"):
        moving.save(tmp_path / "a.mp4")


def test_frames_are_kept_small() -> None:
    moving = viz.animate(2, climbing)  # what is imported is
    tracemalloc.start()
    moving = viz.animate(20, climbing)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(moving) == 20
    assert held < 20 * 640 * 420  # less than a byte a pixel
    assert peak < 20 * 640 * 420 * 2


def test_a_figure_that_is_open_elsewhere_is_left_alone() -> None:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots()
    viz.animate(2, climbing, size=SMALL)
    assert plt.get_fignums() == [ax.figure.number]
    assert plt.gca() is ax
    assert plt.rcParams["figure.facecolor"] == "white"


@pytest.mark.parametrize(("frames", "show", "options", "error", "message"), [
    (0, climbing, {}, ValueError, "there are no frames"),
    ([], climbing, {}, ValueError, "there are no frames"),
    (3, None, {}, TypeError, "show is a function of a frame and axes, not None; without it, steps are those of one Value"),
    (3, climbing, {"heat": True}, TypeError, "animate: heat=True: plots take show, size, columns"),
    (3, climbing, {"seconds": 0}, ValueError, "seconds=0, size=None and columns=1 are positive"),
    (3, climbing, {"size": (0, 9)}, ValueError, "are positive"),
    (9, climbing, {"size": (20000, 1000)}, ValueError, "9 frames of 20,000 x 1,000 pixels are more than the 80,000,000"),
    (iter(range(9)), climbing, {"size": (20000, 1000)}, ValueError, "5 frames of 20,000 x 1,000 pixels are more than"),
    (10**12, climbing, {}, ValueError, "1,000,000,000,000 frames of 640 x 420 pixels are more than"),
])  # fmt: skip
def test_what_cannot_be_animated(frames, show, options, error, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "size" in options and not isinstance(frames, int):
        monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.draw", lambda canvas: None)
        monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.print_png", lambda canvas, file, **options: None)
    with pytest.raises(error, match=re.escape(message)):
        viz.animate(frames, show, **options)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ModuleNotFoundError, match="an animation needs the package pillow: pip install pillow"):
        viz.animate(1, climbing)
