"""Images in, what a network makes of them out."""

from __future__ import annotations

import math

import pytest

import nn
import viz

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")

pytestmark = pytest.mark.usefixtures("closed_figures")

IMAGES = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]]


def logits(x):
    return [x[0] + x[1], x[2] + x[3]]


def test_misread_images_come_first_with_the_probabilities_of_all_classes() -> None:
    axes = viz.plot_predictions(logits, IMAGES, [0, 1, 1, 0], names=["upper", "lower"], count=4)
    above, below = axes[:4], axes[4:]
    titles = [ax.get_title() for ax in above]
    assert titles == ["upper read as lower", "lower read as upper", "upper", "lower"]  # the surest mistake first
    assert [ax.images[0].get_array().ravel().tolist() for ax in above] == [IMAGES[3], IMAGES[1], IMAGES[0], IMAGES[2]]
    sure, less = 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(-1))
    heights = [[bar.get_height() for bar in ax.patches] for ax in below]
    assert heights == [pytest.approx(pair) for pair in ([1 - sure, sure], [less, 1 - less], [less, 1 - less], [1 - less, less])]
    assert [tick.get_text() for tick in below[0].get_xticklabels()] == ["upper", "lower"]
    assert below[0].get_ylim() == (0.0, 1.0)
    colours = [[bar.get_facecolor() for bar in ax.patches] for ax in below]
    assert colours[0] == colours[1][::-1]  # what is right, and what it was read as
    assert colours[2][0] == colours[0][0] != colours[0][1] != colours[2][1]


def test_probabilities_are_taken_as_they_are() -> None:
    model = nn.MLP(4, [2], output="softmax", init=[0, 0, 0, 0, math.log(3), 0, 0, 0, 0, 0])
    axes = viz.plot_predictions(model, IMAGES, [0, 0, 0, 0], count=2)
    assert [bar.get_height() for bar in axes[2].patches] == pytest.approx([0.75, 0.25], rel=1e-14)
    assert [ax.get_title() for ax in axes[:2]] == ["0", "0"]


def test_a_classifier_that_errs_always_fills_all_places() -> None:
    assert len(viz.plot_predictions(logits, IMAGES, [1, 1, 0, 0], count=3)) == 6


@pytest.mark.parametrize(("f", "xs", "classes", "options", "message"), [
    (logits, IMAGES, [0, 1], {}, r"4 images, classes of shape \(2,\), 2 scores each, 2 names; give each image its class"),
    (logits, IMAGES, [0, 1, 2, 0], {}, "give each image its class"),
    (logits, IMAGES, [0, 1, 1, 0], {"names": ["a"]}, "1 names"),
    (logits, IMAGES, [0, 1, 1, 0], {"image": (1, 3)}, r"4 images of 4 points; give images, and image=\(rows, columns\)"),
    (logits, IMAGES, [0, 1, 1, 0], {"count": 0}, "count=0 leaves no image to draw"),
    (lambda x: x[0], IMAGES, [0, 1, 1, 0], {}, r"the classifier gives \(4,\), not a finite score for each class"),
    (logits, [], [], {}, "0 images of 0 points"),
])  # fmt: skip
def test_wrong_images(f, xs, classes, options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_predictions(f, xs, classes, **options)


def test_an_autoencoder_shows_input_code_output_and_error() -> None:
    encoder = nn.Layer(4, 2, "identity", init=[1, 0, 0, 0, 0, 0, 0, 0, -1, 0])
    decoder = nn.Layer(2, 4, "identity", init=[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0])
    axes = viz.plot_reconstructions(encoder, decoder, IMAGES, count=3)
    inputs, codes, outputs = axes[:3], axes[3:6], axes[6:]
    assert [ax.images[0].get_array().ravel().tolist() for ax in inputs] == IMAGES[:3]
    assert [[bar.get_height() for bar in ax.patches] for ax in codes] == [[1, 0], [0, 0], [0, 0]]
    assert [ax.images[0].get_array().ravel().tolist() for ax in outputs] == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert [ax.get_xlabel() for ax in outputs] == ["0", "0.5", "0.5"]
    assert [ax.get_ylabel() for ax in axes[::3]] == ["input", "code", "output"]
    axes = viz.plot_reconstructions(lambda x: [*x, *x, *x, *x, *x], lambda h: h[:4], IMAGES, image=(1, 4), count=1)
    assert axes[1].images[0].get_array().shape == (1, 20)
    assert axes[0].images[0].get_array().shape == (1, 4)
    with pytest.raises(ValueError, match="the decoder makes 2 numbers of a code, the images have 4"):
        viz.plot_reconstructions(encoder, lambda h: h, IMAGES)
    with pytest.raises(ValueError, match="count=0 of 4 images leaves none"):
        viz.plot_reconstructions(encoder, decoder, IMAGES, count=0)


def test_of_equal_mistakes_one_is_shown_after_all_others() -> None:
    images = [[2, 0, 0, 0], [3, 0, 0, 0], [0, 0, 2, 0], [4, 0, 0, 0], [0, 0, 0, 0]]
    axes = viz.plot_predictions(logits, images, [1, 1, 0, 1, 0], count=5)
    assert [ax.images[0].get_array().ravel().tolist() for ax in axes[:5]] == [images[k] for k in (3, 2, 1, 0, 4)]
