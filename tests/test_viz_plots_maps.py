"""Numbers in rows as maps: heat maps, attention, softmax, embeddings."""

from __future__ import annotations

import math

import pytest

import nn
import viz
from autograd import Value, softmax

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")

pytestmark = pytest.mark.usefixtures("closed_figures")


def cells(ax):
    """The numbers of a map; None where there is none."""
    return ax.images[0].get_array().tolist()


def names(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def leaves():
    return [[Value(0.5), Value(-1.0)], [Value(0.0), Value(2.0)]]


@pytest.mark.parametrize("given", [
    leaves(), [[0.5, -1], [0, 2.0]], np.array([[0.5, -1.0], [0.0, 2.0]]), np.array(leaves()), (leaves()[0], [0.0, Value(2.0)]),
])  # fmt: skip
def test_a_heat_map_shows_values_numbers_and_arrays_alike(given) -> None:
    ax = viz.plot_heatmap(given, rows=["上", "下"], columns=["x", "y"])
    assert cells(ax) == [[0.5, -1.0], [0.0, 2.0]]
    assert ax.images[0].get_clim() == (-2.0, 2.0)
    assert (names(ax.yaxis), names(ax.xaxis)) == (["上", "下"], ["x", "y"])
    assert [text.get_text() for text in ax.texts] == ["0.5", "−1.0", "0.0", "2.0"]


def test_signs_have_colours_of_their_own_and_zero_is_the_ground() -> None:
    ax = viz.plot_heatmap(leaves())
    plus, minus, nothing = (ax.images[0].to_rgba(np.array([[x]]))[0, 0] for x in (2.0, -2.0, 0.0))
    assert plus[2] > plus[0]
    assert minus[0] > minus[2]
    assert tuple(nothing[:3]) == pytest.approx((1, 1, 1), abs=0.02)


def test_a_heat_map_of_gradients_and_of_what_an_update_changed() -> None:
    w = leaves()
    (w[0][0] * 3 + w[0][1] * w[1][1] + w[1][0] * 0).backward()
    assert cells(viz.plot_heatmap(w, "grad")) == [[3.0, 2.0], [0.0, -1.0]]
    before = [[v.data for v in row] for row in w]
    nn.SGD([v for row in w for v in row], lr=0.5).step()
    ax = viz.plot_heatmap(w, "change", before=before, lang="ja")
    assert cells(ax) == [[-1.5, -1.0], [0.0, 0.5]]
    assert [each.get_ylabel() for each in ax.figure.axes] == ["行", "変化"]


def test_what_is_not_finite_has_a_colour_of_its_own_and_does_not_count() -> None:
    ax = viz.plot_heatmap([[1.0, math.nan], [-math.inf, 0.25]])
    assert cells(ax) == [[1.0, None], [None, 0.25]]
    assert ax.images[0].get_clim() == (-1.0, 1.0)
    assert tuple(ax.images[0].cmap.get_bad()[:3]) == pytest.approx((0xA8 / 255, 0x32 / 255, 0x6E / 255))


def test_one_row_will_do_and_many_cells_have_no_numbers() -> None:
    assert cells(viz.plot_heatmap([Value(1.0), 2.0])) == [[1.0, 2.0]]
    assert not viz.plot_heatmap(np.ones((9, 9))).texts


def test_numbers_stay_inside_their_cells_or_are_left_out() -> None:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(10.4, 2.6), layout="constrained")
    for ax in axes:
        viz.plot_heatmap(np.full((4, 6), -0.024), ax=ax)
    figure.draw_without_rendering()
    for ax in axes:
        (left, _), (right, _) = ax.transData.transform([(0, 0), (1, 0)])
        assert {text.get_text() for text in ax.texts} == {"−0.024"}
        assert max(text.get_window_extent().width for text in ax.texts) < right - left
    assert not viz.plot_heatmap(np.full((2, 40), 0.5)).texts


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: viz.plot_heatmap([[1.0], [1.0, 2.0]]), ValueError, r"plot_heatmap: a table has rows of numbers, as many in each"),
    (lambda: viz.plot_heatmap([[[1.0]]]), ValueError, "or are nested deeper"),
    (lambda: viz.plot_heatmap([]), ValueError, "a table has rows of numbers"),
    (lambda: viz.plot_heatmap(leaves(), "grad"), ValueError, "has no gradient yet; call backward"),
    (lambda: viz.plot_heatmap([[1.0]], "grad"), TypeError, "1.0 is a float, and no Value, of which it could be told"),
    (lambda: viz.plot_heatmap([["a"]]), TypeError, "'a' is a str, not a real number"),
    (lambda: viz.plot_heatmap([[1.0]], "change"), ValueError, r"needs before= of the shape \(1, 1\)"),
    (lambda: viz.plot_heatmap([[1.0]], before=[[1.0]]), TypeError, "^plot_heatmap: before: the numbers that show='change'"),
    (lambda: viz.plot_heatmap([[1.0]], "size"), ValueError, "show is 'data', 'grad', 'change', not 'size'"),
    (lambda: viz.plot_heatmap([[1.0]], rows=["a", "b"]), ValueError, "plot_heatmap: 2 names for 1 rows"),
    (lambda: viz.plot_attention([[1.0], [0.5, 0.5]], ["a"]), ValueError, r"1 tokens, 1 keys, and rows of \[1, 2\] weights"),
    (lambda: viz.plot_attention([], []), ValueError, "there are no weights"),
    (lambda: viz.plot_softmax([1.0]), ValueError, "1 scores, 1 names"),
    (lambda: viz.plot_softmax([1.0, 2.0], target=2), ValueError, "target=2"),
    (lambda: viz.plot_softmax([1.0, math.nan]), ValueError, "give two finite scores or more"),
    (lambda: viz.plot_embedding([[1.0, 2.0]], ["a", "b"]), ValueError, "1 rows of 2 numbers, 2 tokens"),
    (lambda: viz.plot_embedding([[1.0]], ["a"]), ValueError, "give each row of two finite numbers or more its token"),
])  # fmt: skip
def test_what_does_not_fit_is_told(call, error, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_attention_is_a_map_for_each_head_with_the_tokens_at_its_sides() -> None:
    tokens = ["猫", "は", "寝る"]
    heads = [[[1.0], [0.25, 0.75], [0.0, 0.5, 0.5]], [softmax([Value(0.0)] * (k + 1)) for k in range(3)]]
    axes = viz.plot_attention(heads, tokens, lang="ja")
    assert [ax.get_title() for ax in axes] == ["ヘッド 0", "ヘッド 1"]
    assert cells(axes[0]) == [[1.0, None, None], [0.25, 0.75, None], [0.0, 0.5, 0.5]]
    assert cells(axes[1])[2] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert all(names(side) == tokens for ax in axes for side in (ax.xaxis, ax.yaxis))
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("キー", "クエリ")
    assert not [family for ax in axes for text in ax.get_xticklabels() for family in text.get_fontfamily() if not family]


def test_the_weights_of_a_layer_are_shown_as_they_are() -> None:
    layer = nn.Attention(4, heads=2, seed=1)
    axes = viz.plot_attention(layer.weights([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]), "ab")
    assert len(axes) == 2
    assert cells(axes[0])[1] == pytest.approx([0.384, 0.616], abs=5e-4)


def test_attention_to_another_sequence_has_its_tokens_below() -> None:
    (ax,) = viz.plot_attention(np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]), ["the", "cat"], ["le", "chat", "."])
    assert (names(ax.yaxis), names(ax.xaxis)) == (["the", "cat"], ["le", "chat", "."])
    assert ax.get_title() == ""


