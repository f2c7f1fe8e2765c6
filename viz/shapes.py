"""What pictures are made of, as data: texts, boxes, wires, their places; what is drawn, and how it is to look."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace

from autograd.value import Value
from viz.language import language_asked_for
from viz.words import for_dot, number, pixels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol, Self, TypeAlias

    from typing_extensions import TypeIs

    from autograd.programs.program import Program

    Point: TypeAlias = tuple[float, float]
    Link: TypeAlias = tuple[Value, int]
    """A Value and the place of one of its operands: what a wire stands for."""

    class Network(Protocol):
        """Whatever can say what it is made of."""

        def architecture(self) -> Sequence[Any]:
            """Its stages, in the order in which numbers run through them."""

    class Wired(Protocol):
        """Whatever has wires, such as an `Explanation`."""

        @property
        def wires(self) -> Iterable[Link]:
            """Those that stand out in a picture."""

    class AtFault(Protocol):
        """Whatever tells of one Value, such as what `autograd.blame` finds."""

        @property
        def node(self) -> Value:
            """Which."""

        @property
        def why(self) -> str:
            """What is the matter with it."""

    Drawable: TypeAlias = Value | Mapping[str, Any] | Sequence[Any] | Program
    """Whatever a graph is drawn of: a Value, several in lists or by name, a recorded function."""
    Highlight: TypeAlias = Wired | Iterable[Link]

THEMES = ("auto", "light", "dark")
DIRECTIONS = ("LR", "TB")
SIZES = {"title": 18.0, "name": 13.0, "value": 12.0, "grad": 12.0, "constant": 11.0, "note": 11.0, "symbol": 15.0,
         "correction": 12.0}  # fmt: skip
"""The size of each kind of text."""
LINE = 16.0
"""From one line of text to the next."""
ASIDE = 7.0
"""From a wire that runs down to the numbers beside it."""
BACK, BACK_LENGTH = 9.0, 46.0
"""From a wire to the arrow beside it on which the gradient flows back, and the least length of that."""
CHECK = 13.0
"""The room for a check mark behind a text, and for as much before it."""
PATCH = 22.0
"""The room for a patch of colour before a text."""
THIN, WIDE = 1.4, 5.0
"""Wires with heat: of a gradient a thousand times smaller than the largest, and of the largest."""
MOST_PIXELS = 80_000_000
"""In a picture, or in all frames of an animation. Each takes eight bytes while it is made (measured: 660 MB for 81 million)."""
KINDS_OF_FONTS = ("serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui")
"""What CSS names without quotes."""


class LayoutError(RuntimeError):
    """No engine could place the boxes; the message names the cause."""


class TooLargeError(ValueError):
    """The graph has more boxes than can be read."""


def refuse_pixels(width: float, height: float, instead: str, count: int = 1) -> None:
    """`ValueError` for more pixels than are put into one file; it says what to write instead."""
    if count * width * height > MOST_PIXELS:
        many = f"{count:,} frames of {width:,.0f} x {height:,.0f}" if count > 1 else f"{width:,.0f} x {height:,.0f}"
        message = f"{many} pixels are more than the {MOST_PIXELS:,} that are put into one file: {instead}"
        raise ValueError(message)


def is_network(thing: object) -> TypeIs[Network]:
    """Whether something says what it is made of.

    >>> import nn
    >>> is_network(nn.Neuron(2)), is_network(nn.Neuron), is_network([1.0])
    (True, False, False)
    """
    return callable(getattr(type(thing), "architecture", None))


def is_program(thing: object) -> TypeIs[Program]:
    """Whether something is a recorded function: of a class that few processes import.

    >>> from autograd import record
    >>> is_program(record(lambda x: x, 1.0)), is_program(1.0)
    (True, False)
    """
    return isinstance(thing, getattr(sys.modules.get("autograd.programs.program"), "Program", ()))


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text: `kind` is a key of `SIZES`; `alarm`: a number that is nan or infinite; `old`: one that is out of date.

    One that is `done` has a check mark behind it, one with a `patch` a small box before it, of that part's colours. At least so
    much `room` is kept for it, whatever it says.
    """

    content: str
    kind: str
    alarm: bool = False
    old: bool = False
    done: bool = False
    room: float = 0.0
    patch: str = ""

    @property
    def width(self) -> float:
        """About how wide it is, in pixels."""
        return max(self.length + 2 * CHECK * self.done + PATCH * bool(self.patch), self.room)

    @property
    def length(self) -> float:
        """About how wide are the words alone."""
        return pixels(self.content, SIZES[self.kind])

    @property
    def blank(self) -> Text:
        """Nothing, in the same room."""
        return replace(self, content="", done=False, room=self.width)


