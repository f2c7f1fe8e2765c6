"""How plots look: axes, colours that are told apart, fonts that have what is written."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from functools import cache, wraps

from autograd.errors import not_installed
from viz.shapes import refuse_pixels
from viz.words import NO_JAPANESE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")
    Axes = Any

#          blue       orange     green      purple     pink       grey
ON_LIGHT = "#0b5cad", "#b54000", "#1a7f37", "#7232b8", "#a8326e", "#59636e"
ON_DARK = "#79b8ff", "#ffa657", "#56d364", "#cfa6ff", "#ff9bce", "#9aa4af"
GROUNDS = {"light": ("#ffffff", "#1f2328"), "dark": ("#0d1117", "#e6edf3")}
"""The ground of a theme, and what is written on it."""
DPI = 100
"""So many pixels of a new figure are an inch, as matplotlib has it unless it is told otherwise."""
DASHES = "-", "--", ":", "-."
MARKERS = "o", "s", "^", "D", "v", "P", "X"
JAPANESE_FONTS = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "Hiragino Sans", "Hiragino Maru Gothic Pro", "Yu Gothic", "Meiryo",
    "IPAexGothic", "IPAGothic", "TakaoPGothic", "VL PGothic", "BIZ UDGothic", "MS Gothic",
)  # fmt: skip
"""Those with Japanese glyphs that systems come with."""


def whole(plot: Callable[P, R]) -> Callable[P, R]:
    """Let a plot that raises leave no figure of its own, which a notebook would show empty under the error."""

    @wraps(plot)
    def whole_or_none(*args: P.args, **options: P.kwargs) -> R:
        before = _open_figures()
        try:
            return plot(*args, **options)
        except BaseException:
            for number in _open_figures() - before:
                pyplot().close(number)
            raise

    return whole_or_none


def _open_figures() -> set[int]:
    plt = sys.modules.get("matplotlib.pyplot")
    return set() if plt is None else set(plt.get_fignums())


def axes_of(ax: Axes) -> Axes:
    """The given axes, or those of a new figure."""
    if ax is not None:
        write_on()
        return ax
    return pyplot().subplots(figsize=(6.4, 4.2), layout="constrained")[1]


def beside_each_other(ax: Any, count: int, what: str, *, columns: int | None = None, size: tuple[float, float] = (3.4, 3.4),
                      **options: Any) -> list[Axes]:  # fmt: skip
    """So many axes, given or of a new figure, in rows of so many `columns`, each of a `size` in inches.

    `ValueError` says that `what` takes another number of them, or too much; the options are those of ``Figure.subplots``.
    """
    if ax is not None:
        given = list(getattr(ax, "flat", ax)) if hasattr(ax, "__len__") else [ax]
        if len(given) != count:
            message = f"{what} draws into {count} axes: give ax= a list of {count}, not of {len(given)}"
            raise ValueError(message)
        write_on()
        return given
    across = columns or count
    rows = -(-count // across)
    figsize = (size[0] * across, size[1] * rows)
    refuse_pixels(DPI * figsize[0], DPI * figsize[1], f"give {what} fewer to draw")
    _, grid = pyplot().subplots(rows, across, figsize=figsize, layout="constrained", squeeze=False, **options)
    for empty in grid.flat[count:]:
        empty.axis("off")
    return list(grid.flat[:count])


def ground_and_ink(theme: str) -> tuple[str, str]:
    """The colours of a theme. `ValueError` for another one than light and dark."""
    if theme not in GROUNDS:
        message = f"theme is {' or '.join(GROUNDS)}, not {theme!r}"
        raise ValueError(message)
    return GROUNDS[theme]


def themed(theme: str) -> Any:
    """A context in which new figures are light, or dark. `ValueError` for another theme; `ModuleNotFoundError` as of `pyplot`."""
    try:
        from matplotlib import rc_context
    except ModuleNotFoundError:
        what = "a plot"
        raise not_installed(what, "matplotlib") from None
    ground, written = ground_and_ink(theme)
    grounds = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), ground)
    inks = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), written)
    return rc_context({**grounds, **inks})


def pyplot() -> Any:
    """matplotlib, set up. `ModuleNotFoundError` names it."""
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError:
        what = "a plot"
        raise not_installed(what, "matplotlib") from None
    write_on()
    return plt


def is_dark(ax: Axes) -> bool:
    """Whether the background is dark: by its relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    from matplotlib.colors import to_rgba

    *background, alpha = to_rgba(ax.get_facecolor())
    if alpha == 0:
        background = list(to_rgba(ax.figure.get_facecolor())[:3])
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18


