"""A finished picture: how it is made and written to a file."""

from __future__ import annotations

from dataclasses import replace
from os import fspath
from pathlib import Path

from autograd.files import write_whole
from autograd.value import Value
from viz.canvas import paint_lines
from viz.formats import ZOOM, pdf, png, warn_caller
from viz.language import say, speaking
from viz.network_look import NetworkLook
from viz.options import graph_look, names_of, network_look, options_of_either
from viz.outline import outline, wanted
from viz.reading import results_of
from viz.shapes import DIRECTIONS, LayoutError, Look, TooLargeError, is_network, is_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from os import PathLike
    from typing import Any

    from viz.digraph import Digraph
    from viz.shapes import Appearance, Drawable, Network

SUFFIXES = (".svg", ".html", ".dot", ".txt", ".png", ".pdf")
PICTURES, MOTIONS = (".svg", ".png", ".pdf"), (".gif", ".apng")
TEXTS = (".dot", ".txt")
"""What needs no places for its boxes, and so neither Graphviz nor a limit."""
IN_DOT = ("title", "font", "transparent", "lang")
DOT_OF_GRAPHS = ("names", "show_constants", "collapse", "opened", "direction", "rate", "symbols", "number_format", *IN_DOT)
DOT_OF_NETWORKS = ("inputs", "outputs", "layers", *IN_DOT)
TEXT_OF_GRAPHS = ("names", "lang")
"""The options of which something is seen in what is not painted."""
NUMBERED = "step-{:02}.svg"
"""Such names have the pictures of steps."""


class Drawing:
    """The picture of a graph or a network as it was when drawn: `svg` and `dot` are its text, `save` writes it to a file."""

    def __init__(self, svg: str, dot: str, text: str, zoom: float = ZOOM) -> None:
        self.svg = svg
        self.dot = dot
        self.text = text
        self.zoom = zoom
        """So many pixels of a PNG are one of the SVG."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture, whole or not at all, in the format that the suffix names: .svg, .dot, .txt, .png or .pdf.

        PNG and PDF need a package; `ModuleNotFoundError` names it. `ValueError` for another suffix.
        """
        write_whole(path, self.encoded(Path(path).suffix))

    def encoded(self, suffix: str) -> bytes:
        """The bytes of a file with this suffix."""
        makers: dict[str, Callable[[], bytes]] = {
            ".svg": self.svg.encode,
            ".dot": self.dot.encode,
            ".txt": f"{self.text}\n".encode,
            ".png": lambda: png(self.svg, self.zoom),
            ".pdf": lambda: pdf(self.svg),
        }
        if known_suffix(suffix) == ".html":
            message = "a drawing is a picture and has no steps: viz.save(v, 'graph.html') makes the page of a Value"
            raise ValueError(message)
        return makers[known_suffix(suffix)]()

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, str]:
        return wanted({"image/svg+xml": self.svg, "text/plain": repr(self)}, include, exclude)

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG; save('graph.svg') writes it>"


