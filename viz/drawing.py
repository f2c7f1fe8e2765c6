"""A finished picture: how it is made, shown in a notebook and written to a file."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
import warnings
from html import escape
from pathlib import Path

from autograd.files import write_whole
from autograd.value import Value, members
from viz.graph.dot import dot_document, dot_text
from viz.graph.draft import MOST_BOXES, TooLargeError, known_depth, known_style, pictures
from viz.graph.layout import LayoutError, place
from viz.graph.paint import JAPANESE, THEMES, paint, paint_lines
from viz.outline import Outline, outline
from viz.words import NO_JAPANESE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from os import PathLike
    from typing import Any

    from typing_extensions import TypeIs

    from viz.graph.draft import Highlight
    from viz.network.plan import Network

SHOWN = 100
"""A notebook shows a graph of up to so many Values as its picture."""
SUFFIXES = (".svg", ".html", ".dot", ".txt", ".png", ".pdf")
SHOWN_BYTES = 1_000_000
"""A notebook shows the picture of a network of up to so many characters."""
OPTIONS_OF_NETWORKS = ("inputs", "outputs", "image")
OPTIONS_OF_BOTH = ("theme", "number_format")
OPTIONS_OF_DOT = ("names", "show_constants", "opened", "direction", "number_format")
TEXTS = (".dot", ".txt")
"""What needs no places for its boxes, and so neither Graphviz nor a limit."""


class Drawing:
    """The picture of a graph or a network as it was when drawn: `svg` and `dot` are its text, `save` writes it to a file."""

    def __init__(self, svg: str, dot: str, text: str) -> None:
        self.svg = svg
        self.dot = dot
        self.text = text

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture, whole or not at all, in the format that the suffix names: .svg, .dot, .txt, .png or .pdf.

        PNG and PDF need an extra; `ModuleNotFoundError` names it. `ValueError` for another suffix.
        """
        write_whole(path, self.encoded(Path(path).suffix))

    def encoded(self, suffix: str) -> bytes:
        """The bytes of a file with this suffix."""
        makers: dict[str, Callable[[], bytes]] = {
            ".svg": self.svg.encode,
            ".dot": self.dot.encode,
            ".txt": f"{self.text}\n".encode,
            ".png": lambda: _png(self.svg),
            ".pdf": lambda: _pdf(self.svg),
        }
        if known_suffix(suffix) == ".html":
            message = "a drawing is a picture and has no steps: viz.save(v, 'graph.html') makes the page of a Value"
            raise ValueError(message)
        return makers[known_suffix(suffix)]()

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, str]:
        return wanted({"image/svg+xml": self.svg, "text/plain": repr(self)}, include, exclude)

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG; save('graph.svg') writes it>"