def palette(ax: Axes) -> Sequence[str]:
    """The colours that are told apart on this background."""
    return ON_DARK if is_dark(ax) else ON_LIGHT


def ink(ax: Axes) -> str:
    """The colour of what is written."""
    return GROUNDS["dark" if is_dark(ax) else "light"][1]


def muted(ax: Axes) -> str:
    """The colour of what stands back."""
    return palette(ax)[5]


def paper(ax: Axes) -> str:
    """The colour of the ground."""
    return GROUNDS["dark" if is_dark(ax) else "light"][0]


def curve_line(ax: Axes, x: Any, y: Any, name: str, order: int = 0, marker: str | None = None) -> Any:
    """A curve in the next colour of these axes."""
    drawn = sum(line.get_gid() == "curve" for line in ax.lines)
    colour, style = palette(ax)[drawn % 5], DASHES[order % 4]
    return ax.plot(x, y, style, color=colour, lw=1.8, marker=marker, ms=5, label=name or "_curve", gid="curve", zorder=2.5)[0]


def cross(ax: Axes) -> None:
    """The axes through 0, once."""
    if not any(line.get_gid() == "zero" for line in ax.lines):
        for line in (ax.axhline, ax.axvline):
            line(0, color=muted(ax), lw=0.7, alpha=0.6, zorder=1, gid="zero", label="_zero")


def finish(ax: Axes, *, xlabel: str, ylabel: str = "", legend: bool, plane: bool = False, below: int = 0) -> None:
    """Labels, grid and legend; what somebody has written stays. A `plane` is full: no grid, and a box under the legend."""
    if not ax.get_xlabel():
        ax.set_xlabel(xlabel)
    if not ax.get_ylabel():
        ax.set_ylabel(ylabel)
    if not plane:
        ax.grid(visible=True, color=muted(ax), alpha=0.2, lw=0.6)
        ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    texts = [ax.xaxis.label, ax.yaxis.label, ax.title, *ax.texts, *ax.figure.texts]
    if legend and ax.get_legend_handles_labels()[1]:
        texts += _legend(ax, framed=plane, below=below)
    for text in texts:
        in_font(text)


def _legend(ax: Axes, *, framed: bool, below: int) -> list[Any]:
    """Write a legend; its texts. `below`: in so many columns under the axes, where it hides nothing, if a layout makes room."""
    if not below or ax.figure.get_layout_engine() is None:
        return list(ax.legend(loc="best", frameon=framed, framealpha=0.85, edgecolor="none").get_texts())
    from matplotlib.transforms import offset_copy

    place = offset_copy(ax.transAxes, ax.figure, y=-30.0, units="points")  # under the label of the axis
    where = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "bbox_transform": place}
    return list(ax.legend(**where, ncols=below, frameon=False).get_texts())


def japanese_font() -> str | None:
    """An installed font with Japanese glyphs."""
    return next(filter(_installed, JAPANESE_FONTS), None)


def write_on() -> None:
    """Let what is written later, as by ``ax.annotate`` and ``figure.suptitle``, take glyphs that its font lacks from that one."""
    from matplotlib import rcParams

    families, font = list(rcParams["font.family"]), japanese_font()
    if font and font not in families:
        rcParams["font.family"] = [*families, font]


def in_font(text: Any) -> None:
    """Let a text, now or when it is written anew, take the glyphs that its font lacks from one with Japanese ones."""
    families = list(text.get_fontfamily())
    font = japanese_font()
    if font and font not in families:
        families.append(font)
        text.set_fontfamily(families)
    if not text.get_text().isascii() and not _can_show(families, text.get_text()):
        warnings.warn(NO_JAPANESE, stacklevel=4)


def _can_show(families: Sequence[str], text: str) -> bool:
    """Whether each character has a glyph in one of the fonts."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[family]))) for family in families]
    return all(any(font.get_char_index(ord(c)) for font in fonts) for c in text if not c.isspace())


@cache
def _installed(font: str) -> bool:
    from matplotlib.font_manager import fontManager

    return font in fontManager.get_font_names()
