"""What a notebook shows of a Value or a network: a picture, or text where that is too large or cannot be made."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from html import escape

from autograd.value import Value, members
from viz.drawing import drawing, drawing_of_network
from viz.formats import warn_caller
from viz.network_look import NetworkLook
from viz.outline import Outline, outline, wanted
from viz.shapes import LayoutError, Look, TooLargeError, is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from viz.shapes import Network

SHOWN, FOLDED = 100, 100_000
"""A notebook shows a graph of up to so many Values as its picture, of up to so many as its folded one."""
SHOWN_BYTES = 1_000_000
"""A notebook shows a picture of up to so many characters."""


def display(
    v: Value | Network,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    *,
    text: str | None = None,
    **options: Any,
) -> dict[str, str]:
    """What a notebook shows of a Value or a network: its picture, folded if it is large, else text. It never raises.

    `text` is what else stands for the Value than its repr; the options are those of `draw`.
    """
    short = repr(v) if text is None else text
    try:
        if is_network(v):
            svg = drawing_of_network(v, NetworkLook(**options)).svg
            pictured = {"image/svg+xml": svg} if len(svg) <= SHOWN_BYTES else {}
            return wanted({**pictured, "text/plain": short}, include, exclude)
        look, many = Look(**options), len(members(v))
        if many > SHOWN and look.max_boxes == "auto":
            look = replace(look, max_boxes=SHOWN)
        try:
            svg = drawing(v, look).svg if many <= FOLDED else ""
        except (LayoutError, TooLargeError) as error:
            with contextlib.suppress(Warning):  # where warnings are errors
                warn_caller(f"the graph is shown as text: {error}")
            svg = ""
        if 0 < len(svg) <= SHOWN_BYTES:
            return wanted({"image/svg+xml": svg, "text/plain": short}, include, exclude)
        table = outline(v, "tape" if many > SHOWN else "tree", lang=look.lang) if text is None else None
        return wanted(_told(short, table), include, exclude)
    except Exception:  # noqa: BLE001  (a notebook that cannot draw still shows the number)
        return {"text/plain": short}


def _told(short: str, table: Outline | None) -> dict[str, str]:
    """A line, and under it a table if there is one."""
    if table is None:
        return {"text/plain": short}
    line = f'<pre style="font-family:monospace">{escape(short)}</pre>'
    return {"text/html": line + table.table.html(), "text/plain": f"{short}\n{table}"}
