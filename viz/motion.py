"""Motion: a plot at many moments of a training, or the steps through a graph, one after the other, as a GIF or an APNG."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Sized
from operator import sub
from pathlib import Path

from autograd.errors import not_installed
from autograd.files import write_whole
from autograd.value import Value
from viz.formats import png, size_of
from viz.language import in_language, say
from viz.options import graph_look
from viz.outline import wanted
from viz.page.stills import Stills
from viz.plots.figure import DPI, ground_and_ink, in_font, themed
from viz.plots.snapshots import Snapshots
from viz.shapes import Look, refuse_pixels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from os import PathLike
    from typing import Any

    Show = Callable[[Any, Any], object]

SHOWN_BYTES = 8_000_000
"""A notebook plays an animation of up to so many bytes."""
SIZE, ZOOM = (640, 420), 1.5
"""Of plots in pixels; and so many pixels of a step are one of its SVG."""
FEWER = "animate fewer frames, or smaller ones: size= of plots, width= of a graph"
"""What there is instead of too many pixels."""
EXACT, APART = 64, 12
"""So many of the colours of a GIF are as they are drawn, such as the ground; levels between two colours, all together."""


class Animation:
    """Pictures one after the other: `frames`, each a PNG, and for how many milliseconds each is shown, `durations`.

    `save` writes a file; a notebook plays it. `loop`: again and again, or once.
    """

    def __init__(self, frames: Sequence[bytes], durations: Sequence[int], *, loop: bool = True) -> None:
        self.frames, self.durations, self.loop = list(frames), list(durations), loop

    def __len__(self) -> int:
        return len(self.frames)

    def save(self, path: str | PathLike[str]) -> None:
        """Write it, whole or not at all: .gif (256 colours), or .png or .apng (all colours, in any browser).

        `ValueError` for another suffix; `ModuleNotFoundError` names the package that is missing.
        """
        write_whole(path, self.encoded(Path(path).suffix))

    def encoded(self, suffix: str) -> bytes:
        """The bytes of a file with this suffix."""
        if suffix.lower() not in {".gif", ".png", ".apng"}:
            given = repr(suffix) if suffix else "a file without suffix"
            message = f"an animation is saved as one of .gif, .png, .apng, not as {given}"
            raise ValueError(message)
        gif, file = suffix.lower() == ".gif", io.BytesIO()
        colours = _shared_colours(self.frames) if gif else None
        first = next(iter(_Pictures(self.frames[:1], colours)))
        options = {"save_all": True, "append_images": _Pictures(self.frames[1:], colours), "duration": self.durations}
        if gif:  # without a loop there is no block that says how often
            first.save(file, "GIF", **options, **({"loop": 0} if self.loop else {}))
        else:
            first.save(file, "PNG", **options, loop=0 if self.loop else 1, default_image=False)
        return file.getvalue()

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict[str, str]:
        played = self.encoded(".apng")
        shown = {"image/png": b64encode(played).decode()} if len(played) <= SHOWN_BYTES else {}
        return wanted({**shown, "text/plain": repr(self)}, include, exclude)

    def __repr__(self) -> str:
        seconds = sum(self.durations) / 1000
        return f"<Animation: {len(self)} frames, {seconds:.1f} s; save('motion.gif') or save('motion.png') writes it>"


@in_language
def animate(
    frames: Value | int | Iterable[Any],
    show: Show | None = None,
    *,
    seconds: float | None = None,
    hold: float = 1.5,
    size: tuple[int, int] | None = None,
    columns: int = 1,
    theme: str = "light",
    loop: bool = True,
    lang: str | None = None,
    **options: Any,
) -> Animation:
    """Put pictures one after the other: a plot for each of the `frames`, or the steps through the graph of a Value.

    ``show(frame, ax)`` draws a frame into empty axes, or into a list of `columns` axes beside each other; `frames` is an
    iterable, or a number of them, counted from 0. Of the `Snapshots` of a training, `show` gets the network as it was, and the
    epoch is the title unless `show` writes one. Axes stay where they are in the first frame; `show` may set their limits.
    Each frame is `size` pixels large (640, 420).

    ``animate(y)`` shows the steps of the page ``viz.html(y)``, forward and then backward; the `options` are those of `draw`, such
    as ``width=700``.

    A frame is shown so many `seconds` (0.1, a step 1.5), the last one `hold` more. `theme` is "light" or "dark"; what is written
    is in the language `lang`. The same frames give the same bytes. `ValueError` for no frames, or for more than 80 million
    pixels in all.

    >>> import viz
    >>> moving = viz.animate(3, lambda k, ax: viz.plot_function(lambda x: k * x, ax=ax))  # doctest: +SKIP
    >>> moving.save("moving.gif")  # doctest: +SKIP
    """
    if min(1.0 if seconds is None else seconds, *(size or (1,)), columns) <= 0 or hold < 0:
        message = f"animate: seconds={seconds!r}, size={size!r} and columns={columns!r} are positive, hold={hold!r} at least 0"
        raise ValueError(message)
    if type(frames) is Value:
        _refuse(columns=columns if columns > 1 else None, show=show, size=size)
        pictures, usual = _stepped(frames, {**options, "theme": theme, "lang": lang}), 1.5
    else:
        _refuse(**options)
        pictures, usual = _plotted(frames, show, size or SIZE, columns, theme), 0.1
    if not pictures:
        message = "animate: there are no frames"
        raise ValueError(message)
    durations = [round(1000 * (usual if seconds is None else seconds))] * len(pictures)
    durations[-1] += round(1000 * hold)
    return Animation(pictures, durations, loop=loop)


def _refuse(**options: Any) -> None:
    """`TypeError` for options that are of the other kind of frames."""
    for name, given in options.items():
        if given is not None:
            message = f"animate: {name}={given!r:.60}: plots take show, size, columns; a Value takes the options of viz.draw"
            raise TypeError(message)


def _stepped(v: Value, options: dict[str, Any]) -> list[bytes]:
    """Each step through a graph as a PNG, all of one size."""
    ground, _ = ground_and_ink(options["theme"])
    look = graph_look("animate", options.pop("style", Look.style), options).checked()
    look.refuse(("at_step",), "animate shows all steps; viz.draw(y, at_step=3) draws one")
    look.refuse(("focus", "rate"), "not together with steps, which say themselves what stands out, amid a pass")
    look.refuse(("transparent",), "an animation has a ground: that of its theme")
    stills, zoom = Stills(v, look), ZOOM if look.width is None else 1.0
    drawn: list[bytes] = []
    for k in range(len(stills)):
        svg = stills.svg(k)
        width, height = size_of(svg)
        refuse_pixels(width * zoom, height * zoom, FEWER, len(stills))
        step = _on_ground(png(svg, zoom), ground)
        file = io.BytesIO()
        step.save(file, "PNG")
        drawn.append(file.getvalue())
    return drawn


def _on_ground(picture: bytes, ground: str) -> Any:
    """A picture with round corners, on a ground without."""
    image = _pillow()
    whole = image.open(io.BytesIO(picture)).convert("RGBA")
    return image.alpha_composite(image.new("RGBA", whole.size, ground), whole).convert("RGB")


def _each(frames: int | Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Each frame with its title."""
    if isinstance(frames, Snapshots):
        yield from ((model, say("epoch {}", epoch)) for epoch, model in frames)
    else:
        yield from ((frame, "") for frame in (range(frames) if isinstance(frames, int) else frames))