@dataclass(slots=True)
class Box:
    """A leaf, a constant, an operation, a record, the result's arrow ("end") or what is left out ("more").

    An operation is a circle of `body` pixels (long symbols and many operands make it a rounded box) amid the room for its
    name above and its gradient below. `values` are those that the box stands for.

    A "group" is a folded part of a large graph, and `group` what it is called, such as ``"layer0 call 3 / neuron1"``: drawn again
    with that name in `opened`, the picture shows what is inside. `within` is the opened group that a box is part of, if any.
    One that stands for what was computed outside of what is drawn names the box around that as `given`. Its `state`, as that of a
    wire, is "focus" if it stands out, "faint" if it stands back, "todo" if it is not computed yet, or "". One whose Values have a
    share in something is painted in a `tone`. The `asides` of an operation stand below its note.
    """

    kind: str
    texts: tuple[Text, ...]
    tooltip: str
    width: float = 0.0
    height: float = 0.0
    body: tuple[float, float] = (0.0, 0.0)
    caption: Text | None = None
    note: Text | None = None
    inputs: int = 0
    values: tuple[Value, ...] = ()
    group: str = ""
    within: str = ""
    given: Box | None = None
    state: str = ""
    tone: str = ""
    asides: tuple[Text, ...] = ()


@dataclass(slots=True)
class Wire:
    """From box `tail` to place `port` of box `head`, with a number above it, one below it, and the local derivative beside that.

    An `upright` wire runs down, with the numbers on its left and on its right. `links` are the operands that it stands for: each
    the Value computed from it, and its place among that Value's operands. `gradient` is what flows back through it; where that is
    several numbers of both signs, the sign is `mixed`. `tone` is the colour of its sign, if it shows heat. `sums` is what is
    passed back over one that stands for many operands, to each Value by its identity, if all is. Beside one that
    goes `back` an arrow of the gradient's own runs the other way; while that is `awaited`, there is only the room for it.
    """

    tail: int
    head: int
    port: int = 0
    above: Text | None = None
    below: Text | None = None
    tooltip: str = ""
    quiet: bool = False
    links: tuple[Link, ...] = ()
    sums: Mapping[int, float] | None = None
    highlighted: bool = False
    partial: Text | None = None
    upright: bool = False
    gradient: float | None = None
    mixed: bool = False
    tone: str = ""
    thickness: float = THIN
    back: bool = False
    awaited: bool = False
    state: str = ""

    @property
    def width(self) -> float:
        """The room for its numbers, and for the way back."""
        if not (self.above or self.below or self.partial or self.back):
            return 0.0
        above, below, partial = (text.width if text else 0.0 for text in (self.above, self.below, self.partial))
        if self.upright:
            return 2 * max(above, max(below, partial) + BACK * self.back) + 2 * ASIDE + 4
        return max(above, below + partial + (ASIDE if below and partial else 0.0), BACK_LENGTH * self.back) + 6

    @property
    def height(self) -> float:
        """The room for its numbers, and for the way back."""
        if self.upright:
            return max(LINE * (1 + bool(self.below and self.partial)), BACK_LENGTH * self.back) + 4
        return 2 * (LINE + BACK * self.back) if self.width else 8.0