@options_of_either(Look, NetworkLook)
def draw(v: Any, look: Any) -> Drawing:
    """Draw the graph of a Value, with its numbers and gradients; or a network, such as a module of `nn`, with its weights.

    Several Values in a list, or by name in a dict, are drawn as one graph with an arrow out of each. Of a program that `record`
    returned the operations are drawn, without numbers.

    `style` is "textbook" (operations are circles, values above the wires, what flowed back below) or "record" (boxes with name,
    data and gradient). ``names=locals()`` names Values after the caller's variables. `theme`: "auto", "light" or "dark".
    `engine` chooses the Graphviz command. `highlight` makes wires stand out: those of an `Explanation`, or pairs of a Value and
    the number of its operand. Where no picture can be made, one warning says why and the text takes its place.

    It runs in the `direction` "LR" (left to right) or "TB" (top to bottom). With `heat` wires are coloured by the sign of the
    gradient that flows back, and the wider the greater it is; with `partials` they carry the local derivative, which otherwise
    is told on hover. Numbers have four significant digits, or the `number_format`, such as ".2f"; those that are no Values are
    left out with ``show_constants=False``, and with ``show_constants="inside"`` stand in their operation's circle, as in ×2.

    With `backward` the gradient flows back on arrows of its own, beside the wires and the other way. With a `focus`, a Value or
    its name, its box stands out, with the wires in and out, their numbers and local derivatives; all else is grey.

    With `at_step` it shows one step of the page that `viz.html` makes: 0 the leaves, then one for each operation, the seed, one
    for each gradient that is passed back. What is not computed yet is blank and dashed, what is at work stands out, what was
    passed back before has a check mark, and the step's sentence stands below. The pass is the page's, and no `grad` is touched.
    ``viz.save(y, "step-{:02}.svg", at_step="all")`` writes them all, and as "steps.gif" in motion.

    With a learning `rate` each leaf that has a gradient tells its correction, ``2 − 0.5 × 0.3 = 1.85``: its number less the rate
    times the gradient. A mapping from leaves, or their names, to rates, ``rate={w: 0.5, "b": 0.5}``, corrects those alone: the
    parameters, and not the inputs. What optimisers do besides, such as momentum, is not told.

    With `rounding` boxes are coloured by their share in the bound on rounding errors (`numbers.rounding`), a folded part by the
    sum of its parts; ``rounding=0.5`` counts leaves too, half a unit in the last place of each. With `lines` boxes tell in which
    line they were computed, if that was inside ``with lines():``; tooltips do in any case. ``focus=blame(y)`` shows the fault.

    With `symbols` names stand beside numbers, and derivatives as formulas, where short: above a wire ``t = 7``, or ``200 (2x)``
    if all are multiples of one input, below it ``∂z/∂x = 1·2t·1 = 2(x + y) = 14``; what has no name is a formula, or a number
    such as ``#3``. Of a program they are all that is told. ``symbols="L"`` draws a part of what computes an L: ∂L/∂z comes in.

    Above `max_boxes` boxes (500, or 100 if it was made in scopes) the graph is folded by its scopes (`autograd.scope`), else by
    the order of evaluation: as finely as can be read well, or down to the depth `collapse`, which folds smaller graphs too;
    ``collapse=None`` forbids it, and 0 minds no scope: up to 40 Values are drawn each, more in intervals of that order. `opened`
    names folded boxes, as headed, that are drawn open. A leaf that a long graph uses all over is drawn beside each use.

    What a network is, and the options of its picture, stand at the end.

    For slides: a `title` above the picture; the `font` of its texts, or several with commas between them (room is reckoned for a
    wide sans-serif); ``transparent=True`` for no ground; the `width` in pixels, of SVG and PNG alike, or a `scale`. Words are in
    English, or in the language `lang` ("en", "ja"), which else the environment variable CHAINRULE_LANG gives.

    >>> import nn
    >>> drawn = draw(nn.MLP(2, [2, 1], "tanh", seed=1), inputs=["a", "b"])
    >>> drawn.svg.count('class="plus"') + drawn.svg.count('class="minus"')  # six wires, and two that explain them
    8
    """
    if is_network(v):  # which needs no places by Graphviz, and is never too large
        return drawing_of_network(v, look)
    try:
        return drawing(v, look)
    except (LayoutError, TooLargeError) as error:
        warn_caller(f"the graph is shown as text: {error}")
        return _written(v, look, "tape" if isinstance(error, TooLargeError) else "tree")


def _written(v: Drawable, look: Look, kind: str) -> Drawing:
    """The text of a graph in place of its picture."""
    with speaking(look.lang):
        text = told(v, look, kind)
        svg = paint_lines(text.splitlines(), say("a graph as text"), look)
        return Drawing(svg, _dot_or_not(v, look), text, zoom_of(look))


def zoom_of(look: Appearance) -> float:
    """So many pixels of a PNG are one of the SVG: exactly one where its width is given."""
    return ZOOM if look.width is None else 1.0


