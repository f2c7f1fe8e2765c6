"""Pictures of computation graphs: forward values and gradients, as SVG, as DOT and as text.

>>> from autograd.value import Value
>>> price, count = Value(100.0, label="price"), Value(2.0, label="count")
>>> total = price * count
>>> total.backward()
>>> print(text(total))
          data  grad    ∂
×          200     1
├─ price   100     2    2
└─ count     2   100  100

Importing this package lets a notebook show a Value as its picture.
"""

from __future__ import annotations

from autograd.value import Value, show_with
from viz.digraph import draw_dot
from viz.drawing import TEXTS, Drawing, display, draw, known_suffix, written
from viz.explanation import Explanation, explain
from viz.outline import outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Any

__all__ = ["Drawing", "Explanation", "draw", "draw_dot", "explain", "save", "svg", "text"]

show_with(display)


def svg(v: Value, style: str = "textbook", **options: Any) -> str:
    """The picture of a Value as SVG; the options are those of `draw`."""
    return draw(v, style, **options).svg


def text(v: Value, kind: str = "tree", *, names: Mapping[str, object] | None = None) -> str:
    """The graph of a Value as a table: a tree from the result to the leaves, or a ``"tape"`` in evaluation order.

    It is a plain `str`; printed on a terminal it has colours and is cut to its width.
    """
    return outline(v, kind, names=names)


def save(v: Value, path: str | PathLike[str], style: str = "textbook", **options: Any) -> None:
    """Draw a Value into a file: .svg, .dot, .txt, .png or .pdf; the options are those of `draw`.

    DOT and text are written whole, however large the graph is, and without Graphviz.
    """
    from pathlib import Path

    suffix = known_suffix(Path(path).suffix)
    if suffix in TEXTS:
        Path(path).write_bytes(written(v, suffix, style, **options))
        return
    draw(v, style, **options).save(path)
