"""From a network to columns that stand side by side: units, images of weights, blocks, and what runs between them.

A network says what it is made of by a method `architecture()`, as the modules of `nn` do (see `nn.Stage`); nothing is imported
from there. Where the columns stand and how they are painted is the matter of `wiring` and `columns`.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field

from viz.language import say
from viz.network.cells import Cells
from viz.network.columns import Column, Frame, Images, Panel, Plus, Row, Units
from viz.network.stages import first_inputs, innermost, leading, titled
from viz.network.work import flat, number_of, vector
from viz.shapes import Text
from viz.words import alarming, cut, number, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from viz.network.work import Work
    from viz.network_look import NetworkLook

MOST_IMAGES, MOST_PIXELS = 64, 24_000
"""So many units of a first layer are shown as images, of so many pixels in all."""
MOST_KERNELS = 16
"""So many channels of a convolution have their windows drawn, on each side."""
LONGEST_TOLD = 56
"""So many columns of what a stage says of itself are shown."""
LOSSES = {
    "squared_error": "squared error", "cross_entropy": "cross entropy", "binary_cross_entropy": "binary cross entropy",
    "hinge": "hinge",
}  # fmt: skip
"""What the usual losses are called in words."""
MOST_LISTED = 12
"""So many modules inside one of unknown wiring are listed."""
MOST_CELLS = 32
"""A matrix of up to so many rows and columns is drawn as an image among them."""


@dataclass(slots=True)
class Cable:
    """What runs from one column to the next: "dense" wires, "each" unit to its like, a "bundle" of unknown ones.

    From the outputs to the "loss", and from one layer to the next, a "joint", it has numbers beside it.
    """

    kind: str
    tail: Column
    head: Column
    stage: Any = None
    share: float = 0.5
    """How far along a wire its number stands."""
    above: Text | None = None
    below: Text | None = None
    """What is written above and below a "joint" of two layers."""

    def wires(self) -> Iterator[tuple[int, int, float]]:
        """The places of tail and head, and the weight."""
        for k, unit in enumerate(self.head.shown):
            row = self.stage.weights[unit]
            for j, source in enumerate(self.tail.shown):
                yield j, k, row[source]
            if self.from_constant:
                yield len(self.tail.shown), k, self.stage.biases[unit]

    @property
    def from_constant(self) -> bool:
        """Whether biases are wires, from a unit that gives 1."""
        return isinstance(self.tail, Cells) and self.tail.constant


@dataclass(slots=True)
class Arc:
    """A skip connection around what stands between two columns."""

    tail: Column
    head: Column
    level: int


@dataclass(slots=True)
class Plan:
    """Which columns there are, from left to right, and what runs between them."""

    columns: list[Column] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)


class Planner:
    """Turns stages into columns; of a column of more than `most` units the first and the last are drawn."""

    def __init__(self, stages: Sequence[Any], look: NetworkLook, most: int = sys.maxsize, work: Work | None = None) -> None:
        self.stages, self.look, self.most, self.work = stages, look, most, work
        self.plan = Plan()
        self.titles = iter(look.layers or ())
        self.titled = 0
        self.first = next((stage for stage in leading(stages) if stage.kind not in ("flatten", "residual", "sequence")), None)
        self.shape = self.shape_of_image()

    def planned(self) -> Plan:
        """The whole plan."""
        self.plan.columns.append(self.inputs())
        for stage in self.stages:
            self.stage(stage)
        if self.look.outputs is not None:
            self.name_outputs(self.look.outputs)
        self.check_titles()
        if self.work is not None and self.work.result is not None:
            self.add(self.loss(self.work), "loss")
        return self.plan

    def check_titles(self) -> None:
        """Whether there is a name for each layer, if there are any. `ValueError` if not."""
        if self.look.layers is not None and len(self.look.layers) != self.titled:
            many = len(self.look.layers)
            message = f"layers= has {many} name{'s' * (many != 1)}, and the network {self.titled} layer{'s' * (self.titled != 1)}"
            raise ValueError(message)

    def units(self, header: Sequence[Text], count: int, role: str, stage: Any = None, part: str = "body") -> Units:
        """A column of units, which may have to hold numbers."""
        if not self.look.written:
            return Units(header, count, self.most, part)
        column = Cells(header, count, self.most, part)
        column.role, column.stage = role, stage
        return column

    def header(self, lines: Sequence[Text]) -> list[Text]:
        """The lines above a layer, with the name that it was given in place of its own."""
        self.titled += 1
        named = next(self.titles, None)
        return list(lines) if named is None else [Text(cut(printable(str(named)), LONGEST_TOLD), "name"), *lines[1:]]

    def loss(self, work: Work) -> Panel:
        """The box of the loss: its number, and what was wanted."""
        target = [target_told(work.target, self.look)] if work.target is not None else []
        number = 0.0 if work.result is None else work.result.data
        lines = [Text(f"L = {self.look.word(number)}", "value", alarming(number))]
        name = say(LOSSES[work.called]) if work.called in LOSSES else cut(printable(work.called))
        named = [Text(name, "name")] if name else []
        return Panel(heading(say("loss")), [*named, *lines, *target], work.called)

    # The ends.

    def shape_of_image(self) -> tuple[int, int] | None:
        """The image that the first weights are to be shown as. `ValueError` if they are not of such."""
        if self.look.image is None:
            return None
        rows, columns = self.look.image
        if self.first is None or self.first.kind not in ("dense", "convolution"):
            begins = f"begins with {self.first.description}" if self.first else "is empty"
            message = f"image= shows the weights of a first layer as images; this network {begins}"
            raise ValueError(message)
        if self.first.kind == "dense" and self.first.inputs != rows * columns:
            message = f"image= is {rows} x {columns}, of {rows * columns} numbers; {titled(self.first)} takes {self.first.inputs}"
            raise ValueError(message)
        if self.look.inputs is not None:
            message = "the inputs of an image are its points and have no names: leave out inputs= or image="
            raise ValueError(message)
        return rows, columns

    def inputs(self) -> Column:
        """The first column."""
        if self.shape:
            channels = self.first.inputs if self.first and self.first.kind == "convolution" else 1
            size = " × ".join(map(str, [channels, *self.shape] if channels > 1 else self.shape))
            frame = Frame(heading(say("inputs"), size), self.shape, channels)
            if self.work is not None:
                frame.numbers = in_rows([number_of(x) for x in flat(self.work.x)], self.shape[1])
            return frame
        names = self.look.inputs
        many = first_inputs(self.stages[0]) if self.stages else None
        if self.work is not None and self.work.count is not None:
            many = self.work.count
        if many is None and names is None:
            return Panel(heading(say("inputs")), [Text("x", "name")])
        many = many or len(names or ())
        column = self.units(heading(say("inputs"), f"{many:,}"), many, "input", part="leaf")
        column.tips = [say("input {}", j) for j in column.shown]
        if names is not None:
            column.name(self.named(names, column, "inputs"), -1)
            column.tips = [say("input {}: {}", j, names[j]) for j in column.shown]
        return column

    def named(self, names: Sequence[object], column: Column, what: str) -> list[Text]:
        """Names as texts; `ValueError` if they are too many or too few."""
        if len(names) != column.count:
            message = f"{what}= has {len(names)} name{'s' * (len(names) != 1)}, and the network {column.count} {what}"
            raise ValueError(message)
        return [Text(cut(printable(str(names[i]))), "name") for i in column.shown]

    def name_outputs(self, names: Sequence[object]) -> None:
        """Write the names of the outputs beside the last units."""
        column = self.last
        if not column.count or len(self.plan.columns) == 1:
            column = self.add(self.units(heading(say("outputs"), f"{len(names):,}"), len(names), "number"), "bundle")
        column.name(self.named(names, column, "outputs"), 1)

    # Stages.

    @property
    def last(self) -> Column:
        """The column on the right of all others so far."""
        return self.plan.columns[-1]

    def add(self, column: Column, kind: str, stage: Any = None) -> Column:
        """A new column on the right, and what leads to it."""
        self.plan.cables.append(Cable(kind, self.last, column, stage))
        self.plan.columns.append(column)
        return column

    def stage(self, stage: Any) -> None:
        """The columns of a stage."""
        kinds: dict[str, Callable[[Any], None]] = {
            "dense": self.dense, "convolution": self.convolution, "residual": self.residual, "sequence": self.sequence,
            "module": self.module, "step": self.known,
        }  # fmt: skip
        kinds.get(stage.kind, self.block)(stage)

    def sequence(self, stage: Any) -> None:
        """One after the other."""
        for inner in stage.inside:
            self.stage(inner)

    def units_of(self, many: int) -> Column:
        """The last column if it has so many units, else a new one."""
        if self.last.count == many:
            return self.last
        dots = self.units(heading("", f"{many:,}"), many, "number")
        dots.tips = [say("number {}", j) for j in dots.shown]
        return self.add(dots, "bundle")

    def dense(self, stage: Any) -> None:
        """Units with a wire for each weight; of a first layer on images, an image for each unit."""
        if self.shape:
            self.add(self.images(stage, self.shape), "bundle")
            self.shape = None
            return
        before = self.units_of(stage.inputs)
        column = self.units(self.header(stage_heading(stage)), stage.outputs, "unit", stage)
        column.biases, column.frozen = stage.biases, stage.frozen
        if isinstance(before, Cells) and self.look.bias == "units" and stage.biases:
            before.constant, column.biases = True, ()
        if self.look.threshold:
            column.biases = [-b for b in stage.biases]
        column.tips = [say("{}, unit {}", titled(stage), k) + bias_told(stage, k) for k in column.shown]
        self.add(column, "dense", stage)

    def images(self, stage: Any, shape: tuple[int, int]) -> Images:
        """The weights of each unit as an image."""
        rows, columns = shape
        shown = range(min(stage.outputs, MOST_IMAGES, max(2, MOST_PIXELS // (rows * columns))))
        column = Images(self.header(stage_heading(stage)), [in_rows(stage.weights[k], columns) for k in shown], shape)
        column.count, column.shown = stage.outputs, list(shown)
        column.biases = stage.biases[: len(shown)]
        column.tips = [
            f"{say('{}, unit {}', titled(stage), k)}\n{say('weights {}', spanned([stage.weights[k]]))}{bias_told(stage, k)}"
            for k in shown
        ]
        if self.work is not None:
            column.stage, column.biases = stage, [number_of(z) for z in self.work.outputs(stage)[: len(shown)]]
        column.left_out = stage.outputs - len(shown)
        return column

    def convolution(self, stage: Any) -> None:
        """Its windows: a grid of them, or of several input channels a row for each output."""
        self.shape = None
        if self.work is not None:
            self.work.outputs(stage)  # which says that they are images
        outputs, inputs = range(min(stage.outputs, MOST_KERNELS)), range(min(stage.inputs, MOST_KERNELS))
        kernels = [stage.weights[k][c] for k in outputs for c in inputs]
        shape, side = (len(kernels[0]), len(kernels[0][0])), 30 if len(inputs) == 1 else 14
        column = Images(self.header(stage_heading(stage)), kernels, shape, side)
        column.by_row = len(inputs) > 1
        column.across = len(inputs) if column.by_row else math.ceil(math.sqrt(len(outputs)))
        column.biases = stage.biases[: len(outputs)]
        column.tips = [
            f"{say('{}, output {}, input {}', titled(stage), k, c)}\n{rows_told(stage.weights[k][c])}{bias_told(stage, k)}"
            for k in outputs for c in inputs
        ]  # fmt: skip
        column.left_out = stage.outputs * stage.inputs - len(kernels)
        self.add(column, "bundle")

    def residual(self, stage: Any) -> None:
        """What is inside, an arc around it, and a sum."""
        takes = first_inputs(stage)
        tail = self.last if takes is None or self.shape else self.units_of(takes)
        before = len(self.plan.arcs)
        self.sequence(stage)
        level = 1 + max((arc.level for arc in self.plan.arcs[before:]), default=-1)
        header = self.header(stage_heading(stage))
        if self.last.count:
            column = self.units(header, self.last.count, "sum", stage)
            column.marks = [Text("+", "value")] * len(column.shown)
            column.tips = [say("{}: input {} and what is made of it, added", titled(stage), k) for k in column.shown]
            head = self.add(column, "each")
        else:
            head = self.add(Plus(header), "bundle")
        self.plan.arcs.append(Arc(tail, head, level))

    def block(self, stage: Any) -> None:
        """A box that says what is computed."""
        head = self.header(heading(stage.name, *frozen(stage)))
        self.add(Panel(head, [Text(arrowed(stage.description), "name")], titled(stage)), "bundle")
        self.values(stage)

    def values(self, stage: Any) -> None:
        """The numbers that a stage gives whose units are not known."""
        if self.work is not None and not self.shape:
            many = len(self.work.outputs(stage))
            self.add(self.units(heading("", f"{many:,}"), many, "number", stage), "bundle")

    def known(self, stage: Any) -> None:
        """A box with the formula of what is computed, and what it holds."""
        head = self.header(heading(stage.name, *frozen(stage)))
        lines = [Text(arrowed(stage.description), "name"), Text(cut(printable(stage.formula), LONGEST_TOLD), "note")]
        tip = "\n".join([titled(stage), stage.formula, parameters_told(stage)])
        lines += [Text(parameters_told(stage), "note")] if stage.parameters else []
        column = Panel(head, lines, tip)
        column.enumerate([*tensor_rows(stage), *(row for inner in stage.inside for row in inner_rows(inner, 0, self.look))])
        self.add(column, "bundle")
        self.values(stage)

    def module(self, stage: Any) -> None:
        """A box that lists what is inside without saying what leads where."""
        lines = [Text(arrowed(stage.description), "name"), Text(say("wired by a forward of its own"), "note")]
        tip = say("{}, {}, a forward of its own", titled(stage), parameters_told(stage))
        column = Panel(self.header(heading(stage.name, *frozen(stage))), lines, tip, broken=True)
        rows = [*state_rows(stage, 0, self.look), *(row for inner in stage.inside for row in inner_rows(inner, 0, self.look))]
        if len(rows) > MOST_LISTED:
            rest = Row([Text(say("and {:,} more", len(rows) - MOST_LISTED + 1), "note")])
            rows = [*rows[: MOST_LISTED - 1], rest]
        column.enumerate(rows)
        self.add(column, "bundle")
        self.values(stage)


# What is written.


def heading(*lines: str) -> list[Text]:
    """The lines above a column, a name first."""
    return [Text(cut(printable(line), LONGEST_TOLD), "note" if i else "name") for i, line in enumerate(lines)]


def target_told(target: Any, look: NetworkLook) -> Text:
    """What was wanted: a number, the first of several, or the number of a class."""
    numbers = flat(target.tolist() if hasattr(target, "tolist") else target)
    return Text(vector("t", [str(x) if type(x) is int else look.word(number_of(x)) for x in numbers]), "note")


def arrowed(description: str) -> str:
    """A description with an arrow in place of the two characters that stand for one."""
    return cut(printable(description.replace("->", "→")), LONGEST_TOLD)


def stage_heading(stage: Any) -> list[Text]:
    """The name of a stage, its size and its activation."""
    kind = str(stage.description).partition("(")[0]
    said = arrowed(stage.description)
    if stage.kind == "dense":
        said = f"{stage.inputs:,} → {stage.outputs:,}" + (f" · {stage.activation}" if stage.activation else "")
    if stage.kind == "residual":
        said = f"{kind}: x + …"
    return heading(stage.name or kind, said, *frozen(stage))


def frozen(stage: Any) -> list[str]:
    """The line that says that a stage does not learn, if it does not."""
    return [say("frozen")] if stage.frozen else []


def parameters_told(stage: Any) -> str:
    """How many a stage has."""
    return say("{:,} parameter{s}, frozen" if stage.frozen else "{:,} parameter{s}", stage.parameters)


def bias_told(stage: Any, k: int) -> str:
    """The line of a tip that tells the bias of a unit, if there is one."""
    return "\n" + say("bias {}", repr(stage.biases[k])) if stage.biases else ""


def rows_told(rows: Sequence[Sequence[float]]) -> str:
    """A small matrix as text."""
    if len(rows) * len(rows[0]) > 25:
        return say("weights {}", spanned(rows))
    return "\n".join("  ".join(map(number, row)) for row in rows)


def span(rows: Iterable[Sequence[float]]) -> tuple[float, float, int]:
    """The least and the greatest of rows of numbers, and how many are nan or infinite.

    >>> span([[1.0, -2.0], [float("nan")]]), span([[]])
    ((-2.0, 1.0, 1), (nan, nan, 0))
    """
    rows = [row for row in rows if row]
    wrong = 0
    if not math.isfinite(sum(map(sum, rows))):
        finite = [[x for x in row if math.isfinite(x)] for row in rows]
        wrong = sum(map(len, rows)) - sum(map(len, finite))
        rows = [row for row in finite if row]
    return min(map(min, rows), default=math.nan), max(map(max, rows), default=math.nan), wrong


def spanned(rows: Iterable[Sequence[float]]) -> str:
    """The same in words."""
    low, high, wrong = span(rows)
    ends = number(low), number(high)
    return say("from {} to {} ({:,} nan or infinite)", *ends, wrong) if wrong else say("from {} to {}", *ends)


def in_rows(numbers: Sequence[float], columns: int) -> list[Sequence[float]]:
    """A row of numbers as rows of an image."""
    return [numbers[i : i + columns] for i in range(0, len(numbers), columns)]


def inner_rows(stage: Any, depth: int, look: NetworkLook) -> Iterator[Row]:
    """The rows of a stage inside a module."""
    notes = [arrowed(stage.description), parameters_told(stage)]
    if stage.kind == "step":
        notes.insert(1, cut(printable(stage.formula), LONGEST_TOLD))
    texts = [Text(cut(printable(stage.name)), "name"), *(Text(note, "note") for note in notes)]
    small = stage.kind == "dense" and max(stage.inputs, stage.outputs) <= MOST_CELLS
    own = [row.matrix for row in tensor_rows(stage) if row.matrix] if stage.kind == "step" else [stage.weights] if small else []
    yield Row([text for text in texts if text.content], depth, own[0] if own else ())
    yield from state_rows(stage, depth + 1, look) if stage.kind != "step" else ()
    for inner in stage.inside:
        yield from inner_rows(inner, depth + 1, look)


def tensor_rows(stage: Any) -> Iterator[Row]:
    """The same with their sizes, and as images where they are small."""
    for name, numbers in stage.state.items():
        rows = numbers if numbers and isinstance(numbers[0], (list, tuple)) else [numbers]
        size = " × ".join(map(str, [len(rows), len(rows[0])] if rows is numbers else [len(numbers)]))
        small = max(len(rows), len(rows[0])) <= MOST_CELLS
        yield Row([Text(cut(printable(name)), "name"), Text(size, "note")], 0, rows if small else ())


def state_rows(stage: Any, depth: int, look: NetworkLook) -> Iterator[Row]:
    """The numbers that a module holds itself."""
    for name, numbers in stage.state.items():
        single = isinstance(numbers, float)
        said = look.word(numbers) if single else say("{:,} numbers", sum(map(len, innermost(numbers))))
        yield Row([Text(f"{cut(printable(name))} = {said}", "name", single and alarming(numbers))], depth)