def test_bars_are_the_probabilities_of_logits_and_probabilities_as_they_are() -> None:
    expected = [math.exp(z) / (math.exp(2) + math.exp(1) + math.exp(-1)) for z in (2, 1, -1)]
    ax = viz.plot_softmax([Value(2.0), 1, -1.0], ["猫", "犬", "魚"], target=1)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx(expected, rel=1e-15)
    assert names(ax.xaxis) == ["猫", "犬", "魚"]
    best, target, other = (bar.get_facecolor() for bar in ax.patches)
    assert best[0] > best[2]
    assert target[2] > target[0]
    assert other not in (best, target)
    assert [text.get_text() for text in ax.texts] == ["0.71", "0.26", "0.035"]
    assert [bar.get_height() for bar in viz.plot_softmax([0.25, 0.75]).patches] == [0.25, 0.75]


def test_of_many_scores_the_greatest_are_shown_and_the_target() -> None:
    ax = viz.plot_softmax([float(k) for k in range(27)], list("abcdefghijklmnopqrstuvwxyz."), target=0, most=3)
    assert names(ax.xaxis) == [".", "z", "a"]
    assert [text.get_text() for text in ax.texts] == ["0.63", "0.23", "<0.001"]


def test_rows_of_two_numbers_are_points_as_they_are() -> None:
    ax = viz.plot_embedding([[Value(1.0), 2.0], [0.5, -1.0]], ["りんご", "みかん"])
    assert [text.get_text() for text in ax.texts] == ["りんご", "みかん"]
    assert ax.lines[0].get_xydata().tolist() == [[1.0, 2.0], [0.5, -1.0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("dimension 0", "dimension 1")


def test_longer_rows_are_shown_by_their_principal_components() -> None:
    """Points of a rectangle with sides 4 and 2 that lies askew in space: its axes, and 16 and 4 parts of the variance."""
    long, short = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
    rows = [5 + 2 * a * long + b * short for a in (-1, 1) for b in (-1, 1)]
    ax = viz.plot_embedding(rows, "abcd", groups=["left", "left", "right", "right"], lang="ja")
    found = np.concatenate([line.get_xydata() for line in ax.lines])
    assert found == pytest.approx(np.array([[-2, -1], [-2, 1], [2, -1], [2, 1]]), abs=1e-12)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("第 1 主成分 (分散の 80 %)", "第 2 主成分 (分散の 20 %)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left", "right"]