def told(v: Drawable, look: Look, kind: str = "tree", *, whole: bool = False) -> str:
    """The text of a graph: of several Values one after the other, of a program its listing."""
    if is_program(v):
        return v.listing()
    if type(v) is Value:
        return outline(v, kind, names=look.names, whole=whole)
    roots, names = results_of(v)
    by_name = {name: root for root in roots if (name := names.get(id(root)))}
    return "\n\n".join(str.__str__(outline(root, kind, names={**by_name, **(look.names or {})}, whole=whole)) for root in roots)


def drawing_of_network(model: Network, look: NetworkLook) -> Drawing:
    """`draw` of a network."""
    from viz.network.wiring import network_texts

    with speaking(look.lang):
        return Drawing(*network_texts(model, look), zoom_of(look))


def drawing(v: Drawable, look: Look) -> Drawing:
    """`draw` of a graph, with `LayoutError` or `TooLargeError` in place of the warning."""
    from viz.graph.dot import dot_document
    from viz.graph.layout import place
    from viz.graph.paint import paint
    from viz.graph.pictures import pictures

    step = look.checked().at_step
    if isinstance(step, str):
        message = f"at_step='all' makes many pictures: viz.save(y, {NUMBERED!r}, at_step='all') writes them"
        raise TypeError(message)
    if step is not None:
        return drawings(v, look, [step])[0]
    with speaking(look.lang):
        drawn, record = pictures(v, look, (look.style, "record"))
        svg = paint(drawn, place(drawn, look.engine), look)
        return Drawing(svg, dot_document(record, look), told(v, look), zoom_of(look))


def drawings(v: Drawable, look: Look, steps: Iterable[int] | None = None) -> list[Drawing]:
    """Some steps of the forward and the backward pass, or all of them, as pictures of one size; `look.at_step` is not read.

    Their DOT and text are those of the whole graph. Raises what `drawing` raises, `TypeError` for anything but one Value, and
    `ValueError` for a step that there is not.
    """
    from viz.graph.dot import dot_document
    from viz.graph.pictures import pictures
    from viz.page.stills import Stills

    with speaking(look.lang):
        stills = Stills(v, look)
        (record,) = pictures(v, replace(look, at_step=None), ["record"])
        dot, text = dot_document(record, look), told(v, look)
        return [Drawing(stills.svg(k), dot, text, zoom_of(look)) for k in (range(len(stills)) if steps is None else steps)]


def save_steps(v: Drawable, path: str | PathLike[str], style: str = Look.style, **options: Any) -> None:
    """Write a picture of each step; in the path stands where its number goes, as `str.format` has it: ``"step-{:02}.svg"``.

    As .gif or .apng they are one file, as `viz.animate` makes it. All are made before the first is written. Raises `ValueError`
    for a path without a number, and for a suffix that names no picture; `LayoutError` or `TooLargeError` where none can be made.
    """
    suffix, look = Path(path).suffix.lower(), graph_look("save", style, options).checked()
    if suffix in MOTIONS:
        from viz.motion import animate
        from viz.page.stills import only

        root, names = only(v, look)
        said = {**options, "at_step": None, "names": names, "theme": "dark" if look.theme == "dark" else "light"}
        animate(root, style=style, **said).save(path)
        return
    if suffix not in PICTURES:
        given = suffix or "a file without suffix"
        message = f"at_step: steps are saved as one of {', '.join(PICTURES + MOTIONS)}, not as {given}"
        raise ValueError(message)
    try:
        distinct = len({fspath(path).format(k) for k in (0, 1)}) == 2
    except (ValueError, LookupError, AttributeError):
        distinct = False
    if not distinct:
        message = f"at_step='all' writes a file for each step: in the path stands where its number goes, as in {NUMBERED!r}"
        raise ValueError(message)
    for k, made in enumerate([drawn.encoded(suffix) for drawn in drawings(v, look)]):
        write_whole(fspath(path).format(k), made)