@dataclass(slots=True)
class Picture:
    """A graph as it is drawn: boxes, the wires between them by number, and what a screen reader says.

    The remark stands below the picture, and below that the lines of the caption, each of texts side by side.
    """

    title: str
    description: str
    boxes: list[Box] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    remark: str = ""
    direction: str = "LR"
    caption: Sequence[Sequence[Text]] = ()

    def add(self, box: Box) -> int:
        """The number of a new box."""
        self.boxes.append(box)
        return len(self.boxes) - 1


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything stands, y downwards: centres of boxes, centres of wires' numbers, and the routes of both halves of a wire.

    `gap` is the least distance from a box to the next that its wires lead to.
    """

    width: float
    height: float
    gap: float
    boxes: list[Point]
    labels: list[Point | None]
    routes: list[tuple[list[Point], list[Point]]]


MOST_BOXES, MOST_IN_SCOPES = 500, 100
"""A graph of more boxes is folded, if the caller does not say how many: what was made in scopes is read better so."""


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """How any picture is to look, of a graph (`Look`) or of a network (`NetworkLook`): the options that both have."""

    theme: str = "auto"
    number_format: str = ""
    width: float | None = None
    scale: float | None = None
    transparent: bool = False
    font: str | None = None
    title: str | None = None
    lang: str | None = None

    def refuse(self, options: Iterable[str], why: str) -> None:
        """Raise `TypeError` if one of these options is given; it names them and says why not."""
        if wrong := [name for name in options if getattr(self, name) is not getattr(type(self), name)]:
            message = f"{', '.join(wrong)}: {why}"
            raise TypeError(message)

    def word(self, x: float) -> str:
        """A number as it is written."""
        return number(x, self.number_format)

    def fonts(self, otherwise: str) -> str:
        """The fonts of texts, that which is wished first, as CSS has them: in quotes, but for kinds of fonts.

        >>> Look(font="Fira Sans, serif").fonts("Arial")
        "'Fira Sans', serif, Arial"
        """
        wished = [each.strip() for each in (self.font or "").split(",") if each.strip()]
        return ", ".join([*(each if each in KINDS_OF_FONTS else f"'{each}'" for each in wished), otherwise])

    @property
    def in_dot(self) -> list[str]:
        """What it says to those who draw DOT."""
        lines = [f'label="{for_dot(self.title)}" labelloc=t'] if self.title else []
        lines += ["bgcolor=transparent"] if self.transparent else []
        given = for_dot(self.font.partition(",")[0].strip()) if self.font else ""
        return lines + ([f'fontname="{given}" node [fontname="{given}"] edge [fontname="{given}"]'] if given else [])

    def checked(self) -> Self:
        """The look itself, if its options are what they can be; else `TypeError` or `ValueError`."""
        if self.theme not in THEMES:
            message = f"there is no theme {self.theme!r}; the themes are {', '.join(THEMES)}"
            raise ValueError(message)
        _check_format(self.number_format)
        _check_size(self.width, self.scale)
        _check_writing(self.font, self.title)
        language_asked_for(self.lang)
        return self


@dataclass(frozen=True)
class Look(Appearance):
    """How the picture of a graph is to look: each field is an option of `viz.draw`, which tells of it, with its default.

    Whoever else needs an option reads it here: the command line, the page, the checks. ``max_boxes=None`` leaves nothing out.

    >>> Look("record", heat=True).direction, Look.max_boxes
    ('LR', 'auto')
    """

    style: str = "textbook"
    _: KW_ONLY
    names: Mapping[str, object] | None = None
    engine: str | None = None
    show_constants: bool | str = True
    max_boxes: int | str | None = "auto"
    highlight: Highlight = ()
    collapse: int | str | None = "auto"
    opened: Iterable[str] = ()
    direction: str = "LR"
    heat: bool = False
    partials: bool = False
    backward: bool = False
    focus: Value | str | AtFault | None = None
    at_step: int | str | None = None
    rate: float | Mapping[Any, float] | None = None
    symbols: bool | str = False
    rounding: bool | float = False
    lines: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "opened", tuple(self.opened))  # it is read more than once

    @property
    def depth(self) -> int | None:
        """The depth to fold to, if one is given."""
        return None if self.collapse is None or isinstance(self.collapse, str) else int(self.collapse)

    def most_boxes(self, *, in_scopes: bool = False) -> int:
        """A graph of more boxes is folded, or refused; one that was made in scopes has a form that can be read better."""
        if self.max_boxes is None:
            return sys.maxsize
        return (MOST_IN_SCOPES if in_scopes else MOST_BOXES) if isinstance(self.max_boxes, str) else int(self.max_boxes)

    def checked(self) -> Self:
        """Which styles there are, which names and which wires, is for those to say who know the graph."""
        super().checked()
        if self.direction not in DIRECTIONS:
            message = f"direction is {' or '.join(DIRECTIONS)}, not {self.direction!r}"
            raise ValueError(message)
        _check_constants(self.show_constants)
        _check_depth(self.collapse)
        _check_boxes(self.max_boxes)
        _check_rate(self.rate)
        _check_step(self.at_step)
        _check_symbols(self.symbols)
        _check_rounding(self.rounding)
        if self.at_step is not None:
            self.refuse(("focus", "rate"), "not together with at_step=, which says itself what stands out, amid a pass")
        if not (self.focus is None or isinstance(getattr(self.focus, "node", self.focus), (str, Value))):
            message = f"focus= is a Value of the graph, the name of one, or what autograd.blame found, not {self.focus!r}"
            raise TypeError(message)
        return self


def _check_format(number_format: str) -> None:
    try:
        format(1.0, number_format)
    except (ValueError, TypeError):
        message = f"number_format is a format of floats, such as '.2f', not {number_format!r}"
        raise ValueError(message) from None


def _check_constants(show_constants: bool | str) -> None:
    if show_constants not in (True, False, "inside"):
        message = f"show_constants is True, False or 'inside', not {show_constants!r}"
        raise ValueError(message)


def _check_depth(collapse: int | str | None) -> None:
    if collapse is None or collapse == "auto":
        return
    if isinstance(collapse, (bool, str)) or not hasattr(collapse, "__index__"):
        message = f"collapse is a depth of scopes, 'auto' or None, not {collapse!r}"
        raise TypeError(message)
    if collapse < 0:
        message = f"collapse is a depth of scopes from 0 on, not {collapse}"
        raise ValueError(message)


def _check_boxes(max_boxes: int | str | None) -> None:
    if max_boxes is None or max_boxes == "auto":
        return
    if isinstance(max_boxes, (bool, str)) or not hasattr(max_boxes, "__index__"):
        message = f"max_boxes is a number of boxes, 'auto' or None, not {max_boxes!r}"
        raise TypeError(message)


def _check_step(at_step: int | str | None) -> None:
    if at_step is None or at_step == "all":
        return
    if isinstance(at_step, (bool, str)) or not hasattr(at_step, "__index__"):
        message = f"at_step is the number of a step, as the page counts them, or 'all' for viz.save, not {at_step!r}"
        raise TypeError(message)


def _check_symbols(symbols: object) -> None:
    if not (isinstance(symbols, bool) or (isinstance(symbols, str) and symbols.strip())):
        message = f"symbols= is True, or the name of a result that is not drawn, such as 'L', not {symbols!r}"
        raise TypeError(message)


def _check_rounding(rounding: object) -> None:
    if not isinstance(rounding, (bool, int, float)):
        message = f"rounding= is True, or the error of each leaf in units in its last place, such as 0.5, not {rounding!r}"
        raise TypeError(message)
    if not 0 <= rounding < math.inf:
        message = f"rounding= is an error of leaves, 0 or more, not {rounding!r}"
        raise ValueError(message)


def _check_rate(rate: float | Mapping[Any, float] | None) -> None:
    if rate is None:
        return
    rates: Iterable[Any] = rate.values() if isinstance(rate, Mapping) else [rate]
    for each in rates:
        if isinstance(each, bool) or not isinstance(each, (int, float)) or not math.isfinite(each):
            message = f"rate= is a number, the learning rate, or a mapping from leaves or their names to such, not {rate!r}"
            raise TypeError(message)


def _check_size(width: float | None, scale: float | None) -> None:
    for name, size in (("width", width), ("scale", scale)):
        if size is None:
            continue
        if isinstance(size, bool) or not isinstance(size, (int, float)):
            message = f"{name}= is a number, not {size!r}"
            raise TypeError(message)
        if not 0 < size < math.inf:
            message = f"{name}= is a number above 0, not {size!r}"
            raise ValueError(message)
    if width is not None and scale is not None:
        message = "width= and scale= both say how large a picture is: give one of them"
        raise ValueError(message)


def _check_writing(font: str | None, title: str | None) -> None:
    for name, text in (("font", font), ("title", title)):
        if text is not None and not isinstance(text, str):
            message = f"{name}= is a text, not {text!r}"
            raise TypeError(message)
    if font is not None and not re.fullmatch(r"[\w .,-]*\w[\w .,-]*", font):
        message = f"font= is the name of a font, or several with commas between them, such as 'Fira Sans', not {font!r}"
        raise ValueError(message)
