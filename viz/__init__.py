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

Importing this package lets a notebook show a Value, or a network, as its picture.
"""

from __future__ import annotations

from chainrule.whole import require_whole

require_whole()

from autograd.value import Value, show_with
from viz.drawing import TEXTS, Drawing, draw, draw_dot, known_suffix, save_steps, text_file
from viz.notebook import display
from viz.outline import outline
from viz.shapes import Appearance, Look, is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike
    from typing import Any

    from viz.explanation import Explanation, explain
    from viz.graph.layout import layout_with
    from viz.motion import Animation, animate
    from viz.page.parts import Page
    from viz.plots.descent import plot_descent, plot_rates
    from viz.plots.functions import plot_activations, plot_family, plot_function, plot_hats
    from viz.plots.history import plot_fit, plot_gradients, plot_losses
    from viz.plots.images import plot_predictions, plot_reconstructions
    from viz.plots.landscape import plot_loss_surface
    from viz.plots.maps import plot_attention, plot_embedding, plot_heatmap, plot_softmax
    from viz.plots.regions import plot_regions
    from viz.plots.snapshots import Snapshots
    from viz.plots.surfaces import plot_surface
    from viz.shapes import Drawable, Network

__all__ = [
    "Animation", "Drawing", "Explanation", "Page", "Snapshots", "animate", "draw", "draw_dot", "explain", "html", "layout_with",
    "plot_activations", "plot_attention", "plot_descent", "plot_embedding", "plot_family", "plot_fit", "plot_function",
    "plot_gradients", "plot_hats", "plot_heatmap", "plot_loss_surface", "plot_losses", "plot_predictions", "plot_rates",
    "plot_reconstructions", "plot_regions", "plot_softmax", "plot_surface", "save", "svg", "text", "training",
]  # fmt: skip

LATER = {
    "Animation": "motion", "animate": "motion", "Snapshots": "plots.snapshots",
    "Explanation": "explanation", "explain": "explanation", "layout_with": "graph.layout", "Page": "page.parts",
    "plot_descent": "plots.descent", "plot_rates": "plots.descent",
    "plot_activations": "plots.functions", "plot_family": "plots.functions", "plot_function": "plots.functions",
    "plot_hats": "plots.functions", "plot_predictions": "plots.images", "plot_reconstructions": "plots.images",
    "plot_attention": "plots.maps", "plot_embedding": "plots.maps", "plot_heatmap": "plots.maps", "plot_softmax": "plots.maps",
    "plot_loss_surface": "plots.landscape", "plot_regions": "plots.regions", "plot_surface": "plots.surfaces",
    "plot_fit": "plots.history", "plot_gradients": "plots.history", "plot_losses": "plots.history",
}  # fmt: skip
"""In which file stands what is imported when it is first asked for."""

show_with(display)


def svg(v: Drawable | Network, style: str = Look.style, **options: Any) -> str:
    """The picture as SVG; what is drawn, and the options, are those of `draw`."""
    return draw(v, style, **options).svg  # type: ignore[arg-type]  # of either kind


def html(v: Drawable | Network, style: str = Look.style, *, live: bool = True, **options: Any) -> Page:
    """A page that steps through the forward and the backward pass: the text of one HTML file that needs nothing else.

    The options are those of `draw` but `width`, `scale`, `transparent` and what tells of a pass: `backward`, `focus`, `at_step`,
    `rate`; and ``backward_from=h`` for a pass that starts at a sub-result. The pass shown is the one that this Value was last
    given, with its incoming gradient, or else one that starts with 1; it begins with all gradients at 0, and no `grad` is
    touched. A notebook shows the page in place, ``.save(path)`` writes it. It carries English and Japanese, and begins with the
    language of the browser, or with `lang`; a button changes it, and a link that ends in ``#lang=ja`` chooses it.

    The leaves can be changed in the page: each has a slider, a number, a click up and down, and the browser computes values,
    partials, gradients and sentences anew, with the table's operations as JavaScript. A number that the engine refuses is
    answered in its words. What `where`, `detach` and `softmax` chose by number stays; a graph that is folded or out of date, or
    has an operation without a formula, stays as it is, and the page says so. With ``live=False`` there is none of it.

    A folded group opens by a click, one branch of groups at a time. Each open group is a picture of its own in the file, so
    there are up to 16 of them, of about 1,500 boxes and wires in all, fewer in graphs of more than 6,000 Values; any others
    are drawn open by ``opened=[...]``. Raises `LayoutError` where Graphviz is missing, and `TooLargeError` where
    ``collapse=None`` forbids to fold a graph of more than `max_boxes` boxes.

    >>> price, count = Value(100.0, label="price"), Value(2.0, label="count")
    >>> page = html(price * count)
    >>> "∂(price × count)/∂price = count = 2;" in page, "gradient of price: 0 → 2" in page
    (True, True)
    """
    from viz.page.page import page_of

    return page_of(v, style, live=live, **options)


def training(
    model: Network,
    xs: Any,
    ys: Any,
    loss: Callable[[Any, Any], Any],
    *,
    optimizer: str = "SGD",
    lr: float = 0.1,
    batch_size: int | None = None,
    noise: float = 0.0,
    seed: int = 0,
    speed: str = "normal",
    activations: Sequence[str] | None = None,
    inputs: Sequence[object] | None = None,
    title: str | None = None,
    theme: str = "auto",
    font: str | None = None,
    lang: str | None = None,
) -> Page:
    """A page on which a network learns before one's eyes: the text of one HTML file that needs nothing else.

    `model` is a network of layers (`nn.Layer`, `nn.MLP`; a frozen one stays as it is) of up to 600 parameters, `xs` up to 2,000
    samples, `ys` their targets, or classes, and `loss` a function of outputs and a target, such as ``nn.squared_error``: those
    that `nn.fit` takes. Their recorded program runs in the browser, as JavaScript, and gives the numbers of `nn.fit`.

    The settings can be changed on the page, and stand in its address: `optimizer` is "SGD", "momentum" (0.9) or "Adam"; `lr` the
    learning rate; `batch_size` None for all samples; `noise` a part of the spread of the inputs (of the targets, of one input);
    `seed` 0 begins with the numbers that the network has, another one with weights between -1 and 1 and biases 0. `activations`
    are those to choose from besides the network's own: sigmoid, tanh and relu, if none are named. `inputs` are names.

    Of two inputs it shows the regions of the output and of each unit, of one the curves, else what all units give of each
    sample. `title`, `theme`, `font` and `lang` are those of `draw`. `TypeError` or `ValueError` names what does not fit.

    >>> import nn
    >>> page = training(nn.MLP(2, [2, 1], "tanh", seed=1), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], nn.squared_error)
    >>> page.count("<script>")
    1
    """
    from viz.learning.document import Settings, learning_page

    begin = Settings(optimizer=optimizer, lr=lr, batch_size=batch_size, noise=noise, seed=seed, speed=speed)
    look = Appearance(title=title, theme=theme, font=font, lang=lang)
    return learning_page(model, xs, ys, loss, begin, look, activations=activations, inputs=inputs)


def text(v: Value, kind: str = "tree", *, names: Mapping[str, object] | None = None, lang: str | None = None) -> str:
    """The graph of a Value as a table: a tree from the result to the leaves, or a ``"tape"`` in evaluation order.

    It is a plain `str`; printed on a terminal it has colours and is cut to its width. `lang` is "en" or "ja", as for `draw`.
    """
    return outline(v, kind, names=names, lang=lang)


def save(v: Drawable | Network, path: str | PathLike[str], style: str = Look.style, **options: Any) -> None:
    """Draw a Value or a network into a file: .svg, .html, .dot, .txt, .png or .pdf; the options are those of `draw` or `html`.

    DOT and text are written whole, however large the graph is, and without Graphviz; the text of a network is its repr. There
    is no page of a network, only of what it gives: ``save(model(x), "graph.html")``.

    ``save(y, "step-{:02}.svg", at_step="all")`` writes a picture of each step of the forward and the backward pass, all of one
    size: step-00.svg, step-01.svg, ...; as "steps.gif" or "steps.apng" they are one file, in motion.
    """
    from pathlib import Path

    from autograd.errors import kind_of
    from autograd.files import write_whole

    if isinstance(v, str) or not (isinstance(path, str) or hasattr(path, "__fspath__")):
        message = f"save(v, path): first what is drawn, then the path of the file, not {kind_of(v)} and {kind_of(path)}"
        raise TypeError(message)
    if options.get("at_step") == "all" and not is_network(v):
        save_steps(v, path, style, **options)
        return

    suffix = known_suffix(Path(path).suffix)
    if suffix in TEXTS:
        write_whole(path, text_file(v, suffix, style, **options))
    elif suffix == ".html":
        write_whole(path, html(v, style, **options).encode())
    else:
        draw(v, style, **options).save(path)  # type: ignore[arg-type]  # of either kind


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """What is imported, with all that it needs, when it is first asked for."""
    if name in LATER:
        from importlib import import_module

        return getattr(import_module(f"viz.{LATER[name]}"), name)
    message = f"module 'viz' has no attribute {name!r}"
    raise AttributeError(message)
