"""From SVG to PNG and PDF, by packages that are extras, and a font that has what is written."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import warnings

from autograd.errors import not_installed
from viz.canvas import JAPANESE
from viz.shapes import refuse_pixels
from viz.words import NO_JAPANESE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ZOOM = 2.0
"""So many pixels of a PNG are one of a picture."""
LONGEST = 14_400
"""Of a page in PDF, in points: readers show no longer side (ISO 32000-1, annex C)."""


def size_of(svg: str) -> tuple[float, float]:
    """The width and the height that a picture says of itself.

    >>> size_of('<svg xmlns="" width="300" height="1.2e+3">')
    (300.0, 1200.0)
    """
    head = svg[svg.index("<svg") : svg.index(">", svg.index("<svg"))]
    width, height = (float(found) for found in re.findall(r'\s(?:width|height)="([^"a-df-z%]+)', head)[:2])
    return width, height


def png(svg: str, zoom: float = ZOOM) -> bytes:
    """A PNG of a picture, so many times as large. `ModuleNotFoundError` names the package that it needs.

    `ValueError` for more than 80 million pixels: nothing is made then.
    """
    width, height = size_of(svg)
    refuse_pixels(width * zoom, height * zoom, "give a smaller width= or scale=, or save it as .svg")
    render = _extra("resvg_py", ".png").svg_to_bytes
    _japanese_font(svg)
    return bytes(render(svg_string=svg, zoom=zoom))


def pdf(svg: str) -> bytes:
    """A PDF of a picture. `ModuleNotFoundError` names the package that it needs, `OSError` the system's library.

    `ValueError` for a page that is too long, as `png` for a picture of too many pixels.
    """
    width, height = size_of(svg)
    if max(width, height) * 3 / 4 > LONGEST:
        size = f"{width * 3 / 4:,.0f} x {height * 3 / 4:,.0f}"
        message = f"a page in PDF has up to {LONGEST:,} points a side, not {size}: give a smaller width= or scale="
        raise ValueError(message)
    try:
        convert = _extra("cairosvg", ".pdf").svg2pdf
    except OSError:
        message = "saving as .pdf needs the system's cairo library (Debian: libcairo2, macOS: brew install cairo)"
        raise OSError(message) from None
    font = _japanese_font(svg)  # the converter knows the first font of a list only
    return bytes(convert(bytestring=(svg.replace(JAPANESE, f"'{font}'") if font else svg).encode()))


def warn_caller(message: str) -> None:
    """A warning that points at whoever called this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] in {"viz", "autograd"}:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _extra(module: str, suffix: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        what = f"saving as {suffix}"
        raise not_installed(what, module.replace("_", "-")) from None


def _japanese_font(svg: str) -> str | None:
    """A font for the Japanese in a picture, as far as fontconfig knows; a warning where there is none."""
    command = shutil.which("fc-list")
    if JAPANESE not in svg or not command:
        return None
    listed = subprocess.run([command, ":lang=ja", "family"], capture_output=True, check=False, timeout=20).stdout  # noqa: S603
    fonts = sorted({line.partition(",")[0] for line in listed.decode(errors="replace").splitlines() if "'" not in line})
    if not fonts:
        warn_caller(NO_JAPANESE)
        return None
    plain = [font for font in fonts if "Mono" not in font and ("JP" in font or "Gothic" in font)]
    return (plain or fonts)[0]
