"""What a notebook shows of a Value, a program or a network: a picture, or text where that is too large or cannot be made.

Beside the picture of a Value or a program stand its formulas. JupyterLab, Notebook and VS Code show of several formats HTML, if
there is one, and LaTeX rather than SVG; so the HTML holds both, the formulas as MathML, and there is LaTeX for those who ask.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from html import escape

from autograd.value import Value, members
from viz.drawing import drawing, drawing_of_network
from viz.formats import warn_caller
from viz.language import say, speaking
from viz.network_look import NetworkLook
from viz.outline import Outline, outline, wanted
from viz.shapes import LayoutError, Look, TooLargeError, is_network, is_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from autograd.numbers.written import Equations
    from autograd.programs.program import Program
    from viz.shapes import Network

SHOWN, FOLDED = 100, 100_000
"""A notebook shows a graph of up to so many Values as its picture, of up to so many as its folded one."""
WRITTEN, WRITTEN_LINES, WRITTEN_LETTERS = 60, 8, 2_000
"""Formulas are shown of up to so many Values; of so many lines, else without the gradient; and so long, as LaTeX."""
SHOWN_BYTES = 1_000_000
"""A notebook shows a picture of up to so many characters."""


def display(
    v: Value | Program | Network,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    *,
    text: str | None = None,
    **options: Any,
) -> dict[str, str]:
    """What a notebook shows of a Value, a program or a network: its picture, folded if it is large, else text. It never raises.

    `text` is what else stands for the Value than its repr, and no formulas; the options are those of `draw`. The formulas alone,
    as "text/latex", are there if they are in `include`.
    """
    short = repr(v) if text is None else text
    try:
        if is_network(v):
            svg = drawing_of_network(v, NetworkLook(**options)).svg
            pictured = {"image/svg+xml": svg} if len(svg) <= SHOWN_BYTES else {}
            return wanted({**pictured, "text/plain": short}, include, exclude)
        look, many = Look(**options), len(v) if is_program(v) else len(members(v))
        if many > SHOWN and look.max_boxes == "auto":
            look = replace(look, max_boxes=SHOWN)
        try:
            svg = drawing(v, look).svg if many <= FOLDED else ""
        except (LayoutError, TooLargeError) as error:
            with contextlib.suppress(Warning):  # where warnings are errors
                warn_caller(f"the graph is shown as text: {error}")
            svg = ""
        if 0 < len(svg) <= SHOWN_BYTES:
            beside = {} if text is not None else _formulas(v, many, svg, look, latex="text/latex" in (include or ()))
            return wanted({**beside, "image/svg+xml": svg, "text/plain": short}, include, exclude)
        table = None if text is not None or is_program(v) else outline(v, "tape" if many > SHOWN else "tree", lang=look.lang)
        return wanted(_told(short, table), include, exclude)
    except Exception:  # noqa: BLE001  (a notebook that cannot draw still shows the number)
        return {"text/plain": short}


def _formulas(v: Value | Program, many: int, svg: str, look: Look, *, latex: bool) -> dict[str, str]:
    """The picture with its formulas below, where there are such: of what is too large it is said that they are left out."""
    with speaking(look.lang):
        if many > WRITTEN:
            left_out = escape(say("formulas are written of up to {:,} values; here are {:,}", WRITTEN, many))
            return {"text/html": f'{svg}<div style="font-size:small;opacity:.7">{left_out}</div>'}
        from viz.mathml import mathml

        found = equations_of(v)
        if found is None:
            return {}
        beside = f'{svg}<div style="overflow-x:auto;width:fit-content;max-width:100%">{mathml(found)}</div>'
        return {"text/html": beside, **({"text/latex": found._repr_latex_()} if latex else {})}


def equations_of(v: Value | Program) -> Equations | None:
    """The formulas of a Value or a program, with its gradient where they are few; None where there are none, or too long ones."""
    from autograd.numbers import equations

    if isinstance(v, Value) and not v.op:
        return None
    for gradient in (True, False):
        with contextlib.suppress(TypeError, ValueError, ArithmeticError):
            found = equations(v, gradient=gradient)
            if len(found.lines) <= WRITTEN_LINES and len(found.latex()) <= WRITTEN_LETTERS:
                return found
    return None


def _told(short: str, table: Outline | None) -> dict[str, str]:
    """A line, and under it a table if there is one."""
    if table is None:
        return {"text/plain": short}
    line = f'<pre style="font-family:monospace">{escape(short)}</pre>'
    return {"text/html": line + table.table.html(), "text/plain": f"{short}\n{table}"}