def draw(
    v: Value | Network,
    style: str = "textbook",
    *,
    names: Mapping[str, object] | None = None,
    theme: str = "auto",
    engine: str | None = None,
    show_constants: bool = True,
    max_boxes: int = MOST_BOXES,
    highlight: Highlight = (),
    collapse: int | str | None = "auto",
    opened: Iterable[str] = (),
    direction: str = "LR",
    heat: bool = False,
    partials: bool = False,
    number_format: str = "",
    inputs: Sequence[object] | None = None,
    outputs: Sequence[object] | None = None,
    image: tuple[int, int] | None = None,
) -> Drawing:
    """Draw the graph of a Value, with its numbers and gradients; or a network, such as a module of `nn`, with its weights.

    `style` is "textbook" (operations are circles, values above the wires, what flowed back below) or "record" (boxes with name,
    data and gradient). ``names=locals()`` names Values after the caller's variables. `theme`: "auto", "light" or "dark".
    `engine` chooses the Graphviz command. `highlight` makes wires stand out: those of an `Explanation`, or pairs of a Value and
    the number of its operand. Where no picture can be made, one warning says why and the text takes its place.

    It runs in the `direction` "LR" (left to right) or "TB" (top to bottom). With `heat` wires are coloured by the sign of the
    gradient that flows back, and the wider the greater it is; with `partials` they carry the local derivative, which otherwise
    is told on hover. Numbers have four significant digits, or the `number_format`, such as ".2f".

    Above `max_boxes` boxes (100 in scopes) the graph is folded by the scopes (`autograd.scope`) that it was made in, else by the
    order of evaluation: as finely as can be read well, or down to the depth `collapse`, which folds smaller graphs too.
    ``collapse=None`` forbids it. `opened` names folded boxes, as they are headed, that are drawn open.

    A network is whatever has a method `architecture()` (see `nn.Module`). Its units stand in columns with weights as wires:
    blue for plus, orange and broken for minus, the wider the greater; the numbers are written on the wires of a small one, and
    a unit has the colour of its bias. Of more than 64 units the first and the last are drawn. `inputs` and `outputs` are lists
    of names. With ``image=(rows, columns)`` the weights of each unit of the first layer are an image of that shape; those of a
    `Conv2d` always are. Of the other options a network takes `theme` and `number_format`; `TypeError` for any other.

    >>> import nn
    >>> drawn = draw(nn.MLP(2, [2, 1], "tanh", seed=1), inputs=["a", "b"])
    >>> drawn.svg.count('class="plus"') + drawn.svg.count('class="minus"')  # six wires, and two that explain them
    8
    """
    options: dict[str, Any] = {"show_constants": show_constants, "max_boxes": max_boxes, "highlight": highlight}
    options |= {"collapse": collapse, "opened": tuple(opened), "direction": direction}
    options |= {"heat": heat, "partials": partials, "number_format": number_format}
    of_networks = {"inputs": inputs, "outputs": outputs, "image": image}
    if is_network(v):
        around = {"style": style, "names": names, "theme": theme, "engine": engine}
        return _network_drawing(v, {**options, **of_networks, **around})
    if wrong := [name for name, wish in of_networks.items() if wish is not None]:
        message = f"{', '.join(wrong)}: an option of the picture of a network, such as viz.draw(model), not of a graph"
        raise TypeError(message)
    try:
        return drawing(v, style, names=names, theme=theme, engine=engine, **options)
    except (LayoutError, TooLargeError) as error:
        _warn(f"the graph is shown as text: {error}")
        text = outline(v, "tape" if isinstance(error, TooLargeError) else "tree", names=names)
        return Drawing(paint_lines(text.splitlines(), "a graph as text", theme), _dot_or_not(v, names, collapse), text)


def is_network(thing: object) -> TypeIs[Network]:
    """Whether something says what it is made of.

    >>> import nn
    >>> is_network(nn.Neuron(2)), is_network(nn.Neuron), is_network([1.0])
    (True, False, False)
    """
    return callable(getattr(type(thing), "architecture", None))


def _network_drawing(model: Network, options: Mapping[str, Any]) -> Drawing:
    from viz.network.wiring import network_texts

    return Drawing(*network_texts(model, **_wishes(options)))


