"""The `graphviz.Digraph` that `viz.draw_dot` gives: it is rendered by the commands that place the boxes of all our pictures.

The package graphviz runs the command `dot` and no other, which few have on their path.
"""

from __future__ import annotations

import re
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path

import graphviz

from autograd.files import write_whole
from viz.canvas import JAPANESE
from viz.formats import pdf, png, warn_caller
from viz.graph.layout import answered, find
from viz.shapes import LayoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    File = str | PathLike[str]


SERIF = "'Times New Roman', 'Liberation Serif', 'Noto Serif CJK JP', 'Noto Serif JP', 'DejaVu Serif'"

ROOM = "0.22,0.06"
"""Inches around a text: who shows the picture may have a wider font than the one that was reckoned with."""


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # it has no types
    """A `graphviz.Digraph` that needs no Graphviz on the path, only what `viz.draw` needs.

    >>> made = Digraph("square", edge_attr={"color": "grey"})
    >>> made.edge("x", "y")
    >>> made.pipe("svg", encoding="utf-8").count("<ellipse")
    2
    """

    def pipe(
        self, format: str | None = None, *args: Any, engine: str | None = None, encoding: str | None = None, **options: Any  # noqa: A002
    ) -> bytes | str:
        """The picture in a format such as "svg", "png" or "pdf", or as text in an encoding: ``pipe("svg", encoding="utf-8")``.

        Raises `LayoutError` if nothing is installed that makes it. What only Graphviz itself understands, such as a renderer,
        is left to it.
        """
        if args or options:
            return super().pipe(format, *args, engine=engine, encoding=encoding, **options)  # type: ignore[no-any-return]
        made = self._made(format or self.format, engine or self.engine)
        return made if encoding is None else made.decode(encoding)

    def render(
        self,
        filename: File | None = None,
        directory: File | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,  # noqa: A002
        *,
        outfile: File | None = None,
        engine: str | None = None,
        **options: Any,
    ) -> str:
        """Save the source to a file, and its picture to one named after it, or to `outfile`, whose path is returned."""
        if options:
            options |= {"directory": directory, "view": view, "cleanup": cleanup, "format": format, "engine": engine}
            return super().render(filename, outfile=outfile, **options)  # type: ignore[no-any-return]
        if outfile is not None:
            drawn = Path(self.directory if directory is None else directory, outfile)
            format = format or drawn.suffix[1:] or None  # noqa: A001
            source = self.save(Path(outfile).with_suffix(".gv") if filename is None else filename, directory=directory)
        else:
            source = self.save(filename, directory=directory)
            drawn = Path(f"{source}.{format or self.format}")
        write_whole(drawn, self._made(format or self.format, engine or self.engine))
        if cleanup:
            Path(source).unlink()
        if view:
            graphviz.view(fspath(drawn))
        return fspath(drawn)

    def _made(self, format: str, engine: str) -> bytes:  # noqa: A002
        """The picture in a format: that of the first command that knows it."""
        if not find("dot"):
            if format == "pdf":
                return pdf(_for_all(self._made("svg", engine).decode()))
            if format == "png" and not self.source.isascii():  # the letters of many scripts are missing in what comes without it
                with suppress(ModuleNotFoundError):
                    return png(_for_all(self._made("svg", engine).decode()), 1.0)
        return answered([f"-K{engine}", f"-T{format}", f"-Nmargin={ROOM}"], [self.source], bytes)

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None, **_: Any) -> Any:
        """What a notebook shows: the picture, or the source where it cannot be made."""
        try:
            return super()._repr_mimebundle_(include, exclude)
        except LayoutError as error:
            warn_caller(f"the graph is shown as DOT: {error}")
            return {"text/plain": self.source}


def _for_all(svg: str) -> str:
    """The picture for programs that know neither points nor fonts by other names than their own."""
    sized = re.sub(r'(width|height)="([\d.]+)pt"', lambda found: f'{found[1]}="{float(found[2]) * 4 / 3:.0f}"', svg, count=2)
    return sized.replace('font-family="Times,serif"', f'font-family="{SERIF}, {JAPANESE}"')
