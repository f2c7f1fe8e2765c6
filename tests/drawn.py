"""What stands in the Axes of a plot."""

from __future__ import annotations


def curves_of(ax):
    """The curves by their labels."""
    return {line.get_label(): line for line in ax.lines if line.get_gid() == "curve"}


def legend_of(ax):
    """The lines of the legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]
