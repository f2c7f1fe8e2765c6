"""Draws the plots and the motion of the gallery, each by the call that stands under it: ``python docs/pictures/plots.py``.

With ``--look FOLDER`` it draws them there, in light and in dark and 900 pixels wide, to be looked at. What matplotlib and Pillow
write differs from version to version, so no test compares it.
"""

from __future__ import annotations

import argparse
import io
import re
from functools import partial
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from PIL import Image

import viz
from viz.motion import animate
from viz.plots.figure import themed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HERE = Path(__file__).parent
CALLS = re.compile(r"^!\[[^\]]+\]\(pictures/((?:plot|motion)_\w+)\.\w+\)\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = 720


def drawn() -> Iterator[tuple[str, Any]]:
    """Each picture's name, and the figure or the animation that the call under it makes."""
    names: dict[str, Any] = {}
    for name, source in CALLS.findall((HERE.parent / "gallery.md").read_text(encoding="utf-8")):
        exec(compile(source, name, "exec"), names)  # noqa: S102  (the gallery's own calls)
        yield name, names["moving"] if name.startswith("motion") else plt.gcf()
        plt.close("all")


def write(folder: Path, width: int, ending: str = "", colours: int = 64) -> None:
    """Write them all into a folder."""
    for name, made in drawn():
        if isinstance(made, viz.Animation):
            made.save(folder / f"{name}{ending}.gif")
            continue
        file = io.BytesIO()
        made.savefig(file, dpi=width / made.get_size_inches()[0])
        few = Image.open(file).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        few.save(folder / f"{name}{ending}.png", optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the plots of the gallery.")
    parser.add_argument("--look", metavar="FOLDER", type=Path, help="draw them there instead, in light and in dark")
    arguments = parser.parse_args()
    mpl.use("Agg")
    if arguments.look:
        arguments.look.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            viz.animate = partial(animate, theme=theme)
            with themed(theme):
                write(arguments.look, 900, f"_{theme}", 256)
    else:
        write(HERE, WIDTH)