def text_file(v: Drawable | Network, suffix: str, style: str = Look.style, **options: Any) -> bytes:
    """The whole graph as a file of `TEXTS`; the options are those of `draw`, DOT is folded to the depth that `collapse` gives."""
    with speaking(options.get("lang")):
        return _text_file(v, suffix, style, options)


def _text_file(v: Drawable | Network, suffix: str, style: str, options: dict[str, Any]) -> bytes:
    if is_network(v):
        from viz.network.wiring import whole_dot

        model_look = network_look("save", style, options).checked()
        shown: Sequence[str] = DOT_OF_NETWORKS if suffix == ".dot" else ()
        _refuse_others(model_look, suffix, shown)
        return whole_dot(v, model_look).encode() if suffix == ".dot" else f"{v!r}\n".encode()
    from viz.graph.dot import dot_document
    from viz.graph.draft import known_style
    from viz.graph.pictures import pictures

    look = graph_look("save", style, options).checked()
    known_style(look.style)
    look.refuse(("at_step",), f"a step is saved as one of {', '.join(PICTURES)}, not as {suffix}")
    shown = DOT_OF_GRAPHS if suffix == ".dot" else TEXT_OF_GRAPHS
    _refuse_others(look, suffix, shown)
    look = replace(look, collapse=options.get("collapse"))
    if suffix == ".dot":
        (drawn,) = pictures(v, replace(look, max_boxes=None), ["record"])
        return dot_document(drawn, look).encode()
    return f"{told(v, look, whole=True)}\n".encode()


def _refuse_others(look: Look | NetworkLook, suffix: str, shown: Sequence[str]) -> None:
    """`TypeError` for options that a file shows nothing of."""
    takes = ", ".join(shown) or "no options"
    wrong = [name for name in names_of(type(look)) if name not in shown]
    look.refuse(wrong, f"shown by a picture, such as .svg, and not by {suffix}, which takes {takes}")


def draw_dot(root: Drawable | Network, format: str = "svg", rankdir: str = "LR") -> Digraph:  # noqa: A002  (micrograd's name)
    """A `graphviz.Digraph` of a Value, as micrograd's users know it; or of a network, with a node for each unit that is drawn.

    A graph too large to be read is folded, as `viz.draw` folds it. ``render("graph")``, ``pipe("png")`` and a notebook need no
    Graphviz on the path: what places the boxes of `viz.draw` does it.
    """
    if rankdir not in DIRECTIONS:
        message = f"rankdir is {' or '.join(DIRECTIONS)}, not {rankdir!r}"
        raise ValueError(message)
    from viz.digraph import Digraph

    return Digraph(format=format, graph_attr={"rankdir": rankdir}, body=[f"\t{line}\n" for line in _statements(root)])


def _statements(v: Drawable | Network) -> list[str]:
    """What DOT says of a picture."""
    if is_network(v):
        from viz.network.dot import network_lines
        from viz.network.wiring import plan_of

        return network_lines(plan_of(v))
    from viz.graph.dot import dot_lines
    from viz.graph.pictures import picture

    return dot_lines(picture(v, "record"))


def _dot_or_not(v: Drawable, look: Look) -> str:
    from viz.graph.dot import dot_document
    from viz.graph.pictures import picture

    try:
        return dot_document(picture(v, "record", names=look.names, collapse=look.collapse), look)
    except TooLargeError as error:
        return f"digraph {{\n// {error}\n}}\n"


def known_suffix(suffix: str) -> str:
    """A suffix in lower case. `ValueError` if nothing can be written under it."""
    if suffix.lower() in SUFFIXES:
        return suffix.lower()
    given = repr(suffix) if suffix else "a file without suffix"
    message = f"a picture is saved as one of {', '.join(SUFFIXES)}, not as {given}"
    if suffix.lower() in MOTIONS:
        message += f"; all steps in motion are viz.save(y, 'steps{suffix.lower()}', at_step='all')"
    raise ValueError(message)