def _wishes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those options that a network takes. `TypeError` if others were given."""
    defaults = {"style": "textbook", **(draw.__kwdefaults__ or {})}
    known = (*OPTIONS_OF_NETWORKS, *OPTIONS_OF_BOTH)
    if wrong := [name for name, x in options.items() if name not in known and (name not in defaults or x != defaults[name])]:
        message = f"{', '.join(wrong)}: no option of the picture of a network, which takes {', '.join(known)}"
        raise TypeError(message)
    return {name: x for name, x in options.items() if name in known}


def drawing(v: Value, style: str = "textbook", *, theme: str = "auto", engine: str | None = None, **options: Any) -> Drawing:
    """`draw`, with `LayoutError` or `TooLargeError` in place of the warning."""
    _known_theme(theme)
    drawn, record = pictures(v, (style, "record"), **options)
    svg = paint(drawn, place(drawn, engine), theme)
    return Drawing(svg, dot_document(record), outline(v, names=options.get("names")))


def written(v: Value | Network, suffix: str, style: str = "textbook", *, theme: str = "auto", **options: Any) -> bytes:
    """The whole graph as a file of `TEXTS`; the options are those of `draw`, DOT is folded to the depth that `collapse` gives."""
    known_style(style)
    _known_theme(theme)
    if is_network(v):
        from viz.network.wiring import whole_dot

        wishes = _wishes({"style": style, **options})
        return whole_dot(v, **wishes).encode() if suffix == ".dot" else f"{v!r}\n".encode()
    if suffix == ".dot":
        used = {name: options[name] for name in OPTIONS_OF_DOT if name in options}
        return dot_text(v, **used, collapse=known_depth(options.get("collapse")), max_boxes=None).encode()
    return f"{outline(v, names=options.get('names'), whole=True)}\n".encode()


def display(
    v: Value | Network,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    *,
    text: str | None = None,
    **options: Any,
) -> dict[str, str]:
    """What a notebook shows of a Value or a network: a small one as its picture, a large one as text. It never raises.

    `text` is what else stands for the Value than its repr; the options are those of `drawing`.
    """
    short = repr(v) if text is None else text
    try:
        if is_network(v):
            svg = _network_drawing(v, options).svg
            pictured = {"image/svg+xml": svg} if len(svg) <= SHOWN_BYTES else {}
            return wanted({**pictured, "text/plain": short}, include, exclude)
        if len(members(v)) > SHOWN:
            return wanted(_told(short, outline(v, "tape") if text is None else None), include, exclude)
        try:
            return wanted({"image/svg+xml": drawing(v, **options).svg, "text/plain": short}, include, exclude)
        except (LayoutError, TooLargeError) as error:
            with contextlib.suppress(Warning):  # where warnings are errors
                _warn(f"the graph is shown as text: {error}")
            return wanted(_told(short, outline(v) if text is None else None), include, exclude)
    except Exception:  # noqa: BLE001  (a notebook that cannot draw still shows the number)
        return {"text/plain": short}


def _told(short: str, table: Outline | None) -> dict[str, str]:
    """A line, and under it a table if there is one."""
    if table is None:
        return {"text/plain": short}
    line = f'<pre style="font-family:monospace">{escape(short)}</pre>'
    return {"text/html": line + table.table.html(), "text/plain": f"{short}\n{table}"}


def known_suffix(suffix: str) -> str:
    """A suffix in lower case. `ValueError` if nothing can be written under it."""
    if suffix.lower() in SUFFIXES:
        return suffix.lower()
    given = repr(suffix) if suffix else "a file without suffix"
    message = f"a picture is saved as one of {', '.join(SUFFIXES)}, not as {given}"
    raise ValueError(message)


def _known_theme(theme: str) -> None:
    if theme not in THEMES:
        message = f"there is no theme {theme!r}; the themes are {', '.join(THEMES)}"
        raise ValueError(message)


def _warn(message: str) -> None:
    """A warning that points at whoever called this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] in {"viz", "autograd"}:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _dot_or_not(v: Value, names: Mapping[str, object] | None, collapse: int | str | None) -> str:
    try:
        return dot_text(v, names=names, collapse=collapse)
    except TooLargeError as error:
        return f"digraph {{\n// {error}\n}}\n"


def wanted(bundle: dict[str, str], include: Collection[str] | None, exclude: Collection[str] | None) -> dict[str, str]:
    """The formats that a notebook asked for."""
    return {kind: text for kind, text in bundle.items() if (not include or kind in include) and kind not in (exclude or ())}


def _png(svg: str) -> bytes:
    render = _extra("resvg_py", "png").svg_to_bytes
    _japanese_font(svg)
    return bytes(render(svg_string=svg, zoom=2))


def _pdf(svg: str) -> bytes:
    try:
        convert = _extra("cairosvg", "pdf").svg2pdf
    except OSError:
        message = "saving as .pdf needs the system's cairo library (Debian: libcairo2, macOS: brew install cairo)"
        raise OSError(message) from None
    font = _japanese_font(svg)  # the converter knows the first font of a list only
    return bytes(convert(bytestring=(svg.replace(JAPANESE, f"'{font}'") if font else svg).encode()))


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        message = f"saving as .{extra} needs an extra: pip install 'chainrule[{extra}]'"
        raise ModuleNotFoundError(message, name=module) from None


def _japanese_font(svg: str) -> str | None:
    """A font for the Japanese in a picture, as far as fontconfig knows; a warning where there is none."""
    command = shutil.which("fc-list")
    if JAPANESE not in svg or not command:
        return None
    listed = subprocess.run([command, ":lang=ja", "family"], capture_output=True, check=False, timeout=20).stdout  # noqa: S603
    fonts = sorted({line.partition(",")[0] for line in listed.decode(errors="replace").splitlines() if "'" not in line})
    if not fonts:
        _warn(NO_JAPANESE)
        return None
    plain = [font for font in fonts if "Mono" not in font and ("JP" in font or "Gothic" in font)]
    return (plain or fonts)[0]