def _plotted(frames: int | Iterable[Any], show: Any, size: tuple[int, int], columns: int, theme: str) -> list[bytes]:
    """Each frame as a PNG, drawn into the same figure."""
    if not callable(show):
        message = f"animate: show is a function of a frame and axes, not {show!r:.60}; without it, steps are those of one Value"
        raise TypeError(message)
    refuse_pixels(*size, FEWER, frames if isinstance(frames, int) else len(frames) if isinstance(frames, Sized) else 1)
    _pillow()
    drawn: list[bytes] = []
    with themed(theme):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = list(figure.subplots(1, columns, squeeze=False).flat)
        for frame, title in _each(frames):
            refuse_pixels(*size, FEWER, len(drawn) + 1)
            for ax in axes:
                ax.clear()
            show(frame, axes[0] if columns == 1 else axes)
            if title and not any(ax.get_title() for ax in axes):
                in_font(axes[0].set_title(title))
            if not drawn:
                canvas.draw()
                figure.set_layout_engine("none")  # from now on the axes stay where they are
            file = io.BytesIO()
            canvas.print_png(file, metadata={"Software": None})
            drawn.append(file.getvalue())
    return drawn


def _pillow() -> Any:
    try:
        from PIL import Image
    except ModuleNotFoundError:
        what = "an animation"
        raise not_installed(what, "pillow") from None
    return Image


def _picture(frame: bytes) -> Any:
    return _pillow().open(io.BytesIO(frame)).convert("RGB")


def _shared_colours(frames: Sequence[bytes]) -> Any:
    """A picture with the colours for all frames: those that the first, the middle and the last have most, and means of others.

    Pillow looks colours up in coarse boxes; of two colours in one box it may take the wrong one, so none is close to another.
    """
    image = _pillow()
    chosen = [_picture(frames[k]) for k in (0, len(frames) // 2, -1)]
    together = image.new("RGB", (chosen[0].width, sum(each.height for each in chosen)))
    for k, each in enumerate(chosen):
        together.paste(each, (0, k * each.height))
    counted = sorted(together.getcolors(together.width * together.height), key=lambda pair: (-pair[0], pair[1]))
    means = together.quantize(256, dither=image.Dither.NONE).getpalette()
    colours: list[tuple[int, ...]] = []
    for colour in [*(colour for _, colour in counted[:EXACT]), *zip(means[::3], means[1::3], means[2::3], strict=True)]:
        if len(colours) < 256 and all(sum(map(abs, map(sub, colour, other))) >= APART for other in colours):
            colours.append(colour)
    shared = image.new("P", (1, 1))
    shared.putpalette([level for colour in colours for level in colour])
    return shared


class _Pictures:
    """The frames as pictures, made anew each time that they are gone through, so that none need be kept."""

    def __init__(self, frames: Sequence[bytes], colours: Any) -> None:
        self.frames, self.colours = frames, colours

    def __iter__(self) -> Iterator[Any]:
        for frame in self.frames:
            picture = _picture(frame)
            yield picture if self.colours is None else picture.quantize(palette=self.colours, dither=_pillow().Dither.NONE)
